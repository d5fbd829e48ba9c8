//! Whether a proposed block leaves out what it should have put first.

use std::collections::BTreeSet;

use plenary_consensus::ValidatorSet;
use plenary_core::{
    block::{BLOCK_BYTES_MAX, Block},
    hash::Digest,
};
use plenary_procedure::execute::{self, Base, Delta, ExecuteError, Ledger};

use crate::waiting::{BLOCKS_UNTIL_FIRST, BLOCKS_UNTIL_OVERDUE, Waiting};

/// What a block's header and the lengths of its records take at most.
const OVERHEAD: usize = 64 * 1_024;

/// Whether `block`, which came to `delta`, leaves out a record that is overdue
/// here and acceptable on the parent's state, though it had room for it or
/// holds what is not overdue.
///
/// The answer depends on what this node has seen, so it withholds a vote and
/// never refuses a block.
pub(crate) fn leaves_out<B: Base>(
    ledger: &Ledger,
    base: &B,
    waiting: &Waiting,
    set: &ValidatorSet,
    (block, delta): (&Block, &Delta),
) -> Result<bool, ExecuteError<B::Error>> {
    let height = block.header.height;
    let overdue = waiting.overdue(height, BLOCKS_UNTIL_OVERDUE, set.some_correct());
    if overdue.iter().all(|record| delta.records.contains_key(&record.file().id())) {
        return Ok(false);
    }
    let wanted = execute::propose(ledger, base, block.header.proposer, block.header.time, &overdue)?;
    let Some((_, wanted)) = wanted.block else { return Ok(false) };
    let is_missing = |id: &Digest| wanted.records.contains_key(id) && !delta.records.contains_key(id);
    let missing = overdue.iter().filter(|record| is_missing(&record.file().id()));
    let Some(smallest) = missing.map(|record| record.file().bytes().len()).min() else { return Ok(false) };
    let used: usize = block.records.iter().map(Vec::len).fold(smallest, usize::saturating_add);
    let has_room = used.saturating_add(OVERHEAD) <= BLOCK_BYTES_MAX;
    let first = waiting.overdue(height, BLOCKS_UNTIL_FIRST, set.some_correct());
    let first: BTreeSet<Digest> = first.iter().map(|record| record.file().id()).collect();
    Ok(has_room || delta.records.keys().any(|id| !first.contains(id)))
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use plenary_core::{
        block::Height,
        genesis::{Authority, Clock, Genesis, GenesisValidator},
        json::Object,
        keys::ValidatorKey,
        record::{NAMESPACE, Name, Record, RecordFile, Signer, VerifiedRecord},
        signature::{MemberKey, sign},
        time::Moment,
    };
    use plenary_net::PeerName;
    use plenary_store::Store;

    use super::*;

    fn secret(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn ledger() -> Ledger {
        let validator = |seed: u8| GenesisValidator {
            name: name(&format!("validator-{seed}")),
            organization: name("example"),
            key: ValidatorKey::of(&secret(seed)),
            peer: secret(seed).verifying_key().to_bytes(),
        };
        let genesis = Genesis {
            authorities: vec![Authority {
                who: name("example"),
                role: name("secretariat"),
                key: MemberKey::of(&secret(9)),
            }],
            clock: Clock::Wall,
            grace_s: 600,
            heartbeat_s: 600,
            notice: None,
            origin: "ledger.example".into(),
            policy: "policy".into(),
            time: moment("2017-05-01T00:00:00Z"),
            validators: (1..=4).map(validator).collect(),
        };
        Ledger::found(&genesis.to_line().unwrap()).unwrap()
    }

    /// The registration of an organisation, which needs nothing before it.
    fn registration(ledger: &Ledger, id: &str) -> VerifiedRecord {
        let signed = moment("2017-06-07T00:00:00Z");
        let body = [("id", id), ("title", "Example"), ("country", "CH"), ("category", "sector-member")];
        let mut body: Object = body.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        body.insert("related".to_owned(), Vec::<String>::new().into());
        let record = Record {
            at: signed,
            body,
            expires: moment("2017-06-08T00:00:00Z"),
            group: None,
            ledger: ledger.id(),
            signed,
            signers: vec![Signer { role: name("secretariat"), who: name("example") }],
            record_type: "organization.register".into(),
        };
        let line = record.to_line().unwrap();
        let signature = sign(&secret(9), &line, NAMESPACE).unwrap();
        RecordFile::assemble(&line, &[signature]).unwrap().verify().unwrap()
    }

    /// Whether a block of `included` leaves out `waits`, which came in while height `since` was
    /// to be decided and was sent by `senders` others.
    fn check(expected: bool, waits: &str, since: u64, senders: u8, included: &[&str]) {
        let ledger = ledger();
        let folder = tempfile::tempdir().unwrap();
        let genesis = execute::genesis(&ledger).unwrap();
        let store = Store::create(&folder.path().join("data"), &ledger, &genesis).unwrap();
        let set = ValidatorSet::new((1..=4).map(|seed| ValidatorKey::of(&secret(seed))).collect()).unwrap();
        let now = moment("2017-06-07T00:00:00Z");
        let proposer = ValidatorKey::of(&secret(1));
        let included: Vec<VerifiedRecord> = included.iter().map(|id| registration(&ledger, id)).collect();
        let included: Vec<&VerifiedRecord> = included.iter().collect();
        let view = store.view().unwrap();
        let (mut block, delta) = execute::propose(&ledger, &view, proposer, now, &included).unwrap().block.unwrap();
        // The rule looks at how many blocks have passed, which are not made here.
        block.header.height = Height::new(20).unwrap();
        let mut waiting = Waiting::default();
        let record = registration(&ledger, waits);
        let id = record.file().id();
        waiting.insert(record, Height::new(since).unwrap()).unwrap();
        for seed in 0..senders {
            let key = secret(seed.saturating_add(1)).verifying_key().to_bytes();
            waiting.sent_by(&id, PeerName::of_key(&key).unwrap());
        }
        let found = leaves_out(&ledger, &view, &waiting, &set, (&block, &delta)).unwrap();
        assert_eq!(found, expected, "{waits} since {since}, sent by {senders}");
    }

    #[test]
    fn a_block_without_an_overdue_record_leaves_it_out() {
        let overdue = 20 - BLOCKS_UNTIL_OVERDUE;
        check(true, "late", overdue, 1, &["other"]);
        check(false, "late", overdue, 1, &["other", "late"]);
        check(false, "late", overdue + 1, 1, &["other"]);
        check(false, "late", overdue, 0, &["other"]);
    }

    #[test]
    fn what_cannot_be_taken_is_not_left_out() {
        check(false, "not an identifier", 1, 3, &["other"]);
    }
}
