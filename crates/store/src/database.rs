//! The one place that calls RocksDB: open, read, write.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use rocksdb::{ColumnFamily, DB, Direction, ErrorKind, IteratorMode, Options, Snapshot, WriteBatch, checkpoint};

use crate::{
    error::{Cause, Error, Fault},
    schema::{Column, Key, LAYOUT},
    settings, value,
};

/// The file by which a directory is known to be a RocksDB database.
const CURRENT: &str = "CURRENT";

/// A change of one value.
pub(crate) enum Change {
    Put(Key, Vec<u8>),
    Delete(Key),
}

/// When a write is on the disk.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Durability {
    /// When the call returns.
    Synced,
    /// With the next write that is synced.
    Later,
}

/// An open database with all columns.
pub(crate) struct Database {
    db: DB,
    path: PathBuf,
    failed: AtomicBool,
}

impl Database {
    /// Makes a database in a directory that is empty or does not exist.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        match fs::read_dir(path).map(|mut files| files.next().is_some()) {
            Ok(false) => {}
            Ok(true) if path.join(CURRENT).is_file() => return Err(Error::Exists { path: path.to_owned() }),
            Ok(true) => return Err(Error::Foreign { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(Error::Foreign { path: path.to_owned() });
            }
            Err(error) => return Err(read_error(path, &error)),
        }
        let mut options = settings::database();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_error_if_exists(true);
        let database = Self::start(path, &options)?;
        // Or a power cut may take the directory itself.
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(|error| read_error(path, &error))?;
        Ok(database)
    }

    /// Opens a database of this layout.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Absent { path: path.to_owned() });
        }
        if !path.join(CURRENT).is_file() {
            return Err(Error::Foreign { path: path.to_owned() });
        }
        let options = settings::database();
        let names = DB::list_cf(&options, path).map_err(|error| open_error(path, &error))?;
        let known = |name: &String| Column::ALL.iter().any(|column| column.name() == name);
        let missing = Column::ALL.iter().map(|column| column.name().to_owned()).filter(|name| !names.contains(name));
        let missing: Vec<String> = missing.collect();
        let unknown: Vec<String> = names.iter().filter(|name| !known(name)).cloned().collect();
        if !missing.is_empty() || !unknown.is_empty() {
            check_layout(path, &options)?;
            return Err(Error::Columns { path: path.to_owned(), missing, unknown });
        }
        let database = Self::start(path, &options)?;
        let found = database.reader()?.get(&Key::layout(), value::read_number)?;
        match found {
            Some(LAYOUT) => Ok(database),
            Some(found) => Err(Error::Layout { path: path.to_owned(), found, known: LAYOUT }),
            None => Err(Error::Unfinished { path: path.to_owned() }),
        }
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What is stored now, for as long as the reader lives.
    pub(crate) fn reader(&self) -> Result<Reader<'_>, Error> {
        self.check_usable()?;
        Ok(Reader { database: self, snapshot: self.db.snapshot() })
    }

    /// Makes all changes or none.
    ///
    /// After a failure nobody knows what is on the disk, and a second sync may
    /// report success for what the first one lost. So nothing is tried again.
    pub(crate) fn write(&self, changes: &[Change], durability: Durability) -> Result<(), Error> {
        self.check_usable()?;
        let mut batch = WriteBatch::default();
        for change in changes {
            match change {
                Change::Put(key, bytes) => {
                    batch.put_cf(self.column(key.column())?, key.bytes(), value::with_checksum(key, bytes));
                }
                Change::Delete(key) => batch.delete_cf(self.column(key.column())?, key.bytes()),
            }
        }
        let written = match durability {
            Durability::Synced => self.db.write_opt(batch, &settings::synced()),
            Durability::Later => self.db.write(batch),
        };
        written.map_err(|error| {
            self.failed.store(true, Ordering::SeqCst);
            tracing::error!(path = %self.path.display(), %error, "the store failed to write and is out of use");
            Error::Write { path: self.path.clone(), cause: Cause::of(&error) }
        })
    }

    /// Copies the database as it is now to `path`, which must not exist.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), Error> {
        self.check_usable()?;
        checkpoint::Checkpoint::new(&self.db)
            .and_then(|copy| copy.create_checkpoint(path))
            .map_err(|error| Error::Copy { path: path.to_owned(), cause: Cause::of(&error) })
    }

    fn start(path: &Path, options: &Options) -> Result<Self, Error> {
        let db =
            DB::open_cf_descriptors(options, path, settings::columns()).map_err(|error| open_error(path, &error))?;
        Ok(Self { db, path: path.to_owned(), failed: AtomicBool::new(false) })
    }

    fn check_usable(&self) -> Result<(), Error> {
        if self.failed.load(Ordering::SeqCst) {
            return Err(Error::Failed { path: self.path.clone() });
        }
        Ok(())
    }

    fn column(&self, column: Column) -> Result<&ColumnFamily, Error> {
        let missing = || vec![column.name().to_owned()];
        self.db.cf_handle(column.name()).ok_or_else(|| Error::Columns {
            path: self.path.clone(),
            missing: missing(),
            unknown: Vec::new(),
        })
    }
}

