//! Files that only their owner can read, and that are overwritten before they go.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use zeroize::Zeroizing;

use crate::vault::VaultError;

/// The longest file of a vault, in bytes.
pub(crate) const BYTES_MAX: u64 = 65_536;

fn failed(path: &Path) -> impl FnOnce(io::Error) -> VaultError {
    let path = path.to_path_buf();
    move |error| VaultError::Io { path, error }
}

/// Makes a folder that only its owner can enter, if it is not there.
pub(crate) fn create_folder(path: &Path) -> Result<(), VaultError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => sync(path.parent().unwrap_or(path)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_mode(path),
        Err(error) => Err(failed(path)(error)),
    }
}

/// Refuses what anybody but its owner can read or enter.
pub(crate) fn check_mode(path: &Path) -> Result<(), VaultError> {
    let metadata = fs::symlink_metadata(path).map_err(failed(path))?;
    if metadata.is_symlink() {
        return Err(VaultError::Link { path: path.to_path_buf() });
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(VaultError::Readable { path: path.to_path_buf(), mode });
    }
    Ok(())
}

/// The bytes of a file that only its owner can read, or none if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path)(error)),
        Ok(_) => check_mode(path)?,
    }
    let file = File::open(path).map_err(failed(path))?;
    let length = file.metadata().map_err(failed(path))?.len().min(BYTES_MAX);
    // Reserved at once, since a growing vector would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(64)));
    file.take(BYTES_MAX.saturating_add(1)).read_to_end(&mut bytes).map_err(failed(path))?;
    if BYTES_MAX < u64::try_from(bytes.len()).unwrap_or(u64::MAX) {
        return Err(VaultError::Damaged { path: path.to_path_buf() });
    }
    Ok(Some(bytes))
}

/// Writes a new file and syncs it; what a crash left at its place goes first.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    shred(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed(path))?;
    sync(path.parent().unwrap_or(path))
}

/// Puts `new` in the place of `path` in one step, and overwrites what stood there.
pub(crate) fn replace(path: &Path, new: &Path) -> Result<(), VaultError> {
    let old = match OpenOptions::new().write(true).open(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(path)(error)),
    };
    fs::rename(new, path).map_err(failed(path))?;
    sync(path.parent().unwrap_or(path))?;
    old.map_or(Ok(()), |old| overwrite(old).map_err(failed(path)))
}

/// Overwrites a file with zeros, syncs it and takes it away; whether there was one.
pub(crate) fn shred(path: &Path) -> Result<bool, VaultError> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => overwrite(file).map_err(failed(path))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(path)(error)),
    }
    fs::remove_file(path).map_err(failed(path))?;
    sync(path.parent().unwrap_or(path))?;
    Ok(true)
}

fn overwrite(mut file: File) -> io::Result<()> {
    let length = file.metadata()?.len();
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()
}

fn sync(folder: &Path) -> Result<(), VaultError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed(folder))
}
