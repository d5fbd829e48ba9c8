//! `plenary demo`: four validators on this machine, and FG DLT's records played to them.

use std::{collections::BTreeMap, fs, io, path::Path, time::Duration};

use plenary_core::{
    genesis::{Clock, Genesis},
    hash::Digest,
    record::{NAMESPACE, Name, Record, Signer},
    signature::{self, MemberKey},
    time::Moment,
};
use plenary_procedure::record_type::{Reach, RecordType};
use plenary_rpc::{
    answer::SubmissionState,
    client::{Client, ClientError},
};
use serde_json::{Value, json};

pub mod facts;
pub mod history;
pub mod synthetic;

use self::{
    facts::Facts,
    history::{Act, History, People},
};
use crate::{
    args::DemoArgs,
    exit::Exit,
    machine::Machine,
    node,
    problem::Problem,
    screen::Screen,
    testnet::{Founding, Testnet, TestnetError, VALIDATORS},
    testnet_commands,
};

/// What every page and verdict of the demonstration says.
const NOTICE: &str = "SYNTHETIC in part: a demonstration that replays FG DLT's public history. From public sources are \
                      dates, meetings, deliverables, the number of contributions to meeting 1, and one title. \
                      Synthetic are people (8 enrolled stand for all), some organisations, other titles, all \
                      texts, positions, attendance beyond \"more than 80\", why D3.2 ended, the day of sending, \
                      liaison, patents, reports, corrections, the extension, and the erasure. Demo keys; its times \
                      prove nothing.";

/// How long a record's signatures last.
const VALIDITY_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// How long the demonstration waits for one record to become final.
const PATIENCE: Duration = Duration::from_secs(9);

/// How often it asks again for a record that took longer.
const TRIES: u32 = 20;

/// Runs the demonstration until it is interrupted.
pub fn run(args: &DemoArgs, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let home = testnet_commands::home_of(args.home.as_deref(), machine)?;
    screen.say(&format!(
        "plenary {} - demo network. Demo keys, public records, nothing leaves this machine.\n  home        {}",
        env!("CARGO_PKG_VERSION"),
        home.display()
    ));
    let is_new = !home.join("genesis").exists();
    let network = if is_new { found(&home, screen)? } else { Testnet::open(&home)? };
    let _lock = network.lock()?;
    let member = |name: &str| network.person(name).map(|key| MemberKey::of(&key)).map_err(Problem::from);
    let history = history::write(&Facts::read()?, &People(&member))?;
    keep_digest(&home, &history, is_new)?;
    keep_papers(&home.join("documents"), &history)?;
    testnet_commands::runtime()?.block_on(play_and_wait(args, &network, &history, screen))
}

async fn play_and_wait(
    args: &DemoArgs,
    network: &Testnet,
    history: &History,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    // Listened for before there is anything to stop.
    let stop = node::stop_signal()?;
    tokio::pin!(stop);
    let played = async {
        testnet_commands::start_all(network, screen).await?;
        screen.say(&format!("  validators  {}   {} up", network.names().join("  "), network.names().len()));
        play(network, history, screen).await?;
        tell(network, screen).await
    };
    let result = tokio::select! {
        result = played => result,
        () = &mut stop => Ok(()),
    };
    if result.is_ok() && !args.exit {
        stop.await;
    }
    network.stop(network.names()).await?;
    screen.say("all validators have stopped; plenary demo goes on where it was");
    result.map(|()| Exit::Done)
}

/// Says where everything is, and what each of those concerned can type.
async fn tell(network: &Testnet, screen: &mut Screen<'_>) -> Result<(), Problem> {
    let url = network.url(VALIDATORS[0])?;
    let client = client(&url)?;
    let (status, height) = (client.status().await?, client.head().await?.height);
    let ledger = Genesis::ledger(&network.genesis()?);
    let documents = network.home().join("documents");
    let (all, reachable) = (status.validators, status.reachable);
    screen.say(&format!("  final       block {height}, all records; {reachable} of {all} validators reachable"));
    screen.say(&format!("  ledger      {ledger}"));
    screen.say(&format!("  JSON-RPC    {url}/rpc         document: {url}/openrpc.json"));
    screen.say(&format!("  documents   {}", documents.display()));
    screen.say(&format!("\n{NOTICE}\n\nin another terminal, with plenary for target/release/plenary:"));
    let file = documents.join("contribution-20.txt");
    let at = testnet_commands::at(&url);
    for (who, command) in [
        ("the secretariat", format!("plenary participants list 1{at}")),
        ("", format!("plenary participants report{at}")),
        ("a delegate", format!("plenary contribution show DLT-I-020{at}")),
        ("", format!("plenary deliverable show D3.3{at}")),
        ("an auditor", format!("plenary receipt get {}{at}", file.display())),
        ("", format!("plenary verify {} --anchor {ledger}", file.display())),
    ] {
        screen.say(&format!("  {who:<16}  {command}"));
    }
    screen.say("(press Ctrl-C to stop; everything is kept; plenary testnet reset deletes it)");
    screen.next(&format!("plenary status{at}"));
    screen.json(&json!({ "ledger": ledger.to_string(), "url": url, "documents": documents.display().to_string() }))
}

