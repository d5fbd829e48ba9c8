//! What can be typed. What it means is decided where it is done.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

mod dossier;
mod nodes;
mod nouns;
mod records;
mod validators;
mod vault;

pub use dossier::*;
pub use nodes::*;
pub use nouns::*;
pub use records::*;
pub use validators::*;
pub use vault::*;

/// Records of a standards focus group, which anyone can check.
#[derive(Debug, Parser)]
#[command(
    name = "plenary",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    before_help = "Examples:\n  plenary status\n  plenary contribution submit usecase.docx --meeting 1 --title \"Use case\"\n  \
                   plenary verify usecase.docx",
    after_help = crate::exit::Exit::table()
)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub options: Options,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What holds for every command.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The node to ask [default: http://localhost:8645, or PLENARY_NODE]
    #[arg(long, global = true, value_name = "URL")]
    pub node: Option<String>,
    /// The key to sign with, or the .pub file of one in an agent [or PLENARY_KEY]
    #[arg(long, global = true, value_name = "FILE")]
    pub key: Option<String>,
    /// The group, where the ledger has several [or PLENARY_GROUP]
    #[arg(long, global = true, value_name = "NAME")]
    pub group: Option<String>,
    /// The role to sign in, where it is not the usual one [or PLENARY_AS]
    #[arg(long = "as", global = true, value_name = "ROLE")]
    pub role: Option<String>,
    /// Who signs: a pid or an organisation, where the key does not tell [or PLENARY_WHO]
    #[arg(long, global = true, value_name = "ID")]
    pub who: Option<String>,
    /// Write data as one JSON document, and an error as well
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Never ask
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Show the record and its hash, sign and send nothing
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// How long to wait until a record is final, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    pub wait: u64,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// With nodes of this machine.
    #[command(flatten)]
    Nodes(NodesCommand),
    /// With records of a ledger.
    #[command(flatten)]
    Ledger(LedgerCommand),
}

/// What is done with records: in a session with a node, or with receipts alone.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Say whether the ledger is of use, and which validators are missing
    Status(StatusArgs),
    /// Make and show keys
    #[command(subcommand)]
    Key(KeyVerb),
    /// Announce and show meetings
    #[command(subcommand)]
    Meeting(MeetingVerb),
    /// Register for a meeting
    Register(RegisterArgs),
    /// Show who takes part
    #[command(subcommand)]
    Participants(ParticipantsVerb),
    /// Submit and show contributions
    #[command(subcommand)]
    Contribution(ContributionVerb),
    /// Follow a deliverable to its approval by consensus
    #[command(subcommand)]
    Deliverable(DeliverableVerb),
    /// With what else the group keeps.
    #[command(flatten)]
    Noun(NounCommand),
    /// Fetch and read receipts
    #[command(subcommand)]
    Receipt(ReceiptVerb),
    /// Fetch dossiers: all records of one subject, with everything that it takes to check them
    #[command(subcommand)]
    Dossier(DossierVerb),
    /// Check a file, a receipt, a dossier, a whole ledger, or several nodes against each other
    Verify(VerifyArgs),
    /// Say which ledgers you trust
    #[command(subcommand)]
    Anchor(AnchorVerb),
    /// Show the signed head of the log
    #[command(subcommand)]
    Checkpoint(CheckpointVerb),
    /// Cosign heads of the log as an outside witness
    #[command(subcommand)]
    Witness(WitnessVerb),
    /// Write the log in forms that other programs read
    #[command(subcommand)]
    Export(ExportVerb),
    /// Look at what was recorded
    #[command(subcommand)]
    Records(RecordsVerb),
    /// Sign and send a record file
    #[command(subcommand)]
    Record(RecordVerb),
    /// Change who validates, and show who does
    #[command(subcommand)]
    Validators(ValidatorsVerb),
    /// Keep what opens people's identity commitments, and erase it
    Vault(VaultArgs),
}

/// `status`
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// Only say whether the node is ready, check by check
    #[arg(long)]
    pub ready: bool,
}

/// `key`
#[derive(Debug, Subcommand)]
pub enum KeyVerb {
    /// Make a new key, one for each group
    New {
        /// Where to write it [default: ~/.ssh/plenary_GROUP_ed25519]
        #[arg(long, value_name = "FILE")]
        file: Option<String>,
        /// Do not protect it with a passphrase
        #[arg(long)]
        no_passphrase: bool,
    },
    /// List the keys in ~/.ssh that can sign records
    List,
    /// Show the public key that the secretariat enrols
    Show,
}

