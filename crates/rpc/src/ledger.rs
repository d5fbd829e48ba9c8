//! Methods about the ledger: its blocks, its records, and the one that writes.

use std::time::Duration;

use plenary_core::{
    block::Height,
    entry::{Outcome, RecordEntry},
    record::{RecordFile, VerifiedRecord},
};
use tokio::time::Instant;

use crate::{
    answer::{
        Block, BlockLine, Checkpoint, ClockWord, Genesis, LedgerHead, Page, Record, RecordLine, RefusalLine,
        RuleFinding, SignerLine, Submission, SubmissionState,
    },
    fault::Fault,
    json::{Hash, Number, Time},
    limits,
    method::{About, Desk, Method, Reply, read, wait},
    page::Cursor,
    params::{Arguments, CURSOR, EntryAt, Kind, LIMIT, Order, optional, required},
    reason::Reason,
    view::{self, BlockView, View},
};

const HEAD: About = About {
    name: "ledger_getHead",
    summary: "The end of the ledger: its last block, and the roots after it.",
    params: &[],
    errors: &[],
};

const BLOCK: About = About {
    name: "ledger_getBlock",
    summary: "A block, with the ids of its records.",
    params: &[required("height", Kind::Number, "The block's position; genesis is 0.")],
    errors: &[Reason::NO_SUCH_BLOCK, Reason::HISTORY_NOT_HERE],
};

const LIST_BLOCKS: About = About {
    name: "ledger_listBlocks",
    summary: "The blocks, page by page.",
    params: &[optional("order", Kind::Order, "Which end comes first; the oldest if absent."), LIMIT, CURSOR],
    errors: &[Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR, Reason::HISTORY_NOT_HERE],
};

const CHECKPOINT: About = About {
    name: "ledger_getCheckpoint",
    summary: "The last head of the log that a quorum of validators has signed.",
    params: &[],
    errors: &[Reason::NOT_COSIGNED],
};

const GENESIS: About = About {
    name: "ledger_getGenesis",
    summary: "What the ledger is founded on, and the policy in force: an auditor's trust anchor.",
    params: &[],
    errors: &[],
};

const RECORD: About = About {
    name: "ledger_getRecord",
    summary: "A record: its file, and what the ledger found when it took it.",
    params: &[required("id", Kind::Entry, "The record's id, or its entry's place in the log.")],
    errors: &[Reason::NO_SUCH_RECORD, Reason::HISTORY_NOT_HERE],
};

const LIST_RECORDS: About = About {
    name: "ledger_listRecords",
    summary: "The records in the order of the log, all of them or those about one subject.",
    params: &[optional("subject", Kind::Subject, "The subject; all records if absent."), LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_SUBJECT, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR, Reason::HISTORY_NOT_HERE],
};

const SUBMIT: About = About {
    name: "ledger_submitRecord",
    summary: "Sends a signed record to the ledger. Sending it again answers what became of it.",
    params: &[
        required("record", Kind::Record, "The text of the record file."),
        optional("wait_ms", Kind::Wait, "How long to wait for it to become final."),
    ],
    errors: &[
        Reason::MALFORMED_RECORD,
        Reason::BAD_SIGNATURE,
        Reason::WRONG_NAMESPACE,
        Reason::QUEUE_FULL,
        Reason::NO_QUORUM,
        Reason::NODE_SYNCING,
        Reason::NODE_STOPPED,
    ],
};

const SUBMISSION: About = About {
    name: "ledger_getSubmission",
    summary: "What became of a record that was sent in.",
    params: &[
        required("id", Kind::Digest, "The record's id."),
        optional("wait_ms", Kind::Wait, "How long to wait for it to become final."),
    ],
    errors: &[],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    let mut methods = blocks();
    methods.extend(records());
    methods
}

fn blocks() -> Vec<Method> {
    vec![
        read(HEAD, head),
        read(BLOCK, block),
        read(LIST_BLOCKS, list_blocks),
        read(CHECKPOINT, checkpoint),
        read(GENESIS, genesis),
    ]
}

