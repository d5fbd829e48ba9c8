//! Our values in the engine's terms. Only this file and `engine` name it.

use std::{cmp, fmt, sync::Arc};

use arc_malachitebft_core_types as engine;
use engine::{NilOrVal, Round as EngineRound, SignedExtension, SignedMessage, VoteType};
use plenary_core::{
    block::{Block, BlockId, Height},
    keys::ValidatorKey,
};

use crate::{
    message::{Proposal, ProposalHead, Round, Signature, Step, Vote},
    validators::ValidatorSet,
};

/// The engine's types, bound to ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ledger;

/// A height in the engine's terms.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Position(pub(crate) Height);

/// A validator's key as its address.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Address(pub(crate) ValidatorKey);

/// One of equal validators.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Seat(Address);

/// The validators of a height; cheap to clone, as the engine does for every certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Seats(Arc<(ValidatorSet, Vec<Seat>)>);

/// A block, told apart by its id.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) id: BlockId,
    pub(crate) block: Arc<Block>,
}

/// A vote before it is signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ballot {
    height: Position,
    round: EngineRound,
    step: VoteType,
    block: NilOrVal<BlockId>,
    author: Address,
}

/// A proposal before it is signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Motion {
    height: Position,
    round: EngineRound,
    valid_round: EngineRound,
    body: Body,
    author: Address,
}

/// Blocks travel whole, so there are no parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct NoPart;

/// The replica keeps the time, the engine only names what it waits for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct NoTimeouts;

/// Ed25519; signing and verifying is the replica's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Scheme;

impl Seats {
    pub(crate) fn new(set: &ValidatorSet) -> Self {
        let seats = set.keys().iter().map(|key| Seat(Address(*key))).collect();
        Self(Arc::new((set.clone(), seats)))
    }

    pub(crate) fn set(&self) -> &ValidatorSet {
        &self.0.0
    }
}

impl Body {
    pub(crate) fn new(block: Arc<Block>) -> Self {
        Self { id: block.id(), block }
    }
}

pub(crate) fn to_engine_round(round: Round) -> EngineRound {
    EngineRound::new(round.as_u32())
}

/// The engine's round, where it stands for one.
pub(crate) fn round(round: EngineRound) -> Option<Round> {
    round.as_u32().and_then(Round::new)
}

pub(crate) fn to_engine_vote(vote: &Vote) -> SignedMessage<Ledger, Ballot> {
    let ballot = Ballot {
        height: Position(vote.height),
        round: to_engine_round(vote.round),
        step: match vote.step {
            Step::Prevote => VoteType::Prevote,
            Step::Precommit => VoteType::Precommit,
        },
        block: vote.block.map_or(NilOrVal::Nil, NilOrVal::Val),
        author: Address(vote.author),
    };
    SignedMessage::new(ballot, vote.signature)
}

/// The vote that `ballot` stands for, unless its round is none.
pub(crate) fn vote(ballot: &Ballot, signature: Signature) -> Option<Vote> {
    Some(Vote {
        height: ballot.height.0,
        round: round(ballot.round)?,
        step: match ballot.step {
            VoteType::Prevote => Step::Prevote,
            VoteType::Precommit => Step::Precommit,
        },
        block: match ballot.block {
            NilOrVal::Nil => None,
            NilOrVal::Val(block) => Some(block),
        },
        author: ballot.author.0,
        signature,
    })
}

pub(crate) fn to_engine_proposal(proposal: &Proposal) -> SignedMessage<Ledger, Motion> {
    let head = &proposal.head;
    let motion = Motion {
        height: Position(head.height),
        round: to_engine_round(head.round),
        valid_round: head.valid_round.map_or(EngineRound::Nil, to_engine_round),
        body: Body { id: head.block, block: Arc::clone(&proposal.block) },
        author: Address(head.author),
    };
    SignedMessage::new(motion, head.signature)
}

/// What the author of `motion` signs, unless its round is none.
pub(crate) fn head(motion: &Motion, signature: Signature) -> Option<ProposalHead> {
    Some(ProposalHead {
        height: motion.height.0,
        round: round(motion.round)?,
        valid_round: round(motion.valid_round),
        block: motion.body.id,
        author: motion.author.0,
        signature,
    })
}

/// The proposal that `motion` stands for, unless its round is none.
pub(crate) fn proposal(motion: &Motion, signature: Signature) -> Option<Proposal> {
    Some(Proposal { head: head(motion, signature)?, block: Arc::clone(&motion.body.block) })
}

impl engine::Context for Ledger {
    type Address = Address;
    type Height = Position;
    type ProposalPart = NoPart;
    type Proposal = Motion;
    type Validator = Seat;
    type ValidatorSet = Seats;
    type Timeouts = NoTimeouts;
    type Value = Body;
    type Vote = Ballot;
    type Extension = ();
    type SigningScheme = Scheme;

