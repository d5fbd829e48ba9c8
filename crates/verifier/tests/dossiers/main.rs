//! Dossiers, honest and forged, before the verifier in Rust and the one in shell.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a failing test may panic")]

mod bent;
mod case;
mod forgeries;
mod ledger;
mod shell;
mod story;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::LazyLock,
    thread,
};

use plenary_core::dossier::FileName;
use plenary_verifier::{
    dossier::{Check, DossierBundle, DossierReport, check_dossier},
    verdict::Verdict,
};

use crate::{
    case::{Case, packed, unpacked},
    forgeries::{DELIVERABLE, Vectors},
    ledger::Chronicle,
};

static VECTORS: LazyLock<Vectors> = LazyLock::new(forgeries::vectors);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/dossiers")
}

fn check(chronicle: &Chronicle, dossier: &[u8]) -> DossierReport {
    check_dossier(&DossierBundle { dossier, files: &[], since: None }, Some(chronicle.ledger.id()))
}

/// The cases as a text, which the other verifiers read as well.
fn cases() -> String {
    let cases: Vec<String> = VECTORS.cases.iter().map(Case::to_string).collect();
    format!(
        "# Made by crates/verifier/tests/dossiers; docs/protocol.md says what the lines mean.\n\n{}",
        cases.join("\n")
    )
}

#[test]
fn the_vectors_are_those_in_the_repository() {
    let mut wanted: BTreeMap<PathBuf, Vec<u8>> =
        VECTORS.folder.iter().map(|(name, content)| (folder().join(name), content.clone())).collect();
    wanted.insert(folder().join("cases.txt"), cases().into_bytes());
    if std::env::var_os("UPDATE").is_some() {
        if folder().exists() {
            fs::remove_dir_all(folder()).unwrap();
        }
        fs::create_dir_all(folder()).unwrap();
        wanted.iter().for_each(|(path, content)| fs::write(path, content).unwrap());
    }
    for (path, content) in &wanted {
        let found = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(found == *content, "{} differs; UPDATE=1 rewrites it", path.display());
    }
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        assert!(wanted.contains_key(&path), "{} belongs to no vector", path.display());
    }
}

#[test]
fn cases_are_read_as_they_are_written() {
    assert!(Case::read_all(&cases()) == VECTORS.cases);
    let names: BTreeSet<&str> = VECTORS.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), VECTORS.cases.len(), "a name is there twice");
}

