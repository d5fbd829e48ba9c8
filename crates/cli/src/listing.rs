//! How nouns are listed and shown: all of one kind as a table, and one with the records about it.

use plenary_rpc::answer::{Named, RecordLine};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    exit::Exit,
    history,
    problem::Problem,
    records,
    screen::{Screen, plain, table},
    session::Session,
};

/// A noun as the node answers it.
pub trait Noun: Named + DeserializeOwned + Serialize {
    /// What can be typed after a list, such as `liaison show NUMBER`.
    const HINT: &'static str;

    /// The columns of the list.
    const HEADING: &'static [&'static str];

    /// Where it stands within the group, such as `liaison/DLT-LS-001`.
    fn path(&self) -> String;

    /// Its row in the list.
    fn row(self) -> Vec<String>;

    /// What is said of it before its records.
    fn describe(&self) -> String;

    /// What can be typed after it was shown.
    fn next(&self, records: &[RecordLine]) -> Option<String> {
        records.last().map(|line| format!("plenary receipt get {}", line.id))
    }
}

/// Something that may be known of a noun: what it is called, and what is known.
pub type Fact = (&'static str, Option<String>);

/// Facts as lines, those that are known.
pub fn facts(facts: &[Fact]) -> String {
    let known = facts.iter().filter_map(|(name, fact)| Some((name, fact.as_ref()?)));
    known.map(|(name, fact)| format!("  {name:<13}  {}\n", plain(fact))).collect()
}

/// An id and a title as a heading, and the facts below.
pub fn headed(id: &str, title: &str, below: &[Fact]) -> String {
    format!("{}   {}\n{}", plain(id), plain(title), facts(below))
}

/// A cell for what may be absent.
pub fn or_dash(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "-".to_owned())
}

/// Lists the nouns of a kind that are asked for.
pub fn list<T: Noun>(
    is_asked: impl Fn(&T) -> bool,
    session: &Session<'_>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Problem> {
    let group = session.group()?;
    let mut page = history::all(session, async |client, part| client.nouns::<T>(Some(group), part).await)?;
    page.items.retain(is_asked);
    screen.json(&page)?;
    screen.show(&rows(page.items))?;
    session.label(screen)?;
    screen.next(&format!("plenary {}", T::HINT));
    Ok(Exit::Done)
}

/// Nouns as a table.
pub fn rows<T: Noun>(nouns: Vec<T>) -> String {
    let heading = T::HEADING.iter().map(|cell| (*cell).to_owned()).collect();
    let rows: Vec<Vec<String>> = [heading].into_iter().chain(nouns.into_iter().map(T::row)).collect();
    table(&rows)
}

/// A noun with its records, whose findings say how each act was judged.
#[derive(Serialize)]
struct Shown<T> {
    #[serde(flatten)]
    noun: T,
    records: Vec<RecordLine>,
}

/// Shows one noun.
pub fn show<T: Noun>(id: &str, session: &Session<'_>, screen: &mut Screen<'_>) -> Result<Exit, Problem> {
    let named = session.id(id)?;
    let noun: T = session.remote.ask(async |client| client.noun(&named).await)?;
    let records = history::chain(session, &session.subject(&noun.path())?)?;
    screen.show(&format!("{}{}", noun.describe(), records::acts(&records)))?;
    let next = noun.next(&records);
    screen.json(&Shown { noun, records })?;
    session.label(screen)?;
    if let Some(next) = next {
        screen.next(&next);
    }
    Ok(Exit::Done)
}
