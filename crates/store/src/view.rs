//! The ledger as it was at one moment, for queries and for executing blocks.

use std::ops::Range;

use plenary_core::{
    block::{Block, Header, Height, TreeHead},
    entry::{RecordEntry, Seal},
    hash::Digest,
    merkle::{self, TreeNodes},
    subject::Subject,
};
use plenary_procedure::{
    execute::{Base, Head, Slot},
    state::SubjectState,
};

use crate::{
    database::Reader,
    error::{Error, Fault},
    page::{ChainLink, Checkpoint, Entries, Evidence, PAGE_BYTES_MAX, Page},
    schema::{Column, Key},
    value::{self, StoredHeader},
};

/// The ledger as it was when the view was taken.
///
/// Blocks that are committed meanwhile do not show. A view holds back the
/// space of what is overwritten, so it should not live for longer than a query
/// takes, or than a head takes to be cosigned: slot proofs exist only under
/// the view's own head.
pub struct View<'a> {
    reader: Reader<'a>,
    head: Head,
}

impl<'a> View<'a> {
    pub(crate) fn take(reader: Reader<'a>) -> Result<Self, Error> {
        let head = reader.need(&Key::head(), value::read_head)?;
        Ok(Self { reader, head })
    }

    pub(crate) const fn reader(&self) -> &Reader<'a> {
        &self.reader
    }

    /// A block, with its records, unless it is genesis or has not been committed.
    pub fn block(&self, height: Height) -> Result<Option<Block>, Error> {
        let Some(StoredHeader { first, header }) = self.stored_header(height)? else {
            return Ok(None);
        };
        let mut records = Vec::new();
        for index in first..header.log.size.saturating_sub(1) {
            let key = Key::entry(index);
            let file = |entry: &[u8]| RecordEntry::split(entry).map(|split| split.file.to_vec());
            records.push(self.reader.need(&key, file)?);
        }
        if Block::digest_of(&records) != header.records {
            return Err(Error::corrupt(&Key::block(height), Fault::Contradicts));
        }
        Ok(Some(Block { header, records }))
    }

    /// A block's header, unless it is genesis or has not been committed.
    pub fn header(&self, height: Height) -> Result<Option<Header>, Error> {
        Ok(self.stored_header(height)?.map(|stored| stored.header))
    }

    pub(crate) fn stored_header(&self, height: Height) -> Result<Option<StoredHeader>, Error> {
        if height == Height::GENESIS || self.head.height < height {
            return Ok(None);
        }
        let key = Key::block(height);
        let stored = self.reader.need(&key, StoredHeader::read)?;
        if stored.header.height != height {
            return Err(Error::corrupt(&key, Fault::Contradicts));
        }
        Ok(Some(stored))
    }

    /// Why a block is final, unless it is genesis or has not been committed.
    pub fn certificate(&self, height: Height) -> Result<Option<Vec<u8>>, Error> {
        if height == Height::GENESIS || self.head.height < height {
            return Ok(None);
        }
        self.reader.need(&Key::certificate(height), bytes).map(Some)
    }

    /// An entry of the log, unless the log is shorter.
    pub fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, Error> {
        if self.head.log.size <= index {
            return Ok(None);
        }
        self.reader.need(&Key::entry(index), bytes).map(Some)
    }

    /// The entries of `range` that there are and that fit a page.
    pub fn entries(&self, range: Range<u64>) -> Result<Entries, Error> {
        let end = range.end.min(self.head.log.size);
        let mut page = Entries { first: range.start, entries: Vec::new(), next: None };
        let mut room = PAGE_BYTES_MAX;
        for (index, step) in (range.start..end).zip(self.reader.walk(&Key::entry(range.start))?) {
            let (key, entry) = step?;
            if key.number() != Some(index) {
                return Err(Error::corrupt(&Key::entry(index), Fault::Missing));
            }
            match room.checked_sub(entry.len()) {
                Some(left) if page.entries.len() < Page::<Vec<u8>>::room(usize::MAX) => room = left,
                Some(_) | None => {
                    page.next = Some(index);
                    return Ok(page);
                }
            }
            page.entries.push(entry);
        }
        let walked = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
        if range.start.saturating_add(walked) < end {
            return Err(Error::corrupt(&Key::entry(range.start.saturating_add(walked)), Fault::Missing));
        }
        Ok(page)
    }

    /// The entries about a subject, from position `from` on; empty if there are none.
    pub fn chain(&self, subject: &Subject, from: u64, limit: usize) -> Result<Page<ChainLink>, Error> {
        let mut page = Page::empty();
        let Some(slot) = self.slot(subject)? else {
            return Ok(page);
        };
        for position in from..slot.chain.count {
            let key = Key::chain(slot.index, position);
            let link = ChainLink { position, index: self.reader.need(&key, value::read_number)? };
            if page.is_full(limit, link) {
                break;
            }
        }
        Ok(page)
    }

    /// The subjects whose names begin with `prefix`, in the order of their
    /// names, from `from` on.
    pub fn subjects(&self, prefix: &str, from: Option<&Subject>, limit: usize) -> Result<Page<Subject>, Error> {
        let start = match from {
            Some(from) if prefix < from.as_str() => Key::slot(from),
            Some(_) | None => Key::slots_from(prefix),
        };
        let mut page = Page::empty();
        for step in self.reader.walk(&start)? {
            let (key, _) = step?;
            if !key.bytes().starts_with(prefix.as_bytes()) {
                break;
            }
            let subject = value::read_subject(key.bytes()).ok_or_else(|| Error::corrupt(&key, Fault::Malformed))?;
            if page.is_full(limit, subject) {
                break;
            }
        }
        Ok(page)
    }

    /// Whose a slot is, if there is such a slot.
    pub fn slot_subject(&self, slot: u64) -> Result<Option<Subject>, Error> {
        if self.head.slots.size <= slot {
            return Ok(None);
        }
        self.reader.need(&Key::slot_name(slot), value::read_subject).map(Some)
    }

    /// The path that proves an entry to be in the log of `size` entries.
    pub fn inclusion_path(&self, index: u64, size: u64) -> Result<Vec<Digest>, Error> {
        self.check_size(size)?;
        merkle::inclusion_path(&LogNodes(&self.reader), index, size).map_err(Error::of_tree)
    }

    /// The path that proves the log of `new` entries to begin with the one of `old`.
    pub fn consistency_path(&self, old: u64, new: u64) -> Result<Vec<Digest>, Error> {
        self.check_size(new)?;
        merkle::consistency_path(&LogNodes(&self.reader), old, new).map_err(Error::of_tree)
    }

    /// The path that proves a slot under the slots' root of this view's head.
    pub fn slot_path(&self, slot: u64) -> Result<Vec<Digest>, Error> {
        merkle::inclusion_path(&SlotNodes(&self.reader), slot, self.head.slots.size).map_err(Error::of_tree)
    }

    /// The log's head when it had `size` entries.
    pub fn log_head(&self, size: u64) -> Result<TreeHead, Error> {
        self.check_size(size)?;
        let root = merkle::root(&LogNodes(&self.reader), size).map_err(Error::of_tree)?;
        Ok(TreeHead { size, root })
    }

    /// The seal that is the last of the first `size` entries, if one is.
    pub fn seal(&self, size: u64) -> Result<Option<Seal>, Error> {
        let entry = size.checked_sub(1).map(|index| self.entry(index)).transpose()?.flatten();
        Ok(entry.and_then(|entry| Seal::from_line(&entry).ok()))
    }

    /// The checkpoint of the log at `size` entries, if it is complete.
    pub fn checkpoint(&self, size: u64) -> Result<Option<Checkpoint>, Error> {
        Ok(self.reader.get(&Key::checkpoint(size), bytes)?.map(|text| Checkpoint { size, text }))
    }

    /// The largest checkpoint.
    pub fn latest_checkpoint(&self) -> Result<Option<Checkpoint>, Error> {
        self.reader.last(Column::Checkpoints)?.map(checkpoint).transpose()
    }

    /// The smallest checkpoint that covers an entry.
    pub fn checkpoint_covering(&self, index: u64) -> Result<Option<Checkpoint>, Error> {
        let from = Key::checkpoint(index.saturating_add(1));
        self.reader.walk(&from)?.next().transpose()?.map(checkpoint).transpose()
    }

    /// The cosignatures collected for the head of `size` entries, by name.
    pub fn cosignatures(&self, size: u64) -> Result<Vec<Vec<u8>>, Error> {
        let mut lines = Vec::new();
        for step in self.reader.walk(&Key::cosignature(size, ""))? {
            let (key, line) = step?;
            if key.number() != Some(size) {
                break;
            }
            lines.push(line);
        }
        Ok(lines)
    }

    /// Proofs of misbehaviour, from `from` on.
    pub fn evidence(&self, from: Option<&Evidence>, limit: usize) -> Result<Page<Evidence>, Error> {
        let start = from.map_or_else(|| Key::evidence(Height::GENESIS, &Digest::ZERO), Evidence::key);
        let mut page = Page::empty();
        for step in self.reader.walk(&start)? {
            let (key, bytes) = step?;
            let height = key.number().and_then(Height::new).ok_or_else(|| Error::corrupt(&key, Fault::Malformed))?;
            if page.is_full(limit, Evidence { height, bytes }) {
                break;
            }
        }
        Ok(page)
    }

    fn check_size(&self, size: u64) -> Result<(), Error> {
        if self.head.log.size < size {
            return Err(Error::Beyond { size, stored: self.head.log.size });
        }
        Ok(())
    }
}

