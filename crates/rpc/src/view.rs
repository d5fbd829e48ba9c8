//! What the interface asks of a node: one trait, in the ledger's own types.
//!
//! A node implements it over its store, tests in memory. Reads may block, and
//! are therefore called on threads that may; what waits for the replica is a
//! future.

use std::{future::Future, pin::Pin};

use plenary_core::{
    block::{BlockId, Height, TreeHead},
    entry::Seal,
    hash::Digest,
    keys::ValidatorKey,
    record::{Name, VerifiedRecord},
    subject::Subject,
    time::Moment,
};
use plenary_procedure::{
    execute::{Head, Ledger, Slot},
    refusal::Refusal,
    state::SubjectState,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::time::Instant;

/// Why a node cannot answer.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum ViewError {
    /// The node is catching up, and does not know yet.
    #[error("the node is at block {at} and catches up to block {target}")]
    Syncing {
        /// The last block here.
        at: Height,
        /// The last block known to be final.
        target: Height,
    },
    /// The node does not keep that part of history.
    #[error("this node does not hold that part of the ledger")]
    NotHeld,
    /// The last block has not been cosigned by a quorum yet.
    #[error("a quorum has not cosigned this part of the log yet")]
    NotCosigned,
    /// A dossier has more bytes than a node hands out.
    #[error("the dossier has more than {0} bytes")]
    TooLarge(usize),
    /// As many records wait as there is room for.
    #[error("as many records wait as there is room for")]
    Full,
    /// Too few validators answer for anything to become final.
    #[error("{} of {needed} validators needed are reachable", reachable.len())]
    NoQuorum {
        /// Who can be reached, this node among them.
        reachable: Vec<Name>,
        /// Who cannot.
        missing: Vec<Name>,
        /// How many must agree.
        needed: usize,
    },
    /// The node shuts down, or has stopped for its operator to look at.
    #[error("the node has stopped taking part")]
    Stopped,
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Unreadable,
}

/// An answer that is waited for.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, ViewError>> + Send + 'a>>;

/// Whether a node has a seat.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// It agrees on blocks.
    Validator,
    /// It follows.
    Observer,
}

/// What a node is doing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// It has every block that it knows to be final.
    Live,
    /// It fetches blocks up to `target`.
    Syncing {
        /// The last block known to be final.
        target: Height,
    },
    /// It has stopped taking part and serves reads; its checks say why.
    Halted,
}

/// One thing that must hold for a node to be of use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Check {
    /// A short name, such as `agreement`.
    pub name: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What is so, in words that an operator can act on.
    pub words: String,
    /// Since when.
    pub since: Option<Moment>,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeStatus {
    /// Its name.
    pub name: String,
    /// Whether it has a seat.
    pub seat: Seat,
    /// What it is doing.
    pub phase: Phase,
    /// The end of the ledger, as this node has it.
    pub head: Head,
    /// Records that were sent here and wait for a block.
    pub waiting: u64,
    /// What must hold for it to be ready.
    pub checks: Vec<Check>,
}

/// Which software a node runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Software {
    /// The version of the program.
    pub version: &'static str,
    /// The version of the protocol between nodes.
    pub protocol: u16,
}

/// How another node is seen from here.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It is this node.
    Own,
    /// There is a connection.
    Connected,
    /// There is none.
    Unreachable,
}

/// A validator of the epoch in force, as this node sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValidatorView {
    /// Its name.
    pub name: Name,
    /// The organisation that runs it.
    pub organization: Name,
    /// The key with which it makes blocks final.
    pub key: ValidatorKey,
    /// How it is seen from here.
    pub reach: Reach,
    /// The last height for which a message of its was seen.
    pub last_height: Option<Height>,
    /// When that was, by this node's clock.
    pub last_seen: Option<Moment>,
    /// The version that it says it runs.
    pub version: Option<String>,
}

/// A node that is connected to this one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Peer {
    /// The identity that its connection has shown, as libp2p writes it.
    pub id: String,
    /// The validator that it is.
    pub validator: Option<Name>,
    /// Where it is connected.
    pub address: String,
    /// The last height that it says it has.
    pub height: Option<Height>,
    /// Since when it is connected.
    pub since: Moment,
}

/// A block, without its records' bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockView {
    /// Its name.
    pub id: BlockId,
    /// The block before; none before genesis.
    pub parent: Option<BlockId>,
    /// The log after it.
    pub log: TreeHead,
    /// The entry that closes it.
    pub seal: Seal,
    /// Its records, in their order.
    pub records: Vec<Digest>,
    /// The validators whose precommits made it final; none for genesis.
    pub signers: Vec<Name>,
}

