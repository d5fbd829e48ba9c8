//! The chains that a dossier holds: what it takes to judge the records of one subject.
//!
//! With each entry belong the chains of the subjects that it names and of those
//! that the rules read in order to judge it; with each chain belong all its
//! entries. What is read shows when a record is applied, and for that its
//! chains must be there. So all records held are applied again and again, each
//! time with the chains that were asked for and not held, until none is. What
//! was only asked for while something was missing is left out in the end.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use plenary_core::{
    dossier::{About, Dossier, ProvenEntry, ProvenSlot, Since},
    entry::{Outcome, RecordEntry},
    merkle::{self, TreeError},
    subject::Subject,
};
use thiserror::Error;

use crate::{
    execute::{Base, Ledger, LogNodes, SlotNodes},
    replay::{Found, Replay, ReplayError, Step, founding_subjects},
};

/// Where the chains of a ledger are read.
pub trait Chains {
    /// Why something cannot be read.
    type Error;

    /// The indexes of a subject's entries, in order; none if it has never been recorded.
    fn chain(&self, subject: &Subject) -> Result<Vec<u64>, Self::Error>;

    /// The entry at an index that a chain gave.
    fn entry(&self, index: u64) -> Result<Vec<u8>, Self::Error>;
}

/// Why the chains of a dossier cannot be found.
#[derive(Debug, Error)]
pub enum GatherError<E> {
    /// The subject has never been recorded.
    #[error("the subject has never been recorded")]
    Unknown,
    /// There are more bytes than the caller takes.
    #[error("the entries have more than {0} bytes")]
    TooLarge(usize),
    /// The ledger could not be read.
    #[error("the ledger could not be read")]
    Ledger(#[source] E),
    /// An entry cannot be replayed, or gives another outcome than it did.
    #[error("entry {0} cannot be judged as it was")]
    Unsound(u64),
}

/// The chains that judge the records of a subject.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gathered {
    /// The subjects whose chains they are.
    pub subjects: BTreeSet<Subject>,
    /// Their entries, by index; entry 0 is among them.
    pub entries: BTreeMap<u64, Vec<u8>>,
}

impl Gathered {
    /// The dossier at the head of `base`, whose checkpoint has this text.
    ///
    /// `older` is the text of a checkpoint of this log and its size.
    pub fn into_dossier<B: Base>(
        self,
        about: About,
        base: &B,
        checkpoint: Vec<u8>,
        older: Option<(Vec<u8>, u64)>,
    ) -> Result<Dossier<'static>, TreeError<B::Error>> {
        let size = base.head().log.size;
        let (log, slots_tree) = (LogNodes(base), SlotNodes(base));
        let mut entries = BTreeMap::new();
        let last = size.saturating_sub(1);
        let seal = base.entry(last).map_err(TreeError::Nodes)?.ok_or(TreeError::Index { index: last, size })?;
        for (index, entry) in self.entries.into_iter().chain([(last, seal)]) {
            let path = merkle::inclusion_path(&log, index, size)?;
            entries.insert(index, ProvenEntry { entry: Cow::Owned(entry), path });
        }
        let mut slots = BTreeMap::new();
        for subject in self.subjects {
            let Some(slot) = base.slot(&subject).map_err(TreeError::Nodes)? else { continue };
            let path = merkle::inclusion_path(&slots_tree, slot.index, base.head().slots.size)?;
            slots.insert(slot.index, ProvenSlot { subject, chain: slot.chain, path });
        }
        let since = older.map(|(checkpoint, old)| {
            let path = merkle::consistency_path(&log, old, size)?;
            Ok(Since { checkpoint: Cow::Owned(checkpoint), path })
        });
        Ok(Dossier {
            about,
            checkpoint: Cow::Owned(checkpoint),
            disclosures: BTreeMap::new(),
            documents: BTreeMap::new(),
            entries,
            epochs: Vec::new(),
            since: since.transpose()?,
            slots,
        })
    }
}

