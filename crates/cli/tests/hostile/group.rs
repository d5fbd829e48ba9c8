//! A chair in a hurry and a contributor who is late, before nodes that replay FG DLT's history.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use plenary_cli::demo::{
    self,
    facts::Facts,
    history::{self, Act, People},
};
use plenary_core::{signature::MemberKey, time::Moment};
use plenary_rpc::{answer::SubmissionState, client::ClientError};

use crate::network::{Network, PATIENCE};

/// The node that is asked.
const NODE: &str = "secretariat";

/// A network on which FG DLT's history is played, and the acts of that history.
struct Group {
    network: Network,
    acts: Vec<Act>,
}

impl Group {
    async fn gather() -> Self {
        let network = Network::start_replay().await;
        let member = |who: &str| Ok(MemberKey::of(&network.testnet().person(who).unwrap()));
        let acts = history::write(&Facts::read().unwrap(), &People(&member)).unwrap().acts;
        Self { network, acts }
    }

    /// The file of an act that names no other, signed by all who must.
    fn file(&self, act: &Act) -> String {
        demo::signed(self.network.testnet(), self.network.ledger(), act, &BTreeMap::new()).unwrap().1
    }

    /// Plays the acts for which `is_played` says so, as far as `until`.
    async fn play(&self, is_played: impl Fn(&Act) -> bool, until: impl Fn(&Act) -> bool) {
        let mut ids = BTreeMap::new();
        for act in self.acts.iter().take_while(|act| !until(act)).filter(|act| is_played(act)) {
            let (id, file) = demo::signed(self.network.testnet(), self.network.ledger(), act, &ids).unwrap();
            self.must(&file).await;
            ids.extend(act.label.clone().map(|label| (label, id)));
        }
    }

    /// Sends a record that must be taken.
    async fn must(&self, file: &str) {
        let sent = self.network.client(NODE).submit(file, PATIENCE).await;
        let sent = sent.unwrap_or_else(|error| panic!("{error}: {file}"));
        assert_eq!(sent.state, SubmissionState::Final, "{file}");
    }

    fn act(&self, record_type: &str, about: &str) -> &Act {
        let is_it = |act: &&Act| act.record_type == record_type && act.body.to_string().contains(about);
        self.acts.iter().find(is_it).unwrap()
    }

    /// Types a command; its exit code and all that it says.
    fn type_in(&self, words: &[&str]) -> (Option<i32>, String) {
        let home = self.network.path();
        let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
        command.env("HOME", &home).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
        command.env("PLENARY_NODE", self.network.testnet().url(NODE).unwrap()).stdin(Stdio::null());
        let output = command.args(words).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    fn key(&self, who: &str) -> String {
        let path: PathBuf = self.network.path().join("people").join(who);
        path.display().to_string()
    }
}

/// While an objection is undisposed a deliverable is not concluded, neither
/// through the command, which says why and what to do, nor past it.
#[tokio::test(flavor = "multi_thread")]
async fn no_conclusion_while_an_objection_is_open() {
    let group = Group::gather().await;
    let determine = group.act("determine", "D3.3-C1");
    group.play(|act| act.record_type != "objection.withdraw", |act| act.record_type == "determine").await;

    let statement = group.network.path().join("statement.txt");
    fs::write(&statement, "Synthetic determination.").unwrap();
    let key = group.key("vice-caict");
    let words = ["deliverable", "conclude", "D3.3", "--statement", statement.to_str().unwrap(), "--key", &key];
    let (code, said) = group.type_in(&words);
    assert_eq!(code, Some(6), "{said}");
    for words in ["D3.3 cannot be concluded", "D3.3-OBJ-1", "do: plenary deliverable show", "rule: ToR 2.12 (2017)"] {
        assert!(said.contains(words), "{words}: {said}");
    }

    let file = group.file(determine);
    let Err(ClientError::Refused { code, data }) = group.network.client(NODE).submit(&file, PATIENCE).await else {
        panic!("a determination over an open objection is taken");
    };
    assert_eq!((code, data.reason.as_str()), (1_003, "objection_open"));
    assert!(data.message.contains("D3.3-OBJ-1") && data.rule.contains("ToR 2.12"), "{data:?}");
    assert!(!data.remedy.is_empty());

    // With the objection withdrawn the same signatures are enough.
    group.must(&group.file(group.act("objection.withdraw", "D3.3-OBJ-1"))).await;
    group.must(&file).await;
    let (_, said) = group.type_in(&["deliverable", "show", "D3.3"]);
    assert!(said.contains("D3.3-OBJ-1") && said.contains("withdrawn") && said.contains("approved"), "{said}");
}

/// One second after the deadline in Geneva is late, and everybody is shown so.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_contribution_is_shown_as_late() {
    let group = Group::gather().await;
    let late = Moment::parse("2017-10-10T22:00:00Z").unwrap();
    group.play(|_| true, |act| late <= act.at).await;
    let last = group.act("contribution.submit", "SYNTHETIC contribution 35");
    assert_eq!(last.at.to_string(), "2017-10-10T21:59:59Z");
    let file = group.file(&Act { at: late, ..last.clone() });
    group.must(&file).await;
    let (code, said) = group.type_in(&["contribution", "show", "DLT-I-035"]);
    assert!(code == Some(0) && said.contains("on-time") && said.contains("met     R51"), "{said}");
    let (code, said) = group.type_in(&["contribution", "show", "DLT-I-036"]);
    assert!(code == Some(0) && said.contains("late, judged by 2017-10-11"), "{said}");
    for words in ["broken  R51", "deadline by 2017-10-10", "received 2017-10-11"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
