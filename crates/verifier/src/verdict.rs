//! What a check can come to: verified, not verified, or cannot tell.
//!
//! "Cannot tell" is not a milder "not verified": it says that the reader lacks
//! something, and what. Only a failed comparison speaks against the ledger or
//! the file.

use std::fmt;

use plenary_core::{
    checkpoint::CheckpointError, entry::EntryError, genesis::Clock, hash::Digest, merkle::ProofError, note::KeyName,
    policy::PolicyError, receipt::ReceiptError, record::RecordError, tip::TipError,
};
use thiserror::Error;

use crate::{
    epochs::EpochFault,
    failure::{DossierFailure, DossierGap},
    receipt::FileIdentity,
};

/// The answer to whether a receipt or a dossier holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Every check was made and held.
    Verified,
    /// A check was made and did not hold.
    NotVerified(Failure),
    /// A check could not be made.
    CannotTell(Gap),
}

impl Verdict {
    /// The words that people and programs look for.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Verified => "VERIFIED",
            Self::NotVerified(_) => "NOT VERIFIED",
            Self::CannotTell(_) => "CANNOT TELL",
        }
    }

    /// The exit code of a program that ends with this verdict; the only place where these are given.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Verified => 0,
            Self::NotVerified(failure) => failure.exit_code(),
            Self::CannotTell(_) => 15,
        }
    }

    /// What the reader can do about it; nothing if all is well.
    pub const fn remedy(&self) -> Option<&'static str> {
        match self {
            Self::Verified => None,
            Self::NotVerified(failure) => Some(failure.remedy()),
            Self::CannotTell(gap) => Some(gap.remedy()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified => f.write_str(self.as_str()),
            Self::NotVerified(failure) => write!(f, "{}   {failure}", self.as_str()),
            Self::CannotTell(gap) => write!(f, "{}   {gap}", self.as_str()),
        }
    }
}

