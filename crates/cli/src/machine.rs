//! What a command takes from the machine that it runs on: variables and the time.

use std::{collections::BTreeMap, path::PathBuf};

use plenary_core::time::Moment;

use crate::problem::Problem;

/// The machine, as far as commands see it; tests make their own.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The environment's variables that are text.
    pub variables: BTreeMap<String, String>,
    /// Reads the clock.
    pub now: fn() -> Moment,
}

impl Machine {
    /// The machine that the program runs on.
    pub fn current() -> Self {
        let texts =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { variables: texts.collect(), now: plenary_node::clock::now }
    }

    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The current moment in whole seconds, so that a record's times are short
    /// and never ahead of a validator's clock by a fraction.
    pub fn now(&self) -> Moment {
        let now = (self.now)();
        now.minus_ms(now.as_ms() % 1_000)
    }

    /// The home folder of the person.
    pub fn home(&self) -> Result<PathBuf, Problem> {
        self.variable("HOME").map(PathBuf::from).ok_or(Problem::NoHome)
    }

    /// The folder of settings and trust anchors.
    pub fn config(&self) -> Result<PathBuf, Problem> {
        self.folder("XDG_CONFIG_HOME", ".config")
    }

    /// The folder of receipts.
    pub fn data(&self) -> Result<PathBuf, Problem> {
        self.folder("XDG_DATA_HOME", ".local/share")
    }

    fn folder(&self, variable: &str, under_home: &str) -> Result<PathBuf, Problem> {
        let base = match self.variable(variable) {
            Some(folder) => PathBuf::from(folder),
            None => self.home()?.join(under_home),
        };
        Ok(base.join("plenary"))
    }

    /// A path in which a leading `~/` means the home folder.
    pub fn path(&self, text: &str) -> Result<PathBuf, Problem> {
        match text.strip_prefix("~/") {
            Some(rest) => Ok(self.home()?.join(rest)),
            None => Ok(PathBuf::from(text)),
        }
    }
}
