//! Every command is in the list of commands, and those on approval are typed as they stand there.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use plenary_cli::args::Arguments;

use crate::{
    CHAIR, MEMBER, announce, deliverable,
    desk::{Desk, june, october, serve},
    documents, group, november,
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
    let parts = ["## With the demonstration", "## A deliverable's way to its approval", "## A person's identity"];
    let shown: Vec<String> =
        parts.iter().flat_map(|part| documents::lines(COMMANDS, part)).map(|line| line.command + " ").collect();
    let is_shown = |leaf: &String| shown.iter().any(|line| line.starts_with(&format!("{leaf} ")));
    let mut command = Arguments::command();
    command.build();
    let missing: BTreeSet<String> = leaves(&command, "").into_iter().filter(|leaf| !is_shown(leaf)).collect();
    assert_eq!(missing, BTreeSet::new());
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
            std::fs::rename(name, &written).unwrap();
        }
    }
    assert!(desk.must("deliverable show D1.1").data.contains("sent to the parent group"));
}
