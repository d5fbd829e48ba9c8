//! What a node does by its office: it cosigns heads, and goes from one epoch's keys and nodes to the next's.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::{Height, TreeHead},
    keys::ValidatorKey,
    place::Place,
    record::{NAMESPACE, Name, Record, RecordFile, Signer, VerifiedRecord},
    signature,
};
use plenary_net::{PeerName, Topic};
use plenary_procedure::{closing::ValidatorsClose, execute::Delta, record_type::RecordType, validators::Validators};
use tracing::{debug, error, info, warn};

use crate::{
    clock,
    complaints::Unsound,
    cosigning::{Cosigner, CosigningError, Office},
    error::NodeError,
    home::Home,
    node::Node,
    roll::{Roll, Term},
};

/// How many heights pass before a node sends the closing checkpoint once more.
const CLOSE_AGAIN: u64 = 20;

/// How long such a record is good for.
const CLOSE_TIME_MS: u64 = 24 * 3_600_000;

/// The epochs of the roll, with this node's keys in them.
pub(crate) fn offices(
    roll: &Roll,
    key: &ValidatorKey,
    log: &SigningKey,
    home: &Home,
) -> Result<Vec<Office>, NodeError> {
    let secrets = home.cosigners()?;
    let office = |term: &Arc<Term>| {
        let line = term.line_of(key);
        let secret = line.and_then(|line| {
            let is_it = |secret: &&SigningKey| secret.verifying_key().as_bytes() == line.cosigner.public();
            secrets.iter().map(|(_, secret)| secret).find(is_it).cloned()
        });
        if line.is_some() && secret.is_none() {
            error!(
                epoch = term.epoch,
                "the cosigning key of this epoch is not in the folder keys: no head is cosigned"
            );
        }
        let cosigner = line.zip(secret).map(|(line, secret)| Cosigner {
            name: line.cosigner.name().clone(),
            secret,
            log: log.clone(),
        });
        Office { epoch: term.epoch, policy: term.policy.clone(), cosigner }
    };
    Ok(roll.terms().map(office).collect())
}

impl Node {
    /// Takes note of what a block changes about the validators, and of epochs that begin or end.
    pub(crate) fn turn_epochs(&mut self, delta: &Delta) -> Result<(), NodeError> {
        let concerns = Validators::subject().is_some_and(|subject| delta.states.contains_key(&subject));
        let next = delta.head.height.next();
        let begins = self.roll.coming.as_ref().is_some_and(|coming| next.is_some_and(|next| coming.from <= next));
        if !concerns && !begins {
            return Ok(());
        }
        let roll = Arc::new(Roll::read(&self.shared.store.view()?)?);
        let before = self.shared.seat();
        self.roll = Arc::clone(&roll);
        self.shared.turn(roll);
        let after = self.shared.seat();
        if begins {
            let epoch = self.roll.present.epoch;
            info!(epoch, "another epoch begins");
            match (&before, &after) {
                (Some(_), None) => warn!(epoch, "this node has no seat any more: it follows and goes on answering"),
                (None, Some(name)) => info!(epoch, %name, "this node has a seat now, and takes part"),
                (Some(_), Some(_)) | (None, None) => {}
            }
            if self.journal.is_none() && self.roll.present.seat_of(&self.key).is_some() && self.signing.is_some() {
                warn!("this node has a seat and no journal: it only follows");
            }
        }
        self.peers_due = true;
        self.set_peers();
        self.take_office()
    }

    /// Tells the network which nodes belong to it, if that has changed.
    pub(crate) fn set_peers(&mut self) {
        if !self.peers_due {
            return;
        }
        match self.net.set_peers(self.shared.peers()) {
            Ok(()) => self.peers_due = false,
            Err(error) => debug!(%error, "the network was not told of its nodes yet"),
        }
    }

    /// Goes on with the keys of the epochs of now, and does away with those that are over.
    pub(crate) fn take_office(&mut self) -> Result<(), NodeError> {
        let offices = match &self.signing {
            Some(keys) => offices(&self.roll, &self.key, &keys.log, &self.home)?,
            None => self
                .roll
                .terms()
                .map(|term| Office { epoch: term.epoch, policy: term.policy.clone(), cosigner: None })
                .collect(),
        };
        let closing = self.closing_head()?;
        self.cosigning.turn(offices, closing);
        if let Some((epoch, head)) = closing {
            let view = self.shared.store.view()?;
            // As long as it is the ledger's last head, it is cosigned as any other, once the journal tells of it.
            let is_kept = view.checkpoint(head.size)?.is_some() || self.shared.store.head().log == head;
            drop(view);
            // It is the last head of those keys, so whoever has signed it may do so again.
            if !is_kept
                && self.journal.is_some()
                && let Some(message) = self.cosigning.cosign(head, epoch, clock::now())
            {
                self.publish(Topic::Cosignatures, message);
            }
        }
        self.delete_old_keys()
    }

    /// The last head of the epoch before, while its closing checkpoint is not recorded.
    fn closing_head(&self) -> Result<Option<(u64, TreeHead)>, NodeError> {
        let Some(unclosed) = &self.roll.unclosed else { return Ok(None) };
        let Some(last) = self.roll.present.from.previous() else { return Ok(None) };
        // While the epoch's last block is the ledger's, it is like any other head.
        let header = self.shared.store.view()?.header(last)?;
        Ok(header.map(|header| (unclosed.epoch, header.log)))
    }

