//! What an honest set does.

use plenary_core::hash::Digest;
use plenary_net::{Event, RequestFailure, Topic};

use crate::nodes::{Node, connected, ledger};

/// Four nodes publish on every topic as soon as they are connected, and
/// everyone gets everything.
#[tokio::test]
async fn everyone_hears_everyone_on_every_topic() {
    let mut nodes = connected(&[1, 2, 3, 4]).await;
    let names: Vec<_> = nodes.iter().map(|node| node.name).collect();
    for node in &nodes {
        for topic in Topic::ALL {
            node.handle.publish(topic, format!("{} of {}", topic.name(), node.name).into_bytes()).unwrap();
        }
    }
    for node in &mut nodes {
        let own = node.name;
        for name in names.iter().filter(|name| **name != own) {
            for topic in Topic::ALL {
                node.until_message(topic, *name, format!("{} of {name}", topic.name()).as_bytes()).await;
            }
        }
        let counts = node.handle.counts();
        assert_eq!((counts.agreement.published, counts.agreement.unsent, counts.agreement.delivered), (1, 0, 3));
    }
}

/// A message as long as the limit arrives; a longer one is not even taken.
#[tokio::test]
async fn the_longest_message_arrives() {
    let mut nodes = connected(&[11, 12]).await;
    let sender = nodes[0].name;
    for topic in Topic::ALL {
        let limit = plenary_net::limits::Budget::of(topic).message_bytes;
        nodes[0].handle.publish(topic, vec![7; limit]).unwrap();
        nodes[1].until_message(topic, sender, &vec![7; limit]).await;
        let refused = nodes[0].handle.publish(topic, vec![7; limit + 1]);
        assert_eq!(refused, Err(plenary_net::Error::TooLong { found: limit + 1, limit }));
    }
}

/// Two nodes that cannot reach each other hear each other through a third,
/// which passes on what it has accepted and nothing else.
#[tokio::test]
async fn a_message_goes_round_a_broken_link() {
    let (mut one, mut middle, mut two) = (Node::start(21).await, Node::start(22).await, Node::start(23).await);
    one.handle.set_peers(vec![middle.peer(), two.peer_without_address()]).unwrap();
    two.handle.set_peers(vec![middle.peer(), one.peer_without_address()]).unwrap();
    middle.handle.set_peers(vec![one.peer(), two.peer()]).unwrap();
    middle.until_connected(one.name).await;
    middle.until_connected(two.name).await;
    one.until_connected(middle.name).await;

    one.handle.publish(Topic::Agreement, b"bad".to_vec()).unwrap();
    let rejected = middle
        .until("has the bad message", |event| match event {
            Event::Message { bytes, id, .. } if bytes == b"bad" => Some(id.clone()),
            _ => None,
        })
        .await;
    middle.handle.reject(rejected).unwrap();
    one.handle.publish(Topic::Agreement, b"good".to_vec()).unwrap();
    middle.until_message(Topic::Agreement, one.name, b"good").await;
    let first = two
        .until("has a message", |event| match event {
            Event::Message { author, bytes, .. } => Some((*author, bytes.clone())),
            _ => None,
        })
        .await;
    assert_eq!(first, (one.name, b"good".to_vec()));
}

#[tokio::test]
async fn a_request_is_answered() {
    let mut nodes = connected(&[31, 32]).await;
    let [asking, asked] = [nodes[0].name, nodes[1].name];
    let id = nodes[0].handle.request(asked, b"blocks 7 to 9".to_vec()).unwrap();
    // One at a time: the second is refused here, before it goes out.
    let second = nodes[0].handle.request(asked, b"blocks 8 to 9".to_vec()).unwrap();
    nodes[0]
        .until("is refused", |event| {
            let refused = Event::RequestFailed { peer: asked, id: second, reason: RequestFailure::Outstanding };
            (*event == refused).then_some(())
        })
        .await;
    let (request, bytes) = nodes[1]
        .until("is asked", |event| match event {
            Event::Request { peer, id, bytes } if *peer == asking => Some((*id, bytes.clone())),
            _ => None,
        })
        .await;
    assert_eq!(bytes, b"blocks 7 to 9");
    let longest = vec![9; plenary_net::limits::RESPONSE_BYTES];
    assert!(nodes[1].handle.respond(request, vec![9; longest.len() + 1]).is_err());
    nodes[1].handle.respond(request, longest.clone()).unwrap();
    nodes[0]
        .until("is answered", |event| {
            (*event == Event::Response { peer: asked, id, bytes: longest.clone() }).then_some(())
        })
        .await;

    let stranger = Node::start(33).await.name;
    let id = nodes[0].handle.request(stranger, Vec::new()).unwrap();
    let failed = Event::RequestFailed { peer: stranger, id, reason: RequestFailure::NotConnected };
    nodes[0].until("fails", |event| (*event == failed).then_some(())).await;
}

/// A node that stops is missed, and found again when it is back.
#[tokio::test]
async fn a_restarted_node_is_connected_again() {
    let mut nodes = connected(&[41, 42, 43]).await;
    let peers: Vec<_> = nodes.iter().map(Node::peer).collect();
    for round in 0..3 {
        let gone = nodes.pop().unwrap();
        let (name, address) = (gone.name, gone.address);
        gone.stop().await;
        for node in &mut nodes {
            node.until_disconnected(name).await;
        }
        let mut back = Node::start_at(43, ledger(), address).await;
        assert_eq!(back.name, name);
        back.handle.set_peers(peers.clone()).unwrap();
        for node in &mut nodes {
            back.until_connected(node.name).await;
            node.until_connected(name).await;
        }
        let payload = format!("back for the {round}th time").into_bytes();
        back.handle.publish(Topic::Agreement, payload.clone()).unwrap();
        for node in &mut nodes {
            node.until_message(Topic::Agreement, name, &payload).await;
        }
        nodes.push(back);
    }
}

/// Who leaves the set is disconnected, and the others are not.
#[tokio::test]
async fn a_peer_that_leaves_the_set_is_disconnected() {
    let mut nodes = connected(&[51, 52, 53]).await;
    let [one, two, three] = [nodes[0].name, nodes[1].name, nodes[2].name];
    let keep = vec![nodes[0].peer(), nodes[1].peer()];
    nodes[0].handle.set_peers(keep.clone()).unwrap();
    nodes[1].handle.set_peers(keep).unwrap();
    nodes[0].until_disconnected(three).await;
    nodes[1].until_disconnected(three).await;
    nodes[2].until_disconnected(one).await;
    nodes[2].until_disconnected(two).await;
    nodes[0].handle.publish(Topic::Records, b"still here".to_vec()).unwrap();
    nodes[1].until_message(Topic::Records, one, b"still here").await;
    assert!(!nodes[0].has_seen(two), "the connection that stays was not touched");
}

#[tokio::test]
async fn a_node_of_another_ledger_is_incompatible() {
    let mut one = Node::start(61).await;
    let other = Node::start_at(62, Digest::of(b"another"), "127.0.0.1:0".parse().unwrap()).await;
    one.handle.set_peers(vec![other.peer()]).unwrap();
    other.handle.set_peers(vec![one.peer()]).unwrap();
    let found = Event::Incompatible { peer: other.name };
    one.until("knows the other ledger", |event| (*event == found).then_some(())).await;
}
