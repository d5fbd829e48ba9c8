//! Parts of long lists: what a caller gets, and where it goes on.

use plenary_core::{
    block::{Height, TreeHead},
    hash::Digest,
};

use crate::schema::Key;

/// The most items of a page; a caller who asks for more gets this many.
const PAGE_ITEMS_MAX: usize = 1_000;

/// The most bytes of a page of entries; the largest entry fits many times.
pub(crate) const PAGE_BYTES_MAX: usize = 4 << 20;

/// Items in order, and the first one that did not fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end of the list.
    pub next: Option<T>,
}

impl<T> Page<T> {
    pub(crate) const fn empty() -> Self {
        Self { items: Vec::new(), next: None }
    }

    /// How many items a page has when `limit` are asked for: one at least, or
    /// no caller would come to an end.
    pub(crate) fn room(limit: usize) -> usize {
        limit.clamp(1, PAGE_ITEMS_MAX)
    }

    /// Adds an item, unless the page is full and the item begins the next one.
    pub(crate) fn is_full(&mut self, limit: usize, item: T) -> bool {
        let is_full = self.items.len() >= Self::room(limit);
        if is_full {
            self.next = Some(item);
        } else {
            self.items.push(item);
        }
        is_full
    }
}

/// An entry about a subject.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChainLink {
    /// Its position in the subject's chain, from zero.
    pub position: u64,
    /// Its index in the log.
    pub index: u64,
}

/// Entries in the order of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entries {
    /// Index of the first one.
    pub first: u64,
    /// The entries.
    pub entries: Vec<Vec<u8>>,
    /// Index of the first one that did not fit; none at the end of what was asked for.
    pub next: Option<u64>,
}

/// A head of the log with the signatures of a quorum.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// The size of the log.
    pub size: u64,
    /// The text with its signatures.
    pub text: Vec<u8>,
}

/// A validator's signature for a head.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cosignature<'a> {
    /// The head that it is for.
    pub head: TreeHead,
    /// The name of the key that made it.
    pub name: &'a str,
    /// The line as it will stand in the checkpoint.
    pub line: &'a [u8],
}

/// A proof that a validator signed two things.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// The height for which it signed them.
    pub height: Height,
    /// The proof, as the consensus encodes it.
    pub bytes: Vec<u8>,
}

impl Evidence {
    pub(crate) fn key(&self) -> Key {
        Key::evidence(self.height, &Digest::of(&self.bytes))
    }
}
