//! A point in time as the logs give it.

use chrono::{DateTime, FixedOffset, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::zone::{Zone, shown_in};

/// Moments outside of these are shown in UTC: their years have more than four digits.
const YEARS: std::ops::Range<i64> = -62_000_000_000_000..253_000_000_000_000;

/// Milliseconds since the Unix epoch, UTC. Log time, never the wall clock of a stage.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds since the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// From a time as it is shown: the first of two in the hour that the zone repeats.
    #[must_use]
    pub fn from_shown(at: NaiveDateTime) -> Option<Self> {
        Self::from_zone(at, shown_in())
    }

    /// From a time of a zone: the first of two in the hour that the zone repeats.
    #[must_use]
    pub fn from_zone(at: NaiveDateTime, zone: Zone) -> Option<Self> {
        zone.moments(at).earliest().map(Self::from_seconds)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved by `millis` (negative: earlier), saturating.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment; negative when it lies after.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC, for programs; milliseconds are printed only where there are some.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.utc().to_rfc3339_opts(self.form(), true)
    }

    /// RFC 3339 as it is shown, with the zone's offset; `Z` in UTC.
    #[must_use]
    pub fn stamp(self) -> String {
        self.shown(shown_in()).to_rfc3339_opts(self.form(), true)
    }

    /// `HH:MM:SS` as it is shown.
    #[must_use]
    pub fn clock(self) -> String {
        self.shown(shown_in()).format("%H:%M:%S").to_string()
    }

    /// `YYYY-MM-DD HH:MM:SS` as it is shown.
    #[must_use]
    pub fn date_clock(self) -> String {
        self.shown(shown_in()).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The zone in which it is shown: `UTC`, `UTC+02:00`.
    #[must_use]
    pub fn zone(self) -> String {
        self.zone_in(shown_in())
    }

    /// `HH:MM:SS UTC+02:00`.
    #[must_use]
    pub fn clock_zone(self) -> String {
        format!("{} {}", self.clock(), self.zone())
    }

    /// `YYYY-MM-DD HH:MM:SS UTC+02:00`.
    #[must_use]
    pub fn date_zone(self) -> String {
        format!("{} {}", self.date_clock(), self.zone())
    }

    /// Date and time in a zone.
    #[must_use]
    pub fn local_in(self, zone: Zone) -> NaiveDateTime {
        self.shown(zone).naive_local()
    }

    /// Date and time as they are shown.
    #[must_use]
    pub fn local(self) -> NaiveDateTime {
        self.local_in(shown_in())
    }

    /// `YYYYMMDDTHHMMZ`: for names.
    #[must_use]
    pub fn compact(self) -> String {
        self.utc().format("%Y%m%dT%H%MZ").to_string()
    }

    fn form(self) -> SecondsFormat {
        if self.0.rem_euclid(1000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis }
    }

    fn zone_in(self, zone: Zone) -> String {
        match self.shown(zone).offset().local_minus_utc() {
            0 => "UTC".to_owned(),
            _ => self.shown(zone).format("UTC%:z").to_string(),
        }
    }

    fn shown(self, zone: Zone) -> DateTime<FixedOffset> {
        let utc = self.utc();
        let zone = if YEARS.contains(&self.0) { zone } else { Zone::UTC };
        utc.with_timezone(&zone.offset(utc))
    }

    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.rfc3339())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = DateTime::parse_from_rfc3339(&text).map_err(de::Error::custom)?;
        Ok(Self(at.timestamp_millis()))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{Moment, Zone};

    #[test]
    fn prints_milliseconds_only_where_there_are_some() {
        assert_eq!(Moment::from_seconds(0).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Moment::from_millis(1_500).rfc3339(), "1970-01-01T00:00:01.500Z");
        assert_eq!(Moment::from_millis(1_500).stamp(), "1970-01-01T00:00:01.500Z");
    }

    #[test]
    fn an_impossible_moment_prints_and_does_not_panic() {
        assert_eq!(Moment::from_millis(i64::MAX).clock(), "00:00:00");
        for zone in ["+14:00", "-12:00", "Europe/Berlin"] {
            let zone: Zone = zone.parse().unwrap();
            for millis in [i64::MIN, i64::MAX, 8_210_266_876_799_999, -8_334_601_228_800_000] {
                assert_eq!(Moment::from_millis(millis).zone_in(zone), "UTC");
            }
        }
    }

    #[test]
    fn a_zone_has_its_offset_at_each_moment_and_reads_back_what_it_shows() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        // 2026-07-01 12:00:00 UTC and 2026-11-20 14:32:07 UTC.
        let (summer, winter) = (Moment::from_seconds(1_782_907_200), Moment::from_seconds(1_795_185_127));
        assert_eq!(
            (summer.zone_in(berlin), winter.zone_in(berlin)),
            ("UTC+02:00".into(), "UTC+01:00".into())
        );
        assert_eq!(winter.zone_in("+05:30".parse().unwrap()), "UTC+05:30");
        assert_eq!(winter.zone_in("UTC".parse().unwrap()), "UTC");
        for at in [summer, winter] {
            assert_eq!(Moment::from_zone(at.shown(berlin).naive_local(), berlin), Some(at));
        }
        // The hour that is skipped, and the one that is repeated.
        let read = |text: &str| {
            let at = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
            Moment::from_zone(at, berlin).unwrap().rfc3339()
        };
        assert_eq!(read("2026-03-29 02:30"), "2026-03-29T01:30:00Z");
        assert_eq!(read("2026-10-25 02:30"), "2026-10-25T00:30:00Z");
    }
}
