//! The real replica, journal and procedure on a simulated network, disk and clock.
//!
//! One seed is one run: the same seed gives the same hash of all effects. A
//! run is chaos first (loss, partitions, crashes, lying validators), then calm,
//! in which the ledger must go on within ten seconds. What must never happen
//! is checked at every effect, by `checks`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a simulation that goes wrong may panic; overflow is checked in all profiles"
)]

mod adversary;
mod checks;
mod disk;
mod executor;
mod founding;
mod network;
mod node;
mod plan;
mod random;
mod succession;
mod world;

pub use checks::{Checks, Kind, Violation};
pub use founding::{Founding, found, secret};
pub use plan::{Cut, Liar, Plan, Trial};
pub use world::{Outcome, run};
