//! Consensus calls: the question put on one frozen text, for a stated time.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop, words},
    deliverable::{self, Deliverable, DeliverableStanding},
    document::Document,
    meeting::Meeting,
    objection,
    refusal::Refusal,
    role::Basis,
    rules,
    text::{Label, Number, Text},
    waiver::{Grant, granting},
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

/// Body of `call.void`: the call should not have been opened. It stays visible, and so do its objections.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallVoid {
    /// The call's number.
    pub call: Text<Number>,
    /// Why.
    pub reason: VoidReason,
    /// The document that explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
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

/// Why a call is void.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VoidReason {
    /// It was opened by mistake.
    Mistake,
    /// It was on the wrong text.
    WrongText,
    /// The question was put wrongly.
    WrongQuestion,
    /// The way in which it was put or run was not in order.
    Procedure,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum CallStanding {
    /// Positions and objections are taken.
    Open,
    /// Its time is over.
    Closed,
    /// The text or the rule set was changed before it was determined.
    Aborted,
    /// The chair has determined its outcome.
    Determined,
    /// Its time stands still.
    Suspended,
    /// It should not have been opened.
    Voided,
}

impl CallStanding {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Aborted => "ended, because the text or the rule set was changed",
            Self::Determined => "determined",
            Self::Suspended => "suspended",
            Self::Voided => "void",
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
    /// When it was opened, by ledger time: who took part in the group then states positions.
    pub opened: Text<Moment>,
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
    /// Who stated a position for himself or herself, by organisation; it is shown, and decides nothing.
    pub speakers: BTreeMap<Text<Name>, BTreeSet<Text<Name>>>,
    /// Who was given more time.
    pub extensions: BTreeSet<Text<Name>>,
    /// Since when it is suspended.
    pub suspended: Option<Text<Moment>>,
    /// The call whose determination it reopens.
    pub reopens: Option<Text<Number>>,
}

/// Whether a call takes what is stated now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Window {
    /// It does.
    Running,
    /// Its time is over: what is stated is a comment.
    Over,
}

impl Call {
    const CLUSTERS_SHOWN: usize = 64;

    /// Whether its time is over; refuses if it has ended otherwise.
    ///
    /// Who signed before the close has the grace; no call closes earlier than that.
    pub(crate) fn window(&self, act: &Act<'_>) -> Result<Window, Stop> {
        match self.standing {
            CallStanding::Open => {}
            CallStanding::Closed => return Ok(Window::Over),
            CallStanding::Aborted | CallStanding::Determined | CallStanding::Suspended | CallStanding::Voided => {
                return Err(self.step(self.standing.as_str()).into());
            }
        }
        self.check_ruleset(act)?;
        let (time, closes) = (act.time(), self.closes.0);
        let in_grace = act.record().signed <= closes && time <= closes.plus_ms(act.context().grace_ms);
        Ok(if time <= closes || in_grace { Window::Running } else { Window::Over })
    }

    /// Remembers who of an organisation spoke for himself or herself; what it says itself is another matter.
    pub(crate) fn note_speaker(&mut self, organization: Option<&Text<Name>>, who: &Name) {
        for speakers in self.speakers.values_mut() {
            speakers.retain(|speaker| speaker.0 != *who);
        }
        if let Some(organization) = organization.filter(|organization| organization.0 != *who) {
            self.speakers.entry(organization.clone()).or_default().insert(Text(who.clone()));
        }
    }

    /// The organisations of which several spoke for themselves, with the number of them: information alone.
    pub fn clusters(&self) -> String {
        let several = self.speakers.iter().filter(|(_, speakers)| 1 < speakers.len());
        words(
            several
                .take(Self::CLUSTERS_SHOWN)
                .map(|(organization, speakers)| format!("{organization} {}", speakers.len())),
        )
    }

    /// Refuses unless its time runs.
    pub(crate) fn check_running(&self, act: &Act<'_>) -> Result<(), Stop> {
        match (self.window(act)?, self.standing) {
            (Window::Running, _) => Ok(()),
            (Window::Over, CallStanding::Closed) => Err(self.step(self.standing.as_str()).into()),
            (Window::Over, _) => Err(self.step("over").into()),
        }
    }

    /// Rule R04: a call is judged by the rule set under which it was opened, or not at all.
    pub(crate) fn check_ruleset(&self, act: &Act<'_>) -> Result<(), Stop> {
        if act.group()?.ruleset == self.ruleset {
            return Ok(());
        }
        Err(Refusal::RulesetChanged(self.number.0.clone()).into())
    }

    /// Whether the chair can still determine its outcome, now or later.
    fn is_undetermined(&self) -> bool {
        matches!(self.standing, CallStanding::Open | CallStanding::Suspended | CallStanding::Closed)
    }

