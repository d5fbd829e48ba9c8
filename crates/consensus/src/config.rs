//! What all validators of a ledger set alike, and how patient a replica is.

use plenary_core::{hash::Digest, time::Moment};

use crate::message::Round;

/// The settings of a replica.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Config {
    /// Leaf hash of the genesis line.
    pub ledger: Digest,
    /// Where ledger time comes from.
    pub clock: Clock,
    /// How long patience lasts; need not be the same everywhere.
    pub patience: Patience,
}

/// Where ledger time comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Clock {
    /// From the proposers' clocks.
    Wall {
        /// How far a block's time may be from the voter's clock.
        bound_ms: u64,
        /// How long after the last block an empty one is due.
        heartbeat_ms: u64,
    },
    /// From the records, so that history can be played; no block is empty.
    Replay,
}

/// How long a replica waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Patience {
    /// For a proposal.
    pub propose: Wait,
    /// For more votes, once a quorum disagrees.
    pub vote: Wait,
    /// Before it says again what may have been lost.
    pub resend_ms: u64,
    /// Before it asks for a block that others have decided and it has not.
    pub behind_ms: u64,
}

/// A wait that grows with the rounds, up to a limit: a long trouble must not make its end longer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wait {
    /// In the first round.
    pub first_ms: u64,
    /// More in each further round.
    pub step_ms: u64,
    /// At most.
    pub most_ms: u64,
}

impl Wait {
    pub(crate) fn ms(self, round: Round) -> u64 {
        let more = self.step_ms.saturating_mul(u64::from(round.as_u32()));
        // A wait of no time at all would end before anybody could speak.
        self.first_ms.saturating_add(more).min(self.most_ms).max(1)
    }
}

impl Default for Patience {
    /// For validators that are a few milliseconds apart and sync in five; the
    /// limits also serve those that are a continent apart.
    fn default() -> Self {
        Self {
            propose: Wait { first_ms: 500, step_ms: 250, most_ms: 3_000 },
            vote: Wait { first_ms: 200, step_ms: 100, most_ms: 1_000 },
            resend_ms: 1_000,
            behind_ms: 200,
        }
    }
}

impl Clock {
    /// Whether a block of `time` may be proposed now. Judged once, by each voter for itself.
    pub(crate) fn is_timely(self, time: Moment, now: Moment) -> bool {
        match self {
            Self::Wall { bound_ms, .. } => time <= now.plus_ms(bound_ms) && now <= time.plus_ms(bound_ms),
            Self::Replay => true,
        }
    }

    /// When an empty block is due after one of `parent`'s time, if ever.
    pub(crate) fn heartbeat(self, parent: Moment) -> Option<Moment> {
        match self {
            Self::Wall { heartbeat_ms, .. } => Some(parent.plus_ms(heartbeat_ms)),
            Self::Replay => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::round;

    #[test]
    fn waits_grow_and_end() {
        let wait = Patience::default().propose;
        //    round, milliseconds
        check(wait, 0, 500);
        check(wait, 1, 750);
        check(wait, 10, 3_000);
        check(wait, Round::LAST.as_u32(), 3_000);
        check(Wait { first_ms: 0, step_ms: 0, most_ms: 0 }, 5, 1);
        fn check(wait: Wait, r: u32, ms: u64) {
            assert_eq!(wait.ms(round(r)), ms, "{r}");
        }
    }

    #[test]
    fn a_time_is_judged_by_the_voters_clock() {
        //    bound, block's time, voter's clock, is timely
        check(100, 1_000, 1_000, true);
        check(100, 1_100, 1_000, true);
        check(100, 1_101, 1_000, false);
        check(100, 900, 1_000, true);
        check(100, 899, 1_000, false);
        fn check(bound_ms: u64, time: u64, now: u64, is_timely: bool) {
            let moment = |ms| Moment::from_ms(ms).unwrap();
            let clock = Clock::Wall { bound_ms, heartbeat_ms: 0 };
            assert_eq!(clock.is_timely(moment(time), moment(now)), is_timely, "{time} {now}");
            assert!(Clock::Replay.is_timely(moment(time), moment(now)));
        }
    }
}
