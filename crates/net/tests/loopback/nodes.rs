//! Nodes on the loopback interface, awaited event by event.

use std::{net::SocketAddr, time::Duration};

use plenary_core::hash::Digest;
use plenary_net::{Config, Event, Events, Handle, Identity, Network, Peer, PeerName, Topic};
use tokio::time::timeout;

/// Far more than anything here takes; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The ledger of the nodes in these tests.
pub(crate) fn ledger() -> Digest {
    Digest::of(b"loopback")
}

/// A node, and the events that no one has asked for yet.
pub(crate) struct Node {
    pub(crate) name: PeerName,
    pub(crate) address: SocketAddr,
    pub(crate) handle: Handle,
    events: Events,
    seen: Vec<Event>,
}

impl Node {
    /// Starts the node whose secret is 32 times `seed`, with an empty set.
    pub(crate) async fn start(seed: u8) -> Self {
        Self::start_at(seed, ledger(), "127.0.0.1:0".parse().unwrap()).await
    }

    pub(crate) async fn start_at(seed: u8, ledger: Digest, listen: SocketAddr) -> Self {
        let identity = Identity::from_secret([seed; 32]).unwrap();
        let config = Config { ledger, listen, peers: Vec::new() };
        let (handle, events) = Network::start(&identity, config).unwrap();
        let mut node = Self { name: identity.peer_name(), address: listen, handle, events, seen: Vec::new() };
        node.address = node
            .until("listens", |event| match event {
                Event::Listening { address } => Some(*address),
                _ => None,
            })
            .await;
        node
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer { name: self.name, address: Some(self.address) }
    }

    /// The same node, to be reached only by its own dialling.
    pub(crate) fn peer_without_address(&self) -> Peer {
        Peer { name: self.name, address: None }
    }

    /// Waits for the first event, earlier ones included, of which `wanted` has something to say.
    pub(crate) async fn until<T>(&mut self, what: &str, wanted: impl Fn(&Event) -> Option<T>) -> T {
        if let Some(at) = self.seen.iter().position(|event| wanted(event).is_some()) {
            let event = self.seen.remove(at);
            return wanted(&event).unwrap();
        }
        let waiting = async {
            loop {
                let event = self.events.next().await.expect("the network has stopped");
                if let Some(found) = wanted(&event) {
                    return found;
                }
                self.seen.push(event);
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain until {} {what}; seen {:?}", self.name, self.seen),
        }
    }

    pub(crate) async fn until_connected(&mut self, peer: PeerName) {
        self.until("is connected", |event| (*event == Event::Connected { peer }).then_some(())).await;
    }

    pub(crate) async fn until_disconnected(&mut self, peer: PeerName) {
        self.until("is disconnected", |event| (*event == Event::Disconnected { peer }).then_some(())).await;
    }

    /// Waits for `payload` of `sender` on `wanted`, and accepts it.
    pub(crate) async fn until_message(&mut self, wanted: Topic, sender: PeerName, payload: &[u8]) {
        let id = self
            .until("has a message", |event| match event {
                Event::Message { topic, author, bytes, id }
                    if *topic == wanted && *author == sender && bytes == payload =>
                {
                    Some(id.clone())
                }
                _ => None,
            })
            .await;
        self.handle.accept(id).unwrap();
    }

    /// Whether an event was seen, and not asked for, in which `peer` occurs.
    pub(crate) fn has_seen(&self, peer: PeerName) -> bool {
        self.seen.iter().any(|event| format!("{event:?}").contains(&peer.to_string()))
    }

    /// Whether a message was seen, and not asked for, that is so.
    pub(crate) fn has_seen_message(&self, so: impl Fn(&[u8]) -> bool) -> bool {
        self.seen.iter().any(|event| matches!(event, Event::Message { bytes, .. } if so(bytes)))
    }

    /// Lets go of the network and waits until its port is free.
    pub(crate) async fn stop(self) {
        let Self { handle, mut events, .. } = self;
        drop(handle);
        let end = async { while events.next().await.is_some() {} };
        timeout(PATIENCE, end).await.expect("the network goes on");
    }
}

/// Starts nodes with the secrets `seeds` that know each other, and waits until
/// all are connected.
pub(crate) async fn connected(seeds: &[u8]) -> Vec<Node> {
    let mut nodes = Vec::new();
    for seed in seeds {
        nodes.push(Node::start(*seed).await);
    }
    let peers: Vec<Peer> = nodes.iter().map(Node::peer).collect();
    for node in &nodes {
        node.handle.set_peers(peers.clone()).unwrap();
    }
    for node in &mut nodes {
        for peer in &peers {
            if peer.name != node.name {
                node.until_connected(peer.name).await;
            }
        }
    }
    nodes
}
