//! What nodes of the set send that is unsound: counted, and told at a bounded rate.

use std::collections::BTreeMap;

use plenary_core::{codec::CodecError, record::RecordError, time::Moment};
use plenary_net::PeerName;
use thiserror::Error;

use crate::cosigning::CosigningError;

/// How often one node is complained of.
const TOLD_EVERY_MS: u64 = 10_000;

/// What is wrong with a message, a request or an answer.
#[derive(Debug, Error)]
pub(crate) enum Unsound {
    /// It is not encoded as it must be.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// It holds what is no record, or what nobody signed.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// It is no cosignature.
    #[error(transparent)]
    Cosigning(#[from] CosigningError),
}

/// What was sent by each node of the set; there are no others to be heard.
#[derive(Debug, Default)]
pub(crate) struct Complaints(BTreeMap<PeerName, Complaint>);

#[derive(Debug)]
struct Complaint {
    count: u64,
    told: Moment,
}

impl Complaints {
    /// Counts one more of `peer`; how many there are, if it is time to say so.
    pub(crate) fn count(&mut self, peer: PeerName, now: Moment) -> Option<u64> {
        let Some(complaint) = self.0.get_mut(&peer) else {
            self.0.insert(peer, Complaint { count: 1, told: now });
            return Some(1);
        };
        complaint.count = complaint.count.saturating_add(1);
        // A clock that was set back says nothing for a while, and nothing is lost.
        if complaint.told.plus_ms(TOLD_EVERY_MS) > now {
            return None;
        }
        complaint.told = now;
        Some(complaint.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_seldom_told() {
        let name = |seed| plenary_net::Identity::from_secret([seed; 32]).unwrap().peer_name();
        let start = Moment::parse("2019-08-01T12:00:00Z").unwrap();
        let mut complaints = Complaints::default();
        let told: Vec<u64> = (0..30_000).filter_map(|ms| complaints.count(name(1), start.plus_ms(ms))).collect();
        assert_eq!(told, [1, 10_001, 20_001]);
        // Another node is another matter.
        assert_eq!(complaints.count(name(2), start), Some(1));
    }
}
