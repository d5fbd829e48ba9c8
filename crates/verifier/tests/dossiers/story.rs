//! The group whose dossiers the vectors are: made up from the first word to the last.

use plenary_core::{commitment::Disclosure, commitment::Salt, hash::Digest};
use plenary_procedure::document::{Document, manifest};
use serde_json::{Value, json};

use crate::ledger::{Chronicle, key, name, pid};

pub(crate) const VALIDATORS: &[&str] = &["aurora", "borealis", "cirrus", "dune"];

/// The documents that the records name, by what they are.
pub(crate) fn document(what: &str) -> Vec<u8> {
    format!("The {what}, made up for tests.\n").into_bytes()
}

fn named(what: &str) -> Value {
    let content = document(what);
    json!({"bytes": content.len(), "digest": Digest::of(&content).to_string(), "media_type": "text/plain"})
}

fn text() -> String {
    let document: Document = serde_json::from_value(named("text")).unwrap();
    manifest(&[document]).to_string()
}

/// What opens the commitment to the name of somebody.
pub(crate) fn disclosure(who: &str) -> Disclosure {
    let salt = Salt::from_bytes(*Digest::of(format!("salt/{who}").as_bytes()).as_bytes());
    Disclosure::new(name("fg-dlt"), name(&pid(who)), "name", format!("{who} of the tests"), salt).unwrap()
}

/// The group with its chair, an editor and two participants, and a deliverable that was adopted.
pub(crate) fn founded() -> Chronicle {
    let mut chronicle = Chronicle::found(VALIDATORS);
    let take = &mut chronicle;
    let (tsb, tsag) = (&[("secretariat", "tsb", "tsb")], &[("parent", "tsag", "tsag")]);
    take.take(
        "2017-05-05T09:00:00Z",
        "organization.register",
        tsb,
        json!({"id": "org-a", "title": "Organisation A", "country": "CH", "category": "sector-member", "key": key("org-a")}),
    );
    let ruleset = take.take(
        "2017-05-05T09:01:00Z",
        "ruleset",
        tsag,
        json!({
            "title": "Terms of reference", "edition": "2017", "document": named("terms"),
            "parameters": {
                "contribution_days": 12, "notice_days": 28, "registration_days": 7, "entry_days": 3,
                "lifetime_months": 18, "call_days": 28, "recall_days": 21, "transmission_days": 28,
                "vice_chairs": "first-meeting", "language": "en", "first_meeting_by": ["2017-09-30"],
            },
        }),
    );
    take.take(
        "2017-05-05T09:02:00Z",
        "group.establish",
        tsag,
        json!({
            "title": "Application of Distributed Ledger Technology", "prefix": "DLT", "secretariat": "tsb",
            "ruleset": ruleset.to_string(),
            "zone": {"name": "Etc/UTC", "offsets": [{"from": "2017-01-01T00:00:00Z", "offset": "+00:00"}]},
            "decision": {"meeting": "Parent group, Geneva", "from": "2017-05-01", "to": "2017-05-04"},
        }),
    );
    for (minute, who) in [("03", "chair"), ("04", "editor"), ("05", "anna"), ("06", "ben")] {
        let commitment = disclosure(who).commitment().to_string();
        take.take(
            &format!("2017-05-05T09:{minute}:00Z"),
            "participant.enroll",
            tsb,
            json!({
                "pid": pid(who), "key": key(who), "country": "CH", "category": "sector-member",
                "organization": "org-a", "commitments": {"name": commitment},
                "privacy_notice": Digest::of(b"notice").to_string(),
            }),
        );
    }
    take.take(
        "2017-05-06T09:00:00Z",
        "role.appoint",
        tsag,
        json!({
            "role": "chair", "who": pid("chair"), "membership": "member",
            "decision": {"by": "parent", "basis": "consensus"}, "from": "2017-05-04T00:00:00Z",
        }),
    );
    chronicle
}

/// The deliverable is drafted and called, somebody objects, is answered and withdraws.
pub(crate) fn called() -> Chronicle {
    let mut take = founded();
    let [chair_id, editor_id, anna_id, ben_id] = ["chair", "editor", "anna", "ben"].map(pid);
    let chair = &[("chair", chair_id.as_str(), "chair")];
    let editor = &[("editor", editor_id.as_str(), "editor")];
    let ben = &[("participant", ben_id.as_str(), "ben")];
    let decision = json!({"by": "group", "basis": "consensus"});
    take.take(
        "2017-10-17T12:00:00Z",
        "workitem.adopt",
        chair,
        json!({
            "number": "D1.1", "title": "Terms and definitions", "kind": "technical-specification",
            "editors": [editor_id], "decision": decision,
        }),
    );
    take.take(
        "2018-01-10T12:00:00Z",
        "baseline.publish",
        editor,
        json!({"deliverable": "D1.1", "version": 1, "documents": [named("text")], "stability": "stable"}),
    );
    take.take(
        "2018-02-09T12:00:00Z",
        "deadline.waive",
        &[("chair", chair_id.as_str(), "chair"), ("secretariat", "tsb", "tsb")],
        json!({"reason": "importance", "rule": "R100", "deliverable": "D1.1", "days": 19}),
    );
    take.take(
        "2018-02-10T12:00:00Z",
        "call.open",
        chair,
        json!({
            "deliverable": "D1.1", "manifest": text(), "level": "consensus", "mode": "electronic",
            "closes": "2018-03-01T12:00:00Z",
        }),
    );
    take.take(
        "2018-02-11T12:00:00Z",
        "position",
        &[("participant", anna_id.as_str(), "anna")],
        json!({"call": "D1.1-C1", "value": "support"}),
    );
    take.take(
        "2018-02-12T12:00:00Z",
        "objection.raise",
        ben,
        json!({
            "call": "D1.1-C1", "issue": "technical", "clause": "3.2", "reasons": named("reasons"),
            "remedy": "change", "change": named("change"),
        }),
    );
    take.take(
        "2018-02-13T12:00:00Z",
        "objection.respond",
        editor,
        json!({"objection": "D1.1-OBJ-1", "response": named("response")}),
    );
    take.take("2018-02-14T12:00:00Z", "ipr.call", chair, json!({"call": "D1.1-C1", "affirmative": 0}));
    take
}

/// The objection is withdrawn, and the chair determines that the group agrees.
pub(crate) fn approved() -> Chronicle {
    let mut take = called();
    let [chair_id, ben_id] = ["chair", "ben"].map(pid);
    take.take(
        "2018-02-20T12:00:00Z",
        "objection.withdraw",
        &[("participant", ben_id.as_str(), "ben")],
        json!({"objection": "D1.1-OBJ-1"}),
    );
    take.take("2018-03-02T12:00:00Z", "call.close", &[("secretariat", "tsb", "tsb")], json!({"call": "D1.1-C1"}));
    take.take(
        "2018-03-03T12:00:00Z",
        "determine",
        &[("chair", chair_id.as_str(), "chair"), ("secretariat", "tsb", "tsb")],
        json!({
            "call": "D1.1-C1", "manifest": text(), "result": "approved", "level": "consensus",
            "statement": named("statement"),
        }),
    );
    take
}

/// The identity of one participant is to be erased.
pub(crate) fn erased() -> Chronicle {
    let mut take = founded();
    take.take(
        "2017-06-06T09:00:00Z",
        "erasure.request",
        &[("participant", pid("ben").as_str(), "ben")],
        json!({"participant": pid("ben"), "scope": "all", "ground": "unneeded"}),
    );
    take
}
