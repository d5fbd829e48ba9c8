//! The typed client: one method for each method of the interface.
//!
//! It speaks plain HTTP/1.1 over one connection that it keeps, and needs
//! nothing that the server does not need as well. Everything that it is told
//! can be checked without trusting the node; checking is the caller's matter.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request,
    body::{Bytes, Incoming},
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use plenary_core::{block::Height, hash::Digest, record::Name, subject::Subject};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use thiserror::Error;
use tokio::{
    net::TcpStream,
    sync::Mutex,
    time::{Instant, timeout_at},
};

use crate::{
    answer::{
        Block, BlockLine, Checkpoint, Consistency, Dossier, Genesis, Health, LedgerHead, Named, NodeStatus, Page, Peer,
        Receipt, Record, RecordLine, Submission, Validators, Version,
    },
    deliverable_answer::PositionLine,
    fault::FaultData,
    group_answer::{Contribution, Group, Registrant},
    limits,
    report::ParentReports,
};

/// How long a call may take, before the wait that the caller asks for.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a call gave no answer.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ClientError {
    /// The address is not one that this client can use.
    #[error("{0:?} is not an address such as http://localhost:8645")]
    Address(String),
    /// Nothing answers there.
    #[error("no node answers at {0}")]
    Unreachable(String),
    /// The node took too long.
    #[error("the node at {url} did not answer within {seconds} s")]
    TimedOut {
        /// The node's address.
        url: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The node refused.
    #[error("{}", data.message)]
    Refused {
        /// The JSON-RPC code.
        code: i32,
        /// Why, by which rule, and what to do.
        data: Box<FaultData>,
    },
    /// What answers is no node of a version that this client understands.
    #[error("what answers at {url} is no node that this program understands: {problem}")]
    Protocol {
        /// The address.
        url: String,
        /// What was wrong.
        problem: ProtocolProblem,
    },
}

/// What was wrong with an answer.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum ProtocolProblem {
    /// The connection broke, or what came is not HTTP.
    #[error("the connection broke")]
    Broken,
    /// The answer is longer than any node's.
    #[error("the answer is too long")]
    TooLong,
    /// The answer is not JSON-RPC.
    #[error("the answer is not JSON-RPC 2.0")]
    NotJsonRpc,
    /// The result is not of the form that belongs to the method.
    #[error("the result has another form")]
    Form,
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// How many items; the node's default if none.
    pub limit: Option<usize>,
    /// The cursor that the page before gave.
    pub cursor: Option<String>,
}

/// A client of one node.
#[derive(Debug)]
pub struct Client {
    authority: String,
    idle: Mutex<Option<SendRequest<Full<Bytes>>>>,
}

#[derive(Deserialize)]
struct Answer {
    result: Option<Value>,
    error: Option<ErrorMember>,
}

#[derive(Deserialize)]
struct ErrorMember {
    code: i32,
    message: String,
    data: Option<FaultData>,
}

