//! The form of each type's body: the one table from a type of record to the struct that its body is.
//!
//! A program that writes a record checks its body with it before anything is
//! signed, and hears the very refusal that the ledger would give.

use plenary_core::json::Object;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{record_type::RecordType, refusal::Refusal};

/// Makes the check of a body out of one table: the type, the file of its noun, and the struct.
macro_rules! forms {
    ($($name:ident $file:ident $body:ident;)+) => {
        /// Checks that `body` has the form of its type.
        pub fn check(record_type: RecordType, body: &Object) -> Result<(), Refusal> {
            match record_type {
                $(RecordType::$name => read::<crate::$file::$body>(record_type, body).map(drop),)+
            }
        }
    };
}

forms! {
    Ruleset ruleset RulesetBind;
    GroupEstablish group GroupEstablish;
    CircularPublish circular CircularPublish;
    LifetimeExtend group LifetimeExtend;
    TermsAmend terms TermsAmend;
    GroupRecharter terms TermsAmend;
    GroupTransfer terms GroupTransfer;
    GuidelineAdopt terms GuidelineAdopt;
    GroupConclude ending GroupConclude;
    GroupClose ending GroupClose;
    RecordCorrect correction RecordCorrect;
    RecordVoid voiding RecordVoid;
    OrganizationRegister organization OrganizationRegister;
    ParticipantEnroll participant ParticipantEnroll;
    ParticipantRectify participant ParticipantRectify;
    ParticipantMerge participant ParticipantMerge;
    AffiliationChange affiliation AffiliationChange;
    ErasureRequest erasure ErasureRequest;
    ErasureAcknowledge erasure ErasureAcknowledge;
    KeyRotate key KeyRotate;
    KeyRevoke key KeyRevoke;
    KeyRecover key KeyRecover;
    KeyEntrust key KeyEntrust;
    RoleAppoint role RoleAppoint;
    RoleAct role RoleAct;
    RoleEnd role RoleEnd;
    WorkingGroupCreate working_group WorkingGroupCreate;
    WorkingGroupAmend working_group WorkingGroupAmend;
    WorkingGroupClose working_group WorkingGroupClose;
    MeetingAnnounce meeting MeetingAnnounce;
    MeetingAmend amendment MeetingAmend;
    MeetingCancel cancellation MeetingCancel;
    MeetingRegister registration MeetingRegister;
    MeetingUnregister registration MeetingUnregister;
    AgendaPublish agenda AgendaPublish;
    MeetingOpen meeting MeetingStep;
    MeetingClose meeting MeetingStep;
    DecisionRecord decision DecisionRecord;
    ActionOpen action ActionOpen;
    ActionClose action ActionClose;
    ReportSubmit meeting_report ReportSubmit;
    ReportApprove meeting_report ReportApprove;
    EventRecord event EventRecord;
    AttendanceSeal attendance AttendanceSeal;
    AttendanceClaim claim AttendanceClaim;
    ParticipantListReport attendance ParticipantListReport;
    IprCall call IprCall;
    IprDisclose disclosure IprDisclose;
    IprGeneral disclosure IprGeneral;
    IprSupersede supersession IprSupersede;
    IprCorrect supersession IprCorrect;
    IprContact disclosure IprContact;
    DeadlineWaive waiver DeadlineWaive;
    ContributionReserve reservation ContributionReserve;
    ContributionSubmit contribution ContributionSubmit;
    ContributionRevise revision ContributionRevise;
    ContributionAddendum revision ContributionAddendum;
    ContributionCorrigendum revision ContributionCorrigendum;
    ContributionConfirm confirmation ContributionConfirm;
    ContributionDispute confirmation ContributionDispute;
    ContributionWithdraw treatment ContributionWithdraw;
    ContributionLateAdmit lateness ContributionLateAdmit;
    ContributionLateDecide lateness ContributionLateDecide;
    ContributionReturn treatment ContributionReturn;
    ContributionAllocate treatment ContributionAllocate;
    ContributionDispose treatment ContributionDispose;
    DocumentSubmit paper DocumentSubmit;
    DocumentRevise paper DocumentRevise;
    DocumentWithdraw paper DocumentWithdraw;
    DocumentDispose disposal DocumentDispose;
    DocumentRedact redaction DocumentRedact;
    DocumentAttest holding DocumentAttest;
    WorkItemPropose proposal WorkItemPropose;
    WorkItemWithdraw proposal WorkItemWithdraw;
    WorkItemAdopt deliverable WorkItemAdopt;
    WorkItemUpdate scope WorkItemUpdate;
    WorkItemDiscontinue deliverable WorkItemDiscontinue;
    BaselinePublish deliverable BaselinePublish;
    CallOpen call CallOpen;
    Position position Position;
    ObjectionRaise objection ObjectionRaise;
    ObjectionRespond objection ObjectionRespond;
    ObjectionWithdraw objection ObjectionWithdraw;
    ObjectionDispose objection ObjectionDispose;
    CoiDeclare interest CoiDeclare;
    CallExtend extension CallExtend;
    CallSuspend suspension CallSuspend;
    CallResume suspension CallResume;
    CallVoid call CallVoid;
    CallClose call CallClose;
    Determine determination Determine;
    DeterminationChallenge challenge DeterminationChallenge;
    ChallengeAnswer challenge ChallengeAnswer;
    DeliverableReopen reopening DeliverableReopen;
    EditorialFix publication EditorialFix;
    DeliverablePublish publication DeliverablePublish;
    LiaisonRecord liaison LiaisonRecord;
    LiaisonDraft draft LiaisonDraft;
    LiaisonApprove draft LiaisonApprove;
    LiaisonSend draft LiaisonSend;
    LiaisonReply liaison LiaisonReply;
    LiaisonClose liaison LiaisonClose;
    ProgressReport report ProgressReport;
    FinalReport report FinalReport;
    ParentNote report ParentNote;
    Transmit transmission Transmit;
    ParentAcknowledge transmission ParentAcknowledge;
    ParentDispose transmission ParentDispose;
    ValidatorsPrepare preparation ValidatorsPrepare;
    ValidatorsChange succession ValidatorsChange;
    ValidatorsClose closing ValidatorsClose;
}

/// Reads a body as the struct of its type.
pub fn read<T: DeserializeOwned>(record_type: RecordType, body: &Object) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(body.clone())).map_err(|error| {
        let problem = error.to_string();
        if problem.starts_with("unknown field") {
            return Refusal::UnknownField { record_type, problem };
        }
        Refusal::Form { record_type, problem }
    })
}
