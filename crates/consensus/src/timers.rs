//! What a replica waits for, and until when.

use std::collections::BTreeMap;

use plenary_core::time::Moment;

use crate::{engine::Alarm, message::Round};

/// What may be due.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Timer {
    /// Something that the engine waits for.
    Alarm(Alarm),
    /// The blocks that others have decided did not come.
    Behind,
}

/// The moments that are waited for; of the same moment, the lesser timer comes first.
#[derive(Debug, Default)]
pub(crate) struct Timers(BTreeMap<Timer, Moment>);

impl Timers {
    /// Waits until `moment`, and no longer until what was set before.
    pub(crate) fn set(&mut self, timer: Timer, moment: Moment) {
        self.0.insert(timer, moment);
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    pub(crate) fn has(&self, timer: Timer) -> bool {
        self.0.contains_key(&timer)
    }

    /// Forgets what the engine waited for.
    pub(crate) fn cancel_alarms(&mut self) {
        self.0.retain(|timer, _| match timer {
            Timer::Alarm(_) => false,
            Timer::Behind => true,
        });
    }

    /// The earliest moment waited for.
    pub(crate) fn earliest(&self) -> Option<Moment> {
        self.0.values().min().copied()
    }

    /// Takes the earliest timer that is due.
    pub(crate) fn take_due(&mut self, now: Moment) -> Option<Timer> {
        let due = self.0.iter().filter(|(_, moment)| **moment <= now);
        let (timer, _) = due.min_by_key(|(timer, moment)| (**moment, **timer))?;
        let timer = *timer;
        self.0.remove(&timer);
        Some(timer)
    }

    /// The clock went back by `ms`; nobody shall wait longer for it.
    pub(crate) fn set_back(&mut self, ms: u64) {
        for moment in self.0.values_mut() {
            *moment = moment.minus_ms(ms);
        }
    }
}

/// How many rounds' patience a height begins with.
///
/// Where full blocks take longer than the first round waits, every height would
/// lose that round again. So a height begins as patient as the last one had to
/// become, and a little less after each that went well. It moves waits alone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Pace(u32);

impl Pace {
    /// A validator that is gone shall not make the others slow for long.
    const MOST: u32 = 4;

    /// The last height was decided in `round`.
    pub(crate) fn learn(&mut self, round: Round) {
        self.0 = match round.as_u32() {
            0 => self.0.saturating_sub(1),
            lost => self.0.saturating_add(lost).min(Self::MOST),
        };
    }

    /// The round whose patience `round` has.
    pub(crate) fn of(self, round: Round) -> Round {
        round.plus(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{journal::Wait, testing::round};

    #[test]
    fn a_height_begins_as_patient_as_the_last_one_became() {
        let mut pace = Pace::default();
        for (decided_in, first) in [(0, 0), (1, 1), (2, 3), (0, 2), (40, 4), (0, 3), (0, 2), (0, 1), (0, 0), (0, 0)] {
            pace.learn(round(decided_in));
            assert_eq!(pace.of(round(0)), round(first), "after {decided_in}");
        }
    }

    #[test]
    fn timers_come_due_in_order() {
        let at = |ms| Moment::from_ms(ms).unwrap();
        let propose = Timer::Alarm(Alarm::Wait(Wait::Propose, round(0)));
        let resend = Timer::Alarm(Alarm::Resend(round(0)));
        let mut timers = Timers::default();
        timers.set(Timer::Behind, at(300));
        timers.set(resend, at(200));
        timers.set(propose, at(900));
        timers.set(propose, at(200));
        assert_eq!(timers.earliest(), Some(at(200)));
        assert_eq!(timers.take_due(at(199)), None);
        assert_eq!(timers.take_due(at(400)), Some(propose));
        assert_eq!(timers.take_due(at(400)), Some(resend));
        timers.set_back(250);
        assert_eq!(timers.take_due(at(50)), Some(Timer::Behind));
        assert_eq!(timers.earliest(), None);
        timers.set(propose, at(1));
        timers.set(Timer::Behind, at(1));
        timers.cancel_alarms();
        assert!(timers.has(Timer::Behind) && !timers.has(propose));
    }
}
