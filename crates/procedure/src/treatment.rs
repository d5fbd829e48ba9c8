//! What is done about a contribution: allocated, returned, disposed of by the meeting, or withdrawn.

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    contribution::{self, Contribution, Standing},
    lateness,
    meeting::{Meeting, MeetingKind},
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Decider, Decision},
    rule::Rule,
    rules,
    text::{Label, Number, Text},
    working_group,
};

/// Body of `contribution.allocate`: where the meeting deals with it. One of `item` and `working_group` at least.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionAllocate {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// The next meeting, to which a late contribution is carried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Text<Label>>,
    /// The item of the agenda, such as `4.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Text<Label>>,
    /// The working group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<Text<Label>>,
}

/// Body of `contribution.dispose`: what the meeting did with it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionDispose {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// What was done.
    pub disposition: Disposition,
    /// The contribution that it was merged into, or that supersedes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<Text<Number>>,
    /// The later meeting to which it is postponed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<Label>>,
    /// The decision; its `meeting` is stated where another one than the contribution's dealt with it.
    pub decision: Decision,
}

/// Body of `contribution.return`: sends it back to its source, which may revise it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionReturn {
    /// The contribution's number, which it keeps.
    pub contribution: Text<Number>,
    /// The rule of form that it does not meet, such as `R53`.
    pub rule: String,
}

/// Body of `contribution.withdraw`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionWithdraw {
    /// The contribution's number, which it keeps.
    pub contribution: Text<Number>,
    /// Why.
    pub reason: Withdrawal,
}

/// What a meeting does with a contribution.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// It was noted.
    Noted,
    /// It was agreed.
    Agreed,
    /// It was agreed with changes.
    AgreedWithChanges,
    /// It was merged into another one.
    Merged,
    /// It was postponed to a later meeting.
    Postponed,
    /// There was no time for it.
    NotTreated,
    /// It was rejected.
    Rejected,
    /// Another one supersedes it.
    Superseded,
}

impl Disposition {
    /// The words for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Noted => "noted",
            Self::Agreed => "agreed",
            Self::AgreedWithChanges => "agreed with changes",
            Self::Merged => "merged",
            Self::Postponed => "postponed",
            Self::NotTreated => "not treated",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
        }
    }
}

/// Why a contribution is withdrawn.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withdrawal {
    /// Another contribution replaces it.
    Replaced,
    /// It was sent by mistake.
    Mistake,
    /// Its source no longer supports it.
    Unsupported,
}

/// Where a meeting deals with a contribution.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Allocation {
    /// The item of the agenda.
    pub item: Option<Text<Label>>,
    /// The working group.
    pub working_group: Option<Text<Label>>,
}

/// How a contribution was disposed of.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Disposal {
    /// What was done; never `postponed`, since that leaves it for the later meeting.
    pub disposition: Disposition,
    /// What it was merged into, or what supersedes it.
    pub into: Option<Text<Number>>,
    /// The record.
    pub record: Text<Digest>,
}

/// The rules of form for which a contribution is returned.
const FORM: [&Rule; 4] = [&rules::R20, &rules::R52, &rules::R53, &rules::R67];

/// A late contribution is allocated at the next meeting, to which this carries it.
pub(crate) fn allocate(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionAllocate = act.body()?;
    let number = body.contribution.0;
    let mut contribution = contribution::undisposed(act, &number)?;
    if body.item.is_none() && body.working_group.is_none() {
        return Err(Refusal::Field { field: "item", problem: "is missing, and so is working_group" }.into());
    }
    check_lead(act, &contribution, body.working_group.as_ref())?;
    if let Some(working_group) = &body.working_group {
        working_group::given_work(act, &working_group.0)?;
    }
    match body.meeting.filter(|next| *next != contribution.meeting) {
        Some(next) => {
            if contribution.standing == Standing::OnTime && !cancellation::is_cancelled(act, &contribution.meeting.0)? {
                let problem = "is another one than the contribution came in time for";
                return Err(Refusal::Field { field: "meeting", problem }.into());
            }
            lateness::carry(act, &mut contribution, &next)?;
        }
        None => {
            lateness::meeting_of(act, &mut contribution)?;
        }
    }
    match contribution.standing {
        Standing::OnTime | Standing::Admitted | Standing::Accepted => {}
        Standing::Late | Standing::Held | Standing::Withdrawn | Standing::Returned => {
            return Err(contribution::step(&number, &contribution).into());
        }
    }
    contribution.allocation = Some(Allocation { item: body.item, working_group: body.working_group });
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}

/// The lead of a working group finds the item for what the chair allocated to it, and hands nothing on.
fn check_lead(act: &Act<'_>, contribution: &Contribution, to: Option<&Text<Label>>) -> Result<(), Refusal> {
    let own = contribution.allocation.as_ref().and_then(|allocation| allocation.working_group.as_ref());
    match act.signed_as(Capacity::WorkingGroupLead) {
        Some(lead) if own != to => Err(Refusal::NotYours { who: lead.who.clone() }),
        Some(_) | None => Ok(()),
    }
}

