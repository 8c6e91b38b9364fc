//! The raw log: into it, to the line of a string, and far along it.

use crate::engine::{LogSays, Sought};
use crate::text::Clean;
use crate::ui::action::Action;
use crate::ui::picture::Picture;
use crate::ui::screens::{Pane, Screen, Table};
use crate::ui::state::State;
use crate::ui::traces::Reached;
use crate::ui::view;

/// Opens the raw log: at the line of the selected string or traced line, at the selected source, else
/// where it was left, or at its end.
pub(super) fn open(state: &mut State, picture: &Picture) {
    if state.raw.names.is_empty() {
        return state.say("there is no log to show: nothing is read here");
    }
    let (mut source, mut sought) = (None, None);
    match state.screen() {
        Screen::Drill if state.drill.pane == Pane::Sample => {
            let string = picture.sample.strings.get(state.drill.string);
            sought = string.filter(|string| !string.queue_id.is_empty()).map(|string| Sought {
                queue_id: string.queue_id.clone(),
                at: string.at,
                recipient: string.recipient.clone(),
                text: Clean::default(),
            });
            if string.is_some() && sought.is_none() {
                state.say("the log gives this string no queue id to find its line by: this is the log's end");
            }
        }
        Screen::Trace => sought = traced(state),
        Screen::Sources if state.tables.table == Table::Files => source = Some(state.tables.file),
        _ => {}
    }
    let source = source.filter(|source| *source < state.raw.names.len());
    state.raw.open(source, sought);
    state.push(Screen::RawLog);
}

/// The selected line of the trace.
fn traced(state: &State) -> Option<Sought> {
    let trace = state.traces.top()?;
    let Reached::Found(traced) = &trace.reached else { return None };
    let line = traced.lines.get(trace.line)?;
    Some(Sought {
        queue_id: traced.id.clone(),
        at: line.at?,
        recipient: line.attempts.first().map(|attempt| attempt.recipient.clone()).unwrap_or_default(),
        text: line.text.clone(),
    })
}

/// To the ends, or by as many lines as are in sight.
pub(super) fn far(state: &mut State, action: Action) {
    let rows = view::log_rows(state).saturating_sub(1).max(1);
    match action {
        Action::First => state.raw.first(),
        Action::Last => state.raw.last(),
        Action::PageUp => state.raw.travel(|at, _| at.saturating_sub(rows)),
        _ => state.raw.travel(|at, _| at + rows),
    }
}

/// To the next match, or the one before.
pub(super) fn next_match(state: &mut State, forward: bool) {
    if let Some(said) = state.raw.next_match(forward) {
        state.say(said);
    }
}

/// The queue id of the selected line.
pub(super) fn queue_id(state: &State) -> Option<Clean> {
    let line = state.raw.line()?;
    match &line.says {
        LogSays::Attempt(attempt) if !attempt.queue_id.is_empty() => Some(attempt.queue_id.clone()),
        _ => view::queue_id(&line.text).map(Clean::from),
    }
}
