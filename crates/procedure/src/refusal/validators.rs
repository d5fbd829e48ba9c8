//! Why a record about the validators is refused.

macro_rules! refuse_validators {
    ($next:ident $($others:ident)*; $($before:tt)*) => { $next! { $($others)*; $($before)*

        /// Another change is under way.
        #[error("a change to epoch {epoch} is recorded, and in force from height {from} on")]
        ChangePending {
            /// The epoch to come.
            epoch: u64,
            /// Its first height.
            from: u64,
        } => ("change_pending", &rules::L10, Conflict, "wait until that change is in force, and make the next one"),

        /// The closing checkpoint of the epoch before is missing.
        #[error("the closing checkpoint of epoch {epoch} is not recorded")]
        EpochOpen {
            /// The epoch.
            epoch: u64,
        } => (
            "epoch_open", &rules::L10, Conflict,
            "wait for it: the validators record it in one of the next blocks"
        ),

        /// The record is for another epoch.
        #[error("it is for epoch {found}; {expected} is meant to follow")]
        OtherEpoch {
            /// The epoch that it names.
            found: u64,
            /// The epoch that belongs there.
            expected: u64,
        } => ("other_epoch", &rules::L10, Conflict, "write it anew for that epoch"),

        /// Too few operators have signed.
        #[error("who signed runs {found} seats; {needed} are needed")]
        TooFewOperators {
            /// Seats of those who signed.
            found: usize,
            /// Seats that make a quorum.
            needed: usize,
        } => (
            "needs_operators", &rules::L11, Role,
            "let more operators sign the same record: plenary record sign"
        ),

        /// The policy cannot be read.
        #[error("the new policy: {0}")]
        PolicyUnsound(PolicyError) => ("policy_unsound", &rules::L12, Rule, "write it as docs/protocol.md says"),

        /// The policy is that of another log.
        #[error("the new policy is for the log {found}")]
        OriginChanged {
            /// The origin that it names.
            found: String,
        } => ("origin_changed", &rules::L12, Rule, "leave the origin as it is: it names the ledger's log"),

        /// The policy and the list name different validators.
        #[error("the policy and the list of validators differ")]
        SeatsDiffer => ("seats_differ", &rules::L12, Rule, "name the same validators in both, in one order"),

        /// A key serves twice.
        #[error("the {key} of {validator} is in use already")]
        KeyShared {
            /// The validator.
            validator: Name,
            /// Which of its keys.
            key: &'static str,
        } => ("key_shared", &rules::L12, Rule, "make a key of its own for each purpose and each validator"),

        /// The keys in a change are not those that the validator has published.
        #[error("the {key} of {validator} is not one that it has published for this epoch")]
        NotPublished {
            /// The validator.
            validator: Name,
            /// Which of its keys.
            key: &'static str,
        } => ("not_published", &rules::L13, Rule, "let its operator publish it first: plenary validators prepare"),

        /// A policy had the cosigning key before.
        #[error("the cosigning key of {validator} stood in a policy before")]
        KeySpent {
            /// The validator.
            validator: Name,
        } => ("key_spent", &rules::L13, Rule, "make a new one: plenary validators prepare"),

        /// A key's holder has not signed.
        #[error("the {key} of {validator} has not signed for these keys")]
        KeyUnproven {
            /// The validator.
            validator: Name,
            /// Which of its keys.
            key: &'static str,
        } => ("key_unproven", &rules::L13, Signature, "sign with all four keys: plenary validators prepare"),

        /// A newcomer does not show that it follows the ledger.
        #[error("nothing shows that {validator} follows the ledger")]
        NotPresent {
            /// The newcomer.
            validator: Name,
        } => ("not_present", &rules::L14, Rule, "add its cosignature of a recent head: plenary validators attend"),

        /// The head that a newcomer cosigned is not one of this ledger's present epoch.
        #[error("the head that {validator} cosigned: {error}")]
        PresenceHead {
            /// The newcomer.
            validator: Name,
            /// What is wrong with it.
            error: TipError,
        } => ("presence_unsound", &rules::L14, Rule, "let the newcomer cosign a head of the present epoch"),

        /// The newcomer's cosignature does not hold.
        #[error("the cosignature is not that of {validator} under the new policy")]
        PresenceSignature {
            /// The newcomer.
            validator: Name,
        } => ("presence_unsigned", &rules::L14, Signature, "let the newcomer cosign with the key that it has published"),

        /// The head that a newcomer cosigned is too old.
        #[error("{validator} cosigned the head of height {height}; {oldest} is the oldest that counts")]
        PresenceOld {
            /// The newcomer.
            validator: Name,
            /// The height that it cosigned.
            height: u64,
            /// The oldest that counts.
            oldest: u64,
        } => ("presence_old", &rules::L14, Rule, "let the newcomer cosign a recent head"),

        /// There is no epoch to close.
        #[error("the epoch before is closed, or there is none")]
        NothingToClose => ("nothing_to_close", &rules::L15, Conflict, "nothing is to be done"),

        /// The closing checkpoint is unsound.
        #[error("the closing checkpoint: {0}")]
        ClosingUnsound(TipError) => ("closing_unsound", &rules::L15, Rule, "quote the checkpoint and the seal that closed that epoch"),

        /// The checkpoint is not that of the epoch's last block.
        #[error("the checkpoint is that of block {found}; the epoch's last block is {expected}")]
        NotTheLastBlock {
            /// The block that its seal closes.
            found: u64,
            /// The last block of the epoch.
            expected: u64,
        } => ("not_the_last_block", &rules::L15, Rule, "quote the checkpoint of the epoch's last block"),
    } };
}

pub(super) use refuse_validators;
