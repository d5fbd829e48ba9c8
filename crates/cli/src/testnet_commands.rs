//! `plenary testnet`, `init` and `start`: nodes on this machine.

use std::{
    path::{Path, PathBuf},
    process::Child,
    time::Duration,
};

use plenary_core::genesis::Clock;
use plenary_node::{
    Part,
    config::{self, Config, NetConfig, WebConfig},
    home::{Home, Keys},
};
use plenary_rpc::client::Client;
use serde_json::json;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    args::{InitArgs, StartArgs, TestnetVerb},
    bench,
    exit::Exit,
    machine::Machine,
    problem::Problem,
    screen::{self, Screen},
    testnet::{self, Founder, Founding, Process, Testnet, TestnetError, VALIDATORS},
};

/// How long a node may take until it answers.
const LIVE_WITHIN: Duration = Duration::from_secs(60);

/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Where networks of this machine are kept.
pub fn usual_home(machine: &Machine, name: &str) -> Result<PathBuf, Problem> {
    let base = match machine.variable("XDG_STATE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => machine.home()?.join(".local/state"),
    };
    Ok(base.join("plenary").join(name))
}

/// The node processes that this process has started.
pub struct Children(Vec<Child>);

impl Children {
    /// Starts the nodes that do not run.
    pub fn start(network: &Testnet) -> Result<Self, Problem> {
        let mut children = Vec::new();
        for name in network.names() {
            children.extend(network.start(name)?);
        }
        Ok(Self(children))
    }

    /// Stops every node of the network and waits for those that were started here.
    pub fn stop(self, network: &Testnet) -> Result<(), Problem> {
        for name in network.names() {
            network.stop(name)?;
        }
        for mut child in self.0 {
            child.wait().map_err(|error| Problem::file("a node's process", error))?;
        }
        Ok(())
    }
}

/// Waits until every node is ready: it answers, and reaches a quorum.
pub async fn await_live(network: &Testnet) -> Result<(), Problem> {
    for name in network.names() {
        let url = network.url(name)?;
        let client = Client::new(&url)?;
        let live = async {
            while !client.health().await.is_ok_and(|health| health.ready) {
                sleep(ASK_EVERY).await;
            }
        };
        if timeout(LIVE_WITHIN, live).await.is_err() {
            return Err(TestnetError::Ended { name: name.clone(), log: testnet::log_of(network, name) }.into());
        }
    }
    Ok(())
}

/// Resolves when the process is asked to stop.
pub fn stop_signal() -> Result<impl Future<Output = ()>, Problem> {
    let listen = |kind| signal(kind).map_err(|error| Problem::file("signals", error));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
    })
}

/// `plenary start`
pub fn start(args: &StartArgs, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    plenary_node::log::init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Problem::Defect("no runtime could be started"))?;
    let part = if args.observer { Part::Observer } else { Part::Validator };
    let home = Home::new(&args.home);
    runtime.block_on(async {
        let asked = stop_signal()?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            asked.await;
            stop.send_replace(true);
        });
        let mut told = Ok(());
        plenary_node::run(&home, part, stopped, |started| {
            told = screen.say(&format!("listening for members on http://{}", started.web));
        })
        .await
        .map_err(|error| Problem::Running(Box::new(error)))?;
        told.map(|()| Exit::Done)
    })
}

