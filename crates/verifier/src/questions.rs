//! The twelve questions of a dossier, one predicate each.

use std::collections::{BTreeMap, BTreeSet};

use plenary_core::{
    block::TreeHead,
    checkpoint::{Checkpoint, CheckpointError},
    commitment::Disclosure,
    dossier::{Dossier, DossierError, EpochChange, FileName, ProvenEntry, ProvenSlot},
    entry::{Outcome, Seal},
    hash::Digest,
    merkle,
    policy::Policy,
    record::VerifiedRecord,
    subject::{Chain, Subject},
};
use plenary_procedure::{
    execute::Ledger,
    participant::IdentityField,
    replay::{Found, Replay, Step, founding_subjects},
    state::SubjectState,
};
use serde_json::Value;

use crate::{
    checks::{self, TrustedGenesis},
    epochs::{self, EpochFiles, Term},
    failure::{DossierFailure, DossierGap},
    receipt::FileIdentity,
    verdict::{Failure, Gap, Line, Verdict},
};

impl From<DossierFailure> for Verdict {
    fn from(failure: DossierFailure) -> Self {
        Self::NotVerified(Failure::Dossier(failure))
    }
}

impl From<DossierGap> for Verdict {
    fn from(gap: DossierGap) -> Self {
        Self::CannotTell(Gap::Dossier(gap))
    }
}

/// A record whose signatures hold, and what the ledger found.
#[derive(Clone, Debug)]
pub struct SignedEntry {
    /// The record.
    pub record: VerifiedRecord,
    /// Its outcome.
    pub outcome: Outcome,
}

/// The records of a dossier, by the index of their entries.
pub type SignedEntries = BTreeMap<u64, SignedEntry>;

/// What came of applying the records again.
#[derive(Debug)]
pub struct Replayed {
    /// What the rules know of each subject after the last record.
    pub states: BTreeMap<Subject, SubjectState>,
    /// Subjects that the rules asked about and of which nothing is in the dossier.
    pub absent: BTreeSet<Subject>,
}

/// The container is a dossier, and nothing is missing in it.
pub fn container_is_whole(bytes: &[u8]) -> Result<Dossier<'_>, Verdict> {
    Dossier::read(bytes).map_err(|error| match error {
        DossierError::Newer => DossierGap::Newer.into(),
        DossierError::Missing(ref name) => DossierFailure::Missing(name.clone()).into(),
        DossierError::Archive(_) | DossierError::Unknown(_) | DossierError::Form { .. } | DossierError::About(_) => {
            DossierFailure::Container(error).into()
        }
    })
}

/// Entry 0 is the genesis that the reader trusts, and the dossier is of its ledger.
pub fn genesis_is_trusted(dossier: &Dossier<'_>, anchor: Option<Digest>) -> Result<TrustedGenesis, Verdict> {
    let line = dossier.entries.get(&0).map_or(&[][..], |it| &it.entry);
    let trusted = checks::genesis_is_trusted(line, anchor).map_err(Verdict::CannotTell)?;
    let found = dossier.about.ledger;
    if found != trusted.ledger {
        return Err(DossierFailure::Ledger { found }.into());
    }
    Ok(trusted)
}

