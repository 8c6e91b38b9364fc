//! The questions that faces ask of a snapshot: the board, a series, signatures, a sample.

use std::sync::Arc;

use hashbrown::HashMap;

use super::filter::{Filter, Reply};
use super::snapshot::{Board, Column, Row, Sample, Scope, Series, Signature, Snapshot, Specimen};
use crate::aggregate::Leaf;
use crate::model::{Moment, Party, Window, code_class};
use crate::text::Clean;

/// Attempts before the window that make a baseline.
const BASELINE: u64 = 50;

/// One leaf as the questions see it.
pub(super) struct View<'a> {
    /// The leaf.
    pub leaf: &'a Leaf,
    /// Its place in the leaves.
    pub index: usize,
    /// The provider's id.
    pub id: Clean,
    /// The provider's name.
    pub name: Clean,
    /// Its column: label and class; `None` for deliveries.
    pub column: Option<Column>,
}

impl View<'_> {
    /// Whether this is a reply that the filter shows.
    fn is_shown(&self, filter: &Filter) -> bool {
        let Some(column) = &self.column else { return false };
        filter.shows(&Reply {
            provider: (&self.id, &self.name),
            label: &column.label,
            code: self.leaf.key.code,
            verdict: self.leaf.verdict.as_ref(),
        })
    }

    /// Whether this is a reply inside the scope: its column's, or, where the scope names none,
    /// any reply with a code.
    fn is_in(&self, scope: &Scope) -> bool {
        let Some(column) = &self.column else { return false };
        scope.provider.as_ref().is_none_or(|provider| *provider == self.id)
            && match &scope.column {
                Some(label) => *label == column.label,
                None => column.class != 0,
            }
    }
}

impl Snapshot {
    /// The board over a window, or over everything read.
    #[must_use]
    pub fn board(&self, over: impl Into<Option<Window>>, filter: &Filter) -> Board {
        let over = over.into();
        let views = self.views(filter);
        let from = self.begin(over);
        let counts = self.counts_over(over);
        let columns = columns(&views, &counts, filter);
        let place: HashMap<Column, usize> =
            columns.iter().enumerate().map(|(at, column)| (column.clone(), at)).collect();
        let baselines = self.baselines(from);
        let mut rows: Vec<Row> = Vec::new();
        let mut index: HashMap<Party, usize> = HashMap::new();
        for view in &views {
            let count = counts[view.index];
            let provider = view.leaf.key.provider();
            let at = *index.entry(provider).or_insert_with(|| {
                let baseline = baselines.get(&provider).and_then(|before| before.rate());
                rows.push(Row {
                    baseline,
                    incident: self.incident_of(&view.id),
                    ..empty_row(view, columns.len())
                });
                rows.len() - 1
            });
            add(&mut rows[at], view, count, &place, filter);
        }
        rows.retain(|row| row.attempts > 0);
        let mut total = rows.iter().fold(
            Row { id: Clean::from("*"), name: Clean::from("all providers"), ..blank_row(columns.len()) },
            |mut total, row| {
                total.attempts += row.attempts;
                total.rejected += row.rejected;
                total.deferred += row.deferred;
                total.cells.iter_mut().zip(&row.cells).for_each(|(sum, cell)| *sum += cell);
                total
            },
        );
        let mut roles = vec![(false, false); self.picture.leaves.len()];
        for view in &views {
            roles[view.index] = (true, view.leaf.key.is_rejection());
        }
        total.baseline = self.before(from, None, |leaf| roles[leaf]).rate();
        for row in rows.iter_mut().chain([&mut total]) {
            row.rate = rate(row.rejected, row.attempts);
        }
        rows.sort_by(|a, b| {
            b.rejected.cmp(&a.rejected).then(b.attempts.cmp(&a.attempts)).then_with(|| a.name.cmp(&b.name))
        });
        Board { window: over, covered: self.covered(over), columns, rows, total }
    }

