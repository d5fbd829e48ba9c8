//! PDF: text strings of its streams, links, and the author in its properties.
//!
//! This reads what a search for strings needs and no more: streams are found by
//! their keywords, and inflated within the document's budget, nested filters
//! never. Text in fonts that number their glyphs is not decoded; it is
//! reported as unread.

use flate2::read::ZlibDecoder;
use memchr::memmem;

use crate::check::{CheckError, Kind, Report};

/// The most streams of one document.
const STREAMS_MAX: usize = 65_536;

/// The longest name or link that is looked at, in bytes.
const VALUE_MAX: usize = 1_024;

/// Marks of streams without text: pictures, fonts, colours, cross-references.
const NO_TEXT: [&[u8]; 7] =
    [b"/Image", b"/Length1", b"/Type1C", b"/CIDFontType0C", b"/OpenType", b"/ICCBased", b"/XRef"];

pub(crate) fn check(document: &[u8], report: &mut Report) -> Result<(), CheckError> {
    if contains(document, b"/Encrypt") {
        report.unread("the document", "is encrypted");
        return Ok(());
    }
    let mut text = Text::default();
    let (mut rest, mut number) = (document, 0_usize);
    while let Some((before, after)) = split(rest, b"stream") {
        let Some(body) = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")) else {
            properties(before, report);
            rest = after;
            continue;
        };
        let (dictionary, end) = (own(before), split(body, b"endstream"));
        number = number.saturating_add(1);
        if STREAMS_MAX < number {
            return Err(CheckError::Inflated);
        }
        let Some((body, after)) = end else {
            return Err(CheckError::Damaged("a stream does not end"));
        };
        properties(before, report);
        stream(&format!("stream {number}"), dictionary, body, (&mut text, report))?;
        rest = after;
    }
    properties(rest, report);
    if text.undecoded {
        report.unread("the document", "has text in fonts that are not decoded here");
    }
    Ok(())
}

/// What stands behind the last `obj`: a stream's own dictionary.
fn own(before: &[u8]) -> &[u8] {
    let at = memmem::rfind(before, b"obj").unwrap_or(0);
    before.get(at..).unwrap_or_default()
}

fn stream(
    place: &str,
    dictionary: &[u8],
    body: &[u8],
    (text, report): (&mut Text, &mut Report),
) -> Result<(), CheckError> {
    if NO_TEXT.iter().any(|mark| contains(dictionary, mark)) {
        return Ok(());
    }
    let filters = memmem::find_iter(dictionary, b"Decode").count();
    let inflated;
    let content = match (filters, contains(dictionary, b"/FlateDecode")) {
        (0, _) => body,
        // `/DecodeParms` is no filter, and goes with one.
        (1 | 2, true) if filters == 1 || contains(dictionary, b"/DecodeParms") => {
            inflated = report.inflate(ZlibDecoder::new(body))?;
            match &inflated {
                Ok(content) => content.as_slice(),
                Err(_) => {
                    report.unread(place, "cannot be inflated");
                    return Ok(());
                }
            }
        }
        _ => {
            report.unread(place, "is packed in a way that is not read here");
            return Ok(());
        }
    };
    properties(content, report);
    if contains(content, b"dc:creator") {
        report.add(place, Kind::Author, "an author in the XMP properties");
    }
    if contains(content, b"BT") && contains(content, b"ET") {
        for line in text.lines(content) {
            report.text(place, &line);
        }
    } else {
        latin(content).lines().for_each(|line| report.text(place, line));
    }
    Ok(())
}

/// The author in the properties, and addresses in links.
fn properties(objects: &[u8], report: &mut Report) {
    let mut rest = objects;
    while let Some((_, after)) = split(rest, b"/Author") {
        let value = begin(after).trim_ascii_start();
        let (value, _) = match value.first() {
            Some(b'(') => literal(value.get(1..).unwrap_or_default()),
            Some(b'<') => hexadecimal(value.get(1..).unwrap_or_default()),
            _ => (Vec::new(), value),
        };
        if !value.is_empty() {
            report.add("the properties", Kind::Author, &latin(&value));
        }
        rest = after;
    }
    let mut rest = objects;
    while let Some((_, after)) = split(rest, b"mailto:") {
        let link: Vec<u8> = begin(after).iter().copied().take_while(|byte| !b"()<>? \r\n".contains(byte)).collect();
        report.text("a link", &latin(&link));
        rest = after;
    }
}

