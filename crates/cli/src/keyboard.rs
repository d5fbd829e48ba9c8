//! The person at the keyboard, who is asked before something that cannot be undone.

use std::io::{IsTerminal as _, stdin};

use crate::{problem::Problem, screen::Screen};

/// Goes on if the person says yes.
///
/// `else_said` is what an answer of no comes to, such as `nothing was signed`;
/// where nobody can be asked, `--yes` says it beforehand.
pub fn agree(question: &str, may_ask: bool, else_said: &'static str, screen: &mut Screen<'_>) -> Result<(), Problem> {
    if !may_ask || !stdin().is_terminal() {
        return Err(Problem::usage("nobody can be asked", format!("give --yes to answer: {question}")));
    }
    screen.ask(&format!("{question} [y/N]"))?;
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim(), "y" | "yes") { Ok(()) } else { Err(Problem::Declined(else_said)) }
}
