//! Redactions: a text that must not be kept gives way to one without what must go.

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    contribution::Contribution,
    document::{self, Document},
    paper::Paper,
    refusal::Refusal,
    rules,
    text::{Number, Text},
};

/// Body of `document.redact`: of a contribution or another document, whose number and record stay.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRedact {
    /// The document's number, such as `DLT-I-001`.
    pub document: Text<Number>,
    /// The manifest of the text that is redacted: any revision, addendum or corrigendum.
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
    let number = body.document.0;
    if after == body.before {
        return Err(Refusal::NothingRedacted(number).into());
    }
    let contribution = act.contribution_subject(&number)?;
    let redactions = if let Some(mut state) = act.load::<Contribution>(&contribution)? {
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
