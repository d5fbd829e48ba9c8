//! Liaison statements of this group's own: drafted, approved and sent.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    clock,
    document::Document,
    interest,
    liaison::{self, Direction, Liaison, LiaisonPurpose, LiaisonStanding},
    meeting::Meeting,
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Decider, Decision, Role, RoleName},
    rules,
    text::{Label, Number, Pid, Text, Title},
    working_group::WorkingGroup,
};

/// Body of `liaison.draft`: a statement to be approved (A.1 1.5.1).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiaisonDraft {
    /// Its title.
    pub title: Text<Title>,
    /// To whom, and for what each.
    pub addressees: Vec<Addressee>,
    /// Until when a reply is asked for; the last day, in the group's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_by: Option<Text<Date>>,
    /// The statement that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Text<Number>>,
    /// Whom to ask about it.
    pub contact: Contact,
    /// The working group that it comes from; none for the whole group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<Text<Label>>,
    /// The draft.
    pub document: Document,
}

/// An addressee of a statement.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Addressee {
    /// The group.
    pub to: Text<Title>,
    /// What it is for, to them.
    pub purpose: LiaisonPurpose,
}

/// Body of `liaison.approve`: by a meeting, or by the chair after consulting the management team.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiaisonApprove {
    /// The draft's number.
    pub liaison: Text<Number>,
    /// The decision: of a meeting, which is named, or of the chair.
    pub decision: Decision,
    /// The record of the consultation, where the chair decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consultation: Option<Document>,
    /// The statement as approved, if the draft was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// Body of `liaison.send`; `at` says when it was sent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LiaisonSend {
    /// Its number.
    pub liaison: Text<Number>,
}

/// Whom to ask: a role or a pid, never a name or an address.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contact {
    /// The secretariat.
    Secretariat,
    /// Who holds a role of the group.
    Role(RoleName),
    /// A participant.
    Participant(Text<Pid>),
}

/// Rules R54 and R80.
pub(crate) fn draft(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: LiaisonDraft = act.body()?;
    check_drafter(act, body.working_group.as_ref())?;
    let different: BTreeSet<_> = body.addressees.iter().map(|addressee| &addressee.to).collect();
    let is_long = Liaison::ADDRESSEES_MAX < different.len();
    let purpose = body.addressees.iter().map(|addressee| addressee.purpose).max();
    let Some(purpose) = purpose.filter(|_| !is_long && different.len() == body.addressees.len()) else {
        return Err(Refusal::List { field: "addressees" }.into());
    };
    if let Contact::Participant(pid) = &body.contact {
        let subject = act.participant_subject(&pid.0)?;
        act.require::<crate::participant::Participant>(&subject)?;
    }
    if let Some(reply_to) = &body.reply_to {
        let subject = liaison::subject(act, &reply_to.0)?;
        if act.about::<Liaison>(subject)?.direction != Direction::In {
            return Err(liaison::field("reply_to", "is a statement of this group's own"));
        }
    }
    if let Some(reply_by) = body.reply_by
        && reply_by.0 <= act.date(act.record().at)?
    {
        return Err(Refusal::Order { earlier: "the draft", later: "reply_by" }.into());
    }
    if purpose == LiaisonPurpose::Action {
        if body.reply_by.is_none() {
            return Err(Refusal::NoReplyDate.into());
        }
        liaison::find_reply_date(act, body.reply_by.as_ref(), Finding::Broken);
    }
    let number = liaison::next_number(act, Direction::Out)?;
    let liaison = Liaison {
        direction: Direction::Out,
        title: body.title,
        purpose,
        standing: LiaisonStanding::Draft,
        reply_by: body.reply_by,
        day: None,
        reply_to: body.reply_to,
        replies: BTreeSet::new(),
        approval: None,
        document: body.document.digest,
        interests: Vec::new(),
    };
    liaison::store(act, &number, liaison)
}

/// The chair, a vice-chair, the secretariat, or the lead of the working group that the statement comes from.
fn check_drafter(act: &mut Act<'_>, working_group: Option<&Text<Label>>) -> Result<(), Stop> {
    if let Some(working_group) = working_group {
        let subject = act.working_group_subject(&working_group.0)?;
        act.about::<WorkingGroup>(subject)?;
    }
    let actor = act.actor()?;
    if actor.capacity != Capacity::Participant {
        return Ok(());
    }
    let is_lead = match (working_group, Pid::parse(actor.who.as_str())) {
        (Some(working_group), Some(pid)) => {
            let subject = act.subject(&format!("role/wg-lead/{working_group}"))?;
            act.load::<Role>(&subject)?.is_some_and(|role| role.is_held_by(&pid, act.time()))
        }
        _ => false,
    };
    if is_lead { Ok(()) } else { Err(Refusal::NotYours { who: actor.who }.into()) }
}

/// Rules R16, R40 and R81.
pub(crate) fn approve(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: LiaisonApprove = act.body()?;
    let number = body.liaison.0;
    let mut liaison = liaison::load(act, &number)?;
    if liaison.standing != LiaisonStanding::Draft {
        return Err(liaison::step(&number, liaison.standing));
    }
    interest::check_liaison(act, &number, &liaison)?;
    role::find_basis(act, &body.decision)?;
    let unapproved = || Stop::from(Refusal::LiaisonUnapproved(number.clone()));
    let (level, fact) = match (body.decision.by, &body.decision.meeting, &body.consultation) {
        (Decider::Group | Decider::WorkingGroup, Some(meeting), None) => {
            let subject = act.meeting_subject(&meeting.0)?;
            if act.require::<Meeting>(&subject)?.opened.is_none() {
                return Err(Refusal::MeetingStep { meeting: meeting.0.clone(), needed: "open" }.into());
            }
            ("meeting", meeting.to_string())
        }
        (Decider::Chair, None, Some(consultation)) => ("consultation", consultation.digest.to_string()),
        _ => return Err(unapproved()),
    };
    act.find(&rules::R81, Finding::Met, [(level, fact.into())]);
    liaison.standing = LiaisonStanding::Approved;
    liaison.approval = Some((Text(act.id()), body.decision.by));
    if let Some(document) = body.document {
        liaison.document = document.digest;
    }
    act.give_number(number.as_str());
    liaison::store(act, &number, liaison)
}

/// Rules R81 and, for what it replies to, R82.
pub(crate) fn send(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: LiaisonSend = act.body()?;
    let number = body.liaison.0;
    let mut liaison = liaison::load(act, &number)?;
    match liaison.standing {
        LiaisonStanding::Approved => {}
        LiaisonStanding::Draft => return Err(Refusal::LiaisonUnapproved(number).into()),
        LiaisonStanding::Open | LiaisonStanding::Answered | LiaisonStanding::Closed => {
            return Err(liaison::step(&number, liaison.standing));
        }
    }
    let zone = act.group()?.zone.clone();
    let judged = clock::done(act, &zone)?;
    let day = clock::date(&zone, judged.moment)?;
    act.find(&rules::R81, Finding::Met, [("sent", day.to_string().into()), ("clock", judged.word.into())]);
    liaison.standing = LiaisonStanding::Open;
    liaison.day = Some(Text(day));
    let (reply_by, reply_to) = (liaison.reply_by, liaison.reply_to.clone());
    liaison::store(act, &number, liaison)?;
    liaison::wait_for(act, &number, reply_by)?;
    act.give_number(number.as_str());
    match reply_to {
        Some(reply_to) => liaison::link(act, &number, &reply_to.0, day),
        None => Ok(()),
    }
}
