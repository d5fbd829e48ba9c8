//! Contributions: received on time or late, revised, withdrawn, admitted.

use plenary_core::{
    entry::Finding,
    hash::Digest,
    record::Name,
    time::{Date, Moment},
};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    clock::{self, Arrival},
    document::{Document, PACKAGE_MAX, manifest},
    meeting::{self, Meeting},
    record_type::Capacity,
    refusal::Refusal,
    role::{self, Decision},
    rules,
    text::{Label, Number, Pid, Text, Title},
    waiver::{Grant, granting},
    zone::{Deadline, Words},
};

/// Body of `contribution.submit`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionSubmit {
    /// The meeting that it is for.
    pub meeting: Text<Label>,
    /// Its title, which names no person.
    pub title: Text<Title>,
    /// What it is for.
    pub purpose: Purpose,
    /// Its language, such as `en`.
    pub language: Text<Title>,
    /// Whether it uses the template (circular 8).
    pub layout: Layout,
    /// The contribution, in one file or several.
    pub documents: Vec<Document>,
    /// The organisations that it comes from; none for a person's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Text<Name>>,
    /// That it may be distributed and used (A.1 3.1.6).
    pub copyright: Copyright,
    /// Who sent it; stated where the secretariat enters it and the sender is enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Text<Pid>>,
    /// When the secretariat received it; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// Body of `contribution.revise`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionRevise {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// The number of this revision: the current one and one; the first text is 1.
    pub revision: u32,
    /// The whole contribution, revised.
    pub documents: Vec<Document>,
    /// When the secretariat received it; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// Body of `contribution.withdraw`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionWithdraw {
    /// The contribution's number, which it keeps.
    pub contribution: Text<Number>,
    /// Why.
    pub reason: Withdrawal,
}

/// Body of `contribution.late-admit`: lets the meeting decide on a late contribution.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionLateAdmit {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// Why it is of extreme importance (A.1 3.2.5).
    pub reason: Document,
}

/// Body of `contribution.late-decide`: what the meeting decided.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionLateDecide {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// To take it up, or to hold it for the next meeting.
    pub result: LateResult,
    /// The meeting's decision.
    pub decision: Decision,
}

/// What a contribution is for (the template's list).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To be discussed.
    Discussion,
    /// To inform.
    Information,
    /// To propose a text or a step.
    Proposal,
    /// About the meeting itself.
    Administrative,
    /// Another purpose.
    Other,
}

/// Whether a contribution uses the template.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// It does.
    Template,
    /// It does not.
    Free,
}

/// The acknowledgement that a contribution may be distributed and used.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Copyright {
    /// It may (A.1 3.1.6).
    Acknowledged,
    /// Under conditions that the contribution states.
    Conditions,
}

/// Why a contribution is withdrawn.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withdrawal {
    /// Another contribution replaces it.
    Replaced,
    /// It was sent by mistake.
    Mistake,
    /// Its source no longer supports it.
    Unsupported,
}

/// What a meeting decides on a late contribution.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LateResult {
    /// It is taken up.
    Accept,
    /// It is held for the next meeting.
    Hold,
}

/// Where a contribution stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Standing {
    /// It met the deadline of the notice, or that was waived.
    OnTime,
    /// It did not: it is not on the agenda, and held for the next meeting.
    Late,
    /// It is late, and the meeting is asked to decide on it.
    Admitted,
    /// It is late, and the meeting took it up.
    Accepted,
    /// It is late, and the meeting held it for the next one.
    Held,
    /// It was withdrawn.
    Withdrawn,
}