/// Rules R40 and R60.
pub(crate) fn dispose(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionDispose = act.body()?;
    let number = body.contribution.0;
    let mut contribution = contribution::undisposed(act, &number)?;
    lateness::meeting_of(act, &mut contribution)?;
    match contribution.standing {
        Standing::OnTime | Standing::Accepted => {}
        Standing::Late | Standing::Admitted | Standing::Held | Standing::Withdrawn | Standing::Returned => {
            return Err(contribution::step(&number, &contribution).into());
        }
    }
    // A lead records what the working group decided, and leaves the group's decisions to the chair.
    if let Some(lead) = act.signed_as(Capacity::WorkingGroupLead).filter(|_| body.decision.by != Decider::WorkingGroup)
    {
        return Err(Refusal::NotYours { who: lead.who.clone() }.into());
    }
    if cancellation::is_cancelled(act, &contribution.meeting.0)? {
        lateness::meeting_of(act, &mut contribution)?;
    }
    role::find_basis(act, &body.decision)?;
    find_sitting(act, &number, &contribution.meeting, body.decision.meeting)?;
    check_into(act, &number, body.disposition, body.into.as_ref())?;
    match (body.disposition, &body.next) {
        (Disposition::Postponed, Some(next)) => lateness::carry(act, &mut contribution, next)?,
        (Disposition::Postponed, None) => {
            return Err(Refusal::Field { field: "next", problem: "is missing: to which meeting?" }.into());
        }
        (_, Some(_)) => {
            return Err(Refusal::Field { field: "next", problem: "belongs to what is postponed alone" }.into());
        }
        (disposition, None) => {
            let record = Text(act.id());
            contribution.disposal = Some(Disposal { disposition, into: body.into, record });
        }
    }
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}

/// Rule R60: the meeting that it is for, or an electronic one or one of a working group that dealt with it.
pub(crate) fn find_sitting(
    act: &mut Act<'_>,
    number: &Number,
    own: &Text<Label>,
    other: Option<Text<Label>>,
) -> Result<(), Stop> {
    let label = other.unwrap_or_else(|| own.clone());
    let subject = act.meeting_subject(&label.0)?;
    let meeting = act.about::<Meeting>(subject)?;
    let may_deal = label == *own || matches!(meeting.kind, MeetingKind::Electronic | MeetingKind::WorkingGroup);
    match meeting.opened {
        Some(opened) if may_deal && opened.0 <= act.record().at => {
            act.find(
                &rules::R60,
                Finding::Met,
                [("meeting", label.to_string().into()), ("opened", opened.to_string().into())],
            );
            Ok(())
        }
        Some(_) | None => Err(Refusal::NotSitting { number: number.clone(), meeting: label.0 }.into()),
    }
}

fn check_into(
    act: &mut Act<'_>,
    number: &Number,
    disposition: Disposition,
    into: Option<&Text<Number>>,
) -> Result<(), Stop> {
    check_names_other(number, disposition, into)?;
    let Some(into) = into else {
        return Ok(());
    };
    let subject = act.contribution_subject(&into.0)?;
    act.about::<Contribution>(subject).map(|_| ())
}

/// What is merged or superseded names what stands in its place, and nothing else does.
pub(crate) fn check_names_other(
    number: &Number,
    disposition: Disposition,
    into: Option<&Text<Number>>,
) -> Result<(), Refusal> {
    let needs_other = matches!(disposition, Disposition::Merged | Disposition::Superseded);
    let problem = match into {
        Some(into) if into.0 == *number => "is the document itself",
        None if needs_other => "is missing: what stands in its place?",
        Some(_) if !needs_other => "belongs to what is merged or superseded alone",
        Some(_) | None => return Ok(()),
    };
    Err(Refusal::Field { field: "into", problem })
}

/// Rule R66.
pub(crate) fn send_back(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionReturn = act.body()?;
    let number = body.contribution.0;
    let mut contribution = contribution::undisposed(act, &number)?;
    let rule = FORM.into_iter().find(|rule| rule.id == body.rule);
    let rule = rule.ok_or_else(|| Refusal::NoGroundToReturn(body.rule.clone()))?;
    if contribution.standing == Standing::Returned {
        return Err(contribution::step(&number, &contribution).into());
    }
    act.find(
        &rules::R66,
        Finding::Met,
        [("rule", rule.id.into()), ("clause", rule.cite().into()), ("stood", contribution.words().into())],
    );
    contribution.standing = Standing::Returned;
    contribution.allocation = None;
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}

/// Rule R58; what was late and never taken up can still be withdrawn after the meeting.
pub(crate) fn withdraw(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionWithdraw = act.body()?;
    let number = body.contribution.0;
    let mut contribution = contribution::current(act, &number)?;
    contribution::check_source(act, &number, &contribution)?;
    let meeting_subject = act.meeting_subject(&contribution.meeting.0)?;
    let meeting = act.require::<Meeting>(&meeting_subject)?;
    let is_dealt_with = match contribution.standing {
        Standing::OnTime => meeting.closed.is_some(),
        Standing::Accepted => true,
        Standing::Late | Standing::Admitted | Standing::Held | Standing::Withdrawn | Standing::Returned => false,
    };
    if contribution.disposal.is_some() || is_dealt_with {
        return Err(Refusal::AlreadyDecided(number).into());
    }
    act.find(&rules::R58, Finding::Met, [("stood", contribution.standing.as_str().into())]);
    contribution.standing = Standing::Withdrawn;
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}
