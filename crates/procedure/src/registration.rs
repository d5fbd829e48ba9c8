//! Registrations for meetings, required on site as well as from afar.

use plenary_core::{entry::Finding, record::Name, subject::Subject, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    clock::{self, Arrival},
    meeting::{self, Meeting},
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Label, Pid, Text},
    zone::{Deadline, Words},
};

/// Body of `meeting.register`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingRegister {
    /// The meeting.
    pub meeting: Text<Label>,
    /// How the participant will take part.
    pub mode: Mode,
    /// The mode that the participant registered with before, if that changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<Mode>,
    /// Who registers; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<Text<Pid>>,
    /// When the secretariat received it; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// Body of `meeting.unregister`; the participant can register again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingUnregister {
    /// The meeting.
    pub meeting: Text<Label>,
    /// Who does not come; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<Text<Pid>>,
}

/// How somebody takes part in a meeting.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// At its place.
    OnSite,
    /// From afar.
    Remote,
}

impl Mode {
    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnSite => "on-site",
            Self::Remote => "remote",
        }
    }
}

/// The state of one registration.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Registration {
    /// How the participant will take part; none once the registration is cancelled.
    pub mode: Option<Mode>,
}

/// How many have registered for a meeting; its chain holds every registration.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct RegistrationRegister {
    /// For its place.
    pub on_site: u32,
    /// From afar.
    pub remote: u32,
}

impl RegistrationRegister {
    /// Counts one participant with `mode` in place of one with `before`.
    pub(crate) fn count(&mut self, before: Option<Mode>, mode: Option<Mode>) {
        let count = |register: &mut Self, mode: Mode, by: fn(u32) -> u32| match mode {
            Mode::OnSite => register.on_site = by(register.on_site),
            Mode::Remote => register.remote = by(register.remote),
        };
        if let Some(before) = before {
            count(self, before, |registered| registered.saturating_sub(1));
        }
        if let Some(mode) = mode {
            count(self, mode, |registered| registered.saturating_add(1));
        }
    }
}

/// Rule R23; who registers late is never turned away.
pub(crate) fn register(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingRegister = act.body()?;
    let received = body.received.map(|received| received.0);
    let arrival = Arrival::of(act, received)?;
    let pid = registrant(act, body.participant)?;
    let meeting = not_closed(act, &body.meeting.0)?;
    act.participant(&pid)?;
    let subject = act.subject(&format!("meeting/{}/registration/{pid}", body.meeting))?;
    let before = act.load::<Registration>(&subject)?.and_then(|registration| registration.mode);
    if before != body.instead_of {
        return match before {
            Some(_) => Err(Refusal::AlreadyRecorded(subject).into()),
            None => Err(Refusal::Unknown(subject).into()),
        };
    }
    if before == Some(body.mode) {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if let Some(received) = received {
        clock::find_entry(act, &meeting.zone, received)?;
    }
    find_registration(act, &arrival, &meeting)?;
    if let Some(before) = before {
        act.add_fact("instead_of", before.as_str().into());
    }
    put(act, &body.meeting, subject, (before, Some(body.mode)))
}

/// Rule R23: takes a registration back, before the meeting is over.
pub(crate) fn unregister(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingUnregister = act.body()?;
    let pid = registrant(act, body.participant)?;
    not_closed(act, &body.meeting.0)?;
    let subject = act.subject(&format!("meeting/{}/registration/{pid}", body.meeting))?;
    let before = act.require::<Registration>(&subject)?.mode;
    let Some(mode) = before else {
        return Err(Refusal::Unknown(subject).into());
    };
    act.find(&rules::R23, Finding::Noted, [("cancelled", mode.as_str().into())]);
    put(act, &body.meeting, subject, (before, None))
}

fn not_closed(act: &mut Act<'_>, label: &Label) -> Result<Meeting, Stop> {
    let meeting = cancellation::not_cancelled(act, label)?;
    if meeting.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: label.clone(), needed: "not yet closed" }.into());
    }
    Ok(meeting)
}

fn put(
    act: &mut Act<'_>,
    meeting: &Text<Label>,
    subject: Subject,
    (before, mode): (Option<Mode>, Option<Mode>),
) -> Result<(), Stop> {
    let register_subject = act.subject(&format!("meeting/{meeting}/registrations"))?;
    let mut register = act.begin::<RegistrationRegister>(&register_subject, &meeting.0)?;
    register.count(before, mode);
    act.put(register_subject, register);
    act.put(subject, Registration { mode });
    Ok(())
}

fn registrant(act: &Act<'_>, participant: Option<Text<Pid>>) -> Result<Pid, Stop> {
    let own = act.signed_as(Capacity::Participant).and_then(|signatory| pid(&signatory.who));
    let problem = match (own, participant) {
        (Some(own), None) => return Ok(own),
        (None, Some(participant)) => return Ok(participant.0),
        (Some(_), Some(_)) => "is you, who sign; leave it out",
        (None, None) => "is stated by the secretariat, who enters this for somebody",
    };
    Err(Refusal::Field { field: "participant", problem }.into())
}

fn pid(who: &Name) -> Option<Pid> {
    Pid::parse(who.as_str())
}

/// Until when participants register: the notice's deadline, or else the days of the terms.
pub(crate) fn deadline(act: &mut Act<'_>, meeting: &Meeting) -> Result<Deadline, Stop> {
    if let Some(deadline) = &meeting.registration {
        return Ok(deadline.clone());
    }
    let needed = act.parameters()?.registration_days;
    let by_terms = meeting.starts.date.0.minus_days(needed).ok_or(Refusal::Zone)?;
    Ok(Deadline::resolve(Words::By, by_terms, &meeting.zone).ok_or(Refusal::Zone)?)
}

fn find_registration(act: &mut Act<'_>, arrival: &Arrival, meeting: &Meeting) -> Result<(), Stop> {
    let needed = act.parameters()?.registration_days;
    let deadline = deadline(act, meeting)?;
    let judged = arrival.judge(act, &meeting.zone, &deadline)?;
    let date = clock::date(&meeting.zone, judged.moment)?;
    let result = if deadline.is_met(judged.moment) { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R23,
        result,
        [
            ("registered", date.to_string().into()),
            ("clock", judged.word.into()),
            meeting::days_fact(meeting.days_before(date)),
            ("days_needed", needed.into()),
            ("deadline", deadline.to_string().into()),
        ],
    );
    Ok(())
}
