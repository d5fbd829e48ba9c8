//! Record files: one canonical line, and a signature under it for each signer.
//!
//! ```text
//! {"at":"2017-06-07T00:00:00Z","body":{…},"expires":"…","group":"fg-dlt","kind":"record","ledger":"sha256:…",
//!  "signed":"2017-06-07T09:30:00Z","signers":[{"as":"secretariat","who":"tsb"}],"type":"meeting.announce","v":1}
//! -----BEGIN SSH SIGNATURE-----
//! …
//! ```
//!
//! The first line (here broken in two) is what is signed, with its line feed;
//! its SHA-256 is the record's id.

use std::fmt;

use serde_json::Value;
use thiserror::Error;

use crate::{
    hash::Digest,
    json::{self, JsonError, Object},
    signature::{Signature, SignatureError},
    time::Moment,
};

/// The largest record file, in bytes.
pub const FILE_BYTES_MAX: usize = 49_152;

/// The most signers of one record: the operators of 21 validators.
pub const SIGNERS_MAX: usize = 21;

/// The longest time between `signed` and `expires`: 30 days, in milliseconds.
pub const VALIDITY_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;

/// The SSHSIG namespace of record signatures.
pub const NAMESPACE: &str = "plenary-record";

/// Why bytes are not a record file.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum RecordError {
    /// The file is too large.
    #[error("the record file has {0} bytes; {FILE_BYTES_MAX} are allowed: put long text into a document")]
    TooLong(usize),
    /// The first line is not canonical JSON.
    #[error("line 1: {0}")]
    Line(#[from] JsonError),
    /// A field is missing or of the wrong form.
    #[error("line 1: field {field:?} {problem}")]
    Field {
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The line has a field that records do not have.
    #[error("line 1: unknown field {0:?}")]
    UnknownField(String),
    /// The record's validity is longer than 30 days, or ends before it begins.
    #[error("line 1: expires must be after signed, by 30 days at most")]
    Validity,
    /// What follows the line is not one signature for each signer.
    #[error("{found} signatures stand under the line; its signers are {expected}")]
    SignatureCount {
        /// Signatures found.
        found: usize,
        /// Signers named.
        expected: usize,
    },
    /// Bytes that are no signature stand under the line.
    #[error("text that is no signature stands under the line")]
    Trailing,
    /// A signature is malformed or wrong.
    #[error("signature {number}: {error}")]
    Signature {
        /// Its place, counted from one.
        number: usize,
        /// What is wrong with it.
        error: SignatureError,
    },
}

/// A short lower-case name: of a group, an organisation, a participant, a role.
///
/// One to forty letters, digits and `-`, beginning and ending with a letter or digit.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Name(String);

impl Name {
    /// The longest name, in bytes.
    pub const BYTES_MAX: usize = 40;

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = text.len() <= Self::BYTES_MAX
            && text.bytes().all(|byte| plain(byte) || byte == b'-')
            && text.bytes().next().is_some_and(plain)
            && text.bytes().next_back().is_some_and(plain);
        is_name.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who signs, and in which role.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Signer {
    /// The role, such as `chair`.
    pub role: Name,
    /// The participant or organisation.
    pub who: Name,
}

/// The signed line of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// When it happened, as the signers say.
    pub at: Moment,
    /// The fields of this type of record.
    pub body: Object,
    /// When the signatures lapse unless the ledger has taken the record.
    pub expires: Moment,
    /// The group; absent where a record concerns the whole ledger.
    pub group: Option<Name>,
    /// The ledger's identity: the leaf hash of its genesis line.
    pub ledger: Digest,
    /// When it was signed, as the signers say.
    pub signed: Moment,
    /// Who signs; at least one.
    pub signers: Vec<Signer>,
    /// The type of the record, such as `meeting.announce`.
    pub record_type: String,
}

impl Record {
    /// The version of the layout.
    pub const VERSION: u64 = 1;

    /// Writes the line, with its line feed.
    pub fn to_line(&self) -> Result<Vec<u8>, JsonError> {
        let signers = self.signers.iter().map(|signer| {
            Value::Object(Object::from_iter([
                ("as".to_owned(), signer.role.as_str().into()),
                ("who".to_owned(), signer.who.as_str().into()),
            ]))
        });
        let mut line = Object::from_iter([
            ("at".to_owned(), self.at.to_string().into()),
            ("body".to_owned(), Value::Object(self.body.clone())),
            ("expires".to_owned(), self.expires.to_string().into()),
            ("kind".to_owned(), "record".into()),
            ("ledger".to_owned(), self.ledger.to_string().into()),
            ("signed".to_owned(), self.signed.to_string().into()),
            ("signers".to_owned(), signers.collect()),
            ("type".to_owned(), self.record_type.as_str().into()),
            ("v".to_owned(), Self::VERSION.into()),
        ]);
        if let Some(group) = &self.group {
            line.insert("group".to_owned(), group.as_str().into());
        }
        json::write_line(&line)
    }

    /// Reads a line, which must be the one that `to_line` writes.
    pub fn from_line(line: &[u8]) -> Result<Self, RecordError> {
        let mut fields = Fields(json::read_line(line, FILE_BYTES_MAX)?);
        if fields.text("kind")? != "record" {
            return Err(RecordError::Field { field: "kind", problem: "is not \"record\"" });
        }
        if fields.take("v")?.as_u64() != Some(Self::VERSION) {
            return Err(RecordError::Field { field: "v", problem: "is not 1: newer software is needed" });
        }
        let record = Self {
            at: fields.moment("at")?,
            body: fields.object("body")?,
            expires: fields.moment("expires")?,
            group: match fields.0.remove("group") {
                Some(group) => Some(name("group", &group)?),
                None => None,
            },
            ledger: Digest::parse(&fields.text("ledger")?)
                .ok_or(RecordError::Field { field: "ledger", problem: "is not sha256: and 64 hexadecimal digits" })?,
            signed: fields.moment("signed")?,
            signers: signers(&fields.take("signers")?)?,
            record_type: fields.text("type")?,
        };
        if let Some(unknown) = fields.0.keys().next() {
            return Err(RecordError::UnknownField(unknown.clone()));
        }
        if record.expires <= record.signed || record.expires.ms_since(record.signed) > VALIDITY_MS_MAX {
            return Err(RecordError::Validity);
        }
        Ok(record)
    }
}

/// A record file whose form has been read; its signatures may still be wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordFile {
    id: Digest,
    record: Record,
    bytes: Vec<u8>,
    line_bytes: usize,
    signatures: Vec<Signature>,
}

