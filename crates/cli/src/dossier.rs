//! `plenary dossier`: fetches a subject's dossier as one file, and checks it.
//!
//! Documents and disclosures that somebody holds are put into the file beside
//! what the node gave. It is written only if it is verified as it stands.

use std::{
    fs,
    path::{Path, PathBuf},
};

use plenary_core::{
    archive::ARCHIVE_BYTES_MAX,
    checkpoint::Checkpoint,
    commitment::{DISCLOSURE_BYTES_MAX, Disclosure},
    dossier::{Dossier, DossierError},
    genesis::Genesis,
    hash::Digest,
    receipt::{RECEIPT_BYTES_MAX, Receipt},
    subject::Subject,
};
use plenary_rpc::{answer, client::ClientError};
use plenary_verifier::{
    dossier::{DossierBundle, check_dossier},
    receipt::FileIdentity,
};
use serde_json::json;

use crate::{
    anchor,
    args::{DossierArgs, DossierVerb, VerifyDossier},
    bundle::{read_file, replace},
    document,
    exit::Exit,
    problem::Problem,
    screen::Screen,
    session::Session,
};

/// How often a node is asked whose newest block has not been cosigned; it waits a second each time.
const TRIES: usize = 3;

/// Carries out a verb.
pub fn run(verb: &DossierVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        DossierVerb::Get { subject, args } => get(&meant(subject, session)?, args, session, screen),
        DossierVerb::Explain { file, script } => explain(file, *script, screen),
    }
}

/// Says how a dossier is checked without this program, or prints the script that does it.
fn explain(file: &Path, is_script: bool, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let bytes = read_file(file, u64::try_from(ARCHIVE_BYTES_MAX).unwrap_or(u64::MAX))?;
    let path = file.display();
    let unreadable = |error: DossierError| Problem::usage(format!("{path}: {error}"), "give a dossier");
    let dossier = Dossier::read(&bytes).map_err(unreadable)?;
    let command = format!("{path} sha256:ANCHOR");
    if is_script {
        screen.file("script", plenary_verifier::DOSSIER_SCRIPT)?;
        screen.next(&format!("bash SCRIPT {command}"));
        return Ok(Exit::Done);
    }
    let (subject, entries) = (&dossier.about.subject, dossier.entries.len());
    let script = format!("plenary dossier explain {path} --script");
    screen.json(&json!({
        "subject": subject.as_str(), "entries": entries, "script": script, "arguments": command,
    }))?;
    screen.show(&format!(
        "{path} holds {entries} entries of the log, about {subject} and what its records rest on.\n\
         \nEach file in it can be checked by itself:\n\
         \n  tar -xf {path}\n  (printf '\\0'; cat entries/0000000000000000) | sha256sum    # the ledger's name\n\
         \nAll of it but the group's rules at once, with bash, openssl and ssh-keygen alone:\n\
         \n  {script} > verify-dossier.sh\n  bash verify-dossier.sh {command}\n\
         \nTake ANCHOR from a printed circular or another channel, and never from the dossier."
    ))?;
    screen.next(&format!("plenary verify dossier {path}"));
    Ok(Exit::Done)
}

/// The subject that is meant: as the ledger has it, or one of the group such as `meeting/1`.
fn meant(text: &str, session: &Session<'_>) -> Result<Subject, Problem> {
    let remedy = "give a subject such as fg-dlt/deliverable/D1.1, organization/tsb or validators";
    let subject = Subject::parse(text).ok_or_else(|| Problem::usage(format!("{text:?} is no subject"), remedy))?;
    let is_of_ledger = text == "validators" || text.starts_with("organization/");
    let is_of_group = session.group().is_ok_and(|group| text.starts_with(&format!("{group}/")));
    if is_of_ledger || is_of_group { Ok(subject) } else { session.subject(text) }
}

