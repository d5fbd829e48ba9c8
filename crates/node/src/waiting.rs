//! Records that wait for a block, in an order that is fair to every signer,
//! and so that none can be left out for ever.
//!
//! A node that has let a record wait for long sends it to the others again,
//! which tells them that it waits. A record that some correct node has sent
//! and that has waited long enough here is overdue: it goes into a block before
//! all others, and a proposer that leaves it out finds no votes.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{
    block::Height,
    hash::Digest,
    record::{Name, RecordFile, VerifiedRecord},
    time::Moment,
};
use plenary_net::PeerName;
use thiserror::Error;

/// The most records that wait.
pub(crate) const RECORDS_MAX: usize = 20_000;

/// The most records of one signer that wait, so that nobody fills the room alone.
pub(crate) const RECORDS_PER_SIGNER_MAX: usize = 5_000;

/// The most bytes that wait.
pub(crate) const BYTES_MAX: usize = 64 * 1_048_576;

/// Blocks that pass a record by before this node reminds the others of it.
pub(crate) const BLOCKS_UNTIL_REMINDED: u64 = 4;

/// Blocks that pass a record by before this node puts it before all others.
pub(crate) const BLOCKS_UNTIL_FIRST: u64 = 8;

/// Blocks that pass a record by before this node withholds its vote from a
/// proposal without it: some more than above, since the proposer may have
/// learnt of the record some blocks later.
pub(crate) const BLOCKS_UNTIL_OVERDUE: u64 = 12;

/// Blocks by which this node finds a record younger than one that is overdue
/// before the one has no right to the other's place: each node counts from when
/// it learnt of a record, and two records may err in opposite directions.
pub(crate) const BLOCKS_YOUNGER: u64 = 8;

/// Why a record cannot wait here now.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub(crate) enum WaitError {
    /// It waits already.
    #[error("the record is waiting already")]
    Already,
    /// The room is full.
    #[error("too many records wait for a block; try again shortly")]
    Full,
    /// The signer has too many records waiting.
    #[error("too many records of this signer wait for a block; try again shortly")]
    SignerFull,
}

/// A record that waits.
#[derive(Debug)]
struct Wait {
    record: VerifiedRecord,
    signer: Name,
    /// Its place in the order in which records came in.
    arrival: u64,
    /// The height that was to be decided when it came in.
    since: Height,
    /// The nodes that have sent it, this one apart.
    senders: BTreeSet<PeerName>,
}

/// The waiting records.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    records: BTreeMap<Digest, Wait>,
    /// Each signer's records, in the order of their arrival.
    queues: BTreeMap<Name, BTreeMap<u64, Digest>>,
    /// All records, in the order of their arrival.
    arrivals: BTreeMap<u64, Digest>,
    next_arrival: u64,
    bytes: usize,
}

impl Waiting {
    /// Lets a record wait that came in while `height` was to be decided.
    pub(crate) fn insert(&mut self, record: VerifiedRecord, height: Height) -> Result<(), WaitError> {
        let id = record.file().id();
        if self.records.contains_key(&id) {
            return Err(WaitError::Already);
        }
        let bytes = self.bytes.saturating_add(record.file().bytes().len());
        if self.records.len() >= RECORDS_MAX || bytes > BYTES_MAX {
            return Err(WaitError::Full);
        }
        // A record file has at least one signer, or it was not read.
        let Some(signer) = record.file().record().signers.first().map(|signer| signer.who.clone()) else {
            return Err(WaitError::SignerFull);
        };
        let queue = self.queues.entry(signer.clone()).or_default();
        if queue.len() >= RECORDS_PER_SIGNER_MAX {
            return Err(WaitError::SignerFull);
        }
        let arrival = self.next_arrival;
        self.next_arrival = arrival.saturating_add(1);
        queue.insert(arrival, id);
        self.arrivals.insert(arrival, id);
        self.records.insert(id, Wait { record, signer, arrival, since: height, senders: BTreeSet::new() });
        self.bytes = bytes;
        Ok(())
    }

    /// Whether a record that another node sends may wait. Half of the room, of
    /// each signer's share too, is for members who send records here, since a
    /// node may send what nobody signed who has a right to.
    pub(crate) fn has_room_for_others(&self, file: &RecordFile) -> bool {
        let signer = file.record().signers.first().map(|signer| &signer.who);
        let of_signer = signer.and_then(|signer| self.queues.get(signer)).map_or(0, BTreeMap::len);
        self.records.len() < RECORDS_MAX / 2 && self.bytes < BYTES_MAX / 2 && of_signer < RECORDS_PER_SIGNER_MAX / 2
    }

