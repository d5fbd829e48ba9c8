//! `plenary verify node`: asks several nodes for the heads of their logs, and whether they are of one history.
//!
//! Each head must be signed by a quorum, and each must extend the smaller ones,
//! among them the head that was seen the last time. Nothing is replayed.

use plenary_core::merkle;
use plenary_rpc::client::ClientError;
use plenary_verifier::checks::{self, TrustedGenesis};

use crate::{
    anchor,
    doubt::{self, Doubt, Fork, SignedHead},
    exit::Exit,
    problem::Problem,
    remote::Remote,
    screen::Screen,
    seen::Seen,
    session::Session,
};

/// What was not looked at.
const NOT_CHECKED: [&str; 3] = [
    "what the log holds: plenary verify ledger replays it",
    "that the validators' keys belong to the organisations named",
    "that the validators did not tell yet another story to somebody else",
];

/// A head, and the node that can lead to it from smaller ones; none for a head that was seen before.
pub type Told<'a> = (SignedHead, Option<&'a Remote>);

/// Compares the nodes at `urls`.
pub fn run(
    urls: &[String],
    since: Option<&std::path::Path>,
    anchor: Option<&str>,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let nodes: Vec<Remote> = urls.iter().map(|url| Remote::new(url)).collect::<Result<_, _>>()?;
    let (mut first, mut trust) = (None, None);
    let mut trusted = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let line = node.ask(async |client| client.genesis().await)?.line;
        let found = plenary_core::genesis::Genesis::ledger(line.as_bytes());
        let first = *first.get_or_insert(found);
        trust = anchor::choose(anchor, session.machine, first)?;
        trusted.push(checks::genesis_is_trusted(line.as_bytes(), trust).map_err(Doubt::Gap));
    }
    let seen = first.map(|ledger| Seen::of(ledger, session.machine));
    let result = trusted.into_iter().collect::<Result<Vec<TrustedGenesis>, Doubt>>().and_then(|trusted| {
        let mut told: Vec<Told<'_>> = Vec::new();
        if let (Some(seen), Some(trusted)) = (&seen, trusted.first()) {
            told.extend(seen.heads(since, trusted)?.into_iter().map(|head| (head, None)));
        }
        for (node, trusted) in nodes.iter().zip(&trusted) {
            told.push((SignedHead::fetch(node, trusted)?, Some(node)));
        }
        one_history(told)
    });
    let (exit, text) = match &result {
        Ok(heads) => (Exit::Done, verified(heads)),
        Err(doubt) => (doubt.exit(), doubt.told()),
    };
    if let Err(Doubt::Problem(problem)) = result {
        return Err(problem);
    }
    doubt::show((exit, &text), trust, &NOT_CHECKED, screen)?;
    match (&result, &seen) {
        (Ok(heads), Some(seen)) => {
            if let Some(head) = heads.last() {
                seen.keep(head, screen)?;
            }
            screen.next("plenary verify ledger");
        }
        (Err(Doubt::Fork(fork)), Some(seen)) => seen.write_down(fork, screen)?,
        (Ok(_) | Err(_), _) => {}
    }
    Ok(exit)
}

/// The heads by size, if each extends the one before it.
pub fn one_history(mut told: Vec<Told<'_>>) -> Result<Vec<SignedHead>, Doubt> {
    told.sort_by_key(|(head, _)| head.checkpoint.head.size);
    // Whoever has the largest log can lead from any head to any other.
    let last = told.iter().rev().find_map(|(head, node)| node.map(|node| (head.checkpoint.head.size, node)));
    for pair in told.windows(2) {
        let ([(first, _), (second, node)], Some((size, guide))) = (pair, last) else { continue };
        let signed = second.checkpoint.head.size;
        if size < signed {
            return Err(Doubt::Behind { node: guide.url(), size, signed });
        }
        extends(first, second, node.unwrap_or(guide))?;
    }
    Ok(told.into_iter().map(|(head, _)| head).collect())
}

fn extends(first: &SignedHead, second: &SignedHead, node: &Remote) -> Result<(), Doubt> {
    let (small, large) = (first.checkpoint.head, second.checkpoint.head);
    let path = if small.size == large.size {
        Vec::new()
    } else {
        match node.ask(async |client| client.consistency(small.size, large.size).await) {
            Ok(answer) => answer.path.into_iter().map(|hash| hash.0).collect(),
            Err(Problem::Node(ClientError::Refused { .. })) => Vec::new(),
            Err(problem) => return Err(problem.into()),
        }
    };
    let fork = |path| Doubt::Fork(Box::new(Fork { first: first.clone(), second: second.clone(), path }));
    merkle::verify_consistency(&small, &large, &path).map_err(|_| fork(path))
}

fn verified(heads: &[SignedHead]) -> String {
    let lines: String = heads
        .iter()
        .map(|SignedHead { from, checkpoint }| {
            let signed: Vec<String> = checkpoint.cosignatures.iter().map(|it| it.name.to_string()).collect();
            let head = checkpoint.head;
            format!(
                "  head          {} entries, {from}\n                {}\n                signed by {}\n",
                head.size,
                head.root,
                signed.join(", ")
            )
        })
        .collect();
    format!("VERIFIED   {} heads are of one history\n\n{lines}", heads.len())
}
