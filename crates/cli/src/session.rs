//! What a command works with: its settings, the machine, and the node it asks.

use std::cell::OnceCell;

use plenary_core::{record::Name, signature::MemberKey, subject::Subject};
use plenary_rpc::answer::Genesis;

use crate::{
    keyfile::KeyFile,
    machine::Machine,
    problem::Problem,
    remote::Remote,
    screen::Screen,
    settings::{Settings, spelled},
};

/// What a command works with.
#[derive(Debug)]
pub struct Session<'a> {
    /// What was typed and set.
    pub settings: Settings,
    /// The machine.
    pub machine: &'a Machine,
    /// The node.
    pub remote: Remote,
    genesis: OnceCell<Genesis>,
    group: OnceCell<Name>,
}

impl<'a> Session<'a> {
    /// Opens a session; nothing is sent yet.
    pub fn open(settings: Settings, machine: &'a Machine) -> Result<Self, Problem> {
        let remote = Remote::new(&settings.node)?;
        Ok(Self { settings, machine, remote, genesis: OnceCell::new(), group: OnceCell::new() })
    }

    /// What the node's ledger is founded on.
    pub fn genesis(&self) -> Result<&Genesis, Problem> {
        if let Some(genesis) = self.genesis.get() {
            return Ok(genesis);
        }
        let genesis = self.remote.ask(async |client| client.genesis().await)?;
        Ok(self.genesis.get_or_init(|| genesis))
    }

    /// The group: the one that was named, or the only one of the ledger.
    pub fn group(&self) -> Result<&Name, Problem> {
        if let Some(group) = self.group.get() {
            return Ok(group);
        }
        let group = match &self.settings.group {
            Some(group) => group.clone(),
            None => {
                let only = self.remote.ask(async |client| client.group(None).await)?;
                spelled("the ledger's group", &only.id)?
            }
        };
        Ok(self.group.get_or_init(|| group))
    }

    /// A subject of the group, such as `meeting/1`.
    pub fn subject(&self, path: &str) -> Result<Subject, Problem> {
        let group = self.group()?;
        let wrong = || Problem::usage(format!("{path:?} is no subject of {group}"), "check the number or the id");
        Subject::parse(&format!("{group}/{path}")).ok_or_else(wrong)
    }

    /// The id of something of the group, as methods take it.
    pub fn id(&self, id: &str) -> Result<String, Problem> {
        Ok(format!("{}/{id}", self.group()?))
    }

    /// The key that signs: the one that was named, or one that lies where keys lie.
    pub fn key(&self) -> Result<KeyFile, Problem> {
        if let Some(path) = &self.settings.key {
            return KeyFile::open(path);
        }
        let folder = self.machine.home()?.join(".ssh");
        let of_group = self.settings.group.as_ref().map(|group| format!("plenary_{group}_ed25519"));
        let names = of_group.into_iter().chain(["plenary_ed25519".to_owned(), "id_ed25519".to_owned()]);
        let mut path = folder.join("plenary_ed25519");
        for name in names {
            path = folder.join(name);
            if path.exists() {
                break;
            }
        }
        KeyFile::open(&path)
    }

    /// Whether `key` is that of an authority which the genesis line names, and of which.
    pub fn authority(&self, role: &str, key: &MemberKey) -> Result<Option<Name>, Problem> {
        let genesis = self.founded()?;
        let named = genesis.authorities.iter().find(|it| it.role.as_str() == role && it.key == *key);
        Ok(named.map(|authority| authority.who.clone()))
    }

    /// The authorities that the genesis line names for a role.
    pub fn authorities(&self, role: &str) -> Result<Vec<Name>, Problem> {
        let genesis = self.founded()?;
        let named = genesis.authorities.into_iter().filter(|authority| authority.role.as_str() == role);
        Ok(named.map(|authority| authority.who).collect())
    }

    /// Says what people should know of the ledger, such as that it is a demonstration.
    pub fn label(&self, screen: &mut Screen<'_>) -> Result<(), Problem> {
        if let Some(notice) = self.founded()?.notice {
            screen.say(&format!("notice: {notice}"));
        }
        Ok(())
    }

    fn founded(&self) -> Result<plenary_core::genesis::Genesis, Problem> {
        let line = self.genesis()?.line.as_bytes();
        plenary_core::genesis::Genesis::from_line(line).map_err(|_| Problem::NotFound {
            what: "the node's genesis line cannot be read".to_owned(),
            remedy: "use a program of the node's version".to_owned(),
        })
    }
}
