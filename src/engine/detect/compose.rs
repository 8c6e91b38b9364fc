//! Which source and which campaign an incident is about.
//!
//! The one that most replies come from is not yet the one that they are about: where all of a
//! provider's mail leaves by one source, all of what it refuses does. What is named must be more
//! frequent among the replies than in what the same providers took beside them and in what was tried
//! there before, as in [`Contrast`](crate::diagnose::Contrast), so that both say the same.

use hashbrown::HashMap;

use super::{Counted, Role, STRAND};
use crate::aggregate::{Strands, ValueIx, Whose};
use crate::diagnose::incident::{Case, Composition, Fault, Scope, fault};
use crate::diagnose::{Candidate, Dimension, Weighed};
use crate::model::{Category, Moment, Outcome, Party};
use crate::text;
use crate::text::Clean;

/// Share of an incident's replies that makes it one source's or campaign's.
const SHARE: f64 = 0.75;
/// That share must be so many times its share of other mail.
const LIFT: f64 = 1.25;
/// With this share of the mail it carries whatever happens, and explains nothing.
const NEARLY_ALL: f64 = 0.9;
/// Before all time, as far as sums of it fit.
const BEGINNING: Moment = Moment::from_millis(i64::MIN / 4);

/// Attempts and replies.
type Sum = (u64, u64);

/// What is looked at.
struct Look<'a> {
    case: &'a Case,
    counted: Counted<'a>,
    roles: &'a [Role],
    /// Its providers; all where there are none.
    at: &'a [Party],
    until: Moment,
}

/// Where an incident's replies come from, and what of that says something. It strikes the providers
/// `at`.
pub(super) fn composition(
    case: &Case,
    counted: Counted<'_>,
    roles: &[Role],
    at: &[Party],
    until: Moment,
) -> Composition {
    let look = Look { case, counted, roles, at, until };
    let (sources, campaigns) = look.since();
    let (from_source, from_campaign) = (most(&sources), most(&campaigns));
    // An address is listed, and a campaign has a list, whatever their share of the mail.
    let source = from_source
        .filter(|value| look.explains(Whose::Source(*value), &sources, case.category == Category::Blocklist));
    let campaign = from_campaign
        .filter(|value| look.explains(Whose::Campaign(*value), &campaigns, case.fault == Fault::Address));
    let is_of_all = match case.side() {
        Some(Scope::Source(value)) => source != Some(value) && look.is_of_all(Whose::Source(value), &sources),
        Some(Scope::Campaign(value)) => {
            campaign != Some(value) && look.is_of_all(Whose::Campaign(value), &campaigns)
        }
        _ => false,
    };
    Composition { source, campaign, from_source, from_campaign, is_of_all }
}

/// The value that most replies come from.
fn most(values: &HashMap<ValueIx, Sum>) -> Option<ValueIx> {
    let hits: u64 = values.values().map(|(_, hits)| hits).sum();
    let (value, (_, of_hits)) = values.iter().max_by_key(|(value, (_, hits))| (*hits, **value))?;
    // 0 are those that share a row.
    (*value != 0 && *of_hits as f64 >= SHARE * hits.max(1) as f64).then_some(*value)
}

fn share(values: &HashMap<ValueIx, Sum>, value: ValueIx) -> f64 {
    let attempts: u64 = values.values().map(|(attempts, _)| attempts).sum();
    values.get(&value).map_or(0.0, |(of, _)| text::share(*of, attempts))
}

