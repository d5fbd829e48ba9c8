//! A ledger in memory, seen through the interface's own trait.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{BlockId, Height},
    entry::{Outcome, RecordEntry, Seal},
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    json::Object,
    keys::ValidatorKey,
    merkle::{self, Tree},
    record::{NAMESPACE, Name, Record, RecordFile, Signer, VerifiedRecord},
    signature::{self, MemberKey},
    subject::{Chain, Subject},
    time::Moment,
};
use plenary_procedure::{
    execute::{self, Delta, Head, Ledger, Slot},
    memory,
    refusal::Refusal,
    state::SubjectState,
    text::Number,
};
use plenary_rpc::view::{
    Answer, BlockView, Check, CheckpointView, NodeStatus, Peer, Phase, Reach, ReceiptView, Seat, Software, SubjectView,
    Submission, ValidatorView, View, ViewError,
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// What the node makes of records that are sent to it.
#[derive(Clone, Debug)]
pub(crate) enum Reception {
    /// They become final at once.
    Take,
    /// They wait.
    Hold,
    /// A rule refuses them.
    Refuse,
    /// The node cannot say anything.
    Fail(ViewError),
    /// The replica never answers.
    Hang,
}

#[derive(Debug)]
struct Inner {
    base: memory::Memory,
    entries: Vec<Vec<u8>>,
    chains: BTreeMap<Subject, Vec<u64>>,
    blocks: Vec<BlockView>,
    reception: Reception,
    fault: Option<ViewError>,
    ready: bool,
}

/// The ledger.
#[derive(Debug)]
pub(crate) struct Memory {
    ledger: Ledger,
    inner: Mutex<Inner>,
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn secret(seed: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("seed/{seed}").as_bytes()).as_bytes())
}

const VALIDATORS: [&str; 4] = ["operator-a", "regulator-b", "secretariat", "university-c"];

fn found() -> Ledger {
    let validator = |validator: &str| GenesisValidator {
        name: name(validator),
        organization: name("tsb"),
        key: ValidatorKey::of(&secret(validator)),
        peer: secret(&format!("{validator}/peer")).verifying_key().to_bytes(),
    };
    let genesis = Genesis {
        authorities: vec![Authority {
            who: name("tsb"),
            role: name("secretariat"),
            key: MemberKey::of(&secret("tsb")),
        }],
        clock: Clock::Replay,
        grace_s: 600,
        heartbeat_s: 600,
        notice: Some("Demonstration".into()),
        origin: "ledger.example/fg-dlt".into(),
        policy: "policy\n".into(),
        time: moment("2017-05-01T00:00:00Z"),
        validators: VALIDATORS.map(validator).to_vec(),
    };
    Ledger::found(&genesis.to_line().unwrap()).unwrap()
}

/// Signs the registration of an organisation for `ledger`.
pub(crate) fn registration(ledger: Digest, id: &str) -> RecordFile {
    sign_registration(ledger, id, NAMESPACE)
}

/// Signs as `registration` does, in another namespace if so asked.
pub(crate) fn sign_registration(ledger: Digest, id: &str, namespace: &'static str) -> RecordFile {
    let (line, armour) = signed_registration(ledger, id, namespace);
    RecordFile::assemble(&line, &[armour]).unwrap()
}

/// The line of a registration and its signature.
pub(crate) fn signed_registration(ledger: Digest, id: &str, namespace: &'static str) -> (Vec<u8>, String) {
    let fields = [("id", id), ("title", "Example"), ("country", "CH"), ("category", "sector-member")];
    let body: Object = fields.into_iter().map(|(field, value)| (field.to_owned(), value.into())).collect();
    let signed = moment("2017-06-07T12:00:00Z");
    let record = Record {
        at: signed,
        body,
        expires: signed.plus_ms(1_000_000),
        group: None,
        ledger,
        signed,
        signers: vec![Signer { role: name("secretariat"), who: name("tsb") }],
        record_type: "organization.register".into(),
    };
    let line = record.to_line().unwrap();
    let armour = signature::sign(&secret("tsb"), &line, namespace).unwrap();
    (line, armour)
}

