//! Deliverables: work items, their numbers, their versions and where they stand.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{
    entry::Finding,
    hash::Digest,
    time::{Date, Moment},
};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    call::{Call, CallStanding},
    challenge::Challenge,
    document::{Document, PACKAGE_MAX, manifest},
    interest::Interest,
    meeting::Meeting,
    objection::Objection,
    patent::PatentMark,
    proposal,
    refusal::Refusal,
    role::{self, Basis, Decision},
    rules,
    text::{Label, Number, Pid, Text, Title},
    waiver::Grant,
    working_group,
};

/// Body of `workitem.adopt`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkItemAdopt {
    /// The number of the deliverable, such as `D1.1`: given once, and never again.
    pub number: Text<Label>,
    /// Its title.
    pub title: Text<Title>,
    /// Its kind.
    pub kind: DeliverableKind,
    /// The proposal that is adopted, such as `P1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Text<Label>>,
    /// The working group that does the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<Text<Label>>,
    /// Its first editors; more are appointed with `role.appoint`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub editors: Vec<Text<Pid>>,
    /// The group's decision, which is none on any content.
    pub decision: Decision,
}

/// Body of `workitem.discontinue`; the number stays taken.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WorkItemDiscontinue {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// Why.
    pub reason: Discontinuation,
    /// The deliverable that takes up its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Text<Label>>,
    /// The meetings that brought no contribution to it, if it is dormant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub idle_meetings: Vec<Text<Label>>,
    /// The group's decision.
    pub decision: Decision,
}

/// Body of `baseline.publish`: a version of a deliverable.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BaselinePublish {
    /// The deliverable.
    pub deliverable: Text<Label>,
    /// The version: the current one and one; the first is 1.
    pub version: u32,
    /// Everything that belongs to it.
    pub documents: Vec<Document>,
    /// Whether it can be called.
    pub stability: Stability,
    /// The contributions that it takes in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Text<Number>>,
    /// The contributions that it leaves out, with the reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftOut>,
}

/// A contribution that a version leaves out.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The contribution.
    pub contribution: Text<Number>,
    /// The document that says why.
    pub reason: Document,
}

/// The kind of a deliverable.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeliverableKind {
    /// A Technical Report.
    TechnicalReport,
    /// A Technical Specification.
    TechnicalSpecification,
    /// Something else.
    Other,
}

/// Why a work item is discontinued.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discontinuation {
    /// Another deliverable takes it up.
    Merged,
    /// Nobody contributes to it (A.1 1.4.7).
    Dormant,
    /// It is not needed any more.
    Unneeded,
}

/// Whether a version can be called.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stability {
    /// Not yet.
    Draft,
    /// It can.
    Stable,
}

/// Where a deliverable stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum DeliverableStanding {
    /// Adopted as a work item.
    Adopted,
    /// There is a version that is not stable.
    Drafting,
    /// There is a stable version.
    Stable,
    /// A call on it is open, or closed and not determined.
    Called,
    /// The group has agreed to it.
    Approved,
    /// It was sent to the parent group.
    Transmitted,
    /// The parent group has dealt with it.
    Disposed,
    /// The parent group returned it.
    Returned,
    /// It was discontinued.
    Discontinued,
}

impl DeliverableStanding {
    /// The words for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted without a text",
            Self::Drafting => "a draft",
            Self::Stable => "stable",
            Self::Called => "in a call",
            Self::Approved => "approved",
            Self::Transmitted => "sent to the parent group",
            Self::Disposed => "dealt with by the parent group",
            Self::Returned => "returned by the parent group",
            Self::Discontinued => "discontinued",
        }
    }
}

/// The numbers of deliverables that were given.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct DeliverableRegister {
    /// Every number, also of what was discontinued.
    pub numbers: BTreeSet<Text<Label>>,
}

impl DeliverableRegister {
    /// The most deliverables of one group.
    pub const NUMBERS_MAX: usize = 4_096;
}

