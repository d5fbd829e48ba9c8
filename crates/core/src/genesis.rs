//! The genesis line: leaf 0 of the log, whose hash is the ledger's identity.

use serde_json::Value;

use crate::{
    entry::{EntryError, LedgerLine},
    hash::Digest,
    json::{self, JsonError, Object},
    keys::ValidatorKey,
    merkle,
    record::Name,
    signature::MemberKey,
    time::Moment,
};

/// The most validators of a ledger: verifiers of checkpoints must accept 16
/// signatures, and two thirds of 21 and the proposer's are 16.
pub const VALIDATORS_MAX: usize = 21;

/// Where ledger time comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Clock {
    /// The proposer's clock, which the others compare with their own.
    Wall,
    /// The records' own claims, so that history can be played. Shown on every
    /// page and verdict, since such times prove nothing.
    Replay,
}

impl Clock {
    /// The word in the genesis line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Replay => "replay",
        }
    }
}

/// A validator of the first epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GenesisValidator {
    /// Its name, unique in the ledger.
    pub name: Name,
    /// The organisation that runs it.
    pub organization: Name,
    /// The key with which it makes blocks final.
    pub key: ValidatorKey,
    /// The Ed25519 key by which other nodes know its connections.
    pub peer: [u8; 32],
}

/// Who may sign before anything is recorded: the parent group and the secretariat.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority {
    /// The organisation.
    pub who: Name,
    /// The role in which it signs.
    pub role: Name,
    /// Its key.
    pub key: MemberKey,
}

/// What a ledger is founded on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Genesis {
    /// The signers that need no record.
    pub authorities: Vec<Authority>,
    /// Where ledger time comes from.
    pub clock: Clock,
    /// How long after a deadline a submission signed in time is still on time, in seconds.
    pub grace_s: u64,
    /// How often an idle ledger closes an empty block, in seconds.
    pub heartbeat_s: u64,
    /// What people should know of this ledger, such as that it is a demonstration.
    pub notice: Option<String>,
    /// The origin of the ledger's checkpoints.
    pub origin: String,
    /// The text of the first epoch's policy (C2SP `tlog-policy`).
    pub policy: String,
    /// When the ledger begins.
    pub time: Moment,
    /// The validators of the first epoch.
    pub validators: Vec<GenesisValidator>,
}

impl Genesis {
    /// The ledger's identity: the leaf hash of the genesis line.
    pub fn ledger(line: &[u8]) -> Digest {
        merkle::leaf_hash(line)
    }

    /// Writes the genesis line, with its line feed.
    pub fn to_line(&self) -> Result<Vec<u8>, JsonError> {
        let authorities = self.authorities.iter().map(|authority| {
            object([
                ("as", authority.role.as_str().into()),
                ("key", authority.key.to_string().into()),
                ("who", authority.who.as_str().into()),
            ])
        });
        let validators = self.validators.iter().map(|validator| {
            object([
                ("key", validator.key.to_hex().into()),
                ("name", validator.name.as_str().into()),
                ("organization", validator.organization.as_str().into()),
                ("peer", hex::encode(validator.peer).into()),
            ])
        });
        let mut line = Object::from_iter([
            ("authorities".to_owned(), authorities.collect()),
            ("clock".to_owned(), self.clock.as_str().into()),
            ("grace_s".to_owned(), self.grace_s.into()),
            ("heartbeat_s".to_owned(), self.heartbeat_s.into()),
            ("kind".to_owned(), "genesis".into()),
            ("origin".to_owned(), self.origin.as_str().into()),
            ("policy".to_owned(), self.policy.as_str().into()),
            ("time".to_owned(), self.time.to_string().into()),
            ("v".to_owned(), 1.into()),
            ("validators".to_owned(), validators.collect()),
        ]);
        if let Some(notice) = &self.notice {
            line.insert("notice".to_owned(), notice.as_str().into());
        }
        json::write_line(&line)
    }

