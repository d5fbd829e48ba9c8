//! Runs the tables of `tests/rules`, which a delegate can read.
//!
//! A table is a text of blocks with an empty line between them. A block is one
//! record a line, a line of dashes, and what the ledger says to the last of
//! them; those before it are taken. A block without dashes is a prelude to all
//! that follow. `use founding` puts another table's preludes first.
//!
//! ```text
//! 2017-10-10T21:59:59Z contribution.submit anna meeting=1
//! ----
//! accepted DLT-I-001
//! R31 waived days_before=7 days_needed=12 …
//! ```
//!
//! A line begins with ledger time; a date alone means noon UTC. Then come the
//! type, the signers (`chair+tsb`, or `ben/delegate` for another role than the
//! usual one) and the fields that differ from the sample of that type in
//! `samples.rs`. `@signed`, `@at` and `@expires` are times of the record itself.
//! `show` and a subject is no record: it says how many the chain of the subject
//! has, and a field of its state.
//! `UPDATE=1` writes the outcomes anew, to be read before they are committed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "a test may do so")]

use std::{collections::BTreeSet, fs, path::PathBuf, sync::LazyLock};

use plenary_procedure::{record_type::RecordType, rule::Severity, rules::RULES};

mod bench;
mod chains;
mod rows;
mod samples;

use bench::Bench;
use chains::Naming;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/rules")
}

