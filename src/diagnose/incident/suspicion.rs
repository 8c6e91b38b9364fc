//! A suspicion: a score, what was seen since it left zero, and where that began.

use super::baseline::Seen;
use super::score::best;
use super::watch::Told;
use crate::model::{Moment, Party};

/// Moments with hits that are kept to date the onset by.
const MARKS: usize = 48;
/// Providers and lists that are kept apart; the rest counts to no provider.
const PARTS: usize = 256;

/// A score and what was seen since it left zero.
#[derive(Clone, Debug)]
pub(super) struct Suspicion {
    pub score: f64,
    pub since: Moment,
    pub seen: Seen,
    pub parts: Parts,
    /// Hits, of which a burst counts as a few.
    pub distinct: u64,
    /// Where hits were: what was seen before them.
    marks: Vec<Mark>,
}

/// What was seen before a moment.
#[derive(Copy, Clone, Debug)]
pub(super) struct Mark {
    pub at: Moment,
    pub attempts: u64,
    pub hits: u64,
    pub distinct: u64,
}

/// Replies by provider and list.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts(Vec<(Party, u16, u64)>);

impl Parts {
    pub(super) fn add<'a>(&mut self, replies: impl Iterator<Item = &'a Told>) {
        for told in replies {
            match self.0.iter().position(|part| (part.0, part.1) == (told.party, told.list)) {
                Some(at) => self.0[at].2 += told.count,
                None if self.0.len() < PARTS => self.0.push((told.party, told.list, told.count)),
                None => {}
            }
        }
    }

    /// Providers and their replies that name a list of some, most first.
    pub(super) fn parties(&self, is_one: impl Fn(u16) -> bool) -> Vec<(Party, u64)> {
        let mut sums: Vec<(Party, u64)> = Vec::new();
        for (party, _, count) in self.0.iter().filter(|(_, list, _)| is_one(*list)) {
            match sums.iter_mut().find(|(of, _)| of == party) {
                Some((_, sum)) => *sum += count,
                None => sums.push((*party, *count)),
            }
        }
        sums.sort_unstable_by_key(|(party, count)| (std::cmp::Reverse(*count), *party));
        sums
    }

    /// Replies by the list that they name.
    pub(super) fn lists(&self) -> impl Iterator<Item = (u16, u64)> {
        self.0.iter().map(|(_, list, count)| (*list, *count)).filter(|(list, _)| *list > 0)
    }
}

impl Suspicion {
    pub(super) fn new(at: Moment) -> Self {
        Self {
            score: 0.0,
            since: at,
            seen: Seen::default(),
            parts: Parts::default(),
            distinct: 0,
            marks: Vec::new(),
        }
    }

    /// Slots in which there were hits, as far as they are counted.
    pub(super) fn slots(&self) -> usize {
        self.marks.len()
    }

    pub(super) fn clear(&mut self, at: Moment) {
        (self.score, self.since, self.distinct) = (0.0, at, 0);
        self.seen.clear();
        self.parts.0.clear();
        self.marks.clear();
    }

    pub(super) fn add<'a>(
        &mut self,
        at: Moment,
        seen: &Seen,
        distinct: u64,
        replies: impl Iterator<Item = &'a Told>,
    ) {
        if self.score <= 0.0 && self.seen.hits == 0 {
            (self.since, self.seen.attempts) = (at, 0);
        }
        if seen.hits > 0 {
            if self.marks.len() < MARKS {
                let (attempts, hits) = (self.seen.attempts, self.seen.hits);
                self.marks.push(Mark { at, attempts, hits, distinct: self.distinct });
            }
            self.parts.add(replies);
        }
        self.distinct += distinct;
        self.seen.add(seen);
    }

    /// The moment since which what was seen is likeliest to have come at another rate than
    /// `calm`, with what was seen before it. A stray reply some minutes earlier does not move it.
    pub(super) fn onset(&self, calm: f64) -> Mark {
        let evidence =
            |mark: &Mark| best(self.seen.attempts - mark.attempts, self.distinct - mark.distinct, calm);
        let begin = Mark { at: self.since, attempts: 0, hits: 0, distinct: 0 };
        self.marks.iter().copied().rev().max_by(|a, b| evidence(a).total_cmp(&evidence(b))).unwrap_or(begin)
    }
}
