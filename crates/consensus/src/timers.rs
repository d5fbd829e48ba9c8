//! What a replica waits for, and until when.

use std::collections::BTreeMap;

use plenary_core::time::Moment;

use crate::engine::Alarm;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{journal::Wait, testing::round};

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
