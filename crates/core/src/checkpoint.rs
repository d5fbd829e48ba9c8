//! The signed head of the log, as a C2SP tlog-checkpoint.
//!
//! ```text
//! plenary.example/ledger                                         1  origin
//! 7                                                              2  size
//! YKQybLwsL5BFr3eA5qS7SplWNLOKCgKCnBewk5Ysqfk=                   3  root
//!                                                                4
//! — plenary.example/ledger sZKFwNZl…                             5  the log's line
//! — plenary.example/ledger/validator/aurora IwolSAAAAABZ5gzg…    6  and on: cosignatures
//! ```
//!
//! The log's line is made by the block's proposer and carries no trust: it is
//! there because the format wants one. Trust comes from a quorum of
//! `cosignature/v1` lines, which validators give once the block is committed.

use std::{collections::BTreeSet, fmt};

use ed25519_dalek::SigningKey;
use thiserror::Error;

use crate::{
    block::TreeHead,
    hash::Digest,
    keys,
    note::{self, CosignerKey, KeyId, KeyName, LogKey, SignatureLineError},
    policy::{Policy, VALIDATORS_MAX, quorum_of},
    time::Moment,
};

/// The longest checkpoint, in bytes: room for 15 cosignatures with the longest names.
pub const CHECKPOINT_BYTES_MAX: usize = 8_192;

/// The most cosignatures: the quorum of as many validators as there can be.
pub const COSIGNATURES_MAX: usize = quorum_of(VALIDATORS_MAX);

/// The line that the log's own signature is on.
const LOG_LINE: usize = 5;

/// The text that is signed: three lines of origin, size and root.
pub fn body(origin: &KeyName, head: &TreeHead) -> String {
    format!("{origin}\n{}\n{}\n", head.size, note::write_base64(&head.root))
}

/// What a cosignature signs: the body under the time at which it was seen.
fn cosigned(body: &str, seconds: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{body}").into_bytes()
}

/// The log's own line, of the proposer of the block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogSignature {
    /// The origin.
    pub name: KeyName,
    /// Which of the log keys signed.
    pub id: KeyId,
    /// Ed25519 over the body.
    pub signature: [u8; 64],
}

impl LogSignature {
    /// Signs `body`, whose first line is `origin`.
    pub fn sign(origin: &KeyName, secret: &SigningKey, body: &str) -> Self {
        let id = LogKey::of(origin.clone(), secret).id();
        Self { name: origin.clone(), id, signature: keys::sign(secret, body.as_bytes()) }
    }

    /// Reads the one spelling that `Display` writes.
    pub fn parse(line: &str) -> Result<Self, SignatureLineError> {
        let (name, id, signature) = note::read_signature(line)?;
        Ok(Self { name, id, signature })
    }

    /// Whether this is the signature of `key` over `body`.
    pub fn verify(&self, key: &LogKey, body: &str) -> bool {
        self.name == *key.name()
            && self.id == key.id()
            && keys::verify_strict(key.public(), body.as_bytes(), &self.signature)
    }
}

impl fmt::Display for LogSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        note::write_signature(f, &self.name, &[self.id.as_bytes(), &self.signature])
    }
}

/// A validator's word that it has committed what leads to a head, and seen none that differs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cosignature {
    /// The name of the validator's key.
    pub name: KeyName,
    /// The key id, which tells keys of one name apart.
    pub id: KeyId,
    /// When the validator signed, by its own clock, in whole seconds.
    pub at: Moment,
    /// Ed25519 over the time and the body.
    pub signature: [u8; 64],
}

impl Cosignature {
    /// Cosigns `body` at `at`, of which whole seconds are kept.
    pub fn sign(name: &KeyName, secret: &SigningKey, at: Moment, body: &str) -> Self {
        let id = CosignerKey::of(name.clone(), secret).id();
        let signature = keys::sign(secret, &cosigned(body, at.as_seconds()));
        let at = at.minus_ms(at.as_ms() % 1_000);
        Self { name: name.clone(), id, at, signature }
    }

