//! Numbers and names as they are shown: fixed forms, so that they never jump.

use crate::engine::Row;
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

/// How often the baseline a rate is: `×95`, `×2.4`; `·` where that is nothing to look at or may
/// be chance, `–` where there is no baseline to compare with.
pub(in crate::ui) fn against(row: &Row) -> String {
    let Some(baseline) = row.baseline else { return "–".into() };
    if row.rejected == 0 || row.incident.is_none() && !row.is_more_than_chance() {
        return "·".into();
    }
    let rate = row.rate;
    if baseline <= 0.0 {
        return "new".into();
    }
    match rate / baseline {
        ratio if ratio < 2.0 => "·".into(),
        ratio if ratio < 9.95 => format!("×{ratio:.1}"),
        ratio if ratio < 999.5 => format!("×{ratio:.0}"),
        _ => "×999+".into(),
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

/// A clock that counts up: `T+4:27`, `T+1:05:09`.
pub(in crate::ui) fn clock_since(millis: i64) -> String {
    let seconds = millis.max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if hours > 0 {
        format!("T+{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("T+{minutes}:{seconds:02}")
    }
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
    let tail = path.char_indices().map(|(at, _)| &path[at..]).find(|tail| width(tail) < cells);
    format!("…{}", tail.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{against, age, clock_since, count, exactly, name, path, percent, share, short, thousands};
    use crate::engine::Row;

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
    fn a_change_says_how_much_or_why_not() {
        let told = |rejected, baseline| {
            let rate = rejected as f64 / 1000.0;
            let row = Row { attempts: 1000, rejected, rate, baseline, ..Row::default() };
            against(&row)
        };
        assert_eq!(told(380, Some(0.004)), "×95");
        assert_eq!(told(16, Some(0.004)), "×4.0");
        assert_eq!(told(5, Some(0.004)), "·");
        assert_eq!(told(100, Some(0.0)), "new");
        assert_eq!(told(100, None), "–");
        assert_eq!(told(0, Some(0.1)), "·");
        // Twice as many as before, but of so few that it may be chance.
        assert_eq!(told(9, Some(0.004)), "·");
    }

    #[test]
    fn a_running_incident_is_told_whatever_the_counts() {
        let row = Row { attempts: 100, rejected: 3, rate: 0.03, baseline: Some(0.01), ..Row::default() };
        assert_eq!(against(&row), "·");
        assert_eq!(against(&Row { incident: Some(0), ..row }), "×3.0");
    }

    #[test]
    fn the_telling_part_of_a_name_stays() {
        assert_eq!(name("Mail.example (consumer)", 30), "Mail.example (consumer)");
        assert_eq!(name("Mail.example (consumer)", 12), "Mail.example");
        assert_eq!(name("Outlook.com/Hotmail (consumer)", 15), "Outlook.com");
        assert_eq!(path("/var/log/mail.log", 20), "/var/log/mail.log");
        assert_eq!(path("/var/log/mail.log", 10), "…/mail.log");
    }

    #[test]
    fn time_is_short_and_steady() {
        assert_eq!([5_000, 267_000, 7_500_000, 273_600_000].map(age), ["5s", "4m27s", "2h05m", "3d04h"]);
        assert_eq!([267_000, 3_909_000].map(clock_since), ["T+4:27", "T+1:05:09"]);
        assert_eq!(age(-1), "0s");
    }
}
