//! The check of one document: its format, its text, and what was found where.

use std::io::{self, Read};

use thiserror::Error;

use crate::{ooxml, pattern, pdf};

/// The largest document, in bytes.
pub const BYTES_MAX: usize = 64 << 20;

/// The most bytes that a document may inflate to.
pub const INFLATED_MAX: u64 = 256 << 20;

/// The most findings of one document.
pub const FINDINGS_MAX: usize = 1_000;

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// An address for mail.
    Email,
    /// A telephone number.
    Phone,
    /// Something like the number of a passport, or a date of birth.
    Identity,
    /// A password, or the key of a wireless network.
    Secret,
    /// The name of an author in the metadata.
    Author,
    /// A change that is tracked, with who made it.
    TrackedChange,
    /// A comment, with who made it.
    Comment,
    /// A part that could not be examined.
    Unread,
}

impl Kind {
    /// The word for programs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Identity => "identity-number",
            Self::Secret => "secret",
            Self::Author => "author",
            Self::TrackedChange => "tracked-change",
            Self::Comment => "comment",
            Self::Unread => "unread",
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Email | Self::Phone => "leave private contact data out; name the organisation and the role",
            Self::Identity => "take it out: such numbers and dates are never part of a document",
            Self::Secret => "take it out, and change the secret: it was in a file",
            Self::Author => "remove the file's properties before publishing it",
            Self::TrackedChange => "accept or reject all changes, then save the file anew",
            Self::Comment => "delete the comments, then save the file anew",
            Self::Unread => "look at it yourself, or hand in a form that can be examined",
        }
    }
}

/// One thing that was found. It never holds what it warns of in full.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Where, such as `line 3` or `word/document.xml, paragraph 2`.
    pub place: String,
    /// What kind.
    pub kind: Kind,
    /// Its first two characters and its length; for an unread part, why.
    pub shown: String,
}

/// Why a document cannot be checked.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum CheckError {
    /// The document is too large.
    #[error("the document has more than {BYTES_MAX} bytes")]
    TooLong,
    /// The document inflates to too much.
    #[error("the document inflates to more than {INFLATED_MAX} bytes, or has too many parts")]
    Inflated,
    /// The document is not of the form that it begins with.
    #[error("the document is damaged: {0}")]
    Damaged(&'static str),
}

/// Findings as they are gathered, and how much may still be inflated.
pub(crate) struct Report {
    findings: Vec<Finding>,
    budget: u64,
}

impl Report {
    pub(crate) fn add(&mut self, place: &str, kind: Kind, found: &str) {
        let length = found.chars().count();
        let begin: String = found.chars().take(2.min(length.saturating_sub(1))).collect();
        self.push(place, kind, format!("{begin}… ({length} characters)"));
    }

    pub(crate) fn unread(&mut self, place: &str, why: &str) {
        self.push(place, Kind::Unread, why.to_owned());
    }

    fn push(&mut self, place: &str, kind: Kind, shown: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { place: place.to_owned(), kind, shown });
        }
    }

    /// Searches one piece of text.
    pub(crate) fn text(&mut self, place: &str, text: &str) {
        for (kind, found) in pattern::search(text) {
            self.add(place, kind, found);
        }
    }

    /// Inflates all that `from` gives, within what the document may still inflate to.
    pub(crate) fn inflate(&mut self, from: impl Read) -> Result<io::Result<Vec<u8>>, CheckError> {
        let mut bytes = Vec::new();
        let read = from.take(self.budget.saturating_add(1)).read_to_end(&mut bytes);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.budget = self.budget.checked_sub(length).ok_or(CheckError::Inflated)?;
        Ok(read.map(|_| bytes))
    }
}

/// What is to be looked at in a document: Office files (docx and its kind), PDF, and text.
pub fn check(document: &[u8]) -> Result<Vec<Finding>, CheckError> {
    check_within(document, INFLATED_MAX)
}

/// The same, for a document that may inflate to `budget` bytes.
pub fn check_within(document: &[u8], budget: u64) -> Result<Vec<Finding>, CheckError> {
    if BYTES_MAX < document.len() {
        return Err(CheckError::TooLong);
    }
    let mut report = Report { findings: Vec::new(), budget };
    let head = document.get(..1_024.min(document.len())).unwrap_or_default();
    if document.starts_with(b"PK") {
        ooxml::check(document, &mut report)?;
    } else if head.windows(5).any(|window| window == b"%PDF-") {
        pdf::check(document, &mut report)?;
    } else {
        check_text(document, &mut report);
    }
    Ok(report.findings)
}

fn check_text(document: &[u8], report: &mut Report) {
    match str::from_utf8(document) {
        Ok(text) if !text.contains('\0') => {
            for (index, line) in text.lines().enumerate() {
                report.text(&format!("line {}", index.saturating_add(1)), line);
            }
        }
        Ok(_) | Err(_) => {
            report.unread("the document", "a format that is not read here: neither Office, PDF nor UTF-8 text")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_searched_line_by_line() {
        let found = check("Title\nwrite to anna.muster@example.org\n".as_bytes()).unwrap();
        let shown = "an… (23 characters)".to_owned();
        assert_eq!(found, [Finding { place: "line 2".to_owned(), kind: Kind::Email, shown }]);
        assert_eq!(check(b"Distributed ledger technology: terms, 2017-10-17, D1.1\n").unwrap(), []);
        assert_eq!(check(b"").unwrap(), []);
    }

    #[test]
    fn what_is_not_read_is_said() {
        let kinds = |bytes: &[u8]| check(bytes).unwrap().iter().map(|finding| finding.kind).collect::<Vec<_>>();
        assert_eq!(kinds(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), [Kind::Unread]);
        assert_eq!(kinds(b"text\0with a zero"), [Kind::Unread]);
    }

    #[test]
    fn bounds_hold() {
        assert_eq!(check(&vec![b' '; BYTES_MAX + 1]), Err(CheckError::TooLong));
        assert_eq!(check("a@example.org\n".repeat(FINDINGS_MAX + 1).as_bytes()).unwrap().len(), FINDINGS_MAX);
        let mut report = Report { findings: Vec::new(), budget: 10 };
        assert_eq!(report.inflate(&[0; 10][..]).unwrap().unwrap().len(), 10);
        assert_eq!(report.inflate(&[0; 1][..]).unwrap_err(), CheckError::Inflated);
    }

    #[test]
    fn a_short_secret_is_not_shown_whole() {
        let mut report = Report { findings: Vec::new(), budget: 0 };
        for found in ["", "a", "ab", "abc"] {
            report.add("here", Kind::Secret, found);
        }
        let shown: Vec<_> = report.findings.iter().map(|finding| finding.shown.as_str()).collect();
        assert_eq!(shown, ["… (0 characters)", "… (1 characters)", "a… (2 characters)", "ab… (3 characters)"]);
    }
}