/// `meeting`
#[derive(Debug, Subcommand)]
pub enum MeetingVerb {
    /// Announce a meeting, after showing its calendar
    Announce {
        /// The notice, as TOML
        #[arg(required_unless_present = "example")]
        file: Option<PathBuf>,
        /// Print an example of the file
        #[arg(long)]
        example: bool,
        /// Sign without asking
        #[arg(long, short)]
        yes: bool,
    },
    /// List the meetings
    List,
    /// Show a meeting, its deadlines and what the rules found
    Show {
        /// The meeting, such as 1
        id: String,
    },
    /// Fetch the dossier of a meeting
    Dossier {
        /// The meeting, such as 1
        id: String,
        /// What goes into it.
        #[command(flatten)]
        args: DossierArgs,
    },
}

/// `register`
#[derive(Args, Debug)]
pub struct RegisterArgs {
    /// The meeting, such as 1
    pub meeting: String,
    /// How to take part
    #[arg(long, value_parser = ["onsite", "remote"])]
    pub mode: String,
    /// What the secretariat states when it enters this for somebody
    #[command(flatten)]
    pub entered: Entered,
}

/// What the secretariat states when it enters a record for somebody.
#[derive(Args, Clone, Debug, Default)]
pub struct Entered {
    /// For whom the secretariat enters this, by pid
    #[arg(long = "for-participant", value_name = "PID")]
    pub participant: Option<String>,
    /// When the secretariat received it, such as 2017-10-05T09:00:00Z
    #[arg(long, value_name = "TIME")]
    pub received: Option<String>,
}

/// `participants`
#[derive(Debug, Subcommand)]
pub enum ParticipantsVerb {
    /// List the participants of the group, or those of a meeting
    List {
        /// The meeting, such as 1
        meeting: Option<String>,
    },
    /// Show a participant, and the records about it
    Show {
        /// The participant, by pid
        id: String,
    },
    /// Show the list that was reported to the parent group
    Report,
    /// Fetch the dossier of the list of participants
    Dossier(DossierArgs),
}

/// `contribution`
#[derive(Debug, Subcommand)]
pub enum ContributionVerb {
    /// Submit a contribution to a meeting
    Submit(SubmitArgs),
    /// Submit a revision
    Revise {
        /// The contribution's number, such as DLT-I-001
        id: String,
        /// The whole contribution, revised
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// When the secretariat received it, such as 2017-10-05T09:00:00Z
        #[arg(long, value_name = "TIME")]
        received: Option<String>,
    },
    /// Withdraw a contribution; it keeps its number
    Withdraw {
        /// The contribution's number, such as DLT-I-001
        id: String,
        /// Why
        #[arg(long, value_parser = ["replaced", "mistake", "unsupported"])]
        reason: String,
    },
    /// List the contributions
    List {
        /// Only those for this meeting
        #[arg(long, value_name = "MEETING")]
        meeting: Option<String>,
    },
    /// Show a contribution and what the rules found
    Show {
        /// The contribution's number, such as DLT-I-001
        id: String,
    },
    /// Fetch the dossier of a contribution
    Dossier {
        /// The contribution's number, such as DLT-I-001
        id: String,
        /// What goes into it.
        #[command(flatten)]
        args: DossierArgs,
    },
}

/// `contribution submit`
#[derive(Args, Debug)]
pub struct SubmitArgs {
    /// The contribution, in one file or several
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The meeting that it is for, such as 1
    #[arg(long, short)]
    pub meeting: String,
    /// Its title, which names no person
    #[arg(long, short)]
    pub title: String,
    /// What it is for
    #[arg(long, default_value = "proposal", value_parser = ["discussion", "information", "proposal", "administrative", "other"])]
    pub purpose: String,
    /// An organisation that it comes from; may be given several times
    #[arg(long, value_name = "ID")]
    pub source: Vec<String>,
    /// Its language
    #[arg(long, default_value = "en")]
    pub language: String,
    /// It does not use the template
    #[arg(long)]
    pub free_layout: bool,
    /// It states conditions of its own for distribution and use
    #[arg(long)]
    pub conditions: bool,
    /// What the secretariat states when it enters this for somebody
    #[command(flatten)]
    pub entered: Entered,
}

