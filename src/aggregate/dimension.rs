//! By whom: attempts per value of one dimension (source, campaign), bounded, with the rest in
//! one row.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::Serialize;

use crate::model::{Moment, Outcome};
use crate::text::{Clean, share};

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
    /// Refused with a 5xx code per attempt, 0–1.
    #[must_use]
    pub fn rate(&self) -> f64 {
        share(self.code_5xx, self.attempts)
    }

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

/// The index of a value, never another's: the lower half is its row, the upper half tells how
/// often the row was given away before.
pub type ValueIx = u32;

/// A row may be given to another value when its own was not seen for so long, in milliseconds: the
/// pause that ends a send.
const IDLE: i64 = super::PAUSE;
/// Between two looks for rows that may be given away, in milliseconds.
const LOOK: i64 = 60_000;
/// Bytes of a value that its name has.
const NAME: usize = 256;
/// Names of values that gave their row away.
const RETIRED: usize = 4_096;

/// Values of one dimension and their tallies.
#[derive(Clone, Debug)]
pub struct Dimension {
    values: Vec<Value>,
    index: HashMap<Box<[u8]>, ValueIx>,
    limit: usize,
    /// Values that share the last row.
    merged: u64,
    /// Rows that may be given to others.
    free: Vec<usize>,
    looked: Option<Moment>,
    /// Names of values that gave their row away.
    retired: HashMap<ValueIx, Clean>,
    /// The names as they were last asked for, while none has changed.
    listed: Option<Arc<[(ValueIx, Clean)]>>,
}

/// One row.
#[derive(Clone, Debug)]
struct Value {
    name: Clean,
    tally: Tally,
    last: Moment,
    /// How often the row was given away.
    given: u16,
}

impl Value {
    fn new(name: Clean, last: Moment, given: u16) -> Self {
        Self { name, tally: Tally::default(), last, given }
    }
}

impl Dimension {
    /// A dimension with at most `limit` rows of its own, no more than 65,535, and one, called `other`,
    /// for the rest.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            values: vec![Value::new(Clean::from("other"), Moment::from_millis(i64::MAX), 0)],
            index: HashMap::new(),
            limit: limit.min(usize::from(u16::MAX)),
            merged: 0,
            free: Vec::new(),
            looked: None,
            retired: HashMap::new(),
            listed: None,
        }
    }

    /// The index of a value, which is entered if there is room.
    pub fn enter(&mut self, value: &[u8]) -> ValueIx {
        // Of no time, no row is old enough to be given away.
        self.enter_at(value, Moment::from_millis(i64::MIN))
    }

    /// The index of a value that is seen at `at`, which is entered if there is room, or if rows can be
    /// given away: of those that were not seen for long, the quarter with the fewest attempts, which
    /// then count as the others'.
    pub fn enter_at(&mut self, value: &[u8], at: Moment) -> ValueIx {
        self.enter_as(value, || Clean::head(value, NAME), at)
    }

    /// The same as [`Self::enter`] of a value that was neutralised before.
    pub fn enter_clean(&mut self, value: &Clean) -> ValueIx {
        self.enter_as(value.as_bytes(), || value.cut(NAME), Moment::from_millis(i64::MIN))
    }

    fn enter_as(&mut self, value: &[u8], name: impl FnOnce() -> Clean, at: Moment) -> ValueIx {
        if let Some(index) = self.index.get(value) {
            let index = *index;
            self.see(index, at);
            return index;
        }
        let name = name();
        if self.values.len() <= self.limit {
            self.values.push(Value::new(name, at, 0));
            return self.put(value, self.values.len() - 1);
        }
        if self.free.is_empty() {
            self.look(at);
        }
        let Some(row) = self.free.pop() else {
            self.merged += 1;
            return 0;
        };
        let given = self.values[row].given.wrapping_add(1);
        self.values[row] = Value::new(name, at, given);
        self.put(value, row)
    }

    fn put(&mut self, value: &[u8], row: usize) -> ValueIx {
        let index = index(row, self.values[row].given);
        self.listed = None;
        self.index.insert(Box::from(value), index);
        index
    }

    /// A value was seen at `at`.
    pub fn see(&mut self, index: ValueIx, at: Moment) {
        if let Some(row) = self.row(index) {
            let value = &mut self.values[row];
            value.last = value.last.max(at);
        }
    }

    /// Looks for rows that can be given away.
    fn look(&mut self, at: Moment) {
        if self.looked.is_some_and(|looked| at.since(looked) < LOOK) {
            return;
        }
        self.looked = Some(at);
        self.listed = None;
        let is_idle = |row: &usize| at.since(self.values[*row].last) > IDLE;
        let mut idle: Vec<usize> = (1..self.values.len()).filter(is_idle).collect();
        idle.sort_by_key(|row| self.values[*row].tally.attempts);
        idle.truncate(idle.len().div_ceil(4));
        if self.retired.len() + idle.len() > RETIRED {
            self.retired.clear();
        }
        for row in &idle {
            let value = &mut self.values[*row];
            let tally = std::mem::take(&mut value.tally);
            self.retired.insert(index(*row, value.given), value.name.clone());
            self.values[0].tally.add(&tally);
        }
        let is_gone = |index: ValueIx| idle.contains(&(index as usize & 0xffff));
        self.index.retain(|_, index| !is_gone(*index));
        self.free = idle;
    }

    /// The row of a value; `None` where it gave it away.
    fn row(&self, index: ValueIx) -> Option<usize> {
        let row = index as usize & 0xffff;
        self.values.get(row).filter(|value| u32::from(value.given) == index >> 16).map(|_| row)
    }

    /// The tally of a value.
    pub fn tally(&mut self, index: ValueIx) -> &mut Tally {
        let row = self.row(index).unwrap_or(0);
        &mut self.values[row].tally
    }

    /// The name of a value; empty where it is not known any more.
    #[must_use]
    pub fn name(&self, index: ValueIx) -> Clean {
        match self.row(index) {
            Some(row) => self.values[row].name.clone(),
            None => self.retired.get(&index).cloned().unwrap_or_default(),
        }
    }

    /// The names of all values that are known, in the order of their indices.
    pub fn names(&mut self) -> Arc<[(ValueIx, Clean)]> {
        if let Some(listed) = &self.listed {
            return Arc::clone(listed);
        }
        let rows = self.values.iter().enumerate();
        let rows = rows.map(|(row, value)| (index(row, value.given), value.name.clone()));
        let mut names: Vec<_> =
            rows.chain(self.retired.iter().map(|(index, name)| (*index, name.clone()))).collect();
        names.sort_unstable_by_key(|(index, _)| *index);
        Arc::clone(self.listed.insert(Arc::from(names)))
    }

    /// Values with attempts, most attempts first.
    #[must_use]
    pub fn rows(&self) -> Vec<(Clean, Tally)> {
        let named = self.values.iter().filter(|value| value.tally.attempts > 0);
        let mut rows: Vec<_> = named.map(|value| (value.name.clone(), value.tally)).collect();
        rows.sort_by(|(name, tally), (other_name, other)| {
            other.attempts.cmp(&tally.attempts).then_with(|| name.cmp(other_name))
        });
        rows
    }
}

