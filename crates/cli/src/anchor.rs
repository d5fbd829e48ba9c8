//! Trust anchors: the ledgers that the person at the keyboard trusts.
//!
//! An anchor is the leaf hash of a ledger's genesis line, `sha256:…`, or a file
//! that holds either. `~/.config/plenary/anchors` holds one such file for each ledger.

use std::{fs, path::Path};

use plenary_core::{genesis::Genesis, hash::Digest};

use crate::{bundle::read_file, machine::Machine, problem::Problem};

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
    let Ok(config) = machine.config() else {
        return Ok(Vec::new());
    };
    let Ok(entries) = fs::read_dir(config.join("anchors")) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter(|path| path.is_file()).map(|path| read(path)).collect()
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
