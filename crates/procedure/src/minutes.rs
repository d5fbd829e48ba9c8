//! The minutes of a meeting: the numbers of what it decided and of what it asked for.

use plenary_core::{entry::Finding, subject::Subject};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    meeting::Meeting,
    meeting_report::MeetingReport,
    refusal::Refusal,
    rules,
    text::{Label, Number, Text},
};

/// How many numbers were given in a meeting, or between meetings; the chain holds the records.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Minutes {
    /// To decisions.
    pub decisions: u32,
    /// To action items.
    pub actions: u32,
}

/// What is numbered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Series {
    Decision,
    Action,
}

/// A meeting that was opened, and whose report is not approved yet.
pub(crate) fn sitting(act: &mut Act<'_>, label: &Label) -> Result<Meeting, Stop> {
    let meeting = cancellation::not_cancelled(act, label)?;
    if meeting.opened.is_none() {
        return Err(Refusal::MeetingStep { meeting: label.clone(), needed: "open, or over" }.into());
    }
    let report = act.report_subject(label)?;
    if act.load::<MeetingReport>(&report)?.is_some_and(|report| report.approved.is_some()) {
        let problem = "is approved; what it left out is decided or asked for at another meeting";
        return Err(Refusal::ReportStep { meeting: label.clone(), problem }.into());
    }
    Ok(meeting)
}

/// Rule R54: the next number, such as `M1-D001`, or `DLT-A001` between meetings.
pub(crate) fn next(
    act: &mut Act<'_>,
    meeting: Option<&Text<Label>>,
    series: Series,
) -> Result<(Number, Subject), Stop> {
    let (minutes_subject, prefix) = match meeting {
        Some(label) => (act.subject(&format!("meeting/{label}/minutes"))?, format!("M{label}")),
        None => (act.subject("minutes")?, act.group()?.prefix.to_string()),
    };
    let mut minutes = act.load::<Minutes>(&minutes_subject)?.unwrap_or_default();
    let (given, letter, noun) = match series {
        Series::Decision => (&mut minutes.decisions, 'D', "decision"),
        Series::Action => (&mut minutes.actions, 'A', "action"),
    };
    let full = || Stop::from(Refusal::Full(minutes_subject.clone()));
    *given = given.checked_add(1).ok_or_else(full)?;
    let number = Number::parse(&format!("{prefix}-{letter}{given:03}")).ok_or_else(full)?;
    let subject = act.subject(&format!("{noun}/{number}"))?;
    // A group whose prefix looks like a meeting's would give the same number twice.
    if act.is_recorded(&subject)? {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    act.put(minutes_subject, minutes);
    Ok((number, subject))
}
