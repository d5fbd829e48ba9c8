//! JSON-RPC 2.0 over HTTP and websocket: what a node shows to everybody, and
//! the typed client for it.
//!
//! Nothing here knows a store or a network. `view::View` is all that is asked
//! of a node; `table` lists the methods, from which the server, the OpenRPC
//! document and its examples follow.

pub mod action;
pub mod answer;
mod bucket;
pub mod client;
mod connection;
mod contribution;
pub mod decision;
mod deliverable;
pub mod deliverable_answer;
mod depth;
pub mod disclosure;
mod dispatch;
pub mod document;
pub mod event;
pub mod fault;
mod front;
mod group;
pub mod group_answer;
pub mod host;
pub mod json;
mod ledger;
pub mod liaison;
pub mod limits;
mod meeting;
mod method;
mod node;
mod noun;
pub mod openrpc;
mod page;
mod params;
mod participant;
mod proof;
pub mod proposal;
pub mod reason;
pub mod report;
pub mod server;
mod subjects;
mod table;
pub mod view;
mod websocket;
pub mod working_group;
