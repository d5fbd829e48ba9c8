//! Agendas of meetings, and the documents that they allocate to items.

use std::collections::BTreeSet;

use plenary_core::{entry::Finding, hash::Digest};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    cancellation,
    contribution::{Contribution, Standing},
    document::Document,
    lateness,
    refusal::Refusal,
    rules,
    text::{Label, Number, Text, Title},
};

/// Body of `agenda.publish`: a revision of a meeting's agenda, in full.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaPublish {
    /// The meeting.
    pub meeting: Text<Label>,
    /// The number of this revision: the current one and one; the first agenda is 1.
    pub revision: u32,
    /// Its items, in their order.
    pub items: Vec<AgendaItem>,
    /// The agenda as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// An item of an agenda.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AgendaItem {
    /// Its number, such as `4.2`.
    pub item: Text<Label>,
    /// Its title, which names no person.
    pub title: Text<Title>,
    /// The contributions and other documents that it deals with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Text<Number>>,
}

/// The state of a meeting's agenda; its chain holds every revision.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Agenda {
    /// The current revision.
    pub revision: u32,
    /// Its record.
    pub record: Text<Digest>,
}

impl Agenda {
    /// The most items.
    pub const ITEMS_MAX: usize = 64;

    /// The most documents, each counted once.
    pub const DOCUMENTS_MAX: usize = 256;
}

/// Rule R34.
pub(crate) fn publish(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: AgendaPublish = act.body()?;
    let documents = check_items(&body.items)?;
    let meeting = cancellation::not_cancelled(act, &body.meeting.0)?;
    if meeting.closed.is_some() {
        return Err(Refusal::MeetingStep { meeting: body.meeting.0, needed: "not yet closed" }.into());
    }
    let meeting = act.meeting_subject(&body.meeting.0)?;
    act.join(meeting)?;
    let subject = act.subject(&format!("meeting/{}/agenda", body.meeting))?;
    let current = act.load::<Agenda>(&subject)?.map_or(0, |agenda| agenda.revision);
    let number = format!("M{}-AGENDA", body.meeting);
    if current.checked_add(1) != Some(body.revision) {
        let number = Number::parse(&number).ok_or(Refusal::List { field: "meeting" })?;
        return Err(Refusal::StaleRevision { number, current, found: body.revision }.into());
    }
    let mut not_admitted = 0_u64;
    for number in &documents {
        if find_document(act, &body.meeting, number)? == Finding::Broken {
            not_admitted = not_admitted.saturating_add(1);
        }
    }
    let result = if not_admitted == 0 { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R34,
        result,
        [
            ("items", body.items.len().into()),
            ("documents", documents.len().into()),
            ("not_admitted", not_admitted.into()),
        ],
    );
    act.give_number(&number);
    let record = Text(act.id());
    act.put(subject, Agenda { revision: body.revision, record });
    Ok(())
}

/// Every document of the agenda, each once.
fn check_items(items: &[AgendaItem]) -> Result<BTreeSet<Number>, Refusal> {
    let labels: BTreeSet<_> = items.iter().map(|item| &item.item).collect();
    if labels.len() != items.len() || !(1..=Agenda::ITEMS_MAX).contains(&items.len()) {
        return Err(Refusal::List { field: "items" });
    }
    let mut documents = BTreeSet::new();
    for item in items {
        let of_item: BTreeSet<_> = item.documents.iter().map(|number| number.0.clone()).collect();
        if of_item.len() != item.documents.len() {
            return Err(Refusal::List { field: "items.documents" });
        }
        documents.extend(of_item);
    }
    if Agenda::DOCUMENTS_MAX < documents.len() {
        return Err(Refusal::List { field: "items.documents" });
    }
    Ok(documents)
}

/// Rule R34 for one document; what was simply on time has no finding of its own.
fn find_document(act: &mut Act<'_>, meeting: &Text<Label>, number: &Number) -> Result<Finding, Stop> {
    let subject = act.contribution_subject(number)?;
    let Some(mut contribution) = act.load::<Contribution>(&subject)? else {
        // The officers' documents have other rules of time (R39).
        let subject = act.document_subject(number)?;
        if act.is_recorded(&subject)? {
            return Ok(Finding::Met);
        }
        return Err(Refusal::Unknown(subject).into());
    };
    let submitted_for = contribution.meeting.clone();
    if cancellation::is_cancelled(act, &submitted_for.0)? {
        lateness::meeting_of(act, &mut contribution)?;
    }
    let result = standing(&contribution, meeting);
    let is_revised_late = contribution.revision_on_time < contribution.revision;
    if result == Finding::Met && !is_revised_late && submitted_for == *meeting {
        return Ok(result);
    }
    let shown = if result == Finding::Met { Finding::Noted } else { result };
    act.find(
        &rules::R34,
        shown,
        [
            ("document", number.to_string().into()),
            ("stands", contribution.words().into()),
            ("submitted_for", submitted_for.to_string().into()),
            ("revision", contribution.revision.into()),
            ("revision_on_time", contribution.revision_on_time.into()),
        ],
    );
    Ok(result)
}

fn standing(contribution: &Contribution, meeting: &Text<Label>) -> Finding {
    let is_taken = match contribution.standing {
        Standing::OnTime | Standing::Admitted | Standing::Accepted => true,
        Standing::Late | Standing::Held | Standing::Withdrawn | Standing::Returned => false,
    };
    if is_taken && contribution.meeting == *meeting { Finding::Met } else { Finding::Broken }
}
