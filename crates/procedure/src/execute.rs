//! The one place where a block changes the ledger: what it was before and a
//! block in, what it is after out.
//!
//! The node, the simulator and the verifier all come through here. A block
//! that holds one unacceptable record is refused whole, so what stands in the
//! log was accepted by the rules of its time.

use std::{cell::RefCell, collections::BTreeMap};

use plenary_core::{
    block::{BLOCK_BYTES_MAX, Block, BlockId, Header, Height, TreeHead},
    entry::{EntryError, Outcome, RecordEntry, Seal},
    genesis::{Clock, Genesis},
    hash::Digest,
    json::JsonError,
    keys::ValidatorKey,
    merkle::{self, Nodes, Tree, TreeError, TreeNodes},
    record::{Name, VerifiedRecord},
    subject::{Chain, Subject},
    time::Moment,
};
use thiserror::Error;

use crate::{
    apply::{self, Applied, ApplyError, Context, View},
    refusal::Refusal,
    state::{Noun as _, SubjectState},
    validators::{Epoch, Validators},
};

/// What never changes in a ledger: its genesis line and what follows from it.
#[derive(Clone, Debug)]
pub struct Ledger {
    id: Digest,
    line: Vec<u8>,
    genesis: Genesis,
}

impl Ledger {
    /// The ledger that a genesis line founds.
    pub fn found(line: &[u8]) -> Result<Self, EntryError> {
        Ok(Self { id: Genesis::ledger(line), line: line.to_vec(), genesis: Genesis::from_line(line)? })
    }

    /// The ledger's identity: the leaf hash of its genesis line.
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// The genesis line, with its line feed.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// What the genesis line says.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// How long an idle ledger waits before it closes an empty block, in milliseconds.
    pub const fn heartbeat_ms(&self) -> u64 {
        self.genesis.heartbeat_s.saturating_mul(1_000)
    }

    pub(crate) fn context(&self, height: Height, time: Moment) -> Context {
        Context { ledger: self.id, height, time, grace_ms: self.genesis.grace_s.saturating_mul(1_000) }
    }
}

/// What a ledger is after a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Head {
    /// The block's height.
    pub height: Height,
    /// The block's ledger time.
    pub time: Moment,
    /// The block's name.
    pub block: BlockId,
    /// The validators' epoch.
    pub epoch: u64,
    /// SHA-256 of the epoch's policy text.
    pub policy: Digest,
    /// The log.
    pub log: TreeHead,
    /// The subjects' slots.
    pub slots: TreeHead,
    /// Leaf hash of the block's seal.
    pub seal: Digest,
}

impl Head {
    /// The head of the block at `height`, before anything is in it.
    fn above(self, height: Height, time: Moment, epoch: &Epoch) -> Self {
        Self { height, time, epoch: epoch.number, policy: epoch.policy_digest(), ..self }
    }
}

/// A subject's place in the tree of slots, and its chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Slot {
    /// Index of its leaf, by order of first appearance.
    pub index: u64,
    /// Its entries.
    pub chain: Chain,
}

/// A ledger as it is after its last block.
pub trait Base {
    /// Why something cannot be read.
    type Error;

    /// What the ledger is.
    fn head(&self) -> Head;

    /// What is known of a subject.
    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Self::Error>;

    /// A subject's slot, if it has appeared.
    fn slot(&self, subject: &Subject) -> Result<Option<Slot>, Self::Error>;

    /// The index of a record's entry, if the record has been taken.
    fn record_index(&self, id: &Digest) -> Result<Option<u64>, Self::Error>;

    /// An entry of the log, unless the log is shorter.
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, Self::Error>;

    /// A node of the log's tree.
    fn log_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error>;

    /// A node of the slots' tree.
    fn slot_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error>;
}

