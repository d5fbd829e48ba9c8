//! One validator's part in agreeing on the next block, or an observer's in following it.
//!
//! A height begins when a record waits, when somebody else speaks of it, or
//! when the heartbeat is due. From then on the engine says what to do; this
//! file carries it out: it journals before it speaks, gives the engine only
//! what was executed, keeps the time, and commits. What comes from the network
//! passes `admission` first.

use std::{collections::VecDeque, sync::Arc};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{Block, BlockId, Header, Height},
    keys::ValidatorKey,
    time::Moment,
};

use crate::{
    candidates::{Candidates, Fate, Timing},
    certificate::CommitCertificate,
    config::{Clock, Config},
    early::Early,
    engine::{Act, Alarm, Desk, Engine, Feed},
    event::{Effect, Halt, Input, Silence, Start, Verdict},
    journal::{Entry, Wait},
    limits::{ASKS_MAX, ROUNDS_AHEAD_MAX},
    memo::Memo,
    message::{Message, Proposal, Round, Step},
    signer::{Kind, Signer},
    tally::Tally,
    timers::{Pace, Timer, Timers},
    validators::ValidatorSet,
};

/// A validator or an observer, as a function of what it is told and when.
#[derive(Debug)]
pub struct Replica {
    pub(crate) config: Config,
    pub(crate) signer: Option<Signer>,
    pub(crate) memo: Memo,
    pub(crate) now: Moment,
    pub(crate) tip: Tip,
    pub(crate) set: Arc<ValidatorSet>,
    pub(crate) next: Arc<ValidatorSet>,
    pub(crate) phase: Phase,
    pub(crate) work: Work,
    pub(crate) last: Option<Last>,
    pub(crate) early: Early,
    pub(crate) timers: Timers,
    pub(crate) pace: Pace,
    pub(crate) queue: VecDeque<Feed>,
    pub(crate) output: Output,
    ahead: Option<Claim>,
}

/// The last block of the ledger.
#[derive(Debug)]
pub(crate) struct Tip {
    pub(crate) header: Header,
    pub(crate) id: BlockId,
    pub(crate) certificate: Option<CommitCertificate>,
    /// When the height after it became ours to decide.
    pub(crate) since: Moment,
    /// When somebody who is behind was last told of the tip.
    pub(crate) told: Option<Moment>,
}

/// What a replica does about its height.
#[derive(Debug)]
pub(crate) enum Phase {
    /// There is nothing to decide yet.
    Idle,
    /// The engine runs.
    Voting(Box<Engine>),
    /// The store is committing this block.
    Committing(Box<(Header, CommitCertificate)>),
    /// Stopped for good.
    Halted,
}

/// What belongs to one height and goes with it.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) tally: Tally,
    pub(crate) candidates: Candidates,
    /// The block that was decided elsewhere and is being executed.
    pub(crate) certified: Option<(Arc<Block>, CommitCertificate)>,
    /// Our own last proposal, to be sent again.
    motion: Option<Proposal>,
    building: Option<Building>,
}

/// What was said about the height before, for contradictions that come late.
#[derive(Debug)]
pub(crate) struct Last {
    pub(crate) set: Arc<ValidatorSet>,
    pub(crate) tally: Tally,
    pub(crate) horizon: Round,
}

/// That others have decided a height, which may be a lie.
#[derive(Clone, Copy, Debug)]
struct Claim {
    height: Height,
    /// How often peers were asked since.
    asks: u8,
}

/// What came of asking for a block to propose in a round.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Building {
    Asked(Round),
    Nothing(Round),
}

/// What is handed out at the end of a turn.
#[derive(Debug, Default)]
pub(crate) struct Output {
    effects: Vec<Effect>,
    messages: Vec<Message>,
    commit: Option<Effect>,
    /// Whether the journal holds what is not known to be on the disk.
    unsynced: bool,
    wake: Option<Moment>,
}

