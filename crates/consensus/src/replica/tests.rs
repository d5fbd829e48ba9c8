//! A replica among four, told what to hear: what its host must hold for the engine, one test each.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at one effect of many"
)]

use std::collections::BTreeSet;

use super::*;
use crate::{
    config::Patience,
    evidence::Evidence,
    message::{Step, Vote},
    testing::{LEDGER, block_on, certificate_for, genesis, height, proposal, round, secret, set, vote, vote_for},
    wire,
};
use Step::{Precommit, Prevote};

const HEARTBEAT_MS: u64 = 600_000;
const BOUND_MS: u64 = 10_000;

/// A replica, its clock, and what it has signed and synced.
struct Bench {
    replica: Replica,
    me: u8,
    now: Moment,
    entries: Vec<Entry>,
    unsynced: usize,
}

fn config(clock: Clock) -> Config {
    Config { ledger: LEDGER, clock, patience: Patience::default() }
}

fn wall() -> Clock {
    Clock::Wall { bound_ms: BOUND_MS, heartbeat_ms: HEARTBEAT_MS }
}

fn start_of(size: u8, entries: Vec<Entry>) -> Start {
    let set = Arc::new(set(size));
    Start { tip: genesis(), certificate: None, next: Arc::clone(&set), set, entries }
}

impl Bench {
    /// Seat `me` of `size`, at height one. In round zero, it is the turn of seat one.
    fn new(size: u8, me: u8) -> Self {
        Self::restarted(size, me, Vec::new()).0
    }

    fn restarted(size: u8, me: u8, entries: Vec<Entry>) -> (Self, Vec<Effect>) {
        let now = genesis().time.plus_ms(1_000);
        let start = start_of(size, entries.clone());
        let (replica, effects) = Replica::start(config(wall()), Some(secret(me)), start, now);
        (Self { replica, me, now, entries, unsynced: 0 }, effects)
    }

    /// Tells the replica, and checks of every turn that nothing leaves before it is journaled and synced.
    fn tell(&mut self, input: Input) -> Vec<Effect> {
        let effects = self.replica.handle(self.now, input);
        for effect in &effects {
            match effect {
                Effect::Journal { height, entry } => {
                    assert_eq!(*height, self.replica.height());
                    self.entries.push(entry.clone());
                    self.unsynced += 1;
                }
                Effect::Sync => self.unsynced = 0,
                Effect::Send(message) => {
                    assert!(matches!(message, Message::Commit(_)) || self.unsynced == 0, "{message:?} before a sync");
                    if let Message::Vote(vote) = message {
                        assert!(self.entries.contains(&Entry::Vote(vote.clone())), "{vote:?} is not journaled");
                    }
                }
                Effect::Commit { certificate, .. } => {
                    let me = crate::testing::key(self.me);
                    let own = certificate.votes().find(|vote| vote.author == me).map(Entry::Vote);
                    let synced = &self.entries[..self.entries.len() - self.unsynced];
                    assert!(own.is_none_or(|own| synced.contains(&own)), "our signature leaves before a sync");
                }
                _ => {}
            }
        }
        effects
    }

    fn hear(&mut self, message: Message) -> Vec<Effect> {
        self.tell(Input::Received(message))
    }

    fn hear_votes(&mut self, authors: &[u8], in_round: u32, step: Step, block: Option<BlockId>) -> Vec<Effect> {
        let at = self.replica.height().as_u64();
        let votes = authors.iter().map(|author| vote_for(*author, at, in_round, step, block));
        votes.flat_map(|vote| self.hear(Message::Vote(vote))).collect()
    }

    fn execute(&mut self, block: &Block, verdict: Verdict) -> Vec<Effect> {
        self.tell(Input::Executed { block: block.id(), verdict })
    }

    fn wait(&mut self, ms: u64) -> Vec<Effect> {
        self.now = self.now.plus_ms(ms);
        self.tell(Input::Wake)
    }

    /// A block of seat `proposer` with one record.
    fn block(&self, proposer: u8) -> Arc<Block> {
        block_on(&self.replica.tip.header, proposer, self.now, &[b"a record"])
    }

