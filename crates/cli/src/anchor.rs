//! Trust anchors: the ledgers that the person at the keyboard trusts.
//!
//! An anchor is the leaf hash of a ledger's genesis line, `sha256:…`, or a file
//! that holds either. `~/.config/plenary/anchors` holds one such file for each ledger.

use std::{
    fs,
    path::{Path, PathBuf},
};

use plenary_core::{checkpoint::Checkpoint, genesis::Genesis, hash::Digest, record::Name};
use serde_json::{Value, json};

use crate::{
    args::AnchorVerb,
    bundle::{read_file, replace},
    exit::Exit,
    machine::Machine,
    problem::Problem,
    screen::Screen,
    seen::Seen,
    session::Session,
    settings::spelled,
};

/// The largest anchor file, in bytes: a genesis line.
const BYTES_MAX: u64 = 65_536;

/// The anchor for the ledger `found`: what was typed, or else what the folder of anchors holds.
///
/// Nothing if no ledger is trusted. Where ledgers are trusted but not `found`,
/// one of them, so that the verdict says that it is another.
pub fn choose(typed: Option<&str>, machine: &Machine, found: Digest) -> Result<Option<Digest>, Problem> {
    match typed {
        Some("none") => Ok(None),
        Some(text) => match Digest::parse(text) {
            Some(anchor) => Ok(Some(anchor)),
            None => read(&machine.path(text)?).map(Some),
        },
        None => {
            let trusted = trusted(machine)?;
            Ok(trusted.iter().copied().find(|anchor| *anchor == found).or_else(|| trusted.first().copied()))
        }
    }
}

fn trusted(machine: &Machine) -> Result<Vec<Digest>, Problem> {
    paths(machine).iter().map(|path| read(path)).collect()
}

/// The anchor files, by name.
fn paths(machine: &Machine) -> Vec<PathBuf> {
    let entries = machine.config().ok().and_then(|config| fs::read_dir(config.join("anchors")).ok());
    let mut paths: Vec<_> = entries.into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.is_file() && path.extension().is_none_or(|it| it != "part"));
    paths.sort();
    paths
}

/// Carries out a verb.
pub fn run(verb: &AnchorVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let machine = session.machine;
    match verb {
        AnchorVerb::Add { name, anchor } => add(name, anchor, machine, screen),
        AnchorVerb::List => list(machine, screen),
        AnchorVerb::Show { name } => show(name, machine, screen),
    }
}

fn path(name: &str, machine: &Machine) -> Result<PathBuf, Problem> {
    let name: Name = spelled("the ledger's name", name)?;
    Ok(machine.config()?.join("anchors").join(name.as_str()))
}

fn add(name: &str, anchor: &str, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let path = path(name, machine)?;
    let anchor = match Digest::parse(anchor) {
        Some(anchor) => anchor,
        None => read(&machine.path(anchor)?)?,
    };
    match read(&path) {
        Ok(there) if there != anchor => return Err(Problem::FileExists { path }),
        Ok(_) => {}
        Err(Problem::FileMissing { .. }) => {
            let folder = path.parent().unwrap_or(&path);
            fs::create_dir_all(folder).map_err(|error| Problem::file(folder, error))?;
            replace(&path, format!("{anchor}\n").as_bytes())?;
        }
        Err(problem) => return Err(problem),
    }
    screen.json(&json!({ "name": name, "anchor": anchor.to_string() }))?;
    screen.show(&format!("trusted    {name}: {anchor}"))?;
    screen.next("plenary verify ledger");
    Ok(Exit::Done)
}

fn list(machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let mut rows = Vec::new();
    for path in paths(machine) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        rows.push((name, read(&path)?));
    }
    let lines: String = rows.iter().map(|(name, anchor)| format!("{name:<24} {anchor}\n")).collect();
    screen.show(&lines)?;
    screen.json(&rows.iter().map(|(name, it)| json!({ "name": name, "anchor": it.to_string() })).collect::<Value>())?;
    screen.next(
        match rows.first() {
            Some((name, _)) => format!("plenary anchor show {name}"),
            None => "plenary anchor add NAME sha256:…    (with the ledger's name from a printed circular)".to_owned(),
        }
        .as_str(),
    );
    Ok(Exit::Done)
}

fn show(name: &str, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let anchor = read(&path(name, machine)?)?;
    let seen = Seen::of(anchor, machine).kept()?.and_then(|text| Checkpoint::parse(&text).ok());
    let head = seen.as_ref().map_or_else(
        || "none yet".to_owned(),
        |seen| format!("{} entries of {}, {}", seen.head.size, seen.origin, seen.head.root),
    );
    screen.show(&format!("name       {name}\nanchor     {anchor}\nhead seen  {head}"))?;
    screen.json(&json!({
        "name": name,
        "anchor": anchor.to_string(),
        "checkpoint": seen.map(|seen| seen.to_string()),
    }))?;
    screen.next("plenary verify ledger");
    Ok(Exit::Done)
}

/// Reads an anchor file: a hash, or the genesis line itself.
fn read(path: &Path) -> Result<Digest, Problem> {
    let bytes = read_file(path, BYTES_MAX)?;
    let hash = str::from_utf8(&bytes).ok().and_then(|text| Digest::parse(text.trim()));
    let genesis = || Genesis::from_line(&bytes).ok().map(|_| Genesis::ledger(&bytes));
    hash.or_else(genesis).ok_or_else(|| {
        Problem::usage(
            format!("{} is no trust anchor", path.display()),
            "give sha256:… of the ledger, or its genesis line as a file",
        )
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plenary_core::time::Moment;

    use super::*;
    use crate::exit::Exit;

    #[test]
    fn what_was_typed_wins_over_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let config = ("XDG_CONFIG_HOME".to_owned(), folder.path().to_str().unwrap().to_owned());
        let machine = Machine { variables: BTreeMap::from([config]), now: Moment::default };
        let [one, two] = [Digest::of(b"one"), Digest::of(b"two")];
        assert_eq!(choose(None, &machine, one).unwrap(), None);
        let anchors = folder.path().join("plenary/anchors");
        fs::create_dir_all(&anchors).unwrap();
        fs::write(anchors.join("a"), format!("{one}\n")).unwrap();
        fs::write(anchors.join("b"), two.to_string()).unwrap();
        assert_eq!(choose(None, &machine, two).unwrap(), Some(two));
        assert_eq!(choose(None, &machine, Digest::ZERO).unwrap(), Some(one));
        assert_eq!(choose(Some("none"), &machine, one).unwrap(), None);
        assert_eq!(choose(Some(&two.to_string()), &machine, one).unwrap(), Some(two));
        assert_eq!(choose(Some(anchors.join("b").to_str().unwrap()), &machine, one).unwrap(), Some(two));
        assert_eq!(choose(Some("/nowhere"), &machine, one).unwrap_err().exit(), Exit::NotFound);
        fs::write(anchors.join("c"), "trust me").unwrap();
        assert_eq!(choose(None, &machine, one).unwrap_err().exit(), Exit::Usage);
    }
}
