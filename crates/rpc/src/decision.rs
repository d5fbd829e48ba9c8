//! Decisions, each with its text.

use plenary_procedure::decision::RecordedDecision;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::{text, word},
    json::Hash,
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

/// A decision.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Decision {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Who decided.
    pub by: String,
    /// On what basis.
    pub basis: String,
    /// The meeting in which it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<String>,
    /// The subject that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The digest of its text.
    pub text: Hash,
    /// The record.
    pub record: Hash,
}

named!(Decision, "decision_list", "decision_get");

impl Shown for RecordedDecision {
    type Answer = Decision;
    const WORD: &'static str = "decision";
    const FOLDER: &'static str = "decision";
    const LIST: &'static str = "The decisions of a group, by number.";
    const GET: &'static str = "A decision: who decided, on what basis, and what it is about.";
    const ID: Param =
        required("id", Kind::Id, "The decision's number, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_DECISION;

    fn describe(self, of: &Of<'_>) -> Result<Decision, Fault> {
        Ok(Decision {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            title: self.title.to_string(),
            by: word(&self.by),
            basis: word(&self.basis),
            meeting: text(self.meeting.as_ref()),
            object: text(self.object.as_ref()),
            text: Hash(self.text.0),
            record: Hash(self.record.0),
        })
    }
}
