//! What the accepted records say, noted beside the library's states, and what must be true by these notes.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{
    hash::Digest,
    json::Object,
    record::{Record, RecordFile},
    signature::MemberKey,
    time::Moment,
};
use plenary_procedure::{
    apply::{Applied, Context},
    deliverable::{Deliverable, DeliverableStanding},
    document::{Document, manifest},
    objection::ObjectionStanding,
    state::SubjectState,
};
use serde_json::Value;

use crate::{
    receipts,
    rows::{secret, who},
    violation::Violation,
    world::World,
};

/// A call, as the records that opened and changed it say.
#[derive(Clone, Debug)]
pub(crate) struct CallNote {
    pub(crate) deliverable: String,
    pub(crate) manifest: String,
    pub(crate) closes: Moment,
    /// The meeting in which it was put.
    meeting: Option<String>,
}

/// An objection, as the records that raised it and disposed of it say.
#[derive(Clone, Debug)]
pub(crate) struct ObjectionNote {
    pub(crate) deliverable: String,
    /// Who signed it.
    pub(crate) by: String,
    /// `open`, `withdrawn`, or the disposition.
    pub(crate) standing: String,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Minutes {
    /// Every number that was given.
    numbers: BTreeSet<String>,
    /// The version and the manifest of the current text of each deliverable.
    pub(crate) texts: BTreeMap<String, (u64, String)>,
    pub(crate) calls: BTreeMap<String, CallNote>,
    /// The latest call of each deliverable.
    pub(crate) latest: BTreeMap<String, String>,
    pub(crate) objections: BTreeMap<String, ObjectionNote>,
    /// The calls and meetings in which the patent question was asked.
    asked: BTreeSet<String>,
    /// The manifest of each deliverable that was approved.
    approvals: BTreeMap<String, String>,
    /// The challenges by their numbers, and whether they await their answer.
    pub(crate) challenges: BTreeMap<String, bool>,
    /// Who declared an interest, in which deliverable or objection.
    interests: BTreeSet<(String, String)>,
    /// The keys in force.
    keys: BTreeMap<String, BTreeSet<String>>,
    /// How often somebody's key was replaced.
    pub(crate) renewals: BTreeMap<String, usize>,
    /// The meetings that were announced.
    pub(crate) meetings: Vec<String>,
    /// The numbers of contributions.
    pub(crate) contributions: Vec<String>,
    /// The numbers of other documents.
    pub(crate) papers: Vec<String>,
    /// The numbers of the group's own liaison statements.
    pub(crate) statements: Vec<String>,
    /// The numbers of those that were received.
    pub(crate) received: Vec<String>,
    /// The statements that were approved.
    approved: BTreeSet<String>,
    /// The disclosures with their deliverables and the options in force; none of a third party's.
    pub(crate) patents: BTreeMap<String, (String, Option<u64>)>,
    /// The disclosures for which the chair waived that a licence is refused.
    waived: BTreeSet<String>,
    /// The subjects that were voided, but for registrations, which may be made again.
    voided: BTreeSet<String>,
}

/// A field of a body, if it is text.
pub(crate) fn text<'a>(body: &'a Object, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}

/// The deliverable in the number of a call or an objection.
fn deliverable_of(number: &str) -> &str {
    number.split('-').next().unwrap()
}

fn moment(body: &Object, field: &str) -> Option<Moment> {
    text(body, field).and_then(Moment::parse)
}

impl Minutes {
    /// The notes at genesis: the authorities' keys.
    pub(crate) fn new() -> Self {
        let key = |name: &str| (name.to_owned(), BTreeSet::from([MemberKey::of(&secret(name)).to_string()]));
        Self { keys: ["tsag", "sg17", "tsb", "itu"].map(key).into(), ..Self::default() }
    }

    /// Notes what an accepted record says, and what must not have been accepted or stored so.
    pub(crate) fn note(
        &mut self,
        file: &RecordFile,
        context: &Context,
        applied: &Applied,
        worlds: (&World, &World),
    ) -> Vec<Violation> {
        let (before, after) = worlds;
        let record = file.record();
        let mut violations = self.signers(file, context, before);
        violations.extend(self.number(record, applied));
        violations.extend(self.decision(record, context, before));
        violations.extend(receipts::check(record, context, applied, worlds));
        violations.extend(self.amendment(record, applied, worlds));
        self.keep_texts(record, applied);
        self.keep_papers(record, applied);
        self.keep_people(record);
        for (subject, _) in &applied.changes {
            // As it is stored, which a planted fault may have changed.
            if let Some(SubjectState::Deliverable(deliverable)) = after.state(&subject.to_string()) {
                let label = subject.to_string().rsplit('/').next().unwrap().to_owned();
                violations.extend(self.deliverable(&label, deliverable));
            }
        }
        violations
    }

