//! Members' keys: which key is in force when, its replacement and its revocation.

use std::collections::BTreeMap;

use plenary_core::{entry::Finding, record::Name, signature::MemberKey, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    organization::Organization,
    participant::Participant,
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Pid, Text},
    validators::Validators,
};

/// Body of `key.rotate`: puts a new key in force, which signs as well.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRotate {
    /// Whose key: a participant's pid or an organisation's id.
    pub who: Text<Name>,
    /// The new key, as OpenSSH writes it and without a comment.
    pub key: Text<MemberKey>,
    /// Why.
    pub reason: KeyReason,
}

/// Body of `key.revoke`: ends a key.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRevoke {
    /// Whose key: a participant's pid or an organisation's id.
    pub who: Text<Name>,
    /// The key to end.
    pub key: Text<MemberKey>,
    /// Why.
    pub reason: KeyReason,
}

/// Body of `key.recover`: puts a new key in force for a participant who lost the old one.
///
/// The organisation that the participant belongs to confirms who asks. Where
/// there is none, or it has no key, the holder of the new key signs instead.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecover {
    /// Whose key; the pid stays.
    pub who: Text<Pid>,
    /// The new key, as OpenSSH writes it and without a comment.
    pub key: Text<MemberKey>,
    /// `lost` or `compromised`; what is planned is a `key.rotate`.
    pub reason: KeyReason,
}

/// Body of `key.entrust`: puts the key of a node in force in place of the one before.
///
/// It signs for the organisation what the node attests, such as that it erased,
/// and nothing else: a node that is broken into lends nobody the organisation's voice.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntrust {
    /// The organisation that runs the node.
    pub who: Text<Name>,
    /// The node, by the name that its operator gives it.
    pub node: Text<Name>,
    /// The node's key, as OpenSSH writes it and without a comment.
    pub key: Text<MemberKey>,
}

/// Why a key ends.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyReason {
    /// As planned.
    Routine,
    /// It is lost.
    Lost,
    /// Somebody else may hold it.
    Compromised,
    /// Its holder has left.
    Left,
}

/// How a key ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Ending {
    /// Another key took its place.
    Replaced,
    /// It was revoked.
    Revoked,
}

/// A key, and when it is in force.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct KeyPeriod {
    /// The key as OpenSSH writes it.
    pub key: String,
    /// From when on.
    pub from: Text<Moment>,
    /// The first moment at which it is in force no more, and how it ended.
    pub end: Option<(Text<Moment>, Ending)>,
}

/// The keys of a participant or an organisation, oldest first.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Keys(Vec<KeyPeriod>);

impl Keys {
    /// The most keys that one holder has over the years.
    pub const MAX: usize = 64;

    /// One key, in force from `from` on.
    pub fn new(key: &MemberKey, from: Moment) -> Self {
        Self(vec![KeyPeriod { key: key.to_string(), from: Text(from), end: None }])
    }

    /// Every key, oldest first.
    pub fn periods(&self) -> &[KeyPeriod] {
        &self.0
    }

    /// Whether `key` is, or was, one of these.
    pub fn has(&self, key: &str) -> bool {
        self.0.iter().any(|period| period.key == key)
    }

    /// Whether `who` may sign with `key` at `time`.
    pub fn check(&self, who: &Name, key: &str, time: Moment) -> Result<(), Refusal> {
        let period = self.0.iter().rev().find(|period| period.key == key);
        match period.map(|period| period.end) {
            None => Err(Refusal::UnknownKey(who.clone())),
            Some(None) => Ok(()),
            Some(Some((since, _))) if time < since.0 => Ok(()),
            Some(Some((since, Ending::Replaced))) => Err(Refusal::KeyReplaced { who: who.clone(), since: since.0 }),
            Some(Some((since, Ending::Revoked))) => Err(Refusal::KeyRevoked { who: who.clone(), since: since.0 }),
        }
    }

    /// Whether there is a key in force.
    pub fn is_held(&self) -> bool {
        self.0.iter().any(|period| period.end.is_none())
    }

    /// Adds a key in force from `from` on; false if it was there before or they are too many.
    #[must_use]
    pub fn add(&mut self, key: &MemberKey, from: Moment) -> bool {
        let key = key.to_string();
        if Self::MAX <= self.0.len() || self.0.iter().any(|period| period.key == key) {
            return false;
        }
        self.0.push(KeyPeriod { key, from: Text(from), end: None });
        true
    }

