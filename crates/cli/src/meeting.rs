//! `plenary meeting`: announces meetings and shows their deadlines.

use std::{
    io::{IsTerminal as _, stdin},
    path::Path,
};

use plenary_core::record::Signer;
use plenary_procedure::{
    meeting::MeetingAnnounce,
    record_type::{Capacity, RecordType},
};
use plenary_rpc::answer::Record;

use crate::{
    args::MeetingVerb,
    document,
    draft::Draft,
    exit::Exit,
    findings, history, identity,
    keyfile::KeyFile,
    notice,
    problem::Problem,
    records,
    screen::{Screen, plain, table},
    send::{self, Aftermath},
    session::Session,
};

/// Carries out a verb.
pub fn run(verb: &MeetingVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        MeetingVerb::Announce { example: true, .. } | MeetingVerb::Announce { file: None, .. } => {
            screen.bytes(notice::EXAMPLE.as_bytes())?;
            Ok(Exit::Done)
        }
        MeetingVerb::Announce { file: Some(file), yes, .. } => announce(file, *yes, session, screen),
        MeetingVerb::List => list(session, screen),
        MeetingVerb::Show { id } => show(id, session, screen),
    }
}

fn announce(file: &Path, is_agreed: bool, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let now = session.machine.now();
    let body = notice::read(file, now, |path| document::read(path, screen))?;
    let parameters = history::parameters(session)?;
    screen.say(&notice::calendar(&body, now, &parameters))?;
    if notice::is_short(&body, now, &parameters) {
        screen.say("a deadline is shorter than the terms ask for: change it, or add [[departures]], and the chair signs as well")?;
    }
    let key = session.key()?;
    let signers = signers(&body, session, &key)?;
    let draft = Draft::new(RecordType::MeetingAnnounce, session.group()?, &body, signers)?;
    if !session.settings.is_dry_run && !is_agreed {
        ask(session, screen)?;
    }
    send::send(session, screen, Some(&key), &draft, &Aftermath::then(format!("plenary meeting show {}", body.meeting)))
}

/// The secretariat signs; where the notice departs from a rule, the chair first.
fn signers(body: &MeetingAnnounce, session: &Session<'_>, key: &KeyFile) -> Result<Vec<Signer>, Problem> {
    if body.departures.is_empty() {
        return Ok(vec![identity::signer(session, key, Capacity::Secretariat)?]);
    }
    let chair = identity::signer(session, key, Capacity::Chair)?;
    Ok(vec![chair, identity::secretariat(session)?])
}

fn ask(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<(), Problem> {
    if !session.settings.may_ask || !stdin().is_terminal() {
        return Err(Problem::usage("nobody can be asked whether to sign", "give --yes to sign without the question"));
    }
    screen.ask("sign and send it? [y/N]")?;
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "yes") { Ok(()) } else { Err(Problem::Declined) }
}

fn list(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let lines = history::of_type(session, RecordType::MeetingAnnounce)?;
    let records = history::all_full(session, &lines)?;
    screen.json(&records)?;
    let mut rows = vec![
        ["meeting", "title", "place", "starts", "ends", "contributions", "registration"].map(str::to_owned).to_vec(),
    ];
    for record in &records {
        let body: MeetingAnnounce = history::body(record)?;
        rows.push(vec![
            body.meeting.to_string(),
            body.title.to_string(),
            body.place.map_or_else(|| "electronic".to_owned(), |place| place.to_string()),
            body.starts.date.to_string(),
            body.ends.to_string(),
            body.contributions.to_string(),
            body.registration.map_or_else(|| "-".to_owned(), |registration| registration.to_string()),
        ]);
    }
    screen.show(&table(&rows))?;
    screen.next("plenary meeting show MEETING")?;
    Ok(Exit::Done)
}

fn show(id: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let lines = history::chain_of(session, &format!("meeting/{id}"), &format!("meeting {id}"))?;
    let records = history::all_full(session, &lines)?;
    screen.json(&records)?;
    screen.show(&describe(&records)?)?;
    screen.next(&format!("plenary participants list {}", plain(id)))?;
    Ok(Exit::Done)
}

fn describe(records: &[Record]) -> Result<String, Problem> {
    let notice = records.iter().find(|record| record.line.record_type == RecordType::MeetingAnnounce.as_str());
    let notice = notice.ok_or(Problem::Defect("a meeting's chain does not begin with its notice"))?;
    let body: MeetingAnnounce = history::body(notice)?;
    let place = body.place.map_or_else(|| "electronic".to_owned(), |place| plain(place.0.as_str()));
    let mut text = format!(
        "meeting {}   {}\n  {place}, {} to {} ({})\n  opening        {}\n  contributions  {}, the last second is {}\n",
        body.meeting,
        plain(body.title.0.as_str()),
        body.starts.date,
        body.ends,
        plain(body.zone.name.0.as_str()),
        body.starts.instant,
        body.contributions,
        body.contributions.instant
    );
    if let Some(registration) = body.registration {
        text.push_str(&format!("  registration   {registration}, the last second is {}\n", registration.instant));
    }
    for record in records {
        let line = &record.line;
        text.push_str(&format!(
            "\n{} {} by {} in block {}\n{}",
            line.time,
            plain(&line.record_type),
            records::signers(line),
            line.height,
            findings::describe(&line.findings)
        ));
    }
    Ok(text)
}