/// Gathers the strings that a content stream shows.
#[derive(Default)]
struct Text {
    undecoded: bool,
}

impl Text {
    /// Strings between two moves to another line are one line.
    fn lines(&mut self, content: &[u8]) -> Vec<String> {
        let (mut lines, mut line, mut rest) = (Vec::new(), String::new(), content);
        while let Some((first, after)) = rest.split_first() {
            let shown;
            (shown, rest) = match first {
                b'(' => literal(after),
                b'<' if !after.starts_with(b"<") => hexadecimal(after),
                b'<' => (Vec::new(), after.get(1..).unwrap_or_default()),
                // Td, TD, T*, Tm and ET move on.
                b'T' if after.first().is_some_and(|next| b"dD*m".contains(next)) => {
                    lines.push(std::mem::take(&mut line));
                    (Vec::new(), after)
                }
                _ => (Vec::new(), after),
            };
            if !shown.is_empty() {
                line.push_str(&self.decode(&shown));
            }
        }
        lines.push(line);
        lines
    }

    /// Text in a simple font is one byte a letter; two-byte numbers of glyphs show as control characters.
    fn decode(&mut self, shown: &[u8]) -> String {
        let text = match shown.strip_prefix(b"\xfe\xff") {
            Some(wide) => latin(&wide.iter().copied().filter(|byte| *byte != 0).collect::<Vec<_>>()),
            None => latin(shown),
        };
        self.undecoded |= text.chars().any(|letter| letter.is_control() && !letter.is_whitespace());
        text
    }
}

/// The bytes of a string in parentheses, and what follows it.
fn literal(rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let (mut text, mut depth, mut rest) = (Vec::new(), 1_u32, rest);
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'\\' => {
                let Some((escaped, after)) = rest.split_first() else { break };
                rest = after;
                match escaped {
                    b'0'..=b'7' => {
                        let more = rest.iter().take(2).take_while(|digit| matches!(digit, b'0'..=b'7')).count();
                        let (digits, after) = rest.split_at_checked(more).unwrap_or((&[], rest));
                        let value = digits.iter().fold(u32::from(escaped & 7), |value, digit| {
                            value.saturating_mul(8).saturating_add(u32::from(digit & 7))
                        });
                        text.push(u8::try_from(value & 0xff).unwrap_or_default());
                        rest = after;
                    }
                    b'n' | b'r' | b't' | b'b' | b'f' => text.push(b' '),
                    b'\n' | b'\r' => {}
                    other => text.push(*other),
                }
                continue;
            }
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        text.push(*first);
    }
    (text, rest)
}

/// The bytes of a string in hexadecimal digits, and what follows it.
fn hexadecimal(rest: &[u8]) -> (Vec<u8>, &[u8]) {
    let (digits, after) = split(rest, b">").unwrap_or((rest, &[]));
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Vec<u8> = digits.iter().filter_map(digit).collect();
    let byte = |pair: &[u8]| pair.iter().fold(0_u8, |byte, digit| byte.wrapping_shl(4) | digit);
    (digits.chunks(2).map(byte).collect(), after)
}

/// As much as a value may have; each is looked at again only so far.
fn begin(bytes: &[u8]) -> &[u8] {
    bytes.get(..VALUE_MAX).unwrap_or(bytes)
}

/// Bytes as the letters of Latin-1.
fn latin(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    memmem::find(bytes, word).is_some()
}

fn split<'a>(bytes: &'a [u8], word: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(bytes, word)?;
    Some((bytes.get(..at)?, bytes.get(at.checked_add(word.len())?..)?))
}
