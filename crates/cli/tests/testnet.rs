//! `plenary init`, `start` and `testnet` as somebody types them: real processes of this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;
use tempfile::TempDir;

/// One network at a time: each looks for free ports.
static ALONE: Mutex<()> = Mutex::new(());

/// How often a node is asked for what must come.
const PATIENCE: u32 = 1_000;

/// A machine with a home folder of its own, whose network ends with it.
struct Machine {
    folder: TempDir,
    _alone: MutexGuard<'static, ()>,
}

/// What came of a command.
#[derive(Debug)]
struct Done {
    code: Option<i32>,
    data: String,
    talk: String,
}

impl Machine {
    fn new() -> Self {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        Self { folder: TempDir::new().unwrap(), _alone: alone }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn network(&self) -> PathBuf {
        self.path(".local/state/plenary/demo")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        for variable in ["XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "PLENARY_NODE", "PLENARY_LOG"] {
            command.env_remove(variable);
        }
        command.env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.args(line.split(' ')).stdin(Stdio::null());
        command
    }

    fn type_in(&self, line: &str) -> Done {
        Self::done(&mut self.command(line))
    }

    fn done(command: &mut Command) -> Done {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Done { code: output.status.code(), data: text(output.stdout), talk: text(output.stderr) }
    }

    /// Types a command that must be done.
    fn must(&self, line: &str) -> Done {
        let done = self.type_in(line);
        assert_eq!(done.code, Some(0), "{line}: {done:?}");
        done
    }

    /// Types a command that must fail, and gives what is said.
    fn fails(&self, line: &str, code: i32) -> String {
        let done = self.type_in(line);
        assert_eq!(done.code, Some(code), "{line}: {done:?}");
        assert_eq!(done.data, "", "{line}");
        assert!(done.talk.starts_with("error: ") && done.talk.contains("\n  do: "), "{line}: {}", done.talk);
        done.talk
    }

    /// The one JSON document that a command writes.
    fn json(&self, line: &str) -> Value {
        let done = self.must(&format!("{line} --json"));
        assert_eq!(done.talk, "", "{line}");
        serde_json::from_str(&done.data).unwrap_or_else(|error| panic!("{line}: {error}\n{}", done.data))
    }

    /// The address of the node at a place.
    fn url(&self, at: usize) -> String {
        self.json("testnet list")[at]["url"].as_str().unwrap().to_owned()
    }

    /// Asks the first node until its status has these words, and gives the exit code.
    fn status_until(&self, words: &str) -> Option<i32> {
        let line = format!("status --node {}", self.url(0));
        let mut done = self.type_in(&line);
        for _ in 0..PATIENCE {
            if done.data.contains(words) {
                return done.code;
            }
            done = self.type_in(&line);
        }
        panic!("{words} does not come: {done:?}");
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        drop(self.command("testnet down").output());
    }
}

#[test]
fn a_network_is_started_stopped_and_deleted() {
    let machine = Machine::new();
    let home = machine.network();
    assert!(machine.fails("testnet list", 5).contains("plenary testnet up"));
    let up = machine.must("testnet up");
    assert_eq!(up.data.matches("runs (").count(), 4, "{up:?}");
    assert!(up.talk.contains("next: plenary status"), "{up:?}");
    assert_eq!(machine.status_until("all records final, 4 of 4 validators reachable"), Some(0));

    // A second process in one home could contradict the first.
    let first = home.join("nodes/secretariat");
    let told = machine.fails(&format!("start --home {}", first.display()), 7);
    assert!(told.contains("another process runs a node in") && told.contains("stop it first"), "{told}");

    let stopped = machine.must("testnet stop university-c");
    assert!(stopped.talk.starts_with("stopped university-c\nnext: plenary status"), "{stopped:?}");
    assert_eq!(machine.status_until("3 needed; missing: university-c\n"), Some(0));
    machine.must("testnet stop regulator-b");
    assert_eq!(machine.status_until("3 needed; missing: regulator-b, university-c\n"), Some(9));
    let listed = machine.json("testnet list");
    assert!(listed[1]["pid"].is_u64() && listed[2]["pid"].is_null() && listed[3]["pid"].is_null(), "{listed}");
    let again = machine.must("testnet start university-c regulator-b operator-a");
    assert!(again.talk.contains("started regulator-b\nruns already: operator-a\n"), "{again:?}");
    assert_eq!(machine.status_until("4 of 4 validators reachable"), Some(0));
    machine.fails("testnet stop nobody", 5);

    let url = machine.url(0);
    machine.must("testnet down");
    assert!(machine.must("testnet list").data.matches("  stopped  ").count() == 4);
    machine.fails(&format!("status --node {url}"), 8);
    assert!(machine.fails("testnet reset", 2).contains("--yes"), "nobody can be asked");
    let program = env!("CARGO_BIN_EXE_plenary");
    // `script` is a terminal, and somebody there says no.
    let asked = format!("echo n | script -qec '{program} testnet reset' /dev/null");
    let refused = Machine::done(Command::new("bash").args(["-c", &asked]).env("HOME", machine.folder.path()));
    assert_eq!(refused.code, Some(130), "{refused:?}");
    assert!(refused.data.contains("delete ") && refused.data.contains("[y/N]"), "{refused:?}");
    assert!(refused.data.contains("nothing was deleted") && home.exists(), "{refused:?}");
    assert_eq!(
        machine.json("testnet reset --yes")["deleted"],
        home.canonicalize().unwrap_or_else(|_| home.clone()).to_str().unwrap()
    );
    assert!(!home.exists());
}

#[test]
fn taken_ports_are_replaced_and_said() {
    let machine = Machine::new();
    machine.must("testnet up --validators 2");
    let url = machine.url(1);
    machine.must("testnet stop operator-a");
    let held = TcpListener::bind(url.trim_start_matches("http://")).unwrap();
    let port = held.local_addr().unwrap().port();
    // The other node runs, and knows this one by its ports.
    let told = machine.fails("testnet start operator-a", 7);
    assert!(told.contains(&format!("its port {port} back")), "{told}");
    machine.must("testnet down");
    let up = machine.must("testnet up");
    assert!(up.talk.contains("is taken, ") && up.talk.contains(" is used"), "{up:?}");
    assert_ne!(machine.url(1), url);
    drop(held);
}

#[test]
fn a_founding_that_was_interrupted_begins_anew() {
    let machine = Machine::new();
    let home = machine.network();
    fs::create_dir_all(home.join("nodes/secretariat/keys")).unwrap();
    fs::write(home.join("nodes/secretariat/keys/validator"), "half a key").unwrap();
    // What is no trace of a founding is not touched.
    machine.fails("testnet up --validators 1", 7);
    machine.fails("testnet up --validators 1", 7);
    assert!(home.join("nodes/secretariat/keys/validator").exists());
    fs::write(home.join("founding"), "").unwrap();
    machine.must("testnet up --validators 1");
    assert_eq!(machine.status_until("1 of 1 validators reachable"), Some(0));
    assert!(!home.join("founding").exists());
}

#[test]
fn a_node_that_cannot_run_is_told_with_its_last_words() {
    let machine = Machine::new();
    machine.must("testnet up --validators 1");
    machine.must("testnet down");
    let key = machine.network().join("nodes/secretariat/keys/validator");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let told = machine.fails("testnet up", 9);
    assert!(told.contains("secretariat does not run") && told.contains("chmod 600"), "{told}");
    let home = machine.network().join("nodes/secretariat");
    let told = machine.fails(&format!("start --home {}", home.display()), 4);
    assert!(told.contains("has mode 0644"), "{told}");
}

#[test]
fn a_home_is_made_once_and_needs_its_network() {
    let machine = Machine::new();
    let told = machine.fails("start --home node", 5);
    assert!(told.contains("plenary init --home node"), "{told}");
    let made = machine.must("init --home node --name operator-d --org operator-d");
    assert!(made.data.starts_with("name          operator-d\n") && made.data.contains("\nkey           "), "{made:?}");
    assert!(made.talk.contains("next: plenary start --home node"), "{made:?}");
    let mode = |name: &str| fs::metadata(machine.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("node/keys/validator"), 0o600);
    assert!(machine.fails("init --home node --name operator-d --org operator-d", 7).contains("node/node.toml"));
    let told = machine.fails("start --home node", 5);
    assert!(told.contains("node/genesis is not there") && told.contains("the secretariat has it"), "{told}");
    let request = machine.json("init --home other --name operator-e --org operator-e");
    let public: Vec<usize> =
        ["key", "peer", "cosigner", "log"].iter().map(|part| request[part].as_str().unwrap().len()).collect();
    assert_eq!(public, [64; 4]);
}

#[test]
fn data_that_is_lost_is_a_failure() {
    let machine = Machine::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = machine.command("meeting announce --example").stdout(full).output().unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{talk}");
    assert!(talk.contains("error: the output could not be written"), "{talk}");
}

#[test]
fn a_reader_who_stops_reading_stops_nothing() {
    let machine = Machine::new();
    for line in ["meeting announce --example", "--help", "key list", "status --node http://127.0.0.1:1"] {
        let mut child = machine.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Both ends are closed before or while it writes; either is a closed pipe to it.
        drop((child.stdout.take(), child.stderr.take()));
        let expected = if line.starts_with("status") { 8 } else { 0 };
        assert_eq!(child.wait().unwrap().code(), Some(expected), "{line}");
    }
}
