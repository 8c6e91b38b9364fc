//! What they say: the signatures of a scope, and the strings that are kept of it.

use std::sync::Arc;

use hashbrown::HashMap;

use super::Incident;
use super::filter::Filter;
use super::scope::Over;
use super::snapshot::{Sample, Scope, Signature, Snapshot, Specimen};
use crate::model::{Moment, Window};
use crate::text::share;

impl Snapshot {
    /// Signatures inside `scope` over a window, or over everything read, most frequent first.
    #[must_use]
    pub fn signatures(
        &self,
        over: impl Into<Option<Window>>,
        scope: &Scope,
        filter: &Filter,
    ) -> Vec<Signature> {
        self.signatures_over(over.into().into(), scope, filter)
    }

    /// What the replies of an incident say, from its onset to its end or now, most frequent first.
    #[must_use]
    pub fn signatures_of(&self, incident: &Incident) -> Vec<Signature> {
        self.signatures_over(self.span_of(incident), &Scope::of_incident(incident), &Filter::default())
    }

    pub(super) fn signatures_over(&self, over: Over, scope: &Scope, filter: &Filter) -> Vec<Signature> {
        let (from, until) = (self.begin(over), self.end_of(over));
        let is_all = over == Over::All && self.back_from.is_none();
        let counted = self.counted(over, filter);
        let mut rows: Vec<Signature> = Vec::new();
        let mut index: HashMap<u64, usize> = HashMap::new();
        for view in self.in_scope(scope, filter) {
            let Some(verdict) = &view.leaf.verdict else { continue };
            let kept = self.picture.samples.of(view.index);
            let picked = || kept.iter().filter(|(_, one)| filter.picks(one, &view.reply()));
            let mut count = counted.replies[view.index];
            if count == 0 && filter.is_sampled() {
                // An estimate of none is refuted by one that is there.
                count = picked().filter(|(at, _)| *at >= from && (is_all || *at < until)).count() as u64;
            }
            if count == 0 {
                continue;
            }
            let at = *index.entry(verdict.signature_id).or_insert_with(|| {
                rows.push(Signature {
                    signature: verdict.signature.clone(),
                    count: 0,
                    about: counted.passed.estimated,
                    share: 0.0,
                    first: view.leaf.first,
                    last: self.until_now(view.leaf.last),
                    fresh: false,
                    verdict: Arc::clone(verdict),
                    sample: verdict.signature.clone(),
                });
                rows.len() - 1
            });
            let row = &mut rows[at];
            row.count += count;
            row.first = row.first.min(view.leaf.first);
            row.last = row.last.max(self.until_now(view.leaf.last));
            let mut said = picked().rev().filter(|(at, _)| self.back_from.is_none() || *at < self.now);
            if let Some((_, specimen)) = said.next() {
                row.sample = specimen.reply.clone();
            }
        }
        let all: u64 = rows.iter().map(|row| row.count).sum();
        let history = self.span.is_some_and(|(first, _)| first < from);
        for row in &mut rows {
            row.share = share(row.count, all);
            row.fresh = history && row.first >= from;
        }
        rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.signature.cmp(&b.signature)));
        rows
    }

    /// All strings that are kept, in no order.
    pub fn kept_strings(&self) -> impl Iterator<Item = &Specimen> {
        let leaves = 0..self.picture.leaves.len();
        leaves.flat_map(|leaf| self.picture.samples.of(leaf)).map(|(_, specimen)| &**specimen)
    }

    /// Up to `limit` strings of `scope`, spread over time and signatures.
    #[must_use]
    pub fn sample(
        &self,
        over: impl Into<Option<Window>>,
        scope: &Scope,
        filter: &Filter,
        limit: usize,
    ) -> Sample {
        self.sample_over(over.into().into(), scope, filter, limit)
    }

    /// The same, and where fewer are kept of the window, others that say the same at other times: the older,
    /// the fewer are kept.
    #[must_use]
    pub fn sample_around(&self, window: Window, scope: &Scope, filter: &Filter, limit: usize) -> Sample {
        self.drawn_sample((Over::from(Some(window)), true), scope, filter, limit)
    }

    /// The same of an incident.
    #[must_use]
    pub fn sample_around_it(&self, incident: &Incident, limit: usize) -> Sample {
        let scope = Scope::of_incident(incident);
        let drawn = self.drawn_sample((self.span_of(incident), true), &scope, &Filter::default(), limit);
        own(drawn, incident, &Filter::default())
    }

    /// Up to `limit` strings of an incident, from its onset to its end or now.
    #[must_use]
    pub fn sample_of(&self, incident: &Incident, limit: usize) -> Sample {
        self.sample_let_through(incident, &Filter::default(), limit)
    }

    /// The same of what a filter lets through.
    #[must_use]
    pub fn sample_let_through(&self, incident: &Incident, filter: &Filter, limit: usize) -> Sample {
        let scope = Scope::of_incident(incident);
        own(self.sample_over(self.span_of(incident), &scope, filter, limit), incident, filter)
    }

    pub(super) fn sample_over(&self, over: Over, scope: &Scope, filter: &Filter, limit: usize) -> Sample {
        self.drawn_sample((over, false), scope, filter, limit)
    }

    /// Strings over a span; `is_wide` where others that say the same may stand in for those not kept.
    fn drawn_sample(
        &self,
        (over, is_wide): (Over, bool),
        scope: &Scope,
        filter: &Filter,
        limit: usize,
    ) -> Sample {
        let (from, until) = (self.begin(over), self.end_of(over));
        let is_all = over == Over::All && self.back_from.is_none();
        let signatures = self.signatures_over(over, scope, filter);
        let of: u64 = signatures.iter().map(|row| row.count).sum();
        let incident = self.about(scope).incident;
        let is_of_it =
            |one: &Specimen| incident.is_none_or(|incident| incident.has_mail_of(&one.source, &one.campaign));
        let mut strings: Vec<Arc<Specimen>> = Vec::new();
        let mut kept: HashMap<u64, Vec<&Arc<Specimen>>> = HashMap::new();
        let is_inside = |at: Moment| at >= from && (is_all || at < until);
        let passing = self.passing(filter, from);
        for view in self.in_scope(scope, filter).filter(|view| passing.may_let(view.index)) {
            let items = self.picture.samples.of(view.index).iter();
            let items = items.filter(|(at, _)| is_wide || is_inside(*at));
            let items = items.filter(|(_, one)| is_of_it(one) && filter.picks(one, &view.reply()));
            let Some(verdict) = &view.leaf.verdict else { continue };
            kept.entry(verdict.signature_id).or_default().extend(items.map(|(_, specimen)| specimen));
        }
        let shares: Vec<f64> = signatures.iter().map(|row| row.share).collect();
        let available: Vec<usize> =
            signatures.iter().map(|row| kept.get(&row.verdict.signature_id).map_or(0, Vec::len)).collect();
        let places = places(&shares, &available, limit);
        for (signature, places) in signatures.iter().zip(places) {
            let Some(items) = kept.get_mut(&signature.verdict.signature_id) else { continue };
            // Those of the span first, then those that are nearest to it.
            items.sort_by_key(|one| (from.since(one.at).max(one.at.since(until).max(0)).max(0), one.at));
            let inside = items.iter().filter(|one| is_inside(one.at)).count();
            items.truncate(places.max(inside));
            items.sort_by_key(|specimen| specimen.at);
            strings.extend(spread(items, places).rev().map(|specimen| Arc::clone(specimen)));
        }
        let about = signatures.iter().any(|row| row.about);
        let around = strings.iter().filter(|one| !is_inside(one.at)).count();
        Sample { of, about, signatures: signatures.len(), around, strings }
    }
}

