//! When a rule holds: days and hours of a zone, and a first and a last moment.
//!
//! Zones are those of the IANA's database, as the crate `jiff` carries it; nothing is read from the system.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::Day;
use super::doc::DuringDoc;
use crate::base::Moment;

/// Compiled.
#[derive(Debug)]
pub(super) struct Times {
    days: Vec<Day>,
    /// Minutes of the day: from the first, to before the second.
    hours: Option<(u16, u16)>,
    zone: TimeZone,
    after: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Times {
    pub(super) fn new(doc: &DuringDoc) -> Result<Self, String> {
        let hours = match (&doc.from, &doc.to) {
            (Some(from), Some(to)) => Some((minute(from)?, minute(to)?)),
            (None, None) => None,
            _ => return Err("`from` and `to` belong together".to_owned()),
        };
        if hours.is_some_and(|(from, to)| from == to) {
            return Err("from a time to the same time is no time at all".to_owned());
        }
        let zone = match &doc.zone {
            Some(name) => zone(name)?,
            // SECURITY: nine o'clock is a different hour everywhere.
            None if hours.is_some() || !doc.days.is_empty() => {
                return Err(
                    "days and hours need a `zone`, like `Europe/Berlin`, `UTC` or `+01:00`".to_owned()
                );
            }
            None => TimeZone::UTC,
        };
        let (after, until) = (moment(doc.after.as_deref())?, moment(doc.until.as_deref())?);
        if matches!((after, until), (Some(after), Some(until)) if after >= until) {
            return Err("`until` is not later than `after`".to_owned());
        }
        if hours.is_none() && doc.days.is_empty() && after.is_none() && until.is_none() {
            return Err("`during` names no time".to_owned());
        }
        Ok(Self { days: doc.days.clone(), hours, zone, after, until })
    }

    /// Whether they hold at this moment.
    pub(super) fn hold(&self, now: Moment) -> bool {
        let Some(now) = i64::try_from(now.unix_ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok())
        else {
            return false;
        };
        if self.after.is_some_and(|after| now < after) || self.until.is_some_and(|until| now >= until) {
            return false;
        }
        if self.hours.is_none() && self.days.is_empty() {
            return true;
        }
        let there = now.to_zoned(self.zone.clone());
        let minute = u16::try_from(there.hour()).unwrap_or_default().saturating_mul(60);
        let minute = minute.saturating_add(u16::try_from(there.minute()).unwrap_or_default());
        let mut day = there.weekday();
        let inside = match self.hours {
            None => true,
            Some((from, to)) if from < to => (from..to).contains(&minute),
            // Over midnight: the small hours belong to the day before.
            Some((_, to)) if minute < to => {
                day = day.previous();
                true
            }
            Some((from, _)) => minute >= from,
        };
        inside && (self.days.is_empty() || self.days.contains(&named(day)))
    }
}

fn named(day: Weekday) -> Day {
    match day {
        Weekday::Monday => Day::Mon,
        Weekday::Tuesday => Day::Tue,
        Weekday::Wednesday => Day::Wed,
        Weekday::Thursday => Day::Thu,
        Weekday::Friday => Day::Fri,
        Weekday::Saturday => Day::Sat,
        Weekday::Sunday => Day::Sun,
    }
}

fn minute(text: &str) -> Result<u16, String> {
    let read = || {
        let (hour, minute) = text.split_once(':')?;
        if hour.len() != 2 || minute.len() != 2 || !text.bytes().all(|b| b.is_ascii_digit() || b == b':') {
            return None;
        }
        let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
        let fits = minute < 60 && (hour < 24 || (hour, minute) == (24, 0));
        fits.then(|| hour.saturating_mul(60).saturating_add(minute))
    };
    read().ok_or_else(|| format!("a time of day is like `\"09:30\"`, not `{}`", super::shown(text)))
}

fn zone(name: &str) -> Result<TimeZone, String> {
    if let Some((sign, rest)) =
        [(1, '+'), (-1, '-')].iter().find_map(|(sign, c)| Some((*sign, name.strip_prefix(*c)?)))
    {
        let seconds = i32::from(minute(rest)?).saturating_mul(60).saturating_mul(sign);
        let offset = Offset::from_seconds(seconds).map_err(|_| "this is no offset".to_owned())?;
        return Ok(TimeZone::fixed(offset));
    }
    TimeZoneDatabase::bundled().get(name).map_err(|_| {
        format!("no zone is called `{}`; like `Europe/Berlin`, `UTC` or `+01:00`", super::shown(name))
    })
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, String> {
    text.map(str::parse).transpose().map_err(|_| {
        format!(
            "a moment is like `2027-01-31T12:00:00Z` (RFC 3339), not `{}`",
            super::shown(text.unwrap_or_default())
        )
    })
}

/// A moment from its text.
#[cfg(feature = "yaml")]
pub(super) fn stamp(text: &str) -> Option<Moment> {
    let stamp: Timestamp = text.parse().ok()?;
    u64::try_from(stamp.as_millisecond()).ok().map(|ms| Moment::new(ms, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        let stamp: Timestamp = text.parse().unwrap();
        Moment::new(u64::try_from(stamp.as_millisecond()).unwrap(), 0)
    }

    fn times(days: &[Day], hours: Option<(&str, &str)>, zone: &str) -> Times {
        let hours = hours.map(|(from, to)| (from.to_owned(), to.to_owned()));
        let (from, to) = hours.unzip();
        let doc =
            DuringDoc { days: days.to_vec(), from, to, zone: Some(zone.to_owned()), ..DuringDoc::default() };
        Times::new(&doc).unwrap()
    }

    #[test]
    fn hours_are_those_of_the_zone_in_summer_and_in_winter() {
        let office = times(&[Day::Mon, Day::Fri], Some(("09:00", "17:00")), "Europe/Berlin");
        // Mondays: 2026-07-06 is in summer time (UTC+2), 2026-01-05 is not (UTC+1).
        for (moment, holds) in [
            ("2026-07-06T06:59:59Z", false),
            ("2026-07-06T07:00:00Z", true),
            ("2026-07-06T14:59:59Z", true),
            ("2026-07-06T15:00:00Z", false),
            ("2026-01-05T07:30:00Z", false),
            ("2026-01-05T08:00:00Z", true),
            ("2026-01-06T10:00:00Z", false),
        ] {
            assert_eq!(office.hold(at(moment)), holds, "{moment}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let night = times(&[Day::Fri], Some(("22:00", "06:00")), "+00:00");
        // 2026-07-10 is a Friday.
        for (moment, holds) in [
            ("2026-07-10T05:00:00Z", false),
            ("2026-07-10T22:00:00Z", true),
            ("2026-07-11T05:59:00Z", true),
            ("2026-07-11T06:00:00Z", false),
            ("2026-07-11T23:00:00Z", false),
        ] {
            assert_eq!(night.hold(at(moment)), holds, "{moment}");
        }
    }

    #[test]
    fn what_is_no_time_is_told() {
        let doc = |make: &dyn Fn(&mut DuringDoc)| {
            let mut doc = DuringDoc::default();
            make(&mut doc);
            Times::new(&doc).unwrap_err()
        };
        assert!(doc(&|_| {}).contains("names no time"));
        assert!(doc(&|d| d.from = Some("09:00".to_owned())).contains("belong together"));
        assert!(doc(&|d| d.days = vec![Day::Mon]).contains("need a `zone`"));
        assert!(doc(&|d| d.zone = Some("Europe/Berln".to_owned())).contains("no zone is called"));
        assert!(doc(&|d| d.until = Some("tomorrow".to_owned())).contains("RFC 3339"));
        let hours = |d: &mut DuringDoc, from: &str, to: &str| {
            (d.from, d.to, d.zone) = (Some(from.to_owned()), Some(to.to_owned()), Some("UTC".to_owned()));
        };
        assert!(doc(&|d| hours(d, "9:00", "10:00")).contains("time of day"));
        assert!(doc(&|d| hours(d, "09:00", "09:00")).contains("no time at all"));
        assert!(
            doc(&|d| {
                d.after = Some("2027-01-01T00:00:00Z".to_owned());
                d.until = Some("2026-01-01T00:00:00Z".to_owned());
            })
            .contains("not later")
        );
    }
}