    /// Decides `block`, which was proposed in round zero by seat one, and lets the store commit it.
    fn decide(&mut self, block: &Arc<Block>) {
        let at = block.header.height;
        let certificate = certificate_for(&self.replica.set, at.as_u64(), 0, block.id(), 1..4);
        self.tell(Input::Certified { block: Arc::clone(block), certificate });
        let effects = self.execute(block, Verdict::Accepted);
        assert!(matches!(effects.as_slice(), [.., Effect::Commit { .. }]), "{effects:?}");
        let next = Arc::clone(&self.replica.next);
        self.tell(Input::Committed { height: at, next });
    }
}

fn votes(effects: &[Effect]) -> Vec<(Step, Option<BlockId>)> {
    let votes = effects.iter().filter_map(|effect| match effect {
        Effect::Send(Message::Vote(vote)) => Some((vote.step, vote.block)),
        _ => None,
    });
    votes.collect()
}

fn has(effects: &[Effect], wanted: impl Fn(&Effect) -> bool) -> bool {
    effects.iter().any(wanted)
}

fn is_execute(effect: &Effect) -> bool {
    matches!(effect, Effect::Execute(_))
}

#[test]
fn obligation_1_what_is_said_is_synced_before() {
    let mut bench = Bench::new(4, 1);
    let effects = bench.tell(Input::RecordsWaiting);
    let [Effect::Build { height, round, time }, Effect::WakeAt(_)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((*round, *time), (Round::FIRST, bench.now));
    let block = bench.block(1);
    let effects = bench.tell(Input::Built { height: *height, round: *round, block: Some(Arc::clone(&block)) });
    let order: Vec<&str> = effects
        .iter()
        .map(|effect| match effect {
            Effect::Journal { entry: Entry::Proposal(_), .. } => "journal proposal",
            Effect::Journal { entry: Entry::Vote(_), .. } => "journal vote",
            Effect::Sync => "sync",
            Effect::Send(Message::Vote(_)) => "send vote",
            Effect::Send(Message::Proposal(_)) => "send proposal",
            _ => "other",
        })
        .collect();
    //    One sync for both. The engine says the vote first; who hears it must bear that.
    assert_eq!(order, ["journal proposal", "journal vote", "sync", "send vote", "send proposal", "other"]);
    //    `tell` checks the turns that follow: prevotes of a quorum, then precommits.
    let effects = bench.hear_votes(&[0, 2], 0, Prevote, Some(block.id()));
    assert_eq!(votes(&effects), [(Precommit, Some(block.id()))]);
    let effects = bench.hear_votes(&[0, 2], 0, Precommit, Some(block.id()));
    assert!(has(&effects, |effect| matches!(effect, Effect::Commit { .. })));
}

#[test]
fn obligation_2_nothing_is_signed_twice_differently() {
    //    The journal holds a vote for nothing, and not what led to it.
    let own = vote(0, 1, 0, Prevote, None);
    let (mut bench, _) = Bench::restarted(4, 0, vec![Entry::Vote(own)]);
    let block = bench.block(1);
    bench.hear(Message::Proposal(proposal(1, 0, None, &block)));
    assert_eq!(votes(&bench.execute(&block, Verdict::Accepted)), []);
}

#[test]
fn obligation_3_only_what_belongs_here_is_let_in() {
    let block = Bench::new(4, 0).block(1);
    let sound = vote(2, 1, 0, Prevote, None);
    let forged = Vote { author: crate::testing::key(3), ..sound.clone() };
    //    message, why it is not let in
    check(Message::Vote(vote(4, 1, 0, Prevote, None)), "no seat");
    check(Message::Vote(forged.clone()), "not its signature");
    check(Message::Vote(vote(2, 0, 0, Prevote, None)), "a height of the past");
    check(Message::Bundle(vec![forged]), "not its signature, in a bundle");
    check(Message::Bundle(vec![]), "nothing");
    check(Message::Proposal(proposal(2, 0, None, &block)), "not its turn");
    check(Message::Proposal(proposal(1, 44, None, &block)), "too many rounds ahead");
    let mut unsigned = proposal(1, 0, None, &block);
    unsigned.head.signature = sound.signature;
    check(Message::Proposal(unsigned), "not its signature");
    let too_few = certificate_for(&set(4), 1, 0, block.id(), 1..3);
    check(Message::Commit(too_few), "no quorum");
    fn check(message: Message, why: &str) {
        let mut bench = Bench::new(4, 0);
        assert_eq!(bench.hear(message), vec![], "{why}");
        assert!(matches!(bench.replica.phase, Phase::Idle), "{why}");
    }
}

#[test]
fn obligation_3_what_is_kept_is_bounded() {
    let mut bench = Bench::new(4, 0);
    for r in 0..100 {
        bench.hear(Message::Vote(vote(2, 2, r, Prevote, None)));
        bench.hear(Message::Vote(vote(2, 1, 1_000 + r, Prevote, None)));
    }
    let early = bench.replica.early.take().len();
    assert_eq!(early, crate::limits::EARLY_MESSAGES_MAX);
    //    Of three proposals of one round, two are executed.
    let blocks: Vec<_> = (0..3).map(|n: u64| block_on(&genesis(), 1, bench.now.plus_ms(n), &[b"x"])).collect();
    let executed = blocks.iter().filter(|block| {
        let effects = bench.hear(Message::Proposal(proposal(1, 0, None, block)));
        has(&effects, is_execute)
    });
    assert_eq!(executed.count(), 2);
}

/// Looking at forty forged signatures costs as much as forty votes.
#[test]
fn obligation_3_a_bundle_is_read_up_to_the_first_forgery() {
    let mut bench = Bench::new(4, 0);
    let sound = vote(2, 1, 0, Prevote, None);
    let forged = Vote { author: crate::testing::key(3), ..sound.clone() };
    assert_eq!(bench.hear(Message::Bundle(vec![forged, sound.clone()])), vec![]);
    assert!(matches!(bench.replica.phase, Phase::Idle));
    bench.hear(Message::Bundle(vec![sound]));
    assert!(matches!(bench.replica.phase, Phase::Voting(_)));
}

#[test]
fn obligation_3_one_validator_is_no_quorum_however_often_it_votes() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    bench.hear(Message::Proposal(proposal(1, 0, None, &block)));
    bench.execute(&block, Verdict::Accepted);
    let often = vec![vote_for(2, 1, 0, Prevote, Some(block.id())); 4];
    assert_eq!(votes(&bench.hear(Message::Bundle(often))), []);
    let all = (1..4).map(|author| vote_for(author, 1, 0, Prevote, Some(block.id()))).collect();
    assert_eq!(votes(&bench.hear(Message::Bundle(all))), [(Precommit, Some(block.id()))]);
}

