//! Office files: a zip of XML parts, with tracked changes, comments and properties.

use std::io::Cursor;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use zip::ZipArchive;

use crate::check::{CheckError, Kind, Report};

/// The most parts of one file.
const PARTS_MAX: usize = 4_096;

/// Elements that hold a name, in Office's and in OpenDocument's properties.
const AUTHORS: [&str; 5] = ["creator", "lastModifiedBy", "Manager", "initial-creator", "author"];

/// Elements of tracked changes.
const CHANGES: [&str; 6] = ["ins", "del", "moveFrom", "moveTo", "rPrChange", "tracked-changes"];

/// Elements at whose end a paragraph ends.
const PARAGRAPHS: [&str; 3] = ["p", "h", "si"];

/// Pictures, which are not looked at.
const PICTURES: [&str; 8] = [".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".svg", ".tiff"];

pub(crate) fn check(document: &[u8], report: &mut Report) -> Result<(), CheckError> {
    let damaged = CheckError::Damaged("its table of parts cannot be read");
    let mut archive = ZipArchive::new(Cursor::new(document)).map_err(|_| damaged)?;
    if PARTS_MAX < archive.len() {
        return Err(CheckError::Inflated);
    }
    for index in 0..archive.len() {
        let Ok(part) = archive.by_index(index) else {
            report.unread(&format!("part {index}"), "is encrypted, or packed in a way that is not read here");
            continue;
        };
        let (name, is_folder) = (printable(part.name()), part.is_dir());
        let lower = name.to_ascii_lowercase();
        if is_folder || PICTURES.iter().any(|ending| lower.ends_with(ending)) {
            continue;
        }
        let Ok(bytes) = report.inflate(part)? else {
            return Err(CheckError::Damaged("a part cannot be unpacked"));
        };
        match str::from_utf8(&bytes) {
            Ok(text) if lower.ends_with(".xml") || lower.ends_with(".rels") => parts(&name, text, report),
            Ok(text) => text.lines().for_each(|line| report.text(&name, line)),
            Err(_) => report.unread(&name, "is a file within the file, and not text"),
        }
    }
    Ok(())
}

/// A name as it can be shown: whoever made the file chose it.
fn printable(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(120).collect()
}

/// Searches the paragraphs, attributes and properties of one part.
fn parts(name: &str, text: &str, report: &mut Report) {
    let mut reader = Reader::from_str(text);
    let (mut paragraph, mut number, mut author) = (String::new(), 1_u32, false);
    loop {
        let place = format!("{name}, paragraph {number}");
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                author = AUTHORS.contains(&element.local_name().as_ref());
                marks(&place, &element, report);
            }
            Ok(Event::Empty(element)) => marks(&place, &element, report),
            Ok(Event::Text(words)) => {
                let words = words.xml10_content();
                if author && !words.trim().is_empty() {
                    report.add(name, Kind::Author, words.trim());
                } else {
                    paragraph.push_str(&words);
                }
            }
            // References such as `&amp;` end what looks like an address, as a blank would.
            Ok(Event::GeneralRef(_)) => paragraph.push(' '),
            Ok(Event::End(element)) => {
                author = false;
                if PARAGRAPHS.contains(&element.local_name().as_ref()) {
                    report.text(&place, &std::mem::take(&mut paragraph));
                    number = number.saturating_add(1);
                }
            }
            Ok(Event::Eof) => return report.text(&place, &paragraph),
            Ok(Event::CData(words)) => paragraph.push_str(&words.xml10_content()),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(_) => {
                report.text(&place, &paragraph);
                return report.unread(&place, "is not well-formed from here on");
            }
        }
    }
}

/// Tracked changes and comments, and addresses in attributes such as links.
fn marks(place: &str, element: &BytesStart<'_>, report: &mut Report) {
    let local = element.local_name();
    let kind = if CHANGES.contains(&local.as_ref()) {
        Some(Kind::TrackedChange)
    } else {
        (local.as_ref() == "comment" || local.as_ref() == "annotation").then_some(Kind::Comment)
    };
    let mut by = String::new();
    for attribute in element.attributes().flatten() {
        let value = attribute.value.into_owned();
        if attribute.key.local_name().as_ref() == "author" {
            by = value;
        } else if value.contains('@') || value.starts_with("tel:") {
            report.text(place, &value);
        }
    }
    // In WordprocessingML an insertion or deletion names who made it; elsewhere these words mean something else.
    let is_bare = by.is_empty() && ["ins", "del"].contains(&local.as_ref());
    if let (false, Some(kind)) = (is_bare, kind) {
        report.add(place, kind, &by);
    }
}
