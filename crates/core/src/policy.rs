//! Who may sign checkpoints in one epoch, as a C2SP tlog-policy.
//!
//! For four validators, with keys shortened:
//!
//! ```text
//! log plenary.example/ledger+d60a1272+AX3w28Lb…
//! log plenary.example/ledger+b19285c0+AehJ0Hf4…
//! log plenary.example/ledger+0e518e4d+AVmq7qmM…
//! log plenary.example/ledger+88d5c8e9+ASAog4K2…
//! witness aurora plenary.example/ledger/validator/aurora+230a2548+BGTUSuXs… https://aurora.example/
//! witness borealis plenary.example/ledger/validator/borealis+a3a33837+BALtSLlV… https://borealis.example/
//! witness cirrus plenary.example/ledger/validator/cirrus+ae736dca+BPXz9EPq… https://cirrus.example/
//! witness dune plenary.example/ledger/validator/dune+3a08db99+BLrE0GQV…
//! group validators 3 aurora borealis cirrus dune
//! quorum validators
//! ```
//!
//! The first log key belongs to the first witness, and so on.

use std::{collections::BTreeSet, fmt};

use thiserror::Error;

use crate::{
    hash::Digest,
    note::{self, CosignerKey, KeyError, KeyId, KeyName, LogKey},
};

/// The most validators: 15 cosignatures and the log's line are the 16 that any verifier accepts.
pub const VALIDATORS_MAX: usize = 21;

/// The longest policy, in bytes: room for 21 validators with the longest names.
pub const POLICY_BYTES_MAX: usize = 24_576;

/// The name under which the policy groups its validators.
const GROUP: &str = "validators";

/// The last line of a policy.
const QUORUM: &str = "quorum validators";

/// How many of `validators` must agree: floor(2n/3) + 1.
///
/// Any two such sets share a validator that is honest as long as less than a
/// third are not. With n = 3f + 1 this is 2f + 1; for other n that would be too few.
pub const fn quorum_of(validators: usize) -> usize {
    (validators.saturating_mul(2) / 3).saturating_add(1)
}

/// One validator's place in a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seat {
    /// The validator: 1 to 64 of `a` to `z`, `0` to `9`, `-` and `.`.
    pub name: String,
    /// The key with which it signs the log's line; its name is the log's origin.
    pub log: LogKey,
    /// The key with which it cosigns.
    pub cosigner: CosignerKey,
    /// Where it can be reached over HTTP, for tools that ask for cosignatures.
    pub url: Option<String>,
}

/// Why a text is not the policy of an epoch.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PolicyError {
    /// The text has more bytes than a policy can have.
    #[error("{found} bytes exceed the limit of {POLICY_BYTES_MAX} bytes")]
    TooLong {
        /// Bytes of the text.
        found: usize,
    },
    /// Not 1 to 21 validators.
    #[error("{found} validators, where 1 to {VALIDATORS_MAX} belong")]
    Seats {
        /// Validators named.
        found: usize,
    },
    /// A line is wrong.
    #[error("line {line}: {fault}")]
    Line {
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        fault: PolicyFault,
    },
}

