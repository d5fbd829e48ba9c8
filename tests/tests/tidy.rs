//! What must never be true of the sources, held by a test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The crates of this workspace that each crate may depend on.
const ARROWS: [(&str, &[&str]); 12] = [
    ("core", &[]),
    ("procedure", &["core"]),
    ("consensus", &["core"]),
    ("net", &["core"]),
    ("store", &["core", "procedure"]),
    ("hygiene", &[]),
    ("vault", &["core", "procedure"]),
    ("verifier", &["core", "procedure"]),
    ("rpc", &["core", "procedure"]),
    ("explorer", &["core", "procedure", "rpc"]),
    ("node", &["core", "procedure", "consensus", "net", "store", "vault", "rpc", "explorer"]),
    ("cli", &["core", "procedure", "node", "vault", "hygiene", "verifier", "rpc"]),
];

/// The one crate that may depend on a heavy library.
const OWNERS: [(&str, &str); 4] =
    [("libp2p", "net"), ("rocksdb", "store"), ("arc-malachitebft-core-consensus", "consensus"), ("bincode", "core")];

const LINES_MAX: usize = 700;

/// Words that name no noun of the domain.
const NAMELESS: [&str; 8] = ["utils", "util", "helpers", "common", "manager", "handler", "service", "prelude"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn crates() -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path)).collect()
}

fn sources(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            found.extend(sources(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn rust_sources() -> Vec<PathBuf> {
    [sources(&root().join("crates"), "rs"), sources(&root().join("tests"), "rs")].concat()
}

/// Names under `[dependencies]`, without those for tests alone.
fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
    let table = manifest.get("dependencies").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    table.keys().cloned().collect()
}

#[test]
fn arrows_between_crates_go_one_way() {
    let allowed: BTreeMap<_, _> = ARROWS.into_iter().collect();
    for (name, path) in crates() {
        let may = allowed.get(name.as_str()).unwrap_or_else(|| panic!("crate {name} needs a row in ARROWS"));
        for dependency in dependencies(&path.join("Cargo.toml")) {
            if let Some(inner) = dependency.strip_prefix("plenary-") {
                assert!(may.contains(&inner), "{name} must not depend on {inner}");
            }
        }
    }
}

#[test]
fn a_heavy_library_is_named_by_one_crate() {
    for (name, path) in crates() {
        for dependency in dependencies(&path.join("Cargo.toml")) {
            for (library, owner) in OWNERS {
                let is_its = dependency == library || dependency.starts_with(&format!("{library}-"));
                assert!(!is_its || name == owner, "{name} must not name {library}; {owner} does");
            }
        }
    }
}

#[test]
fn the_engine_is_named_in_two_files_at_most() {
    let naming = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("malachite");
    let files: Vec<PathBuf> = sources(&root().join("crates"), "rs").into_iter().filter(naming).collect();
    assert!(files.len() <= 2, "{files:?}");
}

#[test]
fn the_clock_is_read_in_one_place() {
    let reading = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("expect(clippy::disallowed_methods");
    let files: Vec<PathBuf> = sources(&root().join("crates"), "rs").into_iter().filter(reading).collect();
    let expected = root().join("crates/node/src/clock.rs");
    assert!(files.iter().all(|file| *file == expected), "{files:?}");
}

#[test]
fn files_are_nouns_of_a_readable_size_and_open_with_a_sentence() {
    for path in rust_sources() {
        let text = fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines; is it two rooms under one roof?", path.display());
        assert!(text.starts_with("//! "), "{} does not open with its sentence", path.display());
        let stem = path.file_stem().unwrap().to_string_lossy();
        assert!(!NAMELESS.contains(&stem.as_ref()), "{} is named after a lack of name", path.display());
    }
}

#[test]
fn nothing_is_left_half_done() {
    // Written in two parts, so that this file does not find itself.
    let words = [concat!("to", "do!("), concat!("unimpl", "emented!("), concat!("FIX", "ME"), concat!("#[ign", "ore]")];
    for path in rust_sources() {
        let text = fs::read_to_string(&path).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} holds {word}", path.display());
        }
    }
}

#[test]
fn machines_words_stay_out_of_core() {
    for path in sources(&root().join("crates/core/src"), "rs") {
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        for word in ["consensus", "vote", "proposal"] {
            assert!(!text.contains(word), "{} uses {word}, which belongs to the machines", path.display());
        }
    }
}

#[test]
fn every_document_has_one_title() {
    for path in sources(&root().join("docs"), "md") {
        let text = fs::read_to_string(&path).unwrap();
        let mut fenced = false;
        let mut titles = 0;
        for line in text.lines() {
            fenced ^= line.starts_with("```");
            titles += usize::from(!fenced && line.starts_with("# "));
        }
        assert_eq!(titles, 1, "{} has {titles} titles", path.display());
    }
}
