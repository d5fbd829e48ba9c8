//! `plenary testnet`: starts, stops and lists the nodes of a network on this machine.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use plenary_core::genesis::Clock;
use plenary_rpc::{answer::NodeStatus, client::Client};
use serde_json::{Value, json};
use tokio::{
    runtime::{Builder, Runtime},
    time::{sleep, timeout},
};

use crate::{
    args::{Options, TestnetArgs, TestnetVerb},
    bench,
    exit::Exit,
    keyboard,
    machine::Machine,
    problem::Problem,
    screen::{self, Screen},
    settings,
    testnet::{Founding, Process, Testnet, TestnetError, VALIDATORS},
};

/// How often all nodes are started with other ports.
const START_TRIES: u32 = 3;

/// How long a node may take until it answers.
const LIVE_WITHIN: Duration = Duration::from_secs(60);

/// How long nodes may take to find each other.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// How often they are asked.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Carries out a verb.
pub fn run(args: &TestnetArgs, options: &Options, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let home = args.home.as_deref();
    let open = || -> Result<Testnet, Problem> { Ok(Testnet::open(&home_of(home, machine)?)?) };
    match &args.verb {
        TestnetVerb::Up { validators } => up(&home_of(home, machine)?, *validators, machine, screen),
        TestnetVerb::Down => {
            let network = open()?;
            stop(&network, network.names(), screen)
        }
        TestnetVerb::Stop { names } => stop(&open()?, names, screen),
        TestnetVerb::Start { names } => start(&open()?, names, screen),
        TestnetVerb::List => list(&open()?, screen),
        TestnetVerb::Bench(args) => bench::run(args, home, machine, screen),
        TestnetVerb::Reset { yes } => {
            let network = open()?;
            if !yes {
                let question = format!("delete {} and everything recorded in it?", network.home().display());
                keyboard::agree(&question, !options.no_input, "nothing was deleted", screen)?;
            }
            reset(network, screen)
        }
    }
}

/// The folder that was named, or the one of the demonstration.
pub fn home_of(home: Option<&Path>, machine: &Machine) -> Result<PathBuf, Problem> {
    match (home, machine.variable("XDG_STATE_HOME")) {
        (Some(home), _) => Ok(home.to_path_buf()),
        (None, Some(folder)) => Ok(Path::new(folder).join("plenary/demo")),
        (None, None) => Ok(machine.home()?.join(".local/state/plenary/demo")),
    }
}

/// What calls to nodes wait in.
pub fn runtime() -> Result<Runtime, Problem> {
    Builder::new_current_thread().enable_all().build().map_err(|_| Problem::Defect("no runtime could be started"))
}

/// Starts the nodes that do not run, and waits until each is ready and reaches all others.
///
/// A port can be taken between the moment that it is found free and the moment
/// that a node listens on it; then all begin again with other ports.
pub async fn start_all(network: &Testnet, screen: &mut Screen<'_>) -> Result<(), Problem> {
    let is_whole = |status: &NodeStatus| status.ready && status.reachable == status.validators;
    let mut tries = START_TRIES;
    loop {
        for moved in network.settle_ports()? {
            screen.say(&format!("  ports       {moved}"));
        }
        for name in network.names() {
            network.start(name).await?;
        }
        tries = tries.saturating_sub(1);
        match await_up(network, network.names(), is_whole).await {
            Err(_) if 0 < tries && network.lost_port()?.is_some() => network.stop(network.names()).await.map(drop)?,
            result => return result,
        }
    }
}

/// Waits until each of the nodes answers and `is_up`.
async fn await_up(network: &Testnet, names: &[String], is_up: impl Fn(&NodeStatus) -> bool) -> Result<(), Problem> {
    for name in names {
        let client = Client::new(&network.url(name)?)?;
        let ended = || Problem::from(network.ended(name));
        let up = async {
            while !client.status().await.is_ok_and(|status| is_up(&status)) {
                if network.process(name) == Process::Stopped {
                    return Err(ended());
                }
                sleep(ASK_EVERY).await;
            }
            Ok(())
        };
        timeout(LIVE_WITHIN, up).await.unwrap_or_else(|_| Err(ended()))?;
    }
    Ok(())
}

