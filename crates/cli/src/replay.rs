//! `plenary verify ledger`: replays a whole ledger from a node, and believes nothing that it says.
//!
//! Every record's signatures are checked, every block is executed by the rules,
//! and the entries, seals and roots that come out are compared with the node's.
//! The last checkpoint that validators signed must be one of the heads that came out.

use std::collections::BTreeMap;

use plenary_core::{
    block::{Block, BlockId, Header, Height, TreeHead},
    checkpoint::Checkpoint,
    entry::{Finding, Outcome, RecordEntry},
    hash::Digest,
    receipt::Receipt,
    record::{RecordError, RecordFile, VerifiedRecord},
};
use plenary_procedure::{
    execute::{self, BlockRefusal, Delta, ExecuteError, Head, Ledger},
    memory::Memory,
};
use plenary_rpc::{
    answer::{self, Tree},
    client::ClientError,
};
use plenary_verifier::{
    checks::{self, TrustedGenesis},
    verdict::{Gap, Verdict},
};
use serde_json::json;
use thiserror::Error;

use crate::{anchor, exit::Exit, problem::Problem, remote::Remote, screen::Screen, session::Session};

/// How many blocks are replayed between two lines of talk.
const TALK_EVERY: u64 = 500;

/// What was not looked at, so that nobody reads more into the verdict than it says.
const NOT_CHECKED: [&str; 4] = [
    "that the validators' keys belong to the organisations named",
    "that the validators did not tell somebody else another story",
    "documents: the ledger holds their digests alone",
    "each block's own signatures: the last signed head covers them",
];

/// Why a replay came to no verified end.
#[derive(Debug, Error)]
enum Fault {
    /// The genesis is not one that the reader trusts, or data is missing.
    #[error("{0}")]
    Gap(Gap),
    /// Validators have not signed any head that can be asked for.
    #[error("no quorum of validators has signed a head of this log yet")]
    NoCheckpoint,
    /// A record's signatures do not hold.
    #[error("record {id} in block {height}: {error}")]
    Record { height: Height, id: Digest, error: RecordError },
    /// A block is not one that the rules allow.
    #[error("block {height}: {refusal}")]
    Block { height: Height, refusal: Box<BlockRefusal> },
    /// The node says something else than what comes out.
    #[error("block {height}: the node's {what} is not the one that follows from the records")]
    Differs { height: Height, what: &'static str },
    /// The signed head is not one of this log.
    #[error(
        "the head of {size} entries that validators signed is not a head of this log: the ledger has two histories"
    )]
    Fork { size: u64 },
    /// The head is not signed as it should be.
    #[error("{0}")]
    Head(Verdict),
    /// The node could not be asked, or the program failed.
    #[error("{0}")]
    Problem(Problem),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Fault {
    fn exit(&self) -> Exit {
        match self {
            Self::Gap(_) | Self::NoCheckpoint => Exit::CannotTell,
            Self::Record { .. } => Exit::WrongAuthor,
            Self::Block { .. } | Self::Differs { .. } | Self::Fork { .. } => Exit::Contradiction,
            Self::Head(verdict) => Exit::of_verdict(verdict),
            Self::Problem(_) => Exit::Unexpected,
        }
    }
}

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
struct Replayed {
    counts: Counts,
    checkpoint: Checkpoint,
    head: Head,
}

/// Replays the ledger of the node at `from`, or of the session's node.
pub fn run(
    from: Option<&str>,
    anchor: Option<&str>,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let other = from.map(Remote::new).transpose()?;
    let remote = other.as_ref().unwrap_or(&session.remote);
    let genesis = remote.ask(async |client| client.genesis().await)?;
    let line = genesis.line.as_bytes();
    let found = plenary_core::genesis::Genesis::ledger(line);
    let anchor = anchor::choose(anchor, session.machine, found)?;
    let result = checks::genesis_is_trusted(line, anchor)
        .map_err(Fault::Gap)
        .and_then(|trusted| replay(remote, screen, line, &trusted));
    let (exit, text) = match result {
        Ok(replayed) => (Exit::Done, verified(&replayed)),
        Err(Fault::Problem(problem)) => return Err(problem),
        Err(fault) => (fault.exit(), refuted(&fault)),
    };
    screen.show(&text)?;
    screen.show(&not_checked(anchor))?;
    screen.json(&json!({
        "anchor": anchor.map(|anchor| anchor.to_string()),
        "exit_code": exit.code(),
        "not_checked": NOT_CHECKED,
        "text": text.lines().map(str::trim).collect::<Vec<_>>(),
        "verdict": word(exit),
    }))?;
    if exit == Exit::CannotTell {
        screen.next("take the ledger's hash from a printed circular, and give it with --anchor sha256:…");
    } else if exit == Exit::Done {
        screen.next("plenary records list");
    }
    Ok(exit)
}

