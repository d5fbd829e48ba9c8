//! Civil dates in a group's or a meeting's zone, without any time-zone database.
//!
//! A notice carries the offsets that matter as a table, so that a verifier of
//! any age computes the same dates. Days are counted by subtracting dates:
//! Spain changed its clocks between 20 March and 1 April 2019, and twelve days
//! were still twelve days.

use std::fmt;

use plenary_core::time::{Date, Moment};
use serde::{Deserialize, Serialize};

use crate::text::{Spelled, Text, Title};

/// How far clocks are ahead of UTC, in minutes; written `+02:00` or `-03:00`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Offset(i32);

impl Offset {
    const MINUTES_MAX: i32 = 14 * 60;

    /// The offset of `minutes`, of which there are 14 hours at most.
    pub const fn from_minutes(minutes: i32) -> Option<Self> {
        if minutes < -Self::MINUTES_MAX || Self::MINUTES_MAX < minutes { None } else { Some(Self(minutes)) }
    }

    /// Minutes ahead of UTC.
    pub const fn minutes(self) -> i32 {
        self.0
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl Spelled for Offset {
    const FORM: &'static str = "an offset from UTC such as +02:00";

    fn read(text: &str) -> Option<Self> {
        let (hours, minutes) = text.get(1..)?.split_once(':')?;
        let total = hours.parse::<i32>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)?;
        let offset = Self::from_minutes(if text.starts_with('-') { total.checked_neg()? } else { total })?;
        (offset.to_string() == text).then_some(offset)
    }
}

/// From when on an offset holds.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The first moment of the offset; the first entry also holds before it.
    pub from: Text<Moment>,
    /// The offset, such as `+02:00`. Records hold no negative numbers, hence text.
    pub offset: Text<Offset>,
}

/// A zone and its offsets over the time that matters.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// The name in the IANA database, such as `Europe/Zurich`; for readers only.
    pub name: Text<Title>,
    /// The offsets, in the order of time.
    pub offsets: Vec<Change>,
}

impl Zone {
    /// The most changes of offset: eight years of summer and winter time.
    pub const CHANGES_MAX: usize = 16;

    /// Whether there is an offset for every moment.
    pub fn is_sound(&self) -> bool {
        let ordered = self.offsets.windows(2).all(|pair| match pair {
            [one, two] => one.from < two.from,
            _ => false,
        });
        ordered && (1..=Self::CHANGES_MAX).contains(&self.offsets.len())
    }

    fn offset(&self, moment: Moment) -> i32 {
        let current = self.offsets.iter().take_while(|change| change.from.0 <= moment).last();
        current.or_else(|| self.offsets.first()).map_or(0, |change| change.offset.0.minutes())
    }

    /// The civil date of `moment`.
    pub fn date(&self, moment: Moment) -> Option<Date> {
        Date::at(moment, self.offset(moment))
    }

    /// The first moment of `date`.
    ///
    /// It is midnight by one of the offsets or, where clocks go forward at midnight, that change.
    pub fn begins(&self, date: Date) -> Option<Moment> {
        let by_offset = self.offsets.iter().filter_map(|change| date.begins(change.offset.0.minutes()));
        let by_change = self.offsets.iter().map(|change| change.from.0);
        by_offset.chain(by_change).filter(|moment| self.date(*moment) == Some(date)).min()
    }

    /// The last whole second of `date`.
    pub fn ends(&self, date: Date) -> Option<Moment> {
        self.begins(date.plus_days(1)?).map(|next| next.minus_ms(1_000))
    }
}

/// How the words of a notice bound a day.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Words {
    /// "By" or "not later than": the day itself is still in time.
    By,
    /// "Before": the day itself is late.
    Before,
}

/// A deadline: a day in words, and the instant that follows from them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// The day that the notice names.
    pub date: Text<Date>,
    /// Whether that day is still in time.
    pub words: Words,
    /// The last second in time.
    pub instant: Text<Moment>,
}

impl Deadline {
    /// The deadline that `words` and `date` mean in `zone`.
    pub fn resolve(words: Words, date: Date, zone: &Zone) -> Option<Self> {
        let last = Self::last_day(words, date)?;
        Some(Self { date: Text(date), words, instant: Text(zone.ends(last)?) })
    }

