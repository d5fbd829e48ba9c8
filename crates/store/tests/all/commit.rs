//! A block is on the disk whole, or not at all.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use plenary_core::{
    block::{Block, BlockId, Height},
    hash::Digest,
    merkle::{self, NodeId},
};
use plenary_procedure::execute::{self, Base, Delta};
use plenary_store::{Error, Store, Verified};
use tempfile::tempdir;

use crate::ledger::{GROUP, MEETING, certificate, commit, commit_many, found, ledger, next, subject};

#[test]
fn a_ledger_is_the_same_after_a_restart() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    let committed = commit_many(&store, 7);
    let head = store.head();
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.head(), head);
    assert_eq!(store.ledger().id(), ledger("test").id());
    let view = store.view().unwrap();
    assert_eq!(view.head(), head);
    for (block, delta) in &committed {
        let height = block.header.height;
        assert_eq!(view.block(height).unwrap().as_ref(), Some(block));
        assert_eq!(view.certificate(height), Ok(Some(certificate(block))));
        for (index, entry) in (delta.first..).zip(&delta.entries) {
            assert_eq!(view.entry(index).unwrap().as_ref(), Some(entry));
        }
        for (id, index) in &delta.records {
            assert_eq!(view.record_index(id), Ok(Some(*index)));
        }
    }
    let (_, last) = committed.iter().rfind(|(_, delta)| !delta.slots.is_empty()).unwrap();
    for (name, slot) in &last.slots {
        assert_eq!(view.slot(name), Ok(Some(*slot)));
        assert_eq!(view.slot_subject(slot.index), Ok(Some(name.clone())));
        assert_eq!(view.state(name).unwrap().as_ref(), last.states.get(name));
    }
    assert_eq!(view.block(Height::GENESIS), Ok(None));
    assert_eq!(view.block(head.height.next().unwrap()), Ok(None));
    assert_eq!(view.record_index(&Digest::ZERO), Ok(None));
    assert_eq!(view.slot(&subject("fg-dlt/meeting/2")), Ok(None));
}

#[test]
fn a_sound_ledger_is_verified() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    let founded = store.verify().unwrap();
    assert_eq!((founded.blocks, founded.entries, founded.records), (1, 2, 0));
    commit_many(&store, 7);
    let subjects = founded.subjects + 3;
    assert_eq!(store.verify(), Ok(Verified { blocks: 8, entries: 16, records: 7, subjects, checkpoints: 0 }));
}

#[test]
fn a_delta_that_does_not_extend_the_head_is_refused() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    let (old_block, old_delta) = commit(&store, &[&[MEETING]]);
    let plan: [&[&str]; 2] = [&[MEETING, GROUP], &[MEETING]];
    let (block, delta) = next(&store.view().unwrap(), store.ledger(), &plan);
    let before = store.head();
    let check = |mismatch: &str, alter: &dyn Fn(&mut Block, &mut Delta)| {
        let (mut block, mut delta) = (block.clone(), delta.clone());
        alter(&mut block, &mut delta);
        match store.commit(&block, b"", &delta) {
            Err(Error::NotNext { mismatch: found, .. }) => assert_eq!(found, mismatch),
            other => panic!("{mismatch}: {other:?}"),
        }
        assert_eq!(store.head(), before, "{mismatch}");
    };
    check("its height is not the next one", &|block, delta| {
        (*block, *delta) = (old_block.clone(), old_delta.clone());
    });
    check("its parent is not the last block", &|block, _| block.header.parent = BlockId::from_digest(Digest::ZERO));
    check("its entries do not begin where the log ends", &|_, delta| delta.first += 1);
    check("its header and what it leads to differ", &|_, delta| delta.head.log.root = Digest::ZERO);
    check("its header and what it leads to differ", &|block, _| block.header.time = block.header.time.plus_ms(1));
    check("its entries do not end where its log does", &|_, delta| drop(delta.entries.pop()));
    check("its last entry is not its seal", &|_, delta| delta.entries.swap(1, 2));
    check("its records are not those of the new entries", &|block, _| block.records[0].push(b' '));
    check("its records are not those of the new entries", &|_, delta| {
        delta.records.pop_first().unwrap();
    });
    check("an entry is not the leaf of the log that it should be", &|_, delta| {
        let outcome = delta.entries[0].len() - 2;
        delta.entries[0][outcome] ^= 1;
    });
    check("its entries do not lead to its log's root", &|_, delta| {
        let top = *delta.log_nodes.keys().rfind(|id| id.level > 0).unwrap();
        delta.log_nodes.insert(top, Digest::ZERO);
    });
    check("its slots do not lead to their root", &|_, delta| {
        let top = *delta.slot_nodes.keys().next_back().unwrap();
        assert!(top.level > 0);
        delta.slot_nodes.insert(top, Digest::ZERO);
    });
    check("a slot is not the leaf that it should be", &|_, delta| {
        delta.slots.get_mut(&subject(MEETING)).unwrap().chain.count += 1;
    });
    check("an entry is about a subject without a slot", &|_, delta| {
        delta.slots.remove(&subject(GROUP)).unwrap();
    });
    check("a chain is not as long as its entries are many", &|_, delta| {
        let mut slot = delta.slots[&subject(MEETING)];
        slot.index = 0;
        let name = subject("fg-dlt/meeting/9");
        delta.slot_nodes.insert(NodeId { level: 0, index: 0 }, merkle::leaf_hash(&slot.chain.slot_leaf(&name)));
        delta.slots.insert(name, slot);
    });
    store.commit(&block, &certificate(&block), &delta).unwrap();
    store.verify().unwrap();
}