fn records() -> Vec<Method> {
    vec![read(RECORD, record), read(LIST_RECORDS, list_records), wait(SUBMIT, submit), wait(SUBMISSION, submission)]
}

fn head(view: &dyn View, _: &Arguments) -> Result<LedgerHead, Fault> {
    Ok(view.head()?.into())
}

fn block(view: &dyn View, arguments: &Arguments) -> Result<Block, Fault> {
    let absent = || Fault::new(Reason::NO_SUCH_BLOCK, "the ledger has no block at this height");
    let height = arguments.height("height").ok_or_else(absent)?;
    let BlockView { id, parent, log, seal, records, signers } = view.block(height)?.ok_or_else(absent)?;
    Ok(Block {
        height: seal.height.into(),
        time: Time(seal.time),
        id: Hash(*id.digest()),
        parent: parent.map(|parent| Hash(*parent.digest())),
        proposer: seal.proposer.map(|name| name.to_string()),
        epoch: Number(seal.epoch),
        policy: Hash(seal.policy),
        log: log.into(),
        slots: seal.slots.into(),
        first: Number(seal.first),
        seal: Number(seal.first.saturating_add(seal.count)),
        previous_seal: Hash(seal.prev),
        records: records.into_iter().map(Hash).collect(),
        signers: signers.iter().map(ToString::to_string).collect(),
    })
}

fn list_blocks(view: &dyn View, arguments: &Arguments) -> Result<Page<BlockLine>, Fault> {
    let order = arguments.order("order");
    let scope = match order {
        Order::Oldest => "blocks",
        Order::Newest => "blocks newest",
    };
    let cursor = Cursor::of(view, arguments, scope)?;
    let mut next = match order {
        Order::Oldest => cursor.number_or(0)?,
        Order::Newest => cursor.number_or(cursor.height)?,
    };
    let mut items = Vec::new();
    let mut more = next <= cursor.height;
    while more && items.len() < arguments.limit() {
        let unsound = || Fault::new(Reason::INTERNAL, "a block within the ledger cannot be found");
        let block = Height::new(next).map(|height| view.block(height)).transpose()?.flatten().ok_or_else(unsound)?;
        items.push(block_line(block));
        more = match order {
            Order::Oldest => {
                next = next.saturating_add(1);
                next <= cursor.height
            }
            Order::Newest => {
                let more = next > 0;
                next = next.saturating_sub(1);
                more
            }
        };
    }
    Ok(cursor.page(items, more.then(|| next.to_string()), scope))
}

fn block_line(block: BlockView) -> BlockLine {
    BlockLine {
        height: block.seal.height.into(),
        time: Time(block.seal.time),
        id: Hash(*block.id.digest()),
        proposer: block.seal.proposer.map(|name| name.to_string()),
        records: Number(u64::try_from(block.records.len()).unwrap_or(u64::MAX)),
    }
}

fn checkpoint(view: &dyn View, _: &Arguments) -> Result<Checkpoint, Fault> {
    let checkpoint = view.checkpoint()?.ok_or(view::ViewError::NotCosigned)?;
    Ok(Checkpoint {
        height: checkpoint.height.into(),
        size: Number(checkpoint.head.size),
        root: Hash(checkpoint.head.root),
        text: checkpoint.text,
    })
}

fn genesis(view: &dyn View, _: &Arguments) -> Result<Genesis, Fault> {
    let ledger = view.ledger();
    let genesis = ledger.genesis();
    Ok(Genesis {
        ledger: Hash(ledger.id()),
        line: text(ledger.line().to_vec())?,
        policy: view.policy()?,
        origin: genesis.origin.clone(),
        clock: ClockWord::from(genesis.clock),
        time: Time(genesis.time),
        notice: genesis.notice.clone(),
    })
}

