//! A ledger in memory: what history is replayed on, outside a node.

use std::{collections::BTreeMap, convert::Infallible};

use plenary_core::{
    hash::Digest,
    merkle::{Nodes, TreeNodes as _},
    subject::Subject,
};

use crate::{
    execute::{self, Base, Delta, ExecuteError, Head, Ledger, Slot},
    state::SubjectState,
};

/// What a ledger is after some block.
#[derive(Clone, Debug)]
pub struct Memory {
    /// What the ledger is.
    pub head: Head,
    /// The entries of the log.
    pub entries: Vec<Vec<u8>>,
    /// The nodes of the log's tree.
    pub log_nodes: Nodes,
    /// The nodes of the slots' tree.
    pub slot_nodes: Nodes,
    /// The subjects' slots.
    pub slots: BTreeMap<Subject, Slot>,
    /// What is known of the subjects.
    pub states: BTreeMap<Subject, SubjectState>,
    /// The records taken, by id, and the indexes of their entries.
    pub records: BTreeMap<Digest, u64>,
}

impl Memory {
    /// The ledger after its genesis block.
    pub fn founded(ledger: &Ledger) -> Result<Self, ExecuteError<Infallible>> {
        let delta = execute::genesis(ledger)?;
        let mut memory = Self {
            head: delta.head,
            entries: Vec::new(),
            log_nodes: Nodes::new(),
            slot_nodes: Nodes::new(),
            slots: BTreeMap::new(),
            states: BTreeMap::new(),
            records: BTreeMap::new(),
        };
        memory.take(delta);
        Ok(memory)
    }

    /// Takes over what the next block adds or changes.
    pub fn take(&mut self, delta: Delta) {
        self.head = delta.head;
        self.entries.extend(delta.entries);
        self.log_nodes.extend(delta.log_nodes);
        self.slot_nodes.extend(delta.slot_nodes);
        self.slots.extend(delta.slots);
        self.states.extend(delta.states);
        self.records.extend(delta.records);
    }
}

impl Base for Memory {
    type Error = Infallible;

    fn head(&self) -> Head {
        self.head
    }

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Infallible> {
        Ok(self.states.get(subject).cloned())
    }

    fn slot(&self, subject: &Subject) -> Result<Option<Slot>, Infallible> {
        Ok(self.slots.get(subject).copied())
    }

    fn record_index(&self, id: &Digest) -> Result<Option<u64>, Infallible> {
        Ok(self.records.get(id).copied())
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(usize::try_from(index).ok().and_then(|index| self.entries.get(index)).cloned())
    }

    fn log_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Infallible> {
        self.log_nodes.node(level, index)
    }

    fn slot_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Infallible> {
        self.slot_nodes.node(level, index)
    }
}
