//! `plenary witness`: somebody beside the validators cosigns heads of the log, and so says that it only grew.
//!
//! A witness has a home of its own:
//!
//! ```text
//! keys/witness      the private key, which only its owner can read (OpenSSH)
//! witness.vkey      its name and public half (C2SP signed-note)
//! genesis           the ledger that it trusts
//! head              the last head that it kept, lasting before the cosignature leaves
//! evidence/         two heads that contradict each other, if a node ever showed them
//! lock              keeps a second process out
//! ```

use std::{io, path::Path};

use ed25519_dalek::SigningKey;
use plenary_core::{
    checkpoint::Cosignature,
    genesis::Genesis,
    note::{CosignerKey, KeyName},
};
use plenary_node::{
    home::{Home, HomeError},
    keyfile,
};
use plenary_verifier::checks::{self, TrustedGenesis};
use serde_json::json;

use crate::{
    anchor,
    args::WitnessVerb,
    bundle::read_file,
    compare,
    doubt::{self, Doubt, SignedHead},
    exit::Exit,
    problem::Problem,
    screen::Screen,
    session::Session,
    testnet::{self, TestnetError},
};

/// The name of the key's file.
const KEY: &str = "witness";

/// The largest file of a home that is read, in bytes: a genesis line.
const BYTES_MAX: u64 = 65_536;

/// What a cosignature does not say.
const NOT_CHECKED: [&str; 2] = [
    "what the log holds: plenary verify ledger replays it",
    "that the validators' keys belong to the organisations named",
];

/// Carries out a verb.
pub fn run(verb: &WitnessVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        WitnessVerb::Init { home, name, anchor } => {
            init(&Home::new(session.machine.path(home)?), name, anchor.as_deref(), session, screen)
        }
        WitnessVerb::Cosign { home } => cosign(&Home::new(session.machine.path(home)?), session, screen),
    }
}

fn init(
    home: &Home,
    name: &str,
    anchor: Option<&str>,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let name = KeyName::parse(name).ok_or_else(|| {
        let remedy =
            "give 1 to 255 printable ASCII characters without space and plus sign, as observer.example/witness";
        Problem::usage(format!("{name:?} is no name of a key"), remedy)
    })?;
    std::fs::create_dir_all(home.path()).map_err(|error| Problem::file(home.path(), error))?;
    let _lock = home.lock().map_err(of_home)?;
    if home.key(KEY).exists() {
        return Err(Problem::FileExists { path: home.key(KEY) });
    }
    let line = session.genesis()?.line.as_bytes();
    let anchor = anchor::choose(anchor, session.machine, Genesis::ledger(line))?;
    let fetched = checks::genesis_is_trusted(line, anchor)
        .map_err(Doubt::Gap)
        .and_then(|trusted| SignedHead::fetch(&session.remote, &trusted));
    let head = match fetched {
        Ok(head) => head.checkpoint,
        Err(Doubt::Problem(problem)) => return Err(problem),
        Err(doubt) => {
            doubt::show((doubt.exit(), &doubt.told()), anchor, &[], screen)?;
            screen.next("plenary anchor add NAME sha256:…    (with the ledger's name from a printed circular)");
            return Ok(doubt.exit());
        }
    };
    let secret = testnet::new_key()?;
    let key = CosignerKey::of(name, &secret);
    // The key comes last: without the head that it starts from it is of no use.
    for (file, text) in [("genesis", line), ("witness.vkey", format!("{key}\n").as_bytes())] {
        home.write(&home.path().join(file), text).map_err(of_home)?;
    }
    keep(home, &head.to_string())?;
    make_key(home, &secret)?;
    screen.show(&format!(
        "witness    {key}\nledger     {}\nbegins at  {} entries\n",
        Genesis::ledger(line),
        head.head.size
    ))?;
    screen.json(&json!({
        "ledger": Genesis::ledger(line).to_string(),
        "size": head.head.size,
        "witness": key.to_string(),
    }))?;
    screen.say("publish the first line: with it others check what this witness cosigns");
    screen.next(&format!("plenary witness cosign --home {}", home.path().display()));
    Ok(Exit::Done)
}

fn make_key(home: &Home, secret: &SigningKey) -> Result<(), Problem> {
    let path = home.key(KEY);
    let folder = path.parent().unwrap_or(&path);
    std::fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
    keyfile::create(&path, secret).map_err(|error| TestnetError::from(error).into())
}

fn cosign(home: &Home, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let secret = keyfile::read(&home.key(KEY)).map_err(TestnetError::from)?;
    let _lock = home.lock().map_err(of_home)?;
    let key = key(home, &secret)?;
    let line = read_file(&home.genesis(), BYTES_MAX)?;
    let ledger = Genesis::ledger(&line);
    let heads = checks::genesis_is_trusted(&line, Some(ledger)).map_err(Doubt::Gap).and_then(|trusted| {
        let kept = kept(home, &trusted)?;
        let fetched = SignedHead::fetch(&session.remote, &trusted)?;
        compare::one_history(vec![(kept, None), (fetched, Some(&session.remote))])
    });
    let head = match heads {
        Ok(heads) => heads.into_iter().next_back().ok_or(Problem::Defect("two heads became none"))?.checkpoint,
        Err(Doubt::Problem(problem)) => return Err(problem),
        Err(doubt) => {
            doubt::show((doubt.exit(), &doubt.told()), Some(ledger), &NOT_CHECKED, screen)?;
            if let Doubt::Fork(fork) = &doubt {
                let folder = fork.write(&home.path().join("evidence"))?;
                screen.say(&format!(
                    "written    {}: both heads with their signatures; show them to others",
                    folder.display()
                ));
            }
            return Ok(doubt.exit());
        }
    };
    keep(home, &head.to_string())?;
    let cosignature = Cosignature::sign(key.name(), &secret, session.machine.now(), &head.body());
    screen.file("checkpoint", &format!("{head}{cosignature}\n"))?;
    screen.say(&format!("cosigned   the head of {} entries; the last line is this witness's", head.head.size));
    screen.next(&format!("plenary witness cosign --home {}    (again, when the log has grown)", home.path().display()));
    Ok(Exit::Done)
}

/// The name and public half, which must be those of the private half.
fn key(home: &Home, secret: &SigningKey) -> Result<CosignerKey, Problem> {
    let path = home.path().join("witness.vkey");
    let text = String::from_utf8(read_file(&path, BYTES_MAX)?).unwrap_or_default();
    let key = CosignerKey::parse(text.trim_end()).ok().filter(|key| *key.public() == secret.verifying_key().to_bytes());
    key.ok_or_else(|| damaged(&path, "it is not the public half of keys/witness; restore it from a backup"))
}

/// The head from which this witness goes on.
fn kept(home: &Home, trusted: &TrustedGenesis) -> Result<SignedHead, Doubt> {
    let path = home.path().join("head");
    let text = read_file(&path, BYTES_MAX).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    SignedHead::read(&text, "cosigned before".to_owned(), trusted).map_err(|_| {
        let why = "it holds no head that a quorum signed, so what was cosigned before is not known; \
            begin a new witness with a new key in another home: plenary witness init";
        damaged(&path, why).into()
    })
}

fn keep(home: &Home, head: &str) -> Result<(), Problem> {
    home.write(&home.path().join("head"), head.as_bytes()).map_err(of_home)
}

fn damaged(path: &Path, why: &str) -> Problem {
    Problem::file(path, io::Error::new(io::ErrorKind::InvalidData, why))
}

fn of_home(error: HomeError) -> Problem {
    TestnetError::from(error).into()
}