#[test]
fn obligation_4_a_refused_signature_stops_one_step_only() {
    let (mut bench, _) = Bench::restarted(4, 0, vec![Entry::Vote(vote(0, 1, 0, Prevote, None))]);
    let block = bench.block(1);
    bench.hear(Message::Proposal(proposal(1, 0, None, &block)));
    assert_eq!(votes(&bench.execute(&block, Verdict::Accepted)), []);
    let effects = bench.hear_votes(&[2, 3], 1, Prevote, None);
    assert_eq!(bench.replica.round(), Some(round(1)), "{effects:?}");
    let next = block_on(&genesis(), 2, bench.now, &[b"another record"]);
    bench.hear(Message::Proposal(proposal(2, 1, None, &next)));
    assert_eq!(votes(&bench.execute(&next, Verdict::Accepted)), [(Prevote, Some(next.id()))]);
}

#[test]
fn obligation_5_the_engine_is_not_entered_while_it_runs() {
    //    Alone, a validator proposes, votes twice and decides within one turn.
    let mut bench = Bench::new(1, 0);
    bench.tell(Input::RecordsWaiting);
    let block = bench.block(0);
    let effects = bench.tell(Input::Built { height: height(1), round: Round::FIRST, block: Some(block) });
    assert!(has(&effects, |effect| matches!(effect, Effect::Commit { .. })), "{effects:?}");
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Sync)).count(), 1);
}

#[test]
fn obligation_6_early_messages_are_used_when_their_height_begins() {
    let mut bench = Bench::new(4, 0);
    let first = bench.block(1);
    let second = block_on(&first.header, 2, bench.now.plus_ms(5), &[b"second"]);
    bench.hear(Message::Proposal(proposal(2, 0, None, &second)));
    bench.hear(Message::Vote(vote_for(3, 2, 0, Prevote, Some(second.id()))));
    let certificate = certificate_for(&set(4), 1, 0, first.id(), 1..4);
    bench.tell(Input::Certified { block: Arc::clone(&first), certificate });
    bench.execute(&first, Verdict::Accepted);
    let next = Arc::clone(&bench.replica.next);
    let effects = bench.tell(Input::Committed { height: height(1), next });
    assert!(effects.contains(&Effect::Execute(Arc::clone(&second))), "{effects:?}");
    assert_eq!(votes(&bench.execute(&second, Verdict::Accepted)), [(Prevote, Some(second.id()))]);
    //    The other's early prevote counts: one more makes a quorum.
    let effects = bench.hear_votes(&[1], 0, Prevote, Some(second.id()));
    assert_eq!(votes(&effects), [(Precommit, Some(second.id()))]);
}