/// What a check found that must not be.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Failure {
    /// The file is none of the documents that the record names.
    #[error("this is not the recorded file: yours is {found}; the record names {}", list(.recorded))]
    File {
        /// The reader's file.
        found: FileIdentity,
        /// The record's documents, at least one.
        recorded: Vec<FileIdentity>,
    },
    /// A file was given, and the record names no document.
    #[error("this is not a recorded file: the record names no document")]
    NoDocument,
    /// The entry is not a record file and an outcome line.
    #[error("the entry is not a record file and an outcome line, each line ended by a line feed")]
    EntryForm,
    /// The entry is larger than any entry.
    #[error("the entry has {0} bytes, more than a ledger takes")]
    EntryLength(usize),
    /// The record's line is malformed.
    #[error("the record is malformed: {0}")]
    Record(#[source] RecordError),
    /// The outcome line is malformed.
    #[error("the outcome is malformed: {0}")]
    Outcome(#[source] EntryError),
    /// The record was signed for another ledger.
    #[error("the record was signed for the ledger {found}, not for this one")]
    Ledger {
        /// The ledger that the record names.
        found: Digest,
    },
    /// The signatures are not those of the record's signers over its line.
    #[error("the record's signatures do not hold: {0}")]
    Signatures(#[source] RecordError),
    /// The proof, or the head in it, is malformed.
    #[error("the proof is malformed: {0}")]
    ProofForm(#[source] ReceiptError),
    /// The proof is of another log.
    #[error("the proof is of the log {:?}, not of this ledger's", .found.as_str())]
    Origin {
        /// The log's name in the proof.
        found: KeyName,
    },
    /// The path does not lead from the entry to the root.
    #[error("the entry is not where the proof says: {0}")]
    Inclusion(#[source] ProofError),
    /// The head of the log is not signed by a quorum.
    #[error("not enough validators signed, or not as the format asks: {0}")]
    Cosignatures(#[source] CheckpointError),
    /// Something about a dossier.
    #[error(transparent)]
    Dossier(#[from] DossierFailure),
    /// A change of validators is not what it must be.
    #[error("the change of validators to epoch {number}: {fault}")]
    Epoch {
        /// The epoch that it leads to.
        number: u64,
        /// What is wrong with it.
        fault: EpochFault,
    },
    /// The log's head is not one that these validators signed while in office.
    #[error("the head of the log is not of the epoch of its validators: {0}")]
    Tip(#[source] TipError),
}

impl Failure {
    /// The exit code of a check that found this.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::File { .. } | Self::NoDocument => 10,
            Self::EntryForm
            | Self::EntryLength(_)
            | Self::Record(_)
            | Self::Outcome(_)
            | Self::Ledger { .. }
            | Self::ProofForm(_)
            | Self::Origin { .. }
            | Self::Inclusion(_)
            | Self::Tip(
                TipError::Checkpoint(_)
                | TipError::Place(_)
                | TipError::Seal(_)
                | TipError::NotLast { .. }
                | TipError::Proof(_),
            ) => 11,
            Self::Cosignatures(_) | Self::Epoch { .. } | Self::Tip(TipError::Epoch { .. }) => 12,
            Self::Signatures(_) => 13,
            Self::Dossier(failure) => failure.exit_code(),
        }
    }

    const fn remedy(&self) -> &'static str {
        match self {
            Self::Dossier(failure) => failure.remedy(),
            Self::File { .. } => "compare with the other revisions of the document, or ask where this copy came from",
            Self::NoDocument => "look for the record that names this file, or check the receipt without the file",
            Self::EntryForm | Self::EntryLength(_) | Self::Record(_) | Self::Outcome(_) => {
                "fetch the entry again as a file, since mail and editors change line ends"
            }
            Self::Ledger { .. } => "use the genesis of the ledger that the record names",
            Self::Signatures(_) => "do not rely on the record; ask its signers and any validator for the original",
            Self::ProofForm(_) | Self::Origin { .. } | Self::Inclusion(_) => {
                "ask any node for the receipt of this entry again"
            }
            Self::Cosignatures(_) => "ask another validator for the receipt of this entry",
            Self::Epoch { .. } | Self::Tip(_) => {
                "ask another validator for the receipt of this entry, with every change of validators before it"
            }
        }
    }
}

/// What a reader lacks, so that a check could not be made.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Gap {
    /// The reader has not said which ledger to trust.
    #[error("you have not said which ledger you trust")]
    NoAnchor,
    /// The genesis is not the one that the reader trusts.
    #[error("this receipt is of another ledger, {found}, than the one that you trust")]
    OtherLedger {
        /// The leaf hash of the genesis that came with the receipt.
        found: Digest,
    },
    /// The trusted genesis cannot be read.
    #[error("the genesis that you trust cannot be read: {0}")]
    Genesis(#[source] EntryError),
    /// The policy in the trusted genesis cannot be read.
    #[error("the policy in the genesis that you trust cannot be read: {0}")]
    Policy(#[source] PolicyError),
    /// The policy in the trusted genesis is of another log than the genesis.
    #[error("the genesis that you trust contradicts itself: its policy has another origin")]
    PolicyOrigin,
    /// A line has another version than this verifier knows.
    #[error("the {line} has a format that this verifier does not know")]
    Newer {
        /// Which line.
        line: Line,
    },
    /// No signer of the head is a validator of the epoch that was walked to.
    #[error("the log's head is signed by no validator of the last epoch that is shown")]
    Epoch,
    /// Something about a dossier.
    #[error(transparent)]
    Dossier(#[from] DossierGap),
    /// Changes of validators came without the seal that says which of them was the last.
    #[error("the seal under the log's head is not here, so that nothing shows whose term it was")]
    NoTip,
}

impl Gap {
    const fn remedy(&self) -> &'static str {
        match self {
            Self::NoAnchor => {
                "take the ledger's hash from a printed circular or another channel, and give it as anchor"
            }
            Self::OtherLedger { .. } => {
                "check that the anchor is of this ledger; trust no hash that came with a receipt"
            }
            Self::Genesis(_) | Self::Policy(_) | Self::PolicyOrigin | Self::Newer { .. } => {
                "use the newest version of the verifier"
            }
            Self::Epoch => "if validators have changed since, ask for the record of those changes",
            Self::NoTip => "ask any node for the receipt again: it comes with the files seal and seal.path",
            Self::Dossier(gap) => gap.remedy(),
        }
    }
}

/// A line that names the version of its format.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Line {
    /// The genesis line.
    Genesis,
    /// The record's line.
    Record,
    /// The outcome line.
    Outcome,
    /// The seal line.
    Seal,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Genesis => "genesis line",
            Self::Record => "record's line",
            Self::Outcome => "outcome line",
            Self::Seal => "seal line",
        })
    }
}

/// What a verdict does not cover, so that nobody reads more into it than it says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum NotChecked {
    /// A file, since none was given.
    File,
    /// The signers' roles and keys.
    Roles,
    /// The outcome.
    Rules,
    /// Records that came later.
    Later,
    /// The validators' terms.
    Epochs,
    /// Documents that the records name and nobody has given.
    Documents(Vec<Digest>),
    /// That subjects were never recorded.
    Absent(usize),
    /// That a subject has one slot.
    OneSlot,
    /// Who holds the validators' keys.
    Holders,
    /// A second history, shown to others.
    SplitView,
    /// Times on a replay ledger.
    ReplayedTimes,
    /// Times on any other ledger.
    Times,
}

impl NotChecked {
    /// What the times of a ledger with this clock do not show.
    pub const fn of_times(clock: Clock) -> Self {
        match clock {
            Clock::Replay => Self::ReplayedTimes,
            Clock::Wall => Self::Times,
        }
    }
}

impl fmt::Display for NotChecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "any file: none was given",
            Self::Roles => "that the signers held these roles and keys at that time: a dossier shows it",
            Self::Rules => "that the outcome follows from the group's rules: a dossier shows it",
            Self::Later => "that no later record withdrew or replaced this one: a dossier shows it",
            Self::Epochs => "that these validators were still in office when they signed",
            Self::Documents(digests) => {
                let digests: Vec<String> = digests.iter().map(ToString::to_string).collect();
                return write!(f, "documents that were not given: {}", digests.join(", "));
            }
            Self::Absent(count) => {
                return write!(
                    f,
                    "that {count} subjects which the rules asked about, and of which nothing is here, were never \
                     recorded: a replay of the whole log shows it"
                );
            }
            Self::OneSlot => "that each subject has one slot: a quorum of the validators enforced it",
            Self::Holders => "that the validators' keys belong to the organisations named",
            Self::SplitView => "that the validators did not tell somebody else another story",
            Self::ReplayedTimes => "times: this ledger replays history, and its times prove nothing",
            Self::Times => "that the validators' clocks were right",
        })
    }
}

fn list(files: &[FileIdentity]) -> String {
    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
    files.join(", ")
}
