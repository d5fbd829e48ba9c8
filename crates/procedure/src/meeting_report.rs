//! Reports of meetings: submitted, and approved by the meeting or, afterwards, by its chair.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop, words},
    cancellation,
    document::{self, Document},
    meeting::Meeting,
    refusal::Refusal,
    role::{self, Decider, Decision},
    rules,
    text::{Label, Number, Text},
};

/// Body of `report.submit`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSubmit {
    /// The meeting.
    pub meeting: Text<Label>,
    /// The number of this revision: the current one and one; the first text is 1.
    pub revision: u32,
    /// The report, in one file or several.
    pub documents: Vec<Document>,
    /// What it holds of the minimum contents.
    pub contents: Vec<ReportContent>,
}

/// Body of `report.approve`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReportApprove {
    /// The meeting.
    pub meeting: Text<Label>,
    /// The manifest of the report that was submitted last.
    pub manifest: Text<Digest>,
    /// The decision: the group's while the meeting is open, the chair's afterwards.
    pub decision: Decision,
}

/// What the report of a meeting holds at least (A.1 1.7.1).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportContent {
    /// How the work was organised.
    Organization,
    /// References to the documents, which are not annexed.
    Documents,
    /// The main results.
    Results,
    /// Future work.
    FutureWork,
    /// The meetings that are planned.
    PlannedMeetings,
    /// Liaison statements.
    Liaisons,
}

impl ReportContent {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Organization, Self::Documents, Self::Results, Self::FutureWork, Self::PlannedMeetings, Self::Liaisons];

    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Documents => "documents",
            Self::Results => "results",
            Self::FutureWork => "future-work",
            Self::PlannedMeetings => "planned-meetings",
            Self::Liaisons => "liaisons",
        }
    }
}

/// The state of a meeting's report.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeetingReport {
    /// Its current revision.
    pub revision: u32,
    /// The manifest of that.
    pub manifest: Text<Digest>,
    /// When it was approved, by ledger time, and the record.
    pub approved: Option<(Text<Moment>, Text<Digest>)>,
}

/// Rule R43.
pub(crate) fn submit(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ReportSubmit = act.body()?;
    let manifest = Text(document::package(&body.documents)?);
    opened(act, &body.meeting.0)?;
    let subject = act.report_subject(&body.meeting.0)?;
    let before = act.load::<MeetingReport>(&subject)?;
    if before.as_ref().is_some_and(|report| report.approved.is_some()) {
        return Err(step(&body.meeting.0, "is approved; what contradicts it is corrected by a record").into());
    }
    let current = before.map_or(0, |report| report.revision);
    let number = format!("M{}-REPORT", body.meeting);
    if current.checked_add(1) != Some(body.revision) {
        let number = Number::parse(&number).ok_or(Refusal::List { field: "meeting" })?;
        return Err(Refusal::StaleRevision { number, current, found: body.revision }.into());
    }
    find_contents(act, &body.contents)?;
    act.give_number(&number);
    act.put(subject, MeetingReport { revision: body.revision, manifest, approved: None });
    Ok(())
}

fn find_contents(act: &mut Act<'_>, contents: &[ReportContent]) -> Result<(), Stop> {
    let different: BTreeSet<_> = contents.iter().copied().collect();
    if different.len() != contents.len() {
        return Err(Refusal::List { field: "contents" }.into());
    }
    let missing: Vec<_> = ReportContent::ALL.into_iter().filter(|content| !different.contains(content)).collect();
    let result = if missing.is_empty() { Finding::Met } else { Finding::Broken };
    let missing = words(missing.into_iter().map(|content| content.as_str().to_owned()));
    act.find(&rules::R43, result, [("missing", missing.into())]);
    Ok(())
}

/// Rules R37 and R40.
pub(crate) fn approve(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ReportApprove = act.body()?;
    let label = body.meeting.0;
    let meeting = opened(act, &label)?;
    let subject = act.report_subject(&label)?;
    let mut report = act.require::<MeetingReport>(&subject)?;
    if report.approved.is_some() {
        return Err(step(&label, "is approved already").into());
    }
    if report.manifest != body.manifest {
        return Err(step(&label, "is another text than the one named: approve what was submitted last").into());
    }
    let (result, by) = match (meeting.is_open(), body.decision.by) {
        (true, Decider::Group) => (Finding::Met, "the meeting"),
        (true, _) => return Err(step(&label, "is approved by the meeting itself while that is open").into()),
        (false, Decider::Chair) => (Finding::Met, "the chair, afterwards"),
        (false, Decider::Group) => (Finding::Noted, "the group, afterwards"),
        (false, Decider::WorkingGroup | Decider::Parent | Decider::Organization) => {
            return Err(step(&label, "is approved by the chair once the meeting is over").into());
        }
    };
    role::find_basis(act, &body.decision)?;
    act.find(&rules::R37, result, [("approved_by", by.into()), ("revision", report.revision.into())]);
    report.approved = Some((Text(act.time()), Text(act.id())));
    act.put(subject, report);
    Ok(())
}

/// The meeting that the report is about, which has begun.
fn opened(act: &mut Act<'_>, label: &Label) -> Result<Meeting, Stop> {
    let meeting = cancellation::not_cancelled(act, label)?;
    if meeting.opened.is_none() {
        return Err(Refusal::MeetingStep { meeting: label.clone(), needed: "open, or over" }.into());
    }
    let subject = act.meeting_subject(label)?;
    act.join(subject)?;
    Ok(meeting)
}

fn step(meeting: &Label, problem: &'static str) -> Refusal {
    Refusal::ReportStep { meeting: meeting.clone(), problem }
}
