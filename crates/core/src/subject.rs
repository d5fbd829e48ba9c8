//! Subjects: what records are about, and the chain and slot that each one has.

use std::fmt;

use crate::{hash::Digest, json::INTEGER_END, note};

/// The name of a subject, such as `fg-dlt/meeting/1` or `organization/tsb`.
///
/// One to six parts of letters, digits, `.` and `-`, separated by `/`, in 128
/// bytes at most.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Subject(String);

impl Subject {
    /// The longest name, in bytes.
    pub const BYTES_MAX: usize = 128;

    const PARTS_MAX: usize = 6;

    /// Reads a subject's name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        };
        let is_subject =
            text.len() <= Self::BYTES_MAX && text.split('/').count() <= Self::PARTS_MAX && text.split('/').all(is_part);
        is_subject.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All entries about one subject, hashed in order, so that none can be left out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Chain {
    /// How many entries there are.
    pub count: u64,
    /// The hash over them; zero bytes for none.
    pub head: Digest,
}

impl Chain {
    const DOMAIN: &'static [u8] = b"plenary/head/v1\n";

    /// The chain with one more entry, or `None` at the end of the number range.
    pub fn with(self, leaf_hash: &Digest) -> Option<Self> {
        let count = self.count.checked_add(1).filter(|count| *count < INTEGER_END)?;
        let head = Digest::of_parts(&[Self::DOMAIN, self.head.as_bytes(), leaf_hash.as_bytes()]);
        Some(Self { count, head })
    }

    /// The bytes of the subject's leaf in the tree of slots: name, count and
    /// head in hexadecimal digits, a line each.
    pub fn slot_leaf(&self, subject: &Subject) -> Vec<u8> {
        format!("{subject}\n{}\n{}\n", self.count, self.head.to_hex()).into_bytes()
    }

    /// Reads the one spelling of a slot's leaf.
    pub fn read_slot_leaf(leaf: &[u8]) -> Option<(Subject, Self)> {
        let lines = note::read_lines(str::from_utf8(leaf).ok()?)?;
        let [subject, count, head] = lines.as_slice() else { return None };
        let chain = Self { count: note::read_number(count)?, head: Digest::from_hex(head)? };
        Some((Subject::parse(subject)?, chain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_plain_parts() {
        //    text, is a subject
        check("fg-dlt/meeting/1", true);
        check("fg-dlt/deliverable/D1.1", true);
        check("validators", true);
        check("", false);
        check("/a", false);
        check("a//b", false);
        check("a/b c", false);
        check("a/b\n", false);
        check("a/b/c/d/e/f", true);
        check("a/b/c/d/e/f/g", false);
        check(&"a".repeat(128), true);
        check(&"a".repeat(129), false);
        fn check(text: &str, is_subject: bool) {
            assert_eq!(Subject::parse(text).is_some(), is_subject, "{text}");
        }
    }

    #[test]
    fn order_and_number_of_entries_decide_the_head() {
        let [one, two] = [Digest::of(b"1"), Digest::of(b"2")];
        let chain = |leaves: &[Digest]| leaves.iter().fold(Chain::default(), |chain, leaf| chain.with(leaf).unwrap());
        assert_ne!(chain(&[one, two]).head, chain(&[two, one]).head);
        assert_ne!(chain(&[one]).head, chain(&[one, one]).head);
        let subject = Subject::parse("fg-dlt/meeting/1").unwrap();
        assert_eq!(
            String::from_utf8(chain(&[one]).slot_leaf(&subject)).unwrap(),
            "fg-dlt/meeting/1\n1\n7a99c66ea1db8b58c5fd244c821d6f197b71dfb438b24e9afdc2b17dd8e17a70\n"
        );
        let leaf = chain(&[one]).slot_leaf(&subject);
        assert_eq!(Chain::read_slot_leaf(&leaf), Some((subject, chain(&[one]))));
        assert_eq!(Chain::read_slot_leaf(&leaf.to_ascii_uppercase()), None);
    }
}
