//! The vault: what opens the identity commitments of people.
//!
//! It lies on the disks of the nodes entitled to it, and nowhere else. The
//! ledger says what may be in it: a value goes in only if it opens a commitment
//! in force, and goes out the same way; an erasure on the ledger takes it away,
//! and what was erased is not taken in again.

mod file;
mod record;
mod sealed;
mod tombstone;
pub mod vault;
