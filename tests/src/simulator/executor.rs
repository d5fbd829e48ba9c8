//! The real procedure on a ledger in memory.

use std::{collections::BTreeMap, sync::Arc};

use plenary_core::{
    block::Block,
    hash::Digest,
    keys::ValidatorKey,
    record::{RecordFile, VerifiedRecord},
    time::Moment,
};
use plenary_procedure::{
    execute::{self, Delta, Ledger},
    memory::Memory,
};

/// Records whose signatures were looked at, so that each is verified once in a run and not once in a node.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<Digest, Option<Arc<VerifiedRecord>>>);

impl Known {
    fn record(&mut self, bytes: &[u8]) -> Option<Arc<VerifiedRecord>> {
        let verify = || Some(Arc::new(RecordFile::parse(bytes).ok()?.verify().ok()?));
        self.0.entry(Digest::of(bytes)).or_insert_with(verify).clone()
    }
}

/// The next block on `base`, of those of `candidates` that can be taken.
pub(crate) fn build(
    base: &Memory,
    ledger: &Ledger,
    proposer: ValidatorKey,
    time: Moment,
    candidates: &[&VerifiedRecord],
) -> Option<(Block, Delta)> {
    execute::propose(ledger, base, proposer, time, candidates).unwrap().block
}

/// What `block` changes on `base`, unless it is refused.
pub(crate) fn execute(base: &Memory, ledger: &Ledger, block: &Block, known: &mut Known) -> Option<Delta> {
    let records: Option<Vec<_>> = block.records.iter().map(|bytes| known.record(bytes)).collect();
    let records = records?;
    let records: Vec<&VerifiedRecord> = records.iter().map(Arc::as_ref).collect();
    execute::execute(ledger, base, block, &records).ok()
}
