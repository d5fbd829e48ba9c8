//! Messages of the next height that came before this one was decided.

use std::collections::BTreeMap;

use plenary_core::keys::ValidatorKey;

use crate::{
    limits::{EARLY_MESSAGES_MAX, EARLY_PROPOSALS_MAX},
    message::{Message, Proposal, Vote},
};

/// A few votes and proposals of each validator; nobody can crowd out another.
#[derive(Debug, Default)]
pub(crate) struct Early {
    votes: BTreeMap<ValidatorKey, Vec<Vote>>,
    proposals: BTreeMap<ValidatorKey, Vec<Proposal>>,
}

impl Early {
    /// Whether `vote` would be kept. Asked before verifying.
    pub(crate) fn wants_vote(&self, vote: &Vote) -> bool {
        self.votes.get(&vote.author).is_none_or(|kept| kept.len() < EARLY_MESSAGES_MAX && !kept.contains(vote))
    }

    /// Keeps a vote whose signature is valid.
    pub(crate) fn keep_vote(&mut self, vote: Vote) {
        if self.wants_vote(&vote) {
            self.votes.entry(vote.author).or_default().push(vote);
        }
    }

    /// Whether `proposal` would be kept. Asked before verifying.
    pub(crate) fn wants_proposal(&self, proposal: &Proposal) -> bool {
        let kept = self.proposals.get(&proposal.head.author);
        kept.is_none_or(|kept| kept.len() < EARLY_PROPOSALS_MAX && kept.iter().all(|other| other.head != proposal.head))
    }

    /// Keeps a proposal whose signature is valid.
    pub(crate) fn keep_proposal(&mut self, proposal: Proposal) {
        if self.wants_proposal(&proposal) {
            self.proposals.entry(proposal.head.author).or_default().push(proposal);
        }
    }

    /// All that was kept: proposals first, then votes, by author.
    pub(crate) fn take(&mut self) -> Vec<Message> {
        let proposals = std::mem::take(&mut self.proposals).into_values().flatten().map(Message::Proposal);
        let votes = std::mem::take(&mut self.votes).into_values().flatten().map(Message::Vote);
        proposals.chain(votes).collect()
    }
}

#[cfg(test)]
mod tests {
    use plenary_core::time::Moment;

    use super::*;
    use crate::{
        message::Step,
        testing::{block_on, genesis, proposal, vote},
    };

    #[test]
    fn nobody_crowds_out_another() {
        let mut early = Early::default();
        for round in 0..100 {
            early.keep_vote(vote(1, 8, round, Step::Prevote, None));
            early.keep_vote(vote(1, 8, round, Step::Prevote, None));
        }
        early.keep_vote(vote(2, 8, 0, Step::Prevote, None));
        for round in 0..10 {
            let block = block_on(&genesis(), 1, Moment::from_ms(2_000_000).unwrap(), &[]);
            early.keep_proposal(proposal(1, round, None, &block));
            early.keep_proposal(proposal(1, round, None, &block));
        }
        assert!(!early.wants_vote(&vote(1, 8, 100, Step::Prevote, None)));
        assert!(early.wants_vote(&vote(2, 8, 1, Step::Prevote, None)));
        assert_eq!(early.take().len(), EARLY_PROPOSALS_MAX + EARLY_MESSAGES_MAX + 1);
        assert_eq!(early.take(), vec![]);
    }
}
