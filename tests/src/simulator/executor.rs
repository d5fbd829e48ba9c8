//! The real procedure on a ledger in memory.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use plenary_core::{
    block::Block,
    hash::Digest,
    keys::ValidatorKey,
    merkle::{Nodes, TreeNodes},
    record::{RecordFile, VerifiedRecord},
    subject::Subject,
    time::Moment,
};
use plenary_procedure::{
    execute::{self, Base, Delta, Head, Ledger, Slot},
    state::SubjectState,
};

/// A ledger as a node's store holds it.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    pub(crate) head: Head,
    log_nodes: Nodes,
    slot_nodes: Nodes,
    slots: BTreeMap<Subject, Slot>,
    states: BTreeMap<Subject, SubjectState>,
    pub(crate) records: BTreeMap<Digest, u64>,
}

/// Records whose signatures were looked at, so that each is verified once in a run and not once in a node.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<Digest, Option<Arc<VerifiedRecord>>>);

impl Known {
    fn record(&mut self, bytes: &[u8]) -> Option<Arc<VerifiedRecord>> {
        let verify = || Some(Arc::new(RecordFile::parse(bytes).ok()?.verify().ok()?));
        self.0.entry(Digest::of(bytes)).or_insert_with(verify).clone()
    }
}

impl Memory {
    pub(crate) fn founded(ledger: &Ledger) -> Self {
        let delta = execute::genesis(ledger).unwrap();
        let mut memory = Self {
            head: delta.head,
            log_nodes: Nodes::new(),
            slot_nodes: Nodes::new(),
            slots: BTreeMap::new(),
            states: BTreeMap::new(),
            records: BTreeMap::new(),
        };
        memory.take(delta);
        memory
    }

    pub(crate) fn take(&mut self, delta: Delta) {
        self.head = delta.head;
        self.log_nodes.extend(delta.log_nodes);
        self.slot_nodes.extend(delta.slot_nodes);
        self.slots.extend(delta.slots);
        self.states.extend(delta.states);
        self.records.extend(delta.records);
    }

    /// The next block, of those of `candidates` that can be taken.
    pub(crate) fn build(
        &self,
        ledger: &Ledger,
        proposer: ValidatorKey,
        time: Moment,
        candidates: &[&VerifiedRecord],
    ) -> Option<(Block, Delta)> {
        execute::propose(ledger, self, proposer, time, candidates).unwrap().block
    }

    /// What `block` changes, unless it is refused.
    pub(crate) fn execute(&self, ledger: &Ledger, block: &Block, known: &mut Known) -> Option<Delta> {
        let records: Option<Vec<_>> = block.records.iter().map(|bytes| known.record(bytes)).collect();
        let records = records?;
        let records: Vec<&VerifiedRecord> = records.iter().map(Arc::as_ref).collect();
        execute::execute(ledger, self, block, &records).ok()
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

    fn log_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Infallible> {
        self.log_nodes.node(level, index)
    }

    fn slot_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Infallible> {
        self.slot_nodes.node(level, index)
    }
}
