//! Members' keys and signatures: OpenSSH text, as `ssh-keygen -Y sign` writes it.
//!
//! `ssh-key` only parses. Ed25519 is verified by `keys::verify_strict`, for
//! keys in files and agents (`ssh-ed25519`) and for hardware keys
//! (`sk-ssh-ed25519@openssh.com`) alike.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};
use ed25519_dalek::{SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use ssh_key::{
    Algorithm, HashAlg, LineEnding, PublicKey, Signature as RawSignature, SshSig,
    public::{Ed25519PublicKey, KeyData},
};
use thiserror::Error;

use crate::keys;

/// The longest armoured signature, in bytes; a hardware key's takes about 400.
pub const ARMOUR_BYTES_MAX: usize = 1_024;

const ARMOUR_END: &str = "-----END SSH SIGNATURE-----\n";

/// Why a key or a signature is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum SignatureError {
    /// The text is no OpenSSH public key of a kind that members may use.
    #[error("the public key is not an ssh-ed25519 or sk-ssh-ed25519 key")]
    Key,
    /// The key has a comment, which often is a person's name or address.
    #[error("the public key carries a comment; leave it out, it may name a person")]
    KeyComment,
    /// The text is no SSH signature, or not in the form that `ssh-keygen` writes.
    #[error("the signature is not an SSH signature as ssh-keygen -Y sign writes it")]
    Armour,
    /// The signature was made for another purpose.
    #[error("the signature's namespace is {found:?}; {expected:?} is needed")]
    Namespace {
        /// The namespace that was signed.
        found: String,
        /// The namespace that is needed.
        expected: &'static str,
    },
    /// The signature uses another hash than SHA-512.
    #[error("the signature's hash is not sha512")]
    Hash,
    /// The signature does not fit the text and key.
    #[error("the signature by {0} does not verify")]
    Invalid(MemberKey),
}

/// A member's public key, written as OpenSSH does and without a comment.
#[derive(Clone, Eq, Ord, PartialEq, PartialOrd)]
pub struct MemberKey {
    kind: KeyKind,
    public: [u8; 32],
}

#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum KeyKind {
    Ed25519,
    /// A key in hardware, bound to an application such as `ssh:`.
    SecurityKey {
        application: String,
    },
}

impl MemberKey {
    /// The public half of `secret`.
    pub fn of(secret: &SigningKey) -> Self {
        Self { kind: KeyKind::Ed25519, public: secret.verifying_key().to_bytes() }
    }

    /// The key with these 32 bytes (RFC 8032), unless it is no sound one.
    pub fn of_public(public: &[u8; 32]) -> Option<Self> {
        keys::sound_key(public).map(|_| Self { kind: KeyKind::Ed25519, public: *public })
    }

    /// Reads one line of OpenSSH's public key format.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let key = PublicKey::from_openssh(text).map_err(|_| SignatureError::Key)?;
        if !key.comment().is_empty() {
            return Err(SignatureError::KeyComment);
        }
        let (member, _) = Self::from_data(key.key_data())?;
        if member.to_string() == text { Ok(member) } else { Err(SignatureError::Key) }
    }

    /// The fingerprint as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> String {
        let blob = PublicKey::from(self.data()).to_bytes().unwrap_or_default();
        format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(&blob)))
    }

    /// The 32 bytes of the Ed25519 public key (RFC 8032).
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.public
    }

    /// The key in `data`, and the point that its bytes stand for.
    fn from_data(data: &KeyData) -> Result<(Self, VerifyingKey), SignatureError> {
        let member = if let Some(key) = data.ed25519() {
            Self { kind: KeyKind::Ed25519, public: key.0 }
        } else if let Some(key) = data.sk_ed25519() {
            let application = key.application().to_owned();
            Self { kind: KeyKind::SecurityKey { application }, public: key.public_key().0 }
        } else {
            return Err(SignatureError::Key);
        };
        let point = keys::sound_key(&member.public).ok_or(SignatureError::Key)?;
        Ok((member, point))
    }

    fn data(&self) -> KeyData {
        let public = Ed25519PublicKey(self.public);
        match &self.kind {
            KeyKind::Ed25519 => KeyData::Ed25519(public),
            KeyKind::SecurityKey { application } => {
                KeyData::SkEd25519(ssh_key::public::SkEd25519::new(public, application.clone()))
            }
        }
    }
}

