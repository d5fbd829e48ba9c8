//! Contributions: what they are, who sent them for which meeting, and where they stand.

use std::collections::BTreeMap;

use plenary_core::{
    entry::Finding,
    hash::Digest,
    record::Name,
    time::{Date, Moment},
};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    clock::{self, Arrival},
    confirmation::Word,
    deliverable::Deliverable,
    document::{self, Document},
    lateness, merger,
    part::{Part, PartRole},
    patent::PatentMark,
    record_type::Capacity,
    refusal::Refusal,
    reservation,
    role::Decision,
    rules,
    text::{Label, Number, Pid, Text, Title},
    treatment::{Allocation, Disposal},
    visibility::{self, Visibility},
    waiver::Grant,
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
    /// The number that its author has reserved for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation: Option<Text<Number>>,
    /// Commitment to the e-mail that it came by; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Text<Digest>>,
    /// The contributions that it merges: one of their sources submits it, or an editor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merges: Vec<Text<Number>>,
    /// The deliverable that it is for; stated where its editor submits it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliverable: Option<Text<Label>>,
    /// Who may read it; none where the group's usual arrangement holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// The group's decision to restrict it (A.1 1.7.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restriction: Option<Decision>,
    /// What it contains, where that is not text alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// The software copyright statement (A.1 3.1.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_copyright: Option<Document>,
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

/// What a contribution contains beside its text.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Software.
    Software,
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
    /// It was returned to its source, which may bring it into line.
    Returned,
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
            Self::Returned => "returned to its source",
        }
    }
}

/// The register that gives contributions their numbers.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ContributionRegister {
    /// How many numbers were given.
    pub given: u64,
    /// How many contributions came for each meeting, or were carried to it; not those that were voided.
    pub received: BTreeMap<Text<Label>, u32>,
    /// How many contributions came from each organisation; not those that were voided.
    pub sources: BTreeMap<Text<Name>, u32>,
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
    /// The same for the current revision.
    pub revised: Text<Date>,
    /// Where it stands.
    pub standing: Standing,
    /// The rules that were waived for it.
    pub waivers: Vec<Grant>,
    /// Its other texts: earlier revisions, addenda and corrigenda, oldest first.
    pub parts: Vec<Part>,
    /// Where the meeting deals with it.
    pub allocation: Option<Allocation>,
    /// How the meeting disposed of it.
    pub disposal: Option<Disposal>,
    /// The meeting that it was for before it was carried to this one.
    pub carried_from: Option<Text<Label>>,
    /// The patents that were disclosed about it, in any revision.
    pub patents: Vec<PatentMark>,
    /// The contribution that merges it, the latest of several.
    pub merged_into: Option<Text<Number>>,
    /// Who may read it.
    pub visibility: Option<Visibility>,
    /// On whose word the current revision stands.
    pub word: Word,
    /// How often one of its texts was redacted.
    pub redactions: u32,
}

impl Contribution {
    /// The most source organisations.
    pub const SOURCES_MAX: usize = 16;

    /// Counts every text that it has now as on time.
    pub(crate) fn put_on_time(&mut self) {
        self.standing = Standing::OnTime;
        self.revision_on_time = self.revision;
        for part in &mut self.parts {
            part.is_on_time = true;
        }
    }

    /// Counts as on time what came until `last`, beside what was on time already.
    pub(crate) fn judge_anew(&mut self, last: Date) {
        for part in &mut self.parts {
            part.is_on_time |= part.received.0 <= last;
            if let (true, PartRole::Revision(revision)) = (part.is_on_time, part.role) {
                self.revision_on_time = self.revision_on_time.max(revision);
            }
        }
        if self.revised.0 <= last {
            self.revision_on_time = self.revision;
        }
    }

    /// Where it stands, in words: how it was disposed of, if it was.
    pub fn words(&self) -> &'static str {
        self.disposal.as_ref().map_or(self.standing.as_str(), |disposal| disposal.disposition.as_str())
    }
}

/// Rules R31, R38, R51 to R54.
pub(crate) fn submit(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionSubmit = act.body()?;
    let manifest = document::package(&body.documents)?;
    let received = body.received.map(|received| received.0);
    let arrival = Arrival::of(act, received)?;
    check_mail(act, body.mail.as_ref())?;
    let author = author(act, body.author.clone())?;
    check_sources(act, &body.sources)?;
    if let Some(deliverable) = &body.deliverable {
        let subject = act.deliverable_subject(&deliverable.0)?;
        act.about::<Deliverable>(subject)?;
    }
    let meeting_subject = act.meeting_subject(&body.meeting.0)?;
    act.join(meeting_subject)?;
    let meeting = cancellation::not_cancelled(act, &body.meeting.0)?;
    if meeting.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "not yet closed" }.into());
    }
    if let Some(received) = received {
        clock::find_entry(act, &meeting.zone, received)?;
    }
    let (date, is_on_time) = lateness::find_deadlines(act, &arrival, &meeting, &[])?;
    find_form(act, &body)?;
    let merged = merger::check(act, &body.merges, author.as_ref())?;
    let number = match &body.reservation {
        Some(number) => {
            reservation::take_up(act, &number.0, author.as_ref(), (&body.meeting, &meeting, &arrival))?;
            number.0.clone()
        }
        None => next_number(act)?,
    };
    merger::put(act, &body.merges, merged, &number)?;
    count_for(act, &body.meeting)?;
    count_of(act, &body.sources)?;
    let subject = act.contribution_subject(&number)?;
    let word = Word::of(act);
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
            revised: Text(date),
            standing: if is_on_time { Standing::OnTime } else { Standing::Late },
            waivers: Vec::new(),
            parts: Vec::new(),
            allocation: None,
            disposal: None,
            carried_from: None,
            patents: Vec::new(),
            merged_into: None,
            visibility: body.visibility,
            word,
            redactions: 0,
        },
    );
    Ok(())
}

