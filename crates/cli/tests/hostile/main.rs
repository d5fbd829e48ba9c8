//! What outsiders, members gone bad and damaged disks can do to whole nodes: nothing that lasts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a failing test may panic"
)]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one event among many")]

#[cfg(test)]
mod author;
#[cfg(test)]
mod bad_member;
#[cfg(test)]
mod group;
#[cfg(test)]
mod home;
#[cfg(test)]
mod network;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod records;
#[cfg(test)]
mod stranger;
#[cfg(test)]
mod web;
