//! Roles: who is chair, vice-chair, editor or delegate, from when until when.

use plenary_core::{entry::Finding, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    decision::RecordedDecision,
    deliverable::Deliverable,
    document::Document,
    meeting::Meeting,
    organization::Organization,
    participant::Participant,
    record_type::Capacity,
    refusal::Refusal,
    rules,
    ruleset::Appointer,
    text::{Label, Number, Pid, Text},
    working_group,
};

/// Body of `role.appoint`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoleAppoint {
    /// The role.
    pub role: RoleName,
    /// Whom: a participant.
    pub who: Text<Pid>,
    /// The deliverable of an editor, the working group of its lead, the organisation of a delegate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Text<Number>>,
    /// Whether that is a member of ITU; vice-chairs need not be (circular 4).
    pub membership: Membership,
    /// The decision.
    pub decision: Decision,
    /// From when on, by ledger time.
    pub from: Text<Moment>,
    /// The first moment after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Text<Moment>>,
}

/// Body of `role.act`: makes somebody acting chair for a stated time.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoleAct {
    /// Whom: a participant, by the rules a vice-chair.
    pub who: Text<Pid>,
    /// From when on, by ledger time.
    pub from: Text<Moment>,
    /// The first moment after it; always stated.
    pub until: Text<Moment>,
    /// Why.
    pub reason: Absence,
}

/// Body of `role.end`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RoleEnd {
    /// The role.
    pub role: RoleName,
    /// Whose.
    pub who: Text<Pid>,
    /// As in the appointment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Text<Number>>,
    /// Why.
    pub reason: Absence,
}

/// A role that somebody is appointed to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleName {
    /// The chair; more than one are co-chairs, who sign as the rule set says (R17).
    Chair,
    /// A vice-chair.
    ViceChair,
    /// Who stands in for the chair; by `role.act` alone.
    ActingChair,
    /// The lead of a working group.
    WorkingGroupLead,
    /// An editor of a deliverable.
    Editor,
    /// Who speaks for an organisation.
    Delegate,
    /// Who answers to people for their data, and asks for erasure in their name.
    PrivacyOfficer,
}

/// Whether somebody belongs to ITU's membership.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Membership {
    /// A member.
    Member,
    /// Not a member, which is no ground against an appointment.
    NonMember,
}

/// Why a role ends or is taken over.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Absence {
    /// Its holder resigned.
    Resigned,
    /// Its holder cannot attend.
    Unable,
    /// Its holder has an interest in the matter.
    Interest,
    /// Its holder changed the employer.
    Affiliation,
    /// Its term is over, or somebody else was appointed.
    Term,
}

/// A decision of the group or of its parent, and its basis (rule R40).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Who decided.
    pub by: Decider,
    /// On what basis; a decision without one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The meeting at which it was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Text<Label>>,
    /// The number under which `decision.record` recorded it, which also states its basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded: Option<Text<Number>>,
    /// The document that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// Who decided.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decider {
    /// The parent group.
    Parent,
    /// The group.
    Group,
    /// A working group.
    WorkingGroup,
    /// The chair alone.
    Chair,
    /// An organisation about its own delegate.
    Organization,
}

/// The basis of a decision: three different levels of agreement, and two without any.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Everybody agreed.
    Unanimity,
    /// Nobody was against it.
    Unopposed,
    /// No sustained opposition to substantial issues, as the chair judges.
    Consensus,
    /// The chair decided.
    Chair,
    /// A step of procedure.
    Procedural,
}

impl Basis {
    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unanimity => "unanimity",
            Self::Unopposed => "unopposed",
            Self::Consensus => "consensus",
            Self::Chair => "chair",
            Self::Procedural => "procedural",
        }
    }
}

/// A holder of a role.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Holder {
    /// The participant.
    pub who: Text<Pid>,
    /// From when on.
    pub from: Text<Moment>,
    /// The first moment after it.
    pub until: Option<Text<Moment>>,
}

