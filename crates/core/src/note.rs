//! Names, keys and signature lines of signed notes, as C2SP signed-note writes them.
//!
//! A verifier key is one word, and a signature is one line of a note:
//!
//! ```text
//! plenary.example/ledger+b19285c0+AehJ0Hf4…    name + key id in hexadecimal + base64(type ‖ public key)
//! — plenary.example/ledger sZKFwNZl…           em dash, name, base64(key id ‖ signature)
//! ```
//!
//! The key id only tells keys apart; that a signature holds is decided under
//! the public key that the reader already trusts.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;
use thiserror::Error;

use crate::{hash::Digest, keys};

/// The name of a key: 1 to 255 printable ASCII characters, no space and no plus sign.
///
/// Signed notes allow more of Unicode; ASCII needs no table to agree on what a space is.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct KeyName(String);

impl KeyName {
    /// Takes over a name, or refuses one that a note cannot carry.
    pub fn parse(text: &str) -> Option<Self> {
        let is_sound =
            (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
        is_sound.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first four bytes of the SHA-256 of a key's name, type and public bytes.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// Takes over four bytes.
    pub const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes.
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

/// Why a word is not a verifier key.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum KeyError {
    /// Not three parts joined by plus signs.
    #[error("a verifier key is a name, a key id and a key, joined by plus signs")]
    Parts,
    /// The name has a space, a plus sign, or another character that is not allowed.
    #[error("the key's name is not 1 to 255 printable ASCII characters without space and plus sign")]
    Name,
    /// The key is not canonical base64 of a type and 32 bytes.
    #[error("the key is not the base64 of a type byte and 32 bytes")]
    Encoding,
    /// The type is not the one that belongs here.
    #[error("the key is of type {found:#04x} where {needed:#04x} belongs")]
    Type {
        /// The type byte found.
        found: u8,
        /// The type byte needed.
        needed: u8,
    },
    /// The 32 bytes are no canonical Ed25519 key, or one of small order.
    #[error("the key is not a sound Ed25519 key")]
    Unsound,
    /// The key id is not that of the name and the key.
    #[error("the key id is not that of this name and key")]
    Id,
}

/// A public key with the name and the type of signature under which it signs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifierKey<const TYPE: u8> {
    name: KeyName,
    public: [u8; 32],
}

/// A key that signs the text of a note.
pub type LogKey = VerifierKey<0x01>;

/// A key that signs checkpoints and when they were seen, `cosignature/v1`.
pub type CosignerKey = VerifierKey<0x04>;

impl<const TYPE: u8> VerifierKey<TYPE> {
    /// Names a public key, or refuses one that is no sound Ed25519 key.
    pub fn new(name: KeyName, public: [u8; 32]) -> Result<Self, KeyError> {
        keys::sound_key(&public).ok_or(KeyError::Unsound)?;
        Ok(Self { name, public })
    }

    /// Names the public half of `secret`.
    pub fn of(name: KeyName, secret: &SigningKey) -> Self {
        Self { name, public: secret.verifying_key().to_bytes() }
    }

    /// Reads the one spelling that `Display` writes.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        // Base64 has plus signs of its own, names and key ids have none.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Parts);
        };
        let name = KeyName::parse(name).ok_or(KeyError::Name)?;
        let [found, public @ ..]: [u8; 33] = read_base64(key).ok_or(KeyError::Encoding)?;
        if found != TYPE {
            return Err(KeyError::Type { found, needed: TYPE });
        }
        let key = Self::new(name, public)?;
        if hex::encode(key.id().as_bytes()) == id { Ok(key) } else { Err(KeyError::Id) }
    }

    /// The name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The 32 bytes of the public key (RFC 8032).
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The key id.
    pub fn id(&self) -> KeyId {
        let digest = Digest::of_parts(&[self.name.0.as_bytes(), b"\n", &[TYPE], &self.public]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        KeyId([a, b, c, d])
    }
}

impl<const TYPE: u8> fmt::Display for VerifierKey<TYPE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[TYPE], self.public.as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id().as_bytes()), STANDARD.encode(key))
    }
}

/// Why a line is not a signature line.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum SignatureLineError {
    /// Not an em dash, a space, a name, a space and a word.
    #[error("a signature line is an em dash, a name and a signature, with one space between")]
    Parts,
    /// The name has a character that is not allowed.
    #[error("the key's name is not 1 to 255 printable ASCII characters without space and plus sign")]
    Name,
    /// The signature is not canonical base64 of as many bytes as belong there.
    #[error("the signature is not the base64 of {needed} bytes")]
    Encoding {
        /// Bytes of key id, time if there is one, and signature.
        needed: usize,
    },
    /// The time is too far in the future to be one.
    #[error("the time is after the year 9999")]
    Time,
}

/// Takes a signature line apart: name, key id, and the `N` bytes after it.
pub(crate) fn read_signature<const N: usize>(line: &str) -> Result<(KeyName, KeyId, [u8; N]), SignatureLineError> {
    let parts = line.strip_prefix("— ").and_then(|rest| rest.split_once(' '));
    let (name, text) = parts.ok_or(SignatureLineError::Parts)?;
    let name = KeyName::parse(name).ok_or(SignatureLineError::Name)?;
    let needed = N.saturating_add(4);
    let bytes = decode(text, needed).ok_or(SignatureLineError::Encoding { needed })?;
    let (id, rest) = bytes.split_first_chunk().ok_or(SignatureLineError::Encoding { needed })?;
    let rest = rest.try_into().map_err(|_| SignatureLineError::Encoding { needed })?;
    Ok((name, KeyId::from_bytes(*id), rest))
}

