//! Proposals of work items.

use plenary_procedure::proposal::{self, ProposalStanding};
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

/// A proposal of a work item.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Proposal {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// The title of the work item.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// Who proposes it: a participant or an organisation.
    pub by: String,
    /// The digest of the document that states its scope.
    pub scope: Hash,
    /// When it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Where it stands: `proposed`, `adopted` or `withdrawn`.
    pub standing: String,
    /// The deliverable that it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<String>,
}

named!(Proposal, "proposal_list", "proposal_get");

impl Shown for proposal::Proposal {
    type Answer = Proposal;
    const WORD: &'static str = "proposal";
    const FOLDER: &'static str = "proposal";
    const LIST: &'static str = "The proposals of work items in a group, by number.";
    const GET: &'static str = "A proposal of a work item: its scope, and whether it was adopted.";
    const ID: Param =
        required("id", Kind::Id, "The proposal's number, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_PROPOSAL;

    fn describe(self, of: &Of<'_>) -> Result<Proposal, Fault> {
        let deliverable = match &self.standing {
            ProposalStanding::Adopted(label) => Some(label.to_string()),
            ProposalStanding::Proposed | ProposalStanding::Withdrawn => None,
        };
        Ok(Proposal {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            title: self.title.to_string(),
            kind: word(&self.kind),
            by: self.by.to_string(),
            scope: Hash(self.scope.0),
            target: text(self.target.as_ref()),
            standing: self.standing.as_str().to_owned(),
            deliverable,
        })
    }
}
