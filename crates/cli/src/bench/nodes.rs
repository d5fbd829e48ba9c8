//! The validators' processes: where they answer, and what they have done and used so far.

use std::time::Duration;

use plenary_rpc::client::Client;
use tokio::time::{Instant, sleep, timeout};

use super::{
    figures::{Saturation, real},
    meter,
};
use crate::{
    problem::Problem,
    testnet::{Process, Testnet},
};

/// How long waiting records may take to be committed once no more are sent.
const REST_WITHIN: Duration = Duration::from_secs(60);

/// How often it is looked whether they are.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The validators' processes.
pub struct Nodes {
    urls: Vec<String>,
    pids: Vec<u32>,
    probe: Client,
}

/// What had been done and used at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    at: Instant,
    records: u64,
    blocks: u64,
    nodes_us: u64,
    own_us: u64,
}

impl Nodes {
    /// The nodes of `network`, which run.
    pub fn of(network: &Testnet) -> Result<Self, Problem> {
        let (mut urls, mut pids) = (Vec::new(), Vec::new());
        for name in network.names() {
            urls.push(network.url(name)?);
            pids.push(match network.process(name) {
                Process::Running(pid) => pid,
                Process::Stopped => return Err(network.ended(name).into()),
            });
        }
        let first = urls.first().ok_or(Problem::Defect("a network has no nodes"))?;
        let probe = Client::new(first)?;
        Ok(Self { urls, pids, probe })
    }

    /// Where the nodes answer.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// How many records have been committed, and in how many blocks.
    pub async fn committed(&self) -> Result<(u64, u64), Problem> {
        let head = self.probe.head().await?;
        // Every block ends with a seal, which is an entry of the log like the records.
        Ok((head.log.size.0.saturating_sub(head.height.0), head.height.0))
    }

    /// What has been done and used until now.
    pub async fn mark(&self) -> Result<Mark, Problem> {
        let (records, blocks) = self.committed().await?;
        let mut nodes_us = 0_u64;
        for pid in &self.pids {
            nodes_us = nodes_us.saturating_add(meter::process_us(*pid)?);
        }
        let own_us = meter::process_us(std::process::id())?;
        Ok(Mark { at: Instant::now(), records, blocks, nodes_us, own_us })
    }

    /// Waits until no record waits any more.
    pub async fn await_rest(&self) -> Result<(), Problem> {
        let rest = async {
            for url in &self.urls {
                let client = Client::new(url)?;
                while client.status().await?.waiting.0 > 0 {
                    sleep(LOOK_EVERY).await;
                }
            }
            Ok(())
        };
        let late = || Problem::NotFound {
            what: format!("the network did not commit the waiting records within {} s", REST_WITHIN.as_secs()),
            remedy: "look at the nodes' logs".to_owned(),
        };
        timeout(REST_WITHIN, rest).await.map_err(|_| late())?
    }
}

impl Mark {
    /// What was done from this mark to a later one.
    pub fn until(&self, later: &Self, turned_away: u64) -> Saturation {
        let passed = later.at.duration_since(self.at);
        let records = later.records.saturating_sub(self.records);
        let per_second = u128::from(records).saturating_mul(1_000_000);
        let per_second = per_second.checked_div(passed.as_micros()).unwrap_or_default();
        let each = |us: u64| (real(us) / real(records.max(1))).round();
        Saturation {
            records_per_second: u64::try_from(per_second).unwrap_or_default(),
            seconds: (passed.as_secs_f64() * 100.0).round() / 100.0,
            records,
            blocks: later.blocks.saturating_sub(self.blocks),
            cpu_us_per_record: each(later.nodes_us.saturating_sub(self.nodes_us)),
            sender_cpu_us_per_record: each(later.own_us.saturating_sub(self.own_us)),
            turned_away,
        }
    }
}
