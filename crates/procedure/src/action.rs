//! Action items: who does what until when.

use plenary_core::{entry::Finding, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    minutes::{self, Series},
    refusal::Refusal,
    rules,
    text::{Label, Number, Pid, Text, Title},
};

/// Body of `action.open`. Exactly one of `role` and `owner` is stated.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ActionOpen {
    /// What is to be done, in a line that names no person.
    pub title: Text<Title>,
    /// The role that does it, whoever holds it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<OwnerRole>,
    /// The deliverable of an editor, or the working group of its lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Text<Label>>,
    /// The participant who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Text<Pid>>,
    /// The last day for it, in the group's zone.
    pub due: Text<Date>,
    /// The meeting that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Text<Label>>,
    /// The decision that it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Text<Number>>,
    /// What is to be done, at length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// Body of `action.close`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ActionClose {
    /// The action's number, such as `M1-A001`.
    pub action: Text<Number>,
    /// What became of it.
    pub outcome: ActionOutcome,
    /// The document that came out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// A role that owns an action.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerRole {
    /// The chair.
    Chair,
    /// The vice-chairs.
    ViceChair,
    /// The secretariat.
    Secretariat,
    /// The lead of the working group in `scope`.
    WorkingGroupLead,
    /// The editors of the deliverable in `scope`.
    Editor,
}

/// What became of an action.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionOutcome {
    /// It was done.
    Done,
    /// It is not needed any more.
    Dropped,
    /// Another action takes its place.
    Replaced,
}

impl ActionOutcome {
    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Dropped => "dropped",
            Self::Replaced => "replaced",
        }
    }
}

/// The state of an action.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Action {
    /// What is to be done.
    pub title: Text<Title>,
    /// Who does it.
    pub owner: Owner,
    /// The last day for it.
    pub due: Text<Date>,
    /// The meeting that asked for it.
    pub meeting: Option<Text<Label>>,
    /// The decision that it follows from.
    pub decision: Option<Text<Number>>,
    /// What became of it, and the day on which that was recorded.
    pub closed: Option<(ActionOutcome, Text<Date>)>,
}

/// Who does it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Owner {
    /// Who holds a role, with its deliverable or working group.
    Role(OwnerRole, Option<Text<Label>>),
    /// A participant.
    Participant(Text<Pid>),
}

/// Rule R54.
pub(crate) fn open(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ActionOpen = act.body()?;
    let owner = owner(act, &body)?;
    let asked = act.date(act.record().at)?;
    if body.due.0 < asked {
        return Err(Refusal::Order { earlier: "at", later: "due" }.into());
    }
    if let Some(meeting) = &body.meeting {
        minutes::sitting(act, &meeting.0)?;
        let meeting = act.meeting_subject(&meeting.0)?;
        act.join(meeting)?;
    }
    if let Some(decision) = &body.decision {
        let decision = act.decision_subject(&decision.0)?;
        act.join(decision)?;
    }
    let (_, subject) = minutes::next(act, body.meeting.as_ref(), Series::Action)?;
    let (title, due, meeting, decision) = (body.title, body.due, body.meeting, body.decision);
    act.put(subject, Action { title, owner, due, meeting, decision, closed: None });
    Ok(())
}

fn owner(act: &mut Act<'_>, body: &ActionOpen) -> Result<Owner, Stop> {
    let (role, scope) = match (&body.role, &body.owner, &body.scope) {
        (None, Some(pid), None) => {
            act.participant(&pid.0)?;
            return Ok(Owner::Participant(pid.clone()));
        }
        (Some(role), None, scope) => (*role, scope.clone()),
        _ => return Err(Refusal::Field { field: "owner", problem: "or role is stated, and not both" }.into()),
    };
    let subject = match (role, &scope) {
        (OwnerRole::WorkingGroupLead, Some(scope)) => act.working_group_subject(&scope.0)?,
        (OwnerRole::Editor, Some(scope)) => act.deliverable_subject(&scope.0)?,
        (OwnerRole::Chair | OwnerRole::ViceChair | OwnerRole::Secretariat, None) => {
            return Ok(Owner::Role(role, None));
        }
        _ => {
            let problem = "is the working group of a lead or the deliverable of an editor, and of nobody else";
            return Err(Refusal::Field { field: "scope", problem }.into());
        }
    };
    act.join(subject)?;
    Ok(Owner::Role(role, scope))
}

/// Rule R42.
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ActionClose = act.body()?;
    let subject = act.subject(&format!("action/{}", body.action))?;
    let mut action = act.require::<Action>(&subject)?;
    if action.closed.is_some() {
        return Err(Refusal::Field { field: "action", problem: "is closed already" }.into());
    }
    let closed = act.date(act.time())?;
    let days_late = closed.days_since(action.due.0);
    let result = if days_late <= 0 { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R42,
        result,
        [
            ("outcome", body.outcome.as_str().into()),
            ("due", action.due.to_string().into()),
            ("closed", closed.to_string().into()),
        ],
    );
    if 0 < days_late {
        act.add_fact("days_late", days_late.unsigned_abs().into());
    }
    action.closed = Some((body.outcome, Text(closed)));
    act.put(subject, action);
    Ok(())
}
