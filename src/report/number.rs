//! Numbers as people read them.

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
/// history.
pub(super) fn against(rate: f64, baseline: Option<f64>) -> String {
    match baseline {
        None => "?".to_owned(),
        Some(_) if rate < 0.000_5 => "·".to_owned(),
        Some(before) if before < 0.000_5 => "new".to_owned(),
        Some(before) if rate / before >= 1.5 => format!("×{:.1}", rate / before),
        Some(_) => "·".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{against, grouped};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }

    #[test]
    fn a_rate_is_told_against_its_baseline() {
        assert_eq!(against(0.38, Some(0.004)), "×95.0");
        assert_eq!(against(0.38, Some(0.0)), "new");
        assert_eq!(against(0.004, Some(0.004)), "·");
        assert_eq!(against(0.0, Some(0.1)), "·");
        assert_eq!(against(0.1, None), "?");
    }
}
