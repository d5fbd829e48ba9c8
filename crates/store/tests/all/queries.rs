//! Proofs, lists and checkpoints.

use plenary_core::{
    block::{Height, TreeHead},
    hash::Digest,
    merkle,
};
use plenary_procedure::execute::Base;
use plenary_store::{ChainLink, Checkpoint, Cosignature, Error, Evidence, Store};
use tempfile::tempdir;

use crate::ledger::{GROUP, MEETING, commit, commit_many, found, head_at, memory, subject};

#[test]
fn proofs_are_those_of_a_tree_in_memory() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    commit_many(&store, 9);
    let view = store.view().unwrap();
    let tree = memory(&view);
    let end = tree.size();
    for size in 1..=end {
        assert_eq!(view.log_head(size), Ok(head_at(&tree, size)));
        for index in 0..size {
            assert_eq!(view.inclusion_path(index, size).unwrap(), merkle::inclusion_path(&tree, index, size).unwrap());
            let path = view.consistency_path(index + 1, size).unwrap();
            assert_eq!(path, merkle::consistency_path(&tree, index + 1, size).unwrap());
        }
    }
    assert_eq!(view.inclusion_path(0, end + 1), Err(Error::Beyond { size: end + 1, stored: end }));
    assert_eq!(view.inclusion_path(end, end), Err(Error::NoSuchProof));
    assert_eq!(view.consistency_path(0, end), Err(Error::NoSuchProof));
}

#[test]
fn a_list_is_read_to_its_end() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    let names: Vec<String> = (1..=25).map(|number| format!("fg-dlt/contribution/DLT-I-{number:03}")).collect();
    for names in names.chunks(7) {
        let plan: Vec<Vec<&str>> = names.iter().map(|name| vec![name.as_str(), GROUP]).collect();
        let plan: Vec<&[&str]> = plan.iter().map(Vec::as_slice).collect();
        commit(&store, &plan);
    }
    let view = store.view().unwrap();
    //    limit, pages of 25
    for (limit, pages) in [(0, 25), (1, 25), (10, 3), (24, 2), (25, 1), (26, 1), (usize::MAX, 1)] {
        let (mut subjects, mut next, mut read) = (Vec::new(), None, 0);
        loop {
            let page = view.subjects("fg-dlt/contribution/", next.as_ref(), limit).unwrap();
            subjects.extend(page.items.iter().map(|subject| subject.as_str().to_owned()));
            next = page.next;
            read += 1;
            if next.is_none() {
                break;
            }
        }
        assert_eq!((&subjects, read), (&names, pages), "limit {limit}");
        let (mut links, mut from, mut read) = (Vec::new(), 0, 0);
        loop {
            let page = view.chain(&subject(GROUP), from, limit).unwrap();
            links.extend(page.items);
            read += 1;
            let Some(next) = page.next else { break };
            from = next.position;
        }
        assert_eq!((links.len(), read), (25, pages), "limit {limit}");
        let about = |link: &ChainLink| {
            let entry = view.entry(link.index).unwrap().unwrap();
            String::from_utf8(entry).unwrap().contains("fg-dlt/group")
        };
        assert!(links.iter().all(about) && links.is_sorted_by(|a, b| a.position < b.position && a.index < b.index));
    }
    assert_eq!(view.subjects("fg-dlt/nothing/", None, 9).unwrap().items, []);
    assert_eq!(view.chain(&subject("fg-dlt/meeting/9"), 0, 9).unwrap().items, []);
    assert_eq!(view.chain(&subject(GROUP), 25, 9).unwrap().items, []);
    assert_eq!(view.chain(&subject(GROUP), u64::MAX, 9).unwrap().items, []);
}

#[test]
fn entries_are_read_in_order_and_to_their_end() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    let plan: Vec<&[&str]> = vec![&[MEETING]; 120];
    for _ in 0..10 {
        commit(&store, &plan);
    }
    let view = store.view().unwrap();
    let end = view.head().log.size;
    let (mut read, mut from) = (Vec::new(), Some(0));
    while let Some(first) = from {
        let page = view.entries(first..u64::MAX).unwrap();
        assert_eq!(page.first, first);
        assert!(page.entries.len() <= 1_000 && !page.entries.is_empty());
        read.extend(page.entries);
        from = page.next;
    }
    let one_by_one: Vec<Vec<u8>> = (0..end).map(|index| view.entry(index).unwrap().unwrap()).collect();
    assert_eq!(read, one_by_one);
    assert_eq!(view.entries(3..5).unwrap().entries, one_by_one[3..5]);
    assert_eq!(view.entries(end..end + 5).unwrap().entries, Vec::<Vec<u8>>::new());
    assert_eq!(view.entries(5..5).unwrap().next, None);
}

