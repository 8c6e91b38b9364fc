//! One rate and the two tests that watch it.
//!
//! The quick test looks at every slot and tells a step within seconds. The slow one looks at whole
//! minutes, and at a lower rate: it tells what creeps, where there is a history to creep away from.
//! While neither has a suspicion, what is seen becomes the baseline. While an incident runs, the
//! baseline is left as it was, and a third score looks for the way back.

use super::Fault;
use super::Thresholds;
use super::baseline::{Baseline, Seen};
use super::score::{Rates, best, most};
use super::suspicion::{Parts, Suspicion};
use super::watch::{Of, Told};
use crate::model::{Category, Moment};

/// Score at which the quick test declares an incident, in nats.
const DECLARE: f64 = 17.0;
/// Score at which the slow test does, by fault: that of the sender, and others.
const DECLARE_SLOWLY: [f64; 2] = [8.5, 9.0];
/// Dead addresses come in clumps, and a list that is bad shows in its send and at every provider. One
/// provider or source alone must show so many times the evidence.
const ALONE: f64 = 1.75;
const ALONE_FEWEST: f64 = 2.5;
/// Score at which it is over.
const OVER: f64 = 8.0;
/// It is not over before the way back has lasted so long, in milliseconds.
const BACK: i64 = 60_000;
/// An incident's rate is at least this many times the baseline.
const FACTOR: f64 = 4.0;
/// The same where it is seen slowly, by fault: that of the sender, and others.
const FACTOR_SLOWLY: [f64; 2] = [2.4, 2.7];
/// What one minute can say at most to the slow test, in nats.
const MINUTE: f64 = 2.5;
/// Hits in a slot of a second beyond which they are one burst to the slow test and the baseline.
const BURST: f64 = 3.0;
/// How unevenly replies come before anything is known of it, as a variance in units of the binomial
/// one: they come in small bursts.
pub(super) const UNEVEN: f64 = 1.5;
/// What a slot says of dead addresses is so much less: they come in clumps.
const CLUMP: f64 = 0.55;
/// A bad list shows in its send, clump or not.
const CLUMP_OF_SEND: f64 = 0.6;
/// Who refuses the sender refuses many, each by itself.
const MIXED: f64 = 1.2;
/// A small sender whose mail is refused nearly always has that from few replies: this share of the
/// score is enough where the rate that was seen says so many times the score.
const STARK: [f64; 2] = [0.8, 1.5];
/// Slots with replies that it needs for that: a queue that is flushed is one event.
const STARK_SLOTS: usize = 5;
/// How much likelier the rate that was seen is than the floor where there is no history, in nats.
const BEYOND: f64 = 5.0;
/// Attempts that are a history: without them, the slow test has nothing to compare with.
const HISTORY: f64 = 1_500.0;
/// Replies in units of the fewest that make an incident, for the slow test.
const MANY: u64 = 3;
/// The rate of the last minutes must be this many times the baseline for the slow test to speak.
const LATELY: f64 = 2.1;
/// Minutes that are lately.
const MINUTES: f64 = 10.0;
/// A suspicion that is not confirmed for so long is what the track is like, in milliseconds.
const PATIENCE: i64 = 2 * 3_600_000;
/// From this rate on, what a receiver's servers or connections fail at is worth a word.
const TROUBLE: f64 = 0.2;
/// A track without attempts for this long ends its incident, in milliseconds.
pub(super) const SILENCE: i64 = 1_800_000;

/// One rate.
#[derive(Clone, Debug)]
pub(super) struct Track {
    fault: Fault,
    /// Whether it needs more evidence than others.
    is_weak: bool,
    /// How much more or less of what a slot says is believed at most.
    belief: f64,
    baseline: Baseline,
    /// Seen since the baseline last learnt.
    held: Seen,
    held_minutes: f64,
    held_since: Moment,
    quick: Suspicion,
    slow: Suspicion,
    /// Decayed attempts and hits of the last minutes.
    lately: (f64, f64),
    minute: Seen,
    /// When the open minute began, and how long it is for what was seen.
    minute_at: Moment,
    minute_width: i64,
    rates: [Rates; 2],
    /// How much wider than by chance alone replies spread.
    dispersion: f64,
    pub(super) running: Option<Box<Running>>,
    pub(super) last_attempt: Moment,
}

