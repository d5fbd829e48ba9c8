//! Methods that hand out proofs, which anyone can check without this node.

use std::sync::Arc;

use tokio::time::sleep;

use crate::{
    answer::{Change, Consistency, Dossier, Receipt},
    fault::Fault,
    json::{Bytes, Hash, Number},
    ledger::text,
    limits,
    method::{About, Desk, Method, Reply, read, wait},
    params::{Arguments, EntryAt, Kind, optional, required},
    reason::Reason,
    view::{ChangeView, View, ViewError},
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

const DOSSIER: About = About {
    name: "proof_getDossier",
    summary: "Everything that an auditor checks of one subject, as one file.",
    params: &[
        required("subject", Kind::Subject, "The subject."),
        optional("since", Kind::Number, "The size of an older checkpoint, from which the log's growth is proven."),
        optional("at", Kind::At, "The end of the ledger, or a deliverable's last approval."),
    ],
    errors: &[
        Reason::NO_SUCH_SUBJECT,
        Reason::NO_APPROVAL,
        Reason::NOT_COSIGNED,
        Reason::HISTORY_NOT_HERE,
        Reason::DOSSIER_TOO_LARGE,
    ],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    vec![read(RECEIPT, receipt), read(CONSISTENCY, consistency), wait(DOSSIER, dossier)]
}

fn dossier(desk: Desk, arguments: Arguments) -> Reply<Dossier> {
    Box::pin(async move {
        let arguments = Arc::new(arguments);
        let make = || {
            let arguments = Arc::clone(&arguments);
            desk.make(move |view| make_dossier(view, &arguments))
        };
        for _ in 1..limits::DOSSIER_TRIES {
            match make().await {
                Err(fault) if fault.data.reason == Reason::NOT_COSIGNED.as_str() => sleep(limits::DOSSIER_PAUSE).await,
                other => return other,
            }
        }
        make().await
    })
}

fn make_dossier(view: &dyn View, arguments: &Arguments) -> Result<Dossier, Fault> {
    let absent = || Fault::new(Reason::NO_SUCH_SUBJECT, "no record is about this subject");
    let subject = arguments.subject("subject").ok_or_else(absent)?;
    let since = arguments.number("since");
    let file = if arguments.text("at") == Some("approval") {
        if since.is_some() {
            let message = "a dossier of an approval is handed out as it was kept, without since";
            return Err(Fault::new(Reason::BAD_PARAM, message));
        }
        let message = "no dossier of an approval of this subject is kept here";
        view.approval_dossier(&subject)?.ok_or_else(|| Fault::new(Reason::NO_APPROVAL, message))?
    } else {
        let size = view.head()?.log.size;
        if since.is_some_and(|since| since == 0 || size < since) {
            return Err(Fault::new(Reason::BAD_PARAM, format!("since must be 1 to {size}")));
        }
        view.dossier(&subject, since)?.ok_or_else(absent)?
    };
    if limits::DOSSIER_BYTES_MAX < file.len() {
        return Err(ViewError::TooLarge(limits::DOSSIER_BYTES_MAX).into());
    }
    Ok(Dossier { subject: subject.to_string(), file: Bytes(file) })
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
