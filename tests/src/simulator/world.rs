//! A run: events in the order of their time, and of their number within a millisecond.

use std::{collections::BTreeMap, sync::Arc};

use plenary_consensus::{Effect, Input, Message, Round, Verdict, wire};
use plenary_core::{
    block::{Block, Height},
    hash::Digest,
    record::VerifiedRecord,
    time::Moment,
};

use super::{
    adversary::Babbler,
    checks::{Checks, Violation},
    disk::Crash,
    executor::{self, Known},
    founding::{self, Founding},
    network::Network,
    node::Node,
    plan::{Cut, Liar, Plan, Trial},
    random::Random,
    succession,
};

/// In calm the next block comes within ten seconds, whatever came before.
const PROGRESS_MS: u64 = 10_000;

/// A validator that lies may be the next proposer, which costs the longest waits of one round.
const LIAR_MS: u64 = 5_000;

/// The most records in a block.
const RECORDS_MAX: usize = 8;

/// The most records that wait: while nothing is decided, no more come in.
const RECORDS_WAITING_MAX: usize = 40;

/// After so long the operator sends a record about validators again.
const SEND_AGAIN_MS: u64 = 2_000;

/// A split begins here.
const SPLIT_MS: u64 = 500;

/// Chaos ends here at the latest.
const CHAOS_MS: u64 = 60_000;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The hash of all effects: the same for the same plan.
    pub trace: Digest,
    /// The height reached.
    pub height: Height,
    /// The highest round of any height.
    pub round: Round,
    /// The epoch reached.
    pub epoch: u64,
    /// How often a node was started again.
    pub restarts: u32,
    /// How many contradictions were proven.
    pub accusations: u32,
    /// How long the ledger took to go on after the chaos.
    pub first_after_calm_ms: Option<u64>,
    /// What must never happen and did.
    pub violation: Option<Violation>,
}

enum Event {
    Deliver { to: usize, bytes: Arc<Vec<u8>> },
    Wake { node: usize, life: u32 },
    Tell { node: usize, life: u32, input: Input },
    Stored { node: usize, life: u32 },
    Fetch { node: usize, life: u32, from: usize },
    Restart { node: usize },
    Record,
    Gossip { node: usize, record: Arc<VerifiedRecord> },
    Cut,
    Heal,
    Babble { node: usize },
}

struct World<'a> {
    plan: &'a Plan,
    founding: Founding,
    random: Random,
    now_ms: u64,
    events: BTreeMap<(u64, u64), Event>,
    number: u64,
    nodes: Vec<Node>,
    network: Network,
    /// What the operator sent last, and when: it is sent again if nothing comes of it.
    sent: (String, u64),
    checks: Checks,
    records: Vec<Arc<VerifiedRecord>>,
    known: Known,
    calm_since: Option<(u64, Height)>,
    progress: (u64, Height),
    outcome: Outcome,
}

/// Runs `plan` to its end, or to the first violation.
pub fn run(plan: &Plan) -> Outcome {
    let mut world = World::new(plan);
    let violation = world.run().err();
    Outcome { violation, height: world.checks.tip(), ..world.outcome }
}

impl<'a> World<'a> {
    fn new(plan: &'a Plan) -> Self {
        let founding = founding::found(plan.validators);
        let new = |validator, face, honest| Node::new(&founding, validator, face, honest);
        let mut nodes = Vec::new();
        let newcomers = if plan.succession { succession::NEWCOMERS } else { 0 };
        for validator in 0..plan.validators + newcomers {
            match plan.liars.get(validator) {
                None | Some(Liar::WrongClock) => nodes.push(new(validator, None, true)),
                Some(Liar::Silent | Liar::Babbler) => nodes.push(new(validator, None, false)),
                Some(Liar::TwoFaced) => nodes.extend([0, 1].map(|face| new(validator, Some(face), false))),
            }
        }
        let honest = nodes.iter().filter(|node| node.honest).map(|node| node.key).collect();
        let mut checks = Checks::new(&founding, honest);
        for height in 1..=2 {
            checks.learn(Height::new(height).unwrap(), nodes[0].set_after(height)).unwrap();
        }
        Self {
            plan,
            random: Random::new(plan.seed ^ 0x5eed),
            now_ms: 0,
            events: BTreeMap::new(),
            number: 0,
            nodes,
            network: Network::new(plan.validators + newcomers),
            checks,
            founding,
            known: Known::default(),
            sent: (String::new(), 0),
            records: Vec::new(),
            calm_since: None,
            progress: (0, Height::GENESIS),
            outcome: Outcome {
                trace: Digest::ZERO,
                height: Height::GENESIS,
                round: Round::FIRST,
                epoch: 0,
                restarts: 0,
                accusations: 0,
                first_after_calm_ms: None,
                violation: None,
            },
        }
    }

