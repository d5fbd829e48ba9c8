//! What a forger would hand to an auditor, and what an honest node would.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::Signer as _;
use plenary_core::{
    genesis::Genesis,
    hash::Digest,
    merkle::leaf_hash,
    note::{CosignerKey, LogKey},
    record::{NAMESPACE, Record},
    signature::sign,
};

use crate::{
    curve, epochs,
    ledger::{
        FILE, Ledger, OTHER_FILE, announcement, armour, cosigner_name, document, ed25519_armour, genesis,
        hardware_record, ledger, object, origin, outcome, record, secret, signed, string, to_be_signed, touched,
    },
    proofs,
    vector::{Files, Vector},
};

pub(crate) type Change = fn(&mut Files);

pub(crate) fn all() -> Vec<Vector> {
    let (proofs, heads, cosignatures) = (proofs::paths(), proofs::heads(), proofs::cosignatures());
    [
        honest(),
        files(),
        anchors(),
        geneses(),
        lines(),
        outcomes(),
        entries(),
        armours(),
        weak(),
        proofs,
        heads,
        cosignatures,
        epochs::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The receipt of entry `index`, with the ledger's own anchor.
fn files_of(ledger: &Ledger, index: u64, file: Option<&[u8]>) -> Files {
    Files {
        genesis: ledger.genesis.clone(),
        entry: ledger.entries[usize::try_from(index).unwrap()].clone(),
        proof: ledger.receipt(index).to_string().into_bytes(),
        file: file.map(<[u8]>::to_vec),
        anchor: leaf_hash(&ledger.genesis).to_string(),
        epochs: Vec::new(),
        tip: None,
    }
}

pub(crate) fn announced() -> Files {
    files_of(ledger(), 2, Some(FILE))
}

/// The receipt of an entry that the validators took, whatever it is.
///
/// So nothing but the entry itself can be what a verifier objects to.
pub(crate) fn taken(entry: Vec<u8>) -> Files {
    let mut ledger = Ledger::found(genesis().to_line().unwrap());
    ledger.block(&[("fg-dlt/meeting/1", entry)]);
    files_of(&ledger, 2, None)
}

/// The receipt of an honest entry in a ledger with another genesis, which the reader trusts.
fn founded(line: Vec<u8>) -> Files {
    let record = Record { ledger: Genesis::ledger(&line), ..announcement() };
    let entry = [signed(&record.to_line().unwrap(), &["tsb"]), outcome("fg-dlt/meeting/1", None)].concat();
    let mut ledger = Ledger::found(line);
    ledger.block(&[("fg-dlt/meeting/1", entry)]);
    files_of(&ledger, 2, None)
}

pub(crate) fn table(base: &Files, rows: &[(&str, u8, Change)]) -> Vec<Vector> {
    let vector = |(name, code, change): &(&str, u8, Change)| {
        let mut files = base.clone();
        change(&mut files);
        Vector::new(name, *code, files)
    };
    rows.iter().map(vector).collect()
}

pub(crate) fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from), "{from:?} is not in {text}");
    *bytes = text.replacen(from, to, 1).into_bytes();
}

pub(crate) fn flip(bytes: &mut [u8], at: usize) {
    bytes[at] ^= 1;
}

fn honest() -> Vec<Vector> {
    let ledger = ledger();
    let vector = |name, index, file| Vector::new(name, 0, files_of(ledger, index, file));
    vec![
        vector("honest-with-file", 2, Some(FILE)),
        vector("honest-without-file", 2, None),
        vector("honest-two-signers-first-document", 3, Some(OTHER_FILE)),
        vector("honest-two-signers-second-document", 3, Some(FILE)),
        vector("honest-shell-metacharacters", 4, None),
        vector("honest-record-without-document", 6, None),
        vector("honest-hardware-key", 7, None),
        Vector::new("honest-notice-with-quotes-and-turns", 0, awkward()),
    ]
}

/// A ledger whose notice and number hold quotes, a line's end and a turn of direction.
fn awkward() -> Files {
    let text = "it's \"made\" for \\n tests,\n\u{202e}really";
    let line = Genesis { notice: Some(text.to_owned()), ..genesis() }.to_line().unwrap();
    let ledger = Genesis::ledger(&line);
    let record = Record { ledger, ..record("meeting.close", &[("secretariat", "tsb")], object("{}")) };
    let file = signed(&record.to_line().unwrap(), &["tsb"]);
    let mut ledger = Ledger::found(line);
    ledger.block(&[("fg-dlt/meeting/1", [file, outcome("fg-dlt/meeting/1", Some(text))].concat())]);
    files_of(&ledger, 2, None)
}

