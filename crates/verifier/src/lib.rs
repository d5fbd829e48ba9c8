//! A receipt and a trusted genesis in, a verdict out.
//!
//! Nothing here reads a file, a clock or the network. Read `verdict` for what
//! can come out, `checks` for the six questions that are asked, `receipt` for
//! their order, and `report` for how the answer is written.
//!
//! `verify-receipt.sh` asks the same questions with bash, coreutils, `openssl`
//! and `ssh-keygen`, so that nobody needs to trust this crate.

pub mod checks;
pub mod receipt;
pub mod report;
pub mod verdict;

/// The verifier for readers without this software: a bash script.
pub const SCRIPT: &str = include_str!("verify-receipt.sh");
