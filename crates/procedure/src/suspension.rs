//! Suspension of a call: its time stands still, and goes on where it stood.

use plenary_core::{entry::Finding, time::Moment};
use serde::{Deserialize, Serialize};

use crate::{
    act::{Act, Stop},
    call::{self, CallMode, CallStanding},
    document::Document,
    record_type::Capacity,
    refusal::Refusal,
    role, rules,
    text::{Number, Text},
};

/// Body of `call.suspend`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallSuspend {
    /// The call's number, such as `D1.1-C1`.
    pub call: Text<Number>,
    /// Why.
    pub reason: SuspensionReason,
    /// The document that explains it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Document>,
}

/// Body of `call.resume`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CallResume {
    /// The call's number.
    pub call: Text<Number>,
    /// Its new last moment, by ledger time.
    pub closes: Text<Moment>,
}

/// Why a call is suspended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuspensionReason {
    /// Nobody chairs the group; the secretariat says so, and the ledger sees it.
    NoChair,
    /// The terms of the group are being changed.
    Terms,
    /// An interest was declared that is to be looked into.
    Interest,
    /// The secretariat or its systems could not be reached.
    Outage,
}

impl SuspensionReason {
    /// The word in a record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoChair => "no-chair",
            Self::Terms => "terms",
            Self::Interest => "interest",
            Self::Outage => "outage",
        }
    }
}

/// Rule R14: the chair suspends a call, or the secretariat where nobody chairs.
pub(crate) fn suspend(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CallSuspend = act.body()?;
    let (label, deliverable, mut call) = call::load(act, &body.call.0)?;
    call.check_running(act)?;
    let is_chaired = role::is_chaired(act)?;
    let by_secretariat = act.signed_as(Capacity::Secretariat).is_some();
    if by_secretariat && is_chaired {
        return Err(Refusal::Chaired(body.call.0).into());
    }
    if by_secretariat != (body.reason == SuspensionReason::NoChair) {
        let problem = "is no-chair where the secretariat suspends, and nowhere else";
        return Err(Refusal::Field { field: "reason", problem }.into());
    }
    act.find(
        &rules::R14,
        Finding::Met,
        [("suspended", call.number.to_string().into()), ("reason", body.reason.as_str().into())],
    );
    call.standing = CallStanding::Suspended;
    call.suspended = Some(Text(act.time()));
    call::store(act, &label, deliverable, call)
}

/// Rule R100: the days before the suspension and those after it are the days of the call.
pub(crate) fn resume(act: &mut Act<'_>) -> Result<(), Stop> {
    let body: CallResume = act.body()?;
    let (label, deliverable, mut call) = call::load(act, &body.call.0)?;
    let since = match (call.standing, call.suspended) {
        (CallStanding::Suspended, Some(since)) => since.0,
        _ => return Err(call.step(call.standing.as_str()).into()),
    };
    call.check_ruleset(act)?;
    if body.closes.0 <= act.time() {
        return Err(Refusal::Order { earlier: "ledger time", later: "closes" }.into());
    }
    let lost = days_between(act, since, call.closes.0)?;
    let left = days_between(act, act.time(), body.closes.0)?;
    call.days = match call.mode {
        CallMode::Meeting => call.days,
        CallMode::Electronic => call.days.saturating_sub(lost).saturating_add(left),
    };
    call.closes = body.closes;
    call.standing = CallStanding::Open;
    call.suspended = None;
    call::find_days(act, &deliverable.waivers, (call.days, call.days_needed), call.closes);
    call::store(act, &label, deliverable, call)
}

fn days_between(act: &Act<'_>, from: Moment, to: Moment) -> Result<u32, Stop> {
    let days = act.date(to)?.days_since(act.date(from)?);
    Ok(u32::try_from(days).unwrap_or(0))
}