fn files() -> Vec<Vector> {
    let mut vectors = table(
        &announced(),
        &[
            ("file-byte-changed", 10, |it| flip(it.file.as_mut().unwrap(), 0)),
            ("file-byte-added", 10, |it| it.file.as_mut().unwrap().push(b'\n')),
            ("file-cut", 10, |it| it.file = it.file.as_ref().map(|file| file[1..].to_vec())),
            ("file-empty", 10, |it| it.file = Some(vec![])),
            ("file-of-another-record", 10, |it| it.file = Some(OTHER_FILE.to_vec())),
        ],
    );
    let none = files_of(ledger(), 6, Some(FILE));
    vectors.push(Vector::new("file-where-the-record-names-none", 10, none));
    //    name, body of the record; the file is not the one document of it
    let good = document(FILE);
    for (name, body) in [
        ("file-of-another-size", format!("{{\"document\":{}}}", good.replace("{\"bytes\":34", "{\"bytes\":35"))),
        ("file-named-elsewhere-in-the-record", format!("{{\"annex\":{good}}}")),
        ("file-named-inside-of-a-document", format!("{{\"document\":{{\"inner\":{good}}}}}")),
        (
            "file-size-of-another-document",
            format!("{{\"document\":{{\"bytes\":34}},\"documents\":[{}]}}", &good.replace("\"bytes\":34,", "")),
        ),
        ("file-named-in-a-list-of-lists", format!("{{\"documents\":[[{good}]]}}")),
        ("file-named-with-another-spelling", format!("{{\"document\":{}}}", good.replace("sha256:", "SHA256:"))),
    ] {
        let record = record("meeting.announce", &[("secretariat", "tsb")], object(&body));
        let entry = [signed(&record.to_line().unwrap(), &["tsb"]), outcome("fg-dlt/meeting/1", None)].concat();
        vectors.push(Vector::new(name, 10, Files { file: Some(FILE.to_vec()), ..taken(entry) }));
    }
    vectors
}

fn anchors() -> Vec<Vector> {
    table(
        &announced(),
        &[
            ("anchor-not-given", 15, |it| it.anchor = "none".into()),
            ("anchor-of-another-ledger", 15, |it| it.anchor = Digest::of(b"another").to_string()),
            ("anchor-in-upper-case", 15, |it| it.anchor = it.anchor.to_uppercase()),
            ("anchor-that-is-a-command", 15, |it| it.anchor = "$(touch x)".into()),
            ("anchor-is-sha256sum-of-genesis", 15, |it| it.anchor = Digest::of(&it.genesis).to_string()),
            ("genesis-byte-changed", 15, |it| flip(&mut it.genesis, 30)),
            ("genesis-cut", 15, |it| it.genesis.truncate(100)),
            ("genesis-empty", 15, |it| it.genesis.clear()),
            ("genesis-byte-added", 15, |it| it.genesis.push(b'\n')),
        ],
    )
}

fn geneses() -> Vec<Vector> {
    let weak = |kind: u8, name: &str| {
        let mut public = [0; 33];
        (public[0], public[1]) = (kind, 1);
        let id = Digest::of_parts(&[name.as_bytes(), b"\n", &public]);
        format!("{name}+{}+{}", &id.to_hex()[..8], BASE64_STANDARD.encode(public))
    };
    let aurora = CosignerKey::of(cosigner_name("aurora"), &secret("aurora/cosigner")).to_string();
    let borealis = CosignerKey::of(cosigner_name("borealis"), &secret("borealis/cosigner")).to_string();
    let same = CosignerKey::of(cosigner_name("borealis"), &secret("aurora/cosigner")).to_string();
    let log = LogKey::of(origin(), &secret("aurora/log")).to_string();
    let rows = [
        ("genesis-of-version-2", "\"v\":1,".to_owned(), "\"v\":2,".to_owned()),
        ("genesis-not-canonical", "{\"authorities\"".into(), "{ \"authorities\"".into()),
        ("genesis-with-another-clock", "\"replay\"".into(), "\"sundial\"".into()),
        ("genesis-with-another-origin", "\"origin\":\"plenary".into(), "\"origin\":\"penary".into()),
        ("genesis-with-a-quorum-of-two", "group validators 3".into(), "group validators 2".into()),
        ("genesis-with-a-key-twice", borealis, same),
        ("genesis-with-a-weak-cosigner", aurora.clone(), weak(4, cosigner_name("aurora").as_str())),
        ("genesis-with-a-weak-log", log, weak(1, origin().as_str())),
        (
            "genesis-with-a-wrong-key-id",
            format!("+{}+", &aurora[aurora.find('+').unwrap() + 1..][..8]),
            "+00000000+".into(),
        ),
        ("genesis-without-a-quorum-line", "quorum validators\\n".into(), String::new()),
        ("genesis-with-a-tab", "made for".into(), "made\\tfor".into()),
        ("genesis-with-a-null", "\"grace_s\":600".into(), "\"grace_s\":null".into()),
        ("genesis-ended-by-crlf", "}\n".into(), "}\r\n".into()),
    ];
    rows.iter()
        .map(|(name, from, to)| {
            let mut line = genesis().to_line().unwrap();
            replace(&mut line, from, to);
            Vector::new(name, 15, founded(line))
        })
        .collect()
}

