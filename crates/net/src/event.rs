//! What the network tells the node, and the queues on which it does.

use std::net::SocketAddr;

use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{error::RequestFailure, identity::PeerName, limits};

/// What a message is about; each topic has its own streams, queues and budget.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Topic {
    /// What validators agree with: proposals, votes, certificates.
    Agreement,
    /// Signatures on checkpoints.
    Cosignatures,
    /// Records on their way into a block.
    Records,
}

impl Topic {
    /// All topics, the most urgent first.
    pub const ALL: [Self; 3] = [Self::Agreement, Self::Cosignatures, Self::Records];

    /// The word for the topic in protocol names, logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Cosignatures => "cosignatures",
            Self::Records => "records",
        }
    }
}

/// One thing per topic.
#[derive(Debug)]
pub(crate) struct PerTopic<T> {
    pub(crate) agreement: T,
    pub(crate) cosignatures: T,
    pub(crate) records: T,
}

impl<T> PerTopic<T> {
    /// Makes the thing for each topic.
    pub(crate) fn each(mut make: impl FnMut(Topic) -> T) -> Self {
        Self {
            agreement: make(Topic::Agreement),
            cosignatures: make(Topic::Cosignatures),
            records: make(Topic::Records),
        }
    }

    pub(crate) const fn of(&self, topic: Topic) -> &T {
        match topic {
            Topic::Agreement => &self.agreement,
            Topic::Cosignatures => &self.cosignatures,
            Topic::Records => &self.records,
        }
    }

    pub(crate) const fn of_mut(&mut self, topic: Topic) -> &mut T {
        match topic {
            Topic::Agreement => &mut self.agreement,
            Topic::Cosignatures => &mut self.cosignatures,
            Topic::Records => &mut self.records,
        }
    }
}

/// Which message a verdict is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MessageId {
    pub(crate) topic: Topic,
    /// Who handed the message to us, which need not be its author.
    pub(crate) bearer: PeerName,
    pub(crate) id: Vec<u8>,
}

/// A request of a peer, to be answered with this number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RequestId(pub(crate) u64);

/// A request of ours, whose response comes with this number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct QueryId(pub(crate) u64);

/// What happened on the network.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// The network listens on `address`.
    Listening {
        /// The address, with the port that the system chose if it was told 0.
        address: SocketAddr,
    },
    /// `peer` has joined every topic: what is published from now on reaches it.
    Connected {
        /// The peer.
        peer: PeerName,
    },
    /// The connection with `peer` is gone; it is dialled again while it is in
    /// the set.
    Disconnected {
        /// The peer.
        peer: PeerName,
    },
    /// `peer` speaks for another ledger, or another version of the protocol.
    Incompatible {
        /// The peer.
        peer: PeerName,
    },
    /// `author`, who is in the set, has signed and published `bytes`.
    ///
    /// Others get the message from us only after `Handle::accept`.
    Message {
        /// The topic.
        topic: Topic,
        /// Who signed the message. Blame for its content belongs to it alone.
        author: PeerName,
        /// The payload.
        bytes: Vec<u8>,
        /// What to name when accepting or rejecting the message.
        id: MessageId,
    },
    /// `peer` asks us something.
    Request {
        /// The peer.
        peer: PeerName,
        /// What to name when responding.
        id: RequestId,
        /// The payload.
        bytes: Vec<u8>,
    },
    /// `peer` answered the request `id`.
    Response {
        /// The peer.
        peer: PeerName,
        /// The request.
        id: QueryId,
        /// The payload.
        bytes: Vec<u8>,
    },
    /// The request `id` will not be answered.
    RequestFailed {
        /// The peer that was asked.
        peer: PeerName,
        /// The request.
        id: QueryId,
        /// Why.
        reason: RequestFailure,
    },
}

/// A message on its way to the node, with its share of the author's queue.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) event: Event,
    pub(crate) _share: OwnedSemaphorePermit,
}

/// The receiving end of the network's events.
///
/// Events other than messages come first, then messages by the urgency of
/// their topic. Within one topic the order is that of arrival; between topics
/// there is none, so a message may come after its author's `Disconnected`.
#[derive(Debug)]
pub struct Events {
    control: mpsc::Receiver<Event>,
    messages: PerTopic<mpsc::Receiver<Delivery>>,
}

impl Events {
    /// The next event, or `None` once the network has stopped and let go of
    /// its port.
    pub async fn next(&mut self) -> Option<Event> {
        let delivery = tokio::select! {
            biased;
            Some(event) = self.control.recv() => return Some(event),
            Some(delivery) = self.messages.agreement.recv() => delivery,
            Some(delivery) = self.messages.cosignatures.recv() => delivery,
            Some(delivery) = self.messages.records.recv() => delivery,
            else => return None,
        };
        Some(delivery.event)
    }
}

/// The sending end of the network's events.
#[derive(Debug)]
pub(crate) struct EventSenders {
    pub(crate) control: mpsc::Sender<Event>,
    pub(crate) messages: PerTopic<mpsc::Sender<Delivery>>,
}

/// The two ends of the network's events.
pub(crate) fn event_queues() -> (EventSenders, Events) {
    let (control, control_receiver) = mpsc::channel(limits::CONTROL_EVENTS);
    let [agreement, cosignatures, records] =
        Topic::ALL.map(|topic| mpsc::channel(limits::Budget::of(topic).event_queue));
    let senders = PerTopic { agreement: agreement.0, cosignatures: cosignatures.0, records: records.0 };
    let receivers = PerTopic { agreement: agreement.1, cosignatures: cosignatures.1, records: records.1 };
    (EventSenders { control, messages: senders }, Events { control: control_receiver, messages: receivers })
}
