//! Which moment a deadline is judged by: ledger time, a signature within the
//! grace, or the receipt that the secretariat attests.

use plenary_core::{
    entry::Finding,
    time::{Date, Moment},
};

use crate::{
    act::{Act, Stop},
    record_type::Capacity,
    refusal::Refusal,
    rules,
    zone::{Deadline, Zone},
};

/// A moment to judge by, and on whose word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Judged {
    pub(crate) moment: Moment,
    pub(crate) word: String,
}

/// How a submission came in.
pub(crate) enum Arrival {
    /// The author signed it.
    Signed,
    /// The secretariat entered it and attests when it was received.
    Received(Moment),
}

impl Arrival {
    /// The arrival of this record: only the secretariat states `received`, and always does.
    pub(crate) fn of(act: &Act<'_>, received: Option<Moment>) -> Result<Self, Stop> {
        let is_entered = act.signed_as(Capacity::Secretariat).is_some();
        let problem = match (is_entered, received) {
            (true, Some(received)) if act.record().signed < received => {
                return Err(Refusal::ReceivedLater { received, signed: act.record().signed }.into());
            }
            (true, Some(received)) => return Ok(Self::Received(received)),
            (false, None) => return Ok(Self::Signed),
            (true, None) => "is stated by the secretariat, who enters this for somebody",
            (false, Some(_)) => "is for the secretariat to state; yours is judged by ledger time",
        };
        Err(Refusal::Field { field: "received", problem }.into())
    }

    /// The moment that `deadline` is judged by.
    pub(crate) fn judge(&self, act: &mut Act<'_>, zone: &Zone, deadline: &Deadline) -> Result<Judged, Stop> {
        let time = act.time();
        match self {
            Self::Received(received) => attested(act, zone, *received),
            Self::Signed => {
                let signed = act.record().signed;
                let end = deadline.instant.0.plus_ms(1_000).plus_ms(act.context().grace_ms);
                let is_grace = !deadline.is_met(time) && deadline.is_met(signed) && time < end;
                Ok(if is_grace {
                    Judged { moment: signed, word: "signature, within the grace".to_owned() }
                } else {
                    ledger(time)
                })
            }
        }
    }
}

/// Ledger time, to judge by where nobody attests another.
pub(crate) fn ledger(time: Moment) -> Judged {
    Judged { moment: time, word: "ledger time".to_owned() }
}

/// What the secretariat attests counts if it is entered within the stated days; else ledger time does.
pub(crate) fn attested(act: &mut Act<'_>, zone: &Zone, moment: Moment) -> Result<Judged, Stop> {
    let time = act.time();
    let (entered, happened) = (date(zone, time)?, date(zone, moment)?);
    let days = entered.days_since(happened);
    if i64::from(act.parameters()?.entry_days) < days {
        return Ok(ledger(time));
    }
    let who = act.signed_as(Capacity::Secretariat).map(|signatory| signatory.who.to_string());
    Ok(Judged { moment, word: format!("attested by {}", who.unwrap_or_default()) })
}

/// When something was done: the secretariat attests `at`; for anybody else ledger time counts.
pub(crate) fn done(act: &mut Act<'_>, zone: &Zone) -> Result<Judged, Stop> {
    if act.signed_as(Capacity::Secretariat).is_none() {
        return Ok(ledger(act.time()));
    }
    attested(act, zone, act.record().at)
}

/// Rule R38: the finding on how soon the secretariat entered it.
pub(crate) fn find_entry(act: &mut Act<'_>, zone: &Zone, received: Moment) -> Result<(), Stop> {
    let needed = act.parameters()?.entry_days;
    let days = date(zone, act.time())?.days_since(date(zone, received)?);
    let result = if days <= i64::from(needed) { Finding::Met } else { Finding::Broken };
    act.find(
        &rules::R38,
        result,
        [
            ("days", days.unsigned_abs().into()),
            ("days_allowed", needed.into()),
            ("received", received.to_string().into()),
        ],
    );
    Ok(())
}

/// The date of `moment` in `zone`.
pub(crate) fn date(zone: &Zone, moment: Moment) -> Result<Date, Stop> {
    zone.date(moment).ok_or_else(|| Refusal::Zone.into())
}
