//! The help: what the keys do on the screen under it, and what the signs mean.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::window::Window;
use super::wrap::wrap;
use crate::text::width;
use crate::ui::action::{Action, Group};
use crate::ui::hits::{List, Target};
use crate::ui::screens::Screen;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Signs and words that a newcomer meets at night.
const WORDS: &[(&str, &str)] = &[
    ("REJECTED", "replies with a 5xx code, whatever the MTA did then"),
    ("REFUSED", "of an incident: these, and 4xx that waiting cannot cure"),
    ("ATTEMPTS", "one recipient, one delivery try; a retry counts again"),
    ("vs BASE", "times the rate before; · unremarkable, – no history"),
    ("▲", "in an incident: the rate left its own baseline"),
    ("◇", "trouble of theirs: their servers or connections fail"),
    ("▸new", "never said before this window"),
    ("● ◐ ○ ·", "tree: on the path, half known, asks you, not this way"),
    ("✓ ◐ ○ ✗", "checklist: done, partly, open, answered with no"),
    ("↑ → ↓ ● ?", "an incident: rising, steady, falling, over, no mail"),
    ("EXPLAINS", "the share of it that is particular to a value, at least"),
];

/// From this width on the actions' names stand at the right: a remapping uses them.
const WIDE: u16 = 98;
/// From this width on there are two columns.
const TWO: u16 = 170;
/// Cells of a column's keys; below this width of a column, of as few as can be.
const KEYS: usize = 22;
const NARROW: usize = 72;
const FEW: usize = 10;

/// Rows that can be scrolled through.
pub(super) fn rows(state: &State) -> usize {
    folded(lines(state, cells(state.size.0)), columns(state.size.0)).iter().map(Vec::len).max().unwrap_or(0)
}

/// How many columns there are on a screen of this width.
const fn columns(cells: u16) -> usize {
    if cells >= TWO { 2 } else { 1 }
}

/// Cells of each.
fn cells(cells: u16) -> usize {
    usize::from(cells) / columns(cells)
}

/// A row: a heading, or a name with what there is to say of it, and the id of an action.
enum Line {
    Blank,
    Heading(&'static str),
    Says(Role, String, String, &'static str),
}

/// A name and what there is to say of it, in as many rows as that takes.
fn says(role: Role, name: &str, help: &str, id: &'static str, cells: usize) -> Vec<Line> {
    let room = cells.saturating_sub(1 + if cells < NARROW { FEW } else { KEYS });
    let mut name = name.to_owned();
    wrap(help, room, usize::MAX)
        .0
        .into_iter()
        .map(|line| Line::Says(role, std::mem::take(&mut name), help[line].to_owned(), id))
        .collect()
}

/// The columns, a group in one of them.
fn folded(mut lines: Vec<Line>, columns: usize) -> Vec<Vec<Line>> {
    if columns < 2 {
        return vec![lines];
    }
    let half = lines.len().div_ceil(2);
    let ends = lines.iter().zip(1..).filter(|(line, _)| matches!(line, Line::Blank)).map(|(_, end)| end);
    let end = ends.min_by_key(|end: &usize| end.abs_diff(half)).unwrap_or(half);
    let rest = lines.split_off(end);
    vec![lines, rest]
}

/// Keys and sentence of everything that works on the screen under the help, in groups, and the words.
fn lines(state: &State, cells: usize) -> Vec<Line> {
    let place = state.place_of(state.under());
    let is_known = |action: Action| state.replays || !action.is_of_replay();
    let mut lines = Vec::new();
    for group in Group::ALL {
        let mut heading = Some(Line::Heading(group.words()));
        for (entry, keys) in state.keymap.entries() {
            // What has lost its keys is still in the palette.
            let is_shown = entry.places.meets(place) && !keys.is_empty() && is_known(entry.action);
            if is_shown && entry.action.group() == group {
                lines.extend(heading.take());
                // Where there is little room, the keys that fit: the first one is the one to show.
                let most = if cells < NARROW { FEW } else { usize::MAX };
                let mut named = String::new();
                for key in keys {
                    if !named.is_empty() && width(&named) + 2 + width(key) >= most {
                        break;
                    }
                    named = if named.is_empty() { (*key).to_owned() } else { format!("{named}  {key}") };
                }
                lines.extend(says(Role::Key, &named, entry.help, entry.id, cells));
            }
        }
        if heading.is_none() {
            lines.push(Line::Blank);
        }
    }
    lines.push(Line::Heading("Signs and words"));
    lines.extend(WORDS.iter().flat_map(|(word, help)| says(Role::Title, word, help, "", cells)));
    lines
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let screen = match state.under() {
        Screen::Drill => "the drill",
        Screen::Incident => "an incident",
        Screen::Sends => "the sends",
        Screen::Compare => "two sends compared",
        Screen::Exports => "the exports",
        Screen::Preview => "a preview",
        Screen::Trace => "the trace",
        Screen::RawLog => "the raw log",
        Screen::Probes => "the probes",
        Screen::Sources => "the sources",
        Screen::Themes => "the themes",
        Screen::Board | Screen::Help => "the overview",
    };
    canvas.hit(area, Target::Pane(List::Text));
    let (cells, columns) = (cells(area.width), columns(area.width));
    let lines = lines(state, cells);
    let height = usize::from(area.height.saturating_sub(1));
    let folded = folded(lines, columns);
    let long = folded.iter().map(Vec::len).max().unwrap_or(0);
    let window = Window::from(state.help_top, long, height);
    let title = [canvas.span(Role::Title, format!("Keys on {screen}"))];
    let right = window.heading(canvas);
    let inner = canvas.panel(area, &title, &right, true);
    let wide = u16::try_from(cells).unwrap_or(area.width);
    for (column, part) in (0..).zip(&folded) {
        let inner = Rect { x: inner.x + column * wide, width: wide, ..inner };
        for (row, line) in (0..).zip(part.iter().skip(window.first()).take(height)) {
            draw_line(canvas, inner, row, line);
        }
    }
}

fn draw_line(canvas: &mut Canvas<'_>, area: Rect, row: u16, line: &Line) {
    let (role, left, right, id) = match line {
        Line::Blank => return,
        Line::Heading(words) => {
            canvas.row(area, row, &[canvas.span(Role::Accent, format!(" {words}"))]);
            return;
        }
        Line::Says(role, left, right, id) => (*role, left, right, *id),
    };
    let keys = if usize::from(area.width) < NARROW { FEW } else { KEYS };
    let pad = keys.saturating_sub(width(left)).max(1);
    let spans = [
        Span::raw(" "),
        canvas.span(role, left.as_str()),
        Span::raw(" ".repeat(pad)),
        canvas.span(Role::Text, right.as_str()),
    ];
    let used = canvas.row(area, row, &spans);
    if area.width >= WIDE && usize::from(used) + width(id) + 2 <= usize::from(area.width) {
        canvas.put_right(area, row, &[canvas.span(Role::Dim, id), Span::raw(" ")]);
    }
}