#[test]
fn obligation_7_the_engine_is_fed_what_was_executed() {
    //    verdict, the vote that follows
    check(Verdict::Accepted, true);
    check(Verdict::Refused, false);
    check(Verdict::LeavesOut, false);
    fn check(verdict: Verdict, votes_for: bool) {
        let mut bench = Bench::new(4, 0);
        let block = bench.block(1);
        let effects = bench.hear(Message::Proposal(proposal(1, 0, None, &block)));
        assert!(effects.contains(&Effect::Execute(Arc::clone(&block))));
        assert_eq!(votes(&effects), []);
        let expected: Vec<_> = votes_for.then_some((Prevote, Some(block.id()))).into_iter().collect();
        assert_eq!(votes(&bench.execute(&block, verdict)), expected, "{verdict:?}");
        if !votes_for {
            assert_eq!(votes(&bench.wait(500)), [(Prevote, None)], "the wait for the proposal ends");
        }
    }
}

#[test]
fn obligation_7_what_is_withheld_is_fed_once_a_quorum_names_it() {
    //    how far the block's time is ahead, verdict
    check(BOUND_MS + 1, Verdict::Accepted);
    check(0, Verdict::LeavesOut);
    fn check(ahead_ms: u64, verdict: Verdict) {
        let mut bench = Bench::new(4, 0);
        let block = block_on(&genesis(), 1, bench.now.plus_ms(ahead_ms), &[b"a record"]);
        let offered = proposal(1, 0, None, &block);
        bench.hear(Message::Proposal(offered.clone()));
        let effects = bench.execute(&block, verdict);
        assert!(has(&effects, |effect| matches!(effect, Effect::Journal { entry: Entry::Withheld(_), .. })));
        assert_eq!(votes(&bench.wait(500)), [(Prevote, None)]);
        //    A crash does not lead to another judgement.
        let (mut bench, _) = Bench::restarted(4, 0, bench.entries);
        assert!(!has(&bench.hear(Message::Proposal(offered)), is_execute));
        let effects = bench.hear_votes(&[1, 2, 3], 0, Prevote, Some(block.id()));
        assert_eq!(votes(&effects), [(Precommit, Some(block.id()))]);
    }
}

#[test]
fn obligation_7_a_block_that_a_quorum_prevoted_before_is_not_judged_by_the_clock() {
    let mut bench = Bench::new(4, 0);
    let block = block_on(&genesis(), 1, bench.now, &[b"a record"]);
    bench.hear_votes(&[1, 2, 3], 0, Prevote, Some(block.id()));
    bench.hear_votes(&[1, 2, 3], 0, Precommit, None);
    bench.now = bench.now.plus_ms(10 * BOUND_MS);
    bench.tell(Input::Wake);
    assert_eq!(bench.replica.round(), Some(round(1)));
    bench.hear(Message::Proposal(proposal(2, 1, Some(0), &block)));
    assert_eq!(votes(&bench.execute(&block, Verdict::LeavesOut)), [(Prevote, Some(block.id()))]);
}

#[test]
fn obligation_8_messages_may_come_in_any_order() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    bench.hear_votes(&[1, 2, 3], 0, Precommit, Some(block.id()));
    bench.hear_votes(&[3, 2, 1], 0, Prevote, Some(block.id()));
    bench.hear(Message::Proposal(proposal(1, 0, None, &block)));
    let effects = bench.execute(&block, Verdict::Accepted);
    assert!(has(&effects, |effect| matches!(effect, Effect::Commit { .. })), "{effects:?}");
}

