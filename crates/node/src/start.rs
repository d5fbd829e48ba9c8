//! From a home to a node at work.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    net::SocketAddr,
    sync::Arc,
    thread,
};

use ed25519_dalek::SigningKey;
use plenary_consensus::{
    Clock as ReplicaClock, CommitCertificate, Config as ReplicaConfig, Patience, Replica, Start, ValidatorSet,
    journal::Owner,
};
use plenary_core::{
    block::{Header, Height, TreeHead},
    genesis::Clock,
    keys::ValidatorKey,
    note::KeyName,
    policy::Policy,
    record::Name,
    time::Moment,
};
use plenary_net::{Config as NetConfig, Events, Handle, Identity, Network, Peer, PeerName};
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
    cosigning::{Cosigner, Cosigning},
    custody::{Custody, Entrusted},
    dossier::{Keeping, Kept},
    epochs::Epochs,
    error::NodeError,
    home::{Home, Keys},
    journal::{JournalFile, JournalFileError, Loss, Opened},
    node::{Node, Sources},
    shared::{SUBMIT_QUEUE, SeatOf, Shared},
    submissions::Submissions,
    view::NodeView,
    waiting::Waiting,
};

/// How far a block's time may be from a voter's clock.
const CLOCK_BOUND_MS: u64 = 5_000;

/// How a node takes part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// With its seat, if the genesis line has one for it.
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
    policy: Policy,
    seats: Vec<SeatOf>,
    keys: Keys,
    /// Whether the genesis line has a seat for this node.
    has_seat: bool,
    /// The seat that it takes.
    seat: Option<Name>,
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
    let mut founded = found(home, part)?;
    let Config { vault, name, .. } = &founded.config;
    let entrusted = vault.as_ref().map(|vault| Entrusted::open(home, vault, name)).transpose()?;
    let store = open_store(home, &founded.ledger)?;
    let (journal, trouble) = open_journal(home, &mut founded, &store)?;
    let address = founded.config.web.listen;
    let listen = |error| NodeError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(listen)?;
    let web = listener.local_addr().map_err(listen)?;
    let hosts = Hosts::new(web.port(), founded.config.web.public_url.as_deref(), "web.public_url in node.toml")?;
    let rate = founded.config.web.rate();
    let (net, events) = start_network(&founded)?;
    let (shared, submit) = share(founded, store, Kept::of(home.clone()), trouble)?;
    let (node, keys) = shared;
    let sources = Sources { net: events, submit, stop: stop.clone() };
    let ended = start_loop(Arc::clone(&node), keys, net, journal, sources)?;
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
    let policy = Policy::parse(&ledger.genesis().policy)?;
    let names = policy.seats().iter().map(|seat| seat.name.as_str());
    if !names.eq(ledger.genesis().validators.iter().map(|validator| validator.name.as_str())) {
        return Err(NodeError::Founding("its validators and its policy name different seats"));
    }
    let seat_of = |validator: &plenary_core::genesis::GenesisValidator| {
        Ok(SeatOf { peer: PeerName::of_key(&validator.peer)?, validator: validator.clone() })
    };
    let seats: Vec<SeatOf> =
        ledger.genesis().validators.iter().map(seat_of).collect::<Result<_, plenary_net::Error>>()?;
    if let Some(unknown) =
        config.net.peers.keys().find(|name| !seats.iter().any(|seat| seat.validator.name.as_str() == name.as_str()))
    {
        return Err(NodeError::UnknownPeer(unknown.clone()));
    }
    let keys = home.keys()?;
    let own = seats.iter().zip(policy.seats()).find(|(seat, _)| seat.validator.name.as_str() == config.name);
    if let Some((seat, policy_seat)) = own {
        let fits = [
            ("validator", seat.validator.key == ValidatorKey::of(&keys.validator)),
            ("peer", seat.validator.peer == keys.peer.verifying_key().to_bytes()),
            ("log", *policy_seat.log.public() == keys.log.verifying_key().to_bytes()),
            ("cosigner-0", *policy_seat.cosigner.public() == keys.cosigner.verifying_key().to_bytes()),
        ];
        if let Some((file, _)) = fits.into_iter().find(|(_, fits)| !fits) {
            return Err(NodeError::WrongKey { file, name: config.name });
        }
    }
    let seat = match part {
        Part::Validator => own.map(|(seat, _)| seat.validator.name.clone()),
        Part::Observer => None,
    };
    let has_seat = own.is_some();
    Ok(Founded { config, ledger, policy, seats, keys, has_seat, seat })
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

