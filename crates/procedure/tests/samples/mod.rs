//! A sample body for each type of record; a line of a table states what differs.

use serde_json::{Value, json};

use crate::rows::{document, secret, who};
use plenary_core::{hash::Digest, signature::MemberKey};
use plenary_procedure::document::manifest;

/// The offsets of the places where the group met.
pub(crate) fn zone(name: &str) -> Value {
    let offsets = match name {
        "Europe/Zurich" | "Europe/Madrid" => json!([
            {"from": "2017-03-26T01:00:00Z", "offset": "+02:00"},
            {"from": "2017-10-29T01:00:00Z", "offset": "+01:00"},
            {"from": "2018-03-25T01:00:00Z", "offset": "+02:00"},
            {"from": "2018-10-28T01:00:00Z", "offset": "+01:00"},
            {"from": "2019-03-31T01:00:00Z", "offset": "+02:00"},
            {"from": "2019-10-27T01:00:00Z", "offset": "+01:00"},
        ]),
        "America/Sao_Paulo" => json!([
            {"from": "2018-11-04T03:00:00Z", "offset": "-02:00"},
            {"from": "2019-02-17T02:00:00Z", "offset": "-03:00"},
        ]),
        "disorder" => json!([
            {"from": "2018-10-28T01:00:00Z", "offset": "+01:00"},
            {"from": "2018-03-25T01:00:00Z", "offset": "+02:00"},
        ]),
        other => panic!("no zone {other}"),
    };
    json!({"name": name, "offsets": offsets})
}

fn decision() -> Value {
    json!({"by": "group", "basis": "consensus"})
}

fn counts() -> Value {
    json!({
        "total": 82,
        "by_mode": {"on-site": 70, "remote": 12},
        "by_category": {"member-state": 30, "sector-member": 42, "non-member": 10},
        "by_country": {"CH": 20, "CN": 30, "RU": 12},
        "country_suppressed": 20,
        "by_organization": {"caict": 6, "swisscom": 4},
        "organization_suppressed": 72,
    })
}

/// The items of an agenda, one of which deals with `documents`.
pub(crate) fn items(documents: Value) -> Value {
    json!([{"item": "1", "title": "Opening"}, {"item": "4.2", "title": "Use cases", "documents": documents}])
}