    pub(crate) fn step(&self, standing: &'static str) -> Refusal {
        Refusal::CallStep { call: self.number.0.clone(), standing }
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
        opened: Text(act.time()),
        closes: body.closes,
        days,
        days_needed,
        standing: CallStanding::Open,
        patent_calls: 0,
        reservations: BTreeSet::new(),
        speakers: BTreeMap::new(),
        extensions: BTreeSet::new(),
        suspended: None,
        reopens: deliverable.reopens.take().or_else(|| unfinished(deliverable.call.as_ref())),
    };
    if let Some(reopened) = &call.reopens {
        act.find(&rules::R108, Finding::Noted, [("reopens", reopened.to_string().into())]);
    }
    store(act, &label, deliverable, call)
}

/// The call that was reopened by one that came to no determination; the next one reopens it still.
fn unfinished(before: Option<&Call>) -> Option<Text<Number>> {
    before.filter(|call| call.standing != CallStanding::Determined).and_then(|call| call.reopens.clone())
}

/// Rule R100: the days of the call, and the days that it needs; none within a meeting.
fn find_length(act: &mut Act<'_>, body: &CallOpen, deliverable: &Deliverable) -> Result<(u32, u32), Stop> {
    match (body.mode, &body.meeting) {
        (CallMode::Meeting, Some(meeting)) => {
            let subject = act.meeting_subject(&meeting.0)?;
            if !act.about::<Meeting>(subject)?.is_open() {
                return Err(Refusal::MeetingStep { meeting: meeting.0.clone(), needed: "open" }.into());
            }
            act.find(&rules::R100, Finding::Met, [("meeting", meeting.to_string().into())]);
            Ok((0, 0))
        }
        (CallMode::Electronic, None) => {
            let parameters = act.parameters()?;
            let was_determined = deliverable.call.as_ref().map(|call| call.standing) == Some(CallStanding::Determined);
            // What was agreed once is called anew at full length; what was not is called again.
            let is_recall = was_determined && deliverable.reopens.is_none();
            let needed = if is_recall { parameters.recall_days } else { parameters.call_days };
            let days = act.date(body.closes.0)?.days_since(act.date(act.time())?);
            let days = u32::try_from(days).unwrap_or(0);
            find_days(act, &deliverable.waivers, (days, needed), body.closes);
            Ok((days, needed))
        }
        (CallMode::Meeting, None) => Err(Refusal::Field { field: "meeting", problem: "is missing" }.into()),
        (CallMode::Electronic, Some(_)) => {
            Err(Refusal::Field { field: "meeting", problem: "belongs to no electronic call" }.into())
        }
    }
}

/// Rule R100: whether the days of a call, the first of the two, are those that it needs.
pub(crate) fn find_days(act: &mut Act<'_>, waivers: &[Grant], (days, needed): (u32, u32), closes: Text<Moment>) {
    let result = if needed <= days {
        Finding::Met
    } else if granting(waivers, &rules::R100, days.into()).is_some() {
        Finding::Waived
    } else {
        Finding::Broken
    };
    let facts = [("days", days.into()), ("days_needed", needed.into()), ("closes", closes.to_string().into())];
    act.find(&rules::R100, result, facts);
}

/// A call closes by ledger time alone, and not before the grace is over.
///
/// Under another rule set than its own it ends at once, without an outcome (rule R04).
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CallClose = act.body()?;
    let (label, mut deliverable, mut call) = load(act, &body.call.0)?;
    if call.is_undetermined() && call.check_ruleset(act).is_err() {
        act.find(&rules::R04, Finding::Noted, [("call_aborted", call.number.to_string().into())]);
        call.standing = CallStanding::Aborted;
        deliverable.standing = DeliverableStanding::Stable;
        return store(act, &label, deliverable, call);
    }
    if call.standing != CallStanding::Open {
        return Err(call.step(call.standing.as_str()).into());
    }
    let closes = call.closes.0.plus_ms(act.context().grace_ms);
    if act.time() <= closes {
        return Err(Refusal::CallRunning { call: body.call.0, closes, time: act.time() }.into());
    }
    act.find(&rules::R100, Finding::Noted, [("closed", call.closes.to_string().into())]);
    call.standing = CallStanding::Closed;
    store(act, &label, deliverable, call)
}

/// A void call leaves the text as it was, and every objection where it stands (rule R103).
pub(crate) fn void(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CallVoid = act.body()?;
    let (label, mut deliverable, mut call) = load(act, &body.call.0)?;
    if !call.is_undetermined() {
        return Err(call.step(call.standing.as_str()).into());
    }
    call.standing = CallStanding::Voided;
    deliverable.standing = DeliverableStanding::Stable;
    act.find(&rules::R103, Finding::Noted, [("objections_kept", deliverable.objections.len().into())]);
    act.give_number(call.number.0.as_str());
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
        CallStanding::Aborted | CallStanding::Determined | CallStanding::Suspended | CallStanding::Voided => {
            return Err(call.step(call.standing.as_str()).into());
        }
    }
    call.patent_calls = call.patent_calls.saturating_add(1);
    store(act, &label, deliverable, call)
}
