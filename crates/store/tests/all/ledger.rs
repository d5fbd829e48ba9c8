//! A small ledger whose blocks are made without the rules, so that the tests
//! have a second opinion of what a block changes.

use std::{collections::BTreeMap, path::Path};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{Block, Header, TreeHead},
    entry::{Outcome, RecordEntry, Seal},
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    keys::ValidatorKey,
    merkle::{self, Nodes, Tree, TreeNodes},
    record::Name,
    signature::MemberKey,
    subject::{Chain, Subject},
    time::Moment,
};
use plenary_procedure::{
    execute::{self, Base, Delta, Head, Ledger, Slot},
    state::SubjectState,
};
use plenary_store::{Error, Store, View};

/// What the records of a block are about: the subjects of each.
pub(crate) type Plan<'a> = &'a [&'a [&'a str]];

pub(crate) const MEETING: &str = "fg-dlt/meeting/1";
pub(crate) const GROUP: &str = "fg-dlt/group";

fn secret(seed: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("seed/{seed}").as_bytes()).as_bytes())
}

pub(crate) fn subject(name: &str) -> Subject {
    Subject::parse(name).unwrap()
}

/// A ledger; its notice makes it another one.
pub(crate) fn ledger(notice: &str) -> Ledger {
    let genesis = Genesis {
        authorities: vec![Authority {
            who: Name::parse("tsag").unwrap(),
            role: Name::parse("parent").unwrap(),
            key: MemberKey::of(&secret("tsag")),
        }],
        clock: Clock::Replay,
        grace_s: 600,
        heartbeat_s: 600,
        notice: Some(notice.into()),
        origin: "ledger.example/fg-dlt".into(),
        policy: "log a\n".into(),
        time: Moment::parse("2017-05-01T00:00:00Z").unwrap(),
        validators: vec![GenesisValidator {
            name: Name::parse("a").unwrap(),
            organization: Name::parse("tsb").unwrap(),
            key: ValidatorKey::of(&secret("a")),
            peer: secret("a/peer").verifying_key().to_bytes(),
        }],
    };
    Ledger::found(&genesis.to_line().unwrap()).unwrap()
}

/// A new store with the genesis block.
pub(crate) fn found(path: &Path) -> Store {
    let ledger = ledger("test");
    Store::create(path, &ledger, &execute::genesis(&ledger).unwrap()).unwrap()
}

/// A certificate, which the store does not read.
pub(crate) fn certificate(block: &Block) -> Vec<u8> {
    format!("certificate of {}", block.id()).into_bytes()
}

/// Commits a block after the stored ones.
pub(crate) fn commit(store: &Store, plan: Plan<'_>) -> (Block, Delta) {
    let (block, delta) = next(&store.view().unwrap(), store.ledger(), plan);
    store.commit(&block, &certificate(&block), &delta).unwrap();
    (block, delta)
}

