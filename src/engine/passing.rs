//! What a filter lets through, counted.
//!
//! Attempts are counted by provider and reply. By source, host, campaign, domain and stage there is a
//! sample of them, the reservoir: of these a leaf's share is measured there, and the leaf's exact count
//! says what all its records stand for together. Where every attempt of the span is in the sample, such
//! a count is exact as well; else it is an estimate, and says so.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use hashbrown::HashMap;

use super::filter::{Facts, Filter, Key, all};
use super::scope::{Over, View};
use super::{Measured, Snapshot};
use crate::aggregate::{LeafIx, Record};
use crate::diagnose::{Portion, Weighed};
use crate::model::{Moment, Party, Stage};
use crate::text::Clean;

/// The widest slot that counts are kept in, in milliseconds: a record is looked for so far around a span.
const WIDEST: i64 = 300_000;
/// Answers that are remembered for records that are alike.
const REMEMBERED: usize = 8_192;

/// A filter that was put to a snapshot.
pub(super) struct Passing<'a> {
    snapshot: &'a Snapshot,
    filter: &'a Filter,
    leaves: Vec<Option<Leafed<'a>>>,
    /// What of a record is asked for.
    keys: Vec<Key>,
    known: RefCell<HashMap<Likeness, (bool, bool)>>,
    /// What was drawn last: one question asks for some stretches twice.
    last: RefCell<Option<(Stretch, Rc<Vec<Drawn>>)>>,
    /// Whether something that was asked for has lost its name, and may have been it.
    is_vague: Cell<bool>,
}

/// A leaf whose provider is let through.
struct Leafed<'a> {
    view: View<'a>,
    is_new: bool,
    /// Whether its attempts, and its replies, are let through; `None` where that depends on more than is
    /// counted.
    here: Option<bool>,
    hit: Option<bool>,
}

/// A record, when it was, how many attempts it stands for, and whether attempt and reply are let through.
#[derive(Copy, Clone, Debug)]
struct Drawn {
    at: Moment,
    leaf: usize,
    weight: f64,
    lets: (bool, bool),
}

/// What two records must have in common to be answered alike.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Likeness {
    leaf: usize,
    names: [u32; 3],
    campaign: u32,
    source: u16,
    host: u8,
    stage: u8,
}

/// How much a filter lets through.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    /// Attempts by leaf.
    pub attempts: Vec<u64>,
    /// Replies by leaf.
    pub replies: Vec<u64>,
    /// Whether the attempts are estimated.
    pub about: bool,
    /// Replies of all replies.
    pub passed: Measured,
}

/// A span of counts, and how wide their slots are at least.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from: Moment,
    pub until: Moment,
    /// The span whose slots are all of one width; `None` takes the finest that there are.
    pub even: Option<i64>,
}

/// Which counts are estimated: of attempts, of replies.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Vague {
    pub attempts: bool,
    pub replies: bool,
}

impl Snapshot {
    /// Puts a filter to this snapshot; what was first seen since `from` is new.
    pub(super) fn passing<'a>(&'a self, filter: &'a Filter, from: Moment) -> Passing<'a> {
        let mut keys = Vec::new();
        filter.terms().iter().for_each(|term| term.test.keys(&mut keys));
        let firsts = if filter.terms().iter().any(|term| term.test.asks_for_new()) {
            self.firsts()
        } else {
            HashMap::new()
        };
        let has_history = self.span.is_some_and(|(first, _)| first < from);
        let mut leaves: Vec<Option<Leafed<'_>>> = Vec::new();
        leaves.resize_with(self.picture.leaves.len(), || None);
        for view in self.views(filter) {
            let key = &view.leaf.key;
            let first = firsts.get(&(key.provider(), key.signature)).copied().unwrap_or(view.leaf.first);
            let is_new = has_history && first >= from;
            let facts = Facts { is_new: Some(is_new), ..view.reply().facts() };
            let here = all(filter.of_attempts(), &facts);
            let hit = if view.column.is_some() { all(filter.terms().iter(), &facts) } else { Some(false) };
            let index = view.index;
            leaves[index] = Some(Leafed { view, is_new, here, hit });
        }
        keys.sort_unstable();
        keys.dedup();
        Passing {
            snapshot: self,
            filter,
            leaves,
            keys,
            known: RefCell::default(),
            last: RefCell::default(),
            is_vague: Cell::new(false),
        }
    }