    fn run(&mut self) -> Result<(), Violation> {
        for node in 0..self.nodes.len() {
            self.draw_clock(node);
            match self.liar(node) {
                None if self.sleeps(node) => {}
                Some(Liar::Silent) => {}
                Some(Liar::Babbler) => self.at(1, Event::Babble { node }),
                None | Some(Liar::TwoFaced | Liar::WrongClock) => self.start(node)?,
            }
        }
        self.at(1, Event::Record);
        if self.plan.partition_every_ms > 0 {
            self.at(self.plan.partition_every_ms, Event::Cut);
        }
        if let Trial::Split { .. } = self.plan.trial {
            self.at(SPLIT_MS, Event::Cut);
        }
        while !self.is_over() {
            let Some(((time, _), event)) = self.events.pop_first() else { break };
            self.now_ms = time;
            self.happen(event)?;
            self.watch_progress()?;
        }
        Ok(())
    }

    /// All nodes that must have, have decided all that there was to decide.
    fn is_over(&self) -> bool {
        let reached = |node: &Node| node.height().as_u64() >= self.plan.heights;
        let due = |node: &&Node| node.honest && self.plan.liars.get(node.validator).is_none();
        self.nodes.iter().filter(due).all(reached)
    }

    fn watch_progress(&mut self) -> Result<(), Violation> {
        let tip = self.checks.tip();
        if tip > self.progress.1 {
            self.progress = (self.now_ms, tip);
            if let Some((since, height)) = self.calm_since.filter(|(_, height)| tip > *height) {
                self.outcome.first_after_calm_ms.get_or_insert(self.now_ms - since);
                self.calm_since = Some((since, height));
            }
        }
        if self.calm_since.is_none() && self.trial_is_over() {
            self.calm_since = Some((self.now_ms, tip));
            self.progress = (self.now_ms, tip);
            self.network.calm();
            for node in 0..self.nodes.len() {
                if self.nodes[node].honest && self.nodes[node].replica.is_none() {
                    self.start(node)?;
                }
            }
        }
        let liars = u64::try_from(self.plan.liars.len()).unwrap();
        let laggards = if tip.as_u64() >= self.plan.heights { 2 * PROGRESS_MS } else { 0 };
        let patience = PROGRESS_MS + LIAR_MS * liars + laggards;
        let idle = self.now_ms - self.progress.0;
        if self.calm_since.is_some() && idle > patience {
            return Err(Violation::Stuck(idle, tip));
        }
        Ok(())
    }

    fn trial_is_over(&self) -> bool {
        match self.plan.trial {
            Trial::Chaos => self.checks.tip().as_u64() * 3 >= self.plan.heights * 2 || self.now_ms >= CHAOS_MS,
            Trial::Split { lasts_ms, .. } => self.now_ms >= SPLIT_MS + lasts_ms,
            Trial::Sleeper { rounds } => self.outcome.round.as_u32() >= rounds,
        }
    }

