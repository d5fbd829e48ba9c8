//! Successions: the record that puts the validators of the next epoch in force, two blocks later.

use std::collections::BTreeSet;

use plenary_core::{
    block::Height,
    checkpoint::Cosignature,
    entry::Finding,
    policy::{self, Policy},
    record::Name,
    tip::Quoted,
};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::Text,
    validators::{Epoch, Prepared, Seat, Validators, spent_by},
};

/// How many heights old the head may be that a newcomer has cosigned: what operators need who pass a record on by hand.
pub const PRESENCE_HEIGHTS_MAX: u64 = 10_000;

/// Body of `validators.change`: the validators of the next epoch and their policy.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorsChange {
    /// The next epoch's number.
    pub epoch: u64,
    /// The text of its policy.
    pub policy: String,
    /// Its validators, in the order of the policy.
    pub validators: Vec<Seat>,
    /// What shows that each newcomer follows the ledger; nobody else has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presences: Vec<Presence>,
}

/// A recent head of the log, cosigned with a newcomer's key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// The newcomer: a validator whose key for blocks is not in office.
    pub validator: Text<Name>,
    /// A checkpoint of the present epoch.
    pub checkpoint: String,
    /// The seal that is the last entry under it.
    pub seal: String,
    /// Where the seal stands: its index and its path.
    pub path: String,
    /// The newcomer's cosignature line over the same head.
    pub cosignature: String,
}

/// Rules L10 to L14.
pub(crate) fn change(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ValidatorsChange = act.body()?;
    let (subject, mut validators) = Validators::load(act)?;
    let from = check_turn(act, &body, &validators)?;
    let signed = check_operators(act, &validators.present)?;
    let policy = check_policy(&body, &validators)?;
    for (seat, of_policy) in body.validators.iter().zip(policy.seats()) {
        check_published(seat, of_policy, &validators)?;
    }
    check_presences(act, &body, &policy, &validators.present)?;
    let names: BTreeSet<&Text<Name>> = body.validators.iter().map(|seat| &seat.name).collect();
    let next = Epoch { number: body.epoch, from, policy: body.policy.clone(), seats: body.validators.clone() };
    let spent = spent_by(&next);
    if Validators::SPENT_MAX < validators.spent.len().saturating_add(spent.len()) {
        return Err(Refusal::Full(subject).into());
    }
    validators.spent.extend(spent);
    validators.prepared.retain(|name, _| !names.contains(name));
    validators.former.retain(|former| !names.contains(&former.name));
    let leaving = validators.present.seats.iter().filter(|seat| !names.contains(&seat.name));
    validators.former.extend(leaving.cloned());
    let surplus = validators.former.len().saturating_sub(Validators::FORMER_MAX);
    validators.former.drain(..surplus);
    act.find(&rules::L10, Finding::Met, [("epoch", body.epoch.into()), ("from", from.as_u64().into())]);
    let needed = policy::quorum_of(validators.present.seats.len());
    act.find(&rules::L11, Finding::Met, [("seats_needed", needed.into()), ("seats_signed", signed.into())]);
    let newcomers = body.presences.iter().map(|presence| presence.validator.to_string());
    let newcomers = crate::act::words(newcomers);
    act.find(&rules::L14, Finding::Met, [("newcomers", newcomers.into()), ("validators", names.len().into())]);
    validators.next = Some(next);
    act.put(subject, validators);
    Ok(())
}

/// Rule L10: one change at a time, and the epoch before is closed; the first height of the new epoch.
fn check_turn(act: &Act<'_>, body: &ValidatorsChange, validators: &Validators) -> Result<Height, Refusal> {
    let height = act.context().height;
    if let Some(next) = validators.pending_at(height) {
        return Err(Refusal::ChangePending { epoch: next.number, from: next.from.as_u64() });
    }
    if let Some(previous) = validators.unclosed_at(height) {
        return Err(Refusal::EpochOpen { epoch: previous.number });
    }
    let expected = validators.present.number.saturating_add(1);
    if body.epoch != expected {
        return Err(Refusal::OtherEpoch { found: body.epoch, expected });
    }
    let from = height.next().and_then(Height::next);
    from.ok_or(Refusal::Field { field: "epoch", problem: "can begin at no height that is left" })
}

/// Rule L11; how many seats those who signed run.
fn check_operators(act: &Act<'_>, present: &Epoch) -> Result<usize, Refusal> {
    let operators: BTreeSet<&Name> = act
        .signatories()
        .iter()
        .filter(|signatory| signatory.capacity == Capacity::Operator)
        .map(|signatory| &signatory.who)
        .collect();
    let found = operators.iter().map(|who| present.seats_run_by(who)).sum();
    let needed = policy::quorum_of(present.seats.len());
    if found < needed { Err(Refusal::TooFewOperators { found, needed }) } else { Ok(found) }
}

