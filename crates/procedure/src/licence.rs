//! What a holder of patents is prepared to do, and which promise may follow which.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// What a holder declares. There is nothing beyond what the form offers.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// The option of the form: 1, 2 or 3.
    pub option: LicensingOption,
    /// The boxes that are ticked beside it.
    #[serde(default)]
    pub conditions: BTreeSet<Condition>,
}

/// The option of a declaration, by its number in the form; the smaller one is the more favourable.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum LicensingOption {
    /// 1: licences free of charge.
    FreeOfCharge,
    /// 2: licences on reasonable terms that discriminate against nobody.
    Reasonable,
    /// 3: neither.
    Unwilling,
}

/// A box of the form beside its option.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Only to those who license their own patents on the same text.
    Reciprocity,
    /// Under option 1: for a charge to those who charge for theirs.
    ChargeForCharge,
}

impl LicensingOption {
    /// Its number in the form.
    pub const fn number(self) -> u8 {
        match self {
            Self::FreeOfCharge => 1,
            Self::Reasonable => 2,
            Self::Unwilling => 3,
        }
    }
}

impl TryFrom<u8> for LicensingOption {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        match number {
            1 => Ok(Self::FreeOfCharge),
            2 => Ok(Self::Reasonable),
            3 => Ok(Self::Unwilling),
            _ => Err("an option of the form is 1, 2 or 3"),
        }
    }
}

impl From<LicensingOption> for u8 {
    fn from(option: LicensingOption) -> Self {
        option.number()
    }
}

impl Licence {
    /// Refuses boxes that the form does not have beside this option.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        let has = |condition| self.conditions.contains(&condition);
        let fits = match self.option {
            LicensingOption::FreeOfCharge => true,
            LicensingOption::Reasonable => !has(Condition::ChargeForCharge),
            LicensingOption::Unwilling => self.conditions.is_empty(),
        };
        let problem = "are not among those that the form has for this option";
        if fits { Ok(()) } else { Err(Refusal::Field { field: "licence.conditions", problem }) }
    }

    /// Rule R70: whether this takes nothing back of `earlier`.
    ///
    /// A better option may come with any of its boxes; within one option boxes can only be cleared.
    pub fn keeps(&self, earlier: &Self) -> bool {
        self.option < earlier.option
            || (self.option == earlier.option && self.conditions.is_subset(&earlier.conditions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licence(text: &str) -> Licence {
        let conditions = text.chars().filter_map(|letter| match letter {
            'r' => Some(Condition::Reciprocity),
            'c' => Some(Condition::ChargeForCharge),
            _ => None,
        });
        let number = text.get(..1).unwrap().parse::<u8>().unwrap();
        Licence { option: number.try_into().unwrap(), conditions: conditions.collect() }
    }

    #[test]
    fn a_declaration_only_becomes_more_favourable() {
        //    now, earlier, keeps
        check("2", "3", true);
        check("1", "3", true);
        check("1", "2", true);
        check("3", "2", false);
        check("3", "1", false);
        check("2", "1", false);
        check("3", "3", true);
        // Clearing a box is more favourable, ticking one is less.
        check("2", "2r", true);
        check("2r", "2", false);
        check("1r", "1rc", true);
        check("1r", "1c", false);
        // The better option counts, with the boxes that the form has beside it.
        check("1rc", "2", true);
        fn check(now: &str, earlier: &str, keeps: bool) {
            assert_eq!(licence(now).keeps(&licence(earlier)), keeps, "{now} after {earlier}");
        }
    }

    #[test]
    fn boxes_fit_the_option() {
        for (text, fits) in [("1rc", true), ("2r", true), ("2c", false), ("3", true), ("3r", false)] {
            assert_eq!(licence(text).check().is_ok(), fits, "{text}");
        }
    }
}
