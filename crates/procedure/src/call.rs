//! Consensus calls: the question put on one frozen text, for a stated time.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    deliverable::{self, Deliverable, DeliverableStanding},
    document::Document,
    meeting::Meeting,
    objection,
    refusal::Refusal,
    role::Basis,
    rules,
    text::{Label, Number, Text},
    waiver::granting,
};

/// Body of `call.open`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallOpen {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// The manifest of the text that is called: its current, stable version.
    pub manifest: Text<Digest>,
    /// The level of agreement that is sought.
    pub level: Basis,
    /// Whether it is put in a meeting or electronically.
    pub mode: CallMode,
    /// The meeting, which is open; for a call in a meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Text<Label>>,
    /// Its last moment, by ledger time.
    pub closes: Text<Moment>,
    /// The question as it is put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Document>,
}

/// Body of `call.close`; anybody may close a call whose time is over.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallClose {
    /// The call's number, such as `D1.1-C1`.
    pub call: Text<Number>,
}

/// Body of `ipr.call`: the patent question was asked. Exactly one of `meeting` and `call` is stated.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IprCall {
    /// The meeting in which it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Text<Label>>,
    /// The call in which it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<Text<Number>>,
    /// How many answered that they know of patents.
    pub affirmative: u32,
    /// Their statements.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<Document>,
}

/// How a call is put.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallMode {
    /// In a meeting.
    Meeting,
    /// Electronically, between meetings.
    Electronic,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum CallStanding {
    /// Positions and objections are taken.
    Open,
    /// Its time is over.
    Closed,
    /// The text was changed while it ran.
    Aborted,
    /// The chair has determined its outcome.
    Determined,
}

impl CallStanding {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Aborted => "ended, because the text was changed",
            Self::Determined => "determined",
        }
    }
}

/// The state of a call. It holds no counts: nothing is decided by them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Call {
    /// Its number.
    pub number: Text<Number>,
    /// The manifest of the text.
    pub manifest: Text<Digest>,
    /// The rule set in force when it was opened.
    pub ruleset: Text<Digest>,
    /// How it was put.
    pub mode: CallMode,
    /// The meeting in which it was put.
    pub meeting: Option<Text<Label>>,
    /// Its last moment.
    pub closes: Text<Moment>,
    /// Its calendar days.
    pub days: u32,
    /// The calendar days that the rule set asks for.
    pub days_needed: u32,
    /// Where it stands.
    pub standing: CallStanding,
    /// How often the patent question was asked in it.
    pub patent_calls: u32,
    /// Who stated a reservation that stands.
    pub reservations: BTreeSet<Text<Name>>,
}

impl Call {
    /// Refuses unless positions and objections can still be stated.
    ///
    /// Who signed before the close has the grace; no call closes earlier than that.
    pub(crate) fn check_running(&self, act: &Act<'_>) -> Result<(), Refusal> {
        let (time, closes) = (act.time(), self.closes.0);
        let in_grace = act.record().signed <= closes && time <= closes.plus_ms(act.context().grace_ms);
        if self.standing == CallStanding::Open && (time <= closes || in_grace) {
            return Ok(());
        }
        let is_over = self.standing == CallStanding::Open;
        let standing = if is_over { "over" } else { self.standing.as_str() };
        Err(Refusal::CallStep { call: self.number.0.clone(), standing })
    }
}

/// The deliverable of a call, and the call, which must be its latest.
pub(crate) fn load(act: &mut Act<'_>, number: &Number) -> Result<(Label, Deliverable, Call), Stop> {
    let problem = "is not the number of a call, such as D1.1-C1";
    let label = objection::deliverable_of(number).ok_or(Refusal::Field { field: "call", problem })?;
    let subject = act.deliverable_subject(&label)?;
    let deliverable = act.require::<Deliverable>(&subject)?;
    match deliverable.call.clone().filter(|call| call.number.0 == *number) {
        Some(call) => Ok((label, deliverable, call)),
        None => Err(Refusal::CallStep { call: number.clone(), standing: "not the latest of its deliverable" }.into()),
    }
}

/// Stores a call in its deliverable.
pub(crate) fn store(act: &mut Act<'_>, label: &Label, deliverable: Deliverable, call: Call) -> Result<(), Stop> {
    let subject = act.deliverable_subject(label)?;
    act.put(subject, Deliverable { call: Some(call), ..deliverable });
    Ok(())
}

