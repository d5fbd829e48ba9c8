//! A document is checked before its digest is recorded, without a node and without a key.

use plenary_cli::exit::Exit;
use serde_json::Value;

use crate::desk::{Desk, june};

#[test]
fn a_document_is_checked_before_it_is_hashed() {
    let desk = Desk::new("http://127.0.0.1:1", june);
    let clean = desk.file("clean.txt", "Terms and definitions, agreed on 2017-10-17.");
    let dirty = desk.file("dirty.txt", "Contact:\nanna.muster@example.org\nthe wireless key: s3cretKey\n");
    let done = desk.must(&format!("document check {clean}"));
    assert!(done.data.contains("CLEAN") && done.talk.contains("not looked at: pictures"), "{}{}", done.data, done.talk);
    let done = desk.type_in(&format!("document check {clean} {dirty}"));
    assert_eq!(done.exit, Exit::Refused);
    for words in
        ["CLEAN", "FOUND      2 in", "email   an… (23 characters)  line 2", "secret  s3… (9 characters)   line 3"]
    {
        assert!(done.data.contains(words), "{words}\n{}", done.data);
    }
    assert!(done.talk.contains("secret: take it out, and change the secret"), "{}", done.talk);
    for secret in ["anna.muster", "s3cretKey"] {
        assert!(!done.data.contains(secret) && !done.talk.contains(secret), "{}{}", done.data, done.talk);
    }
}

#[test]
fn what_cannot_be_examined_is_not_clean() {
    let desk = Desk::new("http://127.0.0.1:1", june);
    let broken = desk.file("broken.docx", "PK and nothing more");
    let done = desk.type_in(&format!("document check {broken} --json"));
    assert_eq!(done.exit, Exit::Refused);
    let answer: Value = serde_json::from_str(&done.data).unwrap();
    assert_eq!((&answer["clean"], &answer["files"][0]["findings"][0]["kind"]), (&false.into(), &"unread".into()));
    assert!(desk.fails("document check no-such-file", Exit::NotFound).contains("no-such-file"));
    assert!(desk.fails("document check", Exit::Usage).contains("FILES"));
}
