//! What the ledger writes itself: outcomes, seals, and the entries of the log.
//!
//! An entry of the log is the genesis line, a record file followed by its
//! outcome line, or a seal line that closes a block.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::{
    block::{Height, TreeHead},
    hash::Digest,
    json::{self, JsonError, Object},
    record::Name,
    subject::Subject,
    time::Moment,
};

/// The largest entry, in bytes: what C2SP `tlog-tiles` can bundle.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// Why bytes are not an entry of the log.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum EntryError {
    /// The entry is too large.
    #[error("the entry has {0} bytes; {ENTRY_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// A line is not canonical JSON.
    #[error("the ledger's line: {0}")]
    Line(#[from] JsonError),
    /// A field is missing, unknown or of the wrong form.
    #[error("the ledger's line: field {0:?} is missing, unknown or malformed")]
    Field(String),
}

/// How a rule came out for a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Finding {
    /// The rule is met.
    Met,
    /// The rule is not met, and who may waive it has waived it.
    Waived,
    /// The rule is not met.
    Broken,
    /// The rule has nothing to compare here; the finding explains something.
    Noted,
}

impl Finding {
    /// The word in an outcome line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Waived => "waived",
            Self::Broken => "broken",
            Self::Noted => "noted",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Met, Self::Waived, Self::Broken, Self::Noted].into_iter().find(|result| result.as_str() == text)
    }
}

/// One line of an outcome: a rule, its clause, and what was compared.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingLine {
    /// The rule's id, such as `R51`.
    pub rule: String,
    /// The clause it comes from, with its edition.
    pub clause: String,
    /// How it came out.
    pub result: Finding,
    /// The dates, numbers and words that were compared, by name.
    pub facts: Object,
}

/// What the ledger found when it took a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The block that took it.
    pub height: Height,
    /// Ledger time.
    pub time: Moment,
    /// The number that was given, such as `DLT-I-001`.
    pub number: Option<String>,
    /// The subjects whose chains it joined, in order.
    pub subjects: Vec<Subject>,
    /// The rules that were looked at, in order.
    pub findings: Vec<FindingLine>,
}

impl Outcome {
    /// Writes the outcome line, with its line feed.
    pub fn to_line(&self) -> Result<Vec<u8>, JsonError> {
        let findings = self.findings.iter().map(|finding| {
            Value::Object(Object::from_iter([
                ("clause".to_owned(), finding.clause.as_str().into()),
                ("facts".to_owned(), Value::Object(finding.facts.clone())),
                ("result".to_owned(), finding.result.as_str().into()),
                ("rule".to_owned(), finding.rule.as_str().into()),
            ]))
        });
        let mut line = Object::from_iter([
            ("findings".to_owned(), findings.collect()),
            ("height".to_owned(), self.height.as_u64().into()),
            ("kind".to_owned(), "outcome".into()),
            ("subjects".to_owned(), self.subjects.iter().map(|subject| Value::from(subject.as_str())).collect()),
            ("time".to_owned(), self.time.to_string().into()),
            ("v".to_owned(), 1.into()),
        ]);
        if let Some(number) = &self.number {
            line.insert("number".to_owned(), number.as_str().into());
        }
        json::write_line(&line)
    }

    /// Reads an outcome line.
    pub fn from_line(line: &[u8]) -> Result<Self, EntryError> {
        let mut fields = LedgerLine::read(line, "outcome")?;
        let number = match fields.0.remove("number") {
            Some(Value::String(number)) => Some(number),
            Some(_) => return Err(EntryError::Field("number".into())),
            None => None,
        };
        let outcome = Self {
            height: fields.height("height")?,
            time: fields.moment("time")?,
            number,
            subjects: fields.list("subjects", |value| value.as_str().and_then(Subject::parse))?,
            findings: fields.list("findings", finding_line)?,
        };
        fields.end()?;
        Ok(outcome)
    }

    /// The subjects alone of an outcome line that is known to be well-formed.
    pub fn subjects_of(line: &[u8]) -> Result<Vec<Subject>, EntryError> {
        #[derive(Deserialize)]
        struct Subjects {
            subjects: Vec<String>,
        }
        let wrong = || EntryError::Field("subjects".into());
        let Subjects { subjects } = serde_json::from_slice(line).map_err(|_| wrong())?;
        subjects.iter().map(|subject| Subject::parse(subject).ok_or_else(wrong)).collect()
    }
}

