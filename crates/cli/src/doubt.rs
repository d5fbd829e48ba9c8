//! Why the history of a ledger is not verified: what `verify ledger` and `verify node` say instead.

use std::path::{Path, PathBuf};

use plenary_core::{
    block::Height,
    checkpoint::{Checkpoint, CheckpointError},
    hash::Digest,
    receipt::Receipt,
    record::RecordError,
};
use plenary_procedure::execute::BlockRefusal;
use plenary_rpc::client::ClientError;
use plenary_verifier::{
    checks::{self, TrustedGenesis},
    verdict::{Failure, Gap, Verdict},
};
use serde_json::json;
use thiserror::Error;

use crate::{bundle::replace, exit::Exit, problem::Problem, remote::Remote, screen::Screen};

/// Why a ledger's history is not verified.
#[derive(Debug, Error)]
pub enum Doubt {
    /// The genesis is not one that the reader trusts, or data is missing.
    #[error("{0}")]
    Gap(Gap),
    /// Validators have not signed any head that can be asked for.
    #[error("no quorum of validators has signed a head of this log yet")]
    NoCheckpoint,
    /// The log is shorter than one that validators have signed.
    #[error(
        "the log of {node} has {size} entries, and validators have signed one of {signed}: the node is behind, or \
         shows what the ledger once was"
    )]
    Behind {
        /// The node.
        node: String,
        /// How many entries it has.
        size: u64,
        /// How many entries were signed for.
        signed: u64,
    },
    /// A record's signatures do not hold.
    #[error("record {id} in block {height}: {error}")]
    Record {
        /// Its block.
        height: Height,
        /// The record.
        id: Digest,
        /// What is wrong.
        error: RecordError,
    },
    /// A block is not one that the rules allow.
    #[error("block {height}: {refusal}")]
    Block {
        /// The block.
        height: Height,
        /// What is wrong.
        refusal: Box<BlockRefusal>,
    },
    /// The node says something else than what comes out.
    #[error("block {height}: the node's {what} is not the one that follows from the records")]
    Differs {
        /// The block.
        height: Height,
        /// What differs.
        what: &'static str,
    },
    /// Validators have signed two heads that are not of one log.
    #[error("{0}")]
    Fork(Box<Fork>),
    /// The head is not signed as it should be.
    #[error("{0}")]
    Head(Verdict),
    /// The node could not be asked, or the program failed.
    #[error("{0}")]
    Problem(Problem),
}

impl From<Problem> for Doubt {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Doubt {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Gap(_) | Self::NoCheckpoint | Self::Behind { .. } => Exit::CannotTell,
            Self::Record { .. } => Exit::WrongAuthor,
            Self::Block { .. } | Self::Differs { .. } | Self::Fork(_) => Exit::Contradiction,
            Self::Head(verdict) => Exit::of_verdict(verdict),
            Self::Problem(problem) => problem.exit(),
        }
    }

    /// The verdict, as people read it.
    pub fn told(&self) -> String {
        if let Self::Head(verdict) = self {
            return format!("{verdict}\n\n");
        }
        format!("{}   {self}\n\n", word(self.exit()))
    }
}

/// Two signed heads of which one should extend the other, and does not.
#[derive(Clone, Debug, Error)]
#[error("{}", self.words())]
pub struct Fork {
    /// The head of the smaller log.
    pub first: SignedHead,
    /// The head of the larger log.
    pub second: SignedHead,
    /// The path from one to the other that a node gave, if it gave any.
    pub path: Vec<Digest>,
}

impl Fork {
    fn words(&self) -> String {
        let Self { first, second, .. } = self;
        let (small, large) = (first.checkpoint.head.size, second.checkpoint.head.size);
        let what = if small == large {
            format!("validators have signed two logs of {small} entries, one {} and one {}", first.from, second.from)
        } else {
            format!(
                "nothing leads from the log of {small} entries {} to that of {large} entries {}: validators have \
                 signed two histories, or the node that was asked does not show the path",
                first.from, second.from
            )
        };
        format!("{what}; both are signed by {}", self.both())
    }

