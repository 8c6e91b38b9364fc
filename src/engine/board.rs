//! The questions that faces ask of a snapshot: the board, and a series.

use hashbrown::HashMap;

use super::filter::Filter;
use super::scope::View;
use super::snapshot::{Board, Column, Row, Scope, Series, Snapshot};
use crate::diagnose::incident::BASELINE;
use crate::model::{Moment, Party, Window};
use crate::text::Clean;

/// Attempts from which on the rate of a slot that is not drawn counts for a scale.
const ENOUGH: u64 = 20;

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
        let (span, rings) = (window.millis(), &self.picture.rings);
        let slots = slots.clamp(1, 1_000).min((span / rings.even_width(self.reach(span))).max(1) as usize);
        // Slots begin at multiples of their width: time moves them on by whole slots only, and what is
        // in one that is complete stays there.
        let step = (span + slots as i64 - 1) / slots as i64;
        let end = (self.now.millis().div_euclid(step) + 1) * step;
        let from = Moment::from_millis(end - step * slots as i64);
        let views = self.views(filter);
        let about = self.about(scope);
        let mut attempts = vec![0; slots];
        let mut rejected = vec![0; slots];
        // Per leaf: does it count as an attempt here, does it count as a rejection here?
        let mut roles = vec![(false, false); self.picture.leaves.len()];
        for view in &views {
            let here = about.is_at(&view.id);
            let hit = view.is_in(&about) && view.is_shown(filter);
            let is_named = about.column.is_some() || about.incident.is_some();
            let hit = hit && (is_named || view.leaf.key.is_rejection());
            roles[view.index] = (here, hit);
        }
        rings.each_even(self.reach(span), from, self.end(), |start, leaf, count| {
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
        let baseline = about.incident.map_or_else(|| before.rate(), |incident| incident.baseline);
        let peak = self.peak(from, (span, step), &roles);
        Series { from, step, attempts, rejected, baseline, peak }
    }

    /// The greatest rate of a slot in the `span` milliseconds before `until`, of slots with enough
    /// attempts. `roles`: which leaves count as attempts, which as replies.
    fn peak(&self, until: Moment, (span, step): (i64, i64), roles: &[(bool, bool)]) -> Option<f64> {
        let from = until.plus_millis(-span);
        let mut slots = vec![(0_u64, 0_u64); (span / step + 1) as usize];
        self.picture.rings.each_even(self.reach(span * 2), from, until, |start, leaf, count| {
            let slot = slots.get_mut((start.since(from).max(0) / step) as usize);
            let (Some((here, hit)), Some(slot)) = (roles.get(leaf.index()), slot) else { return };
            slot.0 += if *here { u64::from(count) } else { 0 };
            slot.1 += if *hit { u64::from(count) } else { 0 };
        });
        let enough = slots.into_iter().filter(|(attempts, _)| *attempts >= ENOUGH);
        enough.map(|(attempts, hits)| (hits as f64 / attempts as f64).min(1.0)).max_by(f64::total_cmp)
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
        let running = self.picture.struck.iter().filter(|one| self.runs(one.declared, one.until));
        for one in running {
            onsets.entry(one.party).and_modify(|onset| *onset = one.onset.min(*onset)).or_insert(one.onset);
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
