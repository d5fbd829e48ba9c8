//! Records applied again, in the order of the log, over what they alone have recorded.
//!
//! The genesis line founds the states. Each record is applied to what the
//! records before it left, at the height and the time that its outcome states,
//! and what the rules give is compared with that outcome. Whoever holds whole
//! chains of a few subjects can so judge their records without the rest of the
//! log; `asked` says which subjects that takes.
//!
//! The node replays to find out which chains a dossier needs, the verifier to
//! see that the outcomes in it are right.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use plenary_core::{
    block::Height,
    entry::{Outcome, RecordEntry},
    genesis::Genesis,
    hash::Digest,
    record::{RecordError, RecordFile},
    subject::Subject,
    time::Moment,
};
use thiserror::Error;

use crate::{
    apply::{self, Applied, ApplyError, View},
    execute::Ledger,
    genesis::genesis_states,
    refusal::Refusal,
    state::SubjectState,
};

/// Why an entry cannot be replayed.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ReplayError {
    /// The entry is not a record file and an outcome line.
    #[error("the entry is not a record file and an outcome line")]
    Form,
    /// The record cannot be read.
    #[error("the record cannot be read: {0}")]
    Record(#[from] RecordError),
}

/// What the rules give for a record, beside what its entry says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Found {
    /// The recorded outcome, to the byte.
    Same,
    /// Another one.
    Other(Difference),
    /// None: they forbid the record.
    Refused(Box<Refusal>),
}

/// The first thing in which a recorded outcome differs from what the rules give.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Difference {
    /// Height or time do not follow on those before.
    #[error("its height and time do not follow on those of the record before")]
    Time,
    /// Another number.
    #[error("the rules give it another number")]
    Number,
    /// Other subjects.
    #[error("the rules let it join the chains of other subjects")]
    Subjects,
    /// Other findings.
    #[error("the rules find something else")]
    Findings,
}

/// A record that was applied again.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The record.
    pub file: RecordFile,
    /// What its entry says that the ledger found.
    pub outcome: Outcome,
    /// What the rules give.
    pub found: Found,
    /// The subjects that the rules asked about or changed.
    pub asked: BTreeSet<Subject>,
}

/// What the records so far have recorded.
#[derive(Debug)]
pub struct Replay {
    ledger: Ledger,
    states: BTreeMap<Subject, SubjectState>,
    lengths: BTreeMap<Subject, u64>,
    entries: BTreeMap<Digest, Vec<u8>>,
    last: Option<(Height, Moment)>,
    asked: RefCell<BTreeSet<Subject>>,
}

/// The subjects whose chains begin with the genesis line.
pub fn founding_subjects(genesis: &Genesis) -> Vec<Subject> {
    genesis_states(genesis).into_iter().map(|(subject, _)| subject).collect()
}

impl Replay {
    /// The states that the genesis line begins with.
    pub fn found(ledger: &Ledger) -> Self {
        let states: BTreeMap<Subject, SubjectState> = genesis_states(ledger.genesis()).into_iter().collect();
        Self {
            ledger: ledger.clone(),
            lengths: states.keys().map(|subject| (subject.clone(), 1)).collect(),
            states,
            entries: BTreeMap::new(),
            last: None,
            asked: RefCell::default(),
        }
    }

    /// Applies the record of the next entry, and goes on from it whatever the rules give.
    pub fn take(&mut self, entry: &[u8]) -> Result<Step, ReplayError> {
        let parts = RecordEntry::split(entry).ok_or(ReplayError::Form)?;
        let file = RecordFile::parse(parts.file)?;
        let outcome = Outcome::from_line(parts.outcome).map_err(|_| ReplayError::Form)?;
        let context = self.ledger.context(outcome.height, outcome.time);
        let result = if self.entries.contains_key(&file.id()) {
            Err(Box::new(Refusal::SameRecord(file.id())))
        } else {
            match apply::apply(&file, &context, self) {
                Ok(applied) => Ok(applied),
                Err(ApplyError::Refused(refusal)) => Err(refusal),
                Err(ApplyError::View(never)) => match never {},
            }
        };
        let mut asked = self.asked.take();
        let found = match result {
            Ok(applied) => {
                asked.extend(applied.subjects.iter().cloned());
                let difference = self.difference(&applied, &outcome);
                self.states.extend(applied.changes);
                difference.map_or(Found::Same, Found::Other)
            }
            Err(refusal) => Found::Refused(refusal),
        };
        self.entries.insert(file.id(), entry.to_vec());
        self.last = Some((outcome.height, outcome.time));
        for subject in &outcome.subjects {
            let length = self.lengths.entry(subject.clone()).or_default();
            *length = length.saturating_add(1);
        }
        Ok(Step { file, outcome, found, asked })
    }

    /// What is known of each subject after the last record.
    pub fn into_states(self) -> BTreeMap<Subject, SubjectState> {
        self.states
    }

    fn difference(&self, applied: &Applied, outcome: &Outcome) -> Option<Difference> {
        let follows = self.last.is_none_or(|(height, time)| {
            (height == outcome.height && time == outcome.time) || (height < outcome.height && time < outcome.time)
        });
        let Applied { number, findings, subjects, .. } = applied;
        if !follows || outcome.height == Height::GENESIS || outcome.time <= self.ledger.genesis().time {
            Some(Difference::Time)
        } else if *number != outcome.number {
            Some(Difference::Number)
        } else if *subjects != outcome.subjects {
            Some(Difference::Subjects)
        } else if *findings != outcome.findings {
            Some(Difference::Findings)
        } else {
            None
        }
    }
}

impl View for Replay {
    type Error = Infallible;

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Infallible> {
        self.asked.borrow_mut().insert(subject.clone());
        Ok(self.states.get(subject).cloned())
    }

    fn entry(&self, record: &Digest) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.entries.get(record).cloned())
    }

    fn chain_length(&self, subject: &Subject) -> Result<u64, Infallible> {
        Ok(self.lengths.get(subject).copied().unwrap_or_default())
    }
}
