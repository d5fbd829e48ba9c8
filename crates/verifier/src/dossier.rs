//! A dossier check: what it is given, and its twelve steps in their order.

use std::fmt;

use plenary_core::{
    block::TreeHead,
    dossier::{Dossier, ProvenSlot},
    genesis::Clock,
    hash::Digest,
    json::Object,
    subject::Subject,
};
use serde_json::Value;

use crate::{
    account::{self, Account},
    questions::{self, SignedEntries},
    receipt::{FileIdentity, genesis_found, validators_found},
    report::{Columns, Report, Step},
    verdict::{NotChecked, Verdict},
};

/// The files of one dossier check.
#[derive(Clone, Copy, Debug)]
pub struct DossierBundle<'a> {
    /// The dossier.
    pub dossier: &'a [u8],
    /// Documents that the reader holds beside it.
    pub files: &'a [FileIdentity],
    /// An older checkpoint that the reader holds.
    pub since: Option<&'a [u8]>,
}

/// One of the twelve questions, numbered from one in this order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Check {
    /// Is the container a dossier, with nothing missing?
    Container,
    /// Is the genesis the trusted one?
    Genesis,
    /// Did each epoch's validators put the next ones in office?
    Epochs,
    /// Did enough validators sign the log's head?
    Validators,
    /// Is each entry in the log?
    Inclusion,
    /// Is the last entry a seal of that epoch?
    Seal,
    /// Did the records' signers sign them?
    Signatures,
    /// Is nothing left out?
    Completeness,
    /// Do the rules give these outcomes?
    Rules,
    /// Are the documents the recorded ones?
    Documents,
    /// Do the disclosures open commitments in force?
    Disclosures,
    /// Did the log only grow since an older checkpoint?
    Since,
}

impl Check {
    /// All checks, in their order.
    pub const ALL: [Self; 12] = [
        Self::Container,
        Self::Genesis,
        Self::Epochs,
        Self::Validators,
        Self::Inclusion,
        Self::Seal,
        Self::Signatures,
        Self::Completeness,
        Self::Rules,
        Self::Documents,
        Self::Disclosures,
        Self::Since,
    ];

    /// The number that reports show.
    pub const fn number(self) -> u8 {
        match self {
            Self::Container => 1,
            Self::Genesis => 2,
            Self::Epochs => 3,
            Self::Validators => 4,
            Self::Inclusion => 5,
            Self::Seal => 6,
            Self::Signatures => 7,
            Self::Completeness => 8,
            Self::Rules => 9,
            Self::Documents => 10,
            Self::Disclosures => 11,
            Self::Since => 12,
        }
    }

    /// The word that reports show.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Genesis => "genesis",
            Self::Epochs => "epochs",
            Self::Validators => "validators",
            Self::Inclusion => "inclusion",
            Self::Seal => "seal",
            Self::Signatures => "signatures",
            Self::Completeness => "completeness",
            Self::Rules => "rules",
            Self::Documents => "documents",
            Self::Disclosures => "disclosures",
            Self::Since => "since",
        }
    }

    const fn step(self, found: String) -> Step {
        Step { number: self.number(), check: self.as_str(), found }
    }
}

/// All that came of a dossier check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DossierReport {
    /// The verdict, the steps, and what was not checked.
    pub report: Report,
    /// Whose dossier it says it is.
    pub subject: Option<Subject>,
    /// Subjects that the rules asked about and of which nothing is in the dossier.
    pub absent: Vec<Subject>,
    /// What the records show; nothing unless all is verified.
    pub account: Option<Account>,
}

/// Checks a dossier against the genesis leaf hash that the reader trusts.
///
/// Stops at the first check that does not hold: what comes after it rests on it.
pub fn check_dossier(bundle: &DossierBundle<'_>, anchor: Option<Digest>) -> DossierReport {
    let mut walk = Walk::default();
    let verdict = match walk.take_steps(bundle, anchor) {
        Ok(()) => Verdict::Verified,
        Err((check, verdict)) => {
            let found = match &verdict {
                Verdict::Verified => String::new(),
                Verdict::NotVerified(failure) => failure.to_string(),
                Verdict::CannotTell(gap) => gap.to_string(),
            };
            walk.steps.push(check.step(found));
            verdict
        }
    };
    let Walk { steps, subject, clock, not_given, absent, account } = walk;
    let mut not_checked = Vec::new();
    if !not_given.is_empty() {
        not_checked.push(NotChecked::Documents(not_given));
    }
    if !absent.is_empty() {
        not_checked.push(NotChecked::Absent(absent.len()));
    }
    not_checked.extend([NotChecked::OneSlot, NotChecked::Holders, NotChecked::SplitView]);
    not_checked.extend(clock.map(NotChecked::of_times));
    let account = account.filter(|_| verdict == Verdict::Verified);
    DossierReport { report: Report { verdict, steps, anchor, not_checked }, subject, absent, account }
}

/// What the steps so far have found.
#[derive(Default)]
struct Walk {
    steps: Vec<Step>,
    subject: Option<Subject>,
    clock: Option<Clock>,
    not_given: Vec<Digest>,
    absent: Vec<Subject>,
    account: Option<Account>,
}

impl Walk {
    fn held(&mut self, check: Check, found: String) {
        self.steps.push(check.step(found));
    }

