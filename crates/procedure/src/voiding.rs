//! Voiding: a record that was made in error is marked void, while nothing depends on it.

use plenary_core::{entry::Finding, hash::Digest, subject::Subject};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Signatory, Stop, Taken},
    contribution::{Contribution, ContributionRegister},
    document::Document,
    first_meeting, meeting, minutes,
    record_type::{Capacity, RecordType},
    refusal::Refusal,
    registration::{Registration, RegistrationRegister},
    rules,
    state::SubjectState,
    text::{Label, Text},
};

/// Body of `record.void`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordVoid {
    /// The record: the announcement of a meeting, a registration, a contribution, a decision or a circular.
    pub record: Text<Digest>,
    /// The subject that it began.
    pub subject: Text<Subject>,
    /// Why.
    pub reason: Error,
    /// The document that holds the reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// What was wrong with a record.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Error {
    /// It was made by mistake.
    Mistake,
    /// It repeats another one.
    Duplicate,
    /// It was meant for another group or meeting.
    Misdirected,
    /// It was a trial.
    Trial,
}

impl Error {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Mistake => "mistake",
            Self::Duplicate => "duplicate",
            Self::Misdirected => "misdirected",
            Self::Trial => "trial",
        }
    }
}

/// The state of a subject whose only record was voided; its chain holds that record and the voiding.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Voided {
    /// The record that was voided.
    pub record: Text<Digest>,
    /// The record that voided it.
    pub by: Text<Digest>,
    /// What the subject was.
    pub was: Box<SubjectState>,
}

impl Voided {
    /// Whether the same may be recorded again: a registration has no number that could come back.
    pub fn may_recur(&self) -> bool {
        matches!(*self.was, SubjectState::Registration(_))
    }
}

/// Rule R92.
///
/// Nothing depends on a record when it is alone in the chain of the subject
/// that it began, and when that subject is all that it changed, registers
/// and the group's first meeting aside, which are put right here.
pub(crate) fn void(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: RecordVoid = act.body()?;
    let subject = body.subject.0;
    let taken = act.taken(&body.record.0, &subject)?;
    check_author(act, &taken)?;
    let record_type = RecordType::parse(&taken.file.record().record_type);
    let was = act.state(&subject)?;
    if matches!(was, Some(SubjectState::Voided(_))) {
        return Err(Refusal::Voided(subject).into());
    }
    let depends = |on: &Subject| Stop::from(Refusal::Depended { record: body.record.0, on: on.clone() });
    if act.chain_length(&subject)? != 1 {
        return Err(depends(&subject));
    }
    let put_right = match (record_type, &was) {
        (Some(RecordType::CircularPublish), Some(SubjectState::Circular(_))) => vec![subject.clone()],
        (Some(RecordType::MeetingAnnounce), Some(SubjectState::Meeting(_))) => take_meeting(act, &subject, &depends)?,
        (Some(RecordType::MeetingRegister), Some(SubjectState::Registration(registration))) => {
            vec![subject.clone(), take_registration(act, &taken, registration)?]
        }
        (Some(RecordType::ContributionSubmit), Some(SubjectState::Contribution(contribution))) => {
            vec![subject.clone(), take_contribution(act, contribution, &depends)?]
        }
        (Some(RecordType::DecisionRecord), Some(SubjectState::Decision(decision))) => {
            if let Some(meeting) = &decision.meeting {
                minutes::sitting(act, &meeting.0)?;
            }
            // It gave itself a number, and joined the chain of its object, which it left as it was.
            taken.outcome.subjects.clone()
        }
        _ => return Err(Refusal::NotVoidable(taken.file.record().record_type.clone()).into()),
    };
    let is_changed = |other: &&Subject| !put_right.contains(other) && !is_only_named(record_type, other);
    if let Some(other) = taken.outcome.subjects.iter().find(is_changed) {
        return Err(depends(other));
    }
    let Some(was) = was else {
        return Err(Refusal::Unknown(subject).into());
    };
    let facts = [("record", body.record.to_string().into()), ("reason", body.reason.as_str().into())];
    act.find(&rules::R92, Finding::Met, facts);
    let by = Text(act.id());
    act.put(subject, Voided { record: body.record, by, was: Box::new(was) });
    for subject in taken.outcome.subjects {
        act.join(subject)?;
    }
    Ok(())
}

