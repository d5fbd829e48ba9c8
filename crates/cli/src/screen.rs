//! The one handle through which everything is written.
//!
//! What was asked for goes to `data`, and what is said about it to `talk`, so
//! that a pipe carries data alone. A reader who stops reading stops nothing: a
//! command does what it was asked to do, whether or not anybody listens. Text
//! from the ledger could hold characters that move a terminal's cursor or turn
//! the direction of writing, so every line passes `plain`.

use std::io::{self, Write};

use plenary_core::json::Object;
use plenary_verifier::report::is_unsafe;
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
    /// Data as one JSON document, for programs; no talk but an error, which is one as well.
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
        if self.form.is_json { Ok(()) } else { heard(write_lines(self.data, text)) }
    }

    /// Writes data as JSON, if that is asked for; a command does it once.
    pub fn json<T: Serialize>(&mut self, value: &T) -> Result<(), Problem> {
        if !self.form.is_json {
            return Ok(());
        }
        let text = serde_json::to_string_pretty(value).map_err(|error| Problem::Output(error.into()))?;
        heard(writeln!(self.data, "{}", plain_json(&text)))
    }

    /// Writes a text file that was asked for: as it is or, as JSON, under `name`.
    pub fn file(&mut self, name: &str, text: &str) -> Result<(), Problem> {
        if self.form.is_json {
            return self.json(&Object::from_iter([(name.to_owned(), text.into())]));
        }
        heard(self.data.write_all(text.as_bytes()))
    }

    /// Says something about the command itself.
    pub fn say(&mut self, text: &str) {
        if !self.form.is_quiet && !self.form.is_json {
            // What is done does not depend on whether anybody listens.
            drop(write_lines(self.talk, text));
        }
    }

    /// Says what the person can do next: one command.
    pub fn next(&mut self, command: &str) {
        self.say(&format!("next: {command}"));
    }

    /// Asks the person at the keyboard; also said where nothing else is.
    pub fn ask(&mut self, question: &str) -> Result<(), Problem> {
        write!(self.talk, "{} ", plain(question)).and_then(|()| self.talk.flush()).map_err(Problem::Output)
    }

    /// Says why a command failed.
    pub fn fail(&mut self, problem: &Problem) {
        let written = if self.form.is_json {
            let text = serde_json::to_string_pretty(&problem.to_json()).unwrap_or_default();
            writeln!(self.talk, "{}", plain_json(&text))
        } else {
            write_lines(self.talk, &problem.told())
        };
        // Where the problem cannot be told either, its exit code still says it.
        drop(written);
    }
}

/// The result of writing data: a reader who has seen enough is no failure.
fn heard(written: io::Result<()>) -> Result<(), Problem> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Problem::Output(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn write_lines(stream: &mut dyn Write, text: &str) -> io::Result<()> {
    for line in text.lines() {
        writeln!(stream, "{}", plain(line))?;
    }
    Ok(())
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
        screen.say("hello");
        assert_eq!((data.as_slice(), talk.as_slice()), (b"1\n".as_slice(), b"".as_slice()));
    }

    #[test]
    fn a_reader_who_has_seen_enough_is_no_failure() {
        struct Failing(io::ErrorKind);
        impl Write for Failing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(self.0.into())
            }
        }
        let show = |kind| {
            let (mut data, mut talk) = (Failing(kind), Failing(kind));
            let mut screen = Screen::new(&mut data, &mut talk, Form::default());
            screen.say("nobody listens");
            screen.show("a line").is_ok()
        };
        assert!(show(io::ErrorKind::BrokenPipe));
        assert!(!show(io::ErrorKind::StorageFull), "data that was lost is a failure");
    }
}
