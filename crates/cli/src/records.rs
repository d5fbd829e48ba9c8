//! `plenary records`: what was recorded, in the order of the log.

use plenary_core::{hash::Digest, json::Object, subject::Subject};
use plenary_procedure::record_type::RecordType;
use plenary_rpc::{
    answer::{Page, Record, RecordLine},
    client::Part,
};

use crate::{
    args::RecordsVerb,
    exit::Exit,
    findings, history,
    problem::Problem,
    screen::{Screen, plain, table},
    session::Session,
};

/// Carries out a verb.
pub fn run(verb: &RecordsVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        RecordsVerb::List { record_type: Some(word), meeting, .. } => {
            let record_type = record_type_of("--type", word)?;
            let mut page = all(session, about(meeting.as_deref(), session)?.as_ref())?;
            page.items.retain(|line| line.record_type == record_type.as_str());
            list(session, screen, &page)
        }
        RecordsVerb::List { record_type: None, meeting, cursor, limit } => {
            let subject = about(meeting.as_deref(), session)?;
            let part = Part { limit: *limit, cursor: cursor.clone() };
            let page = session.remote.ask(async |client| client.records(subject.as_ref(), &part).await)?;
            list(session, screen, &page)
        }
        RecordsVerb::Show { id } => show(session, screen, id),
    }
}

/// Reads a type's word; `what` names it in the error.
pub fn record_type_of(what: &str, word: &str) -> Result<RecordType, Problem> {
    RecordType::parse(word).ok_or_else(|| {
        let words: Vec<&str> = RecordType::ALL.iter().map(|record_type| record_type.as_str()).collect();
        Problem::usage(format!("{what} is {word:?}, which is no type"), format!("give one of {}", words.join(", ")))
    })
}

fn about(meeting: Option<&str>, session: &Session<'_>) -> Result<Option<Subject>, Problem> {
    meeting.map(|label| session.subject(&format!("meeting/{label}"))).transpose()
}

fn all(session: &Session<'_>, subject: Option<&Subject>) -> Result<Page<RecordLine>, Problem> {
    history::all(session, async |client, part| client.records(subject, part).await)
}

fn list(session: &Session<'_>, screen: &mut Screen<'_>, page: &Page<RecordLine>) -> Result<Exit, Problem> {
    screen.json(page)?;
    screen.show(&rows(&page.items))?;
    session.label(screen)?;
    match &page.next_cursor {
        Some(cursor) => {
            screen.say("there are more records");
            screen.next(&format!("plenary records list --cursor {cursor}"));
        }
        None => screen.next("plenary records show ID"),
    }
    Ok(Exit::Done)
}

/// Records as a table.
pub fn rows(lines: &[RecordLine]) -> String {
    let mut rows = vec![["index", "block", "time", "type", "number", "signed by", "id"].map(str::to_owned).to_vec()];
    for line in lines {
        rows.push(vec![
            line.index.to_string(),
            line.height.to_string(),
            line.time.to_string(),
            line.record_type.clone(),
            line.number.clone().unwrap_or_else(|| "-".to_owned()),
            signers(line),
            line.id.to_string(),
        ]);
    }
    table(&rows)
}

/// Who signed, in which role.
pub fn signers(line: &RecordLine) -> String {
    let each: Vec<String> = line.signers.iter().map(|signer| format!("{} {}", signer.role, signer.who)).collect();
    plain(&each.join(", "))
}

/// Records of one subject as acts: when, what, by whom, and what the rules found.
pub fn acts(lines: &[RecordLine]) -> String {
    let mut text = String::new();
    for line in lines {
        let number = line.number.as_deref().map(|number| format!("{} ", plain(number))).unwrap_or_default();
        text.push_str(&format!(
            "\n{} {} {number}by {} in block {}\n  record  {}\n{}",
            line.time,
            plain(&line.record_type),
            signers(line),
            line.height,
            line.id,
            findings::describe(&line.findings)
        ));
    }
    text
}

fn show(session: &Session<'_>, screen: &mut Screen<'_>, id: &str) -> Result<Exit, Problem> {
    let record = fetch(session, id)?;
    screen.json(&record)?;
    screen.show(&describe(&record))?;
    session.label(screen)?;
    screen.next(&format!("plenary receipt get {}", record.line.id));
    Ok(Exit::Done)
}

/// The record with an id, or at a place in the log.
pub fn fetch(session: &Session<'_>, id: &str) -> Result<Record, Problem> {
    if let Some(id) = Digest::parse(id) {
        return session.remote.ask(async |client| client.record(id).await);
    }
    match id.parse::<u64>() {
        Ok(index) => session.remote.ask(async |client| client.record_at(index).await),
        Err(_) => Err(Problem::usage(
            format!("{id:?} is no record"),
            "give its id, sha256: and 64 hexadecimal digits, or its place in the log",
        )),
    }
}

/// A record's body, a field a line.
pub fn body(body: &Object) -> String {
    let text = serde_json::to_string_pretty(body).unwrap_or_default();
    text.lines().map(|line| format!("  {}\n", plain(line))).collect()
}

/// A record with all that it says.
pub fn describe(record: &Record) -> String {
    let line = &record.line;
    let or_none = |text: Option<&String>| text.map_or_else(|| "-".to_owned(), |text| plain(text));
    format!(
        "record     {}\ntype       {}\ngroup      {}\nnumber     {}\nsigned by  {}\nhappened   {}, as they say\n\
         signed     {}, as they say\nin block   {} at {}, entry {}\nabout      {}\n{}{}",
        line.id,
        plain(&line.record_type),
        or_none(line.group.as_ref()),
        or_none(line.number.as_ref()),
        signers(line),
        line.at,
        record.signed,
        line.height,
        line.time,
        line.index,
        plain(&line.subjects.join(", ")),
        body(&record.body),
        findings::describe(&line.findings)
    )
}
