//! A receipt as a folder of files, each of which other people's tools can read.
//!
//! ```text
//! usecase.docx              the document
//! usecase.docx.receipt/
//!   record                  the record file as it was signed
//!   genesis                 the ledger's first line
//!   entry                   the record file and, under it, what the ledger found
//!   proof                   where in the log the entry is, and who signed for it (C2SP tlog-proof)
//!   seal                    the last entry under the proof's checkpoint: whose term it was
//!   seal.path               where the seal is
//!   epochs/0001.entry       after the first epoch: a change of validators …
//!   epochs/0001.proof       … and its proof, by the validators before it; so for every change
//! ```
//!
//! `record` is there as soon as the record was sent, the rest once it is final.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use plenary_core::hash::Digest;
use plenary_rpc::answer::{Change, Receipt};
use plenary_verifier::{
    epochs::{EpochFiles, TipFiles},
    receipt::{FileIdentity, ReceiptBundle, check_receipt},
    report::Report,
};

use crate::problem::Problem;

/// The largest file of a receipt that is read, in bytes.
const BYTES_MAX: u64 = 8 << 20;

/// The folder of the changes of validators.
const EPOCHS: &str = "epochs";

/// The most changes of validators that have a name of four digits.
const EPOCHS_MAX: u32 = 9_999;

/// An entry, and what shows where it stands.
pub type Proven = (Vec<u8>, Vec<u8>);

/// A folder that holds a receipt, or will hold it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiptFolder(PathBuf);

/// What a receipt consists of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// The genesis line.
    pub genesis: Vec<u8>,
    /// The entry.
    pub entry: Vec<u8>,
    /// The C2SP tlog-proof.
    pub proof: Vec<u8>,
    /// The entry and the proof of each change of validators.
    pub epochs: Vec<Proven>,
    /// The seal under the proof's checkpoint, and its path, if they are there.
    pub tip: Option<Proven>,
}

