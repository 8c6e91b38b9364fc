//! All tracks, and the time that passes over them.

use hashbrown::HashMap;

use super::case::{Cases, Tracked};
use super::track::{Change, SILENCE, Track, UNEVEN};
use super::{Case, Composition, Fault, Thresholds};
use crate::model::{Category, Moment, Party};

/// Tracks for which room is made at a time.
const MORE: usize = 256;

/// What a track is of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Of {
    /// Everything.
    All,
    /// One category, against all attempts.
    Category(Category),
    /// One provider.
    Provider(Party),
    /// One of our sources, by its index.
    Source(u32),
    /// One campaign, by its index.
    Campaign(u32),
}

/// Replies of one kind in one slot of time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Why.
    pub category: Category,
    /// Whose fault.
    pub fault: Fault,
    /// Which list they name: 0 for none, else a number of the caller's, whose upper eight bits, which
    /// are not 0, are the same for lists of one family. Of [`Fault::Receiver`], [`Failing`](super::Failing) as a
    /// number.
    pub list: u16,
    /// How many.
    pub count: u64,
}

/// What happened at one provider, or to one source or campaign, in one slot of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// All attempts.
    pub attempts: u64,
    /// Replies that are somebody's fault.
    pub replies: Vec<Reply>,
}

/// Replies of one fault at one provider.
#[derive(Copy, Clone, Debug)]
pub(super) struct Told {
    pub party: Party,
    pub category: Category,
    pub list: u16,
    pub count: u64,
}

/// Watches every provider, category, source and campaign.
#[derive(Clone, Debug)]
pub struct Watch {
    thresholds: Thresholds,
    tracks: Vec<Tracked>,
    index: HashMap<(Of, Fault), usize>,
    /// Categories that have a track.
    categories: Vec<(Category, Fault)>,
    cases: Cases,
    told: Vec<Told>,
}

impl Watch {
    /// Watches nothing yet.
    #[must_use]
    pub fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            tracks: Vec::new(),
            index: HashMap::new(),
            categories: Vec::new(),
            cases: Cases::default(),
            told: Vec::new(),
        }
    }

    /// A watch that has seen nothing, with the cases of this one that were over by `before`.
    #[must_use]
    pub fn afresh(&self, before: Moment) -> Self {
        Self { cases: self.cases.over_by(before), ..Self::new(self.thresholds) }
    }

    /// Takes one slot of `width` milliseconds that began at `at`: what happened at every provider
    /// that had attempts. Slots come in the order of time.
    pub fn slot(&mut self, at: Moment, width: i64, slices: &[(Party, Slice)]) {
        let attempts: u64 = slices.iter().map(|(_, slice)| slice.attempts).sum();
        let mut told = std::mem::take(&mut self.told);
        for fault in Fault::ALL {
            told.clear();
            for (party, slice) in slices {
                let begin = told.len();
                push(&mut told, *party, slice, fault);
                self.step(Of::Provider(*party), fault, (at, width), slice.attempts, &told[begin..], None);
            }
            for reply in &told {
                if !self.categories.contains(&(reply.category, fault)) {
                    self.categories.push((reply.category, fault));
                }
            }
            self.step(Of::All, fault, (at, width), attempts, &told, None);
            for index in 0..self.categories.len() {
                let (category, of) = self.categories[index];
                if of == fault {
                    self.step(Of::Category(category), fault, (at, width), attempts, &told, Some(category));
                }
            }
        }
        self.told = told;
        self.cases.settle(&mut self.tracks, at.plus_millis(width));
    }

    /// The same of one source or campaign. Its slots come in the order of time.
    pub fn strand(&mut self, of: Of, at: Moment, width: i64, slice: &Slice) {
        let mut told = std::mem::take(&mut self.told);
        for fault in Fault::ALL {
            told.clear();
            push(&mut told, Party::Nobody, slice, fault);
            self.step(of, fault, (at, width), slice.attempts, &told, None);
        }
        self.told = told;
    }

    fn step(
        &mut self,
        of: Of,
        fault: Fault,
        (at, width): (Moment, i64),
        attempts: u64,
        told: &[Told],
        only: Option<Category>,
    ) {
        let index = match self.index.get(&(of, fault)) {
            Some(index) => *index,
            None => {
                // A category that was never seen before has the past of all attempts.
                let all = only.and_then(|_| self.index.get(&(Of::All, fault)));
                let past = all.map(|all| &self.tracks[*all].track);
                let track = Track::new((of, fault), at, past, &self.thresholds);
                if self.tracks.len() == self.tracks.capacity() {
                    // A kilobyte each: twice as many as there are would be much.
                    self.tracks.reserve_exact(MORE);
                }
                self.tracks.push(Tracked { of, fault, track, declared: at });
                self.index.insert((of, fault), self.tracks.len() - 1);
                self.tracks.len() - 1
            }
        };
        let replies = told.iter().filter(move |told| only.is_none_or(|only| told.category == only));
        // Where little is known of how unevenly replies come, it is known of all.
        let all = self.index.get(&(Of::All, fault)).filter(|_| of != Of::All);
        let uneven = all.map_or(UNEVEN, |all| self.tracks[*all].track.dispersion());
        let tracked = &mut self.tracks[index];
        let is_running = tracked.track.running.is_some();
        let change = tracked.track.step((at, width), attempts, replies.clone(), (&self.thresholds, uneven));
        if is_running {
            let hits: u64 = replies.map(|told| told.count).sum();
            self.cases.count(index, at, attempts, hits.min(attempts));
        }
        match change {
            Some(Change::Declared) => {
                tracked.declared = at.plus_millis(width);
                self.cases.declare(&self.tracks, index, at.plus_millis(width));
            }
            Some(Change::Ended(end)) => self.cases.end(index, end),
            None => {}
        }
    }

    /// Lets time pass without attempts: an incident whose traffic stopped ends.
    pub fn pass(&mut self, now: Moment) {
        for index in 0..self.tracks.len() {
            let track = &mut self.tracks[index].track;
            if track.running.is_some()
                && now.since(track.last_attempt) > SILENCE
                && let Some(end) = track.end(now)
            {
                self.cases.end(index, end);
            }
        }
        self.cases.settle(&mut self.tracks, now);
    }

    /// Incidents, in the order of their declaration; running and ended ones.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        self.cases.list()
    }

    /// What a case is made of was looked up in other counts, and at which providers its replies became
    /// more.
    pub fn compose(&mut self, case: usize, composition: Composition, at: Vec<(Party, u64)>) {
        self.cases.compose(case, composition, at);
    }

    /// What is told of a case: attempts and replies since its onset, and the rate before it.
    pub fn set_counts(&mut self, case: usize, counts: (u64, u64), baseline: Option<f64>) {
        self.cases.set_counts(case, counts, baseline);
    }

    /// Makes one incident of those that turned out to be about one source or campaign. The indices
    /// of the cases change.
    pub fn unite(&mut self) {
        self.cases.unite();
    }
}

pub(super) fn push(told: &mut Vec<Told>, party: Party, slice: &Slice, fault: Fault) {
    told.extend(
        slice.replies.iter().filter(|reply| reply.fault == fault && reply.count > 0).map(|reply| Told {
            party,
            category: reply.category,
            list: reply.list,
            count: reply.count,
        }),
    );
}
