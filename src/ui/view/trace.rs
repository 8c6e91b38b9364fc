//! The way of one message: every line of its queue id, the selected one in full.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, scroll};
use super::layout::{part, top};
use super::trend::scope_name;
use super::wrap::wrap;
use super::{figures, words};
use crate::engine::{Traced, TracedLine};
use crate::model::Outcome;
use crate::text::width;
use crate::ui::picture::Picture;
use crate::ui::state::{Reached, Screen, State, Trace};
use crate::ui::theme::Role;

/// Cells of a field's name.
const LABEL: usize = 9;
/// Cells of the program's name at most.
const PROGRAM: usize = 10;
/// Cells of the file's name at most, and the width from which there is room for it.
const FILE: usize = 16;
const WIDE: u16 = 100;
/// Below this width the words "overview ›" go.
const NARROW: u16 = 72;

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut spans = vec![Span::raw(" ")];
    if area.width >= NARROW {
        spans.push(canvas.span(Role::Dim, "overview › "));
        if state.base() == Screen::Drill {
            let name = scope_name(&state.drill.scope, picture, 24);
            spans.push(canvas.span(Role::Dim, format!("{name} › ")));
        }
    }
    let id = state.trace().map_or("", |trace| trace.id.as_str());
    spans.push(canvas.span(Role::Title, format!("trace {id}")));
    canvas.row(area, 0, &spans);
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let Some(trace) = state.trace() else { return };
    match &trace.reached {
        Reached::Searching(read, size, found) => {
            let share = if *size > 0 { format!(" of {}", bytes(*size)) } else { String::new() };
            let found = figures::plural(*found, "line", "lines");
            let text = [
                (Role::Title, format!("Searching {} for {}.", places(picture), trace.id)),
                (Role::Text, format!("◐ {}{share} read, {found} found so far.", bytes(*read))),
                (Role::Dim, "Esc gives up.".to_owned()),
            ];
            said(canvas, area, &text);
        }
        Reached::Failed(why) => {
            let text = [
                (Role::Warn, format!("! {} could not be traced: {why}.", trace.id)),
                (Role::Dim, "Esc goes back.".to_owned()),
            ];
            said(canvas, area, &text);
        }
        Reached::Found(traced) if traced.lines.is_empty() => nothing(canvas, area, traced),
        Reached::Found(traced) => found(canvas, area, trace, traced),
    }
}

/// What is searched.
fn places(picture: &Picture) -> String {
    match picture.head.sources.as_slice() {
        [one] => one.name.to_string(),
        many => figures::plural(many.len() as u64, "source", "sources"),
    }
}

/// `340 MB`, `1.23 GB`.
fn bytes(count: u64) -> String {
    match count as f64 {
        small if small < 1e6 => format!("{:.0} kB", small / 1e3),
        some if some < 1e9 => format!("{:.0} MB", some / 1e6),
        many => format!("{:.2} GB", many / 1e9),
    }
}

/// A heading and sentences.
fn said(canvas: &mut Canvas<'_>, area: Rect, text: &[(Role, String)]) {
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "Trace")], &[], true);
    let mut row = 1;
    for (role, text) in text {
        let (lines, _) = wrap(text, usize::from(inner.width.saturating_sub(4)), 4);
        for line in lines {
            canvas.row(inner, row, &[Span::raw("  "), canvas.span(*role, &text[line])]);
            row += 1;
        }
    }
}

fn nothing(canvas: &mut Canvas<'_>, area: Rect, traced: &Traced) {
    let lines = figures::plural(traced.read(), "line", "lines");
    let files = figures::plural(traced.searched.len() as u64, "source", "sources");
    let mut text = vec![(Role::Title, format!("No line of {} in {lines} of {files}.", traced.id))];
    for file in &traced.searched {
        match &file.problem {
            Some(problem) => text.push((Role::Warn, format!("! {}: {problem}", file.name))),
            None => text.push((Role::Text, file.name.to_string())),
        }
    }
    let hint = format!("Was it logged longer ago? fivefifty trace {} FILE… searches older files.", traced.id);
    text.push((Role::Dim, hint));
    said(canvas, area, &text);
}

