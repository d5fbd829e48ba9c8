//! The vault that a node is entrusted with: what the ledger asks to be erased
//! is destroyed here, and the ledger is told so.
//!
//! The ledger says what is asked, the vault what it holds, and the records
//! what was acknowledged; nothing else is kept. A node that was stopped between
//! any two of these looks again when it is started, and goes on from there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use ed25519_dalek::SigningKey;
use plenary_core::{
    entry::{Outcome, RecordEntry},
    genesis::Clock,
    hash::Digest,
    record::{NAMESPACE, Name, Record, RecordFile, Signer, VerifiedRecord},
    signature,
    subject::Subject,
    time::Moment,
};
use plenary_procedure::{
    body,
    erasure::{Destroyed, Erasure, ErasureAcknowledge},
    execute::Base as _,
    participant::Participant,
    record_type::{Capacity, RecordType},
    state::Noun,
    text::{Pid, Text},
};
use plenary_rpc::view::{Submission, View as _};
use plenary_store::View;
use plenary_vault::vault::{People, Person, Vault, VaultError};
use thiserror::Error;
use tokio::{sync::watch, task, time::sleep};
use tracing::{error, info, warn};

use crate::{
    clock,
    config::VaultConfig,
    error::NodeError,
    home::{Home, HomeError},
    keyfile,
    shared::Shared,
    view::NodeView,
};

/// How often the ledger and the vault are compared.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long an acknowledgement may wait for a block until it is signed anew.
const VALID_MS: u64 = 60 * 60 * 1_000;

/// Subjects or links of a chain that are read at once.
const PAGE: usize = 500;

/// Somebody, by group and pid.
type Whom = (Name, Pid);

