//! The demonstration as a person runs it: four processes, the whole history, receipts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]

mod documents;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Output, Stdio},
    sync::{Mutex, MutexGuard},
};

use serde_json::Value;

/// One demonstration at a time: each looks for free ports.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn plenary(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    at_home(&mut command, home);
    command
}

fn at_home(command: &mut Command, home: &Path) {
    for variable in ["XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "PLENARY_NODE", "PLENARY_KEY"] {
        command.env_remove(variable);
    }
    command.env("HOME", home).stdin(Stdio::null());
}

/// A demonstration that runs until it is dropped.
struct Demo {
    child: Child,
    said: BufReader<ChildStderr>,
    lines: Vec<String>,
    url: String,
    ledger: String,
}

impl Demo {
    /// Where another of its nodes is reached.
    fn node(&self, home: &Path, name: &str) -> String {
        let list: Value =
            serde_json::from_slice(&plenary(home).args(["testnet", "list", "--json"]).output().unwrap().stdout)
                .unwrap();
        let nodes = list.as_array().unwrap();
        nodes.iter().find(|node| node["name"] == name).unwrap()["url"].as_str().unwrap().to_owned()
    }

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
                _ => {}
            }
            lines.push(line.clone());
            if line.starts_with("next:") {
                break;
            }
        }
        let told = lines.join("\n");
        let url = url.unwrap_or_else(|| panic!("{told}"));
        let ledger = ledger.unwrap_or_else(|| panic!("{told}"));
        Self { child, said, lines, url, ledger }
    }

    fn ask(&self, home: &Path, words: &[&str]) -> Output {
        plenary(home).args(words).args(["--node", &self.url]).output().unwrap()
    }

    /// What a terminal sends when somebody presses Ctrl-C, and what is said then.
    fn interrupt(mut self) -> (Option<i32>, String) {
        signal(&self.child, "-INT");
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            signal(&self.child, "-TERM");
            self.child.wait().unwrap();
        }
    }
}

fn signal(child: &Child, signal: &str) {
    let asked = format!("kill {signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &asked]).status().unwrap().success());
}

fn text(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].iter().map(|bytes| String::from_utf8_lossy(bytes)).collect()
}

fn state(home: &Path) -> PathBuf {
    home.join(".local/state/plenary/demo")
}

#[test]
fn the_history_is_played_kept_and_verified() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let demo = Demo::start(home);
    let status = text(&demo.ask(home, &["status"]));
    assert!(status.starts_with("READY") && status.contains("replays history"), "{status}");
    assert!(status.contains("all records final, 4 of 4 validators reachable"), "{status}");

    // Idle validators are told apart from those that lag.
    let is_level = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(2) == Some(&"connected") && words.get(4) == Some(&"0")
    };
    let are_level = || text(&demo.ask(home, &["status"])).lines().filter(|line| is_level(line)).count() == 3;
    assert!((0..1_000).any(|_| are_level()), "{}", text(&demo.ask(home, &["status"])));

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

    // What the sources are silent about is shown at work by synthetic acts, and what the rules find in them.
    let list = |record_type: &str| text(&demo.ask(home, &["records", "list", "--type", record_type]));
    for record_type in [
        "agenda.publish",
        "decision.record",
        "action.close",
        "report.approve",
        "liaison.send",
        "ipr.supersede",
        "progress.report",
        "final.report",
        "erasure.acknowledge",
        "record.correct",
        "record.void",
    ] {
        assert!(list(record_type).contains(record_type), "{}", list(record_type));
    }
    for (record_type, finding) in [("liaison.close", "R82"), ("lifetime.extend", "R05"), ("lifetime.extend", "R93")] {
        let listed = demo.ask(home, &["records", "list", "--type", record_type, "--json"]);
        let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let id = listed["items"][0]["id"].as_str().unwrap();
        let shown = text(&demo.ask(home, &["records", "show", id]));
        assert!(shown.contains(&format!("broken  {finding}")), "{finding}: {shown}");
    }

    let file = home.join("contribution-35.txt");
    fs::copy(state(home).join("documents/contribution-35.txt"), &file).unwrap();
    let receipt = home.join("contribution-35.txt.receipt");
    let got = demo.ask(home, &["receipt", "get", "DLT-I-035", "--out", receipt.to_str().unwrap()]);
    assert!(got.status.success(), "{}", text(&got));
    check(home, &demo.ledger, &file, &receipt, 0);
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("SYNTHETIC", "synthetic")).unwrap();
    check(home, &demo.ledger, &file, &receipt, 10);
    goes_on(demo, home);
}

/// A folder in which another version has begun is left as it is.
#[test]
fn another_versions_history_is_not_gone_on_with() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    assert!(plenary(home).args(["demo", "--exit"]).output().unwrap().status.success());
    fs::write(state(home).join("history"), "another\n").unwrap();
    let refused = plenary(home).args(["demo", "--exit"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(7), "{}", text(&refused));
    assert!(text(&refused).contains("do: plenary testnet reset --home"), "{}", text(&refused));
}

/// A second run finds everything where it was, though not its ports.
fn goes_on(demo: Demo, home: &Path) {
    let (ledger, url) = (demo.ledger.clone(), demo.url.clone());
    let twice = plenary(home).arg("demo").output().unwrap();
    assert_eq!(twice.status.code(), Some(7), "{}", text(&twice));
    assert!(text(&twice).contains("runs in") && text(&twice).contains("do: "), "{}", text(&twice));
    let (code, said) = demo.interrupt();
    assert_eq!((code, said.contains("all validators have stopped")), (Some(0), true), "{said}");
    let listed = text(&plenary(home).args(["testnet", "list"]).output().unwrap());
    assert_eq!(listed.matches("  stopped  ").count(), 4, "{listed}");

    let held = TcpListener::bind(url.trim_start_matches("http://")).unwrap();
    let again = Demo::start(home);
    let told = again.lines.join("\n");
    let port = held.local_addr().unwrap().port();
    assert!(told.contains(&format!("secretariat: port {port} is taken, ")) || port != 8_645, "{told}");
    assert_ne!(again.url, url);
    assert_eq!(again.ledger, ledger);
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

/// Types what a document shows, line by line, in a shell that knows `plenary`.
fn type_all(document: &str, part: &str) {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let demo = Demo::start(home);
    let bin = home.join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_plenary"), bin.join("plenary")).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut exports = String::new();
    for documents::Line { command, code } in documents::lines(document, part) {
        if command == "plenary demo" {
            continue;
        }
        if command.starts_with("export ") {
            exports.push_str(&format!("{command}\n"));
        }
        let typed = command.replace("sha256:…", &demo.ledger).replace("http://localhost:8645", &demo.url);
        let typed = typed.replace("http://localhost:8646", &demo.node(home, "operator-a"));
        let mut shell = Command::new("bash");
        at_home(&mut shell, home);
        shell.args(["-euc", &format!("{exports}{typed}")]).current_dir(state(home).join("documents"));
        let output = shell.env("PATH", &path).env("PLENARY_NODE", &demo.url).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{command}\n{}", text(&output));
        let is_done = code == 0 && command.starts_with("plenary ");
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(!is_done || talk.lines().last().is_some_and(|line| line.starts_with("next: ")), "{command}\n{talk}");
    }
}

#[test]
fn the_readme_s_commands_do_what_it_says() {
    type_all(include_str!("../../../README.md"), "## Look around");
}

#[test]
fn the_documented_commands_do_what_is_said() {
    type_all(include_str!("../../../docs/commands.md"), "## With the demonstration");
}
