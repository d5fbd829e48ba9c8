//! The browser's table of assigned code points is the one that all readers share.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

use std::{fs, path::Path};

use unicode_general_category::{GeneralCategory, get_general_category};

/// Lengths of runs of assigned and of other code points, in turn, in base 36.
fn table() -> String {
    let is_assigned = |point: u32| {
        // Surrogates are assigned, and can stand in no text.
        char::from_u32(point).is_none_or(|it| get_general_category(it) != GeneralCategory::Unassigned)
    };
    let points: Vec<bool> = (0..0x11_0000).map(is_assigned).collect();
    let runs: Vec<String> = points.chunk_by(|one, other| one == other).map(|run| base_36(run.len())).collect();
    let mut lines = vec![String::new()];
    for run in runs {
        if lines.last().is_some_and(|line| 110 < line.len().saturating_add(run.len())) {
            lines.push(String::new());
        }
        let line = lines.last_mut().unwrap();
        line.push_str(&run);
        line.push(' ');
    }
    let text = lines.iter().map(|line| format!("  '{line}' +\n")).collect::<String>();
    format!(
        "// Lengths of runs of assigned and of other code points in turn, in base 36: Unicode 16.0, made by a test.\n\n\
        export const RUNS = (\n{text}  ''\n).trimEnd();\n"
    )
}

fn base_36(number: usize) -> String {
    let digit = |value: usize| u32::try_from(value).ok().and_then(|value| char::from_digit(value, 36)).unwrap();
    match number / 36 {
        0 => digit(number).to_string(),
        more => format!("{}{}", base_36(more), digit(number % 36)),
    }
}

#[test]
fn the_browser_has_the_pinned_table() {
    assert_eq!(unicode_general_category::UNICODE_VERSION, (16, 0, 0), "unicode.js names the version");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/browser/assigned.js");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, table()).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == table(), "assigned.js differs; UPDATE=1 rewrites it");
}
