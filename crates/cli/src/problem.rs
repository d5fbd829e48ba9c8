//! Why a command could not be carried out.
//!
//! Each problem says what happened, why with the thing named, what to do about
//! it, and by which rule; and each has one exit code.

use std::{io, path::PathBuf};

use plenary_core::{commitment::CommitmentError, hash::Digest, json::Object, record::RecordError};
use plenary_procedure::{record_type::RecordType, rules};
use plenary_rpc::{client::ClientError, fault::FaultData};
use plenary_vault::vault::VaultError;
use thiserror::Error;

use crate::exit::Exit;

/// Why a command could not be carried out.
#[derive(Debug, Error)]
pub enum Problem {
    /// What was typed is not of the form that it should have.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// A settings file is wrong.
    #[error("the settings cannot be used")]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is no home folder.
    #[error("no home folder is known")]
    NoHome,
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyProblem),
    /// A file is not there.
    #[error("there is no such file")]
    FileMissing {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("the file cannot be used")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file is there already.
    #[error("there is such a file already")]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// The ledger holds no such thing.
    #[error("{what}")]
    NotFound {
        /// What is not there.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The record cannot be written, or is too large.
    #[error("the record cannot be sent")]
    Record(#[from] RecordError),
    /// The record file is not what it should be at this step.
    #[error("{what}")]
    RecordStep {
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The chair cannot determine yet.
    #[error("{deliverable} cannot be concluded")]
    InTheWay {
        /// The deliverable.
        deliverable: String,
        /// What stands in the way, a line each.
        missing: Vec<String>,
    },
    /// A node gave no answer, or refused.
    #[error("{}", told_by_node(.0))]
    Node(#[from] ClientError),
    /// The record is on its way and not final yet.
    #[error("the record was sent and is not final yet")]
    Pending {
        /// The record.
        id: Digest,
        /// What to ask later.
        later: String,
    },
    /// The receipt is not there yet.
    #[error("no quorum of validators has signed this part of the log yet")]
    NotCosigned {
        /// What to ask later.
        later: String,
    },
    /// The person said no.
    #[error("{0}")]
    Declined(&'static str),
    /// Output could not be written.
    #[error("the output could not be written")]
    Output(io::Error),
    /// A network on this machine cannot be used.
    #[error(transparent)]
    Network(#[from] crate::testnet::TestnetError),
    /// A node does not start, or stopped.
    #[error(transparent)]
    Running(Box<plenary_node::error::NodeError>),
    /// The vault does not do what it was asked.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Something that should not happen.
    #[error("something went wrong that should not")]
    Defect(&'static str),
}

/// Why a key cannot be used.
#[derive(Debug, Error)]
pub enum KeyProblem {
    /// The file can be read by others.
    #[error("the key file can be read by others")]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There is no such file.
    #[error("there is no key file")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is no key that a member may use.
    #[error("the file holds no OpenSSH Ed25519 key")]
    Form {
        /// The file.
        path: PathBuf,
    },
    /// A key file is there already.
    #[error("there is a key file already")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The key needs a passphrase, and nobody may be asked.
    #[error("the key is protected by a passphrase")]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// `ssh-keygen` did not do what it was asked to do.
    #[error("ssh-keygen did not {task}")]
    SshKeygen {
        /// What it was asked to do.
        task: &'static str,
        /// What it said.
        said: String,
    },
    /// No random numbers could be had.
    #[error("the system gives no random numbers")]
    NoRandom,
    /// Nobody is known to hold the key.
    #[error("the ledger knows nobody in {group} who signs with this key")]
    UnknownHolder {
        /// The group.
        group: String,
        /// The key's fingerprint.
        fingerprint: String,
    },
    /// Who holds the key signs no record of the type.
    #[error("who holds this key signs no record {record_type}")]
    NoOffice {
        /// The type.
        record_type: RecordType,
        /// Who signs it, in words.
        asked: String,
    },
}

/// What the line begins with that says what to do.
const DO: &str = "do: ";

/// What is said beside the headline.
#[derive(Debug, Default)]
struct Ground {
    why: Option<String>,
    remedy: Option<String>,
    rule: Option<String>,
}

impl Ground {
    fn new(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { why: Some(why.into()), remedy: Some(remedy.into()), rule: None }
    }

    fn remedy(remedy: &str) -> Self {
        Self { remedy: Some(remedy.to_owned()), ..Self::default() }
    }
}

impl Problem {
    /// A usage problem.
    pub fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), remedy: remedy.into() }
    }

    /// A file that could not be read or written.
    pub fn file(path: impl Into<PathBuf>, error: io::Error) -> Self {
        let path = path.into();
        let kind = error.kind();
        if kind == io::ErrorKind::NotFound {
            Self::FileMissing { path }
        } else if kind == io::ErrorKind::AlreadyExists {
            Self::FileExists { path }
        } else {
            Self::File { path, error }
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } | Self::Record(_) | Self::RecordStep { .. } => Exit::Usage,
            Self::Settings { .. } | Self::NoHome => Exit::Configuration,
            Self::Network(error) => error.exit(),
            Self::Running(error) => crate::testnet::exit_of(error),
            Self::Key(KeyProblem::Exists { .. }) | Self::FileExists { .. } => Exit::Conflict,
            Self::Key(_) | Self::File { .. } => Exit::Key,
            Self::FileMissing { .. } | Self::NotFound { .. } => Exit::NotFound,
            Self::Node(ClientError::Address(_)) => Exit::Configuration,
            Self::Node(ClientError::Refused { code, data }) => Exit::of_fault(*code, data),
            Self::Node(ClientError::Unreachable(_) | ClientError::TimedOut { .. } | ClientError::Protocol { .. }) => {
                Exit::Unreachable
            }
            Self::Vault(error) => exit_of_vault(error),
            Self::InTheWay { .. } => Exit::Refused,
            Self::Pending { .. } => Exit::Pending,
            Self::NotCosigned { .. } => Exit::NotReady,
            Self::Declined(_) => Exit::Interrupted,
            Self::Output(_) | Self::Defect(_) => Exit::Unexpected,
        }
    }

    /// What happened, in one line.
    fn headline(&self) -> String {
        let said = self.to_string();
        let has_ground = matches!(self, Self::Network(_) | Self::Running(_) | Self::Vault(_));
        if has_ground { said.lines().next().unwrap_or_default().to_owned() } else { said }
    }

    /// The whole message, as people read it.
    pub fn told(&self) -> String {
        let ground = self.ground();
        let mut text = format!("error: {}\n", self.headline());
        for (label, part) in [("", ground.why), (DO, ground.remedy), ("rule: ", ground.rule)] {
            for line in part.iter().flat_map(|part| part.lines()) {
                text.push_str(&format!("  {label}{line}\n"));
            }
        }
        text
    }

    /// The message for programs.
    pub fn to_json(&self) -> Object {
        let ground = self.ground();
        let mut error = Object::from_iter([
            ("exit_code".to_owned(), self.exit().code().into()),
            ("message".to_owned(), self.headline().into()),
        ]);
        if let Self::Node(ClientError::Refused { code, data }) = self {
            error.insert("code".to_owned(), (*code).into());
            error.insert("reason".to_owned(), data.reason.as_str().into());
        }
        let parts = [("why", ground.why), ("remedy", ground.remedy), ("rule", ground.rule)];
        error.extend(parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?.into()))));
        Object::from_iter([("error".to_owned(), error.into())])
    }

    fn ground(&self) -> Ground {
        match self {
            Self::Usage { remedy, .. } | Self::NotFound { remedy, .. } | Self::RecordStep { remedy, .. } => {
                Ground::remedy(remedy)
            }
            Self::InTheWay { deliverable, missing } => Ground {
                why: Some(missing.join("\n")),
                remedy: Some(format!("plenary deliverable show {deliverable} --objections")),
                rule: Some(rules::R103.cite()),
            },
            Self::Settings { path, why } => Ground::new(
                format!("{}: {}", path.display(), why.trim_end()),
                "correct the file; its settings are node, key, group, as and who",
            ),
            Self::NoHome => Ground::remedy("set HOME, or XDG_CONFIG_HOME and XDG_DATA_HOME"),
            Self::Node(error) => ground_of_node(error),
            Self::Record(error) => Ground::new(error.to_string(), "correct what is named and try again"),
            Self::File { path, error } => {
                Ground::new(format!("{}: {error}", path.display()), "check the path and its permissions")
            }
            Self::FileMissing { path } => Ground::new(path.display().to_string(), "check the path"),
            Self::FileExists { path } => {
                Ground::new(path.display().to_string(), "give another path, or move that file away")
            }
            Self::Pending { id, later } => Ground::new(
                format!("record {id} may still become final until it expires; it must not be signed again"),
                later,
            ),
            Self::NotCosigned { later } => Ground::remedy(later),
            Self::Network(_) | Self::Running(_) | Self::Vault(_) => ground_of_lines(&self.to_string()),
            Self::Declined(_) => Ground::remedy("give --yes to answer beforehand"),
            Self::Output(error) => Ground { why: Some(error.to_string()), ..Ground::default() },
            Self::Defect(what) => Ground::new(*what, "tell the makers of this program, with what you typed"),
            Self::Key(problem) => problem.ground(),
        }
    }
}

