//! What an erasure leaves behind: what does not come back, and what was destroyed.

use std::{collections::BTreeSet, path::Path};

use plenary_procedure::{erasure::Destroyed, participant::IdentityField};

use crate::{file, vault::VaultError};

/// A person's tombstone; that of somebody of whom nothing was erased is empty.
///
/// What was destroyed is written down before it is, so that a node that is
/// stopped in between can still say it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tombstone {
    /// The fields that do not come back.
    pub(crate) fields: BTreeSet<IdentityField>,
    /// What was destroyed, in all erasures together.
    pub(crate) destroyed: BTreeSet<Destroyed>,
}

impl Tombstone {
    /// Reads the file at `path`, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Self, VaultError> {
        let Some(bytes) = file::read(path)? else {
            return Ok(Self::default());
        };
        let damaged = || VaultError::Damaged { path: path.to_path_buf() };
        let mut tombstone = Self::default();
        for word in str::from_utf8(&bytes).map_err(|_| damaged())?.lines() {
            match (IdentityField::parse(word), Destroyed::parse(word)) {
                (Some(field), _) => tombstone.fields.insert(field),
                (None, Some(part)) => tombstone.destroyed.insert(part),
                (None, None) => return Err(damaged()),
            };
        }
        Ok(tombstone)
    }

    /// Writes the file: a word on each line.
    pub(crate) fn write(&self, path: &Path) -> Result<(), VaultError> {
        let fields = self.fields.iter().map(|field| field.as_str());
        let words = fields.chain(self.destroyed.iter().map(|part| part.as_str()));
        let text: String = words.map(|word| format!("{word}\n")).collect();
        let new = path.with_added_extension("new");
        file::write(&new, text.as_bytes())?;
        file::replace(path, &new)
    }
}
