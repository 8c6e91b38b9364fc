//! Where one send ends and the next begins.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{HOUR, Kept, OTHERS, PAUSE};
use crate::model::Moment;
use crate::text::Clean;

/// Hours of the longest send: what never pauses is cut.
const DAY: i64 = 24;
/// Attempts of an hour that may begin a send though retries of the one before still go on.
const BURST: u64 = 50;
/// How many times the attempts of each of the two hours before it has.
const TIMES: u64 = 20;

/// One send: what was counted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// The campaign.
    pub campaign: Clean,
    /// Its first attempt, to the second.
    pub first: Moment,
    /// Its last attempt.
    pub last: Moment,
    /// Attempts by kind, in the order of the kinds.
    pub kinds: Vec<(u16, u64)>,
}

/// One hour of a campaign.
#[derive(Clone, Debug, Default)]
struct Went {
    first: i64,
    last: i64,
    attempts: u64,
    kinds: Vec<(u16, u64)>,
}

impl Kept {
    /// All sends, of each campaign the oldest first.
    #[must_use]
    pub fn cut(&self) -> Vec<Cut> {
        let mut campaigns: BTreeMap<u16, Vec<(i64, Went)>> = BTreeMap::new();
        for (hour, cells) in &self.hours {
            for (key, cell) in &cells.cells {
                let (campaign, kind) = ((key >> 16) as u16, *key as u16);
                if campaign == OTHERS {
                    continue;
                }
                let hours = campaigns.entry(campaign).or_default();
                if hours.last().is_none_or(|(last, _)| last != hour) {
                    hours.push((*hour, Went { first: i64::MAX, last: i64::MIN, ..Went::default() }));
                }
                let Some((_, went)) = hours.last_mut() else { continue };
                let at = |second: u16| hour * HOUR + i64::from(second) * 1_000;
                went.first = went.first.min(at(cell.first));
                went.last = went.last.max(at(cell.last));
                went.attempts += u64::from(cell.times);
                went.kinds.push((kind, u64::from(cell.times)));
            }
        }
        let named = |campaign: u16| self.names.get(usize::from(campaign)).cloned().unwrap_or_default();
        campaigns
            .into_iter()
            .flat_map(|(campaign, hours)| {
                let name = named(campaign);
                cut(&hours).into_iter().map(|range| sum(&name, &hours[range])).collect::<Vec<_>>()
            })
            .collect()
    }

    /// Attempts of campaigns that have no room of their own.
    #[must_use]
    pub fn of_others(&self) -> u64 {
        let cells = self.hours.values().flat_map(|hour| &hour.cells);
        cells.filter(|(key, _)| (*key >> 16) as u16 == OTHERS).map(|(_, cell)| u64::from(cell.times)).sum()
    }
}

/// The hours of each send.
fn cut(hours: &[(i64, Went)]) -> Vec<std::ops::Range<usize>> {
    let mut sends = Vec::new();
    let mut begin = 0;
    for at in 1..hours.len() {
        let ((hour, went), (_, before)) = (&hours[at], &hours[at - 1]);
        let age = hour - hours[begin].0;
        let busiest = hours[..at]
            .iter()
            .rev()
            .take_while(|(earlier, _)| hour - earlier <= PAUSE / HOUR)
            .map(|(_, went)| went.attempts)
            .max();
        let bursts = went.attempts >= BURST
            && age >= PAUSE / HOUR
            && busiest.is_none_or(|busiest| went.attempts >= TIMES * busiest);
        if went.first - before.last > PAUSE || age >= DAY || bursts {
            sends.push(begin..at);
            begin = at;
        }
    }
    if !hours.is_empty() {
        sends.push(begin..hours.len());
    }
    sends
}

fn sum(name: &Clean, hours: &[(i64, Went)]) -> Cut {
    let mut kinds: HashMap<u16, u64> = HashMap::new();
    for (kind, times) in hours.iter().flat_map(|(_, went)| &went.kinds) {
        *kinds.entry(*kind).or_default() += times;
    }
    let mut kinds: Vec<(u16, u64)> = kinds.into_iter().collect();
    kinds.sort_unstable();
    let first = hours.iter().map(|(_, went)| went.first).min().unwrap_or_default();
    let last = hours.iter().map(|(_, went)| went.last).max().unwrap_or_default();
    Cut { campaign: name.clone(), first: Moment::from_millis(first), last: Moment::from_millis(last), kinds }
}
