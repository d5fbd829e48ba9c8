//! The journal against torn, lost, reordered and damaged writes.

use plenary_core::time::Moment;

use super::*;
use crate::{
    message::Step,
    testing::{LEDGER, block_on, genesis, height, key, proposal, round, vote},
};

const CAPACITY: usize = 65_536;

fn owner() -> Owner {
    Owner { ledger: LEDGER, validator: key(1) }
}

fn new_file() -> Vec<u8> {
    let mut bytes = blank(owner()).unwrap();
    bytes.resize(CAPACITY, 0);
    bytes
}

fn put(file: &mut [u8], write: &Write) {
    file[write.offset..][..write.bytes.len()].copy_from_slice(&write.bytes);
}

fn entries() -> Vec<Entry> {
    let block = block_on(&genesis(), 1, Moment::from_ms(2_000_000).unwrap(), &[b"a record"]);
    vec![
        Entry::Timeout { round: round(0), wait: Wait::Propose },
        Entry::Vote(vote(1, 7, 0, Step::Prevote, None)),
        Entry::Proposal(proposal(2, 1, None, &block)),
        Entry::Withheld(proposal(2, 2, None, &block)),
        Entry::Polka((0..3).map(|n| vote(n, 7, 1, Step::Prevote, Some(9))).collect()),
        Entry::Vote(vote(1, 7, 1, Step::Precommit, Some(9))),
    ]
}

/// A file with all entries at height 7, each a write of its own, synced before `unsynced_from`.
fn written(unsynced_from: usize) -> (Vec<u8>, Vec<Write>) {
    let mut file = new_file();
    let mut writer = recover(&file, owner(), height(7)).unwrap().writer;
    let mut writes = Vec::new();
    for (number, entry) in entries().iter().enumerate() {
        if number == unsynced_from {
            put(&mut file, &writer.synced().unwrap());
        }
        let write = writer.append(height(7), entry).unwrap();
        put(&mut file, &write);
        writes.push(write);
    }
    (file, writes)
}

#[test]
fn what_was_appended_is_recovered_in_order() {
    let (mut file, _) = written(3);
    let recovered = recover(&file, owner(), height(7)).unwrap();
    assert_eq!(recovered.entries, entries());
    //    and again after going on
    let mut writer = recovered.writer;
    let more = Entry::Vote(vote(3, 7, 1, Step::Precommit, Some(9)));
    put(&mut file, &writer.append(height(7), &more).unwrap());
    assert_eq!(recover(&file, owner(), height(7)).unwrap().entries, [entries(), vec![more]].concat());
}

#[test]
fn a_torn_unsynced_tail_is_dropped() {
    for unsynced_from in 0..entries().len() {
        let (whole, writes) = written(unsynced_from);
        for (lost, write) in writes.iter().enumerate().skip(unsynced_from) {
            for torn_at in [0, 1, 60, write.bytes.len() - 1] {
                let mut file = whole.clone();
                file[write.offset..][torn_at..write.bytes.len()].fill(0xff);
                let recovered = recover(&file, owner(), height(7)).unwrap();
                assert_eq!(recovered.entries, entries()[..lost], "{lost} torn at {torn_at}");
            }
        }
    }
}

#[test]
fn a_damaged_synced_part_is_an_error() {
    for damaged in 0..4 {
        let (whole, writes) = written(4);
        for place in 0..writes[damaged].bytes.len() {
            let mut file = whole.clone();
            file[writes[damaged].offset + place] ^= 1;
            let found = recover(&file, owner(), height(7)).map(|recovered| recovered.entries);
            assert_eq!(found, Err(JournalError::Damaged(u64::try_from(damaged).unwrap())), "byte {place}");
        }
    }
}

