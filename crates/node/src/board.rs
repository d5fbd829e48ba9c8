//! What the loop writes down for those who ask how the node is.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use plenary_consensus::{Halt, Silence};
use plenary_core::{block::Height, time::Moment};
use plenary_net::PeerName;

use crate::journal::Loss;

/// How another node is seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Since when it is connected; none if it is not.
    pub(crate) since: Option<Moment>,
    /// The last height that it has decided, by its own words.
    pub(crate) height: Option<Height>,
    /// When its last message came.
    pub(crate) at: Option<Moment>,
}

/// Why the node does not take part, until it is started again.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trouble {
    /// It has no seat, or was told to observe.
    Observes,
    /// It cannot know what it has signed.
    JournalLost(Loss),
    /// The replica stopped speaking.
    Silenced(Silence),
    /// The replica stopped for good.
    Halted(Halt),
}

/// The facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The last height that others have decided and this node has not. One of
    /// those who say so is correct, so that no liar can set it.
    pub(crate) target: Option<Height>,
    /// How many records wait.
    pub(crate) waiting: usize,
    /// The other nodes.
    pub(crate) seen: BTreeMap<PeerName, Seen>,
    /// Why the node does not take part, and since when.
    pub(crate) trouble: Option<(Trouble, Moment)>,
    /// How many bytes are free, and since when, if they are too few to take part.
    pub(crate) disk_full: Option<(u64, Moment)>,
    /// When the last block was committed, by this machine's clock.
    pub(crate) committed: Option<Moment>,
}

impl Facts {
    /// The last height that one of any `count` nodes has decided.
    pub(crate) fn reached_by(&self, count: usize) -> Option<Height> {
        let mut heights: Vec<Height> = self.seen.values().filter_map(|seen| seen.height).collect();
        heights.sort_unstable_by(|one, other| other.cmp(one));
        heights.get(count.checked_sub(1)?).copied()
    }
}

/// Facts that one thread writes and others read.
#[derive(Default)]
pub(crate) struct Board(Mutex<Facts>);

impl Board {
    /// The facts as they are now.
    pub(crate) fn facts(&self) -> Facts {
        self.lock().clone()
    }

    /// Whether there is too little room to go on writing.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.lock().disk_full.is_some()
    }

    /// Writes something down.
    pub(crate) fn note(&self, write: impl FnOnce(&mut Facts)) {
        write(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_claim_counts_for_nothing() {
        let mut facts = Facts::default();
        for (seed, height) in [(1, 7), (2, 9), (3, u64::MAX)] {
            let peer = plenary_net::Identity::from_secret([seed; 32]).unwrap().peer_name();
            facts.seen.entry(peer).or_default().height = Height::new(height).or(Some(Height::LAST));
        }
        //    how many, what one of them has decided
        assert_eq!(facts.reached_by(1), Some(Height::LAST));
        assert_eq!(facts.reached_by(2), Height::new(9));
        assert_eq!(facts.reached_by(3), Height::new(7));
        assert_eq!(facts.reached_by(4), None);
        assert_eq!(facts.reached_by(0), None);
    }
}
