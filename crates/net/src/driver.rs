//! The one task that owns the swarm: commands in, events out.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use libp2p::{
    Swarm,
    futures::StreamExt as _,
    gossipsub::{self, MessageAcceptance, TopicHash},
    ping,
    request_response::{self, InboundRequestId, OutboundFailure, OutboundRequestId, ResponseChannel},
    swarm::{
        DialError, ListenError, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::time::{Instant, sleep_until};

use crate::{
    bucket::Bucket,
    error::{Misbehaviour, RequestFailure},
    event::{Delivery, Event, EventSenders, MessageId, PerTopic, QueryId, RequestId, Topic},
    exchange::{self, claims_too_much},
    handle::{Commands, Control, Counters, Verdict, count},
    identity::{Peer, PeerName},
    limits::{self, Budget},
    members::{Links, Members},
    network::{Behaviour, BehaviourEvent},
    redial::Schedule,
    transport::{multiaddr, socket_address},
};

type ExchangeEvent = request_response::Event<exchange::Request, Vec<u8>>;

/// The state of a node's network.
pub(crate) struct Driver {
    swarm: Swarm<Behaviour>,
    commands: Commands,
    events: EventSenders,
    /// Events other than messages that found their queue full.
    outbox: VecDeque<Event>,
    topics: PerTopic<TopicHash>,
    counters: Arc<Counters>,
    members: Members,
    links: Links,
    schedule: Schedule,
    published: PerTopic<Bucket>,
    /// Requests of peers that the node has not answered.
    inbound: BTreeMap<RequestId, (PeerName, InboundRequestId, ResponseChannel<Vec<u8>>)>,
    /// Requests of ours that have not been answered.
    outbound: BTreeMap<OutboundRequestId, (PeerName, QueryId)>,
    next_request: u64,
}

impl Driver {
    /// A driver with an empty set.
    pub(crate) fn new(
        swarm: Swarm<Behaviour>,
        commands: Commands,
        events: EventSenders,
        (topics, counters): (PerTopic<TopicHash>, Arc<Counters>),
    ) -> Self {
        let now = Instant::now();
        let own = PeerName::from_id(*swarm.local_peer_id());
        let published = PerTopic::each(|topic| {
            let budget = Budget::of(topic);
            Bucket::new(budget.published_bytes_per_second, budget.published_burst_bytes, now)
        });
        Self {
            swarm,
            commands,
            events,
            outbox: VecDeque::new(),
            topics,
            counters,
            members: Members::new(own),
            links: Links::default(),
            schedule: Schedule::new(own),
            published,
            inbound: BTreeMap::new(),
            outbound: BTreeMap::new(),
            next_request: 0,
        }
    }

    /// Replaces the set.
    pub(crate) fn set_peers(&mut self, peers: &[Peer]) {
        let now = Instant::now();
        let change = self.members.keep(peers, now);
        let allowed = &mut self.swarm.behaviour_mut().allowed;
        for peer in change.left {
            allowed.disallow_peer(peer.id());
        }
        for peer in change.joined {
            allowed.allow_peer(peer.id());
        }
        self.schedule.keep(peers, now);
    }

    /// Runs until the node lets go of either end.
    pub(crate) async fn run(mut self) {
        let control = self.events.control.clone();
        loop {
            let now = Instant::now();
            let free = PerTopic::each(|topic| self.published.of_mut(topic).free_at(now).is_none());
            let timer = self.next_timer(now);
            let wakes = sleep_until(timer.unwrap_or(now));
            tokio::select! {
                command = self.commands.control.recv() => match command {
                    Some(command) => self.on_control(command),
                    None => break,
                },
                Some(bytes) = self.commands.publish.agreement.recv(), if free.agreement =>
                    self.publish(Topic::Agreement, bytes),
                Some(bytes) = self.commands.publish.cosignatures.recv(), if free.cosignatures =>
                    self.publish(Topic::Cosignatures, bytes),
                Some(bytes) = self.commands.publish.records.recv(), if free.records =>
                    self.publish(Topic::Records, bytes),
                Some(verdict) = self.commands.verdicts.recv() => self.on_verdict(verdict),
                event = self.swarm.select_next_some(), if self.outbox.len() < limits::CONTROL_EVENTS =>
                    self.on_swarm(event),
                permit = control.reserve(), if !self.outbox.is_empty() => match (permit, self.outbox.pop_front()) {
                    (Ok(permit), Some(event)) => permit.send(event),
                    (Ok(_), None) => {}
                    (Err(_), _) => break,
                },
                () = control.closed() => break,
                () = wakes, if timer.is_some() => self.on_timer(),
            }
        }
        // The port is free and the connections closed before the node's
        // `Events` end, so that it may start again at once.
        drop(self.swarm);
        drop(self.events);
    }

    fn next_timer(&mut self, now: Instant) -> Option<Instant> {
        let paced = Topic::ALL.into_iter().filter_map(|topic| self.published.of_mut(topic).free_at(now)).min();
        [paced, self.schedule.next(), self.members.next_return(), self.links.next_overdue()].into_iter().flatten().min()
    }

    fn on_timer(&mut self) {
        let now = Instant::now();
        for peer in self.members.take_returned(now) {
            self.swarm.behaviour_mut().allowed.allow_peer(peer.id());
        }
        for peer in self.links.take_overdue(now) {
            tracing::debug!(%peer, "has not joined every topic, dialling afresh");
            self.disconnect(peer);
        }
        for (peer, address) in self.schedule.take_due(now) {
            if let Some(until) = self.members.cut_until(peer) {
                self.schedule.pause(peer, until);
                continue;
            }
            let options = DialOpts::peer_id(peer.id())
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(vec![multiaddr(address)])
                .allocate_new_port()
                .build();
            if self.swarm.dial(options).is_err() {
                self.schedule.failed(peer, now);
            }
        }
    }

    fn on_control(&mut self, command: Control) {
        match command {
            Control::Request { peer, id, bytes } => self.request(peer, id, bytes),
            Control::Respond { id, bytes } => {
                if let Some((_, _, channel)) = self.inbound.remove(&id) {
                    // Fails only if the peer has gone, who then needs no answer.
                    drop(self.swarm.behaviour_mut().exchange.send_response(channel, bytes));
                }
            }
            Control::SetPeers(peers) => self.set_peers(&peers),
            Control::Report { peer, misbehaviour } => self.cut(peer, misbehaviour),
        }
    }

    fn publish(&mut self, topic: Topic, bytes: Vec<u8>) {
        let cost = Budget::of(topic).cost(bytes.len());
        self.published.of_mut(topic).owe(Instant::now(), cost);
        let name = self.topics.of(topic).clone();
        let counters = self.counters.topics.of(topic);
        match self.swarm.behaviour_mut().gossip(topic).publish(name, bytes) {
            Ok(_) => count(&counters.published),
            Err(_) => count(&counters.unsent),
        }
    }

    fn on_verdict(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Accept(id) => self.judge(&id, MessageAcceptance::Accept),
            Verdict::Reject(id) => self.judge(&id, MessageAcceptance::Reject),
        }
    }

    fn judge(&mut self, id: &MessageId, acceptance: MessageAcceptance) {
        let gossip = self.swarm.behaviour_mut().gossip(id.topic);
        let message = gossipsub::MessageId::new(&id.id);
        gossip.report_message_validation_result(&message, &id.bearer.id(), acceptance);
    }

    fn request(&mut self, peer: PeerName, id: QueryId, bytes: Vec<u8>) {
        let reason = if !self.links.is_joined(peer) {
            RequestFailure::NotConnected
        } else if self.outbound.values().any(|(asked, _)| *asked == peer) {
            RequestFailure::Outstanding
        } else {
            let sent = self.swarm.behaviour_mut().exchange.send_request(&peer.id(), Ok(bytes));
            self.outbound.insert(sent, (peer, id));
            return;
        };
        self.tell(Event::RequestFailed { peer, id, reason });
    }

    /// Keeps `peer` out for a while.
    fn cut(&mut self, peer: PeerName, misbehaviour: Misbehaviour) {
        if self.members.cut(peer, Instant::now()) {
            tracing::warn!(%peer, %misbehaviour, "cut off for a while");
            count(&self.counters.cuts);
            self.swarm.behaviour_mut().allowed.disallow_peer(peer.id());
        }
    }

    fn disconnect(&mut self, peer: PeerName) {
        if self.swarm.disconnect_peer_id(peer.id()).is_err() {
            tracing::trace!(%peer, "was not connected");
        }
    }

    fn tell(&mut self, event: Event) {
        self.outbox.push_back(event);
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the library may add events; none of them concerns us")]
    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour(event),
            SwarmEvent::NewListenAddr { address, .. } => {
                if let Some(address) = socket_address(&address) {
                    self.tell(Event::Listening { address });
                }
            }
            SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                let peer = PeerName::from_id(peer_id);
                self.links.opened(peer, Instant::now());
                self.schedule.connected(peer);
            }
            SwarmEvent::ConnectionClosed { peer_id, num_established: 0, .. } => {
                let peer = PeerName::from_id(peer_id);
                if self.links.closed(peer) {
                    self.tell(Event::Disconnected { peer });
                }
                self.schedule.lost(peer, Instant::now());
            }
            SwarmEvent::IncomingConnectionError { peer_id: Some(peer), error: ListenError::Denied { .. }, .. } => {
                self.on_refused(PeerName::from_id(peer));
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), error, .. } => {
                let peer = PeerName::from_id(peer);
                if matches!(error, DialError::Denied { .. }) {
                    self.on_refused(peer);
                }
                self.schedule.failed(peer, Instant::now());
            }
            _ => {}
        }
    }

    /// A connection was refused: the peer is a stranger, or connected already.
    fn on_refused(&mut self, peer: PeerName) {
        if !self.members.contains(peer) {
            count(&self.counters.strangers);
        } else if self.links.is_stale(peer, Instant::now()) {
            tracing::debug!(%peer, "connects again, closing its old connection");
            self.disconnect(peer);
        }
    }

    fn on_behaviour(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Agreement(event) => self.on_gossip(Topic::Agreement, event),
            BehaviourEvent::Cosignatures(event) => self.on_gossip(Topic::Cosignatures, event),
            BehaviourEvent::Records(event) => self.on_gossip(Topic::Records, event),
            BehaviourEvent::Exchange(event) => self.on_exchange(event),
            BehaviourEvent::Ping(ping::Event { connection, result, .. }) => {
                if result.is_err() {
                    self.swarm.close_connection(connection);
                }
            }
        }
    }

    fn on_gossip(&mut self, topic: Topic, event: gossipsub::Event) {
        match event {
            gossipsub::Event::Message { propagation_source, message_id, message } => {
                let bearer = PeerName::from_id(propagation_source);
                let id = MessageId { topic, bearer, id: message_id.0 };
                if !self.deliver(&id, message) {
                    self.judge(&id, MessageAcceptance::Ignore);
                }
            }
            gossipsub::Event::Subscribed { peer_id, .. } => {
                let peer = PeerName::from_id(peer_id);
                if self.links.join(peer, topic) {
                    self.schedule.joined(peer);
                    self.tell(Event::Connected { peer });
                }
            }
            gossipsub::Event::Unsubscribed { peer_id, .. } => self.disconnect(PeerName::from_id(peer_id)),
            gossipsub::Event::GossipsubNotSupported { peer_id } => {
                let peer = PeerName::from_id(peer_id);
                if self.links.mark_incompatible(peer) {
                    self.tell(Event::Incompatible { peer });
                }
                self.disconnect(peer);
            }
            gossipsub::Event::SlowPeer { peer_id, .. } => {
                tracing::debug!(peer = %peer_id, topic = topic.name(), "does not take messages in time");
            }
        }
    }

    /// Hands a message to the node, or counts why not.
    fn deliver(&mut self, id: &MessageId, message: gossipsub::Message) -> bool {
        let counters = self.counters.topics.of(id.topic);
        let author = message.source.map(PeerName::from_id);
        let Some((author, share)) = author.and_then(|author| Some((author, self.members.share(author, id.topic)?)))
        else {
            count(&counters.unknown_author);
            return false;
        };
        let cost = Budget::of(id.topic).cost(message.data.len());
        if !share.rate.take(Instant::now(), cost) {
            count(&counters.over_rate);
            return false;
        }
        let permits = u32::try_from(cost).unwrap_or(u32::MAX);
        let Ok(held) = Arc::clone(&share.queue).try_acquire_many_owned(permits) else {
            count(&counters.over_queue);
            return false;
        };
        let event = Event::Message { topic: id.topic, author, bytes: message.data, id: id.clone() };
        if self.events.messages.of(id.topic).try_send(Delivery { event, _share: held }).is_err() {
            count(&counters.over_queue);
            return false;
        }
        count(&counters.delivered);
        true
    }

    fn on_exchange(&mut self, event: ExchangeEvent) {
        match event {
            ExchangeEvent::Message { peer, message, .. } => {
                let peer = PeerName::from_id(peer);
                match message {
                    request_response::Message::Request { request_id, request: Ok(bytes), channel } => {
                        self.on_request(peer, request_id, (bytes, channel));
                    }
                    request_response::Message::Request { request: Err(_), .. } => {
                        self.cut(peer, Misbehaviour::FrameTooLong);
                    }
                    request_response::Message::Response { request_id, response } => {
                        if let Some((peer, id)) = self.outbound.remove(&request_id) {
                            self.tell(Event::Response { peer, id, bytes: response });
                        }
                    }
                }
            }
            ExchangeEvent::OutboundFailure { request_id, error, .. } => {
                let Some((peer, id)) = self.outbound.remove(&request_id) else { return };
                let reason = failure(&error);
                self.tell(Event::RequestFailed { peer, id, reason });
                if reason == RequestFailure::TooLong {
                    self.cut(peer, Misbehaviour::FrameTooLong);
                }
            }
            ExchangeEvent::InboundFailure { request_id, .. } => {
                self.inbound.retain(|_, (_, id, _)| *id != request_id);
            }
            ExchangeEvent::ResponseSent { .. } => {}
        }
    }

    /// Takes a request, or drops its channel, which tells the peer that it is
    /// refused.
    fn on_request(
        &mut self,
        peer: PeerName,
        stream: InboundRequestId,
        (bytes, channel): (Vec<u8>, ResponseChannel<Vec<u8>>),
    ) {
        self.inbound.retain(|_, (_, _, channel)| channel.is_open());
        let open = self.inbound.values().filter(|(asking, _, _)| *asking == peer).count();
        if limits::REQUESTS_PER_PEER <= open || !self.members.take_request(peer, Instant::now()) {
            tracing::debug!(%peer, "asks too often");
            return;
        }
        let id = RequestId(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        self.inbound.insert(id, (peer, stream, channel));
        self.tell(Event::Request { peer, id, bytes });
    }
}

fn failure(error: &OutboundFailure) -> RequestFailure {
    match error {
        OutboundFailure::DialFailure | OutboundFailure::ConnectionClosed => RequestFailure::NotConnected,
        OutboundFailure::Timeout => RequestFailure::Late,
        OutboundFailure::UnsupportedProtocols => RequestFailure::Refused,
        OutboundFailure::Io(error) if claims_too_much(error) => RequestFailure::TooLong,
        OutboundFailure::Io(_) => RequestFailure::Refused,
    }
}
