//! Records that are written by their forms, whatever their type.

use plenary_core::{json::Object, record::Name};
use plenary_procedure::{
    record_type::{Reach, RecordType},
    text::Pid,
};
use serde_json::Value;

use crate::{
    draft::Draft,
    exit::Exit,
    form,
    handed::HandedRecord,
    office,
    problem::Problem,
    records,
    screen::{Screen, plain},
    send::{self, Aftermath},
    session::Session,
    settings::spelled,
    verb::{self, FormArgs},
};

/// Writes a record of a type, or prints its form.
pub fn run(
    record_type: RecordType,
    args: &FormArgs,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let Some(path) = args.form.as_ref().filter(|_| !args.example) else {
        screen.file("example", form::example(record_type)?)?;
        screen.next(&format!("{} FORM.toml    (the example with your content)", verb::line(record_type)));
        return Ok(Exit::Done);
    };
    let at = args.at.as_deref().map(|time| spelled("--at", time)).transpose()?;
    let body = form::read(record_type, path, screen)?;
    let key = if args.unsigned { None } else { Some(session.key()?) };
    let group = group(record_type, &body, session)?;
    let asked =
        office::Asked { record_type, group: group.as_ref(), body: &body, others: office::others(&args.others)? };
    let signers = office::signers(&asked, key.as_ref(), session)?;
    screen.say(&describe(record_type, &body));
    let draft = Draft { record_type, group, at, body, signers };
    let document = Some(path.clone());
    let next = format!("plenary verify receipt {}.receipt", path.display());
    match key {
        Some(key) => send::send(session, screen, Some(&key), &draft, &Aftermath { document, next }),
        None => {
            let handed = HandedRecord::unsigned(draft.line(session.genesis()?.ledger.0, session.machine.now())?)?;
            if session.settings.is_dry_run {
                return send::show_dry(screen, &handed, "nothing was written (dry run)");
            }
            send::pass_on(screen, &handed, &send::path(&handed))
        }
    }
}

/// The group that a record names.
fn group(record_type: RecordType, body: &Object, session: &Session<'_>) -> Result<Option<Name>, Problem> {
    let is_group_s = match record_type.reach() {
        Reach::Group | Reach::Founding => true,
        Reach::Ledger => false,
        // About a participant it names the group, about an organisation none.
        Reach::Either => body.get("who").and_then(Value::as_str).and_then(Pid::parse).is_some(),
    };
    if is_group_s { Ok(Some(session.group()?.clone())) } else { Ok(None) }
}

/// What is about to be signed, with every field.
fn describe(record_type: RecordType, body: &Object) -> String {
    format!("type       {record_type}: {}\n{}", plain(record_type.says()), records::body(body))
}