impl Look<'_> {
    /// Attempts and replies since the onset, by source and by campaign, everywhere.
    fn since(&self) -> (HashMap<ValueIx, Sum>, HashMap<ValueIx, Sum>) {
        let strands = self.counted.strands;
        let from = Moment::from_millis(self.case.onset.millis().div_euclid(STRAND) * STRAND);
        let counts = strands.rings().sum(from, self.until.plus_millis(1), strands.keys().len());
        let mut sums: (HashMap<ValueIx, Sum>, HashMap<ValueIx, Sum>) = Default::default();
        for (key, count) in strands.keys().iter().zip(counts) {
            let (of, value) = match key.whose {
                Whose::Source(value) => (&mut sums.0, value),
                Whose::Campaign(value) => (&mut sums.1, value),
            };
            let is_hit = key.category.is_some_and(|category| {
                fault(category, u16::from(key.class)) == Some(self.case.fault)
                    && (category == self.case.category || self.case.fault == Fault::Address)
            });
            let sum = of.entry(value).or_default();
            sum.0 += count;
            sum.1 += if is_hit { count } else { 0 };
        }
        sums
    }

    /// Whether a value that most replies come from is why they came.
    fn explains(&self, whose: Whose, since: &HashMap<ValueIx, Sum>, at_any_share: bool) -> bool {
        let (dimension, value) = match whose {
            Whose::Source(value) => (Dimension::Source, value),
            Whose::Campaign(value) => (Dimension::Campaign, value),
        };
        let has = |source: u16, campaign: ValueIx| match whose {
            Whose::Source(_) => (source > 0).then_some(ValueIx::from(source) == value),
            Whose::Campaign(_) => (campaign > 0).then_some(campaign == value),
        };
        // What has the value, and what is known: refused, taken beside, tried before.
        let mut sums = [(0.0, Weighed::default()); 3];
        self.counted.reservoir.each(BEGINNING, self.until.plus_millis(1), |at, record, weight| {
            let place = record.leaf.index();
            let (Some(role), Some(leaf)) = (self.roles.get(place), self.counted.leaves.get(place)) else {
                return;
            };
            let is_here = self.at.is_empty() || self.at.contains(&role.party);
            let Some(has) = has(record.source, record.campaign).filter(|_| is_here) else { return };
            let is_hit = |(category, fault, list)| self.case.is_about(category, fault, list);
            let group = if at < self.counted.rings.slot(self.case.onset) {
                2
            } else if role.reply.is_some_and(is_hit) {
                0
            } else if leaf.key.outcome == Outcome::Delivered {
                1
            } else {
                return;
            };
            let (part, known) = &mut sums[group];
            *part += if has { weight } else { 0.0 };
            known.add(weight);
        });
        let [within, delivered, before] = sums.map(|(part, known)| known.measured(part));
        let others = || [delivered, before].into_iter().filter(|other| other.compares());
        let is_lifted = others().all(|other| within.share() >= LIFT * other.share());
        let is_of_nearly_all = match others().map(|other| other.share()).reduce(f64::max) {
            Some(most) => most >= NEARLY_ALL,
            None => share(since, value) >= NEARLY_ALL,
        };
        let seen = before.count == 0 && was(self.counted.strands, whose, self.case.onset);
        let name = Clean::default();
        let candidate = Candidate { dimension, value: name, within, delivered, before, known: 1.0, seen };
        candidate.difference().is_some_and(|found| found.fresh || is_lifted)
            || at_any_share && !is_of_nearly_all
    }

    /// Whether (nearly) all mail is this one's, since the onset and before it.
    fn is_of_all(&self, whose: Whose, since: &HashMap<ValueIx, Sum>) -> bool {
        let (value, is_source) = match whose {
            Whose::Source(value) => (value, true),
            Whose::Campaign(value) => (value, false),
        };
        let strands = self.counted.strands;
        let counts = strands.rings().sum(BEGINNING, self.case.onset, strands.keys().len());
        let (mut own, mut all) = (0, 0);
        for (key, count) in strands.keys().iter().zip(counts) {
            all += if matches!(key.whose, Whose::Source(_)) == is_source { count } else { 0 };
            own += if key.whose == whose { count } else { 0 };
        }
        share(since, value) >= NEARLY_ALL && own as f64 >= NEARLY_ALL * all as f64
    }
}

/// Whether a source or campaign was there before `onset`.
fn was(strands: &Strands, whose: Whose, onset: Moment) -> bool {
    let counts = strands.rings().sum(BEGINNING, onset, strands.keys().len());
    strands.keys().iter().zip(counts).any(|(key, count)| key.whose == whose && count > 0)
}
