//! A folder with a file for each person, and a key for each of those files.
//!
//! ```text
//! keys/<group>.<pid>           32 bytes; destroying them destroys the record, also in a backup of `records`
//! records/<group>.<pid>.<tag>  the commitments that it opens, and the disclosures, encrypted under that key
//! erased/<group>.<pid>         the fields that do not come back and what was destroyed, a word on each line, no more
//! ```
//!
//! Every change writes a new record under a new key, so that a value or salt
//! that was replaced is gone with the old key. A file is overwritten before it
//! is taken away; a disk that moves its blocks may keep the old ones until it
//! reuses them, which is why the key is small and stands apart. Copy `records`
//! into backups, and `keys` only into those that are thrown away within a month.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use plenary_core::{
    commitment::{CommitmentError, DISCLOSURE_BYTES_MAX, Disclosure, Salt},
    hash::Digest,
    record::Name,
};
use plenary_procedure::{
    erasure::Destroyed,
    participant::IdentityField,
    text::{Pid, Text},
};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    file,
    record::{Contents, Record},
    sealed::RecordKey,
    tombstone::Tombstone,
};

/// Why the vault does not do what it is asked.
#[derive(Debug, Error)]
pub enum VaultError {
    /// Someone else can read a file or enter a folder.
    #[error("others can read {path}, which has mode {mode:04o}\n  do: chmod go= {path}", path = path.display())]
    Readable {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A link stands where a file should.
    #[error("{path} is a link; the vault holds its files itself", path = path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{path} cannot be used: {error}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file is not as it was written, or its key is missing.
    #[error("{path} is damaged, or not what its key belongs to\n  do: restore it together with its key, or import the person again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Randomness(getrandom::Error),
    /// A disclosure is about somebody else.
    #[error("a disclosure is for {found}; this is {expected}")]
    OtherPerson {
        /// Whom it names.
        found: String,
        /// Whom it should name.
        expected: String,
    },
    /// The field is no field of an identity, or stands twice.
    #[error(
        "{0} is no field of an identity, or stands twice\n  do: state each of name, title, email, affiliation once at most"
    )]
    Field(Name),
    /// The ledger holds no commitment to the field.
    #[error("the ledger holds no commitment to the {field} of {who}\n  do: record it with participant.rectify first", field = field.as_str())]
    NotCommitted {
        /// Whom.
        who: String,
        /// The field.
        field: IdentityField,
    },
    /// The vault does not hold the field.
    #[error("the vault does not hold the {field} of {who}", field = field.as_str())]
    NotHeld {
        /// Whom.
        who: String,
        /// The field.
        field: IdentityField,
    },
    /// A disclosure does not open the commitment on the ledger.
    #[error("{0}\n  do: import the value that the last record of that person commits to")]
    Commitment(CommitmentError),
    /// The field was erased.
    #[error("the {field} of {who} was erased, and does not come back", field = field.as_str())]
    Erased {
        /// Whom.
        who: String,
        /// The field.
        field: IdentityField,
    },
    /// Nobody has asked for erasure.
    #[error("the ledger holds no request to erase {who}\n  do: record an erasure.request first")]
    NotRequested {
        /// Whom.
        who: String,
    },
}

/// A participant as the ledger knows them: what the vault checks against.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// The group.
    pub group: &'a Name,
    /// The pseudonym.
    pub pid: &'a Pid,
    /// The commitments that stand on the ledger.
    pub commitments: &'a BTreeMap<IdentityField, Text<Digest>>,
    /// The fields that were ever erased; none if nobody has asked for it.
    pub erased: Option<&'a BTreeSet<IdentityField>>,
}

impl Person<'_> {
    fn subject(&self) -> String {
        format!("{}/participant/{}", self.group, self.pid)
    }

    fn is_erased(&self, field: IdentityField) -> bool {
        self.erased.is_some_and(|fields| fields.contains(&field))
    }

    fn commitment(&self, field: IdentityField) -> Result<&Digest, VaultError> {
        if self.is_erased(field) {
            return Err(VaultError::Erased { who: self.subject(), field });
        }
        let commitment = self.commitments.get(&field).map(|commitment| &commitment.0);
        commitment.ok_or_else(|| VaultError::NotCommitted { who: self.subject(), field })
    }

    /// Which field a disclosure opens, if it is this person's and opens what the ledger holds.
    pub fn check(&self, disclosure: &Disclosure) -> Result<IdentityField, VaultError> {
        let found = format!("{}/participant/{}", disclosure.group(), disclosure.pid());
        if found != self.subject() {
            return Err(VaultError::OtherPerson { found, expected: self.subject() });
        }
        let field = IdentityField::parse(disclosure.field().as_str());
        let field = field.ok_or_else(|| VaultError::Field(disclosure.field().clone()))?;
        disclosure.check(self.commitment(field)?).map_err(VaultError::Commitment)?;
        Ok(field)
    }
}

