//! How a report is written: for people as text, for programs as JSON.

use std::fmt;

use plenary_core::json::Object;

use crate::{
    receipt::{Report, Step},
    verdict::Verdict,
};

impl Report {
    /// Writes the report as people read it.
    ///
    /// The first line begins with the verdict's word; lines end in a line feed.
    pub fn write_text(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        writeln!(out, "{}\n", self.verdict)?;
        for Step { check, found } in &self.steps {
            writeln!(out, "  {} {:<12}{found}", check.number(), check.as_str())?;
        }
        match &self.anchor {
            Some(anchor) => writeln!(out, "  anchor        {anchor}")?,
            None => writeln!(out, "  anchor        none")?,
        }
        let mut label = "not checked";
        for not_checked in &self.not_checked {
            writeln!(out, "  {label:<14}{not_checked}")?;
            label = "";
        }
        match self.verdict.remedy() {
            Some(remedy) => writeln!(out, "  next: {remedy}"),
            None => Ok(()),
        }
    }

    /// The report as a JSON object; fields are only ever added.
    pub fn to_json(&self) -> Object {
        let steps = self.steps.iter().map(|step| {
            Object::from_iter([
                ("check".to_owned(), step.check.as_str().into()),
                ("found".to_owned(), step.found.as_str().into()),
                ("number".to_owned(), step.check.number().into()),
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
