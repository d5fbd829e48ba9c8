//! A token bucket for each client address.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::limits;

/// How many calls one client address may make.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    /// Calls per second, for as long as it likes.
    pub per_second: u32,
    /// Calls at once; a full batch at least.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self { per_second: limits::CALLS_PER_SECOND, burst: limits::CALLS_BURST }
    }
}

/// The buckets of all clients.
#[derive(Debug)]
pub(crate) struct Buckets {
    /// Thousandths of a call that a bucket gains in a millisecond.
    gain: u64,
    /// Thousandths of a call that a bucket holds.
    full: u64,
    buckets: Mutex<BTreeMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of a call left at `at`.
    left: u64,
    at: Instant,
}

impl Buckets {
    /// Buckets that are filled at `rate`.
    pub(crate) fn new(rate: Rate) -> Self {
        let batch = u32::try_from(limits::BATCH_MAX).unwrap_or(u32::MAX);
        Self {
            gain: rate.per_second.max(1).into(),
            full: u64::from(rate.burst.max(batch)).saturating_mul(1_000),
            buckets: Mutex::new(BTreeMap::new()),
        }
    }

    /// Takes `calls` from the client's bucket, or says how long to wait for them.
    pub(crate) fn take(&self, client: IpAddr, calls: usize, now: Instant) -> Result<(), Duration> {
        let needed = u64::try_from(calls).unwrap_or(u64::MAX).saturating_mul(1_000);
        let client = network(client);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if limits::CLIENTS_MAX <= buckets.len() && !buckets.contains_key(&client) {
            buckets.retain(|_, bucket| self.left(*bucket, now) < self.full);
            while limits::CLIENTS_MAX <= buckets.len() {
                buckets.pop_first();
            }
        }
        let bucket = buckets.entry(client).or_insert(Bucket { left: self.full, at: now });
        *bucket = Bucket { left: self.left(*bucket, now), at: now };
        match bucket.left.checked_sub(needed) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => {
                let missing = needed.saturating_sub(bucket.left);
                Err(Duration::from_millis(missing.div_ceil(self.gain)))
            }
        }
    }

    fn left(&self, bucket: Bucket, now: Instant) -> u64 {
        let ms = u64::try_from(now.saturating_duration_since(bucket.at).as_millis()).unwrap_or(u64::MAX);
        bucket.left.saturating_add(ms.saturating_mul(self.gain)).min(self.full)
    }
}

/// Who counts as one client: an IPv4 address, or an IPv6 network of one site.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) if address.is_loopback() => IpAddr::V6(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_empties_and_fills_again() {
        let buckets = Buckets::new(Rate { per_second: 10, burst: 100 });
        let now = Instant::now();
        assert_eq!(buckets.take(client(1), 99, now), Ok(()));
        assert_eq!(buckets.take(client(1), 2, now), Err(Duration::from_millis(100)));
        // A refused call costs nothing, and another client is not concerned.
        assert_eq!(buckets.take(client(1), 1, now), Ok(()));
        assert_eq!(buckets.take(client(2), 100, now), Ok(()));
        let later = now + Duration::from_millis(100);
        assert_eq!(buckets.take(client(1), 1, later), Ok(()));
        assert_eq!(buckets.take(client(1), 1, later), Err(Duration::from_millis(100)));
    }

    #[tokio::test(start_paused = true)]
    async fn buckets_are_bounded_and_one_site_has_one() {
        let buckets = Buckets::new(Rate { per_second: 1, burst: 100 });
        let now = Instant::now();
        for number in 0..20_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            assert_eq!(buckets.take(address, 1, now), Ok(()));
        }
        assert_eq!(buckets.buckets.lock().unwrap().len(), limits::CLIENTS_MAX);
        let site = |host: &str| format!("2001:db8:1:2::{host}").parse().unwrap();
        assert_eq!(buckets.take(site("1"), 100, now), Ok(()));
        assert!(buckets.take(site("2"), 1, now).is_err());
    }
}