/// Everything that a block adds or changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    /// What the ledger is afterwards.
    pub head: Head,
    /// Index of the first new entry.
    pub first: u64,
    /// The new entries, the seal last.
    pub entries: Vec<Vec<u8>>,
    /// New nodes of the log's tree.
    pub log_nodes: Nodes,
    /// New and changed nodes of the slots' tree.
    pub slot_nodes: Nodes,
    /// New and changed slots.
    pub slots: BTreeMap<Subject, Slot>,
    /// New and changed states.
    pub states: BTreeMap<Subject, SubjectState>,
    /// The records taken, by id, and the indexes of their entries.
    pub records: BTreeMap<Digest, u64>,
}

/// Why a block is refused.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum BlockRefusal {
    /// A field of the header is not what the ledger makes it.
    #[error("the header's {0} is wrong")]
    Header(&'static str),
    /// The header names another number or other bytes of records.
    #[error("the block's records are not those that its header names")]
    Records,
    /// The ledger time breaks the rule of the ledger's clock.
    #[error("the block's time {found} breaks the clock rule; the parent's is {parent}")]
    Time {
        /// The time in the header.
        found: Moment,
        /// The parent's time.
        parent: Moment,
    },
    /// The block is empty and none is due.
    #[error("the block is empty, and no heartbeat is due")]
    Empty,
    /// A record cannot be taken.
    #[error("record {id}: {refusal}")]
    Record {
        /// The record.
        id: Digest,
        /// Why it cannot be taken.
        refusal: Refusal,
    },
}

