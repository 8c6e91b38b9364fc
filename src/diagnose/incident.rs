//! Telling an incident from churn.
//!
//! Each provider has two tracks: replies that are the sender's fault and replies that are the
//! address's fault. A track is a sequential likelihood-ratio test (CUSUM, Page 1954): every attempt
//! moves a score by how much likelier it is under an incident's rate than under the baseline's.
//! Few mails move it slowly, a rate twenty times its baseline moves it at once. The onset is where
//! the score last left zero. While an incident runs, the baseline is frozen and a second score
//! looks for the way back.
//!
//! Everything here is on log time: the same log gives the same incidents at any speed.

use std::hash::Hash;

use hashbrown::HashMap;
use serde::Serialize;

use crate::model::{Category, Moment, code_class};
use crate::text::Clean;

/// A baseline is never taken as lower than this: half a percent is ordinary churn.
const FLOOR: f64 = 0.005;
/// An incident's rate is at least this.
const INCIDENT: f64 = 0.05;
/// For the address's fault: more than two percent of a send is a list-quality problem.
const INCIDENT_ADDRESS: f64 = 0.04;
/// An incident's rate is at least this many times the baseline.
const FACTOR: f64 = 4.0;
/// Score at which an incident is declared: about one false alarm in e^17 attempts.
const DECLARE: f64 = 17.0;
/// Score at which it is over.
const OVER: f64 = 8.0;
/// Fewest replies that make an incident.
const FEWEST: u64 = 10;
/// Half-life of what the baseline remembers, in milliseconds.
const MEMORY: f64 = 3_600_000.0;
/// Attempts that the baseline is worth before any was seen.
const PRIOR: f64 = 200.0;
/// A track without attempts for this long ends its incident, in milliseconds.
const SILENCE: i64 = 1_800_000;
/// Incidents kept after their end.
const KEPT: usize = 200;

/// A rejection rate that left its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// What it is referred to by: scope, category and the minute of its onset,
    /// `gmail-ip_reputation-20261121T1427Z`.
    pub id: Clean,
    /// The provider's id; `null` when it spans several.
    pub provider: Option<Clean>,
    /// The ids of all providers that it strikes, hardest first.
    pub providers: Vec<Clean>,
    /// Our source that it is about, where it is about one.
    pub source: Option<Clean>,
    /// The campaign that it is about, where it is about one.
    pub campaign: Option<Clean>,
    /// The id of the blocklist that its replies name, where they name one.
    pub list: Option<Clean>,
    /// The name as shown: the provider's, "3 providers", a source, a campaign.
    pub name: Clean,
    /// The leading category.
    pub category: Category,
    /// When the rate left its baseline.
    pub onset: Moment,
    /// When that was certain.
    pub declared: Moment,
    /// When it came back; `null` while it lasts.
    pub until: Option<Moment>,
    /// Where it is going.
    pub course: Course,
    /// Its worst minute so far.
    pub peak: Peak,
    /// Replies that count against the sender or the list since the onset.
    pub rejected: u64,
    /// Attempts since the onset.
    pub attempts: u64,
    /// `rejected` per attempt since the onset, 0–1.
    pub rate: f64,
    /// The same before the onset, 0–1.
    pub baseline: f64,
    /// One line: what it is.
    pub verdict: String,
}

/// Where an incident is going.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// The rate still grows.
    Rising,
    /// It holds.
    Steady,
    /// It shrinks, and is not yet back.
    Falling,
    /// It came back.
    Over,
    /// Its mail stopped before it came back: whether it is over is not known.
    Silent,
}

/// The worst minute of an incident.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize)]
pub struct Peak {
    /// Replies that count per attempt, 0–1.
    pub rate: f64,
    /// When that minute began.
    pub at: Moment,
}

/// Whose fault a reply is, as far as incidents are concerned.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Reputation, lists, authentication, content, configuration: ours.
    Sender,
    /// The address does not exist or takes no mail.
    Address,
}

