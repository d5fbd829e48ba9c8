//! Proofs of the announcement that a forger would write.

use plenary_core::{
    checkpoint::{Cosignature, LogSignature},
    hash::Digest,
    note::KeyName,
    receipt::Receipt,
    time::Moment,
};

use crate::{
    curve,
    forgeries::{announced, flip, other_bits, replace, table},
    ledger::{VALIDATORS, cosign, cosigner_name, ledger, origin, secret},
    vector::{Files, Vector},
};

type ChangeReceipt = fn(&mut Receipt);

/// Changes of what the proof says, written again as a proof.
fn rewritten(rows: &[(&str, u8, ChangeReceipt)]) -> Vec<Vector> {
    let vector = |(name, code, change): &(&str, u8, ChangeReceipt)| {
        let mut receipt = ledger().receipt(2);
        change(&mut receipt);
        Vector::new(name, *code, Files { proof: receipt.to_string().into_bytes(), ..announced() })
    };
    rows.iter().map(vector).collect()
}

/// Changes of lines, counted from one.
fn line(files: &mut Files, number: usize, change: impl Fn(&str) -> String) {
    let text = String::from_utf8(files.proof.clone()).unwrap();
    let changed =
        text.split_inclusive('\n').zip(1..).map(|(line, at)| if at == number { change(line) } else { line.to_owned() });
    files.proof = changed.collect::<String>().into_bytes();
}

pub(crate) fn paths() -> Vec<Vector> {
    let text = table(
        &announced(),
        &[
            ("proof-empty", 11, |it| it.proof.clear()),
            ("proof-of-version-2", 11, |it| replace(&mut it.proof, "@v1", "@v2")),
            ("proof-with-extra-data", 11, |it| replace(&mut it.proof, "index", "extra AAAA\nindex")),
            ("proof-with-crlf", 11, |it| line(it, 1, |line| line.replace('\n', "\r\n"))),
            ("proof-with-a-byte-order-mark", 11, |it| it.proof = [b"\xef\xbb\xbf", &it.proof[..]].concat()),
            ("proof-with-bytes-that-are-no-text", 11, |it| it.proof[3] = 0xff),
            ("proof-too-long", 11, |it| it.proof.resize(12_289, b'\n')),
            ("proof-with-a-checkpoint-too-long", 11, |it| it.proof.resize(9_500, b'\n')),
            ("proof-without-index", 11, |it| line(it, 2, |_| String::new())),
            ("proof-with-an-index-of-another-spelling", 11, |it| replace(&mut it.proof, "index 2", "index 02")),
            ("proof-with-a-signed-index", 11, |it| replace(&mut it.proof, "index 2", "index +2")),
            ("proof-with-an-index-in-base-16", 11, |it| replace(&mut it.proof, "index 2", "index 0x2")),
            ("proof-with-an-index-of-2-53", 11, |it| replace(&mut it.proof, "index 2", "index 9007199254740992")),
            ("proof-with-an-index-of-2-64-and-2", 11, |it| {
                replace(&mut it.proof, "index 2", "index 18446744073709551618")
            }),
            ("proof-with-an-index-that-is-a-command", 11, |it| {
                replace(&mut it.proof, "index 2", "index a[$(touch x)]")
            }),
            ("proof-with-a-hash-changed", 11, |it| flip(&mut it.proof, 35)),
            ("proof-with-a-hash-of-other-base64", 11, |it| line(it, 3, other_bits)),
            ("proof-with-a-hash-without-padding", 11, |it| line(it, 3, |line| line.replace('=', ""))),
            ("proof-with-a-short-hash", 11, |it| line(it, 4, |_| "AAAA\n".into())),
            ("proof-with-a-zero-byte", 11, |it| it.proof.insert(40, 0)),
            ("proof-with-a-path-of-54", 11, |it| line(it, 3, |line| line.repeat(51))),
            ("proof-without-an-empty-line", 11, |it| line(it, 7, |_| String::new())),
            ("proof-with-two-empty-lines", 11, |it| line(it, 7, |line| line.repeat(2))),
            ("proof-cut-in-the-path", 11, |it| it.proof.truncate(90)),
            ("proof-cut-after-the-path", 11, |it| {
                let at = it.proof.windows(2).position(|pair| pair == b"\n\n").unwrap();
                it.proof.truncate(at + 2);
            }),
        ],
    );
    let rewritten = rewritten(&[
        ("proof-of-another-index", 11, |it| it.index = 3),
        ("proof-of-an-index-beyond-the-size", 11, |it| it.index = 10),
        ("proof-of-an-index-far-beyond", 11, |it| it.index = (1 << 53) - 1),
        ("proof-with-a-hash-missing", 11, |it| it.path.truncate(3)),
        ("proof-without-a-path", 11, |it| it.path.clear()),
        ("proof-with-a-hash-more", 11, |it| it.path.push(Digest::ZERO)),
        ("proof-with-hashes-exchanged", 11, |it| it.path.swap(0, 1)),
        ("proof-of-another-entry", 11, |it| *it = ledger().receipt(3)),
    ]);
    [text, rewritten].concat()
}

