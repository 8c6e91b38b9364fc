//! The way of one message: every line of its queue id, the selected one in full.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::layout::{part, top};
use super::window::Window;
use super::wrap::wrap;
use super::{crumbs, figures, prose, words};
use crate::engine::{Traced, TracedLine};
use crate::model::Outcome;
use crate::text::width;
use crate::ui::hits::{List as Listed, Target};
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;
use crate::ui::traces::{Reached, Trace};

/// Cells of a field's name.
const LABEL: usize = 9;
/// Cells of the program's name at most.
const PROGRAM: usize = 10;
/// Cells of the file's name at most, and the width from which there is room for it.
const FILE: usize = 16;
const WIDE: u16 = 100;
/// Rows of one line at most, where there is room for all in full.
const ROWS: usize = 12;
/// Files that are named of those in which nothing was found.
const NAMED: usize = 4;

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut spans = crumbs::under(canvas, area, state, picture);
    let id = state.traces.top().map_or("", |trace| trace.id.as_str());
    spans.push(canvas.span(Role::Title, format!("trace {id}")));
    // The log is read again, up to its end, whatever moment is looked at.
    let held = picture.head.frozen.map(|held| held.since);
    if let Some(at) = picture.head.back.or(held) {
        spans.push(canvas.span(Role::Warn, format!(" · lines after {} too", at.clock())));
    }
    canvas.row(area, 0, &spans);
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let Some(trace) = state.traces.top() else { return };
    match &trace.reached {
        Reached::Searching(read, size, found) => {
            let share = if *size > 0 { format!(" of {}", bytes(*size)) } else { String::new() };
            let found = figures::plural(*found, "line", "lines");
            let text = [
                (Role::Title, format!("Searching {} for {}.", places(picture), trace.id)),
                (Role::Text, format!("◐ {}{share} read, {found} found so far.", bytes(*read))),
                (Role::Dim, state.keymap.told("{back} gives up.")),
            ];
            said(canvas, area, &text);
        }
        Reached::Failed(why) => {
            let text = [
                (Role::Warn, format!("! {} could not be traced: {why}.", trace.id)),
                (Role::Dim, state.keymap.told("{back} goes back.")),
            ];
            said(canvas, area, &text);
        }
        Reached::Found(traced) if traced.lines.is_empty() => nothing(canvas, area, traced),
        Reached::Found(traced) => found(canvas, area, state.keymap.first("trace-on"), (trace, traced)),
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
    prose::draw(canvas, inner, text);
}

fn nothing(canvas: &mut Canvas<'_>, area: Rect, traced: &Traced) {
    let lines = figures::plural(traced.read(), "line", "lines");
    let files = figures::plural(traced.searched.len() as u64, "source", "sources");
    let mut text = vec![(Role::Title, format!("No line of {} in {lines} of {files}.", traced.id))];
    // What was not searched is worth more than what was, and the hint must stay in sight.
    let (unread, read): (Vec<_>, Vec<_>) = traced.searched.iter().partition(|file| file.problem.is_some());
    for file in unread.iter().take(NAMED) {
        let problem = file.problem.as_deref().unwrap_or_default();
        text.push((Role::Warn, format!("! {}: {problem}", file.name)));
    }
    text.extend(read.iter().take(NAMED).map(|file| (Role::Text, file.name.to_string())));
    let more = unread.len().saturating_sub(NAMED) + read.len().saturating_sub(NAMED);
    if more > 0 {
        text.push((Role::Dim, format!("and {more} more")));
    }
    let hint = format!("Was it logged longer ago? fivefifty trace {} FILE… searches older files.", traced.id);
    text.push((Role::Dim, hint));
    said(canvas, area, &text);
}

