//! The store as the node uses it, and as disks and operators mistreat it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]
#![allow(clippy::print_stdout, reason = "a test that runs in another process tells the first one what it did")]

mod commit;
mod corruption;
mod crash;
mod directory;
mod ledger;
mod queries;
mod regions;
