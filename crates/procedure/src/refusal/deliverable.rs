//! Why a record about a deliverable, a call or what follows it is refused.

macro_rules! refuse_deliverables {
    ($next:ident $($others:ident)*; $($before:tt)*) => { $next! { $($others)*; $($before)*

        /// The deliverable is not at the step that this needs.
        #[error("deliverable {number} is {standing}")]
        DeliverableStep {
            /// The deliverable.
            number: Label,
            /// Where it stands.
            standing: &'static str,
        } => (
            "deliverable_step", &rules::L09, Rule,
            "see where the deliverable stands; record the step before this one first"
        ),

        /// A number of a deliverable was given before.
        #[error("the number {0} was given before and is never given again")]
        NumberTaken(Label) => ("number_taken", &rules::R54, Conflict, "give a number that was never given"),

        /// The proposal is not at the step that this needs.
        #[error("proposal {number} is {standing}")]
        ProposalStep {
            /// The proposal.
            number: Label,
            /// Where it stands.
            standing: &'static str,
        } => ("proposal_step", &rules::L09, Rule, "see where the proposal stands, or propose anew"),

        /// The call is not the one that is open.
        #[error("call {call} is {standing}")]
        CallStep {
            /// The call.
            call: Number,
            /// Where it stands.
            standing: &'static str,
        } => (
            "call_step", &rules::L09, Rule,
            "see where the call stands; a comment that comes later can be a position or a contribution"
        ),

        /// The call is still running.
        #[error("call {call} runs until {closes}; ledger time is {time}")]
        CallRunning {
            /// The call.
            call: Number,
            /// From when on it can be closed.
            closes: Moment,
            /// Ledger time.
            time: Moment,
        } => ("call_window_running", &rules::R100, Rule, "wait until the call's time is over"),

        /// The call was too short and nobody waived it.
        #[error("call {call} ran {days} days; {needed} are needed")]
        CallShort {
            /// The call.
            call: Number,
            /// Its days.
            days: u64,
            /// The days of the rule set.
            needed: u64,
        } => (
            "call_too_short", &rules::R100, Rule,
            "record who waived the length, or determine that it is not agreed, and call again for longer"
        ),

        /// Somebody was given more time before.
        #[error("{who} was given more time in call {call} already")]
        MoreTimeTaken {
            /// The call.
            call: Number,
            /// Who asked.
            who: Name,
        } => (
            "more_time_taken", &rules::R100, Conflict,
            "state a position or an objection within the call; others who have not asked yet may ask"
        ),

        /// More time is asked than one request gives.
        #[error("call {call} would run {days} days more; a request gives {allowed}")]
        MoreTimeLong {
            /// The call.
            call: Number,
            /// The days asked.
            days: u32,
            /// The days of the rule set.
            allowed: u32,
        } => ("more_time_long", &rules::R100, Rule, "state an earlier close, within the days of the rule set"),

        /// The secretariat suspends a call although somebody chairs.
        #[error("call {0} is the chair's to suspend: somebody chairs")]
        Chaired(Number) => ("chaired", &rules::R14, Role, "let the chair or the acting chair sign"),

        /// The text is not the one that was called.
        #[error("the call was on {called}; this is {found}")]
        TextChanged {
            /// The manifest of the call.
            called: Digest,
            /// The manifest of the record.
            found: Digest,
        } => ("text_changed", &rules::R101, Rule, "open a call on the new text"),

        /// The rules changed while the call ran.
        #[error("the group's rule set changed after call {0} was opened")]
        RulesetChanged(Number) => (
            "ruleset_changed", &rules::R04, Rule,
            "end the call with call.close, and open a new one under the rule set in force"
        ),

        /// An objection without grounds.
        #[error("an objection needs {0}")]
        GroundsMissing(&'static str) => (
            "grounds_missing", &rules::R102, Rule,
            "state the clause, the reasons, and the change that would resolve it, or that none would"
        ),

        /// The objection is not at the step that this needs.
        #[error("objection {objection} is {standing}")]
        ObjectionStep {
            /// The objection.
            objection: Number,
            /// Where it stands.
            standing: &'static str,
        } => ("objection_step", &rules::L09, Rule, "see where the objection stands"),

        /// An objection has not been disposed of.
        #[error("objection {0} has not been disposed of")]
        ObjectionOpen(Number) => (
            "objection_open", &rules::R103, Rule,
            "dispose of it with a reason, or let the objector withdraw it; nothing is agreed before"
        ),

        /// The objector still has time to answer.
        #[error("who raised objection {objection} is asked to answer by {until}; ledger time is {time}")]
        AnswerAwaited {
            /// The objection.
            objection: Number,
            /// Until when.
            until: Moment,
            /// Ledger time.
            time: Moment,
        } => (
            "answer_awaited", &rules::R103, Rule,
            "wait for the objector's response, or until the time for it is over"
        ),

        /// An objection is upheld.
        #[error("objection {0} is upheld")]
        ObjectionUpheld(Number) => (
            "objection_upheld", &rules::R103, Rule,
            "change the text and call again, or dispose of it anew with a reason"
        ),

        /// The patent question was not asked.
        #[error("the patent question was not asked for call {0}")]
        PatentsUnasked(Number) => (
            "patents_unasked", &rules::R36, Rule,
            "ask, and record with ipr.call that it was asked and what was answered"
        ),

        /// A declaration on patents takes back what an earlier one gave.
        #[error("declaration {disclosure} stands at option {stands}; option {found} as declared is not more favourable")]
        LessFavourable {
            /// The earlier declaration.
            disclosure: Number,
            /// Its option.
            stands: u8,
            /// The option declared now.
            found: u8,
        } => (
            "less_favourable", &rules::R70, Rule,
            "declare a better option or one condition less; an obvious error is put right with ipr.correct"
        ),

        /// A declaration of option 3 stands against the text.
        #[error("declaration {disclosure} of option 3 stands against {deliverable}")]
        LicenceRefused {
            /// The deliverable.
            deliverable: Label,
            /// The declaration.
            disclosure: Number,
        } => (
            "licence_refused", &rules::R71, Rule,
            "let the holder supersede it, or let the chair waive the rule with the reasons"
        ),

        /// A declaration of option 3 does not say which patents it is about.
        #[error("option 3 needs {0}")]
        PatentsUnnamed(&'static str) => (
            "patents_unnamed", &rules::R72, Rule,
            "name each patent with its number and a document"
        ),

        /// A general declaration of option 3.
        #[error("option 3 is declared on a single text, with its patents, and not in general")]
        GeneralUnwilling => (
            "general_unwilling", &rules::R73, Rule,
            "declare option 1 or 2, or disclose the patents with ipr.disclose for the text concerned"
        ),

        /// A liaison statement for action without a date.
        #[error("a liaison statement for action needs a reply date")]
        NoReplyDate => ("no_reply_date", &rules::R80, Rule, "state `reply_by`"),

        /// A liaison statement that nobody entitled to it has approved.
        #[error("liaison statement {0} is not approved by a meeting that is named, or by the chair after a consultation")]
        LiaisonUnapproved(Number) => (
            "liaison_unapproved", &rules::R81, Rule,
            "record the meeting's decision, or the chair's with the record of the consultation"
        ),

        /// The liaison statement is not at the step that this needs.
        #[error("liaison statement {number} is {standing}")]
        LiaisonStep {
            /// The statement.
            number: Number,
            /// Where it stands.
            standing: &'static str,
        } => (
            "liaison_step", &rules::L09, Rule,
            "see where the statement stands; record the step before this one first"
        ),

        /// A report after the final one.
        #[error("the group has made its final report")]
        ReportedFinally => (
            "reported_finally", &rules::L09, Conflict,
            "nothing is to be done: the final report is the last"
        ),

        /// Reservations were stated and are not annexed.
        #[error("reservations that were stated in call {call} and are not annexed: {count}")]
        ReservationsMissing {
            /// The call.
            call: Number,
            /// How many were stated.
            count: u64,
        } => ("reservations_missing", &rules::R106, Document, "annex them as a document in `reservations`"),

        /// The signer has an interest in the matter.
        #[error("{who} {interest} {matter} and does not decide on it")]
        Conflict {
            /// The signer.
            who: Name,
            /// Editor, objector, or who declared an interest, in words.
            interest: &'static str,
            /// The deliverable or the liaison statement.
            matter: String,
        }
        => where { interest: interest::DECLARED } (
            "interest_declared", &rules::R16, Role,
            "let a vice-chair stand in"
        )
        => ("conflict_of_interest", &rules::R104, Role, "let a vice-chair stand in"),

        /// A vice-chair signs although the chair could.
        #[error("a vice-chair stands in only where the chair has an interest; the chair has none")]
        ChairAvailable => ("chair_available", &rules::R104, Role, "let the chair sign"),

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
        } => (
            "challenge_late", &rules::R107, Rule,
            "nothing can be done but deliverable.reopen, if there is new information"
        ),

        /// The challenge is not at the step that this needs.
        #[error("challenge {challenge} is {standing}")]
        ChallengeStep {
            /// The challenge.
            challenge: Number,
            /// Where it stands.
            standing: &'static str,
        } => ("challenge_step", &rules::L09, Conflict, "see where the challenge stands"),

        /// A challenge awaits its answer.
        #[error("challenge {0} has not been answered")]
        ChallengeOpen(Number) => (
            "challenge_open", &rules::R111, Rule,
            "let the meeting or the parent group answer it first"
        ),

        /// A text is reopened without new information.
        #[error("deliverable {0} is approved, and there is no new information")]
        NothingNew(Label) => (
            "nothing_new", &rules::R108, Rule,
            "name the document that holds the new information, which was not used for this before"
        ),

        /// The text named is not the current one.
        #[error("the text named is {found}; the current one is {current}")]
        OtherText {
            /// The rule that asks for the current text.
            rule: &'static Rule,
            /// The manifest of the current text.
            current: Digest,
            /// The manifest that was named.
            found: Digest,
        }
        => where { rule } ("other_text", rule, Conflict, "fetch the current text, and name its manifest"),

        /// Only approved texts are sent.
        #[error("deliverable {number} is {standing}, not approved")]
        NotApproved {
            /// The deliverable.
            number: Label,
            /// Where it stands.
            standing: &'static str,
        } => ("not_approved", &rules::R111, Rule, "send it when the group has agreed to it"),
    } };
}

pub(super) use refuse_deliverables;