/// Lines that a signer has signed and the validators have taken although they are no records.
fn lines() -> Vec<Vector> {
    let rows = [
        ("record-with-a-space", 11, "{\"at\":", "{\"at\": "),
        ("record-with-keys-out-of-order", 11, "\"kind\":\"record\",\"ledger\"", "\"kine\":\"record\",\"kind\""),
        ("record-with-a-key-twice", 11, "\"kind\":\"record\",", "\"kind\":\"record\",\"kind\":\"record\","),
        ("record-with-an-unknown-field", 11, ",\"v\":1}", ",\"v\":1,\"w\":1}"),
        ("record-without-a-type", 11, ",\"type\":\"meeting.announce\"", ""),
        ("record-without-a-ledger", 11, "\"ledger\":", "\"ledges\":"),
        ("record-of-a-ledger-that-is-none", 11, "\"ledger\":\"sha256:", "\"ledger\":\"sha256:0"),
        ("record-of-a-ledger-in-upper-case", 11, "\"ledger\":\"sha256:", "\"ledger\":\"SHA256:"),
        ("record-of-another-kind", 11, "\"kind\":\"record\"", "\"kind\":\"seal\""),
        ("record-of-version-2", 15, "\"v\":1}", "\"v\":2}"),
        ("record-of-version-1-as-text", 15, "\"v\":1}", "\"v\":\"1\"}"),
        ("record-that-never-expires", 11, "2017-07-07T09:30:00Z", "2017-07-07T09:30:01Z"),
        ("record-that-has-always-expired", 11, "2017-07-07T09:30:00Z", "2017-06-07T09:30:00Z"),
        ("record-with-a-leap-second", 11, "\"2017-06-07T00:00:00Z\"", "\"2016-12-31T23:59:60Z\""),
        ("record-with-a-day-that-is-none", 11, "\"2017-06-07T00:00:00Z\"", "\"2017-02-29T00:00:00Z\""),
        ("record-with-zero-milliseconds", 11, "\"2017-06-07T00:00:00Z\"", "\"2017-06-07T00:00:00.000Z\""),
        ("record-before-1970", 11, "\"2017-06-07T00:00:00Z\"", "\"1969-12-31T23:59:59Z\""),
        ("record-with-a-time-that-is-a-command", 11, "\"2017-06-07T00:00:00Z\"", "\"$(touch x)\""),
        ("record-of-a-group-in-upper-case", 11, "\"fg-dlt\"", "\"FG-DLT\""),
        ("record-without-signers", 11, "[{\"as\":\"secretariat\",\"who\":\"tsb\"}]", "[]"),
        ("record-with-a-signer-twice", 11, "\"tsb\"}]", "\"tsb\"},{\"as\":\"secretariat\",\"who\":\"tsb\"}]"),
        ("record-with-a-signer-without-a-role", 11, "{\"as\":\"secretariat\",", "{"),
        ("record-with-an-integer-of-2-53", 11, "\"bytes\":34", "\"bytes\":9007199254740992"),
        ("record-with-an-integer-of-2-64", 11, "\"bytes\":34", "\"bytes\":18446744073709551650"),
        ("record-with-a-leading-zero", 11, "\"bytes\":34", "\"bytes\":034"),
        ("record-with-a-fraction", 11, "\"bytes\":34", "\"bytes\":34.0"),
        ("record-with-an-exponent", 11, "\"bytes\":34", "\"bytes\":34e0"),
        ("record-with-a-negative-number", 11, "\"bytes\":34", "\"bytes\":-34"),
        ("record-with-a-null", 11, "\"bytes\":34", "\"bytes\":null"),
        ("record-with-an-escaped-letter", 11, "First meeting", "\\u0046irst meeting"),
        ("record-with-an-escaped-slash", 11, "First meeting", "First\\/meeting"),
        ("record-with-an-escape-character", 11, "First meeting", "First \u{1b}[2J meeting"),
        ("record-with-a-delete-character", 11, "First meeting", "First \u{7f}meeting"),
        ("record-with-a-c1-control", 11, "First meeting", "First \u{9b}2J meeting"),
        ("record-with-a-carriage-return", 11, "\"v\":1}", "\"v\":1}\r"),
        ("record-with-a-key-of-letters-beyond-ascii", 11, "\"title\"", "\"títle\""),
        ("record-with-an-empty-key", 11, "\"document\"", "\"\":1,\"document\""),
        ("record-with-a-full-stop-as-key", 11, "{\"at\"", "{\".\":{},\"at\""),
        ("record-with-an-open-text", 11, "First meeting\"", "First meeting\\"),
        ("record-with-more-after-it", 11, "\"v\":1}", "\"v\":1}{}"),
    ];
    let mut vectors: Vec<Vector> = rows
        .iter()
        .map(|(name, code, from, to)| {
            let mut line = announcement().to_line().unwrap();
            replace(&mut line, from, to);
            Vector::new(name, *code, taken_line(&line))
        })
        .collect();
    let altered = |from: &[u8], to: &[u8]| {
        let line = announcement().to_line().unwrap();
        let at = line.windows(from.len()).position(|window| window == from).unwrap();
        taken_line(&[&line[..at], to, &line[at + from.len()..]].concat())
    };
    let nested = |depth: usize| format!("\"title\":{}{}", "[".repeat(depth), "]".repeat(depth));
    vectors.extend([
        Vector::new("record-with-a-zero-byte", 11, altered(b"First", b"Fi\0st")),
        Vector::new("record-with-bytes-that-are-no-text", 11, altered(b"First", b"Fi\xff\xfest")),
        Vector::new("record-with-an-overlong-slash", 11, altered(b"First", b"Fi\xc0\xafst")),
        Vector::new("record-with-half-a-pair", 11, altered(b"First", b"Fi\xed\xa0\x80st")),
        Vector::new("record-nested-too-deeply", 11, altered(b"\"title\":\"First meeting\"", nested(15).as_bytes())),
        Vector::new("honest-record-nested-deeply", 0, altered(b"\"title\":\"First meeting\"", nested(14).as_bytes())),
        Vector::new("honest-largest-integer", 0, altered(b"\"bytes\":34", b"\"bytes\":9007199254740991")),
    ]);
    vectors
}

