//! What a block writes, once it is known to extend what is stored.
//!
//! The delta was executed from the same ledger, and a quorum has voted on its
//! roots. It is checked again all the same, from its bytes: what is damaged in
//! memory between execution and here must not reach the disk.

use std::collections::BTreeMap;

use plenary_core::{
    block::{Block, Height, TreeHead},
    entry::{Outcome, RecordEntry},
    hash::Digest,
    merkle::{self, NodeId, Nodes, TreeNodes},
    subject::Subject,
};
use plenary_procedure::execute::{self, Delta, Head, Ledger, Slot};

use crate::{
    database::{Change, Reader},
    error::Error,
    schema::{Key, LAYOUT},
    value::{self, StoredHeader},
    view::{LogNodes, SlotNodes},
};

/// What does not fit, or the changes to make.
type Checked<T> = Result<T, &'static str>;

/// What founds a ledger in an empty database.
pub(crate) fn genesis(reader: &Reader<'_>, ledger: &Ledger, delta: &Delta) -> Result<Vec<Change>, Error> {
    let fits = if delta.entries.first().is_none_or(|line| line != ledger.line()) {
        Err("the first entry is not the genesis line")
    } else if delta.first != 0 || !is_genesis(ledger, &delta.head) {
        Err("it is not a genesis block")
    } else {
        check_sizes(delta, &delta.head)
    };
    let mut changes = vec![
        Change::Put(Key::layout(), LAYOUT.to_be_bytes().to_vec()),
        Change::Put(Key::genesis(), ledger.line().to_vec()),
    ];
    changes.extend(fits.and_then(|()| contents(delta)).map_err(|mismatch| not_next(delta, mismatch))?);
    check_roots(reader, delta)?;
    Ok(changes)
}

fn is_genesis(ledger: &Ledger, head: &Head) -> bool {
    let header = execute::genesis_header(ledger, head);
    head.height == Height::GENESIS && header.is_some_and(|header| header.id() == head.block)
}

/// What a block writes on top of `head`.
pub(crate) fn next(
    reader: &Reader<'_>,
    head: &Head,
    block: &Block,
    certificate: &[u8],
    delta: &Delta,
) -> Result<Vec<Change>, Error> {
    let checked = check_block(head, block, delta).and_then(|()| {
        let stored = StoredHeader { first: delta.first, header: block.header.clone() };
        let header = stored.write().ok_or("its header cannot be encoded")?;
        let mut changes = contents(delta)?;
        changes.push(Change::Put(Key::block(delta.head.height), header));
        changes.push(Change::Put(Key::certificate(delta.head.height), certificate.to_vec()));
        Ok(changes)
    });
    let changes = checked.map_err(|mismatch| not_next(delta, mismatch))?;
    check_roots(reader, delta)?;
    Ok(changes)
}

const fn not_next(delta: &Delta, mismatch: &'static str) -> Error {
    Error::NotNext { height: delta.head.height, mismatch }
}

fn check_block(head: &Head, block: &Block, delta: &Delta) -> Checked<()> {
    let header = &block.header;
    let Head { height, time, block: id, epoch, policy, log, slots, .. } = delta.head;
    if Some(height) != head.height.next() {
        return Err("its height is not the next one");
    }
    if header.parent != head.block {
        return Err("its parent is not the last block");
    }
    if delta.first != head.log.size {
        return Err("its entries do not begin where the log ends");
    }
    if block.id() != id
        || (header.height, header.time, header.epoch, header.policy) != (height, time, epoch, policy)
        || (header.log, header.slots) != (log, slots)
    {
        return Err("its header and what it leads to differ");
    }
    check_sizes(delta, &delta.head)?;
    // The block's records are kept in the entries alone.
    let files = record_entries(delta).map(|(_, entry)| RecordEntry::split(entry).map(|split| split.file));
    if !files.eq(block.records.iter().map(|record| Some(record.as_slice()))) {
        return Err("its records are not those of the new entries");
    }
    Ok(())
}

fn check_sizes(delta: &Delta, head: &Head) -> Checked<()> {
    let count = u64::try_from(delta.entries.len()).unwrap_or(u64::MAX);
    if delta.first.checked_add(count) != Some(head.log.size) {
        return Err("its entries do not end where its log does");
    }
    if delta.entries.last().is_none_or(|seal| merkle::leaf_hash(seal) != head.seal) {
        return Err("its last entry is not its seal");
    }
    Ok(())
}

