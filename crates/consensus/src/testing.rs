//! Small makers of keys, votes and blocks for this crate's tests.

use std::{ops::Range, sync::Arc};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{Block, BlockId, Header, Height, TreeHead},
    hash::Digest,
    keys::ValidatorKey,
    time::Moment,
};

use crate::{
    certificate::CommitCertificate,
    message::{Proposal, ProposalHead, Round, Signature, Step, Vote},
    validators::ValidatorSet,
};

/// The ledger of all tests.
pub(crate) const LEDGER: Digest = Digest::from_bytes([7; 32]);

/// Secrets whose public keys ascend with the number, so that seat and number agree.
pub(crate) fn secret(number: u8) -> SigningKey {
    use std::sync::OnceLock;
    static SECRETS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    let secrets = SECRETS.get_or_init(|| {
        let mut secrets: Vec<_> = (0..40_u8).map(|byte| SigningKey::from_bytes(&[byte; 32])).collect();
        secrets.sort_by_key(ValidatorKey::of);
        secrets
    });
    secrets[usize::from(number)].clone()
}

pub(crate) fn key(number: u8) -> ValidatorKey {
    ValidatorKey::of(&secret(number))
}

pub(crate) fn set(size: u8) -> ValidatorSet {
    ValidatorSet::new((0..size).map(key).collect()).unwrap()
}

pub(crate) fn height(number: u64) -> Height {
    Height::new(number).unwrap()
}

pub(crate) fn round(number: u32) -> Round {
    Round::new(number).unwrap()
}

/// An id that names no block, told apart by `byte`.
pub(crate) fn id(byte: u8) -> BlockId {
    BlockId::from_digest(Digest::from_bytes([byte; 32]))
}

pub(crate) fn vote(author: u8, at: u64, in_round: u32, step: Step, block: Option<u8>) -> Vote {
    vote_for(author, at, in_round, step, block.map(id))
}

pub(crate) fn vote_for(author: u8, at: u64, in_round: u32, step: Step, block: Option<BlockId>) -> Vote {
    let signature = Signature::from_bytes([0; 64]);
    Vote { height: height(at), round: round(in_round), step, block, author: key(author), signature }
        .sign(&LEDGER, &secret(author))
}

pub(crate) fn head(author: u8, at: u64, in_round: u32, valid_round: Option<u32>, block: u8) -> ProposalHead {
    ProposalHead {
        height: height(at),
        round: round(in_round),
        valid_round: valid_round.map(round),
        block: id(block),
        author: key(author),
        signature: Signature::from_bytes([0; 64]),
    }
    .sign(&LEDGER, &secret(author))
}

/// A certificate by the first `signers` of `set`, whose keys are `key(0)` and following.
pub(crate) fn certificate(set: &ValidatorSet, at: u64, in_round: u32, block: u8, signers: u8) -> CommitCertificate {
    certificate_for(set, at, in_round, id(block), 0..signers)
}

pub(crate) fn certificate_for(
    set: &ValidatorSet,
    at: u64,
    in_round: u32,
    block: BlockId,
    signers: Range<u8>,
) -> CommitCertificate {
    let signatures = signers
        .map(|author| vote_for(author, at, in_round, Step::Precommit, Some(block)))
        .filter(|vote| set.contains(&vote.author))
        .map(|vote| (vote.author, vote.signature))
        .collect();
    CommitCertificate { height: height(at), round: round(in_round), block, signatures }
}

/// A block of `records` on `parent`, by `proposer`.
pub(crate) fn block_on(parent: &Header, proposer: u8, time: Moment, records: &[&[u8]]) -> Arc<Block> {
    let records: Vec<Vec<u8>> = records.iter().map(|record| record.to_vec()).collect();
    let header = Header {
        height: parent.height.next().unwrap(),
        time,
        proposer: key(proposer),
        parent: parent.id(),
        records: Block::digest_of(&records),
        ..parent.clone()
    };
    Arc::new(Block { header, records })
}

/// The header of block zero.
pub(crate) fn genesis() -> Header {
    let empty = TreeHead { size: 0, root: Digest::ZERO };
    Header {
        version: Header::VERSION,
        ledger: LEDGER,
        height: Height::GENESIS,
        time: Moment::from_ms(1_000_000).unwrap(),
        proposer: key(0),
        parent: id(0),
        epoch: 0,
        policy: Digest::ZERO,
        log: empty,
        slots: empty,
        records: Block::digest_of::<&[u8]>(&[]),
    }
}

/// A signed proposal of `block`.
pub(crate) fn proposal(author: u8, in_round: u32, valid_round: Option<u32>, block: &Arc<Block>) -> Proposal {
    let head = ProposalHead {
        height: block.header.height,
        round: round(in_round),
        valid_round: valid_round.map(round),
        block: block.id(),
        author: key(author),
        signature: Signature::from_bytes([0; 64]),
    };
    Proposal { head: head.sign(&LEDGER, &secret(author)), block: Arc::clone(block) }
}
