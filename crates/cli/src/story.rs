//! A deliverable's story: its acts in order, and where they have brought it.
//!
//! The ledger took each act only where the one before allowed it, so the acts
//! alone tell where a deliverable stands.

use plenary_core::{hash::Digest, time::Moment};
use plenary_procedure::{
    call::CallOpen,
    deliverable::{BaselinePublish, Stability, WorkItemAdopt},
    document::manifest,
    extension::CallExtend,
    objection::{ObjectionDispose, ObjectionRaise},
    publication::EditorialFix,
    record_type::RecordType,
    suspension::CallResume,
};
use plenary_rpc::answer::Record;
use serde_json::Value;

use crate::{history, problem::Problem, records};

/// A deliverable as its acts have brought it.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The title.
    pub title: String,
    /// Where it stands.
    pub standing: &'static str,
    /// The current version; 0 before the first.
    pub version: u32,
    /// The manifest of the current version.
    pub manifest: Option<Digest>,
    /// The latest call.
    pub call: Option<Call>,
    /// Every objection ever raised.
    pub objections: Vec<Objection>,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its number.
    pub number: String,
    /// Its last moment.
    pub closes: Moment,
    /// The manifest of the text.
    pub manifest: Digest,
    /// Whether its time is over and somebody has said so.
    pub is_closed: bool,
    /// Whether the patent question was asked.
    pub are_patents_asked: bool,
    /// Who stated which position, the last one of each.
    pub positions: Vec<(String, String)>,
}

/// An objection.
#[derive(Clone, Debug)]
pub struct Objection {
    /// Its number.
    pub number: String,
    /// The clause that it is against.
    pub clause: String,
    /// Who raised it.
    pub by: String,
    /// How many replies it has.
    pub replies: usize,
    /// Where it stands: open, withdrawn, or its disposition.
    pub standing: String,
}

impl Objection {
    /// Whether it stands in the way of an approval.
    pub fn is_in_the_way(&self) -> bool {
        self.standing == "open" || self.standing == "upheld"
    }
}

impl Story {
    /// Tells the acts in their order.
    pub fn tell(records: &[Record]) -> Result<Self, Problem> {
        let mut story = Self::default();
        for record in records {
            story.act(record)?;
        }
        Ok(story)
    }

    /// What stands in the way of an approval, a line each.
    pub fn missing(&self, now: Moment) -> Vec<String> {
        let Some(call) = &self.call else {
            return vec!["no call was opened on it".to_owned()];
        };
        let mut missing: Vec<String> = self
            .objections
            .iter()
            .filter(|objection| objection.is_in_the_way())
            .map(|objection| {
                let replies = if objection.replies == 0 {
                    "no reply".to_owned()
                } else {
                    format!("{} replies", objection.replies)
                };
                let Objection { number, clause, by, standing, .. } = objection;
                format!("{standing}  {number}  clause {clause}  {by}  {replies}")
            })
            .collect();
        if now <= call.closes {
            missing.push(format!("time  call {} ends {}", call.number, call.closes));
        } else if !call.is_closed {
            missing.push(format!("close  call {} is over, and nobody has closed it", call.number));
        }
        if !call.are_patents_asked {
            missing.push("patents  the patent question was not asked".to_owned());
        }
        missing
    }

    fn act(&mut self, record: &Record) -> Result<(), Problem> {
        let record_type = RecordType::parse(&record.line.record_type);
        let is = |expected: RecordType| record_type == Some(expected);
        if is(RecordType::WorkItemAdopt) {
            let body: WorkItemAdopt = history::body(record)?;
            (self.title, self.standing) = (body.title.to_string(), "adopted without a text");
        } else if is(RecordType::BaselinePublish) {
            let body: BaselinePublish = history::body(record)?;
            (self.version, self.manifest) = (body.version, Some(manifest(&body.documents)));
            self.standing = if body.stability == Stability::Stable { "stable" } else { "a draft" };
        } else if is(RecordType::Determine) {
            let is_approved = text(record, "result") == "approved";
            self.standing = if is_approved { "approved" } else { "not approved: the objections stay on record" };
        } else if is(RecordType::DeliverableReopen) || (is(RecordType::ChallengeAnswer) && is_upheld(record)) {
            (self.standing, self.call) = ("stable", None);
        } else if is(RecordType::EditorialFix) {
            self.manifest = Some(manifest(&history::body::<EditorialFix>(record)?.documents));
        } else if is(RecordType::Transmit) {
            self.standing = "sent to the parent group";
        } else if is(RecordType::ParentDispose) {
            self.standing = "dealt with by the parent group";
        } else if is(RecordType::WorkItemDiscontinue) {
            self.standing = "discontinued";
        } else {
            self.act_in_call(record, &is)?;
        }
        Ok(())
    }

    fn act_in_call(&mut self, record: &Record, is: &impl Fn(RecordType) -> bool) -> Result<(), Problem> {
        if is(RecordType::CallOpen) {
            let body: CallOpen = history::body(record)?;
            self.standing = "in a call";
            self.call = Some(Call {
                number: record.line.number.clone().unwrap_or_default(),
                closes: body.closes.0,
                manifest: body.manifest.0,
                is_closed: false,
                are_patents_asked: false,
                positions: Vec::new(),
            });
        } else if is(RecordType::CallVoid) || (is(RecordType::CallClose) && finds(record, "R04")) {
            // A void call, or one under rules that are in force no more, leaves the text to be called anew.
            (self.standing, self.call) = ("stable", None);
        } else if let Some(call) = &mut self.call {
            if is(RecordType::Position) {
                if finds_fact(record, "taken_as", "comment") {
                    return Ok(());
                }
                let (who, value) = (records::signers(&record.line), text(record, "value"));
                call.positions.retain(|(other, _)| *other != who);
                call.positions.push((who, value));
            } else if is(RecordType::CallExtend) {
                call.closes = history::body::<CallExtend>(record)?.closes.0;
            } else if is(RecordType::CallResume) {
                call.closes = history::body::<CallResume>(record)?.closes.0;
            } else if is(RecordType::CallClose) {
                call.is_closed = true;
            } else if is(RecordType::IprCall) {
                call.are_patents_asked = true;
            }
        }
        self.act_on_objection(record, is)
    }

