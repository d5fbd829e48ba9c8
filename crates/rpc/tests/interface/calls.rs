//! What every method answers.

use std::{collections::BTreeMap, fs, path::Path};

use futures_util::future::join_all;
use plenary_core::{
    block::TreeHead,
    hash::Digest,
    merkle,
    record::{NAMESPACE, RecordFile},
};
use serde_json::{Map, Value, json};

use crate::{
    ask, call,
    memory::{Memory, Reception, registration, sign_registration},
    open, post,
    schema::difference,
};

/// An example for each method: the parameters that it is called with.
fn examples(view: &Memory) -> BTreeMap<&'static str, Value> {
    let first = registration(view.ledger_id(), "org-0000");
    let new = registration(view.ledger_id(), "org-9999");
    let text = |file: &RecordFile| String::from_utf8(file.bytes().to_vec()).unwrap();
    BTreeMap::from([
        ("node_getStatus", json!({})),
        ("node_getHealth", json!({})),
        ("node_getVersion", json!({})),
        ("node_listPeers", json!({})),
        ("validator_list", json!({})),
        ("ledger_getHead", json!({})),
        ("ledger_getBlock", json!({ "height": 1 })),
        ("ledger_listBlocks", json!({ "order": "newest", "limit": 2 })),
        ("ledger_getCheckpoint", json!({})),
        ("ledger_getGenesis", json!({})),
        ("ledger_getRecord", json!({ "id": first.id().to_string() })),
        ("ledger_listRecords", json!({ "subject": "organization/org-0000", "limit": 1 })),
        ("ledger_submitRecord", json!({ "record": text(&new), "wait_ms": 1 })),
        ("ledger_getSubmission", json!({ "id": first.id().to_string() })),
        ("group_get", json!({ "group": "fg-dlt" })),
        ("group_list", json!({ "limit": 10 })),
        ("group_getReports", json!({ "group": "fg-dlt" })),
        ("workinggroup_list", json!({ "group": "fg-dlt" })),
        ("workinggroup_get", json!({ "id": "WG1" })),
        ("decision_list", json!({ "group": "fg-dlt" })),
        ("decision_get", json!({ "id": "M1-D001" })),
        ("action_list", json!({ "group": "fg-dlt" })),
        ("action_get", json!({ "id": "M1-A001" })),
        ("report_list", json!({ "group": "fg-dlt", "limit": 1 })),
        ("report_get", json!({ "id": "1" })),
        ("event_list", json!({ "group": "fg-dlt" })),
        ("event_get", json!({ "id": "W1" })),
        ("document_list", json!({ "group": "fg-dlt" })),
        ("document_get", json!({ "id": "DLT-O-001" })),
        ("proposal_list", json!({ "group": "fg-dlt" })),
        ("proposal_get", json!({ "id": "P1" })),
        ("disclosure_list", json!({ "group": "fg-dlt" })),
        ("disclosure_get", json!({ "id": "DLT-IPR-001" })),
        ("liaison_list", json!({ "group": "fg-dlt" })),
        ("liaison_get", json!({ "id": "fg-dlt/DLT-LS-001" })),
        ("participant_list", json!({ "group": "fg-dlt", "limit": 1 })),
        ("participant_get", json!({ "id": format!("fg-dlt/{}1", "0".repeat(31)) })),
        ("meeting_list", json!({ "group": "fg-dlt", "limit": 1 })),
        ("meeting_get", json!({ "id": "fg-dlt/1" })),
        ("meeting_listParticipants", json!({ "id": "1" })),
        ("meeting_listDocuments", json!({ "id": "1", "limit": 1 })),
        ("contribution_list", json!({ "group": "fg-dlt", "limit": 1 })),
        ("contribution_get", json!({ "id": "DLT-I-001" })),
        ("contribution_listRevisions", json!({ "id": "DLT-I-001" })),
        ("deliverable_list", json!({ "group": "fg-dlt" })),
        ("deliverable_get", json!({ "id": "D1.1" })),
        ("deliverable_listPositions", json!({ "id": "D1.1" })),
        ("deliverable_getTimeline", json!({ "id": "D1.1" })),
        ("proof_getReceipt", json!({ "id": 1 })),
        ("proof_getConsistency", json!({ "old": 2, "new": 4 })),
        ("proof_getDossier", json!({ "subject": "organization/org-0000", "since": 2 })),
    ])
}

fn document() -> Value {
    serde_json::from_str(&plenary_rpc::openrpc::document()).unwrap()
}

/// Compares with a file of this crate, or writes it where `UPDATE` is set.
fn check_file(path: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        text,
        "{} is out of date: run these tests with UPDATE=1, twice",
        path.display()
    );
}

#[tokio::test]
async fn every_method_is_answered_as_its_example_says() {
    let view = Memory::with(2);
    view.receive(Reception::Hold);
    let router = open(&view);
    let mut told = Map::new();
    for (method, params) in examples(&view) {
        let result = ask(&router, method, params.clone()).await;
        told.insert(method.to_owned(), json!({ "params": params, "result": result }));
    }
    check_file("src/examples.json", &format!("{}\n", serde_json::to_string_pretty(&told).unwrap()));
}

