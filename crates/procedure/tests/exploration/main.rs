//! Explores the procedure: every order of a small cast's acts up to some depth, and long random ones.
//!
//! Real records are applied with the library's own `apply`, by way of the rows
//! that the tables of `tests/rules` are written in, so that what is found can
//! be put into a table as it is printed. After every record the invariants of
//! `violation.rs` are asked. `docs/decisions/0006-exploring-the-procedure.md`
//! says what was explored.
//!
//! ```text
//! cargo test --release -p plenary-procedure --test exploration -- --nocapture
//! SEED=7 CASES=2000 cargo test --release -p plenary-procedure --test exploration random -- --nocapture
//! ```
//!
//! `SEED` is the number from which the random sequences follow (0 if it is not
//! set), and `CASES` how many there are. A failure prints both, and the rows of
//! the shortest sequence that still fails; no file is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::print_stdout, clippy::arithmetic_side_effects, reason = "a test may do so")]
#![allow(clippy::panic, reason = "a test says so what it found")]

mod acts;
mod chances;
mod composer;
mod desk;
mod minutes;
mod receipts;
#[path = "../rows/mod.rs"]
mod rows;
#[path = "../samples/mod.rs"]
mod samples;
mod scene;
mod search;
mod sequences;
mod violation;
mod world;

use std::collections::BTreeMap;

use composer::Composer;
use search::{Found, Plan, search};
use sequences::Trial;
use violation::Violation;
use world::{Fault, World};

/// The rows before every exploration: the table `founding`, a vice-chair and two work items with a stable text each.
fn founded(composer: &Composer) -> World {
    const ROWS: &str = include_str!("../../../../tests/rules/founding.txt");
    let founding = ROWS.split("\n\n").next().unwrap();
    let world = founding
        .lines()
        .filter(|line| !line.starts_with('#'))
        .fold(World::new(), |world, row| world.must(composer, row));
    let rows = [
        "2017-05-06 role.appoint tsb role=privacy-officer who=who:carla",
        "2017-06-07 meeting.announce tsb",
        "2017-10-17 role.appoint tsag role=vice-chair who=who:vice",
        "2017-10-17 workitem.adopt chair",
        "2017-10-17 workitem.adopt chair number=D1.2",
        "2018-01-10 baseline.publish editor",
        "2018-01-10 baseline.publish editor deliverable=D1.2",
    ];
    rows.into_iter().fold(world, |world, row| world.must(composer, row))
}

/// Explores every order of acts after some rows.
fn explore(name: &str, plan: &Plan<'_>) -> Found {
    let composer = Composer::new();
    let take = |world: World, row: &&str| {
        world.after(&composer, row, plan.fault).unwrap_or_else(|refusal| panic!("{row}: {refusal}"))
    };
    let start = plan.rows.iter().fold(founded(&composer), take);
    let found = search(&composer, start, plan);
    println!(
        "{name}: {} states to depth {}, {} records accepted, {} refused",
        found.states,
        found.depth,
        found.accepted.values().sum::<usize>(),
        found.refused
    );
    found
}

/// Explores, and panics with the shortest rows that lead to a violation, or if no record of these types was accepted.
fn hold(name: &str, (rows, labels): (&[&str], &[&str]), depth: usize, types: &[&str]) {
    // Without optimisation a record takes about ten times as long.
    let depth = if cfg!(debug_assertions) { 2 } else { depth };
    let found = explore(name, &Plan { rows, labels, depth, fault: Fault::None, wanted: None });
    assert!(found.violations.is_empty(), "{name}:\n{}", shown(&found.violations));
    let missing = types.iter().find(|record_type| !found.accepted.contains_key(**record_type));
    assert!(cfg!(debug_assertions) || missing.is_none(), "{name}: no {missing:?} in {:?}", found.accepted);
}

fn shown(violations: &BTreeMap<Violation, Vec<String>>) -> String {
    violations.iter().map(|(violation, rows)| format!("{violation}:\n{}\n", rows.join("\n"))).collect()
}

const ONE: [&str; 1] = ["D1.1"];
const BOTH: [&str; 2] = ["D1.1", "D1.2"];

const CALLED: [&str; 3] =
    ["2018-02-01 call.open chair", "2018-02-01 ipr.call chair call=D1.1-C1", "2018-02-01 objection.raise anna"];

