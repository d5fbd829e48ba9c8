//! The validators in force at a height, their quorum, and whose turn it is to propose.

use plenary_core::{block::Height, keys::ValidatorKey};
use thiserror::Error;

use crate::{limits::VALIDATORS_MAX, message::Round};

/// Equal validators, sorted by key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ValidatorSet {
    keys: Vec<ValidatorKey>,
}

/// Why keys do not make a set of validators.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum SetError {
    /// No key at all.
    #[error("a set of validators cannot be empty")]
    Empty,
    /// More keys than a checkpoint can carry signatures for.
    #[error("{0} validators exceed the limit of {VALIDATORS_MAX}")]
    TooMany(usize),
    /// The same key twice: one validator would vote for two.
    #[error("key {0:?} is listed twice")]
    Repeated(ValidatorKey),
}

impl ValidatorSet {
    /// Sorts `keys` into a set. A ledger has 4 to 21 validators; tests may have fewer.
    pub fn new(mut keys: Vec<ValidatorKey>) -> Result<Self, SetError> {
        keys.sort();
        if keys.is_empty() {
            return Err(SetError::Empty);
        }
        if keys.len() > VALIDATORS_MAX {
            return Err(SetError::TooMany(keys.len()));
        }
        let mut pairs = keys.iter().zip(keys.iter().skip(1));
        if let Some((key, _)) = pairs.find(|(left, right)| left == right) {
            return Err(SetError::Repeated(*key));
        }
        Ok(Self { keys })
    }

    /// The keys in ascending order.
    pub fn keys(&self) -> &[ValidatorKey] {
        &self.keys
    }

    /// How many validators there are, at least one.
    pub fn size(&self) -> usize {
        self.keys.len()
    }

    /// Whether `key` has a seat.
    pub fn contains(&self, key: &ValidatorKey) -> bool {
        self.keys.binary_search(key).is_ok()
    }

    /// How many signatures make a decision: more than two thirds.
    pub fn quorum(&self) -> usize {
        self.size().saturating_mul(2).checked_div(3).unwrap_or_default().saturating_add(1)
    }

    /// How many validators may be faulty: less than a third.
    pub fn faulty(&self) -> usize {
        self.size().saturating_sub(1).checked_div(3).unwrap_or_default()
    }

    /// How many validators include a correct one.
    pub fn some_correct(&self) -> usize {
        self.faulty().saturating_add(1)
    }

    /// Who may propose in `round` at `height`: each in turn, so that a faulty proposer costs one round.
    pub fn proposer(&self, height: Height, round: Round) -> ValidatorKey {
        let turn = height.as_u64().saturating_add(u64::from(round.as_u32()));
        let size = u64::try_from(self.size()).unwrap_or(1);
        let seat = turn.checked_rem(size).and_then(|seat| usize::try_from(seat).ok()).unwrap_or_default();
        // A set is never empty, so the seat exists.
        self.keys.get(seat).or_else(|| self.keys.first()).copied().unwrap_or_else(|| unreachable!("an empty set"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::key;

    fn set(size: u8) -> ValidatorSet {
        ValidatorSet::new((0..size).map(key).collect()).unwrap()
    }

    #[test]
    fn a_quorum_is_more_than_two_thirds() {
        //    n, quorum, faulty; two quorums share more than the faulty
        check(1, 1, 0);
        check(2, 2, 0);
        check(3, 3, 0);
        check(4, 3, 1);
        //    2f + 1 would be 3 here, and two such quorums share one validator
        check(5, 4, 1);
        check(6, 5, 1);
        check(7, 5, 2);
        check(8, 6, 2);
        check(9, 7, 2);
        check(21, 15, 6);
        fn check(size: u8, quorum: usize, faulty: usize) {
            let set = set(size);
            assert_eq!((set.quorum(), set.faulty()), (quorum, faulty), "{size}");
            assert!(2 * quorum > set.size() + faulty, "two quorums of {size} share a correct validator");
            assert!(quorum + faulty <= set.size(), "{size} validators decide without the faulty ones");
        }
    }

    #[test]
    fn keys_are_sorted_and_unique() {
        let (one, two) = (key(1), key(2));
        assert_eq!(ValidatorSet::new(vec![one, two]), ValidatorSet::new(vec![two, one]));
        assert_eq!(ValidatorSet::new(vec![]), Err(SetError::Empty));
        assert_eq!(ValidatorSet::new(vec![one, two, one]), Err(SetError::Repeated(one)));
        assert_eq!(ValidatorSet::new((0..22).map(key).collect()), Err(SetError::TooMany(22)));
        assert!(set(4).contains(&key(3)));
        assert!(!set(4).contains(&key(4)));
    }

    #[test]
    fn every_validator_proposes_in_turn() {
        let set = set(4);
        //    height, round, seat
        check(&set, 1, 0, 1);
        check(&set, 1, 3, 0);
        check(&set, 4, 0, 0);
        check(&set, (1 << 53) - 1, u32::MAX / 2, 2);
        fn check(set: &ValidatorSet, height: u64, round: u32, seat: usize) {
            let proposer = set.proposer(Height::new(height).unwrap(), Round::new(round).unwrap());
            assert_eq!(proposer, set.keys()[seat], "{height} {round}");
        }
    }
}
