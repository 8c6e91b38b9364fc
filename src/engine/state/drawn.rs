//! What is kept one by one (attempts for questions that no count answers, complaints), and what a sender that
//! is told late amends.

use std::sync::Arc;

use super::{State, campaign};
use crate::aggregate::{Blamed, LeafIx, Record, Whose};
use crate::correlate::Unclaimed;
use crate::engine::batch::{Batch, Complained, Event, Tried};
use crate::engine::joins::Claim;
use crate::engine::snapshot::Specimen;
use crate::model::{Moment, domain};
use crate::text::Clean;

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

    /// Attempts that were counted without their sender have one.
    pub(super) fn amend(&mut self, claim: &Claim) {
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

    /// An attempt that was drawn without its sender has one.
    fn amend_record(&mut self, claim: &Claim, attempt: &Unclaimed, leaf: LeafIx) {
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
