//! A record's way from a draft to the ledger: shown, signed, sent, waited for.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use plenary_core::{
    hash::Digest,
    record::{RecordFile, Signer},
};
use plenary_rpc::{
    answer::{RecordLine, Submission, SubmissionState},
    client::ClientError,
};
use serde_json::json;

use crate::{
    bundle::{self, ReceiptFolder},
    draft::Draft,
    exit::Exit,
    findings,
    handed::HandedRecord,
    keyfile::KeyFile,
    problem::Problem,
    screen::{Screen, plain},
    session::Session,
};

/// The longest wait that a node is asked for at once.
const ASK: Duration = Duration::from_secs(9);

/// How often a receipt is asked for that validators have not signed for yet.
const RECEIPT_TRIES: u32 = 20;

/// How long to wait in between.
const RECEIPT_PAUSE: Duration = Duration::from_millis(500);

/// Where the files of a submission go, and what the person can do next.
#[derive(Clone, Debug)]
pub struct Aftermath {
    /// The document that was submitted, beside which its receipt is put.
    pub document: Option<PathBuf>,
    /// The next command, in which `{number}` is the number that the ledger gave.
    pub next: String,
}

impl Aftermath {
    /// No document; `next` is the next command.
    pub fn then(next: impl Into<String>) -> Self {
        Self { document: None, next: next.into() }
    }
}

/// Signs and sends a draft, or only shows it.
///
/// A draft of several signers is signed by the first, and written to a file
/// that is passed on.
pub fn send(
    session: &Session<'_>,
    screen: &mut Screen<'_>,
    key: Option<&KeyFile>,
    draft: &Draft,
    aftermath: &Aftermath,
) -> Result<Exit, Problem> {
    let line = draft.line(session.genesis()?.ledger.0, session.machine.now())?;
    let mut handed = HandedRecord::unsigned(line)?;
    if session.settings.is_dry_run {
        return show_dry(screen, &handed, "nothing was signed (dry run)");
    }
    let key = key.ok_or(Problem::Defect("a record is to be signed without a key"))?;
    sign(session, screen, key, &mut handed)?;
    if handed.next_signer().is_some() {
        return pass_on(screen, &handed, &path(&handed));
    }
    submit(session, screen, &handed.complete()?, aftermath)
}

/// Shows the line that would be signed or sent; `not_done` is said of it.
pub fn show_dry(screen: &mut Screen<'_>, handed: &HandedRecord, not_done: &str) -> Result<Exit, Problem> {
    let line = String::from_utf8_lossy(handed.line()).into_owned();
    screen.show(&format!("{}\nrecord {}\n", plain(line.trim_end()), handed.id()))?;
    screen.json(&json!({ "id": handed.id().to_string(), "line": line }))?;
    screen.say(not_done);
    screen.next("the same without --dry-run");
    Ok(Exit::Done)
}

/// Adds the next signature.
pub fn sign(
    session: &Session<'_>,
    screen: &mut Screen<'_>,
    key: &KeyFile,
    handed: &mut HandedRecord,
) -> Result<(), Problem> {
    let Some(Signer { role, who }) = handed.next_signer().cloned() else {
        return Err(all_signed());
    };
    let armour = key.sign(handed.line(), session.settings.may_ask)?;
    handed.add(armour)?;
    screen.say(&format!("signed     as {role} {who} with {}", key.public().fingerprint()));
    Ok(())
}

/// The problem that nobody is left to sign.
pub fn all_signed() -> Problem {
    Problem::RecordStep {
        what: "all signers of the record have signed".to_owned(),
        remedy: "plenary record submit FILE sends it".to_owned(),
    }
}

/// The file of a record that is passed from hand to hand.
pub fn path(handed: &HandedRecord) -> PathBuf {
    PathBuf::from(format!("{}-{}.record", handed.record().record_type, short(handed.id())))
}

/// Writes a record that others have to sign, too.
pub fn pass_on(screen: &mut Screen<'_>, handed: &HandedRecord, path: &Path) -> Result<Exit, Problem> {
    bundle::replace(path, &handed.bytes())?;
    let shown = path.display();
    match handed.next_signer() {
        Some(Signer { role, who }) => {
            screen.show(&format!("written    {shown}\nmissing    the signature of the {role} {who}\n"))?;
            screen.json(&json!({ "id": handed.id().to_string(), "file": shown.to_string(),
                "missing": { "as": role.as_str(), "who": who.as_str() } }))?;
            screen.next(&format!("plenary record sign {shown}    (by the {role}, before {})", handed.record().expires));
        }
        None => {
            screen.show(&format!("written    {shown}\ncomplete   all have signed\n"))?;
            screen.json(&json!({ "id": handed.id().to_string(), "file": shown.to_string() }))?;
            screen.next(&format!("plenary record submit {shown}"));
        }
    }
    Ok(Exit::Done)
}

