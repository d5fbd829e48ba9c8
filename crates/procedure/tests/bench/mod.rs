//! A ledger in memory, to which the lines of a table are applied.

use std::{collections::BTreeMap, convert::Infallible};

use plenary_core::{
    hash::Digest,
    json::Object,
    record::{NAMESPACE, RecordFile},
    signature::sign,
    subject::Subject,
};
use plenary_procedure::{
    apply::{Applied, ApplyError, Context, View, apply},
    form,
    genesis::genesis_states,
    record_type::RecordType,
    refusal::Refusal,
    state::SubjectState,
};
use serde_json::Value;

use crate::rows::{compose, genesis, secret, who};

#[derive(Clone, Default)]
struct States(BTreeMap<Subject, SubjectState>);

impl View for States {
    type Error = Infallible;

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Infallible> {
        // By way of its encoding, as a store would hand it out.
        let bytes = self.0.get(subject).map(|state| state.encode().unwrap());
        Ok(bytes.map(|bytes| SubjectState::decode(&bytes).unwrap()))
    }
}

#[derive(Clone)]
pub(crate) struct Bench {
    states: States,
    /// The id of the last record of each type.
    last: BTreeMap<String, Digest>,
}

/// What is asked of a body's form before it is signed is what the ledger asks.
#[allow(clippy::wildcard_enum_match_arm, reason = "a test looks at two refusals of many")]
fn check_form(file: &RecordFile, applied: &Result<Applied, ApplyError<Infallible>>) {
    let Some(record_type) = RecordType::parse(&file.record().record_type) else { return };
    let checked = form::check(record_type, &file.record().body);
    match applied {
        Ok(_) => assert_eq!(checked, Ok(()), "{record_type} is accepted"),
        Err(ApplyError::Refused(refusal)) => match &**refusal {
            // What has the form of its type may still name what can be no subject.
            Refusal::Form { problem, .. } if problem.ends_with("can be no subject") => {}
            Refusal::Form { .. } | Refusal::UnknownField { .. } => {
                assert_eq!(checked, Err((**refusal).clone()), "{record_type} is refused");
            }
            _ => {}
        },
        Err(ApplyError::View(error)) => match *error {},
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let states = States(genesis_states(&genesis()).into_iter().collect());
        Self { states, last: BTreeMap::new() }
    }

    /// Applies the record of one line, and says what came of it.
    pub(crate) fn run(&mut self, line: &str) -> String {
        let (file, context) = compose(line, &self.last, &|key, line| sign(&secret(key), line, NAMESPACE).unwrap());
        self.apply(&file, &context)
    }

    fn apply(&mut self, file: &RecordFile, context: &Context) -> String {
        let applied = apply(file, context, &self.states);
        check_form(file, &applied);
        match applied {
            Ok(applied) => {
                let changed: Vec<&Subject> = applied.changes.iter().map(|(subject, _)| subject).collect();
                assert_eq!(changed, applied.subjects.iter().collect::<Vec<_>>(), "each subject changes once, in order");
                assert!(applied.subjects.iter().all(|subject| applied.reads.contains(subject)));
                let number = applied.number.map(|number| format!(" {number}")).unwrap_or_default();
                let mut lines = vec![format!("accepted{number}")];
                for finding in &applied.findings {
                    assert_eq!(plenary_procedure::rules::Rule::find(&finding.rule).unwrap().cite(), finding.clause);
                    lines.push(format!("{} {}{}", finding.rule, finding.result.as_str(), facts(&finding.facts)));
                }
                self.states.0.extend(applied.changes);
                self.last.insert(file.record().record_type.clone(), file.id());
                lines.join("\n")
            }
            Err(ApplyError::Refused(refusal)) => {
                let (rule, reason) = (refusal.rule().id, refusal.reason());
                let message = names(&refusal.to_string());
                format!("refused {rule} {reason} {}\n{message}\n-> {}", refusal.category().code(), refusal.remedy())
            }
            Err(ApplyError::View(error)) => match error {},
        }
    }

    /// Signs a body at the time of its line.
    fn file(type_word: &str, signers: &str, own: &BTreeMap<String, String>, line: (Moment, Value)) -> RecordFile {
        let (time, body) = line;
        let own_time = |name: &str, usual: Moment| own.get(name).map_or(usual, |text| moment(text));
        let signed = own_time("signed", time);
        let reach = RecordType::parse(type_word).map_or(Reach::Group, RecordType::reach);
        let group = own.get("group").map_or(if reach == Reach::Ledger { "-" } else { "fg-dlt" }, String::as_str);
        let mut keys = Vec::new();
        let signers = signers.split('+').map(|signer| {
            let (signer, key) = signer.split_once('~').unwrap_or((signer, ""));
            let (name, role) = signer.split_once('/').unwrap_or_else(|| (signer, usual_role(signer)));
            keys.push(secret(if key.is_empty() { name } else { key }));
            Signer { role: Name::parse(role).unwrap(), who: Name::parse(&who(name)).unwrap() }
        });
        let record = Record {
            signers: signers.collect(),
            at: own_time("at", signed),
            body: body.as_object().unwrap().clone(),
            expires: own_time("expires", signed.plus_ms(24 * 3_600_000)),
            group: Name::parse(group),
            ledger: own.get("ledger").map_or_else(Self::ledger, |text| Digest::of(text.as_bytes())),
            signed,
            record_type: type_word.to_owned(),
        };
        let line = record.to_line().unwrap();
        let signatures: Vec<String> = keys.iter().map(|key| sign(key, &line, NAMESPACE).unwrap()).collect();
        RecordFile::assemble(&line, &signatures).unwrap()
    }

    fn value(&self, path: &str, text: &str) -> Value {
        let is_count = ["parameters.", "counts.", "licence.", "object."].iter().any(|parent| path.starts_with(parent))
            || ["days", "revision", "version", "walk_ins", "affirmative", "satisfied_by"].contains(&path);
        match text.split_once(':') {
            Some(("doc", name)) => serde_json::to_value(document(name)).unwrap(),
            Some(("docs", name)) => serde_json::to_value([document(name)]).unwrap(),
            Some(("manifest", name)) => manifest(&[document(name)]).to_string().into(),
            Some(("key", name)) => MemberKey::of(&secret(name)).to_string().into(),
            Some(("who", name)) => who(name).into(),
            Some(("id", record_type)) => self.last[record_type].to_string().into(),
            Some(("to", addressees)) => addressees.split(',').map(addressee).collect(),
            Some(("patents", numbers)) => numbers.split(',').map(patent).collect(),
            Some(("departs", rule)) => serde_json::json!([{"rule": rule, "reason": "notice"}]),
            Some(("list", "")) => Value::Array(vec![]),
            Some(("list", items)) => items.split(',').map(|item| self.value("", item)).collect(),
            _ if is_count => text.parse::<u64>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        }
    }
}

