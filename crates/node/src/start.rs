//! From a home to a node at work.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    net::SocketAddr,
    sync::{Arc, RwLock},
    thread,
};

use ed25519_dalek::SigningKey;
use plenary_consensus::{
    Clock as ReplicaClock, CommitCertificate, Config as ReplicaConfig, Patience, Replica, Start, journal::Owner,
};
use plenary_core::{
    block::{Header, Height, TreeHead},
    genesis::Clock,
    keys::ValidatorKey,
    policy::Policy,
    time::Moment,
};
use plenary_net::{Config as NetConfig, Events, Handle, Identity, Network, PeerName};
use plenary_procedure::execute::{self, Ledger};
use plenary_rpc::{host::Hosts, server};
use plenary_store::Store;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot, watch},
};
use tracing::{error, info, warn};

use crate::{
    blocks::Fetching,
    board::{Board, Trouble},
    clock,
    complaints::Complaints,
    config::Config,
    cosigning::Cosigning,
    custody::{Custody, Entrusted},
    dossier::{Keeping, Kept},
    epochs::Epochs,
    error::NodeError,
    home::{Home, Keys},
    journal::{JournalFile, JournalFileError, Loss, Opened},
    node::{Node, Signing, Sources},
    roll::{Roll, Term},
    shared::{SUBMIT_QUEUE, Shared},
    submissions::Submissions,
    view::NodeView,
    waiting::Waiting,
};

/// How far a block's time may be from a voter's clock.
const CLOCK_BOUND_MS: u64 = 5_000;

/// How a node takes part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// With its seat, if and when the ledger has one for it.
    Validator,
    /// Without saying anything, so that nothing can contradict it.
    Observer,
}

/// Where a node that has started is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Started {
    /// The address for members.
    pub web: SocketAddr,
}

/// What a home holds, read and checked.
struct Founded {
    config: Config,
    ledger: Ledger,
    keys: Keys,
    part: Part,
}

impl Founded {
    fn key(&self) -> ValidatorKey {
        ValidatorKey::of(&self.keys.validator)
    }
}

/// A journal, or why there is none, and whether the node may sign.
struct Guard {
    opened: Option<Opened>,
    trouble: Option<Trouble>,
}

/// Runs the node in `home` until `stop` becomes true.
///
/// `started` is called once members can be served.
pub async fn run(
    home: &Home,
    part: Part,
    stop: watch::Receiver<bool>,
    started: impl FnOnce(Started),
) -> Result<(), NodeError> {
    let lock = home.lock()?;
    let founded = found(home, part)?;
    let Config { vault, name, .. } = &founded.config;
    let entrusted = vault.as_ref().map(|vault| Entrusted::open(home, vault, name)).transpose()?;
    let store = open_store(home, &founded.ledger)?;
    let roll = Arc::new(Roll::read(&store.view()?)?);
    let guard = open_journal(home, &founded, (&store, &roll))?;
    check_keys(home, &founded, &roll, &guard)?;
    let entries = check_peers(&founded.config, &founded.ledger, &roll)?;
    let address = founded.config.web.listen;
    let listen = |error| NodeError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let web = listener.local_addr().map_err(listen)?;
    let hosts = Hosts::new(web.port(), founded.config.web.public_url.as_deref(), "web.public_url in node.toml")?;
    let rate = founded.config.web.rate();
    let stores = (store, Kept::of(home.clone()));
    let ((node, founded), submit) = share(founded, stores, (roll, entries), guard.trouble.clone());
    let (net, events) = start_network(&founded, &node)?;
    let sources = Sources { net: events, submit, stop: stop.clone() };
    let ended = start_loop((home, founded), Arc::clone(&node), net, guard.opened, sources)?;
    let looking = |entrusted| tokio::spawn(Custody::new(entrusted, Arc::clone(&node)).run(stop.clone()));
    let custody = entrusted.map(looking);
    let keeping = tokio::spawn(Keeping::new(Arc::clone(&node)).run(stop.clone()));
    let router = server::router(Arc::new(NodeView(Arc::clone(&node))), rate);
    info!(node = %node.name, %web, height = %node.store.head().height, "started");
    started(Started { web });
    let serving = server::serve(listener, router, hosts, stopped(stop));
    tokio::pin!(ended);
    let result = tokio::select! {
        result = &mut ended => result,
        // The store is closed once the loop has let go of it.
        () = serving => ended.await,
    };
    keeping.abort();
    drop(keeping.await);
    if let Some(custody) = custody {
        // What it is cut off from, it begins again at the next start.
        custody.abort();
        drop(custody.await);
    }
    drop(lock);
    result.map_err(|_| NodeError::Ended)?
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that nobody can say "stop" any more, which is as good.
    drop(stop.wait_for(|stop| *stop).await);
}

