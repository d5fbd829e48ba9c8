//! Blocks on a ledger in memory.

use ed25519_dalek::SigningKey;
use plenary_core::{
    entry::RecordEntry,
    genesis::{Authority, GenesisValidator},
    merkle::{inclusion_path, verify_inclusion},
    record::{NAMESPACE, Record, RecordFile, Signer},
    signature::{self, MemberKey},
};
use serde_json::json;

use super::*;
use crate::memory::Memory;

fn secret(seed: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("seed/{seed}").as_bytes()).as_bytes())
}

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn proposer() -> ValidatorKey {
    ValidatorKey::of(&secret("validator"))
}

fn ledger(clock: Clock) -> Ledger {
    let genesis = Genesis {
        authorities: vec![Authority {
            who: Name::parse("tsb").unwrap(),
            role: Name::parse("secretariat").unwrap(),
            key: MemberKey::of(&secret("tsb")),
        }],
        clock,
        grace_s: 600,
        heartbeat_s: 600,
        notice: None,
        origin: "ledger.example".into(),
        policy: "policy".into(),
        time: moment("2017-05-01T00:00:00Z"),
        validators: vec![GenesisValidator {
            name: Name::parse("secretariat").unwrap(),
            organization: Name::parse("tsb").unwrap(),
            key: proposer(),
            peer: [1; 32],
        }],
    };
    Ledger::found(&genesis.to_line().unwrap()).unwrap()
}

/// A record of the secretariat that belongs to no group.
fn record(ledger: &Ledger, record_type: &str, body: serde_json::Value, signed: &str) -> VerifiedRecord {
    let signed = moment(signed);
    let record = Record {
        at: signed,
        body: body.as_object().unwrap().clone(),
        expires: signed.plus_ms(1_000_000),
        group: None,
        ledger: ledger.id(),
        signed,
        signers: vec![Signer { role: Name::parse("secretariat").unwrap(), who: Name::parse("tsb").unwrap() }],
        record_type: record_type.into(),
    };
    let line = record.to_line().unwrap();
    let armour = signature::sign(&secret("tsb"), &line, NAMESPACE).unwrap();
    RecordFile::assemble(&line, &[armour]).unwrap().verify().unwrap()
}

/// The registration of an organisation.
fn registration(ledger: &Ledger, id: &str, signed: &str) -> VerifiedRecord {
    let body = json!({"id": id, "title": "Example", "country": "CH", "category": "sector-member", "related": []});
    record(ledger, "organization.register", body, signed)
}

/// A correction of the country in the registration of `id`.
fn correction(ledger: &Ledger, target: &VerifiedRecord, id: &str) -> VerifiedRecord {
    let document = json!({"digest": Digest::ZERO.to_string(), "bytes": 1, "media_type": "text/plain"});
    let body = json!({
        "record": target.file().id().to_string(), "subject": format!("organization/{id}"), "field": "country",
        "new": {"label": "LI"}, "evidence": {"class": "statement", "document": document},
    });
    record(ledger, "record.correct", body, NOON)
}

const NOON: &str = "2017-06-07T12:00:00Z";
const LATER: &str = "2017-06-07T12:05:00Z";

fn proposed(ledger: &Ledger, base: &Memory, now: &str, records: &[&VerifiedRecord]) -> (Block, Delta) {
    let proposal = propose(ledger, base, proposer(), moment(now), records).unwrap();
    assert_eq!(proposal.refused, []);
    proposal.block.unwrap()
}