#[tokio::test]
async fn every_method_takes_names_and_positions_and_has_its_shape() {
    let view = Memory::with(2);
    view.receive(Reception::Hold);
    let router = open(&view);
    let document = document();
    let examples = examples(&view);
    let methods = document["methods"].as_array().unwrap();
    assert_eq!(methods.len(), examples.len());
    for method in methods {
        let name = method["name"].as_str().unwrap();
        let params = &examples[name];
        let result = ask(&router, name, params.clone()).await;
        assert_eq!(difference(&document, &method["result"]["schema"], &result, name), None);
        let positions: Vec<Value> = method["params"]
            .as_array()
            .unwrap()
            .iter()
            .map(|param| params[param["name"].as_str().unwrap()].clone())
            .collect();
        assert_eq!(ask(&router, name, positions.into()).await, result, "{name} by position");
        for param in method["params"].as_array().unwrap() {
            if let Some(given) = params.get(param["name"].as_str().unwrap()) {
                assert_eq!(difference(&document, &param["schema"], given, name), None);
            }
        }
    }
}

#[tokio::test]
async fn the_document_is_one_wherever_it_is_asked_for() {
    let router = open(&Memory::with(0));
    let discovered = post(&router, r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#).await;
    assert_eq!(discovered.body["result"], document());
    let request = axum::http::Request::get("/openrpc.json").body(axum::body::Body::empty()).unwrap();
    let response = tower::ServiceExt::oneshot(router.clone(), request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    assert_eq!(body, plenary_rpc::openrpc::document());
    check_file("openrpc.json", &plenary_rpc::openrpc::document());
}

#[tokio::test]
async fn the_document_describes_what_it_refers_to() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member.as_str() {
                        Some(target) if name == "$ref" => found.push(target.to_owned()),
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        assert!(document.pointer(target.strip_prefix('#').unwrap()).is_some(), "{target}");
    }
    for method in document["methods"].as_array().unwrap() {
        assert_eq!(method["examples"].as_array().map(Vec::len), Some(1), "{}", method["name"]);
        assert!(method["params"].as_array().unwrap().len() <= 3);
    }
}

#[tokio::test]
async fn a_record_sent_twice_is_taken_once() {
    let view = Memory::with(0);
    let router = open(&view);
    let file = registration(view.ledger_id(), "org-1");
    let params = json!({ "record": String::from_utf8(file.bytes().to_vec()).unwrap(), "wait_ms": 1_000 });
    let first = ask(&router, "ledger_submitRecord", params.clone()).await;
    assert_eq!((first["state"].as_str(), first["record"]["height"].as_u64()), (Some("final"), Some(1)));
    let head = ask(&router, "ledger_getHead", json!({})).await;
    // What the node would make of it now no longer matters.
    view.receive(Reception::Refuse);
    assert_eq!(ask(&router, "ledger_submitRecord", params).await, first);
    assert_eq!(ask(&router, "ledger_getSubmission", json!({ "id": file.id().to_string() })).await, first);
    assert_eq!(ask(&router, "ledger_getHead", json!({})).await, head);
}

#[tokio::test(start_paused = true)]
async fn a_submission_tells_how_far_it_has_come() {
    let view = Memory::with(0);
    let router = open(&view);
    let id = Digest::of(b"nothing").to_string();
    for (reception, state) in
        [(Reception::Take, "unknown"), (Reception::Hold, "pending"), (Reception::Refuse, "refused")]
    {
        view.receive(reception);
        let answer = ask(&router, "ledger_getSubmission", json!({ "id": id, "wait_ms": 9_000 })).await;
        assert_eq!(answer["state"], state);
        if state == "refused" {
            let refusal = &answer["refusal"];
            assert_eq!(refusal["code"], 1_003);
            assert_eq!(
                (refusal["reason"].as_str(), refusal["rule"].as_str()),
                (Some("objection_open"), Some("ToR 2.12 (2017)"))
            );
        }
    }
}

#[tokio::test]
async fn a_record_is_shown_byte_for_byte() {
    let view = Memory::with(1);
    let router = open(&view);
    let file = sign_registration(view.ledger_id(), "org-0000", NAMESPACE);
    let record = ask(&router, "ledger_getRecord", json!({ "id": file.id().to_string() })).await;
    assert_eq!(record["file"].as_str().unwrap().as_bytes(), file.bytes());
    assert_eq!(record, ask(&router, "ledger_getRecord", json!([record["index"]])).await);
    let receipt = ask(&router, "proof_getReceipt", json!([record["index"]])).await;
    let entry = format!("{}{}", record["file"].as_str().unwrap(), record["outcome"].as_str().unwrap());
    assert_eq!(receipt["entry"], entry);
}

#[tokio::test]
async fn a_consistency_path_proves_that_the_log_grew() {
    let view = Memory::with(3);
    let router = open(&view);
    let head = |block: &Value, member: &str| {
        let root = Digest::parse(block[member]["root"].as_str().unwrap()).unwrap();
        TreeHead { size: block[member]["size"].as_u64().unwrap(), root }
    };
    let old = head(&ask(&router, "ledger_getBlock", json!([1])).await, "log");
    let new = head(&ask(&router, "ledger_getHead", json!([])).await, "log");
    let answer = ask(&router, "proof_getConsistency", json!({ "old": old.size })).await;
    let path: Vec<Digest> =
        answer["path"].as_array().unwrap().iter().map(|hash| Digest::parse(hash.as_str().unwrap()).unwrap()).collect();
    assert_eq!(merkle::verify_consistency(&old, &new, &path), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_call_at_once() {
    let view = Memory::with(5);
    let router = open(&view);
    let expected = ask(&router, "ledger_listRecords", json!({})).await;
    let calls = (0..200).map(|_| {
        let router = router.clone();
        tokio::spawn(async move { call(&router, "ledger_listRecords", json!({})).await.body["result"].clone() })
    });
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap(), expected);
    }
}
