//! `plenary meeting`: announces meetings and shows their deadlines.

use std::path::Path;

use plenary_core::record::Signer;
use plenary_procedure::{
    meeting::MeetingAnnounce,
    record_type::{Capacity, RecordType},
};
use plenary_rpc::{
    answer::RecordLine,
    group_answer::{DeadlineLine, Meeting},
};
use serde::Serialize;

use crate::{
    args::MeetingVerb,
    document,
    draft::Draft,
    exit::Exit,
    history, identity, keyboard,
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
            screen.file("example", notice::EXAMPLE)?;
            screen.next("plenary meeting announce FILE    (the example with your dates)");
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
    screen.say(&notice::calendar(&body, now, &parameters));
    if notice::is_short(&body, now, &parameters) {
        screen.say("a deadline is shorter than the terms ask for: change it, or add [[departures]], and the chair signs as well");
    }
    let key = session.key()?;
    let signers = signers(&body, session, &key)?;
    let draft = Draft::new(RecordType::MeetingAnnounce, session.group()?, &body, signers)?;
    if !session.settings.is_dry_run && !is_agreed {
        keyboard::agree("sign and send it?", session.settings.may_ask, "nothing was signed", screen)?;
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

fn list(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let group = session.group()?;
    let page = history::all(session, async |client, part| client.meetings(Some(group), part).await)?;
    screen.json(&page)?;
    let heading = ["meeting", "title", "starts", "ends", "zone", "contributions", "registration"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for meeting in page.items {
        rows.push(vec![
            meeting.id,
            meeting.title,
            meeting.starts,
            meeting.ends,
            meeting.zone,
            due(&meeting.contributions),
            meeting.registration.as_ref().map_or_else(|| "-".to_owned(), due),
        ]);
    }
    screen.show(&table(&rows))?;
    session.label(screen)?;
    screen.next("plenary meeting show MEETING");
    Ok(Exit::Done)
}

fn due(deadline: &DeadlineLine) -> String {
    format!("{} {}", deadline.words, deadline.date)
}

/// A meeting with its records, whose findings say how its deadlines were judged.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    meeting: Meeting,
    records: Vec<RecordLine>,
}

fn show(id: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let named = session.id(id)?;
    let meeting = session.remote.ask(async |client| client.meeting(&named).await)?;
    let records = history::chain(session, &session.subject(&format!("meeting/{id}"))?)?;
    screen.show(&describe(&meeting, &records))?;
    screen.json(&Shown { meeting, records })?;
    session.label(screen)?;
    screen.next(&format!("plenary participants list {}", plain(id)));
    Ok(Exit::Done)
}

fn describe(meeting: &Meeting, records: &[RecordLine]) -> String {
    let mut text = format!(
        "meeting {}   {}\n  {}, {} to {} ({})\n  opening        {}\n  contributions  {}, the last second is {}\n",
        plain(&meeting.id),
        plain(&meeting.title),
        plain(&meeting.kind),
        plain(&meeting.starts),
        plain(&meeting.ends),
        plain(&meeting.zone),
        meeting.starts_at,
        plain(&due(&meeting.contributions)),
        meeting.contributions.instant
    );
    if let Some(registration) = &meeting.registration {
        let (due, instant) = (plain(&due(registration)), registration.instant);
        text.push_str(&format!("  registration   {due}, the last second is {instant}\n"));
    }
    if let Some(closed) = meeting.closed {
        text.push_str(&format!("  closed         {closed}, as the chair says\n"));
    } else if let Some(opened) = meeting.opened {
        text.push_str(&format!("  opened         {opened}, as the chair says\n"));
    }
    text.push_str(&records::acts(records));
    text
}
