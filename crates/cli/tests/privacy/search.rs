//! Secrets, and where they are found.

use std::{
    fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use memchr::memmem;

/// A secret, and every way in which it might be written down.
#[derive(Clone)]
pub(crate) struct Canary {
    pub(crate) what: String,
    forms: Vec<Vec<u8>>,
}

/// A secret, and the file that holds it.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Hit {
    pub(crate) what: String,
    pub(crate) place: PathBuf,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Canary {
    /// A value of an identity.
    pub(crate) fn text(what: &str, text: &str) -> Self {
        let forms = [text.to_owned(), text.to_lowercase(), text.to_uppercase(), hex(text.as_bytes())];
        Self { what: what.to_owned(), forms: forms.into_iter().map(String::into_bytes).collect() }
    }

    /// A salt or a key.
    pub(crate) fn bytes(what: &str, bytes: &[u8]) -> Self {
        let numbers = format!("{bytes:?}");
        let forms = vec![
            bytes.to_vec(),
            hex(bytes).into_bytes(),
            hex(bytes).to_uppercase().into_bytes(),
            numbers.trim_matches(['[', ']']).as_bytes().to_vec(),
            numbers.replace(' ', "").trim_matches(['[', ']']).as_bytes().to_vec(),
        ];
        Self { what: what.to_owned(), forms }
    }

    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| memmem::find(bytes, form).is_some())
    }
}

/// Every file of these folders, and of those within.
pub(crate) fn every_file(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { every_file(&path) } else { vec![path] }).collect()
}

/// Which of `canaries` are in the files of `folders`, or in their names.
pub(crate) fn files(folders: &[&Path], canaries: &[Canary]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for place in folders.iter().flat_map(|folder| every_file(folder)) {
        // A node may take a file away meanwhile.
        let bytes = fs::read(&place).unwrap_or_default();
        let name = place.as_os_str().as_encoded_bytes();
        for canary in canaries.iter().filter(|canary| canary.is_in(&bytes) || canary.is_in(name)) {
            hits.push(Hit { what: canary.what.clone(), place: place.clone() });
        }
    }
    hits
}

/// Which of `canaries` are in the memory of a process, as a core dump would have it.
pub(crate) fn memory(pid: u32, canaries: &[Canary]) -> Vec<Hit> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let place = PathBuf::from(format!("/proc/{pid}/mem"));
    let memory = fs::File::open(&place).unwrap();
    let mut hits = Vec::new();
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, access) = (words.next().unwrap(), words.next().unwrap());
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
        // Only what the program can write can hold what it has read.
        if !access.starts_with("rw") {
            continue;
        }
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // A part may be taken away meanwhile.
        if memory.read_exact_at(&mut bytes, from).is_err() {
            continue;
        }
        for canary in canaries.iter().filter(|canary| canary.is_in(&bytes)) {
            hits.push(Hit { what: canary.what.clone(), place: place.clone() });
        }
    }
    hits
}
