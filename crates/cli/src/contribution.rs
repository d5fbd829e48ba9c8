//! `plenary contribution`: submits contributions, and shows by which deadlines they were judged.

use std::path::PathBuf;

use plenary_procedure::{
    contribution::{
        ContributionRevise, ContributionSubmit, ContributionWithdraw, Copyright, Layout, Purpose, Withdrawal,
    },
    record_type::{Capacity, RecordType},
    text::Text,
};
use plenary_rpc::answer::{FindingWord, Record, RecordLine};
use serde::de::DeserializeOwned;

use crate::{
    args::{ContributionVerb, SubmitArgs},
    document,
    draft::Draft,
    exit::Exit,
    findings, history, identity,
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
    let revisions = of_type(&chain(session, id)?, RecordType::ContributionRevise).count();
    let revision = u32::try_from(revisions).ok().and_then(|count| count.checked_add(2));
    let body = ContributionRevise {
        contribution: Text(spelled("the contribution", id)?),
        // The first text is revision 1, so the first record of a revision brings 2.
        revision: revision.ok_or(Problem::Defect("a contribution has too many revisions"))?,
        documents: document::read_all(files, screen)?,
        received: received.map(|time| spelled("--received", time).map(Text)).transpose()?,
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

fn chain(session: &Session<'_>, id: &str) -> Result<Vec<RecordLine>, Problem> {
    history::chain_of(session, &format!("contribution/{id}"), &format!("contribution {id}"))
}

fn of_type(lines: &[RecordLine], record_type: RecordType) -> impl Iterator<Item = &RecordLine> {
    lines.iter().filter(move |line| line.record_type == record_type.as_str())
}

fn list(meeting: Option<&str>, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let lines = history::chain(session, &session.subject("contributions")?)?;
    let lines: Vec<RecordLine> = of_type(&lines, RecordType::ContributionSubmit).cloned().collect();
    let mut records = Vec::new();
    let mut rows =
        vec![["number", "meeting", "title", "received", "deadline of the notice"].map(str::to_owned).to_vec()];
    for record in history::all_full(session, &lines)? {
        let body: ContributionSubmit = history::body(&record)?;
        if meeting.is_none_or(|label| body.meeting.0.as_str() == label) {
            rows.push(row(&record, &body));
            records.push(record);
        }
    }
    screen.json(&records)?;
    screen.show(&table(&rows))?;
    screen.next("plenary contribution show NUMBER")?;
    Ok(Exit::Done)
}

fn row(record: &Record, body: &ContributionSubmit) -> Vec<String> {
    let deadline = record.line.findings.iter().find(|finding| finding.rule == "R51");
    let received = deadline.and_then(|finding| finding.facts.get("received")?.as_str());
    vec![
        record.line.number.clone().unwrap_or_else(|| "-".to_owned()),
        body.meeting.to_string(),
        body.title.to_string(),
        received.unwrap_or("-").to_owned(),
        deadline.map_or("-", |finding| findings::word(finding.result)).to_owned(),
    ]
}

fn show(id: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let lines = chain(session, id)?;
    let records = history::all_full(session, &lines)?;
    screen.json(&records)?;
    screen.show(&describe(id, &records)?)?;
    screen.next(&format!("plenary receipt get {id}"))?;
    Ok(Exit::Done)
}

/// A contribution: what it is, where it stands, and each act with what the rules found.
fn describe(id: &str, records: &[Record]) -> Result<String, Problem> {
    let submitted = records.iter().find(|record| record.line.record_type == RecordType::ContributionSubmit.as_str());
    let submitted = submitted.ok_or(Problem::Defect("a contribution's chain does not begin with its submission"))?;
    let body: ContributionSubmit = history::body(submitted)?;
    let mut text = format!(
        "{}   {}\n  for meeting {}, {}\n",
        plain(id),
        plain(body.title.0.as_str()),
        body.meeting,
        standing(records)
    );
    for document in &body.documents {
        text.push_str(&format!(
            "  document    {}, {} bytes, {}\n",
            document.digest, document.bytes, document.media_type
        ));
    }
    for record in records {
        let line = &record.line;
        text.push_str(&format!(
            "\n{} {} by {} in block {}\n  record  {}\n{}",
            line.time,
            plain(&line.record_type),
            records::signers(line),
            line.height,
            line.id,
            findings::describe(&line.findings)
        ));
    }
    Ok(text)
}

/// Where a contribution stands, by the last act that says so.
fn standing(records: &[Record]) -> &'static str {
    let mut standing = "received";
    for record in records {
        let is = |record_type: RecordType| record.line.record_type == record_type.as_str();
        let deadline = record.line.findings.iter().find(|finding| finding.rule == "R51");
        if is(RecordType::ContributionWithdraw) {
            standing = "withdrawn";
        } else if is(RecordType::ContributionLateAdmit) {
            standing = "late and admitted";
        } else if is(RecordType::ContributionLateDecide) {
            let is_accepted = record.body.get("result").and_then(|word| word.as_str()) == Some("accept");
            standing =
                if is_accepted { "late and taken up by the meeting" } else { "late and held for the next meeting" };
        } else if is(RecordType::ContributionSubmit) {
            standing = match deadline.map(|finding| finding.result) {
                Some(FindingWord::Met) => "on time",
                Some(FindingWord::Waived) => "on time by a waiver",
                Some(FindingWord::Broken) => "late: held for the next meeting",
                Some(FindingWord::Noted) | None => standing,
            };
        }
    }
    standing
}
