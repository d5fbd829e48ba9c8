//! `plenary demo`: four validators on this machine, and FG DLT's records played to them.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use plenary_core::{
    genesis::{Clock, Genesis},
    hash::Digest,
    record::{NAMESPACE, Name, Record, Signer},
    signature::{self, MemberKey},
    time::Moment,
};
use plenary_rpc::{
    answer::SubmissionState,
    client::{Client, ClientError},
};
use serde_json::Value;

pub mod facts;
pub mod history;

use self::{
    facts::Facts,
    history::{Act, History, People},
};
use crate::{
    args::DemoArgs,
    exit::Exit,
    machine::Machine,
    problem::Problem,
    screen::Screen,
    testnet::{Founder, Founding, Testnet, VALIDATORS},
    testnet_commands::{Children, await_live, stop_signal},
};

/// What every page and verdict of the demonstration says.
const NOTICE: &str = "Demonstration on a replay ledger: FG DLT's public history, with synthetic acts of fictitious \
                      people and organisations around it. Demo keys; its times prove nothing.";

/// How long a record's signatures last.
const VALIDITY_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// How long the demonstration waits for one record to become final.
const PATIENCE: Duration = Duration::from_secs(9);

/// How often it asks again for a record that took longer.
const TRIES: u32 = 20;

/// Runs the demonstration until it is interrupted.
pub fn run(args: &DemoArgs, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let home = match &args.home {
        Some(home) => home.clone(),
        None => crate::testnet_commands::usual_home(machine, "demo")?,
    };
    let network = open_or_found(&home, screen)?;
    screen.say(&format!(
        "plenary {} - demo network. Demo keys, public records, nothing leaves this machine.",
        env!("CARGO_PKG_VERSION")
    ))?;
    screen.say(&format!("  home        {}", home.display()))?;
    if network.ports_are_taken()? {
        for moved in network.assign_ports()? {
            screen.say(&format!("  ports       {moved}"))?;
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Problem::Defect("no runtime could be started"))?;
    let children = Children::start(&network)?;
    runtime.block_on(play_and_wait(args, &network, children, screen))
}

async fn play_and_wait(
    args: &DemoArgs,
    network: &Testnet,
    children: Children,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let stop = stop_signal()?;
    tokio::pin!(stop);
    let played = async {
        await_live(network).await?;
        screen.say(&format!("  validators  {}   {} up", network.names().join("  "), network.names().len()))?;
        play(network, screen).await?;
        tell(network, screen).await
    };
    let result = tokio::select! {
        result = played => result,
        () = &mut stop => Ok(()),
    };
    if result.is_ok() && !args.exit {
        stop.await;
    }
    children.stop(network)?;
    result.map(|()| Exit::Done)
}

async fn tell(network: &Testnet, screen: &mut Screen<'_>) -> Result<(), Problem> {
    let url = network.url(VALIDATORS[0])?;
    let head = client(&url)?.head().await?;
    screen.say(&format!("  final       block {}", head.height))?;
    screen.say(&format!("  ledger      {}", Genesis::ledger(&network.genesis()?)))?;
    screen.say(&format!("  JSON-RPC    {url}/rpc         document: {url}/openrpc.json"))?;
    screen.say(&format!("  documents   {}", network.home().join("documents").display()))?;
    screen.say("")?;
    screen.next(&format!("in another terminal: plenary status --node {url}"))?;
    screen.say("(press Ctrl-C to stop; everything is kept; `plenary testnet reset --home HOME` deletes it)")
}

fn open_or_found(home: &Path, screen: &mut Screen<'_>) -> Result<Testnet, Problem> {
    if home.join("genesis").exists() {
        return Ok(Testnet::open(home)?);
    }
    screen.say("founding the demo network: keys for 4 validators, and for the people who sign")?;
    let validators: Vec<String> = VALIDATORS.iter().map(ToString::to_string).collect();
    let founding = Founding {
        origin: "plenary.example/fg-dlt-demo",
        notice: NOTICE,
        clock: Clock::Replay,
        time: Moment::parse("2017-05-01T00:00:00Z").unwrap_or_default(),
        validators: &validators,
        founders: &[Founder { who: "tsag", role: "parent" }, Founder { who: "tsb", role: "secretariat" }],
    };
    Ok(Testnet::found(home, &founding)?)
}

/// Plays the history; what is in the ledger already stays as it is.
async fn play(network: &Testnet, screen: &mut Screen<'_>) -> Result<(), Problem> {
    let member = |name: &str| network.person(name).map(|key| MemberKey::of(&key)).map_err(Problem::from);
    let history = history::write(&Facts::read()?, &People(&member))?;
    keep_papers(&network.home().join("documents"), &history)?;
    let ledger = Genesis::ledger(&network.genesis()?);
    let client = client(&network.url(VALIDATORS[0])?)?;
    let total = history.acts.len();
    let mut previous = Digest::ZERO;
    for (done, act) in (1..).zip(&history.acts) {
        let (id, file) = signed(network, ledger, act, previous)?;
        submit(&client, &file, id).await?;
        previous = id;
        if done % 25 == 0 || done == total {
            screen.say(&format!("  replaying   FG DLT's records {done}/{total}"))?;
        }
    }
    Ok(())
}

/// Sends a record and waits until it is final.
async fn submit(client: &Client, file: &str, id: Digest) -> Result<(), Problem> {
    let mut submission = client.submit(file, PATIENCE).await?;
    for _ in 0..TRIES {
        if submission.state == SubmissionState::Final {
            return Ok(());
        }
        submission = client.submission(id, PATIENCE).await?;
    }
    Err(Problem::Pending { id, later: format!("plenary records show {id}") })
}

/// Writes a record's line and signs it with the demo keys.
fn signed(network: &Testnet, ledger: Digest, act: &Act, previous: Digest) -> Result<(Digest, String), Problem> {
    let mut signers = Vec::new();
    let mut keys = Vec::new();
    for (role, name) in &act.signers {
        let key = network.person(name)?;
        let who = history::who(name, &MemberKey::of(&key)).ok_or(Problem::Defect("a signer has no name"))?;
        let role = Name::parse(role).ok_or(Problem::Defect("a role has no name"))?;
        signers.push(Signer { role, who });
        keys.push(key);
    }
    let Value::Object(mut body) = act.body.clone() else {
        return Err(Problem::Defect("a body of the demonstration is no object"));
    };
    for value in body.values_mut() {
        if value == "$previous" {
            *value = previous.to_string().into();
        }
    }
    let record = Record {
        at: act.at,
        body,
        expires: act.at.plus_ms(VALIDITY_MS),
        group: if act.in_group { Name::parse("fg-dlt") } else { None },
        ledger,
        signed: act.at,
        signers,
        record_type: act.record_type.to_owned(),
    };
    let line = record.to_line().map_err(|_| Problem::Defect("a record of the demonstration is malformed"))?;
    let id = Digest::of(&line);
    let mut file = String::from_utf8(line.clone()).map_err(|_| Problem::Defect("a line is no text"))?;
    for key in &keys {
        let armour = signature::sign(key, &line, NAMESPACE);
        file.push_str(&armour.map_err(|_| Problem::Defect("a record cannot be signed"))?);
    }
    Ok((id, file))
}

fn keep_papers(folder: &Path, history: &History) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
    for paper in &history.papers {
        let path: PathBuf = folder.join(&paper.name);
        fs::write(&path, &paper.text).map_err(|error| Problem::file(&path, error))?;
    }
    Ok(())
}

fn client(url: &str) -> Result<Client, Problem> {
    Client::new(url).map_err(|error: ClientError| Problem::from(error))
}