pub(crate) fn taken_line(line: &[u8]) -> Files {
    taken([signed(line, &["tsb"]), outcome("fg-dlt/meeting/1", None)].concat())
}

fn outcomes() -> Vec<Vector> {
    let rows = [
        ("outcome-not-canonical", 11, "{\"findings\"", "{ \"findings\""),
        ("outcome-of-version-2", 15, "\"v\":1}", "\"v\":2}"),
        ("outcome-of-another-kind", 11, "\"kind\":\"outcome\"", "\"kind\":\"seal\""),
        ("outcome-with-an-unknown-result", 11, "\"met\"", "\"fine\""),
        ("outcome-with-an-unknown-field", 11, "\"v\":1}", "\"v\":1,\"w\":1}"),
        ("outcome-with-a-finding-without-a-rule", 11, ",\"rule\":\"R51\"", ""),
        ("outcome-with-facts-that-are-no-object", 11, "{\"days\":12,\"due\":\"2017-10-05\"}", "[]"),
        ("outcome-without-findings", 11, "\"findings\":", "\"finding\":"),
        ("outcome-with-a-subject-that-is-none", 11, "fg-dlt/meeting/1", "fg-dlt//meeting/1"),
        ("outcome-with-a-height-as-text", 11, "\"height\":1", "\"height\":\"1\""),
        ("outcome-with-a-height-that-is-a-command", 11, "\"height\":1", "\"height\":\"a[$(touch x)]\""),
        ("outcome-with-a-time-of-another-spelling", 11, "10:00:00Z", "10:00:00+00:00"),
    ];
    let file = signed(&announcement().to_line().unwrap(), &["tsb"]);
    rows.iter()
        .map(|(name, code, from, to)| {
            let mut line = outcome("fg-dlt/meeting/1", None);
            replace(&mut line, from, to);
            Vector::new(name, *code, taken([file.clone(), line].concat()))
        })
        .collect()
}

