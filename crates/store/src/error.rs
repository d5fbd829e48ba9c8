//! What can go wrong with the ledger on disk, and what its operator can do.

use std::{fmt, path::PathBuf};

use plenary_core::{block::Height, hash::Digest, merkle::TreeError};
use thiserror::Error;

use crate::schema::{Column, Key};

/// Why the store cannot do what was asked.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Error {
    /// There is no directory to open. The operator's matter.
    #[error("{path} does not exist: check the path, or found or restore a ledger there")]
    Absent {
        /// The directory.
        path: PathBuf,
    },
    /// The directory belongs to something else. The operator's matter.
    #[error("{path} holds something other than a ledger: name the ledger's directory, or an empty one to found it in")]
    Foreign {
        /// The directory.
        path: PathBuf,
    },
    /// There is a ledger already. The operator's matter.
    #[error("{path} holds a ledger already: open it, or name an empty directory to found another one in")]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// The founding was cut short. The operator's matter.
    #[error("{path} holds a ledger whose founding was interrupted: remove the directory and found the ledger again")]
    Unfinished {
        /// The directory.
        path: PathBuf,
    },
    /// Another process uses the ledger. The operator's matter.
    #[error("{path} is in use by another process: stop that one first; two nodes never share a directory")]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// The ledger was written by other software. The operator's matter.
    #[error("{path} has layout {found}; this version of plenary knows layout {known}: use the version that wrote it")]
    Layout {
        /// The directory.
        path: PathBuf,
        /// The layout on disk.
        found: u64,
        /// The layout that this software reads and writes.
        known: u64,
    },
    /// Parts of the database are gone, or some are there that nobody knows. The disk's or the operator's matter.
    #[error("{path} lacks columns ({missing:?}) or has unknown ones ({unknown:?}): restore it from a backup")]
    Columns {
        /// The directory.
        path: PathBuf,
        /// Columns that belong there.
        missing: Vec<String>,
        /// Columns that do not.
        unknown: Vec<String>,
    },
    /// The directory holds another ledger. The operator's matter.
    #[error("{path} holds the ledger {found}, not {expected}: check the directory and the genesis file")]
    WrongLedger {
        /// The directory.
        path: PathBuf,
        /// The ledger on disk.
        found: Digest,
        /// The ledger that was expected.
        expected: Digest,
    },
    /// The stored log is shorter than one that was seen before. The disk's or the operator's matter.
    #[error(
        "{path} ends at {found} entries, but {needed} were stored before: it is an old copy, or the disk lost \
         writes; do not sign with it until it has caught up"
    )]
    RolledBack {
        /// The directory.
        path: PathBuf,
        /// Entries that are stored.
        found: u64,
        /// Entries that were stored before.
        needed: u64,
    },
    /// The stored log is not the one that was seen before. The operator's matter.
    #[error("{path} holds another log than the one signed before at {size} entries: keep it aside and ask the others")]
    Forked {
        /// The directory.
        path: PathBuf,
        /// The size at which the roots differ.
        size: u64,
    },
    /// A value cannot be trusted. The disk's or the memory's matter.
    #[error(
        "column {column}, key {key}: {fault}; it is not served: restore a backup, or catch up from the others anew"
    )]
    Corrupt {
        /// The column.
        column: Column,
        /// The key, in hexadecimal digits.
        key: String,
        /// What is wrong.
        fault: Fault,
    },
    /// Stored parts contradict each other. The disk's matter.
    #[error("the stored ledger contradicts itself: {0}; restore a backup, or catch up from the others anew")]
    Unsound(&'static str),
    /// A block does not fit what is stored; nothing was written. Our own matter.
    #[error("the block of height {height} does not extend the stored ledger: {mismatch}; nothing was written")]
    NotNext {
        /// The height of the block.
        height: Height,
        /// What does not fit.
        mismatch: &'static str,
    },
    /// A checkpoint speaks of a head that the stored log never had; nothing was written. Our own matter.
    #[error("the stored log has no block that ends at {size} entries with that root; nothing was written")]
    NotAHead {
        /// The size that was claimed.
        size: u64,
    },
    /// A proof was asked for that no stored log can give. The caller's matter.
    #[error("a proof under {size} entries cannot be given: the stored log has {stored}")]
    Beyond {
        /// The size that was asked for.
        size: u64,
        /// Entries that are stored.
        stored: u64,
    },
    /// A proof was asked for that does not exist. The caller's matter.
    #[error("there is no such proof: the leaf or the earlier size lies beyond the tree")]
    NoSuchProof,
    /// The database could not be opened or read. The disk's or the operator's matter.
    #[error("{path} cannot be read: {cause}; check the disk, its permissions and the limit of open files")]
    Read {
        /// The directory.
        path: PathBuf,
        /// What the database says.
        cause: Cause,
    },
    /// Files of the database are damaged or missing. The disk's matter.
    #[error("{path} is damaged: {cause}; restore a backup, or catch up from the others anew in an empty directory")]
    Damaged {
        /// The directory.
        path: PathBuf,
        /// What the database says.
        cause: Cause,
    },
    /// A copy could not be made. The operator's matter.
    #[error("no copy could be made at {path}: {cause}; name a directory that does not exist, on a disk with space")]
    Copy {
        /// Where the copy was to be.
        path: PathBuf,
        /// What the database says.
        cause: Cause,
    },
    /// A write or sync failed, so nobody knows what is on the disk. The disk's matter.
    #[error("{path} cannot be written: {cause}; check the disk and its free space, then start again")]
    Write {
        /// The directory.
        path: PathBuf,
        /// What the database says.
        cause: Cause,
    },
    /// A write or sync failed before. The disk's matter.
    #[error("{path} could not be written before and is not used any more: check the disk, then start again")]
    Failed {
        /// The directory.
        path: PathBuf,
    },
}

impl Error {
    /// The error for a value that cannot be trusted.
    pub(crate) fn corrupt(key: &Key, fault: Fault) -> Self {
        Self::Corrupt { column: key.column(), key: key.to_hex(), fault }
    }

    /// The error for a tree over stored nodes.
    pub(crate) fn of_tree(error: TreeError<Self>) -> Self {
        match error {
            TreeError::Nodes(error) => error,
            TreeError::Missing { .. } => Self::Unsound("a node of a tree is missing"),
            TreeError::Index { .. } | TreeError::Sizes { .. } => Self::NoSuchProof,
            TreeError::Full => Self::Unsound("a tree is full"),
        }
    }
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Fault {
    /// It does not carry the checksum of this value under this key.
    #[error("the value and its checksum differ")]
    Checksum,
    /// It is not there although the head says so.
    #[error("the value is missing")]
    Missing,
    /// It is not the encoding of what belongs there.
    #[error("the value is malformed")]
    Malformed,
    /// It differs from what the rest of the ledger says.
    #[error("the value contradicts the rest of the ledger")]
    Contradicts,
    /// The database found its own file damaged.
    #[error("the file that holds the value is damaged")]
    Unreadable,
}

/// The database's own words for a failure.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cause(String);

impl Cause {
    pub(crate) fn of(error: &dyn fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
