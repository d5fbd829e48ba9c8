//! Interests in a matter: declared by whom they concern, who then does not decide on it.

use plenary_core::{entry::Finding, hash::Digest, record::Name, subject::Subject};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop},
    deliverable::Deliverable,
    document::Document,
    liaison::{self, Liaison},
    objection,
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Holder, Role},
    rules,
    ruleset::ChairSigning,
    text::{Label, Number, Text},
};

/// Body of `coi.declare`. Exactly one of `deliverable`, `objection` and `liaison` is stated.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CoiDeclare {
    /// The deliverable in which the signer has an interest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<Text<Label>>,
    /// The objection in which the signer has an interest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<Text<Number>>,
    /// The liaison statement in which the signer has an interest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liaison: Option<Text<Number>>,
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

/// An interest as its deliverable or liaison statement remembers it; it stays.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Interest {
    /// Who declared it.
    pub who: Text<Name>,
    /// The objection that it is about; none where it is about the whole.
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

/// The most interests in one deliverable or liaison statement.
pub const INTERESTS_MAX: usize = 256;

/// What a refusal says of somebody who declared an interest.
pub(crate) const DECLARED: &str = "has declared an interest in";

/// Rule R16. Who declares again says what kind of interest it is now.
pub(crate) fn declare(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CoiDeclare = act.body()?;
    let interest = Interest {
        who: Text(act.actor()?.who),
        objection: body.objection.clone(),
        nature: body.nature,
        record: Text(act.id()),
    };
    match (&body.deliverable, &body.objection, &body.liaison) {
        (Some(deliverable), None, None) => declare_in_deliverable(act, &deliverable.0, interest)?,
        (None, Some(number), None) => {
            let problem = "is not the number of an objection, such as D1.1-OBJ-1";
            let label = objection::deliverable_of(&number.0).ok_or(Refusal::Field { field: "objection", problem })?;
            declare_in_deliverable(act, &label, interest)?;
        }
        (None, None, Some(number)) => {
            let subject = liaison::subject(act, &number.0)?;
            let mut liaison = act.require::<Liaison>(&subject)?;
            add(&mut liaison.interests, interest, &subject)?;
            act.put(subject, liaison);
        }
        _ => {
            let problem = "or objection or liaison is stated, and one alone";
            return Err(Refusal::Field { field: "deliverable", problem }.into());
        }
    }
    act.find(&rules::R16, Finding::Met, [("nature", body.nature.as_str().into())]);
    Ok(())
}

fn declare_in_deliverable(act: &mut Act<'_>, label: &Label, interest: Interest) -> Result<(), Stop> {
    let subject = act.deliverable_subject(label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if let Some(number) = &interest.objection
        && deliverable.objections.iter().all(|objection| objection.number != *number)
    {
        return Err(Refusal::ObjectionStep { objection: number.0.clone(), standing: "not recorded" }.into());
    }
    add(&mut deliverable.interests, interest, &subject)?;
    act.put(subject, deliverable);
    Ok(())
}

fn add(interests: &mut Vec<Interest>, interest: Interest, subject: &Subject) -> Result<(), Refusal> {
    interests.retain(|known| known.who != interest.who || known.objection != interest.objection);
    if INTERESTS_MAX <= interests.len() {
        return Err(Refusal::Full(subject.clone()));
    }
    interests.push(interest);
    Ok(())
}

/// Rules R16 and R104: the chair, unless the chair has an interest; then a vice-chair who has none.
///
/// An interest in one objection bars from that one, and from determining on the text (no `objection`).
pub(crate) fn check(
    act: &mut Act<'_>,
    label: &Label,
    deliverable: &Deliverable,
    objection: Option<&Number>,
) -> Result<(), Stop> {
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
    if let Some(by) = check_free(act, label.as_str(), &interest)? {
        act.find(&rules::R104, Finding::Met, [("by", by.as_str().into())]);
    }
    Ok(())
}

/// Rule R16: who declared an interest in a liaison statement does not approve it.
pub(crate) fn check_liaison(act: &mut Act<'_>, number: &Number, liaison: &Liaison) -> Result<(), Stop> {
    let interest = |who: &Name| liaison.interests.iter().any(|known| known.who.0 == *who).then_some(DECLARED);
    if let Some(by) = check_free(act, number.as_str(), &interest)? {
        act.find(&rules::R16, Finding::Met, [("by", by.as_str().into())]);
    }
    Ok(())
}

/// Who decides, if chair or vice-chair does; none of those who sign so has an interest in the matter.
///
/// Of co-chairs who sign together each must be free of interests, and a
/// vice-chair stands in where one is not.
fn check_free(
    act: &mut Act<'_>,
    matter: &str,
    interest: &impl Fn(&Name) -> Option<&'static str>,
) -> Result<Option<Capacity>, Stop> {
    let signed = |capacity: Capacity| -> Vec<Signatory> {
        act.signatories().iter().filter(|signatory| signatory.capacity.serves_as(capacity)).cloned().collect()
    };
    let by_chairs = signed(Capacity::Chair);
    let by_vice_chair = by_chairs.is_empty();
    let signatories = if by_vice_chair { signed(Capacity::ViceChair) } else { by_chairs };
    let Some(by) = signatories.first().map(|signatory| signatory.capacity) else {
        return Ok(None);
    };
    for signatory in &signatories {
        if let Some(interest) = interest(&signatory.who) {
            let who = signatory.who.clone();
            return Err(Refusal::Conflict { who, interest, matter: matter.to_owned() }.into());
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
    Ok(Some(by))
}
