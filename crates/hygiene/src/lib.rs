//! Warns of personal data and secrets in a document, before its digest is recorded.
//!
//! A digest on the ledger names a document for ever, so what must not be in it
//! is to be found before. A finding is a warning and no judgement: patterns
//! find too much and too little, and pictures are not looked at. What a format
//! hides from this crate is a finding too, never silence.
//!
//! Everything is bounded, since a document comes from anywhere: its size, what
//! it inflates to, the number of its parts, and the findings.

pub mod check;
mod ooxml;
mod pattern;
mod pdf;
