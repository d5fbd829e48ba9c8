//! How the ledger's own types are written in JSON: digests, times, numbers and
//! bytes, each in one spelling.

use std::{borrow::Cow, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use plenary_core::{block::Height, hash::Digest, time::Moment};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The last integer that a JSON reader with doubles holds exactly.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// A digest: `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Hash(pub Digest);

/// A time: RFC 3339 in UTC, such as `2017-06-07T09:30:00Z`.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct Time(pub Moment);

/// A height, index or count: an integer below 2^53.
#[derive(Clone, Copy, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Number(pub u64);

/// Bytes, in base64 with padding.
#[derive(Clone, Eq, PartialEq)]
pub struct Bytes(pub Vec<u8>);

impl Number {
    /// The height that the number is.
    pub fn height(self) -> Option<Height> {
        Height::new(self.0)
    }
}

impl From<Height> for Number {
    fn from(height: Height) -> Self {
        Self(height.as_u64())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Digest::parse(&text).map(Self).ok_or_else(|| D::Error::custom("not sha256: and 64 hexadecimal digits"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Moment::parse(&text).map(Self).ok_or_else(|| D::Error::custom("not a time such as 2017-06-07T09:30:00Z"))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        if number <= INTEGER_MAX { Ok(Self(number)) } else { Err(D::Error::custom("not an integer below 2^53")) }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        STANDARD.decode(text.as_bytes()).map(Self).map_err(|_| D::Error::custom("not base64"))
    }
}

impl JsonSchema for Hash {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^sha256:[0-9a-f]{64}$",
            "description": "A SHA-256 digest."
        })
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z$",
            "description": "A time: RFC 3339 in UTC."
        })
    }
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "minimum": 0,
            "maximum": INTEGER_MAX,
            "description": "A height, index or count."
        })
    }
}

impl JsonSchema for Bytes {
    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentEncoding": "base64",
            "description": "Bytes, in base64 with padding."
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_spelling() {
        let hash: Hash = serde_json::from_str(&format!("\"{}\"", Digest::of(b"a"))).unwrap();
        assert_eq!(hash.0, Digest::of(b"a"));
        assert!(serde_json::from_str::<Hash>("\"SHA256:00\"").is_err());
        assert_eq!(serde_json::from_str::<Number>("9007199254740991").unwrap(), Number(INTEGER_MAX));
        assert!(serde_json::from_str::<Number>("9007199254740992").is_err());
        assert!(serde_json::from_str::<Number>("1.0").is_err());
        assert!(serde_json::from_str::<Time>("\"2017-06-07T09:30:00+00:00\"").is_err());
        assert_eq!(serde_json::to_string(&Bytes(vec![0, 255])).unwrap(), "\"AP8=\"");
        assert!(serde_json::from_str::<Bytes>("\"AP9=\"").is_err());
    }
}
