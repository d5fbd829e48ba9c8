//! Redactions: a text that must not be kept gives way to one without what must go.

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop, Taken},
    contribution::Contribution,
    deliverable::{BaselinePublish, Deliverable},
    document::{self, Document},
    form,
    paper::Paper,
    publication::EditorialFix,
    record_type::RecordType,
    refusal::Refusal,
    rules,
    text::{Label, Number, Text},
};

/// Body of `document.redact`: of a contribution, another document or a deliverable, whose number and record stay.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRedact {
    /// The document's number, such as `DLT-I-001` or `D1.1`.
    pub document: Text<Number>,
    /// The record that published the text; for a version of a deliverable that is not the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Text<Digest>>,
    /// The manifest of the text that is redacted: any revision, addendum, corrigendum or version.
    pub before: Text<Digest>,
    /// The whole text without what must go.
    pub after: Vec<Document>,
    /// Why.
    pub ground: RedactionGround,
}

/// Why a text is redacted.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedactionGround {
    /// It holds personal data.
    PersonalData,
    /// It holds a secret, such as the key of a network.
    Secret,
    /// It holds what may not be distributed.
    Copyright,
    /// Another law requires it.
    Law,
}

impl RedactionGround {
    const fn as_str(self) -> &'static str {
        match self {
            Self::PersonalData => "personal data",
            Self::Secret => "secret",
            Self::Copyright => "copyright",
            Self::Law => "law",
        }
    }
}

/// Rule R61; what was withdrawn is redacted as well.
pub(crate) fn redact(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DocumentRedact = act.body()?;
    let after = Text(document::package(&body.after)?);
    let number = body.document.0.clone();
    if after == body.before {
        return Err(Refusal::NothingRedacted(number).into());
    }
    let label = Label::parse(number.as_str());
    if label.is_none() && body.published.is_some() {
        return Err(Refusal::Field { field: "published", problem: "is for a version of a deliverable" }.into());
    }
    let contribution = act.contribution_subject(&number)?;
    let redactions = if let Some(label) = label {
        redact_version(act, &label, &body, after)?
    } else if let Some(mut state) = act.load::<Contribution>(&contribution)? {
        let parts = state.parts.iter_mut().map(|part| &mut part.manifest);
        replace(parts.chain([&mut state.manifest]), body.before, after, &number)?;
        state.redactions = state.redactions.saturating_add(1);
        let redactions = state.redactions;
        act.put(contribution, state);
        redactions
    } else {
        let paper = act.document_subject(&number)?;
        let mut state = act.require::<Paper>(&paper)?;
        replace(state.earlier.iter_mut().chain([&mut state.manifest]), body.before, after, &number)?;
        state.redactions = state.redactions.saturating_add(1);
        let redactions = state.redactions;
        act.put(paper, state);
        redactions
    };
    act.find(
        &rules::R61,
        Finding::Met,
        [
            ("before", body.before.to_string().into()),
            ("after", after.to_string().into()),
            ("ground", body.ground.as_str().into()),
            ("redactions", redactions.into()),
        ],
    );
    act.give_number(number.as_str());
    Ok(())
}

/// A version keeps the manifest under which it was called and agreed (R101); the redacted text stands in for it.
fn redact_version(act: &mut Act<'_>, label: &Label, body: &DocumentRedact, after: Text<Digest>) -> Result<u32, Stop> {
    let subject = act.deliverable_subject(label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    let published = match &body.published {
        Some(record) => published(&act.taken(&record.0, &subject)?),
        None => deliverable.manifest(),
    };
    let mut is_known = false;
    for standing_in in deliverable.redactions.values_mut().filter(|standing_in| **standing_in == body.before) {
        *standing_in = after;
        is_known = true;
    }
    let is_first = !deliverable.redactions.contains_key(&body.before);
    if !is_known && is_first && published == Some(body.before.0) {
        deliverable.redactions.insert(body.before, after);
        is_known = true;
    }
    if !is_known {
        return Err(Refusal::NoSuchText { number: body.document.0.clone(), found: body.before.0 }.into());
    }
    if REDACTIONS_MAX < deliverable.redactions.len() {
        return Err(Refusal::Full(subject).into());
    }
    deliverable.redacted = deliverable.redacted.saturating_add(1);
    let redactions = deliverable.redacted;
    act.put(subject, deliverable);
    Ok(redactions)
}

/// The manifest of the text that a record published, if it is one that does.
fn published(taken: &Taken) -> Option<Digest> {
    let record = taken.file.record();
    let record_type = RecordType::parse(&record.record_type)?;
    let documents = if record_type == RecordType::BaselinePublish {
        form::read::<BaselinePublish>(record_type, &record.body).ok()?.documents
    } else if record_type == RecordType::EditorialFix {
        form::read::<EditorialFix>(record_type, &record.body).ok()?.documents
    } else {
        return None;
    };
    Some(document::manifest(&documents))
}

/// The most redacted texts of one deliverable.
const REDACTIONS_MAX: usize = 64;

/// The same text may stand in several parts; none of them keeps it.
fn replace<'a>(
    manifests: impl Iterator<Item = &'a mut Text<Digest>>,
    before: Text<Digest>,
    after: Text<Digest>,
    number: &Number,
) -> Result<(), Refusal> {
    let mut is_known = false;
    for manifest in manifests.filter(|manifest| **manifest == before) {
        *manifest = after;
        is_known = true;
    }
    if is_known { Ok(()) } else { Err(Refusal::NoSuchText { number: number.clone(), found: before.0 }) }
}
