//! What the other nodes said, written to the log for whoever compares it.
//!
//! Each signed statement is one event at level `trace` of the target
//! `plenary::heard`, so `PLENARY_LOG=info,plenary::heard=trace` turns it on.
//! Who holds the logs of some nodes can see whether another one ever signed
//! two things for one height, round and step. A statement is written as it
//! came in; whether its signature holds is for the replica to find.

use plenary_consensus::{Message, Proposal, Round, Step, Vote};
use plenary_core::{
    block::{BlockId, Height},
    keys::ValidatorKey,
};
use tracing::{Level, enabled, trace};

/// The target of these events.
const TARGET: &str = "plenary::heard";

/// Writes down every signed statement that `message` brings.
pub(crate) fn write_down(message: &Message) {
    if !enabled!(target: TARGET, Level::TRACE) {
        return;
    }
    match message {
        Message::Proposal(proposal) => Statement::of_proposal(proposal).write(),
        Message::Vote(vote) => Statement::of_vote(vote).write(),
        Message::Bundle(votes) => votes.iter().for_each(|vote| Statement::of_vote(vote).write()),
        Message::Commit(certificate) => certificate.votes().for_each(|vote| Statement::of_vote(&vote).write()),
    }
}

/// Who said what, and for which height, round and step.
struct Statement {
    author: ValidatorKey,
    height: Height,
    round: Round,
    step: &'static str,
    block: Option<BlockId>,
    valid_round: Option<Round>,
}

impl Statement {
    fn of_proposal(proposal: &Proposal) -> Self {
        let head = &proposal.head;
        Self {
            author: head.author,
            height: head.height,
            round: head.round,
            step: "proposal",
            block: Some(head.block),
            valid_round: head.valid_round,
        }
    }

    const fn of_vote(vote: &Vote) -> Self {
        let step = match vote.step {
            Step::Prevote => "prevote",
            Step::Precommit => "precommit",
        };
        let Vote { height, round, block, author, .. } = vote;
        Self { author: *author, height: *height, round: *round, step, block: *block, valid_round: None }
    }

    fn write(&self) {
        let or_none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        trace!(
            target: TARGET,
            author = %self.author.to_hex(),
            height = %self.height,
            round = %self.round,
            step = %self.step,
            block = %or_none(self.block.map(|block| block.to_string())),
            valid_round = %or_none(self.valid_round.map(|round| round.to_string())),
        );
    }
}