#[test]
fn the_note_of_a_sync_guards_the_last_batch() {
    let mut file = new_file();
    let mut writer = recover(&file, owner(), height(7)).unwrap().writer;
    let write = writer.append(height(7), &entries()[0]).unwrap();
    put(&mut file, &write);
    put(&mut file, &writer.synced().unwrap());
    file[write.offset + 10] ^= 1;
    assert_eq!(recover(&file, owner(), height(7)).map(|_| ()), Err(JournalError::Damaged(0)));
}

#[test]
fn a_new_height_begins_anew() {
    let (mut file, _) = written(6);
    let mut writer = recover(&file, owner(), height(7)).unwrap().writer;
    let first = Entry::Timeout { round: round(0), wait: Wait::Propose };
    let write = writer.append(height(8), &first).unwrap();
    assert_eq!(write.offset, FRAMES_START);
    //    the first frame of the new height may be torn: the old height is in the store
    let mut torn = file.clone();
    put(&mut torn, &Write { bytes: write.bytes[..50].to_vec(), ..write.clone() });
    assert_eq!(recover(&torn, owner(), height(8)).unwrap().entries, vec![]);
    put(&mut file, &write);
    assert_eq!(recover(&file, owner(), height(8)).unwrap().entries, vec![first]);
    assert_eq!(recover(&file, owner(), height(9)).unwrap().entries, vec![]);
    let behind = JournalError::StoreBehind { journal: height(8), store: height(7) };
    assert_eq!(recover(&file, owner(), height(7)).map(|_| ()), Err(behind));
}

#[test]
fn the_last_cosigned_head_survives_a_torn_write() {
    let head = |size| TreeHead { size, root: Digest::of(b"root") };
    let mut file = new_file();
    let mut writer = recover(&file, owner(), height(7)).unwrap().writer;
    for size in 1..5 {
        let write = writer.cosigned(head(size)).unwrap();
        let mut torn = file.clone();
        put(&mut torn, &Write { bytes: write.bytes[..40].to_vec(), ..write.clone() });
        let before = recover(&torn, owner(), height(7)).unwrap().cosigned;
        assert_eq!(before, size.checked_sub(1).filter(|size| *size > 0).map(head));
        put(&mut file, &write);
        let recovered = recover(&file, owner(), height(7)).unwrap();
        assert_eq!(recovered.cosigned, Some(head(size)));
        writer = recovered.writer;
    }
}

#[test]
fn a_journal_has_one_owner() {
    let (file, _) = written(6);
    let other = Owner { validator: key(2), ..owner() };
    assert_eq!(recover(&file, other, height(7)).map(|_| ()), Err(JournalError::Foreign(key(1))));
    let elsewhere = Owner { ledger: Digest::ZERO, ..owner() };
    assert_eq!(recover(&file, elsewhere, height(7)).map(|_| ()), Err(JournalError::Foreign(key(1))));
    assert_eq!(recover(&vec![0; CAPACITY], owner(), height(7)).map(|_| ()), Err(JournalError::NoGuard));
    assert_eq!(recover(&[], owner(), height(7)).map(|_| ()), Err(JournalError::NoGuard));
}

#[test]
fn a_full_journal_says_so() {
    let mut file = new_file();
    file.truncate(FRAMES_START + 2 * 320);
    let mut writer = recover(&file, owner(), height(7)).unwrap().writer;
    let entry = Entry::Vote(vote(1, 7, 0, Step::Prevote, None));
    let mut fitted = 0;
    while let Ok(write) = writer.append(height(7), &entry) {
        put(&mut file, &write);
        fitted += 1;
    }
    assert!(fitted > 0);
    assert_eq!(writer.append(height(7), &entry), Err(JournalError::Full));
    assert_eq!(recover(&file, owner(), height(7)).unwrap().entries.len(), fitted);
    //    A height that goes on for long must not end for want of room.
    file.resize(CAPACITY, 0);
    writer.extend(CAPACITY);
    put(&mut file, &writer.append(height(7), &entry).unwrap());
    assert_eq!(recover(&file, owner(), height(7)).unwrap().entries.len(), fitted + 1);
}
