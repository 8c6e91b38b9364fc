//! When tracks are one incident.
//!
//! What is about the message, the domain or the list strikes every provider that looks: there two
//! are one. What is about a provider's own opinion may come to two at once by chance: there three
//! are one. What is spread so thin that no provider shows it is told by the category, and what
//! is too small for that by the source or the campaign.

use super::grow::{is_one_list, leading_list};
use super::{Case, Composition, Scope, Tracked};
use crate::diagnose::incident::track::{End, Running};
use crate::diagnose::incident::watch::Of;
use crate::diagnose::incident::{Fault, is_kin};
use crate::model::{Category, Moment, Party};

/// Cases kept after their end.
const KEPT: usize = 200;
/// What begins at most this far apart began together, in milliseconds.
pub(super) const TOGETHER: i64 = 15 * 60_000;
/// What begins so long after what runs is another trouble, in milliseconds.
const LATER: i64 = 5 * 60_000;
/// What comes again so soon after its end is the same, in milliseconds.
const FLAP: i64 = 15 * 60_000;
/// What is seen over all waits so long for a provider to tell it, in milliseconds: of a category
/// that is spread, of one that is mostly one provider's, of everything, of a source or campaign.
const WAIT: [i64; 4] = [3_000, 90_000, 30_000, 20_000];
/// A provider with this share of a category's replies will tell it itself: the sender's fault, the
/// address's, which is everywhere where a list is bad.
const MAIN: [f64; 2] = [0.7, 0.45];

/// All cases.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Cases {
    list: Vec<Case>,
    /// Tracks over several providers, and of sources and campaigns, that no case tells.
    pending: Vec<usize>,
}

/// How many providers with one category are one incident.
fn together(category: Category) -> usize {
    use Category as C;
    match category {
        C::UserUnknown | C::BadDomain | C::MailboxDisabled => 2,
        C::ContentSpam | C::Virus | C::Protocol | C::Size | C::AuthFailure | C::Blocklist => 2,
        C::PtrDns | C::SenderInvalid => 2,
        _ => 3,
    }
}

impl Cases {
    pub(in super::super) fn list(&self) -> &[Case] {
        &self.list
    }

    /// Those that were over by `before`, long enough that nothing since is a part of them.
    pub(in super::super) fn over_by(&self, before: Moment) -> Self {
        let is_over = |case: &&Case| case.until.is_some_and(|until| before.since(until) > FLAP);
        Self { list: self.list.iter().filter(is_over).cloned().collect(), pending: Vec::new() }
    }

    pub(in super::super) fn compose(&mut self, case: usize, composition: Composition, at: Vec<(Party, u64)>) {
        let Some(of) = self.list.get_mut(case) else { return };
        let is_first = of.composed.is_none();
        let is_other = of.composition.is_of_all != composition.is_of_all;
        of.composition = composition;
        if of.is_of_side() {
            of.parties = at;
        }
        if is_other {
            of.rescope();
        }
        of.composed = Some((of.counts().1, of.until.is_some()));
        // The id of what is everybody's names nobody.
        if is_first && composition.is_of_all {
            let (category, onset) = (of.first.1, of.onset);
            let number = self.number(None, category, onset);
            self.list[case].first = (None, category, number);
        }
    }

    pub(in super::super) fn set_counts(&mut self, case: usize, counts: (u64, u64), baseline: Option<f64>) {
        if let Some(case) = self.list.get_mut(case) {
            case.set_counts(counts.0, counts.1, baseline);
        }
    }

    /// A source's or campaign's own case and one whose replies come from it are one.
    pub(in super::super) fn unite(&mut self) {
        while let Some((older, newer)) = (0..self.list.len()).find_map(|at| self.same_as(at)) {
            let newer = self.list.remove(newer);
            let older = &mut self.list[older];
            older.members.extend(newer.members);
            older.rescope();
            older.until = None;
            older.close();
        }
    }

    /// A running case of a source or campaign and another whose replies come from it, the older first:
    /// whether it explains them is another question, they are the same replies.
    fn same_as(&self, at: usize) -> Option<(usize, usize)> {
        let side = &self.list[at];
        let of = side.side().filter(|_| side.is_of_side());
        let is_of = |case: &Case| match of {
            Some(Scope::Source(source)) => case.composition.from_source == Some(source),
            Some(Scope::Campaign(campaign)) => case.composition.from_campaign == Some(campaign),
            _ => false,
        };
        let is_same = |case: &Case| {
            case.until.is_none_or(|until| until >= side.onset)
                && case.fault == side.fault
                && is_kin(case.category, side.category)
                && is_of(case)
        };
        let other = (0..self.list.len()).find(|other| *other != at && is_same(&self.list[*other]));
        other.filter(|_| side.until.is_none()).map(|other| (at.min(other), at.max(other)))
    }