fn exit_of_vault(error: &VaultError) -> Exit {
    match error {
        VaultError::Readable { .. } | VaultError::Link { .. } | VaultError::Io { .. } | VaultError::Damaged { .. } => {
            Exit::Key
        }
        VaultError::Randomness(_) => Exit::Unexpected,
        VaultError::OtherPerson { .. } | VaultError::Field(_) => Exit::Usage,
        VaultError::Commitment(CommitmentError::DoesNotOpen { .. }) => Exit::ContentDiffers,
        VaultError::Commitment(_) => Exit::Usage,
        VaultError::NotCommitted { .. } | VaultError::NotHeld { .. } => Exit::NotFound,
        VaultError::Erased { .. } | VaultError::NotRequested { .. } => Exit::Refused,
    }
}

impl KeyProblem {
    fn ground(&self) -> Ground {
        match self {
            Self::Readable { path, mode } => {
                let path = path.display();
                Ground::new(format!("{path} has mode {mode:04o}"), format!("chmod 600 {path}"))
            }
            Self::Missing { path } => {
                Ground::new(path.display().to_string(), "plenary key new, or give the key with --key FILE")
            }
            Self::Form { path } => Ground::new(
                path.display().to_string(),
                "use an ssh-ed25519 or sk-ssh-ed25519 key; plenary key new makes one",
            ),
            Self::Exists { path } => {
                Ground::new(path.display().to_string(), "use it, or give another path with --file")
            }
            Self::Passphrase { path } => {
                let path = path.display();
                Ground::new(
                    format!("{path} cannot be used without asking, and --no-input forbids to ask"),
                    format!("ssh-add {path}, then give --key {path}.pub"),
                )
            }
            Self::SshKeygen { said, .. } => Ground::new(
                said.trim_end(),
                "check the passphrase, the agent and the key; ssh-keygen comes with OpenSSH",
            ),
            Self::UnknownHolder { fingerprint, .. } => Ground::new(
                fingerprint,
                "ask the secretariat to enrol the key that plenary key show prints, or say who you are with --as ROLE --who ID",
            ),
            Self::NoOffice { asked, .. } => Ground {
                rule: Some(rules::L04.cite()),
                ..Ground::new(
                    format!("it is signed by {asked}"),
                    "let one of them sign, or say in which role the key signs with --as ROLE --who ID",
                )
            },
            Self::NoRandom => Ground::remedy("try again; if it stays so, the machine is not sound"),
        }
    }
}

