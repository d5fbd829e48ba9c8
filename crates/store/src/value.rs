//! Values as they are stored: the bytes and their checksum.
//!
//! The checksum is the first eight bytes of SHA-256 over the column, the key
//! and the value, so that a flipped bit and a value under another key are
//! both seen. SHA-256 is here already and takes some 150 ns for a node; a
//! CRC-32C would be faster, but with four bytes one damage in 2^32 passes.
//! It is no defence against who can write to the disk: the trees are.

use plenary_core::{
    block::{BlockId, Header, Height, TreeHead},
    codec,
    hash::Digest,
    subject::{Chain, Subject},
    time::Moment,
};
use plenary_procedure::{
    execute::{Head, Slot},
    state::SubjectState,
};

use crate::{
    error::{Error, Fault},
    schema::Key,
};

const DOMAIN: &[u8] = b"plenary/store/v1";

const CHECKSUM_BYTES: usize = 8;

/// The bytes to store under `key`: the value and its checksum.
pub(crate) fn with_checksum(key: &Key, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len().saturating_add(CHECKSUM_BYTES));
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(&checksum(key, value));
    bytes
}

/// The value that was stored under `key`, if it still is what it was.
pub(crate) fn checked<'a>(key: &Key, stored: &'a [u8]) -> Result<&'a [u8], Error> {
    match stored.split_last_chunk::<CHECKSUM_BYTES>() {
        Some((value, found)) if *found == checksum(key, value) => Ok(value),
        Some(_) | None => Err(Error::corrupt(key, Fault::Checksum)),
    }
}

fn checksum(key: &Key, value: &[u8]) -> [u8; CHECKSUM_BYTES] {
    // Names end with a zero byte and keys come with their length, so that no
    // two places have the same input.
    let name = key.column().name().as_bytes();
    let length = u64::try_from(key.bytes().len()).unwrap_or(u64::MAX).to_be_bytes();
    let digest = Digest::of_parts(&[DOMAIN, name, &[0], &length, key.bytes(), value]);
    let (first, _) = digest.as_bytes().split_first_chunk().unwrap_or((&[0; CHECKSUM_BYTES], &[]));
    *first
}

pub(crate) fn read_number(value: &[u8]) -> Option<u64> {
    value.try_into().ok().map(u64::from_be_bytes)
}

pub(crate) fn read_digest(value: &[u8]) -> Option<Digest> {
    value.try_into().ok().map(Digest::from_bytes)
}

pub(crate) fn read_subject(value: &[u8]) -> Option<Subject> {
    str::from_utf8(value).ok().and_then(Subject::parse)
}

pub(crate) fn write_slot(slot: &Slot) -> Vec<u8> {
    [&slot.index.to_be_bytes()[..], &slot.chain.count.to_be_bytes(), slot.chain.head.as_bytes()].concat()
}

pub(crate) fn read_slot(value: &[u8]) -> Option<Slot> {
    let (index, rest) = value.split_first_chunk::<8>()?;
    let (count, head) = rest.split_first_chunk::<8>()?;
    let chain = Chain { count: u64::from_be_bytes(*count), head: read_digest(head)? };
    Some(Slot { index: u64::from_be_bytes(*index), chain })
}

pub(crate) fn write_state(state: &SubjectState) -> Option<Vec<u8>> {
    state.encode().ok()
}

pub(crate) fn read_state(value: &[u8]) -> Option<SubjectState> {
    SubjectState::decode(value).ok()
}

/// A header and the index of its block's first entry.
pub(crate) struct StoredHeader {
    pub(crate) first: u64,
    pub(crate) header: Header,
}

const HEADER_BYTES_MAX: usize = 1_024;

impl StoredHeader {
    pub(crate) fn write(&self) -> Option<Vec<u8>> {
        let header = codec::encode::<HEADER_BYTES_MAX, Header>(&self.header).ok()?;
        Some([self.first.to_be_bytes().as_slice(), &header].concat())
    }

    pub(crate) fn read(value: &[u8]) -> Option<Self> {
        let (first, header) = value.split_first_chunk::<8>()?;
        let header = codec::decode::<HEADER_BYTES_MAX, Header>(header).ok()?;
        (header.version == Header::VERSION).then_some(Self { first: u64::from_be_bytes(*first), header })
    }
}

type HeadFields = (Height, Moment, BlockId, u64, Digest, TreeHead, TreeHead, Digest);

const HEAD_BYTES_MAX: usize = 512;

pub(crate) fn write_head(head: &Head) -> Option<Vec<u8>> {
    let Head { height, time, block, epoch, policy, log, slots, seal } = *head;
    codec::encode::<HEAD_BYTES_MAX, HeadFields>(&(height, time, block, epoch, policy, log, slots, seal)).ok()
}

pub(crate) fn read_head(value: &[u8]) -> Option<Head> {
    let fields: HeadFields = codec::decode::<HEAD_BYTES_MAX, HeadFields>(value).ok()?;
    let (height, time, block, epoch, policy, log, slots, seal) = fields;
    Some(Head { height, time, block, epoch, policy, log, slots, seal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    #[test]
    fn a_flipped_bit_is_seen() {
        let key = Key::entry(7);
        let stored = with_checksum(&key, b"value");
        assert_eq!(checked(&key, &stored), Ok(b"value".as_slice()));
        let fault =
            Err(Error::Corrupt { column: Column::Entries, key: "0000000000000007".into(), fault: Fault::Checksum });
        for bit in 0..stored.len() * 8 {
            let mut altered = stored.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(checked(&key, &altered), fault, "bit {bit}");
        }
        assert_eq!(checked(&key, &stored[..7]), fault);
        assert_eq!(checked(&key, &[]), fault);
    }

    #[test]
    fn a_value_belongs_to_its_key_and_column() {
        let stored = with_checksum(&Key::entry(7), b"value");
        assert!(checked(&Key::entry(8), &stored).is_err());
        assert!(checked(&Key::checkpoint(7), &stored).is_err());
    }

    #[test]
    fn a_head_and_a_slot_are_read_as_they_were_written() {
        let head = Head {
            height: Height::new(7).unwrap(),
            time: Moment::from_ms(8).unwrap(),
            block: BlockId::from_digest(Digest::of(b"block")),
            epoch: 9,
            policy: Digest::of(b"policy"),
            log: TreeHead { size: 10, root: Digest::of(b"log") },
            slots: TreeHead { size: 11, root: Digest::of(b"slots") },
            seal: Digest::of(b"seal"),
        };
        assert_eq!(write_head(&head).as_deref().and_then(read_head), Some(head));
        let slot = Slot { index: 1, chain: Chain { count: 2, head: Digest::of(b"3") } };
        assert_eq!(read_slot(&write_slot(&slot)), Some(slot));
    }
}