pub(crate) fn heads() -> Vec<Vector> {
    let text = table(
        &announced(),
        &[
            ("head-with-a-size-of-another-spelling", 11, |it| line(it, 9, |_| "011\n".into())),
            ("head-with-a-size-of-2-53", 11, |it| line(it, 9, |_| "9007199254740992\n".into())),
            ("head-with-a-size-that-is-a-command", 11, |it| line(it, 9, |_| "$(touch x)\n".into())),
            ("head-with-a-size-and-crlf", 11, |it| line(it, 9, |_| "11\r\n".into())),
            ("head-with-a-root-of-other-base64", 11, |it| line(it, 10, other_bits)),
            ("head-with-a-root-in-another-alphabet", 11, |it| line(it, 10, |_| "_-".repeat(21) + "_=\n")),
            ("head-with-a-root-changed", 11, |it| {
                line(it, 10, |line| {
                    line.replacen(char::from(line.as_bytes()[0]), if line.starts_with('A') { "B" } else { "A" }, 1)
                });
            }),
            ("head-with-an-extension-line", 11, |it| line(it, 11, |_| "extension\n\n".into())),
            ("head-without-an-empty-line", 11, |it| line(it, 11, |_| String::new())),
            ("head-without-an-origin", 11, |it| line(it, 8, |_| "\n".into())),
            ("head-with-a-space-in-its-origin", 11, |it| line(it, 8, |line| line.replace('.', " "))),
        ],
    );
    let rewritten = rewritten(&[
        ("head-with-another-root", 11, |it| it.checkpoint.head.root = Digest::ZERO),
        // The inclusion path is the same for these two sizes, but the signatures are not.
        ("head-of-another-size-with-the-same-path", 12, |it| it.checkpoint.head.size = 12),
        ("head-of-size-zero", 11, |it| it.checkpoint.head.size = 0),
        ("head-of-size-one", 11, |it| it.checkpoint.head.size = 1),
        ("head-of-a-very-large-size", 11, |it| it.checkpoint.head.size = (1 << 53) - 1),
        ("head-of-another-log", 11, |it| {
            it.checkpoint.origin = KeyName::parse("other.example/ledger").unwrap();
            let body = it.checkpoint.body();
            it.checkpoint.log = LogSignature::sign(&it.checkpoint.origin, &secret("aurora/log"), &body);
        }),
        ("head-before-the-entry", 11, |it| {
            let before = ledger().receipt(0).checkpoint;
            it.checkpoint = before;
            it.checkpoint.head.size = 2;
        }),
    ]);
    [text, rewritten].concat()
}

pub(crate) fn cosignatures() -> Vec<Vector> {
    [log_lines(), cosigner_lines(), cosigners()].concat()
}

