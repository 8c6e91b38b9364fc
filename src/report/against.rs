//! A rate against what was usual.

use super::facts::Provider;

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
    use super::against_before;

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
