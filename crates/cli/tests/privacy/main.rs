//! People's data on whole nodes: entrusted, given out, corrected and erased, and then it is nowhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

mod answers;
#[path = "../hostile/author.rs"]
#[expect(dead_code, reason = "a part of it is shared")]
mod author;
#[path = "../hostile/network.rs"]
#[expect(dead_code, reason = "a part of it is shared")]
mod network;
mod office;
#[path = "../crashes/random.rs"]
#[expect(dead_code, reason = "a part of it is shared")]
mod random;
mod search;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
    time::Duration,
};

use plenary_cli::testnet::VALIDATORS;
use plenary_core::{commitment::Disclosure, record::Name};
use plenary_procedure::{participant::IdentityField, text::Pid};
use plenary_rpc::group_answer::ErasureLine;
use plenary_vault::vault::{Person as Known, Vault, VaultError};

use crate::{
    network::Network,
    office::{ASKED, ENTITLED, GROUP, Office, Person},
    random::Random,
    search::Canary,
};

/// What must be nowhere in the end; nobody has this name.
const NAME: &str = "Canary Synthetic-Person";
const EMAIL: &str = "canary.synthetic@example.org";

/// The node that is stopped while the erasure is asked for.
const STOPPED: &str = "operator-a";

/// The node that is entrusted with a vault once everything was erased.
const LATER: &str = "university-c";

/// How many are erased while nodes are killed.
const PEOPLE: usize = 10;

/// What is searched for in the end: values, salts, and the keys of the vaults.
fn canaries(office: &Office, person: &Person) -> (Vec<Canary>, Vec<Canary>) {
    let disclosed = |disclosure: &Disclosure| {
        let field = disclosure.field();
        [
            Canary::text(&format!("the {field}"), disclosure.value()),
            Canary::bytes(&format!("the salt of the {field}"), disclosure.salt().as_bytes()),
        ]
    };
    let key = |node: &&str| Canary::bytes(&format!("the key of {node}"), &office.vault_key(node));
    (person.disclosures.iter().flat_map(disclosed).collect(), ENTITLED.iter().map(|(node, _)| key(node)).collect())
}

/// A vault with what a backup of `records` has opens nothing, also for who knows the ledger's old state.
fn check_backup(backup: &Path, person: &Person) {
    for (node, _) in ENTITLED {
        let copy = backup.join(node).join("vault");
        assert!(fs::read_dir(copy.join("records")).unwrap().next().is_some(), "the backup of {node} is empty");
        let vault = Vault::open(&copy).unwrap();
        let (group, pid) = (Name::parse(GROUP).unwrap(), Pid::parse(&person.pid).unwrap());
        let commitments = person.commitments();
        let known = Known { group: &group, pid: &pid, commitments: &commitments, erased: None };
        let opened = vault.disclose(&known, &[IdentityField::Email]);
        assert!(matches!(opened, Err(VaultError::NotHeld { .. })), "{node}: {opened:?}");
    }
}

