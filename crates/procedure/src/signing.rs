//! Who signs a record: keys and roles in force at ledger time (rules L03 and L04).

use plenary_core::{entry::Finding, record::Name};
use serde_json::Value;

use crate::{
    act::{Act, Signatory, Stop},
    contribution::Contribution,
    objection,
    organization::Organization,
    paper::Paper,
    participant::Participant,
    record_type::{Capacity, RecordType, Signing},
    refusal::Refusal,
    role::{self, Role},
    rules,
    ruleset::ChairSigning,
    text::{Label, Number, Pid, Spelled, Text},
    validators::Validators,
};

pub(crate) fn check(act: &mut Act<'_>) -> Result<(), Stop> {
    check_set(act)?;
    for signatory in act.signatories().to_vec() {
        if signatory.capacity == Capacity::NewKey {
            // The body says which key that must be; its own type checks it.
            continue;
        }
        if signatory.capacity == Capacity::Validator {
            check_validator(act, &signatory)?;
            continue;
        }
        match Pid::parse(signatory.who.as_str()) {
            Some(pid) => check_participant(act, &pid, &signatory)?,
            None => check_organization(act, &signatory)?,
        }
    }
    check_chairs(act)
}

/// The signers are exactly one of the sets that the type asks for.
fn check_set(act: &Act<'_>) -> Result<(), Refusal> {
    let record_type = act.record_type();
    let found = capacities(act);
    let serves = |needed: &Capacity| found.iter().any(|capacity| capacity.serves_as(*needed));
    let is_asked = |signing: Signing, capacity: Capacity| signing.iter().any(|needed| capacity.serves_as(*needed));
    let complete: Vec<Signing> =
        record_type.signing().iter().copied().filter(|signing| signing.iter().all(serves)).collect();
    if complete.iter().any(|signing| signing.len() == found.len()) {
        return Ok(());
    }
    if let Some(signing) = complete.first() {
        let is_surplus = |(at, capacity): &(usize, &Capacity)| {
            !is_asked(signing, **capacity) || found.iter().take(*at).any(|other| serve_alike(*other, **capacity))
        };
        let surplus = found.iter().enumerate().find(is_surplus).map_or(Capacity::NewKey, |(_, capacity)| *capacity);
        return Err(Refusal::SignerSurplus { record_type, surplus });
    }
    // The set that is nearest to what was signed tells best what is missing; of several, the first.
    let nearest = record_type.signing().iter().rev().max_by_key(|signing| {
        let present = signing.iter().filter(|needed| serves(needed)).count();
        (present, std::cmp::Reverse(signing.len()))
    });
    let needed = nearest.and_then(|signing| signing.iter().copied().find(|needed| !serves(needed)));
    Err(Refusal::SignerMissing { record_type, needed: needed.unwrap_or(Capacity::Secretariat) })
}

/// The capacities of the signers; co-chairs who sign together are one, and so are the operators who change the validators.
fn capacities(act: &Act<'_>) -> Vec<Capacity> {
    let is_together = sign_together(act);
    let mut found = Vec::new();
    for Signatory { capacity, .. } in act.signatories() {
        let is_one_of_many = (is_together && *capacity == Capacity::Chair)
            || (act.record_type() == RecordType::ValidatorsChange && *capacity == Capacity::Operator);
        if !(is_one_of_many && found.contains(capacity)) {
            found.push(*capacity);
        }
    }
    found
}

fn serve_alike(one: Capacity, other: Capacity) -> bool {
    one.serves_as(other) || other.serves_as(one)
}

fn sign_together(act: &Act<'_>) -> bool {
    act.group().is_ok_and(|group| group.chairs == ChairSigning::All)
}

/// Rule R17: where co-chairs sign together, each who is in office; an acting chair stands in for them all.
fn check_chairs(act: &mut Act<'_>) -> Result<(), Stop> {
    let signed: Vec<Name> = act
        .signatories()
        .iter()
        .filter(|signatory| signatory.capacity == Capacity::Chair)
        .map(|signatory| signatory.who.clone())
        .collect();
    if signed.is_empty() || !sign_together(act) {
        return Ok(());
    }
    let subject = act.subject("role/chair")?;
    let chairs = act.load::<Role>(&subject)?.unwrap_or_default();
    for holder in chairs.held_at(act.time()) {
        let who = holder.who.0.as_name();
        if !signed.contains(who) {
            return Err(Refusal::CoChairMissing(who.clone()).into());
        }
    }
    act.find(&rules::R17, Finding::Met, [("chairs", signed.len().into())]);
    Ok(())
}

