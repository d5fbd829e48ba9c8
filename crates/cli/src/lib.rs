//! The program `plenary`: for participants, auditors and operators.
//!
//! `args` says what can be typed, `verb` adds what writes each type of record by
//! its form, and `settings` says what it comes to; one file holds one noun and
//! does what is asked. `screen` is the one way out, `exit` the
//! exit codes, `problem` the errors.

use std::{io, process::ExitCode};

use clap::{FromArgMatches as _, error::ErrorKind};
use plenary_procedure::record_type::RecordType;

use crate::{
    args::{Arguments, Command, LedgerCommand, NodesCommand, Options},
    exit::Exit,
    machine::Machine,
    problem::Problem,
    screen::{Form, Screen},
    session::Session,
    settings::Settings,
    verb::FormArgs,
};

pub mod act;
pub mod anchor;
pub mod args;
pub mod bench;
pub mod bundle;
pub mod checkpoint;
pub mod compare;
pub mod contribution;
pub mod deliverable;
pub mod demo;
pub mod document;
pub mod dossier;
pub mod doubt;
pub mod draft;
pub mod exit;
pub mod export;
pub mod findings;
pub mod form;
pub mod handed;
pub mod history;
pub mod hygiene;
pub mod identity;
pub mod key;
pub mod keyboard;
pub mod keyfile;
pub mod listing;
pub mod machine;
pub mod meeting;
pub mod node;
pub mod notice;
pub mod nouns;
pub mod office;
pub mod participants;
pub mod ports;
pub mod problem;
pub mod receipt;
pub mod record;
pub mod records;
pub mod register;
pub mod remote;
pub mod replay;
pub mod rules;
pub mod screen;
pub mod seen;
pub mod send;
pub mod session;
pub mod settings;
pub mod status;
pub mod story;
pub mod testnet;
pub mod testnet_commands;
pub mod timezone;
pub mod validators;
pub mod vault;
pub mod verb;
pub mod verify;
pub mod witness;

/// The program: reads what was typed, does it, and ends with its exit code.
pub fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    // Not locked: a node logs to standard error from other threads.
    let (mut data, mut talk) = (io::stdout(), io::stderr());
    ExitCode::from(run(&typed, &Machine::current(), &mut data, &mut talk).code())
}

/// Does what was typed; `typed` begins with the program's name.
pub fn run(typed: &[String], machine: &Machine, data: &mut dyn io::Write, talk: &mut dyn io::Write) -> Exit {
    let (options, task) = match parse(typed) {
        Ok(parsed) => parsed,
        Err(error) => return explain(typed, &error, data, talk),
    };
    let form = Form { is_json: options.json, is_quiet: options.quiet };
    let mut screen = Screen::new(data, talk, form);
    carry_out(&options, &task, machine, &mut screen).unwrap_or_else(|problem| {
        screen.fail(&problem);
        problem.exit()
    })
}

/// What is to be done: by a command of `args`, or with the form of a type of record.
enum Task {
    Command(Command),
    Form(RecordType, FormArgs),
}

fn parse(typed: &[String]) -> Result<(Options, Task), clap::Error> {
    let mut command = verb::command();
    let mut matches = command.try_get_matches_from_mut(typed)?;
    let parsed = match verb::find(&matches) {
        Some((record_type, typed)) => FormArgs::from_arg_matches(typed)
            .and_then(|args| Ok((Options::from_arg_matches(&matches)?, Task::Form(record_type, args)))),
        None => Arguments::from_arg_matches_mut(&mut matches)
            .map(|arguments| (arguments.options, Task::Command(arguments.command))),
    };
    parsed.map_err(|error| error.format(&mut command))
}

/// Writes what was asked for as help, or what cannot be understood.
fn explain(typed: &[String], error: &clap::Error, data: &mut dyn io::Write, talk: &mut dyn io::Write) -> Exit {
    // Nothing was understood, so not even that JSON is wanted; but it was typed.
    let form = Form { is_json: typed.iter().any(|word| word == "--json"), is_quiet: false };
    let mut screen = Screen::new(data, talk, form);
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return screen.file("help", &error.to_string()).map_or(Exit::Unexpected, |()| Exit::Done);
    }
    if form.is_json {
        let text = error.to_string();
        let (what, remedy) = text.split_once("\n\n").unwrap_or((&text, "plenary --help"));
        screen.fail(&Problem::usage(what.trim_start_matches("error: "), remedy));
    } else {
        drop(write!(talk, "{error}"));
    }
    Exit::Usage
}

fn carry_out(options: &Options, task: &Task, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let session = || Session::open(Settings::gather(options, machine)?, machine);
    match task {
        Task::Command(Command::Nodes(command)) => with_nodes(command, options, machine, screen),
        Task::Command(Command::Ledger(command)) => with_ledger(command, &session()?, screen),
        Task::Form(record_type, args) => act::run(*record_type, args, &session()?, screen),
    }
}

fn with_nodes(
    command: &NodesCommand,
    options: &Options,
    machine: &Machine,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    match command {
        NodesCommand::Demo(args) => demo::run(args, machine, screen),
        NodesCommand::Init(args) => node::init(args, screen),
        NodesCommand::Start(args) => node::start(args, screen),
        NodesCommand::Testnet(args) => testnet_commands::run(args, options, machine, screen),
    }
}

fn with_ledger(command: &LedgerCommand, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match command {
        LedgerCommand::Status(args) => status::run(args, session, screen),
        LedgerCommand::Key(verb) => key::run(verb, session, screen),
        LedgerCommand::Meeting(verb) => meeting::run(verb, session, screen),
        LedgerCommand::Register(args) => register::run(args, session, screen),
        LedgerCommand::Participants(verb) => participants::run(verb, session, screen),
        LedgerCommand::Contribution(verb) => contribution::run(verb, session, screen),
        LedgerCommand::Deliverable(verb) => deliverable::run(verb, session, screen),
        LedgerCommand::Noun(command) => nouns::run(command, session, screen),
        LedgerCommand::Receipt(verb) => receipt::run(verb, session, screen),
        LedgerCommand::Dossier(verb) => dossier::run(verb, session, screen),
        LedgerCommand::Verify(args) => verify::run(args, session, screen),
        LedgerCommand::Anchor(verb) => anchor::run(verb, session, screen),
        LedgerCommand::Checkpoint(verb) => checkpoint::run(verb, session, screen),
        LedgerCommand::Witness(verb) => witness::run(verb, session, screen),
        LedgerCommand::Export(verb) => export::run(verb, session, screen),
        LedgerCommand::Records(verb) => records::run(verb, session, screen),
        LedgerCommand::Record(verb) => record::run(verb, session, screen),
        LedgerCommand::Validators(verb) => validators::run(verb, session, screen),
        LedgerCommand::Vault(args) => vault::run(args, session, screen),
    }
}
