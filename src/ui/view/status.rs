//! The last rows: what the keys do here, what was just done, the filter that is being typed.

use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use crate::engine::Unit;
use crate::text::{Clean, width};
use crate::ui::action::Action;
use crate::ui::hits::Target;
use crate::ui::line_edit::LineEdit;
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;
use crate::ui::typing::{Editing, Mistake, Purpose};

/// The most notices that are shown at once.
const NOTICES: usize = 3;

/// Rows that the screen gives to it.
pub(super) fn rows(area: Rect, state: &State) -> u16 {
    if state.editing.is_some() || state.palette.is_some() {
        return 2;
    }
    let room = if area.height < 20 { 1 } else { NOTICES };
    1 + u16::try_from(state.notices().len().min(room)).unwrap_or(0)
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    if area.height == 0 {
        return;
    }
    if let Some(editing) = &state.editing {
        return typing(canvas, area, editing);
    }
    if let Some(palette) = &state.palette {
        let shown = input(canvas, area, " : ", &palette.line);
        let keys = [
            ("Enter", KeyCode::Enter, "run"),
            ("Tab", KeyCode::Tab, "complete"),
            ("Esc", KeyCode::Esc, "close"),
        ];
        return match &palette.mistake {
            Some(mistake) => told(canvas, area, shown, palette.line.text(), mistake),
            None => ways(canvas, area, shown.1, &keys, ""),
        };
    }
    let notices = state.notices().iter().take(usize::from(area.height - 1));
    for (row, notice) in (0..).zip(notices) {
        canvas.row(area, row, &[canvas.span(Role::Accent, " ▸ "), canvas.span(Role::Text, notice.as_str())]);
    }
    let last = area.height - 1;
    if let Some(message) = state.message() {
        let line = [canvas.span(Role::Accent, " ▸ "), canvas.span(Role::Title, message.as_str())];
        canvas.row(area, last, &line);
        return;
    }
    hints(canvas, Rect { y: area.y + last, height: 1, ..area }, state, picture);
}

/// As many keys as fit, the most needed first.
fn hints(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let place = state.place();
    let keyed = state.keymap.entries().filter_map(|(entry, keys)| Some((entry, *keys.first()?)));
    let mut entries: Vec<_> =
        keyed.filter(|(entry, _)| entry.rank > 0 && entry.places.meets(place)).collect();
    if state.drill.zoomed {
        // Esc says it: one word for one way.
        entries.retain(|(entry, _)| entry.id != "zoom");
    }
    // No hint of a key that leads nowhere now.
    if picture.running().next().is_none() {
        entries.retain(|(entry, _)| entry.id != "incident");
    }
    if picture.incidents.is_empty() {
        entries.retain(|(entry, _)| !["note-incident", "next-part"].contains(&entry.id));
    }
    entries.sort_by_key(|(entry, _)| entry.rank);
    let longer = state.keymap.first("longer").to_owned();
    let mut spans = vec![Span::raw(" ")];
    for (entry, key) in entries {
        // Two keys with one meaning in two directions are one hint.
        let (keys, word) = match entry.action {
            Action::Shorter if !longer.is_empty() => (format!("{longer}/{key}"), entry.short),
            Action::Freeze if state.frozen => (key.to_owned(), "live"),
            Action::Back if state.drill.zoomed => (key.to_owned(), "unzoom"),
            _ => (key.to_owned(), entry.short),
        };
        let hint = [canvas.span(Role::Key, keys), canvas.span(Role::Dim, format!(" {word}  "))];
        let (used, cells) = (width_of(&spans), width_of(&hint));
        if used + cells > usize::from(area.width) + 2 {
            continue;
        }
        let cell = |cells: usize| u16::try_from(cells).unwrap_or(area.width);
        let place = Rect { x: area.x + cell(used), width: cell(cells - 2), ..area };
        canvas.hit(place, Target::Do(entry.action));
        if entry.action == Action::Shorter {
            // Either half of it is its own way.
            canvas.hit(Rect { width: cell(width(&longer)), ..place }, Target::Do(Action::Longer));
        }
        spans.extend(hint);
    }
    if let Some(last) = spans.last_mut() {
        last.content = last.content.trim_end().to_owned().into();
    }
    canvas.row(area, 0, &spans);
}