/// `plenary init`
pub fn init(args: &InitArgs, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let home = Home::new(&args.home);
    let new = testnet::new_key;
    let keys = Keys { validator: new()?, cosigner: new()?, log: new()?, peer: new()? };
    home.create_keys(&keys).map_err(TestnetError::from)?;
    let address = |port: u16| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let config = Config {
        name: args.name.clone(),
        disk_reserve_mib: None,
        net: NetConfig { listen: address(26_701), peers: std::collections::BTreeMap::new() },
        web: WebConfig { listen: address(8_645), public_url: None, calls_per_second: None },
    };
    let path = home.path().join(config::FILE_NAME);
    home.write(&path, config.to_toml().as_bytes()).map_err(TestnetError::from)?;
    let hex = |key: &ed25519_dalek::SigningKey| {
        key.verifying_key().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let request = json!({
        "name": args.name, "organization": args.org, "key": hex(&keys.validator), "peer": hex(&keys.peer),
        "cosigner": hex(&keys.cosigner), "log": hex(&keys.log),
    });
    screen.say(&format!("created {} and the keys of {}", path.display(), args.name))?;
    screen.json(&request)?;
    screen
        .next("send these public keys to the secretariat, and put the genesis file that comes back beside node.toml")?;
    Ok(Exit::Done)
}

/// `plenary testnet`
pub fn run(verb: &TestnetVerb, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        TestnetVerb::Up { home, validators } => up(&home_of(home.as_deref(), machine)?, *validators, machine, screen),
        TestnetVerb::Down { home } => {
            let network = Testnet::open(&home_of(home.as_deref(), machine)?)?;
            let names = network.names().to_vec();
            stop(&network, &names, screen)
        }
        TestnetVerb::Stop { names, home } => stop(&Testnet::open(&home_of(home.as_deref(), machine)?)?, names, screen),
        TestnetVerb::Start { names, home } => {
            let network = Testnet::open(&home_of(home.as_deref(), machine)?)?;
            for name in names {
                let word = if network.start(name)?.is_some() { "started" } else { "runs already:" };
                screen.say(&format!("{word} {name}"))?;
            }
            screen.next("plenary status")?;
            Ok(Exit::Done)
        }
        TestnetVerb::List { home } => list(&Testnet::open(&home_of(home.as_deref(), machine)?)?, screen),
        TestnetVerb::Reset { home } => {
            let network = Testnet::open(&home_of(home.as_deref(), machine)?)?;
            let names = network.names().to_vec();
            stop(&network, &names, screen)?;
            network.reset()?;
            screen.say("deleted the network and everything it recorded")?;
            Ok(Exit::Done)
        }
        TestnetVerb::Bench(args) => bench::run(args, machine, screen),
    }
}

/// The folder that was named, or the one of the demonstration.
fn home_of(home: Option<&Path>, machine: &Machine) -> Result<PathBuf, Problem> {
    match home {
        Some(home) => Ok(home.to_path_buf()),
        None => usual_home(machine, "demo"),
    }
}

fn up(home: &Path, validators: u8, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let network = if home.join("genesis").exists() {
        Testnet::open(home)?
    } else {
        let names: Vec<String> = (1..=validators)
            .zip(VALIDATORS.iter().map(ToString::to_string).chain((5..).map(|number: u32| format!("member-{number}"))))
            .map(|(_, name)| name)
            .collect();
        let founding = Founding {
            origin: "plenary.example/testnet",
            notice: "A network for trials on one machine.",
            clock: Clock::Wall,
            time: machine.now(),
            validators: &names,
            founders: &[Founder { who: "tsag", role: "parent" }, Founder { who: "tsb", role: "secretariat" }],
        };
        Testnet::found(home, &founding)?
    };
    if network.ports_are_taken()? {
        for moved in network.assign_ports()? {
            screen.say(&moved)?;
        }
    }
    // The nodes go on when this process ends.
    drop(Children::start(&network)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Problem::Defect("no runtime could be started"))?;
    runtime.block_on(await_live(&network))?;
    list(&network, screen)
}

fn stop(network: &Testnet, names: &[String], screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    for name in names {
        let word = if network.stop(name)? { "stopped" } else { "does not run:" };
        screen.say(&format!("{word} {name}"))?;
    }
    Ok(Exit::Done)
}

fn list(network: &Testnet, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let mut rows = vec![["NODE", "PROCESS", "ADDRESS"].map(str::to_owned).to_vec()];
    let mut nodes = Vec::new();
    for name in network.names() {
        let process = match network.process(name) {
            Process::Running(pid) => format!("runs ({pid})"),
            Process::Stopped => "stopped".to_owned(),
        };
        let url = network.url(name)?;
        nodes.push(json!({"name": name, "process": process, "url": url}));
        rows.push(vec![name.clone(), process, url]);
    }
    if screen.is_json() {
        screen.json(&nodes)?
    } else {
        screen.show(&screen::table(&rows))?
    }
    Ok(Exit::Done)
}