    /// Every signer held the role and the key when the record was taken.
    fn signers(&self, file: &RecordFile, context: &Context, before: &World) -> Vec<Violation> {
        let mut violations = Vec::new();
        let body = &file.record().body;
        for (signer, signature) in file.record().signers.iter().zip(file.signatures()) {
            let (signed_by, role) = (signer.who.as_str(), signer.role.as_str());
            let in_force = self.keys.get(signed_by).is_some_and(|keys| keys.contains(&signature.key().to_string()));
            if !in_force && role != "new-key" {
                violations.push(Violation::KeyNotInForce);
            }
            let named = ["deliverable", "call", "objection"].iter().find_map(|field| text(body, field));
            let path = match role {
                "chair" | "acting-chair" | "vice-chair" | "privacy-officer" => role.to_owned(),
                "editor" if named.is_some() => format!("editor/{}", deliverable_of(named.unwrap())),
                "parent" if signed_by != "tsag" => "nobody".to_owned(),
                "secretariat" if signed_by != "tsb" => "nobody".to_owned(),
                _ => continue,
            };
            let held = match before.state(&format!("fg-dlt/role/{path}")) {
                Some(SubjectState::Role(role)) => role.holders.iter().any(|holder| {
                    holder.who.to_string() == signed_by
                        && holder.from.0 <= context.time
                        && holder.until.is_none_or(|until| context.time < until.0)
                }),
                _ => false,
            };
            if !held {
                violations.push(Violation::RoleNotHeld);
            }
        }
        violations
    }

    fn number(&mut self, record: &Record, applied: &Applied) -> Option<Violation> {
        let is_new =
            applied.findings.iter().any(|finding| finding.rule == "R54") || record.record_type == "baseline.publish";
        let number = applied.number.as_ref().filter(|_| is_new)?;
        (!self.numbers.insert(number.clone())).then_some(Violation::NumberReused)
    }

    /// What a determination or a disposition must not have been taken with.
    fn decision(&self, record: &Record, context: &Context, before: &World) -> Vec<Violation> {
        let body = &record.body;
        let mut violations = Vec::new();
        let sent = body.get("deliverables").and_then(Value::as_array).filter(|_| record.record_type == "transmit");
        for label in sent.into_iter().flatten().filter_map(Value::as_str) {
            let is_challenged = |(number, is_open): (&String, &bool)| *is_open && deliverable_of(number) == label;
            if self.challenges.iter().any(is_challenged) {
                violations.push(Violation::Challenged);
            }
        }
        let about = match record.record_type.as_str() {
            "determine" => text(body, "call").unwrap(),
            "liaison.approve" => text(body, "liaison").unwrap(),
            "liaison.send" if !self.approved.contains(text(body, "liaison").unwrap()) => {
                violations.push(Violation::Unapproved);
                return violations;
            }
            "objection.dispose" => text(body, "objection").unwrap(),
            _ => return violations,
        };
        for signer in &record.signers {
            let decides = ["chair", "acting-chair", "vice-chair"].contains(&signer.role.as_str());
            if decides && self.is_interested(signer.who.as_str(), about, before, context.time) {
                violations.push(Violation::Interested);
            }
        }
        if record.record_type == "determine" && text(body, "result") == Some("approved") {
            violations.extend(self.approval(body, context.time));
        }
        violations
    }

    fn is_interested(&self, somebody: &str, about: &str, before: &World, time: Moment) -> bool {
        let label = deliverable_of(about);
        let declared = self.interests.iter().any(|(who, what)| {
            let is_about = what == label || what == about || (about.contains("-C") && deliverable_of(what) == label);
            who == somebody && is_about
        });
        let objects = self.objections.values().any(|note| note.deliverable == label && note.by == somebody);
        let edits = match before.state(&format!("fg-dlt/role/editor/{label}")) {
            Some(SubjectState::Role(role)) => role.holders.iter().any(|holder| {
                holder.who.to_string() == somebody
                    && holder.from.0 <= time
                    && holder.until.is_none_or(|until| time < until.0)
            }),
            _ => false,
        };
        declared || objects || edits
    }

