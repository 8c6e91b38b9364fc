//! The list of themes, over the screen that it was opened from: that screen is the preview.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::window::Window;
use crate::text::{fit, width};
use crate::ui::hits::{List, Target};
use crate::ui::state::State;
use crate::ui::theme::Role;
use crate::ui::wardrobe::Row;

/// Below this width a row is a name, and the selected one says under the list what it is for.
const NARROW: u16 = 72;
/// Rows beside the list: its heading, the colours, what keeps it.
const FRAME: u16 = 3;

/// Lays the list over the lower part of `body`.
pub(super) fn draw(canvas: &mut Canvas<'_>, body: Rect, state: &State) {
    let rows = state.wardrobe.rows();
    let narrow = body.width < NARROW;
    let foot = FRAME + u16::from(narrow);
    let need = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(foot);
    // The screen under it is what is looked at: it keeps half, and on a small one what it can.
    let height = need.min((body.height * 55 / 100).max(foot + 3)).min(body.height);
    let area = Rect { y: body.bottom() - height, height, ..body };
    // What lies above is only looked at.
    canvas.cover();
    canvas.clear(area);
    canvas.hit(area, Target::Pane(List::Themes));
    let list = usize::from(height.saturating_sub(foot));
    let window = Window::around(state.wardrobe.at, rows.len(), list);
    let title = [canvas.span(Role::Title, "Themes"), canvas.span(Role::Text, format!(" · {}", rows.len()))];
    let right = window.heading(canvas);
    let inner = canvas.panel(area, &title, &right, true);
    let longest = rows.iter().map(|row| width(&row.name)).max().unwrap_or(0);
    for (y, at, row) in window.of(0, &rows) {
        canvas.listed(inner, y, List::Themes, at, at == state.wardrobe.at);
        line(canvas, inner, y, (row, at == state.wardrobe.at), if narrow { None } else { Some(longest) });
    }
    let mut y = u16::try_from(list).unwrap_or(0).min(u16::try_from(rows.len()).unwrap_or(0));
    if let Some(row) = rows.get(state.wardrobe.at).filter(|_| narrow) {
        let (role, text) = about(row);
        canvas.row(inner, y, &[Span::raw(" "), canvas.span(role, text)]);
        y += 1;
    }
    swatches(canvas, inner, y);
    let keeps = keeps(state, rows.get(state.wardrobe.at), usize::from(inner.width.saturating_sub(2)));
    canvas.row(inner, y + 1, &[Span::raw(" "), canvas.span(Role::Dim, keeps)]);
}

fn line(canvas: &mut Canvas<'_>, inner: Rect, y: u16, (row, picked): (&Row, bool), longest: Option<usize>) {
    let sign = if row.is_kept { "●" } else { " " };
    let mut spans = vec![
        canvas.span(Role::Accent, if picked { " ▸" } else { "  " }),
        canvas.span(Role::Good, format!("{sign} ")),
        canvas.span(if row.about.is_err() { Role::Dim } else { Role::Text }, row.name.clone()),
    ];
    let from = 4;
    if let Some(longest) = longest {
        spans.push(Span::raw(" ".repeat(longest.saturating_sub(width(&row.name)) + 2)));
        let (role, text) = about(row);
        let own = if row.is_own { "your own  " } else { "" };
        let room = usize::from(inner.width).saturating_sub(width_of(&spans) + width(own) + 1);
        spans.push(canvas.span(Role::Fresh, own));
        spans.push(canvas.span(role, fit(&text, room)));
    } else if row.is_own {
        spans.push(canvas.span(Role::Fresh, "  your own"));
    }
    canvas.row(inner, y, &spans);
    if picked {
        let cells = u16::try_from(width(&row.name)).unwrap_or(0);
        let name = Rect { x: inner.x + from, y: inner.y + y, width: cells, height: 1 };
        canvas.tint(name.intersection(inner), Role::Selected);
    }
}

/// What it is for, or what is wrong with it.
fn about(row: &Row) -> (Role, String) {
    match &row.about {
        Ok(about) => (Role::Dim, about.clone()),
        Err(why) => (Role::Warn, format!("! {why}")),
    }
}

/// The roles side by side, as many as there is room for.
fn swatches(canvas: &mut Canvas<'_>, inner: Rect, y: u16) {
    let mut spans = vec![Span::raw(" ")];
    for (role, word) in [
        (Role::Good, "● good"),
        (Role::Warn, "! look"),
        (Role::Bad, "▲ act"),
        (Role::Fresh, "+ new"),
        (Role::Evidence, "the words"),
        (Role::Selected, "selected"),
        (Role::Marked, "marked"),
        (Role::Text, "text"),
        (Role::Dim, "less"),
        (Role::Bar, "▂▄█"),
        (Role::Alarm, "▅█"),
        (Role::Base, "──"),
        (Role::Key, "Key"),
    ] {
        if width_of(&spans) + width(word) > usize::from(inner.width) {
            spans.pop();
            break;
        }
        spans.extend([canvas.span(role, word), Span::raw("  ")]);
    }
    canvas.row(inner, y, &spans);
}

/// What keeps it for good, as far as there is room.
fn keeps(state: &State, row: Option<&Row>, cells: usize) -> String {
    if state.wardrobe.is_mono() {
        return "NO_COLOR is set: no theme brings colour".to_owned();
    }
    let name = row.map_or("", |row| row.name.as_str());
    let set = format!("theme = \"{name}\"");
    let file = state.wardrobe.file.as_str();
    let forms = [
        format!("{} keeps it until you quit. For good: {set} in {file}", state.keymap.told("{keep-theme}")),
        format!("For good: {set} in {file}"),
        format!("For good: {set} in config.toml"),
        format!("For good: {set}"),
    ];
    let fits = |form: &&String| width(form) <= cells && !file.is_empty();
    let fitting = forms.iter().find(fits).cloned().unwrap_or(set);
    fit(&fitting, cells)
}
