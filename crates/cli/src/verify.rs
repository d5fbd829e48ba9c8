//! `plenary verify`: checks a file, a receipt, a dossier or a whole ledger against what the person trusts.
//!
//! A file, a receipt and a dossier are checked without a network; the verdict is the verifier's.

use std::path::Path;

use plenary_core::{genesis::Genesis, hash::Digest};
use plenary_verifier::{page, receipt::FileIdentity};
use serde_json::json;

use crate::{
    anchor,
    args::{VerifyArgs, VerifyDossier, VerifyWhat},
    bundle::{ReceiptFolder, read_file, replace},
    compare, document, dossier,
    exit::Exit,
    problem::Problem,
    replay::{self, Asked},
    screen::Screen,
    session::Session,
};

/// Carries out what was asked.
pub fn run(args: &VerifyArgs, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    if let Some(path) = &args.write_page {
        return write_page(path, screen);
    }
    let anchor = args.anchor.as_deref();
    match (&args.what, &args.file) {
        (Some(VerifyWhat::Ledger { from, since }), _) => {
            replay::run(Asked { from: from.as_deref(), since: since.as_deref(), anchor }, session, screen)
        }
        (Some(VerifyWhat::Node { urls, since }), _) => compare::run(urls, since.as_deref(), anchor, session, screen),
        (Some(VerifyWhat::Receipt { folder }), _) => {
            check(&ReceiptFolder::at(folder.clone()), None, anchor, (session, screen))
        }
        (Some(VerifyWhat::Dossier(args)), _) => dossier::verify(args, anchor, session, screen),
        (None, Some(file)) if args.receipt.is_none() && dossier::is_one(file) => {
            let args = VerifyDossier { dossier: file.clone(), files: Vec::new(), since: None };
            dossier::verify(&args, anchor, session, screen)
        }
        (None, Some(file)) => {
            let document = read_file(file, document::BYTES_MAX)?;
            let folder = args.receipt.clone().map_or_else(|| ReceiptFolder::beside(file), ReceiptFolder::at);
            check(&folder, Some((file.as_path(), FileIdentity::of(&document))), anchor, (session, screen))
        }
        (None, None) => {
            Err(Problem::usage("nothing is given to check", "give a file, or receipt FOLDER, dossier FILE, or ledger"))
        }
    }
}

/// Writes the verifier for browsers, whose bytes are the same wherever this version writes them.
fn write_page(path: &Path, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let page = page::page();
    replace(path, page.as_bytes())?;
    let (path, digest) = (path.display().to_string(), Digest::of(page.as_bytes()));
    screen.json(&json!({ "page": path, "digest": digest.to_string() }))?;
    screen.show(&format!("written    {path}, {digest}"))?;
    screen.say("open it in a browser; whoever writes it with this version gets the same hash");
    screen.next(&format!("sha256sum {path}"));
    Ok(Exit::Done)
}

fn check(
    folder: &ReceiptFolder,
    document: Option<(&Path, FileIdentity)>,
    anchor: Option<&str>,
    (session, screen): (&Session<'_>, &mut Screen<'_>),
) -> Result<Exit, Problem> {
    let Some(held) = folder.receipt()? else {
        return missing(folder, document.map(|(file, _)| file), screen);
    };
    let anchor = anchor::choose(anchor, session.machine, Genesis::ledger(&held.genesis))?;
    let report = held.check(document.map(|(_, identity)| identity), anchor);
    screen.json(&report.to_json())?;
    screen.show(&report.to_string())?;
    let exit = Exit::of_verdict(&report.verdict);
    if exit == Exit::Done {
        screen.next(&format!("plenary receipt show {}", folder.path().display()));
    }
    Ok(exit)
}

/// Says that a receipt is missing: a verdict like others, and not an error.
fn missing(folder: &ReceiptFolder, file: Option<&Path>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let path = folder.path().display().to_string();
    let what = file.map_or_else(|| path.clone(), |file| file.display().to_string());
    let next = format!("plenary receipt get {what}");
    let reason = format!("there is no receipt in {path}");
    screen.show(&format!("CANNOT TELL   {reason}\n"))?;
    screen.json(&json!({
        "exit_code": Exit::CannotTell.code(), "next": next, "reason": reason, "steps": [], "verdict": "CANNOT TELL",
    }))?;
    screen.next(&next);
    Ok(Exit::CannotTell)
}
