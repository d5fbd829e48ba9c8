//! The ledger on disk: founding, opening, committing.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
};

use plenary_core::{
    block::{Block, TreeHead},
    entry::Seal,
    hash::Digest,
    merkle,
};
use plenary_procedure::execute::{self, Base, Delta, Head, Ledger};

use crate::{
    batch,
    database::{Change, Database, Durability},
    error::{Cause, Error, Fault},
    page::{Cosignature, Evidence},
    schema::{Column, Key},
    view::{SlotNodes, View},
};

/// A ledger on disk. One process has it at a time; its threads share it.
pub struct Store {
    database: Database,
    ledger: Ledger,
    /// What the last commit led to; it moves once the block is on the disk.
    head: RwLock<Head>,
    /// Held while something is written: a block must extend the head that it was checked against.
    writer: Mutex<()>,
}

impl Store {
    /// Founds a ledger in a directory that is empty or does not exist.
    ///
    /// `genesis` is what `plenary_procedure::execute::genesis` gives.
    pub fn create(path: &Path, ledger: &Ledger, genesis: &Delta) -> Result<Self, Error> {
        let database = Database::create(path)?;
        let changes = batch::genesis(&database.reader()?, ledger, genesis)?;
        database.write(&changes, Durability::Synced)?;
        Ok(Self { database, ledger: ledger.clone(), head: RwLock::new(genesis.head), writer: Mutex::new(()) })
    }

