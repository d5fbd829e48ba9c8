//! Liaison statements: what other groups sent and what this one sends, what is asked, until when, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{
    entry::Finding,
    hash::Digest,
    subject::Subject,
    time::{Date, Moment},
};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    clock,
    document::Document,
    interest::Interest,
    refusal::Refusal,
    role::Decider,
    rules,
    text::{Number, Text, Title},
};

/// Body of `liaison.record`: a statement that another group sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiaisonRecord {
    /// The group that sent it, such as `ISO/TC 307`.
    pub from: Text<Title>,
    /// What that group calls it, such as `N 123`.
    pub external: Text<Title>,
    /// Its title.
    pub title: Text<Title>,
    /// When it was sent, as it says.
    pub sent: Text<Date>,
    /// When the secretariat received it.
    pub received: Text<Moment>,
    /// What it is for.
    pub purpose: LiaisonPurpose,
    /// Until when a reply is asked for; the last day, in the group's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_by: Option<Text<Date>>,
    /// The statement.
    pub document: Document,
}

/// Body of `liaison.reply`: says that one statement replies to another, of the other direction.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiaisonReply {
    /// The reply.
    pub liaison: Text<Number>,
    /// What it replies to.
    pub reply_to: Text<Number>,
}

/// Body of `liaison.close`: nothing more is to be done; `at` says since when.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiaisonClose {
    /// Its number.
    pub liaison: Text<Number>,
    /// What came of it.
    pub outcome: LiaisonOutcome,
    /// The document that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// What a statement is for; the later one asks for more.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LiaisonPurpose {
    /// To be informed.
    Information,
    /// To comment.
    Comment,
    /// To act.
    Action,
}

/// What came of a statement.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LiaisonOutcome {
    /// What it asked for was done.
    Done,
    /// It was noted.
    Noted,
    /// The draft was dropped.
    Dropped,
    /// It was entered twice.
    Duplicate,
}

/// Which way a statement goes.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Direction {
    /// To this group.
    In,
    /// From this group.
    Out,
}

/// Where a statement stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum LiaisonStanding {
    /// Drafted.
    Draft,
    /// Approved, and not sent.
    Approved,
    /// Sent or received, and not answered.
    Open,
    /// Answered.
    Answered,
    /// Closed.
    Closed,
}

impl LiaisonStanding {
    /// The words for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "a draft",
            Self::Approved => "approved and not sent",
            Self::Open => "not answered",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }
}

/// The state of a statement.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Liaison {
    /// Which way it goes.
    pub direction: Direction,
    /// Its title.
    pub title: Text<Title>,
    /// The most that it asks of anybody.
    pub purpose: LiaisonPurpose,
    /// Where it stands.
    pub standing: LiaisonStanding,
    /// Until when a reply is asked for.
    pub reply_by: Option<Text<Date>>,
    /// The day on which it was sent or received.
    pub day: Option<Text<Date>>,
    /// What it replies to.
    pub reply_to: Option<Text<Number>>,
    /// The replies to it.
    pub replies: BTreeSet<Text<Number>>,
    /// The record that approved it, and who decided.
    pub approval: Option<(Text<Digest>, Decider)>,
    /// The statement.
    pub document: Text<Digest>,
    /// The interests that were declared in it.
    pub interests: Vec<Interest>,
}

impl Liaison {
    /// The most addressees of one statement.
    pub const ADDRESSEES_MAX: usize = 32;

    /// The most replies to one statement.
    pub const REPLIES_MAX: usize = 64;
}

/// The numbers of statements that were given, and what is still to be answered.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct LiaisonRegister {
    /// How many were received.
    pub received: u32,
    /// How many were drafted.
    pub drafted: u32,
    /// Until when those are to be answered that ask for it and are not.
    pub due: BTreeMap<Text<Number>, Text<Date>>,
}