/// A core dump would tell nothing; this process, which made the canaries, has them.
fn check_memory(office: &Office, canaries: &[Canary]) {
    assert!(!search::memory(std::process::id(), canaries).is_empty());
    for node in VALIDATORS {
        assert_eq!(search::memory(office.network.pid(node), canaries), [], "{node}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_is_nowhere() {
    let office = Office::open().await;
    let person = office.enrol(&[("name", NAME), ("email", EMAIL)]).await;
    for (node, _) in ENTITLED {
        office.import(node, &person).await;
        let shown = office.must(node, &["vault", "show", &person.pid]).data;
        assert!(shown.contains(NAME) && shown.contains(EMAIL), "{shown}");
    }
    let kept = office.folder("kept");
    let disclose = ["vault", "disclose", &person.pid, "--field", "name", "--field", "email", "--out"];
    office.must(ENTITLED[0].0, &[&disclose[..], &[kept.to_str().unwrap()]].concat());
    person.delete_files();

    let (values, keys) = canaries(&office, &person);
    let backup = office.back_up();
    let receipts = office.receipts("before").await;
    receipts.verify(&office);
    // Where each is before the erasure; the search would find it elsewhere, too.
    let found: BTreeSet<String> = search::files(&[&kept], &values).into_iter().map(|hit| hit.what).collect();
    let sought: BTreeSet<String> = values.iter().map(|canary| canary.what.clone()).collect();
    assert_eq!(found, sought);
    let homes = office.network.path();
    assert_eq!(search::files(&[&homes], &values), []);
    let hits: Vec<String> = search::files(&[&homes], &keys).into_iter().map(|hit| hit.what).collect();
    assert_eq!(hits.len(), ENTITLED.len(), "{hits:?}");
    assert_eq!(search::files(&[&backup], &keys), []);

    office.network.kill(STOPPED);
    let request = office.ask_to_erase(&person).await;
    office.until_erasure(&person, "the node that runs has erased", |erasure| erasure.waiting == ["tsag"]).await;
    assert!(!search::files(&[&office.network.home(STOPPED).path().join("vault")], &keys).is_empty());
    office.network.run(STOPPED);
    office.until_erasure(&person, "the one that was stopped has, too", |erasure| erasure.waiting.is_empty()).await;
    let erasure = office.erasure(&person).await.unwrap();
    assert_eq!(erasure.request.0, request);
    for (done, (node, organization)) in erasure.acknowledged.iter().zip(ENTITLED) {
        assert_eq!((done.node.as_str(), done.by.as_str()), (node, organization));
        assert_eq!(done.destroyed, ["values", "salts", "key"], "{node}");
        let log = office.network.log(node);
        let is_said = |line: &str| line.contains("what the ledger erased is destroyed") && line.contains(&person.pid);
        assert!(log.lines().any(is_said), "{node}:\n{log}");
    }

    // Nothing of it is anywhere that is not out of reach.
    office.until_alike().await;
    let everything = [values, keys].concat();
    assert_eq!(search::files(&[&homes, &backup], &everything), []);
    answers::check(&office, &person, &everything).await;
    check_memory(&office, &everything);
    let strays = search::files(&[office.desk()], &everything).into_iter().filter(|hit| !hit.place.starts_with(&kept));
    assert_eq!(strays.collect::<Vec<_>>(), []);
    check_backup(&backup, &person);
    for (node, _) in ENTITLED {
        let file = kept.join(format!("{}.email.disclosure", person.pid));
        let told = office.fails(node, &["vault", "import", file.to_str().unwrap()], 6);
        assert!(told.contains("was erased, and does not come back"), "{told}");
        let shown = office.must(node, &["vault", "show", &person.pid]).data;
        assert!(shown.contains("name         (erased)") && !shown.contains(NAME), "{shown}");
    }
    assert_eq!(search::files(&[&homes], &everything), []);

    // What was proven before is proven still, and the erasure is proven as well.
    receipts.verify(&office);
    let after = office.receipts("after").await;
    assert!(receipts.count() < after.count());
    after.verify(&office);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_corrected_goes_and_what_was_cut_off_is_said() {
    let office = Office::open().await;
    let person = office.enrol(&[("name", NAME), ("email", EMAIL)]).await;
    for (node, _) in ENTITLED {
        office.import(node, &person).await;
    }
    let (old, keys) = canaries(&office, &person);
    person.delete_files();

    // The address is corrected: the nodes destroy the old one by themselves, and keep the name.
    let corrected = office.commit(Some(&person), &[("email", "corrected.synthetic@example.org")]);
    office.correct(&corrected).await;
    for (node, _) in ENTITLED {
        let is_gone = async || {
            let shown = office.must(node, &["vault", "show", &person.pid]).data;
            shown.contains("email        (not held)") && shown.contains(NAME)
        };
        office.network.until(&format!("{node} has destroyed the old address"), is_gone).await;
        office.import(node, &corrected).await;
        let shown = office.must(node, &["vault", "show", &person.pid]).data;
        assert!(shown.contains("corrected.synthetic@example.org") && shown.contains(NAME), "{shown}");
    }
    corrected.delete_files();
    let gone: Vec<Canary> = old.into_iter().filter(|canary| !canary.what.ends_with("name")).chain(keys).collect();
    assert_eq!(search::files(&[&office.network.path()], &gone), []);
    check_memory(&office, &gone);

    // A node that destroyed and was killed before it could say so.
    office.network.kill(STOPPED);
    office.ask_to_erase(&person).await;
    let known = office.erasure(&person).await.unwrap();
    let fields = known.fields.iter().filter_map(|word| IdentityField::parse(word)).collect();
    let (group, pid) = (Name::parse(GROUP).unwrap(), Pid::parse(&person.pid).unwrap());
    let commitments = BTreeMap::new();
    let known = Known { group: &group, pid: &pid, commitments: &commitments, erased: Some(&fields) };
    Vault::open(&office.vault(STOPPED)).unwrap().erase(&known).unwrap();
    office.network.run(STOPPED);
    office.until_erasure(&person, "both have erased", |erasure| erasure.waiting.is_empty()).await;
    let erasure = office.erasure(&person).await.unwrap();
    for done in &erasure.acknowledged {
        assert_eq!(done.destroyed, ["values", "salts", "key"], "{}", done.node);
    }

    // Who is started again finds nothing more to do, and says nothing twice; nor does a node that is entrusted
    // later, with a vault that never held anything, but it takes nothing in that was erased before.
    office.network.kill(LATER);
    office::entrust(&office.network, LATER, "tsb");
    office.put_in_force(LATER, "tsb", "secretariat");
    office.network.run(LATER);
    for (node, _) in ENTITLED {
        office.network.kill(node);
        office.network.run(node);
        office.network.until_ready(node).await;
    }
    let tombstone = office.vault(LATER).join("erased").join(format!("{GROUP}.{}", person.pid));
    office.network.until("the later node knows what was erased", async || tombstone.exists()).await;
    // What it does hold it erases; what it had to say of the first person would have come with that.
    office.network.until_ready(ASKED).await;
    let somebody = office.enrol(&[("name", "Somebody Synthetic")]).await;
    office.import(LATER, &somebody).await;
    somebody.delete_files();
    office.ask_to_erase(&somebody).await;
    let has_said = |erasure: &ErasureLine| erasure.acknowledged.iter().any(|done| done.node == LATER);
    office.until_erasure(&somebody, "the later node has erased", has_said).await;
    office.enrol(&[("name", "Somebody Else")]).await;
    assert_eq!(office.erasure(&person).await.unwrap().acknowledged.len(), ENTITLED.len());
}

/// However often they are killed, each erases everything, and says so once and truly.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_are_killed_while_they_erase_come_to_an_end() {
    let seed = std::env::var("PLENARY_SEED").ok().map_or(6, |seed| seed.parse().unwrap());
    eprintln!("PLENARY_SEED={seed}");
    let mut random = Random::new(seed);
    let office = Office::open().await;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let (name, email) = (format!("{NAME} {number}"), format!("{number}.{EMAIL}"));
        people.push(office.enrol(&[("name", &name), ("email", &email)]).await);
    }
    for person in &people {
        for (node, _) in ENTITLED {
            office.import(node, person).await;
        }
        person.delete_files();
    }
    for person in &people {
        office.network.until_ready(ASKED).await;
        office.ask_to_erase(person).await;
        let node = ENTITLED[random.below(ENTITLED.len())].0;
        tokio::time::sleep(Duration::from_millis(random.between(0, 300))).await;
        office.network.kill(node);
        office.network.run(node);
    }
    for person in &people {
        office.until_erasure(person, "both have erased", |erasure| erasure.waiting.is_empty()).await;
        for done in office.erasure(person).await.unwrap().acknowledged {
            assert_eq!(done.destroyed, ["values", "salts", "key"], "{} of {}", done.node, person.pid);
        }
    }
    for (node, _) in ENTITLED {
        assert!(Vault::open(&office.vault(node)).unwrap().people().unwrap().is_empty(), "{node}");
    }
    assert_eq!(office.count("erasure.acknowledge").await, ENTITLED.len() * PEOPLE);
}

#[test]
fn a_vault_without_a_key_keeps_the_node_from_starting() {
    let network = Network::found();
    office::entrust(&network, "secretariat", "tsb");
    let key = network.home("secretariat").key("attest");
    fs::remove_file(&key).unwrap();
    let mut start = Command::new(env!("CARGO_BIN_EXE_plenary"));
    let ended = start.args(["start", "--home"]).arg(network.home("secretariat").path()).output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(5), "{told}");
    assert!(told.contains(&format!("there is no key file {}", key.display())), "{told}");
}
