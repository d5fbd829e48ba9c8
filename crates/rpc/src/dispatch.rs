//! Calls on their way to their methods: jsonrpsee's registry, filled from the
//! table, and what every call goes through on either transport.

use std::{future::ready, net::IpAddr, sync::Arc};

use futures_util::{StreamExt as _, stream};
use jsonrpsee::{
    BatchResponseBuilder, MethodResponse, RpcModule,
    core::middleware::{Batch, BatchEntry, BatchEntryErr, Notification},
    server::middleware::rpc::RpcServiceT,
    types::{ErrorObjectOwned, Id, Request},
};
use serde_json::value::RawValue;
use tokio::time::{Instant, timeout_at};

use crate::{
    bucket::Buckets,
    depth,
    fault::Fault,
    limits,
    method::{Desk, Json, Method},
    params::Arguments,
    reason::Reason,
};

/// The method that answers the OpenRPC document. It is not in the document's
/// own list, since client generators make no sense of the dot.
pub(crate) const DISCOVER: &str = "rpc.discover";

/// Who calls, and whether the call has been counted already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// The client's address.
    pub(crate) address: IpAddr,
    /// Whether the calls were taken from the bucket when the body was read.
    pub(crate) is_counted: bool,
}

/// Registers every method of the table.
pub(crate) fn registry(desk: Desk, methods: Vec<Method>, document: Json) -> RpcModule<Desk> {
    let mut module = RpcModule::new(desk);
    for Method { about, run, .. } in methods {
        let registered = module.register_async_method(about.name, move |params, desk, _| {
            let run = run.clone();
            async move {
                let arguments = Arguments::read(about.params, params.as_str())?;
                desk.call(&run, arguments).await.map_err(ErrorObjectOwned::from)
            }
        });
        debug_assert!(registered.is_ok(), "names are unique");
    }
    let registered = module.register_async_method(DISCOVER, move |params, _, _| {
        let document = document.clone();
        async move {
            Arguments::read(&[], params.as_str())?;
            Ok::<_, ErrorObjectOwned>(document)
        }
    });
    debug_assert!(registered.is_ok(), "names are unique");
    module
}

/// What every call goes through before its method: the bucket, the depth, the
/// name, and the time it may take.
#[derive(Clone)]
pub(crate) struct Counter<S> {
    /// jsonrpsee's own dispatch.
    pub(crate) inner: S,
    /// The clients' buckets.
    pub(crate) buckets: Arc<Buckets>,
    /// The names that there are.
    pub(crate) names: Arc<[&'static str]>,
}

impl<S> Counter<S> {
    fn admit(&self, caller: Option<&Caller>, calls: usize) -> Result<(), Fault> {
        let Some(Caller { address, is_counted: false }) = caller else {
            return Ok(());
        };
        self.buckets.take(*address, calls, Instant::now()).map_err(|wait| rate_limited(wait.as_millis()))
    }

    fn check(&self, method: &str, params: Option<&RawValue>) -> Result<(), Fault> {
        if !self.names.contains(&method) {
            return Err(Fault::new(Reason::UNKNOWN_METHOD, "there is no method of this name"));
        }
        match params {
            Some(params) if depth::exceeds(params.get().as_bytes(), limits::DEPTH_MAX) => Err(too_deep()),
            Some(_) | None => Ok(()),
        }
    }
}

/// A fault for a client that calls too often.
pub(crate) fn rate_limited(wait_ms: u128) -> Fault {
    let ms = u64::try_from(wait_ms).unwrap_or(u64::MAX).max(1);
    Fault::new(Reason::RATE_LIMITED, "this address has made too many calls").retry_after(ms)
}

/// A fault for a text that is nested too deeply.
pub(crate) fn too_deep() -> Fault {
    Fault::new(Reason::TOO_DEEP, format!("arrays and objects are nested more than {} deep", limits::DEPTH_MAX))
}

/// A fault for a batch that is empty or too long.
pub(crate) fn check_batch(calls: usize) -> Result<(), Fault> {
    match calls {
        0 => Err(Fault::new(Reason::EMPTY_BATCH, "the batch holds no call")),
        calls if limits::BATCH_MAX < calls => {
            let message = format!("the batch holds {calls} calls; {} are allowed", limits::BATCH_MAX);
            Err(Fault::new(Reason::BATCH_TOO_LARGE, message))
        }
        _ => Ok(()),
    }
}

fn timed_out() -> Fault {
    let message = format!("the call took more than {} s", limits::REQUEST_TIMEOUT.as_secs());
    Fault::new(Reason::TIMED_OUT, message)
}

impl<S> Counter<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    /// Carries out one call that has been admitted.
    async fn carry_out(&self, request: Request<'_>, deadline: Option<Instant>) -> MethodResponse {
        if let Err(fault) = self.check(&request.method, request.params.as_deref()) {
            return MethodResponse::error(request.id, fault);
        }
        let id = request.id.clone().into_owned();
        let answer = self.inner.call(request);
        match deadline {
            Some(deadline) => match timeout_at(deadline, answer).await {
                Ok(response) => response,
                Err(_) => MethodResponse::error(id, timed_out()),
            },
            None => answer.await,
        }
    }

