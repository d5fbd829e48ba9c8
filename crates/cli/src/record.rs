//! `plenary record`: signs and sends a record file that is passed from hand to hand.

use std::path::Path;

use plenary_core::{
    record::{FILE_BYTES_MAX, NAMESPACE, RecordError, Signer},
    signature::ARMOUR_BYTES_MAX,
};
use serde_json::json;

use crate::{
    act,
    args::RecordVerb,
    bundle,
    exit::Exit,
    handed::HandedRecord,
    problem::Problem,
    records,
    screen::{Screen, plain},
    send::{self, Aftermath},
    session::Session,
};

/// Carries out a verb.
pub fn run(verb: &RecordVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        RecordVerb::Sign { file } => sign(file, session, screen),
        RecordVerb::Submit { file } => submit(file, session, screen),
        RecordVerb::Make { record_type, form } => {
            act::run(records::record_type_of("the type", record_type)?, form, session, screen)
        }
        RecordVerb::Print { file } => print(file, session, screen),
        RecordVerb::Attach { file, signature } => attach(file, signature, session, screen),
    }
}

fn read(file: &Path) -> Result<HandedRecord, Problem> {
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    HandedRecord::parse(&bundle::read_file(file, limit)?)
}

fn sign(file: &Path, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let mut handed = read(file)?;
    check_time(&handed, session)?;
    check_turn(&handed, session)?;
    screen.say(&describe(&handed));
    if session.settings.is_dry_run {
        return send::show_dry(screen, &handed, "nothing was signed (dry run)");
    }
    send::sign(session, screen, &session.key()?, &mut handed)?;
    send::pass_on(screen, &handed, file)
}

/// Shows the line, and the commands with which ssh-keygen signs it.
fn print(file: &Path, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let handed = read(file)?;
    check_time(&handed, session)?;
    let Some(Signer { role, who }) = handed.next_signer() else {
        return Err(send::all_signed());
    };
    let name = quoted(file);
    let commands = [
        format!("head -n 1 {name} > {name}.line"),
        format!("ssh-keygen -Y sign -n {NAMESPACE} -f KEY {name}.line"),
        format!("plenary record attach {name} {name}.line.sig"),
    ];
    let line = String::from_utf8_lossy(handed.line()).into_owned();
    screen.say(&describe(&handed));
    screen.show(&format!("{}\n\nto sign it as the {role} {who}, with ssh-keygen alone:\n", plain(line.trim_end())))?;
    screen.show(&commands.iter().map(|command| format!("  {command}\n")).collect::<String>())?;
    screen.json(&json!({ "id": handed.id().to_string(), "line": line, "commands": commands,
        "missing": { "as": role.as_str(), "who": who.as_str() } }))?;
    // A record file is its line and its signatures, one after the other.
    screen.say(&format!("without this program, cat {name}.line.sig >> {name} adds the signature as well"));
    screen.next(&format!("plenary record attach {name} {name}.line.sig    (once it is signed)"));
    Ok(Exit::Done)
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = plain(&path.display().to_string());
    let is_word = |character: char| character.is_ascii_alphanumeric() || "-_./".contains(character);
    if text.chars().all(is_word) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn attach(file: &Path, signature: &Path, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let mut handed = read(file)?;
    check_time(&handed, session)?;
    let limit = u64::try_from(ARMOUR_BYTES_MAX).unwrap_or(u64::MAX);
    let armour = String::from_utf8(bundle::read_file(signature, limit)?).map_err(|_| RecordError::Trailing)?;
    if session.settings.is_dry_run {
        handed.add(armour)?;
        return send::show_dry(screen, &handed, "the signature is right; nothing was written (dry run)");
    }
    handed.add(armour)?;
    send::pass_on(screen, &handed, file)
}

fn submit(file: &Path, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let handed = read(file)?;
    check_time(&handed, session)?;
    let record = handed.complete()?;
    if session.settings.is_dry_run {
        return send::show_dry(screen, &handed, "nothing was sent (dry run)");
    }
    let document = Some(file.to_path_buf());
    let next = format!("plenary verify receipt {}.receipt", file.display());
    send::submit(session, screen, &record, &Aftermath { document, next })
}

fn check_time(handed: &HandedRecord, session: &Session<'_>) -> Result<(), Problem> {
    let expires = handed.record().expires;
    if session.machine.now() <= expires {
        return Ok(());
    }
    Err(Problem::RecordStep {
        what: format!("the record's signatures lapsed at {expires}"),
        remedy: "make the record anew, and let all sign it before it expires".to_owned(),
    })
}

/// Whether it is the turn of whom the settings name.
fn check_turn(handed: &HandedRecord, session: &Session<'_>) -> Result<(), Problem> {
    let Some(Signer { role, who }) = handed.next_signer() else {
        return Ok(());
    };
    let is_other_role = session.settings.role.is_some_and(|own| own.as_str() != role.as_str());
    let is_other_person = session.settings.who.as_ref().is_some_and(|own| own != who);
    if !is_other_role && !is_other_person {
        return Ok(());
    }
    Err(Problem::RecordStep {
        what: format!("the next to sign is the {role} {who}"),
        remedy: "pass the file to them, or correct --as and --who".to_owned(),
    })
}

/// What is about to be signed, in words and with every field.
fn describe(handed: &HandedRecord) -> String {
    let record = handed.record();
    let group = record.group.as_ref().map_or_else(String::new, |group| format!(" of {group}"));
    format!(
        "record     {}\ntype       {}{group}\nhappened   {}\nexpires    {}\n{}",
        handed.id(),
        plain(&record.record_type),
        record.at,
        record.expires,
        records::body(&record.body)
    )
}