#[test]
fn obligation_9_no_block_is_judged_before_its_parent_is_committed() {
    let mut bench = Bench::new(4, 0);
    let first = bench.block(1);
    let second = block_on(&first.header, 2, bench.now.plus_ms(5), &[b"second"]);
    let third = block_on(&second.header, 3, bench.now.plus_ms(9), &[b"third"]);
    for (author, block) in [(2, &second), (3, &third)] {
        let effects = bench.hear(Message::Proposal(proposal(author, 0, None, block)));
        assert!(!has(&effects, is_execute), "{effects:?}");
    }
    let certificate = certificate_for(&set(4), 2, 0, second.id(), 1..4);
    assert_eq!(bench.tell(Input::Certified { block: second, certificate }), vec![]);
}

#[test]
fn obligation_10_a_certificate_makes_its_own_block_final() {
    let mut bench = Bench::new(4, 0);
    let (block, other) = (bench.block(1), bench.block(2));
    let certificate = certificate_for(&set(4), 1, 0, block.id(), 1..4);
    let certified =
        |block: &Arc<Block>| Input::Certified { block: Arc::clone(block), certificate: certificate.clone() };
    assert_eq!(bench.tell(certified(&other)), vec![], "another block");
    //    Decided in round two, whose proposer proposed again what seat one had built.
    let late = certificate_for(&set(4), 1, 2, block.id(), 1..4);
    let effects = bench.tell(Input::Certified { block: Arc::clone(&block), certificate: late.clone() });
    assert!(has(&effects, is_execute));
    let effects = bench.execute(&block, Verdict::Accepted);
    assert!(effects.contains(&Effect::Commit { block: Arc::clone(&block), certificate: late }), "{effects:?}");
}

#[test]
fn obligation_10_a_certified_block_that_is_refused_stops_the_replica() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    let certificate = certificate_for(&set(4), 1, 0, block.id(), 1..4);
    bench.tell(Input::Certified { block: Arc::clone(&block), certificate });
    let effects = bench.execute(&block, Verdict::Refused);
    assert!(effects.contains(&Effect::Halted(Halt::Diverged(block.id()))), "{effects:?}");
    assert_eq!(bench.tell(Input::RecordsWaiting), vec![]);
}

#[test]
fn obligation_11_a_restarted_replica_goes_on_where_it_was() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    bench.hear(Message::Proposal(proposal(1, 0, None, &block)));
    bench.execute(&block, Verdict::Accepted);
    bench.hear_votes(&[1, 2], 0, Prevote, Some(block.id()));
    let (mut bench, effects) = Bench::restarted(4, 0, bench.entries);
    assert!(matches!(effects.first(), Some(Effect::Sync)), "a page cache is no disk: {effects:?}");
    assert_eq!(votes(&effects), [(Prevote, Some(block.id())), (Precommit, Some(block.id()))]);
    assert!(!has(&effects, |effect| matches!(effect, Effect::Journal { .. })), "it is journaled already");
    let effects = bench.hear_votes(&[1, 2], 0, Precommit, Some(block.id()));
    assert!(has(&effects, |effect| matches!(effect, Effect::Commit { .. })));
}

#[test]
fn obligation_11_any_part_of_a_journal_can_be_taken_up() {
    let mut bench = Bench::new(4, 1);
    bench.tell(Input::RecordsWaiting);
    let block = bench.block(1);
    bench.tell(Input::Built { height: height(1), round: Round::FIRST, block: Some(Arc::clone(&block)) });
    bench.hear_votes(&[0, 2], 0, Prevote, Some(block.id()));
    let entries = bench.entries;
    for kept in 0..=entries.len() {
        let (mut bench, effects) = Bench::restarted(4, 1, entries[..kept].to_vec());
        let halted = has(&effects, |effect| matches!(effect, Effect::Halted(_)));
        assert!(!halted, "{kept} of {} entries: {effects:?}", entries.len());
        bench.tell(Input::RecordsWaiting);
        let other = block_on(&genesis(), 1, bench.now.plus_ms(1), &[b"something else"]);
        let effects = bench.tell(Input::Built { height: height(1), round: Round::FIRST, block: Some(other) });
        //    What was journaled may have been said: nothing else is proposed in its place.
        let proposes = has(&effects, |effect| matches!(effect, Effect::Send(Message::Proposal(_))));
        assert_eq!(proposes, kept == 0, "{kept} entries");
    }
}

