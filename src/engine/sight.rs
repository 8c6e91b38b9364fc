//! The picture of an earlier moment, as far as counts go back.
//!
//! Everything that is counted is counted by time, so a picture of the past is the same counts with
//! another end. What it cannot be exact about: time is cut at a slot's edge (to the second in the last
//! quarter of an hour, to five minutes after six hours), and which providers, source or campaign an
//! incident is about is what is known of it today.

use std::cmp::Reverse;

use hashbrown::HashMap;

use super::scope::About;
use super::{Course, Filter, Incident, Notice, Peak, Snapshot};
use crate::aggregate::{Rings, StrandKey, ValueIx, Whose};
use crate::diagnose::incident::{fault, is_kin};
use crate::model::{Moment, Window};
use crate::text::{Clean, share};

/// A minute.
const MINUTE: i64 = 60_000;
/// Attempts that make a minute worth comparing.
const WORTH: u64 = 5;

/// How many attempts and hits.
type Sum = (u64, u64);

impl Snapshot {
    /// The picture as it stood at `at`: counts, strings and incidents up to then. `at` is taken down to
    /// the slot that is kept there, and into what is kept; where it is this picture's own now, or later,
    /// that stays.
    ///
    /// What is told of the sources and of everything read stays what it is now.
    #[must_use]
    pub fn at(&self, at: Moment) -> Self {
        let mut back = self.clone();
        let Some(at) = self.place(at).filter(|place| at < self.now && *place < self.now) else { return back };
        (back.now, back.back_from) = (at, Some(self.live()));
        back.span = self.span.map(|(first, last)| (first, last.min(at)));
        back.watched_until = self.watched_until.map(|until| until.min(at));
        let known = self.incidents.iter().filter(|incident| incident.declared <= at);
        let incidents = known.map(|incident| back.as_it_stood(incident)).collect();
        back.incidents = incidents;
        back.incidents.sort_by_key(|one| (one.until.is_some(), Reverse(one.until), Reverse(one.rejected)));
        back.notices = self.notices.iter().filter_map(|notice| back.as_it_was(notice)).collect();
        back
    }

    /// The newest moment of which this is, or could be, a picture.
    #[must_use]
    pub fn live(&self) -> Moment {
        self.back_from.unwrap_or(self.now)
    }

    /// The earliest moment that [`at`](Self::at) shows; `None` where nothing is counted.
    #[must_use]
    pub fn earliest(&self) -> Option<Moment> {
        let rings = &self.picture.rings;
        let kept = rings.newest()?.plus_millis(-Rings::reach());
        let begun = rings.oldest()?.max(kept).max(self.complete_since.unwrap_or(kept));
        let slot = rings.slot(begun);
        // The first slot is seen when it is over.
        Some(slot.plus_millis(rings.width(slot)))
    }

    /// How finely counts are kept at `at`, in milliseconds.
    #[must_use]
    pub fn grain(&self, at: Moment) -> i64 {
        self.picture.rings.width(at)
    }

    /// `window`, or the shortest longer one that is not shorter than what is counted together at now: a
    /// minute ten hours ago cannot be told apart.
    #[must_use]
    pub fn window(&self, window: Window) -> Window {
        let grain = if self.back_from.is_some() { self.grain(self.now) } else { 0 };
        let mut wide = window;
        while wide.millis() < grain && wide.longer() != wide {
            wide = wide.longer();
        }
        wide
    }

    /// The moment that is shown for `at`.
    fn place(&self, at: Moment) -> Option<Moment> {
        let rings = &self.picture.rings;
        Some(rings.slot(at.max(self.earliest()?)))
    }

    /// How far back counts are asked for, from the newest on, to see `span` milliseconds before now.
    pub(super) fn reach(&self, span: i64) -> i64 {
        span + self.live().since(self.now)
    }

    /// A moment, but no later than now where the picture is of the past.
    pub(super) fn until_now(&self, at: Moment) -> Moment {
        if self.back_from.is_some() { at.min(self.now) } else { at }
    }

    /// Whether what was certain at `declared` and over at `until` runs at now.
    pub(super) fn runs(&self, declared: Moment, until: Option<Moment>) -> bool {
        match self.back_from {
            None => until.is_none(),
            Some(_) => declared <= self.now && until.is_none_or(|until| until > self.now),
        }
    }

