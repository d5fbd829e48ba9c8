//! The journal and the signer's guard, as one preallocated file: pure encoding, the node does the IO.
//!
//! ```text
//!      0  slot A: owner, number, last cosigned head, checksum
//!   4096  slot B: the same; the sound slot with the higher number counts
//!   8192  frames of the height being decided, from the first on; each is aligned
//!         to 64 bytes and names the height, its sequence, how many frames before
//!         it were synced when it was written, and the checksum of its predecessor
//! ```
//!
//! A new height begins at the first frame again: by then the old height is in
//! the store, so its frames are of no more use. A frame that never reached the
//! disk whole ends the journal, since nothing that depends on it was said; but
//! if a later frame tells that it had been synced, the file is damaged, and a
//! node that went on could contradict itself.

use std::sync::Arc;

use plenary_core::{
    block::{Height, TreeHead},
    codec::{self, CodecError},
    hash::Digest,
    keys::ValidatorKey,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    message::{Message, Proposal, Round, Vote},
    wire,
};

/// Bytes before the first frame: the two slots of the guard.
pub const FRAMES_START: usize = 8_192;

const SLOTS: [usize; 2] = [0, 4_096];
const SLOT_BYTES_MAX: usize = 256;
const FRAME_ALIGNMENT: usize = 64;
const FRAME_MAGIC: [u8; 4] = *b"plnF";
const FRAME_HEAD: usize = 96;
const DOMAIN: &[u8] = b"plenary/journal/v1\n";

/// Whose journal it is: a key that signs, on one ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Owner {
    /// Leaf hash of the genesis line.
    pub ledger: Digest,
    /// The validator whose key signs.
    pub validator: ValidatorKey,
}

/// What a replica waits for in a round, and for how long at most.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Wait {
    /// For the proposal.
    Propose,
    /// For more prevotes, once a quorum disagrees.
    Prevote,
    /// For more precommits, once a quorum disagrees.
    Precommit,
}

/// What moved the replica at the height that it is deciding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Entry {
    /// A vote, own or another's.
    Vote(Vote),
    /// A proposal, own or another's, that was found acceptable.
    Proposal(Proposal),
    /// Prevotes of a quorum for one block.
    Polka(Vec<Vote>),
    /// The end of a wait.
    Timeout {
        /// The round waited in.
        round: Round,
        /// What was waited for.
        wait: Wait,
    },
    /// A sound proposal that was judged untimely or to leave records out; it is not judged again.
    Withheld(Proposal),
}

