//! Directories that are not what the operator thinks.

use std::{fs, path::Path};

use plenary_core::{block::TreeHead, hash::Digest};
use plenary_procedure::execute;
use plenary_store::{Column, Error, Store};
use rocksdb::{DB, Options};
use tempfile::tempdir;

use crate::{
    corruption::raw,
    ledger::{MEETING, commit, commit_many, found, ledger},
};

fn open(path: &Path) -> Error {
    Store::open(path).err().unwrap()
}

#[test]
fn a_directory_without_a_ledger_is_named() {
    let directory = tempdir().unwrap();
    let path = directory.path().to_owned();
    let absent = path.join("absent");
    assert_eq!(open(&absent), Error::Absent { path: absent.clone() });
    assert!(!absent.exists());
    assert_eq!(open(&path), Error::Foreign { path: path.clone() });
    fs::write(path.join("letter.txt"), "Dear colleague").unwrap();
    let ledger = ledger("test");
    let genesis = execute::genesis(&ledger).unwrap();
    let created = Store::create(&path, &ledger, &genesis).err();
    assert_eq!(created, Some(Error::Foreign { path: path.clone() }));
    let file = path.join("letter.txt");
    assert_eq!(open(&file), Error::Foreign { path: file.clone() });
    assert_eq!(Store::create(&file, &ledger, &genesis).err(), Some(Error::Foreign { path: file }));
}

#[test]
fn a_ledger_is_not_founded_over_another() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    commit(&store, &[&[MEETING]]);
    let head = store.head();
    drop(store);
    let other = ledger("other");
    let created = Store::create(&path, &other, &execute::genesis(&other).unwrap()).err();
    assert_eq!(created, Some(Error::Exists { path: path.clone() }));
    assert_eq!(Store::open(&path).unwrap().head(), head);
}

#[test]
fn a_database_of_something_else_is_foreign() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("other");
    drop(DB::open_default(&path).unwrap());
    assert_eq!(open(&path), Error::Foreign { path });
}

#[test]
fn an_interrupted_founding_is_named() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let ledger = ledger("test");
    let other = execute::genesis(&self::ledger("other")).unwrap();
    drop(Store::create(&path, &ledger, &other));
    assert_eq!(open(&path), Error::Unfinished { path });
}

#[test]
fn another_layout_is_refused_before_anything_is_read() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    commit(&store, &[&[MEETING]]);
    drop(store);
    // A newer layout may also bring columns that this version does not know.
    for more in [false, true] {
        let mut db = raw(&path);
        let (key, value) = (b"layout", 2_u64.to_be_bytes());
        let checksum = Digest::of_parts(&[b"plenary/store/v1", b"default", &[0], &6_u64.to_be_bytes(), key, &value]);
        db.put(key, [&value[..], &checksum.as_bytes()[..8]].concat()).unwrap();
        if more {
            db.create_cf("novelties", &Options::default()).unwrap();
        }
        drop(db);
        assert_eq!(open(&path), Error::Layout { path: path.clone(), found: 2, known: 1 });
    }
}

#[test]
fn a_missing_or_strange_column_is_named() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let mut store = Some(found(&path));
    commit(store.as_ref().unwrap(), &[&[MEETING]]);
    drop(store.take());
    let mut db = raw(&path);
    db.drop_cf("slots").unwrap();
    db.create_cf("novelties", &Options::default()).unwrap();
    drop(db);
    let (missing, unknown) = (vec!["slots".to_owned()], vec!["novelties".to_owned()]);
    assert_eq!(open(&path), Error::Columns { path, missing, unknown });
}

#[test]
fn one_process_has_a_ledger_at_a_time() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    assert_eq!(open(&path), Error::Locked { path: path.clone() });
    let error = open(&path).to_string();
    assert!(error.contains(path.to_str().unwrap()), "{error}");
    drop(store);
    assert!(Store::open(&path).is_ok());
}

#[test]
fn the_ledger_and_its_length_can_be_required() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    let heads: Vec<TreeHead> = commit_many(&store, 4).iter().map(|(_, delta)| delta.head.log).collect();
    assert_eq!(store.require_ledger(&ledger("test").id()), Ok(()));
    let (found, expected) = (ledger("test").id(), ledger("other").id());
    assert_eq!(store.require_ledger(&expected), Err(Error::WrongLedger { path: path.clone(), found, expected }));
    for head in &heads {
        assert_eq!(store.require_head(head), Ok(()));
    }
    let (found, needed) = (heads[3].size, heads[3].size + 1);
    let ahead = TreeHead { size: needed, root: Digest::ZERO };
    assert_eq!(store.require_head(&ahead), Err(Error::RolledBack { path: path.clone(), found, needed }));
    let forked = TreeHead { root: Digest::ZERO, ..heads[1] };
    assert_eq!(store.require_head(&forked), Err(Error::Forked { path, size: heads[1].size }));
}

#[test]
fn a_copy_is_a_ledger_of_its_own() {
    let directory = tempdir().unwrap();
    let (path, copy) = (directory.path().join("ledger"), directory.path().join("copy"));
    let store = found(&path);
    commit_many(&store, 4);
    let head = store.head();
    store.copy_to(&copy).unwrap();
    commit_many(&store, 2);
    let copied = Store::open(&copy).unwrap();
    assert_eq!(copied.head(), head);
    assert_eq!(copied.verify().unwrap().blocks, 5);
    commit(&copied, &[&[MEETING]]);
    assert_eq!(store.verify().unwrap().blocks, 7);
    assert!(matches!(store.copy_to(&copy), Err(Error::Copy { .. })));
}

#[test]
fn free_space_is_told() {
    let directory = tempdir().unwrap();
    let store = found(&directory.path().join("ledger"));
    assert!(store.free_bytes().unwrap() > 0);
}

#[test]
fn the_columns_are_those_of_the_schema() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    drop(found(&path));
    let mut stored = DB::list_cf(&Options::default(), &path).unwrap();
    let mut known: Vec<String> = Column::ALL.iter().map(|column| column.row().name.to_owned()).collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
}