    /// Deletes cosigning keys that no head needs any more: with them nobody signs another past.
    fn delete_old_keys(&self) -> Result<(), NodeError> {
        if self.signing.is_none() {
            return Ok(());
        }
        for (path, secret) in self.home.cosigners()? {
            if self.roll.is_over(secret.verifying_key().as_bytes()) {
                self.home.destroy(&path)?;
                info!(key = %path.display(), "a cosigning key of an epoch that is closed was deleted");
            }
        }
        Ok(())
    }

    /// Cosigns the log's head, which has been committed, and says so.
    pub(crate) fn cosign(&mut self) -> Result<(), NodeError> {
        let here = self.shared.store.head();
        let head = here.log;
        // Who was faster has said so already.
        for (peer, _) in self.cosigned.iter().filter(|(_, theirs)| **theirs == head) {
            self.saw(*peer, Some(here.height));
        }
        // A validator that only observes for a while takes note, too, so that its journal stays of use.
        if let Some(journal) = &mut self.journal {
            journal.cosigned(head)?;
            if let Some(message) = self.cosigning.cosign(head, here.epoch, clock::now()) {
                self.publish(Topic::Cosignatures, message);
            }
        }
        self.keep_checkpoints()
    }

    /// Cosigns the head that the store was found with once more.
    ///
    /// All may have been killed before a quorum had heard each other, and until
    /// the next block nobody would give a receipt for the last one.
    pub(crate) fn cosign_again(&mut self) -> Result<(), NodeError> {
        self.take_office()?;
        if self.shared.store.head().height == Height::GENESIS {
            return Ok(());
        }
        self.cosign()
    }

    /// Keeps the checkpoints that are complete: of the last head, and of the last head of an epoch.
    pub(crate) fn keep_checkpoints(&mut self) -> Result<(), NodeError> {
        let here = self.shared.store.head();
        let heads = [Some((here.epoch, here.log)), self.cosigning.closing()];
        for (epoch, head) in heads.into_iter().flatten() {
            if let Some(checkpoint) = self.cosigning.complete(head, epoch) {
                self.shared.store.put_checkpoint(&head, checkpoint.to_string().as_bytes())?;
            }
        }
        Ok(())
    }

    /// Says again what others may not have heard, while it is not covered.
    pub(crate) fn cosign_for_the_late(&self) -> Result<(), NodeError> {
        let view = self.shared.store.view()?;
        let closing = self.cosigning.closing().map(|(_, head)| head.size);
        for size in [Some(self.shared.store.head().log.size), closing].into_iter().flatten() {
            if view.checkpoint(size)?.is_none() {
                for message in self.cosigning.own() {
                    self.publish(Topic::Cosignatures, message);
                }
                return Ok(());
            }
        }
        Ok(())
    }

    pub(crate) fn on_cosignature(&mut self, author: PeerName, bytes: &[u8]) -> Result<Result<(), Unsound>, NodeError> {
        let head = match self.cosigning.receive(bytes) {
            Ok(head) => head,
            // A node that is behind does not know the keys of the epochs to come.
            Err(CosigningError::NoSeat) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error.into())),
        };
        self.cosigned.insert(author, head);
        let here = self.shared.store.head();
        self.saw(author, (here.log == head).then_some(here.height));
        self.keep_checkpoints()?;
        Ok(Ok(()))
    }

    /// Sends the closing checkpoint of the epoch before to the ledger, if this node has it and a seat.
    pub(crate) fn close_epoch(&mut self) -> Result<(), NodeError> {
        let Some((epoch, head)) = self.cosigning.closing() else { return Ok(()) };
        let here = self.shared.store.head().height;
        let is_due = self
            .closed_at
            .is_none_or(|(of, at)| of != epoch || at.as_u64().saturating_add(CLOSE_AGAIN) <= here.as_u64());
        let (Some(keys), Some(name)) = (&self.signing, self.shared.seat()) else { return Ok(()) };
        if !is_due {
            return Ok(());
        }
        let view = self.shared.store.view()?;
        let Some(checkpoint) = view.checkpoint(head.size)? else { return Ok(()) };
        let Some(last) = head.size.checked_sub(1) else { return Ok(()) };
        let place = Place { index: last, path: view.inclusion_path(last, head.size)? };
        let seal = view.entry(last)?.unwrap_or_default();
        drop(view);
        let (Ok(checkpoint), Ok(seal)) = (String::from_utf8(checkpoint.text), String::from_utf8(seal)) else {
            return Ok(());
        };
        let body = ValidatorsClose { epoch, checkpoint, seal, path: place.to_string() };
        let record = self.attest(&keys.validator, name, &body);
        self.closed_at = Some((epoch, here));
        if let Some(record) = record {
            // A refusal means that another validator was faster.
            let answer = self.admit(record)?;
            debug!(epoch, ?answer, "the closing checkpoint was sent");
        }
        Ok(())
    }

    /// The record of a validator about the ledger itself.
    fn attest(&self, secret: &SigningKey, who: Name, body: &ValidatorsClose) -> Option<VerifiedRecord> {
        let signed = self.shared.store.head().time;
        let record = Record {
            at: signed,
            body: body.to_object()?,
            expires: signed.plus_ms(CLOSE_TIME_MS),
            group: None,
            ledger: self.shared.store.ledger().id(),
            signed,
            signers: vec![Signer { role: Name::parse("validator")?, who }],
            record_type: RecordType::ValidatorsClose.as_str().to_owned(),
        };
        let line = record.to_line().ok()?;
        let armour = signature::sign(secret, &line, NAMESPACE).ok()?;
        RecordFile::assemble(&line, &[armour]).and_then(RecordFile::verify).ok()
    }
}
