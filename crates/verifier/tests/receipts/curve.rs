//! Signatures that lax verifiers take: malleated, and with points of small order.

use curve25519_dalek::{
    EdwardsPoint, Scalar, constants::EIGHT_TORSION, edwards::CompressedEdwardsY, traits::IsIdentity,
};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha512};

/// The order of the group, little endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature with S + L in the place of S.
pub(crate) fn malleated(signature: [u8; 64]) -> [u8; 64] {
    let mut altered = signature;
    let mut carry = 0;
    for (byte, order) in altered[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    altered
}

/// Every encoding of every point of small order, canonical and not.
pub(crate) fn weak_points() -> Vec<[u8; 32]> {
    let mut points: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    // y = 1 and y = -1 with the sign of an x that is zero; y = p and y = p + 1.
    for (low, middle, high) in [(0x01, 0, 0), (0xec, 0xff, 0x7f), (0xed, 0xff, 0x7f), (0xee, 0xff, 0x7f)] {
        for sign in [0, 0x80] {
            let mut bytes = [middle; 32];
            (bytes[0], bytes[31]) = (low, high | sign);
            points.push(bytes);
        }
    }
    points.sort_unstable();
    points.dedup();
    points
}

/// Points that are not of small order, with y + p for y.
pub(crate) fn strange_points() -> Vec<[u8; 32]> {
    let encoded = (2..19).map(|y| {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (0xed + y, 0x7f);
        bytes
    });
    encoded
        .filter(|bytes| CompressedEdwardsY(*bytes).decompress().is_some_and(|point| !point.is_small_order()))
        .collect()
}

fn challenge(commitment: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(commitment).chain_update(key).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

/// A signature under a key of small order, made without any secret.
///
/// R = s·B - j·A for a guess j; right once the challenge comes to j·A.
pub(crate) fn under_weak_key(key: &[u8; 32], message: &[u8]) -> [u8; 64] {
    let point = CompressedEdwardsY(*key).decompress().unwrap();
    for number in 1_u64.. {
        let s = Scalar::from(number);
        for guess in 0_u64..8 {
            let commitment = EdwardsPoint::mul_base(&s) - point * Scalar::from(guess);
            let bytes = commitment.compress().to_bytes();
            let fits = point * challenge(&bytes, key, message) - point * Scalar::from(guess);
            if fits.is_identity() {
                return [bytes, s.to_bytes()].concat().try_into().unwrap();
            }
        }
    }
    unreachable!("one guess in eight is right")
}

/// A signature with a commitment of small order: R is the identity, S is k·a.
pub(crate) fn with_weak_commitment(secret: &SigningKey, message: &[u8]) -> [u8; 64] {
    let mut commitment = [0; 32];
    commitment[0] = 1;
    let key = secret.verifying_key().to_bytes();
    let s = challenge(&commitment, &key, message) * secret.to_scalar();
    [commitment, s.to_bytes()].concat().try_into().unwrap()
}

#[test]
fn malleated_is_the_only_difference() {
    let secret = SigningKey::from_bytes(&[7; 32]);
    let signature = secret.sign(b"message").to_bytes();
    let altered = malleated(signature);
    assert_eq!(altered[..32], signature[..32]);
    let scalar = |bytes: &[u8]| Scalar::from_bytes_mod_order(bytes.try_into().unwrap());
    assert_eq!(scalar(&altered[32..]), scalar(&signature[32..]));
    assert!(weak_points().len() >= 12 && !strange_points().is_empty());
}
