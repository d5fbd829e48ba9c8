//! `plenary testnet bench`: how fast a throw-away network of four validators is on this machine.
//!
//! The validators are processes, started as an operator starts them, with every
//! check and every sync. Participants' records come to all four through
//! JSON-RPC: first few of them, then as many as the validators take, then seven
//! tenths of that. Nothing is judged here.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use plenary_core::genesis::Genesis;

pub mod figures;
pub mod flood;
pub mod meter;
pub mod nodes;
pub mod pace;
pub mod stage;
pub mod supply;

use self::{
    figures::{Figures, Latency, Limit, Program, RecordSize, Setting},
    flood::Flood,
    meter::Host,
    nodes::Nodes,
    pace::Pace,
    supply::Supply,
};
use crate::{
    args::BenchArgs, exit::Exit, machine::Machine, node, problem::Problem, screen::Screen, testnet::Testnet,
    testnet_commands,
};

/// Runs the measurements and tells their figures.
///
/// `kept` is the network's folder, which must not exist; without it, the folder
/// is a temporary one.
pub fn run(args: &BenchArgs, kept: Option<&Path>, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let home = make_home(kept)?;
    let host = Host::of(&home)?;
    screen.say("measuring how many signatures a core verifies");
    let limit = Limit::new(meter::verified_per_second()?, &host);
    screen.say(&format!("founding a network in {}", home.display()));
    let network = stage::found(&home, machine.now())?;
    let bench = Bench { args, network: &network, machine, limit, host };
    let runtime = testnet_commands::runtime()?;
    let measured = runtime.block_on(async {
        let stop = node::stop_signal()?;
        tokio::select! {
            measured = bench.measure(screen) => measured.map(Some),
            () = stop => Ok(None),
        }
    });
    runtime.block_on(network.stop(network.names()))?;
    if measured.is_err() {
        screen.say(&format!("the nodes' logs are in {}", home.display()));
    }
    let measured = measured?;
    if kept.is_none() {
        network.reset()?;
    }
    let Some(figures) = measured else { return Ok(Exit::Interrupted) };
    screen.show(&figures.text())?;
    screen.json(&figures)?;
    screen.next("plenary testnet bench --json > FILE    (to compare with later ones)");
    Ok(Exit::Done)
}

/// Makes the folder of the network, which must be a new one.
fn make_home(asked: Option<&Path>) -> Result<PathBuf, Problem> {
    let usual = || std::env::temp_dir().join(format!("plenary-bench-{}", std::process::id()));
    let home = asked.map_or_else(usual, Path::to_path_buf);
    fs::create_dir(&home).map_err(|error| Problem::file(&home, error))?;
    home.canonicalize().map_err(|error| Problem::file(&home, error))
}

struct Bench<'a> {
    args: &'a BenchArgs,
    network: &'a Testnet,
    machine: &'a Machine,
    limit: Limit,
    host: Host,
}

impl Bench<'_> {
    async fn measure(self, screen: &mut Screen<'_>) -> Result<Figures, Problem> {
        let (args, network) = (self.args, self.network);
        testnet_commands::start_all(network, screen).await?;
        let nodes = Nodes::of(network)?;
        let ledger = Genesis::ledger(&network.genesis()?);
        let mut supply = Supply::new(ledger, args.signers, self.machine.now())?;
        screen.say(&format!("enrolling {} participants", args.signers));
        stage::set(network, &nodes, &supply, self.machine.now()).await?;

        let calm = self.pace(u64::from(args.rate), &nodes, &mut supply, screen).await?;

        let seconds = u64::from(args.seconds);
        let most = self.limit.records_per_second.saturating_mul(seconds.saturating_add(flood::WARM_UP.as_secs()));
        // No network comes near the limit: verifying is not all that it does.
        let records = supply.make(most.saturating_mul(3) / 5)?;
        screen.say(&format!("sending records as fast as they are taken, for {seconds} s"));
        let record = RecordSize::of(records.first(), args.signers);
        let flood = Flood {
            records,
            batch: usize::from(args.batch),
            in_flight: u64::from(args.in_flight),
            window: Duration::from_secs(seconds),
        };
        let saturation = flood.run(&nodes).await?;
        nodes.await_rest().await?;

        let brisk = saturation.records_per_second.saturating_mul(7) / 10;
        let brisk = self.pace(brisk.max(1), &nodes, &mut supply, screen).await?;
        Ok(Figures {
            host: self.host,
            program: Program::this(),
            setting: Setting { validators: network.names().len(), batch: args.batch, in_flight: args.in_flight },
            record,
            ratio: figures::ratio(saturation.records_per_second, self.limit.records_per_second),
            limit: self.limit,
            saturation,
            latency: vec![calm, brisk],
        })
    }

    async fn pace(
        &self,
        rate: u64,
        nodes: &Nodes,
        supply: &mut Supply,
        screen: &mut Screen<'_>,
    ) -> Result<Latency, Problem> {
        let seconds = u64::from(self.args.seconds);
        let records = supply.make(rate.saturating_mul(seconds))?;
        screen.say(&format!("sending {rate} records per second for {seconds} s"));
        Pace { records, rate }.run(nodes).await
    }
}
