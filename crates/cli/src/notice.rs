//! A meeting's notice as a person writes it: dates and a zone, in TOML.

use std::path::{Path, PathBuf};

use plenary_core::time::{Date, Moment};
use plenary_procedure::{
    document::Document,
    meeting::{Departure, MeetingAnnounce, MeetingKind, Participation, Start},
    rule::Rule,
    rules,
    ruleset::Parameters,
    text::Text,
    waiver::WaiverReason,
    zone::{Deadline, Words, Zone},
};
use serde::Deserialize;

use crate::{bundle::read_file, problem::Problem, screen::table, settings::spelled, timezone};

/// The largest notice, in bytes.
const BYTES_MAX: u64 = 65_536;

/// An example of the file, which is the notice of the first meeting in 2017.
pub const EXAMPLE: &str = r#"# The notice of a meeting. Dates are those of the meeting's place.
meeting = "1"
kind = "face-to-face"            # electronic, working-group, preparatory
title = "First meeting"
place = "Geneva"
zone = "Europe/Zurich"
starts = "2017-10-17 09:30"
ends = "2017-10-19"
participation = "both"           # on-site, remote
contributions = "by 2017-10-10"  # or before 2017-10-11
registration = "by 2017-10-10"
# notice = "circular-33.pdf"     # the notice as it was sent; a path beside this file

# A rule that the notice departs from; the chair then signs as well.
[[departures]]
rule = "R31"                     # contributions twelve days before (ToR 2.10)
reason = "notice"                # importance, outage, meeting-decision, calendar
"#;

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    meeting: String,
    kind: MeetingKind,
    title: String,
    place: Option<String>,
    zone: String,
    starts: String,
    ends: String,
    participation: Participation,
    contributions: String,
    registration: Option<String>,
    notice: Option<PathBuf>,
    #[serde(default)]
    departures: Vec<FileDeparture>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileDeparture {
    rule: String,
    reason: WaiverReason,
}

/// Reads a notice, and resolves its dates in its zone.
///
/// `document` makes a document of the notice as it was sent.
pub fn read(
    path: &Path,
    now: Moment,
    document: impl FnOnce(&Path) -> Result<Document, Problem>,
) -> Result<MeetingAnnounce, Problem> {
    let bytes = read_file(path, BYTES_MAX)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(path, "it is not UTF-8 text"))?;
    let file: File = toml::from_str(&text).map_err(|error| wrong(path, &error.to_string()))?;
    let sent = match &file.notice {
        // Paths are relative to the file that names them.
        Some(sent) => Some(document(&path.with_file_name("").join(sent))?),
        None => None,
    };
    resolve(file, now, sent)
}

fn wrong(path: &Path, why: &str) -> Problem {
    Problem::usage(
        format!("{} is no notice of a meeting: {}", path.display(), why.trim_end()),
        "plenary meeting announce --example prints one",
    )
}

fn resolve(file: File, now: Moment, sent: Option<Document>) -> Result<MeetingAnnounce, Problem> {
    let starts = timezone::instant(&file.zone, &file.starts)?;
    let ends: Date = spelled("ends", &file.ends)?;
    let last = ends.begins(0).ok_or_else(out_of_range)?;
    let first = deadline_of(&file.contributions)?.1.begins(0).ok_or_else(out_of_range)?;
    let zone = timezone::table(&file.zone, now.min(first).min(starts), last.max(starts))?;
    let registration = file.registration.as_deref().map(|text| deadline(text, &zone)).transpose()?;
    let departure = |departure: FileDeparture| Departure { rule: departure.rule, reason: departure.reason };
    Ok(MeetingAnnounce {
        meeting: Text(spelled("meeting", &file.meeting)?),
        kind: file.kind,
        title: Text(spelled("title", &file.title)?),
        place: file.place.map(|place| spelled("place", &place).map(Text)).transpose()?,
        starts: Start { date: Text(zone.date(starts).ok_or_else(out_of_range)?), instant: Text(starts) },
        ends: Text(ends),
        participation: file.participation,
        contributions: deadline(&file.contributions, &zone)?,
        zone,
        registration,
        departures: file.departures.into_iter().map(departure).collect(),
        takes_up: Vec::new(),
        notice: sent,
    })
}

