//! Two sends side by side: what is new, gone, up and down, beyond chance.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::window::Window;
use super::{crumbs, figures, prose, words};
use crate::engine::{Change, Compared, Comparison, Line, Total};
use crate::text::{Clean, fit, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Rows of a list at most.
const ROWS: usize = 12;
/// Below this width the interval of a difference is left out.
const WIDE: u16 = 72;

/// One row: a heading, or a share on both sides.
enum Row<'c> {
    Heading(&'static str),
    Share(String, &'c Compared),
    More(usize),
}

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut spans = crumbs::under(canvas, area, state, picture);
    spans.push(canvas.span(Role::Title, "two side by side"));
    if picture.head.back.is_some() {
        spans.push(canvas.span(Role::Warn, " · figures of now"));
    }
    canvas.row(area, 0, &spans);
}

/// Rows that can be scrolled through.
pub(super) fn rows(picture: &Picture) -> usize {
    picture.compared.as_ref().map_or(0, |comparison| told(comparison).len())
}

fn told(comparison: &Comparison) -> Vec<Row<'_>> {
    let mut rows = vec![
        Row::Heading("Of all attempts"),
        Row::Share("rejected".into(), &comparison.rejected),
        Row::Share("unknown users".into(), &comparison.unknown_users),
        Row::Share("deferred".into(), &comparison.deferred),
        Row::Share("delivered".into(), &comparison.delivered),
    ];
    let at = comparison.providers.iter().map(|line| (line.name.to_string(), &line.rejected));
    let at = at.filter(|(_, share)| share.a.count + share.b.count > 0).collect();
    rows.extend(list("Rejected, at each provider", at));
    for (heading, lines) in [
        ("Why", &comparison.categories),
        ("Codes", &comparison.codes),
        ("What they say", &comparison.signatures),
    ] {
        // A category has a word of its own; its id is for programs.
        let name = |line: &Line| match line.category {
            Some(category) if heading == "Why" => words::category(category).to_owned(),
            _ => line.name.to_string(),
        };
        rows.extend(list(heading, lines.iter().map(|line| (name(line), &line.share)).collect()));
    }
    rows
}

/// A heading and the first rows under it; nothing where there is none.
fn list<'c>(heading: &'static str, lines: Vec<(String, &'c Compared)>) -> Vec<Row<'c>> {
    if lines.is_empty() {
        return Vec::new();
    }
    let more = lines.len().saturating_sub(ROWS);
    let mut rows = vec![Row::Heading(heading)];
    rows.extend(lines.into_iter().take(ROWS).map(|(name, share)| Row::Share(name, share)));
    if more > 0 {
        rows.push(Row::More(more));
    }
    rows
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    canvas.hit(area, Target::Pane(List::Text));
    let title = [canvas.span(Role::Title, "Compared")];
    let Some(comparison) = &picture.compared else {
        let inner = canvas.panel(area, &title, &[], true);
        let text =
            "One of the two sends is no longer known, so there is nothing to compare. {back} goes back.";
        return prose::draw(canvas, inner, &[(Role::Text, state.keymap.told(text))]);
    };
    let rows = told(comparison);
    let height = usize::from(area.height.saturating_sub(4));
    let window = Window::from(state.sending.top, rows.len(), height);
    let right = window.heading(canvas);
    let inner = canvas.panel(area, &title, &right, true);
    for (row, (sign, side)) in [("A", &comparison.a), ("B", &comparison.b)].into_iter().enumerate() {
        head(canvas, inner, u16::try_from(row).unwrap_or(0), sign, side);
    }
    let name = name_cells(inner.width);
    let mut line = format!("   {:name$}{:>8}{:>8}  ", "", "A", "B");
    line.push_str(if inner.width >= WIDE { "B against A, in points (99%)" } else { "B − A" });
    canvas.row(inner, 2, &[canvas.span(Role::Dim, line)]);
    for (row, _, one) in window.of(3, &rows) {
        match one {
            Row::Heading(text) => {
                canvas.row(inner, row, &[Span::raw(" "), canvas.span(Role::Title, *text)]);
            }
            Row::More(count) => {
                canvas.row(inner, row, &[canvas.span(Role::Dim, format!("   and {count} more"))]);
            }
            Row::Share(text, share) => draw_share(canvas, inner, row, text, share),
        }
    }
}

/// Cells of a row's name.
fn name_cells(cells: u16) -> usize {
    let fixed = if cells >= WIDE { 3 + 16 + 2 + 34 } else { 3 + 16 + 2 + 7 };
    usize::from(cells).saturating_sub(fixed).clamp(6, 70)
}

/// Which send a side is.
fn head(canvas: &mut Canvas<'_>, area: Rect, row: u16, sign: &str, side: &Total) {
    let campaign = side.campaign.as_ref().map_or("everything", Clean::as_str);
    let (from, until) = (side.from.date_clock(), side.until.clock());
    let span =
        format!(" · {} to {}", from.get(5..16).unwrap_or_default(), until.get(..5).unwrap_or_default());
    let mut spans = vec![
        canvas.span(Role::Accent, format!(" {sign} ")),
        canvas.span(Role::Title, fit(campaign, usize::from(area.width / 3))),
        canvas.span(Role::Text, span),
    ];
    let attempts = format!(" · {}", figures::plural(side.attempts, "attempt", "attempts"));
    // Half a figure is worse than none.
    if width_of(&spans) + width(&attempts) <= usize::from(area.width) {
        spans.push(canvas.span(Role::Dim, attempts));
    }
    canvas.row(area, row, &spans);
}

fn draw_share(canvas: &mut Canvas<'_>, area: Rect, row: u16, text: &str, share: &Compared) {
    let name = name_cells(area.width);
    let shown = fit(&Clean::from(text), name - 1);
    let pad = name - width(&shown);
    let percent = |portion: crate::engine::Portion| match portion.of {
        0 => "–".to_owned(),
        _ => figures::percent(portion.share()),
    };
    let (sign, word, role) = change(share);
    let quiet = if share.certain { Role::Text } else { Role::Dim };
    let mut spans = vec![
        Span::raw("   "),
        canvas.span(quiet, format!("{shown}{:pad$}", "")),
        canvas.span(quiet, format!("{:>8}{:>8}  ", percent(share.a), percent(share.b))),
        canvas.span(role, format!("{sign} ")),
    ];
    // What rounds to nothing has no sign.
    let points = |value: f64| match format!("{:+.1}", value * 100.0) {
        nothing if nothing.ends_with("0.0") && nothing.len() == 4 => "0.0".to_owned(),
        points => points,
    };
    if area.width >= WIDE {
        let interval = format!("({} to {})", points(share.low), points(share.high));
        spans.push(canvas.span(role, format!("{:<5} {:>6} ", word, points(share.difference))));
        spans.push(canvas.span(Role::Dim, interval));
    } else {
        spans.push(canvas.span(role, points(share.difference)));
    }
    canvas.row(area, row, &spans);
}

/// Sign, word and role of a change.
const fn change(share: &Compared) -> (&'static str, &'static str, Role) {
    match share.change {
        // That may be chance, as few as there are.
        Change::New if !share.certain => ("▸", "new?", Role::Dim),
        Change::Gone if !share.certain => ("✗", "gone?", Role::Dim),
        Change::New => ("▸", "new", Role::Fresh),
        Change::Gone => ("✗", "gone", Role::Text),
        Change::Up => ("↑", "up", Role::Bad),
        Change::Down => ("↓", "down", Role::Good),
        Change::Same => ("·", "same", Role::Dim),
        Change::Unclear => ("?", "", Role::Dim),
    }
}
