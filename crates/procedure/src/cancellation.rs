//! Meetings that are cancelled, and what becomes of their contributions.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    first_meeting,
    meeting::{self, Meeting, MeetingKind},
    refusal::Refusal,
    rules,
    text::{Label, Text},
};

/// Body of `meeting.cancel`: the secretariat in agreement with the chair (A.1 1.3.3).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingCancel {
    /// The meeting, which was not opened.
    pub meeting: Text<Label>,
    /// Why.
    pub reason: CancelReason,
    /// The next meeting, for which its contributions are held; if it is not yet
    /// announced, its announcement says so with `takes_up`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_for: Option<Text<Label>>,
    /// The notice as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Document>,
}

/// Why a meeting is cancelled.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelReason {
    /// Too few contributions were received.
    Contributions,
    /// Too few participants registered.
    Attendance,
    /// The host or the place can no longer be had.
    Place,
    /// It clashes with another meeting.
    Calendar,
    /// Travel or gathering became impossible.
    Circumstances,
    /// Another meeting takes over its work.
    Merged,
}

impl CancelReason {
    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contributions => "contributions",
            Self::Attendance => "attendance",
            Self::Place => "place",
            Self::Calendar => "calendar",
            Self::Circumstances => "circumstances",
            Self::Merged => "merged",
        }
    }
}

/// A cancellation as its meeting remembers it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Cancellation {
    /// The record.
    pub record: Text<Digest>,
    /// The meeting for which the contributions are held; none until it is known.
    pub held_for: Option<Text<Label>>,
}

/// The most cancelled meetings that one meeting takes up.
pub const TAKEN_UP_MAX: usize = 16;

pub(crate) fn is_cancelled(act: &mut Act<'_>, label: &Label) -> Result<bool, Stop> {
    let subject = act.meeting_subject(label)?;
    Ok(act.require::<Meeting>(&subject)?.cancelled.is_some())
}

/// Rule R41: the meeting of this label, which is refused if it is cancelled.
pub(crate) fn not_cancelled(act: &mut Act<'_>, label: &Label) -> Result<Meeting, Stop> {
    let subject = act.meeting_subject(label)?;
    let meeting = act.require::<Meeting>(&subject)?;
    if meeting.cancelled.is_some() {
        return Err(Refusal::MeetingCancelled(label.clone()).into());
    }
    Ok(meeting)
}

/// The meeting for which a contribution to `label` is held: that meeting, or what takes it up if it is cancelled.
pub(crate) fn next(act: &mut Act<'_>, label: &Text<Label>) -> Result<(Text<Label>, Meeting), Stop> {
    let mut label = label.clone();
    loop {
        let subject = act.meeting_subject(&label.0)?;
        let meeting = act.require::<Meeting>(&subject)?;
        match &meeting.cancelled {
            None => return Ok((label, meeting)),
            // This ends: what takes a meeting up is not cancelled when it does so.
            Some(Cancellation { held_for: Some(next), .. }) => label = next.clone(),
            Some(Cancellation { held_for: None, .. }) => return Err(Refusal::MeetingCancelled(label.0).into()),
        }
    }
}

/// Rule R41.
pub(crate) fn cancel(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingCancel = act.body()?;
    let mut meeting = not_cancelled(act, &body.meeting.0)?;
    if meeting.opened.is_some() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "not yet opened" }.into());
    }
    if let Some(next) = &body.held_for {
        let is_itself = *next == body.meeting;
        if is_itself || not_cancelled(act, &next.0)?.closed.is_some() {
            return Err(Refusal::Field { field: "held_for", problem: "is no meeting that is still to come" }.into());
        }
        let next = act.meeting_subject(&next.0)?;
        act.join(next)?;
    }
    let held_for = body.held_for.as_ref().map_or_else(|| "the next meeting".to_owned(), ToString::to_string);
    act.find(
        &rules::R41,
        Finding::Met,
        [("reason", body.reason.as_str().into()), ("contributions_held_for", held_for.into())],
    );
    if meeting.kind == MeetingKind::FaceToFace {
        first_meeting::cancelled(act, &body.meeting)?;
    }
    meeting::change_list(act, |list| list.remove(&body.meeting))?;
    meeting.cancelled = Some(Cancellation { record: Text(act.id()), held_for: body.held_for });
    let subject = act.meeting_subject(&body.meeting.0)?;
    act.put(subject, meeting);
    Ok(())
}

/// Rule R41: a new meeting takes up the contributions of cancelled ones, each once.
pub(crate) fn take_up(act: &mut Act<'_>, cancelled: &[Text<Label>], next: &Text<Label>) -> Result<(), Stop> {
    let different: BTreeSet<_> = cancelled.iter().collect();
    if different.len() != cancelled.len() || TAKEN_UP_MAX < cancelled.len() {
        return Err(Refusal::List { field: "takes_up" }.into());
    }
    for label in cancelled {
        let subject = act.meeting_subject(&label.0)?;
        let mut meeting = act.require::<Meeting>(&subject)?;
        let Some(cancellation) = meeting.cancelled.as_mut().filter(|known| known.held_for.is_none()) else {
            let problem = "names a meeting that is not cancelled, or is taken up already";
            return Err(Refusal::Field { field: "takes_up", problem }.into());
        };
        cancellation.held_for = Some(next.clone());
        act.find(&rules::R41, Finding::Met, [("takes_up", label.to_string().into())]);
        act.put(subject, meeting);
    }
    Ok(())
}