/// The problem of a date that no zone's table holds.
pub fn out_of_range() -> Problem {
    Problem::usage("a date lies too far in the past or the future", "correct the dates")
}

/// Reads `by 2017-10-10` or `before 2017-10-11`.
fn deadline_of(text: &str) -> Result<(Words, Date), Problem> {
    let (words, date) = match text.split_once(' ') {
        Some(("by", date)) => (Words::By, date),
        Some(("before", date)) => (Words::Before, date),
        Some(_) | None => {
            return Err(Problem::usage(
                format!("{text:?} is no deadline"),
                "write it like by 2017-10-10 or before 2017-10-11",
            ));
        }
    };
    Ok((words, spelled("a deadline's date", date)?))
}

/// A deadline in a zone of which only the name is given.
pub fn resolved(text: &str, zone: &str) -> Result<Deadline, Problem> {
    let day = deadline_of(text)?.1.begins(0).ok_or_else(out_of_range)?;
    deadline(text, &timezone::table(zone, day, day)?)
}

fn deadline(text: &str, zone: &Zone) -> Result<Deadline, Problem> {
    let (words, date) = deadline_of(text)?;
    Deadline::resolve(words, date, zone).ok_or_else(out_of_range)
}

/// The calendar of a notice: each date with the rule that asks for it, and how it compares.
pub fn calendar(notice: &MeetingAnnounce, now: Moment, parameters: &Parameters) -> String {
    let start = notice.starts.date.0;
    let days = |date: Date| start.days_since(date);
    let mut rows =
        vec![["", "what", "date", "last second", "days before", "needed", "rule"].map(str::to_owned).to_vec()];
    let mut row = |what: &str, date: Option<Date>, instant: Option<Moment>, (needed, rule): (u32, &Rule)| {
        let Some(date) = date else { return };
        let departs = notice.departures.iter().any(|departure| departure.rule == rule.id);
        let word = match (i64::from(needed) <= days(date), departs) {
            (true, _) => "met",
            (false, true) => "departs",
            (false, false) => "BROKEN",
        };
        rows.push(vec![
            word.to_owned(),
            what.to_owned(),
            date.to_string(),
            instant.map_or_else(|| "-".to_owned(), |instant| instant.to_string()),
            days(date).to_string(),
            needed.to_string(),
            format!("{} {}", rule.id, rule.cite()),
        ]);
    };
    row("announced", notice.zone.date(now), None, (parameters.notice_days, &rules::R30));
    let contributions = &notice.contributions;
    let (last, instant) = (contributions.last(), Some(contributions.instant.0));
    row("contributions due", last, instant, (parameters.contribution_days, &rules::R31));
    if let Some(registration) = &notice.registration {
        let (last, instant) = (registration.last(), Some(registration.instant.0));
        row("registration due", last, instant, (parameters.registration_days, &rules::R23));
    }
    let place = notice.place.as_ref().map_or_else(|| "electronic".to_owned(), |place| place.to_string());
    let due = start.minus_days(parameters.contribution_days).map_or_else(String::new, |date| {
        format!("contributions {} days before would be due by {date}\n", parameters.contribution_days)
    });
    format!(
        "meeting {}   {place}, {start} to {} ({})\n{}{due}",
        notice.meeting,
        notice.ends,
        notice.zone.name,
        table(&rows)
    )
}

