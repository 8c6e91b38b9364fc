//! The keys that lead somewhere here and now: the last row.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use crate::engine::{Mode, Takes};
use crate::text::width;
use crate::ui::action::{Action, Entry};
use crate::ui::hits::Target;
use crate::ui::picture::Picture;
use crate::ui::screens::{Pane, Screen};
use crate::ui::state::State;
use crate::ui::theme::Role;
use crate::ui::traces::Reached;
use crate::ui::update::can_filter_by_it;

/// As many keys as fit into one row, the most needed first.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let place = state.place();
    let keyed = state.keymap.entries().filter_map(|(entry, keys)| Some((entry, *keys.first()?)));
    let mut entries: Vec<_> =
        keyed.filter(|(entry, _)| entry.rank > 0 && entry.places.meets(place)).collect();
    entries.retain(|(entry, _)| leads_somewhere(entry, state, picture));
    entries.sort_by_key(|(entry, _)| entry.rank);
    let mut spans = vec![Span::raw(" ")];
    for (entry, key) in entries {
        let word = match entry.action {
            Action::Pause if picture.head.playing.is_some_and(|playing| playing.paused) => "go on",
            Action::Freeze if state.frozen => "live",
            Action::Open if entry.id == "context" && state.raw.context => "only matches",
            Action::Back if state.drill.zoomed && state.screen() == Screen::Drill => "unzoom",
            _ => entry.short,
        };
        // Two keys with one meaning in two directions are one hint.
        let (before, behind, also) = match entry.action {
            Action::Shorter => (state.keymap.first("longer"), "", Action::Longer),
            Action::Slower => ("", state.keymap.first("faster"), Action::Faster),
            Action::Earlier => ("", state.keymap.first("later"), Action::Later),
            _ => ("", "", entry.action),
        };
        let keys = match (before, behind) {
            ("", "") => key.to_owned(),
            ("", behind) => format!("{key} {behind}"),
            (before, _) => format!("{before}/{key}"),
        };
        // Either half of it is its own way.
        let other = match (before, behind) {
            ("", behind) => (width(key) + 1, width(behind)),
            (before, _) => (0, width(before)),
        };
        let hint = [canvas.span(Role::Key, keys), canvas.span(Role::Dim, format!(" {word}  "))];
        let (used, cells) = (width_of(&spans), width_of(&hint));
        if used + cells > usize::from(area.width) + 2 {
            continue;
        }
        let cell = |cells: usize| u16::try_from(cells).unwrap_or(area.width);
        let place = Rect { x: area.x + cell(used), width: cell(cells - 2), ..area };
        canvas.hit(place, Target::Do(entry.action));
        canvas.hit(Rect { x: place.x + cell(other.0), width: cell(other.1), ..place }, Target::Do(also));
        spans.extend(hint);
    }
    if let Some(last) = spans.last_mut() {
        last.content = last.content.trim_end().to_owned().into();
    }
    canvas.row(area, 0, &spans);
}

/// Whether an action does something with what is on the screen: no hint of a key that leads nowhere now.
fn leads_somewhere(entry: &Entry, state: &State, picture: &Picture) -> bool {
    let here = match entry.id {
        // Esc says it: one word for one way.
        "zoom" => !state.drill.zoomed,
        "now" => picture.head.back.is_some(),
        "incident" => picture.running().next().is_some(),
        "note-incident" | "next-part" => !picture.incidents.is_empty(),
        "context" => state.raw.is_filtered(),
        "next-match" => state.raw.is_filtered() && !state.raw.lines().is_empty(),
        "trace-line" | "wrap-lines" => !state.raw.lines().is_empty(),
        "compare" | "mark" => !picture.sends.is_empty(),
        "preview" => !state.desk.kinds.is_empty(),
        "write" => state.desk.document().is_some(),
        "redact" => state.desk.document().is_some() && state.desk.kind.is_some_and(|kind| kind.redacts),
        "trace" | "next-signature" | "regroup" | "mask" | "wrap" => !picture.sample.strings.is_empty(),
        "trace-on" => names_another(state),
        "copy-command" => !picture.probes.is_empty(),
        "yes" | "no" | "unknown" | "note" => asks(state, picture).is_some(),
        "figure" => matches!(asks(state, picture), Some(Takes::Figure { .. })),
        "copy" => has_to_copy(state, picture),
        "checklist" => state.screen() != Screen::Drill || state.drill.pane != Pane::Checklist,
        "keep-theme" => state.wardrobe.rows().get(state.wardrobe.at).is_none_or(|row| row.about.is_ok()),
        "filter-by" => can_filter_by_it(state, picture),
        _ => true,
    };
    let is_playing = state.replays && picture.head.mode != Mode::Ended;
    here && (is_playing || !entry.action.is_of_replay())
}

/// What the selected question, step or command takes for an answer.
fn asks<'p>(state: &State, picture: &'p Picture) -> Option<&'p Takes> {
    let (drill, diagnosis) = (&state.drill, &picture.diagnosis);
    match (state.screen(), drill.pane) {
        (Screen::Probes, _) => picture.probes.get(state.probe).map(|probe| &probe.takes),
        // What is scrolled out of sight is not answered.
        (Screen::Drill, Pane::Tree) if drill.read > 0 => None,
        (Screen::Drill, Pane::Tree) => diagnosis.tree.get(drill.node).map(|node| &node.takes),
        (Screen::Drill, Pane::Checklist) => diagnosis.checklist.get(drill.step).map(|step| &step.takes),
        _ => None,
    }
}

/// Whether the selected line of a trace names another id.
fn names_another(state: &State) -> bool {
    state.traces.top().is_some_and(|trace| match &trace.reached {
        Reached::Found(traced) => traced.lines.get(trace.line).is_some_and(|line| !line.names.is_empty()),
        Reached::Searching(..) | Reached::Failed(_) => false,
    })
}

/// Whether something is selected that can be copied.
fn has_to_copy(state: &State, picture: &Picture) -> bool {
    match state.screen() {
        Screen::Drill => !picture.sample.strings.is_empty(),
        Screen::Sends => !picture.sends.is_empty(),
        Screen::RawLog => !state.raw.lines().is_empty(),
        Screen::Preview => state.desk.document().is_some(),
        Screen::Trace => state.traces.top().is_some_and(
            |trace| matches!(&trace.reached, Reached::Found(traced) if !traced.lines.is_empty()),
        ),
        _ => true,
    }
}
