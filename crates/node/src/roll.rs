//! Who validates when, as the ledger says after its last block, and which nodes belong to it.

use std::sync::Arc;

use plenary_consensus::ValidatorSet;
use plenary_core::{block::Height, genesis::GenesisValidator, hash::Digest, keys::ValidatorKey, policy::Policy};
use plenary_net::PeerName;
use plenary_procedure::{
    execute::{self, Base},
    validators::{Epoch, Seat, Validators},
};

use crate::error::NodeError;

/// A seat of an epoch.
#[derive(Clone)]
pub(crate) struct SeatOf {
    /// Who holds it.
    pub(crate) validator: GenesisValidator,
    /// Its name on the network.
    pub(crate) peer: PeerName,
}

/// The validators of one epoch.
pub(crate) struct Term {
    /// The epoch.
    pub(crate) epoch: u64,
    /// Its first height.
    pub(crate) from: Height,
    /// Its seats, in the order of the policy.
    pub(crate) seats: Vec<SeatOf>,
    /// The keys that make blocks final.
    pub(crate) set: Arc<ValidatorSet>,
    /// The policy in force.
    pub(crate) policy: Policy,
}

/// The terms that matter after the last block, and everybody who is known.
pub(crate) struct Roll {
    /// The epoch before, until its closing checkpoint is recorded.
    pub(crate) unclosed: Option<Arc<Term>>,
    /// The epoch of the next height.
    pub(crate) present: Arc<Term>,
    /// The epoch that a change has put in force, and that has not begun.
    pub(crate) coming: Option<Arc<Term>>,
    /// Validators, those to be and those that were, by their latest keys first.
    pub(crate) known: Vec<SeatOf>,
    spent: Vec<Digest>,
}

impl SeatOf {
    fn of(seat: &Seat) -> Option<Self> {
        let validator = GenesisValidator {
            name: seat.name.0.clone(),
            organization: seat.organization.0.clone(),
            key: seat.validator_key()?,
            peer: *seat.peer.0.as_bytes(),
        };
        Some(Self { peer: PeerName::of_key(&validator.peer).ok()?, validator })
    }
}

impl Term {
    fn of(epoch: &Epoch) -> Result<Self, NodeError> {
        let policy = Policy::parse(&epoch.policy)?;
        let seats: Option<Vec<SeatOf>> = epoch.seats.iter().map(SeatOf::of).collect();
        let seats = seats.ok_or(NodeError::Founding("a validator has a key that is none"))?;
        if !policy
            .seats()
            .iter()
            .map(|seat| seat.name.as_str())
            .eq(seats.iter().map(|seat| seat.validator.name.as_str()))
        {
            return Err(NodeError::Founding("its validators and its policy name different seats"));
        }
        let keys = seats.iter().map(|seat| seat.validator.key).collect();
        let set = ValidatorSet::new(keys).map_err(|_| NodeError::Founding("its validators make no set"))?;
        Ok(Self { epoch: epoch.number, from: epoch.from, seats, set: Arc::new(set), policy })
    }

    /// The seat of who signs blocks with `key`.
    pub(crate) fn seat_of(&self, key: &ValidatorKey) -> Option<&SeatOf> {
        self.seats.iter().find(|seat| seat.validator.key == *key)
    }

    /// The policy's line of who signs blocks with `key`.
    pub(crate) fn line_of(&self, key: &ValidatorKey) -> Option<&plenary_core::policy::Seat> {
        let at = self.seats.iter().position(|seat| seat.validator.key == *key)?;
        self.policy.seats().get(at)
    }
}

impl Roll {
    /// Reads the roll that is right for the height after the last block.
    pub(crate) fn read<B>(base: &B) -> Result<Self, NodeError>
    where
        B: Base<Error = plenary_store::Error>,
    {
        let validators = execute::validators(base).map_err(NodeError::from_execute)?;
        let next = base.head().height.next().ok_or(NodeError::Unsound("no height is left"))?;
        Self::of(&validators, next)
    }

    fn of(validators: &Validators, height: Height) -> Result<Self, NodeError> {
        let term = |epoch: Option<&Epoch>| epoch.map(Term::of).transpose().map(|term| term.map(Arc::new));
        let (unclosed, coming) = (validators.unclosed_at(height), validators.pending_at(height));
        let present = validators.at(height);
        let epochs = [coming, Some(present), unclosed].into_iter().flatten();
        let seats = epochs.flat_map(|epoch| &epoch.seats);
        let others = validators.prepared.values().map(|prepared| &prepared.seat).chain(&validators.former);
        let mut known: Vec<SeatOf> = Vec::new();
        for seat in seats.chain(others).filter_map(SeatOf::of) {
            if known.iter().all(|other| other.validator != seat.validator) {
                known.push(seat);
            }
        }
        Ok(Self {
            unclosed: term(unclosed)?,
            present: Arc::new(Term::of(present)?),
            coming: term(coming)?,
            known,
            spent: validators.spent.clone(),
        })
    }

    /// The term of `height`, one of the next two or the last.
    pub(crate) fn at(&self, height: Height) -> &Arc<Term> {
        if let Some(coming) = self.coming.as_ref().filter(|coming| coming.from <= height) {
            return coming;
        }
        match &self.unclosed {
            Some(unclosed) if height < self.present.from => unclosed,
            Some(_) | None => &self.present,
        }
    }

    /// The terms whose heads may still be cosigned.
    pub(crate) fn terms(&self) -> impl Iterator<Item = &Arc<Term>> {
        self.unclosed.iter().chain([&self.present]).chain(&self.coming)
    }

    /// Whether a cosigning key was in a policy and serves no head any more.
    pub(crate) fn is_over(&self, public: &[u8; 32]) -> bool {
        let serves = |term: &Arc<Term>| term.policy.seats().iter().any(|seat| seat.cosigner.public() == public);
        self.spent.contains(&Digest::of(public)) && !self.terms().any(serves)
    }
}
