//! How a report is written: for people as text, for programs as JSON.

use std::fmt;

use plenary_core::{hash::Digest, json::Object};

use crate::verdict::{NotChecked, Verdict};

/// A check that was made or passed over, and what was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Its number, from one.
    pub number: u8,
    /// Its name.
    pub check: &'static str,
    /// What was found, as a sentence without its stop.
    pub found: String,
}

/// All that came of a check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Report {
    /// The answer: that of the last step.
    pub verdict: Verdict,
    /// The steps up to the first that did not hold, that one included.
    pub steps: Vec<Step>,
    /// The genesis leaf hash that the reader trusts.
    pub anchor: Option<Digest>,
    /// What the verdict does not cover.
    pub not_checked: Vec<NotChecked>,
}

/// How wide the numbers and the names of checks are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    pub(crate) number: usize,
    pub(crate) name: usize,
}

impl Report {
    /// Writes the report as people read it.
    ///
    /// The first line begins with the verdict's word; lines end in a line feed.
    pub fn write_text(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        self.write_steps(out, Columns { number: 1, name: 12 })?;
        self.write_next(out)
    }

    /// Writes the verdict, the steps, and what was not checked.
    pub(crate) fn write_steps(&self, out: &mut dyn fmt::Write, Columns { number, name }: Columns) -> fmt::Result {
        writeln!(out, "{}\n", self.verdict)?;
        for step in &self.steps {
            writeln!(out, "  {:>number$} {:<name$}{}", step.number, step.check, step.found)?;
        }
        let width = name.saturating_add(number).saturating_add(1);
        match &self.anchor {
            Some(anchor) => writeln!(out, "  {:<width$}{anchor}", "anchor")?,
            None => writeln!(out, "  {:<width$}none", "anchor")?,
        }
        let mut label = "not checked";
        for not_checked in &self.not_checked {
            writeln!(out, "  {label:<width$}{not_checked}")?;
            label = "";
        }
        Ok(())
    }

    /// Writes what the reader can do.
    pub(crate) fn write_next(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self.verdict.remedy() {
            Some(remedy) => writeln!(out, "  next: {remedy}"),
            None => Ok(()),
        }
    }

    /// The report as a JSON object; fields are only ever added.
    pub fn to_json(&self) -> Object {
        let steps = self.steps.iter().map(|step| {
            Object::from_iter([
                ("check".to_owned(), step.check.into()),
                ("found".to_owned(), step.found.as_str().into()),
                ("number".to_owned(), step.number.into()),
            ])
        });
        let mut object = Object::from_iter([
            ("exit_code".to_owned(), self.verdict.exit_code().into()),
            ("not_checked".to_owned(), self.not_checked.iter().map(ToString::to_string).collect()),
            ("steps".to_owned(), steps.collect()),
            ("verdict".to_owned(), self.verdict.as_str().into()),
        ]);
        let reason = match &self.verdict {
            Verdict::Verified => None,
            Verdict::NotVerified(failure) => Some(failure.to_string()),
            Verdict::CannotTell(gap) => Some(gap.to_string()),
        };
        object.extend(reason.map(|reason| ("reason".to_owned(), reason.into())));
        object.extend(self.verdict.remedy().map(|remedy| ("next".to_owned(), remedy.into())));
        object.extend(self.anchor.map(|anchor| ("anchor".to_owned(), anchor.to_string().into())));
        object
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_text(f)
    }
}

/// Whether a character could change what a terminal or a page shows elsewhere:
/// controls and escapes, overrides of direction, separators of lines, and what is invisible.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A text of the ledger as one line, in which nothing is changed but unsafe characters.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|character| if is_unsafe(character) { char::REPLACEMENT_CHARACTER } else { character }).collect()
}
