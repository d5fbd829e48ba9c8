//! What a validator publishes before it has a seat: its keys, and the proof that it holds each of them.

use ed25519_dalek::SigningKey;

use crate::{
    hash::Digest,
    keys::{self, ValidatorKey},
    note::{CosignerKey, LogKey},
    record::Name,
};

/// The keys of a validator of the next epoch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SeatKeys {
    /// The validator.
    pub name: Name,
    /// Who runs it.
    pub organization: Name,
    /// Signs what makes blocks final.
    pub key: ValidatorKey,
    /// Names the node to other nodes.
    pub peer: [u8; 32],
    /// Signs the checkpoint's own line.
    pub log: LogKey,
    /// Cosigns checkpoints, in one epoch alone.
    pub cosigner: CosignerKey,
}

/// The secret halves, in the order of the proofs.
#[derive(Clone, Copy, Debug)]
pub struct SeatSecrets<'a> {
    /// Of `key`.
    pub validator: &'a SigningKey,
    /// Of `peer`.
    pub peer: &'a SigningKey,
    /// Of `log`.
    pub log: &'a SigningKey,
    /// Of `cosigner`.
    pub cosigner: &'a SigningKey,
}

/// A signature of each key over all of them: of `key`, `peer`, `log` and `cosigner`.
pub type Proofs = [[u8; 64]; 4];

impl SeatKeys {
    /// The public keys, in the order of the proofs.
    pub fn publics(&self) -> [&[u8; 32]; 4] {
        [self.key.as_bytes(), &self.peer, self.log.public(), self.cosigner.public()]
    }

    /// What each of the keys signs: no other signature of theirs begins so.
    pub fn statement(&self, ledger: &Digest) -> String {
        let Self { name, organization, key, peer, log, cosigner } = self;
        format!(
            "plenary/validator-keys/v1\n{ledger}\n{name}\n{organization}\n{}\n{}\n{log}\n{cosigner}\n",
            key.to_hex(),
            Digest::from_bytes(*peer).to_hex()
        )
    }

    /// Proves that whoever holds `secrets` publishes these keys.
    pub fn prove(&self, ledger: &Digest, secrets: SeatSecrets<'_>) -> Proofs {
        let statement = self.statement(ledger);
        let SeatSecrets { validator, peer, log, cosigner } = secrets;
        [validator, peer, log, cosigner].map(|secret| keys::sign(secret, statement.as_bytes()))
    }

    /// The first key that `proofs` do not prove: `key`, `peer`, `log` or `cosigner`.
    pub fn unproven(&self, ledger: &Digest, proofs: &Proofs) -> Option<&'static str> {
        let statement = self.statement(ledger);
        let names = ["key", "peer", "log", "cosigner"];
        let mut each = names.into_iter().zip(self.publics()).zip(proofs);
        each.find(|((_, key), proof)| !keys::verify_strict(key, statement.as_bytes(), proof)).map(|((name, _), _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::fixture::{cosigner_name, origin, secret};

    #[test]
    fn each_key_proves_all_of_them() {
        let [validator, peer, log, cosigner] = ["v", "p", "l", "c"].map(secret);
        let keys = SeatKeys {
            name: Name::parse("aurora").unwrap(),
            organization: Name::parse("tsb").unwrap(),
            key: ValidatorKey::of(&validator),
            peer: peer.verifying_key().to_bytes(),
            log: LogKey::of(origin(), &log),
            cosigner: CosignerKey::of(cosigner_name("aurora/1"), &cosigner),
        };
        let ledger = Digest::of(b"ledger");
        let secrets = SeatSecrets { validator: &validator, peer: &peer, log: &log, cosigner: &cosigner };
        let proofs = keys.prove(&ledger, secrets);
        assert_eq!(keys.unproven(&ledger, &proofs), None);
        assert_eq!(keys.unproven(&Digest::ZERO, &proofs), Some("key"));
        let renamed = SeatKeys { name: Name::parse("borealis").unwrap(), ..keys.clone() };
        assert_eq!(renamed.unproven(&ledger, &proofs), Some("key"));
        for (at, name) in ["key", "peer", "log", "cosigner"].into_iter().enumerate() {
            let mut changed = proofs;
            changed[at][0] ^= 1;
            assert_eq!(keys.unproven(&ledger, &changed), Some(name));
        }
    }
}
