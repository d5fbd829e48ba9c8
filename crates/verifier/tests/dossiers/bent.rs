//! What a quorum that keeps no rules makes of a ledger.

use std::collections::BTreeMap;

use plenary_core::{
    block::Height,
    dossier::Dossier,
    entry::{Outcome, RecordEntry, Seal},
    hash::Digest,
    merkle::{Nodes, Tree, leaf_hash},
    subject::{Chain, Subject},
};
use plenary_procedure::{chains::Gathered, execute::Slot};

use serde_json::json;

use crate::{
    ledger::{Chronicle, key, moment, name, policy, record, subject},
    story::VALIDATORS,
};

/// A ledger as such a quorum makes it: entries as they are given, and seals as they are twisted.
pub(crate) struct Bent {
    /// What stands in the log between the genesis line and the last seal; the seals before that are left out.
    pub(crate) entries: Vec<(Vec<&'static str>, Vec<u8>)>,
    /// What is done to the slots before they are hashed.
    pub(crate) slots: fn(&mut BTreeMap<Subject, Slot>),
    /// What is done to the seal.
    pub(crate) seal: fn(&mut Seal),
    /// What is done to the seal's line.
    pub(crate) line: fn(&[u8]) -> Vec<u8>,
}

impl Bent {
    pub(crate) fn of(entries: Vec<(Vec<&'static str>, Vec<u8>)>) -> Self {
        Self { entries, slots: |_| {}, seal: |_| {}, line: <[u8]>::to_vec }
    }

    /// The ledger that comes of it, with genesis block and one more.
    pub(crate) fn chronicle(self, validators: &'static [&'static str]) -> Chronicle {
        let mut chronicle = Chronicle::found(validators);
        let memory = &mut chronicle.memory;
        let mut log = Tree::open(memory.log_nodes.clone(), memory.head.log.size);
        let mut leaves = Vec::new();
        for (subjects, entry) in self.entries {
            let leaf = leaf_hash(&entry);
            leaves.push(leaf);
            log.append(leaf).unwrap();
            memory.entries.push(entry);
            for text in subjects {
                let free = u64::try_from(memory.slots.len()).unwrap();
                let slot =
                    memory.slots.entry(subject(text)).or_insert_with(|| Slot { index: free, chain: Chain::default() });
                slot.chain = slot.chain.with(&leaf).unwrap();
            }
        }
        (self.slots)(&mut memory.slots);
        let mut slots = Tree::open(Nodes::new(), 0);
        let mut by_index: Vec<(&Subject, &Slot)> = memory.slots.iter().collect();
        by_index.sort_by_key(|(_, slot)| slot.index);
        for (subject, slot) in by_index {
            slots.append(leaf_hash(&slot.chain.slot_leaf(subject))).unwrap();
        }
        let mut seal = Seal {
            height: Height::new(1).unwrap(),
            time: moment("2017-06-01T00:00:00Z"),
            proposer: Some(name(validators[0])),
            epoch: 0,
            policy: policy(validators).digest(),
            first: memory.head.log.size,
            count: u64::try_from(leaves.len()).unwrap(),
            prev: memory.head.seal,
            slots: slots.head().unwrap(),
        };
        (self.seal)(&mut seal);
        let line = (self.line)(&seal.to_line().unwrap());
        log.append(leaf_hash(&line)).unwrap();
        memory.entries.push(line);
        memory.head.log = log.head().unwrap();
        memory.head.slots = slots.head().unwrap();
        memory.log_nodes.extend(log.into_changes());
        memory.slot_nodes = slots.into_changes();
        chronicle
    }
}

impl Chronicle {
    /// A dossier of all chains that there are, whatever the rules say.
    pub(crate) fn whole(&self, text: &str) -> Dossier<'static> {
        let entries = (0_u64..).zip(self.memory.entries.clone());
        let entries = entries.filter(|(_, entry)| Seal::from_line(entry).is_err()).collect();
        let gathered = Gathered { subjects: self.memory.slots.keys().cloned().collect(), entries };
        self.assemble(gathered, &subject(text), None)
    }
}

/// A quorum of one.
pub(crate) const ALONE: &[&str] = &["aurora"];

/// Whom the dossiers are about that come of such ledgers.
pub(crate) const ORGANIZATION: &str = "organization/org-a";

