//! What an operator meets: a lost journal, and a disk that fills up.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failing test may panic")]

use std::{
    fs,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
};

use plenary_core::{genesis::Genesis, keys::ValidatorKey};
use plenary_node::{home::Home, journal::JournalFile};

/// How often a node is asked before the test gives up; each time takes a process.
const PATIENCE: u32 = 5_000;

/// One network at a time: two that look for ports at once may find the same.
static TURN: Mutex<()> = Mutex::new(());

/// A network that ends with the test.
struct Network {
    home: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

impl Network {
    fn up(home: &Path) -> Self {
        let network = Self::at(home.join("network"));
        network.done(&["up"]);
        network
    }

    fn at(home: PathBuf) -> Self {
        Self { home, _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    fn plenary(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command.env("HOME", &self.home).env_remove("PLENARY_NODE").stdin(Stdio::null());
        command.args(words).output().unwrap()
    }

    fn testnet(&self, words: &[&str]) -> Output {
        let home = self.home.to_str().unwrap();
        self.plenary(&[&["testnet"], words, &["--home", home]].concat())
    }

    fn done(&self, words: &[&str]) {
        let done = self.testnet(words);
        assert!(done.status.success(), "{}", text(&done));
    }

    fn node(&self, name: &str) -> PathBuf {
        self.home.join("nodes").join(name)
    }

    fn status(&self, name: &str) -> String {
        let config = fs::read_to_string(self.node(name).join("node.toml")).unwrap();
        let web = config.split("[web]").nth(1).unwrap();
        let listen = web.split('"').nth(1).unwrap();
        text(&self.plenary(&["status", "--node", &format!("http://{listen}")]))
    }

    /// Waits until the status of a node says `words`.
    fn wait_for(&self, name: &str, words: &str) {
        let mut status = String::new();
        for _ in 0..PATIENCE {
            status = self.status(name);
            if status.contains(words) {
                return;
            }
        }
        panic!("{name} never said {words:?}: {status}");
    }

    fn restart(&self, name: &str) {
        self.done(&["stop", name]);
        self.done(&["start", name]);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.testnet(&["down"]);
    }
}

fn text(output: &Output) -> String {
    [output.stdout.as_slice(), &output.stderr].iter().map(|bytes| String::from_utf8_lossy(bytes)).collect()
}

#[test]
fn a_validator_without_its_journal_follows_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::up(folder.path());
    let journal = network.node("operator-a").join("journal");
    network.wait_for("operator-a", "READY   operator-a");
    let sound = fs::read(&journal).unwrap();

    fs::remove_file(&journal).unwrap();
    network.restart("operator-a");
    network.wait_for("operator-a", "its journal cannot be used (it is missing)");
    assert!(!journal.exists(), "a new one would have forgotten what was signed");

    fs::write(&journal, &sound).unwrap();
    fs::OpenOptions::new().write(true).open(&journal).unwrap().write_all_at(&[0xff; 64], 0).unwrap();
    network.restart("operator-a");
    network.wait_for("operator-a", "its journal cannot be used (the signer's guard is damaged or missing)");

    fs::write(&journal, &sound).unwrap();
    network.restart("operator-a");
    network.wait_for("operator-a", "READY   operator-a");
}

#[test]
fn a_journal_older_than_the_ledger_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let network = Network::at(folder.path().join("state/plenary/demo"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    command.env("HOME", folder.path()).env("XDG_STATE_HOME", folder.path().join("state"));
    let played = command.args(["demo", "--exit"]).stdin(Stdio::null()).output().unwrap();
    assert!(played.status.success(), "{}", text(&played));

    let home = Home::new(network.node("operator-a"));
    let ledger = Genesis::ledger(&fs::read(home.genesis()).unwrap());
    let validator = ValidatorKey::of(&home.keys().unwrap().validator);
    fs::rename(home.journal(), folder.path().join("kept")).unwrap();
    JournalFile::create(&home.journal(), ledger, validator).unwrap();
    network.done(&["start", "secretariat", "operator-a", "regulator-b", "university-c"]);
    network.wait_for("operator-a", "its journal cannot be used (it is older than the ledger in the store)");
    network.done(&["stop", "operator-a"]);
    fs::rename(folder.path().join("kept"), home.journal()).unwrap();
    network.done(&["start", "operator-a"]);
    network.wait_for("operator-a", "READY   operator-a");
}

#[test]
fn a_node_pauses_before_the_disk_is_full_and_goes_on_by_itself() {
    const MARGIN: u64 = 1 << 30;
    let folder = tempfile::tempdir().unwrap();
    let network = Network::up(folder.path());
    let node = network.node("regulator-b");
    let free = {
        let said = Command::new("df").args(["--output=avail", "-B1"]).arg(&node).output().unwrap();
        text(&said).split_whitespace().last().unwrap().parse::<u64>().unwrap()
    };
    assert!(free > 3 * MARGIN, "this test needs 3 GiB on the disk of {}", folder.path().display());
    let config = fs::read_to_string(node.join("node.toml")).unwrap();
    let reserve = (free - MARGIN) >> 20;
    fs::write(node.join("node.toml"), format!("disk_reserve_mib = {reserve}\n{config}")).unwrap();
    network.restart("regulator-b");
    network.wait_for("regulator-b", "READY   regulator-b");

    let filler = folder.path().join("filler");
    let filled = Command::new("fallocate").args(["-l", &(2 * MARGIN).to_string()]).arg(&filler).status().unwrap();
    assert!(filled.success());
    network.wait_for("regulator-b", "MiB are free on the disk; it takes part again once there is room");
    fs::remove_file(&filler).unwrap();
    network.wait_for("regulator-b", "READY   regulator-b");
}