#[test]
fn two_texts_and_no_call() {
    hold("two texts and no call", (&[], &BOTH), 5, &["objection.raise", "call.resume", "ruleset", "determine"]);
}

#[test]
fn a_call_with_an_objection() {
    hold("a call with an objection", (&CALLED, &ONE), 5, &["determine", "call.void", "objection.dispose", "transmit"]);
}

/// The objection was upheld, the text changed and called again.
#[test]
fn a_second_call() {
    let rows = [
        "2018-02-02 objection.dispose chair disposition=upheld",
        "2018-02-02 baseline.publish editor version=2 documents=docs:text-2",
        "2018-02-02 call.open chair manifest=manifest:text-2 closes=2018-03-02T12:00:00Z",
        "2018-02-02 ipr.call chair call=D1.1-C2",
        "2018-03-03 call.close tsb call=D1.1-C2",
    ];
    hold("a second call", (&[&CALLED[..], &rows].concat(), &ONE), 5, &["determine", "transmit", "parent.dispose"]);
}

/// Approved over an objection that was withdrawn; what comes next is the parent group's.
#[test]
fn an_approved_text() {
    let rows = ["2018-02-02 objection.withdraw anna", "2018-03-02 call.close tsb", "2018-03-02 determine chair+tsb"];
    hold(
        "an approved text",
        (&[&CALLED[..], &rows].concat(), &BOTH),
        5,
        &["parent.dispose", "challenge.answer", "deliverable.reopen"],
    );
}

/// A ledger that forgot the objections to a text when its next version came would approve over them.
#[test]
fn forgotten_objections_are_found() {
    let wanted = Violation::PassedOver;
    let fault = Fault::ForgetsObjections;
    let plan = Plan { rows: &CALLED, labels: &ONE, depth: 6, fault, wanted: Some(wanted) };
    let found = explore("forgotten objections", &plan);
    let rows = found.violations.get(&wanted).unwrap_or_else(|| panic!("not found:\n{}", shown(&found.violations)));
    println!("{wanted}:\n{}", rows.join("\n"));
    assert!(rows.iter().any(|row| row.contains(" baseline.publish ")), "{rows:?}");
    assert!(rows.last().unwrap().contains(" determine "), "{rows:?}");
    assert!(found.violations.contains_key(&Violation::Forgotten), "{}", shown(&found.violations));
}

/// The number in an environment variable.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn random_sequences_hold() {
    let composer = Composer::new();
    let start = founded(&composer).keeping().settled();
    let (seed, usual) = (number("SEED", 0), if cfg!(debug_assertions) { 20 } else { 600 });
    let cases = u32::try_from(number("CASES", usual)).unwrap();
    let trial = Trial { seed, cases, fault: Fault::None, wanted: None };
    match trial.run(&composer, &start) {
        Ok((accepted, refused)) => {
            let count: usize = accepted.values().sum();
            println!("seed {seed}: {cases} sequences, {count} records accepted, {refused} refused\n{accepted:?}");
            assert!(cfg!(debug_assertions) || cases < 600 || 100_000 <= count + refused);
        }
        Err(played) => panic!(
            "seed {seed}: {}\n{}\nagain: SEED={seed} CASES={cases} cargo test --release -p plenary-procedure --test exploration random",
            played.violation.map(|(violation, _)| violation.to_string()).unwrap_or_default(),
            played.accepted.join("\n"),
        ),
    }
}

/// As above, by chance; the sequence is shortened to the few rows that matter.
#[test]
fn forgotten_objections_are_found_by_chance() {
    let composer = Composer::new();
    let start = founded(&composer).keeping().settled();
    let wanted = Violation::PassedOver;
    let trial = Trial { seed: number("SEED", 0), cases: 2_000, fault: Fault::ForgetsObjections, wanted: Some(wanted) };
    let Err(played) = trial.run(&composer, &start) else { panic!("not found in {} sequences", trial.cases) };
    println!("seed {}: {wanted}:\n{}", trial.seed, played.accepted.join("\n"));
    let has = |word: &str| played.accepted.iter().any(|row| row.contains(word));
    assert!(has(" objection.raise ") && has(" baseline.publish ") && has(" determine "));
    assert!(cfg!(debug_assertions) || played.accepted.len() < 20, "the sequence was not shortened");
}
