//! Validators change: four processes, a fifth joins, one is replaced and one leaves, while records come in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::print_stdout, reason = "a test may do so")]

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

mod documents;

const COMMANDS: &str = include_str!("../../../docs/commands.md");

/// How often a node is asked for what must come.
const PATIENCE: u32 = 2_000;

const FOUNDERS: [&str; 4] = ["secretariat", "operator-a", "regulator-b", "university-c"];

/// The nodes of a ledger on this machine, and the people who run them.
struct Ledger {
    folder: TempDir,
    newcomers: Vec<(String, Child)>,
    registered: u32,
    /// The nouns and verbs that were typed.
    typed: RefCell<BTreeSet<String>>,
}

struct Done {
    code: Option<i32>,
    data: String,
    talk: String,
}

impl Drop for Ledger {
    fn drop(&mut self) {
        for (_, child) in &mut self.newcomers {
            drop(child.kill());
            drop(child.wait());
        }
        drop(self.command(&["testnet", "down"]).output());
    }
}

impl Ledger {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        for variable in ["XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "PLENARY_NODE", "PLENARY_LOG"] {
            command.env_remove(variable);
        }
        command.env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.args(words).stdin(Stdio::null());
        command
    }

    fn type_in(&self, line: &str) -> Done {
        self.typed.borrow_mut().insert(line.split(' ').take(2).collect::<Vec<_>>().join(" "));
        let output = self.command(&line.split(' ').collect::<Vec<_>>()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Done { code: output.status.code(), data: text(output.stdout), talk: text(output.stderr) }
    }

    fn must(&self, line: &str) -> Done {
        let done = self.type_in(line);
        assert_eq!(done.code, Some(0), "{line}\n{}\n{}", done.data, done.talk);
        done
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn network(&self) -> PathBuf {
        self.path(".local/state/plenary/demo")
    }

    fn home(&self, name: &str) -> PathBuf {
        if FOUNDERS.contains(&name) { self.network().join("nodes").join(name) } else { self.path(name) }
    }

    /// The address at which a node answers, from its configuration.
    fn url(&self, name: &str) -> String {
        let config: toml::Table = fs::read_to_string(self.home(name).join("node.toml")).unwrap().parse().unwrap();
        format!("http://{}", config["web"]["listen"].as_str().unwrap())
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.must(&format!("{line} --json")).data).unwrap()
    }

    fn begin() -> Self {
        let ledger =
            Self { folder: TempDir::new().unwrap(), newcomers: Vec::new(), registered: 0, typed: RefCell::default() };
        ledger.must("testnet up");
        for name in FOUNDERS.into_iter().chain(["newcomer-d", "newcomer-e"]) {
            let key = ledger.path(&format!("key-{name}"));
            let made =
                Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key).status();
            assert!(made.unwrap().success());
            let form = format!(
                "id = \"{name}\"\ntitle = \"Example\"\ncountry = \"CH\"\ncategory = \"sector-member\"\n\
                 key = {{ key_of = \"key-{name}.pub\" }}\n"
            );
            ledger.register(&form);
        }
        ledger
    }

    /// The secretariat registers an organisation.
    fn register(&self, form: &str) {
        fs::write(self.path("organization.toml"), form).unwrap();
        let key = self.network().join("people/tsb");
        let (key, url) = (key.display().to_string(), self.url("operator-a"));
        self.must(&format!("organization register organization.toml --key {key} --node {url}"));
    }

    /// A record that has nothing to do with validators, so that blocks follow each other; the folder of its receipt.
    fn load(&mut self, name: &str) -> PathBuf {
        self.registered += 1;
        let id = format!("org-{}", self.registered);
        let file = format!("{id}.toml");
        let form = format!("id = \"{id}\"\ntitle = \"Example\"\ncountry = \"CH\"\ncategory = \"sector-member\"\n");
        fs::write(self.path(&file), form).unwrap();
        let key = self.network().join("people/tsb");
        self.must(&format!("organization register {file} --key {} --node {}", key.display(), self.url(name)));
        self.path(&format!("{file}.receipt"))
    }

    fn epoch(&self, name: &str) -> u64 {
        self.json(&format!("validators show --node {}", self.url(name)))["epoch"].as_u64().unwrap()
    }

    fn height(&self, name: &str) -> u64 {
        let done = self.type_in(&format!("status --node {} --json", self.url(name)));
        let status: Value = serde_json::from_str(&done.data).unwrap_or_default();
        status["status"]["height"].as_u64().or_else(|| status["height"].as_u64()).unwrap_or_default()
    }

    /// Publishes the next keys of a founder's validator.
    fn prepare(&self, name: &str, by: &str) {
        let (home, url) = (self.home(name).display().to_string(), self.url(by));
        self.must(&format!("validators prepare --home {home} --org {name} --out keys-{name}.toml --node {url}"));
        self.must(&format!(
            "record make validators.prepare keys-{name}.toml --key key-{name} --as operator --node {url}"
        ));
    }

    /// Signs a record of several signers one after the other; the last one sends it.
    fn pass_on(&self, done: &Done, keys: &[&str], url: &str) {
        let written = done.data.lines().find_map(|line| line.strip_prefix("written    "));
        let written = written.unwrap_or_else(|| panic!("{}\n{}", done.data, done.talk)).to_owned();
        for key in keys {
            self.must(&format!("record sign {written} --key key-{key} --node {url}"));
        }
        self.must(&format!("record submit {written} --node {url}"));
    }

    /// Makes a node's home, publishes its keys together with an operator, and starts it as an observer.
    fn join(&mut self, name: &str, sponsor: &str) {
        let url = self.url(sponsor);
        let home = self.home(name);
        self.must(&format!("init --home {} --name {name} --org {name}", home.display()));
        fs::copy(self.network().join("genesis"), home.join("genesis")).unwrap();
        let shown = self.json(&format!("validators show --node {url}"));
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut entries = String::new();
        for validator in shown["validators"].as_array().unwrap() {
            let other = validator["name"].as_str().unwrap();
            let config: toml::Table = fs::read_to_string(self.home(other).join("node.toml")).unwrap().parse().unwrap();
            let (peer, address) = (validator["peer"].as_str().unwrap(), config["net"]["listen"].as_str().unwrap());
            entries.push_str(&format!("\"{peer}\" = \"{address}\"\n"));
        }
        let config = format!(
            "name = \"{name}\"\ndisk_reserve_mib = 1\n[net]\nlisten = \"{}\"\n[net.entries]\n{entries}[web]\nlisten = \"{}\"\n",
            free(),
            free()
        );
        fs::write(home.join("node.toml"), config).unwrap();
        self.must(&format!(
            "validators prepare --home {} --org {name} --out keys-{name}.toml --node {url}",
            home.display()
        ));
        let made = self.must(&format!(
            "record make validators.prepare keys-{name}.toml --key key-{name} --as organization --with operator={sponsor} --node {url}"
        ));
        self.pass_on(&made, &[sponsor], &url);
        let log = fs::File::create(self.path(&format!("{name}.log"))).unwrap();
        let mut command = self.command(&["start", "--home", &home.display().to_string()]);
        let child = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        self.newcomers.push((name.to_owned(), child));
        let wanted = self.height(sponsor);
        self.until(&format!("{name} follows"), |ledger| ledger.height(name) >= wanted);
    }

    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..PATIENCE {
            if holds(self) {
                return;
            }
        }
        let logs: Vec<String> = self
            .newcomers
            .iter()
            .map(|(name, _)| {
                let log = fs::read_to_string(self.path(&format!("{name}.log"))).unwrap_or_default();
                log.lines().rev().take(20).map(|line| format!("{name}: {line}\n")).collect()
            })
            .collect();
        panic!("{what} does not come\n{}", logs.concat());
    }

    /// Puts `names` in office; `signers` are the operators who sign, the first one drafts.
    fn change(&mut self, names: &[&str], newcomer: Option<&str>, signers: &[&str]) {
        let url = self.url(signers[0]);
        let mut line = format!("validators change {} --out change.toml --node {url}", names.join(" "));
        if let Some(name) = newcomer {
            let own = self.url(name);
            self.must(&format!("validators attend --home {} --out presence --node {own}", self.home(name).display()));
            line.push_str(" --presence presence");
        }
        self.must(&line);
        let with: String = signers[1..].iter().map(|signer| format!(" --with operator={signer}")).collect();
        let made = self.must(&format!(
            "record make validators.change change.toml --key key-{} --as operator{with} --node {url}",
            signers[0]
        ));
        self.pass_on(&made, &signers[1..], &url);
    }

    /// Verifies a receipt with nothing but the genesis line; the epochs that came with it.
    fn verify(&self, folder: &Path) -> usize {
        let genesis = self.network().join("genesis");
        let done = self.must(&format!("verify receipt {} --anchor {}", folder.display(), genesis.display()));
        assert!(done.data.starts_with("VERIFIED"), "{}", done.data);
        fs::read_dir(folder.join("epochs")).map_or(0, |entries| entries.count() / 2)
    }
}