/// Why the vault cannot be looked after.
#[derive(Debug, Error)]
enum CustodyError {
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Store(#[from] plenary_store::Error),
    #[error("the stored ledger is unsound: {0}")]
    Unsound(&'static str),
}

/// An acknowledgement that the ledger waits for.
#[derive(Clone, Debug)]
struct Due {
    whom: Whom,
    request: Digest,
    requested: Moment,
    destroyed: BTreeSet<Destroyed>,
}

/// An acknowledgement that was signed, and why the ledger did not take it.
struct Signed {
    record: VerifiedRecord,
    refusal: Option<&'static str>,
}

/// A vault, and who answers for it.
pub(crate) struct Entrusted {
    vault: Vault,
    /// The organisation.
    organization: Name,
    /// This node, as the ledger is told.
    node: Name,
    key: SigningKey,
}

impl Entrusted {
    /// Opens the vault of the node `name`; the key in `keys/attest` acknowledges.
    pub(crate) fn open(home: &Home, config: &VaultConfig, name: &str) -> Result<Self, NodeError> {
        let folder = home.path().join(config.folder.as_deref().unwrap_or_else(|| "vault".as_ref()));
        let key = keyfile::read(&home.key("attest")).map_err(HomeError::from)?;
        let node = Name::parse(name).ok_or_else(|| NodeError::Nameless(name.to_owned()))?;
        let (vault, organization) = (Vault::open(&folder)?, config.organization.0.clone());
        info!(vault = %folder.display(), %organization, "this node is entrusted with a vault");
        Ok(Self { vault, organization, node, key })
    }
}

/// A node looking after its vault.
pub(crate) struct Custody {
    entrusted: Entrusted,
    shared: Arc<Shared>,
    /// How much of the log was read; none before the first look.
    read: Option<u64>,
    /// What the vault held at the last look.
    held: People,
    /// With whom something is still to be done.
    open: BTreeSet<Whom>,
    /// By request.
    signed: BTreeMap<Digest, Signed>,
}

impl Custody {
    /// Nothing was looked at yet.
    pub(crate) const fn new(entrusted: Entrusted, shared: Arc<Shared>) -> Self {
        Self { entrusted, shared, read: None, held: People::new(), open: BTreeSet::new(), signed: BTreeMap::new() }
    }

    /// Looks after the vault until it is told to stop.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut complaint = String::new();
        loop {
            let looking = task::spawn_blocking(move || {
                let found = self.look();
                (self, found)
            });
            let Ok((custody, (due, errors))) = looking.await else {
                error!("the vault is looked after no more; start the node again");
                return;
            };
            self = custody;
            for due in due {
                self.acknowledge(&due).await;
            }
            // Said once, and again when it changes.
            let told = errors.join("; ");
            if !told.is_empty() && told != complaint {
                error!(error = %told, "the vault cannot be looked after");
            }
            complaint = told;
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Destroys what is to be destroyed; gives what is to be acknowledged, and what went wrong.
    fn look(&mut self) -> (Vec<Due>, Vec<String>) {
        let (mut due, mut errors) = (Vec::new(), Vec::new());
        match self.concerned() {
            Ok(concerned) => self.open.extend(concerned),
            Err(error) => errors.push(error.to_string()),
        }
        // What is wrong with one person's files keeps nobody else's.
        for whom in std::mem::take(&mut self.open) {
            match self.settle(&whom) {
                Ok(None) => continue,
                Ok(Some(one)) => due.push(one),
                Err(error) => errors.push(error.to_string()),
            }
            self.open.insert(whom);
        }
        (due, errors)
    }

    /// Whom the ledger or somebody at the vault has brought up since the last look.
    fn concerned(&mut self) -> Result<BTreeSet<Whom>, CustodyError> {
        let view = self.shared.store.view()?;
        let mut concerned = match self.read {
            None => requests(&view)?,
            Some(from) => changed(&view, from)?,
        };
        let held = self.entrusted.vault.people()?;
        let is_new = |(whom, files): &(&Whom, &BTreeSet<String>)| self.held.get(*whom) != Some(*files);
        concerned.extend(held.iter().filter(is_new).map(|(whom, _)| whom.clone()));
        self.read = Some(view.head().log.size);
        self.held = held;
        Ok(concerned)
    }

    /// Destroys what the ledger has erased or replaced of a person; an acknowledgement, if one is due.
    fn settle(&mut self, whom: &Whom) -> Result<Option<Due>, CustodyError> {
        let (group, pid) = whom;
        let view = self.shared.store.view()?;
        let path = format!("{group}/participant/{pid}");
        // Whoever imported may have asked a node that was ahead of this one.
        let Some(participant) = state::<Participant>(&view, &path)? else { return Ok(None) };
        let erasure = state::<Erasure>(&view, &format!("{path}/erasure"))?;
        let erased = erasure.as_ref().map(|erasure| &erasure.fields);
        let person = Person { group, pid, commitments: &participant.commitments, erased };
        let is_held = self.held.contains_key(whom);
        let destroyed = if erased.is_some() { self.entrusted.vault.erase(&person)? } else { BTreeSet::new() };
        if is_held && self.entrusted.vault.forget(&person, &replaced(&view, whom, &participant)?)? {
            info!(participant = %path, "what a correction replaced is destroyed");
        }
        let Some(erasure) = erasure else { return Ok(None) };
        let (request, by) = (erasure.request.0, &self.entrusted.organization);
        if is_held && !self.signed.contains_key(&request) {
            info!(participant = %path, %request, "what the ledger erased is destroyed");
        }
        // A node that held nothing speaks only if no other node of the organisation has.
        let has_said = |node: &Name| *node == self.entrusted.node || destroyed.is_empty();
        let is_done = erasure.acknowledged.iter().any(|done| done.by.0 == *by && has_said(&done.node.0));
        if is_done || !erasure.holders.contains(&Text(by.clone())) {
            if self.signed.remove(&request).is_some() {
                info!(participant = %path, %request, "the erasure is acknowledged");
            }
            return Ok(None);
        }
        Ok(Some(Due { whom: whom.clone(), request, requested: erasure.requested.0, destroyed }))
    }

    /// Sends the acknowledgement in, once more if it is not in a block yet.
    async fn acknowledge(&mut self, due: &Due) {
        let before = self.signed.remove(&due.request);
        let told = before.as_ref().and_then(|signed| signed.refusal);
        let is_good = |signed: &Signed| signed.refusal.is_none() && self.now() < signed.record.file().record().expires;
        let record = match before.filter(is_good) {
            Some(signed) => Some(signed.record),
            None => self.sign(due),
        };
        let Some(record) = record else {
            error!(request = %due.request, "the acknowledgement cannot be signed");
            return;
        };
        let refusal = match NodeView(Arc::clone(&self.shared)).submit(record.clone()).await {
            Ok(Submission::Refused(refusal)) => {
                if told != Some(refusal.reason()) {
                    let (pid, remedy) = (&due.whom.1, refusal.remedy());
                    warn!(participant = %pid, %refusal, remedy, "the ledger does not take the acknowledgement");
                }
                Some(refusal.reason())
            }
            // It is in a block soon, or cannot be taken now: either shows at the next look.
            Ok(Submission::Final { .. } | Submission::Pending | Submission::Unknown) | Err(_) => None,
        };
        self.signed.insert(due.request, Signed { record, refusal });
    }

    fn sign(&self, due: &Due) -> Option<VerifiedRecord> {
        let (group, pid) = &due.whom;
        let acknowledge = ErasureAcknowledge {
            participant: Text(pid.clone()),
            request: Text(due.request),
            node: Text(self.entrusted.node.clone()),
            destroyed: due.destroyed.iter().copied().collect(),
        };
        // The request's block may be a little ahead of this machine's clock.
        let now = self.now().max(due.requested);
        let record = Record {
            at: now,
            body: body::to_object(&acknowledge)?,
            expires: now.plus_ms(VALID_MS),
            group: Some(group.clone()),
            ledger: self.shared.store.ledger().id(),
            signed: now,
            signers: vec![Signer {
                role: Name::parse(Capacity::Organization.as_str())?,
                who: self.entrusted.organization.clone(),
            }],
            record_type: RecordType::ErasureAcknowledge.as_str().to_owned(),
        };
        let line = record.to_line().ok()?;
        let armour = signature::sign(&self.entrusted.key, &line, NAMESPACE).ok()?;
        RecordFile::assemble(&line, &[armour]).ok()?.verify().ok()
    }

    /// The time to sign at: a replay ledger is not brought into the present.
    fn now(&self) -> Moment {
        match self.shared.store.ledger().genesis().clock {
            Clock::Wall => clock::now(),
            Clock::Replay => self.shared.store.head().time,
        }
    }
}

/// Everybody of whom anything was ever asked to be erased.
fn requests(view: &View<'_>) -> Result<BTreeSet<Whom>, CustodyError> {
    let (mut found, mut from) = (BTreeSet::new(), None);
    loop {
        let page = view.subjects("", from.as_ref(), PAGE)?;
        found.extend(page.items.iter().filter(|subject| subject.as_str().ends_with("/erasure")).filter_map(whom));
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(found),
        }
    }
}

/// Everybody of whom the entries from `from` on tell.
fn changed(view: &View<'_>, mut from: u64) -> Result<BTreeSet<Whom>, CustodyError> {
    let mut found = BTreeSet::new();
    loop {
        let page = view.entries(from..view.head().log.size)?;
        // What is no record's entry is a seal.
        for entry in page.entries.iter().filter_map(|entry| RecordEntry::split(entry)) {
            let subjects = Outcome::subjects_of(entry.outcome).map_err(|_| CustodyError::Unsound("an outcome"))?;
            found.extend(subjects.iter().filter_map(whom));
        }
        match page.next {
            Some(next) => from = next,
            None => return Ok(found),
        }
    }
}

/// Whom a subject is about, if it is an enrolment or its erasure.
fn whom(subject: &Subject) -> Option<Whom> {
    let (group, rest) = subject.as_str().split_once("/participant/")?;
    let pid = rest.split('/').next().and_then(Pid::parse)?;
    Some((Name::parse(group)?, pid))
}

/// The commitments of a person that were recorded once and are in force no more.
fn replaced(view: &View<'_>, (group, pid): &Whom, participant: &Participant) -> Result<BTreeSet<Digest>, CustodyError> {
    let subject = Subject::parse(&format!("{group}/participant/{pid}")).ok_or(CustodyError::Unsound("a subject"))?;
    let (mut found, mut from) = (BTreeSet::new(), 0);
    loop {
        let page = view.chain(&subject, from, PAGE)?;
        for link in &page.items {
            let entry = view.entry(link.index)?.ok_or(CustodyError::Unsound("an entry is missing"))?;
            let file = RecordEntry::split(&entry).and_then(|entry| RecordFile::parse(entry.file).ok());
            found.extend(commitments(file.ok_or(CustodyError::Unsound("a record"))?.record(), pid));
        }
        match page.next {
            Some(next) => from = next.position,
            None => break,
        }
    }
    for commitment in participant.commitments.values() {
        found.remove(&commitment.0);
    }
    Ok(found)
}

/// What a record commits this person's fields to, if it is of a type that does.
fn commitments(record: &Record, pid: &Pid) -> Vec<Digest> {
    let named = match RecordType::parse(&record.record_type) {
        Some(RecordType::ParticipantEnroll) => record.body.get("pid"),
        Some(RecordType::ParticipantRectify) => record.body.get("participant"),
        Some(_) | None => None,
    };
    let is_theirs = named.and_then(|named| named.as_str()) == Some(pid.as_name().as_str());
    let fields = record.body.get("commitments").filter(|_| is_theirs).and_then(|fields| fields.as_object());
    fields.into_iter().flat_map(|fields| fields.values()).filter_map(|value| Digest::parse(value.as_str()?)).collect()
}

fn state<T: Noun>(view: &View<'_>, path: &str) -> Result<Option<T>, CustodyError> {
    let subject = Subject::parse(path).ok_or(CustodyError::Unsound("a subject"))?;
    Ok(view.state(&subject)?.and_then(T::take))
}
