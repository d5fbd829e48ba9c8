//! The network over real sockets: honest sets, and peers that keep no rule.

mod hostile;
mod nodes;
mod raw;
mod set;
