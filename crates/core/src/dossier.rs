//! The dossier: one file with everything that an auditor checks about one subject.
//!
//! ```text
//! about                        {"kind":"dossier","ledger":"sha256:…","subject":"fg-dlt/deliverable/D1.1","v":1}
//! checkpoint                   the signed head under which all of it is proven
//! disclosures/<commitment>     what opens a commitment
//! documents/<SHA-256>          a document
//! entries/<index>              an entry of the log
//! epochs/<epoch>.entry         a change of validators, and
//! epochs/<epoch>.proof         its receipt under the epoch before
//! paths/<index>                the inclusion path of an entry
//! since/checkpoint             an older checkpoint, and
//! since/path                   the consistency path from it
//! slot-paths/<slot>            the inclusion path of a slot
//! slots/<slot>                 a subject's slot
//! ```
//!
//! Reading checks the form of all that is not checked by itself later, and
//! that nothing is there without what belongs to it; it proves nothing.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use thiserror::Error;

use crate::{
    archive::{self, ArchiveError},
    entry::{EntryError, LedgerLine},
    hash::Digest,
    json::{self, INTEGER_END, JsonError, Object},
    merkle::PATH_LENGTH_MAX,
    note,
    subject::{Chain, Subject},
};

/// The longest `about` line, in bytes.
const ABOUT_BYTES_MAX: usize = 1_024;

/// The last epoch that has a file name.
const EPOCH_MAX: u64 = 9_999;

/// Why bytes are no dossier, or a dossier cannot be written.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DossierError {
    /// The container is no archive, or not in its one spelling.
    #[error("the archive cannot be read: {0}")]
    Archive(#[from] ArchiveError),
    /// The format is one of another version.
    #[error("the dossier has a format of another version")]
    Newer,
    /// No dossier has a file of this name.
    #[error("{0} is no file of a dossier")]
    Unknown(String),
    /// A file is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file has another form than its name asks for.
    #[error("{name} {problem}")]
    Form {
        /// The file.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The `about` line cannot be written.
    #[error("about: {0}")]
    About(#[from] JsonError),
}

/// What a dossier says of itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct About {
    /// The ledger's identity.
    pub ledger: Digest,
    /// Whose records it holds.
    pub subject: Subject,
}

/// An entry of the log and its inclusion path under the checkpoint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProvenEntry<'a> {
    /// The entry.
    pub entry: Cow<'a, [u8]>,
    /// The path, the leaf's sibling first.
    pub path: Vec<Digest>,
}

/// A subject's slot and its inclusion path under the last seal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProvenSlot {
    /// Whose it is.
    pub subject: Subject,
    /// How many entries the subject has, and the hash over them.
    pub chain: Chain,
    /// The path, the leaf's sibling first.
    pub path: Vec<Digest>,
}

/// The change of validators that begins an epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EpochChange<'a> {
    /// The entry of the record.
    pub entry: Cow<'a, [u8]>,
    /// Its receipt (C2SP tlog-proof) under the closing checkpoint of the epoch before.
    pub proof: Cow<'a, [u8]>,
}

/// An older checkpoint, and the consistency path that leads on from it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Since<'a> {
    /// The text of the older checkpoint.
    pub checkpoint: Cow<'a, [u8]>,
    /// The path.
    pub path: Vec<Digest>,
}

/// All of a dossier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Dossier<'a> {
    /// What it says of itself.
    pub about: About,
    /// The text of the checkpoint.
    pub checkpoint: Cow<'a, [u8]>,
    /// Disclosures, by the commitment that each is said to open.
    pub disclosures: BTreeMap<Digest, Cow<'a, [u8]>>,
    /// Documents, by the digest that each is said to have.
    pub documents: BTreeMap<Digest, Cow<'a, [u8]>>,
    /// Entries, by their index; entry 0 is among them.
    pub entries: BTreeMap<u64, ProvenEntry<'a>>,
    /// The changes of validators, from epoch 1 on.
    pub epochs: Vec<EpochChange<'a>>,
    /// An older checkpoint.
    pub since: Option<Since<'a>>,
    /// Slots, by their index.
    pub slots: BTreeMap<u64, ProvenSlot>,
}

