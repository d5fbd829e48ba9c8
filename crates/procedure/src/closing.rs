//! Closings: the last checkpoint of an epoch, kept in the ledger by the validators of the next.
//!
//! With it anybody who holds the log can walk from the genesis line to today's
//! validators; and who has signed with keys of the old epoch may delete them.

use plenary_core::{entry::Finding, json::Object, tip::Quoted};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    refusal::Refusal,
    rules,
    validators::Validators,
};

/// Body of `validators.close`: the checkpoint of the last block of the epoch before.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorsClose {
    /// The epoch that it closes.
    pub epoch: u64,
    /// The checkpoint, cosigned by a quorum of that epoch.
    pub checkpoint: String,
    /// The seal of the epoch's last block.
    pub seal: String,
    /// Where the seal stands: its index and its path.
    pub path: String,
}

impl ValidatorsClose {
    /// The body as a record holds it.
    pub fn to_object(&self) -> Option<Object> {
        serde_json::to_value(self).ok().and_then(|value| value.as_object().cloned())
    }
}

/// Rule L15.
pub(crate) fn close(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: ValidatorsClose = act.body()?;
    let (subject, mut validators) = Validators::load(act)?;
    let height = act.context().height;
    let Some(closed) = validators.unclosed_at(height) else {
        return Err(Refusal::NothingToClose.into());
    };
    if body.epoch != closed.number {
        return Err(Refusal::OtherEpoch { found: body.epoch, expected: closed.number }.into());
    }
    let policy = closed.policy().ok_or(Refusal::SeatsDiffer)?;
    let quoted = Quoted { checkpoint: &body.checkpoint, seal: &body.seal, place: &body.path };
    let (checkpoint, seal) =
        quoted.verify(closed.number, &policy, &closed.policy_digest()).map_err(Refusal::ClosingUnsound)?;
    let last = validators.present.from.previous();
    if Some(seal.height) != last {
        let expected = last.map_or(0, |last| last.as_u64());
        return Err(Refusal::NotTheLastBlock { found: seal.height.as_u64(), expected }.into());
    }
    let facts = [("epoch", body.epoch.into()), ("size", checkpoint.head.size.into())];
    act.find(&rules::L15, Finding::Met, facts);
    validators.previous = None;
    act.put(subject, validators);
    Ok(())
}
