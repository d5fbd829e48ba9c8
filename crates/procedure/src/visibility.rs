//! Visibility: who may read a contribution or document.

use plenary_core::entry::Finding;
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    refusal::Refusal,
    role::{self, Decision},
    rules,
};

/// Who may read something. All of a restricted package is named by salted
/// commitments, so that its digests tell nothing to who guesses its content.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Those who take part.
    Members,
    /// Those whom the group's decision names.
    Restricted,
}

/// Rule R68.
pub(crate) fn find(
    act: &mut Act<'_>,
    visibility: Option<Visibility>,
    restriction: Option<&Decision>,
) -> Result<(), Stop> {
    match (visibility, restriction) {
        (Some(Visibility::Restricted), Some(decision)) => {
            role::find_basis(act, decision)?;
            act.find(&rules::R68, Finding::Met, [("visibility", "restricted".into())]);
            Ok(())
        }
        (Some(Visibility::Restricted), None) => {
            act.find(&rules::R68, Finding::Broken, [("visibility", "restricted".into()), ("decision", "none".into())]);
            Ok(())
        }
        (Some(Visibility::Public | Visibility::Members) | None, None) => Ok(()),
        (Some(Visibility::Public | Visibility::Members) | None, Some(_)) => {
            Err(Refusal::Field { field: "restriction", problem: "belongs to what is restricted alone" }.into())
        }
    }
}
