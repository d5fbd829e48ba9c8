//! What the node tells the network.
//!
//! No method waits: a full queue is answered with `Error::Busy`, so that the
//! thread which owns the replica can call them.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::mpsc;

use crate::{
    error::{Error, Misbehaviour},
    event::{MessageId, PerTopic, QueryId, RequestId, Topic},
    identity::{Peer, PeerName},
    limits::{self, Budget},
};

/// A command that is not a message.
#[derive(Debug)]
pub(crate) enum Control {
    Request { peer: PeerName, id: QueryId, bytes: Vec<u8> },
    Respond { id: RequestId, bytes: Vec<u8> },
    SetPeers(Vec<Peer>),
    Report { peer: PeerName, misbehaviour: Misbehaviour },
}

/// What the node thinks of a message.
#[derive(Debug)]
pub(crate) enum Verdict {
    Accept(MessageId),
    Reject(MessageId),
}

/// The receiving end of the node's commands.
#[derive(Debug)]
pub(crate) struct Commands {
    pub(crate) control: mpsc::Receiver<Control>,
    pub(crate) verdicts: mpsc::Receiver<Verdict>,
    pub(crate) publish: PerTopic<mpsc::Receiver<Vec<u8>>>,
}

/// The node's end of the network. The network stops when the last one is gone.
#[derive(Clone, Debug)]
pub struct Handle {
    control: mpsc::Sender<Control>,
    verdicts: mpsc::Sender<Verdict>,
    publish: Arc<PerTopic<mpsc::Sender<Vec<u8>>>>,
    queries: Arc<AtomicU64>,
    counters: Arc<Counters>,
}

impl Handle {
    /// Sends `bytes` to all peers. A peer that is not connected now, or soon
    /// after, does not get them.
    pub fn publish(&self, topic: Topic, bytes: Vec<u8>) -> Result<(), Error> {
        within(bytes.len(), Budget::of(topic).message_bytes)?;
        self.publish.of(topic).try_send(bytes).map_err(Error::from)
    }

    /// Lets the message be passed on to peers that have not got it.
    pub fn accept(&self, id: MessageId) -> Result<(), Error> {
        self.verdicts.try_send(Verdict::Accept(id)).map_err(Error::from)
    }

    /// Forgets the message. Nobody is blamed by this; see `report`.
    pub fn reject(&self, id: MessageId) -> Result<(), Error> {
        self.verdicts.try_send(Verdict::Reject(id)).map_err(Error::from)
    }

    /// Asks `peer`; a `Response` or `RequestFailed` with the returned number
    /// follows. A peer answers one request at a time.
    pub fn request(&self, peer: PeerName, bytes: Vec<u8>) -> Result<QueryId, Error> {
        within(bytes.len(), limits::REQUEST_BYTES)?;
        let id = QueryId(self.queries.fetch_add(1, Ordering::Relaxed));
        self.control.try_send(Control::Request { peer, id, bytes }).map_err(Error::from)?;
        Ok(id)
    }

    /// Answers a peer's request. Nothing happens if the peer has gone.
    pub fn respond(&self, id: RequestId, bytes: Vec<u8>) -> Result<(), Error> {
        within(bytes.len(), limits::RESPONSE_BYTES)?;
        self.control.try_send(Control::Respond { id, bytes }).map_err(Error::from)
    }

    /// Replaces the set: connections with all others are closed.
    pub fn set_peers(&self, peers: Vec<Peer>) -> Result<(), Error> {
        check_set(&peers)?;
        self.control.try_send(Control::SetPeers(peers)).map_err(Error::from)
    }

    /// Cuts `peer` off for a while, for what it has sent or signed itself.
    pub fn report(&self, peer: PeerName, misbehaviour: Misbehaviour) -> Result<(), Error> {
        self.control.try_send(Control::Report { peer, misbehaviour }).map_err(Error::from)
    }

    /// What has passed and what has been dropped since the start.
    pub fn counts(&self) -> Counts {
        self.counters.read()
    }
}

