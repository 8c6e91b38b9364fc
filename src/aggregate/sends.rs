//! The sends: what every campaign went through, hour by hour, and where one of its sends ends and the
//! next begins.
//!
//! A send is a campaign's mail without a pause of more than two hours. Most servers try again after an
//! hour or so (Postfix waits at most 4,000 seconds), so that a shorter pause would make a send of every
//! retry. Retries go on for days, though, and would tie tomorrow's send to today's: an hour that
//! has twenty times the attempts of each of the two before it begins a send, too. What never pauses,
//! such as transactional mail, is cut after a day.
//!
//! Nothing here runs along with time: attempts are counted into hours, in any order, and sends are cut
//! from those when asked. No two attempts of an hour are more than a pause apart, so that the cut is
//! exact to the second.
//!
//! Memory is bounded: so many campaigns, hours and cells. Where there are more, small campaigns that
//! are over become one, the others'; then the oldest hours go.

mod cut;

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use super::{LeafIx, LeafKey, ValueIx};
use crate::model::{Moment, Outcome, Party};
use crate::text::Clean;

pub use cut::Cut;

/// Milliseconds of an hour.
const HOUR: i64 = 3_600_000;
/// A pause longer than this, in milliseconds, is between two sends.
pub const PAUSE: i64 = 2 * HOUR;
/// Campaigns kept apart, the others' included.
const CAMPAIGNS: usize = 4_096;
/// Cells kept; one is 12 bytes.
const CELLS: usize = 98_304;
/// Hours kept: twelve weeks.
const HOURS: usize = 2_016;
/// Domains that no table knows and that are kept apart, the first to be met.
const DOMAINS: usize = 64;
/// Places where counts wait together before they are looked up; a power of two.
const WAITING: usize = 512;
/// The campaign of those that have no room of their own.
const OTHERS: u16 = 0;

/// Counts attempts per campaign, hour and kind.
#[derive(Debug)]
pub struct Sends {
    kept: Kept,
    /// The last counts, so that most attempts cost no look-up.
    waiting: Box<[Waiting]>,
    /// Campaign by its index in the dimension: which one it was, and its place here.
    places: Vec<(ValueIx, u16)>,
    /// Kind by leaf.
    kinds: Vec<Option<u16>>,
    index: HashMap<LeafKey, u16>,
    domains: Vec<Party>,
    names: HashMap<Clean, u16>,
    /// The newest hour when room was made last: once an hour is enough, or it would be made for ever.
    made_room: Option<i64>,
}

/// What is counted, to be read.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    hours: BTreeMap<i64, Arc<Hour>>,
    cells: usize,
    names: Arc<Vec<Clean>>,
    kinds: Arc<Vec<LeafKey>>,
    leaves: Arc<Vec<LeafIx>>,
    forgotten: u64,
}

/// One hour's cells by campaign and kind.
#[derive(Clone, Debug, Default)]
struct Hour {
    cells: HashMap<u32, Cell>,
}

/// Attempts of one campaign and kind in one hour.
#[derive(Copy, Clone, Debug, Default)]
struct Cell {
    times: u32,
    /// Seconds of the hour.
    first: u16,
    last: u16,
}

#[derive(Copy, Clone, Debug, Default)]
struct Waiting {
    key: u32,
    hour: i32,
    cell: Cell,
}

impl Default for Sends {
    fn default() -> Self {
        Self::new()
    }
}

impl Sends {
    /// Nothing counted.
    #[must_use]
    pub fn new() -> Self {
        let kept = Kept { names: Arc::new(vec![Clean::from("other")]), ..Kept::default() };
        Self {
            kept,
            waiting: vec![Waiting::default(); WAITING].into_boxed_slice(),
            places: Vec::new(),
            kinds: Vec::new(),
            index: HashMap::new(),
            domains: Vec::new(),
            names: HashMap::new(),
            made_room: None,
        }
    }

