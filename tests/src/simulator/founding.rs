//! The ledger of a run, and the records that come in.

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::Header,
    genesis::{Authority, Clock, Genesis, GenesisValidator},
    hash::Digest,
    json::Object,
    keys::ValidatorKey,
    record::{NAMESPACE, Name, Record, RecordFile, Signer, VerifiedRecord},
    signature::{self, MemberKey},
    time::Moment,
};
use plenary_procedure::execute::{self, Ledger};

use super::succession;

/// When block zero was made, in milliseconds.
pub(crate) const GENESIS_MS: u64 = 1_500_000_000_000;

/// How long an idle ledger waits for an empty block: short, so that runs see some.
pub(crate) const HEARTBEAT_S: u64 = 3;

/// A ledger and its block zero.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The ledger.
    pub ledger: Ledger,
    /// The header of block zero.
    pub genesis: Header,
}

/// The secret of a validator.
pub fn secret(validator: usize) -> SigningKey {
    secret_of(&format!("validator {validator}"))
}

/// A ledger of so many validators.
pub fn found(validators: usize) -> Founding {
    let genesis = Genesis {
        authorities: vec![Authority {
            who: name("tsb"),
            role: name("secretariat"),
            key: MemberKey::of(&secret_of("secretariat")),
        }],
        clock: Clock::Wall,
        grace_s: 600,
        heartbeat_s: HEARTBEAT_S,
        notice: None,
        origin: "simulated.example".into(),
        policy: succession::policy(0..validators, 0),
        time: Moment::from_ms(GENESIS_MS).unwrap(),
        validators: (0..validators)
            .map(|validator| GenesisValidator {
                name: name(&format!("v{validator}")),
                organization: name("tsb"),
                key: ValidatorKey::of(&secret(validator)),
                peer: secret_of(&format!("peer {validator}")).verifying_key().to_bytes(),
            })
            .collect(),
    };
    let ledger = Ledger::found(&genesis.to_line().unwrap()).unwrap();
    let delta = execute::genesis(&ledger).unwrap();
    let genesis = execute::genesis_header(&ledger, &delta.head).unwrap();
    Founding { ledger, genesis }
}

/// The secretariat registers an organisation.
pub(crate) fn record(ledger: &Ledger, organization: &str, signed: Moment) -> VerifiedRecord {
    let texts = [("id", organization), ("title", "Example"), ("country", "CH"), ("category", "sector-member")];
    let mut body: Object = texts.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    body.insert("related".to_owned(), Vec::<String>::new().into());
    let record = Record {
        at: signed,
        body,
        expires: signed.plus_ms(86_400_000),
        group: None,
        ledger: ledger.id(),
        signed,
        signers: vec![Signer { role: name("secretariat"), who: name("tsb") }],
        record_type: "organization.register".into(),
    };
    let line = record.to_line().unwrap();
    let armour = signature::sign(&secret_of("secretariat"), &line, NAMESPACE).unwrap();
    RecordFile::assemble(&line, &[armour]).unwrap().verify().unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn secret_of(whom: &str) -> SigningKey {
    SigningKey::from_bytes(Digest::of(whom.as_bytes()).as_bytes())
}