/// Writes a signature line, without its line feed.
pub(crate) fn write_signature(f: &mut fmt::Formatter<'_>, name: &KeyName, parts: &[&[u8]]) -> fmt::Result {
    write!(f, "— {name} {}", STANDARD.encode(parts.concat()))
}

/// Reads the one base64 spelling of `N` bytes (RFC 4648, section 4, with padding).
pub fn read_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text, N)?.try_into().ok()
}

/// A longer or shorter text is refused before it is decoded.
fn decode(text: &str, bytes: usize) -> Option<Vec<u8>> {
    (text.len() == bytes.div_ceil(3).checked_mul(4)?).then(|| STANDARD.decode(text).ok())?
}

/// The base64 of a hash.
pub(crate) fn write_base64(digest: &Digest) -> String {
    write_bytes(digest.as_bytes())
}

/// Writes the base64 that `read_base64` reads.
pub fn write_bytes(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads a decimal number below 2^53, without sign or leading zeros.
///
/// A browser's numbers are exact below that, and every verifier must draw the same line.
pub(crate) fn read_number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number < 1 << 53 && number.to_string() == text).then_some(number)
}

/// The lines of a text, each of which must end in a line feed.
pub(crate) fn read_lines(text: &str) -> Option<Vec<&str>> {
    Some(text.strip_suffix('\n')?.split('\n').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verifier key that signed-note shows as its example.
    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let key = LogKey::parse(EXAMPLE).unwrap();
        assert_eq!(key.to_string(), EXAMPLE);
        assert_eq!(key.name().as_str(), "example.com/foo");
        assert_eq!(hex::encode(key.id().as_bytes()), "530d903a");
    }

    #[test]
    fn the_example_of_the_specification_holds() {
        let key = LogKey::parse(EXAMPLE).unwrap();
        let line = "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=";
        let (name, id, signature) = read_signature(line).unwrap();
        assert_eq!((&name, id), (key.name(), key.id()));
        assert!(keys::verify_strict(key.public(), b"This is an example message.\n", &signature));
    }

    #[test]
    fn a_key_with_another_spelling_is_refused() {
        let check = |from: &str, to: &str, error| {
            assert!(EXAMPLE.contains(from), "{from}");
            let text = EXAMPLE.replacen(from, to, 1);
            assert_eq!(LogKey::parse(&text), Err(error), "{text}");
        };
        check("+", "", KeyError::Parts);
        check("example", "", KeyError::Id);
        check("example.com/foo", "", KeyError::Name);
        check("/foo", " foo", KeyError::Name);
        check("/foo", "/fóo", KeyError::Name);
        check("530d903a", "530D903A", KeyError::Id);
        check("530d903a", "530d903b", KeyError::Id);
        check("530d903a", "0530d903a", KeyError::Id);
        check("U2k", "U2l", KeyError::Id);
        check("U2k", "U2k=", KeyError::Encoding);
        check("U2k", "U2", KeyError::Encoding);
        check("Aeky", "BOky", KeyError::Type { found: 4, needed: 1 });
        let weak = format!("a+00000000+{}", STANDARD.encode([[1].as_slice(), &[0; 32]].concat()));
        assert_eq!(LogKey::parse(&weak), Err(KeyError::Unsound));
    }

    #[test]
    fn a_signature_line_has_one_spelling() {
        let sound = "— a.example/b AAAAAAAA";
        let name = KeyName::parse("a.example/b").unwrap();
        assert_eq!(read_signature::<2>(sound), Ok((name, KeyId::from_bytes([0; 4]), [0; 2])));
        let long = format!("— {} AAAAAAAA", "n".repeat(256));
        let needed = 6;
        for (line, error) in [
            ("- a.example/b AAAAAAAA", SignatureLineError::Parts),
            ("—  a.example/b AAAAAAAA", SignatureLineError::Name),
            ("— a.example/b", SignatureLineError::Parts),
            ("— a.example+b AAAAAAAA", SignatureLineError::Name),
            ("— a\u{a0}b AAAAAAAA", SignatureLineError::Name),
            (&long, SignatureLineError::Name),
            ("— a.example/b  AAAAAAAA", SignatureLineError::Encoding { needed }),
            ("— a.example/b AAAA ", SignatureLineError::Encoding { needed }),
            ("— a.example/b AAAA\r", SignatureLineError::Encoding { needed }),
            ("— a.example/b AAAAAAA=", SignatureLineError::Encoding { needed }),
            ("— a.example/b AAAAAAAAAAAA", SignatureLineError::Encoding { needed }),
        ] {
            assert_eq!(read_signature::<2>(line), Err(error), "{line}");
        }
        // The bits that the last character has over must be zero.
        assert_eq!(read_base64::<2>("AAA="), Some([0; 2]));
        assert_eq!(read_base64::<2>("AAB="), None);
    }

    #[test]
    fn a_number_has_one_spelling() {
        for (text, number) in [
            ("0", Some(0)),
            ("9007199254740991", Some((1 << 53) - 1)),
            ("9007199254740992", None),
            ("18446744073709551616", None),
            ("01", None),
            ("+1", None),
            ("-1", None),
            ("1 ", None),
            ("", None),
        ] {
            assert_eq!(read_number(text), number, "{text}");
        }
    }
}