    fn select_proposer<'a>(&self, seats: &'a Seats, height: Position, round_: EngineRound) -> &'a Seat {
        let proposer = seats.set().proposer(height.0, round(round_).unwrap_or_default());
        let seat = seats.0.1.iter().find(|seat| seat.0.0 == proposer);
        // The proposer is one of the set, and every key of the set has a seat.
        seat.unwrap_or_else(|| unreachable!("{proposer:?} has no seat"))
    }

    fn new_proposal(
        &self,
        height: Position,
        round: EngineRound,
        body: Body,
        valid_round: EngineRound,
        author: Address,
    ) -> Motion {
        Motion { height, round, valid_round, body, author }
    }

    fn new_prevote(&self, height: Position, round: EngineRound, block: NilOrVal<BlockId>, author: Address) -> Ballot {
        Ballot { height, round, step: VoteType::Prevote, block, author }
    }

    fn new_precommit(&self, height: Position, round: EngineRound, block: NilOrVal<BlockId>, author: Address) -> Ballot {
        Ballot { height, round, step: VoteType::Precommit, block, author }
    }
}

impl engine::Height for Position {
    const ZERO: Self = Self(Height::GENESIS);
    const INITIAL: Self = Self(match Height::new(1) {
        Some(first) => first,
        None => Height::GENESIS,
    });

    fn increment_by(&self, count: u64) -> Self {
        Self(Height::new(self.0.as_u64().saturating_add(count)).unwrap_or(self.0))
    }

    fn decrement_by(&self, count: u64) -> Option<Self> {
        self.0.as_u64().checked_sub(count).and_then(Height::new).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0.as_u64()
    }
}

impl engine::Address for Address {}

impl engine::Validator<Ledger> for Seat {
    fn address(&self) -> &Address {
        &self.0
    }

    fn public_key(&self) -> &ValidatorKey {
        &self.0.0
    }

    fn voting_power(&self) -> engine::VotingPower {
        1
    }
}

impl engine::ValidatorSet<Ledger> for Seats {
    fn count(&self) -> usize {
        self.0.1.len()
    }

    fn total_voting_power(&self) -> engine::VotingPower {
        u64::try_from(self.0.1.len()).unwrap_or(u64::MAX)
    }

    fn get_by_address(&self, address: &Address) -> Option<&Seat> {
        self.0.1.iter().find(|seat| seat.0 == *address)
    }

    fn get_by_index(&self, index: usize) -> Option<&Seat> {
        self.0.1.get(index)
    }
}

impl engine::Value for Body {
    type Id = BlockId;

    fn id(&self) -> BlockId {
        self.id
    }
}

impl engine::Vote<Ledger> for Ballot {
    fn height(&self) -> Position {
        self.height
    }

    fn round(&self) -> EngineRound {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockId> {
        &self.block
    }

    fn take_value(self) -> NilOrVal<BlockId> {
        self.block
    }

    fn vote_type(&self) -> VoteType {
        self.step
    }

    fn validator_address(&self) -> &Address {
        &self.author
    }

    fn extension(&self) -> Option<&SignedExtension<Ledger>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Ledger>> {
        None
    }

    fn extend(self, _: SignedExtension<Ledger>) -> Self {
        self
    }
}

impl engine::Proposal<Ledger> for Motion {
    fn height(&self) -> Position {
        self.height
    }

    fn round(&self) -> EngineRound {
        self.round
    }

    fn value(&self) -> &Body {
        &self.body
    }

    fn take_value(self) -> Body {
        self.body
    }

    fn pol_round(&self) -> EngineRound {
        self.valid_round
    }

    fn validator_address(&self) -> &Address {
        &self.author
    }
}

impl engine::ProposalPart<Ledger> for NoPart {
    fn is_first(&self) -> bool {
        false
    }

    fn is_last(&self) -> bool {
        false
    }
}

impl engine::Timeouts<Ledger> for NoTimeouts {
    fn duration_for(&self, _: engine::Timeout) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

impl engine::SigningScheme for Scheme {
    type DecodingError = &'static str;
    type Signature = Signature;
    type PublicKey = ValidatorKey;
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Signature, &'static str> {
        bytes.try_into().map(Signature::from_bytes).map_err(|_| "a signature has 64 bytes")
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.as_bytes().to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<ValidatorKey, &'static str> {
        bytes.try_into().ok().and_then(ValidatorKey::from_bytes).ok_or("no sound key")
    }

    fn encode_public_key(key: &ValidatorKey) -> Vec<u8> {
        key.as_bytes().to_vec()
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Body {}

impl PartialOrd for Body {
    fn partial_cmp(&self, other: &Self) -> Option<cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Body {
    fn cmp(&self, other: &Self) -> cmp::Ordering {
        self.id.cmp(&other.id)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_hex())
    }
}