impl fmt::Display for MemberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&PublicKey::from(self.data()).to_openssh().map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for MemberKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

/// A signature whose form has been read; `verify` says whether it is right.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    key: MemberKey,
    /// The key's point, which is costly to find.
    point: VerifyingKey,
    bytes: [u8; 64],
    /// A hardware key's flags and counter, which it signs as well.
    trailer: Vec<u8>,
}

impl Signature {
    /// Reads one armoured signature made for `namespace`.
    pub fn parse(armour: &str, namespace: &'static str) -> Result<Self, SignatureError> {
        if armour.len() > ARMOUR_BYTES_MAX {
            return Err(SignatureError::Armour);
        }
        let sig = SshSig::from_pem(armour).map_err(|_| SignatureError::Armour)?;
        if sig.to_pem(LineEnding::LF).ok().as_deref() != Some(armour) || !sig.reserved().is_empty() {
            return Err(SignatureError::Armour);
        }
        if sig.namespace() != namespace {
            return Err(SignatureError::Namespace { found: sig.namespace().to_owned(), expected: namespace });
        }
        if sig.hash_alg() != HashAlg::Sha512 {
            return Err(SignatureError::Hash);
        }
        let (key, point) = MemberKey::from_data(sig.public_key())?;
        let (bytes, trailer) = sig.signature_bytes().split_first_chunk::<64>().ok_or(SignatureError::Armour)?;
        let expected = match key.kind {
            KeyKind::Ed25519 => (Algorithm::Ed25519, 0),
            KeyKind::SecurityKey { .. } => (Algorithm::SkEd25519, 5),
        };
        if (sig.algorithm(), trailer.len()) != expected {
            return Err(SignatureError::Armour);
        }
        Ok(Self { key, point, bytes: *bytes, trailer: trailer.to_vec() })
    }

    /// Splits `text` after its first armoured signature.
    pub fn split(text: &str) -> Option<(&str, &str)> {
        let at = text.find(ARMOUR_END)?.checked_add(ARMOUR_END.len())?;
        text.split_at_checked(at)
    }

    /// The key that the signature names.
    pub const fn key(&self) -> &MemberKey {
        &self.key
    }

    /// Whether the signature is right for `message` in `namespace`.
    pub fn verify(&self, message: &[u8], namespace: &'static str) -> Result<(), SignatureError> {
        let invalid = || SignatureError::Invalid(self.key.clone());
        let signed = SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(|_| invalid())?;
        let signed = match &self.key.kind {
            KeyKind::Ed25519 => signed,
            KeyKind::SecurityKey { application } => self.hardware_message(application, &signed).ok_or_else(invalid)?,
        };
        if keys::verify_with(&self.point, &signed, &self.bytes) { Ok(()) } else { Err(invalid()) }
    }

    /// What a hardware key signs (OpenSSH, `PROTOCOL.u2f`); it must attest that it was touched.
    fn hardware_message(&self, application: &str, signed: &[u8]) -> Option<Vec<u8>> {
        const USER_PRESENT: u8 = 1;
        let touched = self.trailer.first().is_some_and(|flags| flags & USER_PRESENT != 0);
        let digest = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
        touched.then(|| [&digest(application.as_bytes())[..], &self.trailer, &digest(signed)].concat())
    }
}

