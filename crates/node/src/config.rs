//! `node.toml`: what an operator writes, and what the node takes from it.

use std::{
    collections::BTreeMap,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use plenary_core::record::Name;
use plenary_procedure::text::Text;
use plenary_rpc::server::Rate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The file's name in a node's home.
pub const FILE_NAME: &str = "node.toml";

/// A node's configuration, as the file holds it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The validator's name in the genesis line; an observer has a name of its own.
    pub name: String,
    /// Free space on the disk, in MiB, below which the node does not take part;
    /// 512 if absent, which is room enough for the database to compact what it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk_reserve_mib: Option<u64>,
    /// How the node talks to other nodes.
    pub net: NetConfig,
    /// How the node talks to members.
    pub web: WebConfig,
    /// The vault that the node is entrusted with; most nodes have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault: Option<VaultConfig>,
}

/// Free space on the disk below which a node does not take part, in MiB.
const DISK_RESERVE_MIB: u64 = 512;

/// How the node talks to other nodes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetConfig {
    /// Address and port where other nodes reach this one.
    pub listen: SocketAddr,
    /// Where this node reaches the others, by their names.
    #[serde(default)]
    pub peers: BTreeMap<String, SocketAddr>,
    /// Where this node reaches nodes that the ledger in its store may not know
    /// yet, by the names that `plenary validators show` prints: a node that joins
    /// late begins with the validators of the genesis line.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entries: BTreeMap<String, SocketAddr>,
}

/// How the node talks to members.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WebConfig {
    /// Address and port of JSON-RPC.
    pub listen: SocketAddr,
    /// The address that people use, if it is not this machine's; requests for
    /// any other host are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Calls per second that one client address may make; rpc's own limit if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_second: Option<u32>,
}

impl WebConfig {
    /// How often one client address may call.
    pub fn rate(&self) -> Rate {
        let usual = Rate::default();
        self.calls_per_second.map_or(usual, |calls| Rate { per_second: calls, burst: calls.max(usual.burst) })
    }
}

/// The vault that a node is entrusted with: `keys/attest` signs that it erased.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VaultConfig {
    /// The organisation that is entitled to the vault and answers for it.
    pub organization: Text<Name>,
    /// The vault's folder, under the node's home unless it begins with a slash; `vault` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// There is no such file.
    #[error("{path} is missing\n  do: plenary init --home {home}", path = path.display(), home = home.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The folder it belongs into.
        home: PathBuf,
    },
    /// The file cannot be read.
    #[error("{path} cannot be read: {error}\n  do: check that it is a text, and its permissions", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The file is not such a configuration.
    #[error("{path}: {message}\n  do: correct the file", path = path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong, and on which line.
        message: String,
    },
}

impl Config {
    /// Reads the configuration in a node's home; an unknown key is an error.
    pub fn read(home: &Path) -> Result<Self, ConfigError> {
        let path = home.join(FILE_NAME);
        let text = fs::read_to_string(&path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                ConfigError::Missing { path: path.clone(), home: home.to_path_buf() }
            } else {
                ConfigError::Io { path: path.clone(), error }
            }
        })?;
        toml::from_str(&text)
            .map_err(|error| ConfigError::Content { path, message: error.to_string().trim_end().to_owned() })
    }

    /// Free bytes on the disk below which the node does not take part.
    pub fn disk_reserve(&self) -> u64 {
        self.disk_reserve_mib.unwrap_or(DISK_RESERVE_MIB).saturating_mul(1_048_576)
    }

    /// The text of the file.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name = \"operator-a\"\n\n[net]\nlisten = \"127.0.0.1:26701\"\n\n[net.peers]\n\
                        secretariat = \"127.0.0.1:26700\"\n\n[web]\nlisten = \"127.0.0.1:8646\"\n";

    fn read(text: &str) -> Result<Config, ConfigError> {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join(FILE_NAME), text).unwrap();
        Config::read(home.path())
    }

    #[test]
    fn a_configuration_is_read_as_it_was_written() {
        let config = read(TEXT).unwrap();
        assert_eq!(config.to_toml(), TEXT);
        assert_eq!(config.net.peers.len(), 1);
    }

    #[test]
    fn a_vault_is_somebodys() {
        let table = "\n[vault]\norganization = \"tsb\"\n";
        let config = read(&format!("{TEXT}{table}")).unwrap();
        assert_eq!(config.to_toml(), format!("{TEXT}{table}"));
        let error = read(&format!("{TEXT}{}", table.replace("tsb", "T S B"))).unwrap_err().to_string();
        assert!(error.contains("a name of lower-case letters") && error.contains("line 13"), "{error}");
        assert!(read(&format!("{TEXT}\n[vault]\n")).unwrap_err().to_string().contains("organization"));
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = read(&TEXT.replace("[web]", "[web]\npubic_url = \"x\"")).unwrap_err().to_string();
        assert!(error.contains("pubic_url") && error.contains("line 10"), "{error}");
    }

    #[test]
    fn a_missing_file_has_a_remedy() {
        let home = tempfile::tempdir().unwrap();
        let error = Config::read(home.path()).unwrap_err().to_string();
        assert!(error.contains("node.toml") && error.contains("do: plenary init"), "{error}");
    }
}
