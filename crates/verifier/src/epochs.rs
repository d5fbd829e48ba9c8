//! The walk from the genesis line to the validators who signed: one change after another.
//!
//! Each change is a record in the log that the epoch before it signed, and
//! brings the next epoch's policy. Where the walk ends, the seal under the
//! checkpoint must name that epoch and that policy: otherwise a change was
//! left out, or old keys have signed a new head.

use std::collections::BTreeSet;

use plenary_core::{
    block::TreeHead,
    entry::Seal,
    hash::Digest,
    place::Place,
    policy::{Policy, PolicyError},
    receipt::{Receipt, ReceiptError},
    tip::{self, TipError},
};
use thiserror::Error;

use crate::{
    checks::{self, TrustedGenesis, legible},
    verdict::{Failure, Verdict},
};

/// The type of the record that changes the validators.
const CHANGE: &str = "validators.change";

/// A change of validators: the files of one epoch after the first.
#[derive(Clone, Copy, Debug)]
pub struct EpochFiles<'a> {
    /// The entry of the change's record.
    pub entry: &'a [u8],
    /// The receipt for it, under a checkpoint of the epoch before.
    pub proof: &'a [u8],
}

/// The seal under a checkpoint, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct TipFiles<'a> {
    /// The seal's line: the last entry.
    pub seal: &'a [u8],
    /// Its index and its path to the checkpoint's root.
    pub path: &'a [u8],
}

/// The epoch that was walked to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Term {
    /// Its number.
    pub epoch: u64,
    /// Its policy.
    pub policy: Policy,
    /// The policies of the epochs before it.
    pub earlier: Vec<Policy>,
}

/// What is wrong with a change of validators.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum EpochFault {
    /// Its entry is no record of this ledger.
    #[error("{0}")]
    Entry(#[source] Box<Failure>),
    /// Its entry is another record.
    #[error("the record is a {0:?}, and changes no validators")]
    Other(String),
    /// The record is that of another epoch.
    #[error("the record is not that of epoch {expected}")]
    Number {
        /// The epoch that belongs there.
        expected: u64,
    },
    /// The record has no policy that can be read.
    #[error("its policy: {0}")]
    Policy(#[source] PolicyError),
    /// The policy is that of another log.
    #[error("its policy is that of another log")]
    Origin,
    /// A cosigning key stood in a policy before.
    #[error("its policy has a cosigning key of an earlier epoch")]
    OldKey,
    /// The change is not in the log that the epoch before signed.
    #[error("it is not in the log that the validators before it signed: {0}")]
    Proof(#[source] ReceiptError),
}

/// Walks from the genesis line to the last of `epochs`.
pub fn walk(trusted: &TrustedGenesis, epochs: &[EpochFiles<'_>]) -> Result<Term, Verdict> {
    let mut term = Term { epoch: 0, policy: trusted.policy.clone(), earlier: Vec::new() };
    for files in epochs {
        let number = term.epoch.saturating_add(1);
        let policy = step(trusted.ledger, files, &term).map_err(|fault| match fault {
            Stop::Verdict(verdict) => verdict,
            Stop::Fault(fault) => Verdict::NotVerified(Failure::Epoch { number, fault }),
        })?;
        term.epoch = number;
        term.earlier.push(std::mem::replace(&mut term.policy, policy));
    }
    Ok(term)
}

/// Why a step is not made: a fault of the change, or a verdict of its own.
enum Stop {
    Fault(EpochFault),
    Verdict(Verdict),
}

impl From<EpochFault> for Stop {
    fn from(fault: EpochFault) -> Self {
        Self::Fault(fault)
    }
}

/// The policy that a change brings.
fn step(ledger: Digest, files: &EpochFiles<'_>, before: &Term) -> Result<Policy, Stop> {
    let entry = checks::entry_is_of(files.entry, ledger).map_err(|verdict| match verdict {
        Verdict::NotVerified(failure) => Stop::Fault(EpochFault::Entry(Box::new(failure))),
        verdict @ (Verdict::CannotTell(_) | Verdict::Verified) => Stop::Verdict(verdict),
    })?;
    let record = &entry.record;
    if record.record_type != CHANGE {
        return Err(EpochFault::Other(record.record_type.clone()).into());
    }
    let expected = before.epoch.saturating_add(1);
    if record.body.get("epoch").and_then(|epoch| epoch.as_u64()) != Some(expected) {
        return Err(EpochFault::Number { expected }.into());
    }
    let text = record.body.get("policy").and_then(|policy| policy.as_str()).unwrap_or_default();
    let policy = Policy::parse(text).map_err(EpochFault::Policy)?;
    if policy.origin() != before.policy.origin() {
        return Err(EpochFault::Origin.into());
    }
    let seats = before.earlier.iter().chain([&before.policy]).flat_map(Policy::seats);
    let spent: BTreeSet<&[u8; 32]> = seats.map(|seat| seat.cosigner.public()).collect();
    if policy.seats().iter().any(|seat| spent.contains(seat.cosigner.public())) {
        return Err(EpochFault::OldKey.into());
    }
    let receipt = Receipt::parse(&legible(files.proof)).map_err(EpochFault::Proof)?;
    receipt.verify(files.entry, &before.policy).map_err(EpochFault::Proof)?;
    Ok(policy)
}

/// The seal under a checkpoint with this head is that of the epoch walked to.
pub fn tip_is_of(head: &TreeHead, files: &TipFiles<'_>, term: &Term) -> Result<Seal, Failure> {
    let read = || {
        let place = Place::parse(&legible(files.path)).map_err(TipError::Place)?;
        let seal = tip::read_tip(head, files.seal, &place)?;
        tip::check_epoch(&seal, term.epoch, &term.policy.digest())?;
        Ok(seal)
    };
    read().map_err(Failure::Tip)
}
