//! A receipt as a folder of files, each of which other people's tools can read.
//!
//! ```text
//! usecase.docx              the document
//! usecase.docx.receipt/
//!   record                  the record file as it was signed
//!   genesis                 the ledger's first line
//!   entry                   the record file and, under it, what the ledger found
//!   proof                   where in the log the entry is, and who signed for it (C2SP tlog-proof)
//!   epochs                  after the first epoch: every change of validators with its proof
//! ```
//!
//! `record` is there as soon as the record was sent, the rest once it is final.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use plenary_rpc::answer::Receipt;
use plenary_verifier::receipt::{FileIdentity, ReceiptBundle};

use crate::problem::Problem;

/// The largest file of a receipt that is read, in bytes.
const BYTES_MAX: u64 = 8 << 20;

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
        receipt.epochs.as_ref().map_or(Ok(()), |epochs| self.write("epochs", epochs.as_bytes()))
    }

    /// The record file as it was signed, if it is there.
    pub fn record(&self) -> Result<Option<Vec<u8>>, Problem> {
        match self.read("record") {
            Err(Problem::FileMissing { .. }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The receipt, if all of it is there.
    pub fn receipt(&self) -> Result<Option<Held>, Problem> {
        let read =
            || Ok(Held { genesis: self.read("genesis")?, entry: self.read("entry")?, proof: self.read("proof")? });
        match read() {
            Err(Problem::FileMissing { .. }) => Ok(None),
            other => other.map(Some),
        }
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
    /// The receipt as the verifier takes it, with the document if there is one.
    pub fn bundle(&self, file: Option<FileIdentity>) -> ReceiptBundle<'_> {
        ReceiptBundle { genesis: &self.genesis, entry: &self.entry, proof: &self.proof, file }
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
        let answer = Receipt { index: Number(4), entry: "entry".into(), proof: "proof".into(), epochs: None };
        receipt.write_receipt("genesis", &answer).unwrap();
        let held = Held { genesis: b"genesis".to_vec(), entry: b"entry".to_vec(), proof: b"proof".to_vec() };
        assert_eq!(receipt.receipt().unwrap(), Some(held));
        assert_eq!(ReceiptFolder::beside(receipt.path()), receipt);
    }
}
