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
