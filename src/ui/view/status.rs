//! The last rows: what the keys do here, what was just done, the filter that is being typed.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use crate::engine::Unit;
use crate::text::{Clean, width};
use crate::ui::action::{Action, TABLE};
use crate::ui::keymap::shown;
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;
use crate::ui::typing::{Editing, Purpose};

/// The most notices that are shown at once.
const NOTICES: usize = 3;

/// Rows that the screen gives to it.
pub(super) fn rows(area: Rect, state: &State) -> u16 {
    if state.editing.is_some() {
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
    canvas.row(area, last, &hints(canvas, area.width, state, picture));
}

/// As many keys as fit, the most needed first.
fn hints(canvas: &Canvas<'_>, cells: u16, state: &State, picture: &Picture) -> Vec<Span<'static>> {
    let place = state.place();
    let mut entries: Vec<_> =
        TABLE.iter().filter(|entry| entry.rank > 0 && entry.places.meets(place)).collect();
    if state.drill.zoomed {
        // Esc says it: one word for one way.
        entries.retain(|entry| entry.id != "zoom");
    }
    // No hint of a key that leads nowhere now.
    entries.retain(|entry| state.replays || !entry.action.is_of_replay());
    if picture.head.back.is_none() {
        entries.retain(|entry| entry.id != "now");
    }
    if picture.running().next().is_none() {
        entries.retain(|entry| entry.id != "incident");
    }
    if picture.incidents.is_empty() {
        entries.retain(|entry| !["note-incident", "next-part"].contains(&entry.id));
    }
    entries.sort_by_key(|entry| entry.rank);
    let mut spans = vec![Span::raw(" ")];
    for entry in entries {
        let keys = entry.keys.first().copied().unwrap_or_default();
        // Two keys with one meaning in two directions are one hint.
        let (keys, word) = match entry.action {
            Action::Shorter => ("+/-".to_owned(), entry.short),
            Action::Slower => ("< >".to_owned(), entry.short),
            Action::Pause if picture.head.playing.is_some_and(|playing| playing.paused) => {
                (shown(keys), "go on")
            }
            Action::Earlier => ("[ ]".to_owned(), entry.short),
            Action::Freeze if state.frozen => (shown(keys), "live"),
            Action::Back if state.drill.zoomed => (shown(keys), "unzoom"),
            _ => (shown(keys), entry.short),
        };
        let hint = [canvas.span(Role::Key, keys), canvas.span(Role::Dim, format!(" {word}  "))];
        if width_of(&spans) + width_of(&hint) <= usize::from(cells) + 2 {
            spans.extend(hint);
        }
    }
    if let Some(last) = spans.last_mut() {
        last.content = last.content.trim_end().to_owned().into();
    }
    spans
}

/// The line that is being typed, and under it what is wrong with it, else what it is for.
fn typing(canvas: &mut Canvas<'_>, area: Rect, editing: &Editing) {
    let text = editing.line.text();
    let at = editing.line.cursor();
    let prompt = match &editing.purpose {
        Purpose::Filter { .. } => " / ",
        Purpose::Figure { .. } => " figure ",
        Purpose::Time { .. } => " @ ",
        Purpose::Note { .. } => " note ",
    };
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
    let Some(mistake) = &editing.mistake else {
        let (keep, about) = hint(&editing.purpose);
        let line = [
            Span::raw(" ".repeat(lead)),
            canvas.span(Role::Key, "Enter"),
            canvas.span(Role::Dim, format!(" {keep}  ")),
            canvas.span(Role::Key, "Esc"),
            canvas.span(Role::Dim, format!(" as before   {about}")),
        ];
        canvas.row(area, 1, &line);
        return;
    };
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
        Purpose::Time { within: (_, from) } => {
            ("go there", format!("UTC: 14:27  -15m  2026-11-21 14:27   kept since {}", from.clock()))
        }
        Purpose::Note { about, .. } => ("note", format!("on: {about}")),
    }
}