impl Standing {
    /// The words for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnTime => "on time",
            Self::Late => "late",
            Self::Admitted => "late and admitted",
            Self::Accepted => "late and taken up by the meeting",
            Self::Held => "late and held for the next meeting",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The register that gives contributions their numbers.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ContributionRegister {
    /// How many numbers were given.
    pub given: u64,
}

/// The state of a contribution.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Contribution {
    /// The meeting that it is for.
    pub meeting: Text<Label>,
    /// Its title.
    pub title: Text<Title>,
    /// Who sent it, if enrolled.
    pub author: Option<Text<Pid>>,
    /// The organisations that it comes from.
    pub sources: Vec<Text<Name>>,
    /// The current revision; the first text is 1.
    pub revision: u32,
    /// The last revision that met the deadline; 0 if none did.
    pub revision_on_time: u32,
    /// The manifest of the current revision.
    pub manifest: Text<Digest>,
    /// The date by which it was judged, in the meeting's zone.
    pub received: Text<Date>,
    /// Where it stands.
    pub standing: Standing,
    /// The rules that were waived for it.
    pub waivers: Vec<Grant>,
}

impl Contribution {
    /// The most source organisations.
    pub const SOURCES_MAX: usize = 16;
}

fn check_documents(documents: &[Document]) -> Result<Digest, Refusal> {
    if (1..=PACKAGE_MAX).contains(&documents.len()) {
        return Ok(manifest(documents));
    }
    Err(Refusal::List { field: "documents" })
}

/// Rules R31, R38, R51 to R54.
pub(crate) fn submit(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionSubmit = act.body()?;
    let manifest = check_documents(&body.documents)?;
    let received = body.received.map(|received| received.0);
    let arrival = Arrival::of(act, received)?;
    let author = author(act, body.author.clone())?;
    check_sources(act, &body.sources)?;
    let meeting_subject = act.meeting_subject(&body.meeting.0)?;
    let meeting = act.require::<Meeting>(&meeting_subject)?;
    if meeting.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "not yet closed" }.into());
    }
    if let Some(received) = received {
        clock::find_entry(act, &meeting.zone, received)?;
    }
    let (date, is_on_time) = find_deadlines(act, &arrival, &meeting, &[])?;
    find_form(act, &body)?;
    let number = next_number(act)?;
    let subject = act.contribution_subject(&number)?;
    act.put(
        subject,
        Contribution {
            meeting: body.meeting,
            title: body.title,
            author,
            sources: body.sources,
            revision: 1,
            revision_on_time: u32::from(is_on_time),
            manifest: Text(manifest),
            received: Text(date),
            standing: if is_on_time { Standing::OnTime } else { Standing::Late },
            waivers: Vec::new(),
        },
    );
    Ok(())
}

fn author(act: &Act<'_>, author: Option<Text<Pid>>) -> Result<Option<Text<Pid>>, Stop> {
    match act.signed_as(Capacity::Participant) {
        Some(_) if author.is_some() => {
            Err(Refusal::Field { field: "author", problem: "is you, who sign; leave it out" }.into())
        }
        Some(signatory) => Ok(Pid::parse(signatory.who.as_str()).map(Text)),
        None => Ok(author),
    }
}

fn check_sources(act: &mut Act<'_>, sources: &[Text<Name>]) -> Result<(), Stop> {
    if Contribution::SOURCES_MAX < sources.len() {
        return Err(Refusal::List { field: "sources" }.into());
    }
    for source in sources {
        let subject = act.organization_subject(&source.0)?;
        act.require::<crate::organization::Organization>(&subject)?;
    }
    Ok(())
}

