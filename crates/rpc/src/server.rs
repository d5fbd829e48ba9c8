//! The routes of the interface, and the server that all of a node's routes share.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing,
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::ServiceExt as _;

use crate::{
    answer::Health,
    connection::{Connection, Places},
    fault::Fault,
    front::{self, Front},
    host::Hosts,
    limits,
    method::Desk,
    node, openrpc,
    params::Arguments,
    reason::Reason,
    table,
    view::View,
};
pub use crate::{bucket::Rate, front::Client};

/// How long to wait after the machine could not give another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The routes: `/rpc`, `/rpc/ws`, `/openrpc.json`, `/livez` and `/readyz`.
///
/// Other routes may be merged with them; `serve` guards all alike.
pub fn router(view: Arc<dyn View>, rate: Rate) -> Router {
    let document: Arc<str> = openrpc::document().into();
    let desk = Desk::new(view);
    let raw = RawValue::from_string(document.to_string()).unwrap_or_default();
    let front = Front::new(desk.clone(), table::methods(), raw, rate);
    let rpc = Router::new()
        .route("/rpc", routing::post(front::post))
        .route("/rpc/ws", routing::get(front::websocket))
        .with_state(front);
    let health = Router::new().route("/readyz", routing::get(ready)).with_state(desk);
    let documents = Router::new().route("/openrpc.json", routing::get(describe)).with_state(document);
    Router::new().route("/livez", routing::get(live)).merge(rpc).merge(health).merge(documents)
}

/// `router`, open only to requests for the names that the node answers to.
pub fn guard(router: Router, hosts: Hosts) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::new(hosts), check_host))
}

/// Serves `router` on `listener` until `shutdown`, then lets open requests end.
///
/// Connections are bounded in number, in the time that a request's headers may
/// take, and in how long a client may refuse to read. HTTP/1.1 only, which
/// every browser and tool speaks without TLS.
pub async fn serve(listener: TcpListener, router: Router, hosts: Hosts, shutdown: impl Future<Output = ()> + Send) {
    let router = guard(router, hosts);
    let places = Places::default();
    let (stop, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
            // Ended connections are taken out as they end.
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        match accepted {
            Ok((stream, peer)) => {
                let client = peer.ip().to_canonical();
                match places.take(client) {
                    Some(place) => {
                        let connection = Connection::new(stream, place);
                        connections.spawn(attend(connection, router.clone(), client, stopped.clone()));
                    }
                    None => refuse(stream),
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop((listener, stop));
    let drained = timeout(limits::DRAIN_TIMEOUT, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::debug!("connections were still open at the end");
    }
}

/// Closes a connection for which there is no room.
fn refuse(stream: TcpStream) {
    tracing::debug!("a connection was refused: there are too many");
    drop(stream);
}

async fn attend(connection: Connection, router: Router, client: IpAddr, mut stopped: watch::Receiver<()>) {
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Client(client));
        let answer = router.clone().oneshot(request);
        async move { Ok::<_, std::convert::Infallible>(front::certain(answer.await)) }
    });
    let mut served = std::pin::pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits::HEADER_TIMEOUT)
            .max_buf_size(limits::HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(connection), service)
            .with_upgrades()
    );
    let result = tokio::select! {
        result = served.as_mut() => result,
        _ = stopped.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Refuses what asks for a name that is not this node's, as a page of another
/// site would by making its own name point here.
async fn check_host(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let mut named = request.headers().get_all(header::HOST).iter().map(|host| host.to_str().ok());
    let host = named.next().flatten();
    let is_single = named.next().is_none();
    let target = request.uri().authority().map(|authority| authority.as_str());
    let is_own = host.is_some_and(|host| hosts.admits(host)) && target.is_none_or(|target| hosts.admits(target));
    if is_own && is_single {
        return next.run(request).await;
    }
    let fault = Fault::new(Reason::UNKNOWN_HOST, hosts.refusal(host));
    if request.uri().path().starts_with("/rpc") {
        return front::refuse(StatusCode::MISDIRECTED_REQUEST, fault, None);
    }
    plain(StatusCode::MISDIRECTED_REQUEST, format!("{}\n", fault.data.message))
}

async fn describe(State(document): State<Arc<str>>) -> Response {
    let mut headers = HeaderMap::new();
    front::harden(&mut headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (headers, document.to_string()).into_response()
}

async fn live() -> Response {
    plain(StatusCode::OK, "live\n".to_owned())
}

#[derive(Deserialize)]
struct Verbosity {
    verbose: Option<String>,
}

/// Whether the node is of use; with `?verbose` every check is listed, and
/// without it those that do not hold.
async fn ready(State(desk): State<Desk>, Query(query): Query<Verbosity>) -> Response {
    let asked = desk.read(|view| node::health(view, &Arguments::default()));
    let health = match timeout(limits::REQUEST_TIMEOUT, asked).await {
        Ok(Ok(health)) => health,
        Ok(Err(fault)) => return plain(StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", fault.data.message)),
        Err(_) => return plain(StatusCode::SERVICE_UNAVAILABLE, "the node does not answer\n".to_owned()),
    };
    let status = if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    plain(status, describe_health(&health, query.verbose.is_some()))
}

fn describe_health(health: &Health, verbose: bool) -> String {
    let mut text = String::from(if health.ready { "ready\n" } else { "not ready\n" });
    for check in health.checks.iter().filter(|check| verbose || !check.holds) {
        let word = if check.holds { "ok" } else { "FAIL" };
        let since = check.since.map(|since| format!(", since {since}")).unwrap_or_default();
        text.push_str(&format!("{word} {}: {}{since}\n", check.name, check.words));
    }
    text
}

fn plain(status: StatusCode, text: String) -> Response {
    let mut response = (status, text).into_response();
    front::harden(response.headers_mut());
    response
}