/// Opens the journal of a node that the genesis line has a seat for, and says
/// why the node does not take part, if it does not.
///
/// Without a sound journal it follows, since it could contradict what it has signed.
fn open_journal(
    home: &Home,
    founded: &mut Founded,
    store: &Store,
) -> Result<(Option<Opened>, Option<Trouble>), NodeError> {
    if !founded.has_seat {
        return Ok((None, Some(Trouble::Observes)));
    }
    let height = store.head().height.next().ok_or(NodeError::Unsound("no height is left"))?;
    let owner = Owner { ledger: founded.ledger.id(), validator: ValidatorKey::of(&founded.keys.validator) };
    let loss = match JournalFile::open(&home.journal(), owner, height) {
        Ok(opened) if is_stale(opened.cosigned, store)? => Loss::Stale,
        Ok(opened) => {
            if let Some(head) = opened.cosigned {
                store.require_head(&head)?;
            }
            return Ok((Some(opened), founded.seat.is_none().then_some(Trouble::Observes)));
        }
        Err(JournalFileError::Lost { loss, .. }) => loss,
        Err(error @ JournalFileError::Io { .. }) => return Err(error.into()),
    };
    error!(%loss, journal = %home.journal().display(), "the journal cannot be used: this node only follows");
    founded.seat = None;
    Ok((None, Some(Trouble::JournalLost(loss))))
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

fn start_network(founded: &Founded) -> Result<(Handle, Events), NodeError> {
    let identity = Identity::from_secret(founded.keys.peer.to_bytes())?;
    let own = identity.peer_name();
    let peer = |seat: &SeatOf| Peer {
        name: seat.peer,
        address: founded.config.net.peers.get(seat.validator.name.as_str()).copied(),
    };
    let peers = founded.seats.iter().filter(|seat| seat.peer != own).map(peer).collect();
    let config = NetConfig { ledger: founded.ledger.id(), listen: founded.config.net.listen, peers };
    Ok(Network::start(&identity, config)?)
}

type SharedAndKeys = (Arc<Shared>, Keys);

fn share(
    founded: Founded,
    store: Store,
    kept: Kept,
    trouble: Option<Trouble>,
) -> Result<(SharedAndKeys, mpsc::Receiver<crate::shared::Submit>), NodeError> {
    let (submit, submitted) = mpsc::channel(SUBMIT_QUEUE);
    let Founded { config, policy, seats, keys, seat, .. } = founded;
    let disk_reserve = config.disk_reserve();
    let address = |seat: &SeatOf| {
        let address = config.net.peers.get(seat.validator.name.as_str())?;
        Some((seat.peer, *address))
    };
    let addresses: BTreeMap<PeerName, SocketAddr> = seats.iter().filter_map(address).collect();
    let shared = Shared {
        name: config.name,
        seat,
        store,
        kept,
        disk_reserve,
        seats,
        addresses,
        policy,
        board: Board::default(),
        epochs: Epochs::default(),
        submissions: Submissions::default(),
        submit,
    };
    if let Some(trouble) = trouble {
        warn!("this node follows the others and signs nothing");
        shared.board.note(|facts| facts.trouble = Some((trouble, clock::now())));
    }
    Ok(((Arc::new(shared), keys), submitted))
}

/// Starts the thread that owns the replica; what it ends with can be waited for.
fn start_loop(
    shared: Arc<Shared>,
    keys: Keys,
    net: Handle,
    journal: Option<Opened>,
    sources: Sources,
) -> Result<oneshot::Receiver<Result<(), NodeError>>, NodeError> {
    let (ended, result) = oneshot::channel();
    let (journal, entries) = match journal {
        Some(opened) => (Some(opened.file), opened.entries),
        None => (None, Vec::new()),
    };
    let key = ValidatorKey::of(&keys.validator);
    let cosigning = cosigning(&shared, &keys)?;
    let secret = shared.seat.as_ref().map(|_| keys.validator);
    let (set, start) = replica_start(&shared, entries)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|_| NodeError::Ended)?;
    let config = replica_config(shared.store.ledger());
    let work = move || {
        let now = clock::now();
        let (replica, effects) = Replica::start(config, secret, start, now);
        let node = Node {
            shared,
            replica,
            set,
            key,
            net,
            journal,
            cosigning,
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

fn cosigning(shared: &Shared, keys: &Keys) -> Result<Cosigning, NodeError> {
    let done = shared.store.view()?.latest_checkpoint()?.map_or(0, |checkpoint| checkpoint.size);
    let policy_seat =
        shared.seat.as_ref().and_then(|name| shared.policy.seats().iter().find(|seat| seat.name == name.as_str()));
    let cosigner = policy_seat.map(|seat| Cosigner {
        name: KeyName::clone(seat.cosigner.name()),
        secret: SigningKey::clone(&keys.cosigner),
        log: SigningKey::clone(&keys.log),
    });
    Ok(Cosigning::new(shared.policy.clone(), cosigner, done))
}

fn replica_config(ledger: &Ledger) -> ReplicaConfig {
    let clock = match ledger.genesis().clock {
        Clock::Wall => ReplicaClock::Wall { bound_ms: CLOCK_BOUND_MS, heartbeat_ms: ledger.heartbeat_ms() },
        Clock::Replay => ReplicaClock::Replay,
    };
    ReplicaConfig { ledger: ledger.id(), clock, patience: Patience::default() }
}

fn replica_start(
    shared: &Shared,
    entries: Vec<plenary_consensus::journal::Entry>,
) -> Result<(Arc<ValidatorSet>, Start), NodeError> {
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
    let keys = shared.seats.iter().map(|seat| seat.validator.key).collect();
    let set = ValidatorSet::new(keys).map_err(|_| NodeError::Founding("its validators make no set"))?;
    let set = Arc::new(set);
    Ok((Arc::clone(&set), Start { tip, certificate, set: Arc::clone(&set), next: set, entries }))
}
