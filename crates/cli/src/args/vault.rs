//! What can be typed about a vault.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `vault`
#[derive(Args, Debug)]
pub struct VaultArgs {
    /// The vault's folder [default: ~/.local/share/plenary/vault]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub vault: Option<PathBuf>,
    /// What to do with it.
    #[command(subcommand)]
    pub verb: VaultVerb,
}

/// What to do with a vault.
#[derive(Debug, Subcommand)]
pub enum VaultVerb {
    /// Draw salts for a person's identity, and print the commitments for participant enroll
    Commit {
        /// The identity, as TOML: name, title, email, affiliation
        file: PathBuf,
        /// The pid of somebody who is enrolled already [default: a new one]
        #[arg(long = "for-participant", value_name = "PID")]
        pid: Option<String>,
        /// Where to write the disclosures, which open the commitments
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Take in disclosures that open commitments on the ledger
    Import {
        /// The disclosures
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Show what the vault holds of a person
    Show {
        /// The participant
        pid: String,
    },
    /// Write disclosures of some fields, for somebody entitled to them
    Disclose {
        /// The participant
        pid: String,
        /// A field: name, title, email or affiliation; may be given several times
        #[arg(long, required = true)]
        field: Vec<String>,
        /// Where to write them
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Check that a disclosure opens the commitment on the ledger; needs no vault
    Check {
        /// The disclosure
        file: PathBuf,
    },
    /// Destroy what a request on the ledger covers, and acknowledge it there
    Erase {
        /// The participant
        pid: String,
        /// The node whose vault this is
        #[arg(long, value_name = "NAME")]
        node_name: String,
    },
}
