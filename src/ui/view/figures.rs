//! Numbers and names as they are shown: fixed forms, so that they never jump.

use crate::model::Moment;
use crate::text::width;
pub(in crate::ui) use crate::text::{percent, thousands};

/// A count in at most `cells` cells: `12,345`, else `12.3k`, `1.23M`.
pub(in crate::ui) fn count(value: u64, cells: usize) -> String {
    let full = thousands(value);
    if full.len() <= cells { full } else { short(value as f64) }
}

/// Three significant digits: `999`, `12.3k`, `1.23M`.
#[must_use]
pub(in crate::ui) fn short(value: f64) -> String {
    let (value, unit) = match value {
        v if v < 1e3 => (v, ""),
        v if v < 1e6 => (v / 1e3, "k"),
        v if v < 1e9 => (v / 1e6, "M"),
        v => (v / 1e9, "G"),
    };
    let digits = match value {
        v if unit.is_empty() || v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}{unit}")
}

/// A share 0–1 in whole percents.
pub(in crate::ui) fn share(share: f64) -> String {
    if share > 0.0 && share < 0.005 {
        return "<1%".into();
    }
    let shown = if share < 1.0 { (share * 100.0).min(99.0) } else { 100.0 };
    format!("{shown:.0}%")
}

/// A figure as the operator gave it: a share in percent, anything over 1 as it is.
pub(in crate::ui) fn exactly(figure: f64) -> String {
    let trimmed = |text: String| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    match figure {
        share if (0.0..=1.0).contains(&share) => trimmed(format!("{:.4}", share * 100.0)) + "%",
        number => trimmed(format!("{number:.3}")),
    }
}

/// A length of time: `12s`, `4m27s`, `2h05m`, `3d04h`.
pub(in crate::ui) fn age(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    match seconds {
        s if s < 60 => format!("{s}s"),
        s if s < 3600 => format!("{}m{:02}s", s / 60, s % 60),
        s if s < 86_400 => format!("{}h{:02}m", s / 3600, s % 3600 / 60),
        s => format!("{}d{:02}h", s / 86_400, s % 86_400 / 3600),
    }
}

/// How long ago `at` is, by the minutes of the two clocks: `<1m`, `5m`, `2h05m`, `3d04h`. All that time
/// alone moves on a screen moves with the clock's minute, so that between two of them a quiet one stands
/// still.
pub(in crate::ui) fn ago(at: Moment, now: Moment) -> String {
    match minutes(at, now) {
        0 => "<1m".to_owned(),
        some => in_minutes(some),
    }
}

/// A clock that counts up: `T+0m`, `T+5m`, `T+1h05m`.
pub(in crate::ui) fn clock_since(at: Moment, now: Moment) -> String {
    format!("T+{}", in_minutes(minutes(at, now)))
}

/// The time of day to the minute.
pub(in crate::ui) fn minute(at: Moment) -> String {
    at.clock().get(..5).unwrap_or_default().to_owned()
}

fn minutes(at: Moment, now: Moment) -> i64 {
    (now.seconds().div_euclid(60) - at.seconds().div_euclid(60)).max(0)
}

fn in_minutes(minutes: i64) -> String {
    match minutes {
        m if m < 60 => format!("{m}m"),
        m => age(m * 60_000),
    }
}

/// `900 B`, `1.2 kB`, `34 MB`.
pub(in crate::ui) fn bytes(bytes: u64) -> String {
    let (size, unit) = match bytes as f64 {
        small if small < 999.5 => return format!("{bytes} B"),
        size if size < 999_500.0 => (size / 1e3, "kB"),
        size if size < 999_500_000.0 => (size / 1e6, "MB"),
        size => (size / 1e9, "GB"),
    };
    if size < 9.95 { format!("{size:.1} {unit}") } else { format!("{size:.0} {unit}") }
}

/// `1 source`, `3 sources`.
pub(in crate::ui) fn plural(count: u64, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{} {many}", thousands(count)) }
}