    /// Reads a genesis line.
    ///
    /// The policy's text is kept as it stands; `Policy::parse` reads it.
    pub fn from_line(line: &[u8]) -> Result<Self, EntryError> {
        let mut fields = LedgerLine::read(line, "genesis")?;
        let notice = match fields.0.remove("notice") {
            Some(Value::String(notice)) => Some(notice),
            Some(_) => return Err(EntryError::Field("notice".into())),
            None => None,
        };
        let genesis = Self {
            authorities: fields.list("authorities", authority)?,
            clock: match fields.text("clock")?.as_str() {
                "wall" => Clock::Wall,
                "replay" => Clock::Replay,
                _ => return Err(EntryError::Field("clock".into())),
            },
            grace_s: fields.integer("grace_s")?,
            heartbeat_s: fields.integer("heartbeat_s")?,
            notice,
            origin: fields.text("origin")?,
            policy: fields.text("policy")?,
            time: fields.moment("time")?,
            validators: fields.list("validators", validator)?,
        };
        fields.end()?;
        genesis.check_validators()?;
        Ok(genesis)
    }

    fn check_validators(&self) -> Result<(), EntryError> {
        let wrong = || EntryError::Field("validators".into());
        if !(1..=VALIDATORS_MAX).contains(&self.validators.len()) || self.heartbeat_s == 0 {
            return Err(wrong());
        }
        for (at, validator) in self.validators.iter().enumerate() {
            let shared = |other: &GenesisValidator| {
                other.name == validator.name || other.key == validator.key || other.peer == validator.peer
            };
            if self.validators.iter().take(at).any(shared) {
                return Err(wrong());
            }
        }
        Ok(())
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn authority(value: &Value) -> Option<Authority> {
    let fields = value.as_object().filter(|fields| fields.len() == 3)?;
    let text = |field: &str| fields.get(field).and_then(Value::as_str);
    Some(Authority {
        who: Name::parse(text("who")?)?,
        role: Name::parse(text("as")?)?,
        key: MemberKey::parse(text("key")?).ok()?,
    })
}

fn validator(value: &Value) -> Option<GenesisValidator> {
    let fields = value.as_object().filter(|fields| fields.len() == 4)?;
    let text = |field: &str| fields.get(field).and_then(Value::as_str);
    // Both keys have the one spelling that digests have.
    let key = |field: &str| text(field).and_then(Digest::from_hex).map(|digest| *digest.as_bytes());
    Some(GenesisValidator {
        name: Name::parse(text("name")?)?,
        organization: Name::parse(text("organization")?)?,
        key: ValidatorKey::from_bytes(key("key")?)?,
        peer: key("peer")?,
    })
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;

    use super::*;

    fn genesis(names: &[&str]) -> Genesis {
        let secret = |seed: &str| SigningKey::from_bytes(Digest::of(format!("seed/{seed}").as_bytes()).as_bytes());
        Genesis {
            authorities: vec![Authority {
                who: Name::parse("tsag").unwrap(),
                role: Name::parse("parent").unwrap(),
                key: MemberKey::of(&secret("tsag")),
            }],
            clock: Clock::Replay,
            grace_s: 600,
            heartbeat_s: 600,
            notice: Some("demonstration".into()),
            origin: "ledger.example/fg-dlt".into(),
            policy: "log a\n".into(),
            time: Moment::parse("2017-05-01T00:00:00Z").unwrap(),
            validators: names
                .iter()
                .map(|name| GenesisValidator {
                    name: Name::parse(name).unwrap(),
                    organization: Name::parse("tsb").unwrap(),
                    key: ValidatorKey::of(&secret(name)),
                    peer: secret(&format!("{name}/peer")).verifying_key().to_bytes(),
                })
                .collect(),
        }
    }

    #[test]
    fn a_genesis_line_is_read_as_it_was_written() {
        let line = genesis(&["a", "b", "c", "d"]).to_line().unwrap();
        assert_eq!(Genesis::from_line(&line), Ok(genesis(&["a", "b", "c", "d"])));
        let other = String::from_utf8(line).unwrap().replace("replay", "sundial");
        assert_eq!(Genesis::from_line(other.as_bytes()), Err(EntryError::Field("clock".into())));
    }

    #[test]
    fn validators_are_different_and_not_too_many() {
        let read = |names: &[&str]| Genesis::from_line(&genesis(names).to_line().unwrap()).is_ok();
        let many: Vec<String> = (0..22).map(|number| format!("v{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(read(&many[..21]));
        assert!(!read(&many));
        assert!(!read(&["a", "b", "a", "d"]));
        assert!(!read(&[]));
    }
}