fn found(home: &Path, screen: &mut Screen<'_>) -> Result<Testnet, Problem> {
    screen.say("  founding    keys for 4 validators, and for the people who sign");
    let founding = Founding {
        origin: "plenary.example/fg-dlt-demo",
        notice: NOTICE,
        clock: Clock::Replay,
        time: Moment::parse("2017-05-01T00:00:00Z").unwrap_or_default(),
        validators: &VALIDATORS.map(str::to_owned),
    };
    Ok(Testnet::found(home, &founding)?)
}

/// Plays the history; what is in the ledger already stays as it is.
async fn play(network: &Testnet, history: &History, screen: &mut Screen<'_>) -> Result<(), Problem> {
    let ledger = Genesis::ledger(&network.genesis()?);
    let client = client(&network.url(VALIDATORS[0])?)?;
    let total = history.acts.len();
    let mut ids = BTreeMap::new();
    for (done, act) in (1..).zip(&history.acts) {
        let (id, file) = signed(network, ledger, act, &ids)?;
        submit(&client, &file, id).await?;
        ids.extend(act.label.clone().map(|label| (label, id)));
        if done % 25 == 0 || done == total {
            screen.say(&format!("  replaying   FG DLT's records {done}/{total}"));
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

/// Writes a record's line and signs it with the demo keys; `ids` are those of the acts that others name.
pub fn signed(
    network: &Testnet,
    ledger: Digest,
    act: &Act,
    ids: &BTreeMap<String, Digest>,
) -> Result<(Digest, String), Problem> {
    let mut signers = Vec::new();
    let mut keys = Vec::new();
    for (role, name) in &act.signers {
        let key = network.person(name)?;
        let who = history::who(name, &MemberKey::of(&key)).ok_or(Problem::Defect("a signer has no name"))?;
        let role = Name::parse(role).ok_or(Problem::Defect("a role has no name"))?;
        signers.push(Signer { role, who });
        keys.push(key);
    }
    let named = synthetic::fill_in(act.body.clone(), &mut |value| {
        let Some(label) = value.as_str().and_then(|text| text.strip_prefix("record ")) else { return Ok(value) };
        let id = ids.get(label).ok_or(Problem::Defect("an act of the demonstration names a later one"))?;
        Ok(id.to_string().into())
    });
    let Value::Object(body) = named? else {
        return Err(Problem::Defect("a body of the demonstration is no object"));
    };
    let record_type =
        RecordType::parse(&act.record_type).ok_or(Problem::Defect("a type of the demonstration is unknown"))?;
    let record = Record {
        at: act.at,
        body,
        expires: act.at.plus_ms(VALIDITY_MS),
        group: if record_type.reach() == Reach::Ledger { None } else { Name::parse("fg-dlt") },
        ledger,
        signed: act.at,
        signers,
        record_type: act.record_type.clone(),
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

/// Notes which history is played here; a ledger that holds another one cannot go on with this.
fn keep_digest(home: &Path, history: &History, is_new: bool) -> Result<(), Problem> {
    let mut text = String::new();
    for Act { at, record_type, signers, label: _, body } in &history.acts {
        text.push_str(&format!("{at} {record_type} {signers:?} {body}\n"));
    }
    let digest = format!("{}\n", Digest::of(text.as_bytes()));
    let path = home.join("history");
    if is_new {
        return fs::write(&path, digest).map_err(|error| Problem::file(&path, error));
    }
    match fs::read_to_string(&path) {
        Ok(kept) if kept == digest => Ok(()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Problem::file(&path, error)),
        Ok(_) | Err(_) => Err(TestnetError::OtherHistory { home: home.to_owned() }.into()),
    }
}

fn keep_papers(folder: &Path, history: &History) -> Result<(), Problem> {
    fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
    for paper in &history.papers {
        let path = folder.join(&paper.name);
        fs::write(&path, &paper.text).map_err(|error| Problem::file(&path, error))?;
    }
    Ok(())
}

fn client(url: &str) -> Result<Client, Problem> {
    Client::new(url).map_err(|error: ClientError| Problem::from(error))
}
