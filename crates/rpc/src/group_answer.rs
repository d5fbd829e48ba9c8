//! What the methods about a group, its meetings and contributions answer with.
//!
//! Words such as a standing are those of the records' own bodies.

use std::{collections::BTreeMap, fmt::Display};

use plenary_core::hash::Digest;
use plenary_procedure::{
    contribution,
    key::{Ending, KeyPeriod},
    patent::PatentMark,
    text::Text,
    waiver::Grant,
    zone::Deadline,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    answer::named,
    json::{Hash, Number, Time},
    report::MeetingReport,
};

/// A group.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The parent group.
    pub parent: String,
    /// The organisation that acts as its secretariat.
    pub secretariat: String,
    /// What contribution numbers begin with.
    pub prefix: String,
    /// The record of the rule set in force.
    pub ruleset: Hash,
    /// The zone of dates that belong to no meeting.
    pub zone: String,
    /// Its lifetime, once the first meeting is announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Lifetime>,
    /// How co-chairs sign: `any` one of them, or `all`.
    #[serde(default)]
    pub chairs: String,
    /// Since when the terms in force hold, if they are not those of the establishment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
    /// The working guidelines, once some are adopted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines: Option<Guidelines>,
    /// The record by which the group concluded its work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Hash>,
    /// The record by which the parent group closed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closure: Option<Hash>,
}

/// Terms that took the place of others.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Terms {
    /// The day, in the group's zone, from which records are judged by them.
    pub since: String,
    /// The record of the rule set before.
    pub before: Hash,
    /// The record that says by which decision of the parent group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amendment: Option<Hash>,
}

/// The working guidelines in force.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Guidelines {
    /// Their version.
    pub version: Number,
    /// The digest of the document.
    pub document: Hash,
    /// The record that adopted them.
    pub record: Hash,
}

/// A group's lifetime.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Lifetime {
    /// Its first day.
    pub begins: String,
    /// Its last day, by the terms of reference alone.
    pub ends: String,
    /// Its last day by the latest extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_to: Option<String>,
    /// The record of that extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Hash>,
    /// Its last day, extensions included.
    #[serde(default)]
    pub last: String,
    /// Whether that day has passed, by ledger time and in the group's zone.
    #[serde(default)]
    pub is_over: bool,
}

/// A participant: a pseudonym and a key, never a name.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Participant {
    /// The group.
    pub group: String,
    /// The pseudonym.
    pub id: String,
    /// The country, by its two letters.
    pub country: String,
    /// The category of membership.
    pub category: String,
    /// The organisation; absent for individuals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The keys, the first one first.
    pub keys: Vec<KeyLine>,
    /// The commitments to identity fields that stand, by field.
    #[serde(default)]
    pub commitments: BTreeMap<String, Hash>,
    /// The enrolment that this one was merged into; it signs no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// What was asked to be erased of the identity, and who has done so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<ErasureLine>,
}

/// What was asked to be erased of an identity.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ErasureLine {
    /// The record of the last request.
    pub request: Hash,
    /// When it was taken, by ledger time.
    pub requested: Time,
    /// The fields that were ever erased.
    pub fields: Vec<String>,
    /// The organisations that must erase and have not said that they did.
    pub waiting: Vec<String>,
    /// Who has erased.
    pub acknowledged: Vec<ErasedLine>,
}

/// A node that has erased.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ErasedLine {
    /// The organisation that runs it.
    pub by: String,
    /// The node.
    pub node: String,
    /// When, as that organisation says.
    pub at: Time,
    /// What was destroyed.
    pub destroyed: Vec<String>,
}

/// A key, and when it was in force.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct KeyLine {
    /// The key, as OpenSSH writes it.
    pub key: String,
    /// Since when.
    pub from: Time,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Whether it was replaced or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<String>,
}

/// A date by which something is due.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct DeadlineLine {
    /// The date.
    pub date: String,
    /// How the notice puts it: `by` the date, or `before` it.
    pub words: String,
    /// The last moment in UTC.
    pub instant: Time,
}

