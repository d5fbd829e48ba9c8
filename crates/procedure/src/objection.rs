//! Objections: raised with grounds, answered, withdrawn, disposed of with a reason.

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop},
    call,
    deliverable::Deliverable,
    document::Document,
    interest, position,
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Label, Number, Text, Title},
};

/// Body of `objection.raise`. Without grounds it is refused (rule R102).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRaise {
    /// The call's number, such as `D1.1-C1`.
    pub call: Text<Number>,
    /// What it is about.
    pub issue: Issue,
    /// The clause of the text that it is against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<Text<Title>>,
    /// The reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasons: Option<Document>,
    /// Whether some change would resolve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// The change that would resolve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Document>,
}

/// Body of `objection.respond`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionRespond {
    /// The objection's number, such as `D1.1-OBJ-1`.
    pub objection: Text<Number>,
    /// The response.
    pub response: Document,
    /// A text that might resolve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Document>,
    /// Until when the objector is asked to answer, by ledger time; only the chair asks so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<Text<Moment>>,
}

/// Body of `objection.withdraw`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionWithdraw {
    /// The objection's number.
    pub objection: Text<Number>,
    /// The version of the deliverable that satisfied the objector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfied_by: Option<u32>,
}

/// Body of `objection.dispose`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionDispose {
    /// The objection's number.
    pub objection: Text<Number>,
    /// What becomes of it.
    pub disposition: Disposition,
    /// The reason, which is never left out.
    pub reason: Document,
}

/// What an objection is about.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Issue {
    /// The substance.
    Technical,
    /// The way in which the text came about.
    Procedural,
    /// Law or patents.
    Legal,
}

/// Whether some change would resolve an objection.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// The change that goes with it.
    Change,
    /// None would.
    NonePossible,
}

/// What becomes of an objection. Only what is upheld stands against the text.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// The text was changed so that it is resolved.
    ResolvedByChange,
    /// It is no objection to this text.
    Invalid,
    /// It was considered and not followed.
    Rejected,
    /// It was considered, and other interests weigh more.
    Outweighed,
    /// It stands.
    Upheld,
}

impl Disposition {
    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ResolvedByChange => "resolved-by-change",
            Self::Invalid => "invalid",
            Self::Rejected => "rejected",
            Self::Outweighed => "outweighed",
            Self::Upheld => "upheld",
        }
    }
}

/// Where an objection stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ObjectionStanding {
    /// It awaits its disposition.
    Raised,
    /// The objector withdrew it.
    Withdrawn,
    /// It was disposed of.
    Disposed(Disposition),
}

impl ObjectionStanding {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "open",
            Self::Withdrawn => "withdrawn",
            Self::Disposed(disposition) => disposition.as_str(),
        }
    }
}

/// The state of an objection.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Objection {
    /// Its number.
    pub number: Text<Number>,
    /// The call in which it was raised.
    pub call: Text<Number>,
    /// Who raised it: a participant, or an organisation.
    pub by: Text<Name>,
    /// Who signed it.
    pub signed_by: Text<Name>,
    /// What it is about.
    pub issue: Issue,
    /// The manifest of the text that it is against.
    pub manifest: Text<Digest>,
    /// How often it was answered.
    pub responses: u32,
    /// Until when the objector is asked to answer, and has not yet.
    pub answer_by: Option<Text<Moment>>,
    /// Where it stands.
    pub standing: ObjectionStanding,
    /// The record of its disposition.
    pub disposed_by: Option<Text<Digest>>,
}

/// The most objections to one deliverable.
pub const OBJECTIONS_MAX: usize = 256;

/// The deliverable in the number of a call or an objection.
pub(crate) fn deliverable_of(number: &Number) -> Option<Label> {
    number.as_str().split_once('-').and_then(|(deliverable, _)| Label::parse(deliverable))
}

/// Rule R102.
pub(crate) fn raise(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ObjectionRaise = act.body()?;
    check_grounds(&body)?;
    let (label, mut deliverable, call) = call::load(act, &body.call.0)?;
    call.check_running(act)?;
    let subject = act.deliverable_subject(&label)?;
    if OBJECTIONS_MAX <= deliverable.objections.len() {
        return Err(Refusal::Full(subject).into());
    }
    let count = deliverable.objections.len().saturating_add(1);
    let number = Number::parse(&format!("{label}-OBJ-{count}")).ok_or_else(|| Refusal::Full(subject.clone()))?;
    let speaker = position::speaker(act)?;
    let signed_by = act.actor()?.who;
    act.find(&rules::R102, Finding::Met, [("speaks_as", speaker.capacity.as_str().into())]);
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    deliverable.objections.push(Objection {
        number: Text(number),
        call: body.call,
        by: Text(speaker.who),
        signed_by: Text(signed_by),
        issue: body.issue,
        manifest: call.manifest,
        responses: 0,
        answer_by: None,
        standing: ObjectionStanding::Raised,
        disposed_by: None,
    });
    act.put(subject, deliverable);
    Ok(())
}

