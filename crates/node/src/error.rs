//! Why a node does not start, or stops.

use std::{io, net::SocketAddr, path::PathBuf};

use plenary_core::{block::BlockId, entry::EntryError, policy::PolicyError};
use plenary_procedure::execute::ExecuteError;
use thiserror::Error;

use crate::{config::ConfigError, home::HomeError, journal::JournalFileError};

/// Why a node does not start, or stops.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalFileError),
    /// The vault cannot be used.
    #[error(transparent)]
    Vault(#[from] plenary_vault::vault::VaultError),
    /// A node that is entrusted with a vault has no name that a record can have.
    #[error(
        "node.toml: the name {0:?} cannot stand in a record, and erasures in the vault are acknowledged under it\n  do: use 1 to 40 lower-case letters, digits and hyphens"
    )]
    Nameless(String),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] plenary_store::Error),
    /// The network cannot be used.
    #[error(
        "the network cannot be used: {0}\n  do: check net.listen and net.peers in node.toml, and what else uses the port"
    )]
    Net(#[from] plenary_net::Error),
    /// The genesis line cannot be read.
    #[error("{path} cannot be read: {error}\n  do: put the ledger's genesis file there; every node of the ledger has it", path = path.display())]
    NoGenesis {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The genesis line is malformed.
    #[error("{path} is malformed: {error}\n  do: put the ledger's genesis file there; every node of the ledger has it", path = path.display())]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: EntryError,
    },
    /// The genesis line's policy is malformed.
    #[error("the genesis file's policy is malformed: {0}\n  do: put the genesis file of another node there")]
    Policy(#[from] PolicyError),
    /// The genesis line and its policy do not fit each other.
    #[error("the genesis file contradicts itself: {0}\n  do: put the genesis file of another node there")]
    Founding(&'static str),
    /// A configured peer has no seat.
    #[error(
        "node.toml names the peer {0:?}, which has no seat in the genesis file\n  do: correct the name, or leave it out"
    )]
    UnknownPeer(String),
    /// A configured entry is no node's name.
    #[error(
        "node.toml has the entry {0:?}, which is no node's name\n  do: copy the name that plenary validators show prints"
    )]
    Entry(String),
    /// A key of the home is not the one that the ledger has for its seat.
    #[error(
        "the key {file:?} is not the one that the ledger has for {name}\n  do: put the key there that was published for this seat"
    )]
    WrongKey {
        /// The key's file.
        file: String,
        /// The validator.
        name: String,
    },
    /// The address for members is taken.
    #[error(
        "{address} cannot be listened on: {error}\n  do: stop what uses the port, or change web.listen in node.toml"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// The configured public address is no address.
    #[error(transparent)]
    PublicUrl(#[from] plenary_rpc::host::PublicUrlError),
    /// A quorum decided a block that is refused here.
    #[error("block {0} was decided by a quorum and is refused here: this node's software or data differs")]
    Diverged(BlockId),
    /// The ledger in the store contradicts itself.
    #[error("the stored ledger is unsound: {0}")]
    Unsound(&'static str),
    /// A thread ended that should not have.
    #[error("a part of the node ended by itself")]
    Ended,
}

impl NodeError {
    /// What an execution that could not be finished means for the node.
    pub(crate) fn from_execute(error: ExecuteError<plenary_store::Error>) -> Self {
        match error {
            ExecuteError::Base(error) => Self::Store(error),
            ExecuteError::Unsound(what) => Self::Unsound(what),
            ExecuteError::Refused(_) => Self::Unsound("its own block is refused"),
        }
    }
}
