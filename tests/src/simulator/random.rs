//! The one source of chance in a run.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// Chance that is the same for the same seed, on every machine.
#[derive(Clone, Debug)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.0.next_u64() % (high - low + 1)
    }

    /// An index below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.between(0, u64::try_from(count).unwrap() - 1)).unwrap()
    }

    /// True in `per_million` of a million cases.
    pub(crate) fn chance(&mut self, per_million: u64) -> bool {
        self.between(1, 1_000_000) <= per_million
    }

    /// One of `choices`.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
