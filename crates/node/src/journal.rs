//! The signer's guard and journal on disk: one preallocated file.
//!
//! What is written where is `plenary_consensus::journal`'s; here is the IO. A
//! failed write or sync is final: the caller stops the node.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use plenary_consensus::journal::{self, Entry, JournalError, Owner, Write, Writer};
use plenary_core::{
    block::{Height, TreeHead},
    hash::Digest,
    keys::ValidatorKey,
};
use thiserror::Error;

use crate::home::sync_parent;

/// The size of a new file, and by how much it grows when it is full. It holds
/// one height; only many rounds with large blocks fill it.
const FILE_BYTES: u64 = 64 * 1_048_576;

/// The largest size of the file.
const FILE_BYTES_MAX: u64 = 16 * FILE_BYTES;

/// Why the journal cannot be used.
#[derive(Debug, Error)]
pub enum JournalFileError {
    /// The file cannot be read or written.
    #[error("the journal {path} cannot be used: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Without it this validator could contradict what it has signed.
    #[error("the journal {path}: {loss}", path = path.display())]
    Lost {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        loss: Loss,
    },
}

/// What keeps a validator from knowing what it has signed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Loss {
    /// There is no file.
    #[error("it is missing")]
    Missing,
    /// The file is of an earlier block than the ledger.
    #[error("it is older than the ledger in the store")]
    Stale,
    /// The file's content is not what it must be.
    #[error(transparent)]
    Content(#[from] JournalError),
}

/// An open journal.
pub struct JournalFile {
    path: PathBuf,
    file: File,
    writer: Writer,
    /// Whether something has been written since the last sync.
    unsynced: bool,
}

/// A journal as it was found.
pub struct Opened {
    /// The file.
    pub file: JournalFile,
    /// What it holds of the height that is to be decided.
    pub entries: Vec<Entry>,
    /// The last head that was cosigned.
    pub cosigned: Option<TreeHead>,
}

impl JournalFile {
    /// Makes the journal of a new validator; an existing file stays as it is.
    pub fn create(path: &Path, ledger: Digest, validator: ValidatorKey) -> Result<(), JournalFileError> {
        let io = |error| JournalFileError::Io { path: path.to_path_buf(), error };
        let head = journal::blank(Owner { ledger, validator }).map_err(|error| lost(path, error))?;
        let file = OpenOptions::new().write(true).create_new(true).open(path).map_err(io)?;
        fill(&file, 0, FILE_BYTES).map_err(io)?;
        file.write_all_at(&head, 0).and_then(|()| file.sync_all()).and_then(|()| sync_parent(path)).map_err(io)
    }

    /// Opens the journal of `owner`, who is about to decide `height`.
    pub fn open(path: &Path, owner: Owner, height: Height) -> Result<Opened, JournalFileError> {
        let io = |error| JournalFileError::Io { path: path.to_path_buf(), error };
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let file = match opened {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(lost(path, Loss::Missing));
            }
            Err(error) => return Err(io(error)),
        };
        let size = file.metadata().map_err(io)?.len().min(FILE_BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
        file.read_exact_at(&mut bytes, 0).map_err(io)?;
        let recovered = journal::recover(&bytes, owner, height).map_err(|error| lost(path, error))?;
        let file = Self { path: path.to_path_buf(), file, writer: recovered.writer, unsynced: false };
        Ok(Opened { file, entries: recovered.entries, cosigned: recovered.cosigned })
    }

    /// Appends an entry; it counts once `sync` has returned.
    pub fn append(&mut self, height: Height, entry: &Entry) -> Result<(), JournalFileError> {
        let write = match self.writer.append(height, entry) {
            Err(JournalError::Full) => {
                self.grow()?;
                self.writer.append(height, entry)
            }
            written => written,
        };
        self.write(&write.map_err(|error| lost(&self.path, error))?)?;
        self.unsynced = true;
        Ok(())
    }

    /// Makes the file larger, so that the height at hand can go on.
    fn grow(&mut self) -> Result<(), JournalFileError> {
        let size = self.file.metadata().map_err(|error| self.io(error))?.len();
        let grown = size.saturating_add(FILE_BYTES).min(FILE_BYTES_MAX);
        fill(&self.file, size, grown).map_err(|error| self.io(error))?;
        self.writer.extend(usize::try_from(grown).unwrap_or(usize::MAX));
        Ok(())
    }

