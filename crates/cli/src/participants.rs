//! `plenary participants`: the list of participants, of the group and of a meeting, and its report.
//!
//! Names are not on the ledger: participants appear by pid, and those who came to a meeting as counts.

use plenary_procedure::{
    attendance::{AttendanceSeal, Counts, ParticipantListReport},
    record_type::RecordType,
};
use plenary_rpc::{
    answer::{Page, Record},
    group_answer::{Participant, Registrant},
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    args::ParticipantsVerb,
    dossier,
    exit::Exit,
    findings, history,
    listing::{self, Noun, headed},
    problem::Problem,
    screen::{Screen, plain, table},
    session::Session,
};

/// Carries out a verb.
pub fn run(verb: &ParticipantsVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        ParticipantsVerb::List { meeting: Some(meeting) } => of_meeting(meeting, session, screen),
        ParticipantsVerb::List { meeting: None } => {
            screen.say("names are not on the ledger: the secretariat keeps them");
            listing::list(|_: &Participant| true, session, screen)
        }
        ParticipantsVerb::Show { id } => listing::show::<Participant>(id, session, screen),
        ParticipantsVerb::Report => report(session, screen),
        ParticipantsVerb::Dossier(args) => dossier::get(&session.subject("roster")?, args, session, screen),
    }
}

impl Noun for Participant {
    const HINT: &'static str = "participants report";
    const HEADING: &'static [&'static str] = &["pid", "country", "category", "organisation", "since", "key"];

    fn path(&self) -> String {
        format!("participant/{}", self.id)
    }

    fn row(self) -> Vec<String> {
        let key = self.keys.iter().find(|line| line.until.is_none());
        vec![
            self.id,
            self.country,
            self.category,
            self.organization.unwrap_or_else(|| "-".to_owned()),
            self.keys.first().map_or_else(|| "-".to_owned(), |line| line.from.to_string()),
            key.map_or("none in force", |_| "in force").to_owned(),
        ]
    }

    fn describe(&self) -> String {
        let erasure = self.erasure.as_ref();
        let waiting = erasure.filter(|erasure| !erasure.waiting.is_empty());
        let mut more = vec![
            ("country", Some(self.country.clone())),
            ("organisation", self.organization.clone()),
            (
                "committed to",
                Some(self.commitments.keys().cloned().collect::<Vec<_>>().join(", "))
                    .filter(|fields| !fields.is_empty()),
            ),
            ("merged into", self.merged_into.clone()),
            ("erased", erasure.map(|erasure| erasure.fields.join(", "))),
            ("still held by", waiting.map(|erasure| erasure.waiting.join(", "))),
        ];
        more.extend(self.keys.iter().map(|line| {
            let until = line.until.map_or_else(|| "in force".to_owned(), |until| format!("until {until}"));
            ("key", Some(format!("{} from {}, {until}", line.key, line.from)))
        }));
        headed(&self.id, &self.category, &more)
    }
}

/// Who registered for a meeting and, once it was sealed, how many came.
#[derive(Serialize)]
struct OfMeeting {
    #[serde(flatten)]
    registered: Page<Registrant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attendance: Option<Record>,
}

fn of_meeting(meeting: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let id = session.id(meeting)?;
    let registered = history::all(session, async |client, part| client.meeting_participants(&id, part).await)?;
    let mut rows = vec![["registered", "mode"].map(str::to_owned).to_vec()];
    rows.extend(registered.items.iter().map(|one| vec![one.participant.clone(), one.mode.clone()]));
    screen.show(&table(&rows))?;
    let attendance = last(&format!("meeting/{meeting}/attendance"), RecordType::AttendanceSeal, session)?;
    if let Some(record) = &attendance {
        let body: AttendanceSeal = history::body(record)?;
        let head = format!("who came, as the secretariat sealed it; {} had not registered", body.walk_ins);
        screen.show(&format!("\n{head}\n{}", counted(&body.counts, &body.root.to_string(), record)))?;
    }
    let next = match &attendance {
        Some(record) => format!("plenary receipt get {}", record.line.id),
        None => format!("plenary meeting show {}", plain(meeting)),
    };
    screen.json(&OfMeeting { registered, attendance })?;
    session.label(screen)?;
    screen.next(&next);
    Ok(Exit::Done)
}

fn report(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let record = last("roster", RecordType::ParticipantListReport, session)?.ok_or_else(|| Problem::NotFound {
        what: "the list of participants was not reported to the parent group yet".to_owned(),
        remedy: "plenary participants list shows it as it stands".to_owned(),
    })?;
    let body: ParticipantListReport = history::body(&record)?;
    let occasion = record.body.get("occasion").and_then(Value::as_str).unwrap_or_default();
    let head = format!("reported to {} with a {}", body.addressee, plain(occasion));
    screen.show(&format!("{head}\n{}", counted(&body.counts, &body.root.to_string(), &record)))?;
    screen.json(&record)?;
    session.label(screen)?;
    screen.next(&format!("plenary receipt get {}", record.line.id));
    Ok(Exit::Done)
}

/// The last record of a type about a subject.
fn last(path: &str, record_type: RecordType, session: &Session<'_>) -> Result<Option<Record>, Problem> {
    let chain = history::chain(session, &session.subject(path)?)?;
    let line = chain.iter().rfind(|line| line.record_type == record_type.as_str());
    line.map(|line| history::full(session, line.id.0)).transpose()
}

fn counted(counts: &Counts, root: &str, record: &Record) -> String {
    let mut rows = vec![vec!["in all".to_owned(), counts.total.to_string()]];
    for (by, part) in parts(counts) {
        rows.push(vec![format!("  {by}"), part.to_string()]);
    }
    format!(
        "{}  the list     {root}, the root over its salted entries\n  record       {} in block {}\n{}",
        table(&rows),
        record.line.id,
        record.line.height,
        findings::describe(&record.line.findings)
    )
}

/// The parts that add up to the total, each with what it counts.
fn parts(counts: &Counts) -> Vec<(String, u32)> {
    let Counts { by_mode, by_category, by_country, by_organization, .. } = counts;
    let mut parts: Vec<(String, u32)> = Vec::new();
    parts.extend(by_mode.iter().map(|(mode, count)| (word(mode), *count)));
    parts.extend(by_category.iter().map(|(category, count)| (word(category), *count)));
    parts.push(("of categories that are not stated".to_owned(), counts.category_suppressed));
    parts.extend(by_country.iter().map(|(country, count)| (format!("from {country}"), *count)));
    parts.push(("from countries that are not stated".to_owned(), counts.country_suppressed));
    parts.extend(by_organization.iter().map(|(organization, count)| (format!("of {organization}"), *count)));
    parts.push(("of organisations that are not stated".to_owned(), counts.organization_suppressed));
    parts
}

/// The word that records use.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