    /// Ends `key`, or every key that is in force; whether there was one.
    pub(crate) fn end(&mut self, key: Option<&str>, at: Moment, ending: Ending) -> bool {
        let mut ended = false;
        for period in &mut self.0 {
            if period.end.is_none() && key.is_none_or(|key| key == period.key) {
                period.end = Some((Text(at), ending));
                ended = true;
            }
        }
        ended
    }
}

/// A participant or an organisation, as the holder of keys.
enum Holder {
    Participant(Pid, Participant),
    Organization(Name, Organization),
}

impl Holder {
    fn load(act: &mut Act<'_>, who: &Name) -> Result<Self, Stop> {
        match Pid::parse(who.as_str()) {
            Some(pid) => {
                let subject = act.participant_subject(&pid)?;
                Ok(Self::Participant(pid, act.require(&subject)?))
            }
            None => {
                let subject = act.organization_subject(who)?;
                Ok(Self::Organization(who.clone(), act.require(&subject)?))
            }
        }
    }

    fn keys(&mut self) -> &mut Keys {
        match self {
            Self::Participant(_, participant) => &mut participant.keys,
            Self::Organization(_, organization) => &mut organization.keys,
        }
    }

    /// Revokes a key, also that of a node; whether it was in force.
    fn end(&mut self, key: &str, at: Moment) -> bool {
        let nodes = match self {
            Self::Participant(..) => None,
            Self::Organization(_, organization) => Some(&mut organization.nodes),
        };
        let mut ended = false;
        for keys in nodes.into_iter().flat_map(BTreeMap::values_mut) {
            ended |= keys.end(Some(key), at, Ending::Revoked);
        }
        self.keys().end(Some(key), at, Ending::Revoked) || ended
    }

    fn store(self, act: &mut Act<'_>) -> Result<(), Stop> {
        match self {
            Self::Participant(pid, participant) => {
                let subject = act.participant_subject(&pid)?;
                act.put(subject, participant);
            }
            Self::Organization(who, organization) => {
                let subject = act.organization_subject(&who)?;
                act.put(subject, organization);
            }
        }
        Ok(())
    }
}

/// The holder signs for itself; the secretariat may sign for a participant or an
/// organisation without a standing role, but puts no participant's key in force
/// by itself: that is `key.recover`. Nor does it touch the key of who runs a
/// validator: with the keys of others it could change the validators alone.
fn check_signer(act: &mut Act<'_>, who: &Name, holder: &Holder) -> Result<(), Stop> {
    let is_standing = match holder {
        Holder::Organization(_, organization) => !organization.standing.is_empty() || runs_a_validator(act, who)?,
        Holder::Participant(..) => false,
    };
    for signatory in act.signatories().iter().filter(|signatory| signatory.capacity != Capacity::NewKey) {
        let is_secretariat = signatory.capacity == Capacity::Secretariat && !is_standing;
        if signatory.who != *who && !is_secretariat {
            return Err(Refusal::NotYours { who: signatory.who.clone() }.into());
        }
    }
    Ok(())
}

fn runs_a_validator(act: &mut Act<'_>, who: &Name) -> Result<bool, Stop> {
    let (_, validators) = Validators::load(act)?;
    Ok(validators.present.seats_run_by(who) > 0)
}

pub(crate) fn rotate(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: KeyRotate = act.body()?;
    let mut holder = Holder::load(act, &body.who.0)?;
    check_signer(act, &body.who.0, &holder)?;
    if let (Holder::Participant(..), Some(secretariat)) = (&holder, act.signed_as(Capacity::Secretariat)) {
        return Err(Refusal::NotYours { who: secretariat.who.clone() }.into());
    }
    act.check_new_key(&body.who.0, &body.key.0)?;
    let is_node_s = match &holder {
        Holder::Participant(..) => false,
        Holder::Organization(_, organization) => organization.node_of(&body.key.to_string()).is_some(),
    };
    let now = act.time();
    let keys = holder.keys();
    keys.end(None, now, Ending::Replaced);
    if is_node_s || !keys.add(&body.key.0, now) {
        return Err(Refusal::Field { field: "key", problem: "was this holder's before" }.into());
    }
    act.find(&rules::R22, Finding::Noted, [("in_force_from", now.to_string().into())]);
    holder.store(act)
}

pub(crate) fn revoke(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: KeyRevoke = act.body()?;
    let mut holder = Holder::load(act, &body.who.0)?;
    check_signer(act, &body.who.0, &holder)?;
    let now = act.time();
    if !holder.end(&body.key.to_string(), now) {
        return Err(Refusal::Field { field: "key", problem: "is not in force" }.into());
    }
    act.find(&rules::R22, Finding::Noted, [("in_force_until", now.to_string().into())]);
    holder.store(act)
}