/// A subject that has appeared in the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct SubjectView {
    /// Its name.
    pub subject: Subject,
    /// Its place by order of first appearance, and its chain.
    pub slot: Slot,
    /// What is known of it.
    pub state: SubjectState,
}

/// A signed head of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckpointView {
    /// The block that it closes.
    pub height: Height,
    /// The log's size and root.
    pub head: TreeHead,
    /// The C2SP tlog-checkpoint.
    pub text: String,
}

/// A receipt: an entry, and the proof that it is in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiptView {
    /// The entry's place in the log.
    pub index: u64,
    /// The entry.
    pub entry: Vec<u8>,
    /// The C2SP tlog-proof.
    pub proof: String,
    /// After the first epoch, every change of validators with its proof, in their order.
    pub epochs: Vec<ChangeView>,
    /// The seal under the proof's checkpoint.
    pub seal: Vec<u8>,
    /// Where the seal stands: its index and its path.
    pub seal_path: String,
}

/// A change of validators, and the proof that it is in the log of the epoch before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeView {
    /// The entry of its record.
    pub entry: Vec<u8>,
    /// The C2SP tlog-proof.
    pub proof: String,
}

/// What became of a record that was sent in.
#[derive(Clone, Debug, PartialEq)]
pub enum Submission {
    /// This node has not seen it, or has forgotten it. It may still become
    /// final until it expires.
    Unknown,
    /// It waits for a block.
    Pending,
    /// It is in the ledger.
    Final {
        /// The entry's place in the log.
        index: u64,
    },
    /// It was looked at and cannot be taken as things stand.
    Refused(Refusal),
}

/// What a node can show, and the one thing that it can be asked to do.
pub trait View: Send + Sync + 'static {
    /// The ledger: its genesis line and identity.
    fn ledger(&self) -> &Ledger;

    /// The software that runs.
    fn software(&self) -> Software;

    /// What the node says of itself.
    fn status(&self) -> Result<NodeStatus, ViewError>;

    /// The nodes connected to this one, by their identity.
    fn peers(&self) -> Result<Vec<Peer>, ViewError>;

    /// The validators of the epoch in force, in the policy's order.
    fn validators(&self) -> Result<Vec<ValidatorView>, ViewError>;

    /// The text of the policy in force (C2SP tlog-policy).
    fn policy(&self) -> Result<String, ViewError>;

    /// The end of the ledger.
    fn head(&self) -> Result<Head, ViewError>;

    /// A block.
    fn block(&self, height: Height) -> Result<Option<BlockView>, ViewError>;

    /// An entry of the log, byte for byte.
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, ViewError>;

    /// Where a record's entry is.
    fn record_index(&self, id: &Digest) -> Result<Option<u64>, ViewError>;

    /// A subject.
    fn subject(&self, subject: &Subject) -> Result<Option<SubjectView>, ViewError>;

    /// The entries about a subject, from the `from`-th on (counted from zero),
    /// in order, at most `limit`: their indexes in the log.
    fn chain(&self, subject: &Subject, from: u64, limit: usize) -> Result<Vec<u64>, ViewError>;

    /// The subjects whose names begin with `prefix`, by name, after `after`,
    /// at most `limit`.
    fn subjects(&self, prefix: &str, after: Option<&Subject>, limit: usize) -> Result<Vec<SubjectView>, ViewError>;

    /// The last checkpoint that a quorum has cosigned.
    fn checkpoint(&self) -> Result<Option<CheckpointView>, ViewError>;

    /// An entry with its proof; none if there is no such entry.
    fn receipt(&self, index: u64) -> Result<Option<ReceiptView>, ViewError>;

    /// The RFC 9162 path from the log of `old` leaves to that of `new`; the
    /// caller has seen that `0 < old <= new` and that the log has `new` leaves.
    fn consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>, ViewError>;

    /// The dossier of a subject at the end of the ledger, as a file; none if it was
    /// never recorded. With the path from the log of `since` leaves, whose
    /// checkpoint the node holds, if asked for.
    fn dossier(&self, subject: &Subject, since: Option<u64>) -> Result<Option<Vec<u8>>, ViewError>;

    /// The dossier of a deliverable that was kept when its last approval was final.
    fn approval_dossier(&self, subject: &Subject) -> Result<Option<Vec<u8>>, ViewError>;

    /// Sends a record in. One that is known already is not sent again.
    fn submit(&self, record: VerifiedRecord) -> Answer<'_, Submission>;

    /// What became of a record.
    fn submission(&self, id: Digest) -> Answer<'_, Submission>;

    /// What became of a record once that is final or refused, or what is known
    /// at `deadline`.
    fn settled(&self, id: Digest, deadline: Instant) -> Answer<'_, Submission>;
}
