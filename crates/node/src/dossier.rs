//! Dossiers of the stored ledger: made when asked for, and kept when a deliverable is approved.
//!
//! A slot is proven under the newest block alone, so a dossier is made at a head
//! that a quorum has cosigned already. That of an approval is made at the first
//! such head after it, and kept in the home:
//!
//! ```text
//! dossiers/fg-dlt.D1.1.38.tar    the deliverable's dossier at block 38
//! dossiers/looked                the height up to which approvals were looked for
//! ```

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use plenary_core::{
    block::Height,
    dossier::{About, EpochChange},
    entry::{Outcome, RecordEntry},
    merkle::TreeError,
    record::RecordFile,
    subject::Subject,
};
use plenary_procedure::{
    chains::{Chains, GatherError, gather},
    execute::Base as _,
    record_type::RecordType,
};
use plenary_rpc::{
    limits,
    view::{ChangeView, ViewError},
};
use plenary_store::{Error as StoreError, View};
use tokio::{sync::watch, task, time::sleep};
use tracing::{error, info};

use crate::{home::Home, shared::Shared};

/// How often approvals are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Blocks that are read at once, and after which the height is kept.
const BLOCKS_AT_ONCE: usize = 1_000;

/// Links of a chain that are read at once.
const LINKS_AT_ONCE: usize = 1_000;

/// A dossier and the block at whose end it was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) height: Height,
    pub(crate) file: Vec<u8>,
}

/// Makes the dossier of `subject` at the newest head, which a quorum must have cosigned; none if it was never recorded.
pub(crate) fn make(shared: &Shared, subject: &Subject, since: Option<u64>) -> Result<Option<Made>, ViewError> {
    let view = shared.store.view().map_err(unreadable)?;
    let checkpoint = view.checkpoint(view.head().log.size).map_err(unreadable)?.ok_or(ViewError::NotCosigned)?;
    make_at(shared, &view, checkpoint.text, (subject, since))
}

fn make_at(
    shared: &Shared,
    view: &View<'_>,
    checkpoint: Vec<u8>,
    (subject, since): (&Subject, Option<u64>),
) -> Result<Option<Made>, ViewError> {
    let older = match since {
        Some(size) => {
            let older = view.checkpoint(size).map_err(unreadable)?.ok_or(ViewError::NotHeld)?;
            Some((older.text, size))
        }
        None => None,
    };
    let ledger = shared.store.ledger();
    let gathered = match gather(ledger, subject, &Stored(view), limits::DOSSIER_BYTES_MAX) {
        Ok(gathered) => gathered,
        Err(GatherError::Unknown) => return Ok(None),
        Err(GatherError::TooLarge(bytes)) => return Err(ViewError::TooLarge(bytes)),
        Err(GatherError::Ledger(error)) => return Err(unreadable(error)),
        Err(GatherError::Unsound(index)) => {
            error!(%subject, index, "an entry cannot be judged as it was");
            return Err(ViewError::Unreadable);
        }
    };
    let about = About { ledger: ledger.id(), subject: subject.clone() };
    let mut dossier =
        gathered.into_dossier(about, view, checkpoint, older).map_err(|error: TreeError<StoreError>| {
            error!(%error, "the trees cannot be read");
            ViewError::Unreadable
        })?;
    dossier.epochs = changes(shared, view)?;
    let file = dossier.write().map_err(|_| ViewError::TooLarge(limits::DOSSIER_BYTES_MAX))?;
    Ok(Some(Made { height: view.head().height, file }))
}

/// The changes of validators up to the epoch of the view's head.
fn changes(shared: &Shared, view: &View<'_>) -> Result<Vec<EpochChange<'static>>, ViewError> {
    let changes = shared.epochs.until(view, view.head().epoch).map_err(unreadable)?;
    // The last closing checkpoint is on its way.
    let changes = changes.ok_or(ViewError::NotCosigned)?;
    let files = |ChangeView { entry, proof }| EpochChange { entry: entry.into(), proof: proof.into_bytes().into() };
    Ok(changes.into_iter().map(files).collect())
}

fn unreadable(error: StoreError) -> ViewError {
    error!(%error, "the store cannot be read");
    ViewError::Unreadable
}

/// The chains of the stored ledger.
struct Stored<'a, 'v>(&'a View<'v>);

impl Chains for Stored<'_, '_> {
    type Error = StoreError;

    fn chain(&self, subject: &Subject) -> Result<Vec<u64>, StoreError> {
        let mut indexes = Vec::new();
        let mut from = Some(0);
        while let Some(position) = from {
            let page = self.0.chain(subject, position, LINKS_AT_ONCE)?;
            indexes.extend(page.items.iter().map(|link| link.index));
            from = page.next.map(|link| link.position);
        }
        Ok(indexes)
    }

    fn entry(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        Ok(self.0.entry(index)?.unwrap_or_default())
    }
}

/// The dossiers of approvals that a node keeps.
#[derive(Clone, Debug)]
pub(crate) struct Kept(Home);

impl Kept {
    /// Those in `home`.
    pub(crate) const fn of(home: Home) -> Self {
        Self(home)
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("dossiers")
    }

    /// The last dossier of `subject` that was kept.
    pub(crate) fn read(&self, subject: &Subject) -> Result<Option<Vec<u8>>, ViewError> {
        let Some((_, path)) = self.find(subject) else { return Ok(None) };
        fs::read(&path).map(Some).map_err(|error| {
            error!(path = %path.display(), %error, "a dossier that was kept cannot be read");
            ViewError::Unreadable
        })
    }

    /// The height of the last one, and where it is.
    fn find(&self, subject: &Subject) -> Option<(Height, PathBuf)> {
        let stem = stem(subject)?;
        let entries = fs::read_dir(self.folder()).ok()?;
        let found = entries.filter_map(Result::ok).filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let height = name.strip_prefix(&stem)?.strip_suffix(".tar")?.parse().ok().and_then(Height::new)?;
            Some((height, entry.path()))
        });
        found.max()
    }

    fn looked(&self) -> Height {
        let text = fs::read_to_string(self.folder().join("looked")).unwrap_or_default();
        text.trim().parse().ok().and_then(Height::new).unwrap_or(Height::GENESIS)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> bool {
        let path: &Path = &self.folder().join(name);
        let written = self.0.write(path, bytes);
        if let Err(error) = &written {
            error!(%error, "a dossier could not be kept");
        }
        written.is_ok()
    }
}