#[test]
fn obligation_12_who_is_behind_asks_and_is_told() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    //    A vote of the next height: somebody has decided this one.
    bench.hear(Message::Vote(vote(2, 2, 0, Prevote, None)));
    assert!(!has(&bench.wait(199), |effect| matches!(effect, Effect::Behind(_))));
    assert!(bench.wait(1).contains(&Effect::Behind(height(1))));
    assert!(bench.wait(1_000).contains(&Effect::Behind(height(1))), "asked again");
    //    A certificate of later heights, from somebody who was told of ours.
    bench.hear(Message::Commit(certificate_for(&set(4), 9, 0, block.id(), 1..4)));
    assert!(bench.wait(1_000).contains(&Effect::Behind(height(9))));
    bench.decide(&block);
    //    Now we are ahead of whoever still votes on the first height; he is told, once in a while.
    bench.now = bench.now.plus_ms(1_000);
    let tells = |effects: &[Effect]| has(effects, |effect| matches!(effect, Effect::Send(Message::Commit(_))));
    assert!(tells(&bench.hear(Message::Vote(vote(3, 1, 0, Prevote, None)))));
    assert!(!tells(&bench.hear(Message::Vote(vote(3, 1, 1, Prevote, None)))));
}

#[test]
fn obligation_12_a_claim_is_given_up_and_a_better_one_is_heard() {
    let mut bench = Bench::new(4, 0);
    bench.hear(Message::Commit(certificate_for(&set(4), 1 << 52, 0, crate::testing::id(1), 0..1)));
    let asks = (0..30).filter(|_| has(&bench.wait(1_000), |effect| matches!(effect, Effect::Behind(_))));
    assert_eq!(asks.count(), usize::from(ASKS_MAX));
    bench.hear(Message::Vote(vote(2, 2, 0, Prevote, None)));
    assert!(bench.wait(1_000).contains(&Effect::Behind(height(1))));
}

#[test]
fn a_change_of_validators_is_in_force_two_heights_later() {
    let mut bench = Bench::new(4, 0);
    for (at, next) in [(1, 5), (2, 5)] {
        let block = bench.block(1);
        let certificate = certificate_for(&set(4), at, 0, block.id(), 1..4);
        bench.tell(Input::Certified { block: Arc::clone(&block), certificate });
        bench.execute(&block, Verdict::Accepted);
        bench.tell(Input::Committed { height: height(at), next: Arc::new(set(next)) });
        bench.now = bench.now.plus_ms(1);
    }
    let block = bench.block(4);
    let certified = |signers| Input::Certified {
        block: Arc::clone(&block),
        certificate: certificate_for(&set(5), 3, 0, block.id(), signers),
    };
    assert!(!has(&bench.tell(certified(1..4)), is_execute), "three of four, but four of five are needed");
    assert!(has(&bench.tell(certified(1..5)), is_execute));
}

#[test]
fn obligation_12_a_certificate_is_enough_if_the_block_is_there() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    bench.hear(Message::Proposal(proposal(1, 0, None, &block)));
    bench.hear(Message::Commit(certificate_for(&set(4), 1, 0, block.id(), 1..4)));
    let effects = bench.execute(&block, Verdict::Accepted);
    assert!(has(&effects, |effect| matches!(effect, Effect::Commit { .. })), "{effects:?}");
}

#[test]
fn obligation_14_two_holders_of_a_key_do_not_both_speak() {
    //    the message that somebody signed with our key
    check(Message::Vote(vote(0, 1, 0, Prevote, Some(9))));
    check(Message::Vote(vote(0, 1, 77, Prevote, Some(9))));
    check(Message::Bundle(vec![vote(0, 1, 0, Prevote, None)]));
    check(Message::Vote(vote(0, 2, 0, Prevote, None)));
    check(Message::Proposal(proposal(0, 3, None, &block_on(&genesis(), 0, genesis().time.plus_ms(1), &[b"x"]))));
    fn check(message: Message) {
        let mut bench = Bench::new(4, 0);
        let effects = bench.hear(message.clone());
        assert!(effects.contains(&Effect::Silenced(Silence::Impostor)), "{message:?}: {effects:?}");
        bench.tell(Input::RecordsWaiting);
        let effects = [bench.wait(500), bench.wait(5_000)].concat();
        assert_eq!(votes(&effects), [], "{message:?}");
    }
}

#[test]
fn obligation_14_a_journal_that_is_older_than_the_ledger_is_noticed() {
    //    The certificate holds a signature of ours that we know nothing of, as after restoring a backup.
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    let certificate = certificate_for(&set(4), 1, 0, block.id(), 0..3);
    let effects = bench.tell(Input::Certified { block, certificate });
    assert!(effects.contains(&Effect::Silenced(Silence::Impostor)), "{effects:?}");
}

