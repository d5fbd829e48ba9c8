//! The six questions of a receipt, one predicate each.

use plenary_core::{
    checkpoint::CheckpointError,
    entry::{ENTRY_BYTES_MAX, EntryError, Outcome, RecordEntry},
    genesis::Genesis,
    hash::Digest,
    json::Object,
    merkle,
    policy::Policy,
    receipt::{Receipt, ReceiptError},
    record::{FILE_BYTES_MAX, Record, RecordError, RecordFile, VerifiedRecord},
};

use crate::{
    receipt::FileIdentity,
    verdict::{Failure, Gap, Line, Verdict},
};

/// The signature lines of a checkpoint begin here; what stands above says where the head is.
const SIGNATURES_FROM: usize = 5;

/// A genesis that the reader trusts.
#[derive(Clone, Debug)]
pub struct TrustedGenesis {
    /// The ledger's identity.
    pub ledger: Digest,
    /// What the line says.
    pub genesis: Genesis,
    /// The validators of the first epoch.
    pub policy: Policy,
}

/// An entry that a record of this ledger could have.
#[derive(Clone, Debug)]
pub struct ReadEntry<'a> {
    /// The record file, whose signatures have not been read.
    pub file: &'a [u8],
    /// What the record says.
    pub record: Record,
    /// What the ledger found.
    pub outcome: Outcome,
}

/// The genesis is the one that the reader trusts, and names validators.
pub fn genesis_is_trusted(line: &[u8], anchor: Option<Digest>) -> Result<TrustedGenesis, Gap> {
    let ledger = Genesis::ledger(line);
    let anchor = anchor.ok_or(Gap::NoAnchor)?;
    if ledger != anchor {
        return Err(Gap::OtherLedger { found: ledger });
    }
    let genesis = Genesis::from_line(line).map_err(|error| match error {
        error if is_version(&error) => Gap::Newer { line: Line::Genesis },
        error => Gap::Genesis(error),
    })?;
    let policy = Policy::parse(&genesis.policy).map_err(Gap::Policy)?;
    if policy.origin().as_str() != genesis.origin {
        return Err(Gap::PolicyOrigin);
    }
    Ok(TrustedGenesis { ledger, genesis, policy })
}

/// The entry is a record of this ledger and an outcome.
pub fn entry_is_of(entry: &[u8], ledger: Digest) -> Result<ReadEntry<'_>, Verdict> {
    if entry.len() > ENTRY_BYTES_MAX {
        return Err(Verdict::NotVerified(Failure::EntryLength(entry.len())));
    }
    let RecordEntry { file, outcome } = RecordEntry::split(entry).ok_or(Verdict::NotVerified(Failure::EntryForm))?;
    if file.len() > FILE_BYTES_MAX {
        return Err(Verdict::NotVerified(Failure::Record(RecordError::TooLong(file.len()))));
    }
    let line = file.split_inclusive(|byte| *byte == b'\n').next().unwrap_or(file);
    let record = Record::from_line(line).map_err(|error| {
        if matches!(error, RecordError::Field { field: "v", .. }) {
            return Verdict::CannotTell(Gap::Newer { line: Line::Record });
        }
        Verdict::NotVerified(Failure::Record(error))
    })?;
    let outcome = Outcome::from_line(outcome).map_err(|error| match error {
        error if is_version(&error) => Verdict::CannotTell(Gap::Newer { line: Line::Outcome }),
        error => Verdict::NotVerified(Failure::Outcome(error)),
    })?;
    if record.ledger != ledger {
        return Err(Verdict::NotVerified(Failure::Ledger { found: record.ledger }));
    }
    Ok(ReadEntry { file, record, outcome })
}

/// The file is one of the documents that the record names.
pub fn file_is_recorded(file: FileIdentity, record: &Record) -> Result<(), Failure> {
    let recorded = documents(record);
    if recorded.contains(&file) {
        Ok(())
    } else if recorded.is_empty() {
        Err(Failure::NoDocument)
    } else {
        Err(Failure::File { found: file, recorded })
    }
}

/// Each signer's signature over the record's line is right under the key that it names.
pub fn signatures_hold(file: &[u8]) -> Result<VerifiedRecord, Failure> {
    RecordFile::parse(file).and_then(RecordFile::verify).map_err(Failure::Signatures)
}

/// The entry is in the log whose head the proof shows, where the proof says.
pub fn entry_is_in_log(entry: &[u8], proof: &[u8], policy: &Policy) -> Result<Receipt, Failure> {
    let receipt = Receipt::parse(&legible(proof)).map_err(|error| match signatures_error(&error) {
        Some(error) => Failure::Cosignatures(error),
        None => Failure::ProofForm(error),
    })?;
    let Receipt { index, path, checkpoint } = &receipt;
    if checkpoint.origin != *policy.origin() {
        return Err(Failure::Origin { found: checkpoint.origin.clone() });
    }
    merkle::verify_inclusion(merkle::leaf_hash(entry), *index, &checkpoint.head, path).map_err(Failure::Inclusion)?;
    Ok(receipt)
}

/// A quorum of the validators of this policy has signed the log's head.
pub fn quorum_signed(receipt: &Receipt, policy: &Policy) -> Result<(), Verdict> {
    let checkpoint = &receipt.checkpoint;
    let mut signers = checkpoint.cosignatures.iter();
    // Every epoch has keys of its own, so a later epoch's head has no signer in common with this one.
    if !checkpoint.cosignatures.is_empty() && signers.all(|it| policy.cosigner(&it.name, it.id).is_none()) {
        return Err(Verdict::CannotTell(Gap::Epoch));
    }
    checkpoint.verify(policy).map_err(|error| Verdict::NotVerified(Failure::Cosignatures(error)))
}

/// The documents that a record names, under `document` and `documents` of its body.
///
/// What has no digest or no size there is no document.
pub fn documents(record: &Record) -> Vec<FileIdentity> {
    let one = record.body.get("document").into_iter();
    let many = record.body.get("documents").and_then(|list| list.as_array()).into_iter().flatten();
    one.chain(many).filter_map(|value| value.as_object()).filter_map(document).collect()
}

pub(crate) fn document(fields: &Object) -> Option<FileIdentity> {
    let digest = Digest::parse(fields.get("digest")?.as_str()?)?;
    Some(FileIdentity { digest, bytes: fields.get("bytes")?.as_u64()? })
}

/// The bytes as text, with a character that stands in no proof for each byte that is none.
///
/// So the refusal names the line on which the byte stands.
pub(crate) fn legible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '\0'));
    }
    text
}

pub(crate) fn is_version(error: &EntryError) -> bool {
    matches!(error, EntryError::Field(field) if field == "v")
}

/// The error, if it lies in the signature lines of the checkpoint.
const fn signatures_error(error: &ReceiptError) -> Option<CheckpointError> {
    if let ReceiptError::Checkpoint(error) = error
        && let CheckpointError::Line { line, .. } = error
        && SIGNATURES_FROM <= *line
    {
        return Some(*error);
    }
    None
}
