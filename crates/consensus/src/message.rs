//! What validators say to each other, and the bytes that they sign.

use std::{fmt, sync::Arc};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{Block, BlockId, Height},
    hash::Digest,
    keys::{self, ValidatorKey},
};
use serde::{Deserialize, Serialize};

use crate::certificate::CommitCertificate;

/// An attempt at deciding a height; the first is zero.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Round(u32);

/// A round number beyond any that correct validators reach.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("round {0} is beyond the last one")]
pub struct RoundError(u32);

impl Round {
    /// The first round.
    pub const FIRST: Self = Self(0);

    /// The last round: at three seconds each, two centuries; arithmetic stays far from the end of `u32`.
    pub const LAST: Self = Self(u32::MAX / 2);

    /// The round `number`, up to the last one.
    pub const fn new(number: u32) -> Option<Self> {
        if number <= Self::LAST.0 { Some(Self(number)) } else { None }
    }

    /// The number.
    pub const fn as_u32(self) -> u32 {
        self.0
    }

    /// The round `count` rounds later, or the last one.
    pub fn plus(self, count: u32) -> Self {
        Self(self.0.saturating_add(count).min(Self::LAST.0))
    }
}

impl TryFrom<u32> for Round {
    type Error = RoundError;

    fn try_from(number: u32) -> Result<Self, RoundError> {
        Self::new(number).ok_or(RoundError(number))
    }
}

impl From<Round> for u32 {
    fn from(round: Round) -> Self {
        round.0
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The two votes of a round.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Step {
    /// The proposal of this round is acceptable to the voter.
    Prevote,
    /// A quorum found it acceptable in this round.
    Precommit,
}

/// An Ed25519 signature.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(from = "([u8; 32], [u8; 32])", into = "([u8; 32], [u8; 32])")]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes over 64 bytes; whether they are a signature shows when they are verified.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl From<([u8; 32], [u8; 32])> for Signature {
    fn from((left, right): ([u8; 32], [u8; 32])) -> Self {
        let mut bytes = [0; 64];
        for (place, byte) in bytes.iter_mut().zip(left.iter().chain(&right)) {
            *place = *byte;
        }
        Self(bytes)
    }
}

impl From<Signature> for ([u8; 32], [u8; 32]) {
    fn from(signature: Signature) -> Self {
        let (mut left, mut right) = ([0; 32], [0; 32]);
        for (place, byte) in left.iter_mut().chain(&mut right).zip(&signature.0) {
            *place = *byte;
        }
        (left, right)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "{a:02x}{b:02x}{c:02x}{d:02x}…")
    }
}

/// A signed vote for a block, or for none.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// The height voted on.
    pub height: Height,
    /// The round of the vote.
    pub round: Round,
    /// Which of the round's two votes.
    pub step: Step,
    /// The block voted for, or none.
    pub block: Option<BlockId>,
    /// Who votes.
    pub author: ValidatorKey,
    /// The author's signature over `signed_bytes`.
    pub signature: Signature,
}

impl Vote {
    const DOMAIN: &'static [u8] = b"plenary/vote/v1\n";

    /// The bytes that the author signs: fixed in size, and bound to one ledger.
    pub fn signed_bytes(&self, ledger: &Digest) -> Vec<u8> {
        let step: u8 = match self.step {
            Step::Prevote => 1,
            Step::Precommit => 2,
        };
        let block = self.block.map_or([0; 32], |block| *block.digest().as_bytes());
        [
            Self::DOMAIN,
            ledger.as_bytes(),
            &self.height.as_u64().to_le_bytes(),
            &self.round.as_u32().to_le_bytes(),
            &[step, u8::from(self.block.is_some())],
            &block,
        ]
        .concat()
    }

    /// This vote with `secret`'s signature.
    pub fn sign(mut self, ledger: &Digest, secret: &SigningKey) -> Self {
        self.signature = Signature(keys::sign(secret, &self.signed_bytes(ledger)));
        self
    }

    /// Whether the signature is the author's.
    pub fn verify(&self, ledger: &Digest) -> bool {
        self.author.verify(&self.signed_bytes(ledger), &self.signature.0)
    }
}

