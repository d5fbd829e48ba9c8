//! Cosignatures on the way to a checkpoint.
//!
//! A validator cosigns the log's head after it has committed the block, and
//! whoever holds a quorum of cosignatures of one head has a checkpoint. The
//! line of the log's own key is that of the node which puts the checkpoint
//! together; it carries no trust.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::TreeHead,
    checkpoint::{self, Checkpoint, Cosignature, LogSignature},
    codec::{self, CodecError},
    note::KeyName,
    policy::Policy,
    time::Moment,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest encoded message, in bytes.
const MESSAGE_BYTES_MAX: usize = 1_024;

/// Heads of one validator that are kept: it may be this many blocks ahead of this node.
const HEADS_PER_SEAT_MAX: usize = 8;

/// Why a cosignature is not taken.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub(crate) enum CosigningError {
    /// The bytes are no such message.
    #[error("the message is malformed: {0}")]
    Codec(#[from] CodecError),
    /// The line is no cosignature.
    #[error("the line is no cosignature")]
    Line,
    /// No seat of the policy has this key.
    #[error("the cosigner has no seat")]
    NoSeat,
    /// The signature does not fit.
    #[error("the cosignature does not verify")]
    Invalid,
}

#[derive(Serialize, Deserialize)]
struct Message {
    head: TreeHead,
    line: String,
}

/// What a validator signs checkpoints with.
pub(crate) struct Cosigner {
    /// The name of its key in the policy.
    pub(crate) name: KeyName,
    /// The epoch's cosigning key.
    pub(crate) secret: SigningKey,
    /// The key of the log's own line.
    pub(crate) log: SigningKey,
}

/// The cosignatures of heads that have no checkpoint yet.
pub(crate) struct Cosigning {
    policy: Policy,
    cosigner: Option<Cosigner>,
    /// By size and root, since a lying validator may cosign another root.
    heads: BTreeMap<(u64, [u8; 32]), BTreeMap<KeyName, Cosignature>>,
    done: u64,
    own: Option<Vec<u8>>,
}

impl Cosigning {
    /// Begins where checkpoints up to size `done` are kept already.
    pub(crate) fn new(policy: Policy, cosigner: Option<Cosigner>, done: u64) -> Self {
        Self { policy, cosigner, heads: BTreeMap::new(), done, own: None }
    }

    /// Cosigns `head`, and returns the message for the others.
    ///
    /// The caller has made sure that `head` extends the last one cosigned, and
    /// that this cannot be forgotten.
    pub(crate) fn cosign(&mut self, head: TreeHead, now: Moment) -> Option<Vec<u8>> {
        let cosigner = self.cosigner.as_ref()?;
        let body = checkpoint::body(self.policy.origin(), &head);
        let cosignature = Cosignature::sign(&cosigner.name, &cosigner.secret, now, &body);
        let message = Message { head, line: cosignature.to_string() };
        self.keep(head, cosignature);
        let bytes = codec::encode::<MESSAGE_BYTES_MAX, _>(&message).ok()?;
        self.own = Some(bytes.clone());
        Some(bytes)
    }

    /// The last message of this node, for peers that were not there.
    pub(crate) fn own(&self) -> Option<Vec<u8>> {
        self.own.clone()
    }