fn word(exit: Exit) -> &'static str {
    if exit == Exit::Done {
        "VERIFIED"
    } else if exit == Exit::CannotTell {
        "CANNOT TELL"
    } else {
        "NOT VERIFIED"
    }
}

fn verified(Replayed { counts, checkpoint, head }: &Replayed) -> String {
    let signed: Vec<String> = checkpoint.cosignatures.iter().map(|it| it.name.to_string()).collect();
    format!(
        "VERIFIED   {} up to block {}\n\n  blocks        {} replayed by the rules\n  records       {} with {} \
         signatures, all of which hold\n  findings      {} met, {} waived, {} broken\n  root          {} of {} \
         entries\n  validators    signed the head of {} entries: {}\n",
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

fn refuted(fault: &Fault) -> String {
    if let Fault::Head(verdict) = fault {
        return format!("{verdict}\n\n");
    }
    format!("{}   {fault}\n\n", word(fault.exit()))
}

fn not_checked(anchor: Option<Digest>) -> String {
    let anchor = anchor.map_or_else(|| "none".to_owned(), |anchor| anchor.to_string());
    let lines: String = NOT_CHECKED.iter().map(|line| format!("  not checked   {line}\n")).collect();
    format!("  anchor        {anchor}\n{lines}")
}

fn replay(remote: &Remote, screen: &mut Screen<'_>, line: &[u8], trusted: &TrustedGenesis) -> Result<Replayed, Fault> {
    // Asked first, so that its head is one of those that are replayed.
    let checkpoint = checkpoint(remote, trusted)?;
    let end = remote.ask(async |client| client.head().await)?.height.0;
    let ledger = Ledger::found(line).map_err(|error| Fault::Gap(Gap::Genesis(error)))?;
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
    let size = checkpoint.head.size;
    if heads.get(&size) != Some(&checkpoint.head.root) {
        return Err(Fault::Fork { size });
    }
    Ok(Replayed { counts, checkpoint, head: memory.head })
}

fn checkpoint(remote: &Remote, trusted: &TrustedGenesis) -> Result<Checkpoint, Fault> {
    let answer = match remote.ask(async |client| client.checkpoint().await) {
        Err(Problem::Node(ClientError::Refused { data, .. })) if data.reason == "not_cosigned" => {
            return Err(Fault::NoCheckpoint);
        }
        other => other?,
    };
    let checkpoint = Checkpoint::parse(&answer.text)
        .map_err(|error| Fault::Head(Verdict::NotVerified(plenary_verifier::verdict::Failure::Cosignatures(error))))?;
    let receipt = Receipt { index: 0, path: Vec::new(), checkpoint };
    checks::quorum_signed(&receipt, &trusted.policy).map_err(Fault::Head)?;
    Ok(receipt.checkpoint)
}

fn check_genesis(remote: &Remote, head: &Head) -> Result<(), Fault> {
    let answer = remote.ask(async |client| client.block(Height::GENESIS).await)?;
    let same =
        answer.id.0 == *head.block.digest() && tree(&answer.log) == head.log && tree(&answer.slots) == head.slots;
    if same { Ok(()) } else { Err(Fault::Differs { height: Height::GENESIS, what: "genesis block" }) }
}

/// Fetches a block, executes it, and compares what comes out.
fn block(
    remote: &Remote,
    ledger: &Ledger,
    memory: &Memory,
    height: Height,
    counts: &mut Counts,
) -> Result<Delta, Fault> {
    let differs = |what| Fault::Differs { height, what };
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
        ExecuteError::Refused(refusal) => Fault::Block { height, refusal: Box::new(refusal) },
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
) -> Result<(Vec<VerifiedRecord>, Vec<Vec<u8>>), Fault> {
    let (mut records, mut entries) = (Vec::new(), Vec::new());
    for id in &answer.records {
        let id = id.0;
        let record = remote.ask(async |client| client.record(id).await)?;
        let wrong = |error| Fault::Record { height, id, error };
        let file = RecordFile::parse(record.file.as_bytes()).map_err(wrong)?;
        if file.id() != id {
            return Err(Fault::Differs { height, what: "record" });
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
