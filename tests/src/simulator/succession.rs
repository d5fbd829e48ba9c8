//! The records with which validators change in a run: three times, one replaced, one added, one removed.

use plenary_core::{
    block::Height,
    checkpoint::{self, Checkpoint, Cosignature, LogSignature},
    json::Object,
    keys::ValidatorKey,
    merkle,
    note::{CosignerKey, KeyName, LogKey},
    place::Place,
    policy::{Policy, Seat as PolicySeat, quorum_of},
    record::{NAMESPACE, Record, RecordFile, Signer, VerifiedRecord},
    seat::{SeatKeys, SeatSecrets},
    signature,
    time::Moment,
};
use plenary_procedure::{
    closing::ValidatorsClose,
    execute::{self, Ledger},
    memory::Memory,
    preparation::{KeyProofs, ValidatorsPrepare},
    succession::{Presence, ValidatorsChange},
    text::{PublicKey, Text},
    validators::{Epoch, Seat, Validators},
};

use super::founding::{name, secret, secret_of};

/// The validators of each epoch after the first, which has the first four.
pub(crate) const EPOCHS: [&[usize]; 3] = [&[0, 1, 2, 4], &[0, 1, 2, 4, 5], &[1, 2, 4, 5]];

/// How many validators join in these.
pub(crate) const NEWCOMERS: usize = 2;

const ORIGIN: &str = "simulated.example";

fn key_name(text: &str) -> KeyName {
    KeyName::parse(text).unwrap()
}

fn cosigner_name(validator: usize, epoch: u64) -> KeyName {
    key_name(&format!("{ORIGIN}/validator/v{validator}/{epoch}"))
}

fn seat_of_policy(validator: usize, epoch: u64) -> PolicySeat {
    PolicySeat {
        name: format!("v{validator}"),
        log: LogKey::of(key_name(ORIGIN), &secret_of(&format!("log {validator}"))),
        cosigner: CosignerKey::of(
            cosigner_name(validator, epoch),
            &secret_of(&format!("cosigner {validator} {epoch}")),
        ),
        url: None,
    }
}

/// The policy of these validators in an epoch.
pub(crate) fn policy(validators: impl IntoIterator<Item = usize>, epoch: u64) -> String {
    let seats = validators.into_iter().map(|validator| seat_of_policy(validator, epoch)).collect();
    Policy::new(seats).unwrap().to_string()
}

fn number_of(seat: &Seat) -> usize {
    seat.name.to_string().trim_start_matches('v').parse().unwrap()
}

fn seat(validator: usize) -> Seat {
    Seat {
        name: Text(name(&format!("v{validator}"))),
        organization: Text(name("tsb")),
        key: Text(PublicKey::from_bytes(*ValidatorKey::of(&secret(validator)).as_bytes())),
        peer: Text(PublicKey::from_bytes(*ValidatorKey::of(&secret_of(&format!("peer {validator}"))).as_bytes())),
    }
}

/// What the operator does next on this state; nothing while a change is on its way, or all are made.
pub(crate) fn next(ledger: &Ledger, state: &Memory, signed: Moment) -> Vec<VerifiedRecord> {
    let validators = execute::validators(state).unwrap();
    let height = state.head.height.next().unwrap();
    if let Some(closed) = validators.unclosed_at(height) {
        return vec![close(ledger, state, (&validators, closed), height, signed)];
    }
    let present = validators.at(height);
    let Some(names) = EPOCHS.get(usize::try_from(present.number).unwrap()) else { return Vec::new() };
    if validators.pending_at(height).is_some() {
        return Vec::new();
    }
    let epoch = present.number + 1;
    let is_prepared = |validator: &&usize| {
        let key = seat_of_policy(**validator, epoch).cosigner;
        validators.prepared.values().any(|prepared| prepared.cosigner.0 == key)
    };
    let missing: Vec<usize> = names.iter().filter(|validator| !is_prepared(validator)).copied().collect();
    if !missing.is_empty() {
        return missing.into_iter().map(|validator| prepare(ledger, (validator, epoch), signed)).collect();
    }
    vec![change(ledger, state, (present, names), signed)]
}

fn prepare(ledger: &Ledger, (validator, epoch): (usize, u64), signed: Moment) -> VerifiedRecord {
    let PolicySeat { log, cosigner, .. } = seat_of_policy(validator, epoch);
    let Seat { name, organization, key, peer } = seat(validator);
    let keys = SeatKeys {
        name: name.0.clone(),
        organization: organization.0.clone(),
        key: ValidatorKey::of(&secret(validator)),
        peer: *peer.0.as_bytes(),
        log: log.clone(),
        cosigner: cosigner.clone(),
    };
    let secrets = SeatSecrets {
        validator: &secret(validator),
        peer: &secret_of(&format!("peer {validator}")),
        log: &secret_of(&format!("log {validator}")),
        cosigner: &secret_of(&format!("cosigner {validator} {epoch}")),
    };
    let proofs = KeyProofs::of(keys.prove(&ledger.id(), secrets));
    let (log, cosigner) = (Text(log), Text(cosigner));
    let body = ValidatorsPrepare { validator: name, organization, key, peer, log, cosigner, proofs };
    record(ledger, "validators.prepare", &serde_json::to_value(&body).unwrap(), signed)
}

