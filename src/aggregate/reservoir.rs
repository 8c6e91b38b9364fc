//! What was refused and what was taken, one by one: a sample of every minute and every quarter of an
//! hour, for questions that no count answers ("which campaign, at which provider, before and after?").
//!
//! Every attempt has a chance, a number drawn where its line was read. A slot keeps those with the
//! lowest: all of them while there is room, then, leaf by leaf, those below a cut. A leaf's cut is in
//! proportion to the root of its frequency, so that a flood at one provider leaves room for the
//! trouble of a small one. What is kept of a leaf stands for `1 / cut` attempts each, whatever the
//! order in which they came.
//!
//! Memory is bounded: 190 slots of at most 344 refusals and 248 deliveries of 32 bytes each, and 2,048
//! names: 4 MiB. Slots are shared with the snapshots.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::{LeafIx, ValueIx};
use crate::model::{Moment, Stage};
use crate::text::Clean;

/// Slot width in milliseconds and number of slots, finest first.
const TIERS: [(i64, usize); 2] = [(60_000, 90), (900_000, 100)];
/// Refusals and deliveries of a slot: the most, and how many stay when it is thinned.
const REFUSED: (usize, usize) = (344, 232);
const TAKEN: (usize, usize) = (248, 168);
/// Leaves of a slot with a cut of their own.
const CUTS: usize = 64;
/// Names remembered; when there are more, the rarer half is forgotten.
const NAMES: usize = 2_048;
/// Longest name.
const NAME: usize = 128;
/// A cut that everything is below.
const ALL: u32 = u32::MAX;

/// What a name is known by; 0 where there is none.
pub type NameIx = u32;

/// One attempt.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it stands among all attempts, drawn at random.
    pub chance: u32,
    /// The envelope sender's domain, where the campaign is not called after it.
    pub sender: NameIx,
    /// The recipient's domain.
    pub recipient: NameIx,
    /// The host that answered.
    pub relay: NameIx,
    /// What it was counted as.
    pub leaf: LeafIx,
    /// The campaign; 0 where it is not known or has no row of its own.
    pub campaign: ValueIx,
    /// Our side of the connection; 0 where it has no row of its own.
    pub source: u16,
    /// Our MTA's host; 0 where it has no row of its own.
    pub host: u8,
    /// Where in the session.
    pub stage: Option<Stage>,
    /// Whether the connection was encrypted, where the log tells.
    pub tls: Option<bool>,
    /// Seconds since its slot began; set where it is kept.
    pub second: u16,
}

impl Record {
    /// A record of a leaf of which nothing more is known.
    #[must_use]
    pub const fn of(leaf: LeafIx, chance: u32) -> Self {
        // Nothing is below the lowest chance, and a cut of its own must be.
        let chance = if chance == ALL { ALL - 1 } else { chance };
        let (sender, recipient, relay) = (0, 0, 0);
        let (source, campaign, host, second) = (0, 0, 0, 0);
        Self {
            chance,
            sender,
            recipient,
            relay,
            leaf,
            source,
            campaign,
            host,
            stage: None,
            tls: None,
            second,
        }
    }
}

/// The sample.
#[derive(Clone, Debug)]
pub struct Reservoir {
    tiers: [Tier; TIERS.len()],
    newest: Option<Moment>,
    names: Arc<HashMap<NameIx, Clean>>,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Debug)]
struct Tier {
    step: i64,
    slots: Vec<(i64, Arc<Slot>)>,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    refused: Pool,
    taken: Pool,
}

/// Refusals, or deliveries, of one slot.
#[derive(Clone, Debug)]
struct Pool {
    records: Vec<Record>,
    /// Cuts of the leaves that come most often, in the order of the leaves.
    cuts: Vec<(LeafIx, u32)>,
    /// The cut of all others.
    rest: u32,
}

impl Default for Pool {
    fn default() -> Self {
        Self { records: Vec::new(), cuts: Vec::new(), rest: ALL }
    }
}

impl Default for Reservoir {
    fn default() -> Self {
        Self::new()
    }
}