    /// Those who have signed both heads.
    fn both(&self) -> String {
        let signers = &self.second.checkpoint.cosignatures;
        let both = self.first.checkpoint.cosignatures.iter().filter(|it| signers.iter().any(|other| other.id == it.id));
        let names: Vec<String> = both.map(|it| it.name.to_string()).collect();
        if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
    }

    /// Writes down what shows the fork to others: both heads, and the path between them.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, Problem> {
        let Self { first, second, path } = self;
        let (small, large) = (first.checkpoint.head, second.checkpoint.head);
        let folder = folder.join(format!("{}-{}", small.size, large.size));
        std::fs::create_dir_all(&folder).map_err(|error| Problem::file(&folder, error))?;
        let path: String = path.iter().map(|hash| format!("{hash}\n")).collect();
        for (name, text) in
            [("first", first.checkpoint.to_string()), ("second", second.checkpoint.to_string()), ("path", path)]
        {
            replace(&folder.join(name), text.as_bytes())?;
        }
        Ok(folder)
    }
}

/// A head that a quorum has signed, and where it comes from, such as `from http://…` or `seen before`.
#[derive(Clone, Debug)]
pub struct SignedHead {
    /// Where it comes from.
    pub from: String,
    /// The head, with signatures that hold.
    pub checkpoint: Checkpoint,
}

impl SignedHead {
    /// The newest head of a node's log.
    pub fn fetch(remote: &Remote, trusted: &TrustedGenesis) -> Result<Self, Doubt> {
        let answer = match remote.ask(async |client| client.checkpoint().await) {
            Err(Problem::Node(ClientError::Refused { data, .. })) if data.reason == "not_cosigned" => {
                return Err(Doubt::NoCheckpoint);
            }
            other => other?,
        };
        Self::read(&answer.text, format!("from {}", remote.url()), trusted)
    }

    /// Reads a checkpoint, or that of a receipt, and checks who signed it.
    pub fn read(text: &str, from: String, trusted: &TrustedGenesis) -> Result<Self, Doubt> {
        let unreadable = |error: CheckpointError| Doubt::Head(Verdict::NotVerified(Failure::Cosignatures(error)));
        let checkpoint = match Receipt::parse(text) {
            Ok(receipt) => receipt.checkpoint,
            Err(_) => Checkpoint::parse(text).map_err(unreadable)?,
        };
        let receipt = Receipt { index: 0, path: Vec::new(), checkpoint };
        checks::quorum_signed(&receipt, &trusted.policy).map_err(Doubt::Head)?;
        Ok(Self { from, checkpoint: receipt.checkpoint })
    }
}

/// The verdict's word.
pub fn word(exit: Exit) -> &'static str {
    if exit == Exit::Done {
        "VERIFIED"
    } else if exit == Exit::CannotTell {
        "CANNOT TELL"
    } else {
        "NOT VERIFIED"
    }
}

/// Writes a verdict, what was not checked, and how to get further.
pub fn show(
    (exit, text): (Exit, &str),
    anchor: Option<Digest>,
    not_checked: &[&str],
    screen: &mut Screen<'_>,
) -> Result<(), Problem> {
    let named = anchor.map_or_else(|| "none".to_owned(), |anchor| anchor.to_string());
    let lines: String = not_checked.iter().map(|line| format!("  not checked   {line}\n")).collect();
    screen.show(text)?;
    screen.show(&format!("  anchor        {named}\n{lines}"))?;
    screen.json(&json!({
        "anchor": anchor.map(|anchor| anchor.to_string()),
        "exit_code": exit.code(),
        "not_checked": not_checked,
        "text": text.lines().map(str::trim).collect::<Vec<_>>(),
        "verdict": word(exit),
    }))
}
