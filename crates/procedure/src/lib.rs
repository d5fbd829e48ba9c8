//! The group's procedure: what a record changes, what the rules find, and why one is refused.

pub mod document;
pub mod text;
pub mod zone;
