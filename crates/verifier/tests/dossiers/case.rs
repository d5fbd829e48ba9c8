//! One case of the vectors: a dossier, what is done to it, and what must come of it.
//!
//! ```text
//! case entry-changed
//! from approved.tar
//! splice entries/0000000000000018 100 1 eA==
//! anchor sha256:caa2…
//! expect NOT VERIFIED 11 inclusion
//! ```
//!
//! `docs/protocol.md` says what each line does.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use plenary_core::{archive, hash::Digest};
use plenary_verifier::{
    dossier::{DossierBundle, DossierReport, check_dossier},
    receipt::FileIdentity,
};

/// The files of a folder or of an archive, by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

pub(crate) fn unpacked(bytes: &[u8]) -> Files {
    archive::read(bytes).unwrap().into_iter().map(|(name, content)| (name.to_owned(), content.to_vec())).collect()
}

pub(crate) fn packed(files: &Files) -> Vec<u8> {
    archive::write(files.iter().map(|(name, content)| (name.as_str(), content.as_slice()))).unwrap()
}

/// One thing that is done to a dossier.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Edit {
    Remove(String),
    Rename(String, String),
    Copy(String, String),
    Swap(String, String),
    Take(String, String, String),
    Put(String, Vec<u8>),
    Splice(String, usize, usize, Vec<u8>),
    Bytes(usize, usize, Vec<u8>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) from: String,
    pub(crate) edits: Vec<Edit>,
    /// Documents that the reader holds, by their names in the folder.
    pub(crate) files: Vec<String>,
    /// The reader's older checkpoint, by its name in the folder.
    pub(crate) since: Option<String>,
    /// The reader's anchor, or `none`.
    pub(crate) anchor: String,
    pub(crate) code: u8,
    /// The check that fails.
    pub(crate) check: String,
}

fn words(code: u8) -> &'static str {
    match code {
        0 => "VERIFIED",
        15 => "CANNOT TELL",
        _ => "NOT VERIFIED",
    }
}

fn encoded(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".to_owned() } else { BASE64_STANDARD.encode(bytes) }
}

fn decoded(text: &str) -> Vec<u8> {
    if text == "-" { Vec::new() } else { BASE64_STANDARD.decode(text).unwrap() }
}

fn splice(content: &mut Vec<u8>, offset: usize, length: usize, new: &[u8]) {
    content.splice(offset..offset + length, new.iter().copied());
}

impl Case {
    /// The dossier as the case alters it.
    pub(crate) fn dossier(&self, folder: &Files) -> Vec<u8> {
        let mut files = unpacked(&folder[&self.from]);
        let mut raw = Vec::new();
        for edit in &self.edits {
            match edit {
                Edit::Remove(name) => drop(files.remove(name).unwrap()),
                Edit::Rename(from, to) => {
                    let content = files.remove(from).unwrap();
                    files.insert(to.clone(), content);
                }
                Edit::Copy(from, to) => drop(files.insert(to.clone(), files[from].clone())),
                Edit::Swap(one, other) => {
                    let (first, second) = (files[one].clone(), files[other].clone());
                    files.extend([(one.clone(), second), (other.clone(), first)]);
                }
                Edit::Take(tar, from, to) => {
                    let content = unpacked(&folder[tar]).remove(from).unwrap();
                    files.insert(to.clone(), content);
                }
                Edit::Put(name, content) => drop(files.insert(name.clone(), content.clone())),
                Edit::Splice(name, offset, length, new) => {
                    splice(files.get_mut(name).unwrap(), *offset, *length, new);
                }
                Edit::Bytes(..) => raw.push(edit),
            }
        }
        let mut bytes = packed(&files);
        for edit in raw {
            if let Edit::Bytes(offset, length, new) = edit {
                splice(&mut bytes, *offset, *length, new);
            }
        }
        bytes
    }

    pub(crate) fn report(&self, folder: &Files) -> DossierReport {
        let files: Vec<FileIdentity> = self.files.iter().map(|name| FileIdentity::of(&folder[name])).collect();
        let since = self.since.as_ref().map(|name| folder[name].as_slice());
        let dossier = self.dossier(folder);
        check_dossier(&DossierBundle { dossier: &dossier, files: &files, since }, Digest::parse(&self.anchor))
    }

    /// The exit code and the failing check of a verifier that passes over the rules.
    pub(crate) fn without_rules(&self) -> (u8, &str) {
        if self.check == "rules" { (0, "-") } else { (self.code, &self.check) }
    }

    /// Reads the blocks of a text of cases.
    pub(crate) fn read_all(text: &str) -> Vec<Self> {
        text.split("\n\n").filter(|block| !block.starts_with('#')).map(Self::read).collect()
    }

    fn read(block: &str) -> Self {
        let mut lines = block.trim().lines();
        let name = lines.next().unwrap().strip_prefix("case ").unwrap().to_owned();
        let from = lines.next().unwrap().strip_prefix("from ").unwrap().to_owned();
        let mut case = Self {
            name,
            from,
            edits: vec![],
            files: vec![],
            since: None,
            anchor: String::new(),
            code: 0,
            check: String::new(),
        };
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let text = |text: &str| text.to_owned();
            match words.as_slice() {
                ["remove", name] => case.edits.push(Edit::Remove(text(name))),
                ["rename", from, to] => case.edits.push(Edit::Rename(text(from), text(to))),
                ["copy", from, to] => case.edits.push(Edit::Copy(text(from), text(to))),
                ["swap", one, other] => case.edits.push(Edit::Swap(text(one), text(other))),
                ["take", tar, from, to] => case.edits.push(Edit::Take(text(tar), text(from), text(to))),
                ["put", name, content] => case.edits.push(Edit::Put(text(name), decoded(content))),
                ["splice", name, offset, length, new] => case.edits.push(Edit::Splice(
                    text(name),
                    offset.parse().unwrap(),
                    length.parse().unwrap(),
                    decoded(new),
                )),
                ["bytes", offset, length, new] => {
                    case.edits.push(Edit::Bytes(offset.parse().unwrap(), length.parse().unwrap(), decoded(new)));
                }
                ["file", name] => case.files.push(text(name)),
                ["since", name] => case.since = Some(text(name)),
                ["anchor", anchor] => case.anchor = text(anchor),
                ["expect", .., code, check] => {
                    (case.code, case.check) = (code.parse().unwrap(), text(check));
                    assert_eq!(line, format!("expect {} {code} {check}", self::words(case.code)));
                }
                _ => panic!("{line:?}"),
            }
        }
        case
    }
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remove(name) => write!(f, "remove {name}"),
            Self::Rename(from, to) => write!(f, "rename {from} {to}"),
            Self::Copy(from, to) => write!(f, "copy {from} {to}"),
            Self::Swap(one, other) => write!(f, "swap {one} {other}"),
            Self::Take(tar, from, to) => write!(f, "take {tar} {from} {to}"),
            Self::Put(name, content) => write!(f, "put {name} {}", encoded(content)),
            Self::Splice(name, offset, length, new) => write!(f, "splice {name} {offset} {length} {}", encoded(new)),
            Self::Bytes(offset, length, new) => write!(f, "bytes {offset} {length} {}", encoded(new)),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "case {}\nfrom {}", self.name, self.from)?;
        self.edits.iter().try_for_each(|edit| writeln!(f, "{edit}"))?;
        self.files.iter().try_for_each(|name| writeln!(f, "file {name}"))?;
        self.since.iter().try_for_each(|name| writeln!(f, "since {name}"))?;
        writeln!(f, "anchor {}\nexpect {} {} {}", self.anchor, words(self.code), self.code, self.check)
    }
}
