//! Determinations: the chair says whether the group agreed, and the ledger
//! checks that the chair may say so.

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    call::{self, Call, CallStanding},
    deliverable::{Deliverable, DeliverableStanding},
    document::Document,
    interest,
    meeting::Meeting,
    objection::{Disposition, ObjectionStanding},
    patent,
    refusal::Refusal,
    role::Basis,
    rules,
    text::{Number, Text},
    waiver::granting,
};

/// Body of `determine`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Determine {
    /// The call's number, such as `D1.1-C1`.
    pub call: Text<Number>,
    /// The manifest of the text, which is the one that was called.
    pub manifest: Text<Digest>,
    /// What the chair determines.
    pub result: DeterminationResult,
    /// The level of agreement.
    pub level: Basis,
    /// What is decided, the significant objections and their disposition, and what would reopen it.
    pub statement: Document,
    /// The reservations, annexed to the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservations: Option<Document>,
}

/// What the chair determines.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeterminationResult {
    /// The group agrees to the text.
    Approved,
    /// It does not; the objections stay on record.
    NotApproved,
}

/// Rules R04, R36, R100, R101, R103 to R106.
/// Rules R36, R71, R74, R100, R101, R103 to R106.
///
/// Nothing here looks at how many stated which position (rule R105).
pub(crate) fn determine(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: Determine = act.body()?;
    let (label, mut deliverable, mut call) = call::load(act, &body.call.0)?;
    if call.standing != CallStanding::Closed {
        return Err(Refusal::CallStep { call: body.call.0, standing: call.standing.as_str() }.into());
    }
    call.check_ruleset(act)?;
    interest::check(act, &label, &deliverable, None)?;
    if call.manifest != body.manifest {
        return Err(Refusal::TextChanged { called: call.manifest.0, found: body.manifest.0 }.into());
    }
    role_find(act, &body, &call);
    match body.result {
        DeterminationResult::NotApproved => deliverable.standing = DeliverableStanding::Drafting,
        DeterminationResult::Approved => {
            check_text(act, &deliverable, &call)?;
            check_length(act, &deliverable, &call)?;
            check_patents(act, &call)?;
            patent::check_approval(act, &label, &deliverable.patents)?;
            check_objections(act, &deliverable, body.level)?;
            check_reservations(act, &call, body.reservations.is_some())?;
            deliverable.standing = DeliverableStanding::Approved;
            deliverable.approval = Some((Text(act.id()), body.level));
            deliverable.determined = Some(Text(act.time()));
        }
    }
    call.standing = CallStanding::Determined;
    act.give_number(call.number.0.as_str());
    call::store(act, &label, deliverable, call)
}

/// Rule R105; what several people of one organisation stated is shown beside it, and counts for nothing.
fn role_find(act: &mut Act<'_>, body: &Determine, call: &Call) {
    let result = match body.result {
        DeterminationResult::Approved => "approved",
        DeterminationResult::NotApproved => "not approved",
    };
    let level = body.level.as_str();
    act.find(
        &rules::R105,
        Finding::Met,
        [("determined", result.into()), ("level", level.into()), ("of_one_organization", call.clusters().into())],
    );
}

/// Rule R101.
fn check_text(act: &mut Act<'_>, deliverable: &Deliverable, call: &Call) -> Result<(), Stop> {
    let found = deliverable.manifest().unwrap_or(Digest::ZERO);
    if found != call.manifest.0 {
        return Err(Refusal::TextChanged { called: call.manifest.0, found }.into());
    }
    act.find(&rules::R101, Finding::Met, [("manifest", call.manifest.to_string().into())]);
    Ok(())
}

/// Rule R100.
fn check_length(act: &mut Act<'_>, deliverable: &Deliverable, call: &Call) -> Result<(), Stop> {
    let facts = [("days", call.days.into()), ("days_needed", call.days_needed.into())];
    if call.days_needed <= call.days {
        act.find(&rules::R100, Finding::Met, facts);
        return Ok(());
    }
    let Some(waiver) = granting(&deliverable.waivers, &rules::R100, call.days.into()) else {
        let (days, needed) = (call.days.into(), call.days_needed.into());
        return Err(Refusal::CallShort { call: call.number.0.clone(), days, needed }.into());
    };
    act.find(&rules::R100, Finding::Waived, facts);
    act.add_fact("waiver", waiver.record.to_string().into());
    Ok(())
}

/// Rule R36.
fn check_patents(act: &mut Act<'_>, call: &Call) -> Result<(), Stop> {
    let mut times_asked = call.patent_calls;
    if let Some(meeting) = &call.meeting {
        let subject = act.meeting_subject(&meeting.0)?;
        times_asked = times_asked.saturating_add(act.require::<Meeting>(&subject)?.patent_calls);
    }
    if times_asked == 0 {
        return Err(Refusal::PatentsUnasked(call.number.0.clone()).into());
    }
    act.find(&rules::R36, Finding::Met, [("times_asked", times_asked.into())]);
    Ok(())
}

/// Rule R103, and that the level stated is not contradicted by an objection.
fn check_objections(act: &mut Act<'_>, deliverable: &Deliverable, level: Basis) -> Result<(), Stop> {
    let mut overruled = 0_u32;
    for objection in &deliverable.objections {
        let number = objection.number.0.clone();
        match objection.standing {
            ObjectionStanding::Raised => return Err(Refusal::ObjectionOpen(number).into()),
            ObjectionStanding::Disposed(Disposition::Upheld) => return Err(Refusal::ObjectionUpheld(number).into()),
            ObjectionStanding::Disposed(Disposition::Rejected | Disposition::Outweighed) => {
                overruled = overruled.saturating_add(1);
            }
            ObjectionStanding::Withdrawn
            | ObjectionStanding::Disposed(Disposition::ResolvedByChange | Disposition::Invalid) => {}
        }
    }
    let claims_no_opposition = matches!(level, Basis::Unanimity | Basis::Unopposed);
    if claims_no_opposition && 0 < overruled {
        let problem = "says that nobody was against it, while an objection was rejected or outweighed";
        return Err(Refusal::Field { field: "level", problem }.into());
    }
    act.find(
        &rules::R103,
        Finding::Met,
        [("objections", deliverable.objections.len().into()), ("overruled", overruled.into())],
    );
    Ok(())
}

/// Rule R106.
fn check_reservations(act: &mut Act<'_>, call: &Call, are_annexed: bool) -> Result<(), Stop> {
    let stated = call.reservations.len();
    if 0 < stated && !are_annexed {
        let count = u64::try_from(stated).unwrap_or(u64::MAX);
        return Err(Refusal::ReservationsMissing { call: call.number.0.clone(), count }.into());
    }
    act.find(&rules::R106, Finding::Met, [("reservations", stated.into())]);
    Ok(())
}