fn log_lines() -> Vec<Vector> {
    let text = table(
        &announced(),
        &[
            ("log-line-missing", 12, |it| line(it, 12, |_| String::new())),
            ("log-line-twice", 12, |it| line(it, 12, |line| line.repeat(2))),
            ("log-line-of-another-name", 12, |it| {
                line(it, 12, |line| line.replace("plenary.example", "other.example"))
            }),
            ("log-line-with-a-hyphen", 12, |it| line(it, 12, |line| line.replace('—', "-"))),
            ("log-line-with-two-spaces", 12, |it| line(it, 12, |line| line.replacen(' ', "  ", 1))),
            ("log-line-of-other-base64", 12, |it| line(it, 12, other_bits)),
            ("head-without-signatures", 12, |it| {
                let at = it.proof.windows(3).position(|window| window == "—".as_bytes()).unwrap();
                it.proof.truncate(at);
            }),
        ],
    );
    let rewritten = rewritten(&[
        ("log-line-changed", 12, |it| flip(&mut it.checkpoint.log.signature, 3)),
        ("log-line-of-an-unknown-key", 12, |it| {
            it.checkpoint.log = LogSignature::sign(&origin(), &secret("stranger/log"), &it.checkpoint.body());
        }),
        ("log-line-with-s-plus-l", 12, |it| {
            it.checkpoint.log.signature = curve::malleated(it.checkpoint.log.signature)
        }),
        ("log-line-with-a-weak-commitment", 12, |it| {
            let body = it.checkpoint.body();
            it.checkpoint.log.signature = curve::with_weak_commitment(&secret("aurora/log"), body.as_bytes());
        }),
        ("log-line-by-a-cosigner-s-key", 12, |it| {
            it.checkpoint.log = LogSignature::sign(&origin(), &secret("aurora/cosigner"), &it.checkpoint.body());
        }),
    ]);
    [text, rewritten].concat()
}

fn cosigner_lines() -> Vec<Vector> {
    table(
        &announced(),
        &[
            ("cosignature-missing", 12, |it| line(it, 15, |_| String::new())),
            ("cosignature-twice", 12, |it| line(it, 15, |line| line.repeat(2))),
            ("cosignature-twice-instead-of-another", 12, |it| {
                let first = String::from_utf8(it.proof.clone()).unwrap().lines().nth(12).unwrap().to_owned();
                line(it, 15, |_| format!("{first}\n"));
            }),
            ("cosignatures-all-missing", 12, |it| (13..16).for_each(|_| line(it, 13, |_| String::new()))),
            ("cosignatures-of-sixteen", 12, |it| line(it, 15, |line| line.repeat(14))),
            ("cosignature-after-an-empty-line", 12, |it| line(it, 14, |line| format!("\n{line}"))),
            ("cosignature-with-a-hyphen", 12, |it| line(it, 14, |line| line.replace('—', "-"))),
            ("cosignature-with-a-space-more", 12, |it| line(it, 14, |line| line.replace('\n', " \n"))),
            ("cosignature-with-a-no-break-space", 12, |it| line(it, 14, |line| line.replacen(' ', "\u{a0}", 1))),
            ("cosignature-with-a-plus-sign-in-its-name", 12, |it| {
                line(it, 14, |line| line.replace("validator/", "validator+"))
            }),
            ("cosignature-of-other-base64", 12, |it| line(it, 14, other_bits)),
            ("cosignature-cut", 12, |it| line(it, 14, |line| line.replace("==", "="))),
            ("cosignature-with-crlf", 12, |it| line(it, 15, |line| line.replace('\n', "\r\n"))),
            ("cosignature-with-a-zero-byte", 12, |it| line(it, 14, |line| line.replace("==", "\0=="))),
            ("cosignature-with-a-byte-that-is-no-text", 12, |it| {
                let at = it.proof.len() - 3;
                it.proof[at] = 0xff;
            }),
            ("cosignature-without-its-line-feed", 12, |it| it.proof.truncate(it.proof.len() - 1)),
            ("cosignature-half", 12, |it| it.proof.truncate(it.proof.len() - 40)),
            ("head-with-bytes-after-it", 12, |it| it.proof.extend(b"more\n")),
            ("head-with-a-line-feed-after-it", 12, |it| it.proof.push(b'\n')),
        ],
    )
}

