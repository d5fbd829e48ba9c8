//! The proof that one entry is in the log, as a C2SP tlog-proof.
//!
//! ```text
//! c2sp.org/tlog-proof@v1                           1  what this is
//! index 4                                          2  the entry's position in the log
//! Nqi0XJN4r86F7Wq9rvfsrPV64AsqyFv2P7zTeT3vucA=     3  and on: inclusion path, leaf's sibling first
//! …
//!
//! plenary.example/ledger                              the checkpoint, to the end
//! …
//! ```
//!
//! The format also allows a line of `extra` data, which nothing protects; it
//! is never written, and refused.

use std::fmt;

use thiserror::Error;

use crate::{
    block::TreeHead,
    checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError},
    hash::Digest,
    merkle::{self, PATH_LENGTH_MAX, ProofError},
    note,
    policy::Policy,
};

/// The longest receipt, in bytes: a checkpoint, and a path through the highest tree.
pub const RECEIPT_BYTES_MAX: usize = CHECKPOINT_BYTES_MAX + 4_096;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a text is not a receipt, or does not prove what it should.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ReceiptError {
    /// The text has more bytes than a receipt can have.
    #[error("{found} bytes exceed the limit of {RECEIPT_BYTES_MAX} bytes")]
    TooLong {
        /// Bytes of the text.
        found: usize,
    },
    /// A line above the checkpoint is wrong.
    #[error("line {line}: {fault}")]
    Line {
        /// The line of the receipt, counted from one.
        line: usize,
        /// What is wrong with it.
        fault: ReceiptFault,
    },
    /// The checkpoint in the receipt cannot be read.
    #[error("the checkpoint's {0}")]
    Checkpoint(#[source] CheckpointError),
    /// The entry is not at this place in the tree of the checkpoint.
    #[error("the entry is not proven to be in the log: {0}")]
    Proof(#[source] ProofError),
    /// The checkpoint is not signed as the policy asks for.
    #[error("the checkpoint is not signed by a quorum: {0}")]
    Cosignatures(#[source] CheckpointError),
}

/// What is wrong with a line of a receipt.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ReceiptFault {
    /// The line is not there.
    #[error("the line is missing, or does not end in a line feed")]
    Missing,
    /// Not the first line of a proof.
    #[error("the line is not `{HEADER}`")]
    Header,
    /// Data that nothing protects.
    #[error("extra data is not accepted")]
    Extra,
    /// Not the position of the entry.
    #[error("the line is not `index` and a decimal number below 2^53 without leading zeros")]
    Index,
    /// Not a hash.
    #[error("the line is not the base64 of 32 bytes")]
    Hash,
    /// The path is longer than any tree is high.
    #[error("the line is one too many")]
    Surplus,
}

impl ReceiptFault {
    const fn at(self, line: usize) -> ReceiptError {
        ReceiptError::Line { line, fault: self }
    }
}

/// An entry's position, the path to the root, and the signed root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// The position of the entry in the log.
    pub index: u64,
    /// The inclusion path, from the leaf's sibling to the root's child.
    pub path: Vec<Digest>,
    /// The signed head under which the entry is proven.
    pub checkpoint: Checkpoint,
}

impl Receipt {
    /// Reads the one spelling that `Display` writes; proves nothing.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        if RECEIPT_BYTES_MAX < text.len() {
            return Err(ReceiptError::TooLong { found: text.len() });
        }
        let (proof, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| ReceiptFault::Missing.at(text.split('\n').count()))?;
        let mut lines = (1..).zip(proof.split('\n'));
        match lines.next() {
            Some((_, HEADER)) => {}
            Some(_) | None => return Err(ReceiptFault::Header.at(1)),
        }
        let (_, index) = lines.next().ok_or(ReceiptFault::Missing.at(2))?;
        if index.starts_with("extra ") {
            return Err(ReceiptFault::Extra.at(2));
        }
        let index = index.strip_prefix("index ").and_then(note::read_number).ok_or(ReceiptFault::Index.at(2))?;
        let mut path = Vec::new();
        for (line, text) in lines {
            if path.len() == PATH_LENGTH_MAX {
                return Err(ReceiptFault::Surplus.at(line));
            }
            path.push(note::read_base64(text).map(Digest::from_bytes).ok_or_else(|| ReceiptFault::Hash.at(line))?);
        }
        let checkpoint = Checkpoint::parse(checkpoint).map_err(ReceiptError::Checkpoint)?;
        Ok(Self { index, path, checkpoint })
    }

    /// Checks that `entry` is in the log, and that a quorum of `policy` signed the log's head.
    pub fn verify(&self, entry: &[u8], policy: &Policy) -> Result<TreeHead, ReceiptError> {
        let head = self.checkpoint.head;
        merkle::verify_inclusion(merkle::leaf_hash(entry), self.index, &head, &self.path)
            .map_err(ReceiptError::Proof)?;
        self.checkpoint.verify(policy).map_err(ReceiptError::Cosignatures)?;
        Ok(head)
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nindex {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", note::write_base64(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkpoint::{
            CheckpointFault,
            fixture::{checkpoint, entry, tree},
        },
        policy::fixture::policy,
    };

    const VECTOR: &str = include_str!("../../../tests/vectors/core/receipt.txt");
    const PROTOCOL: &str = include_str!("../../../docs/protocol.md");
    const ENTRY: &[u8] = include_bytes!("../../../tests/vectors/core/entry.txt");

    fn receipt(index: u64) -> Receipt {
        Receipt { index, path: merkle::inclusion_path(&tree(), index, 7).unwrap(), checkpoint: checkpoint() }
    }

    #[test]
    fn the_vector_is_written_read_and_verified() {
        assert_eq!(entry(4), ENTRY);
        assert_eq!(receipt(4).to_string(), VECTOR);
        assert_eq!(Receipt::parse(VECTOR), Ok(receipt(4)));
        assert_eq!(receipt(4).verify(ENTRY, &policy()), tree().head().map_err(|_| unreachable!()));
    }

    #[test]
    fn the_protocol_shows_the_vectors() {
        let policy = policy().to_string();
        for artefact in [policy.as_str(), &checkpoint().to_string(), VECTOR] {
            assert!(PROTOCOL.contains(&format!("```text\n{artefact}```\n")), "{artefact}");
        }
    }

    #[test]
    fn every_entry_has_its_receipt() {
        for index in 0..7 {
            let receipt = receipt(index);
            assert_eq!(Receipt::parse(&receipt.to_string()), Ok(receipt.clone()), "{index}");
            for other in 0..7 {
                assert_eq!(receipt.verify(&entry(other), &policy()).is_ok(), index == other, "{index} {other}");
            }
        }
    }

    #[test]
    fn a_changed_line_is_named() {
        let line = |number: usize| VECTOR.split_inclusive('\n').nth(number - 1).unwrap();
        let check = |from: &str, to: &str, error| {
            assert!(VECTOR.contains(from), "{from}");
            assert_eq!(Receipt::parse(&VECTOR.replacen(from, to, 1)), Err(error), "{from} -> {to}");
        };
        check("@v1", "@v2", ReceiptFault::Header.at(1));
        check("c2sp", "\u{feff}c2sp", ReceiptFault::Header.at(1));
        check("@v1\n", "@v1\r\n", ReceiptFault::Header.at(1));
        check("index", "extra AAAA\nindex", ReceiptFault::Extra.at(2));
        check("index 4", "index 04", ReceiptFault::Index.at(2));
        check("index 4", "index  4", ReceiptFault::Index.at(2));
        check("index 4\n", "", ReceiptFault::Index.at(2));
        check(line(3), "AAAA\n", ReceiptFault::Hash.at(3));
        check(line(3), &line(3).repeat(PATH_LENGTH_MAX), ReceiptFault::Surplus.at(56));
        check("\n\n", "\n", ReceiptFault::Hash.at(6));
        check("\n7\n", "\n+7\n", ReceiptError::Checkpoint(CheckpointFault::Size.at(2)));
        check("\n\n", "\n\n\n", ReceiptError::Checkpoint(CheckpointFault::Origin.at(1)));
        assert_eq!(Receipt::parse(""), Err(ReceiptFault::Missing.at(1)));
        assert_eq!(Receipt::parse(&format!("{HEADER}\n\n")), Err(ReceiptFault::Missing.at(2)));
        let found = RECEIPT_BYTES_MAX + 1;
        assert_eq!(Receipt::parse(&"x".repeat(found)), Err(ReceiptError::TooLong { found }));
    }

    #[test]
    fn proof_and_cosignatures_fail_apart() {
        let check = |change: fn(&mut Receipt), error| {
            let mut receipt = receipt(4);
            change(&mut receipt);
            assert_eq!(receipt.verify(ENTRY, &policy()), Err(error));
        };
        check(|it| it.index = 5, ReceiptError::Proof(ProofError::Root));
        check(|it| it.index = 7, ReceiptError::Proof(ProofError::Index { index: 7, size: 7 }));
        check(|it| it.path.swap(0, 1), ReceiptError::Proof(ProofError::Root));
        check(|it| it.path.truncate(2), ReceiptError::Proof(ProofError::Length { found: 2, needed: 3 }));
        check(|it| it.checkpoint.head.root = Digest::ZERO, ReceiptError::Proof(ProofError::Root));
        // A size that asks for the same siblings passes the proof; the signatures hold it.
        check(|it| it.checkpoint.head.size = 8, ReceiptError::Cosignatures(CheckpointFault::Invalid.at(5)));
        let short = CheckpointError::Quorum { found: 2, needed: 3 };
        check(|it| it.checkpoint.cosignatures.truncate(2), ReceiptError::Cosignatures(short));
    }

    #[test]
    fn any_changed_byte_above_the_checkpoint_is_refused() {
        let policy = policy();
        for place in 0..VECTOR.find("\n\n").unwrap() {
            let mut bytes = VECTOR.as_bytes().to_vec();
            bytes[place] ^= 1 << (place % 7);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let result = Receipt::parse(&text).and_then(|receipt| receipt.verify(ENTRY, &policy));
            assert!(result.is_err(), "byte {place}");
        }
    }
}