fn record(view: &dyn View, arguments: &Arguments) -> Result<Record, Fault> {
    let absent = || Fault::new(Reason::NO_SUCH_RECORD, "the ledger has no such record");
    let index = match arguments.entry("id").ok_or_else(absent)? {
        EntryAt::Record(id) => view.record_index(&id)?.ok_or_else(absent)?,
        EntryAt::Index(index) => index,
    };
    let entry = view.entry(index)?.ok_or_else(absent)?;
    let (file, outcome) =
        read_entry(&entry).ok_or_else(|| Fault::new(Reason::NO_SUCH_RECORD, "that entry is the ledger's own"))?;
    let outcome_line = RecordEntry::split(&entry).map(|entry| entry.outcome.to_vec()).unwrap_or_default();
    let record = file.record();
    Ok(Record {
        signed: Time(record.signed),
        expires: Time(record.expires),
        body: record.body.clone(),
        file: text(file.bytes().to_vec())?,
        outcome: text(outcome_line)?,
        line: record_line(index, &file, outcome),
    })
}

fn list_records(view: &dyn View, arguments: &Arguments) -> Result<Page<RecordLine>, Fault> {
    match arguments.subject("subject") {
        Some(subject) => {
            let absent = || Fault::new(Reason::NO_SUCH_SUBJECT, "no record is about this subject");
            view.subject(&subject)?.ok_or_else(absent)?;
            chain_page(view, arguments, &subject)
        }
        None => all_records(view, arguments),
    }
}

fn all_records(view: &dyn View, arguments: &Arguments) -> Result<Page<RecordLine>, Fault> {
    const SCOPE: &str = "records";
    let cursor = Cursor::of(view, arguments, SCOPE)?;
    let start = cursor.number_or(0)?;
    let end = cursor.entries.min(start.saturating_add(limits::SCAN_MAX));
    let mut next = start;
    let mut items = Vec::new();
    while next < end && items.len() < arguments.limit() {
        if let Some(line) = line_at(view, next)? {
            items.push(line);
        }
        next = next.saturating_add(1);
    }
    let more = next < cursor.entries;
    Ok(cursor.page(items, more.then(|| next.to_string()), SCOPE))
}

/// A page of the records about `subject`.
pub(crate) fn chain_page(
    view: &dyn View,
    arguments: &Arguments,
    subject: &plenary_core::subject::Subject,
) -> Result<Page<RecordLine>, Fault> {
    let scope = format!("chain {subject}");
    let cursor = Cursor::of(view, arguments, &scope)?;
    let start = cursor.number_or(0)?;
    let limit = arguments.limit();
    let indexes = view.chain(subject, start, limit.saturating_add(1))?;
    // A chain grows with the log, so what lies below the bound comes first.
    let held: Vec<u64> = indexes.into_iter().filter(|index| *index < cursor.entries).collect();
    let more = limit < held.len();
    let mut items = Vec::new();
    for index in held.into_iter().take(limit) {
        items.extend(line_at(view, index)?);
    }
    let next = start.saturating_add(u64::try_from(limit).unwrap_or(u64::MAX));
    Ok(cursor.page(items, more.then(|| next.to_string()), &scope))
}

/// The record at `index`; none if the entry is the ledger's own.
fn line_at(view: &dyn View, index: u64) -> Result<Option<RecordLine>, Fault> {
    let unsound = || Fault::new(Reason::INTERNAL, "an entry within the log cannot be found");
    let entry = view.entry(index)?.ok_or_else(unsound)?;
    Ok(read_entry(&entry).map(|(file, outcome)| record_line(index, &file, outcome)))
}

/// Reads a record's entry; none if the entry is the ledger's own.
fn read_entry(entry: &[u8]) -> Option<(RecordFile, Outcome)> {
    let RecordEntry { file, outcome } = RecordEntry::split(entry)?;
    Some((RecordFile::parse(file).ok()?, Outcome::from_line(outcome).ok()?))
}

