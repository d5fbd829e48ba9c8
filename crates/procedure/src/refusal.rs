//! Why the ledger does not take a record.

use plenary_core::{hash::Digest, record::Name, subject::Subject, time::Moment};
use thiserror::Error;

use crate::{
    interest,
    record_type::{Capacity, RecordType},
    rules::{self, Rule},
    text::{Label, Number},
};

/// Whose matter a refusal is: the code of an answer over JSON-RPC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Category {
    /// A signature or its key.
    Signature,
    /// A role that is missing.
    Role,
    /// A rule of the group or the ledger.
    Rule,
    /// Something that is recorded already, or has moved on.
    Conflict,
    /// A document.
    Document,
}

impl Category {
    /// The code of an answer over JSON-RPC.
    pub const fn code(self) -> i32 {
        match self {
            Self::Signature => 1_001,
            Self::Role => 1_002,
            Self::Rule => 1_003,
            Self::Conflict => 1_004,
            Self::Document => 1_005,
        }
    }
}

/// A refusal: the rule that forbids the record, with the facts that were compared.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum Refusal {
    /// The record names another ledger.
    #[error("the record is for the ledger {found}; this is {expected}")]
    WrongLedger {
        /// The ledger that the record names.
        found: Digest,
        /// This ledger.
        expected: Digest,
    },
    /// The signature is from the future.
    #[error("signed {signed}, which is after ledger time {time}")]
    SignedLater {
        /// When it was signed, as it says.
        signed: Moment,
        /// Ledger time.
        time: Moment,
    },
    /// The signatures have lapsed.
    #[error("the signatures lapsed {expires}; ledger time is {time}")]
    Expired {
        /// When the signatures lapse.
        expires: Moment,
        /// Ledger time.
        time: Moment,
    },
    /// The record says that it was signed before it happened.
    #[error("it happened {at}, after it was signed {signed}")]
    HappenedLater {
        /// When it happened, as it says.
        at: Moment,
        /// When it was signed, as it says.
        signed: Moment,
    },
    /// The receipt that the secretariat attests lies after the signature.
    #[error("received {received}, after the record was signed {signed}")]
    ReceivedLater {
        /// When it was received, as the secretariat says.
        received: Moment,
        /// When it was signed.
        signed: Moment,
    },
    /// The type is unknown.
    #[error("{0:?} is no type of record")]
    UnknownType(String),
    /// A group is named, or not, against the type.
    #[error("a record {0} names no group")]
    NamesGroup(RecordType),
    /// The group is missing.
    #[error("a record {0} names its group")]
    NamesNoGroup(RecordType),
    /// The body does not have the form of its type.
    #[error("the body of {record_type}: {problem}")]
    Form {
        /// The type.
        record_type: RecordType,
        /// What is wrong, by the name of the field.
        problem: String,
    },
    /// The body has a field that its type does not list.
    #[error("the body of {record_type}: {problem}")]
    UnknownField {
        /// The type.
        record_type: RecordType,
        /// The field, and those that the type lists.
        problem: String,
    },
    /// A decision does not say on what basis it was taken.
    #[error("the decision does not state its basis")]
    NoBasis,
    /// A list of the body is too long, empty or repeats itself.
    #[error("the list {field} has no entry, too many, or the same one twice")]
    List {
        /// The field.
        field: &'static str,
    },
    /// A field is missing that this signer must fill, or filled where the signer may not.
    #[error("field {field}: {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Nobody of that name can sign.
    #[error("{0} is neither enrolled nor registered")]
    UnknownSigner(Name),
    /// The key is not the signer's.
    #[error("the signature's key never belonged to {0}")]
    UnknownKey(Name),
    /// The key was replaced by another.
    #[error("that key of {who} was replaced {since}")]
    KeyReplaced {
        /// The signer.
        who: Name,
        /// When the next key came into force.
        since: Moment,
    },
    /// The key was revoked.
    #[error("that key of {who} was revoked {since}")]
    KeyRevoked {
        /// The signer.
        who: Name,
        /// When it was revoked.
        since: Moment,
    },
    /// The enrolment was merged into another one.
    #[error("the enrolment {who} was merged into {into}")]
    Merged {
        /// The enrolment.
        who: Name,
        /// The one that stands for it.
        into: Name,
    },
    /// What is to be entered was erased.
    #[error("the {field} of {who} was erased at the request {request}")]
    Erased {
        /// Whose.
        who: Name,
        /// Which field.
        field: &'static str,
        /// The record that asked for it.
        request: Digest,
    },
    /// The `as` of a signer is no role that signs.
    #[error("nobody signs as {0}")]
    UnknownRole(Name),
    /// The signers are not those whom the type asks for.
    #[error("a record {record_type} needs the signature of the {needed}")]
    SignerMissing {
        /// The type.
        record_type: RecordType,
        /// The first role that is missing.
        needed: Capacity,
    },
    /// There are more signers than the type asks for.
    #[error("a record {record_type} is not signed as {surplus}")]
    SignerSurplus {
        /// The type.
        record_type: RecordType,
        /// The role that is not asked for.
        surplus: Capacity,
    },
    /// Co-chairs sign together, and one has not signed.
    #[error("the co-chairs sign together; {0} has not signed")]
    CoChairMissing(Name),
    /// The signer does not hold the role.
    #[error("{who} is not {capacity} at {time}")]
    RoleNotHeld {
        /// The signer.
        who: Name,
        /// The role.
        capacity: Capacity,
        /// Ledger time.
        time: Moment,
    },
    /// The signer may not do this for somebody else.
    #[error("{who} does not sign for this")]
    NotYours {
        /// The signer.
        who: Name,
    },
    /// Something that the record refers to is not recorded.
    #[error("{0} is not recorded")]
    Unknown(Subject),
    /// Something is recorded already.
    #[error("{0} is recorded already")]
    AlreadyRecorded(Subject),
    /// This very record is in the ledger.
    #[error("the record {0} is in the ledger already")]
    SameRecord(Digest),
    /// The record and what the ledger found fill more than an entry of the log.
    #[error("the record and its findings fill more than an entry of the log")]
    EntryTooLong,
    /// A list in the ledger is full.
    #[error("{0} can hold no more")]
    Full(Subject),
    /// The rule set that is named is not the one recorded.
    #[error("the rule set named is {found}; recorded is {expected}")]
    OtherRuleset {
        /// The record that was named.
        found: Digest,
        /// The record that is in force.
        expected: Digest,
    },
    /// No rule set has superseded the one that the group was established with.
    #[error("the rule set is the one that the group was established with")]
    TermsUnchanged,
    /// A deliverable is in a call.
    #[error("deliverable {0} is in a call whose outcome is not determined")]
    StillCalled(Label),
    /// A deliverable without an agreed text is not among the open items.
    #[error("deliverable {0} has no agreed text, and is not among the open items")]
    OpenItemMissing(Label),
    /// The group has concluded.
    #[error("the group {0} has concluded its work")]
    GroupConcluded(Name),
    /// The group is closed.
    #[error("the group {0} is closed")]
    GroupClosed(Name),
    /// A group is established once.
    #[error("the group {0} is established already")]
    GroupExists(Name),
    /// The table of offsets is out of order.
    #[error("the table of offsets is empty, too long or out of order")]
    Zone,
    /// An instant does not follow from the words and the table.
    #[error("{field} is not the instant that {words} means in the zone of the notice; that is {expected}")]
    Instant {
        /// The field.
        field: &'static str,
        /// The words.
        words: String,
        /// The instant that follows from them.
        expected: String,
    },
    /// Dates or times are in the wrong order.
    #[error("{later} does not come after {earlier}")]
    Order {
        /// What must come first.
        earlier: &'static str,
        /// What must come after it.
        later: &'static str,
    },
    /// The chair is the parent group's to appoint.
    #[error("the parent group appoints the chair")]
    NeedsParent,
    /// The appointing authority is another.
    #[error("{role} is appointed by {by}")]
    OtherAppointer {
        /// The role.
        role: &'static str,
        /// Who appoints it.
        by: &'static str,
    },
    /// The counts of a participant list do not add up.
    #[error("the counts by {by} add up to {sum}; the total is {total}")]
    Counts {
        /// What is counted by.
        by: &'static str,
        /// Their sum.
        sum: u64,
        /// The total stated.
        total: u64,
    },
    /// A count is so small that it points at somebody.
    #[error("{count} by {by} are fewer than {fewest}, which points at somebody")]
    SmallCell {
        /// What is counted by.
        by: &'static str,
        /// The count; what is withheld in all is one too.
        count: u64,
        /// The fewest that may be stated.
        fewest: u32,
    },
    /// The rule cannot be waived, or not by these signers.
    #[error("{rule} is waived by {by}")]
    NoWaiver {
        /// The rule.
        rule: &'static str,
        /// Who may waive it.
        by: &'static str,
    },
    /// No such rule.
    #[error("{0:?} is no rule")]
    UnknownRule(String),
    /// The meeting is not at the step that this needs.
    #[error("for this, meeting {meeting} would have to be {needed}")]
    MeetingStep {
        /// The meeting.
        meeting: Label,
        /// What it would have to be.
        needed: &'static str,
    },
    /// The meeting was cancelled.
    #[error("meeting {0} is cancelled")]
    MeetingCancelled(Label),
    /// Attendance is not claimed now.
    #[error("attendance cannot be claimed: meeting {meeting} is {standing}")]
    ClaimWindow {
        /// The meeting.
        meeting: Label,
        /// Where it stands.
        standing: &'static str,
    },
    /// The report of a meeting is not at the step that this needs.
    #[error("the report of meeting {meeting} {problem}")]
    ReportStep {
        /// The meeting.
        meeting: Label,
        /// What stands against it.
        problem: &'static str,
    },
    /// The working group is closed.
    #[error("working group {0} is closed")]
    WorkingGroupClosed(Label),
    /// The revision does not continue the current one.
    #[error("{number} stands at revision {current}; {found} is not the next one")]
    StaleRevision {
        /// The contribution or deliverable.
        number: Number,
        /// Its current revision.
        current: u32,
        /// The revision that the record states.
        found: u32,
    },
    /// The contribution is not at the step that this needs.
    #[error("contribution {number} is {standing}")]
    ContributionStep {
        /// The contribution.
        number: Number,
        /// Where it stands.
        standing: &'static str,
    },
    /// A contribution or document is continued by somebody who did not send it.
    #[error("{number} does not come from {who}")]
    OtherSource {
        /// The contribution.
        number: Number,
        /// The signer.
        who: Name,
    },
    /// The meeting has decided on the contribution already.
    #[error("the meeting has dealt with contribution {0}")]
    AlreadyDecided(Number),
    /// The deadline with which reservations lapse is over.
    #[error("a number reserved for that meeting lapses {lapses}; this came {time}")]
    ReservationLapsed {
        /// The meeting's deadline.
        lapses: Moment,
        /// The moment by which the record is judged.
        time: Moment,
    },
    /// A document is not at the step that this needs.
    #[error("document {number} is {standing}")]
    DocumentStep {
        /// The document.
        number: Number,
        /// Where it stands.
        standing: &'static str,
    },
    /// Others submit documents of that series.
    #[error("documents of series {series} are not submitted as {capacity}")]
    OtherSeries {
        /// The series.
        series: &'static str,
        /// The role of the signer.
        capacity: Capacity,
    },
    /// A text is named that the document never had, or has no longer.
    #[error("{number} has no text {found}")]
    NoSuchText {
        /// The contribution, document or deliverable.
        number: Number,
        /// The manifest that was named.
        found: Digest,
    },
    /// A redaction changes nothing.
    #[error("the text of {0} before and after the redaction is the same")]
    NothingRedacted(Number),
    /// Only who runs a validator attests to hold texts.
    #[error("{0} runs no validator")]
    NoOperator(Name),
    /// The secretariat and the chair correct obvious errors alone.
    #[error("errors of contribution {0} that are not obvious are its source's to correct")]
    NotObvious(Number),
    /// No meeting that deals with the contribution is open.
    #[error("contribution {number} was not before meeting {meeting}, or not after its opening")]
    NotSitting {
        /// The contribution.
        number: Number,
        /// The meeting.
        meeting: Label,
    },
    /// Contributions are returned for other rules.
    #[error("a contribution is not returned for {0:?}")]
    NoGroundToReturn(String),
    /// A late contribution was not admitted to the meeting's decision.
    #[error("contribution {number} is {standing}, not admitted to the meeting's decision")]
    NotAdmitted {
        /// The contribution.
        number: Number,
        /// Where it stands.
        standing: &'static str,
    },
    /// The deliverable is not at the step that this needs.
    #[error("deliverable {number} is {standing}")]
    DeliverableStep {
        /// The deliverable.
        number: Label,
        /// Where it stands.
        standing: &'static str,
    },
    /// A number of a deliverable was given before.
    #[error("the number {0} was given before and is never given again")]
    NumberTaken(Label),
    /// The proposal is not at the step that this needs.
    #[error("proposal {number} is {standing}")]
    ProposalStep {
        /// The proposal.
        number: Label,
        /// Where it stands.
        standing: &'static str,
    },
    /// The call is not the one that is open.
    #[error("call {call} is {standing}")]
    CallStep {
        /// The call.
        call: Number,
        /// Where it stands.
        standing: &'static str,
    },
    /// The call is still running.
    #[error("call {call} runs until {closes}; ledger time is {time}")]
    CallRunning {
        /// The call.
        call: Number,
        /// From when on it can be closed.
        closes: Moment,
        /// Ledger time.
        time: Moment,
    },
    /// The call was too short and nobody waived it.
    #[error("call {call} ran {days} days; {needed} are needed")]
    CallShort {
        /// The call.
        call: Number,
        /// Its days.
        days: u64,
        /// The days of the rule set.
        needed: u64,
    },
    /// Somebody was given more time before.
    #[error("{who} was given more time in call {call} already")]
    MoreTimeTaken {
        /// The call.
        call: Number,
        /// Who asked.
        who: Name,
    },
    /// More time is asked than one request gives.
    #[error("call {call} would run {days} days more; a request gives {allowed}")]
    MoreTimeLong {
        /// The call.
        call: Number,
        /// The days asked.
        days: u32,
        /// The days of the rule set.
        allowed: u32,
    },
    /// The secretariat suspends a call although somebody chairs.
    #[error("call {0} is the chair's to suspend: somebody chairs")]
    Chaired(Number),
    /// The text is not the one that was called.
    #[error("the call was on {called}; this is {found}")]
    TextChanged {
        /// The manifest of the call.
        called: Digest,
        /// The manifest of the record.
        found: Digest,
    },
    /// The rules changed while the call ran.
    #[error("the group's rule set changed after call {0} was opened")]
    RulesetChanged(Number),
    /// An objection without grounds.
    #[error("an objection needs {0}")]
    GroundsMissing(&'static str),
    /// The objection is not at the step that this needs.
    #[error("objection {objection} is {standing}")]
    ObjectionStep {
        /// The objection.
        objection: Number,
        /// Where it stands.
        standing: &'static str,
    },
    /// An objection has not been disposed of.
    #[error("objection {0} has not been disposed of")]
    ObjectionOpen(Number),
    /// The objector still has time to answer.
    #[error("who raised objection {objection} is asked to answer by {until}; ledger time is {time}")]
    AnswerAwaited {
        /// The objection.
        objection: Number,
        /// Until when.
        until: Moment,
        /// Ledger time.
        time: Moment,
    },
    /// An objection is upheld.
    #[error("objection {0} is upheld")]
    ObjectionUpheld(Number),
    /// The patent question was not asked.
    #[error("the patent question was not asked for call {0}")]
    PatentsUnasked(Number),
    /// A declaration on patents takes back what an earlier one gave.
    #[error("declaration {disclosure} stands at option {stands}; option {found} as declared is not more favourable")]
    LessFavourable {
        /// The earlier declaration.
        disclosure: Number,
        /// Its option.
        stands: u8,
        /// The option declared now.
        found: u8,
    },
    /// A declaration of option 3 stands against the text.
    #[error("declaration {disclosure} of option 3 stands against {deliverable}")]
    LicenceRefused {
        /// The deliverable.
        deliverable: Label,
        /// The declaration.
        disclosure: Number,
    },
    /// A declaration of option 3 does not say which patents it is about.
    #[error("option 3 needs {0}")]
    PatentsUnnamed(&'static str),
    /// A general declaration of option 3.
    #[error("option 3 is declared on a single text, with its patents, and not in general")]
    GeneralUnwilling,
    /// A liaison statement for action without a date.
    #[error("a liaison statement for action needs a reply date")]
    NoReplyDate,
    /// A liaison statement that nobody entitled to it has approved.
    #[error("liaison statement {0} is not approved by a meeting that is named, or by the chair after a consultation")]
    LiaisonUnapproved(Number),
    /// The liaison statement is not at the step that this needs.
    #[error("liaison statement {number} is {standing}")]
    LiaisonStep {
        /// The statement.
        number: Number,
        /// Where it stands.
        standing: &'static str,
    },
    /// A report after the final one.
    #[error("the group has made its final report")]
    ReportedFinally,
    /// Reservations were stated and are not annexed.
    #[error("reservations that were stated in call {call} and are not annexed: {count}")]
    ReservationsMissing {
        /// The call.
        call: Number,
        /// How many were stated.
        count: u64,
    },
    /// The signer has an interest in the text.
    #[error("{who} {interest} {deliverable} and does not determine on it")]
    Conflict {
        /// The signer.
        who: Name,
        /// Editor, objector, or who declared an interest, in words.
        interest: &'static str,
        /// The deliverable.
        deliverable: Label,
    },
    /// A vice-chair signs although the chair could.
    #[error("a vice-chair stands in only where the chair has an interest; the chair has none")]
    ChairAvailable,
    /// The determination was made too long ago.
    #[error(
        "call {call} was determined or its challenge answered {days} days ago; a challenge follows within {allowed}"
    )]
    ChallengeLate {
        /// The call.
        call: Number,
        /// The days since.
        days: u32,
        /// The days of the rule set.
        allowed: u32,
    },
    /// The challenge is not at the step that this needs.
    #[error("challenge {challenge} is {standing}")]
    ChallengeStep {
        /// The challenge.
        challenge: Number,
        /// Where it stands.
        standing: &'static str,
    },
    /// A challenge awaits its answer.
    #[error("challenge {0} has not been answered")]
    ChallengeOpen(Number),
    /// A text is reopened without new information.
    #[error("deliverable {0} is approved, and there is no new information")]
    NothingNew(Label),
    /// The text named is not the current one.
    #[error("the text named is {found}; the current one is {current}")]
    OtherText {
        /// The rule that asks for the current text.
        rule: &'static Rule,
        /// The manifest of the current text.
        current: Digest,
        /// The manifest that was named.
        found: Digest,
    },
    /// Only approved texts are sent.
    #[error("deliverable {number} is {standing}, not approved")]
    NotApproved {
        /// The deliverable.
        number: Label,
        /// Where it stands.
        standing: &'static str,
    },
}

