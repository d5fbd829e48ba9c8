//! What can go wrong in the network, and what a peer can do wrong.

use std::{io, net::SocketAddr};

use thiserror::Error;

/// Why the network could not do what it was told.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Error {
    /// The network cannot listen where it was told to.
    #[error("cannot listen on {address}: {kind}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The protocols could not be set up with the limits of this build.
    #[error("the network's settings contradict each other")]
    Settings,
    /// The 32 bytes are no Ed25519 key that a node may have.
    #[error("not a sound Ed25519 key")]
    Key,
    /// The text is not the name of a peer.
    #[error("not the name of a peer")]
    Name,
    /// The set holds more peers than a node can serve.
    #[error("{found} peers exceed the limit of {limit}")]
    TooManyPeers {
        /// Peers in the set.
        found: usize,
        /// Peers allowed.
        limit: usize,
    },
    /// The message is longer than others would take.
    #[error("{found} bytes exceed the limit of {limit} bytes")]
    TooLong {
        /// Bytes to be sent.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The queue is full; the same may be tried again later.
    #[error("the network is busy")]
    Busy,
    /// The network has stopped.
    #[error("the network has stopped")]
    Stopped,
}

/// Why a request has no response.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum RequestFailure {
    /// The peer is not connected, or was lost before it answered.
    #[error("the peer is not connected")]
    NotConnected,
    /// An earlier request to this peer has not been answered yet.
    #[error("an earlier request to this peer is still open")]
    Outstanding,
    /// The response did not come in time.
    #[error("the peer did not answer in time")]
    Late,
    /// The peer closed the stream: it would not or could not answer.
    #[error("the peer refused to answer")]
    Refused,
    /// The response claimed more bytes than allowed. The peer has been cut.
    #[error("the peer's answer exceeds the limit")]
    TooLong,
}

/// What a peer did that no honest peer does.
///
/// Each is known from what the peer itself sent or signed. Passing on somebody
/// else's bad message is none: a peer may know less than we do.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Misbehaviour {
    /// A message that it signed, a request or a response has no meaning.
    #[error("it sent what cannot be decoded")]
    Undecodable,
    /// What it sent as its own carries a signature that is not valid.
    #[error("it sent an invalid signature")]
    BadSignature,
    /// Its response does not answer the request.
    #[error("its response does not answer the request")]
    WrongResponse,
    /// It claimed a frame above the limit.
    #[error("it sent a frame above the limit")]
    FrameTooLong,
}