/// Bytes to write at an offset of the file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Write {
    /// Where the bytes begin.
    pub offset: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Why a journal cannot be used. The node must then observe and say what to do, never vote.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum JournalError {
    /// Neither slot of the guard is sound.
    #[error("the signer's guard is damaged or missing")]
    NoGuard,
    /// The file belongs to another key or another ledger.
    #[error("the journal belongs to {0:?}")]
    Foreign(ValidatorKey),
    /// The journal is of a later height than the store: the store lost what was committed.
    #[error("the journal is at height {journal}, the store is at {store}")]
    StoreBehind {
        /// Height of the journal.
        journal: Height,
        /// Height that the store says is to be decided.
        store: Height,
    },
    /// A part that had reached the disk is not there any more.
    #[error("frame {0} had been synced and is damaged")]
    Damaged(u64),
    /// No room is left at this height: preallocate more and `extend`.
    #[error("the journal is full")]
    Full,
    /// An entry is larger than any message may be.
    #[error("the entry cannot be encoded: {0}")]
    Entry(#[from] CodecError),
}

/// What a journal holds.
#[derive(Debug)]
pub struct Recovered {
    /// What moved the replica at the height asked for, in order.
    pub entries: Vec<Entry>,
    /// The last head of the log that was cosigned.
    pub cosigned: Option<TreeHead>,
    /// Continues the journal.
    pub writer: Writer,
}

/// Where the next frame goes.
#[derive(Debug)]
pub struct Writer {
    owner: Owner,
    capacity: usize,
    height: Height,
    offset: usize,
    sequence: u64,
    synced: u64,
    previous: Digest,
    slot: Slot,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Slot {
    owner: Owner,
    number: u64,
    cosigned: Option<TreeHead>,
}

struct Frame<'a> {
    height: Height,
    sequence: u64,
    synced: u64,
    previous: Digest,
    digest: Digest,
    payload: &'a [u8],
}

/// The bytes before the first frame of a new journal. The rest of the file is zero.
pub fn blank(owner: Owner) -> Result<Vec<u8>, JournalError> {
    let mut bytes = Slot { owner, number: 0, cosigned: None }.encode()?;
    bytes.resize(FRAMES_START, 0);
    Ok(bytes)
}

/// Reads a journal whose owner is about to decide `height`.
pub fn recover(bytes: &[u8], owner: Owner, height: Height) -> Result<Recovered, JournalError> {
    let slots = SLOTS.iter().filter_map(|offset| Slot::decode(bytes.get(*offset..)?));
    let slot = slots.max_by_key(|slot| slot.number).ok_or(JournalError::NoGuard)?;
    if slot.owner != owner {
        return Err(JournalError::Foreign(slot.owner.validator));
    }
    let mut writer = Writer {
        owner,
        capacity: bytes.len(),
        height,
        offset: FRAMES_START,
        sequence: 0,
        synced: 0,
        previous: Digest::ZERO,
        slot,
    };
    let mut entries = Vec::new();
    while let Some(frame) = writer.read(bytes, writer.offset).filter(|frame| writer.is_next(frame)) {
        if !frame.payload.is_empty() {
            entries.push(Entry::decode(frame.payload).map_err(|_| JournalError::Damaged(frame.sequence))?);
        }
        writer.pass(&frame);
    }
    writer.look_beyond(bytes)?;
    Ok(Recovered { entries, cosigned: slot.cosigned, writer })
}

impl Writer {
    /// Appends `entry` of `height`. A later height than before begins anew.
    pub fn append(&mut self, height: Height, entry: &Entry) -> Result<Write, JournalError> {
        if height != self.height {
            self.height = height;
            self.offset = FRAMES_START;
            self.sequence = 0;
            self.synced = 0;
            self.previous = Digest::ZERO;
        }
        self.frame(&entry.encode()?)
    }

    /// Takes note that the file has been preallocated up to `capacity` bytes.
    pub fn extend(&mut self, capacity: usize) {
        self.capacity = self.capacity.max(capacity);
    }

    /// Takes note that all writes so far are on the disk. The write that is
    /// returned need not be synced: it tells a later recovery what to expect.
    pub fn synced(&mut self) -> Result<Write, JournalError> {
        self.synced = self.sequence;
        self.frame(&[])
    }

    /// Remembers a cosigned head. The write must be synced before the cosignature is sent.
    pub fn cosigned(&mut self, head: TreeHead) -> Result<Write, JournalError> {
        self.slot.number = self.slot.number.saturating_add(1);
        self.slot.cosigned = Some(head);
        let [even, odd] = SLOTS;
        let offset = if self.slot.number.is_multiple_of(2) { even } else { odd };
        Ok(Write { offset, bytes: self.slot.encode()? })
    }

    fn frame(&mut self, payload: &[u8]) -> Result<Write, JournalError> {
        let length = u32::try_from(payload.len()).map_err(|_| JournalError::Full)?;
        let mut bytes = [
            FRAME_MAGIC.as_slice(),
            &length.to_le_bytes(),
            &self.height.as_u64().to_le_bytes(),
            &self.sequence.to_le_bytes(),
            &self.synced.to_le_bytes(),
            self.previous.as_bytes(),
        ]
        .concat();
        let digest = self.digest(&bytes, payload);
        bytes.extend_from_slice(digest.as_bytes());
        bytes.extend_from_slice(payload);
        let end = self.offset.saturating_add(aligned(bytes.len()));
        if end > self.capacity {
            return Err(JournalError::Full);
        }
        let write = Write { offset: self.offset, bytes };
        self.offset = end;
        self.sequence = self.sequence.saturating_add(1);
        self.previous = digest;
        Ok(write)
    }

    fn digest(&self, head: &[u8], payload: &[u8]) -> Digest {
        Digest::of_parts(&[DOMAIN, self.owner.ledger.as_bytes(), self.owner.validator.as_bytes(), head, payload])
    }

    /// The frame at `offset`, if it is whole.
    fn read<'a>(&self, bytes: &'a [u8], offset: usize) -> Option<Frame<'a>> {
        let rest = bytes.get(offset..)?;
        let rest_after_magic = rest.strip_prefix(FRAME_MAGIC.as_slice())?;
        let (length, tail) = rest_after_magic.split_first_chunk()?;
        let (height, tail) = tail.split_first_chunk()?;
        let (sequence, tail) = tail.split_first_chunk()?;
        let (synced, tail) = tail.split_first_chunk()?;
        let (previous, tail) = tail.split_first_chunk()?;
        let (digest, tail) = tail.split_first_chunk()?;
        let payload = tail.get(..usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let digest = Digest::from_bytes(*digest);
        let head = rest.get(..FRAME_HEAD.checked_sub(32)?)?;
        (self.digest(head, payload) == digest).then_some(Frame {
            height: Height::new(u64::from_le_bytes(*height))?,
            sequence: u64::from_le_bytes(*sequence),
            synced: u64::from_le_bytes(*synced),
            previous: Digest::from_bytes(*previous),
            digest,
            payload,
        })
    }

    fn is_next(&self, frame: &Frame<'_>) -> bool {
        (frame.height, frame.sequence, frame.previous) == (self.height, self.sequence, self.previous)
    }

    fn pass(&mut self, frame: &Frame<'_>) {
        self.offset = self.offset.saturating_add(aligned(FRAME_HEAD.saturating_add(frame.payload.len())));
        self.sequence = self.sequence.saturating_add(1);
        self.previous = frame.digest;
    }

    /// Searches behind the last frame for one that tells that more had been synced.
    fn look_beyond(&self, bytes: &[u8]) -> Result<(), JournalError> {
        for offset in (self.offset..bytes.len()).step_by(FRAME_ALIGNMENT) {
            let Some(frame) = self.read(bytes, offset) else { continue };
            if frame.height > self.height {
                return Err(JournalError::StoreBehind { journal: frame.height, store: self.height });
            }
            if frame.height == self.height && frame.synced > self.sequence {
                return Err(JournalError::Damaged(self.sequence));
            }
        }
        Ok(())
    }
}

