//! What must never be true after a record, in any order of records.

use std::fmt;

/// An invariant that was found broken.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Violation {
    /// A deliverable is approved while an objection to it is not disposed of, or upheld.
    PassedOver,
    /// An objection that was raised is not on record any more, or stands otherwise than the records say.
    Forgotten,
    /// What was approved is another text than the one that was called, or than the current one.
    OtherText,
    /// A deliverable is approved without an approval on record, or before its call was over.
    Unfounded,
    /// It was approved without the patent question.
    PatentsUnasked,
    /// It was approved while a patent's holder refuses a licence, and nobody waived that.
    Unlicensed,
    /// It was sent while a challenge of its approval was open.
    Challenged,
    /// A liaison statement was sent without an approval.
    Unapproved,
    /// What was voided is not void any more.
    Revived,
    /// A correction changed something besides the list of corrections.
    Rewritten,
    /// What was said of a record is missing in a chain that the record joined.
    LeftOut,
    /// Somebody decided who is an objector, an editor, or has declared an interest.
    Interested,
    /// A number was given to two things.
    NumberReused,
    /// A record was taken from somebody who did not hold the role at that time.
    RoleNotHeld,
    /// A record was taken with a key that was not in force.
    KeyNotInForce,
    /// Something counts as received earlier than anybody has shown.
    ReceivedEarly,
    /// A state exceeds its bound.
    TooLarge,
    /// A state is not what its encoding gives back, or a record reads what its outcome does not declare.
    OtherOutcome,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PassedOver => "approved while an objection is open or upheld",
            Self::Forgotten => "an objection is not on record as it was raised and disposed of",
            Self::OtherText => "approved on another text than the one that was called",
            Self::Unfounded => "approved without a determination, or before the call was over",
            Self::PatentsUnasked => "approved without the patent question",
            Self::Unlicensed => "approved while a licence is refused, and that is not waived",
            Self::Challenged => "sent while a challenge was open",
            Self::Unapproved => "a liaison statement was sent without an approval",
            Self::Revived => "what was voided is not void any more",
            Self::Rewritten => "a correction changed more than the list of corrections",
            Self::LeftOut => "a correction or voiding did not join a chain that the record had joined",
            Self::Interested => "decided by somebody who has an interest",
            Self::NumberReused => "a number was given twice",
            Self::RoleNotHeld => "taken from somebody who did not hold the role",
            Self::KeyNotInForce => "taken with a key that was not in force",
            Self::ReceivedEarly => "counts as received earlier than was shown",
            Self::TooLarge => "a state exceeds its bound",
            Self::OtherOutcome => "another outcome from encoded states, or with the declared reads alone",
        })
    }
}