/// Each change of validators is in the log of the epoch before it, and was signed by that epoch's quorum.
pub fn epochs_follow(trusted: &TrustedGenesis, changes: &[EpochChange<'_>]) -> Result<Term, Verdict> {
    let files: Vec<EpochFiles<'_>> =
        changes.iter().map(|EpochChange { entry, proof }| EpochFiles { entry, proof }).collect();
    epochs::walk(trusted, &files)
}

/// A quorum of the validators of the last epoch has signed the log's head.
pub fn validators_signed(dossier: &Dossier<'_>, policy: &Policy) -> Result<Checkpoint, Failure> {
    let checkpoint = Checkpoint::parse(&checks::legible(&dossier.checkpoint)).map_err(Failure::Cosignatures)?;
    checkpoint.verify(policy).map_err(Failure::Cosignatures)?;
    Ok(checkpoint)
}

/// Each entry is in the log under the checkpoint, where the dossier says.
pub fn entries_are_in_log(dossier: &Dossier<'_>, head: &TreeHead) -> Result<(), DossierFailure> {
    for (index, ProvenEntry { entry, path }) in &dossier.entries {
        merkle::verify_inclusion(merkle::leaf_hash(entry), *index, head, path)
            .map_err(|error| DossierFailure::Inclusion { index: *index, error })?;
    }
    Ok(())
}

/// The last entry is a seal of the epoch that was walked to, under its policy.
pub fn seal_is_of(dossier: &Dossier<'_>, head: &TreeHead, term: &Term) -> Result<Seal, Verdict> {
    let last = head.size.saturating_sub(1);
    let missing = || DossierFailure::Missing(FileName::Entry(last).to_string());
    let line = dossier.entries.get(&last).ok_or_else(missing)?;
    let seal = Seal::from_line(&line.entry).map_err(|error| {
        if checks::is_version(&error) {
            return Verdict::CannotTell(Gap::Newer { line: Line::Seal });
        }
        DossierFailure::Seal(error).into()
    })?;
    if seal.epoch != term.epoch {
        return Err(DossierFailure::Epoch { found: seal.epoch, epoch: term.epoch }.into());
    }
    if seal.policy != term.policy.digest() {
        return Err(DossierFailure::Policy.into());
    }
    Ok(seal)
}

/// Every other entry is a record of this ledger with an outcome, and its signatures hold.
pub fn records_are_signed(dossier: &Dossier<'_>, ledger: Digest, size: u64) -> Result<SignedEntries, Verdict> {
    let last = size.saturating_sub(1);
    let mut signed = SignedEntries::new();
    for (index, ProvenEntry { entry, .. }) in dossier.entries.iter().filter(|(index, _)| ![0, last].contains(index)) {
        let at = |failure| DossierFailure::Entry { index: *index, failure: Box::new(failure) };
        let read = checks::entry_is_of(entry, ledger).map_err(|verdict| match verdict {
            Verdict::NotVerified(failure) => at(failure).into(),
            Verdict::Verified | Verdict::CannotTell(_) => verdict,
        })?;
        let record = checks::signatures_hold(read.file).map_err(at)?;
        signed.insert(*index, SignedEntry { record, outcome: read.outcome });
    }
    Ok(signed)
}

/// Nothing is left out: each slot is under the seal, each subject that an entry
/// names has one, and the entries that name it are all that the slot counts.
pub fn chains_are_complete(
    dossier: &Dossier<'_>,
    trusted: &TrustedGenesis,
    records: &SignedEntries,
    slots: &TreeHead,
) -> Result<(), DossierFailure> {
    let mut counted: BTreeMap<&Subject, Chain> = BTreeMap::new();
    for (index, ProvenSlot { subject, chain, path }) in &dossier.slots {
        merkle::verify_inclusion(merkle::leaf_hash(&chain.slot_leaf(subject)), *index, slots, path)
            .map_err(|error| DossierFailure::Slot { subject: subject.clone(), error })?;
    }
    for ProvenSlot { subject, chain, .. } in dossier.slots.values() {
        if counted.insert(subject, *chain).is_some() {
            return Err(DossierFailure::SameSubject(subject.clone()));
        }
    }
    let held = chains_held(dossier, trusted, records);
    if let Some(subject) = held.keys().find(|subject| !counted.contains_key(subject)) {
        return Err(DossierFailure::NoSlot(subject.clone()));
    }
    let subject = &dossier.about.subject;
    if !counted.contains_key(subject) {
        return Err(DossierFailure::NoSlot(subject.clone()));
    }
    for (subject, chain) in counted {
        let found = held.get(subject).copied().unwrap_or_default();
        let (held, count) = (found.count, chain.count);
        if held < count {
            return Err(DossierFailure::Short { subject: subject.clone(), held, count });
        }
        if count < held {
            return Err(DossierFailure::Long { subject: subject.clone(), held, count });
        }
        if found.head != chain.head {
            return Err(DossierFailure::Head(subject.clone()));
        }
    }
    Ok(())
}

/// The chains that the entries give: those of the genesis line begin with it.
fn chains_held(dossier: &Dossier<'_>, trusted: &TrustedGenesis, records: &SignedEntries) -> BTreeMap<Subject, Chain> {
    let mut held: BTreeMap<Subject, Chain> = BTreeMap::new();
    let founding = [(0, founding_subjects(&trusted.genesis))];
    let others = records.iter().map(|(index, signed)| (*index, signed.outcome.subjects.clone()));
    for (index, subjects) in founding.into_iter().chain(others) {
        let Some(ProvenEntry { entry, .. }) = dossier.entries.get(&index) else { continue };
        let leaf = merkle::leaf_hash(entry);
        for subject in subjects {
            let chain = held.entry(subject).or_default();
            *chain = chain.with(&leaf).unwrap_or(*chain);
        }
    }
    held
}

/// The rules give exactly the outcomes that the ledger wrote.
pub fn rules_give(dossier: &Dossier<'_>, records: &SignedEntries) -> Result<Replayed, Verdict> {
    let line = dossier.entries.get(&0).map_or(&[][..], |it| &it.entry);
    let ledger = Ledger::found(line).map_err(|error| Verdict::CannotTell(Gap::Genesis(error)))?;
    let here: BTreeSet<&Subject> = dossier.slots.values().map(|slot| &slot.subject).collect();
    let mut replay = Replay::found(&ledger);
    let mut absent = BTreeSet::new();
    for index in records.keys() {
        let entry = dossier.entries.get(index).map_or(&[][..], |it| &it.entry);
        let form = || DossierFailure::Entry { index: *index, failure: Box::new(Failure::EntryForm) };
        let Step { found, mut asked, .. } = replay.take(entry).map_err(|_| form())?;
        asked.retain(|subject| !here.contains(subject));
        let index = *index;
        match found {
            Found::Same => absent.extend(asked),
            Found::Other(_) | Found::Refused(_) if !asked.is_empty() => {
                return Err(DossierGap::Chains { index, subjects: asked.into_iter().collect() }.into());
            }
            Found::Other(difference) => return Err(DossierFailure::Outcome { index, difference }.into()),
            Found::Refused(refusal) => return Err(DossierFailure::Refused { index, refusal }.into()),
        }
    }
    Ok(Replayed { states: replay.into_states(), absent })
}

/// Each document is one that a record of the subject names.
///
/// Gives the documents that are named and of which neither copy nor identity was given.
pub fn documents_are_recorded(
    dossier: &Dossier<'_>,
    records: &SignedEntries,
    files: &[FileIdentity],
) -> Result<Vec<Digest>, DossierFailure> {
    let subject = &dossier.about.subject;
    let mut named: Vec<FileIdentity> = Vec::new();
    for signed in records.values().filter(|signed| signed.outcome.subjects.contains(subject)) {
        for document in documents_in(&signed.record.file().record().body) {
            if !named.contains(&document) {
                named.push(document);
            }
        }
    }
    let mut given = files.to_vec();
    for (name, content) in &dossier.documents {
        let found = FileIdentity::of(content);
        if found.digest != *name {
            return Err(DossierFailure::Name { named: *name, found });
        }
        given.push(found);
    }
    if let Some(found) = given.iter().find(|found| !named.contains(found)) {
        return Err(DossierFailure::Document { subject: subject.clone(), found: *found });
    }
    named.retain(|document| !given.contains(document));
    Ok(named.into_iter().map(|document| document.digest).collect())
}

/// The documents that a record names: every object of its body with a digest and a number of bytes.
fn documents_in(body: &plenary_core::json::Object) -> Vec<FileIdentity> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Value> = body.values().collect();
    waiting.reverse();
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                found.extend(checks::document(fields));
                waiting.extend(fields.values().rev());
            }
            Value::Array(items) => waiting.extend(items.iter().rev()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

/// Each disclosure opens the commitment that it is named after, which is in force.
pub fn disclosures_open(dossier: &Dossier<'_>, replayed: &Replayed) -> Result<Vec<Disclosure>, DossierFailure> {
    let mut opened = Vec::new();
    for (commitment, line) in &dossier.disclosures {
        let disclosure = Disclosure::read_line(line).map_err(DossierFailure::Disclosure)?;
        disclosure.check(commitment).map_err(DossierFailure::Disclosure)?;
        let subject = Subject::parse(&format!("{}/participant/{}", disclosure.group(), disclosure.pid()));
        let state = subject.and_then(|subject| replayed.states.get(&subject));
        let field = IdentityField::parse(disclosure.field().as_str());
        let in_force = match (state, field) {
            (Some(SubjectState::Participant(participant)), Some(field)) => participant.commitments.get(&field),
            (_, _) => None,
        };
        if in_force.map(|it| it.0) != Some(*commitment) {
            return Err(DossierFailure::NotInForce(*commitment));
        }
        opened.push(disclosure);
    }
    Ok(opened)
}

/// The log begins with the one under an older checkpoint: the reader's, and that in the dossier.
///
/// Gives the older head, or none if there was nothing to check.
pub fn log_has_grown(
    dossier: &Dossier<'_>,
    checkpoint: &Checkpoint,
    term: &Term,
    reader: Option<&[u8]>,
) -> Result<Option<TreeHead>, Verdict> {
    let mut grown = None;
    if let Some(since) = &dossier.since {
        let older = read_since(&since.checkpoint, term).map_err(DossierFailure::Since)?;
        if older.origin != checkpoint.origin {
            return Err(DossierFailure::SinceOrigin(older.origin).into());
        }
        merkle::verify_consistency(&older.head, &checkpoint.head, &since.path)
            .map_err(|error| DossierFailure::NotGrown { old: older.head.size, error })?;
        grown = Some(older.head);
    }
    let Some(text) = reader else { return Ok(grown) };
    let older = read_since(text, term).map_err(DossierGap::Since)?;
    let (old, new) = (older.head, checkpoint.head);
    if new.size < old.size {
        return Err(DossierGap::SinceNewer(old.size).into());
    }
    if old.size == new.size {
        let same = merkle::verify_consistency(&old, &new, &[]);
        same.map_err(|error| DossierFailure::NotGrown { old: old.size, error })?;
        return Ok(Some(old));
    }
    match (grown, &dossier.since) {
        (Some(head), Some(since)) if head.size == old.size => {
            merkle::verify_consistency(&old, &new, &since.path)
                .map_err(|error| DossierFailure::NotGrown { old: old.size, error })?;
            Ok(Some(old))
        }
        (_, _) => Err(DossierGap::NoPath(old.size).into()),
    }
}

/// An older checkpoint, which a quorum of some epoch so far has signed.
fn read_since(text: &[u8], term: &Term) -> Result<Checkpoint, CheckpointError> {
    let older = Checkpoint::parse(&checks::legible(text))?;
    let result = older.verify(&term.policy);
    if result.is_ok() || term.earlier.iter().any(|policy| older.verify(policy).is_ok()) {
        return Ok(older);
    }
    result.map(|()| older)
}
