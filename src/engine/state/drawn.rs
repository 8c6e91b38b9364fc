//! What is kept one by one: attempts for questions that no count answers, and complaints.

use super::{State, campaign};
use crate::aggregate::{Blamed, LeafIx, Record, ValueIx};
use crate::correlate::Unclaimed;
use crate::engine::batch::{Batch, Complained, Event, Tried};
use crate::engine::joins::Claim;
use crate::model::{Moment, domain};

impl State {
    /// Keeps an attempt for questions that no count answers.
    pub(super) fn draw(&mut self, batch: &Batch, event: &Event, tried: &Tried, whose: Record) {
        // Where no campaign is named it is the sender's domain, which need not be looked up again.
        let is_named = !batch.bytes(tried.campaign).is_empty();
        let own = || tried.sender.map(|sender| batch.bytes(sender));
        let joined = || Some(self.joins.sender(batch.past, event)?.address);
        let sender = if is_named { own().or_else(joined) } else { None };
        let record = Record {
            sender: sender.map_or(0, |sender| self.reservoir.enter(campaign(sender))),
            recipient: self.reservoir.enter(domain(batch.bytes(tried.shown.recipient))),
            relay: self.reservoir.enter(batch.bytes(tried.shown.relay_host)),
            stage: tried.stage,
            tls: tried.tls,
            ..whose
        };
        self.reservoir.keep(event.at, tried.verdict.is_some(), record);
    }

    /// An attempt that was drawn without its sender has one.
    pub(super) fn amend_record(&mut self, claim: &Claim, attempt: &Unclaimed, leaf: LeafIx) {
        let record = Record {
            sender: if attempt.has_campaign { self.reservoir.enter(campaign(&claim.address)) } else { 0 },
            campaign: claim.campaign,
            ..Record::of(leaf, attempt.chance)
        };
        self.reservoir.amend(attempt.at, attempt.category.is_some(), record);
    }

    /// Counts a complaint by who complained, and about what.
    pub(super) fn complaint(&mut self, batch: &Batch, at: Moment, complained: &Complained) {
        if !self.is_inside(at) || self.is_ahead(at) {
            return;
        }
        self.newest = self.newest.max(Some(at));
        let provider = self.parties.admit(complained.attribution.receiver.or(complained.attribution.brand));
        self.complaints.count(Blamed::Provider(provider), at);
        let about = match (batch.bytes(complained.campaign), complained.sender) {
            (b"", None) => return,
            (b"", Some(sender)) => campaign(batch.bytes(sender)),
            (named, _) => named,
        };
        let campaign = self.campaigns.enter(about);
        self.complaints.count(Blamed::Campaign(campaign), at);
    }
}

/// A row that is a record's; 0, the others', where it is none of the first 65,536.
pub(super) fn short(row: ValueIx) -> u16 {
    u16::try_from(row).unwrap_or(0)
}