/// Gathers the chains that judge the records of `subject`, in `bytes_max` bytes of entries at most.
pub fn gather<C: Chains>(
    ledger: &Ledger,
    subject: &Subject,
    chains: &C,
    bytes_max: usize,
) -> Result<Gathered, GatherError<C::Error>> {
    let mut holding =
        Holding { chains, room: bytes_max, bytes_max, chains_held: BTreeMap::new(), entries: BTreeMap::new() };
    let mut roots: BTreeSet<Subject> = founding_subjects(ledger.genesis()).into_iter().collect();
    roots.insert(subject.clone());
    holding.hold_all(roots.iter().cloned())?;
    if !holding.holds(subject) {
        return Err(GatherError::Unknown);
    }
    loop {
        let steps = holding.replay(ledger)?;
        let before = holding.chains_held.len();
        holding.hold_all(steps.values().flat_map(|step| step.asked.iter().cloned()))?;
        if holding.chains_held.len() == before {
            if let Some((index, _)) = steps.iter().find(|(_, step)| step.found != Found::Same) {
                return Err(GatherError::Unsound(*index));
            }
            return Ok(holding.needed(roots, &steps));
        }
    }
}

/// The chains held so far; a subject without a chain is known to have none.
struct Holding<'c, C> {
    chains: &'c C,
    room: usize,
    bytes_max: usize,
    chains_held: BTreeMap<Subject, Vec<u64>>,
    entries: BTreeMap<u64, Vec<u8>>,
}

impl<C: Chains> Holding<'_, C> {
    fn holds(&self, subject: &Subject) -> bool {
        self.chains_held.get(subject).is_some_and(|chain| !chain.is_empty())
    }

    /// Takes in whole chains, and those of all subjects that their entries name.
    fn hold_all(&mut self, subjects: impl Iterator<Item = Subject>) -> Result<(), GatherError<C::Error>> {
        let mut waiting: BTreeSet<Subject> = subjects.collect();
        while let Some(subject) = waiting.pop_first() {
            if self.chains_held.contains_key(&subject) {
                continue;
            }
            let chain = self.chains.chain(&subject).map_err(GatherError::Ledger)?;
            for index in &chain {
                if !self.entries.contains_key(index) {
                    let entry = self.chains.entry(*index).map_err(GatherError::Ledger)?;
                    self.room = self.room.checked_sub(entry.len()).ok_or(GatherError::TooLarge(self.bytes_max))?;
                    waiting.extend(named(*index, &entry).map_err(|_| GatherError::Unsound(*index))?);
                    self.entries.insert(*index, entry);
                }
            }
            self.chains_held.insert(subject, chain);
        }
        Ok(())
    }

    /// Applies all records held, in the order of the log.
    fn replay(&self, ledger: &Ledger) -> Result<BTreeMap<u64, Step>, GatherError<C::Error>> {
        let mut replay = Replay::found(ledger);
        let mut steps = BTreeMap::new();
        for (index, entry) in self.entries.iter().filter(|(index, _)| **index != 0) {
            steps.insert(*index, replay.take(entry).map_err(|_| GatherError::Unsound(*index))?);
        }
        Ok(steps)
    }

    /// The chains that `roots` need, given what each record asked about.
    fn needed(mut self, roots: BTreeSet<Subject>, steps: &BTreeMap<u64, Step>) -> Gathered {
        let mut waiting = roots;
        let mut gathered = Gathered { subjects: BTreeSet::new(), entries: BTreeMap::new() };
        while let Some(subject) = waiting.pop_first() {
            let chain = self.chains_held.remove(&subject).unwrap_or_default();
            if chain.is_empty() {
                continue;
            }
            for index in chain {
                gathered.entries.extend(self.entries.remove(&index).map(|entry| (index, entry)));
                if let Some(step) = steps.get(&index) {
                    waiting.extend(step.asked.iter().filter(|asked| self.chains_held.contains_key(asked)).cloned());
                }
            }
            gathered.subjects.insert(subject);
        }
        gathered
    }
}

/// The subjects that an entry names; those of the genesis line are known without it.
fn named(index: u64, entry: &[u8]) -> Result<Vec<Subject>, ReplayError> {
    if index == 0 {
        return Ok(Vec::new());
    }
    let outcome = RecordEntry::split(entry).ok_or(ReplayError::Form)?.outcome;
    Outcome::subjects_of(outcome).map_err(|_| ReplayError::Form)
}
