//! The program `plenary`: for participants, auditors and operators.
//!
//! `args` says what can be typed, `settings` what it comes to; one file holds
//! one noun and does what is asked. `screen` is the one way out, `exit` the
//! exit codes, `problem` the errors.

use std::{io, process::ExitCode};

use clap::{Parser as _, error::ErrorKind};

use crate::{
    args::{Arguments, Command},
    exit::Exit,
    machine::Machine,
    problem::Problem,
    screen::{Form, Screen},
    session::Session,
    settings::Settings,
};

pub mod anchor;
pub mod args;
pub mod bench;
pub mod bundle;
pub mod contribution;
pub mod deliverable;
pub mod demo;
pub mod document;
pub mod draft;
pub mod exit;
pub mod findings;
pub mod handed;
pub mod history;
pub mod identity;
pub mod key;
pub mod keyfile;
pub mod machine;
pub mod meeting;
pub mod notice;
pub mod problem;
pub mod receipt;
pub mod record;
pub mod records;
pub mod register;
pub mod remote;
pub mod replay;
pub mod screen;
pub mod send;
pub mod session;
pub mod settings;
pub mod status;
pub mod story;
pub mod testnet;
pub mod testnet_commands;
pub mod timezone;
pub mod verify;

/// The program: reads what was typed, does it, and ends with its exit code.
pub fn main() -> ExitCode {
    let typed: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    // Not locked: a node logs to standard error from other threads.
    let (mut data, mut talk) = (io::stdout(), io::stderr());
    ExitCode::from(run(&typed, &Machine::current(), &mut data, &mut talk).code())
}

/// Does what was typed; `typed` begins with the program's name.
pub fn run(typed: &[String], machine: &Machine, data: &mut dyn io::Write, talk: &mut dyn io::Write) -> Exit {
    let arguments = match Arguments::try_parse_from(typed) {
        Ok(arguments) => arguments,
        Err(error) => return explain(&error, data, talk),
    };
    let form = Form { is_json: arguments.options.json, is_quiet: arguments.options.quiet };
    let mut screen = Screen::new(data, talk, form);
    match carry_out(&arguments, machine, &mut screen) {
        Ok(exit) => exit,
        Err(problem) if problem.is_closed_pipe() => Exit::Done,
        // Where the problem cannot be told either, its exit code still says it.
        Err(problem) => screen.fail(&problem).map_or(Exit::Unexpected, |()| problem.exit()),
    }
}

/// Writes what was asked for as help, or what cannot be understood.
fn explain<'a>(error: &clap::Error, data: &'a mut dyn io::Write, talk: &'a mut dyn io::Write) -> Exit {
    let is_asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let (stream, exit) = if is_asked_for { (data, Exit::Done) } else { (talk, Exit::Usage) };
    match write!(stream, "{error}") {
        Ok(()) => exit,
        Err(_) => Exit::Unexpected,
    }
}

fn carry_out(arguments: &Arguments, machine: &Machine, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    match &arguments.command {
        Command::Demo(args) => return demo::run(args, machine, screen),
        Command::Init(args) => return testnet_commands::init(args, screen),
        Command::Start(args) => return testnet_commands::start(args, screen),
        Command::Testnet(verb) => return testnet_commands::run(verb, machine, screen),
        Command::Status(_)
        | Command::Key(_)
        | Command::Meeting(_)
        | Command::Register(_)
        | Command::Participants(_)
        | Command::Contribution(_)
        | Command::Deliverable(_)
        | Command::Receipt(_)
        | Command::Verify(_)
        | Command::Records(_)
        | Command::Record(_) => {}
    }
    let session = Session::open(Settings::gather(&arguments.options, machine)?, machine)?;
    match &arguments.command {
        Command::Demo(_) | Command::Init(_) | Command::Start(_) | Command::Testnet(_) => Ok(Exit::Done),
        Command::Status(args) => status::run(args, &session, screen),
        Command::Key(verb) => key::run(verb, &session, screen),
        Command::Meeting(verb) => meeting::run(verb, &session, screen),
        Command::Register(args) => register::run(args, &session, screen),
        Command::Participants(verb) => register::participants(verb, &session, screen),
        Command::Contribution(verb) => contribution::run(verb, &session, screen),
        Command::Deliverable(verb) => deliverable::run(verb, &session, screen),
        Command::Receipt(verb) => receipt::run(verb, &session, screen),
        Command::Verify(args) => verify::run(args, &session, screen),
        Command::Records(verb) => records::run(verb, &session, screen),
        Command::Record(verb) => record::run(verb, &session, screen),
    }
}
