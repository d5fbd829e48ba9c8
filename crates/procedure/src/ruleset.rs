//! A group's rule set: the document that binds it, and the numbers in that document.

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    group::Group,
    refusal::Refusal,
    rules,
    text::{Text, Title},
};

/// Body of `ruleset`: the terms of reference and the numbers that the rules take from them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RulesetBind {
    /// The title of the terms.
    pub title: Text<Title>,
    /// Their edition, such as `2017`.
    pub edition: Text<Title>,
    /// The terms themselves.
    pub document: Document,
    /// The numbers.
    pub parameters: Parameters,
    /// The record of the rule set that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<Text<Digest>>,
}

/// The numbers of a rule set. Days are calendar days, counted by dates.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Days between a contribution and the meeting (R31; FG DLT: 12).
    pub contribution_days: u32,
    /// Days between the announcement of a meeting and its start (R30; FG DLT: 28).
    pub notice_days: u32,
    /// Days between registration and the start of the meeting (R23; FG DLT: 7).
    pub registration_days: u32,
    /// Days within which the secretariat enters what it received (R38).
    pub entry_days: u32,
    /// Months of the group's life, from the first day of its first meeting (R07; FG DLT: 18).
    pub lifetime_months: u32,
    /// Days of an electronic call (R100).
    pub call_days: u32,
    /// Days of a further electronic call on the same deliverable (R100).
    pub recall_days: u32,
    /// Days between transmission and the parent group's meeting (R110; FG DLT: 28).
    pub transmission_days: u32,
    /// The fewest people that a count by category, country or organisation may state (R24).
    ///
    /// No source gives a number; left out, it is 3. With 1, nothing needs to be withheld.
    #[serde(default = "smallest_cell")]
    pub smallest_cell: u32,
    /// The operators that hold a text before it counts as available (R62).
    ///
    /// No source gives a number; left out, it is 2: of four validators one may fail.
    #[serde(default = "document_holders")]
    pub document_holders: u32,
    /// Days between a report and the parent group's meeting (R86).
    ///
    /// The terms give no number; left out, it is 7, as for documents of a meeting (A.1 3.3.3, by analogy).
    #[serde(default = "report_days")]
    pub report_days: u32,
    /// Who appoints vice-chairs (R11).
    pub vice_chairs: Appointer,
    /// The working language, such as `en` (R52).
    pub language: Text<Title>,
    /// Days of more time in a call, for each who asks (R100); 28 if none are stated.
    #[serde(default)]
    pub more_time_days: Option<u32>,
    /// Days within which a determination is challenged (R107); at any time before it is sent if none are stated.
    #[serde(default)]
    pub challenge_days: Option<u32>,
    /// Until when the first meeting should take place (R08); one date or none.
    #[serde(default)]
    pub first_meeting_by: Vec<Text<Date>>,
    /// How co-chairs sign (R17); a single chair signs alone either way.
    #[serde(default)]
    pub chairs: ChairSigning,
}

/// How co-chairs sign what the chair signs.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChairSigning {
    /// Any one of them.
    #[default]
    Any,
    /// All who are in office.
    All,
}

const fn report_days() -> u32 {
    7
}

const fn smallest_cell() -> u32 {
    3
}

const fn document_holders() -> u32 {
    2
}

impl Parameters {
    /// The days of more time in a call; A.8 5.6 gives four weeks.
    pub fn more_time_days(&self) -> u32 {
        const FOUR_WEEKS: u32 = 28;
        self.more_time_days.unwrap_or(FOUR_WEEKS)
    }
}

/// Who appoints vice-chairs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Appointer {
    /// The group, at its first meeting.
    FirstMeeting,
    /// The parent group.
    Parent,
}

/// The state of a rule set.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Ruleset {
    /// The record that holds it.
    pub record: Text<Digest>,
    /// The parent group that gave it, or that the group was transferred to.
    pub by: Text<Name>,
    /// The numbers.
    pub parameters: Parameters,
    /// The record of the rule set before this one.
    pub before: Option<Text<Digest>>,
    /// The date on which this one came into force, in the group's zone; none before the group's establishment.
    pub since: Option<Text<Date>>,
    /// The record by which the parent group amended the terms so.
    pub amendment: Option<Text<Digest>>,
}

/// Binds a group to a rule set; what was recorded under another one stays as it was judged.
pub(crate) fn bind(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: RulesetBind = act.body()?;
    if 1 < body.parameters.first_meeting_by.len() {
        return Err(Refusal::List { field: "first_meeting_by" }.into());
    }
    let subject = act.subject("ruleset")?;
    let actor = act.actor()?;
    if let Some(known) = act.load::<Ruleset>(&subject)? {
        if known.by.0 != actor.who {
            return Err(Refusal::NotYours { who: actor.who }.into());
        }
        if body.supersedes != Some(known.record) {
            let found = body.supersedes.map_or(Digest::ZERO, |record| record.0);
            return Err(Refusal::OtherRuleset { found, expected: known.record.0 }.into());
        }
    } else if let Some(found) = body.supersedes {
        return Err(Refusal::OtherRuleset { found: found.0, expected: Digest::ZERO }.into());
    }
    let record = Text(act.id());
    let group_subject = act.subject("group")?;
    let mut since = None;
    if let Some(group) = act.load::<Group>(&group_subject)? {
        since = Some(Text(act.date(act.time())?));
        act.put(group_subject, Group { ruleset: record, chairs: body.parameters.chairs, ..group });
    }
    act.find(&rules::R40, Finding::Noted, [("edition", body.edition.to_string().into())]);
    let (by, parameters, before) = (Text(actor.who), body.parameters, body.supersedes);
    act.put(subject, Ruleset { record, by, parameters, before, since, amendment: None });
    Ok(())
}
