//! Methods about groups.

use plenary_core::record::Name;
use plenary_procedure::{group, report::Reports, ruleset::Ruleset, state::Noun as _, terms::Guideline};

use crate::{
    answer::Page,
    fault::Fault,
    group_answer::{Group, Guidelines, Lifetime, Terms, count, hash, word},
    json::Hash,
    method::{About, Method, read},
    noun::Of,
    page::Cursor,
    params::{Arguments, CURSOR, Kind, LIMIT, Param, optional},
    reason::Reason,
    report::{ParentReports, ProgressLine},
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

const REPORTS: About = About {
    name: "group_getReports",
    summary: "What a group reported to its parent group: progress, and the final report.",
    params: &[GROUP],
    errors: &[Reason::NO_SUCH_GROUP],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    vec![read(GET, get), read(LIST, list), read(REPORTS, reports)]
}

fn get(view: &dyn View, arguments: &Arguments) -> Result<Group, Fault> {
    let name = subjects::group(view, arguments)?;
    let (_, group) = required_group(view, &name)?;
    describe(view, &name, group)
}

/// The state of a group, or the fault that there is none.
pub(crate) fn required_group(
    view: &dyn View,
    name: &Name,
) -> Result<(plenary_core::subject::Subject, group::Group), Fault> {
    let absent = || Fault::new(Reason::NO_SUCH_GROUP, "the ledger has no such group");
    subjects::state::<group::Group>(view, &format!("{name}/group"))?.ok_or_else(absent)
}

fn describe(view: &dyn View, name: &Name, group: group::Group) -> Result<Group, Fault> {
    let today = group.zone.date(view.head()?.time);
    let lifetime = group.lifetime.map(|lifetime| Lifetime {
        begins: lifetime.begins.to_string(),
        ends: lifetime.ends.to_string(),
        extended_to: lifetime.extension.map(|(to, _)| to.to_string()),
        extension: lifetime.extension.map(|(_, record)| Hash(record.0)),
        last: lifetime.last().to_string(),
        is_over: today.is_some_and(|today| lifetime.last() < today),
    });
    let of = Of { view, group: name, id: name.as_str() };
    Ok(Group {
        id: name.to_string(),
        title: group.title.to_string(),
        parent: group.parent.to_string(),
        secretariat: group.secretariat.to_string(),
        prefix: group.prefix.to_string(),
        ruleset: Hash(group.ruleset.0),
        zone: group.zone.name.to_string(),
        lifetime,
        chairs: word(&group.chairs),
        terms: of.state::<Ruleset>("ruleset")?.and_then(terms),
        guidelines: of.state::<Guideline>("guidelines")?.map(|guideline| Guidelines {
            version: count(guideline.version),
            document: Hash(guideline.document.0),
            record: Hash(guideline.record.0),
        }),
        conclusion: hash(group.conclusion.as_ref()),
        closure: hash(group.closure.as_ref()),
    })
}

/// The terms in force, if they took the place of others.
fn terms(ruleset: Ruleset) -> Option<Terms> {
    Some(Terms {
        since: ruleset.since?.to_string(),
        before: Hash(ruleset.before?.0),
        amendment: hash(ruleset.amendment.as_ref()),
    })
}

fn reports(view: &dyn View, arguments: &Arguments) -> Result<ParentReports, Fault> {
    let name = subjects::group(view, arguments)?;
    required_group(view, &name)?;
    let reports = Of { view, group: &name, id: name.as_str() }.state::<Reports>("reports")?.unwrap_or_default();
    let progress = reports.progress.iter();
    Ok(ParentReports {
        group: name.to_string(),
        progress: progress
            .map(|(date, record)| ProgressLine { parent_starts: date.to_string(), record: Hash(record.0) })
            .collect(),
        final_report: hash(reports.final_report.as_ref()),
        notes: count(reports.notes),
    })
}

fn list(view: &dyn View, arguments: &Arguments) -> Result<Page<Group>, Fault> {
    const SCOPE: &str = "groups";
    let cursor = Cursor::of(view, arguments, SCOPE)?;
    let after = Some(cursor.at.as_str()).filter(|at| !at.is_empty());
    let (found, more) = subjects::groups(view, after, arguments.limit())?;
    let last = found.last().map(|(name, _)| name.to_string());
    let mut items = Vec::new();
    for (name, found) in found {
        let group = Some(found.state).filter(|_| found.slot.index < cursor.slots).and_then(group::Group::take);
        items.extend(group.map(|group| describe(view, &name, group)).transpose()?);
    }
    Ok(cursor.page(items, last.filter(|_| more), SCOPE))
}
