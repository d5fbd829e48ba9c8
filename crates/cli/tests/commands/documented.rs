//! Every command is in the list of commands, and those on approval are typed as they stand there.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use plenary_cli::verb;
use plenary_procedure::record_type::RecordType;

use crate::{
    CHAIR, MEMBER, announce, deliverable,
    desk::{Desk, june, october, serve},
    documents,
    forms::opening,
    group, november,
};

const COMMANDS: &str = include_str!("../../../../docs/commands.md");

/// The commands that can be typed, such as `meeting show`.
fn leaves(command: &clap::Command, before: &str) -> Vec<String> {
    let name = format!("{before}{}", command.get_name());
    let mut inner: Vec<String> = command.get_subcommands().flat_map(|verb| leaves(verb, &format!("{name} "))).collect();
    if inner.is_empty() || !command.is_subcommand_required_set() {
        inner.push(name);
    }
    inner
}

#[test]
fn every_command_is_documented() {
    let parts = [
        "## With the demonstration",
        "## A deliverable's way to its approval",
        "## A dossier",
        "## A record by its form",
        "## A person's identity",
        // These are typed by the test of whole nodes whose validators change.
        "## Changing the validators",
    ];
    let shown: Vec<String> =
        parts.iter().flat_map(|part| documents::lines(COMMANDS, part)).map(|line| line.command + " ").collect();
    let listed: Vec<String> = RecordType::ALL.into_iter().map(verb::line).collect();
    let is_shown =
        |leaf: &String| listed.contains(leaf) || shown.iter().any(|line| line.starts_with(&format!("{leaf} ")));
    let mut command = verb::command();
    command.build();
    let missing: BTreeSet<String> = leaves(&command, "").into_iter().filter(|leaf| !is_shown(leaf)).collect();
    assert_eq!(missing, BTreeSet::new());
}

/// The table of what writes each type of record.
fn table() -> String {
    let mut text = String::from("| command | says | signed by |\n| --- | --- | --- |\n");
    for record_type in RecordType::ALL {
        let set = |set: &&[plenary_procedure::record_type::Capacity]| {
            set.iter().map(|capacity| capacity.as_str()).collect::<Vec<_>>().join(" and ")
        };
        let signers = record_type.signing().iter().map(set).collect::<Vec<_>>().join("; ");
        text.push_str(&format!("| `{} FORM` | {} | {signers} |\n", verb::line(record_type), record_type.says()));
    }
    text
}

/// `UPDATE=1` writes the table.
#[test]
fn every_type_of_record_is_listed_with_its_command() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let text = fs::read_to_string(&path).unwrap();
    let begin = text.find("| command | says |").unwrap();
    let end = text[begin..].find("\n\n").map_or(text.len(), |at| begin + at + 1);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, [&text[..begin], &table(), &text[end..]].concat()).unwrap();
    } else {
        assert!(text[begin..end] == table(), "docs/commands.md differs from the types: run this test with UPDATE=1");
    }
}

/// The words of a line; a word that stands in double quotes may hold blanks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('"').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[test]
fn a_deliverable_goes_the_documented_way() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    deliverable(&memory);
    let mut desk = desk.at(october);
    for name in ["reasons.txt", "reply.txt", "statement.txt", "reason.txt"] {
        desk.file(name, name);
    }
    let mut written = String::new();
    for documents::Line { command, code } in documents::lines(COMMANDS, "## A deliverable's way to its approval") {
        if command.starts_with("plenary deliverable close") {
            desk = desk.at(november);
        }
        let meant = words(&command).into_iter().skip(1).map(|word| match word.as_str() {
            "chair" => desk.key(CHAIR),
            "member" => desk.key(MEMBER),
            "tsb" => desk.key("tsb"),
            name if name.ends_with("….record") => written.clone(),
            name if desk.path(name).is_file() => desk.path(name).display().to_string(),
            other => other.to_owned(),
        });
        let done = desk.type_words(meant.collect());
        assert_eq!(i32::from(done.exit.code()), code, "{command}\n{}{}", done.data, done.talk);
        if let Some(name) = done.data.lines().find_map(|line| line.strip_prefix("written    "))
            && name != written
        {
            written = desk.path(name).display().to_string();
            fs::rename(name, &written).unwrap();
        }
    }
    assert!(desk.must("deliverable show D1.1").data.contains("sent to the parent group"));
}

/// Types a line as it stands in the document: one of ours, or one of the shell.
fn type_line(desk: &Desk, memory: &crate::ledger::Memory, line: &documents::Line, written: &mut String) {
    let (command, file) = match line.command.split_once(" > ") {
        Some((command, file)) if command.starts_with("plenary ") => (command, Some(file)),
        _ => (line.command.as_str(), None),
    };
    let meant = |before: &str, word: &str| match word {
        "chair" if ["--key", "-f"].contains(&before) => desk.key(CHAIR),
        "tsb" if ["--key", "-f"].contains(&before) => desk.key("tsb"),
        "sha256:…" => memory.id().to_string(),
        name => match name.split_once("….record") {
            Some((_, ending)) => format!("{written}{ending}"),
            None if name.contains('.') && desk.path(name).exists() => desk.path(name).display().to_string(),
            None => name.to_owned(),
        },
    };
    let each: Vec<String> = command.split(' ').map(str::to_owned).collect();
    let before = [""].into_iter().chain(each.iter().map(String::as_str));
    let each: Vec<String> = before.zip(&each).map(|(before, word)| meant(before, word)).collect();
    let Some(("plenary", typed)) = each.split_first().map(|(first, rest)| (first.as_str(), rest)) else {
        let folder = desk.path("");
        let done = Command::new("sh").args(["-c", &each.join(" ")]).current_dir(folder).output().unwrap();
        assert_eq!(done.status.code(), Some(line.code), "{}\n{done:?}", line.command);
        return;
    };
    let done = desk.type_words(typed.to_vec());
    assert_eq!(i32::from(done.exit.code()), line.code, "{}\n{}{}", line.command, done.data, done.talk);
    if let Some(file) = file {
        desk.file(file, &done.data);
    }
    if let Some(name) = done.data.lines().find_map(|line| line.strip_prefix("written    "))
        && name != written
    {
        *written = desk.path(name).display().to_string();
        fs::rename(name, &*written).unwrap();
    }
}

#[test]
fn a_record_is_written_by_its_form_as_documented() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    announce(&desk);
    let desk = desk.at(opening);
    for name in ["document.pdf", "statement.pdf"] {
        desk.file(name, name);
    }
    let mut written = String::new();
    for line in documents::lines(COMMANDS, "## A record by its form") {
        type_line(&desk, &memory, &line, &mut written);
    }
    let listed = desk.must("records list").data;
    for record_type in ["liaison.send", "deadline.waive"] {
        assert!(listed.contains(record_type), "{listed}");
    }
}
