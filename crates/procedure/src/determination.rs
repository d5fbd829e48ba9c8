//! Determinations: the chair says whether the group agreed, and the ledger
//! checks that the chair may say so.

use plenary_core::{entry::Finding, hash::Digest, record::Name};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop},
    call::{self, Call, CallStanding},
    deliverable::{Deliverable, DeliverableStanding},
    document::Document,
    meeting::Meeting,
    objection::{Disposition, ObjectionStanding},
    patent,
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Basis, Holder, Role},
    rules,
    ruleset::ChairSigning,
    text::{Label, Number, Text},
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
    check_interest(act, &label, &deliverable)?;
    if call.manifest != body.manifest {
        return Err(Refusal::TextChanged { called: call.manifest.0, found: body.manifest.0 }.into());
    }
    role_find(act, &body);
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
        }
    }
    call.standing = CallStanding::Determined;
    act.give_number(call.number.0.as_str());
    call::store(act, &label, deliverable, call)
}

fn role_find(act: &mut Act<'_>, body: &Determine) {
    let result = match body.result {
        DeterminationResult::Approved => "approved",
        DeterminationResult::NotApproved => "not approved",
    };
    let level = body.level.as_str();
    act.find(&rules::R105, Finding::Met, [("determined", result.into()), ("level", level.into())]);
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

/// Rule R104: the chair, unless the chair has an interest; then a vice-chair who has none.
///
/// Of co-chairs who sign together each must be free of interests, and a
/// vice-chair stands in where one is not.
pub(crate) fn check_interest(act: &mut Act<'_>, label: &Label, deliverable: &Deliverable) -> Result<(), Stop> {
    let signed = |capacity: Capacity| -> Vec<Signatory> {
        act.signatories().iter().filter(|signatory| signatory.capacity.serves_as(capacity)).cloned().collect()
    };
    let by_chairs = signed(Capacity::Chair);
    let by_vice_chair = by_chairs.is_empty();
    let signatories = if by_vice_chair { signed(Capacity::ViceChair) } else { by_chairs };
    let Some(by) = signatories.first().map(|signatory| signatory.capacity) else {
        return Ok(());
    };
    let editors = act.subject(&role::editor_path(label))?;
    let editors = act.load::<Role>(&editors)?.unwrap_or_default();
    let interest = |who: &Name| {
        if editors.holders.iter().any(|holder| holder.who.0.as_name() == who) {
            Some("editor")
        } else if deliverable.objections.iter().any(|objection| objection.signed_by.0 == *who) {
            Some("objector")
        } else {
            None
        }
    };
    for signatory in &signatories {
        if let Some(interest) = interest(&signatory.who) {
            let who = signatory.who.clone();
            return Err(Refusal::Conflict { who, interest, deliverable: label.clone() }.into());
        }
    }
    if by_vice_chair {
        let together = act.group()?.chairs == ChairSigning::All;
        for path in ["role/chair", "role/acting-chair"] {
            let subject = act.subject(path)?;
            let chairs = act.load::<Role>(&subject)?.unwrap_or_default();
            let is_free = |holder: &Holder| interest(holder.who.0.as_name()).is_none();
            let (all, free) = chairs.held_at(act.time()).fold((0_u32, 0_u32), |(all, free), holder| {
                (all.saturating_add(1), free.saturating_add(u32::from(is_free(holder))))
            });
            if 0 < free && (free == all || !together) {
                return Err(Refusal::ChairAvailable.into());
            }
        }
    }
    act.find(&rules::R104, Finding::Met, [("by", by.as_str().into())]);
    Ok(())
}
