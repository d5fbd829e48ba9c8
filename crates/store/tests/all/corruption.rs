//! Values that are not what was written.

use std::{fs, path::Path};

use plenary_procedure::execute::Base;
use plenary_store::{Column, Error, Evidence, Fault, Store};
use rocksdb::{DB, IteratorMode, Options};
use tempfile::tempdir;

use crate::{
    crash::copy,
    ledger::{GROUP, MEETING, commit, commit_many, found, subject},
};

/// The database behind a store, without its checks.
pub(crate) fn raw(path: &Path) -> DB {
    let names = DB::list_cf(&Options::default(), path).unwrap();
    DB::open_cf(&Options::default(), path, names).unwrap()
}

/// All keys and values of a column.
pub(crate) fn pairs(db: &DB, column: Column) -> Vec<(Vec<u8>, Vec<u8>)> {
    let steps = db.iterator_cf(db.cf_handle(column.name()).unwrap(), IteratorMode::Start);
    steps.map(|step| step.unwrap()).map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

/// A ledger with something in every column but the cosignatures.
pub(crate) fn ledger_with_everything(path: &Path) {
    let store = found(path);
    commit_many(&store, 5);
    store.put_checkpoint(&store.head().log, b"checkpoint").unwrap();
    store.put_evidence(&Evidence { height: store.head().height, bytes: b"evidence".to_vec() }).unwrap();
}

/// Opens and reads everything; what is found first.
fn inspect(path: &Path) -> Result<(), Error> {
    Store::open(path)?.verify().map(|_| ())
}

#[test]
fn a_flipped_bit_in_any_value_is_named() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    ledger_with_everything(&path);
    inspect(&path).unwrap();
    for column in Column::ALL {
        let db = raw(&path);
        let all = pairs(&db, column);
        drop(db);
        assert!(!all.is_empty() || column == Column::Cosignatures, "{column}");
        // The first and the last value; each one for the few that matter most.
        let count = all.len();
        for (number, (key, value)) in all.into_iter().enumerate() {
            if number != 0 && number + 1 != count && column != Column::Meta {
                continue;
            }
            let mut altered = value.clone();
            altered[value.len() / 2] ^= 4;
            put(&path, column, &key, &altered);
            let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(inspect(&path), Err(Error::Corrupt { column, key: hex, fault: Fault::Checksum }), "{column}");
            put(&path, column, &key, &value);
        }
    }
    inspect(&path).unwrap();
}

fn put(path: &Path, column: Column, key: &[u8], value: &[u8]) {
    let db = raw(path);
    db.put_cf(db.cf_handle(column.name()).unwrap(), key, value).unwrap();
}

#[test]
fn a_value_under_another_key_is_named() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    ledger_with_everything(&path);
    for column in Column::ALL {
        let db = raw(&path);
        let all = pairs(&db, column);
        drop(db);
        let [(first, kept), .., (_, last)] = all.as_slice() else {
            continue;
        };
        put(&path, column, first, last);
        match inspect(&path) {
            Err(Error::Corrupt { column: found, fault: Fault::Checksum, .. }) => assert_eq!(found, column),
            other => panic!("{column}: {other:?}"),
        }
        put(&path, column, first, kept);
    }
    inspect(&path).unwrap();
}

#[test]
fn a_value_in_another_column_is_named() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    ledger_with_everything(&path);
    // Both columns have the same keys and values of the same form.
    let db = raw(&path);
    let (key, value) = pairs(&db, Column::LogNodes).remove(0);
    drop(db);
    put(&path, Column::SlotNodes, &key, &value);
    match inspect(&path) {
        Err(Error::Corrupt { column: Column::SlotNodes, fault: Fault::Checksum, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lost_value_is_noticed() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    ledger_with_everything(&path);
    for column in Column::ALL {
        // States are checked by replay; a checkpoint or an evidence may be anywhere else too.
        if matches!(column, Column::States | Column::Checkpoints | Column::Cosignatures | Column::Evidence) {
            continue;
        }
        let db = raw(&path);
        let all = pairs(&db, column);
        let (key, value) = all[all.len() / 2].clone();
        db.delete_cf(db.cf_handle(column.name()).unwrap(), &key).unwrap();
        drop(db);
        assert!(inspect(&path).is_err(), "{column}");
        put(&path, column, &key, &value);
    }
    inspect(&path).unwrap();
}

#[test]
fn what_is_damaged_is_not_served_and_the_rest_is() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    let entries = commit(&store, &[&[MEETING], &[GROUP]]).1.entries;
    commit(&store, &[&[MEETING]]);
    drop(store);
    let mut altered = [entries[0].as_slice(), &[0; 8]].concat();
    altered[3] ^= 1;
    put(&path, Column::Entries, &2_u64.to_be_bytes(), &altered);
    let store = Store::open(&path).unwrap();
    let view = store.view().unwrap();
    let corrupt = Error::Corrupt { column: Column::Entries, key: "0000000000000002".into(), fault: Fault::Checksum };
    assert_eq!(view.entry(2), Err(corrupt.clone()));
    assert_eq!(view.entries(1..4), Err(corrupt.clone()));
    assert_eq!(view.block(store.head().height.previous().unwrap()), Err(corrupt));
    assert_eq!(view.entry(3), Ok(Some(entries[1].clone())));
    assert_eq!(view.inclusion_path(2, view.head().log.size).unwrap().len(), 3);
    assert!(view.state(&subject(MEETING)).unwrap().is_some());
    commit(&store, &[&[MEETING]]);
}

#[test]
fn a_damaged_table_file_is_never_served() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    ledger_with_everything(&path);
    let db = raw(&path);
    for column in Column::ALL {
        db.flush_cf(db.cf_handle(column.name()).unwrap()).unwrap();
    }
    drop(db);
    let tables: Vec<_> = fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()).collect();
    let tables: Vec<_> = tables.into_iter().filter(|file| file.extension().is_some_and(|end| end == "sst")).collect();
    assert!(tables.len() > 5);
    let (mut tried, mut noticed) = (0, 0);
    for table in &tables {
        let sound = fs::read(table).unwrap();
        for part in [1, 3, 5, 7] {
            let victim = directory.path().join("victim");
            copy(&path, &victim);
            let mut damaged = sound.clone();
            damaged[sound.len() * part / 8] ^= 16;
            fs::write(victim.join(table.file_name().unwrap()), damaged).unwrap();
            // Some bytes are read by nobody; where nothing is noticed, everything was right.
            tried += 1;
            noticed += usize::from(inspect(&victim).is_err());
            fs::remove_dir_all(&victim).unwrap();
        }
    }
    assert!(noticed * 4 > tried, "{noticed} of {tried}");
}
