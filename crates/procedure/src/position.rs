//! Positions in a call: what a participant or an organisation thinks of a text.

use plenary_core::{entry::Finding, hash::Digest, record::Name, subject::Subject, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop},
    call::{self, Window},
    document::Document,
    organization::Organization,
    participant::Participant,
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Number, Pid, Text},
};

/// Body of `position`. The last one before the close stands; a later one is a comment, and silence is none.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The call's number, such as `D1.1-C1`.
    pub call: Text<Number>,
    /// The position. Opposition is stated with `objection.raise`, with its grounds.
    pub value: PositionValue,
    /// The text of a reservation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Document>,
}

/// A position.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PositionValue {
    /// For the text.
    Support,
    /// Not against it.
    NoObjection,
    /// As if not present.
    Abstain,
    /// Not against it, with a concern that is to be annexed.
    Reservation,
}

/// The state of somebody's position in a call.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PositionState {
    /// The position that counts.
    pub value: PositionValue,
    /// The digest of a reservation's text.
    pub text: Option<Text<Digest>>,
    /// How often it was stated.
    pub statements: u32,
    /// The organisation that the speaker belongs to, for information alone.
    pub organization: Option<Text<Name>>,
}

/// For whom a signer speaks: for the organisation, or for himself or herself.
pub(crate) fn speaker(act: &mut Act<'_>) -> Result<Signatory, Stop> {
    let mut actor = act.actor()?;
    if actor.capacity == Capacity::Delegate
        && let Some(pid) = Pid::parse(actor.who.as_str())
    {
        let subject = act.participant_subject(&pid)?;
        if let Some(organization) = act.require::<Participant>(&subject)?.organization {
            actor.who = organization.0;
        }
    }
    Ok(actor)
}

/// Rules R105 and R114.
pub(crate) fn state(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: Position = act.body()?;
    let is_reservation = body.value == PositionValue::Reservation;
    if is_reservation != body.text.is_some() {
        return Err(
            Refusal::Field { field: "text", problem: "is the text of a reservation, and of nothing else" }.into()
        );
    }
    let (label, deliverable, mut call) = call::load(act, &body.call.0)?;
    let window = call.window(act)?;
    let speaker = speaker(act)?;
    let since = since(act, &speaker)?;
    let organization = organization(act, &speaker)?;
    let subject = act.subject(&format!("call/{}/position/{}", body.call, speaker.who))?;
    act.find(&rules::R105, Finding::Noted, [("speaks_as", speaker.capacity.as_str().into())]);
    if let Some(organization) = &organization {
        act.add_fact("organization", organization.to_string().into());
    }
    let is_eligible = since <= call.opened;
    let is_comment = window == Window::Over || !is_eligible;
    if is_comment {
        act.add_fact("taken_as", "comment".into());
    }
    act.find(
        &rules::R114,
        if is_eligible { Finding::Met } else { Finding::Broken },
        [("since", since.to_string().into()), ("opened", call.opened.to_string().into())],
    );
    if is_comment {
        join(act, subject)?;
        return call::store(act, &label, deliverable, call);
    }
    call.note_speaker(organization.as_ref(), &speaker.who);
    let before = act.load::<PositionState>(&subject)?;
    let statements = before.map_or(1, |before| before.statements.saturating_add(1));
    if is_reservation {
        call.reservations.insert(Text(speaker.who));
    } else {
        call.reservations.remove(&Text(speaker.who));
    }
    let text = body.text.map(|text| text.digest);
    act.put(subject, PositionState { value: body.value, text, statements, organization });
    call::store(act, &label, deliverable, call)
}

/// Since when a speaker takes part: a person since the enrolment, an organisation since its registration.
fn since(act: &mut Act<'_>, speaker: &Signatory) -> Result<Text<Moment>, Stop> {
    let Some(pid) = Pid::parse(speaker.who.as_str()) else {
        let subject = act.organization_subject(&speaker.who)?;
        return Ok(act.require::<Organization>(&subject)?.registered);
    };
    let subject = act.participant_subject(&pid)?;
    let keys = act.require::<Participant>(&subject)?.keys;
    let first = keys.periods().first().map(|period| period.from);
    first.ok_or_else(|| Refusal::UnknownSigner(speaker.who.clone()).into())
}

/// A comment joins the chain of the position that stands, if there is one, and changes nothing.
fn join(act: &mut Act<'_>, subject: Subject) -> Result<(), Stop> {
    if let Some(position) = act.load::<PositionState>(&subject)? {
        act.put(subject, position);
    }
    Ok(())
}

/// The organisation that a speaker belongs to or speaks for.
fn organization(act: &mut Act<'_>, speaker: &Signatory) -> Result<Option<Text<Name>>, Stop> {
    let Some(pid) = Pid::parse(speaker.who.as_str()) else {
        return Ok(Some(Text(speaker.who.clone())));
    };
    let subject = act.participant_subject(&pid)?;
    Ok(act.require::<Participant>(&subject)?.organization)
}