/// Why a block could not be executed.
#[derive(Debug, Error)]
pub enum ExecuteError<E> {
    /// The block is not acceptable.
    #[error(transparent)]
    Refused(#[from] BlockRefusal),
    /// The ledger could not be read.
    #[error("the ledger cannot be read")]
    Base(#[source] E),
    /// The ledger contradicts itself, or has reached the end of a number range.
    #[error("the stored ledger is unsound: {0}")]
    Unsound(&'static str),
}

/// A block as its proposer builds it.
#[derive(Debug)]
pub struct Proposal {
    /// The block; none if there is nothing to close.
    pub block: Option<(Block, Delta)>,
    /// Candidates that cannot be taken on this base, and why.
    pub refused: Vec<(Digest, Refusal)>,
}

/// The validators as the ledger knows them after its last block.
pub fn validators<B: Base>(base: &B) -> Result<Validators, ExecuteError<B::Error>> {
    let missing = ExecuteError::Unsound("it has no validators");
    let Some(subject) = Validators::subject() else { return Err(missing) };
    let state = base.state(&subject).map_err(ExecuteError::Base)?;
    state.and_then(Validators::take).ok_or(missing)
}

/// The genesis block: the genesis line and a seal.
pub fn genesis(ledger: &Ledger) -> Result<Delta, ExecuteError<std::convert::Infallible>> {
    let genesis = ledger.genesis();
    let empty = TreeHead { size: 0, root: Digest::of(b"") };
    let before = Head {
        height: Height::GENESIS,
        time: genesis.time,
        block: BlockId::from_digest(ledger.id()),
        epoch: 0,
        policy: Digest::of(genesis.policy.as_bytes()),
        log: empty,
        slots: empty,
        seal: Digest::ZERO,
    };
    let base = Nothing(before);
    let mut execution = Execution::open(&base);
    let states = crate::genesis::genesis_states(genesis);
    let subjects: Vec<Subject> = states.iter().map(|(subject, _)| subject.clone()).collect();
    execution.append(ledger.line().to_vec(), &subjects, states)?;
    let delta = execution.close(before, None)?;
    let header = genesis_header(ledger, &delta.head).ok_or(ExecuteError::Unsound("there are no validators"))?;
    Ok(Delta { head: Head { block: header.id(), ..delta.head }, ..delta })
}

/// The header of the genesis block, which is stored nowhere: `after` is the
/// ledger's head after that block. Nobody proposed it, so it names the first
/// validator; its parent is the ledger's identity.
pub fn genesis_header(ledger: &Ledger, after: &Head) -> Option<Header> {
    let proposer = ledger.genesis().validators.first()?.key;
    let parent = Head { block: BlockId::from_digest(ledger.id()), ..*after };
    Some(header(ledger, &parent, after, proposer, &[]))
}

/// Builds the next block from `candidates`, in their order, as many as fit.
///
/// `now` is the proposer's clock, which a replay ledger does not look at.
pub fn propose<B: Base>(
    ledger: &Ledger,
    base: &B,
    proposer: ValidatorKey,
    now: Moment,
    candidates: &[&VerifiedRecord],
) -> Result<Proposal, ExecuteError<B::Error>> {
    let parent = base.head();
    let height = parent.height.next().ok_or(ExecuteError::Unsound("no height is left"))?;
    let candidates = in_time(ledger, parent.time, candidates);
    let time = match ledger.genesis().clock {
        Clock::Wall => now.max(parent.time.plus_ms(1)),
        Clock::Replay => replay_time(parent.time, &candidates),
    };
    let mut execution = Execution::open(base);
    let context = ledger.context(height, time);
    let mut refused = Vec::new();
    let mut records = Vec::new();
    // Room for the header and the lengths.
    let mut room = BLOCK_BYTES_MAX.saturating_sub(1_024);
    for candidate in candidates {
        let bytes = candidate.file().bytes();
        let Some(left) = room.checked_sub(bytes.len().saturating_add(8)) else {
            break;
        };
        match execution.take(candidate, &context)? {
            Ok(()) => {
                room = left;
                records.push(bytes.to_vec());
            }
            Err(refusal) => refused.push((candidate.file().id(), refusal)),
        }
    }
    if records.is_empty() && !heartbeat_is_due(ledger, parent.time, time) {
        return Ok(Proposal { block: None, refused });
    }
    let validators = validators(base)?;
    let epoch = validators.at(height);
    let name = epoch.seat_of(&proposer).map(|seat| seat.name.0.clone());
    let delta = execution.close(parent.above(height, time, epoch), name)?;
    let header = header(ledger, &parent, &delta.head, proposer, &records);
    let block = Block { header, records };
    let head = Head { block: block.id(), ..delta.head };
    Ok(Proposal { block: Some((block, Delta { head, ..delta })), refused })
}

/// Why `record` cannot be taken on this base, if a proposer would find so at `now`.
pub fn check<B: Base>(
    ledger: &Ledger,
    base: &B,
    now: Moment,
    record: &VerifiedRecord,
) -> Result<Option<Refusal>, ExecuteError<B::Error>> {
    let parent = base.head();
    let height = parent.height.next().ok_or(ExecuteError::Unsound("no height is left"))?;
    let time = match ledger.genesis().clock {
        Clock::Wall => now.max(parent.time.plus_ms(1)),
        Clock::Replay => replay_time(parent.time, &[record]),
    };
    let taken = Execution::open(base).take(record, &ledger.context(height, time))?;
    Ok(taken.err())
}

/// Executes a block on the ledger that it extends.
///
/// `records` are the block's, in its order, with their signatures verified.
pub fn execute<B: Base>(
    ledger: &Ledger,
    base: &B,
    block: &Block,
    records: &[&VerifiedRecord],
) -> Result<Delta, ExecuteError<B::Error>> {
    let parent = base.head();
    let found = &block.header;
    check_frame(ledger, &parent, block, records)?;
    let mut execution = Execution::open(base);
    let context = ledger.context(found.height, found.time);
    for record in records {
        if let Err(refusal) = execution.take(record, &context)? {
            return Err(BlockRefusal::Record { id: record.file().id(), refusal }.into());
        }
    }
    let validators = validators(base)?;
    let epoch = validators.at(found.height);
    let seat = epoch.seat_of(&found.proposer).ok_or(BlockRefusal::Header("proposer"))?;
    let above = parent.above(found.height, found.time, epoch);
    let delta = execution.close(above, Some(seat.name.0.clone()))?;
    let expected = header(ledger, &parent, &delta.head, found.proposer, &block.records);
    if let Some(field) = difference(found, &expected) {
        return Err(BlockRefusal::Header(field).into());
    }
    Ok(Delta { head: Head { block: block.id(), ..delta.head }, ..delta })
}

/// The least time that a replay ledger's block can have: after the parent's,
/// and not before any of its records was signed.
fn replay_time(parent: Moment, records: &[&VerifiedRecord]) -> Moment {
    let signed = records.iter().map(|record| record.file().record().signed).max();
    signed.unwrap_or_default().max(parent.plus_ms(1))
}

/// The candidates that the next block may hold together: all of them, or on a
/// replay ledger those signed no later than the earliest, so that history is
/// played in its order.
fn in_time<'a>(ledger: &Ledger, parent: Moment, candidates: &[&'a VerifiedRecord]) -> Vec<&'a VerifiedRecord> {
    let signed = |record: &VerifiedRecord| record.file().record().signed;
    let limit = match ledger.genesis().clock {
        Clock::Wall => Moment::LAST,
        Clock::Replay => {
            candidates.iter().map(|record| signed(record)).min().unwrap_or_default().max(parent.plus_ms(1))
        }
    };
    candidates.iter().copied().filter(|record| signed(record) <= limit).collect()
}

