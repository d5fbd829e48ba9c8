//! The signer's guard in the one situation where nothing else keeps a validator from contradicting itself.
//!
//! A validator was moved to round five by something that its journal does not
//! hold, and voted there for nothing. It crashes, and its engine is in round
//! zero again. Then it hears the others' votes of round five and the proposal
//! that it had missed, and would vote for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing test may panic")]

use std::sync::Arc;

use plenary_consensus::{
    Clock, Config, Effect, Input, Message, Patience, Proposal, ProposalHead, Replica, Round, Signature, Start, Step,
    ValidatorSet, Verdict, Vote, journal::Entry,
};
use plenary_core::{
    block::{Block, Height},
    keys::ValidatorKey,
    time::Moment,
};
use plenary_tests::simulator::{Checks, Founding, Violation, found, secret};

const ROUND: u32 = 5;

struct Scene {
    founding: Founding,
    set: Arc<ValidatorSet>,
    /// The validator that crashes, the one whose turn it is to propose, and another.
    subject: usize,
    proposer: usize,
    other: usize,
    block: Arc<Block>,
    checks: Checks,
    now: Moment,
}

impl Scene {
    fn new() -> Self {
        let founding = found(4);
        let keys: Vec<ValidatorKey> = (0..4).map(|validator| ValidatorKey::of(&secret(validator))).collect();
        let set = ValidatorSet::new(keys.clone()).unwrap();
        let turn = set.proposer(Height::new(1).unwrap(), Round::new(ROUND).unwrap());
        let proposer = keys.iter().position(|key| *key == turn).unwrap();
        let mut others = (0..4).filter(|validator| *validator != proposer);
        let parent = founding.genesis.clone();
        let records = vec![b"a record".to_vec()];
        let now = parent.time.plus_ms(1_000);
        let mut header = parent.clone();
        header.height = Height::new(1).unwrap();
        header.parent = parent.id();
        header.time = now;
        header.proposer = turn;
        header.records = Block::digest_of(&records);
        Self {
            subject: others.next().unwrap(),
            other: others.next().unwrap(),
            proposer,
            block: Arc::new(Block { header, records }),
            checks: Checks::of_one_set(&founding, set.clone(), keys),
            set: Arc::new(set),
            now,
            founding,
        }
    }

    fn start(&self, entries: Vec<Entry>) -> (Replica, Vec<Effect>) {
        let config = Config {
            ledger: self.founding.ledger.id(),
            clock: Clock::Wall { bound_ms: 10_000, heartbeat_ms: 600_000 },
            patience: Patience::default(),
        };
        let (set, next) = (Arc::clone(&self.set), Arc::clone(&self.set));
        let start = Start { tip: self.founding.genesis.clone(), certificate: None, set, next, entries };
        Replica::start(config, Some(secret(self.subject)), start, self.now)
    }

    fn prevote(&self, author: usize) -> Input {
        let (author, secret) = (ValidatorKey::of(&secret(author)), secret(author));
        let vote = Vote {
            height: Height::new(1).unwrap(),
            round: Round::new(ROUND).unwrap(),
            step: Step::Prevote,
            block: Some(self.block.id()),
            author,
            signature: Signature::from_bytes([0; 64]),
        };
        Input::Received(Message::Vote(vote.sign(&self.founding.ledger.id(), &secret)))
    }

    fn proposal(&self) -> Input {
        let head = ProposalHead {
            height: Height::new(1).unwrap(),
            round: Round::new(ROUND).unwrap(),
            valid_round: None,
            block: self.block.id(),
            author: ValidatorKey::of(&secret(self.proposer)),
            signature: Signature::from_bytes([0; 64]),
        };
        let head = head.sign(&self.founding.ledger.id(), &secret(self.proposer));
        Input::Received(Message::Proposal(Proposal { head, block: Arc::clone(&self.block) }))
    }

    /// Checks what is sent, and returns what is journaled.
    fn watch(&mut self, effects: Vec<Effect>) -> Result<Vec<Entry>, Violation> {
        let mut entries = Vec::new();
        for effect in effects {
            if let Effect::Send(message) = &effect {
                self.checks.sent(message)?;
            }
            if let Effect::Journal { entry, .. } = effect {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn tell(&mut self, replica: &mut Replica, input: Input) -> Result<Vec<Entry>, Violation> {
        let effects = replica.handle(self.now, input);
        self.watch(effects)
    }

    /// The whole story. The guard may be taken away after the restart.
    fn play(&mut self, with_guard: bool) -> Result<(), Violation> {
        let (mut replica, _) = self.start(Vec::new());
        let mut journal = Vec::new();
        for author in [self.proposer, self.other] {
            let input = self.prevote(author);
            journal.extend(self.tell(&mut replica, input)?);
        }
        assert_eq!(replica.round(), Round::new(ROUND), "more validators than can be faulty are there");
        self.now = self.now.plus_ms(10_000);
        journal.extend(self.tell(&mut replica, Input::Wake)?);
        let me = ValidatorKey::of(&secret(self.subject));
        let is_own = |entry: &Entry| matches!(entry, Entry::Vote(vote) if vote.author == me);
        assert!(journal.iter().any(is_own), "it voted for nothing in round five");

        // What moved it is not in the journal, as with an engine that skips rounds on what it does not log.
        journal.retain(|entry| is_own(entry) || matches!(entry, Entry::Timeout { .. }));
        let (mut replica, effects) = self.start(journal);
        self.watch(effects)?;
        if !with_guard {
            replica.drop_guard();
        }
        assert_eq!(replica.round(), Some(Round::FIRST));
        for input in [self.prevote(self.proposer), self.prevote(self.other), self.proposal()] {
            self.tell(&mut replica, input)?;
        }
        assert_eq!(replica.round(), Round::new(ROUND));
        let verdict = Verdict::Accepted;
        self.tell(&mut replica, Input::Executed { block: self.block.id(), verdict }).map(|_| ())
    }
}

#[test]
fn a_crash_makes_no_validator_contradict_itself() {
    Scene::new().play(true).unwrap();
}

#[test]
fn without_the_guard_a_crash_does() {
    let found = Scene::new().play(false);
    assert!(matches!(found, Err(Violation::DoubleSign(..))), "{found:?}");
}
