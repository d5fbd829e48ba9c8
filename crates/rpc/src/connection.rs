//! Connections: how many there are, and how long one may stall.

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use crate::limits;

/// The connections that are open, by client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

impl Places {
    /// A place for one more connection of `client`, if there is room.
    pub(crate) fn take(&self, client: IpAddr) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = open.values().fold(0_usize, |all, count| all.saturating_add(*count));
        let count = open.get(&client).copied().unwrap_or_default();
        let own = if client.is_loopback() { limits::CONNECTIONS_MAX } else { limits::CONNECTIONS_PER_CLIENT_MAX };
        if limits::CONNECTIONS_MAX <= all || own <= count {
            return None;
        }
        open.insert(client, count.saturating_add(1));
        Some(Place { places: self.clone(), client })
    }
}

/// The place of one connection, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    client: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.places.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = open.get(&self.client).copied().unwrap_or_default().saturating_sub(1);
        if left == 0 {
            open.remove(&self.client);
        } else {
            open.insert(self.client, left);
        }
    }
}

/// A connection that ends when its client does not take what is sent to it.
///
/// It keeps its place until it is gone, also when it has become a websocket.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    stall: Option<Pin<Box<Sleep>>>,
    _place: Place,
}

impl Connection {
    /// A connection in its place.
    pub(crate) const fn new(stream: TcpStream, place: Place) -> Self {
        Self { stream, stall: None, _place: place }
    }

    /// Passes on a write; one that has made no progress for too long is an error.
    fn watch<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let stall = match &mut self.stall {
            Some(stall) => stall,
            None => {
                let now = Instant::now();
                let end = now.checked_add(limits::WRITE_STALL).unwrap_or(now);
                self.stall.insert(Box::pin(sleep_until(end)))
            }
        };
        ready!(stall.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, buffers);
        self.watch(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_come_free() {
        let places = Places::default();
        let [one, two] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
        let mut held: Vec<Place> = (0..limits::CONNECTIONS_PER_CLIENT_MAX).map(|_| places.take(one).unwrap()).collect();
        assert!(places.take(one).is_none());
        assert!(places.take(two).is_some());
        held.pop();
        assert!(places.take(one).is_some());
        let local = IpAddr::from([127, 0, 0, 1]);
        let room = limits::CONNECTIONS_MAX - held.len();
        let all: Vec<Place> = (0..room).map(|_| places.take(local).unwrap()).collect();
        assert!(places.take(local).is_none() && places.take(two).is_none());
        drop((all, held));
        assert!(places.0.lock().unwrap().is_empty());
    }
}
