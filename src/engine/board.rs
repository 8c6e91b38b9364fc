//! The questions that faces ask of a snapshot: the board, and a series.

use hashbrown::HashMap;

use super::filter::Filter;
use super::passing::{Counted, Passing, Stretch};
use super::scope::View;
use super::snapshot::{Board, Column, Estimated, Row, Scope, Series, Snapshot};
use crate::diagnose::incident::BASELINE;
use crate::model::{Moment, Party, Window};
use crate::text::{Clean, share};

/// Attempts from which on the rate of a slot that is not drawn counts for a scale.
const ENOUGH: f64 = 20.0;

impl Snapshot {
    /// The board over a window, or over everything read.
    #[must_use]
    pub fn board(&self, over: impl Into<Option<Window>>, filter: &Filter) -> Board {
        let over = over.into();
        let views = self.views(filter);
        let from = self.begin(over);
        let passing = self.passing(filter, from);
        let counted = passing.counted(over.into());
        let columns = columns(&views, &counted.replies);
        let place: HashMap<Column, usize> =
            columns.iter().enumerate().map(|(at, column)| (column.clone(), at)).collect();
        let baselines = self.baselines(&passing, from);
        let mut rows: Vec<Row> = Vec::new();
        let mut index: HashMap<Party, usize> = HashMap::new();
        for view in &views {
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
            add(&mut rows[at], view, &counted, &place);
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
        let is_rejection = |leaf: usize| self.picture.leaves[leaf].key.is_rejection();
        total.baseline = self.before(&passing, from, None, |leaf| (true, is_rejection(leaf))).rate();
        for row in rows.iter_mut().chain([&mut total]) {
            row.rate = share(row.rejected, row.attempts);
        }
        rows.sort_by(|a, b| {
            b.rejected.cmp(&a.rejected).then(b.attempts.cmp(&a.attempts)).then_with(|| a.name.cmp(&b.name))
        });
        let about = Estimated { attempts: counted.about, replies: counted.passed.estimated };
        Board {
            window: over,
            covered: self.covered(over),
            columns,
            rows,
            total,
            about,
            passed: counted.passed,
        }
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
        // Per leaf: does it count as an attempt here, does it count as a rejection here?
        let mut roles = vec![(false, false); self.picture.leaves.len()];
        for view in &views {
            let is_named = about.column.is_some() || about.incident.is_some();
            let hit = view.is_in(&about) && (is_named || view.leaf.key.is_rejection());
            roles[view.index] = (about.is_at(&view.id), hit);
        }
        let from_window = self.now.plus_millis(-window.millis());
        let passing = self.passing(filter, from_window);
        let (mut attempts, mut rejected) = (vec![0.0; slots], vec![0.0; slots]);
        let stretch = Stretch { from, until: self.end(), even: Some(self.reach(span)) };
        let vague = passing.each(stretch, |start, leaf, tried, replied| {
            let slot = (start.since(from).max(0) / step) as usize;
            let (Some((here, hit)), true) = (roles.get(leaf), slot < slots) else { return };
            attempts[slot] += if *here { tried } else { 0.0 };
            rejected[slot] += if *hit { replied } else { 0.0 };
        });
        let before = self.before(&passing, from_window, scope.provider.as_ref(), |leaf| roles[leaf]);
        let baseline = about.incident.map_or_else(|| before.rate(), |incident| incident.baseline);
        let peak = self.peak(&passing, from, (span, step), &roles);
        let whole = |counts: Vec<f64>| counts.into_iter().map(|count| count.round() as u64).collect();
        let (attempts, rejected) = (whole(attempts), whole(rejected));
        let about = vague.attempts || vague.replies;
        Series { from, step, attempts, rejected, baseline, peak, about }
    }

    /// The greatest rate of a slot in the `span` milliseconds before `until`, of slots with enough
    /// attempts. `roles`: which leaves count as attempts, which as replies.
    fn peak(
        &self,
        passing: &Passing<'_>,
        until: Moment,
        (span, step): (i64, i64),
        roles: &[(bool, bool)],
    ) -> Option<f64> {
        let from = until.plus_millis(-span);
        let mut slots = vec![(0.0, 0.0); (span / step + 1) as usize];
        let stretch = Stretch { from, until, even: Some(self.reach(span * 2)) };
        passing.each(stretch, |start, leaf, tried, replied| {
            let slot = slots.get_mut((start.since(from).max(0) / step) as usize);
            let (Some((here, hit)), Some(slot)) = (roles.get(leaf), slot) else { return };
            slot.0 += if *here { tried } else { 0.0 };
            slot.1 += if *hit { replied } else { 0.0 };
        });
        let enough = slots.into_iter().filter(|(attempts, _)| *attempts >= ENOUGH);
        enough.map(|(attempts, hits)| f64::min(hits / attempts, 1.0)).max_by(f64::total_cmp)
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
    fn baselines(&self, passing: &Passing<'_>, from: Moment) -> HashMap<Party, Before> {
        let mut before: HashMap<Party, Before> = HashMap::new();
        let onsets = self.onsets();
        let leaves = &self.picture.leaves;
        passing.each(all_before(from), |start, leaf, tried, replied| {
            let Some(leaf) = leaves.get(leaf) else { return };
            let provider = leaf.key.provider();
            if onsets.get(&provider).is_some_and(|onset| start >= *onset) {
                return;
            }
            let entry = before.entry(provider).or_default();
            entry.attempts += tried;
            entry.rejected += if leaf.key.is_rejection() { replied } else { 0.0 };
        });
        before
    }

    /// What a selection of leaves did before `from`; `roles` tells per leaf whether it is an
    /// attempt and whether it is a hit. Of all providers: before the first running incident, too,
    /// for what strikes many reaches domains that are too small to have an incident.
    fn before(
        &self,
        passing: &Passing<'_>,
        from: Moment,
        provider: Option<&Clean>,
        roles: impl Fn(usize) -> (bool, bool),
    ) -> Before {
        let onsets = self.onsets();
        let first = onsets.values().min().filter(|_| provider.is_none());
        let from = first.map_or(from, |first| from.min(*first));
        let leaves = &self.picture.leaves;
        let mut before = Before::default();
        passing.each(all_before(from), |start, leaf, tried, replied| {
            let Some(key) = leaves.get(leaf).map(|leaf| &leaf.key) else { return };
            if onsets.get(&key.provider()).is_some_and(|onset| start >= *onset) {
                return;
            }
            let (here, hit) = roles(leaf);
            before.attempts += if here { tried } else { 0.0 };
            before.rejected += if hit { replied } else { 0.0 };
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
    attempts: f64,
    rejected: f64,
}

impl Before {
    fn rate(self) -> Option<f64> {
        (self.attempts >= BASELINE as f64).then(|| self.rejected / self.attempts)
    }
}

/// Everything before a moment.
const fn all_before(until: Moment) -> Stretch {
    Stretch { from: Moment::from_millis(i64::MIN / 4), until, even: None }
}

/// The columns that have counts: 5xx by frequency, then 4xx, then none.
fn columns(views: &[View<'_>], counts: &[u64]) -> Vec<Column> {
    let mut sums: HashMap<&Column, u64> = HashMap::new();
    for view in views {
        if let Some(column) = &view.column
            && counts[view.index] > 0
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

fn add(row: &mut Row, view: &View<'_>, counted: &Counted, place: &HashMap<Column, usize>) {
    row.attempts += counted.attempts[view.index];
    let count = counted.replies[view.index];
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
