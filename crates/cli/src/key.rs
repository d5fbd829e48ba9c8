//! `plenary key`: makes keys and shows their public halves; never a private one.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};

use crate::{
    args::KeyVerb,
    exit::Exit,
    keyfile::{self, KeyFile},
    problem::{KeyProblem, Problem},
    screen::{Screen, table},
    session::Session,
};

/// Carries out a verb.
pub fn run(verb: &KeyVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match verb {
        KeyVerb::New { file, no_passphrase } => {
            let path = match file {
                Some(file) => session.machine.path(file)?,
                None => usual_path(session)?,
            };
            new(session, screen, path, *no_passphrase)
        }
        KeyVerb::List => list(session, screen),
        KeyVerb::Show => {
            let key = session.key()?;
            show(screen, &key)?;
            screen.next("send the public key, the line above, to the secretariat");
            Ok(Exit::Done)
        }
    }
}

fn usual_path(session: &Session<'_>) -> Result<PathBuf, Problem> {
    let folder = session.machine.home()?.join(".ssh");
    Ok(match &session.settings.group {
        Some(group) => folder.join(format!("plenary_{group}_ed25519")),
        None => folder.join("plenary_ed25519"),
    })
}

fn new(session: &Session<'_>, screen: &mut Screen<'_>, path: PathBuf, is_open: bool) -> Result<Exit, Problem> {
    if session.settings.is_dry_run {
        screen.say(&format!("a key would be written to {} (dry run)", path.display()));
        screen.json(&json!({ "file": path.display().to_string() }))?;
        screen.next("the same without --dry-run");
        return Ok(Exit::Done);
    }
    if !is_open && !session.settings.may_ask {
        return Err(Problem::usage(
            "a passphrase is needed, and --no-input forbids to ask for it",
            "leave --no-input out, or give --no-passphrase",
        ));
    }
    let key = if is_open { KeyFile::create(&path)? } else { KeyFile::create_protected(&path)? };
    show(screen, &key)?;
    screen.next("plenary key show    (its line is what the secretariat enrols)");
    Ok(Exit::Done)
}

fn show(screen: &mut Screen<'_>, key: &KeyFile) -> Result<(), Problem> {
    screen.json(&describe(key))?;
    screen.say(&format!(
        "file         {}\nfingerprint  {}\nprivate half {}",
        key.path().display(),
        key.public().fingerprint(),
        key.hold()
    ));
    screen.show(&key.public().to_string())
}

fn describe(key: &KeyFile) -> Value {
    json!({
        "file": key.path().display().to_string(),
        "fingerprint": key.public().fingerprint(),
        "key": key.public().to_string(),
        "private_half": key.hold(),
    })
}

fn list(session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let folder = session.machine.home()?.join(".ssh");
    let mut paths: Vec<PathBuf> = match fs::read_dir(&folder) {
        Ok(entries) => {
            entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| is_candidate(path)).collect()
        }
        Err(_) => Vec::new(),
    };
    paths.sort();
    let mut rows = vec![["file", "fingerprint", "private half"].map(str::to_owned).to_vec()];
    let mut keys = Vec::new();
    for path in paths {
        let file = path.display().to_string();
        match KeyFile::open(&path) {
            Ok(key) => {
                rows.push(vec![file, key.public().fingerprint(), key.hold().to_owned()]);
                keys.push(describe(&key));
            }
            Err(Problem::Key(KeyProblem::Readable { mode, .. })) => {
                rows.push(vec![file, format!("mode {mode:04o}"), "refused: others can read it".to_owned()]);
            }
            // Keys of other kinds are not ours to list.
            Err(_) => {}
        }
    }
    if rows.len() == 1 {
        screen.say(&format!("{} holds no key that can sign records", folder.display()));
        screen.json(&keys)?;
        screen.next("plenary key new");
        return Ok(Exit::Done);
    }
    screen.show(&table(&rows))?;
    screen.json(&keys)?;
    screen.next("plenary key show --key FILE");
    Ok(Exit::Done)
}

/// Whether a file could be a private key: OpenSSH's own names, and ours.
fn is_candidate(path: &std::path::Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_key = name.starts_with("id_ed25519") || name.starts_with("plenary");
    is_key && !name.ends_with(".pub") && keyfile::mode(path).is_some()
}
