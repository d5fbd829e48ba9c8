//! The keys, policies and checkpoints that the rows about validators mean.

use plenary_core::{
    block::{Height, TreeHead},
    checkpoint::{self, Checkpoint, Cosignature, LogSignature},
    entry::Seal,
    hash::Digest,
    keys::ValidatorKey,
    merkle::{Nodes, Tree, inclusion_path, leaf_hash},
    note::{CosignerKey, KeyName, LogKey},
    place::Place,
    policy::{self, Policy},
    record::Name,
    seat::{SeatKeys, SeatSecrets},
    time::Moment,
};
use plenary_procedure::preparation::KeyProofs;
use serde_json::{Value, json};

use super::{ledger, place, secret};

fn key_name(text: &str) -> KeyName {
    KeyName::parse(text).unwrap()
}

fn origin() -> KeyName {
    key_name("ledger.example")
}

/// The cosigning key of a validator in an epoch.
fn cosigner(name: &str, made: &str) -> CosignerKey {
    CosignerKey::of(key_name(&format!("ledger.example/{name}/{made}")), &secret(&format!("{name}/cosigner-{made}")))
}

fn log(name: &str) -> LogKey {
    LogKey::of(origin(), &secret(&format!("{name}/log")))
}

fn seats(names: &[&str], made: &str) -> Policy {
    let seat = |name: &&str| policy::Seat {
        name: (*name).to_owned(),
        log: log(name),
        cosigner: cosigner(name, made),
        url: None,
    };
    Policy::new(names.iter().map(seat).collect()).unwrap()
}

/// The policy of these validators in an epoch.
pub(crate) fn policy(names: &[&str], epoch: u64) -> String {
    seats(names, &epoch.to_string()).to_string()
}

fn operator(name: &str) -> &'static str {
    match name {
        "one" => "swisscom",
        "two" => "tsb",
        "three" => "tsag",
        _ => "univ",
    }
}

/// A head of the log at `height`, cosigned by the first `signers` validators of `epoch`; the quoted texts.
fn quoted(names: &[&str], epoch: u64, height: u64, signers: usize) -> (Checkpoint, [String; 3]) {
    let policy = seats(names, &epoch.to_string());
    let seal = Seal {
        height: Height::new(height).unwrap(),
        time: Moment::parse("2017-06-01T00:00:00Z").unwrap(),
        proposer: None,
        epoch,
        policy: policy.digest(),
        first: 1,
        count: 0,
        prev: Digest::ZERO,
        slots: TreeHead { size: 0, root: Digest::of(b"") },
    };
    let line = seal.to_line().unwrap();
    let mut tree = Tree::open(Nodes::new(), 0);
    for entry in [b"genesis", line.as_slice()] {
        tree.append(leaf_hash(entry)).unwrap();
    }
    let head = tree.head().unwrap();
    let path = inclusion_path(&tree.into_changes(), 1, 2).unwrap();
    let body = checkpoint::body(&origin(), &head);
    let sign = |name: &&str| {
        let secret = secret(&format!("{name}/cosigner-{epoch}"));
        Cosignature::sign(cosigner(name, &epoch.to_string()).name(), &secret, seal.time, &body)
    };
    let checkpoint = Checkpoint {
        origin: origin(),
        head,
        log: LogSignature::sign(&origin(), &secret(&format!("{}/log", names[0])), &body),
        cosignatures: names.iter().take(signers).map(sign).collect(),
    };
    let texts = [checkpoint.to_string(), String::from_utf8(line).unwrap(), Place { index: 1, path }.to_string()];
    (checkpoint, texts)
}

fn words<'a>(body: &'a Value, field: &str) -> Vec<&'a str> {
    body.get(field)
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

fn take(body: &mut Value, field: &str) -> Option<Value> {
    body.as_object_mut().unwrap().remove(field)
}

fn text(value: Option<Value>) -> Option<String> {
    value.and_then(|value| value.as_str().map(str::to_owned))
}

/// Puts what is meant in place of the words of a row.
pub(crate) fn expand(type_word: &str, body: &mut Value) {
    match type_word {
        "validators.prepare" => prepare(body),
        "validators.change" => change(body),
        "validators.close" => close(body),
        _ => {}
    }
}

