//! What the loop shares with those who ask: the store, the board, the submissions.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use plenary_core::{
    keys::ValidatorKey,
    record::{Name, VerifiedRecord},
};
use plenary_net::{PEERS, Peer, PeerName};
use plenary_rpc::view::{Submission, ViewError};
use plenary_store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::{
    board::Board,
    dossier::Kept,
    epochs::Epochs,
    roll::{Roll, SeatOf},
    submissions::Submissions,
};

/// Records that members have sent and the loop has not looked at yet.
pub(crate) const SUBMIT_QUEUE: usize = 4_096;

/// A record that was sent in, and where to say what became of it.
pub(crate) struct Submit {
    /// The record; its signatures have been verified.
    pub(crate) record: VerifiedRecord,
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Result<Submission, ViewError>>,
}

/// What many threads use.
pub(crate) struct Shared {
    /// The name of this node.
    pub(crate) name: String,
    /// The key that this node signs blocks with when it has a seat, unless it only follows.
    pub(crate) signs: Option<ValidatorKey>,
    /// The ledger on disk.
    pub(crate) store: Store,
    /// The dossiers of approvals.
    pub(crate) kept: Kept,
    /// Free bytes on the disk below which this node does not take part.
    pub(crate) disk_reserve: u64,
    /// Who validates when.
    pub(crate) roll: RwLock<Arc<Roll>>,
    /// Where the other nodes are, by their names.
    pub(crate) addresses: BTreeMap<String, SocketAddr>,
    /// Nodes that the ledger as it is here may not know yet, and where they are.
    pub(crate) entries: BTreeMap<PeerName, SocketAddr>,
    /// How the node is.
    pub(crate) board: Board,
    /// What shows that validators have changed.
    pub(crate) epochs: Epochs,
    /// What became of records.
    pub(crate) submissions: Submissions,
    /// The way into the loop.
    pub(crate) submit: mpsc::Sender<Submit>,
}

impl Shared {
    /// Who validates when, after the last block.
    pub(crate) fn roll(&self) -> Arc<Roll> {
        Arc::clone(&self.roll.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over another roll.
    pub(crate) fn turn(&self, roll: Arc<Roll>) {
        *self.roll.write().unwrap_or_else(PoisonError::into_inner) = roll;
    }

    /// The seat that this node has at the next height, if it takes part.
    pub(crate) fn seat(&self) -> Option<Name> {
        let roll = self.roll();
        roll.present.seat_of(self.signs.as_ref()?).map(|seat| seat.validator.name.clone())
    }

    /// Where a node is, if this one was told.
    pub(crate) fn address(&self, seat: &SeatOf) -> Option<SocketAddr> {
        let named = self.addresses.get(seat.validator.name.as_str());
        named.or_else(|| self.entries.get(&seat.peer)).copied()
    }

    /// The nodes that belong to the network.
    pub(crate) fn peers(&self) -> Vec<Peer> {
        let roll = self.roll();
        let known = roll.known.iter().map(|seat| Peer { name: seat.peer, address: self.address(seat) });
        let entries = self.entries.iter().map(|(name, address)| Peer { name: *name, address: Some(*address) });
        let mut peers: Vec<Peer> = Vec::new();
        for peer in known.chain(entries) {
            if peers.iter().all(|other| other.name != peer.name) {
                peers.push(peer);
            }
        }
        peers.truncate(PEERS);
        peers
    }
}
