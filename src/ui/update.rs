//! What an action does to the state.

use std::sync::Arc;

use super::action::Action;
use super::handover;
use super::picture::Picture;
use super::state::{Drill, IncidentKey, Pane, Pick, Screen, State, Table};
use super::traces::Reached;
use crate::engine::{Answer, QueueId, Scope};

/// What the loop has to do beyond drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// Leave.
    Quit,
    /// Stop the process as the shell's Ctrl-Z does.
    Suspend,
    /// Forget what the terminal shows and draw it anew.
    Redraw,
    /// Search the sources for every line of an id.
    Trace(QueueId),
    /// Send `text` to the terminal's clipboard.
    Copy {
        /// What it is called.
        what: &'static str,
        /// The text.
        text: String,
    },
}

/// Rows that a page key moves.
const PAGE: usize = 10;

/// Carries out `action` on what `picture` shows.
pub(super) fn apply(state: &mut State, action: Action, picture: &Picture) -> Effect {
    state.touched();
    match action {
        Action::Quit => return Effect::Quit,
        Action::Suspend => return Effect::Suspend,
        Action::Redraw => return Effect::Redraw,
        Action::Copy => {
            let (what, text) = handover::selected(state, picture);
            return Effect::Copy { what, text };
        }
        Action::CopyAll => {
            let (what, text) = handover::everything(state, picture);
            return Effect::Copy { what, text };
        }
        Action::Up => travel(state, picture, |at, _| at.saturating_sub(1)),
        Action::Down => travel(state, picture, |at, _| at + 1),
        Action::PageUp => travel(state, picture, |at, _| at.saturating_sub(PAGE)),
        Action::PageDown => travel(state, picture, |at, _| at + PAGE),
        Action::First => travel(state, picture, |_, _| 0),
        Action::Last => travel(state, picture, |_, last| last),
        Action::Left => column(state, picture, |at| at.saturating_sub(1)),
        Action::Right => column(state, picture, |at| at + 1),
        Action::Open => open(state, picture),
        Action::Back => back(state),
        Action::NextPane if state.screen() == Screen::Sources => {
            state.tables.table = state.tables.table.next();
        }
        Action::PreviousPane if state.screen() == Screen::Sources => {
            state.tables.table = state.tables.table.previous();
        }
        Action::NextPane => state.drill.pane = state.drill.pane.next(),
        Action::PreviousPane => state.drill.pane = state.drill.pane.previous(),
        Action::Trace => return trace(state, picture),
        Action::Sources => state.push(Screen::Sources),
        Action::Checklist => {
            if state.screen() == Screen::Board {
                open(state, picture);
            }
            state.drill.pane = Pane::Checklist;
        }
        Action::Incident => incident(state, picture),
        Action::Filter => state.edit(),
        Action::Longer => window(state, state.window.longer()),
        Action::Shorter => window(state, state.window.shorter()),
        Action::Freeze => state.frozen = !state.frozen,
        Action::Sort => {
            state.sort = state.sort.next();
            state.sort_exactly();
            state.say(&format!("sorted by {}", state.sort.words()));
        }
        Action::Wrap => state.wrap = !state.wrap,
        Action::Refresh => {
            state.drill.serial += 1;
            state.drill.string = 0;
        }
        Action::Yes => answer(state, picture, Answer::Yes),
        Action::No => answer(state, picture, Answer::No),
        Action::Theme => {
            state.theme = state.theme.next();
            state.say(&format!("theme {}: {}", state.theme.name(), state.theme.about()));
        }
        Action::Help => {
            if state.screen() == Screen::Help {
                state.pop();
            } else {
                state.help_top = 0;
                state.push(Screen::Help);
            }
        }
    }
    Effect::None
}

/// Moves the cursor of the pane that has the keys; `to` gets the place and the last place.
fn travel(state: &mut State, picture: &Picture, to: impl Fn(usize, usize) -> usize) {
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
            let len = super::view::help_rows(state);
            moved(&mut state.help_top, len);
        }
        Screen::Trace => {
            if let Some(trace) = state.traces.top_mut()
                && let Reached::Found(traced) = &trace.reached
            {
                moved(&mut trace.line, traced.lines.len());
            }
        }
        Screen::Sources => match state.tables.table {
            Table::Files => moved(&mut state.tables.file, picture.head.sources.len()),
            Table::Hosts => moved(&mut state.tables.host, picture.tables.hosts.len()),
            Table::Ours => moved(&mut state.tables.ours, picture.tables.ours.len()),
        },
        Screen::Drill => match state.drill.pane {
            Pane::Sample => moved(&mut state.drill.string, picture.sample.strings.len()),
            Pane::Tree => moved(&mut state.drill.node, picture.diagnosis.tree.len()),
            Pane::Checklist => moved(&mut state.drill.step, picture.diagnosis.checklist.len()),
        },
    }
}

