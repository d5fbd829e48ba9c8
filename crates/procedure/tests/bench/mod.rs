//! A ledger in memory, to which the lines of a table are applied.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use plenary_core::{
    entry::{Outcome, RecordEntry},
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

use crate::{
    chains::{self, Known, Naming},
    rows::{compose, genesis, secret, who},
};

#[derive(Clone, Default)]
struct States {
    states: BTreeMap<Subject, SubjectState>,
    lengths: BTreeMap<Subject, u64>,
    entries: BTreeMap<Digest, Vec<u8>>,
}

impl View for States {
    type Error = Infallible;

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Infallible> {
        // By way of its encoding, as a store would hand it out.
        let bytes = self.states.get(subject).map(|state| state.encode().unwrap());
        Ok(bytes.map(|bytes| SubjectState::decode(&bytes).unwrap()))
    }

    fn entry(&self, record: &Digest) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.entries.get(record).cloned())
    }

    fn chain_length(&self, subject: &Subject) -> Result<u64, Infallible> {
        Ok(self.lengths.get(subject).copied().unwrap_or(0))
    }
}

impl Known for States {
    fn is_recorded(&self, subject: &Subject) -> bool {
        self.states.contains_key(subject)
    }

    fn joined_by(&self, record: &str) -> Vec<Subject> {
        let entry = Digest::parse(record).and_then(|record| self.entries.get(&record));
        entry.map_or_else(Vec::new, |entry| {
            let parts = RecordEntry::split(entry).unwrap();
            Outcome::from_line(parts.outcome).unwrap().subjects
        })
    }
}

impl States {
    fn take(&mut self, file: &RecordFile, context: &Context, applied: Applied) {
        let Applied { number, findings, subjects, changes, .. } = applied;
        for subject in &subjects {
            *self.lengths.entry(subject.clone()).or_default() += 1;
        }
        let outcome = Outcome { height: context.height, time: context.time, number, subjects, findings };
        let entry = RecordEntry { file: file.bytes(), outcome: &outcome.to_line().unwrap() }.join().unwrap();
        self.entries.insert(file.id(), entry);
        self.states.extend(changes);
    }
}

#[derive(Clone)]
pub(crate) struct Bench {
    states: States,
    /// The id of the last record of each type.
    last: BTreeMap<String, Digest>,
    /// The fields that name a subject whose chain the record did not join.
    pub(crate) left_out: BTreeSet<Naming>,
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

/// A record of one group reads nothing of another, nor changes it: what groups share are organisations and the validators.
fn check_reach(file: &RecordFile, applied: &Applied) {
    let own = file.record().group.as_ref().map(|group| format!("{group}/"));
    for subject in &applied.reads {
        let is_own = own.as_ref().is_some_and(|own| subject.as_str().starts_with(own));
        let record_type = &file.record().record_type;
        let is_shared = subject.as_str().starts_with("organization/") || subject.as_str() == "validators";
        assert!(is_own || is_shared, "{record_type} reads {subject}");
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let states = States { states: genesis_states(&genesis()).into_iter().collect(), ..States::default() };
        Self { states, last: BTreeMap::new(), left_out: BTreeSet::new() }
    }

    /// Applies the record of one line, and says what came of it; or shows what the ledger holds.
    pub(crate) fn run(&mut self, line: &str) -> String {
        if let Some(asked) = line.strip_prefix("show ") {
            return self.show(asked);
        }
        let (file, context) = compose(line, &self.last, &|key, line| sign(&secret(key), line, NAMESPACE).unwrap());
        self.apply(&file, &context)
    }

    /// How many records the chain of a subject has, and a field of its state: `fg-dlt/contribution/DLT-I-001 merged_into`.
    fn show(&self, asked: &str) -> String {
        let (subject, field) = asked.split_once(' ').unwrap_or((asked, ""));
        let subject = match subject.split_once("who:") {
            Some((before, name)) => format!("{before}{}", who(name)),
            None => subject.to_owned(),
        };
        let subject = Subject::parse(&subject).unwrap();
        let state = serde_json::to_value(&self.states.states[&subject]).unwrap();
        let held = state.as_object().unwrap().values().next().unwrap();
        let found = held.pointer(&format!("/{}", field.replace('.', "/"))).unwrap();
        let records = self.states.lengths[&subject];
        format!("records={records}{}", facts(&Object::from_iter([(field.to_owned(), found.clone())])))
    }

    fn apply(&mut self, file: &RecordFile, context: &Context) -> String {
        let applied = apply(file, context, &self.states);
        check_form(file, &applied);
        match applied {
            Ok(applied) => {
                let changed: Vec<&Subject> = applied.changes.iter().map(|(subject, _)| subject).collect();
                assert_eq!(changed, applied.subjects.iter().collect::<Vec<_>>(), "each subject changes once, in order");
                assert!(applied.subjects.iter().all(|subject| applied.reads.contains(subject)));
                check_reach(file, &applied);
                let number = applied.number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
                let mut lines = vec![format!("accepted{number}")];
                for finding in &applied.findings {
                    assert_eq!(plenary_procedure::rule::Rule::find(&finding.rule).unwrap().cite(), finding.clause);
                    lines.push(format!("{} {}{}", finding.rule, finding.result.as_str(), facts(&finding.facts)));
                }
                let joined: BTreeSet<Subject> = applied.subjects.iter().cloned().collect();
                self.states.take(file, context, applied);
                self.left_out.extend(chains::left_out(file.record(), &joined, &self.states));
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
