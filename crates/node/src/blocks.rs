//! Certified blocks on the way to a node that has fallen behind.

use std::collections::BTreeSet;

use plenary_consensus::CommitCertificate;
use plenary_core::{
    block::{Block, Height},
    codec::{self, CodecError},
};
use plenary_net::{PeerName, QueryId};
use serde::{Deserialize, Serialize};

/// The longest request, in bytes.
const REQUEST_BYTES_MAX: usize = 64;

/// The longest answer, in bytes; a block and its certificate always fit.
pub(crate) const ANSWER_BYTES_MAX: usize = 4 * 1_048_576;

/// The most blocks of one answer.
pub(crate) const ANSWER_BLOCKS_MAX: usize = 256;

/// "Send me the blocks from this height on."
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The first height wanted.
    pub(crate) from: Height,
}

impl Request {
    pub(crate) fn encode(self) -> Result<Vec<u8>, CodecError> {
        codec::encode::<REQUEST_BYTES_MAX, Self>(&self)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode::<REQUEST_BYTES_MAX, Self>(bytes)
    }
}

/// Encoded blocks and their certificates, from the height asked for on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answer(Vec<(Vec<u8>, Vec<u8>)>);

impl Answer {
    /// Adds a block if there is room for it; whether there was.
    pub(crate) fn push(&mut self, block: Vec<u8>, certificate: Vec<u8>) -> bool {
        const OVERHEAD: usize = 16;
        let size = |(block, certificate): &(Vec<u8>, Vec<u8>)| {
            block.len().saturating_add(certificate.len()).saturating_add(OVERHEAD)
        };
        let pair = (block, certificate);
        let used: usize = self.0.iter().map(size).fold(OVERHEAD, usize::saturating_add);
        let fits = used.saturating_add(size(&pair)) <= ANSWER_BYTES_MAX && self.0.len() < ANSWER_BLOCKS_MAX;
        if fits {
            self.0.push(pair);
        }
        fits
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode::<ANSWER_BYTES_MAX, Self>(self)
    }

    /// Reads an answer; the certificates are not verified yet.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<(Block, CommitCertificate)>, CodecError> {
        let answer = codec::decode::<ANSWER_BYTES_MAX, Self>(bytes)?;
        let pair = |(block, certificate): &(Vec<u8>, Vec<u8>)| {
            Ok((Block::decode(block)?, CommitCertificate::decode(certificate)?))
        };
        answer.0.iter().map(pair).collect()
    }
}

/// What a node that has fallen behind has asked for.
#[derive(Debug, Default)]
pub(crate) struct Fetching {
    /// The last height that others are known to have decided.
    pub(crate) target: Option<Height>,
    /// The request under way.
    pub(crate) asked: Option<(QueryId, PeerName)>,
    /// Peers whose last answer was of no use to the search that is under way.
    failed: BTreeSet<PeerName>,
}

impl Fetching {
    /// Takes note that others have decided `height`.
    pub(crate) fn aim(&mut self, height: Height) {
        self.target = self.target.max(Some(height));
    }

    /// Takes note that this node has `height`.
    pub(crate) fn reached(&mut self, height: Height) {
        self.target = self.target.filter(|target| *target > height);
    }

    /// The peer to ask next. Once all were of no use the search is over: the
    /// height was a lie, or the replica will hear of it again.
    pub(crate) fn choose(&mut self, connected: &BTreeSet<PeerName>) -> Option<PeerName> {
        let next = connected.iter().find(|peer| !self.failed.contains(*peer)).copied();
        if next.is_none() && !connected.is_empty() {
            self.failed.clear();
            self.target = None;
        }
        next
    }

    /// Takes note that `peer` was of no use.
    pub(crate) fn failed(&mut self, peer: PeerName) {
        self.failed.insert(peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_bounded() {
        let mut answer = Answer::default();
        let mut count = 0;
        while answer.push(vec![0; 1_048_576], vec![0; 1_000]) {
            count += 1;
        }
        assert_eq!(count, 3);
        assert!(answer.encode().unwrap().len() <= ANSWER_BYTES_MAX);
        let mut small = Answer::default();
        while small.push(vec![0; 10], vec![0; 10]) {}
        assert_eq!(small.0.len(), ANSWER_BLOCKS_MAX);
    }

    #[test]
    fn a_height_that_nobody_has_is_searched_for_once() {
        let name = |seed| plenary_net::Identity::from_secret([seed; 32]).unwrap().peer_name();
        let peers = BTreeSet::from([name(1), name(2)]);
        let mut fetching = Fetching::default();
        fetching.aim(Height::LAST);
        // Nobody is there to be asked, which tells nothing about the height.
        assert_eq!(fetching.choose(&BTreeSet::new()), None);
        assert_eq!(fetching.target, Some(Height::LAST));
        for _ in 0..peers.len() {
            let peer = fetching.choose(&peers).unwrap();
            fetching.failed(peer);
        }
        assert_eq!(fetching.choose(&peers), None);
        assert_eq!(fetching.target, None);
        fetching.aim(Height::LAST);
        assert!(fetching.choose(&peers).is_some());
    }

    #[test]
    fn malformed_answers_are_refused() {
        assert_eq!(Answer::decode(&[0xff; 9]).unwrap_err(), CodecError::Malformed);
        let nonsense = Answer(vec![(vec![1, 2, 3], vec![4])]).encode().unwrap();
        assert_eq!(Answer::decode(&nonsense).unwrap_err(), CodecError::Malformed);
        assert_eq!(Request::decode(&[0; 9]), Err(CodecError::Trailing(1)));
    }
}
