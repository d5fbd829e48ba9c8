//! Methods about meetings.

use plenary_procedure::{
    agenda::Agenda,
    contribution, meeting,
    meeting_report::MeetingReport,
    minutes::Minutes,
    registration,
    state::{Noun as _, SubjectState},
};

use crate::{
    answer::Page,
    fault::Fault,
    group_answer::{
        AgendaLine, CancellationLine, Contribution, DeadlineLine, Meeting, Registrant, WaiverLine, count, text, word,
    },
    json::{Hash, Time},
    method::{About, Method, read},
    noun::{self, Found, Of, Shown},
    params::{Arguments, CURSOR, Kind, LIMIT, Param, required},
    reason::Reason,
    subjects::{self, Under},
    view::View,
};

/// The label of a meeting.
pub(crate) const ID: Param =
    required("id", Kind::Id, "The meeting's label, with the group in front if the ledger has several.");

const PARTICIPANTS: About = About {
    name: "meeting_listParticipants",
    summary: "Who registered for a meeting, by pseudonym.",
    params: &[ID, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_MEETING, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

const DOCUMENTS: About = About {
    name: "meeting_listDocuments",
    summary: "The contributions for a meeting, by number. A page may hold fewer items than asked for.",
    params: &[ID, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_MEETING, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

/// The methods.
pub(crate) fn methods() -> Vec<Method> {
    let mut methods = noun::methods::<meeting::Meeting>();
    methods.extend([read(PARTICIPANTS, participants), read(DOCUMENTS, documents)]);
    methods
}

fn participants(view: &dyn View, arguments: &Arguments) -> Result<Page<Registrant>, Fault> {
    let subject = noun::find::<meeting::Meeting>(view, arguments)?.subject;
    let item = |id: &str, state: SubjectState| {
        let mode = registration::Registration::take(state).and_then(|registration| registration.mode);
        Ok(mode.map(|mode| Registrant { participant: id.to_owned(), mode: word(&mode) }))
    };
    subjects::page(view, arguments, Under::prefix(&format!("{subject}/registration/")), item)
}

fn documents(view: &dyn View, arguments: &Arguments) -> Result<Page<Contribution>, Fault> {
    let Found { group, id: meeting, .. } = noun::find::<meeting::Meeting>(view, arguments)?;
    let item = |id: &str, state: SubjectState| {
        contribution::Contribution::take(state)
            .filter(|contribution| contribution.meeting.0.as_str() == meeting)
            .map(|contribution| contribution.describe(&Of { view, group: &group, id }))
            .transpose()
    };
    subjects::page(view, arguments, Under::prefix(&format!("{group}/contribution/")), item)
}

impl Shown for meeting::Meeting {
    type Answer = Meeting;
    const WORD: &'static str = "meeting";
    const FOLDER: &'static str = "meeting";
    const LIST: &'static str = "The meetings of a group.";
    const GET: &'static str = "A meeting: its days, its deadlines, its agenda and report, and where it stands.";
    const ID: Param = ID;
    const ABSENT: Reason = Reason::NO_SUCH_MEETING;

    fn describe(self, of: &Of<'_>) -> Result<Meeting, Fault> {
        let own = format!("meeting/{}", of.id);
        let agenda = of.state::<Agenda>(&format!("{own}/agenda"))?;
        let report = of.state::<MeetingReport>(&format!("{own}/report"))?;
        let minutes = of.state::<Minutes>(&format!("{own}/minutes"))?.unwrap_or_default();
        Ok(Meeting {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            kind: word(&self.kind),
            title: self.title.to_string(),
            starts: self.starts.date.to_string(),
            starts_at: Time(self.starts.instant.0),
            ends: self.ends.to_string(),
            zone: self.zone.name.to_string(),
            contributions: DeadlineLine::from(&self.contributions),
            registration: self.registration.as_ref().map(DeadlineLine::from),
            departures: self.departures,
            notice: Hash(self.notice.0),
            opened: self.opened.as_ref().map(|opened| Time(opened.0)),
            closed: self.closed.as_ref().map(|closed| Time(closed.0)),
            patent_calls: count(self.patent_calls),
            waivers: self.waivers.iter().map(WaiverLine::from).collect(),
            place: text(self.place.as_ref()),
            participation: word(&self.participation),
            cancelled: self.cancelled.map(|cancelled| CancellationLine {
                record: Hash(cancelled.record.0),
                held_for: text(cancelled.held_for.as_ref()),
            }),
            agenda: agenda.map(|agenda| AgendaLine { revision: count(agenda.revision), record: Hash(agenda.record.0) }),
            report: report.map(|report| report.describe(of)).transpose()?,
            decisions: count(minutes.decisions),
            actions: count(minutes.actions),
        })
    }
}
