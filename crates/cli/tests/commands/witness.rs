//! What a witness cosigns, and what it never does.

use std::{fs, process::Command, sync::Arc};

use plenary_cli::exit::Exit;
use plenary_core::{checkpoint::Checkpoint, note::CosignerKey};
use plenary_node::home::Home;

use crate::{
    announce,
    desk::{Desk, june, serve},
    group,
    ledger::{Memory, Mood},
    rewriting::{enrol, rewritten},
};

/// A desk with a witness of the group's ledger in the folder `witness`.
fn desk() -> (Desk, Arc<Memory>, CosignerKey) {
    let memory = group();
    let desk = Desk::new(&serve(&memory), june);
    let made = desk.must(&format!("{} --anchor {}", init(&desk, "witness"), memory.id()));
    let key = made.data.lines().find_map(|line| line.strip_prefix("witness    ")).unwrap();
    (desk, memory, CosignerKey::parse(key).unwrap())
}

fn init(desk: &Desk, home: &str) -> String {
    format!("witness init --home {} --name observer.example/witness", desk.path(home).display())
}

fn cosign(desk: &Desk) -> String {
    format!("witness cosign --home {}", desk.path("witness").display())
}

/// What came out: the head as validators signed it, and the witness's line under it.
fn cosigned(text: &str, key: &CosignerKey) -> Checkpoint {
    let mut checkpoint = Checkpoint::parse(text).unwrap();
    let line = checkpoint.cosignatures.pop().unwrap();
    assert!(line.verify(key, &checkpoint.body()), "{text}");
    checkpoint
}

fn head(desk: &Desk) -> String {
    fs::read_to_string(desk.path("witness/head")).unwrap()
}

#[test]
fn a_log_that_grows_is_cosigned_each_time() {
    let (desk, _, key) = desk();
    let first = cosigned(&desk.must(&cosign(&desk)).data, &key);
    // Nothing new: the same head, once more.
    assert_eq!(cosigned(&desk.must(&cosign(&desk)).data, &key), first);
    announce(&desk);
    let second = cosigned(&desk.must(&cosign(&desk)).data, &key);
    assert!(first.head.size < second.head.size);
    assert_eq!(head(&desk), second.to_string());
    let behind = serve(&group());
    let said = desk.fails(&format!("{} --node {behind}", cosign(&desk)), Exit::CannotTell);
    assert!(said.contains("the node is behind"), "{said}");
    assert_eq!(head(&desk), second.to_string());
}

#[test]
fn openssl_verifies_what_a_witness_signs() {
    let (desk, _, key) = desk();
    let mut checkpoint = Checkpoint::parse(&desk.must(&cosign(&desk)).data).unwrap();
    let line = checkpoint.cosignatures.pop().unwrap();
    let text = format!("cosignature/v1\ntime {}\n{}", line.at.as_seconds(), checkpoint.body());
    // The fixed head of an Ed25519 public key (RFC 8410), then its 32 bytes.
    let head = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let verifies = |text: &str| {
        for (name, bytes) in [
            ("text", text.as_bytes()),
            ("key.der", [head.as_slice(), key.public()].concat().as_slice()),
            ("signature", line.signature.as_slice()),
        ] {
            fs::write(desk.path(name), bytes).unwrap();
        }
        let mut openssl = Command::new("openssl");
        openssl.args(["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey"]).arg(desk.path("key.der"));
        openssl.arg("-sigfile").arg(desk.path("signature")).arg("-in").arg(desk.path("text"));
        openssl.output().unwrap().status.success()
    };
    assert!(verifies(&text));
    assert!(!verifies(&text.replacen("time ", "time 1", 1)));
}

#[test]
fn another_history_is_written_down_and_not_cosigned() {
    let (desk, _, _) = desk();
    announce(&desk);
    desk.must(&cosign(&desk));
    let before = head(&desk);
    let larger = rewritten();
    enrol(&larger, "0000000000000000000000000000000e");
    for (memory, words) in [(rewritten(), "have signed two logs"), (larger, "nothing leads from the log")] {
        let done = desk.fails(&format!("{} --node {}", cosign(&desk), serve(&memory)), Exit::Contradiction);
        assert!(done.contains(words), "{done}");
        assert!(!done.contains("observer.example"), "{done}");
        assert_eq!(head(&desk), before);
    }
    let evidence: Vec<_> = fs::read_dir(desk.path("witness/evidence")).unwrap().collect();
    assert_eq!(evidence.len(), 2);
}

#[test]
fn without_a_quorum_or_an_anchor_there_is_nothing_to_cosign() {
    let (desk, memory, _) = desk();
    memory.feel(Mood::Stuck);
    desk.fails(&cosign(&desk), Exit::CannotTell);
    desk.fails(&init(&desk, "other"), Exit::CannotTell);
    desk.fails(&format!("{} --anchor {}", init(&desk, "other"), memory.id()), Exit::CannotTell);
    assert!(!desk.path("other/keys/witness").exists());
}

#[test]
fn a_home_that_lost_its_memory_cosigns_no_more() {
    let (desk, _, _) = desk();
    let sound = head(&desk);
    let (path, other) = (desk.path("witness/head"), sound.replacen("\n\n", "\n", 1));
    for damage in [other.as_str(), "", &sound.replacen("aurora", "cirrus", 1)] {
        fs::write(&path, damage).unwrap();
        let said = desk.fails(&cosign(&desk), Exit::Key);
        assert!(said.contains("begin a new witness"), "{said}");
    }
    fs::remove_file(&path).unwrap();
    desk.fails(&cosign(&desk), Exit::Key);
    fs::write(&path, &sound).unwrap();
    desk.must(&cosign(&desk));
    fs::write(desk.path("witness/witness.vkey"), "observer.example/witness").unwrap();
    desk.fails(&cosign(&desk), Exit::Key);
}

#[test]
fn a_home_has_one_key_and_one_process() {
    let (desk, memory, _) = desk();
    desk.fails(&format!("{} --anchor {}", init(&desk, "witness"), memory.id()), Exit::Conflict);
    let lock = Home::new(desk.path("witness")).lock().unwrap();
    desk.fails(&cosign(&desk), Exit::Conflict);
    drop(lock);
    desk.must(&cosign(&desk));
    desk.fails(&format!("{}/nowhere", cosign(&desk)), Exit::NotFound);
    desk.fails(&format!("witness init --home {} --name a+b", desk.path("spaced").display()), Exit::Usage);
}
