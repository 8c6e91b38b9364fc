//! What an operator calls an incident: the tracks that moved for one reason.

use std::collections::VecDeque;

use super::track::{End, Track};
use super::watch::Of;
use super::{Course, Fault, Peak, is_kin};
use crate::model::{Category, Moment, Party};
use crate::text::share;

mod grow;
mod merge;

use grow::is_one_list;
pub(super) use merge::Cases;

/// Minutes that are remembered of a case.
const MINUTES: usize = 8;
/// Attempts that make a minute worth comparing.
const WORTH: u64 = 5;

/// A track and what it is of.
#[derive(Clone, Debug)]
pub(super) struct Tracked {
    pub of: Of,
    pub fault: Fault,
    pub track: Track,
    pub declared: Moment,
}

/// How far a case reaches.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The providers that are struck, each hard enough to be told alone.
    Providers,
    /// Many providers, most of them too little to be told alone.
    Wide,
    /// One of our sources, by its index.
    Source(u32),
    /// One campaign, by its index.
    Campaign(u32),
}

/// Where the replies of a case come from, as counted elsewhere.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Composition {
    /// The source that it is about.
    pub source: Option<u32>,
    /// The campaign that it is about.
    pub campaign: Option<u32>,
    /// The source that most of them come from, whatever its share of the mail.
    pub from_source: Option<u32>,
    /// The campaign that most of them come from, whatever its share of the mail.
    pub from_campaign: Option<u32>,
    /// Whether it was told by a source or campaign that has (nearly) all mail: it is about neither, but
    /// about everything.
    pub is_of_all: bool,
}

/// What is counted to a case.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Counts {
    /// Attempts since the onset.
    pub attempts: u64,
    /// Replies since the onset.
    pub rejected: u64,
    /// The rate before the onset, 0–1, where enough was seen.
    pub baseline: Option<f64>,
    /// What the case was when it was counted: its end, and its own replies.
    of: (Option<Moment>, u64),
}

/// One incident.
#[derive(Clone, Debug)]
pub struct Case {
    /// The leading category.
    pub category: Category,
    /// Whose fault its replies are.
    pub fault: Fault,
    /// How far it reaches.
    pub scope: Scope,
    /// When the rate left its baseline. It does not change once the case is told.
    pub onset: Moment,
    /// When that was certain.
    pub declared: Moment,
    /// When it came back.
    pub until: Option<Moment>,
    /// The list that most of its replies name; 0 for none.
    pub list: u16,
    /// Where its replies come from.
    pub composition: Composition,
    /// What it was when it was first told: the scope and the category of its id, and how many
    /// cases before it would have the same.
    pub first: (Option<Of>, Category, u32),
    /// Whether it was the slow test that told it first.
    pub slow: bool,
    members: Vec<Member>,
    /// Providers and their replies where the case is wide, or a source's or campaign's.
    parties: Vec<(Party, u64)>,
    /// The last minutes: number, attempts, replies.
    minutes: VecDeque<(i64, u64, u64)>,
    peak: Option<Peak>,
    /// What was counted to it elsewhere.
    counted: Option<Counts>,
    /// Replies when its parts were last looked at: here, and for the composition.
    looked: u64,
    composed: Option<(u64, bool)>,
}

/// A track's part in a case.
#[derive(Clone, Debug)]
struct Member {
    track: usize,
    of: Of,
    onset: Moment,
    until: Option<Moment>,
    /// Whether deliveries told its end, and not silence.
    is_back: bool,
    attempts: u64,
    hits: u64,
}

