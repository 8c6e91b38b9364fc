//! Trouble that is nobody's rejection: a provider whose servers or connections fail, and a network of
//! ours that reaches nobody.
//!
//! It is watched with the same statistics as incidents and apart from them: no track here is in a case,
//! and none of a case is here. What comes out is a [`Notice`]: it says whose the trouble is, rings no
//! bell, and stands in the way of no send.

use hashbrown::HashMap;
use serde::Serialize;

use super::track::{Change, End, SILENCE, Track, UNEVEN};
use super::watch::{Of, Slice, Told, push};
use super::{Fault, Thresholds};
use crate::model::{Category, Moment, Party};
use crate::text::{Clean, share};

/// Attempts at a provider that say whether it is reached at all.
const ASKED: u64 = 3;
/// Providers that are not reached at once before it is our network.
const MANY: usize = 3;

/// How it fails.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failing {
    /// In several ways.
    Several,
    /// No connection, for whatever reason.
    Connect,
    /// No answer in time.
    Timeout,
    /// A port that is closed.
    Refused,
    /// No way to the host.
    Unreachable,
    /// Connections that end in the middle.
    Broken,
    /// Names that are not resolved.
    Dns,
    /// Replies of servers that have trouble of their own.
    Server,
}

impl Failing {
    const ALL: [Self; 8] = [
        Self::Several,
        Self::Connect,
        Self::Timeout,
        Self::Refused,
        Self::Unreachable,
        Self::Broken,
        Self::Dns,
        Self::Server,
    ];

    /// How a reply of this category fails, by the id of the rule that told it.
    #[must_use]
    pub fn of(category: Category, rule: &str) -> Self {
        match rule {
            _ if category == Category::ServerError => Self::Server,
            "connect-timeout" | "session-timeout" | "timeout" | "greeting" => Self::Timeout,
            "connect-refused" => Self::Refused,
            "connect-unreachable" => Self::Unreachable,
            "connection-reset" | "session-lost" => Self::Broken,
            "dns-temporary" | "dns-words" => Self::Dns,
            _ => Self::Connect,
        }
    }

    /// As [`Reply::list`](super::Reply) has it.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The way that at least half of the replies fail in.
    fn leading(replies: impl Iterator<Item = (u16, u64)>) -> Self {
        let mut counts = [0; Self::ALL.len()];
        for (number, count) in replies {
            if let Some(sum) = counts.get_mut(usize::from(number)) {
                *sum += count;
            }
        }
        let half = counts.iter().sum::<u64>().div_ceil(2).max(1);
        counts.iter().position(|count| *count >= half).map_or(Self::Several, |at| Self::ALL[at])
    }

    /// What is said of connections that fail so.
    const fn words(self) -> &'static str {
        match self {
            Self::Several => "mail is put off and connections fail",
            Self::Connect => "connections fail",
            Self::Timeout => "connections time out",
            Self::Refused => "connections are refused",
            Self::Unreachable => "hosts cannot be reached",
            Self::Broken => "connections break",
            Self::Dns => "names are not resolved",
            Self::Server => "servers put mail off",
        }
    }
}

/// Troubled trouble it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Troubled {
    /// The provider's.
    Theirs,
    /// Our network's, or our DNS's: many providers fail at once.
    OurNetwork,
}

/// Trouble that is no incident, with names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Notice {
    /// Troubled it is.
    pub whose: Troubled,
    /// The provider's id; `null` where it is at many.
    pub provider: Option<Clean>,
    /// How it fails.
    pub how: Failing,
    /// Providers and domains that are not reached; 1 where it is one provider's.
    pub providers: usize,
    /// When it began.
    pub onset: Moment,
    /// When it was over; `null` while it lasts.
    pub until: Option<Moment>,
    /// Attempts there since the onset.
    pub attempts: u64,
    /// Those that failed so.
    pub failed: u64,
    /// `failed` per attempt, 0–1.
    pub rate: f64,
    /// What it is: `Orange: connections time out`.
    pub verdict: String,
    /// What is to be done about it: `theirs by all signs, …`.
    pub advice: &'static str,
}

