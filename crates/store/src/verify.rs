//! The whole ledger on disk, recomputed and compared.
//!
//! Every value is read, so every checksum is checked; then the log, its tree,
//! the seals, the blocks, the records' index, the chains and the tree of slots
//! are built anew from the entries. What the rules made of the records is not
//! judged here: that is replay, and the verifier's matter. It takes the memory
//! of the tree of slots, some 200 bytes for each subject.

use std::collections::BTreeMap;

use plenary_core::{
    block::{BlockId, Height},
    entry::{Outcome, RecordEntry, Seal},
    hash::Digest,
    merkle::{self, Nodes, Tree},
    subject::{Chain, Subject},
};
use plenary_procedure::execute::{self, Base, Ledger, Slot};

use crate::{
    batch,
    error::{Error, Fault},
    schema::{Column, Key},
    store::Store,
    value,
    view::{LogNodes, View},
};

/// What was read and found sound.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Verified {
    /// Blocks, genesis included.
    pub blocks: u64,
    /// Entries of the log.
    pub entries: u64,
    /// Records.
    pub records: u64,
    /// Subjects.
    pub subjects: u64,
    /// Checkpoints, whose signatures are not looked at.
    pub checkpoints: u64,
}

impl Store {
    /// Reads everything and recomputes what can be recomputed, or names the
    /// first value that is wrong. Blocks may be committed meanwhile.
    pub fn verify(&self) -> Result<Verified, Error> {
        let view = self.view()?;
        let mut walk = Walk::new(&view, self.ledger())?;
        let mut height = Some(Height::GENESIS);
        while let Some(now) = height.filter(|height| *height <= view.head().height) {
            walk.block(now)?;
            height = now.next();
        }
        walk.end()
    }
}

/// What the entries that were read so far make.
struct Walk<'v, 'a> {
    view: &'v View<'a>,
    /// The subjects that the genesis line is about.
    founded: Vec<Subject>,
    slots: BTreeMap<Subject, Slot>,
    slot_tree: Tree<Nodes>,
    parent: BlockId,
    seal: Digest,
    links: u64,
    log_nodes: u64,
    found: Verified,
}

impl<'v, 'a> Walk<'v, 'a> {
    fn new(view: &'v View<'a>, ledger: &Ledger) -> Result<Self, Error> {
        let genesis = execute::genesis(ledger).map_err(|_| Error::Unsound("its genesis line founds nothing"))?;
        // Slots are numbered in the order in which the genesis line touches its subjects.
        let mut founded: Vec<(u64, Subject)> =
            genesis.slots.into_iter().map(|(subject, slot)| (slot.index, subject)).collect();
        founded.sort_unstable();
        Ok(Self {
            view,
            founded: founded.into_iter().map(|(_, subject)| subject).collect(),
            slots: BTreeMap::new(),
            slot_tree: Tree::open(Nodes::new(), 0),
            parent: genesis.head.block,
            seal: Digest::ZERO,
            links: 0,
            log_nodes: 0,
            found: Verified::default(),
        })
    }

    /// Recomputes one block, from its first entry to its seal.
    fn block(&mut self, height: Height) -> Result<(), Error> {
        let wrong = || Error::corrupt(&Key::block(height), Fault::Contradicts);
        let first = self.found.entries;
        let stored = self.view.stored_header(height)?;
        let end = match &stored {
            Some(stored) => stored.header.log.size,
            None => self.genesis_end()?,
        };
        let last = end.checked_sub(1).filter(|last| first <= *last).ok_or_else(wrong)?;
        for index in first..last {
            self.entry(index)?;
        }
        self.seal(last, height, first)?;
        let id = match stored {
            Some(stored) => {
                let header = stored.header;
                let heads = (self.view.log_head(end)?, self.slot_tree.head().map_err(|_| wrong())?);
                if stored.first != first || header.parent != self.parent || (header.log, header.slots) != heads {
                    return Err(wrong());
                }
                // Reading the block compares its records with its header.
                self.view.block(height)?;
                self.view.certificate(height)?;
                header.id()
            }
            None => self.parent,
        };
        self.parent = id;
        self.found.blocks = self.found.blocks.saturating_add(1);
        Ok(())
    }

    /// Where the genesis block ends: where the next one begins.
    fn genesis_end(&self) -> Result<u64, Error> {
        let next = Height::GENESIS.next().map(|next| self.view.stored_header(next)).transpose()?.flatten();
        Ok(next.map_or_else(|| self.view.head().log.size, |next| next.first))
    }

    /// Recomputes an entry that is not a seal.
    fn entry(&mut self, index: u64) -> Result<(), Error> {
        let (entry, leaf) = self.leaf(index)?;
        if index == 0 {
            for subject in self.founded.clone() {
                self.link(subject, index, &leaf)?;
            }
            return Ok(());
        }
        let malformed = || Error::corrupt(&Key::entry(index), Fault::Malformed);
        let split = RecordEntry::split(&entry).ok_or_else(malformed)?;
        let outcome = Outcome::from_line(split.outcome).map_err(|_| malformed())?;
        for subject in outcome.subjects {
            self.link(subject, index, &leaf)?;
        }
        let id = batch::record_id(&entry);
        if self.view.record_index(&id)? != Some(index) {
            return Err(Error::corrupt(&Key::record(&id), Fault::Contradicts));
        }
        self.found.records = self.found.records.saturating_add(1);
        Ok(())
    }