impl RecordFile {
    /// Reads a file, which must be exactly a line and its signatures.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(RecordError::TooLong(bytes.len()));
        }
        let line_bytes = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at.saturating_add(1));
        let (line, armour) = bytes.split_at_checked(line_bytes).unwrap_or((bytes, &[]));
        let record = Record::from_line(line)?;
        let mut rest = str::from_utf8(armour).map_err(|_| RecordError::Trailing)?;
        let mut signatures = Vec::new();
        while !rest.is_empty() {
            let number = signatures.len().saturating_add(1);
            if number > SIGNERS_MAX {
                return Err(RecordError::SignatureCount { found: number, expected: record.signers.len() });
            }
            let (first, after) = Signature::split(rest).ok_or(RecordError::Trailing)?;
            let signature =
                Signature::parse(first, NAMESPACE).map_err(|error| RecordError::Signature { number, error })?;
            signatures.push(signature);
            rest = after;
        }
        if signatures.len() != record.signers.len() {
            return Err(RecordError::SignatureCount { found: signatures.len(), expected: record.signers.len() });
        }
        Ok(Self { id: Digest::of(line), record, bytes: bytes.to_vec(), line_bytes, signatures })
    }

    /// Puts a line and armoured signatures, in the order of its signers, into a file.
    pub fn assemble(line: &[u8], signatures: &[String]) -> Result<Self, RecordError> {
        Self::parse(&[line, signatures.concat().as_bytes()].concat())
    }

    /// Checks every signature against the key that it names.
    ///
    /// Whether that key is the signer's at the time is for the ledger's state to say.
    pub fn verify(self) -> Result<VerifiedRecord, RecordError> {
        for (number, signature) in (1..).zip(&self.signatures) {
            signature.verify(self.line(), NAMESPACE).map_err(|error| RecordError::Signature { number, error })?;
        }
        Ok(VerifiedRecord(self))
    }

    /// The record's id: SHA-256 of its line.
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// What the line says.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The signed line, with its line feed.
    pub fn line(&self) -> &[u8] {
        self.bytes.split_at_checked(self.line_bytes).map_or(&[], |(line, _)| line)
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signatures, in the order of the signers.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }
}

