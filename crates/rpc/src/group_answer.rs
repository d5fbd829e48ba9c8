//! What the methods about a group answer with.
//!
//! Words such as a standing are those of the records' own bodies.

use std::fmt::Display;

use plenary_procedure::{
    call::{Call, CallStanding},
    contribution,
    deliverable::DeliverableStanding,
    key::{Ending, KeyPeriod},
    objection,
    text::Text,
    waiver::Grant,
    zone::Deadline,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::json::{Hash, Number, Time};

/// A group.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The parent group.
    pub parent: String,
    /// The organisation that acts as its secretariat.
    pub secretariat: String,
    /// What contribution numbers begin with.
    pub prefix: String,
    /// The record of the rule set in force.
    pub ruleset: Hash,
    /// The zone of dates that belong to no meeting.
    pub zone: String,
    /// Its lifetime, once the first meeting is announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Lifetime>,
}

/// A group's lifetime.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Lifetime {
    /// Its first day.
    pub begins: String,
    /// Its last day, by the terms of reference alone.
    pub ends: String,
    /// Its last day by the latest extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_to: Option<String>,
    /// The record of that extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Hash>,
}

/// A participant: a pseudonym and a key, never a name.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Participant {
    /// The group.
    pub group: String,
    /// The pseudonym.
    pub id: String,
    /// The country, by its two letters.
    pub country: String,
    /// The category of membership.
    pub category: String,
    /// The organisation; absent for individuals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The keys, the first one first.
    pub keys: Vec<KeyLine>,
}

/// A key, and when it was in force.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct KeyLine {
    /// The key, as OpenSSH writes it.
    pub key: String,
    /// Since when.
    pub from: Time,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Whether it was replaced or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<String>,
}

/// A date by which something is due.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct DeadlineLine {
    /// The date.
    pub date: String,
    /// How the notice puts it: `by` the date, or `before` it.
    pub words: String,
    /// The last moment in UTC.
    pub instant: Time,
}

/// A rule that was waived.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct WaiverLine {
    /// The rule.
    pub rule: String,
    /// The days granted instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Number>,
    /// The record of the waiver.
    pub record: Hash,
}

/// A meeting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Meeting {
    /// The group.
    pub group: String,
    /// Its label.
    pub id: String,
    /// What kind of meeting it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub starts: String,
    /// When it starts, in UTC.
    pub starts_at: Time,
    /// Its last day.
    pub ends: String,
    /// The zone of its dates.
    pub zone: String,
    /// Until when contributions are due.
    pub contributions: DeadlineLine,
    /// Until when participants register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<DeadlineLine>,
    /// The rules that its notice departs from.
    pub departures: Vec<String>,
    /// The record of its notice.
    pub notice: Hash,
    /// When it was opened, as the chair says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Time>,
    /// When it was closed, as the chair says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Time>,
    /// How often the patent question was asked.
    pub patent_calls: Number,
    /// The rules that were waived for it.
    pub waivers: Vec<WaiverLine>,
}

/// Somebody who registered for a meeting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Registrant {
    /// The participant's pseudonym.
    pub participant: String,
    /// On site or remote.
    pub mode: String,
}

/// A contribution.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Contribution {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// The meeting that it is for.
    pub meeting: String,
    /// Its title.
    pub title: String,
    /// Who sent it, if enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The organisations that it comes from.
    pub sources: Vec<String>,
    /// Its current revision.
    pub revision: Number,
    /// The last revision that met the deadline; 0 if none did.
    pub revision_on_time: Number,
    /// The digest over the documents of the current revision.
    pub manifest: Hash,
    /// The date by which it was judged.
    pub received: String,
    /// Where it stands.
    pub standing: String,
    /// The rules that were waived for it.
    pub waivers: Vec<WaiverLine>,
}

/// A deliverable.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Deliverable {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// The working group that does the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<String>,
    /// Where it stands.
    pub standing: String,
    /// The current version; 0 before the first.
    pub version: Number,
    /// The digest over the documents of the current version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Hash>,
    /// The latest call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallLine>,
    /// Every objection ever raised, the oldest first.
    pub objections: Vec<ObjectionLine>,
    /// The rules that were waived for it.
    pub waivers: Vec<WaiverLine>,
    /// The determination by which the group agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Hash>,
    /// The level of that agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The record by which it was sent to the parent group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmission: Option<Hash>,
}

/// A call on a deliverable's text.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CallLine {
    /// Its number.
    pub id: String,
    /// The digest over the documents that it is on.
    pub manifest: Hash,
    /// In a meeting, or by electronic means.
    pub mode: String,
    /// The meeting in which it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<String>,
    /// Its last moment.
    pub closes: Time,
    /// Its calendar days.
    pub days: Number,
    /// The calendar days that the rule set asks for.
    pub days_needed: Number,
    /// Where it stands.
    pub standing: String,
    /// Who stated a reservation that stands.
    pub reservations: Vec<String>,
}

