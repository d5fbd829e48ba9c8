//! What a command works with: from the settings file, the environment and what was typed.
//!
//! Every setting exists in three forms by one rule, and the later wins:
//! `node` in `~/.config/plenary/config.toml`, `PLENARY_NODE`, `--node`.

use std::{fs, io, path::PathBuf};

use plenary_core::record::Name;
use plenary_procedure::{record_type::Capacity, text::Spelled};
use serde::Deserialize;

use crate::{args::Options, machine::Machine, problem::Problem};

/// The node that is asked when nothing else is said.
pub const NODE: &str = "http://localhost:8645";

/// What a command works with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The node's address.
    pub node: String,
    /// The key file, if one was named.
    pub key: Option<PathBuf>,
    /// The group, if one was named.
    pub group: Option<Name>,
    /// The role to sign in, if one was named.
    pub role: Option<Capacity>,
    /// Who signs, if that was named.
    pub who: Option<Name>,
    /// Whether a record is only shown.
    pub is_dry_run: bool,
    /// Whether the person may be asked.
    pub may_ask: bool,
    /// How long to wait until a record is final, in seconds.
    pub wait_s: u64,
}

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    node: Option<String>,
    key: Option<String>,
    group: Option<String>,
    r#as: Option<String>,
    who: Option<String>,
}

impl Settings {
    /// Puts the three forms together.
    pub fn gather(typed: &Options, machine: &Machine) -> Result<Self, Problem> {
        let file = read(machine)?;
        let of = |typed: &Option<String>, variable: &str, file: Option<String>| {
            typed.clone().or_else(|| machine.variable(variable).map(str::to_owned)).or(file)
        };
        let key = of(&typed.key, "PLENARY_KEY", file.key);
        let group = of(&typed.group, "PLENARY_GROUP", file.group);
        let role = of(&typed.role, "PLENARY_AS", file.r#as);
        let who = of(&typed.who, "PLENARY_WHO", file.who);
        Ok(Self {
            node: of(&typed.node, "PLENARY_NODE", file.node).unwrap_or_else(|| NODE.to_owned()),
            key: key.map(|path| machine.path(&path)).transpose()?,
            group: group.map(|name| spelled("the group", &name)).transpose()?,
            role: role.map(|word| capacity("--as", &word)).transpose()?,
            who: who.map(|name| spelled("--who", &name)).transpose()?,
            is_dry_run: typed.dry_run,
            may_ask: !typed.no_input,
            wait_s: typed.wait,
        })
    }
}

fn read(machine: &Machine) -> Result<File, Problem> {
    let path = match machine.config() {
        Ok(folder) => folder.join("config.toml"),
        // Without a home there are no settings either; what needs a home says so.
        Err(Problem::NoHome) => return Ok(File::default()),
        Err(problem) => return Err(problem),
    };
    match fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|error| Problem::Settings { path, why: error.to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(Problem::Settings { path, why: error.to_string() }),
    }
}

/// Reads a value that has one spelling; `what` names it in the error.
pub fn spelled<T: Spelled>(what: &str, text: &str) -> Result<T, Problem> {
    T::read(text).ok_or_else(|| Problem::usage(format!("{what} is {text:?}"), format!("give {}", T::FORM)))
}

/// Reads a role; `what` names it in the error.
pub fn capacity(what: &str, word: &str) -> Result<Capacity, Problem> {
    Capacity::parse(word).ok_or_else(|| {
        let words: Vec<&str> = Capacity::ALL.iter().map(|capacity| capacity.as_str()).collect();
        Problem::usage(format!("{what} is {word:?}, which is no role"), format!("give one of {}", words.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use plenary_core::time::Moment;

    use super::*;
    use crate::exit::Exit;

    fn gather(file: &str, variables: &[(&str, &str)], typed: Options) -> Result<Settings, Problem> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("plenary")).unwrap();
        fs::write(folder.path().join("plenary/config.toml"), file).unwrap();
        let own = [("HOME", "/home/a"), ("XDG_CONFIG_HOME", folder.path().to_str().unwrap())];
        let all = own.iter().chain(variables).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let machine = Machine { variables: BTreeMap::from_iter(all), now: Moment::default };
        Settings::gather(&typed, &machine)
    }

    #[test]
    fn what_was_typed_wins_over_the_environment_and_the_file() {
        let node = |file: &str, variable: &str, typed: Option<&str>| {
            let typed = Options { node: typed.map(str::to_owned), ..Options::default() };
            gather(file, &[("PLENARY_NODE", variable)], typed).unwrap().node
        };
        assert_eq!(node("", "", None), NODE);
        assert_eq!(node("node = \"http://a:1\"", "", None), "http://a:1");
        assert_eq!(node("node = \"http://a:1\"", "http://b:1", None), "http://b:1");
        assert_eq!(node("node = \"http://a:1\"", "http://b:1", Some("http://c:1")), "http://c:1");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let problem = gather("nod = \"http://a:1\"", &[], Options::default()).unwrap_err();
        assert_eq!(problem.exit(), Exit::Configuration);
        assert!(problem.told().contains("config.toml") && problem.told().contains("nod"), "{}", problem.told());
        let problem = gather("as = \"voter\"", &[], Options::default()).unwrap_err();
        assert_eq!(problem.exit(), Exit::Usage);
    }

    #[test]
    fn a_tilde_is_the_home_folder() {
        let settings = gather("key = \"~/.ssh/other\"", &[], Options::default()).unwrap();
        assert_eq!(settings.key, Some("/home/a/.ssh/other".into()));
    }
}
