//! Four validators as processes of the real program, which can be killed at any moment.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use plenary_cli::testnet::{Founding, Testnet, VALIDATORS};
use plenary_core::{
    genesis::{Clock, Genesis},
    hash::Digest,
};
use plenary_node::{clock, config};
use plenary_rpc::client::Client;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::{
    disk::{Cut, Disk, Seen, Shim},
    transcript::Transcript,
};

/// How long anything may take that has no limit of its own.
const PATIENCE: Duration = Duration::from_secs(60);

/// Below the ports that the system gives to connections, so that none is taken while a node is down.
const PORTS: std::ops::Range<u16> = 12_000..30_000;

/// A node that may run or not.
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) home: PathBuf,
    pub(crate) url: String,
    logs: PathBuf,
    runs: u32,
    child: Option<Child>,
    pub(crate) disk: Option<Disk>,
}

/// A network of four.
pub(crate) struct Network {
    pub(crate) testnet: Testnet,
    pub(crate) ledger: Digest,
    pub(crate) nodes: Vec<Node>,
    folder: TempDir,
}

/// Asks until there is an answer.
pub(crate) async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask).await
}

/// Asks until there is an answer, for so long at most.
pub(crate) async fn within<T>(limit: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(limit, asking).await.unwrap_or_else(|_| panic!("within {limit:?}, this did not come true: {what}"))
}

impl Network {
    /// Founds a network; nothing runs yet.
    pub(crate) fn found() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap().join("network");
        let validators: Vec<String> = VALIDATORS.iter().map(ToString::to_string).collect();
        let founding = Founding {
            origin: "plenary.example/crashes",
            notice: "Synthetic records of a test.",
            clock: Clock::Wall,
            time: clock::now(),
            validators: &validators,
        };
        let testnet = Testnet::found(&home, &founding).unwrap();
        give_ports(&testnet);
        let ledger = Genesis::ledger(&testnet.genesis().unwrap());
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let node = |name: &String| Node {
            name: name.clone(),
            home: testnet.node(name).path().to_path_buf(),
            url: testnet.url(name).unwrap(),
            logs: logs.clone(),
            runs: 0,
            child: None,
            disk: None,
        };
        let nodes = validators.iter().map(node).collect();
        Self { testnet, ledger, nodes, folder }
    }

    /// A folder for what belongs to the test and not to the network.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts every node that does not run.
    pub(crate) fn start(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.start(None));
    }

    /// Starts every node above a disk that keeps only what was synced.
    pub(crate) fn start_above(&mut self, shim: &Shim) {
        let folder = self.folder.path().to_path_buf();
        for node in &mut self.nodes {
            let disk = folder.join(format!("disk-{}-{}", node.name, node.runs));
            node.disk = Some(Disk::begin(&node.home, &disk));
            node.start(Some(shim));
        }
    }

    /// Waits until every running node is ready.
    pub(crate) async fn ready(&mut self) {
        for node in self.nodes.iter_mut().filter(|node| node.child.is_some()) {
            node.ready().await;
        }
    }

    /// Kills every node, as nearly at once as can be.
    pub(crate) fn kill(&mut self) {
        for node in &mut self.nodes {
            if let Some(child) = &mut node.child {
                child.kill().unwrap();
            }
        }
        self.nodes.iter_mut().for_each(Node::kill);
    }

    /// Cuts the power of all nodes at once: each home is what `cut` leaves of it.
    pub(crate) fn cut(&mut self, mut cut: impl FnMut() -> Cut) -> Vec<Seen> {
        self.kill();
        let cut = |node: &mut Node| node.disk.take().unwrap().cut(&node.home, cut());
        self.nodes.iter_mut().map(cut).collect()
    }

    /// Addresses of all nodes.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.url.clone()).collect()
    }

    /// What the nodes heard in all their runs.
    pub(crate) fn transcript(&self) -> Transcript {
        Transcript::read(&self.folder.path().join("logs"))
    }

    /// Runs a command of the program against a node.
    pub(crate) fn plenary(&self, node: usize, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command.env("HOME", self.folder.path()).env_remove("XDG_CONFIG_HOME").env_remove("PLENARY_NODE");
        command.args(words).args(["--node", &self.nodes[node].url]).stdin(Stdio::null()).output().unwrap()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            for node in &self.nodes {
                eprintln!("{}", node.last_words());
            }
        }
    }
}

impl Node {
    /// Starts the node unless it runs.
    pub(crate) fn start(&mut self, shim: Option<&Shim>) {
        if self.child.is_some() {
            return;
        }
        self.runs += 1;
        let log = File::create(self.log()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command
            .arg("start")
            .arg("--home")
            .arg(&self.home)
            .env("PLENARY_LOG", "warn,plenary_node=info,plenary::heard=trace");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        if let (Some(shim), Some(disk)) = (shim, &self.disk) {
            shim.preload(&mut command, &self.home, disk);
        }
        self.child = Some(command.spawn().unwrap());
    }

    /// Waits until the node is ready: it answers, and reaches a quorum.
    pub(crate) async fn ready(&mut self) {
        let name = self.name.clone();
        until(&format!("{name} is ready"), async || {
            self.must_run();
            self.client().health().await.is_ok_and(|health| health.ready).then_some(())
        })
        .await;
    }

    /// Waits until the node answers.
    pub(crate) async fn answers(&mut self) {
        let name = self.name.clone();
        until(&format!("{name} answers"), async || {
            self.must_run();
            self.client().health().await.ok()
        })
        .await;
    }

    /// Fails if the node has ended by itself.
    fn must_run(&mut self) {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().unwrap());
        assert!(ended.is_none(), "{} ended by itself:\n{}", self.name, self.last_words());
    }

    /// Kills the node if it runs, and waits for its end.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// A new client of the node.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url).unwrap()
    }

    fn log(&self) -> PathBuf {
        self.logs.join(format!("{}-{}", self.name, self.runs))
    }

    /// The end of the last log, without what the node heard.
    fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains("plenary::heard")).collect();
        format!("{} (run {}):\n{}", self.name, self.runs, lines[lines.len().saturating_sub(8)..].join("\n"))
    }
}

/// Gives the nodes free ports that no other test and no network of this machine asks for first.
fn give_ports(testnet: &Testnet) {
    let start = u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start)).unwrap();
    let turned = (PORTS.start + start..PORTS.end).chain(PORTS.start..PORTS.start + start);
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let mut ports = turned.filter(free).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let net: Vec<(String, SocketAddr)> =
        testnet.names().iter().map(|name| (name.clone(), ports.next().unwrap())).collect();
    for (name, listen) in &net {
        let mut config = testnet.config(name).unwrap();
        config.net.listen = *listen;
        config.net.peers = net.iter().filter(|(other, _)| other != name).cloned().collect();
        config.web.listen = ports.next().unwrap();
        let node = testnet.node(name);
        node.write(&node.path().join(config::FILE_NAME), config.to_toml().as_bytes()).unwrap();
    }
}
