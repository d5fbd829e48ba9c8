//! Offsets of a zone, taken from the time-zone database once, when a notice is made.
//!
//! The ledger never looks into that database: a notice carries its own table,
//! so that a verifier of any age computes the same dates.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use plenary_core::time::Moment;
use plenary_procedure::{
    text::{Text, Title},
    zone::{Change, Offset, Zone},
};

use crate::{problem::Problem, settings::spelled};

/// How long before the first and after the last moment the table reaches: half a year.
const MARGIN_MS: u64 = 183 * 24 * 60 * 60 * 1_000;

/// The table of `name` that covers the time from `first` to `last` and some around it.
pub fn table(name: &str, first: Moment, last: Moment) -> Result<Zone, Problem> {
    let zone = find(name)?;
    let (from, to) = (first.minus_ms(MARGIN_MS), last.plus_ms(MARGIN_MS));
    let wrong = || Problem::usage(format!("the zone {name} has offsets that no table holds"), "give another zone");
    let stamp = timestamp(from)?;
    let mut offsets = vec![change(from, zone.to_offset(stamp)).ok_or_else(wrong)?];
    for transition in zone.following(stamp) {
        let ms = u64::try_from(transition.timestamp().as_millisecond()).ok();
        let moment = ms.and_then(Moment::from_ms).ok_or_else(wrong)?;
        if to < moment {
            break;
        }
        let next = change(moment, transition.offset()).ok_or_else(wrong)?;
        // A transition may change the name alone.
        if offsets.last().is_none_or(|last| last.offset != next.offset) {
            offsets.push(next);
        }
    }
    let table = Zone { name: Text(spelled::<Title>("the zone", name)?), offsets };
    if table.is_sound() { Ok(table) } else { Err(wrong()) }
}

/// The moment of a local time such as `2017-10-17 09:30`.
///
/// Where clocks went back the earlier of the two is meant, where they went forward the later.
pub fn instant(name: &str, local: &str) -> Result<Moment, Problem> {
    let wrong = || Problem::usage(format!("{local:?} is no local time"), "write it like 2017-10-17 09:30");
    let time: DateTime = local.parse().map_err(|_| wrong())?;
    let zoned = time.to_zoned(find(name)?).map_err(|_| wrong())?;
    let ms = u64::try_from(zoned.timestamp().as_millisecond()).ok();
    ms.and_then(Moment::from_ms).ok_or_else(wrong)
}

/// The moment that a time with its offset names, such as `2017-10-17T09:30:00+02:00`.
pub fn moment(text: &str) -> Result<Moment, Problem> {
    let stamp: Option<Timestamp> = text.parse().ok();
    let ms = stamp.and_then(|stamp| u64::try_from(stamp.as_millisecond()).ok());
    ms.and_then(Moment::from_ms).ok_or_else(|| {
        Problem::usage(
            format!("{text:?} is no time"),
            "write it like 2017-10-17T07:30:00Z or 2017-10-17T09:30:00+02:00",
        )
    })
}

fn find(name: &str) -> Result<TimeZone, Problem> {
    TimeZone::get(name).map_err(|_| {
        Problem::usage(format!("{name:?} is no zone"), "give a name of the IANA database, such as Europe/Zurich")
    })
}

fn timestamp(moment: Moment) -> Result<Timestamp, Problem> {
    let ms = i64::try_from(moment.as_ms()).ok();
    ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).ok_or(Problem::Defect("a moment is out of range"))
}

/// Offsets are whole minutes in every zone that is in use.
fn change(from: Moment, offset: jiff::tz::Offset) -> Option<Change> {
    let minutes = offset.seconds().checked_div(60).filter(|_| offset.seconds().checked_rem(60) == Some(0))?;
    Some(Change { from: Text(from), offset: Text(Offset::from_minutes(minutes)?) })
}

#[cfg(test)]
mod tests {
    use plenary_core::time::Date;
    use plenary_procedure::zone::{Deadline, Words};

    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn resolved(zone: &str, words: Words, date: &str) -> String {
        let date = Date::parse(date).unwrap();
        let around = date.begins(0).unwrap();
        let table = table(zone, around, around).unwrap();
        Deadline::resolve(words, date, &table).unwrap().instant.to_string()
    }

    #[test]
    fn a_table_gives_the_instants_of_the_database() {
        assert_eq!(resolved("Europe/Zurich", Words::By, "2017-10-10"), "2017-10-10T21:59:59Z");
        assert_eq!(resolved("America/Sao_Paulo", Words::Before, "2019-01-04"), "2019-01-04T01:59:59Z");
        assert_eq!(resolved("Europe/Madrid", Words::By, "2019-03-31"), "2019-03-31T21:59:59Z");
        assert_eq!(resolved("Asia/Kathmandu", Words::By, "2019-03-31"), "2019-03-31T18:14:59Z");
        assert_eq!(resolved("UTC", Words::By, "2019-03-31"), "2019-03-31T23:59:59Z");
    }

    #[test]
    fn a_local_time_is_an_instant() {
        assert_eq!(instant("Europe/Zurich", "2017-10-17 09:30").unwrap(), moment("2017-10-17T07:30:00Z"));
        // This hour came twice.
        assert_eq!(instant("Europe/Zurich", "2017-10-29 02:30").unwrap(), moment("2017-10-29T00:30:00Z"));
        assert!(instant("Europe/Zurich", "17 October").is_err());
        assert!(instant("Europe/Atlantis", "2017-10-17 09:30").is_err());
    }

    #[test]
    fn a_table_begins_before_and_ends_after_what_it_covers() {
        let table = table("Europe/Zurich", moment("2017-06-07T00:00:00Z"), moment("2017-10-19T00:00:00Z")).unwrap();
        let changes: Vec<String> =
            table.offsets.iter().map(|change| format!("{} {}", change.from, change.offset)).collect();
        assert_eq!(
            changes,
            [
                "2016-12-06T00:00:00Z +01:00",
                "2017-03-26T01:00:00Z +02:00",
                "2017-10-29T01:00:00Z +01:00",
                "2018-03-25T01:00:00Z +02:00"
            ]
        );
    }
}