impl<'a> Dossier<'a> {
    /// Reads the one spelling that `write` gives.
    pub fn read(bytes: &'a [u8]) -> Result<Self, DossierError> {
        let mut files = Files::read(bytes)?;
        let about = read_about(files.need(&FileName::About)?)?;
        let checkpoint = Cow::Borrowed(files.need(&FileName::Checkpoint)?);
        let dossier = Self {
            about,
            checkpoint,
            disclosures: files.disclosures(),
            documents: files.documents(),
            entries: files.entries()?,
            epochs: files.epochs()?,
            since: files.since()?,
            slots: files.slots()?,
        };
        // What is left belongs to something that is not there.
        match files.0.keys().next() {
            Some(FileName::Path(index)) => Err(missing(&FileName::Entry(*index))),
            Some(FileName::SlotPath(slot)) => Err(missing(&FileName::Slot(*slot))),
            Some(FileName::EpochEntry(epoch) | FileName::EpochProof(epoch)) => Err(missing(&before(*epoch))),
            Some(FileName::SincePath) => Err(missing(&FileName::SinceCheckpoint)),
            Some(left) => Err(DossierError::Unknown(left.to_string())),
            None if !dossier.entries.contains_key(&0) => Err(missing(&FileName::Entry(0))),
            None => Ok(dossier),
        }
    }

    /// Writes the file.
    pub fn write(&self) -> Result<Vec<u8>, DossierError> {
        let mut files: BTreeMap<String, Cow<'_, [u8]>> = BTreeMap::new();
        let mut put = |name: FileName, content| files.insert(name.to_string(), content);
        put(FileName::About, Cow::Owned(write_about(&self.about)?));
        put(FileName::Checkpoint, Cow::Borrowed(&self.checkpoint));
        for (commitment, line) in &self.disclosures {
            put(FileName::Disclosure(*commitment), Cow::Borrowed(line));
        }
        for (digest, content) in &self.documents {
            put(FileName::Document(*digest), Cow::Borrowed(content));
        }
        for (index, ProvenEntry { entry, path }) in &self.entries {
            put(FileName::Entry(*index), Cow::Borrowed(entry));
            put(FileName::Path(*index), Cow::Owned(write_path(*index, path)));
        }
        for (epoch, EpochChange { entry, proof }) in (1..).zip(&self.epochs) {
            put(FileName::EpochEntry(epoch), Cow::Borrowed(entry));
            put(FileName::EpochProof(epoch), Cow::Borrowed(proof));
        }
        if let Some(Since { checkpoint, path }) = &self.since {
            put(FileName::SinceCheckpoint, Cow::Borrowed(checkpoint));
            put(FileName::SincePath, Cow::Owned(write_hashes(path).into_bytes()));
        }
        for (index, ProvenSlot { subject, chain, path }) in &self.slots {
            put(FileName::Slot(*index), Cow::Owned(chain.slot_leaf(subject)));
            put(FileName::SlotPath(*index), Cow::Owned(write_path(*index, path)));
        }
        Ok(archive::write(files.iter().map(|(name, content)| (name.as_str(), content.as_ref())))?)
    }
}

/// The name of a file in a dossier.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FileName {
    /// What the dossier says of itself.
    About,
    /// The checkpoint.
    Checkpoint,
    /// A disclosure, by the commitment.
    Disclosure(Digest),
    /// A document, by its digest.
    Document(Digest),
    /// An entry, by its index.
    Entry(u64),
    /// The entry that begins an epoch.
    EpochEntry(u64),
    /// Its receipt.
    EpochProof(u64),
    /// The path of an entry.
    Path(u64),
    /// An older checkpoint.
    SinceCheckpoint,
    /// The path from it.
    SincePath,
    /// The path of a slot.
    SlotPath(u64),
    /// A slot.
    Slot(u64),
}

