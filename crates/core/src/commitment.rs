//! Commitments to identity fields, and the disclosures that open them.
//!
//! The ledger holds a commitment; the value and its salt lie in the vaults of
//! the nodes entitled to them. With C for the commitment,
//!
//! ```text
//! C = HMAC-SHA-256(salt, ["plenary/identity/v1",group,pid,field,value])
//! ```
//!
//! over the canonical JSON of that array, under 32 fresh random bytes. The salt
//! hides the value, also one that is easily guessed, and keeps equal values
//! apart. Group and pid in the message keep a commitment from being passed off
//! as another person's. Whoever is given a disclosure computes C again and
//! looks for it in the participant's records; once value and salt are
//! destroyed, nothing opens C.

use std::fmt;

use serde_json::Value;
use thiserror::Error;

use crate::{
    hash::Digest,
    json::{self, JsonError, Object},
    record::Name,
};

/// The first item of the array that is committed to.
pub const DOMAIN: &str = "plenary/identity/v1";

/// The longest value of an identity field, in bytes.
pub const VALUE_BYTES_MAX: usize = 512;

/// The longest disclosure, in bytes.
pub const DISCLOSURE_BYTES_MAX: usize = 2_048;

/// Why something is no disclosure, or does not open.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum CommitmentError {
    /// The file is not one line of canonical JSON.
    #[error("the disclosure: {0}")]
    Line(JsonError),
    /// A field is missing, surplus or of the wrong form; its value is not repeated.
    #[error("the disclosure: field {field:?} {problem}")]
    Field {
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The value cannot be committed to; it is not repeated.
    #[error("the value of {field} {problem}")]
    Value {
        /// The identity field.
        field: Name,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The value and the salt give another commitment.
    #[error("value and salt of {field} give {found}; the commitment is {expected}")]
    DoesNotOpen {
        /// The identity field.
        field: Name,
        /// What they give.
        found: Digest,
        /// What was to be opened.
        expected: Digest,
    },
}

/// Thirty-two random bytes, fresh for each field and each version of it.
#[derive(Clone, Eq, PartialEq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// Takes over 32 bytes from the system's source of randomness.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 of `message` (RFC 2104).
    fn authenticate(&self, message: &[u8]) -> Digest {
        self.pads().authenticate(message)
    }

    /// A key of 32 bytes is shorter than a block, so it is padded and never hashed.
    fn pads(&self) -> Pads {
        let pad = |with: u8| {
            let mut block = [with; 64];
            for (byte, key) in block.iter_mut().zip(self.0) {
                *byte = key ^ with;
            }
            block
        };
        Pads { inner: pad(0x36), outer: pad(0x5c) }
    }
}

/// The two blocks that HMAC puts before what it hashes.
struct Pads {
    inner: [u8; 64],
    outer: [u8; 64],
}

