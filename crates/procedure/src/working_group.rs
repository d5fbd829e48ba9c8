//! Working groups.

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    refusal::Refusal,
    role::{self, Decision},
    rules,
    text::{Label, Text, Title},
};

/// Body of `wg.create`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingGroupCreate {
    /// Its label, such as `WG1`.
    pub id: Text<Label>,
    /// Its title.
    pub title: Text<Title>,
    /// Its terms of reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Document>,
    /// The working group that it belongs to; none if it belongs to the group itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Text<Label>>,
    /// The group's decision.
    pub decision: Decision,
}

/// Body of `wg.amend`: what changes; the rest stays.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingGroupAmend {
    /// The working group.
    pub id: Text<Label>,
    /// Its title now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Text<Title>>,
    /// Its terms of reference now, in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Document>,
    /// The working group that it belongs to now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Text<Label>>,
    /// The group's decision.
    pub decision: Decision,
}

/// Body of `wg.close`: no new work is given to it; what it has goes on, or is discontinued by records of its own.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkingGroupClose {
    /// The working group.
    pub id: Text<Label>,
    /// Why.
    pub reason: ClosureReason,
    /// The group's decision.
    pub decision: Decision,
}

/// Why a working group is closed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClosureReason {
    /// Its work is done.
    Done,
    /// Another working group takes it over.
    Merged,
    /// Nobody carries it on.
    Dormant,
}

/// The state of a working group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WorkingGroup {
    /// Its title.
    pub title: Text<Title>,
    /// The digest of its terms of reference.
    pub terms: Option<Text<Digest>>,
    /// The working group that it belongs to.
    pub parent: Option<Text<Label>>,
    /// The record that closed it.
    pub closed: Option<Text<Digest>>,
}

/// How many working groups deep one can belong to another.
pub const DEPTH_MAX: usize = 4;

/// Rule R45: the working group of this label, which is refused if it is closed.
pub(crate) fn not_closed(act: &mut Act<'_>, label: &Label) -> Result<WorkingGroup, Stop> {
    let subject = act.working_group_subject(label)?;
    let working_group = act.require::<WorkingGroup>(&subject)?;
    if working_group.closed.is_some() {
        return Err(Refusal::WorkingGroupClosed(label.clone()).into());
    }
    Ok(working_group)
}

/// Rule R45: the record is about the working group of this label as well, which must not be closed.
pub(crate) fn given_work(act: &mut Act<'_>, label: &Label) -> Result<(), Stop> {
    not_closed(act, label)?;
    let subject = act.working_group_subject(label)?;
    act.join(subject)
}

/// Rule R40.
pub(crate) fn create(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkingGroupCreate = act.body()?;
    let subject = act.working_group_subject(&body.id.0)?;
    if act.load::<WorkingGroup>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    check_parent(act, &body.id, body.parent.as_ref())?;
    join_parents(act, [&body.parent])?;
    role::find_basis(act, &body.decision)?;
    let terms = body.terms.map(|terms| terms.digest);
    act.put(subject, WorkingGroup { title: body.title, terms, parent: body.parent, closed: None });
    Ok(())
}

/// Its parent is open, and neither itself nor one of its own.
fn check_parent(act: &mut Act<'_>, label: &Text<Label>, parent: Option<&Text<Label>>) -> Result<(), Stop> {
    let mut above = parent.cloned();
    for _ in 0..DEPTH_MAX {
        let Some(parent) = above else {
            return Ok(());
        };
        if parent == *label {
            return Err(Refusal::Field { field: "parent", problem: "belongs to this working group itself" }.into());
        }
        above = not_closed(act, &parent.0)?.parent;
    }
    Err(Refusal::Field { field: "parent", problem: "lies too many working groups deep" }.into())
}

/// The record is about the working groups that one belongs to, or belonged to.
fn join_parents<const N: usize>(act: &mut Act<'_>, parents: [&Option<Text<Label>>; N]) -> Result<(), Stop> {
    for parent in parents.into_iter().flatten() {
        let subject = act.working_group_subject(&parent.0)?;
        act.join(subject)?;
    }
    Ok(())
}

/// Rules R40 and R45.
pub(crate) fn amend(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkingGroupAmend = act.body()?;
    let before = not_closed(act, &body.id.0)?;
    let now = WorkingGroup {
        title: body.title.unwrap_or_else(|| before.title.clone()),
        terms: body.terms.map(|terms| terms.digest).or(before.terms),
        parent: body.parent.or_else(|| before.parent.clone()),
        closed: None,
    };
    if now == before {
        return Err(Refusal::Field { field: "id", problem: "is amended in nothing" }.into());
    }
    if now.parent != before.parent {
        check_parent(act, &body.id, now.parent.as_ref())?;
        join_parents(act, [&before.parent, &now.parent])?;
    }
    role::find_basis(act, &body.decision)?;
    act.find(&rules::R45, Finding::Met, [("working_group", body.id.to_string().into())]);
    let subject = act.working_group_subject(&body.id.0)?;
    act.put(subject, now);
    Ok(())
}

/// Rules R40 and R45.
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkingGroupClose = act.body()?;
    let mut working_group = not_closed(act, &body.id.0)?;
    role::find_basis(act, &body.decision)?;
    act.find(&rules::R45, Finding::Met, [("working_group", body.id.to_string().into())]);
    working_group.closed = Some(Text(act.id()));
    let subject = act.working_group_subject(&body.id.0)?;
    act.put(subject, working_group);
    Ok(())
}
