//! Reports to the parent group, on progress and the final one, and what the parent group notes.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{entry::Finding, hash::Digest, subject::Subject, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop, words},
    attendance::Roster,
    clock,
    contribution::{Contribution, ContributionRegister},
    deliverable::{Deliverable, DeliverableRegister},
    disclosure::{self, Disclosure},
    document::Document,
    group::ParentDecision,
    liaison,
    meeting::{self, Meeting, MeetingList},
    refusal::Refusal,
    rules,
    text::{Label, Number, Text, Title},
};

/// Body of `progress.report`; ledger time says when it was sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProgressReport {
    /// The meeting of the parent group that it is for, such as `TSAG, Geneva`.
    pub parent_meeting: Text<Title>,
    /// Its first day.
    pub parent_starts: Text<Date>,
    /// The first day of the period reported.
    pub from: Text<Date>,
    /// Its last day.
    pub to: Text<Date>,
    /// The report.
    pub document: Document,
    /// The work plan as it stands.
    pub work_plan: Document,
    /// How far each work item is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemStatus>,
    /// The meetings held in the period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meetings: Vec<Text<Label>>,
    /// The contributions considered; they are referred to, not annexed (A.1 3.2.8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contributions: Vec<Text<Number>>,
    /// The liaison statements sent and received.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub liaisons: Vec<Text<Number>>,
    /// The disclosures of patents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclosures: Vec<Text<Number>>,
}

/// How far a work item is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ItemStatus {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// What the chair says of it.
    pub progress: Progress,
    /// When it is to be done, if that is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Text<Date>>,
}

/// How a work item progresses.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// As planned.
    OnSchedule,
    /// Later than planned.
    Delayed,
    /// Done.
    Completed,
    /// Given up.
    Discontinued,
}

/// Body of `final.report`; ledger time says when it was sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FinalReport {
    /// The meeting of the parent group that it is for, such as `TSAG, Geneva`.
    pub parent_meeting: Text<Title>,
    /// Its first day.
    pub parent_starts: Text<Date>,
    /// The report, with its statistics.
    pub document: Document,
    /// All the meetings of the group.
    pub meetings: Vec<Text<Label>>,
    /// All the deliverables, and where each should go.
    pub deliverables: Vec<Transfer>,
    /// The disclosures of patents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclosures: Vec<Text<Number>>,
}

/// A deliverable, and to whom the group proposes to pass it on.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// The group that should take it up, such as `SG16`; none is proposed for what was discontinued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Text<Title>>,
}

/// Body of `parent.note`: what the parent group concluded on the group's reports.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParentNote {
    /// The meeting of the parent group that concluded.
    pub decision: ParentDecision,
    /// The conclusion.
    pub document: Document,
}

/// The state of a group's reports to its parent.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reports {
    /// The progress report for each meeting of the parent group, by that meeting's first day.
    pub progress: BTreeMap<Text<Date>, Text<Digest>>,
    /// How many participant lists had been reported when the last report was sent.
    pub lists: u32,
    /// The final report, without which the group is not closed.
    pub final_report: Option<Text<Digest>>,
    /// How often the parent group concluded on reports.
    pub notes: u32,
}

impl Reports {
    /// The most meetings of the parent group that one group reports to.
    pub const PROGRESS_MAX: usize = 256;

    /// The most entries of one list of a report.
    pub const LIST_MAX: usize = 256;

    /// The most that a finding names.
    const SHOWN_MAX: usize = 64;
}

fn check_list<T: Ord>(field: &'static str, list: impl Iterator<Item = T>, least: usize) -> Result<(), Refusal> {
    let mut different = BTreeSet::new();
    for entry in list {
        if !different.insert(entry) || Reports::LIST_MAX < different.len() {
            return Err(Refusal::List { field });
        }
    }
    if different.len() < least { Err(Refusal::List { field }) } else { Ok(()) }
}