/// A value under a fresh salt, for a record that commits to it.
pub fn commit(group: &Name, pid: &Pid, field: IdentityField, value: String) -> Result<Disclosure, VaultError> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(VaultError::Randomness)?;
    let salt = Salt::from_bytes(salt);
    Disclosure::new(group.clone(), pid.as_name().clone(), field.as_str(), value, salt).map_err(VaultError::Commitment)
}

/// The fields of one person that the vault holds.
type Held = BTreeMap<IdentityField, Disclosure>;

/// What a record opens, and its disclosures, a line each.
type Opened = (Contents, Zeroizing<Vec<u8>>);

/// Everybody of whom a vault holds anything, by group and pid, with the names of the files: these change with every key.
pub type People = BTreeMap<(Name, Pid), BTreeSet<String>>;

/// The folder.
#[derive(Debug)]
pub struct Vault {
    root: PathBuf,
}

impl Vault {
    /// Opens the vault at `root`, and makes it if there is none; nobody but its owner may enter it.
    pub fn open(root: &Path) -> Result<Self, VaultError> {
        file::create_folder(root)?;
        for part in ["keys", "records", "erased"] {
            file::create_folder(&root.join(part))?;
        }
        Ok(Self { root: root.to_path_buf() })
    }

    /// Takes in what opens this person's commitments. What the ledger has
    /// replaced or erased since is dropped, with its salt.
    pub fn import(&self, person: &Person<'_>, disclosures: &[Disclosure]) -> Result<(), VaultError> {
        let _lock = self.lock()?;
        let erased = self.tombstone(person)?.fields;
        let mut new = Held::new();
        for disclosure in disclosures {
            let field = person.check(disclosure)?;
            if erased.contains(&field) {
                return Err(VaultError::Erased { who: person.subject(), field });
            }
            if new.insert(field, disclosure.clone()).is_some() {
                return Err(VaultError::Field(disclosure.field().clone()));
            }
        }
        let mut held = self.held(person)?;
        held.retain(|_, disclosure| person.check(disclosure).is_ok());
        held.append(&mut new);
        // Reserved at once, since a growing vector would leave copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(DISCLOSURE_BYTES_MAX.saturating_mul(held.len())));
        for disclosure in held.values() {
            let line = Zeroizing::new(disclosure.to_line().map_err(VaultError::Commitment)?);
            text.extend_from_slice(&line);
        }
        let contents = held.iter().map(|(field, disclosure)| (*field, disclosure.commitment())).collect();
        self.store(person, &contents, &text)
    }

    /// Gives out what opens the commitments to `fields`. Whoever is given it can pass it on.
    pub fn disclose(&self, person: &Person<'_>, fields: &[IdentityField]) -> Result<Vec<Disclosure>, VaultError> {
        let _lock = self.lock()?;
        let (erased, held) = (self.tombstone(person)?.fields, self.held(person)?);
        let disclose = |field: &IdentityField| {
            let field = *field;
            let who = || person.subject();
            if erased.contains(&field) || person.is_erased(field) {
                return Err(VaultError::Erased { who: who(), field });
            }
            let disclosure = held.get(&field).ok_or_else(|| VaultError::NotHeld { who: who(), field })?;
            person.check(disclosure)?;
            Ok(disclosure.clone())
        };
        fields.iter().map(disclose).collect()
    }