    /// Attempts and replies of a track whose incident runs.
    pub(in super::super) fn count(&mut self, track: usize, at: Moment, attempts: u64, hits: u64) {
        for case in self.list.iter_mut().filter(|case| case.until.is_none()) {
            let Some(place) = case.members.iter().position(|one| one.track == track) else { continue };
            case.members[place].attempts += attempts;
            case.members[place].hits += hits;
            if case.counts_with(&case.members[place]) {
                case.minute(at, attempts, hits);
            }
        }
    }

    /// A track's incident begins.
    pub(in super::super) fn declare(&mut self, tracks: &[Tracked], track: usize, now: Moment) {
        let tracked = &tracks[track];
        let (Some(running), Some((category, _))) = (&tracked.track.running, tracked.track.category()) else {
            return;
        };
        if !matches!(tracked.of, Of::Provider(_)) {
            self.pending.push(track);
            return;
        }
        let list = leading_list(running.parts.lists());
        let is_flap = |case: &Case| {
            let came = case.members.iter().any(|one| one.track == track);
            came && is_kin(case.category, category)
                && case.until.is_none_or(|until| running.onset.since(until) <= FLAP)
        };
        let joins = |case: &Case| {
            case.fault == tracked.fault
                && is_kin(case.category, category)
                && (category != Category::Blocklist || is_one_list(case.list, list))
                && case.until.is_none_or(|until| running.onset.since(until) <= FLAP)
                && match case.scope {
                    Scope::Wide => true,
                    Scope::Providers => together(category) == 2 || case.struck().len() >= 3,
                    Scope::Source(_) | Scope::Campaign(_) => false,
                }
        };
        // Where it was before, rather than where it might belong, too.
        let at = self.list.iter().rposition(is_flap).or_else(|| self.list.iter().rposition(joins));
        match at {
            Some(at) => self.list[at].join(track, tracked, running),
            None => self.open(Scope::Providers, tracked, running, category, track, now),
        }
        self.gather(category, tracked.fault);
    }

    /// Several providers with one trouble of a kind that may strike two by chance are one.
    fn gather(&mut self, category: Category, fault: Fault) {
        let is_one = |case: &Case| {
            case.until.is_none()
                && case.scope == Scope::Providers
                && case.fault == fault
                && case.category == category
        };
        let Some(oldest) = self.list.iter().position(is_one) else { return };
        let onset = self.list[oldest].onset;
        let near = |case: &Case| is_one(case) && case.onset.since(onset).abs() <= TOGETHER;
        let list = self.list[oldest].list;
        let near =
            |case: &Case| near(case) && (category != Category::Blocklist || is_one_list(case.list, list));
        let struck: usize = self.list.iter().filter(|case| near(case)).map(|case| case.struck().len()).sum();
        if struck < together(category) {
            return;
        }
        let absorbed: Vec<usize> =
            (oldest + 1..self.list.len()).rev().filter(|at| near(&self.list[*at])).collect();
        for at in absorbed {
            let other = self.list.remove(at);
            self.list[oldest].members.extend(other.members);
        }
    }

    /// How many cases have an id of this scope, category and minute.
    fn number(&self, of: Option<Of>, category: Category, onset: Moment) -> u32 {
        let minute = onset.millis().div_euclid(60_000);
        let is_same = |case: &&Case| {
            case.first.0 == of && case.first.1 == category && case.onset.millis().div_euclid(60_000) == minute
        };
        self.list.iter().filter(is_same).count() as u32
    }

