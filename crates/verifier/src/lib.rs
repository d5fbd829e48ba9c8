//! A receipt or a dossier and a trusted genesis in, a verdict out.
//!
//! Nothing here reads a file, a clock or the network. Read `verdict` for what
//! can come out, `checks` for the six questions that are asked of a receipt,
//! `epochs` for how changes of validators are followed, `receipt` for their
//! order, and `report` for how the answer is written. For a dossier the same is
//! in `failure`, `questions` and `dossier`; `account` tells what its records show.
//!
//! `verify-receipt.sh` asks the same questions with bash, coreutils, `openssl`
//! and `ssh-keygen`, so that nobody needs to trust this crate. `browser/` asks
//! them once more in a web page, which `page` puts together.

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

/// The verifier for readers without this software: a bash script.
pub const SCRIPT: &str = include_str!("verify-receipt.sh");
