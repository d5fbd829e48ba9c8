//! The types of records, and who signs each.

use std::fmt;

/// In which role somebody signs: the `as` of a signer.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Capacity {
    /// The parent group.
    Parent,
    /// The secretariat.
    Secretariat,
    /// The chair.
    Chair,
    /// Who acts as chair for a time.
    ActingChair,
    /// A vice-chair.
    ViceChair,
    /// An editor of the deliverable that the record is about.
    Editor,
    /// A participant, for himself or herself.
    Participant,
    /// A participant who speaks for an organisation.
    Delegate,
    /// An organisation with a key of its own.
    Organization,
    /// The holder of the key that the record puts in force: proof of possession.
    NewKey,
}

impl Capacity {
    const ALL: [Self; 10] = [
        Self::Parent,
        Self::Secretariat,
        Self::Chair,
        Self::ActingChair,
        Self::ViceChair,
        Self::Editor,
        Self::Participant,
        Self::Delegate,
        Self::Organization,
        Self::NewKey,
    ];

    /// The word in a signer's `as`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::Secretariat => "secretariat",
            Self::Chair => "chair",
            Self::ActingChair => "acting-chair",
            Self::ViceChair => "vice-chair",
            Self::Editor => "editor",
            Self::Participant => "participant",
            Self::Delegate => "delegate",
            Self::Organization => "organization",
            Self::NewKey => "new-key",
        }
    }

    /// The reason of a refusal for want of this signature.
    pub(crate) const fn needs(self) -> &'static str {
        match self {
            Self::Parent => "needs_parent",
            Self::Secretariat => "needs_secretariat",
            Self::Chair => "needs_chair",
            Self::ActingChair => "needs_acting_chair",
            Self::ViceChair => "needs_vice_chair",
            Self::Editor => "needs_editor",
            Self::Participant => "needs_participant",
            Self::Delegate => "needs_delegate",
            Self::Organization => "needs_organization",
            Self::NewKey => "needs_new_key",
        }
    }

    /// Reads a signer's `as`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capacity| capacity.as_str() == text)
    }

    /// Whether this capacity does where `needed` is asked for.
    pub(crate) fn serves_as(self, needed: Self) -> bool {
        self == needed || (self == Self::ActingChair && needed == Self::Chair)
    }
}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a record concerns a group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    /// It names a group that exists.
    Group,
    /// It names a group that may not exist yet.
    Founding,
    /// It names no group.
    Ledger,
    /// It names a group, or none where it is about an organisation.
    Either,
}

/// A type of record.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum RecordType {
    /// Binds a group to its terms of reference and parameters.
    Ruleset,
    /// Establishes a group.
    GroupEstablish,
    /// Publishes a circular.
    CircularPublish,
    /// Extends a group's lifetime.
    LifetimeExtend,
    /// Registers an organisation.
    OrganizationRegister,
    /// Enrols a participant.
    ParticipantEnroll,
    /// Puts a new key in force.
    KeyRotate,
    /// Ends a key.
    KeyRevoke,
    /// Appoints somebody to a role.
    RoleAppoint,
    /// Makes somebody acting chair.
    RoleAct,
    /// Ends somebody's role.
    RoleEnd,
    /// Creates a working group.
    WorkingGroupCreate,
    /// Announces a meeting.
    MeetingAnnounce,
    /// Registers a participant for a meeting.
    MeetingRegister,
    /// Opens a meeting.
    MeetingOpen,
    /// Closes a meeting.
    MeetingClose,
    /// Seals a meeting's attendance.
    AttendanceSeal,
    /// Reports the participant list to the parent group.
    ParticipantListReport,
    /// Records that the patent question was asked.
    IprCall,
    /// Waives a rule.
    DeadlineWaive,
    /// Submits a contribution.
    ContributionSubmit,
    /// Revises a contribution.
    ContributionRevise,
    /// Withdraws a contribution.
    ContributionWithdraw,
    /// Admits a late contribution to the meeting's decision.
    ContributionLateAdmit,
    /// Records the meeting's decision on a late contribution.
    ContributionLateDecide,
    /// Adopts a work item and gives it its number.
    WorkItemAdopt,
    /// Discontinues a work item.
    WorkItemDiscontinue,
    /// Publishes a version of a deliverable.
    BaselinePublish,
    /// Opens a consensus call.
    CallOpen,
    /// States a position in a call.
    Position,
    /// Raises an objection.
    ObjectionRaise,
    /// Responds to an objection.
    ObjectionRespond,
    /// Withdraws an objection.
    ObjectionWithdraw,
    /// Disposes of an objection.
    ObjectionDispose,
    /// Closes a call.
    CallClose,
    /// Determines the outcome of a call.
    Determine,
    /// Sends deliverables to the parent group.
    Transmit,
    /// Records what the parent group did with a deliverable.
    ParentDispose,
}

