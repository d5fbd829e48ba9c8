//! What is publicly known of FG DLT, read from `fg-dlt.toml`.

use serde::Deserialize;

use crate::problem::Problem;

/// The facts that the demonstration plays.
#[derive(Clone, Debug, Deserialize)]
pub struct Facts {
    /// The group.
    pub group: Group,
    /// The numbers of its terms of reference.
    pub parameters: Parameters,
    /// Its working groups.
    pub working_groups: Vec<WorkingGroup>,
    /// Its meetings; those without dates are known by number alone.
    pub meetings: Vec<Meeting>,
    /// Its deliverables; one is a gap.
    pub deliverables: Vec<Deliverable>,
    /// How they were sent to the parent group.
    pub transmission: Transmission,
    /// What became of them there.
    pub disposals: Vec<Disposal>,
}

/// The group.
#[derive(Clone, Debug, Deserialize)]
pub struct Group {
    /// Its full name.
    pub name: String,
    /// The parent group's decision.
    pub decision: Decision,
    /// The circular that announced it.
    pub circular: Circular,
    /// The zone of its dates.
    pub zone: String,
}

/// The parent group's decision.
#[derive(Clone, Debug, Deserialize)]
pub struct Decision {
    /// The meeting.
    pub meeting: String,
    /// Its first day.
    pub first_day: String,
    /// Its last day.
    pub last_day: String,
}

/// A circular.
#[derive(Clone, Debug, Deserialize)]
pub struct Circular {
    /// Its date.
    pub date: String,
}

/// A fact with a value.
#[derive(Clone, Debug, Deserialize)]
pub struct Valued<T> {
    /// The value.
    pub value: T,
}

/// The numbers of the terms of reference.
#[derive(Clone, Debug, Deserialize)]
pub struct Parameters {
    /// Days between the last contribution and a meeting.
    pub contribution_days: Valued<u32>,
    /// Days between a meeting's announcement and the meeting.
    pub notice_days: Valued<u32>,
    /// Days between the transmission of deliverables and the parent's meeting.
    pub transmission_days: Valued<u32>,
    /// Months of the group's life.
    pub lifetime_months: Valued<u32>,
    /// Days between the last registration and a meeting.
    pub registration_days: Valued<u32>,
    /// The working language.
    pub language: Valued<String>,
    /// The day by which the first meeting was planned.
    pub first_meeting_by: Valued<String>,
}

/// A working group.
#[derive(Clone, Debug, Deserialize)]
pub struct WorkingGroup {
    /// Its short name.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A deadline as it was announced.
#[derive(Clone, Debug, Deserialize)]
pub struct Announced {
    /// `by` or `before`.
    pub words: String,
    /// The day.
    pub date: String,
}

/// A meeting.
#[derive(Clone, Debug, Deserialize)]
pub struct Meeting {
    /// Its number.
    pub number: u32,
    /// Where it was.
    pub place: Option<String>,
    /// The zone of its deadlines.
    pub zone: Option<String>,
    /// Its first day.
    pub first_day: Option<String>,
    /// Its last day.
    pub last_day: Option<String>,
    /// The deadline of contributions, where one was announced.
    pub contributions: Option<Announced>,
    /// The deadline of registrations.
    pub registration: Option<Announced>,
    /// How many contributions there were.
    pub contribution_count: Option<Valued<u32>>,
    /// How many representatives there were more of than this.
    pub representatives_more_than: Option<Valued<u32>>,
}

/// A deliverable.
#[derive(Clone, Debug, Deserialize)]
pub struct Deliverable {
    /// Its number.
    pub number: String,
    /// Its kind.
    pub kind: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// The working group that wrote it.
    pub working_group: Option<String>,
    /// When it was adopted.
    pub adopted: Option<String>,
    /// Its files.
    #[serde(default)]
    pub parts: Vec<String>,
}

/// How deliverables were sent to the parent group.
#[derive(Clone, Debug, Deserialize)]
pub struct Transmission {
    /// The meeting that they were sent to.
    pub parent_meeting: ParentMeeting,
}

/// A meeting of the parent group.
#[derive(Clone, Debug, Deserialize)]
pub struct ParentMeeting {
    /// Its first day.
    pub first_day: String,
    /// Where it was.
    pub place: String,
}

/// What became of a deliverable.
#[derive(Clone, Debug, Deserialize)]
pub struct Disposal {
    /// Its number.
    pub deliverable: String,
    /// The group that it went to.
    pub destination: String,
    /// The document that it became.
    pub became: String,
    /// When.
    pub date: String,
}

impl Facts {
    /// The facts that this program carries.
    pub fn read() -> Result<Self, Problem> {
        toml::from_str(include_str!("fg-dlt.toml"))
            .map_err(|_| Problem::Defect("the demonstration's facts are malformed"))
    }
}
