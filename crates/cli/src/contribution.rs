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
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    args::{ContributionVerb, SubmitArgs},
    document,
    draft::Draft,
    exit::Exit,
    history, identity,
    problem::Problem,
    records,
    screen::{Screen, plain, table},
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
        ContributionVerb::List { meeting } => list(meeting.as_deref(), session, screen),
        ContributionVerb::Show { id } => show(id, session, screen),
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
    session.remote.ask(async |client| client.contribution(&id).await)
}

fn list(meeting: Option<&str>, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let group = session.group()?;
    let mut page = history::all(session, async |client, part| client.contributions(Some(group), part).await)?;
    page.items.retain(|contribution| meeting.is_none_or(|label| contribution.meeting == label));
    screen.json(&page)?;
    let mut rows = vec![["number", "meeting", "title", "revision", "received", "standing"].map(str::to_owned).to_vec()];
    for contribution in page.items {
        rows.push(vec![
            contribution.id,
            contribution.meeting,
            contribution.title,
            contribution.revision.to_string(),
            contribution.received,
            contribution.standing,
        ]);
    }
    screen.show(&table(&rows))?;
    session.label(screen)?;
    screen.next("plenary contribution show NUMBER");
    Ok(Exit::Done)
}

/// A contribution with its records, whose findings say how it was judged.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    contribution: Contribution,
    records: Vec<RecordLine>,
}

fn show(id: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let contribution = fetch(id, session)?;
    let records = history::chain(session, &session.subject(&format!("contribution/{id}"))?)?;
    screen.show(&describe(&contribution, &records))?;
    screen.json(&Shown { contribution, records })?;
    session.label(screen)?;
    screen.next(&format!("plenary receipt get {}", plain(id)));
    Ok(Exit::Done)
}

/// A contribution: what it is, where it stands, and each act with what the rules found.
fn describe(contribution: &Contribution, records: &[RecordLine]) -> String {
    let author = contribution.author.as_deref().unwrap_or("somebody who is not enrolled");
    let from: Vec<&str> = [author].into_iter().chain(contribution.sources.iter().map(String::as_str)).collect();
    format!(
        "{}   {}\n  for meeting {}, from {}\n  {}, judged by {}; revision {}, of which {} met the deadline\n  manifest {}\n{}",
        plain(&contribution.id),
        plain(&contribution.title),
        plain(&contribution.meeting),
        plain(&from.join(", ")),
        plain(&contribution.standing),
        plain(&contribution.received),
        contribution.revision,
        contribution.revision_on_time,
        contribution.manifest,
        records::acts(records)
    )
}