/// An honest ledger with the registration of an organisation and an exchange of its key.
fn straight() -> Chronicle {
    let mut chronicle = Chronicle::found(ALONE);
    let tsb = &[("secretariat", "tsb", "tsb")];
    let organization = json!({
        "id": "org-a", "title": "Organisation A", "country": "CH", "category": "sector-member", "key": key("org-a"),
    });
    chronicle.take("2017-05-05T09:00:00Z", "organization.register", tsb, organization);
    let keys = &[("organization", "org-a", "org-a"), ("new-key", "org-a", "org-a-2")];
    let rotation = json!({"who": "org-a", "key": key("org-a-2"), "reason": "routine"});
    chronicle.take("2017-05-06T09:00:00Z", "key.rotate", keys, rotation);
    chronicle
}

/// The entries of the two records of that ledger.
fn entries() -> [Vec<u8>; 2] {
    let entries = straight().memory.entries;
    [entries[2].clone(), entries[4].clone()]
}

/// The entry with another outcome.
fn judged(entry: &[u8], change: fn(&mut Outcome)) -> Vec<u8> {
    let parts = RecordEntry::split(entry).unwrap();
    let mut outcome = Outcome::from_line(parts.outcome).unwrap();
    change(&mut outcome);
    RecordEntry { file: parts.file, outcome: &outcome.to_line().unwrap() }.join().unwrap()
}

/// A record that the rules forbid, with the outcome of the honest exchange of keys.
fn forbidden(validators: &'static [&'static str], at: &str, keys: &[(&str, &str, &str)]) -> Vec<u8> {
    let fields = json!({"who": "org-a", "key": key("org-a-3"), "reason": "routine"});
    let file = record(&Chronicle::found(validators).ledger, at, "key.rotate", keys, &fields);
    let mut outcome = Outcome::from_line(RecordEntry::split(&entries()[1]).unwrap().outcome).unwrap();
    outcome.time = moment(at);
    outcome.height = Height::new(9).unwrap();
    RecordEntry { file: file.bytes(), outcome: &outcome.to_line().unwrap() }.join().unwrap()
}

fn altered(entry: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(entry.to_vec()).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    text.replacen(from, to, 1).into_bytes()
}

type Bend = (&'static str, u8, &'static str, Bent);

/// What comes of such ledgers: a name, the exit code, the check that fails, and the ledger.
fn bends() -> Vec<Bend> {
    let [one, two] = entries();
    let of = |entries: &[&Vec<u8>]| Bent::of(entries.iter().map(|it| (vec![ORGANIZATION], (*it).clone())).collect());
    let other_outcome = |change| of(&[&one, &judged(&two, change)]);
    let other_entry = |from, to| of(&[&one, &altered(&two, from, to)]);
    let old_key = [("organization", "org-a", "org-a"), ("new-key", "org-a", "org-a-3")];
    let stranger = [("organization", "org-a", "stranger"), ("new-key", "org-a", "org-a-3")];
    vec![
        ("quorum-straight", 0, "-", of(&[&one, &two])),
        ("quorum-finding-made-up", 14, "rules", other_outcome(|it| it.findings[0].rule = "R99".to_owned())),
        ("quorum-finding-left-out", 14, "rules", other_outcome(|it| drop(it.findings.pop()))),
        ("quorum-number-made-up", 14, "rules", other_outcome(|it| it.number = Some("DLT-I-001".to_owned()))),
        ("quorum-time-goes-back", 14, "rules", other_outcome(|it| it.time = moment("2017-05-04T00:00:00Z"))),
        (
            "quorum-time-before-genesis",
            14,
            "rules",
            of(&[&judged(&one, |it| it.time = moment("2017-04-04T00:00:00Z"))]),
        ),
        ("quorum-height-goes-back", 14, "rules", other_outcome(|it| it.height = Height::new(1).unwrap())),
        ("quorum-record-taken-twice", 14, "rules", of(&[&one, &two, &two])),
        ("quorum-order-exchanged", 14, "rules", of(&[&two, &one])),
        (
            "quorum-key-of-another-time",
            14,
            "rules",
            of(&[&one, &two, &forbidden(ALONE, "2017-05-07T09:00:00Z", &old_key)]),
        ),
        (
            "quorum-key-of-a-stranger",
            14,
            "rules",
            of(&[&one, &two, &forbidden(ALONE, "2017-05-07T09:00:00Z", &stranger)]),
        ),
        (
            "quorum-joins-another-chain",
            14,
            "rules",
            Bent::of(vec![
                (vec![ORGANIZATION], one.clone()),
                (vec!["organization/tsb"], judged(&two, |it| it.subjects = vec![subject("organization/tsb")])),
            ]),
        ),
        (
            "quorum-record-of-another-ledger",
            11,
            "signatures",
            of(&[&one, &forbidden(VALIDATORS, "2017-05-07T09:00:00Z", &old_key)]),
        ),
        ("quorum-signature-invalid", 13, "signatures", other_entry("routine", "regular")),
        ("quorum-record-of-another-version", 15, "signatures", other_entry("\"v\":1}\n---", "\"v\":2}\n---")),
        ("quorum-entry-without-outcome", 11, "signatures", Bent::of(vec![(vec![], b"{}\n".to_vec())])),
    ]
}