/// Whether a record of this type joins the chain of `subject` because it names it, and leaves it as it is.
fn is_only_named(record_type: Option<RecordType>, subject: &Subject) -> bool {
    let parts: Vec<&str> = subject.as_str().split('/').collect();
    match parts.as_slice() {
        [_, "meeting", _] => {
            matches!(record_type, Some(RecordType::ContributionSubmit | RecordType::MeetingRegister))
        }
        [_, "decision" | "deliverable", _] => record_type == Some(RecordType::ContributionSubmit),
        _ => false,
    }
}

/// Who signed the record first signs its voiding too; the type asks for the secretariat.
fn check_author(act: &Act<'_>, taken: &Taken) -> Result<(), Stop> {
    let author = taken.file.record().signers.first().map(|signer| &signer.who);
    let is_author = |signatory: &&Signatory| Some(&signatory.who) == author;
    let others = act.signatories().iter().filter(|signatory| signatory.capacity != Capacity::Secretariat);
    let stranger = others.clone().find(|signatory| !is_author(signatory));
    if stranger.is_none() && act.signatories().iter().any(|signatory| is_author(&signatory)) {
        return Ok(());
    }
    let who = stranger.map_or_else(|| act.actor().map(|actor| actor.who), |stranger| Ok(stranger.who.clone()))?;
    Err(Refusal::NotYours { who }.into())
}

/// A registration, a contribution or an agenda would stand in its chain; the lifetime follows as if it were cancelled.
fn take_meeting(
    act: &mut Act<'_>,
    subject: &Subject,
    depends: &impl Fn(&Subject) -> Stop,
) -> Result<Vec<Subject>, Stop> {
    let label = subject.as_str().rsplit('/').next().and_then(Label::parse).map(Text).ok_or_else(|| depends(subject))?;
    first_meeting::cancelled(act, &label)?;
    meeting::change_list(act, |list| list.remove(&label))?;
    Ok(vec![subject.clone(), act.subject("group")?, act.subject("meetings")?])
}

fn take_registration(act: &mut Act<'_>, taken: &Taken, registration: &Registration) -> Result<Subject, Stop> {
    let is_register = |subject: &&Subject| subject.as_str().ends_with("/registrations");
    let unknown = || Refusal::NotVoidable(taken.file.record().record_type.clone());
    let subject = taken.outcome.subjects.iter().find(is_register).cloned().ok_or_else(unknown)?;
    let mut register = act.require::<RegistrationRegister>(&subject)?;
    register.count(registration.mode, None);
    act.put(subject.clone(), register);
    Ok(subject)
}

/// No agenda can name it yet. The number stays given (R54).
fn take_contribution(
    act: &mut Act<'_>,
    contribution: &Contribution,
    depends: &impl Fn(&Subject) -> Stop,
) -> Result<Subject, Stop> {
    let agenda = act.subject(&format!("meeting/{}/agenda", contribution.meeting))?;
    if act.chain_length(&agenda)? != 0 {
        return Err(depends(&agenda));
    }
    let subject = act.subject("contributions")?;
    let mut register = act.require::<ContributionRegister>(&subject)?;
    if let Some(count) = register.received.get_mut(&contribution.meeting) {
        *count = count.saturating_sub(1);
    }
    for source in &contribution.sources {
        if let Some(count) = register.sources.get_mut(source) {
            *count = count.saturating_sub(1);
        }
    }
    act.put(subject.clone(), register);
    Ok(subject)
}
