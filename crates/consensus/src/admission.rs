//! What comes from the network: bounded, authenticated and deduplicated before anything else sees it.

use std::{collections::BTreeMap, sync::Arc};

use plenary_core::{block::Height, keys::ValidatorKey, time::Moment};

use crate::{
    certificate::CommitCertificate,
    engine::Feed,
    event::Effect,
    message::{Message, Proposal, Step, Vote},
    replica::{Phase, Replica},
    tally::Note,
};

impl Replica {
    /// Takes in a message that may be anything.
    ///
    /// What we sign is noted in the tally when it is said. So a valid message
    /// under our key that the tally does not know was signed by somebody else.
    pub(crate) fn receive(&mut self, message: Message) {
        let Some(height) = message.height() else { return };
        let here = self.height();
        if height == here {
            self.receive_here(message);
        } else if height < here {
            self.receive_late(height, message);
        } else if Some(height) == here.next() {
            self.receive_early(message);
        } else if let Some(decided) = Self::decided_by(&message) {
            self.hear_of(decided);
        }
    }

    /// The height that whoever sent `message` has decided, if he tells the truth. A lie costs a question to peers.
    fn decided_by(message: &Message) -> Option<Height> {
        match message {
            Message::Commit(certificate) => Some(certificate.height),
            Message::Proposal(_) | Message::Vote(_) | Message::Bundle(_) => message.height()?.previous(),
        }
    }

    fn receive_here(&mut self, message: Message) {
        match message {
            Message::Proposal(proposal) => self.receive_proposal(proposal),
            Message::Vote(vote) => self.receive_vote(vote),
            Message::Bundle(votes) => self.receive_bundle(votes),
            Message::Commit(certificate) => self.receive_certificate(certificate),
        }
    }

    fn receive_vote(&mut self, vote: Vote) {
        if !self.set.contains(&vote.author) || self.work.tally.is_idle(&vote) || !self.memo.vote(&vote) {
            return;
        }
        if self.voice() == Some(vote.author) {
            return self.fall_silent();
        }
        let horizon = self.horizon();
        match self.work.tally.note_vote(&vote, horizon) {
            Note::Known => return,
            Note::Contradiction(evidence) => return self.effect(Effect::Misbehaved(evidence)),
            Note::New => self.begin(),
        }
        let step = vote.step;
        let agreed = vote.block.filter(|_| self.work.tally.agreeing(&vote) >= self.set.quorum());
        if vote.round <= horizon {
            self.feed(Feed::Vote(vote));
        } else if let Some(votes) = self.work.tally.jump(self.set.some_correct()) {
            self.feed(Feed::Jump(votes));
        }
        let Some(block) = agreed else { return };
        for proposal in self.work.candidates.release(block) {
            self.feed(Feed::Proposal(proposal));
        }
        if step == Step::Precommit && matches!(self.phase, Phase::Voting(_)) {
            // Decided, and the engine cannot follow: it lacks the block.
            self.hear_of(self.height());
        }
    }

    /// Takes in the votes of a bundle up to the first that is forged: nobody
    /// passes such a one on, and looking at all of them would be his gain.
    fn receive_bundle(&mut self, votes: Vec<Vote>) {
        for vote in &votes {
            let matters = self.set.contains(&vote.author) && !self.work.tally.is_idle(vote);
            if matters && !self.memo.vote(vote) {
                return;
            }
            self.receive_vote(vote.clone());
        }
        // As a whole, too: an equivocator may have sent us another prevote than the one in here.
        let prevoted = votes.first().and_then(|vote| vote.block);
        let horizon = self.horizon();
        let mut polka: BTreeMap<ValidatorKey, Vote> = BTreeMap::new();
        for vote in votes {
            let counts = vote.step == Step::Prevote && vote.block == prevoted && vote.round <= horizon;
            if !counts || !self.set.contains(&vote.author) {
                continue;
            }
            if !self.memo.vote(&vote) {
                return;
            }
            polka.insert(vote.author, vote);
        }
        if prevoted.is_some() && polka.len() >= self.set.quorum() {
            self.feed(Feed::Polka(polka.into_values().collect()));
        }
    }

