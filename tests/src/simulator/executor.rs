//! A stand-in for the procedure: a record is opaque, and may be taken once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plenary_consensus::Verdict;
use plenary_core::{
    block::{Block, Header, TreeHead},
    hash::Digest,
    keys::ValidatorKey,
    time::Moment,
};

const RECORDS_MAX: usize = 8;

/// The block of `records` that follows `parent`.
pub(crate) fn block(parent: &Header, records: Vec<Vec<u8>>, proposer: ValidatorKey, time: Moment) -> Arc<Block> {
    let digest = Block::digest_of(&records);
    let grow = |head: &TreeHead| TreeHead {
        size: head.size + u64::try_from(records.len()).unwrap() + 1,
        root: Digest::of_parts(&[head.root.as_bytes(), digest.as_bytes(), &time.as_ms().to_le_bytes()]),
    };
    let header = Header {
        height: parent.height.next().unwrap(),
        time,
        proposer,
        parent: parent.id(),
        log: grow(&parent.log),
        slots: grow(&parent.slots),
        records: digest,
        ..parent.clone()
    };
    Arc::new(Block { header, records })
}

/// A block of what waits in `pool`, which may be nothing.
pub(crate) fn build(
    parent: &Header,
    pool: &BTreeMap<Digest, Vec<u8>>,
    proposer: ValidatorKey,
    time: Moment,
) -> Arc<Block> {
    block(parent, pool.values().take(RECORDS_MAX).cloned().collect(), proposer, time)
}

/// Whether `candidate` says what comes of its records after `parent`, none of which was `taken`.
pub(crate) fn judge(parent: &Header, candidate: &Block, taken: &BTreeSet<Digest>) -> Verdict {
    let expected = block(parent, candidate.records.clone(), candidate.header.proposer, candidate.header.time);
    let fresh = candidate.records.iter().all(|record| !taken.contains(&Digest::of(record)));
    let distinct: BTreeSet<&Vec<u8>> = candidate.records.iter().collect();
    if *expected == *candidate && fresh && distinct.len() == candidate.records.len() {
        Verdict::Accepted
    } else {
        Verdict::Refused
    }
}
