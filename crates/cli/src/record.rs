//! `plenary record`: signs and sends a record file that is passed from hand to hand.

use std::path::Path;

use plenary_core::record::{FILE_BYTES_MAX, Signer};

use crate::{
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