fn entries() -> Vec<Vector> {
    let mut vectors = table(
        &announced(),
        &[
            ("entry-of-another-index", 11, |it| {
                it.entry = ledger().entries[4].clone();
                it.file = None;
            }),
            ("entry-with-another-outcome", 11, |it| replace(&mut it.entry, "\"met\"", "\"waived\"")),
            ("entry-with-another-number", 11, |it| {
                replace(&mut it.entry, "\"subjects\"", "\"number\":\"1\",\"subjects\"")
            }),
            ("entry-with-another-title", 13, |it| replace(&mut it.entry, "First meeting", "Last meeting")),
            ("entry-cut", 11, |it| it.entry.truncate(it.entry.len() - 1)),
            ("entry-with-a-line-feed-more", 11, |it| it.entry.push(b'\n')),
            ("entry-without-outcome", 11, |it| {
                it.entry = signed(&announcement().to_line().unwrap(), &["tsb"]);
            }),
            ("entry-empty", 11, |it| it.entry.clear()),
            ("entry-of-one-line-feed", 11, |it| it.entry = b"\n".to_vec()),
            ("entry-of-two-line-feeds", 11, |it| it.entry = b"\n\n".to_vec()),
            ("entry-with-crlf", 11, |it| {
                it.entry = String::from_utf8(it.entry.clone()).unwrap().replace('\n', "\r\n").into_bytes();
            }),
            ("entry-with-a-byte-order-mark", 11, |it| it.entry = [b"\xef\xbb\xbf", &it.entry[..]].concat()),
            ("entry-is-a-seal", 11, |it| it.entry = ledger().entries[1].clone()),
            ("entry-is-the-genesis", 11, |it| it.entry.clone_from(&it.genesis)),
            ("entry-too-large", 11, |it| it.entry.resize(65_536, b'\n')),
            ("entry-much-too-large", 11, |it| it.entry.resize(70_001, b' ')),
        ],
    );
    let elsewhere = Record { ledger: Digest::of(b"another"), ..announcement() };
    vectors.push(Vector::new("record-of-another-ledger", 11, taken_line(&elsewhere.to_line().unwrap())));
    let text = format!("{{\"x\":\"{}\"}}", "x".repeat(49_000));
    let line = record("meeting.announce", &[("secretariat", "tsb")], object(&text));
    vectors.push(Vector::new("record-file-too-large", 11, taken_line(&line.to_line().unwrap())));
    let line =
        record("meeting.announce", &[("secretariat", "tsb")], object(&format!("{{\"x\":\"{}\"}}", "x".repeat(48_000))));
    vectors.push(Vector::new("honest-large-record", 0, taken_line(&line.to_line().unwrap())));
    vectors
}

