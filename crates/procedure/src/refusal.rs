//! Why the ledger does not take a record.
//!
//! The refusals are listed by what they are about, each with all that is said of it.

use plenary_core::{hash::Digest, policy::PolicyError, record::Name, subject::Subject, time::Moment, tip::TipError};
use thiserror::Error;

use crate::{
    interest,
    record_type::{Capacity, RecordType},
    rule::Rule,
    rules,
    text::{Label, Number},
};

mod deliverable;
mod group;
mod meeting;
mod record;
mod validators;

use deliverable::refuse_deliverables;
use group::refuse_groups;
use meeting::refuse_meetings;
use record::refuse_records;
use validators::refuse_validators;

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

/// What a refusal rests on.
struct Ground(&'static str, &'static Rule, Category, &'static str);

/// Makes the enum and the ground of each variant from one list, so that no refusal is without one.
///
/// An entry is a variant with its message, then `=> (reason, rule, category, remedy)`. Where that differs with a
/// field, grounds with `where { field: pattern }` come before it.
macro_rules! refusals {
    (; $($(#[$meta:meta])* $variant:ident $({ $($fields:tt)* })? $(($($types:tt)*))?
        $(=> $(where { $($pattern:tt)* })? ($reason:expr, $rule:expr, $category:ident, $remedy:literal))+,)*) => {
        /// A refusal: the rule that forbids the record, with the facts that were compared.
        #[derive(Clone, Debug, Eq, Error, PartialEq)]
        pub enum Refusal {
            $($(#[$meta])* $variant $({ $($fields)* })? $(($($types)*))?,)*
        }

        impl Refusal {
            fn ground(&self) -> Ground {
                match self {
                    $($(Self::$variant { $($($pattern)*,)? .. } => Ground($reason, $rule, Category::$category, $remedy),)+)*
                }
            }
        }
    };
}

refuse_records! { refuse_groups refuse_meetings refuse_deliverables refuse_validators refusals; }

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
