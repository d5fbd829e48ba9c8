//! Every noun that the ledger keeps is listed, and shown with the records about it.

use std::sync::Arc;

use plenary_cli::remote::Remote;
use plenary_core::hash::Digest;
use plenary_procedure::document::{Document, manifest};
use plenary_rpc::{client::Part, liaison::Liaison};
use serde_json::{Value, json};

use crate::{
    CHAIR, MEMBER, announce, deliverable,
    desk::{Desk, june, serve},
    document, group,
    ledger::Memory,
};

/// A group that has one of everything, around its first meeting.
fn busy() -> (Arc<Memory>, String, Desk) {
    let memory = group();
    let url = serve(&memory);
    let desk = Desk::new(&url, june);
    announce(&desk);
    deliverable(&memory);
    for (record_type, signer, signed, body) in summer().into_iter().chain(autumn()) {
        memory.record(record_type, &[signer], signed, body);
    }
    (memory, url, desk)
}

/// A record's type, who signs it, when, and its body.
type Act = (&'static str, (&'static str, &'static str), &'static str, Value);

/// What is recorded before the meeting.
fn summer() -> Vec<Act> {
    vec![
        (
            "wg.create",
            ("chair", CHAIR),
            "2017-06-10T10:00:00Z",
            json!({ "id": "WG1", "title": "Terms", "decision": decided() }),
        ),
        (
            "workitem.propose",
            ("participant", MEMBER),
            "2017-06-11T10:00:00Z",
            json!({
            "title": "Overview", "kind": "technical-report", "scope": document("scope"), "task": "ToR 2.3 a" }),
        ),
        (
            "ipr.disclose",
            ("participant", MEMBER),
            "2017-06-12T10:00:00Z",
            json!({
            "claim": "own", "holder": MEMBER, "licence": { "option": 2 }, "form": document("form"),
            "object": { "deliverable": { "number": "D1.1", "version": 1, "manifest": text_of("text") } } }),
        ),
        (
            "coi.declare",
            ("participant", MEMBER),
            "2017-06-12T11:00:00Z",
            json!({ "deliverable": "D1.1", "nature": "patent" }),
        ),
        (
            "liaison.record",
            ("secretariat", "tsb"),
            "2017-06-13T10:00:00Z",
            json!({
            "from": "TC 307", "external": "N 1", "title": "On terms", "sent": "2017-06-12",
            "received": "2017-06-13T09:00:00Z", "purpose": "comment", "reply_by": "2017-12-31", "document": document("in") }),
        ),
    ]
}

/// What is recorded in the meeting and after it.
fn autumn() -> Vec<Act> {
    vec![
        ("meeting.open", ("chair", CHAIR), "2017-10-17T07:30:00Z", json!({ "meeting": "1" })),
        (
            "decision.record",
            ("chair", CHAIR),
            "2017-10-18T10:00:00Z",
            json!({ "title": "Use cases", "decision": {
            "by": "group", "basis": "consensus", "meeting": "1", "document": document("decision") } }),
        ),
        (
            "action.open",
            ("chair", CHAIR),
            "2017-10-18T11:00:00Z",
            json!({
            "title": "Collect them", "role": "chair", "due": "2018-01-31", "meeting": "1", "decision": "M1-D001" }),
        ),
        (
            "document.submit",
            ("secretariat", "tsb"),
            "2017-10-18T12:00:00Z",
            json!({
            "series": "O", "meeting": "1", "title": "Outcome", "language": "en", "documents": [document("outcome")] }),
        ),
        (
            "event.record",
            ("secretariat", "tsb"),
            "2017-10-18T13:00:00Z",
            json!({
            "event": "W1", "kind": "workshop", "title": "Workshop", "host": "tsb", "from": "2017-10-16", "to": "2017-10-16" }),
        ),
        (
            "report.submit",
            ("secretariat", "tsb"),
            "2017-10-19T14:00:00Z",
            json!({
            "meeting": "1", "revision": 1, "documents": [document("report")], "contents": ["results"] }),
        ),
        (
            "progress.report",
            ("chair", CHAIR),
            "2018-02-12T10:00:00Z",
            json!({
            "parent_meeting": "TSAG, Geneva", "parent_starts": "2018-02-26", "from": "2017-10-17", "to": "2018-02-09",
            "meetings": ["1"], "document": document("progress"), "work_plan": document("plan") }),
        ),
    ]
}

