//! What is evidence of an incident, and when incidents are looked for.

use std::hash::BuildHasher as _;

use super::State;
use crate::aggregate::{LeafIx, Rings};
use crate::diagnose::incident::{Fault, fault};
use crate::engine::batch::{Batch, Event, Tried};
use crate::engine::clocks::Order;
use crate::engine::detect::{Counted, Said};
use crate::model::{Moment, Party, code_class};

/// One attempt of so many that come late makes another picture.
const LATE: u64 = 50;

/// What was counted at a time in which incidents had been looked for before: they do not know of it.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Late {
    attempts: u64,
    /// Of them, those that were no deliveries.
    replies: u64,
}

impl State {
    /// Takes note of attempts that were made where incidents had been looked for before.
    pub(super) fn note_late(&mut self, at: Moment, is_reply: bool, times: u32) {
        if self.detector.until().is_some_and(|until| at < until) {
            self.late.attempts += u64::from(times);
            self.late.replies += if is_reply { u64::from(times) } else { 0 };
        }
    }

    /// Whether an attempt's reply was heard before, so that it is no new evidence of an incident.
    pub(super) fn is_echo(&mut self, batch: &Batch, event: &Event, tried: &Tried, leaf: LeafIx) -> bool {
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

    /// Looks for incidents in everything complete before `until`.
    pub(in super::super) fn watch(&mut self, until: Moment) {
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
    pub(in super::super) fn watch_again(&mut self, from: Option<Moment>, until: Moment) {
        let kept = self.rings.newest().map_or(until, |newest| newest.plus_millis(-Rings::reach()));
        self.detector.forget(kept, from);
        self.late = Late::default();
        self.watch(until);
    }

    /// In what order the lines of the next batch come.
    pub(in super::super) fn expect(&mut self, order: Order) {
        self.order = order;
    }

    /// How far behind the newest line, in milliseconds, the slowest host is that still says something.
    pub(in super::super) fn held_back(&self) -> i64 {
        self.clocks.skew(self.present).map_or(0, |(.., by)| by)
    }

    /// Whether so much was counted behind the last look for incidents that they may be others: files
    /// that overlap in time were read one after the other, or several clocks wrote one file.
    pub(in super::super) fn is_late(&self) -> bool {
        self.late.replies >= self.detector.thresholds().fewest
            || self.late.attempts > self.totals.attempts / LATE
    }
}