    /// Answers one element of a batch; a notification has no answer.
    async fn answer(
        &self,
        entry: Result<BatchEntry<'_>, BatchEntryErr<'_>>,
        deadline: Option<Instant>,
    ) -> Option<MethodResponse> {
        match entry {
            Ok(BatchEntry::Call(request)) => Some(self.carry_out(request, deadline).await),
            Ok(BatchEntry::Notification(_)) => None,
            Err(error) => {
                let (_, id) = error.into_parts();
                Some(MethodResponse::error(id, invalid_request()))
            }
        }
    }

    async fn carry_out_batch(&self, batch: Batch<'_>) -> MethodResponse {
        let deadline = deadline();
        let answers: Vec<_> = batch.into_iter().map(|entry| self.answer(entry, deadline)).collect();
        let answers = stream::iter(answers).buffered(limits::BATCH_PARALLEL);
        let mut answers = std::pin::pin!(answers);
        let size = usize::try_from(limits::ANSWER_BYTES_MAX).unwrap_or(usize::MAX);
        let mut responses = BatchResponseBuilder::new_with_limit(size);
        while let Some(answer) = answers.next().await {
            if let Some(answer) = answer
                && let Err(too_large) = responses.append(answer)
            {
                return too_large;
            }
        }
        if responses.is_empty() {
            return MethodResponse::notification();
        }
        MethodResponse::from_batch(responses.finish())
    }
}

fn deadline() -> Option<Instant> {
    Instant::now().checked_add(limits::REQUEST_TIMEOUT)
}

/// A fault for JSON that is no call.
pub(crate) fn invalid_request() -> Fault {
    Fault::new(Reason::INVALID_REQUEST, "this is not a JSON-RPC 2.0 call")
}

impl<S> RpcServiceT for Counter<S>
where
    S: RpcServiceT<
            MethodResponse = MethodResponse,
            BatchResponse = MethodResponse,
            NotificationResponse = MethodResponse,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    type MethodResponse = MethodResponse;
    type BatchResponse = MethodResponse;
    type NotificationResponse = MethodResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let counter = self.clone();
        async move {
            if let Err(fault) = counter.admit(request.extensions.get(), 1) {
                return MethodResponse::error(request.id, fault);
            }
            counter.carry_out(request, deadline()).await
        }
    }

    fn batch<'a>(&self, mut batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let counter = self.clone();
        async move {
            let caller = batch.extensions().get::<Caller>().copied();
            let admitted = check_batch(batch.len()).and_then(|()| counter.admit(caller.as_ref(), batch.len()));
            match admitted {
                Ok(()) => counter.carry_out_batch(batch).await,
                Err(fault) => MethodResponse::error(Id::Null, fault),
            }
        }
    }

    // No method is of use to a caller who does not wait for its answer.
    fn notification<'a>(&self, notification: Notification<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        ready(MethodResponse::notification().with_extensions(notification.extensions))
    }
}
