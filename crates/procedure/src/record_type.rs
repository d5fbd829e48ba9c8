//! The types of records, and who signs each.

use std::fmt;

/// In which role somebody signs: the `as` of a signer.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Capacity {
    /// The parent group.
    Parent,
    /// The parent group that takes the group over.
    NewParent,
    /// The secretariat.
    Secretariat,
    /// The chair.
    Chair,
    /// Who acts as chair for a time.
    ActingChair,
    /// A vice-chair.
    ViceChair,
    /// The lead of the working group that the record is about.
    WorkingGroupLead,
    /// An editor of the deliverable that the record is about.
    Editor,
    /// A participant, for himself or herself.
    Participant,
    /// A participant who speaks for an organisation.
    Delegate,
    /// An organisation with a key of its own.
    Organization,
    /// Who answers to people for their data, and asks for erasure in their name.
    PrivacyOfficer,
    /// The holder of the key that the record puts in force: proof of possession.
    NewKey,
    /// An organisation that runs a validator.
    Operator,
    /// A validator, with the key that makes blocks final: for what it attests about the ledger itself.
    Validator,
}

impl Capacity {
    /// Every capacity.
    pub const ALL: [Self; 15] = [
        Self::Parent,
        Self::NewParent,
        Self::Secretariat,
        Self::Chair,
        Self::ActingChair,
        Self::ViceChair,
        Self::WorkingGroupLead,
        Self::Editor,
        Self::Participant,
        Self::Delegate,
        Self::Organization,
        Self::PrivacyOfficer,
        Self::NewKey,
        Self::Operator,
        Self::Validator,
    ];

    /// The word in a signer's `as`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parent => "parent",
            Self::NewParent => "new-parent",
            Self::Secretariat => "secretariat",
            Self::Chair => "chair",
            Self::ActingChair => "acting-chair",
            Self::ViceChair => "vice-chair",
            Self::WorkingGroupLead => "working-group-lead",
            Self::Editor => "editor",
            Self::Participant => "participant",
            Self::Delegate => "delegate",
            Self::Organization => "organization",
            Self::PrivacyOfficer => "privacy-officer",
            Self::NewKey => "new-key",
            Self::Operator => "operator",
            Self::Validator => "validator",
        }
    }

    /// The reason of a refusal for want of this signature.
    pub(crate) const fn needs(self) -> &'static str {
        match self {
            Self::Parent => "needs_parent",
            Self::NewParent => "needs_new_parent",
            Self::Secretariat => "needs_secretariat",
            Self::Chair => "needs_chair",
            Self::ActingChair => "needs_acting_chair",
            Self::ViceChair => "needs_vice_chair",
            Self::WorkingGroupLead => "needs_working_group_lead",
            Self::Editor => "needs_editor",
            Self::Participant => "needs_participant",
            Self::Delegate => "needs_delegate",
            Self::Organization => "needs_organization",
            Self::PrivacyOfficer => "needs_privacy_officer",
            Self::NewKey => "needs_new_key",
            Self::Operator => "needs_operator",
            Self::Validator => "needs_validator",
        }
    }

    /// Reads a signer's `as`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capacity| capacity.as_str() == text)
    }

    /// Whether this capacity does where `needed` is asked for.
    pub fn serves_as(self, needed: Self) -> bool {
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

/// The signers that a type asks for: one capacity each, all of them.
pub type Signing = &'static [Capacity];

/// Makes the types of records out of one table: what it does, the word, what it concerns, and the sets of signers.
macro_rules! record_types {
    ($(#[doc = $says:literal] $name:ident $word:literal $reach:ident [$([$($capacity:ident)+])+];)+) => {
        /// A type of record.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum RecordType {
            $(#[doc = $says] $name,)+
        }

        impl RecordType {
            /// Every type, in the order in which a group meets them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$name),+];

            /// The word in a record's `type`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }

            /// What a record of this type does, in a sentence.
            pub const fn says(self) -> &'static str {
                match self {
                    $(Self::$name => $says.trim_ascii(),)+
                }
            }

            /// Whether records of this type concern a group.
            pub const fn reach(self) -> Reach {
                match self {
                    $(Self::$name => Reach::$reach,)+
                }
            }

            /// The sets of signers of which one must have signed; the acting chair serves as the chair.
            pub const fn signing(self) -> &'static [Signing] {
                match self {
                    $(Self::$name => &[$(&[$(Capacity::$capacity),+]),+],)+
                }
            }
        }
    };
}

