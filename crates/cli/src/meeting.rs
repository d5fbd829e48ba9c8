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
    json::Number,
};

use crate::{
    args::MeetingVerb,
    document, dossier,
    draft::Draft,
    exit::Exit,
    history, identity, keyboard,
    keyfile::KeyFile,
    listing::{self, Fact, Noun, facts},
    notice,
    problem::Problem,
    screen::{Screen, plain},
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
        MeetingVerb::List => listing::list(|_: &Meeting| true, session, screen),
        MeetingVerb::Show { id } => listing::show::<Meeting>(id, session, screen),
        MeetingVerb::Dossier { id, args } => {
            dossier::get(&session.subject(&format!("meeting/{id}"))?, args, session, screen)
        }
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

fn due(deadline: &DeadlineLine) -> String {
    format!("{} {}", deadline.words, deadline.date)
}

impl Noun for Meeting {
    const HINT: &'static str = "meeting show MEETING";
    const HEADING: &'static [&'static str] =
        &["meeting", "title", "starts", "ends", "zone", "contributions", "registration"];

    fn path(&self) -> String {
        format!("meeting/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let registration = self.registration.as_ref().map_or_else(|| "-".to_owned(), due);
        let starts = if self.cancelled.is_some() { "cancelled".to_owned() } else { self.starts };
        vec![self.id, self.title, starts, self.ends, self.zone, due(&self.contributions), registration]
    }

    fn describe(&self) -> String {
        let mut text = format!(
            "meeting {}   {}\n  {}, {} to {} ({})\n  opening        {}\n  contributions  {}, the last second is {}\n",
            plain(&self.id),
            plain(&self.title),
            plain(&self.kind),
            plain(&self.starts),
            plain(&self.ends),
            plain(&self.zone),
            self.starts_at,
            plain(&due(&self.contributions)),
            self.contributions.instant
        );
        if let Some(registration) = &self.registration {
            let (due, instant) = (plain(&due(registration)), registration.instant);
            text.push_str(&format!("  registration   {due}, the last second is {instant}\n"));
        }
        if let Some(closed) = self.closed {
            text.push_str(&format!("  closed         {closed}, as the chair says\n"));
        } else if let Some(opened) = self.opened {
            text.push_str(&format!("  opened         {opened}, as the chair says\n"));
        }
        text + &facts(&more(self))
    }

    fn next(&self, _: &[RecordLine]) -> Option<String> {
        Some(format!("plenary participants list {}", plain(&self.id)))
    }
}

/// What was recorded of a meeting beside its notice.
fn more(meeting: &Meeting) -> Vec<Fact> {
    let cancelled = meeting.cancelled.as_ref().map(|it| match &it.held_for {
        Some(next) => format!("its contributions are held for meeting {next}"),
        None => "its contributions are held for the next one".to_owned(),
    });
    let report = meeting.report.as_ref().map(|it| match it.approved {
        Some(time) => format!("revision {}, approved {time}", it.revision),
        None => format!("revision {}, not approved yet", it.revision),
    });
    let some = |count: Number| Some(count.to_string()).filter(|_| count.0 > 0);
    vec![
        ("place", meeting.place.clone()),
        ("cancelled", cancelled),
        ("agenda", meeting.agenda.as_ref().map(|agenda| format!("revision {}", agenda.revision))),
        ("decisions", some(meeting.decisions)),
        ("actions", some(meeting.actions)),
        ("report", report),
    ]
}
