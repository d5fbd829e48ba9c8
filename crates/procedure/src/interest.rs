//! Interests in a matter: declared by whom they concern, who then does not decide on it.

use plenary_core::{entry::Finding, hash::Digest, record::Name};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop},
    deliverable::Deliverable,
    document::Document,
    objection,
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Holder, Role},
    rules,
    ruleset::ChairSigning,
    text::{Label, Number, Text},
};

/// Body of `coi.declare`. Exactly one of `deliverable` and `objection` is stated.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CoiDeclare {
    /// The deliverable in which the signer has an interest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<Text<Label>>,
    /// The objection in which the signer has an interest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<Text<Number>>,
    /// What kind of interest it is.
    pub nature: InterestNature,
    /// The document that explains it, which names no other person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// The kind of an interest; more is not asked.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterestNature {
    /// The employer's, or a client's.
    Employer,
    /// A patent or another right in the text.
    Patent,
    /// Money.
    Financial,
    /// A part in the text or in what it competes with.
    Authorship,
    /// Something personal, which the ledger need not know.
    Personal,
}

impl InterestNature {
    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Employer => "employer",
            Self::Patent => "patent",
            Self::Financial => "financial",
            Self::Authorship => "authorship",
            Self::Personal => "personal",
        }
    }
}

/// An interest as its deliverable remembers it; it stays.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Interest {
    /// Who declared it.
    pub who: Text<Name>,
    /// The objection that it is about; none where it is about the deliverable.
    pub objection: Option<Text<Number>>,
    /// What kind of interest it is.
    pub nature: InterestNature,
    /// The record.
    pub record: Text<Digest>,
}

impl Interest {
    fn bars(&self, who: &Name, objection: Option<&Number>) -> bool {
        let is_about = match (&self.objection, objection) {
            (None, _) | (Some(_), None) => true,
            (Some(declared), Some(asked)) => declared.0 == *asked,
        };
        self.who.0 == *who && is_about
    }
}

/// The most interests in one deliverable.
pub const INTERESTS_MAX: usize = 256;

/// What a refusal says of somebody who declared an interest.
pub(crate) const DECLARED: &str = "has declared an interest in";

/// Rule R16. Who declares again says what kind of interest it is now.
pub(crate) fn declare(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CoiDeclare = act.body()?;
    let label = match (body.deliverable, &body.objection) {
        (Some(deliverable), None) => deliverable.0,
        (None, Some(number)) => objection::deliverable_of(&number.0).ok_or(Refusal::Field {
            field: "objection",
            problem: "is not the number of an objection, such as D1.1-OBJ-1",
        })?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::Field { field: "deliverable", problem: "or objection is stated, and not both" }.into());
        }
    };
    let subject = act.deliverable_subject(&label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if let Some(number) = &body.objection
        && deliverable.objections.iter().all(|objection| objection.number != *number)
    {
        return Err(Refusal::ObjectionStep { objection: number.0.clone(), standing: "not recorded" }.into());
    }
    let who = Text(act.actor()?.who);
    deliverable.interests.retain(|interest| interest.who != who || interest.objection != body.objection);
    if INTERESTS_MAX <= deliverable.interests.len() {
        return Err(Refusal::Full(subject).into());
    }
    act.find(&rules::R16, Finding::Met, [("nature", body.nature.as_str().into())]);
    let (objection, nature, record) = (body.objection, body.nature, Text(act.id()));
    deliverable.interests.push(Interest { who, objection, nature, record });
    act.put(subject, deliverable);
    Ok(())
}

/// Rules R16 and R104: the chair, unless the chair has an interest; then a vice-chair who has none.
///
/// An interest in one objection bars from that one, and from determining on the text (no `objection`).
///
/// Of co-chairs who sign together each must be free of interests, and a
/// vice-chair stands in where one is not.
pub(crate) fn check(
    act: &mut Act<'_>,
    label: &Label,
    deliverable: &Deliverable,
    objection: Option<&Number>,
) -> Result<(), Stop> {
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
            Some("is editor of")
        } else if deliverable.objections.iter().any(|objection| objection.signed_by.0 == *who) {
            Some("is objector of")
        } else if deliverable.interests.iter().any(|interest| interest.bars(who, objection)) {
            Some(DECLARED)
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