    fn take_steps(&mut self, bundle: &DossierBundle<'_>, anchor: Option<Digest>) -> Result<(), (Check, Verdict)> {
        let at = |check| move |verdict: Verdict| (check, verdict);

        let dossier = questions::container_is_whole(bundle.dossier).map_err(at(Check::Container))?;
        self.subject = Some(dossier.about.subject.clone());
        self.held(Check::Container, container_found(&dossier));

        let trusted = questions::genesis_is_trusted(&dossier, anchor).map_err(at(Check::Genesis))?;
        self.clock = Some(trusted.genesis.clock);
        self.held(Check::Genesis, genesis_found(&trusted));

        let term = questions::epochs_follow(&trusted, &dossier.epochs).map_err(at(Check::Epochs))?;
        self.held(Check::Epochs, epochs_found(term.epoch));

        let checkpoint = questions::validators_signed(&dossier, &term.policy)
            .map_err(|failure| (Check::Validators, Verdict::NotVerified(failure)))?;
        self.held(Check::Validators, validators_found(&checkpoint, &term.policy));

        let head = checkpoint.head;
        questions::entries_are_in_log(&dossier, &head).map_err(|failure| (Check::Inclusion, failure.into()))?;
        self.held(Check::Inclusion, inclusion_found(&dossier, &head));

        let seal = questions::seal_is_of(&dossier, &head, &term).map_err(at(Check::Seal))?;
        self.held(Check::Seal, format!("closes block {} at {}, in epoch {}", seal.height, seal.time, seal.epoch));

        let records = questions::records_are_signed(&dossier, trusted.ledger, head.size);
        let records = records.map_err(at(Check::Signatures))?;
        self.held(Check::Signatures, signatures_found(&records));

        questions::chains_are_complete(&dossier, &trusted, &records, &seal.slots)
            .map_err(|failure| (Check::Completeness, failure.into()))?;
        self.held(Check::Completeness, completeness_found(&dossier));

        let replayed = questions::rules_give(&dossier, &records).map_err(at(Check::Rules))?;
        self.absent = replayed.absent.iter().cloned().collect();
        self.held(Check::Rules, format!("give exactly what was recorded, in all {} records", records.len()));

        let not_given = questions::documents_are_recorded(&dossier, &records, bundle.files);
        let not_given = not_given.map_err(|failure| (Check::Documents, failure.into()))?;
        self.held(Check::Documents, documents_found(&dossier, bundle.files, not_given.len()));
        self.not_given = not_given;

        let opened = questions::disclosures_open(&dossier, &replayed);
        let opened = opened.map_err(|failure| (Check::Disclosures, failure.into()))?;
        self.held(
            Check::Disclosures,
            match opened.len() {
                0 => "none was given".to_owned(),
                count => format!("{count} open commitments that are in force"),
            },
        );

        let grown = questions::log_has_grown(&dossier, &checkpoint, &term, bundle.since).map_err(at(Check::Since))?;
        self.held(
            Check::Since,
            match grown {
                None => "no older checkpoint was given".to_owned(),
                Some(TreeHead { size, root }) => format!("the log of {size} entries with root {root} has only grown"),
            },
        );
        self.account = Some(account::tell(&dossier.about.subject, &seal, &records, &replayed.states, &opened));
        Ok(())
    }
}

impl DossierReport {
    /// The report as a JSON object; fields are only ever added.
    pub fn to_json(&self) -> Object {
        let mut object = self.report.to_json();
        object.extend(self.subject.iter().map(|subject| ("subject".to_owned(), subject.as_str().into())));
        object.insert("absent".to_owned(), self.absent.iter().map(Subject::as_str).collect());
        object.extend(self.account.iter().map(|account| ("account".to_owned(), Value::Object(account.to_json()))));
        object
    }
}

impl fmt::Display for DossierReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.write_steps(f, Columns { number: 2, name: 14 })?;
        self.report.write_next(f)?;
        self.account.as_ref().map_or(Ok(()), |account| account.write_text(f))
    }
}

fn container_found(dossier: &Dossier<'_>) -> String {
    let (entries, slots) = (dossier.entries.len(), dossier.slots.len());
    format!("is a dossier of {}: {entries} entries, {slots} chains", dossier.about.subject)
}

fn epochs_found(epoch: u64) -> String {
    match epoch {
        0 => "no change: the validators are those of genesis".to_owned(),
        changes => format!("{changes} changes of validators, each signed by the ones before"),
    }
}

fn inclusion_found(dossier: &Dossier<'_>, head: &TreeHead) -> String {
    format!("{} entries are in the log of {} with root {}", dossier.entries.len(), head.size, head.root)
}

fn signatures_found(records: &SignedEntries) -> String {
    let signatures: usize = records.values().map(|signed| signed.record.file().signatures().len()).sum();
    format!("hold: {signatures} under {} records", records.len())
}

fn completeness_found(dossier: &Dossier<'_>) -> String {
    let subject = &dossier.about.subject;
    let own = dossier.slots.values().find(|slot| slot.subject == *subject);
    let count = own.map_or(0, |ProvenSlot { chain, .. }| chain.count);
    format!("nothing is left out: all {count} entries about {subject}, and all of {} chains", dossier.slots.len())
}

fn documents_found(dossier: &Dossier<'_>, files: &[FileIdentity], not_given: usize) -> String {
    let given = dossier.documents.len().saturating_add(files.len());
    match (given, not_given) {
        (0, _) => "none was given".to_owned(),
        (given, 0) => format!("{given} were given, and are the recorded ones"),
        (given, missing) => format!("{given} were given, and are recorded ones; {missing} were not given"),
    }
}
