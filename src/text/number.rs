//! Numbers as people read them, the same on every face.

/// `12,345`.
#[must_use]
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A limit that rates are measured against, as it would be written: `2%`, `2.5%`.
#[must_use]
pub fn limit(rate: f64) -> String {
    percent(rate).replace(".0%", "%")
}

/// `part` of `whole`, 0–1; 0 of nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A rate 0–1 with one decimal; what would round to nothing says so.
#[must_use]
pub fn percent(rate: f64) -> String {
    if rate > 0.0 && rate < 0.0005 {
        return "<0.1%".into();
    }
    // 99.96 % is not all of it.
    let shown = if rate < 1.0 { (rate * 100.0).min(99.9) } else { 100.0 };
    format!("{shown:.1}%")
}

#[cfg(test)]
mod tests {
    use super::{percent, thousands};

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(12_345_678), "12,345,678");
    }

    #[test]
    fn a_rate_is_never_rounded_to_nothing_nor_to_all() {
        assert_eq!(percent(0.382), "38.2%");
        assert_eq!(percent(0.000_1), "<0.1%");
        assert_eq!(percent(0.999_6), "99.9%");
        assert_eq!((percent(0.0), percent(1.0)), ("0.0%".into(), "100.0%".into()));
    }
}