/// Lets the nodes that run find each other, so that what is typed next finds them together.
///
/// One that only follows is not counted by others, so nothing depends on it.
async fn settle(network: &Testnet) {
    let runs = |name: &&String| network.process(name) != Process::Stopped;
    let running: Vec<String> = network.names().iter().filter(runs).cloned().collect();
    let count = u64::try_from(running.len()).unwrap_or(u64::MAX);
    let together = await_up(network, &running, |status| count <= status.reachable.0);
    drop(timeout(SETTLED_WITHIN, together).await);
}

/// How to ask the node at `url`, where it is not the one that is asked anyway.
pub fn at(url: &str) -> String {
    let usual = settings::NODE.replace("localhost", "127.0.0.1");
    if url == usual { String::new() } else { format!(" --node {url}") }
}

fn up(home: &Path, validators: u8, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let network = if home.join("genesis").exists() { Testnet::open(home)? } else { found(home, validators, machine)? };
    // The nodes go on when this process ends.
    runtime()?.block_on(start_all(&network, screen))?;
    list(&network, screen)
}

fn found(home: &Path, validators: u8, machine: &Machine) -> Result<Testnet, Problem> {
    let others = (VALIDATORS.len()..).map(|before| format!("member-{}", before.saturating_add(1)));
    let names = VALIDATORS.iter().map(ToString::to_string).chain(others).take(validators.into());
    let founding = Founding {
        origin: "plenary.example/testnet",
        notice: "A network for trials on one machine.",
        clock: Clock::Wall,
        time: machine.now(),
        validators: &names.collect::<Vec<_>>(),
    };
    Ok(Testnet::found(home, &founding)?)
}

fn start(network: &Testnet, names: &[String], screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    network.settle_ports()?;
    runtime()?.block_on(async {
        for name in names {
            let word = if network.start(name).await? { "started" } else { "runs already:" };
            screen.say(&format!("{word} {name}"));
        }
        await_up(network, names, |_| true).await?;
        settle(network).await;
        Ok::<(), Problem>(())
    })?;
    screen.json(&described(network)?)?;
    next(network, screen)
}

fn stop(network: &Testnet, names: &[String], screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    for (name, ran) in runtime()?.block_on(network.stop(names))? {
        let word = if ran { "stopped" } else { "does not run:" };
        screen.say(&format!("{word} {name}"));
    }
    screen.json(&described(network)?)?;
    next(network, screen)
}

fn reset(network: Testnet, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    runtime()?.block_on(network.stop(network.names()))?;
    let home = network.home().to_path_buf();
    network.reset()?;
    screen.say(&format!("deleted {} and everything recorded in it", home.display()));
    screen.json(&json!({ "deleted": home.display().to_string() }))?;
    screen.next(&format!("plenary testnet up --home {}", home.display()));
    Ok(Exit::Done)
}

fn list(network: &Testnet, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let mut rows = vec![["node", "process", "address"].map(str::to_owned).to_vec()];
    for name in network.names() {
        let process = match network.process(name) {
            Process::Running(pid) => format!("runs ({pid})"),
            Process::Stopped => "stopped".to_owned(),
        };
        rows.push(vec![name.clone(), process, network.url(name)?]);
    }
    screen.show(&screen::table(&rows))?;
    screen.json(&described(network)?)?;
    next(network, screen)
}

/// The nodes, for programs.
fn described(network: &Testnet) -> Result<Vec<Value>, TestnetError> {
    let each = network.names().iter().map(|name| {
        let pid = match network.process(name) {
            Process::Running(pid) => Some(pid),
            Process::Stopped => None,
        };
        Ok(json!({ "name": name, "pid": pid, "url": network.url(name)? }))
    });
    each.collect()
}

/// The next step: to ask a node that runs, or to start them.
fn next(network: &Testnet, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let running = network.names().iter().find(|name| network.process(name) != Process::Stopped);
    match running {
        Some(name) => screen.next(&format!("plenary status{}", at(&network.url(name)?))),
        None => screen.next(&format!("plenary testnet up --home {}", network.home().display())),
    }
    Ok(Exit::Done)
}
