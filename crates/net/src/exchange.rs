//! The exchange of one request and one response on a stream of their own.
//!
//! On the wire: four bytes of length, big endian, then so many bytes. The
//! length is checked before anything is reserved for it, and what is reserved
//! grows with what has arrived, never with what was claimed.

use std::{error, fmt, io};

use libp2p::{
    StreamProtocol,
    futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    request_response::{self, Codec, ProtocolSupport},
};

use crate::limits::{EXCHANGE_STREAMS, REQUEST_BYTES, REQUEST_TIME, RESPONSE_BYTES};

/// The behaviour that runs the exchange.
pub(crate) type Behaviour = request_response::Behaviour<Frames>;

/// A request, or that its sender claimed more than it may. This is no error to
/// the library, which would close the stream and not say whose it was.
pub(crate) type Request = Result<Vec<u8>, TooLong>;

/// Reads and writes the frames of an exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frames;

/// The exchange under `protocol`.
pub(crate) fn behaviour(protocol: StreamProtocol) -> Behaviour {
    let config = request_response::Config::default()
        .with_request_timeout(REQUEST_TIME)
        .with_max_concurrent_streams(EXCHANGE_STREAMS);
    Behaviour::with_codec(Frames, [(protocol, ProtocolSupport::Full)], config)
}

/// Whether `error` says that the peer claimed more than it may.
pub(crate) fn claims_too_much(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLong>())
}

/// A peer's claim above the limit, apart from all that a link can do to bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the frame exceeds its limit")
    }
}

impl error::Error for TooLong {}

impl Codec for Frames {
    type Protocol = StreamProtocol;
    type Request = Request;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Request>
    where
        T: AsyncRead + Unpin + Send,
    {
        match read_frame(io, REQUEST_BYTES).await {
            Ok(bytes) => Ok(Ok(bytes)),
            Err(error) if claims_too_much(&error) => Ok(Err(TooLong)),
            Err(error) => Err(error),
        }
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_frame(io, RESPONSE_BYTES).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Request) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let bytes = request.map_err(|_| io::ErrorKind::InvalidInput)?;
        write_frame(io, &bytes, REQUEST_BYTES).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &bytes, RESPONSE_BYTES).await
    }
}

async fn read_frame<T: AsyncRead + Unpin>(io: &mut T, limit: usize) -> io::Result<Vec<u8>> {
    let mut prefix = [0; 4];
    io.read_exact(&mut prefix).await?;
    let length = u32::from_be_bytes(prefix);
    if usize::try_from(length).map_or(true, |length| limit < length) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, TooLong));
    }
    let mut bytes = Vec::new();
    read_body(io, length, &mut bytes).await?;
    Ok(bytes)
}

async fn read_body<T: AsyncRead + Unpin>(io: &mut T, length: u32, bytes: &mut Vec<u8>) -> io::Result<()> {
    let read = io.take(u64::from(length)).read_to_end(bytes).await?;
    if u32::try_from(read) != Ok(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

async fn write_frame<T: AsyncWrite + Unpin>(io: &mut T, bytes: &[u8], limit: usize) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= limit);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    io.write_all(&length.to_be_bytes()).await?;
    io.write_all(bytes).await?;
    io.flush().await
}

#[cfg(test)]
mod tests {
    use libp2p::futures::io::Cursor;

    use super::*;

    async fn check(wire: &[u8], limit: usize, expected: Result<&[u8], io::ErrorKind>) {
        let found = read_frame(&mut Cursor::new(wire), limit).await.map_err(|error| error.kind());
        assert_eq!(found.as_deref().map_err(|kind| *kind), expected);
    }

    #[tokio::test]
    async fn a_frame_is_read_up_to_the_limit_and_not_beyond() {
        check(&[0, 0, 0, 0], 2, Ok(&[])).await;
        check(&[0, 0, 0, 2, 7, 8], 2, Ok(&[7, 8])).await;
        check(&[0, 0, 0, 2, 7, 8, 9], 2, Ok(&[7, 8])).await;
        check(&[0, 0, 0, 3, 7, 8, 9], 2, Err(io::ErrorKind::InvalidData)).await;
        check(&[0, 0, 0, 2, 7], 2, Err(io::ErrorKind::UnexpectedEof)).await;
        check(&[0, 0, 0], 2, Err(io::ErrorKind::UnexpectedEof)).await;
        // Nine bytes that claim four gigabytes.
        check(&[255, 255, 255, 255, 1, 2, 3, 4, 5], RESPONSE_BYTES, Err(io::ErrorKind::InvalidData)).await;
    }

    #[tokio::test]
    async fn memory_follows_what_arrived_and_not_what_was_claimed() {
        let length = u32::try_from(RESPONSE_BYTES).unwrap();
        let mut bytes = Vec::new();
        let read = read_body(&mut Cursor::new([1; 5]), length, &mut bytes).await;
        assert_eq!(read.map_err(|error| error.kind()), Err(io::ErrorKind::UnexpectedEof));
        assert!(bytes.capacity() <= 1024, "{}", bytes.capacity());
    }

    #[tokio::test]
    async fn what_is_written_is_read() {
        let mut wire = Cursor::new(Vec::new());
        write_frame(&mut wire, b"height 7", 8).await.unwrap();
        let refused = write_frame(&mut Cursor::new(Vec::new()), b"height 77", 8).await;
        assert_eq!(refused.map_err(|error| error.kind()), Err(io::ErrorKind::InvalidInput));
        check(&wire.into_inner(), 8, Ok(b"height 7")).await;
    }
}
