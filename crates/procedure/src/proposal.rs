//! Proposals of work items: what the group is asked to take up, before it has a number.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest, record::Name, subject::Subject, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    contribution::Contribution,
    deliverable::DeliverableKind,
    document::Document,
    organization::Organization,
    position,
    refusal::Refusal,
    rules,
    text::{Label, Number, Text, Title},
    working_group,
};

/// Body of `workitem.propose`, after the template of A.1, Annex A.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkItemPropose {
    /// The title of the work item.
    pub title: Text<Title>,
    /// Its kind.
    pub kind: DeliverableKind,
    /// The document that states its scope.
    pub scope: Document,
    /// The task of the terms of reference that it serves, such as `ToR 2.3 a`.
    pub task: Text<Title>,
    /// The contributions that it begins with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base: Vec<Text<Number>>,
    /// The working group that would do the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<Text<Label>>,
    /// When it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Text<Date>>,
    /// The organisations that support it, for information alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supporters: Vec<Text<Name>>,
}

/// Body of `workitem.withdraw`: its proposer takes a proposal back before it is adopted.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkItemWithdraw {
    /// The proposal, such as `P1`.
    pub proposal: Text<Label>,
    /// Why.
    pub reason: ProposalWithdrawal,
}

/// Why a proposal is withdrawn.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalWithdrawal {
    /// It was made by mistake.
    Mistake,
    /// Another proposal or work item takes its place.
    Superseded,
    /// Its proposer does not pursue it.
    NotPursued,
}

/// The proposals of a group.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProposalRegister {
    /// How many were made.
    pub given: u32,
}

/// The state of a proposal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Proposal {
    /// The title of the work item.
    pub title: Text<Title>,
    /// Its kind.
    pub kind: DeliverableKind,
    /// Who proposed it: a participant or an organisation.
    pub by: Text<Name>,
    /// The digest of the document that states its scope.
    pub scope: Text<Digest>,
    /// When it should be done.
    pub target: Option<Text<Date>>,
    /// Where it stands.
    pub standing: ProposalStanding,
}

/// Where a proposal stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ProposalStanding {
    /// It awaits the group's decision.
    Proposed,
    /// It is the work item of this number.
    Adopted(Text<Label>),
    /// Its proposer took it back.
    Withdrawn,
}

impl ProposalStanding {
    /// The word for it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Adopted(_) => "adopted",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// Rule R54: a proposal has a number of its own; that of the deliverable comes with its adoption.
pub(crate) fn propose(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkItemPropose = act.body()?;
    check_references(act, &body)?;
    let by = Text(position::speaker(act)?.who);
    let register_subject = act.subject("proposals")?;
    let mut register = act.load::<ProposalRegister>(&register_subject)?.unwrap_or_default();
    register.given = register.given.saturating_add(1);
    let number = Label::parse(&format!("P{}", register.given));
    let number = number.ok_or_else(|| Refusal::Full(register_subject.clone()))?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    let subject = subject(act, &number)?;
    act.put(register_subject, register);
    act.put(
        subject,
        Proposal {
            title: body.title,
            kind: body.kind,
            by,
            scope: body.scope.digest,
            target: body.target,
            standing: ProposalStanding::Proposed,
        },
    );
    Ok(())
}

fn check_references(act: &mut Act<'_>, body: &WorkItemPropose) -> Result<(), Stop> {
    const MAX: usize = 64;
    let supporters: BTreeSet<_> = body.supporters.iter().collect();
    if MAX < body.base.len() || MAX < supporters.len() || supporters.len() != body.supporters.len() {
        return Err(Refusal::List { field: "base or supporters" }.into());
    }
    for number in &body.base {
        let subject = act.contribution_subject(&number.0)?;
        act.about::<Contribution>(subject)?;
    }
    for supporter in supporters {
        let subject = act.organization_subject(&supporter.0)?;
        act.require::<Organization>(&subject)?;
    }
    if let Some(working_group) = &body.working_group {
        working_group::given_work(act, &working_group.0)?;
    }
    Ok(())
}

/// What is withdrawn stays visible under its number.
pub(crate) fn withdraw(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkItemWithdraw = act.body()?;
    let subject = subject(act, &body.proposal.0)?;
    let mut proposal = act.require::<Proposal>(&subject)?;
    let speaker = position::speaker(act)?;
    if proposal.by.0 != speaker.who {
        return Err(Refusal::NotYours { who: speaker.who }.into());
    }
    check_proposed(&body.proposal.0, &proposal)?;
    proposal.standing = ProposalStanding::Withdrawn;
    act.put(subject, proposal);
    Ok(())
}

/// Adopts a proposal under the number of its work item.
pub(crate) fn adopt(act: &mut Act<'_>, label: &Label, number: &Text<Label>) -> Result<Proposal, Stop> {
    let subject = subject(act, label)?;
    let mut proposal = act.require::<Proposal>(&subject)?;
    check_proposed(label, &proposal)?;
    proposal.standing = ProposalStanding::Adopted(number.clone());
    act.put(subject, proposal.clone());
    Ok(proposal)
}

fn check_proposed(number: &Label, proposal: &Proposal) -> Result<(), Refusal> {
    if proposal.standing == ProposalStanding::Proposed {
        return Ok(());
    }
    Err(Refusal::ProposalStep { number: number.clone(), standing: proposal.standing.as_str() })
}

fn subject(act: &Act<'_>, number: &Label) -> Result<Subject, Stop> {
    act.subject(&format!("proposal/{number}"))
}