/// Rules R31 (the days of the terms) and R51 (the deadline of the notice).
///
/// Gives the date that counts, and whether the notice's deadline is met or waived.
fn find_deadlines(
    act: &mut Act<'_>,
    arrival: &Arrival,
    meeting: &Meeting,
    own_waivers: &[Grant],
) -> Result<(Date, bool), Stop> {
    let needed = act.parameters()?.contribution_days;
    let by_terms = meeting.starts.date.0.minus_days(needed).ok_or(Refusal::Zone)?;
    let by_terms = Deadline::resolve(Words::By, by_terms, &meeting.zone).ok_or(Refusal::Zone)?;
    let grants: Vec<Grant> = meeting.waivers.iter().chain(own_waivers).cloned().collect();

    let judged = arrival.judge(act, &meeting.zone, &meeting.contributions)?;
    let moment = judged.moment;
    let date = clock::date(&meeting.zone, moment)?;
    let days = meeting.days_before(date);
    let is_met = meeting.contributions.is_met(moment);
    let waiver = granting(&grants, &rules::R51, days).filter(|_| !is_met);
    let notice = [
        ("received", date.to_string().into()),
        ("clock", judged.word.into()),
        meeting::days_fact(days),
        ("deadline", meeting.contributions.to_string().into()),
        ("notice", meeting.notice.to_string().into()),
    ];
    let is_on_time = is_met || waiver.is_some();

    // The grace counts for the deadline that it saves, and the other one sees the same moment.
    let own = arrival.judge(act, &meeting.zone, &by_terms)?;
    let by_terms_moment = if by_terms.is_met(own.moment) { own.moment } else { moment };
    let by_terms_date = clock::date(&meeting.zone, by_terms_moment)?;
    let by_terms_days = meeting.days_before(by_terms_date);
    let terms_waiver = granting(&grants, &rules::R31, by_terms_days);
    let departs = meeting.departures.iter().any(|rule| rule == rules::R31.id);
    let terms = if by_terms.is_met(by_terms_moment) {
        Finding::Met
    } else if (departs && is_on_time) || terms_waiver.is_some() {
        Finding::Waived
    } else {
        Finding::Broken
    };
    act.find(
        &rules::R31,
        terms,
        [
            ("received", by_terms_date.to_string().into()),
            meeting::days_fact(by_terms_days),
            ("days_needed", needed.into()),
            ("starts", meeting.starts.date.to_string().into()),
        ],
    );
    if terms == Finding::Waived {
        let record = terms_waiver.map_or(meeting.notice, |grant| grant.record);
        act.add_fact("waiver", record.to_string().into());
    }
    let result = match (is_met, waiver) {
        (true, _) => Finding::Met,
        (false, Some(_)) => Finding::Waived,
        (false, None) => Finding::Broken,
    };
    act.find(&rules::R51, result, notice);
    if let Some(waiver) = waiver {
        act.add_fact("waiver", waiver.record.to_string().into());
    }
    Ok((date, is_on_time))
}

/// Rules R52 and R53.
fn find_form(act: &mut Act<'_>, body: &ContributionSubmit) -> Result<(), Stop> {
    let language = act.parameters()?.language;
    let result = if language == body.language { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R52,
        result,
        [("language", body.language.to_string().into()), ("working_language", language.to_string().into())],
    );
    let (result, layout) = match body.layout {
        Layout::Template => (Finding::Met, "template"),
        Layout::Free => (Finding::Broken, "free"),
    };
    act.find(&rules::R53, result, [("layout", layout.into())]);
    Ok(())
}

/// Rule R54.
fn next_number(act: &mut Act<'_>) -> Result<Number, Stop> {
    let subject = act.subject("contributions")?;
    let mut register = act.load::<ContributionRegister>(&subject)?.unwrap_or_default();
    let full = || Stop::from(Refusal::Full(subject.clone()));
    register.given = register.given.checked_add(1).ok_or_else(full)?;
    let prefix = act.group()?.prefix.clone();
    let number = Number::parse(&format!("{prefix}-I-{:03}", register.given)).ok_or_else(full)?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    act.put(subject, register);
    Ok(number)
}

/// A contribution that is not withdrawn.
fn current(act: &mut Act<'_>, number: &Number) -> Result<Contribution, Stop> {
    let subject = act.contribution_subject(number)?;
    let contribution = act.require::<Contribution>(&subject)?;
    if contribution.standing == Standing::Withdrawn {
        return Err(step(number, contribution.standing).into());
    }
    Ok(contribution)
}

fn step(number: &Number, standing: Standing) -> Refusal {
    Refusal::ContributionStep { number: number.clone(), standing: standing.as_str() }
}