    /// Reads the one spelling that `Display` writes.
    pub fn parse(line: &str) -> Result<Self, SignatureLineError> {
        let (name, id, bytes) = note::read_signature::<72>(line)?;
        let [a, b, c, d, e, f, g, h, signature @ ..] = bytes;
        let ms = u64::from_be_bytes([a, b, c, d, e, f, g, h]).checked_mul(1_000);
        let at = ms.and_then(Moment::from_ms).ok_or(SignatureLineError::Time)?;
        Ok(Self { name, id, at, signature })
    }

    /// Whether this is the cosignature of `key` over `body`.
    pub fn verify(&self, key: &CosignerKey, body: &str) -> bool {
        self.name == *key.name()
            && self.id == key.id()
            && keys::verify_strict(key.public(), &cosigned(body, self.at.as_seconds()), &self.signature)
    }
}

impl fmt::Display for Cosignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at.as_seconds().to_be_bytes();
        note::write_signature(f, &self.name, &[self.id.as_bytes(), &seconds, &self.signature])
    }
}

/// Why a text is not a checkpoint, or not one that a policy accepts.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum CheckpointError {
    /// The text has more bytes than a checkpoint can have.
    #[error("{found} bytes exceed the limit of {CHECKPOINT_BYTES_MAX} bytes")]
    TooLong {
        /// Bytes of the text.
        found: usize,
    },
    /// A line is wrong.
    #[error("line {line}: {fault}")]
    Line {
        /// The line of the checkpoint, counted from one.
        line: usize,
        /// What is wrong with it.
        fault: CheckpointFault,
    },
    /// Not as many cosignatures as the policy asks for.
    #[error("{found} cosignatures where exactly {needed} belong")]
    Quorum {
        /// Cosignatures found.
        found: usize,
        /// Cosignatures that make a quorum.
        needed: usize,
    },
}

/// What is wrong with a line of a checkpoint.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum CheckpointFault {
    /// The line is not there.
    #[error("the line is missing, or does not end in a line feed")]
    Missing,
    /// There should be no such line.
    #[error("the line is one too many")]
    Surplus,
    /// The origin has a character that is not allowed.
    #[error("the origin is not 1 to 255 printable ASCII characters without space and plus sign")]
    Origin,
    /// The size has a second spelling.
    #[error("the size is not a decimal number below 2^53 without leading zeros")]
    Size,
    /// The root has a second spelling.
    #[error("the root is not the base64 of 32 bytes")]
    Root,
    /// The body has a fourth line.
    #[error("the line is not empty")]
    NotEmpty,
    /// The line is no signature.
    #[error("{0}")]
    Signature(#[from] SignatureLineError),
    /// The log's line is of another log.
    #[error("the key's name is not the origin")]
    NotTheLog,
    /// An earlier line has the same key.
    #[error("the key has signed an earlier line")]
    Repeated,
    /// The policy is that of another log.
    #[error("the origin is not that of the policy")]
    OtherLog,
    /// The policy does not name the key.
    #[error("the key is not in the policy")]
    UnknownKey,
    /// The signature does not hold.
    #[error("the signature is not valid")]
    Invalid,
}

impl CheckpointFault {
    pub(crate) const fn at(self, line: usize) -> CheckpointError {
        CheckpointError::Line { line, fault: self }
    }
}

/// The head of a log with the signatures that stand under it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: KeyName,
    /// The size and the root.
    pub head: TreeHead,
    /// The line of the proposer's log key.
    pub log: LogSignature,
    /// The validators' lines, in the order in which they stand.
    pub cosignatures: Vec<Cosignature>,
}