/// What an error of a node says below its headline: reasons and, marked as such, what to do.
fn ground_of_lines(said: &str) -> Ground {
    let lines = || said.lines().skip(1).map(str::trim_start);
    let joined = |lines: Vec<&str>| (!lines.is_empty()).then(|| lines.join("\n"));
    Ground {
        why: joined(lines().filter(|line| !line.starts_with(DO)).collect()),
        remedy: joined(lines().filter_map(|line| line.strip_prefix(DO)).collect()),
        rule: None,
    }
}

fn told_by_node(error: &ClientError) -> String {
    match error {
        ClientError::Refused { code, data } if *code < 0 => format!("the node refused: {}", data.message),
        ClientError::Refused { data, .. } => data.message.clone(),
        ClientError::Address(_)
        | ClientError::Unreachable(_)
        | ClientError::TimedOut { .. }
        | ClientError::Protocol { .. } => error.to_string(),
    }
}

fn ground_of_node(error: &ClientError) -> Ground {
    match error {
        ClientError::Address(_) => Ground::remedy("give the node with --node http://HOST:PORT or PLENARY_NODE"),
        ClientError::Unreachable(_) => {
            Ground::remedy("start the node, or give another with --node http://HOST:PORT or PLENARY_NODE")
        }
        ClientError::TimedOut { .. } => Ground::remedy("try again, or ask another node with --node"),
        ClientError::Protocol { .. } => Ground::remedy("check the address, and that node and program have one version"),
        ClientError::Refused { data, .. } => Ground {
            why: facts(data),
            remedy: typed_instead(&data.reason)
                .map(str::to_owned)
                .or_else(|| Some(data.remedy.clone()).filter(|remedy| !remedy.is_empty())),
            rule: Some(data.rule.clone()).filter(|rule| !rule.is_empty()),
        },
    }
}

