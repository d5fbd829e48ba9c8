//! The interface before a ledger in memory: what it answers, what it refuses,
//! and what it bears.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a failing test may panic")]
#![allow(clippy::arithmetic_side_effects, clippy::as_conversions, reason = "a failing test may panic")]
#![allow(clippy::wildcard_enum_match_arm, reason = "most matches here are over JSON, whose kinds are all known")]

mod calls;
mod lists;
mod memory;
mod refusals;
mod schema;
mod transport;

use std::sync::Arc;

use axum::{Router, body::Body, http::Request};
use http_body_util::BodyExt as _;
use plenary_rpc::server::{self, Rate};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::memory::Memory;

/// What came back: the status, the `Retry-After` header, and the body.
struct Reply {
    status: u16,
    retry_after: Option<String>,
    body: Value,
}

impl Reply {
    /// Code and reason of the error.
    fn error(&self) -> (i64, &str) {
        let error = &self.body["error"];
        (error["code"].as_i64().unwrap_or_default(), error["data"]["reason"].as_str().unwrap_or_default())
    }
}

fn generous() -> Rate {
    Rate { per_second: 100_000, burst: 100_000 }
}

fn open(view: &Arc<Memory>) -> Router {
    server::router(view.clone(), generous())
}

async fn post(router: &Router, body: impl Into<Body>) -> Reply {
    send(router, Request::post("/rpc").body(body.into()).unwrap()).await
}

async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into());
    Reply { status, retry_after, body }
}

async fn call(router: &Router, method: &str, params: Value) -> Reply {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    post(router, body.to_string()).await
}

/// The result of a call that must not fail.
async fn ask(router: &Router, method: &str, params: Value) -> Value {
    let reply = call(router, method, params).await;
    assert_eq!(reply.status, 200, "{method}: {}", reply.body);
    reply.body.get("result").unwrap_or_else(|| panic!("{method}: {}", reply.body)).clone()
}
