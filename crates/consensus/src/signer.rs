//! The one place that signs votes and proposals, and never two that contradict each other.
//!
//! The engine's own memory of what it signed is not enough: an input that moved
//! it and was not journaled is forgotten in a crash, and it may then sign a
//! second, different vote for a round in which it has voted.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use plenary_core::{
    hash::Digest,
    keys::{self, ValidatorKey},
};

use crate::message::{ProposalHead, Round, Signature, Step, Vote};

/// What a validator signs at most once per round.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Kind {
    Proposal,
    Vote(Step),
}

/// A key, and all that it signed at this height.
#[derive(Debug)]
pub(crate) struct Signer {
    ledger: Digest,
    secret: SigningKey,
    signed: BTreeMap<(Round, Kind), (Vec<u8>, Signature)>,
}

impl Signer {
    pub(crate) fn new(ledger: Digest, secret: SigningKey) -> Self {
        Self { ledger, secret, signed: BTreeMap::new() }
    }

    pub(crate) fn key(&self) -> ValidatorKey {
        ValidatorKey::of(&self.secret)
    }

    /// Signs `vote`, or refuses if another was signed in its place. The same
    /// vote gets the same signature.
    pub(crate) fn vote(&mut self, vote: Vote) -> Option<Vote> {
        let bytes = vote.signed_bytes(&self.ledger);
        let signature = self.sign((vote.round, Kind::Vote(vote.step)), bytes)?;
        Some(Vote { signature, ..vote })
    }

    /// Signs `head`, or refuses if another was signed in its place.
    pub(crate) fn proposal(&mut self, head: ProposalHead) -> Option<ProposalHead> {
        let bytes = head.signed_bytes(&self.ledger);
        let signature = self.sign((head.round, Kind::Proposal), bytes)?;
        Some(ProposalHead { signature, ..head })
    }

    /// Takes note of a vote of this key that the journal holds.
    pub(crate) fn recall_vote(&mut self, vote: &Vote) {
        let bytes = vote.signed_bytes(&self.ledger);
        self.signed.entry((vote.round, Kind::Vote(vote.step))).or_insert((bytes, vote.signature));
    }

    /// Takes note of a proposal of this key that the journal holds.
    pub(crate) fn recall_proposal(&mut self, head: &ProposalHead) {
        let bytes = head.signed_bytes(&self.ledger);
        self.signed.entry((head.round, Kind::Proposal)).or_insert((bytes, head.signature));
    }

    /// Whether this key has signed this kind of message in `round`.
    pub(crate) fn has_signed(&self, round: Round, kind: Kind) -> bool {
        self.signed.contains_key(&(round, kind))
    }

    /// Begins a new height.
    pub(crate) fn forget(&mut self) {
        self.signed.clear();
    }

    fn sign(&mut self, place: (Round, Kind), bytes: Vec<u8>) -> Option<Signature> {
        if let Some((said, signature)) = self.signed.get(&place) {
            return (*said == bytes).then_some(*signature);
        }
        let signature = Signature::from_bytes(keys::sign(&self.secret, &bytes));
        self.signed.insert(place, (bytes, signature));
        Some(signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LEDGER, head, secret, vote};

    #[test]
    fn nothing_is_signed_twice_differently() {
        use Step::{Precommit, Prevote};
        let mut signer = Signer::new(LEDGER, secret(1));
        signer.recall_vote(&vote(1, 7, 5, Prevote, None));
        signer.recall_proposal(&head(1, 7, 4, None, 9));
        //    round, step, block, is signed
        check(&mut signer, 5, Prevote, None, true);
        check(&mut signer, 5, Prevote, Some(9), false);
        check(&mut signer, 5, Precommit, Some(9), true);
        check(&mut signer, 5, Precommit, Some(8), false);
        check(&mut signer, 5, Precommit, None, false);
        check(&mut signer, 4, Prevote, Some(9), true);
        assert_eq!(signer.proposal(head(1, 7, 4, None, 8)), None);
        assert_eq!(signer.proposal(head(1, 7, 4, Some(1), 9)), None);
        assert_eq!(signer.proposal(head(1, 7, 4, None, 9)), Some(head(1, 7, 4, None, 9)));
        fn check(signer: &mut Signer, round: u32, step: Step, block: Option<u8>, is_signed: bool) {
            let wanted = vote(1, 7, round, step, block);
            let unsigned = Vote { signature: Signature::from_bytes([0; 64]), ..wanted.clone() };
            assert_eq!(signer.vote(unsigned), is_signed.then_some(wanted), "{round} {step:?} {block:?}");
        }
    }
}