fn check_grounds(body: &ObjectionRaise) -> Result<(), Refusal> {
    if body.clause.is_none() {
        return Err(Refusal::GroundsMissing("the clause that it is against"));
    }
    if body.reasons.is_none() {
        return Err(Refusal::GroundsMissing("its reasons"));
    }
    match (body.remedy, &body.change) {
        (Some(Remedy::Change), Some(_)) | (Some(Remedy::NonePossible), None) => Ok(()),
        (None, _) => Err(Refusal::GroundsMissing("the change that would resolve it, or that none would")),
        (Some(Remedy::Change), None) => Err(Refusal::GroundsMissing("the change that would resolve it")),
        (Some(Remedy::NonePossible), Some(_)) => {
            Err(Refusal::Field { field: "change", problem: "contradicts that none is possible" })
        }
    }
}

/// Changes one objection of its deliverable.
fn change(
    act: &mut Act<'_>,
    number: &Number,
    alter: impl FnOnce(&mut Act<'_>, &Label, &Deliverable, &mut Objection) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let problem = "is not the number of an objection, such as D1.1-OBJ-1";
    let label = deliverable_of(number).ok_or(Refusal::Field { field: "objection", problem })?;
    let subject = act.deliverable_subject(&label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    let known = deliverable.objections.iter().position(|objection| objection.number.0 == *number);
    let found = known.and_then(|at| deliverable.objections.get(at).cloned().map(|objection| (at, objection)));
    let Some((at, mut objection)) = found else {
        return Err(Refusal::ObjectionStep { objection: number.clone(), standing: "not recorded" }.into());
    };
    alter(act, &label, &deliverable, &mut objection)?;
    if let Some(place) = deliverable.objections.get_mut(at) {
        *place = objection;
    }
    act.put(subject, deliverable);
    Ok(())
}

fn step(objection: &Objection) -> Stop {
    let (number, standing) = (objection.number.0.clone(), objection.standing.as_str());
    Refusal::ObjectionStep { objection: number, standing }.into()
}

/// The chair may ask the objector to answer by a stated moment; the objector's own response answers.
pub(crate) fn respond(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ObjectionRespond = act.body()?;
    let speaker = position::speaker(act)?;
    change(act, &body.objection.0, |act, _, _, objection| {
        if objection.standing != ObjectionStanding::Raised {
            return Err(step(objection));
        }
        objection.responses = objection.responses.saturating_add(1);
        act.find(&rules::R103, Finding::Noted, [("responses", objection.responses.into())]);
        if speaker.who == objection.by.0 || speaker.who == objection.signed_by.0 {
            objection.answer_by = None;
        }
        if let Some(answer_by) = body.answer_by {
            ask(act, objection, answer_by)?;
        }
        Ok(())
    })
}

fn ask(act: &mut Act<'_>, objection: &mut Objection, answer_by: Text<Moment>) -> Result<(), Stop> {
    if act.signed_as(Capacity::Chair).is_none() {
        return Err(Refusal::Field { field: "answer_by", problem: "is for the chair to state" }.into());
    }
    if answer_by.0 <= act.time() {
        return Err(Refusal::Order { earlier: "ledger time", later: "answer_by" }.into());
    }
    act.add_fact("answer_by", answer_by.to_string().into());
    objection.answer_by = Some(answer_by);
    Ok(())
}

pub(crate) fn withdraw(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ObjectionWithdraw = act.body()?;
    let speaker: Signatory = position::speaker(act)?;
    change(act, &body.objection.0, |act, _, _, objection| {
        if objection.by.0 != speaker.who {
            return Err(Refusal::NotYours { who: speaker.who }.into());
        }
        match objection.standing {
            ObjectionStanding::Raised | ObjectionStanding::Disposed(Disposition::Upheld) => {}
            ObjectionStanding::Withdrawn | ObjectionStanding::Disposed(_) => return Err(step(objection)),
        }
        objection.standing = ObjectionStanding::Withdrawn;
        act.find(&rules::R103, Finding::Met, [("objection", objection.standing.as_str().into())]);
        Ok(())
    })
}

/// Rules R16, R103 and R104. Nothing is disposed of while the objector is asked to answer; one who is
/// silent holds up nothing after that. What was upheld can be disposed of anew, once the text has changed.
pub(crate) fn dispose(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ObjectionDispose = act.body()?;
    change(act, &body.objection.0, |act, label, deliverable, objection| {
        interest::check(act, label, deliverable, Some(&objection.number.0))?;
        if let Some(until) = objection.answer_by.filter(|until| act.time() <= until.0) {
            let (objection, time) = (objection.number.0.clone(), act.time());
            return Err(Refusal::AnswerAwaited { objection, until: until.0, time }.into());
        }
        let has_changed = deliverable.manifest() != Some(objection.manifest.0);
        match objection.standing {
            ObjectionStanding::Raised => {}
            ObjectionStanding::Disposed(Disposition::Upheld) if has_changed => {}
            ObjectionStanding::Withdrawn | ObjectionStanding::Disposed(_) => return Err(step(objection)),
        }
        if body.disposition == Disposition::ResolvedByChange && !has_changed {
            let problem = "says that the text was changed, and it was not";
            return Err(Refusal::Field { field: "disposition", problem }.into());
        }
        objection.standing = ObjectionStanding::Disposed(body.disposition);
        objection.disposed_by = Some(Text(act.id()));
        act.find(&rules::R103, Finding::Met, [("disposition", body.disposition.as_str().into())]);
        if let Some(until) = objection.answer_by.take() {
            act.add_fact("no_answer_by", until.to_string().into());
        }
        Ok(())
    })
}
