//! Events beside the meetings, such as workshops.

use plenary_procedure::event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    answer::named,
    fault::Fault,
    group_answer::{hash, word},
    json::Hash,
    noun::{Of, Shown},
    params::{Kind, Param, required},
    reason::Reason,
};

/// An event.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
pub struct Event {
    /// The group.
    pub group: String,
    /// Its label.
    pub id: String,
    /// What kind of event it is.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Who hosts it.
    pub host: String,
    /// Its first day.
    pub from: String,
    /// Its last day.
    pub to: String,
    /// The digest over the documents that came out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Hash>,
}

named!(Event, "event_list", "event_get");

impl Shown for event::Event {
    type Answer = Event;
    const WORD: &'static str = "event";
    const FOLDER: &'static str = "event";
    const LIST: &'static str = "The events of a group, by label.";
    const GET: &'static str = "An event: who hosted it, when, and what came out of it.";
    const ID: Param = required("id", Kind::Id, "The event's label, with the group in front if the ledger has several.");
    const ABSENT: Reason = Reason::NO_SUCH_EVENT;

    fn describe(self, of: &Of<'_>) -> Result<Event, Fault> {
        Ok(Event {
            group: of.group.to_string(),
            id: of.id.to_owned(),
            kind: word(&self.kind),
            title: self.title.to_string(),
            host: self.host.to_string(),
            from: self.from.to_string(),
            to: self.to.to_string(),
            outcome: hash(self.outcome.as_ref()),
        })
    }
}
