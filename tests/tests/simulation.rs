//! The ledger under chaos, and the same without one of its defences, where the checks must find the fault.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a failing test may panic"
)]

use std::sync::atomic::{AtomicU64, Ordering};

use plenary_tests::simulator::{Cut, Liar, Outcome, Plan, Trial, Violation, run};

const HEIGHTS: u64 = 60;

/// Runs a plan, and panics with the one command that runs it again if it shows a fault.
fn survive(plan: &Plan) -> Outcome {
    let outcome = run(plan);
    if let Some(violation) = &outcome.violation {
        panic!("seed {}: {violation}\n{plan:?}\n{outcome:?}\nagain: {}", plan.seed, plan.command());
    }
    outcome
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The command in a failure's message ends here.
#[test]
fn one_seed() {
    let outcome = survive(&Plan::from_seed(number("SEED", 1), number("HEIGHTS", HEIGHTS)));
    println!("{outcome:?}");
}

#[test]
fn no_seed_breaks_a_promise() {
    let (first, count) = (number("SEED", 0), number("SEEDS", 300));
    let next = AtomicU64::new(first);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    survive(&Plan::from_seed(seed, number("HEIGHTS", HEIGHTS)));
                }
            });
        }
    });
}

/// Four validators, one of them replaced, one added, one removed: whatever goes wrong meanwhile.
#[test]
fn validators_change_under_all_kinds_of_faults() {
    let quiet = survive(&Plan { succession: true, ..Plan::quiet(1, 4, 80) });
    assert_eq!(quiet.epoch, 3, "{quiet:?}");
    let (first, count) = (number("SEED", 0), number("SEEDS", 100));
    let mut changed = 0;
    for seed in first..first + count {
        let outcome = survive(&Plan::from_seed(seed, number("HEIGHTS", 90)).with_succession());
        changed += u64::from(outcome.epoch == 3);
    }
    println!("{changed} of {count} runs came to the last epoch");
    assert!(changed * 10 >= count * 8, "only {changed} of {count} runs came to the last epoch");
}

#[test]
fn the_same_seed_has_the_same_trace() {
    for seed in [2, 11, 131] {
        let plan = Plan::from_seed(seed, 20);
        assert_eq!(survive(&plan).trace, survive(&plan).trace, "seed {seed}");
    }
    assert_ne!(run(&Plan::from_seed(2, 20)).trace, run(&Plan::from_seed(3, 20)).trace);
}

#[test]
fn a_partition_of_any_length_ends_within_ten_seconds() {
    //    validators, on one side, for how many seconds; no side has a quorum
    check(4, 2, 1);
    check(4, 2, 60);
    check(4, 2, 3_600);
    check(5, 2, 600);
    check(6, 3, 600);
    check(7, 3, 600);
    fn check(validators: usize, group: usize, seconds: u64) {
        let trial = Trial::Split { group, lasts_ms: seconds * 1_000 };
        let plan = Plan { trial, ..Plan::quiet(seconds, validators, 200) };
        let outcome = survive(&plan);
        let first_ms = outcome.first_after_calm_ms.unwrap();
        assert!(first_ms <= 10_000, "{validators} validators, {seconds} s apart: {first_ms} ms");
    }
}

#[test]
fn a_validator_that_wakes_forty_rounds_late_takes_part() {
    let plan = Plan { trial: Trial::Sleeper { rounds: 40 }, ..Plan::quiet(1, 4, 3) };
    let outcome = survive(&plan);
    assert!(outcome.round.as_u32() >= 40);
    //    The others wait for it to propose: its turn comes once in four rounds of up to four seconds.
    assert!(outcome.first_after_calm_ms.unwrap() <= 20_000, "{outcome:?}");
}

/// How many of `count` seeds show the fault that `is_expected`. In others a node may have noticed and given up.
fn faults_found(count: u64, plan: impl Fn(u64) -> Plan, is_expected: impl Fn(&Violation) -> bool) -> usize {
    let faults = (0..count).filter_map(|seed| run(&plan(seed)).violation);
    let others = faults.filter(|fault| !matches!(fault, Violation::GaveUp(..)));
    others.inspect(|fault| assert!(is_expected(fault), "another fault: {fault}")).count()
}

#[test]
fn without_replaying_the_journal_validators_contradict_themselves() {
    let plan = |seed| Plan { crash: 10_000, loss: 20_000, cut: Cut::Replay, ..Plan::quiet(seed, 4, 60) };
    let found = faults_found(20, plan, |fault| matches!(fault, Violation::DoubleSign(..)));
    assert!(found >= 5, "{found} of 20");
}

#[test]
fn without_syncing_the_journal_validators_contradict_themselves() {
    let plan = |seed| Plan { crash: 10_000, loss: 20_000, cut: Cut::Sync, ..Plan::quiet(seed, 4, 60) };
    let found = faults_found(20, plan, |fault| matches!(fault, Violation::DoubleSign(..)));
    assert!(found >= 5, "{found} of 20");
}

#[test]
fn with_too_many_liars_the_ledger_forks() {
    let plan = |seed| Plan { liars: vec![Liar::TwoFaced; 2], ..Plan::quiet(seed, 4, 10) };
    let found = faults_found(10, plan, |fault| matches!(fault, Violation::Fork(_)));
    assert!(found >= 3, "{found} of 10");
}