#[test]
fn a_checkpoint_covers_what_came_before() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    let heads: Vec<TreeHead> = (0..4).map(|_| commit(&store, &[&[MEETING], &[GROUP]]).1.head.log).collect();
    let covering = |index| store.view().unwrap().checkpoint_covering(index).unwrap().map(|found| found.size);
    assert_eq!((covering(0), store.view().unwrap().latest_checkpoint()), (None, Ok(None)));
    for (head, text) in [(&heads[1], "one"), (&heads[3], "three")] {
        store.put_checkpoint(head, text.as_bytes()).unwrap();
    }
    // The first of a size stays, so that receipts do not change.
    store.put_checkpoint(&heads[3], b"other").unwrap();
    let (one, three) = (heads[1].size, heads[3].size);
    //    index, size of the checkpoint
    for (index, size) in [(0, one), (one - 1, one), (one, three), (three - 1, three)] {
        assert_eq!(covering(index), Some(size), "index {index}");
    }
    assert_eq!((covering(three), covering(u64::MAX)), (None, None));
    let latest = Checkpoint { size: three, text: b"three".to_vec() };
    assert_eq!(store.view().unwrap().latest_checkpoint(), Ok(Some(latest)));
    assert_eq!(store.view().unwrap().checkpoint(heads[0].size), Ok(None));
    store.verify().unwrap();
}

#[test]
fn a_checkpoint_is_of_a_head_that_there_was() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    let head = commit(&store, &[&[MEETING], &[GROUP]]).1.head.log;
    let inside = store.view().unwrap().log_head(head.size - 1).unwrap();
    let claims = [
        TreeHead { root: Digest::ZERO, ..head },
        TreeHead { size: head.size + 1, ..head },
        TreeHead { size: 0, root: Digest::of(b"") },
        inside,
    ];
    for claim in claims {
        let refused = Err(Error::NotAHead { size: claim.size });
        assert_eq!(store.put_checkpoint(&claim, b""), refused);
        assert_eq!(store.put_cosignature(&Cosignature { head: claim, name: "a", line: b"" }), refused);
    }
}

#[test]
fn cosignatures_wait_for_their_checkpoint() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    let heads: Vec<TreeHead> = (0..3).map(|_| commit(&store, &[&[MEETING]]).1.head.log).collect();
    let sign = |store: &Store, head: &TreeHead, name: &str| {
        store.put_cosignature(&Cosignature { head: *head, name, line: name.as_bytes() }).unwrap();
    };
    let lines = |store: &Store, head: &TreeHead| store.view().unwrap().cosignatures(head.size).unwrap();
    for head in &heads {
        sign(&store, head, "b");
        sign(&store, head, "a");
        sign(&store, head, "b");
    }
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(lines(&store, &heads[1]), [b"a", b"b"]);
    store.put_checkpoint(&heads[1], b"checkpoint").unwrap();
    sign(&store, &heads[1], "c");
    let left: Vec<usize> = heads.iter().map(|head| lines(&store, head).len()).collect();
    assert_eq!(left, [0, 0, 2]);
    store.put_checkpoint(&heads[2], b"checkpoint").unwrap();
    assert!(lines(&store, &heads[2]).is_empty());
}

#[test]
fn evidence_is_kept_once() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    let evidence = |height, bytes: &str| Evidence { height: Height::new(height).unwrap(), bytes: bytes.into() };
    let proofs = [evidence(3, "a"), evidence(3, "b"), evidence(300, "c"), evidence(3, "a")];
    for proof in &proofs {
        store.put_evidence(proof).unwrap();
    }
    let view = store.view().unwrap();
    let first = view.evidence(None, 2).unwrap();
    assert_eq!(first.items.len(), 2);
    let second = view.evidence(first.next.as_ref(), 2).unwrap();
    assert_eq!((second.items, second.next), (vec![evidence(300, "c")], None));
}
