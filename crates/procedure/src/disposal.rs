//! What a meeting does with a document of another series than the contributions'.

use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    contribution::Contribution,
    meeting::Meeting,
    paper::Paper,
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Decider, Decision},
    text::{Label, Number, Text},
    treatment::{self, Disposal, Disposition},
};

/// Body of `document.dispose`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentDispose {
    /// The document's number.
    pub document: Text<Number>,
    /// What was done.
    pub disposition: Disposition,
    /// The document or contribution that it was merged into, or that supersedes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<Text<Number>>,
    /// The later meeting to which it is postponed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<Label>>,
    /// The decision; its `meeting` is stated where another one than the document's dealt with it.
    pub decision: Decision,
}

/// Rules R40 and R60. What was disposed of can still be revised: that is how an agreed output comes about.
pub(crate) fn dispose(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DocumentDispose = act.body()?;
    let number = body.document.0;
    let subject = act.document_subject(&number)?;
    let mut paper = act.require::<Paper>(&subject)?;
    if let Some(standing) = paper.withdrawn.map(|_| "withdrawn").or_else(|| paper.disposed()) {
        return Err(Refusal::DocumentStep { number, standing }.into());
    }
    if let Some(lead) = act.signed_as(Capacity::WorkingGroupLead).filter(|_| body.decision.by != Decider::WorkingGroup)
    {
        return Err(Refusal::NotYours { who: lead.who.clone() }.into());
    }
    role::find_basis(act, &body.decision)?;
    treatment::find_sitting(act, &number, &paper.meeting, body.decision.meeting)?;
    check_into(act, &number, body.disposition, body.into.as_ref())?;
    match (body.disposition, body.next) {
        (Disposition::Postponed, Some(next)) => {
            check_later(act, &paper.meeting, &next)?;
            paper.meeting = next;
        }
        (Disposition::Postponed, None) => {
            return Err(Refusal::Field { field: "next", problem: "is missing: to which meeting?" }.into());
        }
        (_, Some(_)) => {
            return Err(Refusal::Field { field: "next", problem: "belongs to what is postponed alone" }.into());
        }
        (disposition, None) => {
            paper.disposal = Some(Disposal { disposition, into: body.into, record: Text(act.id()) });
        }
    }
    act.give_number(number.as_str());
    act.put(subject, paper);
    Ok(())
}

/// What stands in its place is on record, as a document or as a contribution.
fn check_into(
    act: &mut Act<'_>,
    number: &Number,
    disposition: Disposition,
    into: Option<&Text<Number>>,
) -> Result<(), Stop> {
    treatment::check_names_other(number, disposition, into)?;
    let Some(into) = into else {
        return Ok(());
    };
    let contribution = act.contribution_subject(&into.0)?;
    if act.load::<Contribution>(&contribution)?.is_some() {
        return act.join(contribution);
    }
    let paper = act.document_subject(&into.0)?;
    act.about::<Paper>(paper).map(|_| ())
}

fn check_later(act: &mut Act<'_>, from: &Text<Label>, to: &Text<Label>) -> Result<(), Stop> {
    let from = act.meeting_subject(&from.0)?;
    let from = act.require::<Meeting>(&from)?;
    let next = cancellation::not_cancelled(act, &to.0)?;
    if next.starts.instant <= from.starts.instant {
        return Err(Refusal::Order { earlier: "the meeting that it was for", later: "next" }.into());
    }
    if next.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: to.0.clone(), needed: "not yet closed" }.into());
    }
    let to = act.meeting_subject(&to.0)?;
    act.join(to)
}
