//! A file on a disk that may lose, tear and reorder whatever was not synced.

use plenary_consensus::journal::Write;

use super::random::Random;

/// How a node stops.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Crash {
    /// The process: what was written stays in the page cache, and may still be lost later.
    Process,
    /// The power: each write that was not synced reached the disk, or not, or in part.
    Power,
}

/// One file.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    durable: Vec<u8>,
    unsynced: Vec<Write>,
}

impl Disk {
    pub(crate) fn new(mut bytes: Vec<u8>, capacity: usize) -> Self {
        bytes.resize(capacity, 0);
        Self { durable: bytes, unsynced: Vec::new() }
    }

    pub(crate) fn write(&mut self, write: Write) {
        self.unsynced.push(write);
    }

    pub(crate) fn sync(&mut self) {
        for write in std::mem::take(&mut self.unsynced) {
            put(&mut self.durable, &write);
        }
    }

    pub(crate) fn crash(&mut self, how: Crash, random: &mut Random) {
        if how == Crash::Process {
            return;
        }
        for mut write in std::mem::take(&mut self.unsynced) {
            match random.below(3) {
                0 => {}
                1 => put(&mut self.durable, &write),
                _ => {
                    write.bytes.truncate(random.below(write.bytes.len()));
                    put(&mut self.durable, &write);
                }
            }
        }
    }

    /// The file as a process reads it.
    pub(crate) fn read(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        for write in &self.unsynced {
            put(&mut bytes, write);
        }
        bytes
    }
}

fn put(file: &mut [u8], write: &Write) {
    file[write.offset..][..write.bytes.len()].copy_from_slice(&write.bytes);
}
