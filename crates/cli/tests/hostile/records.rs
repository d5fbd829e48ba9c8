//! Records as somebody sends them who keeps no rule: each refused for its own reason.

use std::{sync::Arc, time::Duration};

use plenary_core::{
    hash::Digest,
    record::{FILE_BYTES_MAX, NAMESPACE, Record, VALIDITY_MS_MAX},
    signature::MemberKey,
};
use plenary_rpc::{answer::SubmissionState, client::ClientError, fault::FaultData};
use serde_json::{Value, json};
use ssh_key::{
    Algorithm, HashAlg, LineEnding, Signature as RawSignature, SshSig,
    public::{Ed25519PublicKey, KeyData},
};

use crate::{
    author::{Author, now},
    network::{Network, PATIENCE},
};

/// Refused requests after which memory is looked at, and the tasks that send them.
const REQUESTS: usize = 20_000;
const TASKS: usize = 4;

/// What they may cost: ten thousand refusals are remembered.
const MEMORY_KIB: u64 = 32 * 1_024;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// The order of Ed25519's group, little endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// What is sent, and the reason for which it must be refused.
struct Case {
    what: &'static str,
    file: String,
    reason: &'static str,
}

fn line(record: &Record) -> String {
    String::from_utf8(record.to_line().unwrap()).unwrap()
}

/// A line that is not as it must be, under a right signature.
fn spellings(author: &Author) -> Vec<Case> {
    let sound = line(&author.record("spelling"));
    let other = |from: &str, to: &str| {
        assert!(sound.contains(from), "{from} in {sound}");
        author.sign(sound.replacen(from, to, 1).as_bytes())
    };
    let ledger = format!("\"ledger\":\"{}\",", author.ledger);
    let files = [
        ("a blank", other("\"at\":", "\"at\": ")),
        ("another order", other(&format!("\"kind\":\"record\",{ledger}"), &format!("{ledger}\"kind\":\"record\","))),
        ("a key twice", other("\"v\":1}", "\"v\":1,\"v\":1}")),
        ("a fraction", other("\"title\":\"Synthetic\"", "\"title\":1.5")),
        ("an exponent", other("\"v\":1", "\"v\":1e0")),
        ("null", other("\"title\":\"Synthetic\"", "\"title\":null")),
        ("an escape", other("Synthetic", "\\u0053ynthetic")),
        ("a letter in two parts", other("Synthetic", "e\u{301}")),
        ("an unassigned character", other("Synthetic", "\u{378}")),
        ("a byte-order mark", other("{\"at\"", "\u{feff}{\"at\"")),
        ("an unknown field", other("\"v\":1}", "\"v\":1,\"x\":1}")),
        ("an unknown version", other("\"v\":1}", "\"v\":2}")),
        ("no line feed", sound.trim_end().to_owned()),
        ("a carriage return", author.sign(sound.replace('\n', "\r\n").as_bytes())),
        ("a signature with carriage returns", format!("{sound}{}", armour(author, &sound).replace('\n', "\r\n"))),
        ("text after the signature", format!("{}x", author.sign(sound.as_bytes()))),
        ("too much nesting", other("\"Synthetic\"", &format!("{}1{}", "[".repeat(20), "]".repeat(20)))),
        ("too many bytes", other("Synthetic", &"a".repeat(FILE_BYTES_MAX))),
        (
            "too long a validity",
            author.file(&Record { expires: now().plus_ms(VALIDITY_MS_MAX * 2), ..author.record("v") }),
        ),
        ("no signature", sound.clone()),
        ("two signatures of one signer", format!("{}{}", author.sign(sound.as_bytes()), armour(author, &sound))),
        ("nothing", String::new()),
    ];
    files.map(|(what, file)| Case { what, file, reason: "malformed_record" }).into()
}

fn armour(author: &Author, line: &str) -> String {
    author.sign(line.as_bytes())[line.len()..].to_owned()
}

/// An armoured signature of these bytes, whatever they are.
fn forged(public: [u8; 32], signature: [u8; 64]) -> String {
    let raw = RawSignature::new(Algorithm::Ed25519, signature.to_vec()).unwrap();
    let sig = SshSig::new(KeyData::Ed25519(Ed25519PublicKey(public)), NAMESPACE, HashAlg::Sha512, raw).unwrap();
    sig.to_pem(LineEnding::LF).unwrap()
}

/// The same signature with the group's order added to its second half, which lax verifiers take for right.
fn malleated(author: &Author, line: &str) -> String {
    let sig = SshSig::from_pem(armour(author, line)).unwrap();
    let mut bytes: [u8; 64] = sig.signature_bytes().try_into().unwrap();
    let mut carry = 0;
    for (byte, add) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = u16::from(sum.to_le_bytes()[1]);
    }
    forged(*MemberKey::of(&author.secret).as_bytes(), bytes)
}

