//! More time in a call: given to each who asks once, while the call runs.

use plenary_core::{entry::Finding, record::Name, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    call,
    document::Document,
    organization::Organization,
    participant::Participant,
    refusal::Refusal,
    rules,
    text::{Number, Pid, Text},
};

/// Body of `call.extend`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallExtend {
    /// The call's number, such as `D1.1-C1`.
    pub call: Text<Number>,
    /// Who asked for more time: a participant or an organisation.
    pub requester: Text<Name>,
    /// Its new last moment, by ledger time; later than the one before.
    pub closes: Text<Moment>,
    /// What the time is for.
    pub reason: ExtensionReason,
    /// The request as it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Document>,
}

/// What more time is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtensionReason {
    /// Considering the text at home (A.8 5.6).
    Consultation,
    /// Working on an objection with those who raised it.
    Reconciliation,
    /// The secretariat or its systems could not be reached.
    Outage,
}

/// The most requests for more time in one call.
pub const EXTENSIONS_MAX: usize = 32;

/// Rule R100: each who asks gets at most the stated days, once.
pub(crate) fn extend(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CallExtend = act.body()?;
    let (label, deliverable, mut call) = call::load(act, &body.call.0)?;
    call.check_running(act)?;
    check_requester(act, &body.requester.0)?;
    if body.closes <= call.closes {
        return Err(Refusal::Order { earlier: "the last moment of the call", later: "closes" }.into());
    }
    if EXTENSIONS_MAX <= call.extensions.len() {
        return Err(Refusal::Full(act.deliverable_subject(&label)?).into());
    }
    if !call.extensions.insert(body.requester.clone()) {
        return Err(Refusal::MoreTimeTaken { call: body.call.0, who: body.requester.0 }.into());
    }
    let allowed = act.parameters()?.more_time_days();
    let days = act.date(body.closes.0)?.days_since(act.date(call.closes.0)?);
    let days = u32::try_from(days).unwrap_or(u32::MAX);
    if allowed < days {
        return Err(Refusal::MoreTimeLong { call: body.call.0, days, allowed }.into());
    }
    call.closes = body.closes;
    call.days = call.days.saturating_add(days);
    act.find(
        &rules::R100,
        Finding::Met,
        [
            ("more_days", days.into()),
            ("more_days_allowed", allowed.into()),
            ("asked_by", body.requester.to_string().into()),
            ("closes", call.closes.to_string().into()),
        ],
    );
    call::store(act, &label, deliverable, call)
}

fn check_requester(act: &mut Act<'_>, who: &Name) -> Result<(), Stop> {
    if let Some(pid) = Pid::parse(who.as_str()) {
        let subject = act.participant_subject(&pid)?;
        act.require::<Participant>(&subject).map(|_| ())
    } else {
        let subject = act.organization_subject(who)?;
        act.require::<Organization>(&subject).map(|_| ())
    }
}
