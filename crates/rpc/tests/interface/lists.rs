//! Lists, page by page, while the ledger grows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    ask, call,
    memory::{Memory, registration},
    open,
};

/// Walks a list, doing something between its pages.
async fn walk(router: &axum::Router, method: &str, mut params: Value, mut between: impl FnMut()) -> Vec<Value> {
    let mut items = Vec::new();
    let mut as_of = None;
    loop {
        let page = ask(router, method, params.clone()).await;
        let height = page["as_of_height"].as_u64().unwrap();
        assert_eq!(*as_of.get_or_insert(height), height);
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        assert_eq!(page["has_more"].as_bool().unwrap(), !page["next_cursor"].is_null());
        match page["next_cursor"].as_str() {
            Some(cursor) => params["cursor"] = cursor.into(),
            None => return items,
        }
        between();
    }
}

#[tokio::test]
async fn each_record_is_seen_once_while_new_ones_arrive() {
    let view = Memory::with(40);
    let router = open(&view);
    let mut number = 1_000;
    let items = walk(&router, "ledger_listRecords", json!({ "limit": 7 }), || {
        number += 1;
        view.append(&registration(view.ledger_id(), &format!("org-{number}")));
    })
    .await;
    let indexes: Vec<u64> = items.iter().map(|item| item["index"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (0..40).map(|number| 2 + 2 * number).collect();
    assert_eq!(indexes, expected);
    assert!(number > 1_000, "nothing arrived meanwhile");
}

#[tokio::test]
async fn each_subject_is_seen_once_while_new_ones_appear() {
    let view = Memory::with(1);
    let router = open(&view);
    let mut number = 4;
    let contribution = |meeting: &str| {
        json!({
            "meeting": meeting, "title": "T", "author": null, "sources": [], "revision": 1, "revision_on_time": 1,
            "manifest": plenary_core::hash::Digest::ZERO.to_string(), "received": "2017-10-05", "revised": "2017-10-05",
            "standing": "OnTime", "parts": [], "patents": [], "word": "Author", "redactions": 0,
            "waivers": [],
        })
    };
    let items = walk(&router, "contribution_list", json!({ "limit": 1 }), || {
        // One name before all others, and one after them.
        view.plant(&format!("fg-dlt/contribution/A-{number}"), "Contribution", contribution("1"));
        view.plant(&format!("fg-dlt/contribution/Z-{number}"), "Contribution", contribution("1"));
        number += 1;
    })
    .await;
    let ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["DLT-I-001", "DLT-I-002", "DLT-I-003"]);
    assert!(number > 4, "nothing appeared meanwhile");
    let again = walk(&router, "contribution_list", json!({ "limit": 2 }), || {}).await;
    assert_eq!(again.len(), 3 + 2 * (number - 4));
}

#[tokio::test]
async fn what_stands_under_a_meeting_is_not_among_the_meetings() {
    let router = open(&Memory::with(1));
    for limit in 1..=4 {
        let items = walk(&router, "meeting_list", json!({ "limit": limit }), || {}).await;
        let ids: Vec<&str> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["1", "10", "2"], "{limit} at a time");
        let items = walk(&router, "meeting_listDocuments", json!({ "id": "1", "limit": limit }), || {}).await;
        assert_eq!(items.len(), 2, "{limit} at a time");
        let items = walk(&router, "report_list", json!({ "limit": limit }), || {}).await;
        let meetings: Vec<&str> = items.iter().map(|item| item["meeting"].as_str().unwrap()).collect();
        assert_eq!(meetings, ["1", "10"], "{limit} at a time");
        let items = walk(&router, "group_list", json!({ "limit": limit }), || {}).await;
        assert_eq!(items.len(), 1, "{limit} at a time");
    }
}

#[tokio::test]
async fn blocks_are_listed_from_either_end() {
    let view = Memory::with(9);
    let router = open(&view);
    for limit in [1, 3, 10, 500] {
        let heights = |items: Vec<Value>| items.iter().map(|item| item["height"].as_u64().unwrap()).collect::<Vec<_>>();
        let oldest = heights(walk(&router, "ledger_listBlocks", json!({ "limit": limit }), || {}).await);
        assert_eq!(oldest, (0..=9).collect::<Vec<_>>());
        let params = json!({ "limit": limit, "order": "newest" });
        let newest = heights(walk(&router, "ledger_listBlocks", params, || {}).await);
        assert_eq!(newest, (0..=9).rev().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_page_holds_fifty_items_and_five_hundred_at_most() {
    let router = open(&Memory::with(60));
    let page = ask(&router, "ledger_listRecords", json!({})).await;
    assert_eq!((page["items"].as_array().unwrap().len(), page["has_more"].as_bool()), (50, Some(true)));
    let page = ask(&router, "ledger_listRecords", json!({ "limit": 500 })).await;
    assert_eq!((page["items"].as_array().unwrap().len(), page["has_more"].as_bool()), (60, Some(false)));
    assert_eq!(call(&router, "ledger_listRecords", json!({ "limit": 501 })).await.error(), (-32005, "page_too_large"));
    assert_eq!(call(&router, "ledger_listRecords", json!({ "limit": 0 })).await.error(), (-32602, "bad_param"));
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    let router = open(&Memory::with(5));
    let page = ask(&router, "ledger_listRecords", json!({ "limit": 1 })).await;
    let cursor = &page["next_cursor"];
    let refused = [
        call(&router, "ledger_listBlocks", json!({ "cursor": cursor })).await,
        call(&router, "ledger_listRecords", json!({ "subject": "organization/org-0001", "cursor": cursor })).await,
        call(&router, "ledger_listRecords", json!({ "cursor": "AAAA" })).await,
        call(&router, "meeting_list", json!({ "cursor": cursor })).await,
    ];
    for reply in refused {
        assert_eq!(reply.error(), (-32602, "bad_cursor"));
    }
}

#[tokio::test]
async fn a_chain_is_listed_as_far_as_it_reached() {
    let view = Memory::with(2);
    let router = open(&view);
    let subject = json!({ "subject": "organization/org-0001", "limit": 1 });
    let items = walk(&router, "ledger_listRecords", subject, || {}).await;
    let ids: BTreeSet<&str> = items.iter().map(|item| item["subjects"][0].as_str().unwrap()).collect();
    assert_eq!((items.len(), ids.into_iter().collect::<Vec<_>>()), (1, vec!["organization/org-0001"]));
}
