//! One share against another, with the interval of their difference.
//!
//! It is Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10), made of
//! Wilson's intervals, at 99 %: there are dozens of lines, and at 95 % one in twenty would tell of
//! chance. Attempts are taken as independent of each other, which retries of one message are not: take
//! deferrals as a little less certain than they look.

use std::cmp::Reverse;

use serde::Serialize;

use crate::engine::Portion;
use crate::text::share;

/// The normal deviate of 99 %, two-sided.
const Z: f64 = 2.576;
/// A difference that is smaller than this, 0–1, for certain is none.
const ALIKE: f64 = 0.002;

/// Which way a share went from A to B.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Never in A.
    New,
    /// Never in B.
    Gone,
    /// More than in A, beyond chance.
    Up,
    /// Less than in A, beyond chance.
    Down,
    /// About the same, beyond chance.
    Same,
    /// The numbers are too small to tell.
    Unclear,
}

/// One share on both sides.
#[derive(Copy, Clone, Debug, PartialEq, Serialize)]
pub struct Compared {
    /// In A.
    pub a: Portion,
    /// In B.
    pub b: Portion,
    /// B's share less A's, −1 to 1.
    pub difference: f64,
    /// The least that it may be, with 99 % confidence.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Which way it went.
    pub change: Change,
    /// Whether the difference is more than chance explains.
    pub certain: bool,
}

impl Compared {
    /// `b` against `a`.
    #[must_use]
    pub fn of(a: Portion, b: Portion) -> Self {
        let (difference, low, high) = difference(a, b);
        let certain = low > 0.0 || high < 0.0;
        let change = match (a.count, b.count) {
            // What had no attempts has no rate that could be new, gone or the same.
            _ if a.of == 0 || b.of == 0 => Change::Unclear,
            (0, 0) => Change::Same,
            (0, _) => Change::New,
            (_, 0) => Change::Gone,
            _ if low > 0.0 => Change::Up,
            _ if high < 0.0 => Change::Down,
            _ if low.abs().max(high) <= ALIKE.max(a.share() / 2.0) => Change::Same,
            _ => Change::Unclear,
        };
        Self { a, b, difference, low, high, change, certain }
    }

    /// Its place in a list: certain changes first, the largest first; then the rest, the most
    /// frequent first.
    #[must_use]
    pub fn order(&self) -> (bool, Reverse<u64>) {
        // Parts in a million: of what is certain, the least that it may be.
        let weight = if self.certain {
            self.low.abs().min(self.high.abs())
        } else {
            share(self.a.count + self.b.count, self.a.of + self.b.of)
        };
        (!self.certain, Reverse((weight * 1e6) as u64))
    }
}

/// The interval of a share at 99 % (Wilson 1927).
fn wilson(portion: Portion) -> (f64, f64) {
    if portion.of == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (portion.of as f64, portion.share());
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// `b`'s share less `a`'s, and its interval.
fn difference(a: Portion, b: Portion) -> (f64, f64, f64) {
    if a.of == 0 || b.of == 0 {
        return (b.share() - a.share(), -1.0, 1.0);
    }
    let ((a_low, a_high), (b_low, b_high)) = (wilson(a), wilson(b));
    let (a, b) = (a.share(), b.share());
    let d = b - a;
    (d, d - (b - b_low).hypot(a_high - a), d + (b_high - b).hypot(a - a_low))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Change, Compared, Portion};

    fn of(a: (u64, u64), b: (u64, u64)) -> Compared {
        Compared::of(Portion { count: a.0, of: a.1 }, Portion { count: b.0, of: b.1 })
    }

    #[test]
    fn the_interval_is_that_of_the_literature() {
        // Newcombe 1998, table II, method 10, at 95 %: 56/70 less 48/80 is 0.0524 to 0.3339; at 99 %
        // it is wider, and holds that.
        let compared = of((48, 80), (56, 70));
        assert!((compared.difference - 0.2).abs() < 1e-9);
        assert!(compared.low > -0.01 && compared.low < 0.0524, "{compared:?}");
        assert!(compared.high > 0.3339 && compared.high < 0.38, "{compared:?}");
    }

    #[test]
    fn small_numbers_cannot_be_told() {
        assert_eq!(of((1, 40), (3, 40)).change, Change::Unclear);
        let new = of((0, 40), (1, 40));
        assert_eq!((new.change, new.certain), (Change::New, false));
        let new = of((0, 4_000), (100, 4_000));
        assert_eq!((new.change, new.certain), (Change::New, true));
        assert_eq!(of((9, 4_000), (0, 40)).change, Change::Gone);
        assert_eq!(of((0, 0), (5, 40)).change, Change::Unclear, "what had no attempts had no rate");
        assert_eq!(of((0, 10), (0, 10)).change, Change::Same);
    }

    #[test]
    fn large_numbers_tell_up_down_and_the_same() {
        assert_eq!(of((50, 10_000), (500, 10_000)).change, Change::Up);
        assert_eq!(of((500, 10_000), (50, 10_000)).change, Change::Down);
        assert_eq!(of((500, 100_000), (510, 100_000)).change, Change::Same);
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_difference_and_turns_with_the_sides(
            a in (0u64..2_000, 1u64..2_000), b in (0u64..2_000, 1u64..2_000),
        ) {
            let (a, b) = ((a.0.min(a.1), a.1), (b.0.min(b.1), b.1));
            let (there, back) = (of(a, b), of(b, a));
            prop_assert!(there.low <= there.difference && there.difference <= there.high);
            prop_assert!(there.low >= -1.0 - 1e-9 && there.high <= 1.0 + 1e-9);
            prop_assert!((there.low + back.high).abs() < 1e-9 && (there.high + back.low).abs() < 1e-9);
            prop_assert_eq!(there.certain, back.certain);
        }
    }
}