impl LiaisonRegister {
    /// The most statements that wait for an answer.
    pub const DUE_MAX: usize = 1_024;
}

pub(crate) fn subject(act: &Act<'_>, number: &Number) -> Result<Subject, Stop> {
    act.subject(&format!("liaison/{number}"))
}

pub(crate) fn load(act: &mut Act<'_>, number: &Number) -> Result<Liaison, Stop> {
    let subject = subject(act, number)?;
    act.require::<Liaison>(&subject)
}

pub(crate) fn store(act: &mut Act<'_>, number: &Number, liaison: Liaison) -> Result<(), Stop> {
    let subject = subject(act, number)?;
    act.put(subject, liaison);
    Ok(())
}

pub(crate) fn register(act: &mut Act<'_>) -> Result<(Subject, LiaisonRegister), Stop> {
    let subject = act.subject("liaisons")?;
    let register = act.load::<LiaisonRegister>(&subject)?.unwrap_or_default();
    Ok((subject, register))
}

pub(crate) fn step(number: &Number, standing: LiaisonStanding) -> Stop {
    Refusal::LiaisonStep { number: number.clone(), standing: standing.as_str() }.into()
}

pub(crate) fn field(field: &'static str, problem: &'static str) -> Stop {
    Refusal::Field { field, problem }.into()
}

/// Rules R38, R54 and R80.
pub(crate) fn record(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: LiaisonRecord = act.body()?;
    let received = body.received.0;
    if act.record().signed < received {
        return Err(Refusal::ReceivedLater { received, signed: act.record().signed }.into());
    }
    let zone = act.group()?.zone.clone();
    let day = clock::date(&zone, received)?;
    if day < body.sent.0 {
        return Err(Refusal::Order { earlier: "sent", later: "received" }.into());
    }
    clock::find_entry(act, &zone, received)?;
    if body.purpose == LiaisonPurpose::Action {
        // What others wrote is recorded as it came.
        find_reply_date(act, body.reply_by.as_ref(), Finding::Noted);
    }
    let number = next_number(act, Direction::In)?;
    wait_for(act, &number, body.reply_by)?;
    let liaison = Liaison {
        direction: Direction::In,
        title: body.title,
        purpose: body.purpose,
        standing: LiaisonStanding::Open,
        reply_by: body.reply_by,
        day: Some(Text(day)),
        reply_to: None,
        replies: BTreeSet::new(),
        approval: None,
        document: body.document.digest,
        interests: Vec::new(),
    };
    store(act, &number, liaison)
}

pub(crate) fn find_reply_date(act: &mut Act<'_>, reply_by: Option<&Text<Date>>, without: Finding) {
    let (result, reply_by) = match reply_by {
        Some(date) => (Finding::Met, date.to_string()),
        None => (without, "none".to_owned()),
    };
    act.find(&rules::R80, result, [("reply_by", reply_by.into())]);
}

/// Rule R54.
pub(crate) fn next_number(act: &mut Act<'_>, direction: Direction) -> Result<Number, Stop> {
    let (subject, mut register) = register(act)?;
    let full = || Stop::from(Refusal::Full(subject.clone()));
    let (given, series) = match direction {
        Direction::In => (&mut register.received, "LS-I"),
        Direction::Out => (&mut register.drafted, "LS"),
    };
    *given = given.checked_add(1).ok_or_else(full)?;
    let text = format!("{}-{series}-{given:03}", act.group()?.prefix);
    let number = Number::parse(&text).ok_or_else(full)?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    act.put(subject, register);
    Ok(number)
}

pub(crate) fn wait_for(act: &mut Act<'_>, number: &Number, reply_by: Option<Text<Date>>) -> Result<(), Stop> {
    let Some(reply_by) = reply_by else {
        return Ok(());
    };
    let (subject, mut register) = register(act)?;
    if LiaisonRegister::DUE_MAX <= register.due.len() {
        return Err(Refusal::Full(subject).into());
    }
    register.due.insert(Text(number.clone()), reply_by);
    act.put(subject, register);
    Ok(())
}

