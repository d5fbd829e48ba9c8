//! `plenary validators`: publishes a validator's keys, and writes the record that changes the validators.
//!
//! What is to be signed is written as a form, so that it can be read before
//! anybody signs: `plenary record make` signs it, and `record sign` passes it on.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use plenary_core::{
    checkpoint::Cosignature,
    genesis::Genesis,
    json::Object,
    keys::ValidatorKey,
    note::{CosignerKey, KeyName, LogKey},
    policy::{Policy, Seat as PolicySeat},
    receipt::Receipt,
    record::Name,
    seat::{SeatKeys, SeatSecrets},
    subject::Subject,
};
use plenary_node::{home::Home, journal::JournalFile, keyfile, peer_name};
use plenary_procedure::{
    preparation::{KeyProofs, ValidatorsPrepare},
    record_type::RecordType,
    succession::{Presence, ValidatorsChange},
    text::{PublicKey, Text},
    validators::{Seat, Validators},
};
use plenary_rpc::json::Number;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    args::ValidatorsVerb,
    bundle::{read_file, replace},
    exit::Exit,
    history,
    problem::Problem,
    screen::Screen,
    session::Session,
    settings::spelled,
    testnet::{self, TestnetError},
};

/// The largest file that `attend` writes, in bytes.
const PRESENCE_BYTES_MAX: u64 = 65_536;

/// Carries out a verb.
pub fn run(verb: &ValidatorsVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        ValidatorsVerb::Show => show(session, screen),
        ValidatorsVerb::Prepare { home, org, new_key, out } => {
            prepare(&Home::new(home), (org.as_deref(), *new_key), out, (session, screen))
        }
        ValidatorsVerb::Attend { home, out } => attend(&Home::new(home), out, (session, screen)),
        ValidatorsVerb::Change { names, presences, out } => change(names, presences, out, (session, screen)),
    }
}

/// The validators as the ledger's records tell them.
struct Register {
    genesis: Genesis,
    ledger: plenary_core::hash::Digest,
    epoch: u64,
    policy: String,
    seats: Vec<Seat>,
    prepared: BTreeMap<Text<Name>, ValidatorsPrepare>,
    /// Every key that ever had a seat.
    seated: BTreeSet<Text<PublicKey>>,
}

impl Register {
    fn read(session: &Session<'_>) -> Result<Self, Problem> {
        let line = session.genesis()?.line.clone();
        let unreadable = |_| Problem::Defect("the genesis line cannot be read");
        let genesis = Genesis::from_line(line.as_bytes()).map_err(unreadable)?;
        let present = Validators::founded(&genesis).present;
        let mut register = Self {
            ledger: Genesis::ledger(line.as_bytes()),
            genesis,
            epoch: 0,
            policy: present.policy,
            seated: present.seats.iter().map(|seat| seat.key).collect(),
            seats: present.seats,
            prepared: BTreeMap::new(),
        };
        let subject = Subject::parse("validators").ok_or(Problem::Defect("the validators have no subject"))?;
        for record in history::all_full(session, &history::chain(session, &subject)?)? {
            match RecordType::parse(&record.line.record_type) {
                Some(RecordType::ValidatorsPrepare) => {
                    let body: ValidatorsPrepare = history::body(&record)?;
                    register.prepared.insert(body.validator.clone(), body);
                }
                Some(RecordType::ValidatorsChange) => register.turn(history::body(&record)?),
                Some(_) | None => {}
            }
        }
        Ok(register)
    }

    fn turn(&mut self, change: ValidatorsChange) {
        self.seated.extend(change.validators.iter().map(|seat| seat.key));
        for seat in &change.validators {
            self.prepared.remove(&seat.name);
        }
        (self.epoch, self.policy, self.seats) = (change.epoch, change.policy, change.validators);
    }

    fn policy(&self) -> Result<Policy, Problem> {
        Policy::parse(&self.policy).map_err(|_| Problem::Defect("the policy in force cannot be read"))
    }
}

fn show(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let register = Register::read(session)?;
    let peer = |seat: &Seat| peer_name(seat.peer.0.as_bytes()).unwrap_or_default();
    let line =
        |seat: &Seat| format!("{:<16} {:<16} {}\n", seat.name.to_string(), seat.organization.to_string(), peer(seat));
    let seats: String = register.seats.iter().map(line).collect();
    let prepared: String = register
        .prepared
        .values()
        .map(|it| {
            format!("{:<16} {:<16} {}\n", it.validator.to_string(), it.organization.to_string(), it.cosigner.0.name())
        })
        .collect();
    screen.show(&format!("epoch {}\n{seats}", register.epoch))?;
    if !prepared.is_empty() {
        screen.show(&format!("keys published for later\n{prepared}"))?;
    }
    let seat = |seat: &Seat| json!({ "name": seat.name, "organization": seat.organization, "key": seat.key, "peer": peer(seat) });
    screen.json(&json!({
        "epoch": register.epoch,
        "validators": register.seats.iter().map(seat).collect::<Vec<_>>(),
        "prepared": register.prepared.values().map(|it| it.validator.to_string()).collect::<Vec<_>>(),
    }))?;
    screen.next("plenary validators prepare --home FOLDER --out FORM.toml    (at each operator)");
    Ok(Exit::Done)
}

