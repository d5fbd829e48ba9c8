//! What is refused, and with which words.

use axum::{body::Body, http::Request};
use plenary_core::{hash::Digest, record::Name};
use plenary_rpc::{reason::Reason, view::ViewError};
use serde_json::{Value, json};

use crate::{
    ask, call,
    memory::{Memory, Reception, registration, signed_registration},
    open, post, send,
};

#[tokio::test]
async fn each_wrong_call_has_its_reason() {
    let router = open(&Memory::with(1));
    let absent = Digest::of(b"absent").to_string();
    //  method, params, code, reason
    for (method, params, code, reason) in [
        ("ledger_getNothing", json!({}), -32601, "unknown_method"),
        ("", json!({}), -32601, "unknown_method"),
        ("ledger_getHead", json!({ "height": 1 }), -32602, "unknown_param"),
        ("ledger_getBlock", json!({ "heigth": 1 }), -32602, "unknown_param"),
        ("ledger_getBlock", json!({}), -32602, "missing_param"),
        ("ledger_getBlock", json!({ "height": null }), -32602, "bad_param"),
        ("ledger_getBlock", json!({ "height": "1" }), -32602, "bad_param"),
        ("ledger_getBlock", json!({ "height": -1 }), -32602, "bad_param"),
        ("ledger_getBlock", json!({ "height": 1.5 }), -32602, "bad_param"),
        ("ledger_getBlock", json!({ "height": 9_007_199_254_740_992_u64 }), -32602, "bad_param"),
        ("ledger_getBlock", json!([1, 2]), -32602, "too_many_params"),
        ("rpc.discover", json!({ "verbose": true }), -32602, "unknown_param"),
        ("ledger_getSubmission", json!({ "id": absent, "wait_ms": 9_001 }), -32602, "bad_param"),
        ("ledger_listBlocks", json!({ "order": "sideways" }), -32602, "bad_param"),
        ("ledger_listBlocks", json!({ "cursor": "?" }), -32602, "bad_cursor"),
        ("ledger_listBlocks", json!({ "limit": 501 }), -32005, "page_too_large"),
        ("ledger_submitRecord", json!({ "record": "" }), -32602, "malformed_record"),
        ("ledger_submitRecord", json!({ "record": "{}\n" }), -32602, "malformed_record"),
        ("ledger_getBlock", json!({ "height": 2 }), -32001, "no_such_block"),
        ("ledger_getRecord", json!({ "id": absent }), -32001, "no_such_record"),
        ("ledger_getRecord", json!({ "id": 0 }), -32001, "no_such_record"),
        ("ledger_getRecord", json!({ "id": 99 }), -32001, "no_such_record"),
        ("proof_getReceipt", json!({ "id": 99 }), -32001, "no_such_record"),
        ("ledger_listRecords", json!({ "subject": "fg-dlt/meeting/99" }), -32001, "no_such_subject"),
        ("proof_getDossier", json!({ "subject": "fg-dlt/meeting/99" }), -32001, "no_such_subject"),
        ("proof_getDossier", json!({ "subject": "fg-dlt/meeting/1", "at": "approval" }), -32001, "no_approval"),
        ("proof_getDossier", json!({ "subject": "fg-dlt/meeting/1", "since": 0 }), -32602, "bad_param"),
        ("proof_getDossier", json!({ "subject": "fg-dlt/meeting/1", "since": 99 }), -32602, "bad_param"),
        ("proof_getDossier", json!({ "subject": "fg-dlt/meeting/1", "at": "dawn" }), -32602, "bad_param"),
        ("proof_getDossier", json!({ "subject": "x", "since": 1, "at": "approval" }), -32602, "bad_param"),
        ("group_get", json!({ "group": "fg-ai" }), -32001, "no_such_group"),
        ("meeting_list", json!({ "group": "fg-ai" }), -32001, "no_such_group"),
        ("meeting_get", json!({ "id": "99" }), -32001, "no_such_meeting"),
        ("meeting_get", json!({ "id": "fg-dlt/1/registrations" }), -32001, "no_such_meeting"),
        ("meeting_get", json!({ "id": "FG/1" }), -32602, "bad_param"),
        ("participant_get", json!({ "id": "nobody" }), -32001, "no_such_participant"),
        ("contribution_get", json!({ "id": "DLT-I-999" }), -32001, "no_such_contribution"),
        ("deliverable_get", json!({ "id": "D9.9" }), -32001, "no_such_deliverable"),
        ("liaison_get", json!({ "id": "DLT-LS-099" }), -32001, "no_such_liaison"),
        ("disclosure_get", json!({ "id": "DLT-IPR-099" }), -32001, "no_such_disclosure"),
        ("decision_get", json!({ "id": "M1-D099" }), -32001, "no_such_decision"),
        ("action_get", json!({ "id": "M1-A099" }), -32001, "no_such_action"),
        ("report_get", json!({ "id": "2" }), -32001, "no_such_report"),
        ("report_get", json!({ "id": "99" }), -32001, "no_such_report"),
        ("document_get", json!({ "id": "DLT-O-099" }), -32001, "no_such_document"),
        ("proposal_get", json!({ "id": "P99" }), -32001, "no_such_proposal"),
        ("event_get", json!({ "id": "W99" }), -32001, "no_such_event"),
        ("workinggroup_get", json!({ "id": "WG99" }), -32001, "no_such_working_group"),
        ("proof_getConsistency", json!({ "old": 0 }), -32602, "bad_param"),
        ("proof_getConsistency", json!({ "old": 3, "new": 2 }), -32602, "bad_param"),
        ("proof_getConsistency", json!({ "old": 1, "new": 99 }), -32602, "bad_param"),
    ] {
        let reply = call(&router, method, params.clone()).await;
        assert_eq!(reply.error(), (code, reason), "{method} {params}");
        check_words(&reply.body["error"]);
    }
}