/// The line that is typed, with its cursor: from which byte on it is shown, and the cells before it.
fn input(canvas: &mut Canvas<'_>, area: Rect, prompt: &'static str, line: &LineEdit) -> (usize, usize) {
    let (text, at) = (line.text(), line.cursor());
    let lead = width(prompt);
    let room = usize::from(area.width).saturating_sub(lead + 1).max(1);
    // A text that is longer than the line is shown from where the cursor still is in sight.
    let mut from = 0;
    while width(&text[from..at]) > room {
        from += text[from..].chars().next().map_or(1, char::len_utf8);
    }
    let under = text[at..].chars().next().map_or(0, char::len_utf8);
    let (before, cursor, after) = (&text[from..at], &text[at..at + under], &text[at + under..]);
    let line = [
        canvas.span(Role::Accent, prompt),
        canvas.span(Role::Text, before),
        canvas.span(Role::Selected, if cursor.is_empty() { " " } else { cursor }),
        canvas.span(Role::Text, after),
    ];
    canvas.row(area, 0, &line);
    (from, lead)
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
    spans.push(canvas.span(Role::Dim, format!(" {about}")));
    canvas.row(area, 1, &spans);
}

/// The line that is being typed, and under it what is wrong with it, else what it is for.
fn typing(canvas: &mut Canvas<'_>, area: Rect, editing: &Editing) {
    let prompt = match &editing.purpose {
        Purpose::Filter { .. } => " / ",
        Purpose::Figure { .. } => " figure ",
        Purpose::Note { .. } => " note ",
    };
    // What lies above belongs to the line now.
    canvas.cover();
    let shown = input(canvas, area, prompt, &editing.line);
    match &editing.mistake {
        Some(mistake) => told(canvas, area, shown, editing.line.text(), mistake),
        None => {
            let (keep, about) = hint(&editing.purpose);
            let keys = [("Enter", KeyCode::Enter, keep), ("Esc", KeyCode::Esc, "as before")];
            ways(canvas, area, shown.1, &keys, &about);
        }
    }
}

/// What is wrong with the line that is typed, under the place where it is.
fn told(canvas: &mut Canvas<'_>, area: Rect, (from, lead): (usize, usize), text: &str, mistake: &Mistake) {
    let stop = mistake.at.min(text.len());
    let stop = (from..=stop).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(from);
    let column = lead + width(text.get(from..stop).unwrap_or_default());
    let reason = Clean::from(mistake.reason.as_str());
    // The sentence stands right of the place where there is room, else left of it.
    let cells = width(&reason);
    let line = if column + 2 + cells <= usize::from(area.width) || column < cells + 2 {
        vec![
            Span::raw(" ".repeat(column.min(usize::from(area.width / 2)))),
            canvas.span(Role::Bad, "▲ "),
            canvas.span(Role::Text, reason.to_string()),
        ]
    } else {
        vec![
            Span::raw(" ".repeat(column - cells - 1)),
            canvas.span(Role::Text, format!("{reason} ")),
            canvas.span(Role::Bad, "▲"),
        ]
    };
    canvas.row(area, 1, &line);
}

/// What Enter does, and what the line is for.
fn hint(purpose: &Purpose) -> (&'static str, String) {
    match purpose {
        Purpose::Filter { .. } => ("keep", "provider:gmail code:5.7.* cat:auth !text~\"spamhaus\"".into()),
        Purpose::Figure { asked, unit: Unit::Share, .. } => ("answer", format!("{asked} (0.12% or 0.0012)")),
        Purpose::Figure { asked, .. } => ("answer", asked.to_string()),
        Purpose::Note { about, .. } => ("note", format!("on: {about}")),
    }
}