    /// Counts `times` attempts of a leaf that `campaign` made at `at`, in any order of time. `name`
    /// is asked when the campaign is new here.
    pub fn count(
        &mut self,
        campaign: ValueIx,
        name: impl FnOnce() -> Clean,
        (leaf, key): (LeafIx, &LeafKey),
        at: Moment,
        times: u32,
    ) {
        let kind = match self.kinds.get(leaf.index()) {
            Some(Some(kind)) => *kind,
            _ => self.learn(leaf, key),
        };
        let Ok(hour) = i32::try_from(at.millis().div_euclid(HOUR)) else { return };
        let campaign = match self.places.get(campaign as usize & 0xffff) {
            Some((known, place)) if *known == campaign && *place != OTHERS => *place,
            _ => self.enter(campaign, name),
        };
        let second = (at.millis().rem_euclid(HOUR) / 1_000) as u16;
        let key = u32::from(campaign) << 16 | u32::from(kind);
        let cell = Cell { times, first: second, last: second };
        let place = &mut self.waiting[place(key)];
        if place.cell.times > 0 && place.key == key && place.hour == hour {
            place.cell.add(cell);
            return;
        }
        let before = std::mem::replace(place, Waiting { key, hour, cell });
        self.keep(before);
    }

    /// Everything counted so far.
    pub fn kept(&mut self) -> Kept {
        self.settle();
        self.kept.clone()
    }

    fn settle(&mut self) {
        for at in 0..self.waiting.len() {
            let waiting = std::mem::take(&mut self.waiting[at]);
            self.keep(waiting);
        }
    }

    fn keep(&mut self, counted: Waiting) {
        if counted.cell.times == 0 {
            return;
        }
        let hour = i64::from(counted.hour);
        let mut key = counted.key;
        if self.kept.is_full(hour) && self.may_make_room() {
            let moved = self.merge_small();
            self.kept.forget_oldest();
            key = renamed(key, &moved);
        }
        self.kept.add(hour, key, counted.cell);
    }

    /// Whether no room was made since the newest hour began.
    fn may_make_room(&mut self) -> bool {
        let newest = self.kept.newest();
        let may = self.made_room.is_none() || self.made_room < newest;
        self.made_room = newest;
        may
    }

    /// The place of a campaign that is new here.
    fn enter(&mut self, campaign: ValueIx, name: impl FnOnce() -> Clean) -> u16 {
        // The dimension's others are ours.
        if campaign == 0 {
            return OTHERS;
        }
        let row = campaign as usize & 0xffff;
        if self.places.len() <= row {
            self.places.resize(row + 1, (0, OTHERS));
        }
        if self.kept.names.len() >= CAMPAIGNS && self.may_make_room() {
            self.settle();
            self.merge_small();
        }
        if self.kept.names.len() >= CAMPAIGNS {
            return OTHERS;
        }
        let name = name();
        // It gave its row away long ago.
        if name.is_empty() {
            return OTHERS;
        }
        let next = self.kept.names.len() as u16;
        let place = *self.names.entry(name.clone()).or_insert(next);
        if place == next {
            Arc::make_mut(&mut self.kept.names).push(name);
        }
        self.places[row] = (campaign, place);
        place
    }

    /// What a leaf counts as: all deliveries to a provider are alike, and so are most of the domains
    /// that no table knows.
    fn learn(&mut self, leaf: LeafIx, key: &LeafKey) -> u16 {
        let provider = self.party(key.provider());
        let reduced = LeafKey { receiver: provider, brand: Party::Nobody, ..*key };
        let reduced = match key.outcome {
            Outcome::Delivered => {
                LeafKey { code: 0, enhanced: None, category: None, signature: 0, ..reduced }
            }
            _ => reduced,
        };
        let kinds = &mut self.kept.kinds;
        let kind = *self.index.entry(reduced).or_insert_with(|| {
            Arc::make_mut(kinds).push(reduced);
            Arc::make_mut(&mut self.kept.leaves).push(leaf);
            (kinds.len() - 1) as u16
        });
        if self.kinds.len() <= leaf.index() {
            self.kinds.resize(leaf.index() + 1, None);
        }
        self.kinds[leaf.index()] = Some(kind);
        kind
    }

    fn party(&mut self, party: Party) -> Party {
        if !matches!(party, Party::Domain(_)) || self.domains.contains(&party) {
            return party;
        }
        if self.domains.len() >= DOMAINS {
            return Party::OTHER;
        }
        self.domains.push(party);
        party
    }