/// An addressee of a liaison statement and what it is for; `_` stands for a space.
fn addressee(text: &str) -> Value {
    let (to, purpose) = text.split_once('=').unwrap();
    serde_json::json!({"to": to.replace('_', " "), "purpose": purpose})
}

/// A patent as a form names it; `EP1?` leaves out its description.
fn patent(number: &str) -> Value {
    let reference = serde_json::json!({"status": "granted", "number": number.trim_end_matches('?')});
    let mut reference = reference.as_object().unwrap().clone();
    if !number.ends_with('?') {
        reference.insert("document".to_owned(), serde_json::to_value(document(number)).unwrap());
    }
    Value::Object(reference)
}

/// Puts `value` at a path such as `decision.meeting`, or takes away what is there.
fn place(body: &mut Value, path: &str, value: Option<Value>) {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let mut at = body;
    for part in parent.split('.').filter(|part| !part.is_empty()) {
        at = at.as_object_mut().unwrap().entry(part).or_insert_with(|| Value::Object(Object::new()));
    }
    let object = at.as_object_mut().unwrap();
    match value {
        Some(value) => object.insert(name.to_owned(), value),
        None => object.remove(name),
    };
}

/// Turns the words of a notice into what they mean: zones, starts and deadlines.
fn expand(type_word: &str, body: &mut Value) {
    let stated = body.get("zone").and_then(Value::as_str).map(samples::zone);
    // An amendment that states no zone leaves the meeting in the usual one.
    let usual = (type_word == "meeting.amend").then(|| samples::zone("Europe/Zurich"));
    if let Some(zone) = &stated {
        place(body, "zone", Some(zone.clone()));
    }
    let Some(zone) = stated.or(usual) else { return };
    let zone: Zone = serde_json::from_value(zone).unwrap();
    if let Some(text) = body.get("starts").and_then(Value::as_str).map(str::to_owned) {
        let (date, stated) = text.split_once(" = ").unwrap_or((&text, ""));
        let opening = zone.begins(Date::parse(date).unwrap()).unwrap().plus_ms(34_200_000).to_string();
        let instant = if stated.is_empty() { &opening } else { stated };
        place(body, "starts", Some(serde_json::json!({"date": date, "instant": instant})));
    }
    for field in ["contributions", "registration"] {
        let Some(text) = body.get(field).and_then(Value::as_str).map(str::to_owned) else { continue };
        let (text, stated) = text.split_once(" = ").unwrap_or((&text, ""));
        let (word, date) = text.split_once(' ').unwrap();
        let word = if word == "before" { Words::Before } else { Words::By };
        let deadline = Deadline::resolve(word, Date::parse(date).unwrap(), &zone).unwrap();
        place(body, field, Some(serde_json::to_value(deadline).unwrap()));
        if !stated.is_empty() {
            place(body, &format!("{field}.instant"), Some(stated.into()));
        }
    }
}

/// Facts as they are shown; digests of records change with every byte of a table, and are cut.
fn facts(facts: &Object) -> String {
    let show = |(name, value): (&String, &Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), names);
        if text.contains(' ') { format!(" {name}=\"{text}\"") } else { format!(" {name}={text}") }
    };
    facts.iter().map(show).collect()
}

/// Puts names for pids, and cuts digests.
fn names(text: &str) -> String {
    let people = ["chair", "vice", "lead", "editor", "anna", "ben", "carla", "dora", "emil", "fay", "stranger"];
    let mut text = people.iter().fold(text.to_owned(), |text, name| text.replace(&who(name), name));
    while let Some(at) = text.find("sha256:") {
        text.replace_range(at..(at + 71).min(text.len()), "#");
    }
    text
}