    /// What a filter lets through over a span.
    pub(super) fn counted(&self, over: Over, filter: &Filter) -> Counted {
        self.passing(filter, self.begin(over)).counted(over)
    }

    /// When a provider first said each signature.
    fn firsts(&self) -> HashMap<(Party, u64), Moment> {
        let mut firsts: HashMap<(Party, u64), Moment> = HashMap::new();
        for leaf in &self.picture.leaves {
            let first = firsts.entry((leaf.key.provider(), leaf.key.signature)).or_insert(leaf.first);
            *first = leaf.first.min(*first);
        }
        firsts
    }
}

impl Passing<'_> {
    /// Whether a record's attempt is let through, and its reply.
    pub(super) fn lets(&self, record: &Record) -> (bool, bool) {
        let index = record.leaf.index();
        let Some(leaf) = self.leaves.get(index).and_then(Option::as_ref) else { return (false, false) };
        if let (Some(here), Some(hit)) = (leaf.here, leaf.hit) {
            return (here, hit);
        }
        let likeness = self.likeness(record);
        let known = self.known.borrow().get(&likeness).copied();
        known.unwrap_or_else(|| {
            let said = self.ask(leaf, record);
            let mut known = self.known.borrow_mut();
            if known.len() < REMEMBERED {
                known.insert(likeness, said);
            }
            said
        })
    }

    /// Whether any reply of a leaf may be let through.
    pub(super) fn may_let(&self, leaf: usize) -> bool {
        self.decided(leaf).1 != Some(false)
    }

    /// Whether any attempt of a leaf may be let through.
    pub(super) fn may_be_here(&self, leaf: usize) -> bool {
        self.decided(leaf).0 != Some(false)
    }

    /// Whether a name was missed that a record had, so that what was said of it may be wrong.
    pub(super) fn is_vague(&self) -> bool {
        self.is_vague.get()
    }

    fn likeness(&self, record: &Record) -> Likeness {
        let mut like = Likeness { leaf: record.leaf.index(), ..Likeness::default() };
        for key in &self.keys {
            match key {
                Key::Source => like.source = record.source,
                Key::Host => like.host = record.host,
                Key::Campaign => like.campaign = record.campaign,
                Key::Domain => like.names[0] = record.recipient,
                Key::From => (like.names[1], like.campaign) = (record.sender, record.campaign),
                Key::Relay => like.names[2] = record.relay,
                Key::Stage => like.stage = record.stage.map_or(0, |stage| stage as u8 + 1),
                Key::Provider | Key::Code | Key::Category | Key::List | Key::Text => {}
            }
        }
        like
    }

    fn ask(&self, leaf: &Leafed<'_>, record: &Record) -> (bool, bool) {
        let nothing = Clean::default();
        let picture = &self.snapshot.picture;
        let values = &picture.values;
        // Of what has no row of its own it is not known whether it is what is asked for.
        let row = |key, name: Option<&'_ Clean>, others: &[(Clean, _)]| {
            if name.is_none()
                && self.keys.contains(&key)
                && others.iter().any(|(name, _)| name.as_str() == "other")
            {
                self.is_vague.set(true);
            }
        };
        let entered = |index: u32| (index > 0).then(|| picture.reservoir.name(index));
        let missed = |key, name: Option<Option<&Clean>>| {
            if name == Some(None) && self.keys.contains(&key) {
                self.is_vague.set(true);
            }
        };
        let source = (record.source > 0).then(|| values.sources.name(record.source.into())).flatten();
        let host = (record.host > 0).then(|| values.hosts.name(record.host.into())).flatten();
        let campaign = (record.campaign > 0).then(|| values.campaigns.name(record.campaign)).flatten();
        row(Key::Source, source, &self.snapshot.tallies);
        row(Key::Host, host, &self.snapshot.host_tallies);
        row(Key::Campaign, campaign, &self.snapshot.campaigns);
        let (to, sender, relay) = (entered(record.recipient), entered(record.sender), entered(record.relay));
        missed(Key::Relay, relay);
        missed(Key::Domain, to);
        missed(Key::From, sender);
        // A campaign that the log does not name is called after the sender's domain, which is not kept twice.
        let domain = campaign.filter(|name| name.contains('.') || name.as_str() == "<>");
        let from = if record.sender > 0 { sender.flatten() } else { domain };
        let facts = Facts {
            is_new: Some(leaf.is_new),
            source: Some(source.unwrap_or(&nothing)),
            host: Some(host.unwrap_or(&nothing)),
            campaign: Some(campaign.unwrap_or(&nothing)),
            domain: Some(to.flatten().unwrap_or(&nothing)),
            from: Some(from.unwrap_or(&nothing)),
            relay: Some(relay.flatten().unwrap_or(&nothing)),
            stage: Some(record.stage.map_or("", Stage::id)),
            ..leaf.view.reply().facts()
        };
        let here = leaf.here.unwrap_or_else(|| all(self.filter.of_attempts(), &facts) == Some(true));
        let hit = leaf.hit.unwrap_or_else(|| all(self.filter.terms().iter(), &facts) == Some(true));
        (here, hit)
    }

    /// The sums over a span.
    pub(super) fn counted(&self, over: Over) -> Counted {
        let exact = self.snapshot.counts_over(over);
        let leaves = self.snapshot.picture.leaves.iter().zip(&exact);
        let of: u64 = leaves.filter(|(leaf, _)| leaf.key.category.is_some()).map(|(_, count)| *count).sum();
        let (mut attempts, mut replies) = (vec![0.0; exact.len()], vec![0.0; exact.len()]);
        for (index, count) in exact.iter().enumerate() {
            let (here, hit) = self.decided(index);
            attempts[index] += if here == Some(true) { *count as f64 } else { 0.0 };
            replies[index] += if hit == Some(true) { *count as f64 } else { 0.0 };
        }
        let stretch =
            Stretch { from: self.snapshot.begin(over), until: self.snapshot.end_of(over), even: None };
        let (mut weighed, mut part) = (Weighed::default(), 0.0);
        let vague = self.records(stretch, &exact, |_, index, weight, (here, hit)| {
            let decided = self.decided(index);
            attempts[index] += if here && decided.0.is_none() { weight } else { 0.0 };
            if decided.1.is_none() {
                weighed.add(weight);
                part += if hit { weight } else { 0.0 };
                replies[index] += if hit { weight } else { 0.0 };
            }
        });
        let round =
            |counts: Vec<f64>| counts.into_iter().map(|count| count.round() as u64).collect::<Vec<_>>();
        let (attempts, replies) = (round(attempts), round(replies));
        let count = replies.iter().sum();
        let alike = if weighed.sum() > 0.0 { weighed.measured(part).looked_at.of } else { of };
        let share = count as f64 / of.max(1) as f64;
        let looked_at = Portion { count: (share * alike as f64).round() as u64, of: alike };
        let passed = Measured { count, of, estimated: vague.replies, looked_at };
        Counted { attempts, replies, about: vague.attempts, passed }
    }

    /// Calls `each` with the slot's start, the leaf, and how many of its attempts and replies are let
    /// through in a stretch.
    pub(super) fn each(&self, stretch: Stretch, mut each: impl FnMut(Moment, usize, f64, f64)) -> Vague {
        let rings = &self.snapshot.picture.rings;
        let mut exact = vec![0; self.leaves.len()];
        let mut count = |start, leaf: LeafIx, count: u32| {
            let (here, hit) = self.decided(leaf.index());
            if let Some(sum) = exact.get_mut(leaf.index()) {
                *sum += u64::from(count);
            }
            if here == Some(true) || hit == Some(true) {
                let of = |is_let| if is_let == Some(true) { f64::from(count) } else { 0.0 };
                each(start, leaf.index(), of(here), of(hit));
            }
        };
        match stretch.even {
            Some(span) => rings.each_even(span, stretch.from, stretch.until, &mut count),
            None => rings.each(stretch.from, stretch.until, &mut count),
        }
        self.records(stretch, &exact, |at, index, weight, (here, hit)| {
            let decided = self.decided(index);
            let of = |is_let, decided: Option<bool>| if is_let && decided.is_none() { weight } else { 0.0 };
            each(at, index, of(here, decided.0), of(hit, decided.1));
        })
    }

    fn is_delivery(&self, leaf: LeafIx) -> bool {
        self.snapshot.picture.leaves.get(leaf.index()).is_some_and(|leaf| leaf.key.category.is_none())
    }

    /// Whether a leaf's attempts, and its replies, are let through, as far as counts tell.
    fn decided(&self, leaf: usize) -> (Option<bool>, Option<bool>) {
        let leaf = self.leaves.get(leaf).and_then(Option::as_ref);
        leaf.map_or((Some(false), Some(false)), |leaf| (leaf.here, leaf.hit))
    }

    /// Calls `each` with the records of a stretch whose leaves do not tell: the start of the slot, the
    /// leaf, how many attempts it stands for, and whether they are let through. `exact` is what their
    /// leaves count there.
    fn records(
        &self,
        stretch: Stretch,
        exact: &[u64],
        mut each: impl FnMut(Moment, usize, f64, (bool, bool)),
    ) -> Vague {
        let mut vague = Vague::default();
        if !self.filter.is_sampled() {
            return vague;
        }
        let found = self.drawn(stretch);
        let mut drawn = vec![0.0; exact.len()];
        found.iter().for_each(|one| drawn[one.leaf] += one.weight);
        for (index, (exact, drawn)) in exact.iter().zip(&drawn).enumerate() {
            let (here, hit) = self.decided(index);
            let is_partial = (*exact as f64 - drawn).abs() > 0.5;
            vague.attempts |= is_partial && here.is_none();
            vague.replies |= is_partial && hit.is_none();
        }
        for one in found.iter() {
            // A leaf's records stand for as many as were counted.
            each(one.at, one.leaf, one.weight * exact[one.leaf] as f64 / drawn[one.leaf], one.lets);
        }
        if self.is_vague() {
            vague = Vague { attempts: true, replies: true };
        }
        vague
    }

    /// The records of a stretch whose leaves do not tell; those of the last stretch are at hand.
    fn drawn(&self, stretch: Stretch) -> Rc<Vec<Drawn>> {
        if let Some((last, drawn)) = &*self.last.borrow()
            && *last == stretch
        {
            return Rc::clone(drawn);
        }
        let picture = &self.snapshot.picture;
        let even = stretch.even.map(|span| picture.rings.even_width(span));
        let (asks_domain, asks_relay) = (self.keys.contains(&Key::Domain), self.keys.contains(&Key::Relay));
        let (from, until) = (stretch.from.plus_millis(-WIDEST), stretch.until.plus_millis(WIDEST));
        let mut found = Vec::new();
        picture.reservoir.each(from, until, |at, record, weight| {
            let leaf = record.leaf.index();
            let (here, hit) = self.decided(leaf);
            if here.is_some() && hit.is_some() {
                return;
            }
            let at = match even {
                Some(width) => Moment::from_millis(at.millis().div_euclid(width) * width),
                None => picture.rings.slot(at),
            };
            // Of most deliveries recipient and relay are not kept: those of which they are stand for them.
            let is_untold = asks_domain && record.recipient == 0 || asks_relay && record.relay == 0;
            if at >= stretch.from && at < stretch.until && !(is_untold && self.is_delivery(record.leaf)) {
                found.push(Drawn { at, leaf, weight, lets: self.lets(record) });
            }
        });
        let found = Rc::new(found);
        *self.last.borrow_mut() = Some((stretch, Rc::clone(&found)));
        found
    }
}
