//! A dictionary of likely addresses, tried against every digest of a ledger.
//!
//! Who has the whole ledger and guesses an address must not learn whether that
//! person takes part. The salt alone prevents it, so the same attack is shown
//! to succeed where the salt is known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use plenary_core::{
    commitment::{DOMAIN, Disclosure, Salt},
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    keys::ValidatorKey,
    record::{NAMESPACE, Name, Record, RecordFile, Signer},
    signature::{self, MemberKey},
    time::Moment,
};
use plenary_procedure::{
    execute::{self, Ledger},
    memory::Memory,
    participant::IdentityField,
    text::Pid,
};
use plenary_vault::vault::commit;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const GROUP: &str = "fg-dlt";

/// How many addresses are tried; the whole million takes minutes without optimisation.
const ADDRESSES: usize = if cfg!(debug_assertions) { 20_000 } else { 1_000_000 };

/// Where in the dictionary the addresses stand of two who take part.
const ENROLLED: [usize; 2] = [4_321, 17_065];

/// Syllables of given names and of family names that nobody has.
const GIVEN: [[&str; 10]; 2] = [
    ["an", "be", "ka", "li", "ma", "no", "ra", "si", "to", "vi"],
    ["dra", "lo", "mi", "na", "ne", "ro", "sa", "ta", "vo", "xi"],
];
const FAMILY: [[&str; 10]; 2] = [
    ["bru", "cor", "dal", "fen", "gar", "hol", "jor", "mul", "pes", "wes"],
    ["ade", "berk", "dot", "ez", "ingo", "kum", "ova", "pin", "sted", "ura"],
];

const DOMAINS: [&str; 10] = [
    "example.org",
    "example.com",
    "example.net",
    "mail.example.org",
    "mail.example.com",
    "ministry.example",
    "operator.example",
    "university.example",
    "regulator.example",
    "vendor.example",
];

/// The address at a place of the dictionary: a domain, a pattern, a family name and a given name.
fn address(at: usize) -> String {
    let name = |[first, second]: [[&str; 10]; 2], at: usize| format!("{}{}", first[at % 10], second[at / 10 % 10]);
    let (given, family) = (name(GIVEN, at), name(FAMILY, at / 100));
    let (pattern, domain) = (at / 10_000 % 10, DOMAINS[at / 100_000]);
    match pattern {
        0 => format!("{given}.{family}@{domain}"),
        1 => format!("{given}{family}@{domain}"),
        2 => format!("{given}_{family}@{domain}"),
        3 => format!("{given}-{family}@{domain}"),
        4 => format!("{family}.{given}@{domain}"),
        5 => format!("{family}{given}@{domain}"),
        6 => format!("{family}_{given}@{domain}"),
        7 => format!("{family}-{given}@{domain}"),
        8 => format!("{given}.{family}1@{domain}"),
        _ => format!("{given}.a.{family}@{domain}"),
    }
}

/// One way in which a digest might follow from an address without a secret.
struct Guess {
    how: String,
    /// SHA-256 of what stands before the address.
    before: Sha256,
    after: &'static [u8],
    /// What HMAC hashes the inner digest with, if there is a key.
    outer: Option<Sha256>,
}