/// Rules R36, R82, R85, R86 and R112.
pub(crate) fn progress(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ProgressReport = act.body()?;
    check_list("items", body.items.iter().map(|item| &item.deliverable), 0)?;
    check_list("contributions", body.contributions.iter(), 0)?;
    check_list("liaisons", body.liaisons.iter(), 0)?;
    let subject = act.subject("reports")?;
    let mut reports = act.load::<Reports>(&subject)?.unwrap_or_default();
    if reports.final_report.is_some() {
        return Err(Refusal::ReportedFinally.into());
    }
    if body.to < body.from {
        return Err(Refusal::Order { earlier: "from", later: "to" }.into());
    }
    let sent = find_lead(act, body.parent_starts.0)?;
    if sent < body.to.0 {
        return Err(Refusal::Order { earlier: "to", later: "the report" }.into());
    }
    find_turn(act, &mut reports, &body, &subject)?;
    for item in &body.items {
        let subject = act.deliverable_subject(&item.deliverable.0)?;
        act.about::<Deliverable>(subject)?;
    }
    for contribution in &body.contributions {
        let subject = act.contribution_subject(&contribution.0)?;
        act.require::<Contribution>(&subject)?;
    }
    for number in &body.liaisons {
        liaison::load(act, &number.0)?;
    }
    find_overdue(act, sent)?;
    find_patents(act, &body.meetings, &body.disclosures)?;
    find_list(act, &mut reports)?;
    act.put(subject, reports);
    Ok(())
}

/// Rule R85: one report for each meeting of the parent group, known by its first day.
fn find_turn(act: &mut Act<'_>, reports: &mut Reports, body: &ProgressReport, subject: &Subject) -> Result<(), Stop> {
    let earlier = reports.progress.get(&body.parent_starts).copied();
    let result = if earlier.is_some() { Finding::Broken } else { Finding::Met };
    act.find(
        &rules::R85,
        result,
        [
            ("parent_meeting", body.parent_meeting.to_string().into()),
            ("parent_starts", body.parent_starts.to_string().into()),
        ],
    );
    if let Some(earlier) = earlier {
        act.add_fact("earlier", earlier.to_string().into());
    } else if Reports::PROGRESS_MAX <= reports.progress.len() {
        return Err(Refusal::Full(subject.clone()).into());
    } else {
        reports.progress.insert(body.parent_starts, Text(act.id()));
    }
    Ok(())
}

/// Rule R86; gives the day on which the report was sent.
fn find_lead(act: &mut Act<'_>, parent_starts: Date) -> Result<Date, Stop> {
    let needed = act.parameters()?.report_days;
    let zone = act.group()?.zone.clone();
    let judged = clock::done(act, &zone)?;
    let sent = clock::date(&zone, judged.moment)?;
    let days = parent_starts.days_since(sent);
    let result = if i64::from(needed) <= days { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R86,
        result,
        [
            ("sent", sent.to_string().into()),
            meeting::days_fact(days),
            ("days_needed", needed.into()),
            ("parent_starts", parent_starts.to_string().into()),
        ],
    );
    Ok(sent)
}

/// Rule R82, for every liaison statement that waits for an answer.
fn find_overdue(act: &mut Act<'_>, day: Date) -> Result<(), Stop> {
    let (_, register) = liaison::register(act)?;
    let overdue: Vec<String> =
        register.due.iter().filter(|(_, by)| by.0 < day).take(16).map(|(number, _)| number.to_string()).collect();
    let result = if overdue.is_empty() { Finding::Met } else { Finding::Broken };
    act.find(&rules::R82, result, [("waiting", register.due.len().into())]);
    if !overdue.is_empty() {
        act.add_fact("overdue", overdue.join(" ").into());
    }
    Ok(())
}

/// Rule R36, for the meetings that the report is about: the answers are the disclosures.
fn find_patents(act: &mut Act<'_>, meetings: &[Text<Label>], disclosures: &[Text<Number>]) -> Result<(), Stop> {
    check_list("meetings", meetings.iter(), 0)?;
    check_list("disclosures", disclosures.iter(), 0)?;
    let mut unasked = 0_u32;
    for meeting in meetings {
        let subject = act.meeting_subject(&meeting.0)?;
        if act.require::<Meeting>(&subject)?.patent_calls == 0 {
            unasked = unasked.saturating_add(1);
        }
    }
    for number in disclosures {
        let subject = disclosure::subject(act, &number.0)?;
        act.require::<Disclosure>(&subject)?;
    }
    let result = if unasked == 0 { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R36,
        result,
        [
            ("meetings", meetings.len().into()),
            ("meetings_unasked", unasked.into()),
            ("disclosures", disclosures.len().into()),
        ],
    );
    Ok(())
}

