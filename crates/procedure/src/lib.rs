//! The group's procedure: what a record changes, what the rules find, and why one is refused.

pub mod document;
pub mod record_type;
pub mod refusal;
pub mod rules;
pub mod text;
pub mod zone;