impl Guess {
    /// Hashes or, with a key, authenticates `before`, an address and `after`.
    fn new(how: String, key: Option<&[u8]>, before: &str, after: &'static str) -> Self {
        let seeded = |with: u8| {
            let key = key?;
            let block: Vec<u8> = (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect();
            Some(Sha256::new_with_prefix(block))
        };
        let mut inner = seeded(0x36).unwrap_or_default();
        inner.update(before);
        Self { how, before: inner, after: after.as_bytes(), outer: seeded(0x5c) }
    }

    fn of(&self, address: &str) -> [u8; 32] {
        let mut inner = self.before.clone();
        inner.update(address);
        inner.update(self.after);
        let inner = inner.finalize();
        match self.outer.clone() {
            Some(outer) => outer.chain_update(inner).finalize().into(),
            None => inner.into(),
        }
    }
}

/// Everything that is tried for each address: all of it stands on the ledger or in this repository.
fn guesses(ledger: Digest, people: &[Pid]) -> Vec<Guess> {
    let counting: Vec<u8> = (0..32).collect();
    let public: [(&str, Option<&[u8]>); 5] = [
        ("without a key", None),
        ("under zeros", Some(&[0; 32])),
        ("under the salt of the examples", Some(&counting)),
        ("under the group", Some(GROUP.as_bytes())),
        ("under the ledger", Some(ledger.as_bytes())),
    ];
    let mut guesses: Vec<Guess> =
        public.iter().map(|(how, key)| Guess::new(format!("the address {how}"), *key, "", "")).collect();
    for pid in people {
        let digits = pid.to_string();
        let bytes: Vec<u8> = (0..16).map(|at| u8::from_str_radix(&digits[2 * at..][..2], 16).unwrap()).collect();
        let own: [(&str, Option<&[u8]>); 2] =
            [("under the pid", Some(digits.as_bytes())), ("under the pid's bytes", Some(&bytes))];
        let before = format!("[\"{DOMAIN}\",\"{GROUP}\",\"{digits}\",\"email\",\"");
        for (how, key) in public.iter().chain(&own) {
            guesses.push(Guess::new(format!("the array of {pid} {how}"), *key, &before, "\"]"));
        }
        for (how, key) in own {
            guesses.push(Guess::new(format!("the address {how} {pid}"), key, "", ""));
        }
    }
    guesses
}

/// Which addresses a digest follows from, and how.
fn attack(digests: &BTreeSet<[u8; 32]>, guesses: &[Guess], dictionary: impl Iterator<Item = usize>) -> Vec<String> {
    let digests: Vec<&[u8; 32]> = digests.iter().collect();
    let mut found = Vec::new();
    for address in dictionary.map(address) {
        let hit = |guess: &&Guess| digests.binary_search(&&guess.of(&address)).is_ok();
        found.extend(guesses.iter().filter(hit).map(|guess| format!("{address}: {}", guess.how)));
    }
    found
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn secret(whom: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(whom.as_bytes()).as_bytes())
}

fn moment() -> Moment {
    Moment::parse("2017-06-07T09:30:00Z").unwrap()
}

fn pid(number: usize) -> Pid {
    let digits: String = Digest::of(&[u8::try_from(number).unwrap()]).to_hex().chars().take(32).collect();
    Pid::parse(&digits).unwrap()
}

/// A ledger in memory, with a group.
struct Case {
    ledger: Ledger,
    memory: Memory,
}

impl Case {
    fn new() -> Self {
        let authority = |who, role| Authority { who: name(who), role: name(role), key: MemberKey::of(&secret(who)) };
        let genesis = Genesis {
            authorities: vec![authority("tsag", "parent"), authority("tsb", "secretariat")],
            clock: Clock::Replay,
            grace_s: 600,
            heartbeat_s: 600,
            notice: None,
            origin: "dictionary.example".into(),
            policy: "of no account here".into(),
            time: Moment::parse("2017-05-01T00:00:00Z").unwrap(),
            validators: vec![GenesisValidator {
                name: name("one"),
                organization: name("tsb"),
                key: ValidatorKey::of(&secret("one")),
                peer: [1; 32],
            }],
        };
        let ledger = Ledger::found(&genesis.to_line().unwrap()).unwrap();
        let memory = Memory::founded(&ledger).unwrap();
        let mut case = Self { ledger, memory };
        let document = json!({ "digest": Digest::of(b"terms").to_string(), "bytes": 5, "media_type": "text/plain" });
        let ruleset = case.record(
            ("parent", "tsag"),
            "ruleset",
            json!({
                "title": "Synthetic terms", "edition": "synthetic", "document": document,
                "parameters": {
                    "contribution_days": 12, "notice_days": 28, "registration_days": 7, "entry_days": 3,
                    "lifetime_months": 18, "call_days": 28, "recall_days": 21, "transmission_days": 28,
                    "vice_chairs": "first-meeting", "language": "en", "first_meeting_by": [],
                },
            }),
        );
        case.record(
            ("parent", "tsag"),
            "group.establish",
            json!({
                "title": "Synthetic group", "prefix": "SYN", "secretariat": "tsb", "ruleset": ruleset.to_string(),
                "zone": { "name": "UTC", "offsets": [{ "from": "2017-01-01T00:00:00Z", "offset": "+00:00" }] },
                "decision": { "meeting": "Synthetic meeting", "from": "2017-05-01", "to": "2017-05-04" },
            }),
        );
        case
    }

