//! How Plenary's validators agree on the next block.
//!
//! `Replica` is a function: what it is told and when, in; what is to be done,
//! out, in the order in which it must happen. It has no clock, does no IO and
//! draws no chance, so the simulator runs the very replica that a node runs.
//!
//! A node puts this around it:
//!
//! 1. `journal::recover` reads the journal for the height after the store's tip.
//!    An error means: observe, that is, start without a secret.
//! 2. `Replica::start` begins there. Every `Effect` is carried out in turn;
//!    a failure of `Journal`, `Sync` or `Commit` stops the process.
//! 3. `Effect::Journal` is `Writer::append`, `Effect::Sync` is a sync of the file
//!    followed by the unsynced write of `Writer::synced`.
//! 4. What others send is `wire::decode`d and told as `Received`; bytes that
//!    cannot be decoded are their sender's fault.
//! 5. `Build` and `Execute` may be answered later, and in any order. What they
//!    found is kept by block until `Commit` names one, or another height begins.
//! 6. After `Commit` is synced, `Committed` is told, and then `RecordsWaiting` if
//!    records are left.
//! 7. On `Behind`, certified blocks are asked for from peers and told one by one,
//!    each when the one before is committed.

mod admission;
mod candidates;
mod certificate;
mod config;
mod early;
mod engine;
mod event;
mod evidence;
pub mod journal;
pub mod limits;
mod memo;
mod message;
mod replica;
mod signer;
mod tally;
mod terms;
#[cfg(test)]
mod testing;
mod timers;
mod validators;
pub mod wire;

pub use certificate::{CertificateError, CommitCertificate};
pub use config::{Clock, Config, Patience, Wait};
pub use engine::NOISY_LOG_TARGETS;
pub use event::{Effect, Halt, Input, Silence, Start, Verdict};
pub use evidence::Evidence;
pub use message::{Message, Proposal, ProposalHead, Round, RoundError, Signature, Step, Vote};
pub use replica::Replica;
pub use validators::{SetError, ValidatorSet};
