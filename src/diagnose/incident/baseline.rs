//! What a rate was before: lately and over the day, and how evenly it came.

use crate::model::{Category, Moment};

/// Half-lives of what is remembered, in milliseconds: of the last hours, and of the day with its
/// rhythm.
const MEMORY: [f64; 2] = [3_600_000.0, 24.0 * 3_600_000.0];
/// Attempts that the baseline is worth before any was seen.
const PRIOR: f64 = 200.0;
/// Replies that are expected in a minute that says much of how evenly they come; and how many such
/// minutes another's opinion on it is worth.
const TELLING: f64 = 1.0;
const EVEN: f64 = 30.0;
/// What one minute can say at most about it.
const OUTLIER: f64 = 25.0;
/// Variance beyond this, in units of the binomial one, is not believed.
const WILD: f64 = 3.0;

/// The baseline of one track.
#[derive(Clone, Debug)]
pub(super) struct Baseline {
    /// Decayed attempts and hits, by memory.
    counts: [(f64, f64); 2],
    /// Decayed hits over the day, by category.
    categories: [f32; Category::ALL.len()],
    at: Moment,
    /// Sum and number of squared residuals of minutes, decayed over the day.
    residuals: (f64, f64),
}

impl Baseline {
    pub(super) fn new(at: Moment) -> Self {
        Self { counts: [(0.0, 0.0); 2], categories: [0.0; Category::ALL.len()], at, residuals: (0.0, 0.0) }
    }

    /// The same attempts, none of them a hit.
    pub(super) fn without_hits(&self) -> Self {
        let [lately, day] = self.counts;
        Self { counts: [(lately.0, 0.0), (day.0, 0.0)], ..Self::new(self.at) }
    }

    /// The higher one of the rates lately and over the day, with `floor` as the opinion before any
    /// was formed: what is ordinary at some hour of the day is no incident at another.
    pub(super) fn rate(&self, floor: f64) -> f64 {
        let rate = |(attempts, hits): (f64, f64)| (hits + PRIOR * floor) / (attempts + PRIOR);
        rate(self.counts[0]).max(rate(self.counts[1]))
    }

    /// Attempts that are remembered.
    pub(super) fn attempts(&self) -> f64 {
        self.counts[1].0
    }

    /// Hits of a category that `attempts` would have had.
    pub(super) fn expected(&self, category: usize, attempts: u64) -> f64 {
        f64::from(self.categories[category]) / (self.counts[1].0 + PRIOR) * attempts as f64
    }

    /// The variance of hits in units of the binomial one, at least 1, with `uneven` as the opinion
    /// before any was formed.
    pub(super) fn dispersion(&self, uneven: f64) -> f64 {
        let (sum, minutes) = self.residuals;
        ((sum + EVEN * uneven) / (minutes + EVEN)).clamp(1.0, WILD)
    }

    /// Takes what was seen over `minutes` minutes until `at`.
    pub(super) fn learn(&mut self, at: Moment, seen: &Seen, minutes: f64, floor: f64) {
        let age = at.since(self.at).max(0) as f64;
        let kept = MEMORY.map(|memory| (-age / memory * std::f64::consts::LN_2).exp());
        if minutes <= 1.0 && seen.attempts > 0 {
            let rate = self.rate(floor).min(0.5);
            let expected = seen.attempts as f64 * rate;
            let off = (seen.hits as f64 - expected).powi(2) / (expected * (1.0 - rate)).max(0.25);
            let (sum, count) = self.residuals;
            let weight = (expected / TELLING).min(1.0);
            self.residuals = (sum * kept[1] + weight * off.min(OUTLIER), count * kept[1] + weight);
        }
        for ((attempts, hits), kept) in self.counts.iter_mut().zip(kept) {
            *attempts = *attempts * kept + seen.attempts as f64;
            *hits = *hits * kept + seen.hits as f64;
        }
        for (sum, hits) in self.categories.iter_mut().zip(&seen.categories) {
            *sum = *sum * kept[1] as f32 + *hits as f32;
        }
        self.at = at;
    }
}

/// Attempts and hits of some time.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub attempts: u64,
    pub hits: u64,
    pub categories: [u32; Category::ALL.len()],
}

impl Seen {
    pub(super) fn add(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.hits += other.hits;
        self.categories.iter_mut().zip(&other.categories).for_each(|(sum, count)| *sum += count);
    }

    pub(super) fn clear(&mut self) {
        self.attempts = 0;
        if self.hits > 0 {
            (self.hits, self.categories) = (0, [0; Category::ALL.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Seen};
    use crate::model::Moment;

    #[test]
    fn a_rate_that_belongs_to_the_day_is_remembered_through_a_quiet_night() {
        let mut baseline = Baseline::new(Moment::from_seconds(0));
        let seen = |hits| Seen { attempts: 1_000, hits, ..Seen::default() };
        for minute in 0..600 {
            baseline.learn(Moment::from_seconds(minute * 60), &seen(30), 1.0, 0.005);
        }
        for minute in 600..1_100 {
            baseline.learn(Moment::from_seconds(minute * 60), &seen(2), 1.0, 0.005);
        }
        let rate = baseline.rate(0.005);
        assert!((0.012..0.03).contains(&rate), "{rate}");
    }

    #[test]
    fn nothing_seen_is_the_floor_and_bursts_widen_what_is_ordinary() {
        let mut baseline = Baseline::new(Moment::from_seconds(0));
        assert_eq!((baseline.rate(0.005), baseline.dispersion(1.5)), (0.005, 1.5));
        for minute in 0..300 {
            let hits = if minute % 10 == 0 { 40 } else { 0 };
            baseline.learn(
                Moment::from_seconds(minute * 60),
                &Seen { attempts: 800, hits, ..Seen::default() },
                1.0,
                0.005,
            );
        }
        assert_eq!(baseline.dispersion(1.5), 3.0);
    }
}
