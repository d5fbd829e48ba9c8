//! When a contribution came: the deadlines that it is judged by, and what becomes of a late one.

use plenary_core::{entry::Finding, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    clock::{self, Arrival},
    contribution::{self, Contribution, Standing},
    document::Document,
    meeting::{self, Meeting},
    refusal::Refusal,
    role::{self, Decision},
    rules,
    text::{Label, Number, Text},
    waiver::{Grant, granting},
    zone::{Deadline, Words},
};

/// Body of `contribution.late-admit`: lets the meeting decide on a late contribution.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionLateAdmit {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// Why it is of extreme importance (A.1 3.2.5).
    pub reason: Document,
}

/// Body of `contribution.late-decide`: what the meeting decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionLateDecide {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// To take it up, or to hold it for the next meeting.
    pub result: LateResult,
    /// The meeting's decision.
    pub decision: Decision,
}

/// What a meeting decides on a late contribution.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateResult {
    /// It is taken up.
    Accept,
    /// It is held for the next meeting.
    Hold,
}

/// Rules R31 (the days of the terms) and R51 (the deadline of the notice).
///
/// Gives the date that counts, and whether the notice's deadline is met or waived.
pub(crate) fn find_deadlines(
    act: &mut Act<'_>,
    arrival: &Arrival,
    meeting: &Meeting,
    own_waivers: &[Grant],
) -> Result<(Date, bool), Stop> {
    let needed = act.parameters()?.contribution_days;
    let by_terms = meeting.starts.date.0.minus_days(needed).ok_or(Refusal::Zone)?;
    let by_terms = Deadline::resolve(Words::By, by_terms, &meeting.zone).ok_or(Refusal::Zone)?;
    let grants: Vec<Grant> = meeting.waivers.iter().chain(own_waivers).cloned().collect();

    let judged = arrival.judge(act, &meeting.zone, &meeting.contributions)?;
    let moment = judged.moment;
    let date = clock::date(&meeting.zone, moment)?;
    let days = meeting.days_before(date);
    let is_met = meeting.contributions.is_met(moment);
    let waiver = granting(&grants, &rules::R51, days).filter(|_| !is_met);
    let notice = [
        ("received", date.to_string().into()),
        ("clock", judged.word.into()),
        meeting::days_fact(days),
        ("deadline", meeting.contributions.to_string().into()),
        ("notice", meeting.notice.to_string().into()),
    ];
    let is_on_time = is_met || waiver.is_some();

    // The grace counts for the deadline that it saves, and the other one sees the same moment.
    let own = arrival.judge(act, &meeting.zone, &by_terms)?;
    let by_terms_moment = if by_terms.is_met(own.moment) { own.moment } else { moment };
    let by_terms_date = clock::date(&meeting.zone, by_terms_moment)?;
    let by_terms_days = meeting.days_before(by_terms_date);
    let terms_waiver = granting(&grants, &rules::R31, by_terms_days);
    let departs = meeting.departures.iter().any(|rule| rule == rules::R31.id);
    let terms = if by_terms.is_met(by_terms_moment) {
        Finding::Met
    } else if (departs && is_on_time) || terms_waiver.is_some() {
        Finding::Waived
    } else {
        Finding::Broken
    };
    act.find(
        &rules::R31,
        terms,
        [
            ("received", by_terms_date.to_string().into()),
            meeting::days_fact(by_terms_days),
            ("days_needed", needed.into()),
            ("starts", meeting.starts.date.to_string().into()),
        ],
    );
    if terms == Finding::Waived {
        let record = terms_waiver.map_or(meeting.notice, |grant| grant.record);
        act.add_fact("waiver", record.to_string().into());
    }
    let result = match (is_met, waiver) {
        (true, _) => Finding::Met,
        (false, Some(_)) => Finding::Waived,
        (false, None) => Finding::Broken,
    };
    act.find(&rules::R51, result, notice);
    if let Some(waiver) = waiver {
        act.add_fact("waiver", waiver.record.to_string().into());
    }
    Ok((date, is_on_time))
}

