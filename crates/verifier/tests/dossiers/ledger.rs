//! A ledger in memory with keys that anyone can derive, and the dossiers that it gives.

use std::convert::Infallible;

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::TreeHead,
    checkpoint::{Checkpoint, Cosignature, LogSignature, body},
    dossier::{About, Dossier},
    entry::{Outcome, RecordEntry},
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    keys::ValidatorKey,
    note::{CosignerKey, KeyName, LogKey},
    policy::{Policy, Seat},
    record::{NAMESPACE, Name, Record, RecordFile, Signer},
    signature::{MemberKey, sign},
    subject::Subject,
    time::Moment,
};
use plenary_procedure::{
    chains::{Chains, Gathered, gather},
    execute::{self, Ledger},
    memory::Memory,
    replay::founding_subjects,
};
use serde_json::Value;

pub(crate) fn secret(role: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(format!("seed/{role}").as_bytes()).as_bytes())
}

pub(crate) fn key(role: &str) -> String {
    MemberKey::of(&secret(role)).to_string()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn subject(text: &str) -> Subject {
    Subject::parse(text).unwrap()
}

pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

/// The pid of somebody, who has no other name on the ledger.
pub(crate) fn pid(who: &str) -> String {
    Digest::of(format!("pid/{who}").as_bytes()).to_hex()[..32].to_owned()
}

fn origin() -> KeyName {
    KeyName::parse("plenary.example/ledger").unwrap()
}

fn cosigner_name(validator: &str) -> KeyName {
    KeyName::parse(&format!("{}/validator/{validator}", origin())).unwrap()
}

pub(crate) fn policy(validators: &[&str]) -> Policy {
    let seat = |validator: &&str| Seat {
        name: (*validator).to_owned(),
        log: LogKey::of(origin(), &secret(&format!("{validator}/log"))),
        cosigner: CosignerKey::of(cosigner_name(validator), &secret(&format!("{validator}/cosigner"))),
        url: None,
    };
    Policy::new(validators.iter().map(seat).collect()).unwrap()
}

/// A ledger with its validators; the quorum that signs is made of the first ones.
pub(crate) struct Chronicle {
    pub(crate) ledger: Ledger,
    pub(crate) memory: Memory,
    pub(crate) validators: &'static [&'static str],
}

/// The genesis of a ledger with these validators.
pub(crate) fn genesis(validators: &[&str]) -> Genesis {
    let seat = |validator: &&str| GenesisValidator {
        name: name(validator),
        organization: name(validator),
        key: ValidatorKey::of(&secret(&format!("{validator}/validator"))),
        peer: secret(&format!("{validator}/peer")).verifying_key().to_bytes(),
    };
    let authority =
        |who: &str, role: &str| Authority { who: name(who), role: name(role), key: MemberKey::of(&secret(who)) };
    Genesis {
        authorities: vec![authority("tsag", "parent"), authority("tsb", "secretariat")],
        clock: Clock::Replay,
        grace_s: 600,
        heartbeat_s: 600,
        notice: Some("made for tests; its keys are public".into()),
        origin: origin().to_string(),
        policy: policy(validators).to_string(),
        time: moment("2017-05-01T00:00:00Z"),
        validators: validators.iter().map(seat).collect(),
    }
}

/// A record of these signers, each as role and who, signed with keys of the given names.
pub(crate) fn record(
    ledger: &Ledger,
    at: &str,
    record_type: &str,
    signers: &[(&str, &str, &str)],
    fields: &Value,
) -> RecordFile {
    let at = moment(at);
    let is_group = record_type != "organization.register" && record_type != "key.rotate";
    let record = Record {
        at,
        body: fields.as_object().unwrap().clone(),
        expires: at.plus_ms(24 * 3_600_000),
        group: is_group.then(|| name("fg-dlt")),
        ledger: ledger.id(),
        signed: at,
        signers: signers.iter().map(|(role, who, _)| Signer { role: name(role), who: name(who) }).collect(),
        record_type: record_type.to_owned(),
    };
    let line = record.to_line().unwrap();
    let armour: Vec<String> = signers.iter().map(|(_, _, key)| sign(&secret(key), &line, NAMESPACE).unwrap()).collect();
    RecordFile::assemble(&line, &armour).unwrap()
}

impl Chronicle {
    pub(crate) fn found(validators: &'static [&'static str]) -> Self {
        let ledger = Ledger::found(&genesis(validators).to_line().unwrap()).unwrap();
        let memory = Memory::founded(&ledger).unwrap();
        Self { ledger, memory, validators }
    }

    /// Closes a block with one record, and gives the record's id.
    pub(crate) fn take(&mut self, at: &str, kind: &str, signers: &[(&str, &str, &str)], fields: Value) -> Digest {
        let file = record(&self.ledger, at, kind, signers, &fields);
        let id = file.id();
        let verified = file.verify().unwrap();
        let proposer = ValidatorKey::of(&secret(&format!("{}/validator", self.validators[0])));
        let proposal = execute::propose(&self.ledger, &self.memory, proposer, Moment::default(), &[&verified]).unwrap();
        assert!(proposal.refused.is_empty(), "{kind}: {:?}", proposal.refused);
        self.memory.take(proposal.block.unwrap().1);
        id
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        checkpoint(self.validators, self.memory.head.log)
    }

    /// The dossier of a subject at the head, as a node makes it.
    pub(crate) fn dossier(&self, text: &str, since: Option<&Checkpoint>) -> Dossier<'static> {
        let subject = subject(text);
        let gathered = gather(&self.ledger, &subject, self, 1 << 20).unwrap();
        self.assemble(gathered, &subject, since)
    }

    pub(crate) fn assemble(
        &self,
        gathered: Gathered,
        subject: &Subject,
        since: Option<&Checkpoint>,
    ) -> Dossier<'static> {
        let older = since.map(|older| (older.to_string().into_bytes(), older.head.size));
        let text = self.checkpoint().to_string().into_bytes();
        let about = About { ledger: self.ledger.id(), subject: subject.clone() };
        gathered.into_dossier(about, &self.memory, text, older).unwrap()
    }
}

/// A head that a quorum of the validators, the first of them, have signed.
pub(crate) fn checkpoint(validators: &[&str], head: TreeHead) -> Checkpoint {
    let body = body(&origin(), &head);
    let quorum = policy(validators).quorum();
    let cosign = |validator: &&str| {
        let at = moment("2019-01-01T00:00:00Z");
        Cosignature::sign(&cosigner_name(validator), &secret(&format!("{validator}/cosigner")), at, &body)
    };
    Checkpoint {
        origin: origin(),
        head,
        log: LogSignature::sign(&origin(), &secret(&format!("{}/log", validators[0])), &body),
        cosignatures: validators.iter().take(quorum).map(cosign).collect(),
    }
}

impl Chains for Chronicle {
    type Error = Infallible;

    fn chain(&self, subject: &Subject) -> Result<Vec<u64>, Infallible> {
        let names = |(index, entry): &(u64, &Vec<u8>)| match index {
            0 => founding_subjects(self.ledger.genesis()).contains(subject),
            _ => RecordEntry::split(entry)
                .and_then(|parts| Outcome::from_line(parts.outcome).ok())
                .is_some_and(|outcome| outcome.subjects.contains(subject)),
        };
        Ok((0..).zip(&self.memory.entries).filter(names).map(|(index, _)| index).collect())
    }

    fn entry(&self, index: u64) -> Result<Vec<u8>, Infallible> {
        Ok(self.memory.entries[usize::try_from(index).unwrap()].clone())
    }
}