fn author(act: &Act<'_>, author: Option<Text<Pid>>) -> Result<Option<Text<Pid>>, Stop> {
    match act.signed_as(Capacity::Participant).or_else(|| act.signed_as(Capacity::Editor)) {
        Some(_) if author.is_some() => {
            Err(Refusal::Field { field: "author", problem: "is you, who sign; leave it out" }.into())
        }
        Some(signatory) => Ok(Pid::parse(signatory.who.as_str()).map(Text)),
        None => Ok(author),
    }
}

/// Only the secretariat enters what came by e-mail.
pub(crate) fn check_mail(act: &Act<'_>, mail: Option<&Text<Digest>>) -> Result<(), Refusal> {
    if mail.is_some() && act.signed_as(Capacity::Secretariat).is_none() {
        return Err(Refusal::Field { field: "mail", problem: "is for the secretariat to state" });
    }
    Ok(())
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

/// Rules R52, R53, R67 and R68.
fn find_form(act: &mut Act<'_>, body: &ContributionSubmit) -> Result<(), Stop> {
    find_language(act, &body.language)?;
    let (result, layout) = match body.layout {
        Layout::Template => (Finding::Met, "template"),
        Layout::Free => (Finding::Broken, "free"),
    };
    act.find(&rules::R53, result, [("layout", layout.into())]);
    match (body.content, &body.software_copyright) {
        (Some(Content::Software), statement) => {
            let (result, word) =
                if statement.is_some() { (Finding::Met, "there") } else { (Finding::Broken, "missing") };
            act.find(&rules::R67, result, [("statement", word.into())]);
        }
        (None, Some(_)) => {
            let problem = "belongs to a contribution whose content is software";
            return Err(Refusal::Field { field: "software_copyright", problem }.into());
        }
        (None, None) => {}
    }
    visibility::find(act, body.visibility, body.restriction.as_ref())
}

/// Rule R52.
pub(crate) fn find_language(act: &mut Act<'_>, language: &Text<Title>) -> Result<(), Stop> {
    let working_language = act.parameters()?.language;
    let result = if working_language == *language { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R52,
        result,
        [("language", language.to_string().into()), ("working_language", working_language.to_string().into())],
    );
    Ok(())
}

/// Rule R54.
pub(crate) fn next_number(act: &mut Act<'_>) -> Result<Number, Stop> {
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

/// Counts a contribution for the meeting that it is for from now on.
pub(crate) fn count_for(act: &mut Act<'_>, meeting: &Text<Label>) -> Result<(), Stop> {
    let subject = act.subject("contributions")?;
    let mut register = act.load::<ContributionRegister>(&subject)?.unwrap_or_default();
    let count = register.received.entry(meeting.clone()).or_default();
    *count = count.saturating_add(1);
    act.put(subject, register);
    Ok(())
}

/// Counts a contribution of each of its sources.
fn count_of(act: &mut Act<'_>, sources: &[Text<Name>]) -> Result<(), Stop> {
    let subject = act.subject("contributions")?;
    let mut register = act.load::<ContributionRegister>(&subject)?.unwrap_or_default();
    for source in sources {
        let count = register.sources.entry(source.clone()).or_default();
        *count = count.saturating_add(1);
    }
    act.put(subject, register);
    Ok(())
}

/// A contribution that is not withdrawn.
pub(crate) fn current(act: &mut Act<'_>, number: &Number) -> Result<Contribution, Stop> {
    let subject = act.contribution_subject(number)?;
    let contribution = act.require::<Contribution>(&subject)?;
    if contribution.standing == Standing::Withdrawn {
        return Err(step(number, &contribution).into());
    }
    Ok(contribution)
}

/// A contribution that no meeting has disposed of.
pub(crate) fn undisposed(act: &mut Act<'_>, number: &Number) -> Result<Contribution, Stop> {
    let contribution = current(act, number)?;
    if contribution.disposal.is_some() {
        return Err(step(number, &contribution).into());
    }
    Ok(contribution)
}

pub(crate) fn step(number: &Number, contribution: &Contribution) -> Refusal {
    Refusal::ContributionStep { number: number.clone(), standing: contribution.words() }
}

/// Rule R55: the author or the secretariat, nobody else.
pub(crate) fn check_source(act: &Act<'_>, number: &Number, contribution: &Contribution) -> Result<(), Refusal> {
    let Some(signatory) = act.signed_as(Capacity::Participant) else {
        return Ok(());
    };
    if contribution.author.as_ref().is_some_and(|author| *author.0.as_name() == signatory.who) {
        return Ok(());
    }
    Err(Refusal::OtherSource { number: number.clone(), who: signatory.who.clone() })
}