impl Notice {
    /// The notice of `trouble` at a provider of this id and name, or at many.
    #[must_use]
    pub fn of(trouble: &Trouble, provider: Option<(Clean, Clean)>) -> Self {
        let words = trouble.how.words();
        let (whose, verdict, advice) = match &provider {
            Some((_, name)) => (
                Troubled::Theirs,
                format!("{name}: {words}"),
                "theirs by all signs, nothing to do here but wait; the queue tries again",
            ),
            None => (
                Troubled::OurNetwork,
                format!("{words} at {} providers at once", trouble.providers),
                "look at this host's network and DNS; the queue waits",
            ),
        };
        Self {
            whose,
            provider: provider.map(|(id, _)| id),
            how: trouble.how,
            providers: trouble.providers,
            onset: trouble.onset,
            until: trouble.until,
            attempts: trouble.attempts,
            failed: trouble.failed,
            rate: share(trouble.failed, trouble.attempts),
            verdict,
            advice,
        }
    }
}

/// Trouble at a provider, or of our network.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Trouble {
    /// The provider; [`Party::Nobody`] for our network.
    pub party: Party,
    /// How it fails mostly.
    pub how: Failing,
    /// Providers and domains that it is at.
    pub providers: usize,
    /// When the rate left its baseline.
    pub onset: Moment,
    /// When it came back, or when mail there stopped.
    pub until: Option<Moment>,
    /// Attempts since the onset.
    pub attempts: u64,
    /// Those that failed.
    pub failed: u64,
}

/// A track and what it found last.
#[derive(Clone, Debug)]
struct Watched {
    track: Track,
    last: Option<Trouble>,
}

/// Watches every provider that is known by name (a domain of its own that is down is an everyday
/// thing), and all connections together.
#[derive(Clone, Debug)]
pub struct Troubles {
    thresholds: Thresholds,
    providers: HashMap<Party, Watched>,
    all: Option<Watched>,
    /// Attempts, and those without a connection, by party, since connections fail over all.
    reached: HashMap<Party, (u64, u64)>,
    told: Vec<Told>,
}

impl Troubles {
    /// Watches nothing yet.
    #[must_use]
    pub fn new(thresholds: Thresholds) -> Self {
        Self { thresholds, providers: HashMap::new(), all: None, reached: HashMap::new(), told: Vec::new() }
    }

    /// Takes one slot of `width` milliseconds that began at `at`. Slots come in the order of time.
    pub fn slot(&mut self, at: Moment, width: i64, slices: &[(Party, Slice)]) {
        let mut told = std::mem::take(&mut self.told);
        for (party, slice) in slices.iter().filter(|(party, _)| matches!(party, Party::Known(_))) {
            told.clear();
            push(&mut told, *party, slice, Fault::Receiver);
            let watched = self
                .providers
                .entry(*party)
                .or_insert_with(|| Watched::new(Of::Provider(*party), at, &self.thresholds));
            watched.step(*party, (at, width), slice.attempts, &told, &self.thresholds);
        }
        told.clear();
        for (party, slice) in slices {
            push(&mut told, *party, slice, Fault::Receiver);
        }
        // A server that answers is reached.
        told.retain(|told| told.category == Category::Network);
        self.reach(at, width, slices, &told);
        self.told = told;
    }

