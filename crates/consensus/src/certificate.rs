//! The certificate that makes a block final: a quorum's precommits for it, of one round.

use plenary_core::{
    block::{BlockId, Height},
    codec::{self, CodecError},
    hash::Digest,
    keys::ValidatorKey,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    limits::CERTIFICATE_BYTES_MAX,
    message::{Round, Signature, Step, Vote},
    validators::ValidatorSet,
};

/// Precommits of a quorum for one block, without what they have in common.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CommitCertificate {
    /// The height decided.
    pub height: Height,
    /// The round in which it was decided.
    pub round: Round,
    /// The block decided on.
    pub block: BlockId,
    /// Who precommitted, in ascending order, and their signatures.
    pub signatures: Vec<(ValidatorKey, Signature)>,
}

/// Why a certificate does not make a block final.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum CertificateError {
    /// Signers are repeated or not in ascending order.
    #[error("the signers are not in ascending order")]
    Order,
    /// Somebody signed who has no seat.
    #[error("{0:?} is no validator of this height")]
    Stranger(ValidatorKey),
    /// A signature is not its signer's.
    #[error("the signature of {0:?} is not valid")]
    Signature(ValidatorKey),
    /// Too few signatures.
    #[error("{found} of {needed} signatures")]
    TooFew {
        /// Signatures found.
        found: usize,
        /// Signatures that make a quorum.
        needed: usize,
    },
}

impl CommitCertificate {
    /// The precommits that this certificate is made of.
    pub fn votes(&self) -> impl Iterator<Item = Vote> {
        self.signatures.iter().map(|(author, signature)| Vote {
            height: self.height,
            round: self.round,
            step: Step::Precommit,
            block: Some(self.block),
            author: *author,
            signature: *signature,
        })
    }

    /// Checks that a quorum of `set`, the validators of this height, signed.
    pub fn verify(&self, ledger: &Digest, set: &ValidatorSet) -> Result<(), CertificateError> {
        self.verify_by(set, |vote| vote.verify(ledger))
    }

    /// The same check with another way of verifying a vote's signature.
    pub(crate) fn verify_by(
        &self,
        set: &ValidatorSet,
        mut is_valid: impl FnMut(&Vote) -> bool,
    ) -> Result<(), CertificateError> {
        let mut pairs = self.signatures.iter().zip(self.signatures.iter().skip(1));
        if pairs.any(|(left, right)| left.0 >= right.0) {
            return Err(CertificateError::Order);
        }
        if self.signatures.len() < set.quorum() {
            return Err(CertificateError::TooFew { found: self.signatures.len(), needed: set.quorum() });
        }
        for vote in self.votes() {
            if !set.contains(&vote.author) {
                return Err(CertificateError::Stranger(vote.author));
            }
            if !is_valid(&vote) {
                return Err(CertificateError::Signature(vote.author));
            }
        }
        Ok(())
    }

    /// The bytes that are stored beside the block and served to those who catch up.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode::<CERTIFICATE_BYTES_MAX, Self>(self)
    }

    /// Reads what `encode` wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        codec::decode::<CERTIFICATE_BYTES_MAX, Self>(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{LEDGER, certificate, key, set};

    #[test]
    fn only_a_quorum_of_distinct_validators_decides() {
        use CertificateError::{Order, Signature, Stranger, TooFew};
        let set = set(4);
        let whole = certificate(&set, 5, 2, 9, 4);
        let with = |change: fn(&mut CommitCertificate)| {
            let mut certificate = whole.clone();
            change(&mut certificate);
            certificate.verify(&LEDGER, &set)
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(with(|c| c.signatures.truncate(3)), Ok(()));
        assert_eq!(with(|c| c.signatures.truncate(2)), Err(TooFew { found: 2, needed: 3 }));
        assert_eq!(with(|c| c.signatures.clear()), Err(TooFew { found: 0, needed: 3 }));
        assert_eq!(with(|c| c.signatures.swap(0, 1)), Err(Order));
        assert_eq!(with(|c| c.signatures[1] = c.signatures[0]), Err(Order));
        assert!(matches!(with(|c| c.round = Round::FIRST), Err(Signature(_))));
        assert!(matches!(with(|c| c.height = Height::new(6).unwrap()), Err(Signature(_))));
        let stranger = certificate(&crate::testing::set(5), 5, 2, 9, 5);
        assert_eq!(stranger.verify(&LEDGER, &set), Err(Stranger(key(4))));
    }

    #[test]
    fn encoding_has_room_for_the_largest_set() {
        let set = set(21);
        let certificate = certificate(&set, 5, 2, 9, 21);
        let bytes = certificate.encode().unwrap();
        assert_eq!(CommitCertificate::decode(&bytes), Ok(certificate));
        assert!(CommitCertificate::decode(&bytes[1..]).is_err());
    }
}
