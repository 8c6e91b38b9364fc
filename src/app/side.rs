//! What one side of a comparison is: a span of time, a send, or a log.

use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate, NaiveTime};

use super::Misuse;
use crate::model::Moment;

/// A side as the operator gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// From, and until, which is not included.
    Span(Moment, Moment),
    /// A campaign, and which of its sends.
    Send(String, Which),
    /// All of a file.
    Log(PathBuf),
}

/// Which send of a campaign.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// 1 for the last one.
    Nth(u32),
    /// The last one that went on between these.
    On(Moment, Moment),
}

/// Reads a side. Spans come first, then files that exist, then sends.
pub(super) fn side(text: &str, now: Moment) -> Result<Given, Misuse> {
    if let Some(name) = text.strip_prefix("send:") {
        return send(name);
    }
    if let Some((from, until)) = span(text, now)? {
        return Ok(Given::Span(from, until));
    }
    let path = Path::new(text);
    if path.is_file() {
        return Ok(Given::Log(path.to_owned()));
    }
    if path.is_dir() {
        return Err(Misuse(format!("`{text}` is a folder: name a log in it, or give it with --log")));
    }
    if text.contains('/') || text.ends_with(".log") || text.ends_with(".gz") {
        return Err(Misuse(format!("`{text}`: there is no such file (a send of that name: send:{text})")));
    }
    send(text)
}

/// `name`, `name@2`, `name@2026-11-20`. A domain has no `@` in it.
fn send(text: &str) -> Result<Given, Misuse> {
    let (name, which) = match text.rsplit_once('@') {
        Some((name, which)) if which.bytes().all(|byte| byte.is_ascii_digit()) => {
            let nth = which.parse().ok().filter(|nth| *nth > 0);
            let wrong =
                || Misuse(format!("`{text}`: `@{which}` is no send: @1 is the last, @2 the one before"));
            (name, Which::Nth(nth.ok_or_else(wrong)?))
        }
        Some((name, which)) => match day(which) {
            Some((from, until)) => (name, Which::On(from, until)),
            None => (text, Which::Nth(1)),
        },
        None => (text, Which::Nth(1)),
    };
    if name.is_empty() {
        return Err(Misuse(format!("`{text}` names nothing: give a span of time, a send or a log")));
    }
    Ok(Given::Send(name.to_owned(), which))
}

/// A span, if it is one at all.
fn span(text: &str, now: Moment) -> Result<Option<(Moment, Moment)>, Misuse> {
    let today = now.local().date();
    let whole =
        |day: Option<NaiveDate>| day.and_then(|day| Some((midnight(day)?, midnight(day.succ_opt()?)?)));
    if text == "today" {
        return Ok(whole(Some(today)));
    }
    if text == "yesterday" {
        return Ok(whole(today.checked_sub_days(Days::new(1))));
    }
    if let Some(length) = text.strip_prefix("last ").or_else(|| text.strip_prefix("last-")) {
        let wrong = || Misuse(format!("`{text}`: `{length}` is no length of time: use 30m, 2h or 1d"));
        let millis = length_of(length.trim()).ok_or_else(wrong)?;
        return Ok(Some((now.plus_millis(-millis), now.plus_millis(1))));
    }
    if let Some(span) = day(text) {
        return Ok(Some(span));
    }
    let Some((from_text, until_text)) = text.split_once("..") else {
        if point(text, today, now).is_some() {
            let words = format!("`{text}` is a point in time: give its end, too: {text}..now");
            return Err(Misuse(words));
        }
        return Ok(None);
    };
    // `..` in front of a path is no span.
    if from_text.is_empty() && until_text.starts_with('/') {
        return Ok(None);
    }
    let wrong = |part: &str, side: &str| {
        Misuse(format!(
            "`{text}`: its {side} `{part}` is no time: use 08:00, -2h, now, 2026-11-21, 2026-11-21T08:00 or RFC 3339"
        ))
    };
    let from = point(from_text, today, now).ok_or_else(|| wrong(from_text, "begin"))?;
    let begun = from.local().date();
    let mut until = point(until_text, begun, now).ok_or_else(|| wrong(until_text, "end"))?;
    // A clock alone goes on over midnight; a day as the end is in the span.
    if until <= from && clock(until_text).is_some() {
        until = begun.succ_opt().and_then(|next| point(until_text, next, now)).unwrap_or(until);
    }
    if let Some((_, end)) = day(until_text) {
        until = end;
    }
    if until <= from {
        return Err(Misuse(format!("`{text}`: it ends before it begins")));
    }
    Ok(Some((from, until)))
}

