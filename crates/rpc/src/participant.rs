//! Who takes part in a group.

use plenary_procedure::{
    erasure::{self, Erasure},
    participant,
};

use crate::{
    fault::Fault,
    group_answer::{ErasedLine, ErasureLine, KeyLine, Participant, text, texts, word, words},
    json::{Hash, Time},
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

impl Shown for participant::Participant {
    type Answer = Participant;
    const WORD: &'static str = "participant";
    const FOLDER: &'static str = "participant";
    const LIST: &'static str = "The participants of a group, by pseudonym.";
    const GET: &'static str =
        "A participant: category, organisation, keys, and what was erased. Names are never in the ledger.";
    const ID: Param = required("id", Kind::Id, "The pseudonym, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_PARTICIPANT;

    fn describe(self, of: &Of<'_>) -> Result<Participant, Fault> {
        let erasure = of.state::<Erasure>(&format!("participant/{}/erasure", of.id))?;
        Ok(Participant {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            country: self.country.to_string(),
            category: word(&self.category),
            organization: text(self.organization.as_ref()),
            keys: self.keys.periods().iter().map(KeyLine::from).collect(),
            commitments: self.commitments.iter().map(|(field, commitment)| (word(field), Hash(commitment.0))).collect(),
            merged_into: text(self.merged_into.as_ref()),
            erasure: erasure.as_ref().map(ErasureLine::from),
        })
    }
}

impl From<&Erasure> for ErasureLine {
    fn from(erasure: &Erasure) -> Self {
        let has_erased = |holder: &&_| erasure.acknowledged.iter().any(|done| done.by == **holder);
        Self {
            request: Hash(erasure.request.0),
            requested: Time(erasure.requested.0),
            fields: words(&erasure.fields),
            waiting: texts(erasure.holders.iter().filter(|holder| !has_erased(holder))),
            acknowledged: erasure.acknowledged.iter().map(ErasedLine::from).collect(),
        }
    }
}

impl From<&erasure::Acknowledgement> for ErasedLine {
    fn from(done: &erasure::Acknowledgement) -> Self {
        Self {
            by: done.by.to_string(),
            node: done.node.to_string(),
            at: Time(done.at.0),
            destroyed: words(&done.destroyed),
        }
    }
}
