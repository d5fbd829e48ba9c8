//! Who a node is to the others: a key, and the name that follows from it.

use std::{fmt, net::SocketAddr, str::FromStr};

use libp2p::{
    PeerId,
    identity::{Keypair, PublicKey, ed25519},
};
use plenary_core::keys::sound_key;

use crate::error::Error;

/// A node's key pair for the network. It signs nothing that enters the ledger.
#[derive(Clone)]
pub struct Identity(Keypair);

impl Identity {
    /// The identity whose Ed25519 secret is `secret` (RFC 8032, 32 bytes).
    pub fn from_secret(mut secret: [u8; 32]) -> Result<Self, Error> {
        Keypair::ed25519_from_bytes(&mut secret).map(Self).map_err(|_| Error::Key)
    }

    /// The name under which others know this node.
    pub fn peer_name(&self) -> PeerName {
        PeerName(self.0.public().to_peer_id())
    }

    pub(crate) fn keypair(&self) -> &Keypair {
        &self.0
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.peer_name())
    }
}

/// The name of a node on the network: its public key, in the usual text form.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeerName(PeerId);

impl PeerName {
    /// The name of the node with the Ed25519 public `key`.
    pub fn of_key(key: &[u8; 32]) -> Result<Self, Error> {
        let key = sound_key(key).ok_or(Error::Key)?;
        let key = ed25519::PublicKey::try_from_bytes(key.as_bytes()).map_err(|_| Error::Key)?;
        Ok(Self(PublicKey::from(key).to_peer_id()))
    }

    /// The Ed25519 public key that the name stands for.
    pub fn key(&self) -> Result<[u8; 32], Error> {
        let bytes = self.0.to_bytes();
        // The name of an Ed25519 key is the key itself behind a code and a length.
        let key = bytes.get(2..).and_then(|key| PublicKey::try_decode_protobuf(key).ok()).ok_or(Error::Name)?;
        key.try_into_ed25519().map(|key| key.to_bytes()).map_err(|_| Error::Name)
    }

    pub(crate) const fn from_id(id: PeerId) -> Self {
        Self(id)
    }

    pub(crate) const fn id(&self) -> PeerId {
        self.0
    }
}

impl FromStr for PeerName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.parse().map(Self).map_err(|_| Error::Name)?;
        let named = Self::of_key(&name.key()?)?;
        if named == name && named.to_string() == text { Ok(name) } else { Err(Error::Name) }
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A node of the set: whom to expect, and where.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// Its name.
    pub name: PeerName,
    /// Where it listens, or `None` if it always dials us.
    pub address: Option<SocketAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_key_and_its_text() {
        let name = Identity::from_secret([7; 32]).unwrap().peer_name();
        assert_eq!(PeerName::of_key(&name.key().unwrap()), Ok(name));
        assert_eq!(name.to_string().parse(), Ok(name));
        assert!(name.to_string().starts_with("12D3KooW"));
    }

    #[test]
    fn a_name_that_no_sound_key_has_is_refused() {
        // The neutral element is a point, and anyone can sign for it.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(PeerName::of_key(&neutral), Err(Error::Key));
        let key = ed25519::PublicKey::try_from_bytes(&neutral).unwrap();
        let text = PublicKey::from(key).to_peer_id().to_string();
        assert_eq!(text.parse::<PeerName>(), Err(Error::Key));
        assert_eq!("".parse::<PeerName>(), Err(Error::Name));
        assert_eq!("QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N".parse::<PeerName>(), Err(Error::Name));
    }

    #[test]
    fn a_secret_is_not_shown() {
        let identity = Identity::from_secret([7; 32]).unwrap();
        assert_eq!(format!("{identity:?}"), format!("Identity({})", identity.peer_name()));
    }
}