/// Fetches the dossier of `subject`, checks it, and writes it to a file.
pub fn get(
    subject: &Subject,
    args: &DossierArgs,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let older = args.since.as_deref().map(read_older).transpose()?;
    let answer = fetch(subject, args, older.as_ref().map(|older| older.head.size), session)?;
    let unreadable = |error: DossierError| Problem::NotFound {
        what: format!("the node's dossier cannot be read: {error}"),
        remedy: "use a program of the node's version, or ask another node".to_owned(),
    };
    let mut dossier = Dossier::read(&answer.file.0).map_err(unreadable)?;
    for path in &args.documents {
        let content = read_file(path, document::BYTES_MAX)?;
        dossier.documents.insert(Digest::of(&content), content.into());
    }
    for path in &args.disclosures {
        let line = read_file(path, u64::try_from(DISCLOSURE_BYTES_MAX).unwrap_or(u64::MAX))?;
        let wrong = |error| Problem::usage(format!("{}: {error}", path.display()), "give a disclosure of the vault");
        let disclosure = Disclosure::read_line(&line).map_err(wrong)?;
        dossier.disclosures.insert(disclosure.commitment(), line.into());
    }
    let bytes = dossier.write().map_err(unreadable)?;
    let since = older.map(|older| older.to_string());
    let bundle = DossierBundle { dossier: &bytes, files: &[], since: since.as_ref().map(String::as_bytes) };
    let report = check_dossier(&bundle, Some(session.genesis()?.ledger.0));
    let exit = Exit::of_verdict(&report.report.verdict);
    if exit != Exit::Done {
        screen.json(&report.to_json())?;
        screen.show(&report.to_string())?;
        screen.say("nothing was written");
        return Ok(exit);
    }
    let path = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.tar", subject.as_str().replace('/', "."))));
    replace(&path, &bytes)?;
    let path = path.display().to_string();
    let digest = Digest::of(&bytes);
    screen.json(&json!({
        "subject": subject.as_str(), "file": path, "bytes": bytes.len(), "digest": digest.to_string(),
        "entries": dossier.entries.len(), "chains": dossier.slots.len(),
    }))?;
    screen.show(&format!("written    {path}"))?;
    let (entries, chains) = (dossier.entries.len(), dossier.slots.len());
    screen.say(&format!("dossier    of {subject}: {entries} entries, {chains} chains (VERIFIED)"));
    screen.next(&format!("plenary verify dossier {path}"));
    Ok(exit)
}

fn fetch(
    subject: &Subject,
    args: &DossierArgs,
    since: Option<u64>,
    session: &Session<'_>,
) -> Result<answer::Dossier, Problem> {
    let ask = || {
        session.remote.ask(async |client| {
            if args.approval { client.approval_dossier(subject).await } else { client.dossier(subject, since).await }
        })
    };
    for _ in 1..TRIES {
        match ask() {
            Err(Problem::Node(ClientError::Refused { data, .. })) if data.reason == "not_cosigned" => {}
            other => return other,
        }
    }
    ask()
}

/// A checkpoint that somebody has kept: its text, or that of a receipt's proof.
fn read_older(path: &Path) -> Result<Checkpoint, Problem> {
    let bytes = read_file(path, u64::try_from(RECEIPT_BYTES_MAX).unwrap_or(u64::MAX))?;
    let text = String::from_utf8(bytes).unwrap_or_default();
    Receipt::parse(&text).map(|receipt| receipt.checkpoint).or_else(|_| Checkpoint::parse(&text)).map_err(|error| {
        let what = format!("{} is no checkpoint: {error}", path.display());
        Problem::usage(what, "give a checkpoint, or the proof of a receipt")
    })
}

/// Whether a file looks like a dossier, so that it is checked as one.
pub fn is_one(path: &Path) -> bool {
    let head = fs::File::open(path).and_then(|file| {
        let mut head = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(file, 512), &mut head)?;
        Ok(head)
    });
    head.is_ok_and(|head| head.starts_with(b"about\0") && head.get(257..262) == Some(b"ustar"))
}

/// Checks a dossier, with nothing but what the person trusts.
pub fn verify(
    args: &VerifyDossier,
    anchor: Option<&str>,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let bytes = read_file(&args.dossier, u64::try_from(ARCHIVE_BYTES_MAX).unwrap_or(u64::MAX))?;
    let founded = Dossier::read(&bytes).ok().and_then(|dossier| {
        let genesis = dossier.entries.get(&0)?;
        Some(Genesis::ledger(&genesis.entry))
    });
    let anchor = anchor::choose(anchor, session.machine, founded.unwrap_or(Digest::ZERO))?;
    let mut files = Vec::with_capacity(args.files.len());
    for path in &args.files {
        files.push(FileIdentity::of(&read_file(path, document::BYTES_MAX)?));
    }
    let since = args.since.as_deref().map(read_older).transpose()?.map(|older| older.to_string());
    let bundle = DossierBundle { dossier: &bytes, files: &files, since: since.as_ref().map(String::as_bytes) };
    let report = check_dossier(&bundle, anchor);
    screen.json(&report.to_json())?;
    screen.show(&report.to_string())?;
    let exit = Exit::of_verdict(&report.report.verdict);
    if exit == Exit::Done {
        screen.next(&format!("tar -xf {}    (each file can be checked by itself)", args.dossier.display()));
    }
    Ok(exit)
}