/// The state of a role: everybody who ever held it, in the order of appointment.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Role {
    /// The holders.
    pub holders: Vec<Holder>,
}

impl Role {
    /// The most appointments to one role.
    pub const HOLDERS_MAX: usize = 256;

    /// Whether `pid` holds the role at `time`.
    pub fn is_held_by(&self, pid: &Pid, time: Moment) -> bool {
        self.held_at(time).any(|holder| holder.who.0 == *pid)
    }

    /// Who holds the role at `time`.
    pub fn held_at(&self, time: Moment) -> impl Iterator<Item = &Holder> {
        self.holders
            .iter()
            .filter(move |holder| holder.from.0 <= time && holder.until.is_none_or(|until| time < until.0))
    }
}

pub(crate) fn lead_path(working_group: &Label) -> String {
    format!("role/wg-lead/{working_group}")
}

/// What one participant was ever appointed to, so that a change of affiliation finds it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Duties {
    /// The subjects of the roles within the group, such as `role/editor/D1.1`, in the order of appointment.
    pub paths: Vec<String>,
}

impl Duties {
    /// The most roles that one participant is appointed to over the years.
    pub const MAX: usize = 128;
}

/// The subject of the role within the group.
pub(crate) const PRIVACY_OFFICER: &str = "role/privacy-officer";

