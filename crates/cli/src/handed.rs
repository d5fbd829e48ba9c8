//! A record file that is passed from hand to hand until all its signers have signed.
//!
//! It is the record's line and the signatures of its first signers: what a
//! record file is, short of the signatures that are missing.

use plenary_core::{
    hash::Digest,
    record::{FILE_BYTES_MAX, NAMESPACE, Record, RecordError, RecordFile, Signer},
    signature::{MemberKey, Signature, SignatureError},
};

use crate::problem::Problem;

/// A record and the signatures that it has so far.
#[derive(Clone, Debug, PartialEq)]
pub struct HandedRecord {
    line: Vec<u8>,
    record: Record,
    armours: Vec<String>,
    keys: Vec<MemberKey>,
}

impl HandedRecord {
    /// A record that nobody has signed.
    pub fn unsigned(line: Vec<u8>) -> Result<Self, Problem> {
        Ok(Self { record: Record::from_line(&line)?, line, armours: Vec::new(), keys: Vec::new() })
    }

    /// Reads a file and verifies the signatures that it has.
    pub fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        if FILE_BYTES_MAX < bytes.len() {
            return Err(RecordError::TooLong(bytes.len()).into());
        }
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at.saturating_add(1));
        let (line, armour) = bytes.split_at_checked(end).unwrap_or((bytes, &[]));
        let mut handed = Self::unsigned(line.to_vec())?;
        let mut rest = str::from_utf8(armour).map_err(|_| RecordError::Trailing)?;
        while !rest.is_empty() {
            let (first, after) = Signature::split(rest).ok_or(RecordError::Trailing)?;
            handed.add(first.to_owned())?;
            rest = after;
        }
        Ok(handed)
    }

    /// Adds the next signer's signature, which must be right.
    pub fn add(&mut self, armour: String) -> Result<(), Problem> {
        let number = self.armours.len().saturating_add(1);
        if self.next_signer().is_none() {
            return Err(RecordError::SignatureCount { found: number, expected: self.record.signers.len() }.into());
        }
        let wrong = |error: SignatureError| Problem::Record(RecordError::Signature { number, error });
        let signature = Signature::parse(&armour, NAMESPACE).map_err(wrong)?;
        signature.verify(&self.line, NAMESPACE).map_err(wrong)?;
        if self.keys.contains(signature.key()) {
            return Err(Problem::RecordStep {
                what: format!("the key {} has signed this record already", signature.key().fingerprint()),
                remedy: "let the next signer sign with another key".to_owned(),
            });
        }
        self.keys.push(signature.key().clone());
        self.armours.push(armour);
        Ok(())
    }

    /// Who signs next; nobody once all have signed.
    pub fn next_signer(&self) -> Option<&Signer> {
        self.record.signers.get(self.armours.len())
    }

    /// What the record says.
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// The line that is signed.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// The record's id.
    pub fn id(&self) -> Digest {
        Digest::of(&self.line)
    }

    /// The file as it stands.
    pub fn bytes(&self) -> Vec<u8> {
        [self.line.as_slice(), self.armours.concat().as_bytes()].concat()
    }

    /// The record file, once all have signed.
    pub fn complete(&self) -> Result<RecordFile, Problem> {
        match self.next_signer() {
            Some(next) => Err(Problem::RecordStep {
                what: format!("the signature of the {} {} is missing", next.role, next.who),
                remedy: "pass the file on; they sign it with plenary record sign FILE".to_owned(),
            }),
            None => Ok(RecordFile::assemble(&self.line, &self.armours)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use plenary_core::{json::Object, record::Name, signature::sign, time::Moment};

    use super::*;
    use crate::exit::Exit;

    fn line() -> Vec<u8> {
        let name = |text: &str| Name::parse(text).unwrap();
        let moment = |text: &str| Moment::parse(text).unwrap();
        let record = Record {
            at: moment("2019-08-01T10:00:00Z"),
            body: Object::new(),
            expires: moment("2019-08-30T10:00:00Z"),
            group: Some(name("fg-dlt")),
            ledger: Digest::of(b"ledger"),
            signed: moment("2019-08-01T10:00:00Z"),
            signers: vec![
                Signer { role: name("chair"), who: name("0f") },
                Signer { role: name("secretariat"), who: name("tsb") },
            ],
            record_type: "determine".to_owned(),
        };
        record.to_line().unwrap()
    }

    fn signature(seed: u8) -> String {
        sign(&SigningKey::from_bytes(&[seed; 32]), &line(), NAMESPACE).unwrap()
    }

    #[test]
    fn two_sign_in_their_order() {
        let mut handed = HandedRecord::unsigned(line()).unwrap();
        assert_eq!(handed.next_signer().unwrap().role.as_str(), "chair");
        handed.add(signature(1)).unwrap();
        let mut handed = HandedRecord::parse(&handed.bytes()).unwrap();
        let problem = handed.complete().unwrap_err();
        assert!(problem.told().contains("the signature of the secretariat tsb is missing"), "{}", problem.told());
        handed.add(signature(2)).unwrap();
        let file = handed.complete().unwrap();
        assert_eq!((file.bytes(), file.id()), (handed.bytes().as_slice(), handed.id()));
        assert!(file.verify().is_ok());
        assert!(matches!(handed.add(signature(3)), Err(Problem::Record(RecordError::SignatureCount { .. }))));
    }

    #[test]
    fn nobody_signs_twice_and_nothing_wrong_is_added() {
        let mut handed = HandedRecord::unsigned(line()).unwrap();
        handed.add(signature(1)).unwrap();
        assert_eq!(handed.add(signature(1)).unwrap_err().exit(), Exit::Usage);
        let other = sign(&SigningKey::from_bytes(&[2; 32]), b"other\n", NAMESPACE).unwrap();
        assert!(matches!(handed.add(other), Err(Problem::Record(RecordError::Signature { number: 2, .. }))));
        let mut bytes = handed.bytes();
        bytes.extend_from_slice(b"more");
        assert!(matches!(HandedRecord::parse(&bytes), Err(Problem::Record(RecordError::Trailing))));
    }
}