    /// Counts of `scope` over `window` in `slots` equal slots.
    #[must_use]
    pub fn series(&self, window: Window, scope: &Scope, filter: &Filter, slots: usize) -> Series {
        let slots = slots.clamp(1, 1_000);
        let step = (window.millis() / slots as i64).max(1);
        let from = self.now.plus_millis(1 - step * slots as i64);
        let views = self.views(filter);
        let mut attempts = vec![0; slots];
        let mut rejected = vec![0; slots];
        // Per leaf: does it count as an attempt here, does it count as a rejection here?
        let mut roles = vec![(false, false); self.picture.leaves.len()];
        for view in &views {
            let here = scope.provider.as_ref().is_none_or(|provider| *provider == view.id);
            let hit = view.is_in(scope) && view.is_shown(filter);
            let hit = hit && (scope.column.is_some() || view.leaf.key.is_rejection());
            roles[view.index] = (here, hit);
        }
        self.picture.rings.each(from, self.end(), |start, leaf, count| {
            let slot = (start.since(from).max(0) / step) as usize;
            let (Some((here, hit)), true) = (roles.get(leaf.index()), slot < slots) else { return };
            if *here {
                attempts[slot] += u64::from(count);
            }
            if *hit {
                rejected[slot] += u64::from(count);
            }
        });
        let from_window = self.now.plus_millis(-window.millis());
        let before = self.before(from_window, scope.provider.as_ref(), |leaf| roles[leaf]);
        Series { from, step, attempts, rejected, baseline: before.rate() }
    }

