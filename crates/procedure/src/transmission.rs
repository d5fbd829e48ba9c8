//! Transmission to the parent group, and what the parent group does.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    attendance::Roster,
    challenge, clock,
    deliverable::{self, Deliverable, DeliverableStanding},
    meeting,
    refusal::Refusal,
    rules,
    text::{Label, Text, Title},
    waiver::granting,
};

/// Body of `transmit`; `at` says when it was sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Transmit {
    /// The deliverables, all of them approved.
    pub deliverables: Vec<Text<Label>>,
    /// The meeting of the parent group, such as `TSAG, Geneva`.
    pub parent_meeting: Text<Title>,
    /// Its first day.
    pub parent_starts: Text<Date>,
    /// The number of the document that carries them, such as `TSAG-TD475`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Text<Title>>,
}

/// Body of `parent.acknowledge`: the parent group has received a deliverable.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParentAcknowledge {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// The day on which it was received.
    pub received: Text<Date>,
}

/// Body of `parent.dispose`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParentDispose {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// What the parent group did with it.
    pub outcome: ParentOutcome,
    /// To which group it was passed on, such as `SG16`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Text<Title>>,
    /// What it became, such as `HSTP.DLT-UC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub became: Option<Text<Title>>,
}

/// What the parent group did with a deliverable.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ParentOutcome {
    /// It was received.
    Acknowledged,
    /// It was passed on, or turned into a text of the parent's.
    Transferred,
    /// It was noted.
    Noted,
    /// It was returned to the group.
    Returned,
}

/// The most deliverables of one transmission.
pub const TRANSMIT_MAX: usize = 32;

/// Rules R110 to R112.
pub(crate) fn transmit(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: Transmit = act.body()?;
    let different: BTreeSet<_> = body.deliverables.iter().collect();
    if different.len() != body.deliverables.len() || !(1..=TRANSMIT_MAX).contains(&different.len()) {
        return Err(Refusal::List { field: "deliverables" }.into());
    }
    let zone = act.group()?.zone.clone();
    let at = act.record().at;
    let judged = clock::attested(act, &zone, at)?;
    let sent = clock::date(&zone, judged.moment)?;
    let days = body.parent_starts.0.days_since(sent);
    let mut are_waived = true;
    for number in &body.deliverables {
        let subject = act.deliverable_subject(&number.0)?;
        let mut deliverable = act.require::<Deliverable>(&subject)?;
        if deliverable.standing != DeliverableStanding::Approved {
            let standing = deliverable.standing.as_str();
            return Err(Refusal::NotApproved { number: number.0.clone(), standing }.into());
        }
        are_waived &= granting(&deliverable.waivers, &rules::R110, days).is_some();
        challenge::check_none(&deliverable)?;
        deliverable.standing = DeliverableStanding::Transmitted;
        deliverable.transmission = Some(Text(act.id()));
        deliverable.acknowledged = None;
        act.put(subject, deliverable);
    }
    let needed = act.parameters()?.transmission_days;
    let result = match (i64::from(needed) <= days, are_waived) {
        (true, _) => Finding::Met,
        (false, true) => Finding::Waived,
        (false, false) => Finding::Broken,
    };
    act.find(
        &rules::R110,
        result,
        [
            ("sent", sent.to_string().into()),
            ("clock", judged.word.into()),
            meeting::days_fact(days),
            ("days_needed", needed.into()),
            ("parent_starts", body.parent_starts.to_string().into()),
        ],
    );
    act.find(&rules::R111, Finding::Met, [("deliverables", body.deliverables.len().into())]);
    find_list(act)
}

/// Rule R112.
fn find_list(act: &mut Act<'_>) -> Result<(), Stop> {
    let subject = act.subject("roster")?;
    let roster = act.load::<Roster>(&subject)?.unwrap_or_default();
    let result = if roster.reports == 0 { Finding::Broken } else { Finding::Met };
    act.find(&rules::R112, result, [("reports", roster.reports.into())]);
    Ok(())
}

/// Rule R02. The parent group may dispose of a deliverable without this record; with it, the day stands on record.
pub(crate) fn acknowledge(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParentAcknowledge = act.body()?;
    let subject = act.deliverable_subject(&body.deliverable.0)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if deliverable.standing != DeliverableStanding::Transmitted {
        return Err(deliverable::step(body.deliverable.0, &deliverable).into());
    }
    if deliverable.acknowledged.is_some() {
        let (number, standing) = (body.deliverable.0, "acknowledged by the parent group already");
        return Err(Refusal::DeliverableStep { number, standing }.into());
    }
    if act.date(act.record().signed)? < body.received.0 {
        return Err(Refusal::Order { earlier: "received", later: "the signature" }.into());
    }
    deliverable.acknowledged = Some(body.received);
    act.put(subject, deliverable);
    Ok(())
}

/// Rule R02: the parent group says what became of a deliverable.
pub(crate) fn dispose(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParentDispose = act.body()?;
    let subject = act.deliverable_subject(&body.deliverable.0)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if deliverable.standing != DeliverableStanding::Transmitted {
        return Err(deliverable::step(body.deliverable.0, &deliverable).into());
    }
    deliverable.standing = match body.outcome {
        ParentOutcome::Acknowledged => DeliverableStanding::Transmitted,
        ParentOutcome::Transferred | ParentOutcome::Noted => DeliverableStanding::Disposed,
        ParentOutcome::Returned => DeliverableStanding::Returned,
    };
    act.put(subject, deliverable);
    Ok(())
}