impl Memory {
    /// A ledger with `organizations` registrations and the subjects of a group.
    pub(crate) fn with(organizations: usize) -> Arc<Self> {
        let ledger = found();
        let delta = execute::genesis(&ledger).unwrap();
        let inner = Inner {
            base: memory::Memory::founded(&ledger).unwrap(),
            entries: Vec::new(),
            chains: BTreeMap::new(),
            blocks: Vec::new(),
            reception: Reception::Take,
            fault: None,
            ready: true,
        };
        let memory = Self { ledger, inner: Mutex::new(inner) };
        memory.take(delta, None);
        for number in 0..organizations {
            memory.append(&registration(memory.ledger.id(), &format!("org-{number:04}")));
        }
        memory.plant_group();
        Arc::new(memory)
    }

    pub(crate) fn ledger_id(&self) -> Digest {
        self.ledger.id()
    }

    pub(crate) fn receive(&self, reception: Reception) {
        self.inner.lock().unwrap().reception = reception;
    }

    /// From now on every read fails in this way.
    pub(crate) fn fail(&self, fault: ViewError) {
        self.inner.lock().unwrap().fault = Some(fault);
    }

    pub(crate) fn set_ready(&self, ready: bool) {
        self.inner.lock().unwrap().ready = ready;
    }

    /// Closes a block of one record.
    pub(crate) fn append(&self, file: &RecordFile) {
        let record = file.clone().verify().unwrap();
        let proposer = ValidatorKey::of(&secret(VALIDATORS[0]));
        let base = self.inner.lock().unwrap().base.clone();
        let proposal = execute::propose(&self.ledger, &base, proposer, Moment::default(), &[&record]).unwrap();
        assert_eq!(proposal.refused, []);
        let (block, delta) = proposal.block.unwrap();
        self.take(delta, Some(block.header.parent));
    }

    fn take(&self, delta: Delta, parent: Option<BlockId>) {
        let mut inner = self.inner.lock().unwrap();
        for entry in &delta.entries {
            let index = u64::try_from(inner.entries.len()).unwrap();
            inner.entries.push(entry.clone());
            let outcome = RecordEntry::split(entry).and_then(|entry| Outcome::from_line(entry.outcome).ok());
            for subject in outcome.into_iter().flat_map(|outcome| outcome.subjects) {
                inner.chains.entry(subject).or_default().push(index);
            }
        }
        let seal = Seal::from_line(delta.entries.last().unwrap()).unwrap();
        inner.blocks.push(BlockView {
            id: delta.head.block,
            parent,
            log: delta.head.log,
            seal,
            records: delta.records.keys().copied().collect(),
            signers: if parent.is_some() {
                VALIDATORS[..3].iter().map(|text| name(text)).collect()
            } else {
                Vec::new()
            },
        });
        inner.base.take(delta);
    }

    /// Puts a subject into the state without a record.
    pub(crate) fn plant(&self, subject: &str, kind: &str, state: Value) {
        let state: SubjectState = serde_json::from_value(json!({ kind: state })).unwrap();
        let subject = Subject::parse(subject).unwrap();
        let mut inner = self.inner.lock().unwrap();
        let chain = Chain::default();
        let mut tree = Tree::open(&inner.base.slot_nodes, inner.base.head.slots.size);
        let index = tree.append(merkle::leaf_hash(&chain.slot_leaf(&subject))).unwrap();
        let head = tree.head().unwrap();
        let nodes = tree.into_changes();
        inner.base.slot_nodes.extend(nodes);
        inner.base.head.slots = head;
        inner.base.slots.insert(subject.clone(), Slot { index, chain });
        inner.chains.insert(subject.clone(), vec![1]);
        inner.base.states.insert(subject, state);
    }