#[allow(clippy::too_many_lines, reason = "a test tells one story")]
#[test]
fn validators_join_are_replaced_and_leave_under_load() {
    let mut ledger = Ledger::begin();
    let mut receipts = vec![ledger.load("operator-a")];
    let keys = |ledger: &Ledger, name: &str| {
        let entries = fs::read_dir(ledger.home(name).join("keys")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.starts_with("cosigner-")).collect();
        names.sort();
        names
    };

    // A fifth joins.
    ledger.join("newcomer-d", "operator-a");
    for name in FOUNDERS {
        ledger.prepare(name, "operator-a");
    }
    let five = ["secretariat", "operator-a", "regulator-b", "university-c", "newcomer-d"];
    ledger.change(&five, Some("newcomer-d"), &["operator-a", "secretariat", "regulator-b"]);
    for name in FOUNDERS {
        receipts.push(ledger.load(name));
    }
    ledger.until("the closing checkpoint of epoch 0", |ledger| keys(ledger, "operator-a") == ["cosigner-1"]);
    receipts.push(ledger.load("newcomer-d"));
    let status = ledger.must(&format!("status --node {}", ledger.url("newcomer-d"))).data;
    assert!(status.contains("of 5 validators"), "{status}");

    // One is replaced: university-c goes, newcomer-e comes.
    ledger.join("newcomer-e", "operator-a");
    for name in ["secretariat", "operator-a", "regulator-b", "newcomer-d"] {
        ledger.prepare(name, "operator-a");
    }
    let next = ["secretariat", "operator-a", "regulator-b", "newcomer-d", "newcomer-e"];
    ledger.change(&next, Some("newcomer-e"), &["operator-a", "secretariat", "regulator-b", "newcomer-d"]);
    for name in ["secretariat", "operator-a", "regulator-b", "newcomer-e"] {
        receipts.push(ledger.load(name));
    }
    ledger.until("the closing checkpoint of epoch 1", |ledger| keys(ledger, "operator-a") == ["cosigner-2"]);

    // One leaves, and goes on answering as who left before it does.
    for name in ["secretariat", "operator-a", "newcomer-d", "newcomer-e"] {
        ledger.prepare(name, "operator-a");
    }
    let last = ["secretariat", "operator-a", "newcomer-d", "newcomer-e"];
    ledger.change(&last, None, &["operator-a", "secretariat", "regulator-b", "newcomer-d"]);
    for name in ["secretariat", "operator-a", "newcomer-d", "newcomer-e"] {
        receipts.push(ledger.load(name));
    }
    ledger.until("the closing checkpoint of epoch 2", |ledger| keys(ledger, "operator-a") == ["cosigner-3"]);
    ledger.must("testnet stop regulator-b");
    ledger.must("testnet stop operator-a");
    ledger.must("testnet start operator-a");
    receipts.push(ledger.load("newcomer-e"));
    assert_eq!(ledger.epoch("newcomer-d"), 3);
    let height = ledger.height("newcomer-d");
    ledger.until("university-c follows", |ledger| ledger.height("university-c") >= height);

    // One has lost its journal, follows, and comes back under its name with a new key.
    ledger.must("testnet stop secretariat");
    fs::remove_file(ledger.home("secretariat").join("journal")).unwrap();
    let home = ledger.home("secretariat").display().to_string();
    let url = ledger.url("operator-a");
    let told = ledger.type_in(&format!("validators prepare --home {home} --out lost.toml --node {url}")).talk;
    assert!(told.contains("--new-key"), "{told}");
    ledger.must("testnet start secretariat");
    let status = ledger.type_in(&format!("status --node {}", ledger.url("secretariat")));
    assert!(status.data.contains("prepare --new-key"), "{}", status.data);
    ledger.must("testnet stop secretariat");
    let prepared = format!("validators prepare --home {home} --new-key --out keys-secretariat.toml --node {url}");
    ledger.must(&prepared);
    ledger.must(&format!(
        "record make validators.prepare keys-secretariat.toml --key key-secretariat --as operator --node {url}"
    ));
    ledger.must("testnet start secretariat");
    for name in ["operator-a", "newcomer-d", "newcomer-e"] {
        ledger.prepare(name, "operator-a");
    }
    let height = ledger.height("operator-a");
    ledger.until("secretariat follows", |ledger| ledger.height("secretariat") >= height);
    ledger.change(&last, Some("secretariat"), &["operator-a", "newcomer-d", "newcomer-e"]);
    for name in ["operator-a", "newcomer-d", "newcomer-e", "operator-a"] {
        receipts.push(ledger.load(name));
    }
    // Without it there is no quorum now.
    ledger.must("testnet stop operator-a");
    receipts.push(ledger.load("secretariat"));

    let epochs: Vec<usize> = receipts.iter().map(|receipt| ledger.verify(receipt)).collect();
    println!("epochs of the receipts: {epochs:?}");
    assert!((0..=4).all(|epoch| epochs.contains(&epoch)), "{epochs:?}");

    for documents::Line { command, code } in documents::lines(COMMANDS, "## Changing the validators") {
        let words: Vec<&str> = command.split(' ').skip(1).take(2).collect();
        // Nodes are started as processes of their own.
        let is_typed = words[0] == "start" || ledger.typed.borrow().contains(&words.join(" "));
        assert!(is_typed && code == 0, "nobody has typed {command}");
    }
}