/// The two ends of the node's commands.
pub(crate) fn command_queues(counters: Arc<Counters>) -> (Handle, Commands) {
    let (control, control_receiver) = mpsc::channel(limits::CONTROL_COMMANDS);
    let (verdicts, verdicts_receiver) = mpsc::channel(limits::VERDICTS);
    let [agreement, cosignatures, records] = Topic::ALL.map(|topic| mpsc::channel(Budget::of(topic).publish_queue));
    let senders = PerTopic { agreement: agreement.0, cosignatures: cosignatures.0, records: records.0 };
    let receivers = PerTopic { agreement: agreement.1, cosignatures: cosignatures.1, records: records.1 };
    let queries = Arc::new(AtomicU64::new(0));
    let handle = Handle { control, verdicts, publish: Arc::new(senders), queries, counters };
    (handle, Commands { control: control_receiver, verdicts: verdicts_receiver, publish: receivers })
}

/// Whether a node can serve so many peers.
pub(crate) fn check_set(peers: &[Peer]) -> Result<(), Error> {
    if limits::PEERS < peers.len() {
        return Err(Error::TooManyPeers { found: peers.len(), limit: limits::PEERS });
    }
    Ok(())
}

fn within(found: usize, limit: usize) -> Result<(), Error> {
    if limit < found { Err(Error::TooLong { found, limit }) } else { Ok(()) }
}

impl<T> From<mpsc::error::TrySendError<T>> for Error {
    fn from(error: mpsc::error::TrySendError<T>) -> Self {
        match error {
            mpsc::error::TrySendError::Full(_) => Self::Busy,
            mpsc::error::TrySendError::Closed(_) => Self::Stopped,
        }
    }
}

/// Messages of one topic since the start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TopicCounts {
    /// Sent to at least one peer.
    pub published: u64,
    /// Sent to nobody: no peer was connected, or all their queues were full.
    pub unsent: u64,
    /// Handed to the node.
    pub delivered: u64,
    /// Dropped since their author is not in the set.
    pub unknown_author: u64,
    /// Dropped since their author exceeded its rate.
    pub over_rate: u64,
    /// Dropped since the node did not take the author's earlier ones in time.
    pub over_queue: u64,
}

/// Messages of all topics, and peers, since the start.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Of `Topic::Agreement`.
    pub agreement: TopicCounts,
    /// Of `Topic::Cosignatures`.
    pub cosignatures: TopicCounts,
    /// Of `Topic::Records`.
    pub records: TopicCounts,
    /// Handshakes refused because the key is not in the set.
    pub strangers: u64,
    /// Peers cut off for misbehaviour.
    pub cuts: u64,
}

/// The counters behind `TopicCounts`.
#[derive(Debug, Default)]
pub(crate) struct TopicCounters {
    pub(crate) published: AtomicU64,
    pub(crate) unsent: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) unknown_author: AtomicU64,
    pub(crate) over_rate: AtomicU64,
    pub(crate) over_queue: AtomicU64,
}

impl TopicCounters {
    fn read(&self) -> TopicCounts {
        TopicCounts {
            published: self.published.load(Ordering::Relaxed),
            unsent: self.unsent.load(Ordering::Relaxed),
            delivered: self.delivered.load(Ordering::Relaxed),
            unknown_author: self.unknown_author.load(Ordering::Relaxed),
            over_rate: self.over_rate.load(Ordering::Relaxed),
            over_queue: self.over_queue.load(Ordering::Relaxed),
        }
    }
}

/// The counters behind `Counts`.
#[derive(Debug)]
pub(crate) struct Counters {
    pub(crate) topics: PerTopic<TopicCounters>,
    pub(crate) strangers: AtomicU64,
    pub(crate) cuts: AtomicU64,
}

impl Counters {
    pub(crate) fn new() -> Self {
        let topics = PerTopic::each(|_| TopicCounters::default());
        Self { topics, strangers: AtomicU64::new(0), cuts: AtomicU64::new(0) }
    }

    fn read(&self) -> Counts {
        Counts {
            agreement: self.topics.agreement.read(),
            cosignatures: self.topics.cosignatures.read(),
            records: self.topics.records.read(),
            strangers: self.strangers.load(Ordering::Relaxed),
            cuts: self.cuts.load(Ordering::Relaxed),
        }
    }
}

/// Counts one more.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
