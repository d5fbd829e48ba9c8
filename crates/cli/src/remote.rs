//! The node that is asked, one call after the other.

use std::time::Duration;

use plenary_rpc::client::{Client, ClientError};
use tokio::runtime::{Builder, Runtime};

use crate::problem::Problem;

/// How often a call is repeated that came too soon after the others.
const PATIENCE: u32 = 20;

/// How long to wait where a node does not say.
const PAUSE: Duration = Duration::from_millis(500);

/// A node at the other end of a connection.
#[derive(Debug)]
pub struct Remote {
    runtime: Runtime,
    client: Client,
}

impl Remote {
    /// The node at `url`; nothing is sent yet.
    pub fn new(url: &str) -> Result<Self, Problem> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| Problem::Defect("the system gives no event queue"))?;
        Ok(Self { runtime, client: Client::new(url)? })
    }

    /// The node's address.
    pub fn url(&self) -> String {
        self.client.url()
    }

    /// Makes one call; a node that is busy is asked again.
    pub fn ask<T>(&self, call: impl AsyncFn(&Client) -> Result<T, ClientError>) -> Result<T, Problem> {
        self.runtime.block_on(async {
            for _ in 0..PATIENCE {
                match call(&self.client).await {
                    Err(ClientError::Refused { data, .. }) if data.reason == "rate_limited" => {
                        let ms = data.retry_after_ms.map_or(PAUSE, Duration::from_millis);
                        tokio::time::sleep(ms).await;
                    }
                    answer => return answer.map_err(Problem::from),
                }
            }
            call(&self.client).await.map_err(Problem::from)
        })
    }

    /// Waits before something is asked again.
    pub fn pause(&self, pause: Duration) {
        // The timer belongs to the runtime, so it is made in there.
        self.runtime.block_on(async { tokio::time::sleep(pause).await });
    }
}
