//! JSON-RPC 2.0 over HTTP and websocket: what a node shows to everybody, and
//! the typed client for it.
//!
//! Nothing here knows a store or a network. `view::View` is all that is asked
//! of a node; `table` lists the methods, from which the server, the OpenRPC
//! document and its examples follow.

pub mod answer;
mod bucket;
pub mod client;
mod connection;
mod contribution;
mod deliverable;
mod depth;
mod dispatch;
pub mod fault;
mod front;
mod group;
pub mod group_answer;
pub mod host;
pub mod json;
mod ledger;
pub mod limits;
mod meeting;
mod method;
mod node;
pub mod openrpc;
mod page;
mod params;
mod proof;
pub mod reason;
pub mod server;
mod subjects;
mod table;
pub mod view;
mod websocket;