/// `deliverable`
#[derive(Debug, Subcommand)]
pub enum DeliverableVerb {
    /// List the deliverables
    List,
    /// Show where a deliverable stands, and what is missing for its approval
    Show {
        /// The deliverable, such as D1.1
        id: String,
        /// Show its objections alone
        #[arg(long)]
        objections: bool,
    },
    /// Fetch the dossier of a deliverable: how consensus was reached, for anybody to check
    Dossier {
        /// The deliverable, such as D1.1
        id: String,
        /// What goes into it.
        #[command(flatten)]
        args: DossierArgs,
    },
    /// Open a consensus call on the current text, as the chair
    Call(CallArgs),
    /// Support the text that is called
    Support {
        /// The deliverable, such as D1.1
        id: String,
        /// Do not oppose it, with this concern to be annexed
        #[arg(long, value_name = "FILE")]
        reservation: Option<PathBuf>,
    },
    /// Take no side in the call
    Abstain {
        /// The deliverable, such as D1.1
        id: String,
    },
    /// Object to the text that is called, with reasons
    Object(ObjectArgs),
    /// With an objection.
    #[command(flatten)]
    OnObjection(ObjectionVerb),
    /// Record that the patent question was asked in the call, as the chair
    Patents {
        /// The deliverable, such as D1.1
        id: String,
        /// How many answered that they know of patents
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        affirmative: u32,
    },
    /// Close a call whose time is over
    Close {
        /// The deliverable, such as D1.1
        id: String,
    },
    /// Determine as the chair whether the group agrees; the secretariat signs as well
    Conclude(ConcludeArgs),
    /// Send approved deliverables to the parent group; the secretariat signs as well
    Transmit {
        /// The deliverables, such as D1.1
        #[arg(required = true)]
        ids: Vec<String>,
        /// The meeting of the parent group, such as "TSAG, Geneva"
        #[arg(long, value_name = "MEETING")]
        to: String,
        /// Its first day, such as 2019-09-23
        #[arg(long, value_name = "DATE")]
        starts: String,
        /// The number of the document that carries them
        #[arg(long, value_name = "NUMBER")]
        document: Option<String>,
    },
}

/// What to do with an objection to a deliverable.
#[derive(Debug, Subcommand)]
pub enum ObjectionVerb {
    /// Withdraw your objection
    Withdraw {
        /// The objection, such as D1.1-OBJ-1
        objection: String,
        /// The version that satisfied you
        #[arg(long, value_name = "VERSION")]
        satisfied_by: Option<u32>,
    },
    /// Reply to an objection
    Reply {
        /// The objection, such as D1.1-OBJ-1
        objection: String,
        /// The reply
        file: PathBuf,
        /// A text that might resolve it
        #[arg(long, value_name = "FILE")]
        change: Option<PathBuf>,
        /// Until when the objector is asked to answer, such as 2019-03-01T17:00:00Z; only the chair asks so
        #[arg(long, value_name = "TIME")]
        answer_by: Option<String>,
    },
    /// Dispose of an objection with a reason, as the chair
    Dispose {
        /// The objection, such as D1.1-OBJ-1
        objection: String,
        /// What becomes of it
        #[arg(long = "as-being", value_parser = ["resolved-by-change", "invalid", "rejected", "outweighed", "upheld"])]
        disposition: String,
        /// The reason
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
    },
}

/// `deliverable call`
#[derive(Args, Debug)]
pub struct CallArgs {
    /// The deliverable, such as D1.1
    pub id: String,
    /// For how many days [default: what the rule set asks for]
    #[arg(long, conflicts_with = "meeting")]
    pub days: Option<u32>,
    /// The meeting in which it is put, until the end of the day
    #[arg(long)]
    pub meeting: Option<String>,
    /// The level of agreement that is sought
    #[arg(long, default_value = "consensus", value_parser = ["unanimity", "unopposed", "consensus"])]
    pub level: String,
    /// The question as it is put
    #[arg(long, value_name = "FILE")]
    pub question: Option<PathBuf>,
}

/// `deliverable object`
#[derive(Args, Debug)]
pub struct ObjectArgs {
    /// The deliverable, such as D1.1
    pub id: String,
    /// The clause of the text, such as 6.2
    #[arg(long)]
    pub clause: String,
    /// The reasons, as a document
    #[arg(long, value_name = "FILE")]
    pub reasons: PathBuf,
    /// The change that would resolve it, as a document; none would if it is left out
    #[arg(long, value_name = "FILE")]
    pub change: Option<PathBuf>,
    /// What it is about
    #[arg(long, default_value = "technical", value_parser = ["technical", "procedural", "legal"])]
    pub issue: String,
}

/// `deliverable conclude`
#[derive(Args, Debug)]
pub struct ConcludeArgs {
    /// The deliverable, such as D1.1
    pub id: String,
    /// What is decided, the objections and their disposition, and what would reopen it
    #[arg(long, value_name = "FILE")]
    pub statement: PathBuf,
    /// The level of agreement
    #[arg(long, default_value = "consensus", value_parser = ["unanimity", "unopposed", "consensus"])]
    pub level: String,
    /// The reservations, to be annexed to the text
    #[arg(long, value_name = "FILE")]
    pub reservations: Option<PathBuf>,
    /// The group does not agree
    #[arg(long)]
    pub not_approved: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_tree_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn verify_takes_a_file_or_a_subcommand() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' '));
        assert!(parse("plenary verify a.pdf --anchor none").is_ok());
        assert!(parse("plenary verify ledger --from http://a:1").is_ok());
        assert!(parse("plenary verify receipt a.receipt --anchor none").is_ok());
        assert!(parse("plenary verify").is_err());
        assert!(parse("plenary verify a.pdf ledger").is_err());
    }
}
