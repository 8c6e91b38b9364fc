//! Into a screen, and the way back.

use super::Effect;
use crate::engine::Scope;
use crate::text::Clean;
use crate::ui::exports::{Preview, is_beside};
use crate::ui::picture::{Picture, incident_of, send_key};
use crate::ui::screens::Screen;
use crate::ui::state::{Dossier, Drill, Pick, State};

/// Enter.
pub(super) fn open(state: &mut State, picture: &Picture) -> Effect {
    match state.screen() {
        Screen::Board | Screen::Incident => drill(state, state.scope(&picture.incidents), picture),
        Screen::Drill => (state.drill.zoomed, state.drill.read) = (!state.drill.zoomed, 0),
        Screen::Sends => compare(state, picture),
        Screen::Exports => return preview(state),
        Screen::RawLog => {
            let said = state.raw.turn_context();
            state.say(said);
        }
        Screen::Themes => state.keep_theme(),
        Screen::Help
        | Screen::Probes
        | Screen::Trace
        | Screen::Sources
        | Screen::Compare
        | Screen::Preview => {}
    }
    Effect::None
}

/// Opens the drill on `scope`; where it was open on the same before, its cursors are kept.
pub(super) fn drill(state: &mut State, scope: Scope, picture: &Picture) {
    let serial = state.drill.serial + 1;
    if let Some(incident) = incident_of(&picture.incidents, &scope) {
        state.look_at(incident);
    }
    if state.drill.scope != scope {
        state.drill = Drill { scope, ..Drill::default() };
    }
    state.drill.serial = serial;
    state.push(Screen::Drill);
}

/// Esc: one step back, never further.
pub(super) fn back(state: &mut State) {
    match state.screen() {
        Screen::Drill if state.drill.zoomed => (state.drill.zoomed, state.drill.read) = (false, 0),
        Screen::Trace => state.end_trace(),
        Screen::RawLog => {
            state.raw.leave();
            state.pop();
        }
        Screen::Themes => state.leave_themes(),
        Screen::Preview => {
            // Whatever is still being made is not wanted any more; what was made stands beside the menu.
            let is_made = matches!(state.desk.preview, Preview::Made(_)) && is_beside(state.size);
            if !is_made {
                state.desk.preview = Preview::Nothing;
            }
            state.desk.top = 0;
            state.pop();
        }
        Screen::Exports => {
            state.desk.preview = Preview::Nothing;
            state.pop();
        }
        Screen::Compare => {
            state.sending.compared = None;
            state.pop();
        }
        Screen::Board if !state.filter.is_empty() => state.unfilter(),
        Screen::Board => (state.pick, state.column) = (Pick::Auto, None),
        _ => state.pop(),
    }
}

/// Back to the screen at `depth` of the way, step by step.
pub(super) fn back_to(state: &mut State, depth: usize) {
    // A zoomed pane and a trace over a trace are steps of their own; there is an end to them.
    for _ in 0..32 {
        if state.way().len() <= depth + 1 {
            break;
        }
        back(state);
    }
}

/// To the first running incident, or the one after the one that is open.
pub(super) fn incident(state: &mut State, picture: &Picture) {
    let running: Vec<_> = picture.running().collect();
    let here = match state.screen() {
        Screen::Drill => state.drill.scope.incident.clone(),
        Screen::Incident => state.shown(&picture.incidents).map(|incident| incident.id.clone()),
        _ => None,
    };
    let here = running.iter().position(|incident| Some(&incident.id) == here.as_ref());
    let next = here.map_or(0, |at| at + 1) % running.len().max(1);
    let Some(incident) = running.get(next) else {
        let past =
            if picture.incidents.is_empty() { "" } else { "; {what-changed} shows those that are over" };
        return state.say(&state.keymap.told(&format!("no incident is running{past}")));
    };
    state.pick = Pick::Incident(incident.id.clone());
    if state.screen() == Screen::Incident {
        show(state, incident.id.clone());
    } else {
        drill(state, Scope::of_incident(incident), picture);
    }
}

