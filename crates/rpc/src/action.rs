//! Action items: what somebody is to do, and what became of it.

use plenary_procedure::action::{self, Owner};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::{text, word},
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

/// An action item.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Action {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// What is to be done.
    pub title: String,
    /// The role that does it, whoever holds it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The deliverable or working group of that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The participant who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The last day for it.
    pub due: String,
    /// The meeting that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<String>,
    /// The decision that it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// What became of it; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The day on which that was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
}

named!(Action, "action_list", "action_get");

impl Shown for action::Action {
    type Answer = Action;
    const WORD: &'static str = "action";
    const FOLDER: &'static str = "action";
    const LIST: &'static str = "The action items of a group, by number.";
    const GET: &'static str = "An action item: who does it, until when, and what became of it.";
    const ID: Param =
        required("id", Kind::Id, "The action's number, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_ACTION;

    fn describe(self, of: &Of<'_>) -> Result<Action, Fault> {
        let (role, scope, owner) = match self.owner {
            Owner::Role(role, scope) => (Some(word(&role)), text(scope.as_ref()), None),
            Owner::Participant(pid) => (None, None, Some(pid.to_string())),
        };
        let (outcome, closed) = self.closed.unzip();
        Ok(Action {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            title: self.title.to_string(),
            role,
            scope,
            owner,
            due: self.due.to_string(),
            meeting: text(self.meeting.as_ref()),
            decision: text(self.decision.as_ref()),
            outcome: outcome.as_ref().map(word),
            closed: text(closed.as_ref()),
        })
    }
}
