//! Dossiers, honest and forged, before the verifier.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a failing test may panic")]

mod ledger;
mod story;

use std::collections::BTreeMap;

use plenary_core::archive;
use plenary_verifier::{
    dossier::{DossierBundle, DossierReport, check_dossier},
    verdict::Verdict,
};

use crate::ledger::Chronicle;

const DELIVERABLE: &str = "fg-dlt/deliverable/D1.1";

type Files = BTreeMap<String, Vec<u8>>;

fn files(bytes: &[u8]) -> Files {
    archive::read(bytes).unwrap().into_iter().map(|(name, content)| (name.to_owned(), content.to_vec())).collect()
}

fn packed(files: &Files) -> Vec<u8> {
    archive::write(files.iter().map(|(name, content)| (name.as_str(), content.as_slice()))).unwrap()
}

fn check(chronicle: &Chronicle, dossier: &[u8]) -> DossierReport {
    check_dossier(&DossierBundle { dossier, files: &[], since: None }, Some(chronicle.ledger.id()))
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
    let honest = files(&chronicle.dossier(DELIVERABLE, Some(&story::called().checkpoint())).write().unwrap());
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
    let honest = files(&chronicle.dossier(DELIVERABLE, None).write().unwrap());
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
