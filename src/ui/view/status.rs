//! The last rows: what the keys do here, what was just done, the filter that is being typed.

use std::ops::Range;

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::layout::is_low;
use super::wrap::wrap;
use super::{filter_line, hints};
use crate::engine::Unit;
use crate::text::{Clean, width};
use crate::ui::hits::Target;
use crate::ui::line_edit::LineEdit;
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;
use crate::ui::typing::{Editing, Mistake, Purpose};

/// The most rows of notices that are shown at once.
const NOTICES: usize = 5;
/// Rows of the screen that notices leave on a low one.
const LEFT: usize = 4;
/// The most rows of what was just done.
const SAID: usize = 3;
/// The most rows of a sentence on a mistake.
const UNDER: usize = 3;
/// Fewer cells than this say nothing.
const LEAST: usize = 14;
/// What stands before a command.
const COMMAND: &str = " : ";

/// Rows that the screen gives to it.
pub(super) fn rows(area: Rect, state: &State) -> u16 {
    let typed = match (&state.editing, &state.palette) {
        (Some(editing), _) => Some((&editing.line, prompt(&editing.purpose), editing.told())),
        (None, Some(palette)) => Some((&palette.line, COMMAND, palette.mistake.as_ref())),
        (None, None) => None,
    };
    if let Some((line, prompt, mistake)) = typed {
        let under = |mistake| match beside(mistake, column_of(line, prompt, mistake, area.width), area.width)
        {
            (false, false) => wrapped(mistake, area.width).0.len().min(UNDER),
            _ => 0,
        };
        return 2 + u16::try_from(mistake.map_or(0, under)).unwrap_or(0);
    }
    let room = usize::from(area.height).saturating_sub(LEFT);
    let notices = noticed(state, area.width).len().min(if is_low(area.height) { room } else { NOTICES });
    1 + u16::from(filter_line::is_shown(state)) + u16::try_from(notices).unwrap_or(0)
}

/// The notices in rows, each in as many as it needs.
fn noticed(state: &State, cells: u16) -> Vec<(bool, Clean)> {
    let rows = |notice: &Clean| {
        let lines = wrap(notice, usize::from(cells.saturating_sub(4)), UNDER).0;
        lines.into_iter().map(|line| (line.start == 0, Clean::from(&notice[line]))).collect::<Vec<_>>()
    };
    state.notices().iter().flat_map(rows).collect()
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    if area.height == 0 {
        return;
    }
    if let Some(editing) = &state.editing {
        return typing(canvas, area, editing, picture);
    }
    if let Some(palette) = &state.palette {
        input(canvas, area, COMMAND, &palette.line);
        let keys = [
            ("Enter", KeyCode::Enter, "run"),
            ("Tab", KeyCode::Tab, "complete"),
            ("Esc", KeyCode::Esc, "close"),
        ];
        return match &palette.mistake {
            Some(mistake) => {
                mistaken(canvas, area, column_of(&palette.line, COMMAND, mistake, area.width), mistake);
            }
            None => ways(canvas, area, width(COMMAND), &keys, ""),
        };
    }
    let filter = u16::from(filter_line::is_shown(state));
    if filter > 0 && area.height > 1 {
        filter_line::draw(canvas, area, area.height - 2, state, picture);
    }
    let room = usize::from((area.height - 1).saturating_sub(filter));
    let notices = noticed(state, area.width);
    let more = notices.len().saturating_sub(room);
    for (row, (begins, notice)) in (0..).zip(notices.iter().take(room)) {
        let lead = canvas.span(Role::Accent, if *begins { " ▸ " } else { "   " });
        let line = [lead, canvas.span(Role::Text, notice.as_str())];
        let is_last = usize::from(row) + 1 == room;
        let tail = if is_last && more > 0 { format!(" +{more} ") } else { String::new() };
        let cells = area.width.saturating_sub(u16::try_from(width(&tail)).unwrap_or(0));
        canvas.put(area.x, area.y + row, cells, &line);
        canvas.put_right(area, row, &[canvas.span(Role::Dim, tail)]);
    }
    let last = area.height - 1;
    if let Some(message) = state.message() {
        return said(canvas, Rect { y: area.y + last, height: 1, ..area }, message);
    }
    let mut row = Rect { y: area.y + last, height: 1, ..area };
    if filter == 0 && filter_line::is_kept(state) {
        row = filter_line::beside(canvas, row, state);
    }
    hints::draw(canvas, row, state, picture);
}

