//! What is read: files and streams, of what kind they are and what in them puzzled; then the MTA
//! hosts and our side of the connections, with their rates.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::layout::{part, split, top};
use super::window::Window;
use super::wrap::wrap;
use super::{crumbs, figures};
use crate::engine::{Mode, SourceView, Tally};
use crate::text::{Clean, fit, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Table;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Below this width the line that says where we are is brief; the sign before it is enough.
const BRIEF: u16 = 36;
/// Below this width or height one table is in sight at a time.
const ROOM: (u16, u16) = (72, 16);

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let strange = picture.head.sources.iter().filter(|source| source.is_strange()).count();
    let mut spans = crumbs::under(canvas, area, state, picture);
    spans.push(canvas.span(Role::Title, "sources"));
    let unread = picture.head.sources.iter().filter(|source| source.trouble).count();
    let narrow = area.width < ROOM.0;
    // Where there is little room, how much was read stands in the table alone.
    if strange + unread == 0 || !narrow {
        let lines = format!(" · {}", figures::plural(picture.head.lines.read, "line", "lines"));
        spans.push(canvas.span(Role::Text, lines));
    }
    if strange > 0 {
        let what = match area.width {
            ..BRIEF => format!(" · {strange} unknown"),
            _ if narrow => format!(" · ! {strange} not known"),
            _ => format!(" · ! {strange} of no known kind"),
        };
        spans.push(canvas.span(Role::Warn, what));
    }
    if unread > 0 {
        let what = match area.width {
            ..BRIEF if strange > 0 => format!(", {unread} unread"),
            ..BRIEF => format!(" · {unread} unread"),
            _ => format!(" · ! {unread} not read"),
        };
        spans.push(canvas.span(Role::Warn, what));
    }
    canvas.row(area, 0, &spans);
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let at = &state.tables;
    let sources = &picture.head.sources;
    let hosts = Counted {
        title: "MTA hosts",
        list: List::Hosts,
        rows: &picture.tables.hosts,
        at: at.host,
        empty: "no host",
    };
    let ours = Counted {
        title: "Our IPs and pools",
        list: List::Ours,
        rows: &picture.tables.ours,
        at: at.ours,
        empty: "no source",
    };
    if area.width < ROOM.0 || area.height < ROOM.1 {
        return match at.table {
            Table::Files => {
                let need = u16::try_from(sources.len() + 2).unwrap_or(u16::MAX);
                let (list, below) = top(area, need.min(part(area.height, 55)));
                files(canvas, list, state, sources);
                detail(canvas, below, picture, sources.get(at.file));
            }
            Table::Hosts => hosts.draw(canvas, area, true),
            Table::Ours => ours.draw(canvas, area, true),
        };
    }
    let need = u16::try_from(sources.len() + 2).unwrap_or(u16::MAX);
    let (list, rest) = top(area, need.min(part(area.height, 45)));
    let rows = u16::try_from(detail_lines(canvas, area.width, picture, sources.get(at.file)).len() + 1);
    let (middle, below) = top(rest, rows.unwrap_or(u16::MAX).min(part(rest.height, 55)));
    files(canvas, list, state, sources);
    detail(canvas, middle, picture, sources.get(at.file));
    let (left, x, right) = split(below, part(below.width, 50));
    hosts.draw(canvas, left, at.table == Table::Hosts);
    ours.draw(canvas, right, at.table == Table::Ours);
    canvas.fence(x, below);
}

/// The cells of the columns of the files' table.
#[derive(Copy, Clone)]
struct Frame {
    name: usize,
    kind: usize,
    lines: usize,
    speed: usize,
    unread: usize,
    lost: usize,
}

impl Frame {
    /// The name gets what it needs, where the state still has room.
    fn of(cells: u16, longest: usize) -> Self {
        let cells = usize::from(cells);
        let (kind, lines, speed, unread, lost, state) = match cells {
            ..48 => (0, 9, 0, 0, 0, 10),
            48..60 => (9, 8, 0, 0, 0, 10),
            60..78 => (11, 9, 0, 7, 0, 15),
            78..110 => (13, 10, 0, 7, 6, 16),
            110..160 => (18, 13, 9, 9, 8, 20),
            _ => (24, 15, 11, 11, 11, 44),
        };
        let fixed = 4 + kind + lines + speed + unread + lost + state;
        Self { name: longest.clamp(8, cells.saturating_sub(fixed).max(8)), kind, lines, speed, unread, lost }
    }
}