impl Replica {
    /// A replica after `start.tip`, at the moment `now`. Without `secret` it observes.
    ///
    /// The moment given to it is the node's clock. It should not go back; if it
    /// does, no wait becomes longer for it.
    pub fn start(config: Config, secret: Option<SigningKey>, start: Start, now: Moment) -> (Self, Vec<Effect>) {
        let Start { tip, certificate, set, next, entries } = start;
        let mut replica = Self {
            signer: secret.map(|secret| Signer::new(config.ledger, secret)),
            memo: Memo::new(config.ledger),
            config,
            now,
            tip: Tip { id: tip.id(), header: tip, certificate, since: now, told: None },
            set,
            next,
            phase: Phase::Idle,
            work: Work::default(),
            last: None,
            early: Early::default(),
            timers: Timers::default(),
            pace: Pace::default(),
            queue: VecDeque::new(),
            output: Output::default(),
            ahead: None,
        };
        if !entries.is_empty() && replica.voice().is_some() {
            replica.recover(entries);
        }
        let effects = replica.finish();
        (replica, effects)
    }

    /// Reacts to one input. Same replica, moment and input: same effects.
    pub fn handle(&mut self, now: Moment, input: Input) -> Vec<Effect> {
        self.turn_clock(now);
        if matches!(self.phase, Phase::Halted) {
            return Vec::new();
        }
        match input {
            Input::Received(message) => self.receive(message),
            Input::Wake => self.wake(),
            Input::RecordsWaiting => self.on_records(),
            Input::Built { height, round, block } => self.on_built(height, round, block),
            Input::Executed { block, verdict } => self.on_executed(block, verdict),
            Input::Committed { height, next } => self.on_committed(height, next),
            Input::Certified { block, certificate } => self.on_certified(block, certificate),
        }
        self.finish()
    }

    /// The height to be decided next.
    pub fn height(&self) -> Height {
        self.tip.header.height.next().unwrap_or(self.tip.header.height)
    }

    /// The round that the engine is in, if it runs.
    pub fn round(&self) -> Option<Round> {
        match &self.phase {
            Phase::Voting(engine) => Some(engine.round()),
            Phase::Idle | Phase::Committing(..) | Phase::Halted => None,
        }
    }

    /// Forgets what was signed, so that the simulator can show what the guard is for. Never call it.
    #[doc(hidden)]
    pub fn drop_guard(&mut self) {
        if let Some(signer) = &mut self.signer {
            signer.forget();
        }
    }

    /// The key that this replica speaks with at this height, if it does.
    pub(crate) fn voice(&self) -> Option<ValidatorKey> {
        self.signer.as_ref().map(Signer::key).filter(|key| self.set.contains(key))
    }

    /// The last round that the engine follows vote by vote.
    pub(crate) fn horizon(&self) -> Round {
        self.round().unwrap_or_default().plus(ROUNDS_AHEAD_MAX)
    }

    /// Begins the height, unless it has begun.
    pub(crate) fn begin(&mut self) {
        if !matches!(self.phase, Phase::Idle) {
            return;
        }
        let mut engine = Engine::new(self.height(), &self.set, self.voice());
        let acts = engine.start(&mut Desk { signer: self.signer.as_mut(), memo: &mut self.memo });
        self.phase = Phase::Voting(Box::new(engine));
        self.perform(acts);
        self.drain();
    }

    /// Gives the engine an input, after those that wait.
    pub(crate) fn feed(&mut self, feed: Feed) {
        self.queue.push_back(feed);
        self.drain();
    }

    /// A certified block is to be committed, if executing it here agrees.
    pub(crate) fn certify(&mut self, block: Arc<Block>, certificate: CommitCertificate) {
        match &self.phase {
            Phase::Committing(..) | Phase::Halted => return,
            Phase::Idle | Phase::Voting(_) => {}
        }
        if !self.links(&block.header) {
            return self.halt(Halt::Diverged(certificate.block));
        }
        if !self.has_signed(&certificate) {
            self.fall_silent();
        }
        match self.work.candidates.verdict(&certificate.block) {
            Some(Verdict::Accepted | Verdict::LeavesOut) => self.commit(block, certificate),
            Some(Verdict::Refused) => self.halt(Halt::Diverged(certificate.block)),
            None => {
                if self.work.candidates.admit(&block) {
                    self.effect(Effect::Execute(Arc::clone(&block)));
                }
                self.work.certified = Some((block, certificate));
            }
        }
    }

