//! The one place that names bincode: what nodes store and exchange.
//!
//! Integers have a fixed width and are little endian, so a value has one
//! encoding. Every message type brings its limit, because a nine-byte input
//! may claim a vector of 2^40 bytes. Input must be consumed exactly.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

/// Why bytes are not the encoding of a value.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum CodecError {
    /// More bytes than the message type allows.
    #[error("{found} bytes exceed the limit of {limit} bytes")]
    TooLong {
        /// Bytes received.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes end early, claim too much, or name an unknown variant.
    #[error("the bytes are not a valid encoding")]
    Malformed,
    /// Bytes are left after the value.
    #[error("{0} bytes follow the value")]
    Trailing(usize),
    /// The value has another, canonical encoding.
    #[error("the encoding is not the canonical one")]
    NotCanonical,
}

const fn config<const LIMIT: usize>() -> Configuration<LittleEndian, Fixint, Limit<LIMIT>> {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<LIMIT>()
}

/// Encodes `value`, or fails if the encoding exceeds `LIMIT` bytes.
pub fn encode<const LIMIT: usize, T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    bincode::serde::encode_to_vec(value, config::<LIMIT>()).map_err(|_| CodecError::Malformed).and_then(|bytes| {
        if bytes.len() > LIMIT {
            return Err(CodecError::TooLong { found: bytes.len(), limit: LIMIT });
        }
        Ok(bytes)
    })
}

/// Decodes a value from exactly `bytes`, of which there may be `LIMIT` at most.
///
/// The value is encoded again and compared, so that what is hashed or signed
/// has one spelling only.
pub fn decode<const LIMIT: usize, T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > LIMIT {
        return Err(CodecError::TooLong { found: bytes.len(), limit: LIMIT });
    }
    let (value, read) =
        bincode::serde::decode_from_slice::<T, _>(bytes, config::<LIMIT>()).map_err(|_| CodecError::Malformed)?;
    if read != bytes.len() {
        return Err(CodecError::Trailing(bytes.len().saturating_sub(read)));
    }
    if encode::<LIMIT, T>(&value)? != bytes {
        return Err(CodecError::NotCanonical);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_bomb_is_refused() {
        let mut bomb = vec![0; 8];
        bomb.splice(0..8, (1_u64 << 40).to_le_bytes());
        bomb.push(0);
        assert_eq!(decode::<1024, Vec<u8>>(&bomb), Err(CodecError::Malformed));
    }

    #[test]
    fn input_is_consumed_exactly() {
        let bytes = encode::<64, (u64, u16)>(&(7, 9)).unwrap();
        assert_eq!(bytes.len(), 10);
        assert_eq!(decode::<64, (u64, u16)>(&bytes), Ok((7, 9)));
        assert_eq!(decode::<64, (u64, u16)>(&bytes[..9]), Err(CodecError::Malformed));
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(decode::<64, (u64, u16)>(&longer), Err(CodecError::Trailing(1)));
        assert_eq!(decode::<8, (u64, u16)>(&bytes), Err(CodecError::TooLong { found: 10, limit: 8 }));
    }

    #[test]
    fn a_second_spelling_is_refused() {
        use std::collections::BTreeMap;
        let sorted = encode::<64, Vec<(u8, u8)>>(&vec![(1, 1), (2, 2)]).unwrap();
        let swapped = encode::<64, Vec<(u8, u8)>>(&vec![(2, 2), (1, 1)]).unwrap();
        assert!(decode::<64, BTreeMap<u8, u8>>(&sorted).is_ok());
        assert_eq!(decode::<64, BTreeMap<u8, u8>>(&swapped), Err(CodecError::NotCanonical));
    }
}