/// Reads the home, and checks that its parts belong together.
fn found(home: &Home, part: Part) -> Result<Founded, NodeError> {
    let config = Config::read(home.path())?;
    let path = home.genesis();
    let line = fs::read(&path).map_err(|error| NodeError::NoGenesis { path: path.clone(), error })?;
    let ledger = Ledger::found(&line).map_err(|error| NodeError::Genesis { path, error })?;
    // A genesis line that contradicts itself founds no ledger.
    let policy = Policy::parse(&ledger.genesis().policy)?;
    let names = policy.seats().iter().map(|seat| seat.name.as_str());
    if !names.eq(ledger.genesis().validators.iter().map(|validator| validator.name.as_str())) {
        return Err(NodeError::Founding("its validators and its policy name different seats"));
    }
    let keys = home.keys()?;
    Ok(Founded { config, ledger, keys, part })
}

/// The keys of the home are those of the seat that they have, now or soon.
///
/// A validator that waits for a seat under other keys has a journal for them;
/// without one, the keys were mixed up.
fn check_keys(home: &Home, founded: &Founded, roll: &Roll, guard: &Guard) -> Result<(), NodeError> {
    let wrong = |file: &str| Err(NodeError::WrongKey { file: file.to_owned(), name: founded.config.name.clone() });
    let names = |term: &Term| term.seats.iter().any(|seat| seat.validator.name.as_str() == founded.config.name);
    let key = founded.key();
    let cosigners = home.cosigners()?;
    let newest = cosigners.last().and_then(|(path, _)| path.file_name()).map(|name| name.to_string_lossy());
    let newest = newest.map_or_else(|| "cosigner-0".to_owned(), Into::into);
    let terms = [Some(&roll.present), roll.coming.as_ref()];
    for term in terms.into_iter().flatten() {
        let Some((seat, line)) = term.seat_of(&key).zip(term.line_of(&key)) else { continue };
        if seat.validator.name.as_str() != founded.config.name && names(term) {
            return wrong("validator");
        }
        let holds = |secret: &SigningKey| secret.verifying_key().as_bytes() == line.cosigner.public();
        let fits = [
            ("peer", seat.validator.peer == founded.keys.peer.verifying_key().to_bytes()),
            ("log", *line.log.public() == founded.keys.log.verifying_key().to_bytes()),
            (newest.as_str(), cosigners.iter().any(|(_, secret)| holds(secret))),
        ];
        if let Some((file, _)) = fits.into_iter().find(|(_, fits)| !fits) {
            return wrong(file);
        }
    }
    let is_seated = roll.terms().any(|term| term.seat_of(&key).is_some());
    if names(&roll.present) && !is_seated && guard.opened.is_none() { wrong("validator") } else { Ok(()) }
}

/// The nodes that the configuration names are known, or told by their keys.
fn check_peers(config: &Config, ledger: &Ledger, roll: &Roll) -> Result<BTreeMap<PeerName, SocketAddr>, NodeError> {
    let founders = ledger.genesis().validators.iter().map(|validator| validator.name.as_str());
    let known: BTreeSet<&str> = roll.known.iter().map(|seat| seat.validator.name.as_str()).chain(founders).collect();
    let unknown = config.net.peers.keys().find(|name| !known.contains(name.as_str()));
    // A node that joins late learns the others' names as it catches up.
    if let Some(unknown) = unknown.filter(|_| config.net.entries.is_empty()) {
        return Err(NodeError::UnknownPeer(unknown.clone()));
    }
    let entry = |(name, address): (&String, &SocketAddr)| {
        let peer: PeerName = name.parse().map_err(|_| NodeError::Entry(name.clone()))?;
        Ok((peer, *address))
    };
    config.net.entries.iter().map(entry).collect()
}