    /// Hands out `effect` at the end of this turn.
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.output.effects.push(effect);
    }

    /// Sends `message` at the end of this turn, once all that is journaled is synced.
    pub(crate) fn say(&mut self, message: Message) {
        self.output.messages.push(message);
    }

    /// What becomes of a proposal that was executed.
    pub(crate) fn settle(&mut self, fate: Fate) {
        match fate {
            Fate::Feed(proposal) => self.feed(Feed::Proposal(proposal)),
            Fate::Withhold(proposal) => self.journal(Entry::Withheld(proposal)),
        }
    }

    /// Others have decided `height`.
    pub(crate) fn hear_of(&mut self, height: Height) {
        if height < self.height() {
            return;
        }
        if self.ahead.is_none_or(|claim| claim.height < height) {
            self.ahead = Some(Claim { height, asks: 0 });
        }
        if !self.timers.has(Timer::Behind) {
            // In a moment, we may have decided it ourselves.
            self.timers.set(Timer::Behind, self.now.plus_ms(self.config.patience.behind_ms));
        }
    }

    /// Somebody else signs with our key: never speak again.
    pub(crate) fn fall_silent(&mut self) {
        if self.signer.take().is_some() {
            self.effect(Effect::Silenced(Silence::Impostor));
        }
    }

    /// Whether our signature in `certificate`, if there is one, is known here.
    fn has_signed(&self, certificate: &CommitCertificate) -> bool {
        let Some(signer) = &self.signer else { return true };
        let own = certificate.signatures.iter().any(|(author, _)| *author == signer.key());
        !own || signer.has_signed(certificate.round, Kind::Vote(Step::Precommit))
    }

    fn turn_clock(&mut self, now: Moment) {
        if now < self.now {
            self.timers.set_back(self.now.ms_since(now));
            self.output.wake = None;
        }
        self.now = now;
    }

    fn wake(&mut self) {
        self.output.wake = None;
        if matches!(self.phase, Phase::Idle) && self.heartbeat().is_some_and(|due| due <= self.now) {
            self.begin();
        }
        while let Some(timer) = self.timers.take_due(self.now) {
            match timer {
                Timer::Alarm(alarm) => self.elapse(alarm),
                Timer::Behind => self.ask_for_blocks(),
            }
        }
    }

    fn elapse(&mut self, alarm: Alarm) {
        let motion = self.work.motion.clone().filter(|motion| alarm == Alarm::Resend(motion.head.round));
        if let Some(motion) = motion.filter(|motion| Some(motion.head.round) == self.round()) {
            self.say(Message::Proposal(motion));
        }
        self.feed(Feed::Elapsed(alarm));
    }

    fn ask_for_blocks(&mut self) {
        let here = self.height();
        let worth_asking = |claim: &Claim| here <= claim.height && claim.asks < ASKS_MAX;
        self.ahead = self.ahead.filter(worth_asking);
        let Some(ahead) = &mut self.ahead else { return };
        let nearly = matches!(self.phase, Phase::Committing(..)) && ahead.height == here;
        let height = ahead.height;
        if !nearly {
            ahead.asks = ahead.asks.saturating_add(1);
            self.effect(Effect::Behind(height));
        }
        self.timers.set(Timer::Behind, self.now.plus_ms(self.config.patience.resend_ms.max(1)));
    }

    fn on_records(&mut self) {
        self.begin();
        let Phase::Voting(engine) = &self.phase else { return };
        let round = engine.round();
        if engine.awaits_proposal() && self.work.building == Some(Building::Nothing(round)) {
            self.build(round);
        }
    }

    fn on_built(&mut self, height: Height, round: Round, block: Option<Arc<Block>>) {
        if height != self.height() || self.work.building != Some(Building::Asked(round)) {
            return;
        }
        let Some(block) = block.filter(|block| self.follows(block)) else {
            self.work.building = Some(Building::Nothing(round));
            return;
        };
        self.work.candidates.accept(&block);
        self.feed(Feed::Propose { round, block });
    }

    fn on_executed(&mut self, block: BlockId, verdict: Verdict) {
        for fate in self.work.candidates.judge(block, verdict) {
            self.settle(fate);
        }
        let certified = self.work.certified.take_if(|(_, certificate)| certificate.block == block);
        if let Some((block, certificate)) = certified {
            self.certify(block, certificate);
        }
    }

    fn on_certified(&mut self, block: Arc<Block>, certificate: CommitCertificate) {
        if block.header.height != self.height() || certificate.height != self.height() {
            return;
        }
        let memo = &mut self.memo;
        let sound = certificate.verify_by(&self.set, |vote| memo.vote(vote)).is_ok();
        if sound && block.id() == certificate.block {
            self.certify(block, certificate);
        }
    }

    fn on_committed(&mut self, height: Height, next: Arc<ValidatorSet>) {
        if height != self.height() {
            return;
        }
        let Phase::Committing(decided) = std::mem::replace(&mut self.phase, Phase::Idle) else {
            // The store cannot have committed what it was not asked to.
            return self.halt(Halt::Diverged(self.tip.id));
        };
        let (header, certificate) = *decided;
        let work = std::mem::take(&mut self.work);
        let horizon = certificate.round.plus(ROUNDS_AHEAD_MAX);
        let set = std::mem::replace(&mut self.set, std::mem::replace(&mut self.next, next));
        self.last = Some(Last { set, tally: work.tally, horizon });
        self.pace.learn(certificate.round);
        self.tip = Tip { id: certificate.block, header, certificate: Some(certificate), since: self.now, told: None };
        self.memo.turn();
        self.output.unsynced = false;
        if let Some(signer) = &mut self.signer {
            signer.forget();
        }
        for message in self.early.take() {
            self.receive(message);
        }
    }

    /// Whether `block` may follow the tip as far as the header shows.
    pub(crate) fn follows(&self, block: &Block) -> bool {
        let (header, tip) = (&block.header, &self.tip);
        let empty_is_due = self.heartbeat().is_some_and(|due| due <= header.time);
        self.links(header)
            && header.time > tip.header.time
            && self.set.contains(&header.proposer)
            && (!block.records.is_empty() || empty_is_due)
    }

    fn links(&self, header: &Header) -> bool {
        header.height == self.height() && header.parent == self.tip.id && header.ledger == self.config.ledger
    }

    /// Whether the time of `proposal` is within the bound, where that is judged at all.
    pub(crate) fn timing(&self, proposal: &Proposal) -> Timing {
        let vouched = proposal.head.valid_round.is_some();
        if vouched || self.config.clock.is_timely(proposal.block.header.time, self.now) {
            Timing::Timely
        } else {
            Timing::Untimely
        }
    }

    fn heartbeat(&self) -> Option<Moment> {
        self.config.clock.heartbeat(self.tip.header.time)
    }

    fn build(&mut self, round: Round) {
        self.work.building = Some(Building::Asked(round));
        let least = self.tip.header.time.plus_ms(1);
        let time = match self.config.clock {
            Clock::Wall { .. } => least.max(self.now),
            Clock::Replay => least,
        };
        self.effect(Effect::Build { height: self.height(), round, time });
    }

    fn commit(&mut self, block: Arc<Block>, certificate: CommitCertificate) {
        self.phase = Phase::Committing(Box::new((block.header.clone(), certificate.clone())));
        self.timers.cancel_alarms();
        self.queue.clear();
        self.output.commit = Some(Effect::Commit { block, certificate });
    }

    pub(crate) fn halt(&mut self, why: Halt) {
        self.phase = Phase::Halted;
        self.queue.clear();
        self.effect(Effect::Halted(why));
    }

    fn journal(&mut self, entry: Entry) {
        if self.voice().is_none() {
            return;
        }
        self.output.unsynced = true;
        self.effect(Effect::Journal { height: self.height(), entry });
    }

    /// Runs the engine until nothing waits for it. It is never entered while it runs.
    fn drain(&mut self) {
        while let Some(feed) = self.queue.pop_front() {
            let Phase::Voting(engine) = &mut self.phase else {
                self.queue.clear();
                return;
            };
            let acts = engine.feed(&mut Desk { signer: self.signer.as_mut(), memo: &mut self.memo }, feed);
            self.perform(acts);
        }
    }

    fn perform(&mut self, acts: Vec<Act>) {
        for act in acts {
            match act {
                Act::Journal(entry) => self.journal(entry),
                Act::Say(message) => self.speak(message),
                Act::Set(alarm) => self.timers.set(Timer::Alarm(alarm), self.deadline(alarm)),
                Act::Cancel(alarm) => self.timers.cancel(Timer::Alarm(alarm)),
                Act::CancelAll => self.timers.cancel_alarms(),
                Act::Build(round) => self.wants_block(round),
                Act::Entered => {
                    let votes = self.work.tally.reach(self.horizon());
                    self.queue.extend(votes.into_iter().map(Feed::Vote));
                }
                Act::Decided { certificate, block } => self.commit(block, certificate),
            }
        }
    }

    fn speak(&mut self, message: Message) {
        match &message {
            Message::Vote(vote) if Some(vote.author) == self.voice() => {
                self.work.tally.note_vote(vote, self.horizon());
            }
            Message::Proposal(proposal) if Some(proposal.head.author) == self.voice() => {
                self.work.tally.note_proposal(&proposal.head);
                self.work.motion = Some(proposal.clone());
            }
            Message::Vote(_) | Message::Proposal(_) | Message::Bundle(_) | Message::Commit(_) => {}
        }
        self.say(message);
    }

    fn deadline(&self, alarm: Alarm) -> Moment {
        let patience = &self.config.patience;
        self.now.plus_ms(match alarm {
            Alarm::Wait(Wait::Propose, round) => patience.propose.ms(self.pace.of(round)),
            Alarm::Wait(Wait::Prevote | Wait::Precommit, round) => patience.vote.ms(self.pace.of(round)),
            Alarm::Resend(_) => patience.resend_ms.max(1),
        })
    }

    /// The engine wants a block to propose, unless a replay is past that.
    fn wants_block(&mut self, round: Round) {
        let Phase::Voting(engine) = &self.phase else { return };
        let proposed = self.signer.as_ref().is_none_or(|signer| signer.has_signed(round, Kind::Proposal));
        if engine.round() == round && engine.awaits_proposal() && !proposed {
            self.build(round);
        }
    }

    /// Takes up the height where the journal left it.
    fn recover(&mut self, entries: Vec<Entry>) {
        let mut engine = Engine::new(self.height(), &self.set, self.voice());
        for entry in &entries {
            self.recall(entry);
        }
        let mut desk = Desk { signer: self.signer.as_mut(), memo: &mut self.memo };
        let mut acts = engine.start(&mut desk);
        match engine.replay(&mut desk, &entries) {
            Ok(more) => acts.extend(more),
            Err(_) => return self.halt(Halt::Replay),
        }
        self.phase = Phase::Voting(Box::new(engine));
        // What a crash left in the page cache looks synced and may not be.
        self.output.unsynced = true;
        self.perform(acts);
        self.drain();
    }

    fn recall(&mut self, entry: &Entry) {
        let me = self.voice();
        match entry {
            Entry::Vote(vote) => {
                self.work.tally.note_vote(vote, Round::LAST);
                if let Some(signer) = self.signer.as_mut().filter(|_| Some(vote.author) == me) {
                    signer.recall_vote(vote);
                }
            }
            Entry::Proposal(proposal) => {
                self.work.tally.note_proposal(&proposal.head);
                self.work.candidates.accept(&proposal.block);
                if let Some(signer) = self.signer.as_mut().filter(|_| Some(proposal.head.author) == me) {
                    signer.recall_proposal(&proposal.head);
                    self.work.motion = Some(proposal.clone());
                }
            }
            Entry::Withheld(proposal) => {
                self.work.tally.note_proposal(&proposal.head);
                self.work.candidates.accept(&proposal.block);
                self.work.candidates.withhold(proposal.clone());
            }
            Entry::Polka(_) | Entry::Timeout { .. } => {}
        }
    }

    /// Puts the turn's effects in order: what is said leaves after the journal is synced.
    ///
    /// A commit needs no sync of its own. The certificate may hold our precommit, but that is said in
    /// the turn in which it is signed; and what others said matters no more once the store has the block.
    fn finish(&mut self) -> Vec<Effect> {
        let output = &mut self.output;
        if !output.messages.is_empty() && std::mem::take(&mut output.unsynced) {
            output.effects.push(Effect::Sync);
        }
        output.effects.extend(output.messages.drain(..).map(Effect::Send));
        output.effects.extend(output.commit.take());
        self.announce_wake();
        std::mem::take(&mut self.output.effects)
    }

    fn announce_wake(&mut self) {
        let heartbeat = self.heartbeat().filter(|_| matches!(self.phase, Phase::Idle));
        let Some(earliest) = self.timers.earliest().into_iter().chain(heartbeat).min() else { return };
        if self.output.wake != Some(earliest) {
            self.output.wake = Some(earliest);
            self.effect(Effect::WakeAt(earliest));
        }
    }
}

#[cfg(test)]
mod tests;
