//! Where an entry stands in the log, as text: what a receipt says above its checkpoint.
//!
//! ```text
//! index 4
//! Nqi0XJN4r86F7Wq9rvfsrPV64AsqyFv2P7zTeT3vucA=     and on: inclusion path, leaf's sibling first
//! …
//! ```

use std::fmt;

use crate::{
    block::TreeHead,
    hash::Digest,
    merkle::{self, PATH_LENGTH_MAX, ProofError},
    note,
    receipt::ReceiptFault,
};

/// The longest such text, in bytes: a path through the highest tree.
pub const PLACE_BYTES_MAX: usize = 4_096;

/// An entry's position and the path to the root.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Place {
    /// The position of the entry in the log.
    pub index: u64,
    /// The inclusion path, from the leaf's sibling to the root's child.
    pub path: Vec<Digest>,
}

impl Place {
    /// Reads the one spelling that `Display` writes; proves nothing.
    pub fn parse(text: &str) -> Result<Self, ReceiptFault> {
        if PLACE_BYTES_MAX < text.len() {
            return Err(ReceiptFault::Surplus);
        }
        let lines = note::read_lines(text).ok_or(ReceiptFault::Missing)?;
        let (index, hashes) = lines.split_first().ok_or(ReceiptFault::Missing)?;
        let index = index.strip_prefix("index ").and_then(note::read_number).ok_or(ReceiptFault::Index)?;
        if PATH_LENGTH_MAX < hashes.len() {
            return Err(ReceiptFault::Surplus);
        }
        let read = |hash: &&str| note::read_base64(hash).map(Digest::from_bytes).ok_or(ReceiptFault::Hash);
        Ok(Self { index, path: hashes.iter().map(read).collect::<Result<_, _>>()? })
    }

    /// Checks that `entry` stands here in the log with this head.
    pub fn verify(&self, entry: &[u8], head: &TreeHead) -> Result<(), ProofError> {
        merkle::verify_inclusion(merkle::leaf_hash(entry), self.index, head, &self.path)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "index {}", self.index)?;
        self.path.iter().try_for_each(|hash| writeln!(f, "{}", note::write_base64(hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        checkpoint::fixture::{entry, tree},
        merkle::inclusion_path,
    };

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let tree = tree();
        let head = tree.head().unwrap();
        let place = Place { index: 4, path: inclusion_path(&tree.into_changes(), 4, 7).unwrap() };
        let text = place.to_string();
        assert!(text.starts_with("index 4\nNqi0XJN4r86F7Wq9rvfsrPV64AsqyFv2P7zTeT3vucA=\n"), "{text}");
        assert_eq!(Place::parse(&text), Ok(place.clone()));
        assert_eq!(place.verify(&entry(4), &head), Ok(()));
        assert!(place.verify(&entry(5), &head).is_err());
    }

    #[test]
    fn a_second_spelling_is_refused() {
        let hash = note::write_base64(&Digest::ZERO);
        check("index 0\n", None);
        check("", Some(ReceiptFault::Missing));
        check("index 0", Some(ReceiptFault::Missing));
        check("index 00\n", Some(ReceiptFault::Index));
        check("at 0\n", Some(ReceiptFault::Index));
        check("index 0\n\n", Some(ReceiptFault::Hash));
        check(&format!("index 0\n{hash}\n").repeat(1), None);
        check(&format!("index 0\n{}", format!("{hash}\n").repeat(53)), None);
        check(&format!("index 0\n{}", format!("{hash}\n").repeat(54)), Some(ReceiptFault::Surplus));
        fn check(text: &str, fault: Option<ReceiptFault>) {
            assert_eq!(Place::parse(text).err(), fault, "{text:?}");
        }
    }
}
