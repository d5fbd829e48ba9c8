//! Registrations for meetings, required on site as well as from afar.

use plenary_core::{entry::Finding, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
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
    /// Who registers; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<Text<Pid>>,
    /// When the secretariat received it; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
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

/// The state of one registration.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Registration {
    /// How the participant will take part.
    pub mode: Mode,
}

/// How many have registered for a meeting; its chain holds every registration.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct RegistrationRegister {
    /// For its place.
    pub on_site: u32,
    /// From afar.
    pub remote: u32,
}

/// Rule R23; who registers late is never turned away.
pub(crate) fn register(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingRegister = act.body()?;
    let received = body.received.map(|received| received.0);
    let arrival = Arrival::of(act, received)?;
    let pid = registrant(act, body.participant)?;
    let meeting_subject = act.meeting_subject(&body.meeting.0)?;
    let meeting = act.require::<Meeting>(&meeting_subject)?;
    if meeting.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "not yet closed" }.into());
    }
    act.participant(&pid)?;
    let subject = act.subject(&format!("meeting/{}/registration/{pid}", body.meeting))?;
    if act.load::<Registration>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if let Some(received) = received {
        clock::find_entry(act, &meeting.zone, received)?;
    }
    find_registration(act, &arrival, &meeting)?;
    let register_subject = act.subject(&format!("meeting/{}/registrations", body.meeting))?;
    let mut register = act.load::<RegistrationRegister>(&register_subject)?.unwrap_or_default();
    match body.mode {
        Mode::OnSite => register.on_site = register.on_site.saturating_add(1),
        Mode::Remote => register.remote = register.remote.saturating_add(1),
    }
    act.put(register_subject, register);
    act.put(subject, Registration { mode: body.mode });
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

fn find_registration(act: &mut Act<'_>, arrival: &Arrival, meeting: &Meeting) -> Result<(), Stop> {
    let needed = act.parameters()?.registration_days;
    let by_terms = meeting.starts.date.0.minus_days(needed).ok_or(Refusal::Zone)?;
    let by_terms = Deadline::resolve(Words::By, by_terms, &meeting.zone).ok_or(Refusal::Zone)?;
    let deadline = meeting.registration.clone().unwrap_or_else(|| by_terms.clone());
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