impl Slot {
    fn encode(&self) -> Result<Vec<u8>, JournalError> {
        let body = codec::encode::<SLOT_BYTES_MAX, Self>(self)?;
        let digest = Digest::of_parts(&[DOMAIN, &body]);
        let length = u16::try_from(body.len()).map_err(|_| JournalError::Full)?;
        Ok([length.to_le_bytes().as_slice(), digest.as_bytes(), &body].concat())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (length, tail) = bytes.split_first_chunk()?;
        let (digest, tail) = tail.split_first_chunk()?;
        let body = tail.get(..usize::from(u16::from_le_bytes(*length)))?;
        if Digest::of_parts(&[DOMAIN, body]) != Digest::from_bytes(*digest) {
            return None;
        }
        codec::decode::<SLOT_BYTES_MAX, Self>(body).ok()
    }
}

impl Entry {
    const VOTE: u8 = 1;
    const PROPOSAL: u8 = 2;
    const POLKA: u8 = 3;
    const TIMEOUT: u8 = 4;
    const WITHHELD: u8 = 5;

    fn encode(&self) -> Result<Vec<u8>, CodecError> {
        let (kind, body) = match self {
            Self::Vote(vote) => (Self::VOTE, wire::encode(&Message::Vote(vote.clone()))?),
            Self::Proposal(proposal) => (Self::PROPOSAL, encode_proposal(proposal)?),
            Self::Polka(votes) => (Self::POLKA, wire::encode(&Message::Bundle(votes.clone()))?),
            Self::Timeout { round, wait } => (Self::TIMEOUT, codec::encode::<16, (Round, Wait)>(&(*round, *wait))?),
            Self::Withheld(proposal) => (Self::WITHHELD, encode_proposal(proposal)?),
        };
        Ok([&[kind], body.as_slice()].concat())
    }

    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let (kind, body) = bytes.split_first().ok_or(CodecError::Malformed)?;
        if *kind == Self::TIMEOUT {
            let (round, wait) = codec::decode::<16, (Round, Wait)>(body)?;
            return Ok(Self::Timeout { round, wait });
        }
        match (*kind, wire::decode(body)?) {
            (Self::VOTE, Message::Vote(vote)) => Ok(Self::Vote(vote)),
            (Self::PROPOSAL, Message::Proposal(proposal)) => Ok(Self::Proposal(proposal)),
            (Self::POLKA, Message::Bundle(votes)) => Ok(Self::Polka(votes)),
            (Self::WITHHELD, Message::Proposal(proposal)) => Ok(Self::Withheld(proposal)),
            (_, Message::Vote(_) | Message::Proposal(_) | Message::Bundle(_) | Message::Commit(_)) => {
                Err(CodecError::Malformed)
            }
        }
    }
}

fn encode_proposal(proposal: &Proposal) -> Result<Vec<u8>, CodecError> {
    let Proposal { head, block } = proposal;
    wire::encode(&Message::Proposal(Proposal { head: head.clone(), block: Arc::clone(block) }))
}

fn aligned(length: usize) -> usize {
    length.next_multiple_of(FRAME_ALIGNMENT)
}

#[cfg(test)]
mod tests;