impl Case {
    /// Attempts and replies since the onset, as its tracks saw them: what the watch decides by. A
    /// track has every reply of one fault, and none that was heard before.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let sum = |of: &mut dyn Iterator<Item = &Member>| {
            of.fold((0, 0), |(attempts, hits), one| (attempts + one.attempts, hits + one.hits))
        };
        // What is counted over all providers contains what is counted at each.
        match self.members.iter().filter(|one| self.is_whole(one)).max_by_key(|one| one.hits) {
            Some(whole) => (whole.attempts, whole.hits),
            None => sum(&mut self.members.iter().filter(|one| one.is_provider())),
        }
    }

    /// What was counted to it in all that is kept, the last time.
    #[must_use]
    pub fn counted(&self) -> Option<Counts> {
        self.counted
    }

    /// Whether what was counted to it can have changed since then: it runs, or ended, or became
    /// another.
    #[must_use]
    pub fn is_to_count(&self) -> bool {
        self.until.is_none() || self.counted.is_none_or(|counted| counted.of != self.mark())
    }

    /// Attempts and replies since the onset, and the rate before it.
    pub(super) fn set_counts(&mut self, attempts: u64, rejected: u64, baseline: Option<f64>) {
        self.counted = Some(Counts { attempts, rejected, baseline, of: self.mark() });
    }

    fn mark(&self) -> (Option<Moment>, u64) {
        (self.until, self.counts().1)
    }

    /// Whether a reply is one of those that it is about, wherever it was said.
    #[must_use]
    pub fn is_about(&self, category: Category, fault: Fault, list: u16) -> bool {
        fault == self.fault && is_kin(category, self.category) && is_one_list(self.list, list)
    }

    /// Its providers, hardest first.
    #[must_use]
    pub fn providers(&self) -> Vec<Party> {
        let mut sums = self.parties.clone();
        for member in &self.members {
            let Of::Provider(party) = member.of else { continue };
            match sums.iter_mut().find(|(of, _)| *of == party) {
                Some((_, hits)) => *hits = (*hits).max(member.hits),
                None => sums.push((party, member.hits)),
            }
        }
        sums.sort_by_key(|(party, hits)| (std::cmp::Reverse(*hits), *party));
        sums.into_iter().map(|(party, _)| party).collect()
    }

    /// Providers that are told alone: which, since when, and whether they are struck still.
    #[must_use]
    pub fn struck(&self) -> Vec<(Party, Moment, bool)> {
        let providers = self.members.iter().filter_map(|one| match one.of {
            Of::Provider(party) => Some((party, one.onset, self.until.is_none() && one.until.is_none())),
            _ => None,
        });
        providers.collect()
    }

    /// The worst minute so far.
    #[must_use]
    pub fn peak(&self) -> Peak {
        let (attempts, hits) = self.counts();
        let whole = Peak { rate: share(hits, attempts), at: self.onset };
        let minutes = self.minutes.iter().filter(|minute| self.is_worth(minute.1)).map(|minute| Peak {
            rate: share(minute.2, minute.1),
            at: Moment::from_millis(minute.0 * 60_000).max(self.onset),
        });
        minutes.chain(self.peak).max_by(|a, b| a.rate.total_cmp(&b.rate)).unwrap_or(whole)
    }

    /// Where it is going at `now`.
    #[must_use]
    pub fn course(&self, now: Moment) -> Course {
        if self.until.is_some() {
            // Where a provider's mail stopped, another's deliveries do not tell.
            let is_back = |one: &Member| one.is_back || !self.counts_with(one);
            return if self.members.iter().all(is_back) { Course::Over } else { Course::Silent };
        }
        let number = now.millis().div_euclid(60_000);
        let sum = |from: i64, until: i64| {
            let minutes = self.minutes.iter().filter(|(at, ..)| (from..until).contains(at));
            minutes.fold((0, 0), |(attempts, hits), minute| (attempts + minute.1, hits + minute.2))
        };
        let (now, before) = (sum(number - 1, number + 1), sum(number - 4, number - 1));
        Course::of(now, before, || self.minutes.front().is_none_or(|(at, ..)| *at >= number - 1))
    }

    /// Whether its composition is worth looking up again: it grew by a fifth, or ended.
    #[must_use]
    pub fn is_due(&self) -> bool {
        let hits = self.counts().1;
        self.composed.is_none_or(|(at, ended)| hits * 5 >= at * 6 + 5 || self.until.is_some() != ended)
    }

    /// The source or campaign whose sums tell it, where no sums over all providers do.
    #[must_use]
    pub fn side(&self) -> Option<Scope> {
        if self.members.iter().any(|one| matches!(one.of, Of::All | Of::Category(_))) {
            return None;
        }
        let sides = self.members.iter().filter_map(|one| match one.of {
            Of::Source(source) => Some((one.hits, Scope::Source(source))),
            Of::Campaign(campaign) => Some((one.hits, Scope::Campaign(campaign))),
            _ => None,
        });
        sides.rev().max_by_key(|(hits, _)| *hits).map(|(_, scope)| scope)
    }

    /// Whether it reaches as far as a source's or campaign's sums, which do not tell where its mail
    /// went.
    #[must_use]
    pub fn is_of_side(&self) -> bool {
        self.scope != Scope::Providers && self.side().is_some()
    }

    fn is_worth(&self, attempts: u64) -> bool {
        let most = self.minutes.iter().map(|minute| minute.1).max().unwrap_or_default();
        attempts >= WORTH && attempts * 4 >= most
    }

    /// Whether a track's counts are those of the whole case.
    fn is_whole(&self, member: &Member) -> bool {
        match (self.scope, member.of) {
            (Scope::Wide, Of::All | Of::Category(_)) => true,
            (Scope::Wide, Of::Source(_) | Of::Campaign(_)) => self.is_of_side(),
            (Scope::Source(a), Of::Source(b)) | (Scope::Campaign(a), Of::Campaign(b)) => a == b,
            _ => false,
        }
    }

    /// Whether a track's counts go into those of the case.
    fn counts_with(&self, member: &Member) -> bool {
        match self.scope {
            Scope::Providers => member.is_provider(),
            _ => self.is_whole(member),
        }
    }

    /// Counts to the minute that `at` lies in.
    fn minute(&mut self, at: Moment, attempts: u64, hits: u64) {
        let number = at.millis().div_euclid(60_000);
        match self.minutes.iter_mut().rev().find(|(of, ..)| *of == number) {
            Some(minute) => (minute.1, minute.2) = (minute.1 + attempts, minute.2 + hits),
            None => self.minutes.push_back((number, attempts, hits)),
        }
        if self.minutes.len() > MINUTES {
            let highest = self.peak();
            if highest.rate > 0.0 && self.minutes.iter().any(|minute| self.is_worth(minute.1)) {
                self.peak = Some(highest);
            }
            self.minutes.pop_front();
        }
    }
}

impl Member {
    fn is_provider(&self) -> bool {
        matches!(self.of, Of::Provider(_))
    }

    fn close(&mut self, end: End) {
        (self.until, self.is_back) = (Some(end.until), end.is_back);
        self.attempts -= end.attempts.min(self.attempts);
        self.hits -= end.hits.min(self.hits);
    }
}
