//! The network of a ledger: gossip and catch-up among the nodes of one set.
//!
//! Payloads are opaque bytes here; the node decodes and judges them. Nobody
//! outside the set of known peers opens a protocol, nobody is discovered, and
//! every queue, frame, rate and wait has its bound in `limits`.
//!
//! ```text
//! Handle ── commands, one bounded queue per topic ──▶ Driver (one task)
//! Events ◀── one bounded queue per topic ──────────── owns the swarm
//! ```
//!
//! Each topic is a gossip protocol of its own with its own streams, so that a
//! flood of records neither delays nor displaces what validators agree with.

mod bucket;
mod driver;
mod error;
mod event;
mod exchange;
mod gossip;
mod handle;
mod identity;
pub mod limits;
mod members;
mod network;
mod redial;
mod transport;

pub use error::{Error, Misbehaviour, RequestFailure};
pub use event::{Event, Events, MessageId, QueryId, RequestId, Topic};
pub use handle::{Counts, Handle, TopicCounts};
pub use identity::{Identity, Peer, PeerName};
pub use limits::PEERS;
pub use network::{Config, Network};
