//! Records sent without a pause to whichever nodes live, and the receipts that came back.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ed25519_dalek::SigningKey;
use plenary_core::{
    block::TreeHead,
    hash::Digest,
    merkle,
    receipt::Receipt,
    record::{NAMESPACE, Name, Record, Signer},
    signature,
};
use plenary_node::clock;
use plenary_rpc::{
    answer::SubmissionState,
    client::{Client, ClientError},
};
use plenary_verifier::{
    receipt::{ReceiptBundle, check_receipt},
    verdict::Verdict,
};
use serde_json::{Value, json};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

use crate::{
    network::{Network, until},
    random::Random,
};

/// How many send at the same time.
const SENDERS: usize = 4;

/// How long a sender waits for finality before it turns to its next record.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many of the newest and of the older receipts are looked at after each restart.
const SAMPLE: usize = 20;

/// A record for which a receipt was obtained.
#[derive(Clone)]
pub(crate) struct Receipted {
    pub(crate) id: Digest,
    pub(crate) index: u64,
    entry: String,
    proof: String,
    head: TreeHead,
}

/// What the senders share.
struct Desk {
    genesis: Vec<u8>,
    ledger: Digest,
    key: SigningKey,
    urls: Vec<String>,
    next: AtomicU64,
    receipts: Mutex<Vec<Receipted>>,
}

/// Senders at work.
pub(crate) struct Load {
    desk: Arc<Desk>,
    go: watch::Sender<bool>,
    senders: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins to send.
    pub(crate) fn begin(network: &Network) -> Self {
        let desk = Arc::new(Desk {
            genesis: network.testnet.genesis().unwrap(),
            ledger: network.ledger,
            key: network.testnet.person("tsb").unwrap(),
            urls: network.urls(),
            next: AtomicU64::new(0),
            receipts: Mutex::default(),
        });
        let (go, gone) = watch::channel(true);
        let sender = |number| tokio::spawn(send(Arc::clone(&desk), number, gone.clone()));
        let senders = (0..SENDERS).map(sender).collect();
        Self { desk, go, senders }
    }

    /// Ends when the record under way is settled, or given up.
    pub(crate) async fn stop(&mut self) {
        self.go.send_replace(false);
        for sender in self.senders.drain(..) {
            sender.await.unwrap();
        }
    }

    /// Sends again.
    pub(crate) fn go_on(&mut self) {
        let gone = self.go.subscribe();
        self.go.send_replace(true);
        let sender = |number| tokio::spawn(send(Arc::clone(&self.desk), number, gone.clone()));
        self.senders.extend((0..SENDERS).map(sender));
    }

    /// All records that were receipted so far.
    pub(crate) fn receipted(&self) -> Vec<Receipted> {
        self.desk.receipts.lock().unwrap().clone()
    }

    /// Waits until so many more were receipted than there are now.
    pub(crate) async fn more(&self, count: usize) {
        let wanted = self.receipted().len() + count;
        until(&format!("{wanted} receipts"), async || (wanted <= self.receipted().len()).then_some(())).await;
    }

    /// A record that nobody has sent yet.
    pub(crate) fn record(&self) -> String {
        self.desk.record().1
    }

    /// Asks a node for some of these records: the newest, and as many older ones.
    pub(crate) async fn check(&self, receipted: &[Receipted], client: &Client, random: &mut Random) {
        let (old, new) = receipted.split_at(receipted.len().saturating_sub(SAMPLE));
        let mut wanted: Vec<&Receipted> = new.iter().collect();
        if !old.is_empty() {
            wanted.extend((0..SAMPLE).map(|_| &old[random.below(old.len())]));
        }
        self.desk.check(client, &wanted).await;
    }

    /// Asks a node for every record that was ever receipted.
    pub(crate) async fn check_all(&self, client: &Client) {
        self.desk.check(client, &self.receipted().iter().collect::<Vec<_>>()).await;
    }

    /// Asks a node for the last record that was receipted.
    pub(crate) async fn ask_for_last(&self, client: &Client) -> Result<(), ClientError> {
        let last = self.receipted().last().unwrap().id;
        client.record(last).await.map(drop)
    }
}

async fn send(desk: Arc<Desk>, number: usize, go: watch::Receiver<bool>) {
    let mut turn = number;
    while *go.borrow() {
        let url = &desk.urls[turn % desk.urls.len()];
        turn += 1;
        let client = Client::new(url).unwrap();
        // A node that lives is used for a while, a dead one is left at once.
        for _ in 0..8 {
            if !*go.borrow() || send_one(&desk, &client).await.is_none() {
                break;
            }
        }
    }
}

