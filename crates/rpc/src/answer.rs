//! What the methods answer with.
//!
//! These types are the contract: the OpenRPC document, the typed client and
//! `--json` on the command line all come from them. Fields are added and never
//! change.

use plenary_core::{
    block::TreeHead,
    entry::{Finding, FindingLine},
    genesis::Clock,
    record::Signer,
};
use plenary_procedure::execute::Head;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    fault::FaultData,
    json::{Bytes, Hash, Number, Time},
    view::{Reach, Seat},
};

/// One page of a list that stays the same while the ledger grows.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What to give as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// The block at whose end the list was begun: what came later is not in it.
    pub as_of_height: Number,
}

/// An answer whose kind has a method that lists and one that shows a single one.
pub trait Named {
    /// The method that lists.
    const LIST: &'static str;
    /// The method that shows one.
    const GET: &'static str;
}

/// Gives answers the names of their methods.
macro_rules! named {
    ($answer:ty, $list:literal, $get:literal) => {
        impl crate::answer::Named for $answer {
            const LIST: &'static str = $list;
            const GET: &'static str = $get;
        }
    };
}

pub(crate) use named;

/// Where ledger time comes from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockWord {
    /// The validators' clocks.
    Wall,
    /// The records' own claims: history is replayed, and times prove nothing.
    Replay,
}

/// What a node is doing.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseWord {
    /// It has every block that it knows to be final.
    Live,
    /// It fetches blocks.
    Syncing,
    /// It has stopped taking part and serves reads.
    Halted,
}

/// What a node says of itself.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct NodeStatus {
    /// The node's name.
    pub name: String,
    /// Whether it has a seat.
    pub seat: Seat,
    /// What it is doing.
    pub phase: PhaseWord,
    /// The block up to which it catches up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_height: Option<Number>,
    /// Whether all checks of `node_getHealth` hold.
    pub ready: bool,
    /// Records that were sent here and wait for a block.
    pub waiting: Number,
    /// The ledger's identity.
    pub ledger: Hash,
    /// The origin of its checkpoints.
    pub origin: String,
    /// Where its time comes from.
    pub clock: ClockWord,
    /// What people should know of this ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// Validators in force.
    pub validators: Number,
    /// How many of them must agree.
    pub quorum: Number,
    /// How many of them are reachable from here, this node among them.
    pub reachable: Number,
    /// The end of the ledger.
    pub head: LedgerHead,
    /// The version of the software.
    pub version: String,
}

/// Whether a node is of use, and why not.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Health {
    /// Whether every check holds.
    pub ready: bool,
    /// What is looked at.
    pub checks: Vec<HealthCheck>,
}

/// One thing that must hold for a node to be of use.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct HealthCheck {
    /// A short name.
    pub name: String,
    /// Whether it holds.
    pub holds: bool,
    /// What is so, in words.
    pub words: String,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// Which software a node runs.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Version {
    /// The version of the program.
    pub version: String,
    /// The version of the protocol between nodes.
    pub protocol: Number,
}

/// A node that is connected to this one.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Peer {
    /// The identity that its connection has shown.
    pub id: String,
    /// The validator that it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<String>,
    /// Where it is connected.
    pub address: String,
    /// The last height that it says it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<Number>,
    /// Since when it is connected.
    pub since: Time,
}

/// The size and root of an RFC 9162 tree.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Tree {
    /// Number of leaves.
    pub size: Number,
    /// Root hash.
    pub root: Hash,
}

/// The end of the ledger.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct LedgerHead {
    /// The last block.
    pub height: Number,
    /// Its ledger time.
    pub time: Time,
    /// Its name.
    pub block: Hash,
    /// The validators' epoch.
    pub epoch: Number,
    /// SHA-256 of the policy in force.
    pub policy: Hash,
    /// The log.
    pub log: Tree,
    /// The subjects' slots.
    pub slots: Tree,
    /// Leaf hash of the seal that closes the block.
    pub seal: Hash,
}

/// A block in a list.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct BlockLine {
    /// Its position.
    pub height: Number,
    /// Its ledger time.
    pub time: Time,
    /// Its name.
    pub id: Hash,
    /// Who built it; absent for genesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposer: Option<String>,
    /// How many records it holds.
    pub records: Number,
}

/// A block.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Block {
    /// Its position.
    pub height: Number,
    /// Its ledger time.
    pub time: Time,
    /// Its name.
    pub id: Hash,
    /// The block before; absent for genesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Hash>,
    /// Who built it; absent for genesis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposer: Option<String>,
    /// The validators' epoch.
    pub epoch: Number,
    /// SHA-256 of the policy in force.
    pub policy: Hash,
    /// The log after it.
    pub log: Tree,
    /// The subjects' slots after it.
    pub slots: Tree,
    /// Index of its first entry.
    pub first: Number,
    /// Index of the seal that closes it.
    pub seal: Number,
    /// Leaf hash of the seal before.
    pub previous_seal: Hash,
    /// Its records, in their order.
    pub records: Vec<Hash>,
    /// The validators whose signatures made it final.
    pub signers: Vec<String>,
}

/// Who signed a record, and in which role.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct SignerLine {
    /// The role.
    #[serde(rename = "as")]
    pub role: String,
    /// The participant or organisation.
    pub who: String,
}

/// How a rule came out.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingWord {
    /// The rule is met.
    Met,
    /// It is not met, and who may waive it has waived it.
    Waived,
    /// It is not met.
    Broken,
    /// There was nothing to compare; the finding explains something.
    Noted,
}

/// A rule, its clause, and what was compared.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RuleFinding {
    /// The rule's id.
    pub rule: String,
    /// The clause, with its edition.
    pub clause: String,
    /// How it came out.
    pub result: FindingWord,
    /// The dates, numbers and words compared, by name.
    pub facts: Map<String, Value>,
}