fn heartbeat_is_due(ledger: &Ledger, parent: Moment, time: Moment) -> bool {
    ledger.genesis().clock == Clock::Wall && time.ms_since(parent) >= ledger.heartbeat_ms()
}

/// What can be judged of a block before its records are looked at.
fn check_frame(ledger: &Ledger, parent: &Head, block: &Block, records: &[&VerifiedRecord]) -> Result<(), BlockRefusal> {
    let header = &block.header;
    if Some(header.height) != parent.height.next() {
        return Err(BlockRefusal::Header("height"));
    }
    if header.parent != parent.block {
        return Err(BlockRefusal::Header("parent"));
    }
    let same = block.records.len() == records.len()
        && block.records.iter().zip(records).all(|(bytes, record)| bytes == record.file().bytes());
    if !same || Block::digest_of(&block.records) != header.records {
        return Err(BlockRefusal::Records);
    }
    let in_time = match ledger.genesis().clock {
        Clock::Wall => parent.time < header.time,
        Clock::Replay => header.time == replay_time(parent.time, records),
    };
    if !in_time {
        return Err(BlockRefusal::Time { found: header.time, parent: parent.time });
    }
    if records.is_empty() && !heartbeat_is_due(ledger, parent.time, header.time) {
        return Err(BlockRefusal::Empty);
    }
    Ok(())
}

fn header(ledger: &Ledger, parent: &Head, after: &Head, proposer: ValidatorKey, records: &[Vec<u8>]) -> Header {
    Header {
        version: Header::VERSION,
        ledger: ledger.id(),
        height: after.height,
        time: after.time,
        proposer,
        parent: parent.block,
        epoch: after.epoch,
        policy: after.policy,
        log: after.log,
        slots: after.slots,
        records: Block::digest_of(records),
    }
}

/// The first field in which two headers differ.
fn difference(found: &Header, expected: &Header) -> Option<&'static str> {
    let fields = [
        ("version", found.version == expected.version),
        ("ledger", found.ledger == expected.ledger),
        ("height", found.height == expected.height),
        ("time", found.time == expected.time),
        ("proposer", found.proposer == expected.proposer),
        ("parent", found.parent == expected.parent),
        ("epoch", found.epoch == expected.epoch),
        ("policy", found.policy == expected.policy),
        ("log", found.log == expected.log),
        ("slots", found.slots == expected.slots),
        ("records", found.records == expected.records),
    ];
    fields.into_iter().find(|(_, same)| !same).map(|(field, _)| field)
}

/// The ledger before the genesis block.
struct Nothing(Head);

impl Base for Nothing {
    type Error = std::convert::Infallible;

    fn head(&self) -> Head {
        self.0
    }

    fn state(&self, _: &Subject) -> Result<Option<SubjectState>, Self::Error> {
        Ok(None)
    }

    fn slot(&self, _: &Subject) -> Result<Option<Slot>, Self::Error> {
        Ok(None)
    }

    fn record_index(&self, _: &Digest) -> Result<Option<u64>, Self::Error> {
        Ok(None)
    }

    fn entry(&self, _: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        Ok(None)
    }

    fn log_node(&self, _: u8, _: u64) -> Result<Option<Digest>, Self::Error> {
        Ok(None)
    }