/// A provider's name in at most `cells` cells: what explains it in brackets, and its second name,
/// go before a letter of the first is cut.
pub(in crate::ui) fn name(name: &str, cells: usize) -> &str {
    let mut name = name;
    for mark in [" (", " / ", "/"] {
        if width(name) <= cells {
            break;
        }
        name = name.split_once(mark).map_or(name, |(head, _)| head);
    }
    name
}

/// The end of a path in at most `cells` cells: the file's name says more than the folder's.
pub(in crate::ui) fn path(path: &str, cells: usize) -> String {
    if width(path) <= cells {
        return path.to_owned();
    }
    let tails = || path.char_indices().map(|(at, _)| &path[at..]).filter(|tail| width(tail) < cells);
    // A folder's name is left whole, or left out.
    let tail = tails().find(|tail| tail.starts_with('/') && tail.len() > 1).or_else(|| tails().next());
    format!("…{}", tail.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use crate::model::Moment;

    use super::{age, ago, clock_since, count, exactly, name, path, percent, share, short, thousands};

    #[test]
    fn bytes_have_two_digits_and_never_a_thousand() {
        let shown = [0, 999, 1_000, 1_249, 12_400, 999_600, 4_100_000_000].map(super::bytes);
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "1.2 kB", "12 kB", "1.0 MB", "4.1 GB"]);
    }

    #[test]
    fn counts_have_separators_and_shrink_when_they_must() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"].map(String::from),
            [0, 999, 1000, 1_234_567].map(thousands)
        );
        assert_eq!(count(12_345, 6), "12,345");
        assert_eq!(count(1_234_567, 6), "1.23M");
        assert_eq!(short(12_345.6), "12.3k");
        assert_eq!(short(u64::MAX as f64).len(), 12);
    }

    #[test]
    fn a_rate_never_rounds_to_nothing_or_to_everything() {
        assert_eq!(
            [0.0, 0.0001, 0.382, 0.9999, 1.0].map(percent),
            ["0.0%", "<0.1%", "38.2%", "99.9%", "100.0%"]
        );
        assert_eq!([0.0, 0.001, 0.91, 0.999, 1.0].map(share), ["0%", "<1%", "91%", "99%", "100%"]);
    }

    #[test]
    fn a_figure_stays_what_the_operator_gave() {
        assert_eq!(
            [0.0012, 0.0, 1.0, 0.3, 1200.0, 1.5].map(exactly),
            ["0.12%", "0%", "100%", "30%", "1200", "1.5"]
        );
    }

    #[test]
    fn the_telling_part_of_a_name_stays() {
        assert_eq!(name("Mail.example (consumer)", 30), "Mail.example (consumer)");
        assert_eq!(name("Mail.example (consumer)", 12), "Mail.example");
        assert_eq!(name("Outlook.com/Hotmail (consumer)", 15), "Outlook.com");
        assert_eq!(path("/var/log/mail.log", 20), "/var/log/mail.log");
        assert_eq!(path("/var/log/mail.log", 10), "…/mail.log");
        assert_eq!(path("/var/log/exim4/mainlog", 12), "…/mainlog");
        assert_eq!(path("/var/log/mail.log", 6), "…l.log");
    }

    #[test]
    fn time_is_short_and_steady() {
        assert_eq!([5_000, 267_000, 7_500_000, 273_600_000].map(age), ["5s", "4m27s", "2h05m", "3d04h"]);
        let at = |clock: i64| Moment::from_seconds(1_795_185_120 + clock);
        let told = |from, to| (ago(at(from), at(to)), clock_since(at(from), at(to)));
        assert_eq!(told(0, 59), ("<1m".into(), "T+0m".into()));
        assert_eq!(told(-1, 0), ("1m".into(), "T+1m".into()), "as the clocks beside it say");
        assert_eq!(told(0, 3_959), ("1h05m".into(), "T+1h05m".into()));
        assert_eq!(told(60, 0), ("<1m".into(), "T+0m".into()));
        assert_eq!(age(-1), "0s");
    }
}
