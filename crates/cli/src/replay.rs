//! `plenary verify ledger`: replays a whole ledger from a node, and believes nothing that it says.
//!
//! Every record's signatures are checked, every block is executed by the rules,
//! and the entries, seals and roots that come out are compared with the node's.
//! The last checkpoint that validators signed must be one of the heads that came out, and so must those
//! that the reader has seen before.

use std::{collections::BTreeMap, path::Path};

use plenary_core::{
    block::{Block, BlockId, Header, Height, TreeHead},
    entry::{Finding, Outcome, RecordEntry},
    hash::Digest,
    merkle,
    record::{RecordFile, VerifiedRecord},
};
use plenary_procedure::{
    execute::{self, Delta, ExecuteError, Head, Ledger},
    memory::Memory,
};
use plenary_rpc::answer::{self, Tree};
use plenary_verifier::{
    checks::{self, TrustedGenesis},
    verdict::Gap,
};

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

/// How many blocks are replayed between two lines of talk.
const TALK_EVERY: u64 = 500;

/// What was not looked at, so that nobody reads more into the verdict than it says.
const NOT_CHECKED: [&str; 4] = [
    "that the validators' keys belong to the organisations named",
    "that the validators did not tell somebody else another story",
    "documents: the ledger holds their digests alone",
    "each block's own signatures: the last signed head covers them",
];

/// What a replay has counted.
#[derive(Debug, Default)]
struct Counts {
    blocks: u64,
    records: u64,
    signatures: u64,
    met: u64,
    waived: u64,
    broken: u64,
}

/// The end of a verified replay.
#[derive(Debug)]
pub struct Replayed {
    counts: Counts,
    /// The newest head that validators have signed, as the replay gave it as well.
    pub signed: SignedHead,
    /// Heads that the reader knew before, and that this log began with.
    known: Vec<SignedHead>,
    /// The ledger that came out.
    pub memory: Memory,
}

/// What is to be replayed, and what the reader trusts.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The node; that of all commands if absent.
    pub from: Option<&'a str>,
    /// A checkpoint that the log must have begun with.
    pub since: Option<&'a Path>,
    /// The ledger to trust, as it was typed.
    pub anchor: Option<&'a str>,
}

/// Replays a ledger, and writes the verdict.
pub fn run(asked: Asked<'_>, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let remote = asked.from.map(Remote::new).transpose()?;
    let remote = remote.as_ref().unwrap_or(&session.remote);
    let Attempt { anchor, seen, result } = attempt(remote, asked, session, screen)?;
    let replayed = match result {
        Ok(replayed) => replayed,
        Err(doubt) => return doubted(doubt, anchor, &seen, screen),
    };
    doubt::show((Exit::Done, &verified(&replayed)), anchor, &NOT_CHECKED, screen)?;
    seen.keep(&replayed.signed, screen)?;
    screen.next("plenary records list");
    Ok(Exit::Done)
}

/// Replays a ledger for the sake of what comes out; the verdict is written only if it is not verified.
pub fn replayed(
    asked: Asked<'_>,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Result<Replayed, Exit>, Problem> {
    let remote = asked.from.map(Remote::new).transpose()?;
    let remote = remote.as_ref().unwrap_or(&session.remote);
    let Attempt { anchor, seen, result } = attempt(remote, asked, session, screen)?;
    match result {
        Ok(replayed) => {
            seen.keep(&replayed.signed, screen)?;
            Ok(Ok(replayed))
        }
        Err(doubt) => doubted(doubt, anchor, &seen, screen).map(Err),
    }
}

/// A replay that was tried.
struct Attempt {
    anchor: Option<Digest>,
    seen: Seen,
    result: Result<Replayed, Doubt>,
}

fn attempt(
    remote: &Remote,
    asked: Asked<'_>,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Attempt, Problem> {
    let genesis = remote.ask(async |client| client.genesis().await)?;
    let line = genesis.line.as_bytes();
    let found = plenary_core::genesis::Genesis::ledger(line);
    let anchor = anchor::choose(asked.anchor, session.machine, found)?;
    let seen = Seen::of(found, session.machine);
    let result = checks::genesis_is_trusted(line, anchor).map_err(Doubt::Gap).and_then(|trusted| {
        let known = seen.heads(asked.since, &trusted)?;
        replay(remote, screen, line, &trusted, known)
    });
    Ok(Attempt { anchor, seen, result })
}