    fn plant_group(&self) {
        let digest = Digest::of(b"document").to_string();
        let zone = json!({ "name": "Geneva", "offsets": [{ "from": "2017-01-01T00:00:00Z", "offset": "+02:00" }] });
        let deadline = json!({ "date": "2017-10-10", "words": "by", "instant": "2017-10-10T21:59:59.999Z" });
        self.plant(
            "fg-dlt/group",
            "Group",
            json!({
                "title": "Focus Group on DLT", "parent": "tsag", "secretariat": "tsb", "prefix": "DLT", "zone": zone,
                "ruleset": digest, "chairs": "any", "decided": "2017-05-01", "lifetime": { "begins": "2017-10-17", "ends": "2019-04-17", "extension": null },
                "first_meetings": [],
            }),
        );
        let pid = |last: char| format!("{}{last}", "0".repeat(31));
        let key = MemberKey::of(&secret("member")).to_string();
        for last in ['1', '2', '3'] {
            let keys = json!([{ "key": key, "from": "2017-06-07T12:00:00Z", "end": null }]);
            self.plant(&format!("fg-dlt/participant/{}", pid(last)), "Participant", json!({
                "keys": keys, "country": "CH", "category": "sector-member", "organization": "org-0000", "commitments": {},
            }));
        }
        for label in ["1", "2", "10"] {
            let meeting = format!("fg-dlt/meeting/{label}");
            self.plant(&meeting, "Meeting", json!({
                "kind": "face-to-face", "title": "Meeting", "participation": "both", "starts": { "date": "2017-10-17", "instant": "2017-10-17T07:00:00Z" },
                "ends": "2017-10-19", "zone": zone, "contributions": deadline, "registration": deadline, "departures": ["R51"],
                "notice": digest, "opened": null, "closed": null, "patent_calls": 0, "waivers": [],
            }));
            self.plant(&format!("{meeting}/registrations"), "Registrations", json!({ "on_site": 1, "remote": 1 }));
            for (last, mode) in [('1', "on-site"), ('2', "remote")] {
                self.plant(&format!("{meeting}/registration/{}", pid(last)), "Registration", json!({ "mode": mode }));
            }
        }
        for (number, meeting) in [("DLT-I-001", "1"), ("DLT-I-002", "2"), ("DLT-I-003", "1")] {
            self.plant(&format!("fg-dlt/contribution/{number}"), "Contribution", json!({
                "meeting": meeting, "title": "Use case", "author": pid('1'), "sources": ["org-0000"], "revision": 1,
                "revision_on_time": 1, "manifest": digest, "received": "2017-10-05", "revised": "2017-10-05", "standing": "OnTime",
                "waivers": [], "word": "Author", "redactions": 0,
                "parts": [{ "role": { "Addendum": 1 }, "manifest": digest, "received": "2017-10-09", "is_on_time": true }],
                "patents": [{
                    "disclosure": "DLT-IPR-001", "holder": "org-0000", "option": 2, "revision": 1, "after_approval": false,
                    "contacts": 0, "waiver": null,
                }],
                "allocation": { "item": "4.2", "working_group": "WG1" },
                "disposal": { "disposition": "agreed", "into": null, "record": digest },
            }));
        }
        self.plant_deliverable(&digest);
        self.plant_work(&digest);
        self.plant_minutes(&digest);
    }

