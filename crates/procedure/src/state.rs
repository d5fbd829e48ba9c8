//! What the ledger knows about each subject.

use plenary_core::codec::{self, CodecError};
use serde::{Deserialize, Serialize};

use crate::{
    attendance::{Attendance, Roster},
    circular::Circular,
    contribution::{Contribution, ContributionRegister},
    deliverable::{Deliverable, DeliverableRegister},
    group::Group,
    meeting::Meeting,
    organization::Organization,
    participant::Participant,
    position::PositionState,
    registration::{Registration, RegistrationRegister},
    role::Role,
    ruleset::Ruleset,
    validators::Validators,
    working_group::WorkingGroup,
};

/// The largest encoded state of one subject, in bytes.
pub const STATE_BYTES_MAX: usize = 262_144;

/// The state of one subject.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum SubjectState {
    /// `organization/<id>`
    Organization(Organization),
    /// `<group>/group`
    Group(Box<Group>),
    /// `<group>/ruleset`
    Ruleset(Ruleset),
    /// `<group>/circular/<number>`
    Circular(Circular),
    /// `<group>/participant/<pid>`
    Participant(Participant),
    /// `<group>/role/<role>`, or `<group>/role/<role>/<scope>`
    Role(Role),
    /// `<group>/roster`
    Roster(Roster),
    /// `<group>/working-group/<id>`
    WorkingGroup(WorkingGroup),
    /// `<group>/meeting/<label>`
    Meeting(Box<Meeting>),
    /// `<group>/meeting/<label>/registrations`
    Registrations(RegistrationRegister),
    /// `<group>/meeting/<label>/registration/<pid>`
    Registration(Registration),
    /// `<group>/meeting/<label>/attendance`
    Attendance(Attendance),
    /// `<group>/contributions`
    Contributions(ContributionRegister),
    /// `<group>/contribution/<number>`
    Contribution(Contribution),
    /// `<group>/deliverables`
    Deliverables(DeliverableRegister),
    /// `<group>/deliverable/<number>`
    Deliverable(Box<Deliverable>),
    /// `<group>/call/<number>/position/<who>`
    Position(PositionState),
    /// `validators`
    Validators(Validators),
}

impl SubjectState {
    /// Encodes the state, or fails if it exceeds `STATE_BYTES_MAX`.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode::<STATE_BYTES_MAX, Self>(self)
    }

    /// Decodes a state from exactly `bytes`.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode::<STATE_BYTES_MAX, Self>(bytes)
    }
}

/// The state of one kind of subject.
pub trait Noun: Sized {
    /// Takes it out of `state`, if that is of this kind.
    fn take(state: SubjectState) -> Option<Self>;

    /// Wraps it.
    fn wrap(self) -> SubjectState;
}

impl Noun for Organization {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Organization(organization) = state { Some(organization) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Organization(self)
    }
}

impl Noun for Group {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Group(group) = state { Some(*group) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Group(Box::new(self))
    }
}

impl Noun for Ruleset {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Ruleset(ruleset) = state { Some(ruleset) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Ruleset(self)
    }
}

impl Noun for Circular {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Circular(circular) = state { Some(circular) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Circular(self)
    }
}

impl Noun for Participant {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Participant(participant) = state { Some(participant) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Participant(self)
    }
}

impl Noun for Role {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Role(role) = state { Some(role) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Role(self)
    }
}

impl Noun for Roster {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Roster(roster) = state { Some(roster) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Roster(self)
    }
}

impl Noun for WorkingGroup {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::WorkingGroup(working_group) = state { Some(working_group) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::WorkingGroup(self)
    }
}

impl Noun for Meeting {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Meeting(meeting) = state { Some(*meeting) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Meeting(Box::new(self))
    }
}

impl Noun for RegistrationRegister {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Registrations(register) = state { Some(register) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Registrations(self)
    }
}

impl Noun for Registration {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Registration(registration) = state { Some(registration) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Registration(self)
    }
}

impl Noun for Attendance {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Attendance(attendance) = state { Some(attendance) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Attendance(self)
    }
}

impl Noun for ContributionRegister {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Contributions(register) = state { Some(register) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Contributions(self)
    }
}

impl Noun for Contribution {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Contribution(contribution) = state { Some(contribution) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Contribution(self)
    }
}

impl Noun for DeliverableRegister {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Deliverables(register) = state { Some(register) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Deliverables(self)
    }
}

impl Noun for Deliverable {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Deliverable(deliverable) = state { Some(*deliverable) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Deliverable(Box::new(self))
    }
}

impl Noun for PositionState {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Position(position) = state { Some(position) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Position(self)
    }
}

impl Noun for Validators {
    fn take(state: SubjectState) -> Option<Self> {
        if let SubjectState::Validators(validators) = state { Some(validators) } else { None }
    }

    fn wrap(self) -> SubjectState {
        SubjectState::Validators(self)
    }
}
