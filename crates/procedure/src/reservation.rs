//! Reservations: a contribution's number before the contribution.

use plenary_core::entry::Finding;
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    clock::Arrival,
    contribution,
    meeting::Meeting,
    refusal::Refusal,
    rules,
    text::{Label, Number, Pid, Text},
};

/// Body of `contribution.reserve`: gives a number, for which the contribution is submitted later.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionReserve {
    /// The meeting that the contribution will be for; the number lapses with its deadline.
    pub meeting: Text<Label>,
}

/// The state of a reservation; where no contribution has its number, this explains the gap.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Reservation {
    /// The meeting.
    pub meeting: Text<Label>,
    /// Who reserved it.
    pub holder: Text<Pid>,
    /// What became of it.
    pub standing: ReservationStanding,
}

/// What became of a reservation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ReservationStanding {
    /// Nothing was submitted for it; after the deadline nothing can be.
    Open,
    /// A contribution has the number.
    Used,
}

/// Rules R50 and R54.
pub(crate) fn reserve(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionReserve = act.body()?;
    let actor = act.actor()?.who;
    let unknown = || Stop::from(Refusal::UnknownSigner(actor.clone()));
    let holder = Pid::parse(actor.as_str()).map(Text).ok_or_else(unknown)?;
    let meeting = cancellation::not_cancelled(act, &body.meeting.0)?;
    let meeting_subject = act.meeting_subject(&body.meeting.0)?;
    act.join(meeting_subject)?;
    let time = act.time();
    let lapses = meeting.contributions.instant.0;
    if !meeting.contributions.is_met(time) {
        return Err(Refusal::ReservationLapsed { lapses, time }.into());
    }
    act.find(&rules::R50, Finding::Met, [("lapses", lapses.to_string().into())]);
    let number = contribution::next_number(act)?;
    let subject = act.reservation_subject(&number)?;
    act.put(subject, Reservation { meeting: body.meeting, holder, standing: ReservationStanding::Open });
    Ok(())
}

/// Takes up a reservation for the contribution of `author`, which has its number then.
pub(crate) fn take_up(
    act: &mut Act<'_>,
    number: &Number,
    author: Option<&Text<Pid>>,
    (label, meeting, arrival): (&Text<Label>, &Meeting, &Arrival),
) -> Result<(), Stop> {
    let subject = act.reservation_subject(number)?;
    let mut reservation = act.require::<Reservation>(&subject)?;
    if author != Some(&reservation.holder) {
        let who = author.map_or(act.actor()?.who, |author| author.0.as_name().clone());
        return Err(Refusal::OtherSource { number: number.clone(), who }.into());
    }
    if reservation.standing == ReservationStanding::Used {
        return Err(Refusal::AlreadyRecorded(act.contribution_subject(number)?).into());
    }
    if reservation.meeting != *label {
        return Err(Refusal::Field { field: "reservation", problem: "is for another meeting" }.into());
    }
    let judged = arrival.judge(act, &meeting.zone, &meeting.contributions)?;
    let lapses = meeting.contributions.instant.0;
    if !meeting.contributions.is_met(judged.moment) {
        return Err(Refusal::ReservationLapsed { lapses, time: judged.moment }.into());
    }
    act.find(&rules::R50, Finding::Met, [("clock", judged.word.into()), ("lapses", lapses.to_string().into())]);
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    reservation.standing = ReservationStanding::Used;
    act.put(subject, reservation);
    Ok(())
}