    /// An incident as it stood at now.
    fn as_it_stood(&self, incident: &Incident) -> Incident {
        if !self.runs(incident.declared, incident.until) {
            return incident.clone();
        }
        let mut then = Incident { until: None, ..incident.clone() };
        let minutes = if incident.is_of_one() {
            self.minutes_of_one(incident)
        } else {
            let (minutes, hits) = self.minutes_at(incident);
            self.reduce(&mut then, &hits);
            minutes
        };
        let sum = minutes.iter().fold(Sum::default(), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1));
        (then.attempts, then.rejected) = sum;
        then.rate = share(sum.1, sum.0);
        then.peak = peak(incident, &minutes, then.rate);
        then.course = course(&minutes, self.now);
        then
    }

    /// Attempts and hits of every minute (or wider slot) of an incident up to now, and hits by provider.
    fn minutes_at(&self, incident: &Incident) -> (Vec<(i64, Sum)>, HashMap<Clean, u64>) {
        let (about, picture) = (About::of(incident), &self.picture);
        let mut roles: Vec<Option<(Clean, bool)>> = vec![None; picture.leaves.len()];
        for view in self.views(&Filter::default()).into_iter().filter(|view| about.is_at(&view.id)) {
            let is_hit = view.is_in(&about);
            roles[view.index] = Some((view.id, is_hit));
        }
        let (mut minutes, mut hits) = (HashMap::new(), HashMap::new());
        picture.rings.each(picture.rings.slot(incident.onset), self.end(), |start, leaf, count| {
            let Some(Some((id, is_hit))) = roles.get(leaf.index()) else { return };
            add(&mut minutes, start, count, *is_hit);
            if *is_hit {
                *hits.entry_ref(id).or_default() += u64::from(count);
            }
        });
        (sorted(minutes), hits)
    }

    /// The same of one source or campaign, which is counted by ten seconds and by five minutes.
    fn minutes_of_one(&self, incident: &Incident) -> Vec<(i64, Sum)> {
        let values = &self.picture.values;
        let named = |names: &super::snapshot::Named| names.values(&incident.name).collect::<Vec<ValueIx>>();
        let whose: Vec<Whose> = if incident.source.as_ref() == Some(&incident.name) {
            named(&values.sources).into_iter().map(Whose::Source).collect()
        } else {
            named(&values.campaigns).into_iter().map(Whose::Campaign).collect()
        };
        let strands = &self.picture.strands;
        let is_hit = |key: &StrandKey| {
            key.category.is_some_and(|category| {
                fault(category, u16::from(key.class)).is_some() && is_kin(category, incident.category)
            })
        };
        let mut minutes = HashMap::new();
        let from = strands.rings().slot(incident.onset);
        strands.rings().each(from, self.end(), |start, strand, count| {
            if let Some(key) = strands.keys().get(strand.index()).filter(|key| whose.contains(&key.whose)) {
                add(&mut minutes, start, count, is_hit(key));
            }
        });
        sorted(minutes)
    }

    /// Leaves an incident the providers that had refused by now.
    fn reduce(&self, incident: &mut Incident, hits: &HashMap<Clean, u64>) {
        let then: Vec<Clean> =
            incident.providers.iter().filter(|id| hits.contains_key(*id)).cloned().collect();
        if then.is_empty() || then.len() == incident.providers.len() {
            return;
        }
        let name = match then.as_slice() {
            [only] => self.provider_name(only),
            many => Clean::from(format!("{} providers", many.len()).as_str()),
        };
        incident.verdict = incident.verdict.replacen(incident.name.as_str(), &name, 1);
        incident.provider = if let [only] = then.as_slice() { Some(only.clone()) } else { None };
        (incident.name, incident.providers) = (name, then);
    }

    /// Trouble of others as it was at now; `None` where it had not begun.
    fn as_it_was(&self, notice: &Notice) -> Option<Notice> {
        if notice.onset > self.now {
            return None;
        }
        let until = notice.until.filter(|until| *until <= self.now);
        Some(Notice { until, ..notice.clone() })
    }
}

fn add(minutes: &mut HashMap<i64, Sum>, start: Moment, count: u32, is_hit: bool) {
    let minute = minutes.entry(start.millis().div_euclid(MINUTE)).or_default();
    minute.0 += u64::from(count);
    minute.1 += if is_hit { u64::from(count) } else { 0 };
}

fn sorted(minutes: HashMap<i64, Sum>) -> Vec<(i64, Sum)> {
    let mut minutes: Vec<(i64, Sum)> = minutes.into_iter().collect();
    minutes.sort_unstable_by_key(|(minute, _)| *minute);
    minutes
}

/// The worst minute so far: the one that is known, where that had been; else the worst that was counted.
fn peak(incident: &Incident, minutes: &[(i64, Sum)], whole: f64) -> Peak {
    let last = minutes.last().map_or(i64::MIN, |(minute, _)| *minute);
    if incident.peak.at.millis().div_euclid(MINUTE) < last {
        return incident.peak;
    }
    let most = minutes.iter().map(|(_, (attempts, _))| *attempts).max().unwrap_or_default();
    let is_worth = |(_, (attempts, _)): &&(i64, Sum)| *attempts >= WORTH && attempts * 4 >= most;
    let worst = minutes.iter().filter(is_worth).map(|(minute, (attempts, hits))| Peak {
        rate: share(*hits, *attempts),
        at: Moment::from_millis(minute * MINUTE).max(incident.onset),
    });
    worst.max_by(|a, b| a.rate.total_cmp(&b.rate)).unwrap_or(Peak { rate: whole, at: incident.onset })
}

/// Where it was going: the last two minutes against the three before them.
fn course(minutes: &[(i64, Sum)], now: Moment) -> Course {
    let number = now.millis().div_euclid(MINUTE);
    let sum = |from: i64, until: i64| {
        let within = minutes.iter().filter(|(minute, _)| (from..until).contains(minute));
        within.fold(Sum::default(), |sum, (_, one)| (sum.0 + one.0, sum.1 + one.1))
    };
    Course::of(sum(number - 1, number + 1), sum(number - 4, number - 1), || {
        minutes.first().is_none_or(|(first, _)| *first >= number - 1)
    })
}
