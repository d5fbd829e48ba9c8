//! A peer that keeps no limit: the same protocols without the code under test.

use std::io;

use libp2p::{
    Multiaddr, PeerId, StreamProtocol, Swarm, SwarmBuilder,
    futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, StreamExt as _},
    gossipsub::{self, ConfigBuilder, IdentTopic, MessageAuthenticity, Version},
    identity::Keypair,
    noise,
    request_response::{self, Codec, ProtocolSupport},
    swarm::{NetworkBehaviour, SwarmEvent},
    tcp, yamux,
};
use plenary_net::{Peer, PeerName, Topic};
use tokio::time::timeout;

use crate::nodes::{Node, PATIENCE, ledger};

/// Sends the bytes it is given as they are, and reads until the stream ends.
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
        let mut some = vec![0; 1024];
        let read = io.read(&mut some).await?;
        some.truncate(read);
        Ok(some)
    }

    async fn read_response<T: AsyncRead + Unpin + Send>(
        &mut self,
        _: &StreamProtocol,
        io: &mut T,
    ) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        io.read_to_end(&mut all).await?;
        Ok(all)
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

#[derive(NetworkBehaviour)]
#[behaviour(prelude = "libp2p::swarm::derive_prelude")]
pub(crate) struct Behaviour {
    agreement: gossipsub::Behaviour,
    cosignatures: gossipsub::Behaviour,
    records: gossipsub::Behaviour,
    pub(crate) exchange: request_response::Behaviour<Unframed>,
    ping: libp2p::ping::Behaviour,
}

/// A peer of the test's making.
pub(crate) struct Raw {
    pub(crate) swarm: Swarm<Behaviour>,
    pub(crate) name: PeerName,
}

impl Raw {
    pub(crate) fn new(seed: u8) -> Self {
        let keypair = Keypair::ed25519_from_bytes([seed; 32]).unwrap();
        let exchange = StreamProtocol::try_from_owned(format!("/plenary/{}/exchange/1", ledger().to_hex())).unwrap();
        let behaviour = Behaviour {
            agreement: gossip(&keypair, Topic::Agreement),
            cosignatures: gossip(&keypair, Topic::Cosignatures),
            records: gossip(&keypair, Topic::Records),
            exchange: request_response::Behaviour::new(
                [(exchange, ProtocolSupport::Full)],
                request_response::Config::default(),
            ),
            ping: libp2p::ping::Behaviour::default(),
        };
        let swarm = SwarmBuilder::with_existing_identity(keypair)
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(|_| behaviour)
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(PATIENCE))
            .build();
        let name = plenary_net::Identity::from_secret([seed; 32]).unwrap().peer_name();
        Self { swarm, name }
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer { name: self.name, address: None }
    }

    pub(crate) fn dial(&mut self, node: &Node) {
        let text = format!("/ip4/{}/tcp/{}/p2p/{}", node.address.ip(), node.address.port(), node.name);
        self.swarm.dial(text.parse::<Multiaddr>().unwrap()).unwrap();
    }

    pub(crate) fn id(node: &Node) -> PeerId {
        node.name.to_string().parse().unwrap()
    }

    /// Runs until an event of which `wanted` has something to say.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(SwarmEvent<BehaviourEvent>) -> Option<T>) -> T {
        let waiting = async {
            loop {
                if let Some(found) = wanted(self.swarm.select_next_some().await) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, waiting).await.expect("the raw peer waited in vain")
    }

    /// Runs for ever, and answers every request with an empty frame.
    pub(crate) async fn serve(mut self) {
        loop {
            if let SwarmEvent::Behaviour(BehaviourEvent::Exchange(request_response::Event::Message {
                message: request_response::Message::Request { channel, .. },
                ..
            })) = self.swarm.select_next_some().await
            {
                self.swarm.behaviour_mut().exchange.send_response(channel, vec![0; 4]).unwrap();
            }
        }
    }

    pub(crate) async fn until_closed(&mut self) {
        self.until(|event| matches!(event, SwarmEvent::ConnectionClosed { .. }).then_some(())).await;
    }

    /// Runs until the other side has subscribed to every topic.
    pub(crate) async fn until_joined(&mut self) {
        let mut missing = 3_u8;
        self.until(|event| {
            let (SwarmEvent::Behaviour(BehaviourEvent::Agreement(event))
            | SwarmEvent::Behaviour(BehaviourEvent::Cosignatures(event))
            | SwarmEvent::Behaviour(BehaviourEvent::Records(event))) = event
            else {
                return None;
            };
            if matches!(event, gossipsub::Event::Subscribed { .. }) {
                missing = missing.saturating_sub(1);
            }
            (missing == 0).then_some(())
        })
        .await;
    }

    pub(crate) fn publish(&mut self, topic: Topic, bytes: Vec<u8>) {
        let gossip = match topic {
            Topic::Agreement => &mut self.swarm.behaviour_mut().agreement,
            Topic::Cosignatures => &mut self.swarm.behaviour_mut().cosignatures,
            Topic::Records => &mut self.swarm.behaviour_mut().records,
        };
        gossip.publish(name(topic), bytes).unwrap();
    }
}

fn name(topic: Topic) -> IdentTopic {
    IdentTopic::new(format!("plenary/{}/{}", ledger().to_hex(), topic.name()))
}

fn gossip(keypair: &Keypair, topic: Topic) -> gossipsub::Behaviour {
    let config = ConfigBuilder::default()
        .protocol_id(format!("/plenary/{}/{}/1", ledger().to_hex(), topic.name()), Version::V1_1)
        .max_transmit_size(64 * 1024 * 1024)
        .build()
        .unwrap();
    let mut behaviour = gossipsub::Behaviour::new(MessageAuthenticity::Signed(keypair.clone()), config).unwrap();
    behaviour.subscribe(&name(topic)).unwrap();
    behaviour
}
