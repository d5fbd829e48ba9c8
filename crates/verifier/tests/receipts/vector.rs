//! One receipt check as files, and what must come of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use plenary_core::hash::Digest;
use plenary_verifier::{
    SCRIPT,
    epochs::{EpochFiles, TipFiles},
    receipt::{FileIdentity, ReceiptBundle, check_receipt},
    report::Report,
};

/// The files that a reader would hold.
#[derive(Clone)]
pub(crate) struct Files {
    pub(crate) genesis: Vec<u8>,
    pub(crate) entry: Vec<u8>,
    pub(crate) proof: Vec<u8>,
    pub(crate) file: Option<Vec<u8>>,
    pub(crate) anchor: String,
    /// The changes of validators: each entry and its proof.
    pub(crate) epochs: Vec<(Vec<u8>, Vec<u8>)>,
    /// The seal under the head, and its path.
    pub(crate) tip: Option<(Vec<u8>, Vec<u8>)>,
}

/// Files, and the verdict on them.
#[derive(Clone)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) files: Files,
    pub(crate) word: &'static str,
    pub(crate) code: u8,
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/receipts")
}

impl Vector {
    pub(crate) fn new(name: &str, code: u8, files: Files) -> Self {
        let word = match code {
            0 => "VERIFIED",
            15 => "CANNOT TELL",
            _ => "NOT VERIFIED",
        };
        Self { name: name.to_owned(), files, word, code }
    }

    /// The vector's files, by path.
    pub(crate) fn contents(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let Files { genesis, entry, proof, file, anchor, epochs, tip } = &self.files;
        let expected = format!("{}\n{}\n", self.word, self.code);
        let mut contents = vec![
            ("genesis".to_owned(), genesis.clone()),
            ("entry".to_owned(), entry.clone()),
            ("proof".to_owned(), proof.clone()),
            ("anchor".to_owned(), format!("{anchor}\n").into_bytes()),
            ("expected".to_owned(), expected.into_bytes()),
        ];
        contents.extend(file.clone().map(|file| ("file".to_owned(), file)));
        for (number, (entry, proof)) in (1..).zip(epochs) {
            contents.push((format!("epochs/{number:04}.entry"), entry.clone()));
            contents.push((format!("epochs/{number:04}.proof"), proof.clone()));
        }
        if let Some((seal, path)) = tip {
            contents.push(("seal".to_owned(), seal.clone()));
            contents.push(("seal.path".to_owned(), path.clone()));
        }
        contents.into_iter().map(|(name, content)| (folder().join(&self.name).join(name), content)).collect()
    }

    pub(crate) fn report(&self) -> Report {
        let Files { genesis, entry, proof, file, anchor, epochs, tip } = &self.files;
        let file = file.as_ref().map(|file| FileIdentity::of(file));
        let epochs: Vec<EpochFiles<'_>> = epochs.iter().map(|(entry, proof)| EpochFiles { entry, proof }).collect();
        let tip = tip.as_ref().map(|(seal, path)| TipFiles { seal, path });
        check_receipt(&ReceiptBundle { genesis, entry, proof, file, epochs: &epochs, tip }, Digest::parse(anchor))
    }

    /// Runs the script on copies of the files, in a folder of their own.
    pub(crate) fn shell(&self) -> Output {
        let place = tempfile::tempdir().unwrap();
        let mut command = Command::new("bash");
        fs::write(place.path().join("verify-receipt.sh"), SCRIPT).unwrap();
        command.current_dir(place.path()).args(["verify-receipt.sh", "genesis", "entry", "proof", &self.files.anchor]);
        for (path, content) in self.contents() {
            let path = place.path().join(path.strip_prefix(folder().join(&self.name)).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        if self.files.file.is_some() {
            command.arg("file");
        }
        let before = fs::read_dir(place.path()).unwrap().count();
        let output = command.output().unwrap();
        let after = fs::read_dir(place.path()).unwrap().count();
        assert_eq!(before, after, "{}: the script left something behind", self.name);
        output
    }

    pub(crate) fn check_shell(&self) {
        let output = self.shell();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let last = text.lines().last().unwrap_or_default();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(self.code.into()), "{}:\n{text}{errors}", self.name);
        assert_eq!(last.split("   ").next(), Some(self.word), "{}:\n{text}{errors}", self.name);
        assert!(errors.is_empty() && !text.contains("this script stopped"), "{}:\n{text}{errors}", self.name);
        if self.code == 0 {
            let report = self.report().to_string();
            let rust: Vec<&str> = report.lines().skip(2).chain(["VERIFIED"]).collect();
            // The one thing that the script leaves to Rust, and says so.
            let shell: Vec<&str> = text.lines().filter(|line| !line.contains("Normalization")).collect();
            assert_eq!(shell, rust, "{}: the two verifiers say it in other words", self.name);
        }
    }
}
