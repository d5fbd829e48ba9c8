//! How bytes travel: TCP without delay, Noise for identity, Yamux for streams.

use std::net::{IpAddr, SocketAddr};

use libp2p::{
    Multiaddr, PeerId, Transport as _,
    core::{muxing::StreamMuxerBox, transport::Boxed, upgrade::Version},
    multiaddr::Protocol,
    noise, tcp, yamux,
};

use crate::{
    error::Error,
    identity::Identity,
    limits::{HANDSHAKE_TIME, STREAMS},
};

/// The only transport of a node. There is no name resolution in it.
pub(crate) fn transport(identity: &Identity) -> Result<Boxed<(PeerId, StreamMuxerBox)>, Error> {
    let noise = noise::Config::new(identity.keypair()).map_err(|_| Error::Settings)?;
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(STREAMS);
    Ok(tcp::tokio::Transport::new(tcp::Config::new().nodelay(true))
        .upgrade(Version::V1)
        .authenticate(noise)
        .multiplex(yamux)
        .timeout(HANDSHAKE_TIME)
        .boxed())
}

/// The libp2p form of `address`.
pub(crate) fn multiaddr(address: SocketAddr) -> Multiaddr {
    Multiaddr::from(address.ip()).with(Protocol::Tcp(address.port()))
}

/// The address in `multiaddr`, if it is one that `multiaddr` above makes.
pub(crate) fn socket_address(multiaddr: &Multiaddr) -> Option<SocketAddr> {
    let parts: Vec<Protocol<'_>> = multiaddr.iter().collect();
    if let [Protocol::Ip4(ip), Protocol::Tcp(port)] = *parts {
        return Some(SocketAddr::new(IpAddr::V4(ip), port));
    }
    if let [Protocol::Ip6(ip), Protocol::Tcp(port)] = *parts {
        return Some(SocketAddr::new(IpAddr::V6(ip), port));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_both_ways() {
        for text in ["127.0.0.1:26600", "[::1]:1"] {
            let address = text.parse().unwrap();
            assert_eq!(socket_address(&multiaddr(address)), Some(address));
        }
        assert_eq!(socket_address(&"/dns4/example.org/tcp/1".parse().unwrap()), None);
        assert_eq!(socket_address(&"/ip4/127.0.0.1/udp/1".parse().unwrap()), None);
    }
}