/// Whose fault a reply with this category and basic code is; `None` for what is nobody's (full
/// mailboxes, greylisting, the remote system's own trouble).
#[must_use]
pub fn fault(category: Category, code: u16) -> Option<Fault> {
    use Category as C;
    match category {
        C::UserUnknown | C::BadDomain | C::MailboxDisabled => {
            matches!(code_class(code), 0 | 5).then_some(Fault::Address)
        }
        C::Blocklist
        | C::IpReputation
        | C::DomainReputation
        | C::AuthFailure
        | C::ContentSpam
        | C::Virus
        | C::Policy
        | C::PtrDns
        | C::SenderInvalid
        | C::RelayDenied
        | C::SmtpAuth
        | C::Tls
        | C::Protocol
        | C::Size => (code != 0).then_some(Fault::Sender),
        C::Unknown | C::RecipientPolicy | C::RateLimit => (code_class(code) == 5).then_some(Fault::Sender),
        C::MailboxFull | C::Greylist | C::Network | C::ServerError => None,
    }
}

/// What happened at one provider in one slice of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// All attempts.
    pub attempts: u64,
    /// Replies by category with their fault.
    pub replies: Vec<(Category, Fault, u64)>,
}

/// Watches every provider; `K` names one.
#[derive(Clone, Debug)]
pub struct Watch<K> {
    tracks: Vec<(K, Track)>,
    index: HashMap<(K, Fault), usize>,
    ended: Vec<(K, Found)>,
}

/// An incident without names.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The leading category.
    pub category: Category,
    /// When the rate left its baseline.
    pub onset: Moment,
    /// When it came back.
    pub until: Option<Moment>,
    /// Replies of this fault since the onset.
    pub rejected: u64,
    /// Attempts since the onset.
    pub attempts: u64,
    /// The baseline rate before the onset.
    pub baseline: f64,
}

#[derive(Clone, Debug)]
struct Track {
    /// Decayed attempts and hits: the baseline.
    attempts: f64,
    hits: f64,
    decayed_at: Moment,
    /// Log-likelihood of an incident since `rising_since`.
    score: f64,
    since: Since,
    /// Set while an incident runs.
    running: Option<Running>,
    last_attempt: Moment,
}

/// What was counted since the score left zero.
#[derive(Clone, Debug)]
struct Since {
    onset: Moment,
    attempts: u64,
    hits: u64,
    categories: [u64; Category::ALL.len()],
}

#[derive(Clone, Debug)]
struct Running {
    baseline: f64,
    /// Log-likelihood of the way back, and since when.
    back: f64,
    back_since: Moment,
    /// What was counted since the way back began; taken off again if it is real.
    back_attempts: u64,
    back_hits: u64,
}

impl<K: Copy + Eq + Hash> Default for Watch<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Copy + Eq + Hash> Watch<K> {
    /// Watches nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { tracks: Vec::new(), index: HashMap::new(), ended: Vec::new() }
    }

    /// Takes one slice of one provider. Slices of a provider come in the order of time.
    pub fn step(&mut self, provider: K, at: Moment, slice: &Slice) {
        for fault in [Fault::Sender, Fault::Address] {
            let hits: u64 =
                slice.replies.iter().filter(|(_, of, _)| *of == fault).map(|(_, _, count)| count).sum();
            let index = *self.index.entry((provider, fault)).or_insert_with(|| {
                self.tracks.push((provider, Track::new(at)));
                self.tracks.len() - 1
            });
            let (key, track) = &mut self.tracks[index];
            let categories = slice.replies.iter().filter(|(_, of, _)| *of == fault);
            if let Some(found) = track.step(fault, at, slice.attempts, hits, categories) {
                self.ended.push((*key, found));
                if self.ended.len() > KEPT {
                    self.ended.remove(0);
                }
            }
        }
    }

    /// Lets time pass without attempts: an incident whose traffic stopped ends.
    pub fn pass(&mut self, now: Moment) {
        for (key, track) in &mut self.tracks {
            if now.since(track.last_attempt) > SILENCE
                && let Some(running) = track.running.take()
            {
                self.ended.push((*key, track.since.found(&running, Some(track.last_attempt))));
                track.score = 0.0;
            }
        }
    }

    /// Incidents: running ones, then ended ones, newest first.
    #[must_use]
    pub fn incidents(&self) -> Vec<(K, Found)> {
        let running = self
            .tracks
            .iter()
            .filter_map(|(key, track)| Some((*key, track.since.found(track.running.as_ref()?, None))));
        let mut all: Vec<_> = running.collect();
        all.sort_by_key(|(_, found)| std::cmp::Reverse(found.rejected));
        all.extend(self.ended.iter().rev().cloned());
        all
    }
}

