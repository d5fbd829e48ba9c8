//! `plenary contribution`: submits contributions, and shows by which deadlines they were judged.

use std::path::PathBuf;

use plenary_procedure::{
    contribution::{ContributionSubmit, Copyright, Layout, Purpose},
    record_type::{Capacity, RecordType},
    revision::ContributionRevise,
    text::Text,
    treatment::{ContributionWithdraw, Withdrawal},
};
use plenary_rpc::{answer::RecordLine, group_answer::Contribution};
use serde::de::DeserializeOwned;

use crate::{
    args::{ContributionVerb, SubmitArgs},
    document, dossier,
    draft::Draft,
    exit::Exit,
    identity,
    listing::{self, Fact, Noun, facts},
    nouns,
    problem::Problem,
    screen::{Screen, plain},
    send::{self, Aftermath},
    session::Session,
    settings::spelled,
};

/// Carries out a verb.
pub fn run(verb: &ContributionVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        ContributionVerb::Submit(args) => submit(args, session, screen),
        ContributionVerb::Revise { id, files, received } => revise((id, files, received.as_deref()), session, screen),
        ContributionVerb::Withdraw { id, reason } => withdraw(id, reason, session, screen),
        ContributionVerb::List { meeting } => {
            let is_asked = |it: &Contribution| meeting.as_ref().is_none_or(|label| it.meeting == *label);
            listing::list(is_asked, session, screen)
        }
        ContributionVerb::Show { id } => listing::show::<Contribution>(id, session, screen),
        ContributionVerb::Dossier { id, args } => {
            dossier::get(&session.subject(&format!("contribution/{id}"))?, args, session, screen)
        }
    }
}

fn submit(args: &SubmitArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let key = session.key()?;
    let signer = identity::signer(session, &key, Capacity::Participant)?;
    let sources = args.source.iter().map(|source| spelled("--source", source).map(Text));
    let author = args.entered.participant.as_deref().map(|pid| spelled("--for-participant", pid).map(Text));
    let received = args.entered.received.as_deref().map(|time| spelled("--received", time).map(Text));
    let body = ContributionSubmit {
        meeting: Text(spelled("--meeting", &args.meeting)?),
        title: Text(spelled("--title", &args.title)?),
        purpose: word::<Purpose>("--purpose", &args.purpose)?,
        language: Text(spelled("--language", &args.language)?),
        layout: if args.free_layout { Layout::Free } else { Layout::Template },
        documents: document::read_all(&args.files, screen)?,
        sources: sources.collect::<Result<_, _>>()?,
        copyright: if args.conditions { Copyright::Conditions } else { Copyright::Acknowledged },
        author: author.transpose()?,
        received: received.transpose()?,
        reservation: None,
        mail: None,
        merges: Vec::new(),
        deliverable: None,
        visibility: None,
        restriction: None,
        content: None,
        software_copyright: None,
    };
    let draft = Draft::new(RecordType::ContributionSubmit, session.group()?, &body, vec![signer])?;
    send::send(session, screen, Some(&key), &draft, &after(&args.files))
}

/// Reads a word of the procedure, as records write it.
pub fn word<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Problem> {
    serde_json::from_value(text.into())
        .map_err(|_| Problem::usage(format!("{what} is {text:?}"), "give one of the words that --help lists"))
}

/// A receipt goes beside the first file; that is what the person checks next.
fn after(files: &[PathBuf]) -> Aftermath {
    let next = files.first().map_or_else(String::new, |file| format!("plenary verify {}", file.display()));
    Aftermath { document: files.first().cloned(), next }
}

fn revise(
    (id, files, received): (&str, &[PathBuf], Option<&str>),
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let key = session.key()?;
    let signer = identity::signer(session, &key, Capacity::Participant)?;
    let current = u32::try_from(fetch(id, session)?.revision.0).ok();
    let body = ContributionRevise {
        contribution: Text(spelled("the contribution", id)?),
        revision: current
            .and_then(|current| current.checked_add(1))
            .ok_or(Problem::Defect("a contribution has too many revisions"))?,
        documents: document::read_all(files, screen)?,
        received: received.map(|time| spelled("--received", time).map(Text)).transpose()?,
        mail: None,
    };
    let draft = Draft::new(RecordType::ContributionRevise, session.group()?, &body, vec![signer])?;
    send::send(session, screen, Some(&key), &draft, &after(files))
}