/// A point in time; a clock alone is one of `day`.
fn point(text: &str, day: NaiveDate, now: Moment) -> Option<Moment> {
    if text == "now" {
        return Some(now);
    }
    if let Some(length) = text.strip_prefix('-') {
        return Some(now.plus_millis(-length_of(length)?));
    }
    if let Some(clock) = clock(text) {
        return Moment::from_shown(day.and_time(clock));
    }
    // A length without a sign is no point here: `2h` would be a good name of a send.
    if length_of(text).is_some() {
        return None;
    }
    super::time(text, now).ok()
}

fn clock(text: &str) -> Option<NaiveTime> {
    ["%H:%M", "%H:%M:%S"].into_iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}

fn day(text: &str) -> Option<(Moment, Moment)> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some((midnight(day)?, midnight(day.succ_opt()?)?))
}

fn midnight(day: NaiveDate) -> Option<Moment> {
    Moment::from_shown(day.and_hms_opt(0, 0, 0)?)
}

/// `30m` in milliseconds.
fn length_of(text: &str) -> Option<i64> {
    let seconds = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u32 = text[..text.len() - 1].parse().ok()?;
    Some(i64::from(count) * seconds * 1_000)
}

#[cfg(test)]
mod tests {
    use super::{Given, Which, side};
    use crate::model::Moment;

    const NOW: Moment = Moment::from_seconds(1_795_000_000);
    const HOUR: i64 = 3_600_000;

    fn given(text: &str) -> Given {
        side(text, NOW).unwrap_or_else(|why| Given::Send(why.to_string(), Which::Nth(0)))
    }

    fn length(text: &str) -> Option<i64> {
        match given(text) {
            Given::Span(from, until) => Some(until.since(from)),
            _ => None,
        }
    }

    fn told(text: &str) -> String {
        side(text, NOW).map_or_else(|why| why.to_string(), |given| format!("{given:?}"))
    }

    #[test]
    fn spans_are_read_in_every_documented_form() {
        for (text, hours) in [
            ("2026-11-18T08:00..09:00", 1),
            ("2026-11-18T08:00..2026-11-18T10:00", 2),
            ("2026-11-18T08:00:00Z..2026-11-18T11:00:00Z", 3),
            ("22:00..02:00", 4),
            ("08:00..10:00", 2),
            ("-2h..-1h", 1),
            ("-90m..-30m", 1),
            ("-3h..now", 3),
            ("today", 24),
            ("yesterday", 24),
            ("2026-11-18", 24),
            ("2026-11-18..2026-11-19", 48),
        ] {
            // A day may have another length where clocks are put forward; not in November in UTC.
            let length = length(text).map(|millis| (millis + HOUR / 2) / HOUR);
            assert_eq!(length, Some(hours), "{text}: {}", told(text));
        }
        assert_eq!(length("last 30m"), Some(HOUR / 2 + 1), "now is in it");
    }

    #[test]
    fn a_send_is_named_with_its_number_or_its_day() {
        assert_eq!(given("nov-blk"), Given::Send("nov-blk".into(), Which::Nth(1)));
        assert_eq!(given("nov-blk@2"), Given::Send("nov-blk".into(), Which::Nth(2)));
        assert_eq!(given("news.example.com"), Given::Send("news.example.com".into(), Which::Nth(1)));
        assert_eq!(given("send:today"), Given::Send("today".into(), Which::Nth(1)));
        assert_eq!(given("2h"), Given::Send("2h".into(), Which::Nth(1)));
        assert!(matches!(given("nov-blk@2026-11-18"), Given::Send(name, Which::On(..)) if name == "nov-blk"));
    }

    #[test]
    fn a_mistake_is_pointed_at() {
        for (text, want) in [
            ("2026-11-18T08:00..9x", "end `9x`"),
            ("noon..12:00", "begin `noon`"),
            ("10:00..", "end ``"),
            ("-1h..-2h", "ends before"),
            ("2026-11-18T08:00", "give its end"),
            ("last 5", "`5` is no length"),
            ("nov-blk@0", "@1 is the last"),
            ("/no/such.log", "no such file"),
            ("", "names nothing"),
            ("@3", "names nothing"),
        ] {
            assert!(told(text).contains(want), "{text}: {}", told(text));
        }
    }

    #[test]
    fn a_file_that_exists_is_a_log() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert_eq!(given(path), Given::Log(path.into()));
    }
}
