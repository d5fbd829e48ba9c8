//! A network of nodes on this machine: its folder, its processes.
//!
//! ```text
//! HOME/genesis                the genesis line that all share
//! HOME/people/NAME            the OpenSSH keys of those who sign records
//! HOME/nodes/NAME/            a node's home, its process id and its log
//! ```

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use ed25519_dalek::SigningKey;
use plenary_core::{
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    keys::ValidatorKey,
    note::{CosignerKey, KeyName, LogKey},
    policy::{Policy, Seat},
    record::Name,
    signature::MemberKey,
    time::Moment,
};
use plenary_node::{
    config::{self, Config, ConfigError, NetConfig, WebConfig},
    error::NodeError,
    home::{Home, HomeError, Keys},
    journal::{JournalFile, JournalFileError},
    keyfile::{self, KeyFileError},
};
use thiserror::Error;
use tokio::time::sleep;

use crate::{
    exit::Exit,
    ports::{self, Ports},
};

/// The validators of a network that was not told otherwise; all are fictitious.
pub const VALIDATORS: [&str; 4] = ["secretariat", "operator-a", "regulator-b", "university-c"];

/// The signers that need no record: the parent group, and the secretariat.
const FOUNDERS: [(&str, &str); 2] = [("tsag", "parent"), ("tsb", "secretariat")];

/// How long a node may take to stop.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);

/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why a network on this machine cannot be used.
#[derive(Debug, Error)]
pub enum TestnetError {
    /// There is no network in the folder.
    #[error("there is no network in {home}\n  do: plenary testnet up --home {home}", home = home.display())]
    Absent {
        /// The folder.
        home: PathBuf,
    },
    /// The network has no such node.
    #[error("the network has no node {name:?}\n  do: give one of {known}")]
    NoSuchNode {
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The folder has nodes, and is no network.
    #[error("{home} holds nodes, and no network\n  do: give another folder with --home, or move this one away", home = home.display())]
    NoNetwork {
        /// The folder.
        home: PathBuf,
    },
    /// Another process plays the history in the folder.
    #[error("a demonstration runs in {home} already\n  do: plenary status, or stop the other one first", home = home.display())]
    Playing {
        /// The folder.
        home: PathBuf,
    },
    /// The folder holds the history that another version plays.
    #[error("the demonstration in {home} was begun by a version of plenary that plays other records\n  do: plenary testnet reset --home {home} deletes it, or plenary demo --home FOLDER begins another", home = home.display())]
    OtherHistory {
        /// The folder.
        home: PathBuf,
    },
    /// A node ended before it could be asked anything.
    #[error("the node {name} does not run\n  its last words: {said}\n  do: read {log}", log = log.display())]
    Ended {
        /// The node.
        name: String,
        /// The last line of its log.
        said: String,
        /// Its log.
        log: PathBuf,
    },
    /// A node does not stop.
    #[error("the node {name} does not stop\n  do: kill -KILL {pid}; it loses nothing that is final")]
    StillRuns {
        /// The node.
        name: String,
        /// Its process.
        pid: u32,
    },
    /// No free port was found.
    #[error("no free port was found from {0} on\n  do: stop what listens there")]
    NoPort(u16),
    /// A port is taken, and others know it by its number.
    #[error(
        "{name} cannot have its port {port} back: another program listens there\n  do: stop that program, or plenary testnet down, then up"
    )]
    PortTaken {
        /// The node.
        name: String,
        /// The port.
        port: u16,
    },
    /// The network cannot be founded as asked.
    #[error("the network cannot be founded: {0}")]
    Founding(String),
    /// A file or process cannot be used.
    #[error("{what} cannot be used: {error}")]
    Io {
        /// The file or program.
        what: String,
        /// What the system says.
        error: io::Error,
    },
    /// A key file cannot be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// A home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A journal cannot be made.
    #[error(transparent)]
    Journal(#[from] JournalFileError),
    /// A node's configuration cannot be used.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl TestnetError {
    /// A configuration that cannot be used.
    pub fn from_config(error: ConfigError) -> Self {
        Self::Node(error.into())
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Absent { .. } | Self::NoSuchNode { .. } => Exit::NotFound,
            Self::NoNetwork { .. } | Self::Playing { .. } | Self::OtherHistory { .. } | Self::PortTaken { .. } => {
                Exit::Conflict
            }
            Self::Ended { .. } | Self::StillRuns { .. } => Exit::NotReady,
            Self::NoPort(_) | Self::Founding(_) => Exit::Configuration,
            Self::Io { error, .. } => exit_of_io(error),
            Self::Key(error) => exit_of_key(error),
            Self::Home(error) => exit_of_home(error),
            Self::Journal(_) => Exit::Key,
            Self::Node(error) => exit_of(error),
        }
    }
}