fn signatures(author: &Author) -> Vec<Case> {
    let sound = line(&author.record("signature"));
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let zeros = [0; 64];
    let case = |what, signature: String, reason| Case { what, file: format!("{sound}{signature}"), reason };
    vec![
        case("a signature of something else", armour(author, &line(&author.record("else"))), "bad_signature"),
        case("a signature that is cut", armour(author, &sound).replacen("U1NIU0lH", "U1NI", 1), "bad_signature"),
        case("a key of small order", forged(neutral, zeros), "bad_signature"),
        case("a number beyond the order", malleated(author, &sound), "bad_signature"),
        Case {
            what: "a signature for something else",
            file: author.sign_for(sound.as_bytes(), "file"),
            reason: "wrong_namespace",
        },
    ]
}

/// Sound files that a rule of the ledger refuses.
fn rules(network: &Network, author: &Author) -> Vec<Case> {
    let base = || author.record("rule");
    let (past, future) = (now().minus_ms(48 * HOUR_MS), now().plus_ms(HOUR_MS));
    let parent = Author { secret: network.testnet().person("tsag").unwrap(), ..Author::unknown(network, "tsag") };
    let stranger = Author::unknown(network, "nobody");
    let body = |value: Value| author.record_of("organization.register", value);
    let surplus = body(json!({ "id": "rule", "title": "Synthetic", "country": "CH", "category": "itu", "x": 1 }));
    let cases = [
        (
            "lapsed signatures",
            author.file(&Record { at: past, signed: past, expires: past.plus_ms(HOUR_MS), ..base() }),
            "expired",
        ),
        ("a signature from the future", author.file(&Record { at: future, signed: future, ..base() }), "signed_later"),
        ("another ledger", author.file(&Record { ledger: Digest::of(b"another"), ..base() }), "wrong_ledger"),
        ("an unknown signer", stranger.registers("rule"), "unknown_signer"),
        (
            "a key that is not the signer's",
            Author { secret: stranger.secret.clone(), ..Author::secretariat(network) }.registers("rule"),
            "unknown_key",
        ),
        ("a role that is not held", parent.registers("rule"), "role_not_held"),
        ("an unknown type", author.file(&Record { record_type: "money.send".to_owned(), ..base() }), "unknown_type"),
        ("an unknown field in the body", author.file(&surplus), "unknown_field"),
        ("a body without its fields", author.file(&body(json!({}))), "malformed_body"),
    ];
    cases.map(|(what, file, reason)| Case { what, file, reason }).into()
}

/// Sends a record that must be refused.
async fn refusal(network: &Network, node: &str, file: &str) -> (i32, Box<FaultData>) {
    match network.client(node).submit(file, Duration::ZERO).await {
        Err(ClientError::Refused { code, data }) => (code, data),
        other => panic!("{other:?} for {file}"),
    }
}

/// Each wrong record is refused for its own reason and with what to do; a
/// record that is sent again is final already; and none of it stays in memory.
#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_record_has_its_reason() {
    let network = Network::start().await;
    let author = Author::secretariat(&network);
    let cases = [spellings(&author), signatures(&author), rules(&network, &author)];
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    for Case { what, file, reason } in &cases {
        let (_, data) = refusal(&network, "operator-a", file).await;
        assert_eq!(&data.reason, reason, "{what}: {}", data.message);
        assert!(!data.remedy.is_empty() && !data.rule.is_empty() && !data.docs.is_empty(), "{what}: {data:?}");
    }
    resend(&network, &author).await;
    let network = Arc::new(network);
    let before = network.memory_kib("operator-a").1;
    let cases = Arc::new(cases);
    let tasks = (0..TASKS).map(|task| {
        let (network, cases) = (Arc::clone(&network), Arc::clone(&cases));
        tokio::spawn(async move {
            let client = network.client("operator-a");
            let stranger = Author::unknown(&network, "nobody");
            for number in 0..REQUESTS / TASKS {
                // Every other one is a record that was never seen before.
                let file = match number % 2 {
                    0 => cases[number / 2 % cases.len()].file.clone(),
                    _ => stranger.registers(&format!("flood-{task}-{number}")),
                };
                let answer = client.submit(&file, Duration::ZERO).await;
                assert!(matches!(answer, Err(ClientError::Refused { .. })), "{answer:?}");
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let most = network.memory_kib("operator-a").1;
    eprintln!("{before} KiB, then at most {most} KiB");
    assert!(most < before + MEMORY_KIB, "{before} KiB became {most} KiB");
    let log = network.log("operator-a");
    assert!(log.lines().count() < 50, "{log}");
    resend(&network, &author).await;
}

/// Sends a sound record, and then again, also under another signature.
async fn resend(network: &Network, author: &Author) {
    let record = author.record(&format!("resent-{}", now().as_ms()));
    let file = author.file(&record);
    let first = network.client("operator-a").submit(&file, PATIENCE).await.unwrap();
    assert_eq!(first.state, SubmissionState::Final);
    let index = first.record.unwrap().index;
    let other = Author { secret: Author::unknown(network, "nobody").secret, ..Author::secretariat(network) };
    for (node, file) in [("operator-a", file.clone()), ("operator-a", other.file(&record)), ("regulator-b", file)] {
        let again = network.client(node).submit(&file, PATIENCE).await.unwrap();
        assert_eq!((again.state, again.record.unwrap().index), (SubmissionState::Final, index), "{node}");
    }
}