    /// Destroys what the ledger's request covers, and says what was destroyed of
    /// that person by now; it may be asked again, and then destroys what is left.
    ///
    /// Disclosures that were given out are beyond its reach.
    pub fn erase(&self, person: &Person<'_>) -> Result<BTreeSet<Destroyed>, VaultError> {
        let _lock = self.lock()?;
        let Some(fields) = person.erased else {
            return Err(VaultError::NotRequested { who: person.subject() });
        };
        let is_whole = IdentityField::ALL.iter().all(|field| fields.contains(field));
        // What is destroyed whole need not be readable.
        let found = if is_whole {
            self.found(person)?
        } else if self.contents(person)?.iter().any(|(field, _)| fields.contains(field)) {
            BTreeSet::from([Destroyed::Values, Destroyed::Salts, Destroyed::Key])
        } else {
            BTreeSet::new()
        };
        // First what keeps it from coming back, so that a crash leaves nothing to import into.
        let tombstone = self.bury(person, fields, &found)?;
        if is_whole {
            self.destroy(person)?;
        } else if !found.is_empty() {
            self.retain(person, |field, _| !fields.contains(&field))?;
        }
        Ok(tombstone.destroyed)
    }

    /// Destroys what opens a commitment that the ledger has replaced, and says whether there was any.
    ///
    /// What opens neither `replaced` nor what is in force stays: whoever imported
    /// it may have asked a node that was ahead of this one.
    pub fn forget(&self, person: &Person<'_>, replaced: &BTreeSet<Digest>) -> Result<bool, VaultError> {
        let _lock = self.lock()?;
        let is_less = self.contents(person)?.iter().any(|(_, commitment)| replaced.contains(commitment));
        // What a crash left of an earlier change opens no more, and goes as well.
        let has_leftovers = 1 < self.records(person)?.len() || new(&self.path("keys", person)).exists();
        if is_less || has_leftovers {
            self.retain(person, |_, commitment| !replaced.contains(commitment))?;
        }
        Ok(is_less)
    }

    /// Everybody of whom the vault holds anything, be it what a crash left.
    pub fn people(&self) -> Result<People, VaultError> {
        let mut people = People::new();
        for part in ["keys", "records"] {
            for name in self.names(part)? {
                let mut words = name.split('.');
                let group = words.next().and_then(Name::parse);
                let pid = words.next().and_then(Pid::parse);
                // What else lies there is not the vault's.
                if let (Some(group), Some(pid)) = (group, pid) {
                    people.entry((group, pid)).or_default().insert(name);
                }
            }
        }
        Ok(people)
    }

    /// Writes the tombstone; one that cannot be read is replaced, since it must not stand in an erasure's way.
    fn bury(
        &self,
        person: &Person<'_>,
        fields: &BTreeSet<IdentityField>,
        found: &BTreeSet<Destroyed>,
    ) -> Result<Tombstone, VaultError> {
        let stands = match self.tombstone(person) {
            Ok(stands) => stands,
            Err(VaultError::Damaged { .. }) => Tombstone::default(),
            Err(error) => return Err(error),
        };
        let mut tombstone = stands.clone();
        tombstone.fields.extend(fields);
        tombstone.destroyed.extend(found);
        if tombstone != stands {
            tombstone.write(&self.path("erased", person))?;
        }
        Ok(tombstone)
    }

    /// What there is of a person, readable or not.
    fn found(&self, person: &Person<'_>) -> Result<BTreeSet<Destroyed>, VaultError> {
        let key = self.path("keys", person);
        let mut found = BTreeSet::new();
        if key.exists() || new(&key).exists() {
            found.insert(Destroyed::Key);
        }
        if !self.records(person)?.is_empty() {
            found.extend([Destroyed::Values, Destroyed::Salts]);
        }
        Ok(found)
    }

    /// Writes what stays under a new key; nothing is read out of it.
    fn retain(&self, person: &Person<'_>, stays: impl Fn(IdentityField, &Digest) -> bool) -> Result<(), VaultError> {
        let Some((contents, text)) = self.opened(person)? else {
            return self.destroy(person);
        };
        let (mut kept, mut kept_text) = (Contents::new(), Zeroizing::new(Vec::with_capacity(text.len())));
        for ((field, commitment), line) in contents.into_iter().zip(text.split_inclusive(|byte| *byte == b'\n')) {
            if stays(field, &commitment) {
                kept.push((field, commitment));
                kept_text.extend_from_slice(line);
            }
        }
        if kept.is_empty() { self.destroy(person) } else { self.store(person, &kept, &kept_text) }
    }