/// The state of a deliverable.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Deliverable {
    /// Its title.
    pub title: Text<Title>,
    /// Its kind.
    pub kind: DeliverableKind,
    /// The working group that does the work.
    pub working_group: Option<Text<Label>>,
    /// The digest of the document that states its scope.
    pub scope: Option<Text<Digest>>,
    /// When it should be done.
    pub target: Option<Text<Date>>,
    /// Where it stands.
    pub standing: DeliverableStanding,
    /// The current version; 0 before the first.
    pub version: u32,
    /// The manifest of the current version, and the record that published it.
    pub text: Option<(Text<Digest>, Text<Digest>)>,
    /// How many calls were opened on it.
    pub calls: u32,
    /// The latest call.
    pub call: Option<Call>,
    /// Every objection ever raised, oldest first.
    pub objections: Vec<Objection>,
    /// The interests that were declared in it.
    pub interests: Vec<Interest>,
    /// The rules that were waived for it.
    pub waivers: Vec<Grant>,
    /// The determination by which the group agreed, and its level.
    pub approval: Option<(Text<Digest>, Basis)>,
    /// When the chair determined so, by ledger time.
    pub determined: Option<Text<Moment>>,
    /// Every challenge of a determination, oldest first.
    pub challenges: Vec<Challenge>,
    /// The call whose determination stands no more, until the next call is opened.
    pub reopens: Option<Text<Number>>,
    /// The information for which it was ever reopened.
    pub information: Vec<Text<Digest>>,
    /// How many times an obvious error was corrected in the text that was agreed.
    pub fixes: u32,
    /// The record by which it was last published.
    pub publication: Option<Text<Digest>>,
    /// The day on which the parent group received it.
    pub acknowledged: Option<Text<Date>>,
    /// The record by which it was sent.
    pub transmission: Option<Text<Digest>>,
    /// The patents that were disclosed about it, in any version.
    pub patents: Vec<PatentMark>,
    /// The texts that were redacted, by their manifests, and what stands in for each.
    pub redactions: BTreeMap<Text<Digest>, Text<Digest>>,
    /// How often one of its texts was redacted.
    pub redacted: u32,
}

impl Deliverable {
    /// The manifest of the current version.
    pub fn manifest(&self) -> Option<Digest> {
        self.text.map(|(manifest, _)| manifest.0)
    }
}

/// Rules R40, R54 and R64.
pub(crate) fn adopt(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkItemAdopt = act.body()?;
    let register_subject = act.subject("deliverables")?;
    let mut register = act.load::<DeliverableRegister>(&register_subject)?.unwrap_or_default();
    if register.numbers.contains(&body.number) {
        return Err(Refusal::NumberTaken(body.number.0).into());
    }
    if DeliverableRegister::NUMBERS_MAX <= register.numbers.len() {
        return Err(Refusal::Full(register_subject).into());
    }
    if let Some(working_group) = &body.working_group {
        working_group::given_work(act, &working_group.0)?;
    }
    role::find_basis(act, &body.decision)?;
    act.find(&rules::R54, Finding::Met, [("number", body.number.to_string().into())]);
    if let Some(before) = number_before(&body.number.0) {
        let result = if register.numbers.contains(&Text(before.clone())) { Finding::Met } else { Finding::Broken };
        act.find(&rules::R64, result, [("number_before", before.to_string().into())]);
    }
    for editor in &body.editors {
        role::add_editor(act, &body.number.0, editor)?;
    }
    let proposal = match &body.proposal {
        Some(proposal) => Some(proposal::adopt(act, &proposal.0, &body.number)?),
        None => None,
    };
    let (scope, target) = proposal.map_or((None, None), |proposal| (Some(proposal.scope), proposal.target));
    act.give_number(body.number.0.as_str());
    let subject = act.deliverable_subject(&body.number.0)?;
    register.numbers.insert(body.number);
    act.put(register_subject, register);
    act.put(
        subject,
        Deliverable {
            title: body.title,
            kind: body.kind,
            working_group: body.working_group,
            scope,
            target,
            standing: DeliverableStanding::Adopted,
            version: 0,
            text: None,
            calls: 0,
            call: None,
            objections: Vec::new(),
            interests: Vec::new(),
            waivers: Vec::new(),
            approval: None,
            determined: None,
            challenges: Vec::new(),
            reopens: None,
            information: Vec::new(),
            fixes: 0,
            publication: None,
            acknowledged: None,
            transmission: None,
            patents: Vec::new(),
            redactions: BTreeMap::new(),
            redacted: 0,
        },
    );
    Ok(())
}

/// The number before this one: `D3.2` for `D3.3`, none for `D3.1`.
fn number_before(number: &Label) -> Option<Label> {
    let text = number.as_str();
    let digits = text.trim_start_matches(|character: char| !character.is_ascii_digit());
    let last = digits.rsplit('.').next()?;
    let before = last.parse::<u32>().ok()?.checked_sub(1).filter(|before| 0 < *before)?;
    Label::parse(&format!("{}{before}", text.strip_suffix(last)?))
}

