//! What an auditor who comes back finds: the same history, an older one, or another.

use std::{fs, sync::Arc};

use plenary_cli::exit::Exit;
use plenary_core::{checkpoint::Checkpoint, signature::MemberKey};
use serde_json::{Value, json};

use crate::{
    announce,
    desk::{Desk, june, serve},
    document, group,
    ledger::{Memory, Mood, secret},
};

/// Enrols one more participant, whom `group` does not have.
pub(crate) fn enrol(memory: &Memory, pid: &str) {
    let key = MemberKey::of(&secret(pid)).to_string();
    memory.record(
        "participant.enroll",
        &[("secretariat", "tsb")],
        "2017-06-07T09:30:00Z",
        json!({ "pid": pid, "key": key, "country": "CH", "category": "non-member", "commitments": {},
            "privacy_notice": document("notice")["digest"] }),
    );
}

/// The group, with another record in the place of the one that `announce` makes.
pub(crate) fn rewritten() -> Arc<Memory> {
    let memory = group();
    enrol(&memory, "0000000000000000000000000000000d");
    memory
}

/// A desk before a ledger that it trusts, with a meeting announced.
fn desk() -> (Desk, String) {
    let memory = group();
    let url = serve(&memory);
    let desk = Desk::new(&url, june);
    announce(&desk);
    desk.must(&format!("anchor add fg-dlt {}", memory.id()));
    (desk, url)
}

/// What was written down about a fork: two heads that differ.
fn evidence(desk: &Desk, said: &str) -> (Checkpoint, Checkpoint) {
    let folder = said.lines().find_map(|line| line.strip_prefix("written    ")?.split(':').next()).unwrap();
    let read =
        |name: &str| Checkpoint::parse(&fs::read_to_string(desk.path("").join(folder).join(name)).unwrap()).unwrap();
    (read("first"), read("second"))
}

#[test]
fn a_ledger_that_was_rewritten_is_found_by_whoever_comes_back() {
    let (desk, _) = desk();
    assert!(desk.must("anchor show fg-dlt").data.contains("none yet"));
    let first = desk.must("verify ledger");
    assert!(first.talk.contains("kept       the head of"), "{}", first.talk);
    assert!(desk.must("anchor show fg-dlt").data.contains("entries of ledger.example/fg-dlt"));
    assert!(desk.must("verify ledger").data.contains("began with"));
    let other = serve(&rewritten());
    let said = desk.fails(&format!("verify ledger --from {other}"), Exit::Contradiction);
    assert!(said.starts_with("NOT VERIFIED   validators have signed two logs"), "{said}");
    let (one, two) = evidence(&desk, &said);
    assert_eq!(one.head.size, two.head.size);
    assert_ne!(one.head.root, two.head.root);
    // What was found out does not take the place of what was seen.
    desk.must("verify ledger");
}

#[test]
fn a_log_that_is_shorter_than_it_was_is_not_taken_for_the_ledger() {
    let (desk, _) = desk();
    desk.must("verify ledger");
    let shorter = serve(&group());
    let said = desk.fails(&format!("verify ledger --from {shorter}"), Exit::CannotTell);
    assert!(said.contains("the node is behind"), "{said}");
    let said = desk.fails(&format!("verify node {shorter}"), Exit::CannotTell);
    assert!(said.contains("the node is behind"), "{said}");
}

#[test]
fn nodes_are_compared() {
    let (desk, url) = desk();
    let behind = serve(&group());
    let same = desk.must(&format!("verify node {url} {behind}")).data;
    assert!(same.starts_with("VERIFIED   2 heads are of one history"), "{same}");
    let other = serve(&rewritten());
    let said = desk.fails(&format!("verify node {url} {other}"), Exit::Contradiction);
    assert!(said.contains("both are signed by ledger.example/fg-dlt/aurora"), "{said}");
    evidence(&desk, &said);
    // Larger by one record, and still not of one history with the log that was seen.
    let larger = rewritten();
    enrol(&larger, "0000000000000000000000000000000e");
    let said = desk.fails(&format!("verify node {}", serve(&larger)), Exit::Contradiction);
    assert!(said.contains("nothing leads from the log of"), "{said}");
    let (one, two) = evidence(&desk, &said);
    assert!(one.head.size < two.head.size);
}

#[test]
fn a_checkpoint_that_was_printed_holds_the_ledger_to_it() {
    let (desk, url) = desk();
    let group = group();
    let shown = desk.must(&format!("checkpoint show --node {}", serve(&group)));
    assert!(shown.talk.contains(&group.id().to_string()), "{}", shown.talk);
    let file = desk.file("head.checkpoint", &shown.data);
    assert!(desk.must(&format!("verify ledger --since {file}")).data.contains("head.checkpoint"));
    desk.must(&format!("verify node {url} --since {file}"));
    let forged = desk.file("forged.checkpoint", &shown.data.replacen("aurora", "cirrus", 1));
    desk.fails(&format!("verify ledger --since {forged}"), Exit::NotEnoughValidators);
    let empty = desk.file("empty.checkpoint", "");
    desk.fails(&format!("verify node {url} --since {empty}"), Exit::NotEnoughValidators);
    desk.fails("verify ledger --since nowhere", Exit::NotFound);
}

#[test]
fn a_head_that_nobody_signed_is_none() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    let shown = desk.fails("checkpoint show", Exit::CannotTell);
    assert!(shown.contains("next: plenary anchor add"), "{shown}");
    desk.must(&format!("anchor add fg-dlt {}", memory.id()));
    memory.feel(Mood::Stuck);
    desk.fails("checkpoint show", Exit::CannotTell);
}

#[test]
fn trust_is_given_once_and_by_name() {
    let (desk, _) = desk();
    let list: Value = serde_json::from_str(&desk.must("anchor list --json").data).unwrap();
    let anchor = list[0]["anchor"].as_str().unwrap();
    desk.must(&format!("anchor add fg-dlt {anchor}"));
    let other = format!("sha256:{}", "0".repeat(64));
    desk.fails(&format!("anchor add fg-dlt {other}"), Exit::Conflict);
    desk.fails("anchor add fg-dlt nowhere", Exit::NotFound);
    desk.fails(&format!("anchor add ../up {other}"), Exit::Usage);
    desk.fails("anchor show nobody", Exit::NotFound);
    desk.must(&format!("anchor add other {other}"));
    assert_eq!(desk.must("anchor list").data.lines().count(), 2);
}
