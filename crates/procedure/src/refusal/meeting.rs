//! Why a record about a meeting, a contribution or another paper is refused.

macro_rules! refuse_meetings {
    ($next:ident $($others:ident)*; $($before:tt)*) => { $next! { $($others)*; $($before)*

        /// The meeting is not at the step that this needs.
        #[error("for this, meeting {meeting} would have to be {needed}")]
        MeetingStep {
            /// The meeting.
            meeting: Label,
            /// What it would have to be.
            needed: &'static str,
        } => ("meeting_step", &rules::R35, Rule, "record the step before this one first"),

        /// The meeting was cancelled.
        #[error("meeting {0} is cancelled")]
        MeetingCancelled(Label) => (
            "meeting_cancelled", &rules::R41, Rule,
            "name the next meeting, for which its contributions are held"
        ),

        /// Attendance is not claimed now.
        #[error("attendance cannot be claimed: meeting {meeting} is {standing}")]
        ClaimWindow {
            /// The meeting.
            meeting: Label,
            /// Where it stands.
            standing: &'static str,
        } => (
            "claim_window", &rules::R25, Rule,
            "claim it after the meeting's close; once the report is approved, ask the secretariat to correct it"
        ),

        /// The report of a meeting is not at the step that this needs.
        #[error("the report of meeting {meeting} {problem}")]
        ReportStep {
            /// The meeting.
            meeting: Label,
            /// What stands against it.
            problem: &'static str,
        } => ("report_step", &rules::R37, Rule, "see which revision of the report stands, and who approves it"),

        /// The working group is closed.
        #[error("working group {0} is closed")]
        WorkingGroupClosed(Label) => (
            "working_group_closed", &rules::R45, Rule,
            "name a working group that is open, or the group itself"
        ),

        /// The revision does not continue the current one.
        #[error("{number} stands at revision {current}; {found} is not the next one")]
        StaleRevision {
            /// The contribution or deliverable.
            number: Number,
            /// Its current revision.
            current: u32,
            /// The revision that the record states.
            found: u32,
        } => ("stale_revision", &rules::R55, Conflict, "fetch the current revision, and continue from it"),

        /// The contribution is not at the step that this needs.
        #[error("contribution {number} is {standing}")]
        ContributionStep {
            /// The contribution.
            number: Number,
            /// Where it stands.
            standing: &'static str,
        } => (
            "contribution_step", &rules::L09, Rule,
            "see where the contribution stands; record the step before this one first"
        ),

        /// A contribution or document is continued by somebody who did not send it.
        #[error("{number} does not come from {who}")]
        OtherSource {
            /// The contribution.
            number: Number,
            /// The signer.
            who: Name,
        } => ("other_source", &rules::R55, Role, "let its author revise it, or submit a contribution of your own"),

        /// The meeting has decided on the contribution already.
        #[error("the meeting has dealt with contribution {0}")]
        AlreadyDecided(Number) => (
            "already_decided", &rules::R58, Rule,
            "nothing can be done: it stays with the meeting's documents"
        ),

        /// The deadline with which reservations lapse is over.
        #[error("a number reserved for that meeting lapses {lapses}; this came {time}")]
        ReservationLapsed {
            /// The meeting's deadline.
            lapses: Moment,
            /// The moment by which the record is judged.
            time: Moment,
        } => ("reservation_lapsed", &rules::R50, Rule, "submit it without the reservation; it gets the next number"),

        /// A document is not at the step that this needs.
        #[error("document {number} is {standing}")]
        DocumentStep {
            /// The document.
            number: Number,
            /// Where it stands.
            standing: &'static str,
        } => ("document_step", &rules::L09, Rule, "see where the document stands; submit a new one"),

        /// Others submit documents of that series.
        #[error("documents of series {series} are not submitted as {capacity}")]
        OtherSeries {
            /// The series.
            series: &'static str,
            /// The role of the signer.
            capacity: Capacity,
        } => (
            "other_series", &rules::L04, Role,
            "let an officer of docs/rules.md submit it, or choose another series"
        ),

        /// A text is named that the document never had, or has no longer.
        #[error("{number} has no text {found}")]
        NoSuchText {
            /// The contribution, document or deliverable.
            number: Number,
            /// The manifest that was named.
            found: Digest,
        } => ("no_such_text", &rules::L06, Document, "name the manifest of one of its texts as it is now"),

        /// A redaction changes nothing.
        #[error("the text of {0} before and after the redaction is the same")]
        NothingRedacted(Number) => (
            "nothing_redacted", &rules::R61, Document,
            "name the text without what must go in `after`"
        ),

        /// Only who runs a validator attests to hold texts.
        #[error("{0} runs no validator")]
        NoOperator(Name) => (
            "no_operator", &rules::R62, Role,
            "let an organisation of the validators attest, with a key of its own"
        ),

        /// The secretariat and the chair correct obvious errors alone.
        #[error("errors of contribution {0} that are not obvious are its source's to correct")]
        NotObvious(Number) => (
            "not_obvious", &rules::R57, Role,
            "let its source sign, or the secretariat alone for the source with the day of receipt"
        ),

        /// No meeting that deals with the contribution is open.
        #[error("{number} was not before meeting {meeting}, or not after its opening")]
        NotSitting {
            /// The contribution.
            number: Number,
            /// The meeting.
            meeting: Label,
        } => (
            "not_sitting", &rules::R60, Rule,
            "wait for the opening, or name in `decision.meeting` the electronic meeting that dealt with it"
        ),

        /// Contributions are returned for other rules.
        #[error("a contribution is not returned for {0:?}")]
        NoGroundToReturn(String) => (
            "no_ground_to_return", &rules::R66, Rule,
            "name the rule of form that it does not meet: R20, R52, R53 or R67"
        ),

        /// A late contribution was not admitted to the meeting's decision.
        #[error("contribution {number} is {standing}, not admitted to the meeting's decision")]
        NotAdmitted {
            /// The contribution.
            number: Number,
            /// Where it stands.
            standing: &'static str,
        } => (
            "late_not_admitted", &rules::R59, Rule,
            "record first that it is admitted, with contribution.late-admit"
        ),
    } };
}

pub(super) use refuse_meetings;
