//! What a peer can do that keeps no rule: one behaviour each.

use libp2p::{request_response, swarm::SwarmEvent};
use plenary_net::{Event, Misbehaviour, RequestFailure, Topic};

use crate::{
    nodes::{Node, connected},
    raw::{BehaviourEvent, Raw},
};

/// Two nodes that hold `raw` for one of the set, and are connected.
async fn pair_with(raw: &Raw, seeds: [u8; 2]) -> Vec<Node> {
    let mut nodes = connected(&seeds).await;
    let peers = vec![nodes[0].peer(), nodes[1].peer(), raw.peer()];
    for node in &mut nodes {
        node.handle.set_peers(peers.clone()).unwrap();
    }
    nodes
}

/// The two nodes still hear each other, over the connection they had.
async fn assert_untouched(nodes: &mut [Node]) {
    let [one, two] = [nodes[0].name, nodes[1].name];
    nodes[0].handle.publish(Topic::Agreement, b"as before".to_vec()).unwrap();
    nodes[1].until_message(Topic::Agreement, one, b"as before").await;
    assert!(!nodes[0].has_seen(two) && !nodes[1].has_seen(one), "they were disconnected");
}

/// Someone outside the set finishes the handshake and gets no further.
#[tokio::test]
async fn a_stranger_opens_no_protocol() {
    let mut nodes = connected(&[101, 102]).await;
    let mut stranger = Raw::new(103);
    stranger.dial(&nodes[0]);
    let mut answered = false;
    stranger
        .until(|event| {
            answered |= matches!(event, SwarmEvent::Behaviour(_));
            matches!(event, SwarmEvent::ConnectionClosed { .. }).then_some(())
        })
        .await;
    assert!(!answered, "a protocol was opened");
    assert_untouched(&mut nodes).await;
    assert!(nodes.iter().all(|node| !node.has_seen(stranger.name)));
    assert_eq!(nodes[0].handle.counts().strangers, 1);
}

/// Nine bytes that claim four gigabytes cost their sender its connection.
#[tokio::test]
async fn a_length_bomb_is_cut_off() {
    let mut raw = Raw::new(113);
    let mut nodes = pair_with(&raw, [111, 112]).await;
    raw.dial(&nodes[0]);
    raw.until_joined().await;
    let bomb = vec![255, 255, 255, 255, 0, 0, 0, 0, 1];
    raw.swarm.behaviour_mut().exchange.send_request(&Raw::id(&nodes[0]), bomb);
    raw.until_closed().await;
    nodes[0].until_disconnected(raw.name).await;
    assert_eq!(nodes[0].handle.counts().cuts, 1);
    assert_untouched(&mut nodes).await;
}

/// A response that claims a byte more than allowed is not read.
#[tokio::test]
async fn a_response_above_the_limit_is_refused() {
    let mut raw = Raw::new(123);
    let mut nodes = pair_with(&raw, [121, 122]).await;
    raw.dial(&nodes[0]);
    let peer = raw.name;
    let limit = u32::try_from(plenary_net::limits::RESPONSE_BYTES).unwrap();
    let serving = tokio::spawn(async move {
        let channel = raw
            .until(|event| match event {
                SwarmEvent::Behaviour(BehaviourEvent::Exchange(request_response::Event::Message {
                    message: request_response::Message::Request { channel, .. },
                    ..
                })) => Some(channel),
                _ => None,
            })
            .await;
        let mut response = (limit + 1).to_be_bytes().to_vec();
        response.resize(64 * 1024, 1);
        raw.swarm.behaviour_mut().exchange.send_response(channel, response).unwrap();
        raw.until_closed().await;
    });
    nodes[0].until_connected(peer).await;
    let id = nodes[0].handle.request(peer, b"blocks".to_vec()).unwrap();
    let failed = Event::RequestFailed { peer, id, reason: RequestFailure::TooLong };
    nodes[0].until("refuses the response", |event| (*event == failed).then_some(())).await;
    nodes[0].until_disconnected(peer).await;
    serving.await.unwrap();
    assert_untouched(&mut nodes).await;
}

/// A frame above its topic's limit is not delivered; what its sender says on
/// other topics is, and so is what everybody else says.
#[tokio::test]
async fn a_frame_above_the_limit_is_refused() {
    let mut raw = Raw::new(133);
    let mut nodes = pair_with(&raw, [131, 132]).await;
    raw.dial(&nodes[0]);
    raw.until_joined().await;
    raw.publish(Topic::Cosignatures, vec![1; 64 * 1024]);
    raw.publish(Topic::Agreement, vec![1; 3 * 1024 * 1024]);
    raw.publish(Topic::Records, b"short".to_vec());
    let name = raw.name;
    let running = tokio::spawn(raw.serve());
    nodes[0].until_message(Topic::Records, name, b"short").await;
    let id = nodes[0].handle.request(name, Vec::new()).unwrap();
    nodes[0]
        .until("is answered", |event| matches!(event, Event::Response { id: found, .. } if *found == id).then_some(()))
        .await;
    assert!(!nodes[0].has_seen_message(|bytes| b"short".len() < bytes.len()));
    assert_untouched(&mut nodes).await;
    running.abort();
}

/// A flood of records from one member does not displace the votes of another.
#[tokio::test]
async fn a_flood_of_records_leaves_votes_alone() {
    let mut raw = Raw::new(143);
    let mut nodes = pair_with(&raw, [141, 142]).await;
    raw.dial(&nodes[0]);
    raw.until_joined().await;
    for _ in 0..100 {
        raw.publish(Topic::Records, vec![1; 64 * 1024]);
    }
    let running = tokio::spawn(raw.serve());
    let two = nodes[1].name;
    for vote in 0..100_u8 {
        nodes[1].handle.publish(Topic::Agreement, vec![vote]).unwrap();
        nodes[0].until_message(Topic::Agreement, two, &[vote]).await;
    }
    let agreement = nodes[0].handle.counts().agreement;
    assert_eq!((agreement.delivered, agreement.over_rate, agreement.over_queue), (100, 0, 0));
    running.abort();
}

/// Who is reported is disconnected and kept out.
#[tokio::test]
async fn a_reported_peer_is_cut_off() {
    let mut raw = Raw::new(153);
    let mut nodes = pair_with(&raw, [151, 152]).await;
    raw.dial(&nodes[0]);
    raw.until_joined().await;
    nodes[0].handle.report(raw.name, Misbehaviour::BadSignature).unwrap();
    raw.until_closed().await;
    raw.dial(&nodes[0]);
    raw.until_closed().await;
    assert_eq!(nodes[0].handle.counts().cuts, 1);
    assert_untouched(&mut nodes).await;
}