#[test]
fn an_idle_ledger_is_silent_until_the_heartbeat() {
    let mut bench = Bench::new(4, 1);
    let due = genesis().time.plus_ms(HEARTBEAT_MS);
    assert_eq!(bench.wait(1_000), vec![Effect::WakeAt(due)]);
    bench.now = due;
    let effects = bench.tell(Input::Wake);
    assert!(has(&effects, |effect| matches!(effect, Effect::Build { .. })), "{effects:?}");
    //    time of an empty block, is proposed
    check(due, true);
    check(due.minus_ms(1), false);
    fn check(time: Moment, is_proposed: bool) {
        let mut bench = Bench::new(4, 1);
        bench.now = genesis().time.plus_ms(HEARTBEAT_MS);
        bench.tell(Input::Wake);
        let block = Some(block_on(&genesis(), 1, time, &[]));
        let effects = bench.tell(Input::Built { height: height(1), round: Round::FIRST, block });
        assert_eq!(has(&effects, |effect| matches!(effect, Effect::Send(Message::Proposal(_)))), is_proposed);
    }
}

#[test]
fn a_replay_ledger_has_no_heartbeat_and_judges_no_time() {
    let (start, now) = (start_of(4, Vec::new()), genesis().time.plus_ms(HEARTBEAT_MS));
    let (mut replica, effects) = Replica::start(config(Clock::Replay), Some(secret(0)), start, now);
    assert_eq!(effects, vec![]);
    assert_eq!(replica.handle(now, Input::Wake), vec![]);
    //    A block of another century, and an empty one.
    let old = block_on(&genesis(), 1, genesis().time.plus_ms(1), &[b"history"]);
    assert!(has(&replica.handle(now, Input::Received(Message::Proposal(proposal(1, 0, None, &old)))), is_execute));
    let executed = Input::Executed { block: old.id(), verdict: Verdict::Accepted };
    assert_eq!(votes(&replica.handle(now, executed)), [(Prevote, Some(old.id()))]);
    let empty = block_on(&genesis(), 1, now, &[]);
    assert!(!has(&replica.handle(now, Input::Received(Message::Proposal(proposal(1, 4, None, &empty)))), is_execute));
}

#[test]
fn a_header_that_does_not_follow_is_not_executed() {
    let time = genesis().time.plus_ms(1_000);
    let with = |change: fn(&mut Header)| {
        let mut block = Block::clone(&block_on(&genesis(), 1, time, &[b"a record"]));
        change(&mut block.header);
        let mut bench = Bench::new(4, 0);
        has(&bench.hear(Message::Proposal(proposal(1, 0, None, &Arc::new(block)))), is_execute)
    };
    assert!(with(|_| ()));
    assert!(!with(|header| header.ledger = plenary_core::hash::Digest::ZERO));
    assert!(!with(|header| header.parent = crate::testing::id(3)));
    assert!(!with(|header| header.time = genesis().time));
    assert!(!with(|header| header.proposer = crate::testing::key(9)));
    //    A first proposal is of the proposer's own block, a later one of any validator's.
    assert!(!with(|header| header.proposer = crate::testing::key(2)));
    let again = |builder| {
        let block = block_on(&genesis(), builder, time, &[b"a record"]);
        has(&Bench::new(4, 0).hear(Message::Proposal(proposal(2, 1, Some(0), &block))), is_execute)
    };
    assert!(again(3) && !again(9));
}

#[test]
fn a_proposer_asks_again_when_a_record_comes_in() {
    let mut bench = Bench::new(4, 1);
    bench.hear(Message::Vote(vote(2, 1, 0, Prevote, None)));
    let nothing = Input::Built { height: height(1), round: Round::FIRST, block: None };
    assert_eq!(bench.tell(nothing), vec![]);
    let effects = bench.tell(Input::RecordsWaiting);
    assert!(has(&effects, |effect| matches!(effect, Effect::Build { .. })), "{effects:?}");
    assert!(!has(&bench.tell(Input::RecordsWaiting), |effect| matches!(effect, Effect::Build { .. })));
}

