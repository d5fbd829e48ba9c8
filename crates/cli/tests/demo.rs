//! The demonstration as a person runs it: four processes, the whole history, receipts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStderr, Command, Output, Stdio},
};

fn plenary(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    command.env("HOME", home).env_remove("XDG_STATE_HOME").env_remove("XDG_DATA_HOME").env_remove("PLENARY_NODE");
    command.stdin(Stdio::null());
    command
}

/// A demonstration that runs until it is dropped.
struct Demo {
    child: Child,
    /// Kept open: a program that cannot say anything any more ends.
    _said: BufReader<ChildStderr>,
    url: String,
    ledger: String,
}

impl Demo {
    fn start(home: &Path) -> Self {
        let mut child = plenary(home).arg("demo").stderr(Stdio::piped()).spawn().unwrap();
        let (mut url, mut ledger, mut lines) = (None, None, Vec::new());
        let mut said = BufReader::new(child.stderr.take().unwrap());
        for line in said.by_ref().lines() {
            let line = line.unwrap();
            let word = |at: usize| line.split_whitespace().nth(at).unwrap_or_default().to_owned();
            match line.split_whitespace().next() {
                Some("ledger") => ledger = Some(word(1)),
                Some("JSON-RPC") => url = Some(word(1).trim_end_matches("/rpc").to_owned()),
                Some("next:") => break,
                _ => {}
            }
            lines.push(line.clone());
        }
        let told = lines.join("\n");
        Self {
            child,
            _said: said,
            url: url.unwrap_or_else(|| panic!("{told}")),
            ledger: ledger.unwrap_or_else(|| panic!("{told}")),
        }
    }

    fn ask(&self, home: &Path, words: &[&str]) -> Output {
        plenary(home).args(words).args(["--node", &self.url]).output().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap();
    }
}

fn text(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].iter().map(|bytes| String::from_utf8_lossy(bytes)).collect()
}

#[test]
fn the_history_is_played_kept_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let demo = Demo::start(home);
    let status = text(&demo.ask(home, &["status"]));
    assert!(status.starts_with("READY") && status.contains("4 of 4 validators reachable"), "{status}");
    assert!(status.contains("replays history"), "{status}");

    // The twelve days of ToR 2.10 and the seven of the notice, both with their numbers.
    let shown = text(&demo.ask(home, &["contribution", "show", "DLT-I-035"]));
    for words in ["waived  R31", "ToR 2.10", "days before 7; days needed 12", "met     R51", "by 2017-10-10"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // The lifetime ended on 17 April 2019, and no extension was found.
    let shown = text(&demo.ask(home, &["deliverable", "show", "D3.3"]));
    for words in ["broken  R07", "extension none recorded; lifetime ends 2019-04-17", "withdrawn"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }

    let state = home.join(".local/state/plenary/demo");
    let file = home.join("contribution-35.txt");
    fs::copy(state.join("documents/contribution-35.txt"), &file).unwrap();
    let receipt = home.join("contribution-35.txt.receipt");
    let got = demo.ask(home, &["receipt", "get", "DLT-I-035", "--out", receipt.to_str().unwrap()]);
    assert!(got.status.success(), "{}", text(&got));
    check(home, &demo.ledger, &file, &receipt, 0);
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("Synthetic", "synthetic")).unwrap();
    check(home, &demo.ledger, &file, &receipt, 10);
    let before = demo.ledger.clone();
    drop(demo);

    // A second run finds everything where it was.
    let again = Demo::start(home);
    assert_eq!(again.ledger, before);
    let records = text(&again.ask(home, &["records", "list", "--limit", "1"]));
    assert!(records.contains("ruleset"), "{records}");
}

/// Rust and the shell script come to the same exit code.
fn check(home: &Path, ledger: &str, file: &Path, receipt: &Path, code: i32) {
    let verified = plenary(home).args(["verify", file.to_str().unwrap(), "--anchor", ledger]).output().unwrap();
    assert_eq!(verified.status.code(), Some(code), "{}", text(&verified));
    let script = plenary(home).args(["receipt", "explain", file.to_str().unwrap(), "--script"]).output().unwrap();
    let path = home.join("audit.sh");
    fs::write(&path, &script.stdout).unwrap();
    let parts = ["genesis", "entry", "proof"].map(|part| receipt.join(part));
    let audited = Command::new("bash").arg(&path).args(parts).arg(ledger).arg(file).output().unwrap();
    assert_eq!(audited.status.code(), Some(code), "{}", text(&audited));
}
