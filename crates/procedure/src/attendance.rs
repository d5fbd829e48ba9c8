//! Attendance and participant lists: counts and a commitment, never names (ToR 2.6).

use std::collections::BTreeMap;

use plenary_core::{entry::Finding, hash::Digest, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    document::Document,
    meeting::Meeting,
    organization::Category,
    refusal::Refusal,
    registration::{Mode, RegistrationRegister},
    rules,
    text::{Country, Label, Text},
};

/// Body of `attendance.seal`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AttendanceSeal {
    /// The meeting.
    pub meeting: Text<Label>,
    /// How many took part.
    pub counts: Counts,
    /// How many of them had not registered.
    pub walk_ins: u32,
    /// Root of an RFC 9162 tree over the salted entries of the list.
    pub root: Text<Digest>,
    /// The list itself: a restricted document, by a salted commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Document>,
}

/// Body of `participant-list.report`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ParticipantListReport {
    /// To whom: the parent group.
    pub addressee: Text<Name>,
    /// With which report.
    pub occasion: Occasion,
    /// How many participants there are.
    pub counts: Counts,
    /// Root of an RFC 9162 tree over the salted entries of the list.
    pub root: Text<Digest>,
    /// The list itself: a restricted document, by a salted commitment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<Document>,
}

/// The report that a participant list goes with.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// A report on progress.
    ProgressReport,
    /// The final report.
    FinalReport,
}

/// Counts of people, which always add up to the total.
///
/// A count of fewer than the rule set's `smallest_cell` would point at somebody:
/// it is withheld, and stands only in the number of people who are counted
/// nowhere. That number must not be small either, since it would give away the
/// one count in it; so the next smallest counts are withheld as well.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Everybody.
    pub total: u32,
    /// By mode of taking part.
    pub by_mode: BTreeMap<Mode, u32>,
    /// By what they are to ITU.
    pub by_category: BTreeMap<Category, u32>,
    /// Not counted by category, to protect them.
    #[serde(default)]
    pub category_suppressed: u32,
    /// By country.
    pub by_country: BTreeMap<Text<Country>, u32>,
    /// Not counted by country, to protect them.
    pub country_suppressed: u32,
    /// By organisation.
    pub by_organization: BTreeMap<Text<Name>, u32>,
    /// Not counted by organisation, to protect them or because they have none.
    pub organization_suppressed: u32,
}

/// The state of a meeting's attendance.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Attendance {
    /// How many took part.
    pub counts: Counts,
    /// How many of them had not registered.
    pub walk_ins: u32,
    /// Root over the salted entries.
    pub root: Text<Digest>,
}

/// The state of the participant list.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Roster {
    /// How many people were ever enrolled; two enrolments that were merged are one.
    pub enrolled: u32,
    /// How often the list was reported.
    pub reports: u32,
    /// The ledger time and the root of the last report.
    pub last: Option<(Text<Moment>, Text<Digest>)>,
    /// How many the last report counts.
    pub total: u32,
}

impl Counts {
    /// The most organisations of one list; of countries there are no more than codes of two letters.
    pub const ROWS_MAX: usize = 512;

    /// Rule R24, where no cell counts fewer than `fewest` people.
    fn check(&self, fewest: u32) -> Result<(), Refusal> {
        if Self::ROWS_MAX < self.by_organization.len() {
            return Err(Refusal::List { field: "counts" });
        }
        check_sum("mode", sum(&self.by_mode), self.total)?;
        self.check_cells(("category", fewest), &self.by_category, self.category_suppressed)?;
        self.check_cells(("country", fewest), &self.by_country, self.country_suppressed)?;
        self.check_cells(("organisation", fewest), &self.by_organization, self.organization_suppressed)
    }

    /// Each count is none or enough; so is what was withheld, unless that is everybody.
    fn check_cells<K>(
        &self,
        (by, fewest): (&'static str, u32),
        cells: &BTreeMap<K, u32>,
        withheld: u32,
    ) -> Result<(), Refusal> {
        check_sum(by, sum(cells).saturating_add(withheld.into()), self.total)?;
        let is_small = |count: &u32| (1..fewest).contains(count);
        let hidden = Some(withheld).filter(|withheld| *withheld != self.total);
        match cells.values().copied().chain(hidden).find(is_small) {
            None => Ok(()),
            Some(count) => Err(Refusal::SmallCell { by, count: count.into(), fewest }),
        }
    }
}

fn sum<K>(counts: &BTreeMap<K, u32>) -> u64 {
    counts.values().map(|count| u64::from(*count)).sum()
}

fn check_sum(by: &'static str, sum: u64, total: u32) -> Result<(), Refusal> {
    let total = u64::from(total);
    if sum == total { Ok(()) } else { Err(Refusal::Counts { by, sum, total }) }
}

/// Rule R24.
pub(crate) fn seal(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: AttendanceSeal = act.body()?;
    let fewest = act.parameters()?.smallest_cell;
    body.counts.check(fewest)?;
    if body.counts.total < body.walk_ins {
        let (sum, total) = (body.walk_ins.into(), body.counts.total.into());
        return Err(Refusal::Counts { by: "walk-in", sum, total }.into());
    }
    let meeting = act.meeting_subject(&body.meeting.0)?;
    let meeting = act.about::<Meeting>(meeting)?;
    if meeting.opened.is_none() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "open" }.into());
    }
    let subject = act.subject(&format!("meeting/{}/attendance", body.meeting))?;
    if act.load::<Attendance>(&subject)?.is_some() {
        return Err(Refusal::AlreadyRecorded(subject).into());
    }
    let register = act.subject(&format!("meeting/{}/registrations", body.meeting))?;
    let register = act.load::<RegistrationRegister>(&register)?.unwrap_or_default();
    let registered = register.on_site.saturating_add(register.remote);
    act.find(
        &rules::R24,
        Finding::Met,
        [
            ("total", body.counts.total.into()),
            ("registered", registered.into()),
            ("walk_ins", body.walk_ins.into()),
            ("smallest_cell", fewest.into()),
        ],
    );
    act.put(subject, Attendance { counts: body.counts, walk_ins: body.walk_ins, root: body.root });
    Ok(())
}

/// Rule R112.
pub(crate) fn report(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ParticipantListReport = act.body()?;
    let fewest = act.parameters()?.smallest_cell;
    body.counts.check(fewest)?;
    let parent = act.group()?.parent.clone();
    if parent != body.addressee {
        return Err(Refusal::Field { field: "addressee", problem: "is not the parent group" }.into());
    }
    let subject = act.subject("roster")?;
    let mut roster = act.load::<Roster>(&subject)?.unwrap_or_default();
    roster.reports = roster.reports.saturating_add(1);
    roster.last = Some((Text(act.time()), body.root));
    roster.total = body.counts.total;
    act.find(
        &rules::R24,
        Finding::Met,
        [("total", body.counts.total.into()), ("enrolled", roster.enrolled.into()), ("smallest_cell", fewest.into())],
    );
    act.find(&rules::R112, Finding::Met, [("reported_to", parent.to_string().into())]);
    act.put(subject, roster);
    Ok(())
}
