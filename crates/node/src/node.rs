//! The loop: the next event, the replica's reaction, and its effects in order.
//!
//! One thread owns the replica, the journal and the waiting records, and is
//! the only one that writes to the store. Everything that can move it is in
//! `Event`.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use ed25519_dalek::SigningKey;
use plenary_consensus::{CommitCertificate, Effect, Input, Message, Replica, Round, Verdict, wire};
use plenary_core::{
    block::{BLOCK_BYTES_MAX, Block, BlockId, Height, TreeHead},
    codec,
    hash::Digest,
    keys::ValidatorKey,
    record::{RecordFile, VerifiedRecord},
    time::Moment,
};
use plenary_net::{Event as NetEvent, Events, Handle, MessageId, Misbehaviour, PeerName, Topic};
use plenary_procedure::execute::{self, Delta, ExecuteError};
use plenary_rpc::view::{Submission, ViewError};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};
use tracing::{debug, error, info, warn};

use crate::{
    blocks::Fetching,
    board::Trouble,
    clock,
    complaints::{Complaints, Unsound},
    cosigning::Cosigning,
    error::NodeError,
    home::Home,
    inclusion,
    journal::JournalFile,
    roll::Roll,
    shared::{Shared, Submit},
    submissions::Settled,
    transcript,
    waiting::Waiting,
};

/// Bytes of records after which a message to the others is full.
const RECORDS_MESSAGE_BYTES: usize = 96 * 1_024;

/// Records after which a message to the others is sent at once.
const RECORDS_AT_ONCE: usize = 64;

/// How soon after such a message the next one follows, unless it is full: many
/// small messages cost every node more than what is in them.
const RECORDS_PAUSE_MS: u64 = 10;

/// The most bytes of such a message; a record of the largest size fits with its length.
const RECORDS_FRAME_BYTES: usize = 126 * 1_024;

/// How often the node looks after what no event brings up.
const HOUSEKEEPING_MS: u64 = 1_000;