    /// Lets a record go; whether it was here.
    pub(crate) fn remove(&mut self, id: &Digest) -> Option<VerifiedRecord> {
        let Wait { record, signer, arrival, .. } = self.records.remove(id)?;
        self.bytes = self.bytes.saturating_sub(record.file().bytes().len());
        self.arrivals.remove(&arrival);
        if let Some(queue) = self.queues.get_mut(&signer) {
            queue.remove(&arrival);
            if queue.is_empty() {
                self.queues.remove(&signer);
            }
        }
        Some(record)
    }

    /// Takes note that the node `sender` has the record, too.
    pub(crate) fn sent_by(&mut self, id: &Digest, sender: PeerName) {
        if let Some(wait) = self.records.get_mut(id) {
            wait.senders.insert(sender);
        }
    }

    /// The records that this node should remind the others of, the longest
    /// waiting first, `bytes_max` of them at most.
    pub(crate) fn reminders(&self, height: Height, bytes_max: usize) -> Vec<&VerifiedRecord> {
        let mut bytes = 0_usize;
        let in_order = self.arrivals.values().filter_map(|id| self.records.get(id));
        in_order
            .take_while(|wait| wait.has_waited(height, BLOCKS_UNTIL_REMINDED))
            .map(|wait| &wait.record)
            .take_while(|record| {
                bytes = bytes.saturating_add(record.file().bytes().len()).saturating_add(8);
                bytes <= bytes_max
            })
            .collect()
    }

    /// The records that `blocks` blocks have passed by and that `enough` nodes have, the longest waiting first.
    ///
    /// With one more than the nodes that may be faulty, `enough` of them make
    /// sure that every correct node will know of the record.
    pub(crate) fn overdue(&self, height: Height, blocks: u64, enough: usize) -> impl Iterator<Item = &VerifiedRecord> {
        // In the order of arrival, those that have not waited for long come last.
        let passed_by = self.arrivals.values().filter_map(|id| self.records.get(id));
        passed_by
            .take_while(move |wait| wait.has_waited(height, blocks))
            .filter(move |wait| wait.senders.len().saturating_add(1) >= enough)
            .map(|wait| &wait.record)
    }

    /// How many blocks have passed the record by when `height` is to be decided; none if it does not wait here.
    pub(crate) fn waited(&self, id: &Digest, height: Height) -> u64 {
        let since = self.records.get(id).map_or(height, |wait| wait.since);
        height.as_u64().saturating_sub(since.as_u64())
    }

    /// Lets go the records whose signatures have lapsed at `time`.
    pub(crate) fn expire(&mut self, time: Moment) -> Vec<Digest> {
        let lapsed = |wait: &Wait| wait.record.file().record().expires < time;
        let ids: Vec<Digest> = self.records.iter().filter(|(_, wait)| lapsed(wait)).map(|(id, _)| *id).collect();
        for id in &ids {
            self.remove(id);
        }
        ids
    }

    /// The records for a block of `height`, `bytes_max` of them at most: those
    /// overdue, then the first of every signer, the second of every signer, and so on.
    pub(crate) fn candidates(&self, height: Height, enough: usize, bytes_max: usize) -> Vec<&VerifiedRecord> {
        let mut chosen = Vec::new();
        let mut bytes = 0_usize;
        let mut fits = |record: &VerifiedRecord| {
            bytes = bytes.saturating_add(record.file().bytes().len());
            bytes <= bytes_max
        };
        let mut first = BTreeSet::new();
        for record in self.overdue(height, BLOCKS_UNTIL_FIRST, enough) {
            if !fits(record) {
                return chosen;
            }
            first.insert(record.file().id());
            chosen.push(record);
        }
        let mut queues: Vec<_> = self.queues.values().map(|queue| queue.values()).collect();
        while !queues.is_empty() {
            let mut still = Vec::with_capacity(queues.len());
            for mut queue in queues {
                let next = queue.by_ref().find(|id| !first.contains(id));
                let Some(record) = next.and_then(|id| self.get(id)) else { continue };
                if !fits(record) {
                    return chosen;
                }
                chosen.push(record);
                still.push(queue);
            }
            queues = still;
        }
        chosen
    }

    /// The waiting record of this id.
    pub(crate) fn get(&self, id: &Digest) -> Option<&VerifiedRecord> {
        self.records.get(id).map(|wait| &wait.record)
    }

