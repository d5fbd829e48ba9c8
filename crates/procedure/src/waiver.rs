//! Waivers: who has waived which rule, for a meeting, a contribution or a deliverable.

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    contribution::{Contribution, Standing},
    deliverable::Deliverable,
    document::Document,
    meeting::Meeting,
    patent,
    record_type::Capacity,
    refusal::Refusal,
    rule::{Rule, Waiver},
    rules,
    text::{Label, Number, Text},
};

/// Body of `deadline.waive`. Exactly one of `meeting`, `contribution` and `deliverable` is stated.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineWaive {
    /// The rule: R30, R31, R51 for a meeting; R31, R51, R52 for a contribution; R71, R100, R110 for a deliverable.
    pub rule: String,
    /// A second rule that is waived for the same, such as R31 beside R51 where one incident kept from both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<String>,
    /// The meeting that it is waived for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<Text<Label>>,
    /// The contribution that it is waived for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contribution: Option<Text<Number>>,
    /// The deliverable that it is waived for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<Text<Label>>,
    /// The days that are needed instead; none if any number will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Why.
    pub reason: WaiverReason,
    /// The document that holds the reasons; always stated for R71.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// Why a rule is waived.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverReason {
    /// The matter is of extreme importance.
    Importance,
    /// The secretariat or its systems could not be reached.
    Outage,
    /// The meeting decided so.
    MeetingDecision,
    /// The circular or another notice already said so.
    Notice,
    /// The calendar left no other choice.
    Calendar,
    /// The text was changed since.
    TextChanged,
}

/// A waiver as its subject remembers it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Grant {
    /// The rule.
    pub rule: String,
    /// The days that are needed instead.
    pub days: Option<u32>,
    /// The record.
    pub record: Text<Digest>,
}

/// The most waivers of one subject.
pub const GRANTS_MAX: usize = 16;

/// The grant among `grants` that makes up for `days` under `rule`.
pub(crate) fn granting<'a>(grants: &'a [Grant], rule: &Rule, days: i64) -> Option<&'a Grant> {
    grants.iter().find(|grant| grant.rule == rule.id && grant.days.is_none_or(|needed| i64::from(needed) <= days))
}

/// Rule R33.
pub(crate) fn waive(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DeadlineWaive = act.body()?;
    if body.also.as_ref() == Some(&body.rule) {
        return Err(Refusal::Field { field: "also", problem: "names the same rule again" }.into());
    }
    waive_rule(act, &body, "rule", &body.rule)?;
    if let Some(also) = &body.also {
        waive_rule(act, &body, "also", also)?;
    }
    Ok(())
}

fn waive_rule(act: &mut Act<'_>, body: &DeadlineWaive, field: &'static str, id: &str) -> Result<(), Stop> {
    let rule = Rule::find(id).ok_or_else(|| Refusal::UnknownRule(id.to_owned()))?;
    let waived = Waived { field, rule };
    let has = |capacity| act.signed_as(capacity).is_some();
    let may_waive = match rule.waiver {
        Waiver::Nobody => false,
        Waiver::Chair => has(Capacity::Chair),
        Waiver::ChairAndSecretariat => has(Capacity::Chair) && has(Capacity::Secretariat),
        Waiver::Parent => has(Capacity::Parent),
    };
    if !may_waive {
        return Err(Refusal::NoWaiver { rule: rule.id, by: rule.waiver.as_str() }.into());
    }
    let grant = Grant { rule: rule.id.to_owned(), days: body.days, record: Text(act.id()) };
    match (&body.meeting, &body.contribution, &body.deliverable) {
        (Some(meeting), None, None) => for_meeting(act, &meeting.0, &waived, grant)?,
        (None, Some(contribution), None) => for_contribution(act, &contribution.0, &waived, grant)?,
        (None, None, Some(_)) if *rule == rules::R71 && body.document.is_none() => {
            let problem = "is missing: the chair waives R71 with the reasons";
            return Err(Refusal::Field { field: "document", problem }.into());
        }
        (None, None, Some(deliverable)) => for_deliverable(act, &deliverable.0, &waived, grant)?,
        _ => {
            let problem = "needs exactly one of meeting, contribution and deliverable beside it";
            return Err(Refusal::Field { field: "rule", problem }.into());
        }
    }
    act.find(&rules::R33, Finding::Met, [("rule", rule.id.into()), ("waived_by", rule.waiver.as_str().into())]);
    let days = body.days.map_or_else(|| "any".into(), |days| days.into());
    act.find(rule, Finding::Waived, [("days_needed", days)]);
    Ok(())
}

/// The rule, and the field that names it.
struct Waived {
    field: &'static str,
    rule: &'static Rule,
}

fn add(grants: &mut Vec<Grant>, grant: Grant, fits: &[&Rule], waived: &Waived) -> Result<(), Refusal> {
    if !fits.contains(&waived.rule) {
        return Err(Refusal::Field { field: waived.field, problem: "is not waived for such a subject" });
    }
    if GRANTS_MAX <= grants.len() {
        return Err(Refusal::List { field: "waivers" });
    }
    grants.push(grant);
    Ok(())
}

fn for_meeting(act: &mut Act<'_>, label: &Label, waived: &Waived, grant: Grant) -> Result<(), Stop> {
    let subject = act.meeting_subject(label)?;
    let mut meeting = act.require::<Meeting>(&subject)?;
    add(&mut meeting.waivers, grant, &[&rules::R30, &rules::R31, &rules::R51], waived)?;
    act.put(subject, meeting);
    Ok(())
}

/// Waiving the notice's deadline for a late contribution puts it on time.
fn for_contribution(act: &mut Act<'_>, number: &Number, waived: &Waived, grant: Grant) -> Result<(), Stop> {
    let subject = act.contribution_subject(number)?;
    let mut contribution = act.require::<Contribution>(&subject)?;
    add(&mut contribution.waivers, grant, &[&rules::R31, &rules::R51, &rules::R52], waived)?;
    if *waived.rule == rules::R51 && matches!(contribution.standing, Standing::Late | Standing::Admitted) {
        contribution.put_on_time();
    }
    act.put(subject, contribution);
    Ok(())
}

fn for_deliverable(act: &mut Act<'_>, number: &Label, waived: &Waived, grant: Grant) -> Result<(), Stop> {
    let subject = act.deliverable_subject(number)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if *waived.rule == rules::R71 {
        patent::waive(&mut deliverable.patents, grant.record)?;
    } else {
        add(&mut deliverable.waivers, grant, &[&rules::R100, &rules::R110], waived)?;
    }
    act.put(subject, deliverable);
    Ok(())
}
