//! The raw log: the lines of a source as they are written, what became of each in the gutter, the
//! selected one in full.

mod paint;

use ratatui::layout::Rect;
use ratatui::text::Span;
use unicode_width::UnicodeWidthChar;

use super::canvas::{Canvas, fitting};
use super::layout::{is_low, top};
use super::window::Window;
use super::wrap::{cut, wrap};
use super::{crumbs, figures, prose, words};
use crate::engine::{LogLine, LogSays, Mode};
use crate::model::Outcome;
use crate::text::width;
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::rawlog::RawLog;
use crate::ui::state::State;
use crate::ui::theme::Role;

pub(super) use paint::queue_id;

/// Cells before a line: the mark, the sign, and what says that it is moved sideways.
const LEAD: u16 = 3;
/// Rows of one line at most, where lines are wrapped.
const ROWS: usize = 24;
/// From this height of the body on, the selected line stands below in full, in so many rows: its text,
/// what it means, a rule.
const TALL: u16 = 15;
const TEXT: u16 = 4;
/// The same where rows are short.
const LONG_TEXT: u16 = 6;
/// Where rows are few, its text has fewer.
const LOW_TEXT: u16 = 3;
/// Below this width there is no room for the filter.
const NARROW: u16 = 72;
/// Below this width a line that is cut begins with its clock and goes on where its message does; above it,
/// with what wrote it.
const BRIEF: u16 = 60;
/// Below this width a line needs more rows to stand in full.
const SHORT: u16 = 100;
/// Cells of a reply without which it is not seen, and refusals that are asked for theirs.
const SEEN: usize = 24;
const ASKED: usize = 20;
/// Rows of the screen around the body: the header, the scope, the keys; and where rows are few.
const AROUND: u16 = 3;
const LEAST: u16 = 2;

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let log = &state.raw;
    let mut spans = crumbs::under(canvas, area, state, picture);
    spans.push(canvas.span(Role::Title, "raw log"));
    if log.names.len() > 1 {
        spans.push(canvas.span(Role::Text, format!(" {} of {}", log.source + 1, log.names.len())));
        spans.push(canvas.span(Role::Dim, " · "));
        spans.push(canvas.span(Role::Key, state.keymap.first("next-log").to_owned()));
        spans.push(canvas.span(Role::Dim, " next"));
    }
    if log.is_filtered() && area.width >= NARROW {
        let what = if log.context { " · every line, matches marked: " } else { " · only " };
        spans.push(canvas.span(Role::Warn, what));
        spans.push(canvas.span(Role::Text, state.filter.text().to_owned()));
    }
    canvas.row(area, 0, &spans);
}

/// Rows of lines in sight on a terminal of this size.
pub(super) fn rows(size: (u16, u16), wraps: bool) -> usize {
    let body = size.1.saturating_sub(if is_low(size.1) { LEAST } else { AROUND });
    usize::from(body.saturating_sub(1 + details_rows((size.0, body), wraps)).max(1))
}