/// The head of the log after `size` entries, as the first validators of an epoch cosign it.
fn quote(state: &Memory, size: u64, epoch: &Epoch, at: Moment) -> (Checkpoint, [String; 2]) {
    let root = merkle::root(&state.log_nodes, size).unwrap();
    let head = plenary_core::block::TreeHead { size, root };
    let body = checkpoint::body(&key_name(ORIGIN), &head);
    let numbers: Vec<usize> = epoch.seats.iter().map(number_of).collect();
    let sign = |validator: &usize| {
        let secret = secret_of(&format!("cosigner {validator} {}", epoch.number));
        Cosignature::sign(&cosigner_name(*validator, epoch.number), &secret, at, &body)
    };
    let checkpoint = Checkpoint {
        origin: key_name(ORIGIN),
        head,
        log: LogSignature::sign(&key_name(ORIGIN), &secret_of(&format!("log {}", numbers[0])), &body),
        cosignatures: numbers.iter().take(quorum_of(numbers.len())).map(sign).collect(),
    };
    let path = merkle::inclusion_path(&state.log_nodes, size - 1, size).unwrap();
    let seal = state.entries[usize::try_from(size - 1).unwrap()].clone();
    (checkpoint, [String::from_utf8(seal).unwrap(), Place { index: size - 1, path }.to_string()])
}

/// How long the log was after the block at `height`: that block's seal is its last entry.
fn size_at(state: &Memory, height: Height) -> u64 {
    let is_it = |entry: &Vec<u8>| plenary_core::entry::Seal::from_line(entry).is_ok_and(|seal| seal.height == height);
    u64::try_from(state.entries.iter().rposition(is_it).unwrap() + 1).unwrap()
}

fn close(
    ledger: &Ledger,
    state: &Memory,
    (validators, closed): (&Validators, &Epoch),
    height: Height,
    signed: Moment,
) -> VerifiedRecord {
    let last = validators.at(height).from.previous().unwrap();
    let (checkpoint, [seal, path]) = quote(state, size_at(state, last), closed, signed);
    let body = ValidatorsClose { epoch: closed.number, checkpoint: checkpoint.to_string(), seal, path };
    record(ledger, "validators.close", &serde_json::to_value(&body).unwrap(), signed)
}

fn change(ledger: &Ledger, state: &Memory, (present, names): (&Epoch, &[usize]), signed: Moment) -> VerifiedRecord {
    let epoch = present.number + 1;
    let validators: Vec<Seat> = names.iter().map(|validator| seat(*validator)).collect();
    let presence = |newcomer: &Seat| {
        let validator = number_of(newcomer);
        let (checkpoint, [seal, path]) = quote(state, state.head.log.size, present, signed);
        let secret = secret_of(&format!("cosigner {validator} {epoch}"));
        let line = Cosignature::sign(&cosigner_name(validator, epoch), &secret, signed, &checkpoint.body());
        Presence {
            validator: newcomer.name.clone(),
            checkpoint: checkpoint.to_string(),
            seal,
            path,
            cosignature: line.to_string(),
        }
    };
    let is_new = |seat: &&Seat| present.seats.iter().all(|other| other.key != seat.key);
    let presences = validators.iter().filter(is_new).map(presence).collect();
    let body = ValidatorsChange { epoch, policy: policy(names.iter().copied(), epoch), validators, presences };
    record(ledger, "validators.change", &serde_json::to_value(&body).unwrap(), signed)
}

/// A record of the one organisation that runs all validators.
fn record(ledger: &Ledger, record_type: &str, body: &serde_json::Value, signed: Moment) -> VerifiedRecord {
    let body: Object = body.as_object().unwrap().clone();
    let record = Record {
        at: signed,
        body,
        expires: signed.plus_ms(86_400_000),
        group: None,
        ledger: ledger.id(),
        signed,
        signers: vec![Signer { role: name("operator"), who: name("tsb") }],
        record_type: record_type.into(),
    };
    let line = record.to_line().unwrap();
    let armour = signature::sign(&secret_of("secretariat"), &line, NAMESPACE).unwrap();
    RecordFile::assemble(&line, &[armour]).unwrap().verify().unwrap()
}
