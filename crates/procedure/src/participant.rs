//! Participants: a random pid, a key, a category and a country; never a name.

use std::collections::BTreeMap;

use plenary_core::{entry::Finding, hash::Digest, record::Name, signature::MemberKey};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    attendance::Roster,
    key::Keys,
    organization::{Category, Organization},
    record_type::Capacity,
    refusal::Refusal,
    rules,
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
    /// The commitments to identity fields.
    pub commitments: BTreeMap<IdentityField, Text<Digest>>,
}

pub(crate) fn enroll(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParticipantEnroll = act.body()?;
    let subject = act.participant_subject(&body.pid.0)?;
    if act.load::<Participant>(&subject)?.is_some() {
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
        },
    );
    Ok(())
}
