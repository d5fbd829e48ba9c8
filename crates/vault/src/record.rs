//! A person's record as a file: what it opens, in clear, and the disclosures that open it, sealed.
//!
//! ```text
//! email sha256:…    a line for each disclosure, in their order: its field, and the commitment on the ledger
//!                   an empty line
//! …                 the disclosures, sealed; the lines above are bound to them
//! ```
//!
//! So it can be asked whether something is to be destroyed without opening
//! anything, and a node that only erases has no value in its memory.

use std::path::Path;

use plenary_core::hash::Digest;
use plenary_procedure::participant::IdentityField;
use zeroize::Zeroizing;

use crate::{file, sealed::RecordKey, vault::VaultError};

/// What a record opens, in the order of its disclosures.
pub(crate) type Contents = Vec<(IdentityField, Digest)>;

/// A record that was read and not opened.
pub(crate) struct Record {
    /// What it opens.
    pub(crate) contents: Contents,
    sealed: Vec<u8>,
}

impl Record {
    /// Reads the file at `path`, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, VaultError> {
        let Some(bytes) = file::read(path)? else {
            return Ok(None);
        };
        let record = Self::parse(&bytes);
        record.map(Some).ok_or_else(|| VaultError::Damaged { path: path.to_path_buf() })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(2).position(|two| two == b"\n\n")?;
        let (head, sealed) = (bytes.get(..end)?, bytes.get(end.checked_add(2)?..)?);
        let line = |line: &str| {
            let (field, commitment) = line.split_once(' ')?;
            Some((IdentityField::parse(field)?, Digest::parse(commitment)?))
        };
        let contents = str::from_utf8(head).ok()?.lines().map(line).collect::<Option<Contents>>()?;
        Some(Self { contents, sealed: sealed.to_vec() })
    }

    /// The disclosures, a line each; none if the key is another one's or the file was changed.
    pub(crate) fn open(&self, key: &RecordKey, owner: &str) -> Option<Zeroizing<Vec<u8>>> {
        key.open(&bound(owner, &self.contents), &self.sealed)
    }

    /// Writes the disclosures in `text`, which open `contents`, under a key that seals nothing else.
    pub(crate) fn write(
        path: &Path,
        key: &RecordKey,
        owner: &str,
        (contents, text): (&Contents, &[u8]),
    ) -> Result<(), VaultError> {
        let sealed = key.seal(&bound(owner, contents), text).map_err(VaultError::Randomness)?;
        file::write(path, &[head(contents).as_bytes(), b"\n", &sealed].concat())
    }
}

fn head(contents: &Contents) -> String {
    contents.iter().map(|(field, commitment)| format!("{} {commitment}\n", field.as_str())).collect()
}

/// Whose a record is and what it opens: it is sealed together with this.
fn bound(owner: &str, contents: &Contents) -> String {
    format!("{owner}\n{}", head(contents))
}
