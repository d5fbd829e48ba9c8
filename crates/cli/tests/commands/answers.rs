//! What programs read: with `--json`, one document for each command, and one for each error.

use serde_json::Value;

use crate::{
    MEMBER, announce,
    desk::{Desk, june, october, serve},
    group,
};

/// A desk in October, where the first meeting is announced and one contribution was made.
fn desk() -> (Desk, String) {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    crate::deliverable(&memory);
    let desk = desk.at(october);
    let file = desk.file("usecase.txt", "number portability");
    desk.must(&format!("contribution submit {file} --meeting 1 --title Use_case --key {}", desk.key(MEMBER)));
    desk.must("key new --no-passphrase");
    (desk, memory.id().to_string())
}

/// Lines that show something, without their answers; `FILE`, `ANCHOR`, `KEY` and `NODE` are those of the desk.
const SHOWING: [&str; 46] = [
    "status",
    "status --ready",
    "key list",
    "key show",
    "key new --file other --no-passphrase --dry-run",
    "group show",
    "group rules",
    "liaison send --example",
    "meeting open --example",
    "record make meeting.announce --example",
    "meeting list",
    "meeting show 1",
    "meeting announce --example",
    "participants list",
    "participants list 1",
    "participants show 0000000000000000000000000000000a",
    "wg list",
    "decision list",
    "action list",
    "document list",
    "report list",
    "event list",
    "proposal list",
    "patents list",
    "liaison list",
    "contribution list",
    "contribution show DLT-I-001",
    "deliverable list",
    "deliverable show D1.1",
    "deliverable call D1.1 --dry-run --as chair --who 0000000000000000000000000000000c --key KEY",
    "receipt get FILE",
    "receipt show FILE",
    "receipt explain FILE",
    "receipt explain FILE --script",
    "verify FILE --anchor ANCHOR",
    "verify receipt FILE.receipt --anchor ANCHOR",
    "anchor add example ANCHOR",
    "anchor list",
    "anchor show example",
    "checkpoint show",
    "verify ledger --anchor ANCHOR",
    "verify node NODE",
    "verify --write-page FILE.html",
    "records list",
    "records list --type role.appoint",
    "records show 2",
];

fn typed(line: &str, desk: &Desk, anchor: &str) -> String {
    let file = desk.path("usecase.txt").display().to_string();
    line.replace("FILE", &file).replace("ANCHOR", anchor).replace("KEY", &desk.key(MEMBER)).replace("NODE", desk.url())
}

#[test]
fn each_answer_is_one_document() {
    let (desk, anchor) = desk();
    for line in SHOWING {
        let done = desk.must(&format!("{} --json", typed(line, &desk, &anchor)));
        let answer: Value = serde_json::from_str(&done.data).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert!(answer.is_object() || answer.is_array(), "{line}: {answer}");
        assert_eq!(done.talk, "", "{line}");
    }
    let help: Value = serde_json::from_str(&desk.must("--help --json").data).unwrap();
    assert!(help["help"].as_str().unwrap().contains("Exit codes:"), "{help}");
}

#[test]
fn what_people_read_ends_with_the_next_step_unless_they_want_quiet() {
    let (desk, anchor) = desk();
    for line in SHOWING {
        let line = typed(line, &desk, &anchor);
        let done = desk.must(&line);
        let last = done.talk.lines().last().unwrap_or_default();
        assert!(last.starts_with("next: "), "{line}\n{}", done.talk);
        assert_eq!(desk.must(&format!("{line} --quiet")).talk, "", "{line}");
    }
}

#[test]
fn each_error_is_one_document() {
    let (desk, anchor) = desk();
    for (line, code) in [
        ("frobnicate", 2),
        ("records list --type vote", 2),
        ("status --node ftp://a", 3),
        ("register 1 --mode remote --key stranger", 4),
        ("contribution show DLT-I-099", 5),
        ("participants report", 5),
        ("receipt get KEY", 5),
        ("deliverable conclude D1.1 --statement FILE --key KEY", 6),
        ("key new --no-passphrase", 7),
        ("status --node http://127.0.0.1:1", 8),
        ("testnet list --home nowhere", 5),
        ("testnet reset --home nowhere", 5),
        ("start --home nowhere", 5),
    ] {
        let stranger = desk.key("stranger");
        let typed = typed(&line.replace("stranger", &stranger), &desk, &anchor);
        let done = desk.type_in(&format!("{typed} --json"));
        assert_eq!((done.exit.code(), done.data.as_str()), (code, ""), "{line}\n{}", done.talk);
        let answer: Value = serde_json::from_str(&done.talk).unwrap_or_else(|error| panic!("{line}: {error}"));
        let error = &answer["error"];
        assert_eq!(error["exit_code"], code, "{line}");
        assert!(error["message"].as_str().is_some_and(|message| !message.contains('\n')), "{line}: {error}");
        assert!(error["remedy"].is_string(), "{line}: {error}");
    }
}