/// What is wrong with a line of a policy.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum PolicyFault {
    /// The line is not there.
    #[error("the line is missing, or does not end in a line feed")]
    Missing,
    /// There should be no such line.
    #[error("the line is one too many")]
    Surplus,
    /// Not `log` and a key.
    #[error("the line is not `log` and a verifier key, with one space between")]
    Log,
    /// Not `witness`, a name, a key, and perhaps an address.
    #[error("the line is not `witness`, a name, a verifier key and perhaps a URL, with one space between")]
    Witness,
    /// The word is not a verifier key.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// The log key's name differs from that of the first.
    #[error("the key's name is not the origin that line 1 gives")]
    Origin,
    /// The validator's name has a character that is not allowed, or is reserved.
    #[error("the name is not 1 to 64 of a-z, 0-9, hyphen and dot, or is reserved")]
    Name,
    /// Another line has the name.
    #[error("the name is taken by an earlier line")]
    NameTaken,
    /// Another line has the public key.
    #[error("the public key is that of an earlier line")]
    KeyTaken,
    /// Another log key has the key id, so that signatures could not be told apart.
    #[error("the key id is that of an earlier line")]
    IdTaken,
    /// The address does not begin with `http`, or is too long.
    #[error("the URL is not 1 to 255 printable ASCII characters that begin with http:// or https://")]
    Url,
    /// The group is not that of all validators in their order with their quorum.
    #[error("the line is not the group of all witnesses, in their order, with a quorum of floor(2n/3)+1")]
    Group,
    /// Not `quorum validators`.
    #[error("the line is not `quorum validators`")]
    Quorum,
}

impl PolicyFault {
    const fn at(self, line: usize) -> PolicyError {
        PolicyError::Line { line, fault: self }
    }
}

/// The validators of one epoch and their keys, in the validators' order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    origin: KeyName,
    seats: Vec<Seat>,
}

impl Policy {
    /// Admits the validators of an epoch; errors name the line on which a seat would stand.
    pub fn new(seats: Vec<Seat>) -> Result<Self, PolicyError> {
        let Some(first) = seats.first().filter(|_| seats.len() <= VALIDATORS_MAX) else {
            return Err(PolicyError::Seats { found: seats.len() });
        };
        let origin = first.log.name().clone();
        let mut taken = Taken::default();
        for (line, seat) in (1..).zip(&seats) {
            taken.admit_log(&seat.log, &origin).map_err(|fault| fault.at(line))?;
        }
        for (line, seat) in (seats.len().saturating_add(1)..).zip(&seats) {
            taken.admit_witness(seat, &origin).map_err(|fault| fault.at(line))?;
        }
        Ok(Self { origin, seats })
    }

    /// Reads the one spelling that `Display` writes.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if POLICY_BYTES_MAX < text.len() {
            return Err(PolicyError::TooLong { found: text.len() });
        }
        let lines = note::read_lines(text).ok_or_else(|| PolicyFault::Missing.at(text.split('\n').count()))?;
        let missing = PolicyFault::Missing.at(lines.len().saturating_add(1));
        let count = lines.iter().take_while(|line| line.starts_with("log ")).count();
        if !(1..=VALIDATORS_MAX).contains(&count) {
            return Err(PolicyError::Seats { found: count });
        }
        let (logs, rest) = lines.split_at_checked(count).ok_or(missing)?;
        let (witnesses, rest) = rest.split_at_checked(count).ok_or(missing)?;
        let mut seats = Vec::new();
        for ((line, log), witness) in (1_usize..).zip(logs).zip(witnesses) {
            let log = read_log(log).map_err(|fault| fault.at(line))?;
            seats.push(read_witness(witness, log).map_err(|fault| fault.at(line.saturating_add(count)))?);
        }
        let policy = Self::new(seats)?;
        let line = count.saturating_mul(2).saturating_add(1);
        match rest {
            [] | [_] => Err(missing),
            [group, ..] if *group != policy.group() => Err(PolicyFault::Group.at(line)),
            [_, quorum, ..] if *quorum != QUORUM => Err(PolicyFault::Quorum.at(line.saturating_add(1))),
            [_, _] => Ok(policy),
            [_, _, _, ..] => Err(PolicyFault::Surplus.at(line.saturating_add(2))),
        }
    }

    /// The name of the log: the first line of its checkpoints.
    pub const fn origin(&self) -> &KeyName {
        &self.origin
    }

    /// The validators, in their order.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// How many cosignatures a checkpoint has.
    pub const fn quorum(&self) -> usize {
        quorum_of(self.seats.len())
    }

    /// SHA-256 of the text, which seals and block headers carry.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }

    /// The log key with this key id.
    pub fn log(&self, id: KeyId) -> Option<&LogKey> {
        self.seats.iter().map(|seat| &seat.log).find(|key| key.id() == id)
    }

    /// The cosigner's key with this name and key id.
    pub fn cosigner(&self, name: &KeyName, id: KeyId) -> Option<&CosignerKey> {
        self.seats.iter().map(|seat| &seat.cosigner).find(|key| key.name() == name && key.id() == id)
    }

    fn group(&self) -> String {
        let mut line = format!("group {GROUP} {}", self.quorum());
        for seat in &self.seats {
            line.push(' ');
            line.push_str(&seat.name);
        }
        line
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for seat in &self.seats {
            writeln!(f, "log {}", seat.log)?;
        }
        for seat in &self.seats {
            match &seat.url {
                Some(url) => writeln!(f, "witness {} {} {url}", seat.name, seat.cosigner)?,
                None => writeln!(f, "witness {} {}", seat.name, seat.cosigner)?,
            }
        }
        writeln!(f, "{}\n{QUORUM}", self.group())
    }
}