    /// Takes a cosignature from another validator; returns the head that it is for.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<TreeHead, CosigningError> {
        let message: Message = codec::decode::<MESSAGE_BYTES_MAX, _>(bytes)?;
        let cosignature = Cosignature::parse(&message.line).map_err(|_| CosigningError::Line)?;
        let key = self.policy.cosigner(&cosignature.name, cosignature.id).ok_or(CosigningError::NoSeat)?;
        let body = checkpoint::body(self.policy.origin(), &message.head);
        if !cosignature.verify(key, &body) {
            return Err(CosigningError::Invalid);
        }
        if message.head.size > self.done {
            self.keep(message.head, cosignature);
        }
        Ok(message.head)
    }

    /// The checkpoint of `head`, once a quorum has cosigned it.
    pub(crate) fn complete(&mut self, head: TreeHead) -> Option<Checkpoint> {
        let given = self.heads.get(&(head.size, *head.root.as_bytes()))?;
        if given.len() < self.policy.quorum() {
            return None;
        }
        let body = checkpoint::body(self.policy.origin(), &head);
        let cosigner = self.cosigner.as_ref()?;
        let checkpoint = Checkpoint {
            origin: self.policy.origin().clone(),
            head,
            log: LogSignature::sign(self.policy.origin(), &cosigner.log, &body),
            cosignatures: given.values().take(self.policy.quorum()).cloned().collect(),
        };
        self.settle(head.size);
        Some(checkpoint)
    }

    /// Forgets the cosignatures of heads that a checkpoint covers.
    pub(crate) fn settle(&mut self, size: u64) {
        self.done = self.done.max(size);
        self.heads.retain(|(size, _), _| *size > self.done);
    }

    fn keep(&mut self, head: TreeHead, cosignature: Cosignature) {
        let name = cosignature.name.clone();
        let of_seat: Vec<_> =
            self.heads.iter().filter(|(_, given)| given.contains_key(&name)).map(|(key, _)| *key).collect();
        if of_seat.len() >= HEADS_PER_SEAT_MAX
            && let Some(oldest) = of_seat.first()
            && let Some(given) = self.heads.get_mut(oldest)
        {
            given.remove(&name);
        }
        self.heads.retain(|_, given| !given.is_empty());
        self.heads.entry((head.size, *head.root.as_bytes())).or_default().insert(name, cosignature);
    }
}

#[cfg(test)]
mod tests {
    use plenary_core::{
        hash::Digest,
        note::{CosignerKey, LogKey},
        policy::Seat,
    };

    use super::*;

    const NAMES: [&str; 4] = ["a", "b", "c", "d"];

    fn secret(seed: &str) -> SigningKey {
        SigningKey::from_bytes(Digest::of(seed.as_bytes()).as_bytes())
    }

    fn key_name(name: &str) -> KeyName {
        KeyName::parse(&format!("ledger.example/{name}")).unwrap()
    }

    fn policy() -> Policy {
        let origin = KeyName::parse("ledger.example").unwrap();
        let seat = |name: &&str| Seat {
            name: (*name).to_owned(),
            log: LogKey::of(origin.clone(), &secret(&format!("{name}/log"))),
            cosigner: CosignerKey::of(key_name(name), &secret(name)),
            url: None,
        };
        Policy::new(NAMES.iter().map(seat).collect()).unwrap()
    }

    fn node(name: &str) -> Cosigning {
        let cosigner = Cosigner { name: key_name(name), secret: secret(name), log: secret(&format!("{name}/log")) };
        Cosigning::new(policy(), Some(cosigner), 0)
    }

    fn head(size: u64) -> TreeHead {
        TreeHead { size, root: Digest::of(&size.to_le_bytes()) }
    }

    #[test]
    fn a_quorum_makes_a_checkpoint() {
        let mut ours = node("a");
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        ours.cosign(head(7), now).unwrap();
        assert_eq!(ours.complete(head(7)), None);
        let mut hear = |name: &str| ours.receive(&node(name).cosign(head(7), now).unwrap()).unwrap();
        assert_eq!(hear("b"), head(7));
        hear("b");
        assert_eq!(ours.complete(head(7)), None);
        ours.receive(&node("c").cosign(head(7), now).unwrap()).unwrap();
        assert_eq!(ours.complete(head(8)), None);
        let checkpoint = ours.complete(head(7)).unwrap();
        assert_eq!(checkpoint.verify(&policy()), Ok(()));
        assert_eq!(ours.complete(head(7)), None);
    }

    #[test]
    fn only_seats_cosign() {
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        let mut stranger = node("e");
        let message = stranger.cosign(head(7), now).unwrap();
        assert_eq!(node("a").receive(&message), Err(CosigningError::NoSeat));
        let mut altered = node("b").cosign(head(7), now).unwrap();
        altered[0] ^= 1;
        assert_eq!(node("a").receive(&altered), Err(CosigningError::Invalid));
        assert_eq!(node("a").receive(&[0xff; 9]), Err(CosigningError::Codec(CodecError::Malformed)));
    }

    #[test]
    fn a_lying_seat_fills_no_memory() {
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        let mut ours = node("a");
        for size in 1..100 {
            ours.receive(&node("b").cosign(head(size), now).unwrap()).unwrap();
        }
        assert_eq!(ours.heads.len(), HEADS_PER_SEAT_MAX);
    }
}