/// An incident that this track has.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// Whether it was the slow test that told it.
    pub is_slow: bool,
    /// When the rate left it.
    pub onset: Moment,
    /// Seen since then, with hits by category.
    pub seen: Seen,
    /// Replies by provider and list.
    pub parts: Parts,
    /// The score of the way back, since when, and what was seen in it.
    pub back: f64,
    pub back_since: Moment,
    back_seen: (u64, u64),
    /// The rates that the way back is told by.
    rates: Rates,
}

/// What a slot did to a track.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) enum Change {
    /// An incident begins.
    Declared,
    /// It is over.
    Ended(End),
}

/// The end of an incident, and what was counted to it since then.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(super) struct End {
    pub until: Moment,
    pub attempts: u64,
    pub hits: u64,
    /// Whether deliveries told it, and not silence.
    pub is_back: bool,
}

impl Track {
    /// A track that begins at `at`, with another's attempts as its past where it may take them.
    pub(super) fn new(
        (of, fault): (Of, Fault),
        at: Moment,
        past: Option<&Self>,
        thresholds: &Thresholds,
    ) -> Self {
        let baseline = past.map_or_else(|| Baseline::new(at), |past| past.baseline.without_hits());
        Self {
            fault,
            belief: match (fault, of) {
                (Fault::Address, Of::Campaign(_)) => CLUMP_OF_SEND,
                (Fault::Address, _) => CLUMP,
                (Fault::Sender, _) => MIXED,
                (Fault::Receiver, _) => 1.0,
            },
            is_weak: fault == Fault::Address && matches!(of, Of::Provider(_) | Of::Source(_)),
            rates: rates_of(&baseline, fault, thresholds),
            dispersion: UNEVEN,
            baseline,
            held: Seen::default(),
            held_minutes: 0.0,
            held_since: at,
            quick: Suspicion::new(at),
            slow: Suspicion::new(at),
            lately: (0.0, 0.0),
            minute: Seen::default(),
            minute_at: at,
            minute_width: 0,
            running: None,
            last_attempt: at,
        }
    }

    /// How unevenly its replies come, as a variance in units of the binomial one.
    pub(super) fn dispersion(&self) -> f64 {
        self.dispersion
    }