    /// Whether the instant is the one that follows from the words in `zone`.
    pub fn is_resolved(&self, zone: &Zone) -> bool {
        Self::resolve(self.words, self.date.0, zone).as_ref() == Some(self)
    }

    /// The last day in time.
    pub fn last(&self) -> Option<Date> {
        Self::last_day(self.words, self.date.0)
    }

    /// Whether `moment` is in time: to the end of the last second.
    pub fn is_met(&self, moment: Moment) -> bool {
        moment < self.instant.0.plus_ms(1_000)
    }

    fn last_day(words: Words, date: Date) -> Option<Date> {
        match words {
            Words::By => Some(date),
            Words::Before => date.minus_days(1),
        }
    }
}

impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.words {
            Words::By => write!(f, "by {}", self.date),
            Words::Before => write!(f, "before {}", self.date),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(offsets: &[(&str, &str)]) -> Zone {
        let change = |(from, offset): &(&str, &str)| Change {
            from: Text(Moment::parse(from).unwrap()),
            offset: Text(Offset::read(offset).unwrap()),
        };
        Zone { name: Text(Title::parse("test").unwrap()), offsets: offsets.iter().map(change).collect() }
    }

    #[test]
    fn words_and_zone_decide_the_instant() {
        let geneva = [("2017-03-26T01:00:00Z", "+02:00"), ("2017-10-29T01:00:00Z", "+01:00")];
        check(&geneva, Words::By, "2017-10-10", "2017-10-10T21:59:59Z");
        // The same words read "anywhere on Earth" mean fourteen hours more.
        check(&[("2017-01-01T00:00:00Z", "-12:00")], Words::By, "2017-10-10", "2017-10-11T11:59:59Z");
        check(&geneva, Words::Before, "2019-01-04", "2019-01-03T22:59:59Z");
        check(&[("2018-11-04T03:00:00Z", "-02:00")], Words::Before, "2019-01-04", "2019-01-04T01:59:59Z");
        // The day of the change has 25 hours in Geneva and 23 in Madrid.
        check(&geneva, Words::By, "2017-10-29", "2017-10-29T22:59:59Z");
        let madrid = [("2018-10-28T01:00:00Z", "+01:00"), ("2019-03-31T01:00:00Z", "+02:00")];
        check(&madrid, Words::By, "2019-03-30", "2019-03-30T22:59:59Z");
        check(&madrid, Words::By, "2019-03-31", "2019-03-31T21:59:59Z");
        // In Rio clocks went forward at midnight: 4 November 2018 began at one o'clock.
        let rio = [("2018-02-18T02:00:00Z", "-03:00"), ("2018-11-04T03:00:00Z", "-02:00")];
        check(&rio, Words::By, "2018-11-03", "2018-11-04T02:59:59Z");
        fn check(offsets: &[(&str, &str)], words: Words, date: &str, instant: &str) {
            let deadline = Deadline::resolve(words, Date::parse(date).unwrap(), &zone(offsets)).unwrap();
            assert_eq!(deadline.instant.to_string(), instant, "{words:?} {date}");
            assert!(deadline.is_met(deadline.instant.0.plus_ms(999)));
            assert!(!deadline.is_met(deadline.instant.0.plus_ms(1_000)));
        }
    }

    #[test]
    fn an_offset_has_one_spelling() {
        //    text, is read
        check("+02:00", true);
        check("-03:00", true);
        check("+05:45", true);
        check("+00:00", true);
        check("-00:00", false);
        check("+2:00", false);
        check("02:00", false);
        check("+14:01", false);
        check("+", false);
        check("", false);
        fn check(text: &str, is_read: bool) {
            assert_eq!(Offset::read(text).is_some(), is_read, "{text}");
        }
    }

    #[test]
    fn a_table_is_ordered_and_not_empty() {
        assert!(!zone(&[]).is_sound());
        assert!(zone(&[("2017-03-26T01:00:00Z", "+02:00")]).is_sound());
        assert!(!zone(&[("2017-03-26T01:00:00Z", "+02:00"), ("2017-03-26T01:00:00Z", "+01:00")]).is_sound());
    }
}
