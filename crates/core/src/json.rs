//! Canonical JSON lines: RFC 8785 (JCS), restricted so that every reader agrees.
//!
//! Keys are printable ASCII, numbers are integers below 2^53, there is no null,
//! and text is in Normalization Form C of assigned characters by one pinned
//! Unicode table. A line is read only if writing it gives the same bytes.

use serde_json::{Map, Value};
use thiserror::Error;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::is_nfc;

/// A JSON object.
pub type Object = Map<String, Value>;

/// The deepest nesting of arrays and objects in a line.
pub const DEPTH_MAX: usize = 16;

/// The first integer that a line cannot hold: doubles are exact only below it.
pub const INTEGER_END: u64 = 1 << 53;

/// Why bytes are not a canonical JSON line.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum JsonError {
    /// The line is longer than its kind allows.
    #[error("the line has {found} bytes; {limit} are allowed")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes are not one JSON object followed by a line feed.
    #[error("the line is not one JSON object: {0}")]
    Syntax(String),
    /// Writing the value gives other bytes.
    #[error("the line is not canonical (RFC 8785) from byte {at}")]
    NotCanonical {
        /// The first byte that differs, counted from zero.
        at: usize,
    },
    /// A key is not printable ASCII.
    #[error("a key is not printable ASCII")]
    Key,
    /// A number is negative, has a fraction, or is 2^53 or more.
    #[error("a number is not an integer from 0 to 2^53 - 1")]
    Number,
    /// A value is null.
    #[error("null is not allowed: leave the field out")]
    Null,
    /// Arrays and objects are nested too deeply.
    #[error("arrays and objects are nested more than {DEPTH_MAX} deep")]
    Depth,
    /// A text is not in Normalization Form C.
    #[error("a text is not in Unicode Normalization Form C")]
    NotNormalized,
    /// A text holds a character that must not stand in a line.
    #[error("a text holds U+{0:04X}, which is a control or unassigned character")]
    Character(u32),
}

/// Reads one canonical JSON object that ends with a line feed, of `limit` bytes at most.
pub fn read_line(bytes: &[u8], limit: usize) -> Result<Object, JsonError> {
    if bytes.len() > limit {
        return Err(JsonError::TooLong { found: bytes.len(), limit });
    }
    let Some((b'\n', line)) = bytes.split_last() else {
        return Err(JsonError::Syntax("it does not end with a line feed".into()));
    };
    let value: Value = serde_json::from_slice(line).map_err(|error| JsonError::Syntax(error.to_string()))?;
    let Value::Object(object) = value else {
        return Err(JsonError::Syntax("it is not an object".into()));
    };
    let written = write_line(&object)?;
    if written != bytes {
        let at = written.iter().zip(bytes).take_while(|(ours, theirs)| ours == theirs).count();
        return Err(JsonError::NotCanonical { at });
    }
    Ok(object)
}

/// Writes `object` as its canonical line, with the line feed.
pub fn write_line(object: &Object) -> Result<Vec<u8>, JsonError> {
    let mut text = String::new();
    write_object(object, DEPTH_MAX, &mut text)?;
    text.push('\n');
    Ok(text.into_bytes())
}

fn write_value(value: &Value, depth: usize, out: &mut String) -> Result<(), JsonError> {
    match value {
        Value::Null => Err(JsonError::Null),
        Value::Bool(flag) => {
            out.push_str(if *flag { "true" } else { "false" });
            Ok(())
        }
        Value::Number(number) => {
            let integer = number.as_u64().filter(|integer| *integer < INTEGER_END).ok_or(JsonError::Number)?;
            out.push_str(&integer.to_string());
            Ok(())
        }
        Value::String(text) => write_text(text, out),
        Value::Array(items) => write_array(items, depth, out),
        Value::Object(object) => write_object(object, depth, out),
    }
}

fn write_array(items: &[Value], depth: usize, out: &mut String) -> Result<(), JsonError> {
    let depth = depth.checked_sub(1).ok_or(JsonError::Depth)?;
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_value(item, depth, out)?;
    }
    out.push(']');
    Ok(())
}

fn write_object(object: &Object, depth: usize, out: &mut String) -> Result<(), JsonError> {
    let depth = depth.checked_sub(1).ok_or(JsonError::Depth)?;
    // The keys are ASCII, so the order of bytes is the order of UTF-16 units.
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by(|left, right| left.0.cmp(right.0));
    out.push('{');
    for (index, (key, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
            return Err(JsonError::Key);
        }
        out.push('"');
        out.push_str(key);
        out.push_str("\":");
        write_value(value, depth, out)?;
    }
    out.push('}');
    Ok(())
}

