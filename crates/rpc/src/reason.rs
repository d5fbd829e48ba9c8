//! What can be wrong with a call, as programs tell it.

/// A stable word for what is wrong, with its code, its rule and what to do.
///
/// A word never changes its meaning. Those of the group's rules are
/// `plenary_procedure`'s own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reason {
    code: i32,
    word: &'static str,
    rule: &'static str,
    remedy: &'static str,
}

const HERE: &str = "what this node holds";
const HOLDS: &str = "what the ledger holds";
const LIMITS: &str = "limits of this node's interface";
const PARAMS: &str = "the method's parameters in /openrpc.json";
const SIGNATURES: &str = "record signatures: SSHSIG, Ed25519, strict verification";

const fn reason(code: i32, word: &'static str, rule: &'static str, remedy: &'static str) -> Reason {
    Reason { code, word, rule, remedy }
}

impl Reason {
    /// The body is not JSON.
    pub const PARSE: Self = reason(-32700, "parse", "JSON-RPC 2.0, 5.1", "send one JSON object, or an array of them");
    /// The JSON is not a JSON-RPC call.
    pub const INVALID_REQUEST: Self = reason(
        -32600,
        "invalid_request",
        "JSON-RPC 2.0, 4",
        "send jsonrpc \"2.0\", method, params and an id that is a string or an integer",
    );
    /// A batch without calls.
    pub const EMPTY_BATCH: Self =
        reason(-32600, "empty_batch", "JSON-RPC 2.0, 6", "put at least one call into the array");
    /// The body is compressed.
    pub const ENCODED_BODY: Self =
        reason(-32600, "encoded_body", LIMITS, "send the body as it is, without Content-Encoding");
    /// The name in `Host` is not this node's.
    pub const UNKNOWN_HOST: Self = reason(
        -32600,
        "unknown_host",
        "a node answers to its own names only",
        "use one of the names it answers to; its operator adds one with web.public_url",
    );
    /// The call comes from another site's page.
    pub const FOREIGN_ORIGIN: Self = reason(
        -32600,
        "foreign_origin",
        "a node does not serve other sites' pages",
        "call from a program or from this node's own pages, which web.public_url names",
    );
    /// There is no such method.
    pub const UNKNOWN_METHOD: Self =
        reason(-32601, "unknown_method", "JSON-RPC 2.0, 5.1", "call rpc.discover for the methods that there are");
    /// The method has no such parameter.
    pub const UNKNOWN_PARAM: Self = reason(-32602, "unknown_param", PARAMS, "leave it out, or correct its name");
    /// A parameter that is needed is not there.
    pub const MISSING_PARAM: Self = reason(-32602, "missing_param", PARAMS, "give the parameter");
    /// A parameter is not of its form.
    pub const BAD_PARAM: Self = reason(-32602, "bad_param", PARAMS, "give the parameter in the form described");
    /// More positions than the method has parameters.
    pub const TOO_MANY_PARAMS: Self = reason(-32602, "too_many_params", PARAMS, "give fewer positions, or use names");
    /// The cursor is not one that this method gave out.
    pub const BAD_CURSOR: Self =
        reason(-32602, "bad_cursor", PARAMS, "repeat the call that gave the cursor, or begin without one");
    /// The text is not a record file.
    pub const MALFORMED_RECORD: Self = reason(
        -32602,
        "malformed_record",
        "record file, version 1",
        "send the file as it was signed: one canonical line and its signatures",
    );
    /// The node failed.
    pub const INTERNAL: Self =
        reason(-32603, "internal", "none: this is a defect", "ask another node, and tell this one's operator");
    /// The ledger has no such block.
    pub const NO_SUCH_BLOCK: Self = reason(-32001, "no_such_block", HOLDS, "ledger_getHead tells the last height");
    /// The ledger has no such record or entry.
    pub const NO_SUCH_RECORD: Self = reason(
        -32001,
        "no_such_record",
        HOLDS,
        "ledger_getSubmission tells whether it waits; ledger_listRecords lists",
    );
    /// No record is about such a subject.
    pub const NO_SUCH_SUBJECT: Self =
        reason(-32001, "no_such_subject", HOLDS, "an outcome's subjects tell those that there are");
    /// There is no such group.
    pub const NO_SUCH_GROUP: Self = reason(-32001, "no_such_group", HOLDS, "group_list tells those that there are");
    /// There is no such meeting.
    pub const NO_SUCH_MEETING: Self =
        reason(-32001, "no_such_meeting", HOLDS, "meeting_list tells those that there are");
    /// There is no such participant.
    pub const NO_SUCH_PARTICIPANT: Self =
        reason(-32001, "no_such_participant", HOLDS, "participant_list tells those that there are");
    /// There is no such contribution.
    pub const NO_SUCH_CONTRIBUTION: Self =
        reason(-32001, "no_such_contribution", HOLDS, "contribution_list tells those that there are");
    /// There is no such deliverable.
    pub const NO_SUCH_DELIVERABLE: Self =
        reason(-32001, "no_such_deliverable", HOLDS, "deliverable_list tells those that there are");
    /// There is no such liaison statement.
    pub const NO_SUCH_LIAISON: Self =
        reason(-32001, "no_such_liaison", HOLDS, "liaison_list tells those that there are");
    /// There is no such disclosure of patents.
    pub const NO_SUCH_DISCLOSURE: Self =
        reason(-32001, "no_such_disclosure", HOLDS, "disclosure_list tells those that there are");
    /// There is no such decision.
    pub const NO_SUCH_DECISION: Self =
        reason(-32001, "no_such_decision", HOLDS, "decision_list tells those that there are");
    /// There is no such action.
    pub const NO_SUCH_ACTION: Self = reason(-32001, "no_such_action", HOLDS, "action_list tells those that there are");
    /// There is no such report of a meeting.
    pub const NO_SUCH_REPORT: Self = reason(-32001, "no_such_report", HOLDS, "report_list tells those that there are");
    /// There is no such document of a series.
    pub const NO_SUCH_DOCUMENT: Self =
        reason(-32001, "no_such_document", HOLDS, "document_list tells those that there are");
    /// There is no such proposal of a work item.
    pub const NO_SUCH_PROPOSAL: Self =
        reason(-32001, "no_such_proposal", HOLDS, "proposal_list tells those that there are");
    /// There is no such event.
    pub const NO_SUCH_EVENT: Self = reason(-32001, "no_such_event", HOLDS, "event_list tells those that there are");
    /// There is no such working group.
    pub const NO_SUCH_WORKING_GROUP: Self =
        reason(-32001, "no_such_working_group", HOLDS, "workinggroup_list tells those that there are");
    /// The node catches up.
    pub const NODE_SYNCING: Self =
        reason(-32002, "node_syncing", HERE, "wait until node_getHealth says ready, or ask another node");
    /// The node does not keep that part of history.
    pub const HISTORY_NOT_HERE: Self = reason(-32002, "history_not_here", HERE, "ask another node");
    /// A quorum has not cosigned it yet.
    pub const NOT_COSIGNED: Self = reason(-32002, "not_cosigned", HERE, "ask again in some seconds");
    /// The node has stopped.
    pub const NODE_STOPPED: Self =
        reason(-32002, "node_stopped", HERE, "ask another node; node_getHealth says why this one stopped");
    /// Too many calls.
    pub const RATE_LIMITED: Self = reason(-32005, "rate_limited", LIMITS, "wait retry_after_ms, and call less often");
    /// Too many calls in one batch.
    pub const BATCH_TOO_LARGE: Self = reason(-32005, "batch_too_large", LIMITS, "send at most 100 calls in a batch");
    /// Too many items asked for.
    pub const PAGE_TOO_LARGE: Self =
        reason(-32005, "page_too_large", LIMITS, "ask for at most 500 items and follow next_cursor");
    /// A dossier is too large to be handed out.
    pub const DOSSIER_TOO_LARGE: Self = reason(
        -32005,
        "dossier_too_large",
        LIMITS,
        "run a node of your own, which checks every record, or check the whole log with plenary verify ledger",
    );
    /// No dossier of an approval is kept here.
    pub const NO_APPROVAL: Self = reason(
        -32001,
        "no_approval",
        HERE,
        "ask for the dossier at the end of the ledger, or another node for the one at the approval",
    );
    /// The body is too large.
    pub const BODY_TOO_LARGE: Self =
        reason(-32005, "body_too_large", LIMITS, "send at most 1 MiB; put long text into documents");
    /// Arrays and objects are nested too deeply.
    pub const TOO_DEEP: Self = reason(-32005, "too_deep", LIMITS, "nest arrays and objects at most 32 deep");
    /// The request took too long.
    pub const TIMED_OUT: Self =
        reason(-32005, "timed_out", LIMITS, "ask for less; ledger_getSubmission tells what became of a record");
    /// As many records wait as there is room for.
    pub const QUEUE_FULL: Self = reason(-32005, "queue_full", LIMITS, "send the record again in some seconds");
    /// A signature is wrong.
    pub const BAD_SIGNATURE: Self = reason(
        1001,
        "bad_signature",
        SIGNATURES,
        "sign line 1 with its line feed again: ssh-keygen -Y sign -n plenary-record",
    );
    /// A signature was made for something else.
    pub const WRONG_NAMESPACE: Self = reason(
        1001,
        "wrong_namespace",
        SIGNATURES,
        "sign in the namespace plenary-record: ssh-keygen -Y sign -n plenary-record",
    );
    /// Too few validators are reachable.
    pub const NO_QUORUM: Self = reason(
        1006,
        "no_quorum",
        "quorum of floor(2n/3)+1 validators",
        "nothing is lost: send it again when the validators in missing are back",
    );