/// The signers that a type asks for: one capacity each, all of them.
pub type Signing = &'static [Capacity];

impl RecordType {
    /// Every type, in the order in which a group meets them.
    pub const ALL: [Self; 38] = [
        Self::Ruleset,
        Self::GroupEstablish,
        Self::CircularPublish,
        Self::LifetimeExtend,
        Self::OrganizationRegister,
        Self::ParticipantEnroll,
        Self::KeyRotate,
        Self::KeyRevoke,
        Self::RoleAppoint,
        Self::RoleAct,
        Self::RoleEnd,
        Self::WorkingGroupCreate,
        Self::MeetingAnnounce,
        Self::MeetingRegister,
        Self::MeetingOpen,
        Self::MeetingClose,
        Self::AttendanceSeal,
        Self::ParticipantListReport,
        Self::IprCall,
        Self::DeadlineWaive,
        Self::ContributionSubmit,
        Self::ContributionRevise,
        Self::ContributionWithdraw,
        Self::ContributionLateAdmit,
        Self::ContributionLateDecide,
        Self::WorkItemAdopt,
        Self::WorkItemDiscontinue,
        Self::BaselinePublish,
        Self::CallOpen,
        Self::Position,
        Self::ObjectionRaise,
        Self::ObjectionRespond,
        Self::ObjectionWithdraw,
        Self::ObjectionDispose,
        Self::CallClose,
        Self::Determine,
        Self::Transmit,
        Self::ParentDispose,
    ];