/// The exit code of a node that does not start, or stopped.
pub fn exit_of(error: &NodeError) -> Exit {
    match error {
        NodeError::Home(error) => exit_of_home(error),
        NodeError::Journal(_) | NodeError::Vault(_) => Exit::Key,
        NodeError::Diverged(_) | NodeError::Unsound(_) | NodeError::Store(_) | NodeError::Ended => Exit::NotReady,
        NodeError::Listen { error, .. } if error.kind() == io::ErrorKind::AddrInUse => Exit::Conflict,
        NodeError::Config(ConfigError::Missing { .. }) => Exit::NotFound,
        NodeError::NoGenesis { error, .. } | NodeError::Config(ConfigError::Io { error, .. }) => exit_of_io(error),
        NodeError::Config(_)
        | NodeError::Net(_)
        | NodeError::Genesis { .. }
        | NodeError::Policy(_)
        | NodeError::Founding(_)
        | NodeError::UnknownPeer(_)
        | NodeError::Entry(_)
        | NodeError::Nameless(_)
        | NodeError::WrongKey { .. }
        | NodeError::Listen { .. }
        | NodeError::PublicUrl(_) => Exit::Configuration,
    }
}

fn exit_of_home(error: &HomeError) -> Exit {
    match error {
        HomeError::Locked { .. } => Exit::Conflict,
        HomeError::Io { error, .. } => exit_of_io(error),
        HomeError::Key(error) => exit_of_key(error),
    }
}

fn exit_of_key(error: &KeyFileError) -> Exit {
    match error {
        KeyFileError::Io { error, .. } => exit_of_io(error),
        KeyFileError::Missing { .. } => Exit::NotFound,
        KeyFileError::Readable { .. } | KeyFileError::Format { .. } | KeyFileError::Passphrase { .. } => Exit::Key,
    }
}

fn exit_of_io(error: &io::Error) -> Exit {
    if error.kind() == io::ErrorKind::NotFound {
        Exit::NotFound
    } else if error.kind() == io::ErrorKind::AlreadyExists {
        Exit::Conflict
    } else {
        Exit::Key
    }
}

/// What a network is founded on.
pub struct Founding<'a> {
    /// The origin of its checkpoints.
    pub origin: &'a str,
    /// What people should know of it.
    pub notice: &'a str,
    /// Where ledger time comes from.
    pub clock: Clock,
    /// When it begins.
    pub time: Moment,
    /// Its validators.
    pub validators: &'a [String],
}

/// A network in a folder.
pub struct Testnet {
    home: PathBuf,
    names: Vec<String>,
}

/// How a node's process is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Process {
    /// It runs under this id.
    Running(u32),
    /// It does not run.
    Stopped,
}

impl Testnet {
    /// Opens the network in `home`.
    pub fn open(home: &Path) -> Result<Self, TestnetError> {
        let absent = |_| TestnetError::Absent { home: home.to_path_buf() };
        let line = fs::read(home.join("genesis")).map_err(absent)?;
        let genesis = Genesis::from_line(&line).map_err(|error| TestnetError::Founding(error.to_string()))?;
        let names = genesis.validators.iter().map(|validator| validator.name.to_string()).collect();
        // One spelling of the path: it is by this that a node's process is known.
        Ok(Self { home: fs::canonicalize(home).map_err(absent)?, names })
    }

