//! Methods about meetings.

use plenary_core::{record::Name, subject::Subject};
use plenary_procedure::{
    contribution, meeting, registration,
    state::{Noun as _, SubjectState},
};

use crate::{
    answer::Page,
    contribution::describe as describe_contribution,
    fault::Fault,
    group::{GROUP, required_group},
    group_answer::{Contribution, DeadlineLine, Meeting, Registrant, WaiverLine, word},
    json::{Hash, Number, Time},
    method::{About, Method, read},
    params::{Arguments, CURSOR, Kind, LIMIT, Param, required},
    reason::Reason,
    subjects,
    view::View,
};

const ID: Param = required("id", Kind::Id, "The meeting's label, with the group in front if the ledger has several.");

const LIST: About = About {
    name: "meeting_list",
    summary: "The meetings of a group.",
    params: &[GROUP, LIMIT, CURSOR],
    errors: &[Reason::NO_SUCH_GROUP, Reason::PAGE_TOO_LARGE, Reason::BAD_CURSOR],
};

const GET: About = About {
    name: "meeting_get",
    summary: "A meeting: its days, its deadlines, and where it stands.",
    params: &[ID],
    errors: &[Reason::NO_SUCH_GROUP, Reason::NO_SUCH_MEETING],
};

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
    vec![read(LIST, list), read(GET, get), read(PARTICIPANTS, participants), read(DOCUMENTS, documents)]
}

fn list(view: &dyn View, arguments: &Arguments) -> Result<Page<Meeting>, Fault> {
    let group = subjects::group(view, arguments)?;
    required_group(view, &group)?;
    let item = |id: &str, state: SubjectState| Some(describe(&group, id, &meeting::Meeting::take(state)?));
    subjects::page(view, arguments, &format!("{group}/meeting/"), item)
}

fn get(view: &dyn View, arguments: &Arguments) -> Result<Meeting, Fault> {
    let (group, id, _, meeting) = find(view, arguments)?;
    Ok(describe(&group, &id, &meeting))
}

fn participants(view: &dyn View, arguments: &Arguments) -> Result<Page<Registrant>, Fault> {
    let (_, _, subject, _) = find(view, arguments)?;
    let item = |id: &str, state: SubjectState| {
        let mode = registration::Registration::take(state)?.mode?;
        Some(Registrant { participant: id.to_owned(), mode: word(&mode) })
    };
    subjects::page(view, arguments, &format!("{subject}/registration/"), item)
}

fn documents(view: &dyn View, arguments: &Arguments) -> Result<Page<Contribution>, Fault> {
    let (group, meeting, _, _) = find(view, arguments)?;
    let item = |id: &str, state: SubjectState| {
        let contribution = contribution::Contribution::take(state)?;
        let is_for_it = contribution.meeting.0.as_str() == meeting;
        is_for_it.then(|| describe_contribution(&group, id, &contribution))
    };
    subjects::page(view, arguments, &format!("{group}/contribution/"), item)
}

fn find(view: &dyn View, arguments: &Arguments) -> Result<(Name, String, Subject, meeting::Meeting), Fault> {
    let (group, id) = subjects::locate(view, arguments)?;
    let absent = || Fault::new(Reason::NO_SUCH_MEETING, "the group has no such meeting");
    let found = subjects::state::<meeting::Meeting>(view, &format!("{group}/meeting/{id}"))?;
    let (subject, meeting) = found.ok_or_else(absent)?;
    Ok((group, id, subject, meeting))
}

fn describe(group: &Name, id: &str, meeting: &meeting::Meeting) -> Meeting {
    Meeting {
        group: group.to_string(),
        id: id.to_owned(),
        kind: word(&meeting.kind),
        title: meeting.title.to_string(),
        starts: meeting.starts.date.to_string(),
        starts_at: Time(meeting.starts.instant.0),
        ends: meeting.ends.to_string(),
        zone: meeting.zone.name.to_string(),
        contributions: DeadlineLine::from(&meeting.contributions),
        registration: meeting.registration.as_ref().map(DeadlineLine::from),
        departures: meeting.departures.clone(),
        notice: Hash(meeting.notice.0),
        opened: meeting.opened.as_ref().map(|opened| Time(opened.0)),
        closed: meeting.closed.as_ref().map(|closed| Time(closed.0)),
        patent_calls: Number(meeting.patent_calls.into()),
        waivers: meeting.waivers.iter().map(WaiverLine::from).collect(),
    }
}
