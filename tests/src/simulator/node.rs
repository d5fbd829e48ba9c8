//! One process of a validator: the replica, and what a node puts around it.

use std::{collections::BTreeMap, sync::Arc};

use ed25519_dalek::SigningKey;
use plenary_consensus::{
    Clock, CommitCertificate, Config, Effect, Patience, Replica, Start, ValidatorSet,
    journal::{self, JournalError, Owner, Writer},
};
use plenary_core::{
    block::{Block, BlockId, Header, Height},
    hash::Digest,
    keys::ValidatorKey,
    record::VerifiedRecord,
    time::Moment,
};
use plenary_procedure::{
    execute::{self, Delta},
    memory::Memory,
};

use super::{
    disk::{Crash, Disk},
    executor::{self, Known},
    founding::{Founding, GENESIS_MS, secret},
    plan::Cut,
    random::Random,
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
    /// What the store knows after that chain.
    pub(crate) state: Memory,
    /// What the blocks that were executed in this life change.
    pub(crate) deltas: BTreeMap<BlockId, Delta>,
    pub(crate) committing: Option<(Arc<Block>, CommitCertificate)>,
    /// The records that wait, by id.
    pub(crate) pool: BTreeMap<Digest, Arc<VerifiedRecord>>,
    /// How far its clock is ahead.
    pub(crate) skew_ms: u64,
    /// When it wants to be woken.
    pub(crate) wake_ms: u64,
    /// Up to where it has to catch up.
    pub(crate) target: Option<Height>,
}

impl Node {
    pub(crate) fn new(founding: &Founding, validator: usize, face: Option<usize>, honest: bool) -> Self {
        let secret = secret(validator);
        let key = ValidatorKey::of(&secret);
        let owner = Owner { ledger: founding.ledger.id(), validator: key };
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
            state: Memory::founded(&founding.ledger).unwrap(),
            deltas: BTreeMap::new(),
            committing: None,
            pool: BTreeMap::new(),
            skew_ms: 0,
            wake_ms: 0,
            target: None,
        }
    }

    /// The height of the last block in the store.
    pub(crate) fn height(&self) -> Height {
        self.state.head.height
    }

    /// The header of the last block in the store.
    pub(crate) fn tip(&self, founding: &Founding) -> Header {
        self.chain.last().map_or_else(|| founding.genesis.clone(), |(block, _)| block.header.clone())
    }

    /// The validators so many heights after the last block: one or two.
    pub(crate) fn set_after(&self, heights: u64) -> Arc<ValidatorSet> {
        let validators = execute::validators(&self.state).unwrap();
        let height = Height::new(self.height().as_u64() + heights).unwrap();
        let keys = validators.at(height).seats.iter().map(|seat| seat.validator_key().unwrap()).collect();
        Arc::new(ValidatorSet::new(keys).unwrap())
    }

    pub(crate) fn clock(&self, now_ms: u64) -> Moment {
        Moment::from_ms(GENESIS_MS + 1_000 + now_ms + self.skew_ms).unwrap()
    }

    /// Starts a new life from what the disk and the store hold.
    pub(crate) fn start(&mut self, founding: &Founding, now_ms: u64, cut: Cut) -> Result<Vec<Effect>, JournalError> {
        self.life += 1;
        let ledger = founding.ledger.id();
        let owner = Owner { ledger, validator: self.key };
        let tip = self.tip(founding);
        let recovered = journal::recover(&self.disk.read(), owner, tip.height.next().unwrap())?;
        self.writer = Some(recovered.writer);
        let start = Start {
            tip,
            certificate: self.chain.last().map(|(_, certificate)| certificate.clone()),
            set: self.set_after(1),
            next: self.set_after(2),
            entries: if cut == Cut::Replay { Vec::new() } else { recovered.entries },
        };
        let config = Config {
            ledger,
            clock: Clock::Wall { bound_ms: BOUND_MS, heartbeat_ms: founding.ledger.heartbeat_ms() },
            patience: Patience::default(),
        };
        let (replica, effects) = Replica::start(config, Some(self.secret.clone()), start, self.clock(now_ms));
        self.replica = Some(replica);
        Ok(effects)
    }

    /// Ends this life. A commit under way may have reached the disk.
    pub(crate) fn crash(&mut self, founding: &Founding, known: &mut Known, how: Crash, random: &mut Random) {
        self.life += 1;
        self.replica = None;
        self.writer = None;
        self.target = None;
        self.pool.clear();
        self.disk.crash(how, random);
        if self.committing.is_some() && random.chance(500_000) {
            self.store(founding, known);
        }
        self.committing = None;
        self.deltas.clear();
    }

    /// The block that was to be committed is on the disk. It may not have been executed in this life.
    pub(crate) fn store(&mut self, founding: &Founding, known: &mut Known) {
        let (block, certificate) = self.committing.take().unwrap();
        let delta = self.deltas.remove(&block.id());
        let delta = delta.or_else(|| executor::execute(&self.state, &founding.ledger, &block, known)).unwrap();
        self.pool.retain(|id, _| !delta.records.contains_key(id));
        self.state.take(delta);
        self.deltas.clear();
        self.chain.push((block, certificate));
    }
}