    /// The word in a record's `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ruleset => "ruleset",
            Self::GroupEstablish => "group.establish",
            Self::CircularPublish => "circular.publish",
            Self::LifetimeExtend => "lifetime.extend",
            Self::OrganizationRegister => "organization.register",
            Self::ParticipantEnroll => "participant.enroll",
            Self::KeyRotate => "key.rotate",
            Self::KeyRevoke => "key.revoke",
            Self::RoleAppoint => "role.appoint",
            Self::RoleAct => "role.act",
            Self::RoleEnd => "role.end",
            Self::WorkingGroupCreate => "wg.create",
            Self::MeetingAnnounce => "meeting.announce",
            Self::MeetingRegister => "meeting.register",
            Self::MeetingOpen => "meeting.open",
            Self::MeetingClose => "meeting.close",
            Self::AttendanceSeal => "attendance.seal",
            Self::ParticipantListReport => "participant-list.report",
            Self::IprCall => "ipr.call",
            Self::DeadlineWaive => "deadline.waive",
            Self::ContributionSubmit => "contribution.submit",
            Self::ContributionRevise => "contribution.revise",
            Self::ContributionWithdraw => "contribution.withdraw",
            Self::ContributionLateAdmit => "contribution.late-admit",
            Self::ContributionLateDecide => "contribution.late-decide",
            Self::WorkItemAdopt => "workitem.adopt",
            Self::WorkItemDiscontinue => "workitem.discontinue",
            Self::BaselinePublish => "baseline.publish",
            Self::CallOpen => "call.open",
            Self::Position => "position",
            Self::ObjectionRaise => "objection.raise",
            Self::ObjectionRespond => "objection.respond",
            Self::ObjectionWithdraw => "objection.withdraw",
            Self::ObjectionDispose => "objection.dispose",
            Self::CallClose => "call.close",
            Self::Determine => "determine",
            Self::Transmit => "transmit",
            Self::ParentDispose => "parent.dispose",
        }
    }

    /// Reads a record's `type`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record_type| record_type.as_str() == text)
    }

    /// Whether records of this type concern a group.
    pub const fn reach(self) -> Reach {
        match self {
            Self::Ruleset | Self::GroupEstablish => Reach::Founding,
            Self::OrganizationRegister => Reach::Ledger,
            Self::KeyRotate | Self::KeyRevoke => Reach::Either,
            Self::CircularPublish
            | Self::LifetimeExtend
            | Self::ParticipantEnroll
            | Self::RoleAppoint
            | Self::RoleAct
            | Self::RoleEnd
            | Self::WorkingGroupCreate
            | Self::MeetingAnnounce
            | Self::MeetingRegister
            | Self::MeetingOpen
            | Self::MeetingClose
            | Self::AttendanceSeal
            | Self::ParticipantListReport
            | Self::IprCall
            | Self::DeadlineWaive
            | Self::ContributionSubmit
            | Self::ContributionRevise
            | Self::ContributionWithdraw
            | Self::ContributionLateAdmit
            | Self::ContributionLateDecide
            | Self::WorkItemAdopt
            | Self::WorkItemDiscontinue
            | Self::BaselinePublish
            | Self::CallOpen
            | Self::Position
            | Self::ObjectionRaise
            | Self::ObjectionRespond
            | Self::ObjectionWithdraw
            | Self::ObjectionDispose
            | Self::CallClose
            | Self::Determine
            | Self::Transmit
            | Self::ParentDispose => Reach::Group,
        }
    }

    /// The sets of signers of which one must have signed; the acting chair serves as the chair.
    pub const fn signing(self) -> &'static [Signing] {
        use Capacity as C;
        match self {
            Self::Ruleset | Self::GroupEstablish | Self::LifetimeExtend | Self::ParentDispose => &[&[C::Parent]],
            Self::OrganizationRegister | Self::CircularPublish | Self::AttendanceSeal | Self::ParticipantListReport => {
                &[&[C::Secretariat]]
            }
            Self::ParticipantEnroll => &[&[C::Secretariat], &[C::Secretariat, C::NewKey]],
            Self::KeyRotate => &[
                &[C::Participant, C::NewKey],
                &[C::Organization, C::NewKey],
                &[C::Secretariat, C::NewKey],
                &[C::Parent, C::NewKey],
            ],
            Self::KeyRevoke => &[&[C::Participant], &[C::Organization], &[C::Secretariat], &[C::Parent]],
            Self::RoleAppoint => &[&[C::Chair], &[C::Parent], &[C::Secretariat], &[C::Organization]],
            Self::RoleAct => &[&[C::Chair], &[C::ViceChair, C::Secretariat], &[C::Parent]],
            Self::RoleEnd => &[&[C::Chair], &[C::Parent], &[C::Participant], &[C::Secretariat], &[C::Organization]],
            Self::MeetingAnnounce => &[&[C::Secretariat], &[C::Chair, C::Secretariat]],
            Self::MeetingRegister
            | Self::ContributionSubmit
            | Self::ContributionRevise
            | Self::ContributionWithdraw => &[&[C::Participant], &[C::Secretariat]],
            Self::WorkingGroupCreate
            | Self::MeetingOpen
            | Self::MeetingClose
            | Self::IprCall
            | Self::ContributionLateDecide
            | Self::WorkItemAdopt
            | Self::WorkItemDiscontinue
            | Self::CallOpen => &[&[C::Chair]],
            Self::ContributionLateAdmit => &[&[C::Secretariat], &[C::Chair]],
            Self::DeadlineWaive => &[&[C::Chair], &[C::Chair, C::Secretariat], &[C::Parent]],
            Self::BaselinePublish => &[&[C::Editor]],
            Self::Position | Self::ObjectionRaise | Self::ObjectionWithdraw => {
                &[&[C::Participant], &[C::Delegate], &[C::Organization]]
            }
            Self::ObjectionRespond => &[&[C::Participant], &[C::Editor], &[C::Chair]],
            Self::ObjectionDispose => &[&[C::Chair], &[C::ViceChair]],
            Self::CallClose => &[&[C::Chair], &[C::Secretariat], &[C::Participant]],
            Self::Determine => &[&[C::Chair, C::Secretariat], &[C::ViceChair, C::Secretariat]],
            Self::Transmit => &[&[C::Chair, C::Secretariat]],
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for record_type in RecordType::ALL {
            assert_eq!(RecordType::parse(record_type.as_str()), Some(record_type));
            assert!(!record_type.signing().is_empty(), "{record_type} could never be signed");
        }
        for capacity in Capacity::ALL {
            assert_eq!(Capacity::parse(capacity.as_str()), Some(capacity));
        }
        assert_eq!(RecordType::parse("vote.cast"), None);
        assert_eq!(Capacity::parse("operator"), None);
    }
}
