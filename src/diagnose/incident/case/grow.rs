//! What a case becomes as its tracks join, grow and end: how far it reaches, what leads in it, and
//! whether it is over as a whole.

use super::super::track::Running;
use super::super::watch::Of;
use super::merge::TOGETHER;
use super::{Case, Member, Scope, Tracked};
use crate::model::{Category, Moment, Party};

/// Providers with this share of a campaign's replies tell it.
const TOLD: f64 = 0.6;
/// Score of the way back that all tracks together need, in nats, and how long it lasts at least.
const OVER: f64 = 8.0;
const BACK: i64 = 60_000;

impl Case {
    /// How far it reaches, by its tracks.
    pub(super) fn rescope(&mut self) {
        let is_wide = self.members.iter().any(|one| matches!(one.of, Of::All | Of::Category(_)));
        let providers: u64 = self.members.iter().filter(|one| one.is_provider()).map(|one| one.hits).sum();
        let sides = self.members.iter().filter(|one| matches!(one.of, Of::Source(_) | Of::Campaign(_)));
        let hits = sides.map(|one| one.hits).max().unwrap_or_default();
        self.scope = match self.side() {
            _ if is_wide => Scope::Wide,
            // What the providers show is too little of what the send meets.
            Some(_) if (providers as f64) < TOLD * hits as f64 && self.composition.is_of_all => Scope::Wide,
            Some(side) if (providers as f64) < TOLD * hits as f64 => side,
            _ => Scope::Providers,
        };
    }

    pub(super) fn join(&mut self, track: usize, tracked: &Tracked, running: &Running) {
        self.until = None;
        let (attempts, hits) = (running.seen.attempts, running.seen.hits);
        match self.members.iter_mut().find(|one| one.track == track) {
            Some(member) => {
                (member.until, member.is_back) = (None, false);
                member.attempts += attempts;
                member.hits += hits;
            }
            None => self.members.push(Member {
                track,
                of: tracked.of,
                onset: running.onset,
                until: None,
                is_back: false,
                attempts,
                hits,
            }),
        }
        self.rescope();
        let lists = running.parts.lists();
        self.list = if self.list == 0 { leading_list(lists) } else { self.list };
    }

    /// Looks again at which list, category and providers lead, once it has grown by a fifth. What comes
    /// to lead long after the onset is another trouble, and told by its own category's track.
    pub(super) fn look(&mut self, tracks: &[Tracked], now: Moment) {
        let hits = self.counts().1;
        if hits * 5 < self.looked * 6 + 5 {
            return;
        }
        self.looked = hits;
        self.rescope();
        let running: Vec<&Tracked> = self
            .members
            .iter()
            .filter(|one| one.until.is_none())
            .map(|one| &tracks[one.track])
            .filter(|tracked| tracked.track.running.is_some())
            .collect();
        let parts = || running.iter().filter_map(|tracked| Some(&tracked.track.running.as_ref()?.parts));
        let list = leading_list(parts().flat_map(|parts| parts.lists()));
        self.list = if list > 0 { list } else { self.list };
        let mut leading: Vec<(Category, f64)> = Vec::new();
        for (category, excess) in running.iter().filter_map(|tracked| tracked.track.category()) {
            match leading.iter_mut().find(|(of, _)| *of == category) {
                Some((_, sum)) => *sum += excess,
                None => leading.push((category, excess)),
            }
        }
        let own = leading.iter().find(|(of, _)| *of == self.category).map_or(0.0, |(_, sum)| *sum);
        if let Some((category, excess)) = leading.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
            && excess > own * 1.5
            && now.since(self.onset) <= TOGETHER
        {
            self.category = category;
        }
        let wide = running.iter().filter(|tracked| matches!(tracked.of, Of::All | Of::Category(_)));
        if let Some(running) = wide.filter_map(|tracked| tracked.track.running.as_ref()).next() {
            // A provider that names another list only is another incident's.
            let parties = running.parts.parties(|list| is_one_list(self.list, list));
            // One stray reply does not make a provider struck.
            let enough = |of: &(Party, u64)| of.1 >= 3 && of.0 != Party::Nobody;
            self.parties = parties.into_iter().filter(enough).collect();
        }
    }

    /// Whether all of its tracks together are on their way back long enough.
    pub(super) fn is_back(&self, tracks: &[Tracked], now: Moment) -> bool {
        // Where most of it came back, the rest need not prove it alone.
        let of = |is_back: bool| -> u64 {
            self.members.iter().filter(|one| one.is_back == is_back).map(|one| one.hits).sum()
        };
        let mut score = if of(true) > of(false) { OVER } else { 0.0 };
        for member in self.members.iter().filter(|one| one.until.is_none()) {
            let track = &tracks[member.track].track;
            let Some(running) = &track.running else { continue };
            let is_calm = running.back > 0.0 && now.since(running.back_since) >= BACK;
            if !is_calm && now.since(track.last_attempt) < BACK {
                return false;
            }
            score += running.back;
        }
        score >= OVER && self.members.len() > 1
    }

    /// Over, once no track runs.
    pub(super) fn close(&mut self) {
        if self.members.iter().all(|one| one.until.is_some()) {
            self.until = self.members.iter().filter_map(|one| one.until).max();
        }
    }
}

/// Of the family of lists that at least half of the replies that name one name, the list named
/// most; 0 for none. Spamhaus's lists are one family: one IP is on several.
pub(super) fn leading_list(lists: impl Iterator<Item = (u16, u64)>) -> u16 {
    let mut sums: Vec<(u16, u64)> = Vec::new();
    for (list, count) in lists {
        match sums.iter_mut().find(|(of, _)| *of == list) {
            Some((_, sum)) => *sum += count,
            None => sums.push((list, count)),
        }
    }
    let all: u64 = sums.iter().map(|(_, count)| count).sum();
    let of_family = |list: u16| -> u64 {
        sums.iter().filter(|(of, _)| family(*of) == family(list)).map(|(_, count)| count).sum()
    };
    let leading = sums.iter().max_by_key(|(list, count)| (of_family(*list), *count));
    leading.filter(|(list, _)| of_family(*list) * 2 >= all).map_or(0, |(list, _)| *list)
}

/// Whether two numbers are lists of one family, or one of them names none.
pub(super) const fn is_one_list(a: u16, b: u16) -> bool {
    a == 0 || b == 0 || family(a) == family(b)
}

/// The family that a list's number names in its upper half.
const fn family(list: u16) -> u16 {
    list >> 8
}
