//! Numbers as people read them.

use super::facts::Provider;

/// `12345` to `12,345`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0.382` to `38.2 %`.
pub(super) fn percent(rate: f64) -> String {
    format!("{:.1} %", rate * 100.0)
}

/// A rate against what it was before: `×95`, `new`, `·` for no change worth a word, `?` without
/// history. What may be chance is no change.
pub(super) fn against(row: &Provider) -> String {
    against_before(row.rate, row.baseline, row.risen)
}

fn against_before(rate: f64, baseline: Option<f64>, risen: bool) -> String {
    match baseline {
        None => "?".to_owned(),
        Some(_) if rate < 0.000_5 => "·".to_owned(),
        Some(_) if !risen => "·".to_owned(),
        Some(before) if before < 0.000_5 => "new".to_owned(),
        Some(before) if rate / before >= 1.5 => format!("×{:.1}", rate / before),
        Some(_) => "·".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{against_before, grouped};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }

    #[test]
    fn a_rate_is_told_against_its_baseline() {
        assert_eq!(against_before(0.38, Some(0.004), true), "×95.0");
        assert_eq!(against_before(0.38, Some(0.0), true), "new");
        assert_eq!(against_before(0.38, Some(0.004), false), "·");
        assert_eq!(against_before(0.004, Some(0.004), true), "·");
        assert_eq!(against_before(0.0, Some(0.1), false), "·");
        assert_eq!(against_before(0.1, None, false), "?");
    }
}
