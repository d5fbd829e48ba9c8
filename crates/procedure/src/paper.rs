//! Papers: the output documents, temporary documents and reports of a group's officers.

use std::collections::BTreeMap;

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation, clock, contribution,
    deliverable::Deliverable,
    document::{self, Document},
    meeting::{self, Meeting},
    part::PARTS_MAX,
    record_type::Capacity,
    refusal::Refusal,
    role::Decision,
    rules,
    text::{Label, Number, Text, Title},
    treatment::{Disposal, Withdrawal},
    visibility::{self, Visibility},
    working_group,
};

/// Body of `document.submit`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentSubmit {
    /// The series, which decides its number.
    pub series: Series,
    /// The meeting that it is for, or that it came out of.
    pub meeting: Text<Label>,
    /// Its title, which names no person.
    pub title: Text<Title>,
    /// Its language, such as `en`.
    pub language: Text<Title>,
    /// The document, in one file or several.
    pub documents: Vec<Document>,
    /// Why a temporary document need not be there seven days before the meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<Exception>,
    /// The last day of the event that it reports on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_ended: Option<Text<Date>>,
    /// The day on which it is discussed, if that is not the meeting's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discussed: Option<Text<Date>>,
    /// The deliverable that it is about; an editor states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<Text<Label>>,
    /// The working group that it is of; its lead states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<Text<Label>>,
    /// Who may read it; none where the group's usual arrangement holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// The group's decision to restrict it (A.1 1.7.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction: Option<Decision>,
}

/// Body of `document.revise`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRevise {
    /// The document's number.
    pub document: Text<Number>,
    /// The number of this revision: the current one and one; the first text is 1.
    pub revision: u32,
    /// The whole document, revised.
    pub documents: Vec<Document>,
}

/// Body of `document.withdraw`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentWithdraw {
    /// The document's number, which it keeps.
    pub document: Text<Number>,
    /// Why.
    pub reason: Withdrawal,
}

/// A series of documents; contributions have their own, `I`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Series {
    /// Output documents: what a meeting produced, the text of a liaison statement among them.
    O,
    /// Temporary documents: what officers put before a meeting.
    #[serde(rename = "TD")]
    Td,
    /// Reports.
    R,
}

impl Series {
    /// The letters in a number.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::O => "O",
            Self::Td => "TD",
            Self::R => "R",
        }
    }

    /// Who submits it: output and reports the officers concerned, temporary documents all of them.
    const fn submitters(self) -> &'static [Capacity] {
        use Capacity::{ActingChair, Chair, Editor, Secretariat, ViceChair, WorkingGroupLead};
        match self {
            Self::O => &[Chair, ActingChair, Secretariat, Editor],
            Self::Td => &[Chair, ActingChair, ViceChair, Secretariat, Editor, WorkingGroupLead],
            Self::R => &[Chair, ActingChair, Secretariat, WorkingGroupLead],
        }
    }
}

/// Why a temporary document may come later (A.1 3.3.3).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exception {
    /// It is administrative.
    Administrative,
    /// It reports on an event shortly before the meeting.
    EventReport,
    /// It is a proposal of an ad hoc group.
    AdHoc,
    /// It compiles what is there already.
    Compilation,
    /// The meeting asked for it.
    Requested,
}

impl Exception {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Administrative => "administrative",
            Self::EventReport => "report on an event",
            Self::AdHoc => "ad hoc proposal",
            Self::Compilation => "compilation",
            Self::Requested => "requested by the meeting",
        }
    }
}

/// The register that gives documents their numbers.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct PaperRegister {
    /// How many numbers were given in each series.
    pub given: BTreeMap<Series, u64>,
}

