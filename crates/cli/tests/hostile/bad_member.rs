//! A validator of the set that was taken over: its keys in the hands of somebody who keeps no rule.

use std::time::Duration;

use plenary_consensus::{CommitCertificate, Message, Round, Signature, Step, Vote, wire};
use plenary_core::{
    block::{BlockId, Height, TreeHead},
    checkpoint::{self, Cosignature, LogSignature},
    codec,
    hash::Digest,
    keys::ValidatorKey,
    note::KeyName,
};
use plenary_node::home::Keys;
use plenary_rpc::answer::SubmissionState;
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    author::Author,
    network::{LOOK_EVERY, Network, PATIENCE},
    raw::{Raw, TOPICS},
};

/// The validator that was taken over.
const BAD: &str = "university-c";

/// The others, who must go on.
const HONEST: [&str; 3] = ["secretariat", "operator-a", "regulator-b"];

/// What an attack may cost a node in memory: 64 MiB, and the 48 MiB of RocksDB's write buffers,
/// which fill with what is committed meanwhile.
const MEMORY_KIB: u64 = (64 + 48) * 1_024;

/// The most lines that a node may log about one attack.
const LINES: usize = 200;

/// Records that become final before memory is measured.
const WARM_UP: usize = 12;

/// A length of 2^64 - 1, as bincode and protobuf write it, and a byte.
const BOMBS: [[u8; 11]; 2] = [
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 7],
];

/// A network of three nodes and the keys of the fourth.
async fn betrayed() -> (Network, Keys) {
    let network = Network::start().await;
    network.kill(BAD);
    let keys = network.home(BAD).keys().unwrap();
    (network, keys)
}

/// Has records become final at the three nodes in turn for as long as `attack`
/// takes; its result, and how many there were.
async fn while_committing<T>(network: &Network, attack: impl Future<Output = T>) -> (T, usize) {
    let author = Author::secretariat(network);
    let (stop, stopped) = watch::channel(false);
    let attack = async {
        let result = attack.await;
        stop.send_replace(true);
        result
    };
    let commits = async {
        let mut committed = 0_usize;
        while committed == 0 || !*stopped.borrow() {
            let tag = Digest::of(format!("{committed} {:?}", crate::author::now()).as_bytes()).to_hex();
            commit(network, HONEST[committed % 3], &author.registers(&tag[..20])).await;
            committed += 1;
        }
        committed
    };
    tokio::join!(attack, commits)
}

/// Sends a record to a node until it is final.
async fn commit(network: &Network, node: &str, file: &str) {
    let client = network.client(node);
    let until = Instant::now() + PATIENCE;
    loop {
        network.check_running();
        let sent = client.submit(file, Duration::from_secs(5)).await;
        let sent = sent.unwrap_or_else(|error| panic!("{node}: {error}\n{}", network.log(node)));
        if sent.state == SubmissionState::Final {
            return;
        }
        assert!(Instant::now() < until, "{node}: a record does not become final\n{}", network.log(node));
    }
}

async fn warm_up(network: &Network) -> [u64; 3] {
    let author = Author::secretariat(network);
    for number in 0..WARM_UP {
        commit(network, HONEST[number % 3], &author.registers(&format!("warm-{number}"))).await;
    }
    HONEST.map(|name| network.memory_kib(name).1)
}

