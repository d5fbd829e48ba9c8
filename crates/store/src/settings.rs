//! How RocksDB is set, and why.

use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamilyDescriptor, DBCompressionType, DBRecoveryMode, Options, WriteOptions,
};

use crate::schema::{Column, Content};

/// Blocks, indexes and filters in memory, in bytes.
///
/// The filters of ten million records take some 40 MB; the rest is for data.
const BLOCK_CACHE_BYTES: usize = 96 << 20;

/// What all columns together hold in memory before they write it out, in bytes.
///
/// With the cache this leaves half of 300 MB to the rest of the node.
const WRITE_BUFFERS_BYTES: usize = 48 << 20;

/// What one column holds in memory before it writes it out, in bytes.
///
/// The write-ahead log is preallocated in this measure, and a synced write
/// into preallocated space is some twenty times as fast.
const WRITE_BUFFER_BYTES: usize = 16 << 20;

/// The write-ahead logs together, in bytes: what a start has to replay.
const WAL_BYTES_MAX: u64 = 64 << 20;

/// Open table files. The usual limit of a process is 1,024, and connections need theirs.
const OPEN_FILES_MAX: i32 = 256;

/// Threads that write out and merge; validators may have two cores.
const BACKGROUND_JOBS: i32 = 2;

/// Bits of a filter per key: one lookup in a hundred of a key that is not there reads a file.
const BLOOM_BITS: f64 = 10.0;

/// Blocks of text, in bytes: compress well.
const TEXT_BLOCK_BYTES: usize = 16 << 10;

/// Blocks of digests, in bytes: one is read for each node of a path.
const DIGEST_BLOCK_BYTES: usize = 4 << 10;

/// RocksDB's own logs: how many and how long, in bytes.
const LOG_FILES: usize = 4;
const LOG_FILE_BYTES: usize = 1 << 20;

/// The settings of the whole database.
pub(crate) fn database() -> Options {
    let mut options = Options::default();
    // What is damaged is refused, at the start and in every merge.
    options.set_paranoid_checks(true);
    options.set_track_and_verify_wals_in_manifest(true);
    // A power cut leaves a torn last write, which was never acknowledged; the
    // start drops it and what follows. That no acknowledged block is dropped
    // with it is for `Store::require_head` to check, against the signer's journal.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    options.set_allow_mmap_reads(false);
    options.set_allow_mmap_writes(false);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_total_wal_size(WAL_BYTES_MAX);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_background_jobs(BACKGROUND_JOBS);
    options.set_keep_log_file_num(LOG_FILES);
    options.set_max_log_file_size(LOG_FILE_BYTES);
    options
}

/// The columns with their settings. They share one cache.
pub(crate) fn columns() -> Vec<ColumnFamilyDescriptor> {
    let cache = Cache::new_lru_cache(BLOCK_CACHE_BYTES);
    Column::ALL.into_iter().map(|column| ColumnFamilyDescriptor::new(column.name(), settings(column, &cache))).collect()
}

fn settings(column: Column, cache: &Cache) -> Options {
    let (block_bytes, compression) = match column.row().content {
        Content::Text => (TEXT_BLOCK_BYTES, DBCompressionType::Lz4),
        Content::Digests => (DIGEST_BLOCK_BYTES, DBCompressionType::None),
    };
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_block_size(block_bytes);
    table.set_bloom_filter(BLOOM_BITS, false);
    // Otherwise indexes and filters grow outside the cache, without a bound.
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    let mut options = Options::default();
    options.set_block_based_table_factory(&table);
    options.set_compression_type(compression);
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options
}

/// How a block is written: it is on the disk when the call returns.
pub(crate) fn synced() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.set_sync(true);
    options
}