/// Sends a record, waits until it is final, and saves its receipt.
pub fn submit(
    session: &Session<'_>,
    screen: &mut Screen<'_>,
    file: &RecordFile,
    aftermath: &Aftermath,
) -> Result<Exit, Problem> {
    let verified = file.clone().verify()?;
    let text = str::from_utf8(verified.file().bytes()).map_err(|_| Problem::Defect("a record file is no text"))?;
    let folder = folder(session, file.id(), aftermath)?;
    folder.write_record(file.bytes())?;
    let submission = wait_for(session, file.id(), text, &folder)?;
    screen.json(&submission)?;
    let line = submission.record.ok_or(Problem::Defect("a final record came without its entry"))?;
    screen.show(&recorded(&line))?;
    save_receipt(session, screen, file.id(), &folder)?;
    let number = line.number.as_deref().map(plain).unwrap_or_default();
    screen.next(&aftermath.next.replace("{number}", &number));
    Ok(Exit::Done)
}

fn folder(session: &Session<'_>, id: Digest, aftermath: &Aftermath) -> Result<ReceiptFolder, Problem> {
    match &aftermath.document {
        Some(document) => Ok(ReceiptFolder::beside(document)),
        None => default_folder(session, id),
    }
}

/// The folder of the receipt of a record without a document.
pub fn default_folder(session: &Session<'_>, id: Digest) -> Result<ReceiptFolder, Problem> {
    let name = format!("{}.receipt", short(id));
    Ok(ReceiptFolder::at(session.machine.data()?.join("receipts").join(name)))
}

fn wait_for(session: &Session<'_>, id: Digest, text: &str, folder: &ReceiptFolder) -> Result<Submission, Problem> {
    let mut left = Duration::from_secs(session.settings.wait_s);
    let mut step = left.min(ASK);
    let mut submission = session.remote.ask(async |client| client.submit(text, step).await)?;
    loop {
        left = left.saturating_sub(step);
        step = left.min(ASK);
        match (submission.state, submission.refusal) {
            (SubmissionState::Final, _) => return Ok(Submission { refusal: None, ..submission }),
            (SubmissionState::Refused, Some(refusal)) => {
                let (code, data) = (refusal.code, Box::new(refusal.data));
                return Err(ClientError::Refused { code, data }.into());
            }
            (SubmissionState::Pending | SubmissionState::Unknown | SubmissionState::Refused, _) if step.is_zero() => {
                let later =
                    format!("plenary receipt get {} fetches its receipt once it is final", folder.path().display());
                return Err(Problem::Pending { id, later });
            }
            (SubmissionState::Pending | SubmissionState::Unknown | SubmissionState::Refused, _) => {
                submission = session.remote.ask(async |client| client.submission(id, step).await)?;
                // A node that does not know it answers at once; it is not asked in haste.
                if submission.state == SubmissionState::Unknown {
                    session.remote.pause(step.min(RECEIPT_PAUSE));
                }
            }
        }
    }
}

/// What the ledger did with a record, and what it found.
pub fn recorded(line: &RecordLine) -> String {
    let number = line.number.as_deref().map(|number| format!("{} ", plain(number))).unwrap_or_default();
    let head = format!("recorded   {number}in block {} at {}\nrecord     {}\n", line.height, line.time, line.id);
    format!("{head}{}", findings::describe(&line.findings))
}

/// Fetches a receipt, writes it, and checks it before anybody relies on it.
pub fn save_receipt(
    session: &Session<'_>,
    screen: &mut Screen<'_>,
    id: Digest,
    folder: &ReceiptFolder,
) -> Result<(), Problem> {
    let later = format!("plenary receipt get {} fetches the receipt in some seconds", folder.path().display());
    let mut tries = RECEIPT_TRIES;
    let receipt = loop {
        match session.remote.ask(async |client| client.receipt(id).await) {
            Err(Problem::Node(ClientError::Refused { data, .. })) if data.reason == "not_cosigned" => {
                tries = tries.saturating_sub(1);
                if tries == 0 {
                    return Err(Problem::NotCosigned { later });
                }
                session.remote.pause(RECEIPT_PAUSE);
            }
            other => break other?,
        }
    };
    let genesis = session.genesis()?;
    folder.write_receipt(&genesis.line, &receipt)?;
    let held = folder.receipt()?.ok_or(Problem::Defect("a receipt that was written is not there"))?;
    let report = held.check(None, Some(genesis.ledger.0));
    screen.say(&format!("receipt    {} ({})", folder.path().display(), report.verdict.as_str()));
    Ok(())
}

/// The first digits of a record's id, for a file's name.
fn short(id: Digest) -> String {
    id.to_hex().chars().take(12).collect()
}