    /// Founds a network in `home`: keys, genesis line, and a home for each node.
    pub fn found(home: &Path, founding: &Founding<'_>) -> Result<Self, TestnetError> {
        let wrong = |what: &str| TestnetError::Founding(what.to_owned());
        begin(home)?;
        let mut authorities = Vec::new();
        for (founder, role) in FOUNDERS {
            let key = person(home, founder)?;
            let (who, role) = Name::parse(founder).zip(Name::parse(role)).ok_or_else(|| wrong("a name"))?;
            authorities.push(Authority { who, role, key: MemberKey::of(&key) });
        }
        let origin = KeyName::parse(founding.origin).ok_or_else(|| wrong("the origin"))?;
        let mut nodes = Vec::new();
        for name in founding.validators {
            nodes.push((name.clone(), new_keys()?));
        }
        let seats = nodes.iter().map(|(name, keys)| seat(&origin, name, keys)).collect::<Result<_, _>>()?;
        let policy = Policy::new(seats).map_err(|error| wrong(&error.to_string()))?;
        let genesis = Genesis {
            authorities,
            clock: founding.clock,
            grace_s: 600,
            heartbeat_s: 600,
            notice: Some(founding.notice.to_owned()),
            origin: founding.origin.to_owned(),
            policy: policy.to_string(),
            time: founding.time,
            validators: nodes.iter().map(|(name, keys)| validator(name, keys)).collect::<Result<_, _>>()?,
        };
        let line = genesis.to_line().map_err(|error| wrong(&error.to_string()))?;
        let home = &fs::canonicalize(home).map_err(io_of(home))?;
        let network = Self { home: home.clone(), names: founding.validators.to_vec() };
        for (name, keys) in &nodes {
            let node = network.node(name);
            node.create_keys(keys)?;
            node.write(&node.genesis(), &line)?;
            JournalFile::create(&node.journal(), Genesis::ledger(&line), ValidatorKey::of(&keys.validator))?;
        }
        network.assign_ports()?;
        // Written last: a network whose founding was interrupted is not taken for a whole one.
        Home::new(home).write(&home.join("genesis"), &line)?;
        fs::remove_file(home.join(FOUNDING)).map_err(io_of(home))?;
        Ok(network)
    }

    /// The names of the nodes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The folder.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The genesis line.
    pub fn genesis(&self) -> Result<Vec<u8>, TestnetError> {
        let path = self.home.join("genesis");
        fs::read(&path).map_err(io_of(&path))
    }

    /// The key of somebody who signs records, made if it is not there yet.
    pub fn person(&self, name: &str) -> Result<SigningKey, TestnetError> {
        person(&self.home, name)
    }

    /// A node's home.
    pub fn node(&self, name: &str) -> Home {
        Home::new(self.home.join("nodes").join(name))
    }

    /// A node's configuration.
    pub fn config(&self, name: &str) -> Result<Config, TestnetError> {
        self.check_name(name)?;
        Ok(Config::read(self.node(name).path()).map_err(NodeError::from)?)
    }

    /// The address for members of a node.
    pub fn url(&self, name: &str) -> Result<String, TestnetError> {
        Ok(format!("http://{}", self.config(name)?.web.listen))
    }

    /// Keeps other players of a history out for as long as the file lives.
    pub fn lock(&self) -> Result<File, TestnetError> {
        Home::new(&self.home).lock().map_err(|error| match error {
            HomeError::Locked { home } => TestnetError::Playing { home },
            HomeError::Io { .. } | HomeError::Key(_) => error.into(),
        })
    }