fn files(canvas: &mut Canvas<'_>, area: Rect, state: &State, sources: &[SourceView]) {
    let focus = state.tables.table == Table::Files;
    let height = usize::from(area.height.saturating_sub(2));
    let window = Window::around(state.tables.file, sources.len(), height);
    let title = [
        canvas.span(Role::Title, "Files and streams"),
        canvas.span(Role::Text, format!(" · {}", sources.len())),
    ];
    let right = window.heading(canvas);
    canvas.hit(area, Target::Pane(List::Files));
    let inner = canvas.panel(area, &title, &right, focus);
    let longest = sources.iter().map(|source| width(&source.name)).max().unwrap_or(0);
    let frame = Frame::of(area.width, longest + 1);
    let head =
        [("LINES", frame.lines), ("LINES/s", frame.speed), ("UNREAD", frame.unread), ("LOST", frame.lost)];
    let (name, kind) = (frame.name, frame.kind);
    let mut line = format!("    {:<name$}{:<kind$}", "FILE", if kind > 0 { "KIND" } else { "" });
    head.iter().filter(|(_, cells)| *cells > 0).for_each(|(word, cells)| {
        line.push_str(&format!("{word:>cells$}"));
    });
    line.push_str("  STATE");
    canvas.row(inner, 0, &[canvas.span(Role::Dim, line)]);
    for (row, at, source) in window.of(1, sources) {
        let picked = at == state.tables.file;
        let (sign, role) = sign(source);
        let mut spans = vec![
            canvas.span(Role::Accent, if picked { " ▸" } else { "  " }),
            canvas.span(role, format!("{sign} ")),
        ];
        let text = shown(&source.name, frame.name - 1);
        spans.push(canvas.span(if picked { Role::Title } else { Role::Text }, padded(&text, frame.name)));
        let kind = if source.is_strange() { Role::Warn } else { Role::Text };
        if frame.kind > 0 {
            let cells = frame.kind - 1;
            spans.push(canvas.span(kind, padded(&fit(&kinds(source, cells), cells), frame.kind)));
        }
        let warn = |count: u64| if count > 0 { Role::Warn } else { Role::Dim };
        let speed = figures::short(source.lines_per_second.max(0.0));
        for (text, cells, role) in [
            (figures::count(source.lines, frame.lines - 1), frame.lines, Role::Text),
            (speed, frame.speed, Role::Text),
            (
                figures::count(source.unparsed, frame.unread.saturating_sub(1)),
                frame.unread,
                warn(source.unparsed),
            ),
            (figures::count(source.lost, frame.lost.saturating_sub(1)), frame.lost, warn(source.lost)),
        ] {
            if cells > 0 {
                spans.push(canvas.span(role, format!("{text:>cells$}")));
            }
        }
        let state = if source.trouble { Role::Warn } else { Role::Dim };
        spans.push(canvas.span(state, format!("  {}", brief(source, usize::from(area.width)))));
        canvas.row(inner, row, &spans);
        if picked && focus {
            let cells = u16::try_from(frame.name + frame.kind).unwrap_or(inner.width);
            let tinted = Rect { x: inner.x + 4, y: inner.y + row, width: cells, height: 1 };
            canvas.tint(tinted.intersection(inner), Role::Selected);
        }
    }
}

/// The state of a source; where there is little room, in a word or two: below it stands in full.
fn brief(source: &SourceView, cells: usize) -> String {
    let state = source.state.as_str();
    let share = || state.split(' ').find(|word| word.ends_with('%') || word.parse::<u8>().is_ok());
    match state {
        _ if cells >= 60 => state.to_owned(),
        _ if source.trouble => "not read".to_owned(),
        _ if state.starts_with("reading") => {
            share().map_or("reading".to_owned(), |share| format!("at {} %", share.trim_end_matches('%')))
        }
        _ => state.split([' ', ',', '·']).next().unwrap_or_default().to_owned(),
    }
}

/// The name of a source; where there is little room, without how many files it has.
fn shown(name: &str, cells: usize) -> String {
    let path = name.rsplit_once(" (").filter(|(_, files)| width(name) > cells && files.ends_with(')'));
    figures::path(path.map_or(name, |(path, _)| path), cells)
}

