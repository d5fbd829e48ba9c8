//! Records, blocks, the log's tree, checkpoints and receipts of a Plenary ledger.
//!
//! Nothing here reads a file, a socket or a clock. What an auditor touches is
//! text (`record`, `entry`, `seal`, `checkpoint`, `policy`, `receipt`, `dossier`); what
//! only nodes exchange is bincode (`block`, through `codec`).

pub mod archive;
pub mod block;
pub mod checkpoint;
pub mod codec;
pub mod commitment;
pub mod dossier;
pub mod entry;
pub mod genesis;
pub mod hash;
pub mod json;
pub mod keys;
pub mod merkle;
pub mod note;
pub mod place;
pub mod policy;
pub mod receipt;
pub mod record;
pub mod seat;
pub mod signature;
pub mod subject;
pub mod time;
pub mod tip;
