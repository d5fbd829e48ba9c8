//! Peers that keep no limit: the same protocols without the code under test.

use std::io;

use ed25519_dalek::SigningKey;
use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder,
    futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _},
    gossipsub::{self, ConfigBuilder, IdentTopic, MessageAuthenticity, PublishError, Version},
    identity::Keypair,
    noise,
    request_response::{self, Codec, ProtocolSupport},
    swarm::{NetworkBehaviour, SwarmEvent},
    tcp, yamux,
};
use plenary_core::hash::Digest;
use tokio::time::{sleep, timeout};

use crate::network::{LOOK_EVERY, Network, PATIENCE};

/// The topics of a ledger's gossip.
pub(crate) const TOPICS: [&str; 3] = ["agreement", "cosignatures", "records"];

/// Sends the bytes it is given as they are, and reads a little of what comes back.
#[derive(Clone, Default)]
pub(crate) struct Unframed;

impl Codec for Unframed {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        read_some(io).await
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        read_some(io).await
    }

    async fn write_request<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await
    }

    async fn write_response<T: AsyncWrite + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
        bytes: Vec<u8>,
    ) -> io::Result<()> {
        io.write_all(&bytes).await
    }
}

async fn read_some<T: AsyncRead + Unpin>(io: &mut T) -> io::Result<Vec<u8>> {
    let mut some = vec![0; 1024];
    let read = io.read(&mut some).await?;
    some.truncate(read);
    Ok(some)
}

type Exchange = request_response::Behaviour<Unframed>;

/// What a gossiping peer runs.
#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(crate) struct Gossiping {
    agreement: gossipsub::Behaviour,
    cosignatures: gossipsub::Behaviour,
    records: gossipsub::Behaviour,
    pub(crate) exchange: Exchange,
    ping: libp2p::ping::Behaviour,
}

/// What a babbling peer runs: streams of every protocol, and no protocol on them.
#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(crate) struct Babbling {
    agreement: Exchange,
    cosignatures: Exchange,
    records: Exchange,
}

/// A peer of the test's making.
pub(crate) struct Raw<B: NetworkBehaviour> {
    pub(crate) swarm: Swarm<B>,
    /// What it answers to every request: no blocks, unless it is told otherwise.
    pub(crate) answer: Vec<u8>,
    ledger: Digest,
}

impl Raw<Gossiping> {
    /// A peer that gossips under limits of its own.
    pub(crate) fn gossiping(secret: &SigningKey, ledger: Digest) -> Self {
        let keypair = keypair(secret);
        let gossip = |topic| gossip(&keypair, ledger, topic);
        let behaviour = Gossiping {
            agreement: gossip(TOPICS[0]),
            cosignatures: gossip(TOPICS[1]),
            records: gossip(TOPICS[2]),
            exchange: streams(ledger, "exchange"),
            ping: libp2p::ping::Behaviour::default(),
        };
        Self { swarm: swarm(keypair, behaviour), answer: vec![0; 8], ledger }
    }

    /// Dials a node until it has subscribed to every topic.
    pub(crate) async fn join(&mut self, network: &Network, name: &str) {
        let joining = async {
            loop {
                self.dial(network, name);
                let mut missing = TOPICS.len();
                while missing > 0 {
                    match self.swarm.select_next_some().await {
                        SwarmEvent::Behaviour(
                            GossipingEvent::Agreement(gossipsub::Event::Subscribed { .. })
                            | GossipingEvent::Cosignatures(gossipsub::Event::Subscribed { .. })
                            | GossipingEvent::Records(gossipsub::Event::Subscribed { .. }),
                        ) => missing -= 1,
                        SwarmEvent::ConnectionClosed { .. } | SwarmEvent::OutgoingConnectionError { .. } => break,
                        _ => {}
                    }
                }
                if missing == 0 {
                    return;
                }
                sleep(LOOK_EVERY).await;
            }
        };
        timeout(PATIENCE, joining).await.expect("the node lets its member in");
    }

    /// Publishes `frames` until they end or the node closes the connection;
    /// how many were handed over. Nodes take as much as they can bear, and the
    /// rest waits here.
    pub(crate) async fn flood(&mut self, topic: &str, frames: impl Iterator<Item = Vec<u8>>) -> usize {
        let mut sent = 0;
        for frame in frames {
            loop {
                match self.publish(topic, frame.clone()) {
                    Ok(()) => break,
                    Err(PublishError::NoPeersSubscribedToTopic) => return sent,
                    Err(_) => sleep(LOOK_EVERY / 10).await,
                }
                if !self.go_on().await {
                    return sent;
                }
            }
            sent += 1;
            if sent % 16 == 0 && !self.go_on().await {
                return sent;
            }
        }
        sent
    }

    /// Does what is due now; whether the connection stands.
    async fn go_on(&mut self) -> bool {
        loop {
            tokio::select! {
                biased;
                event = self.swarm.select_next_some() => match event {
                    SwarmEvent::ConnectionClosed { .. } => return false,
                    SwarmEvent::Behaviour(GossipingEvent::Exchange(event)) => self.answer(event),
                    _ => {}
                },
                () = tokio::task::yield_now() => return true,
            }
        }
    }

    /// Answers what a node asks.
    fn answer(&mut self, event: request_response::Event<Vec<u8>, Vec<u8>>) {
        if let request_response::Event::Message {
            message: request_response::Message::Request { channel, .. }, ..
        } = event
        {
            let length = u32::try_from(self.answer.len()).unwrap().to_be_bytes();
            let framed = [length.as_slice(), &self.answer].concat();
            // The node may have closed the stream.
            drop(self.swarm.behaviour_mut().exchange.send_response(channel, framed));
        }
    }