/// The state of a document of a series.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Paper {
    /// Its series.
    pub series: Series,
    /// The meeting that it is for, or that it came out of.
    pub meeting: Text<Label>,
    /// Its title.
    pub title: Text<Title>,
    /// Who submitted it.
    pub by: Text<Name>,
    /// The deliverable that it is about.
    pub deliverable: Option<Text<Label>>,
    /// The working group that it is of.
    pub working_group: Option<Text<Label>>,
    /// The current revision; the first text is 1.
    pub revision: u32,
    /// The manifest of the current revision.
    pub manifest: Text<Digest>,
    /// The manifests of the revisions before it, oldest first.
    pub earlier: Vec<Text<Digest>>,
    /// Who may read it.
    pub visibility: Option<Visibility>,
    /// How often one of its texts was redacted.
    pub redactions: u32,
    /// Why it was withdrawn, if it was.
    pub withdrawn: Option<Withdrawal>,
    /// How a meeting disposed of it.
    pub disposal: Option<Disposal>,
}

impl Paper {
    /// How a meeting disposed of it, in words.
    pub fn disposed(&self) -> Option<&'static str> {
        self.disposal.as_ref().map(|disposal| disposal.disposition.as_str())
    }
}

/// Days before the meeting that a temporary document is there (A.1 3.3.3).
const AVAILABLE_DAYS: u32 = 7;
/// An event fewer days before the meeting than these leaves no time for that.
const EVENT_DAYS: u32 = 21;
/// Days before the discussion that the report on such an event is there.
const EVENT_REPORT_DAYS: u32 = 2;

/// Rules R39, R52, R54 and R68.
pub(crate) fn submit(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DocumentSubmit = act.body()?;
    let manifest = document::package(&body.documents)?;
    let actor = act.actor()?;
    if !body.series.submitters().contains(&actor.capacity) {
        return Err(Refusal::OtherSeries { series: body.series.as_str(), capacity: actor.capacity }.into());
    }
    let meeting = act.meeting_subject(&body.meeting.0)?;
    let meeting = act.about::<Meeting>(meeting)?;
    check_about(act, &body)?;
    contribution::find_language(act, &body.language)?;
    if body.series == Series::Td {
        find_availability(act, &body, &meeting, actor.capacity)?;
    } else if body.exception.is_some() {
        return Err(Refusal::Field { field: "exception", problem: "is for temporary documents alone" }.into());
    }
    visibility::find(act, body.visibility, body.restriction.as_ref())?;
    let number = next_number(act, body.series)?;
    let subject = act.document_subject(&number)?;
    act.put(
        subject,
        Paper {
            series: body.series,
            meeting: body.meeting,
            title: body.title,
            by: Text(actor.who),
            deliverable: body.deliverable,
            working_group: body.working_group,
            revision: 1,
            manifest: Text(manifest),
            earlier: Vec::new(),
            visibility: body.visibility,
            redactions: 0,
            withdrawn: None,
            disposal: None,
        },
    );
    Ok(())
}

fn check_about(act: &mut Act<'_>, body: &DocumentSubmit) -> Result<(), Stop> {
    if let Some(deliverable) = &body.deliverable {
        let subject = act.deliverable_subject(&deliverable.0)?;
        act.about::<Deliverable>(subject)?;
    }
    if let Some(working_group) = &body.working_group {
        working_group::given_work(act, &working_group.0)?;
    }
    if (body.exception == Some(Exception::EventReport)) == body.event_ended.is_some() {
        return Ok(());
    }
    Err(Refusal::Field { field: "event_ended", problem: "is stated for a report on an event, and for nothing else" }
        .into())
}

