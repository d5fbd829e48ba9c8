//! The states of all subjects after some records, with what the test noted of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    rc::Rc,
};

use plenary_core::{
    entry::{Outcome, RecordEntry},
    hash::Digest,
    record::RecordFile,
    subject::Subject,
    time::Moment,
};
use plenary_procedure::{
    apply::{Applied, ApplyError, Context, View, apply},
    genesis::genesis_states,
    refusal::Refusal,
    state::SubjectState,
};

use crate::{composer::Composer, minutes::Minutes, rows::genesis, violation::Violation};

/// A state as its encoding gives it back, and the digest of that.
struct Known {
    state: SubjectState,
    digest: Digest,
    /// How many records its chain has.
    length: u64,
}

/// A record that was accepted, and the chains that it joined.
pub(crate) struct Kept {
    pub(crate) file: RecordFile,
    pub(crate) subjects: Vec<Subject>,
    entry: Vec<u8>,
}

/// A fault planted beside the library, to see that the invariants find it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    None,
    /// The objections to a deliverable are dropped when a version is published.
    ForgetsObjections,
}

/// A refusal, or an outcome with the world after it.
pub(crate) enum Taken {
    Refused(Box<Refusal>),
    Accepted(Box<World>),
}

#[derive(Clone, Default)]
pub(crate) struct World {
    /// The states with which an exploration starts, shared by all its worlds.
    base: Rc<BTreeMap<Subject, Rc<Known>>>,
    /// Those that were changed since.
    own: BTreeMap<Subject, Rc<Known>>,
    /// The last records of the types that later records name by their ids.
    pub(crate) last: BTreeMap<String, Digest>,
    pub(crate) minutes: Minutes,
    /// Whether records are corrected and voided.
    keeps: bool,
    /// The last record of each type, if so.
    kept: BTreeMap<String, Rc<Kept>>,
    /// Ledger time.
    pub(crate) time: Moment,
}

/// Every state, as a store hands them out.
struct Stored<'a>(&'a World);

impl View for Stored<'_> {
    type Error = Infallible;

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Infallible> {
        Ok(self.0.known(subject).map(|known| known.state.clone()))
    }

    fn entry(&self, record: &Digest) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.entry(record))
    }

    fn chain_length(&self, subject: &Subject) -> Result<u64, Infallible> {
        Ok(self.0.known(subject).map_or(0, |known| known.length))
    }
}

/// The states that an outcome declares to have read; any other is an error.
struct Declared<'a> {
    world: &'a World,
    reads: &'a BTreeSet<Subject>,
}

impl View for Declared<'_> {
    type Error = Subject;

    fn state(&self, subject: &Subject) -> Result<Option<SubjectState>, Subject> {
        if !self.reads.contains(subject) {
            return Err(subject.clone());
        }
        Ok(self.world.known(subject).map(|known| known.state.clone()))
    }

    fn entry(&self, record: &Digest) -> Result<Option<Vec<u8>>, Subject> {
        let holds_it = |kept: &&Rc<Kept>| kept.file.id() == *record;
        match self.world.kept().values().find(holds_it) {
            Some(kept) if kept.subjects.iter().all(|subject| !self.reads.contains(subject)) => {
                Err(kept.subjects[0].clone())
            }
            _ => Ok(self.world.entry(record)),
        }
    }

    fn chain_length(&self, subject: &Subject) -> Result<u64, Subject> {
        if !self.reads.contains(subject) {
            return Err(subject.clone());
        }
        Ok(self.world.known(subject).map_or(0, |known| known.length))
    }
}

impl World {
    /// The world after genesis.
    pub(crate) fn new() -> Self {
        let mut world = Self { time: genesis().time, minutes: Minutes::new(), ..Self::default() };
        for (subject, state) in genesis_states(&genesis()) {
            assert!(world.put(subject, &state).is_none());
        }
        world
    }

    /// The same world, in which records can be corrected and voided.
    pub(crate) fn keeping(self) -> Self {
        Self { keeps: true, ..self }
    }

    /// The last record of each type.
    pub(crate) const fn kept(&self) -> &BTreeMap<String, Rc<Kept>> {
        &self.kept
    }

    fn entry(&self, record: &Digest) -> Option<Vec<u8>> {
        self.kept().values().find(|kept| kept.file.id() == *record).map(|kept| kept.entry.clone())
    }

    fn known(&self, subject: &Subject) -> Option<&Known> {
        self.own.get(subject).or_else(|| self.base.get(subject)).map(Rc::as_ref)
    }

    pub(crate) fn state(&self, subject: &str) -> Option<&SubjectState> {
        self.known(&Subject::parse(subject)?).map(|known| &known.state)
    }