/// Opens the store, or founds it if there is none yet.
///
/// It is founded beside its place and moved there whole, so that a founding
/// that was cut short is begun again, and never taken for a ledger.
fn open_store(home: &Home, ledger: &Ledger) -> Result<Store, NodeError> {
    let path = home.data();
    if !path.exists() {
        let partial = path.with_extension("partial");
        if partial.exists() {
            warn!(path = %partial.display(), "an earlier founding was cut short and is begun again");
            home.remove_folder(&partial)?;
        }
        let genesis = execute::genesis(ledger).map_err(|_| NodeError::Founding("its first block cannot be made"))?;
        drop(Store::create(&partial, ledger, &genesis)?);
        home.rename(&partial, &path)?;
    }
    let store = Store::open(&path)?;
    store.require_ledger(&ledger.id())?;
    Ok(store)
}

/// Opens the journal of a node that has a seat, had one or may get one, and says
/// why the node does not take part, if it does not.
///
/// Without a sound journal it follows, since it could contradict what it has signed.
fn open_journal(home: &Home, founded: &Founded, (store, roll): (&Store, &Roll)) -> Result<Guard, NodeError> {
    let head = store.head();
    let height = head.height.next().ok_or(NodeError::Unsound("no height is left"))?;
    let key = founded.key();
    let owner = Owner { ledger: founded.ledger.id(), validator: key };
    // What a key without a seat at the last block has not cosigned, it cannot have forgotten.
    let has_signed = roll.at(head.height).seat_of(&key).is_some();
    let is_known = roll.known.iter().any(|seat| seat.validator.key == key);
    let loss = match JournalFile::open(&home.journal(), owner, height) {
        Ok(opened) if has_signed && is_stale(opened.cosigned, store)? => Loss::Stale,
        Ok(opened) => {
            if let Some(head) = opened.cosigned {
                store.require_head(&head)?;
            }
            let trouble = (founded.part == Part::Observer).then_some(Trouble::Observes);
            return Ok(Guard { opened: Some(opened), trouble });
        }
        Err(JournalFileError::Lost { .. }) if !is_known => {
            return Ok(Guard { opened: None, trouble: Some(Trouble::Observes) });
        }
        Err(JournalFileError::Lost { loss, .. }) => loss,
        Err(error @ JournalFileError::Io { .. }) => return Err(error.into()),
    };
    error!(%loss, journal = %home.journal().display(), "the journal cannot be used: this node only follows");
    Ok(Guard { opened: None, trouble: Some(Trouble::JournalLost(loss)) })
}

/// Whether a journal that tells of `cosigned` last is of an earlier time than the
/// store: a head is cosigned as soon as it is stored, so only the last may be missing.
fn is_stale(cosigned: Option<TreeHead>, store: &Store) -> Result<bool, NodeError> {
    let Some(before) = store.head().height.previous().filter(|before| *before != Height::GENESIS) else {
        return Ok(false);
    };
    let header = store.view()?.header(before)?.ok_or(NodeError::Unsound("a block is missing"))?;
    Ok(cosigned.is_none_or(|head| head.size < header.log.size))
}

fn start_network(founded: &Founded, shared: &Shared) -> Result<(Handle, Events), NodeError> {
    let identity = Identity::from_secret(founded.keys.peer.to_bytes())?;
    let config = NetConfig { ledger: founded.ledger.id(), listen: founded.config.net.listen, peers: shared.peers() };
    Ok(Network::start(&identity, config)?)
}

type SharedAndFounded = (Arc<Shared>, Founded);

