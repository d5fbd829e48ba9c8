//! The secretariat's office: a network of which two nodes are entrusted with vaults, and a desk.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ed25519_dalek::SigningKey;
use plenary_cli::{keyfile::KeyFile, testnet::VALIDATORS};
use plenary_core::{commitment::Disclosure, hash::Digest, signature::MemberKey, time::Date};
use plenary_node::config::{self, VaultConfig};
use plenary_procedure::{participant::IdentityField, text::Text};
use plenary_rpc::{
    answer::SubmissionState,
    group_answer::{ErasureLine, Participant},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    author::{Author, name, now},
    network::{Network, PATIENCE},
    search,
};

/// The group.
pub(crate) const GROUP: &str = "fg-synthetic";

/// The nodes that are entrusted with a vault, and whose it is.
pub(crate) const ENTITLED: [(&str, &str); 2] = [("secretariat", "tsb"), ("operator-a", "tsag")];

/// The node that is asked; it is not stopped.
pub(crate) const ASKED: &str = "regulator-b";

/// The network, and a folder for what is on the desk.
pub(crate) struct Office {
    pub(crate) network: Network,
    desk: TempDir,
}

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) data: String,
    pub(crate) talk: String,
}

/// A person, and what opens the commitments to their identity.
pub(crate) struct Person {
    pub(crate) pid: String,
    pub(crate) disclosures: Vec<Disclosure>,
    files: Vec<PathBuf>,
}

impl Person {
    /// What the ledger holds of the person.
    pub(crate) fn commitments(&self) -> BTreeMap<IdentityField, Text<Digest>> {
        let field = |disclosure: &Disclosure| IdentityField::parse(disclosure.field().as_str()).unwrap();
        self.disclosures.iter().map(|disclosure| (field(disclosure), Text(disclosure.commitment()))).collect()
    }

    /// The same, as a record's body has it.
    fn body(&self) -> Value {
        serde_json::to_value(self.commitments()).unwrap()
    }

    fn secret(&self) -> SigningKey {
        SigningKey::from_bytes(Digest::of(self.pid.as_bytes()).as_bytes())
    }

    /// Deletes the files that the first command wrote, once they were taken in.
    pub(crate) fn delete_files(&self) {
        self.files.iter().for_each(|file| fs::remove_file(file).unwrap());
    }
}

/// Receipts on the desk.
pub(crate) struct Receipts(Vec<PathBuf>);

impl Receipts {
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// By the program, and by the script that needs nothing of ours.
    pub(crate) fn verify(&self, office: &Office) {
        let anchor = office.network.ledger().to_string();
        let script = office.desk.path().join("verify.sh");
        fs::write(&script, plenary_verifier::SCRIPT).unwrap();
        assert!(!self.0.is_empty());
        for folder in &self.0 {
            office.must(ASKED, &["verify", "receipt", folder.to_str().unwrap(), "--anchor", &anchor]);
            let files = ["genesis", "entry", "proof"].map(|file| folder.join(file));
            let output = Command::new("bash").arg(&script).args(files).arg(&anchor).output().unwrap();
            assert!(output.status.success(), "{}: {output:?}", folder.display());
        }
    }
}

/// Entrusts a node with a vault of `organization`.
pub(crate) fn entrust(network: &Network, node: &str, organization: &str) {
    let mut config = network.testnet().config(node).unwrap();
    let home = network.home(node);
    KeyFile::create(&home.key("attest")).unwrap();
    config.vault = Some(VaultConfig { organization: Text(name(organization)), folder: None });
    home.write(&home.path().join(config::FILE_NAME), config.to_toml().as_bytes()).unwrap();
}

impl Office {
    /// A network that runs, with a group that is established.
    pub(crate) async fn open() -> Self {
        let network = Network::start_prepared(|network| {
            for (node, organization) in ENTITLED {
                entrust(network, node, organization);
            }
        })
        .await;
        let office = Self { network, desk: TempDir::new().unwrap() };
        let today = Date::at(now(), 0).unwrap().to_string();
        let parent = office.author("tsag", "parent", office.network.testnet().person("tsag").unwrap());
        let ruleset = office.record(&parent, "ruleset", ruleset()).await;
        let group = json!({
            "title": "Synthetic group", "prefix": "SYN", "secretariat": "tsb", "ruleset": ruleset.to_string(),
            "zone": { "name": "UTC", "offsets": [{ "from": "2017-01-01T00:00:00Z", "offset": "+00:00" }] },
            "decision": { "meeting": "Synthetic meeting", "from": today, "to": today },
        });
        office.record(&parent, "group.establish", group).await;
        for ((node, organization), role) in ENTITLED.into_iter().zip(["secretariat", "parent"]) {
            office.put_in_force(node, organization, role);
        }
        office
    }