    fn receive_proposal(&mut self, proposal: Proposal) {
        let head = &proposal.head;
        let turn = head.author == self.set.proposer(head.height, head.round);
        if !turn || head.round > self.horizon() || head.valid_round.is_some_and(|valid| valid >= head.round) {
            return;
        }
        if self.work.tally.has_proposal(head) || !self.memo.proposal(head) {
            return;
        }
        if self.voice() == Some(head.author) {
            return self.fall_silent();
        }
        match self.work.tally.note_proposal(head) {
            Note::Known => return,
            Note::Contradiction(evidence) => self.effect(Effect::Misbehaved(evidence)),
            Note::New => {}
        }
        self.begin();
        // A block that is proposed for the first time is its proposer's own.
        let own = head.valid_round.is_some() || head.author == proposal.block.header.proposer;
        if !own || !self.follows(&proposal.block) || !matches!(self.phase, Phase::Voting(_)) {
            return;
        }
        if self.work.candidates.admit(&proposal.block) {
            self.effect(Effect::Execute(Arc::clone(&proposal.block)));
        }
        let timing = self.timing(&proposal);
        if let Some(fate) = self.work.candidates.propose(proposal, timing) {
            self.settle(fate);
        }
    }

    fn receive_certificate(&mut self, certificate: CommitCertificate) {
        let memo = &mut self.memo;
        if certificate.verify_by(&self.set, |vote| memo.vote(vote)).is_err() {
            return;
        }
        match self.work.candidates.block(&certificate.block).cloned() {
            Some(block) => self.certify(block, certificate),
            None => self.hear_of(certificate.height),
        }
    }

    /// Keeps what belongs to the next height, whose validators are known.
    fn receive_early(&mut self, message: Message) {
        let decided = Self::decided_by(&message);
        let genuine = match message {
            Message::Vote(vote) => self.keep_early(&vote),
            Message::Bundle(votes) => self.keep_early_bundle(&votes),
            Message::Proposal(proposal) => {
                let head = &proposal.head;
                let turn = head.author == self.next.proposer(head.height, head.round);
                let kept = turn && self.early.wants_proposal(&proposal) && self.memo.proposal(head);
                if kept {
                    self.early.keep_proposal(proposal);
                }
                kept
            }
            Message::Commit(_) => true,
        };
        if let Some(decided) = decided.filter(|_| genuine) {
            self.hear_of(decided);
        }
    }

    /// Keeps the votes of a bundle up to the first that is forged; whether there was one to keep.
    fn keep_early_bundle(&mut self, votes: &[Vote]) -> bool {
        let mut is_genuine = false;
        for vote in votes {
            let matters = self.next.contains(&vote.author) && self.early.wants_vote(vote);
            if matters && !self.memo.vote(vote) {
                break;
            }
            is_genuine |= self.keep_early(vote);
        }
        is_genuine
    }

    fn keep_early(&mut self, vote: &Vote) -> bool {
        let kept = self.next.contains(&vote.author) && self.early.wants_vote(vote) && self.memo.vote(vote);
        if kept && self.signer.as_ref().is_some_and(|signer| signer.key() == vote.author) {
            self.fall_silent();
        } else if kept {
            self.early.keep_vote(vote.clone());
        }
        kept
    }

    /// Looks for late contradictions, and tells whoever is behind how far the ledger is.
    fn receive_late(&mut self, height: Height, message: Message) {
        if self.tip.header.height == height {
            self.compare_late(&message);
        }
        let patience = self.config.patience.resend_ms;
        let is_over = |since: Moment| since.plus_ms(patience) <= self.now;
        let lags = match &message {
            Message::Vote(_) | Message::Proposal(_) | Message::Bundle(_) => true,
            Message::Commit(_) => false,
        };
        if !lags || !is_over(self.tip.since) || !self.tip.told.is_none_or(is_over) {
            return;
        }
        if let Some(certificate) = self.tip.certificate.clone() {
            self.tip.told = Some(self.now);
            self.say(Message::Commit(certificate));
        }
    }

    fn compare_late(&mut self, message: &Message) {
        let Some(last) = &mut self.last else { return };
        let (votes, head) = match message {
            Message::Vote(vote) => (std::slice::from_ref(vote), None),
            Message::Bundle(votes) => (votes.as_slice(), None),
            Message::Proposal(proposal) => ([].as_slice(), Some(&proposal.head)),
            Message::Commit(_) => return,
        };
        let mut notes = Vec::new();
        for vote in votes {
            let wanted = last.set.contains(&vote.author) && vote.round <= last.horizon && !last.tally.is_idle(vote);
            if wanted && !self.memo.vote(vote) {
                break;
            }
            if wanted {
                notes.push(last.tally.note_vote(vote, last.horizon));
            }
        }
        if let Some(head) = head {
            let turn = head.author == last.set.proposer(head.height, head.round) && head.round <= last.horizon;
            if turn && !last.tally.has_proposal(head) && self.memo.proposal(head) {
                notes.push(last.tally.note_proposal(head));
            }
        }
        for note in notes {
            match note {
                Note::Contradiction(evidence) => self.effect(Effect::Misbehaved(evidence)),
                Note::New | Note::Known => {}
            }
        }
    }
}
