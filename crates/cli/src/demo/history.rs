//! FG DLT's history as records: what is known, from `fg-dlt.toml`, and around it
//! synthetic acts of fictitious people, so that the procedure can be seen at work.

use std::collections::BTreeMap;

use plenary_core::{hash::Digest, record::Name, signature::MemberKey, time::Moment};
use plenary_procedure::{
    document::{Document, manifest},
    text::Text,
    zone::{Deadline, Words, Zone},
};
use serde_json::{Value, json};

use super::{
    facts::{Facts, Meeting},
    synthetic::{self, Synthetic, SyntheticAct},
};
use crate::{problem::Problem, timezone};

/// A record that is to be signed: when, of which type, by whom, saying what.
#[derive(Clone, Debug)]
pub struct Act {
    /// When it happens and is signed.
    pub at: Moment,
    /// Its type.
    pub record_type: String,
    /// The roles and people that sign.
    pub signers: Vec<(String, String)>,
    /// The word under which later acts name this one.
    pub label: Option<String>,
    /// Its body, in which `record WORD` stands for the id of the act of that word.
    pub body: Value,
}

/// A document that a record names.
pub struct Paper {
    /// The file's name.
    pub name: String,
    /// Its text, which says that it is synthetic.
    pub text: String,
}

/// The acts and the documents that they name.
pub struct History {
    /// In the order of their time.
    pub acts: Vec<Act>,
    /// The documents.
    pub papers: Vec<Paper>,
}

/// Fictitious people: the name of the key, the organisation, its country and its category.
const PEOPLE: [(&str, &str, &str, &str); 8] = [
    ("chair", "swisscom", "CH", "sector-member"),
    ("vice-caict", "caict", "CN", "sector-member"),
    ("vice-bank", "bank-of-russia", "RU", "member-state"),
    ("editor", "university-c", "ES", "academia"),
    ("delegate-a", "operator-a", "KR", "sector-member"),
    ("delegate-b", "regulator-b", "BR", "member-state"),
    ("delegate-c", "university-c", "ES", "academia"),
    ("delegate-d", "operator-a", "KR", "sector-member"),
];

/// The organisations that are named in the sources, and the fictitious ones.
const ORGANIZATIONS: [(&str, &str, &str, &str); 6] = [
    ("swisscom", "Swisscom", "CH", "sector-member"),
    ("caict", "China Academy of Information and Communications Technology", "CN", "sector-member"),
    ("bank-of-russia", "Bank of Russia", "RU", "member-state"),
    ("operator-a", "Operator A (fictitious)", "KR", "sector-member"),
    ("regulator-b", "Regulator B (fictitious)", "BR", "member-state"),
    ("university-c", "University C (fictitious)", "ES", "academia"),
];

/// The one contribution of meeting 1 whose title is known; translated from a report in Chinese (S23).
const KNOWN_TITLE: &str = "Trusted Blockchain: an assessment framework for distributed ledger technologies";

const UNKNOWN_TEXT: Problem = Problem::Defect("a synthetic act names the text of an unknown deliverable");

const NOTICE: &str = "SYNTHETIC: made for a demonstration; the real text is not reproduced here.";

/// Everything that signs, by name.
pub struct People<'a>(pub &'a dyn Fn(&str) -> Result<MemberKey, Problem>);

/// A participant's pseudonym, which is drawn from the key here so that a second run finds the same.
fn pid(key: &MemberKey) -> String {
    Digest::of(key.as_bytes()).to_hex().chars().take(32).collect()
}

struct Writer<'a> {
    facts: &'a Facts,
    keys: BTreeMap<&'static str, MemberKey>,
    history: History,
    /// The manifest of each deliverable's text, by number.
    manifests: BTreeMap<String, String>,
}

/// Writes the history down.
pub fn write(facts: &Facts, people: &People<'_>) -> Result<History, Problem> {
    let mut keys = BTreeMap::new();
    for (name, ..) in PEOPLE {
        keys.insert(name, (people.0)(name)?);
    }
    let history = History { acts: Vec::new(), papers: Vec::new() };
    let mut writer = Writer { facts, keys, history, manifests: BTreeMap::new() };
    writer.found()?;
    writer.enroll()?;
    writer.first_meeting()?;
    writer.work_items()?;
    writer.later_meetings()?;
    writer.approvals()?;
    writer.transmit()?;
    writer.synthetic()?;
    Ok(writer.history)
}

