//! Values that are written as text: in a record's body, in state, and in findings.

use std::{fmt, str};

use plenary_core::{
    hash::Digest,
    note::{self, CosignerKey, LogKey},
    record::Name,
    signature::MemberKey,
    subject::Subject,
    time::{Date, Moment},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// What has exactly one spelling, which `Display` writes.
pub trait Spelled: fmt::Display + Sized {
    /// The form, as an error message names it.
    const FORM: &'static str;

    /// Reads the one spelling.
    fn read(text: &str) -> Option<Self>;
}

/// A value that is serialized as its spelling.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Text<T>(pub T);

impl<T: fmt::Display> fmt::Display for Text<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: Spelled> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // The text itself is not shown: it may be what must not be kept.
        T::read(&text).map(Self).ok_or_else(|| D::Error::custom(format_args!("a value is not {}", T::FORM)))
    }
}

impl Spelled for Date {
    const FORM: &'static str = "a date such as 2017-10-17";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Spelled for Digest {
    const FORM: &'static str = "sha256: and 64 lower-case hexadecimal digits";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Spelled for MemberKey {
    const FORM: &'static str = "an ssh-ed25519 or sk-ssh-ed25519 public key without a comment";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Spelled for LogKey {
    const FORM: &'static str = "a verifier key of type 01, as a policy writes it";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Spelled for CosignerKey {
    const FORM: &'static str = "a verifier key of type 04, as a policy writes it";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Spelled for Moment {
    const FORM: &'static str = "a time such as 2017-10-17T07:30:00Z";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Spelled for Name {
    const FORM: &'static str = "a name of lower-case letters, digits and hyphens";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Spelled for Subject {
    const FORM: &'static str = "the name of a subject";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// The 32 bytes of an Ed25519 public key.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Takes over the bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Digest::from_bytes(self.0).to_hex())
    }
}

impl Spelled for PublicKey {
    const FORM: &'static str = "a public key of 64 lower-case hexadecimal digits";

    fn read(text: &str) -> Option<Self> {
        Digest::from_hex(text).map(|digest| Self(*digest.as_bytes()))
    }
}

/// The 64 bytes of an Ed25519 signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RawSignature([u8; 64]);

impl RawSignature {
    /// Takes over the bytes.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Display for RawSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&note::write_bytes(&self.0))
    }
}

impl Spelled for RawSignature {
    const FORM: &'static str = "the base64 of a signature of 64 bytes";

    fn read(text: &str) -> Option<Self> {
        note::read_base64(text).map(Self)
    }
}

/// A person's pseudonym in one group: sixteen random bytes in hexadecimal digits.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Pid(Name);

impl Pid {
    const DIGITS: usize = 32;

    /// Reads 32 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_pid = text.len() == Self::DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        Name::parse(text).filter(|_| is_pid).map(Self)
    }

    /// The pseudonym as the `who` of a signer.
    pub const fn as_name(&self) -> &Name {
        &self.0
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Spelled for Pid {
    const FORM: &'static str = "a participant's pid of 32 lower-case hexadecimal digits";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A short label that the group gives: a meeting `1`, a deliverable `D1.1`, a group `WG1`.
///
/// One to sixteen letters, digits and full stops, without `-`, which separates
/// the parts of the numbers that the ledger gives (`D1.1-C1`).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Label(String);

impl Label {
    /// The longest label, in bytes.
    pub const BYTES_MAX: usize = 16;

    /// Reads a label.
    pub fn parse(text: &str) -> Option<Self> {
        let is_label = (1..=Self::BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        is_label.then(|| Self(text.to_owned()))
    }

    /// The label.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Spelled for Label {
    const FORM: &'static str = "a label of up to 16 letters, digits and full stops";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A number that the ledger gave, such as `DLT-I-001`, `D1.1-C1` or `D1.1-OBJ-1`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Number(String);

impl Number {
    /// The longest number, in bytes.
    pub const BYTES_MAX: usize = 40;

    /// Reads a number.
    pub fn parse(text: &str) -> Option<Self> {
        let is_number = (1..=Self::BYTES_MAX).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        is_number.then(|| Self(text.to_owned()))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Spelled for Number {
    const FORM: &'static str = "a number that the ledger gave";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A title, a place or another short public text that names no person.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Title(String);

impl Title {
    /// The longest title, in bytes.
    pub const BYTES_MAX: usize = 240;

    /// Reads one line of 1 to 240 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let is_title = (1..=Self::BYTES_MAX).contains(&text.len()) && !text.contains('\n') && text.trim() == text;
        is_title.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Spelled for Title {
    const FORM: &'static str = "one line of text of up to 240 bytes; longer text belongs into a document";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A country, by its two capital letters (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two capital letters.
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl Spelled for Country {
    const FORM: &'static str = "a country's two capital letters (ISO 3166-1)";

    fn read(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_is_read() {
        check::<Label>("D1.1", true);
        check::<Label>("D1-1", false);
        check::<Label>(".1", false);
        check::<Label>("", false);
        check::<Label>("12345678901234567", false);
        check::<Number>("D1.1-OBJ-1", true);
        check::<Number>("a/b", false);
        check::<Pid>("00112233445566778899aabbccddeeff", true);
        check::<Pid>("00112233445566778899AABBCCDDEEFF", false);
        check::<Pid>("tsb", false);
        check::<Country>("CH", true);
        check::<Country>("ch", false);
        check::<Country>("CHE", false);
        check::<Title>("Use cases", true);
        check::<Title>("two\nlines", false);
        check::<Title>(" blank", false);
        fn check<T: Spelled>(text: &str, is_read: bool) {
            assert_eq!(T::read(text).map(|value| value.to_string()), is_read.then(|| text.to_owned()), "{text}");
        }
    }
}
