//! The validators, as far as records depend on them.

use plenary_core::record::Name;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// The state of the validators: their epoch, and who runs them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Validators {
    /// The epoch; the first one is zero.
    pub epoch: u64,
    /// Each validator's name and the organisation that runs it, in the order of the genesis line.
    pub members: Vec<(Text<Name>, Text<Name>)>,
}
