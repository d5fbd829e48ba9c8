//! Nothing counts as received earlier than somebody has shown.

use plenary_core::{
    record::Record,
    time::{Date, Moment},
};
use plenary_procedure::{
    apply::{Applied, Context},
    contribution::{Contribution, Standing},
    meeting::Meeting,
    state::SubjectState,
};

use crate::{minutes::text, violation::Violation, world::World};

/// Days within which the secretariat enters what it received, by the rule set of the tables.
const ENTRY_DAYS: i64 = 3;

/// Asks it of a contribution that was submitted or revised.
pub(crate) fn check(
    record: &Record,
    context: &Context,
    applied: &Applied,
    worlds: (&World, &World),
) -> Option<Violation> {
    if !["contribution.submit", "contribution.revise"].contains(&record.record_type.as_str()) {
        return None;
    }
    let contribution = applied.changes.iter().find_map(|(_, state)| {
        if let SubjectState::Contribution(contribution) = state { Some(contribution) } else { None }
    })?;
    let Some(SubjectState::Meeting(meeting)) = worlds.0.state(&format!("fg-dlt/meeting/{}", contribution.meeting))
    else {
        return None;
    };
    let shown = shown(record, context, meeting);
    let (received, is_on_time) = of_this_record(record, contribution);
    let is_waived = !meeting.waivers.is_empty() || !contribution.waivers.is_empty();
    let is_late = meeting.contributions.instant.0.plus_ms(1_000) <= shown;
    (received < date(meeting, shown) || (is_on_time && is_late && !is_waived)).then_some(Violation::ReceivedEarly)
}

/// The earliest moment that anybody vouches for.
fn shown(record: &Record, context: &Context, meeting: &Meeting) -> Moment {
    match text(&record.body, "received").and_then(Moment::parse) {
        // The secretariat's word counts for three days.
        Some(received) if date(meeting, context.time).days_since(date(meeting, received)) <= ENTRY_DAYS => received,
        Some(_) => context.time,
        // A signature counts for ten minutes after the deadline.
        None if context.time < meeting.contributions.instant.0.plus_ms(1_000 + context.grace_ms) => record.signed,
        None => context.time,
    }
}

fn of_this_record(record: &Record, contribution: &Contribution) -> (Date, bool) {
    if record.record_type == "contribution.submit" {
        (contribution.received.0, contribution.standing == Standing::OnTime)
    } else {
        (contribution.revised.0, contribution.revision_on_time == contribution.revision)
    }
}

fn date(meeting: &Meeting, moment: Moment) -> Date {
    meeting.zone.date(moment).unwrap()
}
