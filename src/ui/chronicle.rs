//! What happened, in the order of time: the log's words and the operators', as one.

use std::sync::Arc;

use super::notebook::Subject;
use super::picture::Picture;
use super::state::State;
use super::view::figures;
use crate::engine::{Answer, Diagnosis, Did, Entry, Happened, Happening};
use crate::text::Clean;

/// The timeline of the incident in sight, oldest first. Where two things happened at once, the log
/// comes first: it was there before anybody looked.
pub(super) fn of(state: &State, picture: &Picture) -> Vec<Happened> {
    let mut rows = picture.timeline.clone();
    if let Some(incident) = state.shown(&picture.incidents) {
        let subject = Subject::Incident(incident.id.clone());
        rows.extend(state.notebook.entries(&subject).filter_map(|entry| told(entry, &picture.diagnosis)));
    }
    rows.sort_by_key(|row| row.at);
    rows
}

/// An operator's entry as a line of the timeline; that somebody only looked is none.
fn told(entry: &Entry, diagnosis: &Diagnosis) -> Option<Happened> {
    let (kind, what) = match &entry.what {
        Did::Answer { on, answer } => {
            (Happening::Answer, format!("{}: {}", words(on, diagnosis), said(*answer)))
        }
        Did::Note { on: None, text } => (Happening::Note, text.to_string()),
        Did::Note { on: Some(on), text } => (Happening::Note, format!("{}: {text}", words(on, diagnosis))),
        Did::Export { kind, path } => (Happening::Export, format!("{kind} written to {path}")),
        Did::Probe { command, result } => (Happening::Probe, format!("{command}: {result}")),
        Did::Opened => return None,
    };
    Some(Happened { at: entry.at, who: Some(entry.who.clone()), kind, what: Clean::from(what.as_str()) })
}

/// The words of a node or step; its id where the tree has changed since.
fn words(on: &Arc<str>, diagnosis: &Diagnosis) -> Clean {
    let step = diagnosis.checklist.iter().find(|step| step.id == *on).map(|step| &step.title);
    let node = || diagnosis.tree.iter().find(|line| line.id == *on).map(|line| &line.question);
    Clean::from(step.or_else(node).unwrap_or(on).as_ref())
}

/// An answer in words.
pub(super) fn said(answer: Option<Answer>) -> String {
    match answer {
        Some(Answer::Yes) => "yes".into(),
        Some(Answer::No) => "no".into(),
        Some(Answer::Unknown) => "not known".into(),
        Some(Answer::Figure(figure)) => figures::exactly(figure),
        None => "answer taken back".into(),
    }
}
