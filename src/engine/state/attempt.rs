//! One attempt: by whom, where, how it ended, and what is kept of it.

use std::sync::Arc;

use super::{State, campaign};
use crate::aggregate::{LeafIx, LeafKey, Record, ValueIx, Whose};
use crate::correlate::Unclaimed;
use crate::engine::batch::{Batch, Event, Tried};
use crate::engine::clocks::Order;
use crate::engine::snapshot::Specimen;
use crate::model::{Moment, Outcome, Party, code_class};
use crate::text::Clean;

/// The rows that an attempt counts in.
#[derive(Copy, Clone, Debug)]
struct Rows {
    source: ValueIx,
    host: ValueIx,
    campaign: Option<ValueIx>,
    /// Whether the sender is known, in the attempt's own line or by another one.
    has_sender: bool,
}

impl State {
    /// Counts an attempt. `told` hears of it if it is no delivery.
    pub(super) fn attempt(
        &mut self,
        batch: &Batch,
        event: &Event,
        tried: &Tried,
        told: &mut Option<&mut dyn FnMut(&Specimen)>,
    ) {
        let (at, times) = (event.at, tried.times);
        let key = self.key(tried);
        let is_stray = self.is_stray(at);
        self.total(key, times);
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        let rows = self.tally(batch, event, tried, key, Self::seen_at(at, is_stray));
        let leaf = self.leaves.count(key, tried.verdict.as_ref(), at, times);
        if is_stray {
            self.lines.future += u64::from(times);
        } else if let Some(leaf) = leaf {
            self.place(batch, event, tried, key, rows, leaf);
        }
        let wanted = leaf.filter(|leaf| tried.verdict.is_some() && self.samples.wants(leaf.index(), at));
        if !rows.has_sender {
            let attempt = Unclaimed {
                at,
                outcome: tried.outcome,
                class: code_class(key.code),
                category: key.category,
                has_campaign: rows.campaign.is_some(),
                times,
                leaf: leaf.and_then(|leaf| u16::try_from(leaf.index()).ok()),
                is_sampled: wanted.is_some(),
                chance: tried.chance,
            };
            self.joins.miss(batch.past, event, attempt);
        }
        if wanted.is_none() && told.is_none() {
            return;
        }
        let Some(specimen) = self.specimen(batch, event, tried, key, rows.campaign) else { return };
        if let Some(told) = told {
            told(&specimen);
        }
        if let Some(leaf) = wanted {
            self.samples.keep(leaf.index(), at, Arc::new(specimen));
        }
    }

    /// Counts the attempt by who made it and for whom; campaigns were `seen` then.
    fn tally(&mut self, batch: &Batch, event: &Event, tried: &Tried, key: LeafKey, seen: Moment) -> Rows {
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
            self.campaigns.tally(campaign).count(tried.outcome, code_class(key.code), tried.times);
        }
        Rows { source, host, campaign, has_sender: own.is_some() || joined.is_some() }
    }

    /// Counts the attempt at its time.
    fn place(&mut self, batch: &Batch, event: &Event, tried: &Tried, key: LeafKey, rows: Rows, leaf: LeafIx) {
        let (at, times, Rows { source, host, campaign, .. }) = (event.at, tried.times, rows);
        self.newest = self.newest.max(Some(at));
        if batch.past.is_none() && self.order != Order::Any && host != 0 {
            self.clocks.hear((host, batch.source), at, self.order == Order::OfAll);
        }
        self.rings.add(at, leaf, times);
        self.note_late(at, key.category.is_some(), times);
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

    /// The reply with all that is known of it; of a delivery there is none.
    fn specimen(
        &self,
        batch: &Batch,
        event: &Event,
        tried: &Tried,
        key: LeafKey,
        campaign: Option<ValueIx>,
    ) -> Option<Specimen> {
        let verdict = tried.verdict.as_ref()?;
        let own = tried.sender.map(|sender| batch.bytes(sender));
        let sender = own.or_else(|| Some(self.joins.sender(batch.past, event)?.address));
        let text = |span| Clean::new(batch.bytes(span));
        let name = |hash| self.names.get(&hash).map_or_else(Clean::default, |name| name.text.clone());
        Some(Specimen {
            at: event.at,
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
        })
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

    pub(super) fn count_send(&mut self, campaign: ValueIx, leaf: LeafIx, at: Moment, times: u32) {
        let Some(of) = self.leaves.list().get(leaf.index()) else { return };
        self.sends.count(campaign, || self.campaigns.name(campaign), (leaf, &of.key), at, times);
    }

    /// Counts the attempt by whom it was made; the rows of the source and of the MTA's host.
    fn tally_source(&mut self, tried: &Tried, key: LeafKey) -> (ValueIx, ValueIx) {
        // A name that was forgotten counts as one of the others.
        let source = self
            .names
            .get_mut(&tried.source)
            .map_or(0, |name| *name.source.get_or_insert_with(|| self.sources.enter_clean(&name.text)));
        self.sources.tally(source).count(tried.outcome, code_class(key.code), tried.times);
        let row = self
            .names
            .get_mut(&tried.host)
            .map_or(0, |name| *name.host.get_or_insert_with(|| self.hosts.enter_clean(&name.text)));
        self.hosts.tally(row).count(tried.outcome, code_class(key.code), tried.times);
        (source, row)
    }
}

/// A row that is a record's; 0, the others', where it is none of the first 65,536.
fn short(row: ValueIx) -> u16 {
    u16::try_from(row).unwrap_or(0)
}

/// `host[ip]`, or what there is of it.
fn relay(batch: &Batch, tried: &Tried) -> Clean {
    let (host, ip) = (batch.bytes(tried.shown.relay_host), batch.bytes(tried.shown.relay_ip));
    if ip.is_empty() {
        return Clean::new(host);
    }
    Clean::new(&[host, b"[", ip, b"]"].concat())
}