/// Rule R112: a participant list was reported since the report before; its root and total are those of that list.
///
/// How many contributions came from whom is shown beside it (ToR 2.6); nobody loses a right by it.
fn find_list(act: &mut Act<'_>, reports: &mut Reports) -> Result<(), Stop> {
    let subject = act.subject("roster")?;
    let roster = act.load::<Roster>(&subject)?.unwrap_or_default();
    let result = if reports.lists < roster.reports { Finding::Met } else { Finding::Broken };
    reports.lists = roster.reports;
    act.find(&rules::R112, result, [("reports", roster.reports.into())]);
    if let Some((time, root)) = roster.last {
        act.add_fact("list", root.to_string().into());
        act.add_fact("listed", time.to_string().into());
        act.add_fact("total", roster.total.into());
    }
    let register = act.subject("contributions")?;
    let register = act.load::<ContributionRegister>(&register)?.unwrap_or_default();
    let sources = register.sources.iter().take(Reports::SHOWN_MAX).map(|(source, count)| format!("{source} {count}"));
    act.add_fact("contributions_of", words(sources).into());
    Ok(())
}

/// Rules R36, R82, R86, R88 and R112; there is one final report.
pub(crate) fn conclude(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: FinalReport = act.body()?;
    check_list("meetings", body.meetings.iter(), 1)?;
    check_list("deliverables", body.deliverables.iter().map(|transfer| &transfer.deliverable), 1)?;
    let subject = act.subject("reports")?;
    let mut reports = act.load::<Reports>(&subject)?.unwrap_or_default();
    if reports.final_report.is_some() {
        return Err(Refusal::ReportedFinally.into());
    }
    let sent = find_lead(act, body.parent_starts.0)?;
    for transfer in &body.deliverables {
        let subject = act.deliverable_subject(&transfer.deliverable.0)?;
        act.about::<Deliverable>(subject)?;
    }
    find_overdue(act, sent)?;
    find_patents(act, &body.meetings, &body.disclosures)?;
    find_complete(act, &body)?;
    find_list(act, &mut reports)?;
    reports.final_report = Some(Text(act.id()));
    act.put(subject, reports);
    Ok(())
}

/// Rule R88.
fn find_complete(act: &mut Act<'_>, body: &FinalReport) -> Result<(), Stop> {
    let meetings = act.subject("meetings")?;
    let meetings = act.load::<MeetingList>(&meetings)?.unwrap_or_default().meetings;
    let deliverables = act.subject("deliverables")?;
    let deliverables = act.load::<DeliverableRegister>(&deliverables)?.unwrap_or_default().numbers;
    let given = disclosure::given(act)?;
    let listed: BTreeSet<_> = body.deliverables.iter().map(|transfer| &transfer.deliverable).collect();
    let listed_meetings: BTreeSet<_> = body.meetings.iter().collect();
    let no_meeting: Vec<_> = meetings.iter().filter(|label| !listed_meetings.contains(label)).collect();
    let no_deliverable: Vec<_> = deliverables.iter().filter(|number| !listed.contains(number)).collect();
    let no_disclosure = given.saturating_sub(u64::try_from(body.disclosures.len()).unwrap_or(u64::MAX));
    let is_complete = no_meeting.is_empty() && no_deliverable.is_empty() && no_disclosure == 0;
    let shown = |labels: &[&Text<Label>]| words(labels.iter().take(Reports::SHOWN_MAX).map(ToString::to_string));
    act.find(
        &rules::R88,
        if is_complete { Finding::Met } else { Finding::Broken },
        [
            ("meetings_missing", shown(&no_meeting).into()),
            ("deliverables_missing", shown(&no_deliverable).into()),
            ("disclosures_missing", no_disclosure.into()),
        ],
    );
    Ok(())
}

/// Rule R02: the parent group concludes on what was reported to it.
pub(crate) fn note(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParentNote = act.body()?;
    body.decision.check()?;
    let subject = act.subject("reports")?;
    let mut reports = act.require::<Reports>(&subject)?;
    reports.notes = reports.notes.saturating_add(1);
    act.put(subject, reports);
    Ok(())
}
