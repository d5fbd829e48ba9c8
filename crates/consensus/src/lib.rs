//! How Plenary's validators agree on the next block.

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