fn found(canvas: &mut Canvas<'_>, area: Rect, key: &str, (trace, traced): (&Trace, &Traced)) {
    let line = traced.lines.get(trace.line).or(traced.lines.first());
    let Some(line) = line else { return };
    canvas.hit(area, Target::Pane(Listed::Trace));
    let details = details(canvas, area, key, (traced, line));
    let need = u16::try_from(details.len() + 1).unwrap_or(u16::MAX);
    let inner = heading(canvas, area, trace, traced);
    let room = inner.height - need.min(part(inner.height, 60));
    let list = List::of(trace, traced, Rect { height: room, ..inner });
    // The details stand right under a list that is short.
    let (upper, lower) = top(inner, list.need.min(room));
    list.draw(canvas, upper);
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
    let mut title =
        vec![canvas.span(Role::Title, "Trace"), canvas.span(Role::Text, format!(" · {lines} in {sources}"))];
    if traced.more > 0 {
        title.push(canvas.span(Role::Warn, format!(" · {} more not kept", figures::thousands(traced.more))));
    }
    let unread: Vec<_> = traced.searched.iter().filter(|file| file.problem.is_some()).collect();
    let what = match unread.as_slice() {
        [] => String::new(),
        [one] if area.width >= WIDE => format!(" · ! {} not searched", figures::path(&one.name, 40)),
        some => format!(" · ! {} not searched", some.len()),
    };
    title.push(canvas.span(Role::Warn, what));
    title.push(canvas.span(Role::Text, format!(" · of {read} read")));
    let right = vec![canvas.span(Role::Dim, format!("{}/{}", trace.line + 1, traced.lines.len()))];
    canvas.panel(area, &title, &right, true)
}

/// The lines and how they are laid out.
struct List<'t> {
    trace: &'t Trace,
    traced: &'t Traced,
    /// Cells of the stamp, the file's name and the program's name; 0 where they are left out.
    time: usize,
    file: usize,
    program: usize,
    /// Whether there is room for all lines in full.
    whole: bool,
    /// Rows that it needs.
    need: u16,
}