/// Sends a record and waits for its receipt; none if the node is of no use.
async fn send_one(desk: &Desk, client: &Client) -> Option<()> {
    let (id, file) = desk.record();
    let submitted = client.submit(&file, PATIENCE).await;
    let Ok(submission) = submitted else {
        if let Err(ClientError::Refused { code: 1_001..=1_005, data }) = submitted {
            panic!("a record of the load was refused: {data:?}");
        }
        sleep(Duration::from_millis(20)).await;
        return None;
    };
    if submission.state != SubmissionState::Final {
        return None;
    }
    for _ in 0..100 {
        match client.receipt(id).await {
            Ok(receipt) => {
                desk.keep(id, receipt);
                return Some(());
            }
            // The cosignatures are on their way.
            Err(ClientError::Refused { data, .. }) if data.reason == "not_cosigned" => {
                sleep(Duration::from_millis(20)).await;
            }
            Err(_) => return None,
        }
    }
    None
}

impl Desk {
    /// Registers a synthetic organisation.
    fn record(&self) -> (Digest, String) {
        let number = self.next.fetch_add(1, Ordering::SeqCst);
        let Value::Object(body) = json!({
            "id": format!("synthetic-{number}"), "title": format!("Synthetic organisation {number}"),
            "country": "CH", "category": "non-member",
        }) else {
            unreachable!()
        };
        let now = clock::now();
        let name = |text| Name::parse(text).unwrap();
        let record = Record {
            at: now,
            body,
            expires: now.plus_ms(24 * 60 * 60 * 1_000),
            group: None,
            ledger: self.ledger,
            signed: now,
            signers: vec![Signer { role: name("secretariat"), who: name("tsb") }],
            record_type: "organization.register".to_owned(),
        };
        let line = record.to_line().unwrap();
        let armour = signature::sign(&self.key, &line, NAMESPACE).unwrap();
        (Digest::of(&line), String::from_utf8(line).unwrap() + &armour)
    }

    fn keep(&self, id: Digest, receipt: plenary_rpc::answer::Receipt) {
        self.must_verify(&receipt.entry, &receipt.proof);
        let head = Receipt::parse(&receipt.proof).unwrap().checkpoint.head;
        let (entry, proof) = (receipt.entry, receipt.proof);
        self.receipts.lock().unwrap().push(Receipted { id, index: receipt.index.0, entry, proof, head });
    }

    fn must_verify(&self, entry: &str, proof: &str) {
        let (entry, proof) = (entry.as_bytes(), proof.as_bytes());
        let bundle = ReceiptBundle { genesis: &self.genesis, entry, proof, file: None, epochs: &[], tip: None };
        let report = check_receipt(&bundle, Some(self.ledger));
        assert_eq!(report.verdict, Verdict::Verified);
    }

    /// Each record is where it was, its old receipt and a new one verify, and the log has only grown.
    async fn check(&self, client: &Client, wanted: &[&Receipted]) {
        for receipted in wanted {
            // Three of four had it when its receipt was given; the fourth may have to catch up first.
            let record = until("a receipted record is there", async || client.record(receipted.id).await.ok()).await;
            assert_eq!(record.line.index.0, receipted.index);
            self.must_verify(&receipted.entry, &receipted.proof);
            // This node may not have heard a quorum of cosignatures before it was killed.
            let again = until("a receipt is given again", async || client.receipt(receipted.id).await.ok()).await;
            assert_eq!(again.entry, receipted.entry);
            self.must_verify(&again.entry, &again.proof);
        }
        if let (Some(first), Some(last)) = (wanted.first(), wanted.last()) {
            for receipted in [first, last] {
                self.check_growth(client, receipted).await;
            }
        }
    }

    async fn check_growth(&self, client: &Client, receipted: &Receipted) {
        let new = client.head().await.unwrap().log;
        let new = TreeHead { size: new.size.0, root: new.root.0 };
        let path = client.consistency(receipted.head.size, new.size).await.unwrap().path;
        let path: Vec<Digest> = path.into_iter().map(|hash| hash.0).collect();
        assert_eq!(merkle::verify_consistency(&receipted.head, &new, &path), Ok(()));
    }
}
