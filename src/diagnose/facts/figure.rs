//! Figures as the board shows them.

/// `38.2%`; what is there but rounds to nothing is `<0.1%`.
pub(in crate::diagnose) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0005 {
        return "<0.1%".to_owned();
    }
    format!("{:.1}%", share * 100.0)
}

/// `0.12%`; what is there but rounds to nothing is `<0.01%`.
pub(in crate::diagnose) fn fine(share: f64) -> String {
    if share > 0.0 && share < 0.00005 {
        return "<0.01%".to_owned();
    }
    format!("{:.2}%", share * 100.0)
}

/// `7,628`.
pub(in crate::diagnose) fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub(in crate::diagnose) fn times(value: f64) -> String {
    if value.is_finite() { format!("×{value:.0}") } else { "from nothing".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{count, fine, percent, times};

    #[test]
    fn figures_read_like_the_board() {
        assert_eq!(percent(0.38202), "38.2%");
        assert_eq!(percent(0.0001), "<0.1%");
        assert_eq!(percent(0.0), "0.0%");
        assert_eq!([fine(0.0012), fine(0.003), fine(0.00001)], ["0.12%", "0.30%", "<0.01%"]);
        assert_eq!(count(7_628.0), "7,628");
        assert_eq!(count(1_000_000.0), "1,000,000");
        assert_eq!(count(28.0), "28");
        assert_eq!(times(95.4), "×95");
        assert_eq!(times(f64::INFINITY), "from nothing");
    }
}
