//! Methods about deliverables, and how the group agreed on them.

use plenary_procedure::{
    deliverable, position,
    state::{Noun as _, SubjectState},
};

use crate::{
    answer::{Page, RecordLine},
    deliverable_answer::{
        CallLine, ChallengeLine, Deliverable, InterestLine, ObjectionLine, PositionLine, deliverable_word,
    },
    fault::Fault,
    group_answer::{PatentLine, WaiverLine, count, hash, text, word},
    json::{Hash, Time},
    ledger::chain_page,
    method::{About, Method, read},
    noun::{self, Found, Of, Shown},
    params::{Arguments, CURSOR, Kind, LIMIT, Param, required},
    reason::Reason,
    subjects::{self, Under},
    view::View,
};

const ID: Param =
    required("id", Kind::Id, "The deliverable's number, with the group in front if the ledger has several.");

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
    let mut methods = noun::methods::<deliverable::Deliverable>();
    methods.extend([read(POSITIONS, positions), read(TIMELINE, timeline)]);
    methods
}

fn positions(view: &dyn View, arguments: &Arguments) -> Result<Page<PositionLine>, Fault> {
    let Found { group, id, state, .. } = noun::find::<deliverable::Deliverable>(view, arguments)?;
    // Before the first call there is nothing under the number that it will have.
    let call = state.call.map_or_else(|| format!("{id}-C1"), |call| call.number.to_string());
    let item = |by: &str, state: SubjectState| {
        Ok(position::PositionState::take(state).map(|position| PositionLine {
            by: by.to_owned(),
            value: word(&position.value),
            text: hash(position.text.as_ref()),
            statements: count(position.statements),
            organization: text(position.organization.as_ref()),
        }))
    };
    subjects::page(view, arguments, Under::prefix(&format!("{group}/call/{call}/position/")), item)
}

fn timeline(view: &dyn View, arguments: &Arguments) -> Result<Page<RecordLine>, Fault> {
    chain_page(view, arguments, &noun::find::<deliverable::Deliverable>(view, arguments)?.subject)
}

impl Shown for deliverable::Deliverable {
    type Answer = Deliverable;
    const WORD: &'static str = "deliverable";
    const FOLDER: &'static str = "deliverable";
    const LIST: &'static str = "The deliverables of a group, by number.";
    const GET: &'static str =
        "A deliverable: its latest call, every objection and challenge, and whether the group agreed.";
    const ID: Param = ID;
    const ABSENT: Reason = Reason::NO_SUCH_DELIVERABLE;

    fn describe(self, of: &Of<'_>) -> Result<Deliverable, Fault> {
        Ok(Deliverable {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            title: self.title.to_string(),
            kind: word(&self.kind),
            working_group: text(self.working_group.as_ref()),
            scope: hash(self.scope.as_ref()),
            target: text(self.target.as_ref()),
            standing: deliverable_word(self.standing).to_owned(),
            version: count(self.version),
            manifest: self.manifest().map(Hash),
            call: self.call.as_ref().map(CallLine::from),
            objections: self.objections.iter().map(ObjectionLine::from).collect(),
            waivers: self.waivers.iter().map(WaiverLine::from).collect(),
            approval: self.approval.as_ref().map(|(record, _)| Hash(record.0)),
            level: self.approval.as_ref().map(|(_, level)| word(level)),
            transmission: hash(self.transmission.as_ref()),
            determined: self.determined.as_ref().map(|time| Time(time.0)),
            challenges: self.challenges.iter().map(ChallengeLine::from).collect(),
            reopens: text(self.reopens.as_ref()),
            information: self.information.iter().map(|digest| Hash(digest.0)).collect(),
            fixes: count(self.fixes),
            publication: hash(self.publication.as_ref()),
            acknowledged: text(self.acknowledged.as_ref()),
            interests: self.interests.iter().map(InterestLine::from).collect(),
            patents: self.patents.iter().map(PatentLine::from).collect(),
        })
    }
}