/// The keys and names that earlier lines of a policy have taken.
#[derive(Default)]
struct Taken<'a> {
    keys: BTreeSet<&'a [u8; 32]>,
    ids: BTreeSet<KeyId>,
    names: BTreeSet<&'a str>,
    key_names: BTreeSet<&'a KeyName>,
}

impl<'a> Taken<'a> {
    /// All log keys have one name, so a key id that is taken could be anybody's signature.
    fn admit_log(&mut self, log: &'a LogKey, origin: &KeyName) -> Result<(), PolicyFault> {
        if log.name() != origin {
            return Err(PolicyFault::Origin);
        }
        if !self.keys.insert(log.public()) {
            return Err(PolicyFault::KeyTaken);
        }
        if self.ids.insert(log.id()) { Ok(()) } else { Err(PolicyFault::IdTaken) }
    }

    /// A cosignature does not cover its signer's name, so that no two names may share a key.
    fn admit_witness(&mut self, seat: &'a Seat, origin: &KeyName) -> Result<(), PolicyFault> {
        let key_name = seat.cosigner.name();
        if !is_name(&seat.name) {
            return Err(PolicyFault::Name);
        }
        if key_name == origin || !self.key_names.insert(key_name) || !self.names.insert(&seat.name) {
            return Err(PolicyFault::NameTaken);
        }
        if !self.keys.insert(seat.cosigner.public()) {
            return Err(PolicyFault::KeyTaken);
        }
        if seat.url.as_deref().is_none_or(is_url) { Ok(()) } else { Err(PolicyFault::Url) }
    }
}

fn read_log(line: &str) -> Result<LogKey, PolicyFault> {
    let word = line.strip_prefix("log ").filter(|word| !word.contains(' ')).ok_or(PolicyFault::Log)?;
    Ok(LogKey::parse(word)?)
}

fn read_witness(line: &str, log: LogKey) -> Result<Seat, PolicyFault> {
    let words: Vec<&str> = line.split(' ').collect();
    let (name, key, url) = match words.as_slice() {
        ["witness", name, key] => (name, key, None),
        ["witness", name, key, url] => (name, key, Some((*url).to_owned())),
        _ => return Err(PolicyFault::Witness),
    };
    Ok(Seat { name: (*name).to_owned(), log, cosigner: CosignerKey::parse(key)?, url })
}

/// Whether a validator may be so named: `none` is the specification's, `validators` the group's.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
        && name != "none"
        && name != GROUP
}

fn is_url(url: &str) -> bool {
    url.len() <= 255
        && url.bytes().all(|byte| byte.is_ascii_graphic())
        && (url.starts_with("https://") || url.starts_with("http://"))
}

/// The keys and the policy that tests and vectors share.
#[cfg(test)]
pub(crate) mod fixture {
    use ed25519_dalek::SigningKey;

