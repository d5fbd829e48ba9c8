//! Starting the network: from a configuration to its two ends.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use libp2p::{
    StreamProtocol, Swarm, TransportError, ping,
    swarm::{self, NetworkBehaviour},
};
use libp2p_allow_block_list::AllowedPeers;
use libp2p_connection_limits::ConnectionLimits;
use plenary_core::hash::Digest;

use crate::{
    driver::Driver,
    error::Error,
    event::{Events, PerTopic, Topic, event_queues},
    exchange, gossip,
    handle::{Counters, Handle, check_set, command_queues},
    identity::{Identity, Peer},
    limits,
    transport::{multiaddr, transport},
};

/// What a node's network needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The ledger's identity; nodes of another ledger share no protocol.
    pub ledger: Digest,
    /// Where to listen. With port 0 the system chooses one.
    pub listen: SocketAddr,
    /// The set: validators and observers. The node itself may be among them.
    pub peers: Vec<Peer>,
}

/// The network of a node.
#[derive(Debug)]
pub struct Network;

impl Network {
    /// Starts the network as one task of the current tokio runtime.
    ///
    /// It stops when every `Handle`, or the `Events`, are gone.
    pub fn start(identity: &Identity, config: Config) -> Result<(Handle, Events), Error> {
        check_set(&config.peers)?;
        let behaviour = Behaviour::new(identity, config.ledger)?;
        let mut swarm = Swarm::new(transport(identity)?, behaviour, identity.peer_name().id(), swarm_config());
        swarm
            .listen_on(multiaddr(config.listen))
            .map_err(|error| Error::Listen { address: config.listen, kind: kind(&error) })?;
        let counters = Arc::new(Counters::new());
        let (handle, commands) = command_queues(Arc::clone(&counters));
        let (senders, events) = event_queues();
        let topics = PerTopic::each(|topic| gossip::topic_name(config.ledger, topic).hash());
        let mut driver = Driver::new(swarm, commands, senders, (topics, counters));
        driver.set_peers(&config.peers);
        tokio::spawn(driver.run());
        Ok((handle, events))
    }
}

/// Everything that runs on a connection. The first two refuse a connection
/// before any of the others hears of it.
#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(crate) struct Behaviour {
    pub(crate) allowed: libp2p_allow_block_list::Behaviour<AllowedPeers>,
    pub(crate) connections: libp2p_connection_limits::Behaviour,
    pub(crate) agreement: gossip::Behaviour,
    pub(crate) cosignatures: gossip::Behaviour,
    pub(crate) records: gossip::Behaviour,
    pub(crate) exchange: exchange::Behaviour,
    pub(crate) ping: ping::Behaviour,
}

impl Behaviour {
    fn new(identity: &Identity, ledger: Digest) -> Result<Self, Error> {
        let connections = ConnectionLimits::default()
            .with_max_established_per_peer(Some(limits::CONNECTIONS_PER_PEER))
            .with_max_established(Some(limits::CONNECTIONS))
            .with_max_pending_incoming(Some(limits::INCOMING_HANDSHAKES));
        let gossip = |topic| gossip::behaviour(identity.keypair(), ledger, topic);
        let exchange = StreamProtocol::try_from_owned(format!("/plenary/{}/exchange/1", ledger.to_hex()))
            .map_err(|_| Error::Settings)?;
        let ping = ping::Config::new().with_interval(limits::PING_INTERVAL).with_timeout(limits::PING_TIME);
        Ok(Self {
            allowed: libp2p_allow_block_list::Behaviour::default(),
            connections: libp2p_connection_limits::Behaviour::new(connections),
            agreement: gossip(Topic::Agreement)?,
            cosignatures: gossip(Topic::Cosignatures)?,
            records: gossip(Topic::Records)?,
            exchange: exchange::behaviour(exchange),
            ping: ping::Behaviour::new(ping),
        })
    }

    pub(crate) const fn gossip(&mut self, topic: Topic) -> &mut gossip::Behaviour {
        match topic {
            Topic::Agreement => &mut self.agreement,
            Topic::Cosignatures => &mut self.cosignatures,
            Topic::Records => &mut self.records,
        }
    }
}

/// A connection stays open while its peer answers probes, also when idle.
fn swarm_config() -> swarm::Config {
    swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(Duration::from_secs(u64::MAX))
        .with_per_connection_event_buffer_size(limits::CONNECTION_EVENTS)
        .with_max_negotiating_inbound_streams(limits::STREAMS_NEGOTIATING)
}

fn kind(error: &TransportError<std::io::Error>) -> std::io::ErrorKind {
    match error {
        TransportError::MultiaddrNotSupported(_) => std::io::ErrorKind::Unsupported,
        TransportError::Other(error) => error.kind(),
    }
}
