//! What the methods about deliverables answer with.
//!
//! Words such as a standing are those of the records' own bodies.

use plenary_procedure::{
    call::{Call, CallStanding},
    challenge::{Challenge, ChallengeStanding},
    deliverable::DeliverableStanding,
    interest::Interest,
    objection,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    group_answer::{PatentLine, WaiverLine, count, text, texts, word},
    json::{Hash, Number, Time},
};

/// A deliverable.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Deliverable {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    pub kind: String,
    /// The working group that does the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<String>,
    /// The digest of the document that states its scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Hash>,
    /// When it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Where it stands.
    pub standing: String,
    /// The current version; 0 before the first.
    pub version: Number,
    /// The digest over the documents of the current version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Hash>,
    /// The latest call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallLine>,
    /// Every objection ever raised, the oldest first.
    pub objections: Vec<ObjectionLine>,
    /// The rules that were waived for it.
    pub waivers: Vec<WaiverLine>,
    /// The determination by which the group agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Hash>,
    /// The level of that agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The record by which it was sent to the parent group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmission: Option<Hash>,
    /// When the chair determined that the group agrees, by ledger time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub determined: Option<Time>,
    /// Every challenge of a determination, the oldest first.
    #[serde(default)]
    pub challenges: Vec<ChallengeLine>,
    /// The call whose determination stands no more, until the next call is opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopens: Option<String>,
    /// The digests of the information for which it was ever reopened.
    #[serde(default)]
    pub information: Vec<Hash>,
    /// How often an obvious error was corrected in the text that was agreed.
    #[serde(default)]
    pub fixes: Number,
    /// The record by which it was last published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publication: Option<Hash>,
    /// The day on which the parent group received it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<String>,
    /// The interests that were declared in it.
    #[serde(default)]
    pub interests: Vec<InterestLine>,
    /// The patents that were disclosed about it, in any version.
    #[serde(default)]
    pub patents: Vec<PatentLine>,
}

/// A call on a deliverable's text.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CallLine {
    /// Its number.
    pub id: String,
    /// The digest over the documents that it is on.
    pub manifest: Hash,
    /// In a meeting, or by electronic means.
    pub mode: String,
    /// The meeting in which it was put.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<String>,
    /// Its last moment.
    pub closes: Time,
    /// Its calendar days.
    pub days: Number,
    /// The calendar days that the rule set asks for.
    pub days_needed: Number,
    /// Where it stands.
    pub standing: String,
    /// Who stated a reservation that stands.
    pub reservations: Vec<String>,
    /// How often the patent question was asked in it.
    #[serde(default)]
    pub patent_calls: Number,
    /// Who was given more time.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Since when its time stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Time>,
    /// The call whose determination it reopens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopens: Option<String>,
}

/// An objection.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ObjectionLine {
    /// Its number.
    pub id: String,
    /// The call in which it was raised.
    pub call: String,
    /// Who raised it: a participant or an organisation.
    pub by: String,
    /// What it is about.
    pub issue: String,
    /// How often it was answered.
    pub responses: Number,
    /// Raised, withdrawn or disposed.
    pub standing: String,
    /// How it was disposed of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// The record that disposed of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposed_by: Option<Hash>,
    /// Until when the objector is asked to answer, and has not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<Time>,
}

/// What somebody says of a call's text. Positions are never counted.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PositionLine {
    /// Who: a participant or an organisation.
    pub by: String,
    /// What is said.
    pub value: String,
    /// The digest of the document that explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Hash>,
    /// How often it was stated; the last one stands.
    pub statements: Number,
    /// The organisation that the speaker belongs to, for information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
}

/// A challenge of a determination.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ChallengeLine {
    /// Its number.
    pub id: String,
    /// The call whose determination is challenged.
    pub call: String,
    /// Who challenges it: a participant or an organisation.
    pub by: String,
    /// On what ground.
    pub ground: String,
    /// The challenge that goes on to the parent group with this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeals: Option<String>,
    /// What became of it: `confirmed` or `upheld`; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// When it was answered, by ledger time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Time>,
    /// The record of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Hash>,
}

