//! Every command as somebody types it, before a node that serves a ledger in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]

mod answers;
mod desk;
mod documented;
#[path = "../documents/mod.rs"]
mod documents;
mod dossiers;
mod exits;
mod export;
mod forms;
mod hygiene;
mod ledger;
mod nouns;
mod rewriting;
mod vault;
mod witness;

use std::sync::Arc;

use plenary_cli::exit::Exit;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, Done, june, late, october, serve},
    ledger::{Memory, Mood, secret},
};

const MEMBER: &str = "0000000000000000000000000000000a";
const CHAIR: &str = "0000000000000000000000000000000c";

pub(crate) fn document(text: &str) -> Value {
    let digest = plenary_core::hash::Digest::of(text.as_bytes()).to_string();
    json!({ "digest": digest, "bytes": text.len(), "media_type": "text/plain" })
}

/// A group with a chair and a member, as the parent and the secretariat set it up.
pub(crate) fn group() -> Arc<Memory> {
    let memory = Memory::new();
    let ruleset = memory.record(
        "ruleset",
        &[("parent", "tsag")],
        "2017-05-04T10:00:00Z",
        json!({ "title": "Terms of reference", "edition": "2017", "document": document("terms"), "parameters": {
            "contribution_days": 12, "notice_days": 28, "registration_days": 7, "entry_days": 3, "lifetime_months": 18,
            "call_days": 28, "recall_days": 21, "transmission_days": 28, "vice_chairs": "first-meeting",
            "language": "en", "first_meeting_by": ["2017-09-30"] } }),
    );
    let zone = json!({ "name": "Europe/Zurich", "offsets": [{ "from": "2017-03-26T01:00:00Z", "offset": "+02:00" }] });
    let decision = json!({ "meeting": "TSAG, Geneva", "from": "2017-05-01", "to": "2017-05-04" });
    memory.record(
        "group.establish",
        &[("parent", "tsag")],
        "2017-05-04T11:00:00Z",
        json!({ "title": "FG DLT", "prefix": "DLT", "secretariat": "tsb", "ruleset": ruleset.to_string(), "zone": zone,
            "decision": decision }),
    );
    for pid in [MEMBER, CHAIR] {
        let key = plenary_core::signature::MemberKey::of(&secret(pid)).to_string();
        memory.record(
            "participant.enroll",
            &[("secretariat", "tsb")],
            "2017-05-20T11:00:00Z",
            json!({ "pid": pid, "key": key, "country": "CH", "category": "non-member", "commitments": {},
                "privacy_notice": document("notice")["digest"] }),
        );
    }
    memory.record(
        "role.appoint",
        &[("parent", "tsag")],
        "2017-05-21T11:00:00Z",
        json!({ "role": "chair", "who": CHAIR, "membership": "member", "from": "2017-05-21T11:00:00Z",
            "decision": { "by": "parent", "basis": "consensus" } }),
    );
    memory
}

/// Has the secretariat announce the first meeting, with twelve days for contributions.
fn announce(desk: &Desk) -> Done {
    let example = desk.must("meeting announce --example").data;
    let notice = example.split("[[departures]]").next().unwrap().replace("by 2017-10-10\"  #", "by 2017-10-05\"  #");
    let file = desk.file("notice.toml", &notice);
    desk.must(&format!("meeting announce {file} --yes --key {}", desk.key("tsb")))
}

