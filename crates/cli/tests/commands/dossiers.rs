//! Dossiers as somebody fetches and checks them, as documented.

use std::{fs, process::Command};

use plenary_cli::exit::Exit;
use serde_json::json;

use crate::{
    CHAIR, MEMBER, announce, deliverable,
    desk::{Desk, june, october, serve},
    document, documents, group,
    ledger::{Memory, Mood},
};

const COMMANDS: &str = include_str!("../../../../docs/commands.md");

/// A group with a meeting, a contribution, and a deliverable in a call that somebody objects to.
fn busy() -> (std::sync::Arc<Memory>, Desk) {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    deliverable(&memory);
    let desk = desk.at(october);
    let (file, key) = (desk.file("usecase.txt", "number portability"), desk.key(MEMBER));
    desk.must(&format!("contribution submit {file} --meeting 1 --title Use_case --key {key}"));
    let called = desk.must(&format!("deliverable call D1.1 --key {}", desk.key(CHAIR)));
    assert!(called.data.contains("D1.1-C1"), "{}", called.data);
    (memory, desk)
}

fn object(memory: &Memory) {
    let objection = json!({
        "call": "D1.1-C1", "issue": "technical", "clause": "6.2", "reasons": document("reasons"), "remedy": "none-possible",
    });
    memory.record("objection.raise", &[("participant", MEMBER)], "2017-10-06T09:00:00Z", objection);
}

#[test]
fn a_dossier_is_fetched_and_checked_as_documented() {
    let (memory, desk) = busy();
    for (name, text) in [("text.txt", "text"), ("reasons.txt", "reasons"), ("other.txt", "other")] {
        desk.file(name, text);
    }
    let anchor = memory.id().to_string();
    for (at, documents::Line { command, code }) in documents::lines(COMMANDS, "## A dossier").into_iter().enumerate() {
        if at == 1 {
            object(&memory);
        }
        let (command, file) = command.split_once(" > ").map_or((command.as_str(), None), |(it, file)| (it, Some(file)));
        let meant = |word: &str| match word {
            "sha256:…" => anchor.clone(),
            name if [".tar", ".txt", ".checkpoint", ".sh"].iter().any(|end| name.ends_with(end)) => {
                desk.path(name).display().to_string()
            }
            other => other.to_owned(),
        };
        let words: Vec<String> = command.split(' ').map(meant).collect();
        let Some(("plenary", typed)) = words.split_first().map(|(first, rest)| (first.as_str(), rest)) else {
            let output = Command::new("sh").args(["-c", &words.join(" ")]).output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{command}");
            continue;
        };
        let done = desk.type_words(typed.to_vec());
        assert_eq!(i32::from(done.exit.code()), code, "{command}\n{}{}", done.data, done.talk);
        if let Some(file) = file {
            desk.file(file, &done.data);
        }
    }
    for absent in ["refused.tar", "absent.tar"] {
        assert!(!desk.path(absent).exists(), "{absent} was written");
    }
}

#[test]
fn a_report_says_what_the_records_show() {
    let (memory, desk) = busy();
    object(&memory);
    let path = desk.path("D1.1.tar").display().to_string();
    let fetched = desk.must(&format!("deliverable dossier D1.1 --out {path}"));
    assert_eq!(fetched.data, format!("written    {path}\n"));
    assert!(fetched.talk.ends_with(&format!("next: plenary verify dossier {path}\n")), "{}", fetched.talk);
    let told = desk.must(&format!("verify {path} --anchor {}", memory.id())).data;
    for part in [
        "VERIFIED\n",
        "nothing is left out: all 4 entries about fg-dlt/deliverable/D1.1",
        "  standing       in a call",
        "  objection      D1.1-OBJ-1 against clause 6.2 by participant 0000000000000000000000000000000a",
        "not answered: open",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let json = desk.must(&format!("verify dossier {path} --anchor {} --json", memory.id())).data;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((json["verdict"].as_str(), json["steps"].as_array().unwrap().len()), (Some("VERIFIED"), 12));
    assert_eq!(json["account"]["subject"], "fg-dlt/deliverable/D1.1");

    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(desk.path("forged.tar"), bytes).unwrap();
    let forged =
        desk.type_in(&format!("verify dossier {} --anchor {}", desk.path("forged.tar").display(), memory.id()));
    assert!(forged.data.starts_with("NOT VERIFIED") && forged.data.contains("next: "), "{}", forged.data);

    memory.feel(Mood::Stuck);
    let told = desk.fails(&format!("deliverable dossier D1.1 --out {path}"), Exit::NotReady);
    assert!(told.contains("ask again"), "{told}");
}
