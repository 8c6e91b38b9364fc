//! By whom: attempts per value of one dimension (source, campaign), bounded, with the rest in
//! one row.

use hashbrown::HashMap;
use serde::Serialize;

use crate::model::Outcome;
use crate::text::Clean;

/// Attempts of one value.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// All attempts.
    pub attempts: u64,
    /// Handed over.
    pub delivered: u64,
    /// Kept for another try.
    pub deferred: u64,
    /// Given up.
    pub rejected: u64,
    /// Replies with a 4xx code.
    pub code_4xx: u64,
    /// Replies with a 5xx code.
    pub code_5xx: u64,
}

impl Tally {
    /// Counts `times` attempts whose replies have a code of `class`: 2, 4, 5, or 0 for none.
    pub fn count(&mut self, outcome: Outcome, class: u16, times: u32) {
        let times = u64::from(times);
        self.attempts += times;
        match outcome {
            Outcome::Delivered => self.delivered += times,
            Outcome::Deferred => self.deferred += times,
            Outcome::Rejected => self.rejected += times,
        }
        match class {
            4 => self.code_4xx += times,
            5 => self.code_5xx += times,
            _ => {}
        }
    }
}

impl Tally {
    /// Adds another's attempts.
    pub fn add(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.delivered += other.delivered;
        self.deferred += other.deferred;
        self.rejected += other.rejected;
        self.code_4xx += other.code_4xx;
        self.code_5xx += other.code_5xx;
    }
}

/// The index of a value; the same as long as the dimension lives.
pub type ValueIx = u32;

/// Values of one dimension and their tallies.
#[derive(Clone, Debug)]
pub struct Dimension {
    values: Vec<(Clean, Tally)>,
    index: HashMap<Box<[u8]>, ValueIx>,
    limit: usize,
    /// Values that share the last row.
    merged: u64,
}

impl Dimension {
    /// A dimension with at most `limit` rows of its own and one, called `other`, for the rest.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            values: vec![(Clean::from("other"), Tally::default())],
            index: HashMap::new(),
            limit,
            merged: 0,
        }
    }

    /// The index of a value, which is entered if there is room.
    pub fn enter(&mut self, value: &[u8]) -> ValueIx {
        if let Some(index) = self.index.get(value) {
            return *index;
        }
        if self.values.len() > self.limit {
            self.merged += 1;
            return 0;
        }
        let index = self.values.len() as ValueIx;
        self.values.push((Clean::head(value, 256), Tally::default()));
        self.index.insert(Box::from(value), index);
        index
    }

    /// The tally of a value.
    pub fn tally(&mut self, index: ValueIx) -> &mut Tally {
        let index = if (index as usize) < self.values.len() { index as usize } else { 0 };
        &mut self.values[index].1
    }

    /// The name of a value.
    #[must_use]
    pub fn name(&self, index: ValueIx) -> Clean {
        self.values.get(index as usize).map_or_else(Clean::default, |(name, _)| name.clone())
    }

    /// The names of all values, by index.
    #[must_use]
    pub fn names(&self) -> Vec<Clean> {
        self.values.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Values with attempts, most attempts first.
    #[must_use]
    pub fn rows(&self) -> Vec<(Clean, Tally)> {
        let mut rows: Vec<_> = self.values.iter().filter(|(_, tally)| tally.attempts > 0).cloned().collect();
        rows.sort_by(|(name, tally), (other_name, other)| {
            other.attempts.cmp(&tally.attempts).then_with(|| name.cmp(other_name))
        });
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::Dimension;
    use crate::model::Outcome;

    #[test]
    fn values_beyond_the_limit_share_one_row() {
        let mut dimension = Dimension::new(2);
        for value in [b"a", b"b", b"c", b"d", b"a"] {
            let index = dimension.enter(value);
            dimension.tally(index).count(Outcome::Delivered, 2, 1);
        }
        let rows: Vec<_> =
            dimension.rows().into_iter().map(|(name, tally)| (name.to_string(), tally.attempts)).collect();
        assert_eq!(rows, [("a".into(), 2), ("other".into(), 2), ("b".into(), 1)]);
    }
}
