//! Methods about contributions.

use plenary_procedure::{
    contribution,
    part::{Part, PartRole},
    treatment::{Allocation, Disposal},
};

use crate::{
    answer::{Page, RecordLine},
    fault::Fault,
    group_answer::{
        AllocationLine, Contribution, DisposalLine, PartLine, PatentLine, WaiverLine, contribution_word, count,
        small_word, text, texts, word,
    },
    json::Hash,
    ledger::chain_page,
    method::{About, Method, read},
    noun::{self, Of, Shown},
    params::{Arguments, CURSOR, Kind, LIMIT, Param, required},
    reason::Reason,
    view::View,
};

const ID: Param =
    required("id", Kind::Id, "The contribution's number, with the group in front if the ledger has several.");

const REVISIONS: About = About {
    name: "contribution_listRevisions",
    summary: "The records about a contribution, the oldest first: what was sent, revised, admitted and withdrawn.",
    params: &[ID, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_CONTRIBUTION, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    let mut methods = noun::methods::<contribution::Contribution>();
    methods.push(read(REVISIONS, revisions));
    methods
}

fn revisions(view: &dyn View, arguments: &Arguments) -> Result<Page<RecordLine>, Fault> {
    chain_page(view, arguments, &noun::find::<contribution::Contribution>(view, arguments)?.subject)
}

impl Shown for contribution::Contribution {
    type Answer = Contribution;
    const WORD: &'static str = "contribution";
    const FOLDER: &'static str = "contribution";
    const LIST: &'static str = "The contributions of a group, by number.";
    const GET: &'static str = "A contribution: its sources, its revisions and other texts, what the meeting did with it, and where it stands.";
    const ID: Param = ID;
    const ABSENT: Reason = Reason::NO_SUCH_CONTRIBUTION;

    fn describe(self, of: &Of<'_>) -> Result<Contribution, Fault> {
        Ok(Contribution {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            meeting: self.meeting.to_string(),
            title: self.title.to_string(),
            author: text(self.author.as_ref()),
            sources: texts(&self.sources),
            revision: count(self.revision),
            revision_on_time: count(self.revision_on_time),
            manifest: Hash(self.manifest.0),
            received: self.received.to_string(),
            standing: contribution_word(self.standing).to_owned(),
            waivers: self.waivers.iter().map(WaiverLine::from).collect(),
            revised: self.revised.to_string(),
            word: small_word(&self.word),
            parts: self.parts.iter().map(|part| part_line(of.id, part)).collect(),
            allocation: self.allocation.as_ref().map(AllocationLine::from),
            disposal: self.disposal.as_ref().map(DisposalLine::from),
            carried_from: text(self.carried_from.as_ref()),
            merged_into: text(self.merged_into.as_ref()),
            visibility: self.visibility.as_ref().map(word),
            redactions: count(self.redactions),
            patents: self.patents.iter().map(PatentLine::from).collect(),
        })
    }
}

fn part_line(number: &str, part: &Part) -> PartLine {
    let kind = match part.role {
        PartRole::Revision(_) => "revision",
        PartRole::Addendum(_) => "addendum",
        PartRole::Corrigendum(_) => "corrigendum",
    };
    PartLine {
        id: format!("{number}-{}", part.role),
        kind: kind.to_owned(),
        manifest: Hash(part.manifest.0),
        received: part.received.to_string(),
        is_on_time: part.is_on_time,
    }
}

impl From<&Allocation> for AllocationLine {
    fn from(allocation: &Allocation) -> Self {
        Self { item: text(allocation.item.as_ref()), working_group: text(allocation.working_group.as_ref()) }
    }
}

impl From<&Disposal> for DisposalLine {
    fn from(disposal: &Disposal) -> Self {
        Self {
            disposition: word(&disposal.disposition),
            into: text(disposal.into.as_ref()),
            record: Hash(disposal.record.0),
        }
    }
}
