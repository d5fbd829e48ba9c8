//! Nouns: each kind of subject within a group has a method that lists and one that shows a single one.
//!
//! A noun says under which name its subjects stand and how one is answered;
//! the methods are the same for all.

use plenary_core::{record::Name, subject::Subject};
use plenary_procedure::state::{Noun, SubjectState};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    answer::{Named, Page},
    fault::Fault,
    group::{GROUP, required_group},
    method::{About, Method, read},
    params::{Arguments, CURSOR, LIMIT, Param},
    reason::Reason,
    subjects::{self, Under},
    view::View,
};

/// A kind of subject that is listed and shown.
pub(crate) trait Shown: Noun {
    /// What is answered for one.
    type Answer: Named + JsonSchema + Serialize + 'static;

    /// What its subjects are called, in an error.
    const WORD: &'static str;

    /// Where they stand within the group, such as `contribution`.
    const FOLDER: &'static str;

    /// What stands under each name in the folder, if that is the subject and not the name itself.
    const LEAF: Option<&'static str> = None;

    /// What the list answers, in a sentence.
    const LIST: &'static str;

    /// What is answered for one, in a sentence.
    const GET: &'static str;

    /// The id of one.
    const ID: Param;

    /// What is wrong if there is none.
    const ABSENT: Reason;

    /// The answer.
    fn describe(self, of: &Of<'_>) -> Result<Self::Answer, Fault>;
}

/// What an answer is about, and where more is read for it.
#[derive(Clone, Copy)]
pub(crate) struct Of<'a> {
    /// What the node shows.
    pub(crate) view: &'a dyn View,
    /// The group.
    pub(crate) group: &'a Name,
    /// The id within it.
    pub(crate) id: &'a str,
}

impl Of<'_> {
    /// The state of a subject of the group.
    pub(crate) fn state<T: Noun>(&self, path: &str) -> Result<Option<T>, Fault> {
        let found = subjects::state::<T>(self.view, &format!("{}/{path}", self.group))?;
        Ok(found.map(|(_, state)| state))
    }
}

/// A subject that was asked for.
pub(crate) struct Found<T> {
    /// Its group.
    pub(crate) group: Name,
    /// Its id within the group.
    pub(crate) id: String,
    /// Its name.
    pub(crate) subject: Subject,
    /// What is known of it.
    pub(crate) state: T,
}

/// The two methods of a noun.
pub(crate) fn methods<T: Shown>() -> Vec<Method> {
    let list_of = About {
        name: T::Answer::LIST,
        summary: T::LIST,
        params: &[GROUP, LIMIT, CURSOR],
        errors: &[Reason::NO_SUCH_GROUP, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
    };
    let one = About {
        name: T::Answer::GET,
        summary: T::GET,
        params: const { &[T::ID] },
        errors: const { &[Reason::NO_SUCH_GROUP, T::ABSENT] },
    };
    vec![read(list_of, list::<T>), read(one, get::<T>)]
}

fn list<T: Shown>(view: &dyn View, arguments: &Arguments) -> Result<Page<T::Answer>, Fault> {
    let group = subjects::group(view, arguments)?;
    required_group(view, &group)?;
    let prefix = format!("{group}/{}/", T::FOLDER);
    let item = |id: &str, state: SubjectState| {
        T::take(state).map(|state| state.describe(&Of { view, group: &group, id })).transpose()
    };
    subjects::page(view, arguments, Under { prefix: &prefix, leaf: T::LEAF }, item)
}

fn get<T: Shown>(view: &dyn View, arguments: &Arguments) -> Result<T::Answer, Fault> {
    let Found { group, id, state, .. } = find::<T>(view, arguments)?;
    state.describe(&Of { view, group: &group, id: &id })
}

/// The subject that the parameter `id` means.
pub(crate) fn find<T: Shown>(view: &dyn View, arguments: &Arguments) -> Result<Found<T>, Fault> {
    let (group, id) = subjects::locate(view, arguments)?;
    let leaf = T::LEAF.map(|leaf| format!("/{leaf}")).unwrap_or_default();
    let found = subjects::state::<T>(view, &format!("{group}/{}/{id}{leaf}", T::FOLDER))?;
    let absent = || Fault::new(T::ABSENT, format!("the group has no such {}", T::WORD));
    let (subject, state) = found.ok_or_else(absent)?;
    Ok(Found { group, id, subject, state })
}