    fn open(
        &mut self,
        scope: Scope,
        tracked: &Tracked,
        running: &Running,
        category: Category,
        track: usize,
        now: Moment,
    ) {
        // The id of what strikes everybody names nobody.
        let of = match tracked.of {
            Of::Provider(_) if together(category) > 2 => Some(tracked.of),
            Of::Source(_) | Of::Campaign(_) => Some(tracked.of),
            _ => None,
        };
        let number = self.number(of, category, running.onset);
        let mut case = Case {
            category,
            fault: tracked.fault,
            scope,
            onset: running.onset,
            declared: now,
            until: None,
            list: 0,
            composition: Composition::default(),
            first: (of, category, number),
            slow: running.is_slow,
            members: Vec::new(),
            parties: Vec::new(),
            minutes: std::collections::VecDeque::new(),
            peak: None,
            counted: None,
            looked: 0,
            composed: None,
        };
        case.minute(now.plus_millis(-1), running.seen.attempts, running.seen.hits);
        case.join(track, tracked, running);
        self.list.push(case);
        let ended = self.list.iter().filter(|case| case.until.is_some()).count();
        if ended > KEPT
            && let Some(first) = self.list.iter().position(|case| case.until.is_some())
        {
            self.list.remove(first);
        }
    }

    /// A track's incident is over.
    pub(in super::super) fn end(&mut self, track: usize, end: End) {
        self.pending.retain(|one| *one != track);
        for case in self.list.iter_mut().filter(|case| case.until.is_none()) {
            if let Some(member) = case.members.iter_mut().find(|one| one.track == track) {
                member.close(end);
            }
            case.close();
        }
    }

    /// What may change with time alone: what waited for another to tell it, what is over as a
    /// whole, which list and providers lead.
    pub(in super::super) fn settle(&mut self, tracks: &mut [Tracked], now: Moment) {
        for at in 0..self.pending.len() {
            let track = self.pending[at];
            if self.tells(&tracks[track], track, now) {
                self.pending[at] = usize::MAX;
            }
        }
        self.pending.retain(|track| *track != usize::MAX);
        for case in self.list.iter_mut().filter(|case| case.until.is_none()) {
            case.look(tracks, now);
            if case.is_back(tracks, now) {
                for member in case.members.iter_mut().filter(|one| one.until.is_none()) {
                    if let Some(end) = tracks[member.track].track.end(now) {
                        member.close(end);
                    }
                }
                case.close();
            }
        }
    }

    /// Whether a trouble is the second one at a provider: another kind than what runs there since long
    /// before it, which is why the provider cannot tell it.
    fn is_second(&self, at: Of, fault: Fault, category: Category, onset: Moment) -> bool {
        self.list.iter().any(|case| {
            case.until.is_none()
                && case.fault == fault
                && !is_kin(case.category, category)
                && onset.since(case.onset) >= LATER
                && case.members.iter().any(|one| one.of == at && one.until.is_none())
        })
    }

    /// Lets a track over several providers, of a source or of a campaign tell itself, where no
    /// case tells what it saw. Whether it is settled.
    fn tells(&mut self, tracked: &Tracked, track: usize, now: Moment) -> bool {
        let (Some(running), Some((category, _))) = (&tracked.track.running, tracked.track.category()) else {
            return true;
        };
        let age = now.since(tracked.declared);
        let is_told_by = |case: &&Case| {
            case.fault == tracked.fault
                && (tracked.of == Of::All || is_kin(case.category, category))
                && case.until.is_none_or(|until| until >= running.onset)
        };
        let told: u64 = self.list.iter().filter(is_told_by).map(|case| case.counts().1).sum();
        if told * 2 >= running.seen.hits {
            return false;
        }
        let scope = match tracked.of {
            Of::Source(source) => Scope::Source(source),
            Of::Campaign(campaign) => Scope::Campaign(campaign),
            _ => Scope::Wide,
        };
        let parties = running.parts.parties(|_| true);
        let main = parties.first().map_or(0, |(_, hits)| *hits) as f64;
        let all: u64 = parties.iter().map(|(_, hits)| hits).sum();
        let at = parties.first().map(|(party, _)| Of::Provider(*party));
        let wait = match scope {
            Scope::Wide
                if at.is_some_and(|at| self.is_second(at, tracked.fault, category, running.onset)) =>
            {
                WAIT[0]
            }
            Scope::Wide if main >= MAIN[tracked.fault as usize] * all as f64 => WAIT[1],
            Scope::Wide if tracked.of == Of::All => WAIT[2],
            Scope::Wide => WAIT[0],
            _ => WAIT[3],
        };
        if age < wait {
            return false;
        }
        // A case that tells a part of it is the same incident, and grows.
        let part = self.list.iter_mut().find(|case| {
            scope == Scope::Wide
                && case.until.is_none()
                && case.scope == Scope::Providers
                && case.fault == tracked.fault
                && is_kin(case.category, category)
        });
        match part {
            Some(case) => case.join(track, tracked, running),
            None => self.open(scope, tracked, running, category, track, now),
        }
        true
    }
}
