//! What is told of an incident is counted where everything else is counted: whoever looks into it
//! finds the same number.
//!
//! The tracks that tell an incident see more than it (every reply of one fault at a provider, all
//! providers) and less (nothing that was heard before), and they overlap. They decide; these are the
//! figures.

use super::Detector;
use crate::aggregate::{Leaf, Rings, StrandKey, Strands, Whose};
use crate::diagnose::incident::{BASELINE, Case, Fault, Scope, fault, is_kin};
use crate::model::{Moment, Party};

/// Before all time, as far as sums of it fit.
const BEGINNING: Moment = Moment::from_millis(i64::MIN / 4);

/// An onset may be dated a little late: what was so shortly before it is no baseline, in milliseconds.
const EDGE: i64 = 10_000;

/// Attempts and replies.
type Sum = (u64, u64);

/// What earlier incidents of the same kind were: since when, until when, where.
struct Earlier {
    from: Moment,
    until: Moment,
    scope: Scope,
    at: Vec<Party>,
}

impl Detector {
    /// Counts every incident that can have changed, up to `end`.
    pub(in super::super) fn count(&mut self, leaves: &[Leaf], rings: &Rings, strands: &Strands, end: Moment) {
        self.learn(leaves);
        for at in 0..self.watch.cases().len() {
            let case = &self.watch.cases()[at];
            if !case.is_to_count() {
                continue;
            }
            if rings.newest().is_some_and(|newest| newest.since(case.onset) > Rings::reach()) {
                // Its beginning is not kept any more: what its tracks counted is all there is.
                let baseline = case.counted().and_then(|counted| counted.baseline);
                self.watch.set_counts(at, case.counts(), baseline);
                continue;
            }
            let until = case.until.unwrap_or(end);
            let earlier = self.earlier(case);
            let whose = match case.scope {
                Scope::Source(source) => Some(Whose::Source(source)),
                Scope::Campaign(campaign) => Some(Whose::Campaign(campaign)),
                Scope::Providers | Scope::Wide => None,
            };
            let sums = match whose {
                Some(whose) => of_strands(case, whose, strands, until, &earlier),
                None => self.of_leaves(case, rings, until, &earlier),
            };
            let (attempts, rejected) = sums[1];
            let baseline = (sums[0].0 >= BASELINE).then(|| sums[0].1 as f64 / sums[0].0 as f64);
            self.watch.set_counts(at, (attempts, rejected), baseline);
        }
    }

    /// Earlier incidents of the kind: what they were is no baseline.
    fn earlier(&self, case: &Case) -> Vec<Earlier> {
        let is_earlier = |other: &&Case| {
            other.onset < case.onset && other.fault == case.fault && is_kin(other.category, case.category)
        };
        let told = |other: &Case| Earlier {
            from: other.onset,
            until: other.until.unwrap_or(case.onset),
            scope: other.scope,
            at: other.providers(),
        };
        self.watch.cases().iter().filter(is_earlier).map(told).collect()
    }

    /// What was counted at its providers, or at all of them where it names none: before, and since.
    fn of_leaves(&self, case: &Case, rings: &Rings, until: Moment, earlier: &[Earlier]) -> [Sum; 2] {
        let providers = case.providers();
        // By leaf: whether it is an attempt there, and whether it is a reply of the kind.
        let is_here = |party: &Party| providers.is_empty() || providers.contains(party);
        let roles: Vec<Option<(Party, bool)>> = self
            .roles
            .iter()
            .map(|role| {
                let is_hit =
                    role.reply.is_some_and(|(category, fault, list)| case.is_about(category, fault, list));
                is_here(&role.party).then_some((role.party, is_hit))
            })
            .collect();
        let from = rings.slot(case.onset);
        let mut sums = [Sum::default(); 2];
        rings.each(BEGINNING, until, |start, leaf, count| {
            let Some((party, is_hit)) = roles.get(leaf.index()).copied().flatten() else { return };
            let is_since = start >= from;
            let is_other = |one: &Earlier| one.was_at(start, party);
            if is_since || start < from.plus_millis(-EDGE) && !earlier.iter().any(is_other) {
                add(&mut sums[usize::from(is_since)], u64::from(count), is_hit);
            }
        });
        sums
    }
}

impl Earlier {
    fn is_then(&self, start: Moment) -> bool {
        (self.from..self.until).contains(&start)
    }

    fn was_at(&self, start: Moment, party: Party) -> bool {
        self.is_then(start) && (self.at.is_empty() || self.at.contains(&party))
    }
}

/// What was counted of its source or campaign: before, and since.
fn of_strands(case: &Case, whose: Whose, strands: &Strands, until: Moment, earlier: &[Earlier]) -> [Sum; 2] {
    let from = strands.rings().slot(case.onset);
    let is_hit = |key: &StrandKey| {
        key.category.is_some_and(|category| {
            let of: Option<Fault> = fault(category, u16::from(key.class));
            of == Some(case.fault) && is_kin(category, case.category)
        })
    };
    let mut sums = [Sum::default(); 2];
    strands.rings().each(BEGINNING, until, |start, strand, count| {
        let Some(key) = strands.keys().get(strand.index()).filter(|key| key.whose == whose) else { return };
        let is_since = start >= from;
        let is_other = |one: &Earlier| one.is_then(start) && one.scope == case.scope;
        if is_since || start < from.plus_millis(-EDGE) && !earlier.iter().any(is_other) {
            add(&mut sums[usize::from(is_since)], u64::from(count), is_hit(key));
        }
    });
    sums
}

fn add(sum: &mut Sum, count: u64, is_hit: bool) {
    sum.0 += count;
    sum.1 += if is_hit { count } else { 0 };
}
