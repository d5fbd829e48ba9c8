//! A small ledger in memory, with keys that anyone can derive.

use std::{collections::BTreeMap, sync::LazyLock};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey};
use plenary_core::{
    block::Height,
    checkpoint::{Checkpoint, Cosignature, LogSignature, body},
    entry::{Finding, FindingLine, Outcome, Seal},
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    json::Object,
    keys::ValidatorKey,
    merkle::{Nodes, Tree, inclusion_path, leaf_hash},
    note::{CosignerKey, KeyName, LogKey},
    policy::{Policy, Seat},
    receipt::Receipt,
    record::{NAMESPACE, Name, Record, RecordFile, Signer},
    signature::{MemberKey, sign},
    subject::{Chain, Subject},
    time::Moment,
};
use sha2::{Digest as _, Sha256, Sha512};

pub(crate) const VALIDATORS: [&str; 4] = ["aurora", "borealis", "cirrus", "dune"];
pub(crate) const FILE: &[u8] = b"Draft agenda of the first meeting\n";
pub(crate) const OTHER_FILE: &[u8] = b"Logistics of the first meeting\n";

pub(crate) fn secret(role: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("seed/{role}").as_bytes()).as_bytes())
}

pub(crate) fn origin() -> KeyName {
    KeyName::parse("plenary.example/ledger").unwrap()
}

pub(crate) fn cosigner_name(validator: &str) -> KeyName {
    KeyName::parse(&format!("{}/validator/{validator}", origin())).unwrap()
}

pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn policy() -> Policy {
    let seat = |validator: &str| Seat {
        name: validator.to_owned(),
        log: LogKey::of(origin(), &secret(&format!("{validator}/log"))),
        cosigner: CosignerKey::of(cosigner_name(validator), &secret(&format!("{validator}/cosigner"))),
        url: Some(format!("https://{validator}.example/")),
    };
    Policy::new(VALIDATORS.map(seat).to_vec()).unwrap()
}

pub(crate) fn genesis() -> Genesis {
    let validators = VALIDATORS.map(|validator| GenesisValidator {
        name: name(validator),
        organization: name(validator),
        key: ValidatorKey::of(&secret(&format!("{validator}/validator"))),
        peer: secret(&format!("{validator}/peer")).verifying_key().to_bytes(),
    });
    let authority = Authority { who: name("tsb"), role: name("secretariat"), key: MemberKey::of(&secret("tsb")) };
    Genesis {
        authorities: vec![authority],
        clock: Clock::Replay,
        grace_s: 600,
        heartbeat_s: 600,
        notice: Some("made for tests; its keys are public".into()),
        origin: origin().to_string(),
        policy: policy().to_string(),
        time: moment("2017-05-01T00:00:00Z"),
        validators: validators.to_vec(),
    }
}

/// A record's line, with what the vectors vary.
pub(crate) fn record(record_type: &str, signers: &[(&str, &str)], fields: Object) -> Record {
    let signer = |(role, who): &(&str, &str)| Signer { role: name(role), who: name(who) };
    Record {
        at: moment("2017-06-07T00:00:00Z"),
        body: fields,
        expires: moment("2017-07-07T09:30:00Z"),
        group: Some(name("fg-dlt")),
        ledger: Genesis::ledger(&genesis().to_line().unwrap()),
        signed: moment("2017-06-07T09:30:00Z"),
        signers: signers.iter().map(signer).collect(),
        record_type: record_type.to_owned(),
    }
}

pub(crate) fn object(text: &str) -> Object {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn document(content: &[u8]) -> String {
    let (digest, bytes) = (Digest::of(content), content.len());
    format!("{{\"bytes\":{bytes},\"digest\":\"{digest}\",\"media_type\":\"text/plain\"}}")
}

/// The record file of a line, signed with ordinary keys.
pub(crate) fn signed(line: &[u8], keys: &[&str]) -> Vec<u8> {
    let signatures: Vec<String> = keys.iter().map(|key| sign(&secret(key), line, NAMESPACE).unwrap()).collect();
    [line, signatures.concat().as_bytes()].concat()
}

pub(crate) fn outcome(subject: &str, number: Option<&str>) -> Vec<u8> {
    let finding = FindingLine {
        rule: "R51".into(),
        clause: "ToR 2.10 (2017)".into(),
        result: Finding::Met,
        facts: object("{\"days\":12,\"due\":\"2017-10-05\"}"),
    };
    let outcome = Outcome {
        height: Height::new(1).unwrap(),
        time: moment("2017-06-07T10:00:00Z"),
        number: number.map(str::to_owned),
        subjects: vec![Subject::parse(subject).unwrap()],
        findings: vec![finding],
    };
    outcome.to_line().unwrap()
}

/// The log of a ledger, block by block.
pub(crate) struct Ledger {
    pub(crate) genesis: Vec<u8>,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) policy: Digest,
    pub(crate) tree: Tree<Nodes>,
    slots: Tree<Nodes>,
    chains: BTreeMap<String, (u64, Chain)>,
    height: u64,
    epoch: u64,
    last_seal: Digest,
}