impl Pads {
    fn authenticate(&self, message: &[u8]) -> Digest {
        let inner = Digest::of_parts(&[&self.inner, message]);
        Digest::of_parts(&[&self.outer, inner.as_bytes()])
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// An identity field of a participant with its value and salt: what opens a commitment.
///
/// As a file it is one line of canonical JSON, read only in that spelling:
///
/// ```text
/// {"field":"email","group":"fg-dlt","kind":"disclosure","pid":"a0a1…af","salt":"0001…1f","v":1,"value":"zoé@example.org"}
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Disclosure {
    group: Name,
    pid: Name,
    field: Name,
    value: String,
    salt: Salt,
}

impl Disclosure {
    const FIELDS: [&'static str; 7] = ["field", "group", "kind", "pid", "salt", "v", "value"];

    /// A disclosure of `value`: one line of NFC text in 1 to 512 bytes, without blanks around it.
    pub fn new(group: Name, pid: Name, field: &str, value: String, salt: Salt) -> Result<Self, CommitmentError> {
        let problem = "is not a name of lower-case letters, digits and hyphens";
        let field = Name::parse(field).ok_or(CommitmentError::Field { field: "field", problem })?;
        let problem = if !(1..=VALUE_BYTES_MAX).contains(&value.len()) {
            "has no byte, or more than 512"
        } else if value.contains('\n') || value.trim() != value {
            "is not one line without blanks around it"
        } else if json::check_text(&value).is_err() {
            "is not NFC text without control characters"
        } else {
            return Ok(Self { group, pid, field, value, salt });
        };
        Err(CommitmentError::Value { field, problem })
    }

    /// The group.
    pub const fn group(&self) -> &Name {
        &self.group
    }

    /// The participant.
    pub const fn pid(&self) -> &Name {
        &self.pid
    }

    /// The identity field.
    pub const fn field(&self) -> &Name {
        &self.field
    }

    /// The value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The salt.
    pub const fn salt(&self) -> &Salt {
        &self.salt
    }

    /// The commitment that this opens.
    pub fn commitment(&self) -> Digest {
        self.salt.authenticate(&self.message())
    }

    /// Checks that this opens `commitment`.
    pub fn check(&self, commitment: &Digest) -> Result<(), CommitmentError> {
        let found = self.commitment();
        if found == *commitment {
            return Ok(());
        }
        Err(CommitmentError::DoesNotOpen { field: self.field.clone(), found, expected: *commitment })
    }

    /// The canonical JSON of the array.
    fn message(&self) -> Vec<u8> {
        let [group, pid, field] = [&self.group, &self.pid, &self.field].map(Name::as_str);
        // Of these characters, canonical JSON escapes two; names and the domain hold neither.
        let value = self.value.replace('\\', "\\\\").replace('"', "\\\"");
        format!("[\"{DOMAIN}\",\"{group}\",\"{pid}\",\"{field}\",\"{value}\"]").into_bytes()
    }

    /// The file: one line, with its line feed.
    pub fn to_line(&self) -> Result<Vec<u8>, CommitmentError> {
        let fields: [(&str, Value); 7] = [
            ("field", self.field.as_str().into()),
            ("group", self.group.as_str().into()),
            ("kind", "disclosure".into()),
            ("pid", self.pid.as_str().into()),
            ("salt", hex::encode(self.salt.0).into()),
            ("v", 1.into()),
            ("value", self.value.as_str().into()),
        ];
        let object: Object = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        json::write_line(&object).map_err(CommitmentError::Line)
    }

    /// Reads the file.
    pub fn read_line(bytes: &[u8]) -> Result<Self, CommitmentError> {
        let object = json::read_line(bytes, DISCLOSURE_BYTES_MAX).map_err(CommitmentError::Line)?;
        if !object.keys().all(|key| Self::FIELDS.contains(&key.as_str())) {
            return Err(CommitmentError::Field { field: "field", problem: "and six others are all that there are" });
        }
        let text = |field: &'static str| {
            let problem = "is not a text";
            object.get(field).and_then(Value::as_str).ok_or(CommitmentError::Field { field, problem })
        };
        let name = |field| {
            let problem = "is not a name of lower-case letters, digits and hyphens";
            Name::parse(text(field)?).ok_or(CommitmentError::Field { field, problem })
        };
        if text("kind")? != "disclosure" || object.get("v") != Some(&1.into()) {
            return Err(CommitmentError::Field { field: "kind", problem: "is not disclosure, or v is not 1" });
        }
        let is_pid = |pid: &Name| pid.as_str().len() == 32 && hex::decode(pid.as_str()).is_ok();
        let problem = "is not 32 lower-case hexadecimal digits";
        let pid = name("pid").ok().filter(is_pid).ok_or(CommitmentError::Field { field: "pid", problem })?;
        let problem = "is not 64 lower-case hexadecimal digits";
        let salt = Digest::from_hex(text("salt")?).ok_or(CommitmentError::Field { field: "salt", problem })?;
        let salt = Salt(*salt.as_bytes());
        Self::new(name("group")?, pid, text("field")?, text("value")?.to_owned(), salt)
    }
}

impl fmt::Debug for Disclosure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disclosure({}/participant/{}, {})", self.group, self.pid, self.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five rows of field, value and commitment, which Python's `hmac` computed; see the file.
    const VECTOR: &str = include_str!("../../../tests/vectors/identity/commitments.txt");
    const LINE: &[u8] = include_bytes!("../../../tests/vectors/identity/disclosure.txt");
    const PID: &str = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";

    fn salt() -> Salt {
        let mut bytes = [0; 32];
        for (byte, value) in bytes.iter_mut().zip(0..) {
            *byte = value;
        }
        Salt(bytes)
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn disclosure(field: &str, value: &str) -> Result<Disclosure, CommitmentError> {
        Disclosure::new(name("fg-dlt"), name(PID), field, value.to_owned(), salt())
    }

    #[test]
    fn the_code_is_hmac_sha_256() {
        // RFC 4231, test cases 1 and 2; HMAC pads a short key with zeros, as is done here.
        let key = |bytes: &[u8]| {
            let mut key = [0; 32];
            key[..bytes.len()].copy_from_slice(bytes);
            Salt(key)
        };
        let found = key(&[0x0b; 20]).authenticate(b"Hi There").to_hex();
        assert_eq!(found, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let found = key(b"Jefe").authenticate(b"what do ya want for nothing?").to_hex();
        assert_eq!(found, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn commitments_are_those_that_python_computed() {
        let rows: Vec<&str> = VECTOR.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(rows.len(), 5);
        for row in rows {
            let [field, value, commitment] = row.splitn(3, '\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
            assert_eq!(disclosure(field, value).unwrap().commitment().to_string(), commitment, "{row}");
        }
    }

    #[test]
    fn a_disclosure_is_read_as_it_is_written_and_opens_its_commitment_alone() {
        let read = Disclosure::read_line(LINE).unwrap();
        assert_eq!(read, disclosure("email", "zoé@example.org").unwrap());
        assert_eq!(read.to_line().unwrap(), LINE);
        assert!(include_str!("../../../docs/protocol.md").contains(std::str::from_utf8(LINE).unwrap()));
        let commitment = read.commitment();
        assert_eq!(read.check(&commitment), Ok(()));
        let mut others = vec![read.clone(); 5];
        others[0].group = name("fg-x");
        others[1].pid = name("b0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
        others[2].field = name("name");
        others[3].value = "zoe@example.org".to_owned();
        others[4].salt.0[31] ^= 1;
        for other in others {
            assert!(matches!(other.check(&commitment), Err(CommitmentError::DoesNotOpen { .. })), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_disclosure_is_refused_and_not_repeated() {
        let line = String::from_utf8(LINE.to_vec()).unwrap();
        let change = |from: &str, to: &str| {
            let changed = line.replacen(from, to, 1);
            assert_ne!(changed, line, "{from}");
            let error = Disclosure::read_line(changed.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains("example.org") && !error.contains("0001020304"), "{error}");
        };
        change("disclosure", "record");
        change("\"v\":1", "\"v\":2");
        change("fg-dlt", "FG-DLT");
        change("a0a1", "xxxx");
        change("a0a1", "a1");
        change("0001", "00");
        change("\"kind\"", "\"kinds\"");
        change(",\"value\"", ",\"w\":1,\"value\"");
        change("zoé", "zoe\u{301}");
        change("zoé", " zoé");
        change("zoé@example.org", "");
        change("zoé", "zoé\\n");
        change("}\n", "}");
        change("zoé", &"x".repeat(VALUE_BYTES_MAX));
        assert!(disclosure("name", &"x".repeat(VALUE_BYTES_MAX)).is_ok());
        assert!(disclosure("name", &"x".repeat(VALUE_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn neither_value_nor_salt_is_shown_by_chance() {
        let shown = format!("{:?}", disclosure("email", "zoé@example.org").unwrap());
        assert_eq!(shown, format!("Disclosure(fg-dlt/participant/{PID}, email)"));
        assert_eq!(format!("{:?}", salt()), "Salt(…)");
    }

    /// A million likely addresses, with the one that was committed to among
    /// them: without the salt, neither a bare hash nor a guessed key links any
    /// of them to the commitment; with it, exactly one opens.
    #[test]
    fn a_dictionary_of_likely_addresses_links_none() {
        let secret = disclosure("email", "anna07.muster42@example99.org").unwrap();
        let (message, commitment) = (secret.message(), secret.commitment());
        let (opening, guessed) = (salt().pads(), Salt([0; 32]).pads());
        let (mut tried, mut opened) = (0, 0);
        // The value stands at the end, before a quotation mark and a bracket.
        let begins = message.len() - secret.value.len() - 2;
        let mut guess = message.clone();
        for number in 0..1_000_000_u32 {
            // Two digits each for the name, the surname and the domain, written in place.
            let digit = |place: u32| b'0' + u8::try_from(number / 10_u32.pow(place) % 10).unwrap();
            for (at, place) in [(4, 5), (5, 4), (13, 3), (14, 2), (23, 1), (24, 0)] {
                guess[begins + at] = digit(place);
            }
            assert_ne!(Digest::of(&guess[begins..guess.len() - 2]), commitment, "{number}");
            assert_ne!(guessed.authenticate(&guess), commitment, "{number}");
            tried += 1;
            // A hundredth of them is enough to see that the salt is what opens it.
            if number % 100 == 99 && opening.authenticate(&guess) == commitment {
                assert_eq!(guess, message);
                opened += 1;
            }
        }
        assert_eq!((tried, opened), (1_000_000, 1));
    }
}
