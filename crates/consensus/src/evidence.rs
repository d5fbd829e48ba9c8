//! Proof that a validator contradicted itself: two complete messages, signed by it, for one purpose.

use plenary_core::{
    codec::{self, CodecError},
    hash::Digest,
    keys::ValidatorKey,
};
use serde::{Deserialize, Serialize};

use crate::{
    limits::EVIDENCE_BYTES_MAX,
    message::{ProposalHead, Vote},
};

/// Two messages of one author, height, round and kind that a correct validator never signs both.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Evidence {
    /// Two votes for different blocks, or for one and for none.
    Votes(Vote, Vote),
    /// Two proposals.
    Proposals(ProposalHead, ProposalHead),
}

impl Evidence {
    /// Who contradicted itself.
    pub fn author(&self) -> ValidatorKey {
        match self {
            Self::Votes(vote, _) => vote.author,
            Self::Proposals(head, _) => head.author,
        }
    }

    /// Whether this proves anything. Both signatures are checked, so it cannot frame anybody.
    pub fn verify(&self, ledger: &Digest) -> bool {
        match self {
            Self::Votes(first, second) => {
                let same = (first.author, first.height, first.round, first.step)
                    == (second.author, second.height, second.round, second.step);
                same && first.block != second.block && first.verify(ledger) && second.verify(ledger)
            }
            Self::Proposals(first, second) => {
                let same = (first.author, first.height, first.round) == (second.author, second.height, second.round);
                let differ = (first.block, first.valid_round) != (second.block, second.valid_round);
                same && differ && first.verify(ledger) && second.verify(ledger)
            }
        }
    }

    /// The bytes of the proof.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode::<EVIDENCE_BYTES_MAX, Self>(self)
    }

    /// Reads what `encode` wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode::<EVIDENCE_BYTES_MAX, Self>(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::Step,
        testing::{LEDGER, head, vote},
    };

    #[test]
    fn evidence_frames_nobody() {
        use Step::{Precommit, Prevote};
        let base = vote(1, 7, 3, Prevote, Some(9));
        //    the other vote, proves a contradiction
        check(&base, &vote(1, 7, 3, Prevote, Some(8)), true);
        check(&base, &vote(1, 7, 3, Prevote, None), true);
        check(&base, &base, false);
        check(&base, &vote(1, 7, 3, Precommit, Some(8)), false);
        check(&base, &vote(1, 7, 4, Prevote, Some(8)), false);
        check(&base, &vote(1, 8, 3, Prevote, Some(8)), false);
        check(&base, &vote(2, 7, 3, Prevote, Some(8)), false);
        let forged = Vote { author: base.author, ..vote(2, 7, 3, Prevote, Some(8)) };
        check(&base, &forged, false);
        fn check(first: &Vote, second: &Vote, proves: bool) {
            assert_eq!(Evidence::Votes(first.clone(), second.clone()).verify(&LEDGER), proves, "{second:?}");
            assert_eq!(Evidence::Votes(second.clone(), first.clone()).verify(&LEDGER), proves, "{second:?}");
        }
    }

    #[test]
    fn proposals_differ_by_block_or_valid_round() {
        let base = head(1, 7, 3, None, 9);
        //    the other head, proves a contradiction
        check(&base, head(1, 7, 3, None, 8), true);
        check(&base, head(1, 7, 3, Some(1), 9), true);
        check(&base, head(1, 7, 3, None, 9), false);
        check(&base, head(1, 7, 4, None, 8), false);
        fn check(first: &ProposalHead, second: ProposalHead, proves: bool) {
            let evidence = Evidence::Proposals(first.clone(), second);
            assert_eq!(evidence.verify(&LEDGER), proves);
            assert_eq!(Evidence::decode(&evidence.encode().unwrap()), Ok(evidence));
        }
    }
}
