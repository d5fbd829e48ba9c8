//! Decisions: what a meeting decided, under a number that other records cite.

use std::collections::BTreeSet;

use plenary_core::{hash::Digest, subject::Subject};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    minutes::{self, Series},
    refusal::Refusal,
    role::{self, Basis, Decider, Decision},
    text::{Label, Text, Title},
};

/// Body of `decision.record`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRecord {
    /// What it is about, in a line that names no person.
    pub title: Text<Title>,
    /// The decision: its meeting, if it was taken in one, its basis, and the document with its text.
    pub decision: Decision,
    /// The subject that it is about, such as `fg-dlt/deliverable/D1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Text<Subject>>,
    /// The records that it rests on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
}

/// A record that a decision rests on.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Its id.
    pub record: Text<Digest>,
    /// A subject whose chain it joined; the decision joins it as well.
    pub subject: Text<Subject>,
}

/// The state of a decision.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RecordedDecision {
    /// What it is about.
    pub title: Text<Title>,
    /// Who decided.
    pub by: Decider,
    /// On what basis.
    pub basis: Basis,
    /// The meeting in which it was taken.
    pub meeting: Option<Text<Label>>,
    /// The subject that it is about.
    pub object: Option<Text<Subject>>,
    /// The digest of its text.
    pub text: Text<Digest>,
    /// The record.
    pub record: Text<Digest>,
}

/// The most records that one decision names.
pub const REFERENCES_MAX: usize = 32;

/// The kinds of subjects that a decision is about; identities and positions are none of them.
const OBJECTS: [&str; 12] = [
    "action",
    "contribution",
    "decision",
    "deliverable",
    "document",
    "event",
    "group",
    "guidelines",
    "liaison",
    "meeting",
    "role",
    "working-group",
];

/// Rules R40 and R54.
pub(crate) fn record(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DecisionRecord = act.body()?;
    check_form(&body)?;
    let Some(text) = body.decision.document.as_ref().map(|document| document.digest) else {
        return Err(Refusal::Field { field: "decision.document", problem: "is missing: the text of it" }.into());
    };
    if let Some(meeting) = &body.decision.meeting {
        minutes::sitting(act, &meeting.0)?;
    }
    let basis = role::find_basis(act, &body.decision)?;
    for reference in &body.references {
        check_own(act, &reference.subject.0, "references.subject")?;
        act.taken(&reference.record.0, &reference.subject.0)?;
        act.join(reference.subject.0.clone())?;
    }
    let (_, subject) = minutes::next(act, body.decision.meeting.as_ref(), Series::Decision)?;
    if let Some(object) = &body.object {
        check_object(act, &object.0)?;
        act.join(object.0.clone())?;
    }
    let record = Text(act.id());
    act.put(
        subject,
        RecordedDecision {
            title: body.title,
            by: body.decision.by,
            basis,
            meeting: body.decision.meeting,
            object: body.object,
            text,
            record,
        },
    );
    Ok(())
}

fn check_form(body: &DecisionRecord) -> Result<(), Refusal> {
    let different: BTreeSet<_> = body.references.iter().collect();
    if different.len() != body.references.len() || REFERENCES_MAX < different.len() {
        return Err(Refusal::List { field: "references" });
    }
    if body.decision.recorded.is_some() {
        return Err(Refusal::Field { field: "decision.recorded", problem: "is what this record gives" });
    }
    match body.decision.by {
        Decider::Group | Decider::WorkingGroup | Decider::Chair => Ok(()),
        Decider::Parent | Decider::Organization => {
            Err(Refusal::Field { field: "decision.by", problem: "is neither the group, a working group nor the chair" })
        }
    }
}

fn check_object(act: &Act<'_>, object: &Subject) -> Result<(), Stop> {
    check_own(act, object, "object")?;
    if object.as_str().split('/').nth(1).is_some_and(|kind| OBJECTS.contains(&kind)) {
        return Ok(());
    }
    Err(Refusal::Field { field: "object", problem: NOT_OURS }.into())
}

const NOT_OURS: &str = "is no subject that this group decides on";

fn check_own(act: &Act<'_>, subject: &Subject, field: &'static str) -> Result<(), Stop> {
    if subject.as_str().split('/').next() == Some(act.group_name()?.as_str()) {
        return Ok(());
    }
    Err(Refusal::Field { field, problem: NOT_OURS }.into())
}
