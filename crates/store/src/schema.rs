//! What is kept where: the table of columns, and the keys in them.
//!
//! Numbers in keys are big endian, so that a column is walked in their order.
//! Every value is followed by its checksum (`value`).

use std::fmt;

use plenary_core::{block::Height, hash::Digest, subject::Subject};

/// The layout that this version reads and writes.
pub(crate) const LAYOUT: u64 = 1;

/// A column of the database.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Column {
    /// What the ledger is.
    Meta,
    /// Headers.
    Blocks,
    /// Proofs that blocks are final.
    Certificates,
    /// The log.
    Entries,
    /// The log's tree.
    LogNodes,
    /// The tree of slots.
    SlotNodes,
    /// Slots by subject.
    Slots,
    /// Subjects by slot.
    SlotNames,
    /// What the rules know of a subject.
    States,
    /// Entries by record.
    Records,
    /// Entries by subject.
    Chains,
    /// Heads that a quorum has signed.
    Checkpoints,
    /// Signatures for a checkpoint that is not complete.
    Cosignatures,
    /// Proofs of misbehaviour.
    Evidence,
}

/// A line of the schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Row {
    /// The column's name in the database.
    pub name: &'static str,
    /// The key's parts; numbers have eight bytes unless another width is given.
    pub key: &'static str,
    /// The value.
    pub value: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// What the values are made of.
    pub content: Content,
}

/// What values are made of, which decides how they are packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Content {
    /// Text or encoded structures: large blocks, compressed.
    Text,
    /// Digests and numbers: small blocks, not compressed.
    Digests,
}

impl Column {
    /// All columns.
    pub const ALL: [Self; 14] = [
        Self::Meta,
        Self::Blocks,
        Self::Certificates,
        Self::Entries,
        Self::LogNodes,
        Self::SlotNodes,
        Self::Slots,
        Self::SlotNames,
        Self::States,
        Self::Records,
        Self::Chains,
        Self::Checkpoints,
        Self::Cosignatures,
        Self::Evidence,
    ];

    /// The schema, a line for each column.
    #[rustfmt::skip]
    pub const fn row(self) -> Row {
        match self {
            //                            name             key                      value                       meaning
            Self::Meta         => text(   "default",       "name of the fact",      "layout, genesis or head",  "what this directory is and how far it goes"),
            Self::Blocks       => text(   "blocks",        "height",                "first index, header",      "blocks; their records are read from the entries"),
            Self::Certificates => text(   "certificates",  "height",                "bytes of the consensus",   "why a block is final, for nodes that catch up"),
            Self::Entries      => text(   "entries",       "log index",             "entry",                    "the log: genesis line, records with outcomes, seals"),
            Self::LogNodes     => digests("log_nodes",     "level (1), index",      "digest",                   "complete subtrees of the log's tree"),
            Self::SlotNodes    => digests("slot_nodes",    "level (1), index",      "digest",                   "complete subtrees of the tree of slots, as of the head"),
            Self::Slots        => digests("slots",         "subject",               "slot, count, chain head",  "where a subject stands; in order, the list of subjects"),
            Self::SlotNames    => text(   "slot_names",    "slot",                  "subject",                  "whose a slot is"),
            Self::States       => text(   "states",        "subject",               "encoded state",            "what the rules know of a subject, as of the head"),
            Self::Records      => digests("records",       "record id (32)",        "log index",                "a record is taken once, and found by its id"),
            Self::Chains       => digests("chains",        "slot, position",        "log index",                "the entries about a subject, from zero"),
            Self::Checkpoints  => text(   "checkpoints",   "log size",              "checkpoint",               "heads with the signatures of a quorum"),
            Self::Cosignatures => text(   "cosignatures",  "log size, name",        "signature line",           "collected until the checkpoint is complete"),
            Self::Evidence     => text(   "evidence",      "height, digest (32)",   "bytes of the consensus",   "validators that signed two things"),
        }
    }

    /// The column's name in the database.
    pub const fn name(self) -> &'static str {
        self.row().name
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

const fn text(name: &'static str, key: &'static str, value: &'static str, meaning: &'static str) -> Row {
    Row { name, key, value, meaning, content: Content::Text }
}

const fn digests(name: &'static str, key: &'static str, value: &'static str, meaning: &'static str) -> Row {
    Row { name, key, value, meaning, content: Content::Digests }
}

/// A key and the column that it belongs to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    column: Column,
    bytes: Vec<u8>,
}

