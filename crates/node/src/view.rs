//! What members see: the store and the board, through rpc's view.

use std::sync::Arc;

use plenary_consensus::CommitCertificate;
use plenary_core::{
    block::{Header, Height},
    checkpoint::Checkpoint,
    entry::Seal,
    hash::Digest,
    keys::ValidatorKey,
    place::Place,
    receipt::Receipt,
    record::{Name, VerifiedRecord},
    subject::Subject,
};
use plenary_procedure::execute::{Base as _, Head, Ledger};
use plenary_rpc::view::{
    Answer, BlockView, Check, CheckpointView, NodeStatus, Peer, Phase, Reach, ReceiptView, Seat, Software, SubjectView,
    Submission, ValidatorView, View, ViewError,
};
use plenary_store::{Error as StoreError, Evidence as StoredEvidence};
use tokio::{sync::oneshot, time::Instant};
use tracing::error;

use crate::{
    board::{Facts, Seen, Trouble},
    dossier,
    error::NodeError,
    roll::SeatOf,
    shared::{Shared, Submit},
    submissions::Settled,
};

/// The version of what nodes say to each other.
const PROTOCOL: u16 = 1;

/// The node as members see it.
#[derive(Clone)]
pub(crate) struct NodeView(pub(crate) Arc<Shared>);

impl Shared {
    /// The name of the validator with this key, or the key.
    pub(crate) fn name_of(&self, key: &ValidatorKey) -> String {
        let roll = self.roll();
        let seat = roll.known.iter().find(|seat| seat.validator.key == *key);
        seat.map_or_else(|| key.to_hex(), |seat| seat.validator.name.to_string())
    }

    /// Keeps a proof that a validator contradicted itself.
    pub(crate) fn keep_evidence(&self, evidence: &plenary_consensus::Evidence) -> Result<(), NodeError> {
        let height = self.store.head().height;
        if let Ok(bytes) = evidence.encode() {
            self.store.put_evidence(&StoredEvidence { height, bytes })?;
        }
        Ok(())
    }

    fn is_reachable(&self, seat: &SeatOf, facts: &Facts) -> bool {
        self.signs == Some(seat.validator.key) || facts.seen.get(&seat.peer).is_some_and(|seen| seen.since.is_some())
    }

    /// Which validators are reachable from here, and which are not.
    fn reach(&self) -> (Vec<Name>, Vec<Name>) {
        let facts = self.board.facts();
        let roll = self.roll();
        let (here, gone): (Vec<&SeatOf>, Vec<&SeatOf>) =
            roll.present.seats.iter().partition(|seat| self.is_reachable(seat, &facts));
        let names = |seats: Vec<&SeatOf>| seats.iter().map(|seat| seat.validator.name.clone()).collect();
        (names(here), names(gone))
    }

    fn agreement(&self) -> Check {
        let (reachable, missing) = self.reach();
        let needed = self.roll().present.policy.quorum();
        let holds = reachable.len() >= needed;
        let list: Vec<&str> = missing.iter().map(Name::as_str).collect();
        let words = if missing.is_empty() {
            format!("{} of {} validators are reachable", reachable.len(), self.roll().present.seats.len())
        } else {
            format!(
                "{} of {} validators are reachable, {needed} are needed; not reachable: {}",
                reachable.len(),
                self.roll().present.seats.len(),
                list.join(", ")
            )
        };
        Check { name: "agreement", holds, words, since: self.board.facts().committed }
    }

    fn takes_part(&self) -> Check {
        let name = "participation";
        let Facts { trouble, disk_full, .. } = self.board.facts();
        let observes = matches!(trouble, Some((Trouble::Observes, _)));
        let (words, since) = match (trouble, disk_full) {
            (Some((trouble, since)), _) => (words(&trouble), Some(since)),
            (None, Some((free, since))) => {
                let free = free / 1_048_576;
                (format!("only {free} MiB are free on the disk; it takes part again once there is room"), Some(since))
            }
            (None, None) => {
                let words = match self.seat() {
                    Some(_) => "this node takes part",
                    None => "this node follows: it has no seat in this epoch",
                };
                return Check { name, holds: true, words: words.to_owned(), since: None };
            }
        };
        Check { name, holds: observes, words, since }
    }
}

