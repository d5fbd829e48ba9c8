//! A record being applied: what it reads, what it changes, and what the rules find.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{
    entry::{Finding, FindingLine, Outcome, RecordEntry},
    hash::Digest,
    json::Object,
    record::{Name, Record, RecordFile},
    signature::MemberKey,
    subject::Subject,
    time::{Date, Moment},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    apply::{Applied, Context},
    form,
    group::Group,
    participant::Participant,
    record_type::{Capacity, RecordType},
    refusal::Refusal,
    rule::Rule,
    ruleset::{Parameters, Ruleset},
    state::{Noun, SubjectState},
    text::{Label, Number, Pid},
};

/// Why applying a record ended early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A rule forbids the record.
    Refused(Box<Refusal>),
    /// The state could not be read; the caller of the view holds the error.
    View,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// What a record can see of the ledger before it.
pub(crate) trait Source {
    /// The state of a subject.
    fn state(&mut self, subject: &Subject) -> Result<Option<SubjectState>, Stop>;

    /// The entry of a record that was taken.
    fn entry(&mut self, record: &Digest) -> Result<Option<Vec<u8>>, Stop>;

    /// How many entries a subject's chain has.
    fn chain_length(&mut self, subject: &Subject) -> Result<u64, Stop>;
}

/// A record that was taken, and what the ledger found.
pub(crate) struct Taken {
    pub(crate) file: RecordFile,
    pub(crate) outcome: Outcome,
}

/// A signer, with the role read and the key found under the record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Signatory {
    pub(crate) who: Name,
    pub(crate) capacity: Capacity,
    pub(crate) key: String,
}

/// Words of a list, as a fact of a finding.
pub(crate) fn words(list: impl IntoIterator<Item = String>) -> String {
    let list: Vec<String> = list.into_iter().collect();
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}

pub(crate) struct Act<'a> {
    record: &'a Record,
    id: Digest,
    record_type: RecordType,
    context: &'a Context,
    source: &'a mut (dyn Source + 'a),
    signatories: Vec<Signatory>,
    group: Option<Group>,
    known: BTreeMap<Subject, Option<SubjectState>>,
    changed: BTreeSet<Subject>,
    findings: Vec<FindingLine>,
    number: Option<String>,
}