/// Record files in one message.
#[derive(Serialize, Deserialize)]
struct Batch(#[serde(with = "codec::byte_strings")] Vec<Vec<u8>>);

/// The most records that members sent which are looked at in one turn.
const SUBMITS_AT_ONCE: usize = 32;

/// Everything that can move a node.
enum Event {
    /// Something happened on the network.
    Net(Box<NetEvent>),
    /// A member sent a record.
    Submit(Box<Submit>),
    /// A moment that the replica named, or that of housekeeping, has come.
    Wake,
    /// The operator wants the node to stop.
    Stop,
}

/// Where events come from.
pub(crate) struct Sources {
    pub(crate) net: Events,
    pub(crate) submit: mpsc::Receiver<Submit>,
    pub(crate) stop: watch::Receiver<bool>,
}

/// What a validator signs with, apart from its cosigning keys.
pub(crate) struct Signing {
    /// What makes blocks final, and what it attests about the ledger itself.
    pub(crate) validator: SigningKey,
    /// The checkpoint's own line.
    pub(crate) log: SigningKey,
}

/// A node at work.
pub(crate) struct Node {
    pub(crate) shared: Arc<Shared>,
    pub(crate) replica: Replica,
    /// Who validates when, after the last block.
    pub(crate) roll: Arc<Roll>,
    pub(crate) key: ValidatorKey,
    /// The keys that it signs with when it has a seat, unless it only follows.
    pub(crate) signing: Option<Signing>,
    pub(crate) home: Home,
    /// Whether the network has yet to be told which nodes belong to it.
    pub(crate) peers_due: bool,
    /// The epoch whose closing checkpoint was sent last, and when.
    pub(crate) closed_at: Option<(u64, Height)>,
    pub(crate) net: Handle,
    pub(crate) journal: Option<JournalFile>,
    pub(crate) cosigning: Cosigning,
    pub(crate) waiting: Waiting,
    /// Records for the others, not yet sent.
    pub(crate) outgoing: Vec<Vec<u8>>,
    /// When such records were last sent.
    pub(crate) sent: Moment,
    /// What executing the blocks of this height came to.
    pub(crate) deltas: BTreeMap<BlockId, Delta>,
    pub(crate) inputs: VecDeque<Input>,
    pub(crate) wake: Option<Moment>,
    pub(crate) housekeeping: Moment,
    pub(crate) fetching: Fetching,
    pub(crate) fetched: VecDeque<(Block, CommitCertificate)>,
    /// Whose answer is being worked off, and the last block before it.
    pub(crate) answered: Option<(PeerName, Height)>,
    pub(crate) connected: BTreeSet<PeerName>,
    /// The last head that each other node has cosigned.
    pub(crate) cosigned: BTreeMap<PeerName, TreeHead>,
    pub(crate) complaints: Complaints,
}

impl Node {
    /// Works until it is told to stop, or must.
    ///
    /// `effects` are those with which the replica has begun.
    pub(crate) async fn run(mut self, effects: Vec<Effect>, mut sources: Sources) -> Result<(), NodeError> {
        for effect in effects {
            self.carry_out(effect)?;
        }
        self.carry_on()?;
        self.cosign_again()?;
        loop {
            let event = self.next(&mut sources).await;
            match event {
                Event::Net(event) => self.on_net(*event)?,
                Event::Submit(submit) => {
                    self.on_submit(*submit)?;
                    for _ in 1..SUBMITS_AT_ONCE {
                        let Ok(submit) = sources.submit.try_recv() else { break };
                        self.on_submit(submit)?;
                    }
                }
                Event::Wake => self.on_wake()?,
                Event::Stop => return Ok(()),
            }
            self.carry_on()?;
            if sources.submit.is_empty() || self.outgoing.len() >= RECORDS_AT_ONCE {
                self.send_records(clock::now());
            }
        }
    }

    /// The next event. However much there is to hear, what is due happens.
    async fn next(&self, sources: &mut Sources) -> Event {
        let now = clock::now();
        let due = self.wake.map_or(self.housekeeping, |wake| wake.min(self.housekeeping));
        if due <= now {
            return Event::Wake;
        }
        let sending = (!self.outgoing.is_empty()).then(|| self.sent.plus_ms(RECORDS_PAUSE_MS));
        let wake = sending.map_or(due, |sending| due.min(sending));
        // In no order, so that neither members nor other nodes can be kept from being heard.
        tokio::select! {
            _ = sources.stop.wait_for(|stop| *stop) => Event::Stop,
            event = sources.net.next() => event.map_or(Event::Stop, |event| Event::Net(Box::new(event))),
            Some(submit) = sources.submit.recv() => Event::Submit(Box::new(submit)),
            () = sleep(Duration::from_millis(wake.ms_since(now))) => Event::Wake,
        }
    }

    /// Tells the replica what has come up, and carries out what it wants, until nothing is left.
    fn carry_on(&mut self) -> Result<(), NodeError> {
        while let Some(input) = self.inputs.pop_front() {
            let effects = self.replica.handle(clock::now(), input);
            for effect in effects {
                self.carry_out(effect)?;
            }
        }
        self.judge_answer();
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), NodeError> {
        match effect {
            Effect::Journal { height, entry } => {
                if let Some(journal) = &mut self.journal {
                    journal.append(height, &entry)?;
                }
            }
            Effect::Sync => {
                if let Some(journal) = &mut self.journal {
                    journal.sync()?;
                }
            }
            Effect::Send(message) => self.send(&message),
            Effect::Build { height, round, time } => self.build(height, round, time)?,
            Effect::Execute(block) => self.execute(&block)?,
            Effect::Commit { block, certificate } => self.commit(&block, &certificate)?,
            Effect::WakeAt(moment) => self.wake = Some(moment),
            Effect::Behind(height) => {
                self.fetching.aim(height);
                self.fetch();
            }
            Effect::Misbehaved(evidence) => {
                error!(validator = %self.shared.name_of(&evidence.author()), "a validator contradicted itself");
                self.shared.keep_evidence(&evidence)?;
            }
            Effect::Silenced(silence) => {
                error!(?silence, "another process signs with this node's key: this node observes from now on");
                self.trouble(Trouble::Silenced(silence));
            }
            Effect::Halted(halt) => {
                error!(?halt, "this node has stopped taking part; it goes on answering questions");
                self.trouble(Trouble::Halted(halt));
            }
        }
        Ok(())
    }

    fn send(&self, message: &Message) {
        match wire::encode(message) {
            // What does not get through is said again by the replica.
            Ok(bytes) => {
                if let Err(error) = self.net.publish(Topic::Agreement, bytes) {
                    debug!(%error, "a message was not sent");
                }
            }
            Err(error) => error!(%error, "a message cannot be encoded"),
        }
    }

    fn build(&mut self, height: Height, round: Round, time: Moment) -> Result<(), NodeError> {
        let view = self.shared.store.view()?;
        let candidates = self.waiting.candidates(height, self.roll.at(height).set.some_correct(), BLOCK_BYTES_MAX);
        let proposed = execute::propose(self.shared.store.ledger(), &view, self.key, time, &candidates);
        let proposal = proposed.map_err(NodeError::from_execute)?;
        drop(view);
        for (id, refusal) in proposal.refused {
            self.waiting.remove(&id);
            self.shared.submissions.settle(id, Settled::Refused(refusal));
        }
        let block = proposal.block.map(|(block, delta)| {
            self.deltas.insert(block.id(), delta);
            Arc::new(block)
        });
        self.inputs.push_back(Input::Built { height, round, block });
        Ok(())
    }

    fn execute(&mut self, block: &Block) -> Result<(), NodeError> {
        let id = block.id();
        let verdict = match self.delta(block)? {
            Some(delta) => {
                let leaves_out = self.leaves_out(block, &delta)?;
                self.deltas.insert(id, delta);
                if leaves_out { Verdict::LeavesOut } else { Verdict::Accepted }
            }
            None => Verdict::Refused,
        };
        self.inputs.push_back(Input::Executed { block: id, verdict });
        Ok(())
    }

    fn leaves_out(&self, block: &Block, delta: &Delta) -> Result<bool, NodeError> {
        let view = self.shared.store.view()?;
        let ledger = self.shared.store.ledger();
        let set = &self.roll.at(block.header.height).set;
        let leaves_out = inclusion::leaves_out(ledger, &view, &self.waiting, set, (block, delta));
        let leaves_out = leaves_out.map_err(NodeError::from_execute)?;
        if leaves_out {
            let proposer = self.shared.name_of(&block.header.proposer);
            warn!(height = %block.header.height, %proposer, "a proposed block leaves out records that are overdue");
        }
        Ok(leaves_out)
    }

    /// What a block comes to on the ledger as it is; none if it is refused.
    fn delta(&mut self, block: &Block) -> Result<Option<Delta>, NodeError> {
        let ids: Vec<Digest> = block.records.iter().map(|bytes| id_of(bytes)).collect();
        // A block may be here before its records; they are on their way, and are verified once.
        let mut fresh = BTreeMap::new();
        for (id, bytes) in ids.iter().zip(&block.records) {
            if self.known(id, bytes).is_some() {
                continue;
            }
            match RecordFile::parse(bytes).and_then(RecordFile::verify) {
                Ok(record) => {
                    if self.waiting.insert(record.clone(), self.replica.height()).is_err() {
                        fresh.insert(*id, record);
                    }
                }
                Err(error) => {
                    warn!(height = %block.header.height, %error, "a proposed block holds a malformed record");
                    return Ok(None);
                }
            }
        }
        let find = |(id, bytes): (&Digest, &Vec<u8>)| fresh.get(id).or_else(|| self.known(id, bytes));
        let records: Option<Vec<&VerifiedRecord>> = ids.iter().zip(&block.records).map(find).collect();
        let Some(records) = records else { return Ok(None) };
        let view = self.shared.store.view()?;
        match execute::execute(self.shared.store.ledger(), &view, block, &records) {
            Ok(delta) => Ok(Some(delta)),
            Err(ExecuteError::Refused(refusal)) => {
                warn!(height = %block.header.height, %refusal, "a proposed block is refused");
                Ok(None)
            }
            Err(error) => Err(NodeError::from_execute(error)),
        }
    }

    /// The record `id` if it waits here with these very bytes, so that its signatures are verified already.
    fn known(&self, id: &Digest, bytes: &[u8]) -> Option<&VerifiedRecord> {
        self.waiting.get(id).filter(|record| record.file().bytes() == bytes)
    }

    fn commit(&mut self, block: &Block, certificate: &CommitCertificate) -> Result<(), NodeError> {
        let id = block.id();
        let delta = match self.deltas.remove(&id) {
            Some(delta) => delta,
            None => self.delta(block)?.ok_or(NodeError::Diverged(id))?,
        };
        let bytes = certificate.encode().map_err(|_| NodeError::Diverged(id))?;
        self.shared.store.commit(block, &bytes, &delta)?;
        self.deltas.clear();
        let height = block.header.height;
        debug!(%height, records = block.records.len(), "committed");
        for (record, index) in &delta.records {
            self.waiting.remove(record);
            self.shared.submissions.settle(*record, Settled::Final { index: *index });
        }
        for lapsed in self.waiting.expire(block.header.time) {
            self.shared.submissions.lapsed(&lapsed);
        }
        self.fetching.reached(height);
        let waiting = self.waiting.len();
        self.shared.board.note(|facts| {
            facts.waiting = waiting;
            facts.committed = Some(clock::now());
        });
        self.note_target();
        self.turn_epochs(&delta)?;
        self.cosign()?;
        let after_next = height.next().and_then(Height::next).unwrap_or(Height::LAST);
        self.inputs.push_back(Input::Committed { height, next: Arc::clone(&self.roll.at(after_next).set) });
        if let Some((block, certificate)) = self.next_fetched(height) {
            self.inputs.push_back(Input::Certified { block: Arc::new(block), certificate });
        }
        if waiting > 0 {
            self.inputs.push_back(Input::RecordsWaiting);
        }
        Ok(())
    }

    pub(crate) fn publish(&self, topic: Topic, bytes: Vec<u8>) {
        if let Err(error) = self.net.publish(topic, bytes) {
            debug!(topic = topic.name(), %error, "a message was not sent");
        }
    }

    fn on_wake(&mut self) -> Result<(), NodeError> {
        let now = clock::now();
        if self.wake.is_some_and(|wake| wake <= now) {
            self.wake = None;
            self.inputs.push_back(Input::Wake);
        }
        if self.housekeeping <= now {
            self.housekeeping = now.plus_ms(HOUSEKEEPING_MS);
            self.keep_house()?;
        }
        Ok(())
    }

    fn keep_house(&mut self) -> Result<(), NodeError> {
        self.set_peers();
        self.cosign_for_the_late()?;
        self.close_epoch()?;
        self.look_at_disk()?;
        if !self.waiting.is_empty() && !self.is_disk_full() {
            self.inputs.push_back(Input::RecordsWaiting);
        }
        self.remind();
        self.fetch();
        Ok(())
    }

    /// Sends the others the records that blocks have passed by: they may not have them.
    fn remind(&self) {
        let due = self.waiting.reminders(self.replica.height(), RECORDS_MESSAGE_BYTES);
        let batch = Batch(due.iter().map(|record| record.file().bytes().to_vec()).collect());
        if batch.0.is_empty() {
            return;
        }
        if let Ok(message) = codec::encode::<RECORDS_FRAME_BYTES, _>(&batch) {
            self.publish(Topic::Records, message);
        }
    }

    /// Pauses this node before the disk is full, and lets it go on once there is room.
    fn look_at_disk(&self) -> Result<(), NodeError> {
        let free = self.shared.store.free_bytes()?;
        let is_full = free < self.shared.disk_reserve;
        if is_full != self.is_disk_full() {
            if is_full {
                warn!(free, "the disk is nearly full: this node does not take part until there is room");
            } else {
                info!(free, "there is room on the disk again: this node takes part");
            }
        }
        self.shared.board.note(|facts| {
            let since = facts.disk_full.map_or_else(clock::now, |(_, since)| since);
            facts.disk_full = is_full.then_some((free, since));
        });
        Ok(())
    }

    fn trouble(&self, trouble: Trouble) {
        self.shared.board.note(|facts| facts.trouble = Some((trouble, clock::now())));
    }

    /// Whether there is too little room to go on writing.
    pub(crate) fn is_disk_full(&self) -> bool {
        self.shared.board.is_disk_full()
    }

    fn on_submit(&mut self, submit: Submit) -> Result<(), NodeError> {
        let Submit { record, answer } = submit;
        let id = record.file().id();
        let result = self.admit(record)?;
        if let Ok(Submission::Refused(refusal)) = &result {
            self.shared.submissions.settle(id, Settled::Refused(refusal.clone()));
        }
        // Whoever asked may have gone.
        drop(answer.send(result));
        Ok(())
    }

    /// Lets a record wait for a block, unless it can be refused at once.
    pub(crate) fn admit(&mut self, record: VerifiedRecord) -> Result<Result<Submission, ViewError>, NodeError> {
        let id = record.file().id();
        if self.waiting.get(&id).is_some() {
            return Ok(Ok(Submission::Pending));
        }
        if self.is_disk_full() {
            return Ok(Err(ViewError::Stopped));
        }
        let view = self.shared.store.view()?;
        if let Some(index) = execute::Base::record_index(&view, &id)? {
            return Ok(Ok(Submission::Final { index }));
        }
        let refusal = execute::check(self.shared.store.ledger(), &view, clock::now(), &record);
        let refusal = refusal.map_err(NodeError::from_execute)?;
        drop(view);
        if let Some(refusal) = refusal {
            return Ok(Ok(Submission::Refused(refusal)));
        }
        let bytes = record.file().bytes().to_vec();
        if self.waiting.insert(record, self.replica.height()).is_err() {
            return Ok(Err(ViewError::Full));
        }
        self.shared.submissions.pending(id);
        self.outgoing.push(bytes);
        self.shared.board.note(|facts| facts.waiting = facts.waiting.saturating_add(1));
        if self.waiting.len() == 1 {
            self.inputs.push_back(Input::RecordsWaiting);
        }
        Ok(Ok(Submission::Pending))
    }

    /// Sends the records that came in here to the others, many in one message.
    fn send_records(&mut self, now: Moment) {
        let is_early = self.sent <= now && now.ms_since(self.sent) < RECORDS_PAUSE_MS;
        if self.outgoing.is_empty() || (is_early && self.outgoing.len() < RECORDS_AT_ONCE) {
            return;
        }
        self.sent = now;
        while !self.outgoing.is_empty() {
            let mut bytes = 0_usize;
            let fits = |record: &&Vec<u8>| {
                bytes = bytes.saturating_add(record.len()).saturating_add(8);
                bytes <= RECORDS_MESSAGE_BYTES
            };
            let count = self.outgoing.iter().take_while(fits).count().max(1);
            let batch = Batch(self.outgoing.drain(..count).collect());
            if let Ok(message) = codec::encode::<RECORDS_FRAME_BYTES, _>(&batch) {
                self.publish(Topic::Records, message);
            }
        }
    }

    fn on_net(&mut self, event: NetEvent) -> Result<(), NodeError> {
        match event {
            NetEvent::Listening { address } => info!(%address, "listening for other nodes"),
            NetEvent::Connected { peer } => self.on_connected(peer)?,
            NetEvent::Disconnected { peer } => {
                self.connected.remove(&peer);
                self.shared.board.note(|facts| facts.seen.entry(peer).or_default().since = None);
            }
            NetEvent::Incompatible { peer } => {
                warn!(%peer, "a node of the set speaks for another ledger or another version of the protocol");
            }
            NetEvent::Message { topic, author, bytes, id } => self.on_message(topic, author, &bytes, id)?,
            NetEvent::Request { peer, id, bytes } => self.on_request(peer, id, &bytes)?,
            NetEvent::Response { peer, id, bytes } => self.on_response(peer, id, &bytes),
            NetEvent::RequestFailed { peer, id, reason } => {
                if self.fetching.asked.take_if(|(asked, _)| *asked == id).is_some() {
                    debug!(%peer, ?reason, "a request for blocks failed");
                    self.fetching.failed(peer);
                    self.fetch();
                }
            }
        }
        Ok(())
    }

    fn on_connected(&mut self, peer: PeerName) -> Result<(), NodeError> {
        self.connected.insert(peer);
        self.shared.board.note(|facts| facts.seen.entry(peer).or_default().since = Some(clock::now()));
        // The newcomer may have missed the end of the last height.
        let view = self.shared.store.view()?;
        let certificate = view.certificate(self.shared.store.head().height)?;
        drop(view);
        if let Some(certificate) = certificate.and_then(|bytes| CommitCertificate::decode(&bytes).ok()) {
            self.send(&Message::Commit(certificate));
        }
        for message in self.cosigning.own() {
            self.publish(Topic::Cosignatures, message);
        }
        self.fetch();
        Ok(())
    }

    fn on_message(&mut self, topic: Topic, author: PeerName, bytes: &[u8], id: MessageId) -> Result<(), NodeError> {
        let unsound = match topic {
            Topic::Agreement => self.on_agreement(author, bytes).err(),
            Topic::Cosignatures => self.on_cosignature(author, bytes)?.err(),
            Topic::Records => self.on_records(author, bytes)?.err(),
        };
        let answer = match unsound {
            None => self.net.accept(id),
            Some(why) => {
                self.report(author, topic.name(), &why);
                self.net.reject(id)
            }
        };
        if let Err(error) = answer {
            debug!(%error, "a message was not passed on");
        }
        Ok(())
    }

    /// Has a node of the set cut off that sent what is unsound.
    pub(crate) fn report(&mut self, author: PeerName, kind: &'static str, why: &Unsound) {
        if let Some(count) = self.complaints.count(author, clock::now()) {
            warn!(peer = %author, kind, %why, count, "a node of the set sends what is unsound");
        }
        if let Err(error) = self.net.report(author, Misbehaviour::Undecodable) {
            debug!(%error, "what is unsound was not reported");
        }
    }

    fn on_agreement(&mut self, author: PeerName, bytes: &[u8]) -> Result<(), Unsound> {
        let message = wire::decode(bytes)?;
        transcript::write_down(&message);
        let decided = match &message {
            Message::Commit(certificate) => Some(certificate.height),
            Message::Proposal(_) | Message::Vote(_) | Message::Bundle(_) => message.height().and_then(Height::previous),
        };
        self.saw(author, decided);
        if !self.is_disk_full() {
            self.inputs.push_back(Input::Received(message));
        }
        Ok(())
    }

    fn on_records(&mut self, author: PeerName, bytes: &[u8]) -> Result<Result<(), Unsound>, NodeError> {
        let batch = match codec::decode::<RECORDS_FRAME_BYTES, Batch>(bytes) {
            Ok(Batch(batch)) => batch,
            Err(error) => return Ok(Err(error.into())),
        };
        let was_empty = self.waiting.is_empty();
        let view = self.shared.store.view()?;
        for bytes in &batch {
            let id = id_of(bytes);
            if self.waiting.get(&id).is_none() {
                let file = match RecordFile::parse(bytes) {
                    Ok(file) => file,
                    Err(error) => return Ok(Err(error.into())),
                };
                // A full room is no fault of the sender's; the record waits elsewhere.
                if !self.waiting.has_room_for_others(&file) || execute::Base::record_index(&view, &id)?.is_some() {
                    continue;
                }
                let record = match file.verify() {
                    Ok(record) => record,
                    Err(error) => return Ok(Err(error.into())),
                };
                if let Err(error) = self.waiting.insert(record, self.replica.height()) {
                    debug!(%error, "a record was not kept");
                }
            }
            self.waiting.sent_by(&id, author);
        }
        drop(view);
        if was_empty && !self.waiting.is_empty() {
            self.inputs.push_back(Input::RecordsWaiting);
        }
        Ok(Ok(()))
    }

    pub(crate) fn saw(&self, peer: PeerName, height: Option<Height>) {
        let at = Some(clock::now());
        self.shared.board.note(|facts| {
            let seen = facts.seen.entry(peer).or_default();
            seen.height = seen.height.max(height);
            seen.at = at;
        });
    }
}

/// The id of the record in a file: the digest of its first line, whatever follows.
fn id_of(file: &[u8]) -> Digest {
    Digest::of(file.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default())
}