impl Ledger {
    /// A ledger with its genesis block.
    pub(crate) fn found(genesis: Vec<u8>) -> Self {
        let empty = || Tree::open(Nodes::new(), 0);
        let mut ledger = Self {
            genesis: genesis.clone(),
            entries: vec![],
            policy: policy().digest(),
            tree: empty(),
            slots: empty(),
            chains: BTreeMap::new(),
            height: 0,
            epoch: 0,
            last_seal: Digest::ZERO,
        };
        ledger.push(genesis);
        ledger.seal(0, 1);
        ledger
    }

    fn push(&mut self, entry: Vec<u8>) -> Digest {
        let leaf = leaf_hash(&entry);
        self.tree.append(leaf).unwrap();
        self.entries.push(entry);
        leaf
    }

    fn seal(&mut self, first: u64, count: u64) {
        let seal = Seal {
            height: Height::new(self.height).unwrap(),
            time: moment("2017-06-07T10:00:00Z"),
            proposer: (self.height != 0).then(|| name("aurora")),
            epoch: self.epoch,
            policy: self.policy,
            first,
            count,
            prev: self.last_seal,
            slots: self.slots.head().unwrap(),
        };
        self.last_seal = self.push(seal.to_line().unwrap());
        self.height += 1;
    }

    /// Appends a block of entries, each with the subject that it is about.
    pub(crate) fn block(&mut self, entries: &[(&str, Vec<u8>)]) {
        let first = self.tree.size();
        for (subject, entry) in entries {
            let leaf = self.push(entry.clone());
            let free = u64::try_from(self.chains.len()).unwrap();
            let (slot, chain) = self.chains.entry((*subject).to_owned()).or_insert_with(|| (free, Chain::default()));
            *chain = chain.with(&leaf).unwrap();
            let slot_hash = leaf_hash(&chain.slot_leaf(&Subject::parse(subject).unwrap()));
            if *slot == self.slots.size() {
                self.slots.append(slot_hash).unwrap();
            } else {
                self.slots.update(*slot, slot_hash).unwrap();
            }
        }
        self.seal(first, self.tree.size() - first);
    }

    /// Begins the next epoch, whose policy this is.
    pub(crate) fn enter(&mut self, policy: &Policy) {
        self.epoch += 1;
        self.policy = policy.digest();
    }

    /// The leaf of a subject's slot.
    pub(crate) fn slot(&self, subject: &str) -> Vec<u8> {
        self.chains[subject].1.slot_leaf(&Subject::parse(subject).unwrap())
    }

    pub(crate) fn receipt(&self, index: u64) -> Receipt {
        let head = self.tree.head().unwrap();
        let body = body(&origin(), &head);
        let cosignatures = ["aurora", "borealis", "dune"].map(|validator| cosign(validator, 1_496_829_600, &body));
        Receipt {
            index,
            path: inclusion_path(&self.tree, index, head.size).unwrap(),
            checkpoint: Checkpoint {
                origin: origin(),
                head,
                log: LogSignature::sign(&origin(), &secret("aurora/log"), &body),
                cosignatures: cosignatures.to_vec(),
            },
        }
    }
}

pub(crate) fn cosign(validator: &str, seconds: u64, body: &str) -> Cosignature {
    let at = Moment::from_ms(seconds * 1_000).unwrap();
    Cosignature::sign(&cosigner_name(validator), &secret(&format!("{validator}/cosigner")), at, body)
}

/// The ledger that most vectors are taken from: ten entries in four blocks.
pub(crate) fn ledger() -> &'static Ledger {
    static LEDGER: LazyLock<Ledger> = LazyLock::new(build);
    &LEDGER
}