/// Everything on the overview that can be selected, from top to bottom.
fn places(picture: &Picture) -> Vec<Pick> {
    let incidents = picture.running().map(|incident| Pick::Incident(IncidentKey::of(incident)));
    let rows = picture.board.rows.iter().map(|row| Pick::Provider(row.id.clone()));
    incidents.chain(std::iter::once(Pick::All)).chain(rows).collect()
}

/// Moves over the code columns; place 0 is the whole row.
fn column(state: &mut State, picture: &Picture, to: impl Fn(usize) -> usize) {
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

fn window(state: &mut State, window: crate::model::Window) {
    if state.window != window {
        state.window = window;
        state.sort_exactly();
    }
}

fn open(state: &mut State, picture: &Picture) {
    match state.screen() {
        Screen::Board => drill(state, state.selected(&picture.incidents)),
        Screen::Drill => state.drill.zoomed = !state.drill.zoomed,
        Screen::Help | Screen::Trace | Screen::Sources => {}
    }
}

/// Opens the drill on `scope`; where it was open on the same before, its cursors are kept.
fn drill(state: &mut State, scope: Scope) {
    let serial = state.drill.serial + 1;
    if state.drill.scope != scope {
        state.drill = Drill { scope, ..Drill::default() };
    }
    state.drill.serial = serial;
    state.push(Screen::Drill);
}

fn back(state: &mut State) {
    match state.screen() {
        Screen::Drill if state.drill.zoomed => state.drill.zoomed = false,
        Screen::Trace => state.end_trace(),
        Screen::Drill | Screen::Sources | Screen::Help => state.pop(),
        Screen::Board if !state.filter.is_empty() => state.unfilter(),
        Screen::Board => (state.pick, state.column) = (Pick::Auto, None),
    }
}

/// Traces the queue id of the selected string, or the other id that the selected line names.
fn trace(state: &mut State, picture: &Picture) -> Effect {
    let id = match state.traces.top() {
        Some(trace) if state.screen() == Screen::Trace => {
            let line = match &trace.reached {
                Reached::Found(traced) => traced.lines.get(trace.line),
                Reached::Searching(..) | Reached::Failed(_) => None,
            };
            line.and_then(|line| line.names.first()).map(|named| named.id.clone())
        }
        _ => picture.sample.strings.get(state.drill.string).map(|string| string.queue_id.clone()),
    };
    match id.as_deref().map(QueueId::new) {
        Some(Ok(id)) => {
            state.begin_trace(id.as_str());
            Effect::Trace(id)
        }
        _ => {
            state.say(match state.screen() {
                Screen::Trace => "this line names no other id",
                _ => "the log gives this string no queue id, so there is nothing to trace it by",
            });
            Effect::None
        }
    }
}

/// To the first running incident, or the one after the one that is open.
fn incident(state: &mut State, picture: &Picture) {
    let running: Vec<_> = picture.running().collect();
    let here = match &state.pick {
        Pick::Incident(key) if state.screen() == Screen::Drill => {
            running.iter().position(|incident| IncidentKey::of(incident) == *key)
        }
        _ => None,
    };
    let next = here.map_or(0, |at| at + 1) % running.len().max(1);
    let Some(incident) = running.get(next) else {
        state.say("no incident is running");
        return;
    };
    state.pick = Pick::Incident(IncidentKey::of(incident));
    drill(state, state.selected(&picture.incidents));
}

/// The operator's answer to what is selected; the same answer twice takes it back.
fn answer(state: &mut State, picture: &Picture, answer: Answer) {
    let id: Option<Arc<str>> = match state.drill.pane {
        Pane::Tree => picture.diagnosis.tree.get(state.drill.node).map(|line| Arc::clone(&line.id)),
        Pane::Checklist => picture.diagnosis.checklist.get(state.drill.step).map(|step| Arc::clone(&step.id)),
        Pane::Sample => None,
    };
    let Some(id) = id else { return };
    let answers = state.answers_mut();
    if answers.get(&id) == Some(&answer) {
        answers.remove(&id);
        state.say("your answer is taken back");
    } else {
        answers.insert(id, answer);
        state.say(match answer {
            Answer::Yes => "your answer: yes",
            Answer::No => "your answer: no",
            Answer::Unknown | Answer::Figure(_) => "your answer is taken",
        });
    }
}