record_types! {
    /// Binds a group to its terms of reference and parameters.
    Ruleset "ruleset" Founding [[Parent]];
    /// Establishes a group.
    GroupEstablish "group.establish" Founding [[Parent]];
    /// Publishes a circular.
    CircularPublish "circular.publish" Group [[Secretariat]];
    /// Extends a group's lifetime.
    LifetimeExtend "lifetime.extend" Group [[Parent]];
    /// Amends a group's terms of reference.
    TermsAmend "tor.amend" Group [[Parent]];
    /// Charters a group anew, which takes up its work again if it had concluded.
    GroupRecharter "group.recharter" Group [[Parent]];
    /// Gives a group another parent.
    GroupTransfer "group.transfer" Group [[Parent NewParent]];
    /// Adopts a version of the working guidelines.
    GuidelineAdopt "guideline.adopt" Group [[Chair]];
    /// Concludes a group's work.
    GroupConclude "group.conclude" Group [[Chair]];
    /// Closes a group.
    GroupClose "group.close" Group [[Parent]];
    /// Says what is wrong in a record, which stays as it is.
    RecordCorrect "record.correct" Either [[Secretariat] [Participant] [Organization] [Parent]];
    /// Marks a record void on which nothing depends.
    RecordVoid "record.void" Group [[Secretariat] [Participant Secretariat] [Organization Secretariat]];
    /// Registers an organisation.
    OrganizationRegister "organization.register" Ledger [[Secretariat]];
    /// Enrols a participant.
    ParticipantEnroll "participant.enroll" Group [[Secretariat] [Secretariat NewKey]];
    /// Corrects what a participant's identity is committed to.
    ParticipantRectify "participant.rectify" Group [[Participant] [Secretariat] [PrivacyOfficer]];
    /// Merges a second enrolment of one person into the first.
    ParticipantMerge "participant.merge" Group [[Participant Secretariat]];
    /// Records that a participant belongs elsewhere now.
    AffiliationChange "affiliation.change" Group [[Participant] [Participant Organization] [Participant Secretariat]];
    /// Asks that a participant's identity be erased.
    ErasureRequest "erasure.request" Group [[Participant] [PrivacyOfficer]];
    /// Records that a node has erased it.
    ErasureAcknowledge "erasure.acknowledge" Group [[Secretariat] [Parent] [Organization]];
    /// Puts a new key in force.
    KeyRotate "key.rotate" Either [[Participant NewKey] [Organization NewKey] [Secretariat NewKey] [Parent NewKey]];
    /// Ends a key.
    KeyRevoke "key.revoke" Either [[Participant] [Organization] [Secretariat] [Parent]];
    /// Puts a new key in force for who lost the old one.
    KeyRecover "key.recover" Group [[Secretariat Organization] [Secretariat NewKey]];
    /// Puts the key of a node in force, which signs for its organisation what the node attests.
    KeyEntrust "key.entrust" Ledger [[Organization NewKey] [Secretariat NewKey] [Parent NewKey]];
    /// Appoints somebody to a role.
    RoleAppoint "role.appoint" Group [[Chair] [Parent] [Secretariat] [Organization]];
    /// Makes somebody acting chair.
    RoleAct "role.act" Group [[Chair] [ViceChair Secretariat] [Parent]];
    /// Ends somebody's role.
    RoleEnd "role.end" Group [[Chair] [Parent] [Participant] [Secretariat] [Organization]];
    /// Creates a working group.
    WorkingGroupCreate "wg.create" Group [[Chair]];
    /// Amends a working group.
    WorkingGroupAmend "wg.amend" Group [[Chair]];
    /// Closes a working group.
    WorkingGroupClose "wg.close" Group [[Chair]];
    /// Announces a meeting.
    MeetingAnnounce "meeting.announce" Group [[Secretariat] [Chair Secretariat]];
    /// Amends the notice of a meeting.
    MeetingAmend "meeting.amend" Group [[Secretariat] [Chair Secretariat]];
    /// Cancels a meeting.
    MeetingCancel "meeting.cancel" Group [[Chair Secretariat]];
    /// Registers a participant for a meeting.
    MeetingRegister "meeting.register" Group [[Participant] [Secretariat]];
    /// Takes a registration back.
    MeetingUnregister "meeting.unregister" Group [[Participant] [Secretariat]];
    /// Publishes a revision of a meeting's agenda.
    AgendaPublish "agenda.publish" Group [[Chair]];
    /// Opens a meeting.
    MeetingOpen "meeting.open" Group [[Chair]];
    /// Closes a meeting.
    MeetingClose "meeting.close" Group [[Chair]];
    /// Records a decision, and gives it its number.
    DecisionRecord "decision.record" Group [[Chair]];
    /// Opens an action item, and gives it its number.
    ActionOpen "action.open" Group [[Chair]];
    /// Closes an action item.
    ActionClose "action.close" Group [[Chair]];
    /// Submits the report of a meeting.
    ReportSubmit "report.submit" Group [[Secretariat]];
    /// Approves the report of a meeting.
    ReportApprove "report.approve" Group [[Chair]];
    /// Records a workshop or another event.
    EventRecord "event.record" Group [[Secretariat]];
    /// Seals a meeting's attendance.
    AttendanceSeal "attendance.seal" Group [[Secretariat]];
    /// Claims to have attended a meeting.
    AttendanceClaim "attendance.claim" Group [[Participant]];
    /// Reports the participant list to the parent group.
    ParticipantListReport "participant-list.report" Group [[Secretariat]];
    /// Records that the patent question was asked.
    IprCall "ipr.call" Group [[Chair]];
    /// Discloses patents that may bear on a text.
    IprDisclose "ipr.disclose" Group [[Delegate] [Organization] [Participant] [Secretariat]];
    /// Declares what an organisation's patents are licensed for, on all texts.
    IprGeneral "ipr.general" Group [[Delegate] [Organization] [Secretariat]];
    /// Supersedes a declaration by a more favourable one.
    IprSupersede "ipr.supersede" Group [[Delegate] [Organization] [Participant] [Secretariat]];
    /// Corrects an obvious error in a disclosure.
    IprCorrect "ipr.correct" Group [[Secretariat] [Delegate Secretariat] [Organization Secretariat] [Participant Secretariat]];
    /// Records that the holder of patents was asked.
    IprContact "ipr.contact" Group [[Secretariat]];
    /// Waives a rule.
    DeadlineWaive "deadline.waive" Group [[Chair] [Chair Secretariat] [Parent]];
    /// Reserves the number of a contribution.
    ContributionReserve "contribution.reserve" Group [[Participant]];
    /// Submits a contribution.
    ContributionSubmit "contribution.submit" Group [[Participant] [Secretariat] [Editor]];
    /// Revises a contribution.
    ContributionRevise "contribution.revise" Group [[Participant] [Secretariat]];
    /// Adds to a contribution.
    ContributionAddendum "contribution.addendum" Group [[Participant] [Secretariat]];
    /// Corrects a contribution.
    ContributionCorrigendum "contribution.corrigendum" Group [[Participant] [Secretariat] [Secretariat Chair]];
    /// Confirms a contribution that the secretariat entered.
    ContributionConfirm "contribution.confirm" Group [[Participant]];
    /// Disputes a contribution that the secretariat entered.
    ContributionDispute "contribution.dispute" Group [[Participant]];
    /// Withdraws a contribution.
    ContributionWithdraw "contribution.withdraw" Group [[Participant] [Secretariat]];
    /// Admits a late contribution to the meeting's decision.
    ContributionLateAdmit "contribution.late-admit" Group [[Secretariat] [Chair]];
    /// Records the meeting's decision on a late contribution.
    ContributionLateDecide "contribution.late-decide" Group [[Chair]];
    /// Returns a contribution that does not meet a rule of form.
    ContributionReturn "contribution.return" Group [[Secretariat Chair]];
    /// Allocates a contribution to an item of the agenda or a working group.
    ContributionAllocate "contribution.allocate" Group [[Chair] [WorkingGroupLead]];
    /// Records what the meeting did with a contribution.
    ContributionDispose "contribution.dispose" Group [[Chair] [WorkingGroupLead]];
    /// Submits an output document, a temporary document or a report.
    DocumentSubmit "document.submit" Group [[Chair] [ViceChair] [Secretariat] [Editor] [WorkingGroupLead]];
    /// Revises such a document.
    DocumentRevise "document.revise" Group [[Chair] [ViceChair] [Secretariat] [Editor] [WorkingGroupLead]];
    /// Withdraws such a document.
    DocumentWithdraw "document.withdraw" Group [[Chair] [ViceChair] [Secretariat] [Editor] [WorkingGroupLead]];
    /// Records what the meeting did with such a document.
    DocumentDispose "document.dispose" Group [[Chair] [WorkingGroupLead]];
    /// Redacts a text of a contribution, such a document or a deliverable.
    DocumentRedact "document.redact" Group [[Secretariat PrivacyOfficer]];
    /// Attests that an operator holds a text.
    DocumentAttest "document.attest" Group [[Organization]];
    /// Proposes a work item.
    WorkItemPropose "workitem.propose" Group [[Participant] [Delegate] [Organization]];
    /// Withdraws a proposal of a work item.
    WorkItemWithdraw "workitem.withdraw" Group [[Participant] [Delegate] [Organization]];
    /// Adopts a work item and gives it its number.
    WorkItemAdopt "workitem.adopt" Group [[Chair]];
    /// Changes the title, the target date or the scope of a work item.
    WorkItemUpdate "workitem.update" Group [[Editor] [Chair]];
    /// Discontinues a work item.
    WorkItemDiscontinue "workitem.discontinue" Group [[Chair]];
    /// Publishes a version of a deliverable.
    BaselinePublish "baseline.publish" Group [[Editor]];
    /// Opens a consensus call.
    CallOpen "call.open" Group [[Chair]];
    /// States a position in a call.
    Position "position" Group [[Participant] [Delegate] [Organization]];
    /// Raises an objection.
    ObjectionRaise "objection.raise" Group [[Participant] [Delegate] [Organization]];
    /// Responds to an objection.
    ObjectionRespond "objection.respond" Group [[Participant] [Editor] [Chair] [Delegate] [Organization]];
    /// Withdraws an objection.
    ObjectionWithdraw "objection.withdraw" Group [[Participant] [Delegate] [Organization]];
    /// Disposes of an objection.
    ObjectionDispose "objection.dispose" Group [[Chair] [ViceChair]];
    /// Declares an interest.
    CoiDeclare "coi.declare" Group [[Participant] [Editor] [Chair] [ViceChair]];
    /// Gives more time in a call.
    CallExtend "call.extend" Group [[Chair]];
    /// Suspends a call.
    CallSuspend "call.suspend" Group [[Chair] [Secretariat]];
    /// Lets a suspended call go on.
    CallResume "call.resume" Group [[Chair]];
    /// Says that a call should not have been opened.
    CallVoid "call.void" Group [[Chair Secretariat]];
    /// Closes a call.
    CallClose "call.close" Group [[Chair] [Secretariat] [Participant]];
    /// Determines the outcome of a call.
    Determine "determine" Group [[Chair Secretariat] [ViceChair Secretariat]];
    /// Challenges a determination.
    DeterminationChallenge "determination.challenge" Group [[Participant] [Delegate] [Organization]];
    /// Answers a challenge.
    ChallengeAnswer "challenge.answer" Group [[Chair] [Parent]];
    /// Reopens a deliverable that was approved.
    DeliverableReopen "deliverable.reopen" Group [[Chair] [Parent]];
    /// Corrects an obvious error in an approved text.
    EditorialFix "editorial.fix" Group [[Chair Secretariat]];
    /// Publishes an approved text.
    DeliverablePublish "deliverable.publish" Group [[Secretariat]];
    /// Records a liaison statement that was received.
    LiaisonRecord "liaison.record" Group [[Secretariat]];
    /// Drafts a liaison statement.
    LiaisonDraft "liaison.draft" Group [[Chair] [ViceChair] [Participant] [Secretariat]];
    /// Approves a liaison statement.
    LiaisonApprove "liaison.approve" Group [[Chair] [ViceChair]];
    /// Records that a liaison statement was sent.
    LiaisonSend "liaison.send" Group [[Secretariat]];
    /// Links a liaison statement to what it replies to.
    LiaisonReply "liaison.reply" Group [[Secretariat] [Chair]];
    /// Closes a liaison statement.
    LiaisonClose "liaison.close" Group [[Secretariat] [Chair]];
    /// Reports progress to the parent group.
    ProgressReport "progress.report" Group [[Chair]];
    /// Reports to the parent group for the last time.
    FinalReport "final.report" Group [[Chair]];
    /// Records what the parent group concluded on a report.
    ParentNote "parent.note" Group [[Parent]];
    /// Sends deliverables to the parent group.
    Transmit "transmit" Group [[Chair Secretariat]];
    /// Records that the parent group has received a deliverable.
    ParentAcknowledge "parent.acknowledge" Group [[Parent]];
    /// Records what the parent group did with a deliverable.
    ParentDispose "parent.dispose" Group [[Parent]];
    /// Publishes a validator's keys for the next epoch.
    ValidatorsPrepare "validators.prepare" Ledger [[Operator] [Organization Operator]];
    /// Changes the validators, from the second block after it on; operators of a quorum of the seats sign.
    ValidatorsChange "validators.change" Ledger [[Operator]];
    /// Keeps the closing checkpoint of the epoch before.
    ValidatorsClose "validators.close" Ledger [[Validator] [Operator]];
}

impl RecordType {
    /// Whether records of this type say what a node has done or holds, so that a node may sign them.
    pub const fn is_attestation(self) -> bool {
        matches!(self, Self::ErasureAcknowledge | Self::DocumentAttest)
    }

    /// Reads a record's `type`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record_type| record_type.as_str() == text)
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
        assert_eq!(Capacity::parse("treasurer"), None);
    }
}
