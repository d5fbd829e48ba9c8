//! Every bound of the network: a number, its unit, and why it is that number.

use std::time::Duration;

use crate::event::Topic;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Peers that a set may hold: 21 validators, and about two observers for each.
pub const PEERS: usize = 64;

/// Bytes of a request: a range of heights or the digest of a document.
pub const REQUEST_BYTES: usize = 4 * KIB;
/// Bytes of a response: a batch of blocks. It is also what a peer that never
/// reads can make us hold, times the streams allowed below.
pub const RESPONSE_BYTES: usize = 4 * MIB;
/// Time for a request and its response together. Four mebibytes in ten seconds
/// is the slowest link on which catching up makes sense.
pub const REQUEST_TIME: Duration = Duration::from_secs(10);
/// Requests that one peer may have waiting for our answer. Catching up is
/// sequential, so a second one is either impatience or an attack.
pub const REQUESTS_PER_PEER: usize = 1;
/// Requests that one peer may make in a second: a slow disk answers as many.
pub const REQUESTS_PER_SECOND: u64 = 100;
/// Exchange streams open on one connection, both ways: ours, the peer's, and
/// one each that is just closing.
pub const EXCHANGE_STREAMS: usize = 4;

/// Connections with one peer. A second one would split the gossip streams.
pub const CONNECTIONS_PER_PEER: u32 = 1;
/// Age from which a connection gives way to a newer one of the same peer: a
/// peer that lost its power dials again before we notice that it was gone,
/// while two peers that dial each other do so within a handshake.
pub const STALE_CONNECTION_AGE: Duration = Duration::from_secs(2);
/// Connections in all: one for each peer.
pub const CONNECTIONS: u32 = 64;
/// Handshakes in progress that others started. Strangers share these, and each
/// is over after `HANDSHAKE_TIME`; our own dials do not count.
pub const INCOMING_HANDSHAKES: u32 = 128;
/// Time for TCP, Noise and Yamux to be agreed: a dozen round trips at 300 ms.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(5);
/// Time from the handshake until a peer has joined every topic. One that does
/// not is dialled afresh, since it would hear nothing from us.
pub const JOIN_TIME: Duration = Duration::from_secs(5);
/// Streams on one connection: three topics both ways, ping both ways, and the
/// exchange's four, twice over for those that are being replaced.
pub const STREAMS: usize = 32;
/// Streams whose protocol a peer has not yet named.
pub const STREAMS_NEGOTIATING: usize = 16;
/// Handler events that a connection may queue before it stops reading: with
/// this the peer's own TCP window slows a flood, and no one else's.
pub const CONNECTION_EVENTS: usize = 16;

/// How often a connection is probed.
pub const PING_INTERVAL: Duration = Duration::from_secs(2);
/// How long a probe may take: a busy machine is late, a dead one never answers.
pub const PING_TIME: Duration = Duration::from_secs(4);

/// First wait before a peer is dialled again, doubled after each failure.
pub const REDIAL_FIRST: Duration = Duration::from_millis(100);
/// Longest wait before a peer is dialled again, so that a restarted validator
/// votes again within ten seconds.
pub const REDIAL_LAST: Duration = Duration::from_millis(1500);
/// How much later the peer with the greater name dials, so that two which lost
/// each other do not both dial and both refuse.
pub const REDIAL_GREATER_NAME: Duration = Duration::from_millis(150);
/// How long a peer that misbehaved is kept out: long enough to make an attack
/// slow, short enough for an operator who has repaired the fault.
pub const CUT_TIME: Duration = Duration::from_secs(30);

/// Bytes that a gossip frame may add to its payload: author, signature, topic,
/// and the 8 KiB that the frame reader may hold of the next frame.
pub const GOSSIP_OVERHEAD_BYTES: usize = 16 * KIB;
/// Gossip messages in one frame. We send one; the protocol permits more.
pub const MESSAGES_PER_FRAME: usize = 16;
/// Message ids that one announcement names; 22 bytes each on the wire.
pub const ANNOUNCED_IDS: usize = 1000;
/// Announcements that are read from a peer between two heartbeats: ours is one.
pub const ANNOUNCEMENTS_PER_HEARTBEAT: usize = 4;
/// Bytes of control data in one frame: `ANNOUNCED_IDS` with room to spare.
pub const CONTROL_BYTES: usize = 64 * KIB;
/// Peers told at each heartbeat what we have: three heartbeats reach nearly
/// all of 20 peers, and with four validators it is everyone at once.
pub const ANNOUNCED_PEERS: usize = 6;
/// How long a message id is remembered: an announcement lives for at most
/// three heartbeats, and ids are what a flood of small messages costs us.
pub const SEEN_TIME: Duration = Duration::from_secs(20);

/// Commands other than messages that wait for the driver.
pub const CONTROL_COMMANDS: usize = 256;
/// Verdicts on messages that wait for the driver. A lost one only means that
/// the message is not passed on.
pub const VERDICTS: usize = 8192;
/// Events other than messages that wait for the node. They are never dropped:
/// when this many more wait behind the queue, the network stops reading.
pub const CONTROL_EVENTS: usize = 512;

