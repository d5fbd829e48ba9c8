//! Clients that keep no rule of HTTP, before a whole node.

use std::time::Duration;

use plenary_rpc::limits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::network::{Network, PATIENCE};

/// The node that is asked; alone, since no record is sent.
const NODE: &str = "secretariat";

/// What all of this may cost.
const MEMORY_KIB: u64 = 64 * 1_024;

/// Bytes of calls that are sent without reading an answer.
const FLOOD_BYTES: usize = 256 << 20;

struct Door {
    network: Network,
    address: String,
}

impl Door {
    async fn open() -> Self {
        let network = Network::found();
        network.run(NODE);
        let client = network.client(NODE);
        network.until("the node answers", async || client.status().await.is_ok()).await;
        let address = network.testnet().config(NODE).unwrap().web.listen.to_string();
        Self { network, address }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.unwrap()
    }

    fn post(&self, host: &str, body: &str) -> String {
        format!(
            "POST /rpc HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    async fn send(&self, host: &str, body: &str) -> String {
        let mut stream = self.connect().await;
        // A node that has read enough may close before it has all.
        drop(stream.write_all(self.post(host, body).as_bytes()).await);
        read_to_end(&mut stream).await
    }

    async fn is_serving(&self) {
        let answer = self.send(&self.address, r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getHead"}"#).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"height\""), "{answer}");
    }
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let end = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    // It may also end by a reset.
    drop(end.expect("the node closes the connection"));
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_request_has_its_reason() {
    let door = Door::open().await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getHead"}"#;
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = format!("{call}{}", " ".repeat(limits::BODY_BYTES_MAX));
    let batch = format!("[{}]", vec![call; limits::BATCH_MAX + 1].join(","));
    let own = door.address.clone();
    //  host, body, status, reason
    for (host, body, status, reason) in [
        (own.as_str(), nested.as_str(), "400", "too_deep"),
        (&own, &large, "413", "body_too_large"),
        (&own, &batch, "400", "batch_too_large"),
        (&own, "[]", "400", "empty_batch"),
        (&own, "{", "400", "parse"),
        (&own, "\u{0}", "400", "parse"),
        (&own, "7", "400", "invalid_request"),
        ("evil.example", call, "421", "unknown_host"),
        ("", call, "421", "unknown_host"),
    ] {
        let answer = door.send(host, body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{reason}: {answer}");
        assert!(answer.contains(&format!("\"reason\":\"{reason}\"")), "{reason}: {answer}");
        assert!(answer.contains("\"remedy\":"), "{reason}: {answer}");
    }
    door.is_serving().await;
}

/// Clients that hold on to connections, trickle, and do not read: others are
/// served meanwhile, the places come free again, and memory stays.
#[tokio::test(flavor = "multi_thread")]
async fn who_stalls_holds_up_nobody() {
    let door = Door::open().await;
    door.is_serving().await;
    let before = door.network.memory_kib(NODE).1;
    let mut slow = Vec::new();
    for _ in 0..limits::CONNECTIONS_MAX / 2 {
        let mut stream = door.connect().await;
        stream.write_all(b"POST /rpc HTTP/1.1\r\nhost: loc").await.unwrap();
        slow.push(stream);
    }
    door.is_serving().await;
    while slow.len() < limits::CONNECTIONS_MAX {
        slow.push(door.connect().await);
    }
    // There is no place left, and this is told by closing at once.
    door.network
        .until("no place is left", async || {
            let mut stream = door.connect().await;
            drop(stream.write_all(door.post(&door.address, "{}").as_bytes()).await);
            read_to_end(&mut stream).await.is_empty()
        })
        .await;
    // The node cuts them all by itself.
    for stream in &mut slow {
        read_to_end(stream).await;
    }
    door.is_serving().await;
    let sent = flood_websocket(&door).await;
    door.is_serving().await;
    let most = door.network.memory_kib(NODE).1;
    eprintln!("{sent} bytes were taken; {before} KiB, then at most {most} KiB");
    assert!(sent < FLOOD_BYTES, "the node goes on reading from who does not read");
    assert!(most < before + MEMORY_KIB, "{before} KiB became {most} KiB");
    let log = door.network.log(NODE);
    assert!(log.lines().count() < 50 && !log.contains("panicked"), "{log}");
}

/// Sends calls over a websocket and reads no answer; how many bytes the node took.
async fn flood_websocket(door: &Door) -> usize {
    let mut stream = door.connect().await;
    let upgrade = format!(
        "GET /rpc/ws HTTP/1.1\r\nhost: {}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
        door.address
    );
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    // The largest message there may be: a call for a large answer, and blanks.
    let mut text = r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#.to_owned();
    text.push_str(&" ".repeat(limits::BODY_BYTES_MAX - text.len()));
    let length = u64::try_from(text.len()).unwrap().to_be_bytes();
    let message = [[0x81, 0x80 | 127].as_slice(), &length, &[0; 4], text.as_bytes()].concat();
    let mut sent = 0;
    while sent < FLOOD_BYTES {
        match timeout(Duration::from_secs(5), stream.write_all(&message)).await {
            Ok(Ok(())) => sent += message.len(),
            // It takes no more, or has closed.
            Ok(Err(_)) | Err(_) => break,
        }
    }
    sent
}
