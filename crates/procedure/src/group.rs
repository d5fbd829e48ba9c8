//! A group: its parent, its secretariat, its zone and its lifetime.

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    first_meeting::Candidate,
    organization::Organization,
    record_type::{Capacity, RecordType},
    refusal::Refusal,
    rules,
    ruleset::{ChairSigning, Ruleset},
    text::{Label, Text, Title},
    zone::Zone,
};

/// Body of `group.establish`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupEstablish {
    /// The group's name.
    pub title: Text<Title>,
    /// What its contribution numbers begin with, such as `DLT`.
    pub prefix: Text<Label>,
    /// The organisation that acts as its secretariat; the genesis line gives it that role.
    pub secretariat: Text<Name>,
    /// The record of its rule set.
    pub ruleset: Text<Digest>,
    /// The zone of dates that belong to no meeting.
    pub zone: Zone,
    /// The meeting of the parent group that decided.
    pub decision: ParentDecision,
}

/// A decision of the parent group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParentDecision {
    /// The meeting, such as `TSAG, Geneva`.
    pub meeting: Text<Title>,
    /// Its first day.
    pub from: Text<Date>,
    /// Its last day.
    pub to: Text<Date>,
    /// The first day of the parent group's next meeting, if it is known (R09).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<Date>>,
    /// The document that holds the decision; history may lack it (R93).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

impl ParentDecision {
    /// The meeting has an end after its beginning, and the next one follows it.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.to < self.from {
            return Err(Refusal::Order { earlier: "decision.from", later: "decision.to" });
        }
        if self.next.is_some_and(|next| next <= self.to) {
            return Err(Refusal::Order { earlier: "decision.to", later: "decision.next" });
        }
        Ok(())
    }
}

/// Body of `lifetime.extend`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LifetimeExtend {
    /// The meeting of the parent group that decided.
    pub decision: ParentDecision,
    /// The last day of the lifetime before, as the ledger has it.
    pub from: Text<Date>,
    /// The last day of the lifetime now.
    pub to: Text<Date>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<Document>,
}

/// The state of a group.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Group {
    /// Its name.
    pub title: Text<Title>,
    /// The parent group.
    pub parent: Text<Name>,
    /// The secretariat.
    pub secretariat: Text<Name>,
    /// What contribution numbers begin with.
    pub prefix: Text<Label>,
    /// The zone of dates that belong to no meeting.
    pub zone: Zone,
    /// The record of the rule set in force.
    pub ruleset: Text<Digest>,
    /// How co-chairs sign, as the rule set in force says.
    pub chairs: ChairSigning,
    /// The last day of the meeting of the parent group that established it.
    pub decided: Text<Date>,
    /// The first day of the parent group's next meeting, as far as its latest decision told.
    pub parent_meets: Option<Text<Date>>,
    /// The lifetime, which the first meeting begins.
    pub lifetime: Option<Lifetime>,
    /// The meetings at a place that are the first one or could become it.
    pub first_meetings: Vec<Candidate>,
    /// The record of its conclusion.
    pub conclusion: Option<Text<Digest>>,
    /// The record that closed it.
    pub closure: Option<Text<Digest>>,
}

/// A group's lifetime.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Lifetime {
    /// The first day of the first meeting.
    pub begins: Text<Date>,
    /// The last day, by the terms alone.
    pub ends: Text<Date>,
    /// The last day by the latest extension, and its record.
    pub extension: Option<(Text<Date>, Text<Digest>)>,
}

impl Lifetime {
    /// The last day, extensions included; a first meeting that was put off can outlast one.
    pub fn last(&self) -> Date {
        self.extension.map_or(self.ends.0, |(to, _)| to.0.max(self.ends.0))
    }
}

/// Rules R01 and R02.
pub(crate) fn establish(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: GroupEstablish = act.body()?;
    let name = act.group_name()?.clone();
    let subject = act.subject("group")?;
    if act.load::<Group>(&subject)?.is_some() {
        return Err(Refusal::GroupExists(name).into());
    }
    if !body.zone.is_sound() {
        return Err(Refusal::Zone.into());
    }
    body.decision.check()?;
    let parent = act.actor()?.who;
    let ruleset_subject = act.subject("ruleset")?;
    let ruleset = act.require::<Ruleset>(&ruleset_subject)?;
    if ruleset.record != body.ruleset || ruleset.by.0 != parent {
        return Err(Refusal::OtherRuleset { found: body.ruleset.0, expected: ruleset.record.0 }.into());
    }
    let secretariat_subject = act.organization_subject(&body.secretariat.0)?;
    let secretariat = act.require::<Organization>(&secretariat_subject)?;
    if !secretariat.standing.iter().any(|role| role.0.as_str() == Capacity::Secretariat.as_str()) {
        let (who, time) = (body.secretariat.0, act.time());
        return Err(Refusal::RoleNotHeld { who, capacity: Capacity::Secretariat, time }.into());
    }
    act.find(&rules::R01, Finding::Met, [("group", name.to_string().into())]);
    act.put(
        subject,
        Group {
            title: body.title,
            parent: Text(parent),
            secretariat: body.secretariat,
            prefix: body.prefix,
            zone: body.zone,
            ruleset: body.ruleset,
            chairs: ruleset.parameters.chairs,
            decided: body.decision.to,
            parent_meets: body.decision.next,
            lifetime: None,
            first_meetings: Vec::new(),
            conclusion: None,
            closure: None,
        },
    );
    Ok(())
}