    /// Signatures inside `scope` over a window, or over everything read, most frequent first.
    #[must_use]
    pub fn signatures(
        &self,
        over: impl Into<Option<Window>>,
        scope: &Scope,
        filter: &Filter,
    ) -> Vec<Signature> {
        let over = over.into();
        let from = self.begin(over);
        let counts = self.counts_over(over);
        let mut rows: Vec<Signature> = Vec::new();
        let mut index: HashMap<u64, usize> = HashMap::new();
        for view in self.in_scope(scope, filter) {
            let (Some(verdict), count) = (&view.leaf.verdict, counts[view.index]) else { continue };
            if count == 0 {
                continue;
            }
            let at = *index.entry(verdict.signature_id).or_insert_with(|| {
                rows.push(Signature {
                    signature: verdict.signature.clone(),
                    count: 0,
                    share: 0.0,
                    first: view.leaf.first,
                    last: view.leaf.last,
                    fresh: false,
                    verdict: Arc::clone(verdict),
                    sample: verdict.signature.clone(),
                });
                rows.len() - 1
            });
            let row = &mut rows[at];
            row.count += count;
            row.first = row.first.min(view.leaf.first);
            row.last = row.last.max(view.leaf.last);
            if let Some((_, specimen)) = self.picture.samples.of(view.index).last() {
                row.sample = specimen.reply.clone();
            }
        }
        let all: u64 = rows.iter().map(|row| row.count).sum();
        let history = self.span.is_some_and(|(first, _)| first < from);
        for row in &mut rows {
            row.share = rate(row.count, all);
            row.fresh = history && row.first >= from;
        }
        rows.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.signature.cmp(&b.signature)));
        rows
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
        let over = over.into();
        let from = self.begin(over);
        let signatures = self.signatures(over, scope, filter);
        let of: u64 = signatures.iter().map(|row| row.count).sum();
        let mut strings: Vec<Arc<Specimen>> = Vec::new();
        let mut kept: HashMap<u64, Vec<&Arc<Specimen>>> = HashMap::new();
        for view in self.in_scope(scope, filter) {
            let items = self.picture.samples.of(view.index).iter().filter(|(at, _)| *at >= from);
            let Some(verdict) = &view.leaf.verdict else { continue };
            kept.entry(verdict.signature_id).or_default().extend(items.map(|(_, specimen)| specimen));
        }
        let shares: Vec<f64> = signatures.iter().map(|row| row.share).collect();
        let available: Vec<usize> =
            signatures.iter().map(|row| kept.get(&row.verdict.signature_id).map_or(0, Vec::len)).collect();
        let places = places(&shares, &available, limit);
        for (signature, places) in signatures.iter().zip(places) {
            let Some(items) = kept.get_mut(&signature.verdict.signature_id) else { continue };
            items.sort_by_key(|specimen| specimen.at);
            strings.extend(spread(items, places).rev().map(|specimen| Arc::clone(specimen)));
        }
        Sample { of, signatures: signatures.len(), strings }
    }

    /// The views of all leaves whose provider the filter shows.
    pub(super) fn views(&self, filter: &Filter) -> Vec<View<'_>> {
        let mut names: HashMap<Party, (Clean, Clean)> = HashMap::new();
        let leaves = self.picture.leaves.iter().enumerate();
        leaves
            .filter_map(|(index, leaf)| {
                let party = leaf.key.provider();
                let (id, name) = names.entry(party).or_insert_with(|| self.name(party)).clone();
                filter.shows_provider(&id, &name).then(|| View {
                    leaf,
                    index,
                    id,
                    name,
                    column: column(leaf),
                })
            })
            .collect()
    }

    /// The replies inside `scope` that the filter shows.
    pub(super) fn in_scope<'a>(
        &'a self,
        scope: &'a Scope,
        filter: &'a Filter,
    ) -> impl Iterator<Item = View<'a>> {
        self.views(filter).into_iter().filter(move |view| view.is_in(scope) && view.is_shown(filter))
    }

    /// Counts per leaf over a window, or over everything read.
    pub(super) fn counts_over(&self, over: Option<Window>) -> Vec<u64> {
        match over {
            Some(_) => self.picture.rings.sum(self.begin(over), self.end(), self.picture.leaves.len()),
            None => self.picture.leaves.iter().map(|leaf| leaf.total).collect(),
        }
    }

    /// Where a window begins; everything read begins before all time.
    pub(super) fn begin(&self, over: Option<Window>) -> Moment {
        over.map_or(Moment::from_millis(i64::MIN / 4), |window| self.now.plus_millis(-window.millis()))
    }

    /// Just after now: windows include it.
    pub(super) fn end(&self) -> Moment {
        self.now.plus_millis(1)
    }

    /// Id and name of a party.
    pub(super) fn name(&self, party: Party) -> (Clean, Clean) {
        self.picture
            .names
            .of(party)
            .unwrap_or_else(|| (Clean::from("unknown"), Clean::from("unknown provider")))
    }

    /// How much of a window the read history covers, in milliseconds.
    fn covered(&self, over: Option<Window>) -> i64 {
        let oldest =
            self.span.map_or(self.now, |(first, _)| first).max(self.complete_since.unwrap_or_default());
        self.now.since(oldest).clamp(0, over.map_or(i64::MAX, Window::millis))
    }

    /// The running incident that covers a provider.
    fn incident_of(&self, id: &Clean) -> Option<usize> {
        self.incidents.iter().position(|incident| incident.until.is_none() && incident.providers.contains(id))
    }

    /// What every provider did before `from`, or before its running incident began.
    fn baselines(&self, from: Moment) -> HashMap<Party, Before> {
        let mut before: HashMap<Party, Before> = HashMap::new();
        let onsets = self.onsets();
        let leaves = &self.picture.leaves;
        self.picture.rings.each(Moment::from_millis(i64::MIN / 4), from, |start, leaf, count| {
            let Some(leaf) = leaves.get(leaf.index()) else { return };
            let provider = leaf.key.provider();
            if onsets.get(&provider).is_some_and(|onset| start >= *onset) {
                return;
            }
            let entry = before.entry(provider).or_default();
            entry.attempts += u64::from(count);
            if leaf.key.is_rejection() {
                entry.rejected += u64::from(count);
            }
        });
        before
    }

    /// What a selection of leaves did before `from`; `roles` tells per leaf whether it is an
    /// attempt and whether it is a hit. Of all providers: before the first running incident, too,
    /// for what strikes many reaches domains that are too small to have an incident.
    fn before(
        &self,
        from: Moment,
        provider: Option<&Clean>,
        roles: impl Fn(usize) -> (bool, bool),
    ) -> Before {
        let onsets = self.onsets();
        let first = onsets.values().min().filter(|_| provider.is_none());
        let from = first.map_or(from, |first| from.min(*first));
        let leaves = &self.picture.leaves;
        let mut before = Before::default();
        self.picture.rings.each(Moment::from_millis(i64::MIN / 4), from, |start, leaf, count| {
            let Some(key) = leaves.get(leaf.index()).map(|leaf| &leaf.key) else { return };
            if onsets.get(&key.provider()).is_some_and(|onset| start >= *onset) {
                return;
            }
            let (here, hit) = roles(leaf.index());
            before.attempts += if here { u64::from(count) } else { 0 };
            before.rejected += if hit { u64::from(count) } else { 0 };
        });
        before
    }

    /// When the running incidents began, by provider.
    fn onsets(&self) -> HashMap<Party, Moment> {
        let mut onsets: HashMap<Party, Moment> = HashMap::new();
        for (party, begun) in &self.picture.struck {
            onsets.entry(*party).and_modify(|onset| *onset = (*begun).min(*onset)).or_insert(*begun);
        }
        onsets
    }
}