fn write_text(text: &str, out: &mut String) -> Result<(), JsonError> {
    check_text(text)?;
    out.push('"');
    if !text.contains(['"', '\\', '\n']) {
        out.push_str(text);
        out.push('"');
        return Ok(());
    }
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // The only control character that `check_text` lets through.
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('"');
    Ok(())
}

/// Refuses text that is not normalized, or that holds a control character other
/// than a line feed, or a code point that the pinned table does not assign.
///
/// Normalization of assigned characters never changes between Unicode versions
/// (Unicode Standard Annex 15, stability policy), so readers of any age agree.
pub fn check_text(text: &str) -> Result<(), JsonError> {
    if text.is_ascii() {
        return match text.bytes().find(|byte| byte.is_ascii_control() && *byte != b'\n') {
            Some(byte) => Err(JsonError::Character(byte.into())),
            None => Ok(()),
        };
    }
    for character in text.chars() {
        let category = get_general_category(character);
        let control = category == GeneralCategory::Control && character != '\n';
        if control || category == GeneralCategory::Unassigned {
            return Err(JsonError::Character(character.into()));
        }
    }
    if is_nfc(text) { Ok(()) } else { Err(JsonError::NotNormalized) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<(), JsonError>) {
        assert_eq!(read_line(line.as_bytes(), 256).map(|_| ()), expected, "{line:?}");
    }

    #[test]
    fn a_canonical_line_is_read() {
        check("{\"a\":1,\"b\":[true,\"é\\n\",{}]}\n", Ok(()));
        check("{\"number\":9007199254740991}\n", Ok(()));
    }

    #[test]
    fn every_other_spelling_is_refused() {
        check("{\"b\":1,\"a\":1}\n", Err(JsonError::NotCanonical { at: 2 }));
        check("{\"a\":1,\"a\":1}\n", Err(JsonError::NotCanonical { at: 6 }));
        check("{\"a\": 1}\n", Err(JsonError::NotCanonical { at: 5 }));
        check("{\"a\":\"\\u0041\"}\n", Err(JsonError::NotCanonical { at: 6 }));
        check("{\"a\":\"\\/\"}\n", Err(JsonError::NotCanonical { at: 6 }));
        check("{\"a\":1}\r\n", Err(JsonError::NotCanonical { at: 7 }));
    }

    #[test]
    fn what_readers_disagree_on_is_refused() {
        check("{\"a\":9007199254740992}\n", Err(JsonError::Number));
        check("{\"a\":-1}\n", Err(JsonError::Number));
        check("{\"a\":1.0}\n", Err(JsonError::Number));
        check("{\"a\":1e3}\n", Err(JsonError::Number));
        check("{\"a\":null}\n", Err(JsonError::Null));
        check("{\"é\":1}\n", Err(JsonError::Key));
        // "e" with a combining acute accent.
        check("{\"a\":\"e\u{301}\"}\n", Err(JsonError::NotNormalized));
        check("{\"a\":\"\\u0000\"}\n", Err(JsonError::Character(0)));
        check("{\"a\":\"\\u001b\"}\n", Err(JsonError::Character(0x1b)));
        check("{\"a\":\"\u{85}\"}\n", Err(JsonError::Character(0x85)));
        // Not assigned in any published version of Unicode.
        check("{\"a\":\"\u{378}\"}\n", Err(JsonError::Character(0x378)));
    }

    #[test]
    fn bounds_hold_at_their_edge() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}\n", "[".repeat(depth), "]".repeat(depth));
        check(&nested(DEPTH_MAX - 1), Ok(()));
        check(&nested(DEPTH_MAX), Err(JsonError::Depth));
        let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(256 - 9));
        check(&long, Ok(()));
        check(&long.replace('x', "é"), Err(JsonError::TooLong { found: 503, limit: 256 }));
        assert!(matches!(read_line(b"{}", 256), Err(JsonError::Syntax(_))));
        assert!(matches!(read_line(b"[]\n", 256), Err(JsonError::Syntax(_))));
        assert!(matches!(read_line(b"{\"a\":\xff}\n", 256), Err(JsonError::Syntax(_))));
        assert!(matches!(read_line(b"", 256), Err(JsonError::Syntax(_))));
    }
}
