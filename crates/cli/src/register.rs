//! `plenary register` and `plenary participants`: who takes part, by pid.

use plenary_procedure::{
    record_type::{Capacity, RecordType},
    registration::{MeetingRegister, Mode},
    text::Text,
};

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
    let group = session.group()?;
    let page = history::all(session, async |client, part| client.participants(Some(group), part).await)?;
    screen.json(&page)?;
    let mut rows = vec![["pid", "country", "category", "organisation", "since", "key"].map(str::to_owned).to_vec()];
    for participant in page.items {
        let key = participant.keys.iter().find(|line| line.until.is_none());
        rows.push(vec![
            participant.id,
            participant.country,
            participant.category,
            participant.organization.unwrap_or_else(|| "-".to_owned()),
            participant.keys.first().map_or_else(|| "-".to_owned(), |line| line.from.to_string()),
            key.map_or("none in force", |_| "in force").to_owned(),
        ]);
    }
    screen.show(&table(&rows))?;
    screen.say("names are not on the ledger: the secretariat keeps them")?;
    screen.next("plenary participants list MEETING")?;
    Ok(Exit::Done)
}

fn registered(meeting: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let id = session.id(meeting)?;
    let page = history::all(session, async |client, part| client.meeting_participants(&id, part).await)?;
    screen.json(&page)?;
    let mut rows = vec![["pid", "mode"].map(str::to_owned).to_vec()];
    rows.extend(page.items.into_iter().map(|registrant| vec![registrant.participant, registrant.mode]));
    screen.show(&table(&rows))?;
    screen.next(&format!("plenary meeting show {}", plain(meeting)))?;
    Ok(Exit::Done)
}
