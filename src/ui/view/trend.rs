//! Since when: the scope's rate over time against what it was before.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::{alarm, figures};
use crate::engine::{Estimated, Incident, Scope, Series};
use crate::model::Moment;
use crate::text::share;
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Cells of the scale: `100%┤`.
const SCALE: u16 = 5;
/// Eighths of a cell, from nothing to full.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// A slot that is not complete counts for the scale from so many attempts on.
const ENOUGH: u64 = 20;
/// Where a scale may end.
const ENDS: [f64; 9] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0];

/// Slots of a chart in `area`.
pub(super) fn slots(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(SCALE + 1)).max(1)
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let scope = state.scope(&picture.incidents);
    let incident = picture.incident_of(&scope).filter(|_| in_alarm(&scope, picture));
    let name = scope_name(&scope, picture, area.width.saturating_sub(18));
    let title = [canvas.span(Role::Title, name), canvas.span(Role::Text, format!(" · {}", picture.trend))];
    let inner = canvas.panel(area, &title, &[], false);
    if inner.height < 3 || inner.width <= SCALE + 4 {
        return;
    }
    now_and_base(canvas, inner, &scope, picture);
    let onset = incident.map(|incident| incident.onset);
    chart(canvas, inner, (&picture.series, picture.now), baseline(&scope, picture), onset);
}

/// The rate over an incident, with its onset marked and what was before it.
pub(super) fn of_incident(canvas: &mut Canvas<'_>, area: Rect, incident: &Incident, picture: &Picture) {
    let series = &picture.series;
    let span = i64::try_from(series.attempts.len()).unwrap_or(0).saturating_mul(series.step);
    // A column is a whole number of milliseconds, so that all of them are a little short of the span.
    let span = figures::ago(series.from, series.from.plus_millis(span.saturating_add(500)));
    let title = [canvas.span(Role::Title, "Rate"), canvas.span(Role::Text, format!(" · {span}"))];
    let inner = canvas.panel(area, &title, &[], false);
    if inner.height < 3 || inner.width <= SCALE + 4 {
        return;
    }
    let before = incident.baseline.filter(|_| !alarm::is_perhaps_older(incident, picture));
    let mut told = match before {
        Some(before) => vec![
            canvas.span(Role::Dim, " before "),
            canvas.span(Role::Text, figures::percent(before)),
            canvas.span(Role::Dim, if inner.width < 32 { " · since " } else { " ┄ · since " }),
        ],
        None if inner.width < 40 => vec![canvas.span(Role::Dim, " since ")],
        None => vec![canvas.span(Role::Dim, " no history before it · since ")],
    };
    told.extend([
        canvas.span(Role::Bad, "▲"),
        canvas.span(Role::Dim, " "),
        canvas.span(Role::Text, figures::percent(incident.rate)),
    ]);
    canvas.row(inner, 0, &told);
    chart(canvas, inner, (series, picture.now), before, Some(incident.onset));
}

/// Bars over time between the first and the last row of `inner`: the first is the caller's, the last
/// the axis.
fn chart(
    canvas: &mut Canvas<'_>,
    inner: Rect,
    (series, now): (&Series, Moment),
    baseline: Option<f64>,
    onset: Option<Moment>,
) {
    let chart = Rect { y: inner.y + 1, height: inner.height - 2, width: inner.width - 1, ..inner };
    let bars = Rect { x: chart.x + SCALE, width: chart.width.saturating_sub(SCALE), ..chart };
    let rates = rates(series, usize::from(bars.width));
    let span = i64::try_from(series.attempts.len()).unwrap_or(0).saturating_mul(series.step);
    let whole = if series.from.plus_millis(span) > now { whole(series, rates.len()) } else { rates.len() };
    let end = top(series, &rates[..whole], baseline);
    scale(canvas, chart, end);
    let drawn = Drawn { bars, end, from: series.from, span, now, onset, whole };
    drawn.base(canvas, baseline);
    for (at, rate) in (0..).zip(&rates) {
        drawn.bar(canvas, at, rates.len(), *rate);
    }
    drawn.axis(canvas, inner.bottom() - 1);
}

/// What the selection is about, in words; the provider's name in at most `cells` cells.
pub(super) fn scope_name(scope: &Scope, picture: &Picture, cells: u16) -> String {
    let provider = match &scope.provider {
        None => "All providers".to_owned(),
        Some(id) => figures::name(picture.provider_name(id), usize::from(cells)).to_owned(),
    };
    match &scope.column {
        None => provider,
        Some(label) => format!("{provider} {label}"),
    }
}