impl FileName {
    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        let digits = |text: &str| text.parse::<u64>().ok().filter(|number| *number < INTEGER_END);
        let name_of = match name.split_once('/') {
            None if name == "about" => Self::About,
            None if name == "checkpoint" => Self::Checkpoint,
            Some(("disclosures", commitment)) => Self::Disclosure(Digest::from_hex(commitment)?),
            Some(("documents", digest)) => Self::Document(Digest::from_hex(digest)?),
            Some(("entries", index)) => Self::Entry(digits(index)?),
            Some(("epochs", file)) => match file.split_once('.')? {
                (epoch, "entry") => Self::EpochEntry(digits(epoch)?),
                (epoch, "proof") => Self::EpochProof(digits(epoch)?),
                (_, _) => return None,
            },
            Some(("paths", index)) => Self::Path(digits(index)?),
            Some(("since", "checkpoint")) => Self::SinceCheckpoint,
            Some(("since", "path")) => Self::SincePath,
            Some(("slot-paths", index)) => Self::SlotPath(digits(index)?),
            Some(("slots", index)) => Self::Slot(digits(index)?),
            Some((_, _)) | None => return None,
        };
        // A number with a sign or with other zeros would be a second name.
        (name_of.to_string() == name).then_some(name_of)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::About => f.write_str("about"),
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Disclosure(commitment) => write!(f, "disclosures/{}", commitment.to_hex()),
            Self::Document(digest) => write!(f, "documents/{}", digest.to_hex()),
            Self::Entry(index) => write!(f, "entries/{index:016}"),
            Self::EpochEntry(epoch) => write!(f, "epochs/{epoch:04}.entry"),
            Self::EpochProof(epoch) => write!(f, "epochs/{epoch:04}.proof"),
            Self::Path(index) => write!(f, "paths/{index:016}"),
            Self::SinceCheckpoint => f.write_str("since/checkpoint"),
            Self::SincePath => f.write_str("since/path"),
            Self::SlotPath(index) => write!(f, "slot-paths/{index:016}"),
            Self::Slot(index) => write!(f, "slots/{index:016}"),
        }
    }
}

/// The files that have not been read yet.
struct Files<'a>(BTreeMap<FileName, &'a [u8]>);

