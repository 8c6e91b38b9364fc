//! What an action does to the state.

mod answering;
mod filtering;
mod looking;
mod opening;
mod pointing;
mod raw;

use super::action::Action;
use super::exports::Preview;
use super::handover;
use super::order::Sort;
use super::picture::{Picture, send_key};
use super::screens::{Pane, Part, Screen, Table};
use super::state::{Pick, State};
use super::traces::Reached;
use crate::engine::{Answer, Play, QueueId};

pub(super) use pointing::{click, wheel};

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
    /// Ask the player of the log for something.
    Play(Play),
    /// Make the document that is in sight.
    Make,
    /// Write the document that is in sight.
    Write,
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
            return Effect::Copy { what, text: handover::masked(state, picture, text) };
        }
        Action::CopyAll => {
            let (what, text) = handover::everything(state, picture);
            return Effect::Copy { what, text: handover::masked(state, picture, text) };
        }
        Action::PageUp | Action::PageDown | Action::First | Action::Last
            if state.screen() == Screen::RawLog =>
        {
            raw::far(state, action);
        }
        Action::Up => travel(state, picture, |at, _| at.saturating_sub(1)),
        Action::Down => travel(state, picture, |at, _| at + 1),
        Action::PageUp => travel(state, picture, |at, _| at.saturating_sub(PAGE)),
        Action::PageDown => travel(state, picture, |at, _| at + PAGE),
        Action::First => travel(state, picture, |_, _| 0),
        Action::Last => travel(state, picture, |_, last| last),
        Action::Left | Action::Right if state.screen() == Screen::RawLog => {
            state.raw.sideways(action == Action::Right);
        }
        Action::Left => column(state, picture, |at| at.saturating_sub(1)),
        Action::Right => column(state, picture, |at| at + 1),
        Action::Open => return opening::open(state, picture),
        Action::Back => opening::back(state),
        Action::NextPane | Action::PreviousPane => pane(state, action == Action::NextPane),
        Action::Trace => return trace(state, picture),
        Action::RawLog => raw::open(state, picture),
        Action::NextMatch => raw::next_match(state, true),
        Action::PreviousMatch => raw::next_match(state, false),
        Action::Probes => opening::probes(state),
        Action::Sources => state.push(Screen::Sources),
        Action::Checklist => {
            if state.base() != Screen::Drill {
                opening::drill(state, state.scope(&picture.incidents), picture);
            }
            state.drill.pane = Pane::Checklist;
        }
        Action::Incident => opening::incident(state, picture),
        Action::Dossier => opening::dossier(state, picture),
        Action::Sends => state.push(Screen::Sends),
        Action::Mark => mark(state, picture),
        Action::Exports => opening::exports(state),
        Action::Redact => return opening::redact(state),
        Action::Write => return write(state),
        Action::Filter => state.edit(),
        Action::FilterBy => filtering::toggle(state, picture),
        Action::Longer => window(state, state.window.longer()),
        Action::Shorter => window(state, state.window.shorter()),
        Action::Freeze => state.frozen = !state.frozen,
        Action::Earlier => looking::step(state, picture, -looking::STEPS),
        Action::Later => looking::step(state, picture, looking::STEPS),
        Action::EarlierWindow => looking::step(state, picture, -1),
        Action::LaterWindow => looking::step(state, picture, 1),
        Action::GoTo => looking::ask(state, picture),
        Action::Onset => looking::onset(state, picture),
        Action::Now => looking::now(state),
        Action::Pause => return Effect::Play(Play::Pause),
        Action::Slower => return Effect::Play(Play::Slower),
        Action::Faster => return Effect::Play(Play::Faster),
        Action::Sort => {
            state.reversed = false;
            // The column under the cursor comes first.
            let code = state.column.clone().map(Sort::Code).filter(|code| state.sort != *code);
            state.sort_by(code.unwrap_or_else(|| state.sort.next()));
        }
        Action::Wrap if state.screen() == Screen::RawLog => state.raw.wrap = !state.raw.wrap,
        Action::Wrap => state.wrap = !state.wrap,
        Action::NextSignature => another_signature(state, picture, true),
        Action::PreviousSignature => another_signature(state, picture, false),
        Action::Regroup => {
            state.by_time = !state.by_time;
            state.say(if state.by_time { "by time, the newest first" } else { "by what they say" });
        }
        Action::Mask => state.masked = !state.masked,
        Action::Refresh => {
            state.drill.serial += 1;
            state.drill.string = 0;
        }
        Action::Yes => answering::answer(state, picture, Answer::Yes),
        Action::No => answering::answer(state, picture, Answer::No),
        Action::Unknown => answering::answer(state, picture, Answer::Unknown),
        Action::Figure => answering::figure(state, picture),
        Action::Note => answering::note(state, picture),
        Action::Theme => state.themes(),
        Action::Palette => super::palette::open(state),
        Action::Mouse => {
            state.mouse = !state.mouse;
            state.say(if state.mouse {
                "the mouse is ours: Shift-drag selects text"
            } else {
                "the mouse is the terminal's again"
            });
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
                let len = super::chronicle::of(state, picture).len();
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
        Screen::Compare => moved(&mut state.sending.top, super::view::compared_rows(picture)),
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
            Pane::Sample => moved(&mut state.drill.string, picture.sample.strings.len()),
            Pane::Tree => moved(&mut state.drill.node, picture.diagnosis.tree.len()),
            Pane::Checklist => moved(&mut state.drill.step, picture.diagnosis.checklist.len()),
        },
    }
}

/// Everything on the overview that can be selected, from top to bottom.
fn places(picture: &Picture) -> Vec<Pick> {
    let incidents = picture.running().map(|incident| Pick::Incident(incident.id.clone()));
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

/// To the next or the previous pane of the screen.
fn pane(state: &mut State, next: bool) {
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
        }
    }
}

/// To the nearest string after or before the selected one that says something else; its group's first one.
fn another_signature(state: &mut State, picture: &Picture, next: bool) {
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

/// Marks the selected send, or takes the mark back; of three the oldest mark goes.
fn mark(state: &mut State, picture: &Picture) {
    let Some(send) = picture.sends.get(state.sending.at(&picture.sends)) else {
        return state.say("no send is here to be marked");
    };
    let key = send_key(send);
    let marked = &mut state.sending.marked;
    if let Some(at) = marked.iter().position(|other| *other == key) {
        marked.remove(at);
        return state.say("the mark is taken back");
    }
    if marked.len() >= 2 {
        marked.remove(0);
    }
    marked.push(key);
    state.say(&state.keymap.told(if state.sending.marked.len() == 2 {
        "two sends are marked: {compare} compares them"
    } else {
        "marked; mark another one to compare"
    }));
}

/// Writes the document in sight.
fn write(state: &mut State) -> Effect {
    let Preview::Made(document) = &state.desk.preview else {
        state.say("there is nothing to write yet");
        return Effect::None;
    };
    state.desk.preview = Preview::Writing(std::sync::Arc::clone(document));
    Effect::Write
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
        _ if state.screen() == Screen::RawLog => raw::queue_id(state),
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
                Screen::RawLog => "no queue id is known of this line",
                _ => "the log gives this string no queue id, so there is nothing to trace it by",
            });
            Effect::None
        }
    }
}
