//! Why any record is refused: its ledger, its times, its form and its signatures.

macro_rules! refuse_records {
    ($next:ident $($others:ident)*; $($before:tt)*) => { $next! { $($others)*; $($before)*

        /// The record names another ledger.
        #[error("the record is for the ledger {found}; this is {expected}")]
        WrongLedger {
            /// The ledger that the record names.
            found: Digest,
            /// This ledger.
            expected: Digest,
        } => ("wrong_ledger", &rules::L01, Rule, "sign it again for this ledger"),

        /// The signature is from the future.
        #[error("signed {signed}, which is after ledger time {time}")]
        SignedLater {
            /// When it was signed, as it says.
            signed: Moment,
            /// Ledger time.
            time: Moment,
        } => ("signed_later", &rules::L02, Rule, "set the clock of the signing machine, and sign again"),

        /// The signatures have lapsed.
        #[error("the signatures lapsed {expires}; ledger time is {time}")]
        Expired {
            /// When the signatures lapse.
            expires: Moment,
            /// Ledger time.
            time: Moment,
        } => ("expired", &rules::L02, Rule, "sign it again"),

        /// The record says that it was signed before it happened.
        #[error("it happened {at}, after it was signed {signed}")]
        HappenedLater {
            /// When it happened, as it says.
            at: Moment,
            /// When it was signed, as it says.
            signed: Moment,
        } => ("happened_later", &rules::L02, Rule, "state in `at` when it happened, and sign after it"),

        /// The receipt that the secretariat attests lies after the signature.
        #[error("received {received}, after the record was signed {signed}")]
        ReceivedLater {
            /// When it was received, as the secretariat says.
            received: Moment,
            /// When it was signed.
            signed: Moment,
        } => ("received_later", &rules::L02, Rule, "state in `received` when it arrived, and sign after it"),

        /// The type is unknown.
        #[error("{0:?} is no type of record")]
        UnknownType(String) => ("unknown_type", &rules::L05, Rule, "use a type of docs/rules.md"),

        /// A group is named, or not, against the type.
        #[error("a record {0} names no group")]
        NamesGroup(RecordType) => ("names_group", &rules::L05, Rule, "leave `group` out"),

        /// The group is missing.
        #[error("a record {0} names its group")]
        NamesNoGroup(RecordType) => ("names_no_group", &rules::L05, Rule, "state `group`"),

        /// The body does not have the form of its type.
        #[error("the body of {record_type}: {problem}")]
        Form {
            /// The type.
            record_type: RecordType,
            /// What is wrong, by the name of the field.
            problem: String,
        } => ("malformed_body", &rules::L05, Rule, "correct the field"),

        /// The body has a field that its type does not list.
        #[error("the body of {record_type}: {problem}")]
        UnknownField {
            /// The type.
            record_type: RecordType,
            /// The field, and those that the type lists.
            problem: String,
        } => ("unknown_field", &rules::R20, Rule, "leave it out: text about people belongs into a document"),

        /// A decision does not say on what basis it was taken.
        #[error("the decision does not state its basis")]
        NoBasis => ("no_basis", &rules::R40, Rule, "state the basis of the decision"),

        /// A list of the body is too long, empty or repeats itself.
        #[error("the list {field} has no entry, too many, or the same one twice")]
        List {
            /// The field.
            field: &'static str,
        } => ("malformed_list", &rules::L05, Rule, "state each entry once, within the limit"),

        /// A field is missing that this signer must fill, or filled where the signer may not.
        #[error("field {field}: {problem}")]
        Field {
            /// The field.
            field: &'static str,
            /// What is wrong with it.
            problem: &'static str,
        } => ("malformed_field", &rules::L05, Rule, "correct the field"),

        /// Nobody of that name can sign.
        #[error("{0} is neither enrolled nor registered")]
        UnknownSigner(Name) => (
            "unknown_signer", &rules::L03, Signature,
            "ask the secretariat to enrol the signer first"
        ),

        /// The key is not the signer's.
        #[error("the signature's key never belonged to {0}")]
        UnknownKey(Name) => (
            "unknown_key", &rules::L03, Signature,
            "sign with the key that was enrolled, or ask the secretariat to put a new one in force"
        ),

        /// The key is that of a node, and the record says what no node attests.
        #[error("that key is of a node of {0}, and signs as organization what the node attests, nothing else")]
        NodeKey(Name) => ("node_key", &rules::L04, Signature, "sign with the organisation's own key"),

        /// The key was replaced by another.
        #[error("that key of {who} was replaced {since}")]
        KeyReplaced {
            /// The signer.
            who: Name,
            /// When the next key came into force.
            since: Moment,
        } => ("key_replaced", &rules::R22, Signature, "sign with the new key"),

        /// The key was revoked.
        #[error("that key of {who} was revoked {since}")]
        KeyRevoked {
            /// The signer.
            who: Name,
            /// When it was revoked.
            since: Moment,
        } => ("key_revoked", &rules::R22, Signature, "ask the secretariat to put a new key in force"),

        /// The enrolment was merged into another one.
        #[error("the enrolment {who} was merged into {into}")]
        Merged {
            /// The enrolment.
            who: Name,
            /// The one that stands for it.
            into: Name,
        } => ("enrolment_merged", &rules::L07, Conflict, "use the enrolment that it was merged into"),

        /// What is to be entered was erased.
        #[error("the {field} of {who} was erased at the request {request}")]
        Erased {
            /// Whose.
            who: Name,
            /// Which field.
            field: &'static str,
            /// The record that asked for it.
            request: Digest,
        } => ("erased", &rules::R27, Conflict, "nothing can be done: what was erased does not come back"),

        /// The `as` of a signer is no role that signs.
        #[error("nobody signs as {0}")]
        UnknownRole(Name) => ("unknown_role", &rules::L04, Role, "sign in a role of docs/rules.md"),

        /// The signers are not those whom the type asks for.
        #[error("a record {record_type} needs the signature of the {needed}")]
        SignerMissing {
            /// The type.
            record_type: RecordType,
            /// The first role that is missing.
            needed: Capacity,
        }
        => where { needed: Capacity::Parent } ("needs_parent", &rules::R02, Role, "let the parent group sign")
        => where { needed } (needed.needs(), &rules::L04, Role, "let them sign as well, or sign in that role"),

        /// There are more signers than the type asks for.
        #[error("a record {record_type} has no place for this signature as {surplus}")]
        SignerSurplus {
            /// The type.
            record_type: RecordType,
            /// The role that is not asked for.
            surplus: Capacity,
        } => ("signer_surplus", &rules::L04, Role, "leave that signer out"),

        /// Co-chairs sign together, and one has not signed.
        #[error("the co-chairs sign together; {0} has not signed")]
        CoChairMissing(Name) => (
            "needs_co_chair", &rules::R17, Role,
            "let every co-chair in office sign the same record"
        ),

        /// The signer does not hold the role.
        #[error("{who} is not {capacity} at {time}")]
        RoleNotHeld {
            /// The signer.
            who: Name,
            /// The role.
            capacity: Capacity,
            /// Ledger time.
            time: Moment,
        }
        => where { capacity: Capacity::Parent } ("role_not_held", &rules::R02, Role, "let the parent group sign")
        => ("role_not_held", &rules::L04, Role, "sign in a role that is in force, or have it recorded first"),

        /// The signer may not do this for somebody else.
        #[error("{who} does not sign for this")]
        NotYours {
            /// The signer.
            who: Name,
        } => ("not_yours", &rules::L04, Role, "let the person concerned sign, or the secretariat where it may"),

        /// Something that the record refers to is not recorded.
        #[error("{0} is not recorded")]
        Unknown(Subject) => ("not_recorded", &rules::L06, Rule, "record it first, or correct the reference"),

        /// The record does not stand in the subject's chain.
        #[error("the record {record} does not stand in the chain of {subject}")]
        NotInChain {
            /// The record.
            record: Digest,
            /// The subject.
            subject: Subject,
        } => ("not_in_chain", &rules::L06, Rule, "name the record by its id, and a subject that its outcome names"),

        /// What the record refers to was voided.
        #[error("{0} was voided")]
        Voided(Subject) => ("voided", &rules::R92, Conflict, "record it anew, under a number that was never given"),

        /// Something is recorded already.
        #[error("{0} is recorded already")]
        AlreadyRecorded(Subject) => (
            "already_recorded", &rules::L07, Conflict,
            "nothing is to be done, unless it should be superseded"
        ),

        /// This very record is in the ledger.
        #[error("the record {0} is in the ledger already")]
        SameRecord(Digest) => ("same_record", &rules::L07, Conflict, "nothing is to be done: ask for its receipt"),

        /// The record and what the ledger found fill more than an entry of the log.
        #[error("the record and its findings fill more than an entry of the log")]
        EntryTooLong => ("too_large", &rules::L06, Document, "put long text into a document, and name fewer things"),

        /// A list in the ledger is full.
        #[error("{0} can hold no more")]
        Full(Subject) => ("full", &rules::L05, Rule, "tell the operators; this limit guards every node"),
    } };
}

pub(super) use refuse_records;
