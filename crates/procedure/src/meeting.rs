//! Meetings: their notice, their deadlines, and whether they are open.

use std::collections::BTreeSet;

use plenary_core::{
    entry::Finding,
    hash::Digest,
    time::{Date, Moment},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    act::{Act, Stop},
    cancellation::{self, Cancellation},
    clock,
    document::Document,
    first_meeting, group,
    record_type::Capacity,
    refusal::Refusal,
    rule::Rule,
    rules,
    text::{Label, Text, Title},
    waiver::{Grant, WaiverReason, granting},
    zone::{Deadline, Zone},
};

/// Body of `meeting.announce`: the notice of a meeting.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingAnnounce {
    /// Its label, such as `1`.
    pub meeting: Text<Label>,
    /// What kind of meeting it is.
    pub kind: MeetingKind,
    /// Its title.
    pub title: Text<Title>,
    /// Its place; none for an electronic meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Text<Title>>,
    /// When it starts.
    pub starts: Start,
    /// Its last day, in its zone.
    pub ends: Text<Date>,
    /// How one can take part.
    pub participation: Participation,
    /// The zone of all its dates.
    pub zone: Zone,
    /// Until when contributions are due (ToR 2.10).
    pub contributions: Deadline,
    /// Until when participants register (circular 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Deadline>,
    /// The rules that the notice departs from, by decision of the chair, who then signs as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departures: Vec<Departure>,
    /// The cancelled meetings whose contributions it takes up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub takes_up: Vec<Text<Label>>,
    /// The notice as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<Document>,
}

/// When a meeting starts.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The first day, in the meeting's zone.
    pub date: Text<Date>,
    /// The opening.
    pub instant: Text<Moment>,
}

/// A rule that a notice departs from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// The rule: R30 or R31.
    pub rule: String,
    /// Why.
    pub reason: WaiverReason,
}

/// The kind of a meeting.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeetingKind {
    /// A meeting of the group at a place; the first one begins its lifetime.
    FaceToFace,
    /// A meeting of the group without a place.
    Electronic,
    /// A meeting of a working group.
    WorkingGroup,
    /// A meeting before the first one.
    Preparatory,
}

/// How one can take part in a meeting.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Participation {
    /// At its place only.
    OnSite,
    /// From afar only.
    Remote,
    /// Both ways.
    Both,
}

/// Body of `meeting.open` and of `meeting.close`; `at` says when that was.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MeetingStep {
    /// The meeting.
    pub meeting: Text<Label>,
}

/// The meetings of a group; its chain holds every announcement.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct MeetingList {
    /// Those that were neither cancelled nor announced in error.
    pub meetings: BTreeSet<Text<Label>>,
}

impl MeetingList {
    /// The most meetings of one group.
    pub const MAX: usize = 4_096;
}

/// The state of a meeting.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Meeting {
    /// What kind of meeting it is.
    pub kind: MeetingKind,
    /// Its title.
    pub title: Text<Title>,
    /// Its place; none for an electronic meeting.
    pub place: Option<Text<Title>>,
    /// When it starts.
    pub starts: Start,
    /// Its last day.
    pub ends: Text<Date>,
    /// How one can take part.
    pub participation: Participation,
    /// The zone of all its dates.
    pub zone: Zone,
    /// Until when contributions are due.
    pub contributions: Deadline,
    /// Until when participants register.
    pub registration: Option<Deadline>,
    /// The rules that its notice departs from.
    pub departures: Vec<String>,
    /// The record of its notice: the announcement, or the last amendment.
    pub notice: Text<Digest>,
    /// Its cancellation.
    pub cancelled: Option<Cancellation>,
    /// When it was opened, as the chair says.
    pub opened: Option<Text<Moment>>,
    /// When it was closed, as the chair says.
    pub closed: Option<Text<Moment>>,
    /// How often the patent question was asked.
    pub patent_calls: u32,
    /// The rules that were waived for it.
    pub waivers: Vec<Grant>,
}

impl Meeting {
    /// Whether it has begun and not ended.
    pub const fn is_open(&self) -> bool {
        self.opened.is_some() && self.closed.is_none()
    }

