//! The one handle through which everything is written.
//!
//! What was asked for goes to `data`, and what is said about it to `talk`, so
//! that a pipe carries data alone. Text from the ledger could hold characters
//! that move a terminal's cursor or turn the direction of writing, so every
//! line passes `plain`.

use std::io::{self, Write};

use serde::Serialize;

use crate::problem::Problem;

/// What a command writes to.
pub struct Screen<'a> {
    data: &'a mut dyn Write,
    talk: &'a mut dyn Write,
    form: Form,
}

/// How a command writes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Form {
    /// Data as JSON, for programs.
    pub is_json: bool,
    /// No talk but errors.
    pub is_quiet: bool,
}

impl<'a> Screen<'a> {
    /// A screen of two streams.
    pub fn new(data: &'a mut dyn Write, talk: &'a mut dyn Write, form: Form) -> Self {
        Self { data, talk, form }
    }

    /// Whether data is written as JSON.
    pub const fn is_json(&self) -> bool {
        self.form.is_json
    }

    /// Writes lines of data for people; nothing where JSON is asked for.
    pub fn show(&mut self, text: &str) -> Result<(), Problem> {
        if self.form.is_json { Ok(()) } else { write_lines(self.data, text).map_err(Problem::Output) }
    }

    /// Writes data as JSON, if that is asked for.
    pub fn json<T: Serialize>(&mut self, value: &T) -> Result<(), Problem> {
        if !self.form.is_json {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(value).map_err(|error| Problem::Output(error.into()))?;
        writeln!(self.data, "{}", plain_json(&text)).map_err(Problem::Output)
    }

    /// Writes bytes as they are: a file that was asked for.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.data.write_all(bytes).map_err(Problem::Output)
    }

    /// Says something about the command itself.
    pub fn say(&mut self, text: &str) -> Result<(), Problem> {
        if self.form.is_quiet { Ok(()) } else { write_lines(self.talk, text).map_err(Problem::Output) }
    }

    /// Asks the person at the keyboard; also said where nothing else is.
    pub fn ask(&mut self, question: &str) -> Result<(), Problem> {
        write!(self.talk, "{} ", plain(question)).and_then(|()| self.talk.flush()).map_err(Problem::Output)
    }

    /// Says what the person can do next: one command.
    pub fn next(&mut self, command: &str) -> Result<(), Problem> {
        self.say(&format!("next: {command}"))
    }

    /// Says why a command failed.
    pub fn fail(&mut self, problem: &Problem) -> io::Result<()> {
        if self.form.is_json {
            let text = serde_json::to_string_pretty(&problem.to_json()).unwrap_or_default();
            return writeln!(self.talk, "{}", plain_json(&text));
        }
        write_lines(self.talk, &problem.told())
    }
}

fn write_lines(stream: &mut dyn Write, text: &str) -> io::Result<()> {
    for line in text.lines() {
        writeln!(stream, "{}", plain(line))?;
    }
    Ok(())
}

/// Whether a character could change what a terminal shows elsewhere: controls
/// and escapes, overrides of direction, and separators of lines.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The text with unsafe characters written as `\u{…}`.
pub fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// JSON with unsafe characters in its texts written as JSON escapes them; it means the same.
fn plain_json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Rows of cells as columns; the first row is the heading.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width_of(cell)).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from(" ");
        for (cell, width) in row.iter().zip(&widths) {
            let gap = width.saturating_sub(width_of(cell));
            line.push_str(&format!(" {}{} ", plain(cell), " ".repeat(gap)));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn width_of(cell: &str) -> usize {
    plain(cell).chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_a_terminal_is_written_out() {
        //    text, as written
        check("Grüße, 合意", "Grüße, 合意");
        check("\u{1b}[2Jgone", "\\u{1b}[2Jgone");
        check("a\rb", "a\\u{d}b");
        check("\u{9b}31m", "\\u{9b}31m");
        check("pdf.\u{202e}exe", "pdf.\\u{202e}exe");
        check("zero\u{200b}width", "zero\\u{200b}width");
        fn check(text: &str, written: &str) {
            assert_eq!(plain(text), written);
        }
    }

    #[test]
    fn json_means_the_same_when_escaped() {
        let value = serde_json::json!({ "a": "\u{202e}\u{9b}x\u{e0001}\n" });
        let text = plain_json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(table(&[row(["name", "state"]), row(["a", "connected"])]), "  name  state\n  a     connected\n");
    }

    #[test]
    fn data_and_talk_are_kept_apart() {
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let mut screen = Screen::new(&mut data, &mut talk, Form { is_json: true, is_quiet: true });
        screen.show("for people").unwrap();
        screen.json(&1).unwrap();
        screen.say("hello").unwrap();
        assert_eq!((data.as_slice(), talk.as_slice()), (b"1\n".as_slice(), b"".as_slice()));
    }
}