/// Rule L12.
fn check_policy(body: &ValidatorsChange, validators: &Validators) -> Result<Policy, Refusal> {
    let policy = Policy::parse(&body.policy).map_err(Refusal::PolicyUnsound)?;
    let origin = validators.present.policy().map(|present| present.origin().clone());
    if origin.as_ref() != Some(policy.origin()) {
        return Err(Refusal::OriginChanged { found: policy.origin().to_string() });
    }
    let names = policy.seats().iter().map(|seat| seat.name.as_str());
    if !names.eq(body.validators.iter().map(|seat| seat.name.0.as_str())) {
        return Err(Refusal::SeatsDiffer);
    }
    for (at, seat) in body.validators.iter().enumerate() {
        let earlier = || body.validators.iter().take(at);
        let shares = |key: &'static str| Refusal::KeyShared { validator: seat.name.0.clone(), key };
        if earlier().any(|other| other.key == seat.key || other.peer == seat.key) || seat.key == seat.peer {
            return Err(shares("key"));
        }
        if earlier().any(|other| other.peer == seat.peer || other.key == seat.peer) {
            return Err(shares("peer"));
        }
    }
    Ok(policy)
}

/// Rule L13: each seat has the keys that its validator has published, and a cosigning key that no policy had.
fn check_published(seat: &Seat, in_policy: &policy::Seat, validators: &Validators) -> Result<(), Refusal> {
    let validator = &seat.name.0;
    let missing = |key| Refusal::NotPublished { validator: validator.clone(), key };
    let Prepared { seat: prepared, log, cosigner } =
        validators.prepared.get(&seat.name).ok_or_else(|| missing("cosigner"))?;
    let fits = [
        ("organization", prepared.organization == seat.organization),
        ("key", prepared.key == seat.key),
        ("peer", prepared.peer == seat.peer),
        ("log", log.0 == in_policy.log),
        ("cosigner", cosigner.0 == in_policy.cosigner),
    ];
    if let Some((key, _)) = fits.into_iter().find(|(_, fits)| !fits) {
        return Err(missing(key));
    }
    if validators.has_spent(in_policy.cosigner.public()) {
        return Err(Refusal::KeySpent { validator: validator.clone() });
    }
    Ok(())
}

/// Rule L14: a validator whose key was not in office has cosigned a recent head, and nobody else claims to have.
fn check_presences(act: &Act<'_>, body: &ValidatorsChange, policy: &Policy, present: &Epoch) -> Result<(), Refusal> {
    let in_office = |seat: &&Seat| present.seats.iter().any(|other| other.key == seat.key);
    let newcomers: Vec<&Text<Name>> =
        body.validators.iter().filter(|seat| !in_office(seat)).map(|seat| &seat.name).collect();
    let missing = newcomers.iter().find(|name| !body.presences.iter().any(|presence| presence.validator == ***name));
    if let Some(name) = missing {
        return Err(Refusal::NotPresent { validator: name.0.clone() });
    }
    if !body.presences.iter().map(|presence| &presence.validator).eq(newcomers) {
        return Err(Refusal::List { field: "presences" });
    }
    body.presences.iter().try_for_each(|presence| check_presence(act, presence, policy, present))
}

fn check_presence(act: &Act<'_>, presence: &Presence, policy: &Policy, present: &Epoch) -> Result<(), Refusal> {
    let Presence { validator, checkpoint, seal, path, cosignature } = presence;
    let validator = || validator.0.clone();
    let quoted = Quoted { checkpoint, seal, place: path };
    let present_policy = present.policy().ok_or(Refusal::SeatsDiffer)?;
    let (checkpoint, seal) = quoted
        .verify(present.number, &present_policy, &present.policy_digest())
        .map_err(|error| Refusal::PresenceHead { validator: validator(), error })?;
    let seat = policy.seats().iter().find(|seat| seat.name == presence.validator.0.as_str());
    let line = Cosignature::parse(cosignature).ok();
    let signed = seat.zip(line).is_some_and(|(seat, line)| line.verify(&seat.cosigner, &checkpoint.body()));
    if !signed {
        return Err(Refusal::PresenceSignature { validator: validator() });
    }
    let oldest = act.context().height.as_u64().saturating_sub(PRESENCE_HEIGHTS_MAX);
    if seal.height.as_u64() < oldest {
        return Err(Refusal::PresenceOld { validator: validator(), height: seal.height.as_u64(), oldest });
    }
    Ok(())
}
