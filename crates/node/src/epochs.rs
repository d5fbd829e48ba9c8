//! What shows that validators have changed: every change, and its proof by the validators before it.
//!
//! The closing checkpoint of each epoch stands in the ledger itself, so that a
//! node which came later can show it too. Until it is recorded, a checkpoint
//! that this node has put together does.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use plenary_core::{checkpoint::Checkpoint, entry::RecordEntry, receipt::Receipt, record::RecordFile};
use plenary_procedure::{closing::ValidatorsClose, form, record_type::RecordType, validators::Validators};
use plenary_rpc::view::ChangeView;
use plenary_store::{Error, View};

/// How many links of the chain are read at a time.
const LINKS_AT_ONCE: usize = 256;

/// The changes of validators that were found in the chain so far.
#[derive(Default)]
pub(crate) struct Epochs(Mutex<Found>);

#[derive(Default)]
struct Found {
    /// How many links of the chain were read.
    read: u64,
    /// The index and the entry of the change to each epoch from the first on.
    changes: Vec<(u64, Vec<u8>)>,
    /// The closing checkpoints, by epoch.
    closings: BTreeMap<u64, String>,
}

impl Epochs {
    /// The changes up to `epoch`, or none if one of them cannot be shown yet.
    pub(crate) fn until(&self, view: &View<'_>, epoch: u64) -> Result<Option<Vec<ChangeView>>, Error> {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.catch_up(view)?;
        let mut shown = Vec::new();
        for (before, (index, entry)) in (0..epoch).zip(&found.changes) {
            let closing = match found.closings.get(&before) {
                Some(text) => Some(text.clone()),
                None => held(view, *index, before)?,
            };
            let Some(checkpoint) = closing.and_then(|text| Checkpoint::parse(&text).ok()) else {
                return Ok(None);
            };
            let path = view.inclusion_path(*index, checkpoint.head.size)?;
            let proof = Receipt { index: *index, path, checkpoint }.to_string();
            shown.push(ChangeView { entry: entry.clone(), proof });
        }
        let is_whole = u64::try_from(shown.len()) == Ok(epoch);
        Ok(is_whole.then_some(shown))
    }
}

impl Found {
    /// Reads what the chain has got since.
    fn catch_up(&mut self, view: &View<'_>) -> Result<(), Error> {
        let Some(subject) = Validators::subject() else { return Ok(()) };
        loop {
            let page = view.chain(&subject, self.read, LINKS_AT_ONCE)?;
            if page.items.is_empty() {
                return Ok(());
            }
            for link in page.items {
                if let Some(entry) = view.entry(link.index)? {
                    self.take(link.index, entry);
                }
                self.read = self.read.saturating_add(1);
            }
        }
    }

    fn take(&mut self, index: u64, entry: Vec<u8>) {
        let file = RecordEntry::split(&entry).and_then(|parts| RecordFile::parse(parts.file).ok());
        let Some(file) = file else { return };
        let record = file.record();
        match RecordType::parse(&record.record_type) {
            Some(RecordType::ValidatorsChange) => self.changes.push((index, entry)),
            Some(record_type @ RecordType::ValidatorsClose) => {
                if let Ok(close) = form::read::<ValidatorsClose>(record_type, &record.body) {
                    self.closings.insert(close.epoch, close.checkpoint);
                }
            }
            Some(_) | None => {}
        }
    }
}

/// A checkpoint of `epoch` that covers the entry at `index`, if this node keeps one.
fn held(view: &View<'_>, index: u64, epoch: u64) -> Result<Option<String>, Error> {
    let Some(checkpoint) = view.checkpoint_covering(index)? else { return Ok(None) };
    let is_of_it = view.seal(checkpoint.size)?.is_some_and(|seal| seal.epoch == epoch);
    Ok(String::from_utf8(checkpoint.text).ok().filter(|_| is_of_it))
}