/// Rule R22; the organisation's own keys stay as they are.
pub(crate) fn entrust(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: KeyEntrust = act.body()?;
    let subject = act.organization_subject(&body.who.0)?;
    let mut organization = act.require::<Organization>(&subject)?;
    check_signer(act, &body.who.0, &Holder::Organization(body.who.0.clone(), organization.clone()))?;
    act.check_new_key(&body.who.0, &body.key.0)?;
    let key = body.key.to_string();
    if organization.keys.has(&key) || organization.node_of(&key).is_some() {
        return Err(Refusal::Field { field: "key", problem: "was this holder's before" }.into());
    }
    if Organization::NODES_MAX <= organization.nodes.len() && !organization.nodes.contains_key(&body.node) {
        return Err(Refusal::Full(subject).into());
    }
    let now = act.time();
    let keys = organization.nodes.entry(body.node.clone()).or_default();
    keys.end(None, now, Ending::Replaced);
    if !keys.add(&body.key.0, now) {
        return Err(Refusal::Full(subject).into());
    }
    let facts = [("node", body.node.to_string().into()), ("in_force_from", now.to_string().into())];
    act.find(&rules::R22, Finding::Noted, facts);
    act.put(subject, organization);
    Ok(())
}

/// Rule R22; the old keys end, and the pid stays.
pub(crate) fn recover(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: KeyRecover = act.body()?;
    if !matches!(body.reason, KeyReason::Lost | KeyReason::Compromised) {
        let problem = "is neither lost nor compromised: who holds the key signs key.rotate";
        return Err(Refusal::Field { field: "reason", problem }.into());
    }
    let mut participant = act.participant(&body.who.0)?;
    let confirmed_by = check_confirmation(act, &body, &participant)?;
    let now = act.time();
    participant.keys.end(None, now, Ending::Replaced);
    if !participant.keys.add(&body.key.0, now) {
        return Err(Refusal::Field { field: "key", problem: "was this holder's before" }.into());
    }
    let facts = [("confirmed_by", confirmed_by.to_string().into()), ("in_force_from", now.to_string().into())];
    act.find(&rules::R22, Finding::Met, facts);
    let subject = act.participant_subject(&body.who.0)?;
    act.put(subject, participant);
    Ok(())
}

/// Who confirms, beside the secretariat: the organisation, or who holds the new key where no organisation could.
fn check_confirmation(act: &mut Act<'_>, body: &KeyRecover, participant: &Participant) -> Result<Name, Stop> {
    let mut could_confirm = None;
    if let Some(organization) = &participant.organization {
        let subject = act.organization_subject(&organization.0)?;
        let is_secretariat = organization == &act.group()?.secretariat;
        let has_key = act.require::<Organization>(&subject)?.keys.is_held();
        could_confirm = (has_key && !is_secretariat).then_some(organization);
    }
    match (act.signed_as(Capacity::Organization), could_confirm) {
        (Some(signatory), Some(organization)) if signatory.who == organization.0 => Ok(signatory.who.clone()),
        (Some(signatory), _) => Err(Refusal::NotYours { who: signatory.who.clone() }.into()),
        (None, Some(_)) => {
            let needed = Capacity::Organization;
            Err(Refusal::SignerMissing { record_type: act.record_type(), needed }.into())
        }
        (None, None) => {
            act.check_new_key(body.who.0.as_name(), &body.key.0)?;
            Ok(body.who.0.as_name().clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> MemberKey {
        MemberKey::of(&ed25519_dalek::SigningKey::from_bytes(&[number; 32]))
    }

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn a_key_signs_until_it_ends() {
        let (who, end) = (Name::parse("caict").unwrap(), moment("2018-01-01T00:00:00Z"));
        let mut keys = Keys::new(&key(1), moment("2017-01-01T00:00:00Z"));
        assert!(keys.end(None, end, Ending::Replaced));
        let check = |time: &str| keys.check(&who, &key(1).to_string(), moment(time));
        assert_eq!(check("2017-12-31T23:59:59Z"), Ok(()));
        assert_eq!(check("2018-01-01T00:00:00Z"), Err(Refusal::KeyReplaced { who: who.clone(), since: end }));
    }

    #[test]
    fn a_holder_has_so_many_keys() {
        let from = moment("2017-01-01T00:00:00Z");
        let mut keys = Keys::default();
        let taken = (0..=64).filter(|number| keys.add(&key(*number), from)).count();
        assert_eq!((taken, keys.periods().len()), (64, 64));
    }
}
