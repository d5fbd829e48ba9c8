//! Which meeting is the group's first: its lifetime counts from that one's first day (ToR 2.16).

use plenary_core::{entry::Finding, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    group::{self, Group, Lifetime},
    refusal::Refusal,
    rules,
    text::{Label, Text},
};

/// A meeting at a place that is the group's first, or becomes it if those before it move or are cancelled.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Candidate {
    /// The meeting.
    pub meeting: Text<Label>,
    /// Its first day.
    pub starts: Text<Date>,
}

/// How many meetings are kept, the earliest ones: what was opened neither moves nor is cancelled.
pub const CANDIDATES_MAX: usize = 32;

pub(crate) fn announced(act: &mut Act<'_>, meeting: &Text<Label>, starts: Text<Date>) -> Result<(), Stop> {
    change(act, |candidates| candidates.push(Candidate { meeting: meeting.clone(), starts }))
}

pub(crate) fn moved(act: &mut Act<'_>, meeting: &Text<Label>, starts: Text<Date>) -> Result<(), Stop> {
    change(act, |candidates| {
        for candidate in candidates.iter_mut().filter(|candidate| candidate.meeting == *meeting) {
            candidate.starts = starts;
        }
    })
}

pub(crate) fn cancelled(act: &mut Act<'_>, meeting: &Text<Label>) -> Result<(), Stop> {
    change(act, |candidates| candidates.retain(|candidate| candidate.meeting != *meeting))
}

/// Changes the candidates; the record joins the group's chain if that makes any difference.
fn change(act: &mut Act<'_>, change: impl FnOnce(&mut Vec<Candidate>)) -> Result<(), Stop> {
    let subject = act.subject("group")?;
    let before = act.require::<Group>(&subject)?;
    let mut group = before.clone();
    change(&mut group.first_meetings);
    group.first_meetings.sort_by(|one, other| (one.starts, &one.meeting).cmp(&(other.starts, &other.meeting)));
    group.first_meetings.truncate(CANDIDATES_MAX);
    settle(act, &mut group)?;
    if group != before {
        act.set_group(group.clone());
        act.put(subject, group);
    }
    Ok(())
}

/// Rules R08 and R09; counts the lifetime from the earliest candidate.
fn settle(act: &mut Act<'_>, group: &mut Group) -> Result<(), Stop> {
    let Some(begins) = group.first_meetings.first().map(|candidate| candidate.starts) else {
        // An extension names a day of its own, which stands until the next first meeting is announced.
        group.lifetime = group.lifetime.take().filter(|lifetime| lifetime.extension.is_some());
        return Ok(());
    };
    if group.lifetime.as_ref().is_some_and(|lifetime| lifetime.begins == begins) {
        return Ok(());
    }
    let parameters = act.parameters()?;
    let ends = begins.0.plus_months(parameters.lifetime_months).map(Text).ok_or(Refusal::Zone)?;
    for by in parameters.first_meeting_by {
        let result = if begins <= by { Finding::Met } else { Finding::Broken };
        act.find(
            &rules::R08,
            result,
            [("first_meeting", begins.to_string().into()), ("milestone", by.to_string().into())],
        );
    }
    let extension = group.lifetime.take().and_then(|lifetime| lifetime.extension);
    group.lifetime = Some(Lifetime { begins, ends, extension });
    group::find_next_meeting(act, group);
    Ok(())
}
