//! `plenary receipt`: fetches receipts, shows what they say, and explains how to check them.

use std::path::Path;

use plenary_core::{
    entry::{Outcome, RecordEntry},
    genesis::Genesis,
    hash::Digest,
    receipt::Receipt,
    record::RecordFile,
};
use plenary_rpc::answer::{FindingWord, RuleFinding};
use plenary_verifier::{checks, receipt::FileIdentity};
use serde_json::json;

use crate::{
    args::ReceiptVerb,
    bundle::{Held, ReceiptFolder, read_file},
    document,
    exit::Exit,
    findings, history,
    problem::Problem,
    records,
    screen::{Screen, plain},
    send,
    session::Session,
};

/// Carries out a verb.
pub fn run(verb: &ReceiptVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        ReceiptVerb::Get { what, out } => get(session, screen, what, out.as_deref()),
        ReceiptVerb::Show { file } => show(screen, file),
        ReceiptVerb::Explain { file, script } => explain(screen, file, *script),
    }
}

fn get(session: &Session<'_>, screen: &mut Screen<'_>, what: &str, out: Option<&Path>) -> Result<Exit, Problem> {
    let (id, usual) = find(session, screen, what)?;
    let is_usual = out.is_none();
    let folder = out.map_or(usual, |path| ReceiptFolder::at(path.to_path_buf()));
    send::save_receipt(session, screen, id, &folder)?;
    let path = folder.path().display().to_string();
    screen.json(&json!({ "id": id.to_string(), "folder": path }))?;
    screen.show(&path)?;
    // A receipt beside its file is found there.
    let is_file = is_usual && Path::new(what).is_file();
    screen.next(&if is_file { format!("plenary verify {what}") } else { format!("plenary verify receipt {path}") });
    Ok(Exit::Done)
}

/// The record that is meant, and where its receipt usually goes.
fn find(session: &Session<'_>, screen: &mut Screen<'_>, what: &str) -> Result<(Digest, ReceiptFolder), Problem> {
    let path = Path::new(what);
    let folder = ReceiptFolder::beside(path);
    if let Some(record) = folder.record()? {
        return Ok((RecordFile::parse(&record)?.id(), folder));
    }
    if let Some(held) = folder.receipt()? {
        return Ok((read(&held)?.0.id(), folder));
    }
    if path.is_file() {
        return Ok((by_content(session, screen, path)?, folder));
    }
    let id = match Digest::parse(what) {
        Some(id) => id,
        None if what.bytes().all(|byte| byte.is_ascii_digit()) => records::fetch(session, what)?.line.id.0,
        None => by_number(session, what)?,
    };
    Ok((id, send::default_folder(session, id)?))
}

/// The first record that names the file as a document, which a receipt of it can prove.
///
/// The ledger has no index of documents, so the records are read one after the other.
fn by_content(session: &Session<'_>, screen: &mut Screen<'_>, path: &Path) -> Result<Digest, Problem> {
    let identity = FileIdentity::of(&read_file(path, document::BYTES_MAX)?);
    screen.say(&format!("hashed     {}: {identity}", path.display()));
    let lines = history::every(session)?;
    screen.say(&format!("looking    for it among {} records", lines.len()));
    for line in lines {
        let record = history::full(session, line.id.0)?;
        let file = RecordFile::parse(record.file.as_bytes())?;
        if checks::documents(file.record()).contains(&identity) {
            return Ok(file.id());
        }
    }
    Err(Problem::NotFound {
        what: format!("no record names {} as a document: {identity}", path.display()),
        remedy: "check that it is the file that was submitted, to the last byte".to_owned(),
    })
}

/// The first record about the contribution, the deliverable or the meeting with this number.
fn by_number(session: &Session<'_>, number: &str) -> Result<Digest, Problem> {
    for kind in ["contribution", "deliverable", "meeting"] {
        let chain = history::chain(session, &session.subject(&format!("{kind}/{number}"))?)?;
        if let Some(first) = chain.first() {
            return Ok(first.id.0);
        }
    }
    Err(Problem::NotFound {
        what: format!("nothing was given the number {number}"),
        remedy: "plenary records list shows what was recorded".to_owned(),
    })
}

/// The receipt of a file, or that in a folder.
pub fn held(file: &Path) -> Result<(ReceiptFolder, Held), Problem> {
    let folder = ReceiptFolder::beside(file);
    match folder.receipt()? {
        Some(held) => Ok((folder, held)),
        None => Err(Problem::NotFound {
            what: format!("there is no receipt in {}", folder.path().display()),
            remedy: format!("plenary receipt get {} fetches it", file.display()),
        }),
    }
}

fn read(held: &Held) -> Result<(RecordFile, Outcome, Receipt), Problem> {
    let unreadable = |what: &'static str| Problem::NotFound {
        what: format!("the receipt's {what} cannot be read"),
        remedy: "plenary verify receipt FOLDER says what is wrong with it".to_owned(),
    };
    let entry = RecordEntry::split(&held.entry).ok_or_else(|| unreadable("entry"))?;
    let file = RecordFile::parse(entry.file)?;
    let outcome = Outcome::from_line(entry.outcome).map_err(|_| unreadable("outcome"))?;
    let proof = str::from_utf8(&held.proof).ok().and_then(|text| Receipt::parse(text).ok());
    Ok((file, outcome, proof.ok_or_else(|| unreadable("proof"))?))
}