    /// The organisation puts the key of its node in force, and the node shows that it has it.
    pub(crate) fn put_in_force(&self, node: &str, organization: &str, role: &str) {
        let (home, key) = (self.network.home(node), self.network.path().join("people").join(organization));
        let public = home.path().join("keys/attest.pub").display().to_string();
        let form = self.desk.path().join("entrust.toml");
        let text = format!("who = \"{organization}\"\nnode = \"{node}\"\nkey = {{ key_of = \"{public}\" }}\n");
        fs::write(&form, text).unwrap();
        let [form, key] = [&form, &key].map(|path| path.to_str().unwrap());
        let new = format!("new-key={organization}");
        let entrusted = self.must(ASKED, &["key", "entrust", form, "--as", role, "--with", &new, "--key", key]);
        let written = entrusted.data.lines().find_map(|line| line.strip_prefix("written    ")).unwrap().to_owned();
        self.must(ASKED, &["record", "sign", &written, "--key", home.key("attest").to_str().unwrap()]);
        self.must(ASKED, &["record", "submit", &written]);
    }

    fn author(&self, who: &str, role: &str, secret: SigningKey) -> Author {
        Author { ledger: self.network.ledger(), who: name(who), role: name(role), secret }
    }

    fn secretariat(&self) -> Author {
        Author::secretariat(&self.network)
    }

    /// Records something of the group.
    async fn record(&self, author: &Author, record_type: &str, body: Value) -> Digest {
        let mut record = author.record_of(record_type, body);
        record.group = Some(name(GROUP));
        let file = author.file(&record);
        let sent = self.network.client(ASKED).submit(&file, PATIENCE).await;
        let sent = sent.unwrap_or_else(|error| panic!("{record_type}: {error:?}"));
        assert_eq!(sent.state, SubmissionState::Final, "{record_type}");
        sent.id.0
    }

    /// The desk, with all that is on it.
    pub(crate) fn desk(&self) -> &Path {
        self.desk.path()
    }

    /// A folder on the desk.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.desk.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// The vault of a node.
    pub(crate) fn vault(&self, node: &str) -> PathBuf {
        self.network.home(node).path().join("vault")
    }

    /// The one key in the vault of a node.
    pub(crate) fn vault_key(&self, node: &str) -> Vec<u8> {
        let [key] = search::every_file(&self.vault(node).join("keys")).try_into().unwrap();
        fs::read(key).unwrap()
    }

