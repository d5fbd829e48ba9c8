//! Parts: the texts of one contribution or document besides the current one.

use std::fmt;

use plenary_core::{hash::Digest, subject::Subject, time::Date};
use serde::{Deserialize, Serialize};

use crate::{
    refusal::Refusal,
    text::{Number, Text},
};

/// A text that belongs to a contribution or document.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Part {
    /// What it is.
    pub role: PartRole,
    /// Its manifest.
    pub manifest: Text<Digest>,
    /// The date by which it was judged.
    pub received: Text<Date>,
    /// Whether it met the deadline; a corrigendum is what the revision is that it corrects.
    pub is_on_time: bool,
}

/// What a part is to the whole; each kind is counted from one.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum PartRole {
    /// A revision that another one replaced.
    Revision(u32),
    /// An addendum.
    Addendum(u32),
    /// A corrigendum.
    Corrigendum(u32),
}

impl PartRole {
    /// The number of this part of `base`, such as `DLT-I-001-A01`.
    pub(crate) fn number(self, base: &Number) -> Option<Number> {
        Number::parse(&format!("{base}-{self}"))
    }
}

impl fmt::Display for PartRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revision(count) => write!(f, "R{count:02}"),
            Self::Addendum(count) => write!(f, "A{count:02}"),
            Self::Corrigendum(count) => write!(f, "C{count:02}"),
        }
    }
}

/// The most parts of one contribution or document.
pub const PARTS_MAX: usize = 64;

/// Adds a part to those of `subject`.
pub(crate) fn add(parts: &mut Vec<Part>, part: Part, subject: &Subject) -> Result<(), Refusal> {
    if PARTS_MAX <= parts.len() {
        return Err(Refusal::Full(subject.clone()));
    }
    parts.push(part);
    Ok(())
}

/// The count of the next addendum.
pub(crate) fn next_addendum(parts: &[Part]) -> PartRole {
    PartRole::Addendum(next(parts, |role| matches!(role, PartRole::Addendum(_))))
}

/// The count of the next corrigendum.
pub(crate) fn next_corrigendum(parts: &[Part]) -> PartRole {
    PartRole::Corrigendum(next(parts, |role| matches!(role, PartRole::Corrigendum(_))))
}

fn next(parts: &[Part], is_kind: fn(PartRole) -> bool) -> u32 {
    parts.iter().filter(|part| is_kind(part.role)).fold(1, |count: u32, _| count.saturating_add(1))
}
