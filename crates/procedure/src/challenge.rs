//! Challenges of a determination: to the meeting, and from there to the parent group.

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    call::{self, CallStanding},
    deliverable::{self, Deliverable, DeliverableStanding},
    document::Document,
    meeting::Meeting,
    objection, position,
    record_type::Capacity,
    refusal::Refusal,
    reopening,
    role::{self, Decider, Decision},
    rules,
    text::{Number, Text},
};

/// Body of `determination.challenge`. Only an approval is challenged: what was not approved is called again.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DeterminationChallenge {
    /// The call whose determination is challenged, such as `D1.1-C1`.
    pub call: Text<Number>,
    /// The ground.
    pub ground: ChallengeGround,
    /// The reasons.
    pub reasons: Document,
    /// The challenger's own, which the meeting did not follow and which goes on to the parent group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeals: Option<Text<Number>>,
}

/// Body of `challenge.answer`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeAnswer {
    /// The challenge's number, such as `D1.1-CH-1`.
    pub challenge: Text<Number>,
    /// What becomes of the determination.
    pub result: ChallengeResult,
    /// The decision of the meeting, which is named, or of the parent group.
    pub decision: Decision,
    /// The reasons.
    pub reasons: Document,
}

/// On what ground a determination is challenged.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeGround {
    /// The procedure was not followed.
    Procedure,
    /// An objection was not considered on its merits.
    Objection,
    /// Who determined has an interest in the matter.
    Interest,
    /// The group has no authority over the matter.
    Authority,
}

/// What becomes of a determination that was challenged.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeResult {
    /// It stands.
    Confirmed,
    /// The challenge is upheld: it stands no more, and the text is called again.
    Upheld,
}

/// Where a challenge stands.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum ChallengeStanding {
    /// It awaits its answer, and the text is neither sent nor published.
    Open,
    /// It was answered.
    Answered(ChallengeResult),
}

impl ChallengeStanding {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered(ChallengeResult::Confirmed) => "answered: the determination stands",
            Self::Answered(ChallengeResult::Upheld) => "upheld",
        }
    }
}

/// The state of a challenge.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Challenge {
    /// Its number.
    pub number: Text<Number>,
    /// The call whose determination is challenged.
    pub call: Text<Number>,
    /// Who challenges it: a participant or an organisation.
    pub by: Text<Name>,
    /// On what ground.
    pub ground: ChallengeGround,
    /// The challenge that goes on to the parent group with this one.
    pub appeals: Option<Text<Number>>,
    /// Where it stands.
    pub standing: ChallengeStanding,
    /// When it was answered, and by which record.
    pub answer: Option<(Text<Moment>, Text<Digest>)>,
}

/// The most challenges in one deliverable.
pub const CHALLENGES_MAX: usize = 128;

/// The challenge of the latest determination that awaits its answer.
pub(crate) fn open_one(deliverable: &Deliverable) -> Option<&Challenge> {
    let call = deliverable.call.as_ref().map(|call| &call.number);
    deliverable
        .challenges
        .iter()
        .find(|challenge| challenge.standing == ChallengeStanding::Open && Some(&challenge.call) == call)
}

/// Refuses while a challenge awaits its answer (rule R111).
pub(crate) fn check_none(deliverable: &Deliverable) -> Result<(), Refusal> {
    match open_one(deliverable) {
        Some(challenge) => Err(Refusal::ChallengeOpen(challenge.number.0.clone())),
        None => Ok(()),
    }
}

/// Rule R107: once each to the meeting, and once more to the parent group.
pub(crate) fn raise(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: DeterminationChallenge = act.body()?;
    let (label, mut deliverable, call) = call::load(act, &body.call.0)?;
    if call.standing != CallStanding::Determined {
        return Err(call.step(call.standing.as_str()).into());
    }
    let (DeliverableStanding::Approved, Some(determined)) = (deliverable.standing, deliverable.determined) else {
        return Err(deliverable::step(label, &deliverable).into());
    };
    let by = Text(position::speaker(act)?.who);
    let since = match &body.appeals {
        Some(number) => answered(&deliverable, number, &by)?,
        None => determined.0,
    };
    let is_same = |known: &&Challenge| known.call == body.call && known.by == by && known.appeals == body.appeals;
    if let Some(known) = deliverable.challenges.iter().find(is_same) {
        return Err(step(known).into());
    }
    find_window(act, &body.call.0, since)?;
    let subject = act.deliverable_subject(&label)?;
    if CHALLENGES_MAX <= deliverable.challenges.len() {
        return Err(Refusal::Full(subject).into());
    }
    let count = deliverable.challenges.len().saturating_add(1);
    let number = Number::parse(&format!("{label}-CH-{count}")).ok_or_else(|| Refusal::Full(subject.clone()))?;
    act.give_number(number.as_str());
    deliverable.challenges.push(Challenge {
        number: Text(number),
        call: body.call,
        by,
        ground: body.ground,
        appeals: body.appeals,
        standing: ChallengeStanding::Open,
        answer: None,
    });
    act.put(subject, deliverable);
    Ok(())
}

