//! A record before it is signed: a body of its type, the times, and who signs.

use plenary_core::{
    hash::Digest,
    json::Object,
    record::{FILE_BYTES_MAX, Name, Record, RecordError, Signer},
    signature::ARMOUR_BYTES_MAX,
    time::Moment,
};
use plenary_procedure::record_type::RecordType;
use serde::Serialize;
use serde_json::Value;

use crate::problem::Problem;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// How long a record is valid that one person signs.
const ALONE_MS: u64 = 7 * DAY_MS;

/// How long a record is valid that is passed from hand to hand: as long as may be.
const TOGETHER_MS: u64 = 30 * DAY_MS;

/// A record that nobody has signed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The type.
    pub record_type: RecordType,
    /// The group, where it concerns one.
    pub group: Option<Name>,
    /// When it happened; as it is signed, if nothing is said.
    pub at: Option<Moment>,
    /// The fields of its type.
    pub body: Object,
    /// Who signs, in order.
    pub signers: Vec<Signer>,
}

impl Draft {
    /// A record of a group, with the body of its type.
    pub fn new<T: Serialize>(
        record_type: RecordType,
        group: &Name,
        body: &T,
        signers: Vec<Signer>,
    ) -> Result<Self, Problem> {
        let Ok(Value::Object(body)) = serde_json::to_value(body) else {
            return Err(Problem::Defect("a record's body is no object"));
        };
        Ok(Self { record_type, group: Some(group.clone()), at: None, body, signers })
    }

    /// The line to sign, if the record can be sent at all.
    pub fn line(&self, ledger: Digest, now: Moment) -> Result<Vec<u8>, Problem> {
        let validity = if self.signers.len() < 2 { ALONE_MS } else { TOGETHER_MS };
        let record = Record {
            at: self.at.unwrap_or(now),
            body: self.body.clone(),
            expires: now.plus_ms(validity),
            group: self.group.clone(),
            ledger,
            signed: now,
            signers: self.signers.clone(),
            record_type: self.record_type.as_str().to_owned(),
        };
        let line = record.to_line().map_err(RecordError::from)?;
        let signatures = self.signers.len().saturating_mul(ARMOUR_BYTES_MAX);
        let bytes = line.len().saturating_add(signatures);
        if FILE_BYTES_MAX < bytes {
            return Err(RecordError::TooLong(bytes).into());
        }
        Record::from_line(&line)?;
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exit::Exit;

    fn draft(title: &str, signers: usize) -> Draft {
        let name = |text: &str| Name::parse(text).unwrap();
        let signer = |number: usize| Signer { role: name("chair"), who: name(&format!("p{number}")) };
        Draft::new(
            RecordType::MeetingOpen,
            &name("fg-dlt"),
            &json!({ "meeting": title }),
            (0..signers).map(signer).collect(),
        )
        .unwrap()
    }

    #[test]
    fn a_draft_becomes_a_canonical_line() {
        let now = Moment::parse("2017-10-17T07:30:00Z").unwrap();
        let line = draft("1", 1).line(Digest::of(b"ledger"), now).unwrap();
        let record = Record::from_line(&line).unwrap();
        assert_eq!((record.at, record.signed), (now, now));
        assert_eq!(record.expires.to_string(), "2017-10-24T07:30:00Z");
        let two = Record::from_line(&draft("1", 2).line(Digest::of(b"ledger"), now).unwrap()).unwrap();
        assert_eq!(two.expires.to_string(), "2017-11-16T07:30:00Z");
    }

    #[test]
    fn what_no_ledger_takes_is_refused_before_it_is_signed() {
        let now = Moment::parse("2017-10-17T07:30:00Z").unwrap();
        let line = |title: &str| draft(title, 1).line(Digest::of(b"ledger"), now);
        assert_eq!(line("e\u{301}").unwrap_err().exit(), Exit::Usage);
        assert!(line(&"x".repeat(FILE_BYTES_MAX - 2 * ARMOUR_BYTES_MAX)).is_ok());
        let problem = line(&"x".repeat(FILE_BYTES_MAX)).unwrap_err();
        assert!(problem.told().contains("put long text into a document"), "{}", problem.told());
    }
}
