//! The verifier in the browser: the same vectors, the same verdicts, through the page as people use it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::arithmetic_side_effects, reason = "a failing test may panic")]

#[path = "../dossiers/case.rs"]
#[allow(dead_code, reason = "cases are written and judged by the tests of dossiers")]
mod case;
mod chromium;

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    thread,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use plenary_core::hash::Digest;
use plenary_verifier::{
    epochs::{EpochFiles, TipFiles},
    page::page,
    receipt::{FileIdentity, ReceiptBundle, check_receipt},
    report::Report,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    case::{Case, Files},
    chromium::Chromium,
};

/// Gives the page each vector's files through its file input, and collects what it then shows.
const RUN: &str = include_str!("run.js");

/// The browser takes no path with `..` in it.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/receipts").canonicalize().unwrap()
}

fn names() -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn read(name: &str, file: &str) -> Option<Vec<u8>> {
    fs::read(folder().join(name).join(file)).ok()
}

fn anchor(name: &str) -> String {
    String::from_utf8(read(name, "anchor").unwrap()).unwrap().trim_end().to_owned()
}

/// What Rust says of a vector.
fn report(name: &str) -> Report {
    let [genesis, entry, proof] = ["genesis", "entry", "proof"].map(|file| read(name, file).unwrap());
    let file = read(name, "file").map(|file| FileIdentity::of(&file));
    let pairs: Vec<(Vec<u8>, Vec<u8>)> = (1..)
        .map_while(|epoch| {
            let [entry, proof] = ["entry", "proof"].map(|kind| read(name, &format!("epochs/{epoch:04}.{kind}")));
            entry.zip(proof)
        })
        .collect();
    let epochs: Vec<EpochFiles<'_>> = pairs.iter().map(|(entry, proof)| EpochFiles { entry, proof }).collect();
    let seal = read(name, "seal").zip(read(name, "seal.path"));
    let tip = seal.as_ref().map(|(seal, path)| TipFiles { seal, path });
    let bundle = ReceiptBundle { genesis: &genesis, entry: &entry, proof: &proof, file, epochs: &epochs, tip };
    check_receipt(&bundle, Digest::parse(&anchor(name)))
}

/// A vector's files, by the names that they have where they stand.
fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let parts = ["genesis", "entry", "proof", "file", "seal", "seal.path"];
    let mut files: Vec<(String, Vec<u8>)> =
        parts.into_iter().filter_map(|part| read(name, part).map(|bytes| (part.to_owned(), bytes))).collect();
    for entry in fs::read_dir(folder().join(name).join("epochs")).into_iter().flatten() {
        let path = entry.unwrap().path();
        files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()));
    }
    files
}

/// Where the page comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    /// A file on a disk.
    Disk,
    /// A node at an address without TLS, where a browser offers no cryptography of its own.
    PlainHttp,
}

/// A browser in which the page is open, and a folder.
fn opened(origin: Origin) -> Option<(Chromium, TempDir)> {
    let mut browser = Chromium::start()?;
    let place = tempfile::tempdir().unwrap();
    match origin {
        Origin::Disk => {
            let path = place.path().join("page.html");
            fs::write(&path, page()).unwrap();
            browser.open(&format!("file://{}", path.display()));
        }
        Origin::PlainHttp => browser.open(&format!("http://plain.example:{}/", serve())),
    }
    assert_eq!(browser.evaluate("document.getElementById('word').textContent"), "No verdict yet");
    Some((browser, place))
}

/// Serves the page to whoever asks, as long as the tests run.
fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            lines.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n";
            // A browser that has ended does not listen.
            drop(stream.write_all(format!("{head}{}", page()).as_bytes()));
        }
    });
    port
}

/// Runs vectors in the page; gives for each its word, code, findings and what was not checked.
fn run(browser: &mut Chromium, names: &[String]) -> Vec<Value> {
    let vector = |name: &String| {
        let files = files(name).into_iter().map(|(file, bytes)| (file, BASE64_STANDARD.encode(bytes)));
        json!({ "anchor": anchor(name), "files": files.collect::<Vec<_>>() })
    };
    answers(browser, names.iter().map(vector).collect())
}

fn answers(browser: &mut Chromium, vectors: Vec<Value>) -> Vec<Value> {
    let answers = browser.evaluate(&format!("({RUN})({})", Value::from(vectors)));
    answers.as_array().unwrap().clone()
}

