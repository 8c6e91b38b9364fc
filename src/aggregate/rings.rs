//! When it happened: rings of ever wider slots, from seconds to five minutes.
//!
//! Every event is counted once in each ring. A span is summed from the finest ring that still
//! reaches there: with all four, the last sixteen minutes are exact to the second, the last hour to
//! ten seconds, the last six hours to the minute and the rest of the day to five minutes.
//!
//! Memory is bounded: 2,004 slots, each holding at most one entry per leaf. Sealed slots are
//! shared with the snapshots that were taken of them, so a snapshot costs a few thousand
//! reference counts and no copy of a count.

use std::sync::Arc;

use super::LeafIx;
use crate::model::Moment;

/// Slot width in milliseconds and number of slots, finest first. Each ring reaches a little
/// further than the windows that need it, so that a window is never cut by a slot's edge.
const TIERS: [(i64, usize); 4] = [(1_000, 960), (10_000, 372), (60_000, 372), (300_000, 300)];
/// Of those, the ones that coarse rings have.
const COARSE: [usize; 2] = [1, 3];

/// Counts per leaf and time.
#[derive(Clone, Debug)]
pub struct Rings {
    tiers: Vec<Tier>,
    newest: Option<Moment>,
    oldest: Option<Moment>,
}

#[derive(Clone, Debug)]
struct Tier {
    step: i64,
    slots: Vec<Slot>,
    open: Open,
}

/// A sealed slot: its number (time divided by step) and its counts, ordered by leaf.
#[derive(Clone, Debug, Default)]
struct Slot {
    number: i64,
    counts: Arc<Vec<(LeafIx, u32)>>,
}

/// The newest slot, which most events hit: dense, so that counting is one addition.
#[derive(Clone, Debug)]
struct Open {
    number: i64,
    counts: Vec<u32>,
    touched: Vec<LeafIx>,
}

impl Default for Rings {
    fn default() -> Self {
        Self::new()
    }
}

impl Rings {
    /// Empty rings, all four.
    #[must_use]
    pub fn new() -> Self {
        Self::of(TIERS.into_iter())
    }

    /// Empty rings that keep the last hour to ten seconds and the day to five minutes, for what is
    /// counted beside the leaves: 672 slots.
    #[must_use]
    pub fn coarse() -> Self {
        Self::of(COARSE.into_iter().map(|at| TIERS[at]))
    }

    fn of(tiers: impl Iterator<Item = (i64, usize)>) -> Self {
        let tiers = tiers.map(|(step, slots)| Tier {
            step,
            slots: vec![Slot { number: i64::MIN, counts: Arc::default() }; slots],
            open: Open { number: i64::MIN, counts: Vec::new(), touched: Vec::new() },
        });
        Self { tiers: tiers.collect(), newest: None, oldest: None }
    }

    /// How far back counts are kept, in milliseconds.
    #[must_use]
    pub const fn reach() -> i64 {
        TIERS[3].0 * TIERS[3].1 as i64
    }

    /// Counts `times` events of `leaf` at `at`, in any order of time. What is older than the
    /// reach is not kept.
    pub fn add(&mut self, at: Moment, leaf: LeafIx, times: u32) {
        for tier in &mut self.tiers {
            tier.add(at.millis().div_euclid(tier.step), leaf, times);
        }
        self.newest = self.newest.max(Some(at));
        if self.oldest.is_none_or(|oldest| at < oldest) {
            self.oldest = Some(at);
        }
    }

    /// The oldest moment counted.
    #[must_use]
    pub fn oldest(&self) -> Option<Moment> {
        self.oldest
    }

    /// The newest moment counted.
    #[must_use]
    pub fn newest(&self) -> Option<Moment> {
        self.newest
    }

    /// Calls `count` with the start, the leaf and the count of every slot entry in
    /// `[from, until)`, quantised to the slots that are kept for that time, in no order. A slot
    /// belongs to a span when its start does.
    pub fn each(&self, from: Moment, until: Moment, mut count: impl FnMut(Moment, LeafIx, u32)) {
        let Some(newest) = self.newest else { return };
        let (from, mut until) = (from.millis(), until.millis());
        for (index, tier) in self.tiers.iter().enumerate() {
            if until <= from {
                return;
            }
            let begin = match self.tiers.get(index + 1) {
                Some(next) => align_up(newest.millis() - tier.reach() + tier.step, next.step).max(from),
                None => from,
            };
            tier.each(begin, until, &mut count);
            until = until.min(begin);
        }
    }

