//! A person's identity, from the commitment to the erasure, as docs/commands.md tells it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use plenary_cli::exit::Exit;
use plenary_core::signature::MemberKey;
use serde_json::{Value, json};

use crate::{
    desk::{Desk, Done, june, october, serve},
    document, documents, group,
    ledger::{Memory, secret},
};

const COMMANDS: &str = include_str!("../../../../docs/commands.md");

/// What must be nowhere in the end; nobody has this name.
const CANARY: &str = "Canary Synthetic-Person";

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn holds(path: &Path, needle: &str) -> bool {
    let bytes = [path.display().to_string().into_bytes(), fs::read(path).unwrap()].concat();
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

/// The secretariat's desk, and the person that it enrols.
struct Case {
    memory: Arc<Memory>,
    desk: Desk,
    /// What the first command printed: the form's pid and commitments.
    drawn: toml::Table,
    /// The record that a command has written.
    written: String,
}

impl Case {
    fn pid(&self) -> &str {
        self.drawn["pid"].as_str().unwrap()
    }

    fn disclosure(&self, field: &str) -> PathBuf {
        self.desk.path(&format!("{}.{field}.disclosure", self.pid()))
    }

    /// Types a documented line, in which words stand for what is only known here.
    fn type_in(&self, command: &str) -> Done {
        let pid = self.drawn.get("pid").and_then(toml::Value::as_str).unwrap_or_default();
        let meant = command.split_whitespace().skip(1).map(|word| match word {
            "tsb" => self.desk.key("tsb"),
            "attest" => self.desk.path("attest").display().to_string(),
            "." => self.desk.path("").display().to_string(),
            _ if word.ends_with("….record") => self.written.clone(),
            _ if word.ends_with(".toml") => self.desk.path(word).display().to_string(),
            _ if word.ends_with(".disclosure") => self.desk.path(&word.replace("PID", pid)).display().to_string(),
            _ => word.replace("PID", pid),
        });
        self.desk.type_words(meant.collect())
    }

    fn enrol(&self) {
        let key = MemberKey::of(&secret(self.pid())).to_string();
        let commitments: Value = serde_json::to_value(&self.drawn["commitments"]).unwrap();
        self.memory.record(
            "participant.enroll",
            &[("secretariat", "tsb")],
            "2017-06-07T08:00:00Z",
            json!({ "pid": self.pid(), "key": key, "country": "CH", "category": "non-member",
                "commitments": commitments, "privacy_notice": document("notice")["digest"] }),
        );
    }

    fn ask_to_erase(&self) {
        self.memory.record(
            "erasure.request",
            &[("participant", self.pid())],
            "2017-10-01T08:00:00Z",
            json!({ "participant": self.pid(), "scope": "all", "ground": "consent-withdrawn" }),
        );
    }

    fn check_no_canary(&self) {
        for path in files(&self.desk.path("")) {
            assert!(!holds(&path, CANARY) && !holds(&path, "canary@"), "{}", path.display());
        }
    }
}

#[test]
fn an_identity_is_committed_to_disclosed_and_erased() {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    desk.file("entrust.toml", "who = \"tsb\"\nnode = \"secretariat\"\nkey = { key_of = \"attest.pub\" }\n");
    let identity = desk.file("identity.toml", &format!("name = \"{CANARY}\"\nemail = \"canary@example.org\"\n"));
    let mut case = Case { memory, desk, drawn: toml::Table::new(), written: String::new() };
    let mut kept = String::new();
    for documents::Line { command, code } in documents::lines(COMMANDS, "## A person's identity") {
        let verb = command.split(' ').nth(2).unwrap();
        match verb {
            "import" => case.enrol(),
            // Nothing is left but the vault when the ledger is asked to erase; somebody kept a copy elsewhere.
            "erase" => {
                kept = fs::read_to_string(case.disclosure("email")).unwrap();
                fs::remove_file(case.disclosure("email")).unwrap();
                assert_eq!(case.type_in(&command).exit, Exit::Refused, "nobody has asked for it");
                case.ask_to_erase();
                case.desk = case.desk.at(october);
                let dry = case.type_in(&format!("{command} --dry-run"));
                assert!(dry.talk.contains("nothing was destroyed"), "{dry:?}");
            }
            _ => {}
        }
        let Done { exit, data, talk } = case.type_in(&command);
        assert_eq!(i32::from(exit.code()), code, "{command}\n{data}{talk}");
        if let Some(name) = data.lines().find_map(|line| line.strip_prefix("written    "))
            && name.ends_with(".record")
        {
            case.written = case.desk.path("entrust.record").display().to_string();
            fs::rename(name, &case.written).unwrap();
        }
        match verb {
            "commit" => {
                assert!(!data.contains(CANARY) && !talk.contains(CANARY), "{data}{talk}");
                case.drawn = toml::from_str(&data).unwrap();
                fs::remove_file(&identity).unwrap();
                let mode = fs::metadata(case.disclosure("name")).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "nobody else can read what opens a commitment");
            }
            "import" => {
                let altered = fs::read_to_string(case.disclosure("email")).unwrap().replace("canary@", "another@");
                let altered = case.desk.file("altered.disclosure", &altered);
                case.desk.fails(&format!("vault check {altered}"), Exit::ContentDiffers);
                for path in [PathBuf::from(altered), case.disclosure("name"), case.disclosure("email")] {
                    fs::remove_file(path).unwrap();
                }
            }
            "erase" => assert!(talk.contains("destroyed  values, salts, key"), "{talk}"),
            "show" if kept.is_empty() => assert!(data.contains(CANARY) && data.contains("(not held)"), "{data}"),
            "show" => assert!(data.contains("(erased)") && !data.contains(CANARY), "{data}"),
            _ => {}
        }
    }
    case.check_no_canary();

    // What was kept does not come back in, opens nothing any more, and the ledger knows who has erased.
    let kept = case.desk.file("kept.disclosure", &kept);
    let refused = case.desk.fails(&format!("vault import {kept}"), Exit::Refused);
    assert!(refused.contains("was erased, and does not come back"), "{refused}");
    case.desk.fails(&format!("vault check {kept}"), Exit::Refused);
    let participant = case.desk.must(&format!("participants show {} --json", case.pid())).data;
    assert!(participant.contains("\"acknowledged\"") && participant.contains("tsb"), "{participant}");
}
