//! Who is on the list, and what is not.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::judge::{Says, Seen, written};
use super::{Ask, Left, Refused};
use crate::engine::{Incident, Snapshot};
use crate::model::{Action, Category, Fault, Moment};

/// An address that was blamed.
#[derive(Copy, Clone, Debug)]
pub(super) struct Found {
    pub(super) first: Moment,
    pub(super) last: Moment,
    pub(super) count: u32,
    state: State,
}

/// Where an address stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum State {
    Due,
    Lives,
    Contradicted,
    Told,
}

/// The addresses that were blamed, by hash, and the counts of everything else.
#[derive(Debug)]
pub(super) struct List {
    limit: usize,
    found: HashMap<u64, Found>,
    refused: BTreeMap<(Category, Fault, Action), u64>,
    doubtful: u64,
    invalid: u64,
    over: u64,
    pub(super) listed: u64,
}

impl List {
    pub(super) fn new(ask: Ask) -> Self {
        Self {
            limit: ask.limit,
            found: HashMap::new(),
            refused: BTreeMap::new(),
            doubtful: 0,
            invalid: 0,
            over: 0,
            listed: 0,
        }
    }

    /// The first pass: who was blamed, and what blames somebody else.
    pub(super) fn find(&mut self, seen: &Seen<'_>) {
        if !seen.is_asked {
            return;
        }
        let times = u64::from(seen.tried.times);
        match seen.says {
            Says::Fault if written(seen.recipient).is_none() => self.invalid += times,
            Says::Fault => self.blame(seen),
            Says::Doubtful => self.doubtful += times,
            Says::Other | Says::Nothing => {
                let Some(verdict) = &seen.tried.verdict else { return };
                *self.refused.entry((verdict.category, verdict.fault, verdict.action)).or_default() += times;
            }
            Says::Lives => {}
        }
    }

    fn blame(&mut self, seen: &Seen<'_>) {
        let is_full = self.found.len() >= self.limit;
        if is_full && !self.found.contains_key(&seen.hash) {
            self.over += u64::from(seen.tried.times);
            return;
        }
        let new = Found { first: seen.at, last: seen.at, count: 0, state: State::Due };
        let found = self.found.entry(seen.hash).or_insert(new);
        found.first = found.first.min(seen.at);
        found.last = found.last.max(seen.at);
        found.count = found.count.saturating_add(seen.tried.times);
    }

    /// The second pass: who lives, and of whom something else was said since. What was asked for ends
    /// with `--until`; that somebody was delivered to after it counts all the same.
    pub(super) fn weigh(&mut self, seen: &Seen<'_>) {
        let Some(found) = self.found.get_mut(&seen.hash) else { return };
        match seen.says {
            Says::Lives if seen.at >= found.first => found.state = State::Lives,
            Says::Other | Says::Doubtful if seen.at >= found.last && found.state == State::Due => {
                found.state = State::Contradicted;
            }
            _ => {}
        }
    }

    /// The third pass: the address of this attempt, where it is the last one that blames it.
    pub(super) fn take(&mut self, seen: &Seen<'_>) -> Option<(String, Found)> {
        if seen.says != Says::Fault {
            return None;
        }
        let found = self.found.get_mut(&seen.hash)?;
        if found.state != State::Due || found.last != seen.at {
            return None;
        }
        let address = written(seen.recipient)?;
        found.state = State::Told;
        self.listed += 1;
        Some((address, *found))
    }

    /// How many addresses are on the list.
    pub(super) fn due(&self) -> u64 {
        self.count(State::Due) + self.count(State::Told)
    }

    fn count(&self, state: State) -> u64 {
        self.found.values().filter(|found| found.state == state).count() as u64
    }

    /// What is not on it.
    pub(super) fn left(self, during: Vec<(Incident, u64)>, snapshot: Snapshot) -> Left {
        let refused = |(key, replies): (&(Category, Fault, Action), &u64)| Refused {
            category: key.0,
            fault: key.1,
            action: key.2,
            replies: *replies,
        };
        let mut refused: Vec<Refused> = self.refused.iter().map(refused).collect();
        refused.sort_by_key(|row| (std::cmp::Reverse(row.replies), row.category));
        Left {
            listed: self.listed,
            passed_over: 0,
            living: self.count(State::Lives),
            contradicted: self.count(State::Contradicted),
            doubtful: self.doubtful,
            invalid: self.invalid,
            over: self.over,
            refused,
            during,
            snapshot,
        }
    }
}