    /// One slot of `width` milliseconds: `replies` are those of this track's fault.
    pub(super) fn step<'a>(
        &mut self,
        (at, width): (Moment, i64),
        attempts: u64,
        replies: impl Iterator<Item = &'a Told> + Clone,
        (thresholds, uneven): (&Thresholds, f64),
    ) -> Option<Change> {
        if attempts == 0 {
            return None;
        }
        self.last_attempt = at;
        let mut seen = Seen { attempts, ..Seen::default() };
        for told in replies.clone() {
            seen.hits += told.count;
            seen.categories[told.category as usize] += u32::try_from(told.count).unwrap_or(u32::MAX);
        }
        seen.hits = seen.hits.min(attempts);
        if let Some(running) = &mut self.running {
            running.parts.add(replies);
            return self.run(at, width, &seen).map(Change::Ended);
        }
        let ordinary = 4.0 * self.rates[1].calm * attempts as f64;
        let burst = BURST * (width as f64 / 1_000.0).sqrt() + ordinary;
        let distinct = seen.hits.min(burst as u64);
        let slow = self.look_slowly((at, width), &seen, distinct, replies.clone(), (thresholds, uneven));
        let quick = self.look((at, width), &seen, distinct, replies, thresholds);
        let rates = if quick { self.rates[0] } else { self.rates[1] };
        (slow || quick).then(|| self.declare(quick, rates, at))
    }

    /// The quick test: every slot.
    fn look<'a>(
        &mut self,
        (at, width): (Moment, i64),
        seen: &Seen,
        distinct: u64,
        replies: impl Iterator<Item = &'a Told>,
        thresholds: &Thresholds,
    ) -> bool {
        let (test, rates) = (&mut self.quick, self.rates[0]);
        test.add(at, seen, distinct, replies);
        let evidence = rates.evidence(seen.attempts, seen.hits) / self.dispersion;
        // What comes in a wide slot may be one queue that is flushed.
        let belief = if width > 1_000 { self.belief.min(1.0) } else { self.belief };
        test.score = (test.score + evidence.min(most(width) * belief)).max(0.0);
        if test.score <= 0.0 {
            test.clear(at);
            return false;
        }
        let fewest = (thresholds.fewest as f64 * if self.is_weak { ALONE_FEWEST } else { 1.0 }) as u64;
        // Without a history, many replies at a rate beyond the floor are enough, however they came.
        let many = fewest * if self.fault == Fault::Sender { MANY } else { MANY * 2 };
        if self.baseline.attempts() < HISTORY && test.seen.hits >= many {
            let beyond = best(test.seen.attempts, test.seen.hits, rates.alarm) / self.dispersion;
            if beyond >= BEYOND {
                return true;
            }
        }
        let is_stark = self.fault == Fault::Sender
            && test.slots() >= STARK_SLOTS
            && test.score >= DECLARE * STARK[0]
            && best(test.seen.attempts, test.distinct, rates.calm) >= DECLARE * STARK[1] * self.dispersion;
        let is_certain = test.score >= DECLARE * if self.is_weak { ALONE } else { 1.0 };
        if !(is_certain || is_stark) || test.distinct < fewest {
            return false;
        }
        let onset = test.onset(rates.calm);
        let rate = (test.seen.hits - onset.hits) as f64 / (test.seen.attempts - onset.attempts).max(1) as f64;
        let floor = thresholds.floor(self.fault).unwrap_or(rates.alarm / 2.0);
        test.distinct - onset.distinct >= fewest && rate >= floor
    }

    /// The slow test: every minute that is complete; and the baseline learns.
    fn look_slowly<'a>(
        &mut self,
        (at, width): (Moment, i64),
        seen: &Seen,
        distinct: u64,
        replies: impl Iterator<Item = &'a Told>,
        (thresholds, uneven): (&Thresholds, f64),
    ) -> bool {
        let mut is_declared = false;
        if at.since(self.minute_at) >= 60_000 || width >= 60_000 {
            is_declared = self.close_minute(at, thresholds, uneven);
            (self.minute_at, self.minute_width) = (at, width);
            self.minute.clear();
        }
        // One mailing list with forty dead addresses says little about the rate.
        let capped = Seen { hits: distinct, ..seen.clone() };
        self.minute.add(&capped);
        self.slow.add(at, &capped, distinct, replies);
        is_declared
    }

    fn close_minute(&mut self, at: Moment, thresholds: &Thresholds, uneven: f64) -> bool {
        let minutes = (self.minute_width as f64 / 60_000.0).max(1.0);
        let minute = &self.minute;
        if minute.attempts == 0 {
            return false;
        }
        let gone = at.since(self.minute_at).max(60_000) as f64 / 60_000.0;
        let kept = (-gone / MINUTES).exp();
        self.lately =
            (self.lately.0 * kept + minute.attempts as f64, self.lately.1 * kept + minute.hits as f64);
        let rates = self.rates[1];
        let evidence = rates.evidence(minute.attempts, minute.hits) / self.dispersion;
        let test = &mut self.slow;
        test.score =
            (test.score + evidence.min(MINUTE * minutes)).clamp(0.0, pick(DECLARE_SLOWLY, self.fault) * 2.0);
        self.held.add(minute);
        self.held_minutes += minutes;
        if self.baseline.attempts() < HISTORY {
            test.clear(at);
        }
        let is_calm = test.score <= 0.0 && self.quick.score <= 0.0;
        if is_calm || at.since(self.held_since) > PATIENCE {
            self.baseline.learn(at, &self.held, self.held_minutes, thresholds.calm);
            self.held.clear();
            (self.held_minutes, self.held_since) = (0.0, at);
            self.rates = rates_of(&self.baseline, self.fault, thresholds);
            self.dispersion = self.baseline.dispersion(uneven);
            if test.score <= 0.0 || !is_calm {
                self.slow.clear(at);
            }
            return false;
        }
        let lately = self.lately.1 / self.lately.0.max(1.0);
        self.slow.score >= pick(DECLARE_SLOWLY, self.fault)
            && self.slow.seen.hits >= thresholds.fewest * MANY
            && lately >= (rates.calm * LATELY).max(thresholds.floor(self.fault).unwrap_or(0.0))
    }

    /// What was suspected is an incident.
    fn declare(&mut self, is_quick: bool, rates: Rates, at: Moment) -> Change {
        let test = if is_quick { &mut self.quick } else { &mut self.slow };
        let onset = test.onset(rates.calm);
        let mut seen = std::mem::take(&mut test.seen);
        seen.attempts -= onset.attempts;
        seen.hits -= onset.hits;
        self.running = Some(Box::new(Running {
            is_slow: !is_quick,
            onset: onset.at,
            seen,
            parts: std::mem::take(&mut test.parts),
            back: 0.0,
            back_since: at,
            back_seen: (0, 0),
            rates,
        }));
        self.quick.clear(at);
        self.slow.clear(at);
        self.held.clear();
        Change::Declared
    }

    /// The way back.
    fn run(&mut self, at: Moment, width: i64, seen: &Seen) -> Option<End> {
        let running = self.running.as_mut()?;
        running.seen.add(seen);
        // From a rate of 40 %, few deliveries in a row are the way back; from 5 %, many are.
        let rate = running.seen.hits as f64 / running.seen.attempts.max(1) as f64;
        let high = (rate / 2.0).clamp(running.rates.alarm, 0.9);
        let evidence = -Rates::new(running.rates.calm, high).evidence(seen.attempts, seen.hits);
        if running.back <= 0.0 {
            (running.back_since, running.back_seen) = (at, (0, 0));
        }
        running.back_seen.0 += seen.attempts;
        running.back_seen.1 += seen.hits;
        running.back = (running.back + evidence.min(most(width))).clamp(0.0, OVER * 4.0);
        let (attempts, hits) = running.back_seen;
        let is_low = (hits as f64) < attempts as f64 * running.rates.alarm / 2.0;
        let is_back = is_low && running.back >= OVER && at.since(running.back_since) >= BACK;
        is_back.then(|| self.end(at)).flatten()
    }

    /// Ends the incident where the way back began, or where attempts ceased.
    pub(super) fn end(&mut self, at: Moment) -> Option<End> {
        let running = self.running.take()?;
        self.quick.clear(at);
        self.slow.clear(at);
        self.lately = (0.0, 0.0);
        self.minute.clear();
        self.held_since = at;
        Some(match running.back > 0.0 {
            true => {
                let (attempts, hits) = running.back_seen;
                End { until: running.back_since, attempts, hits, is_back: running.back >= OVER }
            }
            false => End { until: self.last_attempt, attempts: 0, hits: 0, is_back: false },
        })
    }

    /// The category that is furthest above what is ordinary: `None` where nothing runs.
    pub(super) fn category(&self) -> Option<(Category, f64)> {
        let running = self.running.as_ref()?;
        let excess = |at: usize| {
            f64::from(running.seen.categories[at]) - self.baseline.expected(at, running.seen.attempts)
        };
        let leading = (0..Category::ALL.len()).rev().max_by(|a, b| excess(*a).total_cmp(&excess(*b)))?;
        Some((Category::ALL[leading], excess(leading)))
    }
}