    fn plant_work(&self, digest: &str) {
        self.plant(
            "fg-dlt/working-group/WG1",
            "WorkingGroup",
            json!({
                "title": "Terms and definitions", "terms": digest, "parent": null, "closed": null,
            }),
        );
        self.plant("fg-dlt/document/DLT-O-001", "Paper", json!({
            "series": "O", "meeting": "1", "title": "Outcome", "by": "tsb", "deliverable": "D1.1", "working_group": null,
            "revision": 2, "manifest": digest, "earlier": [digest], "visibility": "members", "redactions": 1, "withdrawn": null,
        }));
        self.plant(
            "fg-dlt/proposal/P1",
            "Proposal",
            json!({
                "title": "Terms and definitions", "kind": "technical-specification", "by": "org-0000", "scope": digest,
                "target": "2019-06-01", "standing": { "Adopted": "D1.1" },
            }),
        );
        self.plant("fg-dlt/ipr/DLT-IPR-001", "Disclosure", json!({
            "claim": "own", "holder": "org-0000", "object": { "contribution": { "number": "DLT-I-001", "revision": 1 } },
            "licence": { "option": 2, "conditions": ["reciprocity"] }, "patents": ["EP1234567B1"], "form": digest,
            "statements": 1, "contacts": 0,
        }));
        self.plant("fg-dlt/liaison/DLT-LS-001", "Liaison", json!({
            "direction": "Out", "title": "On terms", "purpose": "comment", "standing": "Open", "reply_by": "2018-02-01",
            "day": "2017-10-20", "reply_to": null, "replies": [], "approval": [digest, "group"], "document": digest,
            "interests": [],
        }));
    }

    fn plant_minutes(&self, digest: &str) {
        self.plant("fg-dlt/meeting/1/minutes", "Minutes", json!({ "decisions": 1, "actions": 1 }));
        self.plant("fg-dlt/meeting/1/agenda", "Agenda", json!({ "revision": 2, "record": digest }));
        for label in ["1", "10"] {
            self.plant(
                &format!("fg-dlt/meeting/{label}/report"),
                "MeetingReport",
                json!({
                    "revision": 1, "manifest": digest, "approved": ["2017-10-19T15:00:00Z", digest],
                }),
            );
        }
        self.plant(
            "fg-dlt/decision/M1-D001",
            "Decision",
            json!({
                "title": "Working methods", "by": "group", "basis": "unopposed", "meeting": "1",
                "object": "fg-dlt/working-group/WG1", "text": digest, "record": digest,
            }),
        );
        self.plant(
            "fg-dlt/action/M1-A001",
            "Action",
            json!({
                "title": "Collect terms", "owner": { "Role": ["editor", "D1.1"] }, "due": "2017-12-01", "meeting": "1",
                "decision": "M1-D001", "closed": ["done", "2017-11-20"],
            }),
        );
        self.plant("fg-dlt/event/W1", "Event", json!({
            "kind": "workshop", "title": "Workshop", "host": "org-0001", "from": "2017-10-16", "to": "2017-10-16", "outcome": digest,
        }));
        self.plant(
            "fg-dlt/reports",
            "Reports",
            json!({
                "progress": { "2018-02-26": digest }, "lists": 1, "final_report": null, "notes": 0,
            }),
        );
        self.plant("fg-dlt/guidelines", "Guideline", json!({ "version": 1, "document": digest, "record": digest }));
    }

    fn plant_deliverable(&self, digest: &str) {
        let objection = json!({
            "number": "D1.1-OBJ-1", "call": "D1.1-C1", "by": "org-0001", "signed_by": "org-0001", "issue": "technical",
            "manifest": digest, "responses": 1, "standing": { "Disposed": "rejected" }, "disposed_by": digest,
        });
        self.plant("fg-dlt/deliverable/D1.1", "Deliverable", json!({
            "title": "Terms and definitions", "kind": "technical-specification", "working_group": null,
            "standing": "Called", "version": 2, "text": [digest, digest], "calls": 1,
            "call": {
                "number": "D1.1-C1", "manifest": digest, "ruleset": digest, "mode": "electronic", "meeting": null,
                "opened": "2019-05-21T12:00:00Z", "closes": "2019-06-18T23:59:59Z", "days": 28, "days_needed": 28, "standing": "Open", "patent_calls": 1,
                "reservations": [], "speakers": {}, "extensions": [],
            },
            "objections": [objection], "waivers": [], "approval": null, "transmission": null,
            "information": [], "fixes": 0, "patents": [], "redactions": {}, "redacted": 0,
            "scope": digest, "target": "2019-06-01",
            "interests": [{ "who": "org-0001", "objection": null, "nature": "patent", "record": digest }],
            "challenges": [{
                "number": "D1.1-CH-1", "call": "D1.1-C1", "by": "org-0001", "ground": "procedure", "appeals": null,
                "standing": { "Answered": "confirmed" }, "answer": ["2019-07-01T10:00:00Z", digest],
            }],
        }));
        for (who, value) in [("org-0000", "support"), ("org-0001", "abstain")] {
            let state = json!({ "value": value, "text": null, "statements": 1 });
            self.plant(&format!("fg-dlt/call/D1.1-C1/position/{who}"), "Position", state);
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Inner) -> T) -> Result<T, ViewError> {
        let inner = self.inner.lock().unwrap();
        match &inner.fault {
            Some(fault) => Err(fault.clone()),
            None => Ok(read(&inner)),
        }
    }
}

