//! A point in time as the operator types it.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::typing::Mistake;
use crate::model::{Moment, Zone, shown_in};

/// What a time may look like.
const FORMS: &str = "14:27, 14:27:40, -15m or 2026-11-21 14:27";
/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

/// Reads a time of the zone in which times are shown: a clock (`14:27`, `14:27:40`: the last one that was), a span
/// before now (`-15m`, `-1h30m`), a date with a clock, `now`; with a `Z` at its end one of UTC. `within`: the log's now and the earliest
/// moment that can be looked at.
///
/// # Errors
/// Where it is none, or lies outside.
pub(super) fn point(text: &str, within: (Moment, Moment)) -> Result<Moment, Mistake> {
    let (now, earliest) = within;
    let body = text.trim();
    let start = text.len() - text.trim_start().len();
    let wrong = |at: usize, reason: String| Mistake { at: start + at, reason };
    if body.is_empty() {
        return Err(wrong(0, format!("a time is needed, such as {FORMS}")));
    }
    if body == "now" {
        return Ok(now);
    }
    let (at, is_whole_minute) = match body.strip_prefix('-') {
        Some(span) => (now.plus_millis(-length(span).map_err(|(at, why)| wrong(at + 1, why))?), false),
        None => named(body, now).map_err(|(at, why)| wrong(at, why))?,
    };
    if at > now {
        return Err(wrong(0, format!("that is yet to come: it is {} now", now.date_clock())));
    }
    // `14:27` where history begins at 14:27:12 is its beginning.
    if is_whole_minute && at < earliest && earliest.since(at) < MINUTE {
        return Ok(earliest);
    }
    if at < earliest {
        return Err(wrong(0, format!("what is kept begins at {}", earliest.date_clock())));
    }
    Ok(at)
}

/// `15m`, `1h30m` in milliseconds; the place and the reason where it is none.
fn length(text: &str) -> Result<i64, (usize, String)> {
    let form = || "a span is written as 15m, 90s, 2h or 1h30m".to_owned();
    let (mut sum, mut number, mut begin) = (0_i64, String::new(), 0);
    for (at, sign) in text.char_indices() {
        let unit = match sign {
            '0'..='9' if number.len() < 6 => {
                begin = if number.is_empty() { at } else { begin };
                number.push(sign);
                continue;
            }
            's' => 1_000,
            'm' => MINUTE,
            'h' => 60 * MINUTE,
            'd' => 24 * 60 * MINUTE,
            _ => return Err((at, form())),
        };
        let count: i64 = number.parse().map_err(|_| (at, form()))?;
        sum = sum.saturating_add(count.saturating_mul(unit));
        number.clear();
    }
    match (number.is_empty(), text.is_empty()) {
        (true, false) => Ok(sum),
        (true, true) => Err((0, form())),
        // Fifteen of what?
        (false, _) => Err((text.len(), format!("a unit is missing: s, m, h or d after {}", &text[begin..]))),
    }
}

/// A clock, with or without a date, and whether it names no seconds.
fn named(text: &str, now: Moment) -> Result<(Moment, bool), (usize, String)> {
    let wrong = |at: usize, why: &str| Err((at, why.to_owned()));
    let (date, clock, at) = match text.split_once([' ', 'T']) {
        Some((date, clock)) => (Some(date), clock.trim_start(), text.len() - clock.trim_start().len()),
        None => (None, text, 0),
    };
    if let Some(odd) = clock.find(|sign: char| !sign.is_ascii_digit() && sign != ':' && sign != 'Z') {
        return Err((at + odd, format!("this does not belong to a time such as {FORMS}")));
    }
    let is_date = |text: &str| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let hours = clock.trim_end_matches('Z');
    let time = |form| NaiveTime::parse_from_str(hours, form).ok();
    let (Some(time), is_minute) = (time("%H:%M:%S").or_else(|| time("%H:%M")), time("%H:%M").is_some())
    else {
        return Err((at, format!("this is no clock: write {FORMS}")));
    };
    let zone = if clock.ends_with('Z') { Zone::UTC } else { shown_in() };
    let on = |date: NaiveDate| Moment::from_zone(NaiveDateTime::new(date, time), zone);
    let today = now.local_in(zone).date();
    let found = match date {
        Some(date) => match is_date(date) {
            Some(day) => on(day),
            None => return wrong(0, "a date is written as 2026-11-21"),
        },
        // The last such clock: before it is that late today, yesterday's.
        None => on(today).filter(|at| *at <= now).or_else(|| on(today - TimeDelta::days(1))),
    };
    let found = found.ok_or_else(|| (at, "there is no such time".to_owned()))?;
    Ok((found, is_minute))
}

#[cfg(test)]
mod tests {
    use super::point;
    use crate::model::Moment;

    /// 2026-11-20 14:32:07 UTC.
    const NOW: Moment = Moment::from_seconds(1_795_185_127);
    const EARLIEST: Moment = NOW.plus_millis(-25 * 3_600_000);

    fn read(text: &str) -> String {
        match point(text, (NOW, EARLIEST)) {
            Ok(at) => at.date_clock(),
            Err(mistake) => format!("{}: {}", mistake.at, mistake.reason),
        }
    }

    #[test]
    fn times_are_read_in_every_documented_form() {
        for (text, at) in [
            ("14:27", "2026-11-20 14:27:00"),
            (" 14:27:40 ", "2026-11-20 14:27:40"),
            ("15:00", "2026-11-19 15:00:00"),
            ("-15m", "2026-11-20 14:17:07"),
            ("-90s", "2026-11-20 14:30:37"),
            ("-1h30m", "2026-11-20 13:02:07"),
            ("2026-11-20 09:00", "2026-11-20 09:00:00"),
            ("2026-11-20T09:00:01Z", "2026-11-20 09:00:01"),
            ("2026-11-19 13:32", "2026-11-19 13:32:07"),
            ("now", "2026-11-20 14:32:07"),
        ] {
            assert_eq!(read(text), at, "{text}");
        }
    }

    #[test]
    fn a_mistake_is_pointed_at_in_its_place() {
        for (text, told) in [
            ("", "0: a time is needed"),
            ("14:2x", "4: this does not belong"),
            ("25:00", "0: this is no clock"),
            ("noon", "0: this does not belong"),
            ("-15", "3: a unit is missing"),
            ("-", "1: a span is written"),
            ("-1w", "2: a span is written"),
            ("2026-13-01 10:00", "0: a date is written"),
            ("2026-11-20 10:x", "14: this does not belong"),
            ("2026-11-21 14:27", "0: that is yet to come"),
            ("2026-11-01 14:27", "0: what is kept begins at 2026-11-19 13:32:07"),
            ("-99999999d", "7: a span is written"),
        ] {
            assert!(read(text).starts_with(told), "{text}: {}", read(text));
        }
    }
}
