//! The real replica and the real journal on a simulated network, disk and clock.
//!
//! One seed is one run: the same seed gives the same hash of all effects. A
//! run is chaos first (loss, partitions, crashes, lying validators), then calm,
//! in which the ledger must go on within ten seconds. What must never happen
//! is checked at every effect, by `checks`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a simulation that goes wrong may panic; overflow is checked in all profiles"
)]

mod adversary;
mod checks;
mod disk;
mod executor;
mod network;
mod node;
mod plan;
mod random;
mod world;

pub use checks::{Checks, Kind, Violation};
pub use plan::{Cut, Liar, Plan, Trial};
pub use world::{Outcome, run};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{Block, BlockId, Header, Height, TreeHead},
    hash::Digest,
    keys::ValidatorKey,
    time::Moment,
};

/// The ledger of all runs.
pub const LEDGER: Digest = Digest::from_bytes([11; 32]);

/// The secret of a validator.
pub fn secret(validator: usize) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("validator {validator}").as_bytes()).as_bytes())
}

/// When block zero was made, in milliseconds.
pub const GENESIS_MS: u64 = 1_500_000_000_000;

/// The header of block zero.
pub fn genesis() -> Header {
    let empty = TreeHead { size: 1, root: Digest::ZERO };
    Header {
        version: Header::VERSION,
        ledger: LEDGER,
        height: Height::GENESIS,
        time: Moment::from_ms(GENESIS_MS).unwrap(),
        proposer: ValidatorKey::of(&secret(0)),
        parent: BlockId::from_digest(Digest::ZERO),
        epoch: 0,
        policy: Digest::ZERO,
        log: empty,
        slots: empty,
        records: Block::digest_of::<&[u8]>(&[]),
    }
}
