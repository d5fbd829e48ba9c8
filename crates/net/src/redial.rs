//! When to dial whom: a schedule without a socket.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use plenary_core::hash::Digest;
use tokio::time::Instant;

use crate::{
    identity::{Peer, PeerName},
    limits::{REDIAL_FIRST, REDIAL_GREATER_NAME, REDIAL_LAST},
};

/// The peers to keep connected, and when each is dialled next.
#[derive(Debug)]
pub(crate) struct Schedule {
    own: PeerName,
    targets: BTreeMap<PeerName, Target>,
}

#[derive(Debug)]
struct Target {
    address: SocketAddr,
    connected: bool,
    /// Dials since the peer last joined every topic.
    failures: u32,
    /// `None` while a dial is under way or the peer is connected.
    due: Option<Instant>,
}

impl Schedule {
    /// An empty schedule of the node `own`.
    pub(crate) const fn new(own: PeerName) -> Self {
        Self { own, targets: BTreeMap::new() }
    }

    /// Keeps `peers` and no others; those that are new are due at once.
    pub(crate) fn keep(&mut self, peers: &[Peer], now: Instant) {
        let own = self.own;
        let wanted: BTreeMap<PeerName, SocketAddr> =
            peers.iter().filter_map(|peer| Some((peer.name, peer.address?))).filter(|(name, _)| *name != own).collect();
        self.targets.retain(|name, _| wanted.contains_key(name));
        for (name, address) in wanted {
            let due = now.checked_add(self.head_start(name));
            let target = self.targets.entry(name).or_insert(Target { address, connected: false, failures: 0, due });
            target.address = address;
        }
    }

    /// The earliest moment at which somebody is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.targets.values().filter_map(|target| target.due).min()
    }

    /// Those who are due; each is taken as being dialled until told otherwise.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<(PeerName, SocketAddr)> {
        let due = self.targets.iter_mut().filter(|(_, target)| target.due.is_some_and(|due| due <= now));
        due.map(|(name, target)| {
            target.due = None;
            (*name, target.address)
        })
        .collect()
    }

    /// A connection with `peer` is open; it need not be dialled.
    pub(crate) fn connected(&mut self, peer: PeerName) {
        if let Some(target) = self.targets.get_mut(&peer) {
            target.connected = true;
            target.due = None;
        }
    }

    /// `peer` has shown that it serves us: the next loss is the first one.
    pub(crate) fn joined(&mut self, peer: PeerName) {
        if let Some(target) = self.targets.get_mut(&peer) {
            target.failures = 0;
        }
    }

    /// The connection with `peer` is gone.
    pub(crate) fn lost(&mut self, peer: PeerName, now: Instant) {
        if let Some(target) = self.targets.get_mut(&peer) {
            target.connected = false;
        }
        self.failed(peer, now);
    }

    /// A dial of `peer` failed.
    pub(crate) fn failed(&mut self, peer: PeerName, now: Instant) {
        let head_start = self.head_start(peer);
        let own = self.own;
        let Some(target) = self.targets.get_mut(&peer) else { return };
        if target.connected {
            return;
        }
        let wait = backoff(own, peer, target.failures).saturating_add(head_start);
        target.failures = target.failures.saturating_add(1);
        target.due = now.checked_add(wait);
    }

    /// Does not dial `peer` before `until`.
    pub(crate) fn pause(&mut self, peer: PeerName, until: Instant) {
        if let Some(target) = self.targets.get_mut(&peer) {
            target.due = Some(until);
        }
    }

    fn head_start(&self, peer: PeerName) -> Duration {
        if self.own < peer { Duration::ZERO } else { REDIAL_GREATER_NAME }
    }
}

/// The wait after `failures`: doubled each time, spread by a quarter either
/// way so that a restarted node is not dialled by everyone at once.
fn backoff(own: PeerName, peer: PeerName, failures: u32) -> Duration {
    let doubled = REDIAL_FIRST.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(REDIAL_LAST);
    let names = format!("{own} {peer} {failures}");
    let spread = Digest::of(names.as_bytes()).as_bytes().first().copied().unwrap_or(0);
    let quarter = doubled.checked_div(4).unwrap_or_default();
    let part = quarter.saturating_mul(2).saturating_mul(u32::from(spread)).checked_div(255).unwrap_or_default();
    doubled.saturating_sub(quarter).saturating_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;

    fn names() -> (PeerName, PeerName) {
        let [one, two] = [1, 2].map(|seed| Identity::from_secret([seed; 32]).unwrap().peer_name());
        (one.min(two), one.max(two))
    }

    fn schedule(own: PeerName, other: PeerName, now: Instant) -> Schedule {
        let mut schedule = Schedule::new(own);
        let address = Some("127.0.0.1:1".parse().unwrap());
        schedule.keep(&[Peer { name: own, address }, Peer { name: other, address }], now);
        schedule
    }

    #[tokio::test]
    async fn waits_grow_to_their_limit_and_no_further() {
        let (smaller, greater) = names();
        let now = Instant::now();
        let mut schedule = schedule(smaller, greater, now);
        assert_eq!(schedule.next(), Some(now), "a node does not dial itself, and the other one at once");
        let mut waits = Vec::new();
        for _ in 0..40 {
            schedule.failed(greater, now);
            waits.push(schedule.next().unwrap() - now);
        }
        assert!(waits[0] <= REDIAL_FIRST * 5 / 4, "{waits:?}");
        assert!(REDIAL_LAST * 3 / 4 <= waits[39] && waits[39] <= REDIAL_LAST * 5 / 4, "{waits:?}");
        schedule.joined(greater);
        schedule.lost(greater, now);
        assert_eq!(schedule.next(), Some(now + waits[0]));
    }

    #[tokio::test]
    async fn only_one_of_two_dials_first() {
        let (smaller, greater) = names();
        let now = Instant::now();
        assert_eq!(schedule(smaller, greater, now).next(), Some(now));
        assert_eq!(schedule(greater, smaller, now).next(), Some(now + REDIAL_GREATER_NAME));
    }

    #[tokio::test]
    async fn a_connected_or_forgotten_peer_is_not_dialled() {
        let (own, other) = names();
        let now = Instant::now();
        let mut schedule = schedule(own, other, now);
        assert_eq!(schedule.take_due(now).len(), 1);
        assert_eq!(schedule.take_due(now), []);
        schedule.connected(other);
        schedule.failed(other, now);
        assert_eq!(schedule.next(), None);
        schedule.keep(&[], now);
        schedule.lost(other, now);
        assert_eq!(schedule.next(), None);
    }
}
