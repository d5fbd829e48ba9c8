//! The ports of a network's nodes: the usual ones or, where those are taken, others.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use crate::testnet::TestnetError;

/// The usual port of the first node for members; that of the next one follows.
const WEB: u16 = 8_645;

/// The usual port of the first node for other nodes.
const NET: u16 = 26_701;

/// How many other ports are tried before the search is given up.
const TRIES: u16 = 200;

/// Where a node listens, on this machine alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ports {
    /// For members.
    pub web: SocketAddr,
    /// For other nodes.
    pub net: SocketAddr,
}

impl Ports {
    /// The usual ones of the node at a place, counted from 0.
    pub fn usual(at: u16) -> Self {
        Self { web: address(WEB.saturating_add(at)), net: address(NET.saturating_add(at)) }
    }

    /// The first one that something else listens on.
    pub fn taken(self) -> Option<u16> {
        [self.web, self.net].into_iter().map(|address| address.port()).find(|port| !is_free(*port))
    }
}

/// Ports for each node that are free now, and a line on each that is not the usual one.
pub fn find(names: &[String]) -> Result<(Vec<Ports>, Vec<String>), TestnetError> {
    let mut search = Search::default();
    let mut found = Vec::new();
    for (at, name) in (0..).zip(names) {
        let usual = Ports::usual(at);
        found.push(Ports { web: search.near(usual.web, name)?, net: search.near(usual.net, name)? });
    }
    Ok((found, search.moved))
}

/// Ports that were given out already, and which of them are not the usual ones.
#[derive(Default)]
struct Search {
    given: Vec<u16>,
    moved: Vec<String>,
}

impl Search {
    /// The usual port or, if that is taken, one well above it that is free.
    fn near(&mut self, usual: SocketAddr, name: &str) -> Result<SocketAddr, TestnetError> {
        let usual = usual.port();
        let mut candidates = (0..TRIES).map(|step| usual.saturating_add(step.saturating_mul(10)));
        let free = candidates.find(|port| !self.given.contains(port) && is_free(*port));
        let port = free.ok_or(TestnetError::NoPort(usual))?;
        self.given.push(port);
        if port != usual {
            self.moved.push(format!("{name}: port {usual} is taken, {port} is used"));
        }
        Ok(address(port))
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(address(port)).is_ok()
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_replaced_and_said() {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let usual = held.local_addr().unwrap();
        let mut search = Search::default();
        let found = search.near(usual, "operator-a").unwrap();
        assert!(found.port() != usual.port() && is_free(found.port()));
        let said = format!("operator-a: port {} is taken, {} is used", usual.port(), found.port());
        assert_eq!(search.moved, [said]);
        assert_ne!(search.near(usual, "regulator-b").unwrap(), found, "a port is given once");
        assert_eq!(Ports { web: found, net: usual }.taken(), Some(usual.port()));
    }
}
