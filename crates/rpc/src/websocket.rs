//! Calls over a websocket, one message after the other.
//!
//! The next message is read when the last one has been answered, so a client
//! that sends and does not read fills its own queue and not this machine's memory.

use std::net::IpAddr;

use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    response::Response,
};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::{front::Front, limits};

/// The most bytes of a reason for closing, which a control frame has room for.
const REASON_BYTES_MAX: usize = 100;

/// Answers an upgrade, and serves the websocket until it ends.
pub(crate) fn open(upgrade: WebSocketUpgrade, front: Front, client: IpAddr) -> Response {
    upgrade
        .max_message_size(limits::BODY_BYTES_MAX)
        .max_frame_size(limits::BODY_BYTES_MAX)
        .on_upgrade(move |socket| attend(socket, front, client))
}

async fn attend(mut socket: WebSocket, front: Front, client: IpAddr) {
    let mut is_probed = false;
    loop {
        let message = match timeout(limits::PING_INTERVAL, socket.recv()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(error))) => return close(socket, &error).await,
            Ok(None) => return,
            Err(_) if is_probed => return,
            Err(_) => {
                is_probed = true;
                if socket.send(Message::Ping(Bytes::new())).await.is_err() {
                    return;
                }
                continue;
            }
        };
        is_probed = false;
        let call = match message {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(bytes) => bytes,
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return,
        };
        let Some(answer) = text(front.answer(call, client).await).await else { continue };
        if socket.send(Message::Text(answer)).await.is_err() {
            return;
        }
    }
}

/// The text of an answer, if there is something to say.
async fn text(response: Response) -> Option<Utf8Bytes> {
    let body = response.into_body().collect().await.ok()?.to_bytes();
    Utf8Bytes::try_from(body).ok().filter(|text| !text.is_empty())
}

/// Ends with the reason; whoever broke the protocol may not read it.
async fn close(mut socket: WebSocket, error: &axum::Error) {
    let reason: String = error.to_string().chars().take(REASON_BYTES_MAX).collect();
    let frame = CloseFrame { code: close_code::POLICY, reason: reason.into() };
    drop(socket.send(Message::Close(Some(frame))).await);
}
