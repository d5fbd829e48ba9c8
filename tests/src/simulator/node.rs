//! One process of a validator: the replica, and what a node puts around it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ed25519_dalek::SigningKey;
use plenary_consensus::{
    Clock, CommitCertificate, Config, Effect, Patience, Replica, Start, ValidatorSet,
    journal::{self, JournalError, Owner, Writer},
};
use plenary_core::{
    block::{Block, Header, Height},
    hash::Digest,
    keys::ValidatorKey,
    time::Moment,
};

use super::{
    GENESIS_MS, LEDGER,
    disk::{Crash, Disk},
    genesis,
    plan::Cut,
    random::Random,
    secret,
};

const JOURNAL_BYTES: usize = 4_194_304;

/// How far a block's time may be from a voter's clock.
pub(crate) const BOUND_MS: u64 = 10_000;

/// A validator's process, or one of the two that a liar runs with one key.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) validator: usize,
    pub(crate) secret: SigningKey,
    pub(crate) key: ValidatorKey,
    /// The face that a two-faced liar shows here.
    pub(crate) face: Option<usize>,
    /// Whether the checks apply.
    pub(crate) honest: bool,
    pub(crate) replica: Option<Replica>,
    /// How often it was started; what belongs to an earlier life is void.
    pub(crate) life: u32,
    pub(crate) disk: Disk,
    pub(crate) writer: Option<Writer>,
    /// What the store holds, from height one.
    pub(crate) chain: Vec<(Arc<Block>, CommitCertificate)>,
    pub(crate) committing: Option<(Arc<Block>, CommitCertificate)>,
    pub(crate) taken: BTreeSet<Digest>,
    pub(crate) pool: BTreeMap<Digest, Vec<u8>>,
    /// How far its clock is ahead.
    pub(crate) skew_ms: u64,
    /// When it wants to be woken.
    pub(crate) wake_ms: u64,
    /// Up to where it has to catch up.
    pub(crate) target: Option<Height>,
}

impl Node {
    pub(crate) fn new(validator: usize, face: Option<usize>, honest: bool) -> Self {
        let secret = secret(validator);
        let key = ValidatorKey::of(&secret);
        let owner = Owner { ledger: LEDGER, validator: key };
        Self {
            validator,
            secret,
            key,
            face,
            honest,
            replica: None,
            life: 0,
            disk: Disk::new(journal::blank(owner).unwrap(), JOURNAL_BYTES),
            writer: None,
            chain: Vec::new(),
            committing: None,
            taken: BTreeSet::new(),
            pool: BTreeMap::new(),
            skew_ms: 0,
            wake_ms: 0,
            target: None,
        }
    }

    pub(crate) fn tip(&self) -> Header {
        self.chain.last().map_or_else(genesis, |(block, _)| block.header.clone())
    }

    /// The header that a block of `height` has to follow.
    pub(crate) fn parent_of(&self, height: Height) -> Option<Header> {
        let tip = self.tip();
        (tip.height.next() == Some(height)).then_some(tip)
    }

    pub(crate) fn clock(&self, now_ms: u64) -> Moment {
        Moment::from_ms(GENESIS_MS + 1_000 + now_ms + self.skew_ms).unwrap()
    }

    /// Starts a new life from what the disk and the store hold.
    pub(crate) fn start(
        &mut self,
        set: &Arc<ValidatorSet>,
        now_ms: u64,
        cut: Cut,
    ) -> Result<Vec<Effect>, JournalError> {
        self.life += 1;
        let owner = Owner { ledger: LEDGER, validator: self.key };
        let tip = self.tip();
        let recovered = journal::recover(&self.disk.read(), owner, tip.height.next().unwrap())?;
        self.writer = Some(recovered.writer);
        let start = Start {
            tip,
            certificate: self.chain.last().map(|(_, certificate)| certificate.clone()),
            set: Arc::clone(set),
            next: Arc::clone(set),
            entries: if cut == Cut::Replay { Vec::new() } else { recovered.entries },
        };
        let config = Config {
            ledger: LEDGER,
            clock: Clock::Wall { bound_ms: BOUND_MS, heartbeat_ms: 3_000 },
            patience: Patience::default(),
        };
        let (replica, effects) = Replica::start(config, Some(self.secret.clone()), start, self.clock(now_ms));
        self.replica = Some(replica);
        Ok(effects)
    }

    /// Ends this life. A commit under way may have reached the disk.
    pub(crate) fn crash(&mut self, how: Crash, random: &mut Random) {
        self.life += 1;
        self.replica = None;
        self.writer = None;
        self.target = None;
        self.pool.clear();
        self.disk.crash(how, random);
        if self.committing.is_some() && random.chance(500_000) {
            self.store();
        }
        self.committing = None;
    }

    /// The block that was to be committed is on the disk.
    pub(crate) fn store(&mut self) {
        let (block, certificate) = self.committing.take().unwrap();
        for record in &block.records {
            let id = Digest::of(record);
            self.pool.remove(&id);
            self.taken.insert(id);
        }
        self.chain.push((block, certificate));
    }
}
