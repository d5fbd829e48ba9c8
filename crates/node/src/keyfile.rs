//! Key files: OpenSSH private keys that only their owner can read.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;
use ssh_key::{
    LineEnding, PrivateKey,
    private::{Ed25519Keypair, Ed25519PrivateKey, KeypairData},
    public::Ed25519PublicKey,
};
use thiserror::Error;

use crate::home::sync_parent;

/// Why a key file cannot be used.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// Someone else can read the file.
    #[error("the key file can be read by others\n  {path} has mode {mode:04o}\n  do: chmod 600 {path}", path = path.display())]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is no such file.
    #[error("there is no key file {path}\n  do: restore it from a backup, readable by its owner alone", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("the key file {path} cannot be used: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file holds no Ed25519 key in OpenSSH's format.
    #[error("{path} holds no OpenSSH Ed25519 private key\n  do: restore it from a backup", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The key is protected by a passphrase.
    #[error("the key in {path} is protected by a passphrase, which a program that runs alone cannot be asked for", path = path.display())]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
}

/// Reads an unprotected key that nobody but its owner can read.
pub fn read(path: &Path) -> Result<SigningKey, KeyFileError> {
    let io = |error| KeyFileError::Io { path: path.to_path_buf(), error };
    let metadata = fs::metadata(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            KeyFileError::Missing { path: path.to_path_buf() }
        } else {
            io(error)
        }
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Readable { path: path.to_path_buf(), mode });
    }
    let text = fs::read_to_string(path).map_err(io)?;
    let key = PrivateKey::from_openssh(&text).map_err(|_| KeyFileError::Format { path: path.to_path_buf() })?;
    if key.is_encrypted() {
        return Err(KeyFileError::Passphrase { path: path.to_path_buf() });
    }
    let pair = key.key_data().ed25519().ok_or_else(|| KeyFileError::Format { path: path.to_path_buf() })?;
    Ok(SigningKey::from_bytes(pair.private.as_ref()))
}

/// Writes a key into a new file that only its owner can read; an existing file stays as it is.
pub fn create(path: &Path, secret: &SigningKey) -> Result<(), KeyFileError> {
    let io = |error| KeyFileError::Io { path: path.to_path_buf(), error };
    let format = || KeyFileError::Format { path: path.to_path_buf() };
    let pair = Ed25519Keypair {
        public: Ed25519PublicKey(secret.verifying_key().to_bytes()),
        private: Ed25519PrivateKey::from_bytes(secret.as_bytes()),
    };
    // The check number only tells a wrong passphrase; there is none here.
    let key = PrivateKey::new(KeypairData::Ed25519(pair), "").map_err(|_| format())?;
    let text = key.to_openssh(LineEnding::LF).map_err(|_| format())?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_parent(path)).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let secret = SigningKey::from_bytes(&[7; 32]);
        create(&path, &secret).unwrap();
        assert_eq!(read(&path).unwrap(), secret);
        assert!(matches!(create(&path, &secret), Err(KeyFileError::Io { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains("has mode 0640") && error.contains("do: chmod 600"), "{error}");
    }

    #[test]
    fn a_file_that_is_no_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(matches!(read(&path), Err(KeyFileError::Missing { .. })));
        fs::write(&path, "secret").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(read(&path), Err(KeyFileError::Format { .. })));
    }
}