/// Attempts and rejections before a window.
#[derive(Copy, Clone, Debug, Default)]
struct Before {
    attempts: u64,
    rejected: u64,
}

impl Before {
    fn rate(self) -> Option<f64> {
        (self.attempts >= BASELINE).then(|| rate(self.rejected, self.attempts))
    }
}

/// `part` per `whole`, 0 where there is no whole.
pub(super) fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The column of a leaf: 5xx by enhanced code, else the provider's own, else the basic one; all
/// 4xx together; what failed without a reply.
fn column(leaf: &Leaf) -> Option<Column> {
    leaf.key.category?;
    let class = code_class(leaf.key.code) as u8;
    let label = match class {
        5 => {
            match (leaf.key.enhanced, leaf.verdict.as_ref().and_then(|verdict| verdict.provider_code.clone()))
            {
                (Some(enhanced), _) => Clean::from(enhanced.to_string().as_str()),
                (None, Some(own)) => own,
                (None, None) => Clean::from(leaf.key.code.to_string().as_str()),
            }
        }
        0 => Clean::from("none"),
        _ => Clean::from("4xx"),
    };
    Some(Column { label, class: if class == 5 || class == 0 { class } else { 4 } })
}

/// The columns that have counts: 5xx by frequency, then 4xx, then none.
fn columns(views: &[View<'_>], counts: &[u64], filter: &Filter) -> Vec<Column> {
    let mut sums: HashMap<&Column, u64> = HashMap::new();
    for view in views {
        if let Some(column) = &view.column
            && counts[view.index] > 0
            && view.is_shown(filter)
        {
            *sums.entry(column).or_default() += counts[view.index];
        }
    }
    let mut columns: Vec<_> = sums.into_iter().collect();
    columns.sort_by(|(a, a_sum), (b, b_sum)| {
        b.class.cmp(&a.class).then(b_sum.cmp(a_sum)).then_with(|| a.label.cmp(&b.label))
    });
    columns.into_iter().map(|(column, _)| column.clone()).collect()
}

fn add(row: &mut Row, view: &View<'_>, count: u64, place: &HashMap<Column, usize>, filter: &Filter) {
    row.attempts += count;
    if count == 0 || !view.is_shown(filter) {
        return;
    }
    if view.leaf.key.is_rejection() {
        row.rejected += count;
    } else if view.leaf.key.is_deferral() {
        row.deferred += count;
    }
    if let Some(at) = view.column.as_ref().and_then(|column| place.get(column)) {
        row.cells[*at] += count;
    }
}

fn empty_row(view: &View<'_>, columns: usize) -> Row {
    Row { id: view.id.clone(), name: view.name.clone(), ..blank_row(columns) }
}

fn blank_row(columns: usize) -> Row {
    Row {
        id: Clean::default(),
        name: Clean::default(),
        attempts: 0,
        rejected: 0,
        deferred: 0,
        rate: 0.0,
        baseline: None,
        incident: None,
        cells: vec![0; columns],
    }
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
