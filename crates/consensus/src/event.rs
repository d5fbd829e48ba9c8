//! What a replica is told, and what it wants done.

use std::sync::Arc;

use plenary_core::{
    block::{Block, BlockId, Header, Height},
    time::Moment,
};

use crate::{
    certificate::CommitCertificate,
    evidence::Evidence,
    journal::Entry,
    message::{Message, Round},
    validators::ValidatorSet,
};

/// Where a replica begins: after the block that the store holds last.
#[derive(Clone, Debug)]
pub struct Start {
    /// The header of the last block in the store.
    pub tip: Header,
    /// The certificate of that block; genesis has none.
    pub certificate: Option<CommitCertificate>,
    /// The validators of the height after the tip.
    pub set: Arc<ValidatorSet>,
    /// The validators of the height after that, which the tip has fixed already.
    pub next: Arc<ValidatorSet>,
    /// What the journal holds of the height after the tip.
    pub entries: Vec<Entry>,
}

/// What a replica is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// A message came in, decoded by `wire`. Whoever sent it may be lying.
    Received(Message),
    /// The moment that `WakeAt` named has come, or any other.
    Wake,
    /// Records wait for a block. Told when the first comes in, and again after a commit if some are left.
    RecordsWaiting,
    /// The answer to `Build`.
    Built {
        /// The height asked for.
        height: Height,
        /// The round asked for.
        round: Round,
        /// The block, which needs no `Execute` any more, or none if there is nothing to put in it.
        block: Option<Arc<Block>>,
    },
    /// The answer to `Execute`.
    Executed {
        /// The block executed.
        block: BlockId,
        /// What came of it.
        verdict: Verdict,
    },
    /// The store holds the block that `Commit` named, synced.
    Committed {
        /// Its height.
        height: Height,
        /// The validators that it puts in force two heights later.
        next: Arc<ValidatorSet>,
    },
    /// A block that others decided, from catching up.
    Certified {
        /// The block.
        block: Arc<Block>,
        /// Its certificate, not yet verified.
        certificate: CommitCertificate,
    },
}

/// What executing a block on its parent's state showed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// All records are acceptable and the header says what came of them.
    Accepted,
    /// As `Accepted`, but records that are overdue were left out. Depends on what this node has seen.
    LeavesOut,
    /// The block is wrong. Every correct node finds the same.
    Refused,
}

/// What a replica wants done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Append to the journal. A failure stops the node.
    Journal {
        /// The height that the entry belongs to.
        height: Height,
        /// The entry.
        entry: Entry,
    },
    /// Sync the journal before doing anything that follows. A failure stops the node.
    Sync,
    /// Send to all other nodes.
    Send(Message),
    /// Build a block for this node to propose; answered by `Built`.
    Build {
        /// Its height: the tip is its parent.
        height: Height,
        /// The round to propose it in.
        round: Round,
        /// Its time on a wall clock; on a replay clock, the least that it may have.
        time: Moment,
    },
    /// Execute on the tip's state; answered by `Executed`. Several may be under way.
    Execute(Arc<Block>),
    /// Store the block and its certificate, synced; answered by `Committed`. A block that was not
    /// executed since the start is executed now.
    Commit {
        /// The block decided.
        block: Arc<Block>,
        /// What makes it final.
        certificate: CommitCertificate,
    },
    /// Call again with `Wake` at this moment; replaces the moment named before.
    WakeAt(Moment),
    /// Others have decided this height: ask them for the certified blocks up to it.
    Behind(Height),
    /// A validator contradicted itself.
    Misbehaved(Box<Evidence>),
    /// This replica stopped speaking, but still follows.
    Silenced(Silence),
    /// This replica stopped for good; somebody has to look.
    Halted(Halt),
}

/// Why a replica does not speak any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Silence {
    /// A message or certificate holds a signature of this key that this replica has not made: a copy of
    /// the node runs elsewhere, or its journal is older than what the others have seen.
    Impostor,
}

/// Why a replica stopped for good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Halt {
    /// A quorum decided a block that is refused here, or that does not follow from the tip.
    Diverged(BlockId),
    /// The journal, replayed, led to other messages than it holds.
    Replay,
}
