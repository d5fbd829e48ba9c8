//! Signatures that were found valid once, so that each is verified once.
//!
//! Nine tenths of a replica's work is Ed25519, and the engine asks about every
//! vote again, alone and in each certificate.

use std::collections::BTreeMap;

use plenary_core::{hash::Digest, keys::ValidatorKey};

use crate::{
    limits::MEMO_MAX,
    message::{ProposalHead, Signature, Vote},
};

/// The valid signatures of this height and the one before.
#[derive(Debug)]
pub(crate) struct Memo {
    ledger: Digest,
    recent: BTreeMap<Signature, Digest>,
    older: BTreeMap<Signature, Digest>,
}

impl Memo {
    pub(crate) fn new(ledger: Digest) -> Self {
        Self { ledger, recent: BTreeMap::new(), older: BTreeMap::new() }
    }

    /// Whether the vote's signature is its author's.
    pub(crate) fn vote(&mut self, vote: &Vote) -> bool {
        self.check(&vote.author, &vote.signed_bytes(&self.ledger), vote.signature)
    }

    /// Whether the proposal's signature is its author's.
    pub(crate) fn proposal(&mut self, head: &ProposalHead) -> bool {
        self.check(&head.author, &head.signed_bytes(&self.ledger), head.signature)
    }

    /// Forgets what is two heights old.
    pub(crate) fn turn(&mut self) {
        self.older = std::mem::take(&mut self.recent);
    }

    fn check(&mut self, author: &ValidatorKey, bytes: &[u8], signature: Signature) -> bool {
        let said = Digest::of_parts(&[author.as_bytes(), bytes]);
        if self.recent.get(&signature).or_else(|| self.older.get(&signature)) == Some(&said) {
            return true;
        }
        let valid = author.verify(bytes, signature.as_bytes());
        if valid {
            if self.recent.len() >= MEMO_MAX {
                self.turn();
            }
            self.recent.insert(signature, said);
        }
        valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::Step,
        testing::{LEDGER, key, vote},
    };

    #[test]
    fn a_remembered_signature_vouches_for_one_message_only() {
        let mut memo = Memo::new(LEDGER);
        let sound = vote(1, 7, 3, Step::Prevote, Some(9));
        assert!(memo.vote(&sound));
        assert!(memo.vote(&sound));
        assert!(!memo.vote(&Vote { block: None, ..sound.clone() }));
        assert!(!memo.vote(&Vote { author: key(2), ..sound.clone() }));
        memo.turn();
        assert_eq!((memo.recent.len(), memo.older.len()), (0, 1));
        assert!(memo.vote(&sound));
    }
}