/// The refusal of a node that refuses.
pub(crate) fn refusal() -> Refusal {
    Refusal::ObjectionOpen(Number::parse("D1.1-OBJ-1").unwrap())
}

impl View for Memory {
    fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    fn software(&self) -> Software {
        Software { version: "0.1.0", protocol: 1 }
    }

    fn status(&self) -> Result<NodeStatus, ViewError> {
        self.read(|inner| NodeStatus {
            name: "secretariat".into(),
            seat: Seat::Validator,
            phase: Phase::Live,
            head: inner.base.head,
            waiting: 0,
            checks: vec![
                Check { name: "disk", holds: true, words: "41 GiB free".into(), since: None },
                Check {
                    name: "agreement",
                    holds: inner.ready,
                    words: "3 of 4 validators answer, 3 are needed".into(),
                    since: Some(moment("2017-06-07T12:00:00Z")),
                },
            ],
        })
    }

    fn peers(&self) -> Result<Vec<Peer>, ViewError> {
        let peer = Peer {
            id: "12D3KooWExample".into(),
            validator: Some(name("operator-a")),
            address: "/ip4/192.0.2.1/tcp/26700".into(),
            height: Some(Height::GENESIS),
            since: moment("2017-06-07T12:00:00Z"),
        };
        self.read(|_| vec![peer])
    }

    fn validators(&self) -> Result<Vec<ValidatorView>, ViewError> {
        let seen = |validator: &str| ValidatorView {
            name: name(validator),
            organization: name("tsb"),
            key: ValidatorKey::of(&secret(validator)),
            reach: if validator == "university-c" { Reach::Unreachable } else { Reach::Connected },
            last_height: Some(Height::GENESIS),
            last_seen: Some(moment("2017-06-07T12:00:00Z")),
            version: Some("0.1.0".into()),
        };
        self.read(|_| VALIDATORS.map(seen).to_vec())
    }

    fn policy(&self) -> Result<String, ViewError> {
        self.read(|_| self.ledger.genesis().policy.clone())
    }

    fn head(&self) -> Result<Head, ViewError> {
        self.read(|inner| inner.base.head)
    }