/// Signature blocks that are not what `ssh-keygen` writes for the signers of the line.
fn armours() -> Vec<Vector> {
    let line = announcement().to_line().unwrap();
    let good = sign(&secret("tsb"), &line, NAMESPACE).unwrap();
    let key = secret("tsb").verifying_key().to_bytes();
    let kind = string(b"ssh-ed25519");
    let public = [&kind[..], &string(&key)].concat();
    let made = |namespace: &str, hash: &str, width: usize| {
        let signature = secret("tsb").sign(&to_be_signed(&line, namespace, hash)).to_bytes();
        armour(&public, &[&kind[..], &string(&signature)].concat(), namespace, hash, width)
    };
    let altered = |at: usize| {
        let mut signature = secret("tsb").sign(&to_be_signed(&line, "plenary-record", "sha512")).to_bytes();
        flip(&mut signature, at);
        ed25519_armour(&key, &signature)
    };
    let other = secret("chair").verifying_key().to_bytes();
    let signature = secret("tsb").sign(&to_be_signed(&line, "plenary-record", "sha512")).to_bytes();
    let rsa = [&string(b"ssh-rsa")[..], &string(&[1, 0, 1]), &string(&[0x7f; 256])].concat();
    let rows = [
        ("signature-missing", String::new()),
        ("signature-twice", good.repeat(2)),
        ("signature-of-a-second-signer", format!("{good}{}", sign(&secret("chair"), &line, NAMESPACE).unwrap())),
        ("signature-first-byte-changed", altered(0)),
        ("signature-last-byte-changed", altered(63)),
        ("signature-with-s-plus-l", ed25519_armour(&key, &curve::malleated(signature))),
        ("signature-under-another-key", ed25519_armour(&other, &signature)),
        (
            "signature-with-a-weak-commitment",
            ed25519_armour(
                &key,
                &curve::with_weak_commitment(&secret("tsb"), &to_be_signed(&line, "plenary-record", "sha512")),
            ),
        ),
        ("signature-for-another-purpose", made("plenary-read", "sha512", 70)),
        ("signature-with-sha256", made("plenary-record", "sha256", 70)),
        ("signature-in-lines-of-64", made("plenary-record", "sha512", 64)),
        ("signature-with-crlf", good.replace('\n', "\r\n")),
        ("signature-after-an-empty-line", format!("\n{good}")),
        ("signature-before-an-empty-line", format!("{good}\n")),
        ("signature-before-other-text", format!("{good}$(touch x)\n")),
        ("signature-with-text-inside", good.replacen("U1NIU0lH", "U1NI\nU0lH", 1)),
        ("signature-without-its-end", good.replace("-----END SSH SIGNATURE-----\n", "")),
        ("signature-with-a-zero-byte", good.replacen("U1NI", "U1\0NI", 1)),
        ("signature-with-other-base64", other_bits(&good)),
        (
            "signature-with-an-rsa-key",
            armour(&rsa, &[string(b"rsa-sha2-512"), string(&[1; 256])].concat(), "plenary-record", "sha512", 70),
        ),
        (
            "signature-with-bytes-after-it",
            armour(&public, &[&kind[..], &string(&signature), &[0]].concat(), "plenary-record", "sha512", 70),
        ),
    ];
    let outcome = outcome("fg-dlt/meeting/1", None);
    let mut vectors: Vec<Vector> = rows
        .iter()
        .map(|(name, armour)| Vector::new(name, 13, taken([&line, armour.as_bytes(), &outcome].concat())))
        .collect();
    let hardware = hardware_record();
    for (name, flags) in [("signature-of-hardware-not-touched", 0), ("signature-of-hardware-only-verified", 4)] {
        vectors.push(Vector::new(name, 13, taken([touched(&hardware, flags), outcome.clone()].concat())));
    }
    let mut forged = touched(&hardware, 5);
    replace(&mut forged, "org-c", "org-d");
    vectors.push(Vector::new("signature-of-hardware-for-another-line", 13, taken([forged, outcome].concat())));
    vectors
}

/// Another spelling of the same base64: bits that the last character has over are set.
pub(crate) fn other_bits(text: &str) -> String {
    let at = text.find('=').unwrap() - 1;
    let next = match text.as_bytes()[at] {
        b'A' => "B",
        b'Q' => "R",
        b'g' => "h",
        b'w' => "x",
        b'E' => "F",
        b'I' => "J",
        b'M' => "N",
        b'U' => "V",
        b'Y' => "Z",
        b'c' => "d",
        b'k' => "l",
        b'o' => "p",
        b's' => "t",
        b'0' => "1",
        b'4' => "5",
        b'8' => "9",
        other => panic!("{} has no bits over", char::from(other)),
    };
    format!("{}{next}{}", &text[..at], &text[at + 1..])
}

/// Signatures that anyone can make, since the key is of small order or not what it seems.
fn weak() -> Vec<Vector> {
    let line = announcement().to_line().unwrap();
    let message = to_be_signed(&line, "plenary-record", "sha512");
    let entry = |armour: String| taken([&line, armour.as_bytes(), &outcome("fg-dlt/meeting/1", None)].concat());
    let mut vectors = Vec::new();
    for (number, point) in (1..).zip(curve::weak_points()) {
        if curve25519_dalek::edwards::CompressedEdwardsY(point).decompress().is_some() {
            let armour = ed25519_armour(&point, &curve::under_weak_key(&point, &message));
            vectors.push(Vector::new(&format!("signature-under-weak-key-{number}"), 13, entry(armour)));
        }
    }
    for (number, point) in (1..).zip(curve::strange_points().into_iter().take(2)) {
        let armour = ed25519_armour(&point, &[0; 64]);
        vectors.push(Vector::new(&format!("signature-under-strange-key-{number}"), 13, entry(armour)));
    }
    vectors
}