/// Writes why a ledger is not verified.
fn doubted(doubt: Doubt, anchor: Option<Digest>, seen: &Seen, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let exit = doubt.exit();
    let text = doubt.told();
    let (fork, next) = match doubt {
        Doubt::Problem(problem) => return Err(problem),
        Doubt::Fork(fork) => (Some(fork), None),
        Doubt::Gap(_) => {
            (None, Some("plenary anchor add NAME sha256:…    (with the ledger's name from a printed circular)"))
        }
        Doubt::NoCheckpoint
        | Doubt::Behind { .. }
        | Doubt::Record { .. }
        | Doubt::Block { .. }
        | Doubt::Differs { .. }
        | Doubt::Head(_) => (None, None),
    };
    doubt::show((exit, &text), anchor, &NOT_CHECKED, screen)?;
    if let Some(fork) = fork {
        seen.write_down(&fork, screen)?;
    }
    if let Some(next) = next {
        screen.next(next);
    }
    Ok(exit)
}

fn verified(Replayed { counts, signed, known, memory }: &Replayed) -> String {
    let (head, SignedHead { checkpoint, .. }) = (memory.head, signed);
    let signed: Vec<String> = checkpoint.cosignatures.iter().map(|it| it.name.to_string()).collect();
    let known: String = known
        .iter()
        .map(|SignedHead { from, checkpoint }| {
            format!("  began with    the log of {} entries {from}\n", checkpoint.head.size)
        })
        .collect();
    format!(
        "VERIFIED   {} up to block {}\n\n  blocks        {} replayed by the rules\n  records       {} with {} \
         signatures, all of which hold\n  findings      {} met, {} waived, {} broken\n  root          {} of {} \
         entries\n  validators    signed the head of {} entries: {}\n{known}",
        checkpoint.origin,
        head.height,
        counts.blocks,
        counts.records,
        counts.signatures,
        counts.met,
        counts.waived,
        counts.broken,
        head.log.root,
        head.log.size,
        checkpoint.head.size,
        signed.join(", ")
    )
}

fn replay(
    remote: &Remote,
    screen: &mut Screen<'_>,
    line: &[u8],
    trusted: &TrustedGenesis,
    known: Vec<SignedHead>,
) -> Result<Replayed, Doubt> {
    // Asked first, so that its head is one of those that are replayed.
    let signed = SignedHead::fetch(remote, trusted)?;
    let end = remote.ask(async |client| client.head().await)?.height.0;
    let ledger = Ledger::found(line).map_err(|error| Doubt::Gap(Gap::Genesis(error)))?;
    let unsound = |_| Problem::Defect("the genesis block cannot be executed");
    let mut memory = Memory::founded(&ledger).map_err(unsound)?;
    let mut counts = Counts::default();
    let mut heads = BTreeMap::from([(memory.head.log.size, memory.head.log.root)]);
    check_genesis(remote, &memory.head)?;
    while memory.head.height.as_u64() < end {
        let height = memory.head.height.next().ok_or(Problem::Defect("no height is left"))?;
        let delta = block(remote, &ledger, &memory, height, &mut counts)?;
        heads.insert(delta.head.log.size, delta.head.log.root);
        memory.take(delta);
        if height.as_u64().is_multiple_of(TALK_EVERY) {
            screen.say(&format!("blocks  {height} of {end}"));
        }
    }
    for head in known.iter().chain([&signed]) {
        let found = head.checkpoint.head;
        if memory.head.log.size < found.size {
            return Err(Doubt::Behind { node: remote.url(), size: memory.head.log.size, signed: found.size });
        }
        if heads.get(&found.size) != Some(&found.root) {
            return Err(fork(&memory, head, &signed));
        }
    }
    Ok(Replayed { counts, signed, known, memory })
}

/// A signed head that is none of this log, beside the one that the node shows for it.
fn fork(memory: &Memory, head: &SignedHead, signed: &SignedHead) -> Doubt {
    let (small, large) = (head.checkpoint.head.size, signed.checkpoint.head.size);
    let path = merkle::consistency_path(&memory.log_nodes, small, large).unwrap_or_default();
    Doubt::Fork(Box::new(Fork { first: head.clone(), second: signed.clone(), path }))
}

