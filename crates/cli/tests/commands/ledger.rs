//! A ledger in memory whose four validators sign: honest receipts for commands to fetch.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{BlockId, Height, TreeHead},
    checkpoint::{Checkpoint, Cosignature, LogSignature, body},
    dossier::About,
    entry::{Outcome, RecordEntry, Seal},
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    keys::ValidatorKey,
    merkle::{self, Nodes, TreeNodes as _},
    note::{CosignerKey, KeyName, LogKey},
    policy::{Policy, Seat as PolicySeat},
    receipt::Receipt,
    record::{NAMESPACE, Name, Record, RecordFile, Signer, VerifiedRecord},
    signature::{self, MemberKey},
    subject::Subject,
    time::Moment,
};
use plenary_procedure::{
    chains::{Chains, gather},
    execute::{self, Base, Delta, Head, Ledger, Slot},
    refusal::Refusal,
    replay::founding_subjects,
    state::SubjectState,
};
use plenary_rpc::view::{
    Answer, BlockView, Check, CheckpointView, NodeStatus, Peer, Phase, Reach, ReceiptView, Seat, Software, SubjectView,
    Submission, ValidatorView, View, ViewError,
};
use serde_json::Value;
use tokio::time::Instant;

/// The ledger's name.
const ORIGIN: &str = "ledger.example/fg-dlt";

/// The validators; the last never cosigns.
const VALIDATORS: [&str; 4] = ["aurora", "borealis", "cirrus", "dune"];

/// How the node behaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mood {
    /// As it should.
    Well,
    /// Records wait for ever, and nothing is cosigned.
    Stuck,
    /// Two validators are missing.
    Short,
    /// What it gives out as the record at index 2 is another.
    Lying,
}

struct Inner {
    head: Head,
    entries: Vec<Vec<u8>>,
    log_nodes: Nodes,
    slot_nodes: Nodes,
    slots: BTreeMap<Subject, Slot>,
    states: BTreeMap<Subject, SubjectState>,
    chains: BTreeMap<Subject, Vec<u64>>,
    records: BTreeMap<Digest, u64>,
    blocks: Vec<BlockView>,
    mood: Mood,
}

/// The ledger.
pub(crate) struct Memory {
    ledger: Ledger,
    inner: Mutex<Inner>,
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

pub(crate) fn secret(seed: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("seed/{seed}").as_bytes()).as_bytes())
}

fn key_name(text: &str) -> KeyName {
    KeyName::parse(text).unwrap()
}

fn policy() -> Policy {
    let seat = |validator: &str| PolicySeat {
        name: validator.to_owned(),
        log: LogKey::of(key_name(ORIGIN), &secret(&format!("{validator}/log"))),
        cosigner: CosignerKey::of(
            key_name(&format!("{ORIGIN}/{validator}")),
            &secret(&format!("{validator}/cosigner")),
        ),
        url: None,
    };
    Policy::new(VALIDATORS.map(seat).to_vec()).unwrap()
}

fn found() -> Ledger {
    let validator = |validator: &str| GenesisValidator {
        name: name(validator),
        organization: name("tsb"),
        key: ValidatorKey::of(&secret(validator)),
        peer: secret(&format!("{validator}/peer")).verifying_key().to_bytes(),
    };
    let authority =
        |role: &str, who: &str| Authority { who: name(who), role: name(role), key: MemberKey::of(&secret(who)) };
    let genesis = Genesis {
        authorities: vec![authority("parent", "tsag"), authority("secretariat", "tsb")],
        clock: Clock::Replay,
        grace_s: 600,
        heartbeat_s: 600,
        notice: None,
        origin: ORIGIN.into(),
        policy: policy().to_string(),
        time: moment("2017-05-01T00:00:00Z"),
        validators: VALIDATORS.map(validator).to_vec(),
    };
    Ledger::found(&genesis.to_line().unwrap()).unwrap()
}

