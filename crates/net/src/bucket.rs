//! A token bucket: how many bytes may pass per second, and how many at once.

use std::time::Duration;

use tokio::time::Instant;

/// A level that rises with time up to a burst, and falls with what passes.
///
/// The level is counted in bytes times microseconds, so that it rises exactly
/// and no remainder is lost between two looks at it.
#[derive(Debug)]
pub(crate) struct Bucket {
    bytes_per_second: u64,
    burst_bytes: u64,
    level: i128,
    seen: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(bytes_per_second: u64, burst_bytes: u64, now: Instant) -> Self {
        Self { bytes_per_second, burst_bytes, level: scaled(burst_bytes), seen: now }
    }

    /// Takes `bytes` if they are there.
    pub(crate) fn take(&mut self, now: Instant, bytes: usize) -> bool {
        self.refill(now);
        let left = self.level.saturating_sub(scaled(u64::try_from(bytes).unwrap_or(u64::MAX)));
        if left < 0 {
            return false;
        }
        self.level = left;
        true
    }

    /// Takes `bytes` even if they are not there; the debt is paid by waiting.
    pub(crate) fn owe(&mut self, now: Instant, bytes: usize) {
        self.refill(now);
        self.level = self.level.saturating_sub(scaled(u64::try_from(bytes).unwrap_or(u64::MAX)));
    }

    /// When the debt is paid, or `None` if there is none.
    pub(crate) fn free_at(&mut self, now: Instant) -> Option<Instant> {
        self.refill(now);
        if 0 <= self.level {
            return None;
        }
        let rate = u128::from(self.bytes_per_second.max(1));
        let micros = self.level.unsigned_abs().div_ceil(rate);
        now.checked_add(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.seen).as_micros();
        if elapsed == 0 {
            return;
        }
        // Whole microseconds only: the rest counts the next time.
        let whole = Duration::from_micros(u64::try_from(elapsed).unwrap_or(u64::MAX));
        self.seen = self.seen.checked_add(whole).unwrap_or(now);
        let risen = elapsed.saturating_mul(u128::from(self.bytes_per_second));
        let risen = i128::try_from(risen).unwrap_or(i128::MAX);
        self.level = self.level.saturating_add(risen).min(scaled(self.burst_bytes));
    }
}

fn scaled(bytes: u64) -> i128 {
    i128::from(bytes).saturating_mul(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_burst_is_inclusive_and_comes_back_with_time() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1000, 100, start);
        assert!(bucket.take(start, 100));
        assert!(!bucket.take(start, 1));
        let later = start + Duration::from_millis(1);
        assert!(bucket.take(later, 1));
        assert!(!bucket.take(later, 1));
        // A long wait does not gather more than the burst.
        let much_later = start + Duration::from_secs(3600);
        assert!(!bucket.take(much_later, 101));
        assert!(bucket.take(much_later, 100));
    }

    #[tokio::test]
    async fn a_debt_is_paid_by_waiting() {
        let start = Instant::now();
        let mut bucket = Bucket::new(1000, 100, start);
        assert_eq!(bucket.free_at(start), None);
        bucket.owe(start, 150);
        assert_eq!(bucket.free_at(start), Some(start + Duration::from_millis(50)));
        assert_eq!(bucket.free_at(start + Duration::from_millis(50)), None);
    }
}
