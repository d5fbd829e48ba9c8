//! Why a call fails: a number for the protocol, a reason for programs, and
//! words for people.

use jsonrpsee::types::ErrorObjectOwned;
use plenary_core::{record::RecordError, signature::SignatureError};
use plenary_procedure::refusal::Refusal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{limits, reason::Reason, view::ViewError};

/// What an error says beside its code: `data` in JSON-RPC.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "ErrorData")]
pub struct FaultData {
    /// What is wrong, as a stable word.
    pub reason: String,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// The rule that was applied, with its clause.
    pub rule: String,
    /// Where more is written, on this node.
    pub docs: String,
    /// When to try again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The validators that cannot be reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What was compared, by name.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub facts: serde_json::Map<String, serde_json::Value>,
}

/// A failed call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The JSON-RPC code.
    pub code: i32,
    /// All that is said about it.
    pub data: Box<FaultData>,
}

impl Fault {
    /// A fault for a reason of this interface, in one sentence.
    pub(crate) fn new(reason: Reason, message: impl Into<String>) -> Self {
        let data = FaultData {
            reason: reason.as_str().into(),
            message: message.into(),
            remedy: reason.remedy().into(),
            rule: reason.rule().into(),
            docs: docs(reason.as_str()),
            retry_after_ms: None,
            missing: Vec::new(),
            facts: serde_json::Map::new(),
        };
        Self { code: reason.code(), data: Box::new(data) }
    }

    pub(crate) fn retry_after(mut self, ms: u64) -> Self {
        self.data.retry_after_ms = Some(ms);
        self
    }
}

/// Where a reason is described on every node.
pub(crate) fn docs(word: &str) -> String {
    format!("/openrpc.json#/components/errors/{word}")
}

impl From<Fault> for ErrorObjectOwned {
    fn from(fault: Fault) -> Self {
        Self::owned(fault.code, fault.data.message.clone(), Some(fault.data))
    }
}

impl From<ViewError> for Fault {
    fn from(error: ViewError) -> Self {
        let message = error.to_string();
        match error {
            ViewError::Syncing { .. } => Self::new(Reason::NODE_SYNCING, message),
            ViewError::NotHeld => Self::new(Reason::HISTORY_NOT_HERE, message),
            ViewError::NotCosigned => Self::new(Reason::NOT_COSIGNED, message).retry_after(1_000),
            ViewError::TooLarge(_) => Self::new(Reason::DOSSIER_TOO_LARGE, message),
            ViewError::Full => Self::new(Reason::QUEUE_FULL, message).retry_after(1_000),
            ViewError::NoQuorum { missing, .. } => {
                let mut fault = Self::new(Reason::NO_QUORUM, message);
                fault.data.missing = missing.iter().map(ToString::to_string).collect();
                fault
            }
            ViewError::Stopped => Self::new(Reason::NODE_STOPPED, message),
            ViewError::Unreadable => Self::new(Reason::INTERNAL, message),
        }
    }
}

impl From<RecordError> for Fault {
    fn from(error: RecordError) -> Self {
        let message = error.to_string();
        let reason = match error {
            RecordError::Signature { error: SignatureError::Namespace { .. }, .. } => Reason::WRONG_NAMESPACE,
            RecordError::Signature { .. } => Reason::BAD_SIGNATURE,
            RecordError::TooLong(_)
            | RecordError::Line(_)
            | RecordError::Field { .. }
            | RecordError::UnknownField(_)
            | RecordError::Validity
            | RecordError::SignatureCount { .. }
            | RecordError::Trailing => Reason::MALFORMED_RECORD,
        };
        Self::new(reason, message)
    }
}

/// A fault for too many items.
pub(crate) fn page_too_large(limit: u64) -> Fault {
    Fault::new(Reason::PAGE_TOO_LARGE, format!("{limit} items were asked for; {} is the most", limits::PAGE_MAX))
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let data = FaultData {
            reason: refusal.reason().to_owned(),
            message: refusal.to_string(),
            remedy: refusal.remedy().to_owned(),
            rule: refusal.clause(),
            docs: format!("docs/rules.md#{}", refusal.rule().id),
            retry_after_ms: None,
            missing: Vec::new(),
            facts: serde_json::Map::new(),
        };
        Self { code: refusal.category().code(), data: Box::new(data) }
    }
}