fn share(
    founded: Founded,
    (store, kept): (Store, Kept),
    (roll, entries): (Arc<Roll>, BTreeMap<PeerName, SocketAddr>),
    trouble: Option<Trouble>,
) -> (SharedAndFounded, mpsc::Receiver<crate::shared::Submit>) {
    let (submit, submitted) = mpsc::channel(SUBMIT_QUEUE);
    let config = &founded.config;
    let shared = Shared {
        name: config.name.clone(),
        signs: trouble.is_none().then(|| founded.key()),
        store,
        kept,
        disk_reserve: config.disk_reserve(),
        roll: RwLock::new(roll),
        addresses: config.net.peers.clone(),
        entries,
        board: Board::default(),
        epochs: Epochs::default(),
        submissions: Submissions::default(),
        submit,
    };
    if let Some(trouble) = trouble {
        warn!("this node follows the others and signs nothing");
        shared.board.note(|facts| facts.trouble = Some((trouble, clock::now())));
    }
    ((Arc::new(shared), founded), submitted)
}

/// Starts the thread that owns the replica; what it ends with can be waited for.
fn start_loop(
    (home, founded): (&Home, Founded),
    shared: Arc<Shared>,
    net: Handle,
    journal: Option<Opened>,
    sources: Sources,
) -> Result<oneshot::Receiver<Result<(), NodeError>>, NodeError> {
    let (ended, result) = oneshot::channel();
    let (journal, entries) = match journal {
        Some(opened) => (Some(opened.file), opened.entries),
        None => (None, Vec::new()),
    };
    let key = founded.key();
    let done = shared.store.view()?.latest_checkpoint()?.map_or(0, |checkpoint| checkpoint.size);
    let Keys { validator, log, .. } = founded.keys;
    let secret = shared.signs.map(|_| validator.clone());
    let signing = shared.signs.map(|_| Signing { validator, log });
    let roll = shared.roll();
    let start = replica_start(&shared, entries)?;
    let home = home.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|_| NodeError::Ended)?;
    let config = replica_config(shared.store.ledger());
    let work = move || {
        let now = clock::now();
        let (replica, effects) = Replica::start(config, secret, start, now);
        let node = Node {
            shared,
            replica,
            roll,
            key,
            signing,
            home,
            peers_due: false,
            closed_at: None,
            net,
            journal,
            cosigning: Cosigning::new(Vec::new(), done),
            waiting: Waiting::default(),
            outgoing: Vec::new(),
            sent: Moment::default(),
            deltas: BTreeMap::new(),
            inputs: VecDeque::new(),
            wake: None,
            housekeeping: now,
            fetching: Fetching::default(),
            fetched: VecDeque::new(),
            answered: None,
            connected: BTreeSet::new(),
            cosigned: BTreeMap::new(),
            complaints: Complaints::default(),
        };
        // Nobody listens any more if the node is being stopped from outside.
        drop(ended.send(runtime.block_on(node.run(effects, sources))));
    };
    thread::Builder::new().name("replica".into()).spawn(work).map_err(|_| NodeError::Ended)?;
    Ok(result)
}

fn replica_config(ledger: &Ledger) -> ReplicaConfig {
    let clock = match ledger.genesis().clock {
        Clock::Wall => ReplicaClock::Wall { bound_ms: CLOCK_BOUND_MS, heartbeat_ms: ledger.heartbeat_ms() },
        Clock::Replay => ReplicaClock::Replay,
    };
    ReplicaConfig { ledger: ledger.id(), clock, patience: Patience::default() }
}

fn replica_start(shared: &Shared, entries: Vec<plenary_consensus::journal::Entry>) -> Result<Start, NodeError> {
    let head = shared.store.head();
    let view = shared.store.view()?;
    let (tip, certificate) = if head.height == Height::GENESIS {
        (execute::genesis_header(shared.store.ledger(), &head), None)
    } else {
        let bytes = view.certificate(head.height)?.unwrap_or_default();
        (view.header(head.height)?, CommitCertificate::decode(&bytes).ok())
    };
    let tip: Header = tip.ok_or(NodeError::Unsound("the last block is missing"))?;
    if certificate.is_none() && head.height != Height::GENESIS {
        return Err(NodeError::Unsound("the last block's certificate is missing"));
    }
    let roll = shared.roll();
    let set_of = |height: Option<Height>| Arc::clone(&roll.at(height.unwrap_or(Height::LAST)).set);
    let height = head.height.next();
    let (set, next) = (set_of(height), set_of(height.and_then(Height::next)));
    Ok(Start { tip, certificate, set, next, entries })
}
