//! Methods about the node and the validators.

use plenary_core::policy::quorum_of;

use crate::{
    answer::{ClockWord, Health, HealthCheck, NodeStatus, Peer, PhaseWord, Validator, Validators, Version},
    fault::Fault,
    json::{Bytes, Hash, Number, Time},
    method::{About, Method, read},
    params::Arguments,
    view::{Check, Phase, Reach, View},
};

const STATUS: About = About {
    name: "node_getStatus",
    summary: "What the node says of itself: its seat, what it is doing, and where its ledger ends.",
    params: &[],
    errors: &[],
};

const HEALTH: About =
    About { name: "node_getHealth", summary: "Whether the node is of use, check by check.", params: &[], errors: &[] };

const VERSION: About = About {
    name: "node_getVersion",
    summary: "Which software and which protocol the node runs.",
    params: &[],
    errors: &[],
};

const PEERS: About =
    About { name: "node_listPeers", summary: "The nodes that are connected to this one.", params: &[], errors: &[] };

const VALIDATORS: About = About {
    name: "validator_list",
    summary: "The validators in force, and how this node sees each of them.",
    params: &[],
    errors: &[],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        read(STATUS, status),
        read(HEALTH, health),
        read(VERSION, version),
        read(PEERS, peers),
        read(VALIDATORS, validators),
    ]
}

fn status(view: &dyn View, _: &Arguments) -> Result<NodeStatus, Fault> {
    let status = view.status()?;
    let genesis = view.ledger().genesis();
    let validators = view.validators()?;
    let (phase, target_height) = match status.phase {
        Phase::Live => (PhaseWord::Live, None),
        Phase::Syncing { target } => (PhaseWord::Syncing, Some(target.into())),
        Phase::Halted => (PhaseWord::Halted, None),
    };
    let reachable = validators.iter().filter(|validator| validator.reach != Reach::Unreachable).count();
    Ok(NodeStatus {
        name: status.name,
        seat: status.seat,
        phase,
        target_height,
        ready: status.checks.iter().all(|check| check.holds),
        waiting: Number(status.waiting),
        ledger: Hash(view.ledger().id()),
        origin: genesis.origin.clone(),
        clock: ClockWord::from(genesis.clock),
        notice: genesis.notice.clone(),
        validators: count(validators.len()),
        quorum: count(quorum_of(validators.len())),
        reachable: count(reachable),
        head: status.head.into(),
        version: view.software().version.to_owned(),
    })
}

/// Whether the node is of use, check by check.
pub(crate) fn health(view: &dyn View, _: &Arguments) -> Result<Health, Fault> {
    let checks = view.status()?.checks;
    let ready = checks.iter().all(|check| check.holds);
    let line = |check: Check| HealthCheck {
        name: check.name.to_owned(),
        holds: check.holds,
        words: check.words,
        since: check.since.map(Time),
    };
    Ok(Health { ready, checks: checks.into_iter().map(line).collect() })
}

#[expect(clippy::unnecessary_wraps, reason = "methods share one signature")]
fn version(view: &dyn View, _: &Arguments) -> Result<Version, Fault> {
    let software = view.software();
    Ok(Version { version: software.version.to_owned(), protocol: Number(software.protocol.into()) })
}

fn peers(view: &dyn View, _: &Arguments) -> Result<Vec<Peer>, Fault> {
    let peers = view.peers()?.into_iter().map(|peer| Peer {
        id: peer.id,
        validator: peer.validator.map(|name| name.to_string()),
        address: peer.address,
        height: peer.height.map(Number::from),
        since: Time(peer.since),
    });
    Ok(peers.collect())
}

fn validators(view: &dyn View, _: &Arguments) -> Result<Validators, Fault> {
    let head = view.head()?;
    let validators = view.validators()?;
    let quorum = count(quorum_of(validators.len()));
    let lines = validators.into_iter().map(|validator| Validator {
        name: validator.name.to_string(),
        organization: validator.organization.to_string(),
        key: Bytes(validator.key.as_bytes().to_vec()),
        reach: validator.reach,
        last_height: validator.last_height.map(Number::from),
        last_seen: validator.last_seen.map(Time),
        lag: validator.last_height.map(|height| Number(head.height.as_u64().saturating_sub(height.as_u64()))),
        version: validator.version,
    });
    Ok(Validators { epoch: Number(head.epoch), quorum, validators: lines.collect() })
}

/// A number of things in memory.
fn count(number: usize) -> Number {
    Number(u64::try_from(number).unwrap_or(crate::json::INTEGER_MAX))
}
