//! Cosignatures on the way to a checkpoint.
//!
//! A validator cosigns the log's head after it has committed the block, and
//! whoever holds a quorum of cosignatures of one head has a checkpoint. The
//! line of the log's own key is that of one of them; it carries no trust. A
//! head is judged by the policy of its epoch, and an epoch's last head is kept
//! until the ledger holds its checkpoint.

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
    /// The checkpoint's own line, so that nodes without a seat can put it together.
    log: String,
}

/// What a validator signs checkpoints with, in one epoch.
#[derive(Clone)]
pub(crate) struct Cosigner {
    /// The name of its key in the policy.
    pub(crate) name: KeyName,
    /// The epoch's cosigning key.
    pub(crate) secret: SigningKey,
    /// The key of the log's own line.
    pub(crate) log: SigningKey,
}

/// An epoch whose heads are cosigned: its policy, and this node's keys if it has a seat.
#[derive(Clone)]
pub(crate) struct Office {
    /// The epoch.
    pub(crate) epoch: u64,
    /// Its policy.
    pub(crate) policy: Policy,
    /// This node's keys.
    pub(crate) cosigner: Option<Cosigner>,
}

/// What was given under one head, by cosigners of one epoch.
#[derive(Default)]
struct Given {
    cosignatures: BTreeMap<KeyName, Cosignature>,
    log: Option<LogSignature>,
}

/// A head's size and root, since a lying validator may cosign another root, and the epoch of the keys.
type Place = (u64, [u8; 32], u64);

/// The cosignatures of heads that have no checkpoint yet.
pub(crate) struct Cosigning {
    offices: Vec<Office>,
    heads: BTreeMap<Place, Given>,
    done: u64,
    /// The last head of an epoch whose closing checkpoint is not recorded.
    closing: Option<(u64, TreeHead)>,
    own: Option<Vec<u8>>,
    own_closing: Option<Vec<u8>>,
}

impl Cosigning {
    /// Begins where checkpoints up to size `done` are kept already.
    pub(crate) const fn new(offices: Vec<Office>, done: u64) -> Self {
        Self { offices, heads: BTreeMap::new(), done, closing: None, own: None, own_closing: None }
    }

    /// Goes on with the epochs of now; `closing` is the last head of the one before, while it is not closed.
    pub(crate) fn turn(&mut self, offices: Vec<Office>, closing: Option<(u64, TreeHead)>) {
        self.heads.retain(|(_, _, epoch), _| offices.iter().any(|office| office.epoch == *epoch));
        self.offices = offices;
        if closing.is_none() {
            self.own_closing = None;
        }
        self.closing = closing;
    }

    fn office(&self, epoch: u64) -> Option<&Office> {
        self.offices.iter().find(|office| office.epoch == epoch)
    }

    /// Cosigns `head` of `epoch`, and returns the message for the others.
    ///
    /// The caller has made sure that `head` extends the last one cosigned, or is the
    /// last one of its epoch's keys, and that this cannot be forgotten.
    pub(crate) fn cosign(&mut self, head: TreeHead, epoch: u64, now: Moment) -> Option<Vec<u8>> {
        let office = self.office(epoch)?;
        let cosigner = office.cosigner.as_ref()?;
        let origin = office.policy.origin();
        let body = checkpoint::body(origin, &head);
        let cosignature = Cosignature::sign(&cosigner.name, &cosigner.secret, now, &body);
        let log = LogSignature::sign(origin, &cosigner.log, &body);
        let message = Message { head, line: cosignature.to_string(), log: log.to_string() };
        self.keep(head, epoch, (cosignature, log));
        let bytes = codec::encode::<MESSAGE_BYTES_MAX, _>(&message).ok()?;
        if self.is_closing(&head, epoch) {
            self.own_closing = Some(bytes.clone());
        } else {
            self.own = Some(bytes.clone());
        }
        Some(bytes)
    }

    fn is_closing(&self, head: &TreeHead, epoch: u64) -> bool {
        self.closing == Some((epoch, *head))
    }

    /// The last head of the epoch before, while that is not closed.
    pub(crate) const fn closing(&self) -> Option<(u64, TreeHead)> {
        self.closing
    }

