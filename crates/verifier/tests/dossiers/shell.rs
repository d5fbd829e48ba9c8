//! The verifier of dossiers in shell, run on one case.

use std::{fs, process::Command};

use plenary_verifier::DOSSIER_SCRIPT;

use crate::case::{Case, Files};

/// Checks what the script says of a case, in a folder of its own.
pub(crate) fn check(case: &Case, folder: &Files) {
    let place = tempfile::tempdir().unwrap();
    let put = |name: &str, content: &[u8]| fs::write(place.path().join(name), content).unwrap();
    put("verify-dossier.sh", DOSSIER_SCRIPT.as_bytes());
    put("dossier", &case.dossier(folder));
    let mut command = Command::new("bash");
    command.current_dir(place.path()).args(["verify-dossier.sh", "dossier", case.anchor.as_str()]);
    if let Some(name) = &case.since {
        put(name, &folder[name]);
        command.args(["--since", name]);
    }
    for name in &case.files {
        put(name, &folder[name]);
        command.arg(name);
    }
    let before = fs::read_dir(place.path()).unwrap().count();
    let output = command.output().unwrap();
    assert_eq!(before, fs::read_dir(place.path()).unwrap().count(), "{}: the script left something behind", case.name);

    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = format!("{}:\n{text}{errors}", case.name);
    let steps: Vec<&str> = text.lines().filter(|line| is_step(line)).collect();
    let last = steps.last().and_then(|line| line.split_whitespace().nth(1)).unwrap_or_default();
    let code = output.status.code().unwrap();
    let (expected, check) = case.without_rules();
    assert_eq!((code, if code == 0 { "-" } else { last }), (expected.into(), check), "{said}");
    assert!(errors.is_empty() && !text.contains("this script stopped"), "{said}");
    if case.code == 0 {
        let report = case.report(folder).to_string();
        let rust = report.lines().filter(|line| is_step(line) && !line.starts_with("   9 "));
        let shell = steps.iter().copied().filter(|line| !line.starts_with("   9 "));
        assert!(shell.eq(rust), "{said}\n{report}");
    }
}

/// Whether a line tells of a check, by its number in two places.
fn is_step(line: &str) -> bool {
    let mut bytes = line.bytes();
    line.starts_with("  ") && bytes.nth(3).is_some_and(|byte| byte.is_ascii_digit()) && bytes.next() == Some(b' ')
}
