//! Time zones: that of stamps which name none, and that in which times are shown.

use std::str::FromStr;
use std::sync::{PoisonError, RwLock};

use chrono::{
    DateTime, FixedOffset, Local, LocalResult, NaiveDateTime, Offset as _, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;

/// The zone in which times are shown: one for the process, as there is one operator in front of it.
static SHOWN: RwLock<Zone> = RwLock::new(Zone::UTC);

/// A time zone.
#[derive(Copy, Clone, Debug)]
pub enum Zone {
    /// The zone of this host.
    Local,
    /// A fixed offset.
    Fixed(FixedOffset),
    /// A zone by its name, with its summer times.
    Named(Tz),
}

impl FromStr for Zone {
    type Err = String;

    /// `local`, `UTC`, `+02:00`, or a name of the time zone database.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("local") {
            return Ok(Self::Local);
        }
        if let Ok(zone) = Tz::from_str(text) {
            return Ok(Self::Named(zone));
        }
        let is_signed = text.starts_with(['+', '-']);
        let hours = || format!("{text}:00").parse();
        let offset = text.parse().or_else(|_| hours()).ok().filter(|_| is_signed);
        offset.map(Self::Fixed).ok_or_else(|| {
            format!("`{text}` is no time zone: use local, UTC, +02:00, or a name such as Europe/Berlin")
        })
    }
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self::Named(Tz::UTC);

    /// How far the zone is ahead of UTC at a moment.
    #[must_use]
    pub fn offset(self, at: DateTime<Utc>) -> FixedOffset {
        let at = at.naive_utc();
        match self {
            Self::Local => Local.offset_from_utc_datetime(&at),
            Self::Fixed(offset) => offset,
            Self::Named(zone) => zone.offset_from_utc_datetime(&at).fix(),
        }
    }

    /// The moments that have a local time: two in the hour that the zone repeats. In the hour that it skips
    /// the offset before it holds.
    #[must_use]
    pub fn moments(self, at: NaiveDateTime) -> LocalResult<i64> {
        match self {
            Self::Local => moments(&Local, at),
            Self::Fixed(offset) => moments(&offset, at),
            Self::Named(zone) => moments(&zone, at),
        }
    }
}

/// The zone in which times are shown.
#[must_use]
pub fn shown_in() -> Zone {
    *SHOWN.read().unwrap_or_else(PoisonError::into_inner)
}

/// Shows times in a zone from now on; UTC where nobody says so.
pub fn show_in(zone: Zone) {
    *SHOWN.write().unwrap_or_else(PoisonError::into_inner) = zone;
}

/// In Unix seconds.
fn moments(zone: &impl TimeZone, at: NaiveDateTime) -> LocalResult<i64> {
    match zone.from_local_datetime(&at).map(|at| at.timestamp()) {
        LocalResult::None => {
            let before = zone.from_local_datetime(&(at - TimeDelta::hours(1))).earliest();
            before.map_or(LocalResult::None, |before| LocalResult::Single(before.timestamp() + 3_600))
        }
        found => found,
    }
}
