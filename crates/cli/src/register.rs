//! `plenary register` and `plenary participants`: who takes part, by pid.

use plenary_procedure::{
    participant::ParticipantEnroll,
    record_type::{Capacity, RecordType},
    registration::{MeetingRegister, Mode},
    text::Text,
};
use plenary_rpc::answer::Record;

use crate::{
    args::{Entered, ParticipantsVerb, RegisterArgs},
    draft::Draft,
    exit::Exit,
    history, identity,
    problem::Problem,
    screen::{Screen, plain, table},
    send::{self, Aftermath},
    session::Session,
    settings::spelled,
};

/// Registers for a meeting.
pub fn run(args: &RegisterArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let key = session.key()?;
    let signer = identity::signer(session, &key, Capacity::Participant)?;
    let Entered { participant, received } = &args.entered;
    let body = MeetingRegister {
        meeting: Text(spelled("the meeting", &args.meeting)?),
        mode: if args.mode == "onsite" { Mode::OnSite } else { Mode::Remote },
        participant: participant.as_deref().map(|pid| spelled("--for-participant", pid).map(Text)).transpose()?,
        received: received.as_deref().map(|time| spelled("--received", time).map(Text)).transpose()?,
    };
    let draft = Draft::new(RecordType::MeetingRegister, session.group()?, &body, vec![signer])?;
    send::send(session, screen, Some(&key), &draft, &Aftermath::then(format!("plenary meeting show {}", body.meeting)))
}

/// Carries out a verb of `participants`.
pub fn participants(verb: &ParticipantsVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let ParticipantsVerb::List { meeting } = verb;
    match meeting {
        Some(meeting) => registered(meeting, session, screen),
        None => enrolled(session, screen),
    }
}

fn enrolled(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let lines = history::chain(session, &session.subject("roster")?)?;
    let lines: Vec<_> =
        lines.into_iter().filter(|line| line.record_type == RecordType::ParticipantEnroll.as_str()).collect();
    let records = history::all_full(session, &lines)?;
    screen.json(&records)?;
    let mut rows = vec![["pid", "country", "category", "organisation", "since"].map(str::to_owned).to_vec()];
    for record in &records {
        let body: ParticipantEnroll = history::body(record)?;
        let organization = body.organization.map_or_else(|| "-".to_owned(), |organization| organization.to_string());
        rows.push(vec![
            body.pid.to_string(),
            body.country.to_string(),
            word(record, "category"),
            organization,
            record.line.time.to_string(),
        ]);
    }
    screen.show(&table(&rows))?;
    screen.say("names are not on the ledger: the secretariat keeps them")?;
    screen.next("plenary participants list MEETING")?;
    Ok(Exit::Done)
}

fn registered(meeting: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    history::chain_of(session, &format!("meeting/{meeting}"), &format!("meeting {meeting}"))?;
    let lines = history::chain(session, &session.subject(&format!("meeting/{meeting}/registrations"))?)?;
    let records = history::all_full(session, &lines)?;
    screen.json(&records)?;
    let mut rows = vec![["pid", "mode", "registered", "in time"].map(str::to_owned).to_vec()];
    for record in &records {
        let body: MeetingRegister = history::body(record)?;
        let signer = record.line.signers.first().map(|signer| signer.who.clone()).unwrap_or_default();
        let pid = body.participant.map_or(signer, |pid| pid.to_string());
        let in_time = record.line.findings.iter().find(|finding| finding.rule == "R23");
        let in_time = in_time.map_or("-", |finding| crate::findings::word(finding.result));
        rows.push(vec![pid, word(record, "mode"), record.line.time.to_string(), in_time.to_owned()]);
    }
    screen.show(&table(&rows))?;
    screen.next(&format!("plenary meeting show {}", plain(meeting)))?;
    Ok(Exit::Done)
}

/// A word of a record's body.
fn word(record: &Record, field: &str) -> String {
    record.body.get(field).and_then(|value| value.as_str()).unwrap_or("-").to_owned()
}