fn found(canvas: &mut Canvas<'_>, area: Rect, trace: &Trace, traced: &Traced) {
    let line = traced.lines.get(trace.line).or(traced.lines.first());
    let Some(line) = line else { return };
    let details = details(canvas, area, traced, line);
    let need = u16::try_from(details.len() + 1).unwrap_or(u16::MAX);
    let inner = heading(canvas, area, trace, traced);
    // The details stand right under a list that is short.
    let all = u16::try_from(traced.lines.len()).unwrap_or(u16::MAX);
    let (upper, lower) = top(inner, all.min(inner.height - need.min(part(inner.height, 60))));
    list(canvas, upper, trace, traced);
    let rule = "┄".repeat(usize::from(lower.width));
    canvas.row(lower, 0, &[canvas.span(Role::Rule, rule)]);
    for (row, line) in (1..lower.height).zip(&details) {
        canvas.row(lower, row, line);
    }
    let hidden = details.len().saturating_sub(usize::from(lower.height.saturating_sub(1)));
    if hidden > 0 {
        canvas.put_right(lower, 0, &[canvas.span(Role::Dim, format!(" +{hidden} "))]);
    }
}

fn heading(canvas: &mut Canvas<'_>, area: Rect, trace: &Trace, traced: &Traced) -> Rect {
    let lines = figures::plural(traced.lines.len() as u64, "line", "lines");
    let sources = figures::plural(traced.sources() as u64, "source", "sources");
    let read = figures::count(traced.read(), 9);
    let mut title = vec![
        canvas.span(Role::Title, "Trace"),
        canvas.span(Role::Text, format!(" · {lines} in {sources} · of {read} read")),
    ];
    if traced.more > 0 {
        title.push(canvas.span(Role::Warn, format!(" · {} more not kept", figures::thousands(traced.more))));
    }
    let unread = traced.searched.iter().filter(|file| file.problem.is_some()).count();
    if unread > 0 {
        title.push(canvas.span(Role::Warn, format!(" · ! {unread} not searched")));
    }
    let right = vec![canvas.span(Role::Dim, format!("{}/{}", trace.line + 1, traced.lines.len()))];
    canvas.panel(area, &title, &right, true)
}

fn list(canvas: &mut Canvas<'_>, area: Rect, trace: &Trace, traced: &Traced) {
    let lines = &traced.lines;
    let height = usize::from(area.height);
    let first = scroll(trace.line, lines.len(), height);
    let shown = || lines.iter().enumerate().skip(first).take(height);
    let dated = is_dated(lines);
    let time = if dated { 14 } else { 8 };
    let program_cells = shown().map(|(_, line)| width(program(line))).max().unwrap_or(0).min(PROGRAM);
    let files = traced.sources() > 1 && area.width >= WIDE;
    let file_cells = shown().map(|(_, line)| width(file(traced, line))).max().unwrap_or(0).min(FILE);
    for (row, (at, line)) in (0..).zip(shown()) {
        let selected = at == trace.line;
        let stamp = line.at.map_or_else(String::new, |moment| {
            if dated { moment.date_clock()[5..].to_owned() } else { moment.clock() }
        });
        let mut lead = vec![
            canvas.span(Role::Accent, if selected { "▸" } else { " " }),
            canvas.span(Role::Dim, format!("{stamp:<time$} ")),
        ];
        if files {
            let name = crate::text::fit(file(traced, line), file_cells);
            let pad = file_cells - width(&name);
            lead.push(canvas.span(Role::Dim, format!("{name}{:pad$} ", "")));
        }
        if program_cells > 0 {
            let name = crate::text::fit(program(line), program_cells);
            let pad = program_cells - width(&name);
            lead.push(canvas.span(Role::Text, format!("{name}{:pad$} ", "")));
        }
        let used = canvas.row(area, row, &lead);
        let mut text = Vec::new();
        if let Some(attempt) = line.attempts.first() {
            let (sign, role) = outcome(attempt.outcome);
            let code = attempt.code.map_or_else(String::new, |code| format!(" {code}"));
            let words = format!("{sign} {}{code} ", words::outcome(attempt.outcome));
            text.push(canvas.span(role, words));
        }
        text.push(canvas.span(Role::Text, line.text.get(line.said..).unwrap_or(&line.text)));
        let cells = area.width.saturating_sub(used + 1);
        canvas.put(area.x + used, area.y + row, cells, &text);
        if selected {
            let tinted = Rect { x: area.x + used, y: area.y + row, width: cells, height: 1 };
            canvas.tint(tinted, Role::Selected);
        }
    }
}