    /// Every reason, by code.
    pub const ALL: [Self; 47] = [
        Self::PARSE,
        Self::INVALID_REQUEST,
        Self::EMPTY_BATCH,
        Self::ENCODED_BODY,
        Self::UNKNOWN_HOST,
        Self::FOREIGN_ORIGIN,
        Self::UNKNOWN_METHOD,
        Self::UNKNOWN_PARAM,
        Self::MISSING_PARAM,
        Self::BAD_PARAM,
        Self::TOO_MANY_PARAMS,
        Self::BAD_CURSOR,
        Self::MALFORMED_RECORD,
        Self::INTERNAL,
        Self::NO_SUCH_BLOCK,
        Self::NO_SUCH_RECORD,
        Self::NO_SUCH_SUBJECT,
        Self::NO_SUCH_GROUP,
        Self::NO_SUCH_MEETING,
        Self::NO_SUCH_PARTICIPANT,
        Self::NO_SUCH_CONTRIBUTION,
        Self::NO_SUCH_DELIVERABLE,
        Self::NO_SUCH_LIAISON,
        Self::NO_SUCH_DISCLOSURE,
        Self::NO_SUCH_DECISION,
        Self::NO_SUCH_ACTION,
        Self::NO_SUCH_REPORT,
        Self::NO_SUCH_DOCUMENT,
        Self::NO_SUCH_PROPOSAL,
        Self::NO_SUCH_EVENT,
        Self::NO_SUCH_WORKING_GROUP,
        Self::NO_APPROVAL,
        Self::NODE_SYNCING,
        Self::HISTORY_NOT_HERE,
        Self::NOT_COSIGNED,
        Self::NODE_STOPPED,
        Self::RATE_LIMITED,
        Self::BATCH_TOO_LARGE,
        Self::PAGE_TOO_LARGE,
        Self::DOSSIER_TOO_LARGE,
        Self::BODY_TOO_LARGE,
        Self::TOO_DEEP,
        Self::TIMED_OUT,
        Self::QUEUE_FULL,
        Self::BAD_SIGNATURE,
        Self::WRONG_NAMESPACE,
        Self::NO_QUORUM,
    ];

    /// The JSON-RPC code.
    pub const fn code(self) -> i32 {
        self.code
    }

    /// The word.
    pub const fn as_str(self) -> &'static str {
        self.word
    }

    /// The rule that is broken.
    pub const fn rule(self) -> &'static str {
        self.rule
    }

    /// What to do.
    pub const fn remedy(self) -> &'static str {
        self.remedy
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_its_own_word_a_rule_and_a_remedy() {
        let words: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert!(!reason.rule().is_empty() && !reason.remedy().is_empty(), "{}", reason.as_str());
            assert!(reason.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        }
    }
}
