//! Somebody at a keyboard: a home folder, a node to ask, and commands that are typed.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, sync::Arc, thread};

use plenary_cli::{exit::Exit, machine::Machine};
use plenary_core::time::Moment;
use plenary_rpc::{
    host::Hosts,
    server::{self, Rate},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Builder};

use crate::ledger::{Memory, moment, secret};

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) exit: Exit,
    pub(crate) data: String,
    pub(crate) talk: String,
}

/// Somebody at a keyboard.
pub(crate) struct Desk {
    folder: TempDir,
    url: String,
    now: fn() -> Moment,
}

/// Serves `memory` as long as the tests run.
pub(crate) fn serve(memory: &Arc<Memory>) -> String {
    let view = Arc::clone(memory);
    let (tell, told) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let port = listener.local_addr().unwrap().port();
            tell.send(format!("http://127.0.0.1:{port}")).unwrap();
            let router = server::router(view, Rate { per_second: 100_000, burst: 100_000 });
            server::serve(listener, router, Hosts::new(port, None, "").unwrap(), std::future::pending()).await;
        });
    });
    told.recv().unwrap()
}

pub(crate) fn june() -> Moment {
    moment("2017-06-07T09:30:00Z")
}

pub(crate) fn october() -> Moment {
    moment("2017-10-05T09:00:00Z")
}

pub(crate) fn late() -> Moment {
    moment("2017-10-12T09:00:00Z")
}

impl Desk {
    pub(crate) fn new(url: &str, now: fn() -> Moment) -> Self {
        Self { folder: TempDir::new().unwrap(), url: url.to_owned(), now }
    }

    /// The same desk at another time.
    pub(crate) fn at(self, now: fn() -> Moment) -> Self {
        Self { now, ..self }
    }

    /// The node that is asked.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The key of `who`, as OpenSSH's own tools would have written it.
    pub(crate) fn key(&self, who: &str) -> String {
        let path = self.path(&format!("{who}.key"));
        if !path.exists() {
            write_key(&path, who);
        }
        path.display().to_string()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file with this text.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// Types a command; words are separated by blanks, `_` in a word is one.
    pub(crate) fn type_in(&self, line: &str) -> Done {
        self.type_words(line.split(' ').map(|word| word.replace('_', " ")).collect())
    }

    /// Types the words of a command.
    pub(crate) fn type_words(&self, words: Vec<String>) -> Done {
        let machine = Machine {
            variables: BTreeMap::from([
                ("HOME".to_owned(), self.folder.path().display().to_string()),
                ("PLENARY_NODE".to_owned(), self.url.clone()),
            ]),
            now: self.now,
        };
        let typed: Vec<String> = ["plenary".to_owned()].into_iter().chain(words).collect();
        let (mut data, mut talk) = (Vec::new(), Vec::new());
        let exit = plenary_cli::run(&typed, &machine, &mut data, &mut talk);
        Done { exit, data: String::from_utf8(data).unwrap(), talk: String::from_utf8(talk).unwrap() }
    }

    /// Types a command that must be done.
    pub(crate) fn must(&self, line: &str) -> Done {
        let done = self.type_in(line);
        assert_eq!(done.exit, Exit::Done, "{line}\n{}{}", done.data, done.talk);
        done
    }

    /// Types a command that must fail, and gives what is said.
    pub(crate) fn fails(&self, line: &str, exit: Exit) -> String {
        let done = self.type_in(line);
        assert_eq!(done.exit, exit, "{line}\n{}{}", done.data, done.talk);
        format!("{}{}", done.data, done.talk)
    }
}

fn write_key(path: &std::path::Path, who: &str) {
    use ssh_key::{LineEnding, PrivateKey, private, public::Ed25519PublicKey};
    use std::os::unix::fs::PermissionsExt as _;
    let secret = secret(who);
    let pair = private::Ed25519Keypair {
        public: Ed25519PublicKey(secret.verifying_key().to_bytes()),
        private: private::Ed25519PrivateKey::from_bytes(secret.as_bytes()),
    };
    let key = PrivateKey::new(private::KeypairData::Ed25519(pair), "").unwrap();
    fs::write(path, key.to_openssh(LineEnding::LF).unwrap()).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Protects a key with a passphrase, and gives the folder of an agent that holds it.
pub(crate) fn ssh_keygen(arguments: &[&str]) -> String {
    let output = Command::new("ssh-keygen").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
