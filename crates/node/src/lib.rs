//! A Plenary node: one loop over the replica, the store, the network and the RPC.

mod blocks;
mod board;
mod catching_up;
pub mod clock;
mod complaints;
pub mod config;
mod cosigning;
mod custody;
mod dossier;
mod epochs;
pub mod error;
pub mod home;
mod inclusion;
pub mod journal;
pub mod keyfile;
pub mod log;
mod node;
mod office;
mod roll;
mod shared;
mod start;
mod submissions;
mod transcript;
mod view;
mod waiting;

pub use start::{Part, Started, run};

/// The name on the network of the node with this public key, unless it is no sound one.
pub fn peer_name(key: &[u8; 32]) -> Option<String> {
    plenary_net::PeerName::of_key(key).ok().map(|name| name.to_string())
}
