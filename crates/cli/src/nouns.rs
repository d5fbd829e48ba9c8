//! Nouns that are listed and shown, and written by the form of their records.

use std::collections::BTreeMap;

use plenary_rpc::{
    action::Action,
    answer::{Page, RecordLine},
    decision::Decision,
    disclosure::Disclosure,
    document::Document,
    event::Event,
    group_answer::{Group, PatentLine},
    liaison::Liaison,
    proposal::Proposal,
    report::{MeetingReport, ParentReports},
    working_group::WorkingGroup,
};
use serde::Serialize;

use crate::{
    args::{DocumentVerb, GroupVerb, NounCommand, NounVerb, OfMeetingVerb},
    exit::Exit,
    history, hygiene,
    listing::{self, Noun, headed, or_dash},
    office,
    problem::Problem,
    records, rules,
    screen::{Screen, table},
    session::Session,
};

/// Carries out a command.
pub fn run(command: &NounCommand, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match command {
        NounCommand::Group(GroupVerb::Show) => group(session, screen),
        NounCommand::Group(GroupVerb::Rules) => rules::list(screen),
        NounCommand::Wg(verb) => verbs::<WorkingGroup>(verb, session, screen),
        NounCommand::Decision(verb) => of_meeting(verb, |it: &Decision| it.meeting.as_deref(), session, screen),
        NounCommand::Action(verb) => of_meeting(verb, |it: &Action| it.meeting.as_deref(), session, screen),
        NounCommand::Document(DocumentVerb::Check { files }) => hygiene::run(files, screen),
        NounCommand::Document(DocumentVerb::Recorded(verb)) => {
            of_meeting(verb, |it: &Document| Some(&it.meeting), session, screen)
        }
        NounCommand::Report(NounVerb::List) => reports(session, screen),
        NounCommand::Report(NounVerb::Show { id }) => listing::show::<MeetingReport>(id, session, screen),
        NounCommand::Event(verb) => verbs::<Event>(verb, session, screen),
        NounCommand::Proposal(verb) => verbs::<Proposal>(verb, session, screen),
        NounCommand::Ipr(verb) => verbs::<Disclosure>(verb, session, screen),
        NounCommand::Liaison(verb) => verbs::<Liaison>(verb, session, screen),
    }
}

fn verbs<T: Noun>(verb: &NounVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        NounVerb::List => listing::list(|_: &T| true, session, screen),
        NounVerb::Show { id } => listing::show::<T>(id, session, screen),
    }
}

fn of_meeting<T: Noun>(
    verb: &OfMeetingVerb,
    meeting: impl Fn(&T) -> Option<&str>,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    match verb {
        OfMeetingVerb::List { meeting: None } => listing::list(|_: &T| true, session, screen),
        OfMeetingVerb::List { meeting: Some(label) } => {
            listing::list(|noun: &T| meeting(noun) == Some(label), session, screen)
        }
        OfMeetingVerb::Show { id } => listing::show::<T>(id, session, screen),
    }
}

/// A declaration about patents, in a line.
pub fn declared(patent: &PatentLine) -> String {
    let holder = patent.holder.as_deref().unwrap_or("a holder who is not known");
    let option = patent.option.map_or_else(|| "by a third party".to_owned(), |option| format!("option {option}"));
    format!("{} of {holder}: {option}", patent.disclosure)
}

/// The offices of the group as a whole.
const OFFICES: [&str; 4] = ["chair", "acting-chair", "vice-chair", "privacy-officer"];

/// The group, with who is in office and the records about it.
#[derive(Serialize)]
struct ShownGroup {
    #[serde(flatten)]
    group: Group,
    offices: BTreeMap<&'static str, Vec<String>>,
    records: Vec<RecordLine>,
}

