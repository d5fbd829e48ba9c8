//! Our tree before other people's verifiers, in Python.
//!
//! Needs python3 and, the first time, the package index; says so and passes if there is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::arithmetic_side_effects, reason = "a failing test may panic")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use plenary_core::{
    hash::Digest,
    merkle::{Nodes, Tree, consistency_path, inclusion_path, leaf_hash, root},
};
use serde_json::{Value, json};

const SIZE: u64 = 65;

fn hex(path: &[Digest]) -> Vec<String> {
    path.iter().map(Digest::to_hex).collect()
}

/// Every root and proof of the trees of 1 to 65 entries.
fn proofs() -> Value {
    let mut tree = Tree::open(Nodes::new(), 0);
    let mut entries = Vec::new();
    let (mut roots, mut inclusion, mut consistency) = (Vec::new(), Vec::new(), Vec::new());
    for size in 1..=SIZE {
        let entry = format!("entry {size}\n").into_bytes();
        tree.append(leaf_hash(&entry)).unwrap();
        entries.push(hex::encode(entry));
        roots.push(root(&tree, size).unwrap().to_hex());
        for index in 0..size {
            let path = hex(&inclusion_path(&tree, index, size).unwrap());
            inclusion.push(json!({ "size": size, "index": index, "path": path }));
            let (old, path) = (index + 1, hex(&consistency_path(&tree, index + 1, size).unwrap()));
            consistency.push(json!({ "old": old, "new": size, "path": path }));
        }
    }
    json!({ "entries": entries, "roots": roots, "inclusion": inclusion, "consistency": consistency })
}

/// A Python that has the packages, made once and kept beside the build.
fn python(folder: &Path) -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cross");
    let python = venv.join("bin/python");
    let succeeds = |command: &mut Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let has_packages = || succeeds(Command::new(&python).args(["-c", "import pymerkle, scitt_cose"]));
    if has_packages() {
        return Some(python);
    }
    let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&venv));
    let requirements = folder.join("requirements.txt");
    let install = ["-m", "pip", "install", "--retries", "1", "--timeout", "10", "-r"];
    let is_ready = made && succeeds(Command::new(&python).args(install).arg(requirements)) && has_packages();
    is_ready.then_some(python)
}

#[test]
fn pymerkle_and_scitt_cose_take_our_proofs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cross");
    let Some(python) = python(&folder) else {
        // Not through a macro, since those are silent in a test that passes.
        writeln!(std::io::stderr(), "skipped: python3 with pymerkle and scitt-cose is not to be had").unwrap();
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let given = place.path().join("proofs.json");
    fs::write(&given, proofs().to_string()).unwrap();
    let output = Command::new(python).arg(folder.join("merkle.py")).arg(given).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let checked = SIZE * (SIZE + 1);
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), checked.to_string());
}