impl Memory {
    pub(crate) fn new() -> Arc<Self> {
        let ledger = found();
        let delta = execute::genesis(&ledger).unwrap();
        let inner = Inner {
            head: delta.head,
            entries: Vec::new(),
            log_nodes: Nodes::new(),
            slot_nodes: Nodes::new(),
            slots: BTreeMap::new(),
            states: BTreeMap::new(),
            chains: BTreeMap::new(),
            records: BTreeMap::new(),
            blocks: Vec::new(),
            mood: Mood::Well,
        };
        let memory = Self { ledger, inner: Mutex::new(inner) };
        memory.take(delta, None, Vec::new());
        Arc::new(memory)
    }

    pub(crate) fn id(&self) -> Digest {
        self.ledger.id()
    }

    pub(crate) fn feel(&self, mood: Mood) {
        self.inner.lock().unwrap().mood = mood;
    }

    fn mood(&self) -> Mood {
        self.inner.lock().unwrap().mood
    }

    /// Signs and records something as if somebody had sent it in; each signer's key is that of its name.
    pub(crate) fn record(&self, record_type: &str, signers: &[(&str, &str)], signed: &str, body: Value) -> Digest {
        let record = Record {
            at: moment(signed),
            body: body.as_object().unwrap().clone(),
            expires: moment(signed).plus_ms(1_000_000),
            group: (record_type != "organization.register").then(|| name("fg-dlt")),
            ledger: self.ledger.id(),
            signed: moment(signed),
            signers: signers.iter().map(|(role, who)| Signer { role: name(role), who: name(who) }).collect(),
            record_type: record_type.to_owned(),
        };
        let line = record.to_line().unwrap();
        let sign = |(_, who): &(&str, &str)| signature::sign(&secret(who), &line, NAMESPACE).unwrap();
        let file = RecordFile::assemble(&line, &signers.iter().map(sign).collect::<Vec<_>>()).unwrap();
        let id = file.id();
        self.append(&file.verify().unwrap()).unwrap_or_else(|refusal| panic!("{record_type}: {refusal}"));
        id
    }

    fn append(&self, record: &VerifiedRecord) -> Result<(), Refusal> {
        let proposer = ValidatorKey::of(&secret(VALIDATORS[0]));
        let base = Snapshot(&self.inner);
        let proposal = execute::propose(&self.ledger, &base, proposer, Moment::default(), &[record]).unwrap();
        if let Some((_, refusal)) = proposal.refused.into_iter().next() {
            return Err(refusal);
        }
        let (block, delta) = proposal.block.unwrap();
        self.take(delta, Some(block.header.parent), vec![record.file().id()]);
        Ok(())
    }

    fn take(&self, delta: Delta, parent: Option<BlockId>, records: Vec<Digest>) {
        let mut inner = self.inner.lock().unwrap();
        inner.head = delta.head;
        for entry in &delta.entries {
            let index = u64::try_from(inner.entries.len()).unwrap();
            inner.entries.push(entry.clone());
            let outcome = RecordEntry::split(entry).and_then(|entry| Outcome::from_line(entry.outcome).ok());
            for subject in outcome.into_iter().flat_map(|outcome| outcome.subjects) {
                inner.chains.entry(subject).or_default().push(index);
            }
        }
        let seal = Seal::from_line(delta.entries.last().unwrap()).unwrap();
        let signers = VALIDATORS[..3].iter().map(|text| name(text)).collect();
        inner.blocks.push(BlockView { id: delta.head.block, parent, log: delta.head.log, seal, records, signers });
        inner.log_nodes.extend(delta.log_nodes);
        inner.slot_nodes.extend(delta.slot_nodes);
        inner.slots.extend(delta.slots);
        inner.states.extend(delta.states);
        inner.records.extend(delta.records);
    }

    fn signed(&self, head: TreeHead) -> Checkpoint {
        let origin = key_name(ORIGIN);
        let text = body(&origin, &head);
        let cosign = |validator: &&str| {
            let (name, secret) = (key_name(&format!("{ORIGIN}/{validator}")), secret(&format!("{validator}/cosigner")));
            Cosignature::sign(&name, &secret, moment("2017-10-17T00:00:00Z"), &text)
        };
        Checkpoint {
            log: LogSignature::sign(&origin, &secret("aurora/log"), &text),
            cosignatures: VALIDATORS[..3].iter().map(cosign).collect(),
            origin,
            head,
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Inner) -> T) -> Result<T, ViewError> {
        Ok(read(&self.inner.lock().unwrap()))
    }
}

