//! Methods that hand out proofs, which anyone can check without this node.

use crate::{
    answer::{Change, Consistency, Receipt},
    fault::Fault,
    json::{Hash, Number},
    ledger::text,
    method::{About, Method, read},
    params::{Arguments, EntryAt, Kind, optional, required},
    reason::Reason,
    view::{ChangeView, View},
};

const RECEIPT: About = About {
    name: "proof_getReceipt",
    summary: "An entry of the log with the proof that validators have signed for it.",
    params: &[required("id", Kind::Entry, "The record's id, or the entry's place in the log.")],
    errors: &[Reason::NO_SUCH_RECORD, Reason::NOT_COSIGNED, Reason::HISTORY_NOT_HERE],
};

const CONSISTENCY: About = About {
    name: "proof_getConsistency",
    summary: "The proof that the log only grew from one size to another.",
    params: &[
        required("old", Kind::Number, "The earlier size; at least 1."),
        optional("new", Kind::Number, "The later size; the log's own if absent."),
    ],
    errors: &[Reason::BAD_PARAM, Reason::HISTORY_NOT_HERE],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    vec![read(RECEIPT, receipt), read(CONSISTENCY, consistency)]
}

fn receipt(view: &dyn View, arguments: &Arguments) -> Result<Receipt, Fault> {
    let absent = || Fault::new(Reason::NO_SUCH_RECORD, "the log has no such entry");
    let index = match arguments.entry("id").ok_or_else(absent)? {
        EntryAt::Record(id) => view.record_index(&id)?.ok_or_else(absent)?,
        EntryAt::Index(index) => index,
    };
    let receipt = view.receipt(index)?.ok_or_else(absent)?;
    let change = |change: ChangeView| Ok(Change { entry: text(change.entry)?, proof: change.proof });
    Ok(Receipt {
        index: Number(receipt.index),
        entry: text(receipt.entry)?,
        proof: receipt.proof,
        epochs: receipt.epochs.into_iter().map(change).collect::<Result<_, Fault>>()?,
        seal: text(receipt.seal)?,
        seal_path: receipt.seal_path,
    })
}

fn consistency(view: &dyn View, arguments: &Arguments) -> Result<Consistency, Fault> {
    let size = view.head()?.log.size;
    let old = arguments.number("old").unwrap_or_default();
    let new = arguments.number("new").unwrap_or(size);
    if old == 0 || new < old || size < new {
        let message = format!("sizes must be 1 to {size}, the earlier one first");
        return Err(Fault::new(Reason::BAD_PARAM, message));
    }
    let path = view.consistency(old, new)?;
    Ok(Consistency { old: Number(old), new: Number(new), path: path.into_iter().map(Hash).collect() })
}