impl<'a> Files<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, DossierError> {
        let archive = archive::read(bytes)?;
        // A format of another version may have other files.
        if let Some((_, about)) = archive.iter().find(|(name, _)| *name == "about") {
            check_version(about)?;
        }
        let mut files = BTreeMap::new();
        for (name, content) in archive {
            let name = FileName::parse(name).ok_or_else(|| DossierError::Unknown(name.to_owned()))?;
            files.insert(name, content);
        }
        Ok(Self(files))
    }

    fn need(&mut self, name: &FileName) -> Result<&'a [u8], DossierError> {
        self.0.remove(name).ok_or_else(|| missing(name))
    }

    /// The numbers of the files of one kind.
    fn numbers(&self, number: impl Fn(&FileName) -> Option<u64>) -> Vec<u64> {
        self.0.keys().filter_map(number).collect()
    }

    fn disclosures(&mut self) -> BTreeMap<Digest, Cow<'a, [u8]>> {
        let mut found = BTreeMap::new();
        self.0.retain(|name, content| {
            let FileName::Disclosure(commitment) = name else { return true };
            found.insert(*commitment, Cow::Borrowed(*content));
            false
        });
        found
    }

    fn documents(&mut self) -> BTreeMap<Digest, Cow<'a, [u8]>> {
        let mut found = BTreeMap::new();
        self.0.retain(|name, content| {
            let FileName::Document(digest) = name else { return true };
            found.insert(*digest, Cow::Borrowed(*content));
            false
        });
        found
    }

    fn entries(&mut self) -> Result<BTreeMap<u64, ProvenEntry<'a>>, DossierError> {
        let number = |name: &FileName| if let FileName::Entry(index) = name { Some(*index) } else { None };
        let mut entries = BTreeMap::new();
        for index in self.numbers(number) {
            let entry = Cow::Borrowed(self.need(&FileName::Entry(index))?);
            let path = self.path(&FileName::Path(index), index)?;
            entries.insert(index, ProvenEntry { entry, path });
        }
        Ok(entries)
    }

    fn epochs(&mut self) -> Result<Vec<EpochChange<'a>>, DossierError> {
        let mut epochs = Vec::new();
        for epoch in 1..=EPOCH_MAX {
            let Some(entry) = self.0.remove(&FileName::EpochEntry(epoch)) else { break };
            let proof = Cow::Borrowed(self.need(&FileName::EpochProof(epoch))?);
            epochs.push(EpochChange { entry: Cow::Borrowed(entry), proof });
        }
        Ok(epochs)
    }

    fn since(&mut self) -> Result<Option<Since<'a>>, DossierError> {
        let Some(checkpoint) = self.0.remove(&FileName::SinceCheckpoint) else { return Ok(None) };
        let path = self.need(&FileName::SincePath)?;
        let path = read_text(path).and_then(read_hashes).ok_or_else(|| form(&FileName::SincePath, IS_NO_PATH))?;
        Ok(Some(Since { checkpoint: Cow::Borrowed(checkpoint), path }))
    }

    fn slots(&mut self) -> Result<BTreeMap<u64, ProvenSlot>, DossierError> {
        let number = |name: &FileName| if let FileName::Slot(index) = name { Some(*index) } else { None };
        let mut slots = BTreeMap::new();
        for index in self.numbers(number) {
            let name = FileName::Slot(index);
            let leaf = self.need(&name)?;
            let path = self.path(&FileName::SlotPath(index), index)?;
            let problem = "is not a subject, a number and 64 hexadecimal digits, a line each";
            let (subject, chain) = Chain::read_slot_leaf(leaf).ok_or_else(|| form(&name, problem))?;
            slots.insert(index, ProvenSlot { subject, chain, path });
        }
        Ok(slots)
    }

    fn path(&mut self, name: &FileName, index: u64) -> Result<Vec<Digest>, DossierError> {
        let text = read_text(self.need(name)?).and_then(|text| text.split_once('\n'));
        let found = text.and_then(|(line, hashes)| Some((line.strip_prefix("index ")?, read_hashes(hashes)?)));
        let (found, hashes) = found.ok_or_else(|| form(name, IS_NO_PATH))?;
        if note::read_number(found) == Some(index) {
            Ok(hashes)
        } else {
            Err(form(name, "has another index than its name"))
        }
    }
}

const IS_NO_PATH: &str = "is not a path: `index` and a number, and 53 hashes at most, a line each";

fn missing(name: &FileName) -> DossierError {
    DossierError::Missing(name.to_string())
}

fn form(name: &FileName, problem: &'static str) -> DossierError {
    DossierError::Form { name: name.to_string(), problem }
}

/// What is missing before the files of an epoch that were left over.
fn before(epoch: u64) -> FileName {
    FileName::EpochEntry(epoch.saturating_sub(1).max(1))
}

fn read_text(bytes: &[u8]) -> Option<&str> {
    str::from_utf8(bytes).ok()
}

fn read_hashes(text: &str) -> Option<Vec<Digest>> {
    let lines: Vec<&str> = if text.is_empty() { Vec::new() } else { note::read_lines(text)? };
    if PATH_LENGTH_MAX < lines.len() {
        return None;
    }
    lines.into_iter().map(|line| note::read_base64(line).map(Digest::from_bytes)).collect()
}

fn write_hashes(path: &[Digest]) -> String {
    path.iter().map(|hash| note::write_base64(hash) + "\n").collect()
}

