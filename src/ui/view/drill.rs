//! The heart: the strings left, the diagnosis right, the first five minutes below.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::layout::{part, split, top};
use super::trend::scope_name;
use super::{alarm, checklist, crumbs, figures, sample, tree, verdict, words};
use crate::engine::{Estimated, Incident, Row};
use crate::text::{Clean, share, width};
use crate::ui::picture::Picture;
use crate::ui::screens::Pane;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// From this width on the verdict has a column of its own.
const THREE: u16 = 156;
/// Below this width there is only room for how high its rate was.
const BRIEF: u16 = 36;
/// Cells of how long ago an incident began, where there is room for little else: ` · ▲ 2h05m`.
const AGE: usize = 10;
/// From this width on the verdict stands beside a tree that has the whole screen.
const BESIDE: u16 = 100;
/// Below this width or height one pane is in sight at a time.
const ROOM: (u16, u16) = (72, 16);

/// What the screen is about, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let scope = &state.drill.scope;
    let mut spans = crumbs::under(canvas, area, state, picture);
    let cells = match area.width {
        ..100 => 12,
        100..140 => 24,
        _ => 60,
    };
    spans.push(canvas.span(Role::Title, scope_name(scope, picture, cells)));
    let is_known = scope.incident.is_none() || picture.incident(scope.incident.as_ref()).is_some();
    if picture.head.back.is_some() && !is_known {
        spans.push(canvas.span(Role::Warn, " · no incident yet at this time"));
    }
    let is_filtered = !state.filter.is_empty();
    if let Some(incident) = picture.over(scope) {
        spans.extend(ended(canvas, incident, picture, area.width));
        canvas.row(area, 0, &spans);
        return;
    }
    if let Some(row) = picture.row(scope.provider.as_ref()) {
        let loud = if row.incident.is_some() { Role::Bad } else { Role::Text };
        spans.push(canvas.span(Role::Text, " · "));
        // What is said of one code is that code's, not its provider's.
        let of_code = scope.column.as_ref().and_then(|label| count_of(label, row, picture));
        let (counts, attempts) = (picture.board.about.replies, picture.board.about.attempts);
        let about = Estimated::sign(counts || attempts);
        let said = match of_code {
            Some(count) => {
                format!("{about}{} of attempts", figures::percent(share(count, row.attempts)))
            }
            None => format!("{about}{} rejected", figures::percent(row.rate)),
        };
        // Of a young incident the window shows little, and of one that is put off, not rejected, nothing.
        let incident = picture.incident_of(scope).filter(|_| of_code.is_none());
        let own = incident.filter(|incident| incident.rate > 2.0 * row.rate);
        let said = match own {
            Some(incident) if area.width >= 100 => {
                format!("{} refused since the onset · {said}", figures::percent(incident.rate))
            }
            _ => said,
        };
        // The incident's own figures, beside it in the tree, are over another span.
        let said = match area.width {
            100.. => format!("{said} in {}", picture.window),
            _ if area.width >= 72 || incident.is_some() => {
                format!("{} in {}", said.trim_end_matches(" rejected"), picture.window)
            }
            _ => said,
        };
        let said = match own {
            Some(incident) if area.width < 100 => format!("{} since onset", figures::percent(incident.rate)),
            _ => said,
        };
        spans.push(canvas.span(loud, said));
        let is_told = of_code.is_none() && (!is_filtered || area.width >= 100);
        // Of an incident its own, as in the alarm; else what was before the window.
        let was = match (incident, row.baseline) {
            (Some(incident), _) => alarm::was(incident, picture),
            (None, Some(baseline)) if area.width >= 100 => {
                format!(", {} before that", figures::percent(baseline))
            }
            (None, Some(baseline)) => format!(", was {}", figures::percent(baseline)),
            (None, None) => String::new(),
        };
        // Half a figure is worse than none.
        let age = if incident.is_some() && area.width < 72 { AGE } else { 0 };
        let has_room = width_of(&spans) + width(&was) + age <= usize::from(area.width);
        if is_told && !was.is_empty() && has_room {
            spans.push(canvas.span(Role::Text, was));
        }
        if area.width >= 100 {
            let counts = format!(
                " · {}{} of {}{}",
                Estimated::sign(counts),
                figures::thousands(of_code.unwrap_or(row.rejected)),
                Estimated::sign(attempts),
                figures::thousands(row.attempts)
            );
            spans.push(canvas.span(Role::Text, counts));
        }
    }
    if let Some(incident) = picture.incident_of(scope) {
        let gap = if area.width >= 100 { " " } else { "" };
        spans.push(canvas.span(Role::Text, " · "));
        spans.push(canvas.span(Role::Bad, "▲"));
        spans.push(Span::raw(" "));
        if area.width >= 100 {
            spans.push(canvas.span(Role::Bad, words::category(incident.category)));
        }
        let since = format!("{gap}{}", alarm::since(incident, picture));
        // Where there is no room for all of it, how long ago is worth more than since when.
        let room = usize::from(area.width).saturating_sub(width_of(&spans));
        let age = format!("{gap}{}", figures::ago(incident.onset, picture.now));
        let is_brief = width(&since) > room && !alarm::is_perhaps_older(incident, picture);
        spans.push(canvas.span(Role::Text, if is_brief { age } else { since }));
    }
    canvas.row(area, 0, &spans);
}