/// What was just done, in the last row; what is longer lies over the rows above it for a while.
fn said(canvas: &mut Canvas<'_>, row: Rect, message: &Clean) {
    let (lines, cut) = wrap(message, usize::from(row.width.saturating_sub(4)), SAID);
    let rows = u16::try_from(lines.len().max(1)).unwrap_or(1).min(row.y + 1);
    let area = Rect { y: row.y + 1 - rows, height: rows, ..row };
    canvas.clear(area);
    let last = lines.len().saturating_sub(1);
    for ((y, at), line) in (0..rows).zip(0..).zip(lines) {
        let line = if at == last && cut { line.start..message.len() } else { line };
        let lead = if at == 0 { " ▸ " } else { "   " };
        canvas.row(area, y, &[canvas.span(Role::Accent, lead), canvas.span(Role::Title, &message[line])]);
    }
}

/// The line that is typed, with its cursor; the cells that it takes.
fn input(canvas: &mut Canvas<'_>, area: Rect, prompt: &'static str, line: &LineEdit) -> usize {
    let (text, at) = (line.text(), line.cursor());
    let from = first_in_sight(line, prompt, area.width);
    let under = text[at..].chars().next().map_or(0, char::len_utf8);
    let (before, cursor, after) = (&text[from..at], &text[at..at + under], &text[at + under..]);
    let line = [
        canvas.span(Role::Accent, prompt),
        canvas.span(Role::Text, before),
        canvas.span(Role::Selected, if cursor.is_empty() { " " } else { cursor }),
        canvas.span(Role::Text, after),
    ];
    canvas.row(area, 0, &line);
    width_of(&line)
}

