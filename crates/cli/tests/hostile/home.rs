//! Homes that are damaged or set up wrongly: the node says which file it is and what to do, and leaves all as it was.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use plenary_node::config::FILE_NAME;
use tokio::time::{sleep, timeout};

use crate::{
    author::Author,
    network::{LOOK_EVERY, Network, PATIENCE},
};

/// The node whose home it is.
const NODE: &str = "secretariat";

/// Starts a node that must not start; its exit code and what it says.
async fn fails(home: &Path) -> (i32, String) {
    let said = home.join("said");
    let mut command = Command::new(env!("CARGO_BIN_EXE_plenary"));
    command.args(["start", "--home"]).arg(home).env("PLENARY_LOG", "off").stdin(Stdio::null());
    let mut child = command.stdout(Stdio::null()).stderr(fs::File::create(&said).unwrap()).spawn().unwrap();
    let ending = async {
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return status;
            }
            sleep(LOOK_EVERY).await;
        }
    };
    let ended = timeout(PATIENCE, ending).await;
    if ended.is_err() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let text = fs::read_to_string(&said).unwrap();
    fs::remove_file(&said).unwrap();
    let code = ended.unwrap_or_else(|_| panic!("the node started; {text}")).code();
    (code.unwrap_or_else(|| panic!("the node was killed by a signal: {text}")), text)
}

/// A node that fails with this exit code, naming these things and what to do.
async fn assert_fails(home: &Path, exit: i32, words: &[&str]) {
    let words = [words, &["do: "]].concat();
    assert_says(home, exit, &words).await;
}

async fn assert_says(home: &Path, exit: i32, words: &[&str]) {
    let (code, said) = fails(home).await;
    assert_eq!(code, exit, "{said}");
    for word in words.iter().chain(&["error: "]) {
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// The same file, but as `alter` makes it, for as long as `try_it` takes.
async fn with_file(path: &Path, alter: impl FnOnce(Vec<u8>) -> Vec<u8>, try_it: impl Future<Output = ()>) {
    let kept = fs::read(path).unwrap();
    fs::write(path, alter(kept.clone())).unwrap();
    try_it.await;
    fs::write(path, kept).unwrap();
}

/// Replaces text in a file, which must be there.
fn replacing(from: &'static str, to: &'static str) -> impl FnOnce(Vec<u8>) -> Vec<u8> {
    move |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from), "{from} in {text}");
        text.replacen(from, to, 1).into_bytes()
    }
}

fn cut_in_half(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() / 2);
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_home_is_named() {
    let network = Network::found();
    let home = network.home(NODE);
    let path = home.path();

    let genesis = home.genesis();
    with_file(&genesis, cut_in_half, assert_fails(path, 3, &["genesis is malformed", &shown(&genesis)])).await;
    with_file(&genesis, |_| Vec::new(), assert_fails(path, 3, &["genesis is malformed", &shown(&genesis)])).await;
    let kept = fs::read(&genesis).unwrap();
    fs::remove_file(&genesis).unwrap();
    assert_fails(path, 5, &[&shown(&genesis)]).await;
    fs::write(&genesis, kept).unwrap();

    let config = path.join(FILE_NAME);
    let unknown = replacing("[web]", "[web]\npubic_url = \"x\"");
    with_file(&config, unknown, assert_fails(path, 3, &[&shown(&config), "pubic_url"])).await;
    let stranger = replacing("[net.peers]", "[net.peers]\nnobody = \"127.0.0.1:1\"");
    with_file(&config, stranger, assert_fails(path, 3, &[FILE_NAME, "nobody"])).await;
    with_file(&config, cut_in_half, assert_fails(path, 3, &[&shown(&config)])).await;
    with_file(&config, |_| vec![0xff; 9], assert_fails(path, 4, &[&shown(&config)])).await;

    for purpose in ["validator", "peer", "log", "cosigner-0"] {
        let key = home.key(purpose);
        with_file(&key, cut_in_half, assert_fails(path, 4, &[&shown(&key)])).await;
        with_file(&key, |_| Vec::new(), assert_fails(path, 4, &[&shown(&key)])).await;
        let other = fs::read(network.home("operator-a").key(purpose)).unwrap();
        with_file(&key, |_| other, assert_fails(path, 3, &[purpose, NODE])).await;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        assert_fails(path, 4, &[&shown(&key), "mode 0644", "chmod 600"]).await;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let kept = fs::read(&key).unwrap();
        fs::remove_file(&key).unwrap();
        assert_fails(path, 5, &[&shown(&key)]).await;
        fs::write(&key, kept).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }

    let addresses = network.testnet().config(NODE).unwrap();
    for (address, setting, exit) in [(addresses.web.listen, "web.listen", 7), (addresses.net.listen, "net.listen", 3)] {
        let taken = TcpListener::bind(address).unwrap();
        assert_fails(path, exit, &[&address.to_string(), setting]).await;
        drop(taken);
    }

    network.run(NODE);
    let client = network.client(NODE);
    network.until("the node answers", async || client.status().await.is_ok()).await;
    assert_fails(path, 7, &["another process", &shown(path)]).await;
    network.check_running();
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The files under a folder that end so.
fn files(folder: &Path, ending: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let wanted = entries.filter(|path| path.extension().is_some_and(|found| found == ending));
    wanted.map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// Flipped bits in the database are found before anything is served from it,
/// and with the files put back nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_not_served() {
    let network = Network::start().await;
    let author = Author::secretariat(&network);
    for number in 0..4 {
        let file = author.registers(&format!("before-{number}"));
        network.client(NODE).submit(&file, PATIENCE).await.unwrap();
    }
    let head = network.client(NODE).head().await.unwrap();
    let home = network.home(NODE);
    // What lies in the write-ahead log goes into tables when the node starts again.
    network.kill(NODE);
    network.run(NODE);
    network.until_ready(NODE).await;
    network.kill(NODE);
    let tables = files(&home.data(), "sst");
    assert!(!tables.is_empty());
    for (path, bytes) in &tables {
        let flipped: Vec<u8> =
            bytes.iter().enumerate().map(|(at, byte)| if at % 64 == 7 { byte ^ 0x10 } else { *byte }).collect();
        fs::write(path, flipped).unwrap();
    }
    assert_says(home.path(), 9, &[&shown(&home.data()), "restore a backup"]).await;
    for (path, bytes) in &tables {
        fs::write(path, bytes).unwrap();
    }
    // A genesis line that was altered with care is that of another ledger.
    with_file(
        &home.genesis(),
        replacing("a network for a test", "a network for a task"),
        assert_says(home.path(), 9, &[&shown(&home.data()), "check the directory and the genesis file"]),
    )
    .await;
    network.run(NODE);
    network.until_ready(NODE).await;
    let again = network.client(NODE).block(head.height.height().unwrap()).await.unwrap();
    assert_eq!(again.id, head.block);
}
