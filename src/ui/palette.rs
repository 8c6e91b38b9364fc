//! The palette: every action and command by its name, what works here first.

use super::action::{Action, Entry, Group};
use super::commands::{COMMANDS, Command, typed};
use super::fuzzy::{holds, score};
use super::line_edit::LineEdit;
use super::picture::Picture;
use super::state::State;
use super::typing::Mistake;
use super::update::{Effect, apply};
use crate::text::Clean;

/// How much more a letter in a name is worth than one in its sentence.
const NAME: i32 = 3;
/// How much more a whole name is worth.
const WHOLE: i32 = 1_000;

/// The line that is typed, and the offer that is selected.
#[derive(Debug, Default)]
pub(super) struct Palette {
    pub(super) line: LineEdit,
    pub(super) at: usize,
    pub(super) mistake: Option<Mistake>,
}

/// What is offered.
#[derive(Clone)]
pub(super) enum Offer {
    /// An action, and whether it works here.
    Action(&'static Entry, bool),
    /// A command that still needs its argument.
    Command(&'static Command),
    /// A command with its argument, and what that is.
    Value(&'static Command, String, String),
}

/// What fits the line that is typed, best first; what does not work here last.
pub(super) fn offers(state: &State, picture: &Picture) -> Vec<Offer> {
    let Some(palette) = &state.palette else { return Vec::new() };
    let text = palette.line.text();
    if let Some((command, rest)) = typed(text) {
        return values(state, picture, command, rest);
    }
    let place = state.place();
    let mut found: Vec<(bool, i32, Offer)> = Vec::new();
    let points = |name: &str, help: &str| {
        // Whoever types the whole name means it.
        let whole = if name == text.trim() { WHOLE } else { 0 };
        let name = score(text, name).map(|points| points * NAME + whole);
        name.max(holds(text, help))
    };
    for (entry, _) in state.keymap.entries() {
        // The palette is what is open.
        if entry.action != Action::Palette
            && (state.replays || !entry.action.is_of_replay())
            && let Some(points) = points(entry.id, entry.help)
        {
            let works = entry.places.meets(place);
            found.push((!works, -points, Offer::Action(entry, works)));
        }
    }
    for command in COMMANDS {
        if let Some(points) = points(command.name, command.help) {
            found.push((false, -points, Offer::Command(command)));
        }
    }
    // Equals stand in the groups of the help, and in them in the order of the table.
    let group = |offer: &Offer| match offer {
        Offer::Action(entry, _) => Group::ALL.iter().position(|group| *group == entry.action.group()),
        Offer::Command(_) | Offer::Value(..) => Some(0),
    };
    found.sort_by_key(|(elsewhere, points, offer)| (*elsewhere, *points, group(offer)));
    found.into_iter().map(|(.., offer)| offer).collect()
}

fn values(state: &State, picture: &Picture, command: &'static Command, rest: &str) -> Vec<Offer> {
    let mut found: Vec<(i32, Offer)> = (command.values)(state, picture)
        .into_iter()
        .filter_map(|(value, about)| {
            let points = score(rest, &value).max(holds(rest, &about))?;
            let whole = if value == rest { WHOLE } else { 0 };
            Some((-points - whole, Offer::Value(command, value, about)))
        })
        .collect();
    found.sort_by_key(|(points, _)| *points);
    let free = (command.free && !rest.is_empty())
        .then(|| Offer::Value(command, rest.to_owned(), "as it is typed".to_owned()));
    let others = found.into_iter().map(|(_, offer)| offer);
    free.into_iter().chain(others).collect()
}

/// Opens it; over the help, it is about the screen under it.
pub(super) fn open(state: &mut State) {
    if state.screen() == super::screens::Screen::Help {
        state.pop();
    }
    state.palette = Some(Palette::default());
}

/// Moves the selection; `to` gets the place and the last place.
pub(super) fn travel(state: &mut State, picture: &Picture, to: impl Fn(usize, usize) -> usize) {
    let last = offers(state, picture).len().saturating_sub(1);
    if let Some(palette) = &mut state.palette {
        palette.at = to(palette.at.min(last), last).min(last);
    }
}

/// The text changed: the best offer is selected again.
pub(super) fn changed(state: &mut State) {
    if let Some(palette) = &mut state.palette {
        (palette.at, palette.mistake) = (0, None);
    }
}

/// Takes the selected offer into the line, without carrying it out.
pub(super) fn complete(state: &mut State, picture: &Picture) {
    let offer = selected(state, picture);
    let text = match &offer {
        Some(Offer::Action(entry, _)) => entry.id.to_owned(),
        Some(Offer::Command(command)) => format!("{} ", command.name),
        Some(Offer::Value(command, value, _)) => format!("{} {value}", command.name),
        None => return,
    };
    if let Some(palette) = &mut state.palette {
        palette.line = LineEdit::new(&text);
    }
    changed(state);
}

fn selected(state: &State, picture: &Picture) -> Option<Offer> {
    let at = state.palette.as_ref()?.at;
    let mut offers = offers(state, picture);
    (!offers.is_empty()).then(|| offers.swap_remove(at.min(offers.len() - 1)))
}

/// Carries the selected offer out; what cannot be says why, and the palette stays.
pub(super) fn run(state: &mut State, picture: &Picture) -> Effect {
    let text = state.palette.as_ref().map(|palette| palette.line.text().to_owned()).unwrap_or_default();
    let typed = typed(&text);
    match (selected(state, picture), typed) {
        (Some(Offer::Action(entry, true)), _) => {
            state.palette = None;
            apply(state, entry.action, picture)
        }
        (Some(Offer::Action(entry, false)), _) => {
            refuse(state, 0, &format!("`{}` works on {}", entry.id, entry.places.words()))
        }
        (Some(Offer::Command(_)), _) => {
            complete(state, picture);
            Effect::None
        }
        (Some(Offer::Value(command, value, _)), _) => carry_out(state, picture, command, &value),
        (_, Some((command, rest))) => {
            let rest = rest.to_owned();
            carry_out(state, picture, command, &rest)
        }
        (_, None) => refuse(state, 0, "no action or command is called so"),
    }
}

fn carry_out(state: &mut State, picture: &Picture, command: &Command, argument: &str) -> Effect {
    match (command.run)(state, picture, argument) {
        Ok(()) => {
            state.palette = None;
            Effect::None
        }
        Err(why) => refuse(state, command.name.len() + 1, &why),
    }
}

fn refuse(state: &mut State, at: usize, why: &str) -> Effect {
    if let Some(palette) = &mut state.palette {
        palette.mistake = Some(Mistake { at, reason: Clean::from(why).to_string() });
    }
    Effect::None
}