/// What it was before: before its incident for a row that has one, as the alarm says; before the board's
/// window for any other, as the board says; and before the chart for one code.
fn baseline(scope: &Scope, picture: &Picture) -> Option<f64> {
    match &scope.column {
        None => match picture.incident_of(scope) {
            Some(incident) => incident.baseline.filter(|_| !alarm::is_perhaps_older(incident, picture)),
            None => picture.row(scope.provider.as_ref()).and_then(|row| row.baseline),
        },
        Some(_) => picture.series.baseline,
    }
}

/// The rate in the board's window.
fn rate(scope: &Scope, picture: &Picture) -> f64 {
    picture.row(scope.provider.as_ref()).map_or(0.0, |row| match &scope.column {
        None => row.rate,
        Some(label) => share_of(picture, &row.cells, label, row.attempts),
    })
}

/// Whether the scope is what an incident is made of: a code that is no more frequent than before
/// is not, whatever its provider does otherwise.
fn in_alarm(scope: &Scope, picture: &Picture) -> bool {
    let risen = || rate(scope, picture) > 2.0 * baseline(scope, picture).unwrap_or(0.0);
    picture.incident_of(scope).is_some() && (scope.column.is_none() || risen())
}

/// The newest rate and the yardstick, above the chart.
fn now_and_base(canvas: &mut Canvas<'_>, area: Rect, scope: &Scope, picture: &Picture) {
    let rate = rate(scope, picture);
    let loud = in_alarm(scope, picture);
    if picture.row(scope.provider.as_ref()).is_none_or(|row| row.attempts == 0) {
        let text = format!(" no attempt in {}", picture.window);
        canvas.row(area, 0, &[canvas.span(Role::Dim, text)]);
        return;
    }
    let about = Estimated::sign(picture.board.about.rates());
    let mut spans = vec![
        Span::raw(" "),
        canvas.span(if loud { Role::Bad } else { Role::Title }, format!("{about}{}", figures::percent(rate))),
        canvas.span(Role::Dim, format!(" in {}", picture.window)),
    ];
    if let Some(baseline) = baseline(scope, picture) {
        spans.push(canvas.span(Role::Dim, " · before "));
        spans.push(canvas.span(Role::Text, format!("{about}{}", figures::percent(baseline))));
    } else {
        spans.push(canvas.span(Role::Dim, " · no history yet"));
    }
    canvas.row(area, 0, &spans);
}

fn share_of(picture: &Picture, cells: &[u64], label: &str, attempts: u64) -> f64 {
    let at = picture.board.columns.iter().position(|column| column.label.as_str() == label);
    let count = at.and_then(|at| cells.get(at)).copied().unwrap_or(0);
    share(count, attempts)
}

/// One rate per column; `None` where nothing was attempted. Neighbouring slots are added up where
/// there are more of them than columns, and repeated where there are fewer.
#[expect(clippy::cast_precision_loss, reason = "a bar is drawn to an eighth of a cell")]
fn rates(series: &Series, columns: usize) -> Vec<Option<f64>> {
    let slots = series.attempts.len();
    (0..columns)
        .map(|column| {
            let from = column * slots / columns;
            let to = ((column + 1) * slots / columns).max(from + 1).min(slots);
            let sum = |counts: &[u64]| counts.get(from..to).map_or(0, |part| part.iter().sum::<u64>());
            let attempts = sum(&series.attempts);
            (attempts > 0).then(|| (sum(&series.rejected) as f64 / attempts as f64).min(1.0))
        })
        .collect()
}

/// The rate at the top of the chart. What went by to the left still counts for a while, so that the scale
/// does not fall with every bar that leaves; what is not complete counts once it has enough attempts.
#[expect(clippy::cast_precision_loss, reason = "a rate to a few percent")]
fn top(series: &Series, complete: &[Option<f64>], baseline: Option<f64>) -> f64 {
    let last = series.attempts.last().zip(series.rejected.last());
    let last = last.filter(|(attempts, _)| **attempts >= ENOUGH);
    let last = last.map(|(attempts, rejected)| *rejected as f64 / *attempts as f64);
    let rates = complete.iter().flatten().copied().chain(last).chain(baseline).chain(series.peak);
    let most = rates.fold(0.0, f64::max);
    ENDS.into_iter().find(|end| *end >= most).unwrap_or(1.0)
}

/// Of so many columns, those that hold nothing of the last slot, which is not complete.
fn whole(series: &Series, columns: usize) -> usize {
    let slots = series.attempts.len();
    (0..columns).take_while(|column| ((column + 1) * slots).div_ceil(columns) < slots).count()
}

