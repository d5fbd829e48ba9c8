//! Finding subjects: which group is meant, and what stands under a name.

use plenary_core::{record::Name, subject::Subject};
use plenary_procedure::state::{Noun, SubjectState};

use crate::{
    answer::Page,
    fault::Fault,
    limits,
    page::Cursor,
    params::Arguments,
    reason::Reason,
    view::{SubjectView, View},
};

/// The group, and the id within it, that an `id` such as `fg-dlt/D1.1` or
/// `D1.1` means.
pub(crate) fn locate(view: &dyn View, arguments: &Arguments) -> Result<(Name, String), Fault> {
    let id = arguments.text("id").unwrap_or_default();
    match id.split_once('/') {
        Some((group, id)) => {
            let wrong = || Fault::new(Reason::BAD_PARAM, "id has no group's name in front of its slash");
            Ok((Name::parse(group).ok_or_else(wrong)?, id.to_owned()))
        }
        None => Ok((only_group(view)?, id.to_owned())),
    }
}

/// The group that is named, or the ledger's only one.
pub(crate) fn group(view: &dyn View, arguments: &Arguments) -> Result<Name, Fault> {
    match arguments.text("group").and_then(Name::parse) {
        Some(name) => Ok(name),
        None => only_group(view),
    }
}

fn only_group(view: &dyn View) -> Result<Name, Fault> {
    let (groups, _) = groups(view, None, 2)?;
    let mut names = groups.into_iter().map(|(name, _)| name);
    match (names.next(), names.next()) {
        (Some(name), None) => Ok(name),
        (None, _) => Err(Fault::new(Reason::NO_SUCH_GROUP, "the ledger has no group yet")),
        (Some(_), Some(_)) => {
            Err(Fault::new(Reason::MISSING_PARAM, "the ledger has several groups: name the one that is meant"))
        }
    }
}

/// What is known of a subject of one kind.
pub(crate) fn state<T: Noun>(view: &dyn View, path: &str) -> Result<Option<(Subject, T)>, Fault> {
    let Some(subject) = Subject::parse(path) else {
        return Ok(None);
    };
    let found = view.subject(&subject)?.and_then(|found| T::take(found.state));
    Ok(found.map(|state| (subject, state)))
}

/// The groups after one of that name, at most `limit`, and whether there may be more.
pub(crate) fn groups(
    view: &dyn View,
    after: Option<&str>,
    limit: usize,
) -> Result<(Vec<(Name, SubjectView)>, bool), Fault> {
    let mut after = after.and_then(last_under);
    let mut groups = Vec::new();
    while groups.len() < limit {
        let Some(next) = view.subjects("", after.as_ref(), 1)?.into_iter().next() else {
            return Ok((groups, false));
        };
        let name = next.subject.as_str().split('/').next().unwrap_or_default().to_owned();
        after = last_under(&name);
        let group = Subject::parse(&format!("{name}/group")).map(|subject| view.subject(&subject)).transpose()?;
        if let (Some(name), Some(group)) = (Name::parse(&name), group.flatten())
            && matches!(group.state, SubjectState::Group(_))
        {
            groups.push((name, group));
        }
        if after.is_none() {
            return Ok((groups, false));
        }
    }
    Ok((groups, true))
}

/// Where the subjects of a list stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Under<'a> {
    /// What their names begin with, up to the last slash before their own.
    pub(crate) prefix: &'a str,
    /// What stands under each name there, if that is listed and not the name itself.
    pub(crate) leaf: Option<&'a str>,
}

impl<'a> Under<'a> {
    /// Those that stand directly under `prefix`.
    pub(crate) const fn prefix(prefix: &'a str) -> Self {
        Self { prefix, leaf: None }
    }
}

/// A page of the subjects under a prefix that existed when the list was begun,
/// each turned into an item by `item`, which may leave it out.
pub(crate) fn page<T>(
    view: &dyn View,
    arguments: &Arguments,
    under: Under<'_>,
    item: impl Fn(&str, SubjectState) -> Result<Option<T>, Fault>,
) -> Result<Page<T>, Fault> {
    let Under { prefix, leaf } = under;
    let scope = format!("{prefix}{}", leaf.unwrap_or_default());
    let cursor = Cursor::of(view, arguments, &scope)?;
    let mut after = Subject::parse(&cursor.at);
    let limit = arguments.limit();
    let mut items = Vec::new();
    for _ in 0..limits::SCAN_MAX {
        let Some(next) = view.subjects(prefix, after.as_ref(), 1)?.into_iter().next() else {
            return Ok(cursor.page(items, None, &scope));
        };
        if items.len() == limit {
            let at = after.map(|after| after.as_str().to_owned());
            return Ok(cursor.page(items, at, &scope));
        }
        let name = next.subject.clone();
        let own = name.as_str().strip_prefix(prefix).unwrap_or_default();
        after = match own.split_once('/') {
            // What stands deeper is left out in one step.
            Some((child, _)) => last_under(&format!("{prefix}{child}")),
            None => {
                let listed = match leaf {
                    None => Some(next),
                    Some(leaf) => leaf_of(view, &name, leaf)?,
                };
                if let Some(listed) = listed.filter(|listed| listed.slot.index < cursor.slots) {
                    items.extend(item(own, listed.state)?);
                }
                Some(name.clone())
            }
        };
        if after.is_none() {
            return Ok(cursor.page(items, None, &scope));
        }
    }
    let at = after.map(|after| after.as_str().to_owned());
    Ok(cursor.page(items, at, &scope))
}

fn leaf_of(view: &dyn View, name: &Subject, leaf: &str) -> Result<Option<SubjectView>, Fault> {
    let Some(subject) = Subject::parse(&format!("{name}/{leaf}")) else {
        return Ok(None);
    };
    Ok(view.subject(&subject)?)
}

/// A name that stands after every subject under `name`, and before what follows them.
fn last_under(name: &str) -> Option<Subject> {
    let length = Subject::BYTES_MAX.checked_sub(name.len())?.checked_sub(1)?;
    Subject::parse(&format!("{name}/{}", "z".repeat(length)))
}