/// A rule that was waived.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct WaiverLine {
    /// The rule.
    pub rule: String,
    /// The days granted instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<Number>,
    /// The record of the waiver.
    pub record: Hash,
}

/// A meeting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Meeting {
    /// The group.
    pub group: String,
    /// Its label.
    pub id: String,
    /// What kind of meeting it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub starts: String,
    /// When it starts, in UTC.
    pub starts_at: Time,
    /// Its last day.
    pub ends: String,
    /// The zone of its dates.
    pub zone: String,
    /// Until when contributions are due.
    pub contributions: DeadlineLine,
    /// Until when participants register.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<DeadlineLine>,
    /// The rules that its notice departs from.
    pub departures: Vec<String>,
    /// The record of its notice: the announcement, or the last amendment.
    pub notice: Hash,
    /// When it was opened, as the chair says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Time>,
    /// When it was closed, as the chair says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Time>,
    /// How often the patent question was asked.
    pub patent_calls: Number,
    /// The rules that were waived for it.
    pub waivers: Vec<WaiverLine>,
    /// Its place; absent for an electronic meeting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How one can take part: on site, remote or both.
    #[serde(default)]
    pub participation: String,
    /// Its cancellation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<CancellationLine>,
    /// Its agenda.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agenda: Option<AgendaLine>,
    /// Its report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<MeetingReport>,
    /// How many decisions of it were recorded.
    #[serde(default)]
    pub decisions: Number,
    /// How many action items it gave.
    #[serde(default)]
    pub actions: Number,
}

/// The cancellation of a meeting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct CancellationLine {
    /// The record.
    pub record: Hash,
    /// The meeting for which its contributions are held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_for: Option<String>,
}

/// The agenda of a meeting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct AgendaLine {
    /// Its current revision.
    pub revision: Number,
    /// The record of that, which holds the items.
    pub record: Hash,
}

/// Somebody who registered for a meeting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Registrant {
    /// The participant's pseudonym.
    pub participant: String,
    /// On site or remote.
    pub mode: String,
}

/// A contribution.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Contribution {
    /// The group.
    pub group: String,
    /// Its number.
    pub id: String,
    /// The meeting that it is for.
    pub meeting: String,
    /// Its title.
    pub title: String,
    /// Who sent it, if enrolled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The organisations that it comes from.
    pub sources: Vec<String>,
    /// Its current revision.
    pub revision: Number,
    /// The last revision that met the deadline; 0 if none did.
    pub revision_on_time: Number,
    /// The digest over the documents of the current revision.
    pub manifest: Hash,
    /// The date by which it was judged.
    pub received: String,
    /// Where it stands.
    pub standing: String,
    /// The rules that were waived for it.
    pub waivers: Vec<WaiverLine>,
    /// The date by which the current revision was judged.
    #[serde(default)]
    pub revised: String,
    /// On whose word the current revision stands: `author`, `secretariat`, `confirmed` or `disputed`.
    #[serde(default)]
    pub word: String,
    /// Its other texts: earlier revisions, addenda and corrigenda, the oldest first.
    #[serde(default)]
    pub parts: Vec<PartLine>,
    /// Where the meeting deals with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation: Option<AllocationLine>,
    /// What the meeting did with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposal: Option<DisposalLine>,
    /// The meeting that it was for before it was carried to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_from: Option<String>,
    /// The contribution that merges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// Who may read it, if that is not the group's usual arrangement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// How often one of its texts was redacted.
    #[serde(default)]
    pub redactions: Number,
    /// The patents that were disclosed about it.
    #[serde(default)]
    pub patents: Vec<PatentLine>,
}

/// A text that belongs to a contribution.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PartLine {
    /// Its number.
    pub id: String,
    /// A `revision` that another one replaced, an `addendum` or a `corrigendum`.
    pub kind: String,
    /// The digest over its documents.
    pub manifest: Hash,
    /// The date by which it was judged.
    pub received: String,
    /// Whether it met the deadline.
    pub is_on_time: bool,
}