/// The same for what closes the block.
fn bent_seals() -> Vec<Bend> {
    let [one, two] = entries();
    let of = |entries: &[&Vec<u8>]| Bent::of(entries.iter().map(|it| (vec![ORGANIZATION], (*it).clone())).collect());
    vec![
        ("quorum-seal-of-another-epoch", 12, "seal", Bent { seal: |it| it.epoch = 1, ..of(&[&one]) }),
        ("quorum-seal-of-another-policy", 12, "seal", Bent { seal: |it| it.policy = Digest::ZERO, ..of(&[&one]) }),
        (
            "quorum-seal-of-another-version",
            15,
            "seal",
            Bent { line: |it| altered(it, ",\"v\":1}", ",\"v\":2}"), ..of(&[&one]) },
        ),
        ("quorum-seal-is-a-record", 11, "seal", Bent { line: |_| entries()[1].clone(), ..of(&[&one]) }),
        ("quorum-slots-of-another-size", 11, "completeness", Bent { seal: |it| it.slots.size += 3, ..of(&[&one]) }),
        (
            "quorum-slots-of-another-root",
            11,
            "completeness",
            Bent { seal: |it| it.slots.root = Digest::ZERO, ..of(&[&one]) },
        ),
        (
            "quorum-counts-too-many",
            16,
            "completeness",
            Bent { slots: |it| it.values_mut().for_each(|slot| slot.chain.count += 1), ..of(&[&one]) },
        ),
        (
            "quorum-counts-too-few",
            14,
            "completeness",
            Bent { slots: |it| it.values_mut().for_each(|slot| slot.chain.count = 0), ..of(&[&one, &two]) },
        ),
        (
            "quorum-head-of-other-entries",
            14,
            "completeness",
            Bent { slots: |it| it.values_mut().for_each(|slot| slot.chain.head = Digest::ZERO), ..of(&[&one]) },
        ),
    ]
}

/// The dossiers of such ledgers: a name, the exit code, the check that fails, and the file.
pub(crate) fn dossiers() -> Vec<(&'static str, u8, &'static str, Vec<u8>)> {
    let mut found: Vec<_> = bends()
        .into_iter()
        .chain(bent_seals())
        .map(|(name, code, check, bent)| {
            (name, code, check, bent.chronicle(ALONE).whole(ORGANIZATION).write().unwrap())
        })
        .collect();
    found.push(("quorum-two-slots-of-a-subject", 14, "completeness", two_slots()));
    found
}

/// One organisation has a slot for its first record and another one for its second.
fn two_slots() -> Vec<u8> {
    let [one, two] = entries();
    let bent = Bent::of(vec![(vec![ORGANIZATION], one), (vec!["organization/org-b"], two)]);
    let same = |leaf: Vec<u8>| String::from_utf8(leaf).unwrap().replace("org-b", "org-a").into_bytes();
    let mut chronicle = bent.chronicle(ALONE);
    let slot = chronicle.memory.slots[&subject("organization/org-b")];
    let mut slots = Tree::open(chronicle.memory.slot_nodes.clone(), chronicle.memory.head.slots.size);
    slots.update(slot.index, leaf_hash(&same(slot.chain.slot_leaf(&subject("organization/org-b"))))).unwrap();
    let head = slots.head().unwrap();
    chronicle.memory.slot_nodes.extend(slots.into_changes());
    let line = chronicle.memory.entries.pop().unwrap();
    let line = Seal { slots: head, ..Seal::from_line(&line).unwrap() }.to_line().unwrap();
    let last = chronicle.memory.head.log.size - 1;
    let mut log = Tree::open(chronicle.memory.log_nodes.clone(), last + 1);
    log.update(last, leaf_hash(&line)).unwrap();
    chronicle.memory.head.log = log.head().unwrap();
    chronicle.memory.log_nodes.extend(log.into_changes());
    chronicle.memory.entries.push(line);
    let mut dossier = chronicle.whole(ORGANIZATION);
    dossier.slots.get_mut(&slot.index).unwrap().subject = subject(ORGANIZATION);
    dossier.write().unwrap()
}
