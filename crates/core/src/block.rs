//! Blocks and their headers: what validators agree on, in bincode.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    codec::{self, CodecError},
    hash::Digest,
    keys::ValidatorKey,
    time::Moment,
};

/// The largest encoded block, in bytes.
pub const BLOCK_BYTES_MAX: usize = 262_144;

/// The position of a block in the ledger; the genesis block is zero.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Height(u64);

impl Height {
    /// The height of the genesis block.
    pub const GENESIS: Self = Self(0);

    /// The last height that can be written exactly in JSON.
    pub const LAST: Self = Self((1 << 53) - 1);

    /// The height `number`, if it can be written exactly in JSON (below 2^53).
    pub const fn new(number: u64) -> Option<Self> {
        if number <= Self::LAST.0 { Some(Self(number)) } else { None }
    }

    /// The number.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The height after this one, or `None` at the end of the number range.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).and_then(Self::new)
    }

    /// The height before this one, or `None` for genesis.
    pub fn previous(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The digest that names a block: of its header, and through it of everything in it.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct BlockId(Digest);

impl BlockId {
    /// Takes over a digest that names a block.
    pub const fn from_digest(digest: Digest) -> Self {
        Self(digest)
    }

    /// The digest.
    pub const fn digest(&self) -> &Digest {
        &self.0
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The size and root of an RFC 9162 tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// Root hash.
    pub root: Digest,
}

/// What a block is, and what the ledger is after it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The layout of this header; 1.
    pub version: u16,
    /// Leaf hash of the genesis line.
    pub ledger: Digest,
    /// Position in the ledger.
    pub height: Height,
    /// Ledger time.
    pub time: Moment,
    /// Who built the block.
    pub proposer: ValidatorKey,
    /// The block before.
    pub parent: BlockId,
    /// The validators' epoch.
    pub epoch: u64,
    /// SHA-256 of the epoch's policy text.
    pub policy: Digest,
    /// The log after this block.
    pub log: TreeHead,
    /// The subjects' slots after this block.
    pub slots: TreeHead,
    /// Digest of the records, in their order.
    pub records: Digest,
}

impl Header {
    /// The layout that this version of the software writes and reads.
    pub const VERSION: u16 = 1;

    const ID_DOMAIN: &'static [u8] = b"plenary/block/v1";

    /// The block's name: SHA-256 of the domain and the encoded header.
    pub fn id(&self) -> BlockId {
        // A header is of fixed size, so its encoding cannot fail.
        let bytes = codec::encode::<1024, Self>(self).unwrap_or_default();
        BlockId(Digest::of_parts(&[Self::ID_DOMAIN, &bytes]))
    }
}

/// A header and the record files that it speaks of.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The record files, byte for byte as they were signed.
    #[serde(with = "codec::byte_strings")]
    pub records: Vec<Vec<u8>>,
}

impl Block {
    const RECORDS_DOMAIN: &'static [u8] = b"plenary/records/v1";

    /// The digest of `records` that a header carries: of the domain and the
    /// SHA-256 of each file in turn.
    pub fn digest_of<R: AsRef<[u8]>>(records: &[R]) -> Digest {
        let mut bytes = Self::RECORDS_DOMAIN.to_vec();
        for record in records {
            bytes.extend_from_slice(Digest::of(record.as_ref()).as_bytes());
        }
        Digest::of(&bytes)
    }

    /// The block's name.
    pub fn id(&self) -> BlockId {
        self.header.id()
    }

    /// Encodes the block, or fails if it exceeds `BLOCK_BYTES_MAX`.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode::<BLOCK_BYTES_MAX, Self>(self)
    }

    /// Decodes a block whose records are those that its header names.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let block = codec::decode::<BLOCK_BYTES_MAX, Self>(bytes)?;
        if block.header.version != Header::VERSION || Self::digest_of(&block.records) != block.header.records {
            return Err(CodecError::Malformed);
        }
        Ok(block)
    }
}
