//! Claims of attendance: a participant says "I attended", and nobody else attests it.

use plenary_core::entry::Finding;
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    meeting_report::MeetingReport,
    refusal::Refusal,
    registration::{Mode, Registration},
    rules,
    text::{Label, Pid, Text},
};

/// Body of `attendance.claim`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AttendanceClaim {
    /// The meeting.
    pub meeting: Text<Label>,
    /// How the participant took part.
    pub mode: Mode,
}

/// The state of a claim; it is the participant's own word.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Claim {
    /// How the participant took part.
    pub mode: Mode,
}

/// How many claim to have attended a meeting; its chain holds every claim.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ClaimRegister {
    /// At its place.
    pub on_site: u32,
    /// From afar.
    pub remote: u32,
}

/// Rule R25.
pub(crate) fn claim(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: AttendanceClaim = act.body()?;
    let actor = act.actor()?.who;
    let pid = Pid::parse(actor.as_str()).ok_or(Refusal::UnknownSigner(actor))?;
    let meeting = cancellation::not_cancelled(act, &body.meeting.0)?;
    let report = act.report_subject(&body.meeting.0)?;
    let report = act.load::<MeetingReport>(&report)?;
    let outside = |standing| Err(Refusal::ClaimWindow { meeting: body.meeting.0.clone(), standing }.into());
    if meeting.closed.is_none() {
        return outside("not over");
    }
    if report.is_some_and(|report| report.approved.is_some()) {
        return outside("reported, and its report approved");
    }
    let subject = act.subject(&format!("meeting/{}/claim/{pid}", body.meeting))?;
    if act.load::<Claim>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    let registration = act.subject(&format!("meeting/{}/registration/{pid}", body.meeting))?;
    let registered = act.load::<Registration>(&registration)?.and_then(|registration| registration.mode);
    act.find(
        &rules::R25,
        Finding::Met,
        [
            ("word", "self-attested".into()),
            ("attended", body.mode.as_str().into()),
            ("registered", registered.map_or("not", Mode::as_str).into()),
        ],
    );
    let register_subject = act.subject(&format!("meeting/{}/claims", body.meeting))?;
    let mut register = act.begin::<ClaimRegister>(&register_subject, &body.meeting.0)?;
    match body.mode {
        Mode::OnSite => register.on_site = register.on_site.saturating_add(1),
        Mode::Remote => register.remote = register.remote.saturating_add(1),
    }
    act.put(register_subject, register);
    act.put(subject, Claim { mode: body.mode });
    Ok(())
}