fn write_path(index: u64, path: &[Digest]) -> Vec<u8> {
    format!("index {index}\n{}", write_hashes(path)).into_bytes()
}

fn check_version(about: &[u8]) -> Result<(), DossierError> {
    match LedgerLine::read(about, "dossier") {
        Err(EntryError::Field(field)) if field == "v" => Err(DossierError::Newer),
        Err(_) => Err(form(&FileName::About, IS_NO_ABOUT)),
        Ok(_) => Ok(()),
    }
}

const IS_NO_ABOUT: &str = "is not the line of a dossier with its kind, ledger, subject and v";

fn read_about(line: &[u8]) -> Result<About, DossierError> {
    let wrong = || form(&FileName::About, IS_NO_ABOUT);
    if ABOUT_BYTES_MAX < line.len() {
        return Err(wrong());
    }
    let mut fields = LedgerLine::read(line, "dossier").map_err(|_| wrong())?;
    let ledger = fields.text("ledger").ok().and_then(|text| Digest::parse(&text)).ok_or_else(wrong)?;
    let subject = fields.text("subject").ok().and_then(|text| Subject::parse(&text)).ok_or_else(wrong)?;
    fields.end().map_err(|_| wrong())?;
    Ok(About { ledger, subject })
}

fn write_about(about: &About) -> Result<Vec<u8>, JsonError> {
    json::write_line(&Object::from_iter([
        ("kind".to_owned(), "dossier".into()),
        ("ledger".to_owned(), about.ledger.to_string().into()),
        ("subject".to_owned(), about.subject.as_str().into()),
        ("v".to_owned(), 1.into()),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dossier() -> Dossier<'static> {
        let hash = |text: &str| Digest::of(text.as_bytes());
        let subject = Subject::parse("fg-dlt/meeting/1").unwrap();
        let chain = Chain::default().with(&hash("leaf")).unwrap();
        let entry = |text: &'static str, path: &[&str]| ProvenEntry {
            entry: Cow::Borrowed(text.as_bytes()),
            path: path.iter().map(|text| hash(text)).collect(),
        };
        Dossier {
            about: About { ledger: hash("ledger"), subject: subject.clone() },
            checkpoint: Cow::Borrowed(b"checkpoint"),
            disclosures: BTreeMap::from([(hash("commitment"), Cow::Borrowed(&b"line\n"[..]))]),
            documents: BTreeMap::from([(hash("text"), Cow::Borrowed(&b"text"[..]))]),
            entries: BTreeMap::from([(0, entry("genesis", &["a", "b"])), (7, entry("seal", &[]))]),
            epochs: vec![EpochChange { entry: Cow::Borrowed(b"change"), proof: Cow::Borrowed(b"proof") }],
            since: Some(Since { checkpoint: Cow::Borrowed(b"old"), path: vec![hash("c")] }),
            slots: BTreeMap::from([(3, ProvenSlot { subject, chain, path: vec![hash("d")] })]),
        }
    }

    fn files() -> BTreeMap<String, Vec<u8>> {
        let bytes = dossier().write().unwrap();
        archive::read(&bytes).unwrap().into_iter().map(|(name, content)| (name.to_owned(), content.to_vec())).collect()
    }

    fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<(), DossierError> {
        let bytes = archive::write(files.iter().map(|(name, content)| (name.as_str(), content.as_slice()))).unwrap();
        Dossier::read(&bytes).map(|_| ())
    }

    #[test]
    fn a_dossier_is_read_as_it_was_written() {
        let bytes = dossier().write().unwrap();
        assert_eq!(Dossier::read(&bytes), Ok(dossier()));
        assert_eq!(files()["paths/0000000000000007"], b"index 7\n");
        let bare = Dossier { since: None, epochs: vec![], slots: BTreeMap::new(), ..dossier() };
        assert_eq!(Dossier::read(&bare.write().unwrap()), Ok(bare));
    }

    #[test]
    fn what_is_missing_is_named() {
        let check = |removed: &str, named: &str| {
            let mut files = files();
            assert!(files.remove(removed).is_some(), "{removed}");
            assert_eq!(read(&files), Err(DossierError::Missing(named.to_owned())), "{removed}");
        };
        check("about", "about");
        check("checkpoint", "checkpoint");
        check("entries/0000000000000000", "entries/0000000000000000");
        check("paths/0000000000000007", "paths/0000000000000007");
        check("entries/0000000000000007", "entries/0000000000000007");
        check("epochs/0001.entry", "epochs/0001.entry");
        check("epochs/0001.proof", "epochs/0001.proof");
        check("since/checkpoint", "since/checkpoint");
        check("since/path", "since/path");
        check("slots/0000000000000003", "slots/0000000000000003");
        check("slot-paths/0000000000000003", "slot-paths/0000000000000003");
    }

    #[test]
    fn a_name_has_one_spelling() {
        for name in files().keys() {
            assert_eq!(FileName::parse(name).map(|name| name.to_string()).as_ref(), Some(name));
        }
        for name in [
            "",
            "About",
            "entries/7",
            "entries/+000000000000007",
            "entries/00000000000000007",
            "entries/9007199254740992",
            "entries/000000000000000/",
            "epochs/1.entry",
            "epochs/0001.record",
            "epochs/0001",
            "documents/ABCDEF",
            "since/other",
            "slots/../about",
        ] {
            assert_eq!(FileName::parse(name), None, "{name}");
            let mut files = files();
            if !name.is_empty() {
                files.insert(name.to_owned(), vec![]);
                assert_eq!(read(&files), Err(DossierError::Unknown(name.to_owned())), "{name}");
            }
        }
    }

    #[test]
    fn a_text_of_another_form_is_named() {
        let check = |name: &str, content: &str| {
            let mut files = files();
            assert!(files.insert(name.to_owned(), content.as_bytes().to_vec()).is_some(), "{name}");
            assert!(matches!(read(&files), Err(DossierError::Form { name: found, .. }) if found == name), "{content}");
        };
        let hash = note::write_base64(&Digest::ZERO);
        check("about", "{}\n");
        check("about", "");
        for (from, to) in [("dossier", "receipt"), ("sha256:", ""), ("fg-dlt", "fg dlt"), (",\"v\"", ",\"u\":1,\"v\"")]
        {
            let about = String::from_utf8(files()["about"].clone()).unwrap();
            assert!(about.contains(from));
            check("about", &about.replace(from, to));
        }
        for path in ["", "index 7", "index 07\n", "index 0\n", "index 7\n\n", "index 7\nAAAA\n", "extra 7\n"] {
            check("paths/0000000000000007", path);
        }
        check("paths/0000000000000007", &format!("index 7\n{}", format!("{hash}\n").repeat(PATH_LENGTH_MAX + 1)));
        check("paths/0000000000000007", &format!("index 7\n{hash}"));
        check("since/path", "index 7\n");
        let slot = String::from_utf8(files()["slots/0000000000000003"].clone()).unwrap();
        for (from, to) in [("\n1\n", "\n01\n"), ("fg-dlt", "fg_dlt"), ("\n1\n", "\n"), ("meeting/1\n", "meeting/1\r\n")]
        {
            check("slots/0000000000000003", &slot.replace(from, to));
        }
        check("slots/0000000000000003", &(slot.clone() + "\n"));
    }

    #[test]
    fn another_version_is_said_to_be_one_whatever_else_is_there() {
        let mut files = files();
        let about = String::from_utf8(files["about"].clone()).unwrap().replace("\"v\":1", "\"v\":2");
        files.insert("about".to_owned(), about.into_bytes());
        files.insert("summary".to_owned(), vec![]);
        assert_eq!(read(&files), Err(DossierError::Newer));
    }
}