    fn sleeps(&self, node: usize) -> bool {
        matches!(self.plan.trial, Trial::Sleeper { .. }) && self.nodes[node].validator + 1 == self.plan.validators
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Deliver { to, bytes } => self.deliver(to, &bytes),
            // A later `WakeAt` replaced the others.
            Event::Wake { node, .. } if self.nodes[node].wake_ms != self.now_ms => Ok(()),
            Event::Wake { node, life } => self.tell(node, life, Input::Wake),
            Event::Tell { node, life, input } => self.tell(node, life, input),
            Event::Stored { node, life } => self.stored(node, life),
            Event::Fetch { node, life, from } => self.fetch(node, life, from),
            Event::Restart { node } => {
                if self.nodes[node].replica.is_none() {
                    self.start(node)?;
                }
                Ok(())
            }
            Event::Record => self.submit(),
            Event::Gossip { node, record } => self.gossip(node, record),
            Event::Cut => {
                if let Trial::Split { group, .. } = self.plan.trial {
                    self.network.split(group);
                } else if self.calm_since.is_none() {
                    self.network.cut(&mut self.random);
                    let node = self.random.below(self.nodes.len());
                    self.draw_clock(node);
                    let (mean, lasts) = (self.plan.partition_every_ms, self.random.between(1, 5_000));
                    self.after(lasts, Event::Heal);
                    let next = self.random.between(lasts + 1, lasts + 2 * mean);
                    self.after(next, Event::Cut);
                }
                Ok(())
            }
            Event::Heal => {
                self.network.heal();
                Ok(())
            }
            Event::Babble { node } => self.babble(node),
        }
    }

    fn start(&mut self, node: usize) -> Result<(), Violation> {
        let state = &mut self.nodes[node];
        let effects = state
            .start(&self.founding, self.now_ms, self.plan.cut)
            .map_err(|why| Violation::GaveUp(node, why.to_string()))?;
        let (life, taken) = (state.life, &state.state.records);
        if life > 1 {
            self.outcome.restarts += 1;
        }
        let missed: Vec<_> =
            self.records.iter().filter(|record| !taken.contains_key(&record.file().id())).cloned().collect();
        for record in missed {
            let delay = self.random.between(1, 200);
            self.after(delay, Event::Gossip { node, record });
        }
        self.carry_out(node, effects)
    }

    fn tell(&mut self, node: usize, life: u32, input: Input) -> Result<(), Violation> {
        let state = &mut self.nodes[node];
        let clock = state.clock(self.now_ms);
        let Some(replica) = state.replica.as_mut().filter(|_| state.life == life) else { return Ok(()) };
        let effects = replica.handle(clock, input);
        self.outcome.round = self.outcome.round.max(replica.round().unwrap_or_default());
        self.carry_out(node, effects)
    }

    /// Carries out effects one by one; between any two, the node may die.
    fn carry_out(&mut self, node: usize, effects: Vec<Effect>) -> Result<(), Violation> {
        for effect in effects {
            let mortal = self.calm_since.is_none() && self.nodes[node].face.is_none();
            if mortal && self.random.chance(self.plan.crash) {
                let how = *self.random.pick(&[Crash::Process, Crash::Power, Crash::Power]);
                self.nodes[node].crash(&self.founding, &mut self.known, how, &mut self.random);
                let delay = self.random.between(1, 3_000);
                self.after(delay, Event::Restart { node });
                return Ok(());
            }
            self.carry_out_one(node, effect)?;
        }
        Ok(())
    }

    fn carry_out_one(&mut self, node: usize, effect: Effect) -> Result<(), Violation> {
        let (honest, life) = (self.nodes[node].honest, self.nodes[node].life);
        match effect {
            Effect::Journal { height, entry } => {
                let write = self.nodes[node].writer.as_mut().unwrap().append(height, &entry);
                let write = write.map_err(|why| Violation::GaveUp(node, why.to_string()))?;
                self.note(node, &write.bytes);
                self.nodes[node].disk.write(write);
                Ok(())
            }
            Effect::Sync => {
                if self.plan.cut != Cut::Sync {
                    self.nodes[node].disk.sync();
                    let write = self.nodes[node].writer.as_mut().unwrap().synced();
                    let write = write.map_err(|why| Violation::GaveUp(node, why.to_string()))?;
                    self.nodes[node].disk.write(write);
                }
                Ok(())
            }
            Effect::Send(message) => {
                if honest {
                    self.checks.sent(&message)?;
                }
                self.send(node, &message);
                Ok(())
            }
            Effect::Build { height, round, time } => {
                self.build(node, height, round, time);
                Ok(())
            }
            Effect::Execute(block) => {
                self.execute(node, &block);
                Ok(())
            }
            Effect::Commit { block, certificate } => {
                if honest {
                    self.checks.committed(&block, &certificate)?;
                }
                self.note(node, block.id().digest().as_bytes());
                self.nodes[node].committing = Some((block, certificate));
                let delay = self.random.between(1, 10);
                self.after(delay, Event::Stored { node, life });
                Ok(())
            }
            Effect::WakeAt(moment) => {
                let delay = moment.ms_since(self.nodes[node].clock(self.now_ms)).max(1);
                self.nodes[node].wake_ms = self.now_ms + delay;
                self.after(delay, Event::Wake { node, life });
                Ok(())
            }
            Effect::Behind(height) => {
                self.nodes[node].target = self.nodes[node].target.max(Some(height));
                self.ask_peer(node);
                Ok(())
            }
            Effect::Misbehaved(evidence) => {
                self.outcome.accusations += 1;
                if honest { self.checks.accused(&evidence) } else { Ok(()) }
            }
            Effect::Silenced(why) if honest => Err(Violation::GaveUp(node, format!("{why:?}"))),
            Effect::Halted(why) if honest => Err(Violation::GaveUp(node, format!("{why:?}"))),
            Effect::Silenced(_) | Effect::Halted(_) => Ok(()),
        }
    }

    fn send(&mut self, from: usize, message: &Message) {
        let bytes = Arc::new(wire::encode(message).unwrap());
        self.note(from, &bytes);
        for to in 0..self.nodes.len() {
            let (sender, receiver) = (&self.nodes[from], &self.nodes[to]);
            let other = sender.validator != receiver.validator;
            if other && self.shows(from, to) && self.shows(to, from) {
                self.transmit(from, to, &bytes);
            }
        }
    }

    fn transmit(&mut self, from: usize, to: usize, bytes: &Arc<Vec<u8>>) {
        if self.network.connects(self.nodes[from].validator, self.nodes[to].validator) {
            for delay in self.network.delays(self.plan, &mut self.random) {
                self.after(delay, Event::Deliver { to, bytes: Arc::clone(bytes) });
            }
        }
    }

    /// Whether `node` is seen by `other`: always, but for the face that a liar hides from him.
    fn shows(&self, node: usize, other: usize) -> bool {
        match (self.nodes[node].face, self.nodes[other].face) {
            (None, _) => true,
            (Some(face), None) => self.network.sees(self.nodes[other].validator, face),
            (Some(face), Some(of_other)) => face == of_other,
        }
    }

    fn deliver(&mut self, to: usize, bytes: &[u8]) -> Result<(), Violation> {
        let Some(message) = self.heard_by(to, wire::decode(bytes).unwrap()) else { return Ok(()) };
        let life = self.nodes[to].life;
        self.tell(to, life, Input::Received(message))
    }

    /// A liar does not listen to what its other face said.
    fn heard_by(&self, node: usize, message: Message) -> Option<Message> {
        let Some(_) = self.nodes[node].face else { return Some(message) };
        let key = self.nodes[node].key;
        match message {
            Message::Bundle(votes) => {
                let others: Vec<_> = votes.into_iter().filter(|vote| vote.author != key).collect();
                Some(Message::Bundle(others)).filter(|message| message.height().is_some())
            }
            Message::Vote(vote) => (vote.author != key).then_some(Message::Vote(vote)),
            Message::Proposal(proposal) => (proposal.head.author != key).then_some(Message::Proposal(proposal)),
            Message::Commit(certificate) => Some(Message::Commit(certificate)),
        }
    }

    fn build(&mut self, node: usize, height: Height, round: Round, time: Moment) {
        // Before the sleeper wakes, nobody has anything to propose.
        let asleep = matches!(self.plan.trial, Trial::Sleeper { .. }) && height.as_u64() == 1;
        let barren = asleep && !self.sleeps(node);
        let state = &mut self.nodes[node];
        if state.height().next() != Some(height) {
            return;
        }
        let mut candidates: Vec<&VerifiedRecord> = state.pool.values().map(Arc::as_ref).collect();
        let mut time = time;
        if state.face == Some(1) {
            // The second face proposes something else.
            candidates.reverse();
            time = time.plus_ms(1);
        }
        candidates.truncate(if barren { 0 } else { RECORDS_MAX });
        let built = executor::build(&state.state, &self.founding.ledger, state.key, time, &candidates);
        let block = built.filter(|_| !barren).map(|(block, delta)| {
            state.deltas.insert(block.id(), delta);
            Arc::new(block)
        });
        let input = Input::Built { height, round, block };
        let (life, delay) = (state.life, self.slowness());
        self.after(delay, Event::Tell { node, life, input });
    }

    fn execute(&mut self, node: usize, block: &Arc<Block>) {
        let state = &mut self.nodes[node];
        let life = state.life;
        let mut verdict = Verdict::Refused;
        if let Some(delta) = executor::execute(&state.state, &self.founding.ledger, block, &mut self.known) {
            state.deltas.insert(block.id(), delta);
            let leaves_out = self.random.chance(self.plan.leaves_out);
            verdict = if leaves_out { Verdict::LeavesOut } else { Verdict::Accepted };
        }
        let delay = self.slowness();
        let input = Input::Executed { block: block.id(), verdict };
        self.after(delay, Event::Tell { node, life, input });
    }

    /// How long executing takes: usually a few milliseconds, sometimes longer than a round.
    fn slowness(&mut self) -> u64 {
        if self.calm_since.is_none() && self.random.chance(10_000) {
            return self.random.between(1, 1_500);
        }
        self.random.between(1, 4)
    }

    fn stored(&mut self, node: usize, life: u32) -> Result<(), Violation> {
        let state = &mut self.nodes[node];
        if state.life != life || state.committing.is_none() {
            return Ok(());
        }
        state.store(&self.founding, &mut self.known);
        let height = state.height();
        self.outcome.epoch = self.outcome.epoch.max(state.state.head.epoch);
        let next = state.set_after(2);
        let after_next = Height::new(height.as_u64() + 2).unwrap();
        if state.honest {
            self.checks.learn(after_next, Arc::clone(&next))?;
        }
        self.tell(node, life, Input::Committed { height, next })?;
        if !self.nodes[node].pool.is_empty() {
            self.tell(node, life, Input::RecordsWaiting)?;
        }
        if self.nodes[node].target > Some(height) {
            self.ask_peer(node);
        }
        Ok(())
    }

    fn ask_peer(&mut self, node: usize) {
        let from = self.random.below(self.nodes.len());
        let (life, delay) = (self.nodes[node].life, self.random.between(1, 4 * self.plan.delay_ms));
        self.after(delay, Event::Fetch { node, life, from });
    }

    /// A peer answers with a certified block; a liar, with half of the certificate.
    fn fetch(&mut self, node: usize, life: u32, from: usize) -> Result<(), Violation> {
        let (state, peer) = (&self.nodes[node], &self.nodes[from]);
        let wanted = usize::try_from(state.height().as_u64()).unwrap();
        let answer = peer.chain.get(wanted).cloned();
        let Some((block, mut certificate)) = answer.filter(|_| self.network.connects(peer.validator, state.validator))
        else {
            if state.life == life && state.target > Some(state.height()) {
                self.ask_peer(node);
            }
            return Ok(());
        };
        if peer.face.is_some() {
            let quorum = self.checks.set(certificate.height).quorum();
            certificate.signatures.truncate(quorum / 2);
        }
        self.tell(node, life, Input::Certified { block, certificate })
    }

    /// A record comes in and reaches each node a little later.
    fn submit(&mut self) -> Result<(), Violation> {
        if self.checks.tip().as_u64() >= self.plan.heights {
            return Ok(());
        }
        let wait = *self.random.pick(&[5, 20, 40, 300]);
        self.after(wait, Event::Record);
        self.succeed();
        let taken = self.nodes.iter().map(|node| node.state.records.len()).max().unwrap_or_default();
        if self.records.len() > taken + RECORDS_WAITING_MAX {
            return Ok(());
        }
        let signed = Moment::from_ms(founding::GENESIS_MS + 1_000 + self.now_ms).unwrap();
        let organization = format!("o{}", self.records.len());
        let record = Arc::new(founding::record(&self.founding.ledger, &organization, signed));
        self.records.push(Arc::clone(&record));
        for node in 0..self.nodes.len() {
            let delay = self.random.between(1, 30 * self.plan.delay_ms);
            self.after(delay, Event::Gossip { node, record: Arc::clone(&record) });
        }
        Ok(())
    }

    /// The operator looks at the tallest node, and sends what is next on the way to other validators.
    fn succeed(&mut self) {
        if !self.plan.succession {
            return;
        }
        let tallest = self.nodes.iter().filter(|node| node.honest).max_by_key(|node| node.chain.len()).unwrap();
        let signed = Moment::from_ms(founding::GENESIS_MS + 1_000 + self.now_ms).unwrap();
        let records = succession::next(&self.founding.ledger, &tallest.state, signed);
        let Some(first) = records.first() else { return };
        let what = first.file().record().record_type.clone();
        if self.sent.0 == what && self.now_ms < self.sent.1 + SEND_AGAIN_MS {
            return;
        }
        self.sent = (what, self.now_ms);
        for record in records.into_iter().map(Arc::new) {
            self.records.push(Arc::clone(&record));
            for node in 0..self.nodes.len() {
                let delay = self.random.between(1, 30 * self.plan.delay_ms);
                self.after(delay, Event::Gossip { node, record: Arc::clone(&record) });
            }
        }
    }

    fn gossip(&mut self, node: usize, record: Arc<VerifiedRecord>) -> Result<(), Violation> {
        let state = &mut self.nodes[node];
        let id = record.file().id();
        if state.replica.is_none() || state.state.records.contains_key(&id) {
            return Ok(());
        }
        state.pool.insert(id, record);
        let life = state.life;
        self.tell(node, life, Input::RecordsWaiting)
    }

    fn babble(&mut self, node: usize) -> Result<(), Violation> {
        let tallest = self.nodes.iter().max_by_key(|node| node.chain.len()).unwrap();
        let state = &self.nodes[node];
        let set = tallest.set_after(1);
        let records: Vec<&VerifiedRecord> = tallest.pool.values().map(Arc::as_ref).take(2).collect();
        let mut babbler = Babbler {
            ledger: &self.founding.ledger,
            secret: &state.secret,
            set: &set,
            tip: &tallest.tip(&self.founding),
            state: &tallest.state,
            records: &records,
            now: state.clock(self.now_ms),
            random: &mut self.random,
        };
        let bytes = Arc::new(wire::encode(&babbler.message()).unwrap_or_default());
        for to in 0..self.nodes.len() {
            // What cannot be decoded never reaches a replica.
            if to != node && self.random.chance(700_000) && wire::decode(&bytes).is_ok() {
                self.transmit(node, to, &bytes);
            }
        }
        let wait = self.random.between(5, 100);
        self.after(wait, Event::Babble { node });
        Ok(())
    }

    fn liar(&self, node: usize) -> Option<Liar> {
        self.plan.liars.get(self.nodes[node].validator).copied()
    }

    fn draw_clock(&mut self, node: usize) {
        let skew_ms = self.random.between(0, self.plan.skew_ms);
        let wrong_ms = if self.liar(node) == Some(Liar::WrongClock) { 3_600_000 } else { 0 };
        self.nodes[node].skew_ms = skew_ms + wrong_ms;
    }

    /// Adds to the hash of all effects.
    fn note(&mut self, node: usize, bytes: &[u8]) {
        let place = [self.now_ms.to_le_bytes(), u64::try_from(node).unwrap().to_le_bytes()].concat();
        self.outcome.trace = Digest::of_parts(&[self.outcome.trace.as_bytes(), &place, bytes]);
    }

    fn at(&mut self, time: u64, event: Event) {
        self.number += 1;
        self.events.insert((time, self.number), event);
    }

    fn after(&mut self, delay: u64, event: Event) {
        self.at(self.now_ms + delay, event);
    }
}