/// How a source stands: in order, being read, not understood, in trouble.
pub(super) fn sign(source: &SourceView) -> (&'static str, Role) {
    let state = source.state.as_str();
    match state {
        _ if source.trouble => ("!", Role::Warn),
        _ if source.is_strange() => ("!", Role::Warn),
        _ if state.starts_with("reading") || state.starts_with("opening") => ("◐", Role::Warn),
        _ => ("●", Role::Good),
    }
}

fn kinds(source: &SourceView, cells: usize) -> String {
    let kinds: Vec<&str> = source.dialects.iter().map(|kind| kind.as_str()).collect();
    match kinds.as_slice() {
        [] if source.is_strange() && cells < 9 => "unknown".to_owned(),
        [] if source.is_strange() => "not known".to_owned(),
        [] => "–".to_owned(),
        kinds => kinds.join("+"),
    }
}

fn detail(canvas: &mut Canvas<'_>, area: Rect, picture: &Picture, source: Option<&SourceView>) {
    let name = source.map_or("", |source| source.name.as_str());
    let room = usize::from(area.width.saturating_sub(8));
    let inner = canvas.panel(area, &[canvas.span(Role::Text, figures::path(name, room))], &[], false);
    let lines = detail_lines(canvas, area.width, picture, source);
    let hidden = lines.len().saturating_sub(usize::from(inner.height));
    for (row, line) in (0..).zip(lines) {
        canvas.row(inner, row, &[line]);
    }
    if hidden > 0 {
        canvas.note(inner, &format!("+{hidden} more"));
    }
}

/// From so many cells on how a source goes comes first.
const ROOMY: usize = 70;
/// Fewer lines per second are none.
const QUIET: f64 = 0.05;

/// How a source goes: how far behind it is, how fast lines come, what became of them.
fn course(source: &SourceView, picture: &Picture) -> String {
    let head = &picture.head;
    let is_live = head.mode == Mode::Live && head.playing.is_none();
    let is_quiet = head.lines_per_second.min(source.lines_per_second) < QUIET;
    let mut parts = Vec::new();
    if let Some(newest) = source.newest {
        let clock = newest.clock();
        let lag = head.now.since(newest).max(0);
        parts.push(match lag {
            // Where nothing is written, nothing is late, and a count of seconds would be drawn each second.
            _ if !is_live || is_quiet => format!("newest {clock}"),
            ..60_000 => format!("lag {}s, newest {clock}", lag / 1_000),
            _ => format!("lag {}, newest {clock}", figures::age(lag)),
        });
    }
    if is_live {
        parts.push(format!("{} lines/s", figures::short(source.lines_per_second.max(0.0))));
        parts.push(match source.rotations {
            0 => "not rotated".to_owned(),
            1 => "rotated once".to_owned(),
            2 => "rotated twice".to_owned(),
            times => format!("rotated {} times", figures::thousands(times)),
        });
    }
    parts.push(format!("{} unread", figures::thousands(source.unparsed)));
    parts.push(format!("{} lost", figures::thousands(source.lost)));
    parts.join(" · ")
}

