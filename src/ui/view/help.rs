//! The help: what the keys do on the screen under it, and what the signs mean.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::window::Window;
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
const WIDE: u16 = 110;
/// Cells of the left column.
const KEYS: usize = 22;

pub(super) fn rows(state: &State) -> usize {
    lines(state).len()
}

/// A row: a heading, or a name with what there is to say of it, and the id of an action.
enum Line {
    Blank,
    Heading(&'static str),
    Says(Role, String, &'static str, &'static str),
}

/// Keys and sentence of everything that works on the screen under the help, in groups, and the words.
fn lines(state: &State) -> Vec<Line> {
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
                lines.push(Line::Says(Role::Key, keys.join("  "), entry.help, entry.id));
            }
        }
        if heading.is_none() {
            lines.push(Line::Blank);
        }
    }
    lines.push(Line::Heading("Signs and words"));
    lines.extend(WORDS.iter().map(|(word, help)| Line::Says(Role::Title, (*word).to_owned(), help, "")));
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
    let lines = lines(state);
    let len = lines.len();
    canvas.hit(area, Target::Pane(List::Text));
    let height = usize::from(area.height.saturating_sub(1));
    let window = Window::from(state.help_top, len, height);
    let title = [
        canvas.span(Role::Title, format!("Keys on {screen}")),
        canvas.span(Role::Text, format!(" · theme {}", state.theme.name())),
    ];
    let right = window.heading(canvas);
    let inner = canvas.panel(area, &title, &right, true);
    for (row, line) in (0..).zip(lines.into_iter().skip(window.first()).take(height)) {
        let (role, left, right, id) = match line {
            Line::Blank => continue,
            Line::Heading(words) => {
                canvas.row(inner, row, &[canvas.span(Role::Accent, format!(" {words}"))]);
                continue;
            }
            Line::Says(role, left, right, id) => (role, left, right, id),
        };
        let pad = KEYS.saturating_sub(width(&left)).max(1);
        let spans = [
            Span::raw(" "),
            canvas.span(role, left),
            Span::raw(" ".repeat(pad)),
            canvas.span(Role::Text, right),
        ];
        canvas.row(inner, row, &spans);
        if inner.width >= WIDE {
            canvas.put_right(inner, row, &[canvas.span(Role::Dim, id), Span::raw(" ")]);
        }
    }
}
