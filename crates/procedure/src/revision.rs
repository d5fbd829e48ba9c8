//! What is added to a contribution after it was submitted: revisions, addenda and corrigenda.

use plenary_core::{entry::Finding, hash::Digest, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    clock::{self, Arrival},
    confirmation::Word,
    contribution::{self, Contribution, Standing},
    document::{self, Document},
    lateness,
    meeting::Meeting,
    part::{self, Part, PartRole},
    record_type::Capacity,
    refusal::Refusal,
    rules,
    text::{Number, Text},
};

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
    /// Commitment to the e-mail that it came by; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<Text<Digest>>,
}

/// Body of `contribution.addendum`: text that is added, with a number of its own such as `DLT-I-001-A01`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionAddendum {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// The revision that it adds to: the current one.
    pub revision: u32,
    /// The addendum.
    pub documents: Vec<Document>,
    /// When the secretariat received it; stated where the secretariat enters it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// Body of `contribution.corrigendum`: corrections alone, with a number of its own such as `DLT-I-001-C01`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ContributionCorrigendum {
    /// The contribution's number.
    pub contribution: Text<Number>,
    /// The revision that it corrects: the current one.
    pub revision: u32,
    /// What is corrected; the secretariat and the chair correct obvious errors alone.
    pub corrects: Correction,
    /// The corrigendum.
    pub documents: Vec<Document>,
    /// When the secretariat received it; stated where the secretariat enters it for its source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<Text<Moment>>,
}

/// What a corrigendum corrects (A.1 1.8.2.5); a change of substance is a revision.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// Errors of which its source knows.
    Errors,
    /// Errors that anybody sees.
    ObviousErrors,
}

/// Rules R55, R31, R51 and R56; a late revision is taken, and does not make the contribution late.
pub(crate) fn revise(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionRevise = act.body()?;
    let manifest = document::package(&body.documents)?;
    let received = body.received.map(|received| received.0);
    let arrival = Arrival::of(act, received)?;
    contribution::check_mail(act, body.mail.as_ref())?;
    let number = body.contribution.0;
    let mut contribution = contribution::undisposed(act, &number)?;
    contribution::check_source(act, &number, &contribution)?;
    let next = contribution.revision.checked_add(1);
    if next != Some(body.revision) {
        let (current, found) = (contribution.revision, body.revision);
        return Err(Refusal::StaleRevision { number, current, found }.into());
    }
    let meeting = meeting_of(act, &mut contribution, received)?;
    act.find(&rules::R55, Finding::Met, [("revision", body.revision.into())]);
    let (date, is_on_time) = lateness::find_deadlines(act, &arrival, &meeting, &contribution.waivers)?;
    let subject = act.contribution_subject(&number)?;
    let earlier = Part {
        role: PartRole::Revision(contribution.revision),
        manifest: contribution.manifest,
        received: contribution.revised,
        is_on_time: contribution.revision == contribution.revision_on_time,
    };
    part::add(&mut contribution.parts, earlier, &subject)?;
    contribution.revision = body.revision;
    contribution.manifest = Text(manifest);
    contribution.revised = Text(date);
    contribution.word = Word::of(act);
    if is_on_time {
        contribution.revision_on_time = body.revision;
    }
    // What was returned has been brought into line, and is judged by when that was done.
    if contribution.standing == Standing::Returned {
        contribution.standing = if is_on_time { Standing::OnTime } else { Standing::Late };
    }
    find_lateness(act, is_on_time, &contribution);
    act.give_number(number.as_str());
    act.put(subject, contribution);
    Ok(())
}

/// The meeting that a contribution is for, and rule R38 where the secretariat enters something.
fn meeting_of(act: &mut Act<'_>, contribution: &mut Contribution, received: Option<Moment>) -> Result<Meeting, Stop> {
    let meeting = lateness::meeting_of(act, contribution)?;
    if let Some(received) = received {
        clock::find_entry(act, &meeting.zone, received)?;
    }
    Ok(meeting)
}

/// Rule R56.
fn find_lateness(act: &mut Act<'_>, is_on_time: bool, contribution: &Contribution) {
    let result = if is_on_time { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R56,
        result,
        [("revision", contribution.revision.into()), ("revision_on_time", contribution.revision_on_time.into())],
    );
}

/// Rules R55, R31, R51 and R56.
pub(crate) fn add(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionAddendum = act.body()?;
    let manifest = document::package(&body.documents)?;
    let received = body.received.map(|received| received.0);
    let arrival = Arrival::of(act, received)?;
    let number = body.contribution.0;
    let mut contribution = base(act, &number, body.revision)?;
    let meeting = meeting_of(act, &mut contribution, received)?;
    let role = part::next_addendum(&contribution.parts);
    act.find(&rules::R55, Finding::Met, [("adds_to_revision", body.revision.into())]);
    let (date, is_on_time) = lateness::find_deadlines(act, &arrival, &meeting, &contribution.waivers)?;
    find_lateness(act, is_on_time, &contribution);
    let part = Part { role, manifest: Text(manifest), received: Text(date), is_on_time };
    put(act, &number, part, &mut contribution)
}

/// Rules R55 and R57.
pub(crate) fn correct(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ContributionCorrigendum = act.body()?;
    let manifest = document::package(&body.documents)?;
    let number = body.contribution.0;
    let mut contribution = base(act, &number, body.revision)?;
    let received = body.received.map(|received| received.0);
    let by_source = act.signed_as(Capacity::Chair).is_none();
    if by_source {
        Arrival::of(act, received)?;
    } else if received.is_some() {
        let problem = "is for the secretariat alone, who enters this for its source";
        return Err(Refusal::Field { field: "received", problem }.into());
    }
    let meeting = meeting_of(act, &mut contribution, received)?;
    let corrects = match (by_source, body.corrects) {
        (false, Correction::Errors) => return Err(Refusal::NotObvious(number).into()),
        (true, Correction::Errors) => "errors",
        (true | false, Correction::ObviousErrors) => "obvious errors",
    };
    let by = if by_source { "source" } else { "secretariat and chair" };
    let role = part::next_corrigendum(&contribution.parts);
    act.find(
        &rules::R57,
        Finding::Met,
        [("by", by.into()), ("corrects", corrects.into()), ("revision", body.revision.into())],
    );
    let date = clock::date(&meeting.zone, received.unwrap_or_else(|| act.time()))?;
    let is_on_time = contribution.revision == contribution.revision_on_time;
    let part = Part { role, manifest: Text(manifest), received: Text(date), is_on_time };
    put(act, &number, part, &mut contribution)
}

/// The contribution that an addendum or corrigendum belongs to, whose current revision is named.
fn base(act: &mut Act<'_>, number: &Number, revision: u32) -> Result<Contribution, Stop> {
    let contribution = contribution::undisposed(act, number)?;
    contribution::check_source(act, number, &contribution)?;
    if contribution.revision != revision {
        return Err(Refusal::Field { field: "revision", problem: "is not the current one" }.into());
    }
    Ok(contribution)
}

fn put(act: &mut Act<'_>, base: &Number, part: Part, contribution: &mut Contribution) -> Result<(), Stop> {
    let subject = act.contribution_subject(base)?;
    let number = part.role.number(base).ok_or_else(|| Refusal::Full(subject.clone()))?;
    part::add(&mut contribution.parts, part, &subject)?;
    act.find(&rules::R54, Finding::Met, [("number", number.to_string().into())]);
    act.give_number(number.as_str());
    act.put(subject, contribution.clone());
    Ok(())
}
