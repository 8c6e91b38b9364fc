//! Moves the cursors: through lists and texts, over columns, from pane to pane.

use super::{PAGE, opening};
use crate::ui::action::Action;
use crate::ui::picture::{Picture, send_key};
use crate::ui::screens::{Pane, Part, Screen, Table};
use crate::ui::state::{Pick, State};
use crate::ui::traces::Reached;
use crate::ui::{chronicle, view};

/// Moves the cursor of the pane that has the keys, as an action of moving says.
pub(super) fn far(state: &mut State, action: Action, picture: &Picture) {
    match action {
        Action::Up => travel(state, picture, |at, _| at.saturating_sub(1)),
        Action::Down => travel(state, picture, |at, _| at + 1),
        Action::PageUp => travel(state, picture, |at, _| at.saturating_sub(PAGE)),
        Action::PageDown => travel(state, picture, |at, _| at + PAGE),
        Action::First => travel(state, picture, |_, _| 0),
        _ => travel(state, picture, |_, last| last),
    }
}

/// Moves the cursor of the pane that has the keys; `to` gets the place and the last place.
pub(super) fn travel(state: &mut State, picture: &Picture, to: impl Fn(usize, usize) -> usize) {
    let moved = |cursor: &mut usize, len: usize| {
        let last = len.saturating_sub(1);
        *cursor = to(*cursor, last).min(last);
    };
    match state.screen() {
        Screen::Board => {
            let places = places(picture);
            let here = state.resolved(&picture.incidents);
            let mut at = places.iter().position(|pick| *pick == here).unwrap_or(0);
            moved(&mut at, places.len());
            state.pick = places.into_iter().nth(at).unwrap_or_default();
        }
        Screen::Help => {
            let len = view::help_rows(state);
            moved(&mut state.help_top, len);
        }
        Screen::Trace => {
            if let Some(trace) = state.traces.top_mut()
                && let Reached::Found(traced) = &trace.reached
            {
                moved(&mut trace.line, traced.lines.len());
            }
        }
        Screen::RawLog => state.raw.travel(&to),
        Screen::Probes => moved(&mut state.probe, picture.probes.len()),
        Screen::Sources => match state.tables.table {
            Table::Files => moved(&mut state.tables.file, picture.head.sources.len()),
            Table::Hosts => moved(&mut state.tables.host, picture.tables.hosts.len()),
            Table::Ours => moved(&mut state.tables.ours, picture.tables.ours.len()),
        },
        Screen::Incident => match state.dossier.part {
            Part::Changed => moved(&mut state.dossier.value, picture.contrast.differences.len()),
            Part::Timeline => {
                let len = chronicle::of(state, picture).len();
                let mut at = state.dossier.happened.unwrap_or(len.saturating_sub(1));
                moved(&mut at, len);
                // At the end, what happens next is followed.
                state.dossier.happened = (at + 1 < len).then_some(at);
            }
            Part::Incidents => {
                let here = state.shown(&picture.incidents).map(|incident| incident.id.clone());
                let place = picture.incidents.iter().position(|incident| Some(&incident.id) == here.as_ref());
                let mut at = place.unwrap_or(0);
                moved(&mut at, picture.incidents.len());
                if let Some(incident) = picture.incidents.get(at) {
                    opening::show(state, incident.id.clone());
                }
            }
        },
        Screen::Sends => {
            let mut at = state.sending.at(&picture.sends);
            moved(&mut at, picture.sends.len());
            state.sending.pick = picture.sends.get(at).map(send_key);
        }
        Screen::Compare => moved(&mut state.sending.top, view::compared_rows(picture)),
        Screen::Themes => {
            let mut at = state.wardrobe.at;
            moved(&mut at, state.wardrobe.len());
            state.wardrobe.at = at;
            state.try_theme();
        }
        Screen::Exports => moved(&mut state.desk.at, state.desk.kinds.len()),
        Screen::Preview => {
            let rows = state.desk.document().map_or(0, |document| document.text.lines().count());
            moved(&mut state.desk.top, rows);
        }
        Screen::Drill => match state.drill.pane {
            Pane::Sample => through_strings(state, picture, to),
            Pane::Tree => through_tree(state, picture, to),
            Pane::Checklist => moved(&mut state.drill.step, picture.diagnosis.checklist.len()),
        },
    }
}

