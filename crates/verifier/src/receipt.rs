//! A receipt check: what it is given, and its six steps in their order.

use std::fmt;

use plenary_core::{
    checkpoint::Checkpoint,
    genesis::Clock,
    hash::Digest,
    policy::Policy,
    receipt::Receipt,
    record::{Record, VerifiedRecord},
};

use crate::{
    checks::{self, ReadEntry, TrustedGenesis},
    epochs::{self, EpochFiles, TipFiles},
    report::{Report, Step, plain},
    verdict::{Gap, NotChecked, Verdict},
};

/// What names a file's content: its digest and its size.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FileIdentity {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its size, in bytes.
    pub bytes: u64,
}

impl FileIdentity {
    /// The identity of a file in memory.
    pub fn of(content: &[u8]) -> Self {
        Self { digest: Digest::of(content), bytes: u64::try_from(content.len()).unwrap_or(u64::MAX) }
    }
}

impl fmt::Display for FileIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.digest, self.bytes)
    }
}

/// The files of one receipt check.
#[derive(Clone, Copy, Debug)]
pub struct ReceiptBundle<'a> {
    /// The genesis line, with its line feed.
    pub genesis: &'a [u8],
    /// The record file and its outcome line.
    pub entry: &'a [u8],
    /// The C2SP tlog-proof.
    pub proof: &'a [u8],
    /// The document that the reader holds, if it is to be checked as well.
    pub file: Option<FileIdentity>,
    /// The changes of validators up to the proof's epoch, in their order.
    pub epochs: &'a [EpochFiles<'a>],
    /// The seal under the proof's checkpoint, which shows that epoch.
    pub tip: Option<TipFiles<'a>>,
}

/// One of the six questions, numbered from one in this order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Check {
    /// Is the genesis the trusted one?
    Genesis,
    /// Is the entry a record of this ledger?
    Entry,
    /// Is the file the recorded one?
    File,
    /// Did the record's signers sign it?
    Signatures,
    /// Is the entry in the log?
    Inclusion,
    /// Did enough validators sign the log's head?
    Validators,
}

impl Check {
    /// All checks, in their order.
    pub const ALL: [Self; 6] =
        [Self::Genesis, Self::Entry, Self::File, Self::Signatures, Self::Inclusion, Self::Validators];

    /// The number that reports show.
    pub const fn number(self) -> u8 {
        match self {
            Self::Genesis => 1,
            Self::Entry => 2,
            Self::File => 3,
            Self::Signatures => 4,
            Self::Inclusion => 5,
            Self::Validators => 6,
        }
    }

    /// The word that reports show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::Entry => "entry",
            Self::File => "file",
            Self::Signatures => "signatures",
            Self::Inclusion => "inclusion",
            Self::Validators => "validators",
        }
    }

    const fn step(self, found: String) -> Step {
        Step { number: self.number(), check: self.as_str(), found }
    }
}

/// Checks a receipt against the genesis leaf hash that the reader trusts.
///
/// Stops at the first check that does not hold: what comes after it rests on it.
pub fn check_receipt(bundle: &ReceiptBundle<'_>, anchor: Option<Digest>) -> Report {
    let mut steps = Vec::new();
    let mut clock = None;
    let verdict = match take_steps(bundle, anchor, &mut steps, &mut clock) {
        Ok(()) => Verdict::Verified,
        Err((check, verdict)) => {
            let found = match &verdict {
                Verdict::Verified => String::new(),
                Verdict::NotVerified(failure) => failure.to_string(),
                Verdict::CannotTell(gap) => gap.to_string(),
            };
            steps.push(check.step(found));
            verdict
        }
    };
    let mut not_checked = vec![NotChecked::File];
    not_checked.retain(|_| bundle.file.is_none());
    not_checked.extend([NotChecked::Roles, NotChecked::Rules, NotChecked::Later]);
    not_checked.extend(bundle.tip.is_none().then_some(NotChecked::Epochs));
    not_checked.extend([NotChecked::Holders, NotChecked::SplitView]);
    not_checked.extend(clock.map(NotChecked::of_times));
    Report { verdict, steps, anchor, not_checked }
}