/// Everything that a delta changes, whichever block it is of.
fn contents(delta: &Delta) -> Checked<Vec<Change>> {
    let mut changes = Vec::new();
    for (index, entry) in (delta.first..).zip(&delta.entries) {
        if delta.log_nodes.get(&NodeId { level: 0, index }) != Some(&merkle::leaf_hash(entry)) {
            return Err("an entry is not the leaf of the log that it should be");
        }
        changes.push(Change::Put(Key::entry(index), entry.clone()));
    }
    for (id, hash) in &delta.log_nodes {
        changes.push(Change::Put(Key::log_node(id.level, id.index), hash.as_bytes().to_vec()));
    }
    for (id, hash) in &delta.slot_nodes {
        changes.push(Change::Put(Key::slot_node(id.level, id.index), hash.as_bytes().to_vec()));
    }
    let records: BTreeMap<Digest, u64> =
        record_entries(delta).map(|(index, entry)| (record_id(entry), index)).collect();
    if records != delta.records {
        return Err("its records are not those of the new entries");
    }
    for (id, index) in &records {
        changes.push(Change::Put(Key::record(id), index.to_be_bytes().to_vec()));
    }
    slots(delta, &mut changes)?;
    for (subject, state) in &delta.states {
        changes.push(Change::Put(Key::state(subject), value::write_state(state).ok_or("a state cannot be encoded")?));
    }
    changes.push(Change::Put(Key::head(), value::write_head(&delta.head).ok_or("its head cannot be encoded")?));
    Ok(changes)
}

/// The slots and chains of the subjects that the new entries are about.
fn slots(delta: &Delta, changes: &mut Vec<Change>) -> Checked<()> {
    let mut touched = touched(delta)?;
    for (subject, slot) in &delta.slots {
        let leaf = delta.slot_nodes.get(&NodeId { level: 0, index: slot.index });
        if leaf != Some(&merkle::leaf_hash(&slot.chain.slot_leaf(subject))) {
            return Err("a slot is not the leaf that it should be");
        }
        let indexes = touched.remove(subject).unwrap_or_default();
        changes.extend(links(slot, &indexes).ok_or("a chain is not as long as its entries are many")?);
        changes.push(Change::Put(Key::slot(subject), value::write_slot(slot)));
        changes.push(Change::Put(Key::slot_name(slot.index), subject.as_str().as_bytes().to_vec()));
    }
    if touched.is_empty() { Ok(()) } else { Err("an entry is about a subject without a slot") }
}

/// The indexes of the new entries, by subject.
fn touched(delta: &Delta) -> Checked<BTreeMap<Subject, Vec<u64>>> {
    let mut touched: BTreeMap<Subject, Vec<u64>> = BTreeMap::new();
    if delta.first == 0 {
        // The genesis line is about every subject that it founds.
        touched.extend(delta.slots.keys().map(|subject| (subject.clone(), vec![0])));
    }
    for (index, entry) in record_entries(delta) {
        let split = RecordEntry::split(entry).ok_or("an entry is no record with an outcome")?;
        for subject in Outcome::subjects_of(split.outcome).map_err(|_| "an outcome cannot be read")? {
            touched.entry(subject).or_default().push(index);
        }
    }
    Ok(touched)
}

/// The last links of a chain.
fn links(slot: &Slot, indexes: &[u64]) -> Option<Vec<Change>> {
    let count = u64::try_from(indexes.len()).ok().filter(|count| *count > 0)?;
    let before = slot.chain.count.checked_sub(count)?;
    let link =
        |(position, index): (u64, &u64)| Change::Put(Key::chain(slot.index, position), index.to_be_bytes().to_vec());
    Some((before..).zip(indexes).map(link).collect())
}

/// The new entries but the genesis line and the seal, with their indexes.
fn record_entries(delta: &Delta) -> impl Iterator<Item = (u64, &Vec<u8>)> {
    let records = delta.entries.len().saturating_sub(1);
    (delta.first..).zip(delta.entries.iter().take(records)).filter(|(index, _)| *index != 0)
}

/// The id of the record of an entry: SHA-256 of its first line.
pub(crate) fn record_id(entry: &[u8]) -> Digest {
    Digest::of(entry.split_inclusive(|byte| *byte == b'\n').next().unwrap_or(&[]))
}

/// Recomputes both roots from what is stored and what is new.
fn check_roots(reader: &Reader<'_>, delta: &Delta) -> Result<(), Error> {
    let log = Overlay { new: &delta.log_nodes, stored: LogNodes(reader) };
    let slots = Overlay { new: &delta.slot_nodes, stored: SlotNodes(reader) };
    let same = |found: Digest, head: &TreeHead| found == head.root;
    let Head { log: log_head, slots: slots_head, .. } = &delta.head;
    if !same(merkle::root(&log, log_head.size).map_err(Error::of_tree)?, log_head) {
        return Err(not_next(delta, "its entries do not lead to its log's root"));
    }
    if !same(merkle::root(&slots, slots_head.size).map_err(Error::of_tree)?, slots_head) {
        return Err(not_next(delta, "its slots do not lead to their root"));
    }
    Ok(())
}

/// New nodes over stored ones.
struct Overlay<'a, N> {
    new: &'a Nodes,
    stored: N,
}

impl<N: TreeNodes> TreeNodes for Overlay<'_, N> {
    type Error = N::Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error> {
        match self.new.get(&NodeId { level, index }) {
            Some(hash) => Ok(Some(*hash)),
            None => self.stored.node(level, index),
        }
    }
}
