//! A receipt or a dossier and a trusted genesis in, a verdict out.
//!
//! Nothing here reads a file, a clock or the network. Read `verdict` for what
//! can come out, `checks` for the six questions that are asked of a receipt,
//! `epochs` for how changes of validators are followed, `receipt` for their
//! order, and `report` for how the answer is written. For a dossier the same is
//! in `failure`, `questions` and `dossier`; `account` tells what its records show.
//!
//! `shell/` asks the same questions with bash, coreutils, `openssl` and
//! `ssh-keygen`, so that nobody needs to trust this crate; it leaves out that of
//! the rules. `browser/` asks them once more in a web page, which `page` puts
//! together.

pub mod account;
pub mod checks;
pub mod dossier;
pub mod epochs;
pub mod failure;
pub mod page;
pub mod questions;
pub mod receipt;
pub mod report;
pub mod verdict;

/// The verifier of receipts for readers without this software: a bash script.
pub const SCRIPT: &str = concat!(
    include_str!("shell/receipt-usage.sh"),
    include_str!("shell/verdicts.sh"),
    include_str!("shell/bytes.sh"),
    include_str!("shell/ed25519.sh"),
    include_str!("shell/log.sh"),
    include_str!("shell/record.sh"),
    include_str!("shell/epochs.sh"),
    include_str!("shell/receipt-checks.sh"),
);

/// The verifier of dossiers for such readers.
pub const DOSSIER_SCRIPT: &str = concat!(
    include_str!("shell/dossier-usage.sh"),
    include_str!("shell/verdicts.sh"),
    include_str!("shell/bytes.sh"),
    include_str!("shell/ed25519.sh"),
    include_str!("shell/log.sh"),
    include_str!("shell/record.sh"),
    include_str!("shell/epochs.sh"),
    include_str!("shell/dossier-checks.sh"),
);