/// An objection.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ObjectionLine {
    /// Its number.
    pub id: String,
    /// The call in which it was raised.
    pub call: String,
    /// Who raised it: a participant or an organisation.
    pub by: String,
    /// What it is about.
    pub issue: String,
    /// How often it was answered.
    pub responses: Number,
    /// Raised, withdrawn or disposed.
    pub standing: String,
    /// How it was disposed of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// The record that disposed of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposed_by: Option<Hash>,
}

/// What somebody says of a call's text. Positions are never counted.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PositionLine {
    /// Who: a participant or an organisation.
    pub by: String,
    /// What is said.
    pub value: String,
    /// The digest of the document that explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Hash>,
    /// How often it was stated; the last one stands.
    pub statements: Number,
}

/// The word that the records' bodies use for a value of a closed list.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// Where a contribution stands.
pub(crate) const fn contribution_word(standing: contribution::Standing) -> &'static str {
    match standing {
        contribution::Standing::OnTime => "on-time",
        contribution::Standing::Late => "late",
        contribution::Standing::Admitted => "admitted",
        contribution::Standing::Accepted => "accepted",
        contribution::Standing::Held => "held",
        contribution::Standing::Withdrawn => "withdrawn",
        contribution::Standing::Returned => "returned",
    }
}

/// Where a deliverable stands.
pub(crate) const fn deliverable_word(standing: DeliverableStanding) -> &'static str {
    match standing {
        DeliverableStanding::Adopted => "adopted",
        DeliverableStanding::Drafting => "drafting",
        DeliverableStanding::Stable => "stable",
        DeliverableStanding::Called => "called",
        DeliverableStanding::Approved => "approved",
        DeliverableStanding::Transmitted => "transmitted",
        DeliverableStanding::Disposed => "disposed",
        DeliverableStanding::Returned => "returned",
        DeliverableStanding::Discontinued => "discontinued",
    }
}

const fn call_word(standing: CallStanding) -> &'static str {
    match standing {
        CallStanding::Open => "open",
        CallStanding::Closed => "closed",
        CallStanding::Aborted => "aborted",
        CallStanding::Determined => "determined",
        CallStanding::Suspended => "suspended",
        CallStanding::Voided => "voided",
    }
}

const fn ending_word(ending: Ending) -> &'static str {
    match ending {
        Ending::Replaced => "replaced",
        Ending::Revoked => "revoked",
    }
}

/// The texts of a list.
pub(crate) fn texts<'a, T: Display + 'a>(list: impl IntoIterator<Item = &'a Text<T>>) -> Vec<String> {
    list.into_iter().map(ToString::to_string).collect()
}

impl From<&Deadline> for DeadlineLine {
    fn from(deadline: &Deadline) -> Self {
        Self { date: deadline.date.to_string(), words: word(&deadline.words), instant: Time(deadline.instant.0) }
    }
}

impl From<&Grant> for WaiverLine {
    fn from(grant: &Grant) -> Self {
        Self {
            rule: grant.rule.clone(),
            days: grant.days.map(|days| Number(days.into())),
            record: Hash(grant.record.0),
        }
    }
}

impl From<&KeyPeriod> for KeyLine {
    fn from(period: &KeyPeriod) -> Self {
        Self {
            key: period.key.clone(),
            from: Time(period.from.0),
            until: period.end.as_ref().map(|(until, _)| Time(until.0)),
            ending: period.end.map(|(_, ending)| ending_word(ending).to_owned()),
        }
    }
}

impl From<&Call> for CallLine {
    fn from(call: &Call) -> Self {
        Self {
            id: call.number.to_string(),
            manifest: Hash(call.manifest.0),
            mode: word(&call.mode),
            meeting: call.meeting.as_ref().map(ToString::to_string),
            closes: Time(call.closes.0),
            days: Number(call.days.into()),
            days_needed: Number(call.days_needed.into()),
            standing: call_word(call.standing).to_owned(),
            reservations: texts(&call.reservations),
        }
    }
}

impl From<&objection::Objection> for ObjectionLine {
    fn from(objection: &objection::Objection) -> Self {
        let (standing, disposition) = match objection.standing {
            objection::ObjectionStanding::Raised => ("raised", None),
            objection::ObjectionStanding::Withdrawn => ("withdrawn", None),
            objection::ObjectionStanding::Disposed(disposition) => ("disposed", Some(word(&disposition))),
        };
        Self {
            id: objection.number.to_string(),
            call: objection.call.to_string(),
            by: objection.by.to_string(),
            issue: word(&objection.issue),
            responses: Number(objection.responses.into()),
            standing: standing.to_owned(),
            disposition,
            disposed_by: objection.disposed_by.as_ref().map(|record| Hash(record.0)),
        }
    }
}