impl Track {
    fn new(at: Moment) -> Self {
        Self {
            attempts: 0.0,
            hits: 0.0,
            decayed_at: at,
            score: 0.0,
            since: Since::new(at),
            running: None,
            last_attempt: at,
        }
    }

    /// One slice; the incident if this ended it.
    fn step<'a>(
        &mut self,
        fault: Fault,
        at: Moment,
        attempts: u64,
        hits: u64,
        categories: impl Iterator<Item = &'a (Category, Fault, u64)>,
    ) -> Option<Found> {
        if attempts == 0 {
            return None;
        }
        self.last_attempt = at;
        let hits = hits.min(attempts);
        let baseline = self.running.as_ref().map_or_else(|| self.baseline(), |running| running.baseline);
        let incident = match fault {
            Fault::Sender => INCIDENT,
            Fault::Address => INCIDENT_ADDRESS,
        };
        let (calm, alarm) = (baseline.clamp(FLOOR, 0.5), (baseline * FACTOR).clamp(incident, 0.9));
        let evidence = log_likelihood_ratio(attempts, hits, calm, alarm);
        if self.score <= 0.0 && self.running.is_none() {
            self.since = Since::new(at);
        }
        self.since.attempts += attempts;
        self.since.hits += hits;
        for (category, _, count) in categories {
            self.since.categories[*category as usize] += count;
        }
        match &mut self.running {
            None => {
                self.score = (self.score + evidence).max(0.0);
                if self.score > DECLARE && self.since.hits >= FEWEST {
                    self.running =
                        Some(Running { baseline, back: 0.0, back_since: at, back_attempts: 0, back_hits: 0 });
                } else if self.score <= 0.0 {
                    self.learn(at, self.since.attempts, self.since.hits);
                }
                None
            }
            Some(running) => {
                if running.back <= 0.0 {
                    (running.back_since, running.back_attempts, running.back_hits) = (at, 0, 0);
                }
                running.back_attempts += attempts;
                running.back_hits += hits;
                running.back = (running.back - evidence).max(0.0);
                if running.back < OVER {
                    return None;
                }
                self.since.attempts -= running.back_attempts;
                self.since.hits -= running.back_hits.min(self.since.hits);
                let found = self.since.found(running, Some(running.back_since));
                self.running = None;
                self.score = 0.0;
                self.since = Since::new(at);
                Some(found)
            }
        }
    }

    /// The rate so far, with half a percent as the opinion before any was formed.
    fn baseline(&self) -> f64 {
        (self.hits + PRIOR * FLOOR) / (self.attempts + PRIOR)
    }

    fn learn(&mut self, at: Moment, attempts: u64, hits: u64) {
        let age = at.since(self.decayed_at).max(0) as f64;
        let kept = (-age / MEMORY * std::f64::consts::LN_2).exp();
        self.attempts = self.attempts * kept + attempts as f64;
        self.hits = self.hits * kept + hits as f64;
        self.decayed_at = at;
    }
}

impl Since {
    fn new(onset: Moment) -> Self {
        Self { onset, attempts: 0, hits: 0, categories: [0; Category::ALL.len()] }
    }

    fn found(&self, running: &Running, until: Option<Moment>) -> Found {
        let leading =
            (0..self.categories.len()).max_by_key(|at| (self.categories[*at], std::cmp::Reverse(*at)));
        Found {
            category: leading.map_or(Category::Unknown, |at| Category::ALL[at]),
            onset: self.onset,
            until,
            rejected: self.hits,
            attempts: self.attempts,
            baseline: running.baseline,
        }
    }
}

/// How much likelier `hits` of `attempts` are at rate `alarm` than at rate `calm`, in nats.
fn log_likelihood_ratio(attempts: u64, hits: u64, calm: f64, alarm: f64) -> f64 {
    let (hits, rest) = (hits as f64, (attempts - hits) as f64);
    hits * (alarm / calm).ln() + rest * ((1.0 - alarm) / (1.0 - calm)).ln()
}

#[cfg(test)]
mod tests {
    use super::{Fault, Found, Slice, Watch, fault};
    use crate::model::{Category, Moment};

    /// Runs seconds of `attempts` a second at the given rate of IP-reputation replies.
    fn run(watch: &mut Watch<u8>, from: i64, seconds: i64, attempts: u64, rate: f64) {
        let mut owed = 0.0;
        for second in from..from + seconds {
            owed += attempts as f64 * rate;
            let hits = owed as u64;
            owed -= hits as f64;
            let slice = Slice { attempts, replies: vec![(Category::IpReputation, Fault::Sender, hits)] };
            watch.step(1, Moment::from_seconds(second), &slice);
        }
    }