/// Makes a validator's next keys in its home, and the form that publishes them.
fn prepare(
    home: &Home,
    (org, is_new): (Option<&str>, bool),
    out: &Path,
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let register = Register::read(session)?;
    let config = plenary_node::config::Config::read(home.path()).map_err(TestnetError::from_config)?;
    let name: Name = spelled("the node's name", &config.name)?;
    let organization = match org {
        Some(org) => spelled("--org", org)?,
        None => owner(&register, &name)?,
    };
    if is_new {
        replace_key(home)?;
    }
    let keys = home.keys().map_err(TestnetError::from)?;
    let key = ValidatorKey::of(&keys.validator);
    make_journal(home, &register, key)?;
    let number = next_number(home)?;
    let cosigner = testnet::new_key()?;
    keyfile::create(&home.cosigner(number), &cosigner).map_err(TestnetError::from)?;
    let key_name = |text: String| KeyName::parse(&text).ok_or(Problem::Defect("the origin names no keys"));
    let origin = register.genesis.origin.clone();
    let seat = SeatKeys {
        key,
        peer: keys.peer.verifying_key().to_bytes(),
        log: LogKey::of(key_name(origin.clone())?, &keys.log),
        cosigner: CosignerKey::of(key_name(format!("{origin}/validator/{name}/{number}"))?, &cosigner),
        name,
        organization,
    };
    let secrets = SeatSecrets { validator: &keys.validator, peer: &keys.peer, log: &keys.log, cosigner: &cosigner };
    let proofs = KeyProofs::of(seat.prove(&register.ledger, secrets));
    let body = ValidatorsPrepare {
        validator: Text(seat.name),
        organization: Text(seat.organization),
        key: Text(PublicKey::from_bytes(*seat.key.as_bytes())),
        peer: Text(PublicKey::from_bytes(seat.peer)),
        log: Text(seat.log),
        cosigner: Text(seat.cosigner),
        proofs,
    };
    screen.say(&format!("made the key {}, which never leaves this folder", home.cosigner(number).display()));
    write_form(RecordType::ValidatorsPrepare, &body, out, screen)
}

/// Who runs a validator that the ledger knows.
fn owner(register: &Register, name: &Name) -> Result<Name, Problem> {
    let seat = register.seats.iter().find(|seat| seat.name.0 == *name).map(|seat| &seat.organization);
    let prepared = || register.prepared.values().find(|it| it.validator.0 == *name).map(|it| &it.organization);
    seat.or_else(prepared)
        .map(|organization| organization.0.clone())
        .ok_or_else(|| Problem::usage(format!("the ledger knows no validator {name}"), "name who runs it with --org"))
}

/// Puts a new key for blocks in place of one whose journal is lost; the old files are kept aside.
fn replace_key(home: &Home) -> Result<(), Problem> {
    let _alone = home.lock().map_err(TestnetError::from)?;
    let aside = |path: &Path| {
        let old = path.with_extension("old");
        if path.exists() { fs::rename(path, &old).map_err(|error| Problem::file(&old, error)) } else { Ok(()) }
    };
    aside(&home.key("validator"))?;
    aside(&home.journal())?;
    Ok(keyfile::create(&home.key("validator"), &testnet::new_key()?).map_err(TestnetError::from)?)
}

/// A key that never had a seat has signed nothing, so that it may begin with an empty journal.
fn make_journal(home: &Home, register: &Register, key: ValidatorKey) -> Result<(), Problem> {
    if home.journal().exists() {
        return Ok(());
    }
    if register.seated.contains(&Text(PublicKey::from_bytes(*key.as_bytes()))) {
        return Err(Problem::usage(
            format!("the journal {} is lost, and the key has had a seat", home.journal().display()),
            "make a new key with --new-key: nobody can know what this one has signed",
        ));
    }
    let made = JournalFile::create(&home.journal(), register.ledger, key);
    Ok(made.map_err(TestnetError::from)?)
}

fn next_number(home: &Home) -> Result<u64, Problem> {
    let known = home.cosigners().map_err(TestnetError::from)?;
    let number = |path: &Path| path.file_name()?.to_str()?.rsplit_once('-')?.1.parse::<u64>().ok();
    let last = known.iter().filter_map(|(path, _)| number(path)).max();
    Ok(last.map_or(0, |last| last.saturating_add(1)))
}

