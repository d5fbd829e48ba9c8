//! Records at a steady rate, and how long each took.
//!
//! Each record has a moment at which it is due, whatever became of those
//! before, and its time counts from then. So a network that stands still for a
//! while is not spared by senders that wait for it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use plenary_rpc::{
    answer::SubmissionState,
    client::{Client, ClientError},
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{figures::Latency, nodes::Nodes};
use crate::problem::Problem;

/// The most connections to one node.
const CONNECTIONS: usize = 256;

/// The longest wait that a node is asked for at once.
const ASK: Duration = Duration::from_secs(9);

/// How often it is asked.
const ASKED_MAX: u32 = 3;

/// Records to be sent at a steady rate.
pub struct Pace {
    /// The records.
    pub records: Vec<String>,
    /// How many are due in each second.
    pub rate: u64,
}

/// Connections to one node.
struct Pool {
    url: String,
    idle: Mutex<Vec<Client>>,
    room: Semaphore,
}

impl Pace {
    /// Sends the records when they are due, each to the next node.
    pub async fn run(self, nodes: &Nodes) -> Result<Latency, Problem> {
        let pool = |url: &String| {
            Arc::new(Pool { url: url.clone(), idle: Mutex::default(), room: Semaphore::new(CONNECTIONS) })
        };
        let pools: Vec<Arc<Pool>> = nodes.urls().iter().map(pool).collect();
        let before = nodes.mark().await?;
        let begun = Instant::now();
        let mut sendings = JoinSet::new();
        let mut taken = Vec::with_capacity(self.records.len());
        for ((number, record), pool) in (0_u64..).zip(self.records).zip(pools.iter().cycle()) {
            let ns = number.saturating_mul(1_000_000_000).checked_div(self.rate).unwrap_or_default();
            let due = begun.checked_add(Duration::from_nanos(ns)).unwrap_or(begun);
            sleep_until(due).await;
            sendings.spawn(Arc::clone(pool).send(record, due));
            while let Some(ended) = sendings.try_join_next() {
                taken.push(ended.map_err(|_| Problem::Defect("a sender was lost"))??);
            }
        }
        while let Some(ended) = sendings.join_next().await {
            taken.push(ended.map_err(|_| Problem::Defect("a sender was lost"))??);
        }
        let done = before.until(&nodes.mark().await?, 0);
        let mut known: Vec<Duration> = taken.iter().copied().flatten().collect();
        known.sort_unstable();
        Ok(Latency {
            rate: self.rate,
            final_per_second: done.records_per_second,
            p50_ms: at(&known, 50),
            p99_ms: at(&known, 99),
            max_ms: at(&known, 100),
            unfinished: u64::try_from(taken.len().saturating_sub(known.len())).unwrap_or(u64::MAX),
            cpu_us_per_record: done.cpu_us_per_record,
        })
    }
}

impl Pool {
    /// Sends a record, and tells how long after `due` it was known to be final; none if it is not yet.
    async fn send(self: Arc<Self>, record: String, due: Instant) -> Result<Option<Duration>, Problem> {
        let place = self.room.acquire().await.map_err(|_| Problem::Defect("a sender was closed"))?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let client = match idle {
            Some(client) => client,
            None => Client::new(&self.url)?,
        };
        let is_final = follow(&client, &record).await?;
        let taken = due.elapsed();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(client);
        drop(place);
        Ok(is_final.then_some(taken))
    }
}

/// Whether the record became final while it was waited for.
async fn follow(client: &Client, record: &str) -> Result<bool, ClientError> {
    let mut submission = client.submit(record, ASK).await?;
    for _ in 1..ASKED_MAX {
        if submission.state == SubmissionState::Final {
            break;
        }
        submission = client.submission(submission.id.0, ASK).await?;
    }
    Ok(submission.state == SubmissionState::Final)
}

/// The time that `percent` of 100 took no longer than, in milliseconds.
fn at(sorted: &[Duration], percent: usize) -> f64 {
    let place = sorted.len().saturating_mul(percent).div_ceil(100).saturating_sub(1);
    let ms = sorted.get(place).map_or(0.0, Duration::as_secs_f64) * 1_000.0;
    (ms * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_taken() {
        let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        //    percent, milliseconds
        check(50, 100.0);
        check(99, 198.0);
        check(100, 200.0);
        fn check(percent: usize, ms: f64) {
            let sorted: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
            assert_eq!(at(&sorted, percent).to_bits(), ms.to_bits(), "{percent}");
        }
        assert_eq!(at(&sorted[..1], 99).to_bits(), 1.0_f64.to_bits());
        assert_eq!(at(&[], 99).to_bits(), 0.0_f64.to_bits());
    }
}