/// What a proposer signs about the block that it proposes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ProposalHead {
    /// The height proposed for.
    pub height: Height,
    /// The round of the proposal.
    pub round: Round,
    /// The earlier round in which a quorum prevoted this block, if the proposer knows of one.
    pub valid_round: Option<Round>,
    /// The block proposed.
    pub block: BlockId,
    /// Who proposes.
    pub author: ValidatorKey,
    /// The author's signature over `signed_bytes`.
    pub signature: Signature,
}

impl ProposalHead {
    const DOMAIN: &'static [u8] = b"plenary/proposal/v1\n";

    /// The bytes that the author signs: fixed in size, and bound to one ledger.
    pub fn signed_bytes(&self, ledger: &Digest) -> Vec<u8> {
        [
            Self::DOMAIN,
            ledger.as_bytes(),
            &self.height.as_u64().to_le_bytes(),
            &self.round.as_u32().to_le_bytes(),
            &[u8::from(self.valid_round.is_some())],
            &self.valid_round.unwrap_or_default().as_u32().to_le_bytes(),
            self.block.digest().as_bytes(),
        ]
        .concat()
    }

    /// This head with `secret`'s signature.
    pub fn sign(mut self, ledger: &Digest, secret: &SigningKey) -> Self {
        self.signature = Signature(keys::sign(secret, &self.signed_bytes(ledger)));
        self
    }

    /// Whether the signature is the author's.
    pub fn verify(&self, ledger: &Digest) -> bool {
        self.author.verify(&self.signed_bytes(ledger), &self.signature.0)
    }
}

/// A signed proposal and the block that it names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proposal {
    /// What is signed.
    pub head: ProposalHead,
    /// The block; its id is the head's.
    pub block: Arc<Block>,
}

/// What one replica sends to all others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Message {
    /// A block to vote on.
    Proposal(Proposal),
    /// One vote.
    Vote(Vote),
    /// Votes of one height and round that others may lack: why the sender is in its round, or why it
    /// may propose a block again.
    Bundle(Vec<Vote>),
    /// The newest certificate of the sender, for somebody who seems to be behind.
    Commit(CommitCertificate),
}

impl Message {
    /// The height spoken of; an empty bundle speaks of none.
    pub fn height(&self) -> Option<Height> {
        match self {
            Self::Proposal(proposal) => Some(proposal.head.height),
            Self::Vote(vote) => Some(vote.height),
            Self::Bundle(votes) => votes.first().map(|vote| vote.height),
            Self::Commit(certificate) => Some(certificate.height),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LEDGER, secret, vote};

    #[test]
    fn a_signature_covers_every_field() {
        let vote = vote(1, 7, 3, Step::Precommit, Some(9));
        assert!(vote.verify(&LEDGER));
        assert!(!vote.verify(&Digest::of(b"another ledger")));
        //    one field changed
        check(Vote { height: Height::new(8).unwrap(), ..vote.clone() });
        check(Vote { round: Round(4), ..vote.clone() });
        check(Vote { step: Step::Prevote, ..vote.clone() });
        check(Vote { block: None, ..vote.clone() });
        check(Vote { author: ValidatorKey::of(&secret(2)), ..vote });
        fn check(vote: Vote) {
            assert!(!vote.verify(&LEDGER), "{vote:?}");
        }
    }

    #[test]
    fn a_valid_round_is_signed() {
        let head = ProposalHead {
            height: Height::new(7).unwrap(),
            round: Round(3),
            valid_round: Some(Round(0)),
            block: BlockId::from_digest(Digest::of(b"block")),
            author: ValidatorKey::of(&secret(1)),
            signature: Signature([0; 64]),
        };
        let head = head.sign(&LEDGER, &secret(1));
        assert!(head.verify(&LEDGER));
        //    round zero is not the same as none
        assert!(!ProposalHead { valid_round: None, ..head.clone() }.verify(&LEDGER));
        assert!(!ProposalHead { valid_round: Some(Round(1)), ..head }.verify(&LEDGER));
    }

    #[test]
    fn halves_of_a_signature_make_a_whole() {
        let mut bytes = [0; 64];
        for (place, byte) in bytes.iter_mut().zip(0_u8..) {
            *place = byte;
        }
        let halves: ([u8; 32], [u8; 32]) = Signature(bytes).into();
        assert_eq!(Signature::from(halves), Signature(bytes));
    }
}
