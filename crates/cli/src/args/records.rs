//! What can be typed about records and their receipts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{args::VerifyDossier, verb::FormArgs};

/// `receipt`
#[derive(Debug, Subcommand)]
pub enum ReceiptVerb {
    /// Fetch the receipt of a record
    Get {
        /// A file that a record names, a record's id or place, or a number such as DLT-I-001
        what: String,
        /// The folder to write [default: FILE.receipt, or one among those of all receipts]
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// Show what a receipt says, without checking it
    Show {
        /// The file that was submitted, or the folder of its receipt
        file: PathBuf,
    },
    /// Explain how to check a receipt with tools that are not ours
    Explain {
        /// The file that was submitted, or the folder of its receipt
        file: PathBuf,
        /// Print the script that does it
        #[arg(long)]
        script: bool,
    },
}

/// `verify`
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct VerifyArgs {
    /// What to check instead of a file
    #[command(subcommand)]
    pub what: Option<VerifyWhat>,
    /// The document; its receipt is in FILE.receipt
    #[arg(required_unless_present = "write_page")]
    pub file: Option<PathBuf>,
    /// The folder of its receipt, if it is elsewhere
    #[arg(long, value_name = "FOLDER")]
    pub receipt: Option<PathBuf>,
    /// The ledger to trust: sha256:…, a genesis file, or none [default: ~/.config/plenary/anchors]
    #[arg(long, global = true, value_name = "ANCHOR")]
    pub anchor: Option<String>,
    /// Write the page with which a browser checks receipts, without this program and a network
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["file", "receipt"])]
    pub write_page: Option<PathBuf>,
}

/// What to verify instead of a file.
#[derive(Debug, Subcommand)]
pub enum VerifyWhat {
    /// Check a receipt without a document
    Receipt {
        /// The folder of the receipt
        folder: PathBuf,
    },
    /// Check a dossier: all records of one subject, and how they were judged
    Dossier(VerifyDossier),
    /// Replay a whole ledger from a node, and trust nothing that the node says
    Ledger {
        /// The node to read from [default: the node of all commands]
        #[arg(long, value_name = "URL")]
        from: Option<String>,
        /// A checkpoint, or the proof of a receipt, that this log must have begun with
        #[arg(long, value_name = "CHECKPOINT")]
        since: Option<PathBuf>,
    },
    /// Compare the signed heads of several nodes: a split of the ledger is found, and written down
    Node {
        /// The nodes
        #[arg(required = true, value_name = "URL")]
        urls: Vec<String>,
        /// A checkpoint, or the proof of a receipt, that their logs must have begun with
        #[arg(long, value_name = "CHECKPOINT")]
        since: Option<PathBuf>,
    },
}

/// `anchor`
#[derive(Debug, Subcommand)]
pub enum AnchorVerb {
    /// Trust a ledger from now on
    Add {
        /// What you call it
        name: String,
        /// Its name in a printed circular, sha256:…, or its genesis file
        anchor: String,
    },
    /// List the ledgers that you trust
    List,
    /// Show a ledger that you trust, and the newest head of it that was verified
    Show {
        /// What you call it
        name: String,
    },
}

/// `export`
#[derive(Debug, Subcommand)]
pub enum ExportVerb {
    /// Write the whole log as static files, which any web server can serve (C2SP tlog-tiles)
    Tiles {
        /// Where to write them
        folder: PathBuf,
        /// The node to read from [default: the node of all commands]
        #[arg(long, value_name = "URL")]
        from: Option<String>,
        /// The ledger to trust: sha256:…, a genesis file, or none [default: ~/.config/plenary/anchors]
        #[arg(long, value_name = "ANCHOR")]
        anchor: Option<String>,
    },
}

/// `checkpoint`
#[derive(Debug, Subcommand)]
pub enum CheckpointVerb {
    /// Show the newest head that a quorum has signed, to be printed in a report
    Show {
        /// The ledger to trust: sha256:…, a genesis file, or none [default: ~/.config/plenary/anchors]
        #[arg(long, value_name = "ANCHOR")]
        anchor: Option<String>,
    },
}

/// `witness`
#[derive(Debug, Subcommand)]
pub enum WitnessVerb {
    /// Make a witness of a ledger, with a home and a key of its own
    Init {
        /// The folder of the witness
        #[arg(long, value_name = "FOLDER")]
        home: String,
        /// The name of its key, such as observer.example/witness
        #[arg(long, value_name = "NAME")]
        name: String,
        /// The ledger to trust: sha256:…, a genesis file, or none [default: ~/.config/plenary/anchors]
        #[arg(long, value_name = "ANCHOR")]
        anchor: Option<String>,
    },
    /// Cosign the node's newest head, if a quorum signed it and it extends the last one
    Cosign {
        /// The folder of the witness
        #[arg(long, value_name = "FOLDER")]
        home: String,
    },
}

/// `records`
#[derive(Debug, Subcommand)]
pub enum RecordsVerb {
    /// List the records, page by page
    List {
        /// Only records of this type, such as meeting.announce; all of them at once
        #[arg(long = "type", value_name = "TYPE", conflicts_with_all = ["cursor", "limit"])]
        record_type: Option<String>,
        /// Only records about this meeting
        #[arg(long, value_name = "MEETING")]
        meeting: Option<String>,
        /// Go on after an earlier page
        #[arg(long)]
        cursor: Option<String>,
        /// How many records to look at, 500 at most
        #[arg(long)]
        limit: Option<usize>,
    },
    /// Show a record
    Show {
        /// Its id (sha256:…) or its place in the log
        id: String,
    },
}

/// `record`
#[derive(Debug, Subcommand)]
pub enum RecordVerb {
    /// Add your signature to a record that needs several
    Sign {
        /// The record file
        file: PathBuf,
    },
    /// Send a record file that all its signers have signed
    Submit {
        /// The record file
        file: PathBuf,
    },
    /// Write a record of any type by its form
    Make {
        /// The type, such as meeting.announce
        #[arg(value_name = "TYPE")]
        record_type: String,
        /// What is typed for every form.
        #[command(flatten)]
        form: FormArgs,
    },
    /// Show what is to be signed, and how ssh-keygen alone signs it
    Print {
        /// The record file
        file: PathBuf,
    },
    /// Add a signature that ssh-keygen has made
    Attach {
        /// The record file
        file: PathBuf,
        /// The signature, such as FILE.line.sig
        signature: PathBuf,
    },
}
