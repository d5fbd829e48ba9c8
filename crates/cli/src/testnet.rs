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
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
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
    config::{self, Config, NetConfig, WebConfig},
    error::NodeError,
    home::{Home, HomeError, Keys},
    journal::{JournalFile, JournalFileError},
    keyfile::{self, KeyFileError},
};
use thiserror::Error;

use crate::exit::Exit;

/// The validators of a network that was not told otherwise; all are fictitious.
pub const VALIDATORS: [&str; 4] = ["secretariat", "operator-a", "regulator-b", "university-c"];

/// The first port for members, and the first for nodes; the next ones follow.
const PORTS: [u16; 2] = [8_645, 26_701];

/// Why a network on this machine cannot be used.
#[derive(Debug, Error)]
pub enum TestnetError {
    /// There is no network in the folder.
    #[error("there is no network in {home}\n  do: plenary testnet up", home = home.display())]
    Absent {
        /// The folder.
        home: PathBuf,
    },
    /// The network has no such node.
    #[error("the network has no node {name:?}; it has {known}")]
    NoSuchNode {
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A node ended before it could be asked anything.
    #[error("the node {name} ended at once; see {log}", log = log.display())]
    Ended {
        /// The node.
        name: String,
        /// Its log.
        log: PathBuf,
    },
    /// No free port was found.
    #[error("no free port was found from {0} on")]
    NoPort(u16),
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
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Absent { .. } | Self::NoSuchNode { .. } => Exit::NotFound,
            Self::Ended { .. } => Exit::NotReady,
            Self::NoPort(_) | Self::Founding(_) => Exit::Configuration,
            Self::Io { .. } | Self::Key(_) | Self::Home(_) | Self::Journal(_) => Exit::Key,
            Self::Node(error) => exit_of(error),
        }
    }
}

/// The exit code of a node that does not start, or stopped.
pub fn exit_of(error: &NodeError) -> Exit {
    match error {
        NodeError::Home(HomeError::Locked { .. }) => Exit::Conflict,
        NodeError::Home(_) | NodeError::Journal(_) => Exit::Key,
        NodeError::Diverged(_) | NodeError::Unsound(_) | NodeError::Store(_) | NodeError::Ended => Exit::NotReady,
        NodeError::Config(_)
        | NodeError::Net(_)
        | NodeError::Genesis(_)
        | NodeError::Policy(_)
        | NodeError::Founding(_)
        | NodeError::UnknownPeer(_)
        | NodeError::WrongKey { .. }
        | NodeError::Listen { .. }
        | NodeError::PublicUrl(_) => Exit::Configuration,
    }
}