    /// Calendar days from `date` to the first day of the meeting.
    pub fn days_before(&self, date: Date) -> i64 {
        self.starts.date.0.days_since(date)
    }
}

/// A fact about days: before the start, or after it, since facts are not negative.
pub(crate) fn days_fact(days: i64) -> (&'static str, Value) {
    (if days < 0 { "days_after" } else { "days_before" }, days.unsigned_abs().into())
}

/// Rules L08, R30, R31 and R08.
pub(crate) fn announce(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingAnnounce = act.body()?;
    let subject = act.meeting_subject(&body.meeting.0)?;
    if act.load::<Meeting>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    let meeting = Meeting {
        kind: body.kind,
        title: body.title,
        place: body.place,
        starts: body.starts,
        ends: body.ends,
        participation: body.participation,
        zone: body.zone,
        contributions: body.contributions,
        registration: body.registration,
        departures: departures(act, &body.departures)?,
        notice: Text(act.id()),
        cancelled: None,
        opened: None,
        closed: None,
        patent_calls: 0,
        waivers: Vec::new(),
    };
    check_dates(&meeting)?;
    find_notice(act, &meeting)?;
    find_contribution_days(act, &meeting)?;
    if meeting.kind == MeetingKind::FaceToFace {
        first_meeting::announced(act, &body.meeting, meeting.starts.date)?;
    }
    group::find_lifetime(act, meeting.ends.0)?;
    cancellation::take_up(act, &body.takes_up, &body.meeting)?;
    change_list(act, |list| list.insert(body.meeting.clone()))?;
    act.find(&rules::R54, Finding::Met, [("number", body.meeting.to_string().into())]);
    act.give_number(body.meeting.0.as_str());
    act.put(subject, meeting);
    Ok(())
}

/// Changes the list of meetings; the record joins its chain.
pub(crate) fn change_list(
    act: &mut Act<'_>,
    change: impl FnOnce(&mut BTreeSet<Text<Label>>) -> bool,
) -> Result<(), Stop> {
    let subject = act.subject("meetings")?;
    let mut list = act.load::<MeetingList>(&subject)?.unwrap_or_default();
    change(&mut list.meetings);
    if MeetingList::MAX < list.meetings.len() {
        return Err(Refusal::Full(subject).into());
    }
    act.put(subject, list);
    Ok(())
}

/// Rule L08.
pub(crate) fn check_dates(meeting: &Meeting) -> Result<(), Stop> {
    let zone = &meeting.zone;
    if !zone.is_sound() {
        return Err(Refusal::Zone.into());
    }
    let starts = clock::date(zone, meeting.starts.instant.0)?;
    if starts != meeting.starts.date.0 {
        let (words, expected) = (meeting.starts.date.to_string(), starts.to_string());
        return Err(Refusal::Instant { field: "starts.date", words, expected }.into());
    }
    if meeting.ends < meeting.starts.date {
        return Err(Refusal::Order { earlier: "starts", later: "ends" }.into());
    }
    check_instant("contributions.instant", &meeting.contributions, zone)?;
    if let Some(registration) = &meeting.registration {
        check_instant("registration.instant", registration, zone)?;
    }
    Ok(())
}

fn check_instant(field: &'static str, deadline: &Deadline, zone: &Zone) -> Result<(), Refusal> {
    if deadline.is_resolved(zone) {
        return Ok(());
    }
    let resolved = Deadline::resolve(deadline.words, deadline.date.0, zone).ok_or(Refusal::Zone)?;
    Err(Refusal::Instant { field, words: deadline.to_string(), expected: resolved.instant.to_string() })
}

/// Rule R33: the secretariat alone cannot depart from the terms.
pub(crate) fn departures(act: &Act<'_>, stated: &[Departure]) -> Result<Vec<String>, Stop> {
    let mut departures = Vec::new();
    for departure in stated {
        let rule = [&rules::R30, &rules::R31].into_iter().find(|rule| rule.id == departure.rule);
        let rule = rule.ok_or_else(|| Refusal::UnknownRule(departure.rule.clone()))?;
        if act.signed_as(Capacity::Chair).is_none() {
            return Err(Refusal::NoWaiver { rule: rule.id, by: rule.waiver.as_str() }.into());
        }
        if departures.contains(&departure.rule) {
            return Err(Refusal::List { field: "departures" }.into());
        }
        departures.push(departure.rule.clone());
    }
    Ok(departures)
}