    /// Waits until all entries are on the disk.
    pub fn sync(&mut self) -> Result<(), JournalFileError> {
        if !self.unsynced {
            return Ok(());
        }
        self.file.sync_data().map_err(|error| self.io(error))?;
        self.unsynced = false;
        let note = self.writer.synced().map_err(|error| lost(&self.path, error))?;
        self.write(&note)
    }

    /// Remembers a cosigned head, on the disk when this returns.
    pub fn cosigned(&mut self, head: TreeHead) -> Result<(), JournalFileError> {
        let write = self.writer.cosigned(head).map_err(|error| lost(&self.path, error))?;
        self.write(&write)?;
        self.file.sync_data().map_err(|error| self.io(error))
    }

    fn write(&self, write: &Write) -> Result<(), JournalFileError> {
        let offset = u64::try_from(write.offset).unwrap_or(u64::MAX);
        self.file.write_all_at(&write.bytes, offset).map_err(|error| self.io(error))
    }

    fn io(&self, error: io::Error) -> JournalFileError {
        JournalFileError::Io { path: self.path.clone(), error }
    }
}

/// Writes zeros, and does not only reserve the space, so that a later sync has no metadata to write.
fn fill(file: &File, from: u64, to: u64) -> io::Result<()> {
    let zeros = vec![0; 1_048_576];
    let mut offset = from;
    while offset < to {
        file.write_all_at(&zeros, offset)?;
        offset = offset.saturating_add(1_048_576);
    }
    file.sync_all()
}

fn lost(path: &Path, loss: impl Into<Loss>) -> JournalFileError {
    JournalFileError::Lost { path: path.to_path_buf(), loss: loss.into() }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    fn owner(seed: u8) -> Owner {
        Owner { ledger: Digest::of(b"ledger"), validator: ValidatorKey::of(&SigningKey::from_bytes(&[seed; 32])) }
    }

    fn create(path: &Path) -> Result<(), JournalFileError> {
        JournalFile::create(path, owner(1).ledger, owner(1).validator)
    }

    #[test]
    fn a_journal_is_never_made_anew_by_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let one = Height::new(1).unwrap();
        assert!(matches!(
            JournalFile::open(&path, owner(1), one),
            Err(JournalFileError::Lost { loss: Loss::Missing, .. })
        ));
        create(&path).unwrap();
        assert!(matches!(create(&path), Err(JournalFileError::Io { .. })));
        let opened = JournalFile::open(&path, owner(1), one).unwrap();
        assert!(opened.entries.is_empty() && opened.cosigned.is_none());
        let foreign = JournalFile::open(&path, owner(2), one);
        assert!(matches!(foreign, Err(JournalFileError::Lost { loss: Loss::Content(JournalError::Foreign(_)), .. })));
    }

    #[test]
    fn what_was_cosigned_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let one = Height::new(1).unwrap();
        create(&path).unwrap();
        for size in [2, 5, 9] {
            let head = TreeHead { size, root: Digest::of(&[1]) };
            JournalFile::open(&path, owner(1), one).unwrap().file.cosigned(head).unwrap();
            assert_eq!(JournalFile::open(&path, owner(1), one).unwrap().cosigned, Some(head));
        }
    }

    #[test]
    fn a_damaged_guard_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        create(&path).unwrap();
        OpenOptions::new().write(true).open(&path).unwrap().write_all_at(&[0xff; 64], 0).unwrap();
        let opened = JournalFile::open(&path, owner(1), Height::new(1).unwrap());
        assert!(matches!(opened, Err(JournalFileError::Lost { loss: Loss::Content(JournalError::NoGuard), .. })));
    }

    #[test]
    fn a_full_journal_grows_and_is_recovered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let one = Height::new(1).unwrap();
        create(&path).unwrap();
        // The writer is told that there is room for two entries.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(journal::FRAMES_START + 256);
        let entry = Entry::Timeout { round: Default::default(), wait: journal::Wait::Propose };
        let writer = journal::recover(&bytes, owner(1), one).unwrap().writer;
        let file = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let mut journal = JournalFile { path: path.clone(), file, writer, unsynced: false };
        for _ in 0..5 {
            journal.append(one, &entry).unwrap();
        }
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 2 * FILE_BYTES);
        assert_eq!(JournalFile::open(&path, owner(1), one).unwrap().entries.len(), 5);
    }
}
