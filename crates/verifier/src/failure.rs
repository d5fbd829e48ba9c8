//! What speaks against a dossier, and what a reader of one may lack.

use plenary_core::{
    checkpoint::CheckpointError, commitment::CommitmentError, dossier::DossierError, entry::EntryError, hash::Digest,
    merkle::ProofError, note::KeyName, subject::Subject,
};
use plenary_procedure::{refusal::Refusal, replay::Difference};
use thiserror::Error;

use crate::{receipt::FileIdentity, verdict::Failure};

/// What a check of a dossier found that must not be.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DossierFailure {
    /// The container is no dossier.
    #[error("the dossier is malformed: {0}")]
    Container(#[source] DossierError),
    /// A file is not there that belongs to another.
    #[error("the dossier is not whole: {0} is missing")]
    Missing(String),
    /// The dossier says that it is of another ledger than its genesis.
    #[error("the dossier says that it is of the ledger {found}, and its genesis is of another")]
    Ledger {
        /// The ledger that `about` names.
        found: Digest,
    },
    /// The path does not lead from an entry to the root.
    #[error("entry {index} is not in the log as the dossier says: {error}")]
    Inclusion {
        /// The entry.
        index: u64,
        /// What is wrong with the path.
        error: ProofError,
    },
    /// The last entry of the log is no seal.
    #[error("the log does not end with a seal: {0}")]
    Seal(#[source] EntryError),
    /// The seal belongs to another epoch than the one that the changes of validators lead to.
    #[error("the seal is of epoch {found}; the changes of validators lead to epoch {epoch}")]
    Epoch {
        /// The epoch in the seal.
        found: u64,
        /// The epoch that was walked to.
        epoch: u64,
    },
    /// The seal names another policy than that of its epoch.
    #[error("the seal names another policy than that of its epoch")]
    Policy,
    /// An entry fails as it would in a receipt.
    #[error("entry {index}: {failure}")]
    Entry {
        /// The entry.
        index: u64,
        /// What is wrong with it.
        failure: Box<Failure>,
    },
    /// The path does not lead from a slot to the root in the seal.
    #[error("the slot of {subject} is not in the ledger as the dossier says: {error}")]
    Slot {
        /// Whose slot.
        subject: Subject,
        /// What is wrong with the path.
        error: ProofError,
    },
    /// Two slots are of one subject.
    #[error("two slots are of {0}")]
    SameSubject(Subject),
    /// An entry names a subject whose slot is not here.
    #[error("records about {0} may have been left out: its slot is missing")]
    NoSlot(Subject),
    /// A chain has more entries than are here.
    #[error("records about {subject} were left out: the dossier holds {held} of {count} entries")]
    Short {
        /// Whose chain.
        subject: Subject,
        /// How many entries are here.
        held: u64,
        /// How many its slot says.
        count: u64,
    },
    /// A chain has fewer entries than are here.
    #[error("the ledger counts {count} entries about {subject}, and {held} are in its log")]
    Long {
        /// Whose chain.
        subject: Subject,
        /// How many entries are here.
        held: u64,
        /// How many its slot says.
        count: u64,
    },
    /// The entries of a chain do not give its head.
    #[error("the entries about {0} are not those that the ledger says")]
    Head(Subject),
    /// The rules forbid a record that the ledger took.
    #[error("the rules forbid entry {index}: {refusal}")]
    Refused {
        /// The entry.
        index: u64,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// The rules give another outcome than the ledger wrote.
    #[error("the outcome of entry {index} is not what the rules give: {difference}")]
    Outcome {
        /// The entry.
        index: u64,
        /// In what it differs.
        difference: Difference,
    },
    /// A document bears another digest as its name.
    #[error("a document in the dossier is named {named}, and is {found}")]
    Name {
        /// The digest that it is named after.
        named: Digest,
        /// What it is.
        found: FileIdentity,
    },
    /// A document is none that a record of the subject names.
    #[error("this is no document that a record of {subject} names: {found}")]
    Document {
        /// Whose records were looked at.
        subject: Subject,
        /// The document.
        found: FileIdentity,
    },
    /// A disclosure does not open what it is named after.
    #[error("a disclosure does not hold: {0}")]
    Disclosure(#[source] CommitmentError),
    /// A disclosure opens a commitment that is not in force.
    #[error("a disclosure opens {0}, which is no commitment in force in these records")]
    NotInForce(Digest),
    /// The older checkpoint is of another log.
    #[error("the older checkpoint is of the log {:?}, not of this ledger's", .0.as_str())]
    SinceOrigin(KeyName),
    /// The older checkpoint is not signed by a quorum.
    #[error("the older checkpoint is not signed by a quorum: {0}")]
    Since(#[source] CheckpointError),
    /// The log under the checkpoint does not begin with the older one.
    #[error("the log of {old} entries is not the beginning of this one: {error}")]
    NotGrown {
        /// The older size.
        old: u64,
        /// What is wrong with the path.
        error: ProofError,
    },
}

impl DossierFailure {
    /// The exit code; 16 where something is not here, 14 where the ledger contradicts itself.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Name { .. } | Self::Document { .. } | Self::Disclosure(_) | Self::NotInForce(_) => 10,
            Self::Container(_) | Self::Ledger { .. } | Self::Inclusion { .. } | Self::Seal(_) | Self::Slot { .. } => 11,
            Self::Epoch { .. } | Self::Policy | Self::SinceOrigin(_) | Self::Since(_) => 12,
            Self::SameSubject(_)
            | Self::Long { .. }
            | Self::Head(_)
            | Self::Refused { .. }
            | Self::Outcome { .. }
            | Self::NotGrown { .. } => 14,
            Self::Missing(_) | Self::NoSlot(_) | Self::Short { .. } => 16,
            Self::Entry { failure, .. } => failure.exit_code(),
        }
    }

    /// What the reader can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Container(_) => {
                "fetch the dossier again, since archives that were unpacked and packed anew may differ"
            }
            Self::Missing(_) | Self::NoSlot(_) | Self::Short { .. } => {
                "do not rely on this dossier; ask any validator for the dossier of this subject"
            }
            Self::Ledger { .. } | Self::Inclusion { .. } | Self::Seal(_) | Self::Slot { .. } => {
                "ask any node for the dossier of this subject again"
            }
            Self::Epoch { .. } | Self::Policy => "ask another validator for the dossier of this subject",
            Self::Entry { .. } => "do not rely on the record; ask its signers and any validator for the original",
            Self::SameSubject(_)
            | Self::Long { .. }
            | Self::Head(_)
            | Self::Refused { .. }
            | Self::Outcome { .. }
            | Self::NotGrown { .. } => "keep this dossier as evidence, and ask each validator for its own",
            Self::Name { .. } | Self::Document { .. } => {
                "compare with the documents that the records name, or ask where this copy came from"
            }
            Self::Disclosure(_) | Self::NotInForce(_) => "ask whoever disclosed it for the disclosure in force",
            Self::SinceOrigin(_) | Self::Since(_) => "use a checkpoint of this ledger, as its reports print it",
        }
    }
}