    /// How many records wait.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether no record waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl Wait {
    /// Whether `blocks` blocks have passed it by when `height` is to be decided.
    fn has_waited(&self, height: Height, blocks: u64) -> bool {
        self.since.as_u64().saturating_add(blocks) <= height.as_u64()
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use plenary_core::{
        json::Object,
        record::{NAMESPACE, Record, RecordFile, Signer},
        signature::sign,
    };

    use super::*;

    fn record(who: &str, number: u64) -> VerifiedRecord {
        let moment = |text| Moment::parse(text).unwrap();
        let record = Record {
            at: moment("2017-06-07T00:00:00Z"),
            body: Object::from_iter([("number".to_owned(), number.into())]),
            expires: moment("2017-06-08T00:00:00Z"),
            group: None,
            ledger: Digest::ZERO,
            signed: moment("2017-06-07T00:00:00Z"),
            signers: vec![Signer { role: Name::parse("participant").unwrap(), who: Name::parse(who).unwrap() }],
            record_type: "test".into(),
        };
        let line = record.to_line().unwrap();
        let signature = sign(&SigningKey::from_bytes(&[1; 32]), &line, NAMESPACE).unwrap();
        RecordFile::assemble(&line, &[signature]).unwrap().verify().unwrap()
    }

    fn height(height: u64) -> Height {
        Height::new(height).unwrap()
    }

    fn order(waiting: &Waiting) -> Vec<String> {
        let name = |record: &&VerifiedRecord| {
            let record = record.file().record();
            format!("{}{}", record.signers[0].who, record.body["number"])
        };
        waiting.candidates(height(1), 2, usize::MAX).iter().map(name).collect()
    }

    #[test]
    fn a_signer_with_many_records_does_not_hold_up_another() {
        let mut waiting = Waiting::default();
        for (who, number) in [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("c", 2)] {
            waiting.insert(record(who, number), height(1)).unwrap();
        }
        assert_eq!(order(&waiting), ["a1", "b1", "c1", "a2", "c2", "a3"]);
        waiting.remove(&record("a", 1).file().id());
        assert_eq!(order(&waiting), ["a2", "b1", "c1", "a3", "c2"]);
        assert_eq!(waiting.insert(record("a", 2), height(1)), Err(WaitError::Already));
        let one = record("a", 2).file().bytes().len();
        assert_eq!(waiting.candidates(height(1), 2, one * 2).len(), 2);
    }

    #[test]
    fn other_nodes_leave_room_for_members() {
        let mut waiting = Waiting::default();
        let height = Height::new(1).unwrap();
        for number in 0..2_500 {
            waiting.insert(record("a", number), height).unwrap();
        }
        assert!(!waiting.has_room_for_others(record("a", 9_999).file()));
        assert!(waiting.has_room_for_others(record("b", 0).file()));
        assert!(waiting.insert(record("a", 9_999), height).is_ok(), "a member's own");
    }

    #[test]
    fn lapsed_records_are_let_go() {
        let mut waiting = Waiting::default();
        waiting.insert(record("a", 1), height(1)).unwrap();
        assert_eq!(waiting.expire(Moment::parse("2017-06-08T00:00:00Z").unwrap()), []);
        assert_eq!(waiting.expire(Moment::parse("2017-06-08T00:00:00.001Z").unwrap()).len(), 1);
        assert!(waiting.is_empty());
        assert_eq!(waiting.bytes, 0);
    }

    #[test]
    fn a_record_that_others_have_too_and_blocks_pass_by_becomes_overdue() {
        let peer =
            |seed: u8| PeerName::of_key(&SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes()).unwrap();
        let mut waiting = Waiting::default();
        let [late, lonely, young] = [record("z", 1), record("y", 1), record("a", 1)];
        waiting.insert(late.clone(), height(3)).unwrap();
        waiting.insert(lonely, height(3)).unwrap();
        waiting.insert(young.clone(), height(5)).unwrap();
        for sender in [peer(1), peer(1)] {
            waiting.sent_by(&late.file().id(), sender);
            waiting.sent_by(&young.file().id(), sender);
        }
        let overdue =
            |blocks, at| waiting.overdue(height(at), blocks, 2).map(|record| record.file().id()).collect::<Vec<_>>();
        assert_eq!(overdue(4, 6), []);
        assert_eq!(overdue(4, 7), [late.file().id()], "one of them is known to nobody else");
        assert_eq!(overdue(4, 9).len(), 2);
        assert_eq!(overdue(4, 9), [late.file().id(), young.file().id()], "the longest waiting first");
        assert_eq!([1, 3, 5, 9].map(|at| waiting.waited(&young.file().id(), height(at))), [0, 0, 0, 4]);
        assert_eq!(waiting.waited(&Digest::ZERO, height(9)), 0);
        assert_eq!(waiting.overdue(height(9), 4, 3).count(), 0, "one sender twice is one node");

        let first = |at| waiting.candidates(height(at), 2, usize::MAX)[0].file().id();
        assert_eq!(first(3 + BLOCKS_UNTIL_FIRST - 1), young.file().id());
        assert_eq!(first(3 + BLOCKS_UNTIL_FIRST), late.file().id());
        assert_eq!(waiting.candidates(height(100), 2, usize::MAX).len(), 3, "each once");

        assert!(waiting.reminders(height(3 + BLOCKS_UNTIL_REMINDED - 1), usize::MAX).is_empty());
        assert_eq!(waiting.reminders(height(3 + BLOCKS_UNTIL_REMINDED), usize::MAX).len(), 2);
        let one = late.file().bytes().len() + 8;
        assert_eq!(waiting.reminders(height(100), one).len(), 1);
    }
}
