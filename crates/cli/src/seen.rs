//! Heads of logs that this person has seen: a ledger that was rewritten cannot show them again as its own past.
//!
//! `~/.local/share/plenary/checkpoints/<ledger>` holds the largest head that was
//! verified; `evidence/<ledger>` beside it what contradicts it, if something ever did.

use std::path::PathBuf;

use plenary_core::hash::Digest;
use plenary_verifier::checks::TrustedGenesis;

use crate::{
    bundle::{read_file, replace},
    doubt::{Doubt, Fork, SignedHead},
    machine::Machine,
    problem::Problem,
    screen::Screen,
};

/// The longest checkpoint or receipt file, in bytes.
const BYTES_MAX: u64 = 65_536;

/// Where the heads of one ledger are kept.
#[derive(Debug)]
pub struct Seen {
    /// Nothing is kept for somebody without a home.
    folder: Option<PathBuf>,
    ledger: Digest,
}

impl Seen {
    /// The heads of `ledger`.
    pub fn of(ledger: Digest, machine: &Machine) -> Self {
        Self { folder: machine.data().ok(), ledger }
    }

    fn path(&self) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join("checkpoints").join(self.ledger.to_hex()))
    }

    /// The head that was kept, and the one in the file `since` if there is one.
    pub fn heads(&self, since: Option<&std::path::Path>, trusted: &TrustedGenesis) -> Result<Vec<SignedHead>, Doubt> {
        let mut heads = Vec::new();
        if let Some(path) = since {
            heads.push(SignedHead::read(&text(path.to_path_buf())?, format!("in {}", path.display()), trusted)?);
        }
        if let Some(kept) = self.kept()? {
            heads.push(SignedHead::read(&kept, "seen before".to_owned(), trusted)?);
        }
        Ok(heads)
    }

    /// The text of the checkpoint that was kept.
    pub fn kept(&self) -> Result<Option<String>, Problem> {
        match self.path().map(text) {
            None | Some(Err(Problem::FileMissing { .. })) => Ok(None),
            Some(other) => other.map(Some),
        }
    }

    /// Keeps a head that extends all that were seen.
    pub fn keep(&self, head: &SignedHead, screen: &mut Screen<'_>) -> Result<(), Problem> {
        let Some(path) = self.path() else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
        }
        replace(&path, head.checkpoint.to_string().as_bytes())?;
        screen.say(&format!("kept       the head of {} entries, for the next time", head.checkpoint.head.size));
        Ok(())
    }

    /// Writes a fork down, and says where.
    pub fn write_down(&self, fork: &Fork, screen: &mut Screen<'_>) -> Result<(), Problem> {
        let folder = self.folder.clone().unwrap_or_default().join("evidence").join(self.ledger.to_hex());
        let folder = fork.write(&folder)?;
        screen.say(&format!("written    {}: both heads with their signatures; show them to others", folder.display()));
        Ok(())
    }
}

fn text(path: PathBuf) -> Result<String, Problem> {
    let bytes = read_file(&path, BYTES_MAX)?;
    String::from_utf8(bytes).map_err(|_| {
        Problem::usage(format!("{} is no checkpoint", path.display()), "give a checkpoint, or the proof of a receipt")
    })
}
