//! What must never happen, checked at every effect of every honest node.

use std::{collections::BTreeMap, sync::Arc};

use plenary_consensus::{CommitCertificate, Evidence, Message, Round, Step, ValidatorSet, Vote};
use plenary_core::{
    block::{Block, BlockId, Height},
    hash::Digest,
    keys::ValidatorKey,
};
use thiserror::Error;

use super::Founding;

/// How far a ledger of one set is watched.
const ONE_SET_HEIGHTS: u64 = 100;

/// Something that must never happen.
#[derive(Clone, Debug, Error)]
pub enum Violation {
    /// Two blocks were committed at one height.
    #[error("two blocks at height {0}")]
    Fork(Height),
    /// A committed block does not follow the one before.
    #[error("the block at height {0} does not follow its parent")]
    Chain(Height),
    /// A block was committed with a certificate that proves nothing.
    #[error("no valid certificate at height {0}: {1}")]
    Certificate(Height, String),
    /// An honest validator signed two different messages for one purpose.
    #[error("{0:?} signed twice at height {1}, round {2}, {3:?}")]
    DoubleSign(ValidatorKey, Height, Round, Kind),
    /// Evidence against a validator that did nothing wrong, or evidence of nothing.
    #[error("false evidence against {0:?}")]
    FalseEvidence(ValidatorKey),
    /// A restarted node does not hold what it had committed.
    #[error("node {0} lost height {1}")]
    Lost(usize, Height),
    /// An honest node gave up.
    #[error("node {0} gave up: {1}")]
    GaveUp(usize, String),
    /// Nothing was decided for too long though nothing was in the way.
    #[error("no progress for {0} ms at height {1}")]
    Stuck(u64, Height),
}

/// What a validator signs once per round.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// A proposal.
    Proposal,
    /// A vote.
    Vote(Step),
}

type Said = (Option<BlockId>, Option<Round>);

/// The memory of all that honest nodes said and committed. It outlives their crashes.
#[derive(Debug)]
pub struct Checks {
    ledger: Digest,
    /// The validators of each height, from the first on, as the ledger's own state fixes them.
    sets: BTreeMap<Height, Arc<ValidatorSet>>,
    honest: Vec<ValidatorKey>,
    chain: Vec<BlockId>,
    said: BTreeMap<(ValidatorKey, Height, Round, Kind), Said>,
    /// The certificate that was found valid last; most nodes commit with the same.
    verified: Option<CommitCertificate>,
}

impl Checks {
    /// Watches a ledger some of whose validators, `honest`, never lie.
    pub fn new(founding: &Founding, honest: Vec<ValidatorKey>) -> Self {
        let ledger = founding.ledger.id();
        Self {
            ledger,
            sets: BTreeMap::new(),
            honest,
            chain: vec![founding.genesis.id()],
            said: BTreeMap::new(),
            verified: None,
        }
    }

    /// Watches the first heights of a ledger whose validators do not change.
    pub fn of_one_set(founding: &Founding, set: ValidatorSet, honest: Vec<ValidatorKey>) -> Self {
        let set = Arc::new(set);
        let sets = (1..=ONE_SET_HEIGHTS).map(|height| (Height::new(height).unwrap(), Arc::clone(&set)));
        Self { sets: sets.collect(), ..Self::new(founding, honest) }
    }

    /// A node's state fixes the validators of a height; all must agree.
    pub fn learn(&mut self, height: Height, set: Arc<ValidatorSet>) -> Result<(), Violation> {
        let known = self.sets.entry(height).or_insert_with(|| Arc::clone(&set));
        if *known == set { Ok(()) } else { Err(Violation::Fork(height)) }
    }

    /// The validators of a height that some node has come to.
    pub fn set(&self, height: Height) -> Arc<ValidatorSet> {
        Arc::clone(&self.sets[&height])
    }

    /// An honest node sends `message`.
    pub fn sent(&mut self, message: &Message) -> Result<(), Violation> {
        match message {
            Message::Vote(vote) => self.vote(vote),
            Message::Bundle(votes) => votes.iter().try_for_each(|vote| self.vote(vote)),
            Message::Commit(certificate) => certificate.votes().try_for_each(|vote| self.vote(&vote)),
            Message::Proposal(proposal) => {
                let head = &proposal.head;
                let said = (Some(head.block), head.valid_round);
                self.once((head.author, head.height, head.round, Kind::Proposal), said)
            }
        }
    }

    /// An honest node asks its store to commit a block.
    pub fn committed(&mut self, block: &Arc<Block>, certificate: &CommitCertificate) -> Result<(), Violation> {
        let height = block.header.height;
        let index = usize::try_from(height.as_u64()).unwrap();
        if self.verified.as_ref() != Some(certificate) {
            certificate
                .verify(&self.ledger, &self.sets[&height])
                .map_err(|why| Violation::Certificate(height, why.to_string()))?;
            self.verified = Some(certificate.clone());
        }
        certificate.votes().try_for_each(|vote| self.vote(&vote))?;
        if certificate.block != block.id() || certificate.height != height {
            return Err(Violation::Certificate(height, "it names another block".to_owned()));
        }
        if self.chain.get(index.wrapping_sub(1)) != Some(&block.header.parent) {
            return Err(Violation::Chain(height));
        }
        match self.chain.get(index) {
            Some(known) if *known != block.id() => Err(Violation::Fork(height)),
            Some(_) => Ok(()),
            None => {
                self.chain.push(block.id());
                Ok(())
            }
        }
    }

    /// An honest node accuses somebody.
    pub fn accused(&self, evidence: &Evidence) -> Result<(), Violation> {
        let author = evidence.author();
        if self.honest.contains(&author) || !evidence.verify(&self.ledger) {
            return Err(Violation::FalseEvidence(author));
        }
        Ok(())
    }

    /// The height of the last block that anybody committed.
    pub fn tip(&self) -> Height {
        Height::new(u64::try_from(self.chain.len() - 1).unwrap()).unwrap()
    }

    fn vote(&mut self, vote: &Vote) -> Result<(), Violation> {
        self.once((vote.author, vote.height, vote.round, Kind::Vote(vote.step)), (vote.block, None))
    }

    fn once(&mut self, place: (ValidatorKey, Height, Round, Kind), said: Said) -> Result<(), Violation> {
        let (author, height, round, kind) = place;
        if !self.honest.contains(&author) || *self.said.entry(place).or_insert(said) == said {
            return Ok(());
        }
        Err(Violation::DoubleSign(author, height, round, kind))
    }
}
