//! Events beside the meetings: workshops and their outcome (ToR 2.3).

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::{self, Document},
    organization::Organization,
    refusal::Refusal,
    rules,
    text::{Label, Text, Title},
};

/// Body of `event.record`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EventRecord {
    /// Its label, such as `W1`.
    pub event: Text<Label>,
    /// What kind of event it is.
    pub kind: EventKind,
    /// Its title.
    pub title: Text<Title>,
    /// The organisation that hosts it.
    pub host: Text<Name>,
    /// Its place; none for an electronic event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Text<Title>>,
    /// Its first day, at its place.
    pub from: Text<Date>,
    /// Its last day, at its place.
    pub to: Text<Date>,
    /// The meeting of the group that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Text<Label>>,
    /// What came out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcome: Vec<Document>,
}

/// The kind of an event.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A workshop.
    Workshop,
    /// A forum, or another public event.
    Forum,
    /// A training.
    Training,
}

/// The state of an event.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Event {
    /// What kind of event it is.
    pub kind: EventKind,
    /// Its title.
    pub title: Text<Title>,
    /// Who hosts it.
    pub host: Text<Name>,
    /// Its first day.
    pub from: Text<Date>,
    /// Its last day.
    pub to: Text<Date>,
    /// The manifest of its outcome.
    pub outcome: Option<Text<Digest>>,
}

/// Rule R54.
pub(crate) fn record(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: EventRecord = act.body()?;
    let subject = act.subject(&format!("event/{}", body.event))?;
    if act.load::<Event>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if body.to < body.from {
        return Err(Refusal::Order { earlier: "from", later: "to" }.into());
    }
    let host = act.organization_subject(&body.host.0)?;
    act.require::<Organization>(&host)?;
    if let Some(meeting) = &body.meeting {
        let meeting = act.meeting_subject(&meeting.0)?;
        act.join(meeting)?;
    }
    let outcome = if body.outcome.is_empty() { None } else { Some(Text(document::package(&body.outcome)?)) };
    act.find(&rules::R54, Finding::Met, [("number", body.event.to_string().into())]);
    act.give_number(body.event.0.as_str());
    let (kind, title, host, from, to) = (body.kind, body.title, body.host, body.from, body.to);
    act.put(subject, Event { kind, title, host, from, to, outcome });
    Ok(())
}