    /// Destroys everything; the key first.
    fn destroy(&self, person: &Person<'_>) -> Result<(), VaultError> {
        let key = self.path("keys", person);
        file::shred(&new(&key))?;
        file::shred(&key)?;
        for record in self.records(person)? {
            file::shred(&record)?;
        }
        Ok(())
    }

    /// Only one process changes the vault at a time.
    fn lock(&self) -> Result<File, VaultError> {
        let path = self.root.join("keys");
        let locked = File::open(&path).and_then(|folder| folder.lock().map(|()| folder));
        locked.map_err(|error| VaultError::Io { path, error })
    }

    fn path(&self, part: &str, person: &Person<'_>) -> PathBuf {
        self.root.join(part).join(format!("{}.{}", person.group, person.pid))
    }

    fn record_path(&self, person: &Person<'_>, key: &RecordKey) -> PathBuf {
        self.root.join("records").join(format!("{}.{}.{}", person.group, person.pid, key.tag()))
    }

    fn tombstone(&self, person: &Person<'_>) -> Result<Tombstone, VaultError> {
        Tombstone::read(&self.path("erased", person))
    }

    /// Every record of this person, also one that a crash left.
    fn records(&self, person: &Person<'_>) -> Result<Vec<PathBuf>, VaultError> {
        let prefix = format!("{}.{}.", person.group, person.pid);
        let names = self.names("records")?.into_iter().filter(|name| name.starts_with(&prefix));
        Ok(names.map(|name| self.root.join("records").join(name)).collect())
    }

    /// The names of the files in a part of the vault.
    fn names(&self, part: &str) -> Result<Vec<String>, VaultError> {
        let folder = self.root.join(part);
        let failed = |error| VaultError::Io { path: folder.clone(), error };
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed)? {
            names.extend(entry.map_err(failed)?.file_name().into_string());
        }
        Ok(names)
    }

    /// The key and the record that are in force, if there are any.
    fn record(&self, person: &Person<'_>) -> Result<Option<(RecordKey, Record)>, VaultError> {
        let path = self.path("keys", person);
        let Some(key) = file::read(&path)? else {
            return Ok(None);
        };
        let key = RecordKey::from_slice(&key).ok_or(VaultError::Damaged { path })?;
        let path = self.record_path(person, &key);
        let record = Record::read(&path)?.ok_or(VaultError::Damaged { path })?;
        Ok(Some((key, record)))
    }

    /// What the vault could open of a person.
    fn contents(&self, person: &Person<'_>) -> Result<Contents, VaultError> {
        Ok(self.record(person)?.map(|(_, record)| record.contents).unwrap_or_default())
    }

    /// The record in force, opened.
    fn opened(&self, person: &Person<'_>) -> Result<Option<Opened>, VaultError> {
        let Some((key, record)) = self.record(person)? else {
            return Ok(None);
        };
        let damaged = || VaultError::Damaged { path: self.record_path(person, &key) };
        let text = record.open(&key, &person.subject()).ok_or_else(damaged)?;
        Ok(Some((record.contents, text)))
    }

    fn held(&self, person: &Person<'_>) -> Result<Held, VaultError> {
        let mut held = Held::new();
        let Some((contents, text)) = self.opened(person)? else {
            return Ok(held);
        };
        for ((field, _), line) in contents.into_iter().zip(text.split_inclusive(|byte| *byte == b'\n')) {
            held.insert(field, Disclosure::read_line(line).map_err(VaultError::Commitment)?);
        }
        Ok(held)
    }

    /// Writes a record under a fresh key; the key's place is taken in one step, and the old record goes after it.
    fn store(&self, person: &Person<'_>, contents: &Contents, text: &[u8]) -> Result<(), VaultError> {
        let key = RecordKey::fresh().map_err(VaultError::Randomness)?;
        let (record, place) = (self.record_path(person, &key), self.path("keys", person));
        Record::write(&record, &key, &person.subject(), (contents, text))?;
        file::write(&new(&place), key.as_slice())?;
        file::replace(&place, &new(&place))?;
        for old in self.records(person)?.iter().filter(|old| **old != record) {
            file::shred(old)?;
        }
        Ok(())
    }
}

/// Where a key is written before it takes its place.
fn new(place: &Path) -> PathBuf {
    place.with_added_extension("new")
}
