//! What an action does to the state.

mod answering;
mod filtering;
mod looking;
mod moving;
mod opening;
mod pointing;
mod raw;

use super::action::Action;
use super::exports::Preview;
use super::handover;
use super::order::Sort;
use super::picture::{Picture, send_key};
use super::screens::{Pane, Screen};
use super::state::State;
use super::traces::Reached;
use crate::engine::{Answer, Play, QueueId};
use crate::model::Window;

use moving::{another_signature, column, far, pane, travel};

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
pub(super) const PAGE: usize = 10;

/// Whether a filter can ask for what is selected.
pub(super) fn can_filter_by_it(state: &State, picture: &Picture) -> bool {
    filtering::terms(state, picture).is_ok()
}

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
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last
            if state.screen() == Screen::Exports =>
        {
            let before = state.desk.at;
            far(state, action, picture);
            return if state.desk.at == before { Effect::None } else { opening::look(state, picture) };
        }
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::First | Action::Last => {
            far(state, action, picture);
        }
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
        Action::Exports => return opening::exports(state, picture),
        Action::Redact => return opening::redact(state),
        Action::Write => return write(state),
        Action::Filter => state.edit(),
        Action::FilterBy => filtering::toggle(state, picture),
        Action::Longer => turn_window(state, Window::longer, "longest"),
        Action::Shorter => turn_window(state, Window::shorter, "shortest"),
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
        Action::Yes | Action::No | Action::Unknown | Action::Figure | Action::Note
            if answering::is_out_of_sight(state) =>
        {
            state.drill.read = 0;
            state.say("this is the question that is selected");
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

/// Looks further back, or less far; at the end it says so.
fn turn_window(state: &mut State, turned: fn(Window) -> Window, end: &str) {
    let to = turned(state.window);
    if to == state.window {
        return state.say(&format!("{to} is the {end} window"));
    }
    window(state, to);
}

/// Looks so far back.
pub(super) fn window(state: &mut State, window: Window) {
    if state.window != window {
        state.window = window;
        state.sort_exactly();
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
pub(super) fn write(state: &mut State) -> Effect {
    if let Preview::Making(_) = state.desk.preview {
        state.desk.is_awaited = true;
        state.say("it is written as soon as it is made");
        return Effect::None;
    }
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
