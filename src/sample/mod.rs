//! The strings kept for drilling in: few, spread over time, denser towards now.
//!
//! Per leaf at most [`PER_LEAF`] items, over all leaves at most [`TOTAL`]. When a leaf is full the
//! item goes whose neighbours are closest in proportion to its age, which leaves about as many
//! items in the last minute as in the hour before it: every window finds its share. What one second
//! filled at the beginning of a flood makes room at once: each second after it gets as many.

use std::ops::Range;
use std::sync::Arc;

use crate::model::Moment;

/// Items kept per leaf while there are few leaves.
const PER_LEAF: usize = 40;
/// Items kept over all leaves.
const TOTAL: usize = 6_000;
/// Items that a leaf may always keep.
const AT_LEAST: usize = 3;
/// An item's age is taken as at least this many milliseconds when crowding is judged.
const YOUNG: i64 = 10_000;

/// One leaf's items in the order of time, shared with the snapshots.
pub type Items<T> = Arc<Vec<(Moment, T)>>;

/// Items by leaf index.
#[derive(Clone, Debug)]
pub struct Samples<T> {
    leaves: Vec<Items<T>>,
    /// The second that has its share, of every leaf.
    served: Vec<i64>,
    total: usize,
    used: usize,
}

impl<T: Clone> Default for Samples<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Clone> Samples<T> {
    /// No items.
    #[must_use]
    pub fn new() -> Self {
        Self { leaves: Vec::new(), served: Vec::new(), total: 0, used: 0 }
    }

    /// The items of a leaf, oldest first.
    #[must_use]
    pub fn of(&self, leaf: usize) -> &[(Moment, T)] {
        self.leaves.get(leaf).map_or(&[], |items| items.as_slice())
    }

    /// Whether an item at `at` would be kept. A full leaf takes a second's share of it, soon one, so that a
    /// flood of equal replies costs nothing.
    #[must_use]
    pub fn wants(&self, leaf: usize, at: Moment) -> bool {
        self.of(leaf).len() < self.limit() || self.served.get(leaf) != Some(&at.seconds())
    }

    /// Amends the items of a leaf at `at` for which `amend` has another one.
    pub fn amend(&mut self, leaf: usize, at: Moment, mut amend: impl FnMut(&T) -> Option<T>) {
        let Some(items) = self.leaves.get_mut(leaf) else { return };
        let begin = items.partition_point(|(time, _)| *time < at);
        for place in begin..items.len() {
            let (time, item) = &items[place];
            if *time != at {
                return;
            }
            if let Some(amended) = amend(item) {
                Arc::make_mut(items)[place].1 = amended;
            }
        }
    }

    /// Keeps an item.
    pub fn keep(&mut self, leaf: usize, at: Moment, item: T) {
        if leaf >= self.leaves.len() {
            self.leaves.resize_with(leaf + 1, Arc::default);
            self.served.resize(leaf + 1, i64::MIN);
        }
        let limit = self.limit();
        let items = Arc::make_mut(&mut self.leaves[leaf]);
        if items.is_empty() {
            self.used += 1;
        }
        let place = items.partition_point(|(time, _)| *time <= at);
        items.insert(place, (at, item));
        self.total += 1;
        while items.len() > limit {
            items.remove(most_crowded(items));
            self.total -= 1;
        }
        let second = at.seconds();
        let most = fullest(items).len();
        let has = items.iter().filter(|(time, _)| time.seconds() == second).count();
        self.served[leaf] = if has + 1 < most { i64::MIN } else { second };
        if self.total > TOTAL {
            self.shrink();
        }
    }

    fn limit(&self) -> usize {
        (TOTAL / self.used.max(1)).clamp(AT_LEAST, PER_LEAF)
    }

    /// Brings every leaf down to what is allowed now that there are more of them.
    fn shrink(&mut self) {
        let limit = self.limit();
        for items in &mut self.leaves {
            while items.len() > limit {
                let items = Arc::make_mut(items);
                items.remove(most_crowded(items));
                self.total -= 1;
            }
        }
    }
}

/// Where the items of the second lie that has most of them.
fn fullest<T>(items: &[(Moment, T)]) -> Range<usize> {
    let mut begin = 0;
    let seconds = items.chunk_by(|(one, _), (next, _)| one.seconds() == next.seconds()).map(|second| {
        begin += second.len();
        begin - second.len()..begin
    });
    seconds.max_by_key(ExactSizeIterator::len).unwrap_or(0..0)
}

