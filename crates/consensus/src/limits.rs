//! Every bound of the replica, with its reason.

use plenary_core::block::BLOCK_BYTES_MAX;

/// The largest set of validators: checkpoints carry at most sixteen signatures, the quorum of 21 is 15.
pub const VALIDATORS_MAX: usize = 21;

/// How far ahead of its own round a replica follows the others vote by vote; the engine's own bound.
/// Beyond it, only a jump of more than a third of the validators counts.
pub const ROUNDS_AHEAD_MAX: u32 = 10;

/// Proposals followed in one round. A correct proposer makes one; the second proves that it is not.
pub const PROPOSALS_PER_ROUND_MAX: usize = 2;

/// Messages of the next height kept for one validator: two votes a round for six rounds.
pub const EARLY_MESSAGES_MAX: usize = 12;

/// Proposals among them, which are large.
pub const EARLY_PROPOSALS_MAX: usize = 2;

/// Proposals kept although they are untimely or leave records out; the oldest go first.
pub const WITHHELD_MAX: usize = 8;

/// Proven contradictions of one validator at one height; more would prove nothing new.
pub const EVIDENCE_MAX: usize = 3;

/// Signatures remembered as valid, per generation: 21 validators, three messages, a hundred rounds.
pub const MEMO_MAX: usize = 6_300;

/// The largest encoded vote.
pub const VOTE_BYTES_MAX: usize = 256;

/// The largest encoded proposal: a block and what is signed about it.
pub const PROPOSAL_BYTES_MAX: usize = BLOCK_BYTES_MAX + 512;

/// Votes in one bundle: two steps of every validator.
pub const BUNDLE_VOTES_MAX: usize = 2 * VALIDATORS_MAX;

/// The largest encoded bundle of votes.
pub const BUNDLE_BYTES_MAX: usize = BUNDLE_VOTES_MAX * VOTE_BYTES_MAX;

/// The largest encoded commit certificate.
pub const CERTIFICATE_BYTES_MAX: usize = 128 + VALIDATORS_MAX * 96;

/// The largest encoded proof of a contradiction.
pub const EVIDENCE_BYTES_MAX: usize = 1_024;

/// How often peers are asked for a height that somebody claims to have decided; a claim may be a lie.
pub const ASKS_MAX: u8 = 10;