/// Commits blocks of one, two and no records in turn.
pub(crate) fn commit_many(store: &Store, blocks: usize) -> Vec<(Block, Delta)> {
    let plans: [Plan<'_>; 3] = [&[&[MEETING]], &[&[GROUP, MEETING], &["fg-dlt/contribution/DLT-I-001"]], &[]];
    (0..blocks).map(|number| commit(store, plans[number % plans.len()])).collect()
}

/// The tree of all entries, in memory.
pub(crate) fn memory(view: &View<'_>) -> Tree<Nodes> {
    let mut tree = Tree::open(Nodes::new(), 0);
    for index in 0..view.head().log.size {
        tree.append(merkle::leaf_hash(&view.entry(index).unwrap().unwrap())).unwrap();
    }
    tree
}

struct LogNodes<'a, 'b>(&'a View<'b>);

impl TreeNodes for LogNodes<'_, '_> {
    type Error = Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Error> {
        self.0.log_node(level, index)
    }
}

struct SlotNodes<'a, 'b>(&'a View<'b>);

impl TreeNodes for SlotNodes<'_, '_> {
    type Error = Error;

    fn node(&self, level: u8, index: u64) -> Result<Option<Digest>, Error> {
        self.0.slot_node(level, index)
    }
}

/// The block after the view's head, and what it changes.
pub(crate) fn next(view: &View<'_>, ledger: &Ledger, plan: Plan<'_>) -> (Block, Delta) {
    let parent = view.head();
    let height = parent.height.next().unwrap();
    let time = parent.time.plus_ms(1);
    let mut log = Tree::open(LogNodes(view), parent.log.size);
    let mut slot_tree = Tree::open(SlotNodes(view), parent.slots.size);
    let mut slots: BTreeMap<Subject, Slot> = BTreeMap::new();
    let (mut entries, mut files, mut records) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (number, names) in plan.iter().enumerate() {
        let line = format!("record {number} of block {height}\n");
        let file = format!("{line}signature {}\n", "x".repeat(number * 100));
        let subjects: Vec<Subject> = names.iter().map(|name| subject(name)).collect();
        let outcome = Outcome { height, time, number: None, subjects: subjects.clone(), findings: vec![] };
        let entry = RecordEntry { file: file.as_bytes(), outcome: &outcome.to_line().unwrap() }.join().unwrap();
        let leaf = merkle::leaf_hash(&entry);
        records.insert(Digest::of(line.as_bytes()), log.append(leaf).unwrap());
        for subject in subjects {
            let known = slots.get(&subject).copied().or_else(|| view.slot(&subject).unwrap());
            let chain = known.map_or_else(Chain::default, |slot| slot.chain).with(&leaf).unwrap();
            let hash = merkle::leaf_hash(&chain.slot_leaf(&subject));
            let index = match known {
                Some(slot) => slot_tree.update(slot.index, hash).map(|()| slot.index).unwrap(),
                None => slot_tree.append(hash).unwrap(),
            };
            slots.insert(subject, Slot { index, chain });
        }
        entries.push(entry);
        files.push(file.into_bytes());
    }
    let slots_head = slot_tree.head().unwrap();
    let seal = Seal {
        height,
        time,
        proposer: Name::parse("a"),
        epoch: 0,
        policy: parent.policy,
        first: parent.log.size,
        count: u64::try_from(files.len()).unwrap(),
        prev: parent.seal,
        slots: slots_head,
    };
    entries.push(seal.to_line().unwrap());
    let seal = merkle::leaf_hash(entries.last().unwrap());
    log.append(seal).unwrap();
    let head = Head { height, time, log: log.head().unwrap(), slots: slots_head, seal, ..parent };
    let block = block(ledger, &parent, &head, files);
    let states = slots.keys().map(|subject| (subject.clone(), a_state(ledger))).collect();
    let delta = Delta {
        head: Head { block: block.id(), ..head },
        first: parent.log.size,
        entries,
        log_nodes: log.into_changes(),
        slot_nodes: slot_tree.into_changes(),
        slots,
        states,
        records,
    };
    (block, delta)
}

fn block(ledger: &Ledger, parent: &Head, head: &Head, records: Vec<Vec<u8>>) -> Block {
    let header = Header {
        version: Header::VERSION,
        ledger: ledger.id(),
        height: head.height,
        time: head.time,
        proposer: ValidatorKey::of(&secret("a")),
        parent: parent.block,
        epoch: head.epoch,
        policy: head.policy,
        log: head.log,
        slots: head.slots,
        records: Block::digest_of(&records),
    };
    Block { header, records }
}

/// Any state; the store does not look into it.
fn a_state(ledger: &Ledger) -> SubjectState {
    execute::genesis(ledger).unwrap().states.into_values().next().unwrap()
}

/// The head of the first `size` leaves of a tree in memory.
pub(crate) fn head_at(tree: &Tree<Nodes>, size: u64) -> TreeHead {
    TreeHead { size, root: merkle::root(tree, size).unwrap() }
}
