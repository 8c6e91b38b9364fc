//! What the mouse does: the same as the keys, on what lies under it.

use super::{Effect, apply, opening, travel};
use crate::ui::action::Action;
use crate::ui::hits::{Heading, List, Target};
use crate::ui::order::Sort;
use crate::ui::palette;
use crate::ui::picture::Picture;
use crate::ui::screens::{Pane, Part, Screen, Table};
use crate::ui::state::State;

/// Rows that one notch of the wheel moves through text, and through a list.
const TEXT: usize = 3;
const ROWS: usize = 1;

/// A click on `target`; whether it opened what was selected, and what is left to do.
pub(in crate::ui) fn click(state: &mut State, target: Target, picture: &Picture) -> (bool, Effect) {
    state.touched();
    match target {
        Target::Pane(list) => focus(state, list),
        Target::Row(List::Palette, at, false) => palette::travel(state, picture, |_, _| at),
        Target::Row(List::Palette, _, true) => return (true, palette::run(state, picture)),
        Target::Row(list, _, true) if has_keys(state, list) => {
            if let Some(effect) = open(state, picture) {
                return (true, effect);
            }
        }
        Target::Cell(_, _, true) => {
            if let Some(effect) = open(state, picture) {
                return (true, effect);
            }
        }
        Target::Cell(at, column, false) => {
            travel(state, picture, |_, _| at);
            state.column = picture.board.columns.get(column).map(|column| column.label.clone());
        }
        Target::Row(list, at, _) => {
            focus(state, list);
            travel(state, picture, |_, _| at);
            if list == List::Board {
                state.column = None;
            }
            if list == List::Exports {
                return (false, opening::look(state, picture));
            }
        }
        Target::Heading(heading) => {
            if let Some(sort) = column(heading, picture) {
                state.sort_by(sort);
            }
        }
        Target::Crumb(depth) => opening::back_to(state, depth),
        Target::Do(action) => return (false, apply(state, action, picture)),
        // A key goes the way of keys.
        Target::Key(_) => {}
    }
    (false, Effect::None)
}

/// What Enter does, where there is something to open.
fn open(state: &mut State, picture: &Picture) -> Option<Effect> {
    let opens = state
        .keymap
        .entries()
        .any(|(entry, _)| entry.action == Action::Open && entry.places.meets(state.place()));
    opens.then(|| apply(state, Action::Open, picture))
}

/// One notch of the wheel over `list`, upwards or downwards. The keys stay where they are.
pub(in crate::ui) fn wheel(state: &mut State, list: List, up: bool, picture: &Picture) {
    state.touched();
    let by = if matches!(list, List::Text | List::Trace | List::Log) { TEXT } else { ROWS };
    let to = |at: usize, _| if up { at.saturating_sub(by) } else { at + by };
    if list == List::Palette {
        return palette::travel(state, picture, to);
    }
    let before = (state.drill.pane, state.dossier.part, state.tables.table);
    focus(state, list);
    travel(state, picture, to);
    // The checklist shows its cursor only while it has the keys.
    if list != List::Steps {
        (state.drill.pane, state.dossier.part, state.tables.table) = before;
    }
}

/// Gives `list` the keys.
fn focus(state: &mut State, list: List) {
    match list {
        List::Sample => state.drill.pane = Pane::Sample,
        List::Tree => state.drill.pane = Pane::Tree,
        List::Steps => state.drill.pane = Pane::Checklist,
        List::Changed => state.dossier.part = Part::Changed,
        List::Timeline => state.dossier.part = Part::Timeline,
        List::Incidents => state.dossier.part = Part::Incidents,
        List::Files => state.tables.table = Table::Files,
        List::Hosts => state.tables.table = Table::Hosts,
        List::Ours => state.tables.table = Table::Ours,
        List::Board
        | List::Sends
        | List::Exports
        | List::Trace
        | List::Log
        | List::Probes
        | List::Themes
        | List::Palette
        | List::Text => {}
    }
}

/// Whether the keys go to `list` on the screen in sight.
fn has_keys(state: &State, list: List) -> bool {
    match list {
        List::Sample => state.drill.pane == Pane::Sample,
        List::Tree => state.drill.pane == Pane::Tree,
        List::Steps => state.drill.pane == Pane::Checklist,
        List::Changed => state.dossier.part == Part::Changed,
        List::Timeline => state.dossier.part == Part::Timeline,
        List::Incidents => state.dossier.part == Part::Incidents,
        List::Files => state.tables.table == Table::Files,
        List::Hosts => state.tables.table == Table::Hosts,
        List::Ours => state.tables.table == Table::Ours,
        List::Board => state.screen() == Screen::Board,
        // Nothing to open is behind a line of a log.
        List::Log => false,
        List::Sends
        | List::Exports
        | List::Trace
        | List::Probes
        | List::Themes
        | List::Palette
        | List::Text => true,
    }
}

fn column(heading: Heading, picture: &Picture) -> Option<Sort> {
    Some(match heading {
        Heading::Name => Sort::Name,
        Heading::Attempts => Sort::Attempts,
        Heading::Rejected => Sort::Rejected,
        Heading::Deferred => Sort::Deferred,
        Heading::Rate => Sort::Rate,
        Heading::Base => Sort::Base,
        Heading::Code(at) => Sort::Code(picture.board.columns.get(at)?.label.clone()),
    })
}
