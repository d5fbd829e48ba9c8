//! Records that wait for a block, in an order that is fair to every signer.

use std::collections::BTreeMap;

use plenary_core::{
    hash::Digest,
    record::{Name, VerifiedRecord},
    time::Moment,
};
use thiserror::Error;

/// The most records that wait.
pub(crate) const RECORDS_MAX: usize = 20_000;

/// The most records of one signer that wait, so that nobody fills the room alone.
pub(crate) const RECORDS_PER_SIGNER_MAX: usize = 5_000;

/// The most bytes that wait.
pub(crate) const BYTES_MAX: usize = 64 * 1_048_576;

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

/// The waiting records.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    records: BTreeMap<Digest, VerifiedRecord>,
    /// Each signer's records, in the order of their arrival.
    queues: BTreeMap<Name, BTreeMap<u64, Digest>>,
    arrivals: BTreeMap<Digest, (Name, u64)>,
    next_arrival: u64,
    bytes: usize,
}

impl Waiting {
    /// Lets a record wait.
    pub(crate) fn insert(&mut self, record: VerifiedRecord) -> Result<(), WaitError> {
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
        self.arrivals.insert(id, (signer, arrival));
        self.records.insert(id, record);
        self.bytes = bytes;
        Ok(())
    }

    /// Lets a record go; whether it was here.
    pub(crate) fn remove(&mut self, id: &Digest) -> Option<VerifiedRecord> {
        let record = self.records.remove(id)?;
        self.bytes = self.bytes.saturating_sub(record.file().bytes().len());
        if let Some((signer, arrival)) = self.arrivals.remove(id)
            && let Some(queue) = self.queues.get_mut(&signer)
        {
            queue.remove(&arrival);
            if queue.is_empty() {
                self.queues.remove(&signer);
            }
        }
        Some(record)
    }

    /// Lets go the records whose signatures have lapsed at `time`.
    pub(crate) fn expire(&mut self, time: Moment) -> Vec<Digest> {
        let lapsed = |record: &&VerifiedRecord| record.file().record().expires < time;
        let ids: Vec<Digest> = self.records.values().filter(lapsed).map(|record| record.file().id()).collect();
        for id in &ids {
            self.remove(id);
        }
        ids
    }

    /// The records for a block, `bytes_max` of them at most: the first of every
    /// signer, then the second of every signer, and so on.
    pub(crate) fn candidates(&self, bytes_max: usize) -> Vec<&VerifiedRecord> {
        let mut queues: Vec<_> = self.queues.values().map(|queue| queue.values()).collect();
        let mut chosen = Vec::new();
        let mut bytes = 0_usize;
        while !queues.is_empty() {
            let mut still = Vec::with_capacity(queues.len());
            for mut queue in queues {
                let Some(record) = queue.next().and_then(|id| self.records.get(id)) else {
                    continue;
                };
                bytes = bytes.saturating_add(record.file().bytes().len());
                if bytes > bytes_max {
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
        self.records.get(id)
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

    fn order(waiting: &Waiting) -> Vec<String> {
        let name = |record: &&VerifiedRecord| {
            let record = record.file().record();
            format!("{}{}", record.signers[0].who, record.body["number"])
        };
        waiting.candidates(usize::MAX).iter().map(name).collect()
    }

    #[test]
    fn a_signer_with_many_records_does_not_hold_up_another() {
        let mut waiting = Waiting::default();
        for (who, number) in [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1), ("c", 2)] {
            waiting.insert(record(who, number)).unwrap();
        }
        assert_eq!(order(&waiting), ["a1", "b1", "c1", "a2", "c2", "a3"]);
        waiting.remove(&record("a", 1).file().id());
        assert_eq!(order(&waiting), ["a2", "b1", "c1", "a3", "c2"]);
        assert_eq!(waiting.insert(record("a", 2)), Err(WaitError::Already));
        let one = record("a", 2).file().bytes().len();
        assert_eq!(waiting.candidates(one * 2).len(), 2);
    }

    #[test]
    fn lapsed_records_are_let_go() {
        let mut waiting = Waiting::default();
        waiting.insert(record("a", 1)).unwrap();
        assert_eq!(waiting.expire(Moment::parse("2017-06-08T00:00:00Z").unwrap()), []);
        assert_eq!(waiting.expire(Moment::parse("2017-06-08T00:00:00.001Z").unwrap()).len(), 1);
        assert!(waiting.is_empty());
        assert_eq!(waiting.bytes, 0);
    }
}