    /// Closes a block with this record alone.
    fn record(&mut self, (role, who): (&str, &str), record_type: &str, body: Value) -> Digest {
        let Value::Object(body) = body else { panic!("a body is an object") };
        let record = Record {
            at: moment(),
            body,
            expires: moment().plus_ms(86_400_000),
            group: Some(name(GROUP)),
            ledger: self.ledger.id(),
            signed: moment(),
            signers: vec![Signer { role: name(role), who: name(who) }],
            record_type: record_type.to_owned(),
        };
        let line = record.to_line().unwrap();
        let armour = signature::sign(&secret(who), &line, NAMESPACE).unwrap();
        let record = RecordFile::assemble(&line, &[armour]).unwrap().verify().unwrap();
        let proposer = ValidatorKey::of(&secret("one"));
        let proposal = execute::propose(&self.ledger, &self.memory, proposer, moment(), &[&record]).unwrap();
        assert!(proposal.refused.is_empty(), "{record_type}: {:?}", proposal.refused);
        self.memory.take(proposal.block.unwrap().1);
        Digest::of(&line)
    }

    fn enrol(&mut self, pid: &Pid, commitments: Value) {
        self.record(
            ("secretariat", "tsb"),
            "participant.enroll",
            json!({
                "pid": pid.to_string(), "key": MemberKey::of(&secret(&pid.to_string())).to_string(), "country": "CH",
                "category": "non-member", "commitments": commitments,
                "privacy_notice": Digest::of(b"notice").to_string(),
            }),
        );
    }

    /// Every digest that stands anywhere in the log.
    fn digests(&self) -> BTreeSet<[u8; 32]> {
        let text: String =
            self.memory.entries.iter().map(|entry| String::from_utf8_lossy(entry).into_owned()).collect();
        let read = |rest: &str| rest.get(..64).and_then(Digest::from_hex).map(|digest| *digest.as_bytes());
        text.split("sha256:").skip(1).filter_map(read).collect()
    }
}

fn opens(pid: &Pid, address: &str, salt: [u8; 32]) -> Digest {
    let salt = Salt::from_bytes(salt);
    Disclosure::new(name(GROUP), pid.as_name().clone(), "email", address.to_owned(), salt).unwrap().commitment()
}

#[test]
fn the_dictionary_names_each_address_once() {
    let addresses: BTreeSet<String> = (0..ADDRESSES).map(address).collect();
    assert_eq!(addresses.len(), ADDRESSES);
}

#[test]
fn no_likely_address_is_linked_to_anybody() {
    let mut case = Case::new();
    let people: Vec<Pid> = (0..ENROLLED.len()).map(pid).collect();
    let mut committed = BTreeSet::new();
    for (pid, at) in people.iter().zip(ENROLLED) {
        let fresh = |field: IdentityField, value: &str| commit(&name(GROUP), pid, field, value.to_owned()).unwrap();
        let [email, shown] = [fresh(IdentityField::Email, &address(at)), fresh(IdentityField::Name, "Synthetic")]
            .map(|disclosure| disclosure.commitment());
        committed.extend([*email.as_bytes(), *shown.as_bytes()]);
        case.enrol(pid, json!({ "email": email.to_string(), "name": shown.to_string() }));
    }
    let digests = case.digests();
    assert!(committed.is_subset(&digests), "the attack sees every commitment");
    let found = attack(&digests, &guesses(case.ledger.id(), &people), 0..ADDRESSES);
    assert!(found.is_empty(), "{found:?}");
}

/// The same attack on the same ledger, where the salt is no secret.
#[test]
fn what_has_no_secret_salt_is_found() {
    let counting: Vec<u8> = (0..32).collect();
    let target = address(ENROLLED[0]);
    let nearby = ENROLLED[0] - 500..ENROLLED[0] + 500;
    type Weak<'a> = (&'a str, &'a dyn Fn(&Pid) -> Digest);
    let weak: [Weak<'_>; 4] = [
        ("the array of PID under zeros", &|pid| opens(pid, &target, [0; 32])),
        ("the array of PID under the salt of the examples", &|pid| {
            opens(pid, &target, counting.clone().try_into().unwrap())
        }),
        ("the address without a key", &|_| Digest::of(target.as_bytes())),
        ("the array of PID without a key", &|pid| {
            Digest::of(format!("[\"{DOMAIN}\",\"{GROUP}\",\"{pid}\",\"email\",\"{target}\"]").as_bytes())
        }),
    ];
    for (how, commitment) in weak {
        let (mut case, pid) = (Case::new(), pid(0));
        case.enrol(&pid, json!({ "email": commitment(&pid).to_string() }));
        let found = attack(&case.digests(), &guesses(case.ledger.id(), std::slice::from_ref(&pid)), nearby.clone());
        assert_eq!(found, [format!("{target}: {}", how.replace("PID", &pid.to_string()))]);
    }
}