/// Whether the lines are of several days.
fn is_dated(lines: &[TracedLine]) -> bool {
    let mut days = lines.iter().filter_map(|line| line.at).map(|at| at.seconds().div_euclid(86_400));
    let first = days.next();
    days.any(|day| Some(day) != first)
}

/// The program that wrote the line, as far as the line says it before the id: `smtp` of
/// `postfix/smtp[2]:`.
fn program(line: &TracedLine) -> &str {
    let head = line.text.get(..line.said).unwrap_or_default();
    let tag = head.split(' ').find(|word| word.ends_with("]:")).unwrap_or_default();
    let name = tag.split_once('[').map_or("", |(name, _)| name);
    name.rsplit('/').next().unwrap_or_default()
}

/// The file's name without its folders.
fn file<'t>(traced: &'t Traced, line: &TracedLine) -> &'t str {
    let name = traced.searched.get(line.source).map_or("", |file| file.name.as_str());
    name.rsplit('/').next().unwrap_or_default()
}

const fn outcome(outcome: Outcome) -> (&'static str, Role) {
    match outcome {
        Outcome::Delivered => ("✓", Role::Good),
        Outcome::Deferred => ("◐", Role::Warn),
        Outcome::Rejected => ("▲", Role::Bad),
    }
}

/// The selected line in full, where it stands, what it means, where it leads.
fn details<'p>(
    canvas: &Canvas<'_>,
    area: Rect,
    traced: &'p Traced,
    line: &'p TracedLine,
) -> Vec<Vec<Span<'p>>> {
    let rows = usize::from(part(area.height, 40).max(2));
    let (ranges, cut) = wrap(&line.text, usize::from(area.width.saturating_sub(2)), rows);
    let last = ranges.len().saturating_sub(1);
    let mut lines: Vec<Vec<Span<'p>>> = Vec::new();
    for (at, range) in ranges.iter().enumerate() {
        let range = if at == last && cut { range.start..line.text.len() } else { range.clone() };
        lines.push(vec![Span::raw(" "), canvas.span(Role::Text, &line.text[range])]);
    }
    let mut field = |label: &'static str, value: Vec<Span<'p>>| {
        let mut spans = vec![canvas.span(Role::Dim, format!(" {label:<LABEL$}"))];
        spans.extend(value);
        lines.push(spans);
    };
    for named in &line.names {
        let id = canvas.span(Role::Title, named.id.as_str());
        let why = canvas.span(Role::Text, format!(" · {} ", named.why));
        field("see also", vec![id, why, canvas.span(Role::Key, "t"), canvas.span(Role::Dim, " traces it")]);
    }
    if let Some(attempt) = line.attempts.first() {
        if let Some(verdict) = &attempt.verdict {
            let meant = canvas.span(Role::Title, words::category(verdict.category));
            let action = canvas.span(Role::Text, format!(" · {}", words::action(verdict.action)));
            field("means", vec![meant, action]);
        }
        let more = line.attempts.len() - 1;
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        field("to", vec![canvas.span(Role::Text, format!("{}{more}", attempt.recipient))]);
    }
    let name = traced.searched.get(line.source).map_or("", |file| file.name.as_str());
    let room = usize::from(area.width).saturating_sub(LABEL + 14);
    let place = format!("{}, line {}", figures::path(name, room), figures::thousands(line.line));
    field("in", vec![canvas.span(Role::Text, place)]);
    lines
}