/// Why a node does not take part, and what helps.
fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Observes => "this node follows without a seat".to_owned(),
        Trouble::JournalLost(loss) => format!(
            "this node cannot know what it has signed: its journal cannot be used ({loss}); it only follows. Make \
             new keys with plenary validators prepare --new-key, and have the validators changed"
        ),
        Trouble::Silenced(_) => {
            "another process signs with this node's key, or its journal was lost; it only follows".to_owned()
        }
        Trouble::Halted(_) => "a quorum decided what this node refuses; it has stopped taking part".to_owned(),
    }
}

fn unreadable(error: StoreError) -> ViewError {
    error!(%error, "the store cannot be read");
    ViewError::Unreadable
}

impl NodeView {
    fn read<T>(&self, read: impl FnOnce(&plenary_store::View<'_>) -> Result<T, StoreError>) -> Result<T, ViewError> {
        self.0.store.view().and_then(|view| read(&view)).map_err(unreadable)
    }

    fn checkpoint_view(
        &self,
        view: &plenary_store::View<'_>,
        size: u64,
        text: Vec<u8>,
    ) -> Result<Option<CheckpointView>, StoreError> {
        let height = view.seal(size)?.map(|seal| seal.height);
        let head = view.log_head(size)?;
        let text = String::from_utf8(text).ok();
        Ok(height.zip(text).map(|(height, text)| CheckpointView { height, head, text }))
    }

    fn known(&self, id: Digest) -> Result<Option<Submission>, ViewError> {
        if let Some(index) = self.record_index(&id)? {
            return Ok(Some(Submission::Final { index }));
        }
        if self.0.submissions.is_pending(&id) {
            return Ok(Some(Submission::Pending));
        }
        Ok(self.0.submissions.refusal(&id).map(Submission::Refused))
    }
}

impl View for NodeView {
    fn ledger(&self) -> &Ledger {
        self.0.store.ledger()
    }

    fn software(&self) -> Software {
        Software { version: env!("CARGO_PKG_VERSION"), protocol: PROTOCOL }
    }

    fn status(&self) -> Result<NodeStatus, ViewError> {
        let facts = self.0.board.facts();
        let head = self.0.store.head();
        let phase = match (&facts.trouble, facts.target) {
            (Some((Trouble::Halted(_), _)), _) => Phase::Halted,
            (_, Some(target)) if target > head.height => Phase::Syncing { target },
            (_, _) => Phase::Live,
        };
        Ok(NodeStatus {
            name: self.0.name.clone(),
            seat: if self.0.seat().is_some() { Seat::Validator } else { Seat::Observer },
            phase,
            head,
            waiting: u64::try_from(facts.waiting).unwrap_or(u64::MAX),
            checks: vec![self.0.agreement(), self.0.takes_part()],
        })
    }

    fn peers(&self) -> Result<Vec<Peer>, ViewError> {
        let facts = self.0.board.facts();
        let roll = self.0.roll();
        let peers = facts.seen.into_iter().filter_map(|(peer, seen)| {
            let known = roll.known.iter().find(|seat| seat.peer == peer);
            let address = known.map_or_else(|| self.0.entries.get(&peer).copied(), |seat| self.0.address(seat));
            Some(Peer {
                id: peer.to_string(),
                validator: known.map(|seat| seat.validator.name.clone()),
                address: address.as_ref().map(ToString::to_string).unwrap_or_default(),
                height: seen.height,
                since: seen.since?,
            })
        });
        Ok(peers.collect())
    }