fn decided() -> Value {
    json!({ "by": "group", "basis": "consensus" })
}

fn text_of(text: &str) -> String {
    let document: Document = serde_json::from_value(document(text)).unwrap();
    manifest(&[document]).to_string()
}

#[test]
fn each_noun_is_listed_and_shown() {
    let (_memory, _, desk) = busy();
    for (noun, id, title, acts) in [
        ("wg", "WG1", "Terms", &["wg.create"][..]),
        ("decision", "M1-D001", "Use cases", &["decision.record"]),
        ("action", "M1-A001", "Collect them", &["action.open"]),
        ("document", "DLT-O-001", "Outcome", &["document.submit"]),
        ("report", "1", "its report", &["report.submit"]),
        ("event", "W1", "Workshop", &["event.record"]),
        ("proposal", "P1", "Overview", &["workitem.propose"]),
        ("ipr", "DLT-IPR-001", "deliverable D1.1, revision 1", &["ipr.disclose"]),
        ("liaison", "DLT-LS-I-001", "On terms", &["liaison.record"]),
        ("participants", MEMBER, "non-member", &["participant.enroll"]),
    ] {
        let listed = desk.must(&format!("{noun} list"));
        assert_eq!(listed.data.matches(&format!("\n  {id}  ")).count(), 1, "{noun}\n{}", listed.data);
        let shown = desk.must(&format!("{noun} show {id}")).data;
        assert!(shown.lines().next().unwrap().contains(title), "{noun}\n{shown}");
        for act in acts {
            assert!(shown.contains(&format!("Z {act} ")), "{act}\n{shown}");
        }
        let shown: Value = serde_json::from_str(&desk.must(&format!("{noun} show {id} --json")).data).unwrap();
        assert_eq!(shown["group"], "fg-dlt", "{shown}");
        assert!(!shown["records"].as_array().unwrap().is_empty(), "{shown}");
        let told = desk.fails(&format!("{noun} show Z9"), plenary_cli::exit::Exit::NotFound);
        assert!(told.contains(&format!("do: plenary {noun} list")), "{told}");
    }
}

#[test]
fn lists_are_kept_to_a_meeting() {
    let (_memory, _, desk) = busy();
    for (noun, id) in [("decision", "M1-D001"), ("action", "M1-A001"), ("document", "DLT-O-001")] {
        assert!(desk.must(&format!("{noun} list 1")).data.contains(id), "{noun}");
        assert!(!desk.must(&format!("{noun} list 2")).data.contains(id), "{noun}");
    }
}

#[test]
fn a_list_is_what_the_node_answers() {
    let (_memory, url, desk) = busy();
    let page = Remote::new(&url)
        .unwrap()
        .ask(async |client| client.nouns::<Liaison>(None, &Part { limit: Some(500), cursor: None }).await)
        .unwrap();
    let listed: Value = serde_json::from_str(&desk.must("liaison list --json").data).unwrap();
    assert_eq!(listed, serde_json::to_value(page).unwrap());
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_group_a_meeting_and_a_deliverable_tell_what_came_of_them() {
    let (_memory, _, desk) = busy();
    let form = Digest::of(b"form");
    for (line, words) in [
        ("group show", &["co-chairs      any one of them sign", "lifetime       2017-10-17 to 2019-04-17"][..]),
        (
            "meeting show 1",
            &["place ", "decisions      1", "actions        1", "report         revision 1, not approved yet"],
        ),
        ("deliverable show D1.1", &["interest ", ": patent", "DLT-IPR-001 of ", ": option 2"]),
        ("report list", &["1                  1", "progress             2018-02-26"]),
        ("patents list", &["deliverable D1.1, revision 1"]),
        ("patents show DLT-IPR-001", &["option         2", &form.to_string()]),
    ] {
        let shown = desk.must(line).data;
        for words in words {
            assert!(shown.contains(words), "{line}: {words}\n{shown}");
        }
    }
    // By the ledger's own time, the lifetime has not passed yet.
    assert!(!desk.must("group show").data.contains("its lifetime has passed"));
}