impl<'t> List<'t> {
    fn of(trace: &'t Trace, traced: &'t Traced, area: Rect) -> Self {
        let lines = &traced.lines;
        let height = usize::from(area.height);
        let window = Window::around(trace.line, lines.len(), height);
        let longest = |name: &dyn Fn(&'t TracedLine) -> &'t str, most: usize| {
            window.of(0, lines).map(|(.., line)| width(name(line))).max().unwrap_or(0).min(most)
        };
        let files = traced.sources() > 1 && area.width >= WIDE;
        let mut list = Self {
            trace,
            traced,
            time: if is_dated(lines) { 14 } else { 8 },
            file: if files { longest(&|line| file(traced, line), FILE) } else { 0 },
            program: longest(&|line| program(line), PROGRAM),
            whole: false,
            need: u16::try_from(lines.len()).unwrap_or(u16::MAX),
        };
        if lines.len() <= height {
            let cells = usize::from(area.width.saturating_sub(list.lead() + 1));
            let rows: usize = lines.iter().map(|line| wrap(&told(line), cells, ROWS).0.len()).sum();
            if rows <= height {
                list.whole = true;
                list.need = u16::try_from(rows).unwrap_or(u16::MAX);
            }
        }
        list
    }

    /// Cells before the text.
    fn lead(&self) -> u16 {
        let named = |cells: usize| if cells > 0 { cells + 1 } else { 0 };
        u16::try_from(2 + self.time + named(self.file) + named(self.program)).unwrap_or(u16::MAX)
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let lines = &self.traced.lines;
        let lead = self.lead();
        let cells = area.width.saturating_sub(lead + 1);
        let first = if self.whole {
            0
        } else {
            Window::around(self.trace.line, lines.len(), usize::from(area.height)).first()
        };
        let mut row = 0;
        for (at, line) in lines.iter().enumerate().skip(first) {
            if row >= area.height {
                break;
            }
            let selected = at == self.trace.line;
            self.head(canvas, area, row, line, selected);
            let text = told(line);
            let (ranges, _) = wrap(&text, usize::from(cells), if self.whole { ROWS } else { 1 });
            let (from, last) = (row, ranges.len().saturating_sub(1));
            let sign = line.attempts.first().map(|attempt| outcome(attempt.outcome));
            for (part, range) in ranges.into_iter().enumerate() {
                let range = if part == last { range.start..text.len() } else { range };
                // The outcome stands before the first blank of what the line tells about it.
                let loud =
                    if part == 0 { sign.map_or(0, |(sign, word, _)| sign.len() + 1 + word.len()) } else { 0 };
                let role = sign.map_or(Role::Text, |(.., role)| role);
                let (loud, rest) = text[range].split_at_checked(loud).unwrap_or_default();
                let spans = [canvas.span(role, loud), canvas.span(Role::Text, rest)];
                canvas.put(area.x + lead, area.y + row, cells, &spans);
                row += 1;
            }
            for line in from..row.min(area.height) {
                canvas.listed(area, line, Listed::Trace, at, selected);
            }
            if selected {
                let tinted = Rect { x: area.x + lead, y: area.y + from, width: cells, height: row - from };
                canvas.tint(tinted, Role::Selected);
            }
        }
    }

    /// The mark, the time, the file and the program of a line.
    fn head(&self, canvas: &mut Canvas<'_>, area: Rect, row: u16, line: &TracedLine, selected: bool) {
        let stamp = line.at.map_or_else(String::new, |moment| match self.time {
            8 => moment.clock(),
            _ => moment.date_clock()[5..].to_owned(),
        });
        let mut spans = vec![
            canvas.span(Role::Accent, if selected { "▸" } else { " " }),
            canvas.span(Role::Dim, format!("{stamp:<time$} ", time = self.time)),
        ];
        for (name, cells, role) in
            [(file(self.traced, line), self.file, Role::Dim), (program(line), self.program, Role::Text)]
        {
            if cells > 0 {
                let name = crate::text::fit(name, cells);
                let pad = cells - width(&name);
                spans.push(canvas.span(role, format!("{name}{:pad$} ", "")));
            }
        }
        canvas.row(area, row, &spans);
    }
}

/// What a line tells, without stamp, program and id; an attempt begins with its outcome.
fn told(line: &TracedLine) -> String {
    let text = line.text.get(line.said..).unwrap_or(&line.text);
    let Some(attempt) = line.attempts.first() else { return text.to_owned() };
    let (sign, word, _) = outcome(attempt.outcome);
    let code = attempt.code.map_or_else(String::new, |code| format!(" {code}"));
    format!("{sign} {word}{code} {text}")
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

/// Sign, word and role of an outcome.
const fn outcome(outcome: Outcome) -> (&'static str, &'static str, Role) {
    let word = words::outcome(outcome);
    match outcome {
        Outcome::Delivered => ("✓", word, Role::Good),
        Outcome::Deferred => ("◐", word, Role::Warn),
        Outcome::Rejected => ("▲", word, Role::Bad),
    }
}

/// The selected line in full, where it stands, what it means, where it leads.
fn details<'p>(
    canvas: &Canvas<'_>,
    area: Rect,
    key: &'p str,
    (traced, line): (&'p Traced, &'p TracedLine),
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
        let why = canvas.span(Role::Text, format!(" · {} · ", named.why));
        field("see also", vec![id, why, canvas.span(Role::Key, key), canvas.span(Role::Dim, " traces it")]);
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
    if line.is_described {
        field("shown", vec![canvas.span(Role::Text, words::DESCRIBED)]);
    }
    let name = traced.searched.get(line.source).map_or("", |file| file.name.as_str());
    let room = usize::from(area.width).saturating_sub(LABEL + 14);
    let place = format!("{}, line {}", figures::path(name, room), figures::thousands(line.line));
    field("in", vec![canvas.span(Role::Text, place)]);
    lines
}
