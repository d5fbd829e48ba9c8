//! Receipts, honest and forged, before the verifier in Rust and the one in shell.
//!
//! The files under `tests/vectors/receipts/` are generated; `UPDATE=1` rewrites
//! them, so that a change of a format shows in review.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a failing test may panic")]

mod curve;
mod epochs;
mod forgeries;
mod ledger;
mod mutations;
mod proofs;
mod vector;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
    sync::LazyLock,
    thread,
};

use crate::vector::{Vector, folder};

static VECTORS: LazyLock<Vec<Vector>> = LazyLock::new(forgeries::all);

#[test]
fn the_vectors_are_those_in_the_repository() {
    let wanted: BTreeMap<_, _> = VECTORS.iter().flat_map(Vector::contents).collect();
    if std::env::var_os("UPDATE").is_some() {
        if folder().exists() {
            fs::remove_dir_all(folder()).unwrap();
        }
        for (path, content) in &wanted {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
    for (path, content) in &wanted {
        let found = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(found == *content, "{} differs; UPDATE=1 rewrites it", path.display());
    }
    let found = fs::read_dir(folder()).unwrap().flat_map(|entry| files(&entry.unwrap().path()));
    for path in found {
        assert!(wanted.contains_key(&path), "{} belongs to no vector", path.display());
    }
}

fn files(path: &Path) -> Vec<std::path::PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect()
}

#[test]
fn names_differ() {
    let names: BTreeSet<&str> = VECTORS.iter().map(|vector| vector.name.as_str()).collect();
    assert_eq!(names.len(), VECTORS.len());
}

#[test]
fn rust_gives_the_expected_verdicts() {
    for vector in VECTORS.iter() {
        let report = vector.report();
        let found = (report.verdict.as_str(), report.verdict.exit_code());
        assert_eq!(found, (vector.word, vector.code), "{}:\n{report}", vector.name);
    }
}

#[test]
fn shell_gives_the_expected_verdicts() {
    let half = VECTORS.len().div_ceil(2);
    thread::scope(|scope| {
        for part in VECTORS.chunks(half) {
            scope.spawn(move || part.iter().for_each(Vector::check_shell));
        }
    });
}

#[test]
fn nothing_forged_is_verified() {
    let forged = VECTORS.iter().filter(|vector| !vector.name.starts_with("honest-"));
    let codes: Vec<u8> = forged.map(|vector| vector.code).collect();
    assert!(codes.iter().all(|code| *code != 0));
    assert!(60 <= codes.len(), "{} forgeries", codes.len());
    for code in [10, 11, 12, 13, 15] {
        assert!(codes.contains(&code), "no forgery ends with {code}");
    }
}

#[test]
fn the_protocol_shows_the_vectors() {
    const PROTOCOL: &str = include_str!("../../../../docs/protocol.md");
    let ledger = ledger::ledger();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let entry = text(&ledger.entries[2]);
    let file = entry.split_inclusive("END SSH SIGNATURE-----\n").next().unwrap().to_owned();
    let verdict = VECTORS.iter().find(|vector| vector.name == "honest-with-file").unwrap().report().to_string();
    let slot = text(&ledger.slot("fg-dlt/meeting/1"));
    for shown in [file, entry, text(&ledger.genesis), text(&ledger.entries[8]), slot, verdict] {
        assert!(PROTOCOL.contains(&format!("```text\n{shown}```\n")), "the page does not show:\n{shown}");
    }
}

#[test]
fn a_text_of_the_ledger_is_one_line_and_otherwise_as_it_is() {
    let vector = VECTORS.iter().find(|vector| vector.name == "honest-notice-with-quotes-and-turns").unwrap();
    let report = vector.report().to_string();
    for words in ["; notice: it's \"made\" for \\n tests,\u{fffd}\u{fffd}really\n", " took as it's \"made\" for \\n"] {
        assert!(report.contains(words), "{report}");
    }
}

#[test]
fn the_script_says_what_it_lacks() {
    //    arguments, exit code
    check(&[], 2);
    check(&["genesis", "entry", "proof"], 2);
    check(&["genesis", "entry", "proof", "none", "file", "more"], 2);
    check(&["genesis", "entry", "proof", "none"], 15);
    check(&["-c", "--", "", "none"], 15);
    fn check(arguments: &[&str], code: i32) {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("script"), plenary_verifier::SCRIPT).unwrap();
        let mut command = Command::new("bash");
        let output = command.current_dir(place.path()).arg("script").args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn a_report_is_json_for_programs() {
    let report = VECTORS.iter().find(|vector| vector.name == "file-byte-changed").unwrap().report();
    let json = serde_json::Value::Object(report.to_json());
    assert_eq!(json["verdict"], "NOT VERIFIED");
    assert_eq!(json["exit_code"], 10);
    assert_eq!(json["steps"].as_array().unwrap().len(), 3);
    assert_eq!(json["steps"][2]["check"], "file");
    assert_eq!(json["reason"], json["steps"][2]["found"]);
    assert!(json["next"].is_string() && json["anchor"].is_string());
}