    /// Opens a ledger, whichever it is, and checks that its head is sound.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let database = Database::open(path)?;
        let view = View::take(database.reader()?)?;
        let head = view.head();
        let ledger = view.reader().need(&Key::genesis(), |line| Ledger::found(line).ok())?;
        check_head(&view, &ledger)?;
        drop(view);
        Ok(Self { database, ledger, head: RwLock::new(head), writer: Mutex::new(()) })
    }

    /// Refuses to go on unless the directory holds `expected`.
    pub fn require_ledger(&self, expected: &Digest) -> Result<(), Error> {
        let found = self.ledger.id();
        if found == *expected {
            return Ok(());
        }
        Err(Error::WrongLedger { path: self.path().to_owned(), found, expected: *expected })
    }

    /// Refuses to go on unless the stored log begins with one that was seen
    /// before: the last head that this node signed, from the signer's journal.
    pub fn require_head(&self, seen: &TreeHead) -> Result<(), Error> {
        let view = self.view()?;
        let found = view.head().log.size;
        if found < seen.size {
            return Err(Error::RolledBack { path: self.path().to_owned(), found, needed: seen.size });
        }
        if view.log_head(seen.size)? != *seen {
            return Err(Error::Forked { path: self.path().to_owned(), size: seen.size });
        }
        Ok(())
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        self.database.path()
    }

    /// The ledger that is stored.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What the ledger is after the last block that is on the disk.
    pub fn head(&self) -> Head {
        *self.head.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger as it is now, for as long as the view lives.
    pub fn view(&self) -> Result<View<'_>, Error> {
        View::take(self.database.reader()?)
    }

    /// Writes a block and all that it changes; on the disk when this returns.
    ///
    /// `certificate` shows that the block is final; its bytes are the consensus'
    /// own. After `Error::Write` the store is out of use and the node must stop.
    pub fn commit(&self, block: &Block, certificate: &[u8], delta: &Delta) -> Result<(), Error> {
        let writer = self.writer();
        let view = self.view()?;
        let changes = batch::next(view.reader(), &view.head(), block, certificate, delta)?;
        drop(view);
        self.database.write(&changes, Durability::Synced)?;
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = delta.head;
        drop(writer);
        Ok(())
    }

    /// Keeps a cosignature until its checkpoint is complete.
    ///
    /// It is not synced: what a power cut takes can be asked for again.
    pub fn put_cosignature(&self, cosignature: &Cosignature<'_>) -> Result<(), Error> {
        let writer = self.writer();
        let Cosignature { head, name, line } = cosignature;
        let view = self.view()?;
        check_is_head(&view, head)?;
        if view.checkpoint(head.size)?.is_none() {
            let change = Change::Put(Key::cosignature(head.size, name), line.to_vec());
            self.database.write(&[change], Durability::Later)?;
        }
        drop(writer);
        Ok(())
    }

    /// Keeps a complete checkpoint, and drops the cosignatures that it makes superfluous.
    ///
    /// `text` is the checkpoint of `head`. The first one of a size stays.
    /// It is not synced: what a power cut takes, other nodes cosign again, and
    /// the next checkpoint covers it.
    pub fn put_checkpoint(&self, head: &TreeHead, text: &[u8]) -> Result<(), Error> {
        let writer = self.writer();
        let view = self.view()?;
        check_is_head(&view, head)?;
        if view.checkpoint(head.size)?.is_none() {
            let mut changes = vec![Change::Put(Key::checkpoint(head.size), text.to_vec())];
            // Before the latest checkpoint they are gone already.
            let from = view.latest_checkpoint()?.map_or(0, |latest| latest.size.min(head.size));
            for step in view.reader().walk(&Key::cosignature(from, ""))? {
                let (key, _) = step?;
                if key.number().is_none_or(|size| head.size < size) {
                    break;
                }
                changes.push(Change::Delete(key));
            }
            self.database.write(&changes, Durability::Later)?;
        }
        drop(writer);
        Ok(())
    }

    /// Keeps a proof of misbehaviour.
    pub fn put_evidence(&self, evidence: &Evidence) -> Result<(), Error> {
        let writer = self.writer();
        let change = Change::Put(evidence.key(), evidence.bytes.clone());
        self.database.write(&[change], Durability::Synced)?;
        drop(writer);
        Ok(())
    }

    /// Bytes that this process can still write to the directory's file system.
    pub fn free_bytes(&self) -> Result<u64, Error> {
        let free = rustix::fs::statvfs(self.path());
        let free = free.map_err(|error| Error::Read { path: self.path().to_owned(), cause: Cause::of(&error) })?;
        Ok(free.f_bavail.saturating_mul(free.f_frsize))
    }

    /// Copies the ledger as it is now to a directory that does not exist, while the node goes on.
    ///
    /// On the same file system the files are shared, which takes no space at first.
    pub fn copy_to(&self, path: &Path) -> Result<(), Error> {
        self.database.copy_to(path)
    }

    fn writer(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks that the head, the nodes, the last block and the last entry tell the same.
fn check_head(view: &View<'_>, ledger: &Ledger) -> Result<(), Error> {
    let head = view.head();
    if view.entry(0)?.as_deref() != Some(ledger.line()) {
        return Err(Error::corrupt(&Key::genesis(), Fault::Contradicts));
    }
    if view.log_head(head.log.size)? != head.log {
        return Err(Error::Unsound("the log's nodes do not lead to the head's root"));
    }
    let slots = merkle::root(&SlotNodes(view.reader()), head.slots.size).map_err(Error::of_tree)?;
    if slots != head.slots.root {
        return Err(Error::Unsound("the slots' nodes do not lead to the head's root"));
    }
    let last = head.log.size.checked_sub(1).ok_or(Error::Unsound("the log is empty"))?;
    let entry = view.entry(last)?.ok_or(Error::Unsound("the log is empty"))?;
    let seal = Seal::from_line(&entry).map_err(|_| Error::corrupt(&Key::entry(last), Fault::Malformed))?;
    if merkle::leaf_hash(&entry) != head.seal || seal.height != head.height || seal.slots != head.slots {
        return Err(Error::Unsound("the last entry is not the seal of the last block"));
    }
    let end = view.reader().last(Column::Entries)?.and_then(|(key, _)| key.number());
    if end != Some(last) {
        return Err(Error::Unsound("entries follow the last seal"));
    }
    match view.header(head.height)? {
        Some(header) if header.id() != head.block || header.log != head.log || header.slots != head.slots => {
            Err(Error::Unsound("the last block and the head differ"))
        }
        None if execute::genesis_header(ledger, &head).is_none_or(|header| header.id() != head.block) => {
            Err(Error::Unsound("the last block and the head differ"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Checks that the stored log had `head` at the end of a block.
fn check_is_head(view: &View<'_>, head: &TreeHead) -> Result<(), Error> {
    let not_a_head = Error::NotAHead { size: head.size };
    if view.head().log.size < head.size || view.log_head(head.size)? != *head {
        return Err(not_a_head);
    }
    view.seal(head.size)?.map(|_| ()).ok_or(not_a_head)
}