/// What the names of a deliverable's dossiers begin with.
fn stem(subject: &Subject) -> Option<String> {
    let (group, label) = subject.as_str().split_once("/deliverable/").filter(|(_, label)| !label.contains('/'))?;
    Some(format!("{group}.{label}."))
}

/// A node that keeps the dossiers of approvals.
pub(crate) struct Keeping {
    shared: Arc<Shared>,
    looked: Height,
    kept: Height,
}

impl Keeping {
    /// Goes on where the node stopped.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let looked = shared.kept.looked();
        Self { shared, looked, kept: looked }
    }

    /// Keeps dossiers until it is told to stop.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let looking = task::spawn_blocking(move || {
                self.look();
                self
            });
            let Ok(keeping) = looking.await else {
                error!("no dossiers are kept any more; start the node again");
                return;
            };
            self = keeping;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Looks for approvals since the last look; what fails is logged, and never in anybody's way.
    fn look(&mut self) {
        let (due, last) = match self.approvals() {
            Ok(found) => found,
            Err(error) => {
                error!(%error, "approvals cannot be looked for");
                return;
            }
        };
        for (subject, approved) in &due {
            let is_kept = self.shared.kept.find(subject).is_some_and(|(height, _)| *approved <= height);
            if is_kept {
                continue;
            }
            match make(&self.shared, subject, None) {
                Ok(Some(Made { height, file })) => {
                    let name = format!("{}{height}.tar", stem(subject).unwrap_or_default());
                    if self.shared.kept.write(&name, &file) {
                        info!(%subject, %height, bytes = file.len(), "the dossier of an approval is kept");
                    }
                }
                Ok(None) => {}
                // The next look finds it again.
                Err(ViewError::NotCosigned) => return,
                Err(error) => error!(%subject, %error, "the dossier of an approval cannot be made"),
            }
        }
        self.looked = last;
        let since = last.as_u64().saturating_sub(self.kept.as_u64());
        if !due.is_empty() || usize::try_from(since).is_ok_and(|since| BLOCKS_AT_ONCE <= since) {
            self.shared.kept.write("looked", format!("{last}\n").as_bytes());
            self.kept = last;
        }
    }

    /// The deliverables that were approved in the next blocks, each with its block, and the last of these.
    fn approvals(&self) -> Result<(BTreeMap<Subject, Height>, Height), StoreError> {
        let view = self.shared.store.view()?;
        let mut last = self.looked;
        let mut approved = BTreeMap::new();
        for _ in 0..BLOCKS_AT_ONCE {
            let Some(block) = last.next().map(|next| view.block(next)).transpose()?.flatten() else { break };
            last = block.header.height;
            for record in &block.records {
                approved.extend(approval(&view, record)?.map(|subject| (subject, last)));
            }
        }
        Ok((approved, last))
    }
}

/// The deliverable that a record approves, if it does.
fn approval(view: &View<'_>, record: &[u8]) -> Result<Option<Subject>, StoreError> {
    let Ok(file) = RecordFile::parse(record) else { return Ok(None) };
    let is_approval = file.record().record_type == RecordType::Determine.as_str()
        && file.record().body.get("result").and_then(|result| result.as_str()) == Some("approved");
    if !is_approval {
        return Ok(None);
    }
    let Some(index) = view.record_index(&file.id())? else { return Ok(None) };
    let entry = view.entry(index)?.unwrap_or_default();
    let outcome = RecordEntry::split(&entry).and_then(|parts| Outcome::from_line(parts.outcome).ok());
    Ok(outcome.into_iter().flat_map(|outcome| outcome.subjects).find(|subject| stem(subject).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_dossier_of_a_deliverable_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::of(Home::new(folder.path()));
        let subject = |text: &str| Subject::parse(text).unwrap();
        let read = |text: &str| kept.read(&subject(text)).unwrap();
        assert_eq!((read("fg-dlt/deliverable/D1"), kept.looked()), (None, Height::GENESIS));
        for (name, content) in [
            ("fg-dlt.D1.9.tar", "first"),
            ("fg-dlt.D1.10.tar", "second"),
            ("fg-dlt.D1.1.38.tar", "of D1.1"),
            ("fg-dlt.D1.x.tar", "of nobody"),
            ("looked", "38\n"),
        ] {
            assert!(kept.write(name, content.as_bytes()));
        }
        assert_eq!(read("fg-dlt/deliverable/D1"), Some(b"second".to_vec()));
        assert_eq!(read("fg-dlt/deliverable/D1.1"), Some(b"of D1.1".to_vec()));
        assert_eq!(read("fg-dlt/deliverable/D2"), None);
        assert_eq!(read("fg-dlt/meeting/1"), None);
        assert_eq!(read("fg-dlt/deliverable/D1/corrections"), None);
        assert_eq!(kept.looked(), Height::new(38).unwrap());
    }
}
