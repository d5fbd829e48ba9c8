//! What a babbler says: well-signed messages that no correct validator would send.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use plenary_consensus::{
    CommitCertificate, Message, Proposal, ProposalHead, Round, Signature, Step, ValidatorSet, Vote,
};
use plenary_core::{
    block::{Block, BlockId, Header, Height, TreeHead},
    hash::Digest,
    keys::ValidatorKey,
    record::VerifiedRecord,
    time::Moment,
};
use plenary_procedure::{execute::Ledger, memory::Memory};

use super::{executor, random::Random};

const ROUNDS: [u32; 10] = [0, 0, 0, 1, 1, 2, 5, 11, 40, u32::MAX / 2];

/// A validator that signs whatever comes to its mind.
pub(crate) struct Babbler<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) secret: &'a SigningKey,
    pub(crate) set: &'a ValidatorSet,
    pub(crate) tip: &'a Header,
    /// The tip's state, and records that wait.
    pub(crate) state: &'a Memory,
    pub(crate) records: &'a [&'a VerifiedRecord],
    pub(crate) now: Moment,
    pub(crate) random: &'a mut Random,
}

impl Babbler<'_> {
    pub(crate) fn message(&mut self) -> Message {
        match self.random.below(8) {
            0..=2 => {
                let (height, round) = (self.height(), self.round());
                Message::Vote(self.vote(height, round))
            }
            3 => {
                let (height, round) = (self.height(), self.round());
                Message::Bundle((0..5).map(|_| self.vote(height, round)).collect())
            }
            4 => Message::Commit(self.certificate()),
            _ => Message::Proposal(self.proposal()),
        }
    }

    fn height(&mut self) -> Height {
        let here = self.tip.height.as_u64();
        Height::new(self.random.between(here.saturating_sub(1), here + 3)).unwrap()
    }

    fn round(&mut self) -> Round {
        Round::new(*self.random.pick(&ROUNDS)).unwrap()
    }

    fn block_id(&mut self) -> BlockId {
        BlockId::from_digest(Digest::from_bytes(self.random.bytes()))
    }

    fn vote(&mut self, height: Height, round: Round) -> Vote {
        let step = *self.random.pick(&[Step::Prevote, Step::Precommit]);
        let block = if self.random.chance(300_000) { None } else { Some(self.block_id()) };
        let author = ValidatorKey::of(self.secret);
        let signature = Signature::from_bytes([0; 64]);
        Vote { height, round, step, block, author, signature }.sign(&self.ledger.id(), self.secret)
    }

    fn certificate(&mut self) -> CommitCertificate {
        let (height, round, block) = (self.height(), self.round(), self.block_id());
        let vote = self.vote(height, round);
        let signers = self.random.below(self.set.size() + 1);
        let signatures = self.set.keys().iter().take(signers).map(|key| (*key, vote.signature)).collect();
        CommitCertificate { height, round, block, signatures }
    }

    /// A proposal in a round that is this validator's, of a block that may be wrong in any way.
    fn proposal(&mut self) -> Proposal {
        let author = ValidatorKey::of(self.secret);
        let time = self.now.plus_ms(self.random.between(0, 40_000));
        let sound = executor::build(self.state, self.ledger, author, time, self.records);
        let mut block = sound.map_or_else(|| self.nonsense(author, time), |(block, _)| block);
        match self.random.below(6) {
            0 => block.header.log = TreeHead { size: 1, root: Digest::ZERO },
            1 => block.header.parent = self.block_id(),
            2 => block.header.time = self.tip.time,
            3 => block.header.proposer = *self.random.pick(self.set.keys()),
            _ => {}
        }
        let height = block.header.height;
        let rounds = (0..40).map(|round| Round::new(round).unwrap());
        let own: Vec<Round> = rounds.filter(|round| self.set.proposer(height, *round) == author).collect();
        // Who has no seat at this height proposes all the same.
        let round = if own.is_empty() { Round::FIRST } else { *self.random.pick(&own) };
        let valid_round = (round > Round::FIRST && self.random.chance(300_000)).then_some(Round::FIRST);
        let signature = Signature::from_bytes([0; 64]);
        let head = ProposalHead { height, round, valid_round, block: block.id(), author, signature };
        Proposal { head: head.sign(&self.ledger.id(), self.secret), block: Arc::new(block) }
    }

    /// A block whose records are none.
    fn nonsense(&mut self, proposer: ValidatorKey, time: Moment) -> Block {
        let records = vec![self.random.bytes().to_vec()];
        let header = Header {
            height: self.tip.height.next().unwrap(),
            time,
            proposer,
            parent: self.tip.id(),
            records: Block::digest_of(&records),
            ..self.tip.clone()
        };
        Block { header, records }
    }
}
