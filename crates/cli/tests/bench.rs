//! The benchmark as it is typed, as short as it can be: that it measures, not what.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::Value;

fn bench(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    command.args(["testnet", "bench"]).args(words).stdin(Stdio::null());
    command
}

#[test]
fn the_benchmark_measures_and_cleans_up() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["--seconds", "1", "--rate", "20", "--signers", "3", "--in-flight", "200", "--json"];
    let output = bench(&words).env("TMPDIR", folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number =
        |pointer: &str| figures.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("{pointer}"));
    for pointer in [
        "/host/cores",
        "/host/memory_mib",
        "/record/line_bytes",
        "/limit/verified_per_core_second",
        "/limit/records_per_second",
        "/saturation/records_per_second",
        "/saturation/blocks",
        "/saturation/cpu_us_per_record",
        "/latency/0/p50_ms",
        "/latency/1/p99_ms",
    ] {
        assert!(number(pointer) > 0.0, "{pointer}: {figures}");
    }
    assert_eq!(number("/setting/validators").to_bits(), 4.0_f64.to_bits());
    assert_eq!(number("/latency/0/rate").to_bits(), 20.0_f64.to_bits());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_folder_that_exists_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let output = bench(&["--home", folder.path().to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