/// The ledger's own entry that closes a block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seal {
    /// The block that it closes.
    pub height: Height,
    /// Ledger time of the block.
    pub time: Moment,
    /// The validator that built the block; none for the genesis block.
    pub proposer: Option<Name>,
    /// The validators' epoch.
    pub epoch: u64,
    /// SHA-256 of the epoch's policy text.
    pub policy: Digest,
    /// Index of the block's first entry.
    pub first: u64,
    /// Number of the block's entries before the seal.
    pub count: u64,
    /// Leaf hash of the seal before; zero bytes in the genesis block.
    pub prev: Digest,
    /// The subjects' slots after the block.
    pub slots: TreeHead,
}

impl Seal {
    /// Writes the seal line, with its line feed.
    pub fn to_line(&self) -> Result<Vec<u8>, JsonError> {
        let mut line = Object::from_iter([
            ("count".to_owned(), self.count.into()),
            ("epoch".to_owned(), self.epoch.into()),
            ("first".to_owned(), self.first.into()),
            ("height".to_owned(), self.height.as_u64().into()),
            ("kind".to_owned(), "seal".into()),
            ("policy".to_owned(), self.policy.to_string().into()),
            ("prev".to_owned(), self.prev.to_string().into()),
            ("slots".to_owned(), vec![Value::from(self.slots.size), self.slots.root.to_string().into()].into()),
            ("time".to_owned(), self.time.to_string().into()),
            ("v".to_owned(), 1.into()),
        ]);
        if let Some(proposer) = &self.proposer {
            line.insert("proposer".to_owned(), proposer.as_str().into());
        }
        json::write_line(&line)
    }

    /// Reads a seal line.
    pub fn from_line(line: &[u8]) -> Result<Self, EntryError> {
        let mut fields = LedgerLine::read(line, "seal")?;
        let proposer = match fields.0.remove("proposer") {
            Some(value) => {
                let name = value.as_str().and_then(Name::parse);
                Some(name.ok_or_else(|| EntryError::Field("proposer".into()))?)
            }
            None => None,
        };
        let slots = match fields.take("slots")?.as_array().map(Vec::as_slice) {
            Some([size, root]) => {
                size.as_u64().zip(root.as_str().and_then(Digest::parse)).map(|(size, root)| TreeHead { size, root })
            }
            _ => None,
        };
        let seal = Self {
            height: fields.height("height")?,
            time: fields.moment("time")?,
            proposer,
            epoch: fields.integer("epoch")?,
            policy: fields.digest("policy")?,
            first: fields.integer("first")?,
            count: fields.integer("count")?,
            prev: fields.digest("prev")?,
            slots: slots.ok_or_else(|| EntryError::Field("slots".into()))?,
        };
        fields.end()?;
        Ok(seal)
    }
}

/// The two parts of a record's entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RecordEntry<'a> {
    /// The record file.
    pub file: &'a [u8],
    /// The outcome line, with its line feed.
    pub outcome: &'a [u8],
}

impl<'a> RecordEntry<'a> {
    /// Splits an entry before its last line.
    pub fn split(entry: &'a [u8]) -> Option<Self> {
        let before_last = entry.strip_suffix(b"\n")?;
        let at = before_last.iter().rposition(|byte| *byte == b'\n')?.checked_add(1)?;
        let (file, outcome) = entry.split_at_checked(at)?;
        Some(Self { file, outcome })
    }

    /// The bytes of the entry, or an error if they are too many.
    pub fn join(self) -> Result<Vec<u8>, EntryError> {
        let entry = [self.file, self.outcome].concat();
        if entry.len() > ENTRY_BYTES_MAX {
            return Err(EntryError::TooLong(entry.len()));
        }
        Ok(entry)
    }
}

/// The fields of a line that the ledger writes, taken out one by one.
pub(crate) struct LedgerLine(pub(crate) Object);

impl LedgerLine {
    pub(crate) fn read(line: &[u8], kind: &str) -> Result<Self, EntryError> {
        let mut fields = Self(json::read_line(line, ENTRY_BYTES_MAX)?);
        if fields.take("kind")?.as_str() != Some(kind) {
            return Err(EntryError::Field("kind".into()));
        }
        if fields.integer("v")? != 1 {
            return Err(EntryError::Field("v".into()));
        }
        Ok(fields)
    }

    pub(crate) fn take(&mut self, field: &str) -> Result<Value, EntryError> {
        self.0.remove(field).ok_or_else(|| EntryError::Field(field.into()))
    }

    pub(crate) fn text(&mut self, field: &str) -> Result<String, EntryError> {
        let Value::String(text) = self.take(field)? else {
            return Err(EntryError::Field(field.into()));
        };
        Ok(text)
    }