/// Rule R39; the chairs submit theirs at any time.
fn find_availability(
    act: &mut Act<'_>,
    body: &DocumentSubmit,
    meeting: &Meeting,
    capacity: Capacity,
) -> Result<(), Stop> {
    cancellation::not_cancelled(act, &body.meeting.0)?;
    if meeting.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0.clone(), needed: "not yet closed" }.into());
    }
    let at = act.record().at;
    let judged = match act.signed_as(Capacity::Secretariat) {
        Some(_) => clock::attested(act, &meeting.zone, at)?,
        None => clock::ledger(act.time()),
    };
    let available = clock::date(&meeting.zone, judged.moment)?;
    let starts = meeting.starts.date.0;
    let is_recent = |ended: &Text<Date>| starts.days_since(ended.0) < i64::from(EVENT_DAYS);
    let (by, needed) = match (body.exception, &body.event_ended) {
        (_, Some(ended)) if is_recent(ended) => (body.discussed.map_or(starts, |date| date.0), Some(EVENT_REPORT_DAYS)),
        (None | Some(Exception::EventReport), _) => (starts, Some(AVAILABLE_DAYS)),
        (Some(_), _) => (starts, None),
    };
    let is_chair_s = matches!(capacity, Capacity::Chair | Capacity::ActingChair | Capacity::ViceChair);
    let days = by.days_since(available);
    let result = match needed {
        Some(needed) if i64::from(needed) <= days => Finding::Met,
        Some(_) if !is_chair_s => Finding::Broken,
        Some(_) | None => Finding::Noted,
    };
    act.find(
        &rules::R39,
        result,
        [
            ("available", available.to_string().into()),
            ("clock", judged.word.into()),
            meeting::days_fact(days),
            ("days_needed", needed.map_or_else(|| "none".into(), Into::into)),
            ("submitted_by", capacity.as_str().into()),
        ],
    );
    if let Some(exception) = body.exception {
        act.add_fact("exception", exception.as_str().into());
    }
    if let Some(ended) = body.event_ended {
        act.add_fact("event_ended", ended.to_string().into());
    }
    Ok(())
}

/// Rule R54.
fn next_number(act: &mut Act<'_>, series: Series) -> Result<Number, Stop> {
    let subject = act.subject("documents")?;
    let mut register = act.load::<PaperRegister>(&subject)?.unwrap_or_default();
    let full = || Stop::from(Refusal::Full(subject.clone()));
    let given = register.given.entry(series).or_default();
    *given = given.checked_add(1).ok_or_else(full)?;
    let prefix = act.group()?.prefix.clone();
    let number = Number::parse(&format!("{prefix}-{}-{given:03}", series.as_str())).ok_or_else(full)?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    act.put(subject, register);
    Ok(number)
}

/// Rule R55: a document that is not withdrawn, continued by its source, the chair or the secretariat.
fn continued(act: &mut Act<'_>, number: &Number) -> Result<Paper, Stop> {
    let subject = act.document_subject(number)?;
    let paper = act.require::<Paper>(&subject)?;
    if paper.withdrawn.is_some() {
        return Err(Refusal::DocumentStep { number: number.clone(), standing: "withdrawn" }.into());
    }
    let actor = act.actor()?;
    let is_office = matches!(actor.capacity, Capacity::Chair | Capacity::ActingChair | Capacity::Secretariat);
    if is_office || paper.by.0 == actor.who {
        return Ok(paper);
    }
    Err(Refusal::OtherSource { number: number.clone(), who: actor.who }.into())
}

/// Rule R55.
pub(crate) fn revise(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DocumentRevise = act.body()?;
    let manifest = document::package(&body.documents)?;
    let number = body.document.0;
    let mut paper = continued(act, &number)?;
    let subject = act.document_subject(&number)?;
    if paper.revision.checked_add(1) != Some(body.revision) {
        return Err(Refusal::StaleRevision { number, current: paper.revision, found: body.revision }.into());
    }
    if PARTS_MAX <= paper.earlier.len() {
        return Err(Refusal::Full(subject).into());
    }
    act.find(&rules::R55, Finding::Met, [("revision", body.revision.into())]);
    paper.earlier.push(std::mem::replace(&mut paper.manifest, Text(manifest)));
    paper.revision = body.revision;
    act.give_number(number.as_str());
    act.put(subject, paper);
    Ok(())
}

/// It stays listed as withdrawn, under its number; what a meeting disposed of is not withdrawn any more.
pub(crate) fn withdraw(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DocumentWithdraw = act.body()?;
    let number = body.document.0;
    let mut paper = continued(act, &number)?;
    if let Some(standing) = paper.disposed() {
        return Err(Refusal::DocumentStep { number, standing }.into());
    }
    let subject = act.document_subject(&number)?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    paper.withdrawn = Some(body.reason);
    act.put(subject, paper);
    Ok(())
}
