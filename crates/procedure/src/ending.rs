//! The end of a group: it concludes its work, and its parent closes it.

use plenary_core::entry::Finding;
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    deliverable::{Deliverable, DeliverableRegister, DeliverableStanding},
    document::Document,
    group::{Group, ParentDecision},
    record_type::RecordType,
    refusal::Refusal,
    report::Reports,
    role::{self, Decision},
    rules,
    text::{Label, Text},
};

/// Body of `group.conclude`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupConclude {
    /// The group's decision.
    pub decision: Decision,
    /// The deliverables that it leaves unfinished.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_items: Vec<Text<Label>>,
    /// The list of open items, with what is proposed for each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// Body of `group.close`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupClose {
    /// The meeting of the parent group that decided.
    pub decision: ParentDecision,
}

/// Rules R06 and R40.
pub(crate) fn conclude(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: GroupConclude = act.body()?;
    let subject = act.subject("group")?;
    let group = act.require::<Group>(&subject)?;
    if group.conclusion.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    role::find_group_decision(act, &body.decision)?;
    let unfinished = check_deliverables(act, &body.open_items)?;
    act.find(&rules::R06, Finding::Met, [("open_items", unfinished.into())]);
    act.put(subject, Group { conclusion: Some(Text(act.id())), ..group });
    Ok(())
}

/// No deliverable is in a call, and those without an agreed text are the open items.
fn check_deliverables(act: &mut Act<'_>, open_items: &[Text<Label>]) -> Result<usize, Stop> {
    let register = act.subject("deliverables")?;
    let register = act.load::<DeliverableRegister>(&register)?.unwrap_or_default();
    let mut unfinished = 0_usize;
    for number in &register.numbers {
        let subject = act.deliverable_subject(&number.0)?;
        let standing = act.require::<Deliverable>(&subject)?.standing;
        if is_unfinished(standing) {
            act.join(subject)?;
        }
        if standing == DeliverableStanding::Called {
            return Err(Refusal::StillCalled(number.0.clone()).into());
        }
        if is_unfinished(standing) {
            if !open_items.contains(number) {
                return Err(Refusal::OpenItemMissing(number.0.clone()).into());
            }
            unfinished = unfinished.saturating_add(1);
        }
    }
    if unfinished != open_items.len() {
        return Err(Refusal::List { field: "open_items" }.into());
    }
    Ok(unfinished)
}

const fn is_unfinished(standing: DeliverableStanding) -> bool {
    match standing {
        DeliverableStanding::Adopted
        | DeliverableStanding::Drafting
        | DeliverableStanding::Stable
        | DeliverableStanding::Called
        | DeliverableStanding::Returned => true,
        DeliverableStanding::Approved
        | DeliverableStanding::Transmitted
        | DeliverableStanding::Disposed
        | DeliverableStanding::Discontinued => false,
    }
}

/// Rules R02, R87 and R99.
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: GroupClose = act.body()?;
    body.decision.check()?;
    let subject = act.subject("group")?;
    let group = act.require::<Group>(&subject)?;
    let concluded = group.conclusion.map_or_else(|| "no record".to_owned(), |record| record.to_string());
    act.find(&rules::R99, Finding::Met, [("concluded", concluded.into())]);
    find_final_report(act)?;
    act.put(subject, Group { closure: Some(Text(act.id())), ..group });
    Ok(())
}

/// Rule R87.
fn find_final_report(act: &mut Act<'_>) -> Result<(), Stop> {
    let subject = act.subject("reports")?;
    let report = act.load::<Reports>(&subject)?.unwrap_or_default().final_report;
    let (result, report) = match report {
        Some(report) => (Finding::Met, report.to_string()),
        None => (Finding::Broken, "none recorded".to_owned()),
    };
    act.find(&rules::R87, result, [("final_report", report.into())]);
    Ok(())
}

/// Rules R06 and R99: what a group that has concluded, or is closed, no longer records.
pub(crate) fn check(act: &Act<'_>) -> Result<(), Stop> {
    let Ok(group) = act.group() else {
        return Ok(());
    };
    let record_type = act.record_type();
    let is_archive = matches!(
        record_type,
        RecordType::KeyRotate
            | RecordType::KeyRecover
            | RecordType::KeyRevoke
            | RecordType::ParticipantRectify
            | RecordType::ErasureRequest
            | RecordType::ErasureAcknowledge
            | RecordType::DocumentRedact
            | RecordType::DocumentAttest
            | RecordType::RecordCorrect
            | RecordType::RecordVoid
    );
    if group.closure.is_some() && !is_archive {
        return Err(Refusal::GroupClosed(act.group_name()?.clone()).into());
    }
    if group.conclusion.is_some() && record_type == RecordType::CallOpen {
        return Err(Refusal::GroupConcluded(act.group_name()?.clone()).into());
    }
    Ok(())
}