    pub(crate) fn integer(&mut self, field: &str) -> Result<u64, EntryError> {
        self.take(field)?.as_u64().ok_or_else(|| EntryError::Field(field.into()))
    }

    pub(crate) fn moment(&mut self, field: &str) -> Result<Moment, EntryError> {
        Moment::parse(&self.text(field)?).ok_or_else(|| EntryError::Field(field.into()))
    }

    pub(crate) fn list<T>(&mut self, field: &str, read: impl Fn(&Value) -> Option<T>) -> Result<Vec<T>, EntryError> {
        let value = self.take(field)?;
        let items = value.as_array().map(|items| items.iter().map(read).collect::<Option<Vec<T>>>());
        items.flatten().ok_or_else(|| EntryError::Field(field.into()))
    }

    pub(crate) fn end(self) -> Result<(), EntryError> {
        self.0.into_iter().next().map_or(Ok(()), |(unknown, _)| Err(EntryError::Field(unknown)))
    }

    fn height(&mut self, field: &str) -> Result<Height, EntryError> {
        Height::new(self.integer(field)?).ok_or_else(|| EntryError::Field(field.into()))
    }

    fn digest(&mut self, field: &str) -> Result<Digest, EntryError> {
        Digest::parse(&self.text(field)?).ok_or_else(|| EntryError::Field(field.into()))
    }
}

fn finding_line(value: &Value) -> Option<FindingLine> {
    let fields = value.as_object().filter(|fields| fields.len() == 4)?;
    let text = |field: &str| fields.get(field).and_then(Value::as_str);
    Some(FindingLine {
        rule: text("rule")?.to_owned(),
        clause: text("clause")?.to_owned(),
        result: Finding::parse(text("result")?)?,
        facts: fields.get("facts")?.as_object()?.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_as_it_was_written() {
        let outcome = Outcome {
            height: Height::new(7).unwrap(),
            time: Moment::parse("2017-10-10T21:59:59Z").unwrap(),
            number: Some("DLT-I-001".into()),
            subjects: vec![Subject::parse("fg-dlt/contribution/DLT-I-001").unwrap()],
            findings: vec![FindingLine {
                rule: "R51".into(),
                clause: "ToR 2.10 (2017)".into(),
                result: Finding::Broken,
                facts: Object::from_iter([("days".to_owned(), 7.into())]),
            }],
        };
        let line = outcome.to_line().unwrap();
        assert_eq!(Outcome::subjects_of(&line), Ok(outcome.subjects.clone()));
        assert_eq!(Outcome::from_line(&line), Ok(outcome));
        let other = String::from_utf8(line).unwrap().replace("broken", "fine");
        assert_eq!(Outcome::from_line(other.as_bytes()), Err(EntryError::Field("findings".into())));
    }

    #[test]
    fn a_seal_is_read_as_it_was_written() {
        let seal = Seal {
            height: Height::new(7).unwrap(),
            time: Moment::parse("2017-10-10T21:59:59.001Z").unwrap(),
            proposer: Name::parse("operator-a"),
            epoch: 0,
            policy: Digest::of(b"policy"),
            first: 12,
            count: 3,
            prev: Digest::of(b"prev"),
            slots: TreeHead { size: 5, root: Digest::of(b"root") },
        };
        let line = seal.to_line().unwrap();
        assert_eq!(Seal::from_line(&line), Ok(seal.clone()));
        let genesis = Seal { proposer: None, prev: Digest::ZERO, ..seal };
        assert_eq!(Seal::from_line(&genesis.to_line().unwrap()), Ok(genesis));
        let unknown = String::from_utf8(line).unwrap().replace(",\"v\":1", ",\"v\":1,\"x\":1");
        assert_eq!(Seal::from_line(unknown.as_bytes()), Err(EntryError::Field("x".into())));
    }

    #[test]
    fn an_entry_is_split_before_its_last_line() {
        let split = RecordEntry { file: b"line\nsignature\n", outcome: b"outcome\n" };
        assert_eq!(RecordEntry::split(&split.join().unwrap()), Some(split));
        assert_eq!(RecordEntry::split(b"one line\n"), None);
        assert_eq!(RecordEntry::split(b"one\ntwo"), None);
        let file = vec![b'x'; ENTRY_BYTES_MAX];
        assert_eq!(RecordEntry { file: &file, outcome: b"\n" }.join(), Err(EntryError::TooLong(ENTRY_BYTES_MAX + 1)));
    }
}
