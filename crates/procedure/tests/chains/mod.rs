//! Completeness: a record joins the chain of each subject that it names.
//!
//! A dossier proves by a subject's chain that nothing was left out, so a record
//! that is about a subject and does not join its chain would be left out of it.

use std::collections::BTreeSet;

use plenary_core::{record::Record, subject::Subject};
use serde_json::Value;

/// A field of a type of record, and the kind of subject that it names.
pub(crate) type Naming = (String, String, String);

/// The kinds of subjects of a group that a field can name.
const NOUNS: [&str; 14] = [
    "action",
    "circular",
    "contribution",
    "decision",
    "deliverable",
    "document",
    "event",
    "ipr",
    "liaison",
    "meeting",
    "participant",
    "proposal",
    "reservation",
    "working-group",
];

/// The type, the field and the kind of subject.
type Excepted = (&'static str, &'static str, &'static str);

/// What is named and has the record in another chain than its own, by the reason; there are no others.
pub(crate) const ELSEWHERE: [(&str, &[Excepted]); 7] = [
    (
        "An organisation belongs to no group: its chain has its registration and its keys alone.",
        &[
            ("affiliation.change", "organization", "organization"),
            ("call.extend", "requester", "organization"),
            ("contribution.submit", "sources", "organization"),
            ("erasure.request", "holders", "organization"),
            ("event.record", "host", "organization"),
            ("group.establish", "secretariat", "organization"),
            ("group.transfer", "to", "organization"),
            ("ipr.disclose", "holder", "organization"),
            ("ipr.general", "holder", "organization"),
            ("ipr.supersede", "holder", "organization"),
            ("participant-list.report", "addressee", "organization"),
            ("participant.enroll", "organization", "organization"),
            ("role.appoint", "scope", "organization"),
            ("role.end", "scope", "organization"),
            ("validators.change", "validators.organization", "organization"),
            ("validators.prepare", "organization", "organization"),
            ("workitem.propose", "supporters", "organization"),
        ],
    ),
    (
        "A participant's chain has what concerns the identity alone; what somebody does stands where it is done, \
         and the roles in a chain of their own.",
        &[
            ("action.open", "owner", "participant"),
            ("call.extend", "requester", "participant"),
            ("contribution.submit", "author", "participant"),
            ("ipr.disclose", "holder", "participant"),
            ("liaison.draft", "contact.participant", "participant"),
            ("meeting.register", "participant", "participant"),
            ("meeting.unregister", "participant", "participant"),
            ("role.act", "who", "participant"),
            ("role.appoint", "who", "participant"),
            ("role.end", "who", "participant"),
            ("workitem.adopt", "editors", "participant"),
        ],
    ),
    (
        "Registrations and claims for a meeting have a chain each; the record that begins it joins the meeting's.",
        &[
            ("attendance.claim", "meeting", "meeting"),
            ("meeting.register", "meeting", "meeting"),
            ("meeting.unregister", "meeting", "meeting"),
        ],
    ),
    (
        "An agenda lists documents again with each revision; what is allocated to whom is said by a record about each.",
        &[("agenda.publish", "items.documents", "contribution")],
    ),
    (
        "A report lists what there was in its period; it joins the chains of what it says something about.",
        &[
            ("final.report", "disclosures", "ipr"),
            ("final.report", "meetings", "meeting"),
            ("progress.report", "contributions", "contribution"),
            ("progress.report", "disclosures", "ipr"),
            ("progress.report", "liaisons", "liaison"),
            ("progress.report", "meetings", "meeting"),
        ],
    ),
    ("The item of an agenda is no meeting.", &[("agenda.publish", "items.item", "meeting")]),
    ("The category ITU is no organisation.", &[("organization.register", "category", "organization")]),
];

/// What was recorded before: the subjects, and the chains that a record joined.
pub(crate) trait Known {
    /// Whether there is such a subject.
    fn is_recorded(&self, subject: &Subject) -> bool;

    /// The chains that the record with this id joined; none if there is no such record.
    fn joined_by(&self, record: &str) -> Vec<Subject>;
}

/// The fields in which `record` names a subject whose chain it does not join.
pub(crate) fn left_out(record: &Record, joined: &BTreeSet<Subject>, known: &impl Known) -> BTreeSet<Naming> {
    let mut texts = Vec::new();
    for (field, value) in &record.body {
        collect(field, value, &mut texts);
    }
    let group = record.group.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut left_out = BTreeSet::new();
    let is_about_record = ["record.correct", "record.void"].contains(&record.record_type.as_str());
    for (field, text) in texts {
        // What is wrong with a record is wrong with it in every chain that it joined.
        if is_about_record && !known.joined_by(&text).iter().all(|subject| joined.contains(subject)) {
            left_out.insert((record.record_type.clone(), field.clone(), "record".to_owned()));
        }
        for (noun, subject) in named(&group, &text) {
            if known.is_recorded(&subject) && !joined.contains(&subject) {
                left_out.insert((record.record_type.clone(), field.clone(), noun.to_owned()));
            }
        }
    }
    left_out
}

/// Every text in a body, with the path of its field.
fn collect(field: &str, value: &Value, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => texts.push((field.to_owned(), text.clone())),
        Value::Array(list) => list.iter().for_each(|value| collect(field, value, texts)),
        Value::Object(object) => {
            for (name, value) in object {
                collect(&format!("{field}.{name}"), value, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What a text can be the name of: a subject, an organisation, a subject of the group, or a part of one.
fn named(group: &str, text: &str) -> Vec<(&'static str, Subject)> {
    let mut named =
        vec![("subject", Subject::parse(text)), ("organization", Subject::parse(&format!("organization/{text}")))];
    for noun in NOUNS {
        named.push((noun, Subject::parse(&format!("{group}/{noun}/{text}"))));
    }
    // Calls, objections and challenges are parts of a deliverable, addenda and corrigenda of a document.
    let deliverable = text.split_once('-').map(|(deliverable, _)| format!("{group}/deliverable/{deliverable}"));
    named.push(("deliverable", deliverable.and_then(|text| Subject::parse(&text))));
    for (noun, prefix) in [("contribution", "contribution"), ("document", "document")] {
        let base = text.rsplit_once('-').map(|(base, _)| format!("{group}/{prefix}/{base}"));
        named.push((noun, base.and_then(|text| Subject::parse(&text))));
    }
    named.into_iter().filter_map(|(noun, subject)| Some((noun, subject?))).collect()
}