fn scale(canvas: &mut Canvas<'_>, chart: Rect, end: f64) {
    let half = chart.height / 2;
    for row in 0..chart.height {
        let label = match row {
            0 => figures::share(end),
            r if r == half && chart.height >= 5 => {
                let half = end * 50.0;
                if half < 10.0 && half.fract() > 0.01 {
                    format!("{half:.1}%")
                } else {
                    figures::share(end / 2.0)
                }
            }
            _ => String::new(),
        };
        canvas.put(chart.x, chart.y + row, SCALE, &[canvas.span(Role::Dim, format!("{label:>4}│"))]);
    }
}

/// A chart and its measures.
struct Drawn {
    bars: Rect,
    /// The rate at the top.
    end: f64,
    from: Moment,
    /// Milliseconds from the left to the right edge.
    span: i64,
    /// Nothing is told of what comes after it.
    now: Moment,
    onset: Option<Moment>,
    /// So many columns are complete.
    whole: usize,
}

impl Drawn {
    /// Eighths of a cell above the ground.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 8 × the height")]
    fn eighths(&self, rate: f64) -> u16 {
        let full = f64::from(self.bars.height) * 8.0;
        let height = (rate / self.end * full).round().min(full) as u16;
        if rate > 0.0 { height.max(1) } else { 0 }
    }

    fn base(&self, canvas: &mut Canvas<'_>, baseline: Option<f64>) {
        let Some(baseline) = baseline else { return };
        let row = (self.eighths(baseline) / 8).min(self.bars.height - 1);
        let line = "┄".repeat(usize::from(self.bars.width));
        canvas.put(
            self.bars.x,
            self.bars.bottom() - 1 - row,
            self.bars.width,
            &[canvas.span(Role::Base, line)],
        );
    }

    fn bar(&self, canvas: &mut Canvas<'_>, at: u16, columns: usize, rate: Option<f64>) {
        let Some(rate) = rate else { return };
        let start =
            self.from.plus_millis(self.span / i64::try_from(columns.max(1)).unwrap_or(1) * i64::from(at + 1));
        let alarm = self.onset.is_some_and(|onset| start > onset);
        let role = match rate {
            _ if usize::from(at) >= self.whole => Role::Dim,
            r if r <= 0.0 => Role::Base,
            _ if alarm => Role::Alarm,
            _ => Role::Bar,
        };
        let mut left = self.eighths(rate).max(1);
        for y in (self.bars.y..self.bars.bottom()).rev() {
            let part = left.min(8);
            canvas.put(self.bars.x + at, y, 1, &[canvas.span(role, EIGHTHS[usize::from(part)])]);
            left -= part;
            if left == 0 {
                break;
            }
        }
    }

    /// The times under the chart, the onset marked where it lies inside.
    fn axis(&self, canvas: &mut Canvas<'_>, y: u16) {
        let end = self.from.plus_millis(self.span);
        let (from, to) = (figures::minute(self.from), figures::minute(end.min(self.now)));
        let row = Rect { y, height: 1, ..self.bars };
        let cells = |text: &str| u16::try_from(text.len()).unwrap_or(0);
        let Some(onset) = self.onset.filter(|onset| *onset >= self.from && *onset <= end) else {
            canvas.row(row, 0, &[canvas.span(Role::Dim, from)]);
            return canvas.put_right(row, 0, &[canvas.span(Role::Dim, to)]);
        };
        let width = i64::from(self.bars.width);
        let place = onset.since(self.from).saturating_mul(width) / self.span.max(1);
        let place = u16::try_from(place).unwrap_or(0).min(self.bars.width.saturating_sub(1));
        let mark: Vec<Span<'_>> = vec![canvas.span(Role::Bad, "▲"), canvas.span(Role::Text, onset.clock())];
        let need = u16::try_from(width_of(&mark)).unwrap_or(0);
        let starts = if place + need <= self.bars.width { place } else { (place + 1).saturating_sub(need) };
        if starts > cells(&from) {
            canvas.row(row, 0, &[canvas.span(Role::Dim, from)]);
        }
        // Near the right edge the time stands left of its mark.
        if place + need <= self.bars.width {
            canvas.put(row.x + place, y, need, &mark);
            if place + need + 1 + cells(&to) <= self.bars.width {
                canvas.put_right(row, 0, &[canvas.span(Role::Dim, to)]);
            }
        } else if place + 1 >= need {
            let turned: Vec<_> = mark.into_iter().rev().collect();
            canvas.put(row.x + place + 1 - need, y, need, &turned);
        }
    }
}

#[cfg(test)]
mod tests;
