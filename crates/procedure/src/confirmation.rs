//! Confirmations: what the author says of a contribution that the secretariat entered.

use plenary_core::entry::Finding;
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    contribution::{self, Contribution},
    document::Document,
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Number, Text},
};

/// Body of `contribution.confirm`: the author signs what the secretariat entered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionConfirm {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// The revision that is confirmed: the current one.
    pub revision: u32,
}

/// Body of `contribution.dispute`: the author says that something is wrong with what the secretariat entered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionDispute {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// The revision that is disputed: the current one.
    pub revision: u32,
    /// What is wrong.
    pub ground: DisputeGround,
    /// The document that says more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<Document>,
}

/// What is wrong with what the secretariat entered.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisputeGround {
    /// The author did not send it.
    NotSent,
    /// It is not the text that was sent.
    OtherText,
    /// It was sent at another time.
    OtherTime,
    /// Its title, sources or another field differ.
    OtherFields,
}

impl DisputeGround {
    const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not sent",
            Self::OtherText => "other text",
            Self::OtherTime => "other time",
            Self::OtherFields => "other fields",
        }
    }
}

/// On whose word a contribution's current revision stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Word {
    /// The author signed it.
    Author,
    /// The secretariat entered it.
    Secretariat,
    /// The secretariat entered it, and the author confirmed it.
    Confirmed,
    /// The secretariat entered it, and the author disputes it.
    Disputed,
}

impl Word {
    /// The word under which this record enters a text.
    pub(crate) fn of(act: &Act<'_>) -> Self {
        if act.signed_as(Capacity::Secretariat).is_some() { Self::Secretariat } else { Self::Author }
    }
}

/// Rule R69; a dispute that is settled ends with a confirmation.
pub(crate) fn confirm(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionConfirm = act.body()?;
    let mut contribution = entered(act, &body.contribution.0, body.revision)?;
    act.find(&rules::R69, Finding::Met, [("revision", body.revision.into())]);
    contribution.word = Word::Confirmed;
    let subject = act.contribution_subject(&body.contribution.0)?;
    act.put(subject, contribution);
    Ok(())
}

/// Rule R69.
pub(crate) fn dispute(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionDispute = act.body()?;
    let mut contribution = entered(act, &body.contribution.0, body.revision)?;
    act.find(
        &rules::R69,
        Finding::Broken,
        [("ground", body.ground.as_str().into()), ("revision", body.revision.into())],
    );
    contribution.word = Word::Disputed;
    let subject = act.contribution_subject(&body.contribution.0)?;
    act.put(subject, contribution);
    Ok(())
}

/// A contribution of the signer's whose revision stands on the secretariat's word.
fn entered(act: &mut Act<'_>, number: &Number, revision: u32) -> Result<Contribution, Stop> {
    let contribution = contribution::current(act, number)?;
    contribution::check_source(act, number, &contribution)?;
    if contribution.revision != revision {
        return Err(Refusal::Field { field: "revision", problem: "is not the current one" }.into());
    }
    let standing = match contribution.word {
        Word::Secretariat | Word::Disputed => return Ok(contribution),
        Word::Author => "signed by its author",
        Word::Confirmed => "confirmed by its author",
    };
    Err(Refusal::ContributionStep { number: number.clone(), standing }.into())
}
