//! What the server bears: other hosts' names, floods, and clients that stall.

use std::{future::pending, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request};
use futures_util::future::join_all;
use plenary_rpc::{
    client::{Client, ClientError, Part},
    deliverable_answer::Deliverable,
    group_answer::{Contribution, Meeting, Participant},
    host::Hosts,
    liaison::Liaison,
    report::MeetingReport,
    server::{self, Rate},
    view::ViewError,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    call, generous,
    memory::{Memory, Reception, name, registration},
    open, post, send,
};

/// A server on a free port, until `stop` is used or dropped.
struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn start(view: &Arc<Memory>) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hosts = Hosts::new(address.port(), None, "node.toml line 12").unwrap();
    let router = server::router(view.clone(), generous());
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(server::serve(listener, router, hosts, async move {
        if stopped.await.is_err() {
            pending::<()>().await;
        }
    }));
    Running { address, stop, task }
}

impl Running {
    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Sends bytes and reads until the server closes.
async fn exchange(mut stream: TcpStream, bytes: &str) -> String {
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection may also end by a reset.
    drop(stream.read_to_end(&mut answer).await);
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_full_batch_counts_as_a_hundred_calls() {
    let view = Memory::with(0);
    let router = server::router(view, Rate { per_second: 1, burst: 150 });
    let head = r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getHead"}"#;
    let batch = format!("[{}]", vec![head; 100].join(","));
    assert_eq!(post(&router, batch.clone()).await.status, 200);
    let reply = post(&router, batch).await;
    assert_eq!((reply.status, reply.error()), (429, (-32005, "rate_limited")));
    let wait = reply.body["error"]["data"]["retry_after_ms"].as_u64().unwrap();
    assert!((1..=50_000).contains(&wait), "{wait}");
    assert_eq!(reply.retry_after.unwrap(), wait.div_ceil(1_000).to_string());
    assert_eq!(call(&router, "ledger_getHead", json!({})).await.status, 200);
}

#[tokio::test]
async fn an_unknown_host_is_taught() {
    let hosts = Hosts::new(8645, None, "/etc/plenary/node.toml line 12").unwrap();
    let router = Router::new().route("/", axum::routing::get(async || "page")).merge(open(&Memory::with(0)));
    let router = server::guard(router, hosts);
    let get = |path: &str, host: &str| Request::get(path).header("host", host).body(Body::empty()).unwrap();
    let words = "this node answers to localhost:8645 only; to allow ledger.example.org set web.public_url \
                 (now from /etc/plenary/node.toml line 12)";
    let reply = send(&router, get("/", "ledger.example.org")).await;
    assert_eq!((reply.status, reply.body), (421, format!("{words}\n").into()));
    let reply = send(&router, get("/rpc", "ledger.example.org")).await;
    assert_eq!((reply.status, reply.error()), (421, (-32600, "unknown_host")));
    assert_eq!(reply.body["error"]["message"], words);
    assert_eq!(send(&router, get("/", "localhost:8645")).await.status, 200);
    let none = Request::get("/").body(Body::empty()).unwrap();
    assert_eq!(send(&router, none).await.status, 421);
    let two = Request::get("/").header("host", "localhost").header("host", "localhost").body(Body::empty()).unwrap();
    assert_eq!(send(&router, two).await.status, 421);
    let absolute = Request::get("http://evil.example/").header("host", "localhost").body(Body::empty()).unwrap();
    assert_eq!(send(&router, absolute).await.status, 421);
}

#[tokio::test]
async fn health_is_told_in_words() {
    let view = Memory::with(0);
    let router = open(&view);
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let reply = send(&router, get("/livez")).await;
    assert_eq!((reply.status, reply.body), (200, json!("live\n")));
    let reply = send(&router, get("/readyz")).await;
    assert_eq!((reply.status, reply.body), (200, json!("ready\n")));
    view.set_ready(false);
    let reply = send(&router, get("/readyz")).await;
    let failing = "FAIL agreement: 3 of 4 validators answer, 3 are needed, since 2017-06-07T12:00:00Z\n";
    assert_eq!((reply.status, reply.body), (503, format!("not ready\n{failing}").into()));
    let reply = send(&router, get("/readyz?verbose")).await;
    assert_eq!((reply.status, reply.body), (503, format!("not ready\nok disk: 41 GiB free\n{failing}").into()));
    view.fail(ViewError::Unreadable);
    assert_eq!(send(&router, get("/readyz")).await.status, 503);
    assert_eq!(send(&router, get("/livez")).await.status, 200);
}

#[tokio::test]
async fn no_header_opens_the_node_to_other_sites() {
    let running = start(&Memory::with(0)).await;
    let request = format!(
        "OPTIONS /rpc HTTP/1.1\r\nhost: {}\r\norigin: https://a.example\r\nconnection: close\r\n\r\n",
        running.address
    );
    let answer = exchange(running.connect().await, &request).await.to_ascii_lowercase();
    assert!(answer.starts_with("http/1.1 405"), "{answer}");
    assert!(!answer.contains("access-control"), "{answer}");
}

#[tokio::test]
async fn the_client_reads_what_the_server_writes() {
    let view = Memory::with(3);
    let running = start(&view).await;
    let client = Client::new(&format!("{}/rpc", running.url())).unwrap();
    let status = client.status().await.unwrap();
    assert_eq!((status.name.as_str(), status.quorum.0, status.reachable.0), ("secretariat", 3, 3));
    assert!(client.health().await.unwrap().ready);
    assert_eq!(client.version().await.unwrap().protocol.0, 1);
    assert_eq!(client.peers().await.unwrap().len(), 1);
    assert_eq!(client.validators().await.unwrap().validators.len(), 4);
    let head = client.head().await.unwrap();
    let block = client.block(head.height.height().unwrap()).await.unwrap();
    assert_eq!(block.id, head.block);
    assert_eq!(client.blocks(&Part::default()).await.unwrap().items.len(), 4);
    let record = client.record(block.records[0].0).await.unwrap();
    assert_eq!(client.record_at(record.line.index.0).await.unwrap(), record);
    assert_eq!(client.checkpoint().await.unwrap().size, head.log.size);
    assert_eq!(client.genesis().await.unwrap().ledger.0, view.ledger_id());
    assert_eq!(client.receipt(record.line.id.0).await.unwrap(), client.receipt_at(record.line.index.0).await.unwrap());
    assert_eq!(client.consistency(1, 3).await.unwrap().new.0, 3);
    assert_eq!(client.discover().await.unwrap()["info"]["title"], "Plenary");
    let mut part = Part { limit: Some(2), cursor: None };
    let first = client.records(None, &part).await.unwrap();
    part.cursor = first.next_cursor;
    let second = client.records(None, &part).await.unwrap();
    assert_eq!((first.items.len(), second.items.len(), second.has_more), (2, 1, false));
}

#[tokio::test]
async fn the_client_reads_a_group() {
    let running = start(&Memory::with(3)).await;
    let client = Client::new(&running.url()).unwrap();
    let part = Part::default();
    assert_eq!(client.group(None).await.unwrap().id, "fg-dlt");
    assert_eq!(client.groups(&part).await.unwrap().items.len(), 1);
    assert_eq!(client.nouns::<Meeting>(None, &part).await.unwrap().items.len(), 3);
    assert_eq!(client.noun::<Meeting>("1").await.unwrap().starts, "2017-10-17");
    assert_eq!(client.meeting_participants("1", &part).await.unwrap().items.len(), 2);
    assert_eq!(client.meeting_documents("2", &part).await.unwrap().items.len(), 1);
    let participants = client.nouns::<Participant>(None, &part).await.unwrap().items;
    assert_eq!(client.noun::<Participant>(&participants[0].id).await.unwrap(), participants[0]);
    assert_eq!(client.nouns::<Contribution>(None, &part).await.unwrap().items.len(), 3);
    assert_eq!(client.noun::<Contribution>("DLT-I-001").await.unwrap().standing, "on-time");
    assert_eq!(client.revisions("DLT-I-001", &part).await.unwrap().items.len(), 0);
    assert_eq!(client.nouns::<Deliverable>(None, &part).await.unwrap().items.len(), 1);
    let deliverable = client.noun::<Deliverable>("fg-dlt/D1.1").await.unwrap();
    assert_eq!(deliverable.objections[0].disposition.as_deref(), Some("rejected"));
    assert_eq!(client.positions("D1.1", &part).await.unwrap().items.len(), 2);
    assert_eq!(client.timeline("D1.1", &part).await.unwrap().items.len(), 0);
    assert_eq!(client.nouns::<Liaison>(None, &part).await.unwrap().items.len(), 1);
    assert_eq!(client.noun::<MeetingReport>("10").await.unwrap().meeting, "10");
    assert_eq!(client.reports(&name("fg-dlt")).await.unwrap().progress.len(), 1);
}

#[tokio::test]
async fn the_client_says_why_there_is_no_answer() {
    let view = Memory::with(0);
    let running = start(&view).await;
    let client = Client::new(&running.url()).unwrap();
    let file = registration(view.ledger_id(), "org-1");
    let text = String::from_utf8(file.bytes().to_vec()).unwrap();
    view.receive(Reception::Refuse);
    match client.submit(&text, Duration::from_millis(10)).await {
        Err(ClientError::Refused { code: 1_003, data }) => assert_eq!(data.reason, "objection_open"),
        other => panic!("{other:?}"),
    }
    view.receive(Reception::Take);
    let taken = client.submit(&text, Duration::ZERO).await.unwrap();
    assert_eq!(client.submission(file.id(), Duration::ZERO).await.unwrap(), taken);
    running.stop.send(()).unwrap();
    running.task.await.unwrap();
    let url = client.url();
    assert_eq!(client.head().await, Err(ClientError::Unreachable(url)));
    for url in ["localhost:8645", "https://localhost", "http://", "http://u@localhost", "http://a/b"] {
        assert!(matches!(Client::new(url), Err(ClientError::Address(_))), "{url}");
    }
}

#[tokio::test]
async fn the_client_sends_many_records_at_once() {
    let view = Memory::with(1);
    let running = start(&view).await;
    let client = Client::new(&running.url()).unwrap();
    let texts = ["org-0000", "org-1", "org-2"]
        .map(|name| String::from_utf8(registration(view.ledger_id(), name).bytes().to_vec()).unwrap());
    let altered = texts[1].replace("org-1", "org-3");
    let answers = client.submit_all(&[&texts[0], &altered, &texts[2]]).await.unwrap();
    let ids: Vec<_> = answers.iter().map(|answer| answer.as_ref().map(|taken| taken.id.0).ok()).collect();
    let id = |name| Some(registration(view.ledger_id(), name).id());
    assert_eq!(ids, [id("org-0000"), None, id("org-2")]);
    let whole = client.submit_all(&[texts[1].as_str(); 101]).await;
    assert!(matches!(&whole, Err(ClientError::Refused { data, .. }) if data.reason == "batch_too_large"), "{whole:?}");
}

#[tokio::test]
async fn what_is_no_node_is_named_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/rpc", axum::routing::post(async || "hello"));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let failed = Client::new(&url).unwrap().head().await.unwrap_err();
    assert_eq!(
        failed.to_string(),
        format!("what answers at {url} is no node that this program understands: the answer is not JSON-RPC 2.0")
    );
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_share_the_server() {
    let view = Memory::with(3);
    let running = start(&view).await;
    let clients = (0..64).map(|_| {
        let url = running.url();
        tokio::spawn(async move {
            let client = Client::new(&url).unwrap();
            for _ in 0..20 {
                assert_eq!(client.head().await.unwrap().height.0, 3);
            }
        })
    });
    for client in join_all(clients).await {
        client.unwrap();
    }
}

// With the clock paused, time leaps to the next timer as soon as nothing else
// can go on: who stalls is found out at once.

#[tokio::test(start_paused = true)]
async fn who_sends_half_a_header_is_cut() {
    let running = start(&Memory::with(0)).await;
    assert_eq!(exchange(running.connect().await, "POST /rpc HTTP/1.1\r\nhost: loc").await, "");
    assert_eq!(exchange(running.connect().await, "").await, "");
}

#[tokio::test(start_paused = true)]
async fn who_sends_half_a_body_is_told_and_cut() {
    let running = start(&Memory::with(0)).await;
    let request = format!("POST /rpc HTTP/1.1\r\nhost: {}\r\ncontent-length: 100\r\n\r\n{{", running.address);
    let answer = exchange(running.connect().await, &request).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("timed_out"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed() {
    let running = start(&Memory::with(0)).await;
    let request = format!("GET /livez HTTP/1.1\r\nhost: {}\r\n\r\n", running.address);
    let answer = exchange(running.connect().await, &request).await;
    assert!(answer.ends_with("live\n"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_is_cut() {
    let running = start(&Memory::with(500)).await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"ledger_listRecords","params":{"limit":500}}"#;
    let batch = format!("[{}]", vec![call; 50].join(","));
    let request =
        format!("POST /rpc HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n{batch}", running.address, batch.len());
    let mut stream = running.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    // Nothing is read until the server has given up, which its end shows.
    tokio::time::sleep(Duration::from_secs(120)).await;
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer).await);
    let whole = 50 * 500 * 300;
    assert!(answer.starts_with(b"HTTP/1.1 200") && answer.len() < whole, "{} bytes", answer.len());
}

/// One text message from a client, masked as RFC 6455 asks, with a mask of zeros.
fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let mut frame = vec![0x81];
    if length < 126 {
        frame.push(0x80 | u8::try_from(length).unwrap());
    } else {
        frame.push(0x80 | 126);
        frame.extend(length.to_be_bytes());
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

/// The next text message; pings before it are passed over.
async fn receive(stream: &mut TcpStream) -> Value {
    loop {
        let mut head = [0; 2];
        stream.read_exact(&mut head).await.unwrap();
        let length = match head[1] {
            126 => u64::from(stream.read_u16().await.unwrap()),
            127 => stream.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut text = vec![0; usize::try_from(length).unwrap()];
        stream.read_exact(&mut text).await.unwrap();
        match head[0] {
            0x81 => return serde_json::from_slice(&text).unwrap(),
            0x89 => {}
            other => panic!("a frame {other:#x}"),
        }
    }
}

async fn upgrade(running: &Running, origin: &str) -> (String, TcpStream) {
    let mut stream = running.connect().await;
    let request = format!(
        "GET /rpc/ws HTTP/1.1\r\nhost: {}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n{origin}\r\n",
        running.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (String::from_utf8(head).unwrap(), stream)
}

/// Who sends calls over a websocket and does not read the answers is not read
/// any more, so that nothing piles up, and then cut.
#[tokio::test(start_paused = true)]
async fn who_floods_a_websocket_and_does_not_read_is_cut() {
    const ENOUGH: usize = 64 << 20;
    let running = start(&Memory::with(500)).await;
    let (_, mut stream) = upgrade(&running, "").await;
    let blanks = " ".repeat(60_000);
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"ledger_listRecords","params":{"limit":500}}"#;
    let message = frame(&format!("{call}{blanks}"));
    let mut sent = 0;
    while sent < ENOUGH && stream.write_all(&message).await.is_ok() {
        sent += message.len();
    }
    assert!(sent < ENOUGH, "{sent} bytes were taken");
}

#[tokio::test]
async fn a_websocket_ends_with_a_reason() {
    let running = start(&Memory::with(1)).await;
    let (_, mut stream) = upgrade(&running, "").await;
    // A message that claims a byte more than a body may have.
    let length = u64::try_from(plenary_rpc::limits::BODY_BYTES_MAX).unwrap() + 1;
    let head = [[0x81, 0x80 | 127].as_slice(), &length.to_be_bytes(), &[0; 4]].concat();
    stream.write_all(&head).await.unwrap();
    let mut end = Vec::new();
    drop(stream.read_to_end(&mut end).await);
    assert_eq!(end[0], 0x88, "{end:?}");
    assert!(String::from_utf8_lossy(&end).contains("too long"), "{end:?}");
}

#[tokio::test]
async fn a_websocket_carries_the_same_calls_and_limits() {
    let view = Memory::with(1);
    let running = start(&view).await;
    let (head, mut stream) = upgrade(&running, "").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    let nested = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let head = r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getHead"}"#;
    //  message, where the reason stands, reason
    for (message, reason) in [
        (r#"{"jsonrpc":"2.0","id":1,"method":"nothing"}"#.to_owned(), "unknown_method"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"ledger_getHead","params":{"a":1}}"#.to_owned(), "unknown_param"),
        (format!(r#"{{"jsonrpc":"2.0","id":1,"method":"ledger_getHead","params":{nested}}}"#), "too_deep"),
        (format!("[{}]", vec![head; 101].join(",")), "batch_too_large"),
        ("[]".to_owned(), "empty_batch"),
    ] {
        stream.write_all(&frame(&message)).await.unwrap();
        let answer = receive(&mut stream).await;
        assert_eq!(answer["error"]["data"]["reason"], reason, "{answer}");
    }
    stream.write_all(&frame(head)).await.unwrap();
    assert_eq!(receive(&mut stream).await["result"]["height"], 1);
    let (head, _) = upgrade(&running, "origin: https://evil.example\r\n").await;
    assert!(head.starts_with("HTTP/1.1 403"), "{head}");
    let (head, _) = upgrade(&running, &format!("origin: {}\r\n", running.url())).await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
}