/// Rules R40 and R63.
pub(crate) fn discontinue(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: WorkItemDiscontinue = act.body()?;
    let subject = act.deliverable_subject(&body.deliverable.0)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    match deliverable.standing {
        DeliverableStanding::Adopted | DeliverableStanding::Drafting | DeliverableStanding::Stable => {}
        DeliverableStanding::Called
        | DeliverableStanding::Approved
        | DeliverableStanding::Transmitted
        | DeliverableStanding::Disposed
        | DeliverableStanding::Returned
        | DeliverableStanding::Discontinued => return Err(step(body.deliverable.0, &deliverable).into()),
    }
    if let Some(successor) = &body.successor {
        let successor = act.deliverable_subject(&successor.0)?;
        let taking_up = act.about::<Deliverable>(successor.clone())?.standing;
        if successor == subject || taking_up == DeliverableStanding::Discontinued {
            let problem = "is this item itself or one that was discontinued, and takes nothing up";
            return Err(Refusal::Field { field: "successor", problem }.into());
        }
    } else if body.reason == Discontinuation::Merged {
        return Err(Refusal::Field { field: "successor", problem: "is missing: what was it merged into?" }.into());
    }
    role::find_basis(act, &body.decision)?;
    if body.reason == Discontinuation::Dormant {
        find_dormant(act, &body.idle_meetings)?;
    }
    deliverable.standing = DeliverableStanding::Discontinued;
    act.put(subject, deliverable);
    Ok(())
}

/// Rule R63.
fn find_dormant(act: &mut Act<'_>, idle_meetings: &[Text<Label>]) -> Result<(), Stop> {
    const NEEDED: usize = 2;
    let different: BTreeSet<_> = idle_meetings.iter().collect();
    if different.len() != idle_meetings.len() || 16 < different.len() {
        return Err(Refusal::List { field: "idle_meetings" }.into());
    }
    for meeting in idle_meetings {
        let subject = act.meeting_subject(&meeting.0)?;
        act.about::<Meeting>(subject)?;
    }
    let result = if NEEDED <= different.len() { Finding::Met } else { Finding::Broken };
    act.find(&rules::R63, result, [("idle_meetings", idle_meetings.len().into()), ("meetings_needed", NEEDED.into())]);
    Ok(())
}

/// Rule R101: a changed text ends the call on the old one.
pub(crate) fn publish(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: BaselinePublish = act.body()?;
    let number = body.deliverable.0;
    let subject = act.deliverable_subject(&number)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    if !(1..=PACKAGE_MAX).contains(&body.documents.len()) {
        return Err(Refusal::List { field: "documents" }.into());
    }
    check_contributions(act, &body.taken, &body.left)?;
    if deliverable.version.checked_add(1) != Some(body.version) {
        let number = Number::parse(number.as_str()).ok_or(Refusal::List { field: "deliverable" })?;
        return Err(Refusal::StaleRevision { number, current: deliverable.version, found: body.version }.into());
    }
    let manifest = manifest(&body.documents);
    let standing = match body.stability {
        Stability::Draft => DeliverableStanding::Drafting,
        Stability::Stable => DeliverableStanding::Stable,
    };
    match deliverable.standing {
        DeliverableStanding::Adopted
        | DeliverableStanding::Drafting
        | DeliverableStanding::Stable
        | DeliverableStanding::Returned => deliverable.standing = standing,
        DeliverableStanding::Called => {
            if deliverable.manifest() != Some(manifest) {
                abort_call(act, &mut deliverable);
                deliverable.standing = standing;
            }
        }
        DeliverableStanding::Approved
        | DeliverableStanding::Transmitted
        | DeliverableStanding::Disposed
        | DeliverableStanding::Discontinued => return Err(step(number, &deliverable).into()),
    }
    deliverable.version = body.version;
    deliverable.fixes = 0;
    deliverable.text = Some((Text(manifest), Text(act.id())));
    act.give_number(&format!("{number}v{}", body.version));
    act.put(subject, deliverable);
    Ok(())
}

fn check_contributions(act: &mut Act<'_>, taken: &[Text<Number>], left: &[LeftOut]) -> Result<(), Stop> {
    const MAX: usize = 64;
    if MAX < taken.len() || MAX < left.len() {
        return Err(Refusal::List { field: "taken or left" }.into());
    }
    for number in taken.iter().chain(left.iter().map(|left| &left.contribution)) {
        let subject = act.contribution_subject(&number.0)?;
        act.about::<crate::contribution::Contribution>(subject)?;
    }
    Ok(())
}

fn abort_call(act: &mut Act<'_>, deliverable: &mut Deliverable) {
    if let Some(call) = &mut deliverable.call {
        call.standing = CallStanding::Aborted;
        let number = call.number.to_string();
        act.find(&rules::R101, Finding::Noted, [("call_aborted", number.into())]);
    }
}

pub(crate) fn step(number: Label, deliverable: &Deliverable) -> Refusal {
    Refusal::DeliverableStep { number, standing: deliverable.standing.as_str() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_shows_in_the_number_before() {
        check("D3.3", Some("D3.2"));
        check("D3.1", None);
        check("D10", Some("D9"));
        check("D", None);
        check("TR2", Some("TR1"));
        fn check(number: &str, before: Option<&str>) {
            let before = before.and_then(Label::parse);
            assert_eq!(number_before(&Label::parse(number).unwrap()), before, "{number}");
        }
    }
}