struct Snapshot<'a>(&'a Mutex<Inner>);

impl Base for Snapshot<'_> {
    type Error = Infallible;

    fn head(&self) -> Head {
        self.0.lock().unwrap().head
    }

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Infallible> {
        Ok(self.0.lock().unwrap().states.get(subject).cloned())
    }

    fn slot(&self, subject: &Subject) -> Result<Option<Slot>, Infallible> {
        Ok(self.0.lock().unwrap().slots.get(subject).copied())
    }

    fn record_index(&self, id: &Digest) -> Result<Option<u64>, Infallible> {
        Ok(self.0.lock().unwrap().records.get(id).copied())
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.lock().unwrap().entries.get(usize::try_from(index).unwrap()).cloned())
    }

    fn log_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Infallible> {
        self.0.lock().unwrap().log_nodes.node(level, index)
    }

    fn slot_node(&self, level: u8, index: u64) -> Result<Option<Digest>, Infallible> {
        self.0.lock().unwrap().slot_nodes.node(level, index)
    }
}

impl Chains for Snapshot<'_> {
    type Error = Infallible;

    fn chain(&self, subject: &Subject) -> Result<Vec<u64>, Infallible> {
        let inner = self.0.lock().unwrap();
        let genesis = Genesis::from_line(&inner.entries[0]).unwrap();
        let founding = founding_subjects(&genesis).contains(subject).then_some(0);
        Ok(founding.into_iter().chain(inner.chains.get(subject).into_iter().flatten().copied()).collect())
    }

    fn entry(&self, index: u64) -> Result<Vec<u8>, Infallible> {
        Ok(self.0.lock().unwrap().entries[usize::try_from(index).unwrap()].clone())
    }
}

impl View for Memory {
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn software(&self) -> Software {
        Software { version: "0.1.0", protocol: 1 }
    }

    fn status(&self) -> Result<NodeStatus, ViewError> {
        let holds = self.mood() != Mood::Short;
        self.read(|inner| NodeStatus {
            name: "aurora".into(),
            seat: Seat::Validator,
            phase: Phase::Live,
            head: inner.head,
            waiting: 0,
            checks: vec![Check { name: "agreement", holds, words: "validators answer".into(), since: None }],
        })
    }

    fn peers(&self) -> Result<Vec<Peer>, ViewError> {
        Ok(Vec::new())
    }

    fn validators(&self) -> Result<Vec<ValidatorView>, ViewError> {
        let is_short = self.mood() == Mood::Short;
        let reach = |at: usize| match at {
            0 => Reach::Own,
            1 => Reach::Connected,
            _ if is_short => Reach::Unreachable,
            _ => Reach::Connected,
        };
        let seen = |(at, validator): (usize, &&str)| ValidatorView {
            name: name(validator),
            organization: name("tsb"),
            key: ValidatorKey::of(&secret(validator)),
            reach: reach(at),
            last_height: Some(Height::GENESIS),
            last_seen: None,
            version: None,
        };
        Ok(VALIDATORS.iter().enumerate().map(seen).collect())
    }

    fn policy(&self) -> Result<String, ViewError> {
        Ok(self.ledger.genesis().policy.clone())
    }

    fn head(&self) -> Result<Head, ViewError> {
        self.read(|inner| inner.head)
    }

