//! The palette over the lower part of the screen: what is offered, and the keys that do the same.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::layout::{part, top};
use super::window::Window;
use crate::text::{Clean, fit, width};
use crate::ui::hits::{List, Target};
use crate::ui::palette::{Offer, offers};
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Rows at most, its heading with them.
const ROWS: u16 = 22;
/// Cells of a name at most.
const NAME: usize = 20;
/// Cells of a row at most.
const WIDE: u16 = 116;
/// Below this width only name and keys are left.
const ROOM: u16 = 72;

/// Draws it at the lower end of `body`.
pub(super) fn draw(canvas: &mut Canvas<'_>, body: Rect, state: &State, picture: &Picture) {
    let Some(palette) = &state.palette else { return };
    let rows = if body.height < 12 { body.height } else { part(body.height, 66).clamp(10, ROWS) };
    let (_, area) = top(body, body.height - rows);
    let offers = offers(state, picture);
    let at = palette.at.min(offers.len().saturating_sub(1));
    canvas.cover();
    canvas.clear(area);
    canvas.hit(area, Target::Pane(List::Palette));
    let window = Window::around(at, offers.len(), usize::from(area.height.saturating_sub(1)));
    let right = window.heading(canvas);
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "Commands")], &right, true);
    // The keys do not stand so far from what they do that the eye loses the row.
    let inner = Rect { width: inner.width.min(WIDE), ..inner };
    if offers.is_empty() {
        let text = match crate::ui::commands::typed(palette.line.text()) {
            Some((command, _)) => format!("Enter takes what is typed: {} {}", command.name, command.argument),
            None => "Nothing is called so. Esc closes.".to_owned(),
        };
        canvas.row(inner, 1, &[Span::raw("  "), canvas.span(Role::Dim, text)]);
    }
    for (row, place, offer) in window.of(0, &offers) {
        line(canvas, inner, row, offer, place == at, state);
        canvas.listed(inner, row, List::Palette, place, place == at);
    }
}

fn line(canvas: &mut Canvas<'_>, area: Rect, row: u16, offer: &Offer, picked: bool, state: &State) {
    let (name, help, right, role) = match offer {
        Offer::Action(entry, true) => {
            let keys = state.keymap.entries().find(|(known, _)| known.id == entry.id);
            let keys = keys.map(|(_, keys)| keys.join("  ")).unwrap_or_default();
            (entry.id.to_owned(), entry.help.to_owned(), keys, Role::Title)
        }
        Offer::Action(entry, false) => {
            let place = format!("on {}", entry.places.words());
            (entry.id.to_owned(), entry.help.to_owned(), place, Role::Dim)
        }
        Offer::Command(command) => {
            let name = format!("{} {}", command.name, command.argument);
            (name, command.help.to_owned(), String::new(), Role::Title)
        }
        Offer::Value(command, value, about) => {
            let name = Clean::from(format!("{} {value}", command.name).as_str()).to_string();
            (name, about.clone(), String::new(), Role::Title)
        }
    };
    let wide = area.width >= ROOM;
    let cells = usize::from(area.width);
    let room = if matches!(offer, Offer::Value(..)) { cells / 2 } else { NAME };
    let name = fit(&name, room.min(cells.saturating_sub(4)));
    let mark = canvas.span(Role::Accent, if picked { " ▸ " } else { "   " });
    let lead = canvas.row(area, row, &[mark]);
    let (x, y) = (area.x + lead, area.y + row);
    let taken = canvas.put(x, y, area.width.saturating_sub(lead), &[canvas.span(role, name)]);
    if picked {
        canvas.tint(Rect { x, y, width: taken, height: 1 }, Role::Selected);
    }
    let is_here = role != Role::Dim;
    let right = fit(&right, cells.saturating_sub(usize::from(lead + taken) + 2));
    let end = u16::try_from(width(&right) + 1).unwrap_or(0);
    if wide {
        let x = x + u16::try_from(room).unwrap_or(0).max(taken) + 2;
        let left = area.right().saturating_sub(x).saturating_sub(end + 1);
        canvas.put(x, y, left, &[canvas.span(if is_here { Role::Text } else { Role::Dim }, help)]);
    }
    let right = canvas.span(if is_here { Role::Key } else { Role::Dim }, right);
    canvas.put_right(area, row, &[right, Span::raw(" ")]);
}
