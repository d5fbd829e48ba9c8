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

/// Lists of byte strings, for `#[serde(with = "codec::byte_strings")]`.
///
/// The encoding is that of a list of lists of numbers; but a string is written and
/// read at once, and not byte by byte.
pub mod byte_strings {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{Error, Visitor},
        ser::SerializeSeq as _,
    };

    struct Written<'a>(&'a [u8]);

    struct Read(Vec<u8>);

    struct Bytes;

    /// Writes the list.
    pub fn serialize<S: Serializer>(list: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(list.len()))?;
        for bytes in list {
            sequence.serialize_element(&Written(bytes))?;
        }
        sequence.end()
    }

    /// Reads the list.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
        let list = Vec::<Read>::deserialize(deserializer)?;
        Ok(list.into_iter().map(|Read(bytes)| bytes).collect())
    }

    impl Serialize for Written<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(self.0)
        }
    }

    impl<'de> Deserialize<'de> for Read {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_byte_buf(Bytes).map(Self)
        }
    }

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }

        fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
            Ok(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Strings(#[serde(with = "byte_strings")] Vec<Vec<u8>>);

    #[test]
    fn byte_strings_are_lists_of_numbers() {
        let list = vec![vec![1, 2, 0xff], vec![], vec![7; 300]];
        let bytes = encode::<1024, Vec<Vec<u8>>>(&list).unwrap();
        assert_eq!(encode::<1024, Strings>(&Strings(list.clone())).unwrap(), bytes);
        assert_eq!(decode::<1024, Strings>(&bytes), Ok(Strings(list)));
        let mut bomb = 1_u64.to_le_bytes().to_vec();
        bomb.extend((1_u64 << 40).to_le_bytes());
        assert_eq!(decode::<1024, Strings>(&bomb), Err(CodecError::Malformed));
    }

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
