//! Attempts that wait for their sender while the log is read from the newest block to the oldest:
//! the line that names it may stand in a block that is read later.
//!
//! Memory is bounded: so many attempts wait, then the one that has waited longest goes and is
//! counted as dropped.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::model::{Category, Moment, Outcome};

/// Attempts that wait at once.
const WAITING: usize = 65_536;

/// What is needed to amend an attempt.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Unclaimed {
    /// When it was logged.
    pub at: Moment,
    /// What the MTA did.
    pub outcome: Outcome,
    /// The class of the reply's code; 0 for none.
    pub class: u16,
    /// Why it was refused; `None` for a delivery.
    pub category: Option<Category>,
    /// Whether it has a campaign: only its sample lacks the sender.
    pub has_campaign: bool,
    /// How many lines it stands for.
    pub times: u32,
    /// Its leaf, where it has one.
    pub leaf: Option<u16>,
    /// Whether a sample of it is kept there.
    pub is_sampled: bool,
    /// What it is known by where it was drawn for the sample of all attempts.
    pub chance: u32,
}

/// The attempts that wait, by queue id.
#[derive(Debug, Default)]
pub struct Late {
    /// The oldest first; the number of the first is `gone`.
    waiting: VecDeque<Place>,
    gone: u64,
    /// The newest of every queue id.
    newest: HashMap<u64, u64>,
    dropped: u64,
}

#[derive(Copy, Clone, Debug)]
struct Place {
    key: u64,
    /// The one before of the same queue id.
    before: Option<u64>,
    /// `None` when it was claimed.
    attempt: Option<Unclaimed>,
}

impl Late {
    /// Nothing waits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Attempts that were given up because too many waited.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The number of the next attempt that waits; those that wait now have smaller ones.
    #[must_use]
    pub fn mark(&self) -> u64 {
        self.gone + self.waiting.len() as u64
    }

    /// Whether an attempt of this queue id that waited before `mark` still does.
    #[must_use]
    pub fn is_waiting(&self, key: u64, mark: u64) -> bool {
        let mut at = self.newest.get(&key).copied();
        while let Some((number, place)) = at.and_then(|number| Some((number, self.place(number)?))) {
            if number < mark && place.attempt.is_some() {
                return true;
            }
            at = place.before;
        }
        false
    }

    /// Takes note of an attempt without a sender.
    pub fn wait(&mut self, key: u64, attempt: Unclaimed) {
        if self.waiting.len() >= WAITING
            && let Some(oldest) = self.waiting.pop_front()
        {
            self.dropped += u64::from(oldest.attempt.is_some());
            if self.newest.get(&oldest.key) == Some(&self.gone) {
                self.newest.remove(&oldest.key);
            }
            self.gone += 1;
        }
        let before = self.newest.insert(key, self.mark());
        self.waiting.push_back(Place { key, before, attempt: Some(attempt) });
    }

    /// Hands out the attempts of a queue id that waited before `mark`.
    pub fn claim(&mut self, key: u64, mark: u64, mut on: impl FnMut(Unclaimed)) {
        let mut at = self.newest.get(&key).copied();
        while let Some(number) = at {
            let Some(place) = number.checked_sub(self.gone).and_then(|at| self.waiting.get_mut(at as usize))
            else {
                return;
            };
            if number < mark
                && let Some(attempt) = place.attempt.take()
            {
                on(attempt);
            }
            at = place.before;
        }
    }

    fn place(&self, number: u64) -> Option<&Place> {
        self.waiting.get(usize::try_from(number.checked_sub(self.gone)?).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Late, Unclaimed, WAITING};
    use crate::model::{Moment, Outcome};

    fn attempt(second: i64) -> Unclaimed {
        Unclaimed {
            at: Moment::from_seconds(second),
            outcome: Outcome::Deferred,
            class: 4,
            category: None,
            has_campaign: false,
            times: 1,
            leaf: None,
            is_sampled: false,
            chance: 0,
        }
    }

    fn claimed(late: &mut Late, key: u64, mark: u64) -> Vec<i64> {
        let mut seconds = Vec::new();
        late.claim(key, mark, |attempt| seconds.push(attempt.at.seconds()));
        seconds
    }

    #[test]
    fn all_attempts_of_a_queue_id_are_claimed_once() {
        let mut late = Late::new();
        late.wait(1, attempt(10));
        late.wait(2, attempt(11));
        late.wait(1, attempt(12));
        let mark = late.mark();
        late.wait(1, attempt(13));
        assert!(late.is_waiting(1, mark));
        assert_eq!(claimed(&mut late, 1, mark), [12, 10], "the third came after the mark");
        assert!(!late.is_waiting(1, mark));
        assert_eq!(claimed(&mut late, 1, u64::MAX), [13]);
        assert_eq!(claimed(&mut late, 3, u64::MAX), [0; 0]);
    }

    #[test]
    fn the_one_that_waited_longest_goes_and_is_counted() {
        let mut late = Late::new();
        for number in 0..WAITING as u64 + 10 {
            late.wait(number % 100, attempt(number as i64));
        }
        assert_eq!(late.dropped(), 10);
        let mark = late.mark();
        let left: usize = (0..100).map(|key| claimed(&mut late, key, mark).len()).sum();
        assert_eq!(left, WAITING);
    }
}
