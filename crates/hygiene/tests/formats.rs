//! Small files of each format, made here, with what is to be found in them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failing test may panic")]

use std::io::{Cursor, Write as _};

use flate2::{Compression, write::ZlibEncoder};
use plenary_hygiene::check::{CheckError, Kind, check, check_within};
use zip::{ZipWriter, write::SimpleFileOptions};

fn office(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn pdf(objects: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    for (number, (dictionary, stream)) in objects.iter().enumerate() {
        file.extend(format!("{number} 0 obj\n{dictionary}\n").as_bytes());
        if !stream.is_empty() {
            file.extend([b"stream\n", *stream, b"\nendstream\n"].concat());
        }
        file.extend(b"endobj\n");
    }
    file.extend(b"%%EOF\n");
    file
}

fn found(file: &[u8]) -> Vec<(String, Kind)> {
    let findings = check(file).unwrap();
    for finding in &findings {
        for secret in ["anna@example.org", "s3cretKey", "A. Muster", "X1234567"] {
            assert!(!format!("{finding:?}").contains(secret), "{finding:?}");
        }
    }
    findings.into_iter().map(|finding| (finding.place, finding.kind)).collect()
}

fn rows(rows: &[(&str, Kind)]) -> Vec<(String, Kind)> {
    rows.iter().map(|(place, kind)| ((*place).to_owned(), *kind)).collect()
}

#[test]
fn an_office_file_gives_up_its_changes_authors_and_links() {
    let document = r#"<w:document xmlns:w="w"><w:body>
        <w:p><w:r><w:t>Contact: anna@</w:t></w:r><w:r><w:t>example.org</w:t></w:r></w:p>
        <w:p><w:ins w:author="A. Muster" w:date="2017-10-17"><w:r><w:t>new</w:t></w:r></w:ins></w:p>
        <w:p><w:del w:author="A. Muster"><w:r><w:delText>X1234567</w:delText></w:r></w:del></w:p>
        </w:body></w:document>"#;
    let file = office(&[
        ("word/document.xml", document),
        ("word/comments.xml", r#"<w:comments xmlns:w="w"><w:comment w:author="A. Muster"/></w:comments>"#),
        (
            "word/_rels/document.xml.rels",
            r#"<Relationships><Relationship Target="mailto:anna@example.org"/></Relationships>"#,
        ),
        (
            "docProps/core.xml",
            "<c><dc:creator>A. Muster</dc:creator><cp:lastModifiedBy>A. Muster</cp:lastModifiedBy></c>",
        ),
        ("word/media/image1.png", "x"),
        ("notes.txt", "wireless key: s3cretKey\n"),
    ]);
    assert_eq!(
        found(&file),
        rows(&[
            ("word/document.xml, paragraph 1", Kind::Email),
            ("word/document.xml, paragraph 2", Kind::TrackedChange),
            ("word/document.xml, paragraph 3", Kind::TrackedChange),
            ("word/document.xml, paragraph 3", Kind::Identity),
            ("word/comments.xml, paragraph 1", Kind::Comment),
            ("word/_rels/document.xml.rels, paragraph 1", Kind::Email),
            ("docProps/core.xml", Kind::Author),
            ("docProps/core.xml", Kind::Author),
            ("notes.txt", Kind::Secret),
        ])
    );
    assert_eq!(found(&office(&[("word/document.xml", "<d><p><t>Terms and definitions</t></p></d>")])), []);
}

#[test]
fn what_cannot_be_unpacked_or_read_is_named() {
    assert!(matches!(check(b"PK\x03\x04 and nothing more"), Err(CheckError::Damaged(_))));
    let broken = office(&[("word/document.xml", "<w:p><w:t>anna@example.org</w:q></w:p>")]);
    let kinds: Vec<Kind> = found(&broken).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [Kind::Email, Kind::Unread]);
    // Entities are not expanded, so that none can grow.
    let bomb = r#"<!DOCTYPE d [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>"#;
    assert_eq!(found(&office(&[("word/document.xml", bomb)])), []);
}

#[test]
fn a_pdf_gives_up_its_text_links_and_author() {
    let text = b"BT /F1 12 Tf (Contact: anna@) Tj [(exam) -20 (ple.org)] TJ 0 -14 Td (passport \\130) Tj <31323334353637> Tj ET";
    let file = pdf(&[
        ("<< /Length 1 /Filter /FlateDecode >>", &packed(text)),
        ("<< /Author (A. \\(M.\\) Muster) >>", b""),
        ("<< /S /URI /URI (mailto:anna@example.org) >>", b""),
        ("<< /Subtype /Image /Filter /DCTDecode >>", b"\xff\xd8"),
        ("<< /Filter /LZWDecode >>", b"xx"),
        ("<< /Filter /FlateDecode >>", b"no such bytes"),
        ("<< >>", b"BT <00030004> Tj ET"),
    ]);
    assert_eq!(
        found(&file),
        rows(&[
            ("stream 1", Kind::Email),
            ("stream 1", Kind::Identity),
            ("the properties", Kind::Author),
            ("a link", Kind::Email),
            ("stream 3", Kind::Unread),
            ("stream 4", Kind::Unread),
            ("the document", Kind::Unread),
        ])
    );
    assert_eq!(found(&pdf(&[("<< /Encrypt 5 0 R >>", b"")])), rows(&[("the document", Kind::Unread)]));
    assert_eq!(found(&pdf(&[("<< >>", b"BT (Terms and definitions) Tj ET")])), []);
    assert!(matches!(check(b"%PDF-1.7\n1 0 obj << >>\nstream\nabc"), Err(CheckError::Damaged(_))));
}

/// A few kilobytes that inflate to more than the budget are refused, and not held in memory whole.
#[test]
fn a_bomb_is_refused() {
    let zeros = packed(&[0; 1 << 20]);
    let stream = ("<< /Filter /FlateDecode >>", zeros.as_slice());
    assert_eq!(check_within(&pdf(&[stream]), 1 << 20), Ok(vec![]));
    assert_eq!(check_within(&pdf(&[stream, stream]), 1 << 20), Err(CheckError::Inflated));
    let text = " ".repeat(1 << 20);
    let file = office(&[("a.txt", &text), ("b.txt", " ")]);
    assert!(file.len() < 8_192);
    assert_eq!(check_within(&file, (1 << 20) + 1), Ok(vec![]));
    assert_eq!(check_within(&file, 1 << 20), Err(CheckError::Inflated));
}
