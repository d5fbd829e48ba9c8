//! Every region of every file of a store, damaged one at a time.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use plenary_core::block::TreeHead;
use plenary_store::{Column, Store};
use tempfile::{tempdir, tempdir_in};

use crate::{
    corruption::{ledger_with_everything, pairs, raw},
    crash::copy,
    ledger::commit_many,
};

/// How long a region is, in bytes.
const REGION: usize = 256;

/// How many regions the filter of a small table touches at most.
const FILTER_REGIONS: usize = 2;

/// Files that hold nothing of the ledger: what RocksDB tells its operator, the options that it was
/// opened with, its name for itself, and the file that it locks.
const DEAD: [&str; 4] = ["LOG", "OPTIONS", "IDENTITY", "LOCK"];

/// Everything that a store holds, column by column.
type Content = Vec<Vec<(Vec<u8>, Vec<u8>)>>;

fn content(path: &Path) -> Content {
    let db = raw(path);
    Column::ALL.into_iter().map(|column| pairs(&db, column)).collect()
}

/// What a node does before it serves: it opens the store, holds it to the head that its journal
/// remembers, and, when it is asked to, reads everything.
fn inspect(path: &Path, seen: &TreeHead) -> Result<(), plenary_store::Error> {
    let store = Store::open(path)?;
    store.require_head(seen)?;
    store.verify().map(|_| ())
}

fn files(path: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// The kind of a file, by which its regions are told: `sst`, `log`, `MANIFEST` and so on.
fn kind(file: &Path) -> String {
    let name = file.file_name().unwrap().to_str().unwrap();
    match name.split_once('.') {
        Some((number, ending)) if number != "LOG" => ending.to_owned(),
        Some(_) | None => name.split(['-', '.']).next().unwrap().to_owned(),
    }
}

/// Damages each region in turn of the files that `chosen` names. What is not noticed must have left
/// everything as it was, and is told: the kind of the file, and how many regions of how many.
fn damage(path: &Path, seen: &TreeHead, chosen: &[&str]) -> BTreeMap<String, (usize, usize)> {
    let victim = path.with_extension("victim");
    copy(path, &victim);
    let sound = content(&victim);
    fs::remove_dir_all(&victim).unwrap();
    let mut silent: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for file in files(path).into_iter().filter(|file| chosen.contains(&kind(file).as_str())) {
        let name = file.file_name().unwrap();
        let bytes = fs::read(&file).unwrap();
        let step = if DEAD.contains(&kind(&file).as_str()) { bytes.len().div_ceil(3).max(1) } else { REGION };
        for start in (0..bytes.len()).step_by(step) {
            // Another byte and another bit in each region.
            let place = (start + (start / REGION * 7) % REGION).min(bytes.len() - 1);
            copy(path, &victim);
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (start / REGION % 8);
            fs::write(victim.join(name), damaged).unwrap();
            let count = silent.entry(kind(&file)).or_default();
            count.1 += 1;
            if inspect(&victim, seen).is_ok() {
                assert!(content(&victim) == sound, "{} at {place}", file.display());
                count.0 += 1;
            }
            fs::remove_dir_all(&victim).unwrap();
        }
    }
    silent
}

#[test]
fn no_damaged_region_changes_what_is_served() {
    // Where there is one, a disk in memory: nothing here waits for a sync.
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() { tempdir_in(memory) } else { tempdir() }.unwrap();
    let path = directory.path().join("ledger");
    ledger_with_everything(&path);
    let seen = {
        let store = Store::open(&path).unwrap();
        commit_many(&store, 2);
        store.head().log
    };
    // What was written last is in the write-ahead log alone.
    let logged = damage(&path, &seen, &["log", "MANIFEST", "CURRENT"]);
    for (kind, (silent, regions)) in &logged {
        assert!(*regions > 0 && *silent == 0, "{kind}: {silent} of {regions}");
    }
    assert_eq!(logged.len(), 3, "{logged:?}");
    let db = raw(&path);
    for column in Column::ALL {
        db.flush_cf(db.cf_handle(column.name()).unwrap()).unwrap();
    }
    drop(db);
    let tables = files(&path).iter().filter(|file| kind(file) == "sst").count();
    let stored = damage(&path, &seen, &[DEAD.as_slice(), &["sst"]].concat());
    for (kind, (silent, regions)) in stored {
        // A table's filter says which keys are not worth a read; it is derived, and a damaged one is not used.
        let expected = if kind == "sst" { tables * FILTER_REGIONS } else { regions };
        assert!(silent <= expected, "{kind}: {silent} of {regions}");
    }
}
