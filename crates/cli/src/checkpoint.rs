//! `plenary checkpoint show`: the newest signed head of the log, to be printed where nobody can take it back.

use plenary_core::genesis::Genesis;
use plenary_verifier::checks;

use crate::{
    anchor,
    args::CheckpointVerb,
    doubt::{self, Doubt, SignedHead},
    exit::Exit,
    problem::Problem,
    screen::Screen,
    session::Session,
};

/// Carries out a verb.
pub fn run(verb: &CheckpointVerb, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let CheckpointVerb::Show { anchor } = verb;
    let line = session.genesis()?.line.as_bytes();
    let ledger = Genesis::ledger(line);
    let anchor = anchor::choose(anchor.as_deref(), session.machine, ledger)?;
    let fetched = checks::genesis_is_trusted(line, anchor)
        .map_err(Doubt::Gap)
        .and_then(|trusted| SignedHead::fetch(&session.remote, &trusted));
    match fetched {
        Ok(SignedHead { checkpoint, .. }) => {
            screen.file("checkpoint", &checkpoint.to_string())?;
            screen.say(&format!("ledger     {ledger}"));
            screen.say("print the ledger's name and this text in the meeting's report, or publish them elsewhere");
            screen.next("plenary verify ledger --since FILE    (with this text in FILE, at any later time)");
            Ok(Exit::Done)
        }
        Err(Doubt::Problem(problem)) => Err(problem),
        Err(doubt) => {
            doubt::show((doubt.exit(), &doubt.told()), anchor, &[], screen)?;
            screen.next("plenary anchor add NAME sha256:…    (with the ledger's name from a printed circular)");
            Ok(doubt.exit())
        }
    }
}