fn cosigners() -> Vec<Vector> {
    let mut vectors = rewritten(&[
        ("cosignature-changed", 12, |it| flip(&mut it.checkpoint.cosignatures[1].signature, 60)),
        ("cosignature-of-another-time", 12, |it| it.checkpoint.cosignatures[1].at = Moment::default()),
        ("cosignature-by-four-of-four", 12, |it| {
            let body = it.checkpoint.body();
            it.checkpoint.cosignatures = VALIDATORS.map(|name| cosign(name, 1_496_829_600, &body)).to_vec();
        }),
        ("cosignature-by-a-stranger", 12, |it| {
            it.checkpoint.cosignatures[2] = cosign("stranger", 1_496_829_600, &it.checkpoint.body());
        }),
        ("cosignature-by-a-stranger-in-a-validator-s-name", 12, |it| {
            let (name, at) = (cosigner_name("dune"), it.checkpoint.cosignatures[2].at);
            let forged = Cosignature::sign(&name, &secret("stranger"), at, &it.checkpoint.body());
            it.checkpoint.cosignatures[2] = Cosignature { id: it.checkpoint.cosignatures[2].id, ..forged };
        }),
        ("cosignatures-by-strangers-alone", 15, |it| {
            let body = it.checkpoint.body();
            it.checkpoint.cosignatures = ["x", "y", "z"].map(|name| cosign(name, 1_496_829_600, &body)).to_vec();
        }),
        ("cosignature-in-another-s-name", 12, |it| it.checkpoint.cosignatures[0].name = cosigner_name("cirrus")),
        ("cosignature-with-another-s-bytes", 12, |it| {
            it.checkpoint.cosignatures[0].signature = it.checkpoint.cosignatures[1].signature;
        }),
        ("cosignature-of-another-head", 12, |it| {
            it.checkpoint.cosignatures[0] = cosign("aurora", 1_496_829_600, "plenary.example/ledger\n3\nAAAA\n");
        }),
        ("cosignature-with-s-plus-l", 12, |it| {
            it.checkpoint.cosignatures[0].signature = curve::malleated(it.checkpoint.cosignatures[0].signature);
        }),
        ("cosignature-with-a-weak-commitment", 12, |it| {
            let message = format!("cosignature/v1\ntime 1496829600\n{}", it.checkpoint.body());
            let secret = secret("aurora/cosigner");
            it.checkpoint.cosignatures[0].signature = curve::with_weak_commitment(&secret, message.as_bytes());
        }),
        ("cosignature-by-a-log-key", 12, |it| {
            let body = it.checkpoint.body();
            let (name, at) = (cosigner_name("aurora"), it.checkpoint.cosignatures[0].at);
            it.checkpoint.cosignatures[0] = Cosignature::sign(&name, &secret("aurora/log"), at, &body);
        }),
    ]);
    for (name, seconds) in
        [("cosignature-after-the-year-9999", 253_402_207_201), ("cosignature-at-the-end-of-time", u64::MAX)]
    {
        vectors.push(Vector::new(name, 12, at_second(seconds)));
    }
    vectors.push(Vector::new("honest-last-second", 0, at_second(253_402_207_200)));
    vectors
}

/// The announcement's receipt, with a good cosignature of aurora at any second.
fn at_second(seconds: u64) -> Files {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use ed25519_dalek::Signer as _;

    let mut files = announced();
    let checkpoint = ledger().receipt(2).checkpoint;
    let id = checkpoint.cosignatures[0].id;
    let message = format!("cosignature/v1\ntime {seconds}\n{}", checkpoint.body());
    let signature = secret("aurora/cosigner").sign(message.as_bytes()).to_bytes();
    let bytes = [&id.as_bytes()[..], &seconds.to_be_bytes(), &signature].concat();
    line(&mut files, 13, |_| format!("— {} {}\n", cosigner_name("aurora"), BASE64_STANDARD.encode(&bytes)));
    files
}
