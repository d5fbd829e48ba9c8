//! Whole nodes that are killed, lose their power, and come back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]

mod disk;
mod load;
mod network;
mod random;
mod transcript;

use std::{
    fs,
    process::Command,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use plenary_rpc::{
    answer::LedgerHead,
    client::{Client, ClientError},
};
use tokio::{runtime::Runtime, time::sleep};

use crate::{
    disk::{Cut, Disk, Lie, Shim},
    load::Load,
    network::{Network, until, within},
    random::Random,
};

/// How often all are killed.
const KILLS: usize = 20;

/// How often all lose their power.
const CUTS: usize = 6;

/// How often they do above a disk that lies about votes, at most: a cut shows nothing if nobody
/// had signed anything for the height under way.
const CUTS_UNTIL_NOTICED: usize = 10;

/// How long it may take until blocks are made again.
const RESUME: Duration = Duration::from_secs(10);

static MACHINE: Mutex<()> = Mutex::new(());

/// Keeps the other scenarios waiting: each needs the machine for itself.
fn alone() -> (MutexGuard<'static, ()>, Runtime) {
    let alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    (alone, tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

/// The seed of a run: the usual one, or that of `PLENARY_SEED`.
fn seed(usual: u64) -> u64 {
    let seed = std::env::var("PLENARY_SEED").ok().map_or(usual, |seed| seed.parse().unwrap());
    eprintln!("PLENARY_SEED={seed}");
    seed
}

async fn height(client: &Client) -> u64 {
    client.head().await.unwrap().height.0
}

/// Waits until all running nodes have one head, and a checkpoint of it.
async fn settled(network: &Network) -> LedgerHead {
    let clients: Vec<Client> = network.nodes.iter().map(network::Node::client).collect();
    until("all nodes have one head and its checkpoint", async || {
        let head = clients[0].head().await.ok()?;
        for client in &clients {
            let same = client.head().await.ok()? == head;
            let covered = client.checkpoint().await.ok()?.size == head.log.size;
            (same && covered).then_some(())?;
        }
        Some(head)
    })
    .await
}

#[test]
fn three_go_on_and_two_wait() {
    let (_alone, runtime) = alone();
    let mut random = Random::new(seed(4));
    runtime.block_on(async {
        let mut network = Network::found();
        network.start();
        network.ready().await;
        let mut load = Load::begin(&network);
        load.more(20).await;

        // One of four is not missed.
        network.nodes[3].kill();
        let client = network.nodes[0].client();
        let before = height(&client).await;
        load.more(20).await;
        assert!(before < height(&client).await);

        // Two of four are: nothing becomes final any more.
        network.nodes[2].kill();
        until("the second loss is noticed", async || (client.status().await.ok()?.reachable.0 == 2).then_some(()))
            .await;
        load.stop().await;
        let stopped = height(&client).await;
        load.go_on();
        sleep(Duration::from_secs(2)).await;
        load.stop().await;
        assert_eq!(height(&client).await, stopped);
        let missing: Vec<String> = network.nodes[2..].iter().map(|node| node.name.clone()).collect();
        match client.submit(&load.record(), Duration::ZERO).await {
            Err(ClientError::Refused { data, .. }) => {
                assert_eq!((data.reason.as_str(), &data.missing), ("no_quorum", &missing));
            }
            other => panic!("a record was taken without a quorum: {other:?}"),
        }

        // Reads go on, and the missing are named.
        load.check(&load.receipted(), &client, &mut random).await;
        let status = network.plenary(0, &["status"]);
        let told = String::from_utf8(status.stdout).unwrap();
        assert_eq!(status.status.code(), Some(9), "{told}");
        let missing = format!("missing: {}", missing.join(", "));
        assert!(told.starts_with("NOT READY") && told.contains(&missing), "{told}");

        // With a third, it goes on.
        load.go_on();
        network.nodes[2].start(None);
        within(RESUME, "blocks are made again", async || (stopped < height(&client).await).then_some(())).await;
        load.more(20).await;
        network.nodes[3].start(None);
        network.ready().await;
        load.more(20).await;
        load.stop().await;
        // All have one head, so one can answer for all.
        settled(&network).await;
        load.check_all(&network.nodes[random.below(4)].client()).await;
        network.transcript().must_be_consistent(4, 100);
    });
}

#[test]
fn nothing_is_lost_however_often_all_are_killed() {
    let (_alone, runtime) = alone();
    let mut random = Random::new(seed(1));
    runtime.block_on(async {
        let mut network = Network::found();
        network.start();
        network.ready().await;
        let mut load = Load::begin(&network);
        for kill in 1..=KILLS {
            load.more(5).await;
            sleep(Duration::from_millis(random.between(0, 1_000))).await;
            network.kill();
            let receipted = load.receipted();
            // Sometimes nothing is sent afterwards, so that no later block helps.
            let pauses = random.below(4) == 0 || kill == KILLS;
            if pauses {
                load.stop().await;
            }
            network.start();
            // Some are killed again before they have found each other.
            if random.below(4) == 0 {
                sleep(Duration::from_millis(random.between(0, 500))).await;
                network.kill();
                network.start();
            }
            network.ready().await;
            if pauses && kill < KILLS {
                settled(&network).await;
                load.go_on();
            }
            let node = random.below(4);
            load.check(&receipted, &network.nodes[node].client(), &mut random).await;
            eprintln!("kill {kill}: {} records were receipted", receipted.len());
        }
        // All have one head, so one can answer for all.
        settled(&network).await;
        load.check_all(&network.nodes[random.below(4)].client()).await;
        network.transcript().must_be_consistent(4, 500);
    });
}

#[test]
fn a_restart_finds_the_state_that_was_left() {
    let (_alone, runtime) = alone();
    runtime.block_on(async {
        let mut network = Network::found();
        network.start();
        network.ready().await;
        let mut load = Load::begin(&network);
        load.more(30).await;
        load.stop().await;
        let left = settled(&network).await;
        network.kill();
        // One by one, so that nobody can be told by another.
        for node in &mut network.nodes {
            node.start(None);
            node.answers().await;
            assert_eq!(node.client().head().await.unwrap(), left, "{}", node.name);
            node.kill();
        }
        network.start();
        network.ready().await;
        load.go_on();
        load.more(5).await;
        load.stop().await;
    });
}

#[test]
fn a_power_cut_takes_nothing_that_was_acknowledged() {
    let (_alone, runtime) = alone();
    let mut random = Random::new(seed(2));
    runtime.block_on(async {
        let mut network = Network::found();
        let shim = Shim::compile(network.folder(), None);
        network.start_above(&shim);
        network.ready().await;
        let mut load = Load::begin(&network);
        for cut in 0..CUTS {
            load.more(10).await;
            sleep(Duration::from_millis(random.between(0, 500))).await;
            let seen = network.cut(|| if cut % 2 == 0 { Cut::Nothing } else { Cut::Some(random.next()) });
            let receipted = load.receipted();
            for (node, seen) in network.nodes.iter().zip(seen) {
                let syncs = &seen.syncs;
                let all = ["journal", "wal", "folder"].iter().all(|what| syncs.get(*what).is_some_and(|n| *n > 0));
                assert!(all, "{} did not sync through the shim: {syncs:?}", node.name);
                assert_eq!(seen.complaints, "", "{}", node.name);
            }
            network.start_above(&shim);
            network.ready().await;
            for node in &network.nodes {
                load.check(&receipted, &node.client(), &mut random).await;
            }
        }
        load.stop().await;
        // All have one head, so one can answer for all.
        settled(&network).await;
        load.check_all(&network.nodes[random.below(4)].client()).await;
        network.transcript().must_be_consistent(4, 200);
    });
}

#[test]
fn a_founding_that_is_cut_short_is_begun_again() {
    let (_alone, runtime) = alone();
    let mut random = Random::new(seed(5));
    runtime.block_on(async {
        let mut network = Network::found();
        let shim = Shim::compile(network.folder(), None);
        let disk = network.folder().join("disk");
        let node = &mut network.nodes[0];
        for cut in 0..CUTS * 2 {
            node.disk = Some(Disk::begin(&node.home, &disk));
            node.start(Some(&shim));
            // Nothing is waited for: the store is founded in these very moments.
            sleep(Duration::from_millis(random.between(0, 150))).await;
            node.kill();
            let cut = if cut % 2 == 0 { Cut::Nothing } else { Cut::Some(random.next()) };
            node.disk.take().unwrap().cut(&node.home, cut);
            node.start(None);
            node.answers().await;
            node.kill();
            // Alone it has signed nothing, so it may be founded again.
            fs::remove_dir_all(node.home.join("data")).unwrap();
        }
    });
}

#[test]
fn keys_that_were_made_outlive_a_power_cut() {
    let (_alone, _) = alone();
    let folder = tempfile::tempdir().unwrap();
    let (place, disk) = (folder.path().join("place"), folder.path().join("disk"));
    fs::create_dir(&place).unwrap();
    let home = place.join("operators/node");
    let shim = Shim::compile(folder.path(), None);
    let disk = Disk::begin(&place, &disk);
    let mut init = Command::new(env!("CARGO_BIN_EXE_plenary"));
    init.args(["init", "--name", "operator-a", "--org", "operator-a", "--home"]).arg(&home);
    shim.preload(&mut init, &place, &disk);
    let made = init.output().unwrap();
    assert!(made.status.success(), "{made:?}");
    disk.cut(&place, Cut::Nothing);
    for file in ["node.toml", "keys/validator", "keys/cosigner-0", "keys/log", "keys/peer"] {
        assert!(fs::metadata(home.join(file)).is_ok_and(|data| data.len() > 0), "{file} is lost");
    }
}

#[test]
fn a_disk_that_lies_is_noticed() {
    let (_alone, runtime) = alone();
    runtime.block_on(async {
        let mut network = Network::found();
        let shim = Shim::compile(network.folder(), Some(Lie { end: "", from: 0 }));
        network.start_above(&shim);
        network.ready().await;
        let mut load = Load::begin(&network);
        load.more(10).await;
        load.stop().await;
        network.cut(|| Cut::Nothing);
        network.start();
        network.ready().await;
        // The scenario above looks for both: what was acknowledged is gone, ...
        assert!(load.ask_for_last(&network.nodes[0].client()).await.is_err());
        // ... and the validators sign for heights for which they have signed before.
        load.go_on();
        load.more(5).await;
        load.stop().await;
        assert!(!network.transcript().is_consistent());
    });
}

#[test]
fn a_disk_that_lies_about_votes_is_noticed() {
    let (_alone, runtime) = alone();
    let mut random = Random::new(seed(3));
    runtime.block_on(async {
        let mut network = Network::found();
        // The guard before these bytes is kept: it would give the loss away at the start.
        let shim = Shim::compile(network.folder(), Some(Lie { end: "/journal", from: 8_192 }));
        network.start_above(&shim);
        network.ready().await;
        let load = Load::begin(&network);
        load.more(5).await;
        for cut in 1..=CUTS_UNTIL_NOTICED {
            sleep(Duration::from_millis(random.between(0, 200))).await;
            network.cut(|| Cut::Nothing);
            let before = load.receipted().len();
            network.start_above(&shim);
            // A node may see for itself that the others have its signature and it has not.
            let noticed = until("records go on, or it is noticed", async || {
                let noticed = !network.transcript().is_consistent();
                (noticed || before + 5 < load.receipted().len()).then_some(noticed)
            });
            if noticed.await {
                eprintln!("noticed after cut {cut}");
                return;
            }
        }
        panic!("{CUTS_UNTIL_NOTICED} power cuts took the journals' ends, and nobody signed twice");
    });
}