    fn slot_node(&self, _: u8, _: u64) -> Result<Option<Digest>, Self::Error> {
        Ok(None)
    }
}

/// The nodes of a ledger's log.
pub(crate) struct LogNodes<'a, B>(pub(crate) &'a B);

impl<B: Base> TreeNodes for LogNodes<'_, B> {
    type Error = B::Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error> {
        self.0.log_node(level, index)
    }
}

/// The nodes of a ledger's tree of slots.
pub(crate) struct SlotNodes<'a, B>(pub(crate) &'a B);

impl<B: Base> TreeNodes for SlotNodes<'_, B> {
    type Error = B::Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Self::Error> {
        self.0.slot_node(level, index)
    }
}

/// A block in the making.
struct Execution<'a, B: Base> {
    base: &'a B,
    first: u64,
    entries: Vec<Vec<u8>>,
    log: Tree<LogNodes<'a, B>>,
    /// Subjects that have a slot, those that the block gives one among them.
    slots_given: u64,
    slots: BTreeMap<Subject, Slot>,
    states: BTreeMap<Subject, SubjectState>,
    /// What the base says of subjects that were read: records of one block mostly read the same.
    read: RefCell<BTreeMap<Subject, Option<SubjectState>>>,
    records: BTreeMap<Digest, u64>,
}

impl<B: Base> View for Execution<'_, B> {
    type Error = B::Error;

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Self::Error> {
        if let Some(state) = self.states.get(subject) {
            return Ok(Some(state.clone()));
        }
        if let Some(state) = self.read.borrow().get(subject) {
            return Ok(state.clone());
        }
        let state = self.base.state(subject)?;
        self.read.borrow_mut().insert(subject.clone(), state.clone());
        Ok(state)
    }

    fn entry(&self, record: &Digest) -> Result<Option<Vec<u8>>, Self::Error> {
        let Some(index) = self.index_of(record)? else {
            return Ok(None);
        };
        match index.checked_sub(self.first) {
            Some(at) => Ok(usize::try_from(at).ok().and_then(|at| self.entries.get(at)).cloned()),
            None => self.base.entry(index),
        }
    }

    fn chain_length(&self, subject: &Subject) -> Result<u64, Self::Error> {
        Ok(self.slot_of(subject)?.map_or(0, |slot| slot.chain.count))
    }
}

impl<'a, B: Base> Execution<'a, B> {
    fn open(base: &'a B) -> Self {
        let head = base.head();
        Self {
            base,
            first: head.log.size,
            entries: Vec::new(),
            log: Tree::open(LogNodes(base), head.log.size),
            slots_given: head.slots.size,
            slots: BTreeMap::new(),
            states: BTreeMap::new(),
            read: RefCell::default(),
            records: BTreeMap::new(),
        }
    }

    /// The index of a record's entry, those of this block among them.
    fn index_of(&self, record: &Digest) -> Result<Option<u64>, B::Error> {
        match self.records.get(record) {
            Some(index) => Ok(Some(*index)),
            None => self.base.record_index(record),
        }
    }

    /// A subject's slot, as this block has changed it so far.
    fn slot_of(&self, subject: &Subject) -> Result<Option<Slot>, B::Error> {
        match self.slots.get(subject) {
            Some(slot) => Ok(Some(*slot)),
            None => self.base.slot(subject),
        }
    }

    /// Takes a record, or says why it cannot be taken; then nothing has changed.
    fn take(
        &mut self,
        record: &VerifiedRecord,
        context: &Context,
    ) -> Result<Result<(), Refusal>, ExecuteError<B::Error>> {
        let id = record.file().id();
        if self.index_of(&id).map_err(ExecuteError::Base)?.is_some() {
            return Ok(Err(Refusal::SameRecord(id)));
        }
        let applied = match apply::apply(record.file(), context, self) {
            Ok(applied) => applied,
            Err(ApplyError::Refused(refusal)) => return Ok(Err(*refusal)),
            Err(ApplyError::View(error)) => return Err(ExecuteError::Base(error)),
        };
        let Applied { number, findings, subjects, changes, .. } = applied;
        let outcome =
            Outcome { height: context.height, time: context.time, number, subjects: subjects.clone(), findings };
        let entry = outcome.to_line().map_err(|_: JsonError| ()).and_then(|line| {
            RecordEntry { file: record.file().bytes(), outcome: &line }.join().map_err(|_: EntryError| ())
        });
        let Ok(entry) = entry else {
            return Ok(Err(Refusal::EntryTooLong));
        };
        self.records.insert(id, self.log.size());
        self.append(entry, &subjects, changes)?;
        Ok(Ok(()))
    }