/// Rules R100 and R101.
pub(crate) fn open(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CallOpen = act.body()?;
    let label = body.deliverable.0.clone();
    let subject = act.deliverable_subject(&label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if deliverable.standing != DeliverableStanding::Stable {
        return Err(deliverable::step(label, &deliverable).into());
    }
    if deliverable.manifest() != Some(body.manifest.0) {
        let called = deliverable.manifest().unwrap_or(Digest::ZERO);
        return Err(Refusal::TextChanged { called, found: body.manifest.0 }.into());
    }
    if body.closes.0 <= act.time() {
        return Err(Refusal::Order { earlier: "ledger time", later: "closes" }.into());
    }
    act.find(&rules::R101, Finding::Met, [("manifest", body.manifest.to_string().into())]);
    let (days, days_needed) = find_length(act, &body, &deliverable)?;
    deliverable.calls = deliverable.calls.saturating_add(1);
    let number = Number::parse(&format!("{label}-C{}", deliverable.calls)).ok_or(Refusal::Full(subject))?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    deliverable.standing = DeliverableStanding::Called;
    let call = Call {
        number: Text(number),
        manifest: body.manifest,
        ruleset: act.group()?.ruleset,
        mode: body.mode,
        meeting: body.meeting,
        closes: body.closes,
        days,
        days_needed,
        standing: CallStanding::Open,
        patent_calls: 0,
        reservations: BTreeSet::new(),
    };
    store(act, &label, deliverable, call)
}

/// Rule R100: the days of the call, and the days that it needs; none within a meeting.
fn find_length(act: &mut Act<'_>, body: &CallOpen, deliverable: &Deliverable) -> Result<(u32, u32), Stop> {
    match (body.mode, &body.meeting) {
        (CallMode::Meeting, Some(meeting)) => {
            let subject = act.meeting_subject(&meeting.0)?;
            if !act.require::<Meeting>(&subject)?.is_open() {
                return Err(Refusal::MeetingStep { meeting: meeting.0.clone(), needed: "open" }.into());
            }
            act.find(&rules::R100, Finding::Met, [("meeting", meeting.to_string().into())]);
            Ok((0, 0))
        }
        (CallMode::Electronic, None) => {
            let parameters = act.parameters()?;
            let was_determined = deliverable.call.as_ref().map(|call| call.standing) == Some(CallStanding::Determined);
            let needed = if was_determined { parameters.recall_days } else { parameters.call_days };
            let days = act.date(body.closes.0)?.days_since(act.date(act.time())?);
            let result = if i64::from(needed) <= days {
                Finding::Met
            } else if granting(&deliverable.waivers, &rules::R100, days).is_some() {
                Finding::Waived
            } else {
                Finding::Broken
            };
            act.find(
                &rules::R100,
                result,
                [
                    ("days", days.unsigned_abs().into()),
                    ("days_needed", needed.into()),
                    ("closes", body.closes.to_string().into()),
                ],
            );
            Ok((u32::try_from(days).unwrap_or(0), needed))
        }
        (CallMode::Meeting, None) => Err(Refusal::Field { field: "meeting", problem: "is missing" }.into()),
        (CallMode::Electronic, Some(_)) => {
            Err(Refusal::Field { field: "meeting", problem: "belongs to no electronic call" }.into())
        }
    }
}

/// A call closes by ledger time alone, and not before the grace is over.
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CallClose = act.body()?;
    let (label, deliverable, mut call) = load(act, &body.call.0)?;
    if call.standing != CallStanding::Open {
        return Err(Refusal::CallStep { call: body.call.0, standing: call.standing.as_str() }.into());
    }
    let closes = call.closes.0.plus_ms(act.context().grace_ms);
    if act.time() <= closes {
        return Err(Refusal::CallRunning { call: body.call.0, closes, time: act.time() }.into());
    }
    act.find(&rules::R100, Finding::Noted, [("closed", call.closes.to_string().into())]);
    call.standing = CallStanding::Closed;
    store(act, &label, deliverable, call)
}

/// Rule R36: the question was asked, and what was answered.
pub(crate) fn ask_patents(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: IprCall = act.body()?;
    if 64 < body.answers.len() || usize::try_from(body.affirmative).is_ok_and(|count| count < body.answers.len()) {
        return Err(Refusal::List { field: "answers" }.into());
    }
    match (&body.meeting, &body.call) {
        (Some(meeting), None) => ask_in_meeting(act, &meeting.0)?,
        (None, Some(call)) => ask_in_call(act, &call.0)?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::Field { field: "meeting", problem: "or call is stated, and not both" }.into());
        }
    }
    act.find(&rules::R36, Finding::Met, [("affirmative_answers", body.affirmative.into())]);
    Ok(())
}

fn ask_in_meeting(act: &mut Act<'_>, label: &Label) -> Result<(), Stop> {
    let subject = act.meeting_subject(label)?;
    let mut meeting = act.require::<Meeting>(&subject)?;
    if !meeting.is_open() {
        return Err(Refusal::MeetingStep { meeting: label.clone(), needed: "open" }.into());
    }
    meeting.patent_calls = meeting.patent_calls.saturating_add(1);
    act.put(subject, meeting);
    Ok(())
}

fn ask_in_call(act: &mut Act<'_>, number: &Number) -> Result<(), Stop> {
    let (label, deliverable, mut call) = load(act, number)?;
    match call.standing {
        CallStanding::Open | CallStanding::Closed => {}
        CallStanding::Aborted | CallStanding::Determined => {
            return Err(Refusal::CallStep { call: number.clone(), standing: call.standing.as_str() }.into());
        }
    }
    call.patent_calls = call.patent_calls.saturating_add(1);
    store(act, &label, deliverable, call)
}