/// What a reader of a dossier lacks, so that a check could not be made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DossierGap {
    /// The container has another version.
    #[error("the dossier has a format that this verifier does not know")]
    Newer,
    /// The rules asked for chains that are not here.
    #[error("entry {index} cannot be judged: the rules ask about {}, of which nothing is here", list(.subjects))]
    Chains {
        /// The entry.
        index: u64,
        /// The subjects asked about, at least one.
        subjects: Vec<Subject>,
    },
    /// The reader's older checkpoint is not signed by validators of this ledger.
    #[error("your older checkpoint is none of this ledger's: {0}")]
    Since(#[source] CheckpointError),
    /// No path leads on from the reader's older checkpoint.
    #[error("the dossier does not say how the log grew from your checkpoint of {0} entries")]
    NoPath(u64),
    /// The reader's checkpoint is not older.
    #[error("your checkpoint has {0} entries, more than the dossier's")]
    SinceNewer(u64),
}

impl DossierGap {
    /// What the reader can do about it.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Newer => "use the newest version of the verifier",
            Self::Chains { .. } => "ask any validator for the dossier of this subject",
            Self::Since(_) => "use a checkpoint of this ledger, as its reports print it",
            Self::NoPath(_) => "fetch the dossier with --since and that checkpoint",
            Self::SinceNewer(_) => "fetch the dossier again: yours is older than your checkpoint",
        }
    }
}

fn list(subjects: &[Subject]) -> String {
    let subjects: Vec<&str> = subjects.iter().map(Subject::as_str).collect();
    subjects.join(", ")
}
