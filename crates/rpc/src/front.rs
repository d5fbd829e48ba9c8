//! What stands before the calls: bodies are bounded and counted here, and
//! whatever is wrong with one as a whole is refused here.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts as _, Request, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Body as _;
use jsonrpsee::{
    core::middleware::RpcServiceBuilder,
    server::{BatchRequestConfig, Server, ServerConfig, ServerHandle, StopHandle, TowerService, stop_channel},
    types,
};
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use tokio::time::{Instant, timeout};
use tower::{
    Layer, Service as _,
    layer::util::{Identity, Stack},
};

use crate::{
    bucket::{Buckets, Rate},
    depth,
    dispatch::{self, Gate},
    fault::Fault,
    host, limits,
    method::{Desk, Json, Method},
    reason::Reason,
    websocket,
};

/// The length of the answer `null`; no JSON-RPC answer is so short.
const NULL_BYTES: u64 = 4;

/// The address that a connection comes from; `serve` tells it to every request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Client(pub IpAddr);

/// What stands before the calls.
#[derive(Clone)]
pub(crate) struct Front {
    service: TowerService<Stack<Gates, Identity>, Identity>,
    buckets: Arc<Buckets>,
    /// The service ends when this is dropped.
    _handle: Arc<ServerHandle>,
}

/// Puts a `Gate` before jsonrpsee's own dispatch.
#[derive(Clone)]
pub(crate) struct Gates(Arc<[&'static str]>);

impl<S> Layer<S> for Gates {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Gate<S> {
        Gate { inner, names: Arc::clone(&self.0) }
    }
}

impl Front {
    /// A front before the methods of the table.
    pub(crate) fn new(desk: Desk, methods: Vec<Method>, document: Json, rate: Rate) -> Self {
        let names = methods.iter().map(|method| method.about.name).chain([dispatch::DISCOVER]).collect();
        let buckets = Arc::new(Buckets::new(rate));
        let (stop, handle): (StopHandle, ServerHandle) = stop_channel();
        let config = ServerConfig::builder()
            .max_request_body_size(u32::try_from(limits::BODY_BYTES_MAX).unwrap_or(u32::MAX))
            .max_response_body_size(limits::ANSWER_BYTES_MAX)
            // Connections are counted where they are accepted, batches before they come here.
            .max_connections(u32::MAX)
            .set_batch_request_config(BatchRequestConfig::Unlimited)
            .http_only()
            .build();
        let service = Server::builder()
            .set_config(config)
            .set_rpc_middleware(RpcServiceBuilder::new().layer(Gates(names)))
            .to_service_builder()
            .build(dispatch::registry(desk, methods, document), stop);
        Self { service, buckets, _handle: Arc::new(handle) }
    }

    /// The answer to a body that came from `client`; without content if there is nothing to answer.
    pub(crate) async fn answer(&self, body: Bytes, client: IpAddr) -> Response {
        let body = match self.check(body, client) {
            Ok(body) => body,
            Err(refusal) => return *refusal,
        };
        let mut request = Request::new(Body::from(body));
        *request.method_mut() = axum::http::Method::POST;
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut response = self.pass_on(request).await;
        // Notifications have no answer, for which jsonrpsee writes `null`.
        if response.body().size_hint().exact() == Some(NULL_BYTES) {
            response = StatusCode::NO_CONTENT.into_response();
        }
        harden(response.headers_mut());
        response
    }

    /// Refuses a body that is wrong as a whole, or one too many.
    fn check(&self, body: Bytes, client: IpAddr) -> Result<Bytes, Box<Response>> {
        if depth::exceeds(&body, limits::DEPTH_MAX) {
            return Err(Box::new(refuse(StatusCode::BAD_REQUEST, dispatch::too_deep(), None)));
        }
        let Calls { number, body } = match count(body) {
            Ok(calls) => calls,
            Err((fault, id)) => return Err(Box::new(refuse(StatusCode::BAD_REQUEST, fault, id))),
        };
        match self.buckets.take(client, number, Instant::now()) {
            Ok(()) => Ok(body),
            Err(wait) => {
                let fault = dispatch::rate_limited(wait.as_millis());
                let mut response = refuse(StatusCode::TOO_MANY_REQUESTS, fault, None);
                let seconds = wait.as_millis().div_ceil(1_000).max(1);
                if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
                    response.headers_mut().insert(header::RETRY_AFTER, value);
                }
                Err(Box::new(response))
            }
        }
    }

    async fn pass_on(&self, request: Request) -> Response {
        match self.service.clone().call(request).await {
            Ok(response) => response.map(Body::new),
            Err(_) => {
                refuse(StatusCode::INTERNAL_SERVER_ERROR, Fault::new(Reason::INTERNAL, "the call was lost"), None)
            }
        }
    }
}

/// `POST /rpc`: a call or a batch of calls.
pub(crate) async fn post(State(front): State<Front>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match admit(&parts.headers, body).await {
        Ok(body) => front.answer(body, address(&parts.extensions)).await,
        Err(refusal) => *refusal,
    }
}

/// `GET /rpc/ws`: calls over a websocket.
pub(crate) async fn websocket(State(front): State<Front>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if let Err(refusal) = check_origin(&parts.headers) {
        return *refusal;
    }
    let client = address(&parts.extensions);
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => websocket::open(upgrade, front, client),
        Err(rejection) => rejection.into_response(),
    }
}