/// Rules R05, R09 and R93. An extension that comes too late is taken; it holds
/// from then on, and what was found before it stays.
pub(crate) fn extend(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: LifetimeExtend = act.body()?;
    body.decision.check()?;
    let subject = act.subject("group")?;
    let mut group = act.require::<Group>(&subject)?;
    let Some(lifetime) = &mut group.lifetime else {
        return Err(
            Refusal::Field { field: "from", problem: "does not exist: no meeting has begun the lifetime" }.into()
        );
    };
    let last = lifetime.last();
    if body.from.0 != last {
        return Err(Refusal::Field { field: "from", problem: "is not the last day that the ledger has" }.into());
    }
    if body.to.0 <= last {
        return Err(Refusal::Order { earlier: "from", later: "to" }.into());
    }
    lifetime.extension = Some((body.to, Text(act.id())));
    group.parent_meets = body.decision.next.or(group.parent_meets);
    let result = if body.decision.to.0 <= last { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R05,
        result,
        [
            ("decided", body.decision.to.to_string().into()),
            ("lifetime_ended", last.to_string().into()),
            ("extended_to", body.to.to_string().into()),
        ],
    );
    find_evidence(act, &body.decision);
    find_next_meeting(act, &group);
    act.put(subject, group);
    Ok(())
}

/// Rule R93.
fn find_evidence(act: &mut Act<'_>, decision: &ParentDecision) {
    let (result, document) = match &decision.document {
        Some(document) => (Finding::Met, document.digest.to_string()),
        None => (Finding::Broken, "none named".to_owned()),
    };
    act.find(&rules::R93, result, [("document", document.into())]);
}

/// Rule R09: only a meeting of the parent group before the last day can extend the lifetime in time.
pub(crate) fn find_next_meeting(act: &mut Act<'_>, group: &Group) {
    let (Some(lifetime), Some(meets)) = (&group.lifetime, group.parent_meets) else {
        return;
    };
    let last = lifetime.last();
    let result = if meets.0 <= last { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R09,
        result,
        [("lifetime_ends", last.to_string().into()), ("parent_meets", meets.to_string().into())],
    );
}

/// Rule R07, for what the group does on the day of ledger time.
pub(crate) fn check_lifetime(act: &mut Act<'_>) -> Result<(), Stop> {
    let is_work = matches!(
        act.record_type(),
        RecordType::MeetingOpen
            | RecordType::ContributionSubmit
            | RecordType::ContributionRevise
            | RecordType::WorkItemPropose
            | RecordType::WorkItemAdopt
            | RecordType::WorkItemUpdate
            | RecordType::BaselinePublish
            | RecordType::CallOpen
            | RecordType::CallExtend
            | RecordType::CallSuspend
            | RecordType::CallResume
            | RecordType::CallVoid
            | RecordType::Determine
            | RecordType::DeterminationChallenge
            | RecordType::ChallengeAnswer
            | RecordType::DeliverableReopen
            | RecordType::EditorialFix
            | RecordType::WorkingGroupCreate
            | RecordType::WorkingGroupAmend
            | RecordType::DecisionRecord
            | RecordType::RoleAppoint
    );
    if is_work && act.group()?.lifetime.is_some() {
        let today = act.date(act.time())?;
        find_lifetime(act, today)?;
    }
    Ok(())
}

/// Rule R07, for `day`.
pub(crate) fn find_lifetime(act: &mut Act<'_>, day: Date) -> Result<(), Stop> {
    let Some(lifetime) = act.group()?.lifetime.clone() else {
        return Ok(());
    };
    let result = if day <= lifetime.ends.0 {
        Finding::Met
    } else if day <= lifetime.last() {
        Finding::Waived
    } else {
        Finding::Broken
    };
    act.find(
        &rules::R07,
        result,
        [("day", day.to_string().into()), ("lifetime_ends", lifetime.ends.to_string().into())],
    );
    if result != Finding::Met {
        let beyond = day.days_since(lifetime.last()).max(0).unsigned_abs();
        act.add_fact("days_beyond", beyond.into());
        match lifetime.extension {
            Some((to, record)) => {
                act.add_fact("extended_to", to.to_string().into());
                act.add_fact("extension", record.to_string().into());
            }
            None => act.add_fact("extension", "none recorded".into()),
        }
    }
    Ok(())
}