/// What one topic may use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Budget {
    /// Bytes of a message.
    pub message_bytes: usize,
    /// Bytes that a message counts for at least, for the work of checking it.
    pub message_cost_bytes: usize,
    /// Bytes per second taken from one author.
    pub received_bytes_per_second: u64,
    /// Bytes taken from one author at once: what a link that stood still for
    /// a moment delivers in one go.
    pub received_burst_bytes: u64,
    /// Bytes per second that we publish, below what others take from us.
    pub published_bytes_per_second: u64,
    /// Bytes that we publish at once.
    pub published_burst_bytes: u64,
    /// Messages to publish that wait for the driver.
    pub publish_queue: usize,
    /// Messages on their way to one peer; further ones are lost for this peer.
    pub peer_queue: usize,
    /// How long a message may wait on its way to one peer.
    pub peer_queue_time: Duration,
    /// Bytes of one author that wait for the node; further ones are dropped,
    /// so that no author can displace another.
    pub author_queue_bytes: usize,
    /// Messages of all authors that wait for the node.
    pub event_queue: usize,
    /// How often we announce what we have to peers that a message may have
    /// missed because a link is down.
    pub heartbeat: Duration,
}

impl Budget {
    /// The budget of `topic`.
    pub const fn of(topic: Topic) -> Self {
        match topic {
            Topic::Agreement => AGREEMENT,
            Topic::Cosignatures => COSIGNATURES,
            Topic::Records => RECORDS,
        }
    }

    /// What a message of `bytes` counts for.
    pub fn cost(&self, bytes: usize) -> usize {
        bytes.max(self.message_cost_bytes)
    }
}

/// Votes of 200 bytes and proposals with blocks of 256 KiB. Four thousand votes
/// per second from one author are ten times what the fastest ledger needs and
/// cost a fifth of a core to check. The heartbeat stays below the shortest
/// round, so that one lost link does not lose the round.
const AGREEMENT: Budget = Budget {
    message_bytes: 2 * MIB - GOSSIP_OVERHEAD_BYTES,
    message_cost_bytes: 8 * KIB,
    received_bytes_per_second: 40 * 1024 * 1024,
    received_burst_bytes: 32 * 1024 * 1024,
    published_bytes_per_second: 32 * 1024 * 1024,
    published_burst_bytes: 16 * 1024 * 1024,
    publish_queue: 256,
    peer_queue: 256,
    peer_queue_time: Duration::from_secs(3),
    author_queue_bytes: 8 * MIB,
    event_queue: PEERS * 1024,
    heartbeat: Duration::from_millis(150),
};

/// One signature of about 200 bytes for each block.
const COSIGNATURES: Budget = Budget {
    message_bytes: 4 * KIB,
    message_cost_bytes: KIB,
    received_bytes_per_second: 1024 * 1024,
    received_burst_bytes: 4 * 1024 * 1024,
    published_bytes_per_second: 768 * 1024,
    published_burst_bytes: 2 * 1024 * 1024,
    publish_queue: 512,
    peer_queue: 1024,
    peer_queue_time: Duration::from_secs(5),
    author_queue_bytes: MIB,
    event_queue: PEERS * 1024,
    heartbeat: Duration::from_millis(500),
};

/// Records of about 1 KiB, 48 KiB at most, alone or a few together. A record
/// that is dropped here still arrives in a block.
const RECORDS: Budget = Budget {
    message_bytes: 128 * KIB,
    message_cost_bytes: KIB,
    received_bytes_per_second: 20 * 1024 * 1024,
    received_burst_bytes: 16 * 1024 * 1024,
    published_bytes_per_second: 16 * 1024 * 1024,
    published_burst_bytes: 4 * 1024 * 1024,
    publish_queue: 1024,
    peer_queue: 4096,
    peer_queue_time: Duration::from_secs(5),
    author_queue_bytes: 4 * MIB,
    event_queue: PEERS * 4096,
    heartbeat: Duration::from_millis(500),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_publish_is_within_what_others_take() {
        for topic in Topic::ALL {
            let budget = Budget::of(topic);
            assert!(budget.published_bytes_per_second < budget.received_bytes_per_second, "{topic:?}");
            assert!(budget.published_burst_bytes < budget.received_burst_bytes, "{topic:?}");
        }
    }

    #[test]
    fn a_queue_holds_what_every_author_may_leave_in_it() {
        for topic in Topic::ALL {
            let budget = Budget::of(topic);
            assert!(PEERS * budget.author_queue_bytes / budget.message_cost_bytes <= budget.event_queue, "{topic:?}");
            assert!(budget.message_bytes <= budget.author_queue_bytes, "{topic:?}");
            assert!(u32::try_from(budget.author_queue_bytes).is_ok(), "{topic:?}");
        }
    }

    #[test]
    fn no_frame_exceeds_two_mebibytes() {
        for topic in Topic::ALL {
            assert!(Budget::of(topic).message_bytes + GOSSIP_OVERHEAD_BYTES <= 2 * MIB, "{topic:?}");
        }
    }

    #[test]
    fn a_full_announcement_fits_its_frame() {
        const { assert!(ANNOUNCED_IDS * 22 + 256 <= CONTROL_BYTES) };
    }
}
