//! `plenary document check`: what should not be in a document, before its digest is recorded.

use std::path::{Path, PathBuf};

use plenary_hygiene::check::{BYTES_MAX, Finding, Kind, check};
use serde_json::{Value, json};

use crate::{
    bundle::read_file,
    exit::Exit,
    problem::Problem,
    screen::{Screen, plain, table},
};

/// Checks files; this needs no node and no key.
pub fn run(files: &[PathBuf], screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let (mut checked, mut is_clean) = (Vec::with_capacity(files.len()), true);
    for file in files {
        let findings = examine(file)?;
        show(file, &findings, screen)?;
        is_clean &= findings.is_empty();
        let findings: Vec<Value> = findings.iter().map(as_json).collect();
        checked.push(json!({ "file": file.display().to_string(), "findings": findings }));
    }
    screen.json(&json!({ "clean": is_clean, "files": checked }))?;
    screen.say("not looked at: pictures, and whatever does not look like what it is");
    if is_clean {
        screen.next("plenary contribution submit FILE --meeting MEETING --title TITLE");
        return Ok(Exit::Done);
    }
    screen.next("plenary document check FILE    (once it is mended)");
    Ok(Exit::Refused)
}

/// What was found in a file; one that cannot be examined is a finding as well.
fn examine(file: &Path) -> Result<Vec<Finding>, Problem> {
    let bytes = read_file(file, u64::try_from(BYTES_MAX).unwrap_or(u64::MAX))?;
    let unread = |shown: String| vec![Finding { place: "the document".to_owned(), kind: Kind::Unread, shown }];
    Ok(check(&bytes).unwrap_or_else(|error| unread(error.to_string())))
}

fn show(file: &Path, findings: &[Finding], screen: &mut Screen<'_>) -> Result<(), Problem> {
    let name = plain(&file.display().to_string());
    if findings.is_empty() {
        return screen.show(&format!("CLEAN      {name}: nothing was found\n"));
    }
    screen.show(&format!("FOUND      {} in {name}\n", findings.len()))?;
    let mut rows = vec![["what", "begins", "where"].map(str::to_owned).to_vec()];
    rows.extend(findings.iter().map(|one| vec![one.kind.as_str().to_owned(), one.shown.clone(), one.place.clone()]));
    screen.show(&table(&rows))?;
    let mut kinds: Vec<Kind> = findings.iter().map(|finding| finding.kind).collect();
    kinds.sort();
    kinds.dedup();
    for kind in kinds {
        screen.say(&format!("{}: {}", kind.as_str(), kind.remedy()));
    }
    Ok(())
}

fn as_json(finding: &Finding) -> Value {
    let Finding { place, kind, shown } = finding;
    json!({ "kind": kind.as_str(), "where": place, "begins": shown, "remedy": kind.remedy() })
}
