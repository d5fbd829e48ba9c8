//! Working groups.

use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    refusal::Refusal,
    role::{self, Decision},
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

/// The state of a working group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct WorkingGroup {
    /// Its title.
    pub title: Text<Title>,
    /// The working group that it belongs to.
    pub parent: Option<Text<Label>>,
}

pub(crate) fn create(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkingGroupCreate = act.body()?;
    let subject = act.subject(&format!("working-group/{}", body.id))?;
    if act.load::<WorkingGroup>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if let Some(parent) = &body.parent {
        let parent = act.subject(&format!("working-group/{parent}"))?;
        act.require::<WorkingGroup>(&parent)?;
    }
    role::find_basis(act, &body.decision)?;
    act.put(subject, WorkingGroup { title: body.title, parent: body.parent });
    Ok(())
}
