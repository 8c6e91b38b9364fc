//! The owner of everything counted: takes batches, answers with snapshots.

mod drawn;

use std::hash::BuildHasher as _;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::batch::{Batch, Event, Tried, What};
use super::clocks::{Clocks, Order, Skew};
use super::detect::{self, Counted, Detector, Heard, Said};
use super::joins::{Claim, Joins};
use super::parties::Parties;
use super::setup::Setup;
use super::snapshot;
use super::snapshot::{Lines, Mode, Picture, Snapshot, SourceView, Specimen, Totals};
use crate::aggregate::{
    Complaints, Dimension, LeafIx, LeafKey, Leaves, Record, Reservoir, Rings, Sends, Strands, ValueIx, Whose,
};
use crate::classify;
use crate::correlate::Unclaimed;
use crate::diagnose::{
    self,
    incident::{Fault, fault},
};
use crate::model::{Moment, Outcome, Party, code_class, domain};
use crate::record::PastSend;
use crate::sample::Samples;
use crate::text::Clean;
use drawn::short;

/// Sources with a row of their own.
const SOURCES: usize = 256;
/// Campaigns with a row of their own.
const CAMPAIGNS: usize = 1_024;
/// Stamps further ahead than this, in milliseconds, need a witness.
const AHEAD: i64 = 3_600_000;
/// One attempt of so many that come late makes another picture.
const LATE: u64 = 50;
/// MTA hosts with a row of their own.
const HOSTS: usize = 64;

/// Everything counted so far.
#[derive(Debug)]
pub(super) struct State {
    knowledge: Arc<classify::Knowledge>,
    trees: Arc<diagnose::Knowledge>,
    /// Only attempts inside are counted.
    span: (Option<Moment>, Option<Moment>),
    lines: Lines,
    totals: Totals,
    first: Option<Moment>,
    newest: Option<Moment>,
    present: Moment,
    /// A stamp from the future that waits for a witness.
    stray: Option<Moment>,
    leaves: Leaves,
    rings: Rings,
    strands: Strands,
    reservoir: Reservoir,
    complaints: Complaints,
    sends: Sends,
    past_sends: Arc<Vec<PastSend>>,
    samples: Samples<Arc<Specimen>>,
    joins: Joins,
    names: HashMap<u64, Name>,
    sources: Dimension,
    campaigns: Dimension,
    hosts: Dimension,
    parties: Parties,
    heard: Heard,
    hasher: DefaultHashBuilder,
    /// An address, while it is hashed.
    lower: Vec<u8>,
    /// Of what is in the rings, what was heard before.
    echoes: Rings,
    detector: Detector,
    late: Late,
    clocks: Clocks,
    order: Order,
    puzzling: Option<Clean>,
    generation: u64,
}

/// What was counted at a time in which incidents had been looked for before: they do not know of it.
#[derive(Copy, Clone, Debug, Default)]
struct Late {
    attempts: u64,
    /// Of them, those that were no deliveries.
    replies: u64,
}

/// A name that a worker sent, and its rows.
#[derive(Clone, Debug)]
struct Name {
    text: Clean,
    source: Option<ValueIx>,
    host: Option<ValueIx>,
}

/// Names remembered; workers send them again when asked for more than that.
const NAMES: usize = 8_192;

