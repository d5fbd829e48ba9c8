//! What can be typed about dossiers.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `dossier`
#[derive(Debug, Subcommand)]
pub enum DossierVerb {
    /// Fetch everything that an auditor checks of one subject, as one file
    Get {
        /// The subject, such as deliverable/D1.1, role/chair, organization/tsb or validators
        subject: String,
        /// What goes into it.
        #[command(flatten)]
        args: DossierArgs,
    },
    /// Explain how to check a dossier with tools that are not ours
    Explain {
        /// The dossier
        file: PathBuf,
        /// Print the script that does it
        #[arg(long)]
        script: bool,
    },
}

/// What goes into a dossier, and where.
#[derive(Args, Clone, Debug, Default)]
pub struct DossierArgs {
    /// The file to write [default: the subject with full stops, and .tar]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Prove that the log has only grown since this checkpoint, or the proof of a receipt
    #[arg(long, value_name = "CHECKPOINT", conflicts_with = "approval")]
    pub since: Option<PathBuf>,
    /// Put in a document that the records name; may be given several times
    #[arg(long = "document", value_name = "FILE")]
    pub documents: Vec<PathBuf>,
    /// Put in a disclosure that opens an identity commitment; may be given several times
    #[arg(long = "disclosure", value_name = "FILE")]
    pub disclosures: Vec<PathBuf>,
    /// As the node kept it when the deliverable was last approved
    #[arg(long)]
    pub approval: bool,
}

/// `verify dossier`
#[derive(Args, Clone, Debug)]
pub struct VerifyDossier {
    /// The dossier
    pub dossier: PathBuf,
    /// A document that its records should name; may be given several times
    #[arg(long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A checkpoint, or the proof of a receipt, that this log must have begun with
    #[arg(long, value_name = "CHECKPOINT")]
    pub since: Option<PathBuf>,
}
