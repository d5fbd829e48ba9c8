//! A person's record under a key of its own: without the key it is noise.

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use plenary_core::hash::Digest;
use zeroize::Zeroizing;

/// A key for one version of one person's record.
pub(crate) struct RecordKey(Zeroizing<[u8; 32]>);

impl RecordKey {
    /// A fresh key from the system's source of randomness.
    pub(crate) fn fresh() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Takes over the 32 bytes of a key file.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        (bytes.len() == key.len()).then(|| key.copy_from_slice(bytes))?;
        Some(Self(key))
    }

    /// The bytes for the key file.
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Names the record that this key opens, and says nothing about the key.
    pub(crate) fn tag(&self) -> String {
        Digest::of_parts(&[b"plenary/vault-tag/v1\n", self.as_slice()]).to_hex().chars().take(16).collect()
    }

    /// A nonce, then the text encrypted under this key and bound to `owner`.
    ///
    /// Each key seals one text, so nonces cannot meet; they are random all the same.
    pub(crate) fn seal(&self, owner: &str, text: &[u8]) -> Result<Vec<u8>, getrandom::Error> {
        let mut nonce = XNonce::default();
        getrandom::fill(&mut nonce)?;
        let cipher = XChaCha20Poly1305::new(Key::from_slice(self.as_slice()));
        // Encryption fails only beyond 256 GiB.
        let sealed = cipher.encrypt(&nonce, Payload { msg: text, aad: owner.as_bytes() }).unwrap_or_default();
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The text, if it was sealed under this key for `owner` and nobody has changed it.
    pub(crate) fn open(&self, owner: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(24)?;
        let cipher = XChaCha20Poly1305::new(Key::from_slice(self.as_slice()));
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        cipher.decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_opens_and_only_for_its_owner() {
        let key = RecordKey::fresh().unwrap();
        let sealed = key.seal("fg-dlt/participant/a", b"text").unwrap();
        assert_eq!(key.open("fg-dlt/participant/a", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(key.open("fg-dlt/participant/b", &sealed), None);
        assert_eq!(RecordKey::fresh().unwrap().open("fg-dlt/participant/a", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open("fg-dlt/participant/a", &changed), None, "byte {at}");
        }
        assert_eq!(key.open("fg-dlt/participant/a", &sealed[..23]), None);
        assert_ne!(key.seal("fg-dlt/participant/a", b"text").unwrap(), sealed);
    }
}
