//! Participants: a random pid, a key, a category and a country; never a name.

use std::collections::BTreeMap;

use plenary_core::{entry::Finding, hash::Digest, record::Name, signature::MemberKey};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop, words},
    attendance::Roster,
    erasure,
    key::{Ending, Keys},
    organization::{Category, Organization},
    record_type::Capacity,
    refusal::Refusal,
    role, rules,
    text::{Country, Pid, Text},
};

/// Body of `participant.enroll`.
///
/// There is no field for a name, an address or anything else that identifies a
/// person, and fields that are not listed here are refused (Annex 2).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantEnroll {
    /// Sixteen random bytes in hexadecimal digits, fresh for each person and group.
    pub pid: Text<Pid>,
    /// The key, as OpenSSH writes it and without a comment; one for each group.
    pub key: Text<MemberKey>,
    /// A country that is a member of ITU, as the secretariat attests (circular 5).
    pub country: Text<Country>,
    /// What the person, or the organisation, is to ITU.
    pub category: Category,
    /// The organisation, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<Text<Name>>,
    /// HMAC-SHA-256 of each identity field under a fresh 32-byte salt, written like a digest.
    pub commitments: BTreeMap<IdentityField, Text<Digest>>,
    /// The privacy notice that the person was shown, by its digest.
    pub privacy_notice: Text<Digest>,
}

/// Body of `participant.rectify`: commits to corrected fields of an identity.
///
/// The nodes that hold the vault destroy the value and the salt that the
/// earlier commitment of each field opens with.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantRectify {
    /// Whose identity.
    pub participant: Text<Pid>,
    /// The new commitment to each field that is corrected or added, under a fresh salt.
    pub commitments: BTreeMap<IdentityField, Text<Digest>>,
}

/// Body of `participant.merge`: one person was enrolled twice.
///
/// The person signs with either key, and the secretariat confirms.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantMerge {
    /// The enrolment that stays.
    pub participant: Text<Pid>,
    /// The enrolment that is superseded, and signs no more.
    pub supersedes: Text<Pid>,
}

/// A field of a person's identity, to which the ledger holds a commitment.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdentityField {
    /// The name.
    Name,
    /// The title.
    Title,
    /// The address for mail at work.
    Email,
    /// The employer as the person states it.
    Affiliation,
}

impl IdentityField {
    /// Every field.
    pub const ALL: [Self; 4] = [Self::Name, Self::Title, Self::Email, Self::Affiliation];

    /// The word in a record and in a commitment.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Title => "title",
            Self::Email => "email",
            Self::Affiliation => "affiliation",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

/// The state of a participant.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Participant {
    /// The keys.
    pub keys: Keys,
    /// The country.
    pub country: Text<Country>,
    /// What the person is to ITU.
    pub category: Category,
    /// The organisation.
    pub organization: Option<Text<Name>>,
    /// The commitments to identity fields; those that were erased are gone.
    pub commitments: BTreeMap<IdentityField, Text<Digest>>,
    /// The enrolment that this one was merged into.
    pub merged_into: Option<Text<Pid>>,
}

impl Participant {
    /// An enrolment that was merged into another one acts no more.
    pub fn check_current(&self, pid: &Pid) -> Result<(), Refusal> {
        match &self.merged_into {
            None => Ok(()),
            Some(into) => Err(Refusal::Merged { who: pid.as_name().clone(), into: into.0.as_name().clone() }),
        }
    }
}

