//! Preparations: the keys that a validator publishes before the epoch in which they are used.
//!
//! Cosigning keys are fresh in every epoch, so that a checkpoint belongs to one
//! epoch alone and an old key, once deleted, can sign no other past. They are
//! published in advance, so that a change of validators waits for nobody.

use plenary_core::{
    entry::Finding,
    keys::ValidatorKey,
    note::{CosignerKey, LogKey},
    policy::Policy,
    record::Name,
    seat::{Proofs, SeatKeys},
};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{PublicKey, RawSignature, Text},
    validators::{Epoch, Prepared, Seat, Validators},
};

/// Body of `validators.prepare`: a validator's keys for the next epoch, each of which signs for all.
///
/// Who runs a validator already signs as `operator`; another organisation signs as `organization`, with an operator.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorsPrepare {
    /// The validator's name.
    pub validator: Text<Name>,
    /// The organisation that runs it, which signs.
    pub organization: Text<Name>,
    /// The key that signs what makes blocks final; that of a validator in office may stay.
    pub key: Text<PublicKey>,
    /// The key that names the node to other nodes; it may stay.
    pub peer: Text<PublicKey>,
    /// The key of the checkpoint's own line, as a policy writes it; it may stay.
    pub log: Text<LogKey>,
    /// The key for cosignatures, as a policy writes it; a new one.
    pub cosigner: Text<CosignerKey>,
    /// The signature of each of the four keys over all of them.
    pub proofs: KeyProofs,
}

/// A signature of each key over all four, in base64.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyProofs {
    /// Of `key`.
    pub key: Text<RawSignature>,
    /// Of `peer`.
    pub peer: Text<RawSignature>,
    /// Of `log`.
    pub log: Text<RawSignature>,
    /// Of `cosigner`.
    pub cosigner: Text<RawSignature>,
}

impl KeyProofs {
    /// The proofs that `SeatKeys` gives.
    pub fn of(proofs: Proofs) -> Self {
        let [key, peer, log, cosigner] = proofs.map(|proof| Text(RawSignature::from_bytes(proof)));
        Self { key, peer, log, cosigner }
    }

    fn raw(&self) -> Proofs {
        [&self.key, &self.peer, &self.log, &self.cosigner].map(|proof| *proof.0.as_bytes())
    }
}

impl ValidatorsPrepare {
    fn keys(&self) -> Option<SeatKeys> {
        Some(SeatKeys {
            name: self.validator.0.clone(),
            organization: self.organization.0.clone(),
            key: ValidatorKey::from_bytes(*self.key.0.as_bytes())?,
            peer: *self.peer.0.as_bytes(),
            log: self.log.0.clone(),
            cosigner: self.cosigner.0.clone(),
        })
    }

    fn prepared(self) -> Prepared {
        let Self { validator: name, organization, key, peer, log, cosigner, .. } = self;
        Prepared { seat: Seat { name, organization, key, peer }, log, cosigner }
    }
}

/// Rule L13.
pub(crate) fn prepare(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ValidatorsPrepare = act.body()?;
    let (subject, mut validators) = Validators::load(act)?;
    check_owner(act, &body, &validators)?;
    let unproven = |key| Refusal::KeyUnproven { validator: body.validator.0.clone(), key };
    let keys = body.keys().ok_or_else(|| unproven("key"))?;
    if let Some(key) = keys.unproven(&act.context().ledger, &body.proofs.raw()) {
        return Err(unproven(key).into());
    }
    check_origin(&body, &validators.present)?;
    if validators.has_spent(body.cosigner.0.public()) {
        return Err(Refusal::KeySpent { validator: body.validator.0 }.into());
    }
    check_own(&keys, &validators)?;
    let is_new = !validators.prepared.contains_key(&body.validator);
    if is_new && Validators::PREPARED_MAX <= validators.prepared.len() {
        return Err(Refusal::Full(subject).into());
    }
    let facts =
        [("validator", body.validator.to_string().into()), ("cosigner", body.cosigner.0.name().as_str().into())];
    act.find(&rules::L13, Finding::Noted, facts);
    let name = body.validator.clone();
    validators.prepared.insert(name, body.prepared());
    act.put(subject, validators);
    Ok(())
}