/// The keys of a line that is typed, and what it is about.
fn ways(
    canvas: &mut Canvas<'_>,
    area: Rect,
    lead: usize,
    keys: &[(&'static str, KeyCode, &str)],
    about: &str,
) {
    let mut spans = vec![Span::raw(" ".repeat(lead))];
    let row = Rect { y: area.y + 1, height: area.height.saturating_sub(1).min(1), ..area };
    for (key, code, word) in keys {
        let x = row.x + u16::try_from(width_of(&spans)).unwrap_or(u16::MAX).min(row.width);
        spans.extend([canvas.span(Role::Key, *key), canvas.span(Role::Dim, format!(" {word}  "))]);
        let cells = u16::try_from(width(key) + 1 + width(word)).unwrap_or(0);
        canvas.hit(Rect { x, width: cells, ..row }, Target::Key(*code));
    }
    // Of several parts those that there is room for; of one, its beginning.
    let parts: Vec<&str> = about.split("   ").collect();
    for part in &parts {
        let text = format!(" {part}  ");
        let room = usize::from(area.width).saturating_sub(width_of(&spans));
        if width(text.trim_end()) > room && (parts.len() > 1 || room < LEAST) {
            break;
        }
        spans.push(canvas.span(Role::Dim, text));
    }
    while let Some(last) = spans.pop() {
        let text = last.content.trim_end().to_owned();
        if !text.is_empty() {
            spans.push(Span { content: text.into(), ..last });
            break;
        }
    }
    canvas.row(area, 1, &spans);
}

/// The line that is being typed, and under it what is wrong with it, else what it is for.
fn typing(canvas: &mut Canvas<'_>, area: Rect, editing: &Editing, picture: &Picture) {
    let prompt = prompt(&editing.purpose);
    // What lies above belongs to the line now.
    canvas.cover();
    let used = input(canvas, area, prompt, &editing.line);
    if let Purpose::Filter { .. } = editing.purpose {
        let passed = format!("{} ", filter_line::passed(picture, area.width));
        if used + width(&passed) + 2 <= usize::from(area.width) {
            canvas.put_right(area, 0, &[canvas.span(Role::Dim, passed)]);
        }
    }
    let Some(mistake) = editing.told() else {
        if !editing.offer.items.is_empty() {
            return filter_line::candidates(canvas, area, 1, &editing.offer);
        }
        let (keep, about) = hint(&editing.purpose);
        let keys = [("Enter", KeyCode::Enter, keep), ("Esc", KeyCode::Esc, "as before")];
        return ways(canvas, area, width(prompt), &keys, &about);
    };
    mistaken(canvas, area, column_of(&editing.line, prompt, mistake, area.width), mistake);
}

/// The first byte of a text that is in sight: one that is longer than the line is shown from where the cursor
/// still is in sight.
fn first_in_sight(line: &LineEdit, prompt: &str, cells: u16) -> usize {
    let (text, at) = (line.text(), line.cursor());
    let room = usize::from(cells).saturating_sub(width(prompt) + 1).max(1);
    let mut from = 0;
    while width(&text[from..at]) > room {
        from += text[from..].chars().next().map_or(1, char::len_utf8);
    }
    from
}

/// The column of a mistake.
fn column_of(line: &LineEdit, prompt: &str, mistake: &Mistake, cells: u16) -> usize {
    let (text, from) = (line.text(), first_in_sight(line, prompt, cells));
    let stop = mistake.at.min(text.len());
    let stop = (from..=stop).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(from);
    let column = width(prompt) + width(text.get(from..stop).unwrap_or_default());
    column.min(usize::from(cells.saturating_sub(1)))
}

/// Whether a mistake's sentence has room beside its place: right of it, left of it.
fn beside(mistake: &Mistake, column: usize, cells: u16) -> (bool, bool) {
    let need = width(&Clean::from(mistake.reason.as_str())) + 2;
    (column + need <= usize::from(cells), need <= column)
}

/// A mistake's sentence in rows of its own.
fn wrapped(mistake: &Mistake, cells: u16) -> (Vec<Range<usize>>, bool) {
    wrap(&Clean::from(mistake.reason.as_str()), usize::from(cells.saturating_sub(2)), UNDER)
}

/// Points at a mistake, and says what is wrong there: right of the place where there is room, else left of
/// it, else under it.
fn mistaken(canvas: &mut Canvas<'_>, area: Rect, column: usize, mistake: &Mistake) {
    let reason = Clean::from(mistake.reason.as_str());
    let blank = |cells: usize| Span::raw(" ".repeat(cells));
    let (is_right, is_left) = beside(mistake, column, area.width);
    let line = if is_right {
        vec![blank(column), canvas.span(Role::Bad, "▲ "), canvas.span(Role::Text, reason.to_string())]
    } else if is_left {
        let before = blank(column - width(&reason) - 1);
        vec![before, canvas.span(Role::Text, format!("{reason} ")), canvas.span(Role::Bad, "▲")]
    } else {
        let (lines, cut) = wrapped(mistake, area.width);
        let last = lines.len().saturating_sub(1);
        for ((row, at), range) in (2..).zip(0..).zip(lines) {
            let range = if at == last && cut { range.start..reason.len() } else { range };
            canvas.row(area, row, &[Span::raw(" "), canvas.span(Role::Text, &reason[range])]);
        }
        vec![blank(column), canvas.span(Role::Bad, "▲")]
    };
    canvas.row(area, 1, &line);
}

const fn prompt(purpose: &Purpose) -> &'static str {
    match purpose {
        Purpose::Filter { .. } => " / ",
        Purpose::Figure { .. } => " figure ",
        Purpose::Time { .. } => " @ ",
        Purpose::Note { .. } => " note ",
    }
}

/// What Enter does, and what the line is for.
fn hint(purpose: &Purpose) -> (&'static str, String) {
    match purpose {
        Purpose::Filter { .. } => ("keep", "Space for the next term   ↑ for earlier ones".into()),
        Purpose::Figure { asked, unit: Unit::Share, .. } => ("answer", format!("{asked} (such as 0.12%)")),
        Purpose::Figure { asked, .. } => ("answer", asked.to_string()),
        Purpose::Time { within: (_, from) } => (
            "go there",
            format!("{}: 14:27  -15m   or 2026-11-21 14:27   kept since {}", from.zone(), from.clock()),
        ),
        Purpose::Note { about, .. } => ("note", format!("on: {about}")),
    }
}