#[test]
fn a_member_submits_and_anybody_verifies() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    let announced = announce(&desk);
    assert!(announced.talk.contains("met  announced          2017-06-07"), "{}", announced.talk);
    assert!(announced.data.contains("recorded   1 in block"), "{}", announced.data);
    let desk = desk.at(october);
    let key = desk.key(MEMBER);
    let registered = desk.must(&format!("register 1 --mode remote --key {key}"));
    assert!(registered.data.contains("met     R23"), "{}", registered.data);

    let file = desk.file("usecase.txt", "number portability");
    let dry = desk.must(&format!("contribution submit {file} --meeting 1 --title Use_case --dry-run --key {key}"));
    assert!(dry.data.contains("record sha256:") && dry.talk.contains("nothing was signed"), "{dry:?}");
    let sent = desk.must(&format!("contribution submit {file} --meeting 1 --title Use_case --key {key}"));
    for part in
        ["recorded   DLT-I-001 in block", "met     R31   ToR 2.10 (2017)", "clock ledger time", "days before 12"]
    {
        assert!(sent.data.contains(part), "{part}\n{}", sent.data);
    }
    assert!(sent.talk.contains("usecase.txt.receipt (VERIFIED)"), "{}", sent.talk);
    assert!(sent.talk.ends_with(&format!("next: plenary verify {file}\n")), "{}", sent.talk);

    let anchor = memory.id().to_string();
    let verified = desk.must(&format!("verify {file} --anchor {anchor}"));
    assert!(verified.data.starts_with("VERIFIED"), "{}", verified.data);
    desk.must(&format!("verify receipt {file}.receipt --anchor {anchor}"));
    assert!(desk.must(&format!("receipt show {file}")).data.contains("DLT-I-001"));

    // Whoever has the file and nothing else finds its record by its content.
    let copy = desk.file("copy.txt", "number portability");
    assert!(desk.fails(&format!("receipt show {copy}"), Exit::NotFound).contains("plenary receipt get"));
    let got = desk.must(&format!("receipt get {copy}"));
    assert!(got.talk.ends_with(&format!("next: plenary verify {copy}\n")), "{}", got.talk);
    desk.must(&format!("verify {copy} --anchor {anchor}"));
    let other = desk.file("other.txt", "number portability!");
    let told = desk.fails(&format!("receipt get {other}"), Exit::NotFound);
    assert!(told.contains("no record names") && told.contains("to the last byte"), "{told}");
    assert!(desk.must(&format!("receipt explain {file}")).data.contains("verify-receipt.sh"));
    assert!(desk.must(&format!("receipt explain {file} --script")).data.starts_with("#!"));

    let shown = desk.must("contribution show DLT-I-001").data;
    assert!(shown.contains("on-time, judged by 2017-10-05") && shown.contains("met     R51"), "{shown}");
    assert!(desk.must("contribution list").data.contains("Use case"));
    assert!(!desk.must("contribution list --meeting 2").data.contains("Use case"));
    let shown = desk.must("meeting show 1").data;
    assert!(shown.contains("the last second is 2017-10-05T21:59:59Z") && shown.contains("R30"), "{shown}");
    assert!(desk.must("meeting list").data.contains("by 2017-10-05"));
    assert!(desk.must("participants list").data.contains(MEMBER));
    assert!(desk.must("participants list 1").data.contains("remote"));
}

#[test]
fn a_late_contribution_is_revised_and_withdrawn() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    let desk = desk.at(late);
    let key = desk.key(MEMBER);
    let file = desk.file("late.txt", "late");
    let sent = desk.must(&format!("contribution submit {file} --meeting 1 --title Late --key {key}"));
    assert!(sent.data.contains("broken  R31") && sent.data.contains("broken  R51"), "{}", sent.data);
    desk.file("late.txt", "later");
    let revised = desk.must(&format!("contribution revise DLT-I-001 {file} --key {key}"));
    assert!(revised.data.contains("R55"), "{}", revised.data);
    desk.must(&format!("contribution withdraw DLT-I-001 --reason mistake --key {key}"));
    assert!(desk.must("contribution show DLT-I-001").data.contains("withdrawn"));
    // The same act in the same second would be the same record, which is taken once.
    let told = desk.fails(&format!("contribution withdraw DLT-I-001 --reason replaced --key {key}"), Exit::Refused);
    assert!(told.contains("is withdrawn") && told.contains("  do: ") && told.contains("  rule: "), "{told}");
}

/// A deliverable with a stable text.
fn deliverable(memory: &Memory) {
    memory.record(
        "workitem.adopt",
        &[("chair", CHAIR)],
        "2017-06-08T10:00:00Z",
        json!({ "number": "D1.1", "title": "Terms", "kind": "technical-specification", "editors": [MEMBER],
            "decision": { "by": "group", "basis": "consensus" } }),
    );
    memory.record(
        "baseline.publish",
        &[("editor", MEMBER)],
        "2017-06-09T10:00:00Z",
        json!({ "deliverable": "D1.1", "version": 1, "documents": [document("text")], "stability": "stable" }),
    );
}

