//! Whether a proposed block leaves out what it should have put first.

use plenary_consensus::ValidatorSet;
use plenary_core::{
    block::{BLOCK_BYTES_MAX, Block},
    record::VerifiedRecord,
};
use plenary_procedure::execute::{self, Base, Delta, ExecuteError, Ledger};

use crate::waiting::{BLOCKS_UNTIL_OVERDUE, BLOCKS_YOUNGER, Waiting};

/// What a block's header and the lengths of its records take at most.
const OVERHEAD: usize = 64 * 1_024;

/// Whether `block`, which came to `delta`, leaves out a record that is overdue
/// here and acceptable on the parent's state, though it had room for it or
/// gave its place to a much younger one.
///
/// Where more waits than some blocks can hold, everything becomes overdue; who
/// then takes the longest waiting first leaves nothing out. The answer depends
/// on what this node has seen, so it withholds a vote and never refuses a block.
pub(crate) fn leaves_out<B: Base>(
    ledger: &Ledger,
    base: &B,
    waiting: &Waiting,
    set: &ValidatorSet,
    (block, delta): (&Block, &Delta),
) -> Result<bool, ExecuteError<B::Error>> {
    let (height, enough) = (block.header.height, set.some_correct());
    let youngest = delta.records.keys().map(|id| waiting.waited(id, height)).min().unwrap_or(u64::MAX);
    let room = BLOCK_BYTES_MAX.saturating_sub(OVERHEAD).saturating_sub(block.records.iter().map(Vec::len).sum());
    let much_younger = youngest.saturating_add(BLOCKS_YOUNGER).saturating_add(1);
    let blocks = if room == 0 { BLOCKS_UNTIL_OVERDUE.max(much_younger) } else { BLOCKS_UNTIL_OVERDUE };
    let is_passed_over = |record: &&VerifiedRecord| {
        let id = record.file().id();
        let is_older = much_younger <= waiting.waited(&id, height);
        !delta.records.contains_key(&id) && (is_older || record.file().bytes().len() <= room)
    };
    if !waiting.overdue(height, blocks, enough).any(|record| is_passed_over(&record)) {
        return Ok(false);
    }
    let mut bytes = 0_usize;
    let overdue = waiting.overdue(height, BLOCKS_UNTIL_OVERDUE, enough).take_while(|record| {
        bytes = bytes.saturating_add(record.file().bytes().len());
        bytes <= BLOCK_BYTES_MAX
    });
    let overdue: Vec<&VerifiedRecord> = overdue.collect();
    let wanted = execute::propose(ledger, base, block.header.proposer, block.header.time, &overdue)?;
    let Some((_, wanted)) = wanted.block else { return Ok(false) };
    let is_wanted = |record: &&VerifiedRecord| wanted.records.contains_key(&record.file().id());
    Ok(overdue.into_iter().any(|record| is_passed_over(&record) && is_wanted(&record)))
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

    /// A block at height 20 that takes `included`, and a record that waits.
    struct Case<'a> {
        included: &'a str,
        /// When the included record came in here, if it did.
        included_since: Option<u64>,
        /// Whether the block has no room for more.
        is_full: bool,
        waits: &'a str,
        /// Which height was to be decided when it came in.
        since: u64,
        /// How many others have sent it.
        senders: u8,
    }

    const OVERDUE: u64 = 20 - BLOCKS_UNTIL_OVERDUE;
    const CASE: Case<'_> =
        Case { included: "other", included_since: None, is_full: false, waits: "late", since: OVERDUE, senders: 1 };

    fn wait(waiting: &mut Waiting, record: VerifiedRecord, since: u64, senders: u8) {
        let id = record.file().id();
        waiting.insert(record, Height::new(since).unwrap()).unwrap();
        for seed in 0..senders {
            let key = secret(seed.saturating_add(1)).verifying_key().to_bytes();
            waiting.sent_by(&id, PeerName::of_key(&key).unwrap());
        }
    }

    impl Case<'_> {
        fn leaves_out(&self) -> bool {
            let ledger = ledger();
            let folder = tempfile::tempdir().unwrap();
            let genesis = execute::genesis(&ledger).unwrap();
            let store = Store::create(&folder.path().join("data"), &ledger, &genesis).unwrap();
            let set = ValidatorSet::new((1..=4).map(|seed| ValidatorKey::of(&secret(seed))).collect()).unwrap();
            let now = moment("2017-06-07T00:00:00Z");
            let proposer = ValidatorKey::of(&secret(1));
            let included = registration(&ledger, self.included);
            let view = store.view().unwrap();
            let proposal = execute::propose(&ledger, &view, proposer, now, &[&included]).unwrap();
            let (mut block, delta) = proposal.block.unwrap();
            // The rule looks at how many blocks have passed and at the block's bytes, which are not made here.
            block.header.height = Height::new(20).unwrap();
            if self.is_full {
                block.records.push(vec![0; BLOCK_BYTES_MAX - OVERHEAD]);
            }
            let mut waiting = Waiting::default();
            wait(&mut waiting, registration(&ledger, self.waits), self.since, self.senders);
            if let Some(since) = self.included_since {
                wait(&mut waiting, included.clone(), since, 0);
            }
            leaves_out(&ledger, &view, &waiting, &set, (&block, &delta)).unwrap()
        }
    }

    #[test]
    fn a_block_without_an_overdue_record_leaves_it_out() {
        assert!(CASE.leaves_out());
        assert!(!Case { included: "late", ..CASE }.leaves_out());
        assert!(!Case { since: OVERDUE + 1, ..CASE }.leaves_out());
        assert!(!Case { senders: 0, ..CASE }.leaves_out(), "nobody else has it");
    }

    #[test]
    fn a_full_block_leaves_out_what_waits_longer_than_what_it_holds() {
        let full = |included_since| Case { is_full: true, included_since, ..CASE };
        let younger = OVERDUE + BLOCKS_YOUNGER;
        assert!(full(Some(younger + 1)).leaves_out());
        assert!(full(None).leaves_out(), "what is unknown here is as young as can be");
        assert!(!full(Some(younger)).leaves_out());
        assert!(Case { is_full: false, ..full(Some(younger)) }.leaves_out(), "there is room for both");
    }

    /// Nodes learn of records some blocks apart, and more waits than two blocks can hold.
    #[test]
    fn honest_proposals_leave_nothing_out_under_load() {
        let ledger = ledger();
        let folder = tempfile::tempdir().unwrap();
        let genesis = execute::genesis(&ledger).unwrap();
        let store = Store::create(&folder.path().join("data"), &ledger, &genesis).unwrap();
        let view = store.view().unwrap();
        let set = ValidatorSet::new((1..=4).map(|seed| ValidatorKey::of(&secret(seed))).collect()).unwrap();
        let (mut proposer_s, mut voter_s) = (Waiting::default(), Waiting::default());
        let mut heard = Vec::new();
        for number in 0..800 {
            let record = registration(&ledger, &format!("organization-{number}"));
            let since = 1 + number / 50;
            wait(&mut proposer_s, record.clone(), since, 1);
            heard.push((since + number % 5, record));
        }
        heard.sort_by_key(|(since, _)| *since);
        for (since, record) in heard {
            wait(&mut voter_s, record, since, 1);
        }
        let height = Height::new(20).unwrap();
        let candidates = proposer_s.candidates(height, set.some_correct(), BLOCK_BYTES_MAX);
        let now = moment("2017-06-07T00:00:00Z");
        let proposer = ValidatorKey::of(&secret(1));
        let proposal = execute::propose(&ledger, &view, proposer, now, &candidates).unwrap();
        let (mut block, delta) = proposal.block.unwrap();
        block.header.height = height;
        assert!(block.records.len() < 500, "the block is full");
        assert!(!leaves_out(&ledger, &view, &voter_s, &set, (&block, &delta)).unwrap());
    }

    #[test]
    fn what_cannot_be_taken_is_not_left_out() {
        assert!(!Case { waits: "not an identifier", senders: 3, ..CASE }.leaves_out());
    }
}
