//! Verbs that are made out of the table of record types: `plenary NOUN VERB FORM` for each.
//!
//! A type `noun.verb` is written by `plenary noun verb`. What has a verb of its
//! own by that name keeps it, and `plenary record make TYPE` writes any type.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, CommandFactory as _};
use plenary_procedure::record_type::RecordType;

use crate::args::Arguments;

/// What is typed after each of these verbs.
#[derive(Args, Clone, Debug)]
pub struct FormArgs {
    /// The form, filled in, as TOML
    #[arg(required_unless_present = "example")]
    pub form: Option<PathBuf>,
    /// Print the form, filled in as an example
    #[arg(long)]
    pub example: bool,
    /// When it happened, such as 2017-10-19T15:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Who signs as well; an id is only needed where several could; may be given several times
    #[arg(long = "with", value_name = "ROLE[=ID]")]
    pub others: Vec<String>,
    /// Sign nothing, and write the record to a file for all its signers
    #[arg(long)]
    pub unsigned: bool,
}

/// What the nouns are about whose verbs are made here, all or most.
const NOUNS: &[(&str, &str)] = &[
    ("action", "Open, close and show action items"),
    ("affiliation", "Record where somebody belongs now"),
    ("agenda", "Publish the agendas of meetings"),
    ("attendance", "Seal a meeting's attendance, and state one's own"),
    ("baseline", "Publish versions of a deliverable"),
    ("call", "Open, extend and close consensus calls"),
    ("challenge", "Answer challenges of a determination"),
    ("circular", "Publish circulars"),
    ("coi", "Declare interests"),
    ("deadline", "Waive rules"),
    ("decision", "Record and show decisions"),
    ("determination", "Challenge a determination"),
    ("document", "Submit and show output documents, temporary documents and reports"),
    ("editorial", "Correct errors in an approved text"),
    ("erasure", "Ask for the erasure of a person's data, and acknowledge it"),
    ("event", "Record and show workshops and other events"),
    ("final", "Report to the parent group for the last time"),
    ("guideline", "Adopt working guidelines"),
    ("ipr", "Ask the patent question, and disclose and show patents"),
    ("liaison", "Exchange liaison statements with other groups, and show them"),
    ("lifetime", "Extend a group's lifetime"),
    ("meeting", "Announce, amend, open, close and show meetings"),
    ("objection", "Raise, answer and dispose of objections"),
    ("organization", "Register organisations"),
    ("parent", "Record what the parent group did"),
    ("participant", "Enrol participants, and correct their identities"),
    ("participant-list", "Report the participant list to the parent group"),
    ("progress", "Report progress to the parent group"),
    ("record", "Write, sign, send, correct and void records"),
    ("report", "Submit, approve and show the reports of meetings"),
    ("role", "Appoint people to roles"),
    ("ruleset", "Bind a group to its terms of reference"),
    ("tor", "Amend the terms of reference"),
    ("validators", "Change who validates, and show who does"),
    ("wg", "Create, amend, close and show working groups"),
    ("workitem", "Propose, adopt and change work items"),
];

/// The noun and the verb of the types whose word is a verb alone.
const ALONE: [(&str, (&str, &str)); 4] = [
    ("determine", ("deliverable", "determine")),
    ("position", ("deliverable", "position")),
    ("ruleset", ("ruleset", "bind")),
    ("transmit", ("deliverable", "transmit")),
];

/// The noun and the verb that write a type.
pub fn words(record_type: RecordType) -> (&'static str, &'static str) {
    let word = record_type.as_str();
    let alone = || ALONE.into_iter().find(|(known, _)| *known == word).map(|(_, words)| words);
    word.split_once('.').or_else(alone).unwrap_or(("record", word))
}

/// Whether the type is written by a verb of its own, which takes no form.
pub fn has_own(record_type: RecordType) -> bool {
    let (noun, verb) = words(record_type);
    Arguments::command().find_subcommand(noun).is_some_and(|noun| noun.find_subcommand(verb).is_some())
}

/// The command that writes a type by its form.
pub fn line(record_type: RecordType) -> String {
    let (noun, verb) = words(record_type);
    if has_own(record_type) { format!("plenary record make {record_type}") } else { format!("plenary {noun} {verb}") }
}

/// Everything that can be typed: what `args` says, and these verbs.
pub fn command() -> Command {
    let mut command = Arguments::command();
    for record_type in RecordType::ALL {
        let (noun, verb) = words(record_type);
        let made = || FormArgs::augment_args(Command::new(verb)).about(record_type.says().trim_end_matches('.'));
        command = match command.find_subcommand(noun) {
            Some(known) if known.find_subcommand(verb).is_some() => command,
            Some(_) => command.mut_subcommand(noun, |noun| noun.subcommand(made())),
            None => {
                let empty = Command::new(noun).subcommand_required(true).arg_required_else_help(true);
                command.subcommand(empty.subcommand(made()))
            }
        };
    }
    NOUNS.iter().fold(command, |command, (noun, about)| command.mut_subcommand(noun, |noun| noun.about(*about)))
}

/// The type that a typed verb writes, and what was typed after it; none where the verb is one of `args`.
pub fn find(typed: &ArgMatches) -> Option<(RecordType, &ArgMatches)> {
    let (noun, typed) = typed.subcommand()?;
    let (verb, typed) = typed.subcommand()?;
    let record_type = RecordType::ALL.into_iter().find(|record_type| words(*record_type) == (noun, verb))?;
    (!has_own(record_type)).then_some((record_type, typed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_type_is_written_by_a_verb_of_a_noun_that_says_what_it_is_about() {
        let command = command();
        for record_type in RecordType::ALL {
            let (noun, verb) = words(record_type);
            let noun = command.find_subcommand(noun).unwrap();
            assert!(noun.find_subcommand(verb).is_some(), "{record_type}");
            assert!(noun.get_about().is_some(), "{record_type} needs a row in NOUNS");
            let is_alone = !record_type.as_str().contains('.');
            assert_eq!(is_alone, ALONE.iter().any(|(word, _)| *word == record_type.as_str()), "{record_type} in ALONE");
        }
        for (noun, _) in NOUNS {
            assert!(RecordType::ALL.into_iter().any(|record_type| words(record_type).0 == *noun), "{noun} has no type");
        }
    }
}