fn record_line(index: u64, file: &RecordFile, outcome: Outcome) -> RecordLine {
    let record = file.record();
    RecordLine {
        index: Number(index),
        id: Hash(file.id()),
        record_type: record.record_type.clone(),
        group: record.group.as_ref().map(ToString::to_string),
        at: Time(record.at),
        signers: record.signers.iter().map(SignerLine::from).collect(),
        height: outcome.height.into(),
        time: Time(outcome.time),
        number: outcome.number,
        subjects: outcome.subjects.iter().map(ToString::to_string).collect(),
        findings: outcome.findings.into_iter().map(RuleFinding::from).collect(),
    }
}

/// What the ledger holds is text; anything else is a defect.
pub(crate) fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|_| Fault::new(Reason::INTERNAL, "an entry is not UTF-8 text"))
}

fn submit(desk: Desk, arguments: Arguments) -> Reply<Submission> {
    Box::pin(async move {
        let deadline = deadline(&arguments);
        let text = arguments.text("record").unwrap_or_default().to_owned();
        // An id is taken once, so a record that the ledger has needs no second look.
        let (id, known, record) = desk.check(move |view| look_at(view, &text)).await?;
        let state = match (known, record) {
            (Some(index), _) => view::Submission::Final { index },
            (None, Some(record)) => match desk.view.submit(record).await? {
                view::Submission::Pending | view::Submission::Unknown => match deadline {
                    Some(deadline) => desk.view.settled(id, deadline).await?,
                    None => view::Submission::Pending,
                },
                settled @ (view::Submission::Final { .. } | view::Submission::Refused(_)) => settled,
            },
            (None, None) => view::Submission::Unknown,
        };
        match state {
            view::Submission::Refused(refusal) => Err(refusal.into()),
            // Nothing is to be read for an answer that only says how far it has come.
            state @ (view::Submission::Unknown | view::Submission::Pending) => {
                submission_answer(desk.view.as_ref(), Hash(id), state)
            }
            state @ view::Submission::Final { .. } => {
                desk.read(move |view| submission_answer(view, Hash(id), state)).await
            }
        }
    })
}

type Look = (plenary_core::hash::Digest, Option<u64>, Option<VerifiedRecord>);

/// Reads and verifies a record that the ledger does not have yet.
fn look_at(view: &dyn View, text: &str) -> Result<Look, Fault> {
    let file = RecordFile::parse(text.as_bytes())?;
    let id = file.id();
    match view.record_index(&id)? {
        Some(index) => Ok((id, Some(index), None)),
        None => Ok((id, None, Some(file.verify()?))),
    }
}

fn submission(desk: Desk, arguments: Arguments) -> Reply<Submission> {
    Box::pin(async move {
        let absent = || Fault::new(Reason::MISSING_PARAM, "id is missing");
        let id = arguments.digest("id").ok_or_else(absent)?;
        let state = match desk.read(move |view| Ok(view.record_index(&id)?)).await? {
            Some(index) => view::Submission::Final { index },
            None => match deadline(&arguments) {
                Some(deadline) => desk.view.settled(id, deadline).await?,
                None => desk.view.submission(id).await?,
            },
        };
        desk.read(move |view| submission_answer(view, Hash(id), state)).await
    })
}

/// Until when the caller waits, if at all.
fn deadline(arguments: &Arguments) -> Option<Instant> {
    let ms = arguments.number("wait_ms").filter(|ms| *ms > 0)?;
    Instant::now().checked_add(Duration::from_millis(ms))
}

fn submission_answer(view: &dyn View, id: Hash, state: view::Submission) -> Result<Submission, Fault> {
    let answer = |state| Submission { id, state, record: None, refusal: None };
    Ok(match state {
        view::Submission::Unknown => answer(SubmissionState::Unknown),
        view::Submission::Pending => answer(SubmissionState::Pending),
        view::Submission::Final { index } => {
            Submission { record: line_at(view, index)?, ..answer(SubmissionState::Final) }
        }
        view::Submission::Refused(refusal) => {
            let Fault { code, data } = refusal.into();
            Submission { refusal: Some(RefusalLine { code, data: *data }), ..answer(SubmissionState::Refused) }
        }
    })
}