impl Reservoir {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        let tier = |(step, slots)| Tier { step, slots: vec![(i64::MIN, Arc::default()); slots] };
        Self {
            tiers: TIERS.map(tier),
            newest: None,
            names: Arc::default(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Whether an attempt at `at` would be kept: only then is it worth while to look up its names.
    #[must_use]
    pub fn wants(&self, at: Moment, leaf: LeafIx, is_refused: bool, chance: u32) -> bool {
        // On every attempt: the divisors are constants.
        let minute = at.millis().div_euclid(TIERS[0].0);
        let quarter = minute.div_euclid(TIERS[1].0 / TIERS[0].0);
        let [minutes, quarters] = &self.tiers;
        minutes.wants(minute, leaf, is_refused, chance) || quarters.wants(quarter, leaf, is_refused, chance)
    }

    /// Keeps an attempt, in any order of time. What is older than 25 hours is not kept.
    pub fn keep(&mut self, at: Moment, is_refused: bool, record: Record) {
        for tier in &mut self.tiers {
            tier.keep(at, is_refused, record);
        }
        self.newest = self.newest.max(Some(at));
    }

    /// Gives a campaign and a sender to attempts that were kept without: those of `leaf` at `at` with
    /// this chance.
    pub fn amend(&mut self, at: Moment, is_refused: bool, of: Record) {
        for tier in &mut self.tiers {
            tier.amend(at, is_refused, of);
        }
    }

    /// The number of a name, in lower case; 0 for none.
    pub fn enter(&mut self, name: &[u8]) -> NameIx {
        if name.is_empty() {
            return 0;
        }
        let mut lower = [0; NAME];
        let name = &name[..name.len().min(NAME)];
        let lower = &mut lower[..name.len()];
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let index = (self.hasher.hash_one(&*lower) as NameIx).max(1);
        if !self.names.contains_key(&index) {
            if self.names.len() >= NAMES {
                self.forget();
            }
            Arc::make_mut(&mut self.names).insert(index, Clean::new(lower));
        }
        index
    }

    /// A name; `None` where it was forgotten because it is rare.
    #[must_use]
    pub fn name(&self, index: NameIx) -> Option<&Clean> {
        self.names.get(&index)
    }

    /// Calls `each` with every record in `[from, until)`, when it was (to the second), and how many
    /// attempts it stands for.
    pub fn each(&self, from: Moment, until: Moment, mut each: impl FnMut(Moment, &Record, f64)) {
        let Some(newest) = self.newest else { return };
        let mut until = until;
        for (index, tier) in self.tiers.iter().enumerate() {
            if until <= from {
                return;
            }
            let begin = match self.tiers.get(index + 1) {
                Some(next) => {
                    let reach = newest.millis() - tier.step * (tier.slots.len() as i64 - 1);
                    Moment::from_millis((reach + next.step - 1).div_euclid(next.step) * next.step).max(from)
                }
                None => from,
            };
            tier.each(begin, until, newest, &mut each);
            until = until.min(begin);
        }
    }

    /// Forgets the names that fewest records have.
    fn forget(&mut self) {
        let mut uses: HashMap<NameIx, u32> = self.names.keys().map(|name| (*name, 0)).collect();
        let slots = self.tiers.iter().flat_map(|tier| &tier.slots);
        let pools = slots.flat_map(|(_, slot)| [&slot.refused, &slot.taken]);
        for record in pools.flat_map(|pool| &pool.records) {
            for name in [record.sender, record.recipient, record.relay] {
                if let Some(uses) = uses.get_mut(&name) {
                    *uses += 1;
                }
            }
        }
        let mut uses: Vec<(u32, NameIx)> = uses.into_iter().map(|(name, uses)| (uses, name)).collect();
        uses.sort_unstable();
        let names = Arc::make_mut(&mut self.names);
        for (_, name) in uses.iter().take(NAMES / 2) {
            names.remove(name);
        }
    }
}

impl Tier {
    fn index(&self, number: i64) -> usize {
        number.rem_euclid(self.slots.len() as i64) as usize
    }

    fn wants(&self, number: i64, leaf: LeafIx, is_refused: bool, chance: u32) -> bool {
        let (there, slot) = &self.slots[self.index(number)];
        *there < number || *there == number && slot.pool(is_refused).cut(leaf) > chance
    }

    fn keep(&mut self, at: Moment, is_refused: bool, record: Record) {
        let number = at.millis().div_euclid(self.step);
        if !self.wants(number, record.leaf, is_refused, record.chance) {
            return;
        }
        let second = at.millis().rem_euclid(self.step) / 1_000;
        let index = self.index(number);
        let (there, slot) = &mut self.slots[index];
        if *there != number {
            *there = number;
            *slot = Arc::default();
        }
        Arc::make_mut(slot).keep(is_refused, Record { second: second as u16, ..record });
    }

    fn amend(&mut self, at: Moment, is_refused: bool, of: Record) {
        let number = at.millis().div_euclid(self.step);
        let index = self.index(number);
        let (there, slot) = &mut self.slots[index];
        let is_it = |record: &Record| record.leaf == of.leaf && record.chance == of.chance;
        if *there != number || !slot.pool(is_refused).records.iter().any(is_it) {
            return;
        }
        let slot = Arc::make_mut(slot);
        let pool = if is_refused { &mut slot.refused } else { &mut slot.taken };
        for record in pool.records.iter_mut().filter(|record| is_it(record)) {
            record.sender = of.sender;
            if record.campaign == 0 {
                record.campaign = of.campaign;
            }
        }
    }

    fn each(&self, from: Moment, until: Moment, newest: Moment, each: &mut impl FnMut(Moment, &Record, f64)) {
        let oldest = newest.millis().div_euclid(self.step) - self.slots.len() as i64;
        let first = from.millis().div_euclid(self.step).max(oldest + 1);
        let last = until.min(newest.plus_millis(1)).plus_millis(-1).millis().div_euclid(self.step);
        for number in first..=last {
            let (there, slot) = &self.slots[self.index(number)];
            if *there != number {
                continue;
            }
            for pool in [&slot.refused, &slot.taken] {
                for record in &pool.records {
                    let at =
                        Moment::from_millis(number * self.step).plus_millis(i64::from(record.second) * 1_000);
                    if at >= from && at < until {
                        each(at, record, pool.weight(record.leaf));
                    }
                }
            }
        }
    }
}

impl Slot {
    const fn pool(&self, is_refused: bool) -> &Pool {
        if is_refused { &self.refused } else { &self.taken }
    }

    fn keep(&mut self, is_refused: bool, record: Record) {
        let (pool, (most, stay)) =
            if is_refused { (&mut self.refused, REFUSED) } else { (&mut self.taken, TAKEN) };
        if pool.records.len() >= most {
            pool.thin(stay);
            if pool.cut(record.leaf) <= record.chance {
                return;
            }
        }
        if pool.records.len() == pool.records.capacity() {
            let room = (pool.records.len() * 2).clamp(8, most);
            pool.records.reserve_exact(room - pool.records.len());
        }
        pool.records.push(record);
    }
}

impl Pool {
    fn cut(&self, leaf: LeafIx) -> u32 {
        match self.cuts.binary_search_by_key(&leaf, |(leaf, _)| *leaf) {
            Ok(at) => self.cuts[at].1,
            Err(_) => self.rest,
        }
    }

    /// How many attempts a record of a leaf stands for.
    fn weight(&self, leaf: LeafIx) -> f64 {
        match self.cut(leaf) {
            ALL => 1.0,
            cut => f64::from(ALL) / f64::from(cut),
        }
    }

    /// Drops the records with the highest chances, of frequent leaves more than of rare ones, until at
    /// most `stay` are left.
    fn thin(&mut self, stay: usize) {
        self.records.sort_unstable_by_key(|record| (record.leaf, record.chance));
        let mut roots: Vec<(LeafIx, f64)> = Vec::new();
        let mut ranks: Vec<f64> = Vec::with_capacity(self.records.len());
        for of_one in self.records.chunk_by(|a, b| a.leaf == b.leaf) {
            let leaf = of_one[0].leaf;
            let root = (of_one.len() as f64 * self.weight(leaf)).sqrt();
            roots.push((leaf, root));
            ranks.extend(of_one.iter().map(|record| f64::from(record.chance) * root));
        }
        if ranks.len() <= stay {
            return;
        }
        let (_, limit, _) = ranks.select_nth_unstable_by(stay, f64::total_cmp);
        let limit = *limit;
        let mut cuts: Vec<(u32, LeafIx)> = roots
            .into_iter()
            .map(|(leaf, root)| (((limit / root) as u32).clamp(1, self.cut(leaf)), leaf))
            .collect();
        let gone = self.cuts.iter().filter(|(leaf, _)| !cuts.iter().any(|(_, other)| other == leaf));
        let gone: Vec<_> = gone.map(|(leaf, cut)| (*cut, *leaf)).collect();
        cuts.extend(gone);
        cuts.retain(|(cut, leaf)| *cut < self.rest || self.cuts.iter().any(|(listed, _)| listed == leaf));
        cuts.sort_unstable();
        if let Some((cut, _)) = cuts.get(CUTS) {
            self.rest = self.rest.min(*cut);
        }
        cuts.truncate(CUTS);
        self.cuts = cuts.into_iter().map(|(cut, leaf)| (leaf, cut)).collect();
        self.cuts.sort_unstable();
        let (cuts, rest) = (&self.cuts, self.rest);
        let cut = |leaf| match cuts.binary_search_by_key(&leaf, |(leaf, _)| *leaf) {
            Ok(at) => cuts[at].1,
            Err(_) => rest,
        };
        self.records.retain(|record| record.chance < cut(record.leaf));
    }
}

#[cfg(test)]
mod tests;
