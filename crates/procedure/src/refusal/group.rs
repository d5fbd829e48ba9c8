//! Why a record about a group, its people or its rules is refused.

macro_rules! refuse_groups {
    ($next:ident $($others:ident)*; $($before:tt)*) => { $next! { $($others)*; $($before)*

        /// The rule set that is named is not the one recorded.
        #[error("the rule set named is {found}; recorded is {expected}")]
        OtherRuleset {
            /// The record that was named.
            found: Digest,
            /// The record that is in force.
            expected: Digest,
        } => ("other_ruleset", &rules::L07, Conflict, "name the rule set that is recorded"),

        /// No rule set has superseded the one that the group was established with.
        #[error("the rule set is the one that the group was established with")]
        TermsUnchanged => (
            "terms_unchanged", &rules::R04, Rule,
            "record the new terms in full first, with a record ruleset that supersedes the one in force"
        ),

        /// A deliverable is in a call.
        #[error("deliverable {0} is in a call whose outcome is not determined")]
        StillCalled(Label) => (
            "call_open", &rules::R06, Rule,
            "determine the outcome of its call first, and conclude then"
        ),

        /// A deliverable without an agreed text is not among the open items.
        #[error("deliverable {0} has no agreed text, and is not among the open items")]
        OpenItemMissing(Label) => (
            "open_item_missing", &rules::R06, Rule,
            "name it in `open_items`, or discontinue it first"
        ),

        /// The group has concluded.
        #[error("the group {0} has concluded its work")]
        GroupConcluded(Name) => (
            "group_concluded", &rules::R06, Rule,
            "let the parent group charter it anew with group.recharter, or leave the text to the parent group"
        ),

        /// The group is closed.
        #[error("the group {0} is closed")]
        GroupClosed(Name) => (
            "group_closed", &rules::R99, Rule,
            "record a correction, an erasure or a key; other work belongs to the parent group or to another group"
        ),

        /// A correction does not fit the record that it corrects.
        #[error("the correction {0}")]
        Correction(&'static str) => (
            "wrong_correction", &rules::R90, Rule,
            "name a field that the original has, and another value of the same kind"
        ),

        /// Records of that type are not voided, or not by this subject.
        #[error("a record {0} is not voided by that subject")]
        NotVoidable(String) => (
            "not_voidable", &rules::R92, Rule,
            "record what makes up for it: correct it, or supersede, cancel, withdraw or end it"
        ),

        /// Something depends on the record that is to be voided.
        #[error("what is recorded in {on} depends on the record {record}")]
        Depended {
            /// The record.
            record: Digest,
            /// What depends on it.
            on: Subject,
        } => (
            "depended_on", &rules::R92, Conflict,
            "record what makes up for it: correct it, or supersede, cancel, withdraw or end it"
        ),

        /// A group is established once.
        #[error("the group {0} is established already")]
        GroupExists(Name) => (
            "group_exists", &rules::R01, Conflict,
            "choose another id, or amend the group's rule set"
        ),

        /// The table of offsets is out of order.
        #[error("the table of offsets is empty, too long or out of order")]
        Zone => ("malformed_zone", &rules::L08, Rule, "list each offset once, in the order of time"),

        /// An instant does not follow from the words and the table.
        #[error("{field} is not the instant that {words} means in the zone of the notice; that is {expected}")]
        Instant {
            /// The field.
            field: &'static str,
            /// The words.
            words: String,
            /// The instant that follows from them.
            expected: String,
        } => (
            "instant_differs", &rules::L08, Rule,
            "correct the instant, the words or the table, so that they agree"
        ),

        /// Dates or times are in the wrong order.
        #[error("{later} does not come after {earlier}")]
        Order {
            /// What must come first.
            earlier: &'static str,
            /// What must come after it.
            later: &'static str,
        } => ("wrong_order", &rules::L05, Rule, "correct the dates"),

        /// The chair is the parent group's to appoint.
        #[error("the parent group appoints the chair")]
        NeedsParent => ("needs_parent", &rules::R10, Role, "let the parent group sign the appointment"),

        /// The appointing authority is another.
        #[error("{role} is appointed by {by}")]
        OtherAppointer {
            /// The role.
            role: &'static str,
            /// Who appoints it.
            by: &'static str,
        } => ("other_appointer", &rules::R11, Role, "let the appointing authority sign"),

        /// The counts of a participant list do not add up.
        #[error("the counts by {by} add up to {sum}; the total is {total}")]
        Counts {
            /// What is counted by.
            by: &'static str,
            /// Their sum.
            sum: u64,
            /// The total stated.
            total: u64,
        } => (
            "counts_differ", &rules::R24, Rule,
            "correct the counts; what is suppressed to protect people is stated as suppressed"
        ),

        /// A count is so small that it points at somebody.
        #[error("{count} by {by} are fewer than {fewest}, which points at somebody")]
        SmallCell {
            /// What is counted by.
            by: &'static str,
            /// The count; what is withheld in all is one too.
            count: u64,
            /// The fewest that may be stated.
            fewest: u32,
        } => (
            "small_cell", &rules::R24, Rule,
            "withhold that count and, until enough are withheld together, the next smallest ones"
        ),

        /// The rule cannot be waived, or not by these signers.
        #[error("{rule} is waived by {by}")]
        NoWaiver {
            /// The rule.
            rule: &'static str,
            /// Who may waive it.
            by: &'static str,
        } => ("no_waiver", &rules::R33, Role, "let who may waive the rule sign the waiver"),

        /// No such rule.
        #[error("{0:?} is no rule")]
        UnknownRule(String) => ("unknown_rule", &rules::R33, Rule, "name a rule of docs/rules.md"),
    } };
}

pub(super) use refuse_groups;