/// A record in a list.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RecordLine {
    /// Its entry's place in the log.
    pub index: Number,
    /// Its id: SHA-256 of its line.
    pub id: Hash,
    /// Its type, such as `meeting.announce`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// Its group; absent where it concerns the whole ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// When it happened, as the signers say.
    pub at: Time,
    /// Who signed.
    pub signers: Vec<SignerLine>,
    /// The block that took it.
    pub height: Number,
    /// Ledger time of that block.
    pub time: Time,
    /// The number that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The subjects that it is about.
    pub subjects: Vec<String>,
    /// What the rules found.
    pub findings: Vec<RuleFinding>,
}

/// A record with all that it says.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Record {
    /// What a list says of it.
    #[serde(flatten)]
    pub line: RecordLine,
    /// When it was signed, as the signers say.
    pub signed: Time,
    /// When its signatures would have lapsed.
    pub expires: Time,
    /// The fields of its type.
    pub body: Map<String, Value>,
    /// The record file: the signed line, and the signatures under it.
    pub file: String,
    /// The line that the ledger put under the file.
    pub outcome: String,
}

/// A signed head of the log.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Checkpoint {
    /// The block that it closes.
    pub height: Number,
    /// The log's size.
    pub size: Number,
    /// The log's root.
    pub root: Hash,
    /// The C2SP tlog-checkpoint.
    pub text: String,
}

/// What the ledger is founded on.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Genesis {
    /// The ledger's identity: the leaf hash of the line.
    pub ledger: Hash,
    /// The genesis line, with its line feed.
    pub line: String,
    /// The policy in force (C2SP tlog-policy).
    pub policy: String,
    /// The origin of the checkpoints.
    pub origin: String,
    /// Where time comes from.
    pub clock: ClockWord,
    /// When the ledger begins.
    pub time: Time,
    /// What people should know of this ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

/// How far a record has come.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// This node does not know it. It may still become final until it expires.
    Unknown,
    /// It waits for a block.
    Pending,
    /// It is in the ledger.
    Final,
    /// It cannot be taken as things stand.
    Refused,
}

/// What became of a record.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Submission {
    /// The record's id.
    pub id: Hash,
    /// How far it has come.
    pub state: SubmissionState,
    /// Its entry, once final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordLine>,
    /// Why it cannot be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<RefusalLine>,
}

/// Why a record cannot be taken: what a submission would answer as its error.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct RefusalLine {
    /// The error's code.
    pub code: i32,
    /// The error's data.
    #[serde(flatten)]
    pub data: FaultData,
}

/// A validator in force, as this node sees it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Validator {
    /// Its name.
    pub name: String,
    /// The organisation that runs it.
    pub organization: String,
    /// The Ed25519 key with which it makes blocks final.
    pub key: Bytes,
    /// How it is seen from here.
    pub reach: Reach,
    /// The last height for which a message of its was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_height: Option<Number>,
    /// When that was, by this node's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Time>,
    /// Blocks between that height and this node's head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<Number>,
    /// The version that it says it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The validators in force.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Validators {
    /// The epoch.
    pub epoch: Number,
    /// How many must agree.
    pub quorum: Number,
    /// The validators, in the policy's order.
    pub validators: Vec<Validator>,
}

/// An entry with the proof that it is in the log.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Receipt {
    /// The entry's place in the log.
    pub index: Number,
    /// The entry, byte for byte.
    pub entry: String,
    /// The C2SP tlog-proof.
    pub proof: String,
    /// After the first epoch: every change of validators with its proof, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub epochs: Vec<Change>,
    /// The seal that is the last entry under the proof's checkpoint.
    pub seal: String,
    /// Its index, and its path to the checkpoint's root.
    pub seal_path: String,
}

/// A change of validators with the proof that it is in the log of the epoch before it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Change {
    /// The entry of its record, byte for byte.
    pub entry: String,
    /// The C2SP tlog-proof, under a checkpoint of the epoch before.
    pub proof: String,
}

/// Everything that an auditor checks of one subject.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Dossier {
    /// The subject.
    pub subject: String,
    /// The file: a deterministic archive, as docs/protocol.md describes it.
    pub file: Bytes,
}

/// The proof that the log only grew.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Consistency {
    /// The earlier size.
    pub old: Number,
    /// The later size.
    pub new: Number,
    /// The RFC 9162 path.
    pub path: Vec<Hash>,
}

impl From<Clock> for ClockWord {
    fn from(clock: Clock) -> Self {
        match clock {
            Clock::Wall => Self::Wall,
            Clock::Replay => Self::Replay,
        }
    }
}

impl From<Finding> for FindingWord {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::Met => Self::Met,
            Finding::Waived => Self::Waived,
            Finding::Broken => Self::Broken,
            Finding::Noted => Self::Noted,
        }
    }
}

impl From<TreeHead> for Tree {
    fn from(head: TreeHead) -> Self {
        Self { size: Number(head.size), root: Hash(head.root) }
    }
}

impl From<Head> for LedgerHead {
    fn from(head: Head) -> Self {
        Self {
            height: head.height.into(),
            time: Time(head.time),
            block: Hash(*head.block.digest()),
            epoch: Number(head.epoch),
            policy: Hash(head.policy),
            log: head.log.into(),
            slots: head.slots.into(),
            seal: Hash(head.seal),
        }
    }
}

impl From<&Signer> for SignerLine {
    fn from(signer: &Signer) -> Self {
        Self { role: signer.role.to_string(), who: signer.who.to_string() }
    }
}

impl From<FindingLine> for RuleFinding {
    fn from(line: FindingLine) -> Self {
        Self { rule: line.rule, clause: line.clause, result: line.result.into(), facts: line.facts }
    }
}
