//! Corrections: a record says what was wrong in another one, which is never rewritten.

use std::fmt;

use plenary_core::{
    entry::Finding,
    hash::Digest,
    record::Record,
    subject::Subject,
    time::{Date, Moment},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    act::{Act, Stop, Taken},
    document::Document,
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Label, Spelled, Text},
};

/// Body of `record.correct`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RecordCorrect {
    /// The record that is wrong.
    pub record: Text<Digest>,
    /// A subject whose chain that record joined; the correction joins each of them as well.
    pub subject: Text<Subject>,
    /// The field that is wrong: `at`, or a path in the body.
    pub field: Text<FieldPath>,
    /// What is right.
    pub new: Corrected,
    /// What shows it.
    pub evidence: Evidence,
}

/// The value that a field should have had, of the kind that it has; never text about people.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corrected {
    /// A date.
    Date(Text<Date>),
    /// A time.
    Moment(Text<Moment>),
    /// A number of days, of people or of bytes.
    Count(u64),
    /// A label, such as the number of a circular.
    Label(Text<Label>),
}

/// What shows that a record is wrong.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Its class.
    pub class: EvidenceClass,
    /// The evidence itself.
    pub document: Document,
}

/// The class of a piece of evidence.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceClass {
    /// A decision, or a report that holds it.
    Report,
    /// A notice, a circular or another publication.
    Publication,
    /// A message as it was received.
    Message,
    /// What a system recorded.
    SystemLog,
    /// A statement of who was there.
    Statement,
}

/// A path to a field of a body, such as `starts.date` or `documents.0.bytes`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldPath(String);

impl FieldPath {
    const BYTES_MAX: usize = 80;
    const PARTS_MAX: usize = 8;
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Spelled for FieldPath {
    const FORM: &'static str = "the path of a field, such as starts.date";

    fn read(text: &str) -> Option<Self> {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        let is_path =
            text.len() <= Self::BYTES_MAX && text.split('.').count() <= Self::PARTS_MAX && text.split('.').all(is_part);
        is_path.then(|| Self(text.to_owned()))
    }
}

/// The corrections of the records on one subject, oldest first.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Corrections {
    /// One line each.
    pub lines: Vec<CorrectionLine>,
}

/// One correction.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CorrectionLine {
    /// The record that is wrong.
    pub record: Text<Digest>,
    /// The field.
    pub field: Text<FieldPath>,
    /// What is right, in words.
    pub new: String,
    /// The record of the correction.
    pub correction: Text<Digest>,
}

impl Corrections {
    /// The most corrections of one subject.
    pub const LINES_MAX: usize = 256;
}

impl Corrected {
    /// Whether a field that holds `stated` can hold this.
    fn fits(&self, stated: &Value) -> bool {
        let text = stated.as_str();
        match self {
            Self::Date(_) => text.and_then(Date::parse).is_some(),
            Self::Moment(_) => text.and_then(Moment::parse).is_some(),
            Self::Count(_) => stated.is_u64(),
            Self::Label(_) => text.and_then(Label::parse).is_some(),
        }
    }
}

impl fmt::Display for Corrected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Moment(moment) => moment.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Label(label) => label.fmt(f),
        }
    }
}

/// Rules R90 and R91.
///
/// What was judged by the wrong value stays judged by it: who needs another
/// outcome records the step that brings it, such as an amended notice.
pub(crate) fn correct(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: RecordCorrect = act.body()?;
    let subject = body.subject.0.clone();
    check_scope(act, &subject)?;
    let taken = act.taken(&body.record.0, &subject)?;
    check_author(act, &taken)?;
    let stated = stated(taken.file.record(), &body.field.0)?;
    if !body.new.fits(&stated) {
        return Err(Refusal::Correction("names a value of another kind than the field has").into());
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (stated, new) = (text(&stated), body.new.to_string());

    check_one_list(act, &taken.outcome.subjects, &body)?;
    let list = list_of(&subject).ok_or_else(|| Refusal::Full(subject.clone()))?;
    let mut corrections = act.load::<Corrections>(&list)?.unwrap_or_default();
    let last = corrections.lines.iter().rfind(|line| line.record == body.record && line.field == body.field);
    let stood = last.map_or(&stated, |line| &line.new).clone();
    if stood == new {
        return Err(Refusal::Correction("names the value that stands").into());
    }
    if Corrections::LINES_MAX <= corrections.lines.len() {
        return Err(Refusal::Full(list).into());
    }
    act.find(
        &rules::R90,
        Finding::Met,
        [
            ("record", body.record.to_string().into()),
            ("field", body.field.to_string().into()),
            ("stated", stated.into()),
            ("stood", stood.into()),
            ("corrected", new.clone().into()),
        ],
    );
    let correction = Text(act.id());
    corrections.lines.push(CorrectionLine { record: body.record, field: body.field, new, correction });
    act.find(&rules::R91, Finding::Met, [("corrections", corrections.lines.len().into())]);
    for subject in taken.outcome.subjects {
        act.join(subject)?;
    }
    act.put(list, corrections);
    Ok(())
}

fn list_of(subject: &Subject) -> Option<Subject> {
    Subject::parse(&format!("{subject}/corrections"))
}

/// One field is corrected under one of the record's subjects, so that it is plain which value stands.
fn check_one_list(act: &mut Act<'_>, subjects: &[Subject], body: &RecordCorrect) -> Result<(), Stop> {
    for list in subjects.iter().filter(|subject| **subject != body.subject.0).filter_map(list_of) {
        let corrections = act.load::<Corrections>(&list)?.unwrap_or_default();
        if corrections.lines.iter().any(|line| line.record == body.record && line.field == body.field) {
            let problem = "names a field that was corrected under another subject of that record";
            return Err(Refusal::Correction(problem).into());
        }
    }
    Ok(())
}

/// A group's records are corrected within the group.
fn check_scope(act: &Act<'_>, subject: &Subject) -> Result<(), Refusal> {
    let scope = act.record().group.as_ref().map_or_else(|| "organization/".to_owned(), |group| format!("{group}/"));
    if subject.as_str().starts_with(&scope) {
        return Ok(());
    }
    Err(Refusal::Field { field: "subject", problem: "does not belong to the group that the record names" })
}

/// The secretariat corrects any record, everybody else those that they signed.
fn check_author(act: &Act<'_>, taken: &Taken) -> Result<(), Stop> {
    let actor = act.actor()?;
    let is_author = || taken.file.record().signers.iter().any(|signer| signer.who == actor.who);
    if actor.capacity == Capacity::Secretariat || is_author() {
        return Ok(());
    }
    Err(Refusal::NotYours { who: actor.who }.into())
}

/// What the record states in a field.
fn stated(record: &Record, path: &FieldPath) -> Result<Value, Refusal> {
    if path.0 == "at" {
        return Ok(record.at.to_string().into());
    }
    let mut parts = path.0.split('.');
    let first = parts.next().and_then(|part| record.body.get(part));
    let found = parts.fold(first, |value, part| match value? {
        Value::Object(object) => object.get(part),
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    });
    found.cloned().ok_or(Refusal::Correction("names a field that the record does not have"))
}