fn check_participant(act: &mut Act<'_>, pid: &Pid, signatory: &Signatory) -> Result<(), Stop> {
    let subject = act.participant_subject(pid)?;
    let participant = act.load::<Participant>(&subject)?;
    let participant = participant.ok_or_else(|| Refusal::UnknownSigner(signatory.who.clone()))?;
    participant.check_current(pid)?;
    participant.keys.check(&signatory.who, &signatory.key, act.time())?;
    let path = match signatory.capacity {
        Capacity::Participant => return Ok(()),
        Capacity::Chair => "role/chair".to_owned(),
        Capacity::ActingChair => "role/acting-chair".to_owned(),
        Capacity::ViceChair => "role/vice-chair".to_owned(),
        Capacity::WorkingGroupLead => match working_group_of(act)? {
            Some(working_group) => role::lead_path(&working_group),
            None => return Err(not_held(act, signatory)),
        },
        Capacity::PrivacyOfficer => role::PRIVACY_OFFICER.to_owned(),
        Capacity::Editor => match deliverable_of(act)? {
            Some(deliverable) => role::editor_path(&deliverable),
            None => return Err(not_held(act, signatory)),
        },
        Capacity::Delegate => match &participant.organization {
            Some(organization) => format!("role/delegate/{organization}"),
            None => return Err(not_held(act, signatory)),
        },
        Capacity::Parent
        | Capacity::NewParent
        | Capacity::Secretariat
        | Capacity::Organization
        | Capacity::Operator
        | Capacity::Validator
        | Capacity::NewKey => return Err(not_held(act, signatory)),
    };
    let subject = act.subject(&path)?;
    let time = act.time();
    match act.load::<Role>(&subject)? {
        Some(role) if role.is_held_by(pid, time) => Ok(()),
        Some(_) | None => Err(not_held(act, signatory)),
    }
}

fn check_organization(act: &mut Act<'_>, signatory: &Signatory) -> Result<(), Stop> {
    let subject = act.organization_subject(&signatory.who)?;
    let organization = act.load::<Organization>(&subject)?;
    let organization = organization.ok_or_else(|| Refusal::UnknownSigner(signatory.who.clone()))?;
    organization.check_key(signatory, act.record_type(), act.time())?;
    let is_group_s = |name: Option<&Name>| name.is_none_or(|name| *name == signatory.who);
    let group = act.group().ok();
    let is_held = match signatory.capacity {
        Capacity::Organization => true,
        Capacity::Operator => {
            let (_, validators) = Validators::load(act)?;
            validators.present.seats_run_by(&signatory.who) > 0
        }
        Capacity::Parent => is_group_s(group.map(|group| &group.parent.0)) && stands(&organization, Capacity::Parent),
        // Whichever parent group the genesis line names; the record's own type ties it to the group.
        Capacity::NewParent => stands(&organization, Capacity::Parent),
        Capacity::Secretariat => {
            is_group_s(group.map(|group| &group.secretariat.0)) && stands(&organization, Capacity::Secretariat)
        }
        Capacity::Chair
        | Capacity::ActingChair
        | Capacity::ViceChair
        | Capacity::WorkingGroupLead
        | Capacity::Editor
        | Capacity::Participant
        | Capacity::Delegate
        | Capacity::PrivacyOfficer
        | Capacity::Validator
        | Capacity::NewKey => false,
    };
    if is_held { Ok(()) } else { Err(not_held(act, signatory)) }
}

/// A validator in office signs with the key that makes blocks final.
fn check_validator(act: &mut Act<'_>, signatory: &Signatory) -> Result<(), Stop> {
    let (_, validators) = Validators::load(act)?;
    let seat = validators.present.seat(&signatory.who);
    if seat.is_none() {
        return Err(not_held(act, signatory));
    }
    if validators.present.signs(&signatory.who, &signatory.key) {
        return Ok(());
    }
    Err(Refusal::UnknownKey(signatory.who.clone()).into())
}

fn stands(organization: &Organization, capacity: Capacity) -> bool {
    organization.standing.iter().any(|role| role.0.as_str() == capacity.as_str())
}

fn not_held(act: &Act<'_>, signatory: &Signatory) -> Stop {
    Refusal::RoleNotHeld { who: signatory.who.clone(), capacity: signatory.capacity, time: act.time() }.into()
}

/// A field of the body, if it is text.
fn text<'a>(act: &Act<'a>, field: &str) -> Option<&'a str> {
    act.record().body.get(field).and_then(Value::as_str)
}

/// The working group to which the body's contribution is allocated, that its document is of, or that the body names.
fn working_group_of(act: &mut Act<'_>) -> Result<Option<Label>, Stop> {
    let working_group = if let Some(number) = text(act, "contribution").and_then(Number::read) {
        let subject = act.contribution_subject(&number)?;
        let allocation = act.load::<Contribution>(&subject)?.and_then(|contribution| contribution.allocation);
        allocation.and_then(|allocation| allocation.working_group)
    } else if let Some(paper) = paper_of(act)? {
        paper.working_group
    } else {
        text(act, "working_group").and_then(Label::parse).map(Text)
    };
    Ok(working_group.map(|working_group| working_group.0))
}

/// The deliverable that the body names, by itself or in the number of a call or an objection, or that its document is about.
fn deliverable_of(act: &mut Act<'_>) -> Result<Option<Label>, Stop> {
    let number = |field: &str| text(act, field).and_then(Number::read);
    let plain = || text(act, "deliverable").and_then(Label::parse);
    let named = plain()
        .or_else(|| number("call").and_then(|call| objection::deliverable_of(&call)))
        .or_else(|| number("objection").and_then(|objection| objection::deliverable_of(&objection)));
    match named {
        Some(deliverable) => Ok(Some(deliverable)),
        None => Ok(paper_of(act)?.and_then(|paper| paper.deliverable).map(|deliverable| deliverable.0)),
    }
}

fn paper_of(act: &mut Act<'_>) -> Result<Option<Paper>, Stop> {
    let Some(number) = text(act, "document").and_then(Number::read) else {
        return Ok(None);
    };
    let subject = act.document_subject(&number)?;
    act.load(&subject)
}