fn show(screen: &mut Screen<'_>, file: &Path) -> Result<Exit, Problem> {
    let (folder, held) = held(file)?;
    let (record, outcome, proof) = read(&held)?;
    let notice = Genesis::from_line(&held.genesis).ok().and_then(|genesis| genesis.notice);
    let findings: Vec<RuleFinding> = outcome
        .findings
        .iter()
        .map(|line| RuleFinding {
            rule: line.rule.clone(),
            clause: line.clause.clone(),
            result: FindingWord::from(line.result),
            facts: line.facts.clone(),
        })
        .collect();
    screen.json(&json!({
        "id": record.id().to_string(),
        "type": record.record().record_type,
        "body": record.record().body,
        "height": outcome.height.as_u64(),
        "time": outcome.time.to_string(),
        "number": outcome.number,
        "findings": findings,
        "index": proof.index,
        "origin": proof.checkpoint.origin.as_str(),
        "size": proof.checkpoint.head.size,
        "root": proof.checkpoint.head.root.to_string(),
        "notice": notice,
        "cosigned": proof.checkpoint.cosignatures.iter().map(|it| it.name.to_string()).collect::<Vec<_>>(),
    }))?;
    screen.show(&describe(&record, &outcome, &proof))?;
    screen.show(&findings::describe(&findings))?;
    if let Some(notice) = notice {
        screen.say(&format!("notice: {notice}"));
    }
    screen.say("nothing of this has been checked");
    screen.next(&format!("plenary verify receipt {}", folder.path().display()));
    Ok(Exit::Done)
}

fn describe(file: &RecordFile, outcome: &Outcome, proof: &Receipt) -> String {
    let record = file.record();
    let signers: Vec<String> = record
        .signers
        .iter()
        .zip(file.signatures())
        .map(|(signer, signature)| format!("{} {} with {}", signer.role, signer.who, signature.key().fingerprint()))
        .collect();
    let cosigners: Vec<String> = proof.checkpoint.cosignatures.iter().map(|it| it.name.to_string()).collect();
    let number = outcome.number.as_deref().map_or_else(|| "none".to_owned(), plain);
    format!(
        "record     {}\ntype       {}\nsigned by  {}\nnumber     {number}\nin block   {} at {}\nentry      {} of {} in \
         {}\nroot       {}\ncosigned   {}\n{}",
        file.id(),
        plain(&record.record_type),
        signers.join(", "),
        outcome.height,
        outcome.time,
        proof.index,
        proof.checkpoint.head.size,
        proof.checkpoint.origin,
        proof.checkpoint.head.root,
        cosigners.join(", "),
        records::body(&record.body)
    )
}

fn explain(screen: &mut Screen<'_>, file: &Path, is_script: bool) -> Result<Exit, Problem> {
    let (folder, held) = held(file)?;
    let (record, _, proof) = read(&held)?;
    let document = if file.is_dir() { String::new() } else { format!(" {}", file.display()) };
    let path = folder.path().display();
    let (head, quorum) = (proof.checkpoint.head, proof.checkpoint.cosignatures.len());
    let lines = record.signatures().len();
    let command = format!("{path}/genesis {path}/entry {path}/proof sha256:ANCHOR{document}");
    if is_script {
        screen.file("script", plenary_verifier::SCRIPT)?;
        screen.next(&format!("bash SCRIPT {command}"));
        return Ok(Exit::Done);
    }
    screen.json(&json!({
        "id": record.id().to_string(),
        "signatures": lines,
        "index": proof.index,
        "size": head.size,
        "root": head.root.to_string(),
        "script": "plenary receipt explain --script",
        "arguments": command,
    }))?;
    screen.show(&format!(
        "What the files say, and how to check it without this program:\n\
         \n  {path}/genesis   the ledger's first line; SHA-256 of a zero byte and this file is the ledger's name\n\
         \n      (printf '\\0'; cat {path}/genesis) | sha256sum\n\
         \n  {path}/entry     line 1 is the record, then {lines} SSH signature(s), and last what the ledger found\n\
         \n      head -n 1 {path}/entry | sha256sum        # {}\n\
         \n      ssh-keygen -Y check-novalidate -n plenary-record -s SIGNATURE < LINE-1\n\
         \n  {path}/proof     entry {} of {} is under the root {}, which {quorum} validators signed\n\
         \nAll of it at once, with bash, openssl and ssh-keygen alone:\n\
         \n  plenary receipt explain {} --script > verify-receipt.sh\n  \
         bash verify-receipt.sh {command}\n\
         \nTake ANCHOR from a printed circular or another channel, and never from the receipt.",
        record.id(),
        proof.index,
        head.size,
        head.root,
        file.display()
    ))?;
    screen.next(&format!("plenary verify receipt {path}"));
    Ok(Exit::Done)
}