    /// The last messages of this node, for peers that were not there.
    pub(crate) fn own(&self) -> Vec<Vec<u8>> {
        self.own_closing.iter().chain(&self.own).cloned().collect()
    }

    /// Takes a cosignature from another validator; returns the head that it is for.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<TreeHead, CosigningError> {
        let Message { head, line, log } = codec::decode::<MESSAGE_BYTES_MAX, _>(bytes)?;
        let cosignature = Cosignature::parse(&line).map_err(|_| CosigningError::Line)?;
        let log = LogSignature::parse(&log).map_err(|_| CosigningError::Line)?;
        // Cosigning keys are fresh in every epoch, so that a key tells whose head it may sign.
        let known = |office: &Office| {
            let key = office.policy.cosigner(&cosignature.name, cosignature.id)?.clone();
            Some((office.epoch, key, office.policy.log(log.id).cloned(), office.policy.origin().clone()))
        };
        let (epoch, key, log_key, origin) = self.offices.iter().find_map(known).ok_or(CosigningError::NoSeat)?;
        let body = checkpoint::body(&origin, &head);
        let log_holds = log_key.is_some_and(|key| log.verify(&key, &body));
        if !cosignature.verify(&key, &body) || !log_holds {
            return Err(CosigningError::Invalid);
        }
        if head.size > self.done || self.is_closing(&head, epoch) {
            self.keep(head, epoch, (cosignature, log));
        }
        Ok(head)
    }

    /// The checkpoint of `head`, once a quorum of its epoch has cosigned it.
    pub(crate) fn complete(&mut self, head: TreeHead, epoch: u64) -> Option<Checkpoint> {
        let given = self.heads.get(&(head.size, *head.root.as_bytes(), epoch))?;
        let policy = &self.office(epoch)?.policy;
        if given.cosignatures.len() < policy.quorum() {
            return None;
        }
        let checkpoint = Checkpoint {
            origin: policy.origin().clone(),
            head,
            log: given.log.clone()?,
            cosignatures: given.cosignatures.values().take(policy.quorum()).cloned().collect(),
        };
        if !self.is_closing(&head, epoch) {
            self.settle(head.size);
        }
        Some(checkpoint)
    }

    /// Forgets the cosignatures of heads that a checkpoint covers, but not those that close an epoch.
    pub(crate) fn settle(&mut self, size: u64) {
        self.done = self.done.max(size);
        let (done, closing) = (self.done, self.closing);
        self.heads.retain(|(size, root, epoch), _| {
            *size > done
                || closing.is_some_and(|(of, head)| (head.size, head.root.as_bytes(), of) == (*size, root, *epoch))
        });
    }

    fn keep(&mut self, head: TreeHead, epoch: u64, (cosignature, log): (Cosignature, LogSignature)) {
        let name = cosignature.name.clone();
        let of_seat: Vec<_> = self
            .heads
            .iter()
            .filter(|(_, given)| given.cosignatures.contains_key(&name))
            .map(|(place, _)| *place)
            .collect();
        if of_seat.len() >= HEADS_PER_SEAT_MAX
            && let Some(oldest) = of_seat.first()
            && let Some(given) = self.heads.get_mut(oldest)
        {
            given.cosignatures.remove(&name);
        }
        self.heads.retain(|_, given| !given.cosignatures.is_empty());
        let given = self.heads.entry((head.size, *head.root.as_bytes(), epoch)).or_default();
        given.cosignatures.insert(name, cosignature);
        // Any will do: it carries no trust.
        given.log.get_or_insert(log);
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

    fn policy(epoch: u64) -> Policy {
        let origin = KeyName::parse("ledger.example").unwrap();
        let seat = |name: &&str| Seat {
            name: (*name).to_owned(),
            log: LogKey::of(origin.clone(), &secret(&format!("{name}/log"))),
            cosigner: {
                let name = format!("{name}{}", suffix(epoch));
                CosignerKey::of(key_name(&name), &secret(&name))
            },
            url: None,
        };
        Policy::new(NAMES.iter().map(seat).collect()).unwrap()
    }

    fn office(name: &str, epoch: u64) -> Office {
        let cosigner = Cosigner {
            name: key_name(&format!("{name}{}", suffix(epoch))),
            secret: secret(&format!("{name}{}", suffix(epoch))),
            log: secret(&format!("{name}/log")),
        };
        Office { epoch, policy: policy(epoch), cosigner: Some(cosigner) }
    }

    fn node(name: &str) -> Cosigning {
        Cosigning::new(vec![office(name, 0)], 0)
    }

    fn suffix(epoch: u64) -> String {
        if epoch == 0 { String::new() } else { format!("/{epoch}") }
    }

    fn head(size: u64) -> TreeHead {
        TreeHead { size, root: Digest::of(&size.to_le_bytes()) }
    }

    #[test]
    fn a_quorum_makes_a_checkpoint() {
        let mut ours = node("a");
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        ours.cosign(head(7), 0, now).unwrap();
        assert_eq!(ours.complete(head(7), 0), None);
        let mut hear = |name: &str| ours.receive(&node(name).cosign(head(7), 0, now).unwrap()).unwrap();
        assert_eq!(hear("b"), head(7));
        hear("b");
        assert_eq!(ours.complete(head(7), 0), None);
        ours.receive(&node("c").cosign(head(7), 0, now).unwrap()).unwrap();
        assert_eq!(ours.complete(head(8), 0), None);
        let checkpoint = ours.complete(head(7), 0).unwrap();
        assert_eq!(checkpoint.verify(&policy(0)), Ok(()));
        assert_eq!(ours.complete(head(7), 0), None);
    }

    #[test]
    fn only_seats_cosign() {
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        let mut stranger = node("e");
        let message = stranger.cosign(head(7), 0, now).unwrap();
        assert_eq!(node("a").receive(&message), Err(CosigningError::NoSeat));
        let mut altered = node("b").cosign(head(7), 0, now).unwrap();
        altered[0] ^= 1;
        assert_eq!(node("a").receive(&altered), Err(CosigningError::Invalid));
        assert_eq!(node("a").receive(&[0xff; 9]), Err(CosigningError::Codec(CodecError::Malformed)));
    }

    #[test]
    fn a_lying_seat_fills_no_memory() {
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        let mut ours = node("a");
        for size in 1..100 {
            ours.receive(&node("b").cosign(head(size), 0, now).unwrap()).unwrap();
        }
        assert_eq!(ours.heads.len(), HEADS_PER_SEAT_MAX);
    }

    #[test]
    fn an_epoch_s_last_head_is_cosigned_by_its_own_keys() {
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        let turned = |name: &str| {
            let mut node = node(name);
            node.turn(vec![office(name, 0), office(name, 1)], Some((0, head(7))));
            node
        };
        let mut ours = turned("a");
        ours.cosign(head(7), 0, now).unwrap();
        for name in ["b", "c", "d"] {
            // Keys of the next epoch do not close this one, and a later checkpoint does not cover its close.
            ours.receive(&turned(name).cosign(head(7), 1, now).unwrap()).unwrap();
            ours.receive(&turned(name).cosign(head(9), 1, now).unwrap()).unwrap();
        }
        assert_eq!(ours.complete(head(7), 0), None);
        assert_eq!(ours.complete(head(9), 0), None);
        assert_eq!(ours.complete(head(9), 1).unwrap().verify(&policy(1)), Ok(()));
        for name in ["b", "c"] {
            ours.receive(&turned(name).cosign(head(7), 0, now).unwrap()).unwrap();
        }
        assert_eq!(ours.complete(head(7), 0).unwrap().verify(&policy(0)), Ok(()));
        assert_eq!(ours.own().len(), 1);
        ours.turn(vec![office("a", 1)], None);
        let late = turned("d").cosign(head(7), 0, now).unwrap();
        assert_eq!(ours.receive(&late), Err(CosigningError::NoSeat));
    }

    #[test]
    fn who_has_no_seat_puts_checkpoints_together_as_well() {
        let now = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        let mut observer = Cosigning::new(vec![Office { cosigner: None, ..office("a", 0) }], 0);
        assert_eq!(observer.cosign(head(7), 0, now), None);
        for name in ["b", "c", "d"] {
            observer.receive(&node(name).cosign(head(7), 0, now).unwrap()).unwrap();
        }
        assert_eq!(observer.complete(head(7), 0).unwrap().verify(&policy(0)), Ok(()));
    }
}