/// An interest that somebody declared.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct InterestLine {
    /// Who.
    pub who: String,
    /// The objection that it is about; absent where it is about the deliverable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<String>,
    /// What kind of interest it is.
    pub nature: String,
    /// The record.
    pub record: Hash,
}

named!(Deliverable, "deliverable_list", "deliverable_get");

/// Where a deliverable stands.
pub(crate) const fn deliverable_word(standing: DeliverableStanding) -> &'static str {
    match standing {
        DeliverableStanding::Adopted => "adopted",
        DeliverableStanding::Drafting => "drafting",
        DeliverableStanding::Stable => "stable",
        DeliverableStanding::Called => "called",
        DeliverableStanding::Approved => "approved",
        DeliverableStanding::Transmitted => "transmitted",
        DeliverableStanding::Disposed => "disposed",
        DeliverableStanding::Returned => "returned",
        DeliverableStanding::Discontinued => "discontinued",
    }
}

const fn call_word(standing: CallStanding) -> &'static str {
    match standing {
        CallStanding::Open => "open",
        CallStanding::Closed => "closed",
        CallStanding::Aborted => "aborted",
        CallStanding::Determined => "determined",
        CallStanding::Suspended => "suspended",
        CallStanding::Voided => "voided",
    }
}

impl From<&Call> for CallLine {
    fn from(call: &Call) -> Self {
        Self {
            id: call.number.to_string(),
            manifest: Hash(call.manifest.0),
            mode: word(&call.mode),
            meeting: call.meeting.as_ref().map(ToString::to_string),
            closes: Time(call.closes.0),
            days: Number(call.days.into()),
            days_needed: Number(call.days_needed.into()),
            standing: call_word(call.standing).to_owned(),
            reservations: texts(&call.reservations),
            patent_calls: count(call.patent_calls),
            extensions: texts(&call.extensions),
            suspended: call.suspended.as_ref().map(|since| Time(since.0)),
            reopens: text(call.reopens.as_ref()),
        }
    }
}

impl From<&objection::Objection> for ObjectionLine {
    fn from(objection: &objection::Objection) -> Self {
        let (standing, disposition) = match objection.standing {
            objection::ObjectionStanding::Raised => ("raised", None),
            objection::ObjectionStanding::Withdrawn => ("withdrawn", None),
            objection::ObjectionStanding::Disposed(disposition) => ("disposed", Some(word(&disposition))),
        };
        Self {
            id: objection.number.to_string(),
            call: objection.call.to_string(),
            by: objection.by.to_string(),
            issue: word(&objection.issue),
            responses: Number(objection.responses.into()),
            standing: standing.to_owned(),
            disposition,
            disposed_by: objection.disposed_by.as_ref().map(|record| Hash(record.0)),
            answer_by: objection.answer_by.as_ref().map(|time| Time(time.0)),
        }
    }
}

impl From<&Challenge> for ChallengeLine {
    fn from(challenge: &Challenge) -> Self {
        let result = match challenge.standing {
            ChallengeStanding::Open => None,
            ChallengeStanding::Answered(result) => Some(word(&result)),
        };
        Self {
            id: challenge.number.to_string(),
            call: challenge.call.to_string(),
            by: challenge.by.to_string(),
            ground: word(&challenge.ground),
            appeals: text(challenge.appeals.as_ref()),
            result,
            answered: challenge.answer.as_ref().map(|(time, _)| Time(time.0)),
            answer: challenge.answer.as_ref().map(|(_, record)| Hash(record.0)),
        }
    }
}

impl From<&Interest> for InterestLine {
    fn from(interest: &Interest) -> Self {
        Self {
            who: interest.who.to_string(),
            objection: text(interest.objection.as_ref()),
            nature: word(&interest.nature),
            record: Hash(interest.record.0),
        }
    }
}