/// Rows of the selected line in full.
const fn details_rows((cells, body): (u16, u16), wraps: bool) -> u16 {
    match (body >= TALL, wraps) {
        (false, true) => 0,
        (false, false) => LOW_TEXT + 2,
        (true, false) if cells < SHORT => LONG_TEXT + 2,
        (true, false) => TEXT + 2,
        // The line is in full where it stands.
        (true, true) => 2,
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let log = &state.raw;
    canvas.hit(area, Target::Pane(List::Log));
    let inner = heading(canvas, area, log, picture.head.mode == Mode::Ended);
    let details = details_rows((area.width, area.height), log.wrap).min(inner.height);
    let (list, below) = top(inner, inner.height - details);
    let mut list = list;
    for text in log.trouble.iter().chain(&log.note) {
        for line in cut(text, usize::from(list.width.saturating_sub(4)), 2) {
            let sign = if line.start == 0 { " ! " } else { "   " };
            canvas.row(list, 0, &[canvas.span(Role::Warn, sign), canvas.span(Role::Warn, &text[line])]);
            list = top(list, 1).1;
        }
    }
    if log.lines().is_empty() {
        return nothing(canvas, list, state);
    }
    let (role, says) = match &log.older {
        Some(older) => (Role::Warn, format!("┄ {older} ┄")),
        None => (Role::Dim, "┄ the log begins here ┄".to_owned()),
    };
    let begins = log.begins_here() && !log.is_filtered();
    let sheet = Sheet::of(log, list, usize::from(begins));
    let mut row = 0;
    if begins && sheet.first == 0 && sheet.above {
        canvas.row(list, 0, &[Span::raw("   "), canvas.span(role, says)]);
        row = 1;
    }
    let words = log.words();
    let is_brief = is_brief(log, list.width);
    for (at, line) in log.lines().iter().enumerate().skip(sheet.first) {
        if row >= list.height {
            break;
        }
        let selected = at == log.cursor;
        let taken = one(canvas, top(list, row).1, state, line, (selected, is_brief), &words);
        for row in row..row + taken {
            canvas.listed(list, row, List::Log, at, selected);
        }
        row += taken;
    }
    if row < list.height && log.ends_here() && log.is_looking() {
        canvas.row(list, row, &[canvas.span(Role::Dim, "   ◐ looking further up…")]);
    }
    if details > 0 {
        self::details(canvas, below, log);
    }
}

fn heading(canvas: &mut Canvas<'_>, area: Rect, log: &RawLog, is_over: bool) -> Rect {
    let position = log.position();
    let named = log.names.get(log.source).map_or("", |name| name.as_str());
    // The file may be one that the log was rotated to.
    let file = position.map_or(named, |(name, ..)| name.as_str());
    let name = if named.ends_with(file) { named } else { file };
    let name = figures::path(name, usize::from(area.width).saturating_sub(30));
    let title = vec![canvas.span(Role::Title, name)];
    let share = position.filter(|(.., size)| *size > 0).map(|(_, at, size)| {
        let share = figures::percent(at.min(size) as f64 / size as f64);
        (share, bytes(size))
    });
    let right = match share {
        // Nothing is written any more to what is read as a log that is over.
        _ if log.following && log.trouble.is_none() && is_over => vec![canvas.span(Role::Dim, "■ the end")],
        _ if log.following && log.trouble.is_none() => vec![canvas.span(Role::Good, "● following")],
        Some((share, size)) if log.is_looking() => {
            vec![canvas.span(Role::Warn, format!("◐ looking, at {share} of {size}"))]
        }
        _ if log.is_looking() => vec![canvas.span(Role::Warn, "◐ looking")],
        Some((share, size)) => vec![canvas.span(Role::Dim, format!("{share} of {size}"))],
        None => Vec::new(),
    };
    canvas.panel(area, &title, &right, true)
}

/// `340 MB`, `1.23 GB`.
fn bytes(count: u64) -> String {
    match count as f64 {
        small if small < 1e6 => format!("{:.0} kB", (small / 1e3).max(1.0)),
        some if some < 1e9 => format!("{:.0} MB", some / 1e6),
        many => format!("{:.2} GB", many / 1e9),
    }
}

/// Why there is nothing to see.
fn nothing(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let log = &state.raw;
    let text: Vec<(Role, String)> = if log.trouble.is_some() {
        vec![(Role::Dim, state.keymap.told("It is looked for again every second. {back} goes back."))]
    } else if !log.is_begun() || log.is_looking() {
        vec![(Role::Dim, "◐ reading…".into())]
    } else if log.is_filtered() {
        vec![
            (Role::Title, format!("No line matches {}.", state.filter.text())),
            (
                Role::Dim,
                state.keymap.told(
                    "{context} shows every line, {filter} changes the filter; new lines that match appear here.",
                ),
            ),
        ]
    } else {
        vec![
            (Role::Title, "The log is empty.".into()),
            (Role::Dim, state.keymap.told("Lines appear here as they are written. {back} goes back.")),
        ]
    };
    prose::draw(canvas, area, &text);
}

/// Which line is the first in sight.
struct Sheet {
    first: usize,
    /// Whether there is room for a row above it.
    above: bool,
}

impl Sheet {
    /// With the selected line in sight: in the middle where there is more on both sides, no gap at the
    /// end. `before`: rows that stand above the first line.
    fn of(log: &RawLog, area: Rect, before: usize) -> Self {
        let (lines, height) = (log.lines(), usize::from(area.height));
        if !log.wrap {
            let window = Window::around(log.cursor + before, lines.len() + before, height);
            let first = window.first();
            return Self { first: first.saturating_sub(before), above: first == 0 };
        }
        let cells = usize::from(area.width.saturating_sub(LEAD));
        let rows = |at: usize| lines.get(at).map_or(0, |line| wrapped(&line.text, cells).len());
        let mut below = 0;
        for at in log.cursor + 1..lines.len() {
            if below >= height {
                break;
            }
            below += rows(at);
        }
        let mut room = height.saturating_sub(rows(log.cursor));
        room = if below >= room / 2 { room.saturating_sub(below.min(room / 2)) } else { room - below };
        let mut first = log.cursor;
        while first > 0 && rows(first - 1) <= room {
            first -= 1;
            room -= rows(first);
        }
        Self { first, above: first == 0 && room >= before }
    }
}

fn wrapped(text: &str, cells: usize) -> Vec<std::ops::Range<usize>> {
    let (mut lines, _) = wrap(text, cells, ROWS);
    if let (ROWS, Some(last)) = (lines.len(), lines.last_mut()) {
        last.end = text.len();
    }
    lines
}

/// Whether lines are drawn without their head: where there is little room, and where the heads leave none
/// for what was replied. All of them, so that they stand in columns.
fn is_brief(log: &RawLog, cells: u16) -> bool {
    let room = usize::from(cells.saturating_sub(LEAD));
    let is_hidden = |line: &LogLine| {
        let reply = paint::reply(line)?;
        let (head, rest) = line.text.split_at_checked(reply)?;
        Some(width(head) + width(rest).min(SEEN) > room)
    };
    let newest = log.lines().iter().rev().filter_map(is_hidden).take(ASKED);
    !log.wrap && (cells < BRIEF || newest.into_iter().any(|is_hidden| is_hidden))
}

/// Draws a line at the top of `area`; the rows that it took.
fn one(
    canvas: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    line: &LogLine,
    (selected, is_brief): (bool, bool),
    words: &[&str],
) -> u16 {
    let log = &state.raw;
    let cells = area.width.saturating_sub(LEAD);
    let (sign, role) = sign(&line.says, state.ascii);
    let moved = log.shift > 0 && !log.wrap;
    let lead = [
        canvas.span(Role::Accent, if selected { "▸" } else { " " }),
        canvas.span(role, sign),
        canvas.span(Role::Dim, if moved { "‹" } else { " " }),
    ];
    canvas.row(area, 0, &lead);
    let is_beside = log.is_filtered() && !line.is_match;
    let painted = paint::of(line, words, is_beside);
    let (clock, from) = match is_brief {
        true => paint::brief(line, area.width < BRIEF),
        false => (0..0, 0),
    };
    let ranges = match log.wrap {
        true => wrapped(&line.text, usize::from(cells)),
        false => {
            let text = line.text.get(from..).unwrap_or_default();
            std::iter::once(from + skip(text, log.shift)..line.text.len()).collect()
        }
    };
    let mut x = area.x + LEAD;
    if !clock.is_empty() {
        let clock = canvas.span(Role::Dim, line.text.get(clock).unwrap_or_default().to_owned());
        x += canvas.put(x, area.y, cells, &[clock, Span::raw(" ")]);
    }
    let all = u16::try_from(ranges.len()).unwrap_or(u16::MAX);
    let rows = all.min(area.height);
    for (row, range) in (0..rows).zip(ranges) {
        // What goes on below the screen is cut by it.
        let range = if row + 1 == rows && rows < all { range.start..line.text.len() } else { range };
        let cells = area.right().saturating_sub(x);
        canvas.put(x, area.y + row, cells, &paint::spans(canvas, &line.text, range, &painted));
    }
    if selected {
        canvas.tint(Rect { x: area.x + LEAD, width: cells, height: rows, ..area }, Role::Selected);
    }
    rows
}

/// Where the text goes on after so many cells.
fn skip(text: &str, cells: usize) -> usize {
    let mut used = 0;
    let end = text.char_indices().find(|(_, character)| {
        used += character.width().unwrap_or(0);
        used > cells
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// What became of a line, in one cell.
const fn sign(says: &LogSays, ascii: bool) -> (&'static str, Role) {
    match says {
        LogSays::Attempt(attempt) => match attempt.outcome {
            Outcome::Delivered => (if ascii { "+" } else { "✓" }, Role::Good),
            Outcome::Deferred => (if ascii { "!" } else { "~" }, Role::Warn),
            Outcome::Rejected => (if ascii { "x" } else { "✗" }, Role::Bad),
        },
        LogSays::Unparsed(_) => ("?", Role::Warn),
        LogSays::Other => (" ", Role::Dim),
    }
}

/// The selected line in full, and what it means.
fn details(canvas: &mut Canvas<'_>, area: Rect, log: &RawLog) {
    let rule = "┄".repeat(usize::from(area.width));
    canvas.row(area, 0, &[canvas.span(Role::Rule, rule)]);
    let Some(line) = log.line() else { return };
    if line.is_described {
        let told = [canvas.span(Role::Rule, "┄ "), canvas.span(Role::Warn, words::DESCRIBED), Span::raw(" ")];
        canvas.row(area, 0, &told);
    }
    let area = top(area, 1).1;
    canvas.row(area, 0, fitting(&means(canvas, line), usize::from(area.width)));
    let text = top(area, 1).1;
    let cells = usize::from(text.width.saturating_sub(2));
    let painted = paint::of(line, &log.words(), false);
    // Where there is little room, what became of it is worth more than where it went.
    let is_cut = || wrap(&line.text, cells, usize::from(text.height)).1;
    let from = if text.height <= LOW_TEXT && is_cut() { paint::outcome(line) } else { 0 };
    let told = line.text.get(from..).unwrap_or_default();
    let (ranges, cut) = wrap(told, cells, usize::from(text.height));
    let last = ranges.len().saturating_sub(1);
    for (row, (at, range)) in (0..text.height).zip(ranges.into_iter().enumerate()) {
        let range = from + range.start..from + range.end;
        let range = if at == last && cut { range.start..line.text.len() } else { range };
        canvas.put(
            text.x + 1,
            text.y + row,
            text.width - 1,
            &paint::spans(canvas, &line.text, range, &painted),
        );
    }
}

/// What a line means, in one row.
fn means(canvas: &Canvas<'_>, line: &LogLine) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(" ")];
    match &line.says {
        LogSays::Attempt(attempt) => {
            let (_, role) = sign(&line.says, false);
            let code = attempt.code.map_or_else(String::new, |code| format!(" {code}"));
            let enhanced = attempt.enhanced.map_or_else(String::new, |code| format!(" {code}"));
            spans.push(canvas.span(role, words::outcome(attempt.outcome)));
            spans.push(canvas.span(Role::Text, format!("{code}{enhanced}")));
            if let Some(provider) = &attempt.provider {
                spans.push(canvas.span(Role::Title, format!(" · {provider}")));
            }
            if let Some(verdict) = &attempt.verdict {
                let meant = format!(" · {}", words::category(verdict.category));
                spans.push(canvas.span(Role::Title, meant));
                spans.push(canvas.span(Role::Text, format!(" · {}", words::action(verdict.action))));
            }
            if attempt.more > 0 {
                let more = figures::plural(u64::from(attempt.more), "recipient", "recipients");
                spans.push(canvas.span(Role::Dim, format!(" · and {more} more")));
            }
        }
        LogSays::Unparsed(why) => {
            spans.push(
                canvas.span(Role::Warn, format!("? looks like a delivery and could not be read: {why}")),
            );
        }
        LogSays::Other => spans.push(canvas.span(Role::Dim, "no delivery attempt")),
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::skip;

    #[test]
    fn a_line_is_moved_by_cells_and_never_into_a_character() {
        assert_eq!([skip("abc", 0), skip("abc", 2), skip("abc", 9)], [0, 2, 3]);
        assert_eq!([skip("邮箱x", 1), skip("邮箱x", 2), skip("邮箱x", 4)], [0, 3, 6]);
    }

    #[test]
    fn sizes_are_said_shortly() {
        assert_eq!([super::bytes(5), super::bytes(340_000_000)], ["1 kB", "340 MB"]);
        assert_eq!(crate::text::width(&super::bytes(1_230_000_000)), 7);
    }
}