    /// Makes one of the smaller half of the campaigns that are over; the new place of each.
    fn merge_small(&mut self) -> Vec<u16> {
        let mut sums = vec![(0_u64, i64::MIN); self.kept.names.len()];
        for (hour, cells) in &self.kept.hours {
            for (key, cell) in &cells.cells {
                let (sum, last) = &mut sums[(key >> 16) as usize];
                *sum += u64::from(cell.times);
                *last = (*last).max(*hour);
            }
        }
        let newest = self.kept.newest().unwrap_or_default();
        let is_over = |last: i64| newest.saturating_sub(last) > PAUSE / HOUR;
        let mut over: Vec<usize> = (1..sums.len()).filter(|at| is_over(sums[*at].1)).collect();
        over.sort_by_key(|at| sums[*at].0);
        over.truncate(over.len().div_ceil(2));
        over.sort_unstable();
        let mut names = Vec::with_capacity(sums.len() - over.len());
        let mut moved = vec![OTHERS; sums.len()];
        for (at, name) in self.kept.names.iter().enumerate() {
            if over.binary_search(&at).is_err() {
                moved[at] = names.len() as u16;
                names.push(name.clone());
            }
        }
        self.names = names.iter().cloned().zip(0..).skip(1).collect();
        self.kept.names = Arc::new(names);
        self.places.iter_mut().for_each(|(_, place)| *place = moved[usize::from(*place)]);
        self.kept.rename(&moved);
        // What waits has the old places: it waits no longer, for two of it may now be one.
        for waiting in &mut self.waiting {
            let counted = std::mem::take(waiting);
            if counted.cell.times > 0 {
                self.kept.later(i64::from(counted.hour), renamed(counted.key, &moved), counted.cell);
            }
        }
        moved
    }
}

impl Kept {
    /// Attempts that are in no send because they are too old to be kept.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// What a kind counts: the provider is that of the sends, the rest as in the leaves; and the leaf
    /// that was the first of it.
    #[must_use]
    pub fn kind(&self, kind: u16) -> Option<(&LeafKey, LeafIx)> {
        Some((self.kinds.get(usize::from(kind))?, *self.leaves.get(usize::from(kind))?))
    }

    fn newest(&self) -> Option<i64> {
        self.hours.last_key_value().map(|(hour, _)| *hour)
    }

    fn is_full(&self, hour: i64) -> bool {
        self.cells >= CELLS || (self.hours.len() >= HOURS && !self.hours.contains_key(&hour))
    }

    /// Counts a cell. Where there is no room, one of the newest hour counts as the others', and an
    /// older one as forgotten: what is older than the oldest kept always, once anything was.
    fn add(&mut self, hour: i64, key: u32, cell: Cell) {
        let oldest = self.hours.first_key_value().map_or(hour, |(oldest, _)| *oldest);
        let there = self.hours.get(&hour).is_some_and(|hour| hour.cells.contains_key(&key));
        let is_newest = self.newest().is_none_or(|newest| hour >= newest);
        let key = match (there, self.is_full(hour), is_newest) {
            (true, ..) => key,
            _ if self.forgotten > 0 && hour < oldest => return self.forgotten += u64::from(cell.times),
            (_, true, false) => return self.forgotten += u64::from(cell.times),
            (_, true, true) => key & 0xffff,
            (_, false, _) => key,
        };
        self.later(hour, key, cell);
    }

    fn later(&mut self, hour: i64, key: u32, cell: Cell) {
        let cells = &mut Arc::make_mut(self.hours.entry(hour).or_default()).cells;
        let before = cells.len();
        cells.entry(key).and_modify(|there| there.add(cell)).or_insert(cell);
        self.cells += cells.len() - before;
    }

    /// Forgets the oldest hours until a quarter of the room is free; never the newest.
    fn forget_oldest(&mut self) {
        while (self.cells > CELLS / 4 * 3 || self.hours.len() > HOURS / 4 * 3) && self.hours.len() > 1 {
            let Some((_, hour)) = self.hours.pop_first() else { return };
            self.cells -= hour.cells.len();
            self.forgotten += hour.cells.values().map(|cell| u64::from(cell.times)).sum::<u64>();
        }
    }

    /// Gives every campaign its new place.
    fn rename(&mut self, moved: &[u16]) {
        self.cells = 0;
        for hour in self.hours.values_mut() {
            let mut cells: HashMap<u32, Cell> = HashMap::with_capacity(hour.cells.len() / 2);
            for (key, cell) in &hour.cells {
                let entry = cells.entry(renamed(*key, moved));
                entry.and_modify(|there| there.add(*cell)).or_insert(*cell);
            }
            self.cells += cells.len();
            *hour = Arc::new(Hour { cells });
        }
    }
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.times = self.times.saturating_add(other.times);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

fn renamed(key: u32, moved: &[u16]) -> u32 {
    let campaign = moved.get((key >> 16) as usize).copied().unwrap_or(OTHERS);
    u32::from(campaign) << 16 | (key & 0xffff)
}

/// Where a count waits.
const fn place(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b9) >> (u32::BITS - WAITING.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests;
