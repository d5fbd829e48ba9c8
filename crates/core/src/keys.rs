//! The keys of validators and nodes; those of members are OpenSSH keys (`signature`).

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// The key with which a validator signs what makes a block final.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct ValidatorKey([u8; 32]);

impl ValidatorKey {
    /// Takes over 32 bytes, or refuses them if they are no sound Ed25519 key.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        sound_key(&bytes).map(|_| Self(bytes))
    }

    /// The public half of `secret`.
    pub fn of(secret: &SigningKey) -> Self {
        Self(secret.verifying_key().to_bytes())
    }

    /// The 32 bytes of the public key (RFC 8032).
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 lower-case hexadecimal digits of the key.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Whether `signature` is this key's over `message`, by the strict rules.
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        verify_strict(&self.0, message, signature)
    }
}

impl fmt::Debug for ValidatorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// Reads a public key that is canonical and not of small order.
pub fn sound_key(bytes: &[u8; 32]) -> Option<VerifyingKey> {
    if is_canonical(bytes) { VerifyingKey::from_bytes(bytes).ok().filter(|key| !key.is_weak()) } else { None }
}

/// Whether the coordinate in `bytes` is below the field's prime, 2^255 - 19.
///
/// The other encodings that are not canonical have a sign where there is none;
/// they are of small order.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    *first < 0xed || last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

/// Whether `signature` over `message` is valid under `key` by RFC 8032 and the
/// strict rules: canonical S, no key or commitment of small order.
pub fn verify_strict(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    sound_key(key).is_some_and(|key| verify_with(&key, message, signature))
}

/// The same under a key that `sound_key` has read.
pub fn verify_with(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
}

/// Signs `message`.
pub fn sign(secret: &SigningKey, message: &[u8]) -> [u8; 64] {
    secret.sign(message).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_encoding() {
        assert!(sound_key(&SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes()).is_some());
        // y + p for the small y; some of them are points, and not of small order.
        for y in 0..19 {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (0xed + y, 0x7f);
            assert!(sound_key(&bytes).is_none(), "y = {y}");
        }
        // Zero with a sign: the points whose y is one and minus one.
        let mut one = [0; 32];
        (one[0], one[31]) = (1, 0x80);
        let mut minus_one = [0xff; 32];
        minus_one[0] = 0xec;
        assert!(sound_key(&one).is_none() && sound_key(&minus_one).is_none());
    }
}
