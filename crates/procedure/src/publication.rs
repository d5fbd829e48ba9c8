//! After the approval: obvious errors corrected, and the text published.

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    challenge,
    deliverable::{self, Deliverable, DeliverableStanding},
    document::{Document, PACKAGE_MAX, manifest},
    refusal::Refusal,
    rule::Rule,
    rules,
    text::{Label, Text, Title},
};

/// Body of `editorial.fix`: an obvious error in an agreed text is corrected, and nothing else.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EditorialFix {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// The manifest of the text before: its current one.
    pub before: Text<Digest>,
    /// Everything that belongs to the text after.
    pub documents: Vec<Document>,
    /// What kind of error it was.
    pub kind: EditorialKind,
    /// The document that shows the difference.
    pub difference: Document,
}

/// Body of `deliverable.publish`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeliverablePublish {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// The manifest of the text that is published: its current one.
    pub manifest: Text<Digest>,
    /// The files that are published.
    pub renditions: Vec<Document>,
    /// Where, such as the address of a page.
    pub address: Text<Title>,
}

/// What kind of error is corrected.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EditorialKind {
    /// Spelling or grammar.
    Typographical,
    /// A number, a heading or a reference.
    Reference,
    /// The layout.
    Layout,
}

/// Rule R109. What was called and determined stays on record as it was (rule R101).
pub(crate) fn fix(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: EditorialFix = act.body()?;
    let label = body.deliverable.0;
    let subject = act.deliverable_subject(&label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if deliverable.standing != DeliverableStanding::Approved {
        return Err(deliverable::step(label, &deliverable).into());
    }
    check_current(&deliverable, &rules::R109, body.before.0)?;
    if !(1..=PACKAGE_MAX).contains(&body.documents.len()) {
        return Err(Refusal::List { field: "documents" }.into());
    }
    let after = manifest(&body.documents);
    if after == body.before.0 {
        return Err(Refusal::Field { field: "documents", problem: "are those before: nothing is corrected" }.into());
    }
    deliverable.text = Some((Text(after), Text(act.id())));
    deliverable.fixes = deliverable.fixes.saturating_add(1);
    act.find(
        &rules::R109,
        Finding::Met,
        [
            ("before", body.before.to_string().into()),
            ("after", after.to_string().into()),
            ("fixes", deliverable.fixes.into()),
        ],
    );
    act.give_number(&format!("{label}v{}.{}", deliverable.version, deliverable.fixes));
    act.put(subject, deliverable);
    Ok(())
}

/// Rule R113.
pub(crate) fn publish(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DeliverablePublish = act.body()?;
    let label = body.deliverable.0;
    let subject = act.deliverable_subject(&label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    match deliverable.standing {
        DeliverableStanding::Approved | DeliverableStanding::Transmitted | DeliverableStanding::Disposed => {}
        DeliverableStanding::Adopted
        | DeliverableStanding::Drafting
        | DeliverableStanding::Stable
        | DeliverableStanding::Called
        | DeliverableStanding::Returned
        | DeliverableStanding::Discontinued => return Err(deliverable::step(label, &deliverable).into()),
    }
    challenge::check_none(&deliverable)?;
    check_current(&deliverable, &rules::R113, body.manifest.0)?;
    if !(1..=PACKAGE_MAX).contains(&body.renditions.len()) {
        return Err(Refusal::List { field: "renditions" }.into());
    }
    deliverable.publication = Some(Text(act.id()));
    act.find(
        &rules::R113,
        Finding::Met,
        [("manifest", body.manifest.to_string().into()), ("renditions", body.renditions.len().into())],
    );
    act.put(subject, deliverable);
    Ok(())
}

fn check_current(deliverable: &Deliverable, rule: &'static Rule, found: Digest) -> Result<(), Refusal> {
    let current = deliverable.manifest().unwrap_or(Digest::ZERO);
    if current == found {
        return Ok(());
    }
    Err(Refusal::OtherText { rule, current, found })
}