/// Signs `message` with a key in memory; the same text as `ssh-keygen -Y sign` writes.
pub fn sign(secret: &SigningKey, message: &[u8], namespace: &'static str) -> Result<String, SignatureError> {
    let signed = SshSig::signed_data(namespace, HashAlg::Sha512, message).map_err(|_| SignatureError::Armour)?;
    let raw = RawSignature::new(Algorithm::Ed25519, keys::sign(secret, &signed).to_vec())
        .map_err(|_| SignatureError::Armour)?;
    SshSig::new(MemberKey::of(secret).data(), namespace, HashAlg::Sha512, raw)
        .and_then(|sig| sig.to_pem(LineEnding::LF))
        .map_err(|_| SignatureError::Armour)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMESPACE: &str = "plenary-record";

    fn secret() -> SigningKey {
        SigningKey::from_bytes(&Sha256::digest(b"seed/chair").into())
    }

    #[test]
    fn a_signature_verifies_for_its_message_key_and_namespace_only() {
        let armour = sign(&secret(), b"one\n", NAMESPACE).unwrap();
        let signature = Signature::parse(&armour, NAMESPACE).unwrap();
        assert_eq!(signature.key(), &MemberKey::of(&secret()));
        assert_eq!(signature.verify(b"one\n", NAMESPACE), Ok(()));
        let invalid = Err(SignatureError::Invalid(MemberKey::of(&secret())));
        assert_eq!(signature.verify(b"two\n", NAMESPACE), invalid);
        assert_eq!(signature.verify(b"one\n", "plenary-read"), invalid);
        assert!(matches!(Signature::parse(&armour, "plenary-read"), Err(SignatureError::Namespace { .. })));
    }

    #[test]
    fn only_the_form_of_ssh_keygen_is_read() {
        let armour = sign(&secret(), b"one\n", NAMESPACE).unwrap();
        let altered = [
            armour.trim_end().to_owned(),
            armour.replace('\n', "\r\n"),
            format!(" {armour}"),
            format!("{armour}\n"),
            armour.replacen("U1NIU0lH", "U1NI\nU0lH", 1),
        ];
        for text in altered {
            assert_eq!(Signature::parse(&text, NAMESPACE), Err(SignatureError::Armour), "{text}");
        }
    }

    #[test]
    fn a_key_has_one_spelling() {
        let text = MemberKey::of(&secret()).to_string();
        assert_eq!(MemberKey::parse(&text), Ok(MemberKey::of(&secret())));
        assert_eq!(MemberKey::parse(&format!("{text} chair@example.org")), Err(SignatureError::KeyComment));
        assert_eq!(MemberKey::parse(&format!("{text}\n")), Err(SignatureError::Key));
        // The identity element: a key under which anyone can sign.
        let mut weak = [0; 32];
        weak[0] = 1;
        let weak = PublicKey::from(KeyData::Ed25519(Ed25519PublicKey(weak))).to_openssh().unwrap();
        assert_eq!(MemberKey::parse(&weak), Err(SignatureError::Key));
    }

    #[test]
    fn a_hardware_key_must_have_been_touched() {
        //    flags, is valid
        check(1, true);
        check(5, true);
        check(0, false);
        fn check(flags: u8, is_valid: bool) {
            let key = MemberKey {
                kind: KeyKind::SecurityKey { application: "ssh:".into() },
                public: secret().verifying_key().to_bytes(),
            };
            let point = secret().verifying_key();
            let mut signature = Signature { key, point, bytes: [0; 64], trailer: vec![flags, 0, 0, 0, 9] };
            let signed = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, b"one\n").unwrap();
            let digest = |bytes: &[u8]| -> [u8; 32] { Sha256::digest(bytes).into() };
            let message = [&digest(b"ssh:")[..], &[flags, 0, 0, 0, 9], &digest(&signed)].concat();
            signature.bytes = keys::sign(&secret(), &message);
            assert_eq!(signature.verify(b"one\n", NAMESPACE).is_ok(), is_valid, "flags {flags}");
        }
    }
}
