//! Times that are numbers.

use crate::model::Moment;

/// Seconds since the epoch, with or without a fraction; `None` where no clock can have said so.
pub(super) fn seconds(value: f64) -> Option<Moment> {
    // Beyond, a double does not hold every millisecond, and no log was written.
    const LAST: f64 = 1e12;
    if !(0.0..LAST).contains(&value) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let millis = (value * 1000.0).round() as i64;
    Some(Moment::from_millis(millis))
}

/// Seconds or milliseconds, by their size: as seconds the border lies in the year 5138, as
/// milliseconds in 1973.
pub(super) fn either(value: f64) -> Option<Moment> {
    seconds(if value >= 1e11 { value / 1000.0 } else { value })
}

#[cfg(test)]
mod tests {
    use super::{either, seconds};

    #[test]
    fn a_number_is_seconds_or_milliseconds_by_its_size() {
        let text = |value| either(value).map(|at| at.rfc3339());
        assert_eq!(text(1_606_753_101.961_181).as_deref(), Some("2020-11-30T16:18:21.961Z"));
        assert_eq!(text(1_520_363_423_000.0).as_deref(), Some("2018-03-06T19:10:23Z"));
    }

    #[test]
    fn what_no_clock_says_is_no_time() {
        for value in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(either(value), None, "{value}");
            assert_eq!(seconds(value), None, "{value}");
        }
    }
}
