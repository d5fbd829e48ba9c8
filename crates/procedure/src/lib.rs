//! The group's procedure: what a record changes, what the rules find, and why one is refused.
//!
//! `apply` takes one record file and a view of the state before it, and gives
//! the outcome or a refusal. Ledger time comes with the context; nothing here
//! reads a clock, a file or a time-zone table, and every collection is ordered,
//! so that every validator and every verifier finds the same.
//!
//! One file holds one noun: its state, the bodies of the records that change
//! it, and what they do. `rules` is the table of rules that findings cite.

mod act;
pub mod action;
pub mod affiliation;
pub mod agenda;
pub mod amendment;
pub mod apply;
pub mod attendance;
pub mod body;
pub mod call;
pub mod cancellation;
pub mod chains;
pub mod challenge;
pub mod circular;
pub mod claim;
mod clock;
pub mod closing;
pub mod confirmation;
pub mod contribution;
pub mod correction;
pub mod decision;
pub mod deliverable;
pub mod determination;
pub mod disclosure;
pub mod disposal;
pub mod document;
pub mod draft;
pub mod ending;
pub mod erasure;
pub mod event;
pub mod execute;
pub mod extension;
pub mod first_meeting;
pub mod form;
pub mod genesis;
pub mod group;
pub mod holding;
pub mod interest;
pub mod key;
pub mod lateness;
pub mod liaison;
pub mod licence;
pub mod meeting;
pub mod meeting_report;
pub mod memory;
pub mod merger;
pub mod minutes;
pub mod objection;
pub mod organization;
pub mod paper;
pub mod part;
pub mod participant;
pub mod patent;
pub mod position;
pub mod preparation;
pub mod proposal;
pub mod publication;
pub mod record_type;
pub mod redaction;
pub mod refusal;
pub mod registration;
pub mod reopening;
pub mod replay;
pub mod report;
pub mod reservation;
pub mod revision;
pub mod role;
pub mod rule;
pub mod rules;
pub mod ruleset;
pub mod scope;
mod signing;
pub mod state;
pub mod succession;
pub mod supersession;
pub mod suspension;
pub mod terms;
pub mod text;
pub mod transmission;
pub mod treatment;
pub mod validators;
pub mod visibility;
pub mod voiding;
pub mod waiver;
pub mod working_group;
pub mod zone;