impl State {
    /// Nothing counted; attempts outside the setup's `since` and `until` will not be.
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            knowledge: Arc::clone(&setup.knowledge),
            trees: Arc::clone(&setup.trees),
            span: (setup.since, setup.until),
            lines: Lines::default(),
            totals: Totals::default(),
            first: None,
            newest: None,
            present: Moment::default(),
            stray: None,
            leaves: Leaves::new(),
            rings: Rings::new(),
            strands: Strands::default(),
            reservoir: Reservoir::new(),
            complaints: Complaints::default(),
            sends: Sends::new(),
            past_sends: Arc::clone(&setup.past_sends),
            samples: Samples::new(),
            joins: Joins::new(),
            names: HashMap::new(),
            sources: Dimension::new(SOURCES),
            campaigns: Dimension::new(CAMPAIGNS),
            hosts: Dimension::new(HOSTS),
            parties: Parties::new(),
            heard: Heard::new(),
            hasher: DefaultHashBuilder::default(),
            lower: Vec::new(),
            echoes: Rings::new(),
            detector: Detector::new(setup.thresholds),
            late: Late::default(),
            clocks: Clocks::default(),
            order: Order::Any,
            puzzling: None,
            generation: 0,
        }
    }

    /// The newest time on any line.
    pub(super) fn newest(&self) -> Option<Moment> {
        self.newest
    }

    /// Takes one batch: the whole way of the data after the workers, on one page. `told` hears of
    /// every reply that is no delivery.
    pub(super) fn absorb(&mut self, batch: &Batch, mut told: Option<&mut dyn FnMut(&Specimen)>) {
        self.lines.read += batch.lines;
        self.lines.no_interest += batch.no_interest;
        self.lines.unparsed += batch.unparsed;
        self.lines.non_final += batch.non_final;
        self.lines.suspended += batch.suspended;
        self.lines.local += batch.local;
        self.lines.verify += batch.verify;
        self.lines.complaints += batch.complaints;
        self.lines.late_bounces += batch.late_bounces;
        self.totals.expired += batch.expired;
        if let (None, Some(first)) = (&self.puzzling, batch.puzzling.first()) {
            self.puzzling = Some(first.text.clone());
        }
        self.learn_names(batch);
        self.see(batch.newest);
        for event in &batch.events {
            match &event.what {
                What::Sender(span) => {
                    let address = batch.bytes(*span);
                    let seen = Self::seen_at(event.at, self.is_ahead(event.at));
                    let campaign = self.campaigns.enter_at(campaign(address), seen);
                    self.joins.remember(batch.past, event, address, campaign);
                }
                What::Attempt(tried) if self.is_inside(event.at) => {
                    self.attempt(batch, event, tried, &mut told)
                }
                What::Attempt(tried) => self.lines.outside += u64::from(tried.times),
                What::Complaint(complained) => self.complaint(batch, event.at, complained),
            }
        }
        if let Some(block) = batch.past.filter(|block| block.is_last) {
            for claim in self.joins.close(block) {
                self.amend(&claim);
            }
        }
    }

    /// Attempts that were counted without their sender have one.
    fn amend(&mut self, claim: &Claim) {
        for attempt in &claim.attempts {
            if !attempt.has_campaign {
                let tally = self.campaigns.tally(claim.campaign);
                tally.count(attempt.outcome, attempt.class, attempt.times);
                // One with a stray stamp is in no ring.
                if Some(attempt.at) <= self.newest {
                    let whose = Whose::Campaign(claim.campaign);
                    self.strands.count(whose, attempt.category, attempt.class, attempt.at, attempt.times);
                    if let Some(leaf) = attempt.leaf {
                        self.count_send(claim.campaign, LeafIx::new(leaf), attempt.at, attempt.times);
                    }
                }
            }
            let Some(leaf) = attempt.leaf else { continue };
            self.amend_record(claim, attempt, LeafIx::new(leaf));
            if !attempt.is_sampled {
                continue;
            }
            let campaign = self.campaigns.name(claim.campaign);
            self.samples.amend(usize::from(leaf), attempt.at, |specimen| {
                let is_it = specimen.queue == claim.queue && specimen.sender.is_empty();
                is_it.then(|| {
                    let mut amended = Specimen::clone(specimen);
                    amended.sender = Clean::new(&claim.address);
                    if !attempt.has_campaign {
                        amended.campaign = campaign.clone();
                    }
                    Arc::new(amended)
                })
            });
        }
    }

    /// Blocks of the past will come: senders that they tell amend what was counted before.
    pub(super) fn expect_past(&mut self, blocks: usize) {
        self.joins.expect_past(blocks);
    }

    /// No more blocks of the past will come.
    pub(super) fn end_past(&mut self) {
        self.joins.end_past();
    }

    /// Hands in the present, before which stamps need no witness.
    pub(super) fn present(&mut self, present: Moment) {
        self.present = present;
    }

    /// Takes note of the newest stamp on any line, unless it is far ahead of everything.
    fn see(&mut self, newest: Option<Moment>) {
        if newest.is_some_and(|at| !self.is_ahead(at)) {
            self.newest = self.newest.max(newest);
        }
    }

    /// Whether a moment lies more than an hour after both the present and the log's own newest.
    fn is_ahead(&self, at: Moment) -> bool {
        at.since(self.present) > AHEAD && self.newest.is_none_or(|newest| at.since(newest) > AHEAD)
    }

    /// Whether a stamp from the future stands alone. One that a second one confirms is a clock
    /// that goes ahead, and is followed; a single one would empty every window.
    fn is_stray(&mut self, at: Moment) -> bool {
        if !self.is_ahead(at) {
            return false;
        }
        let confirmed = self.stray.is_some_and(|stray| at.since(stray).abs() <= AHEAD);
        self.stray = (!confirmed).then_some(at);
        !confirmed
    }

    /// When something was seen: a stamp that is astray says nothing of that.
    fn seen_at(at: Moment, is_stray: bool) -> Moment {
        if is_stray { Moment::from_millis(i64::MIN) } else { at }
    }

    fn learn_names(&mut self, batch: &Batch) {
        if self.names.len() + batch.names.len() > NAMES {
            self.names.clear();
        }
        for (hash, text) in &batch.names {
            self.names.entry(*hash).or_insert_with(|| Name { text: text.clone(), source: None, host: None });
        }
        self.parties.learn(&batch.domains);
    }

    fn is_inside(&self, at: Moment) -> bool {
        self.span.0.is_none_or(|since| at >= since) && self.span.1.is_none_or(|until| at < until)
    }

    fn attempt(
        &mut self,
        batch: &Batch,
        event: &Event,
        tried: &Tried,
        told: &mut Option<&mut dyn FnMut(&Specimen)>,
    ) {
        let (at, times) = (event.at, tried.times);
        let key = self.key(tried);
        let stray = self.is_stray(at);
        let seen = Self::seen_at(at, stray);
        self.total(key, times);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        let (source, host) = self.tally_source(tried, key);
        let own = tried.sender.map(|sender| batch.bytes(sender));
        let joined = if own.is_some() { None } else { self.joins.sender(batch.past, event) };
        let joined = joined.map(|sender| sender.campaign);
        let campaign = match (batch.bytes(tried.campaign), own) {
            (b"", Some(own)) => Some(self.campaigns.enter_at(campaign(own), seen)),
            (b"", None) => joined,
            (named, _) => Some(self.campaigns.enter_at(named, seen)),
        };
        if let Some(campaign) = campaign {
            self.campaigns.see(campaign, seen);
            self.campaigns.tally(campaign).count(tried.outcome, code_class(key.code), times);
        }
        let leaf = self.leaves.count(key, tried.verdict.as_ref(), at, times);
        if stray {
            self.lines.future += u64::from(times);
        } else if let Some(leaf) = leaf {
            self.newest = self.newest.max(Some(at));
            if batch.past.is_none() && self.order != Order::Any && host != 0 {
                self.clocks.hear((host, batch.source), at, self.order == Order::OfAll);
            }
            self.rings.add(at, leaf, times);
            if self.detector.until().is_some_and(|until| at < until) {
                self.late.attempts += u64::from(times);
                self.late.replies += if key.category.is_some() { u64::from(times) } else { 0 };
            }
            let class = code_class(key.code);
            if self.is_echo(batch, event, tried, leaf) {
                self.echoes.add(at, leaf, times);
            } else {
                self.strands.count(Whose::Source(source), key.category, class, at, times);
                if let Some(campaign) = campaign {
                    self.strands.count(Whose::Campaign(campaign), key.category, class, at, times);
                }
            }
            if let Some(campaign) = campaign {
                self.count_send(campaign, leaf, at, times);
            }
            if self.reservoir.wants(at, leaf, key.category.is_some(), tried.chance) {
                let whose = Record {
                    source: short(source),
                    campaign: campaign.unwrap_or(0),
                    host: u8::try_from(host).unwrap_or(0),
                    ..Record::of(leaf, tried.chance)
                };
                self.draw(batch, event, tried, whose);
            }
        }
        let wanted = leaf.filter(|leaf| tried.verdict.is_some() && self.samples.wants(leaf.index(), at));
        if own.is_none() && joined.is_none() {
            let attempt = Unclaimed {
                at,
                outcome: tried.outcome,
                class: code_class(key.code),
                category: key.category,
                has_campaign: campaign.is_some(),
                times,
                leaf: leaf.and_then(|leaf| u16::try_from(leaf.index()).ok()),
                is_sampled: wanted.is_some(),
                chance: tried.chance,
            };
            self.joins.miss(batch.past, event, attempt);
        }
        let Some(verdict) = &tried.verdict else { return };
        if wanted.is_none() && told.is_none() {
            return;
        }
        let sender = own.or_else(|| Some(self.joins.sender(batch.past, event)?.address));
        let text = |span| Clean::new(batch.bytes(span));
        let name = |hash| self.names.get(&hash).map_or_else(Clean::default, |name| name.text.clone());
        let specimen = Specimen {
            at,
            reply: text(tried.shown.reply),
            relay: relay(batch, tried),
            recipient: text(tried.shown.recipient),
            sender: sender.map_or_else(Clean::default, Clean::new),
            queue_id: text(tried.shown.queue_id),
            queue: event.queue,
            source: name(tried.source),
            host: name(tried.host),
            campaign: campaign.map_or_else(Clean::default, |campaign| self.campaigns.name(campaign)),
            provider: self.parties.names(&self.knowledge).of(key.provider()).map(|(id, _)| id),
            outcome: tried.outcome,
            stage: tried.stage,
            code: key.code(),
            verdict: Arc::clone(verdict),
        };
        if let Some(told) = told {
            told(&specimen);
        }
        if let Some(leaf) = wanted {
            self.samples.keep(leaf.index(), at, Arc::new(specimen));
        }
    }

    /// Whether an attempt's reply was heard before, so that it is no new evidence of an incident.
    fn is_echo(&mut self, batch: &Batch, event: &Event, tried: &Tried, leaf: LeafIx) -> bool {
        // A domain that belongs to a provider of the table has more addresses than any one cause of
        // theirs reaches; so has one with much mail.
        let domain = match tried.attribution.brand {
            Party::Domain(hash) if !self.heard.is_large(hash, tried.times) => hash,
            _ => 0,
        };
        let Some(verdict) = &tried.verdict else { return false };
        let Some(fault) = fault(verdict.category, tried.code) else { return false };
        let recipient = match fault {
            Fault::Address => self.address(batch.bytes(tried.shown.recipient)),
            Fault::Sender | Fault::Receiver => 0,
        };
        let has_queue = !batch.bytes(tried.shown.queue_id).is_empty();
        let is_deferral = code_class(tried.code) == 4;
        let queue = if has_queue { event.queue } else { 0 };
        self.heard.again(&Said { leaf, at: event.at, queue, domain, recipient, is_deferral })
    }

    /// The hash of an address in any case of letters; 0 for none.
    fn address(&mut self, address: &[u8]) -> u64 {
        self.lower.clear();
        self.lower.extend(address.iter().map(u8::to_ascii_lowercase));
        if address.is_empty() { 0 } else { self.hasher.hash_one(self.lower.as_slice()) }
    }

    /// The leaf's key. Unknown brands behind a known receiver are not kept apart: there is one
    /// for every company at a big host.
    fn key(&mut self, tried: &Tried) -> LeafKey {
        let receiver = self.parties.admit(tried.attribution.receiver);
        let brand = match (receiver, tried.attribution.brand) {
            (_, brand @ Party::Known(_)) => brand,
            (Party::Nobody, brand) => self.parties.admit(brand),
            _ => Party::Nobody,
        };
        LeafKey {
            receiver,
            brand,
            outcome: tried.outcome,
            code: tried.code,
            enhanced: tried.enhanced,
            category: tried.verdict.as_ref().map(|verdict| verdict.category),
            signature: tried.verdict.as_ref().map_or(0, |verdict| verdict.signature_id),
        }
    }

    fn total(&mut self, key: LeafKey, times: u32) {
        let times = u64::from(times);
        self.totals.attempts += times;
        match key.outcome {
            Outcome::Delivered => self.totals.delivered += times,
            Outcome::Deferred => self.totals.deferred += times,
            Outcome::Rejected => self.totals.rejected += times,
        }
        if key.is_rejection() {
            self.totals.code_5xx += times;
        } else if key.is_deferral() {
            self.totals.code_4xx += times;
        }
    }

    fn count_send(&mut self, campaign: ValueIx, leaf: LeafIx, at: Moment, times: u32) {
        let Some(of) = self.leaves.list().get(leaf.index()) else { return };
        self.sends.count(campaign, || self.campaigns.name(campaign), (leaf, &of.key), at, times);
    }

    /// Counts the attempt by whom it was made; the rows of the source and of the MTA's host.
    fn tally_source(&mut self, tried: &Tried, key: LeafKey) -> (ValueIx, ValueIx) {
        // A name that was forgotten counts as one of the others.
        let source = self
            .names
            .get_mut(&tried.source)
            .map_or(0, |name| *name.source.get_or_insert_with(|| self.sources.enter(name.text.as_bytes())));
        self.sources.tally(source).count(tried.outcome, code_class(key.code), tried.times);
        let row = self
            .names
            .get_mut(&tried.host)
            .map_or(0, |name| *name.host.get_or_insert_with(|| self.hosts.enter(name.text.as_bytes())));
        self.hosts.tally(row).count(tried.outcome, code_class(key.code), tried.times);
        (source, row)
    }

    /// Counts what a source lost.
    pub(super) fn lose(&mut self, lines: u64) {
        self.lines.lost += lines;
    }

    /// Looks for incidents in everything complete before `until`.
    pub(super) fn watch(&mut self, until: Moment) {
        let counted = Counted {
            leaves: self.leaves.list(),
            rings: &self.rings,
            echoes: &self.echoes,
            strands: &self.strands,
            reservoir: &self.reservoir,
        };
        self.detector.look(counted, until);
    }

    /// Forgets what was found and looks again through everything retained from `from` on, in the
    /// order of time. Needed after lines were read that overlap in time, or backwards.
    ///
    /// What was over before anything that is retained stays found.
    pub(super) fn watch_again(&mut self, from: Option<Moment>, until: Moment) {
        let kept = self.rings.newest().map_or(until, |newest| newest.plus_millis(-Rings::reach()));
        self.detector.forget(kept, from);
        self.late = Late::default();
        self.watch(until);
    }

    /// In what order the lines of the next batch come.
    pub(super) fn expect(&mut self, order: Order) {
        self.order = order;
    }

    /// How far behind the newest line, in milliseconds, the slowest host is that still says something.
    pub(super) fn held_back(&self) -> i64 {
        self.clocks.skew(self.present).map_or(0, |(.., by)| by)
    }

    /// Whether so much was counted behind the last look for incidents that they may be others: files
    /// that overlap in time were read one after the other, or several clocks wrote one file.
    pub(super) fn is_late(&self) -> bool {
        self.late.replies >= self.detector.thresholds().fewest
            || self.late.attempts > self.totals.attempts / LATE
    }

    /// A picture of everything, with `now` as the end of every window.
    pub(super) fn snapshot(
        &mut self,
        now: Moment,
        mode: Mode,
        sources: Vec<SourceView>,
        dialects: Vec<Clean>,
        pace: snapshot::Pace,
        complete_since: Option<Moment>,
    ) -> Snapshot {
        self.generation += 1;
        // Windows include now.
        self.detector.count(self.leaves.list(), &self.rings, &self.strands, now.plus_millis(1));
        let picture = Picture {
            leaves: self.leaves.list().to_vec(),
            rings: self.rings.clone(),
            echoes: self.echoes.clone(),
            sends: self.sends.kept(),
            past_sends: Arc::clone(&self.past_sends),
            samples: self.samples.clone(),
            reservoir: self.reservoir.clone(),
            strands: self.strands.clone(),
            complaints: self.complaints.clone(),
            values: snapshot::Values {
                sources: snapshot::Named(self.sources.names()),
                campaigns: snapshot::Named(self.campaigns.names()),
                hosts: snapshot::Named(self.hosts.names()),
            },
            names: self.parties.names(&self.knowledge),
            struck: self.detector.struck(),
            trees: Arc::clone(&self.trees),
            thresholds: self.detector.thresholds(),
        };
        let names =
            detect::Names { parties: &picture.names, sources: &self.sources, campaigns: &self.campaigns };
        let skew = self.clocks.skew(self.present);
        // Who follows looks for incidents up to the slowest host's time: so they stand as they did then.
        let held = skew.filter(|_| mode != Mode::Ended).map_or(0, |(.., by)| by);
        let incidents = detect::named(&self.detector, &names, now.plus_millis(-held));
        let notices = detect::noticed(&self.detector, &names);
        let host_tallies = self.hosts.rows();
        let named = host_tallies.iter().filter(|(name, _)| !name.is_empty());
        Snapshot {
            now,
            mode,
            generation: self.generation,
            span: self.first.zip(self.rings.newest()),
            complete_since,
            hosts: named.map(|(name, _)| name.clone()).collect(),
            host_tallies,
            dialects,
            lines_per_second: pace.lines_per_second,
            lag: pace.lag,
            lines: self.lines,
            totals: self.totals,
            bounds: snapshot::Bounds {
                coarsened: self.leaves.coarsened(),
                dropped: self.leaves.dropped(),
                senders_missed: self.joins.missed(),
                senders_late: self.joins.dropped(),
                domains_merged: self.parties.merged(),
            },
            puzzling: self.puzzling.clone(),
            sources,
            tallies: self.sources.rows(),
            campaigns: self.campaigns.rows(),
            watched_until: self.detector.until(),
            skew: skew.map(|(slow, fast, by)| Skew {
                slow: self.hosts.name(slow),
                fast: self.hosts.name(fast),
                by,
            }),
            incidents,
            notices,
            picture,
        }
    }
}

/// The campaign of a sender: the domain, since the local part may be different for every
/// recipient (VERP). Bounces, which have no sender, are a campaign of their own.
fn campaign(sender: &[u8]) -> &[u8] {
    match domain(sender) {
        b"" if sender.is_empty() => b"<>",
        b"" => sender,
        domain => domain,
    }
}

/// `host[ip]`, or what there is of it.
fn relay(batch: &Batch, tried: &Tried) -> Clean {
    let (host, ip) = (batch.bytes(tried.shown.relay_host), batch.bytes(tried.shown.relay_ip));
    if ip.is_empty() {
        return Clean::new(host);
    }
    Clean::new(&[host, b"[", ip, b"]"].concat())
}
