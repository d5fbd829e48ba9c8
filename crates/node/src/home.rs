//! A node's home: the folder that holds its configuration, keys and data.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;
use thiserror::Error;

use crate::keyfile::{self, KeyFileError};

/// Why a home cannot be used.
#[derive(Debug, Error)]
pub enum HomeError {
    /// A file or folder cannot be used.
    #[error("{path} cannot be used: {error}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process runs in this home.
    #[error("another process runs a node in {home}; two nodes with one key would contradict each other\n  do: stop it first", home = home.display())]
    Locked {
        /// The home.
        home: PathBuf,
    },
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
}

/// What the files of cosigning keys begin with, before their number.
const COSIGNER: &str = "cosigner-";

/// The keys of a validator, each for one purpose.
pub struct Keys {
    /// Signs what makes blocks final.
    pub validator: SigningKey,
    /// Cosigns checkpoints: the latest of these keys, since each epoch has its own.
    pub cosigner: SigningKey,
    /// Signs the checkpoint's own line.
    pub log: SigningKey,
    /// Names the node to other nodes.
    pub peer: SigningKey,
}

/// The folder of one node.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// The home in `folder`, which need not exist yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The genesis line.
    pub fn genesis(&self) -> PathBuf {
        self.0.join("genesis")
    }

    /// RocksDB's folder.
    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// The signer guard and journal.
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// The file of one key.
    pub fn key(&self, purpose: &str) -> PathBuf {
        self.0.join("keys").join(purpose)
    }

    /// Keeps other processes out for as long as the file lives.
    pub fn lock(&self) -> Result<File, HomeError> {
        let path = self.0.join("lock");
        let io = |error| HomeError::Io { path: path.clone(), error };
        let file = File::create(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(HomeError::Locked { home: self.0.clone() }),
            Err(TryLockError::Error(error)) => Err(io(error)),
        }
    }

    /// Reads the four keys.
    pub fn keys(&self) -> Result<Keys, HomeError> {
        Ok(Keys {
            validator: keyfile::read(&self.key("validator"))?,
            cosigner: match self.cosigners()?.pop() {
                Some((_, secret)) => secret,
                None => keyfile::read(&self.key("cosigner-0"))?,
            },
            log: keyfile::read(&self.key("log"))?,
            peer: keyfile::read(&self.key("peer"))?,
        })
    }

    /// The cosigning keys that there are, by the numbers of their files.
    pub fn cosigners(&self) -> Result<Vec<(PathBuf, SigningKey)>, HomeError> {
        let folder = self.0.join("keys");
        let io = |error| HomeError::Io { path: folder.clone(), error };
        let mut found: BTreeMap<u64, PathBuf> = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(io)? {
            let path = entry.map_err(io)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = name.strip_prefix(COSIGNER).and_then(|number| number.parse().ok());
            if let Some(number) = number {
                found.insert(number, path);
            }
        }
        found.into_values().map(|path| Ok((path.clone(), keyfile::read(&path)?))).collect()
    }

    /// The file of the cosigning key with this number.
    pub fn cosigner(&self, number: u64) -> PathBuf {
        self.key(&format!("{COSIGNER}{number}"))
    }

    /// Overwrites a file and deletes it, lastingly.
    pub(crate) fn destroy(&self, path: &Path) -> Result<(), HomeError> {
        let destroy = || {
            let file = OpenOptions::new().write(true).open(path)?;
            let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
            file.write_all_at(&vec![0; length], 0)?;
            file.sync_all()?;
            fs::remove_file(path)?;
            sync_parent(path)
        };
        destroy().map_err(|error| HomeError::Io { path: path.to_path_buf(), error })
    }

    /// Writes four new keys; existing ones stay as they are.
    pub fn create_keys(&self, keys: &Keys) -> Result<(), HomeError> {
        let folder = self.0.join("keys");
        make_folder(&folder).map_err(|error| HomeError::Io { path: folder, error })?;
        keyfile::create(&self.key("validator"), &keys.validator)?;
        keyfile::create(&self.key("cosigner-0"), &keys.cosigner)?;
        keyfile::create(&self.key("log"), &keys.log)?;
        keyfile::create(&self.key("peer"), &keys.peer)?;
        Ok(())
    }

    /// Writes a file of the home, all of it or nothing, and lasting.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
        let partial = path.with_extension("partial");
        let write = || {
            make_folder(parent(path))?;
            fs::write(&partial, bytes)?;
            File::open(&partial)?.sync_all()
        };
        write().map_err(|error| HomeError::Io { path: path.to_path_buf(), error })?;
        self.rename(&partial, path)
    }

    /// Gives a file or folder of the home another name, lastingly.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), HomeError> {
        let renamed = fs::rename(from, to).and_then(|()| sync_parent(to));
        renamed.map_err(|error| HomeError::Io { path: to.to_path_buf(), error })
    }

    /// Removes a folder of the home and all that is in it.
    pub(crate) fn remove_folder(&self, path: &Path) -> Result<(), HomeError> {
        fs::remove_dir_all(path).map_err(|error| HomeError::Io { path: path.to_path_buf(), error })
    }
}

/// Waits until a new name in the folder of `path` outlives a power cut: syncing the file alone does not see to that.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

/// Makes a folder and those above it, lastingly; one that is there stays as it is.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    make_folder(parent(path))?;
    fs::create_dir(path)?;
    sync_parent(path)
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_for_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::new(folder.path());
        let held = home.lock().unwrap();
        assert!(matches!(home.lock(), Err(HomeError::Locked { .. })));
        drop(held);
        assert!(home.lock().is_ok());
    }
}