/// Where a meeting deals with a contribution.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct AllocationLine {
    /// The item of the agenda.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The working group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_group: Option<String>,
}

/// What a meeting did with a contribution.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct DisposalLine {
    /// What was done.
    pub disposition: String,
    /// What it was merged into, or what supersedes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// The record.
    pub record: Hash,
}

/// Patents that were disclosed about a text.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct PatentLine {
    /// The disclosure.
    pub disclosure: String,
    /// Whose patents they are, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// The option of the declaration in force; absent if a third party disclosed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<Number>,
    /// The revision or version that it names.
    pub revision: Number,
    /// Whether the group had agreed to the text before.
    pub after_approval: bool,
    /// How often the holder was asked.
    pub contacts: Number,
    /// The record by which the chair waived what it stands against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Hash>,
}

named!(Participant, "participant_list", "participant_get");
named!(Meeting, "meeting_list", "meeting_get");
named!(Contribution, "contribution_list", "contribution_get");

/// The word that the records' bodies use for a value of a closed list.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// The same for a list of which records have no words: the variant's name, in small letters.
pub(crate) fn small_word<T: Serialize>(value: &T) -> String {
    word(value).to_ascii_lowercase()
}

/// The words for the values of a closed list.
pub(crate) fn words<'a, T: Serialize + 'a>(values: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    values.into_iter().map(word).collect()
}

/// The digest, if there is one.
pub(crate) fn hash(digest: Option<&Text<Digest>>) -> Option<Hash> {
    digest.map(|digest| Hash(digest.0))
}

/// The text, if there is one.
pub(crate) fn text<T: Display>(text: Option<&Text<T>>) -> Option<String> {
    text.map(ToString::to_string)
}

/// A count.
pub(crate) fn count(count: u32) -> Number {
    Number(count.into())
}

/// Where a contribution stands.
pub(crate) const fn contribution_word(standing: contribution::Standing) -> &'static str {
    match standing {
        contribution::Standing::OnTime => "on-time",
        contribution::Standing::Late => "late",
        contribution::Standing::Admitted => "admitted",
        contribution::Standing::Accepted => "accepted",
        contribution::Standing::Held => "held",
        contribution::Standing::Withdrawn => "withdrawn",
        contribution::Standing::Returned => "returned",
    }
}

const fn ending_word(ending: Ending) -> &'static str {
    match ending {
        Ending::Replaced => "replaced",
        Ending::Revoked => "revoked",
    }
}

/// The texts of a list.
pub(crate) fn texts<'a, T: Display + 'a>(list: impl IntoIterator<Item = &'a Text<T>>) -> Vec<String> {
    list.into_iter().map(ToString::to_string).collect()
}

impl From<&Deadline> for DeadlineLine {
    fn from(deadline: &Deadline) -> Self {
        Self { date: deadline.date.to_string(), words: word(&deadline.words), instant: Time(deadline.instant.0) }
    }
}

impl From<&Grant> for WaiverLine {
    fn from(grant: &Grant) -> Self {
        Self {
            rule: grant.rule.clone(),
            days: grant.days.map(|days| Number(days.into())),
            record: Hash(grant.record.0),
        }
    }
}

impl From<&KeyPeriod> for KeyLine {
    fn from(period: &KeyPeriod) -> Self {
        Self {
            key: period.key.clone(),
            from: Time(period.from.0),
            until: period.end.as_ref().map(|(until, _)| Time(until.0)),
            ending: period.end.map(|(_, ending)| ending_word(ending).to_owned()),
        }
    }
}

impl From<&PatentMark> for PatentLine {
    fn from(mark: &PatentMark) -> Self {
        Self {
            disclosure: mark.disclosure.to_string(),
            holder: text(mark.holder.as_ref()),
            option: mark.option.map(|option| Number(option.number().into())),
            revision: count(mark.revision),
            after_approval: mark.after_approval,
            contacts: count(mark.contacts),
            waiver: hash(mark.waiver.as_ref()),
        }
    }
}