/// Who may sign before anything is recorded.
pub struct Founder {
    /// The organisation.
    pub who: &'static str,
    /// Its role.
    pub role: &'static str,
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
    /// The signers that need no record.
    pub founders: &'a [Founder],
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
        let absent = || TestnetError::Absent { home: home.to_path_buf() };
        let line = fs::read(home.join("genesis")).map_err(|_| absent())?;
        let genesis = Genesis::from_line(&line).map_err(|error| TestnetError::Founding(error.to_string()))?;
        let names = genesis.validators.iter().map(|validator| validator.name.to_string()).collect();
        Ok(Self { home: home.to_path_buf(), names })
    }

    /// Founds a network in `home`: keys, genesis line, and a home for each node.
    pub fn found(home: &Path, founding: &Founding<'_>) -> Result<Self, TestnetError> {
        let wrong = |what: &str| TestnetError::Founding(what.to_owned());
        let mut authorities = Vec::new();
        for founder in founding.founders {
            let key = person(home, founder.who)?;
            let (who, role) = Name::parse(founder.who).zip(Name::parse(founder.role)).ok_or_else(|| wrong("a name"))?;
            authorities.push(Authority { who, role, key: MemberKey::of(&key) });
        }
        let origin = KeyName::parse(founding.origin).ok_or_else(|| wrong("the origin"))?;
        let mut nodes = Vec::new();
        for name in founding.validators {
            let keys = Keys { validator: new_key()?, cosigner: new_key()?, log: new_key()?, peer: new_key()? };
            nodes.push((name.clone(), keys));
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
        let network = Self { home: home.to_path_buf(), names: founding.validators.to_vec() };
        for (name, keys) in &nodes {
            let node = network.node(name);
            node.create_keys(keys)?;
            node.write(&node.genesis(), &line)?;
            JournalFile::create(&node.journal(), Genesis::ledger(&line), ValidatorKey::of(&keys.validator))?;
        }
        network.assign_ports()?;
        // Written last: a network whose founding was interrupted is not taken for a whole one.
        Home::new(home).write(&home.join("genesis"), &line)?;
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
        fs::read(&path).map_err(|error| TestnetError::Io { what: path.display().to_string(), error })
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

    /// Starts a node unless it runs; its output goes to its log.
    pub fn start(&self, name: &str) -> Result<Option<Child>, TestnetError> {
        self.check_name(name)?;
        if let Process::Running(_) = self.process(name) {
            return Ok(None);
        }
        let node = self.node(name);
        let log_path = node.path().join("log");
        let io = |what: &Path| {
            let what = what.display().to_string();
            move |error| TestnetError::Io { what, error }
        };
        let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(io(&log_path))?;
        let errors = log.try_clone().map_err(io(&log_path))?;
        let program = std::env::current_exe().map_err(io(Path::new("this program")))?;
        let mut command = Command::new(&program);
        command.arg("start").arg("--home").arg(node.path()).stdin(Stdio::null()).stdout(log).stderr(errors);
        // A node goes on when the terminal that started it is interrupted.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(io(&program))?;
        let pid_path = node.path().join("pid");
        fs::write(&pid_path, child.id().to_string()).map_err(io(&pid_path))?;
        Ok(Some(child))
    }

    /// Tells a node to stop; whether it ran.
    pub fn stop(&self, name: &str) -> Result<bool, TestnetError> {
        self.check_name(name)?;
        let Process::Running(pid) = self.process(name) else { return Ok(false) };
        let killed = Command::new("kill").arg("-TERM").arg(pid.to_string()).stderr(Stdio::null()).status();
        killed.map_err(|error| TestnetError::Io { what: "kill".into(), error })?;
        Ok(true)
    }

    /// How a node's process is: it holds the lock of its home while it runs.
    pub fn process(&self, name: &str) -> Process {
        let node = self.node(name);
        let pid = fs::read_to_string(node.path().join("pid")).ok().and_then(|text| text.trim().parse().ok());
        match (node.path().join("lock").exists().then(|| node.lock()), pid) {
            (Some(Err(HomeError::Locked { .. })), Some(pid)) => Process::Running(pid),
            (_, Some(pid)) if is_this_program(pid, node.path()) => Process::Running(pid),
            (_, _) => Process::Stopped,
        }
    }

    /// Gives each node ports that are free now; says which ones are not the usual.
    pub fn assign_ports(&self) -> Result<Vec<String>, TestnetError> {
        let mut taken = Vec::new();
        let mut ports = Vec::new();
        for (at, name) in (0_u16..).zip(&self.names) {
            let mut pair = Vec::new();
            for first in PORTS {
                let usual = first.saturating_add(at);
                let port = free_port(usual, &taken)?;
                taken.push(port);
                pair.push((usual, port));
            }
            ports.push((name, pair));
        }
        let address = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut moved = Vec::new();
        let mut found: Vec<(String, u16, u16)> = Vec::new();
        for (name, pair) in ports {
            let mut given = pair.into_iter().map(|(usual, port)| {
                if usual != port {
                    moved.push(format!("{name}: port {usual} is taken, {port} is used"));
                }
                port
            });
            if let (Some(web), Some(net)) = (given.next(), given.next()) {
                found.push((name.clone(), web, net));
            }
        }
        for (name, web, net) in &found {
            let others = found.iter().filter(|(other, _, _)| other != name);
            let config = Config {
                name: name.clone(),
                disk_reserve_mib: None,
                net: NetConfig {
                    listen: address(*net),
                    peers: others.map(|(other, _, net)| (other.clone(), address(*net))).collect(),
                },
                // The network is this machine's own, so no client is a stranger.
                web: WebConfig { listen: address(*web), public_url: None, calls_per_second: Some(1_000_000) },
            };
            let node = self.node(name);
            node.write(&node.path().join(config::FILE_NAME), config.to_toml().as_bytes())?;
        }
        Ok(moved)
    }

    /// Whether some node could not listen where its configuration says.
    pub fn ports_are_taken(&self) -> Result<bool, TestnetError> {
        for name in &self.names {
            if self.process(name) == Process::Stopped {
                let config = self.config(name)?;
                if !is_free(config.web.listen.port()) || !is_free(config.net.listen.port()) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Deletes the network, which must not run.
    pub fn reset(self) -> Result<(), TestnetError> {
        fs::remove_dir_all(&self.home)
            .map_err(|error| TestnetError::Io { what: self.home.display().to_string(), error })
    }

    fn check_name(&self, name: &str) -> Result<(), TestnetError> {
        if self.names.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(TestnetError::NoSuchNode { name: name.to_owned(), known: self.names.join(", ") })
    }
}

/// A new key from the system's random numbers.
pub fn new_key() -> Result<SigningKey, TestnetError> {
    let mut seed = [0; 32];
    let io =
        |error: getrandom::Error| TestnetError::Io { what: "the system's random numbers".into(), error: error.into() };
    getrandom::fill(&mut seed).map_err(io)?;
    Ok(SigningKey::from_bytes(&seed))
}

fn person(home: &Path, name: &str) -> Result<SigningKey, TestnetError> {
    let folder = home.join("people");
    let path = folder.join(name);
    if !path.exists() {
        fs::create_dir_all(&folder).map_err(|error| TestnetError::Io { what: folder.display().to_string(), error })?;
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

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The usual port or, if that is taken, one well above it that is free.
fn free_port(usual: u16, taken: &[u16]) -> Result<u16, TestnetError> {
    let above = (1..200_u16).map(|step| usual.saturating_add(step.saturating_mul(10)));
    let mut candidates = std::iter::once(usual).chain(above);
    candidates.find(|port| !taken.contains(port) && is_free(*port)).ok_or(TestnetError::NoPort(usual))
}

/// Whether process `pid` runs the node in `home`, and not something else that got its number.
fn is_this_program(pid: u32, home: &Path) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let home = home.as_os_str().as_encoded_bytes();
    line.split(|byte| *byte == 0).any(|argument| argument == home)
}

/// The log of a node, for messages.
pub fn log_of(network: &Testnet, name: &str) -> PathBuf {
    network.node(name).path().join("log")
}

/// Makes sure that the folder of a network can be written.
pub fn prepare(home: &Path) -> Result<(), TestnetError> {
    let io = |error| TestnetError::Io { what: home.display().to_string(), error };
    fs::create_dir_all(home).map_err(io)?;
    File::open(home).map(drop).map_err(io)
}
