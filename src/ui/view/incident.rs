//! One incident: how it goes, what changed, what happened; and the others.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::layout::{part, split, top};
use super::{alarm, changed, crumbs, figures, incidents, says, timeline, trend, words};
use crate::engine::Incident;
use crate::text::Clean;
use crate::ui::picture::Picture;
use crate::ui::screens::Part;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Below this width or height one pane is in sight at a time.
const ROOM: (u16, u16) = (72, 16);
/// Below this width the line that says where we are is brief.
const BRIEF: u16 = 40;
/// From this height on there is room for what they say.
const TALL: u16 = 44;
/// From this width on all four panes are in sight.
const WIDE: u16 = 110;

/// Cells of the left column.
const fn left(cells: u16) -> u16 {
    cells - cells * 38 / 100 - 1
}

/// Slots of the chart on a screen of this width: one per column.
pub(super) fn slots(cells: u16) -> usize {
    let chart = cells.saturating_sub(left(cells.max(3)) + 1);
    trend::slots(Rect::new(0, 0, chart, 1))
}

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut spans = crumbs::under(canvas, area, state, picture);
    match state.shown(&picture.incidents) {
        Some(incident) => {
            let cells = usize::from(area.width / 3);
            // Where the line is short, its sign says what it is.
            let what = if area.width < BRIEF && incident.until.is_none() { "" } else { "incident " };
            let role = if incident.until.is_none() { Role::Bad } else { Role::Title };
            let sign = if incident.until.is_none() { "▲ " } else { "" };
            spans.push(canvas.span(role, format!("{sign}{what}")));
            spans.push(canvas.span(Role::Title, figures::name(&incident.name, cells).to_owned()));
            spans.push(canvas.span(Role::Text, format!(" · {}", words::category(incident.category))));
        }
        None => spans.push(canvas.span(Role::Title, "incidents")),
    }
    if !state.filter.is_empty() {
        spans.push(canvas.span(Role::Dim, " · the filter counts in What changed alone"));
    }
    canvas.row(area, 0, &spans);
}

pub(super) fn draw(canvas: &mut Canvas<'_>, body: Rect, state: &State, picture: &Picture) {
    let Some(incident) = state.shown(&picture.incidents) else {
        return incidents::none(canvas, body, picture);
    };
    let facts = flow(facts(canvas, incident, state, picture), usize::from(body.width.saturating_sub(2)));
    let most = if body.height < ROOM.1 { 1 } else { 4 };
    let need = u16::try_from(facts.len()).unwrap_or(u16::MAX).min(most);
    let (head, rest) = top(body, need);
    for (row, line) in (0..need).zip(&facts) {
        canvas.row(head, row, line);
    }
    let at = state.dossier.part;
    if body.width < ROOM.0 || body.height < ROOM.1 {
        return match at {
            Part::Changed => changed::draw(canvas, rest, state, picture),
            Part::Timeline => timeline::draw(canvas, rest, state, picture),
            Part::Incidents => incidents::draw(canvas, rest, state, picture),
        };
    }
    let chart = |canvas: &mut Canvas<'_>, area: Rect| trend::of_incident(canvas, area, incident, picture);
    if body.width >= WIDE {
        // Where there is room for it, what they say stands below all of it.
        let said = says::rows(rest, &picture.signatures).saturating_add(1);
        let said = if rest.height >= TALL { said.min(part(rest.height, 45)) } else { 0 };
        let (rest, below) = top(rest, rest.height - said);
        if said > 0 {
            says::draw(canvas, below, state, picture);
        }
        let (column, x, right) = split(rest, left(rest.width));
        let (above, below) = top(column, changed::rows(column, picture).min(part(rest.height, 60)));
        let (upper, lower) = top(right, part(right.height, 50).min(20));
        changed::draw(canvas, above, state, picture);
        timeline::draw(canvas, below, state, picture);
        chart(canvas, upper);
        incidents::draw(canvas, lower, state, picture);
        canvas.fence(x, rest);
        return;
    }
    let (above, below) = top(rest, changed::rows(rest, picture).min(part(rest.height, 52)));
    changed::draw(canvas, above, state, picture);
    let (column, x, right) = split(below, left(below.width));
    timeline::draw(canvas, column, state, picture);
    // There is no room for all four: the others take the chart's place while they have the keys.
    if at == Part::Incidents {
        incidents::draw(canvas, right, state, picture);
    } else {
        chart(canvas, right);
    }
    canvas.fence(x, below);
}

