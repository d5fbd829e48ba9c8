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
    /// The last height that a message of its was about.
    pub(crate) height: Option<Height>,
    /// When that message came.
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
    /// The last height that others are known to have decided, while this node has not.
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
