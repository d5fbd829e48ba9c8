//! Commands as documents show them: the lines of fenced `sh` blocks.

/// A line that is to be typed, and the exit code that comes of it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) command: String,
    pub(crate) code: i32,
}

/// What is to be typed in the part of a document that begins with the heading `part`.
pub(crate) fn lines(document: &str, part: &str) -> Vec<Line> {
    let (_, rest) = document.split_once(&format!("{part}\n")).unwrap_or_else(|| panic!("there is no {part}"));
    let text = rest.split("\n## ").next().unwrap_or_default();
    let mut fence = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        fence = match (fence, line.strip_prefix("```")) {
            (None, Some(language)) => Some(language),
            (Some(_), Some(_)) => None,
            (within, None) => within,
        };
        let is_fence = line.starts_with("```");
        assert!(is_fence || fence != Some("") || !line.contains("plenary "), "nothing runs this line: {line}");
        if fence == Some("sh") && !is_fence {
            let (command, code) = line.split_once("    # exit ").unwrap_or((line, "0"));
            lines.push(Line { command: command.to_owned(), code: code.parse().unwrap() });
        }
    }
    assert!(!lines.is_empty(), "{part} shows no command");
    lines
}