/// What there is to say about one source: its state in full, the lines that puzzled.
fn detail_lines(
    canvas: &Canvas<'_>,
    cells: u16,
    picture: &Picture,
    source: Option<&SourceView>,
) -> Vec<Span<'static>> {
    let Some(source) = source else { return Vec::new() };
    let cells = usize::from(cells.saturating_sub(2));
    let mut lines = Vec::new();
    let mut say = |role: Role, text: &str, indent: usize, most: usize| {
        let (ranges, cut) = wrap(text, cells.saturating_sub(indent), most);
        let last = ranges.len().saturating_sub(1);
        for (at, range) in ranges.into_iter().enumerate() {
            let range = if at == last && cut { range.start..text.len() } else { range };
            let line = format!(" {:indent$}{}", "", &text[range]);
            lines.push(canvas.span(role, line));
        }
    };
    if source.trouble {
        say(Role::Warn, &format!("! {}", source.state), 0, 2);
    }
    // Where there is little room, what is wrong comes first.
    let course = course(source, picture);
    if source.lines > 0 && cells >= ROOMY {
        say(Role::Text, &course, 0, 3);
    }
    if source.lost > 0 && source.notes.is_empty() {
        let lost = figures::plural(source.lost, "line was", "lines were");
        say(Role::Warn, &format!("! about {lost} lost before anyone could read them"), 0, 2);
    }
    source.notes.iter().for_each(|note| say(Role::Warn, &format!("! {note}"), 0, 2));
    if source.is_strange() {
        say(Role::Warn, "No MTA is known to write lines like these, its first:", 0, 2);
        source.strange.iter().for_each(|line| say(Role::Text, line, 2, 2));
        say(Role::Dim, "If you know whose log it is, start again with --log-format.", 0, 2);
    }
    if !source.puzzling.is_empty() {
        let count = figures::plural(source.unparsed, "line", "lines");
        let text = format!("{count} looked like an attempt and could not be read; the first:");
        say(Role::Warn, &text, 0, 2);
    }
    for puzzle in &source.puzzling {
        say(Role::Text, &format!("line {}: {}", figures::thousands(puzzle.line), puzzle.why), 2, 1);
        say(Role::Dim, &puzzle.text, 4, 2);
    }
    if source.lines > 0 && cells < ROOMY {
        say(Role::Text, &course, 0, 3);
    }
    let is_odd = source.trouble || source.is_strange() || source.lost > 0;
    if !is_odd && source.notes.is_empty() && source.puzzling.is_empty() {
        let text = match source.lines {
            0 => "No line was read from it yet.",
            _ => "Every attempt in it could be read.",
        };
        lines.push(canvas.span(Role::Dim, format!(" {text}")));
    }
    lines
}

/// A table of names and their attempts.
struct Counted<'a> {
    title: &'static str,
    list: List,
    rows: &'a [(Clean, Tally)],
    at: usize,
    /// What is said of attempts without a name.
    empty: &'static str,
}

impl Counted<'_> {
    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect, focus: bool) {
        let window = Window::around(self.at, self.rows.len(), usize::from(area.height.saturating_sub(2)));
        let over = if area.width < 46 { " · all read" } else { " · over everything read" };
        let title = [canvas.span(Role::Title, self.title), canvas.span(Role::Text, over)];
        let right = window.heading(canvas);
        let inner = canvas.panel(area, &title, &right, focus);
        canvas.hit(area, Target::Pane(self.list));
        let margin = u16::from(!canvas.reaches_edge(area));
        let cells = usize::from(inner.width.saturating_sub(margin));
        let (attempts, each, rate) = if cells >= 70 { (13, 11, 8) } else { (8, 6, 7) };
        let deferred = if cells >= 46 { each } else { 0 };
        let name = cells.saturating_sub(2 + attempts + each + deferred + rate).min(42);
        let head = [("ATTEMPTS", attempts), ("5xx", each), ("RATE", rate), ("4xx", deferred)];
        let mut line = format!("  {:<name$}", "NAME");
        head.iter().filter(|(_, cells)| *cells > 0).for_each(|(word, cells)| {
            line.push_str(&format!("{word:>cells$}"));
        });
        canvas.row(inner, 0, &[canvas.span(Role::Dim, line)]);
        if self.rows.is_empty() {
            canvas.row(inner, 1, &[canvas.span(Role::Dim, "  No attempt was read yet.")]);
        }
        for (row, at, (label, tally)) in window.of(1, self.rows) {
            let picked = focus && at == self.at;
            canvas.listed(inner, row, self.list, at, picked);
            let label = if label.is_empty() { self.empty } else { label.as_str() };
            let loud = if tally.code_5xx > 0 { Role::Text } else { Role::Dim };
            let mut spans = vec![
                canvas.span(Role::Accent, if picked { " ▸" } else { "  " }),
                canvas.span(Role::Text, padded(&fit(label, name.saturating_sub(1)), name)),
            ];
            for (text, cells, role) in [
                (figures::count(tally.attempts, attempts - 1), attempts, Role::Text),
                (figures::count(tally.code_5xx, each - 1), each, loud),
                (figures::percent(tally.rate()), rate, loud),
                (figures::count(tally.code_4xx, each - 1), deferred, Role::Text),
            ] {
                if cells > 0 {
                    spans.push(canvas.span(role, format!("{text:>cells$}")));
                }
            }
            canvas.row(inner, row, &spans);
        }
    }
}

/// `text` with blanks up to `cells` cells.
fn padded(text: &str, cells: usize) -> String {
    format!("{text}{:pad$}", "", pad = cells.saturating_sub(width(text)))
}
