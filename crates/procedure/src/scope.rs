//! The scope of work items, and their titles and target dates: how they change.

use plenary_core::{entry::Finding, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    deliverable::{self, Deliverable, DeliverableStanding},
    document::Document,
    refusal::Refusal,
    role::{self, Decider, Decision},
    rules,
    text::{Label, Text, Title},
};

/// Body of `workitem.update`; what is left out stays as it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkItemUpdate {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// Its new title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text<Title>>,
    /// When it should now be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Text<Date>>,
    /// The document that states its new scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Document>,
    /// Why.
    pub reason: AmendmentReason,
    /// The decision that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// Why a work item is changed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AmendmentReason {
    /// The work went another way.
    Progress,
    /// Another deliverable takes up a part, or gives one.
    Division,
    /// Another body works on a part.
    Coordination,
    /// It said something wrong.
    Correction,
}

/// Rules R40 and R65. While a text is called or agreed, what it is about does not change.
pub(crate) fn update(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkItemUpdate = act.body()?;
    let subject = act.deliverable_subject(&body.deliverable.0)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    match deliverable.standing {
        DeliverableStanding::Adopted
        | DeliverableStanding::Drafting
        | DeliverableStanding::Stable
        | DeliverableStanding::Returned => {}
        DeliverableStanding::Called
        | DeliverableStanding::Approved
        | DeliverableStanding::Transmitted
        | DeliverableStanding::Disposed
        | DeliverableStanding::Discontinued => {
            return Err(deliverable::step(body.deliverable.0, &deliverable).into());
        }
    }
    if body.title.is_none() && body.target.is_none() && body.scope.is_none() {
        return Err(Refusal::Field { field: "title", problem: "or target or scope is stated: what changes?" }.into());
    }
    if let Some(decision) = &body.decision {
        role::find_basis(act, decision)?;
    }
    if body.scope.is_some() {
        find_scope(act, body.decision.as_ref());
    }
    deliverable.title = body.title.unwrap_or(deliverable.title);
    deliverable.target = body.target.or(deliverable.target);
    deliverable.scope = body.scope.map(|scope| scope.digest).or(deliverable.scope);
    act.put(subject, deliverable);
    Ok(())
}

/// Rule R65.
fn find_scope(act: &mut Act<'_>, decision: Option<&Decision>) {
    let (result, by) = match decision.map(|decision| decision.by) {
        Some(Decider::Group) => (Finding::Met, "group"),
        Some(Decider::WorkingGroup) => (Finding::Met, "working-group"),
        Some(Decider::Parent) => (Finding::Met, "parent"),
        Some(Decider::Chair) => (Finding::Broken, "chair"),
        Some(Decider::Organization) => (Finding::Broken, "organization"),
        None => (Finding::Broken, "nobody"),
    };
    act.find(&rules::R65, result, [("decided_by", by.into())]);
}