    use super::*;

    pub(crate) const NAMES: [&str; 4] = ["aurora", "borealis", "cirrus", "dune"];

    pub(crate) fn secret(name: &str) -> SigningKey {
        SigningKey::from_bytes(Digest::of(format!("seed/{name}").as_bytes()).as_bytes())
    }

    pub(crate) fn key_name(text: &str) -> KeyName {
        KeyName::parse(text).unwrap()
    }

    pub(crate) fn origin() -> KeyName {
        key_name("plenary.example/ledger")
    }

    pub(crate) fn cosigner_name(name: &str) -> KeyName {
        key_name(&format!("{}/validator/{name}", origin()))
    }

    pub(crate) fn seat(name: &str) -> Seat {
        Seat {
            name: name.to_owned(),
            log: LogKey::of(origin(), &secret(&format!("{name}/log"))),
            cosigner: CosignerKey::of(cosigner_name(name), &secret(&format!("{name}/cosigner"))),
            url: (name != "dune").then(|| format!("https://{name}.example/")),
        }
    }

    pub(crate) fn policy() -> Policy {
        Policy::new(NAMES.map(seat).to_vec()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        fixture::{NAMES, cosigner_name, key_name, origin, policy, seat, secret},
        *,
    };

    const VECTOR: &str = include_str!("../../../tests/vectors/core/policy.txt");

    #[test]
    fn the_vector_is_written_and_read() {
        assert_eq!(policy().to_string(), VECTOR);
        assert_eq!(Policy::parse(VECTOR), Ok(policy()));
        assert_eq!(policy().digest(), Digest::of(VECTOR.as_bytes()));
    }

    #[test]
    fn two_quorums_share_an_honest_validator() {
        //    validators, quorum; 2f+1 would give 3 for five and for six
        for (validators, quorum) in [(1, 1), (2, 2), (3, 3), (4, 3), (5, 4), (6, 5), (7, 5), (8, 6), (16, 11), (21, 15)]
        {
            assert_eq!(quorum_of(validators), quorum, "{validators}");
        }
        for validators in 1..=1000_usize {
            let faulty = (validators - 1) / 3;
            let quorum = quorum_of(validators);
            assert!(faulty < quorum * 2 - validators, "{validators}");
            assert!(quorum <= validators - faulty, "{validators} could not go on without {faulty}");
        }
    }

    #[test]
    fn a_changed_line_is_named() {
        let check = |from: &str, to: &str, line, fault: PolicyFault| {
            assert!(VECTOR.contains(from), "{from}");
            assert_eq!(Policy::parse(&VECTOR.replacen(from, to, 1)), Err(fault.at(line)), "{from} -> {to}");
        };
        let line = |number: usize| VECTOR.split_inclusive('\n').nth(number - 1).unwrap();
        let witness = line(5);
        check("log plenary", "log  plenary", 1, PolicyFault::Log);
        check("log plenary", "log plenary.example/ledger plenary", 1, PolicyFault::Log);
        check("log plenary", "log x", 1, PolicyFault::Key(KeyError::Id));
        check(line(2), line(1), 2, PolicyFault::KeyTaken);
        check(line(2), &format!("{}\n", line(2).trim_end().replace('+', "")), 2, PolicyFault::Key(KeyError::Parts));
        check("witness aurora", "witness  aurora", 5, PolicyFault::Witness);
        check("witness aurora", "Witness aurora", 5, PolicyFault::Witness);
        check("witness aurora", "witness Aurora", 5, PolicyFault::Name);
        check("witness aurora", "witness none", 5, PolicyFault::Name);
        check("witness aurora", "witness validators", 5, PolicyFault::Name);
        check("witness aurora", "witness borealis", 6, PolicyFault::NameTaken);
        check("https://aurora", "ftp://aurora", 5, PolicyFault::Url);
        check("https://aurora", "https://aurora é", 5, PolicyFault::Witness);
        check("https://aurora", "https://auróra", 5, PolicyFault::Url);
        check(witness, &witness.replace("witness aurora", "witness other"), 9, PolicyFault::Group);
        check(line(6), &witness.replace("witness aurora", "witness borealis"), 6, PolicyFault::NameTaken);
        check("group validators 3", "group validators 2", 9, PolicyFault::Group);
        check("group validators 3", "group validators 03", 9, PolicyFault::Group);
        check("aurora borealis", "borealis aurora", 9, PolicyFault::Group);
        check("quorum validators\n", "quorum none\n", 10, PolicyFault::Quorum);
        check("quorum validators\n", "quorum validators", 10, PolicyFault::Missing);
        check("quorum validators\n", "", 10, PolicyFault::Missing);
        check("quorum validators\n", "quorum validators\n\n", 11, PolicyFault::Surplus);
        check(line(8), "", 8, PolicyFault::Witness);
        check(line(4), "", 7, PolicyFault::Group);
    }

    #[test]
    fn a_policy_names_one_to_twenty_one_validators() {
        let seats = |count: usize| (0..count).map(|number| seat(&format!("v{number}"))).collect::<Vec<_>>();
        for count in [1, 2, 20, 21] {
            let policy = Policy::new(seats(count)).unwrap();
            assert_eq!(Policy::parse(&policy.to_string()), Ok(policy), "{count}");
        }
        assert_eq!(Policy::new(vec![]), Err(PolicyError::Seats { found: 0 }));
        assert_eq!(Policy::new(seats(22)), Err(PolicyError::Seats { found: 22 }));
        assert_eq!(Policy::parse(&"log x\n".repeat(22)), Err(PolicyError::Seats { found: 22 }));
        let found = POLICY_BYTES_MAX + 1;
        assert_eq!(Policy::parse(&"\n".repeat(found)), Err(PolicyError::TooLong { found }));
    }

    #[test]
    fn the_longest_policy_can_be_read() {
        let long = |end: String| key_name(&format!("{}{end}", "k".repeat(255 - end.len())));
        let seats = (0..VALIDATORS_MAX).map(|number| {
            let secret = |role: &str| secret(&format!("v{number}/{role}"));
            Seat {
                name: format!("{number:02}{}", "n".repeat(62)),
                log: LogKey::of(long(String::new()), &secret("log")),
                cosigner: CosignerKey::of(long(format!("{number:02}")), &secret("cosigner")),
                url: Some(format!("https://{}", "u".repeat(247))),
            }
        });
        let policy = Policy::new(seats.collect()).unwrap();
        assert_eq!(Policy::parse(&policy.to_string()), Ok(policy));
    }

    #[test]
    fn a_key_has_one_use() {
        let check = |change: fn(&mut [Seat]), line, fault: PolicyFault| {
            let mut seats = NAMES.map(seat);
            change(&mut seats);
            assert_eq!(Policy::new(seats.to_vec()), Err(fault.at(line)));
        };
        check(|seats| seats[3].log = seats[0].log.clone(), 4, PolicyFault::KeyTaken);
        check(|seats| seats[1].log = LogKey::of(key_name("other"), &secret("x")), 2, PolicyFault::Origin);
        check(
            |seats| seats[1].cosigner = CosignerKey::of(cosigner_name("x"), &secret("aurora/cosigner")),
            6,
            PolicyFault::KeyTaken,
        );
        check(
            |seats| seats[1].cosigner = CosignerKey::of(cosigner_name("x"), &secret("dune/log")),
            6,
            PolicyFault::KeyTaken,
        );
        check(
            |seats| seats[2].cosigner = CosignerKey::of(cosigner_name("aurora"), &secret("x")),
            7,
            PolicyFault::NameTaken,
        );
        check(|seats| seats[0].cosigner = CosignerKey::of(origin(), &secret("x")), 5, PolicyFault::NameTaken);
    }
}
