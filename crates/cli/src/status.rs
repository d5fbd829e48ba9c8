//! `plenary status`: one sentence on whether the ledger is of use, and the validators.

use plenary_rpc::{
    answer::{ClockWord, Health, NodeStatus, PhaseWord, Validator, Validators},
    view::{Reach, Seat},
};

use serde::Serialize;

use crate::{
    args::StatusArgs,
    exit::Exit,
    problem::Problem,
    screen::{Screen, plain, table},
    session::Session,
};

/// A node's status, with the validators that are missing.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    status: NodeStatus,
    missing: Vec<String>,
}

/// Asks the node and says what it answers.
pub fn run(args: &StatusArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let health = session.remote.ask(async |client| client.health().await)?;
    if args.ready {
        screen.show(&checks(&health))?;
        screen.json(&health)?;
    } else {
        let status = session.remote.ask(async |client| client.status().await)?;
        let validators = session.remote.ask(async |client| client.validators().await)?;
        screen.show(&describe(&status, &health, &validators))?;
        screen.json(&Shown { missing: missing(&validators.validators), status })?;
    }
    if health.ready {
        screen.next("plenary records list");
        return Ok(Exit::Done);
    }
    screen.next("plenary status --ready    (until it says READY)");
    Ok(Exit::NotReady)
}

fn checks(health: &Health) -> String {
    let mut text = format!("{}\n", if health.ready { "READY" } else { "NOT READY" });
    for check in &health.checks {
        let word = if check.holds { "ok" } else { "FAIL" };
        let since = check.since.map(|since| format!(", since {since}")).unwrap_or_default();
        text.push_str(&format!("  {word:<4}  {}: {}{since}\n", plain(&check.name), plain(&check.words)));
    }
    text
}

fn describe(status: &NodeStatus, health: &Health, validators: &Validators) -> String {
    let mut text = format!("{}\n", sentence(status, &validators.validators));
    if let Some(notice) = &status.notice {
        text.push_str(&format!("notice: {}\n", plain(notice)));
    }
    if status.clock == ClockWord::Replay {
        text.push_str("clock: this ledger replays history, and its times prove nothing\n");
    }
    for check in health.checks.iter().filter(|check| !check.holds) {
        text.push_str(&format!("  FAIL  {}: {}\n", plain(&check.name), plain(&check.words)));
    }
    text.push('\n');
    text.push_str(&rows(&validators.validators));
    text
}

fn sentence(status: &NodeStatus, validators: &[Validator]) -> String {
    let word = if status.ready { "READY" } else { "NOT READY" };
    let seat = match status.seat {
        Seat::Validator => "validator",
        Seat::Observer => "observer",
    };
    let doing = match (status.phase, status.target_height) {
        (PhaseWord::Live, _) => format!("final up to block {}", status.head.height),
        (PhaseWord::Syncing, Some(target)) => format!("catching up, at block {} of {target}", status.head.height),
        (PhaseWord::Syncing, None) => format!("catching up, at block {}", status.head.height),
        (PhaseWord::Halted, _) => format!("has stopped at block {} and only serves reads", status.head.height),
    };
    let missing = missing(validators);
    let missing = if missing.is_empty() { String::new() } else { format!("; missing: {}", plain(&missing.join(", "))) };
    let waiting = match status.waiting.0 {
        0 => "all records final".to_owned(),
        waiting => format!("{waiting} records wait"),
    };
    format!(
        "{word}   {} ({seat} of {}) {doing}, {waiting}, {} of {} validators reachable, {} needed{missing}",
        plain(&status.name),
        plain(&status.origin),
        status.reachable,
        status.validators,
        status.quorum
    )
}

/// The names of the validators that cannot be reached.
fn missing(validators: &[Validator]) -> Vec<String> {
    let missing = validators.iter().filter(|validator| validator.reach == Reach::Unreachable);
    missing.map(|validator| validator.name.clone()).collect()
}

fn rows(validators: &[Validator]) -> String {
    let mut rows =
        vec![["validator", "organisation", "state", "last block", "behind", "last seen"].map(str::to_owned).to_vec()];
    for validator in validators {
        let state = match validator.reach {
            Reach::Own => "this node",
            Reach::Connected => "connected",
            Reach::Unreachable => "MISSING",
        };
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        rows.push(vec![
            validator.name.clone(),
            validator.organization.clone(),
            state.to_owned(),
            or_none(validator.last_height.map(|height| height.to_string())),
            or_none(validator.lag.map(|lag| lag.to_string())),
            or_none(validator.last_seen.map(|seen| seen.to_string())),
        ]);
    }
    table(&rows)
}

#[cfg(test)]
mod tests {
    use plenary_core::{hash::Digest, time::Moment};
    use plenary_rpc::{
        answer::{HealthCheck, LedgerHead, Tree},
        json::{Bytes, Hash, Number, Time},
    };

    use super::*;

    fn validator(name: &str, reach: Reach) -> Validator {
        Validator {
            name: name.into(),
            organization: "tsb".into(),
            key: Bytes(Vec::new()),
            reach,
            last_height: (reach != Reach::Unreachable).then_some(Number(7)),
            last_seen: None,
            lag: None,
            version: None,
        }
    }

    fn status(ready: bool) -> NodeStatus {
        let hash = Hash(Digest::ZERO);
        let tree = || Tree { size: Number(9), root: hash };
        NodeStatus {
            name: "aurora".into(),
            seat: Seat::Validator,
            phase: PhaseWord::Live,
            target_height: None,
            ready,
            waiting: Number(0),
            ledger: hash,
            origin: "plenary.example/ledger".into(),
            clock: ClockWord::Replay,
            notice: Some("a demonstration\u{1b}[2J".into()),
            validators: Number(4),
            quorum: Number(3),
            reachable: Number(2),
            head: LedgerHead {
                height: Number(7),
                time: Time(Moment::default()),
                block: hash,
                epoch: Number(0),
                policy: hash,
                log: tree(),
                slots: tree(),
                seal: hash,
            },
            version: "0.1.0".into(),
        }
    }

    #[test]
    fn the_missing_are_named() {
        let validators = Validators {
            epoch: Number(0),
            quorum: Number(3),
            validators: vec![
                validator("aurora", Reach::Own),
                validator("borealis", Reach::Connected),
                validator("cirrus", Reach::Unreachable),
                validator("dune", Reach::Unreachable),
            ],
        };
        let check =
            HealthCheck { name: "agreement".into(), holds: false, words: "too few validators".into(), since: None };
        let health = Health { ready: false, checks: vec![check] };
        assert_eq!(
            describe(&status(false), &health, &validators),
            "NOT READY   aurora (validator of plenary.example/ledger) final up to block 7, all records final, 2 of 4 \
             validators reachable, 3 needed; missing: cirrus, dune\n\
             notice: a demonstration\\u{1b}[2J\n\
             clock: this ledger replays history, and its times prove nothing\n  \
             FAIL  agreement: too few validators\n\n  \
             validator  organisation  state      last block  behind  last seen\n  \
             aurora     tsb           this node  7           -       -\n  \
             borealis   tsb           connected  7           -       -\n  \
             cirrus     tsb           MISSING    -           -       -\n  \
             dune       tsb           MISSING    -           -       -\n"
        );
        assert_eq!(checks(&health), "NOT READY\n  FAIL  agreement: too few validators\n");
    }
}