impl<'a> Act<'a> {
    pub(crate) fn new(
        file: &'a RecordFile,
        record_type: RecordType,
        context: &'a Context,
        source: &'a mut (dyn Source + 'a),
    ) -> Result<Self, Stop> {
        let record = file.record();
        let mut signatories = Vec::with_capacity(record.signers.len());
        for (signer, signature) in record.signers.iter().zip(file.signatures()) {
            let capacity = Capacity::parse(signer.role.as_str())
                .ok_or_else(|| Stop::from(Refusal::UnknownRole(signer.role.clone())))?;
            signatories.push(Signatory { who: signer.who.clone(), capacity, key: signature.key().to_string() });
        }
        Ok(Self {
            record,
            id: file.id(),
            record_type,
            context,
            source,
            signatories,
            group: None,
            known: BTreeMap::new(),
            changed: BTreeSet::new(),
            findings: Vec::new(),
            number: None,
        })
    }

    /// What the record does, once every rule has been asked.
    pub(crate) fn finish(self) -> Applied {
        let reads = self.known.keys().cloned().collect();
        let mut changes = Vec::with_capacity(self.changed.len());
        for (subject, state) in self.known {
            if let (true, Some(state)) = (self.changed.contains(&subject), state) {
                changes.push((subject, state));
            }
        }
        Applied {
            number: self.number,
            findings: self.findings,
            subjects: self.changed.into_iter().collect(),
            changes,
            reads,
        }
    }

    pub(crate) const fn record(&self) -> &'a Record {
        self.record
    }

    pub(crate) const fn id(&self) -> Digest {
        self.id
    }

    pub(crate) const fn record_type(&self) -> RecordType {
        self.record_type
    }

    /// Ledger time: the only clock.
    pub(crate) const fn time(&self) -> Moment {
        self.context.time
    }

    pub(crate) const fn context(&self) -> &'a Context {
        self.context
    }

    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        Ok(form::read(self.record_type, &self.record.body)?)
    }

    pub(crate) fn signatories(&self) -> &[Signatory] {
        &self.signatories
    }

    /// The signer in this capacity; the acting chair serves as the chair.
    pub(crate) fn signed_as(&self, capacity: Capacity) -> Option<&Signatory> {
        self.signatories.iter().find(|signatory| signatory.capacity.serves_as(capacity))
    }

    /// The first signer: who acts, where a second one only confirms.
    pub(crate) fn actor(&self) -> Result<Signatory, Stop> {
        let needed = Capacity::Participant;
        let missing = || Refusal::SignerMissing { record_type: self.record_type, needed }.into();
        self.signatories.first().cloned().ok_or_else(missing)
    }

    /// The second signature under a record that puts `key` in force proves that its holder has it.
    pub(crate) fn check_new_key(&self, who: &Name, key: &MemberKey) -> Result<(), Stop> {
        let proven = self.signed_as(Capacity::NewKey);
        if proven.is_some_and(|signatory| signatory.who == *who && signatory.key == key.to_string()) {
            return Ok(());
        }
        Err(Refusal::Field { field: "key", problem: "is not the key that signs as new-key" }.into())
    }

    pub(crate) fn group_name(&self) -> Result<&'a Name, Stop> {
        self.record.group.as_ref().ok_or_else(|| Refusal::NamesNoGroup(self.record_type).into())
    }

    pub(crate) fn set_group(&mut self, group: Group) {
        self.group = Some(group);
    }

    pub(crate) fn group(&self) -> Result<&Group, Stop> {
        self.group.as_ref().ok_or_else(|| Refusal::NamesNoGroup(self.record_type).into())
    }

    /// The date of `moment` in the group's zone.
    pub(crate) fn date(&self, moment: Moment) -> Result<Date, Stop> {
        self.group()?.zone.date(moment).ok_or_else(|| Refusal::Zone.into())
    }

    pub(crate) fn parameters(&mut self) -> Result<Parameters, Stop> {
        let subject = self.subject("ruleset")?;
        Ok(self.require::<Ruleset>(&subject)?.parameters)
    }

    /// A subject of the record's group.
    pub(crate) fn subject(&self, path: &str) -> Result<Subject, Stop> {
        let text = format!("{}/{path}", self.group_name()?);
        Subject::parse(&text).ok_or_else(|| self.no_subject(text))
    }

    pub(crate) fn organization_subject(&self, who: &Name) -> Result<Subject, Stop> {
        let text = format!("organization/{who}");
        Subject::parse(&text).filter(|_| Pid::parse(who.as_str()).is_none()).ok_or_else(|| self.no_subject(text))
    }

    pub(crate) fn participant_subject(&self, pid: &Pid) -> Result<Subject, Stop> {
        self.subject(&format!("participant/{pid}"))
    }

    pub(crate) fn meeting_subject(&self, meeting: &Label) -> Result<Subject, Stop> {
        self.subject(&format!("meeting/{meeting}"))
    }

    pub(crate) fn contribution_subject(&self, number: &Number) -> Result<Subject, Stop> {
        self.subject(&format!("contribution/{number}"))
    }

    pub(crate) fn reservation_subject(&self, number: &Number) -> Result<Subject, Stop> {
        self.subject(&format!("reservation/{number}"))
    }

    pub(crate) fn working_group_subject(&self, label: &Label) -> Result<Subject, Stop> {
        self.subject(&format!("working-group/{label}"))
    }

    pub(crate) fn decision_subject(&self, number: &Number) -> Result<Subject, Stop> {
        self.subject(&format!("decision/{number}"))
    }

    pub(crate) fn report_subject(&self, meeting: &Label) -> Result<Subject, Stop> {
        self.subject(&format!("meeting/{meeting}/report"))
    }

    /// A document of another series than the contributions'.
    pub(crate) fn document_subject(&self, number: &Number) -> Result<Subject, Stop> {
        self.subject(&format!("document/{number}"))
    }

    pub(crate) fn deliverable_subject(&self, number: &Label) -> Result<Subject, Stop> {
        self.subject(&format!("deliverable/{number}"))
    }

    fn no_subject(&self, text: String) -> Stop {
        Refusal::Form { record_type: self.record_type, problem: format!("{text} can be no subject") }.into()
    }

    /// The state of `subject`, with what this record has changed so far.
    ///
    /// What was voided is refused, or is as if it had never been where it may be recorded again.
    pub(crate) fn load<T: Noun>(&mut self, subject: &Subject) -> Result<Option<T>, Stop> {
        match self.state(subject)? {
            Some(SubjectState::Voided(voided)) if voided.may_recur() => Ok(None),
            Some(SubjectState::Voided(_)) => Err(Refusal::Voided(subject.clone()).into()),
            state => Ok(state.and_then(T::take)),
        }
    }

    /// Whether `subject` is recorded, of whatever kind it is, and void or not.
    pub(crate) fn is_recorded(&mut self, subject: &Subject) -> Result<bool, Stop> {
        Ok(self.state(subject)?.is_some())
    }

    /// Lets the record join the chain of `subject`, which must be recorded and whose state it leaves.
    pub(crate) fn join(&mut self, subject: Subject) -> Result<(), Stop> {
        if !self.is_recorded(&subject)? {
            return Err(Refusal::Unknown(subject).into());
        }
        self.changed.insert(subject);
        Ok(())
    }

    /// The state of `subject`, of whatever kind.
    pub(crate) fn state(&mut self, subject: &Subject) -> Result<Option<SubjectState>, Stop> {
        if !self.known.contains_key(subject) {
            let state = self.source.state(subject)?;
            self.known.insert(subject.clone(), state);
        }
        Ok(self.known.get(subject).cloned().flatten())
    }

    /// The state of `subject`, which must be recorded.
    pub(crate) fn require<T: Noun>(&mut self, subject: &Subject) -> Result<T, Stop> {
        self.load(subject)?.ok_or_else(|| Refusal::Unknown(subject.clone()).into())
    }

    /// The state of `subject`, which the record is about as well and leaves as it is.
    pub(crate) fn about<T: Noun>(&mut self, subject: Subject) -> Result<T, Stop> {
        let state = self.require(&subject)?;
        self.join(subject)?;
        Ok(state)
    }

    /// The register at `subject`, which has a chain of its own lest the meeting's grow with everybody in it.
    ///
    /// The record that begins it joins the chain of `meeting`, so that who follows that one knows of the other.
    pub(crate) fn begin<T: Noun + Default>(&mut self, subject: &Subject, meeting: &Label) -> Result<T, Stop> {
        if let Some(register) = self.load(subject)? {
            return Ok(register);
        }
        let meeting = self.meeting_subject(meeting)?;
        self.join(meeting)?;
        Ok(T::default())
    }

    /// The participant `pid`, who must be enrolled and not merged into another enrolment.
    pub(crate) fn participant(&mut self, pid: &Pid) -> Result<Participant, Stop> {
        let subject = self.participant_subject(pid)?;
        let participant = self.require::<Participant>(&subject)?;
        participant.check_current(pid)?;
        Ok(participant)
    }

    /// Changes the state of `subject`, whose chain the record joins.
    pub(crate) fn put<T: Noun>(&mut self, subject: Subject, state: T) {
        self.changed.insert(subject.clone());
        self.known.insert(subject, Some(state.wrap()));
    }

    /// The record `id`, which stands in the chain of `subject`.
    pub(crate) fn taken(&mut self, id: &Digest, subject: &Subject) -> Result<Taken, Stop> {
        // A dossier of this record holds that chain, and so the entry.
        self.state(subject)?;
        let entry = self.source.entry(id)?.unwrap_or_default();
        let taken = RecordEntry::split(&entry).and_then(|parts| {
            let (file, outcome) = (RecordFile::parse(parts.file).ok()?, Outcome::from_line(parts.outcome).ok()?);
            Some(Taken { file, outcome }).filter(|taken| taken.outcome.subjects.contains(subject))
        });
        taken.ok_or_else(|| Refusal::NotInChain { record: *id, subject: subject.clone() }.into())
    }

    /// How many records stand in the chain of `subject`, without this one.
    pub(crate) fn chain_length(&mut self, subject: &Subject) -> Result<u64, Stop> {
        self.state(subject)?;
        self.source.chain_length(subject)
    }

    pub(crate) fn give_number(&mut self, number: &str) {
        self.number = Some(number.to_owned());
    }

    pub(crate) fn find<const N: usize>(&mut self, rule: &'static Rule, result: Finding, facts: [(&str, Value); N]) {
        let facts: Object = facts.into_iter().map(|(name, fact)| (name.to_owned(), fact)).collect();
        self.findings.push(FindingLine { rule: rule.id.to_owned(), clause: rule.cite(), result, facts });
    }

    /// Adds a fact to the last finding.
    pub(crate) fn add_fact(&mut self, name: &str, fact: Value) {
        if let Some(finding) = self.findings.last_mut() {
            finding.facts.insert(name.to_owned(), fact);
        }
    }
}
