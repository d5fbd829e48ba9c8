//! What each validator said at one height: to notice contradictions, what a quorum names, and who is ahead.
//!
//! The engine counts as well, but drops what is too far ahead of its round,
//! and tells of contradictions only until it decides.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::keys::ValidatorKey;

use crate::{
    evidence::Evidence,
    limits::{EVIDENCE_MAX, PROPOSALS_PER_ROUND_MAX},
    message::{ProposalHead, Round, Step, Vote},
};

/// What a message adds to the tally.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Note {
    /// Something new.
    New,
    /// It was said before, or it is more than a tally holds.
    Known,
    /// It contradicts what its author said before.
    Contradiction(Box<Evidence>),
}

/// The votes and proposals of one height; their signatures are valid.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    votes: BTreeMap<(Round, Step), BTreeMap<ValidatorKey, Vote>>,
    heads: BTreeMap<Round, Vec<ProposalHead>>,
    /// Of each author and step, the vote of the highest round beyond the horizon.
    beyond: BTreeMap<(ValidatorKey, Step), Vote>,
    /// The rounds and steps (none for proposals) for which a contradiction was proven.
    proven: BTreeMap<ValidatorKey, BTreeSet<(Round, Option<Step>)>>,
}

impl Tally {
    /// Whether this very vote was noted, or can change nothing any more. Asked before verifying.
    pub(crate) fn is_idle(&self, vote: &Vote) -> bool {
        let noted = self.noted(vote);
        let beyond = self.beyond.get(&(vote.author, vote.step));
        match (noted, beyond) {
            (Some(noted), _) => noted.block == vote.block || self.is_proven(vote.author, vote.round, Some(vote.step)),
            (None, Some(beyond)) => beyond.round == vote.round && beyond.block == vote.block,
            (None, None) => false,
        }
    }

    /// Notes `vote`. Beyond `horizon`, only the highest round of an author is kept.
    pub(crate) fn note_vote(&mut self, vote: &Vote, horizon: Round) -> Note {
        if let Some(noted) = self.noted(vote).cloned() {
            return self.compare(noted, vote);
        }
        if vote.round <= horizon {
            self.insert(vote.clone());
            return Note::New;
        }
        let place = (vote.author, vote.step);
        match self.beyond.get(&place) {
            Some(beyond) if beyond.round == vote.round => self.compare(beyond.clone(), vote),
            Some(beyond) if beyond.round > vote.round => Note::Known,
            Some(_) | None => {
                self.beyond.insert(place, vote.clone());
                Note::New
            }
        }
    }

    /// Whether this very proposal was noted, or can change nothing any more. Asked before verifying.
    pub(crate) fn has_proposal(&self, head: &ProposalHead) -> bool {
        let heads = self.heads.get(&head.round);
        heads.is_some_and(|heads| heads.len() >= PROPOSALS_PER_ROUND_MAX || heads.contains(head))
    }

    /// Notes a proposal. More than two in a round are not.
    pub(crate) fn note_proposal(&mut self, head: &ProposalHead) -> Note {
        if self.has_proposal(head) {
            return Note::Known;
        }
        let heads = self.heads.entry(head.round).or_default();
        heads.push(head.clone());
        match heads.first().filter(|first| *first != head).cloned() {
            Some(first) if !self.is_proven(head.author, head.round, None) => {
                self.prove(head.author, head.round, None);
                Note::Contradiction(Box::new(Evidence::Proposals(first, head.clone())))
            }
            Some(_) | None => Note::New,
        }
    }

    /// How many validators cast the very vote that `vote` is.
    pub(crate) fn agreeing(&self, vote: &Vote) -> usize {
        let votes = self.votes.get(&(vote.round, vote.step)).into_iter().flat_map(BTreeMap::values);
        votes.filter(|noted| noted.block == vote.block).count()
    }

    /// The votes of the highest round beyond the horizon that `count` validators reached.
    pub(crate) fn jump(&self, count: usize) -> Option<Vec<Vote>> {
        let mut rounds: BTreeMap<Round, BTreeMap<ValidatorKey, &Vote>> = BTreeMap::new();
        for vote in self.beyond.values() {
            rounds.entry(vote.round).or_default().insert(vote.author, vote);
        }
        let (_, votes) = rounds.into_iter().rev().find(|(_, votes)| votes.len() >= count)?;
        Some(votes.into_values().cloned().collect())
    }

    /// Takes in the votes that a new `horizon` reaches, and returns them for the engine.
    pub(crate) fn reach(&mut self, horizon: Round) -> Vec<Vote> {
        let (near, beyond) = std::mem::take(&mut self.beyond).into_iter().partition(|(_, vote)| vote.round <= horizon);
        self.beyond = beyond;
        let near: BTreeMap<(ValidatorKey, Step), Vote> = near;
        for vote in near.values() {
            self.insert(vote.clone());
        }
        near.into_values().collect()
    }