/// Every error says what is wrong, by which rule, and what to do.
fn check_words(error: &Value) {
    for member in ["reason", "message", "remedy", "rule", "docs"] {
        assert!(error["data"][member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {error}");
    }
    assert_eq!(error["message"], error["data"]["message"]);
}

#[tokio::test]
async fn each_state_of_the_node_has_its_reason() {
    let names = |list: &[&str]| list.iter().map(|text| Name::parse(text).unwrap()).collect::<Vec<_>>();
    let height = plenary_core::block::Height::GENESIS;
    for (error, code, reason) in [
        (ViewError::Syncing { at: height, target: height.next().unwrap() }, -32002, "node_syncing"),
        (ViewError::NotHeld, -32002, "history_not_here"),
        (ViewError::NotCosigned, -32002, "not_cosigned"),
        (ViewError::Stopped, -32002, "node_stopped"),
        (ViewError::Full, -32005, "queue_full"),
        (ViewError::TooLarge(1), -32005, "dossier_too_large"),
        (ViewError::Unreadable, -32603, "internal"),
        (
            ViewError::NoQuorum { reachable: names(&["a", "b"]), missing: names(&["c", "d"]), needed: 3 },
            1_006,
            "no_quorum",
        ),
    ] {
        let view = Memory::with(1);
        let router = open(&view);
        view.receive(Reception::Fail(error.clone()));
        let file = registration(view.ledger_id(), "org-new");
        let params = json!({ "record": String::from_utf8(file.bytes().to_vec()).unwrap() });
        let reply = call(&router, "ledger_submitRecord", params).await;
        assert_eq!(reply.error(), (code, reason));
        check_words(&reply.body["error"]);
        if reason == "no_quorum" {
            assert_eq!(reply.body["error"]["data"]["missing"], json!(["c", "d"]));
        }
        view.fail(error);
        assert_eq!(call(&router, "ledger_getHead", json!({})).await.error(), (code, reason));
    }
}

#[tokio::test]
async fn a_rule_refuses_in_its_own_words() {
    let view = Memory::with(1);
    let router = open(&view);
    view.receive(Reception::Refuse);
    let file = registration(view.ledger_id(), "org-new");
    let params = json!({ "record": String::from_utf8(file.bytes().to_vec()).unwrap(), "wait_ms": 10 });
    let reply = call(&router, "ledger_submitRecord", params).await;
    assert_eq!(reply.error(), (1_003, "objection_open"));
    let data = &reply.body["error"]["data"];
    assert_eq!(data["rule"], "ToR 2.12 (2017)");
    assert_eq!(data["message"], "objection D1.1-OBJ-1 has not been disposed of");
    check_words(&reply.body["error"]);
}

#[tokio::test]
async fn signatures_are_checked_before_the_node_is_asked() {
    let view = Memory::with(1);
    let router = open(&view);
    view.receive(Reception::Hang);
    let (line, armour) = signed_registration(view.ledger_id(), "org-new", "plenary-read");
    let text = |line: &[u8], armour: &str| format!("{}{armour}", String::from_utf8(line.to_vec()).unwrap());
    let reply = call(&router, "ledger_submitRecord", json!([text(&line, &armour)])).await;
    assert_eq!(reply.error(), (1_001, "wrong_namespace"));
    let (_, armour) = signed_registration(view.ledger_id(), "org-other", "plenary-record");
    let reply = call(&router, "ledger_submitRecord", json!([text(&line, &armour)])).await;
    assert_eq!(reply.error(), (1_001, "bad_signature"));
    check_words(&reply.body["error"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_given_up() {
    let view = Memory::with(1);
    let router = open(&view);
    view.receive(Reception::Hang);
    let params = json!({ "id": Digest::of(b"absent").to_string() });
    let reply = call(&router, "ledger_getSubmission", params.clone()).await;
    assert_eq!(reply.error(), (-32005, "timed_out"));
    // One such call in a batch does not cost the others their answers.
    let slow = json!({ "jsonrpc": "2.0", "id": "slow", "method": "ledger_getSubmission", "params": params });
    let quick = json!({ "jsonrpc": "2.0", "id": "quick", "method": "ledger_getHead" });
    let reply = post(&router, json!([slow, quick]).to_string()).await;
    assert_eq!(reply.body[0]["error"]["data"]["reason"], "timed_out");
    assert_eq!((&reply.body[1]["id"], &reply.body[1]["result"]["height"]), (&json!("quick"), &json!(1)));
}

#[tokio::test]
async fn each_wrong_body_has_its_reason() {
    let router = open(&Memory::with(0));
    let head = r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getHead"}"#;
    let batch = |calls: usize| format!("[{}]", vec![head; calls].join(","));
    let nested = |depth: usize| {
        let params = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ledger_getHead","params":{params}}}"#)
    };
    //  body, status, code, reason
    for (body, status, code, reason) in [
        (String::new(), 400, -32700, "parse"),
        ("{".into(), 400, -32700, "parse"),
        ("ledger_getHead".into(), 400, -32700, "parse"),
        (format!("{head}{head}"), 400, -32700, "parse"),
        ("[1,]".into(), 400, -32700, "parse"),
        ("1".into(), 400, -32600, "invalid_request"),
        ("{}".into(), 400, -32600, "invalid_request"),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ledger_getHead"}"#.into(), 400, -32600, "invalid_request"),
        (r#"{"jsonrpc":"2.0","id":1.5,"method":"ledger_getHead"}"#.into(), 400, -32600, "invalid_request"),
        (r#"{"jsonrpc":"2.0","id":[],"method":"ledger_getHead"}"#.into(), 400, -32600, "invalid_request"),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#.into(), 400, -32600, "invalid_request"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#.into(), 400, -32600, "invalid_request"),
        ("[]".into(), 400, -32600, "empty_batch"),
        (batch(101), 400, -32005, "batch_too_large"),
        (nested(32), 400, -32005, "too_deep"),
        ("[".repeat(100_000), 400, -32005, "too_deep"),
        (format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20)), 413, -32005, "body_too_large"),
    ] {
        let shown: String = body.chars().take(60).collect();
        let reply = post(&router, body).await;
        assert_eq!((reply.status, reply.error()), (status, (code, reason)), "{shown}");
        check_words(&reply.body["error"]);
    }
    // At the bounds all is well, or fails for another reason.
    assert_eq!(post(&router, batch(100)).await.body.as_array().unwrap().len(), 100);
    assert_eq!(post(&router, nested(31)).await.error(), (-32602, "too_many_params"));
    let padded = format!("{head}{}", " ".repeat((1 << 20) - head.len()));
    assert_eq!(post(&router, padded).await.status, 200);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_refused() {
    let router = open(&Memory::with(0));
    let reply = post(&router, b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}".to_vec()).await;
    assert_eq!((reply.status, reply.error()), (400, (-32700, "parse")));
    let reply =
        post(&router, r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getBlock","params":{"height":1,"height":0}}"#).await;
    assert_eq!(reply.error(), (-32602, "bad_param"));
    let reply = post(&router, r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getBlock","params":null}"#).await;
    assert_eq!(reply.error(), (-32602, "missing_param"));
    let reply = post(&router, r#"{"jsonrpc":"2.0","id":1,"method":"\u0000"}"#).await;
    assert_eq!(reply.error(), (-32601, "unknown_method"));
}

#[tokio::test]
async fn a_batch_is_answered_element_by_element() {
    let router = open(&Memory::with(1));
    let body = r#"[
        {"jsonrpc":"2.0","id":"a","method":"ledger_getBlock","params":[1]},
        {"jsonrpc":"2.0","method":"ledger_getHead"},
        7,
        {"jsonrpc":"2.0","id":1.5,"method":"ledger_getHead"},
        {"jsonrpc":"2.0","id":"b","method":"ledger_getBlock","params":{"heigth":1}},
        {"jsonrpc":"2.0","id":"c","method":"nothing"}
    ]"#;
    let reply = post(&router, body).await;
    let answers = reply.body.as_array().unwrap();
    let reasons: Vec<(&Value, &Value)> =
        answers.iter().map(|answer| (&answer["id"], &answer["error"]["data"]["reason"])).collect();
    let [a, b, c] = [json!("a"), json!("b"), json!("c")];
    let [invalid, param, method] = [json!("invalid_request"), json!("unknown_param"), json!("unknown_method")];
    let null = Value::Null;
    assert_eq!(reasons, [(&a, &null), (&null, &invalid), (&null, &invalid), (&b, &param), (&c, &method)]);
    // Who does not wait for an answer gets none.
    let reply = post(&router, r#"[{"jsonrpc":"2.0","method":"ledger_getHead"}]"#).await;
    assert_eq!((reply.status, reply.body), (204, json!("")));
    let reply = post(&router, r#"{"jsonrpc":"2.0","method":"ledger_getHead"}"#).await;
    assert_eq!((reply.status, reply.body), (204, json!("")));
}

#[tokio::test]
async fn a_compressed_body_and_a_foreign_page_are_refused() {
    let router = open(&Memory::with(0));
    let head = r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getHead"}"#;
    let request = |name: &str, value: &str| {
        Request::post("/rpc").header("host", "localhost:8645").header(name, value).body(Body::from(head)).unwrap()
    };
    let reply = send(&router, request("content-encoding", "gzip")).await;
    assert_eq!((reply.status, reply.error()), (415, (-32600, "encoded_body")));
    for origin in ["https://evil.example", "null", "http://localhost:3000"] {
        let reply = send(&router, request("origin", origin)).await;
        assert_eq!((reply.status, reply.error()), (403, (-32600, "foreign_origin")), "{origin}");
    }
    assert_eq!(send(&router, request("origin", "http://localhost:8645")).await.status, 200);
}

#[tokio::test]
async fn an_unknown_name_in_a_call_is_not_repeated_at_length() {
    let router = open(&Memory::with(0));
    let name = "<script>".repeat(1_000);
    let reply = call(&router, "ledger_getHead", json!({ name: 1 })).await;
    assert_eq!(reply.body["error"]["data"]["facts"]["param"].as_str().map(str::len), Some(40));
}

#[tokio::test]
async fn the_document_lists_every_reason() {
    let router = open(&Memory::with(0));
    let document = ask(&router, "rpc.discover", json!({})).await;
    for reason in Reason::ALL {
        let described = &document["components"]["errors"][reason.as_str()];
        assert_eq!(described["code"], reason.code(), "{}", reason.as_str());
    }
}