    fn block(&self, height: Height) -> Result<Option<BlockView>, ViewError> {
        self.read(|inner| inner.blocks.get(usize::try_from(height.as_u64()).unwrap()).cloned())
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, ViewError> {
        self.read(|inner| inner.entries.get(usize::try_from(index).unwrap()).cloned())
    }

    fn record_index(&self, id: &Digest) -> Result<Option<u64>, ViewError> {
        self.read(|inner| inner.base.records.get(id).copied())
    }

    fn subject(&self, subject: &Subject) -> Result<Option<SubjectView>, ViewError> {
        self.read(|inner| {
            let state = inner.base.states.get(subject)?.clone();
            Some(SubjectView { subject: subject.clone(), slot: inner.base.slots[subject], state })
        })
    }

    fn chain(&self, subject: &Subject, from: u64, limit: usize) -> Result<Vec<u64>, ViewError> {
        let from = usize::try_from(from).unwrap();
        self.read(|inner| inner.chains.get(subject).into_iter().flatten().skip(from).take(limit).copied().collect())
    }

    fn subjects(&self, prefix: &str, after: Option<&Subject>, limit: usize) -> Result<Vec<SubjectView>, ViewError> {
        self.read(|inner| {
            let found = inner.base.states.iter().filter(|(subject, _)| {
                subject.as_str().starts_with(prefix) && after.is_none_or(|after| after < *subject)
            });
            let view = |(subject, state): (&Subject, &SubjectState)| SubjectView {
                subject: subject.clone(),
                slot: inner.base.slots[subject],
                state: state.clone(),
            };
            found.take(limit).map(view).collect()
        })
    }

    fn checkpoint(&self) -> Result<Option<CheckpointView>, ViewError> {
        self.read(|inner| {
            let head = inner.base.head.log;
            let text = format!("ledger.example/fg-dlt\n{}\n…\n", head.size);
            Some(CheckpointView { height: inner.base.head.height, head, text })
        })
    }

    fn receipt(&self, index: u64) -> Result<Option<ReceiptView>, ViewError> {
        self.read(|inner| {
            let entry = inner.entries.get(usize::try_from(index).unwrap())?.clone();
            let proof = format!("c2sp.org/tlog-proof@v1\nindex {index}\n…\n");
            let (seal, seal_path) = (inner.entries.last()?.clone(), format!("index {}\n", inner.entries.len() - 1));
            Some(ReceiptView { index, entry, proof, epochs: Vec::new(), seal, seal_path })
        })
    }

    fn consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>, ViewError> {
        self.read(|inner| merkle::consistency_path(&inner.base.log_nodes, old, new).unwrap())
    }

    fn dossier(&self, subject: &Subject, since: Option<u64>) -> Result<Option<Vec<u8>>, ViewError> {
        let text = format!("{subject} since {}\n", since.unwrap_or_default());
        self.read(|inner| inner.base.slots.contains_key(subject).then(|| text.into_bytes()))
    }

    fn approval_dossier(&self, subject: &Subject) -> Result<Option<Vec<u8>>, ViewError> {
        let is_kept = subject.as_str() == "fg-dlt/deliverable/D1.1";
        self.read(|_| is_kept.then(|| b"approved\n".to_vec()))
    }

    fn submit(&self, record: VerifiedRecord) -> Answer<'_, Submission> {
        let reception = self.inner.lock().unwrap().reception.clone();
        Box::pin(async move {
            match reception {
                Reception::Take => {
                    self.append(record.file());
                    let index = self.record_index(&record.file().id())?.unwrap();
                    Ok(Submission::Final { index })
                }
                Reception::Hold => Ok(Submission::Pending),
                Reception::Refuse => Ok(Submission::Refused(refusal())),
                Reception::Fail(error) => Err(error),
                Reception::Hang => std::future::pending().await,
            }
        })
    }

    fn submission(&self, _: Digest) -> Answer<'_, Submission> {
        let reception = self.inner.lock().unwrap().reception.clone();
        Box::pin(async move {
            match reception {
                Reception::Take => Ok(Submission::Unknown),
                Reception::Hold => Ok(Submission::Pending),
                Reception::Refuse => Ok(Submission::Refused(refusal())),
                Reception::Fail(error) => Err(error),
                Reception::Hang => std::future::pending().await,
            }
        })
    }

    fn settled(&self, id: Digest, deadline: Instant) -> Answer<'_, Submission> {
        Box::pin(async move {
            let known = self.submission(id).await?;
            if matches!(known, Submission::Pending | Submission::Unknown) {
                tokio::time::sleep_until(deadline).await;
            }
            Ok(known)
        })
    }
}