    fn noted(&self, vote: &Vote) -> Option<&Vote> {
        self.votes.get(&(vote.round, vote.step))?.get(&vote.author)
    }

    fn insert(&mut self, vote: Vote) {
        self.votes.entry((vote.round, vote.step)).or_default().entry(vote.author).or_insert(vote);
    }

    /// What `vote` is beside `noted`, of the same author, round and step.
    fn compare(&mut self, noted: Vote, vote: &Vote) -> Note {
        if noted.block == vote.block || self.is_proven(vote.author, vote.round, Some(vote.step)) {
            return Note::Known;
        }
        self.prove(vote.author, vote.round, Some(vote.step));
        Note::Contradiction(Box::new(Evidence::Votes(noted, vote.clone())))
    }

    /// Whether another contradiction here would prove nothing new.
    fn is_proven(&self, author: ValidatorKey, round: Round, step: Option<Step>) -> bool {
        let proven = self.proven.get(&author);
        proven.is_some_and(|proven| proven.len() >= EVIDENCE_MAX || proven.contains(&(round, step)))
    }

    fn prove(&mut self, author: ValidatorKey, round: Round, step: Option<Step>) {
        self.proven.entry(author).or_default().insert((round, step));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LEDGER, head, round, vote};
    use Step::{Precommit, Prevote};

    #[test]
    fn a_contradiction_is_proven_a_few_times_only() {
        let mut tally = Tally::default();
        let horizon = round(10);
        for r in 0..5 {
            let first = vote(1, 7, r, Prevote, Some(1));
            assert_eq!(tally.note_vote(&first, horizon), Note::New);
            assert_eq!(tally.note_vote(&first, horizon), Note::Known);
            assert!(tally.is_idle(&first));
            let second = vote(1, 7, r, Prevote, Some(2));
            let note = tally.note_vote(&second, horizon);
            assert_eq!(tally.note_vote(&second, horizon), Note::Known, "proven once");
            match note {
                Note::Contradiction(evidence) => assert!(r < 3 && evidence.verify(&LEDGER)),
                Note::Known => assert!(r >= 3 && tally.is_idle(&second)),
                Note::New => panic!("a second vote of round {r}"),
            }
        }
    }

    #[test]
    fn two_proposals_of_a_round_are_kept() {
        let mut tally = Tally::default();
        assert_eq!(tally.note_proposal(&head(1, 7, 0, None, 1)), Note::New);
        assert_eq!(tally.note_proposal(&head(1, 7, 0, None, 1)), Note::Known);
        assert!(matches!(tally.note_proposal(&head(1, 7, 0, None, 2)), Note::Contradiction(_)));
        assert_eq!(tally.note_proposal(&head(1, 7, 0, None, 3)), Note::Known);
        assert_eq!(tally.note_proposal(&head(1, 7, 1, None, 3)), Note::New);
    }

    #[test]
    fn votes_agree_within_one_round_and_step() {
        let mut tally = Tally::default();
        for (author, r) in [(0, 0), (1, 0), (2, 1), (3, 1), (0, 1)] {
            tally.note_vote(&vote(author, 7, r, Prevote, Some(5)), round(10));
        }
        //    round, step, block, how many
        check(&tally, 0, Prevote, Some(5), 2);
        check(&tally, 1, Prevote, Some(5), 3);
        check(&tally, 1, Prevote, Some(6), 0);
        check(&tally, 1, Prevote, None, 0);
        check(&tally, 1, Precommit, Some(5), 0);
        fn check(tally: &Tally, r: u32, step: Step, block: Option<u8>, count: usize) {
            assert_eq!(tally.agreeing(&vote(1, 7, r, step, block)), count, "{r} {step:?} {block:?}");
        }
    }

    #[test]
    fn rounds_far_ahead_count_once_enough_validators_are_there() {
        let mut tally = Tally::default();
        tally.note_vote(&vote(0, 7, 40, Prevote, None), round(10));
        tally.note_vote(&vote(0, 7, 40, Precommit, None), round(10));
        assert_eq!(tally.jump(2), None);
        //    one validator claims a round beyond all others, and cannot move anybody
        tally.note_vote(&vote(1, 7, 99, Prevote, None), round(10));
        assert_eq!(tally.jump(2), None);
        tally.note_vote(&vote(2, 7, 40, Prevote, None), round(10));
        assert_eq!(tally.jump(2).map(|votes| votes.len()), Some(2));
        //    a later vote replaces an earlier one, not the other way round
        tally.note_vote(&vote(0, 7, 30, Prevote, None), round(10));
        assert!(tally.jump(2).is_some());
        assert_eq!(tally.reach(round(50)).len(), 3);
        assert_eq!(tally.reach(round(50)), vec![]);
        assert_eq!(tally.jump(1).map(|votes| votes.len()), Some(1));
    }
}
