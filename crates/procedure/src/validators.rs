//! The validators, epoch by epoch: who has a seat when, and who may have one next.
//!
//! An epoch ends two blocks after the record that changes the validators, so
//! that the next height's votes can be told from others before this height is
//! decided. Which epoch a height belongs to follows from the state alone.

use std::collections::BTreeMap;

use plenary_core::{
    block::Height,
    genesis::Genesis,
    hash::Digest,
    keys::ValidatorKey,
    note::{CosignerKey, LogKey},
    policy::{Policy, VALIDATORS_MAX},
    record::Name,
    signature::MemberKey,
    subject::Subject,
};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    refusal::Refusal,
    text::{PublicKey, Text},
};

/// The validators of one epoch.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Epoch {
    /// Its number; the first one is zero.
    pub number: u64,
    /// Its first height.
    pub from: Height,
    /// The text of its policy.
    pub policy: String,
    /// Its validators, in the order of the policy.
    pub seats: Vec<Seat>,
}

/// A validator of an epoch.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// Its name.
    pub name: Text<Name>,
    /// The organisation that runs it.
    pub organization: Text<Name>,
    /// The key that signs what makes blocks final.
    pub key: Text<PublicKey>,
    /// The key that names the node to other nodes.
    pub peer: Text<PublicKey>,
}

/// The keys that a validator has published for an epoch to come.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Prepared {
    /// Who runs it, and its keys for blocks and for other nodes.
    pub seat: Seat,
    /// Its key for the checkpoint's own line.
    pub log: Text<LogKey>,
    /// Its key for cosignatures.
    pub cosigner: Text<CosignerKey>,
}

/// The state of the validators.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Validators {
    /// The epoch before the present one, until its closing checkpoint is recorded.
    pub previous: Option<Epoch>,
    /// The epoch that is in force until `next` begins.
    pub present: Epoch,
    /// The epoch that a change has put in force, from its first height on.
    pub next: Option<Epoch>,
    /// The keys published for later epochs, by the validator's name.
    pub prepared: BTreeMap<Text<Name>, Prepared>,
    /// Who had a seat and has none, the last to leave at the end; they go on following.
    pub former: Vec<Seat>,
    /// The digest of each cosigning key that ever stood in a policy.
    pub spent: Vec<Digest>,
}

impl Epoch {
    /// The policy, or none if a genesis line has one that cannot be read.
    pub fn policy(&self) -> Option<Policy> {
        Policy::parse(&self.policy).ok()
    }

    /// The digest of the policy, which seals and headers carry.
    pub fn policy_digest(&self) -> Digest {
        Digest::of(self.policy.as_bytes())
    }

    /// The seat of the validator that signs with `key`.
    pub fn seat_of(&self, key: &ValidatorKey) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.key.0.as_bytes() == key.as_bytes())
    }

    /// The seat with this name.
    pub fn seat(&self, name: &Name) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.name.0 == *name)
    }

    /// How many seats the organisation runs.
    pub fn seats_run_by(&self, organization: &Name) -> usize {
        self.seats.iter().filter(|seat| seat.organization.0 == *organization).count()
    }

    /// Whether `name` signs records with `key` as a validator.
    pub(crate) fn signs(&self, name: &Name, key: &str) -> bool {
        let is_it = |seat: &Seat| MemberKey::of_public(seat.key.0.as_bytes()).is_some_and(|own| own.to_string() == key);
        self.seat(name).is_some_and(is_it)
    }
}

impl Seat {
    /// The key that signs what makes blocks final, unless it is unsound.
    pub fn validator_key(&self) -> Option<ValidatorKey> {
        ValidatorKey::from_bytes(*self.key.0.as_bytes())
    }
}

impl Validators {
    /// The most validators that have published keys at one time: two sets.
    pub const PREPARED_MAX: usize = 2 * VALIDATORS_MAX;

    /// The most former validators that are remembered.
    pub const FORMER_MAX: usize = VALIDATORS_MAX;

    /// The most cosigning keys that are remembered: those of some two hundred epochs of the largest set.
    pub const SPENT_MAX: usize = 4_096;