    fn validators(&self) -> Result<Vec<ValidatorView>, ViewError> {
        let facts = self.0.board.facts();
        let view = |seat: &SeatOf| {
            let seen = facts.seen.get(&seat.peer).cloned().unwrap_or_default();
            let is_own = self.0.signs == Some(seat.validator.key);
            let own = Seen { height: Some(self.0.store.head().height), at: facts.committed, ..Seen::default() };
            let seen = if is_own { own } else { seen };
            let reach = match (is_own, seen.since) {
                (true, _) => Reach::Own,
                (false, Some(_)) => Reach::Connected,
                (false, None) => Reach::Unreachable,
            };
            ValidatorView {
                name: seat.validator.name.clone(),
                organization: seat.validator.organization.clone(),
                key: seat.validator.key,
                reach,
                last_height: seen.height,
                last_seen: seen.at,
                version: is_own.then(|| env!("CARGO_PKG_VERSION").to_owned()),
            }
        };
        Ok(self.0.roll().present.seats.iter().map(view).collect())
    }

    fn policy(&self) -> Result<String, ViewError> {
        Ok(self.0.roll().present.policy.to_string())
    }

    fn head(&self) -> Result<Head, ViewError> {
        Ok(self.0.store.head())
    }

    fn block(&self, height: Height) -> Result<Option<BlockView>, ViewError> {
        let found = self.read(|view| {
            let head = view.head();
            if head.height < height {
                return Ok(None);
            }
            let header = view.header(height)?;
            // The genesis block is the genesis line and its seal.
            let log = match &header {
                Some(header) => header.log,
                None => view.log_head(2)?,
            };
            let first = Height::GENESIS.next().map(|first| view.header(first)).transpose()?.flatten();
            let genesis = first.map_or(head.block, |first| first.parent);
            let seal = view.seal(log.size)?;
            let records = view.block(height)?.map(|block| block.records).unwrap_or_default();
            Ok(Some((header, genesis, log, seal, records, view.certificate(height)?)))
        })?;
        let Some((header, genesis, log, Some(seal), records, certificate)) = found else { return Ok(None) };
        let line =
            |record: &Vec<u8>| Digest::of(record.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default());
        let signers = certificate.and_then(|bytes| CommitCertificate::decode(&bytes).ok()).map(|certificate| {
            certificate.votes().filter_map(|vote| Name::parse(&self.0.name_of(&vote.author))).collect()
        });
        Ok(Some(BlockView {
            id: header.as_ref().map_or(genesis, Header::id),
            parent: header.map(|header| header.parent),
            log,
            seal,
            records: records.iter().map(line).collect(),
            signers: signers.unwrap_or_default(),
        }))
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, ViewError> {
        self.read(|view| view.entry(index))
    }

    fn record_index(&self, id: &Digest) -> Result<Option<u64>, ViewError> {
        self.read(|view| view.record_index(id))
    }

    fn subject(&self, subject: &Subject) -> Result<Option<SubjectView>, ViewError> {
        self.read(|view| {
            let (slot, state) = (view.slot(subject)?, view.state(subject)?);
            Ok(slot.zip(state).map(|(slot, state)| SubjectView { subject: subject.clone(), slot, state }))
        })
    }

    fn chain(&self, subject: &Subject, from: u64, limit: usize) -> Result<Vec<u64>, ViewError> {
        self.read(|view| Ok(view.chain(subject, from, limit)?.items.into_iter().map(|link| link.index).collect()))
    }

    fn subjects(&self, prefix: &str, after: Option<&Subject>, limit: usize) -> Result<Vec<SubjectView>, ViewError> {
        self.read(|view| {
            // One more, since the page begins with the subject that it is asked to come after.
            let page = view.subjects(prefix, after, limit.saturating_add(1))?;
            let mut found = Vec::new();
            for subject in page.items.into_iter().filter(|subject| Some(subject) != after).take(limit) {
                if let (Some(slot), Some(state)) = (view.slot(&subject)?, view.state(&subject)?) {
                    found.push(SubjectView { subject, slot, state });
                }
            }
            Ok(found)
        })
    }

    fn checkpoint(&self) -> Result<Option<CheckpointView>, ViewError> {
        self.read(|view| match view.latest_checkpoint()? {
            Some(checkpoint) => self.checkpoint_view(view, checkpoint.size, checkpoint.text),
            None => Ok(None),
        })
    }

    fn receipt(&self, index: u64) -> Result<Option<ReceiptView>, ViewError> {
        let found = self.read(|view| {
            let Some(entry) = view.entry(index)? else { return Ok(None) };
            let Some(checkpoint) = view.checkpoint_covering(index)? else { return Ok(Some((entry, None))) };
            let path = view.inclusion_path(index, checkpoint.size)?;
            let Some(last) = checkpoint.size.checked_sub(1) else { return Ok(None) };
            let seal_path = Place { index: last, path: view.inclusion_path(last, checkpoint.size)? };
            let seal = view.entry(last)?.unwrap_or_default();
            let epoch = Seal::from_line(&seal).map_or(0, |seal| seal.epoch);
            let epochs = self.0.epochs.until(view, epoch)?;
            Ok(Some((entry, Some((path, checkpoint.text)).zip(epochs).zip(Some((seal, seal_path))))))
        })?;
        let Some((entry, proof)) = found else { return Ok(None) };
        let (((path, text), epochs), (seal, seal_path)) = proof.ok_or(ViewError::NotCosigned)?;
        let checkpoint = String::from_utf8(text).ok().and_then(|text| Checkpoint::parse(&text).ok());
        let receipt = Receipt { index, path, checkpoint: checkpoint.ok_or(ViewError::Unreadable)? };
        let seal_path = seal_path.to_string();
        Ok(Some(ReceiptView { index, entry, proof: receipt.to_string(), epochs, seal, seal_path }))
    }

    fn consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>, ViewError> {
        self.read(|view| view.consistency_path(old, new))
    }

    fn dossier(&self, subject: &Subject, since: Option<u64>) -> Result<Option<Vec<u8>>, ViewError> {
        Ok(dossier::make(&self.0, subject, since)?.map(|made| made.file))
    }

    fn approval_dossier(&self, subject: &Subject) -> Result<Option<Vec<u8>>, ViewError> {
        self.0.kept.read(subject)
    }

    fn submit(&self, record: VerifiedRecord) -> Answer<'_, Submission> {
        Box::pin(async move {
            let facts = self.0.board.facts();
            let at = self.0.store.head().height;
            if let Some(target) = facts.target.filter(|target| *target > at) {
                return Err(ViewError::Syncing { at, target });
            }
            let (reachable, missing) = self.0.reach();
            let needed = self.0.roll().present.policy.quorum();
            if reachable.len() < needed {
                return Err(ViewError::NoQuorum { reachable, missing, needed });
            }
            let (answer, answered) = oneshot::channel();
            // A full queue is answered at once, so that nobody waits behind a flood.
            self.0.submit.try_send(Submit { record, answer }).map_err(|_| ViewError::Full)?;
            answered.await.map_err(|_| ViewError::Stopped)?
        })
    }

    fn submission(&self, id: Digest) -> Answer<'_, Submission> {
        Box::pin(async move { Ok(self.known(id)?.unwrap_or(Submission::Unknown)) })
    }

    fn settled(&self, id: Digest, deadline: Instant) -> Answer<'_, Submission> {
        Box::pin(async move {
            // The watch comes first, so that nothing is missed in between.
            let mut watched = self.0.submissions.watch(id).ok_or(ViewError::Full)?;
            match self.known(id)? {
                Some(Submission::Pending) | None => {}
                Some(known) => return Ok(known),
            }
            let settled = tokio::time::timeout_at(deadline, watched.wait_for(Option::is_some)).await;
            match settled {
                Ok(Ok(settled)) => match &*settled {
                    Some(Settled::Final { index }) => Ok(Submission::Final { index: *index }),
                    Some(Settled::Refused(refusal)) => Ok(Submission::Refused(refusal.clone())),
                    None => Ok(Submission::Pending),
                },
                Ok(Err(_)) => Err(ViewError::Stopped),
                Err(_) => Ok(Submission::Pending),
            }
        })
    }
}