fn build() -> Ledger {
    let mut ledger = Ledger::found(genesis().to_line().unwrap());
    let two = format!("{{\"documents\":[{},{}],\"outcome\":\"agreed\"}}", document(OTHER_FILE), document(FILE));
    let lines = [
        ("fg-dlt/meeting/1", announcement(), &["tsb"][..], None),
        (
            "fg-dlt/deliverable/D1.1",
            record("deliverable.agree", &[("chair", "org-a"), ("secretariat", "tsb")], object(&two)),
            &["chair", "tsb"],
            None,
        ),
        (
            "fg-dlt/contribution/DLT-I-001",
            record(
                "contribution.submit",
                &[("delegate", "org-b")],
                object("{\"title\":\"Über $(touch x) `id` \\\\ \\\"'; exit 0\\n\"}"),
            ),
            &["org-b"],
            Some("DLT-I-001"),
        ),
    ];
    let entries = lines.map(|(subject, record, keys, number)| {
        (subject, [signed(&record.to_line().unwrap(), keys), outcome(subject, number)].concat())
    });
    ledger.block(&entries);
    let again = record("meeting.close", &[("secretariat", "tsb")], object("{}"));
    let again = [signed(&again.to_line().unwrap(), &["tsb"]), outcome("fg-dlt/meeting/1", None)].concat();
    let touched = [touched(&hardware_record(), 5), outcome("fg-dlt/meeting/1", None)].concat();
    ledger.block(&[("fg-dlt/meeting/1", again.clone()), ("fg-dlt/meeting/1", touched)]);
    ledger.block(&[]);
    ledger
}

pub(crate) fn announcement() -> Record {
    let fields = format!("{{\"document\":{},\"title\":\"First meeting\"}}", document(FILE));
    record("meeting.announce", &[("secretariat", "tsb")], object(&fields))
}

pub(crate) fn hardware_record() -> Vec<u8> {
    record("meeting.attend", &[("delegate", "org-c")], object("{}")).to_line().unwrap()
}

/// A record file signed by a hardware key whose flags are `flags`.
pub(crate) fn touched(line: &[u8], flags: u8) -> Vec<u8> {
    let key = secret("hardware");
    let message = to_be_signed(line, "plenary-record", "sha512");
    let trailer = [flags, 0, 0, 0, 9];
    let message = [&Sha256::digest(b"ssh:")[..], &trailer, &Sha256::digest(&message)].concat();
    let kind = string(b"sk-ssh-ed25519@openssh.com");
    let public = [&kind[..], &string(&key.verifying_key().to_bytes()), &string(b"ssh:")].concat();
    let signature = [&kind[..], &string(&key.sign(&message).to_bytes()), &trailer].concat();
    [line, armour(&public, &signature, "plenary-record", "sha512", 70).as_bytes()].concat()
}

/// A length and bytes, as SSH writes them.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
}

/// What an SSH signature covers (OpenSSH, `PROTOCOL.sshsig`).
pub(crate) fn to_be_signed(message: &[u8], namespace: &str, hash: &str) -> Vec<u8> {
    let digest = if hash == "sha512" { Sha512::digest(message).to_vec() } else { Sha256::digest(message).to_vec() };
    [&b"SSHSIG"[..], &string(namespace.as_bytes()), &string(b""), &string(hash.as_bytes()), &string(&digest)].concat()
}

pub(crate) fn armour(public: &[u8], signature: &[u8], namespace: &str, hash: &str, width: usize) -> String {
    let parts = [string(public), string(namespace.as_bytes()), string(b""), string(hash.as_bytes()), string(signature)];
    let text = BASE64_STANDARD.encode([&b"SSHSIG\0\0\0\x01"[..], &parts.concat()].concat());
    let lines: Vec<&str> = text.as_bytes().chunks(width).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

/// An armoured signature of an Ed25519 key, both given as bytes.
pub(crate) fn ed25519_armour(public: &[u8; 32], signature: &[u8; 64]) -> String {
    let kind = string(b"ssh-ed25519");
    let public = [&kind[..], &string(public)].concat();
    armour(&public, &[&kind[..], &string(signature)].concat(), "plenary-record", "sha512", 70)
}

#[test]
fn the_ledger_s_armour_is_that_of_ssh_keygen() {
    let line = announcement().to_line().unwrap();
    let signature = secret("tsb").sign(&to_be_signed(&line, "plenary-record", "sha512")).to_bytes();
    let ours = ed25519_armour(&secret("tsb").verifying_key().to_bytes(), &signature);
    assert_eq!(ours, sign(&secret("tsb"), &line, NAMESPACE).unwrap());
    assert!(RecordFile::parse(&touched(&hardware_record(), 5)).unwrap().verify().is_ok());
}
