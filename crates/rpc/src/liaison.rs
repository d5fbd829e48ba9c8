//! Liaison statements: what other groups sent, and what was sent to them.

use plenary_procedure::liaison;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::{hash, small_word, text, texts, word},
    json::Hash,
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

/// A liaison statement.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Liaison {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// `in` if it was sent to the group, `out` if the group sends it.
    pub direction: String,
    /// Its title.
    pub title: String,
    /// The most that it asks of anybody.
    pub purpose: String,
    /// Where it stands: `draft`, `approved`, `open`, `answered` or `closed`.
    pub standing: String,
    /// Until when a reply is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_by: Option<String>,
    /// The day on which it was sent or received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// What it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The replies to it.
    pub replies: Vec<String>,
    /// The record that approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Hash>,
    /// Who decided that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// The digest of its text.
    pub document: Hash,
}

named!(Liaison, "liaison_list", "liaison_get");

impl Shown for liaison::Liaison {
    type Answer = Liaison;
    const WORD: &'static str = "liaison statement";
    const FOLDER: &'static str = "liaison";
    const LIST: &'static str = "The liaison statements of a group, received and sent, by number.";
    const GET: &'static str = "A liaison statement: what it asks for, what it replies to, and where it stands.";
    const ID: Param =
        required("id", Kind::Id, "The statement's number, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_LIAISON;

    fn describe(self, of: &Of<'_>) -> Result<Liaison, Fault> {
        let (approval, approved_by) = self.approval.unzip();
        Ok(Liaison {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            direction: small_word(&self.direction),
            title: self.title.to_string(),
            purpose: word(&self.purpose),
            standing: small_word(&self.standing),
            reply_by: text(self.reply_by.as_ref()),
            day: text(self.day.as_ref()),
            reply_to: text(self.reply_to.as_ref()),
            replies: texts(&self.replies),
            approval: hash(approval.as_ref()),
            approved_by: approved_by.as_ref().map(word),
            document: Hash(self.document.0),
        })
    }
}
