//! Messages as bytes: one byte for the kind, then bincode under the limit of that kind.
//!
//! A proposal is its kind, the length of the head (two bytes, little endian),
//! the head, and the block as `core` encodes it.

use std::sync::Arc;

use plenary_core::{
    block::Block,
    codec::{self, CodecError},
};

use crate::{
    certificate::CommitCertificate,
    limits::{BUNDLE_BYTES_MAX, BUNDLE_VOTES_MAX, PROPOSAL_BYTES_MAX, VOTE_BYTES_MAX},
    message::{Message, Proposal, ProposalHead, Vote},
};

const PROPOSAL: u8 = 1;
const VOTE: u8 = 2;
const BUNDLE: u8 = 3;
const COMMIT: u8 = 4;

/// The bytes of `message`.
pub fn encode(message: &Message) -> Result<Vec<u8>, CodecError> {
    let (kind, body) = match message {
        Message::Proposal(proposal) => (PROPOSAL, encode_proposal(proposal)?),
        Message::Vote(vote) => (VOTE, codec::encode::<VOTE_BYTES_MAX, Vote>(vote)?),
        Message::Bundle(votes) => (BUNDLE, codec::encode::<BUNDLE_BYTES_MAX, Vec<Vote>>(votes)?),
        Message::Commit(certificate) => (COMMIT, certificate.encode()?),
    };
    Ok([&[kind], body.as_slice()].concat())
}

/// Reads what `encode` wrote, if it is coherent; signatures are not checked here.
pub fn decode(bytes: &[u8]) -> Result<Message, CodecError> {
    let (kind, body) = bytes.split_first().ok_or(CodecError::Malformed)?;
    match *kind {
        PROPOSAL => decode_proposal(body).map(Message::Proposal),
        VOTE => codec::decode::<VOTE_BYTES_MAX, Vote>(body).map(Message::Vote),
        BUNDLE => decode_bundle(body).map(Message::Bundle),
        COMMIT => CommitCertificate::decode(body).map(Message::Commit),
        _ => Err(CodecError::Malformed),
    }
}

fn encode_proposal(proposal: &Proposal) -> Result<Vec<u8>, CodecError> {
    let head = codec::encode::<VOTE_BYTES_MAX, ProposalHead>(&proposal.head)?;
    let length = u16::try_from(head.len()).map_err(|_| CodecError::Malformed)?;
    Ok([length.to_le_bytes().as_slice(), &head, &proposal.block.encode()?].concat())
}

fn decode_proposal(body: &[u8]) -> Result<Proposal, CodecError> {
    if body.len() > PROPOSAL_BYTES_MAX {
        return Err(CodecError::TooLong { found: body.len(), limit: PROPOSAL_BYTES_MAX });
    }
    let (length, body) = body.split_first_chunk().ok_or(CodecError::Malformed)?;
    let length = usize::from(u16::from_le_bytes(*length));
    let (head, block) = body.split_at_checked(length).ok_or(CodecError::Malformed)?;
    let head = codec::decode::<VOTE_BYTES_MAX, ProposalHead>(head)?;
    let block = Block::decode(block)?;
    let names_block = head.block == block.id() && head.height == block.header.height;
    let looks_back = head.valid_round.is_none_or(|valid_round| valid_round < head.round);
    if !names_block || !looks_back {
        return Err(CodecError::Malformed);
    }
    Ok(Proposal { head, block: Arc::new(block) })
}

fn decode_bundle(body: &[u8]) -> Result<Vec<Vote>, CodecError> {
    let votes = codec::decode::<BUNDLE_BYTES_MAX, Vec<Vote>>(body)?;
    let first = votes.first().ok_or(CodecError::Malformed)?;
    let coherent = votes.iter().all(|vote| (vote.height, vote.round) == (first.height, first.round));
    if !coherent || votes.len() > BUNDLE_VOTES_MAX {
        return Err(CodecError::Malformed);
    }
    Ok(votes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        message::{Round, Step},
        testing::{block_on, certificate, genesis, proposal, set, vote},
    };
    use plenary_core::time::Moment;

    fn messages() -> Vec<Message> {
        let block = block_on(&genesis(), 1, Moment::from_ms(2_000_000).unwrap(), &[b"one", b"two"]);
        vec![
            Message::Proposal(proposal(1, 3, Some(2), &block)),
            Message::Vote(vote(1, 7, 3, Step::Prevote, None)),
            Message::Vote(vote(1, 7, 3, Step::Precommit, Some(9))),
            Message::Bundle((0..21).flat_map(|n| vec![vote(n, 7, 3, Step::Prevote, Some(9)); 2]).collect()),
            Message::Commit(certificate(&set(21), 7, 3, 9, 21)),
        ]
    }

    #[test]
    fn decoding_is_the_inverse_of_encoding() {
        for message in messages() {
            let bytes = encode(&message).unwrap();
            assert_eq!(decode(&bytes).as_ref(), Ok(&message));
            for cut in 0..bytes.len() {
                assert!(decode(&bytes[..cut]).is_err(), "{cut} bytes of {message:?}");
            }
            assert!(decode(&[bytes.as_slice(), &[0]].concat()).is_err(), "a byte after {message:?}");
        }
    }

    #[test]
    fn any_changed_byte_changes_the_message_or_is_refused() {
        for message in messages() {
            let bytes = encode(&message).unwrap();
            for place in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[place] ^= 0x80;
                assert_ne!(decode(&changed).as_ref(), Ok(&message), "byte {place}");
            }
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let block = block_on(&genesis(), 1, Moment::from_ms(2_000_000).unwrap(), &[]);
        let other = block_on(&genesis(), 2, Moment::from_ms(2_000_000).unwrap(), &[]);
        let sound = proposal(1, 3, None, &block);
        //    what is wrong
        check(Message::Proposal(Proposal { block: other, ..sound.clone() }), "another block");
        check(Message::Proposal(proposal(1, 3, Some(3), &block)), "a valid round that is not earlier");
        let mut tall = sound.clone();
        tall.head.height = tall.head.height.next().unwrap();
        check(Message::Proposal(tall), "another height");
        check(Message::Bundle(vec![]), "an empty bundle");
        let mixed = vec![vote(1, 7, 3, Step::Prevote, None), vote(2, 7, 4, Step::Prevote, None)];
        check(Message::Bundle(mixed), "two rounds");
        check(Message::Bundle(vec![vote(1, 7, 3, Step::Prevote, None); 43]), "too many votes");
        fn check(message: Message, what: &str) {
            assert!(encode(&message).and_then(|bytes| decode(&bytes)).is_err(), "{what}");
        }
    }

    #[test]
    fn a_round_beyond_the_last_is_refused() {
        let last = Message::Vote(Vote { round: Round::LAST, ..vote(1, 7, 0, Step::Prevote, None) });
        let mut bytes = encode(&last).unwrap();
        assert_eq!(decode(&bytes), Ok(last));
        //    kind, then eight bytes of height, then the round
        bytes[9..13].copy_from_slice(&(Round::LAST.as_u32() + 1).to_le_bytes());
        assert_eq!(decode(&bytes), Err(CodecError::Malformed));
    }
}