/// Rule R55: the author or the secretariat, nobody else.
fn check_source(act: &Act<'_>, number: &Number, contribution: &Contribution) -> Result<(), Refusal> {
    let Some(signatory) = act.signed_as(Capacity::Participant) else {
        return Ok(());
    };
    if contribution.author.as_ref().is_some_and(|author| *author.0.as_name() == signatory.who) {
        return Ok(());
    }
    Err(Refusal::OtherSource { number: number.clone(), who: signatory.who.clone() })
}

/// Rules R55, R31 and R51; a late revision is taken, and does not make the contribution late.
pub(crate) fn revise(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionRevise = act.body()?;
    let manifest = check_documents(&body.documents)?;
    let received = body.received.map(|received| received.0);
    let arrival = Arrival::of(act, received)?;
    let number = body.contribution.0;
    let mut contribution = current(act, &number)?;
    check_source(act, &number, &contribution)?;
    let next = contribution.revision.checked_add(1);
    if next != Some(body.revision) {
        let (current, found) = (contribution.revision, body.revision);
        return Err(Refusal::StaleRevision { number, current, found }.into());
    }
    let meeting_subject = act.meeting_subject(&contribution.meeting.0)?;
    let meeting = act.require::<Meeting>(&meeting_subject)?;
    if let Some(received) = received {
        clock::find_entry(act, &meeting.zone, received)?;
    }
    act.find(&rules::R55, Finding::Met, [("revision", body.revision.into())]);
    let (_, is_on_time) = find_deadlines(act, &arrival, &meeting, &contribution.waivers)?;
    contribution.revision = body.revision;
    contribution.manifest = Text(manifest);
    if is_on_time {
        contribution.revision_on_time = body.revision;
    }
    let subject = act.contribution_subject(&number)?;
    act.give_number(number.as_str());
    act.put(subject, contribution);
    Ok(())
}

/// Rule R58.
pub(crate) fn withdraw(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionWithdraw = act.body()?;
    let number = body.contribution.0;
    let mut contribution = current(act, &number)?;
    check_source(act, &number, &contribution)?;
    let meeting_subject = act.meeting_subject(&contribution.meeting.0)?;
    let meeting = act.require::<Meeting>(&meeting_subject)?;
    if meeting.closed.is_some() || contribution.standing == Standing::Accepted {
        return Err(Refusal::AlreadyDecided(number).into());
    }
    act.find(&rules::R58, Finding::Met, [("stood", contribution.standing.as_str().into())]);
    contribution.standing = Standing::Withdrawn;
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}

/// Rule R59, first step.
pub(crate) fn admit_late(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionLateAdmit = act.body()?;
    let number = body.contribution.0;
    let mut contribution = current(act, &number)?;
    if contribution.standing != Standing::Late {
        return Err(step(&number, contribution.standing).into());
    }
    let by = act.actor()?.capacity.as_str();
    act.find(&rules::R59, Finding::Met, [("step", "admitted".into()), ("by", by.into())]);
    contribution.standing = Standing::Admitted;
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}

/// Rule R59, second step: the meeting has the final say.
pub(crate) fn decide_late(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionLateDecide = act.body()?;
    let number = body.contribution.0;
    let mut contribution = current(act, &number)?;
    if contribution.standing != Standing::Admitted {
        return Err(Refusal::NotAdmitted { number, standing: contribution.standing.as_str() }.into());
    }
    let meeting_subject = act.meeting_subject(&contribution.meeting.0)?;
    let meeting = act.require::<Meeting>(&meeting_subject)?;
    if !meeting.is_open() {
        return Err(Refusal::MeetingStep { meeting: contribution.meeting.0, needed: "open" }.into());
    }
    role::find_basis(act, &body.decision)?;
    contribution.standing = match body.result {
        LateResult::Accept => Standing::Accepted,
        LateResult::Hold => Standing::Held,
    };
    let standing = contribution.standing.as_str();
    act.find(&rules::R59, Finding::Met, [("step", "decided".into()), ("stands", standing.into())]);
    let subject = act.contribution_subject(&number)?;
    act.put(subject, contribution);
    Ok(())
}