/// The sample of a type.
#[expect(clippy::too_many_lines, reason = "one sample for each type")]
pub(crate) fn body(record_type: &str) -> Value {
    let text = manifest(&[document("text-1")]).to_string();
    match record_type {
        "ruleset" => json!({
            "title": "Terms of reference", "edition": "2017", "document": document("terms"),
            "parameters": {
                "contribution_days": 12, "notice_days": 28, "registration_days": 7, "entry_days": 3,
                "lifetime_months": 18, "call_days": 28, "recall_days": 21, "transmission_days": 28,
                "vice_chairs": "first-meeting", "language": "en", "first_meeting_by": ["2017-09-30"],
            },
        }),
        "group.establish" => json!({
            "title": "Application of Distributed Ledger Technology", "prefix": "DLT", "secretariat": "tsb",
            "ruleset": Digest::ZERO.to_string(), "zone": "Europe/Zurich",
            "decision": {"meeting": "TSAG, Geneva", "from": "2017-05-01", "to": "2017-05-04"},
        }),
        "circular.publish" => json!({
            "number": "33", "title": "Creation of the group", "date": "2017-06-07",
            "addressees": ["member-states", "sector-members", "associates", "academia", "attendees"],
            "document": document("circular"),
        }),
        "lifetime.extend" => json!({
            "decision": {"meeting": "TSAG", "from": "2018-12-10", "to": "2018-12-14"},
            "from": "2019-04-17", "to": "2019-09-30",
        }),
        "tor.amend" | "group.recharter" => json!({
            "ruleset": Digest::ZERO.to_string(),
            "decision": {"meeting": "TSAG", "from": "2018-02-26", "to": "2018-03-02"},
            "effective": "2018-03-05",
        }),
        "group.transfer" => json!({
            "to": "sg17", "decision": {"meeting": "TSAG", "from": "2018-02-26", "to": "2018-03-02"},
            "effective": "2018-03-05",
        }),
        "guideline.adopt" => json!({
            "title": "Working guidelines", "version": 1, "document": document("guidelines"), "decision": decision(),
        }),
        "group.conclude" => json!({"decision": decision()}),
        "group.close" => json!({"decision": {"meeting": "TSAG", "from": "2020-02-10", "to": "2020-02-14"}}),
        "record.correct" => json!({
            "evidence": {"class": "publication", "document": document("evidence")},
        }),
        "record.void" => json!({"reason": "mistake"}),
        "organization.register" => json!({
            "id": "caict", "title": "CAICT", "country": "CN", "category": "sector-member",
        }),
        "participant.enroll" => json!({
            "pid": who("stranger"), "key": MemberKey::of(&secret("stranger")).to_string(), "country": "CH",
            "category": "sector-member", "commitments": {"name": Digest::of(b"name").to_string()},
            "privacy_notice": Digest::of(b"notice").to_string(),
        }),
        "key.rotate" => json!({
            "who": who("anna"), "key": MemberKey::of(&secret("anna2")).to_string(), "reason": "routine",
        }),
        "key.revoke" => json!({
            "who": who("anna"), "key": MemberKey::of(&secret("anna")).to_string(), "reason": "lost",
        }),
        "key.entrust" => json!({
            "who": "tsb", "node": "geneva-1", "key": MemberKey::of(&secret("geneva-1")).to_string(),
        }),
        "key.recover" => json!({
            "who": who("anna"), "key": MemberKey::of(&secret("anna2")).to_string(), "reason": "lost",
        }),
        "participant.rectify" => json!({
            "participant": who("anna"), "commitments": {"email": Digest::of(b"email").to_string()},
        }),
        "participant.merge" => json!({"participant": who("anna"), "supersedes": who("stranger")}),
        "affiliation.change" => json!({"organization": "swisscom", "category": "sector-member", "since": "2018-01-01"}),
        "erasure.request" => json!({"participant": who("anna"), "scope": "all", "ground": "unneeded"}),
        "erasure.acknowledge" => json!({
            "participant": who("anna"), "request": Digest::ZERO.to_string(), "node": "geneva-1",
            "destroyed": ["values", "salts", "key"],
        }),
        "role.appoint" => json!({
            "role": "chair", "who": who("chair"), "membership": "member",
            "decision": {"by": "parent", "basis": "consensus"}, "from": "2017-05-04T00:00:00Z",
        }),
        "role.act" => json!({
            "who": who("vice"), "from": "2019-07-01T00:00:00Z", "until": "2019-10-01T00:00:00Z", "reason": "unable",
        }),
        "role.end" => json!({"role": "vice-chair", "who": who("vice"), "reason": "resigned"}),
        "wg.create" => json!({"id": "WG1", "title": "State of the art", "decision": decision()}),
        "wg.amend" => json!({"id": "WG1", "decision": decision()}),
        "wg.close" => json!({"id": "WG1", "reason": "done", "decision": decision()}),
        "meeting.announce" => json!({
            "meeting": "1", "kind": "face-to-face", "title": "First meeting", "place": "Geneva",
            "starts": "2017-10-17", "ends": "2017-10-19", "participation": "both", "zone": "Europe/Zurich",
            "contributions": "by 2017-10-05", "registration": "by 2017-10-10",
        }),
        "meeting.amend" => json!({"meeting": "1", "reason": "correction"}),
        "meeting.cancel" => json!({"meeting": "1", "reason": "contributions"}),
        "meeting.register" => json!({"meeting": "1", "mode": "on-site"}),
        "meeting.unregister" => json!({"meeting": "1"}),
        "meeting.open" | "meeting.close" => json!({"meeting": "1"}),
        "agenda.publish" => json!({"meeting": "1", "revision": 1, "items": items(json!(["DLT-I-001"]))}),
        "decision.record" => json!({
            "title": "The structure of the group",
            "decision": {"by": "group", "basis": "consensus", "meeting": "1", "document": document("decision")},
        }),
        "action.open" => json!({"title": "Collect use cases", "role": "chair", "due": "2017-11-17", "meeting": "1"}),
        "action.close" => json!({"action": "M1-A001", "outcome": "done"}),
        "report.submit" => json!({
            "meeting": "1", "revision": 1, "documents": [document("report")],
            "contents": ["organization", "documents", "results", "future-work", "planned-meetings", "liaisons"],
        }),
        "report.approve" => json!({
            "meeting": "1", "manifest": manifest(&[document("report")]).to_string(), "decision": decision(),
        }),
        "event.record" => json!({
            "event": "W1", "kind": "workshop", "title": "Use cases in practice", "host": "caict", "place": "Madrid",
            "from": "2019-04-01", "to": "2019-04-01", "outcome": [document("outcome")],
        }),
        "attendance.claim" => json!({"meeting": "1", "mode": "on-site"}),
        "attendance.seal" => json!({
            "meeting": "1", "counts": counts(), "walk_ins": 2, "root": Digest::of(b"root").to_string(),
        }),
        "participant-list.report" => json!({
            "addressee": "tsag", "occasion": "final-report", "counts": counts(), "root": Digest::of(b"root").to_string(),
        }),
        "ipr.call" => json!({"affirmative": 0}),
        "ipr.disclose" => json!({
            "claim": "own", "holder": "caict", "licence": {"option": 2}, "form": document("form"),
            "object": {"deliverable": {"number": "D1.1", "version": 1, "manifest": text}},
        }),
        "ipr.general" => json!({"holder": "swisscom", "licence": {"option": 1}, "form": document("form")}),
        "ipr.supersede" => json!({"disclosure": "DLT-IPR-001", "licence": {"option": 1}, "form": document("form-2")}),
        "ipr.correct" => json!({
            "disclosure": "DLT-IPR-001", "error": "typographical", "form": document("form-2"),
        }),
        "ipr.contact" => json!({"disclosure": "DLT-IPR-001"}),
        "deadline.waive" => json!({"reason": "importance"}),
        "contribution.reserve" => json!({"meeting": "1"}),
        "contribution.submit" => json!({
            "meeting": "1", "title": "An assessment framework", "purpose": "proposal", "language": "en",
            "layout": "template", "documents": [document("contribution")], "copyright": "acknowledged",
        }),
        "contribution.revise" => json!({
            "contribution": "DLT-I-001", "revision": 2, "documents": [document("revision")],
        }),
        "contribution.withdraw" => json!({"contribution": "DLT-I-001", "reason": "mistake"}),
        "contribution.late-admit" => json!({"contribution": "DLT-I-001", "reason": document("importance")}),
        "contribution.late-decide" => json!({
            "contribution": "DLT-I-001", "result": "accept", "decision": decision(),
        }),
        "contribution.addendum" => json!({
            "contribution": "DLT-I-001", "revision": 1, "documents": [document("addendum")],
        }),
        "contribution.corrigendum" => json!({
            "contribution": "DLT-I-001", "revision": 1, "corrects": "errors", "documents": [document("corrigendum")],
        }),
        "contribution.confirm" => json!({"contribution": "DLT-I-001", "revision": 1}),
        "contribution.dispute" => json!({"contribution": "DLT-I-001", "revision": 1, "ground": "other-text"}),
        "contribution.return" => json!({"contribution": "DLT-I-001", "rule": "R53"}),
        "contribution.allocate" => json!({"contribution": "DLT-I-001", "item": "4.2"}),
        "contribution.dispose" => json!({
            "contribution": "DLT-I-001", "disposition": "noted", "decision": decision(),
        }),
        "document.submit" => json!({
            "series": "TD", "meeting": "1", "title": "Agenda", "language": "en", "documents": [document("agenda")],
        }),
        "document.revise" => json!({
            "document": "DLT-TD-001", "revision": 2, "documents": [document("agenda-2")],
        }),
        "document.redact" => json!({
            "document": "DLT-I-001", "before": manifest(&[document("contribution")]).to_string(),
            "after": [document("redacted")], "ground": "secret",
        }),
        "document.dispose" => json!({
            "document": "DLT-TD-001", "disposition": "noted", "decision": decision(),
        }),
        "validators.prepare" => json!({"validator": "one", "organization": "swisscom", "made": "1"}),
        "validators.change" => json!({"epoch": 1, "seats": ["one", "two", "three"], "before": ["one", "two", "three"]}),
        "validators.close" => json!({"epoch": 0, "before": ["one", "two", "three"], "seen": 6}),
        "document.attest" => json!({
            "document": "DLT-I-001", "manifest": manifest(&[document("contribution")]).to_string(),
        }),
        "document.withdraw" => json!({"document": "DLT-TD-001", "reason": "mistake"}),
        "workitem.propose" => json!({
            "title": "Terms and definitions", "kind": "technical-specification", "scope": document("scope"),
            "task": "ToR 2.3", "target": "2018-12-31",
        }),
        "workitem.withdraw" => json!({"proposal": "P1", "reason": "not-pursued"}),
        "workitem.adopt" => json!({
            "number": "D1.1", "title": "Terms and definitions", "kind": "technical-specification",
            "editors": [who("editor")], "decision": decision(),
        }),
        "workitem.update" => json!({"deliverable": "D1.1", "reason": "progress"}),
        "workitem.discontinue" => json!({"deliverable": "D1.1", "reason": "unneeded", "decision": decision()}),
        "baseline.publish" => json!({
            "deliverable": "D1.1", "version": 1, "documents": [document("text-1")], "stability": "stable",
        }),
        "call.open" => json!({
            "deliverable": "D1.1", "manifest": text, "level": "consensus", "mode": "electronic",
            "closes": "2018-03-01T12:00:00Z",
        }),
        "position" => json!({"call": "D1.1-C1", "value": "support"}),
        "objection.raise" => json!({
            "call": "D1.1-C1", "issue": "technical", "clause": "3.2", "reasons": document("reasons"),
            "remedy": "change", "change": document("change"),
        }),
        "objection.respond" => json!({"objection": "D1.1-OBJ-1", "response": document("response")}),
        "objection.withdraw" => json!({"objection": "D1.1-OBJ-1"}),
        "objection.dispose" => json!({
            "objection": "D1.1-OBJ-1", "disposition": "rejected", "reason": document("reason"),
        }),
        "coi.declare" => json!({"nature": "employer"}),
        "call.extend" => json!({
            "call": "D1.1-C1", "requester": who("anna"), "closes": "2018-03-29T12:00:00Z", "reason": "consultation",
        }),
        "call.suspend" => json!({"call": "D1.1-C1", "reason": "terms"}),
        "call.resume" => json!({"call": "D1.1-C1", "closes": "2018-03-11T12:00:00Z"}),
        "call.void" => json!({"call": "D1.1-C1", "reason": "mistake"}),
        "call.close" => json!({"call": "D1.1-C1"}),
        "determine" => json!({
            "call": "D1.1-C1", "manifest": text, "result": "approved", "level": "consensus",
            "statement": document("statement"),
        }),
        "determination.challenge" => json!({
            "call": "D1.1-C1", "ground": "procedure", "reasons": document("reasons"),
        }),
        "challenge.answer" => json!({
            "challenge": "D1.1-CH-1", "result": "confirmed", "reasons": document("reasons"),
            "decision": {"by": "group", "basis": "consensus", "meeting": "1"},
        }),
        "deliverable.reopen" => json!({
            "deliverable": "D1.1", "information": document("information"), "ground": "technical",
            "decision": decision(),
        }),
        "editorial.fix" => json!({
            "deliverable": "D1.1", "before": text, "documents": [document("text-1-corrected")],
            "kind": "typographical", "difference": document("difference"),
        }),
        "deliverable.publish" => json!({
            "deliverable": "D1.1", "manifest": text, "renditions": [document("rendition")],
            "address": "https://www.example.org/deliverables/d1-1",
        }),
        "liaison.record" => json!({
            "from": "ISO/TC 307", "external": "N 123", "title": "Terms and definitions", "sent": "2017-11-01",
            "received": "2017-11-02T12:00:00Z", "purpose": "action", "reply_by": "2018-01-31",
            "document": document("statement-in"),
        }),
        "liaison.draft" => json!({
            "title": "On terms and definitions", "contact": "secretariat", "document": document("statement-out"),
            "addressees": [{"to": "ISO/TC 307", "purpose": "action"}, {"to": "SG16", "purpose": "information"}],
            "reply_by": "2018-03-31",
        }),
        "liaison.approve" => json!({
            "liaison": "DLT-LS-001", "decision": {"by": "group", "basis": "consensus", "meeting": "1"},
        }),
        "liaison.send" => json!({"liaison": "DLT-LS-001"}),
        "liaison.reply" => json!({"liaison": "DLT-LS-001", "reply_to": "DLT-LS-I-001"}),
        "liaison.close" => json!({"liaison": "DLT-LS-I-001", "outcome": "done"}),
        "progress.report" => json!({
            "parent_meeting": "TSAG, Geneva", "parent_starts": "2018-02-26", "from": "2017-10-17", "to": "2018-01-25",
            "document": document("report"), "work_plan": document("plan"), "meetings": ["1"],
            "items": [{"deliverable": "D1.1", "progress": "on-schedule", "target": "2018-12-31"}],
        }),
        "final.report" => json!({
            "parent_meeting": "TSAG, Geneva", "parent_starts": "2019-09-23", "document": document("report"),
            "meetings": ["1"], "deliverables": [{"deliverable": "D1.1", "proposed": "SG16"}],
        }),
        "parent.note" => json!({
            "decision": {"meeting": "TSAG, Geneva", "from": "2019-09-23", "to": "2019-09-27"},
            "document": document("conclusion"),
        }),
        "transmit" => json!({
            "deliverables": ["D1.1"], "parent_meeting": "TSAG, Geneva", "parent_starts": "2019-09-23",
        }),
        "parent.acknowledge" => json!({"deliverable": "D1.1", "received": "2019-08-26"}),
        "parent.dispose" => json!({"deliverable": "D1.1", "outcome": "transferred", "destination": "SG16"}),
        _ => json!({}),
    }
}