impl Key {
    /// The number of the layout. Its place and checksum are the same in every layout.
    pub(crate) fn layout() -> Self {
        Self::new(Column::Meta, b"layout")
    }

    /// The genesis line.
    pub(crate) fn genesis() -> Self {
        Self::new(Column::Meta, b"genesis")
    }

    /// The head.
    pub(crate) fn head() -> Self {
        Self::new(Column::Meta, b"head")
    }

    pub(crate) fn block(height: Height) -> Self {
        Self::numbered(Column::Blocks, height.as_u64())
    }

    pub(crate) fn certificate(height: Height) -> Self {
        Self::numbered(Column::Certificates, height.as_u64())
    }

    pub(crate) fn entry(index: u64) -> Self {
        Self::numbered(Column::Entries, index)
    }

    pub(crate) fn log_node(level: u8, index: u64) -> Self {
        Self::joined(Column::LogNodes, &[&[level], &index.to_be_bytes()])
    }

    pub(crate) fn slot_node(level: u8, index: u64) -> Self {
        Self::joined(Column::SlotNodes, &[&[level], &index.to_be_bytes()])
    }

    pub(crate) fn slot(subject: &Subject) -> Self {
        Self::new(Column::Slots, subject.as_str().as_bytes())
    }

    /// Where subjects that begin with `prefix` begin.
    pub(crate) fn slots_from(prefix: &str) -> Self {
        Self::new(Column::Slots, prefix.as_bytes())
    }

    pub(crate) fn slot_name(slot: u64) -> Self {
        Self::numbered(Column::SlotNames, slot)
    }

    pub(crate) fn state(subject: &Subject) -> Self {
        Self::new(Column::States, subject.as_str().as_bytes())
    }

    pub(crate) fn record(id: &Digest) -> Self {
        Self::new(Column::Records, id.as_bytes())
    }

    pub(crate) fn chain(slot: u64, position: u64) -> Self {
        Self::joined(Column::Chains, &[&slot.to_be_bytes(), &position.to_be_bytes()])
    }

    pub(crate) fn checkpoint(size: u64) -> Self {
        Self::numbered(Column::Checkpoints, size)
    }

    pub(crate) fn cosignature(size: u64, name: &str) -> Self {
        Self::joined(Column::Cosignatures, &[&size.to_be_bytes(), name.as_bytes()])
    }

    pub(crate) fn evidence(height: Height, digest: &Digest) -> Self {
        Self::joined(Column::Evidence, &[&height.as_u64().to_be_bytes(), digest.as_bytes()])
    }

    /// A key as it was found while walking a column.
    pub(crate) fn found(column: Column, bytes: &[u8]) -> Self {
        Self::new(column, bytes)
    }

    pub(crate) const fn column(&self) -> Column {
        self.column
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The number that a key of eight bytes is, or with which a longer one begins.
    pub(crate) fn number(&self) -> Option<u64> {
        self.bytes.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
    }

    pub(crate) fn to_hex(&self) -> String {
        let digits = |byte: &u8| format!("{byte:02x}");
        self.bytes.iter().map(digits).collect()
    }

    fn new(column: Column, bytes: &[u8]) -> Self {
        Self { column, bytes: bytes.to_vec() }
    }

    fn numbered(column: Column, number: u64) -> Self {
        Self::new(column, &number.to_be_bytes())
    }

    fn joined(column: Column, parts: &[&[u8]]) -> Self {
        Self { column, bytes: parts.concat() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_is_listed_once() {
        let names: BTreeSet<&str> = Column::ALL.iter().map(|column| column.name()).collect();
        assert_eq!(names.len(), Column::ALL.len());
        let sorted: BTreeSet<Column> = Column::ALL.into_iter().collect();
        assert_eq!(sorted.into_iter().collect::<Vec<_>>(), Column::ALL);
        assert_eq!(Column::ALL.last(), Some(&Column::Evidence), "the last of the enumeration");
    }

    #[test]
    fn keys_are_in_the_order_of_their_numbers() {
        for (low, high) in [(0, 1), (255, 256), (u64::from(u32::MAX), 1 << 40)] {
            assert!(Key::entry(low).bytes() < Key::entry(high).bytes());
            assert!(Key::chain(7, low).bytes() < Key::chain(7, high).bytes());
            assert!(Key::chain(low, high).bytes() < Key::chain(high, 0).bytes());
        }
        assert_eq!(Key::cosignature(9, "a").number(), Some(9));
    }
}