/// No node has ever used much more memory than `before`, or logged much.
fn assert_calm(network: &Network, before: [u64; 3]) {
    for (name, before) in HONEST.into_iter().zip(before) {
        let (_, most) = network.memory_kib(name);
        eprintln!("{name}: {before} KiB, then at most {most} KiB; {} lines", network.log(name).lines().count());
        assert!(most < before + MEMORY_KIB, "{name}: {before} KiB became {most} KiB");
        let log = network.log(name);
        assert!(log.lines().count() < LINES, "{name} logged {} lines: {log}", log.lines().count());
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// Well-formed votes, bundles and certificates, none of them true: of the next
/// heights and of heights that nobody has reached, unsigned, contradicting each other.
fn lies(count: u32, keys: &Keys, network: &Network, head: Height) -> impl Iterator<Item = Vec<u8>> {
    let author = ValidatorKey::of(&keys.validator);
    let (secret, ledger) = (keys.validator.clone(), network.ledger());
    (0..count).map(move |number| {
        let block = BlockId::from_digest(Digest::of(&number.to_le_bytes()));
        let far = Height::new(1_000_000_000 + u64::from(number)).unwrap();
        let near = Height::new(head.as_u64() + 1 + u64::from(number % 40)).unwrap();
        let vote = |height, round| Vote {
            height,
            round: Round::new(round).unwrap(),
            step: if number % 2 == 0 { Step::Prevote } else { Step::Precommit },
            block: Some(block),
            author,
            signature: Signature::from_bytes([7; 64]),
        };
        let certificate = |height| CommitCertificate { height, round: Round::FIRST, block, signatures: Vec::new() };
        let message = match number % 8 {
            0 => Message::Vote(vote(near, 0)),
            1 => Message::Vote(vote(far, 0)),
            2 => Message::Commit(certificate(far)),
            3 => Message::Commit(certificate(near)),
            4 => Message::Vote(vote(near, number).sign(&ledger, &secret)),
            5 => Message::Vote(vote(near, 0).sign(&ledger, &secret)),
            6 => Message::Bundle(vec![vote(near, 1); 40]),
            _ => Message::Commit(certificate(Height::LAST)),
        };
        wire::encode(&message).unwrap()
    })
}

/// Cosignatures of heads that never were, by a key that has a seat.
fn inventions(count: u64, keys: &Keys) -> impl Iterator<Item = Vec<u8>> {
    let origin = KeyName::parse("plenary.example/hostile").unwrap();
    let name = KeyName::parse(&format!("{origin}/validator/{BAD}")).unwrap();
    let (secret, log) = (keys.cosigner.clone(), keys.log.clone());
    (0..count).map(move |number| {
        let head = TreeHead { size: 1_000_000 + number, root: Digest::of(&number.to_le_bytes()) };
        let body = checkpoint::body(&origin, &head);
        let line = Cosignature::sign(&name, &secret, crate::author::now(), &body).to_string();
        let log = LogSignature::sign(&origin, &log, &body).to_string();
        codec::encode::<1_024, _>(&(head, line, log)).unwrap()
    })
}

/// Records whose signatures are right, under keys and names that nobody knows.
fn junk(count: usize, network: &Network) -> impl Iterator<Item = Vec<u8>> {
    let name = |number: usize| format!("nobody-{}", number % 100);
    let authors: Vec<Author> = (0..100).map(|number| Author::unknown(network, &name(number))).collect();
    (0..count).map(move |number| {
        let file = authors[number % 100].registers(&format!("junk-{number}"));
        codec::encode::<131_072, _>(&vec![file.into_bytes()]).unwrap()
    })
}

/// Fifty thousand frames that are well formed and false neither stop the
/// others, nor grow in their memory, nor make them believe that they are behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_lies_holds_up_nobody() {
    let (network, keys) = betrayed().await;
    let before = warm_up(&network).await;
    let head = network.client(HONEST[0]).head().await.unwrap().height.height().unwrap();
    let mut raw = Raw::gossiping(&keys.peer, network.ledger());
    for name in HONEST {
        raw.join(&network, name).await;
    }
    let attack = async {
        let mut sent = raw.flood("agreement", lies(20_000, &keys, &network, head)).await;
        sent += raw.flood("cosignatures", inventions(10_000, &keys)).await;
        sent + raw.flood("records", junk(20_000, &network)).await
    };
    let (sent, committed) = while_committing(&network, attack).await;
    assert_eq!(sent, 50_000, "a connection was closed over what cannot be proven a fault\n{}", network.logs());
    eprintln!("{committed} records became final meanwhile");
    assert_calm(&network, before);
    for name in HONEST {
        let status = network.client(name).status().await.unwrap();
        assert_eq!(status.target_height.map(|height| height.0), None, "{name} believes a lie");
        commit(&network, name, &Author::secretariat(&network).registers(&format!("after-{name}"))).await;
    }
}

/// What has no meaning, on a topic: bombs, cuts of what is sound, more after its end, and noise.
fn nonsense(topic: &str, keys: &Keys, network: &Network) -> Vec<Vec<u8>> {
    let sound = match topic {
        "agreement" => lies(1, keys, network, Height::GENESIS).next().unwrap(),
        "cosignatures" => inventions(1, keys).next().unwrap(),
        _ => junk(1, network).next().unwrap(),
    };
    let mut frames: Vec<Vec<u8>> = BOMBS.iter().map(|bomb| bomb.to_vec()).collect();
    frames.extend((1..=4).map(|kind| [[kind].as_slice(), &BOMBS[0]].concat()));
    frames.extend([vec![], vec![0], [sound.as_slice(), &[0]].concat(), sound[..sound.len() - 1].to_vec()]);
    frames.extend((0..64_u8).map(|number| Digest::of(&[number]).as_bytes().repeat(usize::from(number) + 1)));
    frames
}

/// A member that talks nonsense is cut off with a reason, at each door there is.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_that_talks_nonsense_is_cut() {
    let (network, keys) = betrayed().await;
    let before = warm_up(&network).await;
    let attack = async {
        let mut babbled = 0;
        let mut frames: Vec<Vec<u8>> = BOMBS.iter().map(|bomb| bomb.to_vec()).collect();
        frames.push([[0x80, 0x80, 0x80, 0x01].as_slice(), &[7; 64]].concat());
        frames.push([[100].as_slice(), &[7; 3]].concat());
        frames.push([[32].as_slice(), Digest::of(b"noise").as_bytes()].concat());
        for turn in 0..120 {
            let mut raw = Raw::babbling(&keys.peer, network.ledger());
            babbled += raw.babble(&network, HONEST[turn % 3], &frames).await;
            raw.hang_up();
        }
        eprintln!("{babbled} streams were babbled on");
        for (name, topic) in HONEST.into_iter().zip(TOPICS) {
            let frames = nonsense(topic, &keys, &network);
            let mut raw = Raw::gossiping(&keys.peer, network.ledger());
            raw.join(&network, name).await;
            let sent = raw.flood(topic, frames.iter().cloned().cycle().take(20_000)).await;
            eprintln!("{name} took {sent} frames on {topic} until it closed the connection");
            assert!(sent < 20_000, "{name} does not mind nonsense on {topic}");
        }
        await_log(&network, HONEST[0], "agreement").await;
        await_log(&network, HONEST[1], "cosignatures").await;
        await_log(&network, HONEST[2], "records").await;
        // Each lets the member in again after half a minute, and cuts it for the next thing.
        let mut raw = Raw::gossiping(&keys.peer, network.ledger());
        raw.answer = BOMBS[0].to_vec();
        raw.join(&network, HONEST[0]).await;
        raw.ask(&network, HONEST[0], &[0, 0, 0, 3, 1, 2, 3]);
        raw.until_closed().await;
        raw.join(&network, HONEST[1]).await;
        raw.ask(&network, HONEST[1], &BOMBS[0]);
        raw.until_closed().await;
        raw.join(&network, HONEST[2]).await;
        let certificate = CommitCertificate {
            height: Height::LAST,
            round: Round::FIRST,
            block: BlockId::from_digest(Digest::ZERO),
            signatures: Vec::new(),
        };
        let claim = wire::encode(&Message::Commit(certificate)).unwrap();
        raw.flood("agreement", std::iter::once(claim)).await;
        raw.until_closed().await;
    };
    let ((), committed) = while_committing(&network, attack).await;
    eprintln!("{committed} records became final meanwhile");
    await_log(&network, HONEST[0], "request").await;
    await_log(&network, HONEST[1], "a frame above the limit").await;
    await_log(&network, HONEST[2], "answer").await;
    assert_calm(&network, before);
}

/// Waits until a node has said why it cut the member.
async fn await_log(network: &Network, name: &str, why: &str) {
    network
        .until(&format!("{name} logs {why}"), async || {
            network.log(name).lines().any(|line| line.contains("WARN") && line.contains(why))
        })
        .await;
    sleep(LOOK_EVERY).await;
}