/// Rule R59, first step.
pub(crate) fn admit(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionLateAdmit = act.body()?;
    let number = body.contribution.0;
    let mut contribution = contribution::undisposed(act, &number)?;
    meeting_of(act, &mut contribution)?;
    if contribution.standing != Standing::Late {
        return Err(contribution::step(&number, &contribution).into());
    }
    let by = act.actor()?.capacity.as_str();
    act.find(&rules::R59, Finding::Met, [("step", "admitted".into()), ("by", by.into())]);
    contribution.standing = Standing::Admitted;
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}

/// Rule R59, second step: the meeting has the final say.
pub(crate) fn decide(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionLateDecide = act.body()?;
    let number = body.contribution.0;
    let mut contribution = contribution::undisposed(act, &number)?;
    if contribution.standing != Standing::Admitted {
        return Err(Refusal::NotAdmitted { number, standing: contribution.words() }.into());
    }
    let meeting = act.meeting_subject(&contribution.meeting.0)?;
    let meeting = act.about::<Meeting>(meeting)?;
    if !meeting.is_open() {
        return Err(Refusal::MeetingStep { meeting: contribution.meeting.0, needed: "open" }.into());
    }
    role::find_basis(act, &body.decision)?;
    contribution.standing = match body.result {
        LateResult::Accept => Standing::Accepted,
        LateResult::Hold => Standing::Held,
    };
    let standing = contribution.standing.as_str();
    act.find(&rules::R59, Finding::Met, [("step", "decided".into()), ("stands", standing.into())]);
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}

/// The meeting that a contribution is for; it is carried to what takes up its own if that is cancelled.
pub(crate) fn meeting_of(act: &mut Act<'_>, contribution: &mut Contribution) -> Result<Meeting, Stop> {
    let (label, meeting) = cancellation::next(act, &contribution.meeting)?;
    if label != contribution.meeting {
        carry(act, contribution, &label)?;
    }
    Ok(meeting)
}

/// Carries a contribution to a later meeting: one that was late, that the meeting postponed, or whose meeting is
/// cancelled.
///
/// Rule R51 is asked anew of a late one, by the date that it came on.
pub(crate) fn carry(act: &mut Act<'_>, contribution: &mut Contribution, to: &Text<Label>) -> Result<(), Stop> {
    let from = act.meeting_subject(&contribution.meeting.0)?;
    let from = act.require::<Meeting>(&from)?;
    let next = cancellation::not_cancelled(act, &to.0)?;
    let next_subject = act.meeting_subject(&to.0)?;
    act.join(next_subject)?;
    if from.cancelled.is_none() && next.starts.instant <= from.starts.instant {
        return Err(
            Refusal::Order { earlier: "the meeting that it was for", later: "the one that it is carried to" }.into()
        );
    }
    if next.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: to.0.clone(), needed: "not yet closed" }.into());
    }
    let last = next.contributions.last().ok_or(Refusal::Zone)?;
    if matches!(contribution.standing, Standing::Late | Standing::Admitted | Standing::Held) {
        let is_met = contribution.received.0 <= last;
        act.find(
            &rules::R51,
            if is_met { Finding::Met } else { Finding::Broken },
            [
                ("received", contribution.received.to_string().into()),
                meeting::days_fact(next.days_before(contribution.received.0)),
                ("deadline", next.contributions.to_string().into()),
                ("carried_to", to.to_string().into()),
            ],
        );
        contribution.standing = if is_met { Standing::OnTime } else { Standing::Late };
    }
    contribution.judge_anew(last);
    contribution::count_for(act, to)?;
    contribution.carried_from = Some(std::mem::replace(&mut contribution.meeting, to.clone()));
    contribution.allocation = None;
    Ok(())
}
