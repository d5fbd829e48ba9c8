//! What the loop shares with those who ask: the store, the board, the submissions.

use std::{collections::BTreeMap, net::SocketAddr};

use plenary_core::{
    genesis::GenesisValidator,
    policy::Policy,
    record::{Name, VerifiedRecord},
};
use plenary_net::PeerName;
use plenary_rpc::view::{Submission, ViewError};
use plenary_store::Store;
use tokio::sync::{mpsc, oneshot};

use crate::{board::Board, dossier::Kept, epochs::Epochs, submissions::Submissions};

/// Records that members have sent and the loop has not looked at yet.
pub(crate) const SUBMIT_QUEUE: usize = 4_096;

/// A record that was sent in, and where to say what became of it.
pub(crate) struct Submit {
    /// The record; its signatures have been verified.
    pub(crate) record: VerifiedRecord,
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Result<Submission, ViewError>>,
}

/// A seat of the first epoch.
pub(crate) struct SeatOf {
    /// Who holds it.
    pub(crate) validator: GenesisValidator,
    /// Its name on the network.
    pub(crate) peer: PeerName,
}

/// What many threads use.
pub(crate) struct Shared {
    /// The name of this node.
    pub(crate) name: String,
    /// The validator that this node is, unless it observes.
    pub(crate) seat: Option<Name>,
    /// The ledger on disk.
    pub(crate) store: Store,
    /// The dossiers of approvals.
    pub(crate) kept: Kept,
    /// Free bytes on the disk below which this node does not take part.
    pub(crate) disk_reserve: u64,
    /// The validators.
    pub(crate) seats: Vec<SeatOf>,
    /// Where the other nodes are.
    pub(crate) addresses: BTreeMap<PeerName, SocketAddr>,
    /// The policy in force.
    pub(crate) policy: Policy,
    /// How the node is.
    pub(crate) board: Board,
    /// What shows that validators have changed.
    pub(crate) epochs: Epochs,
    /// What became of records.
    pub(crate) submissions: Submissions,
    /// The way into the loop.
    pub(crate) submit: mpsc::Sender<Submit>,
}