/// What a refusal rests on.
struct Ground(&'static str, &'static Rule, Category, &'static str);

impl Refusal {
    /// The rule that forbids the record.
    pub fn rule(&self) -> &'static Rule {
        self.ground().1
    }

    /// The clause of that rule, with its edition.
    pub fn clause(&self) -> String {
        self.rule().cite()
    }

    /// A stable word for programs.
    pub fn reason(&self) -> &'static str {
        self.ground().0
    }

    /// Whose matter it is.
    pub fn category(&self) -> Category {
        self.ground().2
    }

    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        self.ground().3
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each refusal, so that none is forgotten")]
    fn ground(&self) -> Ground {
        use Category as C;
        match self {
            Self::SignerMissing { needed: Capacity::Parent, .. } => {
                Ground("needs_parent", &rules::R02, C::Role, "let the parent group sign")
            }
            Self::SignerMissing { needed, .. } => {
                Ground(needed.needs(), &rules::L04, C::Role, "let them sign as well, or sign in that role")
            }
            Self::WrongLedger { .. } => Ground("wrong_ledger", &rules::L01, C::Rule, "sign it again for this ledger"),
            Self::SignedLater { .. } => {
                Ground("signed_later", &rules::L02, C::Rule, "set the clock of the signing machine, and sign again")
            }
            Self::Expired { .. } => Ground("expired", &rules::L02, C::Rule, "sign it again"),
            Self::HappenedLater { .. } => {
                Ground("happened_later", &rules::L02, C::Rule, "state in `at` when it happened, and sign after it")
            }
            Self::ReceivedLater { .. } => {
                Ground("received_later", &rules::L02, C::Rule, "state in `received` when it arrived, and sign after it")
            }
            Self::UnknownType(_) => Ground("unknown_type", &rules::L05, C::Rule, "use a type of docs/rules.md"),
            Self::NamesGroup(_) => Ground("names_group", &rules::L05, C::Rule, "leave `group` out"),
            Self::NamesNoGroup(_) => Ground("names_no_group", &rules::L05, C::Rule, "state `group`"),
            Self::Form { .. } => Ground("malformed_body", &rules::L05, C::Rule, "correct the field"),
            Self::UnknownField { .. } => {
                Ground("unknown_field", &rules::R20, C::Rule, "leave it out: text about people belongs into a document")
            }
            Self::NoBasis => Ground("no_basis", &rules::R40, C::Rule, "state the basis of the decision"),
            Self::List { .. } => {
                Ground("malformed_list", &rules::L05, C::Rule, "state each entry once, within the limit")
            }
            Self::Field { .. } => Ground("malformed_field", &rules::L05, C::Rule, "correct the field"),
            Self::UnknownSigner(_) => {
                Ground("unknown_signer", &rules::L03, C::Signature, "ask the secretariat to enrol the signer first")
            }
            Self::UnknownKey(_) => Ground(
                "unknown_key",
                &rules::L03,
                C::Signature,
                "sign with the key that was enrolled, or ask the secretariat to put a new one in force",
            ),
            Self::KeyReplaced { .. } => Ground("key_replaced", &rules::R22, C::Signature, "sign with the new key"),
            Self::KeyRevoked { .. } => {
                Ground("key_revoked", &rules::R22, C::Signature, "ask the secretariat to put a new key in force")
            }
            Self::Merged { .. } => {
                Ground("enrolment_merged", &rules::L07, C::Conflict, "use the enrolment that it was merged into")
            }
            Self::Erased { .. } => {
                Ground("erased", &rules::R27, C::Conflict, "nothing can be done: what was erased does not come back")
            }
            Self::UnknownRole(_) => Ground("unknown_role", &rules::L04, C::Role, "sign in a role of docs/rules.md"),
            Self::CoChairMissing(_) => {
                Ground("needs_co_chair", &rules::R17, C::Role, "let every co-chair in office sign the same record")
            }
            Self::SignerSurplus { .. } => Ground("signer_surplus", &rules::L04, C::Role, "leave that signer out"),
            Self::RoleNotHeld { capacity: Capacity::Parent, .. } => {
                Ground("role_not_held", &rules::R02, C::Role, "let the parent group sign")
            }
            Self::RoleNotHeld { .. } => Ground(
                "role_not_held",
                &rules::L04,
                C::Role,
                "sign in a role that is in force, or have it recorded first",
            ),
            Self::NotYours { .. } => Ground(
                "not_yours",
                &rules::L04,
                C::Role,
                "let the person concerned sign, or the secretariat where it may",
            ),
            Self::Unknown(_) => {
                Ground("not_recorded", &rules::L06, C::Rule, "record it first, or correct the reference")
            }
            Self::AlreadyRecorded(_) => Ground(
                "already_recorded",
                &rules::L07,
                C::Conflict,
                "nothing is to be done, unless it should be superseded",
            ),
            Self::SameRecord(_) => {
                Ground("same_record", &rules::L07, C::Conflict, "nothing is to be done: ask for its receipt")
            }
            Self::EntryTooLong => {
                Ground("too_large", &rules::L06, C::Document, "put long text into a document, and name fewer things")
            }
            Self::Full(_) => Ground("full", &rules::L05, C::Rule, "tell the operators; this limit guards every node"),
            Self::OtherRuleset { .. } => {
                Ground("other_ruleset", &rules::L07, C::Conflict, "name the rule set that is recorded")
            }
            Self::TermsUnchanged => Ground(
                "terms_unchanged",
                &rules::R04,
                C::Rule,
                "record the new terms in full first, with a record ruleset that supersedes the one in force",
            ),
            Self::StillCalled(_) => {
                Ground("call_open", &rules::R06, C::Rule, "determine the outcome of its call first, and conclude then")
            }
            Self::OpenItemMissing(_) => {
                Ground("open_item_missing", &rules::R06, C::Rule, "name it in `open_items`, or discontinue it first")
            }
            Self::GroupConcluded(_) => Ground(
                "group_concluded",
                &rules::R06,
                C::Rule,
                "let the parent group charter it anew with group.recharter, or leave the text to the parent group",
            ),
            Self::GroupClosed(_) => Ground(
                "group_closed",
                &rules::R99,
                C::Rule,
                "record a correction or a key; other work belongs to the parent group or to another group",
            ),
            Self::GroupExists(_) => {
                Ground("group_exists", &rules::R01, C::Conflict, "choose another id, or amend the group's rule set")
            }
            Self::Zone => Ground("malformed_zone", &rules::L08, C::Rule, "list each offset once, in the order of time"),
            Self::Instant { .. } => Ground(
                "instant_differs",
                &rules::L08,
                C::Rule,
                "correct the instant, the words or the table, so that they agree",
            ),
            Self::Order { .. } => Ground("wrong_order", &rules::L05, C::Rule, "correct the dates"),
            Self::NeedsParent => {
                Ground("needs_parent", &rules::R10, C::Role, "let the parent group sign the appointment")
            }
            Self::OtherAppointer { .. } => {
                Ground("other_appointer", &rules::R11, C::Role, "let the appointing authority sign")
            }
            Self::Counts { .. } => Ground(
                "counts_differ",
                &rules::R24,
                C::Rule,
                "correct the counts; what is suppressed to protect people is stated as suppressed",
            ),
            Self::SmallCell { .. } => Ground(
                "small_cell",
                &rules::R24,
                C::Rule,
                "withhold that count and, until enough are withheld together, the next smallest ones",
            ),
            Self::NoWaiver { .. } => {
                Ground("no_waiver", &rules::R33, C::Role, "let who may waive the rule sign the waiver")
            }
            Self::UnknownRule(_) => Ground("unknown_rule", &rules::R33, C::Rule, "name a rule of docs/rules.md"),
            Self::MeetingStep { .. } => {
                Ground("meeting_step", &rules::R35, C::Rule, "record the step before this one first")
            }
            Self::MeetingCancelled(_) => Ground(
                "meeting_cancelled",
                &rules::R41,
                C::Rule,
                "name the next meeting, for which its contributions are held",
            ),
            Self::ClaimWindow { .. } => Ground(
                "claim_window",
                &rules::R25,
                C::Rule,
                "claim it after the meeting's close; once the report is approved, ask the secretariat to correct it",
            ),
            Self::ReportStep { .. } => Ground(
                "report_step",
                &rules::R37,
                C::Rule,
                "see which revision of the report stands, and who approves it",
            ),
            Self::WorkingGroupClosed(_) => Ground(
                "working_group_closed",
                &rules::R45,
                C::Rule,
                "name a working group that is open, or the group itself",
            ),
            Self::StaleRevision { .. } => {
                Ground("stale_revision", &rules::R55, C::Conflict, "fetch the current revision, and continue from it")
            }
            Self::ContributionStep { .. } => Ground(
                "contribution_step",
                &rules::L09,
                C::Rule,
                "see where the contribution stands; record the step before this one first",
            ),
            Self::OtherSource { .. } => Ground(
                "other_source",
                &rules::R55,
                C::Role,
                "let its author revise it, or submit a contribution of your own",
            ),
            Self::AlreadyDecided(_) => Ground(
                "already_decided",
                &rules::R58,
                C::Rule,
                "nothing can be done: it stays with the meeting's documents",
            ),
            Self::ReservationLapsed { .. } => Ground(
                "reservation_lapsed",
                &rules::R50,
                C::Rule,
                "submit it without the reservation; it gets the next number",
            ),
            Self::DocumentStep { .. } => {
                Ground("document_step", &rules::L09, C::Rule, "see where the document stands; submit a new one")
            }
            Self::OtherSeries { .. } => Ground(
                "other_series",
                &rules::L04,
                C::Role,
                "let an officer of docs/rules.md submit it, or choose another series",
            ),
            Self::NoSuchText { .. } => {
                Ground("no_such_text", &rules::L06, C::Document, "name the manifest of one of its texts as it is now")
            }
            Self::NothingRedacted(_) => {
                Ground("nothing_redacted", &rules::R61, C::Document, "name the text without what must go in `after`")
            }
            Self::NoOperator(_) => Ground(
                "no_operator",
                &rules::R62,
                C::Role,
                "let an organisation of the validators attest, with a key of its own",
            ),
            Self::NotObvious(_) => Ground(
                "not_obvious",
                &rules::R57,
                C::Role,
                "let its source sign, or the secretariat alone for the source with the day of receipt",
            ),
            Self::NotSitting { .. } => Ground(
                "not_sitting",
                &rules::R60,
                C::Rule,
                "wait for the opening, or name in `decision.meeting` the electronic meeting that dealt with it",
            ),
            Self::NoGroundToReturn(_) => Ground(
                "no_ground_to_return",
                &rules::R66,
                C::Rule,
                "name the rule of form that it does not meet: R20, R52, R53 or R67",
            ),
            Self::NotAdmitted { .. } => Ground(
                "late_not_admitted",
                &rules::R59,
                C::Rule,
                "record first that it is admitted, with contribution.late-admit",
            ),
            Self::DeliverableStep { .. } => Ground(
                "deliverable_step",
                &rules::L09,
                C::Rule,
                "see where the deliverable stands; record the step before this one first",
            ),
            Self::NumberTaken(_) => {
                Ground("number_taken", &rules::R54, C::Conflict, "give a number that was never given")
            }
            Self::ProposalStep { .. } => {
                Ground("proposal_step", &rules::L09, C::Rule, "see where the proposal stands, or propose anew")
            }
            Self::CallStep { .. } => Ground(
                "call_step",
                &rules::L09,
                C::Rule,
                "see where the call stands; a comment that comes later can be a position or a contribution",
            ),
            Self::CallRunning { .. } => {
                Ground("call_window_running", &rules::R100, C::Rule, "wait until the call's time is over")
            }
            Self::CallShort { .. } => Ground(
                "call_too_short",
                &rules::R100,
                C::Rule,
                "record who waived the length, or determine that it is not agreed, and call again for longer",
            ),
            Self::MoreTimeTaken { .. } => Ground(
                "more_time_taken",
                &rules::R100,
                C::Conflict,
                "state a position or an objection within the call; others who have not asked yet may ask",
            ),
            Self::MoreTimeLong { .. } => Ground(
                "more_time_long",
                &rules::R100,
                C::Rule,
                "state an earlier close, within the days of the rule set",
            ),
            Self::Chaired(_) => Ground("chaired", &rules::R14, C::Role, "let the chair or the acting chair sign"),
            Self::TextChanged { .. } => Ground("text_changed", &rules::R101, C::Rule, "open a call on the new text"),
            Self::RulesetChanged(_) => Ground(
                "ruleset_changed",
                &rules::R04,
                C::Rule,
                "end the call with call.close, and open a new one under the rule set in force",
            ),
            Self::GroundsMissing(_) => Ground(
                "grounds_missing",
                &rules::R102,
                C::Rule,
                "state the clause, the reasons, and the change that would resolve it, or that none would",
            ),
            Self::ObjectionStep { .. } => {
                Ground("objection_step", &rules::L09, C::Rule, "see where the objection stands")
            }
            Self::ObjectionOpen(_) => Ground(
                "objection_open",
                &rules::R103,
                C::Rule,
                "dispose of it with a reason, or let the objector withdraw it; nothing is agreed before",
            ),
            Self::AnswerAwaited { .. } => Ground(
                "answer_awaited",
                &rules::R103,
                C::Rule,
                "wait for the objector's response, or until the time for it is over",
            ),
            Self::ObjectionUpheld(_) => Ground(
                "objection_upheld",
                &rules::R103,
                C::Rule,
                "change the text and call again, or dispose of it anew with a reason",
            ),
            Self::PatentsUnasked(_) => Ground(
                "patents_unasked",
                &rules::R36,
                C::Rule,
                "ask, and record with ipr.call that it was asked and what was answered",
            ),
            Self::LessFavourable { .. } => Ground(
                "less_favourable",
                &rules::R70,
                C::Rule,
                "declare a better option or one condition less; an obvious error is put right with ipr.correct",
            ),
            Self::LicenceRefused { .. } => Ground(
                "licence_refused",
                &rules::R71,
                C::Rule,
                "let the holder supersede it, or let the chair waive the rule with the reasons",
            ),
            Self::PatentsUnnamed(_) => {
                Ground("patents_unnamed", &rules::R72, C::Rule, "name each patent with its number and a document")
            }
            Self::GeneralUnwilling => Ground(
                "general_unwilling",
                &rules::R73,
                C::Rule,
                "declare option 1 or 2, or disclose the patents with ipr.disclose for the text concerned",
            ),
            Self::NoReplyDate => Ground("no_reply_date", &rules::R80, C::Rule, "state `reply_by`"),
            Self::LiaisonUnapproved(_) => Ground(
                "liaison_unapproved",
                &rules::R81,
                C::Rule,
                "record the meeting's decision, or the chair's with the record of the consultation",
            ),
            Self::LiaisonStep { .. } => Ground(
                "liaison_step",
                &rules::L09,
                C::Rule,
                "see where the statement stands; record the step before this one first",
            ),
            Self::ReportedFinally => Ground(
                "reported_finally",
                &rules::L09,
                C::Conflict,
                "nothing is to be done: the final report is the last",
            ),
            Self::ReservationsMissing { .. } => {
                Ground("reservations_missing", &rules::R106, C::Document, "annex them as a document in `reservations`")
            }
            Self::Conflict { interest: interest::DECLARED, .. } => {
                Ground("interest_declared", &rules::R16, C::Role, "let a vice-chair stand in")
            }
            Self::Conflict { .. } => Ground("conflict_of_interest", &rules::R104, C::Role, "let a vice-chair stand in"),
            Self::ChairAvailable => Ground("chair_available", &rules::R104, C::Role, "let the chair sign"),
            Self::ChallengeLate { .. } => Ground(
                "challenge_late",
                &rules::R107,
                C::Rule,
                "nothing can be done but deliverable.reopen, if there is new information",
            ),
            Self::ChallengeStep { .. } => {
                Ground("challenge_step", &rules::L09, C::Conflict, "see where the challenge stands")
            }
            Self::ChallengeOpen(_) => {
                Ground("challenge_open", &rules::R111, C::Rule, "let the meeting or the parent group answer it first")
            }
            Self::NothingNew(_) => Ground(
                "nothing_new",
                &rules::R108,
                C::Rule,
                "name the document that holds the new information, which was not used for this before",
            ),
            Self::OtherText { rule, .. } => {
                Ground("other_text", rule, C::Conflict, "fetch the current text, and name its manifest")
            }
            Self::NotApproved { .. } => {
                Ground("not_approved", &rules::R111, C::Rule, "send it when the group has agreed to it")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_rule_reason_and_remedy() {
        let refusal = Refusal::ObjectionOpen(Number::parse("D1.1-OBJ-1").unwrap());
        assert_eq!(refusal.to_string(), "objection D1.1-OBJ-1 has not been disposed of");
        assert_eq!(refusal.clause(), "ToR 2.12 (2017)");
        assert_eq!((refusal.reason(), refusal.category().code()), ("objection_open", 1_003));
        let missing = Refusal::SignerMissing { record_type: RecordType::Determine, needed: Capacity::Chair };
        assert_eq!((missing.reason(), missing.category()), ("needs_chair", Category::Role));
    }
}