fn refusal(ledger: &Ledger, base: &Memory, block: &Block, records: &[&VerifiedRecord]) -> BlockRefusal {
    match execute(ledger, base, block, records) {
        Err(ExecuteError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn executing_a_block_gives_what_its_proposer_found() {
    let ledger = ledger(Clock::Wall);
    let mut base = Memory::founded(&ledger).unwrap();
    assert_eq!(genesis_header(&ledger, &base.head).unwrap().id(), base.head.block);
    let [a, b] = ["a", "b"].map(|id| registration(&ledger, id, NOON));
    let mut entries = genesis(&ledger).unwrap().entries;
    for records in [vec![&a], vec![&b]] {
        let (block, delta) = proposed(&ledger, &base, LATER, &records);
        let executed = execute(&ledger, &base, &block, &records).unwrap();
        assert_eq!(executed, delta);
        assert_eq!(delta.head.block, block.id());
        assert_eq!(delta.first, u64::try_from(entries.len()).unwrap());
        entries.extend(delta.entries.clone());
        base.take(delta);
    }
    // Genesis and its seal, then twice a record and a seal.
    assert_eq!(entries.len(), 6);
    let outcome = Outcome::from_line(RecordEntry::split(&entries[2]).unwrap().outcome).unwrap();
    assert_eq!(outcome.subjects, [Subject::parse("organization/a").unwrap()]);
    let seal = Seal::from_line(&entries[5]).unwrap();
    assert_eq!((seal.first, seal.count), (4, 1));
    assert_eq!(seal.prev, merkle::leaf_hash(&entries[3]));
    assert_eq!(seal.slots, base.head.slots);
    let path = inclusion_path(&base.log_nodes, 2, 6).unwrap();
    assert_eq!(verify_inclusion(merkle::leaf_hash(&entries[2]), 2, &base.head.log, &path), Ok(()));
    let slot = base.slots[&Subject::parse("organization/b").unwrap()];
    let leaf = merkle::leaf_hash(&slot.chain.slot_leaf(&Subject::parse("organization/b").unwrap()));
    let path = inclusion_path(&base.slot_nodes, slot.index, base.head.slots.size).unwrap();
    assert_eq!(verify_inclusion(leaf, slot.index, &base.head.slots, &path), Ok(()));
}

/// What a rule reads of the log is the same in the block of the record and after it.
#[test]
fn a_record_of_this_block_or_of_an_earlier_one_is_corrected() {
    let ledger = ledger(Clock::Wall);
    let mut base = Memory::founded(&ledger).unwrap();
    let [a, b] = ["a", "b"].map(|id| registration(&ledger, id, NOON));
    let [of_a, of_b] = [(&a, "a"), (&b, "b")].map(|(record, id)| correction(&ledger, record, id));
    let astray = correction(&ledger, &b, "a");
    for records in [vec![&a, &of_a, &b], vec![&of_b]] {
        let (block, delta) = proposed(&ledger, &base, LATER, &records);
        assert_eq!(execute(&ledger, &base, &block, &records).unwrap(), delta);
        base.take(delta);
    }
    let [subject, other] = ["organization/a", "organization/b"].map(|name| Subject::parse(name).unwrap());
    assert_eq!((base.slots[&subject].chain.count, base.slots[&other].chain.count), (2, 2));
    let refusal = check(&ledger, &base, moment(LATER), &astray).unwrap();
    assert_eq!(refusal, Some(Refusal::NotInChain { record: b.file().id(), subject }));
}

#[test]
fn slots_stand_in_the_order_of_their_appearance() {
    let ledger = ledger(Clock::Wall);
    let mut base = Memory::founded(&ledger).unwrap();
    let first = base.head.slots.size;
    // Neither the order of their names nor the number of blocks is of account.
    for ids in [vec!["c", "b", "d"], vec!["a", "e"]] {
        let records: Vec<VerifiedRecord> = ids.iter().map(|id| registration(&ledger, id, NOON)).collect();
        let (_, delta) = proposed(&ledger, &base, LATER, &records.iter().collect::<Vec<_>>());
        base.take(delta);
    }
    for (index, id) in (first..).zip(["c", "b", "d", "a", "e"]) {
        let subject = Subject::parse(&format!("organization/{id}")).unwrap();
        let slot = base.slots[&subject];
        assert_eq!(slot.index, index, "{id}");
        let path = inclusion_path(&base.slot_nodes, index, base.head.slots.size).unwrap();
        let leaf = merkle::leaf_hash(&slot.chain.slot_leaf(&subject));
        assert_eq!(verify_inclusion(leaf, index, &base.head.slots, &path), Ok(()), "{id}");
    }
}

#[test]
fn a_record_is_taken_once() {
    let ledger = ledger(Clock::Wall);
    let mut base = Memory::founded(&ledger).unwrap();
    let a = registration(&ledger, "a", NOON);
    assert_eq!(check(&ledger, &base, moment(LATER), &a).unwrap(), None);
    let (_, delta) = proposed(&ledger, &base, LATER, &[&a]);
    base.take(delta);
    assert_eq!(check(&ledger, &base, moment(LATER), &a).unwrap(), Some(Refusal::SameRecord(a.file().id())));
    let again = propose(&ledger, &base, proposer(), moment(LATER), &[&a]).unwrap();
    assert!(again.block.is_none());
    assert_eq!(again.refused, [(a.file().id(), Refusal::SameRecord(a.file().id()))]);
}

#[test]
fn one_unacceptable_record_refuses_the_block() {
    let ledger = ledger(Clock::Wall);
    let base = Memory::founded(&ledger).unwrap();
    let [a, b] = ["a", "b"].map(|id| registration(&ledger, id, NOON));
    let (mut block, _) = proposed(&ledger, &base, LATER, &[&a, &b]);
    block.records[1] = a.file().bytes().to_vec();
    assert_eq!(refusal(&ledger, &base, &block, &[&a, &a]), BlockRefusal::Records);
    block.header.records = Block::digest_of(&block.records);
    let refused = Refusal::SameRecord(a.file().id());
    let expected = BlockRefusal::Record { id: a.file().id(), refusal: refused };
    assert_eq!(refusal(&ledger, &base, &block, &[&a, &a]), expected);
}

#[test]
fn every_field_of_a_header_is_checked() {
    let ledger = ledger(Clock::Wall);
    let base = Memory::founded(&ledger).unwrap();
    let a = registration(&ledger, "a", NOON);
    let (block, _) = proposed(&ledger, &base, LATER, &[&a]);
    type Alter = fn(&mut Header);
    let alterations: [(&str, Alter); 9] = [
        ("version", |header| header.version = 2),
        ("ledger", |header| header.ledger = Digest::ZERO),
        ("height", |header| header.height = Height::LAST),
        ("parent", |header| header.parent = BlockId::from_digest(Digest::ZERO)),
        ("epoch", |header| header.epoch = 1),
        ("policy", |header| header.policy = Digest::ZERO),
        ("log", |header| header.log.root = Digest::ZERO),
        ("slots", |header| header.slots.size = 9),
        ("proposer", |header| header.proposer = ValidatorKey::of(&secret("stranger"))),
    ];
    for (field, alter) in alterations {
        let mut altered = block.clone();
        alter(&mut altered.header);
        assert_eq!(refusal(&ledger, &base, &altered, &[&a]), BlockRefusal::Header(field));
    }
    let mut early = block;
    early.header.time = base.head.time;
    assert!(matches!(refusal(&ledger, &base, &early, &[&a]), BlockRefusal::Time { .. }));
}

#[test]
fn an_idle_ledger_closes_a_block_when_the_heartbeat_is_due() {
    let wall = ledger(Clock::Wall);
    let base = Memory::founded(&wall).unwrap();
    let nothing = |ledger: &Ledger, base: &Memory, now: &str| {
        propose(ledger, base, proposer(), moment(now), &[]).unwrap().block.map(|(block, _)| block)
    };
    assert_eq!(nothing(&wall, &base, "2017-05-01T00:09:59.999Z"), None);
    let mut block = nothing(&wall, &base, "2017-05-01T00:10:00Z").unwrap();
    assert!(execute(&wall, &base, &block, &[]).is_ok());
    block.header.time = moment("2017-05-01T00:09:59.999Z");
    assert_eq!(refusal(&wall, &base, &block, &[]), BlockRefusal::Empty);
    let replay = ledger(Clock::Replay);
    assert_eq!(nothing(&replay, &Memory::founded(&replay).unwrap(), LATER), None);
}

#[test]
fn a_replay_ledger_plays_records_in_the_order_of_their_signatures() {
    let ledger = ledger(Clock::Replay);
    let mut base = Memory::founded(&ledger).unwrap();
    let late = registration(&ledger, "late", LATER);
    let early = registration(&ledger, "early", NOON);
    // The proposer's clock is of no account.
    let (block, delta) = proposed(&ledger, &base, "2026-01-01T00:00:00Z", &[&late, &early]);
    assert_eq!((block.records.len(), block.header.time), (1, moment(NOON)));
    let mut other = block.clone();
    other.header.time = moment(LATER);
    assert!(matches!(refusal(&ledger, &base, &other, &[&early]), BlockRefusal::Time { .. }));
    base.take(delta);
    let same = registration(&ledger, "same", NOON);
    let (block, delta) = proposed(&ledger, &base, LATER, &[&late, &same]);
    // Its time is the parent's and a millisecond, and `late` is not due yet.
    assert_eq!((block.records.len(), block.header.time), (1, moment(NOON).plus_ms(1)));
    base.take(delta);
    assert_eq!(proposed(&ledger, &base, LATER, &[&late]).0.header.time, moment(LATER));
}

#[test]
fn blocks_end_before_they_are_too_long() {
    let ledger = ledger(Clock::Wall);
    let base = Memory::founded(&ledger).unwrap();
    let records: Vec<VerifiedRecord> =
        (0..1_600).map(|number| registration(&ledger, &format!("o{number}"), NOON)).collect();
    let candidates: Vec<&VerifiedRecord> = records.iter().collect();
    let (block, _) = proposed(&ledger, &base, LATER, &candidates);
    assert!(block.records.len() < candidates.len());
    let bytes = block.encode().unwrap();
    assert!(bytes.len() + records[0].file().bytes().len() + 1_024 > BLOCK_BYTES_MAX);
    assert_eq!(Block::decode(&bytes).unwrap(), block);
}