/// What to type, where the node's remedy names methods that programs call.
fn typed_instead(reason: &str) -> Option<&'static str> {
    match reason {
        "no_such_record" => Some("plenary records list shows those that there are"),
        "no_such_group" => Some("give the group with --group NAME"),
        "no_such_meeting" => Some("plenary meeting list shows those that there are"),
        "no_such_participant" => Some("plenary participants list shows those that there are"),
        "no_such_contribution" => Some("plenary contribution list shows those that there are"),
        "no_such_deliverable" => Some("plenary deliverable list shows those that there are"),
        "no_such_working_group" => Some("plenary wg list shows those that there are"),
        "no_such_decision" => Some("plenary decision list shows those that there are"),
        "no_such_action" => Some("plenary action list shows those that there are"),
        "no_such_report" => Some("plenary report list shows those that there are"),
        "no_such_event" => Some("plenary event list shows those that there are"),
        "no_such_document" => Some("plenary document list shows those that there are"),
        "no_such_proposal" => Some("plenary proposal list shows those that there are"),
        "no_such_disclosure" => Some("plenary ipr list shows those that there are"),
        "no_such_liaison" => Some("plenary liaison list shows those that there are"),
        "node_syncing" => Some("wait until plenary status says READY, or ask another node with --node"),
        _ => None,
    }
}

/// The facts of a refusal and the validators that are missing, a line each.
fn facts(data: &FaultData) -> Option<String> {
    let mut lines: Vec<String> = data.facts.iter().map(|(name, value)| crate::findings::fact(name, value)).collect();
    if !data.missing.is_empty() {
        lines.push(format!("missing: {}", data.missing.join(", ")));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_readable_key_file_names_the_chmod() {
        let problem = Problem::from(KeyProblem::Readable { path: "/home/a/.ssh/id_ed25519".into(), mode: 0o644 });
        assert_eq!(
            problem.told(),
            "error: the key file can be read by others\n  /home/a/.ssh/id_ed25519 has mode 0644\n  \
             do: chmod 600 /home/a/.ssh/id_ed25519\n"
        );
        assert_eq!(problem.exit(), Exit::Key);
    }

    #[test]
    fn a_refusal_shows_rule_and_remedy() {
        let data = FaultData {
            reason: "objection_open".into(),
            message: "objection D1.1-OBJ-1 has not been disposed of".into(),
            remedy: "dispose of it with a reason".into(),
            rule: "ToR 2.12 (2017)".into(),
            docs: String::new(),
            retry_after_ms: None,
            missing: Vec::new(),
            facts: Object::new(),
        };
        let problem = Problem::Node(ClientError::Refused { code: 1_003, data: Box::new(data) });
        assert_eq!(
            problem.told(),
            "error: objection D1.1-OBJ-1 has not been disposed of\n  do: dispose of it with a reason\n  \
             rule: ToR 2.12 (2017)\n"
        );
        assert_eq!(problem.exit(), Exit::Refused);
    }
}
