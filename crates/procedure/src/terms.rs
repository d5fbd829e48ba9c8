//! The group's terms under change: amended, chartered anew, completed by working guidelines.

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    group::{Group, ParentDecision},
    record_type::{Capacity, RecordType},
    refusal::Refusal,
    role::{self, Decision},
    rules,
    ruleset::Ruleset,
    text::{Number, Text, Title},
};

/// Body of `tor.amend` and of `group.recharter`: the decision behind the rule set in force.
///
/// The new terms in full stand in a record `ruleset` that supersedes the one
/// before; this record says by which decision.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TermsAmend {
    /// The record of the rule set, which is in force and superseded another.
    pub ruleset: Text<Digest>,
    /// The meeting of the parent group that decided.
    pub decision: ParentDecision,
    /// From which day on they hold, as the parent group decided; in the group's zone.
    pub effective: Text<Date>,
}

/// Body of `group.transfer`: gives the group another parent.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GroupTransfer {
    /// The new parent group, which signs as `new-parent`.
    pub to: Text<Name>,
    /// The meeting of the present parent group that decided.
    pub decision: ParentDecision,
    /// From which day on, not after ledger time; in the group's zone.
    pub effective: Text<Date>,
}

/// Body of `guideline.adopt`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GuidelineAdopt {
    /// Its title.
    pub title: Text<Title>,
    /// The number of this version: the one before and one; the first is 1.
    pub version: u32,
    /// The working guidelines in full (A.7 13).
    pub document: Document,
    /// The group's decision.
    pub decision: Decision,
}

/// The state of a group's working guidelines; the chain holds every version.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Guideline {
    /// The version in force.
    pub version: u32,
    /// Its digest.
    pub document: Text<Digest>,
    /// The record that adopted it.
    pub record: Text<Digest>,
}

/// A day from which something holds is not yet to come: the ledger keeps no promises.
fn check_effective(act: &Act<'_>, effective: Date) -> Result<(), Stop> {
    if act.date(act.time())? < effective {
        let problem = "lies after ledger time: record it when the day has come";
        return Err(Refusal::Field { field: "effective", problem }.into());
    }
    Ok(())
}

/// Rules R04 and R95; a group that had concluded takes up its work again when it is chartered anew.
pub(crate) fn amend(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: TermsAmend = act.body()?;
    body.decision.check()?;
    check_effective(act, body.effective.0)?;
    let subject = act.subject("ruleset")?;
    let ruleset = act.require::<Ruleset>(&subject)?;
    if ruleset.record != body.ruleset {
        return Err(Refusal::OtherRuleset { found: body.ruleset.0, expected: ruleset.record.0 }.into());
    }
    let (Some(before), Some(since)) = (ruleset.before, ruleset.since) else {
        return Err(Refusal::TermsUnchanged.into());
    };
    if ruleset.amendment.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    act.find(&rules::R04, Finding::Met, [("before", before.to_string().into())]);
    // Whatever day the decision names, records taken before the rule set keep their findings.
    let result = if since <= body.effective { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R95,
        result,
        [("effective", body.effective.to_string().into()), ("judged_from", since.to_string().into())],
    );
    let group_subject = act.subject("group")?;
    let mut group = act.require::<Group>(&group_subject)?;
    group.parent_meets = body.decision.next.or(group.parent_meets);
    if act.record_type() == RecordType::GroupRecharter {
        group.conclusion = None;
    }
    act.put(group_subject, group);
    act.put(subject, Ruleset { amendment: Some(Text(act.id())), ..ruleset });
    Ok(())
}

/// Rule R02, for both parents. The rule set stays in force until the new parent supersedes it.
pub(crate) fn transfer(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: GroupTransfer = act.body()?;
    body.decision.check()?;
    check_effective(act, body.effective.0)?;
    let to = body.to.0;
    if act.signed_as(Capacity::NewParent).is_none_or(|signatory| signatory.who != to) {
        return Err(Refusal::Field { field: "to", problem: "is not who signs as new-parent" }.into());
    }
    let group_subject = act.subject("group")?;
    let group = act.require::<Group>(&group_subject)?;
    if group.parent.0 == to {
        return Err(Refusal::Field { field: "to", problem: "is the parent group already" }.into());
    }
    let ruleset_subject = act.subject("ruleset")?;
    let ruleset = act.require::<Ruleset>(&ruleset_subject)?;
    act.find(&rules::R02, Finding::Met, [("new_parent", to.to_string().into())]);
    // The next meeting that was known is one of the former parent.
    act.put(group_subject, Group { parent: Text(to.clone()), parent_meets: None, ..group });
    act.put(ruleset_subject, Ruleset { by: Text(to), ..ruleset });
    Ok(())
}

/// Rule R40.
pub(crate) fn adopt_guideline(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: GuidelineAdopt = act.body()?;
    let subject = act.subject("guidelines")?;
    let current = act.load::<Guideline>(&subject)?.map_or(0, |guideline| guideline.version);
    if current.checked_add(1) != Some(body.version) {
        let number = Number::parse("guidelines").ok_or(Refusal::List { field: "version" })?;
        return Err(Refusal::StaleRevision { number, current, found: body.version }.into());
    }
    role::find_group_decision(act, &body.decision)?;
    act.give_number(&body.version.to_string());
    let record = Text(act.id());
    act.put(subject, Guideline { version: body.version, document: body.document.digest, record });
    Ok(())
}