pub(crate) fn enroll(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParticipantEnroll = act.body()?;
    let subject = act.participant_subject(&body.pid.0)?;
    if act.load::<Participant>(&subject)?.is_some() {
        erasure::check_fields(act, &body.pid.0, body.commitments.keys())?;
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if let Some(organization) = &body.organization {
        let subject = act.organization_subject(&organization.0)?;
        act.require::<Organization>(&subject)?;
    }
    if act.signed_as(Capacity::NewKey).is_some() {
        act.check_new_key(body.pid.0.as_name(), &body.key.0)?;
    }
    act.find(&rules::R20, Finding::Met, [("commitments", body.commitments.len().into())]);
    act.find(&rules::R21, Finding::Met, [("country", body.country.to_string().into())]);
    let roster_subject = act.subject("roster")?;
    let mut roster = act.load::<Roster>(&roster_subject)?.unwrap_or_default();
    roster.enrolled = roster.enrolled.saturating_add(1);
    act.put(roster_subject, roster);
    act.put(
        subject,
        Participant {
            keys: Keys::new(&body.key.0, act.time()),
            country: body.country,
            category: body.category,
            organization: body.organization,
            commitments: body.commitments,
            merged_into: None,
        },
    );
    Ok(())
}

/// Rule R27.
pub(crate) fn rectify(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParticipantRectify = act.body()?;
    let mut participant = act.participant(&body.participant.0)?;
    let actor = act.actor()?;
    if actor.capacity == Capacity::Participant && actor.who != *body.participant.0.as_name() {
        return Err(Refusal::NotYours { who: actor.who }.into());
    }
    if body.commitments.is_empty() {
        return Err(Refusal::List { field: "commitments" }.into());
    }
    erasure::check_fields(act, &body.participant.0, body.commitments.keys())?;
    if body.commitments.iter().any(|(field, commitment)| participant.commitments.get(field) == Some(commitment)) {
        let problem = "is what is recorded: a fresh salt gives another one, also for the same value";
        return Err(Refusal::Field { field: "commitments", problem }.into());
    }
    let fields = list(body.commitments.keys());
    act.find(&rules::R27, Finding::Met, [("corrected", fields.into()), ("signed_as", actor.capacity.as_str().into())]);
    participant.commitments.extend(body.commitments);
    let subject = act.participant_subject(&body.participant.0)?;
    act.put(subject, participant);
    Ok(())
}

/// The words of fields, in order.
pub(crate) fn list<'a>(fields: impl IntoIterator<Item = &'a IdentityField>) -> String {
    words(fields.into_iter().map(|field| field.as_str().to_owned()))
}

/// Rule L07: one person has one enrolment.
pub(crate) fn merge(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParticipantMerge = act.body()?;
    let (kept, superseded) = (&body.participant.0, &body.supersedes.0);
    if kept == superseded {
        return Err(Refusal::Field { field: "supersedes", problem: "is the enrolment that stays" }.into());
    }
    let person = act.signed_as(Capacity::Participant).map(|signatory| signatory.who.clone());
    if let Some(who) = person.filter(|who| who != kept.as_name() && who != superseded.as_name()) {
        return Err(Refusal::NotYours { who }.into());
    }
    act.participant(kept)?;
    let mut other = act.participant(superseded)?;
    other.keys.end(None, act.time(), Ending::Replaced);
    other.merged_into = Some(body.participant.clone());
    let roles = role::held_by(act, superseded)?;
    for role in &roles {
        role::end_holding(act, superseded, &format!("role/{role}"))?;
    }
    act.find(
        &rules::L07,
        Finding::Met,
        [
            ("merged", superseded.to_string().into()),
            ("into", kept.to_string().into()),
            ("roles_ended", words(roles).into()),
        ],
    );
    let roster_subject = act.subject("roster")?;
    let mut roster = act.load::<Roster>(&roster_subject)?.unwrap_or_default();
    roster.enrolled = roster.enrolled.saturating_sub(1);
    act.put(roster_subject, roster);
    // The chain of the enrolment that stays shows what was merged into it.
    for (pid, participant) in [(kept, act.participant(kept)?), (superseded, other)] {
        let subject = act.participant_subject(pid)?;
        act.put(subject, participant);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_it_is_written() {
        for field in IdentityField::ALL {
            assert_eq!(IdentityField::parse(field.as_str()), Some(field));
        }
        assert_eq!(IdentityField::parse("passport"), None);
    }
}
