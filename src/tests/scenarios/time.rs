//! Times of the logs: milliseconds since 1970, UTC.

use fivefifty::model::Moment;

/// Of `YYYY-MM-DDTHH:MM:SSZ`.
pub(crate) fn parse(text: &str) -> u64 {
    let number = |from: usize, to: usize| {
        let part = text.get(from..to).and_then(|part| part.parse::<u64>().ok());
        part.unwrap_or_else(|| panic!("{text} is no time like 2026-11-21T08:00:00Z"))
    };
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    // Days of the civil calendar, counted from March (Howard Hinnant's days_from_civil).
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    let seconds = number(11, 13) * 3_600 + number(14, 16) * 60 + number(17, 19);
    let at = (days * 86_400 + seconds) * 1000;
    assert_eq!(format!("{}Z", &stamp(at)[..19]), text, "a time like 2026-11-21T08:00:00Z");
    at
}

/// As a moment.
pub(crate) fn moment(at: u64) -> Moment {
    Moment::from_millis(at as i64)
}

/// `2026-11-21T08:00:00.123`.
pub(crate) fn stamp(at: u64) -> String {
    let seconds = Moment::from_seconds((at / 1000) as i64).rfc3339();
    format!("{}.{:03}", &seconds[..19], at % 1000)
}

/// `2026-11-21 08:00:00`.
pub(crate) fn plain(at: u64) -> String {
    stamp(at)[..19].replace('T', " ")
}