/// What holds of a fault: the first of the sender's, the second of others.
const fn pick(of: [f64; 2], fault: Fault) -> f64 {
    match fault {
        Fault::Sender => of[0],
        Fault::Address | Fault::Receiver => of[1],
    }
}

/// The rates that both tests tell apart.
fn rates_of(baseline: &Baseline, fault: Fault, thresholds: &Thresholds) -> [Rates; 2] {
    let calm = baseline.rate(thresholds.calm).clamp(thresholds.calm, 0.4);
    // What is below the operator's floor is no incident. A rate between the two is told from one at
    // the floor by half of it, so that what is far below is no suspicion either, but the baseline.
    let floor = thresholds.floor(fault).unwrap_or(0.0);
    let low = calm.max(floor / 2.0);
    let incident = match fault {
        Fault::Sender => thresholds.incident,
        // A list of which 2 % are unknown is told from one of which 0.5 % are by the rate between.
        Fault::Address => thresholds.unknown_users * 2.0,
        Fault::Receiver => TROUBLE,
    };
    // Servers that are a little slow are no trouble, however slowly it comes.
    let slowly = if fault == Fault::Receiver { TROUBLE } else { 0.0 };
    [
        Rates::new(low, (calm * FACTOR).max(incident).min(0.9)),
        Rates::new(low, (calm * pick(FACTOR_SLOWLY, fault)).max(slowly).max(floor).min(0.9)),
    ]
}