#[test]
fn what_may_be_lost_is_said_again() {
    let mut bench = Bench::new(4, 1);
    bench.tell(Input::RecordsWaiting);
    let block = bench.block(1);
    bench.tell(Input::Built { height: height(1), round: Round::FIRST, block: Some(Arc::clone(&block)) });
    for _ in 0..3 {
        let effects = bench.wait(1_000);
        assert_eq!(votes(&effects), [(Prevote, Some(block.id()))]);
        assert!(has(&effects, |effect| matches!(effect, Effect::Send(Message::Proposal(_)))));
    }
}

#[test]
fn a_clock_that_goes_back_makes_no_wait_longer() {
    let mut bench = Bench::new(4, 0);
    bench.tell(Input::RecordsWaiting);
    bench.now = bench.now.minus_ms(900);
    bench.tell(Input::RecordsWaiting);
    assert_eq!(votes(&bench.wait(500)), [(Prevote, None)]);
}

#[test]
fn late_contradictions_are_noticed() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    bench.hear_votes(&[3], 0, Precommit, Some(block.id()));
    bench.decide(&block);
    let effects = bench.hear(Message::Vote(vote(3, 1, 0, Precommit, None)));
    let evidence = effects.iter().find_map(|effect| match effect {
        Effect::Misbehaved(evidence) => Some(evidence.clone()),
        _ => None,
    });
    let evidence: Evidence = *evidence.unwrap();
    assert!(evidence.verify(&LEDGER) && evidence.author() == crate::testing::key(3));
    assert_eq!(bench.hear(Message::Vote(vote(3, 1, 0, Precommit, None))).len(), 0, "told once");
}

#[test]
fn an_observer_follows_and_never_speaks() {
    let start = start_of(4, Vec::new());
    let now = genesis().time.plus_ms(1_000);
    let (mut replica, _) = Replica::start(config(wall()), None, start, now);
    let block = block_on(&genesis(), 1, now, &[b"a record"]);
    let mut effects = replica.handle(now, Input::Received(Message::Proposal(proposal(1, 0, None, &block))));
    effects.extend(replica.handle(now, Input::Executed { block: block.id(), verdict: Verdict::Accepted }));
    for (author, step) in [(1, Prevote), (2, Prevote), (3, Prevote), (1, Precommit), (2, Precommit), (3, Precommit)] {
        let vote = vote_for(author, 1, 0, step, Some(block.id()));
        effects.extend(replica.handle(now, Input::Received(Message::Vote(vote))));
    }
    assert!(has(&effects, |effect| matches!(effect, Effect::Commit { .. })), "{effects:?}");
    let speaks = |effect: &Effect| matches!(effect, Effect::Send(_) | Effect::Journal { .. } | Effect::Sync);
    assert!(!has(&effects, speaks), "{effects:?}");
}

#[test]
fn no_bytes_of_a_peer_make_a_replica_panic() {
    let block = Bench::new(4, 0).block(1);
    let messages = [
        Message::Proposal(proposal(1, 0, None, &block)),
        Message::Vote(vote(2, 1, 0, Precommit, Some(9))),
        Message::Bundle((1..4).map(|author| vote(author, 1, 12, Prevote, Some(9))).collect()),
        Message::Commit(certificate_for(&set(4), 1, 0, block.id(), 1..4)),
    ];
    let mut bench = Bench::new(4, 0);
    let mut heard = BTreeSet::new();
    for message in messages {
        let bytes = wire::encode(&message).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 0x41;
            if let Ok(message) = wire::decode(&changed) {
                bench.hear(message);
                heard.insert(place);
            }
        }
        bench.wait(300);
    }
    assert!(heard.len() > 100, "{}", heard.len());
}

#[test]
fn the_height_after_a_lost_round_waits_longer() {
    let mut bench = Bench::new(4, 0);
    let block = bench.block(1);
    let certificate = certificate_for(&bench.replica.set, 1, 1, block.id(), 1..4);
    bench.tell(Input::Certified { block: Arc::clone(&block), certificate });
    bench.execute(&block, Verdict::Accepted);
    let next = Arc::clone(&bench.replica.next);
    bench.tell(Input::Committed { height: height(1), next });
    let effects = bench.tell(Input::RecordsWaiting);
    let wait = Patience::default().propose.ms(round(1));
    assert!(has(&effects, |effect| *effect == Effect::WakeAt(bench.now.plus_ms(wait))), "{effects:?}");
}