/// A sample of an incident: signatures are counted by provider; of one source or campaign alone it knows
/// itself.
fn own(sample: Sample, incident: &Incident, filter: &Filter) -> Sample {
    let is_its = incident.is_of_one() && filter.is_empty();
    Sample { of: if is_its { incident.rejected } else { sample.of }, ..sample }
}

/// How many of `limit` strings each signature gets: one each for the most frequent while half of
/// the places last, the other half by share, never more than `available`. Shares come in falling
/// order.
fn places(shares: &[f64], available: &[usize], limit: usize) -> Vec<usize> {
    let one_each = limit.div_ceil(2);
    let mut places: Vec<usize> =
        available.iter().enumerate().map(|(at, have)| (*have).min(usize::from(at < one_each))).collect();
    let mut left = limit.saturating_sub(places.iter().sum());
    while left > 0 {
        // The signature that is most under its share, of those that have more.
        let next = (0..places.len()).filter(|at| places[*at] < available[*at]).max_by(|a, b| {
            let owed = |at: usize| shares[at] * limit as f64 - places[at] as f64;
            owed(*a).total_cmp(&owed(*b)).then(b.cmp(a))
        });
        let Some(next) = next else { break };
        places[next] += 1;
        left -= 1;
    }
    places
}

/// `count` of `items`, evenly over their order, the newest always among them.
fn spread<T>(items: &[T], count: usize) -> impl DoubleEndedIterator<Item = &T> {
    let count = count.min(items.len());
    (1..=count).map(move |at| &items[at * items.len() / count - 1])
}

#[cfg(test)]
mod tests {
    use super::{places, spread};

    #[test]
    fn many_signatures_do_not_crowd_out_what_most_replies_say() {
        let shares: Vec<f64> = std::iter::once(0.6).chain(std::iter::repeat_n(0.01, 40)).collect();
        let got = places(&shares, &[40; 41], 25);
        assert_eq!((got[0], got.iter().sum::<usize>()), (13, 25));
        assert_eq!(places(&[0.92, 0.08], &[40, 40], 25), [23, 2]);
        assert_eq!(places(&[0.9, 0.1], &[3, 40], 25), [3, 22], "never more than there are");
        assert_eq!(places(&[0.5, 0.5], &[1, 1], 25), [1, 1]);
        assert!(places(&[], &[], 25).is_empty());
    }

    #[test]
    fn a_spread_is_even_and_has_the_newest() {
        let items: Vec<_> = (0..10).collect();
        assert_eq!(spread(&items, 5).copied().collect::<Vec<_>>(), [1, 3, 5, 7, 9]);
        assert_eq!(spread(&items, 1).copied().collect::<Vec<_>>(), [9]);
        assert_eq!(spread(&items, 20).count(), 10);
        assert_eq!(spread(&items, 0).count(), 0);
    }
}
