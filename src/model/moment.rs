//! A point in time as the logs give it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

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

    /// RFC 3339 in UTC; milliseconds are printed only where there are some.
    #[must_use]
    pub fn rfc3339(self) -> String {
        let form = if self.0.rem_euclid(1000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        self.utc().to_rfc3339_opts(form, true)
    }

    /// `HH:MM:SS` in UTC.
    #[must_use]
    pub fn clock(self) -> String {
        self.utc().format("%H:%M:%S").to_string()
    }

    /// `YYYY-MM-DD HH:MM:SS` in UTC.
    #[must_use]
    pub fn date_clock(self) -> String {
        self.utc().format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `YYYYMMDDTHHMMZ`: for names.
    #[must_use]
    pub fn compact(self) -> String {
        self.utc().format("%Y%m%dT%H%MZ").to_string()
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

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn prints_milliseconds_only_where_there_are_some() {
        assert_eq!(Moment::from_seconds(0).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Moment::from_millis(1_500).rfc3339(), "1970-01-01T00:00:01.500Z");
    }

    #[test]
    fn an_impossible_moment_prints_and_does_not_panic() {
        assert_eq!(Moment::from_millis(i64::MAX).clock(), "00:00:00");
    }
}