fn check_genesis(remote: &Remote, head: &Head) -> Result<(), Doubt> {
    let answer = remote.ask(async |client| client.block(Height::GENESIS).await)?;
    let same =
        answer.id.0 == *head.block.digest() && tree(&answer.log) == head.log && tree(&answer.slots) == head.slots;
    if same { Ok(()) } else { Err(Doubt::Differs { height: Height::GENESIS, what: "genesis block" }) }
}

/// Fetches a block, executes it, and compares what comes out.
fn block(
    remote: &Remote,
    ledger: &Ledger,
    memory: &Memory,
    height: Height,
    counts: &mut Counts,
) -> Result<Delta, Doubt> {
    let differs = |what| Doubt::Differs { height, what };
    let answer = remote.ask(async |client| client.block(height).await)?;
    let (records, entries) = records(remote, height, &answer)?;
    let files: Vec<Vec<u8>> = records.iter().map(|record| record.file().bytes().to_vec()).collect();
    let header = header(ledger, &answer, &files).ok_or_else(|| differs("proposer"))?;
    if *header.id().digest() != answer.id.0 {
        return Err(differs("name of the block"));
    }
    let block = Block { header, records: files };
    let taken: Vec<&VerifiedRecord> = records.iter().collect();
    let delta = execute::execute(ledger, memory, &block, &taken).map_err(|error| match error {
        ExecuteError::Refused(refusal) => Doubt::Block { height, refusal: Box::new(refusal) },
        ExecuteError::Base(never) => match never {},
        ExecuteError::Unsound(what) => Problem::Defect(what).into(),
    })?;
    let (_seal, own) = delta.entries.split_last().ok_or_else(|| differs("seal"))?;
    if own != entries {
        return Err(differs("list of findings"));
    }
    counts.blocks = counts.blocks.saturating_add(1);
    for (record, entry) in records.iter().zip(own) {
        counts.add(record, entry);
    }
    Ok(delta)
}

/// The block's records with their signatures verified, and their entries as the node has them.
fn records(
    remote: &Remote,
    height: Height,
    answer: &answer::Block,
) -> Result<(Vec<VerifiedRecord>, Vec<Vec<u8>>), Doubt> {
    let (mut records, mut entries) = (Vec::new(), Vec::new());
    for id in &answer.records {
        let id = id.0;
        let record = remote.ask(async |client| client.record(id).await)?;
        let wrong = |error| Doubt::Record { height, id, error };
        let file = RecordFile::parse(record.file.as_bytes()).map_err(wrong)?;
        if file.id() != id {
            return Err(Doubt::Differs { height, what: "record" });
        }
        records.push(file.verify().map_err(wrong)?);
        entries.push([record.file.as_bytes(), record.outcome.as_bytes()].concat());
    }
    Ok((records, entries))
}

/// The block's header, made from what the node says and the records that it gave.
fn header(ledger: &Ledger, answer: &answer::Block, files: &[Vec<u8>]) -> Option<Header> {
    let named = |validator: &&plenary_core::genesis::GenesisValidator| {
        answer.proposer.as_deref() == Some(validator.name.as_str())
    };
    Some(Header {
        version: Header::VERSION,
        ledger: ledger.id(),
        height: answer.height.height()?,
        time: answer.time.0,
        proposer: ledger.genesis().validators.iter().find(named)?.key,
        parent: BlockId::from_digest(answer.parent?.0),
        epoch: answer.epoch.0,
        policy: answer.policy.0,
        log: tree(&answer.log),
        slots: tree(&answer.slots),
        records: Block::digest_of(files),
    })
}

const fn tree(tree: &Tree) -> TreeHead {
    TreeHead { size: tree.size.0, root: tree.root.0 }
}

impl Counts {
    fn add(&mut self, record: &VerifiedRecord, entry: &[u8]) {
        self.records = self.records.saturating_add(1);
        let signatures = u64::try_from(record.file().signatures().len()).unwrap_or_default();
        self.signatures = self.signatures.saturating_add(signatures);
        let outcome = RecordEntry::split(entry).and_then(|entry| Outcome::from_line(entry.outcome).ok());
        for finding in outcome.into_iter().flat_map(|outcome| outcome.findings) {
            let count = match finding.result {
                Finding::Met => &mut self.met,
                Finding::Waived => &mut self.waived,
                Finding::Broken => &mut self.broken,
                Finding::Noted => continue,
            };
            *count = count.saturating_add(1);
        }
    }
}
