//! Disclosures of patents, and what their holders declare.

use plenary_procedure::disclosure::{self, PatentObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::{count, text, texts, word, words},
    json::{Hash, Number},
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

/// A disclosure of patents, or a general declaration.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Disclosure {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// Who discloses: the holder of its own, or a third party.
    pub claim: String,
    /// Whose patents they are: an organisation or a participant, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The text that it is about; absent for a general declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<PatentObjectLine>,
    /// The option of the declaration in force, by its number in the form; absent if nothing is declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<Number>,
    /// The boxes that are ticked beside it.
    pub conditions: Vec<String>,
    /// The patents that are named.
    pub patents: Vec<String>,
    /// The digest of the form in force.
    pub form: Hash,
    /// How often it was stated: first, superseded, corrected.
    pub statements: Number,
    /// How often the holder was asked.
    pub contacts: Number,
}

/// A text that patents may bear on.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PatentObjectLine {
    /// A `contribution` or a `deliverable`.
    pub kind: String,
    /// Its number.
    pub id: String,
    /// The revision or version.
    pub revision: Number,
}

named!(Disclosure, "disclosure_list", "disclosure_get");

impl Shown for disclosure::Disclosure {
    type Answer = Disclosure;
    const WORD: &'static str = "disclosure";
    const FOLDER: &'static str = "ipr";
    const LIST: &'static str = "The disclosures of patents in a group, by number.";
    const GET: &'static str = "A disclosure of patents: the text, the holder, and what is declared.";
    const ID: Param =
        required("id", Kind::Id, "The disclosure's number, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_DISCLOSURE;

    fn describe(self, of: &Of<'_>) -> Result<Disclosure, Fault> {
        Ok(Disclosure {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            claim: word(&self.claim),
            holder: text(self.holder.as_ref()),
            object: self.object.as_ref().map(PatentObjectLine::from),
            option: self.licence.as_ref().map(|licence| Number(licence.option.number().into())),
            conditions: self.licence.map(|licence| words(&licence.conditions)).unwrap_or_default(),
            patents: texts(&self.patents),
            form: Hash(self.form.0),
            statements: count(self.statements),
            contacts: count(self.contacts),
        })
    }
}

impl From<&PatentObject> for PatentObjectLine {
    fn from(object: &PatentObject) -> Self {
        let (kind, id, revision) = match object {
            PatentObject::Contribution { number, revision } => ("contribution", number.to_string(), *revision),
            PatentObject::Deliverable { number, version, .. } => ("deliverable", number.to_string(), *version),
        };
        Self { kind: kind.to_owned(), id, revision: count(revision) }
    }
}