fn check(origin: Origin, cryptography: &str) {
    let Some((mut browser, _place)) = opened(origin) else { return };
    let names = names();
    let answers = run(&mut browser, &names);
    assert_eq!((answers.len(), names.len() >= 200), (names.len(), true));
    for (name, answer) in names.iter().zip(answers) {
        let expected = String::from_utf8(read(name, "expected").unwrap()).unwrap();
        let found = format!("{}\n{}\n", answer["word"].as_str().unwrap(), answer["code"].as_str().unwrap());
        assert_eq!(found, expected, "{name}: {answer}");
        assert!(!answer.to_string().contains("stopped early"), "{name}: {answer}");
        assert!(answer["means"].as_str().unwrap().contains(cryptography), "{answer}");
        if expected.ends_with("\n0\n") {
            let report = report(name);
            let steps: Vec<&str> = report.steps.iter().map(|step| step.found.as_str()).collect();
            let not_checked: Vec<String> = report.not_checked.iter().map(ToString::to_string).collect();
            assert_eq!((&answer["found"], &answer["not_checked"]), (&json!(steps), &json!(not_checked)), "{name}");
        }
    }
}

#[test]
fn the_page_gives_the_expected_verdicts() {
    check(Origin::Disk, "this browser’s own");
}

#[test]
fn the_page_gives_them_without_the_browsers_cryptography() {
    check(Origin::PlainHttp, "the library in this page");
}

fn check_dossiers(origin: Origin) {
    let Some((mut browser, _place)) = opened(origin) else { return };
    let place = folder().join("../dossiers");
    let files = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
    let folder: Files =
        files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())).collect();
    let cases = Case::read_all(std::str::from_utf8(&folder["cases.txt"]).unwrap());
    assert!(100 <= cases.len(), "{} cases", cases.len());
    let vector = |case: &Case| {
        let mut files = vec![("dossier.tar", BASE64_STANDARD.encode(case.dossier(&folder)))];
        files.extend(case.files.iter().map(|name| (name.as_str(), BASE64_STANDARD.encode(&folder[name]))));
        files.extend(case.since.iter().map(|name| ("checkpoint", BASE64_STANDARD.encode(&folder[name]))));
        json!({ "anchor": case.anchor.as_str(), "files": files })
    };
    let answers = answers(&mut browser, cases.iter().map(vector).collect());
    assert_eq!(answers.len(), cases.len());
    for (case, answer) in cases.iter().zip(answers) {
        let text = |field: &str| answer[field].as_str().unwrap();
        let check = if text("code") == "0" { "-" } else { text("last") };
        let (code, expected) = case.without_rules();
        assert_eq!((text("code"), check), (code.to_string().as_str(), expected), "{}: {answer}", case.name);
        assert!(!text("reason").contains("stopped early"), "{}: {answer}", case.name);
        if case.code == 0 {
            let report = case.report(&folder).report;
            let rust = report.steps.iter().filter(|step| step.number != 9).map(|step| step.found.as_str());
            let page = answer["found"].as_array().unwrap().iter().enumerate().filter(|(at, _)| *at != 8);
            assert!(page.map(|(_, found)| found.as_str().unwrap()).eq(rust), "{}: {answer}", case.name);
        }
    }
}

#[test]
fn the_page_gives_the_expected_verdicts_on_dossiers() {
    check_dossiers(Origin::Disk);
    check_dossiers(Origin::PlainHttp);
}

/// Waits until the page shows this verdict, and gives its reason.
fn judged(browser: &mut Chromium, word: &str, code: &str) -> String {
    const WAIT: &str = "(word, code) => new Promise((resolve, reject) => { \
        const [verdict, reason] = ['verdict', 'reason'].map((id) => document.getElementById(id)); \
        const is = () => verdict.ariaBusy === 'false' && (verdict.dataset.word ?? '') === word && verdict.dataset.code === code; \
        const look = () => is() && resolve(reason.textContent); \
        new MutationObserver(look).observe(verdict, { attributes: true }); look(); \
        setTimeout(() => reject(new Error(`${verdict.dataset.word} ${reason.textContent}`)), 60000); })";
    let shown = browser.evaluate(&format!("({WAIT})({}, {})", json!(word), json!(code)));
    shown.as_str().unwrap().to_owned()
}

fn trust(browser: &mut Chromium, anchor: &str) {
    let set = "document.getElementById('anchor')";
    browser.evaluate(&format!("{set}.value = {}; {set}.dispatchEvent(new Event('input'))", json!(anchor)));
}

/// Chooses files in one of the page's inputs, as the browser's own dialogue does.
fn choose(browser: &mut Chromium, input: &str, files: &[PathBuf]) {
    let root = browser.call("DOM.getDocument", &json!({}))["root"]["nodeId"].clone();
    let node = browser.call("DOM.querySelector", &json!({ "nodeId": root, "selector": input }))["nodeId"].clone();
    browser.call("DOM.setFileInputFiles", &json!({ "nodeId": node, "files": files }));
}

