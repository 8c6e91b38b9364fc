//! The operator's answers, figures and notes.

use std::sync::Arc;

use crate::engine::{Answer, Takes};
use crate::text::Clean;
use crate::ui::picture::Picture;
use crate::ui::screens::{Pane, Screen};
use crate::ui::state::State;
use crate::ui::typing::Purpose;

/// The node or step that is selected.
struct Selected {
    on: Arc<str>,
    words: Clean,
    takes: Takes,
}

/// Whether what is selected is scrolled out of sight: no key answers what is not seen.
pub(super) fn is_out_of_sight(state: &State) -> bool {
    state.screen() == Screen::Drill && state.drill.pane == Pane::Tree && state.drill.read > 0
}

fn selected(state: &State, picture: &Picture) -> Option<Selected> {
    if state.screen() == Screen::Probes {
        let probe = picture.probes.get(state.probe)?;
        let words = Clean::from(probe.question.as_ref());
        return Some(Selected { on: Arc::clone(&probe.node), words, takes: probe.takes.clone() });
    }
    if state.screen() != Screen::Drill {
        return None;
    }
    let diagnosis = &picture.diagnosis;
    let (on, words, takes) = match state.drill.pane {
        Pane::Tree => {
            diagnosis.tree.get(state.drill.node).map(|line| (&line.id, &line.question, &line.takes))?
        }
        Pane::Checklist => {
            diagnosis.checklist.get(state.drill.step).map(|step| (&step.id, &step.title, &step.takes))?
        }
        Pane::Sample => return None,
    };
    Some(Selected { on: Arc::clone(on), words: Clean::from(words.as_ref()), takes: takes.clone() })
}

/// The answer to what is selected; the same answer twice takes it back.
pub(super) fn answer(state: &mut State, picture: &Picture, answer: Answer) {
    let Some(Selected { on, .. }) = selected(state, picture) else { return };
    let (subject, _) = state.subject(&picture.incidents);
    if state.notebook.answers(&subject).get(&on) == Some(&answer) {
        return state.answer(&picture.incidents, &on, None, "your answer is taken back");
    }
    let said = match answer {
        Answer::Yes => "your answer: yes",
        Answer::No => "your answer: no",
        Answer::Unknown => "your answer: not known",
        Answer::Figure(_) => "your answer is taken",
    };
    state.answer(&picture.incidents, &on, Some(answer), said);
}

/// Starts typing the figure that the selection asks for.
pub(super) fn figure(state: &mut State, picture: &Picture) {
    let Some(Selected { on, takes, .. }) = selected(state, picture) else { return };
    match takes {
        Takes::Figure { unit, hint } => {
            state.ask(Purpose::Figure { on, asked: Clean::from(hint.as_str()), unit });
        }
        Takes::YesNo => state.say(
            &state
                .keymap
                .told("no figure is asked for here: {yes}, {no}, or {unknown} where it cannot be told"),
        ),
    }
}

/// Starts typing a note on the selection, else on the incident.
pub(super) fn note(state: &mut State, picture: &Picture) {
    let on = selected(state, picture);
    let (_, incident) = state.subject(&picture.incidents);
    let purpose = match (on, incident) {
        (Some(Selected { on, words, .. }), _) => Purpose::Note { on: Some(on), about: words },
        (None, Some(incident)) => Purpose::Note { on: None, about: incident.name.clone() },
        (None, None) => return state.say("no incident to note it on: select a step of the checklist"),
    };
    state.ask(purpose);
}
