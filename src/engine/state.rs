//! The owner of everything counted: takes batches, answers with snapshots.

mod attempt;
mod drawn;
mod moments;
mod picture;
mod watching;

use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::batch::{Batch, What};
use super::clocks::{Clocks, Order};
use super::detect::{Detector, Heard};
use super::joins::Joins;
use super::parties::Parties;
use super::setup::Setup;
use super::snapshot::{Lines, Specimen, Totals};
use crate::aggregate::{Complaints, Dimension, Leaves, Reservoir, Rings, Sends, Strands, ValueIx};
use crate::model::{Moment, domain};
use crate::record::PastSend;
use crate::sample::Samples;
use crate::text::Clean;
use crate::{classify, diagnose};
use watching::Late;

/// Sources with a row of their own.
const SOURCES: usize = 256;
/// Campaigns with a row of their own.
const CAMPAIGNS: usize = 1_024;
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

    /// Blocks of the past will come: senders that they tell amend what was counted before.
    pub(super) fn expect_past(&mut self, blocks: usize) {
        self.joins.expect_past(blocks);
    }

    /// No more blocks of the past will come.
    pub(super) fn end_past(&mut self) {
        self.joins.end_past();
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

    /// Counts what a source lost.
    pub(super) fn lose(&mut self, lines: u64) {
        self.lines.lost += lines;
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
