//! What time it is on a log that was quiet when it was opened.
//!
//! The log's own time is that of its newest line. How long ago that was, the file tells: it was last
//! written then.

use crate::aggregate::Rings;
use crate::model::Moment;

/// A file is written so soon after the stamp of its last line, in milliseconds: loggers wait a little.
const SOON: i64 = 60_000;
/// The clock of a file system may be so far behind, in milliseconds.
const BEFORE: i64 = 5_000;
/// Zones differ by multiples of this, in milliseconds.
const QUARTER: i64 = 900_000;
/// No two places are further apart, in quarters of an hour, than the date line makes them.
const ZONES: i64 = 26 * 4;

/// The log's now, where its last line has the stamp `line` and was written at `written` while the wall's
/// clock, `wall`, went on. The stamp's zone may be misread: its time rules, and only what went by since is added.
///
/// `None` where the file does not tell: what was copied, replayed or unpacked was not written when its
/// stamps say. Nor is a log carried on that is older than anything counted: nobody writes it any more.
#[must_use]
pub(super) fn carried(line: Moment, written: Moment, wall: Moment) -> Option<Moment> {
    let quiet = wall.since(written);
    let after = written.since(line).saturating_add(BEFORE);
    let (zones, rest) = (after.div_euclid(QUARTER), after.rem_euclid(QUARTER));
    let is_told = rest <= BEFORE + SOON && zones.abs() <= ZONES;
    (is_told && (0..=Rings::reach()).contains(&quiet)).then(|| line.plus_millis(quiet))
}

#[cfg(test)]
mod tests {
    use super::carried;
    use crate::model::Moment;

    const NOON: i64 = 1_900_022_400;

    /// Seconds after noon that it is, where the last line was stamped, was written, and the wall says so.
    fn now(line: i64, written: i64, wall: i64) -> Option<i64> {
        let at = |second: i64| Moment::from_seconds(NOON + second);
        carried(at(line), at(written), at(wall)).map(|now| now.since(at(0)) / 1_000)
    }

    #[test]
    fn a_quiet_log_goes_on_from_when_it_was_written() {
        assert_eq!(now(0, 0, 420), Some(420));
        assert_eq!(now(0, 3, 420), Some(417), "the logger waited");
        assert_eq!(now(0, 0, 0), Some(0));
        assert_eq!(now(0, -2, 420), Some(422), "the clock of the file system is behind");
    }

    #[test]
    fn a_misread_zone_moves_nothing_but_the_hour() {
        assert_eq!(now(7_200, 0, 420), Some(7_620));
        assert_eq!(now(-19_800, 1, 420), Some(-19_381));
    }

    #[test]
    fn a_copy_and_clocks_that_contradict_each_other_tell_nothing() {
        assert_eq!(now(0, 300, 420), None, "copied five minutes later");
        assert_eq!(now(0, 86_400 * 3, 86_400 * 3 + 5), None, "copied days later");
        assert_eq!(now(0, 500, 420), None, "written in the future");
        assert_eq!(now(600, 0, 420), None, "the clock of its host is ahead");
        assert_eq!(now(0, 0, 86_400 * 7), None, "nobody writes it any more");
    }
}