/// A record file whose signatures are right under the keys that they name.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifiedRecord(RecordFile);

impl VerifiedRecord {
    /// The file.
    pub const fn file(&self) -> &RecordFile {
        &self.0
    }
}

struct Fields(Object);

impl Fields {
    fn take(&mut self, field: &'static str) -> Result<Value, RecordError> {
        self.0.remove(field).ok_or(RecordError::Field { field, problem: "is missing" })
    }

    fn text(&mut self, field: &'static str) -> Result<String, RecordError> {
        let Value::String(text) = self.take(field)? else {
            return Err(RecordError::Field { field, problem: "is not a text" });
        };
        Ok(text)
    }

    fn object(&mut self, field: &'static str) -> Result<Object, RecordError> {
        let Value::Object(object) = self.take(field)? else {
            return Err(RecordError::Field { field, problem: "is not an object" });
        };
        Ok(object)
    }

    fn moment(&mut self, field: &'static str) -> Result<Moment, RecordError> {
        const PROBLEM: &str = "is not a time such as 2017-06-07T09:30:00Z";
        Moment::parse(&self.text(field)?).ok_or(RecordError::Field { field, problem: PROBLEM })
    }
}

fn name(field: &'static str, value: &Value) -> Result<Name, RecordError> {
    const PROBLEM: &str = "is not a name of lower-case letters, digits and hyphens";
    value.as_str().and_then(Name::parse).ok_or(RecordError::Field { field, problem: PROBLEM })
}