    /// Stores a state by way of its encoding, as a node does between records.
    fn put(&mut self, subject: Subject, state: &SubjectState) -> Option<Violation> {
        let Ok(bytes) = state.encode() else { return Some(Violation::TooLarge) };
        let Ok(decoded) = SubjectState::decode(&bytes) else { return Some(Violation::OtherOutcome) };
        let is_same = decoded == *state;
        let length = self.known(&subject).map_or(1, |known| known.length + 1);
        self.own.insert(subject, Rc::new(Known { state: decoded, digest: Digest::of(&bytes), length }));
        (!is_same).then_some(Violation::OtherOutcome)
    }

    /// The same world, in which later changes are kept apart from what is known now.
    pub(crate) fn settled(mut self) -> Self {
        let mut base = (*self.base).clone();
        base.append(&mut self.own);
        Self { base: Rc::new(base), ..self }
    }

    /// What tells this world from others: its time, the encodings of its states, and the test's own notes.
    pub(crate) fn digest(&self) -> Digest {
        let mut text = format!("{} {:?} {:?}", self.time, self.last, self.minutes).into_bytes();
        for (subject, known) in &self.own {
            text.extend_from_slice(subject.to_string().as_bytes());
            text.extend_from_slice(known.digest.as_bytes());
        }
        Digest::of(&text)
    }

    /// What the ledger itself knows in this world.
    pub(crate) fn states_digest(&self) -> Digest {
        let known = self.base.iter().filter(|(subject, _)| !self.own.contains_key(subject)).chain(&self.own);
        let text: String = known.map(|(subject, known)| format!("{subject} {}", known.digest)).collect();
        Digest::of(text.as_bytes())
    }

    /// Applies a record, again if it was accepted, and asks every invariant of what came of it.
    pub(crate) fn take(&self, file: &RecordFile, context: &Context, fault: Fault) -> (Taken, Vec<Violation>) {
        let applied = match apply(file, context, &Stored(self)) {
            Ok(applied) => applied,
            Err(ApplyError::View(error)) => match error {},
            Err(ApplyError::Refused(refusal)) => return (Taken::Refused(refusal), Vec::new()),
        };
        let mut violations = Vec::new();
        let again = apply(file, context, &Declared { world: self, reads: &applied.reads });
        if again.as_ref() != Ok(&applied) {
            violations.push(Violation::OtherOutcome);
        }
        let mut next = self.clone();
        next.time = context.time;
        for (subject, state) in applied.changes.clone() {
            violations.extend(next.put(subject, &planted(fault, file, state)));
        }
        let record_type = file.record().record_type.as_str();
        if next.keeps || ["ruleset", "erasure.request"].contains(&record_type) {
            next.last.insert(record_type.to_owned(), file.id());
        }
        if next.keeps {
            next.kept.insert(record_type.to_owned(), Rc::new(keep(file, context, &applied)));
        }
        let mut minutes = std::mem::take(&mut next.minutes);
        violations.extend(minutes.note(file, context, &applied, (self, &next)));
        next.minutes = minutes;
        (Taken::Accepted(Box::new(next)), violations)
    }

    /// The world after a row that has to be accepted without a violation.
    pub(crate) fn must(&self, composer: &Composer, row: &str) -> Self {
        self.after(composer, row, Fault::None).unwrap_or_else(|refusal| panic!("{row}: {refusal}"))
    }

    /// The world after a row that has to be accepted; what it violates is not asked.
    pub(crate) fn after(&self, composer: &Composer, row: &str, fault: Fault) -> Result<Self, Box<Refusal>> {
        let (file, context) = composer.made(row, &self.last);
        match self.take(&file, &context, fault) {
            (Taken::Accepted(next), violations) => {
                assert!(violations.is_empty() || fault != Fault::None, "{row}: {violations:?}");
                Ok(*next)
            }
            (Taken::Refused(refusal), _) => Err(refusal),
        }
    }
}

fn keep(file: &RecordFile, context: &Context, applied: &Applied) -> Kept {
    let Applied { number, findings, subjects, .. } = applied.clone();
    let outcome = Outcome { height: context.height, time: context.time, number, subjects, findings };
    let entry = RecordEntry { file: file.bytes(), outcome: &outcome.to_line().unwrap() }.join().unwrap();
    Kept { file: file.clone(), subjects: outcome.subjects, entry }
}

/// What a ledger with the fault would store in the place of `state`.
fn planted(fault: Fault, file: &RecordFile, mut state: SubjectState) -> SubjectState {
    if let (Fault::ForgetsObjections, "baseline.publish", SubjectState::Deliverable(deliverable)) =
        (fault, file.record().record_type.as_str(), &mut state)
    {
        deliverable.objections.clear();
    }
    state
}