/// A validator's keys are published by who runs it: nobody takes over another's name.
fn check_owner(act: &Act<'_>, body: &ValidatorsPrepare, validators: &Validators) -> Result<(), Stop> {
    let publisher = act.signed_as(Capacity::Organization).or_else(|| act.signed_as(Capacity::Operator));
    let publisher = publisher.map(|signatory| signatory.who.clone());
    let held = [Some(&validators.present), validators.next.as_ref()].into_iter().flatten();
    let mut owners: Vec<&Name> =
        held.filter_map(|epoch| epoch.seat(&body.validator.0)).map(|seat| &seat.organization.0).collect();
    owners.extend(validators.prepared.get(&body.validator).map(|prepared| &prepared.seat.organization.0));
    owners.push(&body.organization.0);
    match publisher {
        Some(who) if owners.iter().all(|owner| **owner == who) => Ok(()),
        Some(who) => Err(Refusal::NotYours { who }.into()),
        None => {
            let needed = Capacity::Operator;
            Err(Refusal::SignerMissing { record_type: act.record_type(), needed }.into())
        }
    }
}

/// Both keys can stand in a policy of this ledger.
fn check_origin(body: &ValidatorsPrepare, present: &Epoch) -> Result<(), Refusal> {
    let policy = present.policy();
    let origin = policy.as_ref().map(Policy::origin);
    if origin.is_some_and(|origin| origin != body.log.0.name()) {
        return Err(Refusal::Field { field: "log", problem: "is not named as the log's origin" });
    }
    if origin.is_some_and(|origin| origin == body.cosigner.0.name()) {
        return Err(Refusal::Field { field: "cosigner", problem: "is named as the log's origin" });
    }
    Ok(())
}

/// No two of the keys are one, and none is another validator's.
fn check_own(keys: &SeatKeys, validators: &Validators) -> Result<(), Refusal> {
    let shared = |key: &'static str| Refusal::KeyShared { validator: keys.name.clone(), key };
    let publics = keys.publics();
    let names = ["key", "peer", "log", "cosigner"];
    for (at, (name, public)) in names.into_iter().zip(publics).enumerate() {
        if publics.iter().take(at).any(|other| *other == public) {
            return Err(shared(name));
        }
        if others_keys(&keys.name, validators).any(|other| other == *public) {
            return Err(shared(name));
        }
    }
    Ok(())
}

/// The public keys of all validators but `name`, in office or to be.
fn others_keys<'a>(name: &'a Name, validators: &'a Validators) -> impl Iterator<Item = [u8; 32]> + 'a {
    let epochs = [Some(&validators.present), validators.next.as_ref()].into_iter().flatten();
    let of_seat = |seat: &Seat| [*seat.key.0.as_bytes(), *seat.peer.0.as_bytes()];
    let of_policy = move |epoch: &Epoch| {
        let seats = epoch.policy().map(|policy| policy.seats().to_vec()).unwrap_or_default();
        let others = seats.into_iter().filter(move |seat| seat.name != name.as_str());
        others.flat_map(|seat| [*seat.log.public(), *seat.cosigner.public()]).collect::<Vec<_>>()
    };
    let in_office = epochs.flat_map(move |epoch| {
        let seats = epoch.seats.iter().filter(move |seat| seat.name.0 != *name).flat_map(of_seat);
        seats.chain(of_policy(epoch))
    });
    let prepared = validators.prepared.values().filter(move |prepared| prepared.seat.name.0 != *name);
    let to_be = prepared.flat_map(move |prepared| {
        let [key, peer] = of_seat(&prepared.seat);
        [key, peer, *prepared.log.0.public(), *prepared.cosigner.0.public()]
    });
    in_office.chain(to_be)
}