impl Checkpoint {
    /// Reads the one spelling that `Display` writes; checks no signature.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        if CHECKPOINT_BYTES_MAX < text.len() {
            return Err(CheckpointError::TooLong { found: text.len() });
        }
        let lines = note::read_lines(text).ok_or_else(|| CheckpointFault::Missing.at(text.split('\n').count()))?;
        let [origin, size, root, blank, log, cosignatures @ ..] = lines.as_slice() else {
            return Err(CheckpointFault::Missing.at(lines.len().saturating_add(1)));
        };
        let origin = KeyName::parse(origin).ok_or(CheckpointFault::Origin.at(1))?;
        let size = note::read_number(size).ok_or(CheckpointFault::Size.at(2))?;
        let root = note::read_base64(root).map(Digest::from_bytes).ok_or(CheckpointFault::Root.at(3))?;
        if !blank.is_empty() {
            return Err(CheckpointFault::NotEmpty.at(4));
        }
        let log = LogSignature::parse(log).map_err(|error| CheckpointFault::from(error).at(LOG_LINE))?;
        if log.name != origin {
            return Err(CheckpointFault::NotTheLog.at(LOG_LINE));
        }
        let cosignatures = read_cosignatures(cosignatures)?;
        Ok(Self { origin, head: TreeHead { size, root }, log, cosignatures })
    }

    /// The three lines that are signed.
    pub fn body(&self) -> String {
        body(&self.origin, &self.head)
    }

    /// Checks every signature, and that the cosignatures are a quorum of `policy`.
    pub fn verify(&self, policy: &Policy) -> Result<(), CheckpointError> {
        if self.origin != *policy.origin() {
            return Err(CheckpointFault::OtherLog.at(1));
        }
        let body = self.body();
        let key = policy.log(self.log.id).ok_or(CheckpointFault::UnknownKey.at(LOG_LINE))?;
        if !self.log.verify(key, &body) {
            return Err(CheckpointFault::Invalid.at(LOG_LINE));
        }
        let (found, needed) = (self.cosignatures.len(), policy.quorum());
        if found != needed {
            return Err(CheckpointError::Quorum { found, needed });
        }
        refuse_repeated(&self.cosignatures)?;
        for (line, cosignature) in numbered(&self.cosignatures) {
            let key = policy.cosigner(&cosignature.name, cosignature.id);
            let key = key.ok_or_else(|| CheckpointFault::UnknownKey.at(line))?;
            if !cosignature.verify(key, &body) {
                return Err(CheckpointFault::Invalid.at(line));
            }
        }
        Ok(())
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n", self.body(), self.log)?;
        self.cosignatures.iter().try_for_each(|cosignature| writeln!(f, "{cosignature}"))
    }
}

/// Cosignatures, or their text, with the lines that they stand on.
fn numbered<T>(items: &[T]) -> impl Iterator<Item = (usize, &T)> {
    (LOG_LINE.saturating_add(1)..).zip(items)
}

fn read_cosignatures(lines: &[&str]) -> Result<Vec<Cosignature>, CheckpointError> {
    if let Some((line, _)) = numbered(lines).nth(COSIGNATURES_MAX) {
        return Err(CheckpointFault::Surplus.at(line));
    }
    let mut cosignatures = Vec::new();
    for (line, text) in numbered(lines) {
        cosignatures.push(Cosignature::parse(text).map_err(|error| CheckpointFault::from(error).at(line))?);
    }
    refuse_repeated(&cosignatures)?;
    Ok(cosignatures)
}

fn refuse_repeated(cosignatures: &[Cosignature]) -> Result<(), CheckpointError> {
    let mut seen = BTreeSet::new();
    match numbered(cosignatures).find(|(_, cosignature)| !seen.insert((&cosignature.name, cosignature.id))) {
        Some((line, _)) => Err(CheckpointFault::Repeated.at(line)),
        None => Ok(()),
    }
}

/// A signed head that tests and vectors share: seven entries, three of four validators.
#[cfg(test)]
pub(crate) mod fixture {
    use super::*;
    use crate::{
        merkle::{Nodes, Tree, leaf_hash},
        policy::fixture::{cosigner_name, origin, secret},
    };

    pub(crate) fn entry(index: u64) -> Vec<u8> {
        format!("entry {index}\n").into_bytes()
    }

    pub(crate) fn tree() -> Tree<Nodes> {
        let mut tree = Tree::open(Nodes::new(), 0);
        for index in 0..7 {
            tree.append(leaf_hash(&entry(index))).unwrap();
        }
        tree
    }

    pub(crate) fn cosign(name: &str, seconds: u64, body: &str) -> Cosignature {
        let at = Moment::default().plus_ms(seconds.saturating_mul(1_000));
        Cosignature::sign(&cosigner_name(name), &secret(&format!("{name}/cosigner")), at, body)
    }

