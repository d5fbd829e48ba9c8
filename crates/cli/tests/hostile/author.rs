//! Records, sound and otherwise.

use ed25519_dalek::SigningKey;
use plenary_core::{
    hash::Digest,
    json::Object,
    record::{NAMESPACE, Name, Record, Signer},
    signature,
    time::Moment,
};
use serde_json::{Value, json};

use crate::network::Network;

/// How long a record of these tests may wait.
const VALID_MS: u64 = 24 * 60 * 60 * 1_000;

/// Somebody who signs.
pub(crate) struct Author {
    pub(crate) ledger: Digest,
    pub(crate) who: Name,
    pub(crate) role: Name,
    pub(crate) secret: SigningKey,
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn now() -> Moment {
    plenary_node::clock::now()
}

impl Author {
    /// The secretariat of `network`.
    pub(crate) fn secretariat(network: &Network) -> Self {
        let secret = network.testnet().person("tsb").unwrap();
        Self { ledger: network.ledger(), who: name("tsb"), role: name("secretariat"), secret }
    }

    /// Somebody whom the ledger does not know.
    pub(crate) fn unknown(network: &Network, who: &str) -> Self {
        Self { who: name(who), secret: SigningKey::from_bytes(&[9; 32]), ..Self::secretariat(network) }
    }

    /// A record that registers the organisation `id`.
    pub(crate) fn record(&self, id: &str) -> Record {
        let body = json!({ "id": id, "title": "Synthetic", "country": "CH", "category": "sector-member" });
        self.record_of("organization.register", body)
    }

    pub(crate) fn record_of(&self, record_type: &str, body: Value) -> Record {
        let Value::Object(body) = body else { panic!("a body is an object") };
        let now = now();
        Record {
            at: now,
            body: Object::from_iter(body),
            expires: now.plus_ms(VALID_MS),
            group: None,
            ledger: self.ledger,
            signed: now,
            signers: vec![Signer { role: self.role.clone(), who: self.who.clone() }],
            record_type: record_type.to_owned(),
        }
    }

    /// A line with this author's signature under it.
    pub(crate) fn sign(&self, line: &[u8]) -> String {
        self.sign_for(line, NAMESPACE)
    }

    pub(crate) fn sign_for(&self, line: &[u8], namespace: &'static str) -> String {
        let armour = signature::sign(&self.secret, line, namespace).unwrap();
        format!("{}{armour}", String::from_utf8(line.to_vec()).unwrap())
    }

    /// The file of a record.
    pub(crate) fn file(&self, record: &Record) -> String {
        self.sign(&record.to_line().unwrap())
    }

    /// The file of a record that registers the organisation `id`.
    pub(crate) fn registers(&self, id: &str) -> String {
        self.file(&self.record(id))
    }
}
