//! The network over real sockets: honest sets, and peers that keep no rule.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one event among many")]

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod set;
