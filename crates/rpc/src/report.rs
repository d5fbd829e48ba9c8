//! Reports: of a meeting, and of the group to its parent group.

use plenary_procedure::meeting_report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::count,
    json::{Hash, Number, Time},
    meeting::ID,
    noun::{Of, Shown},
    params::Param,
    reason::Reason,
};

/// The report of a meeting.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct MeetingReport {
    /// The group.
    pub group: String,
    /// The meeting.
    pub meeting: String,
    /// Its current revision.
    pub revision: Number,
    /// The digest over the documents of that.
    pub manifest: Hash,
    /// When it was approved, by ledger time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Time>,
    /// The record that approved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Hash>,
}

/// What a group reported to its parent group.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ParentReports {
    /// The group.
    pub group: String,
    /// The last progress report for each meeting of the parent group, the earliest meeting first.
    pub progress: Vec<ProgressLine>,
    /// The record of the final report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub final_report: Option<Hash>,
    /// How often the parent group concluded on reports.
    pub notes: Number,
}

/// A progress report.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct ProgressLine {
    /// The first day of the parent group's meeting that it is for.
    pub parent_starts: String,
    /// The record.
    pub record: Hash,
}

named!(MeetingReport, "report_list", "report_get");

impl Shown for meeting_report::MeetingReport {
    type Answer = MeetingReport;
    const WORD: &'static str = "report of a meeting";
    const FOLDER: &'static str = "meeting";
    const LEAF: Option<&'static str> = Some("report");
    const LIST: &'static str = "The reports of a group's meetings.";
    const GET: &'static str = "The report of a meeting: its revision, and whether it is approved.";
    const ID: Param = ID;
    const ABSENT: Reason = Reason::NO_SUCH_REPORT;

    fn describe(self, of: &Of<'_>) -> Result<MeetingReport, Fault> {
        let (approved, approval) = self.approved.unzip();
        Ok(MeetingReport {
            group: of.group.to_string(),
            meeting: of.id.to_owned(),
            revision: count(self.revision),
            manifest: Hash(self.manifest.0),
            approved: approved.map(|time| Time(time.0)),
            approval: approval.map(|record| Hash(record.0)),
        })
    }
}