fn read(name: &str) -> String {
    let path = folder().join(format!("{name}.txt"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One block of a table.
struct Block {
    /// Its lines as they stand before the dashes.
    head: String,
    /// What stands under the dashes; none for a prelude.
    expected: Option<String>,
}

impl Block {
    fn records(&self) -> impl Iterator<Item = &str> {
        self.head.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let parts = text.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split_once("\n----\n") {
            Some((head, expected)) => Block { head: head.to_owned(), expected: Some(expected.to_owned()) },
            None => match part.strip_suffix("\n----") {
                Some(head) => Block { head: head.to_owned(), expected: Some(String::new()) },
                None => Block { head: part.to_owned(), expected: None },
            },
        })
        .collect()
}

fn prelude(bench: &mut Bench, block: &Block) {
    for line in block.records() {
        if let Some(name) = line.strip_prefix("use ") {
            for block in blocks(&read(name)).iter().filter(|block| block.expected.is_none()) {
                prelude(bench, block);
            }
            continue;
        }
        let outcome = bench.run(line);
        assert!(outcome.starts_with("accepted"), "the prelude {line:?} is {outcome}");
    }
}

fn outcome(bench: &mut Bench, block: &Block) -> String {
    let mut last = String::new();
    for line in block.records() {
        assert!(!last.starts_with("refused"), "before the last line of\n{}\nstands {last}", block.head);
        last = bench.run(line);
    }
    last
}

/// What a table gives when it is run.
struct Ran {
    /// The table's name.
    name: String,
    /// The table as it would be written.
    written: String,
    /// Every rule with its result.
    seen: BTreeSet<(String, String)>,
    /// The fields that name a subject whose chain a record did not join.
    left_out: BTreeSet<Naming>,
}

fn run(name: &str) -> Ran {
    let mut bench = Bench::new();
    let (mut written, mut seen, mut left_out) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for block in blocks(&read(name)) {
        if block.expected.is_none() {
            prelude(&mut bench, &block);
            written.push(block.head.clone());
            continue;
        }
        let mut branch = bench.clone();
        let outcome = outcome(&mut branch, &block);
        left_out.append(&mut branch.left_out);
        for line in outcome.lines() {
            let mut words = line.split_whitespace();
            if let (Some(first), Some(second)) = (words.next(), words.next()) {
                let (rule, result) = if first == "refused" { (second, first) } else { (first, second) };
                seen.insert((rule.to_owned(), result.to_owned()));
            }
        }
        written.push(format!("{}\n----\n{outcome}", block.head));
    }
    left_out.append(&mut bench.left_out);
    Ran { name: name.to_owned(), written: written.join("\n\n") + "\n", seen, left_out }
}

/// Every table, run once for all tests.
static TABLES: LazyLock<Vec<Ran>> = LazyLock::new(|| names().iter().map(|name| run(name)).collect());

fn names() -> Vec<String> {
    let entries = fs::read_dir(folder()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)).collect();
    names.sort();
    names
}

#[test]
fn the_tables_hold() {
    let mut failed = Vec::new();
    for Ran { name, written, .. } in TABLES.iter() {
        if std::env::var_os("UPDATE").is_some() && *written != read(name) {
            // In one step, since the other tests read these files at the same time.
            let new = folder().join(format!("{name}.new"));
            fs::write(&new, written).unwrap();
            fs::rename(&new, folder().join(format!("{name}.txt"))).unwrap();
        }
        let stands = read(name);
        for (ours, theirs) in blocks(written).iter().zip(blocks(&stands)) {
            if ours.expected != theirs.expected {
                let head = &ours.head;
                let [ours, theirs] = [&ours.expected, &theirs.expected].map(|text| text.clone().unwrap_or_default());
                failed.push(format!("{name}.txt\n\n{}\n---- stands\n{theirs}\n---- is\n{ours}", head));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

/// A rule without a row that meets it, or without one that breaks it, would be a rule that nobody has tried.
#[test]
fn every_rule_has_a_row_on_either_side() {
    let seen: BTreeSet<_> = TABLES.iter().flat_map(|ran| ran.seen.iter()).collect();
    let has =
        |id: &str, results: &[&str]| results.iter().any(|result| seen.contains(&(id.to_owned(), (*result).to_owned())));
    let mut missing = Vec::new();
    for rule in RULES {
        // What every accepted row meets has no finding of its own.
        let is_met = rule.id.starts_with('L') || has(rule.id, &["met", "noted"]);
        let is_broken = match rule.severity {
            // R105 holds because no state holds a count, R91 because every correction is listed,
            // R21 because the secretariat's signature attests it.
            Severity::Hard => ["R21", "R91", "R105"].contains(&rule.id) || has(rule.id, &["refused"]),
            Severity::Waivable | Severity::Flag => has(rule.id, &["broken"]),
        };
        let is_waived = rule.severity != Severity::Waivable || has(rule.id, &["waived"]);
        if !(is_met && is_broken && is_waived) {
            missing.push(format!("{}: met {is_met}, broken {is_broken}, waived {is_waived}", rule.id));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_type_is_applied_in_some_table() {
    let texts: String = names().iter().map(|name| read(name)).collect();
    for record_type in RecordType::ALL {
        assert!(texts.contains(&format!(" {record_type} ")), "no row has a record {record_type}");
    }
}

#[test]
fn a_record_joins_the_chain_of_what_it_names() {
    let left_out: BTreeSet<_> = TABLES.iter().flat_map(|ran| ran.left_out.iter()).cloned().collect();
    let excepted: BTreeSet<_> = chains::ELSEWHERE
        .iter()
        .flat_map(|(_, namings)| namings.iter())
        .map(|(record_type, field, noun)| ((*record_type).to_owned(), (*field).to_owned(), (*noun).to_owned()))
        .collect();
    let forgotten: Vec<_> = left_out.difference(&excepted).collect();
    assert!(forgotten.is_empty(), "a dossier of what these fields name would lack the record: {forgotten:#?}");
    let idle: Vec<_> = excepted.difference(&left_out).collect();
    assert!(idle.is_empty(), "no row needs these exceptions: {idle:#?}");
}

/// What is not the usual case; the table has each under its number.
const EDGE_CASES: [&str; 40] = [
    "Late contribution",
    "A meeting's deadline differs from the terms",
    "Late revision of a contribution that came in time",
    "Revision of somebody else's contribution",
    "Addendum, corrigendum, revision",
    "Withdrawn",
    "Zone of a deadline, change of clocks, \"before\" or \"by\"",
    "Sent by e-mail",
    "The secretariat is out of reach at the deadline",
    "Remote participation",
    "Registered after the deadline",
    "One person enrolled twice",
    "A vice-chair from a non-member",
    "Co-chairs",
    "Succession of the chair",
    "The chair changes employer",
    "The lifetime ends before the parent group meets",
    "Retroactive extension",
    "Chartered anew, or given another parent",
    "A deliverable is dropped or merged",
    "A package of several files",
    "A call opened by mistake",
    "The text is edited during the call",
    "The objector leaves or is silent",
    "A veto without grounds",
    "One organisation floods a call",
    "Chair or editor with an interest",
    "A patent is disclosed after approval",
    "Patents of a third party",
    "The report of a meeting and the ledger contradict each other",
    "Recorded years later",
    "A document with secrets or personal data",
    "A lost key",
    "The secretariat is compromised or withholds records",
    "Validators are out of reach",
    "The group is closed",
    "Copyright of a contribution",
    "A confidential document",
    "Another language than the group's",
    "No contribution and no attendance",
];

#[test]
fn no_edge_case_is_dropped() {
    let all = blocks(&read("edge-cases"));
    let rows = all.iter().filter(|block| block.expected.as_ref().is_some_and(|outcome| !outcome.is_empty()));
    let headings = rows.filter_map(|block| block.head.lines().next()?.strip_prefix("# "));
    let numbered = |heading: &&str| heading.starts_with(|first: char| first.is_ascii_digit());
    let headings: Vec<&str> = headings.filter(numbered).collect();
    assert_eq!(headings.len(), EDGE_CASES.len(), "{headings:?}");
    for (at, (heading, name)) in headings.iter().zip(EDGE_CASES).enumerate() {
        // No row stands under its name if another one comes first.
        let start = format!("{}. {name}", at + 1);
        let rest = heading.strip_prefix(&start).unwrap_or_else(|| panic!("{start:?} is not {heading:?}"));
        assert!(rest.starts_with([':', '.']), "{heading:?}");
    }
}