    fn act_on_objection(&mut self, record: &Record, is: &impl Fn(RecordType) -> bool) -> Result<(), Problem> {
        if is(RecordType::ObjectionRaise) {
            let body: ObjectionRaise = history::body(record)?;
            self.objections.push(Objection {
                number: record.line.number.clone().unwrap_or_default(),
                clause: body.clause.map_or_else(|| "-".to_owned(), |clause| clause.to_string()),
                by: records::signers(&record.line),
                replies: 0,
                standing: "open".to_owned(),
            });
            return Ok(());
        }
        let number = text(record, "objection");
        let Some(objection) = self.objections.iter_mut().find(|objection| objection.number == number) else {
            return Ok(());
        };
        if is(RecordType::ObjectionRespond) {
            objection.replies = objection.replies.saturating_add(1);
        } else if is(RecordType::ObjectionWithdraw) {
            objection.standing = "withdrawn".to_owned();
        } else if is(RecordType::ObjectionDispose) {
            let body: ObjectionDispose = history::body(record)?;
            objection.standing = body.disposition.as_str().to_owned();
        }
        Ok(())
    }
}

/// Whether a challenge was upheld, so that the determination stands no more.
fn is_upheld(record: &Record) -> bool {
    text(record, "result") == "upheld"
}

/// Whether the ledger cited `rule` when it took the record.
fn finds(record: &Record, rule: &str) -> bool {
    record.line.findings.iter().any(|finding| finding.rule == rule)
}

/// Whether some finding on the record says `word` of `fact`.
fn finds_fact(record: &Record, fact: &str, word: &str) -> bool {
    record.line.findings.iter().any(|finding| finding.facts.get(fact).and_then(Value::as_str) == Some(word))
}

fn text(record: &Record, field: &str) -> String {
    record.body.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use plenary_rpc::{
        answer::{RecordLine, SignerLine},
        json::{Hash, Number, Time},
    };
    use serde_json::json;

    use super::*;

    fn record(record_type: &str, number: Option<&str>, body: Value) -> Record {
        let signer = SignerLine { role: "participant".into(), who: "0f".into() };
        Record {
            line: RecordLine {
                index: Number(1),
                id: Hash(Digest::ZERO),
                record_type: record_type.into(),
                group: Some("fg-dlt".into()),
                at: Time(Moment::default()),
                signers: vec![signer],
                height: Number(1),
                time: Time(Moment::default()),
                number: number.map(str::to_owned),
                subjects: Vec::new(),
                findings: Vec::new(),
            },
            signed: Time(Moment::default()),
            expires: Time(Moment::default()),
            body: body.as_object().cloned().unwrap_or_default(),
            file: String::new(),
            outcome: String::new(),
        }
    }

    fn opened() -> Vec<Record> {
        let document = json!({ "digest": Digest::ZERO.to_string(), "bytes": 1, "media_type": "text/plain" });
        let decision = json!({ "by": "group", "basis": "consensus" });
        vec![
            record(
                "workitem.adopt",
                Some("D1.1"),
                json!({ "number": "D1.1", "title": "Terms", "kind": "technical-specification", "decision": decision }),
            ),
            record(
                "baseline.publish",
                None,
                json!({ "deliverable": "D1.1", "version": 1, "documents": [document], "stability": "stable" }),
            ),
            record(
                "call.open",
                Some("D1.1-C1"),
                json!({ "deliverable": "D1.1", "manifest": Digest::ZERO.to_string(), "level": "consensus",
                    "mode": "electronic", "closes": "2019-06-18T21:59:59Z" }),
            ),
            record(
                "objection.raise",
                Some("D1.1-OBJ-1"),
                json!({ "call": "D1.1-C1", "issue": "technical", "clause": "6.2" }),
            ),
            record("position", None, json!({ "call": "D1.1-C1", "value": "support" })),
            record("position", None, json!({ "call": "D1.1-C1", "value": "abstain" })),
        ]
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let story = Story::tell(&opened()).unwrap();
        assert_eq!((story.standing, story.version), ("in a call", 1));
        assert_eq!(story.call.as_ref().unwrap().positions, [("participant 0f".to_owned(), "abstain".to_owned())]);
        assert_eq!(
            story.missing(Moment::parse("2019-06-13T00:00:00Z").unwrap()),
            [
                "open  D1.1-OBJ-1  clause 6.2  participant 0f  no reply",
                "time  call D1.1-C1 ends 2019-06-18T21:59:59Z",
                "patents  the patent question was not asked"
            ]
        );
    }

    #[test]
    fn nothing_is_in_the_way_once_all_is_done() {
        let mut acts = opened();
        acts.push(record("objection.withdraw", None, json!({ "objection": "D1.1-OBJ-1" })));
        acts.push(record("ipr.call", None, json!({ "call": "D1.1-C1", "affirmative": 0 })));
        acts.push(record("call.close", None, json!({ "call": "D1.1-C1" })));
        let story = Story::tell(&acts).unwrap();
        assert_eq!(story.missing(Moment::parse("2019-06-19T00:00:00Z").unwrap()), Vec::<String>::new());
        acts.push(record("determine", None, json!({ "result": "approved" })));
        assert_eq!(Story::tell(&acts).unwrap().standing, "approved");
    }
}
