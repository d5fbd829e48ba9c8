//! Reopening: what was agreed is called again, for new information and nothing else.

use plenary_core::entry::Finding;
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    challenge,
    deliverable::{self, Deliverable, DeliverableStanding},
    document::Document,
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Decider, Decision},
    rules,
    text::{Label, Text},
};

/// Body of `deliverable.reopen`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeliverableReopen {
    /// The deliverable, which is approved and not yet sent.
    pub deliverable: Text<Label>,
    /// The new information; without it nothing is reopened (rule R108).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub information: Option<Document>,
    /// What kind of information it is.
    pub ground: ReopeningGround,
    /// The decision that it rests on.
    pub decision: Decision,
}

/// What kind of information a text is reopened for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReopeningGround {
    /// A technical finding.
    Technical,
    /// A patent that was disclosed after the approval.
    Patent,
    /// What another body decided or published.
    Liaison,
    /// What the parent group asks.
    Parent,
}

/// The most times that one deliverable is reopened.
pub const REOPENINGS_MAX: usize = 32;

/// Rules R40 and R108. A challenge is answered first.
pub(crate) fn reopen(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DeliverableReopen = act.body()?;
    let label = body.deliverable.0;
    let subject = act.deliverable_subject(&label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if deliverable.standing != DeliverableStanding::Approved {
        return Err(deliverable::step(label, &deliverable).into());
    }
    challenge::check_none(&deliverable)?;
    let information = body.information.ok_or_else(|| Refusal::NothingNew(label.clone()))?.digest;
    if deliverable.information.contains(&information) {
        return Err(Refusal::NothingNew(label).into());
    }
    if REOPENINGS_MAX <= deliverable.information.len() {
        return Err(Refusal::Full(subject).into());
    }
    role::find_basis(act, &body.decision)?;
    let by_parent = act.signed_as(Capacity::Parent).is_some();
    if by_parent != (body.decision.by == Decider::Parent) {
        let problem = "is of the parent group where it signs, and nowhere else";
        return Err(Refusal::Field { field: "decision.by", problem }.into());
    }
    deliverable.information.push(information);
    put_back(&mut deliverable);
    let reopened = deliverable.reopens.as_ref().map(ToString::to_string).unwrap_or_default();
    act.find(
        &rules::R108,
        Finding::Met,
        [("information", information.to_string().into()), ("reopens", reopened.into())],
    );
    act.put(subject, deliverable);
    Ok(())
}

/// Takes the agreement away; the text stands, and the next call names the one that it reopens.
pub(crate) fn put_back(deliverable: &mut Deliverable) {
    deliverable.standing = DeliverableStanding::Stable;
    deliverable.approval = None;
    deliverable.determined = None;
    deliverable.reopens = deliverable.call.as_ref().map(|call| call.number.clone());
}
