//! As many records as the validators take: there is always more on its way than they can commit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use plenary_rpc::{
    answer::SubmissionState,
    client::{Client, ClientError},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{figures::Saturation, nodes::Nodes};
use crate::problem::Problem;

/// How long records flow before it counts.
pub const WARM_UP: Duration = Duration::from_secs(3);

/// Connections to each node.
const CONNECTIONS: usize = 16;

/// How often it is looked how much has been committed.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How long a record waits that a node had no room for.
const PAUSE: Duration = Duration::from_millis(20);

/// The reasons of refusals that pass.
const PASSING: [&str; 5] = ["queue_full", "node_syncing", "no_quorum", "rate_limited", "timed_out"];

/// Records to be sent without a pause.
pub struct Flood {
    /// The records.
    pub records: Vec<String>,
    /// How many are in one call.
    pub batch: usize,
    /// How many are sent and not yet committed.
    pub in_flight: u64,
    /// How long it counts.
    pub window: Duration,
}

/// What the connections share.
struct Flow {
    flood: Flood,
    next: AtomicUsize,
    turned_away: AtomicU64,
}

impl Flood {
    /// Sends the records, and counts what is committed while they flow.
    pub async fn run(self, nodes: &Nodes) -> Result<Saturation, Problem> {
        let window = self.window;
        let flow = Arc::new(Flow { flood: self, next: AtomicUsize::new(0), turned_away: AtomicU64::new(0) });
        let (told, committed) = watch::channel(0);
        let mut pumps = JoinSet::new();
        for url in nodes.urls().iter().cycle().take(nodes.urls().len().saturating_mul(CONNECTIONS)) {
            pumps.spawn(pump(Client::new(url)?, Arc::clone(&flow), committed.clone()));
        }
        let (before, _) = nodes.committed().await?;
        let mut begun = None;
        let start = Instant::now();
        let end = WARM_UP.saturating_add(window);
        while start.elapsed() < end && !flow.is_dry() {
            if begun.is_none() && WARM_UP <= start.elapsed() {
                begun = Some(nodes.mark().await?);
            }
            told.send_replace(nodes.committed().await?.0.saturating_sub(before));
            tokio::select! {
                () = sleep(LOOK_EVERY) => (),
                Some(ended) = pumps.join_next() => {
                    ended.map_err(|_| Problem::Defect("a sender was lost"))??;
                }
            }
        }
        let ended = nodes.mark().await?;
        let begun = begun.ok_or(Problem::Defect("the records ran out before anything was measured"))?;
        Ok(begun.until(&ended, flow.turned_away.load(Ordering::Relaxed)))
    }
}

impl Flow {
    /// Whether everything has been taken to be sent.
    fn is_dry(&self) -> bool {
        self.flood.records.len() <= self.next.load(Ordering::Relaxed)
    }
}

/// Sends one call after the other as long as there is room for what is on its way.
async fn pump(client: Client, flow: Arc<Flow>, mut committed: watch::Receiver<u64>) -> Result<(), ClientError> {
    let Flood { records, batch, in_flight, .. } = &flow.flood;
    loop {
        let first = flow.next.fetch_add(*batch, Ordering::Relaxed);
        let mut rest: Vec<&str> = records.iter().skip(first).take(*batch).map(String::as_str).collect();
        let sent = u64::try_from(first).unwrap_or(u64::MAX);
        let has_room = committed.wait_for(|done| sent.saturating_sub(*done) < *in_flight).await.is_ok();
        if rest.is_empty() || !has_room {
            return Ok(());
        }
        while !rest.is_empty() {
            rest = send(&client, &rest).await?;
            if !rest.is_empty() {
                flow.turned_away.fetch_add(u64::try_from(rest.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
                sleep(PAUSE).await;
            }
        }
    }
}

/// Sends records in one call; returns those that the node had no room for.
async fn send<'a>(client: &Client, records: &[&'a str]) -> Result<Vec<&'a str>, ClientError> {
    let answers = match client.submit_all(records).await {
        Ok(answers) => answers,
        Err(error) if is_passing(&error) => return Ok(records.to_vec()),
        Err(error) => return Err(error),
    };
    let mut rest = Vec::new();
    for (record, answer) in records.iter().zip(answers) {
        match answer {
            Ok(submission) => debug_assert_ne!(submission.state, SubmissionState::Refused, "a refusal is an error"),
            Err(error) if is_passing(&error) => rest.push(*record),
            Err(error) => return Err(error),
        }
    }
    Ok(rest)
}

fn is_passing(error: &ClientError) -> bool {
    match error {
        ClientError::Refused { data, .. } => PASSING.contains(&data.reason.as_str()),
        ClientError::TimedOut { .. } => true,
        ClientError::Address(_) | ClientError::Unreachable(_) | ClientError::Protocol { .. } => false,
    }
}