fn take_steps(
    bundle: &ReceiptBundle<'_>,
    anchor: Option<Digest>,
    steps: &mut Vec<Step>,
    clock: &mut Option<Clock>,
) -> Result<(), (Check, Verdict)> {
    let mut held = |check: Check, found| steps.push(check.step(found));

    let cannot_tell = |gap: Gap| (Check::Genesis, Verdict::CannotTell(gap));
    let trusted = checks::genesis_is_trusted(bundle.genesis, anchor).map_err(cannot_tell)?;
    *clock = Some(trusted.genesis.clock);
    held(Check::Genesis, genesis_found(&trusted));

    let entry = checks::entry_is_of(bundle.entry, trusted.ledger).map_err(|verdict| (Check::Entry, verdict))?;
    held(Check::Entry, entry_found(&entry));

    let file = match bundle.file {
        Some(file) => {
            let differs = |failure| (Check::File, Verdict::NotVerified(failure));
            checks::file_is_recorded(file, &entry.record).map_err(differs)?;
            format!("is the recorded file, {file}")
        }
        None => "none was given".to_owned(),
    };
    held(Check::File, file);

    let refused = |failure| (Check::Signatures, Verdict::NotVerified(failure));
    let signed = checks::signatures_hold(entry.file).map_err(refused)?;
    held(Check::Signatures, signatures_found(&signed));

    let not_in_log = |failure| (Check::Inclusion, Verdict::NotVerified(failure));
    let receipt = checks::entry_is_in_log(bundle.entry, bundle.proof, &trusted.policy).map_err(not_in_log)?;
    let head = receipt.checkpoint.head;
    held(Check::Inclusion, format!("entry {} of {} is in the log with root {}", receipt.index, head.size, head.root));

    let found = validators_signed(bundle, &receipt, &trusted).map_err(|verdict| (Check::Validators, verdict))?;
    held(Check::Validators, found);
    Ok(())
}

pub(crate) fn genesis_found(trusted: &TrustedGenesis) -> String {
    let TrustedGenesis { policy, genesis, .. } = trusted;
    let notice = genesis.notice.as_ref().map_or(String::new(), |notice| format!("; notice: {}", plain(notice)));
    format!("is the one that you trust: {}, {} validators{notice}", policy.origin(), policy.seats().len())
}

fn entry_found(entry: &ReadEntry<'_>) -> String {
    let ReadEntry { record, outcome, .. } = entry;
    let number = outcome.number.as_ref().map_or(String::new(), |number| format!(" as {}", plain(number)));
    let (what, height, time) = (plain(&record.record_type), outcome.height, outcome.time);
    format!("is a record {what} that the ledger took{number} in block {height} at {time}")
}

fn signatures_found(signed: &VerifiedRecord) -> String {
    let Record { signers, .. } = signed.file().record();
    let signed = signers.iter().zip(signed.file().signatures());
    let each = signed.map(|(signer, it)| format!("{} {} with {}", signer.role, signer.who, it.key().fingerprint()));
    format!("hold: {}", each.collect::<Vec<_>>().join(", "))
}

/// A quorum of the validators who were in office has signed the log's head.
fn validators_signed(
    bundle: &ReceiptBundle<'_>,
    receipt: &Receipt,
    trusted: &TrustedGenesis,
) -> Result<String, Verdict> {
    let walked = epochs::walk(trusted, bundle.epochs)?;
    checks::quorum_signed(receipt, &walked.policy)?;
    let found = validators_found(&receipt.checkpoint, &walked.policy);
    match &bundle.tip {
        Some(tip) => {
            let seal = epochs::tip_is_of(&receipt.checkpoint.head, tip, &walked).map_err(Verdict::NotVerified)?;
            Ok(format!("{found}; in office in epoch {} at block {}", walked.epoch, seal.height))
        }
        None if bundle.epochs.is_empty() => Ok(found),
        None => Err(Verdict::CannotTell(Gap::NoTip)),
    }
}

pub(crate) fn validators_found(checkpoint: &Checkpoint, policy: &Policy) -> String {
    let cosigners = &checkpoint.cosignatures;
    let signed = policy.seats().iter().filter(|seat| cosigners.iter().any(|it| it.name == *seat.cosigner.name()));
    let names: Vec<&str> = signed.map(|seat| seat.name.as_str()).collect();
    format!("{} of {} signed, {} needed: {}", names.len(), policy.seats().len(), policy.quorum(), names.join(", "))
}
