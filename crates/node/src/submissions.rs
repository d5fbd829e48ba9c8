//! What became of the records that were sent to this node, and who waits to hear.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use plenary_core::hash::Digest;
use plenary_procedure::refusal::Refusal;
use tokio::sync::watch;

/// Refusals that are remembered; older ones are forgotten.
const REFUSALS_MAX: usize = 10_000;

/// The most records that somebody waits for.
const WATCHED_MAX: usize = 50_000;

/// The end of a record's way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Settled {
    /// It is in the ledger.
    Final {
        /// Index of its entry.
        index: u64,
    },
    /// It cannot be taken.
    Refused(Refusal),
}

/// The memory of submissions, shared between the loop and those who ask.
#[derive(Default)]
pub(crate) struct Submissions(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    refused: BTreeMap<Digest, Refusal>,
    refused_order: VecDeque<Digest>,
    pending: BTreeSet<Digest>,
    watched: BTreeMap<Digest, watch::Sender<Option<Settled>>>,
}

impl Submissions {
    /// Why a record was refused here, if it was and is remembered.
    pub(crate) fn refusal(&self, id: &Digest) -> Option<Refusal> {
        self.memory().refused.get(id).cloned()
    }

    /// Takes note that a record waits for a block.
    pub(crate) fn pending(&self, id: Digest) {
        self.memory().pending.insert(id);
    }

    /// Whether a record that came in here waits for a block.
    pub(crate) fn is_pending(&self, id: &Digest) -> bool {
        self.memory().pending.contains(id)
    }

    /// Takes note that a record has lapsed while it waited.
    pub(crate) fn lapsed(&self, id: &Digest) {
        self.memory().pending.remove(id);
    }

    /// A watch on the end of a record's way; none if too many are watched.
    pub(crate) fn watch(&self, id: Digest) -> Option<watch::Receiver<Option<Settled>>> {
        let mut memory = self.memory();
        if memory.watched.len() >= WATCHED_MAX && !memory.watched.contains_key(&id) {
            memory.watched.retain(|_, sender| sender.receiver_count() > 0);
            if memory.watched.len() >= WATCHED_MAX {
                return None;
            }
        }
        let sender = memory.watched.entry(id).or_insert_with(|| watch::channel(None).0);
        Some(sender.subscribe())
    }

    /// Tells those who wait that a record has come to its end.
    pub(crate) fn settle(&self, id: Digest, settled: Settled) {
        let mut memory = self.memory();
        memory.pending.remove(&id);
        match &settled {
            Settled::Refused(refusal) => {
                if memory.refused.insert(id, refusal.clone()).is_none() {
                    memory.refused_order.push_back(id);
                }
                if memory.refused_order.len() > REFUSALS_MAX
                    && let Some(oldest) = memory.refused_order.pop_front()
                {
                    memory.refused.remove(&oldest);
                }
            }
            Settled::Final { .. } => {
                memory.refused.remove(&id);
            }
        }
        if let Some(sender) = memory.watched.remove(&id) {
            sender.send_replace(Some(settled));
        }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_no_longer_makes_room() {
        let submissions = Submissions::default();
        let id = |number: usize| Digest::of(&number.to_le_bytes());
        let mut watched: Vec<_> = (0..WATCHED_MAX).map(|number| submissions.watch(id(number)).unwrap()).collect();
        assert!(submissions.watch(id(WATCHED_MAX)).is_none());
        assert!(submissions.watch(id(0)).is_some());
        watched.pop();
        let last = submissions.watch(id(WATCHED_MAX)).unwrap();
        submissions.settle(id(WATCHED_MAX), Settled::Final { index: 7 });
        assert_eq!(*last.borrow(), Some(Settled::Final { index: 7 }));
    }
}