/// What there is to say of it, the most urgent first.
fn facts(
    canvas: &Canvas<'_>,
    incident: &Incident,
    state: &State,
    picture: &Picture,
) -> Vec<Vec<Span<'static>>> {
    let wide = state.size.0 >= 56;
    let (sign, word, role) = words::course(incident.course);
    let text = |text: String| vec![canvas.span(Role::Text, text)];
    let loud = if incident.until.is_none() { Role::Bad } else { Role::Title };
    let mut parts = vec![vec![canvas.span(role, format!("{sign} {word}"))]];
    let was = alarm::was(incident, picture);
    let mut rate = vec![
        canvas.span(loud, figures::percent(incident.rate)),
        canvas.span(Role::Text, format!("{}{was}", if wide { " refused" } else { "" })),
    ];
    let times = incident.baseline.filter(|before| wide && !was.is_empty() && *before > 0.0);
    if let Some(times) = times.map(|before| incident.rate / before).filter(|times| *times >= 2.0) {
        rate.push(canvas.span(Role::Text, format!(" (×{:.0})", times.min(999.0))));
    }
    if wide && incident.baseline.is_none() {
        rate.push(canvas.span(Role::Dim, ", no history before it"));
    }
    parts.push(rate);
    let counts = format!(
        "{} of {}",
        figures::thousands(incident.rejected),
        figures::plural(incident.attempts, "attempt", "attempts")
    );
    parts.push(text(counts));
    match incident.until {
        Some(until) => {
            let lasted = figures::age(until.since(incident.onset));
            parts.push(text(format!(
                "{} to {}, {lasted}",
                incident.onset.date_clock().get(5..).unwrap_or_default(),
                until.clock_zone()
            )));
        }
        None => parts.push(text(alarm::since(incident, picture))),
    }
    let peak = incident.peak;
    // No worst minute is better than the whole: one that seems so was counted otherwise.
    if peak.rate > 0.0 && peak.rate >= incident.rate {
        parts.push(text(format!("worst minute {}, from {}", figures::percent(peak.rate), peak.at.clock())));
    }
    let only = [("from", &incident.source), ("campaign", &incident.campaign), ("list", &picture.list)];
    for (word, value) in only {
        if let Some(value) = value {
            parts.push(text(format!("{word} {value}")));
        }
    }
    if incident.provider.is_none() && !incident.providers.is_empty() {
        let named: Vec<&str> = picture.struck.iter().map(Clean::as_str).collect();
        let more = incident.providers.len().saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        parts.push(text(format!("at {}{more}", named.join(", "))));
    }
    parts
}

/// Lays parts out over as many lines as they need, none of them cut in two.
fn flow(parts: Vec<Vec<Span<'static>>>, cells: usize) -> Vec<Vec<Span<'static>>> {
    let mut lines: Vec<Vec<Span<'static>>> = Vec::new();
    let mut used = 0;
    for part in parts {
        let need = width_of(&part);
        match lines.last_mut() {
            Some(line) if used + 3 + need <= cells => {
                line.push(Span::raw(" · "));
                line.extend(part);
                used += 3 + need;
            }
            _ => {
                let mut line = vec![Span::raw(" ")];
                line.extend(part);
                lines.push(line);
                used = 1 + need;
            }
        }
    }
    lines
}