fn moment(text: &str) -> Result<Moment, Problem> {
    Moment::parse(text).ok_or(Problem::Defect("a time of the demonstration is malformed"))
}

/// The manifest of a text in these documents.
fn text_of(documents: &[Value]) -> Result<String, Problem> {
    let read: Result<Vec<Document>, _> = documents.iter().cloned().map(serde_json::from_value).collect();
    let read = read.map_err(|_| Problem::Defect("a document of the demonstration is malformed"))?;
    Ok(Text(manifest(&read)).to_string())
}

/// The members of a body that was written as an object.
fn object(body: Value) -> serde_json::Map<String, Value> {
    match body {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => serde_json::Map::new(),
    }
}

fn group_decision(meeting: &str) -> Value {
    json!({"by": "group", "basis": "consensus", "meeting": meeting})
}

impl Writer<'_> {
    fn act(&mut self, at: &str, record_type: &str, signers: &[(&str, &str)], body: Value) -> Result<(), Problem> {
        let at = moment(at)?;
        let signers = signers.iter().map(|(role, who)| ((*role).to_owned(), (*who).to_owned())).collect();
        self.history.acts.push(Act { at, record_type: record_type.to_owned(), signers, label: None, body });
        Ok(())
    }

    /// Gives the last act a word under which others name it.
    fn label(&mut self, word: &str) {
        if let Some(act) = self.history.acts.last_mut() {
            act.label = Some(word.to_owned());
        }
    }

    /// The synthetic acts, among the others in the order of time.
    fn synthetic(&mut self) -> Result<(), Problem> {
        for SyntheticAct { at, record_type, by, label, body } in Synthetic::read()?.act {
            let body = synthetic::fill_in(body, &mut |value| self.fill_in(value))?;
            let signers: Option<Vec<(&str, &str)>> = by.iter().map(|signer| signer.split_once(' ')).collect();
            let signers = signers.ok_or(Problem::Defect("a signer of a synthetic act has no role"))?;
            self.act(&at, &record_type, &signers, body)?;
            if let Some(act) = self.history.acts.last_mut() {
                act.label = label;
            }
        }
        self.history.acts.sort_by_key(|act| act.at);
        Ok(())
    }

    fn fill_in(&mut self, value: Value) -> Result<Value, Problem> {
        if let (Some(Value::String(name)), Some(Value::String(says))) = (value.get("paper"), value.get("says")) {
            let document = self.paper(name, says);
            self.manifests.insert(name.clone(), text_of(std::slice::from_ref(&document))?);
            return Ok(document);
        }
        let word = |prefix: &str| value.as_str().and_then(|text| text.strip_prefix(prefix));
        if let Some(name) = word("pid ") {
            return Ok(self.pid(name)?.into());
        }
        match word("manifest ") {
            Some(number) => self.manifests.get(number).cloned().map(Value::String).ok_or(UNKNOWN_TEXT),
            None => Ok(value),
        }
    }

    /// The digest and size of a synthetic document, which is kept beside the ledger.
    fn paper(&mut self, name: &str, what: &str) -> Value {
        let text = format!("{what}\n\n{NOTICE}\n");
        let document = json!({
            "digest": Digest::of(text.as_bytes()).to_string(),
            "bytes": text.len(),
            "media_type": "text/plain",
            "name": format!("{name}.txt (synthetic)"),
        });
        self.history.papers.push(Paper { name: format!("{name}.txt"), text });
        document
    }

    fn pid(&self, name: &str) -> Result<String, Problem> {
        self.keys.get(name).map(pid).ok_or(Problem::Defect("the demonstration names an unknown person"))
    }

    fn zone(&self, name: &str, first: &str, last: &str) -> Result<Zone, Problem> {
        timezone::table(name, moment(first)?, moment(last)?)
    }

    fn found(&mut self) -> Result<(), Problem> {
        let parameters = &self.facts.parameters;
        let parameters = json!({
            "contribution_days": parameters.contribution_days.value,
            "notice_days": parameters.notice_days.value,
            "registration_days": parameters.registration_days.value,
            "entry_days": 3,
            "lifetime_months": parameters.lifetime_months.value,
            "call_days": 28,
            "recall_days": 21,
            "transmission_days": parameters.transmission_days.value,
            "vice_chairs": "first-meeting",
            "language": parameters.language.value,
            "first_meeting_by": [parameters.first_meeting_by.value],
        });
        let terms = self.paper("terms-of-reference", "Terms of reference of FG DLT, annexed to TSB Circular 33");
        let ruleset = json!({
            "title": "Terms of reference of FG DLT",
            "edition": "TSB Circular 33, Annex 1, 7 June 2017",
            "document": terms,
            "parameters": parameters,
        });
        self.act("2017-05-04T12:00:00Z", "ruleset", &[("parent", "tsag")], ruleset)?;
        self.label("terms");
        let decision = &self.facts.group.decision;
        let zone = self.zone(&self.facts.group.zone, "2017-05-01T00:00:00Z", "2020-02-01T00:00:00Z")?;
        let establish = json!({
            "title": self.facts.group.name,
            "prefix": "DLT",
            "secretariat": "tsb",
            "ruleset": "record terms",
            "zone": zone,
            "decision": {"meeting": decision.meeting, "from": decision.first_day, "to": decision.last_day},
        });
        self.act("2017-05-04T12:01:00Z", "group.establish", &[("parent", "tsag")], establish)
    }

    fn enroll(&mut self) -> Result<(), Problem> {
        for (at, (id, title, country, category)) in (0..).zip(ORGANIZATIONS) {
            let body = json!({"id": id, "title": title, "country": country, "category": category});
            self.act(&format!("2017-05-04T12:02:{at:02}Z"), "organization.register", &[("secretariat", "tsb")], body)?;
        }
        let notice = Digest::of(b"privacy notice of the demonstration").to_string();
        for (at, (name, organization, country, category)) in (0..).zip(PEOPLE) {
            let key = self.keys.get(name).map(ToString::to_string).unwrap_or_default();
            // A real commitment is made with a random salt; nobody stands behind this one.
            let commitment = Digest::of(format!("synthetic identity of {name}, {key}").as_bytes()).to_string();
            let body = json!({
                "pid": self.pid(name)?, "key": key, "country": country, "category": category,
                "organization": organization, "commitments": {"name": commitment}, "privacy_notice": notice,
            });
            self.act(&format!("2017-05-04T12:03:{at:02}Z"), "participant.enroll", &[("secretariat", "tsb")], body)?;
        }
        let chair = json!({
            "role": "chair", "who": self.pid("chair")?, "membership": "member",
            "decision": {"by": "parent", "basis": "consensus"}, "from": "2017-05-04T12:00:00Z",
        });
        self.act("2017-05-04T12:04:00Z", "role.appoint", &[("parent", "tsag")], chair)?;
        let circular = self.paper("circular-33", "TSB Circular 33: creation of FG DLT and its first meeting");
        let body = json!({
            "number": "33", "title": "Creation of FG DLT and first meeting", "date": self.facts.group.circular.date,
            "addressees": ["member-states", "sector-members", "associates", "academia", "attendees"],
            "document": circular,
        });
        self.act("2017-06-07T09:00:00Z", "circular.publish", &[("secretariat", "tsb")], body)
    }

    /// The announcement of a meeting whose dates are known. A notice that gives
    /// contributions less time than the terms of reference is the chair's to sign as well.
    fn announce(&mut self, meeting: &Meeting, signed: &str, chair: (&'static str, &str)) -> Result<(), Problem> {
        let unknown = || Problem::Defect("a meeting of the demonstration has no date");
        let (first, last) = meeting.first_day.as_deref().zip(meeting.last_day.as_deref()).ok_or_else(unknown)?;
        let name = meeting.zone.as_deref().ok_or_else(unknown)?;
        let zone = self.zone(name, signed, &format!("{last}T00:00:00Z"))?;
        let starts = timezone::instant(name, &format!("{first} 09:30"))?;
        let resolve = |words: &str, date: &str| -> Result<Value, Problem> {
            let words = if words == "before" { Words::Before } else { Words::By };
            let date = plenary_core::time::Date::parse(date).ok_or_else(unknown)?;
            let deadline = Deadline::resolve(words, date, &zone).ok_or_else(unknown)?;
            serde_json::to_value(deadline).map_err(|_| unknown())
        };
        let first_date = plenary_core::time::Date::parse(first).ok_or_else(unknown)?;
        let usual = first_date.minus_days(self.facts.parameters.contribution_days.value).ok_or_else(unknown)?;
        let contributions = match &meeting.contributions {
            Some(deadline) => resolve(&deadline.words, &deadline.date)?,
            None => resolve("by", &usual.to_string())?,
        };
        let mut body = object(json!({
            "meeting": meeting.number.to_string(), "kind": "face-to-face",
            "title": format!("Meeting {} of FG DLT", meeting.number),
            "starts": {"date": first, "instant": starts.to_string()}, "ends": last,
            "participation": "both", "zone": zone, "contributions": contributions,
        }));
        if let Some(place) = &meeting.place {
            body.insert("place".to_owned(), json!(place));
        }
        if let Some(registration) = &meeting.registration {
            body.insert("registration".to_owned(), resolve(&registration.words, &registration.date)?);
        }
        let mut signers = vec![("secretariat", "tsb")];
        if meeting.contributions.is_some() {
            body.insert("departures".to_owned(), json!([{"rule": "R31", "reason": "notice"}]));
            signers.push(chair);
        }
        self.act(signed, "meeting.announce", &signers, Value::Object(body))
    }

    fn meeting(&self, number: u32) -> Result<Meeting, Problem> {
        let found = self.facts.meetings.iter().find(|meeting| meeting.number == number);
        found.cloned().ok_or(Problem::Defect("the demonstration names an unknown meeting"))
    }

    fn first_meeting(&mut self) -> Result<(), Problem> {
        let meeting = self.meeting(1)?;
        self.announce(&meeting, "2017-06-07T09:30:00Z", ("chair", "chair"))?;
        for (at, (name, ..)) in (1..).zip(PEOPLE) {
            let mode = if name == "delegate-d" { "remote" } else { "on-site" };
            let body = json!({"meeting": "1", "mode": mode});
            self.act(&format!("2017-09-{at:02}T08:00:00Z"), "meeting.register", &[("participant", name)], body)?;
        }
        self.contributions(meeting.contribution_count.map_or(0, |count| count.value))?;
        self.act("2017-10-17T07:30:00Z", "meeting.open", &[("chair", "chair")], json!({"meeting": "1"}))?;
        let asked = json!({"meeting": "1", "affirmative": 0});
        self.act("2017-10-17T07:40:00Z", "ipr.call", &[("chair", "chair")], asked)?;
        let groups = self.facts.working_groups.clone();
        for (at, group) in (0..).zip(groups) {
            let body = json!({"id": group.id, "title": group.title, "decision": group_decision("1")});
            self.act(&format!("2017-10-18T10:00:{at:02}Z"), "wg.create", &[("chair", "chair")], body)?;
        }
        for (at, name) in (0..).zip(["vice-caict", "vice-bank"]) {
            let body = json!({
                "role": "vice-chair", "who": self.pid(name)?, "membership": "member",
                "decision": group_decision("1"), "from": "2017-10-19T09:00:00Z",
            });
            self.act(&format!("2017-10-19T09:00:{at:02}Z"), "role.appoint", &[("chair", "chair")], body)?;
        }
        Ok(())
    }

    /// As many contributions as a report counts; all but one title are synthetic.
    fn contributions(&mut self, count: u32) -> Result<(), Problem> {
        for number in 1..=count {
            let (who, title) = if number == 1 {
                ("vice-caict", format!("{KNOWN_TITLE} (title translated)"))
            } else {
                let who = match number.rem_euclid(4) {
                    0 => "delegate-a",
                    1 => "delegate-b",
                    2 => "delegate-c",
                    _ => "delegate-d",
                };
                (who, format!("SYNTHETIC contribution {number}"))
            };
            // The first ones meet the twelve days of ToR 2.10; the last one comes in the last second.
            let at = match number {
                1..=4 => format!("2017-10-0{number}T15:00:00Z"),
                _ if number == count => "2017-10-10T21:59:59Z".to_owned(),
                5..=19 => format!("2017-10-06T08:{number:02}:00Z"),
                _ => format!("2017-10-09T08:{number:02}:00Z"),
            };
            let document = self.paper(&format!("contribution-{number:02}"), &title);
            let body = json!({
                "meeting": "1", "title": title, "purpose": "proposal", "language": "en", "layout": "template",
                "documents": [document], "copyright": "acknowledged",
            });
            self.act(&at, "contribution.submit", &[("participant", who)], body)?;
        }
        // Numbers are given in the order of time.
        self.history.acts.sort_by_key(|act| act.at);
        Ok(())
    }

    fn work_items(&mut self) -> Result<(), Problem> {
        let editor = self.pid("editor")?;
        let deliverables = self.facts.deliverables.clone();
        for (at, item) in (0..).zip(&deliverables) {
            let mut body = object(json!({
                "number": item.number,
                "title": item.title.as_deref().unwrap_or("Title not found (absent from the final set; its reason here is synthetic)"),
                "kind": item.kind.as_deref().unwrap_or("other"), "editors": [editor],
                "decision": group_decision("1"),
            }));
            if let Some(group) = &item.working_group {
                body.insert("working_group".to_owned(), json!(group));
            }
            let at = format!("2017-10-19T13:00:{at:02}Z");
            self.act(&at, "workitem.adopt", &[("chair", "chair")], Value::Object(body))?;
        }
        self.act("2017-10-19T15:00:00Z", "meeting.close", &[("chair", "chair")], json!({"meeting": "1"}))?;
        self.attendance()
    }

    /// The list of who came to meeting 1, and its report to the parent group.
    ///
    /// One source says "more than" so many representatives, and no more is
    /// known: one more is the least number that fits. Categories, countries
    /// and organisations stay unstated; the modes that a list must state, and
    /// its entries, are synthetic and marked so.
    fn attendance(&mut self) -> Result<(), Problem> {
        let more_than = self.meeting(1)?.representatives_more_than.map_or(0, |count| count.value);
        let total = more_than.saturating_add(1);
        let counts = json!({
            "total": total, "by_mode": {"on-site": total.saturating_sub(1), "remote": 1},
            "by_category": {}, "category_suppressed": total,
            "by_country": {}, "country_suppressed": total, "by_organization": {}, "organization_suppressed": total,
        });
        let what = format!("List of participants of meeting 1: more than {more_than} in the source, no entries known");
        let list = self.paper("participants-of-meeting-1", &what);
        let root = Digest::of(what.as_bytes()).to_string();
        let seal = json!({"meeting": "1", "counts": counts, "walk_ins": 0, "root": root, "list": list});
        self.act("2017-10-20T09:00:00Z", "attendance.seal", &[("secretariat", "tsb")], seal)?;
        let report =
            json!({"addressee": "tsag", "occasion": "progress-report", "counts": counts, "root": root, "list": list});
        self.act("2017-11-01T09:00:00Z", "participant-list.report", &[("secretariat", "tsb")], report)
    }

    /// Meetings 2 to 4 have no known date, so nothing is recorded of them.
    fn later_meetings(&mut self) -> Result<(), Problem> {
        let rio = self.meeting(5)?;
        self.announce(&rio, "2018-11-15T09:00:00Z", ("chair", "chair"))?;
        self.act("2019-01-14T11:30:00Z", "meeting.open", &[("chair", "chair")], json!({"meeting": "5"}))?;
        // Why D3.2 is absent is not known; a record must give one of the reasons that there are.
        let what = "Decision on D3.2: no source says when or why it ended; the reason in the record is synthetic";
        let mut decision = object(group_decision("5"));
        decision.insert("document".to_owned(), self.paper("D3.2-discontinuation", what));
        let gap = json!({"deliverable": "D3.2", "reason": "unneeded", "decision": decision});
        self.act("2019-01-17T15:00:00Z", "workitem.discontinue", &[("chair", "chair")], gap)?;
        self.act("2019-01-17T19:00:00Z", "meeting.close", &[("chair", "chair")], json!({"meeting": "5"}))?;
        let madrid = self.meeting(6)?;
        self.announce(&madrid, "2019-02-15T09:00:00Z", ("chair", "chair"))?;
        self.act("2019-04-01T07:30:00Z", "meeting.open", &[("chair", "chair")], json!({"meeting": "6"}))?;
        self.act("2019-04-04T15:00:00Z", "meeting.close", &[("chair", "chair")], json!({"meeting": "6"}))?;
        // Eighteen months have passed on 17 April 2019, and no extension was found: what follows says so.
        let last = self.meeting(7)?;
        self.announce(&last, "2019-06-14T09:00:00Z", ("chair", "chair"))?;
        let acting = json!({
            "who": self.pid("vice-caict")?, "from": "2019-07-01T00:00:00Z", "until": "2019-10-01T00:00:00Z",
            "reason": "unable",
        });
        self.act("2019-06-28T09:00:00Z", "role.act", &[("chair", "chair")], acting)
    }

    fn approved(&self) -> Vec<super::facts::Deliverable> {
        self.facts.deliverables.iter().filter(|item| item.adopted.is_some()).cloned().collect()
    }

    fn approvals(&mut self) -> Result<(), Problem> {
        const ACTING: (&str, &str) = ("acting-chair", "vice-caict");
        self.act("2019-07-29T07:30:00Z", "meeting.open", &[ACTING], json!({"meeting": "7"}))?;
        self.act("2019-07-29T07:40:00Z", "ipr.call", &[ACTING], json!({"meeting": "7", "affirmative": 0}))?;
        for (at, item) in (0..).zip(self.approved()) {
            let mut documents = Vec::new();
            for part in &item.parts {
                documents.push(
                    self.paper(
                        &format!("{}-{}", item.number, part.replace(' ', "-")),
                        &format!("{} {part}", item.number),
                    ),
                );
            }
            let text = text_of(&documents)?;
            let body = json!({"deliverable": item.number, "version": 1, "documents": documents, "stability": "stable"});
            self.act(&format!("2019-07-29T08:00:{at:02}Z"), "baseline.publish", &[("editor", "editor")], body)?;
            let call = json!({
                "deliverable": item.number, "manifest": text, "level": "consensus", "mode": "meeting",
                "meeting": "7", "closes": "2019-08-01T09:00:00Z",
            });
            self.act(&format!("2019-07-29T09:00:{at:02}Z"), "call.open", &[ACTING], call)?;
            self.manifests.insert(item.number.clone(), text);
        }
        self.positions()?;
        for (at, (number, text)) in (0..).zip(self.manifests.clone()) {
            let close = json!({"call": format!("{number}-C1")});
            self.act(&format!("2019-08-01T09:15:{at:02}Z"), "call.close", &[ACTING], close)?;
            let statement = self.paper(&format!("{number}-determination"), &format!("Determination on {number}"));
            let body = json!({
                "call": format!("{number}-C1"), "manifest": text, "result": "approved", "level": "consensus",
                "statement": statement,
            });
            let at = format!("2019-08-01T10:00:{at:02}Z");
            self.act(&at, "determine", &[ACTING, ("secretariat", "tsb")], body)?;
        }
        self.history.acts.sort_by_key(|act| act.at);
        self.act("2019-08-01T15:00:00Z", "meeting.close", &[ACTING], json!({"meeting": "7"}))
    }

    /// Synthetic positions, and an objection that is raised, answered and withdrawn.
    fn positions(&mut self) -> Result<(), Problem> {
        for (at, name) in (0..).zip(["delegate-a", "delegate-c"]) {
            let body = json!({"call": "D3.3-C1", "value": "support"});
            self.act(&format!("2019-07-30T08:00:{at:02}Z"), "position", &[("participant", name)], body)?;
        }
        let reasons = self.paper("objection-reasons", "Reasons of the objection to D3.3, clause 6");
        let change = self.paper("objection-change", "Change that would settle the objection to D3.3");
        let raise = json!({
            "call": "D3.3-C1", "issue": "technical", "clause": "6", "reasons": reasons, "remedy": "change",
            "change": change,
        });
        self.act("2019-07-30T09:00:00Z", "objection.raise", &[("participant", "delegate-b")], raise)?;
        let response = self.paper("objection-response", "Answer of the editor to the objection to D3.3");
        let respond = json!({"objection": "D3.3-OBJ-1", "response": response});
        self.act("2019-07-30T14:00:00Z", "objection.respond", &[("participant", "editor")], respond)?;
        let withdraw = json!({"objection": "D3.3-OBJ-1"});
        self.act("2019-07-31T09:00:00Z", "objection.withdraw", &[("participant", "delegate-b")], withdraw)
    }

    fn transmit(&mut self) -> Result<(), Problem> {
        let numbers: Vec<String> = self.approved().into_iter().map(|item| item.number).collect();
        let transmission = &self.facts.transmission;
        let body = json!({
            "deliverables": numbers,
            "parent_meeting": format!("TSAG, {}", transmission.parent_meeting.place),
            "parent_starts": transmission.parent_meeting.first_day,
        });
        let signers = [("acting-chair", "vice-caict"), ("secretariat", "tsb")];
        self.act("2019-08-19T09:00:00Z", "transmit", &signers, body)?;
        for (at, disposal) in (0..).zip(&self.facts.disposals.clone()) {
            let body = json!({
                "deliverable": disposal.deliverable, "outcome": "transferred",
                "destination": disposal.destination, "became": disposal.became,
            });
            self.act(&format!("{}T12:00:{at:02}Z", disposal.date), "parent.dispose", &[("parent", "tsag")], body)?;
        }
        Ok(())
    }
}

/// Who signs as `name`: an organisation under its own name, a person under the pseudonym.
pub fn who(name: &str, key: &MemberKey) -> Option<Name> {
    if PEOPLE.iter().any(|(person, ..)| *person == name) { Name::parse(&pid(key)) } else { Name::parse(name) }
}
