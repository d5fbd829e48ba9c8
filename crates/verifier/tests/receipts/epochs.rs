//! Receipts after validators have changed, and what a forger would make of them.

use plenary_core::{
    checkpoint::{Checkpoint, Cosignature, LogSignature, body},
    json::Object,
    merkle::{inclusion_path, leaf_hash},
    note::{CosignerKey, KeyName, LogKey},
    place::Place,
    policy::{Policy, Seat},
    receipt::Receipt,
    record::Record,
};

use crate::{
    forgeries::{Change, flip, replace, table},
    ledger::{
        FILE, Ledger, VALIDATORS, announcement, genesis, moment, origin, outcome, policy, record, secret, signed,
    },
    vector::{Files, Vector},
};

/// The subject of the records that change the validators.
const SUBJECT: &str = "validators";

/// The secret of a cosigning key: those of epoch zero are the genesis line's.
fn cosigner_seed(name: &str, made: u64) -> String {
    if made == 0 { format!("{name}/cosigner") } else { format!("{name}/cosigner-{made}") }
}

fn cosigner_name(name: &str, made: u64) -> KeyName {
    let own = format!("{}/validator/{name}", origin());
    KeyName::parse(&if made == 0 { own } else { format!("{own}/{made}") }).unwrap()
}

/// The validators of an epoch, each with the number of its cosigning key.
type Set = Vec<(&'static str, u64)>;

fn fresh(names: &[&'static str], epoch: u64) -> Set {
    names.iter().map(|name| (*name, epoch)).collect()
}

fn policy_of(set: &Set) -> Policy {
    let seat = |(name, made): &(&'static str, u64)| Seat {
        name: (*name).to_owned(),
        log: LogKey::of(origin(), &secret(&format!("{name}/log"))),
        cosigner: CosignerKey::of(cosigner_name(name, *made), &secret(&cosigner_seed(name, *made))),
        url: Some(format!("https://{name}.example/")),
    };
    Policy::new(set.iter().map(seat).collect()).unwrap()
}

/// The receipt of an entry under the ledger's head, cosigned by the first `signers` of a set.
fn receipt(ledger: &Ledger, index: u64, set: &Set, signers: usize) -> Receipt {
    let head = ledger.tree.head().unwrap();
    let text = body(&origin(), &head);
    let sign = |(name, made): &(&'static str, u64)| {
        let at = moment("2017-06-07T10:00:00Z");
        Cosignature::sign(&cosigner_name(name, *made), &secret(&cosigner_seed(name, *made)), at, &text)
    };
    Receipt {
        index,
        path: inclusion_path(&ledger.tree, index, head.size).unwrap(),
        checkpoint: Checkpoint {
            origin: origin(),
            head,
            log: LogSignature::sign(&origin(), &secret(&format!("{}/log", set[0].0)), &text),
            cosignatures: set.iter().take(signers).map(sign).collect(),
        },
    }
}

fn quorum(set: &Set) -> usize {
    set.len() * 2 / 3 + 1
}

fn change(epoch: u64, policy: &str) -> Record {
    let body = Object::from_iter([
        ("epoch".to_owned(), epoch.into()),
        ("policy".to_owned(), policy.into()),
        ("validators".to_owned(), Vec::<String>::new().into()),
    ]);
    Record { group: None, ..record("validators.change", &[("operator", "aurora"), ("operator", "dune")], body) }
}

fn entry_of(record: &Record) -> Vec<u8> {
    [signed(&record.to_line().unwrap(), &["aurora", "dune"]), outcome(SUBJECT, None)].concat()
}

/// A ledger whose validators have changed, and what shows it.
struct History {
    ledger: Ledger,
    sets: Vec<Set>,
    epochs: Vec<(Vec<u8>, Vec<u8>)>,
    /// The index of the announcement in each epoch.
    records: Vec<u64>,
    /// The files of each of these, as they were while their epoch lasted.
    files: Vec<Files>,
}

impl History {
    fn begin() -> Self {
        let ledger = Ledger::found(genesis().to_line().unwrap());
        let mut history = Self {
            ledger,
            sets: vec![fresh(&VALIDATORS, 0)],
            epochs: Vec::new(),
            records: Vec::new(),
            files: Vec::new(),
        };
        history.announce();
        history
    }

    fn of(sets: &[Set]) -> Self {
        sets.iter().fold(Self::begin(), |history, set| history.then(set))
    }

    fn announce(&mut self) {
        let entry = [signed(&announcement().to_line().unwrap(), &["tsb"]), outcome("fg-dlt/meeting/1", None)].concat();
        self.records.push(self.ledger.tree.size());
        self.ledger.block(&[("fg-dlt/meeting/1", entry)]);
        self.files.push(self.files());
    }

    /// The receipt of the last announcement under the present head.
    fn files(&self) -> Files {
        let (ledger, set) = (&self.ledger, self.sets.last().unwrap());
        let index = *self.records.last().unwrap();
        let size = ledger.tree.size();
        let place = Place { index: size - 1, path: inclusion_path(&ledger.tree, size - 1, size).unwrap() };
        Files {
            genesis: ledger.genesis.clone(),
            entry: ledger.entries[usize::try_from(index).unwrap()].clone(),
            proof: receipt(ledger, index, set, quorum(set)).to_string().into_bytes(),
            file: None,
            anchor: leaf_hash(&ledger.genesis).to_string(),
            epochs: self.epochs.clone(),
            tip: Some((ledger.entries.last().unwrap().clone(), place.to_string().into_bytes())),
        }
    }

    /// Records an entry as the change to the next epoch, and closes the present one.
    fn change_by(mut self, entry: Vec<u8>, set: &Set, signers: usize) -> Self {
        let index = self.ledger.tree.size();
        self.ledger.block(&[(SUBJECT, entry.clone())]);
        self.ledger.block(&[]);
        let proof = receipt(&self.ledger, index, self.sets.last().unwrap(), signers);
        self.epochs.push((entry, proof.to_string().into_bytes()));
        self.ledger.enter(&policy_of(set));
        self.sets.push(set.clone());
        self.announce();
        self
    }

    fn then(self, set: &Set) -> Self {
        let epoch = u64::try_from(self.sets.len()).unwrap();
        let signers = quorum(self.sets.last().unwrap());
        self.change_by(entry_of(&change(epoch, &policy_of(set).to_string())), set, signers)
    }
}

fn replaced() -> Set {
    fresh(&["aurora", "borealis", "cirrus", "echo"], 1)
}

/// One replaced, one added, one removed.
fn three() -> Vec<Set> {
    vec![
        replaced(),
        fresh(&["aurora", "borealis", "cirrus", "echo", "fjord"], 2),
        fresh(&["borealis", "cirrus", "echo", "fjord"], 3),
    ]
}

fn there_and_back() -> Vec<Set> {
    vec![fresh(&["echo", "fjord", "gale", "haze"], 1), fresh(&VALIDATORS, 2)]
}

fn honest() -> Vec<Vector> {
    let history = History::of(&three());
    let vector = |name: &str, files: Files| Vector::new(name, 0, files);
    let with_file = Files { file: Some(FILE.to_vec()), ..history.files[3].clone() };
    vec![
        vector("honest-epoch-before-any-change", history.files[0].clone()),
        vector("honest-epoch-after-one-change", history.files[1].clone()),
        vector("honest-epoch-after-two-changes", history.files[2].clone()),
        vector("honest-epoch-after-three-changes", with_file),
        vector("honest-epoch-of-validators-who-came-back", History::of(&there_and_back()).files[2].clone()),
    ]
}

/// What is done to the files of a ledger whose validators have changed three times.
fn changed() -> Vec<Vector> {
    let rows: [(&str, u8, Change); 17] = [
        ("epoch-last-change-removed", 15, |files| drop(files.epochs.pop())),
        ("epoch-first-change-removed", 12, |files| drop(files.epochs.remove(0))),
        ("epoch-middle-change-removed", 12, |files| drop(files.epochs.remove(1))),
        ("epoch-all-changes-removed", 15, |files| files.epochs.clear()),
        ("epoch-changes-swapped", 12, |files| files.epochs.swap(0, 1)),
        ("epoch-change-doubled", 12, |files| files.epochs.insert(1, files.epochs[0].clone())),
        ("epoch-last-change-doubled", 12, |files| files.epochs.push(files.epochs[2].clone())),
        ("epoch-change-with-the-proof-of-another", 12, |files| files.epochs[0].1 = files.epochs[1].1.clone()),
        ("epoch-change-with-another-policy", 12, |files| replace(&mut files.epochs[1].0, "fjord", "fjorx")),
        ("epoch-change-cut", 12, |files| files.epochs[1].0.truncate(100)),
        ("epoch-change-without-a-proof", 12, |files| files.epochs[1].1.clear()),
        ("epoch-change-of-a-newer-format", 15, |files| replace(&mut files.epochs[1].0, "\"v\":1}\n-", "\"v\":2}\n-")),
        ("epoch-seal-not-given", 15, |files| files.tip = None),
        ("epoch-seal-changed", 11, |files| flip(&mut files.tip.as_mut().unwrap().0, 40)),
        ("epoch-seal-is-the-entry", 11, |files| files.tip.as_mut().unwrap().0 = files.entry.clone()),
        ("epoch-seal-of-an-earlier-block", 11, |files| {
            files.tip = History::of(&three()).files[2].tip.clone();
        }),
        ("epoch-seal-with-a-path-of-another-index", 11, |files| {
            replace(&mut files.tip.as_mut().unwrap().1, "index 18", "index 17");
        }),
    ];
    table(&History::of(&three()).files[3], &rows)
}

/// Heads that forgers or validators of an earlier epoch could sign.
fn heads() -> Vec<Vector> {
    let first = fresh(&VALIDATORS, 0);
    let honest = History::of(&[replaced()]);
    let vector = |name: &str, code, files: Files| Vector::new(name, code, files);
    let signed_by = |files: &Files, set: &Set, signers: usize| {
        let index = *honest.records.last().unwrap();
        let proof = receipt(&honest.ledger, index, set, signers).to_string().into_bytes();
        Files { proof, ..files.clone() }
    };
    let after = &honest.files[1];
    let without = Files { epochs: Vec::new(), ..after.clone() };
    let kept: Set = vec![("aurora", 0), ("borealis", 0), ("cirrus", 0), ("echo", 1)];
    let keys_kept = History::begin().then(&kept);
    let removed = Files { epochs: Vec::new(), ..keys_kept.files[1].clone() };
    let back = History::of(&[there_and_back()[0].clone(), first.clone()]);
    // The new validators, or the old ones, sign a head of the other epoch.
    let early = {
        let mut history = History::begin();
        history.sets.push(replaced());
        history.epochs = honest.epochs.clone();
        history.files()
    };
    vec![
        // The three who stayed make a quorum of the genesis line's policy: only the seal shows that a change is missing.
        vector("epoch-change-removed-where-keys-stayed", 12, removed),
        vector("epoch-keys-that-stayed", 12, keys_kept.files[1].clone()),
        vector("epoch-keys-that-came-back", 12, back.files[2].clone()),
        vector(
            "epoch-keys-that-came-back-and-both-changes-removed",
            12,
            Files { epochs: Vec::new(), ..back.files[2].clone() },
        ),
        vector("epoch-old-keys-on-a-new-head", 12, signed_by(&without, &first, 3)),
        vector("epoch-old-keys-on-a-new-head-with-the-change", 15, signed_by(after, &first, 3)),
        vector("epoch-new-keys-on-an-old-head", 12, early),
        vector("epoch-head-by-too-few", 12, signed_by(after, &replaced(), 2)),
    ]
}

/// Changes that the validators before them never took, or never would have.
fn changes() -> Vec<Vector> {
    let honest = History::of(&[replaced()]);
    let after = &honest.files[1];
    let vector = |name: &str, code, files: Files| Vector::new(name, code, files);
    let few = {
        let entry = entry_of(&change(1, &policy_of(&replaced()).to_string()));
        History::begin().change_by(entry, &replaced(), 2)
    };
    let taken = |record: &Record| History::begin().change_by(entry_of(record), &replaced(), 3).files[1].clone();
    let right = policy_of(&replaced()).to_string();
    let elsewhere = Record { ledger: leaf_hash(b"another ledger"), ..change(1, &right) };
    let other = Record { record_type: "validators.prepare".into(), ..change(1, &right) };
    let another_log = right.replace("plenary.example/ledger+", "another.example/ledger+");
    let by_the_next = {
        let mut files = after.clone();
        let index = 4;
        files.epochs[0].1 = receipt(&honest.ledger, index, &replaced(), 3).to_string().into_bytes();
        files
    };
    vec![
        vector("epoch-change-by-too-few", 12, few.files[1].clone()),
        vector("epoch-change-by-the-validators-that-it-names", 12, by_the_next),
        vector("epoch-change-of-another-number", 12, taken(&change(2, &right))),
        vector("epoch-change-of-number-zero", 12, taken(&change(0, &right))),
        vector("epoch-change-of-another-ledger", 12, taken(&elsewhere)),
        vector("epoch-change-that-is-another-record", 12, taken(&other)),
        vector("epoch-change-without-a-policy", 12, taken(&change(1, ""))),
        vector(
            "epoch-change-with-a-quorum-too-small",
            12,
            taken(&change(1, &right.replace("validators 3", "validators 2"))),
        ),
        vector("epoch-change-with-keys-of-another-log", 12, taken(&change(1, &another_log))),
        vector("epoch-seal-of-another-policy", 12, {
            let mut history = History::begin();
            let entry = entry_of(&change(1, &right));
            history = history.change_by(entry, &replaced(), 3);
            history.ledger.policy = policy().digest();
            history.announce();
            history.files()
        }),
        vector("epoch-change-given-before-it-is-in-force", 15, {
            let mut files = honest.files[0].clone();
            files.epochs = honest.epochs.clone();
            files
        }),
    ]
}

pub(crate) fn all() -> Vec<Vector> {
    [honest(), changed(), heads(), changes()].into_iter().flatten().collect()
}
