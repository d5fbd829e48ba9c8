//! What can be typed about the validators.

use std::path::PathBuf;

use clap::Subcommand;

/// What to do about the validators.
#[derive(Debug, Subcommand)]
pub enum ValidatorsVerb {
    /// Show who validates, and who has published keys for later
    Show,
    /// Make a validator's next keys in its home, and write the form that publishes them
    Prepare {
        /// The folder of the node
        #[arg(long, value_name = "FOLDER")]
        home: PathBuf,
        /// The organisation that runs it [default: as the ledger has it]
        #[arg(long)]
        org: Option<String>,
        /// Make a new key for blocks as well, where the journal of the old one is lost
        #[arg(long)]
        new_key: bool,
        /// Where to write the form
        #[arg(long, value_name = "FORM")]
        out: PathBuf,
    },
    /// Cosign the log's head with a newcomer's published key, to show that it follows the ledger
    Attend {
        /// The folder of the node
        #[arg(long, value_name = "FOLDER")]
        home: PathBuf,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write the form that puts these validators in office
    Change {
        /// The validators of the next epoch, in the order of their policy
        #[arg(required = true)]
        names: Vec<String>,
        /// What attend wrote for each newcomer
        #[arg(long = "presence", value_name = "FILE")]
        presences: Vec<PathBuf>,
        /// Where to write the form
        #[arg(long, value_name = "FORM")]
        out: PathBuf,
    },
}
