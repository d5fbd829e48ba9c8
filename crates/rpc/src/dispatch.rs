//! Calls on their way to their methods: jsonrpsee's registry, filled from the
//! table, and what every call goes through on either transport.

use std::{future::ready, sync::Arc};

use futures_util::{StreamExt as _, stream};
use jsonrpsee::{
    BatchResponseBuilder, MethodResponse, RpcModule,
    core::middleware::{Batch, BatchEntry, BatchEntryErr, Notification},
    server::middleware::rpc::RpcServiceT,
    types::{ErrorObjectOwned, Request},
};
use tokio::time::{Instant, timeout_at};

use crate::{
    fault::Fault,
    limits,
    method::{Desk, Json, Method},
    params::Arguments,
    reason::Reason,
};

/// The method that answers the OpenRPC document. It is not in the document's
/// own list, since client generators make no sense of the dot.
pub(crate) const DISCOVER: &str = "rpc.discover";

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

/// What every call goes through before its method: its name is looked up, and
/// the time that it takes is bounded.
#[derive(Clone)]
pub(crate) struct Gate<S> {
    /// jsonrpsee's own dispatch.
    pub(crate) inner: S,
    /// The names that there are.
    pub(crate) names: Arc<[&'static str]>,
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

impl<S> Gate<S>
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
        if !self.names.contains(&&*request.method) {
            let fault = Fault::new(Reason::UNKNOWN_METHOD, "there is no method of this name");
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

impl<S> RpcServiceT for Gate<S>
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
        let gate = self.clone();
        async move { gate.carry_out(request, deadline()).await }
    }

    fn batch<'a>(&self, batch: Batch<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        let gate = self.clone();
        async move { gate.carry_out_batch(batch).await }
    }

    // No method is of use to a caller who does not wait for its answer.
    fn notification<'a>(&self, notification: Notification<'a>) -> impl Future<Output = MethodResponse> + Send + 'a {
        ready(MethodResponse::notification().with_extensions(notification.extensions))
    }
}
