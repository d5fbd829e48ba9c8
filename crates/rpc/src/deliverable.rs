//! Methods about deliverables, and how the group agreed on them.

use plenary_core::{record::Name, subject::Subject};
use plenary_procedure::{
    deliverable, position,
    state::{Noun as _, SubjectState},
};

use crate::{
    answer::{Page, RecordLine},
    fault::Fault,
    group::{GROUP, required_group},
    group_answer::{CallLine, Deliverable, ObjectionLine, PositionLine, WaiverLine, deliverable_word, word},
    json::{Hash, Number},
    ledger::chain_page,
    method::{About, Method, read},
    params::{Arguments, CURSOR, Kind, LIMIT, Param, required},
    reason::Reason,
    subjects,
    view::View,
};

const ID: Param =
    required("id", Kind::Id, "The deliverable's number, with the group in front if the ledger has several.");

const LIST: About = About {
    name: "deliverable_list",
    summary: "The deliverables of a group, by number.",
    params: &[GROUP, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

const GET: About = About {
    name: "deliverable_get",
    summary: "A deliverable: its latest call, every objection, and whether the group agreed.",
    params: &[ID],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_DELIVERABLE],
};

const POSITIONS: About = About {
    name: "deliverable_listPositions",
    summary: "What participants said in the latest call on a deliverable. Positions are never counted.",
    params: &[ID, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_DELIVERABLE, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

const TIMELINE: About = About {
    name: "deliverable_getTimeline",
    summary: "Every record about a deliverable, the oldest first.",
    params: &[ID, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_DELIVERABLE, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    vec![read(LIST, list), read(GET, get), read(POSITIONS, positions), read(TIMELINE, timeline)]
}

fn list(view: &dyn View, arguments: &Arguments) -> Result<Page<Deliverable>, Fault> {
    let group = subjects::group(view, arguments)?;
    required_group(view, &group)?;
    let item = |id: &str, state: SubjectState| Some(describe(&group, id, &deliverable::Deliverable::take(state)?));
    subjects::page(view, arguments, &format!("{group}/deliverable/"), item)
}

fn get(view: &dyn View, arguments: &Arguments) -> Result<Deliverable, Fault> {
    let (group, id, _, deliverable) = find(view, arguments)?;
    Ok(describe(&group, &id, &deliverable))
}

fn positions(view: &dyn View, arguments: &Arguments) -> Result<Page<PositionLine>, Fault> {
    let (group, id, _, deliverable) = find(view, arguments)?;
    // Before the first call there is nothing under the number that it will have.
    let call = deliverable.call.map_or_else(|| format!("{id}-C1"), |call| call.number.to_string());
    let item = |by: &str, state: SubjectState| {
        let position = position::PositionState::take(state)?;
        Some(PositionLine {
            by: by.to_owned(),
            value: word(&position.value),
            text: position.text.as_ref().map(|text| Hash(text.0)),
            statements: Number(position.statements.into()),
        })
    };
    subjects::page(view, arguments, &format!("{group}/call/{call}/position/"), item)
}

fn timeline(view: &dyn View, arguments: &Arguments) -> Result<Page<RecordLine>, Fault> {
    let (_, _, subject, _) = find(view, arguments)?;
    chain_page(view, arguments, &subject)
}

fn find(view: &dyn View, arguments: &Arguments) -> Result<(Name, String, Subject, deliverable::Deliverable), Fault> {
    let (group, id) = subjects::locate(view, arguments)?;
    let absent = || Fault::new(Reason::NO_SUCH_DELIVERABLE, "the group has no such deliverable");
    let found = subjects::state::<deliverable::Deliverable>(view, &format!("{group}/deliverable/{id}"))?;
    let (subject, deliverable) = found.ok_or_else(absent)?;
    Ok((group, id, subject, deliverable))
}

fn describe(group: &Name, id: &str, deliverable: &deliverable::Deliverable) -> Deliverable {
    Deliverable {
        group: group.to_string(),
        id: id.to_owned(),
        title: deliverable.title.to_string(),
        kind: word(&deliverable.kind),
        working_group: deliverable.working_group.as_ref().map(ToString::to_string),
        standing: deliverable_word(deliverable.standing).to_owned(),
        version: Number(deliverable.version.into()),
        manifest: deliverable.manifest().map(Hash),
        call: deliverable.call.as_ref().map(CallLine::from),
        objections: deliverable.objections.iter().map(ObjectionLine::from).collect(),
        waivers: deliverable.waivers.iter().map(WaiverLine::from).collect(),
        approval: deliverable.approval.as_ref().map(|(record, _)| Hash(record.0)),
        level: deliverable.approval.as_ref().map(|(_, level)| word(level)),
        transmission: deliverable.transmission.as_ref().map(|record| Hash(record.0)),
    }
}
