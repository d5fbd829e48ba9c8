//! What the ledger knows about each subject.

use plenary_core::codec::{self, CodecError};
use serde::{Deserialize, Serialize};

use crate::{
    action::Action,
    agenda::Agenda,
    attendance::{Attendance, Roster},
    circular::Circular,
    claim::{Claim, ClaimRegister},
    contribution::{Contribution, ContributionRegister},
    correction::Corrections,
    decision::RecordedDecision,
    deliverable::{Deliverable, DeliverableRegister},
    disclosure::{Disclosure, DisclosureRegister},
    erasure::Erasure,
    event::Event,
    group::Group,
    holding::Holding,
    liaison::{Liaison, LiaisonRegister},
    meeting::{Meeting, MeetingList},
    meeting_report::MeetingReport,
    minutes::Minutes,
    organization::Organization,
    paper::{Paper, PaperRegister},
    participant::Participant,
    position::PositionState,
    proposal::{Proposal, ProposalRegister},
    registration::{Registration, RegistrationRegister},
    report::Reports,
    reservation::Reservation,
    role::{Duties, Role},
    ruleset::Ruleset,
    terms::Guideline,
    validators::Validators,
    voiding::Voided,
    working_group::WorkingGroup,
};

/// The largest encoded state of one subject, in bytes.
pub const STATE_BYTES_MAX: usize = 262_144;

/// The state of one kind of subject.
pub trait Noun: Sized {
    /// Takes it out of `state`, if that is of this kind.
    fn take(state: SubjectState) -> Option<Self>;

    /// Wraps it.
    fn wrap(self) -> SubjectState;
}

/// Makes the states of subjects out of one table: the subject, the variant, and the state.
macro_rules! nouns {
    ($($(#[$doc:meta])* $name:ident($($noun:ident)+);)+) => {
        /// The state of one subject.
        #[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
        pub enum SubjectState {
            $($(#[$doc])* $name(nouns!(@held $($noun)+)),)+
        }

        $(nouns!(@impl $name $($noun)+);)+
    };
    (@held boxed $noun:ident) => { Box<$noun> };
    (@held $noun:ident) => { $noun };
    (@impl $name:ident boxed $noun:ident) => { nouns!(@noun $name $noun, held, *held, Box::new); };
    (@impl $name:ident $noun:ident) => { nouns!(@noun $name $noun, held, held, std::convert::identity); };
    (@noun $name:ident $noun:ident, $held:ident, $taken:expr, $wrap:expr) => {
        impl Noun for $noun {
            fn take(state: SubjectState) -> Option<Self> {
                if let SubjectState::$name($held) = state { Some($taken) } else { None }
            }

            fn wrap(self) -> SubjectState {
                SubjectState::$name($wrap(self))
            }
        }
    };
}

nouns! {
    /// `organization/<id>`
    Organization(Organization);
    /// `<group>/group`
    Group(boxed Group);
    /// `<group>/ruleset`
    Ruleset(Ruleset);
    /// `<group>/circular/<number>`
    Circular(Circular);
    /// `<group>/participant/<pid>`
    Participant(Participant);
    /// `<group>/role/<role>`, or `<group>/role/<role>/<scope>`
    Role(Role);
    /// `<group>/roster`
    Roster(Roster);
    /// `<group>/working-group/<id>`
    WorkingGroup(WorkingGroup);
    /// `<group>/meeting/<label>`
    Meeting(boxed Meeting);
    /// `<group>/meeting/<label>/registrations`
    Registrations(RegistrationRegister);
    /// `<group>/meeting/<label>/registration/<pid>`
    Registration(Registration);
    /// `<group>/meeting/<label>/attendance`
    Attendance(Attendance);
    /// `<group>/contributions`
    Contributions(ContributionRegister);
    /// `<group>/contribution/<number>`
    Contribution(Contribution);
    /// `<group>/deliverables`
    Deliverables(DeliverableRegister);
    /// `<group>/deliverable/<number>`
    Deliverable(boxed Deliverable);
    /// `<group>/call/<number>/position/<who>`
    Position(PositionState);
    /// `<group>/participant/<pid>/roles`
    Duties(Duties);
    /// `<group>/participant/<pid>/erasure`
    Erasure(Erasure);
    /// `<group>/guidelines`
    Guideline(Guideline);
    /// `<group>/reservation/<number>`
    Reservation(Reservation);
    /// `<group>/documents`
    Papers(PaperRegister);
    /// `<group>/document/<number>`
    Paper(Paper);
    /// `<group>/ipr`
    Disclosures(DisclosureRegister);
    /// `<group>/ipr/<number>`
    Disclosure(Disclosure);
    /// `<group>/proposals`
    Proposals(ProposalRegister);
    /// `<group>/proposal/<number>`
    Proposal(Proposal);
    /// `<group>/holding/<manifest>`
    Holding(Holding);
    /// `<group>/liaisons`
    Liaisons(LiaisonRegister);
    /// `<group>/liaison/<number>`
    Liaison(Liaison);
    /// `<group>/reports`
    Reports(Reports);
    /// `<group>/meeting/<label>/agenda`
    Agenda(Agenda);
    /// `<group>/meeting/<label>/minutes`, or `<group>/minutes`
    Minutes(Minutes);
    /// `<group>/decision/<number>`
    Decision(RecordedDecision);
    /// `<group>/action/<number>`
    Action(Action);
    /// `<group>/meeting/<label>/report`
    MeetingReport(MeetingReport);
    /// `<group>/meeting/<label>/claims`
    Claims(ClaimRegister);
    /// `<group>/meeting/<label>/claim/<pid>`
    Claim(Claim);
    /// `<group>/event/<label>`
    Event(Event);
    /// `<subject>/corrections`
    Corrections(Corrections);
    /// A subject whose only record was voided.
    Voided(Voided);
    /// `<group>/meetings`
    Meetings(MeetingList);
    /// `validators`
    Validators(boxed Validators);
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
