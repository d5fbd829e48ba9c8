//! What is exported is read by what others wrote.

use std::{
    fs,
    path::{Path, PathBuf},
};

use plenary_cli::exit::Exit;
use plenary_core::{checkpoint::Checkpoint, signature::MemberKey};
use serde_json::json;
use tlog_tiles::{HashReader as _, Tile, TileHashReader, TileReader};

use crate::{
    desk::{Desk, june, serve},
    document, group,
    ledger::{Mood, secret},
};

/// A folder of tiles, for the reader that others wrote.
struct Folder(PathBuf);

impl TileReader for Folder {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            // The reader's paths name the height of a tile, which the specification has fixed.
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            fs::read(self.0.join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _tiles: &[Tile], _data: &[Vec<u8>]) {}
}

/// The entries of the bundles in their order.
fn entries(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = files(&folder.join("tile/entries"));
    paths.sort();
    let mut entries = Vec::new();
    for path in paths {
        let bytes = fs::read(path).unwrap();
        let mut rest = bytes.as_slice();
        while let [high, low, tail @ ..] = rest {
            let (entry, tail) = tail.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            entries.push(entry.to_vec());
            rest = tail;
        }
        assert!(rest.is_empty());
    }
    entries
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn another_program_reads_the_tiles_and_finds_every_entry() {
    let memory = group();
    // More than a full tile.
    for number in 0..150 {
        let pid = format!("{number:032x}");
        let key = MemberKey::of(&secret(&pid)).to_string();
        let body = json!({ "pid": pid, "key": key, "country": "CH", "category": "non-member", "commitments": {},
            "privacy_notice": document("notice")["digest"] });
        if number > 12 {
            memory.record("participant.enroll", &[("secretariat", "tsb")], "2017-06-01T11:00:00Z", body);
        }
    }
    let desk = Desk::new(&serve(&memory), june);
    let folder = desk.path("log");
    let said = desk.must(&format!("export tiles {} --anchor {}", folder.display(), memory.id())).data;
    assert!(said.contains("entries in"), "{said}");

    let checkpoint = Checkpoint::parse(&fs::read_to_string(folder.join("checkpoint")).unwrap()).unwrap();
    let (size, root) = (checkpoint.head.size, tlog_tiles::Hash(*checkpoint.head.root.as_bytes()));
    assert!(size > 256);
    let tiles = Folder(folder.clone());
    let reader = TileHashReader::new(size, root, &tiles);
    assert_eq!(tlog_tiles::tree_hash(size, &reader).unwrap(), root);
    let entries = entries(&folder);
    assert_eq!(u64::try_from(entries.len()).unwrap(), size);
    for (index, entry) in (0..).zip(&entries) {
        let hash = reader.read_hashes(&[tlog_tiles::stored_hash_index(0, index)]).unwrap()[0];
        assert_eq!(hash, tlog_tiles::record_hash(entry), "{index}");
        let proof = tlog_tiles::prove_record(size, index, &reader).unwrap();
        tlog_tiles::check_record(&proof, size, root, index, hash).unwrap();
    }
}

#[test]
fn a_ledger_that_does_not_follow_from_its_records_is_not_exported() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    let folder = desk.path("log");
    desk.fails(&format!("export tiles {} --anchor none", folder.display()), Exit::CannotTell);
    memory.feel(Mood::Lying);
    desk.fails(&format!("export tiles {} --anchor {}", folder.display(), memory.id()), Exit::Contradiction);
    assert!(!folder.exists());
}
