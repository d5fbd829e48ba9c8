//! Methods about contributions.

use plenary_core::{record::Name, subject::Subject};
use plenary_procedure::{
    contribution,
    state::{Noun as _, SubjectState},
};

use crate::{
    answer::{Page, RecordLine},
    fault::Fault,
    group::{GROUP, required_group},
    group_answer::{Contribution, WaiverLine, contribution_word, texts},
    json::{Hash, Number},
    ledger::chain_page,
    method::{About, Method, read},
    params::{Arguments, CURSOR, Kind, LIMIT, Param, required},
    reason::Reason,
    subjects,
    view::View,
};

const ID: Param =
    required("id", Kind::Id, "The contribution's number, with the group in front if the ledger has several.");

const LIST: About = About {
    name: "contribution_list",
    summary: "The contributions of a group, by number.",
    params: &[GROUP, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

const GET: About = About {
    name: "contribution_get",
    summary: "A contribution: its sources, its current revision, and where it stands.",
    params: &[ID],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_CONTRIBUTION],
};

const REVISIONS: About = About {
    name: "contribution_listRevisions",
    summary: "The records about a contribution, the oldest first: what was sent, revised, admitted and withdrawn.",
    params: &[ID, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_CONTRIBUTION, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    vec![read(LIST, list), read(GET, get), read(REVISIONS, revisions)]
}

fn list(view: &dyn View, arguments: &Arguments) -> Result<Page<Contribution>, Fault> {
    let group = subjects::group(view, arguments)?;
    required_group(view, &group)?;
    let item = |id: &str, state: SubjectState| Some(describe(&group, id, &contribution::Contribution::take(state)?));
    subjects::page(view, arguments, &format!("{group}/contribution/"), item)
}

fn get(view: &dyn View, arguments: &Arguments) -> Result<Contribution, Fault> {
    let (group, id, _, contribution) = find(view, arguments)?;
    Ok(describe(&group, &id, &contribution))
}

fn revisions(view: &dyn View, arguments: &Arguments) -> Result<Page<RecordLine>, Fault> {
    let (_, _, subject, _) = find(view, arguments)?;
    chain_page(view, arguments, &subject)
}

fn find(view: &dyn View, arguments: &Arguments) -> Result<(Name, String, Subject, contribution::Contribution), Fault> {
    let (group, id) = subjects::locate(view, arguments)?;
    let absent = || Fault::new(Reason::NO_SUCH_CONTRIBUTION, "the group has no such contribution");
    let found = subjects::state::<contribution::Contribution>(view, &format!("{group}/contribution/{id}"))?;
    let (subject, contribution) = found.ok_or_else(absent)?;
    Ok((group, id, subject, contribution))
}

/// A contribution as it is answered.
pub(crate) fn describe(group: &Name, id: &str, contribution: &contribution::Contribution) -> Contribution {
    Contribution {
        group: group.to_string(),
        id: id.to_owned(),
        meeting: contribution.meeting.to_string(),
        title: contribution.title.to_string(),
        author: contribution.author.as_ref().map(ToString::to_string),
        sources: texts(&contribution.sources),
        revision: Number(contribution.revision.into()),
        revision_on_time: Number(contribution.revision_on_time.into()),
        manifest: Hash(contribution.manifest.0),
        received: contribution.received.to_string(),
        standing: contribution_word(contribution.standing).to_owned(),
        waivers: contribution.waivers.iter().map(WaiverLine::from).collect(),
    }
}