fn signers(value: &Value) -> Result<Vec<Signer>, RecordError> {
    const PROBLEM: &str = "is not a list of 1 to 21 different signers {\"as\", \"who\"}";
    let wrong = || RecordError::Field { field: "signers", problem: PROBLEM };
    let list = value.as_array().filter(|list| (1..=SIGNERS_MAX).contains(&list.len())).ok_or_else(wrong)?;
    let mut signers: Vec<Signer> = Vec::with_capacity(list.len());
    for item in list {
        let fields = item.as_object().filter(|fields| fields.len() == 2).ok_or_else(wrong)?;
        let (Some(role), Some(who)) = (fields.get("as"), fields.get("who")) else {
            return Err(wrong());
        };
        let signer = Signer { role: name("signers", role)?, who: name("signers", who)? };
        if signers.contains(&signer) {
            return Err(wrong());
        }
        signers.push(signer);
    }
    Ok(signers)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;
    use crate::signature::sign;

    fn secret(seed: &str) -> SigningKey {
        SigningKey::from_bytes(Digest::of(format!("seed/{seed}").as_bytes()).as_bytes())
    }

    fn record() -> Record {
        let moment = |text| Moment::parse(text).unwrap();
        Record {
            at: moment("2017-06-07T00:00:00Z"),
            body: Object::from_iter([("title".to_owned(), "First meeting".into())]),
            expires: moment("2017-07-07T09:30:00Z"),
            group: Name::parse("fg-dlt"),
            ledger: Digest::of(b"ledger"),
            signed: moment("2017-06-07T09:30:00Z"),
            signers: vec![Signer { role: Name::parse("secretariat").unwrap(), who: Name::parse("tsb").unwrap() }],
            record_type: "meeting.announce".to_owned(),
        }
    }

    fn file() -> Vec<u8> {
        let line = record().to_line().unwrap();
        let signature = sign(&secret("tsb"), &line, NAMESPACE).unwrap();
        [line, signature.into_bytes()].concat()
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let file = RecordFile::parse(&file()).unwrap();
        assert_eq!(file.record(), &record());
        assert_eq!(file.id(), Digest::of(file.line()));
        assert_eq!(file.line(), record().to_line().unwrap());
        assert!(file.verify().is_ok());
    }

    #[test]
    fn any_altered_byte_is_refused() {
        let original = file();
        for at in 0..original.len() {
            let mut altered = original.clone();
            altered[at] ^= 1;
            let verified = RecordFile::parse(&altered).and_then(RecordFile::verify);
            assert!(verified.is_err(), "byte {at} was altered unnoticed");
        }
    }

    #[test]
    fn there_is_one_signature_for_each_signer() {
        let line = record().to_line().unwrap();
        let signature = sign(&secret("tsb"), &line, NAMESPACE).unwrap();
        let with = |count: usize| RecordFile::assemble(&line, &vec![signature.clone(); count]).map(|_| ());
        assert_eq!(with(0), Err(RecordError::SignatureCount { found: 0, expected: 1 }));
        assert_eq!(with(1), Ok(()));
        assert_eq!(with(2), Err(RecordError::SignatureCount { found: 2, expected: 1 }));
        assert_eq!(with(30), Err(RecordError::SignatureCount { found: 22, expected: 1 }));
        assert_eq!(RecordFile::assemble(&line, &[signature, "\n".to_owned()]), Err(RecordError::Trailing));
    }

    #[test]
    fn the_fields_are_these_and_no_others() {
        check(|line| line.replace(",\"v\":1", ",\"v\":2"), "v");
        check(|line| line.replace("\"record\"", "\"seal\""), "kind");
        check(|line| line.replace("sha256:", "sha512:"), "ledger");
        check(|line| line.replace("fg-dlt", "FG DLT"), "group");
        check(|line| line.replace("2017-06-07T09:30:00Z", "2017-06-07"), "signed");
        check(|line| line.replace("[{", "[{\"a\":1,"), "signers");
        check(|line| line.replace(",\"type\":\"meeting.announce\"", ""), "type");
        fn check(alter: impl Fn(String) -> String, named: &str) {
            let line = alter(String::from_utf8(record().to_line().unwrap()).unwrap());
            match Record::from_line(line.as_bytes()) {
                Err(RecordError::Field { field, .. }) => assert_eq!(field, named, "{line}"),
                other => panic!("{line}: {other:?}"),
            }
        }
        let line = String::from_utf8(record().to_line().unwrap()).unwrap();
        let more = line.replace(",\"v\":1", ",\"v\":1,\"x\":1");
        assert_eq!(Record::from_line(more.as_bytes()), Err(RecordError::UnknownField("x".into())));
    }

    #[test]
    fn validity_is_thirty_days_at_most() {
        //    expires, is valid; signed is 2017-06-07T09:30:00Z
        check("2017-07-07T09:30:00Z", true);
        check("2017-07-07T09:30:00.001Z", false);
        check("2017-06-07T09:30:00.001Z", true);
        check("2017-06-07T09:30:00Z", false);
        fn check(expires: &str, is_valid: bool) {
            let record = Record { expires: Moment::parse(expires).unwrap(), ..record() };
            let read = Record::from_line(&record.to_line().unwrap());
            assert_eq!(read, if is_valid { Ok(record) } else { Err(RecordError::Validity) }, "{expires}");
        }
    }
}