#[test]
fn the_list_of_participants_is_shown_and_reported() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    assert!(desk.fails("participants report", Exit::NotFound).contains("plenary participants list"));
    let counts = json!({ "total": 81, "by_mode": { "on-site": 80, "remote": 1 }, "by_category": { "academia": 81 },
        "by_country": { "CH": 11 }, "country_suppressed": 70, "by_organization": {}, "organization_suppressed": 81 });
    let root = document("list")["digest"].clone();
    let tsb = [("secretariat", "tsb")];
    memory.record("meeting.open", &[("chair", CHAIR)], "2017-10-17T07:30:00Z", json!({ "meeting": "1" }));
    let seal = json!({ "meeting": "1", "counts": counts, "walk_ins": 3, "root": root });
    memory.record("attendance.seal", &tsb, "2017-10-20T09:00:00Z", seal);
    let shown = desk.must("participants list 1");
    for words in ["3 had not registered", "in all                                  81", "from CH", "met     R24"] {
        assert!(shown.data.contains(words), "{words}\n{}", shown.data);
    }
    let report = json!({ "addressee": "tsag", "occasion": "progress-report", "counts": counts, "root": root });
    let id = memory.record("participant-list.report", &tsb, "2017-11-01T09:00:00Z", report);
    let shown = desk.must("participants report");
    assert!(shown.data.starts_with("reported to tsag with a progress-report\n"), "{}", shown.data);
    assert!(shown.talk.ends_with(&format!("next: plenary receipt get {id}\n")), "{}", shown.talk);
    let listed = desk.must("records list --type attendance.seal");
    assert_eq!(listed.data.lines().count(), 2, "all of a type, on whichever page: {}", listed.data);
}

fn november() -> plenary_core::time::Moment {
    ledger::moment("2017-11-05T09:00:00Z")
}

#[test]
fn a_deliverable_is_called_objected_to_and_concluded() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    deliverable(&memory);
    let desk = desk.at(october);
    let (chair, member, tsb) = (desk.key(CHAIR), desk.key(MEMBER), desk.key("tsb"));
    let called = desk.must(&format!("deliverable call D1.1 --key {chair}"));
    assert!(called.talk.contains("until 2017-11-02T21:59:59Z") && called.data.contains("D1.1-C1"), "{called:?}");
    let text = desk.file("text.txt", "because");
    desk.must(&format!("deliverable support D1.1 --key {member}"));
    desk.must(&format!("deliverable abstain D1.1 --key {chair}"));
    let objected = desk.must(&format!("deliverable object D1.1 --clause 6.2 --reasons {text} --key {member}"));
    assert!(objected.talk.contains("plenary deliverable withdraw D1.1-OBJ-1"), "{}", objected.talk);
    desk.must(&format!("deliverable reply D1.1-OBJ-1 {text} --key {chair}"));
    let shown = desk.must("deliverable show D1.1 --objections").data;
    assert!(
        shown.contains("open  D1.1-OBJ-1  clause 6.2") && shown.contains("patent question was not asked"),
        "{shown}"
    );
    assert!(desk.must("deliverable list").data.contains("D1.1-OBJ-1"));
    let conclude = format!("deliverable conclude D1.1 --statement {text} --key {chair}");
    let told = desk.fails(&conclude, Exit::Refused);
    assert!(told.contains("D1.1 cannot be concluded") && told.contains("rule: ToR 2.12 (2017)"), "{told}");
    desk.must(&format!("deliverable withdraw D1.1-OBJ-1 --key {member}"));
    desk.must(&format!("deliverable patents D1.1 --key {chair}"));

    let desk = desk.at(november);
    desk.must(&format!("deliverable close D1.1 --key {member}"));
    let written = desk.must(&format!("{conclude} --json"));
    let written: Value = serde_json::from_str(&written.data).unwrap();
    let file = written["file"].as_str().unwrap().to_owned();
    assert_eq!(written["missing"], json!({ "as": "secretariat", "who": "tsb" }));
    let moved = desk.path(&file).display().to_string();
    std::fs::rename(&file, &moved).unwrap();
    assert!(desk.fails(&format!("record submit {moved}"), Exit::Usage).contains("secretariat tsb is missing"));
    assert!(desk.fails(&format!("record sign {moved} --as chair --key {chair}"), Exit::Usage).contains("next to sign"));
    desk.must(&format!("record sign {moved} --key {tsb}"));
    desk.must(&format!("record submit {moved}"));
    assert!(desk.must("deliverable show D1.1").data.contains("approved"));
}

#[test]
fn a_ledger_is_replayed_and_lies_are_found() {
    let memory = group();
    let url = serve(&memory);
    let desk = Desk::new(&url, june);
    announce(&desk);
    let anchor = memory.id().to_string();
    let verified = desk.must(&format!("verify ledger --from {url} --anchor {anchor}")).data;
    assert!(verified.starts_with("VERIFIED") && verified.contains("6 with 6 signatures"), "{verified}");
    assert!(desk.fails("verify ledger --anchor none", Exit::CannotTell).starts_with("CANNOT TELL"));
    memory.feel(Mood::Lying);
    let told = desk.fails(&format!("verify ledger --anchor {anchor}"), Exit::Contradiction);
    assert!(told.starts_with("NOT VERIFIED") && told.contains("block 1"), "{told}");
}