fn index(row: usize, given: u16) -> ValueIx {
    u32::from(given) << 16 | row as ValueIx
}

#[cfg(test)]
mod tests {
    use super::{Dimension, IDLE, LOOK};
    use crate::model::{Moment, Outcome};

    fn enter(dimension: &mut Dimension, value: &str, millis: i64, times: u32) -> u32 {
        let index = dimension.enter_at(value.as_bytes(), Moment::from_millis(millis));
        dimension.tally(index).count(Outcome::Delivered, 2, times);
        index
    }

    #[test]
    fn what_is_not_seen_for_long_gives_its_row_away_and_is_no_other() {
        let mut dimension = Dimension::new(4);
        let old: Vec<u32> = [("a", 9), ("b", 1), ("c", 9), ("d", 9)]
            .into_iter()
            .map(|(value, times)| enter(&mut dimension, value, 0, times))
            .collect();
        assert_eq!(enter(&mut dimension, "e", IDLE, 1), 0, "nothing is idle yet");
        let new = enter(&mut dimension, "e", IDLE + LOOK, 1);
        assert_eq!((dimension.name(new).as_str(), dimension.name(old[1]).as_str()), ("e", "b"));
        assert_ne!(new, old[1]);
        dimension.tally(old[1]).count(Outcome::Delivered, 2, 5);
        assert_eq!(
            dimension.tally(new).attempts,
            1,
            "what comes late for the old one is no attempt of the new one"
        );
        assert_eq!(dimension.tally(0).attempts, 1 + 1 + 5);
        let names = dimension.names();
        assert!(names.iter().any(|(index, name)| (*index, name.as_str()) == (old[1], "b")));
        assert!(names.iter().any(|(index, name)| (*index, name.as_str()) == (new, "e")));
        // What is seen stays, though it has fewer attempts; and the past takes no row away.
        dimension.see(new, Moment::from_millis(3 * IDLE));
        enter(&mut dimension, "f", 3 * IDLE, 1);
        assert_eq!(dimension.name(new).as_str(), "e");
        assert_eq!(dimension.tally(new).attempts, 1);
        assert_eq!(enter(&mut dimension, "g", 10, 1), 0);
    }

    #[test]
    fn many_values_in_a_row_cost_bounded_memory_and_no_attempt() {
        let mut dimension = Dimension::new(16);
        for number in 0..20_000 {
            enter(&mut dimension, &format!("c{number}"), number * IDLE / 8, 1);
        }
        assert_eq!(dimension.rows().iter().map(|(_, tally)| tally.attempts).sum::<u64>(), 20_000);
        assert!(dimension.retired.len() <= super::RETIRED && dimension.index.len() <= 16);
        assert!(dimension.rows().iter().any(|(name, _)| name.as_str() == "c19999"));
    }

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