/// Whether somebody chairs the group, or acts as chair, at ledger time.
pub(crate) fn is_chaired(act: &mut Act<'_>) -> Result<bool, Stop> {
    for path in ["role/chair", "role/acting-chair"] {
        let subject = act.subject(path)?;
        if act.load::<Role>(&subject)?.unwrap_or_default().held_at(act.time()).next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(crate) fn editor_path(deliverable: &Label) -> String {
    format!("role/editor/{deliverable}")
}

fn path(role: RoleName, scope: Option<&Text<Number>>) -> Result<String, Refusal> {
    let problem = match (role, scope) {
        (RoleName::Chair, None) => return Ok("role/chair".to_owned()),
        (RoleName::ViceChair, None) => return Ok("role/vice-chair".to_owned()),
        (RoleName::ActingChair, None) => return Ok("role/acting-chair".to_owned()),
        (RoleName::WorkingGroupLead, Some(scope)) => return Ok(format!("role/wg-lead/{scope}")),
        (RoleName::Editor, Some(scope)) => return Ok(format!("role/editor/{scope}")),
        (RoleName::Delegate, Some(scope)) => return Ok(format!("role/delegate/{scope}")),
        (RoleName::PrivacyOfficer, None) => return Ok(PRIVACY_OFFICER.to_owned()),
        (RoleName::Chair | RoleName::ViceChair | RoleName::ActingChair | RoleName::PrivacyOfficer, Some(_)) => {
            "belongs to no role of the group"
        }
        (RoleName::WorkingGroupLead | RoleName::Editor | RoleName::Delegate, None) => "is missing for this role",
    };
    Err(Refusal::Field { field: "scope", problem })
}

/// Rules R10, R11 and R40.
pub(crate) fn appoint(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: RoleAppoint = act.body()?;
    let path = path(body.role, body.scope.as_ref())?;
    let participant = act.participant(&body.who.0)?;
    check_scope(act, &body, &participant)?;
    check_appointer(act, &body)?;
    find_basis(act, &body.decision)?;
    if body.until.is_some_and(|until| until <= body.from) {
        return Err(Refusal::Order { earlier: "from", later: "until" }.into());
    }
    add(act, &path, Holder { who: body.who, from: body.from, until: body.until })
}

fn add(act: &mut Act<'_>, path: &str, holder: Holder) -> Result<(), Stop> {
    let subject = act.subject(path)?;
    let mut role = act.load::<Role>(&subject)?.unwrap_or_default();
    if role.is_held_by(&holder.who.0, holder.from.0) {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    if Role::HOLDERS_MAX <= role.holders.len() {
        return Err(Refusal::Full(subject).into());
    }
    let who = holder.who.clone();
    role.holders.push(holder);
    act.put(subject, role);
    add_duty(act, &who.0, path)
}

/// Remembers that `pid` was appointed to the role at `path`.
fn add_duty(act: &mut Act<'_>, pid: &Pid, path: &str) -> Result<(), Stop> {
    let subject = act.subject(&format!("participant/{pid}/roles"))?;
    let mut duties = act.load::<Duties>(&subject)?.unwrap_or_default();
    if duties.paths.iter().any(|known| known == path) {
        return Ok(());
    }
    if Duties::MAX <= duties.paths.len() {
        return Err(Refusal::Full(subject).into());
    }
    duties.paths.push(path.to_owned());
    act.put(subject, duties);
    Ok(())
}

/// The roles that `pid` holds at ledger time, such as `chair` or `editor/D1.1`.
pub(crate) fn held_by(act: &mut Act<'_>, pid: &Pid) -> Result<Vec<String>, Stop> {
    let subject = act.subject(&format!("participant/{pid}/roles"))?;
    let duties = act.load::<Duties>(&subject)?.unwrap_or_default();
    let (now, mut held) = (act.time(), Vec::new());
    for path in duties.paths {
        let subject = act.subject(&path)?;
        if act.load::<Role>(&subject)?.is_some_and(|role| role.is_held_by(pid, now)) {
            held.push(path.strip_prefix("role/").unwrap_or(&path).to_owned());
        }
    }
    Ok(held)
}

/// Ends what `pid` holds of the role at `path`; whether there was anything to end.
pub(crate) fn end_holding(act: &mut Act<'_>, pid: &Pid, path: &str) -> Result<bool, Stop> {
    let subject = act.subject(path)?;
    let now = act.time();
    let mut role = act.load::<Role>(&subject)?.unwrap_or_default();
    let is_current = |holder: &&mut Holder| holder.who.0 == *pid && holder.until.is_none_or(|until| now < until.0);
    let mut is_held = false;
    for holder in role.holders.iter_mut().filter(is_current) {
        // An appointment that has not begun ends where it would begin.
        holder.until = Some(Text(now.max(holder.from.0)));
        is_held = true;
    }
    if is_held {
        act.put(subject, role);
    }
    Ok(is_held)
}

/// Makes the editors of a new work item.
pub(crate) fn add_editor(act: &mut Act<'_>, deliverable: &Label, who: &Text<Pid>) -> Result<(), Stop> {
    act.participant(&who.0)?;
    let from = Text(act.time());
    add(act, &editor_path(deliverable), Holder { who: who.clone(), from, until: None })
}

fn check_scope(act: &mut Act<'_>, body: &RoleAppoint, participant: &Participant) -> Result<(), Stop> {
    let Some(scope) = &body.scope else {
        return Ok(());
    };
    let unknown = || Stop::from(Refusal::Field { field: "scope", problem: "is not of the form that this role has" });
    match body.role {
        RoleName::Editor => {
            let subject = act.deliverable_subject(&Label::parse(scope.0.as_str()).ok_or_else(unknown)?)?;
            act.about::<Deliverable>(subject).map(|_| ())
        }
        RoleName::WorkingGroupLead => {
            let working_group = Label::parse(scope.0.as_str()).ok_or_else(unknown)?;
            working_group::given_work(act, &working_group)
        }
        RoleName::Delegate => {
            let organization = Name::parse(scope.0.as_str()).ok_or_else(unknown)?;
            if participant.organization.as_ref().map(|organization| &organization.0) != Some(&organization) {
                let problem = "is not the organisation that the participant is enrolled with";
                return Err(Refusal::Field { field: "scope", problem }.into());
            }
            let subject = act.organization_subject(&organization)?;
            act.require::<Organization>(&subject).map(|_| ())
        }
        RoleName::Chair | RoleName::ViceChair | RoleName::ActingChair | RoleName::PrivacyOfficer => Ok(()),
    }
}

fn check_appointer(act: &mut Act<'_>, body: &RoleAppoint) -> Result<(), Stop> {
    let has = |act: &Act<'_>, capacity| act.signed_as(capacity).is_some();
    let refuse = |role, by| Err(Refusal::OtherAppointer { role, by }.into());
    match body.role {
        RoleName::Chair => {
            if !has(act, Capacity::Parent) {
                return Err(Refusal::NeedsParent.into());
            }
            act.find(&rules::R10, Finding::Met, [("decided_by", "parent".into())]);
            Ok(())
        }
        RoleName::ActingChair => refuse("an acting chair", "a record role.act, with its last day"),
        RoleName::ViceChair if has(act, Capacity::Organization) => refuse("a vice-chair", "the group or its parent"),
        RoleName::ViceChair => find_vice_chair(act, body),
        RoleName::Editor | RoleName::WorkingGroupLead if !has(act, Capacity::Chair) => {
            refuse("an editor or lead", "the chair")
        }
        RoleName::Editor | RoleName::WorkingGroupLead => Ok(()),
        RoleName::PrivacyOfficer if has(act, Capacity::Secretariat) || has(act, Capacity::Parent) => Ok(()),
        RoleName::PrivacyOfficer => refuse("a privacy officer", "the secretariat, which keeps the list"),
        RoleName::Delegate => {
            let actor = act.actor()?;
            let is_own = body.scope.as_ref().is_some_and(|scope| scope.0.as_str() == actor.who.as_str());
            if has(act, Capacity::Secretariat) || (has(act, Capacity::Organization) && is_own) {
                return Ok(());
            }
            refuse("a delegate", "the organisation, or the secretariat for it")
        }
    }
}

/// Rule R11: by the group at its first meeting, or by the parent, as the rule set says.
fn find_vice_chair(act: &mut Act<'_>, body: &RoleAppoint) -> Result<(), Stop> {
    let appointer = act.parameters()?.vice_chairs;
    let by_parent = act.signed_as(Capacity::Parent).is_some();
    let begins = act.group()?.lifetime.as_ref().map(|lifetime| lifetime.begins);
    let at_first = match &body.decision.meeting {
        Some(meeting) => {
            let subject = act.meeting_subject(&meeting.0)?;
            Some(act.require::<Meeting>(&subject)?.starts.date) == begins
        }
        None => false,
    };
    let (result, needed) = match (appointer, by_parent) {
        (Appointer::Parent, true) => (Finding::Met, "parent"),
        (Appointer::Parent, false) => (Finding::Broken, "parent"),
        (Appointer::FirstMeeting, true) => (Finding::Waived, "first meeting"),
        (Appointer::FirstMeeting, false) if at_first => (Finding::Met, "first meeting"),
        (Appointer::FirstMeeting, false) => (Finding::Broken, "first meeting"),
    };
    let meeting = body.decision.meeting.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
    let membership = match body.membership {
        Membership::Member => "member",
        Membership::NonMember => "non-member",
    };
    act.find(
        &rules::R11,
        result,
        [("appointer", needed.into()), ("meeting", meeting.into()), ("membership", membership.into())],
    );
    Ok(())
}

/// Rule R40; the record is about the meeting that decided as well.
pub(crate) fn find_basis(act: &mut Act<'_>, decision: &Decision) -> Result<Basis, Stop> {
    if let Some(meeting) = &decision.meeting {
        let subject = act.meeting_subject(&meeting.0)?;
        act.join(subject)?;
    }
    let Some(number) = &decision.recorded else {
        let basis = decision.basis.ok_or(Refusal::NoBasis)?;
        act.find(&rules::R40, Finding::Met, [("basis", basis.as_str().into())]);
        return Ok(basis);
    };
    let subject = act.decision_subject(&number.0)?;
    let recorded = act.require::<RecordedDecision>(&subject)?;
    let is_other = decision.by != recorded.by
        || decision.basis.is_some_and(|basis| basis != recorded.basis)
        || decision.meeting.as_ref().is_some_and(|meeting| Some(meeting) != recorded.meeting.as_ref());
    if is_other {
        let problem = "was recorded as taken by somebody else, on another basis or in another meeting";
        return Err(Refusal::Field { field: "decision.recorded", problem }.into());
    }
    act.find(
        &rules::R40,
        Finding::Met,
        [("basis", recorded.basis.as_str().into()), ("decision", number.to_string().into())],
    );
    act.join(subject)?;
    Ok(recorded.basis)
}

/// Rule R40, for what only the group decides.
pub(crate) fn find_group_decision(act: &mut Act<'_>, decision: &Decision) -> Result<(), Stop> {
    if decision.by != Decider::Group {
        return Err(Refusal::Field { field: "decision.by", problem: "is not the group, which decides on this" }.into());
    }
    find_basis(act, decision).map(|_| ())
}

/// Rule R12.
pub(crate) fn act_as_chair(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: RoleAct = act.body()?;
    if body.until <= body.from || body.until.0 <= act.time() {
        return Err(Refusal::Order { earlier: "from and ledger time", later: "until" }.into());
    }
    act.participant(&body.who.0)?;
    let vice_chairs = act.subject("role/vice-chair")?;
    let vice_chairs = act.load::<Role>(&vice_chairs)?.unwrap_or_default();
    let is_vice_chair = vice_chairs.is_held_by(&body.who.0, act.time());
    let (result, role) = if is_vice_chair { (Finding::Met, "vice-chair") } else { (Finding::Broken, "participant") };
    act.find(&rules::R12, result, [("is", role.into()), ("until", body.until.to_string().into())]);
    add(act, "role/acting-chair", Holder { who: body.who, from: body.from, until: Some(body.until) })
}

/// Who edits a deliverable or leads a working group no more is part of its history.
fn join_scope(act: &mut Act<'_>, body: &RoleEnd) -> Result<(), Stop> {
    let Some(label) = body.scope.as_ref().and_then(|scope| Label::parse(scope.0.as_str())) else {
        return Ok(());
    };
    let subject = match body.role {
        RoleName::Editor => act.deliverable_subject(&label)?,
        RoleName::WorkingGroupLead => act.working_group_subject(&label)?,
        RoleName::Chair
        | RoleName::ViceChair
        | RoleName::ActingChair
        | RoleName::Delegate
        | RoleName::PrivacyOfficer => return Ok(()),
    };
    act.join(subject)
}

/// Rule R14.
pub(crate) fn end(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: RoleEnd = act.body()?;
    let path = path(body.role, body.scope.as_ref())?;
    let actor = act.actor()?;
    let is_own = actor.who == *body.who.0.as_name();
    let may_end = match actor.capacity {
        Capacity::Parent => true,
        Capacity::Chair | Capacity::ActingChair => body.role != RoleName::Chair || is_own,
        Capacity::Secretariat => matches!(body.role, RoleName::Delegate | RoleName::PrivacyOfficer),
        Capacity::Organization => body.scope.as_ref().is_some_and(|scope| scope.0.as_str() == actor.who.as_str()),
        Capacity::Participant => is_own,
        Capacity::NewParent
        | Capacity::ViceChair
        | Capacity::WorkingGroupLead
        | Capacity::Editor
        | Capacity::Delegate
        | Capacity::PrivacyOfficer
        | Capacity::NewKey
        | Capacity::Operator
        | Capacity::Validator => false,
    };
    if !may_end {
        return Err(Refusal::NotYours { who: actor.who }.into());
    }
    let subject = act.subject(&path)?;
    act.require::<Role>(&subject)?;
    if !end_holding(act, &body.who.0, &path)? {
        return Err(Refusal::Field { field: "who", problem: "does not hold that role" }.into());
    }
    join_scope(act, &body)?;
    if matches!(body.role, RoleName::Chair | RoleName::ActingChair) {
        let (result, chaired) = if is_chaired(act)? { (Finding::Met, "yes") } else { (Finding::Broken, "no") };
        act.find(&rules::R14, result, [("chaired", chaired.into())]);
    }
    Ok(())
}