/// What an incident that is over was: its own figures, since its window has gone by.
fn ended(canvas: &Canvas<'_>, incident: &Incident, picture: &Picture, cells: u16) -> Vec<Span<'static>> {
    let (rate, was) = (figures::percent(incident.rate), alarm::was(incident, picture));
    let refused = if cells < BRIEF { String::new() } else { format!(" refused{was}") };
    let mut text = format!(" · {rate}{refused}");
    if cells >= 100 {
        let (rejected, attempts) =
            (figures::thousands(incident.rejected), figures::thousands(incident.attempts));
        text.push_str(&format!(" · {rejected} of {attempts} · {}", words::category(incident.category)));
    }
    if let Some(until) = incident.until.filter(|_| cells >= BRIEF) {
        text.push_str(&format!(" · {}–{}", incident.onset.clock(), until.clock()));
    }
    vec![
        Span::raw(" · "),
        canvas.span(Role::Good, "●"),
        canvas.span(Role::Title, " over"),
        canvas.span(Role::Text, text),
    ]
}

/// What a row counts of one code.
fn count_of(label: &Clean, row: &Row, picture: &Picture) -> Option<u64> {
    let at = picture.board.columns.iter().position(|column| column.label == *label)?;
    row.cells.get(at).copied()
}

pub(super) fn draw(canvas: &mut Canvas<'_>, body: Rect, state: &State, picture: &Picture) {
    let pane = state.drill.pane;
    if is_alone(body, state) {
        return match pane {
            Pane::Sample if is_one_string(body, state) => sample::draw_one(canvas, body, state, picture),
            Pane::Sample => sample::draw_zoomed(canvas, body, state, picture),
            Pane::Tree => diagnosis_alone(canvas, body, state, picture),
            Pane::Checklist => checklist::draw(canvas, body, state, picture),
        };
    }
    let steps = u16::try_from(picture.diagnosis.checklist.len().max(1)).unwrap_or(u16::MAX);
    let low = steps.saturating_add(1).min(part(body.height, 26)).max(3);
    let (above, below) = top(body, body.height - low);
    if body.width >= THREE {
        let (left, first, rest) = split(above, part(body.width, 38));
        let (middle, second, right) = split(rest, part(rest.width, 54));
        sample::draw(canvas, left, state, picture);
        tree::draw(canvas, middle, state, picture);
        verdict::draw(canvas, right, state, picture);
        canvas.fence(first, above);
        canvas.fence(second, above);
    } else {
        let (left, x, right) = split(above, part(body.width, 50));
        sample::draw(canvas, left, state, picture);
        diagnosis(canvas, right, state, picture);
        canvas.fence(x, above);
    }
    checklist::draw(canvas, below, state, picture);
}

/// The tree, and under it the verdict: each gets what it needs, the verdict at most a little more
/// than half.
fn diagnosis(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let need = verdict::rows(area, picture).saturating_add(1);
    let (upper, lower) = top(area, area.height - need.min(part(area.height, 56)));
    tree::draw(canvas, upper, state, picture);
    verdict::draw(canvas, lower, state, picture);
}

/// Whether one pane has all the room.
const fn is_alone(body: Rect, state: &State) -> bool {
    state.drill.zoomed || body.width < ROOM.0 || body.height < ROOM.1
}

/// Whether the sample shows nothing but the selected string: zoomed where there is little room.
const fn is_one_string(body: Rect, state: &State) -> bool {
    state.drill.zoomed && (body.width < ROOM.0 || body.height < ROOM.1)
}

/// Whether tree and verdict are one text: where the verdict has no room beside the tree, or not for all of
/// it.
fn is_one_text(body: Rect, picture: &Picture) -> bool {
    let (_, _, right) = split(body, part(body.width, 54));
    body.width < BESIDE || verdict::rows(right, picture) >= body.height
}

/// Rows of the text of the pane that has the keys beyond what its cursor shows: those of one string, or
/// what the verdict says below the tree.
pub(super) fn beyond(body: Rect, state: &State, picture: &Picture) -> usize {
    match state.drill.pane {
        Pane::Sample if is_one_string(body, state) => sample::beyond(body, state, picture),
        Pane::Tree if is_alone(body, state) && is_one_text(body, picture) => {
            tree::beyond(body, state, picture)
        }
        Pane::Sample | Pane::Tree | Pane::Checklist => 0,
    }
}

/// The same with the whole screen to itself.
fn diagnosis_alone(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    if is_one_text(area, picture) {
        return tree::draw_told(canvas, area, state, picture);
    }
    let (left, x, right) = split(area, part(area.width, 54));
    tree::draw(canvas, left, state, picture);
    verdict::draw(canvas, right, state, picture);
    canvas.fence(x, area);
}