    /// Compares a seal with the block that it closes.
    fn seal(&mut self, index: u64, height: Height, first: u64) -> Result<(), Error> {
        let (entry, leaf) = self.leaf(index)?;
        let seal = Seal::from_line(&entry).map_err(|_| Error::corrupt(&Key::entry(index), Fault::Malformed))?;
        let slots = self.slot_tree.head().map_err(|_| Error::Unsound("the slots make no tree"))?;
        let count = index.saturating_sub(first);
        if (seal.height, seal.first, seal.count, seal.prev, seal.slots) != (height, first, count, self.seal, slots) {
            return Err(Error::corrupt(&Key::entry(index), Fault::Contradicts));
        }
        self.seal = leaf;
        Ok(())
    }

    /// Reads an entry and compares the nodes that it completes.
    fn leaf(&mut self, index: u64) -> Result<(Vec<u8>, Digest), Error> {
        let entry = self.view.entry(index)?.ok_or_else(|| Error::corrupt(&Key::entry(index), Fault::Missing))?;
        let leaf = merkle::leaf_hash(&entry);
        let mut tree = Tree::open(LogNodes(self.view.reader()), index);
        tree.append(leaf).map_err(Error::of_tree)?;
        for (id, hash) in tree.changes() {
            if self.view.log_node(id.level, id.index)? != Some(*hash) {
                return Err(Error::corrupt(&Key::log_node(id.level, id.index), Fault::Contradicts));
            }
            self.log_nodes = self.log_nodes.saturating_add(1);
        }
        self.found.entries = index.saturating_add(1);
        Ok((entry, leaf))
    }

    /// Adds an entry to a subject's chain.
    fn link(&mut self, subject: Subject, index: u64, leaf: &Digest) -> Result<(), Error> {
        let known = self.slots.get(&subject).copied();
        let before = known.map_or_else(Chain::default, |slot| slot.chain);
        let chain = before.with(leaf).ok_or(Error::Unsound("a chain is full"))?;
        let hash = merkle::leaf_hash(&chain.slot_leaf(&subject));
        let slot = match known {
            Some(slot) => self.slot_tree.update(slot.index, hash).map(|()| slot.index),
            None => self.slot_tree.append(hash),
        };
        let slot = slot.map_err(|_| Error::Unsound("the slots make no tree"))?;
        let key = Key::chain(slot, before.count);
        if self.view.reader().need(&key, value::read_number)? != index {
            return Err(Error::corrupt(&key, Fault::Contradicts));
        }
        self.links = self.links.saturating_add(1);
        self.slots.insert(subject, Slot { index: slot, chain });
        Ok(())
    }

    /// Compares what the entries make with what is stored for the head.
    fn end(mut self) -> Result<Verified, Error> {
        let head = self.view.head();
        let slots = self.slot_tree.head().map_err(|_| Error::Unsound("the slots make no tree"))?;
        if (self.parent, self.seal, slots) != (head.block, head.seal, head.slots) {
            return Err(Error::corrupt(&Key::head(), Fault::Contradicts));
        }
        for (subject, slot) in &self.slots {
            if self.view.slot(subject)? != Some(*slot) {
                return Err(Error::corrupt(&Key::slot(subject), Fault::Contradicts));
            }
            if self.view.slot_subject(slot.index)?.as_ref() != Some(subject) {
                return Err(Error::corrupt(&Key::slot_name(slot.index), Fault::Contradicts));
            }
        }
        let slot_nodes = std::mem::replace(&mut self.slot_tree, Tree::open(Nodes::new(), 0)).into_changes();
        for (id, hash) in &slot_nodes {
            if self.view.slot_node(id.level, id.index)? != Some(*hash) {
                return Err(Error::corrupt(&Key::slot_node(id.level, id.index), Fault::Contradicts));
            }
        }
        self.found.subjects = u64::try_from(self.slots.len()).unwrap_or(u64::MAX);
        self.columns(u64::try_from(slot_nodes.len()).unwrap_or(u64::MAX))
    }

    /// Reads every column and counts, so that nothing stands there that nothing accounts for.
    fn columns(mut self, slot_nodes: u64) -> Result<Verified, Error> {
        let Verified { blocks, entries, records, subjects, .. } = self.found;
        for column in Column::ALL {
            let mut count = 0_u64;
            let mut last = None;
            for step in self.view.reader().walk_all(column)? {
                let (key, bytes) = step?;
                let is_state = column == Column::States;
                if is_state && value::read_state(&bytes).is_none() {
                    return Err(Error::corrupt(&key, Fault::Malformed));
                }
                count = count.saturating_add(1);
                last = Some(key);
            }
            let expected = match column {
                Column::Meta => 3,
                Column::Blocks | Column::Certificates => blocks.saturating_sub(1),
                Column::Entries => entries,
                Column::LogNodes => self.log_nodes,
                Column::SlotNodes => slot_nodes,
                Column::Slots | Column::SlotNames => subjects,
                Column::Records => records,
                Column::Chains => self.links,
                Column::States | Column::Cosignatures | Column::Evidence => count,
                Column::Checkpoints => {
                    self.found.checkpoints = count;
                    count
                }
            };
            if count != expected {
                let key = last.unwrap_or_else(|| Key::found(column, &[]));
                return Err(Error::corrupt(&key, Fault::Contradicts));
            }
        }
        Ok(self.found)
    }
}