fn address(extensions: &axum::http::Extensions) -> IpAddr {
    extensions.get::<Client>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.0)
}

/// Reads the body of a request that may be read.
async fn admit(headers: &HeaderMap, body: Body) -> Result<Bytes, Box<Response>> {
    check_origin(headers)?;
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        let fault = Fault::new(Reason::ENCODED_BODY, "the body is compressed");
        return Err(Box::new(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, fault, None)));
    }
    read_body(body).await
}

async fn read_body(body: Body) -> Result<Bytes, Box<Response>> {
    let too_large = || {
        let message = format!("the body has more than {} bytes", limits::BODY_BYTES_MAX);
        Box::new(refuse(StatusCode::PAYLOAD_TOO_LARGE, Fault::new(Reason::BODY_TOO_LARGE, message), None))
    };
    match timeout(limits::BODY_TIMEOUT, Limited::new(body, limits::BODY_BYTES_MAX).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => {
            let fault = Fault::new(Reason::PARSE, "the body ended before its end");
            Err(Box::new(refuse(StatusCode::BAD_REQUEST, fault, None)))
        }
        Err(_) => {
            let message = format!("the body took more than {} s", limits::BODY_TIMEOUT.as_secs());
            let fault = Fault::new(Reason::TIMED_OUT, message);
            Err(Box::new(refuse(StatusCode::REQUEST_TIMEOUT, fault, None)))
        }
    }
}

/// The calls of a body that is sound as a whole.
struct Calls {
    /// How many there are.
    number: usize,
    /// The body to pass on.
    body: Bytes,
}

/// What is wrong with a body, and the id of the call if that can be told.
type Unsound = (Fault, Option<Json>);

/// Counts the calls of a body.
fn count(body: Bytes) -> Result<Calls, Unsound> {
    let parse = || (Fault::new(Reason::PARSE, "the body is not JSON"), None);
    let text = str::from_utf8(&body).map_err(|_| parse())?;
    let value: &RawValue = serde_json::from_str(text).map_err(|_| parse())?;
    if !value.get().starts_with('[') {
        let is_sound = is_call(value);
        let refused = || (dispatch::invalid_request(), id_of(value.get()));
        return if is_sound { Ok(Calls { number: 1, body }) } else { Err(refused()) };
    }
    let calls: Vec<&RawValue> = serde_json::from_str(value.get()).map_err(|_| parse())?;
    dispatch::check_batch(calls.len()).map_err(|fault| (fault, None))?;
    // A call with an id that is no id would be taken for a notification and
    // never be answered; a number in its place is answered as what it is.
    let calls: Vec<&str> = calls.into_iter().map(|call| if is_call(call) { call.get() } else { "0" }).collect();
    Ok(Calls { number: calls.len(), body: format!("[{}]", calls.join(",")).into() })
}

#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// Whether a JSON text is a call, or a notification without an id.
fn is_call(value: &RawValue) -> bool {
    if serde_json::from_str::<types::Request<'_>>(value.get()).is_ok() {
        return true;
    }
    let has_no_id = serde_json::from_str::<Identified<'_>>(value.get()).is_ok_and(|call| call.id.is_none());
    has_no_id && serde_json::from_str::<types::Notification<'_, Option<&RawValue>>>(value.get()).is_ok()
}

/// The id of what failed to be a call, if it has one that can be repeated.
fn id_of(text: &str) -> Option<Json> {
    let invalid: types::InvalidRequest<'_> = serde_json::from_str(text).ok()?;
    serde_json::value::to_raw_value(&invalid.id).ok()
}

/// Pages of other sites may not call: a browser tells their origin.
fn check_origin(headers: &HeaderMap) -> Result<(), Box<Response>> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_own = origin.to_str().ok().zip(host).is_some_and(|(origin, host)| host::is_own_origin(origin, host));
    if is_own {
        return Ok(());
    }
    let fault = Fault::new(Reason::FOREIGN_ORIGIN, "the call comes from a page of another site");
    Err(Box::new(refuse(StatusCode::FORBIDDEN, fault, None)))
}

/// An answer that says what is wrong with a request as a whole.
pub(crate) fn refuse(status: StatusCode, fault: Fault, id: Option<Json>) -> Response {
    let error = json!({ "code": fault.code, "message": fault.data.message, "data": fault.data });
    let body = json!({ "jsonrpc": "2.0", "error": error, "id": id });
    let mut response = (status, axum::Json(body)).into_response();
    harden(response.headers_mut());
    response
}

/// Keeps answers out of caches, and browsers from guessing what they are.
pub(crate) fn harden(headers: &mut HeaderMap) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// Turns what cannot fail into its answer.
pub(crate) fn certain(response: Result<Response, Infallible>) -> Response {
    match response {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
