//! Amendments of a meeting's notice.

use std::cmp::Ordering;

use plenary_core::{entry::Finding, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    document::Document,
    first_meeting, group,
    meeting::{self, Departure, Meeting, Participation, Start},
    refusal::Refusal,
    registration, rules,
    text::{Label, Text, Title},
    zone::{Deadline, Zone},
};

/// Body of `meeting.amend`: what changes in the notice of a meeting; the rest stays.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingAmend {
    /// The meeting. Once it is open, only its end can move.
    pub meeting: Text<Label>,
    /// Its place now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Text<Title>>,
    /// When it starts now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Start>,
    /// Its last day now, in its zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Text<Date>>,
    /// How one can take part now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participation: Option<Participation>,
    /// The zone of all its dates now; dates that stay must then be stated again where their instants change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Until when contributions are due now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contributions: Option<Deadline>,
    /// Until when participants register now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Deadline>,
    /// The rules that the notice now departs from, by decision of the chair, who then signs as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departures: Vec<Departure>,
    /// Why.
    pub reason: AmendReason,
    /// The notice as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Document>,
}

/// Why a notice is amended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AmendReason {
    /// The host or the place changed.
    Place,
    /// It clashed with another meeting.
    Calendar,
    /// The work needs more time, or less.
    Work,
    /// The secretariat or its systems could not be reached.
    Outage,
    /// Travel or gathering became impossible.
    Circumstances,
    /// The notice was wrong.
    Correction,
}

/// Rules R30 to R32, for the meeting as it is now; what was judged before stays.
pub(crate) fn amend(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingAmend = act.body()?;
    let before = cancellation::not_cancelled(act, &body.meeting.0)?;
    let step = |needed| Err(Refusal::MeetingStep { meeting: body.meeting.0.clone(), needed }.into());
    if before.closed.is_some() {
        return step("not yet closed");
    }
    let mut now = amended(&before, &body);
    if before.opened.is_some() && now != (Meeting { ends: now.ends, ..before.clone() }) {
        return step("not yet opened, unless its end alone moves");
    }
    if now == before {
        return Err(Refusal::Field { field: "meeting", problem: "is amended in nothing" }.into());
    }
    meeting::check_dates(&now)?;
    // A departure holds for the dates that it was stated for.
    let (is_announced_anew, is_due_anew) = (is_announced_anew(&before, &now), is_due_anew(&before, &now));
    now.departures.retain(|rule| {
        let is_anew = (is_announced_anew && rule == rules::R30.id) || (is_due_anew && rule == rules::R31.id);
        !is_anew
    });
    for departure in meeting::departures(act, &body.departures)? {
        if !now.departures.contains(&departure) {
            now.departures.push(departure);
        }
    }
    if is_announced_anew {
        meeting::find_notice(act, &now)?;
    }
    if is_due_anew {
        meeting::find_contribution_days(act, &now)?;
    }
    find_moved(act, "contributions", &before.contributions, &now.contributions);
    let (registration_before, registration_now) =
        (registration::deadline(act, &before)?, registration::deadline(act, &now)?);
    find_moved(act, "registration", &registration_before, &registration_now);
    if now.starts.date != before.starts.date {
        // Of another kind than face to face it is no candidate, and moves none.
        first_meeting::moved(act, &body.meeting, now.starts.date)?;
    }
    if now.starts.date != before.starts.date || now.ends != before.ends {
        group::find_lifetime(act, now.ends.0)?;
    }
    now.notice = Text(act.id());
    let subject = act.meeting_subject(&body.meeting.0)?;
    act.put(subject, now);
    Ok(())
}

fn amended(before: &Meeting, body: &MeetingAmend) -> Meeting {
    Meeting {
        place: body.place.clone().or_else(|| before.place.clone()),
        starts: body.starts.clone().unwrap_or_else(|| before.starts.clone()),
        ends: body.ends.unwrap_or(before.ends),
        participation: body.participation.unwrap_or(before.participation),
        zone: body.zone.clone().unwrap_or_else(|| before.zone.clone()),
        contributions: body.contributions.clone().unwrap_or_else(|| before.contributions.clone()),
        registration: body.registration.clone().or_else(|| before.registration.clone()),
        ..before.clone()
    }
}

/// Whether participants have to plan anew, before the meeting opens.
fn is_announced_anew(before: &Meeting, now: &Meeting) -> bool {
    let is_other = (&before.place, &before.starts, before.ends, before.participation)
        != (&now.place, &now.starts, now.ends, now.participation);
    is_other && before.opened.is_none()
}

fn is_due_anew(before: &Meeting, now: &Meeting) -> bool {
    before.starts.date != now.starts.date || before.contributions != now.contributions
}

/// Rule R32.
fn find_moved(act: &mut Act<'_>, which: &str, before: &Deadline, now: &Deadline) {
    let result = match now.instant.cmp(&before.instant) {
        Ordering::Equal => return,
        Ordering::Greater => Finding::Met,
        Ordering::Less => Finding::Broken,
    };
    act.find(
        &rules::R32,
        result,
        [
            ("deadline", which.into()),
            ("published", format!("{before}, {}", before.instant).into()),
            ("now", format!("{now}, {}", now.instant).into()),
        ],
    );
}