/// When the meeting answered the challenge that goes on to the parent group.
fn answered(deliverable: &Deliverable, number: &Text<Number>, by: &Text<Name>) -> Result<Moment, Refusal> {
    let known = deliverable.challenges.iter().find(|challenge| challenge.number == *number);
    let problem = "is no challenge of yours that the meeting has answered";
    let own = known.filter(|challenge| challenge.by == *by && challenge.appeals.is_none());
    match own.and_then(|challenge| challenge.answer) {
        Some((moment, _)) => Ok(moment.0),
        None => Err(Refusal::Field { field: "appeals", problem }),
    }
}

/// Rule R107.
fn find_window(act: &mut Act<'_>, call: &Number, since: Moment) -> Result<(), Stop> {
    let days = act.date(act.time())?.days_since(act.date(since)?);
    let days = u32::try_from(days).unwrap_or(0);
    let allowed = act.parameters()?.challenge_days;
    if let Some(allowed) = allowed.filter(|allowed| *allowed < days) {
        return Err(Refusal::ChallengeLate { call: call.clone(), days, allowed }.into());
    }
    let allowed = allowed.map_or_else(|| "any".into(), Into::into);
    act.find(&rules::R107, Finding::Met, [("days", days.into()), ("days_allowed", allowed)]);
    Ok(())
}

/// Rules R40 and R107: the meeting answers, whose decision the chair records, or the parent group.
pub(crate) fn answer(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ChallengeAnswer = act.body()?;
    let problem = "is not the number of a challenge, such as D1.1-CH-1";
    let label = objection::deliverable_of(&body.challenge.0).ok_or(Refusal::Field { field: "challenge", problem })?;
    let subject = act.deliverable_subject(&label)?;
    let mut deliverable = act.require::<Deliverable>(&subject)?;
    let (time, record) = (Text(act.time()), Text(act.id()));
    let is_it = |challenge: &&mut Challenge| challenge.number == body.challenge;
    let Some(challenge) = deliverable.challenges.iter_mut().find(is_it) else {
        let (challenge, standing) = (body.challenge.0, "not recorded");
        return Err(Refusal::ChallengeStep { challenge, standing }.into());
    };
    if challenge.standing != ChallengeStanding::Open {
        return Err(step(challenge).into());
    }
    check_decider(act, challenge, &body.decision)?;
    challenge.standing = ChallengeStanding::Answered(body.result);
    challenge.answer = Some((time, record));
    let call = challenge.call.clone();
    let is_latest = deliverable.call.as_ref().is_some_and(|latest| latest.number == call);
    let result = match body.result {
        ChallengeResult::Confirmed => "confirmed",
        ChallengeResult::Upheld => "upheld",
    };
    act.find(&rules::R107, Finding::Noted, [("determination", result.into()), ("call", call.to_string().into())]);
    if body.result == ChallengeResult::Upheld && is_latest && deliverable.standing == DeliverableStanding::Approved {
        reopening::put_back(&mut deliverable);
    }
    act.put(subject, deliverable);
    Ok(())
}

fn check_decider(act: &mut Act<'_>, challenge: &Challenge, decision: &Decision) -> Result<(), Stop> {
    role::find_basis(act, decision)?;
    let by_parent = act.signed_as(Capacity::Parent).is_some();
    if challenge.appeals.is_some() && !by_parent {
        let record_type = act.record_type();
        return Err(Refusal::SignerMissing { record_type, needed: Capacity::Parent }.into());
    }
    let problem = match (by_parent, decision.by, &decision.meeting) {
        (true, Decider::Parent, _) => return Ok(()),
        (false, Decider::Group, Some(meeting)) => {
            let subject = act.meeting_subject(&meeting.0)?;
            return act.require::<Meeting>(&subject).map(|_| ());
        }
        (true, _, _) => "is not of the parent group, which signs",
        (false, _, _) => "is not that of a meeting of the group, which it names",
    };
    Err(Refusal::Field { field: "decision", problem }.into())
}

fn step(challenge: &Challenge) -> Refusal {
    Refusal::ChallengeStep { challenge: challenge.number.0.clone(), standing: challenge.standing.as_str() }
}
