//! `plenary init` and `plenary start`: one node of this machine.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use plenary_node::{
    Part,
    config::{self, Config, NetConfig, WebConfig},
    home::Home,
};
use serde_json::json;
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    sync::watch,
};

use crate::{
    args::{InitArgs, StartArgs},
    exit::Exit,
    ports::Ports,
    problem::Problem,
    screen::Screen,
    testnet::{self, TestnetError},
};

/// `plenary init`
pub fn init(args: &InitArgs, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let home = Home::new(&args.home);
    let path = home.path().join(config::FILE_NAME);
    if path.exists() {
        return Err(Problem::FileExists { path });
    }
    let keys = testnet::new_keys()?;
    home.create_keys(&keys).map_err(TestnetError::from)?;
    let ports = Ports::usual(0);
    let config = Config {
        name: args.name.clone(),
        disk_reserve_mib: None,
        net: NetConfig { listen: ports.net, peers: BTreeMap::new(), entries: BTreeMap::new() },
        web: WebConfig { listen: ports.web, public_url: None, calls_per_second: None },
        vault: None,
    };
    home.write(&path, config.to_toml().as_bytes()).map_err(TestnetError::from)?;
    screen.say(&format!("created {} and the keys of {}, which never leave this folder", path.display(), args.name));
    let public = [
        ("key", hex(&keys.validator)),
        ("peer", hex(&keys.peer)),
        ("cosigner", hex(&keys.cosigner)),
        ("log", hex(&keys.log)),
    ];
    let lines: String = public.iter().map(|(purpose, key)| format!("{purpose:<13} {key}\n")).collect();
    screen.show(&format!("name          {}\norganization  {}\n{lines}", args.name, args.org))?;
    let named = [("name", args.name.clone()), ("organization", args.org.clone())];
    screen.json(&BTreeMap::from_iter(named.into_iter().chain(public)))?;
    screen.say("send these lines to the secretariat, which returns the network's genesis file");
    let (genesis, home) = (home.genesis(), home.path().display());
    screen.next(&format!("plenary start --home {home}    (with the genesis file in {})", genesis.display()));
    Ok(Exit::Done)
}

fn hex(key: &SigningKey) -> String {
    key.verifying_key().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `plenary start`
pub fn start(args: &StartArgs, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let home = Home::new(&args.home);
    // Asked first, so that a folder that is no node's is told in words of its own.
    Config::read(home.path()).map_err(TestnetError::from_config)?;
    if !home.genesis().exists() {
        return Err(Problem::NotFound {
            what: format!("{} is not there, so the node does not know its network", home.genesis().display()),
            remedy: "put the network's genesis file there; the secretariat has it".to_owned(),
        });
    }
    plenary_node::log::init();
    let runtime = runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Problem::Defect("no runtime could be started"))?;
    let part = if args.observer { Part::Observer } else { Part::Validator };
    runtime.block_on(async {
        let asked = stop_signal()?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(async move {
            asked.await;
            stop.send_replace(true);
        });
        let mut told = Ok(());
        plenary_node::run(&home, part, stopped, |started| {
            let url = format!("http://{}", started.web);
            screen.say(&format!("listening for members on {url}"));
            screen.next(&format!("in another terminal: plenary status --node {url}"));
            told = screen.json(&json!({ "url": url }));
        })
        .await
        .map_err(|error| Problem::Running(Box::new(error)))?;
        told.map(|()| Exit::Done)
    })
}

/// Resolves when the process is asked to stop, or its terminal is closed.
pub fn stop_signal() -> Result<impl Future<Output = ()>, Problem> {
    let listen = |kind| signal(kind).map_err(|_| Problem::Defect("the system lets nobody interrupt the program"));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
            _ = hangup.recv() => (),
        }
    })
}