    fn only(watch: &Watch<u8>) -> Option<Found> {
        let all = watch.incidents();
        assert!(all.len() <= 1, "{all:?}");
        all.into_iter().next().map(|(_, found)| found)
    }

    #[test]
    fn a_step_to_38_percent_is_seen_within_seconds_and_dated_to_its_onset() {
        let mut watch = Watch::new();
        run(&mut watch, 0, 600, 50, 0.004);
        assert_eq!(only(&watch), None);
        run(&mut watch, 600, 5, 50, 0.38);
        let found = only(&watch);
        assert!(
            found.as_ref().is_some_and(|found| (599..=601).contains(&found.onset.seconds())),
            "{found:?}"
        );
        assert!(
            found.is_some_and(|found| found.baseline < 0.006 && found.category == Category::IpReputation)
        );
    }

    #[test]
    fn ordinary_churn_is_no_incident_in_a_month() {
        let mut watch = Watch::new();
        let mut random = fastrand::Rng::with_seed(5);
        for second in 0..30 * 86_400 / 10 {
            let attempts = 5;
            let hits = (0..attempts).filter(|_| random.f64() < 0.004).count() as u64;
            let slice = Slice { attempts, replies: vec![(Category::Policy, Fault::Sender, hits)] };
            watch.step(1, Moment::from_seconds(second * 10), &slice);
        }
        assert_eq!(watch.incidents(), []);
    }

    #[test]
    fn an_incident_ends_when_the_rate_comes_back_and_is_dated_to_then() {
        let mut watch = Watch::new();
        run(&mut watch, 0, 300, 50, 0.004);
        run(&mut watch, 300, 300, 50, 0.3);
        run(&mut watch, 600, 120, 50, 0.004);
        let found = only(&watch);
        let until = found.as_ref().and_then(|found| found.until).map(Moment::seconds);
        assert!(until.is_some_and(|until| (599..=603).contains(&until)), "{found:?}");
        assert!(found.is_some_and(|found| (4_400..=4_600).contains(&found.rejected)));
    }

    #[test]
    fn a_console_opened_in_the_middle_knows_without_history() {
        let mut watch = Watch::new();
        run(&mut watch, 0, 4, 20, 0.4);
        assert!(only(&watch).is_some());
    }

    #[test]
    fn a_small_sender_needs_ten_replies_not_ten_thousand_mails() {
        let mut watch = Watch::new();
        for minute in 0..60 {
            let slice = Slice { attempts: 1, replies: vec![] };
            watch.step(1, Moment::from_seconds(minute * 90), &slice);
        }
        for minute in 60..72 {
            let slice = Slice { attempts: 1, replies: vec![(Category::AuthFailure, Fault::Sender, 1)] };
            watch.step(1, Moment::from_seconds(minute * 90), &slice);
        }
        assert!(only(&watch).is_some());
    }

    #[test]
    fn a_send_that_stops_ends_its_incident() {
        let mut watch = Watch::new();
        run(&mut watch, 0, 10, 50, 0.5);
        watch.pass(Moment::from_seconds(9 + 1_801));
        assert_eq!(only(&watch).and_then(|found| found.until).map(Moment::seconds), Some(9));
    }

    #[test]
    fn a_single_bad_address_is_churn() {
        let mut watch = Watch::new();
        for second in 0..600 {
            let hits = u64::from(second % 100 == 0);
            let slice = Slice { attempts: 3, replies: vec![(Category::UserUnknown, Fault::Address, hits)] };
            watch.step(1, Moment::from_seconds(second), &slice);
        }
        assert_eq!(watch.incidents(), []);
    }

    #[test]
    fn what_is_nobodys_fault_is_no_incident() {
        assert_eq!(fault(Category::Greylist, 450), None);
        assert_eq!(fault(Category::Network, 0), None);
        assert_eq!(fault(Category::UserUnknown, 450), None);
        assert_eq!(fault(Category::IpReputation, 421), Some(Fault::Sender));
        assert_eq!(fault(Category::Unknown, 421), None);
        assert_eq!(fault(Category::Unknown, 550), Some(Fault::Sender));
    }
}