/// Whether a date of the notice breaks a rule that the notice does not depart from.
pub fn is_short(notice: &MeetingAnnounce, now: Moment, parameters: &Parameters) -> bool {
    let start = notice.starts.date.0;
    let departs = |rule: &Rule| notice.departures.iter().any(|departure| departure.rule == rule.id);
    let is_late = |date: Option<Date>, needed: u32| date.is_some_and(|date| start.days_since(date) < i64::from(needed));
    let is_notice_short = is_late(notice.zone.date(now), parameters.notice_days) && !departs(&rules::R30);
    let is_due_late = is_late(notice.contributions.last(), parameters.contribution_days) && !departs(&rules::R31);
    is_notice_short || is_due_late
}

#[cfg(test)]
mod tests {
    use plenary_core::json::Object;
    use plenary_procedure::{
        ruleset::{Appointer, ChairSigning},
        text::Title,
    };

    use super::*;

    fn parameters() -> Parameters {
        Parameters {
            contribution_days: 12,
            notice_days: 28,
            registration_days: 7,
            entry_days: 3,
            lifetime_months: 18,
            call_days: 28,
            recall_days: 21,
            transmission_days: 28,
            smallest_cell: 3,
            document_holders: 2,
            report_days: 7,
            vice_chairs: Appointer::FirstMeeting,
            language: Text(Title::parse("en").unwrap()),
            more_time_days: None,
            challenge_days: None,
            first_meeting_by: Vec::new(),
            chairs: ChairSigning::Any,
        }
    }

    fn notice(text: &str) -> Result<MeetingAnnounce, Problem> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notice.toml");
        std::fs::write(&path, text).unwrap();
        read(&path, announced(), |_| Err(Problem::Defect("no document is named")))
    }

    fn announced() -> Moment {
        Moment::parse("2017-06-07T09:30:00Z").unwrap()
    }

    #[test]
    fn the_example_is_the_first_meeting() {
        let notice = notice(EXAMPLE).unwrap();
        assert_eq!(notice.starts.instant.to_string(), "2017-10-17T07:30:00Z");
        assert_eq!(notice.contributions.instant.to_string(), "2017-10-10T21:59:59Z");
        assert!(notice.zone.is_sound() && notice.contributions.is_resolved(&notice.zone));
        assert!(!is_short(&notice, announced(), &parameters()));
        assert_eq!(
            calendar(&notice, announced(), &parameters()),
            "meeting 1   Geneva, 2017-10-17 to 2017-10-19 (Europe/Zurich)\n           \
             what               date        last second           days before  needed  rule\n  \
             met      announced          2017-06-07  -                     132          28      R30 ToR 2.9 (2017)\n  \
             departs  contributions due  2017-10-10  2017-10-10T21:59:59Z  7            12      R31 ToR 2.10 (2017)\n  \
             met      registration due   2017-10-10  2017-10-10T21:59:59Z  7            7       R23 circular 10 (2017)\n\
             contributions 12 days before would be due by 2017-10-05\n"
        );
    }

    #[test]
    fn a_short_deadline_without_a_departure_is_seen() {
        let text = EXAMPLE.split("[[departures]]").next().unwrap();
        let notice = notice(text).unwrap();
        assert!(is_short(&notice, announced(), &parameters()));
        assert!(calendar(&notice, announced(), &parameters()).contains("BROKEN  contributions due"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let told = |from: &str, to: &str| notice(&EXAMPLE.replacen(from, to, 1)).unwrap_err().told();
        assert!(told("by 2017-10-10", "10 October").contains("write it like by 2017-10-10"));
        assert!(told("Europe/Zurich", "Geneva").contains("IANA"));
        assert!(told("participation", "partcipation").contains("partcipation"));
        assert!(told("2017-10-19", "2017-13-19").contains("a date such as"));
    }

    #[test]
    fn a_notice_is_a_body_of_its_type() {
        let body = serde_json::to_value(notice(EXAMPLE).unwrap()).unwrap();
        let body: Object = body.as_object().unwrap().clone();
        assert!(plenary_core::json::write_line(&body).is_ok());
        assert_eq!(body.get("departures").unwrap().to_string(), "[{\"reason\":\"notice\",\"rule\":\"R31\"}]");
    }
}