/// Rule R30, for a notice that is sent with this record.
pub(crate) fn find_notice(act: &mut Act<'_>, meeting: &Meeting) -> Result<(), Stop> {
    let needed = act.parameters()?.notice_days;
    let at = act.record().at;
    let judged = clock::attested(act, &meeting.zone, at)?;
    let announced = clock::date(&meeting.zone, judged.moment)?;
    let days = meeting.days_before(announced);
    find_days(
        act,
        meeting,
        (&rules::R30, days, needed),
        [
            ("announced", announced.to_string().into()),
            ("clock", judged.word.into()),
            days_fact(days),
            ("days_needed", needed.into()),
            ("starts", meeting.starts.date.to_string().into()),
        ],
    );
    Ok(())
}

/// Rule R31, for the deadline of a notice.
pub(crate) fn find_contribution_days(act: &mut Act<'_>, meeting: &Meeting) -> Result<(), Stop> {
    let needed = act.parameters()?.contribution_days;
    let last = meeting.contributions.last().ok_or(Refusal::Zone)?;
    let days = meeting.days_before(last);
    find_days(
        act,
        meeting,
        (&rules::R31, days, needed),
        [
            days_fact(days),
            ("days_needed", needed.into()),
            ("deadline", meeting.contributions.to_string().into()),
            ("starts", meeting.starts.date.to_string().into()),
        ],
    );
    Ok(())
}

/// Finds that `rule` asks for `needed` days and the notice leaves `days`.
fn find_days<const N: usize>(
    act: &mut Act<'_>,
    meeting: &Meeting,
    (rule, days, needed): (&'static Rule, i64, u32),
    facts: [(&str, Value); N],
) {
    if i64::from(needed) <= days {
        act.find(rule, Finding::Met, facts);
    } else if let Some(waiver) = granting(&meeting.waivers, rule, days) {
        act.find(rule, Finding::Waived, facts);
        act.add_fact("waiver", waiver.record.to_string().into());
    } else if meeting.departures.iter().any(|departure| departure == rule.id) {
        act.find(rule, Finding::Waived, facts);
    } else {
        act.find(rule, Finding::Broken, facts);
    }
}

/// Rule R35.
pub(crate) fn open(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingStep = act.body()?;
    let subject = act.meeting_subject(&body.meeting.0)?;
    let mut meeting = cancellation::not_cancelled(act, &body.meeting.0)?;
    if meeting.opened.is_some() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "not yet opened" }.into());
    }
    let at = act.record().at;
    let date = clock::date(&meeting.zone, at)?;
    let is_day = meeting.starts.date.0 <= date && date <= meeting.ends.0;
    act.find(
        &rules::R35,
        if is_day { Finding::Met } else { Finding::Noted },
        [("announced", meeting.starts.date.to_string().into()), ("opened", date.to_string().into())],
    );
    meeting.opened = Some(Text(at));
    act.put(subject, meeting);
    Ok(())
}

/// Rules R35 and R36.
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: MeetingStep = act.body()?;
    let subject = act.meeting_subject(&body.meeting.0)?;
    let mut meeting = act.require::<Meeting>(&subject)?;
    let at = act.record().at;
    if !meeting.is_open() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "open" }.into());
    }
    if meeting.opened.is_some_and(|opened| at < opened.0) {
        return Err(Refusal::Order { earlier: "the opening", later: "at" }.into());
    }
    let closed = clock::date(&meeting.zone, at)?;
    act.find(&rules::R35, Finding::Met, [("closed", closed.to_string().into())]);
    let result = if meeting.patent_calls == 0 { Finding::Broken } else { Finding::Met };
    act.find(&rules::R36, result, [("times_asked", meeting.patent_calls.into())]);
    meeting.closed = Some(Text(at));
    act.put(subject, meeting);
    Ok(())
}