#[test]
fn a_failure_says_what_to_do() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    let desk = desk.at(october);
    let key = desk.key(MEMBER);
    desk.fails("register --mode", Exit::Usage);
    desk.fails(&format!("register 1-1 --mode remote --key {key}"), Exit::Usage);
    let told = desk.fails("contribution show DLT-I-099", Exit::NotFound);
    assert!(told.contains("do: plenary contribution list"), "{told}");
    desk.fails("meeting show 99", Exit::NotFound);
    desk.fails(&format!("records show sha256:{}", "0".repeat(64)), Exit::NotFound);
    let stranger = desk.key("stranger");
    let told = desk.fails(&format!("register 1 --mode remote --key {stranger}"), Exit::Key);
    assert!(told.contains("ask the secretariat to enrol"), "{told}");
    let told = desk.fails(&format!("register 1 --mode remote --key {stranger} --who {MEMBER}"), Exit::Key);
    assert!(told.contains("rule: "), "{told}");
    desk.must(&format!("register 1 --mode remote --key {key}"));
    desk.fails(&format!("register 1 --mode onsite --key {key}"), Exit::Conflict);
    memory.feel(Mood::Stuck);
    let file = desk.file("a.txt", "text");
    let told =
        desk.fails(&format!("contribution submit {file} --meeting 1 --title A --wait 1 --key {key}"), Exit::Pending);
    assert!(told.contains(&format!("plenary receipt get {file}.receipt")), "{told}");
    memory.feel(Mood::Short);
    let told = desk.fails("status", Exit::NotReady);
    assert!(told.starts_with("NOT READY") && told.contains("missing: cirrus, dune"), "{told}");
    desk.fails("status --ready", Exit::NotReady);
    memory.feel(Mood::Well);
    assert!(desk.must("status").data.starts_with("READY"));
}

#[test]
fn records_are_listed_and_shown() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    let listed = desk.must("records list --limit 2");
    assert!(listed.data.contains("ruleset") && listed.talk.contains("--cursor"), "{listed:?}");
    let page: Value = serde_json::from_str(&desk.must("records list --type role.appoint --json").data).unwrap();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    let id = page["items"][0]["id"].as_str().unwrap().to_owned();
    let shown = desk.must(&format!("records show {id}")).data;
    assert!(shown.contains("signed by  parent tsag") && shown.contains("R10"), "{shown}");
    assert!(desk.must(&format!("receipt get {id} --out {}", desk.path("r").display())).talk.contains("VERIFIED"));
    desk.fails("records list --type vote", Exit::Usage);
    desk.fails("records show one", Exit::Usage);
    let quiet = desk.must("records list --quiet");
    assert_eq!(quiet.talk, "");
}

#[test]
fn keys_are_made_shown_and_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    assert!(desk.fails("key show", Exit::Key).contains("plenary key new"));
    let made = desk.must("key new --no-passphrase");
    assert!(made.data.starts_with("ssh-ed25519 ") && !made.talk.contains("PRIVATE"), "{made:?}");
    assert_eq!(made.data, desk.must("key show").data);
    assert!(desk.must("key list").data.contains("not protected"));
    desk.fails("key new --no-passphrase", Exit::Conflict);
    desk.fails("key new --no-input", Exit::Usage);
    let path = desk.path(".ssh/plenary_ed25519");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let told = desk.fails("key show", Exit::Key);
    assert!(told.contains("has mode 0644") && told.contains(&format!("do: chmod 600 {}", path.display())), "{told}");
}

#[test]
fn a_record_that_ssh_keygen_signed_is_taken() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    let desk = desk.at(october);
    let key = desk.key(MEMBER);
    let dry = desk.must(&format!("register 1 --mode onsite --dry-run --json --key {key}"));
    let dry: Value = serde_json::from_str(&dry.data).unwrap();
    let line = desk.file("line", dry["line"].as_str().unwrap());
    desk::ssh_keygen(&["-q", "-Y", "sign", "-n", "plenary-record", "-f", &key, &line]);
    let armour = std::fs::read_to_string(format!("{line}.sig")).unwrap();
    let record = desk.file("record", &format!("{}{armour}", dry["line"].as_str().unwrap()));
    let sent = desk.must(&format!("record submit {record}"));
    assert!(sent.data.contains(dry["id"].as_str().unwrap()), "{}", sent.data);
}