    /// Starts a node unless it runs; its output goes to its log.
    pub async fn start(&self, name: &str) -> Result<bool, TestnetError> {
        self.check_name(name)?;
        if let Process::Running(_) = self.process(name) {
            return Ok(false);
        }
        let node = self.node(name);
        let log_path = log_of(self, name);
        let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(io_of(&log_path))?;
        let errors = log.try_clone().map_err(io_of(&log_path))?;
        let program = std::env::current_exe().map_err(io_of(Path::new("this program")))?;
        let mut command = Command::new(&program);
        command.arg("start").arg("--home").arg(node.path()).stdin(Stdio::null()).stdout(log).stderr(errors);
        // A node goes on when the terminal that started it is interrupted.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(io_of(&program))?;
        let pid_path = node.path().join("pid");
        fs::write(&pid_path, child.id().to_string()).map_err(io_of(&pid_path))?;
        // A process that has just begun has no arguments yet by which it is known.
        while self.process(name) == Process::Stopped && child.try_wait().map_err(io_of(&program))?.is_none() {
            sleep(LOOK_EVERY).await;
        }
        Ok(true)
    }

    /// Stops nodes and waits until all have ended; says of each whether it ran.
    pub async fn stop<'a>(&self, names: &'a [String]) -> Result<Vec<(&'a str, bool)>, TestnetError> {
        let mut stopped = Vec::new();
        for name in names {
            stopped.push((name.as_str(), self.ask_to_stop(name)?));
        }
        for name in names {
            self.await_end(name).await?;
        }
        Ok(stopped)
    }

    fn ask_to_stop(&self, name: &str) -> Result<bool, TestnetError> {
        self.check_name(name)?;
        let Process::Running(pid) = self.process(name) else { return Ok(false) };
        // The shell's own command: the program of that name is not on every machine.
        let shell =
            Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid.to_string()]).stderr(Stdio::null()).status();
        shell.map_err(io_of(Path::new("sh")))?;
        Ok(true)
    }

    async fn await_end(&self, name: &str) -> Result<(), TestnetError> {
        let mut left = STOPPED_WITHIN;
        while let Process::Running(pid) = self.process(name) {
            if left.is_zero() {
                return Err(TestnetError::StillRuns { name: name.to_owned(), pid });
            }
            sleep(LOOK_EVERY).await;
            left = left.saturating_sub(LOOK_EVERY);
        }
        Ok(())
    }

    /// How a node's process is.
    pub fn process(&self, name: &str) -> Process {
        let node = self.node(name);
        let pid = fs::read_to_string(node.path().join("pid")).ok().and_then(|text| text.trim().parse().ok());
        match pid {
            Some(pid) if is_this_program(pid, node.path()) => Process::Running(pid),
            Some(_) | None => Process::Stopped,
        }
    }

    /// Sees to it that every node that does not run has ports to listen on; says which were replaced.
    pub fn settle_ports(&self) -> Result<Vec<String>, TestnetError> {
        match self.lost_port()? {
            None => Ok(Vec::new()),
            Some(_) if self.names.iter().all(|name| self.process(name) == Process::Stopped) => self.assign_ports(),
            // The others know the node by this port, and some of them run.
            Some((name, port)) => Err(TestnetError::PortTaken { name, port }),
        }
    }

    /// The first node that does not run and could not, since something else listens on its port.
    pub fn lost_port(&self) -> Result<Option<(String, u16)>, TestnetError> {
        for name in self.names.iter().filter(|name| self.process(name) == Process::Stopped) {
            let config = self.config(name)?;
            if let Some(port) = (Ports { web: config.web.listen, net: config.net.listen }).taken() {
                return Ok(Some((name.clone(), port)));
            }
        }
        Ok(None)
    }

    /// Gives each node ports that are free now; says which ones are not the usual.
    fn assign_ports(&self) -> Result<Vec<String>, TestnetError> {
        let (found, moved) = ports::find(&self.names)?;
        let nets = || self.names.iter().cloned().zip(found.iter().map(|ports| ports.net));
        for (name, ports) in self.names.iter().zip(&found) {
            let config = Config {
                name: name.clone(),
                disk_reserve_mib: None,
                net: NetConfig {
                    listen: ports.net,
                    peers: nets().filter(|(other, _)| other != name).collect(),
                    entries: std::collections::BTreeMap::new(),
                },
                // The network is this machine's own, so no client is a stranger.
                web: WebConfig { listen: ports.web, public_url: None, calls_per_second: Some(1_000_000) },
                vault: self.config(name).ok().and_then(|config| config.vault),
            };
            let node = self.node(name);
            node.write(&node.path().join(config::FILE_NAME), config.to_toml().as_bytes())?;
        }
        Ok(moved)
    }

    /// Deletes the network, which must not run.
    pub fn reset(self) -> Result<(), TestnetError> {
        fs::remove_dir_all(&self.home).map_err(io_of(&self.home))
    }

    /// What is to be said of a node that ended, or never answered: the last line of its log.
    pub fn ended(&self, name: &str) -> TestnetError {
        let log = log_of(self, name);
        let text = fs::read(&log).unwrap_or_default();
        let said = String::from_utf8_lossy(&text).lines().last().unwrap_or_default().trim().to_owned();
        TestnetError::Ended { name: name.to_owned(), said, log }
    }

    fn check_name(&self, name: &str) -> Result<(), TestnetError> {
        if self.names.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(TestnetError::NoSuchNode { name: name.to_owned(), known: self.names.join(", ") })
    }
}

