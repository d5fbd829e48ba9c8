//! Circulars: what the secretariat publishes to the membership.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    clock,
    document::Document,
    refusal::Refusal,
    rules,
    text::{Label, Text, Title},
};

/// Body of `circular.publish`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CircularPublish {
    /// Its number, such as `33`.
    pub number: Text<Label>,
    /// Its title.
    pub title: Text<Title>,
    /// The date that it bears.
    pub date: Text<Date>,
    /// Whom it addresses.
    pub addressees: BTreeSet<Addressee>,
    /// The circular.
    pub document: Document,
}

/// Whom a circular addresses.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addressee {
    /// Administrations of Member States.
    MemberStates,
    /// Sector Members.
    SectorMembers,
    /// Associates.
    Associates,
    /// Academic members.
    Academia,
    /// Attendees of an earlier event.
    Attendees,
    /// Chairs of study groups.
    StudyGroupChairs,
}

/// The state of a circular.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Circular {
    /// The date that it bears.
    pub date: Text<Date>,
    /// The circular's digest.
    pub document: Text<Digest>,
}

pub(crate) fn publish(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CircularPublish = act.body()?;
    let subject = act.subject(&format!("circular/{}", body.number))?;
    if act.load::<Circular>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if body.addressees.is_empty() {
        return Err(Refusal::List { field: "addressees" }.into());
    }
    let zone = act.group()?.zone.clone();
    let at = act.record().at;
    if clock::date(&zone, act.time())? < body.date.0 {
        return Err(Refusal::Field { field: "date", problem: "lies after ledger time" }.into());
    }
    clock::find_entry(act, &zone, at)?;
    find_decided(act, body.date.0)?;
    act.find(&rules::R54, Finding::Met, [("number", body.number.to_string().into())]);
    act.give_number(body.number.0.as_str());
    act.put(subject, Circular { date: body.date, document: body.document.digest });
    Ok(())
}

/// Rule R03.
fn find_decided(act: &mut Act<'_>, date: Date) -> Result<(), Stop> {
    let decided = act.group()?.decided.0;
    let result = if decided <= date { Finding::Met } else { Finding::Broken };
    act.find(&rules::R03, result, [("date", date.to_string().into()), ("decided", decided.to_string().into())]);
    Ok(())
}
