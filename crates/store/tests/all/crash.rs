//! Power cuts, killed processes and disks that refuse to write.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use plenary_core::{block::TreeHead, hash::Digest};
use plenary_procedure::execute::Head;
use plenary_store::{Error, Evidence, Store};
use tempfile::tempdir;

use crate::ledger::{MEETING, certificate, commit, commit_many, found, next};

/// The write-ahead log that is written to: the last one.
fn write_ahead_log(path: &Path) -> PathBuf {
    let files = fs::read_dir(path).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|end| end == "log")).max().unwrap()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap().path();
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

/// The bytes of the log after each of eight blocks, and the heads then, in a directory.
fn recorded(path: &Path) -> (Vec<usize>, Vec<Head>) {
    let store = found(path);
    let (mut ends, mut heads) = (Vec::new(), Vec::new());
    for _ in 0..8 {
        ends.push(fs::read(write_ahead_log(path)).unwrap().len());
        heads.push(store.head());
        commit_many(&store, 1);
    }
    ends.push(fs::read(write_ahead_log(path)).unwrap().len());
    heads.push(store.head());
    // What is copied is what a power cut leaves: nothing was closed.
    copy(path, &path.with_extension("cut"));
    (ends, heads)
}

/// Opens a copy whose log is `bytes`; what stands there, checked from end to end.
fn open_with(cut: &Path, bytes: &[u8]) -> Result<Head, Error> {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    copy(cut, &path);
    fs::write(write_ahead_log(&path), bytes).unwrap();
    let store = Store::open(&path)?;
    store.verify()?;
    // It goes on from there, and stays so.
    commit(&store, &[&[MEETING]]);
    drop(store);
    let store = Store::open(&path)?;
    let blocks = store.verify()?.blocks;
    assert_eq!(blocks, store.head().height.as_u64() + 1);
    let view = store.view()?;
    let before = view.header(store.head().height)?.map(|header| header.parent);
    let head = Head { block: before.unwrap(), ..store.head() };
    Ok(head)
}

#[test]
fn a_torn_write_takes_no_block_that_was_synced() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let (ends, heads) = recorded(&path);
    let cut = path.with_extension("cut");
    let log = fs::read(write_ahead_log(&cut)).unwrap();
    assert_eq!(ends.last(), Some(&log.len()));
    for (at, window) in ends.windows(2).enumerate() {
        let (end, next) = (window[0], window[1]);
        let check = |length: usize, more: &[u8]| {
            let found = open_with(&cut, &[&log[..length], more].concat()).unwrap();
            assert_eq!(found.block, heads[at].block, "{length} bytes of the log, and {} more", more.len());
        };
        check(end, &[]);
        check(next - 1, &[]);
        // The file system may have lengthened the file without the bytes, or with those of another one.
        let torn = end + [1, 3, 7, 8, 20, 90, 400, 900][at];
        check(torn, &[]);
        check(torn, &[0; 5_000]);
        check(torn, Digest::of(b"other").to_hex().repeat(80).as_bytes());
    }
    assert_eq!(open_with(&cut, &log).unwrap().block, heads[8].block);
}

#[test]
fn a_damaged_log_leads_to_an_earlier_head_that_the_journal_refuses() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let (ends, heads) = recorded(&path);
    let cut = path.with_extension("cut");
    let log = fs::read(write_ahead_log(&cut)).unwrap();
    for at in (0..log.len()).step_by(log.len() / 16) {
        let mut damaged = log.clone();
        damaged[at] ^= 1;
        let last = heads.iter().zip(&ends).rfind(|(_, end)| **end <= at).map(|(head, _)| head.block);
        match open_with(&cut, &damaged) {
            Ok(found) => assert_eq!(Some(found.block), last, "byte {at}"),
            Err(Error::Unfinished { .. }) => assert_eq!(last, None, "byte {at}"),
            Err(error) => panic!("byte {at}: {error}"),
        }
    }
    // The signer's journal knows better.
    let mut damaged = log.clone();
    damaged[(ends[4] + ends[5]) / 2] ^= 1;
    let victim = directory.path().join("victim");
    copy(&cut, &victim);
    fs::write(write_ahead_log(&victim), damaged).unwrap();
    let store = Store::open(&victim).unwrap();
    assert_eq!(store.head(), heads[4]);
    let (found, needed) = (heads[4].log.size, heads[8].log.size);
    assert_eq!(store.require_head(&heads[8].log), Err(Error::RolledBack { path: victim, found, needed }));
}

#[test]
fn a_store_that_is_not_closed_is_as_after_its_last_block() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let (_, heads) = recorded(&path);
    let store = Store::open(&path.with_extension("cut")).unwrap();
    assert_eq!(store.head(), heads[8]);
    store.verify().unwrap();
}