    /// What a correction or voiding must not leave out or change, and what was voided stays so.
    fn amendment(&self, record: &Record, applied: &Applied, (before, after): (&World, &World)) -> Vec<Violation> {
        let mut violations = Vec::new();
        let named = text(&record.body, "record");
        let about = before.kept().values().find(|kept| Some(kept.file.id().to_string().as_str()) == named);
        let is_correction = record.record_type == "record.correct";
        if let Some(about) = about.filter(|_| is_correction || record.record_type == "record.void")
            && !about.subjects.iter().all(|subject| applied.subjects.contains(subject))
        {
            violations.push(Violation::LeftOut);
        }
        for (subject, state) in &applied.changes {
            let subject = subject.to_string();
            if is_correction && !subject.ends_with("/corrections") && before.state(&subject) != Some(state) {
                violations.push(Violation::Rewritten);
            }
            if self.voided.contains(&subject) && !matches!(after.state(&subject), Some(SubjectState::Voided(_))) {
                violations.push(Violation::Revived);
            }
        }
        violations
    }

    fn approval(&self, body: &Object, time: Moment) -> Vec<Violation> {
        let number = text(body, "call").unwrap();
        let call = &self.calls[number];
        let open = |note: &&ObjectionNote| {
            note.deliverable == call.deliverable && ["open", "upheld"].contains(&note.standing.as_str())
        };
        let current = &self.texts[&call.deliverable].1;
        let is_asked = |place: &String| self.asked.contains(place);
        [
            self.objections.values().find(open).map(|_| Violation::PassedOver),
            (text(body, "manifest") != Some(&call.manifest) || *current != call.manifest)
                .then_some(Violation::OtherText),
            (time <= call.closes).then_some(Violation::Unfounded),
            self.is_unlicensed(&call.deliverable).then_some(Violation::Unlicensed),
            (!is_asked(&number.to_owned()) && !call.meeting.as_ref().is_some_and(is_asked))
                .then_some(Violation::PatentsUnasked),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn keep_texts(&mut self, record: &Record, applied: &Applied) {
        let body = &record.body;
        let number = applied.number.clone().unwrap_or_default();
        let named = |field: &str| text(body, field).unwrap_or_default().to_owned();
        match record.record_type.as_str() {
            "baseline.publish" => {
                let documents: Vec<Document> = serde_json::from_value(body["documents"].clone()).unwrap();
                let version = body["version"].as_u64().unwrap();
                self.texts.insert(named("deliverable"), (version, manifest(&documents).to_string()));
            }
            "call.open" => {
                let (deliverable, manifest) = (named("deliverable"), named("manifest"));
                let meeting = text(body, "meeting").map(|meeting| format!("meeting/{meeting}"));
                self.latest.insert(deliverable.clone(), number.clone());
                let closes = moment(body, "closes").unwrap();
                self.calls.insert(number, CallNote { deliverable, manifest, closes, meeting });
            }
            "call.extend" | "call.resume" => {
                self.calls.get_mut(&named("call")).unwrap().closes = moment(body, "closes").unwrap();
            }
            "ipr.call" => {
                let meeting = text(body, "meeting").map(|meeting| format!("meeting/{meeting}"));
                self.asked.insert(meeting.unwrap_or_else(|| named("call")));
            }
            "objection.raise" => {
                let (deliverable, by) = (deliverable_of(&named("call")).to_owned(), record.signers[0].who.to_string());
                self.objections.insert(number, ObjectionNote { deliverable, by, standing: "open".to_owned() });
            }
            "objection.withdraw" => {
                self.objections.get_mut(&named("objection")).unwrap().standing = "withdrawn".to_owned()
            }
            "objection.dispose" => {
                self.objections.get_mut(&named("objection")).unwrap().standing = named("disposition")
            }
            "coi.declare" => {
                let fields = ["deliverable", "objection", "liaison"];
                let what = fields.map(named).into_iter().find(|what| !what.is_empty()).unwrap();
                self.interests.insert((record.signers[0].who.to_string(), what));
            }
            "determine" if named("result") == "approved" => {
                self.approvals.insert(deliverable_of(&named("call")).to_owned(), named("manifest"));
            }
            "determination.challenge" => drop(self.challenges.insert(number, true)),
            "challenge.answer" => {
                let number = named("challenge");
                if named("result") == "upheld" {
                    self.approvals.remove(deliverable_of(&number));
                }
                self.challenges.insert(number, false);
            }
            "deliverable.reopen" => drop(self.approvals.remove(&named("deliverable"))),
            "meeting.announce" => self.meetings.push(named("meeting")),
            "contribution.submit" if !number.is_empty() => self.contributions.push(number),
            _ => {}
        }
    }

    fn is_unlicensed(&self, label: &str) -> bool {
        let stands = |(number, (about, option)): (&String, &(String, Option<u64>))| {
            about == label && *option == Some(3) && !self.waived.contains(number)
        };
        self.patents.iter().any(stands)
    }

    fn keep_papers(&mut self, record: &Record, applied: &Applied) {
        let body = &record.body;
        let number = applied.number.clone().unwrap_or_default();
        let named = |field: &str| text(body, field).unwrap_or_default().to_owned();
        let option = || body.get("licence").and_then(|licence| licence["option"].as_u64());
        match record.record_type.as_str() {
            "document.submit" => self.papers.push(number),
            "liaison.draft" => self.statements.push(number),
            "liaison.record" => self.received.push(number),
            "liaison.approve" => drop(self.approved.insert(named("liaison"))),
            "ipr.disclose" => {
                let label = body["object"]["deliverable"]["number"].as_str().unwrap_or_default().to_owned();
                self.patents.insert(number, (label, option()));
            }
            "ipr.supersede" => {
                if let Some((_, stands)) = self.patents.get_mut(&named("disclosure")) {
                    *stands = option();
                }
            }
            "deadline.waive" if named("rule") == "R71" => {
                let label = named("deliverable");
                let about = self.patents.iter().filter(|(_, (about, _))| *about == label);
                self.waived.extend(about.map(|(number, _)| number.clone()));
            }
            "record.void" if !named("subject").contains("/registration/") => drop(self.voided.insert(named("subject"))),
            _ => {}
        }
    }

    fn keep_people(&mut self, record: &Record) {
        let body = &record.body;
        let named = |field: &str| text(body, field).unwrap_or_default().to_owned();
        match record.record_type.as_str() {
            "organization.register" => drop(self.keys.insert(named("id"), BTreeSet::from([named("key")]))),
            "participant.enroll" => drop(self.keys.insert(named("pid"), BTreeSet::from([named("key")]))),
            "participant.merge" => drop(self.keys.remove(&named("supersedes"))),
            "key.revoke" => drop(self.keys.entry(named("who")).or_default().remove(&named("key"))),
            "key.rotate" | "key.recover" => {
                *self.renewals.entry(named("who")).or_default() += 1;
                self.keys.insert(named("who"), BTreeSet::from([named("key")]));
            }
            _ => {}
        }
    }

    /// What a deliverable's state must be by the records.
    fn deliverable(&self, label: &str, state: &Deliverable) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (number, note) in self.objections.iter().filter(|(_, note)| note.deliverable == label) {
            let known = state.objections.iter().find(|objection| objection.number.to_string() == *number);
            let standing = known.map(|objection| match objection.standing {
                ObjectionStanding::Raised => "open",
                ObjectionStanding::Withdrawn => "withdrawn",
                ObjectionStanding::Disposed(disposition) => disposition.as_str(),
            });
            if standing != Some(&note.standing) {
                violations.push(Violation::Forgotten);
            }
        }
        let is_approved = matches!(
            state.standing,
            DeliverableStanding::Approved | DeliverableStanding::Transmitted | DeliverableStanding::Disposed
        );
        let text = state.manifest().as_ref().map(Digest::to_string);
        if is_approved && self.approvals.get(label) != text.as_ref() {
            violations.push(Violation::Unfounded);
        }
        violations
    }

    /// The name of the key that somebody has now.
    pub(crate) fn key_name(&self, name: &str) -> String {
        match self.renewals.get(&who(name)) {
            None => name.to_owned(),
            Some(count) => format!("{name}{}", count + 1),
        }
    }

    /// The name of a key that somebody has not had yet.
    pub(crate) fn next_key(&self, name: &str) -> String {
        format!("{name}{}", self.renewals.get(&who(name)).map_or(2, |count| count + 2))
    }

    /// Whether no key of somebody's is in force.
    pub(crate) fn is_keyless(&self, who: &str) -> bool {
        self.keys.get(who).is_none_or(BTreeSet::is_empty)
    }
}