/// `made` counts a validator's cosigning keys; `key`, `peer` and `log` may be another's; `forged` is a key that has not signed.
fn prepare(body: &mut Value) {
    let name = body["validator"].as_str().unwrap().to_owned();
    let made = text(take(body, "made")).unwrap();
    let forged = text(take(body, "forged")).unwrap_or_default();
    let cosigner_of = text(take(body, "cosigner_of")).unwrap_or_else(|| name.clone());
    let seed = |body: &mut Value, field: &str, usual: String| text(take(body, field)).unwrap_or(usual);
    let validator = secret(&seed(body, "key", name.clone()));
    let peer = secret(&seed(body, "peer", format!("{name}/peer")));
    let log_name = seed(body, "origin", "ledger.example".to_owned());
    let log_secret = secret(&seed(body, "log", format!("{name}/log")));
    let cosigner_secret = secret(&format!("{cosigner_of}/cosigner-{made}"));
    let cosigner_name = seed(body, "named", format!("ledger.example/{name}/{made}"));
    let keys = SeatKeys {
        name: Name::parse(&name).unwrap(),
        organization: Name::parse(body["organization"].as_str().unwrap()).unwrap(),
        key: ValidatorKey::of(&validator),
        peer: peer.verifying_key().to_bytes(),
        log: LogKey::of(key_name(&log_name), &log_secret),
        cosigner: CosignerKey::of(key_name(&cosigner_name), &cosigner_secret),
    };
    let secrets = SeatSecrets { validator: &validator, peer: &peer, log: &log_secret, cosigner: &cosigner_secret };
    let mut proofs = keys.prove(&ledger(), secrets);
    if let Some(at) = ["key", "peer", "log", "cosigner"].iter().position(|key| *key == forged) {
        proofs[at][0] ^= 1;
    }
    place(body, "key", Some(keys.key.to_hex().into()));
    place(body, "peer", Some(Digest::from_bytes(keys.peer).to_hex().into()));
    place(body, "log", Some(keys.log.to_string().into()));
    place(body, "cosigner", Some(keys.cosigner.to_string().into()));
    place(body, "proofs", Some(serde_json::to_value(KeyProofs::of(proofs)).unwrap()));
}

/// `seats` and `before` name the validators of the next epoch and of this one, `present` the newcomers who cosigned,
/// `seen` the height that they cosigned; the others depart from what is right.
fn change(body: &mut Value) {
    let epoch = body["epoch"].as_u64().unwrap();
    let made = text(take(body, "made")).unwrap_or_else(|| epoch.to_string());
    let names: Vec<String> = words(body, "seats").iter().map(|name| (*name).to_owned()).collect();
    let listed: Vec<String> = match take(body, "listed") {
        Some(list) => list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        None => names.clone(),
    };
    let before: Vec<String> = words(body, "before").iter().map(|name| (*name).to_owned()).collect();
    let present: Vec<String> = words(body, "present").iter().map(|name| (*name).to_owned()).collect();
    let seen = take(body, "seen").map_or(1, |height| height.as_u64().unwrap());
    let of = take(body, "of").map_or_else(|| epoch.saturating_sub(1), |epoch| epoch.as_str().unwrap().parse().unwrap());
    let signers = text(take(body, "cosigners")).map_or(before.len(), |count| count.parse().unwrap());
    let signed_by = text(take(body, "signed_by"));
    let key_of = text(take(body, "key_of"));
    let key_from = text(take(body, "key"));
    let refs: Vec<&str> = names.iter().map(String::as_str).collect();
    let policy = text(take(body, "policy")).unwrap_or_else(|| seats(&refs, &made).to_string());
    let policy = match text(take(body, "origin")) {
        Some(other) => {
            let seat = |name: &&str| policy::Seat {
                name: (*name).to_owned(),
                log: LogKey::of(key_name(&other), &secret(&format!("{name}/log"))),
                cosigner: cosigner(name, &made),
                url: None,
            };
            Policy::new(refs.iter().map(seat).collect()).unwrap().to_string()
        }
        None => policy,
    };
    let seat = |name: &String| {
        let key = key_from.as_ref().filter(|_| key_of.as_ref() == Some(name)).unwrap_or(name);
        json!({
            "name": name, "organization": operator(name), "key": ValidatorKey::of(&secret(key)).to_hex(),
            "peer": ValidatorKey::of(&secret(&format!("{name}/peer"))).to_hex(),
        })
    };
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let presence = |name: &String| {
        let (checkpoint, [text, seal, path]) = quoted(&before, of, seen, signers);
        let own = secret(&format!("{}/cosigner-{made}", signed_by.as_ref().unwrap_or(name)));
        let at = Moment::parse("2017-06-01T00:00:00Z").unwrap();
        let line = Cosignature::sign(cosigner(name, &made).name(), &own, at, &checkpoint.body());
        json!({"validator": name, "checkpoint": text, "seal": seal, "path": path, "cosignature": line.to_string()})
    };
    let presences: Vec<Value> = present.iter().map(presence).collect();
    *body = json!({"epoch": epoch, "policy": policy, "validators": listed.iter().map(seat).collect::<Vec<_>>()});
    if !presences.is_empty() {
        place(body, "presences", Some(presences.into()));
    }
}

/// `seen` is the height of the block whose seal is quoted, `of` the epoch that it names.
fn close(body: &mut Value) {
    let epoch = body["epoch"].as_u64().unwrap();
    let before: Vec<String> = words(body, "before").iter().map(|name| (*name).to_owned()).collect();
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let seen = take(body, "seen").unwrap().as_u64().unwrap();
    let of = text(take(body, "of")).map_or(epoch, |epoch| epoch.parse().unwrap());
    let signers = text(take(body, "cosigners")).map_or(before.len(), |count| count.parse().unwrap());
    let (_, [checkpoint, seal, path]) = quoted(&before, of, seen, signers);
    *body = json!({"epoch": epoch, "checkpoint": checkpoint, "seal": seal, "path": path});
}