fn drop_onto(browser: &mut Chromium, files: &[PathBuf]) {
    let place = browser.evaluate(
        "(() => { const drop = document.getElementById('drop'); drop.scrollIntoView(); \
        const box = drop.getBoundingClientRect(); \
        return [box.x + box.width / 2, box.y + 20]; })()",
    );
    for kind in ["dragEnter", "dragOver", "drop"] {
        let data = json!({ "items": [], "files": files, "dragOperationsMask": 1 });
        let event = json!({ "type": kind, "x": place[0], "y": place[1], "data": data });
        browser.call("Input.dispatchDragEvent", &event);
    }
}

#[test]
fn files_are_picked_and_dropped() {
    pick_and_drop(Origin::Disk);
    pick_and_drop(Origin::PlainHttp);
}

fn pick_and_drop(origin: Origin) {
    let Some((mut browser, place)) = opened(origin) else { return };
    let good = folder().join("honest-with-file");
    let in_good = |names: &[&str]| names.iter().map(|name| good.join(name)).collect::<Vec<_>>();

    choose(&mut browser, "#files", &in_good(&["genesis", "entry"]));
    assert_eq!(judged(&mut browser, "", ""), "Still needed of the receipt: proof.");

    choose(&mut browser, "#pick-proof", &in_good(&["proof"]));
    assert_eq!(judged(&mut browser, "CANNOT TELL", "15"), "You have not said which ledger you trust.");

    trust(&mut browser, &anchor("honest-with-file"));
    judged(&mut browser, "VERIFIED", "0");

    // Larger than what is hashed at once, and not the recorded file.
    let large = place.path().join("large");
    fs::write(&large, vec![7; 33 << 20]).unwrap();
    let digest = FileIdentity::of(&fs::read(&large).unwrap()).to_string();
    drop_onto(&mut browser, &[large]);
    let reason = judged(&mut browser, "NOT VERIFIED", "10");
    assert!(reason.contains(&digest), "{reason}");

    drop_onto(&mut browser, &in_good(&["file"]));
    judged(&mut browser, "VERIFIED", "0");

    // A receipt's folder as a whole, with a part that the page does not use.
    let receipt = place.path().join("file.receipt");
    fs::create_dir(&receipt).unwrap();
    for name in ["genesis", "entry", "proof"] {
        fs::copy(folder().join("cosignature-missing").join(name), receipt.join(name)).unwrap();
    }
    fs::write(receipt.join("record"), "").unwrap();
    drop_onto(&mut browser, std::slice::from_ref(&receipt));
    if matches!(origin, Origin::Disk) {
        // Chromium does not let a page from a disk look into a folder that is dropped.
        browser.evaluate(
            "new Promise((resolve) => { const said = document.getElementById('said'); \
            const look = () => said.textContent.includes('choose it with the button') && resolve(); \
            new MutationObserver(look).observe(said, { childList: true }); look(); })",
        );
        choose(&mut browser, "#folder", &[receipt]);
    }
    judged(&mut browser, "NOT VERIFIED", "12");
    assert_eq!(browser.evaluate("document.getElementById('said').textContent"), "Not needed: record.");
}

#[test]
fn the_page_sends_nothing_and_runs_nothing_else() {
    let Some((mut browser, _place)) = opened(Origin::Disk) else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let tried = browser.evaluate(&format!("fetch({}).then(() => 'sent', (error) => String(error))", json!(url)));
    assert!(tried.as_str().unwrap().contains("Failed to fetch"), "{tried}");
    let image = format!(
        "new Promise((done) => {{ const it = new Image(); it.onerror = () => done('refused'); \
        it.onload = () => done('loaded'); it.src = {}; }})",
        json!(url)
    );
    assert_eq!(browser.evaluate(&image), "refused");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "the page has connected");

    let markup =
        "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken'; } catch (e) { return e.name; } })()";
    assert_eq!(browser.evaluate(markup), "TypeError");
    let script = "(() => { const it = document.createElement('script'); \
        try { it.textContent = 'document.title = 1'; document.body.append(it); } catch (e) { return e.name; } \
        return document.title; })()";
    assert_ne!(browser.evaluate(script), "1");
}

#[test]
fn every_control_has_a_name_and_takes_the_focus() {
    let Some((mut browser, _place)) = opened(Origin::Disk) else { return };
    choose(&mut browser, "#files", &[folder().join("honest-with-file/genesis")]);
    judged(&mut browser, "", "");
    let controls = browser.evaluate(
        "Array.from(document.querySelectorAll('input, button'), (it) => { it.focus(); \
        return [it.labels?.[0]?.textContent || it.textContent, document.activeElement === it]; })",
    );
    let controls = controls.as_array().unwrap();
    assert_eq!(controls.len(), 7, "{controls:?}");
    for control in controls {
        assert!(!control[0].as_str().unwrap().trim().is_empty() && control[1] == true, "{control}");
    }
}
