//! A method: its name, its parameters, what it answers and what can go wrong.
//!
//! One table of these registers the methods, checks what callers give, and
//! writes the OpenRPC document, so that the three cannot differ.

use std::{future::Future, num::NonZero, pin::Pin, sync::Arc, thread};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::Semaphore;

use crate::{
    fault::Fault,
    limits,
    params::{Arguments, Param},
    reason::Reason,
    view::View,
};

/// A JSON text that is ready to be sent.
pub(crate) type Json = Box<RawValue>;

type Reading = Arc<dyn Fn(&dyn View, &Arguments) -> Result<Json, Fault> + Send + Sync>;
type Waiting = Arc<dyn Fn(Desk, Arguments) -> Reply<Json> + Send + Sync>;

/// An answer that is waited for.
pub(crate) type Reply<T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send>>;

/// What is said of a method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// Its name: `namespace_verbNoun`.
    pub(crate) name: &'static str,
    /// What it answers, in a sentence.
    pub(crate) summary: &'static str,
    /// Its parameters, in the order of positions; three at most.
    pub(crate) params: &'static [Param],
    /// What can go wrong beside what can always go wrong.
    pub(crate) errors: &'static [Reason],
}

/// How a method is carried out.
#[derive(Clone)]
pub(crate) enum Run {
    /// By reading the ledger, which may block.
    Read(Reading),
    /// By waiting for the replica.
    Wait(Waiting),
}

/// A method of the interface.
#[derive(Clone)]
pub(crate) struct Method {
    /// What is said of it.
    pub(crate) about: About,
    /// The schema of its answer.
    pub(crate) result: fn(&mut SchemaGenerator) -> Schema,
    /// How it is carried out.
    pub(crate) run: Run,
}

/// A method that reads the ledger.
pub(crate) fn read<T: Serialize + JsonSchema + 'static>(
    about: About,
    run: fn(&dyn View, &Arguments) -> Result<T, Fault>,
) -> Method {
    let run: Reading = Arc::new(move |view, arguments| to_json(&run(view, arguments)?));
    Method { about, result: SchemaGenerator::subschema_for::<T>, run: Run::Read(run) }
}

/// A method that waits.
pub(crate) fn wait<T: Serialize + JsonSchema + Send + 'static>(
    about: About,
    run: fn(Desk, Arguments) -> Reply<T>,
) -> Method {
    let run: Waiting = Arc::new(move |desk, arguments| {
        let answer = run(desk, arguments);
        Box::pin(async move { to_json(&answer.await?) })
    });
    Method { about, result: SchemaGenerator::subschema_for::<T>, run: Run::Wait(run) }
}

fn to_json<T: Serialize>(answer: &T) -> Result<Json, Fault> {
    to_raw_value(answer).map_err(|_| Fault::new(Reason::INTERNAL, "the answer cannot be written as JSON"))
}

/// Where calls are carried out: the view, and how many may read it at once.
#[derive(Clone)]
pub(crate) struct Desk {
    /// What the node shows.
    pub(crate) view: Arc<dyn View>,
    reads: Arc<Semaphore>,
    checks: Arc<Semaphore>,
    dossiers: Arc<Semaphore>,
}

impl Desk {
    /// A desk before `view`.
    pub(crate) fn new(view: Arc<dyn View>) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let checks = cores.div_ceil(limits::CORES_PER_CHECK);
        let room = |places| Arc::new(Semaphore::new(places));
        Self { view, reads: room(limits::READS_MAX), checks: room(checks), dossiers: room(limits::DOSSIERS_MAX) }
    }

    /// Reads on a thread that may block, once there is room.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn View) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.work(&self.reads, read).await
    }

    /// Checks what costs the processor more than the disk, once there is room.
    pub(crate) async fn check<T: Send + 'static>(
        &self,
        check: impl FnOnce(&dyn View) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.work(&self.checks, check).await
    }

    /// Makes a dossier, once there is room.
    pub(crate) async fn make<T: Send + 'static>(
        &self,
        make: impl FnOnce(&dyn View) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        self.work(&self.dossiers, make).await
    }

    async fn work<T: Send + 'static>(
        &self,
        room: &Arc<Semaphore>,
        read: impl FnOnce(&dyn View) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let lost = || Fault::new(Reason::INTERNAL, "the read was given up");
        let permit = Arc::clone(room).acquire_owned().await.map_err(|_| lost())?;
        let view = Arc::clone(&self.view);
        // The permit goes along, so that a caller who leaves does not free the
        // thread's place before the thread is free.
        let reading = tokio::task::spawn_blocking(move || {
            let answer = read(view.as_ref());
            drop(permit);
            answer
        });
        reading.await.map_err(|_| lost())?
    }

    /// Carries out a call.
    pub(crate) async fn call(&self, run: &Run, arguments: Arguments) -> Result<Json, Fault> {
        match run {
            Run::Read(read) => {
                let read = Arc::clone(read);
                self.read(move |view| read(view, &arguments)).await
            }
            Run::Wait(wait) => wait(self.clone(), arguments).await,
        }
    }
}
