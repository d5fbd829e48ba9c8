//! Documents of a series: output documents, temporary documents and reports.

use plenary_procedure::paper::Paper;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::{count, text, word},
    json::{Hash, Number},
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

/// A document of a series.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Document {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// Its series: `O`, `TD` or `R`.
    pub series: String,
    /// The meeting that it is for, or that it came out of.
    pub meeting: String,
    /// Its title.
    pub title: String,
    /// Who submitted it.
    pub by: String,
    /// The deliverable that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<String>,
    /// The working group that it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<String>,
    /// Its current revision.
    pub revision: Number,
    /// The digest over the documents of that.
    pub manifest: Hash,
    /// The same for the revisions before, the oldest first.
    pub earlier: Vec<Hash>,
    /// Who may read it, if that is not the group's usual arrangement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// How often one of its texts was redacted.
    pub redactions: Number,
    /// Why it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<String>,
}

named!(Document, "document_list", "document_get");

impl Shown for Paper {
    type Answer = Document;
    const WORD: &'static str = "document";
    const FOLDER: &'static str = "document";
    const LIST: &'static str = "The documents of a group's series beside contributions, by number.";
    const GET: &'static str = "A document of a series: who submitted it, and its revisions.";
    const ID: Param =
        required("id", Kind::Id, "The document's number, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_DOCUMENT;

    fn describe(self, of: &Of<'_>) -> Result<Document, Fault> {
        Ok(Document {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            series: word(&self.series),
            meeting: self.meeting.to_string(),
            title: self.title.to_string(),
            by: self.by.to_string(),
            deliverable: text(self.deliverable.as_ref()),
            working_group: text(self.working_group.as_ref()),
            revision: count(self.revision),
            manifest: Hash(self.manifest.0),
            earlier: self.earlier.iter().map(|manifest| Hash(manifest.0)).collect(),
            visibility: self.visibility.as_ref().map(word),
            redactions: count(self.redactions),
            withdrawn: self.withdrawn.as_ref().map(word),
        })
    }
}
