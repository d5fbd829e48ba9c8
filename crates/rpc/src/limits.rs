//! Every bound of the interface: a number, its unit, and why it is that.

use std::time::Duration;

/// The largest request body, and the largest websocket message, in bytes.
///
/// Twenty of the largest records fit; documents have their own way in.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// The largest answer, in bytes: a page of 500 of the largest entries, base64
/// and text together.
pub const ANSWER_BYTES_MAX: u32 = 96 << 20;

/// The most bytes of entries in a dossier that a node makes, and the most bytes
/// of a dossier that it hands out: in base64 it fits an answer with room to spare.
pub const DOSSIER_BYTES_MAX: usize = 64 << 20;

/// How many dossiers are made at once: each applies its records again, on one core.
pub const DOSSIERS_MAX: usize = 2;

/// How many times a head that is not cosigned is looked at anew for a dossier,
/// and how long it is waited in between: together a second, in which a quorum
/// cosigns unless validators are missing.
pub const DOSSIER_TRIES: usize = 10;

/// The pause between two looks.
pub const DOSSIER_PAUSE: Duration = Duration::from_millis(100);

/// The deepest nesting of arrays and objects in a request. A batch of records'
/// lines needs less than 20; a parser's stack is safe well beyond.
pub const DEPTH_MAX: usize = 32;

/// The most calls in one batch: enough for a page of lookups in one round trip.
pub const BATCH_MAX: usize = 100;

/// How many calls of one batch are worked on at once, so that one client's
/// batch leaves room for others.
pub const BATCH_PARALLEL: usize = 8;

/// How long a request may take, from its last byte to the first of its answer.
/// People give up at about this time, and what waits holds memory.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest wait for finality that a caller may ask for, in milliseconds:
/// under the request's own limit, so that the answer says `pending` and not
/// that time ran out.
pub const WAIT_MS_MAX: u64 = 9_000;

/// Items on a page when the caller does not say.
pub const PAGE_DEFAULT: usize = 50;

/// The most items on a page: with records of usual size about 1 MiB.
pub const PAGE_MAX: usize = 500;

/// The most entries that one page looks at, so that a ledger which has mostly
/// been idle (seals and nothing else) costs a bounded read. A page that stops
/// here has a cursor to go on with.
pub const SCAN_MAX: u64 = 5_000;

/// The longest cursor, in bytes: a subject's name and four numbers in base64.
pub const CURSOR_BYTES_MAX: usize = 512;

/// How many reads of the ledger run at once. More threads than this would only
/// wait for the same disk, and take it from the replica.
pub const READS_MAX: usize = 32;

/// Cores for each thread that verifies what members send, so that a flood of
/// records leaves cores to the replica.
pub const CORES_PER_CHECK: usize = 2;

/// How long the headers of a request may take, and how long a connection may
/// idle between requests. Slow enough for any honest link.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// How long the body of a request may take: 1 MiB at 35 kB/s.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a client may refuse to take bytes of an answer.
pub const WRITE_STALL: Duration = Duration::from_secs(30);

/// The most bytes of a request's headers.
pub const HEADER_BYTES_MAX: usize = 32 << 10;

/// The most connections in all: below the usual limit of 1,024 open files,
/// which peers and the store need too.
pub const CONNECTIONS_MAX: usize = 512;

/// The most connections of one address that is not this machine's own, where
/// the operator or a reverse proxy stands.
pub const CONNECTIONS_PER_CLIENT_MAX: usize = 32;

/// How long open connections may go on after the server was told to stop.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Calls per second that one client address may make for as long as it likes.
pub const CALLS_PER_SECOND: u32 = 200;

/// Calls that one client address may make at once; at least a full batch.
pub const CALLS_BURST: u32 = 1_000;

/// Client addresses whose buckets are kept; a full bucket needs no keeping.
pub const CLIENTS_MAX: usize = 8_192;

/// How often the server pings a websocket; one that misses one ping is closed.
pub const PING_INTERVAL: Duration = Duration::from_secs(20);
