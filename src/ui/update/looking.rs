//! Looking back: the moment that the screen shows, and how it moves.

use crate::model::Moment;
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::state::{Pick, State};
use crate::ui::typing::Purpose;

/// A short span, to the second: `1m 05s`.
fn took(millis: i64) -> String {
    match millis.max(0) / 1_000 {
        seconds @ ..60 => format!("{seconds}s"),
        seconds => format!("{}m {:02}s", seconds / 60, seconds % 60),
    }
}

/// Steps of a window.
pub(super) const STEPS: i64 = 5;
/// The shortest step, in milliseconds.
const LEAST: i64 = 1_000;

/// Moves the moment by a part of the window: back where `part` is negative, by a `part`-th of it.
pub(super) fn step(state: &mut State, picture: &Picture, part: i64) {
    let width = (picture.window.millis() / part.abs().max(1)).max(LEAST).max(picture.reach.grain);
    let Some(from) = picture.reach.from else { return state.say("nothing is counted yet") };
    if part < 0 {
        return back(state, picture, from, width);
    }
    if picture.head.back.is_none() {
        return state.say(&state.keymap.told(if state.frozen {
            "the picture is held here; {now} goes to live"
        } else {
            "this is now"
        }));
    }
    let to = picture.now.plus_millis(width);
    // Less than a second before now is now.
    if to.plus_millis(LEAST) > picture.reach.until {
        state.say(if state.frozen { "back where the picture is held" } else { "live again" });
        return go(state, None);
    }
    go(state, Some(to));
}

fn back(state: &mut State, picture: &Picture, from: Moment, width: i64) {
    let to = picture.now.plus_millis(-width);
    if to > from {
        return go(state, Some(to));
    }
    if from < picture.now {
        go(state, Some(from));
    }
    let begin = match picture.head.complete_since {
        Some(_) => "the past is read so far from",
        None => "what is kept begins at",
    };
    state.say(&format!("{begin} {}", from.date_zone()));
}

fn go(state: &mut State, to: Option<Moment>) {
    state.sight = to;
    // Another moment has another order.
    state.sort_exactly();
}

/// Back to live, from wherever.
pub(super) fn now(state: &mut State) {
    if state.sight.is_none() && !state.frozen {
        return state.say("this is live");
    }
    state.frozen = false;
    go(state, None);
}

/// Starts typing a time.
pub(super) fn ask(state: &mut State, picture: &Picture) {
    let Some(from) = picture.reach.from else { return state.say("nothing is counted yet") };
    state.ask(Purpose::Time { within: (picture.reach.until, from) });
}

/// To the onset of the incident in sight, else of the first one; a little after it, so that it was
/// certain by then, and its onset is still in the window.
pub(super) fn onset(state: &mut State, picture: &Picture) {
    let known = &picture.reach.incidents;
    let chosen = match state.base() {
        Screen::Drill => state.drill.scope.incident.clone(),
        Screen::Incident => state.shown(&picture.incidents).map(|incident| incident.id.clone()),
        _ => match &state.pick {
            Pick::Incident(id) => Some(id.clone()),
            _ => None,
        },
    };
    let scope = state.scope(&picture.incidents);
    let in_sight = || picture.incident_of(&scope).map(|incident| incident.id.clone());
    let chosen = chosen.or_else(in_sight);
    let found = known.iter().find(|(id, ..)| Some(id) == chosen.as_ref()).or_else(|| known.first());
    let Some((_, onset, declared)) = found else {
        return state.say("no incident is known, so there is no onset to go to");
    };
    let Some(from) = picture.reach.from else { return };
    let window = state.window.millis();
    let certain = declared.plus_millis(LEAST).max(onset.plus_millis(window / STEPS));
    let to = certain.min(onset.plus_millis(window));
    if to >= picture.reach.until {
        go(state, None);
        return state.say(&format!("it began at {}: the picture of now has it", onset.clock_zone()));
    }
    if to < from {
        return state.say(&format!(
            "it began at {}, before what is kept, which begins at {}",
            onset.date_zone(),
            from.date_clock()
        ));
    }
    go(state, Some(to));
    state.say(&format!(
        "{}, {} after it began at {}; it was certain at {}",
        to.clock(),
        took(to.since(*onset)),
        onset.clock(),
        declared.clock_zone()
    ));
}