/// Rule R82.
pub(crate) fn reply(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: LiaisonReply = act.body()?;
    let (number, reply_to) = (body.liaison.0, body.reply_to.0);
    let mut liaison = load(act, &number)?;
    let Some(day) = liaison.day else {
        return Err(step(&number, liaison.standing));
    };
    if let Some(stands) = &liaison.reply_to
        && stands.0 != reply_to
    {
        return Err(field("reply_to", "differs from what this statement already replies to"));
    }
    if load(act, &reply_to)?.direction == liaison.direction {
        return Err(field("reply_to", "goes the same way: a statement replies to one from the other side"));
    }
    liaison.reply_to = Some(Text(reply_to.clone()));
    store(act, &number, liaison)?;
    act.give_number(number.as_str());
    link(act, &number, &reply_to, day.0)
}

/// Puts a reply, sent or received on `day`, to what it replies to.
pub(crate) fn link(act: &mut Act<'_>, reply: &Number, number: &Number, day: Date) -> Result<(), Stop> {
    let mut liaison = load(act, number)?;
    let Some(begun) = liaison.day else {
        return Err(step(number, liaison.standing));
    };
    if day < begun.0 {
        return Err(Refusal::Order { earlier: "what it replies to", later: "the reply" }.into());
    }
    let subject = subject(act, number)?;
    if Liaison::REPLIES_MAX <= liaison.replies.len() {
        return Err(Refusal::Full(subject).into());
    }
    if !liaison.replies.insert(Text(reply.clone())) {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if liaison.standing == LiaisonStanding::Open {
        find_done(act, number, &liaison, day)?;
        liaison.standing = LiaisonStanding::Answered;
    }
    act.put(subject, liaison);
    Ok(())
}

/// Rule R82: whether what was asked for was done by its date, the last day included.
fn find_done(act: &mut Act<'_>, number: &Number, liaison: &Liaison, day: Date) -> Result<(), Stop> {
    let Some(reply_by) = liaison.reply_by else {
        return Ok(());
    };
    let days_late = day.days_since(reply_by.0);
    let result = if days_late <= 0 { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R82,
        result,
        [
            ("liaison", number.to_string().into()),
            ("reply_by", reply_by.to_string().into()),
            ("done", day.to_string().into()),
            ("days_overdue", days_late.max(0).unsigned_abs().into()),
        ],
    );
    forget(act, number)
}

/// Nothing is waited for any more.
fn forget(act: &mut Act<'_>, number: &Number) -> Result<(), Stop> {
    let (subject, mut register) = register(act)?;
    if register.due.remove(&Text(number.clone())).is_some() {
        act.put(subject, register);
    }
    Ok(())
}

/// Rule R82.
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: LiaisonClose = act.body()?;
    let number = body.liaison.0;
    let mut liaison = load(act, &number)?;
    let is_draft = match liaison.standing {
        LiaisonStanding::Draft | LiaisonStanding::Approved => true,
        LiaisonStanding::Open | LiaisonStanding::Answered => false,
        LiaisonStanding::Closed => return Err(step(&number, liaison.standing)),
    };
    if is_draft != (body.outcome == LiaisonOutcome::Dropped) {
        return Err(field("outcome", "is that of a draft, or of a statement that was sent, and this is the other one"));
    }
    if liaison.standing == LiaisonStanding::Open {
        if body.outcome == LiaisonOutcome::Done {
            let zone = act.group()?.zone.clone();
            let judged = clock::done(act, &zone)?;
            let day = clock::date(&zone, judged.moment)?;
            find_done(act, &number, &liaison, day)?;
        } else {
            forget(act, &number)?;
        }
    }
    liaison.standing = LiaisonStanding::Closed;
    act.give_number(number.as_str());
    store(act, &number, liaison)
}
