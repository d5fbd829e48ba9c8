//! The node's own words: structured, on standard error, chosen by `PLENARY_LOG`.

use tracing_subscriber::EnvFilter;

/// What is logged unless the operator asks for something else.
const USUAL: &str = "info,libp2p_gossipsub=error";

/// Begins to log. Does nothing if the process logs already.
pub fn init() {
    let quiet = plenary_consensus::NOISY_LOG_TARGETS.iter().map(|target| format!(",{target}=warn"));
    let usual = quiet.fold(USUAL.to_owned(), |all, one| all + &one);
    let filter = EnvFilter::try_from_env("PLENARY_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let begun = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // A second logger in one process is refused, which is as it should be.
    drop(begun.try_init());
}