#[test]
fn every_case_has_the_expected_verdict() {
    let mut wrong = Vec::new();
    for case in &VECTORS.cases {
        let report = case.report(&VECTORS.folder);
        let last = report.report.steps.last().map_or("-", |step| step.check);
        let check = if report.report.verdict == Verdict::Verified { "-" } else { last };
        let found = (report.report.verdict.exit_code(), check);
        if found != (case.code, case.check.as_str()) {
            wrong.push(format!("{}: expected {} {}, found {found:?}\n{report}", case.name, case.code, case.check));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn shell_gives_the_expected_verdicts() {
    // Long and short ones stand in groups, so each thread takes every second one.
    thread::scope(|scope| {
        for first in 0..2 {
            scope.spawn(move || {
                VECTORS.cases.iter().skip(first).step_by(2).for_each(|case| shell::check(case, &VECTORS.folder));
            });
        }
    });
}

#[test]
fn the_script_says_what_it_lacks() {
    for arguments in [&[][..], &["dossier"], &["dossier", "none", "--since"]] {
        let mut command = std::process::Command::new("bash");
        command.args(["-c", plenary_verifier::DOSSIER_SCRIPT, "script"]).args(arguments);
        assert_eq!(command.output().unwrap().status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn every_check_is_failed_by_some_forgery() {
    let forged: Vec<&Case> = VECTORS.cases.iter().filter(|case| case.code != 0).collect();
    assert!(100 <= forged.len(), "{} forgeries", forged.len());
    for check in Check::ALL {
        assert!(forged.iter().any(|case| case.check == check.as_str()), "nothing fails {}", check.as_str());
    }
    for code in [10, 11, 12, 13, 14, 15, 16] {
        assert!(forged.iter().any(|case| case.code == code), "nothing ends with {code}");
    }
}

#[test]
fn the_dossier_of_any_subject_is_verified() {
    let chronicle = story::approved();
    for subject in chronicle.memory.slots.keys() {
        let bytes = chronicle.dossier(subject.as_str(), None).write().unwrap();
        let report = check(&chronicle, &bytes);
        assert_eq!(report.report.verdict, Verdict::Verified, "{report}");
    }
}

#[test]
fn without_any_of_its_files_a_dossier_is_not_verified() {
    let chronicle = story::approved();
    let honest = unpacked(&chronicle.dossier(DELIVERABLE, Some(&story::called().checkpoint())).write().unwrap());
    assert_eq!(check(&chronicle, &packed(&honest)).report.verdict, Verdict::Verified);
    for name in honest.keys() {
        let mut files = honest.clone();
        files.remove(name);
        assert_ne!(check(&chronicle, &packed(&files)).report.verdict, Verdict::Verified, "{name}");
    }
}

#[test]
fn with_any_two_entries_exchanged_a_dossier_is_not_verified() {
    let chronicle = story::approved();
    let honest = unpacked(&chronicle.dossier(DELIVERABLE, None).write().unwrap());
    let entries: Vec<&String> = honest.keys().filter(|name| name.starts_with("entries/")).collect();
    for (at, one) in entries.iter().enumerate() {
        for other in &entries[at + 1..] {
            let mut files = honest.clone();
            files.insert((*one).clone(), honest[*other].clone());
            files.insert((*other).clone(), honest[*one].clone());
            assert_ne!(check(&chronicle, &packed(&files)).report.verdict, Verdict::Verified, "{one} {other}");
        }
    }
}

#[test]
fn without_any_chain_a_dossier_is_not_verified() {
    let chronicle = story::approved();
    let honest = chronicle.dossier(DELIVERABLE, None);
    for slot in honest.slots.values() {
        let mut without = honest.clone();
        without.slots.retain(|_, other| other.subject != slot.subject);
        let names = |entry: &[u8]| String::from_utf8_lossy(entry).contains(&format!("\"{}\"", slot.subject));
        without.entries.retain(|index, entry| *index == 0 || !names(&entry.entry));
        let report = check(&chronicle, &without.write().unwrap());
        assert_ne!(report.report.verdict, Verdict::Verified, "{}", slot.subject);
    }
}

/// What the rules do not read is left out.
#[test]
fn a_dossier_holds_no_more_than_it_takes() {
    //    subject, entries, chains; each with the genesis line, the last seal, and the chains of genesis
    check("validators", 2, 3);
    check("organization/org-a", 3, 4);
    check("fg-dlt/ruleset", 4, 5);
    // An enrolment names the roster, and so all enrolments belong to it.
    check("fg-dlt/role/chair", 10, 13);
    fn check(subject: &str, entries: usize, chains: usize) {
        let dossier = story::approved().dossier(subject, None);
        assert_eq!((dossier.entries.len(), dossier.slots.len()), (entries, chains), "{subject}");
    }
}

/// Two nodes that hold the same ledger make the same file.
#[test]
fn a_dossier_has_one_spelling() {
    let [one, other] = [story::approved(), story::approved()].map(|it| it.dossier(DELIVERABLE, None).write().unwrap());
    assert!(one == other);
}

#[test]
fn a_disclosure_opens_what_is_in_force_and_was_not_erased() {
    let chronicle = story::erased();
    let honest = chronicle.dossier("fg-dlt/roster", None);
    let with = |who: &str| {
        let disclosure = story::disclosure(who);
        let mut dossier = honest.clone();
        dossier.disclosures.insert(disclosure.commitment(), disclosure.to_line().unwrap().into());
        check(&chronicle, &dossier.write().unwrap())
    };
    let report = with("anna");
    assert_eq!(report.report.verdict, Verdict::Verified, "{report}");
    assert!(report.to_string().contains(&format!("name of {}: anna of the tests", ledger::pid("anna"))), "{report}");
    assert_eq!((with("ben").report.verdict.exit_code(), with("stranger").report.verdict.exit_code()), (10, 10));
}

#[test]
fn the_protocol_shows_the_vectors() {
    const PROTOCOL: &str = include_str!("../../../../docs/protocol.md");
    let case = |name: &str| VECTORS.cases.iter().find(|case| case.name == name).unwrap();
    let report = case("honest-roster-with-disclosures").report(&VECTORS.folder).to_string();
    for shown in [report, case("checkpoint-of-two-validators").to_string()] {
        assert!(PROTOCOL.contains(&format!("```text\n{shown}```\n")), "the page does not show:\n{shown}");
    }
    let list = PROTOCOL.split("## Dossier\n\n```text\n").nth(1).and_then(|text| text.split("```").next()).unwrap();
    assert!(list.lines().all(|name| FileName::parse(name).is_some()) && list.lines().is_sorted(), "{list}");
}
