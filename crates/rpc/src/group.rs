//! Methods about groups and who takes part in them.

use plenary_core::record::Name;
use plenary_procedure::{
    group, participant,
    state::{Noun as _, SubjectState},
};

use crate::{
    answer::Page,
    fault::Fault,
    group_answer::{Group, KeyLine, Lifetime, Participant, word},
    json::Hash,
    method::{About, Method, read},
    page::Cursor,
    params::{Arguments, CURSOR, Kind, LIMIT, Param, optional, required},
    reason::Reason,
    subjects,
    view::View,
};

/// The group of a list.
pub(crate) const GROUP: Param = optional("group", Kind::Name, "The group; the ledger's only one if absent.");

const GET: About = About {
    name: "group_get",
    summary: "A group: its parent, its secretariat and its lifetime.",
    params: &[GROUP],
    errors: &[Reason::NO_SUCH_GROUP],
};

const LIST: About = About {
    name: "group_list",
    summary: "The groups whose records the ledger holds.",
    params: &[LIMIT, CURSOR],
    errors: &[Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

const PARTICIPANTS: About = About {
    name: "participant_list",
    summary: "The participants of a group, by pseudonym.",
    params: &[GROUP, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

const PARTICIPANT: About = About {
    name: "participant_get",
    summary: "A participant: category, organisation and keys. Names are never in the ledger.",
    params: &[required("id", Kind::Id, "The pseudonym, with the group in front if the ledger has several.")],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_PARTICIPANT],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    vec![read(GET, get), read(LIST, list), read(PARTICIPANTS, participants), read(PARTICIPANT, participant)]
}

fn get(view: &dyn View, arguments: &Arguments) -> Result<Group, Fault> {
    let name = subjects::group(view, arguments)?;
    let (_, group) = required_group(view, &name)?;
    Ok(describe(&name, group))
}

/// The state of a group, or the fault that there is none.
pub(crate) fn required_group(
    view: &dyn View,
    name: &Name,
) -> Result<(plenary_core::subject::Subject, group::Group), Fault> {
    let absent = || Fault::new(Reason::NO_SUCH_GROUP, "the ledger has no such group");
    subjects::state::<group::Group>(view, &format!("{name}/group"))?.ok_or_else(absent)
}

fn describe(name: &Name, group: group::Group) -> Group {
    let lifetime = group.lifetime.map(|lifetime| Lifetime {
        begins: lifetime.begins.to_string(),
        ends: lifetime.ends.to_string(),
        extended_to: lifetime.extension.map(|(to, _)| to.to_string()),
        extension: lifetime.extension.map(|(_, record)| Hash(record.0)),
    });
    Group {
        id: name.to_string(),
        title: group.title.to_string(),
        parent: group.parent.to_string(),
        secretariat: group.secretariat.to_string(),
        prefix: group.prefix.to_string(),
        ruleset: Hash(group.ruleset.0),
        zone: group.zone.name.to_string(),
        lifetime,
    }
}

fn list(view: &dyn View, arguments: &Arguments) -> Result<Page<Group>, Fault> {
    const SCOPE: &str = "groups";
    let cursor = Cursor::of(view, arguments, SCOPE)?;
    let after = Some(cursor.at.as_str()).filter(|at| !at.is_empty());
    let (found, more) = subjects::groups(view, after, arguments.limit())?;
    let last = found.last().map(|(name, _)| name.to_string());
    let items = found
        .into_iter()
        .filter(|(_, group)| group.slot.index < cursor.slots)
        .filter_map(|(name, group)| Some(describe(&name, group::Group::take(group.state)?)))
        .collect();
    Ok(cursor.page(items, last.filter(|_| more), SCOPE))
}

fn participants(view: &dyn View, arguments: &Arguments) -> Result<Page<Participant>, Fault> {
    let group = subjects::group(view, arguments)?;
    required_group(view, &group)?;
    let item =
        |id: &str, state: SubjectState| Some(describe_participant(&group, id, &participant::Participant::take(state)?));
    subjects::page(view, arguments, &format!("{group}/participant/"), item)
}

fn participant(view: &dyn View, arguments: &Arguments) -> Result<Participant, Fault> {
    let (group, id) = subjects::locate(view, arguments)?;
    let absent = || Fault::new(Reason::NO_SUCH_PARTICIPANT, "the group has no such participant");
    let found = subjects::state::<participant::Participant>(view, &format!("{group}/participant/{id}"))?;
    let (_, participant) = found.ok_or_else(absent)?;
    Ok(describe_participant(&group, &id, &participant))
}

fn describe_participant(group: &Name, id: &str, participant: &participant::Participant) -> Participant {
    Participant {
        group: group.to_string(),
        id: id.to_owned(),
        country: participant.country.to_string(),
        category: word(&participant.category),
        organization: participant.organization.as_ref().map(ToString::to_string),
        keys: participant.keys.periods().iter().map(KeyLine::from).collect(),
    }
}