    /// Runs until the node closes the connection.
    pub(crate) async fn until_closed(&mut self) {
        let closing = async {
            loop {
                match self.swarm.select_next_some().await {
                    SwarmEvent::ConnectionClosed { .. } => return,
                    SwarmEvent::Behaviour(GossipingEvent::Exchange(event)) => self.answer(event),
                    _ => {}
                }
            }
        };
        timeout(PATIENCE, closing).await.expect("the node closes the connection");
    }

    /// Writes `bytes` onto a stream for requests; a request begins with four bytes of its length.
    pub(crate) fn ask(&mut self, network: &Network, name: &str, bytes: &[u8]) {
        self.swarm.behaviour_mut().exchange.send_request(&peer_id(network, name), bytes.to_vec());
    }

    fn publish(&mut self, topic: &str, bytes: Vec<u8>) -> Result<(), PublishError> {
        let name = topic_name(self.ledger, topic);
        let behaviour = self.swarm.behaviour_mut();
        let gossip = match topic {
            "agreement" => &mut behaviour.agreement,
            "cosignatures" => &mut behaviour.cosignatures,
            _ => &mut behaviour.records,
        };
        gossip.publish(name, bytes).map(drop)
    }
}

impl Raw<Babbling> {
    /// A peer that writes what it likes onto streams.
    pub(crate) fn babbling(secret: &SigningKey, ledger: Digest) -> Self {
        let behaviour = Babbling {
            agreement: streams(ledger, "agreement"),
            cosignatures: streams(ledger, "cosignatures"),
            records: streams(ledger, "records"),
        };
        Self { swarm: swarm(keypair(secret), behaviour), answer: vec![0; 8], ledger }
    }

    /// Dials a node and writes each of `frames` onto a stream of every
    /// protocol; how many were on their way when the connection ended.
    pub(crate) async fn babble(&mut self, network: &Network, name: &str, frames: &[Vec<u8>]) -> usize {
        self.dial(network, name);
        let id = peer_id(network, name);
        let (mut sent, mut ended) = (0, 0);
        let babbling = async {
            loop {
                match self.swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { .. } => {
                        let behaviour = self.swarm.behaviour_mut();
                        for frame in frames {
                            for streams in
                                [&mut behaviour.agreement, &mut behaviour.cosignatures, &mut behaviour.records]
                            {
                                streams.send_request(&id, frame.clone());
                                sent += 1;
                            }
                        }
                    }
                    SwarmEvent::Behaviour(
                        BabblingEvent::Agreement(event)
                        | BabblingEvent::Cosignatures(event)
                        | BabblingEvent::Records(event),
                    ) => {
                        let is_end = matches!(
                            event,
                            request_response::Event::OutboundFailure { .. }
                                | request_response::Event::Message {
                                    message: request_response::Message::Response { .. },
                                    ..
                                }
                        );
                        ended += usize::from(is_end);
                        if is_end && ended == sent {
                            return;
                        }
                    }
                    SwarmEvent::ConnectionClosed { .. } | SwarmEvent::OutgoingConnectionError { .. } => return,
                    _ => {}
                }
            }
        };
        timeout(PATIENCE, babbling).await.expect("the streams end");
        sent
    }
}

impl<B: NetworkBehaviour> Raw<B> {
    pub(crate) fn dial(&mut self, network: &Network, name: &str) {
        let listen = network.testnet().config(name).unwrap().net.listen;
        let text = format!("/ip4/{}/tcp/{}/p2p/{}", listen.ip(), listen.port(), peer_id(network, name));
        self.swarm.dial(text.parse::<Multiaddr>().unwrap()).unwrap();
    }

    /// Closes what is open.
    pub(crate) fn hang_up(&mut self) {
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            self.swarm.disconnect_peer_id(peer).expect("a connected peer can be left");
        }
    }
}

/// The name of a node among the nodes.
pub(crate) fn peer_id(network: &Network, name: &str) -> PeerId {
    keypair(&network.home(name).keys().unwrap().peer).public().to_peer_id()
}

fn keypair(secret: &SigningKey) -> Keypair {
    Keypair::ed25519_from_bytes(secret.to_bytes()).unwrap()
}

fn swarm<B: NetworkBehaviour>(keypair: Keypair, behaviour: B) -> Swarm<B> {
    SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)
        .unwrap()
        .with_behaviour(|_| behaviour)
        .unwrap()
        .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
        .build()
}

fn streams(ledger: Digest, protocol: &str) -> Exchange {
    let name = StreamProtocol::try_from_owned(format!("/plenary/{}/{protocol}/1", ledger.to_hex())).unwrap();
    let config = request_response::Config::default().with_max_concurrent_streams(4_096);
    Exchange::new([(name, ProtocolSupport::Full)], config)
}

fn topic_name(ledger: Digest, topic: &str) -> IdentTopic {
    IdentTopic::new(format!("plenary/{}/{topic}", ledger.to_hex()))
}

fn gossip(keypair: &Keypair, ledger: Digest, topic: &str) -> gossipsub::Behaviour {
    let config = ConfigBuilder::default()
        .protocol_id(format!("/plenary/{}/{topic}/1", ledger.to_hex()), Version::V1_1)
        .max_transmit_size(64 * 1024 * 1024)
        // It announces nothing: what it has it sends, and a list of so many ids would be over the limit.
        .gossip_lazy(0)
        .gossip_factor(0.0)
        .build()
        .unwrap();
    let mut behaviour = gossipsub::Behaviour::new(MessageAuthenticity::Signed(keypair.clone()), config).unwrap();
    behaviour.subscribe(&topic_name(ledger, topic)).unwrap();
    behaviour
}
