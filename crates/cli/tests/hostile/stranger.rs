//! Somebody outside the set, with a key of his own and the ledger's public genesis line.

use ed25519_dalek::SigningKey;
use libp2p::{futures::StreamExt as _, swarm::SwarmEvent};
use plenary_core::hash::Digest;
use tokio::time::timeout;

use crate::{
    author::Author,
    network::{Network, PATIENCE},
    raw::Raw,
};

/// Connections that are tried: twice as many as handshakes that a node has room for.
const TRIES: u32 = 256;

/// Whoever is not in the set is cut off after the handshake that names him;
/// nothing that he asks or says is answered, and the nodes go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_opens_no_protocol() {
    let network = Network::start().await;
    let author = Author::secretariat(&network);
    let (before, _) = network.memory_kib("secretariat");
    for number in 0..TRIES {
        // Each time under another name.
        let secret = SigningKey::from_bytes(Digest::of(&number.to_le_bytes()).as_bytes());
        let mut stranger = Raw::gossiping(&secret, network.ledger());
        stranger.dial(&network, "secretariat");
        stranger.ask(&network, "secretariat", &[0, 0, 0, 8, 1, 0, 0, 0, 0, 0, 0, 0]);
        let (mut is_named, mut answers) = (false, Vec::new());
        let dealing = async {
            loop {
                match stranger.swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { .. } => is_named = true,
                    SwarmEvent::Behaviour(event) => answers.push(format!("{event:?}")),
                    SwarmEvent::ConnectionClosed { .. } => return,
                    _ => {}
                }
            }
        };
        timeout(PATIENCE, dealing).await.expect("the connection is closed");
        answers.retain(|answer| !answer.contains("OutboundFailure"));
        assert!(is_named && answers.is_empty(), "{answers:?}");
    }
    let sent = network.client("secretariat").submit(&author.registers("after"), PATIENCE).await.unwrap();
    assert_eq!(sent.state, plenary_rpc::answer::SubmissionState::Final);
    let peers = network.client("secretariat").peers().await.unwrap();
    assert_eq!(peers.len(), 3, "{peers:?}");
    let (after, _) = network.memory_kib("secretariat");
    assert!(after < before + 32 * 1_024, "{before} KiB became {after} KiB");
    let log = network.log("secretariat");
    assert!(log.lines().count() < 50, "{log}");
}
