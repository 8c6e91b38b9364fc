//! How sure the diagnosis is of itself, and why: honest about small numbers.

use serde::Serialize;

use super::Evidence;
use super::change::Change;
use super::facts::{count, percent};
use super::light::Walk;
use super::{By, Light};
use crate::model::Category;

/// From this share of the replies on, for certain, one cause explains what is refused.
const MOST: f64 = 0.8;
/// From this share on it leads.
const HALF: f64 = 0.5;
/// Other causes below this share are nothing to speak of.
const BESIDE: f64 = 0.05;

/// How sure.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sure {
    /// A guess: ask before you act.
    Low,
    /// It leads, and something may still change it.
    Medium,
    /// Act on it.
    High,
}

impl Sure {
    /// In one word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How sure the verdict is, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confidence {
    /// In one word.
    pub sure: Sure,
    /// Why: "IP reputation: 97.0% of 2,890 replies (96.3–97.6%); one answer could change it".
    pub reason: String,
}

impl Confidence {
    /// Nothing to be sure of, and no reason to tell.
    #[must_use]
    pub fn nothing() -> Self {
        Self { sure: Sure::Low, reason: String::new() }
    }

    /// `cause` is what operators call the leading category.
    pub(super) fn of(evidence: &Evidence, cause: &str, walk: &Walk<'_>, changes: &[Change]) -> Self {
        let Some((category, leading)) = evidence.categories.first() else {
            // That nothing is refused is certain where there were attempts.
            return if evidence.attempts > 0 && evidence.replies == 0 {
                let reason = format!("{} attempts, no replies that refuse", count(evidence.attempts as f64));
                Self { sure: Sure::High, reason }
            } else {
                Self::nothing()
            };
        };
        let total: u64 = evidence.categories.iter().map(|(_, n)| n).sum();
        let (low, high) = wilson(*leading, total);
        let mut sure = if low >= MOST {
            Sure::High
        } else if low >= HALF {
            Sure::Medium
        } else {
            Sure::Low
        };
        let share = *leading as f64 / total.max(1) as f64;
        let what = if total == 1 { "reply" } else { "replies" };
        let mut reasons = vec![format!(
            "{cause}: {} of {} {what} ({}–{})",
            percent(share),
            count(total as f64),
            percent(low).trim_end_matches('%'),
            percent(high)
        )];
        let mut say = |limit: Sure, why: String| {
            sure = sure.min(limit);
            reasons.push(why);
        };
        match category {
            Category::Unknown => say(Sure::Low, "their text gives none".to_owned()),
            Category::Policy => say(Sure::Medium, "their text gives no more than policy".to_owned()),
            _ => {}
        }
        if let Some((_, second)) = evidence.categories.get(1)
            && *second as f64 >= BESIDE * total as f64
        {
            say(Sure::High, format!("the next cause: {}", percent(*second as f64 / total as f64)));
        }
        if walk.lines.first().is_some_and(|root| root.light == Light::Half) {
            say(Sure::Low, "whether it is an incident is not clear".to_owned());
        }
        let replacing = changes.iter().filter(|change| change.replaces).count();
        match (replacing, changes.len()) {
            (0, 0) => {}
            (0, 1) => say(Sure::High, "one answer could add to it".to_owned()),
            (0, more) => say(Sure::High, format!("{more} answers could add to it")),
            (1, _) => say(Sure::Medium, "one answer could change it".to_owned()),
            (more, _) => say(Sure::Medium, format!("{more} answers could change it")),
        }
        let yours = walk.lines.iter().filter(|line| line.by == By::Operator && line.light == Light::Lit);
        match yours.count() {
            0 => {}
            1 => say(Sure::High, "one answer is yours".to_owned()),
            more => say(Sure::High, format!("{more} answers are yours")),
        }
        Self { sure, reason: reasons.join("; ") }
    }
}

/// The interval in which a share of `part` in `whole` lies with 95 %, after Wilson (1927): it stays
/// honest for few and for all or none.
fn wilson(part: u64, whole: u64) -> (f64, f64) {
    const Z: f64 = 1.96;
    if whole == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (whole as f64, part as f64 / whole as f64);
    let middle = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn few_replies_make_a_wide_interval() {
        let rounded = |part, whole| {
            let (low, high) = wilson(part, whole);
            ((low * 1_000.0).round() / 1_000.0, (high * 1_000.0).round() / 1_000.0)
        };
        assert_eq!(rounded(1, 1), (0.207, 1.0));
        assert_eq!(rounded(0, 10), (0.0, 0.278));
        assert_eq!(rounded(20, 20), (0.839, 1.0));
        assert_eq!(rounded(2_803, 2_890), (0.963, 0.976));
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