    /// The validators that the genesis line names.
    pub fn founded(genesis: &Genesis) -> Self {
        let seats = genesis.validators.iter().map(|validator| Seat {
            name: Text(validator.name.clone()),
            organization: Text(validator.organization.clone()),
            key: Text(PublicKey::from_bytes(*validator.key.as_bytes())),
            peer: Text(PublicKey::from_bytes(validator.peer)),
        });
        let present =
            Epoch { number: 0, from: Height::GENESIS, policy: genesis.policy.clone(), seats: seats.collect() };
        let spent = spent_by(&present);
        Self { previous: None, present, next: None, prepared: BTreeMap::new(), former: Vec::new(), spent }
    }

    /// The subject.
    pub fn subject() -> Option<Subject> {
        Subject::parse("validators")
    }

    /// The epoch that is in force at `height`, which is no earlier than the state.
    pub fn at(&self, height: Height) -> &Epoch {
        self.next.as_ref().filter(|next| next.from <= height).unwrap_or(&self.present)
    }

    /// The epoch before that of `height`, if its closing checkpoint is not recorded.
    pub fn unclosed_at(&self, height: Height) -> Option<&Epoch> {
        if self.next.as_ref().is_some_and(|next| next.from <= height) {
            return Some(&self.present);
        }
        self.previous.as_ref()
    }

    /// The change that is recorded and not in force at `height`.
    pub fn pending_at(&self, height: Height) -> Option<&Epoch> {
        self.next.as_ref().filter(|next| height < next.from)
    }

    /// The state with the next epoch in its place, once it is in force at `height`.
    pub(crate) fn turned(self, height: Height) -> Self {
        match self.next {
            Some(next) if next.from <= height => {
                Self { previous: Some(self.present), present: next, next: None, ..self }
            }
            next => Self { next, ..self },
        }
    }

    /// Whether a policy of this ledger has had the cosigning key.
    pub fn has_spent(&self, public: &[u8; 32]) -> bool {
        self.spent.contains(&Digest::of(public))
    }

    pub(crate) fn load(act: &mut Act<'_>) -> Result<(Subject, Self), Stop> {
        let subject = Self::subject().ok_or_else(|| Stop::from(Refusal::Zone))?;
        let height = act.context().height;
        let state = act.require::<Self>(&subject)?;
        Ok((subject, state.turned(height)))
    }
}

/// The digests of the cosigning keys of an epoch.
pub(crate) fn spent_by(epoch: &Epoch) -> Vec<Digest> {
    let policy = epoch.policy();
    let seats = policy.iter().flat_map(Policy::seats);
    seats.map(|seat| Digest::of(seat.cosigner.public())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(number: u64, from: u64) -> Epoch {
        Epoch { number, from: Height::new(from).unwrap(), policy: String::new(), seats: Vec::new() }
    }

    #[test]
    fn an_epoch_is_in_force_from_its_first_height_on() {
        let state = Validators {
            previous: None,
            present: epoch(3, 40),
            next: Some(epoch(4, 52)),
            prepared: BTreeMap::new(),
            former: Vec::new(),
            spent: Vec::new(),
        };
        //    height, in force, not closed, pending
        check(&state, 51, 3, None, Some(4));
        check(&state, 52, 4, Some(3), None);
        check(&state, 90, 4, Some(3), None);
        let turned = state.clone().turned(Height::new(51).unwrap());
        assert_eq!(turned, state);
        let turned = state.turned(Height::new(52).unwrap());
        assert_eq!((turned.present.number, turned.next.as_ref()), (4, None));
        check(&turned, 52, 4, Some(3), None);
        fn check(state: &Validators, height: u64, present: u64, unclosed: Option<u64>, pending: Option<u64>) {
            let height = Height::new(height).unwrap();
            let number = |epoch: Option<&Epoch>| epoch.map(|epoch| epoch.number);
            assert_eq!(state.at(height).number, present, "{height}");
            assert_eq!(number(state.unclosed_at(height)), unclosed, "{height}");
            assert_eq!(number(state.pending_at(height)), pending, "{height}");
        }
    }
}
