//! Four nodes as processes of their own, and what can be seen of them from outside.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use plenary_cli::testnet::{Founding, Testnet, VALIDATORS};
use plenary_core::{
    genesis::{Clock, Genesis},
    hash::Digest,
    time::Moment,
};
use plenary_node::home::Home;
use plenary_rpc::client::Client;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// Far more than anything here takes; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// How often something is looked at while it is waited for.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Ports are found free before they are used, so networks start one by one.
static STARTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A network in a folder of its own, gone when it is dropped.
pub(crate) struct Network {
    folder: TempDir,
    testnet: Testnet,
    running: Mutex<BTreeMap<String, Child>>,
}

impl Network {
    /// A network whose nodes have not been started.
    pub(crate) fn found() -> Self {
        Self::found_with(Clock::Wall, plenary_node::clock::now())
    }

    fn found_with(clock: Clock, time: Moment) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let validators: Vec<String> = VALIDATORS.iter().map(ToString::to_string).collect();
        let founding = Founding {
            origin: "plenary.example/hostile",
            notice: "Synthetic: a network for a test.",
            clock,
            time,
            validators: &validators,
        };
        let testnet = Testnet::found(folder.path(), &founding).unwrap();
        Self { folder, testnet, running: Mutex::default() }
    }

    /// A network whose nodes are ready.
    pub(crate) async fn start() -> Self {
        Self::start_prepared(|_| ()).await
    }

    /// The same with homes that `prepare` changes before their nodes start.
    pub(crate) async fn start_prepared(prepare: impl FnOnce(&Self)) -> Self {
        Self::start_with(Clock::Wall, plenary_node::clock::now(), prepare).await
    }

    /// The same on a ledger that replays history from May 2017 on.
    pub(crate) async fn start_replay() -> Self {
        Self::start_with(Clock::Replay, Moment::parse("2017-05-01T00:00:00Z").unwrap(), |_| ()).await
    }

    async fn start_with(clock: Clock, time: Moment, prepare: impl FnOnce(&Self)) -> Self {
        let turn = STARTING.lock().await;
        let network = Self::found_with(clock, time);
        prepare(&network);
        for name in VALIDATORS {
            network.run(name);
        }
        for name in VALIDATORS {
            network.until_ready(name).await;
            // All of them, since a test may kill one that a quorum does without.
            let client = network.client(name);
            let others = VALIDATORS.len() - 1;
            let reaches_all = async || client.peers().await.is_ok_and(|peers| peers.len() == others);
            network.until(&format!("{name} reaches all others"), reaches_all).await;
        }
        drop(turn);
        network
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    pub(crate) fn testnet(&self) -> &Testnet {
        &self.testnet
    }

    pub(crate) fn home(&self, name: &str) -> Home {
        self.testnet.node(name)
    }

    pub(crate) fn ledger(&self) -> Digest {
        Genesis::ledger(&self.testnet.genesis().unwrap())
    }

    pub(crate) fn client(&self, name: &str) -> Client {
        Client::new(&self.testnet.url(name).unwrap()).unwrap()
    }

    /// Runs a node; its words go to `log` in its home.
    pub(crate) fn run(&self, name: &str) {
        let home = self.home(name);
        let log = OpenOptions::new().create(true).append(true).open(home.path().join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command.args(["start", "--home"]).arg(home.path()).env_remove("PLENARY_LOG");
        let child = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        self.children().insert(name.to_owned(), child);
    }

    /// Kills a node.
    pub(crate) fn kill(&self, name: &str) -> ExitStatus {
        let mut child = self.children().remove(name).unwrap();
        child.kill().unwrap();
        child.wait().unwrap()
    }

    pub(crate) async fn until_ready(&self, name: &str) {
        let client = self.client(name);
        self.until(&format!("{name} is ready"), async || client.health().await.is_ok_and(|health| health.ready)).await;
    }

    /// Waits until `so` is true, while all nodes run.
    pub(crate) async fn until(&self, what: &str, so: impl AsyncFn() -> bool) {
        let waiting = async {
            while !so().await {
                self.check_running();
                sleep(LOOK_EVERY).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            panic!("waited in vain until {what}\n{}", self.logs());
        }
    }

    /// Every node that was started and not killed runs.
    pub(crate) fn check_running(&self) {
        for (name, child) in self.children().iter_mut() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "{name} ended with {ended:?}\n{}", self.log(name));
        }
    }

    /// Kibibytes of memory of a node: now, and at the most.
    pub(crate) fn memory_kib(&self, name: &str) -> (u64, u64) {
        let pid = self.pid(name);
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let field = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    /// The process of a node that runs.
    pub(crate) fn pid(&self, name: &str) -> u32 {
        self.children()[name].id()
    }

    pub(crate) fn log(&self, name: &str) -> String {
        fs::read_to_string(self.home(name).path().join("log")).unwrap_or_default()
    }

    /// The last words of every node.
    pub(crate) fn logs(&self) -> String {
        let tail = |name: &&str| {
            let log = self.log(name);
            let lines: Vec<&str> = log.lines().rev().take(20).collect();
            format!("{name}:\n{}\n", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        };
        VALIDATORS.iter().map(tail).collect()
    }

    fn children(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for child in self.children().values_mut() {
            // One that has ended by itself is no trouble here.
            drop(child.kill());
            drop(child.wait());
        }
    }
}