fn withdraw(id: &str, reason: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let key = session.key()?;
    let signer = identity::signer(session, &key, Capacity::Participant)?;
    let body = ContributionWithdraw {
        contribution: Text(spelled("the contribution", id)?),
        reason: word::<Withdrawal>("--reason", reason)?,
    };
    let draft = Draft::new(RecordType::ContributionWithdraw, session.group()?, &body, vec![signer])?;
    send::send(session, screen, Some(&key), &draft, &Aftermath::then(format!("plenary contribution show {id}")))
}

fn fetch(id: &str, session: &Session<'_>) -> Result<Contribution, Problem> {
    let id = session.id(id)?;
    session.remote.ask(async |client| client.noun(&id).await)
}

impl Noun for Contribution {
    const HINT: &'static str = "contribution show NUMBER";
    const HEADING: &'static [&'static str] = &["number", "meeting", "title", "revision", "received", "standing"];

    fn path(&self) -> String {
        format!("contribution/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let standing = self.disposal.map_or(self.standing, |disposal| disposal.disposition);
        vec![self.id, self.meeting, self.title, self.revision.to_string(), self.received, standing]
    }

    fn describe(&self) -> String {
        let author = self.author.as_deref().unwrap_or("somebody who is not enrolled");
        let from: Vec<&str> = [author].into_iter().chain(self.sources.iter().map(String::as_str)).collect();
        format!(
            "{}   {}\n  for meeting {}, from {}\n  {}, judged by {}; revision {}, of which {} met the deadline\n  manifest {}\n{}",
            plain(&self.id),
            plain(&self.title),
            plain(&self.meeting),
            plain(&from.join(", ")),
            plain(&self.standing),
            plain(&self.received),
            self.revision,
            self.revision_on_time,
            self.manifest,
            facts(&more(self))
        )
    }

    fn next(&self, _: &[RecordLine]) -> Option<String> {
        Some(format!("plenary receipt get {}", plain(&self.id)))
    }
}

/// What came of a contribution after it was sent.
fn more(contribution: &Contribution) -> Vec<Fact> {
    let Contribution { allocation, disposal, parts, patents, .. } = contribution;
    let entered = match contribution.word.as_str() {
        "author" => None,
        "secretariat" => Some("by the secretariat, and the author has not confirmed it"),
        "confirmed" => Some("by the secretariat, and the author confirmed it"),
        _ => Some("by the secretariat, and the author disputes it"),
    };
    let placed = allocation.as_ref().map(|it| {
        let item = it.item.iter().map(|item| format!("item {item}"));
        item.chain(it.working_group.clone()).collect::<Vec<_>>().join(", ")
    });
    let done = disposal.as_ref().map(|it| match &it.into {
        Some(other) => format!("{}, {other}", it.disposition),
        None => it.disposition.clone(),
    });
    let mut facts = vec![
        ("entered", entered.map(str::to_owned)),
        ("carried from", contribution.carried_from.as_ref().map(|meeting| format!("meeting {meeting}"))),
        ("allocated to", placed),
        ("disposed of", done),
        ("merged into", contribution.merged_into.clone()),
        ("readers", contribution.visibility.clone()),
        ("redacted", Some(contribution.redactions.0).filter(|times| *times > 0).map(|times| format!("{times} times"))),
    ];
    facts.extend(parts.iter().map(|part| {
        let judged = if part.is_on_time { "on time" } else { "late" };
        ("text", Some(format!("{} of {}, {judged}", part.id, part.received)))
    }));
    facts.extend(patents.iter().map(|patent| ("patents", Some(nouns::declared(patent)))));
    facts
}