    fn append(
        &mut self,
        entry: Vec<u8>,
        subjects: &[Subject],
        changes: Vec<(Subject, SubjectState)>,
    ) -> Result<(), ExecuteError<B::Error>> {
        let leaf = merkle::leaf_hash(&entry);
        self.log.append(leaf).map_err(unsound)?;
        self.entries.push(entry);
        for subject in subjects {
            let slot = self.slot_of(subject).map_err(ExecuteError::Base)?;
            let before = slot.map_or_else(Chain::default, |slot| slot.chain);
            let chain = before.with(&leaf).ok_or(ExecuteError::Unsound("a subject's chain is full"))?;
            let index = slot.map_or(self.slots_given, |slot| slot.index);
            if slot.is_none() {
                self.slots_given = index.checked_add(1).ok_or(ExecuteError::Unsound("a tree is full"))?;
            }
            self.slots.insert(subject.clone(), Slot { index, chain });
        }
        self.states.extend(changes);
        Ok(())
    }

    /// The tree of slots after the block, from one of `size`: a slot that many records touch is hashed once.
    fn slot_tree(&self, size: u64) -> Result<Tree<SlotNodes<'a, B>>, ExecuteError<B::Error>> {
        let mut tree = Tree::open(SlotNodes(self.base), size);
        let mut slots: Vec<(&Subject, &Slot)> = self.slots.iter().collect();
        slots.sort_unstable_by_key(|(_, slot)| slot.index);
        for (subject, slot) in slots {
            let leaf = merkle::leaf_hash(&slot.chain.slot_leaf(subject));
            if slot.index < size {
                tree.update(slot.index, leaf).map_err(unsound)?;
            } else {
                tree.append(leaf).map_err(unsound)?;
            }
        }
        Ok(tree)
    }

    /// Closes the block with its seal. `at` tells height and time; the name of
    /// the block is not known yet, since its header names the roots found here.
    fn close(mut self, at: Head, proposer: Option<Name>) -> Result<Delta, ExecuteError<B::Error>> {
        let slot_tree = self.slot_tree(at.slots.size)?;
        let slots = slot_tree.head().map_err(unsound)?;
        let slot_nodes = slot_tree.into_changes();
        let seal = Seal {
            height: at.height,
            time: at.time,
            proposer,
            epoch: at.epoch,
            policy: at.policy,
            first: self.first,
            count: self.log.size().saturating_sub(self.first),
            prev: at.seal,
            slots,
        };
        let entry = seal.to_line().map_err(|_| ExecuteError::Unsound("a number has left its range"))?;
        let seal = merkle::leaf_hash(&entry);
        self.append(entry, &[], Vec::new())?;
        let log = self.log.head().map_err(unsound)?;
        Ok(Delta {
            head: Head { log, slots, seal, ..at },
            first: self.first,
            entries: self.entries,
            log_nodes: self.log.into_changes(),
            slot_nodes,
            slots: self.slots,
            states: self.states,
            records: self.records,
        })
    }
}

fn unsound<E>(error: TreeError<E>) -> ExecuteError<E> {
    match error {
        TreeError::Nodes(error) => ExecuteError::Base(error),
        TreeError::Missing { .. } => ExecuteError::Unsound("a node of a tree is missing"),
        TreeError::Index { .. } => ExecuteError::Unsound("a slot is beyond the tree of slots"),
        TreeError::Sizes { .. } | TreeError::Full => ExecuteError::Unsound("a tree is full"),
    }
}

#[cfg(test)]
mod tests;