/// Cosigns the log's head with a newcomer's published key.
fn attend(home: &Home, out: &Path, (session, screen): (&Session<'_>, &mut Screen<'_>)) -> Result<Exit, Problem> {
    let register = Register::read(session)?;
    let config = plenary_node::config::Config::read(home.path()).map_err(TestnetError::from_config)?;
    let name: Name = spelled("the node's name", &config.name)?;
    let unpublished = || Problem::NotFound {
        what: format!("{name} has published no keys that are in this home"),
        remedy: format!("plenary validators prepare --home {} makes them", home.path().display()),
    };
    let published = register.prepared.get(&Text(name.clone())).ok_or_else(unpublished)?;
    let secrets = home.cosigners().map_err(TestnetError::from)?;
    let is_it = |public: &[u8; 32]| public == published.cosigner.0.public();
    let secret = secrets.iter().find(|(_, secret)| is_it(secret.verifying_key().as_bytes())).ok_or_else(unpublished)?;
    let Number(size) = session.remote.ask(async |client| client.checkpoint().await)?.size;
    let receipt = session.remote.ask(async |client| client.receipt_at(size.saturating_sub(1)).await)?;
    let proof = Receipt::parse(&receipt.proof).map_err(|_| Problem::Defect("the node's proof cannot be read"))?;
    let now = (session.machine.now)();
    let line = Cosignature::sign(published.cosigner.0.name(), &secret.1, now, &proof.checkpoint.body());
    let presence = Presence {
        validator: Text(name),
        checkpoint: proof.checkpoint.to_string(),
        seal: receipt.seal,
        path: receipt.seal_path,
        cosignature: line.to_string(),
    };
    let text = serde_json::to_string(&presence).map_err(|_| Problem::Defect("a presence cannot be written"))?;
    replace(out, text.as_bytes())?;
    screen.show(&out.display().to_string())?;
    screen.json(&json!({ "file": out.display().to_string(), "size": proof.checkpoint.head.size }))?;
    screen.next(&format!("plenary validators change NAME… --presence {} --out FORM.toml", out.display()));
    Ok(Exit::Done)
}

/// Writes the form that puts these validators in office.
fn change(
    names: &[String],
    presences: &[std::path::PathBuf],
    out: &Path,
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let register = Register::read(session)?;
    let before = register.policy()?;
    let mut seats = Vec::new();
    let mut validators = Vec::new();
    for name in names {
        let name: Text<Name> = Text(spelled("a validator", name)?);
        let published = register.prepared.get(&name).ok_or_else(|| Problem::NotFound {
            what: format!("{name} has published no keys for the next epoch"),
            remedy: "let its operator publish them: plenary validators prepare".to_owned(),
        })?;
        let url = before.seats().iter().find(|seat| seat.name == name.0.as_str()).and_then(|seat| seat.url.clone());
        let (log, cosigner) = (published.log.0.clone(), published.cosigner.0.clone());
        seats.push(PolicySeat { name: name.to_string(), log, cosigner, url });
        let organization = published.organization.clone();
        validators.push(Seat { name, organization, key: published.key, peer: published.peer });
    }
    let policy = Policy::new(seats).map_err(|error| {
        Problem::usage(format!("these validators make no policy: {error}"), "name 1 to 21 validators, each once")
    })?;
    let read = |path: &std::path::PathBuf| {
        let wrong =
            |_| Problem::usage(format!("{} is no presence", path.display()), "plenary validators attend writes one");
        serde_json::from_slice(&read_file(path, PRESENCE_BYTES_MAX)?).map_err(wrong)
    };
    let mut presences: Vec<Presence> = presences.iter().map(read).collect::<Result<_, _>>()?;
    let place = |name: &Text<Name>| validators.iter().position(|seat| seat.name == *name);
    presences.sort_by_key(|presence| place(&presence.validator));
    let epoch = register.epoch.saturating_add(1);
    let body = ValidatorsChange { epoch, policy: policy.to_string(), validators, presences };
    write_form(RecordType::ValidatorsChange, &body, out, screen)
}

/// Writes a body as a form.
fn write_form<T: Serialize>(
    record_type: RecordType,
    body: &T,
    out: &Path,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let defect = || Problem::Defect("a body cannot be written as a form");
    let body: Object = match serde_json::to_value(body) {
        Ok(Value::Object(body)) => body,
        Ok(_) | Err(_) => return Err(defect()),
    };
    let form = toml::to_string(&body).map_err(|_| defect())?;
    replace(out, form.as_bytes())?;
    screen.show(&out.display().to_string())?;
    screen.json(&json!({ "form": out.display().to_string(), "body": body }))?;
    screen.next(&format!("plenary record make {record_type} {}", out.display()));
    Ok(Exit::Done)
}
