//! The ledger on disk.
//!
//! A block is one atomic batch, synced before `Store::commit` returns: header,
//! certificate, entries, nodes of both trees, slots, states and head stand
//! together or not at all. Every value carries a checksum bound to its column
//! and key, and is never handed out without it. Queries run on a `View`, which
//! does not move while blocks are committed.
//!
//! What is kept where is the table in `schema`; why RocksDB is set as it is
//! stands in `settings`. No other crate sees RocksDB.

mod batch;
mod database;
mod error;
mod page;
mod schema;
mod settings;
mod store;
mod value;
mod verify;
mod view;

pub use error::{Cause, Error, Fault};
pub use page::{ChainLink, Checkpoint, Cosignature, Entries, Evidence, Page};
pub use schema::{Column, Content, Row};
pub use store::Store;
pub use verify::Verified;
pub use view::View;