#[test]
fn a_genesis_of_another_ledger_founds_nothing() {
    let directory = tempdir().unwrap();
    let other = execute::genesis(&ledger("other")).unwrap();
    let created = Store::create(&directory.path().join("ledger"), &ledger("test"), &other);
    assert!(matches!(created, Err(Error::NotNext { .. })));
}

#[test]
fn a_view_does_not_move() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    commit(&store, &[&[MEETING]]);
    let view = store.view().unwrap();
    let (head, slot) = (view.head(), view.slot(&subject(MEETING)).unwrap());
    commit(&store, &[&[MEETING], &[GROUP]]);
    assert_eq!((view.head(), view.slot(&subject(MEETING)).unwrap()), (head, slot));
    assert_eq!(view.entry(head.log.size), Ok(None));
    assert_eq!(view.slot(&subject(GROUP)), Ok(None));
    let path = view.slot_path(slot.unwrap().index).unwrap();
    let leaf = merkle::leaf_hash(&slot.unwrap().chain.slot_leaf(&subject(MEETING)));
    merkle::verify_inclusion(leaf, slot.unwrap().index, &head.slots, &path).unwrap();
}

#[test]
fn what_is_read_while_blocks_are_committed_fits_together() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    commit(&store, &[&[MEETING]]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2).map(|_| scope.spawn(|| read_until(&store, &done))).collect();
        commit_many(&store, 150);
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            assert!(reader.join().unwrap() > 1, "several heads were seen");
        }
    });
}

/// Checks views until `done`, and counts the heads that were seen.
fn read_until(store: &Store, done: &AtomicBool) -> usize {
    let mut seen = Vec::new();
    while !done.load(Ordering::SeqCst) {
        let view = store.view().unwrap();
        let head = view.head();
        assert_eq!(view.log_head(head.log.size), Ok(head.log));
        let seal = view.seal(head.log.size).unwrap().unwrap();
        assert_eq!((seal.height, seal.slots), (head.height, head.slots));
        let slot = view.slot(&subject(MEETING)).unwrap().unwrap();
        let path = view.slot_path(slot.index).unwrap();
        let leaf = merkle::leaf_hash(&slot.chain.slot_leaf(&subject(MEETING)));
        merkle::verify_inclusion(leaf, slot.index, &head.slots, &path).unwrap();
        assert_eq!(view.header(head.height).unwrap().unwrap().log, head.log);
        seen.push(head.height);
    }
    seen.dedup();
    assert!(seen.is_sorted());
    seen.len()
}