impl Client {
    /// A client of the node at `url`, such as `http://localhost:8645`.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let wrong = || ClientError::Address(url.to_owned());
        let rest = url.strip_prefix("http://").ok_or_else(wrong)?;
        let rest = rest.strip_suffix("/rpc").unwrap_or(rest);
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let authority: hyper::http::uri::Authority = rest.parse().map_err(|_| wrong())?;
        if authority.as_str().contains('@') {
            return Err(wrong());
        }
        let port = authority.port_u16().unwrap_or(80);
        let authority = format!("{}:{port}", authority.host());
        Ok(Self { authority, idle: Mutex::new(None) })
    }

    /// The address that is called.
    pub fn url(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// Calls any method with parameters by name.
    pub async fn call(&self, method: &str, params: Value, wait: Duration) -> Result<Value, ClientError> {
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let body = self.send(call.to_string(), CALL_TIMEOUT.saturating_add(wait)).await?;
        let answer = serde_json::from_slice(&body).map_err(|_| self.protocol(ProtocolProblem::NotJsonRpc))?;
        self.result(answer)
    }

    /// `node_getStatus`
    pub async fn status(&self) -> Result<NodeStatus, ClientError> {
        self.ask("node_getStatus", []).await
    }

    /// `node_getHealth`
    pub async fn health(&self) -> Result<Health, ClientError> {
        self.ask("node_getHealth", []).await
    }

    /// `node_getVersion`
    pub async fn version(&self) -> Result<Version, ClientError> {
        self.ask("node_getVersion", []).await
    }

    /// `node_listPeers`
    pub async fn peers(&self) -> Result<Vec<Peer>, ClientError> {
        self.ask("node_listPeers", []).await
    }

    /// `validator_list`
    pub async fn validators(&self) -> Result<Validators, ClientError> {
        self.ask("validator_list", []).await
    }

    /// `ledger_getHead`
    pub async fn head(&self) -> Result<LedgerHead, ClientError> {
        self.ask("ledger_getHead", []).await
    }

    /// `ledger_getBlock`
    pub async fn block(&self, height: Height) -> Result<Block, ClientError> {
        self.ask("ledger_getBlock", [("height", height.as_u64().into())]).await
    }

    /// `ledger_listBlocks`, the oldest first
    pub async fn blocks(&self, part: &Part) -> Result<Page<BlockLine>, ClientError> {
        self.list("ledger_listBlocks", None, part).await
    }

    /// `ledger_getRecord`, by its id
    pub async fn record(&self, id: Digest) -> Result<Record, ClientError> {
        self.ask("ledger_getRecord", [("id", id.to_string().into())]).await
    }

    /// `ledger_getRecord`, by its entry's place in the log
    pub async fn record_at(&self, index: u64) -> Result<Record, ClientError> {
        self.ask("ledger_getRecord", [("id", index.into())]).await
    }

    /// `ledger_listRecords`, of the whole ledger or about one subject
    pub async fn records(&self, subject: Option<&Subject>, part: &Part) -> Result<Page<RecordLine>, ClientError> {
        let subject = subject.map(|subject| ("subject", subject.to_string()));
        self.list("ledger_listRecords", subject, part).await
    }

    /// `ledger_getCheckpoint`
    pub async fn checkpoint(&self) -> Result<Checkpoint, ClientError> {
        self.ask("ledger_getCheckpoint", []).await
    }

    /// `ledger_getGenesis`
    pub async fn genesis(&self) -> Result<Genesis, ClientError> {
        self.ask("ledger_getGenesis", []).await
    }

    /// `ledger_submitRecord`; waits for finality as long as `wait`, nine seconds at most
    pub async fn submit(&self, record: &str, wait: Duration) -> Result<Submission, ClientError> {
        let params = json!({ "record": record, "wait_ms": wait_ms(wait) });
        self.read(self.call("ledger_submitRecord", params, wait).await?)
    }

    /// `ledger_submitRecord` for many records in one batch, none of which is waited for; an answer for each
    pub async fn submit_all(&self, records: &[&str]) -> Result<Vec<Result<Submission, ClientError>>, ClientError> {
        let call = |record: &&str| json!({ "jsonrpc": "2.0", "id": 1, "method": "ledger_submitRecord", "params": { "record": record } });
        let calls: Vec<Value> = records.iter().map(call).collect();
        let body = self.send(Value::Array(calls).to_string(), CALL_TIMEOUT).await?;
        let Ok(answers) = serde_json::from_slice::<Vec<Answer>>(&body) else {
            // A batch that is refused as a whole has one answer.
            let answer = serde_json::from_slice(&body).map_err(|_| self.protocol(ProtocolProblem::NotJsonRpc))?;
            return self.result(answer).and_then(|_| Err(self.protocol(ProtocolProblem::Form)));
        };
        if answers.len() != records.len() {
            return Err(self.protocol(ProtocolProblem::Form));
        }
        // Answers come in the order of the calls.
        Ok(answers.into_iter().map(|answer| self.read(self.result(answer)?)).collect())
    }

    /// `ledger_getSubmission`; waits for finality as long as `wait`, nine seconds at most
    pub async fn submission(&self, id: Digest, wait: Duration) -> Result<Submission, ClientError> {
        let params = json!({ "id": id.to_string(), "wait_ms": wait_ms(wait) });
        self.read(self.call("ledger_getSubmission", params, wait).await?)
    }

    /// `group_get`; the ledger's only group if none is named
    pub async fn group(&self, name: Option<&Name>) -> Result<Group, ClientError> {
        let mut params = Map::new();
        params.extend(name.map(|name| ("group".to_owned(), name.as_str().into())));
        self.read(self.call("group_get", Value::Object(params), Duration::ZERO).await?)
    }

    /// `group_list`
    pub async fn groups(&self, part: &Part) -> Result<Page<Group>, ClientError> {
        self.list("group_list", None, part).await
    }

    /// A noun's `…_list`: all of a group of one kind, such as `client.nouns::<Meeting>(None, &part)`
    pub async fn nouns<T: Named + DeserializeOwned>(
        &self,
        group: Option<&Name>,
        part: &Part,
    ) -> Result<Page<T>, ClientError> {
        self.list(T::LIST, of_group(group), part).await
    }

    /// A noun's `…_get`
    pub async fn noun<T: Named + DeserializeOwned>(&self, id: &str) -> Result<T, ClientError> {
        self.ask(T::GET, [("id", id.into())]).await
    }

    /// `group_getReports`
    pub async fn reports(&self, group: &Name) -> Result<ParentReports, ClientError> {
        self.ask("group_getReports", [("group", group.as_str().into())]).await
    }

    /// `meeting_listParticipants`
    pub async fn meeting_participants(&self, id: &str, part: &Part) -> Result<Page<Registrant>, ClientError> {
        self.list("meeting_listParticipants", of_id(id), part).await
    }

    /// `meeting_listDocuments`
    pub async fn meeting_documents(&self, id: &str, part: &Part) -> Result<Page<Contribution>, ClientError> {
        self.list("meeting_listDocuments", of_id(id), part).await
    }

    /// `contribution_listRevisions`
    pub async fn revisions(&self, id: &str, part: &Part) -> Result<Page<RecordLine>, ClientError> {
        self.list("contribution_listRevisions", of_id(id), part).await
    }

    /// `deliverable_listPositions`
    pub async fn positions(&self, id: &str, part: &Part) -> Result<Page<PositionLine>, ClientError> {
        self.list("deliverable_listPositions", of_id(id), part).await
    }

    /// `deliverable_getTimeline`
    pub async fn timeline(&self, id: &str, part: &Part) -> Result<Page<RecordLine>, ClientError> {
        self.list("deliverable_getTimeline", of_id(id), part).await
    }

    /// `proof_getReceipt`, by the record's id
    pub async fn receipt(&self, id: Digest) -> Result<Receipt, ClientError> {
        self.ask("proof_getReceipt", [("id", id.to_string().into())]).await
    }

    /// `proof_getReceipt`, by the entry's place in the log
    pub async fn receipt_at(&self, index: u64) -> Result<Receipt, ClientError> {
        self.ask("proof_getReceipt", [("id", index.into())]).await
    }

    /// `proof_getConsistency`
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Consistency, ClientError> {
        self.ask("proof_getConsistency", [("old", old.into()), ("new", new.into())]).await
    }

    /// `proof_getDossier`, at the end of the ledger; with the growth from `since` leaves on, if asked for
    pub async fn dossier(&self, subject: &Subject, since: Option<u64>) -> Result<Dossier, ClientError> {
        let mut params = Map::from_iter([("subject".to_owned(), subject.to_string().into())]);
        params.extend(since.map(|since| ("since".to_owned(), since.into())));
        self.read(self.call("proof_getDossier", Value::Object(params), Duration::ZERO).await?)
    }

    /// `proof_getDossier`, as it was kept when the last approval was final
    pub async fn approval_dossier(&self, subject: &Subject) -> Result<Dossier, ClientError> {
        self.ask("proof_getDossier", [("subject", subject.to_string().into()), ("at", "approval".into())]).await
    }

    /// `rpc.discover`
    pub async fn discover(&self) -> Result<Value, ClientError> {
        self.ask("rpc.discover", []).await
    }

    async fn ask<T: DeserializeOwned, const N: usize>(
        &self,
        method: &str,
        params: [(&str, Value); N],
    ) -> Result<T, ClientError> {
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.read(self.call(method, Value::Object(params), Duration::ZERO).await?)
    }

    async fn list<T: DeserializeOwned>(
        &self,
        method: &str,
        of: Option<(&str, String)>,
        part: &Part,
    ) -> Result<Page<T>, ClientError> {
        let mut params = Map::new();
        params.extend(of.map(|(name, value)| (name.to_owned(), value.into())));
        params.extend(part.limit.map(|limit| ("limit".to_owned(), limit.into())));
        params.extend(part.cursor.as_ref().map(|cursor| ("cursor".to_owned(), cursor.as_str().into())));
        self.read(self.call(method, Value::Object(params), Duration::ZERO).await?)
    }

    fn read<T: DeserializeOwned>(&self, result: Value) -> Result<T, ClientError> {
        serde_json::from_value(result).map_err(|_| self.protocol(ProtocolProblem::Form))
    }

    fn protocol(&self, problem: ProtocolProblem) -> ClientError {
        ClientError::Protocol { url: self.url(), problem }
    }

    fn result(&self, answer: Answer) -> Result<Value, ClientError> {
        match answer {
            Answer { error: Some(error), .. } => Err(refused(error)),
            Answer { result: Some(result), .. } => Ok(result),
            Answer { result: None, error: None } => Err(self.protocol(ProtocolProblem::NotJsonRpc)),
        }
    }

    /// Sends a body and reads the answer's within `limit`.
    async fn send(&self, body: String, limit: Duration) -> Result<Bytes, ClientError> {
        let now = Instant::now();
        let deadline = now.checked_add(limit).unwrap_or(now);
        match timeout_at(deadline, self.exchange(body)).await {
            Ok(answer) => answer,
            Err(_) => Err(ClientError::TimedOut { url: self.url(), seconds: limit.as_secs() }),
        }
    }

    /// Sends a body and reads the answer's, over the idle connection if it still lives.
    async fn exchange(&self, body: String) -> Result<Bytes, ClientError> {
        let body = Bytes::from(body);
        let mut sender = match self.idle.lock().await.take() {
            Some(sender) if !sender.is_closed() => sender,
            Some(_) | None => self.connect().await?,
        };
        let response = match sender.try_send_request(self.request(body.clone())?).await {
            Ok(response) => response,
            Err(mut error) => {
                // The node closed the idle connection before it saw the call.
                let unsent = error.take_message();
                unsent.ok_or_else(|| self.protocol(ProtocolProblem::Broken))?;
                sender = self.connect().await?;
                let sent = sender.send_request(self.request(body)?).await;
                sent.map_err(|_| self.protocol(ProtocolProblem::Broken))?
            }
        };
        let answer = self.read_body(response.into_body()).await?;
        *self.idle.lock().await = Some(sender);
        Ok(answer)
    }

    async fn read_body(&self, body: Incoming) -> Result<Bytes, ClientError> {
        let limit = usize::try_from(limits::ANSWER_BYTES_MAX).unwrap_or(usize::MAX);
        match Limited::new(body, limit).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                Err(self.protocol(ProtocolProblem::TooLong))
            }
            Err(_) => Err(self.protocol(ProtocolProblem::Broken)),
        }
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, ClientError> {
        Request::post("/rpc")
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|_| ClientError::Address(self.url()))
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        let unreachable = || ClientError::Unreachable(self.url());
        let stream = TcpStream::connect(&self.authority).await.map_err(|_| unreachable())?;
        stream.set_nodelay(true).map_err(|_| unreachable())?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|_| unreachable())?;
        // It ends with the sender, and what breaks it the sender tells.
        tokio::spawn(connection);
        Ok(sender)
    }
}

fn of_group(group: Option<&Name>) -> Option<(&'static str, String)> {
    group.map(|group| ("group", group.to_string()))
}

fn of_id(id: &str) -> Option<(&'static str, String)> {
    Some(("id", id.to_owned()))
}

fn wait_ms(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).min(limits::WAIT_MS_MAX)
}

fn refused(error: ErrorMember) -> ClientError {
    let ErrorMember { code, message, data } = error;
    let data = data.unwrap_or_else(|| FaultData {
        reason: "unexplained".into(),
        message,
        remedy: "look at the node's version; this answer is not of ours".into(),
        rule: "JSON-RPC 2.0, 5.1".into(),
        docs: String::new(),
        retry_after_ms: None,
        missing: Vec::new(),
        facts: Map::new(),
    });
    ClientError::Refused { code, data: Box::new(data) }
}
