//! Working groups.

use plenary_procedure::working_group;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::{hash, text},
    json::Hash,
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

/// A working group.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct WorkingGroup {
    /// The group.
    pub group: String,
    /// Its label.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The digest of its terms of reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Hash>,
    /// The working group that it belongs to; absent if it belongs to the group itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The record that closed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Hash>,
}

named!(WorkingGroup, "workinggroup_list", "workinggroup_get");

impl Shown for working_group::WorkingGroup {
    type Answer = WorkingGroup;
    const WORD: &'static str = "working group";
    const FOLDER: &'static str = "working-group";
    const LIST: &'static str = "The working groups of a group, by label.";
    const GET: &'static str = "A working group: its terms, and whether it is closed.";
    const ID: Param =
        required("id", Kind::Id, "The working group's label, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_WORKING_GROUP;

    fn describe(self, of: &Of<'_>) -> Result<WorkingGroup, Fault> {
        Ok(WorkingGroup {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            title: self.title.to_string(),
            terms: hash(self.terms.as_ref()),
            parent: text(self.parent.as_ref()),
            closed: hash(self.closed.as_ref()),
        })
    }
}
