//! The seal under a checkpoint: it says which epoch's validators were in office when they signed.
//!
//! Every checkpoint is taken at a block's end, so its last entry is a seal. Who
//! walks from the anchor through the changes of validators accepts a checkpoint
//! only if that seal names the epoch and the policy that he has walked to.
//! Without this, a change that is left out could go unnoticed.

use thiserror::Error;

use crate::{
    block::TreeHead,
    checkpoint::{Checkpoint, CheckpointError},
    entry::{EntryError, Seal},
    hash::Digest,
    merkle::ProofError,
    place::Place,
    policy::Policy,
    receipt::ReceiptFault,
};

/// Why a seal is not what closes the log under a checkpoint.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum TipError {
    /// The checkpoint cannot be read, or is not signed as the policy asks for.
    #[error("the checkpoint's {0}")]
    Checkpoint(#[source] CheckpointError),
    /// The path cannot be read.
    #[error("the path to the seal: {0}")]
    Place(#[source] ReceiptFault),
    /// The line is no seal.
    #[error("the seal: {0}")]
    Seal(#[source] EntryError),
    /// The seal is not the last entry.
    #[error("the seal is entry {index}, and the last of {size} closes the log")]
    NotLast {
        /// Where it stands.
        index: u64,
        /// The size of the log.
        size: u64,
    },
    /// The seal is not under the root.
    #[error("the seal is not proven to be in the log: {0}")]
    Proof(#[source] ProofError),
    /// The seal is of another epoch, or of another policy.
    #[error(
        "the seal is of epoch {found} with the policy {policy}, and not of epoch {epoch} with the policy walked to"
    )]
    Epoch {
        /// The epoch that it names.
        found: u64,
        /// The policy's digest that it names.
        policy: Digest,
        /// The epoch that belongs there.
        epoch: u64,
    },
}

/// Reads the seal that closes the log with this head.
pub fn read_tip(head: &TreeHead, seal: &[u8], place: &Place) -> Result<Seal, TipError> {
    if place.index.checked_add(1) != Some(head.size) {
        return Err(TipError::NotLast { index: place.index, size: head.size });
    }
    place.verify(seal, head).map_err(TipError::Proof)?;
    Seal::from_line(seal).map_err(TipError::Seal)
}

/// Checks that `seal` is of `epoch` and its policy.
pub fn check_epoch(seal: &Seal, epoch: u64, policy: &Digest) -> Result<(), TipError> {
    if seal.epoch != epoch || seal.policy != *policy {
        return Err(TipError::Epoch { found: seal.epoch, policy: seal.policy, epoch });
    }
    Ok(())
}

/// A checkpoint with the seal under it, as a record quotes them.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a> {
    /// The checkpoint's text.
    pub checkpoint: &'a str,
    /// The seal's line.
    pub seal: &'a str,
    /// Where the seal stands, as `Place` writes it.
    pub place: &'a str,
}

impl Quoted<'_> {
    /// The checkpoint and its seal, if a quorum of `epoch` signed it while it was in office.
    pub fn verify(&self, epoch: u64, policy: &Policy, digest: &Digest) -> Result<(Checkpoint, Seal), TipError> {
        let checkpoint = Checkpoint::parse(self.checkpoint).map_err(TipError::Checkpoint)?;
        checkpoint.verify(policy).map_err(TipError::Checkpoint)?;
        let place = Place::parse(self.place).map_err(TipError::Place)?;
        let seal = read_tip(&checkpoint.head, self.seal.as_bytes(), &place)?;
        check_epoch(&seal, epoch, digest)?;
        Ok((checkpoint, seal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        block::Height,
        checkpoint::{self, LogSignature, fixture::cosign},
        merkle::{Nodes, Tree, inclusion_path, leaf_hash},
        policy::fixture::{NAMES, origin, policy, secret},
        time::Moment,
    };

    fn seal(epoch: u64) -> Vec<u8> {
        let seal = Seal {
            height: Height::new(9).unwrap(),
            time: Moment::parse("2017-06-07T10:00:00Z").unwrap(),
            proposer: None,
            epoch,
            policy: policy().digest(),
            first: 1,
            count: 1,
            prev: Digest::ZERO,
            slots: TreeHead { size: 0, root: Digest::of(b"") },
        };
        seal.to_line().unwrap()
    }

    /// The texts that quote the head of a log of three entries, the seal last.
    fn texts(epoch: u64) -> [String; 3] {
        let mut tree = Tree::open(Nodes::new(), 0);
        for entry in [b"genesis".to_vec(), b"record".to_vec(), seal(epoch)] {
            tree.append(leaf_hash(&entry)).unwrap();
        }
        let head = tree.head().unwrap();
        let place = Place { index: 2, path: inclusion_path(&tree.into_changes(), 2, 3).unwrap() };
        let body = checkpoint::body(&origin(), &head);
        let checkpoint = Checkpoint {
            origin: origin(),
            head,
            log: LogSignature::sign(&origin(), &secret("aurora/log"), &body),
            cosignatures: NAMES[..3].iter().map(|name| cosign(name, 1_500_000_000, &body)).collect(),
        };
        [checkpoint.to_string(), String::from_utf8(seal(epoch)).unwrap(), place.to_string()]
    }

    fn verify(texts: &[String; 3], epoch: u64) -> Result<u64, TipError> {
        let [checkpoint, seal, place] = texts;
        let quoted = Quoted { checkpoint, seal, place };
        quoted.verify(epoch, &policy(), &policy().digest()).map(|(_, seal)| seal.height.as_u64())
    }

    #[test]
    fn the_seal_binds_a_checkpoint_to_its_epoch() {
        assert_eq!(verify(&texts(0), 0), Ok(9));
        let other = TipError::Epoch { found: 0, policy: policy().digest(), epoch: 1 };
        assert_eq!(verify(&texts(0), 1), Err(other));
        let [checkpoint, seal, place] = texts(0);
        let [_, other_seal, _] = texts(1);
        assert!(matches!(verify(&[checkpoint.clone(), other_seal, place.clone()], 1), Err(TipError::Proof(_))));
        let first = place.replace("index 2", "index 1");
        assert_eq!(verify(&[checkpoint.clone(), seal.clone(), first], 0), Err(TipError::NotLast { index: 1, size: 3 }));
        let few = checkpoint.lines().take(7).map(|line| format!("{line}\n")).collect();
        assert!(matches!(verify(&[few, seal, place], 0), Err(TipError::Checkpoint(CheckpointError::Quorum { .. }))));
    }
}