/// Moves through the strings; where one alone is in sight, through its text first.
fn through_strings(state: &mut State, picture: &Picture, to: impl Fn(usize, usize) -> usize) {
    let last = view::drill_beyond(state, picture);
    let at = to(state.drill.read, last).min(last);
    if at != state.drill.read {
        state.drill.read = at;
        return;
    }
    let last = picture.sample.strings.len().saturating_sub(1);
    state.drill.string = to(state.drill.string, last).min(last);
    state.drill.read = 0;
}

/// Moves through the tree, and from its last node on through what is told below it.
fn through_tree(state: &mut State, picture: &Picture, to: impl Fn(usize, usize) -> usize) {
    let last = picture.diagnosis.tree.len().saturating_sub(1);
    let here = if state.drill.read > 0 { last + state.drill.read } else { state.drill.node };
    let node = state.drill.node;
    state.drill.node = last;
    let end = last + view::drill_beyond(state, picture);
    state.drill.node = node;
    let at = to(here, end).min(end);
    // A far step ends at the last node first.
    let at = if here < last { at.min(last) } else { at };
    (state.drill.node, state.drill.read) = (at.min(last), at.saturating_sub(last));
}

/// Everything on the overview that can be selected, from top to bottom.
fn places(picture: &Picture) -> Vec<Pick> {
    let incidents = picture.running().map(|incident| Pick::Incident(incident.id.clone()));
    let rows = picture.board.rows.iter().map(|row| Pick::Provider(row.id.clone()));
    incidents.chain(std::iter::once(Pick::All)).chain(rows).collect()
}

/// Moves over the code columns; place 0 is the whole row.
pub(super) fn column(state: &mut State, picture: &Picture, to: impl Fn(usize) -> usize) {
    // An incident's line has no columns: the move goes on in the row that it is about.
    if let Pick::Incident(_) = state.resolved(&picture.incidents) {
        let scope = state.selected(&picture.incidents);
        state.pick = scope.provider.map_or(Pick::All, Pick::Provider);
        state.column = None;
    }
    let labels: Vec<_> = picture.board.columns.iter().map(|column| &column.label).collect();
    let here = state.column.as_ref().and_then(|label| labels.iter().position(|known| *known == label));
    let at = to(here.map_or(0, |at| at + 1)).min(labels.len());
    state.column = at.checked_sub(1).and_then(|at| labels.get(at)).map(|label| (*label).clone());
}

/// To the next or the previous pane of the screen.
pub(super) fn pane(state: &mut State, next: bool) {
    match state.screen() {
        Screen::RawLog => state.raw.turn(next),
        Screen::Sources => {
            let table = state.tables.table;
            state.tables.table = if next { table.next() } else { table.previous() };
        }
        Screen::Incident => {
            let part = state.dossier.part;
            state.dossier.part = if next { part.next() } else { part.previous() };
        }
        _ => {
            let pane = state.drill.pane;
            state.drill.pane = if next { pane.next() } else { pane.previous() };
            state.drill.read = 0;
        }
    }
}

/// To the nearest string after or before the selected one that says something else; its group's first one.
pub(super) fn another_signature(state: &mut State, picture: &Picture, next: bool) {
    let strings = &picture.sample.strings;
    let id = |at: usize| strings.get(at).map(|string| string.verdict.signature_id);
    let here = state.drill.string;
    let other = if next {
        (here..strings.len()).find(|at| id(*at) != id(here))
    } else {
        let end = (0..here).rev().find(|at| id(*at) != id(here));
        end.map(|end| (0..=end).rev().take_while(|at| id(*at) == id(end)).last().unwrap_or(end))
    };
    match other {
        Some(at) => state.drill.string = at,
        None => state.say(if next {
            "no string below says anything else"
        } else {
            "none above says anything else"
        }),
    }
}