impl ReceiptFolder {
    /// The folder at `path`.
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// The folder beside `file`, which may also be such a folder itself.
    pub fn beside(file: &Path) -> Self {
        if file.is_dir() {
            return Self(file.to_path_buf());
        }
        let mut name = file.as_os_str().to_owned();
        name.push(".receipt");
        Self(PathBuf::from(name))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes the record file as it was signed.
    pub fn write_record(&self, record: &[u8]) -> Result<(), Problem> {
        self.write("record", record)
    }

    /// Writes the receipt of a record that is final.
    pub fn write_receipt(&self, genesis: &str, receipt: &Receipt) -> Result<(), Problem> {
        self.write("genesis", genesis.as_bytes())?;
        self.write("entry", receipt.entry.as_bytes())?;
        self.write("proof", receipt.proof.as_bytes())?;
        self.write("seal", receipt.seal.as_bytes())?;
        self.write("seal.path", receipt.seal_path.as_bytes())?;
        self.write_epochs(&receipt.epochs)
    }

    /// Writes the changes of validators in place of those of an earlier receipt.
    fn write_epochs(&self, changes: &[Change]) -> Result<(), Problem> {
        let folder = self.0.join(EPOCHS);
        if folder.is_dir() {
            fs::remove_dir_all(&folder).map_err(|error| Problem::file(&folder, error))?;
        }
        if !changes.is_empty() {
            fs::create_dir_all(&folder).map_err(|error| Problem::file(&folder, error))?;
        }
        for (number, change) in (1_u32..).zip(changes) {
            self.write(&format!("{EPOCHS}/{number:04}.entry"), change.entry.as_bytes())?;
            self.write(&format!("{EPOCHS}/{number:04}.proof"), change.proof.as_bytes())?;
        }
        Ok(())
    }

    /// The changes of validators: as many as there are without a gap.
    fn epochs(&self) -> Result<Vec<Proven>, Problem> {
        let mut changes = Vec::new();
        for number in 1..=EPOCHS_MAX {
            let entry = self.optional(&format!("{EPOCHS}/{number:04}.entry"))?;
            let proof = self.optional(&format!("{EPOCHS}/{number:04}.proof"))?;
            match (entry, proof) {
                (None, None) => break,
                (entry, proof) => changes.push((entry.unwrap_or_default(), proof.unwrap_or_default())),
            }
        }
        Ok(changes)
    }

    fn optional(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        match self.read(name) {
            Err(Problem::FileMissing { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The record file as it was signed, if it is there.
    pub fn record(&self) -> Result<Option<Vec<u8>>, Problem> {
        self.optional("record")
    }

    /// The receipt, if all of it is there.
    pub fn receipt(&self) -> Result<Option<Held>, Problem> {
        let read = || Ok((self.read("genesis")?, self.read("entry")?, self.read("proof")?));
        let (genesis, entry, proof) = match read() {
            Err(Problem::FileMissing { .. }) => return Ok(None),
            other => other?,
        };
        let tip = self.optional("seal")?.zip(self.optional("seal.path")?);
        Ok(Some(Held { genesis, entry, proof, epochs: self.epochs()?, tip }))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Problem> {
        read_file(&self.0.join(name), BYTES_MAX)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Problem> {
        fs::create_dir_all(&self.0).map_err(|error| Problem::file(&self.0, error))?;
        replace(&self.0.join(name), bytes)
    }
}

impl Held {
    /// Checks the receipt, and the document if there is one.
    pub fn check(&self, file: Option<FileIdentity>, anchor: Option<Digest>) -> Report {
        let epochs: Vec<EpochFiles<'_>> =
            self.epochs.iter().map(|(entry, proof)| EpochFiles { entry, proof }).collect();
        let tip = self.tip.as_ref().map(|(seal, path)| TipFiles { seal, path });
        let Self { genesis, entry, proof, .. } = self;
        check_receipt(&ReceiptBundle { genesis, entry, proof, file, epochs: &epochs, tip }, anchor)
    }
}

/// Reads a file of `limit` bytes at most.
pub fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, Problem> {
    let size = fs::metadata(path).map_err(|error| Problem::file(path, error))?.len();
    if limit < size {
        let error = io::Error::new(io::ErrorKind::FileTooLarge, format!("{size} bytes; {limit} are read at most"));
        return Err(Problem::file(path, error));
    }
    fs::read(path).map_err(|error| Problem::file(path, error))
}

/// Puts a file in place as a whole, so that a reader never sees half of it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    fs::write(&part, bytes).and_then(|()| fs::rename(&part, path)).map_err(|error| Problem::file(path, error))
}

#[cfg(test)]
mod tests {
    use plenary_rpc::json::Number;

    use super::*;

    #[test]
    fn a_receipt_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let receipt = ReceiptFolder::beside(&folder.path().join("a.pdf"));
        assert!(receipt.path().ends_with("a.pdf.receipt"));
        assert_eq!((receipt.record().unwrap(), receipt.receipt().unwrap()), (None, None));
        receipt.write_record(b"record").unwrap();
        assert_eq!((receipt.record().unwrap(), receipt.receipt().unwrap()), (Some(b"record".to_vec()), None));
        let change = |text: &str| Change { entry: format!("{text} entry"), proof: format!("{text} proof") };
        let mut answer = Receipt {
            index: Number(4),
            entry: "entry".into(),
            proof: "proof".into(),
            epochs: vec![change("first"), change("second")],
            seal: "seal".into(),
            seal_path: "path".into(),
        };
        let held = |changes: &[&str]| Held {
            genesis: b"genesis".to_vec(),
            entry: b"entry".to_vec(),
            proof: b"proof".to_vec(),
            epochs: changes
                .iter()
                .map(|text| (format!("{text} entry").into_bytes(), format!("{text} proof").into_bytes()))
                .collect(),
            tip: Some((b"seal".to_vec(), b"path".to_vec())),
        };
        receipt.write_receipt("genesis", &answer).unwrap();
        assert_eq!(receipt.receipt().unwrap(), Some(held(&["first", "second"])));
        // What a receipt under an earlier head does not need is not left over.
        answer.epochs.truncate(1);
        receipt.write_receipt("genesis", &answer).unwrap();
        assert_eq!(receipt.receipt().unwrap(), Some(held(&["first"])));
        fs::remove_file(receipt.path().join("seal")).unwrap();
        assert_eq!(receipt.receipt().unwrap(), Some(Held { tip: None, ..held(&["first"]) }));
        assert_eq!(ReceiptFolder::beside(receipt.path()), receipt);
    }
}