    /// Whether anybody is reached at all.
    fn reach(&mut self, at: Moment, width: i64, slices: &[(Party, Slice)], told: &[Told]) {
        let all = self.all.get_or_insert_with(|| Watched::new(Of::All, at, &self.thresholds));
        let attempts = slices.iter().map(|(_, slice)| slice.attempts).sum();
        // How it fails is asked of all together.
        let many = told.iter().map(|told| Told { party: Party::Nobody, ..*told }).collect::<Vec<_>>();
        all.step(Party::Nobody, (at, width), attempts, &many, &self.thresholds);
        if all.track.running.is_none() {
            self.reached.clear();
            return;
        }
        for (party, slice) in slices {
            let failed: u64 = told.iter().filter(|told| told.party == *party).map(|told| told.count).sum();
            let sum = self.reached.entry(*party).or_default();
            *sum = (sum.0 + slice.attempts, sum.1 + failed);
        }
        let most = |(attempts, failed): (u64, u64)| failed * 5 >= attempts * 4;
        let asked = || self.reached.values().filter(|sum| sum.0 >= ASKED);
        let lost = asked().filter(|sum| most(**sum)).count();
        let sum = self.reached.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        if let Some(last) = &mut all.last
            && lost >= MANY
            && lost * 5 >= asked().count() * 4
            && most(sum)
        {
            last.providers = last.providers.max(lost);
        }
    }

    /// Lets time pass without attempts.
    pub fn pass(&mut self, now: Moment) {
        for watched in self.providers.values_mut().chain(&mut self.all) {
            if watched.track.running.is_some() && now.since(watched.track.last_attempt) > SILENCE {
                let end = watched.track.end(now);
                watched.close(end);
            }
        }
    }

    /// Trouble that runs, worst first, then the last of each that is over, newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Trouble> {
        let network = self.all.as_ref().and_then(|all| all.last).filter(|last| last.providers > 0);
        // What our network does not reach is no trouble of theirs.
        let is_ours = |one: &Trouble| {
            network.is_some_and(|network| {
                let after = |at: Moment| network.until.is_none_or(|until| at.since(until) < SLACK);
                one.onset.since(network.onset) > -SLACK
                    && after(one.onset)
                    && one.until.map_or(network.until.is_none(), after)
            })
        };
        let theirs = self.providers.values().filter_map(|watched| watched.last);
        let mut all: Vec<Trouble> = theirs.filter(|one| !is_ours(one)).chain(network).collect();
        all.sort_by(|a, b| {
            (a.until.is_some().cmp(&b.until.is_some()))
                .then((b.providers > 1).cmp(&(a.providers > 1)))
                .then(b.until.cmp(&a.until))
                .then(b.failed.cmp(&a.failed))
                .then(a.party.cmp(&b.party))
        });
        all
    }
}

/// Trouble that begins or ends so near to our network's is its, in milliseconds.
const SLACK: i64 = 300_000;

impl Watched {
    fn new(of: Of, at: Moment, thresholds: &Thresholds) -> Self {
        Self { track: Track::new((of, Fault::Receiver), at, None, thresholds), last: None }
    }

    fn step(
        &mut self,
        party: Party,
        slot: (Moment, i64),
        attempts: u64,
        told: &[Told],
        thresholds: &Thresholds,
    ) {
        if self.track.running.is_some()
            && let Some(last) = &mut self.last
        {
            let failed: u64 = told.iter().map(|told| told.count).sum();
            last.attempts += attempts;
            last.failed += failed.min(attempts);
        }
        let change = self.track.step(slot, attempts, told.iter(), (thresholds, UNEVEN));
        if let Some(Change::Ended(end)) = change {
            return self.close(Some(end));
        }
        let Some(running) = &self.track.running else { return };
        if change == Some(Change::Declared) {
            self.last = Some(Trouble {
                party,
                how: Failing::Several,
                providers: usize::from(party != Party::Nobody),
                onset: running.onset,
                until: None,
                attempts: running.seen.attempts,
                failed: running.seen.hits,
            });
        }
        if let Some(last) = &mut self.last {
            last.how = Failing::leading(running.parts.lists());
        }
    }

    fn close(&mut self, end: Option<End>) {
        let (Some(last), Some(end)) = (&mut self.last, end) else { return };
        last.until = Some(end.until);
        last.attempts -= end.attempts.min(last.attempts);
        last.failed -= end.hits.min(last.failed);
    }
}

#[cfg(test)]
mod tests;