    /// Calls `count` as [`each`](Self::each) does, but with slots of one width, [`Self::even_width`] of
    /// `span`, so that a count is told at the same place however old it grows.
    pub fn each_even(
        &self,
        span: i64,
        from: Moment,
        until: Moment,
        mut count: impl FnMut(Moment, LeafIx, u32),
    ) {
        if let Some(tier) = self.even(span) {
            tier.each(from.millis(), until.millis(), &mut count);
        }
    }

    /// The width of the finest slots that all of the last `span` milliseconds are kept in; where none
    /// are kept so long, of the widest.
    #[must_use]
    pub fn even_width(&self, span: i64) -> i64 {
        self.even(span).map_or(1_000, |tier| tier.step)
    }

    fn even(&self, span: i64) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.reach() >= span).or(self.tiers.last())
    }

    /// When the slot began that [`each`](Self::each) tells of `at`.
    #[must_use]
    pub fn slot(&self, at: Moment) -> Moment {
        let width = self.width(at);
        Moment::from_millis(at.millis().div_euclid(width) * width)
    }

    /// How wide the slot is that [`each`](Self::each) tells of `at`, in milliseconds.
    #[must_use]
    pub fn width(&self, at: Moment) -> i64 {
        let newest = self.newest.unwrap_or(at).millis();
        let is_told = |(index, tier): &(usize, &Tier)| match self.tiers.get(index + 1) {
            Some(next) => at.millis() >= align_up(newest - tier.reach() + tier.step, next.step),
            None => true,
        };
        self.tiers.iter().enumerate().find(is_told).map_or(1_000, |(_, tier)| tier.step)
    }

    /// Counts per leaf in `[from, until)`: as many as there are leaves.
    #[must_use]
    pub fn sum(&self, from: Moment, until: Moment, leaves: usize) -> Vec<u64> {
        let mut sums = vec![0; leaves];
        self.each(from, until, |_, leaf, count| {
            if let Some(sum) = sums.get_mut(leaf.index()) {
                *sum += u64::from(count);
            }
        });
        sums
    }
}

impl Tier {
    fn reach(&self) -> i64 {
        self.step * self.slots.len() as i64
    }

    fn index(&self, number: i64) -> usize {
        number.rem_euclid(self.slots.len() as i64) as usize
    }

    fn add(&mut self, number: i64, leaf: LeafIx, times: u32) {
        if number > self.open.number {
            self.seal();
            self.open.number = number;
        } else if number < self.open.number {
            self.amend(number, leaf, times);
            return;
        }
        let at = leaf.index();
        if at >= self.open.counts.len() {
            self.open.counts.resize(at + 1, 0);
        }
        let count = &mut self.open.counts[at];
        if *count == 0 {
            self.open.touched.push(leaf);
        }
        *count = count.saturating_add(times);
    }

    /// Moves the open slot's counts to its place in the ring.
    fn seal(&mut self) {
        if self.open.touched.is_empty() {
            return;
        }
        let counts = self.open.sorted();
        for (leaf, _) in &counts {
            self.open.counts[leaf.index()] = 0;
        }
        self.open.touched.clear();
        let index = self.index(self.open.number);
        self.slots[index] = Slot { number: self.open.number, counts: Arc::new(counts) };
    }

    /// Counts into a slot that is already sealed, unless the ring has gone past it.
    fn amend(&mut self, number: i64, leaf: LeafIx, times: u32) {
        if number <= self.open.number - self.slots.len() as i64 {
            return;
        }
        let index = self.index(number);
        let slot = &mut self.slots[index];
        if slot.number != number {
            *slot = Slot { number, counts: Arc::default() };
        }
        let counts = Arc::make_mut(&mut slot.counts);
        match counts.binary_search_by_key(&leaf, |(leaf, _)| *leaf) {
            Ok(at) => counts[at].1 = counts[at].1.saturating_add(times),
            Err(at) => {
                // Doubled, as vectors grow by themselves, a third of the day's counts would be air.
                if counts.len() == counts.capacity() {
                    counts.reserve_exact(counts.len() / 8 + 4);
                }
                counts.insert(at, (leaf, times));
            }
        }
    }

    /// Slots whose start lies in `[from, until)` milliseconds.
    fn each(&self, from: i64, until: i64, count: &mut impl FnMut(Moment, LeafIx, u32)) {
        let first = align_up(from, self.step) / self.step;
        let first = first.max(self.open.number.saturating_sub(self.slots.len() as i64 - 1));
        let last = (align_up(until, self.step) / self.step).min(self.open.number.saturating_add(1));
        for number in first..last {
            let start = Moment::from_millis(number * self.step);
            if number == self.open.number {
                for leaf in &self.open.touched {
                    count(start, *leaf, self.open.counts[leaf.index()]);
                }
            }
            let slot = &self.slots[self.index(number)];
            if slot.number == number {
                for (leaf, times) in slot.counts.iter() {
                    count(start, *leaf, *times);
                }
            }
        }
    }
}