    pub(crate) fn checkpoint() -> Checkpoint {
        let head = tree().head().unwrap();
        let body = body(&origin(), &head);
        let signers = [("aurora", 1_508_248_800), ("borealis", 1_508_248_801), ("dune", 1_508_248_800)];
        Checkpoint {
            origin: origin(),
            head,
            log: LogSignature::sign(&origin(), &secret("borealis/log"), &body),
            cosignatures: signers.map(|(name, seconds)| cosign(name, seconds, &body)).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        fixture::{checkpoint, cosign},
        *,
    };
    use crate::policy::fixture::{NAMES, cosigner_name, key_name, origin, policy, seat, secret};

    const VECTOR: &str = include_str!("../../../tests/vectors/core/checkpoint.txt");

    #[test]
    fn the_vector_is_written_read_and_verified() {
        assert_eq!(checkpoint().to_string(), VECTOR);
        assert_eq!(Checkpoint::parse(VECTOR), Ok(checkpoint()));
        assert_eq!(checkpoint().verify(&policy()), Ok(()));
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        let line = "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
        let cosignature = Cosignature::parse(line).unwrap();
        assert_eq!(cosignature.at.as_seconds(), 1_679_315_147);
        assert_eq!(cosignature.to_string(), line);
    }

    #[test]
    fn a_changed_line_is_named() {
        let line = |number: usize| VECTOR.split_inclusive('\n').nth(number - 1).unwrap();
        let check = |from: &str, to: &str, line, fault: CheckpointFault| {
            assert!(VECTOR.contains(from), "{from}");
            assert_eq!(Checkpoint::parse(&VECTOR.replacen(from, to, 1)), Err(fault.at(line)), "{from} -> {to}");
        };
        let signature = CheckpointFault::Signature;
        check("plenary.example", "plenary example", 1, CheckpointFault::Origin);
        check("plenary.example", "plenary+example", 1, CheckpointFault::Origin);
        check("plenary.example", "other.example", 5, CheckpointFault::NotTheLog);
        check("\n7\n", "\n07\n", 2, CheckpointFault::Size);
        check("\n7\n", "\n7\r\n", 2, CheckpointFault::Size);
        check("=\n\n", "=\nextension\n\n", 4, CheckpointFault::NotEmpty);
        check("=\n\n", "\n\n", 3, CheckpointFault::Root);
        check("\n\n", "\n", 4, CheckpointFault::NotEmpty);
        check(line(5), "", 5, signature(SignatureLineError::Encoding { needed: 68 }));
        check(line(6), line(5), 6, signature(SignatureLineError::Encoding { needed: 76 }));
        check(line(6), line(8), 8, CheckpointFault::Repeated);
        check(line(8), "— other AAAA\n", 8, signature(SignatureLineError::Encoding { needed: 76 }));
        check(line(8), "\n", 8, signature(SignatureLineError::Parts));
        check(line(8), line(8).trim_end(), 8, CheckpointFault::Missing);
    }

    #[test]
    fn a_text_that_is_too_short_or_too_long_is_refused() {
        let mut end = 0;
        for (line, text) in (1..).zip(VECTOR.split_inclusive('\n').take(5)) {
            assert_eq!(Checkpoint::parse(&VECTOR[..end]), Err(CheckpointFault::Missing.at(line)), "{line}");
            end += text.len();
        }
        let many = |count: usize| {
            let body = checkpoint().body();
            let sign = |number| cosign(&format!("v{number}"), 0, &body);
            Checkpoint { cosignatures: (0..count).map(sign).collect(), ..checkpoint() }
        };
        assert_eq!(Checkpoint::parse(&many(0).to_string()), Ok(many(0)));
        assert_eq!(Checkpoint::parse(&many(15).to_string()), Ok(many(15)));
        assert_eq!(Checkpoint::parse(&many(16).to_string()), Err(CheckpointFault::Surplus.at(21)));
        let found = CHECKPOINT_BYTES_MAX + 1;
        assert_eq!(Checkpoint::parse(&"\n".repeat(found)), Err(CheckpointError::TooLong { found }));
    }

    #[test]
    fn the_longest_checkpoint_can_be_read() {
        let origin = key_name(&"k".repeat(255));
        let head = TreeHead { size: (1 << 53) - 1, root: Digest::ZERO };
        let body = body(&origin, &head);
        let sign = |number: usize| {
            let name = key_name(&format!("{number:02}{}", "k".repeat(253)));
            Cosignature::sign(&name, &secret("x"), Moment::LAST, &body)
        };
        let log = LogSignature::sign(&origin, &secret("x"), &body);
        let longest = Checkpoint { head, log, cosignatures: (0..COSIGNATURES_MAX).map(sign).collect(), origin };
        assert_eq!(Checkpoint::parse(&longest.to_string()), Ok(longest));
    }

    #[test]
    fn a_time_after_the_last_is_refused() {
        let line = |seconds: u64| {
            let mut signature = checkpoint().cosignatures[0].to_string();
            let start = signature.rfind(' ').unwrap() + 1;
            let key = [[0; 4].as_slice(), &seconds.to_be_bytes(), &[0; 64]].concat();
            signature.truncate(start);
            use base64::Engine as _;
            signature + &base64::engine::general_purpose::STANDARD.encode(key)
        };
        let last = Moment::LAST.as_seconds();
        assert_eq!(Cosignature::parse(&line(last)).map(|cosignature| cosignature.at), Ok(Moment::LAST));
        assert_eq!(Cosignature::parse(&line(last + 1)), Err(SignatureLineError::Time));
        assert_eq!(Cosignature::parse(&line(u64::MAX)), Err(SignatureLineError::Time));
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let policy = policy();
        for place in 0..VECTOR.len() {
            let mut bytes = VECTOR.as_bytes().to_vec();
            bytes[place] ^= 1 << (place % 7);
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let result = Checkpoint::parse(&text).and_then(|checkpoint| checkpoint.verify(&policy));
            assert!(result.is_err(), "byte {place}");
        }
    }

    #[test]
    fn exactly_a_quorum_of_the_policy_is_accepted() {
        let policy = policy();
        let body = checkpoint().body();
        let check = |signers: &[&str], needed| {
            let cosignatures = signers.iter().map(|name| cosign(name, 5, &body)).collect();
            assert_eq!(Checkpoint { cosignatures, ..checkpoint() }.verify(&policy), needed, "{signers:?}");
        };
        let quorum = |found| Err(CheckpointError::Quorum { found, needed: 3 });
        check(&["dune", "cirrus", "aurora"], Ok(()));
        check(&[], quorum(0));
        check(&["dune", "aurora"], quorum(2));
        check(&NAMES, quorum(4));
        check(&["dune", "aurora", "dune"], Err(CheckpointFault::Repeated.at(8)));
        check(&["dune", "stranger", "aurora"], Err(CheckpointFault::UnknownKey.at(7)));
    }

    #[test]
    fn a_signature_counts_for_its_own_key_role_and_text_alone() {
        let policy = policy();
        let check = |change: fn(&mut Checkpoint), error| {
            let mut checkpoint = checkpoint();
            change(&mut checkpoint);
            assert_eq!(checkpoint.verify(&policy), Err(error));
        };
        check(|it| it.origin = key_name("other"), CheckpointFault::OtherLog.at(1));
        check(|it| it.head.size += 1, CheckpointFault::Invalid.at(5));
        check(|it| it.head.root = Digest::ZERO, CheckpointFault::Invalid.at(5));
        check(|it| it.log.id = it.cosignatures[0].id, CheckpointFault::UnknownKey.at(5));
        check(|it| it.log.name = cosigner_name("borealis"), CheckpointFault::Invalid.at(5));
        check(|it| it.log = LogSignature::sign(&origin(), &secret("x"), &it.body()), CheckpointFault::UnknownKey.at(5));
        check(|it| it.cosignatures[1].at = Moment::default(), CheckpointFault::Invalid.at(7));
        check(|it| it.cosignatures[2] = cosign("dune", 5, "other"), CheckpointFault::Invalid.at(8));
        // A key that signs for the name of another, and another's signature under its own name.
        check(|it| it.cosignatures[0].name = cosigner_name("cirrus"), CheckpointFault::UnknownKey.at(6));
        check(|it| it.cosignatures[0].signature = it.cosignatures[2].signature, CheckpointFault::Invalid.at(6));
    }

    #[test]
    fn another_epoch_s_checkpoint_is_refused() {
        let next = Policy::new(["aurora", "borealis", "cirrus", "eddy"].map(seat).to_vec()).unwrap();
        assert_eq!(checkpoint().verify(&next), Err(CheckpointFault::UnknownKey.at(8)));
    }
}
