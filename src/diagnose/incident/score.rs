//! The sequential test: how much likelier what was seen is under an incident's rate than under the
//! baseline's (CUSUM of log-likelihood ratios, Page 1954), in nats.
//!
//! Rejections come in bursts: a mailing list with forty dead addresses, a queue that is flushed. So
//! no slot says more than a few nats, whatever is in it: what is one event must come again, at
//! another time, to be believed.

/// What one slot of a second can say at most, in nats.
const MOST: f64 = 3.0;

/// Two rates to tell apart.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) struct Rates {
    /// The baseline's.
    pub calm: f64,
    /// An incident's.
    pub alarm: f64,
    hit: f64,
    miss: f64,
}

impl Rates {
    /// `calm` below `alarm`, both inside 0–1.
    pub(super) fn new(calm: f64, alarm: f64) -> Self {
        let (hit, miss) = ((alarm / calm).ln(), ((1.0 - alarm) / (1.0 - calm)).ln());
        Self { calm, alarm, hit, miss }
    }

    /// How much likelier `hits` of `attempts` are at the alarm's rate, in nats.
    pub(super) fn evidence(&self, attempts: u64, hits: u64) -> f64 {
        hits as f64 * self.hit + (attempts - hits) as f64 * self.miss
    }
}

/// What a slot of `width` milliseconds can say at most, in nats: more than a second can, but of
/// the longest one it takes two.
pub(super) fn most(width: i64) -> f64 {
    match width {
        ..=1_000 => MOST,
        1_001..=10_000 => 7.0,
        10_001..=60_000 => 10.0,
        _ => 14.0,
    }
}

/// The best evidence in nats that `hits` of `attempts` came at any one rate above `calm`.
pub(super) fn best(attempts: u64, hits: u64, calm: f64) -> f64 {
    let rate = (hits as f64 / attempts.max(1) as f64).clamp(0.0, 0.999);
    if rate <= calm { 0.0 } else { Rates::new(calm, rate).evidence(attempts, hits) }
}

#[cfg(test)]
mod tests {
    use super::{Rates, best};

    #[test]
    fn evidence_is_for_the_rate_that_is_nearer() {
        let rates = Rates::new(0.005, 0.05);
        assert!(rates.evidence(1_000, 5) < -30.0);
        assert!(rates.evidence(1_000, 50) > 60.0);
        assert_eq!(rates.evidence(0, 0), 0.0);
        assert!(best(10, 10, 0.005) > 50.0 && best(1_000, 1, 0.005) == 0.0);
    }
}