impl Open {
    fn sorted(&self) -> Vec<(LeafIx, u32)> {
        let mut counts: Vec<_> = self.touched.iter().map(|leaf| (*leaf, self.counts[leaf.index()])).collect();
        counts.sort_unstable_by_key(|(leaf, _)| *leaf);
        counts
    }
}

fn align_up(value: i64, step: i64) -> i64 {
    value.saturating_add(step - 1).div_euclid(step).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Rings;
    use crate::aggregate::LeafIx;
    use crate::model::{Moment, Window};

    const LEAF: LeafIx = LeafIx::new(3);

    fn at(seconds: i64) -> Moment {
        Moment::from_seconds(1_795_003_200 + seconds)
    }

    fn total(rings: &Rings, from: Moment, until: Moment) -> u64 {
        rings.sum(from, until, 8).iter().sum()
    }

    #[test]
    fn nothing_is_counted_twice_or_dropped_across_the_rings() {
        let mut rings = Rings::new();
        for minute in 0..24 * 60 {
            rings.add(at(minute * 60), LEAF, 1);
        }
        let end = at(24 * 3600);
        assert_eq!(total(&rings, at(0), end), 24 * 60);
        let halves = total(&rings, at(0), at(12 * 3600)) + total(&rings, at(12 * 3600), end);
        assert_eq!(halves, 24 * 60);
    }

    #[test]
    fn every_window_counts_what_happened_in_it_to_a_slots_width() {
        let mut rings = Rings::new();
        for second in 0..25 * 3600 {
            rings.add(at(second), LEAF, 1);
        }
        let now = at(25 * 3600);
        for window in Window::ALL {
            let counted = total(&rings, now.plus_millis(-window.millis()), now) as i64;
            let exact = window.millis() / 1000;
            assert!(
                exact - counted >= 0 && exact - counted <= exact / 80 + 1,
                "{window}: {counted} of {exact}"
            );
        }
    }

    #[test]
    fn the_width_of_a_slot_is_the_distance_to_the_next_one() {
        for rings in [Rings::new(), Rings::coarse()] {
            let mut rings = rings;
            for second in 0..25 * 3600 {
                rings.add(at(second), LEAF, 1);
            }
            let mut starts = Vec::new();
            rings.each(at(0), at(25 * 3600), |start, _, _| starts.push(start));
            starts.sort_unstable();
            for pair in starts.windows(2) {
                assert_eq!(rings.width(pair[0]), pair[1].since(pair[0]), "{:?}", pair[0]);
            }
        }
    }

    #[test]
    fn what_is_older_than_the_reach_is_gone() {
        let mut rings = Rings::new();
        rings.add(at(0), LEAF, 1);
        rings.add(at(30 * 3600), LEAF, 1);
        rings.add(at(1), LEAF, 1);
        assert_eq!(total(&rings, at(-3600), at(40 * 3600)), 1);
    }

    #[test]
    fn a_snapshot_does_not_see_what_comes_later() {
        let mut rings = Rings::new();
        rings.add(at(0), LEAF, 1);
        rings.add(at(5), LEAF, 1);
        let frozen = rings.clone();
        rings.add(at(0), LEAF, 7);
        rings.add(at(6), LEAF, 7);
        assert_eq!(total(&frozen, at(0), at(60)), 2);
        assert_eq!(total(&rings, at(0), at(60)), 16);
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(mut times in prop::collection::vec(0i64..80_000, 1..200)) {
            let mut shuffled = Rings::new();
            // The newest first, so that both see the same reach.
            let newest = times.iter().max().copied().unwrap_or_default();
            shuffled.add(at(newest), LEAF, 1);
            let mut ordered = Rings::new();
            for time in &times {
                shuffled.add(at(*time), LEAF, 1);
            }
            times.push(newest);
            times.sort_unstable();
            for time in &times {
                ordered.add(at(*time), LEAF, 1);
            }
            for (from, until) in [(0, 90_000), (newest - 60, newest + 1), (newest - 3600, newest + 1)] {
                prop_assert_eq!(total(&shuffled, at(from), at(until)), total(&ordered, at(from), at(until)));
            }
        }
    }
}