    fn block(&self, height: Height) -> Result<Option<BlockView>, ViewError> {
        self.read(|inner| inner.blocks.get(usize::try_from(height.as_u64()).unwrap()).cloned())
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, ViewError> {
        let is_lie = self.mood() == Mood::Lying && index == 2;
        self.read(|inner| {
            let entry = inner.entries.get(usize::try_from(index).unwrap())?;
            let text = String::from_utf8(entry.clone()).unwrap();
            Some(if is_lie { text.replace("\"result\":\"noted\"", "\"result\":\"met\"") } else { text }.into_bytes())
        })
    }

    fn record_index(&self, id: &Digest) -> Result<Option<u64>, ViewError> {
        self.read(|inner| inner.records.get(id).copied())
    }

    fn subject(&self, subject: &Subject) -> Result<Option<SubjectView>, ViewError> {
        self.read(|inner| {
            let state = inner.states.get(subject)?.clone();
            Some(SubjectView { subject: subject.clone(), slot: inner.slots[subject], state })
        })
    }

    fn chain(&self, subject: &Subject, from: u64, limit: usize) -> Result<Vec<u64>, ViewError> {
        let from = usize::try_from(from).unwrap();
        self.read(|inner| inner.chains.get(subject).into_iter().flatten().skip(from).take(limit).copied().collect())
    }

    fn subjects(&self, prefix: &str, after: Option<&Subject>, limit: usize) -> Result<Vec<SubjectView>, ViewError> {
        self.read(|inner| {
            let found = inner.states.iter().filter(|(subject, _)| {
                subject.as_str().starts_with(prefix) && after.is_none_or(|after| after < *subject)
            });
            let view = |(subject, state): (&Subject, &SubjectState)| SubjectView {
                subject: subject.clone(),
                slot: inner.slots[subject],
                state: state.clone(),
            };
            found.take(limit).map(view).collect()
        })
    }

    fn checkpoint(&self) -> Result<Option<CheckpointView>, ViewError> {
        if self.mood() == Mood::Stuck {
            return Ok(None);
        }
        let head = self.head()?;
        let text = self.signed(head.log).to_string();
        Ok(Some(CheckpointView { height: head.height, head: head.log, text }))
    }

    fn receipt(&self, index: u64) -> Result<Option<ReceiptView>, ViewError> {
        if self.mood() == Mood::Stuck {
            return Err(ViewError::NotCosigned);
        }
        let head = self.head()?.log;
        let Some(entry) = self.entry(index)? else {
            return Ok(None);
        };
        let path = self.read(|inner| merkle::inclusion_path(&inner.log_nodes, index, head.size).unwrap())?;
        let proof = Receipt { index, path, checkpoint: self.signed(head) }.to_string();
        let last = head.size.saturating_sub(1);
        let Some(seal) = self.entry(last)? else {
            return Ok(None);
        };
        let path = self.read(|inner| merkle::inclusion_path(&inner.log_nodes, last, head.size).unwrap())?;
        let seal_path = plenary_core::place::Place { index: last, path }.to_string();
        Ok(Some(ReceiptView { index, entry, proof, epochs: Vec::new(), seal, seal_path }))
    }

    fn consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>, ViewError> {
        self.read(|inner| merkle::consistency_path(&inner.log_nodes, old, new).unwrap())
    }

    fn dossier(&self, subject: &Subject, since: Option<u64>) -> Result<Option<Vec<u8>>, ViewError> {
        if self.mood() == Mood::Stuck {
            return Err(ViewError::NotCosigned);
        }
        let base = Snapshot(&self.inner);
        let Ok(gathered) = gather(&self.ledger, subject, &base, 1 << 20) else {
            return Ok(None);
        };
        let about = About { ledger: self.ledger.id(), subject: subject.clone() };
        let root = |size| self.read(|inner| merkle::root(&inner.log_nodes, size).unwrap());
        let signed = |size| Ok(self.signed(TreeHead { size, root: root(size)? }).to_string().into_bytes());
        let older = since.map(|size| Ok((signed(size)?, size))).transpose()?;
        let text = signed(self.head()?.log.size)?;
        Ok(Some(gathered.into_dossier(about, &base, text, older).unwrap().write().unwrap()))
    }

    fn approval_dossier(&self, subject: &Subject) -> Result<Option<Vec<u8>>, ViewError> {
        self.dossier(subject, None)
    }

    fn submit(&self, record: VerifiedRecord) -> Answer<'_, Submission> {
        Box::pin(async move {
            if self.mood() == Mood::Stuck {
                return Ok(Submission::Pending);
            }
            Ok(match self.append(&record) {
                Ok(()) => Submission::Final { index: self.record_index(&record.file().id())?.unwrap() },
                Err(refusal) => Submission::Refused(refusal),
            })
        })
    }

    fn submission(&self, _: Digest) -> Answer<'_, Submission> {
        Box::pin(async move { Ok(Submission::Pending) })
    }

    fn settled(&self, _: Digest, deadline: Instant) -> Answer<'_, Submission> {
        Box::pin(async move {
            tokio::time::sleep_until(deadline).await;
            Ok(Submission::Pending)
        })
    }
}