    /// Types a command at a node; one about a vault is about the node's.
    fn type_in(&self, node: &str, words: &[&str]) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        for variable in ["XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "PLENARY_KEY"] {
            command.env_remove(variable);
        }
        command.env("HOME", self.desk.path()).env("PLENARY_NODE", self.network.testnet().url(node).unwrap());
        command.args(words).current_dir(self.desk.path()).stdin(Stdio::null());
        if words[0] == "vault" {
            command.arg("--vault").arg(self.vault(node));
        }
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Done { code: output.status.code(), data: text(output.stdout), talk: text(output.stderr) }
    }

    /// Types a command that must be done.
    pub(crate) fn must(&self, node: &str, words: &[&str]) -> Done {
        let done = self.type_in(node, words);
        assert_eq!(done.code, Some(0), "{words:?}: {done:?}");
        done
    }

    /// Types a command that must fail, and gives what is said.
    pub(crate) fn fails(&self, node: &str, words: &[&str], code: i32) -> String {
        let done = self.type_in(node, words);
        assert_eq!(done.code, Some(code), "{words:?}: {done:?}");
        done.talk
    }

    /// Draws salts for an identity; of a new person, or of one who is enrolled.
    pub(crate) fn commit(&self, of: Option<&Person>, fields: &[(&str, &str)]) -> Person {
        let out = self.folder("drawn");
        let identity = out.join("identity.toml");
        let lines: String = fields.iter().map(|(field, value)| format!("{field} = \"{value}\"\n")).collect();
        fs::write(&identity, lines).unwrap();
        let mut words = vec!["vault", "commit", identity.to_str().unwrap(), "--json", "--out", out.to_str().unwrap()];
        words.extend(of.into_iter().flat_map(|person| ["--for-participant", &person.pid]));
        let drawn: Value = serde_json::from_str(&self.must(VALIDATORS[0], &words).data).unwrap();
        fs::remove_file(identity).unwrap();
        let pid = drawn["pid"].as_str().unwrap().to_owned();
        let file = |(field, _): &(&str, &str)| out.join(format!("{pid}.{field}.disclosure"));
        let files: Vec<PathBuf> = fields.iter().map(file).collect();
        let disclosures = files.iter().map(|file| Disclosure::read_line(&fs::read(file).unwrap()).unwrap()).collect();
        Person { pid, disclosures, files }
    }

    /// Enrols somebody.
    pub(crate) async fn enrol(&self, fields: &[(&str, &str)]) -> Person {
        let person = self.commit(None, fields);
        let body = json!({
            "pid": person.pid, "key": MemberKey::of(&person.secret()).to_string(), "country": "CH",
            "category": "non-member", "commitments": person.body(),
            "privacy_notice": Digest::of(b"notice").to_string(),
        });
        self.record(&self.secretariat(), "participant.enroll", body).await;
        person
    }

    /// Records corrected fields of somebody.
    pub(crate) async fn correct(&self, person: &Person) {
        let body = json!({ "participant": person.pid, "commitments": person.body() });
        self.record(&self.secretariat(), "participant.rectify", body).await;
    }

    /// The person asks that everything be erased.
    pub(crate) async fn ask_to_erase(&self, person: &Person) -> Digest {
        let author = self.author(&person.pid, "participant", person.secret());
        let body = json!({ "participant": person.pid, "scope": "all", "ground": "consent-withdrawn" });
        self.record(&author, "erasure.request", body).await
    }

    /// Takes what opens a person's commitments into the vault of a node, once it knows of them.
    pub(crate) async fn import(&self, node: &str, person: &Person) {
        let commitments = person.commitments();
        let is_known = async || {
            let told = self.participant(node, person).await;
            let stands = |field: &str, value: &Digest| {
                told.as_ref().is_some_and(|told| told.commitments.get(field).is_some_and(|hash| hash.0 == *value))
            };
            commitments.iter().all(|(field, commitment)| stands(field.as_str(), &commitment.0))
        };
        self.network.until(&format!("{node} knows what is committed to"), is_known).await;
        let files = person.files.iter().map(|file| file.to_str().unwrap());
        self.must(node, &["vault", "import"].into_iter().chain(files).collect::<Vec<_>>());
    }

    async fn participant(&self, node: &str, person: &Person) -> Option<Participant> {
        self.network.client(node).noun::<Participant>(&format!("{GROUP}/{}", person.pid)).await.ok()
    }

    /// What the ledger tells of a person's erasure.
    pub(crate) async fn erasure(&self, person: &Person) -> Option<ErasureLine> {
        self.participant(ASKED, person).await.and_then(|participant| participant.erasure)
    }

    /// Waits until the ledger tells so of the erasure.
    pub(crate) async fn until_erasure(&self, person: &Person, what: &str, so: impl Fn(&ErasureLine) -> bool) {
        let is_so = async || self.erasure(person).await.is_some_and(|erasure| so(&erasure));
        self.network.until(what, is_so).await;
    }

    /// Waits until all nodes have one head, and a checkpoint of it.
    pub(crate) async fn until_alike(&self) {
        let is_alike = async || {
            let Ok(head) = self.network.client(ASKED).head().await else { return false };
            for node in VALIDATORS {
                let client = self.network.client(node);
                let is_there = client.head().await.is_ok_and(|there| there == head);
                if !is_there || !client.checkpoint().await.is_ok_and(|checkpoint| checkpoint.size == head.log.size) {
                    return false;
                }
            }
            true
        };
        self.network.until("all nodes have one head and its checkpoint", is_alike).await;
    }

    /// The ids of all records, with their types.
    async fn records(&self) -> Vec<(Digest, String)> {
        let client = self.network.client(ASKED);
        let mut records = Vec::new();
        for index in 0..client.head().await.unwrap().log.size.0 {
            // Seals and the genesis line are no records.
            let record = client.record_at(index).await.ok();
            records.extend(record.map(|record| (record.line.id.0, record.line.record_type)));
        }
        records
    }

    /// How many records of a type there are.
    pub(crate) async fn count(&self, record_type: &str) -> usize {
        self.records().await.iter().filter(|(_, found)| found == record_type).count()
    }

    /// Fetches the receipt of every record.
    pub(crate) async fn receipts(&self, folder: &str) -> Receipts {
        self.until_alike().await;
        let folder = self.folder(folder);
        let records = self.records().await;
        let fetch = |(id, _): &(Digest, String)| {
            let path = folder.join(id.to_hex());
            let words = ["receipt", "get", &id.to_string(), "--out", path.to_str().unwrap()];
            self.must(VALIDATORS[3], &words);
            path
        };
        Receipts(records.iter().map(fetch).collect())
    }

    /// Copies what the documents say belongs into a backup: the ledger, and of the vault `records` alone.
    pub(crate) fn back_up(&self) -> PathBuf {
        let backup = self.folder("backup");
        for node in VALIDATORS {
            copy(&self.network.home(node).data(), &backup.join(node).join("data"));
        }
        for (node, _) in ENTITLED {
            copy(&self.vault(node).join("records"), &backup.join(node).join("vault/records"));
        }
        backup
    }
}

/// Copies a folder with its permissions, as an operator does.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
    if let Some(vault) = to.parent().filter(|folder| folder.ends_with("vault")) {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(vault, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

fn ruleset() -> Value {
    let digest = Digest::of(b"synthetic terms").to_string();
    json!({
        "title": "Synthetic terms of reference", "edition": "synthetic",
        "document": { "digest": digest, "bytes": 15, "media_type": "text/plain" },
        "parameters": {
            "contribution_days": 12, "notice_days": 28, "registration_days": 7, "entry_days": 3,
            "lifetime_months": 18, "call_days": 28, "recall_days": 21, "transmission_days": 28,
            "vice_chairs": "first-meeting", "language": "en", "first_meeting_by": [],
        },
    })
}
