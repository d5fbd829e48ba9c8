//! The ledger under chaos, and the same without one of its defences, where the checks must find the fault.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing test may panic")]

use plenary_tests::simulator::{Outcome, Plan, run};

const HEIGHTS: u64 = 60;

fn run_seed(seed: u64, heights: u64) -> Outcome {
    let plan = Plan::from_seed(seed, heights);
    let outcome = run(&plan);
    if let Some(violation) = &outcome.violation {
        panic!("seed {seed}: {violation}\nplan: {plan:?}\noutcome: {outcome:?}\nagain: {}", plan.command());
    }
    outcome
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn one_seed() {
    let outcome = run_seed(number("SEED").unwrap_or(1), number("HEIGHTS").unwrap_or(HEIGHTS));
    println!("{outcome:?}");
}

#[test]
fn many() {
    let (from, count) = (number("SEED").unwrap_or(0), number("COUNT").unwrap_or(10));
    for seed in from..from + count {
        let plan = Plan::from_seed(seed, number("HEIGHTS").unwrap_or(HEIGHTS));
        let outcome = run(&plan);
        println!(
            "{seed} n{} {:?} loss{} crash{} part{}: h{} r{} restarts{} acc{} calm{:?} {:?}",
            plan.validators,
            plan.liars,
            plan.loss,
            plan.crash,
            plan.partition_every_ms,
            outcome.height,
            outcome.round,
            outcome.restarts,
            outcome.accusations,
            outcome.first_after_calm_ms,
            outcome.violation
        );
    }
}
