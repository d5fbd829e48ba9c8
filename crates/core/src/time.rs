//! Moments in UTC and civil dates; nothing here reads a clock or a time-zone table.

use std::fmt;

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 in UTC, with three digits of a second's fraction only
/// where it is not zero, so that a moment has one spelling.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Moment(u64);

impl Moment {
    /// The last moment that can be written: 9999-12-31T23:59:59.999Z is beyond
    /// what any record needs, and keeps arithmetic on `u64` far from its end.
    pub const LAST: Self = Self(253_402_207_200_000);

    /// The moment `ms` milliseconds after the epoch, if it can be written.
    pub const fn from_ms(ms: u64) -> Option<Self> {
        if ms <= Self::LAST.0 { Some(Self(ms)) } else { None }
    }

    /// Milliseconds since the epoch.
    pub const fn as_ms(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn as_seconds(self) -> u64 {
        self.0 / 1_000
    }

    /// This moment and `ms` milliseconds, or the last moment there is.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms).min(Self::LAST.0))
    }

    /// This moment less `ms` milliseconds, or the epoch.
    pub fn minus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// Milliseconds from `earlier` to this moment, zero if there are none.
    pub fn ms_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads the one spelling that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.is_ascii() || text.len() > 24 {
            return None;
        }
        let stamp: Timestamp = text.parse().ok()?;
        let moment = Self::from_ms(u64::try_from(stamp.as_millisecond()).ok()?)?;
        (moment.to_string() == text).then_some(moment)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stamp = i64::try_from(self.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        match stamp {
            Some(stamp) if self.0.checked_rem(1_000) == Some(0) => write!(f, "{stamp:.0}"),
            Some(stamp) => write!(f, "{stamp:.3}"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

/// A civil date, written `2017-10-17`.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Date(civil::Date);

impl Date {
    /// Reads the one spelling that `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 10 {
            return None;
        }
        let date = Self(text.parse().ok()?);
        (date.0.year() >= 1970 && date.to_string() == text).then_some(date)
    }

    /// Calendar days from `earlier` to this date; negative if it is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        earlier.0.until((jiff::Unit::Day, self.0)).map_or(0, |span| i64::from(span.get_days()))
    }

    /// The date `days` calendar days earlier, if there is one.
    pub fn minus_days(self, days: u32) -> Option<Self> {
        self.0.checked_sub(jiff::Span::new().try_days(i64::from(days)).ok()?).ok().map(Self)
    }

    /// The date `days` calendar days later, if there is one.
    pub fn plus_days(self, days: u32) -> Option<Self> {
        self.0.checked_add(jiff::Span::new().try_days(i64::from(days)).ok()?).ok().map(Self)
    }

    /// The same day of the month `months` later, or that month's last day.
    pub fn plus_months(self, months: u32) -> Option<Self> {
        self.0.checked_add(jiff::Span::new().try_months(i64::from(months)).ok()?).ok().map(Self)
    }

    /// The moment at which this date begins where clocks are `minutes` ahead of UTC.
    pub fn begins(self, minutes: i32) -> Option<Moment> {
        let utc = self.0.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond();
        let shift = i64::from(minutes).checked_mul(60_000)?;
        Moment::from_ms(u64::try_from(utc.checked_sub(shift)?).ok()?)
    }

    /// The date on which `moment` falls where clocks are `minutes` ahead of UTC.
    pub fn at(moment: Moment, minutes: i32) -> Option<Self> {
        let shift = i64::from(minutes).checked_mul(60_000)?;
        let local = i64::try_from(moment.as_ms()).ok()?.checked_add(shift)?;
        let stamp = Timestamp::from_millisecond(local).ok()?;
        Some(Self(jiff::tz::TimeZone::UTC.to_datetime(stamp).date()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_one_spelling() {
        //    text, is read
        check("2017-06-07T09:30:00Z", true);
        check("2017-06-07T09:30:00.001Z", true);
        check("1970-01-01T00:00:00Z", true);
        check("2017-06-07T09:30:00.000Z", false);
        check("2017-06-07T09:30:00.0010Z", false);
        check("2017-06-07T09:30:00+00:00", false);
        check("2017-06-07 09:30:00Z", false);
        check("2017-06-07t09:30:00z", false);
        check("2017-02-29T09:30:00Z", false);
        check("1969-12-31T23:59:59Z", false);
        fn check(text: &str, is_read: bool) {
            assert_eq!(
                Moment::parse(text).map(|moment| moment.to_string()),
                is_read.then(|| text.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn the_last_moment_can_be_written() {
        let text = Moment::LAST.to_string();
        assert_eq!(Moment::parse(&text), Some(Moment::LAST));
        assert_eq!(Moment::from_ms(Moment::LAST.as_ms() + 1), None);
    }

    #[test]
    fn days_are_dates_not_hours() {
        let date = |text| Date::parse(text).unwrap();
        //    Madrid 2019: summer time began on 31 March, between the two.
        assert_eq!(date("2019-04-01").days_since(date("2019-03-20")), 12);
        assert_eq!(date("2017-10-17").minus_days(12), Some(date("2017-10-05")));
        assert_eq!(date("2017-10-17").plus_months(18), Some(date("2019-04-17")));
        assert_eq!(date("2017-08-31").plus_months(6), Some(date("2018-02-28")));
        assert_eq!(date("2017-10-05").days_since(date("2017-10-17")), -12);
        assert_eq!(date("2017-10-11").begins(120), Moment::parse("2017-10-10T22:00:00Z"));
        let last = Moment::parse("2017-10-10T21:59:59Z").unwrap();
        assert_eq!(Date::at(last, 120), Some(date("2017-10-10")));
        assert_eq!(Date::at(last.plus_ms(1_000), 120), Some(date("2017-10-11")));
    }
}
