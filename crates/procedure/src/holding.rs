//! Holdings: which operators attest that they hold the bytes of a text.
//!
//! An attestation tells where a text can be had. It decides nothing: no
//! operator can hold up what the group agrees to by not attesting.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest, record::Name};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    contribution::Contribution,
    deliverable::Deliverable,
    paper::Paper,
    refusal::Refusal,
    rules,
    text::{Label, Number, Text},
    validators::Validators,
};

/// Body of `document.attest`: an organisation that runs a validator holds every byte of a text.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentAttest {
    /// The number of the contribution, document or deliverable.
    pub document: Text<Number>,
    /// The manifest of the text.
    pub manifest: Text<Digest>,
}

/// The state of one text: who holds it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Holding {
    /// The organisations that attested it.
    pub holders: BTreeSet<Text<Name>>,
}

/// The most holders of one text: the operators of several epochs.
pub const HOLDERS_MAX: usize = 64;

/// Rule R62.
pub(crate) fn attest(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DocumentAttest = act.body()?;
    let who = Text(act.actor()?.who);
    check_operator(act, &who)?;
    join(act, &body)?;
    let subject = act.subject(&format!("holding/{}", body.manifest.0.to_hex()))?;
    let mut holding = act.load::<Holding>(&subject)?.unwrap_or_default();
    if HOLDERS_MAX <= holding.holders.len() {
        return Err(Refusal::Full(subject).into());
    }
    if !holding.holders.insert(who) {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    let (found, needed) = (holding.holders.len(), act.parameters()?.document_holders);
    let is_available = u32::try_from(found).is_ok_and(|found| needed <= found);
    act.find(
        &rules::R62,
        if is_available { Finding::Met } else { Finding::Noted },
        [("document", body.document.to_string().into()), ("holders", found.into()), ("holders_needed", needed.into())],
    );
    act.put(subject, holding);
    Ok(())
}

fn check_operator(act: &mut Act<'_>, who: &Text<Name>) -> Result<(), Stop> {
    let no_operator = || Stop::from(Refusal::NoOperator(who.0.clone()));
    let (_, validators) = Validators::load(act)?;
    if validators.present.seats_run_by(&who.0) > 0 {
        return Ok(());
    }
    Err(no_operator())
}

/// The record joins the chain of what the text is of.
fn join(act: &mut Act<'_>, body: &DocumentAttest) -> Result<(), Stop> {
    let number = &body.document.0;
    let manifest = body.manifest;
    let is_known;
    if let Some(deliverable) = Label::parse(number.as_str()) {
        let subject = act.deliverable_subject(&deliverable)?;
        let state = act.require::<Deliverable>(&subject)?;
        is_known = state.manifest() == Some(manifest.0) || state.redactions.values().any(|after| *after == manifest);
        act.put(subject, state);
    } else {
        let subject = act.contribution_subject(number)?;
        if let Some(state) = act.load::<Contribution>(&subject)? {
            is_known = state.manifest == manifest || state.parts.iter().any(|part| part.manifest == manifest);
            act.put(subject, state);
        } else {
            let subject = act.document_subject(number)?;
            let state = act.require::<Paper>(&subject)?;
            is_known = state.manifest == manifest || state.earlier.contains(&manifest);
            act.put(subject, state);
        }
    }
    if is_known { Ok(()) } else { Err(Refusal::NoSuchText { number: number.clone(), found: manifest.0 }.into()) }
}