/// The incident that the screen is about, else the first one, with what changed and its timeline.
pub(super) fn dossier(state: &mut State, picture: &Picture) {
    let scope = state.scope(&picture.incidents);
    if let Some(incident) = picture.incident_of(&scope).or(picture.incidents.first()) {
        show(state, incident.id.clone());
        state.look_at(incident);
    }
    state.push(Screen::Incident);
}

/// Shows an incident; on another one, the cursors start anew.
pub(super) fn show(state: &mut State, id: Clean) {
    if state.dossier.id.as_ref() != Some(&id) {
        state.dossier = Dossier { id: Some(id), part: state.dossier.part, ..Dossier::default() };
    }
}

/// Two sends side by side: the marked ones, else the selected one and the one of its campaign
/// before it.
fn compare(state: &mut State, picture: &Picture) {
    let at = state.sending.at(&picture.sends);
    let Some(here) = picture.sends.get(at) else {
        return state.say("no send is here to be compared");
    };
    let earlier = picture.sends.iter().find(|send| send.campaign == here.campaign && send.first < here.first);
    let pair = match state.sending.marked.as_slice() {
        [one, other] => Some((one.clone(), other.clone())),
        [one] if *one != send_key(here) => Some((one.clone(), send_key(here))),
        _ => earlier.map(|earlier| (send_key(earlier), send_key(here))),
    };
    // The older one stands left, whatever was marked first.
    let pair = pair.map(|(a, b)| if a.1 <= b.1 { (a, b) } else { (b, a) });
    if pair.is_none() {
        return state.say(
            &state.keymap.told("no send of this campaign is older: {mark} marks two that can be compared"),
        );
    }
    state.sending.compared = pair;
    state.sending.top = 0;
    state.push(Screen::Compare);
}

/// The commands that answer questions; the cursor stands on the first.
pub(super) fn probes(state: &mut State) {
    state.probe = 0;
    state.push(Screen::Probes);
}

/// The menu of what can come out.
pub(super) fn exports(state: &mut State, picture: &Picture) -> Effect {
    state.push(Screen::Exports);
    look(state, picture)
}

/// Lets the selected document be made where it stands beside the menu: not where that takes a while, or
/// cannot be.
pub(super) fn look(state: &mut State, picture: &Picture) -> Effect {
    state.desk.preview = Preview::Nothing;
    let scope = state.scope(&picture.incidents);
    let has_incident = picture.incident_of(&scope).is_some();
    let kind = state.desk.kinds.get(state.desk.at);
    let is_quick = kind.is_some_and(|kind| {
        !kind.reads && (has_incident || !kind.of_incident || kind.of_provider && scope.provider.is_some())
    });
    if is_quick && is_beside(state.size) { make(state) } else { Effect::None }
}

/// Lets the selected document be made, and shows it.
fn preview(state: &mut State) -> Effect {
    if state.desk.kinds.is_empty() {
        return Effect::None;
    }
    state.push(Screen::Preview);
    make(state)
}

fn make(state: &mut State) -> Effect {
    let Some(kind) = state.desk.kinds.get(state.desk.at).copied() else { return Effect::None };
    state.desk.kind = Some(kind);
    (state.desk.top, state.desk.plain) = (0, state.desk.plain_first);
    (state.desk.preview, state.desk.is_awaited) = (Preview::Making(0), false);
    Effect::Make
}

/// Shows addresses, or redacts them again.
pub(super) fn redact(state: &mut State) -> Effect {
    match state.desk.kind {
        Some(kind) if kind.redacts && !state.desk.is_waiting() => {
            state.desk.plain = !state.desk.plain;
            state.say(if state.desk.plain { "addresses are shown" } else { "addresses are redacted" });
            (state.desk.preview, state.desk.is_awaited) = (Preview::Making(0), false);
            Effect::Make
        }
        Some(kind) if !kind.redacts => {
            state.say("this document has its addresses as they are");
            Effect::None
        }
        _ => Effect::None,
    }
}