fn group(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let name = session.group()?;
    let group = session.remote.ask(async |client| client.group(Some(name)).await)?;
    let records = history::chain(session, &session.subject("group")?)?;
    let mut offices = BTreeMap::new();
    for office in OFFICES {
        let holders = office::holders(&format!("role/{office}"), session)?;
        offices.insert(office, holders.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    let held = OFFICES.map(|office| {
        let holders = offices.get(office).filter(|holders| !holders.is_empty());
        (office, holders.map(|holders| holders.join(", ")))
    });
    let below = [
        ("parent", Some(group.parent.clone())),
        ("secretariat", Some(group.secretariat.clone())),
        ("zone", Some(group.zone.clone())),
        ("lifetime", group.lifetime.as_ref().map(|it| format!("{} to {}", it.begins, it.last))),
        ("is over", group.lifetime.as_ref().filter(|it| it.is_over).map(|_| "its lifetime has passed".to_owned())),
        ("co-chairs", Some(format!("{} of them sign", if group.chairs == "all" { "all" } else { "any one" }))),
        ("rule set", Some(group.ruleset.to_string())),
        ("terms since", group.terms.as_ref().map(|terms| terms.since.clone())),
        ("guidelines", group.guidelines.as_ref().map(|guidelines| format!("version {}", guidelines.version))),
        ("concluded", group.conclusion.map(|record| format!("by record {record}"))),
        ("closed", group.closure.map(|record| format!("by record {record}"))),
    ];
    let below = [below.as_slice(), held.as_slice()].concat();
    screen.show(&format!("{}{}", headed(&group.id, &group.title, &below), records::acts(&records)))?;
    screen.json(&ShownGroup { group, offices, records })?;
    session.label(screen)?;
    screen.next("plenary meeting list");
    Ok(Exit::Done)
}

/// The reports of meetings, and those to the parent group.
#[derive(Serialize)]
struct Reports {
    #[serde(flatten)]
    meetings: Page<MeetingReport>,
    parent: ParentReports,
}

fn reports(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let group = session.group()?;
    let meetings = history::all(session, async |client, part| client.nouns::<MeetingReport>(Some(group), part).await)?;
    let parent = session.remote.ask(async |client| client.reports(group).await)?;
    screen.show(&listing::rows(meetings.items.clone()))?;
    let mut rows = vec![["to the parent group", "for its meeting of", "record"].map(str::to_owned).to_vec()];
    let row = |kind: &str, date: &str, record: String| vec![kind.to_owned(), date.to_owned(), record];
    rows.extend(parent.progress.iter().map(|line| row("progress", &line.parent_starts, line.record.to_string())));
    rows.extend(parent.final_report.map(|record| row("final report", "-", record.to_string())));
    screen.show(&format!("\n{}", table(&rows)))?;
    screen.json(&Reports { meetings, parent })?;
    session.label(screen)?;
    screen.next(&format!("plenary {}", MeetingReport::HINT));
    Ok(Exit::Done)
}

impl Noun for Liaison {
    const HINT: &'static str = "liaison show NUMBER";
    const HEADING: &'static [&'static str] = &["number", "way", "title", "purpose", "day", "reply by", "standing"];

    fn path(&self) -> String {
        format!("liaison/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let (day, reply_by) = (or_dash(self.day), or_dash(self.reply_by));
        vec![self.id, self.direction, self.title, self.purpose, day, reply_by, self.standing]
    }

    fn describe(&self) -> String {
        let below = [
            ("way", Some(self.direction.clone())),
            ("purpose", Some(self.purpose.clone())),
            ("standing", Some(self.standing.clone())),
            ("day", self.day.clone()),
            ("reply by", self.reply_by.clone()),
            ("replies to", self.reply_to.clone()),
            ("replies", Some(self.replies.join(", ")).filter(|replies| !replies.is_empty())),
            ("approved by", self.approved_by.clone()),
            ("document", Some(self.document.to_string())),
        ];
        headed(&self.id, &self.title, &below)
    }
}

impl Noun for Decision {
    const HINT: &'static str = "decision show NUMBER";
    const HEADING: &'static [&'static str] = &["number", "meeting", "title", "by", "basis"];

    fn path(&self) -> String {
        format!("decision/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        vec![self.id, or_dash(self.meeting), self.title, self.by, self.basis]
    }

    fn describe(&self) -> String {
        let below = [
            ("by", Some(self.by.clone())),
            ("basis", Some(self.basis.clone())),
            ("meeting", self.meeting.clone()),
            ("about", self.object.clone()),
            ("text", Some(self.text.to_string())),
        ];
        headed(&self.id, &self.title, &below)
    }
}

impl Noun for Action {
    const HINT: &'static str = "action show NUMBER";
    const HEADING: &'static [&'static str] = &["number", "title", "owner", "due", "outcome"];

    fn path(&self) -> String {
        format!("action/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let role = self.role.map(|role| [Some(role), self.scope].into_iter().flatten().collect::<Vec<_>>().join(" "));
        vec![
            self.id,
            self.title,
            or_dash(role.or(self.owner)),
            self.due,
            self.outcome.unwrap_or_else(|| "open".to_owned()),
        ]
    }

    fn describe(&self) -> String {
        let below = [
            ("role", self.role.clone()),
            ("of", self.scope.clone()),
            ("owner", self.owner.clone()),
            ("due", Some(self.due.clone())),
            ("meeting", self.meeting.clone()),
            ("decision", self.decision.clone()),
            ("outcome", self.outcome.clone()),
            ("closed", self.closed.clone()),
        ];
        headed(&self.id, &self.title, &below)
    }
}

impl Noun for Document {
    const HINT: &'static str = "document show NUMBER";
    const HEADING: &'static [&'static str] = &["number", "meeting", "title", "by", "revision", "withdrawn"];

    fn path(&self) -> String {
        format!("document/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let revision = self.revision.to_string();
        vec![self.id, self.meeting, self.title, self.by, revision, or_dash(self.withdrawn)]
    }

    fn describe(&self) -> String {
        let below = [
            ("meeting", Some(self.meeting.clone())),
            ("by", Some(self.by.clone())),
            ("deliverable", self.deliverable.clone()),
            ("working group", self.working_group.clone()),
            ("revision", Some(self.revision.to_string())),
            ("manifest", Some(self.manifest.to_string())),
            ("readers", self.visibility.clone()),
            ("redacted", Some(self.redactions.0).filter(|times| *times > 0).map(|times| format!("{times} times"))),
            ("withdrawn", self.withdrawn.clone()),
        ];
        headed(&self.id, &self.title, &below)
    }
}

impl Noun for Proposal {
    const HINT: &'static str = "proposal show NUMBER";
    const HEADING: &'static [&'static str] = &["number", "title", "by", "target", "standing"];

    fn path(&self) -> String {
        format!("proposal/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        vec![self.id, self.title, self.by, or_dash(self.target), self.deliverable.unwrap_or(self.standing)]
    }

    fn describe(&self) -> String {
        let below = [
            ("kind", Some(self.kind.clone())),
            ("by", Some(self.by.clone())),
            ("scope", Some(self.scope.to_string())),
            ("target", self.target.clone()),
            ("standing", Some(self.standing.clone())),
            ("deliverable", self.deliverable.clone()),
        ];
        headed(&self.id, &self.title, &below)
    }
}

impl Noun for Event {
    const HINT: &'static str = "event show LABEL";
    const HEADING: &'static [&'static str] = &["event", "title", "kind", "host", "from", "to"];

    fn path(&self) -> String {
        format!("event/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        vec![self.id, self.title, self.kind, self.host, self.from, self.to]
    }

    fn describe(&self) -> String {
        let below = [
            ("kind", Some(self.kind.clone())),
            ("host", Some(self.host.clone())),
            ("from", Some(self.from.clone())),
            ("to", Some(self.to.clone())),
            ("outcome", self.outcome.map(|record| record.to_string())),
        ];
        headed(&self.id, &self.title, &below)
    }
}

impl Noun for WorkingGroup {
    const HINT: &'static str = "wg show LABEL";
    const HEADING: &'static [&'static str] = &["working group", "title", "belongs to", "standing"];

    fn path(&self) -> String {
        format!("working-group/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let standing = self.closed.map_or("open", |_| "closed").to_owned();
        vec![self.id, self.title, or_dash(self.parent), standing]
    }

    fn describe(&self) -> String {
        let below = [
            ("belongs to", self.parent.clone()),
            ("terms", self.terms.map(|record| record.to_string())),
            ("closed by", self.closed.map(|record| record.to_string())),
        ];
        headed(&self.id, &self.title, &below)
    }
}

impl Noun for MeetingReport {
    const HINT: &'static str = "report show MEETING";
    const HEADING: &'static [&'static str] = &["report of meeting", "revision", "approved"];

    fn path(&self) -> String {
        format!("meeting/{}/report", self.meeting)
    }

    fn row(self) -> Vec<String> {
        let approved = self.approved.map(|time| time.to_string());
        vec![self.meeting, self.revision.to_string(), or_dash(approved)]
    }

    fn describe(&self) -> String {
        let below = [
            ("revision", Some(self.revision.to_string())),
            ("manifest", Some(self.manifest.to_string())),
            ("approved", self.approved.map(|time| time.to_string())),
        ];
        headed(&format!("meeting {}", self.meeting), "its report", &below)
    }
}

impl Noun for Disclosure {
    const HINT: &'static str = "ipr show NUMBER";
    const HEADING: &'static [&'static str] = &["number", "about", "holder", "option", "claim"];

    fn path(&self) -> String {
        format!("ipr/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let (about, option) = (about(&self), or_dash(self.option.map(|option| option.to_string())));
        vec![self.id, about, or_dash(self.holder), option, self.claim]
    }

    fn describe(&self) -> String {
        let some = |list: &[String]| Some(list.join(", ")).filter(|list| !list.is_empty());
        let below = [
            ("holder", self.holder.clone()),
            ("claim", Some(self.claim.clone())),
            ("option", self.option.map(|option| option.to_string())),
            ("conditions", some(&self.conditions)),
            ("patents", some(&self.patents)),
            ("form", Some(self.form.to_string())),
            ("asked", Some(self.contacts.0).filter(|times| *times > 0).map(|times| format!("{times} times"))),
        ];
        headed(&self.id, &about(self), &below)
    }
}

/// The text that a disclosure is about.
fn about(disclosure: &Disclosure) -> String {
    match &disclosure.object {
        Some(object) => format!("{} {}, revision {}", object.kind, object.id, object.revision),
        None => "all texts".to_owned(),
    }
}
