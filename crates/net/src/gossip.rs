//! One gossip protocol for each topic, tuned for a set that all know.
//!
//! An author sends its message to every peer itself, at once, so in a complete
//! network each message crosses each link once and is checked once. There is
//! no mesh: handing every message on to everybody would cost each node one
//! signature check for every peer, all of them in vain. Instead, every
//! heartbeat, peers announce the ids of what they hold and have accepted, and
//! who has missed one asks for it. So a message goes round a broken link in
//! one heartbeat and one round trip for each hop.

use libp2p::{
    gossipsub::{
        self, ConfigBuilder, IdentTopic, IdentityTransform, MessageAuthenticity, MessageId, ValidationMode, Version,
        WhitelistSubscriptionFilter,
    },
    identity::Keypair,
};
use plenary_core::hash::Digest;

use crate::{
    error::Error,
    event::Topic,
    limits::{
        ANNOUNCED_IDS, ANNOUNCED_PEERS, ANNOUNCEMENTS_PER_HEARTBEAT, Budget, CONTROL_BYTES, GOSSIP_OVERHEAD_BYTES,
        MESSAGES_PER_FRAME, SEEN_TIME,
    },
};

/// The behaviour that gossips on one topic.
pub(crate) type Behaviour = gossipsub::Behaviour<IdentityTransform, WhitelistSubscriptionFilter>;

/// Heartbeats during which a message is announced, and is kept to be asked for.
const ANNOUNCED_HEARTBEATS: usize = 3;
const KEPT_HEARTBEATS: usize = 20;

/// Gossip on `topic` of the ledger `ledger`, whose name both the protocol and
/// the signed topic carry, so that nothing is replayed from another ledger.
pub(crate) fn behaviour(keypair: &Keypair, ledger: Digest, topic: Topic) -> Result<Behaviour, Error> {
    let name = topic_name(ledger, topic);
    let filter = WhitelistSubscriptionFilter([name.hash()].into_iter().collect());
    let mut behaviour = gossipsub::Behaviour::new_with_subscription_filter(
        MessageAuthenticity::Signed(keypair.clone()),
        config(ledger, topic)?,
        filter,
    )
    .map_err(|_| Error::Settings)?;
    behaviour.subscribe(&name).map_err(|_| Error::Settings)?;
    Ok(behaviour)
}

/// The name under which `topic` of `ledger` is gossiped.
pub(crate) fn topic_name(ledger: Digest, topic: Topic) -> IdentTopic {
    IdentTopic::new(format!("plenary/{}/{}", ledger.to_hex(), topic.name()))
}

fn config(ledger: Digest, topic: Topic) -> Result<gossipsub::Config, Error> {
    let budget = Budget::of(topic);
    let frame_bytes = budget.message_bytes.saturating_add(GOSSIP_OVERHEAD_BYTES);
    ConfigBuilder::default()
        .protocol_id(format!("/plenary/{}/{}/1", ledger.to_hex(), topic.name()), Version::V1_1)
        .validation_mode(ValidationMode::Strict)
        .validate_messages()
        .message_id_fn(message_id)
        .max_transmit_size(frame_bytes)
        .max_publish_messages(MESSAGES_PER_FRAME)
        .max_control_message_size(CONTROL_BYTES)
        .max_control_messages_sent(ANNOUNCED_IDS)
        .max_ihave_messages_heartbeat(ANNOUNCEMENTS_PER_HEARTBEAT)
        .flood_publish(true)
        .mesh_outbound_min(0)
        .mesh_n_low(0)
        .mesh_n(0)
        .mesh_n_high(0)
        .gossip_lazy(ANNOUNCED_PEERS)
        .gossip_factor(0.0)
        .history_gossip(ANNOUNCED_HEARTBEATS)
        .history_length(KEPT_HEARTBEATS)
        .heartbeat_interval(budget.heartbeat)
        .heartbeat_initial_delay(budget.heartbeat)
        .duplicate_cache_time(SEEN_TIME)
        .connection_handler_queue_len(budget.peer_queue)
        .publish_queue_duration(budget.peer_queue_time)
        .forward_queue_duration(budget.peer_queue_time)
        .build()
        .map_err(|_| Error::Settings)
}

/// An id that neither the author nor a bearer can give to two contents, and
/// that differs when an author publishes the same content again.
fn message_id(message: &gossipsub::Message) -> MessageId {
    let author = message.source.map(|author| author.to_bytes()).unwrap_or_default();
    let number = message.sequence_number.unwrap_or_default().to_be_bytes();
    let digest = Digest::of_parts(&[b"plenary/gossip/v1\n", &author, &number, &message.data]);
    let (short, _) = digest.as_bytes().split_at(20);
    MessageId::new(short)
}