impl Base for View<'_> {
    type Error = Error;

    fn head(&self) -> Head {
        self.head
    }

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Error> {
        self.reader.get(&Key::state(subject), value::read_state)
    }

    fn slot(&self, subject: &Subject) -> Result<Option<Slot>, Error> {
        self.reader.get(&Key::slot(subject), value::read_slot)
    }

    fn record_index(&self, id: &Digest) -> Result<Option<u64>, Error> {
        self.reader.get(&Key::record(id), value::read_number)
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, Error> {
        // The inherent one, which comes first.
        Self::entry(self, index)
    }

    fn log_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Error> {
        LogNodes(&self.reader).node(level, index)
    }

    fn slot_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Error> {
        SlotNodes(&self.reader).node(level, index)
    }
}

/// The stored nodes of the log's tree.
pub(crate) struct LogNodes<'a>(pub(crate) &'a Reader<'a>);

impl TreeNodes for LogNodes<'_> {
    type Error = Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Error> {
        self.0.get(&Key::log_node(level, index), value::read_digest)
    }
}

/// The stored nodes of the tree of slots.
pub(crate) struct SlotNodes<'a>(pub(crate) &'a Reader<'a>);

impl TreeNodes for SlotNodes<'_> {
    type Error = Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Error> {
        self.0.get(&Key::slot_node(level, index), value::read_digest)
    }
}

fn bytes(value: &[u8]) -> Option<Vec<u8>> {
    Some(value.to_vec())
}

fn checkpoint((key, text): (Key, Vec<u8>)) -> Result<Checkpoint, Error> {
    let size = key.number().ok_or_else(|| Error::corrupt(&key, Fault::Malformed))?;
    Ok(Checkpoint { size, text })
}
