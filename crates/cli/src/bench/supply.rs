//! Synthetic contributions, signed by many participants before they are sent.

use std::{num::NonZero, thread};

use ed25519_dalek::SigningKey;
use plenary_core::{
    hash::Digest,
    json::Object,
    record::{NAMESPACE, Name, Record, Signer},
    signature::{self, MemberKey},
    time::Moment,
};
use serde_json::{Value, json};

use super::stage::{GROUP, MEETING};
use crate::{problem::Problem, testnet};

/// How long a record's signatures last.
const VALIDITY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Who signs, with which key.
pub struct Participant {
    /// The pseudonym.
    pub pid: Name,
    /// The key.
    pub key: SigningKey,
}

/// Where records come from.
pub struct Supply {
    ledger: Digest,
    participants: Vec<Participant>,
    signed: Moment,
    made: u64,
}

impl Supply {
    /// A supply of records for `ledger`, signed at `signed` by so many participants in turn.
    pub fn new(ledger: Digest, signers: u16, signed: Moment) -> Result<Self, Problem> {
        let participants = (0..signers).map(|_| {
            let key = testnet::new_key()?;
            let digits: String = Digest::of(MemberKey::of(&key).as_bytes()).to_hex().chars().take(32).collect();
            let pid = Name::parse(&digits).ok_or(Problem::Defect("a pseudonym is no name"))?;
            Ok(Participant { pid, key })
        });
        Ok(Self { ledger, participants: participants.collect::<Result<_, Problem>>()?, signed, made: 0 })
    }

    /// Who signs.
    pub fn participants(&self) -> &[Participant] {
        &self.participants
    }

    /// Makes record files that have not been made before, on all cores.
    pub fn make(&mut self, count: u64) -> Result<Vec<String>, Problem> {
        let first = self.made;
        self.made = first.saturating_add(count);
        let threads = u64::try_from(thread::available_parallelism().map_or(1, NonZero::get)).unwrap_or(1);
        let share = count.div_ceil(threads).max(1);
        let supply = &*self;
        thread::scope(|scope| {
            let mut workers = Vec::new();
            let mut from = first;
            while from < supply.made {
                let numbers = from..supply.made.min(from.saturating_add(share));
                from = numbers.end;
                workers.push(scope.spawn(move || numbers.map(|number| supply.record(number)).collect::<Vec<_>>()));
            }
            let lost = |_| Problem::Defect("a thread that signs was lost");
            let made = workers.into_iter().map(|worker| worker.join().map_err(lost)).collect::<Result<Vec<_>, _>>()?;
            made.into_iter().flatten().collect()
        })
    }

    fn record(&self, number: u64) -> Result<String, Problem> {
        let title = format!("Synthetic contribution {number}");
        let document = json!({
            "digest": Digest::of(title.as_bytes()).to_string(), "bytes": title.len(), "media_type": "text/plain",
        });
        let body = json!({
            "meeting": MEETING, "title": title, "purpose": "information", "language": "en", "layout": "template",
            "documents": [document], "copyright": "acknowledged",
        });
        let count = u64::try_from(self.participants.len()).unwrap_or(u64::MAX);
        let place = number.checked_rem(count).and_then(|place| usize::try_from(place).ok());
        let participant = place.and_then(|place| self.participants.get(place));
        let Participant { pid, key } = participant.ok_or(Problem::Defect("nobody signs"))?;
        sign(self.ledger, self.signed, "contribution.submit", ("participant", pid, key), body).map(|(_, file)| file)
    }
}

/// A record file of one signer, given by role, name and key; with the record's id.
pub fn sign(
    ledger: Digest,
    at: Moment,
    record_type: &str,
    (role, who, key): (&str, &Name, &SigningKey),
    body: Value,
) -> Result<(Digest, String), Problem> {
    let role = Name::parse(role).ok_or(Problem::Defect("a role has no name"))?;
    let body = match body {
        Value::Object(body) => body,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Object::new(),
    };
    let record = Record {
        at,
        body,
        expires: at.plus_ms(VALIDITY_MS),
        group: Name::parse(GROUP),
        ledger,
        signed: at,
        signers: vec![Signer { role, who: who.clone() }],
        record_type: record_type.to_owned(),
    };
    let line = record.to_line().map_err(|_| Problem::Defect("a record of the benchmark is malformed"))?;
    let armour = signature::sign(key, &line, NAMESPACE);
    let id = Digest::of(&line);
    let mut file = String::from_utf8(line).map_err(|_| Problem::Defect("a line is no text"))?;
    file.push_str(&armour.map_err(|_| Problem::Defect("a record cannot be signed"))?);
    Ok((id, file))
}
