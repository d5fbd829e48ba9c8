//! The nouns that are listed and shown: what can be typed about them.

use std::path::PathBuf;

use clap::Subcommand;

/// What is listed and shown.
#[derive(Debug, Subcommand)]
pub enum NounCommand {
    /// Show the group: its lifetime, and the terms in force
    #[command(subcommand)]
    Group(GroupVerb),
    /// Show working groups
    #[command(subcommand)]
    Wg(NounVerb),
    /// Show decisions
    #[command(subcommand)]
    Decision(OfMeetingVerb),
    /// Show action items
    #[command(subcommand)]
    Action(OfMeetingVerb),
    /// Show output documents, temporary documents and reports of a series
    #[command(subcommand)]
    Document(DocumentVerb),
    /// Show reports of meetings and to the parent group
    #[command(subcommand)]
    Report(NounVerb),
    /// Show events beside the meetings
    #[command(subcommand)]
    Event(NounVerb),
    /// Show proposals of work items
    #[command(subcommand)]
    Proposal(NounVerb),
    /// Show what was disclosed about patents
    #[command(subcommand, visible_alias = "patents")]
    Ipr(NounVerb),
    /// Show liaison statements
    #[command(subcommand)]
    Liaison(NounVerb),
}

/// `group`
#[derive(Debug, Subcommand)]
pub enum GroupVerb {
    /// Show the group, who is in office, and the records about it
    Show,
    /// List the rules: what each says, by which clause, and who may waive it
    Rules,
}

/// `document`
#[derive(Debug, Subcommand)]
pub enum DocumentVerb {
    /// With those that are recorded.
    #[command(flatten)]
    Recorded(OfMeetingVerb),
    /// Look for personal data and secrets in files before they are recorded; needs no node
    Check {
        /// The files: text, docx or pdf
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// What to do with a noun.
#[derive(Debug, Subcommand)]
pub enum NounVerb {
    /// List all of them
    List,
    /// Show one, and the records about it
    Show {
        /// Its number, or the label of its meeting
        id: String,
    },
}

/// What to do with a noun that belongs to meetings.
#[derive(Debug, Subcommand)]
pub enum OfMeetingVerb {
    /// List all of them, or those of a meeting
    List {
        /// The meeting, such as 1
        meeting: Option<String>,
    },
    /// Show one, and the records about it
    Show {
        /// Its number
        id: String,
    },
}