/// Runs `play` of this file in another process.
fn child(play: &str, path: &Path, limit: &str) -> Child {
    // A write beyond the limit then fails, instead of ending the process.
    let script = format!("trap '' XFSZ; {limit} exec \"$0\" --exact crash::in_another_process --nocapture");
    Command::new("sh")
        .args(["-c", &script])
        .arg(env::current_exe().unwrap())
        .env("PLENARY_TEST_PLAY", play)
        .env("PLENARY_TEST_PATH", path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What `child` runs; nothing where nobody asks for it.
#[test]
fn in_another_process() {
    let (Ok(play), Ok(path)) = (env::var("PLENARY_TEST_PLAY"), env::var("PLENARY_TEST_PATH")) else {
        return;
    };
    let store = Store::open(Path::new(&path));
    match play.as_str() {
        "open" => println!("opened {:?}", store.err()),
        "commit" => {
            let store = store.unwrap();
            loop {
                let (_, delta) = commit(&store, &[&[MEETING], &[MEETING]]);
                println!("committed {} {}", delta.head.log.size, delta.head.log.root.to_hex());
            }
        }
        "fill" => fill(&store.unwrap()),
        other => panic!("{other}"),
    }
}

/// Commits until the disk refuses, and then tries everything else.
fn fill(store: &Store) {
    let names: Vec<String> = (0..40).map(|number| format!("fg-dlt/contribution/DLT-I-{number:03}")).collect();
    let names: Vec<[&str; 1]> = names.iter().map(|name| [name.as_str()]).collect();
    let plan: Vec<&[&str]> = names.iter().map(<[&str; 1]>::as_slice).collect();
    let view = store.view().unwrap();
    let error = loop {
        let head = store.head();
        let (block, delta) = next(&store.view().unwrap(), store.ledger(), &plan);
        match store.commit(&block, &certificate(&block), &delta) {
            Ok(()) => println!("committed {} {}", delta.head.log.size, delta.head.log.root.to_hex()),
            Err(error) => {
                assert_eq!(store.head(), head);
                assert!(matches!(store.commit(&block, b"", &delta), Err(Error::Failed { .. })));
                break error;
            }
        }
    };
    assert!(matches!(error, Error::Write { .. }), "{error}");
    assert!(matches!(store.view(), Err(Error::Failed { .. })));
    assert!(matches!(view.entry(0), Err(Error::Failed { .. })));
    assert!(matches!(store.put_checkpoint(&store.head().log, b""), Err(Error::Failed { .. })));
    let evidence = Evidence { height: store.head().height, bytes: vec![] };
    assert!(matches!(store.put_evidence(&evidence), Err(Error::Failed { .. })));
    println!("refused {error}");
}

/// The heads that a child said it committed.
fn heads(lines: &[String]) -> Vec<TreeHead> {
    let words = lines.iter().filter_map(|line| line.strip_prefix("committed ")?.split_once(' '));
    words.map(|(size, root)| TreeHead { size: size.parse().unwrap(), root: Digest::from_hex(root).unwrap() }).collect()
}

#[test]
fn a_killed_process_loses_no_block() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    drop(found(&path));
    for blocks in [1, 2, 3, 50] {
        let mut child = child("commit", &path, "");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut seen: Vec<String> = Vec::new();
        while heads(&seen).len() < blocks {
            seen.push(lines.next().unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        seen.extend(lines.filter(|line| line.len() > 70));
        let store = Store::open(&path).unwrap();
        store.verify().unwrap();
        for head in heads(&seen) {
            assert_eq!(store.require_head(&head), Ok(()));
        }
    }
}

#[test]
fn a_disk_that_refuses_to_write_ends_the_use_of_the_store() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    drop(found(&path));
    let output = child("fill", &path, "ulimit -f 2000;").wait_with_output().unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{lines:?} {errors}");
    assert!(lines.iter().any(|line| line.contains("refused ")), "{lines:?} {errors}");
    let committed = heads(&lines);
    assert!(committed.len() > 3);
    // With space again, everything that was acknowledged is there.
    let store = Store::open(&path).unwrap();
    store.verify().unwrap();
    assert_eq!(store.require_head(committed.last().unwrap()), Ok(()));
}

#[test]
fn another_process_is_told_who_has_the_ledger() {
    let directory = tempdir().unwrap();
    let path = directory.path().join("ledger");
    let store = found(&path);
    let output = child("open", &path, "").wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let locked = Error::Locked { path: path.clone() };
    assert!(text.contains(&format!("opened Some({locked:?})")), "{text}");
    drop(store);
}
