//! What can be typed about the nodes of this machine.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// What is done with nodes of this machine; it asks no ledger.
#[derive(Debug, Subcommand)]
pub enum NodesCommand {
    /// Start four validators on this machine and play FG DLT's records to them
    Demo(DemoArgs),
    /// Make the home of a node: its keys and node.toml
    Init(InitArgs),
    /// Run a node until it is interrupted
    Start(StartArgs),
    /// Run a network of nodes on this machine
    Testnet(TestnetArgs),
}

/// `demo`
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// The folder of the demonstration [default: ~/.local/state/plenary/demo]
    #[arg(long, value_name = "FOLDER")]
    pub home: Option<PathBuf>,
    /// Stop once everything has been played
    #[arg(long)]
    pub exit: bool,
}

/// `init`
#[derive(Args, Debug)]
pub struct InitArgs {
    /// The folder of the node
    #[arg(long, value_name = "FOLDER")]
    pub home: PathBuf,
    /// The name of the node
    #[arg(long)]
    pub name: String,
    /// The organisation that runs it
    #[arg(long)]
    pub org: String,
}

/// `start`
#[derive(Args, Debug)]
pub struct StartArgs {
    /// The folder of the node
    #[arg(long, value_name = "FOLDER")]
    pub home: PathBuf,
    /// Follow without signing anything, even with a seat
    #[arg(long)]
    pub observer: bool,
}

/// `testnet`
#[derive(Args, Debug)]
pub struct TestnetArgs {
    /// The network's folder [default: the demonstration's; for a benchmark a new one, deleted afterwards]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub home: Option<PathBuf>,
    /// What to do with it.
    #[command(subcommand)]
    pub verb: TestnetVerb,
}

/// What to do with a network.
#[derive(Debug, Subcommand)]
pub enum TestnetVerb {
    /// Start all nodes, founding the network if there is none
    Up {
        /// How many validators a new network has
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=21))]
        validators: u8,
    },
    /// Stop all nodes
    Down,
    /// Stop nodes
    Stop {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Start nodes
    Start {
        /// Their names
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// List the nodes and their processes
    List,
    /// Stop all nodes and delete everything they recorded
    Reset {
        /// Delete without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// Measure how fast four validators of a throw-away network are on this machine
    Bench(BenchArgs),
}

/// `testnet bench`
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// How long each of the three measurements takes
    #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub seconds: u16,
    /// Records per second of the first measurement
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    pub rate: u16,
    /// How many participants sign
    #[arg(long, value_name = "NUMBER", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    pub signers: u16,
    /// Records in one call while the validators are saturated
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub batch: u16,
    /// Records on their way at once while the validators are saturated
    #[arg(long, value_name = "NUMBER", default_value_t = 8_000)]
    pub in_flight: u32,
}