/// The item that is missed least: one of many in a second; else not the first, not the last, and close to
/// its neighbours for its age.
fn most_crowded<T>(items: &[(Moment, T)]) -> usize {
    let second = fullest(items);
    if second.len() > 2 {
        return second.start + second.len() / 2;
    }
    let Some((now, _)) = items.last() else { return 0 };
    let crowding = |at: usize| {
        let gap = items[at + 1].0.since(items[at - 1].0);
        let age = now.since(items[at].0).max(YOUNG);
        gap as f64 / age as f64
    };
    (1..items.len().saturating_sub(1)).min_by(|a, b| crowding(*a).total_cmp(&crowding(*b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{PER_LEAF, Samples, TOTAL};
    use crate::model::{Moment, Window};

    #[test]
    fn every_window_finds_its_share_of_a_days_flood() {
        let mut samples = Samples::new();
        let end = 24 * 3600;
        for second in 0..end {
            let at = Moment::from_seconds(second);
            if samples.wants(0, at) {
                samples.keep(0, at, second);
            }
        }
        assert_eq!(samples.of(0).len(), PER_LEAF);
        for window in Window::ALL {
            let from = Moment::from_seconds(end).plus_millis(-window.millis());
            let inside = samples.of(0).iter().filter(|(at, _)| *at >= from).count();
            assert!(inside >= 6, "{window}: {inside}");
        }
    }

    #[test]
    fn the_first_second_of_a_flood_does_not_stay_most_of_the_sample() {
        let mut samples = Samples::new();
        for line in 0..40_000 {
            let at = Moment::from_seconds(1_000 + line / 10_000);
            if samples.wants(0, at) {
                samples.keep(0, at, line);
            }
        }
        let of = |second: i64| samples.of(0).iter().filter(|(at, _)| at.seconds() == 1_000 + second).count();
        assert_eq!(samples.of(0).len(), PER_LEAF);
        assert!((0..4).all(|second| (9..=11).contains(&of(second))), "{:?}", [0, 1, 2, 3].map(of));
    }

    #[test]
    fn the_first_and_the_newest_stay() {
        let mut samples = Samples::new();
        for second in 0..1_000 {
            samples.keep(0, Moment::from_seconds(second), second);
        }
        assert_eq!(samples.of(0).first().map(|(_, item)| *item), Some(0));
        assert_eq!(samples.of(0).last().map(|(_, item)| *item), Some(999));
    }

    #[test]
    fn many_leaves_stay_within_the_limit() {
        let mut samples = Samples::new();
        for leaf in 0..3_000 {
            for second in 0..10 {
                samples.keep(leaf, Moment::from_seconds(second), second);
            }
        }
        let kept: usize = (0..3_000).map(|leaf| samples.of(leaf).len()).sum();
        assert!(kept <= TOTAL.max(3 * 3_000), "{kept}");
        assert!((0..3_000).all(|leaf| !samples.of(leaf).is_empty()));
    }

    #[test]
    fn an_item_is_amended_in_its_place_and_frozen_samples_stay() {
        let mut samples = Samples::new();
        for second in [1, 3, 3, 5] {
            samples.keep(0, Moment::from_seconds(second), second);
        }
        let frozen = samples.clone();
        samples.amend(0, Moment::from_seconds(3), |item| Some(item * 10));
        samples.amend(7, Moment::from_seconds(3), |item| Some(item * 10));
        let all = |samples: &Samples<i64>| samples.of(0).iter().map(|(_, item)| *item).collect::<Vec<_>>();
        assert_eq!((all(&samples), all(&frozen)), (vec![1, 30, 30, 5], vec![1, 3, 3, 5]));
    }

    #[test]
    fn a_full_leaf_takes_one_a_second_of_the_past_too() {
        let mut samples = Samples::new();
        for second in 1_000..2_000 {
            samples.keep(0, Moment::from_seconds(second), second);
        }
        let past = Moment::from_seconds(500);
        assert!(samples.wants(0, past));
        samples.keep(0, past, 500);
        assert!(!samples.wants(0, past));
    }

    #[test]
    fn items_that_arrive_late_are_put_in_their_place() {
        let mut samples = Samples::new();
        for second in [5, 1, 3] {
            samples.keep(0, Moment::from_seconds(second), second);
        }
        let order: Vec<_> = samples.of(0).iter().map(|(_, item)| *item).collect();
        assert_eq!(order, [1, 3, 5]);
    }
}