/// What is there while a network is being founded.
const FOUNDING: &str = "founding";

/// Begins to found a network, where need be anew: what an interruption left belongs to no network.
fn begin(home: &Path) -> Result<(), TestnetError> {
    let (mark, nodes) = (home.join(FOUNDING), home.join("nodes"));
    if nodes.exists() {
        if !mark.exists() {
            return Err(TestnetError::NoNetwork { home: home.to_path_buf() });
        }
        fs::remove_dir_all(&nodes).map_err(io_of(&nodes))?;
    }
    fs::create_dir_all(home).map_err(io_of(home))?;
    File::create(&mark).map(drop).map_err(io_of(&mark))
}

fn io_of(what: &Path) -> impl FnOnce(io::Error) -> TestnetError {
    let what = what.display().to_string();
    move |error| TestnetError::Io { what, error }
}

/// A node's new keys.
pub fn new_keys() -> Result<Keys, TestnetError> {
    Ok(Keys { validator: new_key()?, cosigner: new_key()?, log: new_key()?, peer: new_key()? })
}

/// A new key from the system's random numbers.
pub fn new_key() -> Result<SigningKey, TestnetError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| TestnetError::Io { what: "the system's random numbers".into(), error: error.into() })?;
    Ok(SigningKey::from_bytes(&seed))
}

fn person(home: &Path, name: &str) -> Result<SigningKey, TestnetError> {
    let folder = home.join("people");
    let path = folder.join(name);
    if !path.exists() {
        fs::create_dir_all(&folder).map_err(io_of(&folder))?;
        keyfile::create(&path, &new_key()?)?;
    }
    Ok(keyfile::read(&path)?)
}

fn seat(origin: &KeyName, name: &str, keys: &Keys) -> Result<Seat, TestnetError> {
    let cosigner = KeyName::parse(&format!("{origin}/validator/{name}"));
    let cosigner = cosigner.ok_or_else(|| TestnetError::Founding(format!("the name {name:?}")))?;
    Ok(Seat {
        name: name.to_owned(),
        log: LogKey::of(origin.clone(), &keys.log),
        cosigner: CosignerKey::of(cosigner, &keys.cosigner),
        url: None,
    })
}

fn validator(name: &str, keys: &Keys) -> Result<GenesisValidator, TestnetError> {
    let name = Name::parse(name).ok_or_else(|| TestnetError::Founding(format!("the name {name:?}")))?;
    Ok(GenesisValidator {
        organization: name.clone(),
        name,
        key: ValidatorKey::of(&keys.validator),
        peer: keys.peer.verifying_key().to_bytes(),
    })
}

/// Whether process `pid` runs the node in `home`, and not something else that got its number.
fn is_this_program(pid: u32, home: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let home = home.as_os_str().as_encoded_bytes();
    line.split(|byte| *byte == 0).any(|argument| argument == home)
}

fn log_of(network: &Testnet, name: &str) -> PathBuf {
    network.node(name).path().join("log")
}