/// What was stored at one moment.
pub(crate) struct Reader<'a> {
    database: &'a Database,
    snapshot: Snapshot<'a>,
}

impl Reader<'_> {
    /// The value under `key`, if there is one.
    pub(crate) fn get<T>(&self, key: &Key, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, Error> {
        self.database.check_usable()?;
        let column = self.database.column(key.column())?;
        let stored = self.snapshot.get_pinned_cf(column, key.bytes());
        match stored.map_err(|error| self.read_error(key, &error))? {
            Some(stored) => {
                let value = read(value::checked(key, &stored)?);
                value.map(Some).ok_or_else(|| Error::corrupt(key, Fault::Malformed))
            }
            None => Ok(None),
        }
    }

    /// The value under `key`, where there must be one.
    pub(crate) fn need<T>(&self, key: &Key, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, Error> {
        self.get(key, read)?.ok_or_else(|| Error::corrupt(key, Fault::Missing))
    }

    /// The values of a column from `key` on, in the order of their keys.
    pub(crate) fn walk(&self, from: &Key) -> Result<impl Iterator<Item = Result<(Key, Vec<u8>), Error>>, Error> {
        self.steps(from.column(), IteratorMode::From(from.bytes(), Direction::Forward))
    }

    /// All values of a column, in the order of their keys.
    pub(crate) fn walk_all(
        &self,
        column: Column,
    ) -> Result<impl Iterator<Item = Result<(Key, Vec<u8>), Error>>, Error> {
        self.steps(column, IteratorMode::Start)
    }

    /// The value with the last key of a column.
    pub(crate) fn last(&self, column: Column) -> Result<Option<(Key, Vec<u8>)>, Error> {
        self.steps(column, IteratorMode::End)?.next().transpose()
    }

    fn steps(
        &self,
        column: Column,
        mode: IteratorMode<'_>,
    ) -> Result<impl Iterator<Item = Result<(Key, Vec<u8>), Error>>, Error> {
        self.database.check_usable()?;
        let steps = self.snapshot.iterator_cf(self.database.column(column)?, mode);
        Ok(steps.map(move |step| {
            let (key, stored) = step.map_err(|error| self.read_error(&Key::found(column, &[]), &error))?;
            let key = Key::found(column, &key);
            let value = value::checked(&key, &stored)?.to_vec();
            Ok((key, value))
        }))
    }

    fn read_error(&self, key: &Key, error: &rocksdb::Error) -> Error {
        if error.kind() == ErrorKind::Corruption {
            return Error::corrupt(key, Fault::Unreadable);
        }
        Error::Read { path: self.database.path.clone(), cause: Cause::of(error) }
    }
}

/// Refuses a database whose layout is not ours, where its columns already show that something is amiss.
fn check_layout(path: &Path, options: &Options) -> Result<(), Error> {
    let meta = [Column::Meta.name()];
    let db = DB::open_cf_for_read_only(options, path, meta, false).map_err(|error| open_error(path, &error))?;
    let key = Key::layout();
    let stored = db.get(key.bytes()).map_err(|error| open_error(path, &error))?;
    let Some(stored) = stored else {
        return Err(Error::Foreign { path: path.to_owned() });
    };
    match value::read_number(value::checked(&key, &stored)?) {
        Some(LAYOUT) => Ok(()),
        Some(found) => Err(Error::Layout { path: path.to_owned(), found, known: LAYOUT }),
        None => Err(Error::corrupt(&key, Fault::Malformed)),
    }
}

fn open_error(path: &Path, error: &rocksdb::Error) -> Error {
    let text = error.as_ref();
    // RocksDB has no kind for this; a test holds the words.
    if text.contains("While lock file") || text.contains("lock hold by current process") {
        return Error::Locked { path: path.to_owned() };
    }
    if error.kind() == ErrorKind::Corruption {
        return Error::Damaged { path: path.to_owned(), cause: Cause::of(error) };
    }
    Error::Read { path: path.to_owned(), cause: Cause::of(error) }
}

fn read_error(path: &Path, error: &io::Error) -> Error {
    Error::Read { path: path.to_owned(), cause: Cause::of(error) }
}
